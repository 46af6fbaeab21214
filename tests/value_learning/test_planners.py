"""Planner and reward: degenerate pairs, the double, worlds that do not help, the anchor that does, and what stays open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.special import logsumexp

from sysalign_lib.value_learning.ambiguity import ambiguity_dimension
from sysalign_lib.value_learning.explorables.planners import PLANNERS
from sysalign_lib.value_learning.mdp import action_values, greedy, gridworld
from sysalign_lib.value_learning.planners import (
    BETAS,
    Planner,
    PlannersParams,
    description_bits,
    environments,
    expected_likelihood,
    plan,
    simulate,
    soft_plan,
    solve,
    table_bits,
)
from sysalign_lib.value_learning.views.planners import reading

WORLDS = environments(4)
seeds = st.integers(0, 1000)
rationalities = st.floats(-4, 4).filter(lambda beta: abs(beta) > 0.05)


def rewards(seed: int) -> np.ndarray:
    return default_rng(seed).normal(size=25)


def in_units_of_reward(beta: float, reward: np.ndarray, noise: float = 0.3, discount: float = 0.9) -> np.ndarray:
    """The soft planner by plain sweeps in its own units, ``V = log(sum exp(beta Q)) / beta``, for either sign of beta."""
    world = gridworld(noise=noise, discount=discount)
    values = np.zeros(25)
    for _ in range(250):
        q = reward[:, None] + discount * world.transition @ values
        values = logsumexp(beta * q, axis=1) / beta
    return np.exp(beta * (q - values[:, None]))


def worst_by_sweeps(reward: np.ndarray) -> np.ndarray:
    """Action values of one who always does the worst."""
    world, values = WORLDS[0], np.zeros(25)
    for _ in range(600):
        q = reward[:, None] + world.discount * world.transition @ values
        values = q.min(axis=1)
    return q


# Pairs with one policy ---------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(seed=seeds, place=st.integers(0, 3))
def test_three_degenerate_pairs_have_one_policy(seed: int, place: int) -> None:
    reward, world = rewards(seed), WORLDS[place]
    first = plan(Planner.GREEDY, reward, world)
    np.testing.assert_array_equal(plan(Planner.CONTRARY, -reward, world), first)
    np.testing.assert_array_equal(plan(Planner.HABIT, 0 * reward, world, habit=first), first)


def test_the_contrary_planner_does_the_worst() -> None:
    reward = rewards(3)
    worst = worst_by_sweeps(reward)
    np.testing.assert_array_equal(plan(Planner.CONTRARY, reward, WORLDS[0]), np.eye(4)[worst.argmin(axis=1)])
    assert not np.array_equal(plan(Planner.CONTRARY, reward, WORLDS[0]), plan(Planner.GREEDY, reward, WORLDS[0]))


@settings(max_examples=5, deadline=None)
@given(seed=seeds, beta=rationalities)
def test_soft_planner_agrees_with_plain_sweeps_in_its_own_units(seed: int, beta: float) -> None:
    reward = rewards(seed)
    np.testing.assert_allclose(soft_plan(beta, reward, WORLDS[0]), in_units_of_reward(beta, reward), atol=1e-7)
    np.testing.assert_allclose(
        in_units_of_reward(beta, reward), in_units_of_reward(-beta, -reward), atol=1e-13, rtol=1e-10
    )


@settings(max_examples=15, deadline=None)
@given(seed=seeds, beta=rationalities, scale=st.floats(-5, 5).filter(lambda one: abs(one) > 0.1))
def test_no_number_of_worlds_tells_pairs_of_one_product_apart(seed: int, beta: float, scale: float) -> None:
    reward = rewards(seed)
    for world in WORLDS:
        one, two = soft_plan(beta, reward, world), soft_plan(beta / scale, scale * reward, world)
        np.testing.assert_allclose(one, two, atol=1e-9)
        assert expected_likelihood(one, two) == pytest.approx(expected_likelihood(one, one), abs=1e-9)


def test_with_a_known_planner_two_worlds_leave_a_constant() -> None:
    """What unlike the double does go away with more worlds."""
    assert ambiguity_dimension(gridworld(discount=0.9)) == 25
    assert ambiguity_dimension(gridworld(discount=0.9), gridworld(discount=0.8)) == 1
    assert ambiguity_dimension(gridworld(discount=0.9), gridworld(noise=0.6, discount=0.9)) == 1


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_products_that_differ_are_told_apart(seed: int) -> None:
    reward = rewards(seed)
    told = soft_plan(2.0, reward, WORLDS[0])
    for beta, other in ((1.5, reward), (2.0, -reward), (2.0, rewards(seed + 1))):
        assert expected_likelihood(told, soft_plan(beta, other, WORLDS[0])) < expected_likelihood(told, told) - 1e-4


# Limits ------------------------------------------------------------------------------------------------------------


def test_without_rationality_there_is_a_coin_and_with_much_of_it_a_greedy_planner() -> None:
    reward = rewards(1)
    np.testing.assert_allclose(soft_plan(0.0, reward, WORLDS[0]), 1 / 4, atol=1e-15)
    sharp = soft_plan(300.0, reward, WORLDS[0])
    np.testing.assert_array_equal(sharp.argmax(axis=1), plan(Planner.GREEDY, reward, WORLDS[0]).argmax(axis=1))
    contrary = soft_plan(-300.0, reward, WORLDS[0])
    np.testing.assert_array_equal(contrary.argmax(axis=1), plan(Planner.CONTRARY, reward, WORLDS[0]).argmax(axis=1))
    assert greedy(action_values(np.zeros(25), np.zeros(25), WORLDS[0]))[:, 0].all()


def test_a_coin_is_explained_by_no_rationality_with_either_reward() -> None:
    exact = solve(PlannersParams(rationality=0.0))
    assert exact.likelihood.max() == pytest.approx(np.log(1 / 4), abs=1e-9)
    assert BETAS[exact.likelihood.argmax()] == BETAS[exact.double.argmax()] == 0


# Watching ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [-2.0, 0.5, 2.0])
@pytest.mark.parametrize("count", [1, 3])
def test_sampled_estimates_scatter_about_the_truth_and_its_double_as_their_errors_say(beta: float, count: int) -> None:
    params, runs = PlannersParams(rationality=beta, environments=count, decisions=4000), 60
    seen = [simulate(params, default_rng(seed)) for seed in range(runs)]
    off = np.array([(one.estimate - beta) / one.estimate_error for one in seen])
    grid = 0.01 / seen[0].estimate_error  # the quartic through points 0.25 apart, in standard errors
    assert abs(off.mean()) < 5 / np.sqrt(runs) + grid
    assert abs(off.var() - 1) < 5 * np.sqrt(2 / runs) + 2 * grid
    assert all(one.double_estimate == pytest.approx(-one.estimate, abs=1e-9) for one in seen)
    assert max(one.gap for one in seen) < 1e-12


def test_many_decisions_meet_the_exact_curve() -> None:
    params = PlannersParams(decisions=100_000, environments=2)
    seen, exact = simulate(params, default_rng(4)), solve(params)
    # the log of a probability is at least -6 here, so that one decision scatters by 3 at most
    assert np.abs(seen.likelihood - exact.likelihood).max() < 5 * 3 / np.sqrt(200_000)
    assert exact.estimate == pytest.approx(2.0, abs=1e-3)
    assert exact.estimate_error == 0


def test_more_worlds_leave_the_decisions_already_seen_as_they_are() -> None:
    one, two = (simulate(PlannersParams(environments=count), default_rng(7)) for count in (1, 2))
    other = 2 * two.likelihood - one.likelihood  # what the second world adds
    assert (other < 0).all()
    assert one.likelihood.tolist() != two.likelihood.tolist()


def test_three_readings_hold_one_policy() -> None:
    exact = solve(PlannersParams(rationality=1.3))
    np.testing.assert_array_equal(exact.policy[0], exact.policy[1])
    np.testing.assert_array_equal(exact.policy[0], exact.policy[2])
    assert exact.readings_left == 2
    assert solve(PlannersParams(anchor=True)).readings_left == 1


# Description -------------------------------------------------------------------------------------------------------


@given(paid=st.integers(0, 50), states=st.integers(1, 10**9))
def test_the_double_is_two_bits_longer_at_any_size_and_a_habit_by_the_logarithm_of_it(paid: int, states: int) -> None:
    first, double, habit = (description_bits(one, paid, states) for one in Planner)
    assert double - first == 2
    assert 2 < habit - first <= 3 + np.log2(states + 1)


def test_a_habit_in_a_table_grows_with_the_world() -> None:
    assert table_bits(25, 4) == 2 + 50 + 5
    assert table_bits(2500, 4) > 40 * description_bits(Planner.GREEDY, 2, 2500)


# Refusals and words ------------------------------------------------------------------------------------------------


def test_what_is_no_planner_or_world_is_refused() -> None:
    with pytest.raises(ValueError, match="habit must be a policy"):
        plan(Planner.HABIT, np.zeros(25), WORLDS[0])
    with pytest.raises(ValueError, match="planner must be one of"):
        plan("greedy", np.zeros(25), WORLDS[0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="reward must have shape"):
        soft_plan(1.0, np.zeros(24), WORLDS[0])
    with pytest.raises(ValueError, match="beta must be finite"):
        soft_plan(float("nan"), np.zeros(25), WORLDS[0])
    with pytest.raises(ValueError, match=r"count must be in \[1, 4\]"):
        environments(5)


def test_readings_at_the_edges() -> None:
    assert "exactly as much" in PLANNERS.read()
    assert "seeks what is good" in PLANNERS.read(anchor=True)
    assert "against its own good" in PLANNERS.read(rationality=-2.0, anchor=True, decisions=1000, environments=4)
    assert "tosses coins" in PLANNERS.read(rationality=0.0)
    assert "rationality of 0 with R, hardly told" in reading(solve(PlannersParams(rationality=0.0)))
    assert "rationality of 2 with R and exactly as much for \N{MINUS SIGN}2" in reading(solve(PlannersParams()))
