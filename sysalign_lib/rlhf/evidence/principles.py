"""Targets and claims of a constitution whose principles vote."""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.optimize import root
from scipy.special import expit

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.rlhf.principles import (
    Cases,
    PrinciplesParams,
    WorldsParams,
    WorldsResult,
    approval,
    asked_questions,
    every_direction,
    reward,
    simulate,
    simulate_worlds,
    solve,
    thresholds,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"
PAPER = "ge2024"
VOTERS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
ASKED = asked_questions(Cases.SMALLEST)
WORLDS = 200


def _weight(feature: int) -> float:
    return float(reward(ASKED, VOTERS)[feature])


def _score() -> float:
    """What (1, 1) is scored above (0, 0), though all three principles prefer it."""
    return float(reward(ASKED, VOTERS).sum()) if (approval([[1.0, 1.0]], VOTERS) == 1).all() else math.nan


def _threshold(which: int, principles: int = 3) -> float:
    return thresholds(principles)[which]


def _around(theta: np.ndarray) -> np.ndarray:
    """Mean over all directions of votes less the model's chance, times the direction; the three principles' votes."""

    def slope(angle: float, feature: int) -> float:
        at = np.array([math.cos(angle), math.sin(angle)])
        votes = float((VOTERS @ at > 0).mean())
        return float(at[feature] * (votes - expit(theta @ at)))

    breaks = [math.pi * k / 4 for k in (2, 3, 4, 6, 7)]
    return np.array(
        [quad(slope, 0, 2 * math.pi, args=(k,), points=breaks, epsabs=1e-12)[0] / (2 * math.pi) for k in (0, 1)]
    )


@lru_cache(maxsize=2)
def _continuous(which: int) -> float:
    """The threshold for infinitely many directions, from the two equations of the maximum, without a fit."""

    def equations(at: np.ndarray) -> np.ndarray:
        size, coverage = at
        theta = np.array([size, -size if which == 0 else 0.0])
        return np.asarray((1 - coverage) * ((2 / 3 - expit(ASKED @ theta)) @ ASKED) / 2 + coverage * _around(theta))

    return float(root(equations, [0.08, 0.2], tol=1e-12).x[1])


@lru_cache(maxsize=1)
def _aligned() -> float:
    """Degrees between the reward of complete coverage and the sum of three uneven principles."""
    angle = np.radians([5.013, 20.021, 80.037])
    voters = np.column_stack([np.cos(angle), np.sin(angle)])
    theta, total = reward(every_direction(7200), voters), voters.sum(0)
    return float(np.degrees(np.arctan2(theta[1], theta[0]) - np.arctan2(total[1], total[0])))


@lru_cache(maxsize=16)
def _worlds(principles: int, features: int, coverage: float, worlds: int = WORLDS) -> WorldsResult:
    params = WorldsParams(principles=principles, features=features, coverage=coverage, worlds=worlds)
    return simulate_worlds(params, default_rng(2022))


def _exact(name: str, value: float, place: str, compute: partial[float]) -> Target:
    return Target(
        name=f"principles: {name}", value=value, tolerance=5.5e-7, kind="exact", source="book", place=place,
        why="rounding of the sixth decimal", compute=compute,
    )  # fmt: skip


def _votes(question: int) -> float:
    return float(approval(ASKED, VOTERS)[question])


TARGETS: tuple[Target, ...] = (
    _exact("votes for (10, -1)", 2 / 3, "signs along e1, e2 and e1 + e2", partial(_votes, 0)),
    _exact("votes for (1, -0.9)", 2 / 3, "signs along e1, e2 and e1 + e2", partial(_votes, 1)),
    _exact("first weight of the smallest instance", -0.008664, "ln 2 (-0.0125)", partial(_weight, 0)),
    _exact("second weight of the smallest instance", -0.779791, "ln 2 (-1.125)", partial(_weight, 1)),
    Target(
        name="principles: score of (1, 1) over (0, 0), which all three prefer", value=-1.1375 * math.log(2), tolerance=1e-9,
        kind="exact", source="book", place="an instance of ge2024's theorem, derived here", why="convergence of the fit",
        compute=_score,
    ),
    _exact("coverage that ends the reversal of (1, 1)", 0.203485, "root of the sum of the weights, 360 directions",
           partial(_threshold, 0)),
    _exact("coverage that ends all reversals", 0.228176, "root of the second weight, 360 directions", partial(_threshold, 1)),
    Target(
        name="principles: coverage that ends the reversal of (1, 1), all directions", value=0.203485, tolerance=1e-5,
        kind="limit", source="book", place="equations of the maximum by quadrature and root finding, without a fit",
        why="360 directions instead of all change it by 4e-6; rounding", compute=partial(_continuous, 0),
    ),
    Target(
        name="principles: coverage that ends all reversals, all directions", value=0.228176, tolerance=1e-5, kind="limit",
        source="book", place="equations of the maximum by quadrature and root finding, without a fit",
        why="360 directions instead of all change it by 5e-6; rounding", compute=partial(_continuous, 1),
    ),
    _exact("coverage that ends the reversal of (1, 1), 5 principles", 0.064259, "the same questions, 5 principles",
           partial(_threshold, 0, 5)),
    _exact("coverage that ends all reversals, 5 principles", 0.108585, "the same questions, 5 principles",
           partial(_threshold, 1, 5)),
    _exact("coverage that ends all reversals, 16 principles", 0.0, "the same questions, 16 principles: there are none",
           partial(_threshold, 1, 16)),
    Target(
        name="principles: angle between the reward of complete coverage and the principles' sum", value=0.0, tolerance=0.02,
        kind="limit", source="book", place="lemma on complete coverage", why="7,200 directions, a twentieth of a degree apart",
        compute=_aligned,
    ),
)  # fmt: skip


# Claims -----------------------------------------------------------------------------------------------------------


def _reversed_runs(coverage: float, cases: Cases = Cases.SMALLEST, answers: int = 10_000) -> int:
    return simulate(PrinciplesParams(coverage=coverage, cases=cases, answers=answers), default_rng(3)).runs_violated


def _narrow_is_brittle() -> bool:
    rare = _worlds(3, 2, 0.0)
    return (
        _reversed_runs(0.0) == 20 and solve(PrinciplesParams()).reversed_share == 1 and rare.rate > 4 * rare.rate_error
    )


def _same_principles_covered() -> bool:
    kept = all(
        not solve(PrinciplesParams(coverage=at, principles=n)).violated
        for at in (0.25, 0.5, 1.0)
        for n in (2, 3, 5, 16)
    )
    return kept and _reversed_runs(0.5) == 0 and _worlds(3, 2, 0.5).rate == 0


def _coverage_repairs() -> bool:
    sets = (Cases.SMALLEST, Cases.FIRST, Cases.SECOND, Cases.THIRD)
    return all(thresholds(n, cases)[1] < 0.25 for n in (2, 3, 5, 16) for cases in sets)


def _coverage_out_of_reach() -> bool:
    """One trade-off for ever: however many questions, of whatever length, and however many answers."""
    never = all(math.isinf(thresholds(n, Cases.TRADE)[1]) for n in (3, 5, 16))
    lengths = np.outer(np.linspace(0.1, 10, 200), [1.0, -0.9])
    stuck = reward(lengths, VOTERS, regularization=1e-9)
    return never and bool(stuck[1] < 0) and _reversed_runs(1.0, Cases.TRADE, 100_000) == 20


def _sixteen_are_safer() -> bool:
    """Two features: fewer worlds with a reversal than with three principles, by more than two standard errors."""
    few, many = _worlds(3, 2, 0.0, 2 * WORLDS), _worlds(16, 2, 0.0, 2 * WORLDS)
    return few.rate - many.rate > 2 * math.hypot(few.rate_error, many.rate_error)


def _sixteen_are_not_safe() -> bool:
    """Four features: with sixteen as with three principles, most worlds have a reversal; coverage makes it rare."""
    narrow = [_worlds(size, 4, 0.0) for size in (3, 16)]
    return all(one.rate - 3 * one.rate_error > 0.5 for one in narrow) and _worlds(16, 4, 0.2).rate < 0.15


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="principles: fixed principles are brittle",
        section=SECTION,
        statement="A reward learned under fixed principles fails in cases unlike those it was made for, even where all agree.",
        model="principles that vote, linear Bradley-Terry reward, simulated answers",
        assumptions="principles vote by sign and never err",
        holds="narrow questions: the smallest instance reverses every unanimous verdict, and so do some random narrow sets",
        fails="the same fixed principles with a quarter and more of the questions in every direction reverse none",
        verdict="holds in a window",
        in_holds=_narrow_is_brittle,
        in_fails=_same_principles_covered,
    ),
    Claim(
        name="principles: coverage repairs the reward",
        section=SECTION,
        statement="Asking about cases of every kind ends the reversal of unanimous verdicts, and no principle needs to change.",
        model="principles that vote, thresholds by root finding on unlimited answers",
        assumptions="two features that can vary freely",
        holds="the smallest instance and three random narrow sets, 2 to 16 principles: less than 25 % of the questions suffice",
        fails="where one trade-off is all that ever comes up: no number of questions or answers helps",
        verdict="holds in a window",
        in_holds=_coverage_repairs,
        in_fails=_coverage_out_of_reach,
    ),
    Claim(
        name="principles: more principles make the reward safer",
        section=SECTION,
        statement="A constitution of sixteen principles is less likely to be overruled by its own reward than one of three.",
        model="principles that vote, random worlds with four narrow questions",
        assumptions="principles drawn evenly from the directions in which no feature counts negatively",
        holds="two features and no coverage: fewer worlds have a reversal with 16 principles than with 3, 20 against 29 %",
        fails="four features: most worlds have one with 16 as with 3; a fifth of the questions in every direction makes it rare",
        verdict="holds in a window",
        in_holds=_sixteen_are_safer,
        in_fails=_sixteen_are_not_safe,
    ),
)
