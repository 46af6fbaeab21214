"""Predictions that come true: a learner retrains on people who react to what it deployed before.

Idea. A score is published, people react to it, and the next score is learned from the people it made. Two worlds of
Perdomo and coauthors, both with squared loss. *Mean*: ``D(theta) = N(mu + eps theta, sigma^2)``; eps is how much of a
published number comes true. *Coin*: a feature ``X = +1 or -1``, an outcome that is 1 with probability ``1/2 + mu X + eps
theta X``, and a score ``theta X + 1/2``; a weight theta above 0 says that people with the feature are likelier to do it.

Assumption that breaks. That what people want is there, and a learner only has to find it. Each round of retraining is
``theta' = mu + eps theta``. Its fixed point ``theta_PS = mu / (1 - eps)`` is *stable*: the score fits the people that it
made. It is not what they were: of every unit of bias that enters with each label, ``1 / (1 - eps)`` stays, though the start is
forgotten.
The distance to it shrinks by exactly eps a round, so that retraining converges if and only if ``|eps| < 1``. With a penalty
``lam theta^2 / 2`` on top of half the squared loss the factor is ``eps / (1 + lam)``: the theorem's rate ``(eps beta /
gamma)^t``, for beta = 1 and gamma = 1 + lam, is attained.

Stable is not optimal. In the coin's world the error that a weight earns among the people it makes is ``PR(theta) = 1/4 - 2 mu
theta + (1 - 2 eps) theta^2``, least at ``theta_PO = mu / (1 - 2 eps)``. At the stable weight the score is calibrated. At
the optimal one it claims ``mu eps / (1 - 2 eps)`` more than is true, because claiming more makes people easier to predict:
the better score is the more manipulative one. Lemma: the optimal weight gives scores that are probabilities (theta_PO <=
1/2) if and only if ``eps <= 1/2 - mu``, the source's own condition; beyond it nothing is computed here.

What one would wrongly conclude. That a learner which has converged has found the truth; it has found what it agrees with.
That an optimizer would do better by people; it does better by its own measure. And that reactions always split the two
points: in the mean's world, whose spread no prediction changes, the stable point has the least error that there is; and
with eps = 0 the world is still, and retraining is plain, consistent learning.

Sampling. With n people a round the mean of the learned weight follows the same recursion. Its variance is exact too:
``v' = (sigma^2 / n + eps^2 v) / (1 + lam)^2`` for the mean; for the coin ``v' = (1/4 - q^2 - eps^2 v) / n + eps^2 v`` with
``q = mu + eps E theta``, since the estimate is a binomial share less 1/2.

Sources: perdomo2020 (both worlds, stable and optimal points, the rate), mendler2020 (retraining on samples). The lemma, the
exact variances and the miscalibration of the optimum are this book's. Deviation: the mean of n draws is drawn itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "CoinParams", "CoinResult", "RetrainingParams", "RetrainingResult", "coin_optimal", "coin_risk", "mean_risk", "moving_risk",
    "retrain", "simulate_coin", "simulate_retraining", "solve_coin", "solve_retraining", "stable_point",
]  # fmt: skip

Floats = NDArray[np.float64]

CERTAIN = 0.5  # weight at which the coin's score says 0 or 1
WEIGHTS = np.linspace(0.0, 0.54, 19)  # at which the coin's risk is drawn


@dataclass(frozen=True, kw_only=True)
class RetrainingParams:
    """mu: mean outcome where 0 is published. eps: what of a published number comes true. sigma: spread of outcomes.

    start: first number published. penalty: lam on half the squared number. samples: people asked a round. rounds: retrainings.
    runs: histories simulated.
    """

    mu: float = checks.bounded(10.0, low=-100.0, high=100.0)
    eps: float = checks.bounded(0.9, low=-1.5, high=1.5)
    sigma: float = checks.bounded(0.1, low=0.0, high=100.0)
    start: float = checks.bounded(10.0, low=-1000.0, high=1000.0)
    penalty: float = checks.bounded(0.0, low=0.0, high=10.0)
    samples: int = checks.bounded(100, low=1, high=1_000_000)
    rounds: int = checks.bounded(60, low=1, high=100)
    runs: int = checks.bounded(100, low=2, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class RetrainingResult:
    """What is published round after round in the mean's world.

    Attributes
    ----------
    params : the world.
    mean : expected number[round], shape (rounds + 1,), from round 0, in units of mu.
    spread : its standard deviation[round], shape (rounds + 1,), in units of mu.
    paths : number[run, round], shape (runs, rounds + 1), as simulated, in units of mu; no runs where exact.
    """

    params: RetrainingParams
    mean: Floats
    spread: Floats
    paths: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def factor(self) -> float:
        """What a round leaves of the distance to the stable point."""
        return self.params.eps / (1 + self.params.penalty)

    @property
    def stable(self) -> float:
        """The stable point, in units of mu; infinite where the factor is 1."""
        return float(stable_point(self.params.mu, self.params.eps, self.params.penalty))

    @property
    def converges(self) -> bool:
        """True if retraining settles from every start."""
        return abs(self.factor) < 1


@dataclass(frozen=True, kw_only=True)
class CoinParams:
    """mu: how much the feature tells where the score does not use it.

    eps: how much of the weight comes true, below 0 if people defy it. start: first weight; 0 is a score of 1/2 for all.
    samples: people asked a round. rounds: retrainings. runs: histories simulated.
    """

    mu: float = checks.bounded(0.2, low=0.0, high=0.2)
    eps: float = checks.bounded(0.25, low=-0.5, high=0.3)
    start: float = checks.bounded(0.0, low=-CERTAIN, high=CERTAIN)
    samples: int = checks.bounded(100, low=1, high=5000)
    rounds: int = checks.bounded(10, low=1, high=100)
    runs: int = checks.bounded(100, low=2, high=2000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class CoinResult:
    """The error of every weight in the coin's world, and the weights that retraining deploys round after round.

    Attributes
    ----------
    params : the world.
    weight : weight[column], shape (n_columns,), of the feature in the score.
    risk : expected squared error[column], shape (n_columns,), among the people that the weight makes.
    still_risk : expected squared error[column], shape (n_columns,), if nobody reacted.
    mean, spread : expectation and standard deviation of the weight[round], shape (rounds + 1,), from round 0.
    paths : weight[run, round], shape (runs, rounds + 1), as simulated; no runs where exact.
    """

    params: CoinParams
    weight: Floats
    risk: Floats
    still_risk: Floats
    mean: Floats
    spread: Floats
    paths: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def frozen(self) -> float:
        """The weight learned from people whom no score has touched."""
        return self.params.mu

    @property
    def stable(self) -> float:
        """The weight that fits the people it makes."""
        return float(stable_point(self.params.mu, self.params.eps))

    @property
    def optimal(self) -> float:
        """The weight with the least error among the people it makes."""
        return float(coin_optimal(self.params.mu, self.params.eps))

    @property
    def risks(self) -> tuple[float, float, float]:
        """Expected squared error of the frozen, the stable and the optimal weight."""
        mu, eps = self.params.mu, self.params.eps
        frozen, stable, optimal = (float(coin_risk(at, mu, eps)) for at in (self.frozen, self.stable, self.optimal))
        return frozen, stable, optimal

    @property
    def claimed(self) -> float:
        """Chance that the optimal score claims for people with the feature, fraction."""
        return 0.5 + self.optimal

    @property
    def true(self) -> float:
        """Chance that it makes true, fraction."""
        return 0.5 + self.params.mu + self.params.eps * self.optimal


# Closed forms ------------------------------------------------------------------------------------------------------


def retrain(theta: ArrayLike, mu: ArrayLike, eps: ArrayLike, penalty: ArrayLike = 0.0) -> Floats:
    """Return what is learned from all the people that `theta` makes, ``(mu + eps theta) / (1 + penalty)``; broadcasts."""
    return np.asarray((np.asarray(mu) + np.asarray(eps) * np.asarray(theta)) / (1 + np.asarray(penalty)))


def stable_point(mu: ArrayLike, eps: ArrayLike, penalty: ArrayLike = 0.0) -> Floats:
    """Return the fixed point of `retrain`, ``mu / (1 + penalty - eps)``; infinite where there is none."""
    left = 1 + np.asarray(penalty, dtype=float) - np.asarray(eps, dtype=float)
    return np.asarray(np.where(left != 0, np.asarray(mu) / np.where(left != 0, left, 1.0), math.inf))


def mean_risk(theta: ArrayLike, mu: ArrayLike, eps: ArrayLike, sigma: ArrayLike) -> Floats:
    """Return the squared error of `theta` among the people it makes in the mean's world, ``sigma^2 + (mu - (1 - eps) theta)^2``.

    Least, sigma^2, at the stable point: in this world stable is optimal.
    """
    return np.asarray(np.square(sigma) + np.square(np.asarray(mu) - (1 - np.asarray(eps)) * np.asarray(theta)))


def coin_risk(theta: ArrayLike, mu: float, eps: float) -> Floats:
    """Return the squared error of weights `theta` among the people they make, ``1/4 - 2 mu theta + (1 - 2 eps) theta^2``.

    Raises
    ------
    ValueError : mu is not in [0, 1/2], or eps not in [-(1/2 + mu), 1/2 - mu], where chances would leave [0, 1].
    """
    return moving_risk(theta, theta, mu, eps)


def moving_risk(score: ArrayLike, deployed: ArrayLike, mu: float, eps: float) -> Floats:
    """Return the squared error of weights `score` among the people made by weights `deployed`; they broadcast.

    Closed form: ``1/4 - 2 (mu + eps deployed) score + score^2``; retraining minimizes it over `score`. Raises as `coin_risk`.
    """
    _check_coin(mu, eps)
    at = np.asarray(score, dtype=float)
    return np.asarray(0.25 - 2 * (mu + eps * np.asarray(deployed)) * at + at * at)


def coin_optimal(mu: float, eps: float) -> float:
    """Return the weight with the least error among the people it makes, ``mu / (1 - 2 eps)``; at most 1/2.

    At mu = 0 and eps = 1/2 every weight errs alike, and 0 is returned. Raises as `coin_risk`.
    """
    _check_coin(mu, eps)
    return mu / (1 - 2 * eps) if mu > 0 else 0.0


def _check_coin(mu: float, eps: float) -> None:
    checks.number("mu", mu, low=0, high=0.5)
    checks.number("eps", eps, low=-0.5 - mu, high=0.5 - mu)


# Retraining --------------------------------------------------------------------------------------------------------


def solve_retraining(params: RetrainingParams) -> RetrainingResult:
    """Return mean and spread of what is published, exactly."""
    return _retraining(params, np.empty((0, params.rounds + 1)))


def simulate_retraining(params: RetrainingParams, rng: Generator) -> RetrainingResult:
    """Publish, ask `samples` people who have reacted, publish their mean, and so on; the same dice whatever the world."""
    error = params.sigma / math.sqrt(params.samples)
    theta = np.full(params.runs, params.start)
    paths = [theta]
    for _ in range(params.rounds):
        seen = params.mu + params.eps * theta + error * rng.standard_normal(params.runs)
        theta = seen / (1 + params.penalty)
        paths.append(theta)
    return _retraining(params, np.stack(paths, axis=1))


def solve_coin(params: CoinParams) -> CoinResult:
    """Return mean and spread of the weight, exactly."""
    return _coin(params, np.empty((0, params.rounds + 1)))


def simulate_coin(params: CoinParams, rng: Generator) -> CoinResult:
    """Deploy a weight, see what `samples` people do who have reacted, deploy the best fit, and so on.

    The best fit is the share of those who do what their feature says, less 1/2. The dice are the same whatever mu and eps.
    """
    theta = np.full(params.runs, params.start)
    paths = [theta]
    for _ in range(params.rounds):
        follows = rng.random((params.samples, params.runs)) < 0.5 + params.mu + params.eps * theta
        theta = follows.mean(axis=0) - 0.5
        paths.append(theta)
    return _coin(params, np.stack(paths, axis=1))


def _retraining(params: RetrainingParams, paths: Floats) -> RetrainingResult:
    mean, variance = [params.start], [0.0]
    for _ in range(params.rounds):
        mean.append(float(retrain(mean[-1], params.mu, params.eps, params.penalty)))
        fresh = params.sigma**2 / params.samples
        variance.append((fresh + params.eps**2 * variance[-1]) / (1 + params.penalty) ** 2)
    return RetrainingResult(params=params, mean=np.array(mean), spread=np.sqrt(variance), paths=paths)


def _coin(params: CoinParams, paths: Floats) -> CoinResult:
    mu, eps = params.mu, params.eps
    mean, variance = [params.start], [0.0]
    for _ in range(params.rounds):
        leans, kept = mu + eps * mean[-1], eps**2 * variance[-1]
        mean.append(leans)
        variance.append((0.25 - leans**2 - kept) / params.samples + kept)
    return CoinResult(
        params=params,
        weight=WEIGHTS,
        risk=coin_risk(WEIGHTS, mu, eps),
        still_risk=coin_risk(WEIGHTS, mu, 0.0),
        mean=np.array(mean),
        spread=np.sqrt(variance),
        paths=paths,
    )
