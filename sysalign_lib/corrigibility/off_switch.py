"""The off-switch game, and the window that closes as the robot learns.

Idea. A robot may act, switch itself off, or wait and let the overseer decide. It does not know what its action is
worth to the overseer; it believes ``U ~ N(mu, sigma^2)``. The overseer allows the action with probability ``1 / (1 +
exp(-u / beta))``: beta is the overseer's noise, and a mistake is the rarer the more is at stake. Waiting is worth
``Delta = E[pi(U) U] - max(mu, 0)`` more than disabling the switch and doing what looks best.

Assumption that breaks. Deference rests on the robot's doubt. Doubt that is to be learned away is no fixture, and this
book's lemma says how much is needed: **the robot waits if and only if sigma^2 > 2 |mu| beta.**

Proof. Delta is even in mu (swap u with -u), so let mu >= 0, and let p be the density of the belief. Then ``Delta =
E[pi(U) U] - E[U] = -∫ u pi(-u) p(u) du``, since 1 - pi(u) = pi(-u). Add up the contributions of u and -u for u > 0:
``Delta = ∫_0^∞ u [pi(u) p(-u) - pi(-u) p(u)] du = ∫_0^∞ u pi(-u) p(u) [exp(u / beta - 2 mu u / sigma^2) - 1] du``,
because pi(u) / pi(-u) = exp(u / beta) and p(-u) / p(u) = exp(-2 mu u / sigma^2). What stands before the bracket is
positive, and the bracket has for every u the sign of 1 / beta - 2 mu / sigma^2. QED. In words: wait while your odds
that the action is good rise more slowly with the stake than the overseer's odds of being right.

For whom it holds. The boundary is this parabola for the logistic rule only. Let an overseer err at stake u with
probability ``1 - h(u)`` when the action is good and ``h(-u)`` when it is bad. For mu > 0 only ``(1 - h(u)) / (1 -
h(-u))`` matters, for mu < 0 only ``h(-u) / h(u)``. Along ``sigma^2 = 2 |mu| beta``, ``Delta = 0`` says that a Laplace
transform in u^2 vanishes everywhere, so that both ratios are exp(-u / beta), and the only rule with both is the
logistic one. In general, facing an overseer who errs equally often either way, the robot waits if their log odds of
being right exceed ``2 |mu| u / sigma^2`` at every stake u, and disables if they nowhere do; see `probit_advantage` and
`careless_advantage`.

What one would wrongly conclude. That learning makes a robot unsafe: if its beliefs are right, it stops waiting just
when its own choice has become better for the overseer than the overseer's. And that a faultless overseer needs the
robot's doubt: at beta = 0 the window never closes.

Sources: hadfieldmenell2017 (the game, Delta, the rational, the noisily rational and the certain case), wangberg2017
(arbitrary beliefs and mistakes), carey2017 (wrong priors). The lemma, the closing time and the share of open switches
are this book's. Deviation: learning is not in the game's first form; here the robot sees its action's worth once a day
with normal noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "OffSwitchParams", "OffSwitchResult", "advantage", "boundary_sigma", "careless_advantage", "closing_time",
    "lapse_advantage", "lapse_boundary", "misbelief_cost", "open_probability", "open_share", "posterior_variance",
    "probit_advantage", "rational_advantage", "simulate", "solve", "waits",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HELD = 10_000  # values at nodes held at once: few enough to stay in fast memory
REACH = 8.5  # standard deviations of the belief beyond which nothing is left of it
DENSITY = 1 / math.sqrt(2 * math.pi)

SAMPLED_DAYS = (0, 1, 2, 4, 8, 12, 16, 24, 32, 48, 64)
# Days through which lines are drawn.
PATH = (0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64)
HORIZON = SAMPLED_DAYS[-1]  # days that the picture spans, or as many as the robot has learned
SHOWN = 16  # simulated cases that are drawn one by one


@dataclass(frozen=True, kw_only=True)
class OffSwitchParams:
    """beta: overseer's noise, in units of value; 0 never errs. noise: standard deviation of what the robot sees each day.

    prior_mean, prior_sd: the robot's belief before it learns, and the law from which each case's true value is drawn.
    day: days learned so far. cases: independent cases simulated.
    """

    beta: float = checks.bounded(0.25, low=0.0, high=10.0)
    noise: float = checks.bounded(2.0, low=0.05, high=100.0)
    prior_mean: float = checks.bounded(0.5, low=-3.0, high=3.0)
    prior_sd: float = checks.bounded(1.0, low=0.05, high=3.0)
    day: int = checks.bounded(8, low=0, high=1000)
    cases: int = checks.bounded(4000, low=SHOWN, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class OffSwitchResult:
    """The plane of beliefs, and the robot's way through it up to `params.day`.

    Attributes
    ----------
    params : the overseer, the prior and the day.
    plane_mu : mean[column], shape (n_columns,), in units of value.
    plane_sigma : standard deviation[row], shape (n_rows,), in units of value.
    plane_advantage : Delta[row, column], shape (n_rows, n_columns), what waiting is worth more than disabling, in units of value.
    boundary_sigma : standard deviation[column], shape (n_columns,): the parabola above which waiting pays.
    path_day : day[point], shape (n_points,), from 0 to `params.day`.
    path_sigma : standard deviation[point], shape (n_points,), of the robot's belief on that day.
    path_share : closed-form share[point], shape (n_points,), of cases in which the robot waits, fraction.
    sampled_day : day[sample], shape (n_samples,), not after `params.day`.
    sampled_share, sampled_error : share[sample] and its standard error, shape (n_samples,), fraction; error 0 where exact.
    shown_mean : estimate[case], shape (16,), on `params.day`, in units of value; quantiles where exact.
    """

    params: OffSwitchParams
    plane_mu: Floats
    plane_sigma: Floats
    plane_advantage: Floats
    boundary_sigma: Floats
    path_day: Floats
    path_sigma: Floats
    path_share: Floats
    sampled_day: Floats
    sampled_share: Floats
    sampled_error: Floats
    shown_mean: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def sigma(self) -> float:
        """Standard deviation of the robot's belief today."""
        return float(self.path_sigma[-1])

    @property
    def share(self) -> float:
        """Share of cases in which the robot waits today, closed form."""
        return float(self.path_share[-1])

    @property
    def shown_waits(self) -> Flags:
        """waits[case], shape (16,): whether the robot would wait in the cases drawn."""
        return waits(self.shown_mean, self.sigma, self.params.beta)

    @property
    def closing_day(self) -> float:
        """Day on which a robot whose estimate stays at the prior mean stops waiting; infinite if never."""
        p = self.params
        return float(closing_time(p.prior_mean, p.beta, p.prior_sd, p.noise))

    @property
    def horizon(self) -> int:
        """Days that the picture spans."""
        return max(HORIZON, self.params.day)


# The decision ------------------------------------------------------------------------------------------------------


def rational_advantage(mu: ArrayLike, sigma: ArrayLike) -> Floats:
    """Return Delta for an overseer who never errs; the arguments broadcast.

    Closed form: ``sigma phi(mu / sigma) - \\|mu\\| Phi(-\\|mu\\| / sigma)``, and 0 without doubt.
    """
    mean, sigma = np.abs(mu), np.asarray(sigma, dtype=float)
    with np.errstate(over="ignore", under="ignore"):
        ratio = mean / np.where(sigma > 0, sigma, 1.0)
        return np.where(sigma > 0, sigma * _phi(ratio) - mean * ndtr(-ratio), 0.0)


def advantage(mu: ArrayLike, sigma: ArrayLike, beta: ArrayLike) -> Floats:
    """Return Delta, what waiting is worth more than disabling the switch, in units of value; the arguments broadcast.

    beta = 0 is the overseer who never errs, sigma = 0 the robot that is certain. Two formulas, each for \\|mu\\|, share
    the range of beta / sigma, and each has a sum whose nodes are the same in all cells:

    * below 0.4, what an overseer who never errs would save less what mistakes cost,
      ``E[max(-U, 0)] - ∫_0^∞ u [p(u) + p(-u)] / (1 + e^{u/beta}) du``: a closed form, and with u = beta x a Gauss rule
      for the weight x / (1 + e^x), however small beta is;
    * above, ``-E[U / (1 + e^{U/beta})]`` by the trapezoidal rule, whose error falls exponentially in the number of
      nodes because the poles of the integrand are pi beta / sigma away.

    The error is below 1e-11 times max(\\|mu\\|, sigma) for beta from 1e-3 to 1e3 (the tests measure it).

    Raises
    ------
    ValueError : a value is not finite, or sigma or beta is negative.
    """
    given = np.broadcast_arrays(*(np.asarray(one, dtype=float) for one in (mu, sigma, beta)))
    for name, one, low in zip(("mu", "sigma", "beta"), given, (-math.inf, 0.0, 0.0), strict=True):
        if not np.all(np.isfinite(one)) or np.any(one < low):
            raise ValueError(f"{name} must be finite{'' if math.isinf(low) else ' and not negative'}")
    mean, spread, temper = np.abs(given[0]).ravel(), given[1].ravel(), given[2].ravel()
    value, rule = np.empty(mean.shape), np.searchsorted(LIMITS, _ratio(temper, spread))
    with np.errstate(over="ignore", under="ignore"):
        for which, (formula, nodes, weights) in enumerate(RULES):
            cells, size = np.flatnonzero(rule == which), HELD // len(nodes)
            for start in range(0, len(cells), size):
                block = cells[start : start + size]
                value[block] = formula(mean[block], spread[block], temper[block], nodes, weights)
    return value.reshape(given[0].shape)


def waits(mu: ArrayLike, sigma: ArrayLike, beta: ArrayLike) -> Flags:
    """Return whether waiting pays, by the lemma: ``sigma^2 > 2 |mu| beta``; the arguments broadcast."""
    return np.asarray(np.square(sigma) > 2 * np.abs(mu) * np.asarray(beta))


def boundary_sigma(mu: ArrayLike, beta: ArrayLike) -> Floats:
    """Return the doubt at which the robot is indifferent, ``sqrt(2 |mu| beta)``, in units of value."""
    return np.asarray(np.sqrt(2 * np.abs(mu) * np.asarray(beta)))


def probit_advantage(mu: ArrayLike, sigma: ArrayLike, slip: ArrayLike) -> Floats:
    """Return Delta for an overseer who sees the value with normal error of standard deviation `slip` > 0 and decides by its
    sign.

    Closed form: with ``k^2 = slip^2 + sigma^2`` and m = \\|mu\\|, ``Delta = (sigma^2 / k) phi(m / k) - m Phi(-m /
    k)``. The boundary starts as the parabola of beta = slip sqrt(pi / 8) and ends as ``sigma^2 = slip \\|mu\\| +
    slip^2 / 2``: no parabola.
    """
    mean, width = np.abs(mu), np.hypot(slip, sigma)
    return np.asarray(np.square(sigma) / width * _phi(mean / width) - mean * ndtr(-mean / width))


def careless_advantage(mu: ArrayLike, sigma: ArrayLike, error: ArrayLike) -> Floats:
    """Return Delta for an overseer who errs with probability `error` whatever the stake.

    Closed form: ``(1 - error) E[max(-U, 0)] - error E[max(U, 0)]`` for mu >= 0. The boundary is a pair of straight
    lines: waiting pays if sigma exceeds a fixed multiple of \\|mu\\|.
    """
    saved, mean = rational_advantage(mu, sigma), np.abs(mu)
    return (1 - np.asarray(error)) * saved - np.asarray(error) * (saved + mean)


def lapse_advantage(mu: ArrayLike, sigma: ArrayLike, beta: ArrayLike, lapse: ArrayLike) -> Floats:
    """Return Delta for an overseer who tosses a coin with probability `lapse` and otherwise has noise `beta`, in units of value.

    Closed form in the attentive overseer's Delta, ``(1 - lapse) Delta - lapse |mu| / 2``: the coin earns half of the estimate
    where acting or switching off would have earned or saved all of it.
    """
    share = np.asarray(lapse, dtype=float)
    return (1 - share) * advantage(mu, sigma, beta) - share * np.abs(mu) / 2


def lapse_boundary(mu: float, beta: float, lapse: float) -> float:
    """Return the doubt above which a robot waits for an overseer who lapses, in units of value; needs mu other than 0.

    Found by root finding between the lemma's boundary, below which not even the attentive overseer is waited for, and
    the first doubling of it, or of mu, at which waiting pays.

    Raises
    ------
    ValueError : `mu` is 0, or `lapse` is 1, where no doubt is large enough.
    """
    checks.number("lapse", lapse, low=0, high=1, open_high=True)
    if mu == 0:
        raise ValueError(f"mu must be other than 0, got {mu}")
    low = float(boundary_sigma(mu, beta))
    if lapse == 0:
        return low
    high = max(2 * low, abs(mu))
    while lapse_advantage(mu, high, beta, lapse) <= 0:
        high *= 2
    return float(brentq(lambda sigma: float(lapse_advantage(mu, sigma, beta, lapse)), low, high))


def misbelief_cost(
    mu: ArrayLike, sigma: ArrayLike, believed_mu: ArrayLike, believed_sigma: ArrayLike, beta: ArrayLike
) -> Floats:
    """Return what the overseer loses because the robot chooses by a wrong belief, in units of value; the arguments broadcast.

    The value's law is N(mu, sigma^2); the robot takes what would be best under N(believed_mu, believed_sigma^2). The
    loss is measured against the choice that is best under the true law. Nothing moves and nobody learns: a
    misspecified prior is enough (carey2017).
    """
    gain, mean = advantage(mu, sigma, beta), np.asarray(mu, dtype=float)
    best = np.maximum(mean, 0) + np.maximum(gain, 0)
    alone = np.where(np.asarray(believed_mu) > 0, mean, 0.0)
    return np.asarray(best - np.where(waits(believed_mu, believed_sigma, beta), np.maximum(mean, 0) + gain, alone))


# The window --------------------------------------------------------------------------------------------------------


def posterior_variance(day: ArrayLike, prior_sd: ArrayLike, noise: ArrayLike) -> Floats:
    """Return the variance left after `day` observations, ``tau^2 / (1 + t tau^2 / s^2)``."""
    prior = np.square(prior_sd)
    return np.asarray(prior / (1 + np.asarray(day) * prior / np.square(noise)))


def closing_time(mu: ArrayLike, beta: ArrayLike, prior_sd: ArrayLike, noise: ArrayLike) -> Floats:
    """Return the day on which a robot whose estimate stays at `mu` stops waiting, ``s^2 (1 / (2 |mu| beta) - 1 / tau^2)``.

    0 if it would not wait even before learning; infinite if mu or beta is 0.
    """
    with np.errstate(divide="ignore", over="ignore"):
        pull = 1 / (2 * np.abs(mu) * np.asarray(beta, dtype=float))
        return np.asarray(np.maximum(np.square(noise) * (pull - 1 / np.square(prior_sd)), 0.0))


def open_share(variance: ArrayLike, spread: ArrayLike, beta: ArrayLike, mean: ArrayLike = 0.0) -> Floats:
    """Return how often a robot waits that believes its estimate off by `variance`, fraction; the arguments broadcast.

    Its estimates are N(mean, spread^2), and by the lemma it waits where they lie within variance / (2 beta) of 0. The
    formula does not ask whether the robot is right about its variance: it holds for static and for drifting values,
    for aware and for blind robots.
    """
    variance, spread, mean = (np.asarray(one, dtype=float) for one in (variance, spread, mean))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        reach = variance / (2 * np.asarray(beta, dtype=float))
        share = ndtr((reach - mean) / spread) - ndtr((-reach - mean) / spread)
    return np.asarray(np.where(spread > 0, share, np.abs(mean) < reach), dtype=float)


def open_probability(
    day: ArrayLike, beta: ArrayLike, prior_sd: ArrayLike, noise: ArrayLike, prior_mean: ArrayLike = 0.0
) -> Floats:
    """Return the share of cases in which the robot still waits after `day` days, averaged over all it may have learned.

    Closed form: the estimates are N(prior_mean, tau^2 - v_t); with prior_mean = 0 the share is
    ``2 Phi(v_t / (2 beta sqrt(tau^2 - v_t))) - 1``.
    """
    variance = posterior_variance(day, prior_sd, noise)
    return open_share(variance, _spread(day, prior_sd, noise), beta, prior_mean)


def solve(params: OffSwitchParams) -> OffSwitchResult:
    """Return the closed forms; the cases drawn are quantiles of what the robot may come to believe."""
    days = _days(params)
    return _result(params, open_probability(days, **_world(params)), np.zeros(len(days)), _quantiles(params))


def simulate(params: OffSwitchParams, rng: Generator) -> OffSwitchResult:
    """Let the robot learn day by day in `params.cases` cases at once; the same dice whatever the parameters."""
    shares = []
    truth = params.prior_mean + params.prior_sd * rng.standard_normal(params.cases)
    estimate, variance = np.full(params.cases, params.prior_mean), params.prior_sd**2
    for day in range(params.day + 1):
        if day:
            estimate, variance = _learn(estimate, variance, truth, params.noise, rng)
        if day in SAMPLED_DAYS:
            shares.append(waits(estimate, math.sqrt(variance), params.beta).mean())
    share = np.array(shares)
    return _result(params, share, np.sqrt(share * (1 - share) / params.cases), estimate[:SHOWN])


def _learn(estimate: Floats, variance: float, truth: Floats, noise: float, rng: Generator) -> tuple[Floats, float]:
    """One day: every case is seen once, and the belief moves by Bayes' rule."""
    gain = variance / (variance + noise**2)
    seen = truth + noise * rng.standard_normal(len(truth))
    return estimate + gain * (seen - estimate), (1 - gain) * variance


def _rare_mistakes(mean: Floats, sigma: Floats, beta: Floats, nodes: Floats, weights: Floats) -> Floats:
    """Delta where beta is small beside sigma, mean >= 0; all of shape (n_cells,)."""
    width = np.where(sigma > 0, sigma, 1.0)
    at, step = mean / width, beta / width
    here, there = nodes[:, None] * step - at, nodes[:, None] * step + at
    density = np.exp(-0.5 * here * here) + np.exp(-0.5 * there * there)
    return np.asarray(rational_advantage(mean, sigma) - DENSITY * beta * step * (weights @ density))


def _common_mistakes(mean: Floats, sigma: Floats, beta: Floats, nodes: Floats, weights: Floats) -> Floats:
    """Delta where beta is not small beside sigma, mean >= 0; all of shape (n_cells,)."""
    value = nodes[:, None] * sigma + mean
    return np.asarray(-(weights @ (value / (1 + np.exp(value / beta)))))


def _phi(at: Floats) -> Floats:
    return np.asarray(DENSITY * np.exp(-0.5 * at * at))


def _layer_rule(size: int) -> tuple[Floats, Floats]:
    """Gauss nodes and weights for ``∫_0^∞ f(x) x / (1 + e^x) dx``: by Stieltjes' recursion."""
    at, weight = np.polynomial.legendre.leggauss(400)
    at = 22.5 * (at + 1)
    weight = 22.5 * weight * at / (1 + np.exp(at))
    total, norm = weight.sum(), 0.0
    before, here = np.zeros(400), np.full(400, 1 / math.sqrt(total))
    diagonal, beside = np.empty(size), np.empty(size)
    for row in range(size):
        diagonal[row] = weight @ (at * here * here)
        following = (at - diagonal[row]) * here - norm * before
        norm = beside[row] = math.sqrt(weight @ (following * following))
        before, here = here, following / norm
    nodes, vectors = eigh_tridiagonal(diagonal, beside[:-1])
    return nodes, total * vectors[0] ** 2


def _bell_rule(size: int) -> tuple[Floats, Floats]:
    """Equally spaced nodes and weights of the trapezoidal rule for the mean over a standard normal."""
    nodes = np.linspace(-REACH, REACH, size)
    return nodes, (nodes[1] - nodes[0]) * _phi(nodes)


LIMITS = (0.15, 0.4, 1.0)  # beta / sigma up to which each but the last of these rules is used
RULES = (
    (_rare_mistakes, *_layer_rule(12)),
    (_rare_mistakes, *_layer_rule(24)),
    (_common_mistakes, *_bell_rule(64)),
    (_common_mistakes, *_bell_rule(32)),
)


def _ratio(beta: Floats, sigma: Floats) -> Floats:
    """beta / sigma; 0 without noise, infinite with noise but without doubt."""
    doubt = np.where(sigma > 0, sigma, np.where(beta > 0, 0.0, 1.0))
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(beta / doubt)


def _spread(day: ArrayLike, prior_sd: ArrayLike, noise: ArrayLike) -> Floats:
    """Standard deviation of the robot's estimates after `day` observations, ``sqrt(tau^2 - v_t)``, without cancellation."""
    known = np.asarray(day) * np.square(prior_sd) / np.square(noise)
    return np.asarray(prior_sd * np.sqrt(known / (1 + known)))


def _world(params: OffSwitchParams) -> dict[str, float]:
    names = ("beta", "prior_sd", "noise", "prior_mean")
    return {name: getattr(params, name) for name in names}


def _days(params: OffSwitchParams) -> Floats:
    return np.array([day for day in SAMPLED_DAYS if day <= params.day], dtype=float)


def _quantiles(params: OffSwitchParams) -> Floats:
    at = ndtri((np.arange(SHOWN) + 0.5) / SHOWN)
    return np.asarray(params.prior_mean + at * _spread(params.day, params.prior_sd, params.noise))


def _result(params: OffSwitchParams, share: Floats, error: Floats, shown: Floats) -> OffSwitchResult:
    span = max(2 * params.prior_sd, 1.25 * abs(params.prior_mean))
    mu = span * np.linspace(-1, 1, 41) * np.abs(np.linspace(-1, 1, 41))  # dense near 0, where the parabola is steep
    sigma = params.prior_sd * np.linspace(0, 1.2, 31)
    days = np.array([day for day in (*PATH, *range(72, params.day, 8)) if day < params.day] + [params.day], dtype=float)
    return OffSwitchResult(
        params=params,
        plane_mu=mu,
        plane_sigma=sigma,
        plane_advantage=advantage(mu, sigma[:, None], params.beta),
        boundary_sigma=boundary_sigma(mu, params.beta),
        path_day=days,
        path_sigma=np.sqrt(posterior_variance(days, params.prior_sd, params.noise)),
        path_share=open_probability(days, **_world(params)),
        sampled_day=_days(params),
        sampled_share=share,
        sampled_error=error,
        shown_mean=shown,
    )
