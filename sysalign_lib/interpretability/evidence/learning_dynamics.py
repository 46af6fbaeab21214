"""Targets and claims of learning dynamics: the staircase, forecasts of it, and twins."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.optimize import brentq

from sysalign_lib.core.evidence import Claim, Target, printed
from sysalign_lib.interpretability.learning_dynamics import (
    SCORED,
    STRENGTHS,
    ForecastParams,
    ForecastResult,
    Match,
    TwinParams,
    TwinResult,
    descend,
    descent_delay,
    growing,
    half_time,
    learned,
    one_mode,
    partner,
    rise_time,
    shallow_loss,
    simulate,
    simulate_twins,
    solve,
    solve_twins,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.3"
SAXE = "saxe2014"
START = 1e-3
TEACHER = np.diag(STRENGTHS)
HALF = (1.03672, 1.90010, 3.45338, 6.21261)
DEEPER = ((3, (2.3658, 4.6613, 9.1447, 17.8375)), (4, (3.9186, 7.8075, 15.5292, 30.8059)))
RISES = ((2, 0.5493), (3, 0.3165), (4, 0.2249))
SHOTS = ((0.5, 10.393, 0.893, 7.779, 8.082), (2.6, 0.483, 0.123, 0.069, 0.205))
SHALLOW = ((0.5, 0.1946), (1.4, 0.0322), (2.6, 0.0029), (4.5, 0.0001))
DOSES = ((0.5, (14.4511, 5.1478, 2.7881, 2.6203, 2.4815)), (1.5, (10.3662, 12.8002, 6.9985, 7.0917, 1.9533)),
         (3.0, (11.3952, 17.1799, 7.4124, 8.0598, 0.5852)))  # fmt: skip
TWINS = ((0, 0, 0.9581), (0, 1, 1.9001), (1, 0, 1.3343), (1, 1, 1.1445))
FINE, FINER = 1e-3, 1e-4  # steps of the descent that is compared with the closed form


def _half(mode: int, depth: int = 2) -> float:
    return float(half_time(STRENGTHS[mode], START, depth))


def _half_by_quadrature(mode: int, depth: int) -> float:
    """Moment at which a mode is half learned, by adaptive quadrature of da over its law, in the variable ln a."""
    s = STRENGTHS[mode]
    inside = quad(
        lambda z: math.exp((2 / depth - 1) * z) / (s - math.exp(z)), math.log(START), math.log(s / 2), epsabs=1e-12
    )
    return float(inside[0]) / depth


def _rise(depth: int) -> float:
    return float(rise_time(4.0, depth))


def _rise_by_quadrature(depth: int) -> float:
    """Time from a tenth to nine tenths of strength 4, by adaptive quadrature."""
    inside = quad(lambda a: 1 / (depth * a ** (2 - 2 / depth) * (4 - a)), 0.4, 3.6, epsabs=1e-12)
    return float(inside[0])


def _loss(time: float, depth: int = 2) -> float:
    return float(0.5 * np.sum((np.array(STRENGTHS) - learned(time, STRENGTHS, START, depth)) ** 2))


def _slope(time: float) -> float:
    """Slope of the loss by a difference quotient of the fourth order, not by the law."""
    h = 1e-3
    return (8 * (_loss(time + h) - _loss(time - h)) - (_loss(time + 2 * h) - _loss(time - 2 * h))) / (12 * h)


def _tangent(time: float) -> float:
    return _loss(time) + 1.5 * _slope(time)


def _log_slope(time: float) -> float:
    return _loss(time) * math.exp(1.5 * _slope(time) / _loss(time))


def _forecast(time: float, method: int) -> float:
    return float(solve(ForecastParams(snapshot=time)).fan[method, -1])


def _runge_kutta(end: float, h: float = 1e-3) -> float:
    """Largest difference between the closed form and the law integrated in steps of h."""
    s, a = np.array(STRENGTHS), np.full(4, START)

    def law(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return 2 * x * (s - x)

    for _ in range(round(end / h)):
        k1 = law(a)
        k2 = law(a + h / 2 * k1)
        k3 = law(a + h / 2 * k2)
        a = a + h / 6 * (k1 + 2 * k2 + 2 * k3 + law(a + h * k3))
    return float(np.abs(a - learned(end, s, START)).max())


@lru_cache(maxsize=2)
def _descent(rate: float, end: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Moments, and strengths[moment, mode], of whole matrices that descend from an aligned start."""
    kept = np.arange(round(end / rate) + 1)
    first, last = descend([math.sqrt(START) * np.eye(4)] * 2, TEACHER, kept, rate)
    return np.asarray(kept * rate, dtype=float), np.diagonal(last @ first, axis1=-2, axis2=-1)


def _reached(mode: int) -> float:
    """Moment at which the descent has half of a mode."""
    time, strength = _descent(FINE, 7.0)
    return float(np.interp(STRENGTHS[mode] / 2, strength[:, mode], time))


def _worst(rate: float, end: float) -> float:
    """Largest difference between descent and closed form all along the way."""
    time, strength = _descent(rate, end)
    return float(np.abs(strength - learned(time[:, None], STRENGTHS, START)).max())


def _lag(rate: float) -> float:
    """What that difference must be to first order: pace times delay, at its largest."""
    a = np.linspace(0.01, 3.99, 4000)
    return float(np.max(2 * a * (4 - a) * np.abs(descent_delay(4.0, START, rate, a))))


def _shallow(time: float) -> float:
    """Log-slope forecast of one layer that starts at nothing."""
    now, h = float(shallow_loss(time, STRENGTHS)[0]), 1e-4
    slope = float(np.diff(shallow_loss([time - h, time + h], STRENGTHS))[0]) / (2 * h)
    return now * math.exp(1.5 * slope / now)


def _shallow_error(time: float) -> float:
    return _shallow(time) / float(shallow_loss(time + 1.5, STRENGTHS)[0]) - 1


def _early(depth: int, misreading: float) -> float:
    """By how much a forecast comes early that misreads the odds of mode 2 at time 1, found by root finding."""
    a = float(learned(1.0, 2.0, START, depth))
    odds = a / (2 - a) * math.exp(misreading)
    late = float(learned(1.5, 2.0, 2 * odds / (1 + odds), depth))
    return float(brentq(lambda t: float(learned(t, 2.0, START, depth)) - late, 1.0, 40.0, xtol=1e-13)) - 2.5


@lru_cache(maxsize=1)
def _twins() -> TwinResult:
    return solve_twins(TwinParams())


@lru_cache(maxsize=1)
def _pairs() -> TwinResult:
    return simulate_twins(TwinParams(), default_rng(1618))


@lru_cache(maxsize=8)
def _dose(horizon: float) -> ForecastResult:
    return solve(ForecastParams(horizon=horizon))


def _score(horizon: float, who: int) -> float:
    return 100 * float(_dose(horizon).score[who])


def _twin_half(network: int, mode: int) -> float:
    return float(_twins().half[network, mode])


TARGETS: tuple[Target, ...] = (
    *(
        printed(f"learning dynamics: half-time of strength {s:g}", value, "ln(s / a0 - 1) / (2s), a0 = 0.001",
                partial(_half, mode), 5.5e-6, "rounding of the fifth decimal", "exact", SAXE)
        for mode, (s, value) in enumerate(zip(STRENGTHS, HALF, strict=True))
    ),
    *(
        printed(f"learning dynamics: half-time of strength {s:g}, by quadrature", value, "integral of da over the law",
                partial(_half_by_quadrature, mode, 2), 5.5e-6, "rounding of the fifth decimal", "exact", SAXE)
        for mode, (s, value) in enumerate(zip(STRENGTHS, HALF, strict=True))
    ),
    *(
        printed(f"learning dynamics: half-time of strength {s:g}, {depth} layers{way}", value, "law of depth N, a0 = 0.001",
                compute, source=SAXE)
        for depth, values in DEEPER
        for mode, (s, value) in enumerate(zip(STRENGTHS, values, strict=True))
        for way, compute in (
            ("", partial(_half, mode, depth)),
            (", by quadrature", partial(_half_by_quadrature, mode, depth)),
        )
    ),
    *(
        printed(f"learning dynamics: rise of strength 4, {depth} layers{way}", value, "from a tenth to nine tenths", compute)
        for depth, value in RISES
        for way, compute in (
            ("", partial(_rise, depth)),
            (", by quadrature", partial(_rise_by_quadrature, depth)),
        )
    ),
    printed("learning dynamics: law against closed form at time 4", 0.0, "fourth-order Runge-Kutta, steps of 0.001",
            partial(_runge_kutta, 4.0), 1e-9, "error of the steps; 1e-13 is seen", "exact", SAXE),
    *(
        printed(f"learning dynamics: half-time of strength {s:g}, descent of whole matrices",
                _half(mode) + float(descent_delay(s, START, FINE)), "steps of 0.001, aligned; closed form and delay",
                partial(_reached, mode), 5e-6, "second order in the step; 1e-6 is seen", "limit")
        for mode, s in enumerate(STRENGTHS)
    ),
    printed("learning dynamics: descent against closed form, steps of 0.001", 0.0125, "largest error all along the way",
            partial(_worst, FINE, 7.0), 5.5e-5, "rounding of the fourth decimal", "limit"),
    printed("learning dynamics: descent against closed form, steps of 0.0001", 0.00125, "largest error up to time 1.5",
            partial(_worst, FINER, 1.5), 5.5e-6, "rounding of the fifth decimal", "limit"),
    printed("learning dynamics: descent against closed form, first order", 0.0125, "pace times delay, strength 4, steps of 0.001",
            partial(_lag, FINE), 5.5e-5),
    *(
        target
        for time, now, later, tangent, log_slope in SHOTS
        for target in (
            printed(f"learning dynamics: loss at time {time:g}", now, "closed form, a0 = 0.001", partial(_loss, time), 5.5e-4,
                    "rounding of the third decimal", "exact", SAXE),
            printed(f"learning dynamics: loss 1.5 after time {time:g}", later, "closed form", partial(_loss, time + 1.5), 5.5e-4,
                    "rounding of the third decimal", "exact", SAXE),
            printed(f"learning dynamics: tangent from time {time:g}", tangent, "loss and difference quotient",
                    partial(_tangent, time), 5.5e-4, "rounding of the third decimal"),
            printed(f"learning dynamics: tangent from time {time:g}, by the law", tangent, "loss and slope -sum 2a (s - a)^2",
                    partial(_forecast, time, 1), 5.5e-4, "rounding of the third decimal"),
            printed(f"learning dynamics: log slope from time {time:g}", log_slope, "loss and difference quotient",
                    partial(_log_slope, time), 5.5e-4, "rounding of the third decimal"),
            printed(f"learning dynamics: rule from the weights at time {time:g}", _loss(time + 1.5),
                    "closed form from a(t) onward", partial(_forecast, time, 4), 1e-12, "rounding"),
        )
    ),
    *(
        target
        for time, value in SHALLOW
        for target in (
            printed(f"learning dynamics: one layer, log slope from time {time:g}", value, "one layer from nothing, 1.5 later",
                    partial(_shallow, time)),
            printed(f"learning dynamics: one layer, log slope from time {time:g}, error", 0.0, "forecast over truth, less 1",
                    partial(_shallow_error, time), 1e-6,
                    "error of the difference quotient"),
        )
    ),
    *(
        printed(f"learning dynamics: odds misread by e^{d:g}, forecast early by", d / 4, "d / (2s), strength 2, two layers",
                partial(_early, 2, d), 1e-9, "error of the root finding")
        for d in (-1.0, 0.5, 2.0)
    ),
    *(
        printed(f"learning dynamics: mean error at horizon {horizon:g}, {SCORED[who]}", value,
                "snapshots all through 10 units of time, percent of the first loss", partial(_score, horizon, who))
        for horizon, values in DOSES
        for who, value in enumerate(values)
    ),
    printed("learning dynamics: partner of a stretch of 6", 8.8643, "sinh(ln c2) = sinh(ln c1) (s1 - a) / (s2 - a)",
            lambda: partner(6.0, START)),
    printed("learning dynamics: slopes of the losses of twins, difference", 0.0, "strong or weak mode stretched",
            lambda: float(np.diff(_twins().slope)[0]), 1e-12, "rounding"),
    printed("learning dynamics: losses of twins, largest difference", 0.2414, "share of the first loss", lambda: _twins().gap),
    *(
        printed(f"learning dynamics: twin {'AB'[network]}, half-time of strength {3 - mode}", value, "closed form with imbalance",
                partial(_twin_half, network, mode), source=SAXE)
        for network, mode, value in TWINS
    ),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _static_fails() -> bool:
    """Whoever looks at the network as it is, or at its slope, misses the drop by most of the loss."""
    seen = solve(ForecastParams())
    return bool((np.abs(seen.fan[:3, -1] - seen.truth) > 0.6 * seen.now).all())


def _static_suffices() -> bool:
    """One layer: the log slope is exact from every snapshot."""
    shots = [solve(ForecastParams(depth=1, snapshot=time)) for time in (0.0, 0.5, 1.4, 2.6, 6.0)]
    return all(abs(one.fan[2, -1] / one.truth - 1) < 1e-9 for one in shots)


def _rule_reads() -> bool:
    """Misread weights and the rule beat chance and every forecast of equal budget, on disordered networks, too."""
    seen = simulate(ForecastParams(), default_rng(2014))
    wrong = np.abs(seen.net_forecast - seen.net_truth[:, None]).mean(axis=0)
    return bool(seen.score[5] < 0.1 * seen.score[:5].min() and wrong[4] < 0.05 * wrong[:3].min())


def _rule_misreads() -> bool:
    """Odds misread by e^2: two layers are foretold all the same, three with a small start worse than without their weights."""
    rough = ForecastParams(misreading=2.0, start=1e-4, networks=2)
    two, three = (simulate(replace(rough, depth=depth), default_rng(2014)).score for depth in (2, 3))
    return bool(two[5] < 0.5 * two[:5].min() and three[5] > three[3:5].max())


def _two_numbers() -> bool:
    """A single mode: loss, slope and rule give the future, whatever the depth, where the log slope does not."""
    for depth in (2, 3, 4):
        a = float(learned(0.5, 3.0, 0.01, depth))
        now, rate, truth = (
            (3 - a) ** 2 / 2,
            depth * a ** (2 - 2 / depth),
            (3 - float(learned(2.0, 3.0, 0.01, depth))) ** 2 / 2,
        )
        told = float(one_mode(now, -2 * rate * now, 1.5, depth))
        if abs(told - truth) > 1e-8 or abs(now * math.exp(-3 * rate) - truth) < 0.1:
            return False
    return True


def _two_numbers_fail() -> bool:
    seen = solve(ForecastParams())
    return bool(abs(seen.fan[3, -1] - seen.truth) > 0.9 * seen.truth)


def _parts() -> bool:
    """Alike in function, loss and slope, and parted, in closed form and on drawn inputs."""
    exact, drawn = _twins(), _pairs()
    apart = drawn.net_loss[0].mean(axis=0) - drawn.net_loss[1].mean(axis=0)
    alike = abs(float(np.diff(exact.slope)[0])) < 1e-12 and float(drawn.unlike.max()) < 1e-15
    return bool(alike and exact.gap > 0.2 and np.abs(apart).max() > 0.2 * exact.loss[0, 0])


def _stays_together() -> bool:
    """Turned hidden units: nothing that is computed ever differs."""
    params = TwinParams(match=Match.GRAMS)
    drawn = simulate_twins(params, default_rng(1618))
    return bool(solve_twins(params).gap == 0 and np.abs(drawn.net_loss[0] - drawn.net_loss[1]).max() < 1e-10)


@lru_cache(maxsize=2)
def _random_starts(width: int, networks: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Half-times[network, mode] of networks that start at random, and as the rule reads them off the first weights."""
    rng, rate = default_rng(width), 0.02
    first = 0.01 * rng.standard_normal((networks, width, 4))
    last = 0.01 * rng.standard_normal((networks, 4, width))
    kept = np.arange(0, round(16 / rate) + 1, 5)
    path = descend([first, last], TEACHER, kept, rate)
    strength = np.diagonal(path[1] @ path[0], axis1=-2, axis2=-1)
    past = strength >= np.array(STRENGTHS) / 2
    seen = np.where(past.any(axis=0), rate * kept[past.argmax(axis=0)], 16.0)
    a, skew = growing(first.swapaxes(-1, -2), last)
    return seen, half_time(STRENGTHS, 0.25 * (2 * a + np.hypot(2 * a, skew)))


def _strong_first() -> bool:
    """Balanced starts of every depth, and random starts of whole matrices but for a few in a hundred."""
    balanced = all((np.diff(half_time(STRENGTHS, START, depth)) > 0).all() for depth in (2, 3, 4))
    narrow, wide = (_random_starts(*size)[0] for size in ((4, 100), (64, 30)))
    return bool(balanced and (np.diff(narrow) > 0).all(axis=1).mean() > 0.95 and (np.diff(wide) > 0).all())


def _weak_first() -> bool:
    return bool(_twins().first.tolist() == [0, 1])


def _wide_are_read() -> bool:
    """64 hidden units: the rule tells from the first weights when each mode will be learned."""
    seen, told = _random_starts(64, 30)
    return bool(np.abs(seen - told).max() < 0.5 and np.abs(seen - told).mean() < 0.1)


def _narrow_are_late() -> bool:
    """4 hidden units: modes are in each other's way, and the last one comes two units of time too late."""
    seen, told = _random_starts(4, 100)
    return float(np.mean(seen[:, 3] - told[:, 3])) > 1.5


def _bracketed() -> bool:
    """One layer, inputs of unlike variance: the loss stays between log slope and present, at every snapshot and horizon."""
    spread, early = np.array([4.0, 1.0, 0.3, 0.1]), np.linspace(0, 5, 21)
    for late in (0.25, 1.5, 6.0):
        now, truth = (shallow_loss(early + h, STRENGTHS, spread) for h in (0.0, late))
        weight = 0.5 * spread * np.square(STRENGTHS) * np.exp(-2 * np.outer(early, spread))
        low = now * np.exp(-2 * late * (weight @ spread) / now)
        if (truth < low - 1e-12).any() or (truth > now).any():
            return False
    return True


def _bracket_breaks() -> bool:
    seen = solve(ForecastParams())
    return bool(seen.truth < 0.2 * seen.fan[2, -1])


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="learning dynamics: a snapshot does not tell what a network will learn next",
        section=SECTION,
        statement="A static view of a network, even with the slope of its loss, does not forecast its learning.",
        model="deep linear network in closed form, forecasts from one moment of it",
        assumptions="white inputs, balanced and aligned start of strength 0.001",
        holds="two layers on a plateau: at time 0.5 every static forecast misses the drop by more than six tenths of the loss",
        fails="one layer: the log slope of the loss is exact from every snapshot to every horizon",
        verdict="holds in a window",
        in_holds=_static_fails,
        in_fails=_static_suffices,
    ),
    Claim(
        name="learning dynamics: weights and the rule tell the next step",
        section=SECTION,
        statement="Interpretability that extends to the dynamics of learning forecasts what a static one misses.",
        model="descent of whole matrices from disordered starts, odds of each mode misread by 20 %, strengths by 5 %",
        assumptions="the reader knows the rule, and takes every mode for itself",
        holds="two layers: the mean error is less than a tenth of the best forecast without weights",
        fails="three layers from 0.0001, odds misread by e^2: worse than the log slope, where two layers are still foretold best",
        verdict="holds in a window",
        in_holds=_rule_reads,
        in_fails=_rule_misreads,
    ),
    Claim(
        name="learning dynamics: loss, slope and the rule are enough",
        section=SECTION,
        statement="Whoever knows the rule needs no weights: the loss and its slope tell the rest.",
        model="two numbers and the law of a single mode, at equal budget with the tangent",
        assumptions="balanced start",
        holds="a network with a single mode, of every depth",
        fails="four modes: the loss that two numbers foretell is too low by more than nine tenths of it",
        verdict="holds in a window",
        in_holds=_two_numbers,
        in_fails=_two_numbers_fail,
    ),
    Claim(
        name="learning dynamics: the same function may have different futures",
        section=SECTION,
        statement="What a network computes, how well, and how fast its loss falls do not determine what it will compute.",
        model="twins: two layers with unlike balance, in closed form and on drawn inputs",
        assumptions="two modes or more",
        holds="modes stretched by 6 and by 8.9: same function, loss and slope, and losses that part by a quarter of the first",
        fails="hidden units that are turned: unlike weights, and the same future for ever",
        verdict="holds in a window",
        in_holds=_parts,
        in_fails=_stays_together,
    ),
    Claim(
        name="learning dynamics: strong lessons are learned first",
        section=SECTION,
        statement="The order in which a network learns is the order of the teacher's strengths.",
        model="closed form of every depth, descent from random starts, and twins",
        assumptions="white inputs",
        holds="balanced starts, and more than 95 of 100 small random ones",
        fails="a weak mode whose layers are unlike: it is learned before the strong one",
        verdict="holds in a window",
        in_holds=_strong_first,
        in_fails=_weak_first,
    ),
    Claim(
        name="learning dynamics: the closed form tells when a random network will learn",
        section=SECTION,
        statement="Read the growing part of each mode off the first weights, and the closed form gives the time of every step.",
        model="descent of whole matrices from random starts of size 0.01",
        assumptions="modes that do not stand in each other's way: nearly so where hidden units are many",
        holds="64 hidden units: off by less than a tenth of tau on average",
        fails="4 hidden units: the last mode comes late by more than 1.5 tau on average",
        verdict="holds in a window",
        in_holds=_wide_are_read,
        in_fails=_narrow_are_late,
    ),
    Claim(
        name="learning dynamics: a loss stays between its log slope and its present",
        section=SECTION,
        statement="The loss to come is no lower than its log slope says and no higher than it is.",
        model="one layer with inputs of unlike variance, and the staircase",
        assumptions="gradient flow",
        holds="one layer, whatever the inputs' covariance",
        fails="two layers on a plateau: the loss falls to less than a fifth of what the log slope says",
        verdict="holds in a window",
        in_holds=_bracketed,
        in_fails=_bracket_breaks,
    ),
)
