"""Many rewards, one behavior: what a second environment takes away, and what it cannot.

Idea. A demonstrator with soft choices, ``pi(a | s)`` in proportion to ``exp(Q(s, a))``, shows its reward except for a
function of the state: for *any* v, ``R(s, a) = log pi(a | s) + v(s) - discount E[v(next)]`` explains it perfectly
(cao2021). In a world of S states that leaves S numbers open. Watched in two worlds that differ in discount or noise, both
families must contain the reward, and in general they meet in one line: everything but a constant is known.

So "the reward cannot be found out" is no fatal objection. Nor is a second world always needed: if it is known that reward
depends on the state only, one grid with walls fixes it up to a constant (kim2021 has the general condition).

Assumption that breaks. That it is *the same* reward in both worlds. Let preferences depend on the context: in the second
world the reward of states differs by ``change * d(s)``. **Lemma of this book: if the worlds share their moves and differ
in discount and in the share of moves replaced by random ones, the joint fit stays perfect, and the reward it returns is off
by ``A_1 u_1``, linear in the change.** Here ``A_i v = v - g_i P_i v``, g the discount, e the noise, ``k_i = g_i (1 - e_i)``.

Proof. The fit asks for v_1 and v_2 with ``A_1 u_1 - A_2 u_2 = change * d``, where u is v less the true soft value. Since
``P_i = (1 - e_i) N_a + e_i M``, with N_a the move of action a and M the mean of all moves, put ``u_i = w / k_i``: the moves
cancel, and what is left, ``[a - b M] w = change * d`` with ``a = 1/k_1 - 1/k_2`` and ``b = 1/(1-e_1) - 1/(1-e_2)``, does
not depend on the action. It has a solution unless a/b is an eigenvalue of M, and these are at most 1 in size: never if only
the discount differs (b = 0), nor if only the noise does (a = b/g). QED. The nearer the worlds, the larger the error: for
discounts alone it is ``g_2 / (g_2 - g_1) * (d - g_1 P_1 d)``.

What one would wrongly conclude. From a perfect fit, that the reward is right. A third world would show the misfit, unless
the preference moves from world to world just as ``1/k`` does; so would the knowledge that reward depends on the state only.

A wrong guess of the demonstrator's temperature only changes the unit of the reward, in every world alike.

Sources: cao2021 (the family, two discounts), kim2021 (rewards of states), armstrong2018 (what no number of worlds removes: the
planner itself). The lemma is this book's. Deviation: the joint fit is by least squares, of smallest norm.
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
from sysalign_lib.value_learning.mdp import MDP, gridworld, soft_policy

__all__ = [
    "AmbiguityParams", "AmbiguityResult", "JointFit", "Second", "ambiguity_dimension", "amplification", "context_mistake",
    "explain", "joint_fit", "moving_corner", "potential_term", "simulate", "solve",
]  # fmt: skip

Floats = NDArray[np.float64]
Solved = tuple[Floats, Floats, Floats, Floats]

SIDE = 5
STATES = SIDE * SIDE
NOISE, DISCOUNT = 0.3, 0.9  # of the first environment
ELSEWHERE = (0.1, 0.6)  # noise and discount of a world in which nobody watched
SINGULAR = 1e12  # condition number of what cannot be solved
NEGLIGIBLE = 1e-9  # singular values below this share of the largest are 0
SHOWN = 3  # explanations that are drawn


class Second(StrEnum):
    """The second environment, if any: what differs from the first, whose noise is 0.3 and whose discount is 0.9."""

    NONE = "none"
    DISCOUNT_80 = "discount 0.8"
    DISCOUNT_50 = "discount 0.5"
    NOISE_50 = "noise 0.5"
    NOISE_70 = "noise 0.7"


SETTINGS = {
    Second.DISCOUNT_80: (NOISE, 0.8),
    Second.DISCOUNT_50: (NOISE, 0.5),
    Second.NOISE_50: (0.5, DISCOUNT),
    Second.NOISE_70: (0.7, DISCOUNT),
}


@dataclass(frozen=True, kw_only=True)
class AmbiguityParams:
    """second: the second environment that is watched, if any.

    change: by how much the far corner is worth less and the corner beside it more in the second environment, in units of the
    demonstrator's temperature. state_only: whether the reward is known to depend on the state only. goal: reward of the far
    corner here. spread: standard deviation of the functions v by which the explanations shown differ; both in the same unit.
    """

    second: Second = Second.NONE
    change: float = checks.bounded(0.0, low=-1.0, high=1.0)
    state_only: bool = False
    goal: float = checks.bounded(1.0, low=-5.0, high=5.0)
    spread: float = checks.bounded(0.5, low=0.0, high=3.0)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class AmbiguityResult:
    """Rewards that explain what was watched equally well, beside the true one.

    Attributes
    ----------
    params : the environments and what is known.
    here, there : true reward[state] in the first and in the second environment, shape (25,), in units of temperature.
    explanation : reward[explanation, state, action], shape (3, 25, 4), in the same unit, shifted to the true mean; the first
        is the smallest reward that fits, the others add what the data leave open.
    misfit : largest difference between the log probabilities of the moves watched and those the explanations imply.
    error_slope : largest error of the smallest reward that fits for a change of 1, in units of temperature.
    misfit_slope : the misfit for a change of 1.
    dimension : how many numbers the data leave open.
    misled : largest difference of a move's probability[explanation], shape (3,), in a world that nobody watched.
    """

    params: AmbiguityParams
    here: Floats
    there: Floats
    explanation: Floats
    misfit: float
    error_slope: float
    misfit_slope: float
    dimension: int
    misled: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def error(self) -> Floats:
        """Largest error[explanation], shape (3,), against the reward of the first environment, a constant aside."""
        return np.asarray(np.abs(self.explanation - self.here[:, None]).max(axis=(1, 2)))


@dataclass(frozen=True, eq=False, kw_only=True)
class JointFit:
    """One reward for several environments.

    Attributes
    ----------
    reward : reward[state, action], shape (n_states, n_actions), in units of temperature, the smallest that fits best.
    misfit : largest difference between the log probabilities watched and implied.
    dimension : how many numbers stay open: dimension of the set of rewards that fit as well.
    """

    reward: Floats
    misfit: float
    dimension: int

    def __post_init__(self) -> None:
        freeze(self)


# One environment ---------------------------------------------------------------------------------------------------


def potential_term(values: ArrayLike, world: MDP) -> Floats:
    """Return ``v(s) - discount E[v(next)]`` as [state, action], shape (n_states, n_actions), in units of v."""
    v = checks.array("values", values, (world.n_states,))
    return np.asarray(v[:, None] - world.discount * (world.transition @ v))


def explain(policy: ArrayLike, values: ArrayLike, world: MDP, temperature: float = 1.0) -> Floats:
    """Return the reward[state, action] whose soft optimum is `policy` and whose soft value is `values` (cao2021).

    policy : probability[state, action], all positive, shape (n_states, n_actions). values : any v[state], shape (n_states,).

    Raises
    ------
    ValueError : a move that is never made: no finite reward explains it.
    """
    chances = checks.array("policy", policy, (world.n_states, world.n_actions), low=0, high=1)
    if not chances.all():
        raise ValueError("policy must make every move with positive probability, got 0")
    checks.number("temperature", temperature, low=0, open_low=True)
    return np.asarray(temperature * np.log(chances) + potential_term(values, world))


# Several environments ----------------------------------------------------------------------------------------------


def joint_fit(policies: tuple[ArrayLike, ...], worlds: tuple[MDP, ...], *, state_only: bool = False) -> JointFit:
    """Return the one reward that explains best how the same demonstrator behaves in several worlds, by least squares.

    policies : probability[state, action] in each world, all positive. worlds : as many, with equal states and actions.
    state_only : whether the reward is known to depend on the state only.
    """
    if not worlds or len(policies) != len(worlds):
        raise ValueError(f"policies must be as many as worlds, got {len(policies)} and {len(worlds)}")
    zero = np.zeros(worlds[0].n_states)
    logs = np.concatenate([explain(one, zero, world).ravel() for one, world in zip(policies, worlds, strict=True)])
    solved = _solved(tuple(worlds), state_only)
    fitted, misfit = _fitted(logs, solved)
    return JointFit(
        reward=_table(fitted, worlds[0], state_only), misfit=misfit, dimension=_open(solved, worlds[0], state_only)
    )


def ambiguity_dimension(*worlds: MDP, state_only: bool = False) -> int:
    """Return how many numbers stay open if behavior is watched in these worlds: a rank, whatever the reward."""
    if not worlds:
        raise ValueError("worlds must be one or more, got none")
    return _open(_solved(worlds, state_only), worlds[0], state_only)


def amplification(*worlds: MDP, state_only: bool = False) -> float:
    """Return the largest factor by which errors of log probabilities can enter the reward, root sums of squares of both.

    Directions that stay open are left aside.
    """
    left, sizes, right, _ = _solved(worlds, state_only)
    spread = np.sqrt(worlds[0].n_actions) if state_only else 1.0
    known = worlds[0].n_states * (1 if state_only else worlds[0].n_actions)
    return float(spread * np.linalg.norm((right[:, :known].T / sizes) @ left.T, 2))


def context_mistake(change: ArrayLike, first: tuple[float, float], second: tuple[float, float]) -> Floats:
    """Return by how much the reward[state, action] of a perfect joint fit is off, a constant aside: the lemma above.

    change : what the reward of states is more in the second environment, shape (25,), in units of temperature.
    first, second : (noise, discount) of the two 5 x 5 grids.

    Raises
    ------
    ValueError : grids that are the same, pure noise, a discount of 0 or 1, or the exception that the lemma names.
    """
    shift = checks.array("change", change, (STATES,))
    (e1, g1), (e2, g2) = first, second
    for which, noise, discount in (("first", e1, g1), ("second", e2, g2)):
        checks.number(f"noise of {which}", noise, low=0, high=1, open_high=True)
        checks.number(f"discount of {which}", discount, low=0, high=1, open_low=True, open_high=True)
    if (e1, g1) == (e2, g2):
        raise ValueError("second must differ from first, got the same")
    scale = 1 / (g1 * (1 - e1)) - 1 / (g2 * (1 - e2))
    mixed = scale * np.eye(STATES) - (1 / (1 - e1) - 1 / (1 - e2)) * gridworld(SIDE, SIDE, e1, g1).transition.mean(
        axis=1
    )
    if np.linalg.cond(mixed) > SINGULAR:
        raise ValueError("second must not cancel a mode of the mean move, got an exception to the lemma")
    w = np.linalg.solve(mixed, shift)
    return potential_term(w / (g1 * (1 - e1)), gridworld(SIDE, SIDE, e1, g1))


def moving_corner() -> Floats:
    """Return d[state], shape (25,): the far corner is worth 1 less, the corner beside it 1 more."""
    change = np.zeros(STATES)
    change[STATES - 1], change[STATES - SIDE] = -1, 1
    return change


# The figure --------------------------------------------------------------------------------------------------------


def simulate(params: AmbiguityParams, rng: Generator) -> AmbiguityResult:
    """Fit what is watched, and add random functions of the state as far as the data leave them open."""
    return _result(params, params.spread * rng.standard_normal((SHOWN - 1, STATES)))


def solve(params: AmbiguityParams) -> AmbiguityResult:
    """The same with two fixed functions of the state: a slope across the grid, and a ring around its middle."""
    y, x = np.divmod(np.arange(STATES), SIDE) - np.array([[SIDE // 2], [SIDE // 2]])
    ring = np.hypot(x, y)
    return _result(params, params.spread * np.array([(x - y) / 2, ring - ring.mean()]))


def _result(params: AmbiguityParams, free: Floats) -> AmbiguityResult:
    worlds, here, there = _watched(params)
    logs = np.concatenate([_log_policy(one, world) for one, world in zip((here, there), worlds, strict=False)])
    solved = _solved(worlds, params.state_only)
    fitted, misfit = _fitted(logs, solved)
    best = _table(fitted, worlds[0], params.state_only)
    others = [
        _table(fitted + _allowed(one, worlds, solved, params.state_only), worlds[0], params.state_only) for one in free
    ]
    shown = np.array([one - one.mean() + here.mean() for one in (best, *others)])
    error, seen = _slopes(worlds, solved, params.state_only)
    return AmbiguityResult(
        params=params, here=here, there=there, explanation=shown, misfit=misfit, error_slope=error, misfit_slope=seen,
        dimension=_open(solved, worlds[0], params.state_only), misled=_misled(shown, here),
    )  # fmt: skip


def _watched(params: AmbiguityParams) -> tuple[tuple[MDP, ...], Floats, Floats]:
    """The environments, and the reward here and there."""
    here = np.zeros(STATES)
    here[-1] = params.goal
    there = here + params.change * moving_corner()
    first = gridworld(SIDE, SIDE, NOISE, DISCOUNT)
    if params.second is Second.NONE:
        return (first,), here, there
    return (first, gridworld(SIDE, SIDE, *SETTINGS[params.second])), here, there


def _slopes(worlds: tuple[MDP, ...], solved: Solved, state_only: bool) -> tuple[float, float]:
    """Error and misfit for a change of 1: what watched behavior the change alone would make, fitted; 0 in one environment."""
    change = np.repeat(moving_corner(), worlds[0].n_actions)
    if len(worlds) == 1:
        return 0.0, 0.0
    fitted, misfit = _fitted(np.concatenate([np.zeros(len(change)), change]), solved)
    table = _table(fitted, worlds[0], state_only)
    return float(np.abs(table - table.mean()).max()), misfit


def _misled(shown: Floats, here: Floats) -> Floats:
    world = gridworld(SIDE, SIDE, *ELSEWHERE)
    true = soft_policy(here, world)
    return np.array([np.abs(soft_policy(one, world) - true).max() for one in shown])


def _log_policy(reward: Floats, world: MDP) -> Floats:
    return np.log(soft_policy(reward, world)).ravel()


# The linear system -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _solved(worlds: tuple[MDP, ...], state_only: bool) -> Solved:
    """Left vectors, singular values, right vectors and null vectors of: reward less potential terms = log probabilities."""
    states, actions = worlds[0].n_states, worlds[0].n_actions
    if any(one.transition.shape != worlds[0].transition.shape for one in worlds):
        raise ValueError("worlds must have equal numbers of states and actions, got others")
    rewards = np.repeat(np.eye(states), actions, axis=0) if state_only else np.eye(states * actions)
    blocks = [[rewards, *(-_operator(world) if at == row else np.zeros((states * actions, states)) for at in range(len(worlds)))]
              for row, world in enumerate(worlds)]  # fmt: skip
    left, sizes, right = np.linalg.svd(np.block(blocks))
    rank = int((sizes > NEGLIGIBLE * sizes[0]).sum())
    return left[:, :rank], sizes[:rank], right[:rank], right[rank:]


def _operator(world: MDP) -> Floats:
    """v -> v - discount E[v(next)], [state * n_actions + action, state]."""
    flat = world.transition.reshape(-1, world.n_states)
    return np.asarray(np.repeat(np.eye(world.n_states), world.n_actions, axis=0) - world.discount * flat)


def _fitted(logs: Floats, solved: Solved) -> tuple[Floats, float]:
    """The smallest solution of least squares, and its largest misfit."""
    left, sizes, right, _ = solved
    seen = left.T @ logs
    return right.T @ (seen / sizes), float(np.abs(left @ seen - logs).max())


def _table(fitted: Floats, world: MDP, state_only: bool) -> Floats:
    """The reward part of a solution as [state, action]."""
    if state_only:
        return np.repeat(fitted[: world.n_states, None], world.n_actions, axis=1)
    return fitted[: world.n_states * world.n_actions].reshape(world.n_states, world.n_actions)


def _open(solved: Solved, world: MDP, state_only: bool) -> int:
    known = world.n_states * (1 if state_only else world.n_actions)
    return int(np.linalg.matrix_rank(solved[3][:, :known], tol=1e-8)) if len(solved[3]) else 0


def _allowed(values: Floats, worlds: tuple[MDP, ...], solved: Solved, state_only: bool) -> Floats:
    """What the data leave open of adding v to the soft values."""
    term = potential_term(values, worlds[0])
    whole = np.concatenate([term.mean(axis=1) if state_only else term.ravel(), *[values] * len(worlds)])
    return np.asarray(solved[3].T @ (solved[3] @ whole))
