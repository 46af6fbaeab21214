"""A fixed and an adapting rule while values drift by themselves.

Idea. People's value wanders, ``theta' = theta + w``, w of variance q a step, whatever the rule does. The adapting rule
moves by a constant gain toward each day's label, ``m' = m + a (theta' + v - m)``, v of variance r; the fixed rule stays
where it was written. Both are right at time 0. The error counted is the rule's squared distance from the value **after
the step's update**. It obeys ``P' = (1 - a)^2 (P + q) + a^2 r``, so that ``P_t = P (1 - (1 - a)^(2 t))`` with ``P =
((1 - a)^2 q + a^2 r) / (a (2 - a))``, and the fixed rule's is ``q t``. Before the update the settled error is ``P + q``.

Assumption that breaks. That what was right when it was written stays right: the fixed rule's error has no ceiling. The
best constant gain is the settled one of kalman1960, ``K = M / (M + r)`` with ``M = (q + sqrt(q^2 + 4 q r)) / 2``; then
``P = K r``. For q = r it is the golden ratio's conjugate.

What one would wrongly conclude. (1) That an adapting rule is always nearer: until the settled error has been wandered,
about ``P / q`` steps, the labels' noise costs more than standing still. (2) That this is the price of adapting: it is the
price of a gain that is too high for the start. Lemma: *the adapting rule is at no step worse than the fixed one if and
only if a <= 2 q / (q + r)*. Proof: ``P_1 <= q`` says just that; P_t is concave in t with P_0 = 0, hence ``P_t <= t P_1
<= q t``. A gain that starts low, Kalman's own ``q / (q + r)`` at the first step, is therefore never worse.

Two other drifts. *Turning*: a unit value vector turns by omega a step in a plane, cases are isotropic, and a verdict is
the sign of the inner product. Two vectors at angle phi disagree on the share ``phi / pi`` of cases in any dimension:
only the projection of the case on their plane counts, its direction is uniform, and the signs differ in two wedges of
angle phi. The fixed rule's angle is omega t folded back into [0, pi], so that after a full turn it is right again; the
adapting rule's settles at ``-arg(a / (1 - (1 - a) e^(-i omega)))``, which is below a right angle for every gain, so
that in the long run it errs in less than half of the cases. *Ramp*: a steady c a step leaves the lag ``(1 - a) c / a``;
at the best constant gain the settled error is ``0.75 (2 c r)^(2/3)`` for small c, so that over T steps and V = c T of
drift the root mean squared errors add up to about ``1.091 r^(1/3) V^(1/3) T^(2/3)``. These are the exponents of the
minimax regret of drifting bandits (besbes2014, whose statement is known to us from secondary accounts only); loss and
proof are others, and the proportion is this book's.

Sources: kalman1960 (gain and error), besbes2014 (the exponents). The lemma, the crossovers, the turning value and the
ramp are derived here. Deviation: label noise is additive and normal; the turning value is seen without noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import lambertw

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "RotationParams", "RotationResult", "TrackingParams", "TrackingResult", "best_gain", "best_ramp_gain", "break_even",
    "crossover", "disagreement", "error_after", "filter_error", "lag", "ramp_error", "settled_error", "simulate",
    "simulate_rotation", "solve", "solve_rotation", "step",
]  # fmt: skip

Floats = NDArray[np.float64]

KNOTS = 24  # points of a line through time
SEEN = 9  # times at which a simulation is measured
LEAST = 1e-12  # a gain below this is none: the rule is fixed
GAINS = np.geomspace(0.003, 1.0, 32)  # gains at which the settled error is drawn


@dataclass(frozen=True, kw_only=True)
class TrackingParams:
    """drift: variance of the value's move a step. noise: variance of a label. Both in squared units of value.

    gain: share of the gap to the label that the rule closes at each step; 0, or less than 1e-12, is the fixed rule. steps: how
    long.
    runs: independent histories simulated.
    """

    drift: float = checks.bounded(0.01, low=0.0, high=10.0)
    noise: float = checks.bounded(1.0, low=0.0, high=100.0)
    gain: float = checks.bounded(0.1, low=0.0, high=1.0)
    steps: int = checks.bounded(400, low=1, high=10_000)
    runs: int = checks.bounded(400, low=2, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class TrackingResult:
    """Squared error of the fixed and of the adapting rule through time, exact and seen, and the settled error by gain.

    Attributes
    ----------
    params : the world and the rule.
    time : step[knot], shape (n_knots,), from 1 to steps, dense at the start.
    fixed, adapting : expected squared error[knot], shape (n_knots,), after the update, squared units of value.
    filtered : expected squared error[knot], shape (n_knots,), of the best rule there is, whose gain fits each step.
    gains : gain[point], shape (32,), from 0.003 to 1.
    settled : expected squared error[point], shape (32,), in which the rule of that gain settles, squared units of value.
    seen_time : step[sample], shape (n_samples,), at which the simulation was measured.
        This and all that follows is empty where nothing was simulated.
    seen_fixed, seen_fixed_error : mean squared error[sample] over the runs and its standard error, shape (n_samples,).
    seen_adapting, seen_adapting_error : the same of the adapting rule, shape (n_samples,), squared units of value.
    """

    params: TrackingParams
    time: Floats
    fixed: Floats
    adapting: Floats
    filtered: Floats
    gains: Floats
    settled: Floats
    seen_time: Floats
    seen_fixed: Floats
    seen_fixed_error: Floats
    seen_adapting: Floats
    seen_adapting_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def one_rule(self) -> bool:
        """Whether the adapting rule is a fixed one: its gain is 0, or next to nothing."""
        return self.params.gain < LEAST

    @property
    def settled_error(self) -> float:
        """Squared error in which the adapting rule settles; infinite at gain 0 if values drift."""
        p = self.params
        if self.one_rule:
            return math.inf if p.drift else 0.0
        return settled_error(p.drift, p.noise, p.gain)

    @property
    def best_gain(self) -> float:
        """The constant gain that settles at the smallest error; 0 if values stand still."""
        return best_gain(self.params.drift, self.params.noise)

    @property
    def best_error(self) -> float:
        """The smallest squared error in which a rule of constant gain can settle."""
        return self.best_gain * self.params.noise

    @property
    def crossover(self) -> float:
        """Time until which the fixed rule is nearer, steps; 0 if it never is, infinite if it always is."""
        return crossover(self.params.drift, self.params.noise, self.params.gain)


@dataclass(frozen=True, kw_only=True)
class RotationParams:
    """turn: angle by which the value vector turns a step, radians. gain: as in `TrackingParams`. steps: how long.

    dimension: features of a case. cases: cases drawn anew at each measured step.
    """

    turn: float = checks.bounded(0.05, low=0.0, high=math.pi / 2)
    gain: float = checks.bounded(0.1, low=0.0, high=1.0)
    steps: int = checks.bounded(160, low=1, high=10_000)
    dimension: int = checks.bounded(5, low=2, high=100)
    cases: int = checks.bounded(4000, low=2, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class RotationResult:
    """Share of cases in which each rule disagrees with the people whose values turn.

    Attributes
    ----------
    params : the turn and the rule.
    time : step[knot], shape (n_knots,), from 0 to steps.
    fixed, adapting : share[knot], shape (n_knots,), of cases judged otherwise than people would, fraction.
    seen_fixed, seen_fixed_error : simulated share[knot] and its standard error, shape (n_knots,), fraction; empty if exact.
    seen_adapting, seen_adapting_error : the same of the adapting rule, shape (n_knots,), fraction; empty if exact.
    """

    params: RotationParams
    time: Floats
    fixed: Floats
    adapting: Floats
    seen_fixed: Floats
    seen_fixed_error: Floats
    seen_adapting: Floats
    seen_adapting_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def settled(self) -> float:
        """Share of cases in which the adapting rule disagrees in the long run, fraction; NaN at gain 0, which settles nowhere."""
        return float(disagreement(lag(self.params.turn, self.params.gain))) if self.params.gain else math.nan


# The random walk ---------------------------------------------------------------------------------------------------


def step(value: Floats, rule: Floats, *, gain: float, move: Floats, slip: Floats) -> tuple[Floats, Floats]:
    """One step: the value moves, a label is given with a slip, and the rule follows by its gain. Arrays of shape (n_runs,)."""
    value = value + move
    return value, rule + gain * (value + slip - rule)


def settled_error(drift: float, noise: float, gain: float) -> float:
    """Return the settled squared error after the update, ``((1 - a)^2 q + a^2 r) / (a (2 - a))``.

    Raises
    ------
    TypeError, ValueError : drift or noise below 0, or a gain outside [1e-12, 1], by name: a gain of 0 settles nowhere.
    """
    _variances(drift, noise)
    checks.number("gain", gain, LEAST, 1)
    return ((1 - gain) ** 2 * drift + gain**2 * noise) / (gain * (2 - gain))


def best_gain(drift: float, noise: float) -> float:
    """Return the constant gain with the smallest settled error, ``M / (M + r)``; its error is K r. 0 if nothing drifts."""
    _variances(drift, noise)
    before = (drift + math.sqrt(drift * drift + 4 * drift * noise)) / 2
    return before / (before + noise) if drift else 0.0


def error_after(time: ArrayLike, drift: float, noise: float, gain: float) -> Floats:
    """Return the expected squared error after so many steps (any shape), for a rule that was right at time 0; gain 0 is fixed.

    Raises
    ------
    TypeError, ValueError : times below 0, variances below 0 or a gain outside [0, 1], by name.
    """
    _variances(drift, noise)
    checks.number("gain", gain, 0, 1)
    times = checks.array("time", np.atleast_1d(time).ravel(), (None,), low=0).reshape(np.shape(time))
    if gain < LEAST:
        return np.asarray(drift * times)
    return np.asarray(settled_error(drift, noise, gain) * _forgotten(times, gain))


def filter_error(steps: int, drift: float, noise: float) -> Floats:
    """Return the error after each of the steps 1 to `steps`, shape (steps,), of the best linear rule: Kalman's filter.

    Its gain is ``M_t / (M_t + r)`` with ``M_t = P_(t-1) + q``; no rule that sees the same labels is nearer at any step.
    """
    checks.integer("steps", steps, low=1)
    _variances(drift, noise)
    errors, error = np.empty(steps), 0.0
    for at in range(steps):
        before = error + drift
        errors[at] = error = before * noise / (before + noise) if before else 0.0
    return errors


def crossover(drift: float, noise: float, gain: float) -> float:
    """Return the time until which the fixed rule is nearer, the root t > 0 of ``q t = P (1 - (1 - a)^(2 t))``, in steps.

    0 if there is none, which is when the adapting rule is nowhere worse; infinite if nothing drifts (or beyond 1e15). Steps below
    the root go to the fixed rule. By Lambert's W: ``t = P / q + W(-x e^(-x)) / k`` with ``k = -2 log(1 - a)``, ``x = k P / q``.
    """
    _variances(drift, noise)
    checks.number("gain", gain, 0, 1)
    if gain < LEAST:
        return 0.0
    settled = settled_error(drift, noise, gain)
    if drift == 0 or settled / drift > 1e15:
        return math.inf if settled else 0.0
    rate = -2 * math.log1p(-gain) if gain < 1 else math.inf
    if rate * settled <= drift:
        return 0.0
    pull = rate * settled / drift
    back = float(lambertw(-pull * math.exp(-pull)).real) / rate if pull < 700 else 0.0
    return max(settled / drift + back, 0.0)


def break_even(drift: float, noise: float, gain: float) -> float:
    """Return the horizon below which the fixed rule's errors add up to less than the adapting rule's, in steps.

    The root T > 0 of ``q T (T + 1) / 2 = sum of P_t``; 0 where the adapting rule is ahead from the first step, infinite
    if nothing drifts.
    """
    late = crossover(drift, noise, gain)
    if late <= 1 or math.isinf(late):
        return 0.0 if late <= 1 else late
    settled, kept = settled_error(drift, noise, gain), (1 - gain) ** 2

    def ahead(horizon: float) -> float:
        followed = settled * (horizon + kept * float(np.expm1(horizon * _log(kept))) / (1 - kept))
        return drift * horizon * (horizon + 1) / 2 - followed

    return float(brentq(ahead, 0.5 * late, 2 * settled / drift + 1, xtol=1e-9))


def solve(params: TrackingParams) -> TrackingResult:
    """Return the closed forms, with nothing simulated."""
    none = np.empty(0)
    return _result(params, none, none, none, none, none)


def simulate(params: TrackingParams, rng: Generator) -> TrackingResult:
    """Let values wander and both rules answer, in `params.runs` histories at once; the same dice whatever the world."""
    times, moved, slipped = _times(params.steps, SEEN), math.sqrt(params.drift), math.sqrt(params.noise)
    value, rule, squares = np.zeros(params.runs), np.zeros(params.runs), []
    for at in range(1, params.steps + 1):
        dice = rng.standard_normal((2, params.runs))
        value, rule = step(value, rule, gain=params.gain, move=moved * dice[0], slip=slipped * dice[1])
        if at in times:
            squares.append((value**2, (rule - value) ** 2))
    seen = np.array(squares)
    mean, error = seen.mean(axis=2).T, seen.std(axis=2, ddof=1).T / math.sqrt(params.runs)
    return _result(params, times.astype(float), mean[0], error[0], mean[1], error[1])


# The ramp ----------------------------------------------------------------------------------------------------------


def ramp_error(gain: float, speed: float, noise: float) -> float:
    """Return the settled squared error if values move by `speed` at each step, ``((1 - a) c / a)^2 + a r / (2 - a)``."""
    checks.number("speed", speed)
    spread = settled_error(0.0, noise, gain)
    return float(((1 - gain) * speed / gain) ** 2 + spread)


def best_ramp_gain(speed: float, noise: float) -> float:
    """Return the constant gain with the smallest settled error on a ramp, the root of ``r a^3 = c^2 (1 - a)(2 - a)^2``."""
    checks.number("speed", speed, 1e-12)
    checks.number("noise", noise, 0)
    if noise == 0:
        return 1.0
    return float(brentq(lambda a: noise * a**3 - speed**2 * (1 - a) * (2 - a) ** 2, 0.0, 1.0, xtol=1e-15))


# The turning value -------------------------------------------------------------------------------------------------


def disagreement(angle: ArrayLike) -> Floats:
    """Return the share of isotropic cases on which two vectors `angle` radians apart disagree: folded into [0, pi], over pi."""
    turned = np.mod(np.abs(np.asarray(angle, dtype=float)), 2 * math.pi)
    return np.asarray(np.minimum(turned, 2 * math.pi - turned) / math.pi)


def lag(turn: float, gain: float) -> float:
    """Return the angle by which the adapting rule trails a value that turns by `turn` a step in the long run, radians.

    ``-arg(a / (1 - (1 - a) e^(-i omega)))``, from 0 to below pi / 2.

    Raises
    ------
    TypeError, ValueError : a turn outside [0, pi] or a gain outside (0, 1], by name.
    """
    checks.number("turn", turn, 0, math.pi)
    checks.number("gain", gain, 0, 1, open_low=True)
    return math.atan2((1 - gain) * math.sin(turn), 1 - (1 - gain) * math.cos(turn))


def solve_rotation(params: RotationParams) -> RotationResult:
    """Return the shares in closed form: the fixed rule's folds back at half a turn, the adapting rule's settles."""
    none = np.empty(0)
    return _rotation(params, none, none, none, none)


def simulate_rotation(params: RotationParams, rng: Generator) -> RotationResult:
    """Let a value vector turn in a random plane of the features and ask people and rules for verdicts on random cases."""
    times = _turn_times(params.steps)
    plane = np.linalg.qr(rng.standard_normal((params.dimension, 2)))[0]
    shares, rule, value = [], np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for at in range(params.steps + 1):
        if at:
            value = np.array([math.cos(params.turn * at), math.sin(params.turn * at)])
            rule = rule + params.gain * (value - rule)
        if at in times:
            cases = rng.standard_normal((params.cases, params.dimension)) @ plane
            people = cases @ value > 0
            shares.append([np.mean(people != (cases[:, 0] > 0)), np.mean(people != (cases @ rule > 0))])
    seen = np.array(shares).T
    error = np.sqrt(seen * (1 - seen) / params.cases)
    return _rotation(params, seen[0], error[0], seen[1], error[1])


def _variances(drift: float, noise: float) -> None:
    checks.number("drift", drift, 0)
    checks.number("noise", noise, 0)


def _log(kept: float) -> float:
    return math.log(kept) if kept > 0 else -math.inf


def _forgotten(times: Floats, gain: float) -> Floats:
    """``1 - (1 - a)^(2 t)``, without cancellation where the gain is small."""
    if gain == 1:
        return np.asarray(times > 0, dtype=float)
    return np.asarray(-np.expm1(2 * times * math.log1p(-gain)))


def _times(steps: int, points: int) -> NDArray[np.int64]:
    return np.unique(np.round(np.geomspace(1, steps, points)).astype(np.int64))


def _turn_times(steps: int) -> NDArray[np.int64]:
    return np.unique(np.round(np.linspace(0, steps, KNOTS)).astype(np.int64))


def _result(
    params: TrackingParams, times: Floats, fixed: Floats, fixed_error: Floats, adapting: Floats, adapting_error: Floats
) -> TrackingResult:
    knots, world = _times(params.steps, KNOTS), (params.drift, params.noise)
    return TrackingResult(
        params=params,
        time=knots.astype(float),
        fixed=error_after(knots, *world, 0.0),
        adapting=error_after(knots, *world, params.gain),
        filtered=filter_error(params.steps, *world)[knots - 1],
        gains=GAINS.copy(),
        settled=np.array([settled_error(*world, gain) for gain in GAINS.tolist()]),
        seen_time=times,
        seen_fixed=fixed,
        seen_fixed_error=fixed_error,
        seen_adapting=adapting,
        seen_adapting_error=adapting_error,
    )


def _rotation(
    params: RotationParams, fixed: Floats, fixed_error: Floats, adapting: Floats, adapting_error: Floats
) -> RotationResult:
    times, turn, kept = _turn_times(params.steps).astype(float), params.turn, 1 - params.gain
    with np.errstate(invalid="ignore", divide="ignore"):
        here = params.gain / (1 - kept * np.exp(-1j * turn)) if params.gain else 0.0 + 0.0j
    followed = here + kept**times * (1 - here) * np.exp(-1j * turn * times)  # the rule, seen from the value
    pointless = np.abs(followed) == 0  # a rule without a direction is right by chance
    return RotationResult(
        params=params,
        time=times,
        fixed=disagreement(turn * times),
        adapting=np.where(pointless, 0.5, disagreement(np.angle(followed))),
        seen_fixed=fixed,
        seen_fixed_error=fixed_error,
        seen_adapting=adapting,
        seen_adapting_error=adapting_error,
    )
