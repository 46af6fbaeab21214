"""Learning dynamics: closed forms against integration, descent against closed forms, laws of forecasting, and twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad, solve_ivp
from scipy.special import hyp2f1, logit

from sysalign_lib.interpretability.explorables.learning_dynamics import SAME_FUNCTION, STAIRCASE
from sysalign_lib.interpretability.learning_dynamics import (
    RATE,
    STRENGTHS,
    TWIN_STRENGTHS,
    ForecastParams,
    Match,
    TwinParams,
    clock,
    descend,
    descent_delay,
    grams,
    growing,
    growth_rate,
    half_time,
    learned,
    one_mode,
    partner,
    rise_time,
    shallow_loss,
    simulate,
    simulate_twins,
    solve,
    solve_twins,
    step,
)
from sysalign_lib.interpretability.views.learning_dynamics import reading, twin_reading

depths = st.integers(1, 4)
targets = st.floats(0.3, 5)
starts = st.floats(1e-5, 0.1)
times = st.floats(0, 8)
skews = st.floats(0, 3)


def integrated(time: float, target: float, start: float, depth: int, skew: float = 0.0) -> float:
    """The law, integrated by an adaptive method of high order."""

    def law(t: float, a: np.ndarray) -> np.ndarray:
        return growth_rate(a, depth, skew) * (target - a)

    return float(solve_ivp(law, (0, time), [start], method="DOP853", rtol=1e-10, atol=1e-13).y[0, -1])


# Closed forms ------------------------------------------------------------------------------------------------------


@given(times, targets, starts, depths)
@settings(max_examples=25, deadline=None)
def test_strengths_follow_their_law(time: float, target: float, start: float, depth: int) -> None:
    assert float(learned(time, target, start, depth)) == pytest.approx(integrated(time, target, start, depth), abs=1e-8)


@given(times, targets, starts, skews)
@settings(max_examples=25, deadline=None)
def test_unbalanced_strengths_follow_their_law(time: float, target: float, start: float, skew: float) -> None:
    ours = float(learned(time, target, start, 2, skew))
    assert ours == pytest.approx(integrated(time, target, start, 2, skew), abs=1e-8)


def test_two_layers_are_the_formula_of_the_source() -> None:
    s, t, a0 = np.array(STRENGTHS)[:, None], np.linspace(0, 8, 41), 1e-3
    grown = np.exp(2 * s * t)
    np.testing.assert_allclose(learned(t, s, a0), s * grown / (grown - 1 + s / a0), rtol=1e-12)


@given(times, times, targets, starts, depths, skews)
@settings(max_examples=25, deadline=None)
def test_two_stretches_of_time_are_one(early: float, late: float, s: float, a0: float, depth: int, skew: float) -> None:
    k = skew if depth == 2 else 0.0
    between = min(float(learned(early, s, a0, depth, k)), s * (1 - 1e-12))
    assert float(learned(late, s, between, depth, k)) == pytest.approx(
        float(learned(early + late, s, a0, depth, k)), abs=1e-9
    )


@given(targets, starts, depths, skews)
@settings(max_examples=25, deadline=None)
def test_half_is_learned_at_the_half_time(s: float, a0: float, depth: int, skew: float) -> None:
    k = skew if depth == 2 else 0.0
    assert float(learned(half_time(s, a0, depth, k), s, a0, depth, k)) == pytest.approx(s / 2, rel=1e-9)


def test_what_is_half_learned_at_once_takes_no_time() -> None:
    for depth in (1, 2, 3, 4):
        assert float(half_time(1.0, 0.7, depth)) == 0
        np.testing.assert_allclose(learned([0.0, 1e3], 1.0, 0.2, depth), [0.2, 1.0], rtol=1e-12)


@pytest.mark.parametrize("depth", [3, 4, 7])
def test_the_clock_is_the_hypergeometric_integral(depth: int) -> None:
    """``∫ du / (u^{N-1} (s - u^N))`` in u = a^{1/N}, here with s = 1."""

    def primitive(share: float) -> float:
        u = share ** (1 / depth)
        return -(u ** (2 - depth)) / (depth - 2) + u**2 / 2 * float(hyp2f1(1, 2 / depth, 1 + 2 / depth, share))

    shares = np.array([1e-5, 1e-3, 0.1, 0.5, 0.9, 0.999])
    ours = clock(logit(shares), depth) / depth
    np.testing.assert_allclose(np.diff(ours), np.diff([primitive(one) for one in shares]), rtol=1e-9)


def test_half_times_of_three_and_four_layers_are_elementary() -> None:
    def three(u: float, r: float) -> float:
        log = -math.log(r - u) + 0.5 * math.log(u * u + r * u + r * r)
        return -1 / u + (log - math.sqrt(3) * math.atan((2 * u + r) / (math.sqrt(3) * r))) / (3 * r)

    def four(u: float, root: float) -> float:
        return -1 / (2 * u * u) + math.atanh(u * u / root) / (2 * root)

    for s in STRENGTHS:
        ends, r = [(s / 2) ** (1 / 3), 0.1], s ** (1 / 3)
        assert float(half_time(s, 1e-3, 3)) == pytest.approx((three(ends[0], r) - three(ends[1], r)) / s, rel=1e-10)
        ends, r = [(s / 2) ** 0.25, 1e-3**0.25], math.sqrt(s)
        assert float(half_time(s, 1e-3, 4)) == pytest.approx((four(ends[0], r) - four(ends[1], r)) / s, rel=1e-10)


def test_the_clock_of_two_layers_is_the_log_odds_and_runs_on_beyond_its_table() -> None:
    np.testing.assert_allclose(clock([-30.0, 0.0, 5.5, 300.0], 2), [-30.0, 0.0, 5.5, 300.0], atol=1e-11)
    for depth in (3, 4):
        inside = quad(lambda y, p=1 - 2 / depth: (1 + math.exp(-y)) ** p, 0, 60)[0]
        assert float(clock(60.0, depth)) == pytest.approx(inside, rel=1e-9)


def test_deeper_networks_wait_longer_and_rise_faster() -> None:
    wait = [float(half_time(4.0, 1e-3, depth)) for depth in (1, 2, 3, 4)]
    rise = [float(rise_time(4.0, depth)) for depth in (1, 2, 3, 4)]
    assert wait == sorted(wait)
    assert rise == sorted(rise, reverse=True)
    assert rise[:2] == pytest.approx([math.log(9), math.log(9) / 4])
    for depth in (1, 2, 3, 4):
        ends = [integrated(t, 4.0, 0.4, depth) for t in (0.0, rise[depth - 1])]
        assert ends == pytest.approx([0.4, 3.6], rel=1e-8)


def test_the_plateau_grows_with_the_smallness_of_the_start_and_the_rise_does_not() -> None:
    """Two layers: with its logarithm. Three: with its cube root."""
    waits = [float(half_time(1.0, a0, 2)) for a0 in (1e-4, 1e-5, 1e-6)]
    assert np.diff(waits) == pytest.approx(math.log(10) / 2, rel=1e-3)
    waits = [float(half_time(1.0, a0, 3)) for a0 in (1e-6, 1e-9)]
    assert waits[1] / waits[0] == pytest.approx(10, rel=0.02)


# Whole matrices ----------------------------------------------------------------------------------------------------


def test_a_step_goes_down_the_gradient() -> None:
    rng = default_rng(3)
    layers, teacher = [rng.normal(size=shape) for shape in ((3, 2), (5, 3), (4, 5))], rng.normal(size=(4, 2))

    def loss(moved: list[np.ndarray]) -> float:
        return 0.5 * float(np.sum((teacher - moved[2] @ moved[1] @ moved[0]) ** 2))

    ours = [new - old for new, old in zip(step(layers, teacher, 1.0), layers, strict=True)]
    for at, (i, j) in ((0, (1, 1)), (1, (4, 0)), (2, (3, 2))):
        sides = []
        for sign in (1, -1):
            moved = [layer.copy() for layer in layers]
            moved[at][i, j] += sign * 1e-5
            sides.append(loss(moved))
        assert ours[at][i, j] == pytest.approx(-(sides[0] - sides[1]) / 2e-5, rel=1e-6)


def test_a_step_on_drawn_inputs_is_their_gradient() -> None:
    rng = default_rng(4)
    first, last, x = rng.normal(size=(3, 2)), rng.normal(size=(4, 3)), rng.normal(size=(2, 50))
    teacher = rng.normal(size=(4, 2))
    residual = (teacher - last @ first) @ x
    moved = step([first, last], teacher, 0.1, x @ x.T / 50)
    np.testing.assert_allclose(moved[0], first + 0.1 * last.T @ residual @ x.T / 50)
    np.testing.assert_allclose(moved[1], last + 0.1 * residual @ (first @ x).T / 50)


@pytest.mark.parametrize("rate", [0.01, 0.002])
def test_descent_is_late_by_what_the_first_order_says(rate: float) -> None:
    kept = np.arange(round(7 / rate))
    first, last = descend([math.sqrt(1e-3) * np.eye(4)] * 2, np.diag(STRENGTHS), kept, rate)
    strength = np.diagonal(last @ first, axis1=-2, axis2=-1)
    seen = [np.interp(s / 2, strength[:, mode], rate * kept) for mode, s in enumerate(STRENGTHS)]
    delay = descent_delay(STRENGTHS, 1e-3, rate)
    np.testing.assert_allclose(seen - half_time(STRENGTHS, 1e-3), delay, atol=3 * rate**2)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_networks_in_order_agree_with_the_closed_form(depth: int) -> None:
    """They are late by the pace times the delay, which shrinks with the step: bound it by 2.5 steps."""
    params = ForecastParams(depth=depth, start=0.01, disorder=0.0, horizon=4.0, networks=2)
    seen, exact = simulate(params, default_rng(1)), solve(params)
    s, a = np.array(STRENGTHS)[:, None], exact.net_strength[0]
    np.testing.assert_allclose(seen.net_time, exact.net_time, atol=1e-12)
    pace = np.maximum(growth_rate(a, depth), growth_rate(np.minimum(a + 0.1, s), depth)) * (s - a + 0.05)
    assert (np.abs(seen.net_strength - a) <= 2.5 * RATE * pace + 1e-9).all()


def test_disorder_moves_every_network_and_none_is_the_limit() -> None:
    order, disorder = (simulate(ForecastParams(disorder=one, horizon=4.0), default_rng(1)) for one in (0.0, 1.0))
    assert np.ptp(order.net_loss, axis=0).max() < 1e-9
    assert np.ptp(disorder.net_loss, axis=0).max() > 0.1


def test_balance_is_conserved_up_to_the_step() -> None:
    rng = default_rng(5)
    layers = [0.3 * rng.normal(size=(6, 4)), 0.3 * rng.normal(size=(4, 6))]
    drift = []
    for rate in (0.01, 0.005):
        first, last = descend(layers, np.diag(STRENGTHS), [0, round(3 / rate)], rate)
        balance = first @ first.swapaxes(-1, -2) - last.swapaxes(-1, -2) @ last
        drift.append(np.abs(balance[1] - balance[0]).max())
    assert drift[0] < 0.05
    assert drift[1] / drift[0] == pytest.approx(0.5, abs=0.1)


def test_a_single_mode_needs_no_alignment() -> None:
    """Whole vectors w and z against the closed form of their growing and shrinking parts, also from a negative strength."""
    rng = default_rng(6)
    for _ in range(5):
        w, z = 0.3 * rng.normal(size=(2, 7))
        a, k = (float(one) for one in growing(w, z))
        assert a == pytest.approx(float(w @ z), abs=1e-14)

        def law(t: float, x: np.ndarray) -> np.ndarray:
            missing = 2.0 - x[:7] @ x[7:]
            return np.concatenate([x[7:], x[:7]]) * missing

        path = solve_ivp(law, (0, 3), [*w, *z], method="DOP853", rtol=1e-11, atol=1e-13, t_eval=[0.3, 1.0, 3.0]).y
        np.testing.assert_allclose(
            learned([0.3, 1.0, 3.0], 2.0, a, 2, k), np.sum(path[:7] * path[7:], axis=0), atol=1e-8
        )


def test_function_and_grams_settle_the_future_of_any_two_layers() -> None:
    """The closed law of (W, A, B) against whole layers, from a random start."""
    rng = default_rng(7)
    teacher = rng.normal(size=(3, 2))
    layers = [rng.normal(size=(4, 2)), rng.normal(size=(3, 4))]

    def by_layers(t: float, x: np.ndarray) -> np.ndarray:
        now = [x[:8].reshape(4, 2), x[8:].reshape(3, 4)]
        return np.concatenate([(new - old).ravel() for new, old in zip(step(now, teacher, 1.0), now, strict=True)])

    def by_grams(t: float, x: np.ndarray) -> np.ndarray:
        w, a, b = x[:6].reshape(3, 2), x[6:15].reshape(3, 3), x[15:].reshape(2, 2)
        e = teacher - w
        return np.concatenate([(a @ e + e @ b).ravel(), (e @ w.T + w @ e.T).ravel(), (e.T @ w + w.T @ e).ravel()])

    a, b = grams(layers)
    start = np.concatenate([(layers[1] @ layers[0]).ravel(), a.ravel(), b.ravel()])
    tight = {"method": "DOP853", "rtol": 1e-10, "atol": 1e-12}
    whole = solve_ivp(by_layers, (0, 1.5), np.concatenate([one.ravel() for one in layers]), **tight).y[:, -1]
    closed = solve_ivp(by_grams, (0, 1.5), start, **tight).y[:6, -1]
    np.testing.assert_allclose(closed, (whole[8:].reshape(3, 4) @ whole[:8].reshape(4, 2)).ravel(), atol=1e-7)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_turned_hidden_units_learn_alike_and_stretched_ones_do_not(seed: int) -> None:
    rng = default_rng(seed)
    first, last = 0.3 * rng.normal(size=(5, 3)), 0.3 * rng.normal(size=(4, 5))
    turn, teacher = np.linalg.qr(rng.normal(size=(5, 5)))[0], rng.normal(size=(4, 3))
    kept = [0, 50, 300]
    plain, turned, stretched = (
        np.matmul(*descend([a, b], teacher, kept)[::-1])
        for a, b in ((first, last), (turn @ first, last @ turn.T), (3 * first, last / 3))
    )
    np.testing.assert_allclose(plain, turned, atol=1e-10)
    np.testing.assert_allclose(plain[0], stretched[0], atol=1e-12)
    assert np.abs(plain[1] - stretched[1]).max() > 1e-3


# Forecasts ---------------------------------------------------------------------------------------------------------


@given(depths, starts, st.floats(0, 6), st.floats(0, 4))
@settings(max_examples=25, deadline=None)
def test_the_rule_read_without_error_is_never_wrong(depth: int, start: float, snapshot: float, horizon: float) -> None:
    result = solve(ForecastParams(depth=depth, start=start, snapshot=snapshot, horizon=horizon))
    np.testing.assert_allclose(result.fan[-1], result.fan_truth, atol=1e-7)
    assert result.score[-1] < 1e-8
    assert (np.diff(result.loss) <= 1e-12).all()


def test_at_no_horizon_every_forecast_is_the_present() -> None:
    result = solve(ForecastParams(horizon=0.0))
    np.testing.assert_allclose(result.fan, result.now, rtol=1e-9)
    assert result.score[1:] == pytest.approx(0, abs=1e-12)
    assert result.score[0] > 0.1


@given(st.floats(0, 6), st.floats(0, 4), starts)
@settings(max_examples=25, deadline=None)
def test_one_layer_keeps_its_log_slope(snapshot: float, horizon: float, start: float) -> None:
    result = solve(ForecastParams(depth=1, start=start, snapshot=snapshot, horizon=horizon))
    # What is left is a difference of strengths, which carries their rounding of 1e-15 and less.
    assert result.fan[2, -1] == pytest.approx(result.truth, rel=1e-8, abs=1e-14)
    assert result.fan[1, -1] - 1e-14 <= result.truth <= result.now + 1e-14


@given(
    st.lists(st.tuples(st.floats(0.1, 3), st.floats(0.01, 5)), min_size=1, max_size=5), st.floats(0, 4), st.floats(0, 4)
)
@settings(max_examples=50, deadline=None)
def test_one_layer_stays_between_log_slope_and_present(modes: list[tuple[float, float]], t: float, h: float) -> None:
    missing, spread = np.array(modes).T
    now, then = shallow_loss([t, t + h], missing, spread)
    weight = 0.5 * spread * missing**2 * np.exp(-2 * spread * t)
    log_slope = now * math.exp(-2 * h * float(weight @ spread) / now)
    assert log_slope <= then * (1 + 1e-9)
    assert then <= now * (1 + 1e-12)


def test_two_layers_break_the_bracket_on_every_plateau_before_a_step() -> None:
    for half in half_time(STRENGTHS, 1e-3)[:3]:
        result = solve(ForecastParams(snapshot=float(half) - 0.35, horizon=0.5))
        assert result.truth < result.fan[2, -1]


def test_after_the_last_step_two_layers_keep_their_log_slope_as_well() -> None:
    result = solve(ForecastParams(start=0.1, snapshot=10.0, horizon=2.0))
    assert result.fan[2, -1] == pytest.approx(result.truth, rel=1e-3)
    assert result.fan[3, -1] == pytest.approx(result.truth, rel=1e-3)


@given(targets, starts, st.integers(2, 4), st.floats(0, 3), st.floats(0, 3))
@settings(max_examples=25, deadline=None)
def test_two_numbers_and_the_rule_tell_a_single_mode(s: float, a0: float, depth: int, t: float, h: float) -> None:
    a = float(learned(t, s, a0, depth))
    if s - a > 1e-4:
        now = (s - a) ** 2 / 2
        told = float(one_mode(now, -2 * float(growth_rate(a, depth)) * now, h, depth))
        assert told == pytest.approx((s - float(learned(t + h, s, a0, depth))) ** 2 / 2, rel=1e-5, abs=1e-9)


@given(targets, starts, st.floats(-2, 2), times)
@settings(max_examples=25, deadline=None)
def test_misread_odds_shift_two_layers_by_the_same_at_every_horizon(s: float, a0: float, d: float, t: float) -> None:
    odds = a0 / (s - a0) * math.exp(d)
    early = d / (2 * s)
    if t + early >= 0:
        told = learned(t, s, s * odds / (1 + odds))
        assert float(told) == pytest.approx(float(learned(t + early, s, a0)), rel=1e-9)


def test_a_misjudged_teacher_costs_log_odds_in_proportion_to_the_horizon() -> None:
    for horizon in (0.5, 1.0, 2.0):
        odds = [logit(float(learned(horizon, s, s * 1e-4)) / s) for s in (2.0, 2.2)]
        assert odds[1] - odds[0] == pytest.approx(2 * horizon * 0.2, rel=1e-9)


def test_a_misreading_shifts_deep_networks_by_more_the_longer_their_plateau() -> None:
    d = 1e-4
    for depth, s, a in ((3, 4.0, 1e-3), (3, 1.0, 1e-3), (4, 1.0, 1e-4)):
        shift = (clock(logit(a / s) + d, depth) - clock(logit(a / s), depth)) / (depth * s ** (2 - 2 / depth))
        assert float(shift) == pytest.approx(d / (depth * s ** (2 - 2 / depth) * (a / s) ** (1 - 2 / depth)), rel=2e-3)


def test_readers_without_error_of_networks_in_order_agree() -> None:
    params = ForecastParams(disorder=0.0, misreading=0.0, misjudging=0.0)
    result = simulate(params, default_rng(1))
    assert np.ptp(result.reading, axis=(0, 1)).max() < 1e-9
    assert result.score[5] == pytest.approx(result.score[6], abs=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_readers_of_disordered_networks_beat_every_static_view(seed: int) -> None:
    result = simulate(ForecastParams(networks=20), default_rng(seed))
    wrong = np.abs(result.net_forecast - result.net_truth[:, None]).mean(axis=0)
    read = np.abs(result.reading[..., -1] - result.net_truth[:, None]).mean()
    assert wrong[4] < 0.05 * wrong[:3].min()
    assert read < 0.1 * wrong[:3].min()


def test_the_slope_of_a_simulated_network_is_that_of_its_loss() -> None:
    """The tangent from disordered weights against networks a little later."""
    result = simulate(ForecastParams(disorder=1.0, snapshot=1.0, horizon=0.02), default_rng(3))
    now = result.net_loss[:, np.searchsorted(result.net_time, 1.0 - 1e-9)]
    fall = result.net_truth - now
    np.testing.assert_allclose(result.net_forecast[:, 1] - now, fall, rtol=0.1, atol=1e-3)


def test_dice_do_not_depend_on_snapshot_and_horizon() -> None:
    short, late = (simulate(ForecastParams(snapshot=t), default_rng(2)) for t in (0.5, 2.0))
    np.testing.assert_array_equal(short.net_loss[:, 0], late.net_loss[:, 0])


# Twins -------------------------------------------------------------------------------------------------------------


@given(st.floats(1, 10), starts)
@settings(max_examples=25, deadline=None)
def test_twins_have_function_loss_and_slope_in_common(stretch: float, start: float) -> None:
    result = solve_twins(TwinParams(stretch=stretch, start=start))
    assert result.slope[0] == pytest.approx(result.slope[1], rel=1e-12)
    assert result.loss[0, 0] == pytest.approx(result.loss[1, 0], rel=1e-12)
    np.testing.assert_allclose(result.strength[..., 0], start, rtol=1e-9)
    assert partner(stretch, start) >= stretch * (1 - 1e-12)


def test_the_partner_evens_out_the_slope_by_brute_force() -> None:
    factors = np.linspace(1, 30, 300_001)
    skew = 1e-3 * (factors**2 - factors**-2)
    extra = (growth_rate(1e-3, 2, skew) - 2e-3) * (2 - 1e-3) ** 2
    wanted = (float(growth_rate(1e-3, 2, 1e-3 * (36 - 1 / 36))) - 2e-3) * (3 - 1e-3) ** 2
    assert partner(6.0, 1e-3) == pytest.approx(float(factors[np.argmin(np.abs(extra - wanted))]), abs=2e-4)


def test_twins_learn_in_another_order() -> None:
    assert solve_twins(TwinParams()).first.tolist() == [0, 1]
    assert solve_twins(TwinParams(match=Match.FUNCTION)).first.tolist() == [0, 0]


def test_what_is_not_stretched_or_only_turned_stays_together() -> None:
    for params in (
        TwinParams(match=Match.GRAMS),
        TwinParams(stretch=1.0),
        TwinParams(match=Match.FUNCTION, stretch=1.0),
    ):
        assert solve_twins(params).gap < 1e-12
        drawn = simulate_twins(params, default_rng(1))
        assert np.abs(drawn.net_loss[0] - drawn.net_loss[1]).max() < 1e-10


@pytest.mark.parametrize("match", list(Match))
def test_twins_on_many_inputs_agree_with_the_closed_form(match: Match) -> None:
    """Late by at most 2 steps at the largest pace, and by the scatter of a million inputs."""
    params = TwinParams(match=match, batch=1_000_000, runs=4)
    seen, exact = simulate_twins(params, default_rng(1)), solve_twins(params)
    goals = np.array(TWIN_STRENGTHS)[:, None]
    skew = params.start * (exact.stretch**2 - exact.stretch**-2)[..., None]
    pace = np.max(growth_rate(np.linspace(0, 1, 201) * goals, 2, skew) * np.linspace(1, 0, 201) * goals)
    assert np.abs(seen.net_strength - exact.net_strength).max() < 2 * RATE * pace + 0.01
    assert seen.unlike.max() < 1e-15


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_drawn_inputs_scatter_the_losses_around_the_closed_form(seed: int) -> None:
    few, many = (simulate_twins(TwinParams(batch=batch), default_rng(seed)) for batch in (8, 800))
    exact = solve_twins(TwinParams())
    spread = [one.net_loss.std(axis=1).max() for one in (few, many)]
    assert 5 < spread[0] / spread[1] < 20
    assert np.abs(many.net_loss.mean(axis=1) - exact.net_loss[:, 0]).max() < 0.2


# Words and refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: learned(-1.0, 1.0, 0.1), "time must not be negative"),
        (lambda: learned(1.0, 1.0, 0.0), "start must be above 0"), (lambda: learned(1.0, 1.0, 1.0, 3), "start must be between"),
        (lambda: learned(1.0, 1.0, 0.1, 3, 0.5), "imbalance must be 0"),
        (lambda: learned(math.nan, 1.0, 0.1), "time must be finite"), (lambda: learned(1.0, 1.0, 0.1, 0), "depth must be in"),
        (lambda: half_time(1.0, 1.2), "start must be between"), (lambda: half_time(1.0, 0.1, 1, 0.1), "imbalance must be 0"),
        (lambda: clock(-50.0, 3), "log_odds must be at least"), (lambda: clock(0.0, 1), "depth must be in"),
        (lambda: growing([1.0], [1.0, 2.0]), "above must have the shape"), (lambda: partner(0.5, 0.1), "stretch must be in"),
        (lambda: partner(2.0, 2.0), "start must be in"),
        (lambda: descend([np.eye(2)], np.eye(2), []), "kept must be ascending"),
        (lambda: descend([np.eye(2)], np.eye(3), [0]), "teacher must be of the shape"),
        (lambda: grams([np.eye(2)]), "layers must be two"),
        (lambda: descend([np.eye(2), np.eye(3)], np.eye(3), [0]), "layers must fit"),
        (lambda: shallow_loss([-1.0], [1.0]), "time must lie"),
        (lambda: descend([np.eye(2)], np.eye(2), [3], 0.1, np.ones((1, 2, 2))), "covariances must last"),
        (lambda: descent_delay(1.0, 0.1, 0.1, 2.0), "strength must be between"),
        (lambda: ForecastParams(depth=5), "depth must be in"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_by_name(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


@given(depths, st.floats(1e-6, 0.1), st.floats(0, 10), st.floats(0, 10))
@settings(max_examples=25, deadline=None)
def test_every_staircase_can_be_told(depth: int, start: float, snapshot: float, horizon: float) -> None:
    text = reading(solve(ForecastParams(depth=depth, start=start, snapshot=snapshot, horizon=horizon)))
    assert "nan" not in text
    assert "by the rule from the weights" in text


def test_readings_at_the_edges() -> None:
    assert "7.78 by its slope, 8.08 by its log slope" in STAIRCASE.read()
    assert "With 1 layer the loss at time 0.5 is 3.91" in STAIRCASE.read(depth=1)
    assert "every forecast is off by less than 0.001: that it stays," in STAIRCASE.read(snapshot=9.0).lower()
    assert (
        "B has half learned the mode of strength 2 by time 1.14 and that of strength 3 by 1.33" in SAME_FUNCTION.read()
    )
    assert "their losses never differ" in SAME_FUNCTION.read(match=Match.GRAMS)
    assert "hidden units are turned" in SAME_FUNCTION.read(match=Match.GRAMS)
    assert "nothing is stretched" in SAME_FUNCTION.read(stretch=1.0)
    assert "falling by 0.026 and 0.468" in SAME_FUNCTION.read(match=Match.FUNCTION)
    assert "simulated" not in twin_reading(solve_twins(TwinParams()))
