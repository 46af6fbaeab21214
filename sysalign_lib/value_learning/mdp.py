"""Small worlds in which every answer can be computed: tabular decision problems, hard and soft planning, state visits.

Idea. Inverse reinforcement learning reads a reward off behavior. To see what it can and cannot read, the world must be
small enough to plan in exactly: here a grid of 5 x 5 cells with four moves, of which some are replaced by a uniformly
random one, and walls that a bump does not pass.

Conventions, the same in the whole chapter. A state of a grid is ``x + width * y``. Actions are +x, +y, -x, -y. Reward is
paid in the state in which one acts, before moving. In a finite horizon T one acts T times, at t = 0 to T - 1, so that the
visits of all states add up to T. A reward has an entry for each state, or for each state and action.

Assumption that breaks. All of this takes for granted that the demonstrator has one reward, plans by it, and knows the
world; the rest of the chapter takes these away one at a time.

Sources: ng2000 (the grid and its noise), ziebart2010 (the soft backup in a finite horizon), cao2021 (the soft backup in an
infinite one). Deviation: the tie rule and the default discount are this book's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "MDP", "action_values", "evaluate", "finite_soft_backup", "finite_soft_policy", "greedy", "gridworld", "occupancy",
    "soft_policy", "soft_value_iteration", "starting", "uniform", "value_iteration", "visitation",
]  # fmt: skip

Floats = NDArray[np.float64]

MOVES = ((1, 0), (0, 1), (-1, 0), (0, -1))  # +x, +y, -x, -y
TIE = 1e-9  # values closer than this are equal: the lowest action is taken
DENSE = 64  # states up to which full matrices are faster than sparse ones
EPSILON = float(np.finfo(float).eps)
CLOSE = 1e-12  # distance to the fixed point at which sweeps end


@dataclass(frozen=True, eq=False, kw_only=True)
class MDP:
    """A decision problem without its reward.

    Attributes
    ----------
    transition : probability[state, action, next], shape (n_states, n_actions, n_states).
    discount : what a reward one step later counts, in [0, 1]; 1 only with a finite horizon.

    Raises
    ------
    TypeError, ValueError : a wrong shape, entries that are no probabilities, or a discount outside [0, 1].
    """

    transition: Floats
    discount: float = 0.9

    def __post_init__(self) -> None:
        given = checks.array("transition", self.transition, (None, None, None), low=0, high=1 + TIE)
        if given.shape[0] != given.shape[2] or given.size == 0:
            raise ValueError(f"transition must have shape (states, actions, states), got {given.shape}")
        if np.abs(given.sum(axis=2) - 1).max() > TIE:
            raise ValueError("transition must sum to 1 over the next states, got other sums")
        checks.number("discount", self.discount, low=0, high=1)
        object.__setattr__(self, "transition", np.array(given))
        freeze(self)

    @property
    def n_states(self) -> int:
        """Number of states."""
        return int(self.transition.shape[0])

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return int(self.transition.shape[1])

    @cached_property
    def ahead(self) -> csr_array | Floats:
        """Probability[action * n_states + state, next]: takes values of states to expectations one step earlier.

        Sparse where the world is large enough for that to be faster.
        """
        flat = np.swapaxes(self.transition, 0, 1).reshape(-1, self.n_states)
        return csr_array(flat) if self.n_states > DENSE else flat

    @cached_property
    def onward(self) -> csr_array | Floats:
        """Probability[next, action * n_states + state]: takes weights of pairs to weights of states one step later."""
        return csr_array(self.ahead.T) if self.n_states > DENSE else np.ascontiguousarray(self.ahead.T)

    @cached_property
    def arcs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Every possible step: action * n_states + state, next state and probability, each of shape (n_arcs,)."""
        pair, following = np.nonzero(np.swapaxes(self.transition, 0, 1).reshape(-1, self.n_states))
        return pair, following, self.transition[pair % self.n_states, pair // self.n_states, following]


@lru_cache(maxsize=64)
def gridworld(width: int = 5, height: int = 5, noise: float = 0.3, discount: float = 0.9) -> MDP:
    """Return a grid with four moves; with probability `noise` a uniformly random move is made instead; a bump stays.

    Raises
    ------
    TypeError, ValueError : a side below 1, or noise or discount outside [0, 1].
    """
    checks.integer("width", width, low=1, high=100)
    checks.integer("height", height, low=1, high=100)
    checks.number("noise", noise, low=0, high=1)
    y, x = np.divmod(np.arange(width * height), width)
    transition = np.zeros((len(x), len(MOVES), len(x)))
    states = np.arange(len(x))
    for move, (right, up) in enumerate(MOVES):
        there = np.clip(x + right, 0, width - 1) + width * np.clip(y + up, 0, height - 1)
        transition[states, move, there] += 1 - noise
        for meant in range(len(MOVES)):
            transition[states, meant, there] += noise / len(MOVES)
    return MDP(transition=transition, discount=discount)


def uniform(world: MDP) -> Floats:
    """Return the policy that tosses a fair die: probability[state, action], shape (n_states, n_actions)."""
    return np.full((world.n_states, world.n_actions), 1 / world.n_actions)


def starting(start: ArrayLike, world: MDP) -> Floats:
    """Return the probability[state] of where one starts, shape (n_states,), of a state or of such probabilities."""
    if np.ndim(start) == 0:
        checks.integer("start", start, low=0, high=world.n_states - 1)
        where = np.zeros(world.n_states)
        where[int(np.asarray(start))] = 1
        return where
    where = checks.array("start", start, (world.n_states,), low=0, high=1 + TIE)
    if abs(where.sum() - 1) > TIE:
        raise ValueError(f"start must sum to 1, got {where.sum():g}")
    return where


# Infinite horizon --------------------------------------------------------------------------------------------------


def action_values(values: ArrayLike, reward: ArrayLike, world: MDP) -> Floats:
    """Return Q[state, action] = reward + discount * E[values(next)], shape (n_states, n_actions), in units of reward."""
    following = checks.array("values", values, (world.n_states,))
    return np.asarray(_rows(reward, world) + world.discount * _expected(following, world)).T


def value_iteration(reward: ArrayLike, world: MDP) -> Floats:
    """Return V*[state], shape (n_states,), in units of reward, to 1e-12; the discount must be below 1."""
    rows = _discounted(reward, world)
    values, gap = np.zeros(world.n_states), np.inf
    while not _settled(gap, world, values):
        new = (rows + world.discount * _expected(values, world)).max(axis=0)
        values, gap = new, float(np.abs(new - values).max())
    return values


def greedy(q: ArrayLike) -> Floats:
    """Return the policy[state, action] that takes the best action of Q[state, action]; of equals, within 1e-9, the lowest."""
    table = checks.array("q", q, (None, None))
    first = (table >= table.max(axis=1, keepdims=True) - TIE).argmax(axis=1)
    return np.asarray(np.eye(table.shape[1])[first])


def evaluate(policy: ArrayLike, reward: ArrayLike, world: MDP) -> Floats:
    """Return V[state] of a stationary policy[state, action], shape (n_states,), by one linear solve; discount below 1."""
    rows, chances = _discounted(reward, world), _stationary(policy, world)
    moved = np.einsum("sa,san->sn", chances, world.transition)
    earned = np.einsum("sa,as->s", chances, rows)
    return np.asarray(np.linalg.solve(np.eye(world.n_states) - world.discount * moved, earned))


def soft_value_iteration(reward: ArrayLike, world: MDP, temperature: float = 1.0) -> Floats:
    """Return the soft V[state], shape (n_states,), to 1e-12: ``V = T log sum_a exp(Q / T)``; the discount must be below 1.

    T is the temperature, in units of reward; towards 0 it becomes hard planning. Every sweep is completed by the exact value
    of the policy it found, entropy included (Newton's method on the soft Bellman equation): a handful of sweeps suffices.
    """
    checks.number("temperature", temperature, low=0, open_low=True)
    rows = _discounted(reward, world)
    values, gap = np.zeros(world.n_states), np.inf
    while gap > 1e-9 * max(1.0, float(np.abs(values).max())):  # the error left is about its square
        new = _completed(rows, values, world, temperature)
        values, gap = new, float(np.abs(new - values).max())
    return _softmax(rows + world.discount * _expected(values, world), temperature)[0]


def soft_policy(reward: ArrayLike, world: MDP, temperature: float = 1.0) -> Floats:
    """Return ``pi(a | s) = exp((Q - V) / T)``, probability[state, action], of the soft optimum in an infinite horizon."""
    values = soft_value_iteration(reward, world, temperature)
    return _softmax(action_values(values, reward, world).T, temperature)[1].T


# Finite horizon ----------------------------------------------------------------------------------------------------


def finite_soft_backup(reward: ArrayLike, world: MDP, horizon: int, discount: float = 1.0) -> tuple[Floats, Floats]:
    """Return soft values and maximum-causal-entropy policy of T = `horizon` steps (ziebart2010, the soft backup).

    values[t, state], shape (T, n_states), in units of reward (temperature 1): the log of the sum over all courses from
    there of exp of their reward, each choice weighing 1 and each chance its probability within the expectation.
    policy[t, state, action], shape (T, n_states, n_actions): ``exp(Q_t - V_t)``. In the last step all actions are alike
    if the reward depends on the state only. The world's own discount is not used; `discount` is.
    """
    checks.integer("horizon", horizon, low=1)
    checks.number("discount", discount, low=0, high=1)
    rows = np.ascontiguousarray(_rows(reward, world))
    values, policy = np.empty((horizon, world.n_states)), np.empty((horizon, world.n_actions, world.n_states))
    following = np.zeros(world.n_states)
    for time in reversed(range(horizon)):
        q = discount * _expected(following, world) + rows
        top = q.max(axis=0)
        weights = np.exp(q - top, out=policy[time])
        total = weights.sum(axis=0)
        weights /= total
        following = values[time] = top + np.log(total)
    return values, np.swapaxes(policy, 1, 2)


def finite_soft_policy(reward: ArrayLike, world: MDP, horizon: int, discount: float = 1.0) -> Floats:
    """Return the policy[t, state, action] of `finite_soft_backup`, shape (horizon, n_states, n_actions)."""
    return finite_soft_backup(reward, world, horizon, discount)[1]


def occupancy(policy: ArrayLike, start: ArrayLike, world: MDP, horizon: int) -> Floats:
    """Return probability[t, state], shape (horizon + 1, n_states): where one is at t = 0 to `horizon`.

    policy : probability[t, state, action] with one entry a step, or [state, action] for all steps.
    start : a state, or probability[state], shape (n_states,).
    """
    checks.integer("horizon", horizon, low=1)
    steps = _steps(policy, world, horizon)
    where = np.empty((horizon + 1, world.n_states))
    where[0] = starting(start, world)
    for time in range(horizon):
        where[time + 1] = world.onward @ (steps[time] * where[time]).ravel()
    return where


def visitation(policy: ArrayLike, start: ArrayLike, world: MDP, horizon: int, discount: float = 1.0) -> Floats:
    """Return the expected visits[state] at t = 0 to horizon - 1, shape (n_states,); with discount 1 they add up to `horizon`.

    Arguments as in `occupancy`; a visit at t counts ``discount ** t``.
    """
    checks.number("discount", discount, low=0, high=1)
    where = occupancy(policy, start, world, horizon)[:-1]
    return np.asarray(where.sum(axis=0) if discount == 1 else discount ** np.arange(horizon) @ where)


# Parts -------------------------------------------------------------------------------------------------------------


def _expected(values: Floats, world: MDP) -> Floats:
    """E[values(next)], [action, state]."""
    return np.asarray(world.ahead @ values).reshape(world.n_actions, world.n_states)


def _completed(rows: Floats, values: Floats, world: MDP, temperature: float) -> Floats:
    """The value, entropy included, of always choosing as is best if `values` follow."""
    q = rows + world.discount * _expected(values, world)
    top, chances = _softmax(q, temperature)
    earned = (chances * (rows - (q - top))).sum(axis=0)
    moved = np.einsum("as,san->sn", chances, world.transition)
    return np.asarray(np.linalg.solve(np.eye(world.n_states) - world.discount * moved, earned))


def _softmax(q: Floats, temperature: float) -> tuple[Floats, Floats]:
    """Soft maximum [state] and probabilities [action, state] of Q [action, state]."""
    top = q.max(axis=0)
    weights = np.exp((q - top) / temperature)
    total = weights.sum(axis=0)
    return top + temperature * np.log(total), weights / total


def _rows(reward: ArrayLike, world: MDP) -> Floats:
    """A reward of states, or of states and actions, as [action, state]."""
    if np.ndim(reward) == 1:
        states = checks.array("reward", reward, (world.n_states,))
        return np.broadcast_to(states, (world.n_actions, world.n_states))
    return checks.array("reward", reward, (world.n_states, world.n_actions)).T


def _discounted(reward: ArrayLike, world: MDP) -> Floats:
    checks.number("discount", world.discount, low=0, high=1, open_high=True)
    return _rows(reward, world)


def _settled(gap: float, world: MDP, values: Floats) -> bool:
    """Whether a sweep that changed values by `gap` left them `CLOSE` to the fixed point, or as near as their size allows."""
    if gap > CLOSE:
        return False
    share = (1 - world.discount) / max(world.discount, 0.5)
    return gap <= max(CLOSE * share, 8 * EPSILON * float(np.abs(values).max()))


def _stationary(policy: ArrayLike, world: MDP) -> Floats:
    return _chances(checks.array("policy", policy, (world.n_states, world.n_actions), low=0, high=1 + TIE))


def _steps(policy: ArrayLike, world: MDP, horizon: int) -> Floats:
    """A policy as [t, action, state]."""
    if np.ndim(policy) == 2:
        return np.broadcast_to(_stationary(policy, world).T, (horizon, world.n_actions, world.n_states))
    steps = checks.array("policy", policy, (horizon, world.n_states, world.n_actions), low=0, high=1 + TIE)
    return np.swapaxes(_chances(steps), 1, 2)


def _chances(policy: Floats) -> Floats:
    if np.abs(policy.sum(axis=-1) - 1).max() > TIE:
        raise ValueError("policy must sum to 1 over the actions, got other sums")
    return policy
