"""Inverse reinforcement learning as linear inequalities: what a best policy says about its reward, and what it does not.

Idea. A policy pi is optimal for a reward R of states exactly if no action is better at any state,
``(P_pi - P_a) (I - discount P_pi)^-1 R >= 0`` (ng2000). This is all that watching an optimal agent in one world can say.

Assumption that breaks. That the inequalities single out a reward. They hold for R = 0 and for every constant, for R times
any positive number, and for R plus any potential shaping (ng1999), which moves ``Q`` by a function of the state and no
choice at all. So a rule is added that picks one: make deviations as costly as possible and rewards few, by a linear program
with a penalty on the sum of absolute rewards. What comes out depends on that penalty, in jumps.

What one would wrongly conclude. From one lucky world, that the program finds the goal: where a single corner pays, a whole
range of penalties returns that corner and nothing else. With a trap beside the goal none returns the trap's size, and
with two equal goals the second comes out smaller than the first. The answer is sparse because it was asked to be.

Sources: ng2000 (condition, degeneracy, linear program, the jump in the penalty), ng1999 (shaping). Deviations: discount and
tie rule are this book's; the jumps are found exactly, as corners of a piecewise linear function, not on a grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.value_learning.mdp import MDP, action_values, evaluate, greedy, gridworld, value_iteration

__all__ = [
    "IrlParams", "IrlResult", "Truth", "advantages", "lp_reward", "penalty_path", "shaped", "slack", "solve", "support",
]  # fmt: skip

Floats = NDArray[np.float64]
Path = tuple[Floats, Floats]

SEEN = 1e-6  # rewards smaller than this are none
SAME = 1e-9  # penalized fits closer than this are equal
FROM, TO = 1.5, 7.0  # penalties between which the path is drawn


class Truth(StrEnum):
    """Where the true reward is."""

    CORNER = "far corner"
    TRAP = "corner and trap"
    TWO = "two corners"
    MIDDLE = "middle"


PAID = {
    Truth.CORNER: ((24, 1.0),),
    Truth.TRAP: ((24, 1.0), (12, -1.0)),
    Truth.TWO: ((24, 1.0), (20, 1.0)),
    Truth.MIDDLE: ((12, 1.0),),
}


@dataclass(frozen=True, kw_only=True)
class IrlParams:
    """truth: where the true reward is. penalty: weight of the sum of absolute rewards, lambda.

    noise: share of moves replaced by random ones. discount: what a reward one step later counts.
    """

    truth: Truth = Truth.CORNER
    penalty: float = checks.bounded(4.0, low=0.0, high=20.0)
    noise: float = checks.bounded(0.3, low=0.0, high=0.9)
    discount: float = checks.bounded(0.9, low=0.0, high=0.95)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class IrlResult:
    """An optimal agent on the grid, and the rewards that the linear program reads off its policy.

    Attributes
    ----------
    params : the world and the penalty.
    reward : true reward[state], shape (25,), in units of the largest reward allowed.
    learned : reward[state], shape (25,), that the program returns at `params.penalty`, in the same unit.
    path_penalty : penalty[piece], shape (n_pieces,): where a new answer begins, ascending, the first at 1.5.
    path_reward : reward[piece, state], shape (n_pieces, 25), the answer from there to the next, in the same unit.
    value : best value[state], shape (25,), under the true reward, in the same unit.
    planned : true value[state], shape (25,), of the policy that is best for the learned reward, in the same unit.
    """

    params: IrlParams
    reward: Floats
    learned: Floats
    path_penalty: Floats
    path_reward: Floats
    value: Floats
    planned: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n_paid(self) -> int:
        """Number of states to which the program gives a reward."""
        return len(support(self.learned))

    @property
    def error(self) -> float:
        """Largest difference between learned and true reward, in units of the largest reward allowed."""
        return float(np.abs(self.learned - self.reward).max())

    @property
    def kept(self) -> float:
        """Share of the best value that planning with the learned reward keeps, averaged over states; 1 if nothing is at stake."""
        best = float(self.value.mean())
        return float(self.planned.mean()) / best if abs(best) > SAME else 1.0

    @property
    def path_paid(self) -> NDArray[np.int64]:
        """Number of states with a reward[piece], shape (n_pieces,)."""
        return np.asarray((np.abs(self.path_reward) > SEEN).sum(axis=1))


def advantages(policy: ArrayLike, world: MDP) -> Floats:
    """Return what each state's reward adds to following `policy` over another first action, [state, action, rewarded state].

    ``(P_pi - P_a) (I - discount P_pi)^-1``, shape (n_states, n_actions, n_states), in steps; policy[state, action].
    """
    chances = checks.array("policy", policy, (world.n_states, world.n_actions), low=0, high=1)
    checks.number("discount", world.discount, low=0, high=1, open_high=True)
    followed = np.einsum("sa,san->sn", chances, world.transition)
    visits = np.linalg.inv(np.eye(world.n_states) - world.discount * followed)
    return np.asarray((followed[:, None] - world.transition) @ visits)


def slack(reward: ArrayLike, policy: ArrayLike, world: MDP) -> Floats:
    """Return by how much `policy` beats each action[state, action], shape (n_states, n_actions): optimal if none is negative."""
    states = checks.array("reward", reward, (world.n_states,))
    return np.asarray(advantages(policy, world) @ states)


def support(reward: ArrayLike) -> NDArray[np.int64]:
    """Return the states that have a reward, ascending."""
    return np.flatnonzero(np.abs(np.asarray(reward)) > SEEN)


def shaped(reward: ArrayLike, potential: ArrayLike, world: MDP) -> Floats:
    """Return ``R(s) + discount E[Phi(next)] - Phi(s)`` as reward[state, action]: other numbers, the same choices (ng1999)."""
    states = checks.array("reward", reward, (world.n_states,))
    phi = checks.array("potential", potential, (world.n_states,))
    return np.asarray(action_values(phi, states - phi, world))


def lp_reward(policy: ArrayLike, world: MDP, penalty: float, limit: float = 1.0) -> Floats:
    """Return the reward[state], shape (n_states,), that makes deviations from a deterministic policy costly and is sparse.

    Maximizes the sum over states of the smallest advantage over another action, less `penalty` times the sum of absolute
    rewards, such that no advantage is negative and no reward exceeds `limit` in size (ng2000, the linear program).

    Raises
    ------
    ValueError : a policy that is not deterministic, or a negative penalty.
    """
    checks.number("penalty", penalty, low=0)
    checks.number("limit", limit, low=0, open_low=True)
    return _program(*_rows(policy, world), float(penalty), float(limit))


def penalty_path(policy: ArrayLike, world: MDP, low: float, high: float, limit: float = 1.0) -> Path:
    """Return where, from penalty `low` to `high`, the program's answer changes, and to what.

    penalty[piece], shape (n_pieces,), the first is `low`; reward[piece, state], shape (n_pieces, n_states). Exact: an answer
    is worth ``gain - penalty * size``, a line in the penalty, and the best is the upper envelope of such lines. Where two
    known lines meet, either a third is better, or that is a corner.
    """
    checks.number("low", low, low=0)
    checks.number("high", high, low=low, open_low=True)
    rows, state = _rows(policy, world)

    def line(penalty: float) -> tuple[float, float, Floats]:
        reward = _program(rows, state, penalty, limit)
        gains = rows @ reward
        return float(np.minimum.reduceat(gains, _firsts(state)).sum()), float(np.abs(reward).sum()), reward

    ends = [(float(low), line(low)), (float(high), line(high))]
    pieces, waiting = [ends[0]], [(ends[0][1], ends[1][1])]
    while waiting:
        left, right = waiting.pop()
        if abs(left[1] - right[1]) < SAME:
            continue
        corner = (left[0] - right[0]) / (left[1] - right[1])
        middle = line(corner)
        if middle[0] - corner * middle[1] <= left[0] - corner * left[1] + SAME:
            pieces.append((corner, right))
        else:
            waiting += [(middle, right), (left, middle)]
    return np.array([penalty for penalty, _ in pieces]), np.array([one[2] for _, one in pieces])


def solve(params: IrlParams) -> IrlResult:
    """Watch the best policy of the true reward, and ask the program at this penalty and along its path."""
    world = gridworld(noise=params.noise, discount=params.discount)
    reward, value, policy, penalty, rewards = _watched(params.truth, params.noise, params.discount)
    if FROM <= params.penalty < TO:
        learned = rewards[np.searchsorted(penalty, params.penalty, side="right") - 1]
    else:
        learned = lp_reward(policy, world, params.penalty)
    return IrlResult(
        params=params, reward=reward.copy(), learned=learned, path_penalty=penalty.copy(), path_reward=rewards.copy(),
        value=value.copy(), planned=evaluate(_best(learned, world)[1], reward, world),
    )  # fmt: skip


def _best(reward: Floats, world: MDP) -> tuple[Floats, Floats]:
    """Best values[state] and, of equal actions the lowest, a best policy[state, action]."""
    value = value_iteration(reward, world)
    return value, greedy(action_values(value, reward, world))


@lru_cache(maxsize=32)
def _watched(truth: Truth, noise: float, discount: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """True reward, its best values, the policy watched, and the program's path: the same at every penalty."""
    world, reward = gridworld(noise=noise, discount=discount), np.zeros(25)
    for state, paid in PAID[truth]:
        reward[state] = paid
    value, policy = _best(reward, world)
    return reward, value, policy, *penalty_path(policy, world, FROM, TO)


def _rows(policy: ArrayLike, world: MDP) -> tuple[Floats, NDArray[np.int64]]:
    """Advantages over each action not taken, [deviation, rewarded state], and the state of each, ascending."""
    chances = checks.array("policy", policy, (world.n_states, world.n_actions), low=0, high=1)
    if world.n_actions < 2 or not ((chances == 0) | (chances == 1)).all() or (chances.sum(axis=1) != 1).any():
        raise ValueError("policy must take one of two or more actions in each state, got chances")
    state, action = np.nonzero(chances == 0)
    return advantages(chances, world)[state, action], state


def _firsts(state: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.flatnonzero(np.diff(state, prepend=-1))


def _program(rows: Floats, state: NDArray[np.int64], penalty: float, limit: float) -> Floats:
    """Solve for positive part, negative part and smallest advantage of each state, all of them at least 0."""
    size = rows.shape[1]
    least = np.eye(size)[state]
    found = linprog(
        np.concatenate([np.full(2 * size, penalty), np.full(size, -1.0)]),
        A_ub=np.hstack([-rows, rows, least]),
        b_ub=np.zeros(len(rows)),
        bounds=[(0, limit)] * (2 * size) + [(0, None)] * size,
        method="highs",
    )
    if found.x is None:
        raise RuntimeError(f"the linear program found no answer at penalty {penalty:g}: {found.message}")
    return np.asarray(found.x[:size] - found.x[size : 2 * size])
