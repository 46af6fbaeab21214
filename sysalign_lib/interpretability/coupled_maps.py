"""Coupled logistic maps: every agent is one known line, and what can be foretold of it lies in how many there are.

Idea. N agents each hold a number between 0 and 1. In every step each applies ``f(x) = r x (1 - x)`` and moves a share
eps of the way to the mean of all, ``x_i' = (1 - eps) f(x_i) + (eps / N) sum_j f(x_j)``. The rule, r and eps are known
without error; the states are known to a precision delta. How many steps ahead can one say where an agent will be?

Assumption that breaks. That who knows the rule knows the future. An error grows by ``e^lambda`` a step, so it is
foretold for about ``T = ln(Delta / delta) / lambda`` steps until an error of Delta is reached: a decade of precision
buys ``ln 10 / lambda`` steps, which at r = 4, where lambda = ln 2, is log2(10) = 3.32, however many decades one has.
And who knows the agent's own rule but leaves the coupling out is lost within a few steps, however precise.

Closed forms. For r = 4 the map is the doubling of an angle (x = sin^2 u), hence lambda = ln 2. Let all agents be at
one place x, and move them apart by u_i. The mean of the u_i grows by f'(x), as one map's error does. What differs from
the mean is mixed less: ``u_i' = (1 - eps) f'(x) u_i + eps f'(x) <u>``, so differences grow by ``(1 - eps) f'(x)``, and
on average by the **transverse exponent lambda + ln(1 - eps)**. It is negative, and the agents end up as one, **if and
only if eps > eps_c = 1 - e^-lambda**; 1/2 at r = 4. The errors of N agents who have become one are averaged, so that
the same precision of each foretells them ``ln(N) / (2 lambda)`` steps further than one map alone: at r = 4 and N = 32,
two and a half steps.

Where it does not bite. Below eps_c the agents often fall into a few clusters that go round in a cycle; then errors die
out and they are foretold for ever. So coupling can help. The same holds without coupling where lambda < 0, as in the
window of period 3 at r = 3.83; and there a little coupling does harm, since every agent on its cycle is pushed off it
by the others.

What one would wrongly conclude. That coupling makes agents harder to foretell, or that it makes them easier: r = 4 and
r = 3.83 say the opposite of each other. And, from a computer alone, that agents become one: two who agree in all
digits agree for ever, and rounding makes them agree below eps_c too if one waits long enough. Therefore a noise of
1e-12 is added to every agent in every step, and what would leave [0, 1] is folded back; the lowest spread that is seen
is that noise's.

Sources: kaneko1990 (globally coupled maps, clusters; written there as 1 - a x^2), fujisaka1983 and pecora1998
(transverse exponents). That N agents who are one gain half a log of N is derived above. Deviations: noise, and few
agents.
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
    "COUPLINGS", "TYPICAL", "CoupledMapsParams", "CoupledMapsResult", "coming_together", "critical_coupling", "fold",
    "horizon_law", "lyapunov", "simulate", "slope", "step", "steps_per_decade", "transverse_exponent",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOISE = 1e-12  # standard deviation of what is added to an agent in a step
SETTLE = 300  # steps before anything is measured
STEPS = 80  # steps that are looked ahead
LOST = 0.3  # error at which a forecast is lost, in standard deviations of what is foretold
LEAST = 0.01  # but an error smaller than this never loses it
APART = 1e-5  # how far agents are moved apart to see whether they come together
TYPICAL = math.exp(-(np.euler_gamma + math.log(2)) / 2)  # geometric mean size of a standard normal number, exact
COUPLINGS = (0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.65)


@dataclass(frozen=True, kw_only=True)
class CoupledMapsParams:
    """coupling : share eps of the way to the mean. growth : r of the map. precision : delta, standard deviation
    of the error with which every state is known.

    maps : agents. runs : independent crowds.
    """

    coupling: float = checks.bounded(0.1, low=0.0, high=1.0)
    growth: float = checks.bounded(4.0, low=3.5, high=4.0)
    precision: float = checks.bounded(1e-6, low=1e-9, high=1e-3)
    maps: int = checks.bounded(32, low=2, high=1000)
    runs: int = checks.bounded(5, low=2, high=1000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class CoupledMapsResult:
    """Horizons and spreads at the chosen coupling (row 0) and at all of `COUPLINGS` (the rows after it).

    Attributes
    ----------
    coupling : share[row], shape (n_rows,).
    whole : steps[row, run], shape (n_rows, n_runs), until an agent's error is too large if all states and the rule are known,
        mean over agents; 80 stands for 80 or more, here and below.
    field : steps[row, run], shape (n_rows, n_runs), until the error of the mean of all agents is too large.
    alone : steps[row, run], shape (n_rows, n_runs), as `whole`, if the coupling is left out.
    spread : standard deviation of the agents[row, run], shape (n_rows, n_runs), median over the last 40 steps.
    clusters : groups[row, run], shape (n_rows, n_runs), of agents that agree to 1e-4 in the last step.
    scatter : standard deviation over time of the mean of all agents[row, run], shape (n_rows, n_runs).
    error : typical error of an agent[time, run], shape (81, n_runs), at the chosen coupling; geometric mean over agents.
    apart : standard deviation of agents that start 1e-5 apart[time, run], shape (81, n_runs), at the chosen coupling.
    exponent : lambda, by which an error grows in a step, in nats; exponent_error : its standard error, 0 where exact.
    limit : error at which the forecast of an agent is lost at coupling 0, mean over agents.
    """

    params: CoupledMapsParams
    coupling: Floats
    whole: Floats
    field: Floats
    alone: Floats
    spread: Floats
    clusters: Ints
    scatter: Floats
    error: Floats
    apart: Floats
    exponent: float
    exponent_error: float
    limit: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def critical(self) -> float:
        """Coupling above which agents who are one stay one; 0 if they do at any."""
        return max(critical_coupling(self.exponent), 0.0)

    def law(self, maps: int = 1) -> float:
        """Steps for which `maps` agents who are one are foretold, by the closed form; 80 stands for 80 or more."""
        first = TYPICAL * self.params.precision
        return min(float(horizon_law(first, self.limit, self.exponent, maps)), float(STEPS))

    @property
    def error_law(self) -> Floats:
        """Closed form of the error[time], shape (81,), until it reaches `limit`: of one map alone, or of all as one."""
        p = self.params
        first = TYPICAL * p.precision / math.sqrt(p.maps if p.coupling > self.critical > 0 else 1)
        return np.asarray(np.clip(first * np.exp(self.exponent * np.arange(STEPS + 1)), NOISE, self.limit))

    @property
    def apart_law(self) -> Floats:
        """Closed form of the spread[time], shape (81,), of agents who start close together, from 1e-12 to `limit`."""
        growth = math.exp(self.exponent) * (1 - self.params.coupling)
        with np.errstate(under="ignore"):
            return np.asarray(np.clip(APART * growth ** np.arange(STEPS + 1), NOISE, self.limit))


# The maps -----------------------------------------------------------------------------------------------------------


def step(states: Floats, coupling: ArrayLike, growth: float) -> Floats:
    """Return the next states[..., agent]; the last axis mixes, `coupling` broadcasts against the others and it."""
    moved = growth * states * (1 - states)
    mean = moved.sum(axis=-1, keepdims=True) / moved.shape[-1]
    moved += np.asarray(coupling) * (mean - moved)
    return np.asarray(moved)


def slope(states: ArrayLike, growth: float) -> Floats:
    """Return f'(x), the same shape."""
    return np.asarray(growth * (1 - 2 * np.asarray(states, dtype=float)))


def fold(states: Floats) -> Floats:
    """Return states folded back into [0, 1] at its ends."""
    inside = np.abs(states)
    return np.asarray(np.minimum(inside, 2 - inside))


def lyapunov(growth: float, rng: Generator, *, maps: int = 500, steps: int = 200) -> tuple[float, float]:
    """Return lambda, the mean log of the slope's size, in nats, and its standard error from independent maps.

    For growth 4 it is known to be ln 2, but here it is measured.
    """
    checks.number("growth", growth, low=0, high=4)
    checks.integer("maps", maps, low=2)
    checks.integer("steps", steps, low=1)
    states = rng.random(maps)
    for _ in range(SETTLE // 2):
        states = growth * states * (1 - states)
    states, total = fold(states + NOISE * rng.standard_normal(maps)), np.zeros(maps)
    for _ in range(steps):
        total += np.log(np.abs(slope(states, growth)) + NOISE)
        states = growth * states * (1 - states)
    mean = total / steps
    return float(mean.mean()), float(mean.std(ddof=1) / math.sqrt(maps))


# Closed forms -------------------------------------------------------------------------------------------------------


def transverse_exponent(exponent: float, coupling: float) -> float:
    """Return by how much differences between agents who are nearly one grow in a step, in nats; minus infinite at coupling 1."""
    checks.number("coupling", coupling, low=0, high=1)
    return -math.inf if coupling == 1 else exponent + math.log1p(-coupling)


def critical_coupling(exponent: float) -> float:
    """Return ``1 - e^-lambda``, the coupling above which agents become one; not positive if lambda is not."""
    return -math.expm1(-exponent)


def horizon_law(precision: ArrayLike, lost: ArrayLike, exponent: float, maps: int = 1) -> Floats:
    """Return the steps until an error of `precision` has grown to `lost`; infinite if errors do not grow.

    maps : agents who are one, each known to `precision` independently; their mean is known the better. A normal error's typical
    (geometric mean) size is `TYPICAL` times its standard deviation.
    """
    ratio = np.asarray(lost, dtype=float) / np.asarray(precision, dtype=float) * math.sqrt(maps)
    if exponent <= 0:
        return np.full(ratio.shape, np.inf)
    return np.asarray(np.maximum(np.log(ratio) / exponent, 0.0))


def steps_per_decade(exponent: float) -> float:
    """Return the steps that ten times the precision buys, ``ln 10 / lambda``; infinite if errors do not grow."""
    return math.inf if exponent <= 0 else math.log(10) / exponent


# Simulation ---------------------------------------------------------------------------------------------------------


def simulate(params: CoupledMapsParams, rng: Generator) -> CoupledMapsResult:
    """Let crowds settle, then foretell each from states known to `precision`; the dice are the same for every coupling."""
    p = params
    exponent, exponent_error = (math.log(2), 0.0) if p.growth == 4 else lyapunov(p.growth, rng)
    rows = np.array([p.coupling, *COUPLINGS])
    truth, guesses, lone = _followed(p, rows[:, None, None], rng)
    error, misses = np.abs(guesses - truth), np.abs(lone - truth)
    mean = truth.mean(axis=-1)
    off = np.abs(guesses.mean(axis=-1) - mean)
    far, far_mean = _limit(truth.std(axis=0)), _limit(mean.std(axis=0))
    return CoupledMapsResult(
        params=params,
        coupling=rows,
        whole=_first(error > far).mean(axis=-1),
        field=_first(off > far_mean),
        alone=_first(misses > far).mean(axis=-1),
        spread=np.median(truth[STEPS // 2 :].std(axis=-1), axis=0),
        clusters=1 + (np.diff(np.sort(truth[-1], axis=-1), axis=-1) > 1e-4).sum(axis=-1),
        scatter=mean.std(axis=0),
        error=np.exp(np.log(error[:, 0] + NOISE / 10).mean(axis=-1)),
        apart=coming_together(p, rng),
        exponent=exponent,
        exponent_error=exponent_error,
        limit=float(far[1].mean()),
    )


def _followed(params: CoupledMapsParams, coupling: Floats, rng: Generator) -> tuple[Floats, Floats, Floats]:
    """States[time, row, run, agent] of the settled crowds, of their copies, and of copies whose agents go their own way."""
    shape = (params.runs, params.maps)
    truth = np.repeat(rng.random((1, *shape)), len(coupling), axis=0)
    noise = NOISE * rng.standard_normal((SETTLE + STEPS, *shape))
    for time in range(SETTLE):
        truth = fold(step(truth, coupling, params.growth) + noise[time])
    copy = fold(truth + params.precision * rng.standard_normal(shape))
    path = np.empty((3, STEPS + 1, *truth.shape))
    path[:, 0] = truth, copy, copy
    for time in range(STEPS):
        path[0, time + 1] = fold(step(path[0, time], coupling, params.growth) + noise[SETTLE + time])
        path[1, time + 1] = step(path[1, time], coupling, params.growth)
        path[2, time + 1] = params.growth * path[2, time] * (1 - path[2, time])
    return path[0], path[1], path[2]


def coming_together(params: CoupledMapsParams, rng: Generator) -> Floats:
    """Return the standard deviation[time, run], shape (81, n_runs), of agents who start 1e-5 from a settled map's place."""
    shape = (params.runs, params.maps)
    one = rng.random((params.runs, 1))
    for _ in range(SETTLE):
        one = step(one, 0.0, params.growth)
    states = fold(one + APART * rng.standard_normal(shape))
    noise, spread = NOISE * rng.standard_normal((STEPS, *shape)), [states.std(axis=-1)]
    for time in range(STEPS):
        states = fold(step(states, params.coupling, params.growth) + noise[time])
        spread.append(states.std(axis=-1))
    return np.array(spread)


def _limit(deviation: Floats) -> Floats:
    """The error at which a forecast is lost."""
    return np.maximum(LOST * deviation, LEAST)


def _first(lost: NDArray[np.bool_]) -> Floats:
    """First time[...] at which a forecast is lost, `STEPS` if it never is, from lost[time, ...]."""
    return np.where(lost.any(axis=0), np.minimum(lost.argmax(axis=0), STEPS), STEPS).astype(float)
