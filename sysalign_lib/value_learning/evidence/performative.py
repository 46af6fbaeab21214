"""Targets and claims of performative retraining."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import product

import numpy as np
from numpy.random import default_rng
from scipy.optimize import minimize_scalar

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.performative import (
    CoinParams,
    RetrainingParams,
    RetrainingResult,
    coin_risk,
    mean_risk,
    moving_risk,
    retrain,
    simulate_coin,
    simulate_retraining,
    solve_coin,
    solve_retraining,
    stable_point,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.1"
SOURCE = "perdomo2020"
RUNS = 20_000
ITERATES = (19.0, 27.1, 34.39, 40.951, 46.8559)


def _enumerated(theta: float, mu: float = 0.2, eps: float = 0.25) -> float:
    """Squared error of a weight among the people it makes, summed over both features and both outcomes."""
    total = 0.0
    for feature, outcome in product((-1, 1), (0, 1)):
        does = 0.5 + mu * feature + eps * theta * feature
        chance = 0.5 * (does if outcome else 1 - does)
        total += chance * (outcome - (theta * feature + 0.5)) ** 2
    return total


def _least(risk: Callable[[float], float]) -> float:
    """Where a risk is least between 0 and 1/2, by search."""
    return float(minimize_scalar(risk, bounds=(0, 0.5), method="bounded", options={"xatol": 1e-10}).x)


def _settled(weight: float = 0.0) -> float:
    """The weight that retraining reaches, each round by search on the risk among the people of the round before."""
    for _ in range(15):
        weight = _least(lambda score, deployed=weight: float(moving_risk(score, deployed, 0.2, 0.25)))  # type: ignore[misc]
    return weight


def _iterate(rounds: int) -> float:
    return float(solve_retraining(RetrainingParams(rounds=rounds)).mean[-1])


def _factor(penalty: float = 0.0) -> float:
    """What a round leaves of the distance to the stable point, off the iterates."""
    seen = solve_retraining(RetrainingParams(penalty=penalty, rounds=8))
    return float((seen.mean[8] - seen.stable) / (seen.mean[7] - seen.stable))


@lru_cache(maxsize=1)
def _many() -> RetrainingResult:
    return simulate_retraining(RetrainingParams(rounds=60, runs=RUNS), default_rng(2020))


def _exact(name: str, value: float, tolerance: float, place: str, compute: Callable[[], float], source: str) -> Target:
    return Target(
        name=f"performative: {name}", value=value, tolerance=tolerance, kind="exact", source=source, place=place,
        why="rounding of the last decimal" if tolerance > 1e-8 else "floating point", compute=compute,
    )  # fmt: skip


REST = 0.01 / math.sqrt(1 - 0.81)  # standard deviation at rest of what is published, 100 samples of spread 0.1
BEGUN = 100 - 90 * 0.9**60  # expected number after 60 rounds

TARGETS: tuple[Target, ...] = (
    *(
        _exact(f"published number after {at} retraining{'s' if at > 1 else ''}", value, 1e-9,
               "mu 10, sigma 0.1, eps 0.9, start 10", partial(_iterate, at), SOURCE)
        for at, value in enumerate(ITERATES, start=1)
    ),
    _exact("stable point of the published parameters", 100.0, 1e-9, "mu / (1 - eps)",
           lambda: float(stable_point(10.0, 0.9)), SOURCE),
    _exact("what a round leaves of the distance to rest", 0.9, 1e-9, "eps", _factor, SOURCE),
    _exact("the same with a penalty of 0.5", 0.6, 1e-9, "the rate eps beta / gamma with beta 1, gamma 1.5",
           lambda: _factor(0.5), SOURCE),
    _exact("a unit of bias in every label, at rest", 10.0, 1e-9, "1 / (1 - eps), eps 0.9",
           lambda: float(stable_point(11.0, 0.9) - stable_point(10.0, 0.9)), "book"),
    Target(
        name="performative: expected number after 60 retrainings, simulated", value=BEGUN, tolerance=4 * REST / math.sqrt(RUNS),
        kind="monte carlo", source="book", place="100 - 90 * 0.9^60", why="four standard errors of 20,000 runs",
        compute=lambda: float(_many().paths[:, -1].mean()),
    ),
    Target(
        name="performative: spread of the published number at rest, simulated", value=REST,
        tolerance=4 * REST / math.sqrt(2 * RUNS) + 1e-6, kind="monte carlo", source="book",
        place="sigma / sqrt(n (1 - eps^2)), sigma 0.1, n 100, eps 0.9", why="four standard errors of 20,000 runs",
        compute=lambda: float(_many().paths[:, -1].std()),
    ),
    _exact("stable weight of the coin", 0.266667, 1e-6, "mu 0.2, eps 0.25; retraining by search", _settled, SOURCE),
    _exact("error of the stable weight", 0.178889, 5.5e-7, "summed over features and outcomes",
           lambda: _enumerated(float(stable_point(0.2, 0.25))), SOURCE),
    _exact("weight of least error of the coin", 0.4, 1e-6, "mu / (1 - 2 eps), found by search",
           lambda: _least(_enumerated), SOURCE),
    _exact("least error of the coin", 0.17, 1e-9, "summed over features and outcomes", lambda: _enumerated(0.4), SOURCE),
    _exact("error of the weight learned from untouched people", 0.19, 1e-9, "theta = mu, summed over features and outcomes",
           lambda: _enumerated(0.2), SOURCE),
    _exact("closed form of the coin's error less the sum over cases", 0.0, 1e-12, "1/4 - 2 mu theta + (1 - 2 eps) theta^2",
           lambda: max(abs(float(coin_risk(t, 0.2, 0.25)) - _enumerated(t)) for t in (0.0, 0.1, 0.3, 0.5)), SOURCE),
    _exact("what the weight of least error claims beyond the truth", 0.1, 1e-9, "mu eps / (1 - 2 eps)",
           lambda: solve_coin(CoinParams()).claimed - solve_coin(CoinParams()).true, "book"),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _ends(eps: float) -> float:
    return float(simulate_retraining(RetrainingParams(eps=eps, rounds=100), default_rng(1)).paths[:, -1].mean())


def _finds_what_it_made() -> bool:
    return abs(_ends(0.9) - 100) < 0.1


def _finds_what_was_there() -> bool:
    return abs(_ends(0.0) - 10) < 0.01


def _settles() -> bool:
    """From far away, with reactions of either sign, and with a strong one under a penalty."""
    kept = [RetrainingParams(eps=eps, start=500.0, rounds=100) for eps in (-0.9, 0.5, 0.8)]
    kept.append(RetrainingParams(eps=1.2, penalty=0.5, start=500.0, rounds=100))
    seen = [solve_retraining(one) for one in kept]
    return all(one.converges and abs(one.mean[-1] - one.stable) < 0.1 for one in seen)


def _runs_away() -> bool:
    seen = [solve_retraining(RetrainingParams(eps=eps, rounds=100)) for eps in (-1.2, 1.0, 1.2)]
    return all(not one.converges and abs(one.mean[-1]) > 900 for one in seen)


def _stable_errs_more() -> bool:
    """Simulated people settle at a weight whose error exceeds the least one, and the best one is off by what it claims."""
    seen = simulate_coin(CoinParams(samples=1000, rounds=20), default_rng(3))
    settled = float(seen.paths[:, -1].mean())
    return bool(float(coin_risk(settled, 0.2, 0.25)) > seen.risks[2] + 0.005 and seen.claimed > seen.true + 0.05)


def _stable_is_best() -> bool:
    """In a still world of coins, and in the mean's world however people react."""
    still = solve_coin(CoinParams(eps=0.0))
    grid = np.linspace(-300, 300, 6001)
    best = [
        abs(grid[int(np.argmin(mean_risk(grid, 10.0, eps, 0.1)))] - float(stable_point(10.0, eps)))
        for eps in (0.5, 0.9)
    ]
    return bool(still.stable == still.optimal and max(best) <= 0.05 + 1e-9 and retrain(20.0, 10.0, 0.5) == 20)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="performative: a learner that retrains finds what it has made",
        section=SECTION,
        statement="Preferences are not there to be discovered; they form in answer to what is published about them.",
        model="retraining on people who take over a share eps of what was published",
        assumptions="a linear reaction, squared loss, everybody reacts alike",
        holds="eps 0.9, the source's own numbers: people at 10 are led to 100, and the learner is right about them there",
        fails="eps 0: retraining ends where people are, and once would have been enough",
        verdict="holds in a window",
        in_holds=_finds_what_it_made,
        in_fails=_finds_what_was_there,
    ),
    Claim(
        name="performative: retraining settles although its own predictions move people",
        section=SECTION,
        statement="Learning again and again from the people one has changed comes to rest.",
        model="retraining in the mean's world, exact",
        assumptions="squared loss, with or without a penalty",
        holds="reactions weaker than the loss is curved, |eps| < 1 + penalty, from every start",
        fails="stronger reactions: the published number runs away",
        verdict="holds in a window",
        in_holds=_settles,
        in_fails=_runs_away,
    ),
    Claim(
        name="performative: the better score is the more manipulative one",
        section=SECTION,
        statement="A score chosen for its error among the people it makes overstates what is true, to make them predictable.",
        model="the coin that does what is said of it",
        assumptions="squared loss; the share of a claim that comes true is known and linear",
        holds="eps 0.25, mu 0.2: the stable score is calibrated, the optimal one claims 90 % where 80 % is true and errs less",
        fails="a still world (eps 0), and reactions that move people without making them easier to predict (the mean's world)",
        verdict="holds in a window",
        in_holds=_stable_errs_more,
        in_fails=_stable_is_best,
    ),
)
