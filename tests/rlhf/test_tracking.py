"""Rules that stay and rules that follow: the errors, the crossovers, the turning value and the ramp, each derived twice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import brentq, minimize_scalar

from sysalign_lib.page.style import draw
from sysalign_lib.rlhf.explorables.tracking import TRACKING
from sysalign_lib.rlhf.tracking import (
    RotationParams,
    TrackingParams,
    best_gain,
    best_ramp_gain,
    break_even,
    crossover,
    disagreement,
    error_after,
    filter_error,
    lag,
    ramp_error,
    settled_error,
    simulate,
    simulate_rotation,
    solve,
    solve_rotation,
    step,
)
from sysalign_lib.rlhf.views.tracking import course_view, gain_view, reading

drifts = st.floats(1e-4, 5)
noises = st.floats(1e-3, 20)
gains = st.floats(0.01, 0.99)


def by_recursion(steps: int, drift: float, noise: float, gain: float) -> list[float]:
    """The error after each step, one step at a time."""
    errors = [0.0]
    for _ in range(steps):
        errors.append((1 - gain) ** 2 * (errors[-1] + drift) + gain**2 * noise)
    return errors


# Exact -------------------------------------------------------------------------------------------------------------


def test_settled_error_is_the_one_after_the_update_and_lies_a_drift_below_the_one_before() -> None:
    """A long history by hand, both errors; standard errors from the time over which an error is remembered."""
    rng, drift, noise, gain, steps = default_rng(1), 0.3, 0.8, 0.4, 400_000
    value, label = 0.0, 0.0
    moves, slips = rng.normal(0, math.sqrt(drift), steps), rng.normal(0, math.sqrt(noise), steps)
    values = np.cumsum(moves)
    rule, before, after = 0.0, 0.0, 0.0
    for value, label in zip(values.tolist(), (values + slips).tolist(), strict=True):
        before += (rule - value) ** 2
        rule += gain * (label - rule)
        after += (rule - value) ** 2
    exact, kept = settled_error(drift, noise, gain), (1 - gain) ** 2
    error = math.sqrt(2 / steps * (1 + kept) / (1 - kept))
    assert after / steps == pytest.approx(exact, abs=5 * exact * error)
    assert before / steps == pytest.approx(exact + drift, abs=5 * (exact + drift) * error)


@settings(max_examples=40, deadline=None)
@given(drifts, noises, gains)
def test_errors_follow_the_recursion(drift: float, noise: float, gain: float) -> None:
    np.testing.assert_allclose(
        error_after(np.arange(31), drift, noise, gain), by_recursion(30, drift, noise, gain), rtol=1e-9
    )


@settings(max_examples=40, deadline=None)
@given(drifts, noises)
def test_best_gain_solves_the_riccati_equation_and_no_other_settles_lower(drift: float, noise: float) -> None:
    gain = best_gain(drift, noise)
    before = gain * noise + drift  # M = P + q with P = K r
    assert before == pytest.approx(noise * before / (before + noise) + drift, rel=1e-9)
    assert settled_error(drift, noise, gain) == pytest.approx(gain * noise, rel=1e-9)
    found = minimize_scalar(lambda a: settled_error(drift, noise, a), bounds=(1e-6, 1), method="bounded")
    assert found.fun >= gain * noise * (1 - 1e-9)


@settings(max_examples=40, deadline=None)
@given(drifts, noises, gains)
def test_fixed_rule_is_nearer_exactly_up_to_the_crossover(drift: float, noise: float, gain: float) -> None:
    at, errors = crossover(drift, noise, gain), by_recursion(300, drift, noise, gain)
    for time in range(1, 301):
        if abs(time - at) > 1e-6 * max(at, 1):
            assert (drift * time < errors[time] * (1 - 1e-13)) == (time < at)


def test_crossover_is_the_root_that_a_solver_finds() -> None:
    for drift, noise, gain in ((0.01, 1.0, 0.1), (1e-4, 4.0, 0.03), (0.02, 0.5, 0.6), (1e-6, 1.0, 0.9)):
        settled, rate = settled_error(drift, noise, gain), -2 * math.log(1 - gain)

        def gap(time: float, settled=settled, rate=rate, drift=drift) -> float:
            return drift * time + settled * math.expm1(-rate * time)

        low = 0.5 / rate * math.log(rate * settled / drift)
        assert crossover(drift, noise, gain) == pytest.approx(brentq(gap, low, 2 * settled / drift), rel=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-3, 2), noises, gains)
def test_break_even_is_where_the_sums_meet(drift: float, noise: float, gain: float) -> None:
    at = break_even(drift, noise, gain)
    steps = min(int(at) + 2, 3000)
    sums = np.cumsum(by_recursion(steps, drift, noise, gain)) - drift * np.cumsum(np.arange(steps + 1))
    for time in range(1, steps + 1):
        if abs(time - at) > 1e-6 * max(at, 1) and abs(sums[time]) > 1e-9:
            assert (sums[time] > 0) == (time < at)


# The lemma ---------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(drifts, noises, st.floats(0.001, 1))
def test_lemma_a_gain_is_never_behind_if_and_only_if_it_is_low_enough(drift: float, noise: float, gain: float) -> None:
    limit = 2 * drift / (drift + noise)
    if abs(gain - limit) > 1e-6:
        errors = by_recursion(200, drift, noise, gain)
        never = all(errors[time] <= drift * time * (1 + 1e-12) for time in range(1, 201))
        assert never == (gain < limit)


@settings(max_examples=25, deadline=None)
@given(drifts, noises, gains)
def test_a_gain_that_fits_each_step_beats_every_constant_one_and_the_fixed_rule_at_every_step(
    drift: float, noise: float, gain: float
) -> None:
    best = filter_error(60, drift, noise)
    assert (best <= error_after(np.arange(1, 61), drift, noise, gain) * (1 + 1e-12)).all()
    assert (best <= drift * np.arange(1, 61) * (1 + 1e-12)).all()
    assert filter_error(20_000, drift, noise)[-1] == pytest.approx(best_gain(drift, noise) * noise, rel=1e-6)


# Limits ------------------------------------------------------------------------------------------------------------


def test_ends_of_gain_drift_and_noise() -> None:
    assert settled_error(0.3, 0.7, 1.0) == pytest.approx(0.7)
    assert error_after([0, 5], 0.3, 0.7, 0.0).tolist() == pytest.approx([0, 1.5])
    assert error_after([0, 1, 9], 0.3, 0.7, 1.0).tolist() == pytest.approx([0, 0.7, 0.7])
    assert best_gain(0.0, 1.0) == 0
    assert best_gain(1.0, 0.0) == 1
    assert best_gain(0.0, 0.0) == 0
    assert best_gain(1e-12, 1.0) == pytest.approx(1e-6, rel=1e-5)
    assert error_after(100, 0.01, 1.0, 5e-324) == pytest.approx(1.0)
    assert crossover(0.01, 1.0, 5e-324) == crossover(0.01, 1.0, 1e-12) == 0
    assert error_after(100, 0.01, 1.0, 1e-11) == pytest.approx(
        1.0, rel=1e-6
    )  # a gain of next to nothing is the fixed rule
    assert crossover(0.0, 1.0, 0.1) == math.inf
    assert break_even(0.0, 1.0, 0.1) == math.inf
    assert crossover(0.0, 0.0, 0.1) == 0
    assert crossover(0.5, 2.0, 1.0) == pytest.approx(4)
    assert crossover(1.0, 1.0, 0.5) == 0
    assert break_even(1.0, 1.0, 0.5) == 0


def test_results_at_the_ends() -> None:
    assert solve(TrackingParams(gain=0.0)).settled_error == math.inf
    assert solve(TrackingParams(gain=0.0, drift=0.0)).settled_error == 0
    assert solve(TrackingParams(gain=5e-324)).settled_error == math.inf
    assert solve(TrackingParams(steps=1)).time.tolist() == [1]
    np.testing.assert_array_equal(solve(TrackingParams(gain=0.0)).adapting, solve(TrackingParams(gain=0.0)).fixed)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: settled_error(0.1, 1.0, 0.0), r"gain must be in \[1e-12, 1\], got 0.0"),
        (lambda: settled_error(-0.1, 1.0, 0.5), r"drift must be in \[0, inf\), got -0.1"),
        (lambda: error_after([-1], 0.1, 1.0, 0.5), "time must lie in"),
        (lambda: error_after([1], 0.1, math.nan, 0.5), "noise must be"),
        (lambda: lag(0.1, 0.0), "gain must be"),
        (lambda: lag(4.0, 0.5), "turn must be"),
        (lambda: crossover(0.1, 1.0, 1.5), "gain must be"),
        (lambda: filter_error(0, 0.1, 1.0), "steps must be"),
        (lambda: best_ramp_gain(0.0, 1.0), "speed must be"),
        (lambda: ramp_error(0.0, 0.1, 1.0), "gain must be"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# The turning value -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", [2, 3, 20])
def test_two_vectors_disagree_on_their_angle_over_pi_in_any_dimension(dimension: int) -> None:
    rng, cases = default_rng(dimension), 200_000
    for _ in range(3):
        one, other = rng.standard_normal((2, dimension))
        angle = math.acos(float(one @ other / np.linalg.norm(one) / np.linalg.norm(other)))
        case = rng.standard_normal((cases, dimension))
        share = float(np.mean((case @ one > 0) != (case @ other > 0)))
        exact = float(disagreement(angle))
        assert share == pytest.approx(exact, abs=5 * math.sqrt(exact * (1 - exact) / cases))


def test_disagreement_folds_back_beyond_half_a_turn() -> None:
    turns = np.array([0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.25, -0.25])
    np.testing.assert_allclose(disagreement(2 * math.pi * turns), [0, 0.5, 1, 0.5, 0, 1, 0.5, 0.5], atol=1e-12)
    angles = np.linspace(-20, 20, 401)
    np.testing.assert_allclose(disagreement(angles), np.arccos(np.cos(angles)) / math.pi, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.001, math.pi / 2), st.floats(0.01, 1))
def test_turning_rule_follows_its_recursion_and_trails_by_less_than_a_right_angle(turn: float, gain: float) -> None:
    params = RotationParams(turn=turn, gain=gain, steps=60)
    exact, rule, shares = solve_rotation(params), 1.0 + 0.0j, [0.0]
    for at in range(1, 61):
        rule = rule + gain * (np.exp(1j * turn * at) - rule)
        shares.append(abs(np.angle(rule * np.exp(-1j * turn * at))) / math.pi)
    np.testing.assert_allclose(exact.adapting, np.array(shares)[exact.time.astype(int)], atol=1e-9)
    np.testing.assert_allclose(exact.fixed, disagreement(turn * exact.time), atol=1e-12)
    assert 0 <= exact.settled < 0.5


def test_lag_at_the_ends() -> None:
    assert lag(0.3, 1.0) == 0
    assert lag(0.0, 0.2) == 0
    assert lag(0.3, 1e-9) == pytest.approx((math.pi - 0.3) / 2, abs=1e-6)
    assert lag(0.05, 0.1) == pytest.approx(-np.angle(0.1 / (1 - 0.9 * np.exp(-0.05j))), abs=1e-14)
    assert math.isnan(solve_rotation(RotationParams(gain=0.0)).settled)
    assert solve_rotation(RotationParams(steps=2000)).adapting[-1] == pytest.approx(lag(0.05, 0.1) / math.pi, abs=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("dimension", [2, 7])
def test_random_verdicts_agree_with_the_turning_angles(seed: int, dimension: int) -> None:
    params = RotationParams(dimension=dimension, cases=20_000)
    seen, exact = simulate_rotation(params, default_rng(seed)), solve_rotation(params)
    for shares, share in ((seen.seen_fixed, exact.fixed), (seen.seen_adapting, exact.adapting)):
        assert (np.abs(shares - share) <= 5 * np.sqrt(share * (1 - share) / params.cases) + 1e-12).all()


# The ramp ----------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-4, 3), noises, gains)
def test_ramp_leaves_a_lag_and_its_best_gain_is_best(speed: float, noise: float, gain: float) -> None:
    missed = 0.0
    for _ in range(3000):
        missed = (1 - gain) * (missed - speed)
    assert ramp_error(gain, speed, noise) == pytest.approx(missed**2 + gain * noise / (2 - gain), rel=1e-6)
    best = best_ramp_gain(speed, noise)
    assert ramp_error(gain, speed, noise) >= ramp_error(best, speed, noise) * (1 - 1e-9)


def test_ramp_without_noise_wants_all_of_the_label() -> None:
    assert best_ramp_gain(0.5, 0.0) == 1
    assert ramp_error(1.0, 0.5, 0.0) == 0


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("gain", [0.0, 0.1, 1.0])
def test_simulated_errors_agree_with_the_exact_ones(seed: int, gain: float) -> None:
    params = TrackingParams(gain=gain, steps=60, runs=4000)
    seen = simulate(params, default_rng(seed))
    for errors, used in ((seen.seen_fixed, 0.0), (seen.seen_adapting, gain)):
        exact = error_after(seen.seen_time, params.drift, params.noise, used)
        assert (np.abs(errors - exact) <= 5 * exact * math.sqrt(2 / params.runs)).all()
    np.testing.assert_array_equal(seen.adapting, solve(params).adapting)


def test_the_gain_moves_only_the_adapting_rule() -> None:
    slow, fast = (simulate(TrackingParams(gain=gain), default_rng(1)) for gain in (0.03, 0.3))
    np.testing.assert_array_equal(slow.seen_fixed, fast.seen_fixed)
    assert (slow.seen_adapting != fast.seen_adapting).all()


def test_one_step_moves_the_value_first_and_the_rule_after_it() -> None:
    value, rule = step(np.array([1.0]), np.array([0.0]), gain=0.5, move=np.array([1.0]), slip=np.array([2.0]))
    assert (value[0], rule[0]) == (2.0, 2.0)


# Words and pictures ------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 10), st.floats(0, 100), st.floats(0, 1), st.integers(1, 60), st.booleans())
def test_every_setting_can_be_told_and_drawn(drift: float, noise: float, gain: float, steps: int, seen: bool) -> None:
    params = TrackingParams(drift=drift, noise=noise, gain=gain, steps=steps, runs=8)
    result = simulate(params, default_rng(0)) if seen else solve(params)
    words = reading(result)
    assert "nan" not in words
    assert "inf" not in words
    draw((course_view, gain_view), result)


def test_readings_at_the_edges() -> None:
    assert "first 7 steps" in TRACKING.read()
    assert "both rules are fixed" in TRACKING.read(gain=0.0)
    assert "Values stand still" in TRACKING.read(drift=0.0)
    assert "nearer at no step" in TRACKING.read(drift=1.0)
    assert "exact: both rules" in reading(solve(TrackingParams(drift=0.0, noise=0.0)))
    assert "at step 1 only" in reading(solve(TrackingParams(drift=0.5, noise=1.0, gain=0.9)))
    assert "the first step" in reading(solve(TrackingParams(steps=1)))
