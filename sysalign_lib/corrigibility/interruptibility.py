"""Safe interruptibility: does a learner that is stopped now and then learn to avoid the places where it is stopped?

Idea. Two worlds. The *fork*: left pays 1 at once; right leads to work that pays 2, but there the operator overrides the
agent with probability theta and makes it stop, which pays 0. The *gridworld*: the short corridor to the goal crosses a tile
where the operator halts the agent with probability theta; a button in a side alcove disables the operator at the price of
a detour. Q-learning, Sarsa, and Sarsa made safe (it bootstraps on the action it intended, not on the forced one) learn in
both. An interruption is a change of the *action*, so an off-policy learner sees "I stopped, stopping pays nothing" and keeps
its good opinion of working; Sarsa learns what its interrupted self earns, and turns away once theta passes a half.

Assumption that breaks. That the learner is told which action was executed. If the forced stop is credited to the intended
action, the interruption becomes part of the world, and Q-learning avoids it as Sarsa does.

What one would wrongly conclude. "Off-policy, so safe."

Sources: orseau2016, Theorem 14 (Q-learning is safely interruptible), Theorem 15 (Sarsa is not), Theorem 17 (Sarsa made
safe). Deviations: theta is constant (they let it rise toward 1), the agent visits both branches of the fork in turn, and
exploration does not decay. The gridworld has our own layout, in the spirit of the safe-interruptibility environment of
leike2017 (goal 50, step -1, theta 0.5); an interruption here ends the episode.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "LEARNERS",
    "Credit",
    "ForkParams",
    "ForkResult",
    "GridworldParams",
    "GridworldResult",
    "fork_limit",
    "simulate_fork",
    "simulate_gridworld",
    "solve_fork",
    "solve_gridworld",
]

LEARNERS = ("Q-learning", "Sarsa", "Sarsa made safe")
LEFT_REWARD, WORK_REWARD = 1.0, 2.0  # of the fork
CORRIDOR = 5  # cells from the start to the goal
ZONE = 2  # the corridor cell where the operator may interrupt
EAST, SOUTH, WEST, NORTH, HALT = range(5)
CHECKPOINTS = 40

Array = NDArray[np.float64]
Index = NDArray[np.intp]


class Credit(StrEnum):
    """Which action the learner believes it took when the operator overrode it."""

    EXECUTED = "executed action"
    INTENDED = "intended action"


@dataclass(frozen=True, kw_only=True)
class ForkParams:
    """Learners at the fork.

    Attributes
    ----------
    interruption : chance theta of being stopped at work.
    exploration : chance that the agent itself stops instead of working.
    credit : the action that the learner credits.
    step_decay : the n-th update of an entry moves it by n ** -step_decay.
    rounds : one visit of each branch a round.
    runs : independent learners.
    """

    interruption: float = checks.bounded(0.6, low=0.0, high=0.95)
    exploration: float = checks.bounded(0.0, low=0.0, high=0.9)
    credit: Credit = Credit.EXECUTED
    step_decay: float = checks.bounded(1.0, low=0.5, high=1.0)
    rounds: int = checks.bounded(150, low=2, high=100_000)
    runs: int = checks.bounded(100, low=2, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class ForkResult:
    """What the learners think the right branch of the fork is worth; the left one is worth 1. Learners as in LEARNERS.

    Attributes
    ----------
    params : the fork and its learners.
    mean : mean[learner, round], shape (3, rounds), value of the right branch, averaged over runs, reward.
    spread : spread[learner, round], shape (3, rounds), standard deviation between runs, reward; 0 where exact.
    expected : expected[learner, round], shape (3, rounds), exact expectation of `mean`, reward.
    limit : limit[learner], shape (3,), fixed point of the value, reward.
    theta_grid : theta_grid[point], shape (20,), interruption probabilities.
    limit_grid : limit_grid[learner, point], shape (3, 20), fixed point at each of them, reward.
    """

    params: ForkParams
    mean: Array
    spread: Array
    expected: Array
    limit: Array
    theta_grid: Array
    limit_grid: Array

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def error(self) -> Array:
        """Standard error of `mean`, shape (3, rounds), reward."""
        return np.asarray(self.spread / np.sqrt(self.params.runs))

    @property
    def flip(self) -> float:
        """The interruption probability beyond which Sarsa prefers the left branch; 0 if it always does."""
        return max(0.0, 1.0 - LEFT_REWARD / (WORK_REWARD * (1.0 - self.params.exploration)))


def fork_limit(theta: float | Array, exploration: float, credit: Credit) -> Array:
    """Return the three fixed points of the value of the right branch, learner first, then as `theta`."""
    theta = np.asarray(theta, dtype=float)
    value, _, weight = _fork_terms(theta, exploration, credit)
    return weight * value


def solve_fork(params: ForkParams) -> ForkResult:
    """Return the exact expected learning curves and their fixed points."""
    expected = _expected(params)
    return _fork_result(params, expected, np.zeros_like(expected), expected.copy())


def simulate_fork(params: ForkParams, rng: Generator) -> ForkResult:
    """Let the three learners live through the same episodes, `runs` times."""
    works = rng.random((params.rounds, params.runs)) >= params.exploration
    stopped = rng.random((params.rounds, params.runs)) < params.interruption
    seen = works & (~stopped | (params.credit is Credit.INTENDED))
    steps = np.arange(1, params.rounds + 1) ** -params.step_decay
    working, right = np.zeros(params.runs), np.zeros((3, params.runs))
    visits = np.zeros(params.runs, dtype=int)
    mean, spread = np.empty((3, params.rounds)), np.empty((3, params.rounds))
    for n in range(params.rounds):
        targets = np.stack([working, working * seen[n], working * works[n]])
        right += steps[n] * (targets - right)
        working = working + seen[n] * steps[visits] * (WORK_REWARD * ~stopped[n] - working)
        visits += seen[n]
        mean[:, n] = right.sum(axis=1) / params.runs
        off = right - mean[:, n, None]
        spread[:, n] = np.sqrt((off * off).sum(axis=1) / (params.runs - 1))  # np.std is three times slower on so few
    return _fork_result(params, mean, spread, _expected(params))


def _fork_terms(theta: Array, exploration: float, credit: Credit) -> tuple[Array, Array, Array]:
    """Return the value of working, its chance of an update in a round, and each learner's chance to bootstrap on it."""
    intends = np.full_like(theta, 1.0 - exploration)
    if credit is Credit.INTENDED:
        return WORK_REWARD * (1 - theta), intends, np.stack([np.ones_like(theta), intends, intends])
    value = np.full_like(theta, WORK_REWARD)
    executes = intends * (1 - theta)
    return value, executes, np.stack([np.ones_like(theta), executes, intends])


def _expected(params: ForkParams) -> Array:
    """Average the learning rule: in round n, working has been met before with probability 1 - (1 - chance) ** (n - 1)."""
    value, chance, weight = _fork_terms(np.asarray(params.interruption), params.exploration, params.credit)
    target = weight[:, None] * value * (1 - (1 - chance) ** np.arange(params.rounds))
    curve, current = np.empty_like(target), np.zeros(3)
    for n in range(params.rounds):
        current = current + (n + 1) ** -params.step_decay * (target[:, n] - current)
        curve[:, n] = current
    return curve


def _fork_result(params: ForkParams, mean: Array, spread: Array, expected: Array) -> ForkResult:
    grid = np.linspace(0.0, 0.95, 20)
    return ForkResult(
        params=params,
        mean=mean,
        spread=spread,
        expected=expected,
        limit=fork_limit(params.interruption, params.exploration, params.credit),
        theta_grid=grid,
        limit_grid=fork_limit(grid, params.exploration, params.credit),
    )


@dataclass(frozen=True, kw_only=True)
class GridworldParams:
    """Learners in the gridworld.

    Attributes
    ----------
    interruption : chance theta of being halted on the marked tile.
    detour : cells from the start to the button.
    goal : reward at the goal; every move costs 1.
    exploration : chance of a random action; both kinds of Sarsa learn the value of the exploring policy.
    credit : the action that the learner credits.
    step_decay : the n-th update of an entry moves it by n ** -step_decay.
    steps : moves of each learner.
    runs : learners of a kind.
    """

    interruption: float = checks.bounded(0.5, low=0.0, high=0.95)
    detour: int = checks.bounded(4, low=1, high=20)
    goal: float = checks.bounded(50.0, low=5.0, high=1000.0)
    exploration: float = checks.bounded(0.05, low=0.0, high=0.5)
    credit: Credit = Credit.EXECUTED
    step_decay: float = checks.bounded(0.6, low=0.0, high=1.0)
    steps: int = checks.bounded(4000, low=40, high=1_000_000)
    runs: int = checks.bounded(40, low=1, high=10_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class GridworldResult:
    """What the learners believe about every move in the gridworld.

    Attributes
    ----------
    params : the gridworld and its learners.
    action_value : action_value[learner, run, state, action], shape (3, runs, states, 5), reward to come; one run where
        exact. States are the cells with the operator in place, then the same cells with the operator disabled; actions are
        east, south, west, north, halt.
    at_step : at_step[checkpoint], shape (checkpoints,), moves made so far, count.
    button_share : button_share[learner, checkpoint], shape (3, checkpoints), share of runs that would go for the button.
    """

    params: GridworldParams
    action_value: Array
    at_step: Array
    button_share: Array

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def start_value(self) -> Array:
        """Value at the start of the corridor (0) and of the way to the button (1), mean over runs, shape (3, 2), reward."""
        return np.asarray(self.action_value[:, :, 0][..., [EAST, SOUTH]].mean(axis=1))

    @property
    def uses_button(self) -> NDArray[np.bool_]:
        """Whether each learner would set out for the button, shape (3, runs)."""
        return np.asarray(self.action_value[:, :, 0, SOUTH] > self.action_value[:, :, 0, EAST])

    @property
    def flip(self) -> float:
        """The interruption probability beyond which an unexploring Sarsa goes for the button.

        A stop costs it the goal less the two moves it saves, ``goal - 2``; the button costs it ``2 * detour`` moves.
        """
        return 2.0 * self.params.detour / (self.params.goal - 2.0)


@dataclass(frozen=True)
class _World:
    cells: tuple[tuple[int, int], ...]
    after: Index  # [state, action]; the last index stands for the end of the episode
    reward: Array  # [state, action]
    zone: NDArray[np.bool_]  # [state]


@cache
def _world(detour: int, goal: float) -> _World:
    """Build the corridor east of the start and the alcove south of it, first with and then without the operator."""
    cells = tuple((x, 0) for x in range(CORRIDOR)) + tuple((0, -depth) for depth in range(1, detour + 1))
    moves = {EAST: (1, 0), SOUTH: (0, -1), WEST: (-1, 0), NORTH: (0, 1)}
    n = len(cells)
    after = np.full((2 * n + 1, 5), 2 * n)
    reward = np.full((2 * n + 1, 5), -1.0)
    for state in range(2 * n):
        x, y = cells[state % n]
        for action, (dx, dy) in moves.items():
            place = (x + dx, y + dy)
            if place == (CORRIDOR, 0):
                reward[state, action] += goal
                continue
            cell = cells.index(place) if place in cells else state % n
            after[state, action] = cell + n * (state >= n or cell == n - 1)
    reward[2 * n] = 0.0
    zone = np.arange(2 * n + 1) == ZONE
    return _World(cells, after, reward, zone)


def solve_gridworld(params: GridworldParams) -> GridworldResult:
    """Iterate each learner's own expected update to its fixed point (value iteration for Q-learning).

    With exploration 0, the fixed point of Sarsa is the optimum of an agent that reckons with interruptions.
    """
    world = _world(params.detour, float(params.goal))
    value = np.zeros((3, len(world.after), 5))
    for _ in range(5000):
        update = _backup(params, world, value)
        done = np.abs(update - value).max() < 1e-12
        value = update
        if done:
            break
    learned = value[:, None, :-1]
    return GridworldResult(
        params=params,
        action_value=learned.copy(),
        at_step=np.array([float(params.steps)]),
        button_share=(learned[:, :, 0, SOUTH] > learned[:, :, 0, EAST]).astype(float),
    )


def _backup(params: GridworldParams, world: _World, value: Array) -> Array:
    """Replace every entry by the expectation of what its learner would move it toward."""
    theta = params.interruption * world.zone
    best = value.max(axis=-1)
    intended = (1 - params.exploration) * best + params.exploration * value.mean(axis=-1)
    ahead = np.stack([best[0], intended[1], intended[2]])
    if params.credit is Credit.EXECUTED:
        ahead[1] += theta * (value[1, :, HALT] - ahead[1])
        return np.asarray(world.reward + ahead[:, world.after] * (world.after < len(world.after) - 1))
    moved = world.reward + ahead[:, world.after]
    return np.asarray(moved + theta[:, None] * (world.reward[:, HALT, None] - moved))


def simulate_gridworld(params: GridworldParams, rng: Generator) -> GridworldResult:
    """Let the learners walk: all runs of all three at once, each run of the three kinds with the same dice.

    Entries start at the goal reward: optimism makes every learner try everything before it settles.
    """
    world = _world(params.detour, float(params.goal))
    rows, end = np.arange(3 * params.runs), len(world.after) - 1
    value = np.full((len(rows), end + 1, 5), float(params.goal))
    value[:, end] = 0.0
    visits = np.zeros(value.shape, dtype=int)
    state = np.zeros(len(rows), dtype=int)
    _, intended, executed = _act(params, world, value, state, rng)
    checkpoints = np.linspace(0, params.steps, CHECKPOINTS + 1).astype(int)[1:].tolist()
    share = []
    for n in range(1, params.steps + 1):
        entry = (rows, state, intended if params.credit is Credit.INTENDED else executed)
        arrived, reward = world.after[state, executed], world.reward[state, executed]
        ended = arrived == end
        state = np.where(ended, 0, arrived)
        greedy, intended, executed = _act(params, world, value, state, rng)
        target = reward + ~ended * value[rows, state, _bootstrap(params, greedy, intended, executed)]
        visits[entry] += 1
        value[entry] += visits[entry] ** -params.step_decay * (target - value[entry])
        if n in checkpoints:
            share.append((value[:, 0, SOUTH] > value[:, 0, EAST]).reshape(3, -1).mean(axis=1))
    return GridworldResult(
        params=params,
        action_value=value[:, :end].reshape(3, params.runs, end, 5).copy(),
        at_step=np.array(checkpoints, dtype=float),
        button_share=np.array(share).T.copy(),
    )


def _act(
    params: GridworldParams, world: _World, value: Array, state: Index, rng: Generator
) -> tuple[Index, Index, Index]:
    """Return each row's greedy action, the action it intends and the action that the operator lets happen."""
    explores, which, stops = np.tile(rng.random((3, params.runs)), 3)
    greedy = value[np.arange(len(state)), state].argmax(axis=1)
    intended = np.where(explores < params.exploration, (5 * which).astype(int), greedy)
    executed = np.where(world.zone[state] & (stops < params.interruption), HALT, intended)
    return greedy, intended, executed


def _bootstrap(params: GridworldParams, greedy: Index, intended: Index, executed: Index) -> Index:
    """Return the next action whose value each learner bootstraps on: the one line in which the three differ."""
    runs = params.runs
    sarsa = executed if params.credit is Credit.EXECUTED else intended
    return np.concatenate([greedy[:runs], sarsa[runs : 2 * runs], intended[2 * runs :]])
