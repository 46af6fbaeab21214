"""Performative retraining: the published numbers, the coin, and where reacting people change nothing."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import minimize_scalar

from sysalign_lib.value_learning.explorables.performative import PERFORMATIVE_COIN
from sysalign_lib.value_learning.performative import (
    CoinParams,
    RetrainingParams,
    coin_optimal,
    coin_risk,
    mean_risk,
    moving_risk,
    retrain,
    simulate_coin,
    simulate_retraining,
    solve_coin,
    solve_retraining,
    stable_point,
)
from sysalign_lib.value_learning.views.performative import reading, retraining_reading

mus = st.floats(0.01, 0.5)
shares = st.floats(0, 1)


def reaction(mu: float, share: float) -> float:
    """A reaction that keeps chances in [0, 1]."""
    return min(-0.5 - mu + share, 0.5 - mu)


def by_cases(score: float, deployed: float, mu: float, eps: float) -> float:
    """Squared error summed over both features and both outcomes."""
    total = 0.0
    for feature, outcome in product((-1, 1), (0, 1)):
        does = 0.5 + mu * feature + eps * deployed * feature
        total += 0.5 * (does if outcome else 1 - does) * (outcome - score * feature - 0.5) ** 2
    return total


# Exact -------------------------------------------------------------------------------------------------------------


def test_published_parameters_give_the_published_course() -> None:
    seen = solve_retraining(RetrainingParams())
    np.testing.assert_allclose(seen.mean[:6], [10, 19, 27.1, 34.39, 40.951, 46.8559], rtol=1e-12)
    assert seen.stable == pytest.approx(100)


@given(mus, shares, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_the_coins_error_is_the_sum_over_cases(mu: float, share: float, score: float, deployed: float) -> None:
    eps = reaction(mu, share)
    assert float(moving_risk(score, deployed, mu, eps)) == pytest.approx(by_cases(score, deployed, mu, eps), abs=1e-12)
    assert float(coin_risk(score, mu, eps)) == pytest.approx(by_cases(score, score, mu, eps), abs=1e-12)


@given(mus, shares)
def test_stable_is_calibrated_and_no_weight_errs_less_than_the_optimal_one(mu: float, share: float) -> None:
    eps = reaction(mu, share)
    stable, optimal = float(stable_point(mu, eps)), coin_optimal(mu, eps)
    assert mu + eps * stable == pytest.approx(stable, abs=1e-12)
    assert (coin_risk(np.linspace(-0.5, 0.5, 101), mu, eps) >= coin_risk(optimal, mu, eps) - 1e-12).all()
    gap = float(coin_risk(stable, mu, eps) - coin_risk(optimal, mu, eps))
    assert gap == pytest.approx((1 - 2 * eps) * (optimal - stable) ** 2, abs=1e-12)
    assert optimal - (mu + eps * optimal) == pytest.approx(mu * eps / (1 - 2 * eps), abs=1e-12)


@given(st.floats(0.01, 0.49), st.floats(-0.5, 0.49))
def test_the_optimal_score_is_a_probability_just_as_far_as_the_source_goes(mu: float, eps: float) -> None:
    found = mu / (1 - 2 * eps)
    if abs(eps - (0.5 - mu)) > 1e-9:
        assert (found <= 0.5) == (eps <= 0.5 - mu)


def test_at_the_edge_the_optimal_score_claims_certainty_that_is_not_there() -> None:
    seen = solve_coin(CoinParams(mu=0.2, eps=0.3))
    assert seen.claimed == pytest.approx(1)
    assert seen.true == pytest.approx(0.85)


def test_retraining_is_the_search_for_the_best_score_on_the_people_of_the_last_round() -> None:
    for deployed in (0.0, 0.2, 0.45):
        best = minimize_scalar(
            lambda score, at=deployed: by_cases(score, at, 0.15, 0.3), bounds=(-0.5, 0.5), method="bounded"
        )
        assert best.x == pytest.approx(float(retrain(deployed, 0.15, 0.3)), abs=1e-5)


@given(st.floats(-1.4, 1.4), st.floats(0, 5), st.floats(-50, 50))
def test_the_distance_to_rest_shrinks_by_the_factor_in_every_round(eps: float, penalty: float, start: float) -> None:
    if abs(1 + penalty - eps) < 0.05:
        return
    seen = solve_retraining(RetrainingParams(eps=eps, penalty=penalty, start=start, rounds=5))
    distance = seen.mean - seen.stable
    np.testing.assert_allclose(distance[1:], seen.factor * distance[:-1], atol=1e-9 * (1 + np.abs(distance).max()))
    assert seen.converges == (abs(eps) < 1 + penalty)


def test_in_the_means_world_stable_is_optimal() -> None:
    for eps in (-0.7, 0.3, 0.9):
        stable = float(stable_point(10.0, eps))
        grid = stable + np.linspace(-5, 5, 101)
        assert (mean_risk(grid, 10.0, eps, 0.1) >= mean_risk(stable, 10.0, eps, 0.1)).all()
        assert float(mean_risk(stable, 10.0, eps, 0.1)) == pytest.approx(0.01)


# Limits ------------------------------------------------------------------------------------------------------------


def test_where_nobody_reacts_once_is_enough() -> None:
    seen = solve_coin(CoinParams(eps=0.0))
    assert seen.frozen == seen.stable == seen.optimal == 0.2
    np.testing.assert_allclose(seen.mean[1:], 0.2)
    np.testing.assert_array_equal(seen.risk, seen.still_risk)
    still = solve_retraining(RetrainingParams(eps=0.0, start=500.0))
    np.testing.assert_allclose(still.mean[1:], 10.0)


def test_a_reaction_as_strong_as_the_loss_is_curved_never_rests() -> None:
    seen = solve_retraining(RetrainingParams(eps=1.0, rounds=50))
    assert math.isinf(seen.stable)
    assert not seen.converges
    np.testing.assert_allclose(seen.mean, 10 + 10 * np.arange(51))
    assert solve_retraining(RetrainingParams(eps=1.0, penalty=0.1)).converges


def test_a_feature_that_tells_nothing_stays_unused() -> None:
    seen = solve_coin(CoinParams(mu=0.0))
    assert seen.stable == seen.optimal == 0
    assert coin_optimal(0.0, 0.5) == 0


def test_outcomes_without_spread_are_learned_without_error() -> None:
    seen = simulate_retraining(RetrainingParams(sigma=0.0, samples=1), default_rng(0))
    np.testing.assert_allclose(seen.paths, np.tile(seen.mean, (100, 1)), rtol=1e-12)


@pytest.mark.parametrize(
    "call", [coin_risk, lambda t, mu, eps: moving_risk(t, t, mu, eps), lambda t, mu, eps: coin_optimal(mu, eps)]
)
def test_chances_outside_the_unit_interval_are_refused_by_name(call) -> None:
    with pytest.raises(ValueError, match=r"eps must be in \[-0.7, 0.3\], got 0.31"):
        call(0.1, 0.2, 0.31)
    with pytest.raises(ValueError, match="mu must be in"):
        call(0.1, 0.6, 0.0)


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("eps", "penalty"), [(0.9, 0.0), (-0.6, 0.0), (1.2, 0.5)])
def test_simulated_retraining_has_the_exact_mean_and_spread(eps: float, penalty: float) -> None:
    params = RetrainingParams(eps=eps, penalty=penalty, sigma=2.0, samples=20, rounds=15, runs=20_000)
    seen = simulate_retraining(params, default_rng(1))
    error = seen.spread / math.sqrt(params.runs)
    assert (np.abs(seen.paths.mean(axis=0) - seen.mean) <= 5 * error + 1e-9).all()
    assert (np.abs(seen.paths.std(axis=0) - seen.spread) <= 5 * seen.spread / math.sqrt(2 * params.runs) + 1e-9).all()


@pytest.mark.parametrize(("eps", "samples", "start"), [(0.25, 20, 0.0), (0.3, 1, 0.4), (-0.5, 5, -0.5)])
def test_simulated_coins_have_the_exact_mean_and_spread(eps: float, samples: int, start: float) -> None:
    params = CoinParams(eps=eps, samples=samples, start=start, rounds=8, runs=2000)
    paths = np.concatenate([simulate_coin(params, default_rng(seed)).paths for seed in range(10)])
    exact = solve_coin(params)
    assert (np.abs(paths.mean(axis=0) - exact.mean) <= 5 * exact.spread / math.sqrt(len(paths)) + 1e-9).all()
    square = np.square(paths - exact.mean)
    error = square.std(axis=0) / math.sqrt(len(paths))
    assert (np.abs(square.mean(axis=0) - exact.spread**2) <= 5 * error + 1e-9).all()


def test_the_spread_of_coins_is_that_of_a_binomial_share_by_total_variance() -> None:
    """Enumerate all histories of two rounds with two people."""
    mu, eps, people = 0.2, 0.3, 2
    first, second = 0.5 + mu, {}
    for count in range(people + 1):
        chance = math.comb(people, count) * first**count * (1 - first) ** (people - count)
        does = 0.5 + mu + eps * (count / people - 0.5)
        for again in range(people + 1):
            weight = again / people - 0.5
            second[weight] = second.get(weight, 0) + chance * math.comb(people, again) * does**again * (1 - does) ** (
                people - again
            )
    mean = sum(w * p for w, p in second.items())
    seen = solve_coin(CoinParams(mu=mu, eps=eps, samples=people, rounds=2))
    assert seen.mean[2] == pytest.approx(mean)
    assert seen.spread[2] ** 2 == pytest.approx(sum(p * (w - mean) ** 2 for w, p in second.items()))


# Evidence, words and pictures --------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.2), st.floats(-0.5, 0.3), st.integers(1, 50), st.integers(1, 20))
def test_every_setting_can_be_told(mu: float, eps: float, samples: int, rounds: int) -> None:
    words = reading(simulate_coin(CoinParams(mu=mu, eps=eps, samples=samples, rounds=rounds, runs=2), default_rng(0)))
    assert words.endswith(".")
    assert not {"nan", "inf"} & set(words.split())


def test_readings_at_the_edges() -> None:
    assert "Here learning once is enough" in PERFORMATIVE_COIN.read(eps=0.0)
    assert "claims 90 % where 80 % is true" in PERFORMATIVE_COIN.read()
    assert "because people defy" in PERFORMATIVE_COIN.read(eps=-0.5)
    assert "feature tells nothing" in reading(solve_coin(CoinParams(mu=0.0)))
    assert "nothing settles" in retraining_reading(solve_retraining(RetrainingParams(eps=-1.2, rounds=1)))
    assert "1 round of retraining" in retraining_reading(solve_retraining(RetrainingParams(rounds=1)))
    assert "on the way to 100" in retraining_reading(solve_retraining(RetrainingParams()))
