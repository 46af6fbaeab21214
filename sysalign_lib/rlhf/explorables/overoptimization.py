"""The hero of the chapter: the same score in five worlds, and what it is worth in each."""

from __future__ import annotations

from sysalign_lib.page.explorable import Bet, Explorable
from sysalign_lib.rlhf.overoptimization import OveroptimizationParams, OveroptimizationResult, simulate
from sysalign_lib.rlhf.views.overoptimization import course, picks, reading
from sysalign_lib.rlhf.worlds import World

__all__ = ["OVEROPTIMIZATION"]


def cases_won(result: OveroptimizationResult) -> float:
    """In how many of 100 cases the chosen answer is truly better than an ordinary one, exact."""
    return 100 * result.win_rate


OVEROPTIMIZATION = Explorable(
    simulate,
    (course, picks),
    reading,
    OveroptimizationParams(),
    title="The score rises in every world",
    name="overoptimization",
    seed=2022,
    labels={
        "world": "how the reward model errs",
        "strength": "strength of the flaw (0 none, 1 strong)",
        "n": "answers to choose from (n)",
    },
    bet=Bet(
        question="A reward model is right on average, but now and then it is wildly wrong about an answer. It picks the best of "
        "60,000 answers. In what share of the cases is its pick truly better than an answer drawn at random?",
        low=0,
        high=100,
        step=1,
        unit="%",
        reveal={"world": World.HEAVY_TAIL, "strength": 1.0, "n": 60_000},
        answer=cases_won,
    ),
    play="n",
    world=tuple(World),
    strength=(0.0, 0.25, 0.5, 0.75, 1.0),
    n=(1, 4, 16, 64, 256, 1_000, 4_000, 16_000, 60_000, 250_000),
)
