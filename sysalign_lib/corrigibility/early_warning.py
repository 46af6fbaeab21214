"""Early warnings of a fold: does the wobble of the past tell that the next push will be one too many?

Idea. Near a fold the pull back to the stable level weakens, so that under small noise the level swings wider (variance up) and
forgets more slowly (autocorrelation up). A monitor computes both in a sliding window and asks whether they trend upwards.

Assumption that breaks: that a rising indicator means a fold ahead, and none means safety. Whether it does is a question about
two worlds, so the unit of evidence here is a ROC curve: paths that are being ramped toward the fold against paths of a
world where none is coming. The answer depends on that other world. Against one that slows down without folding (a
ceiling just below the cusp) the trend points the wrong way; under a fast ramp, and before a fall by noise, there is no
trend to find.

What one would wrongly conclude. "The indicators rose before the collapses we studied, so they would have warned us": records
that are chosen because they ended in a fall rise although nothing in the system changed (boettiger2012, the prosecutor's
fallacy).

Closed forms (the model of `fold` with rate and half-saturation 1; x the stable level):

* return rate ``lambda = (1 - x^2 + 2 x^3 / K) / (1 + x^2)``, obtained by putting the equilibrium's force into the slope; near
  the fold at (x_F, c_F) it goes as ``2 sqrt(p q (c_F - c))`` (`fold.sharpness`);
* linear response: variance ``s^2 / (2 lambda)``, autocorrelation ``e^{-lambda}`` at a lag of one time unit;
* standard errors of both from P records of length D of the linear process (Bartlett's formula, continuous time).

Sources: scheffer2009 (slowing down), dakos2012 (sliding windows, Gaussian detrending, rank trend), boettiger2012.
Deviations: additive noise with a floor at level zero; one reading a time unit; the trend is Kendall's without correction
for ties, over at most 25 windows; a path that has already fallen when the record is read counts as missed. Capability as
the level is the book's reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import oaconvolve

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.corrigibility.fold import equilibria, folds, force_at, sharpness

__all__ = [
    "LEADS", "EarlyWarningParams", "EarlyWarningResult", "JumpParams", "JumpResult", "Null", "SlowingParams",
    "SlowingResult", "detrend", "fold_rate", "kendall_trend", "noisy_levels", "return_rate", "roc", "roc_area",
    "rolling_autocorrelation", "rolling_variance", "simulate", "simulate_jump", "simulate_slowing", "slowest_force",
    "solve_slowing", "stable_level",
]  # fmt: skip

Floats = NDArray[np.float64]

CEILING = 10.0  # of the world with the fold; rate and half-saturation are 1
START = 1.0  # force at the start of a ramp, capability a time unit
STEP, EVERY = 0.2, 5  # Euler-Maruyama step in time units, and steps from one reading to the next
BANDWIDTH = 0.1  # of the record: standard deviation of the Gaussian that takes out the trend
POSITIONS = 25  # windows an indicator's trend is taken over
FEWEST = 4  # readings a window has at least
BLOCK = 100  # readings drawn at a time
FALSE_ALARM = np.linspace(0.0, 1.0, 41)
ONE_IN_TEN = 4  # where in it
QUANTILES = (0.1, 0.5, 0.9)
LEADS = np.array([0, 1, 2, 5, 10, 20, 40])  # readings from the end of a record to the fall
SETTLED = 40  # readings before a record of `simulate_jump` may begin


class Null(StrEnum):
    """The world without a fold ahead, which the warning has to tell from the one with it."""

    RAMP = "no fold, same ramp"
    REST = "fold, force at rest"
    SLOWING = "no fold, but slowing down"


@dataclass(frozen=True, kw_only=True)
class EarlyWarningParams:
    """A ramp toward the fold, read before it, against a world where no fold is coming.

    speed: of the ramp, force a time unit. noise: s, capability a square root of time. window: share of the record.
    null: the other world. stop: force at the reading (the fold is at 2.604). null_ceiling: of the worlds without a
    fold. paths: in each world.
    """

    speed: float = checks.bounded(0.02, low=0.002, high=0.3)
    noise: float = checks.bounded(0.2, low=0.01, high=0.8)
    window: float = checks.bounded(0.5, low=0.1, high=0.9)
    null: Null = Null.RAMP
    stop: float = checks.bounded(2.5, low=1.8, high=2.6)
    null_ceiling: float = checks.bounded(5.0, low=3.0, high=5.19)
    paths: int = checks.bounded(200, low=10, high=1000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class EarlyWarningResult:
    """What the indicators did in both worlds; world 0 has the fold ahead, world 1 is the null.

    Attributes
    ----------
    params : the ramp.
    force : force[world, reading], shape (2, n_readings), capability a time unit.
    example : level[world, reading], shape (2, n_readings), the first path of each world, capability.
    window_end : reading[position], shape (n_positions,), the last reading of each window, in time units from the start.
    variance : variance[world, quantile, position], shape (2, 3, n_positions), tenth, half and nine tenths of the paths lie
        below, capability squared.
    autocorrelation : the same of the autocorrelation at a lag of one time unit.
    expected : autocorrelation[world, position], shape (2, n_positions), e^{-lambda} averaged over the window, closed form.
    trend : Kendall's tau[indicator, world, path], shape (2, 2, n_paths), variance then autocorrelation; -1 if fallen.
    fallen : fallen[path], shape (n_paths,), bool: the path with the fold ahead has fallen by the time of the reading.
    false_alarm : share[point], shape (41,), of the null world's paths that raise an alarm.
    detected : share[indicator, point], shape (2, 41), of the paths with the fold ahead that do, at the same threshold.
    area : area under the ROC curve[indicator], shape (2,); area_error : its standard error.
    """

    params: EarlyWarningParams
    force: Floats
    example: Floats
    window_end: Floats
    variance: Floats
    autocorrelation: Floats
    expected: Floats
    trend: Floats
    fallen: NDArray[np.bool_]
    false_alarm: Floats
    detected: Floats
    area: Floats
    area_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def readings(self) -> int:
        """How many readings the record has."""
        return int(self.force.shape[1])

    @property
    def window_readings(self) -> int:
        """How many readings a window has."""
        return int(self.window_end[0]) + 1

    @property
    def window_force(self) -> Floats:
        """Force of the ramped world when each window ends, shape (n_positions,)."""
        return np.asarray(self.force[0, self.window_end.astype(int)])

    @property
    def fold_force(self) -> float:
        """Force of the fold that the ramp is heading for."""
        return _fold()[1]

    @property
    def fallen_share(self) -> float:
        """Share of the ramped paths that have fallen by the time of the reading."""
        return float(self.fallen.mean())

    @property
    def hit_rate(self) -> Floats:
        """Share of the ramped paths detected at one false alarm in ten, shape (2,)."""
        return np.asarray(self.detected[:, ONE_IN_TEN])

    @property
    def hit_error(self) -> Floats:
        """Standard error of `hit_rate` at a fixed threshold, shape (2,)."""
        return np.sqrt(self.hit_rate * (1 - self.hit_rate) / self.params.paths)


@dataclass(frozen=True, kw_only=True)
class SlowingParams:
    """Small noise about the stable level at a constant force.

    noise: s, capability a square root of time. `paths` records of `duration` time units, in Euler steps of `step`.
    """

    force: float = checks.bounded(2.5, low=0.0, high=2.6)
    noise: float = checks.bounded(0.02, low=0.001, high=0.5)
    step: float = checks.bounded(0.01, low=0.01, high=0.1)
    duration: float = checks.bounded(62.5, low=20.0, high=200.0)
    paths: int = checks.bounded(64, low=2, high=500)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class SlowingResult:
    """How wide the level swings and how long it remembers; scalars.

    level: the stable level, capability. rate: return rate, closed form, a time unit.
    variance: capability squared; autocorrelation: at a lag of one time unit; measured, or of the linear response where exact.
    variance_error, autocorrelation_error: standard errors of the measurement by the linear process, 0 where exact.
    """

    params: SlowingParams
    level: float
    rate: float
    variance: float
    autocorrelation: float
    variance_error: float
    autocorrelation_error: float


@dataclass(frozen=True, kw_only=True)
class JumpParams:
    """A constant force below the fold, and noise strong enough to kick the level over the tipping level.

    record: readings in a record. horizon: readings watched. window: share of the record.
    """

    force: float = checks.bounded(2.3, low=1.8, high=2.6)
    noise: float = checks.bounded(0.6, low=0.01, high=1.0)
    window: float = checks.bounded(0.5, low=0.1, high=0.9)
    record: int = checks.bounded(100, low=20, high=200)
    horizon: int = checks.bounded(600, low=300, high=1500)
    paths: int = checks.bounded(800, low=10, high=2000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class JumpResult:
    """Records that ended some time before a fall, told from records of paths that did not fall.

    Attributes
    ----------
    params : the experiment.
    fell : share of the paths that reached the tipping level within the horizon.
    records : count[lead], shape (7,), records that end `LEADS` readings before the fall.
    controls : count of records without a fall.
    area : area under the ROC curve[indicator, lead], shape (2, 7), variance then autocorrelation; 1/2 where a group has
        fewer than two records. area_error : its standard error, 1/2 there.
    """

    params: JumpParams
    fell: float
    records: NDArray[np.int64]
    controls: int
    area: Floats
    area_error: Floats

    def __post_init__(self) -> None:
        freeze(self)


# Closed forms -----------------------------------------------------------------------------------------------------


def return_rate(level: Floats | float, ceiling: float = CEILING) -> Floats:
    """Return the rate at which small deviations from this stable level decay, a time unit, in the shape of `level`."""
    square = np.square(level)
    return np.asarray((1 - square + 2 * square * level / ceiling) / (1 + square))


def stable_level(force: Floats, ceiling: float = CEILING) -> Floats:
    """Return the upper stable level (below the cusp, the only level) at each force, by bisection to machine precision.

    At a force beyond the upper fold, where there is none, it returns the fold's level.
    """
    edge = folds(rate=1.0, ceiling=ceiling, half=1.0)
    low = np.full(np.shape(force), edge[1, 0] if len(edge) else 1e-3)
    high = np.full(np.shape(force), ceiling)
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = force_at(middle, rate=1.0, ceiling=ceiling, half=1.0) > force
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return low


def fold_rate(distance: float) -> float:
    """Return the leading return rate ``2 sqrt(p q d)`` at a distance d = c_F - c before the fold."""
    level, force = _fold()
    return 2 * math.sqrt(sharpness(level, force, rate=1.0, ceiling=CEILING, half=1.0) * distance)


def slowest_force(ceiling: float) -> float:
    """Return the force at which a world below the cusp returns most slowly: its level solves ``x^3 + 3 x = 2 K``."""
    root = math.sqrt(ceiling**2 + 1)
    level = math.cbrt(ceiling + root) + math.cbrt(ceiling - root)
    return force_at(level, rate=1.0, ceiling=ceiling, half=1.0)


# Indicators -------------------------------------------------------------------------------------------------------


def detrend(series: Floats, bandwidth: float) -> Floats:
    """Return series[..., reading] less its Gaussian kernel average; `bandwidth` is the kernel's deviation in readings."""
    length = series.shape[-1]
    reach = min(length - 1, math.ceil(4 * bandwidth))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / bandwidth) ** 2)
    weight = np.convolve(np.ones(length), kernel)[reach : reach + length]
    shape = (1,) * (series.ndim - 1) + kernel.shape
    smooth = oaconvolve(series, kernel.reshape(shape), axes=-1)[..., reach : reach + length]
    return np.asarray(series - smooth / weight)


def rolling_variance(series: Floats, window: int) -> Floats:
    """Return variance[..., position] (divisor window - 1) of every window of series[..., reading], by cumulative sums.

    Shape (..., n_readings - window + 1).

    Raises
    ------
    ValueError : a window of fewer than 2 readings or longer than the series.
    """
    series = _centered(series, window, 2)
    total, squares = _windowed(series, window), _windowed(series * series, window)
    return np.asarray((squares - total * total / window) / (window - 1))


def rolling_autocorrelation(series: Floats, window: int, lag: int = 1) -> Floats:
    """Return the correlation[..., position] of each window's readings with those `lag` later in the window.

    Both stretches have their own mean and deviation, as in Pearson's coefficient. Shape (..., n_readings - window + 1).
    NaN where a stretch is constant, and untrustworthy where it varies less than 1e-7 of what the series does.

    Raises
    ------
    ValueError : a window of fewer than lag + 2 readings or longer than the series.
    """
    series = _centered(series, window, lag + 2)
    pairs = window - lag
    sums, squares = _windowed(series, pairs), _windowed(series * series, pairs)
    products = _windowed(series[..., :-lag] * series[..., lag:], pairs)
    early, late = sums[..., :-lag], sums[..., lag:]
    spread = (squares[..., :-lag] - early * early / pairs) * (squares[..., lag:] - late * late / pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((products - early * late / pairs) / np.sqrt(spread))


def kendall_trend(series: Floats) -> Floats:
    """Return Kendall's tau[...] of series[..., position] with its order: share of pairs that rise less share that fall."""
    earlier, later = np.triu_indices(series.shape[-1], 1)
    return np.asarray(np.sign(series[..., later] - series[..., earlier]).mean(axis=-1))


def roc(cases: Floats, controls: Floats, false_alarm: Floats) -> Floats:
    """Return the share of cases at or above the threshold that lets through each share of the controls; ties split evenly."""
    levels = np.unique(np.concatenate([cases, controls]))[::-1]
    alarms = _share_at_least(controls, levels), _share_at_least(cases, levels)
    return np.asarray(np.interp(false_alarm, *(np.r_[0.0, share] for share in alarms)))


def roc_area(cases: Floats, controls: Floats) -> tuple[float, float]:
    """Return the chance that a case ranks above a control (ties count half), and its standard error.

    The error is DeLong's: the spread of each case's rank among the controls and of each control's among the cases.
    """
    above = 0.5 * (np.sign(cases[:, None] - controls) + 1)
    spread = above.mean(axis=1).var(ddof=1) / len(cases) + above.mean(axis=0).var(ddof=1) / len(controls)
    return float(above.mean()), math.sqrt(spread)


# Simulations ------------------------------------------------------------------------------------------------------


def noisy_levels(
    start: Floats, forces: Floats, shocks: Floats, *, ceiling: Floats | float = CEILING, step: float, every: int = 1
) -> Floats:
    """Return level[kept, path], the start and every `every`-th Euler-Maruyama step, all paths at once.

    start : level[path], any shape. forces : force[step, path or broadcast], at the start of the step.
    shocks : s dW[step, path], what noise adds in the step. A level below zero is put back to zero.
    """
    level, pull = np.array(start), np.empty(np.shape(start))
    growth, drag = np.empty_like(pull), -step / np.asarray(ceiling)
    kept = np.empty((len(shocks) // every + 1, *level.shape))
    kept[0] = level
    pushes = step * np.asarray(forces)
    for n, shock in enumerate(shocks):
        np.multiply(level, level, out=growth)
        growth += 1.0
        np.divide(level, growth, out=pull)
        pull *= pushes[n]
        np.multiply(level, drag, out=growth)
        growth += 1.0 + step
        growth -= pull
        level *= growth
        level += shock
        np.maximum(level, 0.0, out=level)
        if (n + 1) % every == 0:
            kept[(n + 1) // every] = level
    return kept


def solve_slowing(params: SlowingParams) -> SlowingResult:
    """Return rate, variance and autocorrelation of the linear response."""
    level = float(equilibria(params.force, rate=1.0, ceiling=CEILING, half=1.0)[-1])
    rate = float(return_rate(level))
    return SlowingResult(
        params=params,
        level=level,
        rate=rate,
        variance=params.noise**2 / (2 * rate),
        autocorrelation=math.exp(-rate),
        variance_error=0.0,
        autocorrelation_error=0.0,
    )


def simulate_slowing(params: SlowingParams, rng: Generator) -> SlowingResult:
    """Measure variance and autocorrelation about the stable level; the paths start from the linear response's law."""
    exact = solve_slowing(params)
    steps, lag = round(params.duration / params.step), round(1 / params.step)
    start = exact.level + math.sqrt(exact.variance) * rng.standard_normal(params.paths)
    shocks = params.noise * math.sqrt(params.step) * rng.standard_normal((steps, params.paths))
    levels = noisy_levels(start, np.full((steps, 1), params.force), shocks, step=params.step)
    levels -= levels.mean()
    variance = float(np.square(levels).mean())
    length = 2 * exact.rate * params.duration
    memory = exact.autocorrelation**2 * (1 + 2 * exact.rate)
    return SlowingResult(
        params=params,
        level=exact.level,
        rate=exact.rate,
        variance=variance,
        autocorrelation=float((levels[lag:] * levels[:-lag]).mean()) / variance,
        variance_error=exact.variance * math.sqrt(4 / (params.paths * length) * (1 + math.expm1(-length) / length)),
        autocorrelation_error=math.sqrt(2 * (1 - memory) / (params.paths * length)),
    )


def simulate(params: EarlyWarningParams, rng: Generator) -> EarlyWarningResult:
    """Ramp one world toward the fold and watch another beside it; rank both by the trend of their indicators."""
    force, ceilings = _worlds(params)
    levels = _watch(force, ceilings, params.noise, params.paths, rng)
    fallen = levels[0, :, -1] <= _tipping(params.stop)
    indicators, ends = _indicators(levels, params.window)
    trend = kendall_trend(indicators)
    trend[:, 0, fallen] = -1.0
    ranked = [roc_area(cases, controls) for cases, controls in trend]
    rates = np.stack([return_rate(stable_level(f, k), k) for f, k in zip(force, ceilings.tolist(), strict=True)])
    memory = _windowed(np.exp(-rates), int(ends[0]) + 1) / (ends[0] + 1)
    quantiles = np.quantile(indicators, QUANTILES, axis=2)
    return EarlyWarningResult(
        params=params,
        force=force,
        example=levels[:, 0],
        window_end=ends.astype(float),
        variance=np.moveaxis(quantiles[:, 0], 0, 1),
        autocorrelation=np.moveaxis(quantiles[:, 1], 0, 1),
        expected=memory[:, ends - ends[0]],
        trend=trend,
        fallen=fallen,
        false_alarm=FALSE_ALARM.copy(),
        detected=np.stack([roc(cases, controls, FALSE_ALARM) for cases, controls in trend]),
        area=np.array([area for area, _ in ranked]),
        area_error=np.array([error for _, error in ranked]),
    )


def simulate_jump(params: JumpParams, rng: Generator) -> JumpResult:
    """Watch paths at a constant force and compare the records of those that fell with records of those that did not."""
    force = np.full((1, params.horizon + 1), params.force)
    levels = _watch(force, np.array([CEILING]), params.noise, params.paths, rng)[0]
    below = levels <= _tipping(params.force)
    fell = below.any(axis=1)
    fall = np.where(fell, below.argmax(axis=1), levels.shape[1])
    quiet = fall > SETTLED + params.record
    controls = _trends(levels[quiet, SETTLED : SETTLED + params.record], params.window)
    groups = [_trends(_records(levels, fall, fell, int(lead), params.record), params.window) for lead in LEADS]
    ranked = np.array([[_area_or_half(group[i], controls[i]) for group in groups] for i in (0, 1)])
    return JumpResult(
        params=params,
        fell=float(fell.mean()),
        records=np.array([group.shape[1] for group in groups]),
        controls=int(quiet.sum()),
        area=ranked[..., 0],
        area_error=ranked[..., 1],
    )


# Pieces -----------------------------------------------------------------------------------------------------------


def _fold() -> tuple[float, float]:
    level, force = folds(rate=1.0, ceiling=CEILING, half=1.0)[1].tolist()
    return level, force


def _tipping(force: float) -> float:
    return float(equilibria(force, rate=1.0, ceiling=CEILING, half=1.0)[1])


def _centered(series: Any, window: int, fewest: int) -> Floats:
    values = np.asarray(series, dtype=float)
    checks.integer("window", window, low=fewest, high=values.shape[-1])
    return np.asarray(values - values.mean(axis=-1, keepdims=True))


def _windowed(series: Floats, window: int) -> Floats:
    """Sum over every window, shape (..., n - window + 1)."""
    sums = np.cumsum(series, axis=-1)
    sums[..., window:] -= sums[..., :-window].copy()
    return np.asarray(sums[..., window - 1 :])


def _share_at_least(values: Floats, levels: Floats) -> Floats:
    return np.asarray(1 - np.searchsorted(np.sort(values), levels) / len(values))


def _worlds(params: EarlyWarningParams) -> tuple[Floats, Floats]:
    """Return force[world, reading] and ceiling[world]; both worlds are read equally often."""
    readings = max(FEWEST + 2, int((params.stop - START) / params.speed + 1e-9) + 1)
    ramp = np.linspace(START, params.stop, readings)
    if params.null is Null.REST:
        return np.stack([ramp, np.full(readings, START)]), np.array([CEILING, CEILING])
    if params.null is Null.RAMP:
        return np.stack([ramp, ramp]), np.array([CEILING, params.null_ceiling])
    top = slowest_force(params.null_ceiling)
    slowing = np.linspace(max(0.0, top - (params.stop - START)), top, readings)
    return np.stack([ramp, slowing]), np.array([CEILING, params.null_ceiling])


def _watch(force: Floats, ceilings: Floats, noise: float, paths: int, rng: Generator) -> Floats:
    """Return level[world, path, reading] for force[world, reading], which moves evenly between readings."""
    stable = np.array([stable_level(f[:1], k)[0] for f, k in zip(force, ceilings.tolist(), strict=True)])
    rates = np.array([return_rate(x, k) for x, k in zip(stable.tolist(), ceilings.tolist(), strict=True)])
    spread = noise / np.sqrt(2 * rates)
    level = np.maximum(stable[:, None] + spread[:, None] * rng.standard_normal((len(force), paths)), 0.0)
    readings = force.shape[1]
    at = np.arange((readings - 1) * EVERY) / EVERY
    forces = np.stack([np.interp(at, np.arange(readings), row) for row in force], axis=1)[:, :, None]
    parts = [level[None]]
    for low in range(0, len(forces), BLOCK * EVERY):
        block = forces[low : low + BLOCK * EVERY]
        shocks = noise * math.sqrt(STEP) * rng.standard_normal((len(block), *level.shape))
        parts.append(noisy_levels(level, block, shocks, ceiling=ceilings[:, None], step=STEP, every=EVERY)[1:])
        level = parts[-1][-1]
    return np.ascontiguousarray(np.moveaxis(np.concatenate(parts), 0, -1))


def _indicators(levels: Floats, window: float) -> tuple[Floats, NDArray[np.intp]]:
    """Return indicator[indicator, ..., position] of levels[..., reading], and each window's last reading."""
    readings = levels.shape[-1]
    width = min(max(FEWEST, round(window * readings)), readings - 1)
    rest = detrend(levels, BANDWIDTH * readings)
    starts = np.linspace(0, readings - width, min(POSITIONS, readings - width + 1)).round().astype(int)
    return (
        np.stack([rolling_variance(rest, width)[..., starts], rolling_autocorrelation(rest, width)[..., starts]]),
        starts + width - 1,
    )


def _trends(records: Floats, window: float) -> Floats:
    """Return trend[indicator, record], shape (2, n_records)."""
    return kendall_trend(_indicators(records, window)[0]) if len(records) else np.empty((2, 0))


def _records(levels: Floats, fall: NDArray[np.intp], fell: NDArray[np.bool_], lead: int, record: int) -> Floats:
    """Return level[record, reading]: the stretches that end `lead` readings before a fall."""
    begin = fall - lead - record
    chosen = fell & (begin >= SETTLED)
    return np.take_along_axis(levels[chosen], begin[chosen, None] + np.arange(record), axis=1)


def _area_or_half(cases: Floats, controls: Floats) -> tuple[float, float]:
    return roc_area(cases, controls) if min(len(cases), len(controls)) > 1 else (0.5, 0.5)
