"""What NK landscapes must reproduce, and what is claimed about them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import permutations
from math import sqrt

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.oversight.nk import (
    Reading,
    adaptive_walks,
    draw_landscapes,
    draw_neighbors,
    ensemble_law,
    expected_optima,
    fitness_table,
    optima,
    spectrum_law,
    textbook_law,
    variance_of_optima,
    walk_autocorrelation,
    within_law,
)

__all__ = ["CLAIMS", "TARGETS"]

SEED, MANY, WALKERS = 1989, 1000, 400
FEWER = {12: 100}  # landscapes, where they are large
WALKED, STEPS_SD = 60, 0.06  # walks of 4,000 steps, and how much the estimate of one varies, at most
ENUMERATED = (1, 2, 3, 4, 7)  # flips at which the laws are enumerated
LAWS = (
    (0, (0.8750, 0.7656, 0.5862)), (2, (0.7857, 0.6250, 0.4086)), (7, (0.4980, 0.2784, 0.1086)), (15, (-0.00002, 0.0625, 0.0112)),
)  # fmt: skip
KAUFFMAN = (
    (8, 0, 0.65), (8, 2, 0.70), (8, 4, 0.70), (8, 7, 0.67), (16, 0, 0.65), (16, 2, 0.70), (16, 4, 0.70), (16, 8, 0.68),
    (16, 15, 0.65),
)  # fmt: skip  # from memory of the table: a band


def _exact(name: str, value: float, place: str, compute: Callable[[], float], tolerance: float = 1e-9) -> Target:
    why = "arithmetic in double precision" if tolerance <= 1e-9 else "rounding of the fourth decimal"
    return Target(name=f"nk: {name}", value=value, tolerance=tolerance, kind="exact", source="book", place=place, why=why,
                  compute=compute)  # fmt: skip


@lru_cache(maxsize=8)
def _drawn(n: int, k: int, count: int) -> np.ndarray:
    return draw_landscapes(n, k, Reading.RANDOM, count, default_rng([SEED, n, k]))


@lru_cache(maxsize=8)
def _counts(n: int, k: int) -> np.ndarray:
    return np.asarray(optima(_drawn(n, k, _many(n))).sum(axis=1))


def _many(n: int) -> int:
    return FEWER.get(n, MANY)


def _counted(n: int) -> Target:
    value, spread = expected_optima(n), variance_of_optima(n)
    return Target(
        name=f"nk: mean number of optima, N = {n}, K = {n - 1}", value=value, tolerance=round(5 * sqrt(spread / _many(n)), 4),
        kind="monte carlo", source="kauffman1987", place="2^N / (N + 1)", why=f"5 standard errors of {_many(n)} landscapes",
        compute=lambda: float(_counts(n, n - 1).mean()),
    )  # fmt: skip


def _variance(n: int) -> Target:
    value = variance_of_optima(n)
    return Target(
        name=f"nk: variance of the number of optima, N = {n}, K = {n - 1}", value=value,
        tolerance=round(5 * value * sqrt(2.5 / MANY), 3), kind="monte carlo", source="macken1989",
        place="2^N (N - 1) / (2 (N + 1)^2), derived in the module",
        why=f"5 standard errors of a variance, {MANY} landscapes, kurtosis up to 3.5",
        compute=lambda: float(_counts(n, n - 1).var(ddof=1)),
    )  # fmt: skip


def _orders(n: int, measure: Callable[[np.ndarray], np.floating]) -> float:
    """A measure of the number of optima over every order that 2^n independent worths can have, all counted."""
    orders = np.array(list(permutations(range(1 << n))), dtype=float)
    return float(measure(optima(orders).sum(axis=1)))


@lru_cache(maxsize=16)
def _climbed(n: int, k: int) -> float:
    """Mean worth at the end of adaptive walks, as many on each landscape."""
    count = WALKERS if n < 16 else 100 if k < 15 else 10
    rng, worth = default_rng([SEED, 7]), _drawn(n, k, count)
    landscape = np.repeat(np.arange(count), WALKERS // count)
    ends = adaptive_walks(worth, landscape, rng.integers(1 << n, size=WALKERS), rng)
    return float(worth[landscape, ends].mean())


def _at(law: Callable[[int, int, list[int]], np.ndarray], k: int, lag: int) -> float:
    """A law of 16 decisions at one lag."""
    return float(law(16, k, [lag])[0])


@lru_cache(maxsize=8)
def _correlations(k: int) -> np.ndarray:
    worth = _drawn(16, k, WALKED)
    return np.asarray(walk_autocorrelation(worth, [1, 2, 4], default_rng([SEED, k, 1]))[0])


def _lettered(letters: int) -> float:
    return float(ensemble_law(16, 2, [4], letters)[0])


def _walked(k: int, at: int) -> Target:
    lag = (1, 2, 4)[at]
    return Target(
        name=f"nk: random walks of {_flips(lag)}, N = 16, K = {k}", value=float(within_law(16, k, [lag])[0]),
        tolerance=round(5 * STEPS_SD / sqrt(WALKED), 3), kind="monte carlo", source="book", place="lemma in the module",
        why=f"5 standard errors of {WALKED} walks of 4,000 steps, at most {STEPS_SD:g} each",
        compute=lambda: float(_correlations(k)[at]),
    )  # fmt: skip


def _flips(lag: int) -> str:
    return "1 flip" if lag == 1 else f"{lag} flips"


@lru_cache(maxsize=32)
def _enumerated(k: int, reads: Reading, within: bool) -> np.ndarray:
    """Both laws without parities: covariances of all pairs of 64 worths, and powers of the walk's matrix.

    Entries of the tables are independent, so that the covariance of two worths is the sum, over entries, of what that entry
    alone contributes to both.
    """
    n, entries = 6, 6 * (2 << k)
    readers = np.broadcast_to(draw_neighbors(n, k, reads, 1, default_rng(SEED)), (entries, n, k))
    alone = fitness_table(np.eye(entries).reshape(entries, n, 2 << k), readers)
    alone -= within * alone.mean(axis=1, keepdims=True)
    covariance = alone.T @ alone
    step = np.array([[float((one ^ other).bit_count() == 1) / n for other in range(1 << n)] for one in range(1 << n)])
    ahead = [(covariance * np.linalg.matrix_power(step, lag)).sum() for lag in ENUMERATED]
    return np.asarray(ahead, dtype=float) / float(np.trace(covariance))


def _gap(law: Callable[[int, int, tuple[int, ...]], np.ndarray], within: bool) -> float:
    """The largest difference of a law from the enumeration, at every K and both ways to read."""
    return max(
        float(np.abs(_enumerated(k, reads, within) - law(6, k, ENUMERATED)).max())
        for k in range(6)
        for reads in Reading
    )


TARGETS: tuple[Target, ...] = (
    *(_exact(f"expected optima, N = {n}, K = {n - 1}", value, "2^N / (N + 1)", partial(expected_optima, n), 5e-5)
      for n, value in ((4, 3.2), (6, 9.142857), (8, 28.4444), (10, 93.0909), (12, 315.0769))),
    *(_counted(n) for n in (4, 6, 8, 10, 12)),
    *(_exact(f"variance of the number of optima, N = {n}, K = {n - 1}, by formula", value, "2^N (N - 1) / (2 (N + 1)^2)",
             partial(variance_of_optima, n), 5.5e-3)
      for n, value in ((8, 11.06), (10, 38.08))),
    *(_variance(n) for n in (6, 8, 10)),
    _exact("mean number of optima in all 40,320 orders of 8 worths", 2.0, "2^N / (N + 1), enumerated",
           partial(_orders, 3, np.mean)),
    _exact("variance of the number of optima in all 40,320 orders of 8 worths", 0.5, "2^N (N - 1) / (2 (N + 1)^2), enumerated",
           partial(_orders, 3, np.var)),
    _exact("fewest optima with K = 0", 1.0, "a sum of N separate terms", lambda: float(_counts(8, 0).min())),
    _exact("most optima with K = 0", 1.0, "a sum of N separate terms", lambda: float(_counts(8, 0).max())),
    _exact("law within landscapes, largest gap to its enumeration, N = 6, every K", 0.0, "lemma in the module, without parities",
           partial(_gap, within_law, True)),
    _exact("law over the ensemble, largest gap to its enumeration, N = 6, every K", 0.0, "lemma in the module, without parities",
           partial(_gap, ensemble_law, False)),
    Target(
        name="nk: law over the ensemble with a million letters, 4 flips, N = 16, K = 2", value=(1 - 3 / 16) ** 4, tolerance=2e-6,
        kind="limit", source="book", place="(1 - (K + 1) / N)^s, the formula often quoted",
        why="a million letters: at most a dozen chances in a million to come back", compute=partial(_lettered, 10**6),
    ),
    Target(
        name="nk: mean of the best worth, K = 0", value=2 / 3, tolerance=round(5 * sqrt(1 / 18 / 8 / MANY), 4),
        kind="monte carlo", source="book",
        place="mean of the larger of two uniform draws", why=f"5 standard errors of {MANY} landscapes of 8 parts",
        compute=lambda: float(_drawn(8, 0, MANY).max(axis=1).mean()),
    ),
    *(_exact(f"autocorrelation within a landscape after {_flips(lag)}, N = 16, K = {k}", value, "lemma in the module",
             partial(_at, within_law, k, lag), 5.5e-5)
      for k, values in LAWS for lag, value in zip((1, 2, 4), values, strict=True)),
    *(_exact(f"formula often quoted after {_flips(lag)}, N = 16, K = {k}, which is wrong within a landscape", value,
             "(1 - (K + 1) / N)^s", partial(_at, textbook_law, k, lag), 5.5e-5)
      for k, lag, value in ((0, 1, 0.9375), (7, 2, 0.25), (15, 1, 0.0))),
    *(_walked(k, at) for k in (0, 2, 7) for at in range(3)),
    *(Target(
        name=f"nk: mean worth where adaptive walks end, N = {n}, K = {k}", value=value, tolerance=0.03, kind="reported",
        source="kauffman1989", place="table of adaptive walks", why="a band: the printed values are averages over few landscapes",
        compute=partial(_climbed, n, k),
    ) for n, k, value in KAUFFMAN),
)  # fmt: skip


def _laws_hold() -> bool:
    """Both laws, by enumeration of all pairs, without parities; and by the parities of many landscapes."""
    lags = np.array([1, 2, 4, 8])
    met = [np.abs(spectrum_law(_drawn(8, k, MANY), lags) - within_law(8, k, lags)).max() < 0.02 for k in (0, 2, 7)]
    return max(_gap(within_law, True), _gap(ensemble_law, False)) < 1e-12 and all(met)


def _quoted_fails() -> bool:
    """By enumeration: off by more than a tenth at some length over the ensemble, by more than a hundredth within landscapes."""
    return all(
        np.abs(textbook_law(6, k, ENUMERATED) - _enumerated(k, Reading.RANDOM, within)).max() > least
        for k in range(6)
        for within, least in ((False, 0.1), (True, 0.01))
    )


def _quoted_holds() -> bool:
    """After one flip it is the law over the ensemble; with twenty letters it is near, with a million at hand."""
    once = all(abs(textbook_law(6, k, [1])[0] - _enumerated(k, Reading.NEXT, False)[0]) < 1e-12 for k in range(6))
    lags = np.arange(1, 13)
    gaps = [np.abs(ensemble_law(16, 2, lags, many) - textbook_law(16, 2, lags)).max() for many in (2, 20, 10**6)]
    return bool(once and gaps[0] > 0.1 and gaps[1] < gaps[0] / 5 and gaps[2] < 1e-5)


def _more_with_k() -> bool:
    means = [_counts(8, k).mean() for k in (0, 2, 4, 7)]
    return bool((np.diff(means) > 0).all())


def _better_with_some() -> bool:
    """Some interaction leads walks higher than none: places to be stuck on are not the whole story."""
    return _climbed(8, 2) > _climbed(8, 0) + 0.02


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="nk: interdependence makes problems rugged",
        section="3.4",
        statement="The more the parts of a task depend on each other, the more false summits there are.",
        model="NK landscapes, all optima of 1,000 landscapes counted",
        assumptions="random tables, 8 decisions",
        holds="K from 0 to 7: the number of optima grows from 1 to 28",
        fails="as a judgment on what is reached: with K = 2 walks end higher than with K = 0",
        verdict="holds in a window",
        in_holds=_more_with_k,
        in_fails=_better_with_some,
    ),
    Claim(
        name="nk: a walk forgets as the exact law says, not as is often quoted",
        section="3.4",
        statement="The autocorrelation of a random walk on an NK landscape is a mean of powers, not a power of a mean.",
        model="all pairs of 64 configurations, enumerated, and parities of 1,000 landscapes of 8 decisions",
        assumptions="one random decision is flipped at a time",
        holds="the laws within a landscape and over the ensemble, at every K",
        fails="the power of the mean: off by more than .1 over the ensemble at some length, for every K of 6 decisions",
        verdict="holds",
        in_holds=_laws_hold,
        in_fails=_quoted_fails,
    ),
    Claim(
        name="nk: the formula often quoted for what a walk remembers",
        section="3.4",
        statement="The autocorrelation of a random walk on an NK landscape is (1 - (K + 1) / N)^s.",
        model="exact laws, enumerated for 6 decisions, and their limit for many letters",
        assumptions="mean and variance of the ensemble",
        holds="one flip; any number of flips in the limit of many letters, where a changed decision hardly comes back",
        fails="yes-or-no decisions and two flips or more; and within one landscape, even at one flip",
        verdict="holds in a window",
        in_holds=_quoted_holds,
        in_fails=_quoted_fails,
    ),
)
