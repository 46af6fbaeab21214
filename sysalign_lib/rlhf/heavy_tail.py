"""Best of n when the reward model's errors have heavy tails, and ensembles against them, without sampling.

Idea. A reward model sees ``V + e``, V ~ N(0, 1) the true value, e its error. What is V of the answer with the highest
score out of n? Given the score r, V has mean ``m(r) = ∫ v phi(v) f(r - v) dv / ∫ phi(v) f(r - v) dv``, f the density of e;
and r at the best of n is ``Q(Phi(Z))``, Q the quantile function of the score and Z the largest of n standard normal
numbers. So every quantity here is one integral over Z (see `best_of_n.expect`) of another over v.

Assumption that breaks. A high score is taken as evidence of a high value. With normal errors m(r) = r / 2: it is. With
Student's t errors m(r) turns over and falls like ``(nu + 1) / r``: from some score on a higher score says only that the
error is large, and ``E[V]`` of the best of n falls back to 0, the base (kwa2024).

Ensembles. k models with errors of their own, each answer judged by their median or by the least of them: then f is the
density of an order statistic of errors. The tail index nu of the error that makes scores high becomes (k + 1) nu / 2 for
the median and k nu for the least. Averaging leaves it at nu. All give way in the end, since all remain heavy.

What one would wrongly conclude. That light tails are the rule or the exception: it is an empirical question. kwa2024
report that the open reward models that they measured looked light-tailed.

Sources: kwa2024 (both theorems), coste2024 (ensembles, worst case). The quadrature and the tail indices are this book's.
Deviation: coste2024 train networks; here the models' errors are independent, which is the best case for an ensemble.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaln, log_ndtr, ndtr, stdtr

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.rlhf.best_of_n import expect

__all__ = ["VALUES", "Jury", "Scores", "scores"]

Floats = NDArray[np.float64]

STEP, REACH = 1 / 8, 9.0  # of the trapezoidal rule over the true value, in standard deviations
VALUES = np.arange(-REACH / STEP, REACH / STEP + 1) * STEP
DENSITY = np.exp(-0.5 * VALUES**2) / math.sqrt(2 * math.pi)
NORMAL_STEP, NORMAL_REACH = 1 / 32, 9.5  # normal scores of the table; no n up to 1e8 reaches beyond
NORMAL = np.arange(-NORMAL_REACH / NORMAL_STEP, NORMAL_REACH / NORMAL_STEP + 1) * NORMAL_STEP
LIGHT = 1e9  # tail index from which a Student t is a normal law in all that is computed here


class Jury(StrEnum):
    """How several reward models are made into one score."""

    MEDIAN = "median"
    LEAST = "least"


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """The law of true values given the score, tabulated at normal scores ``z = Phi^-1(F(score))``.

    Attributes
    ----------
    score : score[node], shape (609,), at z from -9.5 to 9.5, in standard deviations of the true value.
    given : density[node, value], shape (609, 145), of the true value given the score.
    below : probability[node, value], shape (609, 145), that the true value given the score is less.
    """

    score: Floats
    given: Floats
    below: Floats

    def __post_init__(self) -> None:
        freeze(self)

    def mean(self, n: ArrayLike) -> Floats:
        """Return the expected true value of the best of n, real n from 1 to 1e8; shaped as `n`."""
        return self._expect(self.given @ (STEP * VALUES), n)

    def win_rate(self, n: ArrayLike) -> Floats:
        """Return how often the best of n is truly better than one more answer of the base; shaped as `n`."""
        return self._expect(self.given @ (STEP * ndtr(VALUES)), n)

    def density(self, n: float) -> Floats:
        """Return the density[value], shape (145,), of the true value of the best of n, at `VALUES`."""
        log_weight = (n - 1) * log_ndtr(NORMAL) - 0.5 * NORMAL**2
        return np.asarray((n * NORMAL_STEP / math.sqrt(2 * math.pi)) * (np.exp(log_weight) @ self.given))

    def draw(self, normal: Floats, dice: Floats) -> Floats:
        """Return true values of answers with normal scores `normal`, each from one uniform number; the same shape.

        A score is rounded to the nearest of the table, 1/32 apart, a value to one of `VALUES`, 1/8 apart: their means
        are those of the exact law to many digits, their single values are not.
        """
        rows = np.rint((np.clip(normal, -NORMAL_REACH, NORMAL_REACH) + NORMAL_REACH) / NORMAL_STEP).astype(int)
        ladder = (self.below + np.arange(len(NORMAL))[:, None]).ravel()  # all rows, one above the other
        at = np.searchsorted(ladder, rows + dice) - rows * len(VALUES) - 1
        return np.asarray(VALUES[np.clip(at, 0, len(VALUES) - 1)])

    def _expect(self, at_nodes: Floats, n: ArrayLike) -> Floats:
        return expect(lambda z: np.interp(z, NORMAL, at_nodes), n)


@lru_cache(maxsize=16)
def scores(tail: float, models: int = 1, jury: Jury = Jury.MEDIAN) -> Scores:
    """Return the law of true values given the score, for errors that are Student t with `tail` degrees of freedom.

    Each of `models` reward models has an error of its own; the score is the true value plus the median, or the least, of
    their errors. A `tail` of 1e9 is normal.

    Raises
    ------
    TypeError, ValueError : a tail outside [1, 1e9], models that are no whole number from 1 to 99, or a median of an even
        number of them.
    """
    checks.number("tail", tail, low=1, high=LIGHT)
    checks.integer("models", models, low=1, high=99)
    checks.choice("jury", jury, Jury)
    if jury is Jury.MEDIAN and models % 2 == 0:
        raise ValueError(f"models must be odd for a median, got {models}")
    error = _Error(tail=float(tail), models=models, jury=jury)
    score = _quantiles(error)
    joint = DENSITY * error.density(score[:, None] - VALUES)
    given = joint / (STEP * joint.sum(axis=1, keepdims=True))
    return Scores(score=score, given=given, below=STEP * (np.cumsum(given, axis=1) - given))


@dataclass(frozen=True, kw_only=True)
class _Error:
    """The law of the error that a jury of reward models makes."""

    tail: float
    models: int
    jury: Jury

    def density(self, x: Floats) -> Floats:
        """Density at x."""
        tail, more = self.tail, (self.models - 1) // 2
        alone = np.exp(-(tail + 1) / 2 * np.log1p(x * x / tail) - betaln(tail / 2, 0.5)) / math.sqrt(tail)
        if self.models == 1:
            return np.asarray(alone)
        if self.jury is Jury.LEAST:
            return np.asarray(self.models * alone * stdtr(tail, -x) ** (self.models - 1))
        return np.asarray(alone * (stdtr(tail, x) * stdtr(tail, -x)) ** more * math.exp(-betaln(more + 1, more + 1)))

    def above(self, x: Floats) -> Floats:
        """Probability of more than x, without cancellation."""
        if self.jury is Jury.LEAST:
            return np.asarray(stdtr(self.tail, -x) ** self.models)
        more = (self.models + 1) // 2
        return np.asarray(betainc(more, more, stdtr(self.tail, -x)))

    def below(self, x: Floats) -> Floats:
        """Probability of less than x, without cancellation."""
        if self.jury is Jury.MEDIAN:
            return self.above(-x)
        alone = np.minimum(stdtr(self.tail, x), 1 - 1e-16)
        return np.asarray(-np.expm1(self.models * np.log1p(-alone)))


def _quantiles(error: _Error) -> Floats:
    """Score at every normal score of the table: interpolated on a coarse grid, then four steps of Newton's method.

    Unknown is the hyperbolic arcsine of the score; what must vanish is the log of the nearer tail.
    """
    lower, upper = NORMAL < 0, NORMAL >= 0
    coarse = 2 if error.models == 1 else 1  # a jury's error may be narrow
    values, weights = VALUES[::coarse], coarse * STEP * DENSITY[::coarse]

    def mixed(of_error: Callable[[Floats], Floats], score: Floats) -> Floats:
        return np.asarray(of_error(score[:, None] - values) @ weights)

    at = np.empty(NORMAL.shape)
    for part, tail, sign in ((upper, error.above, 1.0), (lower, error.below, -1.0)):
        target = log_ndtr(-np.abs(NORMAL[part]))
        rough = np.arange(-6, 12 + 55 / min(error.tail, 5.0), 0.1)
        logs = np.log(np.maximum(mixed(tail, sign * np.sinh(rough)), 1e-300))
        near = (logs < -0.1) & (logs > -100)
        here = np.interp(-target, -logs[near], rough[near])
        for _ in range(4):
            score = sign * np.sinh(here)
            left = mixed(tail, score)
            slope = mixed(error.density, score) / left * np.cosh(here)
            here = here + np.clip((np.log(left) - target) / slope, -0.2, 0.2)
        at[part] = sign * np.sinh(here)
    return at
