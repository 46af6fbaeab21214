"""Coupled maps: the doubling of an angle, exponents by two routes, the transverse law, horizons, and where coupling helps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad

from sysalign_lib.interpretability.coupled_maps import (
    COUPLINGS,
    NOISE,
    STEPS,
    TYPICAL,
    CoupledMapsParams,
    CoupledMapsResult,
    coming_together,
    critical_coupling,
    fold,
    horizon_law,
    lyapunov,
    simulate,
    slope,
    step,
    steps_per_decade,
    transverse_exponent,
)
from sysalign_lib.interpretability.evidence.coupled_maps import CLAIMS, TARGETS
from sysalign_lib.interpretability.explorables.coupled_maps import COUPLED
from sysalign_lib.interpretability.views.coupled_maps import reading
from tests.contract.test_evidence import unproved

couplings, growths = st.floats(0, 1), st.floats(3.5, 4)


def at(result: CoupledMapsResult, coupling: float) -> int:
    """Row of a coupling."""
    return 1 + COUPLINGS.index(coupling)


# Exact --------------------------------------------------------------------------------------------------------------


@given(st.floats(0, 2 * math.pi))
def test_the_map_at_four_doubles_an_angle(angle: float) -> None:
    states = np.array([[math.sin(angle) ** 2]])
    assert step(states, 0.0, 4.0)[0, 0] == pytest.approx(math.sin(2 * angle) ** 2, abs=1e-12)


def test_the_exponent_at_four_is_the_integral_over_the_known_density() -> None:
    """x = sin^2 u with u uniform: the mean of ln |4 cos 2u|."""
    value = 2 / math.pi * quad(lambda u: math.log(abs(4 * math.cos(2 * u))), 0, math.pi / 2, points=[math.pi / 4])[0]
    assert value == pytest.approx(math.log(2), abs=1e-9)


def ulam(growth: float, cells: int = 4000, inner: int = 20) -> float:
    """Exponent from the density of visits that a map of cells to cells keeps; nothing is followed in time."""
    places = (np.arange(cells * inner) + 0.5) / (cells * inner)
    goes = np.minimum((growth * places * (1 - places) * cells).astype(int), cells - 1).reshape(cells, inner)
    density = np.full(cells, 1 / cells)
    kept = np.zeros(cells)
    for turn in range(300):
        density = np.bincount(goes.ravel(), weights=np.repeat(density / inner, inner), minlength=cells)
        if turn >= 150:
            kept += density / 150
    logs = np.log(np.abs(slope(places, growth))).reshape(cells, inner).mean(axis=1)
    return float(kept @ logs)


@pytest.mark.parametrize("growth", [3.8, 3.9, 4.0])
def test_exponents_agree_with_those_of_a_density_of_visits(growth: float) -> None:
    """Two routes: along orbits, and from Ulam's chain of cells (singular densities: half of 1 / sqrt(4000))."""
    seen, error = lyapunov(growth, default_rng(3), maps=1000, steps=400)
    assert abs(seen - ulam(growth)) < 5 * error + 0.008


def test_exponent_at_four_has_the_error_that_its_derivation_gives() -> None:
    """Log slopes add up to n ln 2 plus a difference of two logs of variance pi^2 / 12 each."""
    seen, error = lyapunov(4.0, default_rng(1), maps=2000, steps=500)
    expected = math.pi / math.sqrt(6 * 2000) / 500
    assert error == pytest.approx(expected, rel=0.2)
    assert abs(seen - math.log(2)) < 5 * expected + 1e-6


@given(st.floats(0.01, 1.5), st.floats(0, 0.99))
def test_agents_become_one_exactly_beyond_the_critical_coupling(exponent: float, coupling: float) -> None:
    edge = critical_coupling(exponent)
    if abs(coupling - edge) > 1e-9:
        assert (transverse_exponent(exponent, coupling) < 0) == (coupling > edge)
    assert critical_coupling(math.log(2)) == pytest.approx(0.5, abs=1e-15)


@settings(max_examples=30, deadline=None)
@given(couplings, growths, st.integers(2, 12), st.integers(0, 10**6))
def test_linearization_has_two_exponents(coupling: float, growth: float, maps: int, seed: int) -> None:
    """The whole matrix of derivatives around agents in one place: f' once, (1 - eps) f' for all the others."""
    place = float(default_rng(seed).random())
    size = 1e-6
    moved = [
        (
            step(place + size * np.eye(maps)[[one]], coupling, growth)
            - step(place - size * np.eye(maps)[[one]], coupling, growth)
        )[0]
        / (2 * size)
        for one in range(maps)
    ]
    values = np.sort(np.linalg.eigvals(np.array(moved)).real)
    steep = float(slope(place, growth))
    expected = np.sort([steep] + [(1 - coupling) * steep] * (maps - 1))
    assert np.abs(values - expected).max() < 1e-6


def test_the_typical_size_of_a_normal_number() -> None:
    value = 2 * quad(lambda z: math.log(z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi), 0, 20)[0]
    assert math.log(TYPICAL) == pytest.approx(value, abs=1e-8)


def test_horizon_law() -> None:
    assert float(horizon_law(1e-6, 1e-1, math.log(2))) == pytest.approx(math.log2(1e5))
    gain = float(horizon_law(1e-6, 0.1, math.log(2), maps=32) - horizon_law(1e-6, 0.1, math.log(2)))
    assert gain == pytest.approx(2.5)
    assert steps_per_decade(math.log(2)) == pytest.approx(math.log2(10))
    assert math.isinf(horizon_law(1e-6, 0.1, -0.3))
    assert math.isinf(steps_per_decade(0.0))
    assert horizon_law(1.0, 0.1, 0.5) == 0


# Limits and invariants ----------------------------------------------------------------------------------------------


def test_one_agent_and_no_coupling_are_the_map_alone() -> None:
    states = default_rng(0).random((5, 7))
    np.testing.assert_allclose(step(states, 0.0, 3.7), 3.7 * states * (1 - states), atol=1e-15)
    np.testing.assert_allclose(step(states[:, :1], 0.8, 3.7), 3.7 * states[:, :1] * (1 - states[:, :1]), atol=1e-15)


def test_full_coupling_makes_one_in_a_step_and_differences_have_no_exponent() -> None:
    assert np.ptp(step(default_rng(0).random((4, 9)), 1.0, 4.0), axis=1).max() < 1e-15
    assert transverse_exponent(0.5, 1.0) == -math.inf


@given(couplings, growths, st.integers(2, 40), st.integers(0, 10**6))
def test_agents_stay_in_the_unit_interval_and_coupling_keeps_the_mean(
    coupling: float, growth: float, maps: int, seed: int
) -> None:
    states = default_rng(seed).random((1, maps))
    after = step(states, coupling, growth)
    assert after.min() >= 0
    assert after.max() <= 1 + 1e-15
    assert after.mean() == pytest.approx(step(states, 0.0, growth).mean(), abs=1e-14)
    assert after.std() == pytest.approx((1 - coupling) * step(states, 0.0, growth).std(), abs=1e-14)


@given(couplings, growths, st.integers(0, 10**6))
def test_agents_in_one_place_stay_in_one_place(coupling: float, growth: float, seed: int) -> None:
    states = np.full((1, 8), default_rng(seed).random())
    assert np.ptp(step(states, coupling, growth)) < 1e-15


def test_what_leaves_the_interval_is_folded_back() -> None:
    np.testing.assert_allclose(fold(np.array([-1e-12, 0.3, 1 + 1e-12])), [1e-12, 0.3, 1 - 1e-12], atol=1e-15)


@settings(max_examples=10, deadline=None)
@given(couplings, growths, st.floats(1e-9, 1e-3), st.integers(0, 99))
def test_results_keep_their_ranges(coupling: float, growth: float, precision: float, seed: int) -> None:
    params = CoupledMapsParams(coupling=coupling, growth=growth, precision=precision, maps=6, runs=2)
    result = simulate(params, default_rng(seed))
    for steps in (result.whole, result.field, result.alone):
        assert steps.min() >= 0
        assert steps.max() <= STEPS
    assert result.clusters.min() >= 1
    assert result.clusters.max() <= 6
    assert result.spread.min() >= 0
    words = reading(result)
    assert "nan" not in words
    assert "inf" not in words


def test_the_chosen_coupling_has_the_same_dice_as_the_sweep() -> None:
    result = simulate(CoupledMapsParams(coupling=0.35), default_rng(4))
    row = at(result, 0.35)
    for name in ("whole", "field", "alone", "spread", "clusters"):
        np.testing.assert_array_equal(getattr(result, name)[0], getattr(result, name)[row])


# Simulation against closed forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("coupling", "last"), [(0.55, 40), (0.7, 15), (0.2, 8), (0.4, 12)])
def test_spread_grows_by_the_transverse_exponent(coupling: float, last: int) -> None:
    runs = 200
    params = CoupledMapsParams(coupling=coupling, runs=runs, maps=4)
    apart = np.log(coming_together(params, default_rng(8))[[0, last]])
    seen = (apart[1] - apart[0]).mean() / last
    error = math.pi / math.sqrt(6 * runs) / last
    assert abs(seen - transverse_exponent(math.log(2), coupling)) < 5 * error


@pytest.mark.parametrize(("growth", "below", "above"), [(3.8, 0.3, 0.42), (3.9, 0.34, 0.46), (4.0, 0.44, 0.6)])
def test_the_noise_floor_is_reached_on_one_side_only(growth: float, below: float, above: float) -> None:
    one, many = (
        simulate(CoupledMapsParams(growth=growth, coupling=coupling, maps=24), default_rng(2))
        for coupling in (above, below)
    )
    assert one.coupling[0] > one.critical > many.coupling[0]
    assert (one.spread[0] < 1e6 * NOISE).all()
    assert (one.clusters[0] == 1).all()
    assert np.median(many.spread[0]) > 1e-3


@pytest.mark.parametrize("precision", [1e-3, 1e-6, 1e-9])
def test_uncoupled_maps_are_foretold_for_as_long_as_the_law_says(precision: float) -> None:
    """A horizon is a whole number of steps: half a step and the scatter of 160 maps."""
    result = simulate(CoupledMapsParams(coupling=0.0, precision=precision), default_rng(6))
    assert abs(float(result.whole[0].mean()) - result.law()) < 0.5 + 5 * 1.6 / math.sqrt(160)
    np.testing.assert_array_equal(result.whole[0], result.alone[0])


def test_agents_who_are_one_gain_half_a_logarithm_of_their_number() -> None:
    """r = 4, coupling .65: the mean of 16 normal errors is 4 times smaller, which is two steps."""
    runs = 60
    result = simulate(CoupledMapsParams(coupling=0.65, maps=16, runs=runs), default_rng(12))
    gain = result.whole[0].mean() - result.whole[at(result, 0.0)].mean()
    scatter = float(result.whole[0].std(ddof=1)) / math.sqrt(runs)
    assert abs(gain - 2.0) < 4 * scatter + 0.25


def test_the_mean_of_uncoupled_maps_scatters_like_one_over_the_root_of_their_number() -> None:
    """Nobody needs to know a part to know the mean: law of large numbers; as one, they scatter like one."""
    result = simulate(CoupledMapsParams(coupling=0.0, maps=64, runs=20), default_rng(3))
    single = 1 / math.sqrt(8)
    assert result.scatter[0].mean() == pytest.approx(single / 8, rel=0.1)
    assert result.scatter[at(result, 0.65)].mean() == pytest.approx(single, rel=0.1)


# Claims and words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [*TARGETS, *CLAIMS], ids=lambda one: one.name)
def test_evidence(one) -> None:
    assert unproved(one) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clusters_are_foretold_for_longer_than_a_map_alone(seed: int) -> None:
    result = simulate(CoupledMapsParams(coupling=0.3), default_rng(seed))
    row, none = at(result, 0.3), at(result, 0.0)
    assert np.median(result.whole[row]) > 3 * result.whole[none].max()
    assert result.whole[none].max() < 20
    assert np.median(result.clusters[row]) <= 4
    assert result.alone[row].max() < 8


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_little_coupling_spoils_a_cycle(seed: int) -> None:
    result = simulate(CoupledMapsParams(growth=3.83, coupling=0.1), default_rng(seed))
    assert result.exponent < 0
    assert np.median(result.whole[at(result, 0.0)]) == STEPS
    assert result.whole[0].max() < 60


def test_readings_at_the_edges() -> None:
    assert "by the formula, for ever" in COUPLED.read(growth=3.83)
    assert "where agents that start together stay together, an agent known to 10⁻⁶" in COUPLED.read(growth=3.83)
    assert "known to 0.001 is" in COUPLED.read(precision=1e-3)
    assert "80 or more steps (5 runs)" in COUPLED.read(growth=3.83, coupling=0.0)
    assert "at the 0.500 beyond" in COUPLED.read(coupling=0.5)
    assert "above the 0.500" in COUPLED.read(coupling=0.55)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: CoupledMapsParams(coupling=1.1), "coupling must be in"),
        (lambda: CoupledMapsParams(growth=3.0), "growth must be in"),
        (lambda: lyapunov(4.5, default_rng(0)), "growth must be in"),
        (lambda: lyapunov(4.0, default_rng(0), maps=1), "maps must be"),
        (lambda: lyapunov(4.0, default_rng(0), steps=0), "steps must be"),
        (lambda: transverse_exponent(0.5, 2.0), "coupling must be in"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
