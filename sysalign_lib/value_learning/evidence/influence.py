"""Targets and claims of influence: taste that follows what is shown, and the horizon test."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.influence import (
    InfluenceParams,
    InfluenceResult,
    Values,
    angle_after,
    assimilate,
    critical_cosine,
    plan,
    regret,
    regret_bound,
    share_above,
    simulate,
    solve,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.1"
PEOPLE = 50_000
ANGLES = ((0.1, 0.781219), (0.5, 0.0445755))
THRESHOLDS = ((1.5, 3.0), (1.1, 11.0))


def _walked(pull: float, steps: int, angle: float = 1.2) -> float:
    """Angle after some steps of moving a vector, without the tangent law."""
    taste = np.array([[math.cos(angle), math.sin(angle)]])
    for _ in range(steps):
        taste = assimilate(taste, [1.0, 0.0], pull)
    return float(np.arctan2(taste[0, 1], taste[0, 0]))


def _missed(pull: float, steps: int = 600) -> float:
    """Reward missed on the way, along a vector that is moved step by step."""
    taste, missed = np.array([[math.cos(1.2), math.sin(1.2)]]), 0.0
    for _ in range(steps):
        missed += 1 - float(taste[0, 0])
        taste = assimilate(taste, [1.0, 0.0], pull)
    return missed


def _last_served(reward: float) -> int:
    """Longest horizon at which backward induction serves throughout."""
    return max(horizon for horizon in range(1, 40) if not any(plan(reward, horizon).actions))


def _least_discount(reward: float) -> float:
    """Discount from which backward induction over 600 steps influences, by bisection."""
    low, high = 0.5, 0.999
    while high - low > 1e-8:
        middle = (low + high) / 2
        low, high = (low, middle) if plan(reward, 600, middle).actions[0] else (middle, high)
    return high


def _initial_plans() -> int:
    """How many of many plans influence when judged by initial values."""
    grid = ((r, h, g) for r in (0.5, 1.5, 5.0, 100.0) for h in (1, 2, 10, 60) for g in (0.5, 0.9, 1.0))
    return sum(any(plan(r, h, g, Values.INITIAL).actions) for r, h, g in grid)


@lru_cache(maxsize=3)
def _many(values: Values) -> InfluenceResult:
    return simulate(InfluenceParams(values=values, people=PEOPLE), default_rng(2024))


def _simulated(values: Values, horizon: int) -> float:
    seen = _many(values)
    return float(seen.seen_share[seen.seen_horizon == horizon][0])


def _exact(name: str, value: float, tolerance: float, place: str, compute: Callable[[], float], source: str) -> Target:
    return Target(
        name=f"influence: {name}", value=value, tolerance=tolerance, kind="exact", source=source, place=place,
        why="rounding of the last decimal" if tolerance > 1e-8 else "floating point", compute=compute,
    )  # fmt: skip


def _share(values: Values, horizon: int) -> Target:
    value = float(solve(InfluenceParams(values=values)).share[horizon - 1])
    return Target(
        name=f"influence: share pushed, {horizon} steps ahead, by {values.value}", value=value,
        tolerance=4 * math.sqrt(value * (1 - value) / PEOPLE), kind="monte carlo", source="book",
        place="critical angle on the sphere, eta 0.2, R 1.5", why="four standard errors of 50,000 people",
        compute=partial(_simulated, values, horizon),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(
        _exact(f"angle after 10 steps from 1.2, eta {pull:g}", value, 5.5e-7 if pull < 0.2 else 5.5e-8,
               "tan(angle) / (1 + eta)^t, walked step by step", partial(_walked, pull, 10), "dean2022")
        for pull, value in ANGLES
    ),
    _exact("tangent law less steps of the vector", 0.0, 1e-13, "largest difference, eta 0.1 and 0.5, 10 steps",
           lambda: max(abs(float(angle_after(1.2, eta, 10)) - _walked(eta, 10)) for eta in (0.1, 0.5)), "book"),
    *(
        _exact(f"reward ever missed from 1.2, eta {eta:g}", value, 5.5e-7, "sum of 1 - cos along the vector",
               partial(_missed, eta), "book")
        for eta, value in ((0.1, 6.943835), (0.5, 1.886179))
    ),
    *(
        _exact(f"longest horizon without influence, R {reward:g}", value, 1e-9, "H > R / (R - 1), by backward induction",
               partial(_last_served, reward), "book")
        for reward, value in THRESHOLDS
    ),
    *(
        _exact(f"least discount with influence, R {reward:g}", 1 / reward, 1e-7, "gamma > 1 / R, by backward induction",
               partial(_least_discount, reward), "book")
        for reward, _ in THRESHOLDS
    ),
    _exact("plans that influence when judged by initial values", 0.0, 1e-9, "48 plans, by backward induction",
           _initial_plans, "book"),
    _exact("share who prefer an item with R 1.5 as they are", 1 / 3, 1e-12, "1 - 1 / R on the sphere in three dimensions",
           lambda: float(share_above(1 / 1.5, 3)), "book"),
    *(_share(values, horizon) for values in (Values.REAL_TIME, Values.FINAL) for horizon in (3, 12)),
    _share(Values.INITIAL, 12),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _complete() -> bool:
    """All end at the item or its opposite, and what is missed on the way is bounded."""
    taste = default_rng(7).standard_normal((200, 4))
    taste /= np.linalg.norm(taste, axis=1, keepdims=True)
    first, item = taste @ np.eye(4)[0], np.eye(4)[0]
    for _ in range(400):
        taste = assimilate(taste, item, 0.1)
    arrived = np.abs(taste @ item - np.sign(first)).max() < 1e-9
    return bool(arrived and all(regret(1.2, eta, 4000) < regret_bound(1.2, eta) for eta in (0.01, 0.1, 1.0)))


def _none() -> bool:
    """Taste that does not follow: nobody moves, and what is missed grows with every step."""
    still = float(angle_after(1.2, 0.0, 1000))
    return abs(still - 1.2) < 1e-15 and abs(regret(1.2, 0.0, 1000) - 1000 * (1 - math.cos(1.2))) < 1e-9


def _longer_turns_more() -> bool:
    seen = [simulate(InfluenceParams(horizon=h), default_rng(1)) for h in (1, 12, 30)]
    turned = [one.turned_share for one in seen]
    return bool(turned[0] < 1e-9 and turned[1] > 0.3 and turned[2] > 0.5 and seen[0].seen_share[-1] > 0.85)


def _longer_changes_nothing() -> bool:
    """Judged by initial values, or where the item pays no more than serving."""
    initial = simulate(InfluenceParams(values=Values.INITIAL), default_rng(1)).seen_share
    fair = simulate(InfluenceParams(reward=1.0), default_rng(1)).seen_share
    return bool(np.ptp(initial) == 0 and (fair == 0).all())


def _initial_spares() -> bool:
    """Those who do not prefer the item stay where they are, whatever the horizon."""
    kept = InfluenceParams(values=Values.INITIAL, horizon=30)
    seen = simulate(kept, default_rng(2))
    return bool((seen.pushed == seen.consents).all() and np.ptp(seen.angle[~seen.pushed], axis=1).max() == 0)


def _initial_still_moves() -> bool:
    """Those who prefer the item are moved to its very end."""
    seen = simulate(InfluenceParams(values=Values.INITIAL, horizon=30), default_rng(2))
    chosen = seen.angle[seen.pushed]
    wide = critical_cosine(seen.params, [30.0])[0] < 1
    return bool(wide and len(chosen) > 0 and chosen[:, 0].max() > 15 and chosen[:, -1].max() < 1)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="influence: bounded regret, complete influence",
        section=SECTION,
        statement="A system that shows one thing again and again is almost perfect by reward while people become what it shows.",
        model="biased assimilation on the sphere, step by step",
        assumptions="taste follows what is shown and liked; nothing else moves it",
        holds="any pull above 0: everyone ends at the item or its opposite, and the reward missed stays below a bound",
        fails="taste that does not follow (eta 0): nobody moves, and the reward missed grows with every step",
        verdict="holds in a window",
        in_holds=_complete,
        in_fails=_none,
    ),
    Claim(
        name="influence: the longer the plan, the more people are turned",
        section=SECTION,
        statement="Preferences co-evolve with a planner that rewards itself by the values people have at that time.",
        model="a planner that serves or pushes, on people who were drawn on the sphere",
        assumptions="people and their reactions are known to the planner",
        holds="real-time values, R 1.5, eta 0.2: none is turned by a myopic planner, a third by one that plans 12 steps",
        fails="initial values at any horizon, or an item that pays no more than serving people as they are",
        verdict="holds in a window",
        in_holds=_longer_turns_more,
        in_fails=_longer_changes_nothing,
    ),
    Claim(
        name="influence: judging by the values people came with stops influence",
        section=SECTION,
        statement="A planner that honors first preferences leaves people as they are.",
        model="a planner that serves or pushes, judged by initial values",
        assumptions="first preferences are known without asking",
        holds="everyone who would not have chosen the item: they stay where they are",
        fails="those who prefer the item a little: they are moved to its very end",
        verdict="holds in a window",
        in_holds=_initial_spares,
        in_fails=_initial_still_moves,
    ),
)
