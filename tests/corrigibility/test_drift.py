"""Drifting values: the filter, the exact worth of every robot, and the simulation beside them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import dblquad
from scipy.special import expit
from scipy.stats import norm

from sysalign_lib.corrigibility.drift import (
    ROBOTS,
    DriftParams,
    ever_deferring,
    late_means,
    memory,
    settled_variance,
    simulate,
    solve,
    utility_of,
)
from sysalign_lib.corrigibility.explorables.drift import DRIFT
from sysalign_lib.corrigibility.off_switch import open_probability, open_share, posterior_variance
from sysalign_lib.corrigibility.views.drift import reading

phis = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.9, 0.99, 0.999, 1.0]))
noises = st.floats(0.05, 20)
betas = st.one_of(st.just(0.0), st.floats(0.01, 10))


# Exact -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("phi", "who"), [(0.99, 0), (0.99, 1), (0.9, 1), (1.0, 0)])
def test_worth_agrees_with_the_plain_double_integral(phi: float, who: int) -> None:
    """Over the joint normal law of estimate and value, with the decision written out."""
    mind, day, beta = memory(phi, (phi, 1.0)[who], beta=0.25, noise=2.0, days=61), 60, 0.25
    spread, known, edge = mind.spread[day], mind.correlation[day], mind.edge[day]
    rest = math.sqrt(1 - known**2)

    def worth(value: float, z: float, take) -> float:
        return value * take(value) * norm.pdf(value, known * z, rest) * norm.pdf(z)

    def over(low: float, high: float, take) -> float:
        return dblquad(
            lambda value, z: worth(value, z, take), low, high, lambda z: known * z - 8 * rest,
            lambda z: known * z + 8 * rest, epsabs=1e-7, epsrel=1e-7,
        )[0]  # fmt: skip

    limit = edge / spread
    plain = over(-min(limit, 8), min(limit, 8), lambda u: float(expit(u / beta))) + over(
        limit, 8 + limit, lambda u: 1.0
    )
    assert utility_of(mind, beta, np.array([day]))[0] == pytest.approx(plain, abs=1e-6)


@given(phis, phis, noises)
@settings(deadline=None)
def test_covariance_recursions_agree_with_the_weights_of_the_filter(phi: float, assumed: float, noise: float) -> None:
    """The estimate as an explicit weighted sum of past observations, its variance and covariance as quadratic forms."""
    days = 7
    mind = memory(phi, assumed, beta=0.25, noise=noise, days=days)
    weights = np.zeros(days)
    for day in range(days - 1):
        weights *= assumed * (1 - mind.gain[day])
        weights[day] = assumed * mind.gain[day]
    lags = np.abs(np.subtract.outer(np.arange(days), np.arange(days)))
    law = phi ** lags.astype(float)
    seen = law + noise**2 * np.eye(days)
    assert mind.spread[-1] ** 2 == pytest.approx(weights @ seen @ weights, abs=1e-12)
    assert mind.correlation[-1] * mind.spread[-1] == pytest.approx(weights @ law[-1], abs=1e-12)


@given(phis, st.floats(0.05, 20))
def test_settled_variance_is_the_fixed_point_of_the_filter(phi: float, noise: float) -> None:
    v = settled_variance(phi, noise)
    assert 0 <= v <= 1
    assert phi**2 * v * noise**2 / (v + noise**2) + 1 - phi**2 == pytest.approx(v, rel=1e-9, abs=1e-12)


@given(phis, noises)
@settings(deadline=None)
def test_an_aware_robot_knows_how_wrong_it_is(phi: float, noise: float) -> None:
    """Its believed variance is the true one: value less estimate has it, and is uncorrelated with the estimate."""
    mind = memory(phi, phi, beta=0.25, noise=noise, days=40)
    np.testing.assert_allclose(1 - mind.spread**2, mind.believed, atol=1e-9)
    np.testing.assert_allclose(mind.correlation, mind.spread, atol=1e-7)


# Limits ------------------------------------------------------------------------------------------------------------


def test_static_values_are_the_off_switch_game_that_learns() -> None:
    result = solve(DriftParams(phi=1.0))
    np.testing.assert_allclose(result.open_share[0], open_probability(result.day, 0.25, 1.0, 2.0), atol=1e-12)
    np.testing.assert_array_equal(result.open_share[0], result.open_share[1])
    np.testing.assert_array_equal(result.utility[1], result.utility[2])
    variance = memory(1.0, 1.0, beta=0.25, noise=2.0, days=50).believed
    np.testing.assert_allclose(variance, posterior_variance(np.arange(50), 1.0, 2.0), rtol=1e-12)


def test_values_new_every_day_leave_an_aware_robot_only_deference() -> None:
    result = solve(DriftParams(phi=0.0))
    np.testing.assert_allclose(result.utility[1], ever_deferring(0.25), atol=1e-12)
    np.testing.assert_array_equal(result.open_share[0], 1.0)
    assert result.worth["blind"] < 0.1


def test_with_a_faultless_overseer_all_do_as_well_as_the_oracle() -> None:
    for phi in (0.0, 0.9, 1.0):
        params = DriftParams(phi=phi, beta=0.0, runs=100)
        exact, seen = solve(params), simulate(params, default_rng(1))
        np.testing.assert_allclose(exact.utility, 1 / math.sqrt(2 * math.pi), atol=1e-12)
        np.testing.assert_array_equal(exact.open_share, 1.0)
        np.testing.assert_array_equal(seen.seen_utility, np.broadcast_to(seen.seen_utility[0], seen.seen_utility.shape))
        np.testing.assert_array_equal(seen.seen_open, 1.0)


def test_on_the_first_day_every_robot_that_learns_defers() -> None:
    result = solve(DriftParams())
    assert result.utility[1, 0] == pytest.approx(ever_deferring(0.25), abs=1e-12)
    assert result.utility[2, 0] == pytest.approx(ever_deferring(0.25), abs=1e-12)
    np.testing.assert_array_equal(result.open_share[:, 0], 1.0)


def test_open_share_under_drift_is_the_closed_form_at_the_settled_variance() -> None:
    for phi in (0.5, 0.9, 0.99):
        v = settled_variance(phi, 2.0)
        expected = float(open_share(v, math.sqrt(1 - v), 0.25))
        assert solve(DriftParams(phi=phi, steps=4000)).open_share[0, -1] == pytest.approx(expected, abs=1e-9)


def test_sparser_means_are_close_to_the_full_ones() -> None:
    for phi in (1.0, 0.999, 0.9):
        for full, quick in zip(
            late_means(DriftParams(phi=phi)), late_means(DriftParams(phi=phi), every=5), strict=True
        ):
            np.testing.assert_allclose(quick, full, atol=1e-4)


# Invariants --------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(phis, betas, noises)
def test_no_robot_beats_the_oracle_and_an_aware_one_is_never_worse_than_deference(
    phi: float, beta: float, noise: float
) -> None:
    result = solve(DriftParams(phi=phi, beta=beta, noise=noise, steps=100))
    oracle, aware, blind, deferring = result.utility
    assert (aware <= oracle + 1e-9).all()
    assert (aware >= deferring - 1e-9).all()
    assert (aware >= blind - 1e-9).all()
    assert ((result.open_share >= 0) & (result.open_share <= 1)).all()


@settings(max_examples=30, deadline=None)
@given(phis, betas, noises, st.integers(100, 130), st.integers(4, 9))
def test_every_setting_can_be_simulated_and_told(phi: float, beta: float, noise: float, steps: int, runs: int) -> None:
    result = simulate(DriftParams(phi=phi, beta=beta, noise=noise, steps=steps, runs=runs), default_rng(0))
    assert np.isfinite(result.seen_utility).all()
    assert np.isfinite(result.seen_late_open_error).all()
    assert "nan" not in reading(result)


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phi", [1.0, 0.99, 0.5])
def test_simulation_agrees_with_the_exact_course(phi: float) -> None:
    params = DriftParams(phi=phi, runs=6000)
    seen, (utility, shares) = simulate(params, default_rng(31)), late_means(params)
    assert (np.abs(seen.seen_late_utility - utility) < 5 * seen.seen_late_error).all()
    assert (np.abs(seen.seen_late_open - shares) < 5 * seen.seen_late_open_error + 1e-9).all()


def test_standard_errors_are_those_of_repeated_simulations() -> None:
    params = DriftParams(phi=0.9, steps=100, runs=400)
    repeats = [simulate(params, default_rng(seed)) for seed in range(80)]
    spread = np.std([one.seen_late_utility for one in repeats], axis=0, ddof=1)
    told = np.mean([one.seen_late_error for one in repeats], axis=0)
    np.testing.assert_allclose(spread, told, rtol=4 / math.sqrt(2 * 79))


def test_mirrored_pairs_agree_with_plain_histories_and_plain_dice() -> None:
    """An independent plain simulation: no mirror, the overseer's choice thrown, robots' variances carried along."""
    rng, runs, days, phi = default_rng(6), 4000, 120, 0.9
    value, estimate, variance = rng.standard_normal(runs), np.zeros(runs), 1.0
    total = np.zeros(runs)
    for day in range(days):
        if day >= days // 2:
            waiting = variance > 2 * np.abs(estimate) * 0.25
            allowed = rng.random(runs) < expit(value / 0.25)
            total += value * np.where(waiting, allowed, estimate > 0)
        gain = variance / (variance + 4.0)
        estimate = estimate + gain * (value + 2.0 * rng.standard_normal(runs) - estimate)
        variance *= 1 - gain
        value = phi * value + math.sqrt(1 - phi**2) * rng.standard_normal(runs)
    total /= days - days // 2
    exact = late_means(DriftParams(phi=phi, steps=days))[0][ROBOTS.index("blind")]
    assert abs(total.mean() - exact) < 5 * total.std() / math.sqrt(runs)


def test_the_same_dice_whatever_the_world() -> None:
    """Overseer's noise and observation noise move neither the oracle nor its seen worth."""
    worths = [
        simulate(DriftParams(beta=beta, noise=noise, runs=50), default_rng(2)).seen_utility[0]
        for beta, noise in ((0.25, 2.0), (1.0, 0.5))
    ]
    np.testing.assert_array_equal(worths[0], worths[1])


def test_readings_at_the_edges() -> None:
    assert "Values stand still" in DRIFT.read(phi=1.0)
    assert "as well as the oracle" in DRIFT.read(beta=0.0)
    assert "Always deferring is worth 0.365" in DRIFT.read()


def test_the_price_of_blindness_as_seen_is_the_exact_one_within_its_error() -> None:
    result = simulate(DriftParams(phi=0.99, runs=2000), default_rng(3))
    error = math.hypot(result.seen_late_error[1], result.seen_late_error[2])
    assert abs(result.seen_price_of_blindness - result.price_of_blindness) < 4 * error
    assert result.price_of_blindness > 0.1
