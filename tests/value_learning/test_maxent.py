"""Maximum entropy: the causal fit, label bias, and the first form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from sysalign_lib.value_learning.evidence.maxent import forked
from sysalign_lib.value_learning.maxent import (
    MaxentParams,
    action_paths,
    demonstrate,
    fit,
    gradient,
    lucky_visitation,
    maxent_paths,
    simulate,
    solve,
)
from sysalign_lib.value_learning.mdp import MDP, finite_soft_policy, gridworld, uniform, visitation

Floats = NDArray[np.float64]


# The fit -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(2, 12))
@settings(max_examples=10, deadline=None)
def test_gradient_agrees_with_differences_of_the_likelihood(seed: int, horizon: int) -> None:
    rng = default_rng(seed)
    world, reward = gridworld(3, 2), rng.standard_normal(6)
    visits = visitation(finite_soft_policy(rng.standard_normal(6), world, horizon), 0, world, horizon)
    slope = gradient(reward, visits, 0, world, horizon)[1]
    for state in range(6):
        nudge = 1e-5 * np.eye(6)[state]
        up, down = (gradient(reward + sign * nudge, visits, 0, world, horizon)[0] for sign in (1, -1))
        assert (up - down) / 2e-5 == pytest.approx(slope[state], abs=1e-7)
    assert slope.sum() == pytest.approx(0, abs=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_loss_is_convex_along_a_line(seed: int) -> None:
    rng = default_rng(seed)
    world = gridworld(3, 3)
    visits = visitation(uniform(world), 0, world, 8)
    one, other = rng.standard_normal((2, 9))
    values = [gradient((1 - at) * one + at * other, visits, 0, world, 8)[0] for at in (0.0, 0.5, 1.0)]
    assert values[1] <= (values[0] + values[2]) / 2 + 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_any_moderate_reward_is_found_up_to_a_constant(seed: int) -> None:
    rng = default_rng(seed)
    world, reward = gridworld(4, 4), 0.7 * rng.standard_normal(16)
    visits = visitation(finite_soft_policy(reward, world, 15), 0, world, 15)
    found = fit(visits, 0, world, 15)
    assert found.error < 1e-7
    assert np.std(found.reward - reward) < 1e-5
    assert found.reward.sum() == pytest.approx(0, abs=1e-9)


def test_discounted_visits_and_a_spread_start_are_fitted_too() -> None:
    world, rng = gridworld(3, 3), default_rng(2)
    reward, start = 0.5 * rng.standard_normal(9), rng.dirichlet(np.ones(9))
    visits = visitation(finite_soft_policy(reward, world, 12, 0.9), start, world, 12, 0.9)
    found = fit(visits, start, world, 12, discount=0.9)
    assert np.std(found.reward - reward) < 1e-6


def test_a_die_has_no_preferences() -> None:
    """The visits of a demonstrator without reward give a reward that is the same everywhere."""
    world = gridworld()
    found = fit(visitation(uniform(world), 0, world, 20), 0, world, 20)
    assert np.abs(found.reward).max() < 1e-8


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_demonstrations_visit_as_the_exact_visits_say(seed: int) -> None:
    """Five standard errors of the visits of so many episodes, taken from the episodes themselves."""
    world, episodes, horizon = gridworld(), 4000, 20
    policy = finite_soft_policy(np.eye(25)[24], world, horizon)
    states = demonstrate(policy, 0, world, episodes, default_rng(seed))
    counts = (states[:, :, None] == np.arange(25)).sum(axis=1)
    error = counts.std(axis=0) / np.sqrt(episodes)
    assert (np.abs(counts.mean(axis=0) - visitation(policy, 0, world, horizon)) < 5 * error + 1e-3).all()


def test_more_episodes_leave_the_first_ones_as_they_are() -> None:
    world = gridworld()
    policy = finite_soft_policy(np.eye(25)[24], world, 10)
    few, many = (demonstrate(policy, 3, world, count, default_rng(1)) for count in (5, 50))
    np.testing.assert_array_equal(few, many[:5])


def test_simulated_reward_approaches_the_solved_one() -> None:
    """The error falls about as one over the root of the number of episodes: by 10 for 100 times as many, within a factor of 3."""
    errors = [
        np.mean(
            [simulate(MaxentParams(episodes=count, prior_sd=10), default_rng(seed)).policy_error for seed in range(3)]
        )
        for count in (300, 30_000)
    ]
    assert 10 / 3 < errors[0] / errors[1] < 30
    assert solve(MaxentParams()).policy_error < 1e-7


def test_a_narrow_prior_lets_nothing_be_learned_from_little() -> None:
    assert np.abs(simulate(MaxentParams(episodes=1, prior_sd=0.05), default_rng(1)).learned).max() < 0.05


def test_refusals_of_the_fit_name_the_argument() -> None:
    world = gridworld()
    with pytest.raises(ValueError, match="visits must add up to 20, got 19"):
        fit(np.full(25, 19 / 25), 0, world, 20)
    with pytest.raises(ValueError, match="visits must lie in"):
        fit(np.linspace(-1, 2, 25), 0, world, 20)
    with pytest.raises(ValueError, match=r"prior must be in \[0, inf\), got -1"):
        fit(np.full(25, 20 / 25), 0, world, 20, prior=-1)
    with pytest.raises(ValueError, match="episodes must be in"):
        demonstrate(finite_soft_policy(np.zeros(25), world, 3), 0, world, 0, default_rng(0))


# Label bias --------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_courses_weigh_as_their_reward_says(seed: int) -> None:
    """All courses of a full graph of five nodes, their rewards added by hand."""
    edges = np.where(np.triu(np.ones((5, 5)), 1) > 0, default_rng(seed).standard_normal((5, 5)), -np.inf)
    middles = [(), (1,), (2,), (3,), (1, 2), (1, 3), (2, 3), (1, 2, 3)]
    courses = sorted((0, *middle, 4) for middle in middles)
    earned = np.array([sum(edges[a, b] for a, b in pairwise(one)) for one in courses])
    expected = np.exp(earned) / np.exp(earned).sum()
    np.testing.assert_allclose(maxent_paths(edges), expected, atol=1e-12)
    assert action_paths(edges).sum() == pytest.approx(1)


def test_actions_may_favor_a_worse_course() -> None:
    """The direct course earns a little less, and still is chosen more often if actions are weighed."""
    edges = forked()
    edges[0, 1] = -0.3
    assert action_paths(edges)[0] > action_paths(edges)[1]
    assert maxent_paths(edges)[0] < maxent_paths(edges)[1]


@pytest.mark.parametrize(
    ("edges", "words"),
    [
        (np.zeros((2, 3)), "reward must have shape"),
        (np.zeros((3, 3)), "reward must be finite on edges to later nodes"),
        (np.full((3, 3), -np.inf), "reward must let every node but the last go on"),
    ],
)
def test_what_is_no_graph_is_refused(edges: Floats, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        maxent_paths(edges)


# The first form ----------------------------------------------------------------------------------------------------


def swept(reward: Floats, goal: int, world: MDP, rounds: int) -> Floats:
    """Algorithm 1 step by step."""
    reach = np.eye(world.n_states)[goal]
    for _ in range(rounds):
        parts = np.exp(reward)[:, None] * (world.transition @ reach)
        parts[goal] = 0
        reach = parts.sum(axis=1) + np.eye(world.n_states)[goal]
    policy = parts / reach[:, None]
    where, visits = np.eye(world.n_states)[0], np.zeros(world.n_states)
    for _ in range(rounds):
        visits += where
        where = np.einsum("s,sa,san->n", where, policy, world.transition)
    return visits


@pytest.mark.parametrize(("wide", "high", "noise"), [(3, 3, 0.0), (5, 5, 0.3), (7, 2, 0.9), (9, 9, 0.3)])
def test_solved_visits_are_what_sweeps_approach(wide: int, high: int, noise: float) -> None:
    world, size = gridworld(wide, high, noise), wide * high
    reward = -1.6 - 0.5 * default_rng(1).random(size)
    solved = lucky_visitation(reward, 0, size - 1, world)
    np.testing.assert_allclose(solved, swept(reward, size - 1, world, 1500), atol=1e-8)
    assert solved[-1] == pytest.approx(1)


def test_first_form_takes_a_gamble_that_the_causal_form_shuns() -> None:
    """Safe: node 1, reward -2. Gamble: nodes 2 (reward 0) or 3 (reward -20), half each. The goal, 4, follows."""
    transition = np.zeros((5, 2, 5))
    transition[0, 0, 1], transition[0, 1, [2, 3]] = 1, 0.5
    transition[1:, :, 4] = 1
    world, reward = MDP(transition=transition, discount=1.0), np.array([0.0, -2.0, 0.0, -20.0, 0.0])
    gamble = (1 + np.exp(-20)) / 2
    expected = np.exp(-2) / (np.exp(-2) + gamble)
    assert lucky_visitation(reward, 0, 4, world)[1] == pytest.approx(expected)
    causal = finite_soft_policy(reward, world, 2)[0, 0]
    assert causal[0] == pytest.approx(np.exp(-2) / (np.exp(-2) + np.exp(-10)))


def test_without_dice_both_forms_choose_alike() -> None:
    """On a corridor of distinct ends, moves certain, first form against its own weights of courses by counting."""
    transition = np.zeros((4, 2, 4))
    transition[0, 0, 1] = transition[0, 1, 2] = 1
    transition[1:, :, 3] = 1
    world, reward = MDP(transition=transition, discount=1.0), np.array([0.0, -1.0, -0.2, 0.0])
    first = lucky_visitation(reward, 0, 3, world)
    assert first[1] == pytest.approx(finite_soft_policy(reward, world, 2)[0, 0, 0])


def test_courses_that_need_not_end_are_refused() -> None:
    with pytest.raises(ValueError, match="reward must be low enough for courses to end, got up to 0"):
        lucky_visitation(np.zeros(25), 0, 24, gridworld())
