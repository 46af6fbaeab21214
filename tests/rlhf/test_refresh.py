"""Refreshed reward models: closed forms, real regressions, simulation, and where refreshing does not help."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.rlhf.explorables.refresh import REFRESHED
from sysalign_lib.rlhf.refresh import ROUNDS, RefreshParams, simulate, solve
from sysalign_lib.rlhf.views.refresh import reading

MANY = 10_000_000


@given(st.floats(0.01, 0.5), st.floats(0.01, 1))
def test_refreshed_every_round_the_shift_follows_its_geometric_sum(c: float, step: float) -> None:
    seen = solve(RefreshParams(every=1, curvature=c, turn=0.0, step=step, ratings=MANY)).expected
    shift = (1 - (1 - 2 * c * step) ** np.arange(ROUNDS + 1)) / (2 * c)
    np.testing.assert_allclose(seen, shift - c * shift**2, atol=2e-3)


@given(st.floats(0, 0.5), st.floats(0.01, 1), st.floats(0, 90))
def test_never_refreshed_the_shift_is_a_straight_line(c: float, step: float, turn: float) -> None:
    seen = solve(RefreshParams(every=ROUNDS, curvature=c, turn=turn, step=step, ratings=MANY)).expected
    at = np.arange(ROUNDS + 1)
    exact = step * at * np.cos(np.radians(turn) * at) - c * (step * at) ** 2
    np.testing.assert_allclose(seen, exact, atol=2e-3)


@given(st.floats(0, 90), st.integers(1, ROUNDS))
def test_without_curvature_gold_is_the_sum_of_the_ages_cosines(turn: float, every: int) -> None:
    """Every step keeps the direction in which people wished when its reward model was made."""
    seen = solve(RefreshParams(every=every, curvature=0.0, turn=turn)).expected[-1]
    age = ROUNDS - (np.arange(ROUNDS) // every) * every
    assert seen == pytest.approx(0.5 * np.cos(np.radians(turn) * age).sum(), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, ROUNDS), st.floats(0, 0.5), st.floats(0, 90), st.floats(0.01, 1))
def test_nothing_is_worth_more_than_the_ceiling(every: int, c: float, turn: float, step: float) -> None:
    result = solve(RefreshParams(every=every, curvature=c, turn=turn, step=step))
    assert (result.expected <= result.ceiling + 1e-9).all()


@pytest.mark.parametrize(("every", "ratings"), [(1, 400), (3, 400), (4, 4_000), (16, 100)])
def test_simulated_trainings_agree_with_the_recursion(every: int, ratings: int) -> None:
    params = RefreshParams(every=every, ratings=ratings, runs=4_000)
    seen, exact = simulate(params, default_rng(every)), solve(params)
    assert (np.abs(seen.sampled - exact.expected) <= 5 * seen.sampled_error + 1e-12).all()
    np.testing.assert_array_equal(seen.expected, exact.expected)


def test_a_regression_on_the_policys_own_answers_learns_the_mean_slope_with_the_error_assumed() -> None:
    """Least squares, really fitted: 300 fits to 400 ratings each of answers of a policy that has moved."""
    rng, c, dimensions, ratings, fits = default_rng(11), 0.15, 8, 400, 300
    center = np.zeros(dimensions)
    center[:2] = 1.5, -0.5
    slopes = []
    for _ in range(fits):
        answers = center + rng.standard_normal((ratings, dimensions))
        rated = answers[:, 0] - c * np.square(answers).sum(axis=1) + rng.standard_normal(ratings)
        design = np.column_stack([np.ones(ratings), answers])
        slopes.append(np.linalg.lstsq(design, rated, rcond=None)[0][1:])
    found = np.array(slopes)
    wanted = -2 * c * center
    wanted[0] += 1
    spread = math.sqrt((1 + 2 * c**2 * (dimensions + 4)) / ratings)
    assert (np.abs(found.mean(axis=0) - wanted) < 5 * spread / math.sqrt(fits)).all()
    assert (found - wanted).std() == pytest.approx(spread, rel=5 / math.sqrt(2 * fits * dimensions))


def test_more_ratings_never_hurt_and_two_dimensions_err_less_than_many() -> None:
    base = RefreshParams(every=2)
    ends = [solve(replace(base, ratings=ratings)).expected[-1] for ratings in (100, 1_000, 10_000)]
    assert ends == sorted(ends)
    assert solve(replace(base, dimensions=2, ratings=400)).expected[-1] > solve(replace(base, ratings=400)).expected[-1]


def test_never_refreshed_is_its_own_comparison() -> None:
    result = solve(RefreshParams(every=ROUNDS))
    np.testing.assert_array_equal(result.expected, result.stale)
    assert (result.models, result.ratings_each) == (1, 4_000)
    assert solve(RefreshParams(every=3)).models == 6


def test_readings_at_the_edges() -> None:
    assert "With one reward model" in REFRESHED.read(every=16)
    assert "The most there is" not in REFRESHED.read(curvature=0.0)
    assert "where it is highest" in REFRESHED.read(every=1, turn=0.0)
    assert "simulated" not in reading(solve(RefreshParams()))
