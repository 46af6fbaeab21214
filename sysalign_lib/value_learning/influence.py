"""When does a planner move people instead of serving them? Taste that follows what is shown, and the horizon.

Idea. A taste p and an item u are directions; the item pays ``<p, u>``. People move toward what they are shown and like,
and away from what they dislike (*biased assimilation*): ``p'`` is the direction of ``p + eta <p, u> u``. For an item shown
again and again the angle obeys ``tan(angle_t) = tan(angle_0) / (1 + eta)^t`` exactly: the part along u grows by 1 + eta a
step, the part across does not. So all end at u or -u, whatever they started with; and since ``1 - cos <= tan^2 / 2``, the
reward missed on the way, ``sum (1 - cos(angle_t))``, never exceeds ``tan^2(angle_0) q^2 / (2 (q^2 - 1))`` with q = 1 + eta.
*Bounded regret, complete influence*: by reward alone this learner is nearly perfect.

The planner. It may *serve* a person, with what fits: reward 1 a step, and nobody moves. Or it may *push* its own item or
the opposite one, whichever is nearer: reward ``R cos(angle_t)``, and the person moves. Pushing now and serving later, or
the other way round, is never best: the value of k steps of serving first falls and then rises with k, so the best is an
end. What counts is by whose values the reward is judged. By *real-time* values the planner pushes if the mean of
``R cos(angle_t)`` over the horizon exceeds 1; by *final* values if ``R cos(angle_H)`` does, which is more; by *initial* values if
``R cos(angle_0)`` does: then it pushes those only who prefer the item as they are. So there is a critical angle, and people
who start uniformly on the sphere in d dimensions are pushed with probability ``P(Beta(1/2, (d - 1)/2) > cos^2(critical))``.

The horizon test. Let eta be infinite and the item of no interest at first: pushing costs a step and then pays R a step
(`plan`). Lemma: by real-time values it pays if and only if ``(H - 1) R > H``, that is ``H > R / (R - 1)``; with a discount
and no end, if and only if gamma R > 1; by initial values never. A myopic planner is H = 1.

Assumption that breaks. That reward measures service. By real-time values people's final contentment counts in full, and how
they came by it not at all. What one would wrongly conclude. That planning ahead is at fault: with initial values a planner
of any horizon moves nobody who would not choose it. That a good objective undoes influence: those who prefer the item are
moved to its very end. And that influence needs a plan: at R = 1 nobody is pushed whatever the horizon, but a recommender
that *deploys* what it estimates moves people without any plan (`recommender`).

Sources: dean2022 (the dynamics on the sphere, constant regret), carroll2022 and carroll2024 (whose values count; the horizon).
The tangent law's use, the critical angle and the horizon test are this book's. Deviations: people and items are known to the
planner, and it has one item (and its opposite) to push.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincc

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "InfluenceParams", "InfluenceResult", "Plan", "Values", "angle_after", "assimilate", "critical_cosine", "influences",
    "pays_forever", "plan", "regret", "regret_bound", "share_above", "simulate", "solve",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SPAN = 30  # steps that the picture spans at least
SHOWN = 12  # people whose way is drawn
SEEN = (1, 3, 6, 12, 20, 30)  # horizons at which people are counted
HALVINGS = 50
FIRM = 1e-12  # a reward must exceed what serving brings by so much, a share of it


class Values(StrEnum):
    """By whose values a step's reward is judged."""

    REAL_TIME = "the values they have at that time"
    FINAL = "the values they end with"
    INITIAL = "the values they came with"


@dataclass(frozen=True, kw_only=True)
class InfluenceParams:
    """pull: eta, how far a step moves taste. reward: R, what the planner's item pays where it fits; serving pays 1.

    horizon: steps planned. discount: weight of a step relative to the one before. values: by which reward is judged.
    dimension: of the sphere of tastes. people: simulated.
    """

    pull: float = checks.bounded(0.2, low=0.0, high=10.0)
    reward: float = checks.bounded(1.5, low=0.0, high=10.0)
    horizon: int = checks.bounded(12, low=1, high=200)
    discount: float = checks.bounded(1.0, low=0.0, high=1.0)
    values: Values = Values.REAL_TIME
    dimension: int = checks.bounded(3, low=2, high=100)
    people: int = checks.bounded(1000, low=SHOWN, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class InfluenceResult:
    """Who is pushed, at every horizon, and where a dozen of them go.

    Attributes
    ----------
    params : people and planner.
    horizon : horizon[column], shape (n_columns,), in steps, from 1.
    share : share[column] of the people whom a planner with that horizon pushes, shape (n_columns,), exact, fraction.
    seen_horizon : horizon[sample], shape (n_samples,), in steps.
    seen_share, seen_error : share[sample] as simulated and its standard error, shape (n_samples,), fraction; none where exact.
    time : step[knot], shape (n_knots,), from 0 to the horizon.
    angle : angle[person, knot] to the nearer end of the item's axis, shape (12, n_knots), in degrees.
    pushed : whether the planner pushes[person], shape (12,).
    consents : whether the person prefers the item at first[person], shape (12,).
    """

    params: InfluenceParams
    horizon: Floats
    share: Floats
    seen_horizon: Floats
    seen_share: Floats
    seen_error: Floats
    time: Floats
    angle: Floats
    pushed: Flags
    consents: Flags

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def pushed_share(self) -> float:
        """Share of the people who are pushed at the horizon chosen, exact."""
        return float(self.share[self.params.horizon - 1])

    @property
    def consent_share(self) -> float:
        """Share of the people who prefer the planner's item as they are, exact."""
        return float(share_above(_preferred(self.params.reward), self.params.dimension))

    @property
    def turned_share(self) -> float:
        """Share of the people who are pushed though they would not have chosen it, exact."""
        return max(self.pushed_share - self.consent_share, 0.0)

    @property
    def threshold(self) -> float:
        """Horizon beyond which a planner pushes anybody, if taste moved at once: ``R / (R - 1)``; infinite if R is 1 or less."""
        reward = self.params.reward
        return reward / (reward - 1) if reward > 1 else math.inf


# Taste -------------------------------------------------------------------------------------------------------------


def assimilate(taste: ArrayLike, item: ArrayLike, pull: float) -> Floats:
    """Return tastes after one step with an item, ``p + pull <p, u> u`` scaled back to length 1.

    Parameters
    ----------
    taste : p[person, axis], shape (n, d), each of length 1.
    item : u[axis], shape (d,), of length 1.
    """
    taste = checks.array("taste", taste, (None, None))
    item = checks.array("item", item, taste.shape[1:])
    checks.number("pull", pull, low=0)
    moved = taste + pull * (taste @ item)[:, None] * item
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def angle_after(angle: ArrayLike, pull: ArrayLike, steps: ArrayLike) -> Floats:
    """Return the angle to an item after it was shown for some steps, by the tangent law; radians in [0, pi]; broadcasts."""
    start = np.asarray(angle, dtype=float)
    with np.errstate(under="ignore"):
        left = (1 + np.asarray(pull, dtype=float)) ** -np.asarray(steps, dtype=float)
        return np.asarray(np.arctan2(np.sin(start) * left, np.cos(start)))


def regret(angle: float, pull: float, steps: int) -> float:
    """Return the reward missed in so many steps of pushing, ``sum (1 - cos(angle_t))``, in units of a full match."""
    checks.integer("steps", steps, low=1)
    at = angle_after(angle, pull, np.arange(steps))
    return float(np.sum(2 * np.sin(at / 2) ** 2))


def regret_bound(angle: float, pull: float) -> float:
    """Return what the regret never exceeds, ``tan^2(angle) q^2 / (2 (q^2 - 1))`` with q = 1 + pull.

    Raises
    ------
    ValueError : the angle is not in [0, pi / 2), or there is no pull.
    """
    checks.number("angle", angle, low=0, high=math.pi / 2, open_high=True)
    checks.number("pull", pull, low=0, open_low=True)
    return math.tan(angle) ** 2 / (2 * (1 - (1 + pull) ** -2))


# Planning ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The best way through the horizon test.

    actions : for each step whether the planner influences (True) or serves (False); nothing is left to do afterwards.
    worth : its reward over the horizon.
    """

    actions: tuple[bool, ...]
    worth: float


def plan(reward: float, horizon: int, discount: float = 1.0, values: Values = Values.REAL_TIME) -> Plan:
    """Return the best plan of the horizon test, by backward induction.

    Natural people bring 1 a step, influencing costs a step, and moved people bring `reward` a step.
    Judged by initial values moved people bring nothing. Judged by final values the best plan is that of real-time values: what
    was served before an influence no longer counts, but the best plan influences at once or never. Ties are served.
    """
    checks.number("reward", reward, low=0)
    checks.integer("horizon", horizon, low=1)
    checks.number("discount", discount, low=0, high=1)
    checks.choice("values", values, Values)
    natural, moved, best = 0.0, 0.0, []
    for _ in range(horizon):
        served, pushed = 1 + discount * natural, discount * moved
        best.append(pushed > served * (1 + FIRM))
        natural = max(served, pushed)
        moved = (0.0 if values is Values.INITIAL else reward) + discount * moved
    best.reverse()
    first = best.index(True) if True in best else horizon
    return Plan(actions=tuple(at == first for at in range(horizon)), worth=natural)


def influences(reward: float, horizon: int) -> bool:
    """Return whether influence pays by real-time values without a discount, by the lemma ``(H - 1) R > H``."""
    return (horizon - 1) * reward > horizon * (1 + FIRM)


def pays_forever(reward: float, discount: float) -> bool:
    """Return whether influence pays by real-time values with a discount below 1 and no end, by the lemma ``gamma R > 1``."""
    checks.number("discount", discount, low=0, high=1, open_high=True)
    return discount * reward > 1 + FIRM


def critical_cosine(params: InfluenceParams, horizons: ArrayLike) -> Floats:
    """Return the cosine of the first angle below which people are pushed, at each horizon; 1 if nobody is, 0 if everybody.

    Parameters
    ----------
    horizons : H[column], shape (n,), whole steps from 1.
    """
    steps = checks.array("horizons", horizons, (None,), low=1)
    wanted, pull = _preferred(params.reward), params.pull
    if params.values is Values.INITIAL or wanted == 1:
        return np.full(steps.shape, wanted)
    if params.values is Values.FINAL:
        with np.errstate(over="ignore"):
            return np.asarray(np.cos(np.arctan(math.sqrt(1 / wanted**2 - 1) * (1 + pull) ** steps)))
    return _halve(params, steps, wanted)


def share_above(cosine: ArrayLike, dimension: int) -> Floats:
    """Return the share of the sphere that lies nearer to an axis than an angle with this cosine; fraction."""
    checks.integer("dimension", dimension, low=2)
    return np.asarray(betaincc(0.5, (dimension - 1) / 2, np.square(np.asarray(cosine, dtype=float))))


def _halve(params: InfluenceParams, steps: Floats, high: float) -> Floats:
    """Where the mean of ``R cos(angle_t)`` over the horizon is 1, by bisection on the first cosine."""
    low, top = np.zeros(steps.shape), np.full(steps.shape, high)
    weight = _weights(params.discount, steps)
    for _ in range(HALVINGS):
        middle = (low + top) / 2
        mean = np.sum(weight * _cosines(middle, params.pull, weight.shape[1]), axis=1)
        enough = params.reward * mean > 1
        low, top = np.where(enough, low, middle), np.where(enough, middle, top)
    return top


def _weights(discount: float, steps: Floats) -> Floats:
    """Weight[column, step] of each step of a horizon; each row sums to 1."""
    at = np.arange(int(steps.max()))
    with np.errstate(under="ignore"):
        weight = np.where(at < steps[:, None], float(discount) ** at, 0.0)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _cosines(start: Floats, pull: float, steps: int) -> Floats:
    """cos(angle)[person, step] of people who start at these cosines and are pushed."""
    with np.errstate(under="ignore"):
        left = (1 + pull) ** -np.arange(steps, dtype=float)
        across = (1 - np.square(start))[:, None] * np.square(left)
    along = np.square(start)[:, None]
    return np.asarray(np.sqrt(along / np.maximum(along + across, np.finfo(float).tiny)))


def _preferred(reward: float) -> float:
    """Cosine above which people prefer the item as they are."""
    return 1 / reward if reward > 1 else 1.0


# People ------------------------------------------------------------------------------------------------------------


def solve(params: InfluenceParams) -> InfluenceResult:
    """Return the exact shares; the people drawn are quantiles of those on the sphere, moved by the tangent law."""
    at = (np.arange(SHOWN) + 0.5) / SHOWN
    start = np.array([_quantile(one, params.dimension) for one in at])
    pushed = start > critical_cosine(params, [params.horizon])
    time = _knots(params.horizon)
    moved = angle_after(np.arccos(start)[:, None], params.pull, time)
    angle = np.where(pushed[:, None], moved, np.arccos(start)[:, None])
    return _result(params, angle, start, pushed, np.empty(0), np.empty(0))


def simulate(params: InfluenceParams, rng: Generator) -> InfluenceResult:
    """Draw people on the sphere, try pushing on each of them step by step, and let the planner choose.

    The same people whatever else. The planner compares rewards summed along the way, without the tangent law.
    """
    taste = rng.standard_normal((params.people, params.dimension))
    taste /= np.linalg.norm(taste, axis=1, keepdims=True)
    item = np.eye(params.dimension)[0]
    horizons = np.array(sorted({*SEEN, params.horizon}))
    shown, chosen, cosines = [taste[:SHOWN]], {}, []
    worth, served, weight = np.zeros(params.people), 0.0, 1.0
    for step in range(1, int(horizons[-1]) + 1):
        cosines.append(np.abs(taste @ item))
        worth, served, weight = worth + weight * params.reward * cosines[-1], served + weight, weight * params.discount
        taste = assimilate(taste, item, params.pull)
        if step <= params.horizon:
            shown.append(taste[:SHOWN])
        if step in horizons:
            judged = {
                Values.REAL_TIME: worth / served,
                Values.FINAL: params.reward * np.abs(taste @ item),
                Values.INITIAL: params.reward * cosines[0],
            }
            chosen[step] = judged[params.values] > 1 + FIRM
    share = np.array([chosen[step].mean() for step in SEEN])
    pushed = chosen[params.horizon][:SHOWN]
    path = np.stack(shown)[_knots(params.horizon).astype(int)]
    way = np.where(pushed[:, None], _angles(path).T, _angles(path[:1]).T)
    error = np.sqrt(share * (1 - share) / params.people)
    return _result(params, way, cosines[0][:SHOWN], pushed, share, error)


def _angles(taste: Floats) -> Floats:
    """Angle[..., person] to the nearer end of the first axis, from taste[..., person, axis]."""
    return np.asarray(np.arctan2(np.linalg.norm(taste[..., 1:], axis=-1), np.abs(taste[..., 0])))


def _quantile(share: float, dimension: int) -> float:
    """Cosine such that this share of the sphere lies nearer to the axis."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if float(share_above(middle, dimension)) > share else (low, middle)
    return high


def _knots(horizon: int) -> Floats:
    return np.unique(np.round(np.linspace(0, math.sqrt(horizon), 9) ** 2))


def _result(
    params: InfluenceParams, angle: Floats, start: Floats, pushed: Flags, share: Floats, error: Floats
) -> InfluenceResult:
    horizon = np.arange(1.0, max(SPAN, params.horizon) + 1)
    return InfluenceResult(
        params=params,
        horizon=horizon,
        share=share_above(critical_cosine(params, horizon), params.dimension),
        seen_horizon=np.array(SEEN[: len(share)], dtype=float),
        seen_share=share,
        seen_error=error,
        time=_knots(params.horizon),
        angle=np.degrees(angle),
        pushed=np.asarray(pushed),
        consents=np.asarray(start > _preferred(params.reward)),
    )
