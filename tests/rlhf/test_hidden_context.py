"""Hidden context: win rates in closed form, the fall at the edge, where it vanishes, and what repairs it."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad

from sysalign_lib.rlhf.explorables.hidden_context import HIDDEN_CONTEXT
from sysalign_lib.rlhf.hidden_context import (
    Asking,
    HiddenContextParams,
    borda,
    bradley_terry,
    cliff,
    healing_noise,
    mean_and_spread,
    options_at,
    simulate,
    solve,
    sure_score,
    turning_share,
    win_chance,
)
from sysalign_lib.rlhf.views.hidden_context import reading

shares = st.floats(0.05, 1.0)
edges = st.floats(0.1, 0.95)
noises = st.one_of(st.just(0.0), st.floats(0.01, 2.0))
worlds = st.builds(HiddenContextParams, share=shares, edge=edges, noise=noises, together=st.booleans())


# Exact ------------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(worlds, st.floats(0.001, 1))
def test_win_rate_is_the_integral_of_the_chances_to_win(params: HiddenContextParams, option: float) -> None:
    ends = sorted(
        {0.0, params.edge, option, 1.0, *(one for one in (option / params.share, option * params.share) if one < 1)}
    )
    total = sum(
        quad(lambda other: float(win_chance(option, other, params)), low, high, epsabs=1e-10, limit=200)[0]
        for low, high in pairwise(ends)
    )
    assert float(borda(option, params)) == pytest.approx(total, abs=1e-8)


@given(edges, shares)
def test_fall_at_the_edge_has_its_closed_form(edge: float, share: float) -> None:
    apart, together = (HiddenContextParams(edge=edge, share=share, together=one) for one in (False, True))
    assert cliff(apart) == pytest.approx((1 - share) * (1 - (1 - edge) * (1 + share) / 2), abs=1e-12)
    assert cliff(together) == pytest.approx((1 - share) * (1 + edge) / 2, abs=1e-12)


@given(edges, st.floats(0.05, 0.99), st.booleans())
def test_learner_turns_exactly_at_the_turning_share(edge: float, share: float, together: bool) -> None:
    turn = turning_share(edge, together=together)
    params = HiddenContextParams(edge=edge, share=share, together=together)
    gain = float(borda(1.0, params)) - float(borda(math.nextafter(edge, 0), params))
    if abs(share - turn) > 1e-9:
        assert (gain > 0) == (share > turn)
        assert solve(params).pick == (1 if share > turn else edge)


@settings(max_examples=15, deadline=None)
@given(edges, st.floats(0.1, 0.8), st.booleans())
def test_healing_noise_separates_wrong_from_right(edge: float, share: float, together: bool) -> None:
    params = HiddenContextParams(edge=edge, share=share, together=together)
    heals = healing_noise(params)
    assert (heals == 0) == (share >= turning_share(edge, together=together))
    if 0.02 < heals < 1.9:
        assert solve(replace(params, noise=0.99 * heals)).pick == edge
        assert solve(replace(params, noise=1.01 * heals)).pick == 1


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_bradley_terry_ranks_by_win_rate(together: bool, noise: float) -> None:
    option, score = bradley_terry(HiddenContextParams(together=together, noise=noise), 80)
    wins = win_chance(option[:, None], option, HiddenContextParams(together=together, noise=noise))
    np.fill_diagonal(wins, 0.0)
    order = np.argsort(score)
    assert (np.diff(wins.sum(1)[order]) > -1e-9).all()


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 3), st.floats(3, 10))
def test_win_rate_against_evenly_spread_sure_amounts_is_the_mean(value: float, top: float) -> None:
    """The lemma of the ladder, for an option worth `value`, half of it or nothing, by counting."""
    amount = options_at(200_000) * top
    beats = np.mean([(worth > amount).mean() for worth in (value, value / 2, 0.0)])
    assert top * beats == pytest.approx(value / 2, abs=2 * top / 200_000)


# Limits -----------------------------------------------------------------------------------------------------------


def test_without_risk_scores_are_worths_and_every_question_teaches_the_same() -> None:
    for asking in Asking:
        sure = solve(HiddenContextParams(share=1.0, asking=asking))
        np.testing.assert_allclose(sure.curve_score, sure.curve_option, atol=1e-12)
        assert sure.drop == pytest.approx(0, abs=1e-12)
        assert sure.spread == 0


def test_great_noise_makes_the_win_rate_linear_in_the_mean() -> None:
    """B = 1/2 + (a - 1/2) / (4 beta) + O(beta^-3)."""
    at = np.array([0.0, 0.3, 0.79, 0.8, 1.0])
    params = HiddenContextParams(noise=2.0)
    np.testing.assert_allclose(borda(at, params), 0.5 + (at - 0.5) / 8, atol=8 / (48 * 2.0**3))
    assert cliff(params) < 0.02 * cliff(HiddenContextParams())


def test_little_noise_comes_near_to_none() -> None:
    at = np.linspace(0.05, 1, 20)
    near, none = (borda(at, HiddenContextParams(noise=noise)) for noise in (1e-4, 0.0))
    np.testing.assert_allclose(near, none, atol=2e-4)


def test_turning_share_at_its_ends() -> None:
    assert turning_share(0) == pytest.approx(math.sqrt(2) - 1)
    assert turning_share(1 - 1e-9) == pytest.approx(1, abs=1e-6)
    assert turning_share(0, together=True) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match=r"edge must be in \[0, 1\), got 1"):
        turning_share(1)


def test_nobody_to_place_the_scores_is_refused() -> None:
    with pytest.raises(ValueError, match="wins"):
        bradley_terry(HiddenContextParams(share=1.0))


# Invariants -------------------------------------------------------------------------------------------------------


@given(worlds, st.floats(0, 1), st.floats(0, 1))
def test_one_wins_or_the_other(params: HiddenContextParams, option: float, other: float) -> None:
    there, back = float(win_chance(option, other, params)), float(win_chance(other, option, params))
    assert there + back == pytest.approx(1, abs=1e-12)
    assert 0 <= there <= 1


@settings(max_examples=30, deadline=None)
@given(worlds)
def test_win_rates_average_to_a_half_and_rise_on_either_side_of_the_edge(params: HiddenContextParams) -> None:
    below = params.edge * options_at(4000)
    above = params.edge + (1 - params.edge) * options_at(4000)
    rates = borda(below, params), borda(above, params)
    mean = params.edge * rates[0].mean() + (1 - params.edge) * rates[1].mean()
    assert mean == pytest.approx(0.5, abs=1e-6)
    assert all((np.diff(one) > -1e-12).all() for one in rates)


@given(worlds)
def test_win_rate_falls_at_the_edge_without_noise_and_never_more_with_it(params: HiddenContextParams) -> None:
    without = cliff(replace(params, noise=0.0))
    assert without > 0 or params.share > 1 - 1e-9
    assert abs(cliff(params)) <= without + 1e-12


@given(worlds, st.floats(0.01, 0.99))
def test_scale_of_the_sure_options_keeps_order_and_its_two_fixed_points(
    params: HiddenContextParams, rate: float
) -> None:
    before = float(borda(math.nextafter(params.edge, 0), params))
    assert float(sure_score(before, params)) == pytest.approx(params.edge, abs=1e-9)
    assert float(sure_score(borda(1e-300, params), params)) == pytest.approx(0, abs=1e-9)
    assert sure_score(rate, params) < sure_score(rate + 0.005, params)


# Mean and spread --------------------------------------------------------------------------------------------------


def test_mean_and_spread_find_a_normal_world_again() -> None:
    from scipy.special import ndtr

    mean, spread = np.array([0.0, 0.6, 1.0, 1.5, 2.1]), np.array([0.7, 1.6, 0.5, 1.0, 0.8])
    wins = ndtr((mean[:, None] - mean) / np.hypot(spread[:, None], spread))
    found, wide = mean_and_spread(wins, ridge=1e-9)
    scale = (found[-1] - found[0]) / 2.1
    np.testing.assert_allclose((found - found[0]) / scale, mean, atol=0.02)
    np.testing.assert_allclose(wide / scale, spread, rtol=0.03)


@pytest.mark.parametrize(
    ("wins", "message"),
    [([[0, -1], [1, 0]], "wins"), ([[0, 1, 1], [1, 0, 1]], "wins must have shape"), ([[0, 0], [0, 0]], "wins.sum")],
)
def test_bad_comparisons_are_refused_by_name(wins: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mean_and_spread(wins)


@pytest.mark.parametrize("option", [-0.1, 1.1, math.nan])
def test_options_outside_the_unit_interval_are_refused(option: float) -> None:
    with pytest.raises(ValueError, match="option must"):
        borda(option, HiddenContextParams())


# Simulation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        HiddenContextParams(), HiddenContextParams(together=True, share=0.3), HiddenContextParams(noise=0.5, edge=0.4),
        HiddenContextParams(asking=Asking.AMOUNTS, noise=0.1), HiddenContextParams(asking=Asking.CONTEXT),
        HiddenContextParams(asking=Asking.CONTEXT, noise=0.4, share=0.7),
        HiddenContextParams(asking=Asking.CONTEXT, noise=0.5, together=True),
    ],
    ids=lambda one: f"{one.asking.name}-{one.noise:g}-{one.share:g}-{one.together}",
)  # fmt: skip
def test_simulated_raters_agree_with_unlimited_ones(params: HiddenContextParams) -> None:
    exact = solve(params)
    away = []
    for seed in range(8):
        seen = simulate(replace(params, answers=100_000), default_rng(seed))
        away.append((seen.score - exact.score) / seen.score_error)
        assert (np.abs(seen.step - exact.step) <= 5 * seen.step_error + 1e-12).all()
    assert np.abs(away).max() < 5
    assert np.std(away) == pytest.approx(1, abs=0.2)


def test_a_gain_that_nobody_errs_about_is_underrated() -> None:
    params = HiddenContextParams(share=0.1, noise=0.1, asking=Asking.CONTEXT)
    assert simulate(params, default_rng(1)).score[-1] < 0.5 < solve(params).score[-1]
    assert "too few of them err" in HIDDEN_CONTEXT.read(share=0.1, noise=0.25, asking=Asking.CONTEXT)


# Words ------------------------------------------------------------------------------------------------------------


def test_readings_name_what_the_learner_picks() -> None:
    assert "from 90 % of comparisons just below the edge at 0.8 to 47.5 %" in HIDDEN_CONTEXT.read()
    assert "picks a sure 0.8 over a = 1" in HIDDEN_CONTEXT.read()
    assert "picks a = 1" in HIDDEN_CONTEXT.read(noise=1.0)
    assert "share one utility" in HIDDEN_CONTEXT.read(share=1.0)
    assert "never by how much" in HIDDEN_CONTEXT.read(asking=Asking.CONTEXT)


@settings(max_examples=20, deadline=None)
@given(worlds, st.sampled_from(Asking))
def test_every_setting_can_be_told(params: HiddenContextParams, asking: Asking) -> None:
    words = reading(simulate(replace(params, asking=asking, answers=2000), default_rng(0)))
    assert "nan" not in words
    assert "inf" not in words
