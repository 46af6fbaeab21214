"""Maximum entropy: of all rewards that explain a demonstrator's visits, the one that assumes least else.

Idea. Behavior is modeled as ``exp(reward)``: better is more likely, nothing is ruled out. With chance in the world the
*causal* form is the right one (ziebart2010): each choice is made before the dice fall. Its likelihood is concave in the
reward, and the gradient is a difference of visits, ``seen - expected``, which one backward and one forward pass compute
exactly. Hence the fit below needs no step size: it hands value and gradient to L-BFGS.

Assumption that breaks. The model has one reward and a demonstrator who plans by it with one known noise. What the fit
returns is then the reward up to a constant, and the reward of *nobody* where the visits come from several people or from
several times.

What one would wrongly conclude. That any softening of choices will do. If each *action* is weighed by what can at best be
had after it (action-based models), then a course that passes many forks is chosen less often than an equally good one that
passes few: label bias (ziebart2008). And that the first maximum entropy form is harmless in a world of chance: it weighs
courses, dice included, by ``exp(reward)``, and so plans as if luck could be chosen; `lucky_visitation` has its visits.

Sources: ziebart2008 (paths, label bias, Algorithm 1), ziebart2010 (the causal form and its gradient), gleave2022 (the
implementation that the bench compares with). Deviations: Algorithm 1 sweeps backward and forward for a number of rounds;
here both fixed points are linear systems that are solved at once. With few demonstrations a normal prior on every state's
reward keeps the fit finite; no source has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_banded
from scipy.optimize import minimize
from scipy.special import logsumexp

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.value_learning.mdp import MDP, finite_soft_backup, finite_soft_policy, gridworld, starting, visitation

__all__ = [
    "Fit", "MaxentParams", "MaxentResult", "action_paths", "demonstrate", "fit", "gradient", "lucky_visitation",
    "maxent_paths", "simulate", "solve",
]  # fmt: skip

Floats = NDArray[np.float64]

MEMORY = 30  # pairs that L-BFGS remembers
ROUNDS = 2000  # steps after which it gives up


@dataclass(frozen=True, kw_only=True)
class MaxentParams:
    """noise: share of moves replaced by random ones. goal, trap: reward of the far corner and of the middle, in units of the
    demonstrator's temperature.

    horizon: steps of an episode. episodes: demonstrations watched, from the near corner. prior_sd: standard deviation of
    the normal prior on every state's reward.
    """

    noise: float = checks.bounded(0.3, low=0.0, high=1.0)
    goal: float = checks.bounded(1.0, low=-3.0, high=3.0)
    trap: float = checks.bounded(-0.5, low=-3.0, high=3.0)
    horizon: int = checks.bounded(20, low=1, high=100)
    episodes: int = checks.bounded(200, low=1, high=100_000)
    prior_sd: float = checks.bounded(1.0, low=0.05, high=10.0)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class MaxentResult:
    """A demonstrator on the grid, and the reward read off its visits.

    Attributes
    ----------
    params : the world and how much of it is watched.
    reward : true reward[state], shape (25,), in units of the demonstrator's temperature, shifted to sum to 0.
    learned : fitted reward[state], shape (25,), in the same unit, sums to 0.
    seen : mean visits[state] of the demonstrations, shape (25,), in steps of an episode.
    expected : visits[state] of the policy that the fitted reward implies, shape (25,), in steps of an episode.
    policy : the demonstrator's probability[t, state, action], shape (horizon, 25, 4).
    learned_policy : that of the fitted reward, probability[t, state, action], shape (horizon, 25, 4).
    """

    params: MaxentParams
    reward: Floats
    learned: Floats
    seen: Floats
    expected: Floats
    policy: Floats
    learned_policy: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def reward_error(self) -> float:
        """Root mean square difference of the rewards, a constant aside, in units of the demonstrator's temperature."""
        return float(np.std(self.learned - self.reward))

    @property
    def visit_error(self) -> float:
        """Largest difference between the visits seen and those that the fit implies, in steps of an episode."""
        return float(np.abs(self.expected - self.seen).max())

    @property
    def policy_error(self) -> float:
        """Largest difference of a probability between the demonstrator's policy and the learned reward's."""
        return float(np.abs(self.learned_policy - self.policy).max())


# The causal form ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """What a fit found.

    Attributes
    ----------
    reward : reward[state], shape (n_states,), in units of the demonstrator's temperature; it sums to 0.
    visits : expected visits[state], shape (n_states,), of the policy that the reward implies.
    error : largest difference between these visits and the demonstrator's.
    evaluations : how often value and gradient were computed.
    """

    reward: Floats
    visits: Floats
    error: float
    evaluations: int

    def __post_init__(self) -> None:
        freeze(self)


def gradient(
    reward: ArrayLike, visits: ArrayLike, start: ArrayLike, world: MDP, horizon: int, discount: float = 1.0
) -> tuple[float, Floats]:
    """Return the negative log likelihood of an episode and its gradient[state], shape (n_states,): expected visits less seen.

    The likelihood is up to the demonstrator's own dice, which no reward changes: ``V_0(start) - visits @ reward``.
    """
    values, policy = finite_soft_backup(reward, world, horizon, discount)
    expected = visitation(policy, start, world, horizon, discount)
    seen = checks.array("visits", visits, (world.n_states,), low=0)
    first = starting(start, world) @ values[0]
    return float(first - seen @ np.asarray(reward)), expected - seen


def fit(
    visits: ArrayLike,
    start: ArrayLike,
    world: MDP,
    horizon: int,
    discount: float = 1.0,
    prior: float = 0.0,
    tolerance: float = 1e-8,
) -> Fit:
    """Return the reward of maximum causal entropy whose policy has these visits, by L-BFGS with the exact gradient.

    Parameters
    ----------
    visits : the demonstrator's mean visits[state] at t = 0 to horizon - 1, shape (n_states,); see `mdp.visitation`.
    start : a state, or probability[state].
    horizon : steps of an episode, T. discount : what a visit one step later counts.
    prior : weight of ``reward ** 2 / 2`` in the loss; 0 for exact visits, and 1 / (variance * episodes) for the normal prior
        of so many episodes.
    tolerance : largest error of a state's visits (with a prior: of the loss's slope) at which the fit ends.

    Raises
    ------
    ValueError : visits that do not add up to the (discounted) number of steps.
    """
    seen = checks.array("visits", visits, (world.n_states,), low=0)
    checks.integer("horizon", horizon, low=1)
    checks.number("prior", prior, low=0)
    checks.number("tolerance", tolerance, low=0)
    total = float((discount ** np.arange(horizon)).sum())
    if abs(seen.sum() - total) > 1e-6 * total:
        raise ValueError(f"visits must add up to {total:g}, got {seen.sum():g}")

    def loss(reward: Floats) -> tuple[float, Floats]:
        value, slope = gradient(reward, seen, start, world, horizon, discount)
        return value + prior * float(reward @ reward) / 2, slope + prior * reward

    options = {"maxcor": MEMORY, "maxiter": ROUNDS, "maxfun": ROUNDS, "gtol": tolerance, "ftol": 0.0}
    found = minimize(loss, np.zeros(world.n_states), jac=True, method="L-BFGS-B", options=options)
    slope = gradient(found.x, seen, start, world, horizon, discount)[1]
    return Fit(
        reward=found.x - found.x.mean(),
        visits=seen + slope,
        error=float(np.abs(slope).max()),
        evaluations=int(found.nfev),
    )


def demonstrate(policy: ArrayLike, start: int, world: MDP, episodes: int, rng: Generator) -> NDArray[np.int64]:
    """Return state[episode, t], shape (episodes, horizon), of episodes that follow policy[t, state, action] from a state.

    An episode takes its dice in a row, so that more episodes leave the first ones as they are.
    """
    checks.integer("episodes", episodes, low=1)
    steps = checks.array("policy", policy, (None, world.n_states, world.n_actions), low=0)
    choices, moves = np.cumsum(steps, axis=2), np.cumsum(world.transition, axis=2)
    dice = rng.random((episodes, len(steps), 2))
    states = np.empty((episodes, len(steps)), dtype=np.int64)
    here = np.full(episodes, start)
    for time in range(len(steps)):
        states[:, time] = here
        action = _drawn(choices[time, here], dice[:, time, 0])
        here = _drawn(moves[here, action], dice[:, time, 1])
    return states


def simulate(params: MaxentParams, rng: Generator) -> MaxentResult:
    """Watch `params.episodes` demonstrations and fit the reward that is most likely under the prior."""
    world, reward, policy = _demonstrator(params)
    states = demonstrate(policy, 0, world, params.episodes, rng)
    seen = np.bincount(states.ravel(), minlength=world.n_states) / params.episodes
    return _result(params, reward, policy, fit(seen, 0, world, params.horizon, prior=_prior(params)), seen, world)


def solve(params: MaxentParams) -> MaxentResult:
    """Watch for ever: the exact visits, no prior; the number of episodes plays no role."""
    world, reward, policy = _demonstrator(params)
    seen = visitation(policy, 0, world, params.horizon)
    return _result(params, reward, policy, fit(seen, 0, world, params.horizon), seen, world)


# The first form ----------------------------------------------------------------------------------------------------


def lucky_visitation(reward: ArrayLike, start: ArrayLike, goal: int, world: MDP) -> Floats:
    """Return the expected visits[state] of ziebart2008's Algorithm 1, shape (n_states,), until an absorbing goal is reached.

    Backward: ``Z(s) = exp(r(s)) sum_a sum_k P(k | s, a) Z(k)`` with Z(goal) = 1; an action is chosen in proportion to its
    part of Z. Forward: the visits D solve ``D = start + P_pi' D``. The source sweeps both N times; here each is one linear
    system, banded because states of a grid touch near neighbors only.

    Raises
    ------
    ValueError : a reward so high that courses which never arrive outweigh all others: Z is then infinite.
    """
    states = checks.array("reward", reward, (world.n_states,))
    checks.integer("goal", goal, low=0, high=world.n_states - 1)
    weight = np.tile(np.exp(states), (world.n_actions, 1))
    weight[:, goal] = 0
    backward = _flow(world, weight, np.eye(1, world.n_states, goal)[0], transposed=False)
    if not (backward > 0).all():
        raise ValueError(f"reward must be low enough for courses to end, got up to {states.max():g}")
    ahead = np.asarray(world.ahead @ backward).reshape(world.n_actions, -1)
    policy = ahead / ahead.sum(axis=0)
    policy[:, goal] = 0
    return _flow(world, policy, starting(start, world), transposed=True)


# Paths in a graph --------------------------------------------------------------------------------------------------


def maxent_paths(reward: ArrayLike) -> Floats:
    """Return the probability of each path from the first to the last node, by exp of the path's reward; shape (n_paths,).

    reward : reward[from, to], shape (n_nodes, n_nodes), minus infinity where there is no edge; edges lead to later nodes.
    Paths come in lexicographic order of their nodes.
    """
    return _paths(reward, soft=True)


def action_paths(reward: ArrayLike) -> Floats:
    """Return the probability of each path if every step is weighed by exp of the best that can follow it; shape (n_paths,).

    The action-based model that ziebart2008 warns of; arguments as in `maxent_paths`.
    """
    return _paths(reward, soft=False)


# Parts -------------------------------------------------------------------------------------------------------------


def _paths(reward: ArrayLike, *, soft: bool) -> Floats:
    edges = _edges(reward)
    steps = np.zeros(edges.shape)
    value = np.zeros(len(edges))
    for node in reversed(range(len(edges) - 1)):
        after = edges[node] + value
        steps[node] = np.exp(after - logsumexp(after))
        value[node] = logsumexp(after) if soft else after.max()
    courses = [(0, 1.0)]
    while any(node < len(edges) - 1 for node, _ in courses):
        courses = [
            (int(to), chance * (steps[node, to] if node < len(edges) - 1 else 1.0))
            for node, chance in courses
            for to in (np.flatnonzero(edges[node] > -np.inf) if node < len(edges) - 1 else (node,))
        ]
    return np.array([chance for _, chance in courses])


def _edges(reward: ArrayLike) -> Floats:
    edges = np.asarray(reward, dtype=float)
    if edges.ndim != 2 or edges.shape[0] != edges.shape[1] or len(edges) < 2:
        raise ValueError(f"reward must have shape (nodes, nodes), two nodes or more, got {edges.shape}")
    there = edges > -np.inf
    if np.isnan(edges).any() or (edges == np.inf).any() or np.tril(there).any():
        raise ValueError("reward must be finite on edges to later nodes and minus infinity elsewhere")
    if not there[:-1].any(axis=1).all():
        raise ValueError("reward must let every node but the last go on")
    return edges


def _flow(world: MDP, weight: Floats, source: Floats, *, transposed: bool) -> Floats:
    """Solve ``x = source + M x`` with M[state, next] = sum over actions of weight[action, state] * P, or with M'."""
    pair, after, chance = world.arcs
    before, size = pair % world.n_states, world.n_states
    row, column = (after, before) if transposed else (before, after)
    width = int(np.abs(row - column).max())
    place = (width + row - column) * size + column
    band = np.bincount(place, -chance * weight.ravel()[pair], (2 * width + 1) * size).reshape(-1, size)
    band[width] += 1
    return np.asarray(solve_banded((width, width), band, source))


def _drawn(cumulative: Floats, dice: Floats) -> NDArray[np.int64]:
    """The option drawn in each row of cumulative probabilities."""
    return np.asarray(np.minimum((cumulative < dice[:, None]).sum(axis=1), cumulative.shape[1] - 1))


def _demonstrator(params: MaxentParams) -> tuple[MDP, Floats, Floats]:
    world = gridworld(noise=params.noise, discount=1.0)
    reward = np.zeros(world.n_states)
    reward[-1], reward[world.n_states // 2] = params.goal, params.trap
    return world, reward - reward.mean(), finite_soft_policy(reward, world, params.horizon)


def _prior(params: MaxentParams) -> float:
    return 1 / (params.prior_sd**2 * params.episodes)


def _result(params: MaxentParams, reward: Floats, policy: Floats, found: Fit, seen: Floats, world: MDP) -> MaxentResult:
    learned = finite_soft_policy(found.reward, world, params.horizon)
    return MaxentResult(
        params=params, reward=reward, learned=found.reward, seen=seen, expected=found.visits, policy=policy,
        learned_policy=learned,
    )  # fmt: skip
