"""Targets and claims of rules that stay and rules that follow, where values drift by themselves."""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from scipy.optimize import minimize_scalar

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.rlhf.tracking import (
    RotationParams,
    TrackingParams,
    TrackingResult,
    best_gain,
    best_ramp_gain,
    break_even,
    crossover,
    disagreement,
    error_after,
    filter_error,
    lag,
    ramp_error,
    settled_error,
    simulate,
    simulate_rotation,
    solve_rotation,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"
FILTER = "kalman1960"
RUNS = 20_000
CASES = 200_000
GOLDEN = (math.sqrt(5) - 1) / 2


def _best_by_search(drift: float, noise: float) -> float:
    """The gain at which the settled error is smallest, by search, without Kalman's formula."""
    found = minimize_scalar(
        lambda gain: settled_error(drift, noise, gain), bounds=(1e-4, 1.0), method="bounded", options={"xatol": 1e-10}
    )
    return float(found.x)


def _at_best(drift: float) -> float:
    return settled_error(drift, 1.0, best_gain(drift, 1.0))


def _settled_crossover(drift: float) -> float:
    return _at_best(drift) / drift


def _last_ahead(drift: float, gain: float) -> float:
    """The last step at which the fixed rule is nearer, counted step by step along the recursion."""
    error, at, last = 0.0, 0, 0
    while drift * at <= 2 * settled_error(drift, 1.0, gain):
        at += 1
        error = (1 - gain) ** 2 * (error + drift) + gain**2
        last = at if drift * at < error else last
    return float(last)


@lru_cache(maxsize=1)
def _many() -> TrackingResult:
    return simulate(TrackingParams(steps=100, runs=RUNS), default_rng(1960))


def _seen_disagreement(dimension: int) -> float:
    """Verdicts on random cases of two vectors half a radian apart."""
    world = RotationParams(turn=0.5, gain=0.0, steps=1, dimension=dimension, cases=CASES)
    return float(simulate_rotation(world, default_rng(dimension)).seen_fixed[-1])


def _turning_by_iteration() -> float:
    """The angle by which the rule trails, from 2,000 steps of the recursion."""
    rule = 1.0 + 0.0j
    for at in range(1, 2001):
        rule = rule + 0.1 * (np.exp(0.05j * at) - rule)
    return float(-np.angle(rule * np.exp(-0.05j * 2000)))


def _ramp_exponent() -> float:
    """How the summed root mean squared errors grow with the horizon when the drift in all is 1, at the best gain of each."""
    sums = []
    for steps in (1e6, 1e7):
        speed = 1 / steps
        sums.append(steps * math.sqrt(ramp_error(best_ramp_gain(speed, 1.0), speed, 1.0)))
    return math.log10(sums[1] / sums[0])


def _ramp_factor() -> float:
    speed = 1e-7
    return math.sqrt(ramp_error(best_ramp_gain(speed, 1.0), speed, 1.0)) / math.cbrt(speed)


def _target(name: str, value: float, digits: int, place: str, compute: object, source: str = "book") -> Target:
    return Target(
        name=f"tracking: {name}", value=value, tolerance=0.55 * 10.0**-digits, kind="exact", source=source, place=place,
        why=f"rounding of decimal {digits}", compute=compute,  # type: ignore[arg-type]
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    _target("best gain at drift = noise is the golden ratio's conjugate", GOLDEN, 9, "K = M / (M + r), settled gain",
            partial(best_gain, 1.0, 1.0), FILTER),
    _target("best gain at drift = noise, printed", 0.618034, 6, "K = M / (M + r), found by search",
            partial(_best_by_search, 1.0, 1.0), FILTER),
    _target("best gain at drift 0.01, noise 1", 0.095125, 6, "K = M / (M + r), settled gain",
            partial(best_gain, 0.01, 1.0), FILTER),
    _target("settled error at the best gain, drift 0.01, noise 1", 0.095125, 6, "P = K r, from the error's own formula",
            partial(_at_best, 0.01), FILTER),
    _target("settled error at gain 0.1, drift 0.01, noise 1", 0.095263, 6, 
            "((1 - a)^2 q + a^2 r) / (a (2 - a)), after the update", partial(settled_error, 0.01, 1.0, 0.1)),
    Target(
        name="tracking: settled error at gain 0.1, simulated", value=0.095263, tolerance=4 * 0.0953 * math.sqrt(2 / RUNS),
        kind="monte carlo", source="book", place="20,000 histories of 100 steps",
        why="four standard errors of a mean of squared normals, P sqrt(2 / n)", compute=lambda: float(_many().seen_adapting[-1]),
    ),
    Target(
        name="tracking: error of the fixed rule after 100 steps at drift 0.01, simulated", value=1.0,
        tolerance=4 * math.sqrt(2 / RUNS), kind="monte carlo", source="book", place="q t, 20,000 histories",
        why="four standard errors of a mean of squared normals", compute=lambda: float(_many().seen_fixed[-1]),
    ),
    _target("steps until the fixed rule has the best settled error, drift 0.01", 9.5, 1, "t = P / q",
            partial(_settled_crossover, 0.01)),
    _target("steps until the fixed rule has the best settled error, drift 0.0001", 99.5, 1, "t = P / q",
            partial(_settled_crossover, 0.0001)),
    _target("time until which the fixed rule is nearer, gain 0.1, drift 0.01", 7.6098, 4, "q t = P_t, by Lambert's W",
            partial(crossover, 0.01, 1.0, 0.1)),
    _target("last step at which the fixed rule is nearer, gain 0.1, drift 0.01", 7.0, 1, "the recursion, counted step by step",
            partial(_last_ahead, 0.01, 0.1)),
    _target("last step at which the fixed rule is nearer, gain 0.1, drift 0.0001", 530.0, 1,
            "the recursion, counted step by step", partial(_last_ahead, 0.0001, 0.1)),
    _target("halves of a turn of 0.5 rad that disagree", 0.1592, 4, "angle / pi, in any dimension", partial(disagreement, 0.5)),
    *(
        Target(
            name=f"tracking: verdicts that differ at 0.5 rad in dimension {dimension}, simulated", value=0.5 / math.pi,
            tolerance=4 * math.sqrt(0.134 / CASES), kind="monte carlo", source="book", place="angle / pi, 200,000 random cases",
            why="four binomial standard errors", compute=partial(_seen_disagreement, dimension),
        )
        for dimension in (2, 5, 50)
    ),
    _target("lag of the adapting rule, turn 0.05, gain 0.1, in radians", 0.41853, 5, "-arg(a / (1 - (1 - a) e^(-i omega)))",
            partial(lag, 0.05, 0.1)),
    _target("lag of the adapting rule after 2,000 steps of the recursion", 0.41853, 5, "m' = m + a (u - m)",
            _turning_by_iteration),
    _target("verdicts that differ under the adapting rule, turn 0.05, gain 0.1", 0.1332, 4, "lag / pi",
            lambda: float(disagreement(lag(0.05, 0.1)))),
    Target(
        name="tracking: exponent of the horizon at the best gain on a ramp", value=2 / 3, tolerance=2e-3, kind="limit",
        source="book",
        place="root mean squared errors summed over T steps with drift 1 in all; as in the regret of drifting bandits",
        why="the next term is of the order of the gain, 0.02 at T = 1e6", compute=_ramp_exponent,
    ),
    Target(
        name="tracking: factor of V^(1/3) T^(2/3) at the best gain on a ramp, noise 1", value=math.sqrt(0.75) * 2 ** (1 / 3),
        tolerance=1e-4, kind="limit", source="book", place="0.75 (2 c r)^(2/3), its root",
        why="the next term is of the order of the gain, 3e-5 at a speed of 1e-7", compute=_ramp_factor,
    ),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _ends(params: TrackingParams) -> tuple[float, float]:
    """By how many standard errors the fixed rule is farther off than the adapting one at the last step, and its error."""
    seen = simulate(params, default_rng(7))
    gap = seen.seen_fixed[-1] - seen.seen_adapting[-1]
    return float(gap / math.hypot(seen.seen_fixed_error[-1], seen.seen_adapting_error[-1])), float(gap)


def _drift_breaks() -> bool:
    return all(_ends(TrackingParams(drift=drift))[0] > 5 for drift in (0.01, 0.1, 1.0))


def _short_or_still() -> bool:
    """Within the crossover the fixed rule is nearer, and where values stand still it is so for good."""
    short = _ends(TrackingParams(steps=3, runs=20_000))[0]
    slow = _ends(TrackingParams(drift=1e-4, noise=4.0, steps=400))[0]
    return short < -5 and slow < -5 and _ends(TrackingParams(drift=0.0))[0] < -5


def _head_start() -> bool:
    gains = np.linspace(0.05, 1.0, 20)
    high = gains[gains > 2 * 0.01 / 1.01]
    return all(float(error_after(1, 0.01, 1.0, gain)) > 0.01 for gain in high) and break_even(0.01, 1.0, 0.1) > 10


def _no_head_start() -> bool:
    """A gain low enough, or one that fits each step, is behind at no step."""
    times = np.arange(1, 2001)
    low = error_after(times, 0.01, 1.0, 2 * 0.01 / 1.01) <= 0.01 * times * (1 + 1e-12)
    return bool(low.all() and (filter_error(2000, 0.01, 1.0) <= 0.01 * times).all())


def _faster_is_nearer() -> bool:
    return bool((np.diff([settled_error(0.01, 1.0, a) for a in np.linspace(0.005, 0.095, 19)]) < 0).all())


def _faster_is_farther() -> bool:
    slow, fast = (simulate(TrackingParams(gain=gain), default_rng(3)) for gain in (0.1, 1.0))
    return bool(fast.seen_adapting[-1] > 5 * slow.seen_adapting[-1])


def _opposed() -> bool:
    """After half a turn the fixed rule is wrong about everything; the adapting one trails by less than a right angle."""
    seen = simulate_rotation(RotationParams(turn=math.pi / 60, steps=60), default_rng(2))
    return bool(seen.seen_fixed[-1] > 0.99 and seen.seen_adapting.max() < 0.5)


def _comes_round() -> bool:
    """After a full turn the fixed rule is right again and the adapting one is not."""
    turned = solve_rotation(RotationParams(turn=math.pi / 60, steps=120))
    return bool(turned.fixed[-1] < 1e-12 and turned.adapting[-1] > 0.1)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="tracking: fixed principles are brittle where values drift",
        section=SECTION,
        statement="A constitution that stays as written ends up far from people whose values move.",
        model="random-walk values, a fixed rule and one of constant gain 0.1",
        assumptions="both rules are right at the start; the drift does not depend on the rule; labels are unbiased",
        holds="400 steps at a drift of 0.01, 0.1 or 1 with labels of variance 1",
        fails="a horizon of 3 steps, a drift of 0.0001 with labels of variance 4, or values that stand still",
        verdict="holds in a window",
        in_holds=_drift_breaks,
        in_fails=_short_or_still,
    ),
    Claim(
        name="tracking: for a short time the fixed constitution wins",
        section=SECTION,
        statement="Before the crossover a fixed rule is nearer to people's values than one that follows their labels.",
        model="random-walk values, errors in closed form",
        assumptions="both rules are right at the start",
        holds="any constant gain above 2 q / (q + r)",
        fails="a gain of 2 q / (q + r) or lower, or Kalman's gain that fits each step: never behind",
        verdict="holds in a window",
        in_holds=_head_start,
        in_fails=_no_head_start,
    ),
    Claim(
        name="tracking: the more a rule adapts, the nearer it stays",
        section=SECTION,
        statement="Ongoing feedback should be followed as fast as it comes.",
        model="random-walk values, settled error by gain",
        assumptions="labels of variance 1, drift of variance 0.01 a step",
        holds="gains below the best one, 0.0951",
        fails="above it: a rule that believes every label is ten times as far off",
        verdict="holds in a window",
        in_holds=_faster_is_nearer,
        in_fails=_faster_is_farther,
    ),
    Claim(
        name="tracking: a rule that does not turn with values ends up opposed to them",
        section=SECTION,
        statement="A value vector that turns makes a fixed rule judge against people in the end.",
        model="turning value vector, verdicts on random cases",
        assumptions="isotropic cases, a steady turn of 3 degrees a step, no noise, gain 0.1",
        holds="half a turn: the fixed rule errs in every case, the adapting one never in more than half of them",
        fails="a full turn: the fixed rule is right again, the adapting one still trails",
        verdict="holds in a window",
        in_holds=_opposed,
        in_fails=_comes_round,
    ),
)
