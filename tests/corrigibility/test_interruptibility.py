"""Safe interruptibility: fixed points, expected curves by enumeration, and both worlds learned."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.corrigibility.explorables.interruptibility import INTERRUPTIBLE
from sysalign_lib.corrigibility.interruptibility import (
    LEARNERS,
    Credit,
    ForkParams,
    GridworldParams,
    fork_limit,
    simulate_fork,
    simulate_gridworld,
    solve_fork,
    solve_gridworld,
)
from sysalign_lib.corrigibility.views.interruptibility import reading

Q, SARSA, SAFE = range(3)
EAST, SOUTH, WEST, NORTH, HALT = range(5)

forks = st.builds(
    ForkParams,
    interruption=st.floats(0, 0.95),
    exploration=st.floats(0, 0.9),
    credit=st.sampled_from(Credit),
    step_decay=st.floats(0.5, 1),
    rounds=st.integers(2, 5),
    runs=st.just(2),
)


def one_life(params: ForkParams, events: tuple[str, ...]) -> np.ndarray:
    """Values of the right branch after the last round, one plain learner at a time; events: rests, stopped, works."""
    intended_credit = params.credit is Credit.INTENDED
    final = []
    for learner in range(3):
        right, work, met = 0.0, 0.0, 0
        for n, event in enumerate(events, start=1):
            intends = event != "rests"
            executes = event == "works"
            credited = intends if intended_credit else executes
            follows = {Q: True, SARSA: credited, SAFE: intends}[learner]
            right += n**-params.step_decay * (work * follows - right)
            if credited:
                met += 1
                work += met**-params.step_decay * (2.0 * executes - work)
        final.append(right)
    return np.array(final)


@settings(max_examples=40, deadline=None)
@given(params=forks)
def test_expected_curves_agree_with_an_enumeration_of_every_history(params: ForkParams) -> None:
    chance = {
        "rests": params.exploration,
        "stopped": (1 - params.exploration) * params.interruption,
        "works": (1 - params.exploration) * (1 - params.interruption),
    }
    mean = sum(
        np.prod([chance[event] for event in events]) * one_life(params, events)
        for events in product(chance, repeat=params.rounds)
    )
    np.testing.assert_allclose(solve_fork(params).expected[:, -1], mean, atol=1e-12)


@pytest.mark.parametrize("credit", Credit)
@pytest.mark.parametrize("theta", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("exploration", [0.0, 0.3])
def test_simulated_learners_agree_with_the_expectation(credit: Credit, theta: float, exploration: float) -> None:
    params = ForkParams(credit=credit, interruption=theta, exploration=exploration, rounds=60, runs=4000)
    learned = simulate_fork(params, default_rng(7))
    for n in (1, 9, 59):
        assert (np.abs(learned.mean - learned.expected)[:, n] <= 5 * learned.error[:, n] + 1e-9).all()


def test_the_spread_is_the_standard_deviation_between_runs() -> None:
    lives = [
        one_life(ForkParams(interruption=0.5), history)[SARSA] for history in product(("stopped", "works"), repeat=3)
    ]
    fourth = np.mean((np.array(lives) - np.mean(lives)) ** 4) / np.var(lives) ** 2
    learned = simulate_fork(ForkParams(runs=4000, rounds=3, interruption=0.5), default_rng(1))
    assert learned.spread[SARSA, -1] == pytest.approx(np.std(lives), rel=5 * np.sqrt((fourth - 1) / 4 / 4000))
    np.testing.assert_allclose(learned.error, learned.spread / np.sqrt(4000))


@given(theta=st.floats(0, 0.95), exploration=st.floats(0, 0.9))
def test_credit_for_the_executed_action_leaves_only_plain_sarsa_moved(theta: float, exploration: float) -> None:
    limit = fork_limit(theta, exploration, Credit.EXECUTED)
    assert limit[Q] == 2.0
    assert limit[SAFE] == pytest.approx(2 * (1 - exploration), abs=1e-12)
    assert limit[SARSA] == pytest.approx(2 * (1 - exploration) * (1 - theta), abs=1e-12)


@given(theta=st.floats(0, 0.95), exploration=st.floats(0, 0.9))
def test_credit_for_the_intended_action_moves_every_learner(theta: float, exploration: float) -> None:
    limit = fork_limit(theta, exploration, Credit.INTENDED)
    assert limit[Q] == pytest.approx(2 * (1 - theta), abs=1e-12)
    assert limit[SARSA] == limit[SAFE] == pytest.approx(2 * (1 - exploration) * (1 - theta), abs=1e-12)


@given(params=forks)
def test_sarsa_prefers_right_below_its_flip_and_left_above(params: ForkParams) -> None:
    flip = solve_fork(params).flip
    below, above = (fork_limit(flip + step, params.exploration, params.credit)[SARSA] for step in (-1e-6, 1e-6))
    assert above < 1
    assert below > 1 or flip == 0


def test_the_preference_flips_at_exactly_one_half() -> None:
    assert solve_fork(ForkParams()).flip == 0.5
    assert fork_limit(0.5, 0.0, Credit.EXECUTED)[SARSA] == 1.0


def test_without_interruption_or_exploration_the_three_learners_are_one() -> None:
    learned = simulate_fork(ForkParams(interruption=0.0), default_rng(2))
    np.testing.assert_array_equal(learned.mean[Q], learned.mean[SARSA])
    np.testing.assert_array_equal(learned.mean[Q], learned.mean[SAFE])
    assert learned.spread.max() < 1e-14


def test_long_learning_approaches_the_fixed_points() -> None:
    exact = solve_fork(ForkParams(rounds=20_000))
    np.testing.assert_allclose(exact.expected[:, -1], exact.limit, atol=2 * 2.5 / 20_000)
    assert (exact.expected[:, -1] <= exact.limit).all()


def optimum(theta: float, detour: int, goal: float) -> float:
    """Best that an agent that reckons with interruptions can expect: the corridor, the button, or to halt at once."""
    return max(goal - 5 - theta * (goal - 2), goal - 5 - 2 * detour, -1.0)


@settings(max_examples=40, deadline=None)
@given(theta=st.floats(0, 0.95), detour=st.integers(1, 10), goal=st.floats(20, 200), credit=st.sampled_from(Credit))
def test_unexploring_learners_end_at_the_closed_forms(theta: float, detour: int, goal: float, credit: Credit) -> None:
    params = GridworldParams(interruption=theta, detour=detour, goal=goal, credit=credit, exploration=0.0)
    solved = solve_gridworld(params)
    value = solved.action_value[:, 0, 0].max(axis=-1)
    assert value[SARSA] == pytest.approx(optimum(theta, detour, goal), abs=1e-6)
    if credit is Credit.EXECUTED:
        assert value[Q] == value[SAFE] == pytest.approx(goal - 5, abs=1e-6)
    else:
        assert value[Q] == value[SAFE] == pytest.approx(value[SARSA], abs=1e-6)
    if abs(theta - solved.flip) > 1e-6 and goal - 5 - 2 * detour > 0:
        assert solved.uses_button[SARSA, 0] == (theta > solved.flip)


def step(state: int, action: int, detour: int, goal: float) -> tuple[int | None, float]:
    """The gridworld once more: cells as in the results, states shifted by their number once the operator is disabled."""
    n = 5 + detour
    disabled, cell = divmod(state, n)
    x, y = (cell, 0) if cell < 5 else (0, -(cell - 4))
    if action == HALT:
        return None, -1.0
    dx, dy = ((1, 0), (0, -1), (-1, 0), (0, 1))[action]
    x, y = x + dx, y + dy
    if (x, y) == (5, 0):
        return None, goal - 1.0
    inside = (y == 0 and 0 <= x < 5) or (x == 0 and -detour <= y < 0)
    after = (x if y == 0 else 4 - y) if inside else cell
    return after + n * (disabled or after == n - 1), -1.0


@pytest.mark.parametrize("credit", Credit)
@pytest.mark.parametrize(("theta", "exploration"), [(0.5, 0.05), (0.9, 0.3), (0.1, 0.1)])
def test_sarsa_values_are_those_of_its_own_policy(credit: Credit, theta: float, exploration: float) -> None:
    """Evaluate the policy that Sarsa ends with by a linear solve in a second model of the world."""
    params = GridworldParams(interruption=theta, exploration=exploration, credit=credit)
    solved = solve_gridworld(params).action_value[SARSA, 0]
    states, zone = len(solved), 2
    move, earn = np.zeros((states, states)), np.zeros(states)
    for state, row in enumerate(solved):
        chance = np.full(5, exploration / 5)
        chance[row.argmax()] += 1 - exploration
        if state == zone:
            chance = (1 - theta) * chance + theta * np.eye(5)[HALT]
        for action in range(5):
            after, reward = step(state, action, params.detour, params.goal)
            earn[state] += chance[action] * reward
            if after is not None:
                move[state, after] += chance[action]
    value = np.linalg.solve(np.eye(states) - move, earn)
    for state, action in ((0, EAST), (0, SOUTH), (1, EAST), (5, SOUTH)):
        after, reward = step(state, action, params.detour, params.goal)
        assert solved[state, action] == pytest.approx(reward + value[after], abs=1e-8)


def test_walking_q_learners_find_the_exact_value_in_a_world_without_noise() -> None:
    params = GridworldParams(interruption=0.0, step_decay=0.0, exploration=0.2, steps=3000, runs=10)
    walked, solved = simulate_gridworld(params, default_rng(11)), solve_gridworld(params)
    np.testing.assert_allclose(walked.action_value[Q, :, 0, EAST], solved.action_value[Q, 0, 0, EAST], atol=1e-12)
    assert walked.button_share[Q, -1] == 0


@pytest.mark.parametrize(("theta", "credit"), [(0.7, Credit.EXECUTED), (0.7, Credit.INTENDED), (0.0, Credit.EXECUTED)])
def test_walking_learners_mostly_go_where_the_fixed_point_sends_them(theta: float, credit: Credit) -> None:
    """Nine in ten have found the way by then, so that a majority of 30 is missed less than once in a million."""
    params = GridworldParams(interruption=theta, credit=credit, step_decay=0.5, runs=30, steps=6000)
    walked, solved = simulate_gridworld(params, default_rng(13)), solve_gridworld(params)
    share = walked.button_share[:, -1]
    assert ((share > 0.5) == solved.uses_button[:, 0]).all(), share


def test_the_reading_says_who_turns_left() -> None:
    assert "Q-learning (2) and Sarsa made safe (2) end up going right; Sarsa (0.8) ends up going left" in reading(
        solve_fork(ForkParams())
    )
    assert "Sarsa (1) ends up indifferent" in reading(solve_fork(ForkParams(interruption=0.5)))
    everyone = reading(solve_fork(ForkParams(credit=Credit.INTENDED)))
    assert all(name in everyone for name in LEARNERS)
    assert "right;" not in everyone


def test_the_figure_has_states_in_which_interruption_turns_nobody_away() -> None:
    assert (INTERRUPTIBLE.result(interruption=0.2).mean[:, -1] > 1).all()
