"""The button: what an agent pays to prevent, cause, preserve and schedule the press."""

from __future__ import annotations

from sysalign_lib.corrigibility.indifference import IndifferenceParams, simulate
from sysalign_lib.corrigibility.views.indifference import gains, keeping, reading
from sysalign_lib.page.explorable import Explorable

__all__ = ["BUTTON"]

BUTTON = Explorable(
    simulate,
    (gains, keeping),
    reading,
    IndifferenceParams(),
    title="What is the button worth to an agent paid for the press?",
    seed=20,
    name="button",
    labels={
        "compensation": "share of the compensation paid",
        "press_probability": "probability of a press",
        "spread": "spread of outcomes (utility)",
    },
    play="compensation",
    compensation=(0.0, 0.25, 0.5, 0.9, 1.0, 1.1, 1.5),
    press_probability=(0.1, 0.2, 0.3, 0.5, 0.7, 0.8),
    spread=(0.0, 1.0, 2.0, 4.0),
)
