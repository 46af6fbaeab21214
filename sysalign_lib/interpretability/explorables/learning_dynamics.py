"""The staircase of learning with forecasts from one moment of it, and two networks that compute the same and part."""

from __future__ import annotations

from sysalign_lib.interpretability.learning_dynamics import (
    ForecastParams,
    Match,
    TwinParams,
    simulate,
    simulate_twins,
)
from sysalign_lib.interpretability.views.learning_dynamics import (
    loss_view,
    reading,
    staircase_view,
    twin_loss_view,
    twin_reading,
    twin_view,
)
from sysalign_lib.page.explorable import Explorable

__all__ = ["SAME_FUNCTION", "STAIRCASE"]

STAIRCASE = Explorable(
    simulate,
    (staircase_view, loss_view),
    reading,
    ForecastParams(),
    title="A snapshot misses the next step",
    name="staircase",
    seed=2014,
    labels={
        "depth": "layers",
        "start": "strength of each mode at time 0",
        "horizon": "time to what is forecast (tau)",
        "snapshot": "moment of the snapshot (tau)",
    },
    play="snapshot",
    depth=(1, 2, 3),
    start=(1e-4, 1e-3, 1e-2),
    horizon=(0.5, 1.5),
    snapshot=(0.25, 0.5, 1.0, 1.4, 2.0, 2.6, 6.0, 9.0),
)

SAME_FUNCTION = Explorable(
    simulate_twins,
    (twin_view, twin_loss_view),
    twin_reading,
    TwinParams(),
    title="The same function, another future",
    name="same-function",
    seed=1618,
    labels={
        "match": "both share",
        "start": "strength of each mode at time 0",
        "stretch": "factor between the layers of a mode",
    },
    play="stretch",
    match=(Match.FUNCTION, Match.SLOPE, Match.GRAMS),
    start=(1e-4, 1e-3, 1e-2),
    stretch=(1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0),
)
