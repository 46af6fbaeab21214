"""A fold: oversight that worked yesterday and, applied a moment later with the same force, does not.

Idea. May's harvest model, ``x' = r x (1 - x/K) - c x^2 / (h^2 + x^2)``: deployed capability x grows up to a compute
ceiling K, and oversight of force c holds it back but saturates, since nobody can inspect more than c a time unit.
Between two folds of the force there are two stable levels, a low and a high one, and a tipping level between them.

Assumption that breaks. Corrigibility schemes promise that an intervention which works keeps working. Here it works
until a closing time that has a closed form; after it the same force no longer turns the system round.

What one would wrongly conclude. That oversight which has held so far will hold; but just as wrongly that lateness is
fatal. Force above the upper fold works at any delay, and below the cusp (K < 3 sqrt(3) h) no delay ever matters.

Closed forms (all derived here; equilibria of force c are the roots of ``c = r (1 - x/K) (h^2 + x^2) / x``):

* folds: its slope vanishes, ``2 x^3 / K - x^2 + h^2 = 0``; with v = h/x this is ``v^3 - v + 2 h / K = 0``, the cubic
  of the normal form a + x - x^3, and ``v = (2 / sqrt(3)) cos(theta)`` with ``cos(3 theta) = -3 sqrt(3) h / K``;
* closing time: unopposed logistic growth from x0 reaches the tipping level u of force c at
  ``tau = ln[(K/x0 - 1) / (K/u - 1)] / r``, and a flow on a line cannot cross an equilibrium.

Sources: may1977 (model, its two folds and hysteresis), scheffer2009 (Box 1). Reading x as capability is the book's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "Fate", "FoldParams", "FoldResult", "Regime", "closing_time", "cusp", "drift", "equilibria", "folds",
    "force_at", "overshoot", "settled_levels", "sharpness", "slope", "solve", "sweep_force", "unopposed",
]  # fmt: skip

Floats = NDArray[np.float64]
Level = TypeVar("Level", float, Floats)

WATCH = 30.0  # the picture shows so many growth times 1/r after the intervention
SETTLE = 200.0  # and its fate is read off after so many
SWEEP_HOLD = 30.0  # the picture's sweep rests so many growth times on each force


class Regime(StrEnum):
    """What the force can do at this ceiling."""

    NO_FOLD = "no fold"
    TOO_WEAK = "too weak"
    WINDOW = "window"
    ANY_DELAY = "any delay"


class Fate(StrEnum):
    """Where the system ends after the intervention."""

    HELD = "held"
    ESCAPED = "escaped"
    ONLY_LEVEL = "the only level there is"


@dataclass(frozen=True, kw_only=True)
class FoldParams:
    """One intervention: oversight of `force`, switched on after `delay` time units of unopposed growth."""

    rate: float = checks.bounded(1.0, low=0.25, high=4.0)
    ceiling: float = checks.bounded(10.0, low=2.0, high=15.0)
    half: float = checks.bounded(1.0, low=0.5, high=2.0)
    start: float = checks.bounded(0.1, low=0.001, high=0.5)
    force: float = checks.bounded(2.0, low=0.0, high=6.0)
    delay: float = checks.bounded(3.0, low=0.0, high=20.0)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class FoldResult:
    """Exact anatomy of the fold beside the simulated intervention.

    Attributes
    ----------
    params : the intervention.
    curve_level : level[point], shape (n_points,), equilibria from 0.02 K to K, in units of capability.
    curve_force : force[point], shape (n_points,), the force that has that equilibrium, capability a time unit.
    folds : (level, force)[fold], shape (2, 2): lower fold, upper fold; shape (0, 2) below the cusp.
    levels : level[equilibrium], shape (1,) or (3,), ascending: the equilibria at the chosen force.
    swept_force : force[step], shape (n_steps,), ascending; both sweeps rest on each of these forces.
    swept_rising, swept_falling : level[step], shape (n_steps,), simulated with rising and with falling force.
    time : time[sample], shape (n_samples,), in time units; the intervention comes at sample 20.
    level : level[sample], shape (n_samples,), simulated by Runge-Kutta steps.
    settled : the level long after the intervention, simulated.
    """

    params: FoldParams
    curve_level: Floats
    curve_force: Floats
    folds: Floats
    levels: Floats
    swept_force: Floats
    swept_rising: Floats
    swept_falling: Floats
    time: Floats
    level: Floats
    settled: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def curve_stable(self) -> NDArray[np.bool_]:
        """Whether each point of the equilibrium curve is stable, shape (n_points,)."""
        if not len(self.folds):
            return np.ones(self.curve_level.shape, dtype=bool)
        return np.asarray((self.curve_level <= self.folds[0, 0]) | (self.curve_level >= self.folds[1, 0]))

    @property
    def regime(self) -> Regime:
        """What a force of this size can do, from the two folds alone."""
        return _regime(self.params.force, self.folds)

    @property
    def closing_time(self) -> float:
        """The last delay at which this force still works: 0 if none does, infinite if every one does."""
        p = self.params
        return closing_time(p.force, rate=p.rate, ceiling=p.ceiling, half=p.half, start=p.start)

    @property
    def met_level(self) -> float:
        """Capability at the moment of the intervention, closed form."""
        p = self.params
        return float(unopposed(p.delay, rate=p.rate, ceiling=p.ceiling, start=p.start))

    @property
    def required_force(self) -> float:
        """The least force that still works at this delay, closed form (NaN below the cusp, where delay is no matter)."""
        if not len(self.folds):
            return math.nan
        p = self.params
        level = min(max(self.met_level, self.folds[0, 0]), self.folds[1, 0])
        return float(force_at(level, rate=p.rate, ceiling=p.ceiling, half=p.half))

    @property
    def fate(self) -> Fate:
        """Where the simulated run ended: on the low branch (below the lower fold's level) or beyond it."""
        if not len(self.folds):
            return Fate.ONLY_LEVEL
        return Fate.HELD if self.settled <= self.folds[0, 0] else Fate.ESCAPED


def drift(level: Level, force: Level | float, *, rate: float, ceiling: Level | float, half: float) -> Level:
    """Growth less oversight, ``r x (1 - x/K) - c x^2 / (h^2 + x^2)``, capability a time unit."""
    square = level * level
    return rate * level * (1 - level / ceiling) - force * square / (half * half + square)


def slope(level: Level, force: Level | float, *, rate: float, ceiling: Level | float, half: float) -> Level:
    """Derivative of the drift by the level; minus it is the return rate of a stable equilibrium."""
    return rate * (1 - 2 * level / ceiling) - 2 * force * half**2 * level / (half**2 + level * level) ** 2


def force_at(level: Level, *, rate: float, ceiling: Level | float, half: float) -> Level:
    """The force that has an equilibrium at this level, ``r (1 - x/K) (h^2 + x^2) / x``."""
    return rate * (1 - level / ceiling) * (half * half + level * level) / level


def unopposed(time: Level, *, rate: float, ceiling: float, start: float) -> Level:
    """Logistic growth without oversight, ``K / (1 + (K/x0 - 1) e^{-r t})``."""
    decay: Level = np.exp(-rate * time)
    return ceiling / (1 + (ceiling / start - 1) * decay)


def cusp(half: float) -> float:
    """The ceiling ``3 sqrt(3) h`` at which the two folds meet; below it every intervention can be undone."""
    return 3 * math.sqrt(3) * half


def folds(*, rate: float, ceiling: float, half: float) -> Floats:
    """(level, force)[fold]: lower fold, then upper fold; empty, shape (0, 2), at and below the cusp."""
    ratio = cusp(half) / ceiling
    if ratio >= 1:
        return np.empty((0, 2))
    angles = (math.acos(-ratio) + 2 * np.pi * np.array([0, 2])) / 3
    levels = math.sqrt(3) * half / (2 * np.cos(angles))
    return np.column_stack([levels, force_at(levels, rate=rate, ceiling=ceiling, half=half)])


def equilibria(force: float, *, rate: float, ceiling: float, half: float) -> Floats:
    """Positive equilibria, ascending: one, or stable - tipping level - stable between the folds.

    Zero is an equilibrium too, never a stable one. At a fold itself the double root is listed once.
    """
    edge = folds(rate=rate, ceiling=ceiling, half=half)
    lowest = min(half / 2, half**2 * rate / (4 * (force + rate)))
    levels = [lowest, *edge[:, 0].tolist(), ceiling]
    forces = [math.inf, *edge[:, 1].tolist(), 0.0]
    found = [
        _level_between(force, pair, rate, ceiling, half)
        for pair, ends in zip(pairwise(levels), pairwise(forces), strict=True)
        if min(ends) <= force <= max(ends)
    ]
    return np.unique(found)


def sharpness(level: float, force: float, *, rate: float, ceiling: float, half: float) -> float:
    """p q of the fold's local form ``y' = -p (c - c_F) - q y^2``; everything near a fold scales with it.

    Return rate ``2 sqrt(p q (c_F - c))`` before the fold, passage time ``pi / sqrt(p q (c - c_F))`` past it,
    and the overshoot of a ramp (see `overshoot`).
    """
    square, unit = level * level, half * half
    push = square / (unit + square)
    bend = rate / ceiling + force * unit * (unit - 3 * square) / (unit + square) ** 3
    return push * abs(bend)


def overshoot(speed: float, sharp: float) -> float:
    """How far beyond the fold a force ramped at `speed` stands when the system falls; `sharp` is p q.

    Leading order: ``y' = -p speed t - q y^2`` is solved by Airy functions and leaves the fold at the first zero of
    Ai, 2.33811, so that the overshoot is ``2.33811 speed^(2/3) / (p q)^(1/3)``.
    """
    return float(2.338107410459767 * speed ** (2 / 3) / sharp ** (1 / 3))


def closing_time(force: float, *, rate: float, ceiling: float, half: float, start: float) -> float:
    """The last delay at which `force` still brings the system to the low level: 0 if none, infinite if all.

    Needs ``start <= half``, which keeps the start below every tipping level.
    """
    edge = folds(rate=rate, ceiling=ceiling, half=half)
    regime = _regime(force, edge)
    if regime is not Regime.WINDOW:
        return 0.0 if regime is Regime.TOO_WEAK else math.inf
    tipping = _level_between(force, (edge[0, 0], edge[1, 0]), rate, ceiling, half)
    return math.log((ceiling / start - 1) / (ceiling / tipping - 1)) / rate


def settled_levels(delays: Floats, forces: Floats, params: FoldParams) -> Floats:
    """Levels long after interventions with these delays and forces, simulated all at once; the rest from `params`."""
    delays, forces = np.broadcast_arrays(np.asarray(delays, dtype=float), np.asarray(forces, dtype=float))
    met = _integrate(np.full(delays.shape, params.start), np.zeros(delays.shape), delays, params)[-1]
    return np.asarray(_integrate(met, forces, SETTLE / params.rate, params)[-1])


def sweep_force(forces: Floats, start: float, hold: float, params: FoldParams) -> Floats:
    """level[step], simulated: the force takes these values in turn and rests `hold` time units on each.

    With rising forces the collapse cannot come before the upper fold; it comes at the latest one step after the
    force at which the passage time ``pi / sqrt(p q (c - c_F))`` fits into `hold` (see `sharpness`).
    """
    levels, level = np.empty(len(forces)), start
    for i, force in enumerate(forces.tolist()):
        level = levels[i] = _integrate(level, force, hold, params, reach=0.5)[-1]
    return levels


def solve(params: FoldParams) -> FoldResult:
    """Equilibria, folds and closing time in closed form; the intervention and the force sweep step by step."""
    world = {"rate": params.rate, "ceiling": params.ceiling, "half": params.half}
    curve = np.geomspace(0.02 * params.ceiling, params.ceiling, 400)
    before = _integrate(params.start, 0.0, params.delay, params, points=20)
    after = _integrate(before[-1], params.force, WATCH / params.rate, params, points=60)
    rising, up, down = _swept(params.rate, params.ceiling, params.half)
    return FoldResult(
        params=params,
        curve_level=curve,
        curve_force=force_at(curve, **world),
        folds=folds(**world),
        levels=equilibria(params.force, **world),
        swept_force=rising,
        swept_rising=up,
        swept_falling=down,
        time=np.r_[
            np.linspace(0, params.delay, 21), np.linspace(params.delay, params.delay + WATCH / params.rate, 61)[1:]
        ],
        level=np.array(before + after[1:]),
        settled=float(_integrate(after[-1], params.force, (SETTLE - WATCH) / params.rate, params, reach=0.25)[-1]),
    )


def _regime(force: float, edge: Floats) -> Regime:
    if not len(edge):
        return Regime.NO_FOLD
    if force < edge[0, 1]:
        return Regime.TOO_WEAK
    return Regime.WINDOW if force <= edge[1, 1] else Regime.ANY_DELAY


def _level_between(force: float, levels: tuple[float, float], rate: float, ceiling: float, half: float) -> float:
    """The equilibrium of this force between two levels on which `force_at` is monotone and meets it."""

    def excess(level: float) -> float:
        return force_at(level, rate=rate, ceiling=ceiling, half=half) - force

    return float(brentq(excess, *levels, xtol=1e-14, rtol=1e-14))


def _integrate(
    level: Level,
    force: Level | float,
    duration: Level | float,
    params: FoldParams,
    points: int = 1,
    reach: float = 0.1,
) -> list[Level]:
    """Level at the start and after each of `points` equal parts of `duration`, by classical Runge-Kutta steps.

    The step times the steepest slope of the drift, ``r + c max S'`` with ``max S' = 3 sqrt(3) / (8 h)``, is at most
    `reach`; equilibria are kept exactly whatever it is. Durations may be an array: each run has its own step.
    """
    world = {"rate": params.rate, "ceiling": params.ceiling, "half": params.half}
    steepest = params.rate + float(np.max(force)) * 3 * math.sqrt(3) / (8 * params.half)
    inner = max(1, math.ceil(float(np.max(duration)) / points * steepest / reach))
    dt = duration / (points * inner)
    levels = [level]
    for _ in range(points):
        for _ in range(inner):
            first = drift(level, force, **world)
            second = drift(level + 0.5 * dt * first, force, **world)
            third = drift(level + 0.5 * dt * second, force, **world)
            fourth = drift(level + dt * third, force, **world)
            level = level + dt / 6 * (first + 2 * second + 2 * third + fourth)
        levels.append(level)
    return levels


@lru_cache(maxsize=64)
def _swept(rate: float, ceiling: float, half: float) -> tuple[Floats, Floats, Floats]:
    """The picture's sweep: 41 forces to a quarter beyond the upper fold (or the cusp's force), and levels both ways."""
    edge = folds(rate=rate, ceiling=ceiling, half=half)
    top = float(edge[1, 1]) if len(edge) else 8 * rate * half / (3 * math.sqrt(3))
    rising = np.linspace(0.9 * rate * half, 1.25 * top, 41)
    params = FoldParams(rate=rate, ceiling=ceiling, half=half)
    up = sweep_force(rising, ceiling, SWEEP_HOLD / rate, params)
    down = sweep_force(rising[::-1], float(up[-1]), SWEEP_HOLD / rate, params)[::-1].copy()
    return rising, up, down
