"""Landscapes from smooth to random."""

from __future__ import annotations

from sysalign_lib.oversight.nk import NkParams, Reading, simulate
from sysalign_lib.oversight.views.nk import optima_view, reading, walk_view
from sysalign_lib.page.explorable import Explorable

__all__ = ["RUGGED"]

RUGGED = Explorable(
    simulate,
    (walk_view, optima_view),
    reading,
    NkParams(),
    title="How rugged interdependence makes a problem",
    name="nk-landscape",
    seed=1987,
    labels={"n": "decisions", "k": "others that each part depends on", "reads": "which others"},
    play="k",
    reads=tuple(Reading),
    n=(8, 9, 10, 11),
    k=(0, 1, 2, 3, 4, 5, 6, 7),
)
