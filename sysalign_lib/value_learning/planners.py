"""Who plans, and for what: behavior fixes the pair of planner and reward only up to its double.

Idea. A policy comes from a planner that is given a reward. If the planner is not known, it has to be learned as well, and
then very different pairs have the same behavior: a seeker of R, a shunner of -R, and a creature of habit that would do the
same whatever it wanted (armstrong2018). The soft planner of this chapter has a rationality beta that may be negative, and
it uses the reward as beta R only. So (beta, R) and (-beta, -R) are equally likely after any data, in every environment.

**Lemma (what stays open).** Let a soft planner with unknown beta act in any number of environments with one reward R. All pairs
``(c beta, R / c)``, c other than 0, have the same policies; if the environments identify the reward of a planner with a known
beta up to a constant, there are no others but for constants added to R. One known preference, ``R(s) > R(s')``, halves
this set: it leaves c > 0. It does not fix the scale.

Proof. In units of 1 / beta the soft Bellman equation ``V = (1 / beta) log sum_a exp(beta Q)``, ``Q = R + gamma E[V]`` becomes
``v = log sum_a exp(q)``, ``q = beta R + gamma E[v]`` with v = beta V; the policy ``exp(q - v)`` depends on the product. If two
pairs give the same policies everywhere, the known-beta planner (beta = 1) has the rewards beta R and beta' R' behind them, and
these differ by a constant. A known order of two states is kept by c > 0 and turned by c < 0. QED.

Assumption that breaks. That the planner is known: one temperature, and a positive one.

What one would wrongly conclude. That nothing can be learned. Within the family the data do tell beta R, and one normative
anchor tells its sign: even somebody who does the opposite of what is good for them is then found out. And that one anchor is
enough in general: the habit goes with every reward, those that respect the anchor included. It takes the family *and* the
anchor. Simplicity does not replace either: in `description_bits` the double is one sign longer than the truth at any size of
the world (armstrong2018, theorem 2, proves the like for every language, by Kolmogorov complexity, which no program
computes; here it is shown in one language, not proved).

Sources: armstrong2018 (planner-reward pairs, the degenerate pairs, normative assumptions), ziebart2010 and cao2021 (the soft
planner). The lemma's count is this book's. Deviation: decisions are drawn at uniformly random states, not along a course.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.polynomial import Polynomial
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.value_learning.mdp import MDP, action_values, greedy, gridworld, soft_policy, value_iteration

__all__ = [
    "BETAS", "Planner", "PlannersParams", "PlannersResult", "description_bits", "environments", "expected_likelihood", "plan",
    "simulate", "soft_plan", "solve", "table_bits",
]  # fmt: skip

Floats = NDArray[np.float64]

BETAS = np.linspace(-8, 8, 65)  # rationalities that are tried
SIDE = 5
WORLDS = ((0.3, 0.9), (0.0, 0.9), (0.3, 0.6), (0.6, 0.9))  # noise and discount of the environments
GOAL, TRAP = 24, 12
QUARTIC = np.linalg.inv(np.vander(np.arange(-2.0, 3.0), increasing=True))  # five values to coefficients
NEWTON, TINY = 8, 1e-12


class Planner(StrEnum):
    """What is done with a reward."""

    GREEDY = "takes the best action"
    CONTRARY = "takes the worst action"
    HABIT = "does the same whatever the reward"


@dataclass(frozen=True, kw_only=True)
class PlannersParams:
    """rationality: the demonstrator's beta, per unit of reward; below 0 it acts against its own good.

    environments: worlds in which it is watched, with one reward. decisions: choices watched in each of them.
    anchor: whether it is known that the goal is better than the trap. trap: reward of the middle; the goal's is 1.
    """

    rationality: float = checks.bounded(2.0, low=-5.0, high=5.0)
    environments: int = checks.bounded(1, low=1, high=len(WORLDS))
    decisions: int = checks.bounded(100, low=10, high=100_000)
    anchor: bool = False
    trap: float = checks.bounded(-0.5, low=-1.0, high=0.5)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class PlannersResult:
    """One behavior, and how likely it is under a seeker and under its double.

    Attributes
    ----------
    params : the demonstrator and how it is watched.
    reward : R[state], shape (25,), of the first reading; the second has -R, the third 0.
    policy : probability[reading, state, action], shape (3, 25, 4), in the first world: of (beta, R), (-beta, -R) and the habit.
    likelihood, double : mean log likelihood[beta], shape (65,), of a decision with R and with -R, in nats; beta as in `BETAS`.
    estimate, estimate_error : beta that explains the decisions best with R, of -8 to 8, and its standard error, 0 where exact.
        Error 0 also where nothing depends on beta.
    double_estimate : that with -R.
    """

    params: PlannersParams
    reward: Floats
    policy: Floats
    likelihood: Floats
    double: Floats
    estimate: float
    estimate_error: float
    double_estimate: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def gap(self) -> float:
        """Largest difference between the two likelihood curves after mirroring one of them, in nats."""
        return float(np.abs(self.likelihood - self.double[::-1]).max())

    @property
    def readings_left(self) -> int:
        """Readings of a soft planner that explain the decisions best: 2, or 1 with the anchor."""
        return 1 if self.params.anchor else 2


# Planners ----------------------------------------------------------------------------------------------------------


def plan(planner: Planner, reward: ArrayLike, world: MDP, habit: ArrayLike | None = None) -> Floats:
    """Return the policy[state, action], shape (n_states, n_actions), that a planner makes of a reward.

    The contrary one takes the worst action by the values of one that always does: it is the greedy planner of the reward's
    negative. A habit is the policy given; it does not look at the reward.

    Raises
    ------
    ValueError : a habit is missing, or its shape is wrong.
    """
    states = checks.array("reward", reward, (world.n_states,))
    checks.choice("planner", planner, Planner)
    if planner == Planner.HABIT:
        if habit is None:
            raise ValueError("habit must be a policy for a planner of habit, got None")
        return checks.array("habit", habit, (world.n_states, world.n_actions), low=0, high=1)
    target = states if planner == Planner.GREEDY else -states
    return greedy(action_values(value_iteration(target, world), target, world))


def soft_plan(beta: float, reward: ArrayLike, world: MDP) -> Floats:
    """Return ``pi(a | s)`` in proportion to ``exp(beta Q)``, probability[state, action], of a soft planner; beta may be negative.

    Q and V are those of the soft planner with this beta: ``V = (1 / beta) log sum_a exp(beta Q)``; beta = 0 tosses a coin.
    """
    checks.number("beta", beta)
    return soft_policy(float(beta) * checks.array("reward", reward, (world.n_states,)), world)


def environments(count: int) -> tuple[MDP, ...]:
    """Return the first `count` of four worlds on the 5 x 5 grid, which differ in noise and discount."""
    checks.integer("count", count, low=1, high=len(WORLDS))
    return tuple(gridworld(noise=noise, discount=discount) for noise, discount in WORLDS[:count])


def expected_likelihood(policy: ArrayLike, other: ArrayLike) -> float:
    """Return the mean log likelihood of a decision of `policy` under another policy, at a random state, in nats."""
    told = checks.array("policy", policy, (None, None), low=0, high=1)
    by = checks.array("other", other, told.shape, low=0, high=1)
    return float((told * np.log(np.maximum(by, np.finfo(float).tiny))).sum() / len(told))


def description_bits(planner: Planner, paid: int, n_states: int) -> int:
    """Return how many bits a pair takes in one small language; an upper bound of its complexity there, up to the language.

    A planner's name takes 2 bits. A reward lists its `paid` states: ``ceil(log2 n_states)`` bits and a sign each, after
    their number. The contrary pair is the greedy one with a minus before the reward and one before the planner; the habit
    is the greedy pair's program with its reward inside the planner, plus an empty reward.
    """
    checks.choice("planner", planner, Planner)
    checks.integer("paid", paid, low=0)
    checks.integer("n_states", n_states, low=1)
    size = math.ceil(math.log2(n_states + 1))
    reward = size + paid * (size + 1)
    return 2 + reward + {Planner.GREEDY: 0, Planner.CONTRARY: 2, Planner.HABIT: 2 + size}[planner]


def table_bits(n_states: int, n_actions: int) -> int:
    """Return how many bits a habit takes that is written down state by state, in the language of `description_bits`."""
    checks.integer("n_states", n_states, low=1)
    checks.integer("n_actions", n_actions, low=1)
    return 2 + n_states * math.ceil(math.log2(n_actions)) + math.ceil(math.log2(n_states + 1))


# The model ---------------------------------------------------------------------------------------------------------


def simulate(params: PlannersParams, rng: Generator) -> PlannersResult:
    """Watch decisions at random states in every world; each world has dice of its own."""
    seen = [
        _decide(soft_plan(params.rationality, _reward(params.trap), world), params.decisions, dice)
        for world, dice in zip(environments(params.environments), rng.spawn(len(WORLDS)), strict=False)
    ]
    return _result(params, np.array(seen), params.decisions * params.environments)


def solve(params: PlannersParams) -> PlannersResult:
    """Watch for ever: every decision as often as it is taken; the number of decisions plays no role."""
    seen = [
        soft_plan(params.rationality, _reward(params.trap), world) / world.n_states
        for world in environments(params.environments)
    ]
    return _result(params, np.array(seen), 0)


def _reward(trap: float) -> Floats:
    reward = np.zeros(SIDE**2)
    reward[GOAL], reward[TRAP] = 1.0, trap
    return reward


def _decide(policy: Floats, count: int, rng: Generator) -> Floats:
    """Frequency[state, action] of `count` decisions at random states."""
    dice = rng.random((count, 2))
    state = np.minimum((dice[:, 0] * len(policy)).astype(int), len(policy) - 1)
    action = np.minimum((np.cumsum(policy, axis=1)[state] < dice[:, 1:]).sum(axis=1), policy.shape[1] - 1)
    seen = np.bincount(state * policy.shape[1] + action, minlength=policy.size)
    return np.asarray(seen.reshape(policy.shape) / count)


@lru_cache(maxsize=256)
def _tried(place: int, trap: float, sign: int) -> Floats:
    """Log probability[beta, state, action], shape (65, 25, 4), of all rationalities tried, in one world."""
    noise, discount = WORLDS[place]
    world = gridworld(noise=noise, discount=discount)
    policies = np.array([soft_plan(beta, sign * _reward(trap), world) for beta in BETAS])
    return np.asarray(np.log(np.maximum(policies, np.finfo(float).tiny)))


def _curve(params: PlannersParams, seen: Floats, sign: int) -> Floats:
    tables = np.array([_tried(place, params.trap, sign) for place in range(params.environments)])
    return np.asarray(np.einsum("wsa,wbsa->b", seen, tables) / params.environments)


def _peak(curve: Floats) -> tuple[float, float]:
    """Where a curve over `BETAS` is highest, by the quartic through five points, and minus its second derivative there."""
    top, step = int(np.clip(curve.argmax(), 2, len(BETAS) - 3)), float(BETAS[1] - BETAS[0])
    quartic = Polynomial(QUARTIC @ curve[top - 2 : top + 3])
    slope, bend, at = quartic.deriv(), quartic.deriv(2), 0.0
    for _ in range(NEWTON):
        at = float(np.clip(at - slope(at) / min(float(bend(at)), -TINY), -2, 2))
    return float(BETAS[top] + step * at), max(-float(bend(at)), 0.0) / step**2


def _result(params: PlannersParams, seen: Floats, count: int) -> PlannersResult:
    likelihood, double = _curve(params, seen, 1), _curve(params, seen, -1)
    (estimate, bend), (other, _) = _peak(likelihood), _peak(double)
    first, reward = environments(1)[0], _reward(params.trap)
    policy = soft_plan(params.rationality, reward, first)
    return PlannersResult(
        params=params, reward=reward, policy=np.array([policy, soft_plan(-params.rationality, -reward, first), policy]),
        likelihood=likelihood, double=double, estimate=estimate, double_estimate=other,
        estimate_error=1 / math.sqrt(count * bend) if count and bend > TINY else 0.0,
    )  # fmt: skip
