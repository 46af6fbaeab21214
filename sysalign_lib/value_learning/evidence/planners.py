"""Targets and claims of planner and reward."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.ambiguity import ambiguity_dimension
from sysalign_lib.value_learning.mdp import gridworld
from sysalign_lib.value_learning.planners import (
    Planner,
    PlannersParams,
    PlannersResult,
    description_bits,
    environments,
    expected_likelihood,
    plan,
    simulate,
    soft_plan,
    solve,
    table_bits,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.1"
PAIRS = "the degenerate pairs"
FOUR = environments(4)


def _reward(seed: int = 0) -> np.ndarray:
    return default_rng(seed).normal(size=25)


def _pair(planner: Planner, sign: float, world: int) -> float:
    """Largest difference between the policy of a degenerate pair and that of the greedy planner with R."""
    reward, where = _reward(), FOUR[world]
    first = plan(Planner.GREEDY, reward, where)
    return float(np.abs(plan(planner, sign * reward, where, habit=first) - first).max())


def _twin(beta: float, scale: float, worlds: int) -> float:
    """Largest difference of mean log likelihoods, over the worlds, between (beta, R) and (beta / scale, scale R)."""
    reward = _reward()
    told = [soft_plan(2.0, reward, world) for world in FOUR[:worlds]]
    first = sum(expected_likelihood(t, soft_plan(beta, reward, w)) for t, w in zip(told, FOUR, strict=False))
    second = sum(
        expected_likelihood(t, soft_plan(beta / scale, scale * reward, w)) for t, w in zip(told, FOUR, strict=False)
    )
    return abs(first - second)


@lru_cache(maxsize=8)
def _watched(beta: float, worlds: int, decisions: int = 20_000) -> PlannersResult:
    params = PlannersParams(rationality=beta, environments=worlds, decisions=decisions)
    return simulate(params, default_rng(2018))


def _zero(name: str, place: str, compute: partial[float], tolerance: float = 1e-13) -> Target:
    return Target(
        name=f"planners: {name}", value=0, tolerance=tolerance, kind="exact", source="armstrong2018", place=place,
        why="rounding", compute=compute,
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(
        _zero(f"policies of (greedy, R) and (contrary, -R), world {world + 1}", PAIRS,
              partial(_pair, Planner.CONTRARY, -1.0, world))
        for world in range(len(FOUR))
    ),
    _zero("policies of (greedy, R) and (habit, 0)", PAIRS, partial(_pair, Planner.HABIT, 0.0, 0)),
    *(
        _zero(f"log likelihoods of (beta, R) and (-beta, -R), {worlds} worlds", "soft planner, the double",
              partial(_twin, 2.0, -1.0, worlds))
        for worlds in (2, 4)
    ),
    _zero("log likelihoods of (beta, R) and (-beta, -R), the wrong beta", "soft planner, the double",
          partial(_twin, -0.7, -1.0, 1)),
    _zero("log likelihoods of (beta, R) and (beta / 3, 3 R), 4 worlds", "what one preference leaves open",
          partial(_twin, 2.0, 3.0, 4)),
    Target(
        name="planners: mirrored likelihoods of sampled decisions", value=0, tolerance=1e-12, kind="exact",
        source="armstrong2018", place="at every beta from -8 to 8, 4 worlds", why="rounding",
        compute=lambda: _watched(2.0, 4).gap,
    ),
    Target(
        name="planners: rationality recovered with R, 4 worlds", value=2.0, tolerance=4 * 0.0122 + 0.01, kind="monte carlo",
        source="book", place="80,000 decisions of a demonstrator with rationality 2",
        why="four standard errors, and 0.01 for the quartic through points 0.25 apart",
        compute=lambda: _watched(2.0, 4).estimate,
    ),
    Target(
        name="planners: the double of that", value=-2.0, tolerance=4 * 0.0122 + 0.01, kind="monte carlo", source="book",
        place="the same decisions, with -R", why="the same", compute=lambda: _watched(2.0, 4).double_estimate,
    ),
    *(
        Target(
            name=f"planners: bits by which the double is longer, {states:,} states", value=2, tolerance=1e-12, kind="exact",
            source="book", place="one small language; a demonstration of theorem 2 of armstrong2018, no proof",
            why="whole numbers", compute=partial(
                lambda n: float(description_bits(Planner.CONTRARY, 2, n) - description_bits(Planner.GREEDY, 2, n)), states
            ),
        )
        for states in (25, 1_000_000)
    ),
)  # fmt: skip


def _found(beta: float) -> bool:
    """Whether the estimate lies within four standard errors, and 0.01 for the quartic, of the demonstrator's rationality."""
    seen = _watched(beta, 4)
    return abs(seen.estimate - beta) < 4 * seen.estimate_error + 0.01


def _habit_with(reward: np.ndarray) -> bool:
    habit = soft_plan(2.0, _reward(), FOUR[0])
    return bool((plan(Planner.HABIT, reward, FOUR[0], habit=habit) == habit).all())


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="planners: preferences cannot be discovered in behavior",
        section=SECTION,
        statement="Behavior does not determine what is wanted, however much of it is seen.",
        model="a soft planner on the 5 x 5 grid, in worlds that differ in noise and discount",
        assumptions="endless decisions at every state",
        holds="the planner's rationality is unknown: (beta, R) and (-beta, -R) are equally likely in 4 worlds as in 1",
        fails="it is known: two worlds leave 1 number of the reward open, a constant",
        verdict="holds in a window",
        in_holds=lambda: all(
            solve(PlannersParams(environments=worlds)).gap < 1e-12 and _twin(2.0, -1.0, worlds) < 1e-12
            for worlds in (1, 2, 4)
        ),
        in_fails=lambda: ambiguity_dimension(gridworld(discount=0.9), gridworld(discount=0.8)) == 1,
    ),
    Claim(
        name="planners: one known preference tells R from its negative",
        section=SECTION,
        statement="One normative assumption, the sign of a single preference, settles what behavior leaves open.",
        model="the same, and a planner of habit",
        assumptions="it is known that the goal is better than the trap",
        holds="soft planners: the sign of beta is found, also of one who acts against its own good; the scale stays open",
        fails="any planner: a habit goes with every reward, also with random ones that respect the anchor",
        verdict="holds in a window",
        in_holds=lambda: _found(2.0) and _found(-2.0) and _twin(2.0, 3.0, 4) < 1e-12,
        in_fails=lambda: all(_habit_with(one if one[24] > one[12] else -one) for one in map(_reward, range(1, 6))),
    ),
    Claim(
        name="planners: more worlds settle it",
        section=SECTION,
        statement="Watching in more worlds makes clear what is wanted.",
        model="likelihood of rationalities from -8 to 8 with R and with -R",
        assumptions="100 decisions in each world",
        holds="how strongly the reward is followed: the standard error falls from 0.29 to 0.18 with 4 worlds instead of 1",
        fails="which of the two it is: the curves stay mirror images",
        verdict="holds in a window",
        in_holds=lambda: _watched(2.0, 4, 100).estimate_error < 0.75 * _watched(2.0, 1, 100).estimate_error,
        in_fails=lambda: _watched(2.0, 4, 100).gap < 1e-12 and _watched(2.0, 1, 100).gap < 1e-12,
    ),
    Claim(
        name="planners: the simpler reading is the true one",
        section=SECTION,
        statement="A preference for short descriptions picks the true pair of planner and reward.",
        model="bits in one small language; an illustration, since no program computes Kolmogorov complexity",
        assumptions="two states with a reward; the planner is part of the language",
        holds="against a habit written down state by state: it takes more bits from 25 states on, and ever more",
        fails="against the double and against a habit that contains the planner: a few bits more, 2 for the double at any size",
        verdict="holds in a window",
        in_holds=lambda: all(
            table_bits(n, 4) > 2 * description_bits(Planner.GREEDY, 2, n) for n in (25, 400, 1_000_000)
        ),
        in_fails=lambda: all(
            description_bits(Planner.CONTRARY, 2, n) - description_bits(Planner.GREEDY, 2, n) == 2
            and description_bits(Planner.HABIT, 2, n) - description_bits(Planner.GREEDY, 2, n) < 23
            for n in (25, 400, 1_000_000)
        ),
    ),
)
