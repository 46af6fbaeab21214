"""Drift-aware against drift-blind: who keeps the switch open when values move."""

from __future__ import annotations

from sysalign_lib.corrigibility.drift import DriftParams, simulate
from sysalign_lib.corrigibility.views.drift import open_view, reading, utility_view
from sysalign_lib.page.explorable import Explorable

__all__ = ["DRIFT"]

DRIFT = Explorable(
    simulate,
    (utility_view, open_view),
    reading,
    DriftParams(),
    title="Values that move: the robot that knows it, and the one that does not",
    name="drift",
    seed=2017,
    labels={
        "phi": "what is kept of a value each day (1: values stand still)",
        "beta": "overseer's noise (units of value)",
        "noise": "noise of what the robots see (units of value)",
    },
    play="phi",
    phi=(1.0, 0.999, 0.99, 0.9, 0.5, 0.0),
    beta=(0.0, 0.1, 0.25, 0.5, 1.0),
    noise=(1.0, 2.0, 4.0),
)
