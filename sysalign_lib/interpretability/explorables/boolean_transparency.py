"""The misread circuit, and how its interpreter's error depends on coupling."""

from __future__ import annotations

from sysalign_lib.interpretability.boolean_transparency import (
    CircuitParams,
    CouplingParams,
    simulate,
    simulate_coupling,
)
from sysalign_lib.interpretability.views.boolean_transparency import (
    coupling_reading,
    coupling_view,
    error_view,
    raster_view,
    reading,
)
from sysalign_lib.page.explorable import Bet, Explorable

__all__ = ["MISREAD", "TRANSPARENCY"]

MISREAD = Explorable(
    simulate,
    (raster_view, error_view),
    reading,
    CircuitParams(),
    title="Every part read, the whole not predicted",
    name="misread-circuit",
    seed=1986,
    labels={
        "inputs": "inputs per node",
        "transparency": "table entries read right (share)",
        "look_every": "steps between looks at the state (0: never)",
    },
    play="inputs",
    bet=Bet(
        question="An interpreter reads every wire and 99.9 % of all truth table entries right. With two inputs per node, as "
        "below, few of his predictions go wrong. With three, what share of the states that he predicts for step 50 is wrong?",
        low=0,
        high=100,
        step=1,
        unit="%",
        reveal={"inputs": 3, "transparency": 0.999, "look_every": 0},
        answer=lambda result: 100 * float(result.error[-1]),
    ),
    inputs=(1, 2, 3, 4, 5),
    transparency=(0.95, 0.99, 0.999, 0.9999),
    look_every=(0, 20, 10, 5),
)

TRANSPARENCY = Explorable(
    simulate_coupling,
    coupling_view,
    coupling_reading,
    CouplingParams(),
    title="Where reading the parts is reading the whole",
    name="transparency-coupling",
    seed=1987,
    labels={
        "transparency": "table entries read right (share)",
        "bias": "ones in the truth tables (share)",
        "look_every": "steps between looks at the state (0: never)",
    },
    play="bias",
    look_every=(0, 10, 3),
    transparency=(0.9, 0.95, 0.99, 0.999),
    bias=(0.5, 0.7, 0.8, 0.85, 0.9),
)
