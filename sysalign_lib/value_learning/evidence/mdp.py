"""Targets of the grid in which the chapter plans."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.mdp import (
    action_values,
    evaluate,
    greedy,
    gridworld,
    soft_value_iteration,
    value_iteration,
)

__all__ = ["CLAIMS", "TARGETS"]

BEST = (("start corner", 0, 2.744261), ("center", 12, 4.637812), ("goal", 24, 8.357892))


def goal() -> NDArray[np.float64]:
    """Reward 1 at the far corner."""
    reward = np.zeros(25)
    reward[24] = 1
    return reward


@lru_cache(maxsize=1)
def _best() -> NDArray[np.float64]:
    return value_iteration(goal(), gridworld())


def _at(state: int) -> float:
    return float(_best()[state])


def _by_solving() -> float:
    policy = greedy(action_values(_best(), goal(), gridworld()))
    return float(np.abs(evaluate(policy, goal(), gridworld()) - _best()).max())


def _cold() -> float:
    return float(np.abs(soft_value_iteration(goal(), gridworld(), 1e-4) - _best()).max())


TARGETS: tuple[Target, ...] = (
    *(
        Target(
            name=f"gridworld: best value at the {name}", value=value, tolerance=5.5e-7, kind="exact", source="book",
            place="5 x 5 grid of ng2000, 30 % noise, reward 1 at the far corner, discount 0.9",
            why="rounding of the sixth decimal", compute=partial(_at, state),
        )
        for name, state, value in BEST
    ),
    Target(
        name="gridworld: best values by sweeps less those of the best policy by one linear solve", value=0, tolerance=5e-12,
        kind="exact", source="book", place="Bellman's equation", why="sweeps end 1e-12 from the fixed point",
        compute=_by_solving,
    ),
    Target(
        name="gridworld: soft values at temperature 0.0001 less the best values", value=0, tolerance=1.4e-3, kind="limit",
        source="cao2021", place="soft planning becomes hard planning as the temperature falls",
        why="temperature times log 4 for each of 1 / (1 - 0.9) steps bounds the gap", compute=_cold,
    ),
)  # fmt: skip

CLAIMS: tuple[Claim, ...] = ()
