"""Targets and claims of inverse reinforcement learning by linear inequalities."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.ambiguity import ambiguity_dimension
from sysalign_lib.value_learning.evidence.mdp import goal
from sysalign_lib.value_learning.irl import (
    IrlParams,
    Truth,
    advantages,
    lp_reward,
    penalty_path,
    shaped,
    slack,
    solve,
    support,
)
from sysalign_lib.value_learning.mdp import action_values, greedy, gridworld, value_iteration

__all__ = ["CLAIMS", "TARGETS"]

Floats = NDArray[np.float64]

SUPPORTS = ((0.0, 25), (1.05, 13), (2.85, 4), (2.9, 2), (3.05, 1), (5.85, 1), (5.9, 0))
WORLD = "5 x 5 grid of ng2000, 30 % noise, reward 1 at the far corner, discount 0.9, rewards up to 1"


@lru_cache(maxsize=1)
def _policy() -> Floats:
    return greedy(action_values(value_iteration(goal(), gridworld()), goal(), gridworld()))


def _least(reward: Floats) -> float:
    return float(slack(reward, _policy(), gridworld()).min())


def _paid(penalty: float) -> float:
    return float(len(support(lp_reward(_policy(), gridworld(), penalty))))


@lru_cache(maxsize=1)
def _path() -> tuple[Floats, Floats]:
    return penalty_path(_policy(), gridworld(), 2.5, 7.0)


def _corner(piece: int) -> float:
    return float(_path()[0][piece])


def _last_corner_by_hand() -> float:
    """What deviations cost in all under reward 1 at the goal: beyond this penalty the reward costs more than it explains."""
    gain = slack(goal(), _policy(), gridworld())
    return float(np.where(_policy() > 0, np.inf, gain).min(axis=1).sum())


def _shaping() -> float:
    phi, world = 3 * default_rng(1999).standard_normal(25), gridworld()
    best = value_iteration(goal(), world)
    moved = value_iteration(shaped(goal(), phi, world), world)
    before, after = action_values(best, goal(), world), action_values(moved, shaped(goal(), phi, world), world)
    return float(np.abs(after - (before - phi[:, None])).max())


def _error(truth: Truth, penalty: float) -> float:
    return solve(IrlParams(truth=truth, penalty=penalty)).error


def _best_error(truth: Truth) -> float:
    """The smallest error on the whole path of penalties that is drawn."""
    result = solve(IrlParams(truth=truth))
    return float(np.abs(result.path_reward - result.reward).max(axis=1).min())


def _degenerate() -> bool:
    """The true reward, none, a constant and a multiple all make the policy optimal."""
    gain = advantages(_policy(), gridworld())
    return all(float((gain @ one).min()) > -1e-12 for one in (goal(), np.zeros(25), np.ones(25), 7 * goal()))


TARGETS: tuple[Target, ...] = (
    *(
        Target(
            name=f"linear program: smallest advantage of the best policy, {name}", value=0, tolerance=1e-12, kind="exact",
            source="ng2000", place="the condition for a reward and its degenerate solutions", why="rounding",
            compute=partial(_least, reward),
        )
        for name, reward in (("true reward", goal()), ("no reward", np.zeros(25)), ("a constant", np.ones(25)))
    ),
    *(
        Target(
            name=f"linear program: states with a reward at penalty {penalty:g}", value=paid, tolerance=0.5, kind="exact",
            source="book", place=WORLD, why="a count; the policy's ties go to the lowest action",
            compute=partial(_paid, penalty),
        )
        for penalty, paid in SUPPORTS
    ),
    Target(
        name="linear program: reward of the far corner at penalty 4", value=1, tolerance=1e-9, kind="exact", source="book",
        place=WORLD, why="rounding", compute=lambda: float(lp_reward(_policy(), gridworld(), 4.0)[24]),
    ),
    Target(
        name="linear program: penalty from which only the goal is left", value=3.04826, tolerance=5.5e-6, kind="exact",
        source="book", place="corner of the piecewise linear optimum", why="rounding of the fifth decimal",
        compute=partial(_corner, -2),
    ),
    Target(
        name="linear program: penalty from which nothing is left", value=5.877925, tolerance=5.5e-7, kind="exact",
        source="book", place="corner of the piecewise linear optimum", why="rounding of the sixth decimal",
        compute=partial(_corner, -1),
    ),
    Target(
        name="linear program: the same from what deviations cost", value=5.877925, tolerance=5.5e-7, kind="exact",
        source="book", place="sum over states of the least advantage under reward 1 at the goal",
        why="rounding of the sixth decimal", compute=_last_corner_by_hand,
    ),
    Target(
        name="linear program: shaping moves Q by the potential, largest difference", value=0, tolerance=2e-11, kind="exact",
        source="ng1999", place="potential-based shaping, random potential", why="two fixed points, each 1e-12 away",
        compute=_shaping,
    ),
)  # fmt: skip

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="linear program: optimal behavior names its reward",
        section="3.1",
        statement="Watching a best policy in one world leaves many rewards that explain it as well, no reward at all among them.",
        model="irl",
        assumptions="the policy is optimal and fully seen; one world; only optimality is used",
        holds="hard optimal choices: the true reward, zero, a constant and any multiple satisfy all inequalities",
        fails="soft choices of a known temperature, and a reward known to depend on the state only: all but a constant is fixed",
        verdict="holds in a window",
        in_holds=_degenerate,
        in_fails=lambda: ambiguity_dimension(gridworld(), state_only=True) == 1,
    ),
    Claim(
        name="linear program: the penalty finds the goal",
        section="3.1",
        statement="The linear program returns the true reward from the best policy.",
        model="irl",
        assumptions="one state has a reward of the largest size allowed; the policy is fully seen",
        holds="penalties between 3.048 and 5.878: exactly the goal",
        fails="penalty 2.5 (four states get a reward) and 6 (none does)",
        verdict="holds in a window",
        in_holds=lambda: max(_error(Truth.CORNER, one) for one in (3.05, 4.0, 5.85)) < 1e-9,
        in_fails=lambda: min(_error(Truth.CORNER, one) for one in (2.5, 6.0)) > 0.5,
    ),
    Claim(
        name="linear program: no penalty finds a trap",
        section="3.1",
        statement="No penalty makes the linear program return the true reward, because sparse is not the same as true.",
        model="irl",
        assumptions="penalties from 1.5 to 7; the policy is fully seen",
        holds="a trap in the middle beside the goal: off by 0.8 or more at some state whatever the penalty",
        fails="the goal alone: exact for a wide range of penalties",
        verdict="holds in a window",
        in_holds=lambda: _best_error(Truth.TRAP) > 0.8,
        in_fails=lambda: _best_error(Truth.CORNER) < 1e-9,
    ),
)
