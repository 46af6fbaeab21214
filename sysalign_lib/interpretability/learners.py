"""Two transparent learners: both rules are two lines long, and what the pair will do is beyond anybody's forecast.

Idea. Two players repeat rock, paper, scissors. Each plays a move the more often, the better it has done: ``d ln x_i / dt =
(A y)_i - x.A y`` and ``d ln y_j / dt = (B x)_j - y.B x`` (replicator equations, the smooth limit of reinforcement learning).
A win pays 1, a loss -1, a tie ``eps_x`` to one and ``eps_y`` to the other. All is open to view: two payoff matrices, two
rules, and today's strategies to six digits.

Conserved quantity and divergence. Put ``H = -(1/3) sum_i ln(x_i y_i)``. Since every column of A sums to eps_x and every
column of B to eps_y, **dH/dt = (eps_x + eps_y)(x.y - 1/3)**: in a zero-sum game, ``eps_y = -eps_x``, H stands still, nobody
who starts off the equilibrium (a third each) ever gets there, and nobody falls off the edge. In logarithms, U of x and V of
y with the mean taken off, ``H = F(U) + F(V)`` with ``F = ln sum exp``, ``U' = A grad F(V)`` and ``V' = B grad F(U)``: a
Hamiltonian system of two parts, each of which alone is solved by a straight line. That is how it is integrated here (a
composition of order six), so that H does not creep.

Assumption that breaks. That knowing the parts is knowing the whole. For ``eps = 0`` two copies that begin a millionth apart
drift apart in proportion to time. For ``eps = 0.5`` some starts do so, too, but from others the gap grows a hundred thousandfold
in two hundred units of time: ten times better measurement buys a fixed extra time, not ten times as much.

The center. The linearized equations have ``mu^2 = [eps_x eps_y - 3 +- i sqrt 3 (eps_x + eps_y)] / 9``. *Proof*: on vectors
that sum to zero the cyclic part of A and B has the eigenvalues ``+- i sqrt 3``, and the Jacobian is ``[[0, A], [B, 0]] / 3``.
In a zero-sum game all four are imaginary, ``+- i sqrt(3 + eps^2) / 3``, each twice. In every other game, **whatever the sign
of the sum**, two have a positive real part: the equilibrium is a saddle. It is reached, for a negative sum, by players who are
exactly alike (x = y, ``d H / d t = 2 eps (|x|^2 - 1/3)``), and left by those who differ ever so little.

What one would wrongly conclude. (1) That the rules decide between order and chaos: with the same rules, one start is
regular and the next is not, and a start that looks regular for a long time may turn out otherwise. (2) That nothing can be
forecast. *Lemma*: the average of y over a time T is off the equilibrium by exactly ``|U(T) - U(0)| / (T sqrt(3 + eps_x^2))``.
Proof: the mean of U' is A, restricted to vectors that sum to zero, times the mean of y - 1/3, and there A is sqrt(3 + eps_x^2)
times a rotation. In a zero-sum game H bounds U, hence averages are known to O(1/T), chaos or not, and so are average payoffs,
eps_x / 3.

Sources: sato2002 (game, learning rule, starts x = (0.5, 0.01 k, 0.5 - 0.01 k), y = (0.5, 0.25, 0.25); Hamiltonian chaos). Its
table of exponents could not be read: those here are the book's, recorded by ``python -m
sysalign_lib.interpretability.learners`` (some minutes), and so is the rest of the mathematics. That eps = 0 is integrable is
their statement; seen here is only that it is regular from the starts that were tried.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.recorded import keep, recall
from sysalign_lib.core.result import freeze

__all__ = [
    "COARSE", "LOST", "SPAN", "STARTS", "TIES", "LearnersParams", "LearnersResult", "center_eigenvalues", "center_growth",
    "center_jacobian", "course", "energy", "exponents", "field", "first_strategies", "log_average_gap", "record",
    "recorded_exponents", "rk4", "simulate",
]  # fmt: skip

Floats = NDArray[np.float64]

SPAN = 300.0  # units of time that are looked at: beyond it rounding errors are as large as the gap was
STEP = 0.25  # of the integrator
EVERY = 2  # integrator steps from sample to sample
KNOT = 20  # samples from knot to knot: 10 units of time
SHOWN = 30.0  # units of time of the strategies' course that are drawn
LOST = 0.1  # distance between strategies from which on a forecast is lost
CYCLE = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
THIRD = 1 / 3

TIES, STARTS = (0.0, 0.1, 0.25, 0.5, 0.75), (1, 2, 3, 4, 5)  # all starts at once: a column more costs next to nothing

_OUTER = (0.784513610477560, 0.235573213359357, -1.17767998417887)
_WEIGHTS = np.array(
    [*_OUTER, 1 - 2 * sum(_OUTER), *_OUTER[::-1]]
)  # seven leapfrog steps make one of order six (Yoshida)
_HALVES = np.concatenate([[_WEIGHTS[0] / 2], (_WEIGHTS[1:] + _WEIGHTS[:-1]) / 2, [_WEIGHTS[-1] / 2]])

RECORD, COMMAND = "interpretability/learners", "python -m sysalign_lib.interpretability.learners"
WINDOW, WINDOWS, COARSE = (
    1000.0,
    20,
    0.5,
)  # of the recorded exponents: units of time of a window, how many, and the step
SETTINGS = f"ties {TIES}, starts {STARTS}, zero sum, {WINDOWS} windows of {WINDOW:g}, step {COARSE:g}, seed 2002"


@dataclass(frozen=True, kw_only=True)
class LearnersParams:
    """tie: payoff eps_x of a tie to the first player. surplus: eps_x + eps_y, 0 in a zero-sum game. Wins pay 1, losses -1.

    start: k; the first strategies are x = (0.5, 0.01 k, 0.5 - 0.01 k) and y = (0.5, 0.25, 0.25), rock, paper, scissors. gap:
    distance at which each forecast begins. time: now. copies: forecasts, each off in a direction of its own.
    """

    tie: float = checks.bounded(0.5, low=-1.0, high=1.0)
    surplus: float = checks.bounded(0.0, low=-1.0, high=1.0)
    start: int = checks.bounded(2, low=1, high=25)
    gap: float = checks.bounded(1e-6, low=1e-10, high=1e-3)
    time: float = checks.bounded(200.0, low=10.0, high=SPAN)
    copies: int = checks.bounded(8, low=2, high=64)

    def __post_init__(self) -> None:
        checks.params(self)

    @property
    def other_tie(self) -> float:
        """Payoff eps_y of a tie to the second player."""
        return self.surplus - self.tie


@dataclass(frozen=True, eq=False, kw_only=True)
class LearnersResult:
    """The true course of two learners up to now, and forecasts of it that began a little off.

    Distances are Euclidean, over the six shares of both players together.

    Attributes
    ----------
    params : the game, the start and the forecasts.
    course : share[sample, move], shape (n_samples, 3), with which the first player plays rock, paper, scissors, over the last 30
        units of time, fraction; two samples a unit.
    forecast : share[sample, move], shape (n_samples, 3), the same in the first of the forecasts.
    average, forecast_average : mean share[move] from the start until now, shape (3,), of the first player, in truth and in the
        first forecast, fraction.
    energy : H[knot], shape (n_knots,), nats.
    knots : time[knot], shape (n_knots,), from 10 until now, in units of time; each the end of ten units over
        which distances are averaged.
    error : root mean squared distance[copy, knot], shape (copies, n_knots), between a forecast and the truth, in shares.
    blind : root mean squared distance[knot], shape (n_knots,), between the guess of a third each and the truth, in shares.
    """

    params: LearnersParams
    course: Floats
    forecast: Floats
    average: Floats
    forecast_average: Floats
    energy: Floats
    knots: Floats
    error: Floats
    blind: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def median(self) -> Floats:
        """Median[knot] over the forecasts of `error`, shape (n_knots,), in shares."""
        return np.asarray(np.median(self.error, axis=0))

    @property
    def skill(self) -> Floats:
        """Skill[knot], shape (n_knots,): 1 for a perfect forecast, 0 for one as bad as the guess of a third each."""
        return np.asarray(1 - self.median / self.blind)

    @property
    def horizon(self) -> float:
        """Time after which the median forecast is more than 0.1 off for the first time; infinite if it is not so far."""
        late = np.flatnonzero(self.median > LOST)
        return float(self.knots[late[0]]) if late.size else math.inf


# The game ------------------------------------------------------------------------------------------------------------


def first_strategies(start: int) -> tuple[Floats, Floats]:
    """Return share[move], shape (3,), of both players at the start number k of sato2002."""
    checks.integer("start", start, low=1, high=25)
    return np.array([0.5, 0.01 * start, 0.5 - 0.01 * start]), np.array([0.5, 0.25, 0.25])


def field(strategies: ArrayLike, tie: float, other_tie: float) -> Floats:
    """Return d/dt of strategies[case, share], shape (n_cases, 6), the first player's shares and then the second's."""
    z = checks.array("strategies", strategies, (None, 6), low=0, high=1)
    _ties(tie, other_tie)
    return _field(z, CYCLE + tie * np.eye(3), CYCLE + other_tie * np.eye(3))


def energy(first: ArrayLike, second: ArrayLike) -> Floats:
    """Return ``H = -(1/3) sum_i ln(x_i y_i)``, shape (n_cases,), of shares of both players, each of shape (n_cases, 3)."""
    x = checks.array("first", first, (None, 3), low=1e-300, high=1)
    y = checks.array("second", second, (None, 3), low=1e-300, high=1)
    return np.asarray(-(np.log(x) + np.log(y)).mean(axis=1))


def center_jacobian(tie: float, other_tie: float) -> Floats:
    """Return the Jacobian[to, from], shape (6, 6), of the equations at the equilibrium, ``[[0, A], [B, 0]] / 3`` less means."""
    _ties(tie, other_tie)
    none = np.zeros((3, 3))
    level = np.eye(3) - THIRD
    first, second = level @ (CYCLE + tie * np.eye(3)) @ level, level @ (CYCLE + other_tie * np.eye(3)) @ level
    return np.block([[none, first], [second, none]]) / 3


def center_eigenvalues(tie: float, other_tie: float) -> NDArray[np.complex128]:
    """Return the four eigenvalues, shape (4,), of strategies near the equilibrium, per unit of time, closed form."""
    _ties(tie, other_tie)
    square = (tie * other_tie - 3 + 1j * math.sqrt(3) * (tie + other_tie)) / 9
    root = np.sqrt(square)
    return np.array([root, -root, np.conj(root), -np.conj(root)])


def center_growth(tie: float, other_tie: float) -> float:
    """Return the rate at which the equilibrium is left, per unit of time: 0 in a zero-sum game, positive in every other."""
    return float(center_eigenvalues(tie, other_tie).real.max()) if tie + other_tie else 0.0


def log_average_gap(before: ArrayLike, after: ArrayLike, tie: float, span: float) -> float:
    """Return how far the opponent's average is from a third each, from the player's own shares at both ends, shape (3,) each.

    ``|U(T) - U(0)| / (T sqrt(3 + eps^2))``, Euclidean distance in shares.
    """
    ends = [
        np.log(checks.array(name, one, (3,), low=1e-300, high=1))
        for name, one in (("before", before), ("after", after))
    ]
    checks.number("tie", tie, low=-1, high=1)
    checks.number("span", span, low=0, open_low=True)
    moved = ends[1] - ends[0]
    return float(np.linalg.norm(moved - moved.mean()) / (span * math.sqrt(3 + tie**2)))


def _ties(tie: float, other_tie: float) -> None:
    checks.number("tie", tie, low=-2, high=2)
    checks.number("other_tie", other_tie, low=-2, high=2)


def _field(z: Floats, a: Floats, b: Floats) -> Floats:
    x, y = z[:, :3], z[:, 3:]
    gain, other = y @ a.T, x @ b.T
    gain -= np.sum(x * gain, axis=1, keepdims=True)
    other -= np.sum(y * other, axis=1, keepdims=True)
    return np.concatenate([x * gain, y * other], axis=1)


# Courses -------------------------------------------------------------------------------------------------------------


def rk4(strategies: ArrayLike, tie: float, other_tie: float, span: float, size: float = 0.05) -> Floats:
    """Return strategies[case, share], shape (n_cases, 6), after `span` units of time by the fourth-order Runge-Kutta rule.

    The usual way, beside which the splitting of `course` can be checked; `size` is the step. Shares are made to add up to 1 after
    each: an error of their sum grows like exp(t eps / 3) for the player who pays eps for a tie, and blows up a long run.
    """
    z = checks.array("strategies", strategies, (None, 6), low=0, high=1)
    _ties(tie, other_tie)
    checks.number("span", span, low=0, high=1e5)
    checks.number("size", size, low=0, high=1, open_low=True)
    a, b = CYCLE + tie * np.eye(3), CYCLE + other_tie * np.eye(3)
    for _ in range(round(span / size)):
        k1 = _field(z, a, b)
        k2 = _field(z + size / 2 * k1, a, b)
        k3 = _field(z + size / 2 * k2, a, b)
        k4 = _field(z + size * k3, a, b)
        z = z + size / 6 * (k1 + 2 * (k2 + k3) + k4)
        z[:, :3] /= z[:, :3].sum(axis=1, keepdims=True)
        z[:, 3:] /= z[:, 3:].sum(axis=1, keepdims=True)
    return z


def course(
    strategies: ArrayLike, tie: float, other_tie: float, span: float = SPAN, size: float = STEP, every: int = EVERY
) -> Floats:
    """Return strategies[sample, case, share], shape (n_samples, n_cases, 6), in the course of `span` units of time.

    strategies : share[case, share], shape (n_cases, 6), both players' at first, above 0. size : step of the integrator. every :
    steps from sample to sample; the first sample is the start.
    """
    z = checks.array("strategies", strategies, (None, 6), low=1e-300, high=1)
    _ties(tie, other_tie)
    checks.number("span", span, low=0, high=1e5)
    checks.number("size", size, low=0, high=2, open_low=True)
    checks.integer("every", every, low=1, high=1_000_000)
    u, v, kicks, places = np.log(z[:, :3].T), np.log(z[:, 3:].T), _kicks(tie, other_tie, size), [z]
    for done in range(1, round(span / size) + 1):
        step(u, v, kicks)
        if done % every == 0:
            u -= u.max(axis=0)
            v -= v.max(axis=0)
            places.append(np.concatenate([_shares(u), _shares(v)]).T)
    return np.array(places)


def step(u: Floats, v: Floats, kicks: list[tuple[bool, Floats]]) -> None:
    """Move u[move, case] and v[move, case], logarithms of shares up to a constant, by one integrator step, in place."""
    for first, payoff in kicks:
        moved, other = (u, v) if first else (v, u)
        weighed = payoff @ np.exp(other)
        moved += weighed[:3] / weighed[3]


def _kicks(tie: float, other_tie: float, size: float) -> list[tuple[bool, Floats]]:
    """Parts of a step: whether the first player moves, and that player's payoffs times the part's length above a row of ones."""
    a, b = CYCLE + tie * np.eye(3), CYCLE + other_tie * np.eye(3)
    parts = [(True, _HALVES[0] * a)]
    for half, weight in zip(_HALVES[1:], _WEIGHTS, strict=True):
        parts += [(False, weight * b), (True, half * a)]
    return [(first, np.vstack([size * payoff, np.ones(3)])) for first, payoff in parts]


def _shares(logs: Floats) -> Floats:
    e = np.exp(logs)
    return np.asarray(e / e.sum(axis=0))


def exponents(
    tie: float, starts: ArrayLike, window: float, windows: int, rng: Generator, surplus: float = 0.0, size: float = STEP
) -> Floats:
    """Return rate[start, window], shape (n_starts, windows), at which a tiny gap grows, per unit of time.

    A tangent vector, at first in a random direction, goes along with the logarithms of the shares and is brought back to length
    1 every unit of time; the mean over all windows is the finite-time estimate of the largest Lyapunov exponent.
    """
    numbers = checks.array("starts", starts, (None,), low=1, high=25)
    checks.number("tie", tie, low=-1, high=1)
    checks.number("window", window, low=1, high=1e5)
    checks.integer("windows", windows, low=1, high=10_000)
    checks.number("surplus", surplus, low=-1, high=1)
    checks.number("size", size, low=0, high=1, open_low=True)
    logs = np.log(np.array([first_strategies(int(one)) for one in numbers])).transpose(1, 2, 0)
    tangent, _ = _rescaled(rng.standard_normal(logs.shape))
    both = np.concatenate([logs, tangent], axis=2)  # [player, move, case or its tangent]
    kicks, rest, grown = _kicks(tie, surplus - tie, size), max(1, round(1 / size)), []
    for _ in range(windows):
        stretch = np.zeros(len(numbers))
        for done in range(1, round(window / size) + 1):
            _tangent_step(both, kicks)
            if done % rest == 0 or done == round(window / size):
                both[:, :, len(numbers) :], growth = _rescaled(both[:, :, len(numbers) :])
                both[:, :, : len(numbers)] -= both[:, :, : len(numbers)].max(axis=1, keepdims=True)
                stretch += growth
        grown.append(stretch / window)
    return np.array(grown).T


def _tangent_step(both: Floats, kicks: list[tuple[bool, Floats]]) -> None:
    """Move logarithms and tangents[player, move, case or its tangent] by one integrator step, in place."""
    cases = both.shape[2] // 2
    for first, payoff in kicks:
        moved, other = (both[0], both[1]) if first else (both[1], both[0])
        size = np.exp(other[:, :cases])
        weighed = payoff @ np.concatenate([size, size * other[:, cases:]], axis=1)
        here, ahead, total = weighed[:3, :cases], weighed[:, cases:], weighed[3, :cases]
        moved[:, :cases] += here / total
        moved[:, cases:] += (ahead[:3] - here * (ahead[3] / total)) / total


def _rescaled(tangent: Floats) -> tuple[Floats, Floats]:
    """Tangents[player, move, case] brought back to length 1, and the logarithm of the length each had, shape (n_cases,)."""
    level = tangent - tangent.mean(axis=1, keepdims=True)
    length = np.sqrt((level**2).sum(axis=(0, 1)))
    return level / length, np.asarray(np.log(length))


# What is recorded ----------------------------------------------------------------------------------------------------


def recorded_exponents() -> Floats:
    """Return rate[tie, start, window], shape (5, 5, 20), for `TIES`, `STARTS` and windows of 1,000 units of time, zero sum."""
    return recall(RECORD, SETTINGS, COMMAND)


def record() -> None:
    """Compute the exponents anew and keep them."""
    rates = [exponents(tie, STARTS, WINDOW, WINDOWS, default_rng(2002), size=COARSE) for tie in TIES]
    keep(RECORD, np.array(rates), SETTINGS)


# The model -----------------------------------------------------------------------------------------------------------


def simulate(params: LearnersParams, rng: Generator) -> LearnersResult:
    """Follow two learners, and forecasts that begin a little off in random directions."""
    dice = rng.standard_normal((params.copies, 6))
    if params.tie in TIES and params.start in STARTS and params.surplus == 0:
        z = _table(params.tie, params.gap, params.copies, dice.tobytes())[STARTS.index(params.start)]
    else:
        z = _followed(params.tie, (params.start,), params.surplus, params.gap, dice)[0]
    return _result(params, z)


@lru_cache(maxsize=2 * len(TIES))
def _table(tie: float, gap: float, copies: int, dice: bytes) -> Floats:
    return _followed(tie, STARTS, 0.0, gap, np.frombuffer(dice).reshape(copies, 6))


def _followed(tie: float, starts: tuple[int, ...], surplus: float, gap: float, dice: Floats) -> Floats:
    """Strategies[start, sample, copy, share]; the first copy is the truth."""
    z = np.array([np.concatenate([first, _off(first, gap, dice)]) for first in map(_both, starts)])
    went = course(z.reshape(-1, 6), tie, surplus - tie)
    return np.moveaxis(went.reshape(len(went), *z.shape), 1, 0)


def _both(start: int) -> Floats:
    return np.concatenate(first_strategies(start))[None]


def _off(first: Floats, gap: float, dice: Floats) -> Floats:
    """Strategies[copy, share] at distance `gap` from the first, in directions that leave each player's shares adding up to 1."""
    way = dice.reshape(-1, 2, 3)
    way = (way - way.mean(axis=2, keepdims=True)).reshape(-1, 6)
    return np.asarray(first + gap * way / np.linalg.norm(way, axis=1, keepdims=True))


def _result(params: LearnersParams, z: Floats) -> LearnersResult:
    unit = 1 / (STEP * EVERY)
    now, knots = round(params.time * unit), int(params.time * unit) // KNOT
    truth, recent = z[:, 0], slice(max(0, now - round(SHOWN * unit)), now + 1)
    return LearnersResult(
        params=params, course=truth[recent, :3], forecast=z[recent, 1, :3], average=truth[: now + 1, :3].mean(axis=0),
        forecast_average=z[: now + 1, 1, :3].mean(axis=0), knots=KNOT / unit * np.arange(1.0, knots + 1),
        energy=-np.log(np.maximum(truth[KNOT : KNOT * knots + 1 : KNOT], 1e-300)).sum(axis=1) / 3,
        error=_averaged(np.sum((z[:, 1:] - z[:, :1]) ** 2, axis=2), knots).T,
        blind=_averaged(np.sum((truth - THIRD) ** 2, axis=1), knots),
    )  # fmt: skip


def _averaged(square: Floats, knots: int) -> Floats:
    """Root of the mean of squares[sample, ...] over the samples since the last knot, at each knot."""
    return np.asarray(np.sqrt(square[1 : KNOT * knots + 1].reshape(knots, KNOT, *square.shape[1:]).mean(axis=1)))


if __name__ == "__main__":
    record()
