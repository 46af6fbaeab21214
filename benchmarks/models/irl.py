"""Inverse reinforcement learning on grids: gradient and whole fit beside imitation, path-weighted visits beside sweeps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.harness import Bench
from sysalign_lib.value_learning.maxent import Fit, fit, gradient, lucky_visitation
from sysalign_lib.value_learning.mdp import MDP, finite_soft_policy, gridworld, visitation

__all__ = ["BENCHES"]

APART = True
Floats = NDArray[np.float64]
Data = tuple[MDP, Floats, Floats, int, Any]

HORIZON = 80  # steps of the gradient
FITTED = 20  # steps of the fit
CLOSE = 1e-3  # error of a state's visits at which the peer stops, its default
STEPS = 20_000  # after which the peer would give up
RATE = 0.05  # of Adam; of 0.01, 0.02, 0.05, 0.1 and 0.2 it ends first at 5 cells a side, and within a tenth of the first at 12


def _rewarded(side: int) -> Floats:
    reward = np.zeros(side * side)
    reward[-1], reward[side * side // 2] = 1, -0.5
    return reward


def _tabular(world: MDP, horizon: int) -> Any:
    """The same world as imitation takes it, states seen as they are."""
    try:
        from seals.base_envs import TabularModelPOMDP
    except ImportError as error:
        raise SystemExit(f"irl is measured beside imitation, which is not installed here: {error}") from error
    first = np.eye(world.n_states)[0]
    return TabularModelPOMDP(
        transition_matrix=np.array(world.transition), observation_matrix=np.eye(world.n_states, dtype=np.float32),
        reward_matrix=np.zeros(world.n_states), horizon=horizon, initial_state_dist=first,
    )  # fmt: skip


def _data(side: int, horizon: int) -> Data:
    world, reward = gridworld(side, side, discount=1.0), _rewarded(side)
    visits = visitation(finite_soft_policy(reward, world, horizon), 0, world, horizon)
    return world, reward, visits, horizon, _tabular(world, horizon)


# One gradient ------------------------------------------------------------------------------------------------------


def _long(side: int) -> Data:
    return _data(side, HORIZON)


def _guess(data: Data) -> Floats:
    """A reward at which the gradient is not 0."""
    return np.asarray(0.1 * np.random.default_rng(7).standard_normal(len(data[1])))


def _ours(data: Data) -> Floats:
    world, _, visits, horizon, _ = data
    return gradient(_guess(data), visits, 0, world, horizon)[1]


def _imitation(data: Data) -> Floats:
    from imitation.algorithms.mce_irl import mce_occupancy_measures, mce_partition_fh

    _, _, visits, _, env = data
    guess = _guess(data)
    policy = mce_partition_fh(env, reward=guess)[2]
    where = mce_occupancy_measures(env, reward=guess, pi=policy)[0]
    return np.asarray(where[:-1].sum(axis=0) - visits)


def _same_gradient(_data: Data, ours: Floats, peer: Floats) -> str:
    gap = float(np.abs(ours - peer).max())
    assert gap < 1e-9, f"gradients differ by {gap}"
    return f"gradients agree within {gap:.0e}"


# The whole fit -----------------------------------------------------------------------------------------------------


def _short(side: int) -> Data:
    return _data(side, FITTED)


def _fit(data: Data) -> Fit:
    world, _, visits, horizon, _ = data
    return fit(visits, 0, world, horizon, tolerance=CLOSE)


def _trained(data: Data) -> Floats:
    """Reward by imitation's MCEIRL with a linear reward; it also counts the state after the last step."""
    import torch
    from imitation.algorithms.mce_irl import MCEIRL, mce_occupancy_measures
    from imitation.rewards.reward_nets import BasicRewardNet

    _, reward, _, _, env = data
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = BasicRewardNet(
        env.observation_space, env.action_space, use_action=False, use_next_state=False, use_done=False, hid_sizes=[]
    )
    seen = mce_occupancy_measures(env, reward=reward)[1]
    trainer = MCEIRL(
        seen, env, net, np.random.default_rng(0), optimizer_kwargs={"lr": RATE}, linf_eps=CLOSE, grad_l2_eps=0.0,
        log_interval=None,
    )  # fmt: skip
    trainer.train(max_iter=STEPS)
    with torch.no_grad():
        states = torch.as_tensor(env.observation_matrix)
        return np.asarray(net(states, None, None, None).squeeze(-1).numpy(), dtype=float)


def _same_visits(data: Data, ours: Fit, peer: Floats) -> str:
    """Both explain the visits to the accuracy asked for; the peer counts the state after the last step, too."""
    world, _, visits, horizon, _ = data
    theirs = float(np.abs(visitation(finite_soft_policy(peer, world, horizon), 0, world, horizon) - visits).max())
    assert ours.error <= CLOSE, f"our visits are off by {ours.error}"
    assert theirs <= 2 * CLOSE, f"the peer's visits are off by {theirs}"
    return f"visits off by {ours.error:.0e} and {theirs:.0e}"


# Visits of the first maximum entropy form --------------------------------------------------------------------------


def _costly(side: int) -> tuple[MDP, Floats]:
    """Every step costs, so that courses end."""
    return gridworld(side, side, discount=1.0), -1.7 - 0.3 * np.random.default_rng(8).random(side * side)


def _solved(data: tuple[MDP, Floats]) -> Floats:
    world, reward = data
    return lucky_visitation(reward, 0, world.n_states - 1, world)


def _swept(data: tuple[MDP, Floats]) -> Floats:
    """Ziebart's Algorithm 1 by sweeps, with full matrices: backward twice as often as there are states, then forward to rest."""
    world, reward = data
    goal, moves = world.n_states - 1, np.ascontiguousarray(np.swapaxes(world.transition, 0, 1))
    arrived, weight = np.eye(world.n_states)[goal], np.exp(reward)
    weight[goal] = 0
    reach, parts = arrived, np.zeros((world.n_actions, world.n_states))
    for _ in range(2 * world.n_states):
        parts = np.array([weight * (move @ reach) for move in moves])
        reach = parts.sum(axis=0) + arrived
    policy = parts / reach
    first = np.eye(world.n_states)[0]
    visits, gap = first, np.inf
    while gap > 1e-10:
        new = first + sum((chance * visits) @ move for chance, move in zip(policy, moves, strict=True))
        visits, gap = new, float(np.abs(new - visits).max())
    return np.asarray(visits)


def _same_sweeps(_data: tuple[MDP, Floats], ours: Floats, peer: Floats) -> str:
    gap = float(np.abs(ours - peer).max())
    assert gap < 1e-7, f"visits differ by {gap}"
    return f"visits agree within {gap:.0e}"


BENCHES = (
    Bench(
        name=f"gradient of maximum causal entropy on a grid, {HORIZON} steps",
        unit="cells a side",
        sizes=(5, 10, 20),
        prepare=_long,
        ours=_ours,
        peer=_imitation,
        peer_name="imitation, mce_partition_fh and mce_occupancy_measures",
        agree=_same_gradient,
        at_least=3,
    ),
    Bench(
        name=f"whole fit of maximum causal entropy on a grid, {FITTED} steps, visits to {CLOSE:g}",
        unit="cells a side",
        sizes=(5, 8, 12),
        prepare=_short,
        ours=_fit,
        peer=_trained,
        peer_name=f"imitation, MCEIRL with a linear reward and Adam at rate {RATE:g}",
        agree=_same_visits,
        at_least=10,
    ),
    Bench(
        name="visits weighed by paths (Algorithm 1 of maximum entropy) on a grid",
        unit="cells a side",
        sizes=(5, 10, 20),
        prepare=_costly,
        ours=_solved,
        peer=_swept,
        peer_name="the algorithm by sweeps, full matrices",
        agree=_same_sweeps,
        at_least=100,
    ),
)
