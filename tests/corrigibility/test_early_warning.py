"""Early warnings: indicators against brute force, slowing down against its exact law, and ranks that are calibrated."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.random import default_rng
from scipy.integrate import quad, trapezoid
from scipy.stats import kendalltau, mannwhitneyu

from sysalign_lib.corrigibility.early_warning import (
    FALSE_ALARM,
    LEADS,
    EarlyWarningParams,
    JumpParams,
    Null,
    SlowingParams,
    detrend,
    fold_rate,
    kendall_trend,
    noisy_levels,
    return_rate,
    roc,
    roc_area,
    rolling_autocorrelation,
    rolling_variance,
    simulate,
    simulate_jump,
    simulate_slowing,
    slowest_force,
    solve_slowing,
    stable_level,
)
from sysalign_lib.corrigibility.explorables.early_warning import EARLY_WARNING
from sysalign_lib.corrigibility.fold import cusp, drift, equilibria, folds, force_at, slope
from sysalign_lib.corrigibility.views.early_warning import reading

WORLD = {"rate": 1.0, "ceiling": 10.0, "half": 1.0}
series_of = st.integers(12, 60).flatmap(
    lambda n: arrays(float, n, elements=st.floats(-5, 5).map(lambda x: round(x, 3)))
)


# Closed forms -----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(ceiling=st.floats(2.0, 15.0), force=st.floats(0.05, 6.0))
def test_the_return_rate_is_minus_the_slope_of_the_drift(ceiling, force):
    for level in equilibria(force, rate=1.0, ceiling=ceiling, half=1.0).tolist():
        assert return_rate(level, ceiling) == pytest.approx(
            -slope(level, force, rate=1.0, ceiling=ceiling, half=1.0), abs=1e-9
        )


@settings(deadline=None)
@given(ceiling=st.floats(2.0, 15.0), force=st.floats(0.0, 1.4))
def test_the_stable_level_is_the_highest_equilibrium(ceiling, force):
    found = stable_level(np.array([force]), ceiling)[0]
    assert found == pytest.approx(equilibria(force, rate=1.0, ceiling=ceiling, half=1.0)[-1], rel=1e-9)


def test_the_return_rate_obeys_the_square_root_law_near_the_fold():
    at = float(folds(**WORLD)[1, 1])
    gaps = [
        return_rate(stable_level(np.array([at - distance])))[0] / fold_rate(distance) - 1 for distance in (1e-4, 1e-6)
    ]
    assert abs(gaps[1]) < 2e-4
    assert gaps[0] / gaps[1] == pytest.approx(10.0, rel=0.05)  # the next order is the distance's root


@settings(deadline=None)
@given(ceiling=st.floats(3.0, 5.19))
def test_no_force_slows_a_world_below_the_cusp_more_than_the_slowest_one(ceiling):
    levels = np.linspace(0.05, ceiling, 4001)
    rates = return_rate(levels, ceiling)
    assert rates.min() > 0
    slowest = float(force_at(levels, rate=1.0, ceiling=ceiling, half=1.0)[rates.argmin()])
    assert slowest_force(ceiling) == pytest.approx(slowest, abs=2e-3)


def test_at_the_cusp_the_slowest_return_stops():
    level = stable_level(np.array([slowest_force(cusp(1.0) - 1e-9)]), cusp(1.0) - 1e-9)
    assert return_rate(level, cusp(1.0) - 1e-9)[0] == pytest.approx(0.0, abs=1e-5)


# Indicators -------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(series=series_of, share=st.floats(0.3, 1.0))
def test_rolling_variance_is_the_variance_of_each_window(series, share):
    window = max(3, int(share * len(series)))
    windows = np.lib.stride_tricks.sliding_window_view(series, window)
    assert rolling_variance(series, window) == pytest.approx(windows.var(axis=1, ddof=1), abs=1e-10)


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0.3, 1.0), lag=st.integers(1, 3), slant=st.floats(-1, 1))
def test_rolling_autocorrelation_is_the_correlation_in_each_window(seed, share, lag, slant):
    series = default_rng(seed).standard_normal(40) + slant * np.arange(40)
    window = max(lag + 3, int(share * 40))
    exact = [np.corrcoef(w[:-lag], w[lag:])[0, 1] for w in np.lib.stride_tricks.sliding_window_view(series, window)]
    assert rolling_autocorrelation(series, window, lag) == pytest.approx(np.array(exact), abs=1e-8)


def test_indicators_work_on_many_series_at_once():
    many = default_rng(0).standard_normal((2, 3, 50))
    for indicator in (rolling_variance, rolling_autocorrelation):
        assert indicator(many, 20).shape == (2, 3, 31)
        assert indicator(many, 20)[1, 2] == pytest.approx(indicator(many[1, 2], 20))


def test_a_constant_window_has_no_variance_and_no_correlation():
    assert rolling_variance(np.zeros(10), 5).tolist() == [0.0] * 6
    assert np.isnan(rolling_autocorrelation(np.zeros(10), 5)).all()


@pytest.mark.parametrize(("indicator", "window"), [(rolling_variance, 1), (rolling_variance, 11)])
def test_a_window_that_does_not_fit_is_refused(indicator, window):
    with pytest.raises(ValueError, match="window must be in"):
        indicator(np.zeros(10), window)
    with pytest.raises(ValueError, match="window must be in"):
        rolling_autocorrelation(np.zeros(10), min(window, 2))


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), length=st.integers(2, 60), bandwidth=st.floats(0.2, 30.0))
def test_detrending_takes_out_the_kernel_average(seed, length, bandwidth):
    series = default_rng(seed).standard_normal((2, length))
    apart = np.subtract.outer(np.arange(length), np.arange(length))
    kernel = np.exp(-0.5 * (apart / bandwidth) ** 2) * (np.abs(apart) <= math.ceil(4 * bandwidth))
    assert detrend(series, bandwidth) == pytest.approx(series - series @ kernel / kernel.sum(axis=0), abs=1e-10)


def test_detrending_leaves_nothing_of_a_constant_and_of_the_middle_of_a_line():
    line = np.arange(200.0)
    assert np.abs(detrend(np.full(200, 3.0), 5.0)).max() < 1e-12
    assert np.abs(detrend(line, 5.0)[20:180]).max() < 1e-9


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), length=st.integers(2, 40))
def test_the_trend_is_kendalls_tau(seed, length):
    series = default_rng(seed).standard_normal(length)
    assert kendall_trend(series) == pytest.approx(kendalltau(np.arange(length), series).statistic)
    assert kendall_trend(np.sort(series)) == 1.0
    assert kendall_trend(-series) == pytest.approx(-kendall_trend(series))


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), cases=st.integers(2, 30), controls=st.integers(2, 30), ties=st.booleans())
def test_the_area_is_the_mann_whitney_statistic_and_the_area_under_the_curve(seed, cases, controls, ties):
    rng = default_rng(seed)
    case, control = rng.standard_normal(cases) + 0.5, rng.standard_normal(controls)
    if ties:
        case, control = case.round(), control.round()
    area, error = roc_area(case, control)
    assert area == pytest.approx(mannwhitneyu(case, control).statistic / (cases * controls))
    assert roc_area(control, case) == pytest.approx((1 - area, error))
    fine = np.linspace(0, 1, 20001)
    assert trapezoid(roc(case, control, fine), fine) == pytest.approx(area, abs=2e-4 * controls)
    curve = roc(case, control, FALSE_ALARM)
    assert (np.diff(curve) >= -1e-12).all()
    assert curve[-1] == 1.0


def test_the_error_of_the_area_is_the_spread_between_samples():
    """Two normal laws one apart: the area is Phi(1/sqrt 2), and 400 samples tell the spread to 1/sqrt(800)."""
    rng = default_rng(4)
    found = np.array([roc_area(rng.standard_normal(60) + 1, rng.standard_normal(80)) for _ in range(400)])
    exact = 0.5 * (1 + math.erf(0.5))
    assert found[:, 0].mean() == pytest.approx(exact, abs=4.5 * found[:, 0].std() / 20)
    assert found[:, 0].std() == pytest.approx(math.sqrt((found[:, 1] ** 2).mean()), rel=4.5 / math.sqrt(800))


# Paths ------------------------------------------------------------------------------------------------------------


def test_paths_are_euler_steps_of_the_harvest_model():
    rng = default_rng(1)
    start, forces = rng.uniform(1, 9, (2, 5)), rng.uniform(0, 3, (30, 2, 1))
    ceilings, shocks = np.array([[10.0], [5.0]]), 0.1 * rng.standard_normal((30, 2, 5))
    level, found = start, noisy_levels(start, forces, shocks, ceiling=ceilings, step=0.2)
    for n in range(30):
        force, ceiling = np.broadcast_to(forces[n], (2, 5)), np.broadcast_to(ceilings, (2, 5))
        level = np.maximum(level + 0.2 * drift(level, force, rate=1.0, ceiling=ceiling, half=1.0) + shocks[n], 0)
        assert found[n + 1] == pytest.approx(level, rel=1e-12)
    assert (noisy_levels(start, forces, shocks, ceiling=ceilings, step=0.2, every=10) == found[::10]).all()


def test_without_noise_an_equilibrium_is_kept_and_nothing_falls_below_zero():
    start = equilibria(2.0, **WORLD)
    still = noisy_levels(start, np.full((50, 1), 2.0), np.zeros((50, 3)), step=0.2)
    assert still == pytest.approx(np.tile(start, (51, 1)), rel=1e-9)
    pushed = noisy_levels(start, np.full((5, 1), 2.0), np.full((5, 3), -20.0), step=0.2)
    assert pushed.min() == 0.0


# Slowing down -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("force", [1.0, 2.3, 2.5])
def test_simulated_slowing_down_agrees_with_the_linear_response(force):
    """Over 30 seeds the misses, in the standard errors that the model itself gives, look standard normal."""
    params = SlowingParams(force=force, noise=0.01, step=0.02, duration=50.0, paths=40)
    exact, found = solve_slowing(params), [simulate_slowing(params, default_rng(seed)) for seed in range(30)]
    for name in ("variance", "autocorrelation"):
        errors = np.array([getattr(one, f"{name}_error") for one in found])
        misses = (np.array([getattr(one, name) for one in found]) - getattr(exact, name)) / errors
        assert abs(misses.mean()) < 4.5 / math.sqrt(30) + 0.3  # the step of 0.02 and a pooled mean move it by less
        assert (misses**2).mean() == pytest.approx(1.0, abs=4.5 * math.sqrt(2 / 30))


def test_the_linear_variance_is_that_of_the_full_well_for_small_noise():
    """Second way: the stationary density exp(-2 V / s^2) on the upper side of the tipping level, by quadrature."""
    exact, force = solve_slowing(SlowingParams(noise=0.02)), 2.5
    tipping = float(equilibria(force, **WORLD)[1])

    def weight(level: float) -> float:
        potential = -quad(lambda x: drift(x, force, **WORLD), exact.level, level)[0]
        return math.exp(-2 * potential / 0.02**2)

    levels = np.linspace(max(tipping, exact.level - 0.4), exact.level + 0.4, 801)
    weights = np.array([weight(level) for level in levels.tolist()])
    mean = (weights * levels).sum() / weights.sum()
    assert (weights * (levels - mean) ** 2).sum() / weights.sum() == pytest.approx(exact.variance, rel=0.02)


def test_forgetting_stops_at_the_fold():
    slow = solve_slowing(SlowingParams(force=2.6))
    assert slow.autocorrelation > 0.96
    assert slow.variance > 20 * solve_slowing(SlowingParams(force=1.0)).variance


# Two worlds -------------------------------------------------------------------------------------------------------


def test_the_same_dice_fall_whatever_the_window_the_noise_or_the_other_world():
    plain = simulate(EarlyWarningParams(), default_rng(2))
    other = simulate(EarlyWarningParams(null=Null.SLOWING), default_rng(2))
    assert (plain.trend[:, 0] == other.trend[:, 0]).all()
    assert (plain.example[0] == other.example[0]).all()
    assert (plain.example == simulate(EarlyWarningParams(window=0.25), default_rng(2)).example).all()
    quiet, quieter = (simulate(EarlyWarningParams(noise=noise), default_rng(2)).example[0] for noise in (0.02, 0.01))
    expected = stable_level(plain.force[0])
    tracking = expected[0] + (quiet - quieter)[0] / 0.01 * 0.02
    assert quiet[0] == pytest.approx(tracking, rel=1e-9)


def test_between_two_worlds_alike_the_area_errs_as_its_error_says():
    """Both groups at rest: the area's distance from one half, in its standard errors, has mean square one."""
    params = EarlyWarningParams(null=Null.REST, speed=0.05, paths=60)
    rest = [simulate(params, default_rng(seed)).trend[:, 1] for seed in range(80)]
    misses = []
    for first, second in zip(rest[::2], rest[1::2], strict=True):
        area, error = roc_area(first[0], second[0])
        misses.append((area - 0.5) / error)
    assert abs(np.mean(misses)) < 4.5 / math.sqrt(40)
    assert np.mean(np.square(misses)) == pytest.approx(1.0, abs=4.5 * math.sqrt(2 / 40))


@pytest.mark.parametrize("null", list(Null))
def test_both_worlds_are_read_equally_often_and_end_where_they_should(null):
    result = simulate(EarlyWarningParams(null=null, paths=10), default_rng(0))
    assert result.force[0, [0, -1]].tolist() == [1.0, 2.5]
    end = {Null.REST: 1.0, Null.RAMP: 2.5, Null.SLOWING: slowest_force(5.0)}[null]
    assert result.force[1, -1] == pytest.approx(end)
    assert result.force.shape == (2, 76)
    assert result.readings == 76
    assert result.window_readings == 38
    assert result.window_end[-1] == 75
    assert result.window_force[-1] == 2.5


def test_a_slow_ramp_follows_the_closed_form_and_a_slower_one_warns_better():
    slow, fast = (simulate(EarlyWarningParams(speed=v, null=Null.REST), default_rng(5)) for v in (0.002, 0.05))
    assert slow.area[0] - 4 * slow.area_error[0] > fast.area[0] + 4 * fast.area_error[0]
    gap = np.abs(slow.autocorrelation[:, 1] - slow.expected).max()
    # detrending and the mean of a window take about (1 + 3 rho) / (readings in it) off an autocorrelation, a few times over
    assert gap < 4 * (1 + 3 * slow.expected.max()) / slow.window_readings + 0.05


def test_a_path_that_has_fallen_ranks_last():
    result = simulate(EarlyWarningParams(noise=0.8, speed=0.005), default_rng(3))
    assert 0.2 < result.fallen_share < 0.9
    assert (result.trend[:, 0, result.fallen] == -1.0).all()
    assert (result.detected[:, :30] <= 1 - result.fallen_share + 1e-12).all()
    assert "had fallen before the reading" in reading(result)


@settings(max_examples=25, deadline=None)
@given(
    speed=st.floats(0.01, 0.3), noise=st.floats(0.01, 0.8), window=st.floats(0.1, 0.9), stop=st.floats(1.8, 2.6),
    null=st.sampled_from(list(Null)), null_ceiling=st.floats(3.0, 5.19), seed=st.integers(0, 10**6),
)  # fmt: skip
def test_any_setting_in_range_gives_finite_indicators_and_words(speed, noise, window, stop, null, null_ceiling, seed):
    params = EarlyWarningParams(
        speed=speed, noise=noise, window=window, stop=stop, null=null, null_ceiling=null_ceiling, paths=10
    )
    result = simulate(params, default_rng(seed))
    for values in (
        result.variance,
        result.autocorrelation,
        result.expected,
        result.trend,
        result.detected,
        result.area,
    ):
        assert np.isfinite(values).all()
    assert (np.abs(result.autocorrelation) <= 1 + 1e-6).all()
    assert (result.variance >= -1e-12).all()
    assert ((result.area >= 0) & (result.area <= 1)).all()
    assert reading(result)


def test_the_words_name_the_area_and_compare_it_with_a_coin():
    for null in Null:
        for speed in EARLY_WARNING.choices["speed"]:
            result = EARLY_WARNING.result(null=null, speed=speed)
            words, area, spread = reading(result), result.area[0], 2 * result.area_error[0]
            assert f"{area:.0%} ± {spread:.0%}" in words
            assert ("no better" in words) == (abs(area - 0.5) <= spread)
            assert ("worse than" in words) == (area < 0.5 - spread)


# Falls by noise ---------------------------------------------------------------------------------------------------


def test_records_end_before_a_fall_and_never_at_one():
    result = simulate_jump(JumpParams(), default_rng(6))
    assert (np.diff(result.records) <= 0).all()
    assert result.records[0] <= result.fell * result.params.paths
    assert result.area.shape == (2, len(LEADS))
    assert (result.area[:, 0] > result.area[:, -2]).all()


def test_where_nothing_falls_the_area_is_a_coins():
    result = simulate_jump(JumpParams(noise=0.05, paths=20), default_rng(7))
    assert result.fell == 0.0
    assert (result.area == 0.5).all()
    assert (result.area_error == 0.5).all()


def test_stronger_noise_brings_more_falls():
    shares = [simulate_jump(replace(JumpParams(), noise=s, paths=200), default_rng(8)).fell for s in (0.4, 0.6, 0.8)]
    assert shares[0] < shares[1] < shares[2]
