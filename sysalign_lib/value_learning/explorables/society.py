"""A society that is taken for one person."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.value_learning.society import SocietyParams, simulate
from sysalign_lib.value_learning.views.society import curve_view, people_view, reading

__all__ = ["SOCIETY"]

SOCIETY = Explorable(
    simulate,
    (people_view, curve_view),
    reading,
    SocietyParams(),
    title="The representative agent represents nobody",
    name="society",
    seed=31,
    labels={
        "share": "share for it, of those with an opinion",
        "strength": "how strongly the camps feel (log odds)",
        "undecided": "share of people without an opinion",
        "answers": "people asked",
    },
    play="strength",
    share=(0.5, 0.6, 0.7, 0.9, 1.0),
    undecided=(0.0, 0.4),
    answers=(100, 1000, 10_000),
    strength=(0.5, 1.0, 2.0, 3.0, 4.0),
)
