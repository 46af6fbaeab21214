"""Amend the constitution? A rule that follows people's values while it also shapes them.

Idea. People's values theta wander, are pulled back toward where they would be by themselves, and are drawn toward the rule
that they live with; the rule m follows feedback. Each step, ``theta' = theta - eta theta + kappa (m - theta) + w`` with w
of variance q, and then ``m' = m + a (theta' + b + v - m)`` with v of variance r: kappa is the rule's influence, a its
gain, b a persistent bias of the feedback (a lobby, sycophancy, raters with a plan). A *fixed* rule is the one with a = 0.
A ghost, ``c' = c - eta c + w``, takes the same dice without the rule: what people would have come to value.

What is measured. *Tracking*, ``E (m - theta)^2``, is what a demand for ongoing feedback asks to be small. *Shift*,
``E (theta - c)^2``, is how far the rule has moved people, by dragging them or by holding them back: a fixed rule with
influence locks values in, and that counts too. The cost of a rule is tracking + weight x shift, averaged over the steps. Whether
being moved is harm is a judgment that no formula makes; the weight is that judgment (0: only tracking counts), and both
parts are reported.

Assumption that breaks. That values are there to be tracked, and the tracker does not touch them. Exact: an adapting rule
ends with ``theta = kappa b / eta`` and ``m = theta + b``, whatever its gain; a fixed rule with ``theta = kappa m0 / (eta +
kappa)``, which is bounded by its own text. A *founding anchor* rho, ``m'' = m' + rho (m0 - m')``, lies between: with
``g = (1 - rho) a / (1 - (1 - rho)(1 - a))`` values end at ``kappa (g b + (1 - g) m0) / (eta + kappa (1 - g))``. An *audit*
takes a share of the feedback from an independent sample, and leaves of b the rest.

What one would wrongly conclude. (1) That a rule which matches people ever better serves them ever better. Lemma, without the
pull home (eta = 0): the gap g = m - theta obeys ``g' = (1 - a)((1 - kappa) g - w) + a (b + v)``, so that its mean settles at
``a b / (1 - z)`` and its variance at ``((1 - a)^2 q + a^2 r) / (1 - z^2)`` with ``z = (1 - a)(1 - kappa)``. Both fall as kappa
rises, while values are dragged at the speed ``kappa a b / (1 - z)``, which rises: the more the rule makes people, the
better it matches them. (2) That a low gain protects people: it delays the end and does not move it. (3) That one must
choose. Over a finite horizon, or with an anchor over any, what bias and noise cost is of order a^2 and what following drift
saves of order a, so that some low enough gain beats a fixed text that was right when it was written wherever people drift at all.

Stable? The matrix of (theta, m) has determinant ``(1 - eta - kappa)(1 - a)`` and trace ``2 - eta - kappa - a + a kappa``. By
Jury's three conditions, 1 - trace + determinant = a eta must be positive, and the others hold for every eta up to 1/2, kappa
and a up to 1 that are offered here. So with a > 0 and eta > 0 there is a settled state; with eta = 0 or a = 0 the moments
over a finite horizon are exact all the same, and `settled` refuses.

Where the boundary lies. A cost is linear in q: each is a sum of squared responses to one shock, ``sum over k of (1 - k / T)
h_k^2``, times q, the same for labels times r, and the square of the mean path. So the drift at which both rules cost the
same is a quotient, computed for all influences at once. Drift above it: adapt. Below it: commit.

Sources: carroll2024 (values that the system itself moves), sharma2024 and shapira2026 (feedback that rewards agreement),
bai2022 (a fixed list of principles), huang2024 (a constitution that takes in public input). Model, lemma and map are
this book's. Deviation: everything is linear and one-dimensional, and the audit leaves the labels' noise as it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_lyapunov

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "RULES", "AmendmentParams", "AmendmentResult", "Law", "Settled", "boundary", "capture", "costs", "followed_share",
    "runaway_speed", "runaway_tracking", "settled", "simulate", "solve", "step", "transition",
]  # fmt: skip

Floats = NDArray[np.float64]

RULES = ("fixed", "adapting")
KNOTS = 15  # points of a line through time
SEEN = 6  # times at which a simulation is measured
LEAST = 1e-9  # a gain, an anchor or a pull below this settles nothing that numbers could tell
MAP = np.linspace(0.0, 0.25, 26)  # influences of the map


@dataclass(frozen=True, kw_only=True)
class AmendmentParams:
    """drift: variance of people's own move a step, squared units of value. influence: share of the gap to the rule that people
    close at each step. bias: of the feedback, units of value. gain: share of the gap to the feedback that the rule closes.

    anchor: share of the way back to the founding text that the rule goes after each amendment. audit: share of the feedback
    taken from an unbiased sample. pull: share of the way home that people go at each step. noise: variance of the feedback.
    start: the founding text, units of value; 0 is where people are. weight: cost of a unit of shift, in units of tracking.
    steps: how long. runs: societies simulated.
    """

    drift: float = checks.bounded(0.1, low=0.0, high=100.0)
    influence: float = checks.bounded(0.1, low=0.0, high=1.0)
    bias: float = checks.bounded(0.0, low=-10.0, high=10.0)
    gain: float = checks.bounded(0.1, low=0.0, high=1.0)
    anchor: float = checks.bounded(0.0, low=0.0, high=1.0)
    audit: float = checks.bounded(0.0, low=0.0, high=1.0)
    pull: float = checks.bounded(0.02, low=0.0, high=0.5)
    noise: float = checks.bounded(1.0, low=0.0, high=100.0)
    start: float = checks.bounded(0.0, low=-10.0, high=10.0)
    weight: float = checks.bounded(1.0, low=0.0, high=10.0)
    steps: int = checks.bounded(200, low=1, high=5000)
    runs: int = checks.bounded(200, low=2, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


class Law(NamedTuple):
    """What one step needs to know; each entry a number or an array that broadcasts with the state."""

    gain: Any
    influence: Any
    bias: Any
    anchor: Any
    pull: Any
    start: Any


@dataclass(frozen=True, eq=False, kw_only=True)
class AmendmentResult:
    """Two societies, one under a fixed and one under an adapting rule, in the order of `RULES`; exact and seen.

    Attributes
    ----------
    params : the world and the rule.
    time : step[knot], shape (n_knots,), from 0 to steps.
    value_mean, value_spread : mean and standard deviation of people's values[rule, knot], shape (2, n_knots), units of value.
    rule_mean : mean of the rule[rule, knot], shape (2, n_knots), units of value.
    tracking : squared distance of rule and values[rule], shape (2,), expected, averaged over the steps 1 to steps, squared units.
    shift : squared distance of values from where they would have gone[rule], shape (2,), averaged alike, squared units.
    map_influence : influence[point], shape (26,), from 0 to 0.25.
    map_drift : drift[point], shape (26,), at which both rules cost the same, variance a step; above it the adapting rule is the
        cheaper one. 0 if it is so at any drift (or both are one rule), infinite if it is so at none.
    seen_time : step[sample], shape (n_samples,), at which the simulation was measured.
        This and all that follows is empty, its last axis of length 0, where nothing was simulated.
    seen_value, seen_value_error : mean of values[rule, sample] over the runs and its standard error, shape (2, n_samples).
    seen_rule, seen_rule_error : mean of the rule[rule, sample] and its standard error, shape (2, n_samples), units of value.
    seen_tracking, seen_tracking_error : tracking[rule] as simulated and its standard error, shape (2,), squared units.
    seen_shift, seen_shift_error : shift[rule] as simulated and its standard error, shape (2,), squared units.
    """

    params: AmendmentParams
    time: Floats
    value_mean: Floats
    value_spread: Floats
    rule_mean: Floats
    tracking: Floats
    shift: Floats
    map_influence: Floats
    map_drift: Floats
    seen_time: Floats
    seen_value: Floats
    seen_value_error: Floats
    seen_rule: Floats
    seen_rule_error: Floats
    seen_tracking: Floats
    seen_tracking_error: Floats
    seen_shift: Floats
    seen_shift_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def cost(self) -> Floats:
        """Tracking and weighted shift of each rule, shape (2,), squared units a step."""
        return np.asarray(self.tracking + self.params.weight * self.shift)

    @property
    def one_rule(self) -> bool:
        """Whether the adapting rule is the fixed one: it never follows, or the founding text always has the last word."""
        return self.params.gain == 0 or self.params.anchor == 1

    @property
    def saved(self) -> float:
        """What the adapting rule costs less than the fixed one, squared units a step; negative if it costs more."""
        return float(self.cost[0] - self.cost[1])

    @property
    def drag(self) -> float:
        """How far people's values have moved on average under the adapting rule at the end of the horizon, units of value."""
        return float(self.value_mean[1, -1])

    @property
    def end(self) -> float:
        """Where people's mean value ends under the adapting rule, units of value; infinite if nothing ever pulls it back."""
        p = self.params
        share = followed_share(p.gain, p.anchor)
        return capture(p.influence, (1 - p.audit) * p.bias, p.pull, share=share, start=p.start)


# The world ---------------------------------------------------------------------------------------------------------


def step(
    value: Floats, rule: Floats, ghost: Floats, law: Law, move: Floats | float, slip: Floats | float
) -> tuple[Floats, Floats, Floats]:
    """One step: values move, biased feedback is given with a slip, the rule follows it and its text; the ghost only moves.

    All arrays of one shape, whatever its axes; used for simulated societies and for the responses that give the moments.
    """
    value = value - law.pull * value + law.influence * (rule - value) + move
    amended = rule + law.gain * (value + law.bias + slip - rule)
    rule = amended + law.anchor * (law.start - amended)
    return value, rule, ghost - law.pull * ghost + move


def transition(params: AmendmentParams) -> Floats:
    """Return the matrix that takes (values, rule, ghost) one step on, without noise, bias and founding text; shape (3, 3)."""
    law = _law(replace(params, bias=0.0, start=0.0))
    value, rule, ghost = np.eye(3)
    return np.array(step(value, rule, ghost, law, 0.0, 0.0))


def followed_share(gain: float, anchor: float) -> float:
    """Return the share g of feedback in what a rule at rest says; the founding text has the rest."""
    checks.number("gain", gain, 0, 1)
    checks.number("anchor", anchor, 0, 1)
    fresh = (1 - anchor) * gain
    return fresh / (fresh + anchor) if fresh else 0.0


def capture(influence: float, bias: float, pull: float, *, share: float = 1.0, start: float = 0.0) -> float:
    """Return where people's mean value ends under a rule that follows feedback for `share` and its founding text for the rest.

    ``kappa (g b + (1 - g) m0) / (eta + kappa (1 - g))``: kappa b / eta for g = 1, kappa m0 / (eta + kappa) for g = 0. Infinite,
    with the sign of the bias, if nothing pulls values back and they are pushed.
    """
    checks.number("influence", influence, 0, 1)
    checks.number("bias", bias)
    checks.number("pull", pull, 0)
    checks.number("share", share, 0, 1)
    checks.number("start", start)
    push, hold = influence * (share * bias + (1 - share) * start), pull + influence * (1 - share)
    if push == 0:
        return 0.0
    with np.errstate(over="ignore", divide="ignore"):
        return float(np.float64(push) / hold)


def runaway_tracking(drift: float, noise: float, gain: float, influence: float, bias: float = 0.0) -> float:
    """Return the settled tracking error where nothing pulls values home, squared units: the lemma's variance and squared mean.

    Raises
    ------
    TypeError, ValueError : a gain outside [1e-9, 1] or an influence outside [0, 1], by name.
    """
    kept = _kept(gain, influence)
    spread = ((1 - gain) ** 2 * drift + gain**2 * noise) / (1 - kept**2)
    return spread + (gain * bias / (1 - kept)) ** 2


def runaway_speed(gain: float, influence: float, bias: float) -> float:
    """Return how fast values are dragged where nothing pulls them home, ``kappa a b / (1 - z)``, units of value a step."""
    return influence * gain * bias / (1 - _kept(gain, influence))


def _kept(gain: float, influence: float) -> float:
    checks.number("gain", gain, LEAST, 1)
    checks.number("influence", influence, 0, 1)
    return (1 - gain) * (1 - influence)


def _law(params: AmendmentParams) -> Law:
    p = params
    return Law(p.gain, p.influence, (1 - p.audit) * p.bias, p.anchor, p.pull, p.start)


# The settled state -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Settled:
    """The long run under the adapting rule. tracking, shift: as in `AmendmentResult`, squared units. variance: of people's
    values, squared units. value, rule: their means, units of value.
    """

    tracking: float
    shift: float
    variance: float
    value: float
    rule: float


def settled(params: AmendmentParams) -> Settled:
    """Return the long run of an adapting rule by the discrete Lyapunov equation ``S = A S A^T + q w w^T + r v v^T``.

    Raises
    ------
    ValueError : without a pull home (of 1e-9 at least) values wander off, and a rule without gain and anchor is the fixed one;
        the message names pull or gain.
    """
    checks.number("pull", params.pull, LEAST, 0.5)
    if params.anchor < LEAST:
        checks.number("gain", params.gain, LEAST, 1)
    kept, pushed = (1 - params.anchor), (1 - params.anchor) * params.gain
    moves, slips = np.array([1.0, pushed, 1.0]), np.array([0.0, pushed, 0.0])
    matrix = transition(params)
    shocks = params.drift * np.outer(moves, moves) + params.noise * np.outer(slips, slips)
    spread = solve_discrete_lyapunov(matrix, shocks)
    constant = np.array(
        [0.0, kept * params.gain * (1 - params.audit) * params.bias + params.anchor * params.start, 0.0]
    )
    mean = np.linalg.solve(np.eye(3) - matrix, constant)
    gap, moved = np.array([-1.0, 1.0, 0.0]), np.array([1.0, 0.0, -1.0])
    return Settled(
        tracking=float(gap @ spread @ gap + (gap @ mean) ** 2),
        shift=float(moved @ spread @ moved + (moved @ mean) ** 2),
        variance=float(spread[0, 0]),
        value=float(mean[0]),
        rule=float(mean[1]),
    )


# Moments over a horizon --------------------------------------------------------------------------------------------


class _Moments(NamedTuple):
    """Responses to a unit move, to a unit slip, and the mean path, for each rule and each influence.

    tracking, shift : [rule, source, influence], mean square a step for a unit of each source.
    value, rule : [step, rule, source], at the first influence, from step 0.
    """

    tracking: Floats
    shift: Floats
    value: Floats
    rule: Floats


def _moments(params: AmendmentParams, influence: Floats) -> _Moments:
    """All moments in one pass of `step` over (rule, source, influence): the dice enter as one unit shock at the first step."""
    source = np.array([0.0, 0.0, 1.0])[:, None]
    law = _law(params)._replace(
        gain=np.array([0.0, params.gain])[:, None, None],
        anchor=np.array([0.0, params.anchor])[:, None, None],
        influence=influence,
        bias=(1 - params.audit) * params.bias * source,
        start=params.start * source,
    )
    shape = (2, 3, len(influence))
    value, ghost, rule = np.zeros(shape), np.zeros(shape), np.broadcast_to(params.start * source, shape)
    tracking, shift = np.zeros(shape), np.zeros(shape)
    values, rules = np.zeros((params.steps + 1, 2, 3)), np.zeros((params.steps + 1, 2, 3))
    rules[0] = rule[:, :, 0]
    move, slip = np.array([1.0, 0.0, 0.0])[:, None], np.array([0.0, 1.0, 0.0])[:, None]
    for at in range(params.steps):
        value, rule, ghost = step(value, rule, ghost, law, move if at == 0 else 0.0, slip if at == 0 else 0.0)
        left = 1 - at / params.steps
        share = np.array([left, left, 1 / params.steps])[:, None]
        tracking += share * (rule - value) ** 2
        shift += share * (value - ghost) ** 2
        values[at + 1], rules[at + 1] = value[:, :, 0], rule[:, :, 0]
    return _Moments(tracking, shift, values, rules)


def costs(params: AmendmentParams, influence: Floats) -> tuple[Floats, Floats]:
    """Return tracking and shift of both rules over the horizon, each of shape (2, n), at n influences; those of params count not.

    Raises
    ------
    TypeError, ValueError : influences that are no array of numbers from 0 to 1, by name.
    """
    moments = _moments(params, checks.array("influence", influence, (None,), low=0, high=1))
    return _mixed(params, moments.tracking), _mixed(params, moments.shift)


def boundary(params: AmendmentParams, influence: Floats) -> Floats:
    """Return the drift at which both rules cost the same, shape (n,), at n influences; the drift of params counts not.

    Above it the adapting rule is cheaper. 0 if it is so at any drift, or if both are one rule; infinite if it is so at none.
    """
    return _boundary(params, _moments(params, checks.array("influence", influence, (None,), low=0, high=1)))


def _mixed(params: AmendmentParams, parts: Floats) -> Floats:
    """Weigh [rule, source, influence] by the sources' variances; shape (2, n)."""
    return np.asarray(params.drift * parts[:, 0] + params.noise * parts[:, 1] + parts[:, 2])


def _boundary(params: AmendmentParams, moments: _Moments) -> Floats:
    cost = moments.tracking + params.weight * moments.shift
    rest = params.noise * cost[:, 1] + cost[:, 2]
    price, worth = rest[1] - rest[0], cost[0, 0] - cost[1, 0]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        drift = price / worth
    never = np.where(price > 0, np.inf, 0.0)
    return np.asarray(np.where(worth > 1e-12 * cost[0, 0], np.maximum(drift, 0.0), never))


def solve(params: AmendmentParams) -> AmendmentResult:
    """Return the exact moments, with nothing simulated."""
    none, pair = np.empty(0), np.empty((2, 0))
    return _result(params, none, (pair,) * 4, (none,) * 4)


def simulate(params: AmendmentParams, rng: Generator) -> AmendmentResult:
    """Run `params.runs` societies at once under both rules; the same dice for both, and whatever the parameters."""
    law = _law(params)._replace(gain=np.array([[0.0], [params.gain]]), anchor=np.array([[0.0], [params.anchor]]))
    shape, times = (2, params.runs), _times(params.steps, SEEN)[1:]
    value, ghost, rule = np.zeros(shape), np.zeros(shape), np.full(shape, float(params.start))
    gaps, moved, seen = np.zeros(shape), np.zeros(shape), []
    moves, slips = math.sqrt(params.drift), math.sqrt(params.noise)
    for at in range(1, params.steps + 1):
        dice = rng.standard_normal(shape)
        value, rule, ghost = step(value, rule, ghost, law, moves * dice[0], slips * dice[1])
        gaps += (rule - value) ** 2
        moved += (value - ghost) ** 2
        if at in times:
            seen.append((value, rule))
    paths = np.array(seen)
    middle, error = paths.mean(axis=3).transpose(1, 2, 0), _error(paths, params.runs).transpose(1, 2, 0)
    totals = [one / params.steps for total in (gaps, moved) for one in (total.mean(axis=1), _error(total, params.runs))]
    return _result(params, times.astype(float), (middle[0], error[0], middle[1], error[1]), tuple(totals))


def _error(values: Floats, runs: int) -> Floats:
    return np.asarray(values.std(axis=-1, ddof=1) / math.sqrt(runs))


def _times(steps: int, points: int) -> NDArray[np.int64]:
    return np.unique(np.round(np.linspace(0, steps, points)).astype(np.int64))


def _result(
    params: AmendmentParams, times: Floats, courses: tuple[Floats, ...], totals: tuple[Floats, ...]
) -> AmendmentResult:
    moments, knots = _moments(params, np.append(params.influence, MAP)), _times(params.steps, KNOTS)
    scale = np.array([params.drift, params.noise])
    variance = np.cumsum(moments.value[:, :, :2] ** 2, axis=0) @ scale
    parts = moments._replace(tracking=moments.tracking[:, :, 1:], shift=moments.shift[:, :, 1:])
    return AmendmentResult(
        params=params,
        time=knots.astype(float),
        value_mean=moments.value[knots, :, 2].T.copy(),
        value_spread=np.sqrt(variance[knots].T),
        rule_mean=moments.rule[knots, :, 2].T.copy(),
        tracking=_mixed(params, moments.tracking)[:, 0].copy(),
        shift=_mixed(params, moments.shift)[:, 0].copy(),
        map_influence=MAP.copy(),
        map_drift=_boundary(params, parts),
        seen_time=times,
        seen_value=courses[0],
        seen_value_error=courses[1],
        seen_rule=courses[2],
        seen_rule_error=courses[3],
        seen_tracking=totals[0],
        seen_tracking_error=totals[1],
        seen_shift=totals[2],
        seen_shift_error=totals[3],
    )
