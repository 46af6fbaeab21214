"""A fixed and an adapting rule while values wander: who is nearer, from when on, and what the gain has to do with it."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.rlhf.tracking import TrackingParams, simulate
from sysalign_lib.rlhf.views.tracking import course_view, gain_view, reading

__all__ = ["TRACKING"]

TRACKING = Explorable(
    simulate,
    (course_view, gain_view),
    reading,
    TrackingParams(),
    title="A rule that stays and a rule that follows",
    name="tracking",
    seed=1960,
    labels={
        "drift": "drift of values (variance a step)",
        "noise": "label noise (variance)",
        "gain": "gain of the adapting rule (0: it is fixed too)",
    },
    play="gain",
    drift=(0.0, 0.0001, 0.001, 0.01, 0.1, 1.0),
    noise=(0.25, 1.0, 4.0),
    gain=(0.0, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0),
)
