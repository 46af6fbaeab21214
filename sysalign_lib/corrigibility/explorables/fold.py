"""The fold: the same force, earlier or later."""

from __future__ import annotations

from sysalign_lib.corrigibility.fold import FoldParams, FoldResult, solve
from sysalign_lib.corrigibility.views.fold import course, diagram, reading
from sysalign_lib.page.explorable import Bet, Explorable, exact

__all__ = ["FOLD"]


def closing(result: FoldResult) -> float:
    """The number to guess."""
    return result.closing_time


FOLD = Explorable(
    exact(solve),
    (diagram, course),
    reading,
    FoldParams(),
    title="The same oversight, a moment later",
    seed=0,
    name="fold",
    labels={
        "delay": "delay of oversight (time units)",
        "force": "force of oversight (capability a time unit)",
        "ceiling": "compute ceiling (capability)",
    },
    bet=Bet(
        question="Capability starts at 0.1 and grows toward 10, fastest at 5. Oversight of force 2 works if it begins early. "
        "What is the last moment at which it still works?",
        low=0.0,
        high=10.0,
        step=0.1,
        unit="time units",
        reveal={"delay": 3.21, "force": 2.0, "ceiling": 10.0},
        answer=closing,
    ),
    play="delay",
    ceiling=(5.0, 7.5, 10.0),
    force=(1.5, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8),
    delay=(1.0, 2.0, 2.5, 3.0, 3.2, 3.21, 3.5, 4.0, 5.0, 8.0),
)
