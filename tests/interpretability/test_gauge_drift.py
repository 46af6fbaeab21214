from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.special import ive, ndtr
from scipy.stats import ortho_group

from sysalign_lib.interpretability.evidence.gauge_drift import CLAIMS, TARGETS
from sysalign_lib.interpretability.explorables.gauge_drift import GAUGE
from sysalign_lib.interpretability.gauge_drift import (
    DEGREES,
    FROZEN,
    INVARIANT,
    REFITTED,
    TRACKING,
    GaugeParams,
    accuracy_after,
    behavior,
    best_interval,
    fit_factors,
    frozen_accuracy,
    mean_accuracy,
    named,
    named_by_inner_products,
    named_expected,
    plane_overlap,
    polygon,
    random_rotation,
    sampled_accuracy,
    simulate,
    solve,
    step,
    step_factors,
    tracking_overlap,
    turned,
)
from sysalign_lib.interpretability.views.gauge_drift import reading

angles = st.floats(-10, 10)
separations = st.floats(0, 5)


def by_quadrature(separation: float, variance: float) -> float:
    """Mean of ``Phi(|mu| cos theta)`` over a normal angle, by the trapezoid rule."""
    node = np.linspace(-12, 12, 2001)
    weight = np.exp(-(node**2) / 2)
    return float(weight @ ndtr(separation * np.cos(math.sqrt(variance) * node)) / weight.sum())


# Literature and exact ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", TARGETS, ids=lambda one: one.name)
def test_numbers_of_the_chapter(one: object) -> None:
    assert one.passed, (one.ours, one.value)  # type: ignore[attr-defined]


@pytest.mark.parametrize("one", CLAIMS, ids=lambda one: one.name)
def test_claims_hold_where_they_should_and_fail_where_they_should(one: object) -> None:
    assert one.checked  # type: ignore[attr-defined]


@pytest.mark.parametrize("separation", [0.3, 1.0, 3.0, 5.0])
@pytest.mark.parametrize("variance", [0.0, 0.05, 1.0, 4.0])
def test_the_zonal_sum_is_the_quadrature_over_the_angle(separation: float, variance: float) -> None:
    params = GaugeParams(separation=separation, rate=variance / 40)
    assert float(accuracy_after(20, params)) == pytest.approx(by_quadrature(separation, variance), abs=1e-12)


@pytest.mark.parametrize("dimension", [2, 3, 5, 16, 64])
@pytest.mark.parametrize("separation", [0.5, 2.0, 5.0])
def test_at_age_zero_the_optimal_probe_is_optimal_in_every_dimension(dimension: int, separation: float) -> None:
    params = GaugeParams(dimension=dimension, separation=separation)
    assert float(accuracy_after(0, params)) == pytest.approx(float(ndtr(separation)), abs=1e-10)


@pytest.mark.parametrize("strength", [0.1, 1.0, 5.0, 20.0])
def test_factors_of_a_fit_in_the_plane_are_those_of_its_angle(strength: float) -> None:
    """The angle of an offset normal vector has a known density; its cosines are integrated by the trapezoid rule."""
    theta = np.linspace(-np.pi, np.pi, 4000, endpoint=False)
    along, across = strength * np.cos(theta), strength * np.sin(theta)
    density = np.exp(-(strength**2) / 2) / (2 * np.pi)
    density = density + along * np.exp(-(across**2) / 2) * ndtr(along) / math.sqrt(2 * np.pi)
    seen = np.cos(DEGREES[:, None] * theta) @ density * (theta[1] - theta[0])
    np.testing.assert_allclose(fit_factors(strength, 1), seen, atol=1e-11)
    half = strength**2 / 4
    bessel = math.sqrt(np.pi / 8) * strength * (ive(0, half) + ive(1, half))
    assert fit_factors(strength, 1)[0] == pytest.approx(bessel, abs=1e-12)


@pytest.mark.parametrize("dimension", [3, 8])
def test_factors_of_a_fit_in_more_dimensions_are_what_is_drawn(dimension: int) -> None:
    draws = 200_000
    probe = default_rng(dimension).standard_normal((draws, dimension))
    probe[:, 0] += 2.0
    cosine = probe[:, 0] / np.linalg.norm(probe, axis=1)
    assert abs(cosine.mean() - fit_factors(1.0, 4, dimension)[0]) < 5 * cosine.std() / math.sqrt(draws)
    third = ((dimension + 2) * cosine**3 - 3 * cosine) / (dimension - 1)  # the zonal polynomial of degree three
    assert abs(third.mean() - fit_factors(1.0, 4, dimension)[1]) < 5 * third.std() / math.sqrt(draws)


@pytest.mark.parametrize("features", [3, 4, 5, 8])
def test_a_polygon_is_named_up_to_half_a_step_and_by_its_neighbors_after_it(features: int) -> None:
    code, half = polygon(features), math.pi / features
    assert named(turned(code, 0.99 * half), code) == 1
    assert named(turned(code, 1.01 * half), code) == 0
    shifted = turned(code, 2 * half)
    np.testing.assert_allclose(np.max(code.T @ shifted, axis=0), 1, atol=1e-12)
    assert named(shifted, code) == 0


def test_the_pentagons_law_is_what_normal_turns_do() -> None:
    draws = 1000
    for variance in (0.2, 1.0, 12.0):
        turns = default_rng(6).normal(0, math.sqrt(variance), draws)
        seen = np.mean([named(turned(polygon(5), angle), polygon(5)) for angle in turns])
        share = named_expected(5, variance)
        assert abs(seen - share) < 5 * math.sqrt(share * (1 - share) / draws)


def test_a_round_of_refitting_is_the_mean_over_its_steps() -> None:
    for params in (GaugeParams(rate=0.02, labels=3), GaugeParams(rate=0.5, dimension=40), GaugeParams(rate=0.0)):
        for interval in (1, 2, 7, 30):
            steps = accuracy_after(np.arange(interval), params, params.labels * interval)
            assert mean_accuracy(params, interval) == pytest.approx(steps.mean(), abs=1e-12)


def test_steps_beyond_a_right_angle_leave_the_probe_worse_than_a_coin() -> None:
    params = GaugeParams(rate=0.125, dimension=12, steps=1, paths=20_000)
    seen = simulate(params, default_rng(12))
    assert float(accuracy_after(1, params)) < 0.5
    assert abs(seen.seen[FROZEN, 1] - seen.expected[FROZEN, 1]) < 5 * seen.seen_error[FROZEN, 1]


def test_moments_of_the_tracking_probe_settle_where_their_equations_say() -> None:
    params = GaugeParams(rate=0.02, gain=0.2, steps=400, labels=2, separation=1.5)
    fade, keep = math.exp(-0.02), 0.8
    along = 0.2 * 1.5 / (1 - keep * fade)
    square = (2 * 0.2 * keep * 1.5 * fade * along + 0.04 * (1.5**2 + 1)) / (1 - keep**2)
    assert tracking_overlap(params)[-1] == pytest.approx(along / math.sqrt(square), abs=1e-12)


# Limits ------------------------------------------------------------------------------------------------------------


def test_without_drift_nothing_decays() -> None:
    for dimension in (2, 7):
        exact = solve(GaugeParams(rate=0.0, dimension=dimension)).expected
        np.testing.assert_allclose(exact[FROZEN], exact[FROZEN, 0], atol=1e-14)
        np.testing.assert_allclose(exact[INVARIANT], exact[FROZEN], atol=1e-14)


def test_after_very_long_every_frozen_probe_is_a_coin_and_classes_that_are_one_always_were() -> None:
    assert float(accuracy_after(1e4, GaugeParams(rate=0.5))) == pytest.approx(0.5, abs=1e-12)
    nothing = simulate(GaugeParams(separation=0.0), default_rng(0))
    np.testing.assert_array_equal(nothing.seen, 0.5)
    assert nothing.share_kept.tolist() == [1] * 4


def test_endless_labels_make_the_optimal_probe() -> None:
    params = GaugeParams(rate=0.01)
    np.testing.assert_allclose(accuracy_after([0, 5, 50], params, 1e8), accuracy_after([0, 5, 50], params), atol=1e-7)
    assert mean_accuracy(replace(params, labels=10_000), 1) == pytest.approx(float(ndtr(1.0)), abs=1e-4)
    assert best_interval(replace(params, labels=10_000)) == 1


def test_gain_zero_is_the_frozen_probe_and_a_step_of_refits_is_the_last_label() -> None:
    still = simulate(GaugeParams(gain=0.0), default_rng(1))
    np.testing.assert_allclose(still.seen[TRACKING], still.seen[FROZEN], atol=1e-14)
    last = simulate(GaugeParams(gain=1.0, refit=1, paths=4000, steps=5), default_rng(2))
    gap = abs(last.seen[TRACKING, 1:] - last.seen[REFITTED, 1:])
    assert (gap < 5 * np.hypot(last.seen_error[TRACKING, 1:], last.seen_error[REFITTED, 1:])).all()


def test_small_steps_are_brownian_motion_on_the_sphere() -> None:
    degree = DEGREES[:4]
    for dimension in (3, 8):
        limit = np.exp(-degree * (degree + dimension - 2) * 0.1)
        gaps = [np.abs(step_factors(0.1 / n, dimension)[:4] ** n - limit).max() for n in (50, 100, 200)]
        assert gaps[2] < 1.1 * gaps[1] / 2 < 1.3 * gaps[0] / 4
        assert gaps[2] < 0.01


def test_one_turning_plane_is_the_sphere_in_two_dimensions_and_nothing_in_very_many() -> None:
    assert plane_overlap(100, 0.01, 2) == pytest.approx(math.exp(-1))
    assert plane_overlap(1e6, 0.01, 10_000) == pytest.approx(1, abs=3e-4)


@pytest.mark.parametrize("variance", [8.9, 9.0, 9.1])
def test_both_sums_of_the_polygons_law_are_one(variance: float) -> None:
    j = np.arange(1, 60)
    fourier = 1 / 7 + np.sum(2 / (np.pi * j) * np.sin(np.pi * j / 7) * np.exp(-(j**2) * variance / 2))
    assert named_expected(7, variance) == pytest.approx(fourier, abs=1e-12)
    assert named_expected(7, 0.0) == 1


# Invariants --------------------------------------------------------------------------------------------------------


@given(angles, st.integers(0, 1000))
def test_a_turn_changes_nothing_outside(angle: float, seed: int) -> None:
    rng = default_rng(seed)
    code, bias, inputs = rng.standard_normal((2, 6)), rng.standard_normal(6), rng.standard_normal((6, 9))
    new = turned(code, angle)
    np.testing.assert_allclose(new.T @ new, code.T @ code, atol=1e-12)
    np.testing.assert_allclose(behavior(new, bias, inputs), behavior(code, bias, inputs), atol=1e-12)
    assert named_by_inner_products(new, code) == 1


def test_a_change_that_is_no_turn_shows_in_the_inner_products() -> None:
    """The limit of the falsifier: inner products outlive a change of coordinates, not one of what the code means."""
    code = polygon(5)
    assert np.abs((2 * code).T @ (2 * code) - code.T @ code).max() == pytest.approx(3)
    assert named_by_inner_products(code[:, [1, 0, 2, 3, 4]], code) < 1


@pytest.mark.parametrize("dimension", [1, 2, 5, 40])
def test_random_rotations_are_orthogonal_and_even(dimension: int) -> None:
    rng = default_rng(dimension)
    one = random_rotation(dimension, rng)
    np.testing.assert_allclose(one @ one.T, np.eye(dimension), atol=1e-12)
    corner = np.array([random_rotation(3, rng)[0, 0] for _ in range(2000)])
    peer = ortho_group.rvs(3, size=2000, random_state=rng)[:, 0, 0]
    assert abs(corner.mean() - peer.mean()) < 5 * math.sqrt(2 / 3 / 2000)
    assert abs(np.mean(corner**2) - 1 / 3) < 5 * math.sqrt(4 / 45 / 2000)


@given(separations, st.floats(0, 0.2), st.integers(2, 64))
@settings(max_examples=25, deadline=None)
def test_as_long_as_steps_are_small_an_older_probe_is_never_better(sep: float, size: float, dim: int) -> None:
    chance = accuracy_after([0, 1, 3, 10, 100], GaugeParams(separation=sep, rate=size / (dim - 1), dimension=dim), 10)
    assert (np.diff(chance) <= 1e-10).all()
    assert 0.5 - 1e-10 <= chance[-1] <= chance[0] + 1e-10 <= float(ndtr(sep)) + 2e-10


@given(angles, separations)
def test_a_frozen_probe_is_even_in_the_angle_and_wrong_as_often_on_the_other_side(angle: float, sep: float) -> None:
    chance = float(frozen_accuracy(angle, sep))
    assert float(frozen_accuracy(-angle, sep)) == pytest.approx(chance, abs=1e-12)
    assert float(frozen_accuracy(angle + math.pi, sep)) == pytest.approx(1 - chance, abs=1e-12)


def test_a_step_turns_all_vectors_as_one() -> None:
    rng = default_rng(4)
    vectors = rng.standard_normal((4, 30, 6))
    vectors[0] /= np.linalg.norm(vectors[0], axis=1, keepdims=True)
    moved = step(vectors, 0.3 * rng.standard_normal((30, 6)))
    before, after = (np.einsum("ipk,jpk->ijp", one, one) for one in (vectors, moved))
    np.testing.assert_allclose(before, after, atol=1e-12)
    np.testing.assert_array_equal(step(vectors, np.zeros((30, 6)))[1:], vectors[1:])


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", [2, 5])
@pytest.mark.parametrize("refit", [0, 7])
def test_simulated_systems_agree_with_the_closed_form(dimension: int, refit: int) -> None:
    params = GaugeParams(dimension=dimension, refit=refit, rate=0.01, steps=40, paths=3000, labels=2, first=20)
    seen = simulate(params, default_rng(dimension + refit))
    exact = solve(params)
    for row in (FROZEN, REFITTED, INVARIANT):
        assert (np.abs(seen.seen[row] - exact.expected[row]) < 5 * seen.seen_error[row]).all()
    np.testing.assert_allclose(seen.seen[INVARIANT], seen.seen[INVARIANT, 0], atol=1e-12)


def test_the_moments_predict_the_tracking_probe_within_a_hundredth() -> None:
    for rate, gain in ((0.003, 0.1), (0.01, 0.1), (0.03, 0.3)):
        seen = simulate(GaugeParams(rate=rate, gain=gain, paths=1000), default_rng(5))
        gap = np.abs(seen.seen[TRACKING] - seen.expected[TRACKING])
        assert (gap < 0.01 + 5 * seen.seen_error[TRACKING]).all()


@pytest.mark.parametrize("row", [FROZEN, REFITTED, TRACKING, INVARIANT])
def test_cases_that_are_drawn_are_named_as_often_as_expected(row: int) -> None:
    params = GaugeParams(rate=0.01, refit=20, steps=50, paths=8000, dimension=3)
    chance = float(solve(params).expected[row, -1])
    slack = 0.01 if row == TRACKING else 0.0
    seen = sampled_accuracy(params, 50, row, default_rng(8))
    assert abs(seen - chance) < slack + 5 * math.sqrt(chance * (1 - chance) / params.paths)


def test_changing_the_refits_does_not_move_the_other_readings() -> None:
    one, other = (simulate(GaugeParams(refit=refit), default_rng(9)) for refit in (0, 20))
    np.testing.assert_array_equal(one.seen[[FROZEN, TRACKING, INVARIANT]], other.seen[[FROZEN, TRACKING, INVARIANT]])


def test_there_is_a_best_time_between_refits_and_it_shrinks_with_drift() -> None:
    best = [best_interval(GaugeParams(rate=rate), 100) for rate in (0.001, 0.003, 0.01, 0.03)]
    assert best == sorted(best, reverse=True)
    assert 1 < best[-1] < best[0] < 100


# Words and bad input -----------------------------------------------------------------------------------------------


def test_readings_at_the_edges() -> None:
    assert GAUGE.read(rate=0.0).startswith(
        "Nothing turns here, and after 200 steps the probe fitted once is right in 84 %"
    )
    assert "Behavior never changed, but" in GAUGE.read()
    words = reading(solve(GaugeParams(steps=1, refit=1, labels=3)))
    assert "after 1 step the probe" in words
    assert "3 new labels" in words
    assert "every step gives" in words
    assert "simulated" not in words


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: turned(np.zeros((3, 2)), 0.1), "weights must have shape"),
        (lambda: named(np.eye(2), np.eye(3)), "dictionary must have shape"),
        (lambda: behavior(np.eye(2), [0.0], np.eye(2)), "bias must have shape"),
        (lambda: accuracy_after(-1, GaugeParams()), "age must lie in"),
        (lambda: step_factors(0.6), "rate must be in"),
        (lambda: fit_factors(1.0, 0.5), "cases must be in"),
        (lambda: mean_accuracy(GaugeParams(), 0), "interval must be in"),
        (lambda: polygon(1), "features must be in"),
        (lambda: sampled_accuracy(GaugeParams(), 201, 0, default_rng(0)), "step must be in"),
        (lambda: sampled_accuracy(GaugeParams(), 1, 4, default_rng(0)), "reading must be in"),
    ],
)
def test_bad_arguments_are_refused_by_name(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
