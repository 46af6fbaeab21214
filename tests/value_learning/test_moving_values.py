"""Values that move while one watches: the straight line, the fit, the spread, the window, and where nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.value_learning.explorables.moving_values import MOVING_VALUES
from sysalign_lib.value_learning.maxent import demonstrate, fit, gradient
from sysalign_lib.value_learning.mdp import finite_soft_policy, gridworld, occupancy, visitation
from sysalign_lib.value_learning.moving_values import (
    LAST,
    PATH,
    Change,
    MovingValuesParams,
    curvature,
    fit_mixture,
    maximized_value,
    newton,
    places,
    simulate,
    solve,
    spread_of_worth,
    straight_line,
)
from sysalign_lib.value_learning.views.moving_values import reading

WORLD = gridworld(discount=1.0)
shares = st.floats(0, 1)


def corner(state: int, worth: float = 1.5) -> np.ndarray:
    reward = np.zeros(25)
    reward[state] = worth
    return reward


def visits_for(reward: np.ndarray, horizon: int = 20) -> np.ndarray:
    return visitation(finite_soft_policy(reward, WORLD, horizon), 12, WORLD, horizon)


# The line ----------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(share=shares, seed=st.integers(0, 100))
def test_a_fitted_policy_is_on_the_line_by_any_reward_of_states(share: float, seed: int) -> None:
    """Not only by people's own reward: the lemma holds for whatever one measures."""
    measure = default_rng(seed).normal(size=25)
    delivered = measure @ visits_for(fit_mixture(share))
    old, new = measure @ visits_for(corner(0)), measure @ visits_for(corner(24))
    assert delivered == pytest.approx((1 - share) * old + share * new, abs=1e-6)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_the_line_does_not_depend_on_who_fits(share: float) -> None:
    seen = (1 - share) * visits_for(corner(0)) + share * visits_for(corner(24))
    found = fit(seen, 12, WORLD, 20)
    assert corner(24) @ found.visits == pytest.approx(float(straight_line(share)), abs=2e-6)
    assert float(np.ptp(found.reward - fit_mixture(share))) < 1e-4


@settings(max_examples=20, deadline=None)
@given(
    change=st.sampled_from(Change), day=st.integers(0, 40), window=st.integers(1, 40), worth=st.floats(0.1, 2),
    horizon=st.integers(4, 24),
)  # fmt: skip
def test_exact_learners_deliver_the_mean_of_what_their_days_are_worth(
    change: Change, day: int, window: int, worth: float, horizon: int
) -> None:
    params = MovingValuesParams(change=change, day=day, window=window, worth=worth, horizon=horizon)
    exact = solve(params)
    days = [visits_for(corner(PATH[int(place)], worth), horizon) for place in exact.pooled]
    mean = float(np.mean([exact.wanted @ one for one in days]))
    assert exact.expected == pytest.approx(mean, abs=1e-9)
    assert exact.delivered == pytest.approx(mean, abs=1e-6)
    assert exact.possible == pytest.approx(float(exact.wanted @ days[0]), abs=1e-9)
    assert exact.tried_value[exact.tried == window][0] == pytest.approx(mean, abs=1e-9)


def test_ends_of_the_line_are_old_and_new_and_all_shapes_are_kept() -> None:
    ends = straight_line([[0.0, 1.0], [0.5, 0.5]])
    assert ends.shape == (2, 2)
    assert ends[1, 0] == pytest.approx(ends[0].mean(), abs=1e-12)
    assert straight_line(0.3).shape == ()
    with pytest.raises(ValueError, match="share must lie in"):
        straight_line(1.2)


def test_a_robot_that_maximizes_changes_sides_at_one_half() -> None:
    below, above = (maximized_value(fit_mixture(share), corner(24)) for share in (0.45, 0.55))
    assert below < 0.6 * float(straight_line(0.45))
    assert above > 2 * float(straight_line(0.55))
    assert maximized_value(corner(24), corner(24)) > float(straight_line(1.0))


# Values that stay, and other limits --------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [1, 7, 30])
def test_values_that_stay_are_recovered_up_to_a_constant_from_any_window(window: int) -> None:
    exact = solve(MovingValuesParams(change=Change.NEVER, window=window))
    assert float(np.ptp(exact.learned - exact.wanted)) < 1e-6
    assert exact.regret == pytest.approx(0, abs=1e-9)
    assert exact.best_window == 32


def test_values_that_have_stopped_moving_are_recovered_once_the_window_has_passed() -> None:
    done = solve(MovingValuesParams(change=Change.DAILY, day=15, window=8))
    almost = solve(MovingValuesParams(change=Change.DAILY, day=14, window=8))
    assert done.share == 1
    assert done.regret == pytest.approx(0, abs=1e-9)
    assert almost.share == pytest.approx(7 / 8)
    assert almost.regret > 0.5


def test_without_reward_or_with_pure_chance_there_is_nothing_to_learn() -> None:
    for params in (MovingValuesParams(worth=0.0), MovingValuesParams(noise=1.0)):
        assert np.abs(solve(params).learned).max() < 1e-8
        assert "nothing to learn" in reading(solve(params))
    single = solve(MovingValuesParams(horizon=1))
    assert single.visits.sum() == pytest.approx(1)


def test_the_wish_walks_along_two_sides_of_the_grid_and_arrives() -> None:
    days = np.arange(-3, 80)
    for change in Change:
        place = places(change, days)
        assert (place[days <= 0] == 0).all()
        assert (np.diff(place) >= 0).all()
        assert place[-1] == (0 if change == Change.NEVER else LAST)
    assert places(Change.AT_ONCE, 1) == LAST
    assert places(Change.DAILY, 3) == 3
    assert places(Change.SLOWLY, [7, 8]).tolist() == [0, 1]
    steps = np.abs(np.diff([divmod(cell, 5) for cell in PATH], axis=0)).sum(axis=1)
    assert (steps == 1).all()


# The fit -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_curvature_is_the_derivative_of_the_gradient(seed: int) -> None:
    reward, step = default_rng(seed).normal(size=25), 1e-5
    policy = finite_soft_policy(reward, WORLD, 12)
    exact = curvature(policy, occupancy(policy, 12, WORLD, 12), WORLD)
    seen = np.zeros(25)
    beside = [
        (gradient(reward + move, seen, 12, WORLD, 12)[1] - gradient(reward - move, seen, 12, WORLD, 12)[1]) / (2 * step)
        for move in step * np.eye(25)
    ]
    np.testing.assert_allclose(exact, beside, atol=1e-8)
    np.testing.assert_allclose(exact.sum(axis=0), 0, atol=1e-10)


@pytest.mark.parametrize("episodes", [1, 10, 200])
def test_newton_finds_what_the_general_fit_finds_and_more_closely(episodes: int) -> None:
    states = demonstrate(finite_soft_policy(corner(24), WORLD, 20), 12, WORLD, episodes, default_rng(episodes))
    seen = np.bincount(states.ravel(), minlength=25) / episodes
    reward, visits, taken = newton(seen, 12, WORLD, 20, prior=1 / episodes)
    other = fit(seen, 12, WORLD, 20, prior=1 / episodes)
    np.testing.assert_allclose(reward, other.reward, atol=2e-6)
    assert np.abs(visits - seen + reward / episodes).max() < 1e-9
    assert taken < other.evaluations


def test_newton_refuses_visits_that_are_none() -> None:
    with pytest.raises(ValueError, match="visits must add up to 20"):
        newton(np.ones(25), 12, WORLD, 20)
    with pytest.raises(ValueError, match="visits must have shape"):
        newton(np.ones(24), 12, WORLD, 24)


# Finite demonstrations ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", [0, 7, 24])
def test_spread_of_an_episode_is_exact(goal: int) -> None:
    policy, reward, runs = finite_soft_policy(corner(goal), WORLD, 20), default_rng(goal).normal(size=25), 20_000
    mean, spread = spread_of_worth(reward, policy, 12, WORLD)
    worth = reward[demonstrate(policy, 12, WORLD, runs, default_rng(goal))].sum(axis=1)
    assert mean == pytest.approx(float(reward @ visitation(policy, 12, WORLD, 20)), abs=1e-9)
    assert abs(worth.mean() - mean) < 5 * spread / np.sqrt(runs)
    kurtosis = float(np.mean(((worth - mean) / spread) ** 4))
    assert abs(worth.var() / spread**2 - 1) < 5 * np.sqrt((kurtosis - 1) / runs)


@pytest.mark.parametrize(("change", "window"), [(Change.AT_ONCE, 12), (Change.DAILY, 4)])
def test_what_a_pool_was_worth_scatters_as_predicted(change: Change, window: int) -> None:
    params, runs = MovingValuesParams(change=change, window=window, episodes=3), 80
    pools = [simulate(params, default_rng(seed)) for seed in range(runs)]
    exact = solve(params)
    worth = np.array([one.wanted @ one.seen for one in pools])
    assert abs(worth.mean() - exact.expected) < 5 * exact.spread / np.sqrt(runs)
    kurtosis = float(np.mean(((worth - worth.mean()) / worth.std()) ** 4))
    assert abs(worth.var() / exact.spread**2 - 1) < 5 * np.sqrt((kurtosis - 1) / runs)
    delivered = np.array([one.delivered for one in pools])
    assert delivered.std() < 1.2 * worth.std()
    assert abs(delivered.mean() - exact.expected) < 0.15 * exact.possible


def test_many_demonstrations_meet_the_exact_answer() -> None:
    params = MovingValuesParams(change=Change.AT_ONCE, day=8, window=16, episodes=1000)
    seen, exact = simulate(params, default_rng(1)), solve(params)
    assert abs(seen.delivered - exact.delivered) < 5 * exact.spread + 0.01
    assert float(np.std(seen.learned - exact.learned)) < 0.1


def test_more_demonstrations_or_days_leave_those_already_seen_as_they_are() -> None:
    short = MovingValuesParams(change=Change.NEVER, window=1, episodes=4)
    first, longer = (simulate(replace(short, window=w), default_rng(5)).seen * 4 * w for w in (1, 2))
    more = simulate(replace(short, episodes=6), default_rng(5)).seen * 6
    assert (longer - first > -1e-9).all()
    assert (more - first > -1e-9).all()


@settings(max_examples=30, deadline=None)
@given(change=st.sampled_from(Change), day=st.integers(0, 40), episodes=st.sampled_from([1, 3, 30, 1000]))
def test_a_miss_is_lag_and_spread_and_shrinks_with_the_square_root_of_demonstrations(
    change: Change, day: int, episodes: int
) -> None:
    one = solve(MovingValuesParams(change=change, day=day, window=4, episodes=episodes))
    lag = one.possible - one.tried_value
    own = one.miss[one.tried - 1]
    np.testing.assert_allclose(own**2, lag**2 + one.tried_spread**2, atol=1e-9)
    four = solve(MovingValuesParams(change=change, day=day, window=4, episodes=min(4 * episodes, 1000)))
    assert four.best_window <= one.best_window
    if episodes <= 250:
        np.testing.assert_allclose(four.tried_spread, one.tried_spread / 2, rtol=1e-12)


# Words and pictures ------------------------------------------------------------------------------------------------


def test_readings_at_the_edges() -> None:
    assert "Wishes stay" in MOVING_VALUES.read(change=Change.NEVER)
    assert "a window of 1 day." in MOVING_VALUES.read(change=Change.DAILY, day=8)
    assert "50 % of what the robot watched" in MOVING_VALUES.read(change=Change.AT_ONCE, day=8, window=16)
    assert "32 days or more" in MOVING_VALUES.read(change=Change.AT_ONCE, day=0)


def test_bet_is_answered_by_the_line_and_not_given_away_at_rest() -> None:
    line = straight_line([0.5, 1.0])
    assert MOVING_VALUES.answer() == pytest.approx(100 * float(line[0] / line[1]))
    assert "50" not in MOVING_VALUES.read()
