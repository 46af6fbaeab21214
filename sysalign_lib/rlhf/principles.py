"""A constitution as principles that vote, and a reward that overrules all of them at once.

Idea. Each principle is a direction in the plane (or space) of an answer's features; asked which of two answers is better, it
votes by the sign of the difference along its direction. A model of Bradley and Terry's kind, linear in the features, is fitted to
the votes on the questions that were asked (ge2024 let people vote in this way; here the voters are the principles of bai2022).
The fitted reward can score one answer above another although every single principle prefers the other.

The smallest instance (derived here). Principles ``e1``, ``e2`` and ``e1 + e2``; two questions, with differences ``(10, -1)`` and
``(1, -0.9)``. The first principle says yes to both, the second no to both, the third yes to both: 2 to 1 each. Two
weights fit two questions exactly, ``theta . x = ln 2`` for both, so that ``theta = ln 2 (-0.0125, -1.125)``. Both weights
are negative: the answer (0, 0) is scored above (1, 1), which all three principles prefer.

When it happens, in general. A reward ``theta`` reverses no unanimous verdict if and only if theta is a sum of the principles with
weights that are not negative. Proof: for such a sum, what all approve has a positive score. Else let y be theta less its nearest
point in the cone of such sums; then ``p . y <= 0`` for every principle p and ``theta . y > 0``, so that -y is approved by
all and rejected by theta. QED. `reversed_verdict` returns that -y. For principles that fill the plane's quarter from e1 to
e2, the cone is the quarter, and the test is whether both weights are positive.

What repairs it. Mix in a share lambda of questions in every direction. If those are all there is, theta points exactly along
the sum of the principles (as unit vectors): the votes' slope is ``E[x 1(p . x > 0)]`` summed over principles, each term a
multiple of p by symmetry, and the model's is ``E[x sigmoid(theta . x)]``, a multiple of theta. So complete coverage never
reverses a unanimous verdict, with any fixed principles. In the smallest instance 23 % of such questions suffice
(`thresholds`).

Assumption that breaks. That principles which are fixed and right make a reward that respects them. The reward is made of the
cases that were asked; elsewhere it extrapolates. Where one trade-off is all that ever comes up, any number of questions about it
leaves theta on that line, which lies outside the cone if the trade-off is a real one.

What one would wrongly conclude. That fixed principles are brittle: the same principles with other questions are not. Nor that
more principles are the cure: of random worlds with four narrow questions, 29 % reverse a unanimous verdict with 3 principles
and 20 % with 16 if there are two features, but 84 % and 82 % if there are four (`simulate_worlds`, 3,000 worlds each).

Sources: ge2024 (linear rewards can violate Pareto optimality), bai2022 (sixteen principles, one drawn for each comparison),
siththaranjan2024. The instance, the thresholds and the two lemmas are this book's. Deviations: principles vote by sign and never
err; those of bai2022 are sentences.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, nnls

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.rlhf.reward_model import fit_linear

__all__ = [
    "Cases", "PrinciplesParams", "PrinciplesResult", "WorldsParams", "WorldsResult", "approval", "asked_questions",
    "every_direction", "fan", "reversed_verdict", "reward", "simulate", "simulate_worlds", "solve", "thresholds",
]  # fmt: skip

Floats = NDArray[np.float64]

DIRECTIONS = 360  # evenly spread questions
RUNS = 20  # simulated fits
RIDGE = 1e-9  # for unlimited answers; decides only what they leave open
SAMPLE_RIDGE = 0.01  # for simulated answers, in units of answers
WORLD_RIDGE = 1e-6
NOTHING = 1e-7  # weights so small count as none
TIE = 1e-9  # a principle abstains on a difference this small along it
CURVE = np.linspace(0, 1, 41) ** 1.5  # coverage through which lines are drawn and roots are bracketed
NARROW, QUESTIONS = math.radians(10.0), 4  # half-angle of a narrow set and its size
FAR = 40  # random directions a feature that stand for every direction in a world


class Cases(StrEnum):
    """The questions that are asked first: the smallest instance, narrow sets drawn at random, or one trade-off for ever."""

    SMALLEST = "smallest instance"
    FIRST = "narrow set 1"
    SECOND = "narrow set 2"
    THIRD = "narrow set 3"
    TRADE = "one trade-off only"


@dataclass(frozen=True, kw_only=True)
class PrinciplesParams:
    """coverage: share of questions in every direction (of the trade-off only: along it). principles: how many, spread evenly over
    the quarter of the plane from e1 to e2. cases: the other questions. answers: in each of 20 simulated runs.
    """

    coverage: float = checks.bounded(0.0, low=0.0, high=1.0)
    principles: int = checks.bounded(3, low=2, high=100)
    cases: Cases = Cases.SMALLEST
    answers: int = checks.bounded(1000, low=50, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class PrinciplesResult:
    """The reward that the votes teach, and what it does to unanimous verdicts.

    Attributes
    ----------
    params : the principles and the questions.
    principle : principle[principle, feature], shape (n_principles, 2), unit vectors.
    asked : difference[question, feature], shape (n_questions, 2), of the questions asked first, in units of features.
    weights : weight[feature], shape (2,), of the reward from unlimited answers, in logits per unit of feature.
    run_weights : weight[run, feature], shape (20, 2), of the reward in each simulated run, likewise; `weights` again where exact.
    run_tilt : angle[run], shape (20,), as in `curve_tilt`; NaN where the reward is 0.
    curve_coverage : share[point], shape (n_points,), of questions in every direction, fraction.
    curve_tilt : angle[point], shape (n_points,), between the reward at that coverage and the sum of the principles, degrees
        from 0 to 180; NaN where the reward is 0.
    pair_threshold, all_threshold : coverage from which on (1, 1) is not scored below (0, 0), and from which on no unanimous
        verdict is reversed; 0 if at any coverage, infinite if at none.
    """

    params: PrinciplesParams
    principle: Floats
    asked: Floats
    weights: Floats
    run_weights: Floats
    run_tilt: Floats
    curve_coverage: Floats
    curve_tilt: Floats
    pair_threshold: float
    all_threshold: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def silent(self) -> bool:
        """Whether the reward is 0 everywhere."""
        return bool(np.abs(self.weights).max() < NOTHING)

    @property
    def tilt(self) -> float:
        """Angle between the reward and the sum of the principles, degrees; NaN if the reward is 0."""
        return float(_tilt(self.weights[None])[0])

    @property
    def witness(self) -> Floats:
        """Difference (2,), a unit vector, that no principle rejects and the reward does; zeros if there is none."""
        return reversed_verdict(self.weights, self.principle)

    @property
    def violated(self) -> bool:
        """Whether the reward reverses a unanimous verdict."""
        return bool(self.witness.any())

    @property
    def pair_reversed(self) -> bool:
        """Whether (0, 0) is scored above (1, 1)."""
        return bool(self.weights.sum() < -NOTHING)

    @property
    def reversed_share(self) -> float:
        """Share of the directions that improve both features which the reward rejects, fraction."""
        return 0.0 if self.silent else float(np.clip((self.tilt - 45) / 90, 0, 1))

    @property
    def runs_violated(self) -> int:
        """In how many of the simulated runs a unanimous verdict is reversed."""
        return int(sum(reversed_verdict(one, self.principle).any() for one in self.run_weights))


# Votes ------------------------------------------------------------------------------------------------------------


def fan(size: int) -> Floats:
    """Return `size` principles spread evenly from e1 to e2, shape (size, 2): for 3, e1, e1 + e2 and e2 as unit vectors."""
    checks.integer("size", size, low=2)
    angle = np.linspace(0, math.pi / 2, size)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def every_direction(size: int = DIRECTIONS) -> Floats:
    """Return `size` unit differences spread evenly over the circle from e1 on, shape (size, 2)."""
    checks.integer("size", size, low=1)
    angle = 2 * math.pi * np.arange(size) / size
    return np.column_stack([np.cos(angle), np.sin(angle)])


def approval(differences: ArrayLike, principles: ArrayLike) -> Floats:
    """Return the share of principles that prefer the first answer, shape (n_questions,); one that is indifferent is half for it.

    `differences`, shape (n_questions, d), are features of the first answer less those of the second; `principles` (n, d).
    """
    change, voters = _vectors("differences", differences), _vectors("principles", principles)
    along = change @ voters.T
    size = np.linalg.norm(change, axis=1)[:, None] * np.linalg.norm(voters, axis=1)
    return np.asarray((np.sign(np.where(np.abs(along) <= TIE * size, 0.0, along)) + 1).mean(1) / 2)


def asked_questions(cases: Cases) -> Floats:
    """Return the differences asked first, shape (n_questions, 2). Narrow sets are drawn with seeds 1, 2 and 3."""
    if cases is Cases.SMALLEST:
        return np.array([[10.0, -1.0], [1.0, -0.9]])
    if cases is Cases.TRADE:
        return np.outer([1.0, 2.0, 4.0], [1.0, -0.9])
    seed = (Cases.FIRST, Cases.SECOND, Cases.THIRD).index(cases) + 1
    return _narrow_set(default_rng(seed))


def _narrow_set(rng: Generator) -> Floats:
    """Questions that trade the second feature for the first: within 10 degrees of one direction, 1 to 10 units long."""
    axis = math.radians(rng.uniform(-90.0, 0.0))
    angle = axis + NARROW * rng.uniform(-1, 1, QUESTIONS)
    length = 10 ** rng.uniform(0, 1, QUESTIONS)
    return np.column_stack([np.cos(angle), np.sin(angle)]) * length[:, None]


def _mixture(cases: Cases, coverage: float) -> tuple[Floats, Floats]:
    """All questions and how often each is asked: difference[question, feature], share[question]."""
    asked = asked_questions(cases)
    far = np.array([[1.0, -0.9]]) if cases is Cases.TRADE else every_direction()
    share = np.concatenate([np.full(len(asked), (1 - coverage) / len(asked)), np.full(len(far), coverage / len(far))])
    return np.concatenate([asked, far]), share


# The reward -------------------------------------------------------------------------------------------------------


def reward(
    differences: ArrayLike, principles: ArrayLike, shares: ArrayLike | None = None, *, regularization: float = 0.0
) -> Floats:
    """Return the weights, shape (d,), that unlimited answers teach a linear Bradley-Terry reward.

    `shares`, shape (n_questions,), says how often each question is asked; all alike by default. Raises as `fit_linear` does
    where the answers leave weights open or send them to infinity.
    """
    change = _vectors("differences", differences)
    share = (
        np.full(len(change), 1 / len(change)) if shares is None else checks.array("shares", shares, (len(change),), 0)
    )
    votes = approval(change, principles)
    return fit_linear(change, share * votes, share * (1 - votes), regularization=regularization)


def reversed_verdict(weights: ArrayLike, principles: ArrayLike) -> Floats:
    """Return a difference, shape (d,), that no principle rejects and the reward does, as a unit vector; zeros if there is none.

    The weights less their nearest point in the cone of the principles, turned around (see the module's proof).
    """
    voters = _vectors("principles", principles)
    theta = checks.array("weights", weights, (voters.shape[1],))
    size = float(np.linalg.norm(theta))
    if size < NOTHING:
        return np.zeros(len(theta))
    least, gap = nnls(voters.T, theta / size)
    return np.zeros(len(theta)) if gap < NOTHING else (voters.T @ least - theta / size) / gap


@lru_cache(maxsize=256)
def thresholds(principles: int = 3, cases: Cases = Cases.SMALLEST) -> tuple[float, float]:
    """Return the coverage from which on (1, 1) is scored above (0, 0), and from which on both weights are positive.

    By root finding on the reward that unlimited answers teach, at the last change of sign on a grid of 41. 0 if so at any
    coverage, infinite if at none.
    """

    def total(coverage: float) -> float:
        return float(_population(principles, cases, coverage).sum())

    def least(coverage: float) -> float:
        return float(_population(principles, cases, coverage).min())

    return _last_root(total), _last_root(least)


def _last_root(inside: Callable[[float], float]) -> float:
    low = np.flatnonzero(np.array([inside(float(at)) for at in CURVE]) < -NOTHING)
    if not len(low):
        return 0.0
    if low[-1] == len(CURVE) - 1:
        return math.inf
    return float(brentq(inside, CURVE[low[-1]], CURVE[low[-1] + 1], xtol=1e-13))


@lru_cache(maxsize=4096)
def _population(principles: int, cases: Cases, coverage: float) -> Floats:
    """Weights from unlimited answers, shape (2,)."""
    change, share = _mixture(cases, coverage)
    return reward(change, fan(principles), share, regularization=RIDGE)


# Runs -------------------------------------------------------------------------------------------------------------


def solve(params: PrinciplesParams) -> PrinciplesResult:
    """Return what unlimited answers teach."""
    weights = _population(params.principles, params.cases, float(params.coverage))
    return _result(params, np.tile(weights, (RUNS, 1)))


def simulate(params: PrinciplesParams, rng: Generator) -> PrinciplesResult:
    """Fit the reward 20 times to `params.answers` answers: a question is drawn from the mixture, and a principle to answer it."""
    change, share = _mixture(params.cases, params.coverage)
    votes = approval(change, fan(params.principles))
    runs = []
    for dice in rng.spawn(RUNS):
        asked = dice.multinomial(params.answers, share)
        won = dice.binomial(asked, votes)
        some = asked > 0
        runs.append(fit_linear(change[some], won[some], (asked - won)[some], regularization=SAMPLE_RIDGE))
    return _result(params, np.array(runs))


def _result(params: PrinciplesParams, runs: Floats) -> PrinciplesResult:
    n, cases = params.principles, params.cases
    pair, every = thresholds(n, cases)
    return PrinciplesResult(
        params=params, principle=fan(n), asked=asked_questions(cases),
        weights=_population(n, cases, float(params.coverage)), run_weights=runs, run_tilt=_tilt(runs),
        curve_coverage=CURVE.copy(),
        curve_tilt=_tilt(np.array([_population(n, cases, float(at)) for at in CURVE])), pair_threshold=pair,
        all_threshold=every,
    )  # fmt: skip


def _tilt(weights: Floats) -> Floats:
    """Degrees between weights[point, feature] and (1, 1), the direction of the principles' sum; NaN where there are none."""
    along, across = weights[:, 0] + weights[:, 1], weights[:, 0] - weights[:, 1]
    return np.where(np.abs(weights).max(1) < NOTHING, np.nan, np.degrees(np.arctan2(np.abs(across), along)))


# Many worlds ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WorldsParams:
    """principles: in each world, drawn evenly from the directions in which no feature counts negatively. features: of an answer.
    questions: asked first, within `spread` degrees or so of one direction on which the principles disagree. coverage: share of
    questions in every direction. worlds: drawn.
    """

    principles: int = checks.bounded(3, low=2, high=1000)
    features: int = checks.bounded(2, low=2, high=20)
    questions: int = checks.bounded(4, low=1, high=1000)
    spread: float = checks.bounded(10.0, low=0.0, high=90.0)
    coverage: float = checks.bounded(0.0, low=0.0, high=1.0)
    worlds: int = checks.bounded(400, low=2, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class WorldsResult:
    """Rewards of many worlds.

    Attributes
    ----------
    params : how the worlds are drawn.
    weights : weight[world, feature], shape (n_worlds, n_features), of the reward from unlimited answers, logits per unit of
        feature.
    reversed : share[world], shape (n_worlds,), of 200 random changes that improve every feature and that the reward rejects,
        fraction.
    """

    params: WorldsParams
    weights: Floats
    reversed: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def rate(self) -> float:
        """Share of worlds whose reward rejects some change that improves every feature, fraction."""
        return float((self.weights.min(1) < -NOTHING).mean())

    @property
    def rate_error(self) -> float:
        """Standard error of the rate, fraction; that of one world where all agree."""
        seen = np.clip(self.rate, 1 / len(self.weights), 1 - 1 / len(self.weights))
        return float(np.sqrt(seen * (1 - seen) / len(self.weights)))

    @property
    def share(self) -> float:
        """Share of changes that improve every feature which the reward rejects, mean over worlds, fraction."""
        return float(self.reversed.mean())

    @property
    def share_error(self) -> float:
        """Standard error of that mean over worlds, fraction."""
        return float(self.reversed.std(ddof=1) / math.sqrt(len(self.reversed)))


def simulate_worlds(params: WorldsParams, rng: Generator) -> WorldsResult:
    """Draw principles and questions for each world and fit its reward; the same worlds whatever coverage and spread."""
    p = params
    weights, turned = np.empty((p.worlds, p.features)), np.empty(p.worlds)
    for world, dice in enumerate(rng.spawn(p.worlds)):
        voters = np.abs(_directions(dice, p.principles, p.features))
        asked = _contested(dice, voters, p)
        far = _directions(dice, FAR * p.features, p.features)
        share = np.concatenate([np.full(len(q), w / len(q)) for q, w in ((asked, 1 - p.coverage), (far, p.coverage))])
        weights[world] = reward(np.concatenate([asked, far]), voters, share, regularization=WORLD_RIDGE)
        better = np.abs(dice.standard_normal((200, p.features)))
        turned[world] = (better @ weights[world] < -NOTHING).mean()
    return WorldsResult(params=p, weights=weights, reversed=turned)


def _contested(rng: Generator, voters: Floats, params: WorldsParams) -> Floats:
    """Questions, shape (n_questions, n_features), around a direction on which the principles disagree, 1 to 10 units long."""
    candidates = _directions(rng, 100, params.features)
    split = 0.5 - np.abs(approval(candidates, voters) - 0.5)
    axis = candidates[int(np.argmax(split > 0))] if (split > 0).any() else candidates[0]
    aside = _directions(rng, params.questions, params.features)
    lean = np.radians(params.spread) * rng.uniform(0, 1, (params.questions, 1))
    across = aside - (aside @ axis)[:, None] * axis
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), TIE)
    length = 10 ** rng.uniform(0, 1, (params.questions, 1))
    return np.asarray((np.cos(lean) * axis + np.sin(lean) * across) * length)


def _directions(rng: Generator, count: int, features: int) -> Floats:
    """Random unit vectors, shape (count, features)."""
    drawn = rng.standard_normal((count, features))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _vectors(name: str, given: ArrayLike) -> Floats:
    return checks.array(name, given, (None, None))
