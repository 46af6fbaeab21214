"""The off-switch game: its closed forms, its lemma, the window that closes, and where each of them ends."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from sysalign_lib.corrigibility.explorables.off_switch import DEFERENCE_PLANE
from sysalign_lib.corrigibility.off_switch import (
    RULES,
    OffSwitchParams,
    advantage,
    boundary_sigma,
    careless_advantage,
    closing_time,
    lapse_advantage,
    lapse_boundary,
    misbelief_cost,
    open_probability,
    open_share,
    posterior_variance,
    probit_advantage,
    rational_advantage,
    simulate,
    solve,
    waits,
)
from sysalign_lib.corrigibility.views.off_switch import reading

means = st.floats(-5, 5)
doubts = st.floats(0.01, 5)
noises = st.floats(0.01, 20)


def by_quadrature(mu: float, sigma: float, allow, ends: tuple[float, ...] = ()) -> float:
    """E[allow(U) U] - max(mu, 0) for any rule of the overseer, piece by piece."""
    reach = [mu + step * sigma for step in (-12, -6, -3, -1, 0, 1, 3, 6, 12)]
    points = sorted({*reach, *(one for one in (0.0, *ends) if reach[0] < one < reach[-1])})

    def inside(value: float) -> float:
        return value * allow(value) * math.exp(-0.5 * ((value - mu) / sigma) ** 2)

    total = sum(quad(inside, low, high, epsabs=1e-14, epsrel=1e-12)[0] for low, high in pairwise(points))
    return total / (sigma * math.sqrt(2 * math.pi)) - max(mu, 0.0)


def logistic(mu: float, sigma: float, beta: float) -> float:
    ends = tuple(sign * beta * step for sign in (-1, 1) for step in (1, 5, 15, 40))
    return by_quadrature(mu, sigma, lambda value: float(expit(value / beta)), ends)


# Exact -------------------------------------------------------------------------------------------------------------


def test_advantage_agrees_with_adaptive_quadrature_for_noise_from_a_thousandth_to_a_thousand() -> None:
    rng = default_rng(5)
    beta = 10 ** rng.uniform(-3, 3, 500)
    mu, sigma = rng.choice([-1, 0, 1], 500) * 10 ** rng.uniform(-3, 1, 500), 10 ** rng.uniform(-3, 1, 500)
    exact = np.array([logistic(*one) for one in zip(mu.tolist(), sigma.tolist(), beta.tolist(), strict=True)])
    error = np.abs(advantage(mu, sigma, beta) - exact) / np.maximum(np.abs(mu), sigma)
    assert error.max() < 1e-11


@pytest.mark.parametrize("ratio", [0.15, 0.4, 1.0])
def test_formulas_meet_where_one_takes_over_from_the_other(ratio: float) -> None:
    mu = np.linspace(-9, 9, 101)
    below, above = advantage(mu, 1.0, ratio), advantage(mu, 1.0, math.nextafter(ratio, 2))
    assert np.abs(below - above).max() < 1e-11


@pytest.mark.parametrize("rule", RULES, ids=["12", "24", "64", "32"])
def test_rules_have_positive_weights_and_their_moments(rule) -> None:
    formula, nodes, weights = rule
    assert (weights > 0).all()
    if formula.__name__ == "_rare_mistakes":  # ∫ x / (1 + e^x) = pi^2 / 12, ∫ x^3 / (1 + e^x) = 7 pi^4 / 120
        assert weights.sum() == pytest.approx(math.pi**2 / 12, rel=1e-12)
        assert weights @ nodes**2 == pytest.approx(7 * math.pi**4 / 120, rel=1e-12)
    else:
        assert weights.sum() == pytest.approx(1, abs=1e-12)
        assert weights @ nodes**2 == pytest.approx(1, abs=1e-12)


def test_mirrored_integral_of_the_proof_equals_the_expectation() -> None:
    """The proof's last line, integrated as it stands, against the definition."""
    for mu, sigma, beta in ((0.5, 1.0, 0.25), (1.0, 0.6, 0.5), (2.0, 1.0, 0.25), (0.75, 0.612372, 0.25)):

        def mirrored(u: float, mu: float = mu, sigma: float = sigma, beta: float = beta) -> float:
            slope = 1 / beta - 2 * mu / sigma**2
            return u * float(expit(-u / beta)) * norm.pdf(u, mu, sigma) * math.expm1(slope * u)

        half = quad(mirrored, 0, mu + 12 * sigma, epsabs=1e-13, epsrel=1e-12, limit=200)[0]
        assert half == pytest.approx(logistic(mu, sigma, beta), abs=1e-11)
        assert half == pytest.approx(float(advantage(mu, sigma, beta)), abs=1e-11)


def test_closing_time_is_where_the_expectation_changes_sign() -> None:
    """Root of Delta along the path of learning; the lemma is not used."""
    for mu, beta, prior, noise in ((0.5, 0.25, 1.0, 2.0), (0.5, 0.1, 1.0, 2.0), (-0.3, 0.5, 1.5, 0.7)):

        def left(day: float, mu=mu, beta=beta, prior=prior, noise=noise) -> float:
            return float(advantage(mu, np.sqrt(posterior_variance(day, prior, noise)), beta))

        found = brentq(left, 0.0, 500.0, xtol=1e-12)
        assert found == pytest.approx(float(closing_time(mu, beta, prior, noise)), rel=1e-8)


# Limits ------------------------------------------------------------------------------------------------------------


def test_no_noise_is_the_rational_overseer_and_little_noise_comes_near() -> None:
    mu, sigma = np.linspace(-3, 3, 31), np.linspace(0.1, 3, 15)[:, None]
    np.testing.assert_array_equal(advantage(mu, sigma, 0.0), rational_advantage(mu, sigma))
    assert np.abs(advantage(mu, sigma, 1e-6) - rational_advantage(mu, sigma)).max() < 1e-10


def test_no_doubt_is_the_certain_robot_and_little_doubt_comes_near() -> None:
    mu, beta = np.linspace(-3, 3, 31), np.array([[0.0], [0.2], [1.0], [5.0]])
    certain = advantage(mu, 0.0, beta)
    expected = np.where(beta > 0, -np.abs(mu) * expit(-np.abs(mu) / np.where(beta > 0, beta, 1)), 0.0)
    np.testing.assert_allclose(certain, expected, atol=1e-15)
    assert np.abs(advantage(mu, 1e-7, beta) - certain).max() < 1e-7


def test_great_noise_is_a_coin() -> None:
    mu = np.linspace(-2, 2, 9)
    np.testing.assert_allclose(advantage(mu, 1.0, 1e8), -np.abs(mu) / 2, atol=1e-7)


def test_estimate_zero_always_waits_and_never_closes() -> None:
    assert (advantage(0.0, np.geomspace(1e-3, 10, 20), np.geomspace(1e-2, 100, 20)[:, None]) > 0).all()
    assert math.isinf(closing_time(0.0, 0.25, 1.0, 2.0))
    assert math.isinf(closing_time(0.5, 0.0, 1.0, 2.0))


def test_extreme_numbers_neither_warn_nor_fail() -> None:
    extreme = np.array([0, 5e-324, 1e-310, 1e-200, 1e-8, 1, 1e8, 1e200, 1e300])
    assert np.isfinite(advantage(extreme[:, None, None], extreme[:, None], extreme)).all()


def test_shares_of_open_switches_at_the_ends() -> None:
    assert open_probability(0, 0.25, 1.0, 2.0) == 1
    assert open_probability(0, 1.0, 1.0, 2.0, prior_mean=0.6) == 0
    assert open_probability([0, 5, 1e9], 0.0, 1.0, 2.0).tolist() == [1, 1, 1]
    assert open_probability(1e12, 0.25, 1.0, 2.0) < 1e-5
    assert open_share(0.4, 0.0, 0.25, mean=[0.7, 0.8, 0.9]).tolist() == [1, 0, 0]


# Invariants --------------------------------------------------------------------------------------------------------


@given(means, doubts, noises)
def test_lemma_gives_the_sign_of_the_expectation(mu: float, sigma: float, beta: float) -> None:
    value = float(advantage(mu, sigma, beta))
    if abs(value) > 1e-10:
        assert (value > 0) == waits(mu, sigma, beta)


@given(means, doubts, noises, st.floats(0.1, 10))
def test_delta_is_even_and_scales_with_the_unit_of_value(mu: float, sigma: float, beta: float, unit: float) -> None:
    value = float(advantage(mu, sigma, beta))
    assert advantage(-mu, sigma, beta) == value
    assert float(advantage(unit * mu, unit * sigma, unit * beta)) == pytest.approx(unit * value, abs=1e-9)


@given(means, doubts, noises, noises)
def test_a_noisier_overseer_is_worth_waiting_for_less(mu: float, sigma: float, beta: float, more: float) -> None:
    values = advantage(mu, sigma, [0.0, beta, beta + more])
    assert values[0] >= values[1] - 1e-10
    assert values[1] >= values[2] - 1e-10
    assert values[2] >= -abs(mu) / 2 - 1e-10


@given(means, doubts, means, st.floats(0, 5), st.floats(0, 20))
def test_no_belief_beats_the_right_one(
    mu: float, sigma: float, believed: float, believed_sigma: float, beta: float
) -> None:
    assert misbelief_cost(mu, sigma, believed, believed_sigma, beta) >= -1e-11
    assert abs(float(misbelief_cost(mu, sigma, mu, sigma, beta))) < 1e-10


@given(st.floats(0.05, 3), st.floats(0.05, 3), st.floats(0.05, 10), st.floats(0, 100))
def test_before_the_closing_day_the_robot_waits_and_after_it_it_does_not(
    mu: float, beta: float, noise: float, day: float
) -> None:
    closing = float(closing_time(mu, beta, 1.0, noise))
    if abs(day - closing) > 1e-9 * max(day, closing):
        assert waits(mu, np.sqrt(posterior_variance(day, 1.0, noise)), beta) == (day < closing)


@pytest.mark.parametrize("bad", [{"mu": math.nan}, {"sigma": -1.0}, {"beta": -0.1}, {"beta": math.inf}])
def test_bad_arguments_are_refused_by_name(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        advantage(**{"mu": 0.0, "sigma": 1.0, "beta": 1.0, **bad})


# Other overseers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (0.7, 0.5), (-1.5, 2.0)])
def test_closed_forms_of_other_overseers_agree_with_quadrature(mu: float, sigma: float) -> None:
    seen = by_quadrature(mu, sigma, lambda value: float(norm.cdf(value / 0.8)), (-2.0, 2.0))
    assert float(probit_advantage(mu, sigma, 0.8)) == pytest.approx(seen, abs=1e-11)
    careless = by_quadrature(mu, sigma, lambda value: 0.8 if value > 0 else 0.2)
    assert float(careless_advantage(mu, sigma, 0.2)) == pytest.approx(careless, abs=1e-11)


def test_boundary_of_normal_errors_starts_as_one_parabola_and_ends_as_another_curve() -> None:
    def boundary(mu: float) -> float:
        return float(
            brentq(lambda sigma: float(probit_advantage(mu, sigma, 1.0)), math.sqrt(mu) / 2, 100 * mu + 10, xtol=1e-14)
        )

    start = boundary(1e-6)
    assert start**2 / (2 * 1e-6) == pytest.approx(math.sqrt(math.pi / 8), rel=1e-3)
    assert boundary(200.0) ** 2 == pytest.approx(200.0 + 0.5, abs=0.02)


def test_boundary_of_a_careless_overseer_is_a_straight_line() -> None:
    slopes = [
        brentq(lambda sigma, mu=mu: float(careless_advantage(mu, sigma, 0.2)), 1e-6, 100 * mu) / mu
        for mu in (0.1, 1.0, 7.0)
    ]
    assert max(slopes) - min(slopes) < 1e-6


def test_only_the_logistic_rule_keeps_indifference_all_along_a_parabola() -> None:
    """Bend the logistic rule a little and Delta is no longer 0 on the parabola."""
    mu = np.array([0.1, 0.5, 2.0])
    edge = boundary_sigma(mu, 0.25)
    assert np.abs(advantage(mu, edge, 0.25)).max() < 1e-14
    bent = [by_quadrature(m, s, lambda u: float(expit(u / 0.25 + 0.5 * u**3))) for m, s in zip(mu, edge, strict=True)]
    assert np.abs(bent).min() > 1e-4


def test_sleepy_overseer_has_half_the_lemma() -> None:
    """Who looks up only now and then, and else lets the robot act, keeps the boundary for mu > 0 and loses it below."""
    awake = 0.3

    def sleepy(value: float) -> float:
        return 1 - awake * float(expit(-value / 0.25))

    assert by_quadrature(0.5, 0.6, sleepy) == pytest.approx(awake * logistic(0.5, 0.6, 0.25), abs=1e-11)
    assert by_quadrature(-0.5, 0.6, sleepy) < 0 < logistic(-0.5, 0.6, 0.25)


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_robots_that_learn_day_by_day_agree_with_the_closed_form(seed: int) -> None:
    params = OffSwitchParams(prior_mean=0.3, day=32, cases=20_000)
    seen, exact = simulate(params, default_rng(seed)), solve(params)
    error = np.sqrt(exact.sampled_share * (1 - exact.sampled_share) / params.cases)
    assert (np.abs(seen.sampled_share - exact.sampled_share) <= 5 * error + 1e-12).all()
    np.testing.assert_array_equal(seen.path_share, exact.path_share)


def test_learned_beliefs_are_calibrated_and_decide_as_the_expectation_does() -> None:
    """Bayes from all observations at once, by its own formula; decisions by quadrature, not by the lemma."""
    rng, cases, days = default_rng(8), 20_000, 9
    truth = rng.standard_normal(cases)
    total = days * truth + 2.0 * math.sqrt(days) * rng.standard_normal(cases)
    variance = 1 / (1 + days / 4)
    estimate = variance * total / 4
    assert np.var(truth - estimate) == pytest.approx(variance, rel=5 * math.sqrt(2 / cases))
    waiting = advantage(estimate, math.sqrt(variance), 0.25) > 0
    share = float(open_probability(days, 0.25, 1.0, 2.0))
    assert abs(waiting.mean() - share) < 5 * math.sqrt(share * (1 - share) / cases)


def test_waiting_is_worth_what_delta_says_when_people_decide_by_dice() -> None:
    rng, draws = default_rng(4), 400_000
    for mu, sigma, beta in ((0.5, 1.0, 0.25), (1.0, 0.4, 0.5)):
        value = mu + sigma * rng.standard_normal(draws)
        allowed = rng.random(draws) < expit(value / beta)
        gained = value * allowed - max(mu, 0.0)
        assert abs(gained.mean() - float(advantage(mu, sigma, beta))) < 5 * gained.std() / math.sqrt(draws)


def test_solved_cases_are_quantiles_of_what_the_robot_may_believe() -> None:
    exact = solve(OffSwitchParams(day=16))
    assert exact.shown_mean.mean() == pytest.approx(0.5, abs=1e-12)
    assert np.isclose(exact.shown_waits.mean(), exact.share, atol=1.5 / len(exact.shown_mean))


# Words and pictures ------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 10), st.floats(0.05, 100), st.floats(-3, 3), st.floats(0.05, 3), st.integers(0, 200))
def test_every_setting_can_be_told(beta: float, noise: float, mean: float, prior: float, day: int) -> None:
    params = OffSwitchParams(beta=beta, noise=noise, prior_mean=mean, prior_sd=prior, day=day, cases=16)
    result = simulate(params, default_rng(0))
    words = reading(result)
    assert "nan" not in words
    assert "inf" not in words
    assert np.isfinite(result.plane_advantage).all()


def test_readings_at_the_edges() -> None:
    assert "never stops waiting" in DEFERENCE_PLANE.read(prior_mean=0.0)
    assert "does not wait even before it learns" in DEFERENCE_PLANE.read(beta=1.0)
    assert "in every case" in DEFERENCE_PLANE.read(beta=0.0, day=64)
    assert "stopped waiting on day 12" in DEFERENCE_PLANE.read(day=12)
    assert "will stop waiting on day 12" in DEFERENCE_PLANE.read(day=8)
    assert "After 1 day of" in DEFERENCE_PLANE.read(day=1)


def test_bet_is_answered_by_the_closed_form_and_not_given_away_at_rest() -> None:
    assert DEFERENCE_PLANE.answer() == pytest.approx(100 * float(open_probability(16, 0.25, 1.0, 2.0, 0.5)))
    resting = DEFERENCE_PLANE.result()
    assert resting.path_day.max() == resting.params.day < 16
    assert resting.share < 0.55


@given(mu=means, sigma=doubts, beta=st.floats(0.05, 3), lapse=st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_a_lapsing_overseer_is_an_average_of_an_attentive_one_and_a_coin(
    mu: float, sigma: float, beta: float, lapse: float
) -> None:
    def worth(u: float) -> float:
        return u * (lapse / 2 + (1 - lapse) * float(expit(u / beta))) * float(norm.pdf(u, mu, sigma))

    cuts = sorted({mu - 9 * sigma, min(max(0.0, mu - 9 * sigma), mu + 9 * sigma), mu, mu + 9 * sigma})
    waiting = sum(quad(worth, a, b, limit=200, epsabs=1e-12)[0] for a, b in pairwise(cuts))
    assert float(lapse_advantage(mu, sigma, beta, lapse)) == pytest.approx(waiting - max(mu, 0), abs=1e-8)


def test_an_overseer_who_lapses_meets_the_careless_one_without_noise_and_the_attentive_one_without_lapses() -> None:
    mu, sigma = np.array([-1.0, 0.0, 0.5]), np.array([0.3, 1.0, 2.0])
    np.testing.assert_allclose(lapse_advantage(mu, sigma, 0.0, 0.2), careless_advantage(mu, sigma, 0.1), atol=1e-14)
    np.testing.assert_allclose(lapse_advantage(mu, sigma, 0.4, 0.0), advantage(mu, sigma, 0.4), atol=0)


def test_any_lapse_closes_the_switch_of_a_faultless_overseer_in_the_end() -> None:
    sigma = np.sqrt(posterior_variance(np.array([0, 10_000]), 1.0, 2.0))
    first, last = lapse_advantage(0.5, sigma, 0.0, 0.01)
    assert first > 0 > last
    assert (advantage(0.5, sigma, 0.0) >= 0).all()


@given(mu=st.floats(0.05, 3) | st.floats(-3, -0.05), beta=st.floats(0.0, 2), lapse=st.floats(0.001, 0.9))
@settings(max_examples=25, deadline=None)
def test_the_boundary_of_a_lapsing_overseer_separates_waiting_from_not(mu: float, beta: float, lapse: float) -> None:
    edge = lapse_boundary(mu, beta, lapse)
    assert edge >= float(boundary_sigma(mu, beta)) - 1e-9
    assert float(lapse_advantage(mu, 1.01 * edge + 1e-6, beta, lapse)) > 0
    assert float(lapse_advantage(mu, 0.99 * edge, beta, lapse)) < 0
    assert lapse_boundary(mu, beta, 0) == float(boundary_sigma(mu, beta))


def test_the_boundary_of_a_lapsing_overseer_refuses_what_has_none() -> None:
    with pytest.raises(ValueError, match="mu must be other than 0, got 0"):
        lapse_boundary(0, 0.25, 0.1)
    with pytest.raises(ValueError, match=r"lapse must be in \[0, 1\), got 1"):
        lapse_boundary(0.5, 0.25, 1)
