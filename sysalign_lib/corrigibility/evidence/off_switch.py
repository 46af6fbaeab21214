"""Targets and claims of the off-switch game."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.drift import DriftParams, late_means
from sysalign_lib.corrigibility.off_switch import (
    OffSwitchParams,
    OffSwitchResult,
    advantage,
    careless_advantage,
    closing_time,
    misbelief_cost,
    open_probability,
    probit_advantage,
    rational_advantage,
    simulate,
    waits,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.2"
GAME = "hadfieldmenell2017"
CASES = 400_000

RATIONAL = (
    (0.0, 1.0, 0.398942), (0.5, 1.0, 0.197797), (-0.5, 1.0, 0.197797), (1.0, 1.0, 0.083315), (-1.0, 1.0, 0.083315),
    (0.75, 0.5, 0.014653), (-0.75, 0.5, 0.014653), (-1.0, 2.0, 0.395593),
)  # fmt: skip
NOISY = (
    (0.0, 0.1, 0.392596), (0.0, 0.5, 0.302853), (0.0, 1.0, 0.206621), (0.0, 2.0, 0.118022), (0.0, 5.0, 0.049510),
    (1.0, 1.0, -0.125322),
)  # fmt: skip
CERTAIN = ((1.0, 1.0, -0.268941), (0.5, 1.0, -0.188770))
TURNING = ((0.25, 2.0), (0.5, 1.0), (1.0, 0.5), (2.0, 0.25))
WINDOW = ((0, 1.0), (1, 0.9997), (4, 0.8427), (16, 0.3453))


def _delta(mu: float, sigma: float, beta: float) -> float:
    return float(advantage(mu, sigma, beta))


def _rational(mu: float, sigma: float) -> float:
    return float(rational_advantage(mu, sigma))


def _turning_beta(mu: float) -> float:
    """The overseer's noise at which waiting stops to pay, by root finding on the expectation, without the lemma; sigma = 1."""
    return float(brentq(lambda beta: _delta(mu, 1.0, beta), 0.01, 50.0, xtol=1e-13))


def _turning_sigma(mu: float, beta: float) -> float:
    """The doubt at which waiting begins to pay, by root finding on the expectation, without the lemma."""
    return float(brentq(lambda sigma: _delta(mu, sigma, beta), 0.05, 5.0, xtol=1e-13))


def _closing_day(beta: float) -> float:
    return float(closing_time(0.5, beta, 1.0, 2.0))


def _stein(mu: float, sigma: float, beta: float) -> float:
    """What is missing in ``E[pi U] = mu E[pi] + sigma^2 E[pi']``, each side by adaptive quadrature."""

    def mean(inside: Callable[[float], float]) -> float:
        ends = (mu - 10 * sigma, mu + 10 * sigma)
        return float(quad(lambda u: inside(u) * norm.pdf(u, mu, sigma), *ends, epsabs=1e-14, epsrel=1e-13)[0])

    left = mean(lambda u: u * float(expit(u / beta)))
    allowed = mean(lambda u: float(expit(u / beta)))
    slope = mean(lambda u: float(expit(u / beta) * expit(-u / beta)) / beta)
    return left - mu * allowed - sigma**2 * slope


@lru_cache(maxsize=1)
def _many() -> OffSwitchResult:
    return simulate(OffSwitchParams(prior_mean=0.0, day=16, cases=CASES), default_rng(2017))


def _simulated(day: int) -> float:
    seen = _many()
    return float(seen.sampled_share[seen.sampled_day == day][0])


def _exact(name: str, value: float, place: str, compute: Callable[[], float], source: str = "book") -> Target:
    return Target(
        name=f"off switch: {name}", value=value, tolerance=5.5e-7, kind="exact", source=source, place=place,
        why="rounding of the sixth decimal", compute=compute,
    )  # fmt: skip


def _share(day: int, value: float) -> tuple[Target, ...]:
    error = math.sqrt(max(value * (1 - value), 1e-7) / CASES)
    return (
        Target(
            name=f"off switch: share still waiting on day {day}", value=value, tolerance=5.5e-5, kind="exact", source="book",
            place="closed form, beta 0.25, noise 2, prior N(0, 1)", why="rounding of the fourth decimal",
            compute=lambda: float(open_probability(day, 0.25, 1.0, 2.0)),
        ),
        Target(
            name=f"off switch: share still waiting on day {day}, simulated", value=value, tolerance=4 * error + 5.5e-5,
            kind="monte carlo", source="book", place="robots that learn day by day",
            why="four standard errors of 400,000 cases, and rounding", compute=partial(_simulated, day),
        ),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(
        _exact(f"rational overseer, estimate {mu:g}, doubt {sigma:g}", value, "incentive of a rational overseer, normal belief",
               partial(_rational, mu, sigma), GAME)
        for mu, sigma, value in RATIONAL
    ),
    _exact("rational overseer, estimate 0, doubt 1, is 1 / sqrt(2 pi)", 1 / math.sqrt(2 * math.pi), "closed form",
           partial(_delta, 0.0, 1.0, 0.0), GAME),
    *(
        _exact(f"noise {beta:g}, estimate {mu:g}, doubt 1", value, "incentive of a noisily rational overseer",
               partial(_delta, mu, 1.0, beta), GAME)
        for mu, beta, value in NOISY
    ),
    *(
        _exact(f"noise {beta:g}, estimate {mu:g}, no doubt", value, "incentive of a certain robot, mu pi(mu) - max(mu, 0)",
               partial(_delta, mu, 0.0, beta), GAME)
        for mu, beta, value in CERTAIN
    ),
    Target(
        name="off switch: almost no noise, estimate 0, doubt 1", value=0.398942, tolerance=2e-6, kind="limit", source=GAME,
        place="a noisily rational overseer becomes a rational one",
        why="the gap at noise 1e-3 is 7e-7, pi^2 beta^2 / (6 sqrt(2 pi))", compute=partial(_delta, 0.0, 1.0, 1e-3),
    ),
    Target(
        name="off switch: an overseer who tosses a coin, estimate 1, doubt 1", value=-0.5, tolerance=6e-4, kind="limit",
        source="book",
        place="pi = 1/2: waiting loses half of the estimate", why="the gap at noise 1e3 is 5e-4, E[U^2] / (4 beta)",
        compute=partial(_delta, 1.0, 1.0, 1e3),
    ),
    Target(
        name="off switch: Stein's identity, both sides", value=0.0, tolerance=1e-12, kind="exact", source="book",
        place="E[pi U] = mu E[pi] + sigma^2 E[pi']", why="error of the quadrature", compute=partial(_stein, 0.5, 1.0, 0.5),
    ),
    *(
        _exact(f"noise at which estimate {mu:g} stops waiting, doubt 1", beta, "lemma, found without it by root finding",
               partial(_turning_beta, mu))
        for mu, beta in TURNING
    ),
    _exact("doubt at which estimate 0.75 begins to wait, noise 0.25", 0.612372, "lemma, found without it by root finding",
           partial(_turning_sigma, 0.75, 0.25)),
    *(
        _exact(f"closing day at noise {beta:g}, estimate 0.5", day, "s^2 (1 / (2 |mu| beta) - 1 / tau^2), tau 1, s 2",
               partial(_closing_day, beta))
        for beta, day in ((0.25, 12.0), (0.1, 36.0))
    ),
    *(one for day, value in WINDOW for one in _share(day, value)),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _shares(beta: float) -> np.ndarray:
    return simulate(OffSwitchParams(beta=beta, day=64), default_rng(1)).sampled_share


def _closes() -> bool:
    return all(share[0] == 1 and share[-1] < limit for share, limit in ((_shares(0.25), 0.2), (_shares(0.1), 0.4)))


def _stays_open() -> bool:
    return bool((_shares(0.0) == 1).all())


def _wrong_prior_harms() -> bool:
    """Too sure a robot disables its switch where waiting would have been worth more."""
    disables, waiting_pays = not waits(0.5, 0.3, 0.25), _delta(0.5, 1.0, 0.25) > 0
    return bool(disables and waiting_pays and misbelief_cost(0.5, 1.0, 0.5, 0.3, 0.25) > 0.1)


def _right_prior_serves() -> bool:
    """With a right belief nothing is lost, and in a still world the robot that closes beats the one that always waits."""
    mu, sigma = np.linspace(-2, 2, 41), np.linspace(0, 2, 21)[:, None]
    nothing_lost = np.abs(misbelief_cost(mu, sigma, mu, sigma, 0.25)).max() < 1e-12
    _, aware, _, deferring = late_means(DriftParams(phi=1.0))[0]
    return bool(nothing_lost and aware > deferring + 0.03)


def _faultless() -> bool:
    mu, sigma = np.linspace(-3, 3, 61), np.linspace(0.05, 2, 40)[:, None]
    return bool((rational_advantage(mu, sigma) >= 0).all() and waits(mu, sigma, 0.0).all())


def _certain_disables() -> bool:
    mu = np.array([-2.0, -0.5, 0.1, 0.5, 2.0])
    return bool((advantage(mu, 0.0, np.array([[0.1], [1.0], [5.0]])) < 0).all())


def _parabola(delta: Callable[[np.ndarray, np.ndarray], np.ndarray], beta: float) -> bool:
    """Whether `delta` changes sign at the parabola, just above and just below it."""
    mu = np.array([0.1, 0.25, 0.5, 1.0, 2.0])
    edge = np.sqrt(2 * mu * beta)
    return bool((delta(mu, 1.01 * edge) > 0).all() and (delta(mu, 0.99 * edge) < 0).all())


def _logistic_bends() -> bool:
    return all(_parabola(partial(advantage, beta=beta), beta) for beta in (0.05, 0.25, 1.0, 4.0))


def _others_do_not() -> bool:
    """No parabola, whatever its beta, fits an overseer with normal errors of perception, nor a careless one."""
    betas = np.geomspace(0.01, 10, 61)
    fits = [_parabola(lambda mu, sigma: probit_advantage(mu, sigma, 1.0), beta) for beta in betas]
    fits += [_parabola(lambda mu, sigma: careless_advantage(mu, sigma, 0.2), beta) for beta in betas]
    return not any(fits)


def _harmless_misbelief() -> bool:
    """Too unsure a robot waits where it should; and an overseer who never errs is waited for by any robot that doubts at all."""
    modest = misbelief_cost(0.5, 1.0, 0.5, 2.0, 0.25)
    faultless = misbelief_cost(0.5, 1.0, np.array([-2.0, 0.5, 2.0]), 0.05, 0.0)
    return bool(modest == 0 and (faultless == 0).all())


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="off switch: intervention points close as a system learns",
        section=SECTION,
        statement="A way for people to step in does not stay open: as the system changes, here as the robot learns, it shuts.",
        model="off-switch game, a robot that sees its action's worth once a day",
        assumptions="normal beliefs, a logistic overseer, values that stand still",
        holds="any overseer who errs: at noise 0.25 the share of waiting robots falls from all to less than a fifth in 64 days",
        fails="an overseer who never errs is waited for however much the robot has learned",
        verdict="holds in a window",
        in_holds=_closes,
        in_fails=_stays_open,
    ),
    Claim(
        name="off switch: a closed switch is a loss",
        section=SECTION,
        statement="When the robot stops waiting, the overseer is worse off.",
        model="off-switch game, the robot's belief against the true law of values",
        assumptions="robot and overseer want the same; only their information differs",
        holds="a robot that is surer than it has reason to be",
        fails="a robot whose belief is right: it stops waiting just where its own choice is worth more to the overseer",
        verdict="cuts against the paper",
        in_holds=_wrong_prior_harms,
        in_fails=_right_prior_serves,
    ),
    Claim(
        name="off switch: doubt makes a robot defer",
        section=SECTION,
        statement="A robot unsure of what its overseer wants has a reason to leave the switch alone.",
        model="off-switch game, closed form and quadrature",
        assumptions="normal belief",
        holds="an overseer who never errs, and any doubt at all",
        fails="an overseer who errs, and a robot that is certain: it always has a reason to disable",
        verdict="holds in a window",
        in_holds=_faultless,
        in_fails=_certain_disables,
    ),
    Claim(
        name="off switch: the robot waits if and only if sigma^2 > 2 |mu| beta",
        section=SECTION,
        statement="The boundary of deference is a parabola in the plane of estimate and doubt.",
        model="off-switch game, quadrature on both sides of the parabola",
        assumptions="normal belief, logistic overseer",
        holds="logistic overseers of every noise",
        fails="overseers with normal errors of perception, or with errors that do not depend on the stake: no parabola fits",
        verdict="holds in a window",
        in_holds=_logistic_bends,
        in_fails=_others_do_not,
    ),
    Claim(
        name="off switch: a wrong prior breaks deference without any dynamics",
        section=SECTION,
        statement="A robot with a wrong prior disables its switch although waiting is better; nothing has to move for that.",
        model="off-switch game, what the overseer loses by the robot's misbelief (after Carey 2017)",
        assumptions="the robot takes what is best under its own belief",
        holds="a believed doubt of 0.3 where 1 is right, at estimate 0.5 and noise 0.25",
        fails="a believed doubt too large, or an overseer who never errs",
        verdict="holds in a window",
        in_holds=_wrong_prior_harms,
        in_fails=_harmless_misbelief,
    ),
)
