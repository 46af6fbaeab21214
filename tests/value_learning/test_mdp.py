"""The grid, and planning in it: hard and soft, for ever and for some steps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from sysalign_lib.value_learning.mdp import (
    MDP,
    action_values,
    evaluate,
    finite_soft_backup,
    finite_soft_policy,
    greedy,
    gridworld,
    occupancy,
    soft_policy,
    soft_value_iteration,
    starting,
    uniform,
    value_iteration,
    visitation,
)


def random_world(rng: Generator, states: int = 4, actions: int = 3, discount: float = 0.8) -> MDP:
    """Any world: each move leads anywhere."""
    return MDP(transition=rng.dirichlet(np.ones(states), size=(states, actions)), discount=discount)


# The grid ----------------------------------------------------------------------------------------------------------


def test_moves_of_a_grid_by_hand() -> None:
    """From the near corner: +x goes right, -x bumps; a random move is one of four, two of which bump."""
    world = gridworld(3, 2, noise=0.4, discount=0.5)
    np.testing.assert_allclose(world.transition[0, 0], [0.2, 0.7, 0, 0.1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(world.transition[0, 2], [0.8, 0.1, 0, 0.1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(world.transition[1, 1], [0.1, 0.1, 0.1, 0, 0.7, 0], atol=1e-15)


@given(st.integers(1, 6), st.integers(1, 6), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_a_grid_keeps_all_probability_and_random_moves_do_not_mind_the_action(
    wide: int, high: int, noise: float
) -> None:
    world = gridworld(wide, high, noise)
    np.testing.assert_allclose(world.transition.sum(axis=2), 1, atol=1e-12)
    lost = gridworld(wide, high, 1.0).transition
    np.testing.assert_allclose(lost, np.broadcast_to(lost[:, :1], lost.shape), atol=0)
    sure = gridworld(wide, high, 0.0).transition
    np.testing.assert_allclose(world.transition, (1 - noise) * sure + noise * lost, atol=1e-12)


def test_one_cell_earns_its_reward_for_ever() -> None:
    world = gridworld(1, 1, discount=0.9)
    np.testing.assert_allclose(value_iteration([2.0], world), [20.0], atol=1e-9)
    np.testing.assert_allclose(soft_value_iteration([2.0], world), [10 * (2 + np.log(4))], atol=1e-9)


def test_sparse_and_full_matrices_say_the_same() -> None:
    """Nine cells a side are sparse inside, and the formula is written out here."""
    world, rng = gridworld(9, 9, discount=0.7), default_rng(1)
    values, reward = rng.standard_normal(81), rng.standard_normal(81)
    expected = reward[:, None] + 0.7 * world.transition @ values
    np.testing.assert_allclose(action_values(values, reward, world), expected, atol=1e-12)
    pair, following, chance = world.arcs
    rebuilt = np.zeros((4 * 81, 81))
    rebuilt[pair, following] = chance
    np.testing.assert_allclose(rebuilt.reshape(4, 81, 81).swapaxes(0, 1), world.transition, atol=0)


# For ever ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_best_values_are_those_of_the_best_of_all_policies(seed: int) -> None:
    rng = default_rng(seed)
    world, reward = random_world(rng), rng.standard_normal((4, 3))
    every = [evaluate(np.eye(3)[list(one)], reward, world) for one in itertools.product(range(3), repeat=4)]
    best = value_iteration(reward, world)
    np.testing.assert_allclose(best, np.max(every, axis=0), atol=1e-10)
    np.testing.assert_allclose(evaluate(greedy(action_values(best, reward, world)), reward, world), best, atol=1e-10)


@given(st.integers(0, 10_000), st.floats(0.05, 20), st.floats(0, 0.98))
@settings(max_examples=30, deadline=None)
def test_soft_values_satisfy_their_equation_and_lie_between_bounds(
    seed: int, temperature: float, discount: float
) -> None:
    rng = default_rng(seed)
    world, reward = random_world(rng, discount=discount), 3 * rng.standard_normal((4, 3))
    soft = soft_value_iteration(reward, world, temperature)
    q = action_values(soft, reward, world)
    top = q.max(axis=1)
    again = top + temperature * np.log(np.exp((q - top[:, None]) / temperature).sum(axis=1))
    np.testing.assert_allclose(again, soft, atol=1e-10 * max(1, np.abs(soft).max()))
    hard = value_iteration(reward, world)
    bonus = temperature * np.log(3) / (1 - discount)
    assert (soft >= hard - 1e-8).all()
    assert (soft <= hard + bonus + 1e-8 * max(1, bonus)).all()


def test_a_hot_demonstrator_tosses_a_die_and_a_cold_one_takes_the_best() -> None:
    world, reward = gridworld(), default_rng(3).standard_normal((25, 4))
    np.testing.assert_allclose(soft_policy(reward, world, 1e7), uniform(world), atol=1e-5)
    best = greedy(action_values(value_iteration(reward, world), reward, world))
    np.testing.assert_allclose(soft_policy(reward, world, 1e-3), best, atol=1e-6)


@given(st.integers(0, 10_000), st.floats(-5, 5))
@settings(max_examples=20, deadline=None)
def test_a_constant_and_a_unit_change_no_choice(seed: int, constant: float) -> None:
    rng = default_rng(seed)
    world, reward = random_world(rng), rng.standard_normal(4)
    first = soft_policy(reward, world)
    np.testing.assert_allclose(soft_policy(reward + constant, world), first, atol=1e-10)
    np.testing.assert_allclose(soft_policy(3 * reward, world, 3.0), first, atol=1e-10)


def test_of_equal_actions_the_lowest_is_taken() -> None:
    np.testing.assert_array_equal(greedy([[1.0, 1.0 + 1e-12, 0.0], [0.0, 2.0, 2.0]]), [[1, 0, 0], [0, 1, 0]])


# For some steps ----------------------------------------------------------------------------------------------------


def test_soft_values_without_chance_count_every_course() -> None:
    """In a world without dice the first soft value is the log of the sum of exp(reward) over all sequences of actions."""
    world, reward = gridworld(3, 2, noise=0.0), default_rng(4).standard_normal(6)
    total, horizon = 0.0, 4
    for moves in itertools.product(range(4), repeat=horizon):
        state, earned = 0, 0.0
        for move in moves:
            earned += reward[state]
            state = int(world.transition[state, move].argmax())
        total += np.exp(earned)
    assert finite_soft_backup(reward, world, horizon)[0][0, 0] == pytest.approx(np.log(total), abs=1e-12)


def test_long_horizon_ends_in_the_policy_for_ever() -> None:
    world, reward = gridworld(), default_rng(5).standard_normal(25)
    first = finite_soft_policy(reward, world, 300, discount=0.9)[0]
    np.testing.assert_allclose(first, soft_policy(reward, world), atol=1e-10)


def test_one_step_is_decided_by_a_die_where_reward_depends_on_the_state() -> None:
    world = gridworld()
    np.testing.assert_allclose(finite_soft_policy(np.arange(25.0), world, 1)[0], uniform(world), atol=1e-15)


@given(st.integers(0, 10_000), st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_visits_add_up_to_the_steps(seed: int, horizon: int) -> None:
    rng = default_rng(seed)
    world, reward = random_world(rng), rng.standard_normal(4)
    policy = finite_soft_policy(reward, world, horizon)
    np.testing.assert_allclose(policy.sum(axis=2), 1, atol=1e-12)
    assert visitation(policy, 0, world, horizon).sum() == pytest.approx(horizon)
    where = occupancy(policy, rng.dirichlet(np.ones(4)), world, horizon)
    np.testing.assert_allclose(where.sum(axis=1), 1, atol=1e-12)


def test_visits_by_matrix_powers() -> None:
    world = gridworld()
    policy = uniform(world)
    step = np.einsum("sa,san->sn", policy, world.transition)
    expected = sum(0.8**time * np.linalg.matrix_power(step, time)[7] for time in range(6))
    np.testing.assert_allclose(visitation(policy, 7, world, 6, discount=0.8), expected, atol=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_the_slope_of_the_soft_value_is_the_visits(seed: int) -> None:
    """Central differences of the first soft value against one forward pass, discount included."""
    rng = default_rng(seed)
    world, reward = random_world(rng), rng.standard_normal(4)
    visits = visitation(finite_soft_policy(reward, world, 7, 0.9), 2, world, 7, 0.9)
    for state in range(4):
        nudge = 1e-5 * np.eye(4)[state]
        values = [finite_soft_backup(reward + sign * nudge, world, 7, 0.9)[0][0, 2] for sign in (1, -1)]
        assert (values[0] - values[1]) / 2e-5 == pytest.approx(visits[state], abs=1e-8)


# Refusals ----------------------------------------------------------------------------------------------------------


def test_what_is_no_world_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"transition must have shape \(states, actions, states\), got \(2, 1, 3\)"):
        MDP(transition=np.full((2, 1, 3), 1 / 3))
    with pytest.raises(ValueError, match="transition must sum to 1"):
        MDP(transition=np.full((2, 1, 2), 0.4))
    with pytest.raises(ValueError, match=r"discount must be in \[0, 1\], got 1.5"):
        gridworld(discount=1.5)
    with pytest.raises(ValueError, match=r"noise must be in \[0, 1\], got -0.1"):
        gridworld(noise=-0.1)


def test_what_cannot_be_planned_is_refused_by_name() -> None:
    world = gridworld()
    with pytest.raises(ValueError, match=r"reward must have shape"):
        value_iteration(np.zeros(24), world)
    with pytest.raises(ValueError, match=r"discount must be in \[0, 1\), got 1"):
        value_iteration(np.zeros(25), gridworld(discount=1.0))
    with pytest.raises(ValueError, match=r"temperature must be in \(0, inf\), got 0"):
        soft_policy(np.zeros(25), world, 0)
    with pytest.raises(ValueError, match=r"horizon must be in \[1, inf\), got 0"):
        finite_soft_policy(np.zeros(25), world, 0)
    with pytest.raises(ValueError, match="policy must sum to 1"):
        visitation(np.full((25, 4), 0.1), 0, world, 3)
    with pytest.raises(ValueError, match="start must sum to 1, got 25"):
        starting(np.ones(25), world)
    with pytest.raises(ValueError, match=r"start must be in \[0, 24\], got 25"):
        starting(25, world)
