"""Learning dynamics: a network that is open to view at every moment, and a future that its snapshot does not hold.

Idea. A deep linear network computes a matrix ``W = W_N ... W_1`` and nothing else: all of it can be read, by anybody, at any
time. Yet its learning goes by plateaus and drops, one mode of the teacher after another, and neither the network as it is nor
the slope of its loss tells when the next drop comes. Whoever knows the rule by which the weights move can tell.

The law of two layers, step by step, with what each step assumes (saxe2014; derived anew here, time in units of tau).

1. Squared error on inputs with ``E x x^T = 1`` is ``L = |S - W|^2 / 2`` up to a constant, with ``S = E y x^T``. *Assumes white
   inputs and the population, no sample.*
2. Small steps downhill are ``dW1/dt = W2^T E`` and ``dW2/dt = E W1^T`` with ``E = S - W2 W1``. *Assumes small steps.* Both
   ``d(W1 W1^T)/dt`` and ``d(W2^T W2)/dt`` are then ``W1 E^T W2 + W2^T E W1^T``: the balance ``W1 W1^T - W2^T W2`` is conserved.
3. With ``S = U diag(s) V^T`` start from ``W1 = R diag(c) V^T``, ``W2 = U diag(d) R^T``, columns of R orthonormal. Then ``E = U
   diag(s - c d) V^T``, and both right-hand sides keep that form: ``dc/dt = d (s - cd)``, ``dd/dt = c (s - cd)``, mode by mode.
   *Assumes an aligned start.* A single mode needs no alignment: see `growing`.
4. The strength ``a = cd`` obeys ``da/dt = (c^2 + d^2)(s - a)``. Since ``k = c^2 - d^2`` is conserved, that is ``sqrt(k^2 + 4
   a^2) (s - a)``. *Assumes nothing more.* With ``P = (c + d)^2`` it reads ``dP/dt = 2sP - P^2 / 2 + k^2 / 2``, a Riccati equation
   with roots ``2s +- sqrt(4 s^2 + k^2)``, hence the closed form in `learned`.
5. *Balanced start*, k = 0: ``da/dt = 2a (s - a)``, ``a(t) = s e^{2st} / (e^{2st} - 1 + s / a0)``, half learned at ``ln(s / a0 -
   1) / (2s)``. The log odds ``y = ln(a / (s - a))`` grow by 2s a unit of time, for ever.

N layers with equal factors ``a^{1/N}`` obey ``da/dt = N a^{2 - 2/N} (s - a)``. In log odds, with a = s f(y) and f the logistic
curve, ``dy/dt = N s^{2 - 2/N} f(y)^{1 - 2/N}``, so that one clock a depth, ``∫ (1 + e^{-y})^{1 - 2/N} dy``, serves all modes.

What a reader of weights who knows the rule gets wrong. If he misreads the odds of a mode by a factor e^d, his forecast of a
two-layer network comes early by exactly ``d / (2s)``, at every snapshot and every horizon; if he misjudges s, his log odds are
off by 2h times that error, in proportion to the horizon h. With N layers and small d he is off by ``d / (N s^{2 - 2/N} f^{1 -
2/N})``: on a plateau the more, the deeper the network and the smaller the strength.

Bracket lemma. **One layer: the loss h later lies between what its log slope predicts and what it is now, whatever the inputs'
covariance.** Proof. The error D obeys ``dD/dt = -D C``, so ``L = sum_i lambda_i |D_0 v_i|^2 exp(-2 lambda_i t) / 2``, a positive
mixture of exponentials, which is log-convex and falls. QED. White inputs give one exponential, and the log slope is exact.
With two layers the bracket breaks: on a plateau ``ln L`` is concave.

Twin lemma. **The same function, the same loss and the same slope of the loss allow different futures, with the lessons even
learned in another order.** Proof. ``W1 -> c W1, W2 -> W2 / c`` on one mode leaves a and changes ``c^2 + d^2``, that is k. The
slope ``-sum (c^2 + d^2)(s - a)^2`` is one number: what one mode gives to it in one network, another mode may give in the
other. QED. With one balanced mode the slope is all that is missing: ``a = -L' / (4L)`` and ``s = a + sqrt(2L)``. In general
the future hangs on the function and the Gram matrices ``A = W2 W2^T``, ``B = W1^T W1``: ``dW/dt = AE + EB``, ``dA/dt = E W^T
+ W E^T``, ``dB/dt = E^T W + W^T E`` is closed. Turning the hidden units (R -> QR, Q orthogonal) changes neither, so it
changes nothing that will ever be computed.

What one would wrongly conclude. That plateaus are unpredictable, or that weights do not matter. The weights with the rule are
enough; the function is not, the weights without the rule are not.

Source: saxe2014 (closed form of two layers, the unbalanced case, the law of depth N). The laws of misreading, the bracket and
the twins are this book's. Deviations: the teacher's strengths are 4, 2, 1, 1/2 and no data are drawn for the staircase;
forecasts of a loss are cut at 0; the simulated descent takes steps of 0.01, which delays the half-time of mode s = 4 by 0.016.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid
from scipy.interpolate import CubicHermiteSpline
from scipy.special import expit, logit

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "METHODS", "SCORED", "STRENGTHS", "TWIN_STRENGTHS", "ForecastParams", "ForecastResult", "Match", "TwinParams", "TwinResult",
    "clock", "descend", "descent_delay", "grams", "growing", "growth_rate", "half_time", "learned", "one_mode", "partner",
    "rise_time", "shallow_loss", "simulate", "simulate_twins", "solve", "solve_twins", "step",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRENGTHS = (4.0, 2.0, 1.0, 0.5)  # of the teacher's modes
METHODS = ("loss stays", "slope stays", "log slope stays", "rule, one mode", "rule, weights read")
SCORED = ("average of the run", *METHODS[:4], "rule, weights misread", "rule, weights read")
RATE = 0.01  # of a step downhill, in units of tau
WINDOW = 10.0  # units of time that are always looked at
FAN = 9  # moments of a forecast
SPACING = 50  # steps after which simulated networks are looked at
SNAPSHOTS = 50  # moments from which forecasts are scored
READERS = 20  # readings of one network
FLOOR = 1e-9  # share of the target below which a strength is not read off

TWIN_STRENGTHS = (3.0, 2.0)
TWIN_WINDOW = 4.0
TWIN_SAMPLES = 13  # moments at which twins are looked at
HIDDEN = 8  # hidden units of a twin

EDGE, PANEL = 40.0, 1 / 32  # reach and mesh of the clock's table, in log odds
NODES, WEIGHTS = np.polynomial.legendre.leggauss(6)


class Match(StrEnum):
    """What two networks have in common."""

    FUNCTION = "function and loss"
    SLOPE = "also the slope of the loss"
    GRAMS = "all but a turn of the hidden units"


@dataclass(frozen=True, kw_only=True)
class ForecastParams:
    """depth: layers N. start: strength a0 of every mode at time 0. snapshot, horizon: moment of the snapshot and time from it to
    the moment that is forecast, in tau.

    disorder: random part of a simulated network's first weights beside the aligned part. misreading: standard deviation of a
    reader's error in a mode's log odds. misjudging: that of his error in the logarithm of a teacher's strength. networks:
    networks simulated.
    """

    depth: int = checks.bounded(2, low=1, high=4)
    start: float = checks.bounded(1e-3, low=1e-6, high=0.1)
    snapshot: float = checks.bounded(0.5, low=0.0, high=10.0)
    horizon: float = checks.bounded(1.5, low=0.0, high=10.0)
    disorder: float = checks.bounded(0.2, low=0.0, high=1.0)
    misreading: float = checks.bounded(0.2, low=0.0, high=3.0)
    misjudging: float = checks.bounded(0.05, low=0.0, high=0.5)
    networks: int = checks.bounded(8, low=2, high=1000)

    def __post_init__(self) -> None:
        checks.params(self)

    @property
    def moment(self) -> float:
        """The moment that is forecast, in tau."""
        return self.snapshot + self.horizon

    @property
    def window(self) -> float:
        """Time that is looked at, in tau."""
        return max(WINDOW, self.moment)


@dataclass(frozen=True, eq=False, kw_only=True)
class ForecastResult:
    """A network that learns, and what is forecast from one moment of it.

    Attributes
    ----------
    params : the network, the snapshot and the reader.
    time : moment[point], shape (n_points,), in tau, from 0 to the end of the window.
    strength : learned strength[mode, point], shape (4, n_points), closed form, in units of the teacher's strengths.
    loss : loss[point], shape (n_points,), closed form, half the squared error.
    fan_time : moment[point], shape (n_fan,), from the snapshot to the moment that is forecast, in tau.
    fan_truth : loss[point], shape (n_fan,), closed form.
    fan : forecast loss[method, point], shape (5, n_fan), from the closed-form network's snapshot, by the methods in `METHODS`.
    net_time : moment[sample], shape (n_samples,), of simulated networks, up to the one that is forecast, in tau.
    net_strength : learned strength[network, mode, sample], shape (n_networks, 4, n_samples), along the teacher's modes.
    net_loss : loss[network, sample], shape (n_networks, n_samples).
    net_forecast : forecast loss[network, method], shape (n_networks, 5), for the moment that is forecast.
    reading : forecast loss[network, reader, point], shape (n_networks, n_readers, n_fan), by the rule, from misread weights.
    score : mean error[forecaster], shape (7,), by `SCORED`, over snapshots of the closed-form network all through the window at
        this horizon, as a share of the loss at time 0; misread weights count as read where exact.
    """

    params: ForecastParams
    time: Floats
    strength: Floats
    loss: Floats
    fan_time: Floats
    fan_truth: Floats
    fan: Floats
    net_time: Floats
    net_strength: Floats
    net_loss: Floats
    net_forecast: Floats
    reading: Floats
    score: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def now(self) -> float:
        """Loss at the snapshot, closed form."""
        return float(self.fan_truth[0])

    @property
    def truth(self) -> float:
        """Loss at the moment that is forecast, closed form."""
        return float(self.fan_truth[-1])

    @property
    def half_times(self) -> Floats:
        """moment[mode], shape (4,), at which a mode is half learned, closed form, in tau."""
        return half_time(STRENGTHS, self.params.start, self.params.depth)

    @property
    def net_truth(self) -> Floats:
        """loss[network], shape (n_networks,), of simulated networks at the moment that is forecast."""
        return np.asarray(self.net_loss[:, -1])

    @property
    def band(self) -> Floats:
        """loss[end, point], shape (2, n_fan): the 10th and 90th of 100 readings."""
        pooled = self.reading.reshape(-1, self.reading.shape[-1])
        return np.asarray(np.quantile(pooled, (0.1, 0.9), axis=0))


@dataclass(frozen=True, kw_only=True)
class TwinParams:
    """match: what the two networks have in common. stretch: factor c of a mode's first layer, 1 / c of its second. start:
    strength of both modes at time 0. batch: inputs drawn for a step of the simulated descent. runs: pairs simulated.
    """

    match: Match = Match.SLOPE
    stretch: float = checks.bounded(6.0, low=1.0, high=10.0)
    start: float = checks.bounded(1e-3, low=1e-6, high=0.1)
    batch: int = checks.bounded(32, low=8, high=1_000_000)
    runs: int = checks.bounded(12, low=2, high=1000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class TwinResult:
    """Two networks that compute the same at time 0, and what becomes of them.

    Attributes
    ----------
    params : the twins.
    stretch : factor[network, mode], shape (2, 2), of a mode's first layer.
    time : moment[point], shape (n_points,), in tau.
    strength : learned strength[network, mode, point], shape (2, 2, n_points), closed form, in units of the teacher's strengths.
    loss : loss[network, point], shape (2, n_points), closed form, half the squared error.
    slope : slope of the loss[network], shape (2,), at time 0, a unit of tau.
    half : moment[network, mode], shape (2, 2), at which a mode is half learned, closed form, in tau.
    net_time : moment[sample], shape (n_samples,), of simulated pairs, in tau.
    net_strength : learned strength[network, run, mode, sample], shape (2, n_runs, 2, n_samples); the closed form where exact.
    net_loss : loss[network, run, sample], shape (2, n_runs, n_samples); the closed form where exact.
    unlike : difference[run], shape (n_runs,), the largest between two entries of what the twins compute at time 0.
    """

    params: TwinParams
    stretch: Floats
    time: Floats
    strength: Floats
    loss: Floats
    slope: Floats
    half: Floats
    net_time: Floats
    net_strength: Floats
    net_loss: Floats
    unlike: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def first(self) -> Ints:
        """mode[network], shape (2,), that is half learned first."""
        return np.asarray(np.argmin(self.half, axis=1))

    @property
    def gap(self) -> float:
        """Largest difference between the two losses that is still to come, as a share of the loss at time 0."""
        return float(np.abs(self.loss[0] - self.loss[1]).max() / self.loss[0, 0])

    @property
    def widest(self) -> float:
        """Moment at which the two losses differ most, in tau."""
        return float(self.time[np.argmax(np.abs(self.loss[0] - self.loss[1]))])


# Closed forms ------------------------------------------------------------------------------------------------------


def learned(time: ArrayLike, target: ArrayLike, start: ArrayLike, depth: int = 2, imbalance: ArrayLike = 0.0) -> Floats:
    """Return the strength that a mode has after `time` (in tau, not negative); the arguments broadcast.

    One layer: ``s + (a0 - s) e^{-t}``. Two, with ``k`` the imbalance ``|c^2 - d^2|``: ``a = (P - k^2 / P) / 4``, where P runs
    from ``P0 = 2 a0 + sqrt(4 a0^2 + k^2)`` to ``P+`` as ``P = (P+ - P- q) / (1 - q)``, ``q = (P0 - P+) / (P0 - P-) e^{-wt}``,
    ``w = sqrt(4 s^2 + k^2)``, ``P+- = 2s +- w``. More: by the clock; an imbalance is then refused.

    Raises
    ------
    ValueError : by name, also for a start that is not between 0 and the target where there are three layers or more.
    """
    checks.integer("depth", depth, low=1, high=100)
    late, goal, first, skew = _arrays(time=time, target=target, start=start, imbalance=imbalance)
    if late.size and late.min() < 0:
        raise ValueError(f"time must not be negative, got {late.min():g}")
    if depth != 2 and skew.any():
        raise ValueError(f"imbalance must be 0 unless there are two layers, got {np.abs(skew).max():g} and {depth}")
    if depth == 1:
        return np.asarray(goal + (first - goal) * np.exp(-late))
    if depth == 2:
        return _riccati(late, goal, first, np.abs(skew))
    _between(first, goal)
    y = _unclock(clock(logit(first / goal), depth) + depth * goal ** (2 - 2 / depth) * late, depth)
    return np.asarray(goal * expit(y))


def half_time(target: ArrayLike, start: ArrayLike, depth: int = 2, imbalance: ArrayLike = 0.0) -> Floats:
    """Return the moment at which half of the target is learned, in tau; 0 if it is so at once. The arguments broadcast.

    Two balanced layers: ``ln(s / a0 - 1) / (2s)``; one: ``ln(2 - 2 a0 / s)``.
    """
    checks.integer("depth", depth, low=1, high=100)
    goal, first, skew = _arrays(target=target, start=start, imbalance=imbalance)
    _between(first, goal)
    if depth != 2 and skew.any():
        raise ValueError(f"imbalance must be 0 unless there are two layers, got {np.abs(skew).max():g} and {depth}")
    if depth == 1:
        return np.asarray(np.maximum(np.log(2 - 2 * first / goal), 0.0))
    if depth == 2:
        w, low, high = _roots(goal, np.abs(skew))
        old, new = _growing(first, np.abs(skew)), _growing(goal / 2, np.abs(skew))
        way = np.log((high - old) * (new - low) / ((old - low) * (high - new))) / w
        return np.asarray(np.maximum(way, 0.0))
    way = (clock(np.zeros_like(goal), depth) - clock(logit(first / goal), depth)) / (depth * goal ** (2 - 2 / depth))
    return np.asarray(np.maximum(way, 0.0))


def rise_time(target: ArrayLike, depth: int = 2) -> Floats:
    """Return the time from a tenth to nine tenths of a target, in tau, wherever it started below.

    One layer: ln 9. Two: ``ln 9 / s``. A plateau grows without limit as the start goes to 0, the rise after it does not: hence
    the steps.
    """
    checks.integer("depth", depth, low=1, high=100)
    (goal,) = _arrays(target=target)
    if depth == 1:
        return np.full(goal.shape, math.log(9))
    ends = clock([-math.log(9), math.log(9)], depth)
    return np.asarray((ends[1] - ends[0]) / (depth * goal ** (2 - 2 / depth)))


def growth_rate(strength: ArrayLike, depth: int = 2, imbalance: ArrayLike = 0.0) -> Floats:
    """Return the rate at which what is missing of a mode shrinks, a unit of tau; the arguments broadcast.

    ``N a^{2 - 2/N}``, and ``sqrt(k^2 + 4 a^2)`` for two layers with imbalance k.
    """
    checks.integer("depth", depth, low=1, high=100)
    a, skew = _arrays(strength=strength, imbalance=imbalance)
    if depth == 2:
        return np.asarray(np.hypot(skew, 2 * a))
    return np.asarray(depth * np.maximum(a, 0.0) ** (2 - 2 / depth))


def clock(log_odds: ArrayLike, depth: int) -> Floats:
    """Return ``∫_0^y (1 + e^{-u})^{1 - 2/N} du`` at the log odds y, any shape: what a mode of strength s passes at the pace
    ``N s^{2 - 2/N}``.

    The log odds themselves for two layers. Gauss-Legendre sums on a table of panels, relative error below 1e-12; linear beyond
    40, where the integrand is 1.

    Raises
    ------
    ValueError : log odds below -40, beyond the table.
    """
    checks.integer("depth", depth, low=2, high=100)
    y = np.asarray(log_odds, dtype=float)
    if y.size and y.min() < -EDGE:
        raise ValueError(f"log_odds must be at least {-EDGE:g}, got {y.min():g}")
    grid, table, _ = _table(depth)
    inside = np.minimum(y, EDGE)
    at = np.minimum(((inside + EDGE) / PANEL).astype(int), len(grid) - 1)
    return np.asarray(table[at] + _panel(grid[at], inside, depth) + (y - inside))


def descent_delay(target: ArrayLike, start: ArrayLike, rate: float, strength: ArrayLike | None = None) -> Floats:
    """Return how much later than in the closed form steps of size `rate` reach a strength, half the target by default, in tau.

    Two balanced layers, first order in the rate. Steps follow the flow of ``L + rate |grad L|^2 / 4``, that is ``da/dt = 2a (s -
    a) [1 - rate (s - 3a) / 2]``; so the delay is ``rate / 4 [ln(a / a0) + 2 ln((s - a) / (s - a0))]``.
    """
    checks.number("rate", rate, low=0)
    goal, first, here = _arrays(
        target=target, start=start, strength=np.divide(target, 2) if strength is None else strength
    )
    _between(first, goal)
    if here.size and ((here <= 0) | (here >= goal)).any():
        raise ValueError(f"strength must be between 0 and the target, got values from {here.min():g} to {here.max():g}")
    return np.asarray(rate / 4 * (np.log(here / first) + 2 * np.log((goal - here) / (goal - first))))


def growing(below: ArrayLike, above: ArrayLike) -> tuple[Floats, Floats]:
    """Return strength and imbalance of a mode of two layers that need not be aligned, each of shape (...,).

    below[..., hidden]: ``w = W1 v``; above[..., hidden]: ``z = W2^T u``. If no other mode interferes, ``p = w + z`` grows and
    ``m = w - z`` shrinks at the rates ``+-(s - a)``, with ``a = w . z = (|p|^2 - |m|^2) / 4``. So ``k = |p| |m|`` is conserved,
    and the closed form in `learned` holds as it stands.
    """
    w, z = np.asarray(below, dtype=float), np.asarray(above, dtype=float)
    if w.shape != z.shape:
        raise ValueError(f"above must have the shape of below, {w.shape}, got {z.shape}")
    p, m = np.linalg.norm(w + z, axis=-1), np.linalg.norm(w - z, axis=-1)
    return np.asarray((p - m) * (p + m) / 4), np.asarray(p * m)


def shallow_loss(time: ArrayLike, errors: ArrayLike, variances: ArrayLike = 1.0) -> Floats:
    """Return the loss of one layer[moment], shape (n_times,), for errors[input] that are missing at time 0 along principal inputs
    of given variances[input]: ``sum_i lambda_i D_i^2 exp(-2 lambda_i t) / 2``.
    """
    late = checks.array("time", np.ravel(time), (None,), low=0)
    missing = checks.array("errors", np.ravel(errors), (None,))
    spread = np.broadcast_to(checks.array("variances", np.ravel(variances), (None,), low=0), missing.shape)
    return np.asarray(0.5 * np.exp(-2 * np.outer(late, spread)) @ (spread * missing**2))


def one_mode(loss: ArrayLike, slope: ArrayLike, horizon: ArrayLike, depth: int = 2) -> Floats:
    """Return the loss at the horizon that the rule gives to whoever has seen the loss, its slope, and thinks of a single mode.

    ``L' = -2N a^{2 - 2/N} L`` gives a, and ``s = a + sqrt(2L)``; one layer has no choice but the log slope. Arguments broadcast,
    the loss is above 0.
    """
    checks.integer("depth", depth, low=1, high=100)
    now, fall, late = _arrays(loss=loss, slope=slope, horizon=horizon)
    if depth == 1:
        return np.asarray(now * np.exp(late * fall / now))
    missing = np.sqrt(2 * now)
    a = np.maximum(-fall / (2 * depth * now), 0.0) ** (depth / (2 * depth - 2))
    goal = a + missing
    a = np.clip(a, 1e-12 * goal, (1 - 1e-12) * goal)
    return np.asarray((goal - learned(late, goal, a, depth)) ** 2 / 2)


def partner(stretch: float, start: float, targets: tuple[float, float] = TWIN_STRENGTHS) -> float:
    """Return the factor of the second mode that gives the slope of the loss what `stretch` of the first mode gives to it.

    ``c^2 + c^-2 - 2 = 4 sinh^2(ln c)`` is what a stretch adds to a slope, times ``a (s - a)^2``; so ``sinh(ln c2) = sinh(ln c1)
    (s1 - a) / (s2 - a)``.
    """
    checks.number("stretch", stretch, low=1)
    checks.number("start", start, low=0, high=min(targets), open_high=True)
    return math.exp(math.asinh(math.sinh(math.log(stretch)) * (targets[0] - start) / (targets[1] - start)))


def _arrays(**given: ArrayLike) -> list[Floats]:
    """Arguments as finite float arrays of one shape."""
    made = {name: np.asarray(one, dtype=float) for name, one in given.items()}
    for name, one in made.items():
        if not np.isfinite(one).all():
            raise ValueError(f"{name} must be finite, got NaN or infinity")
    return [np.asarray(one) for one in np.broadcast_arrays(*made.values())]


def _between(start: Floats, target: Floats) -> None:
    if start.size and ((start <= 0) | (start >= target)).any():
        raise ValueError(f"start must be between 0 and the target, got values from {start.min():g} to {start.max():g}")


def _roots(target: Floats, skew: Floats) -> tuple[Floats, Floats, Floats]:
    """Rate w and the two roots of the Riccati equation, the negative one without loss of digits."""
    w = np.hypot(2 * target, skew)
    return w, -np.square(skew) / (2 * target + w), 2 * target + w


def _growing(strength: Floats, skew: Floats) -> Floats:
    """``P = 2a + sqrt(4 a^2 + k^2)``."""
    root = np.hypot(2 * strength, skew)
    with np.errstate(invalid="ignore", divide="ignore"):
        low = np.where(root > 0, np.square(skew) / np.where(root > 0, root - 2 * strength, 1.0), 0.0)
    return np.asarray(np.where(strength < 0, low, 2 * strength + root))


def _riccati(time: Floats, target: Floats, start: Floats, skew: Floats) -> Floats:
    w, low, high = _roots(target, skew)
    old = _growing(start, skew)
    if old.size and (old <= 0).any():
        raise ValueError("start must be above 0 where there is no imbalance: nothing grows out of nothing")
    q = (old - high) / (old - low) * np.exp(-w * time)
    new = (high - low * q) / (1 - q)
    return np.asarray((new - np.square(skew) / new) / 4)


@lru_cache(maxsize=8)
def _table(depth: int) -> tuple[Floats, Floats, CubicHermiteSpline]:
    """Log odds[node], the clock there, and the inverse as a spline."""
    grid = np.arange(-EDGE, EDGE + PANEL / 2, PANEL)
    panels, middle = _panel(grid[:-1], grid[1:], depth), len(grid) // 2
    below = -np.cumsum(panels[:middle][::-1])[::-1]  # from 0 outward: what lies far below 0 is huge
    table = np.concatenate([below, [0.0], np.cumsum(panels[middle:])])
    return grid, table, CubicHermiteSpline(table, grid, (1 + np.exp(-grid)) ** (2 / depth - 1))


def _panel(start: Floats, end: Floats, depth: int) -> Floats:
    half = (end - start)[..., None] / 2
    inside = start[..., None] + half * (1 + NODES)
    return np.asarray(np.sum(half * WEIGHTS * (1 + np.exp(-inside)) ** (1 - 2 / depth), axis=-1))


def _unclock(passed: Floats, depth: int) -> Floats:
    """Log odds at which the clock stands at `passed`: the spline, and one step of Newton."""
    _, table, inverse = _table(depth)
    inside = np.minimum(passed, table[-1])
    y = np.clip(inverse(inside), -EDGE, EDGE)
    y = y - (clock(y, depth) - inside) * (1 + np.exp(-y)) ** (2 / depth - 1)
    return np.asarray(y + (passed - inside))


# Descent of whole matrices -----------------------------------------------------------------------------------------


def step(
    layers: Sequence[Floats], teacher: Floats, rate: float = RATE, covariance: Floats | None = None
) -> list[Floats]:
    """Return the layers after one step down the gradient of ``|S - W_N ... W_1|^2 / 2``.

    layers: from the first to the last, each (..., out, in); teacher: (..., out, in); covariance: of this step's inputs, (..., in,
    in), white by default.
    """
    seen = list(accumulate(layers, lambda below, layer: layer @ below))
    error = teacher - seen.pop()
    error = error if covariance is None else error @ covariance
    moved = []
    for layer, below in zip(layers[:0:-1], seen[::-1], strict=True):
        moved.append(layer + rate * (error @ below.swapaxes(-1, -2)))
        error = layer.swapaxes(-1, -2) @ error
    return [layers[0] + rate * error, *moved[::-1]]


def descend(
    layers: Sequence[Floats],
    teacher: Floats,
    kept: Iterable[int],
    rate: float = RATE,
    covariances: Floats | None = None,
) -> list[Floats]:
    """Return the layers after each number of steps in `kept` (ascending), each layer of shape (n_kept, ..., out, in).

    covariances[step, ..., in, in]: of each step's inputs, white by default. See `step`.

    Raises
    ------
    ValueError : by name, if layers do not fit each other and the teacher, or `kept` is empty or does not ascend.
    """
    wanted = [int(one) for one in kept]
    if not wanted or wanted[0] < 0 or wanted != sorted(set(wanted)):
        raise ValueError(f"kept must be ascending whole numbers from 0 on, got {wanted}")
    checks.number("rate", rate, low=0, open_low=True)
    now = [np.asarray(layer, dtype=float) for layer in layers]
    sizes = [layer.shape[-2:] for layer in now]
    if not now or any(one[0] != other[1] for one, other in pairwise(sizes)):
        raise ValueError(f"layers must fit each other, got shapes {sizes}")
    if (sizes[-1][0], sizes[0][1]) != np.shape(teacher)[-2:]:
        raise ValueError(f"teacher must be of the shape of the product, got {np.shape(teacher)}")
    if covariances is not None and len(covariances) < wanted[-1]:
        raise ValueError(f"covariances must last for {wanted[-1]} steps, got {len(covariances)}")
    stored: list[list[Floats]] = []
    for at in range(wanted[-1] + 1):
        if at == wanted[len(stored)]:
            stored.append(now)
        if at < wanted[-1]:
            now = step(now, teacher, rate, None if covariances is None else covariances[at])
    return [np.stack([one[at] for one in stored]) for at in range(len(now))]


def grams(layers: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return ``W2 W2^T`` (..., out, out) and ``W1^T W1`` (..., in, in) of two layers: with the function, its whole future."""
    if len(layers) != 2:
        raise ValueError(f"layers must be two, got {len(layers)}")
    first, last = (np.asarray(layer, dtype=float) for layer in layers)
    return np.asarray(last @ last.swapaxes(-1, -2)), np.asarray(first.swapaxes(-1, -2) @ first)


def _product(layers: Sequence[Floats]) -> Floats:
    whole = layers[0]
    for layer in layers[1:]:
        whole = layer @ whole
    return whole


def _turns(rng: Generator, shape: tuple[int, ...], size: int) -> Floats:
    """Random orthogonal matrices, shape (*shape, size, size)."""
    q, r = np.linalg.qr(rng.standard_normal((*shape, size, size)))
    return np.asarray(q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :])


# Forecasts ---------------------------------------------------------------------------------------------------------


def solve(params: ForecastParams) -> ForecastResult:
    """Return the closed-form network and its forecasts; the one network shown is the closed form itself, read without error."""
    net_time = np.union1d(np.arange(0, params.moment, SPACING * RATE), [params.snapshot, params.moment])
    strength = _strengths(params, net_time)
    fan = _fan(params)
    return _result(
        params, net_time, strength[None], _loss(strength)[None], fan[:, -1][None], fan[-1][None, None], _scores(params)
    )


def simulate(params: ForecastParams, rng: Generator) -> ForecastResult:
    """Descend from several disordered starts, and let readers with the rule read each network, with errors."""
    left, right = _turns(rng, (2,), len(STRENGTHS))
    teacher = left @ np.diag(STRENGTHS) @ right.T
    layers = _first_weights(params, left, right, rng)
    shot, end = round(params.snapshot / RATE), round(params.moment / RATE)
    kept = np.union1d(np.arange(0, end, SPACING), [shot, end])
    path = descend(layers, teacher, kept)
    modes = left.T @ _product(path) @ right
    off = np.diag(STRENGTHS) - modes
    losses = 0.5 * np.einsum("trij,trij->rt", off, off)
    seen = [layer[np.searchsorted(kept, shot)] for layer in path]
    strength, skew = _read(seen, left, right)
    late = np.linspace(0, (end - shot) * RATE, FAN)
    told = _foretold(strength[:, None], skew[:, None], late, params, _errors(params, rng, (params.networks, READERS)))
    plain = _foretold(strength, skew, late[-1:], params, None)[:, 0]
    now, slope = losses[:, np.searchsorted(kept, shot)], -_steepness(seen, teacher)
    guesses = np.column_stack([*_blind(now, slope, late[-1], params.depth), plain])
    scores = _scores(params, _errors(params, rng, (READERS, SNAPSHOTS)))
    return _result(
        params, kept * RATE, np.moveaxis(np.diagonal(modes, axis1=-2, axis2=-1), 0, -1), losses, guesses, told, scores
    )


def _result(
    params: ForecastParams, net_time: Floats, net_strength: Floats, net_loss: Floats, guesses: Floats, told: Floats, score: Floats
) -> ForecastResult:  # fmt: skip
    time = np.linspace(0, params.window, 101)
    strength, fan_time = _strengths(params, time), _fan_time(params)
    return ForecastResult(
        params=params, time=time, strength=strength, loss=_loss(strength), fan_time=fan_time,
        fan_truth=_loss(_strengths(params, fan_time)), fan=_fan(params), net_time=net_time, net_strength=net_strength,
        net_loss=net_loss, net_forecast=guesses, reading=told, score=score,
    )  # fmt: skip


def _fan_time(params: ForecastParams) -> Floats:
    return params.snapshot + np.linspace(0, params.horizon, FAN)


def _strengths(params: ForecastParams, time: Floats) -> Floats:
    """Closed form[mode, moment]."""
    return learned(time, np.array(STRENGTHS)[:, None], params.start, params.depth)


def _loss(strength: Floats) -> Floats:
    """Loss[moment] of strength[mode, moment]."""
    return np.asarray(0.5 * np.sum((np.array(STRENGTHS)[:, None] - strength) ** 2, axis=0))


def _slope(strength: Floats, depth: int) -> Floats:
    """Slope of the loss[moment] of strength[mode, moment], a unit of tau."""
    off = np.array(STRENGTHS)[:, None] - strength
    return np.asarray(-np.sum(growth_rate(strength, depth) * off**2, axis=0))


def _blind(now: Floats, slope: Floats, horizon: Floats | float, depth: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Forecasts that know the loss and its slope, and no weights; cut at 0."""
    stays = now + 0.0 * np.asarray(horizon)
    tangent = np.maximum(now + slope * horizon, 0.0)
    return stays, tangent, now * np.exp(slope * horizon / now), one_mode(now, slope, horizon, depth)


def _fan(params: ForecastParams) -> Floats:
    """Forecasts[method, moment] from the closed-form network."""
    at = _strengths(params, np.array([params.snapshot]))
    late = np.linspace(0, params.horizon, FAN)
    by_rule = _foretold(at[:, 0], np.zeros(len(at)), late, params, None)
    return np.stack([*_blind(_loss(at), _slope(at, params.depth), late, params.depth), by_rule])


def _errors(params: ForecastParams, rng: Generator, shape: tuple[int, ...]) -> Floats:
    """A reader's errors[kind, ..., mode]: in the log odds, and in the logarithm of the teacher's strengths."""
    drawn = rng.standard_normal((2, *shape, len(STRENGTHS)))
    return np.asarray(drawn * np.reshape([params.misreading, params.misjudging], (2, *[1] * (len(shape) + 1))))


def _foretold(strength: Floats, skew: Floats, horizon: Floats, params: ForecastParams, errors: Floats | None) -> Floats:
    """Loss[..., moment] by the rule, from strength and imbalance[..., mode] as they are or as they are misread."""
    true = np.array(STRENGTHS)
    odds, judged = np.zeros((2, 1)) if errors is None else (errors[0], errors[1])
    goal, share = true * np.exp(judged), strength / true
    inside = (share > FLOOR) & (share < 1 - FLOOR)
    safe = np.where(inside, share, 0.5)
    beyond = np.where(share > 0.5, 1.0, np.exp(odds))  # what is learned already is not misread
    factor = np.where(inside, expit(logit(safe) + odds) / safe, beyond) * goal / true
    start, lean = strength * factor, skew * factor
    if params.depth > 1:
        start = np.where(lean > 0, start, np.maximum(start, FLOOR * goal))
    if params.depth > 2:
        start = np.minimum(start, (1 - FLOOR) * goal)
    shape = np.broadcast_shapes(goal.shape, start.shape, lean.shape)
    wide = [np.broadcast_to(one, shape)[..., None] for one in (goal, start, lean)]
    off = wide[0] - learned(horizon, wide[0], wide[1], params.depth, wide[2])
    return np.asarray(0.5 * np.sum(off**2, axis=-2))


def _scores(params: ForecastParams, errors: Floats | None = None) -> Floats:
    """Mean error of every forecaster, as a share of the loss at time 0."""
    last = params.window - params.horizon
    early = np.linspace(0, last, SNAPSHOTS)
    at = _strengths(params, early)
    now, truth = _loss(at), _loss(_strengths(params, early + params.horizon))
    run = _loss(_strengths(params, np.linspace(0, params.window, 401)))
    skew, late = np.zeros(at.T.shape), np.array([params.horizon])
    read = _foretold(at.T, skew, late, params, None)[:, 0]
    misread = read if errors is None else _foretold(at.T, skew, late, params, errors)[..., 0]
    mean = np.full(len(early), trapezoid(run, dx=1 / 400))
    guesses = [mean, *_blind(now, _slope(at, params.depth), params.horizon, params.depth)]
    guesses += [misread, read]
    return np.array([np.abs(one - truth).mean() for one in guesses]) / float(run[0])


def _first_weights(params: ForecastParams, left: Floats, right: Floats, rng: Generator) -> list[Floats]:
    """Layers[network, out, in]: aligned with the teacher up to turns of the hidden units, and a random part of the same size."""
    size, depth = len(STRENGTHS), params.depth
    inner = _turns(rng, (3, params.networks), size)[: depth - 1]
    noise = params.disorder / math.sqrt(size) * rng.standard_normal((4, params.networks, size, size))[:depth]
    ends = [np.broadcast_to(right, noise[0].shape), *inner, np.broadcast_to(left, noise[0].shape)]
    weights = params.start ** (1 / depth) * (np.eye(size) + noise)
    return [ends[at + 1] @ weights[at] @ ends[at].swapaxes(-1, -2) for at in range(depth)]


def _read(layers: list[Floats], left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Strength and imbalance[network, mode] as they are read off the weights along the teacher's modes."""
    if len(layers) == 2:
        below, above = layers[0] @ right, layers[1].swapaxes(-1, -2) @ left
        return growing(below.swapaxes(-1, -2), above.swapaxes(-1, -2))
    whole = left.T @ _product(layers) @ right
    strength = np.array(np.diagonal(whole, axis1=-2, axis2=-1))
    return strength, np.zeros(strength.shape)


def _steepness(layers: list[Floats], teacher: Floats) -> Floats:
    """Squared length of the gradient[network]: the loss falls by so much a unit of tau."""
    moved = step(layers, teacher, 1.0)
    parts = [np.sum((new - old) ** 2, axis=(-2, -1)) for new, old in zip(moved, layers, strict=True)]
    return np.asarray(np.sum(parts, axis=0))


# Twins -------------------------------------------------------------------------------------------------------------


def solve_twins(params: TwinParams) -> TwinResult:
    """Return the closed-form futures of both networks."""
    net_time = np.linspace(0, TWIN_WINDOW, TWIN_SAMPLES)
    strength = _twin_strengths(params, net_time)
    return _twins(params, net_time, strength[:, None], _twin_loss(strength)[:, None], np.zeros(1))


def simulate_twins(params: TwinParams, rng: Generator) -> TwinResult:
    """Let pairs of networks with eight hidden units descend on the same inputs in the same order, drawn for every step."""
    goals, steps = np.array(TWIN_STRENGTHS), round(TWIN_WINDOW / RATE)
    size, runs = len(goals), params.runs
    left, right = _turns(rng, (2, runs), size)
    units = _turns(rng, (2, runs), HIDDEN)[..., :size]
    if params.match is not Match.GRAMS:
        units = np.stack([units[0], units[0]])
    covariances = _covariances(params, steps, size, rng)
    factor, root = _stretches(params)[:, None, None, :], math.sqrt(params.start)
    first = root * (units * factor) @ right.swapaxes(-1, -2)
    last = root * (left * (1 / factor)) @ units.swapaxes(-1, -2)
    teacher = (left * goals) @ right.swapaxes(-1, -2)
    kept = np.round(np.linspace(0, steps, TWIN_SAMPLES)).astype(int)
    whole = _product(descend([first, last], teacher, kept, RATE, covariances))
    off = teacher - whole
    losses = np.moveaxis(0.5 * np.sum(off**2, axis=(-2, -1)), 0, -1)
    modes = np.diagonal(left.swapaxes(-1, -2) @ whole @ right, axis1=-2, axis2=-1)
    unlike = np.abs(whole[0, 0] - whole[0, 1]).max(axis=(-2, -1))
    return _twins(params, kept * RATE, np.moveaxis(modes, 0, -1), losses, unlike)


def _twins(params: TwinParams, net_time: Floats, net_strength: Floats, net_loss: Floats, unlike: Floats) -> TwinResult:
    time, factor = np.linspace(0, TWIN_WINDOW, 81), _stretches(params)
    strength, skew = _twin_strengths(params, time), _skews(params)
    slope = -np.sum(growth_rate(params.start, 2, skew) * (np.array(TWIN_STRENGTHS) - params.start) ** 2, axis=-1)
    return TwinResult(
        params=params, stretch=factor, time=time, strength=strength, loss=_twin_loss(strength), slope=slope,
        half=half_time(TWIN_STRENGTHS, params.start, 2, skew), net_time=net_time, net_strength=net_strength, net_loss=net_loss,
        unlike=unlike,
    )  # fmt: skip


def _stretches(params: TwinParams) -> Floats:
    """Factor[network, mode] of a mode's first layer."""
    c = params.stretch
    if params.match is Match.FUNCTION:
        return np.array([[1.0, 1.0], [c, c]])
    if params.match is Match.SLOPE:
        return np.array([[c, 1.0], [1.0, partner(c, params.start)]])
    return np.array([[c, 1.0], [c, 1.0]])


def _skews(params: TwinParams) -> Floats:
    """Imbalance[network, mode], ``a (c^2 - c^-2)``."""
    square = _stretches(params) ** 2
    return np.asarray(params.start * (square - 1 / square))


def _twin_strengths(params: TwinParams, time: Floats) -> Floats:
    return learned(time, np.array(TWIN_STRENGTHS)[None, :, None], params.start, 2, _skews(params)[..., None])


def _twin_loss(strength: Floats) -> Floats:
    """Loss[network, moment] of strength[network, mode, moment]."""
    return np.asarray(0.5 * np.sum((np.array(TWIN_STRENGTHS)[:, None] - strength) ** 2, axis=-2))


def _covariances(params: TwinParams, steps: int, size: int, rng: Generator) -> Floats:
    """Covariance[step, 1, run, in, in] of a batch of white normal inputs, drawn by its triangular root (Bartlett)."""
    root = np.tril(rng.standard_normal((steps, 1, params.runs, size, size)), -1)
    free = params.batch - np.arange(size)
    root[..., np.arange(size), np.arange(size)] = np.sqrt(rng.chisquare(free, (steps, 1, params.runs, size)))
    return np.asarray(root @ root.swapaxes(-1, -2) / params.batch)
