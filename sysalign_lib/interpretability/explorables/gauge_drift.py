"""A code that turns while behavior stands still, and four ways to read it."""

from __future__ import annotations

from sysalign_lib.interpretability.gauge_drift import GaugeParams, simulate
from sysalign_lib.interpretability.views.gauge_drift import interval_view, reading, time_view
from sysalign_lib.page.explorable import Explorable

__all__ = ["GAUGE"]

GAUGE = Explorable(
    simulate,
    (time_view, interval_view),
    reading,
    GaugeParams(),
    title="Behavior stands still, the reading does not",
    name="gauge-drift",
    seed=2020,
    labels={
        "rate": "drift of the code (squared radians a step)",
        "refit": "refit the probe every so many steps (0: never)",
        "separation": "distance of the classes from the origin (std. deviations)",
    },
    play="rate",
    rate=(0.0, 0.001, 0.003, 0.01, 0.03),
    refit=(0, 50, 20, 5),
    separation=(0.5, 1.0, 2.0, 3.0),
)
