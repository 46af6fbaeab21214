"""A voting constitution: the smallest instance, when a reward overrules all principles, and what coverage does."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import linprog

from sysalign_lib.rlhf.explorables.principles import PRINCIPLES
from sysalign_lib.rlhf.principles import (
    Cases,
    PrinciplesParams,
    WorldsParams,
    approval,
    asked_questions,
    every_direction,
    fan,
    reversed_verdict,
    reward,
    simulate,
    simulate_worlds,
    solve,
    thresholds,
)
from sysalign_lib.rlhf.views.principles import reading

VOTERS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
sizes = st.sampled_from((2, 3, 4, 5, 16))
cases = st.sampled_from(Cases)
coverages = st.floats(0, 1)
numbers = st.floats(-3, 3)


def circle(angles: list[float]) -> np.ndarray:
    return np.column_stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))])


# Exact ------------------------------------------------------------------------------------------------------------


def test_smallest_instance_by_hand() -> None:
    """Votes written out; two equations in two unknowns."""
    asked = np.array([[10, -1], [1, -0.9]])
    assert [[10 > 0, -1 > 0, 9 > 0], [1 > 0, -0.9 > 0, 0.1 > 0]] == [[True, False, True]] * 2
    by_hand = np.linalg.solve(asked, [math.log(2)] * 2)
    np.testing.assert_allclose(reward(asked, VOTERS), by_hand, atol=1e-12)
    np.testing.assert_allclose(by_hand, math.log(2) * np.array([-0.0125, -1.125]), atol=1e-14)
    np.testing.assert_array_equal(approval([[1, 1]], VOTERS), [1.0])
    assert by_hand.sum() < 0
    assert asked_questions(Cases.SMALLEST).tolist() == asked.tolist()


def test_votes_count_signs_and_halve_indifference() -> None:
    assert approval([[1, 0], [0, 1], [1, -1], [-1, -2], [0, 0]], VOTERS).tolist() == [5 / 6, 5 / 6, 0.5, 0.0, 0.5]
    np.testing.assert_allclose(fan(3) * [[1, 1], [math.sqrt(2)] * 2, [1, 1]], [[1, 0], [1, 1], [0, 1]], atol=1e-15)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=5), st.tuples(numbers, numbers, numbers))
def test_reversed_verdict_agrees_with_a_linear_program(rows: list[tuple[float, ...]], theta: tuple[float, ...]) -> None:
    """By linear programming: is there a change in the unit box that no principle rejects and the reward does?"""
    voters, weights = np.round(np.array(rows), 2), np.round(np.array(theta), 2)
    least = linprog(weights, A_ub=-voters, b_ub=np.zeros(len(voters)), bounds=[(-1, 1)] * 3).fun
    found = reversed_verdict(weights, voters)
    if least < -1e-6:
        assert np.linalg.norm(found) == pytest.approx(1)
        assert (voters @ found > -1e-6).all()
        assert weights @ found < 0
    elif found.any():
        assert abs(weights @ found) < 1e-5


@settings(max_examples=20, deadline=None)
@given(sizes, cases, coverages)
def test_result_says_the_same_in_all_its_ways(size: int, asked: Cases, coverage: float) -> None:
    result = solve(PrinciplesParams(principles=size, cases=asked, coverage=coverage))
    low = result.weights.min()
    if result.silent:
        assert not result.violated
        assert math.isnan(result.tilt)
    elif abs(low) > 1e-5:
        assert result.violated == (low < 0) == (result.tilt > 45) == (result.reversed_share > 0)
        assert result.pair_reversed == (result.tilt > 90)
    if coverage > result.all_threshold + 1e-6:
        assert low > -1e-6


def test_thresholds_are_where_the_signs_change() -> None:
    for size in (3, 5):
        pair, every = thresholds(size)
        below, above = (solve(PrinciplesParams(principles=size, coverage=pair + step)) for step in (-1e-4, 1e-4))
        assert below.pair_reversed
        assert not above.pair_reversed
        below, above = (solve(PrinciplesParams(principles=size, coverage=every + step)) for step in (-1e-4, 1e-4))
        assert below.violated
        assert not above.violated
        assert pair < every


# Limits -----------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 180), min_size=2, max_size=6, unique=True).filter(lambda a: max(a) - min(a) > 2))
def test_complete_coverage_points_along_the_sum_of_the_principles(angles: list[float]) -> None:
    """The lemma, for principles anywhere in a half-plane: then the sum is not 0."""
    voters = circle(angles)
    total = voters.sum(0)
    theta = reward(every_direction(7200), voters)
    if np.linalg.norm(total) > 0.3:
        cosine = theta @ total / np.linalg.norm(theta) / np.linalg.norm(total)
        assert math.degrees(math.acos(min(cosine, 1.0))) < 0.1


def test_complete_coverage_does_so_in_space_too() -> None:
    rng = default_rng(5)
    voters = np.abs(rng.standard_normal((4, 3)))
    voters /= np.linalg.norm(voters, axis=1, keepdims=True)
    half = rng.standard_normal((100_000, 3))
    theta = reward(half / np.linalg.norm(half, axis=1, keepdims=True), voters)
    cosine = theta @ voters.sum(0) / np.linalg.norm(theta) / np.linalg.norm(voters.sum(0))
    assert cosine > 1 - 5e-4


def test_one_question_that_two_principles_split_says_nothing() -> None:
    result = solve(PrinciplesParams(principles=2))
    assert result.silent
    assert not result.violated
    assert result.reversed_share == 0


def test_a_feature_that_never_varies_gets_no_weight() -> None:
    theta = reward([[1.0, 0.0], [2.0, 0.0], [-0.5, 0.0]], VOTERS, regularization=1e-9)
    assert theta[0] > 0
    assert theta[1] == 0


def test_one_trade_off_keeps_the_reward_on_its_line() -> None:
    for coverage in (0.0, 0.5, 1.0):
        result = solve(PrinciplesParams(cases=Cases.TRADE, coverage=coverage))
        assert result.weights[1] == pytest.approx(-0.9 * result.weights[0])
        assert result.violated
        assert math.isinf(result.all_threshold)


def test_questions_that_do_not_settle_the_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="differences must span"):
        reward([[1.0, -0.9]], VOTERS)
    with pytest.raises(ValueError, match="separable"):
        reward([[1.0, 2.0], [2.0, 1.0]], VOTERS)


# Invariants -------------------------------------------------------------------------------------------------------


@given(st.tuples(numbers, numbers), st.tuples(numbers, numbers))
def test_turning_a_question_around_turns_the_votes_around(
    first: tuple[float, float], second: tuple[float, float]
) -> None:
    asked = np.array([first, second])
    np.testing.assert_allclose(approval(asked, VOTERS) + approval(-asked, VOTERS), 1)


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 360))
def test_turning_the_whole_plane_turns_the_reward(turn: float) -> None:
    (c, s), asked = circle([turn])[0], asked_questions(Cases.SMALLEST)
    around = np.array([[c, s], [-s, c]])
    np.testing.assert_allclose(reward(asked @ around, VOTERS @ around), reward(asked, VOTERS) @ around, atol=1e-8)


@given(st.lists(st.floats(0, 3), min_size=3, max_size=3))
def test_sums_of_principles_reverse_nothing(parts: list[float]) -> None:
    assert not reversed_verdict(np.array(parts) @ VOTERS, VOTERS).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fan(1), "size must"), (lambda: every_direction(0), "size must"),
        (lambda: approval([1, 2], VOTERS), "differences must"), (lambda: approval([[1, 2]], [1, 2]), "principles must"),
        (lambda: reversed_verdict([1, 2, 3], VOTERS), "weights must"), (lambda: reward([[1, 2]], VOTERS, [-1]), "shares must"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_by_name(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


# Simulation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [PrinciplesParams(), PrinciplesParams(coverage=0.2), PrinciplesParams(coverage=1.0, principles=16),
     PrinciplesParams(coverage=0.3, cases=Cases.SECOND, principles=5)],
    ids=lambda one: f"{one.coverage:g}-{one.principles}",
)  # fmt: skip
def test_simulated_runs_scatter_around_unlimited_answers(params: PrinciplesParams) -> None:
    """Their mean lies within five of its standard errors, by the scatter of 60 runs; the bias is of the order 1 / answers."""
    params = replace(params, answers=200_000)
    runs = np.concatenate([simulate(params, default_rng(seed)).run_weights for seed in (1, 2, 3)])
    error = runs.std(0, ddof=1) / math.sqrt(len(runs))
    assert (np.abs(runs.mean(0) - solve(params).weights) < 5 * error).all()


def test_worlds_are_reversed_less_and_less_as_coverage_grows() -> None:
    """The same worlds; a random narrow set is dangerous, one question in five elsewhere makes it rare."""
    rates = [simulate_worlds(WorldsParams(coverage=at, worlds=150), default_rng(4)).rate for at in (0.0, 0.2, 1.0)]
    assert rates[0] > 0.15
    assert rates[1] < 0.05
    assert rates[2] == 0


def test_worlds_with_wide_questions_are_rarely_reversed() -> None:
    narrow, wide = (
        simulate_worlds(WorldsParams(spread=spread, questions=40, worlds=150), default_rng(4)) for spread in (5.0, 90.0)
    )
    assert wide.rate < narrow.rate
    assert wide.share < narrow.share


# Words ------------------------------------------------------------------------------------------------------------


def test_readings_at_the_edges() -> None:
    assert "every change that all principles approve, (1, 1) among them" in PRINCIPLES.read()
    assert "From 22.8 % on it rejects none" in PRINCIPLES.read()
    assert "rejects no change" in PRINCIPLES.read(coverage=0.5)
    assert "prefers nothing" in PRINCIPLES.read(principles=2)
    assert "change nothing" in PRINCIPLES.read(cases=Cases.TRADE, coverage=1.0)


@settings(max_examples=25, deadline=None)
@given(sizes, cases, coverages)
def test_every_setting_can_be_told(size: int, asked: Cases, coverage: float) -> None:
    params = PrinciplesParams(principles=size, cases=asked, coverage=coverage, answers=100)
    for result in (solve(params), simulate(params, default_rng(0))):
        words = reading(result)
        assert "nan" not in words
        assert "inf" not in words
