"""Reward models that are trained again on the way: the steelman against overoptimization, and what it costs.

Idea. A policy N(m, I) in a space of answers is moved in rounds. People want the direction u_t and dislike extremes: ``gold =
a u_t . y - c (|y|^2 - D)`` for an answer y. A reward model that is fitted by least squares to answers of the policy at hand
learns the slope ``g = a u_t - 2 c m`` and nothing of the curvature (for a normal policy, by Stein's lemma, the slope fitted
is the mean gradient). Each round moves m by ``step g``, the optimum under a KL penalty of 1 / step to the policy before.

Assumption that breaks. That a reward model remains right about the answers it leads to. Never refreshed, m runs on along the
first slope: gold is ``a s - c s^2`` at s = step a t, past its peak ``a^2 / (4 c)`` and down. Refreshed each round, the slope
shrinks as the peak comes near: ``s_t = (a / (2 c)) (1 - (1 - 2 c step)^t)``, gold never falls. What people want may turn by
an angle each round, too: then a reward model refreshed every m rounds is at most m rounds out of date.

Cost. A refresh wants ratings. Here a budget of ratings is shared among all refreshes: a slope fitted to N ratings has a
standard error of ``sqrt(1 + 2 c^2 (D + 4)) / sqrt(N)`` in each of D directions, since for standard normal u and r
``E[u_i^2 (r - c (|u|^2 - D))^2] = 1 + 2 c^2 (D + 4)``; what errs there is lost by curvature.

What one would wrongly conclude. That refreshing has no ceiling: Gao's iterated form (`gao.iterated_reward`) grows with the
number of rounds for ever, but it is algebra, no experiment stands behind it; here ``a^2 / (4 c)`` is the most there is.

Sources: gao2023 (iterated form), bai2022hh (reward models refreshed in use). The model is this book's. Deviation: a fitted
slope is drawn from the large-sample law of least squares, not fitted anew, which flatters a reward model that has less than
about ten ratings a direction; rating noise has variance 1, and a = 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = ["ROUNDS", "RefreshParams", "RefreshResult", "simulate", "solve"]

Floats = NDArray[np.float64]

ROUNDS = 16


@dataclass(frozen=True, kw_only=True)
class RefreshParams:
    """every: rounds that a reward model is used for; 16 is never refreshed. curvature: c. turn: of people's wish, degrees a
    round. ratings: in all, shared among the reward models. step: of a round, in units of answers per unit of slope.

    dimensions: D, of the space of answers. runs: independent trainings simulated.
    """

    every: int = checks.bounded(4, low=1, high=ROUNDS)
    curvature: float = checks.bounded(0.15, low=0.0, high=0.5)
    turn: float = checks.bounded(5.0, low=0.0, high=90.0)
    ratings: int = checks.bounded(4_000, low=ROUNDS, high=10_000_000)
    step: float = checks.bounded(0.5, low=0.01, high=1.0)
    dimensions: int = checks.bounded(8, low=2, high=1_000)
    runs: int = checks.bounded(100, low=2, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class RefreshResult:
    """True value of the policy, round by round.

    Attributes
    ----------
    params : what was chosen.
    expected : gold[round], shape (17,), of the average training, exact, in standard deviations of an ordinary answer's value.
    stale : gold[round], shape (17,), exact, if the first reward model is used to the end, with all ratings.
    sampled, sampled_error : gold[round] averaged over trainings, and its standard error, shape (17,); error 0 where exact.
    """

    params: RefreshParams
    expected: Floats
    stale: Floats
    sampled: Floats
    sampled_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def ceiling(self) -> float:
        """The most that any policy N(m, I) is worth, ``1 / (4 c)``; infinite without curvature."""
        c = self.params.curvature
        return 1 / (4 * c) if c > 1e-300 else math.inf

    @property
    def models(self) -> int:
        """Reward models that are trained in all."""
        return -(-ROUNDS // self.params.every)

    @property
    def ratings_each(self) -> float:
        """Ratings that each reward model is trained on."""
        return self.params.ratings / self.models


def solve(params: RefreshParams) -> RefreshResult:
    """Return the expected gold of every round; where the simulation has samples, this has their expectations."""
    expected = _expected(params)
    return _result(params, expected, expected, np.zeros(ROUNDS + 1))


def simulate(params: RefreshParams, rng: Generator) -> RefreshResult:
    """Run `params.runs` trainings at once, each with its own errors of the fitted slopes; the same dice whatever is chosen."""
    dice = rng.standard_normal((ROUNDS, params.runs, params.dimensions))
    gold = np.array([_gold(params, t, place) for t, place in enumerate(_places(params, dice))])
    error = gold.std(axis=1, ddof=1) / math.sqrt(params.runs)
    return _result(params, _expected(params), gold.mean(axis=1), error)


def _places(params: RefreshParams, dice: Floats) -> Iterator[Floats]:
    """Means[run, direction] of the policies, round by round."""
    place, slope = np.zeros(dice.shape[1:]), np.zeros(dice.shape[1:])
    yield place
    for t in range(ROUNDS):
        if t % params.every == 0:
            slope = _wish(params, t) - 2 * params.curvature * place + _error(params) * dice[t]
        place = place + params.step * slope
        yield place


def _expected(params: RefreshParams) -> Floats:
    """Gold[round]: the recursion of mean and variance; both are linear within the life of a reward model."""
    c, gold = params.curvature, np.zeros(ROUNDS + 1)
    mean, variance = np.zeros(params.dimensions), 0.0
    start, spread = mean, variance
    for t in range(ROUNDS):
        if t % params.every == 0:
            start, spread, first = mean, variance, t
        moved = params.step * (t + 1 - first)
        mean = start + moved * (_wish(params, first) - 2 * c * start)
        variance = (1 - 2 * c * moved) ** 2 * spread + (moved * _error(params)) ** 2
        gold[t + 1] = _gold(params, t + 1, mean) - c * params.dimensions * variance
    return gold


def _gold(params: RefreshParams, t: int, place: Floats) -> Floats:
    """Expected gold of the policy whose mean is `place`; the last axis is that of directions."""
    return np.asarray(place @ _wish(params, t) - params.curvature * np.square(place).sum(axis=-1))


def _wish(params: RefreshParams, t: int) -> Floats:
    """What people want in round t, a direction."""
    angle = math.radians(params.turn) * t
    wish = np.zeros(params.dimensions)
    wish[:2] = math.cos(angle), math.sin(angle)
    return wish


def _error(params: RefreshParams) -> float:
    """Standard error of a fitted slope in each direction."""
    models = -(-ROUNDS // params.every)
    return math.sqrt((1 + 2 * params.curvature**2 * (params.dimensions + 4)) * models / params.ratings)


def _result(params: RefreshParams, expected: Floats, sampled: Floats, error: Floats) -> RefreshResult:
    return RefreshResult(
        params=params,
        expected=expected,
        stale=_expected(replace(params, every=ROUNDS)),
        sampled=sampled,
        sampled_error=error,
    )
