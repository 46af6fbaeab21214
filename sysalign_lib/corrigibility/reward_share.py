"""The share of goals that avoid shutdown: one shutdown state against k other places to end up.

Draw a reward for shutdown and one for each of k alternatives from the same continuous law, independently. Each of the k + 1 is equally
likely to be the best, so a fraction k / (k + 1) of reward functions is served best by avoiding shutdown, whatever the law.

Assumption that breaks: the symmetry. Training does not sample rewards evenly; a shift in favor of shutdown, alternatives that
stand or fall together (correlation), or alternatives that lie further off (discount) all move the share, in the direction of deference.
One would wrongly conclude "most trained agents will resist" from a count of goals that nobody drew.

Sources: turner2021, Theorem 6.13 and Corollary 6.14, in the minimal case of k + 1 terminal states (they compare, per orbit of a reward
function under permutation, and need no law). The law with shift, correlation and discount is this book's: alternative i pays
sqrt(c) Z + sqrt(1 - c) E_i, shutdown pays shift + N, all of Z, E_i, N standard normal; avoided if discount * best alternative > shutdown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = ["RewardShareParams", "RewardShareResult", "avoid_share", "break_even_shift", "simulate", "solve"]

SHIFT_GRID = np.linspace(-3.0, 3.0, 49)
SAMPLE_SHIFTS = np.linspace(-3.0, 3.0, 13)
COUNT_GRID = np.arange(1, 21)
SAMPLE_COUNTS = np.array([1, 2, 5, 10, 20])
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
REACH = 9.0  # standard deviations of the best of k that the quadrature covers

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RewardShareParams:
    """alternatives: how many places other than shutdown. shift: mean reward of shutdown, in standard deviations of a reward.

    correlation: between the rewards of any two alternatives. discount: what a unit of reward at an alternative is worth beside one at
    shutdown (1 for a patient agent). draws: reward functions sampled.
    """

    alternatives: int = checks.bounded(5, low=1, high=1000)
    shift: float = checks.bounded(0.0, low=-5.0, high=5.0)
    correlation: float = checks.bounded(0.0, low=0.0, high=1.0)
    discount: float = checks.bounded(1.0, low=0.0, high=1.0)
    draws: int = checks.bounded(2000, low=2, high=10_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class RewardShareResult:
    """Share of reward functions under which avoiding shutdown is best.

    share: here, a fraction; share_error: its standard error, 0 where exact.
    shift_grid[point], shape (49,), shifts of the exact curve, standard deviations.
    shift_share[point], shape (49,), exact share at each of them for this number of alternatives, fraction.
    count_share[point], shape (20,), exact share for 1, 2, ..., 20 alternatives at this shift, fraction.
    sampled_by_shift[point], shape (13,), share of the draws at shifts -3, -2.5, ..., 3, fraction; empty where exact.
    sampled_by_count[point], shape (5,), share of the draws for 1, 2, 5, 10, 20 alternatives, fraction; empty where exact.
    The sampled points share their draws, so that neighbors err together.
    """

    params: RewardShareParams
    share: float
    share_error: float
    shift_grid: Array
    shift_share: Array
    count_share: Array
    sampled_by_shift: Array
    sampled_by_count: Array

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def baseline(self) -> float:
        """The share if all rewards come independently from one law, k / (k + 1)."""
        return self.params.alternatives / (self.params.alternatives + 1)

    @property
    def effective_alternatives(self) -> float:
        """How many independent alternatives at no shift and no discount would give the exact share."""
        share = float(np.interp(self.params.shift, self.shift_grid, self.shift_share))
        exact = _exact(self.params) if share < 1 else share
        return exact / (1 - exact) if exact < 1 else float("inf")


def avoid_share(
    alternatives: int, shift: ArrayLike = 0.0, correlation: float = 0.0, discount: float = 1.0
) -> Array:
    """Return the exact share, an array in the shape of `shift`.

    Given the best independent part M of k, what remains is normal: share = E[Phi((d sqrt(1 - c) M - shift) / sqrt(1 + d^2 c))].
    """
    best = REACH * NODES
    log_density = np.log(alternatives) - 0.5 * best**2 - 0.5 * np.log(2 * np.pi) + (alternatives - 1) * log_ndtr(best)
    weight = REACH * WEIGHTS * np.exp(log_density)
    margin = discount * np.sqrt(1 - correlation) * best - np.asarray(shift, dtype=float)[..., None]
    return np.asarray(ndtr(margin / np.sqrt(1 + discount**2 * correlation)) @ weight)


def break_even_shift(alternatives: int, correlation: float = 0.0, discount: float = 1.0) -> float:
    """Return the shift in favor of shutdown at which exactly half of the reward functions accept it."""
    return float(brentq(lambda shift: float(avoid_share(alternatives, shift, correlation, discount)) - 0.5, -1.0, 9.0))


def solve(params: RewardShareParams) -> RewardShareResult:
    """Return the exact share at this point and along both axes."""
    return _result(params, _exact(params), 0.0, np.empty(0), np.empty(0))


def simulate(params: RewardShareParams, rng: Generator) -> RewardShareResult:
    """Draw reward functions and count those that avoid shutdown; the same draws whatever the parameters."""
    shutdown = rng.standard_normal(params.draws)
    common = np.sqrt(params.correlation) * rng.standard_normal(params.draws)
    best = np.full(params.draws, -np.inf)
    margins = {}
    for count in range(1, max(params.alternatives, int(SAMPLE_COUNTS[-1])) + 1):
        np.maximum(best, rng.standard_normal(params.draws), out=best)
        if count == params.alternatives or count in SAMPLE_COUNTS:
            margins[count] = params.discount * (common + np.sqrt(1 - params.correlation) * best) - shutdown
    margin = margins[params.alternatives]
    share = float((margin > params.shift).mean())
    return _result(
        params,
        share,
        float(np.sqrt(share * (1 - share) / params.draws)),
        (margin[:, None] > SAMPLE_SHIFTS).mean(axis=0),
        np.array([(margins[int(count)] > params.shift).mean() for count in SAMPLE_COUNTS]),
    )


def _exact(params: RewardShareParams) -> float:
    return float(avoid_share(params.alternatives, params.shift, params.correlation, params.discount))


def _result(
    params: RewardShareParams, share: float, error: float, by_shift: Array, by_count: Array
) -> RewardShareResult:
    along_counts = [avoid_share(int(k), params.shift, params.correlation, params.discount) for k in COUNT_GRID]
    return RewardShareResult(
        params=params,
        share=share,
        share_error=error,
        shift_grid=SHIFT_GRID.copy(),
        shift_share=avoid_share(params.alternatives, SHIFT_GRID, params.correlation, params.discount),
        count_share=np.array(along_counts, dtype=float),
        sampled_by_shift=by_shift,
        sampled_by_count=by_count,
    )
