"""A society instead of a person: pooled answers have a preference that nobody in the population holds.

Idea. People say yes to a choice with probability ``sigmoid(theta_i)``; theta is how strongly one is for it. A camp has
theta = +a, another -a, some people may be undecided at 0. The learner takes all answers as those of one person and fits the
one theta that explains them best. Maximum likelihood then has a closed form: ``theta_hat = logit(mean P)``. At 50 to 50 it is
0 for every a. The representative agent is indifferent; nobody in the population is.

**Lemma (what a pool can know).** With one answer from each person the data depend on the population through ``mean P`` only:
a divided society and an indifferent one give the same data, however many answer. With m answers from each person the
number of yes answers has a law that depends on the first m moments of P and on nothing else. K camps have 2 K - 1 unknowns,
and 2 K - 1 moments determine them; so a learner that asks everybody 2 K - 1 times recovers every camp without being told who
belongs to which, and one that knows who answered recovers them from one answer each.

Proof. Given P, yes answers are binomial, and ``E[C(y, j)] = C(m, j) E[P^j]``: moments up to m follow from the law of y, and the
law from them, since it is a mean of polynomials in P of degree m. That 2 K - 1 moments determine K points with their weights
is Prony's construction: the points are the roots of the polynomial of degree K that is orthogonal to all of lower degree
under the moments, the weights solve a linear system. QED. `camps` is that construction.

How wrong the pool is. ``theta_hat - E[theta] = -(E[theta^3] - E[theta]^3) / 12`` to third order, so that mild preferences do
pool to their mean; and for strong ones theta_hat tends to the logit of the share of the larger camp: strength stops to
count. Who cares a lot and who cares a little weigh alike.

Assumption that breaks. One theta. Where all agree (one camp), or nobody cares much, the pooled fit is right.

What one would wrongly conclude. That more answers help: the error bar closes on the wrong value. And that the learner must
fail: answers that can be told apart by person or by camp repair it, exactly.

Sources: book (all of it is an exercise in mixtures). The steelman, that people can be told apart, is taken up again where
hidden context is met in the chapter on feedback.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "SocietyParams", "SocietyResult", "answer_law", "camps", "estimate", "mean_probability", "moments", "pooled", "seen_moments",
    "simulate", "solve", "third_order_bias",
]  # fmt: skip

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

STRENGTHS = np.linspace(0, 5, 51)
SAMPLED = (1.0, 2.0, 3.0, 4.0)  # strengths at which answers are drawn
NORMAL = 1e-9


@dataclass(frozen=True, kw_only=True)
class SocietyParams:
    """share: of those with an opinion, the fraction that is for it. strength: theta of a camp, log odds of yes.

    undecided: fraction of all people with theta = 0. answers: people asked, once each.
    """

    share: float = checks.bounded(0.7, low=0.0, high=1.0)
    strength: float = checks.bounded(3.0, low=0.0, high=8.0)
    undecided: float = checks.bounded(0.0, low=0.0, high=1.0)
    answers: int = checks.bounded(1000, low=10, high=10_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class SocietyResult:
    """A population, what pooling its answers says, and what the camps say each for itself.

    Attributes
    ----------
    params : the population and how many are asked.
    theta : log odds[camp], shape (3,): against, undecided, for.
    weight : fraction[camp], shape (3,), of all people.
    fitted, fitted_error : the pooled theta_hat and its standard error, log odds; error 0 where exact.
    camp_fitted, camp_error : log odds[camp], shape (3,): fitted to each camp's answers, and its standard error.
        NaN where nobody of a camp was asked, error 0 where exact.
    strengths : theta of a camp[point], shape (51,), log odds.
    curve : exact theta_hat[point], shape (51,), log odds, of a society of these shares.
    curve_mean : mean theta[point], shape (51,), log odds.
    sampled, sampled_fitted, sampled_error : strength, theta_hat and its standard error[sample], shape (4,), log odds.
    """

    params: SocietyParams
    theta: Floats
    weight: Floats
    fitted: float
    fitted_error: float
    camp_fitted: Floats
    camp_error: Floats
    strengths: Floats
    curve: Floats
    curve_mean: Floats
    sampled: Floats
    sampled_fitted: Floats
    sampled_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def exact(self) -> float:
        """theta_hat of infinitely many answers, log odds."""
        return pooled(self.theta, self.weight)

    @property
    def mean(self) -> float:
        """Mean preference of the population, log odds."""
        return float(self.theta @ self.weight)

    @property
    def holders(self) -> float:
        """Fraction of people whose theta lies within 0.1 of the exact pooled fit."""
        return float(self.weight[np.abs(self.theta - self.exact) <= 0.1].sum())

    @property
    def repaired(self) -> float:
        """Mean preference if every camp asked is fitted by itself and weighed by its share, log odds."""
        there = np.isfinite(self.camp_fitted)
        return float(self.camp_fitted[there] @ self.weight[there])

    @property
    def repaired_error(self) -> float:
        """Standard error of `repaired`, log odds; the shares of the camps are taken as known."""
        there = np.isfinite(self.camp_error)
        return float(np.linalg.norm(self.camp_error[there] * self.weight[there]))


# The pool ----------------------------------------------------------------------------------------------------------


def mean_probability(theta: ArrayLike, weight: ArrayLike) -> float:
    """Return the mean chance of yes, ``sum_k weight_k sigmoid(theta_k)``, of any number of camps.

    Raises
    ------
    TypeError, ValueError : shapes that differ, negative weights, or weights that do not sum to 1.
    """
    strengths, parts = _population(theta, weight)
    return float(parts @ expit(strengths))


def pooled(theta: ArrayLike, weight: ArrayLike) -> float:
    """Return the maximum-likelihood theta of one person for the answers of a population, ``logit(mean P)``, log odds."""
    strengths, parts = _population(theta, weight)
    return float(np.log(parts @ expit(strengths)) - np.log(parts @ expit(-strengths)))


def third_order_bias(theta: ArrayLike, weight: ArrayLike) -> float:
    """Return ``-(E[theta^3] - E[theta]^3) / 12``, how far the pooled theta is off the mean where preferences are mild."""
    strengths, parts = _population(theta, weight)
    return float(-(parts @ strengths**3 - (parts @ strengths) ** 3) / 12)


def estimate(yes: ArrayLike, answers: ArrayLike) -> tuple[Floats, Floats]:
    """Return theta fitted to `yes` of so many answers, and its standard error, log odds; the arguments broadcast.

    Half an answer is added to either side, which keeps unanimous answers finite; NaN without answers.
    """
    for_it, asked = np.asarray(yes, dtype=float), np.asarray(answers, dtype=float)
    if np.any(for_it < 0) or np.any(for_it > asked):
        raise ValueError("yes must lie between 0 and the number of answers")
    more, less = for_it + 0.5, asked - for_it + 0.5
    nobody = asked == 0
    value, error = np.log(more / less), np.sqrt(1 / more + 1 / less)
    return np.where(nobody, np.nan, value), np.where(nobody, np.nan, error)


# The repair --------------------------------------------------------------------------------------------------------


def moments(theta: ArrayLike, weight: ArrayLike, count: int) -> Floats:
    """Return ``E[P^j]`` for j = 0 to `count`, shape (count + 1,), of a population."""
    strengths, parts = _population(theta, weight)
    checks.integer("count", count, low=0)
    return np.asarray(parts @ expit(strengths)[:, None] ** np.arange(count + 1))


def answer_law(theta: ArrayLike, weight: ArrayLike, asked: int) -> Floats:
    """Return the probability[yes], shape (asked + 1,), of each number of yes answers of a person who is asked `asked` times."""
    strengths, parts = _population(theta, weight)
    checks.integer("asked", asked, low=1)
    yes, chance = np.arange(asked + 1), expit(strengths)[:, None]
    ways = np.array([math.comb(asked, one) for one in yes])
    return np.asarray(parts @ (ways * chance**yes * (1 - chance) ** (asked - yes)))


def seen_moments(law: ArrayLike) -> Floats:
    """Return ``E[P^j]`` for j = 0 to m, shape (m + 1,), from the frequency[yes] of m + 1 numbers of yes answers, unbiased."""
    frequency = checks.array("law", law, (None,), low=0)
    asked = len(frequency) - 1
    ratio = [[math.comb(yes, j) / math.comb(asked, j) for yes in range(asked + 1)] for j in range(asked + 1)]
    return np.asarray(np.array(ratio) @ frequency / frequency.sum())


def camps(moment: ArrayLike) -> tuple[Floats, Floats]:
    """Return theta[camp], ascending, and weight[camp] of the K camps that have these 2 K moments, ``E[P^0]`` to ``E[P^(2K-1)]``.

    Prony's construction. Exact for exact moments of K different camps.

    Raises
    ------
    ValueError : an odd number of moments, or moments that no K different camps have (fewer camps, or sampling error).
    """
    given = checks.array("moment", moment, (None,))
    count, odd = divmod(len(given), 2)
    if odd or count == 0:
        raise ValueError(f"moment must hold an even number of moments, got {len(given)}")
    hankel = given[np.add.outer(np.arange(count), np.arange(count))]
    if np.linalg.cond(hankel) > 1 / NORMAL:
        raise ValueError(f"moment must be of {count} different camps, got moments of fewer")
    recursion = np.linalg.solve(hankel, -given[count:])
    chance = np.roots(np.append(1.0, recursion[::-1]))
    if np.abs(np.imag(chance)).max() > NORMAL or not np.all((np.real(chance) > 0) & (np.real(chance) < 1)):
        raise ValueError("moment must be of camps with chances between 0 and 1, got others")
    chance = np.sort(np.real(chance))
    weight = np.linalg.solve(chance ** np.arange(count)[:, None], given[:count])
    return np.asarray(logit(chance)), np.asarray(weight)


# The model ---------------------------------------------------------------------------------------------------------


def simulate(params: SocietyParams, rng: Generator) -> SocietyResult:
    """Ask `params.answers` people once each, and fit one theta to all and one to every camp; every strength has its dice."""
    dice = rng.spawn(1 + len(SAMPLED))
    theta, weight = _society(params, params.strength)
    pool, by_camp, asked = _ask(theta, weight, params.answers, dice[0])
    value, error = estimate(pool, params.answers)
    camp_value, camp_error = estimate(by_camp, asked)
    societies = [_society(params, strength) for strength in SAMPLED]
    others = [_ask(*one, params.answers, own)[0] for one, own in zip(societies, dice[1:], strict=True)]
    sampled, spread = estimate(np.array(others), params.answers)
    return _result(params, (float(value), float(error)), (camp_value, camp_error), (sampled, spread))


def solve(params: SocietyParams) -> SocietyResult:
    """Ask infinitely many people; the number of answers plays no role."""
    theta, weight = _society(params, params.strength)
    exact = np.array([pooled(*_society(params, strength)) for strength in SAMPLED])
    nobody = np.where(weight > 0, 0.0, np.nan)
    return _result(params, (pooled(theta, weight), 0.0), (theta + nobody, nobody), (exact, np.zeros(len(SAMPLED))))


def _ask(theta: Floats, weight: Floats, answers: int, rng: Generator) -> tuple[int, Counts, Counts]:
    """Yes answers of all and of each camp, and how many of each camp were asked."""
    asked = rng.multinomial(answers, weight)
    yes = rng.binomial(asked, expit(theta))
    return int(yes.sum()), yes, asked


def _society(params: SocietyParams, strength: float) -> tuple[Floats, Floats]:
    opinion = 1 - params.undecided
    weight = np.array([opinion * (1 - params.share), params.undecided, opinion * params.share])
    return strength * np.array([-1.0, 0.0, 1.0]), weight / weight.sum()


def _population(theta: ArrayLike, weight: ArrayLike) -> tuple[Floats, Floats]:
    strengths = checks.array("theta", theta, (None,))
    parts = checks.array("weight", weight, strengths.shape, low=0, high=1 + NORMAL)
    if abs(parts.sum() - 1) > NORMAL:
        raise ValueError(f"weight must sum to 1, got {parts.sum():g}")
    return strengths, parts


def _result(
    params: SocietyParams, fit: tuple[float, float], camp: tuple[Floats, Floats], sample: tuple[Floats, Floats]
) -> SocietyResult:
    theta, weight = _society(params, params.strength)
    unit = _society(params, 1.0)[0]
    return SocietyResult(
        params=params, theta=theta, weight=weight, fitted=fit[0], fitted_error=fit[1], camp_fitted=camp[0], camp_error=camp[1],
        strengths=STRENGTHS.copy(), curve=np.array([pooled(one * unit, weight) for one in STRENGTHS]),
        curve_mean=STRENGTHS * float(unit @ weight), sampled=np.array(SAMPLED), sampled_fitted=sample[0],
        sampled_error=sample[1],
    )  # fmt: skip
