"""Targets and claims on safe interruptibility."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.random import default_rng
from scipy.optimize import brentq

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.interruptibility import (
    LEFT_REWARD,
    Credit,
    ForkParams,
    ForkResult,
    GridworldParams,
    fork_limit,
    simulate_fork,
    simulate_gridworld,
    solve_gridworld,
)

__all__ = ["CLAIMS", "TARGETS"]

Q, SARSA, SAFE = range(3)
THETAS = np.linspace(0.0, 0.95, 20)
ROUNDING = "arithmetic in closed form; room for rounding"
RUNS = 1000


@cache
def _learned(credit: Credit = Credit.EXECUTED) -> ForkResult:
    return simulate_fork(ForkParams(credit=credit, rounds=400, runs=RUNS), default_rng(2016))


def _limits(credit: Credit = Credit.EXECUTED, exploration: float = 0.0) -> np.ndarray:
    return fork_limit(THETAS, exploration, credit)


def _flip(learner: int, credit: Credit, exploration: float = 0.0) -> float:
    """The interruption probability at which the learner's preference turns, by root finding on its fixed point."""
    return float(brentq(lambda theta: fork_limit(theta, exploration, credit)[learner] - LEFT_REWARD, 0.0, 0.95))


def _button_flip() -> float:
    """The interruption probability at which an unexploring Sarsa turns to the button of the gridworld, by bisection."""
    low, high = 0.0, 0.95
    for _ in range(20):
        middle = (low + high) / 2
        uses = solve_gridworld(GridworldParams(interruption=middle, exploration=0.0)).uses_button[SARSA, 0]
        low, high = (low, middle) if uses else (middle, high)
    return (low + high) / 2


TARGETS: tuple[Target, ...] = (
    Target(
        name="interruptibility: Q-learning, largest distance of the fixed point from 2", value=0.0, tolerance=1e-12,
        kind="exact", source="orseau2016", place="Theorem 14, on our fork", why=ROUNDING,
        compute=lambda: abs(_limits()[Q] - 2.0).max(),
    ),
    Target(
        name="interruptibility: Sarsa, largest distance of the fixed point from 2 (1 - theta)", value=0.0,
        tolerance=1e-12, kind="exact", source="orseau2016", place="Theorem 15, on our fork", why=ROUNDING,
        compute=lambda: abs(_limits()[SARSA] - 2.0 * (1.0 - THETAS)).max(),
    ),
    Target(
        name="interruptibility: Sarsa made safe, largest distance of the fixed point from 2", value=0.0,
        tolerance=1e-12, kind="exact", source="orseau2016", place="Theorem 17, on our fork", why=ROUNDING,
        compute=lambda: abs(_limits()[SAFE] - 2.0).max(),
    ),
    Target(
        name="interruptibility: Sarsa turns left at theta", value=0.5, tolerance=1e-9, kind="exact", source="book",
        place="2 (1 - theta) = 1", why="root finding", compute=lambda: _flip(SARSA, Credit.EXECUTED),
    ),
    Target(
        name="interruptibility: Sarsa that explores with 0.2 turns left at theta", value=0.375, tolerance=1e-9,
        kind="exact", source="book", place="1 - 1 / (2 (1 - epsilon))", why="root finding",
        compute=lambda: _flip(SARSA, Credit.EXECUTED, 0.2),
    ),
    Target(
        name="interruptibility: Q-learning credited with the intended action turns left at theta", value=0.5,
        tolerance=1e-9, kind="exact", source="book", place="wrong credit makes the stop part of the world",
        why="root finding", compute=lambda: _flip(Q, Credit.INTENDED),
    ),
    Target(
        name="interruptibility: Sarsa at theta = 0.6, learned", value=0.8, tolerance=0.02, kind="monte carlo",
        source="book", place="2 (1 - theta)",
        why="bias below 0.01 after 400 rounds, and four standard errors of 1000 runs (each below 0.002)",
        compute=lambda: _learned().mean[SARSA, -1],
    ),
    Target(
        name="interruptibility: Q-learning at theta = 0.6, learned", value=2.0, tolerance=0.02, kind="monte carlo",
        source="book", place="Q* = 2",
        why="bias 2 (1 / 0.4) / 400 = 0.0125, and four standard errors of 1000 runs (each below 0.001)",
        compute=lambda: _learned().mean[Q, -1],
    ),
    Target(
        name="interruptibility: gridworld, Sarsa goes for the button from theta", value=1 / 6, tolerance=2e-6,
        kind="exact", source="book", place="2 detour / (goal - 2); world in the spirit of leike2017",
        why="bisection to 1e-6 on the fixed point, detour 4, goal 50, no exploration", compute=_button_flip,
    ),
)  # fmt: skip


def _off_policy_unmoved() -> bool:
    return bool((_limits()[Q] > LEFT_REWARD).all() and _learned().mean[Q, -1] > LEFT_REWARD)


def _off_policy_turned_by_credit() -> bool:
    beyond = THETAS > 0.5 + 1e-9
    return bool((_limits(Credit.INTENDED)[Q, beyond] < LEFT_REWARD).all()) and bool(
        _learned(Credit.INTENDED).mean[Q, -1] < LEFT_REWARD
    )


def _on_policy_avoids() -> bool:
    return bool(
        (_limits()[SARSA, THETAS > 0.5 + 1e-9] < LEFT_REWARD).all() and _learned().mean[SARSA, -1] < LEFT_REWARD
    )


def _on_policy_stays() -> bool:
    return bool((_limits()[SARSA, THETAS < 0.5 - 1e-9] > LEFT_REWARD).all() and (_limits()[SAFE] > LEFT_REWARD).all())


def _button_learned() -> bool:
    learned = simulate_gridworld(GridworldParams(runs=20), default_rng(2017))
    return bool(learned.button_share[SARSA, -1] > 0.5 and solve_gridworld(GridworldParams()).uses_button[SARSA, 0])


def _button_left_alone() -> bool:
    rare = solve_gridworld(GridworldParams(interruption=0.1, exploration=0.0)).uses_button
    always = [solve_gridworld(GridworldParams(interruption=float(theta))).uses_button[Q, 0] for theta in THETAS]
    return not rare.any() and not any(always)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="interruptibility: off-policy is safe",
        section="3.2",
        statement="Off-policy learners such as Q-learning are safely interruptible.",
        model="A fork whose better branch is interrupted with probability theta (`corrigibility.interruptibility`).",
        assumptions="Theta constant, both branches visited forever, values in a table.",
        holds="If the learner is told which action was executed: its value of the branch is 2 whatever theta.",
        fails="If the forced stop is credited to the action it intended: the value is 2 (1 - theta), and from theta = 1/2 on it "
        "turns away like Sarsa.",
        verdict="holds in a window",
        in_holds=_off_policy_unmoved,
        in_fails=_off_policy_turned_by_credit,
    ),
    Claim(
        name="interruptibility: on-policy avoids",
        section="3.2",
        statement="On-policy learners such as Sarsa learn to avoid being interrupted.",
        model="The same fork.",
        assumptions="No exploration; left pays half of what work pays.",
        holds="If interruptions are more frequent than one in two.",
        fails="If they are rarer, since the branch is still worth more than the other; or if Sarsa is made safe.",
        verdict="holds in a window",
        in_holds=_on_policy_avoids,
        in_fails=_on_policy_stays,
    ),
    Claim(
        name="interruptibility: the button is used",
        section="3.2",
        statement="A learner that is interrupted on its way will disable the operator if it can.",
        model="A corridor with an interrupted tile and a button in an alcove, in the spirit of leike2017.",
        assumptions="The button is 4 steps off, the goal pays 50, a step costs 1; an interruption ends the episode.",
        holds="For Sarsa at theta = 0.5: most learners go for the button, and in the end all do.",
        fails="For Q-learning at any theta; and for Sarsa below theta = 1/6, where the detour costs more than being stopped.",
        verdict="holds in a window",
        in_holds=_button_learned,
        in_fails=_button_left_alone,
    ),
)
