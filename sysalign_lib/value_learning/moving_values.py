"""Values that move while one watches: a learner of everything it saw serves the average of the times it saw them in.

Idea. People want to be in one cell of the 5 x 5 grid, and show it; the cell they want moves. A learner pools what it
watched in the last days, as if one person with one reward had done it all, and fits a reward whose policy has the
visits it saw (maximum causal entropy).

**Lemma (the straight line).** Let the pool hold a share u_j of demonstrations by the policies pi_j, and let the learned
policy match the pool's visits. For *every* reward that depends on the state, today's included, the learner delivers
``V(learned) = sum_j u_j V(pi_j)``. With a share w from new values and 1 - w from old ones, ``V_new(learned) = (1 - w)
V_new(old policy) + w V_new(new policy)``: a straight line in w, and the regret against people who act by themselves is
``(1 - w) [V_new(new policy) - V_new(old policy)]``.

Proof. The value of a reward r over a given horizon is ``r @ D``, D the expected visits. The pool's visits are ``sum_j u_j
D_j``, the learned policy has the same, and ``r @`` is linear. QED. Nothing was used of maximum entropy, of the grid, or
of r: every learner that matches visits is on the line, however the reward that it writes down looks.

Finite demonstrations. What n demonstrations were worth by today's values scatters about the line with the variance of an
episode's worth over n; matching them is right on average for a short window as for a long one of unmoved values. So a
short window costs spread, a long one costs lag: the root mean square miss has its least at a window in between.

Assumption that breaks. The reward is one and it stays. Where it does, or where it moves slowly beside the window, there is
nothing to lose: w is 1, or the older values are close to today's.

What one would wrongly conclude. That a fit to old and new values is wild or fails to converge. It fits perfectly; it
delivers yesterday's average, exactly. And that the line holds for every machine: it holds for one that *matches*. A
robot that maximizes the pooled reward takes the side of the majority of days and changes sides at one half
(`maximized_value`).

Sources: ziebart2010 (maximum causal entropy, whose fit matches visits). The lemma, its course for values that move bit by
bit and the miss by window are this book's. Deviations: the fit is by Newton's method with the exact curvature (`newton`);
few demonstrations are fitted with a normal prior on every state's reward.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.value_learning.mdp import (
    MDP,
    finite_soft_backup,
    finite_soft_policy,
    gridworld,
    occupancy,
    starting,
    visitation,
)

__all__ = [
    "PATH", "START", "Change", "MovingValuesParams", "MovingValuesResult", "curvature", "fit_mixture", "maximized_value",
    "newton", "places", "simulate", "solve", "spread_of_worth", "straight_line",
]  # fmt: skip

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

PATH = (0, 1, 2, 3, 4, 9, 14, 19, 24)  # cells that people want in turn: along two sides, from corner to corner
LAST = len(PATH) - 1
START = 12
WINDOWS = (1, 2, 4, 8, 16)  # windows that are compared
LONGEST = 32  # days up to which the best window is sought
PAUSE = 8  # days to a cell when values move slowly
FLAT = 1e-9  # gradient at which Newton's method is done
ROUNDS = 60
SHORTEST = 1e-6  # step of Newton's method below which rounding is all that is left
SHARP = 1e4  # rewards times this leave a soft policy no doubt


class Change(StrEnum):
    """How the cell that people want moves after day 0."""

    NEVER = "not at all"
    SLOWLY = "a cell every 8 days"
    DAILY = "a cell a day"
    AT_ONCE = "all at once"


@dataclass(frozen=True, kw_only=True)
class MovingValuesParams:
    """change: how the wanted cell moves. day: days since it began to. window: days of demonstrations that the learner pools.

    episodes: demonstrations a day. worth: reward of the wanted cell, in units of people's temperature. noise: share of
    moves replaced by random ones. horizon: steps of a demonstration. prior_sd: standard deviation of the prior.
    """

    change: Change = Change.DAILY
    day: int = checks.bounded(8, low=0, high=1000)
    window: int = checks.bounded(8, low=1, high=64)
    episodes: int = checks.bounded(3, low=1, high=1000)
    worth: float = checks.bounded(1.5, low=0.0, high=3.0)
    noise: float = checks.bounded(0.3, low=0.05, high=1.0)
    horizon: int = checks.bounded(20, low=1, high=40)
    prior_sd: float = checks.bounded(1.0, low=0.1, high=5.0)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class MovingValuesResult:
    """What people want today, what the robot learned, and what that is worth to them.

    Attributes
    ----------
    params : how values move, and what is watched.
    wanted : today's reward[state], shape (25,), in units of people's temperature.
    learned : fitted reward[state], shape (25,), in the same unit, sums to 0.
    seen : visits[state] that the learner pooled, shape (25,), in steps of a demonstration.
    visits : visits[state] of the learned reward's policy, shape (25,), in steps of a demonstration.
    pooled : place[day] on the path, shape (window,), of what people wanted on each pooled day, newest first.
    line : value[end], shape (2,), by today's reward: of the older demonstrations, and of people today; the ends of the line.
    tried : window[try], shape (n_tries,), in days: windows beside the chosen one, which is among them.
    tried_share : share[try], shape (n_tries,), of a window's days that show today's values, fraction.
    tried_value : value[try], shape (n_tries,), by today's reward, that a learner of that window delivers on average.
    tried_spread : standard deviation[try], shape (n_tries,), of what that window's demonstrations are worth.
    miss : root mean square[window - 1], shape (32,), of what a learner of each window misses of people's own value.
    """

    params: MovingValuesParams
    wanted: Floats
    learned: Floats
    seen: Floats
    visits: Floats
    pooled: Counts
    line: Floats
    tried: Counts
    tried_share: Floats
    tried_value: Floats
    tried_spread: Floats
    miss: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def possible(self) -> float:
        """Value by today's reward of people who act by themselves, in units of their temperature."""
        return float(self.line[1])

    @property
    def delivered(self) -> float:
        """Value by today's reward of the learned reward's policy."""
        return float(self.wanted @ self.visits)

    @property
    def share(self) -> float:
        """Share of the pool that shows today's values, fraction."""
        return float((self.pooled == self.pooled[0]).mean())

    @property
    def expected(self) -> float:
        """Value by today's reward that a learner of this pool delivers on average: the point on the line."""
        return float(self.line[0] + self.share * (self.line[1] - self.line[0]))

    @property
    def spread(self) -> float:
        """Standard deviation of what the pool is worth by today's reward."""
        return float(self.tried_spread[self.tried == self.params.window][0])

    @property
    def regret(self) -> float:
        """What the learner loses on average against people who act by themselves, in units of their temperature."""
        return self.possible - self.expected

    @property
    def best_window(self) -> int:
        """Window of the smallest root mean square miss, in days, of up to 32; the longest of equals."""
        return int(np.flatnonzero(self.miss <= self.miss.min() + 1e-12)[-1]) + 1


# The straight line -------------------------------------------------------------------------------------------------


def straight_line(share: ArrayLike, worth: float = 1.5, noise: float = 0.3, horizon: int = 20) -> Floats:
    """Return the value by new wishes of a learner whose pool shows a share of new and else old ones; of the share's shape.

    The lemma, for a wanted cell that jumps from one corner of the grid to the opposite one; in units of temperature.

    Raises
    ------
    ValueError : a share outside [0, 1].
    """
    shares = checks.array("share", np.ravel(share), (None,), low=0, high=1).reshape(np.shape(share))
    old, new = (_worths(LAST, place, worth, noise, horizon)[0] for place in (0, LAST))
    return np.asarray((1 - shares) * old + shares * new)


def fit_mixture(share: float, worth: float = 1.5, noise: float = 0.3, horizon: int = 20) -> Floats:
    """Return the reward[state], shape (25,), fitted to the exact visits of a share of new and else old demonstrations."""
    checks.number("share", share, low=0, high=1)
    old, new = (_vintage(place, worth, noise, horizon)[1] for place in (0, LAST))
    world = gridworld(noise=noise, discount=1.0)
    return newton((1 - share) * old + share * new, START, world, horizon)[0]


def maximized_value(reward: ArrayLike, wanted: ArrayLike, noise: float = 0.3, horizon: int = 20) -> float:
    """Return what a robot is worth by the `wanted` reward that maximizes another `reward`; ties are tossed for."""
    world = gridworld(noise=noise, discount=1.0)
    target, today = (
        checks.array(name, one, (world.n_states,)) for name, one in (("reward", reward), ("wanted", wanted))
    )
    policy = finite_soft_policy(SHARP * target, world, horizon)
    return float(today @ visitation(policy, START, world, horizon))


def places(change: Change, days: ArrayLike) -> Counts:
    """Return how far along `PATH` the wanted cell is on each day, 0 to 8, of the shape of `days`; 0 up to day 0."""
    since = np.maximum(np.asarray(days, dtype=np.int64), 0)
    if change == Change.NEVER:
        return np.zeros_like(since)
    if change == Change.AT_ONCE:
        return np.where(since > 0, LAST, 0)
    return np.asarray(np.minimum(since // (PAUSE if change == Change.SLOWLY else 1), LAST))


def spread_of_worth(reward: ArrayLike, policy: ArrayLike, start: int, world: MDP) -> tuple[float, float]:
    """Return mean and standard deviation of an episode's sum of rewards under policy[t, state, action], exactly.

    Backward: with m and q the mean and mean square of what follows, ``E[G^2] = r^2 + 2 r E[m] + E[q]``.
    """
    paid = checks.array("reward", reward, (world.n_states,))
    steps = checks.array("policy", policy, (None, world.n_states, world.n_actions), low=0)
    first, second = np.zeros(world.n_states), np.zeros(world.n_states)
    for chances in steps[::-1]:
        moments = np.asarray(world.ahead @ np.column_stack((first, second))).reshape(world.n_actions, -1, 2)
        ahead = np.einsum("sa,asm->ms", chances, moments)
        first, second = paid + ahead[0], paid**2 + 2 * paid * ahead[0] + ahead[1]
    return float(first[start]), float(np.sqrt(max(second[start] - first[start] ** 2, 0.0)))


# The fit -----------------------------------------------------------------------------------------------------------


def curvature(policy: ArrayLike, where: ArrayLike, world: MDP) -> Floats:
    """Return how the visits of a soft policy change with the reward, d visits[state] / d reward[other], shape (25, 25).

    It is the Hessian of the negative log likelihood and the Fisher information of a demonstration: the sum over t and s of
    the chance to be there times the covariance, over the action taken, of the visits to come.

    policy : probability[t, state, action]; where : probability[t, state], see `mdp.occupancy`, at least as many t.
    """
    steps = checks.array("policy", policy, (None, world.n_states, world.n_actions), low=0)
    chance = checks.array("where", where, (None, world.n_states), low=0)[: len(steps)]
    horizon, size, moves = steps.shape
    after, mean = np.empty((horizon, moves * size, size)), np.empty((horizon, size, size))
    here, to_come = np.tile(np.eye(size), (moves, 1)), np.zeros((size, size))
    weight = np.ascontiguousarray(np.swapaxes(steps, 1, 2))
    for time in reversed(range(horizon)):
        after[time] = world.ahead @ to_come + here
        rows = after[time].reshape(moves, size, size)
        to_come = mean[time] = np.einsum("as,asf->sf", weight[time], rows)
    spread = (after * np.sqrt(weight * chance[:, None]).reshape(horizon, -1, 1)).reshape(-1, size)
    center = (mean * np.sqrt(chance)[:, :, None]).reshape(-1, size)
    return np.asarray(spread.T @ spread - center.T @ center)


def newton(
    visits: ArrayLike, start: ArrayLike, world: MDP, horizon: int, prior: float = 0.0
) -> tuple[Floats, Floats, int]:
    """Return the maximum causal entropy reward[state] for some mean visits[state], its policy's visits, and the steps taken.

    The optimum of `maxent.fit`, by Newton's method with the exact `curvature` and halved steps: a handful of steps
    instead of dozens of gradients. `prior` as there; the reward sums to 0.

    Raises
    ------
    ValueError : visits of a wrong shape, or that do not add up to `horizon`.
    """
    seen = checks.array("visits", visits, (world.n_states,), low=0)
    checks.integer("horizon", horizon, low=1)
    checks.number("prior", prior, low=0)
    if abs(seen.sum() - horizon) > 1e-6 * horizon:
        raise ValueError(f"visits must add up to {horizon}, got {seen.sum():g}")
    first, reward = starting(start, world), np.zeros(world.n_states)
    loss, policy = _loss(reward, seen, first, world, horizon, prior)
    taken = 0
    while taken < ROUNDS:
        where = occupancy(policy, first, world, horizon)
        slope = where[:-1].sum(axis=0) - seen + prior * reward
        if np.abs(slope).max() < FLAT:
            break
        bend = curvature(policy, where, world)
        bend += np.eye(world.n_states) * (prior + 1e-12 * np.trace(bend)) + 1 / world.n_states
        step, length = -np.linalg.solve(bend, slope), 1.0
        enough = 1e-4 * float(slope @ step)
        trial = _loss(reward + step, seen, first, world, horizon, prior)
        while trial[0] > loss + length * enough + 1e-13 * abs(loss) and length > SHORTEST:
            length /= 2
            trial = _loss(reward + length * step, seen, first, world, horizon, prior)
        if length <= SHORTEST:
            break
        reward, (loss, policy), taken = reward + length * step, trial, taken + 1
    return reward - reward.mean(), visitation(policy, first, world, horizon), taken


def _loss(reward: Floats, seen: Floats, first: Floats, world: MDP, horizon: int, prior: float) -> tuple[float, Floats]:
    values, policy = finite_soft_backup(reward, world, horizon)
    return float(first @ values[0] - seen @ reward + prior * reward @ reward / 2), policy


# The model ---------------------------------------------------------------------------------------------------------


def simulate(params: MovingValuesParams, rng: Generator) -> MovingValuesResult:
    """Watch `params.episodes` demonstrations on each pooled day, and fit the reward that is most likely under the prior.

    Every day and every demonstration has dice of its own, so that a longer window or more demonstrations leave those
    already seen as they are.
    """
    pooled, world = _pooled(params), gridworld(noise=params.noise, discount=1.0)
    states = _watch(params, pooled, world, rng)
    seen = np.bincount(states.ravel(), minlength=world.n_states) / len(states)
    prior = 1 / (params.prior_sd**2 * len(states))
    learned, visits, _ = newton(seen, START, world, params.horizon, prior)
    return _result(params, pooled, seen, learned, visits)


def solve(params: MovingValuesParams) -> MovingValuesResult:
    """Watch for ever on each pooled day: exact visits, no prior; spread and miss are still those of `params.episodes`."""
    pooled, world = _pooled(params), gridworld(noise=params.noise, discount=1.0)
    place, days = np.unique(pooled, return_counts=True)
    vintages = [_vintage(int(one), *_world(params))[1] for one in place]
    seen = np.asarray(days / days.sum() @ np.array(vintages))
    learned, visits, _ = newton(seen, START, world, params.horizon)
    return _result(params, pooled, seen, learned, visits)


def _world(params: MovingValuesParams) -> tuple[float, float, int]:
    return params.worth, params.noise, params.horizon


def _pooled(params: MovingValuesParams) -> Counts:
    return places(params.change, params.day - np.arange(params.window))


@lru_cache(maxsize=256)
def _vintage(place: int, worth: float, noise: float, horizon: int) -> tuple[Floats, Floats]:
    """Policy[t, state, action] and visits[state] of people who want the cell at a place of the path."""
    world = gridworld(noise=noise, discount=1.0)
    policy = finite_soft_policy(_reward(place, worth), world, horizon)
    return policy, visitation(policy, START, world, horizon)


@lru_cache(maxsize=1024)
def _worths(today: int, place: int, worth: float, noise: float, horizon: int) -> tuple[float, float]:
    """Mean and standard deviation, by today's reward, of a demonstration by people who want another place."""
    world = gridworld(noise=noise, discount=1.0)
    return spread_of_worth(_reward(today, worth), _vintage(place, worth, noise, horizon)[0], START, world)


def _reward(place: int, worth: float) -> Floats:
    reward = np.zeros(25)
    reward[PATH[place]] = worth
    return reward


def _watch(params: MovingValuesParams, pooled: Counts, world: MDP, rng: Generator) -> Counts:
    """State[demonstration, t] of all pooled days, newest first."""
    shape = (params.episodes, params.horizon, 2)
    dice = np.concatenate([child.random(shape) for child in rng.spawn(params.window)])
    kinds, which = np.unique(np.repeat(pooled, params.episodes), return_inverse=True)
    policies = np.array([_vintage(int(one), *_world(params))[0] for one in kinds])
    choices, moves = np.cumsum(policies, axis=3), np.cumsum(world.transition, axis=2)
    states = np.empty((len(dice), params.horizon), dtype=np.int64)
    here = np.full(len(dice), START)
    for time in range(params.horizon):
        states[:, time] = here
        action = _drawn(choices[which, time, here], dice[:, time, 0])
        here = _drawn(moves[here, action], dice[:, time, 1])
    return states


def _drawn(cumulative: Floats, dice: Floats) -> Counts:
    return np.asarray(np.minimum((cumulative < dice[:, None]).sum(axis=1), cumulative.shape[1] - 1))


def _result(
    params: MovingValuesParams, pooled: Counts, seen: Floats, learned: Floats, visits: Floats
) -> MovingValuesResult:
    today = int(pooled[0])
    tried = np.array(sorted({*WINDOWS, params.window}))
    length = max(LONGEST, int(tried[-1]))
    past = places(params.change, params.day - np.arange(length))
    value, spread = np.array([_worths(today, int(one), *_world(params)) for one in past]).T
    days = np.arange(1, length + 1)
    mean, error = np.cumsum(value) / days, np.sqrt(np.cumsum(spread**2) / params.episodes) / days
    share, possible = np.cumsum(past == today) / days, float(value[0])
    return MovingValuesResult(
        params=params, wanted=_reward(today, params.worth), learned=learned, seen=seen, visits=visits, pooled=pooled,
        line=np.array([_older(pooled, value[: len(pooled)], today, params), possible]),
        tried=tried, tried_share=share[tried - 1], tried_value=mean[tried - 1], tried_spread=error[tried - 1],
        miss=np.hypot(possible - mean, error)[:LONGEST],
    )  # fmt: skip


def _older(pooled: Counts, value: Floats, today: int, params: MovingValuesParams) -> float:
    """Mean value, by today's reward, of the pooled days that show other values; where none do, of day 0."""
    other = pooled != today
    return float(value[other].mean()) if other.any() else _worths(today, 0, *_world(params))[0]
