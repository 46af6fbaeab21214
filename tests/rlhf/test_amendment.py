"""The constitution that shapes those who amend it: moments, ends, the map, and where each side of it is right."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import brentq

from sysalign_lib.page.style import draw
from sysalign_lib.rlhf.amendment import (
    AmendmentParams,
    boundary,
    capture,
    costs,
    followed_share,
    runaway_speed,
    runaway_tracking,
    settled,
    simulate,
    solve,
    transition,
)
from sysalign_lib.rlhf.explorables.amendment import AMENDMENT
from sysalign_lib.rlhf.views.amendment import course_view, map_view, reading

shares = st.floats(0.01, 1)
worlds = st.builds(
    AmendmentParams,
    drift=st.floats(0, 3),
    influence=st.floats(0, 1),
    bias=st.floats(-2, 2),
    gain=shares,
    anchor=st.sampled_from([0.0, 0.1, 0.6]),
    audit=st.sampled_from([0.0, 0.5]),
    pull=st.floats(0.01, 0.5),
    noise=st.floats(0, 3),
    start=st.floats(-2, 2),
    weight=st.floats(0, 3),
    steps=st.integers(1, 25),
)


def by_recursion(params: AmendmentParams) -> tuple[float, float]:
    """Tracking and shift under the adapting rule from means and covariances carried along, written out once more."""
    a, kappa, eta, rho = params.gain, params.influence, params.pull, params.anchor
    bias = (1 - params.audit) * params.bias
    matrix = np.array(
        [
            [1 - eta - kappa, kappa, 0],
            [(1 - rho) * a * (1 - eta - kappa), (1 - rho) * (1 - a + a * kappa), 0],
            [0, 0, 1 - eta],
        ]
    )
    moves, slips = np.array([1, (1 - rho) * a, 1]), np.array([0, (1 - rho) * a, 0])
    constant = np.array([0, (1 - rho) * a * bias + rho * params.start, 0])
    mean, spread = np.array([0, params.start, 0.0]), np.zeros((3, 3))
    tracking = shift = 0.0
    for _ in range(params.steps):
        mean = matrix @ mean + constant
        spread = (
            matrix @ spread @ matrix.T + params.drift * np.outer(moves, moves) + params.noise * np.outer(slips, slips)
        )
        tracking += spread[0, 0] + spread[1, 1] - 2 * spread[0, 1] + (mean[1] - mean[0]) ** 2
        shift += spread[0, 0] + spread[2, 2] - 2 * spread[0, 2] + (mean[0] - mean[2]) ** 2
    return tracking / params.steps, shift / params.steps


# Exact -------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_costs_are_those_of_means_and_covariances_carried_along(params: AmendmentParams) -> None:
    result = solve(params)
    assert (result.tracking[1], result.shift[1]) == pytest.approx(by_recursion(params), rel=1e-9, abs=1e-10)
    fixed = by_recursion(replace(params, gain=0.0, anchor=0.0))
    assert (result.tracking[0], result.shift[0]) == pytest.approx(fixed, rel=1e-9, abs=1e-10)


@settings(max_examples=25, deadline=None)
@given(worlds)
def test_settled_state_is_where_a_long_horizon_leads(params: AmendmentParams) -> None:
    rest = settled(params)
    factor = max(abs(np.linalg.eigvals(transition(params))))
    long = solve(replace(params, steps=1500))
    left = factor**1500
    if left < 1e-9:
        assert long.value_mean[1, -1] == pytest.approx(rest.value, abs=1e-6)
        assert long.rule_mean[1, -1] == pytest.approx(rest.rule, abs=1e-6)
        assert long.value_spread[1, -1] ** 2 == pytest.approx(rest.variance, abs=1e-6, rel=1e-6)
    assert rest.value == pytest.approx(long.end, abs=1e-8)


def test_settled_costs_are_what_the_steps_cost_in_the_end() -> None:
    params = AmendmentParams(bias=0.7, anchor=0.05, steps=2000)
    rest, half, whole = settled(params), solve(replace(params, steps=1000)), solve(params)
    assert 2 * whole.tracking[1] - half.tracking[1] == pytest.approx(rest.tracking, rel=1e-6)
    assert 2 * whole.shift[1] - half.shift[1] == pytest.approx(rest.shift, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.floats(0.05, 0.5), st.floats(0.01, 3))
def test_fixed_rule_in_closed_form(influence: float, pull: float, drift: float) -> None:
    """Three geometric series: values keep s, the ghost keeps u of yesterday."""
    result = solve(AmendmentParams(influence=influence, pull=pull, drift=drift, steps=800))
    s, u = 1 - pull - influence, 1 - pull
    variance = drift / (1 - s * s)
    assert result.value_spread[0, -1] ** 2 == pytest.approx(variance, rel=1e-6)
    moved = variance + drift / (1 - u * u) - 2 * drift / (1 - s * u)
    late = 2 * result.shift[0] - solve(replace(result.params, steps=400)).shift[0]
    assert late == pytest.approx(moved, rel=1e-6, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_jury_conditions_are_the_eigenvalues(gain: float, influence: float, pull: float) -> None:
    """Stable just where gain and pull are above 0; the determinant and the trace are those of the text."""
    matrix = transition(AmendmentParams(gain=gain, influence=influence, pull=pull))[:2, :2]
    trace = 2 - pull - influence - gain + gain * influence
    determinant = (1 - pull - influence) * (1 - gain)
    assert np.trace(matrix) == pytest.approx(trace, abs=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(determinant, abs=1e-12)
    assert 1 - trace + determinant == pytest.approx(gain * pull, abs=1e-12)
    assert 1 + trace + determinant > -1e-12
    largest = max(abs(np.linalg.eigvals(matrix)))
    assert largest <= 1 + 1e-7
    if gain * pull > 1e-6:
        assert largest < 1


# Ends --------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_end_is_the_fixed_point_of_the_mean(params: AmendmentParams) -> None:
    rest = settled(params)
    share = followed_share(params.gain, params.anchor)
    bias = (1 - params.audit) * params.bias
    assert rest.rule == pytest.approx(share * (rest.value + bias) + (1 - share) * params.start, abs=1e-9)
    assert rest.value * params.pull == pytest.approx(params.influence * (rest.rule - rest.value), abs=1e-9)


def test_ends_of_the_end() -> None:
    assert capture(0.1, 1.0, 0.02) == pytest.approx(5)
    assert capture(0.1, 7.0, 0.02, share=0.0, start=1.0) == pytest.approx(0.1 / 0.12)
    assert capture(0.0, 1.0, 0.0) == 0
    assert capture(0.1, 1.0, 0.0) == math.inf
    assert capture(0.1, -1.0, 0.0) == -math.inf
    assert capture(0.1, 1.0, 0.0, share=0.5) == pytest.approx(1)
    assert followed_share(0.0, 0.0) == 0
    assert followed_share(0.3, 0.0) == 1
    assert followed_share(1.0, 1.0) == 0
    assert followed_share(1.0, 0.25) == pytest.approx(0.75)


def test_the_gain_does_not_move_the_end_and_the_anchor_bounds_it() -> None:
    ends = [solve(AmendmentParams(bias=1.0, gain=gain)).end for gain in (0.01, 0.1, 1.0)]
    assert ends == pytest.approx([5, 5, 5])
    anchored = [capture(influence, 1.0, 0.02, share=0.5) for influence in (0.1, 0.5, 1.0)]
    assert max(anchored) < 1
    assert capture(1.0, 1.0, 0.02) == pytest.approx(50)


# The lemma ---------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.floats(0.05, 0.95), st.floats(0, 1), st.floats(0, 2), st.floats(0, 2), st.floats(-2, 2))
def test_lemma_without_a_pull_home(gain: float, influence: float, drift: float, noise: float, bias: float) -> None:
    """The moments carried along for 800 steps, and the speed at which the mean then moves."""
    params = AmendmentParams(gain=gain, influence=influence, drift=drift, noise=noise, bias=bias, pull=0.0, steps=800)
    long, half = solve(params), solve(replace(params, steps=400))
    late = 2 * long.tracking[1] - half.tracking[1]
    assert late == pytest.approx(runaway_tracking(drift, noise, gain, influence, bias), rel=1e-6, abs=1e-9)
    moved = (long.drag - half.drag) / 400
    assert moved == pytest.approx(runaway_speed(gain, influence, bias), rel=1e-6, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.95), st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.1, 2))
def test_lemma_the_match_gets_better_as_the_drag_gets_faster(
    gain: float, drift: float, noise: float, bias: float
) -> None:
    influences = np.linspace(0, 1, 11).tolist()
    assert (np.diff([runaway_tracking(drift, noise, gain, one, bias) for one in influences]) < 0).all()
    assert (np.diff([runaway_speed(gain, one, bias) for one in influences]) > 0).all()


# The map -----------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(worlds)
def test_on_the_boundary_both_rules_cost_the_same_and_above_it_adapting_is_cheaper(params: AmendmentParams) -> None:
    edge = float(boundary(params, np.array([params.influence]))[0])
    if 1e-6 < edge < 1e6:
        at, above, below = (solve(replace(params, drift=min(edge * by, 100.0))) for by in (1.0, 1.5, 0.5))
        if edge < 60:
            assert at.saved == pytest.approx(0, abs=1e-9 * at.cost[0])
            assert above.saved > 0 > below.saved


def test_boundary_is_the_root_that_a_solver_finds_in_the_carried_moments() -> None:
    for influence, bias, anchor in ((0.1, 0.0, 0.0), (0.1, 1.0, 0.0), (0.2, 0.5, 0.1)):
        world = AmendmentParams(influence=influence, bias=bias, anchor=anchor)

        def gap(drift: float, world=world) -> float:
            one = replace(world, drift=drift)
            return sum(by_recursion(one)) - sum(by_recursion(replace(one, gain=0.0, anchor=0.0)))

        assert boundary(world, np.array([influence]))[0] == pytest.approx(brentq(gap, 1e-4, 10), rel=1e-8)


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_following_drift_alone_always_saves(params: AmendmentParams) -> None:
    """So that the drift of equal cost is one number, and above it adapting is the cheaper rule."""
    quiet = replace(params, drift=1.0, noise=0.0, bias=0.0, start=0.0)
    assert solve(quiet).saved > 0


def test_map_of_a_result_is_the_boundary_and_costs_the_readers_point() -> None:
    result = solve(AmendmentParams(bias=0.5))
    np.testing.assert_allclose(result.map_drift, boundary(result.params, result.map_influence), rtol=1e-12)
    tracking, shift = costs(result.params, np.array([0.1, 0.0]))
    np.testing.assert_allclose(tracking[:, 0], result.tracking, rtol=1e-12)
    np.testing.assert_allclose(shift[:, 0], result.shift, rtol=1e-12)
    assert shift[:, 1] == pytest.approx([0, 0], abs=1e-25)


@pytest.mark.parametrize("bias", [0.5, 1.0, 10.0])
def test_a_low_enough_gain_beats_the_fixed_rule_whatever_the_bias(bias: float) -> None:
    world = AmendmentParams(bias=bias)
    edges = [float(boundary(replace(world, gain=gain), np.array([0.1]))[0]) for gain in (1e-2, 1e-3, 1e-4, 1e-5)]
    assert edges == sorted(edges, reverse=True)
    assert edges[-1] / edges[-2] == pytest.approx(0.1, rel=0.01)  # it falls in proportion
    assert solve(replace(world, gain=1e-5)).saved > 0


def test_in_the_table_of_influences_the_match_improves_as_people_are_moved() -> None:
    rows = [settled(AmendmentParams(drift=0.01, influence=influence)) for influence in np.linspace(0, 1, 21)]
    assert (np.diff([row.tracking for row in rows]) < 0).all()
    assert (np.diff([row.shift for row in rows]) > 0).all()


def test_weight_decides_what_counts() -> None:
    """Counting tracking alone, adapting looks right where counting people's shift too it is wrong."""
    world = AmendmentParams(bias=0.5)
    assert solve(replace(world, weight=0.0)).saved > 0 > solve(world).saved


# Limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("same", [{"gain": 0.0}, {"anchor": 1.0}])
def test_a_rule_that_never_follows_is_the_fixed_one(same: dict[str, float]) -> None:
    result = simulate(AmendmentParams(bias=1.0, start=0.5, **same), default_rng(1))
    np.testing.assert_allclose(result.cost[0], result.cost[1], rtol=1e-12)
    np.testing.assert_allclose(result.seen_value[0], result.seen_value[1], rtol=1e-12)
    assert result.one_rule
    assert "one here" in reading(result)


def test_no_influence_moves_nobody_and_a_full_audit_is_no_bias() -> None:
    seen = simulate(AmendmentParams(influence=0.0, bias=1.0), default_rng(1))
    assert seen.seen_shift.max() < 1e-25
    one, other = solve(AmendmentParams(bias=1.0, audit=1.0)), solve(AmendmentParams())
    np.testing.assert_allclose(one.cost, other.cost, rtol=1e-12)


def test_one_step_by_hand() -> None:
    """theta' = w, m' = m0 + a (w + b + v - m0) where everybody starts at home and the text at m0 = 0."""
    result = solve(AmendmentParams(steps=1, gain=0.25, bias=2.0, drift=0.5, noise=3.0))
    assert result.tracking == pytest.approx([0.5, 0.75**2 * 0.5 + 0.25**2 * 3.0 + 0.25])
    assert result.shift == pytest.approx([0, 0], abs=1e-30)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: settled(AmendmentParams(pull=0.0)), "pull must be"),
        (lambda: settled(AmendmentParams(gain=0.0)), "gain must be"),
        (lambda: boundary(AmendmentParams(), [2.0]), "influence must lie in"),
        (lambda: costs(AmendmentParams(), [math.nan]), "influence must be finite"),
        (lambda: capture(2.0, 1.0, 0.1), "influence must be"),
        (lambda: runaway_speed(0.0, 0.1, 1.0), "gain must be"),
        (lambda: followed_share(-1.0, 0.1), "gain must be"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_an_anchor_alone_settles_too() -> None:
    rest = settled(AmendmentParams(gain=0.0, anchor=0.2, start=1.0))
    assert rest.rule == pytest.approx(1)
    assert rest.value == pytest.approx(0.1 / 0.12)


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("more", [{}, {"bias": 1.0}, {"bias": -0.5, "anchor": 0.1, "audit": 0.3, "start": 0.5}])
def test_simulated_societies_agree_with_the_moments(seed: int, more: dict[str, float]) -> None:
    params = AmendmentParams(runs=1000, steps=120, **more)
    seen, exact = simulate(params, default_rng(seed)), solve(params)
    assert (np.abs(seen.seen_tracking - exact.tracking) < 5 * seen.seen_tracking_error).all()
    assert (np.abs(seen.seen_shift - exact.shift) < 5 * seen.seen_shift_error).all()
    last = np.abs(seen.seen_value[:, -1] - exact.value_mean[:, -1])
    assert (last < 5 * exact.value_spread[:, -1] / math.sqrt(params.runs)).all()
    assert abs(seen.seen_rule[1, -1] - exact.rule_mean[1, -1]) < 5 * seen.seen_rule_error[1, -1]


def test_bias_shifts_every_history_and_changes_no_dice() -> None:
    """The model is linear: what a bias adds is the same in every run."""
    plain, lobbied = (simulate(AmendmentParams(bias=bias), default_rng(4)) for bias in (0.0, 1.0))
    np.testing.assert_allclose(plain.seen_value_error, lobbied.seen_value_error, rtol=1e-9)
    np.testing.assert_array_equal(plain.seen_value[0], lobbied.seen_value[0])
    added = lobbied.seen_value[1, -1] - plain.seen_value[1, -1]
    assert added == pytest.approx(lobbied.drag, rel=1e-9)


# Words and pictures ------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(worlds, st.booleans())
def test_every_setting_can_be_told_and_drawn(params: AmendmentParams, seen: bool) -> None:
    few = replace(params, runs=8)
    result = simulate(few, default_rng(0)) if seen else solve(few)
    words = reading(result)
    assert "nan" not in words
    assert "inf " not in words
    draw((map_view, course_view), result)


def test_readings_at_the_edges() -> None:
    assert AMENDMENT.read().startswith("Adapt:")
    assert AMENDMENT.read(bias=1.0).startswith("Commit:")
    assert "by 5 in the end" in AMENDMENT.read(bias=1.0)
    assert AMENDMENT.read(bias=1.0, anchor=0.1).startswith("Adapt:")
    assert "Without influence" in AMENDMENT.read(influence=0.0)
    assert "nothing ever stops them" in reading(solve(AmendmentParams(pull=0.0, bias=1.0)))
    assert "in the first step" in reading(solve(AmendmentParams(steps=1)))


def test_bet_is_answered_by_the_end_and_not_given_away_at_rest() -> None:
    assert AMENDMENT.answer() == pytest.approx(5)
    assert AMENDMENT.result().params.bias == 0
