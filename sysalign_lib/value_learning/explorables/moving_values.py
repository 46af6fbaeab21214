"""The hero of the chapter: people's wish moves, and the robot serves the average of what it watched."""

from __future__ import annotations

from sysalign_lib.page.explorable import Bet, Explorable
from sysalign_lib.value_learning.moving_values import Change, MovingValuesParams, MovingValuesResult, simulate
from sysalign_lib.value_learning.views.moving_values import line_view, maps_view, reading

__all__ = ["MOVING_VALUES"]


def share_delivered(result: MovingValuesResult) -> float:
    """Value that learners of this pool deliver on average, in percent of what people get by themselves."""
    return 100 * result.expected / result.possible


MOVING_VALUES = Explorable(
    simulate,
    (maps_view, line_view),
    reading,
    MovingValuesParams(),
    title="The robot learns what people wanted",
    name="moving-values",
    seed=2010,
    labels={
        "change": "how the wish moves",
        "day": "days since it began to move",
        "window": "days of demonstrations pooled",
        "episodes": "demonstrations a day",
    },
    bet=Bet(
        question="People changed their minds at one stroke, and half of what the robot watched is from before. How much of "
        "what people get by themselves will it deliver?",
        low=0,
        high=100,
        step=1,
        unit="%",
        reveal={"change": Change.AT_ONCE, "day": 8, "window": 16},
        answer=share_delivered,
    ),
    play="day",
    change=tuple(Change),
    day=(0, 4, 8, 12, 24),
    window=(1, 2, 4, 8, 16),
    episodes=(3, 30),
)
