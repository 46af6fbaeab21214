from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import solve_ivp

from sysalign_lib.interpretability.evidence.learners import CLAIMS, REPORTED, TARGETS
from sysalign_lib.interpretability.explorables.learners import LEARNERS
from sysalign_lib.interpretability.learners import (
    COARSE,
    LOST,
    STARTS,
    TIES,
    LearnersParams,
    center_eigenvalues,
    center_growth,
    center_jacobian,
    course,
    energy,
    exponents,
    field,
    first_strategies,
    log_average_gap,
    recorded_exponents,
    rk4,
    simulate,
)
from sysalign_lib.interpretability.views.learners import reading

ties = st.floats(-1, 1)
seeds = st.integers(0, 10_000)


def both(start: int) -> np.ndarray:
    return np.concatenate(first_strategies(start))[None]


def drawn(seed: int, cases: int = 4) -> np.ndarray:
    """Strategies well inside the triangle."""
    return 0.1 + 0.7 * default_rng(seed).dirichlet((1, 1, 1), (cases, 2)).reshape(cases, 6)


# Literature and exact ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", TARGETS, ids=lambda one: one.name)
def test_numbers_of_the_chapter(one: object) -> None:
    assert one.passed, (one.ours, one.value)  # type: ignore[attr-defined]


@pytest.mark.parametrize("one", CLAIMS, ids=lambda one: one.name)
def test_claims_hold_where_they_should_and_fail_where_they_should(one: object) -> None:
    assert one.checked  # type: ignore[attr-defined]


def test_the_start_of_the_source_is_a_pair_of_strategies() -> None:
    for start in (1, 7, 25):
        x, y = first_strategies(start)
        assert x.sum() == pytest.approx(1)
        assert y.sum() == 1
        assert x[1] == pytest.approx(0.01 * start)


def test_the_equations_are_the_replicators_written_out() -> None:
    (x1, x2, x3, y1, y2, y3), tie, other = drawn(1)[0], 0.3, -0.7
    gains = np.array([tie * y1 - y2 + y3, y1 + tie * y2 - y3, -y1 + y2 + tie * y3])
    others = np.array([other * x1 - x2 + x3, x1 + other * x2 - x3, -x1 + x2 + other * x3])
    x, y = np.array([x1, x2, x3]), np.array([y1, y2, y3])
    expected = np.concatenate([x * (gains - x @ gains), y * (others - y @ others)])
    np.testing.assert_allclose(field([[*x, *y]], tie, other)[0], expected, atol=1e-15)


@pytest.mark.parametrize(("tie", "surplus"), [(0.0, 0.0), (0.5, 0.0), (0.5, -0.3), (-0.4, 0.6)])
def test_the_course_is_what_other_integrators_find(tie: float, surplus: float) -> None:
    went = course(both(2), tie, surplus - tie, span=40)[-1, 0]
    peer = solve_ivp(
        lambda _, z: field(np.clip(z, 0, 1)[None], tie, surplus - tie)[0],
        (0, 40),
        both(2)[0],
        method="DOP853",
        rtol=1e-11,
        atol=1e-13,
    )
    np.testing.assert_allclose(went, peer.y[:, -1], atol=5e-6)
    np.testing.assert_allclose(rk4(both(2), tie, surplus - tie, 40.0, 0.02)[0], peer.y[:, -1], atol=5e-6)


def test_the_splitting_is_of_order_six() -> None:
    exact = course(both(2), 0.5, -0.5, span=40, size=1 / 32, every=1280)[-1]
    errors = [
        np.abs(course(both(2), 0.5, -0.5, span=40, size=size, every=round(40 / size))[-1] - exact).max()
        for size in (1.0, 0.5, 0.25)
    ]
    assert errors[0] / errors[1] > 40
    assert 40 < errors[1] / errors[2] < 90


@pytest.mark.parametrize(("tie", "other"), [(0.5, -0.5), (0.4, 0.3), (-0.2, -0.7)])
def test_the_jacobian_at_the_center_is_the_slope_of_the_equations(tie: float, other: float) -> None:
    way, small = drawn(3, 6) - drawn(4, 6), 1e-6
    way -= np.repeat(way.reshape(-1, 2, 3).mean(axis=2), 3, axis=1)
    seen = (field(1 / 3 + small * way, tie, other) - field(1 / 3 - small * way, tie, other)) / (2 * small)
    np.testing.assert_allclose(seen, way @ center_jacobian(tie, other).T, atol=1e-9)


def test_a_linear_forecast_near_the_center_is_right() -> None:
    from scipy.linalg import expm

    way = 1e-6 * (drawn(5, 1) - 1 / 3)
    for tie, other in ((0.5, -0.5), (0.4, 0.4)):
        went = course(1 / 3 + way, tie, other, span=10)[-1] - 1 / 3
        np.testing.assert_allclose(went, way @ expm(10 * center_jacobian(tie, other)).T, atol=1e-10)


def test_average_play_and_payoff_follow_from_both_ends() -> None:
    """The lemma's length is the length of what it says: the mean of y off a third, by fine quadrature."""
    went = course(both(2), 0.5, -0.5, span=60, size=0.05, every=1)[:, 0]
    mean = np.trapezoid(went[:, 3:], dx=0.05, axis=0) / 60
    assert np.linalg.norm(mean - 1 / 3) == pytest.approx(log_average_gap(went[0, :3], went[-1, :3], 0.5, 60), abs=2e-5)
    payoff = np.sum(went[:, :3] * (0.5 * went[:, 3:] + went[:, [5, 3, 4]] - went[:, [4, 5, 3]]), axis=1)
    change = np.mean(np.log(went[-1, :3] / went[0, :3])) / 60
    assert np.trapezoid(payoff, dx=0.05) / 60 == pytest.approx(0.5 / 3 - change, abs=2e-5)


# Limits ------------------------------------------------------------------------------------------------------------


def test_nobody_who_starts_at_the_equilibrium_or_at_a_corner_moves() -> None:
    for z in (np.full((1, 6), 1 / 3), np.array([[1.0, 0, 0, 0, 1.0, 0]])):
        assert np.abs(field(z, 0.5, -0.3)).max() < 1e-15
    assert np.abs(course(np.full((1, 6), 1 / 3), 0.5, -0.3) - 1 / 3).max() < 1e-6


def test_energy_is_least_at_the_equilibrium() -> None:
    center = np.full((1, 3), 1 / 3)
    assert energy(center, center)[0] == pytest.approx(2 * math.log(3))
    z = drawn(6, 50)
    assert (energy(z[:, :3], z[:, 3:]) >= 2 * math.log(3)).all()


@pytest.mark.parametrize("surplus", [0.2, -0.2])
def test_without_zero_sum_the_pair_wanders_to_the_edge_whatever_the_sign(surplus: float) -> None:
    went = course(both(5), 0.5, surplus - 0.5)[:, 0]
    assert went[:40].min() > 1e-3
    assert went.min() < 1e-6


def test_players_exactly_alike_stay_alike_and_settle_only_if_ties_cost() -> None:
    z = np.array([[0.5, 0.2, 0.3, 0.5, 0.2, 0.3]])
    loses, wins = rk4(z, -0.3, -0.3, 100.0), rk4(z, 0.3, 0.3, 30.0)
    assert np.abs(loses - 1 / 3).max() < 1e-4
    assert np.abs(wins - 1 / 3).max() > 0.5
    np.testing.assert_array_equal(loses[:, :3], loses[:, 3:])


def test_a_little_less_alike_and_they_leave_again() -> None:
    z = np.array([[0.5, 0.2, 0.3, 0.5 + 1e-6, 0.2 - 1e-6, 0.3]])
    went = np.abs(course(z, -0.3, -0.3)[:, 0] - 1 / 3).max(axis=1)
    assert went.min() < 0.005
    assert went[-1] > 0.5


def test_a_forecast_that_begins_nearer_is_better_for_longer() -> None:
    horizons = [
        simulate(LearnersParams(time=300.0, gap=gap), default_rng(3)).horizon for gap in (1e-3, 1e-4, 1e-5, 1e-6)
    ]
    assert horizons == sorted(horizons)
    assert horizons[-1] < 300


# Invariants --------------------------------------------------------------------------------------------------------


@given(seeds, ties, ties)
def test_energy_changes_as_the_lemma_says(seed: int, tie: float, other: float) -> None:
    z = drawn(seed)
    rate = -(field(z, tie, other) / z).sum(axis=1) / 3
    np.testing.assert_allclose(rate, (tie + other) * (np.sum(z[:, :3] * z[:, 3:], axis=1) - 1 / 3), atol=1e-12)


@given(ties, ties)
def test_the_center_is_neutral_in_a_zero_sum_game_and_a_saddle_in_every_other(tie: float, other: float) -> None:
    assert center_growth(tie, -tie) == 0
    np.testing.assert_allclose(np.abs(center_eigenvalues(tie, -tie)), math.sqrt(3 + tie**2) / 3, atol=1e-12)
    if abs(tie + other) > 1e-6:
        assert center_growth(tie, other) > 0
        assert np.sum(center_eigenvalues(tie, other).real > 0) == 2


@given(seeds, ties)
@settings(max_examples=8, deadline=None)
def test_in_a_zero_sum_game_energy_stays_and_time_runs_back(seed: int, tie: float) -> None:
    z = drawn(seed, 2)
    went = course(z, tie, -tie, span=30)[-1]
    np.testing.assert_allclose(energy(went[:, :3], went[:, 3:]), energy(z[:, :3], z[:, 3:]), atol=2e-7)
    swapped = went[:, [0, 2, 1, 3, 5, 4]]  # paper and scissors change names: wins become losses
    back = course(swapped, -tie, tie, span=30)[-1][:, [0, 2, 1, 3, 5, 4]]
    np.testing.assert_allclose(back, z, atol=1e-4)


@given(seeds)
@settings(max_examples=8, deadline=None)
def test_the_game_looks_alike_from_every_move(seed: int) -> None:
    z, turn = drawn(seed, 2), [1, 2, 0, 4, 5, 3]
    went = course(z, 0.4, -0.4, span=10)[-1]
    np.testing.assert_allclose(course(z[:, turn], 0.4, -0.4, span=10)[-1], went[:, turn], atol=1e-10)


# Exponents ---------------------------------------------------------------------------------------------------------


def test_recorded_exponents_are_found_again_in_a_smaller_run() -> None:
    kept = recorded_exponents()
    assert kept.shape == (len(TIES), len(STARTS), 20)
    regular = exponents(0.0, STARTS, 1000.0, 1, default_rng(2002), size=COARSE)[:, 0]
    np.testing.assert_allclose(regular, kept[0, :, 0], rtol=1e-3)


def test_exponents_do_not_hang_on_the_step_or_the_direction() -> None:
    coarse = exponents(0.5, (2,), 150.0, 1, default_rng(1), size=0.5)
    fine = exponents(0.5, (2,), 150.0, 1, default_rng(1), size=0.25)
    other = exponents(0.5, (2,), 150.0, 1, default_rng(2), size=0.5)
    assert abs(coarse - fine)[0, 0] < 0.002
    assert abs(coarse - other)[0, 0] < math.log(100) / 150


def test_a_gap_that_is_followed_grows_as_the_tangent_does() -> None:
    """Growth from time 50 to 150, of two copies and of the tangent vector, in logarithms of shares."""
    z = both(2)
    near = z + 1e-9 * np.array([[1, -1, 0, 1, -1, 0]])
    went = np.log(course(np.concatenate([z, near]), 0.5, -0.5, span=150, every=4))
    went -= np.repeat(went.reshape(*went.shape[:2], 2, 3).mean(axis=3), 3, axis=2)
    gap = np.linalg.norm(went[:, 1] - went[:, 0], axis=1)
    rates = exponents(0.5, (2,), 50.0, 3, default_rng(3))[0]
    assert math.log(gap[150] / gap[50]) / 100 == pytest.approx(rates[1:].mean(), abs=0.01)


def test_some_starts_are_chaotic_and_some_are_not_under_the_same_rules() -> None:
    mean = recorded_exponents().mean(axis=2)
    assert (mean[0] < 1e-3).all()
    assert (mean[3, :2] > 0.03).all()
    assert mean[3, 4] < 1e-3
    assert len(REPORTED) == 2


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [2, 6])
def test_forecasts_begin_at_the_gap_and_their_shares_add_up(start: int) -> None:
    seen = simulate(LearnersParams(tie=0.25, start=start, time=10.0, gap=1e-4), default_rng(1))
    assert (seen.error < 30 * 1e-4).all()
    np.testing.assert_allclose(seen.course.sum(axis=1), 1, atol=1e-12)
    assert len(seen.knots) == 1
    assert seen.course[0] == pytest.approx(first_strategies(start)[0])


def test_time_only_uncovers_more_of_the_same_course() -> None:
    early, late = (simulate(LearnersParams(time=time), default_rng(4)) for time in (100.0, 200.0))
    np.testing.assert_array_equal(early.error, late.error[:, :10])
    np.testing.assert_array_equal(early.energy, late.energy[:10])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_horizon_is_not_an_accident_of_the_dice(seed: int) -> None:
    chaotic = simulate(LearnersParams(time=300.0), default_rng(seed))
    regular = simulate(LearnersParams(time=300.0, tie=0.0), default_rng(seed))
    assert 120 <= chaotic.horizon <= 260
    assert (chaotic.error[:, -1] > LOST).all()
    assert math.isinf(regular.horizon)
    assert (regular.skill > 0.99).all()


# Words and bad input -----------------------------------------------------------------------------------------------


def test_readings_at_the_edges() -> None:
    assert "has been lost since time 180, when it was first off by more than a tenth" in LEARNERS.read(time=300.0)
    assert "is not lost so far, never off by more than a tenth" in LEARNERS.read(tie=0.0, time=300.0)
    words = reading(simulate(LearnersParams(gap=1e-10, time=10.0), default_rng(0)))
    assert "began 10⁻¹⁰ off" in words
    assert "e-" not in words


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: first_strategies(0), "start must be in"),
        (lambda: field([[2.0, 0, 0, 1, 0, 0]], 0, 0), "strategies must lie in"),
        (lambda: course(np.full((1, 5), 0.2), 0, 0), "strategies must have shape"),
        (lambda: course([[1.0, 0, 0, 1, 0, 0]], 0, 0), "strategies must lie in"),
        (lambda: rk4(both(1), 3.0, 0, 1.0), "tie must be in"),
        (lambda: energy(np.zeros((1, 3)), np.ones((1, 3))), "first must lie in"),
        (lambda: log_average_gap([0.5, 0.2, 0.3], [0.5, 0.2, 0.3], 0, 0), "span must be in"),
        (lambda: exponents(0.5, (0,), 10, 1, default_rng(0)), "starts must lie in"),
    ],
)
def test_bad_arguments_are_refused_by_name(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
