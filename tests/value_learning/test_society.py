"""A society taken for a person: the pooled fit, its limits, its repair, and where it is right."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import minimize_scalar
from scipy.special import expit

from sysalign_lib.value_learning.explorables.society import SOCIETY
from sysalign_lib.value_learning.society import (
    SocietyParams,
    answer_law,
    camps,
    estimate,
    mean_probability,
    moments,
    pooled,
    seen_moments,
    simulate,
    solve,
    third_order_bias,
)

strengths = st.floats(-8, 8)
populations = st.lists(st.tuples(strengths, st.floats(0.01, 1)), min_size=1, max_size=5)


def split(population: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    theta, weight = np.array(population).T
    return theta, weight / weight.sum()


# The pool ----------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(populations)
def test_pooled_fit_is_the_maximum_of_the_likelihood(population: list[tuple[float, float]]) -> None:
    theta, weight = split(population)
    yes = mean_probability(theta, weight)

    def loss(one: float) -> float:
        return yes * np.logaddexp(0, -one) + (1 - yes) * np.logaddexp(0, one)

    found = minimize_scalar(loss, bounds=(-9, 9), method="bounded", options={"xatol": 1e-9})
    assert loss(pooled(theta, weight)) <= found.fun + 1e-12
    assert float(expit(pooled(theta, weight))) == pytest.approx(yes, abs=1e-12)


@given(populations)
def test_pooled_fit_lies_between_the_extremes_and_turns_with_the_question(population) -> None:
    theta, weight = split(population)
    value = pooled(theta, weight)
    assert theta.min() - 1e-9 <= value <= theta.max() + 1e-9
    assert pooled(-theta, weight) == pytest.approx(-value, abs=1e-9)


@given(st.floats(0, 30))
def test_two_halves_are_read_as_indifferent_however_strongly_they_feel(strength: float) -> None:
    assert pooled((strength, -strength), (0.5, 0.5)) == pytest.approx(0, abs=1e-12)


@given(strengths)
def test_one_camp_is_read_as_it_is(strength: float) -> None:
    assert pooled((strength,), (1.0,)) == pytest.approx(strength, abs=1e-12)


@given(populations)
def test_gap_to_the_mean_is_of_third_order(population) -> None:
    theta, weight = split(population)
    scale = 0.05 / max(1.0, float(np.abs(theta).max()))
    theta = scale * theta
    gap = pooled(theta, weight) - float(theta @ weight)
    assert gap == pytest.approx(third_order_bias(theta, weight), abs=5 * 0.05**5)


@pytest.mark.parametrize("share", [0.55, 0.7, 0.99])
def test_strength_stops_to_count(share: float) -> None:
    values = [pooled((a, -a), (share, 1 - share)) for a in (1, 2, 4, 8, 24)]
    assert (np.diff(values) > 0).all()
    assert values[-1] == pytest.approx(math.log(share / (1 - share)), abs=1e-5)


@pytest.mark.parametrize(
    ("theta", "weight", "message"),
    [
        ((1.0, 2.0), (0.5,), "weight must have shape"), ((1.0, 2.0), (0.5, 0.6), "weight must sum to 1"),
        ((1.0, math.nan), (0.5, 0.5), "theta must be finite"), ((1.0, 2.0), (1.5, -0.5), "weight must lie in"),
    ],
)  # fmt: skip
def test_populations_that_are_none_are_refused(theta, weight, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pooled(theta, weight)


# The repair --------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.2, 1)), min_size=1, max_size=3))
def test_camps_are_found_from_one_moment_less_than_twice_their_number(population) -> None:
    theta, weight = split(population)
    order = np.argsort(theta)
    theta, weight = theta[order], weight[order]
    assume(len(theta) == 1 or np.diff(theta).min() > 1.0)
    found, share = camps(seen_moments(answer_law(theta, weight, 2 * len(theta) - 1)))
    np.testing.assert_allclose(found, theta, atol=1e-4)
    np.testing.assert_allclose(share, weight, atol=1e-4)


@given(st.floats(0.01, 0.99), strengths, strengths)
def test_one_answer_each_tells_the_mean_only(share: float, first: float, second: float) -> None:
    theta, weight = (first, second), (share, 1 - share)
    lone = answer_law((pooled(theta, weight),), (1.0,), 1)
    np.testing.assert_allclose(answer_law(theta, weight, 1), lone, atol=1e-12)


def test_two_answers_each_tell_a_divided_society_but_not_its_camps() -> None:
    halves = moments((1.0, -1.0), (0.5, 0.5), 2)
    spread = halves[2] - halves[1] ** 2
    share = 0.7  # two other camps with the same mean and variance of P
    chance = 0.5 + np.sqrt(spread) * np.array([np.sqrt((1 - share) / share), -np.sqrt(share / (1 - share))])
    other = np.log(chance / (1 - chance))
    np.testing.assert_allclose(
        answer_law(other, (share, 1 - share), 2), answer_law((1.0, -1.0), (0.5, 0.5), 2), atol=1e-12
    )
    third = answer_law(other, (share, 1 - share), 3) - answer_law((1.0, -1.0), (0.5, 0.5), 3)
    assert np.abs(third).max() > 0.001


@given(populations, st.integers(1, 6))
def test_moments_seen_in_endless_answers_are_the_populations(population, asked: int) -> None:
    theta, weight = split(population)
    np.testing.assert_allclose(
        seen_moments(answer_law(theta, weight, asked)), moments(theta, weight, asked), atol=1e-10
    )


def test_moments_of_fewer_camps_are_refused_and_so_are_odd_ones() -> None:
    with pytest.raises(ValueError, match="moment must be of 2 different camps"):
        camps(moments((1.0,), (1.0,), 3))
    with pytest.raises(ValueError, match="even number"):
        camps(np.ones(3))
    with pytest.raises(ValueError, match="chances between 0 and 1"):
        camps([1.0, 0.5, 0.2, 0.4])


# Finite samples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.5, 0.7, 1.0])
def test_sampled_fits_agree_with_the_exact_ones_within_their_errors(share: float) -> None:
    params, runs = SocietyParams(share=share, strength=2.0, undecided=0.2, answers=5000), 200
    seen, exact = [simulate(params, default_rng(seed)) for seed in range(runs)], solve(params)
    off = np.array([(one.fitted - exact.fitted) / one.fitted_error for one in seen])
    assert abs(off.mean()) < 5 / math.sqrt(runs)
    assert abs(off.var() - 1) < 5 * math.sqrt(2 / runs)
    # theta of camps known from a thousand answers: half an answer more moves it by less than the error of 200 runs
    repaired = np.array([one.repaired for one in seen])
    error = math.sqrt(float(np.mean([one.repaired_error**2 for one in seen])) / runs)
    assert abs(repaired.mean() - exact.mean) < 5 * error + 0.02


@given(st.integers(1, 1000), st.floats(0, 1))
def test_estimates_are_finite_also_if_all_agree(answers: int, part: float) -> None:
    value, error = estimate([0, round(part * answers), answers], answers)
    assert np.isfinite(value).all()
    assert (error > 0).all()
    assert value[0] == pytest.approx(-value[2])


def test_estimates_of_nobody_are_missing_and_of_too_many_refused() -> None:
    assert np.isnan(estimate(0, 0)[0])
    with pytest.raises(ValueError, match="yes must lie between"):
        estimate(3, 2)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1), st.floats(0, 8), st.floats(0, 1))
def test_exact_results_keep_their_promises(share: float, strength: float, undecided: float) -> None:
    exact = solve(SocietyParams(share=share, strength=strength, undecided=undecided))
    assert exact.fitted == pytest.approx(exact.exact, abs=1e-12)
    assert exact.repaired == pytest.approx(exact.mean, abs=1e-9)
    assert abs(exact.exact) <= abs(exact.mean) + 1e-9
    assert exact.weight.sum() == pytest.approx(1)


def test_changing_one_strength_leaves_the_dice_of_the_others_alone() -> None:
    one, two = (simulate(SocietyParams(strength=a), default_rng(3)) for a in (1.0, 3.0))
    np.testing.assert_array_equal(one.sampled_fitted, two.sampled_fitted)


def test_readings_say_whether_anybody_holds_what_the_pool_says() -> None:
    assert "0 % of the people" in SOCIETY.read(share=0.5, undecided=0.0)
    assert "40 % of the people" in SOCIETY.read(share=0.5, undecided=0.4)
    assert "100 % of the people" in SOCIETY.read(share=1.0, undecided=0.0)
    assert "exactly 0.76" in SOCIETY.read()
