"""Values that drift: the off switch of a robot that knows it, and of one that learns as if values stood still.

Idea. The worth of the robot's action is no longer fixed: ``U_{t+1} = phi U_t + sqrt(1 - phi^2) e_t`` with unit
variance. Every day the robot waits or disables its switch and does what looks best, as in `off_switch`, and then sees
the day's value with normal noise. Two robots learn from the same observations. The *aware* one uses the right phi in
its filter (Kalman's): its variance settles where ``v = phi^2 v s^2 / (v + s^2) + 1 - phi^2``. The *blind* one takes
values for static, phi = 1: its variance goes to 0, whatever happens. An *oracle* acts if and only if the value is
positive; *always defer* leaves every decision to the overseer.

Assumption that breaks. Not that robots learn, but that what they learn stays true. The blind robot grows certain of an
average of the past, disables the switch, and does harm with a good conscience.

What one would wrongly conclude. That moving values close the switch. The aware robot's doubt never falls below its
fixed point, so that drift, honestly modeled, keeps the switch open; it is stillness that closes it, and there (phi =
1) closing serves the overseer.

Exact. All is linear and normal: with a robot's estimate m ~ N(0, M) and ``U = a z + sqrt(1 - a^2) e`` given ``z = m /
sqrt(M)``, where a = corr(U, m), its utility is ``a / sqrt(2 pi) + E[Delta(a z, sqrt(1 - a^2), beta); it waits]``, one
integral over the estimates within v / (2 beta) of 0 (see `off_switch.open_share`); M and a follow by linear
recursions.

Sources: kalman1960 (the filter), hadfieldmenell2017 (the game). The experiment, the two robots and the formulas are
this book's. Deviation: utility counts the overseer's choice by its probability and not by a throw of the dice, and
averages each history with its mirror image; both leave means as they are and make them less noisy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import expit

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.corrigibility.off_switch import advantage, open_share

__all__ = [
    "ROBOTS", "DriftParams", "DriftResult", "Memory", "ever_deferring", "late_means", "memory", "settled_variance",
    "simulate", "solve", "utility_of",
]  # fmt: skip

Floats = NDArray[np.float64]

ROBOTS = ("oracle", "aware", "blind", "always defer")
LEARNERS = ("aware", "blind")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
REACH = 8.5  # standard deviations of the estimates that the integral covers
# A simulation is averaged between these parts of its days.
PERIODS = (0.0, 0.01, 0.03, 0.07, 0.15, 0.3, 0.5, 0.625, 0.75, 0.875, 1.0)
HALF = PERIODS.index(0.5)  # the first period of the last half
KNOTS = 21  # days on which the exact lines are computed


@dataclass(frozen=True, kw_only=True)
class DriftParams:
    """phi: what is kept of a value from one day to the next (1: static, 0: new every day). beta: overseer's noise, in units
    of value.

    noise: standard deviation of what the robots see of a day's value. steps: days.
    runs: histories simulated; every second one is the mirror image of the one before, all signs turned.
    """

    phi: float = checks.bounded(0.99, low=0.0, high=1.0)
    beta: float = checks.bounded(0.25, low=0.0, high=10.0)
    noise: float = checks.bounded(2.0, low=0.05, high=100.0)
    steps: int = checks.bounded(400, low=100, high=10_000)
    runs: int = checks.bounded(600, low=4, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class Memory:
    """What a learning robot's estimate is worth before each day's observation.

    Attributes
    ----------
    assumed : the phi that the robot believes in.
    edge : estimate[day], shape (n_days,), within which it waits, units of value; infinite if the overseer never errs.
    believed : variance[day], shape (n_days,), that the robot ascribes to its estimate.
    gain : gain[day], shape (n_days,), share of the surprise by which it then moves.
    spread : standard deviation[day], shape (n_days,), of its estimates over histories.
    correlation : correlation[day], shape (n_days,), of its estimate with the true value; 0 on the first day.
    """

    assumed: float
    edge: Floats
    believed: Floats
    gain: Floats
    spread: Floats
    correlation: Floats

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class DriftResult:
    """Utility and open switches through time, exact and seen; robots in the order of `ROBOTS`, learners aware and blind.

    Attributes
    ----------
    params : the world.
    day : day[knot], shape (n_knots,), from 0 to steps - 1, dense at the start.
    utility : exact utility[robot, knot], shape (4, n_knots), units of value a day.
    open_share : exact share[learner, knot], shape (2, n_knots), of histories in which the switch is open, fraction.
    late_utility : exact utility[robot], shape (4,), mean over every fifth day of the last half, units of value a day.
    late_open : exact share[learner], shape (2,), mean over every fifth day of the last half, fraction.
    seen_day : day[period], shape (10,), the middle of each of ten periods.
        This and all that follows is empty, its last axis of length 0, where nothing was simulated.
    seen_utility, seen_error : simulated utility[robot, period] and its standard error, shape (4, 10), units of value a day.
    seen_open, seen_open_error : simulated share[learner, period] and its standard error, shape (2, 10), fraction.
    seen_late_utility, seen_late_error : simulated utility[robot] and its standard error, shape (4,), mean over the last half.
    seen_late_open, seen_late_open_error : simulated share[learner] and its standard error, shape (2,), mean over the last half.
    Errors come from the spread between mirrored pairs of histories, which are independent, unlike the days of one history.
    """

    params: DriftParams
    day: Floats
    utility: Floats
    open_share: Floats
    late_utility: Floats
    late_open: Floats
    seen_day: Floats
    seen_utility: Floats
    seen_error: Floats
    seen_open: Floats
    seen_open_error: Floats
    seen_late_utility: Floats
    seen_late_error: Floats
    seen_late_open: Floats
    seen_late_open_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def price_of_blindness(self) -> float:
        """What the overseer loses a day because the robot takes moving values for fixed, exact, units of value."""
        return float(self.late_utility[1] - self.late_utility[2])

    @property
    def seen_price_of_blindness(self) -> float:
        """The same as the simulation saw it, units of value; NaN in an exact result, which nobody has seen."""
        seen = self.seen_late_utility
        return float(seen[1] - seen[2]) if len(seen) else math.nan

    @property
    def worth(self) -> dict[str, float]:
        """Exact utility a day of each robot over the last half of the days, units of value."""
        return dict(zip(ROBOTS, self.late_utility.tolist(), strict=True))

    @property
    def keeps_open(self) -> dict[str, float]:
        """Exact share of the last half of the days on which each learner's switch is open, fraction."""
        return dict(zip(LEARNERS, self.late_open.tolist(), strict=True))


# Exact -------------------------------------------------------------------------------------------------------------


def settled_variance(phi: float, noise: float) -> float:
    """Return the aware robot's variance in the long run, the fixed point ``v = phi^2 v s^2 / (v + s^2) + 1 - phi^2``.

    It is the positive root of ``v^2 - (1 - phi^2)(1 - s^2) v - (1 - phi^2) s^2 = 0``; 0 for static values.
    """
    fresh, square = 1 - phi**2, noise**2
    half = fresh * (1 - square) / 2
    root = math.sqrt(half**2 + fresh * square)
    if half > 0:
        return min(half + root, 1.0)
    return min(fresh * square / (root - half), 1.0) if fresh else 0.0


def memory(phi: float, assumed: float, *, beta: float, noise: float, days: int) -> Memory:
    """Return how good and how sure a robot's estimate is, day by day, if it filters with `assumed` in the place of `phi`."""
    believed, gain, square, shared = (np.empty(days) for _ in range(4))
    variance, own, both = 1.0, 0.0, 0.0  # believed variance, variance of the estimate, its covariance with the value
    for day in range(days):
        believed[day], square[day], shared[day] = variance, own, both
        gain[day] = step = variance / (variance + noise**2)
        variance = assumed**2 * (1 - step) * variance + 1 - assumed**2
        own = assumed**2 * ((1 - step) ** 2 * own + step**2 * (1 + noise**2) + 2 * step * (1 - step) * both)
        both = assumed * phi * ((1 - step) * both + step)
    spread = np.sqrt(square)
    correlation = np.divide(shared, spread, out=np.zeros(days), where=spread > 0)
    with np.errstate(divide="ignore", over="ignore"):
        edge = believed / (2 * np.float64(beta))
    correlation = np.minimum(correlation, 1.0)
    return Memory(assumed=assumed, edge=edge, believed=believed, gain=gain, spread=spread, correlation=correlation)


def ever_deferring(beta: float) -> float:
    """Return the utility a day of a robot that always waits, units of value."""
    return float(advantage(0.0, 1.0, beta))


def utility_of(mind: Memory, beta: float, days: NDArray[np.intp]) -> Floats:
    """Return a learner's exact utility[day], units of value, on the `days` asked for, on average over histories."""
    known = mind.correlation[days]
    rest = np.sqrt(1 - known**2)
    with np.errstate(divide="ignore", over="ignore"):
        edge = np.minimum(mind.edge[days] / mind.spread[days], REACH)  # as far as it waits
        edge = np.minimum(edge, REACH * rest / known)[:, None]  # and as far as waiting can be worth anything
    at = np.multiply(edge, (NODES + 1) / 2)
    gain = advantage(known[:, None] * at, rest[:, None], beta)
    waiting = 2 * (gain * np.exp(-0.5 * at * at) * edge / 2) @ WEIGHTS
    return np.asarray((known + waiting) / math.sqrt(2 * math.pi))


def late_means(params: DriftParams, every: int = 1) -> tuple[Floats, Floats]:
    """Return exact means over the last half of the days: utility[robot], shape (4,), and open share[learner], shape (2,).

    With `every` > 1 only the middle one of so many days counts, which is quicker and changes the means by less than
    1e-4.
    """
    days = np.arange(params.steps // 2, params.steps)
    utility, shares = _course(params, days[every // 2 :: every])
    return utility.mean(axis=1), shares.mean(axis=1)


def solve(params: DriftParams) -> DriftResult:
    """Return the exact course; nothing is simulated, and what a simulation would see is left empty."""
    shapes = {"utility": (4, 0), "error": (4, 0), "open": (2, 0), "open_error": (2, 0)}
    seen = {f"seen_{name}": np.empty(shape) for name, shape in shapes.items()}
    late = {f"seen_late_{name}": np.empty(0) for name in shapes}
    return DriftResult(params=params, **_exact(params), seen_day=np.empty(0), **seen, **late)


# Simulated ---------------------------------------------------------------------------------------------------------


def simulate(params: DriftParams, rng: Generator) -> DriftResult:
    """Run all histories at once, day by day, beside the exact course; the same dice whatever phi, beta and noise."""
    edges = (np.array(PERIODS) * params.steps).astype(int)
    lengths = np.diff(edges)
    late = np.zeros((6, (params.runs + 1) // 2))
    seen = np.empty((len(lengths), 6, 2))
    for place, sums in enumerate(_periods(params, rng, lengths)):
        seen[place] = _mean_and_error(sums / lengths[place])
        if place >= HALF:
            late += sums
    whole = _mean_and_error(late / lengths[HALF:].sum())
    mean, error = seen[:, :, 0].T, seen[:, :, 1].T
    return DriftResult(
        params=params,
        **_exact(params),
        seen_day=(edges[:-1] + edges[1:] - 1) / 2,
        seen_utility=mean[:4],
        seen_error=error[:4],
        seen_open=mean[4:],
        seen_open_error=error[4:],
        seen_late_utility=whole[:4, 0],
        seen_late_error=whole[:4, 1],
        seen_late_open=whole[4:, 0],
        seen_late_open_error=whole[4:, 1],
    )


def _periods(params: DriftParams, rng: Generator, lengths: NDArray[np.intp]) -> Iterator[Floats]:
    """Sums over each period, shape (6, n_pairs): utility of the four robots, then days that each learner's switch is open.

    The mirror image of a history (every sign turned) is as likely as the history itself, and there a robot does on
    each day the opposite: where here it acts with probability a, there it does so with 1 - a. The mean of the two is
    value * (a - 1/2), so one of them is enough.
    """
    pairs = (params.runs + 1) // 2
    value, estimate = rng.standard_normal(pairs), np.zeros((2, pairs))
    minds = _minds(params)
    assumed = np.array([[mind.assumed] for mind in minds])
    edge, gain = (np.array([getattr(mind, name) for mind in minds])[:, :, None] for name in ("edge", "gain"))
    kept, fresh = params.phi, math.sqrt(1 - params.phi**2)
    days = iter(range(params.steps))
    for length in lengths.tolist():
        sums, values = np.zeros((6, pairs)), np.zeros(pairs)
        for day in islice(days, length):
            good = np.maximum(value, 0)
            allowed = value * expit(value / max(params.beta, 1e-300)) if params.beta else good
            is_open = np.abs(estimate) < edge[:, day]
            values += value
            sums[0] += good
            sums[1:3] += np.where(is_open, allowed, value * (estimate > 0))
            sums[3] += allowed
            sums[4:] += is_open
            seen = value + params.noise * rng.standard_normal(pairs)
            estimate += gain[:, day] * (seen - estimate)
            estimate *= assumed
            value = kept * value + fresh * rng.standard_normal(pairs)
        sums[:4] -= values / 2
        yield sums


@lru_cache(maxsize=8)
def _minds(params: DriftParams) -> tuple[Memory, Memory]:
    """The aware robot's memory and the blind one's."""
    aware, blind = (
        memory(params.phi, assumed, beta=params.beta, noise=params.noise, days=params.steps)
        for assumed in (params.phi, 1.0)
    )
    return aware, blind


def _mean_and_error(per_pair: Floats) -> Floats:
    """(mean, standard error) of each row, shape (n_rows, 2), from the spread between pairs."""
    error = per_pair.std(axis=1, ddof=1) / math.sqrt(per_pair.shape[1])
    return np.column_stack([per_pair.mean(axis=1), error])


def _course(params: DriftParams, days: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Exact utility[robot, day] and open share[learner, day] on these days."""
    minds = _minds(params)
    utility = [utility_of(mind, params.beta, days) for mind in minds]
    oracle, deferring = (np.full(len(utility[0]), ever_deferring(beta)) for beta in (0.0, params.beta))
    shares = [open_share(mind.believed[days], mind.spread[days], params.beta) for mind in minds]
    return np.array([oracle, *utility, deferring]), np.array(shares)


def _exact(params: DriftParams) -> dict[str, Floats]:
    """The exact fields of a result."""
    knots = np.unique((np.linspace(0, 1, KNOTS) ** 2 * (params.steps - 1)).astype(int))
    utility, shares = _course(params, knots)
    late_utility, late_open = late_means(params, every=5)
    return {
        "day": knots.astype(float), "utility": utility, "open_share": shares, "late_utility": late_utility,
        "late_open": late_open,
    }  # fmt: skip
