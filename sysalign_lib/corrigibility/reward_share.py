"""The share of goals that avoid shutdown: one shutdown state against k other places to end up.

Idea. Draw a reward for shutdown and one for each of k alternatives from the same continuous law, independently. Each of
the k + 1 is equally likely to be the best, so a fraction k / (k + 1) of reward functions is served best by avoiding
shutdown, whatever the law.

Assumption that breaks. The symmetry between shutdown and the rest. Training does not sample rewards evenly. A shift in
favor of shutdown, alternatives that stand or fall together (correlation), and alternatives whose reward counts for less
(discount, where shutdown is not the worse bet to begin with) all move the share toward deference.

What one would wrongly conclude. "Most trained agents will resist", from a count of goals that nobody drew; and just as
wrongly that the count is idle: the break-even shift grows with k without bound, so many alternatives need a strong push.

Sources: turner2021, Theorem 6.13 and Corollary 6.14 (average-optimal policies tend not to end in any given terminal
state). They compare the members of a reward function's orbit under permutation, need no law, and claim at least half; the
fraction k / (k + 1) is the exact count for k + 1 terminal states. The law with shift, correlation and discount is this
book's: alternative i pays sqrt(c) Z + sqrt(1 - c) E_i, shutdown pays shift + N, all of Z, E_i and N standard normal;
shutdown is avoided if discount * best alternative > shutdown.
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

COUNTS = tuple(range(1, 21))  # numbers of alternatives of the exact curve
SAMPLED_COUNTS = (1, 2, 5, 10, 20)
_AT = np.array(SAMPLED_COUNTS) - 1  # where they stand among COUNTS
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
REACH = 9.0  # standard deviations of the best of k that the quadrature covers

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RewardShareParams:
    """A law of reward functions.

    Attributes
    ----------
    alternatives : places to end up other than shutdown.
    shift : mean reward of shutdown, in standard deviations of a reward.
    correlation : between the rewards of any two alternatives.
    discount : what a unit of reward at an alternative is worth beside one at shutdown; 1 for a patient agent.
    draws : reward functions sampled.
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

    Attributes
    ----------
    params : the law of reward functions.
    share : the share here, a fraction; sampled, or exact from `solve`.
    exact : the exact share here, a fraction.
    counts : counts[point], shape (20,), numbers of alternatives 1, 2, ..., 20.
    count_share : count_share[point], shape (20,), exact share at each of them, otherwise the same law, fraction.
    sampled : sampled[point], shape (5,), share of the draws for 1, 2, 5, 10 and 20 alternatives, fraction; the exact
        share from `solve`. The points share their draws and err together.
    """

    params: RewardShareParams
    share: float
    exact: float
    counts: Array
    count_share: Array
    sampled: Array

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def baseline(self) -> float:
        """The share if all rewards come independently from one law, k / (k + 1)."""
        return self.params.alternatives / (self.params.alternatives + 1)

    @property
    def effective_alternatives(self) -> float:
        """How many independent alternatives at no shift and no discount would give the exact share; may be infinite."""
        return self.exact / (1 - self.exact) if self.exact < 1 else float("inf")

    @property
    def sampled_error(self) -> Array:
        """Standard error that the exact shares give `sampled`, shape (5,), fraction."""
        share = self.count_share[_AT]
        return np.asarray(np.sqrt(share * (1 - share) / self.params.draws))


def avoid_share(alternatives: int, shift: ArrayLike = 0.0, correlation: float = 0.0, discount: float = 1.0) -> Array:
    """Return the exact share, an array in the shape of `shift`.

    Given the best independent part M of k, what remains is normal:
    ``share = E[Phi((d sqrt(1 - c) M - shift) / sqrt(1 + d^2 c))]``, an integral over M that is taken by quadrature.
    """
    best = REACH * NODES
    log_density = np.log(alternatives) - 0.5 * best**2 - 0.5 * np.log(2 * np.pi) + (alternatives - 1) * log_ndtr(best)
    weight = REACH * WEIGHTS * np.exp(log_density)
    margin = discount * np.sqrt(1 - correlation) * best - np.asarray(shift, dtype=float)[..., None]
    share = ndtr(margin / np.sqrt(1 + discount**2 * correlation)) @ weight
    return np.asarray(np.clip(share, 0.0, 1.0))


def break_even_shift(alternatives: int, correlation: float = 0.0, discount: float = 1.0) -> float:
    """Return the shift in favor of shutdown at which exactly half of the reward functions accept it."""

    def surplus(shift: float) -> float:
        return float(avoid_share(alternatives, shift, correlation, discount)) - 0.5

    return float(brentq(surplus, -1.0, REACH, xtol=1e-13))


def solve(params: RewardShareParams) -> RewardShareResult:
    """Return the exact share at this point and along the number of alternatives."""
    along = _along_counts(params)
    return _result(params, _exact(params), along[_AT], along)


def simulate(params: RewardShareParams, rng: Generator) -> RewardShareResult:
    """Draw reward functions and count those that avoid shutdown; the same draws whatever the parameters."""
    shutdown, common = rng.standard_normal((2, params.draws))
    best = np.full(params.draws, -np.inf)
    share = {}
    for count in range(1, max(params.alternatives, *SAMPLED_COUNTS) + 1):
        np.maximum(best, rng.standard_normal(params.draws), out=best)
        if count == params.alternatives or count in SAMPLED_COUNTS:
            reward = np.sqrt(params.correlation) * common + np.sqrt(1 - params.correlation) * best
            share[count] = float((params.discount * reward > params.shift + shutdown).mean())
    sampled = np.array([share[count] for count in SAMPLED_COUNTS])
    return _result(params, share[params.alternatives], sampled, _along_counts(params))


def _exact(params: RewardShareParams) -> float:
    return float(avoid_share(params.alternatives, params.shift, params.correlation, params.discount))


def _along_counts(params: RewardShareParams) -> Array:
    return np.array([float(avoid_share(k, params.shift, params.correlation, params.discount)) for k in COUNTS])


def _result(params: RewardShareParams, share: float, sampled: Array, along: Array) -> RewardShareResult:
    counts = np.array(COUNTS, dtype=float)
    return RewardShareResult(
        params=params, share=share, exact=_exact(params), counts=counts, count_share=along, sampled=sampled
    )
