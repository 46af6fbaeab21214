"""Early warnings: exact slowing down, its measurement within its own error, and where a rising indicator misleads."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.early_warning import (
    LEADS,
    EarlyWarningParams,
    EarlyWarningResult,
    JumpParams,
    JumpResult,
    Null,
    SlowingParams,
    SlowingResult,
    fold_rate,
    return_rate,
    simulate,
    simulate_jump,
    simulate_slowing,
    solve_slowing,
    stable_level,
)
from sysalign_lib.corrigibility.fold import folds

__all__ = ["CLAIMS", "TARGETS"]

FOLD_FORCE = float(folds(rate=1.0, ceiling=10.0, half=1.0)[1, 1])
EXACT = solve_slowing(SlowingParams())
TIMES = 4.0  # standard errors allowed where dice are thrown


@cache
def _measured() -> SlowingResult:
    return simulate_slowing(SlowingParams(), default_rng(11))


@cache
def _ramp(speed: float, noise: float, null: Null) -> EarlyWarningResult:
    return simulate(EarlyWarningParams(speed=speed, noise=noise, null=null, paths=400), default_rng(12))


@cache
def _jumps() -> JumpResult:
    return simulate_jump(JumpParams(paths=2000), default_rng(13))


def _rate(force: float) -> float:
    return float(return_rate(stable_level(np.array([force])))[0])


def _square_root_coefficient() -> float:
    """Rate over the root of the distance, extrapolated to the fold: its error falls as the root of the distance."""
    near, far = (_rate(FOLD_FORCE - distance) / math.sqrt(distance) for distance in (1e-6, 4e-6))
    return 2 * near - far


def _exponent() -> float:
    """Slope of log rate against log distance from the fold, 30 points from 1e-5 to 1e-4."""
    distance = np.geomspace(1e-5, 1e-4, 30)
    rates = return_rate(stable_level(FOLD_FORCE - distance))
    return float(np.polyfit(np.log(distance), np.log(rates), 1)[0])


def _above(area: Any, error: Any, level: float) -> bool:
    return bool(area - TIMES * error > level)


def _below(area: Any, error: Any, level: float) -> bool:
    return bool(area + TIMES * error < level)


def _variance(result: EarlyWarningResult) -> tuple[float, float]:
    return float(result.area[0]), float(result.area_error[0])


def _slow_ramp_warns() -> bool:
    return all(_above(*_variance(_ramp(0.005, 0.2, null)), 0.75) for null in (Null.RAMP, Null.REST))


def _fast_ramp_does_not() -> bool:
    return all(_below(*_variance(_ramp(0.1, 0.6, null)), 0.65) for null in (Null.RAMP, Null.REST))


def _slowing_misleads() -> bool:
    return _below(*_variance(_ramp(0.005, 0.2, Null.SLOWING)), 0.5)


def _rose_before_the_fall() -> bool:
    jumps = _jumps()
    return all(_above(area[0], error[0], 0.5) for area, error in zip(jumps.area, jumps.area_error, strict=True))


def _did_not_announce_it() -> bool:
    jumps, early = _jumps(), int(np.flatnonzero(LEADS == 20)[0])
    return bool((np.abs(jumps.area[:, early] - 0.5) < TIMES * jumps.area_error[:, early]).all())


TARGETS: tuple[Target, ...] = (
    *(
        Target(
            name=f"early warning: return rate at force {force:g}",
            value=value,
            tolerance=5e-6,
            kind="exact",
            source="book",
            place="slope of the drift at the upper level, r = h = 1, K = 10",
            why="rounding of the fifth decimal",
            compute=lambda force=force: _rate(force),  # type: ignore[misc]
        )
        for force, value in ((1.0, 0.78059), (2.0, 0.47317), (2.3, 0.33275), (2.5, 0.19233), (2.6, 0.03846))
    ),
    Target(
        name="early warning: return rate over the root of the distance to the fold, at a distance of 1e-5",
        value=0.5778,
        tolerance=5e-5,
        kind="limit",
        source="book",
        place="square-root law of a fold; the coefficient tends to 2 sqrt(p q) = 0.57757",
        why="rounding of the fourth decimal",
        compute=lambda: _rate(FOLD_FORCE - 1e-5) / math.sqrt(1e-5),
    ),
    Target(
        name="early warning: coefficient of the square-root law",
        value=_square_root_coefficient(),
        tolerance=1e-6,
        kind="limit",
        source="book",
        place="2 sqrt(p q), from the second derivatives at the fold",
        why="what is left after extrapolating the rate over the root from distances 1e-6 and 4e-6 to 0",
        compute=lambda: fold_rate(1.0),
    ),
    Target(
        name="early warning: exponent of the return rate near the fold",
        value=0.5,
        tolerance=0.064 * math.sqrt(1e-4),
        kind="limit",
        source="scheffer2009",
        place="critical slowing down at a fold",
        why="next order: the local slope at a distance d is 1/2 + 0.0635 sqrt(d), and d is at most 1e-4",
        compute=_exponent,
    ),
    Target(
        name="early warning: exponent as fitted",
        value=0.5004,
        tolerance=5e-5,
        kind="exact",
        source="book",
        place="fit over distances 1e-5 to 1e-4",
        why="rounding of the fourth decimal",
        compute=_exponent,
    ),
    Target(
        name="early warning: variance at force 2.5, noise 0.02",
        value=1.04e-3,
        tolerance=5e-6,
        kind="exact",
        source="book",
        place="linear response, s^2 / (2 lambda)",
        why="rounding of the third digit",
        compute=lambda: EXACT.variance,
    ),
    Target(
        name="early warning: autocorrelation at force 2.5",
        value=0.825,
        tolerance=5e-4,
        kind="exact",
        source="book",
        place="linear response, e^(-lambda)",
        why="rounding of the third decimal",
        compute=lambda: EXACT.autocorrelation,
    ),
    Target(
        name="early warning: variance measured on 400,000 steps",
        value=EXACT.variance,
        tolerance=TIMES * 5.2e-5,
        kind="monte carlo",
        source="book",
        place="Euler-Maruyama, 64 paths of 6,250 steps of 0.01",
        why="4 standard errors of 5.2e-5",
        compute=lambda: _measured().variance,
    ),
    Target(
        name="early warning: autocorrelation measured on 400,000 steps",
        value=EXACT.autocorrelation,
        tolerance=TIMES * 0.0086,
        kind="monte carlo",
        source="book",
        place="Euler-Maruyama, 64 paths of 6,250 steps of 0.01",
        why="4 standard errors of 0.0086",
        compute=lambda: _measured().autocorrelation,
    ),
    Target(
        name="early warning: variance on one record of 400,000 steps",
        value=9.6e-4,
        tolerance=TIMES * 5.3e-5,
        kind="reported",
        source="book",
        place="a single record, noted with three digits",
        why="4 standard errors of one record of 4,000 time units, s^2 / (2 lambda) sqrt(2 / (lambda T)) = 5.3e-5",
        compute=lambda: EXACT.variance,
    ),
    Target(
        name="early warning: autocorrelation on one record of 400,000 steps",
        value=0.815,
        tolerance=TIMES * 0.0086,
        kind="reported",
        source="book",
        place="a single record, noted with three digits",
        why="4 standard errors of one record of 4,000 time units, 0.0086 by Bartlett's formula",
        compute=lambda: EXACT.autocorrelation,
    ),
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="early warning: a rising variance gives warning",
        section="3.2",
        statement="Rising variance tells a system that is being pushed toward a fold from one that is not.",
        model="Noisy harvest model; ROC curve of the variance's rank trend, 400 paths in each world, read at force 2.5.",
        assumptions="Additive noise; one reading a time unit; a window of half the record; trend removed by a Gaussian.",
        holds="A slow ramp (0.005) in noise 0.2, beside a world at rest and beside one without a fold: area above 0.75.",
        fails="A fast ramp (0.1) in noise 0.6: area below 0.65, four standard errors allowed.",
        verdict="holds in a window",
        in_holds=_slow_ramp_warns,
        in_fails=_fast_ramp_does_not,
    ),
    Claim(
        name="early warning: a rising variance means a fold ahead",
        section="3.2",
        statement="If variance rises, a fold is coming.",
        model="The same, beside a world just below the cusp that is ramped to where it returns most slowly.",
        assumptions="Both worlds are ramped slowly (0.005) in noise 0.2 and read equally often.",
        holds="Beside worlds that do not slow down: area above 0.75.",
        fails="Beside the world that slows down without a fold: the trend picks the wrong world more often than not.",
        verdict="not supported",
        in_holds=_slow_ramp_warns,
        in_fails=_slowing_misleads,
    ),
    Claim(
        name="early warning: systems that fell had warned",
        section="3.2",
        statement="Because the indicators rose before the falls we studied, they would have announced them.",
        model="Constant force 2.3 and noise 0.6; records that end at a fall or before it, beside records without a fall.",
        assumptions="Nothing in the system changes; 2,000 paths; records of 100 time units; window of half a record.",
        holds="Records cut at the fall rank above records without one, though nothing had changed: chosen for their end.",
        fails="Records cut 20 time units before the fall: within four standard errors of a coin.",
        verdict="not supported",
        in_holds=_rose_before_the_fall,
        in_fails=_did_not_announce_it,
    ),
)
