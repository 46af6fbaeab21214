"""A recommender in the loop: it learns what people want, deploys it, and learns again from the people it has made.

Idea. Two camps talk, hold on to what they thought at first, and see recommendations. Each step they do

* talk: ``y = (1 - eta) A x + eta x(0) + w`` (Friedkin-Johnsen, with wander w), A the weights with which they listen,
* watch: ``x' = y + kappa (m - y)``: kappa is the influence of the recommendation m.

Every k steps m is estimated anew from one noisy rating a person. A *common* m is the mean of all ratings, a *personal* one
is each person's own. It aims at what people want now (*real-time*), at what they wanted at first (*initial*), or at what
they would want without it (*natural shift*; measured on a ghost society with the same dice and kappa = 0, as on a control
group that no recommender reaches). *Tracking error*: distance of m and x. *Displacement*: distance of x and its ghost, by
dragging or by holding back. Whether being moved is harm is a judgment; both are reported.

Assumption that breaks. That a falling error means that values are being learned. Stronger influence lowers the tracking
error and raises the displacement: what is learned comes nearer to what is wanted because what is wanted comes nearer to it.

Three lemmas of this book. Let ``rho = 1 - 2 lam (1 - h)`` be what talk leaves of the gap between the camps.

* **A common recommendation herds, whatever it aims at.** All see the same m, so it cancels from the gap between the camps:
  ``g' = (1 - kappa) [(1 - eta) rho g + eta g(0)]``. Neither objective nor retraining appears. The gap ends at
  ``(1 - kappa) eta g(0) / (1 - (1 - kappa)(1 - eta) rho)``, below the natural one for any kappa > 0, and without anchor
  (eta = 0) at 0.
* **Who is few is moved more.** If m is the mean of all and nothing else moves, the camp with share s is drawn by kappa (1 -
  s) of the gap.
* **A fresh personal recommendation delays and does not move.** Where x = m, ``x' = x`` if and only if y = x: the rest
  points of talk are those of talk and watching, whatever kappa < 1 and however rarely it learns. What it does add is noise:
  a common m averages rating errors out, a personal one hands each person their own.

What one would wrongly conclude. That the objective alone makes a recommender harmless. A planner with initial values moves
nobody who would not choose it (`influence`); here even one that aims at initial values or at the natural shift herds, if it
is common. Where static learning is harmless: kappa = 0, eta far above kappa, or a personal recommendation that aims at the
natural shift and is retrained often, apart from the rating noise.

Exact answers. All is linear, and people of a camp are alike: camp means and deviations from them are uncorrelated, each a
small linear system, so that means and covariances are exact for any number of people.

Sources: friedkin1990 (talk and anchor), carroll2022 (the natural shift as a baseline), carroll2024 (whose values count).
The loop and the lemmas are this book's. Deviations: opinions are numbers, ratings have normal errors, and kappa acts after
talk, which keeps opinions within the hull of what is heard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "Aim", "RecommenderParams", "RecommenderResult", "camps", "gap_after", "gap_at_rest", "simulate", "solve", "step",
]  # fmt: skip

Floats = NDArray[np.float64]

KNOTS = 13  # points of a line through time
GRID = 241  # points at which a density is looked at for peaks


class Aim(StrEnum):
    """What the recommendation is an estimate of."""

    REAL_TIME = "what they want now"
    INITIAL = "what they wanted at first"
    NATURAL = "what they would want without it"


@dataclass(frozen=True, kw_only=True)
class RecommenderParams:
    """influence: kappa, share of the way to the recommendation that a person goes a step. anchor: eta, hold of a first opinion.

    retrain: steps between two estimates. aim: what is estimated. personal: whether each person gets their own. listen: lam,
    the weight of others in talk. loyal: h, share of it that goes to the own camp. minority: its share. people: in both camps.
    distance: between the camps at first, in units of opinion. spread: of first opinions in a camp. noise: of a rating.
    wander: of opinions in a step. steps: how long. runs: societies simulated.
    """

    influence: float = checks.bounded(0.1, low=0.0, high=1.0)
    anchor: float = checks.bounded(0.05, low=0.0, high=1.0)
    retrain: int = checks.bounded(1, low=1, high=1000)
    aim: Aim = Aim.REAL_TIME
    personal: bool = False
    listen: float = checks.bounded(0.2, low=0.0, high=1.0)
    loyal: float = checks.bounded(0.9, low=0.0, high=1.0)
    minority: float = checks.bounded(0.3, low=0.0, high=1.0)
    people: int = checks.bounded(100, low=4, high=10_000)
    distance: float = checks.bounded(2.0, low=0.0, high=10.0)
    spread: float = checks.bounded(0.3, low=0.0, high=10.0)
    noise: float = checks.bounded(0.5, low=0.0, high=10.0)
    wander: float = checks.bounded(0.15, low=0.0, high=10.0)
    steps: int = checks.bounded(60, low=1, high=1000)
    runs: int = checks.bounded(10, low=2, high=1000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class RecommenderResult:
    """Two camps, minority first, with the recommender and without; exact, and as seen in many societies.

    Attributes
    ----------
    params : people and recommender.
    time : step[knot], shape (n_knots,), from 0 to steps.
    share : share[camp] of the people, shape (2,), fraction.
    value_mean, value_spread : mean and standard deviation of opinions[camp, knot], shape (2, n_knots), units of opinion.
    natural_mean, natural_spread : the same without the recommender[camp, knot], shape (2, n_knots), units of opinion.
    camp_tracking : root mean square distance[camp, knot] of recommendation and opinion, shape (2, n_knots), units of opinion.
    camp_displacement : the same distance[camp, knot] of opinion and natural opinion, shape (2, n_knots), units of opinion.
    seen_mean, seen_spread : mean and standard deviation[camp, knot] in all societies, shape (2, n_knots); no knots where exact.
    seen_tracking, seen_displacement : root mean square[knot] over people and societies, shape (n_knots,); none where exact.
    tracking_error, displacement_error : its standard error[knot] across societies, shape (n_knots,); none where exact.
    """

    params: RecommenderParams
    time: Floats
    share: Floats
    value_mean: Floats
    value_spread: Floats
    natural_mean: Floats
    natural_spread: Floats
    camp_tracking: Floats
    camp_displacement: Floats
    seen_mean: Floats
    seen_spread: Floats
    seen_tracking: Floats
    seen_displacement: Floats
    tracking_error: Floats
    displacement_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def tracking(self) -> Floats:
        """Root mean square[knot] distance of recommendation and opinion over all people, exact.

        At step 0 right after the first estimate, later before the next one.
        """
        return np.asarray(np.sqrt(self.share @ np.square(self.camp_tracking)))

    @property
    def displacement(self) -> Floats:
        """Root mean square[knot] distance of opinion and natural opinion over all people, exact."""
        return np.asarray(np.sqrt(self.share @ np.square(self.camp_displacement)))

    @property
    def gap(self) -> float:
        """Expected gap between the camps at the end, in units of opinion."""
        return float(self.value_mean[1, -1] - self.value_mean[0, -1])

    @property
    def natural_gap(self) -> float:
        """Expected gap between the camps at the end without the recommender, in units of opinion."""
        return float(self.natural_mean[1, -1] - self.natural_mean[0, -1])

    @property
    def camps(self) -> int:
        """Peaks of the law of opinions at the end."""
        return camps(self.value_mean[:, -1], self.value_spread[:, -1], self.share)

    @property
    def natural_camps(self) -> int:
        """Peaks of the law of opinions at the end without the recommender."""
        return camps(self.natural_mean[:, -1], self.natural_spread[:, -1], self.share)


# Closed forms ------------------------------------------------------------------------------------------------------


def gap_at_rest(distance: float, influence: float, anchor: float, listen: float, loyal: float) -> float:
    """Return the gap between two camps that a common recommendation leaves in the end, in units of opinion.

    ``(1 - kappa) eta g(0) / (1 - (1 - kappa)(1 - eta) rho)`` with ``rho = 1 - 2 lam (1 - h)``; influence 0 gives the natural gap.

    Raises
    ------
    ValueError : a share is not in [0, 1], or nothing brings the gap to rest at one place (its factor is 1 or -1).
    """
    for name, value in (("influence", influence), ("anchor", anchor), ("listen", listen), ("loyal", loyal)):
        checks.number(name, value, low=0, high=1)
    checks.number("distance", distance)
    factor = (1 - influence) * (1 - anchor) * (1 - 2 * listen * (1 - loyal))
    if abs(factor) == 1:
        raise ValueError("anchor must be above 0 where nothing else brings the gap to rest, got 0")
    return (1 - influence) * anchor * distance / (1 - factor)


def gap_after(params: RecommenderParams, steps: int) -> float:
    """Return the expected gap between the camps after some steps of a common recommendation, in units of opinion.

    From the lemma's recursion; neither the aim nor the retraining enters.
    """
    checks.integer("steps", steps, low=0)
    p, gap = params, params.distance
    for _ in range(steps):
        talked = (1 - p.anchor) * (1 - 2 * p.listen * (1 - p.loyal)) * gap + p.anchor * p.distance
        gap = (1 - p.influence) * talked
    return gap


def camps(means: ArrayLike, spreads: ArrayLike, shares: ArrayLike) -> int:
    """Return how many peaks the law of opinions has if each of two camps is normal.

    Parameters
    ----------
    means, spreads, shares : of the camps, shape (2,) each; a camp without spread is a peak.
    """
    mean, spread, share = (
        checks.array(n, v, (2,)) for n, v in (("means", means), ("spreads", spreads), ("shares", shares))
    )
    checks.array("spreads", spread, (2,), low=0)
    wide = np.maximum(spread, 1e-3 * max(float(np.ptp(mean)), 1e-9))
    grid = np.sort(np.concatenate([np.linspace(mean.min(), mean.max(), GRID), mean]))
    height = (share / wide) @ np.exp(-0.5 * np.square((grid - mean[:, None]) / wide[:, None]))
    seen = np.round(height / height.max(), 12)  # rounding errors are no peaks
    padded = np.concatenate([[-1.0], seen, [-1.0]])
    rising = np.sign(np.diff(padded))
    turns = rising[rising != 0]
    return int(np.sum((turns[:-1] > 0) & (turns[1:] < 0)))


# One step ----------------------------------------------------------------------------------------------------------


def step(
    heard: ArrayLike, first: ArrayLike, wander: ArrayLike, shown: ArrayLike, influence: float, anchor: float
) -> Floats:
    """Return opinions after a step of talk and watching; the arrays broadcast.

    heard: what each person hears, themselves included. first: first opinions. shown: what is recommended.
    """
    talked = (1 - anchor) * np.asarray(heard) + anchor * np.asarray(first) + np.asarray(wander)
    return np.asarray(talked + influence * (np.asarray(shown) - talked))


# Exact -------------------------------------------------------------------------------------------------------------


class _Block(NamedTuple):
    """A part of the society that is closed in itself: camp means, or deviations from them; two rows, one a camp."""

    talk: Floats  # A[row, row]
    pool: Floats  # what a rating of a row contributes to the recommendation of a row
    share: Floats  # of a person's variance that is in the row
    start: Floats  # expected first opinion[row]


def _blocks(params: RecommenderParams) -> tuple[_Block, _Block]:
    counts, own = _counts(params), np.eye(2)
    shares = counts / params.people
    cross = params.loyal * own + (1 - params.loyal) * own[::-1]
    camp = np.array([-0.5, 0.5]) * params.distance
    means = _Block(
        talk=(1 - params.listen) * own + params.listen * cross,
        pool=own if params.personal else np.tile(shares, (2, 1)),
        share=1 / counts,
        start=camp,
    )
    rest = _Block(
        talk=(1 - params.listen) * own,
        pool=own if params.personal else 0 * own,
        share=1 - 1 / counts,
        start=np.zeros(2),
    )
    return means, rest


def _moments(params: RecommenderParams, block: _Block) -> tuple[Floats, Floats]:
    """Mean[knot, place] and covariance[knot, place, place] of opinion, natural opinion, recommendation and first opinion."""
    one, none, p = np.eye(2), np.zeros((2, 2)), params
    talk = (1 - p.anchor) * block.talk
    keep = 1 - p.influence
    move = np.block([
        [keep * talk, none, p.influence * one, keep * p.anchor * one],
        [none, talk, none, p.anchor * one],
        [none, none, one, none],
        [none, none, none, one],
    ])  # fmt: skip
    source = {Aim.REAL_TIME: 0, Aim.NATURAL: 1, Aim.INITIAL: 3}[p.aim]
    learn = np.eye(8)
    learn[4:6] = 0
    learn[4:6, 2 * source : 2 * source + 2] = block.pool
    shock = np.vstack([keep * one, one, none, none])
    moved = p.wander**2 * (shock * block.share) @ shock.T
    learned = np.zeros((8, 8))
    learned[4:6, 4:6] = p.noise**2 * (block.pool * block.share) @ block.pool.T
    mean = np.concatenate([block.start, block.start, np.zeros(2), block.start])
    alike = np.zeros((4, 4))
    alike[np.ix_([0, 1, 3], [0, 1, 3])] = p.spread**2
    cov = np.kron(alike, np.diag(block.share))
    means, covs = [], []
    for at in range(p.steps + 1):
        if at:
            mean, cov = move @ mean, move @ cov @ move.T + moved
            means.append(mean)
            covs.append(cov)
        if at == 0 or (at % p.retrain == 0 and p.aim is not Aim.INITIAL):
            mean, cov = learn @ mean, learn @ cov @ learn.T + learned
        if at == 0:
            means.append(mean)
            covs.append(cov)
    knots = _knots(params)
    return np.array(means)[knots], np.array(covs)[knots]


def _exact(params: RecommenderParams) -> dict[str, Floats]:
    """Laws of opinions and root mean squares, from the moments of both blocks."""
    moments = [_moments(params, block) for block in _blocks(params)]
    place = {"value": 0, "natural": 2, "first": 6}
    sides = {"tracking": (4, 0), "displacement": (0, 2)}
    found: dict[str, Floats] = {}
    for name in ("value", "natural"):
        rows = slice(place[name], place[name] + 2)
        variance = sum(np.diagonal(cov, axis1=1, axis2=2)[:, rows] for _, cov in moments)
        found[f"{name}_mean"] = moments[0][0][:, rows].T
        found[f"{name}_spread"] = np.sqrt(np.maximum(variance, 0)).T
    for name, (here, there) in sides.items():
        square = sum(_square(mean, cov, here, there) for mean, cov in moments)
        found[f"camp_{name}"] = np.sqrt(np.maximum(square, 0)).T
    return found


def _square(mean: Floats, cov: Floats, here: int, there: int) -> Floats:
    """Expected squared difference[knot, camp] of two places."""
    a, b = np.arange(here, here + 2), np.arange(there, there + 2)
    variance = cov[:, a, a] + cov[:, b, b] - 2 * cov[:, a, b]
    return np.asarray(np.square(mean[:, a] - mean[:, b]) + variance)


def solve(params: RecommenderParams) -> RecommenderResult:
    """Return the exact laws of opinions, tracking error and displacement."""
    none = np.empty((2, 0))
    return _result(params, none, none, none, none)


# Simulation --------------------------------------------------------------------------------------------------------


def simulate(params: RecommenderParams, rng: Generator) -> RecommenderResult:
    """Let `runs` societies of people talk, watch and rate; the same dice whatever the recommender and its influence."""
    p, shape = params, (params.runs, params.people)
    camp = np.repeat([0, 1], _counts(p))
    first = (camp - 0.5) * p.distance + p.spread * rng.standard_normal(shape)
    both, shown = np.stack([first, first]), first  # with the recommender and without
    seen, knots = [], _knots(p)
    for at in range(p.steps + 1):
        if at:
            wander, heard = p.wander * rng.standard_normal(shape), _heard(p, both)
            deployed = step(heard[0], first, wander, shown, p.influence, p.anchor)
            both = np.stack([deployed, step(heard[1], first, wander, 0.0, 0.0, p.anchor)])
            if at in knots:
                seen.append((both[0], shown - both[0], both[0] - both[1]))
        rating = p.noise * rng.standard_normal(shape)
        if at == 0 or (at % p.retrain == 0 and p.aim is not Aim.INITIAL):
            rating += {Aim.REAL_TIME: both[0], Aim.NATURAL: both[1], Aim.INITIAL: first}[p.aim]
            shown = rating if p.personal else rating.mean(axis=1, keepdims=True)
        if at == 0:
            seen.append((both[0], shown - both[0], both[0] - both[1]))
    mean = np.array([[one[0][:, camp == c].mean() for one in seen] for c in (0, 1)])
    spread = np.array([[one[0][:, camp == c].std() for one in seen] for c in (0, 1)])
    sides = [[_root_mean_square(one[which]) for one in seen] for which in (1, 2)]
    return _result(p, mean, spread, np.array(sides[0]).T, np.array(sides[1]).T)


def _heard(params: RecommenderParams, opinion: Floats) -> Floats:
    """What each person[..., person] hears: themselves, their camp and the other one."""
    few = int(_counts(params)[0])
    first, last = (one.mean(axis=-1, keepdims=True) for one in (opinion[..., :few], opinion[..., few:]))
    heard = (1 - params.listen) * opinion
    heard[..., :few] += params.listen * (params.loyal * first + (1 - params.loyal) * last)
    heard[..., few:] += params.listen * (params.loyal * last + (1 - params.loyal) * first)
    return heard


def _root_mean_square(distance: Floats) -> tuple[float, float]:
    """Root mean square over runs and people[run, person], and its standard error across runs."""
    square = np.square(distance).mean(axis=1)
    root = math.sqrt(square.mean())
    error = float(square.std(ddof=1)) / math.sqrt(len(square))
    return root, error / (2 * root) if root > 0 else 0.0


def _counts(params: RecommenderParams) -> NDArray[np.int64]:
    """People of each camp; none is empty."""
    few = min(max(round(params.minority * params.people), 1), params.people - 1)
    return np.array([few, params.people - few])


def _knots(params: RecommenderParams) -> NDArray[np.int64]:
    return np.unique(np.round(np.linspace(0, params.steps, KNOTS)).astype(np.int64))


def _result(
    params: RecommenderParams, mean: Floats, spread: Floats, tracking: Floats, displacement: Floats
) -> RecommenderResult:
    return RecommenderResult(
        params=params,
        time=_knots(params).astype(float),
        share=_counts(params) / params.people,
        seen_mean=mean,
        seen_spread=spread,
        seen_tracking=tracking[0],
        tracking_error=tracking[1],
        seen_displacement=displacement[0],
        displacement_error=displacement[1],
        **_exact(params),
    )
