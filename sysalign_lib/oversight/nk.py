"""NK landscapes: problems whose interdependence can be turned from none to total.

Idea. N yes-or-no decisions, and for each a contribution that depends on it and on K others by a table of random numbers.
The worth of a configuration is the mean contribution (kauffman1987, kauffman1989). K = 0 is a problem that falls apart into N;
with K = N - 1 every decision matters for every contribution, and all worths are independent draws.

Exact at the ends. With K = 0 there is one optimum, and the best worth is 2/3 on average, the mean of the larger of two uniform
draws. With K = N - 1 a configuration is an optimum if it is the best of N + 1 draws, so that ``2^N / (N + 1)`` are expected.
Their variance (macken1989): two neighbors are never both optima; two configurations at distance two share two neighbors, both
are optima with probability ``1 / (N (N + 1))``, since the best of the 2 N draws concerned must be one of the two and the other
must then be the best of its own N + 1; farther apart they are independent. Summed: ``2^N (N - 1) / (2 (N + 1)^2)``.

Lemma: how alike are the ends of a walk of s random flips? *Let j be binomial with K + 1 trials and chance 1/2. Over the
ensemble of landscapes, about the ensemble's mean, the autocorrelation is* ``E[(1 - 2 j / N)^s]``. *Within landscapes, about
each one's own mean, it is the same mean over j >= 1 only (expected covariance over expected variance). Both hold for every
choice of who reads whom.* Proof: write each contribution as a sum of parities (Walsh functions) of subsets of the K + 1
decisions that it reads. A table of independent draws gives every subset's coefficient the same variance, and all are
uncorrelated. A flip of a random decision multiplies the parity of a subset of size j by ``1 - 2 j / N`` on average, and s
flips by its power. Of the ``2^(K+1)`` subsets, C(K + 1, j) have size j; the landscape's own mean is the empty one. QED.

What one would wrongly conclude. The formula that is often quoted, ``(1 - (K + 1) / N)^s`` (see weinberger1991 on such laws),
is the first law at s = 1 and wrong at any other lag: it puts the power outside the expectation, as if a decision that is
flipped never came back to what it was. Among many letters it hardly does, and as there are more of them the formula becomes
exact (`ensemble_law` takes their number). With yes and no a correct program fails a test by it.

Deviations: worths are uniform draws on [0, 1]; a contribution never reads a decision twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import comb

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import hadamard

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "NkParams", "NkResult", "Reading", "adaptive_walks", "draw_landscapes", "draw_neighbors", "ensemble_law",
    "expected_optima", "fitness_table", "optima", "simulate", "spectrum_law", "textbook_law", "variance_of_optima",
    "walk_autocorrelation", "within_law",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LARGEST = 20  # decisions; all 2^N worths are kept
HELD = 1 << 17  # numbers worked on at once: few enough to stay in fast memory
STEPS = 4000  # of a random walk
LAGS = np.arange(13)
CURVE = np.arange(8)  # K at which optima are counted


class Reading(StrEnum):
    """Whom a contribution reads beside its own decision."""

    RANDOM = "K at random"
    NEXT = "the next K"


@dataclass(frozen=True, kw_only=True)
class NkParams:
    """One ensemble.

    n : decisions. k : others that a contribution reads, fewer than n. reads : which ones. landscapes : how many are drawn.
    """

    n: int = checks.bounded(10, low=8, high=14)
    k: int = checks.bounded(5, low=0, high=7)
    reads: Reading = Reading.RANDOM
    landscapes: int = checks.bounded(16, low=4, high=400)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class NkResult:
    """How rugged such landscapes are.

    Attributes
    ----------
    lags : flips[lag], shape (n_lags,), how long the walks are.
    within : correlation[lag], shape (n_lags,), without unit: the law within a landscape.
    ensemble : correlation[lag], shape (n_lags,), without unit: the law over the ensemble.
    textbook : correlation[lag], shape (n_lags,), without unit: the textbook's formula.
    walked : correlation[lag], shape (n_lags,), without unit, of random walks on the landscapes drawn.
    walked_error : correlation[lag], shape (n_lags,), without unit: standard error of `walked`, over landscapes.
    ks : interactions[point], shape (n_points,), at which optima were counted.
    counted : optima[point], shape (n_points,), mean number of local optima.
    counted_error : optima[point], shape (n_points,): standard error of `counted`, over landscapes.
    """

    params: NkParams
    lags: Ints
    within: Floats
    ensemble: Floats
    textbook: Floats
    walked: Floats
    walked_error: Floats
    ks: Ints
    counted: Floats
    counted_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def here(self) -> float:
        """Mean number of optima at the chosen k, as far as it was counted."""
        return float(self.counted[np.flatnonzero(self.ks == self.params.k)[0]])


# Landscapes ---------------------------------------------------------------------------------------------------------


def draw_neighbors(n: int, k: int, reads: Reading, landscapes: int, rng: Generator) -> Ints:
    """Return whom each contribution reads beside its own decision, decision[landscape, part, place], shape (landscapes, n, k)."""
    checks.integer("n", n, low=1, high=LARGEST)
    checks.integer("k", k, low=0, high=n - 1)
    steps = np.broadcast_to(np.arange(1, n), (landscapes, n, n - 1))
    if reads is Reading.RANDOM:
        steps = rng.permuted(steps, axis=2)
    return np.asarray((np.arange(n)[:, None] + steps[:, :, :k]) % n)


def fitness_table(tables: ArrayLike, neighbors: ArrayLike) -> Floats:
    """Return all worths, worth[landscape, configuration], shape (landscapes, 2^n), in [0, 1] if the tables are.

    The tables are contribution[landscape, part, setting], shape (landscapes, n, 2^(k+1)): bit 0 of a setting's number is the
    part's own decision, bit j + 1 that of its neighbor j. The neighbors are decision[landscape, part, place], shape
    (landscapes, n, k), each a decision other than the part and its like.

    Bit i of a configuration's number is decision i. A table is written as a sum of parities of the decisions it reads, the
    parities of all tables are added up, and their sum is evaluated at all configurations at once: the lemma's proof as a program.

    Raises
    ------
    TypeError, ValueError : wrong shapes, decisions that are none, more than 20 decisions.
    """
    reads = np.asarray(neighbors)
    if reads.ndim != 3 or reads.dtype.kind not in "iu":
        raise ValueError(
            f"neighbors must be whole numbers of shape (landscapes, n, k), got shape {reads.shape} of {reads.dtype}"
        )
    count, n, k = reads.shape
    checks.integer("n", n, low=1, high=LARGEST)
    given = checks.array("tables", tables, (count, n, 2 << k))
    if reads.size and (reads.min() < 0 or reads.max() >= n):
        raise ValueError(f"neighbors must be decisions in [0, {n - 1}], got {int(reads.min())} to {int(reads.max())}")
    members = np.concatenate([np.broadcast_to(np.arange(n)[:, None], (count, n, 1)), reads], axis=2)
    if (np.diff(np.sort(members, axis=2), axis=2) == 0).any():
        raise ValueError("neighbors must differ from each other and from the part that reads them")
    worth = np.empty((count, 1 << n))
    for block in _blocks(count, max(1 << n, n * (2 << k))):
        worth[block] = _transformed(_gathered(_transformed(given[block]), members[block])) / (n * (2 << k))
    return worth


def _blocks(count: int, each: int) -> list[slice]:
    """Landscapes by and by, as many at a time as fast memory takes."""
    step = max(1, HELD // each)
    return [slice(at, at + step) for at in range(0, count, step)]


def _gathered(parities: Floats, members: Ints) -> Floats:
    """Coefficients of parities[landscape, part, subset] added up by the subsets of all decisions that they belong to."""
    count, n, width = members.shape
    subset = (np.arange(count) << n)[:, None, None] + np.zeros((1, n, 1), dtype=np.int64)
    for place in range(width):
        subset = np.concatenate([subset, subset | 1 << members[:, :, place, None]], axis=2)
    total = np.bincount(subset.ravel(), parities.ravel(), count << n)
    return np.asarray(total, dtype=float).reshape(count, 1 << n)


@lru_cache
def _signs(bits: int) -> Floats:
    """Every parity of so many bits at every setting of them, 1 or -1."""
    return np.asarray(hadamard(1 << bits), dtype=float)


def _transformed(values: Floats) -> Floats:
    """Sums of the last axis, weighted by all its parities (Walsh-Hadamard transform), up to four bits at a time."""
    shape, bits = values.shape, _bits("values", values)
    for done in range(0, bits, 4):
        signs = _signs(min(4, bits - done))
        values = (
            values.reshape(-1, len(signs)) @ signs if done == 0 else signs @ values.reshape(-1, len(signs), 1 << done)
        )
    return values.reshape(shape)


def draw_landscapes(n: int, k: int, reads: Reading, landscapes: int, rng: Generator) -> Floats:
    """Return worths by uniform tables, worth[landscape, configuration], shape (landscapes, 2^n), in [0, 1]."""
    neighbors = draw_neighbors(n, k, reads, landscapes, rng)
    return fitness_table(rng.random((landscapes, n, 2 << k)), neighbors)


def _bits(name: str, values: Floats) -> int:
    """Decisions whose configurations a last axis holds."""
    n = int(values.shape[-1]).bit_length() - 1 if values.ndim else 0
    if n < 1 or values.shape[-1] != 1 << n:
        raise ValueError(f"{name} must hold 2^n configurations along the last axis, got shape {values.shape}")
    return n


def optima(worth: ArrayLike) -> Flags:
    """Return which configurations are better than every neighbor, flag[..., configuration], the shape of `worth`."""
    values = np.asarray(worth, dtype=float)
    n = _bits("worth", values)
    halves = values.reshape(-1, 1 << (n - n // 2), 1 << n // 2)
    best = np.empty(halves.shape, dtype=bool)
    for block in _blocks(len(halves), 1 << n):
        turned = _above(np.ascontiguousarray(halves[block].swapaxes(1, 2)))
        best[block] = _above(halves[block]) & turned.swapaxes(1, 2)
    return best.reshape(values.shape)


def _above(values: Floats) -> Flags:
    """Which ones of [landscape, row, column] are better than all whose row differs in one bit."""
    best = np.ones(values.shape, dtype=bool)
    for bit in range(values.shape[1].bit_length() - 1):
        pairs = values.reshape(-1, 2, values.shape[2] << bit)
        seen = best.reshape(pairs.shape)
        seen[:, 0] &= pairs[:, 0] > pairs[:, 1]
        seen[:, 1] &= pairs[:, 1] > pairs[:, 0]
    return best


def expected_optima(n: int) -> float:
    """Return how many optima are expected if everything depends on everything (K = N - 1)."""
    checks.integer("n", n, low=1, high=60)
    return float(2**n / (n + 1))


def variance_of_optima(n: int) -> float:
    """Return the variance of the number of optima if everything depends on everything (macken1989; derived above)."""
    checks.integer("n", n, low=1, high=60)
    return float(2**n * (n - 1) / (2 * (n + 1) ** 2))


# Walks --------------------------------------------------------------------------------------------------------------


def _law(n: int, k: int, lags: ArrayLike, smallest: int, letters: int = 2) -> Floats:
    """Mean of the walk's factor over subsets of at least `smallest` of the decisions that a contribution reads."""
    checks.integer("n", n, low=1)
    checks.integer("k", k, low=0, high=n - 1)
    checks.integer("letters", letters, low=2)
    steps = checks.array("lags", lags, (None,), 0)
    sizes = np.arange(smallest, k + 2)
    weights = np.array([float(comb(k + 1, size) * (letters - 1) ** size) for size in sizes.tolist()])
    return np.asarray((1 - sizes / (n * (1 - 1 / letters))) ** steps[:, None] @ weights / weights.sum())


def ensemble_law(n: int, k: int, lags: ArrayLike, letters: int = 2) -> Floats:
    """Return the autocorrelation over the ensemble of landscapes, correlation[lag], about its mean 1/2 (lemma above).

    letters : settings of a decision, each change going to one of the others at random. With q of them subsets of size j have
        weight ``C(K + 1, j) (1 - 1/q)^j (1/q)^(K + 1 - j)`` and a step the factor ``1 - q j / ((q - 1) N)``.
    """
    return _law(n, k, lags, 0, letters)


def within_law(n: int, k: int, lags: ArrayLike) -> Floats:
    """Return the autocorrelation within landscapes, correlation[lag], about each one's own mean (lemma above)."""
    return _law(n, k, lags, 1)


def textbook_law(n: int, k: int, lags: ArrayLike) -> Floats:
    """Return the formula of the textbooks, ``(1 - (k + 1) / n)^lag``, which is not that of this walk."""
    checks.integer("n", n, low=1)
    checks.integer("k", k, low=0, high=n - 1)
    return np.asarray((1 - (k + 1) / n) ** checks.array("lags", lags, (None,), 0))


def spectrum_law(worth: ArrayLike, lags: ArrayLike) -> Floats:
    """Return the exact autocorrelation of random walks on given landscapes, correlation[lag], by their parities.

    Covariances and variances are summed over landscapes before they are divided, as in the law.
    """
    values = np.array(worth, dtype=float, ndmin=2)
    n, steps = _bits("worth", values), checks.array("lags", lags, (None,), 0)
    sizes = [subset.bit_count() for subset in range(1 << n)]
    power = np.bincount(sizes, weights=(_transformed(values) ** 2).sum(axis=0))[1:]
    return np.asarray((1 - 2 * np.arange(1, n + 1) / n) ** steps[:, None] @ power / power.sum())


def walk_autocorrelation(
    worth: ArrayLike, lags: ArrayLike, rng: Generator, steps: int = STEPS
) -> tuple[Floats, Floats]:
    """Return the autocorrelation of one random walk a landscape, correlation[lag], and its standard error[lag].

    Covariances are taken about each landscape's own mean, and pooled; the error is that of a ratio of sums over landscapes.
    """
    values = np.array(worth, dtype=float, ndmin=2)
    n, apart = _bits("worth", values), checks.array("lags", lags, (None,), 0, steps - 1).astype(int)
    flips = np.left_shift(1, rng.integers(n, size=(len(values), steps)))
    flips[:, 0] = rng.integers(1 << n, size=len(values))
    seen = np.take_along_axis(values, np.bitwise_xor.accumulate(flips, axis=1), axis=1) - values.mean(
        axis=1, keepdims=True
    )
    stop = steps - int(apart.max())
    products = np.array([(seen[:, :stop] * seen[:, lag : lag + stop]).mean(axis=1) for lag in apart])
    spread = values.var(axis=1)
    pooled = products.mean(axis=1) / spread.mean()
    off = products - pooled[:, None] * spread
    return np.asarray(pooled), np.asarray(off.std(axis=1, ddof=1) / np.sqrt(len(values)) / spread.mean())


def adaptive_walks(
    worth: ArrayLike, landscape: ArrayLike, starts: ArrayLike, rng: Generator, *, best: bool = False
) -> Ints:
    """Return where walkers end who move to a better neighbor until there is none, configuration[walker], shape (n_walkers,).

    worth : worth[landscape, configuration]. landscape, starts : where each walker is, whole numbers of shape (n_walkers,).
    best : whether the best neighbor is taken; else one of the better ones at random (kauffman1987).
    """
    values = np.array(worth, dtype=float, ndmin=2)
    n = _bits("worth", values)
    where = checks.array("landscape", landscape, (None,), 0, len(values) - 1).astype(np.int64)
    place = checks.array("starts", starts, where.shape, 0, (1 << n) - 1).astype(np.int64).copy()
    moving, flips = np.arange(len(place)), (1 << np.arange(n))[:, None]
    while len(moving):
        base = where[moving] << n
        around = values.ravel()[base + (place[moving] ^ flips)]
        better = around > values.ravel()[base + place[moving]]
        on = better.any(axis=0)
        moving = moving[on]
        place[moving] ^= 1 << (around[:, on].argmax(axis=0) if best else _any_of(better[:, on], rng))
    return place


def _any_of(flags: Flags, rng: Generator) -> Ints:
    """Place along the first axis of one flag that is set, each as likely; every column has one."""
    passed = np.cumsum(flags, axis=0, dtype=np.int8)
    chosen = (rng.random(flags.shape[1]) * passed[-1]).astype(np.int8)
    return np.asarray((passed <= chosen).sum(axis=0))


def simulate(params: NkParams, rng: Generator) -> NkResult:
    """Draw landscapes, walk on them, and count the optima of others with less and with more interaction."""
    n, k, count = params.n, params.k, params.landscapes
    walking, counting = rng.spawn(2)
    walked, error = walk_autocorrelation(draw_landscapes(n, k, params.reads, count, walking), LAGS, walking)
    ks = np.union1d(CURVE[n > CURVE], [k])
    found = [optima(draw_landscapes(n, int(one), params.reads, count, counting)).sum(axis=1) for one in ks]
    return NkResult(
        params=params,
        lags=LAGS,
        within=within_law(n, k, LAGS),
        ensemble=ensemble_law(n, k, LAGS),
        textbook=textbook_law(n, k, LAGS),
        walked=walked,
        walked_error=error,
        ks=ks,
        counted=np.mean(found, axis=1),
        counted_error=np.std(found, axis=1, ddof=1) / np.sqrt(count),
    )
