"""Superposition: geometry, exact losses, training by hand-written slopes, and dictionaries after a shift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import brentq, minimize

from sysalign_lib.interpretability import superposition
from sysalign_lib.interpretability.explorables.superposition import PHASES, SUPERPOSITION
from sysalign_lib.interpretability.superposition import (
    BATCH,
    DENSITIES,
    MOMENTS,
    RATE,
    SEEDS,
    STEPS,
    Density,
    PhasesParams,
    ShiftParams,
    SuperpositionParams,
    antipodal_loss,
    dedicated_loss,
    descent,
    dimensionality,
    examples,
    fade_ratio,
    gradient,
    guessing_loss,
    jump_density,
    named,
    network_loss,
    optimum,
    pair_loss,
    polygon,
    polygon_loss,
    recorded,
    recorded_jumps,
    recorded_names,
    shifts,
    simulate,
    solve_phases,
    solve_shift,
    sparse_loss,
    sparse_minimum,
    train,
    unit_density,
)

SEED = st.integers(0, 2**32 - 1)


def ring(corners: int, turn: float = 0.0) -> np.ndarray:
    angle = turn + 2 * np.pi * np.arange(corners) / corners
    return np.array([np.cos(angle), np.sin(angle)])


# Dimensionality ----------------------------------------------------------------------------------------------------


@given(SEED, st.integers(1, 5), st.integers(1, 8), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_no_feature_has_more_than_its_leverage_and_all_have_at_most_the_rank(
    seed: int, units: int, features: int, rank: int
) -> None:
    rng = default_rng(seed)
    weights = rng.standard_normal((units, rank)) @ rng.standard_normal((rank, features))
    shares = dimensionality(weights)
    leverage = np.diag(np.linalg.pinv(weights) @ weights)
    assert (shares <= leverage + 1e-9).all()
    assert shares.sum() <= min(units, features, rank) + 1e-9


@pytest.mark.parametrize("corners", range(3, 12))
def test_a_tight_frame_shares_its_room_equally(corners: int) -> None:
    assert dimensionality(ring(corners, 0.3)) == pytest.approx(np.full(corners, 2 / corners), abs=1e-12)


@given(SEED, st.floats(0.01, 100))
@settings(max_examples=25, deadline=None)
def test_dimensionality_knows_neither_scale_nor_turn(seed: int, scale: float) -> None:
    rng = default_rng(seed)
    weights, turn = rng.standard_normal((3, 6)), np.linalg.qr(rng.standard_normal((3, 3)))[0]
    assert dimensionality(scale * turn @ weights) == pytest.approx(dimensionality(weights), abs=1e-10)


def test_arrows_at_right_angles_have_a_dimension_each_and_no_arrow_has_none() -> None:
    assert dimensionality([[2.0, 0.0, 0.0], [0.0, 0.1, 0.0]]).tolist() == pytest.approx([1, 1, 0])
    assert dimensionality(np.zeros((2, 4))).tolist() == [0] * 4


def test_an_elongated_frame_is_where_the_bound_is_not_reached() -> None:
    assert dimensionality(np.diag([1.0, 2.0]) @ ring(5)).sum() < 2 - 0.05


# Rare features -----------------------------------------------------------------------------------------------------


@given(SEED, st.integers(1, 8))
@settings(max_examples=20, deadline=None)
def test_the_sparse_loss_is_that_of_features_shown_one_by_one(seed: int, features: int) -> None:
    """With b = 0 everything is in proportion to the one feature that is on, and its mean square is 1/3."""
    weights = default_rng(seed).standard_normal((2, features))
    guess = np.maximum(weights.T @ weights, 0)
    assert sparse_loss(weights)[0] == pytest.approx(np.square(guess - np.eye(features)).sum() / (3 * features))


@given(SEED, st.integers(2, 7))
@settings(max_examples=20, deadline=None)
def test_its_slope_is_that_of_differences(seed: int, features: int) -> None:
    rng = default_rng(seed)
    weights, way = rng.standard_normal((2, 2, features))
    slope = (sparse_loss(weights + 1e-6 * way)[0] - sparse_loss(weights - 1e-6 * way)[0]) / 2e-6
    assert float((sparse_loss(weights)[1] * way).sum()) == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize(("corners", "features"), [(k, c) for c in range(3, 9) for k in range(2, c + 1)])
def test_polygons_have_the_closed_form_s_loss_and_stand_still(corners: int, features: int) -> None:
    loss, slope = sparse_loss(polygon(corners, features))
    assert loss == pytest.approx(polygon_loss(corners, features), abs=1e-14)
    assert np.abs(slope).max() < 1e-13


@pytest.mark.parametrize("features", [5, 8])
def test_no_search_finds_better_than_the_pentagon(features: int) -> None:
    loss, arrows = sparse_minimum(features, 8, default_rng(3))
    assert loss == pytest.approx(polygon_loss(5, features), abs=1e-9)
    assert min(polygon_loss(k, features) for k in range(2, features + 1)) == polygon_loss(5, features)
    assert np.square(arrows).sum() == pytest.approx(5 * 0.8396, abs=1e-3)


def test_a_corner_may_be_shared_by_arrows_of_one_direction() -> None:
    whole = polygon(5, 6)
    split = whole.copy()
    split[:, 5] = np.sqrt(0.3) * whole[:, 0]
    split[:, 0] *= np.sqrt(0.7)
    assert sparse_loss(split)[0] == pytest.approx(sparse_loss(whole)[0], abs=1e-14)


# Two features ------------------------------------------------------------------------------------------------------


@given(SEED, st.floats(0.05, 1), st.floats(0.05, 1))
@settings(max_examples=25, deadline=None)
def test_the_slope_of_the_exact_loss_is_that_of_differences(seed: int, density: float, ratio: float) -> None:
    rng = default_rng(seed)
    place, way = rng.uniform(-1.2, 1.2, (2, 4))
    slope = (pair_loss(place + 1e-5 * way, density, ratio)[0] - pair_loss(place - 1e-5 * way, density, ratio)[0]) / 2e-5
    assert float(pair_loss(place, density, ratio)[1] @ way) == pytest.approx(float(slope), abs=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_the_exact_loss_is_the_mean_over_examples(seed: int) -> None:
    rng = default_rng(seed)
    place, density, ratio = rng.uniform(-1, 1, 4), rng.uniform(0.2, 1), rng.uniform(0.1, 1)
    inputs = np.where(rng.random((200_000, 2)) < density, rng.random((200_000, 2)), 0.0)
    guess = np.maximum((inputs @ place[:2])[:, None] * place[:2] + place[2:], 0)
    losses = np.square(guess - inputs) @ [1, ratio]
    assert abs(pair_loss(place, density, ratio)[0] - losses.mean()) < 5 * losses.std() / np.sqrt(len(losses))


@given(SEED, st.floats(0.05, 1))
@settings(max_examples=20, deadline=None)
def test_features_of_equal_importance_may_change_places_and_arrows_be_turned_around(seed: int, density: float) -> None:
    place = default_rng(seed).uniform(-1, 1, 4)
    here = float(pair_loss(place, density, 1.0)[0])
    assert float(pair_loss(place[[1, 0, 3, 2]], density, 1.0)[0]) == pytest.approx(here, abs=1e-13)
    assert float(pair_loss(place * [-1, -1, 1, 1], density, 1.0)[0]) == pytest.approx(here, abs=1e-13)


def test_networks_and_the_exact_loss_speak_of_the_same_thing() -> None:
    place, density = np.array([1.0, -0.7, 0.1, 0.05]), 0.4
    sheet = np.array([[place[:2], place[2:]]])
    losses = [float(network_loss(sheet, density, default_rng(seed), 20_000)[0]) for seed in range(12)]
    error = np.std(losses, ddof=1) / np.sqrt(12)
    assert abs(np.mean(losses) - pair_loss(place, density, 1.0)[0]) < 5 * error


@given(st.floats(0.02, 1), st.floats(0.04, 1))
@settings(max_examples=8, deadline=None)
def test_the_optimum_costs_no_more_than_any_closed_form_and_stands_still(density: float, ratio: float) -> None:
    loss, place = optimum(density, ratio)
    for closed in (dedicated_loss, antipodal_loss, guessing_loss):
        assert loss[0] <= closed(density, ratio) + 1e-12
    assert np.abs(pair_loss(place[0], density, ratio)[1]).max() < 1e-5


@pytest.mark.parametrize(("density", "ratio"), [(0.3, 0.5), (0.62, 0.7), (0.75, 1.0)])
def test_another_search_finds_no_better_optimum(density: float, ratio: float) -> None:
    rng = default_rng(11)
    ends = [
        minimize(lambda place: pair_loss(place, density, ratio), start, jac=True, method="L-BFGS-B", options={"gtol": 1e-9})
        for start in rng.uniform([-1.2, -1.2, -0.2, -0.2], [1.2, 1.2, 0.6, 0.6], (10, 4))
    ]  # fmt: skip
    assert min(float(end.fun) for end in ends) == pytest.approx(float(optimum(density, ratio)[0][0]), abs=1e-8)


def test_the_density_of_equal_losses_is_a_root() -> None:
    for ratio in (0.05, 0.3, 1.0):
        root = brentq(lambda p, r=ratio: float(dedicated_loss(p, r) - antipodal_loss(p, r)), 1e-3, 1.0)
        assert unit_density(ratio) == pytest.approx(root, abs=1e-9)
    assert unit_density(0.0) == 0


@pytest.mark.parametrize(("ratio", "low", "high"), [(0.5, 0.475, 0.486), (0.25, 0.336, 0.343), (0.1, 0.1785, 0.1822)])
def test_the_optimum_jumps_later_than_arrows_of_length_1_would(ratio: float, low: float, high: float) -> None:
    jump = float(jump_density(ratio, 8)[0])
    assert unit_density(ratio) < low < jump < high
    before, after = np.abs(optimum(np.array([low, high]), ratio)[1][:, 1])
    assert before > 0.6
    assert after < 1e-5


def test_equal_features_deform_and_none_is_dropped() -> None:
    density = np.linspace(0.1, 0.95, 18)
    short = np.abs(optimum(density, 1.0)[1][:, :2]).min(axis=1)
    assert (short > 0.35).all()
    jump = float(jump_density(1.0, 8)[0])
    alike = [abs(abs(one[0]) - abs(one[1])) for one in optimum(np.array([4 / 7, jump - 0.01, jump + 0.01]), 1.0)[1]]
    assert max(alike[:2]) < 1e-4
    assert alike[2] > 0.3


@pytest.mark.parametrize("density", [0.6, 0.8, 0.95])
def test_the_faint_arrow_fades_where_the_closed_form_says(density: float) -> None:
    edge = float(fade_ratio(density))
    above, below = optimum(density, np.array([edge + 0.01, edge - 0.01]))[1][:, 1]
    assert abs(above) > 0.02
    assert abs(below) < 1e-5


def test_at_density_1_only_equal_importance_keeps_a_second_arrow() -> None:
    assert fade_ratio(1.0) == pytest.approx(1.0)
    assert fade_ratio(1e-6) == pytest.approx(0.0, abs=1e-5)
    assert (np.diff(fade_ratio(np.linspace(0.01, 1, 100))) > 0).all()


def test_the_recorded_line_of_jumps_is_found_again() -> None:
    ratios, jumps = recorded_jumps()
    assert (np.diff(jumps) > 0).all()
    assert (jumps > unit_density(ratios)).all()
    some = [3, 24]
    assert jump_density(ratios[some], 9) == pytest.approx(jumps[some], abs=5e-4)


def test_on_and_off_the_grid_the_phases_are_the_same() -> None:
    """Losses come from the curve if the density is on it, and are computed elsewhere: no seam."""
    on, near = (solve_phases(PhasesParams(density=p, ratio=0.6)) for p in (0.3, 0.3 + 1e-9))
    assert on.losses == pytest.approx(near.losses, abs=1e-8)
    assert on.found == pytest.approx(near.found, abs=1e-5)
    assert on.shares[2] <= on.shares[:2].min()


# Training ----------------------------------------------------------------------------------------------------------


def test_the_hand_written_slope_is_that_of_differences() -> None:
    rng = default_rng(1)
    sheets, way = rng.standard_normal((2, 3, 4, 6))
    inputs, importance = rng.random((3, 5, 6)), rng.uniform(0.1, 1, 6)
    _, slope = gradient(sheets, inputs, importance)
    above, below = (gradient(sheets + step * way, inputs, importance)[0] for step in (1e-6, -1e-6))
    assert (slope * way).sum(axis=(1, 2)) == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_the_loss_is_the_model_s_example_by_example() -> None:
    rng = default_rng(2)
    sheets, inputs, importance = rng.standard_normal((1, 3, 4)), rng.random((1, 7, 4)), np.array([1, 0.5, 0.2, 0.1])
    weights, offsets = sheets[0, :2], sheets[0, 2]
    loss = [importance @ np.square(x - np.maximum(weights.T @ (weights @ x) + offsets, 0)) for x in inputs[0]]
    assert gradient(sheets, inputs, importance)[0] == pytest.approx([np.mean(loss)])


def test_a_network_that_has_room_for_all_returns_all() -> None:
    sheet = np.concatenate((np.eye(4), np.zeros((1, 4))))[None]
    loss, slope = gradient(sheet, default_rng(0).random((1, 9, 4)), np.ones(4))
    assert loss == pytest.approx([0], abs=1e-25)
    assert np.abs(slope).max() < 1e-12


def test_the_first_step_is_as_long_as_the_rate_and_the_second_is_adam_s() -> None:
    rng = default_rng(3)
    sheets, batches = rng.standard_normal((2, 3, 4)), rng.random((2, 2, 6, 4))
    slopes, place = [], sheets
    mean, square = np.zeros_like(sheets), np.zeros_like(sheets)
    for step, ((now, loss), inputs) in enumerate(
        zip(descent(sheets, batches, np.ones(4), 0.05), batches, strict=True), start=1
    ):
        expected, slope = gradient(place, inputs, np.ones(4))
        slopes.append(slope)
        assert loss == pytest.approx(expected)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        place = place - 0.05 * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        assert now == pytest.approx(place)
    assert len(slopes) == 2


def test_examples_are_on_as_often_as_asked_and_then_uniform() -> None:
    density = np.array([0.05, 0.5, 1.0])
    inputs = examples(np.broadcast_to(default_rng(4).random((1, 20_000, 2)), (3, 20_000, 2)), density)
    for p, seen in zip(density, inputs.reshape(3, -1), strict=True):
        on = seen[seen > 0]
        assert abs(len(on) / len(seen) - p) < 5 * np.sqrt(p * (1 - p) / len(seen)) + 1e-12
        assert abs(on.mean() - 0.5) < 5 * np.sqrt(1 / 12 / len(on))
    assert (inputs[0] > 0)[inputs[0] > 0].all()
    assert ((inputs[1] > 0) | (inputs[0] == 0)).all()


def test_networks_that_share_dice_do_not_disturb_each_other() -> None:
    start = default_rng(5).standard_normal((1, 3, 5)).astype(np.float32)
    how = {"batch": 32, "rate": 0.01, "shared": True}
    alone = train(start, np.array([0.2], np.float32), default_rng(6), (0, 7, 20), **how)
    pair = train(np.repeat(start, 2, axis=0), np.array([0.2, 0.6], np.float32), default_rng(6), (0, 7, 20), **how)
    assert alone.shape == (3, 1, 3, 5)
    assert np.array_equal(alone[0], start)
    assert pair[:, 0] == pytest.approx(alone[:, 0], abs=1e-5)


def test_training_finds_the_optimum_of_two_features_in_its_best_networks_and_a_worse_minimum_in_others() -> None:
    """Never less than the exact least loss; the best within 5 % of it, and all others at twice as much or more."""
    params = SuperpositionParams(features=2, hidden=1, density=0.3, networks=32, steps=800, batch=128)
    sheets = simulate(params, default_rng(7)).sheets
    exact = float(optimum(0.3, 1.0)[0][0])
    losses = np.array([pair_loss(np.concatenate((one[0], one[1])), 0.3, 1.0)[0] for one in sheets]) / exact
    assert (losses >= 1 - 1e-9).all()
    assert losses.min() < 1.05
    assert (losses > 2).any()
    assert (losses < 2 * dedicated_loss(0.3, 1.0) / exact).all()


def test_more_units_than_features_leave_nothing_to_share() -> None:
    result = simulate(
        SuperpositionParams(features=3, hidden=3, density=0.3, steps=1000, batch=32, networks=2), default_rng(8)
    )
    assert result.dimensionality == pytest.approx(np.ones((2, 3)), abs=0.05)
    assert result.loss[-1].max() < 0.01 * result.loss[0].min()


def test_without_steps_nothing_is_learned_and_the_ratio_weighs_the_later_features_less() -> None:
    result = simulate(SuperpositionParams(steps=0), default_rng(9))
    assert result.loss.shape == (0, 4)
    params = SuperpositionParams(density=0.8, ratio=0.3, steps=600, batch=64)
    length = np.linalg.norm(simulate(params, default_rng(9)).sheets[:, :-1], axis=1)
    assert (length[:, :2] > 0.7).all()
    assert (length[:, 3:] < 0.5).all()


# Dictionaries ------------------------------------------------------------------------------------------------------


def test_a_dictionary_names_its_own_network_s_long_arrows() -> None:
    weights = ring(5) * [1, 1, 0.49, 1, 0.51]
    assert named(weights, weights).tolist() == [True, True, False, True, True]
    assert named(weights, weights, 0.0).all()
    assert not named(weights, np.zeros((2, 5))).any()
    assert not named(np.zeros((2, 5)), weights).any()


@pytest.mark.parametrize(("turn", "right"), [(0, 5), (35, 5), (37, 0), (90, 0), (-35, 5)])
def test_a_turned_pentagon_is_read_until_half_the_angle_between_words(turn: float, right: int) -> None:
    assert named(ring(5, np.deg2rad(turn)), ring(5)).sum() == right


@given(SEED)
@settings(max_examples=30, deadline=None)
def test_naming_is_that_of_a_reader_who_compares_angles(seed: int) -> None:
    now, then = default_rng(seed).standard_normal((2, 2, 6))
    expected = []
    for feature in range(6):
        words = [word for word in range(6) if np.hypot(*then[:, word]) >= 0.5]
        gaps = [abs(np.angle(complex(*now[:, feature]) / complex(*then[:, word]))) for word in words]
        said = words[int(np.argmin(gaps))] if words and np.hypot(*now[:, feature]) >= 0.5 else None
        expected.append(said == feature)
    assert named(now, then).tolist() == expected


def test_a_short_training_has_the_pentagon_and_loses_a_word_when_the_density_rises() -> None:
    """The recorded experiment on a smaller scale: fewer steps, smaller batches, other dice."""
    sheets = shifts(101, (0.05, 0.5), (0, 1500), steps=1500, batch=128, rate=0.02)
    arrows = sheets[..., :-1, :]
    assert sheets.shape == (2, 2, 2, 3, 5)
    assert dimensionality(arrows[0, 0, 0]) == pytest.approx(np.full(5, 0.4), abs=0.06)
    kept, lost = (named(arrows[0, after, -1], arrows[0, after, 0]).sum() for after in (0, 1))
    assert (kept, lost) == (5, 4)
    assert np.sort(dimensionality(arrows[0, 1, -1])) == pytest.approx([0, 0.5, 0.5, 0.5, 0.5], abs=0.06)


def test_one_recorded_snapshot_is_found_again() -> None:
    """The densities share their dice, so that one can be trained without the others, in full; rounding differs by machine."""
    again = shifts(SEEDS[2], (0.05,), (0,), steps=STEPS, batch=BATCH, rate=RATE)[0, 0, 0]
    assert again == pytest.approx(recorded()[2, 1, 1, 0], abs=0.03)


@pytest.fixture
def forgotten() -> Iterator[None]:
    caches = (recorded, recorded_jumps, recorded_names, superposition._meeting)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def test_what_is_recorded_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    """The command, with little work, leaves what the functions give; other settings and a missing file are refused."""
    monkeypatch.setattr("sysalign_lib.core.recorded.HOME", tmp_path)
    for name, value in {"STEPS": 5, "BATCH": 8, "SEEDS": (0, 1), "MOMENTS": (0, 3), "RATIOS": (0.5,)}.items():
        monkeypatch.setattr(superposition, name, value)
    monkeypatch.setattr(superposition, "jump_density", lambda ratios: jump_density(ratios, 1))
    with pytest.raises(FileNotFoundError, match=r"place must be a file of recorded numbers.*make it anew"):
        recorded()
    superposition.record()
    names = sorted(path.name for path in (tmp_path / "interpretability" / "data").iterdir())
    assert names == ["superposition.npz", "superposition_jumps.npz"]
    many = len(DENSITIES)
    assert recorded().shape == (2, many, many, 2, 3, 5)
    one = shifts(1, [float(density) for density in DENSITIES], (0, 3), steps=5, batch=8, rate=RATE)
    assert recorded()[1] == pytest.approx(one, abs=5.1e-4)
    recorded.cache_clear()
    monkeypatch.setattr(superposition, "SETTINGS", "densities 7")
    with pytest.raises(ValueError, match=r"settings must be densities 7; got densities .* make it anew"):
        recorded()


# What is recorded --------------------------------------------------------------------------------------------------


def test_all_later_histories_begin_at_the_same_snapshot() -> None:
    assert (recorded()[:, :, :, 0] == recorded()[:, :, :1, 0]).all()


def test_the_result_is_what_is_recorded_up_to_the_moment() -> None:
    result = solve_shift(ShiftParams(before=Density.D30, after=Density.D05, steps=999, network=3))
    assert result.moments.tolist() == [moment for moment in MOMENTS if moment <= 999]
    before, after = DENSITIES.index(Density.D30), DENSITIES.index(Density.D05)
    assert np.array_equal(result.now, recorded()[3, before, after, len(result.moments) - 1, :-1])
    assert result.true_now.mean() == pytest.approx(result.frozen[-1, 3])
    assert result.frozen[0] == pytest.approx(result.refitted[0])


def test_the_borders_lie_between_neighboring_words() -> None:
    result = solve_shift(ShiftParams())
    words = np.sort(np.arctan2(*result.then[::-1]))
    assert len(result.borders) == 5
    for border in result.borders:
        gaps = np.sort(np.abs(np.angle(np.exp(1j * (words - border)))))
        assert gaps[0] == pytest.approx(gaps[1])


def test_the_null_shift_changes_no_word_of_a_dictionary_that_was_whole() -> None:
    for density in (Density.D02, Density.D05):
        at = DENSITIES.index(density)
        assert (recorded_names()[:, :, at, at] == 1).all()


def test_a_dictionary_written_now_names_the_old_ones_words_at_least_in_the_mean() -> None:
    """An oracle that reads again is never worse than the snapshot, whatever the shift."""
    frozen, refitted = recorded_names()
    assert (frozen <= refitted + 1e-12).all()


def test_the_dose_of_the_shift_decides_what_the_snapshot_is_worth() -> None:
    """From the pentagon upwards: whole up to density 0.2, four words of five from 0.3, about half at 0.9; chance is 1/5."""
    before = DENSITIES.index(Density.D05)
    dose = recorded_names()[0, :, before, :, -1].mean(axis=0)
    assert dose[:4].tolist() == [1, 1, 1, 1]
    assert dose[4:6] == pytest.approx([0.8, 0.8], abs=0.026)
    assert 0.2 < dose[6] < 0.65


def test_the_past_decides_what_is_stored_at_the_same_density() -> None:
    """At 0.1 those who come from 0.05 store five features; most who come from 0.3 fewer, at a loss that is larger."""
    low, there, high = (DENSITIES.index(one) for one in (Density.D05, Density.D10, Density.D30))
    refitted = recorded_names()[1, ..., -1]
    assert (refitted[:, low, there] == 1).all()
    assert (refitted[:, high, there] < 1).mean() > 0.5
    loss = [network_loss(recorded()[:, one, there, -1], 0.1, default_rng(1)).mean() for one in (low, high)]
    assert loss[1] > 1.2 * loss[0]


# Words and pictures ------------------------------------------------------------------------------------------------


def test_readings_say_what_the_arrays_say() -> None:
    for state in ({"steps": 0}, {"after": Density.D05}, {"before": Density.D50, "after": Density.D05}, {}):
        result, words = SUPERPOSITION.result(**state), SUPERPOSITION.read(**state)
        assert f" {round(40 * result.frozen[-1].mean())} of 40 features rightly" in words
    assert "still 0.05" in SUPERPOSITION.read(after=Density.D05)
    assert "drops the second" in PHASES.read(density=0.9, ratio=0.5)
    assert "faintly" in PHASES.read(density=0.8, ratio=0.9)
    assert "both features" in PHASES.read(density=0.05, ratio=0.1)


def test_every_kind_of_optimum_is_among_the_states_and_the_lines_tell_them_apart() -> None:
    kinds = set()
    for ratio, density in product((0.25, 0.6, 0.9), PHASES.choices["density"]):
        result = solve_phases(replace(PHASES.params, ratio=ratio, density=density))
        both = result.shorter > superposition.STRONG
        assert both == (density < np.interp(ratio, result.line_ratio, result.jump_density))
        dropped = result.shorter < 1e-3
        assert both or dropped == (ratio < fade_ratio(density))
        kinds.add("both" if both else "dropped" if dropped else "faint")
    assert kinds == {"both", "dropped", "faint"}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: PhasesParams(density=0.0), "density must be in"),
        (lambda: ShiftParams(steps=5000), "steps must be in"),
        (lambda: ShiftParams(before="0.07"), "before must be one of"),  # type: ignore[arg-type]
        (lambda: SuperpositionParams(hidden=0), "hidden must be in"),
        (lambda: polygon(6, 5), "corners must be in"),
        (lambda: sparse_minimum(5, 0, default_rng(0)), "starts must be in"),
        (lambda: sparse_loss(np.ones(3)), "weights must have shape"),
        (lambda: jump_density(0.0), "ratio must lie in"),
        (lambda: jump_density(0.5, 0), "halvings must be in"),
        (lambda: optimum(1.5, 0.5), "density must lie in"),
        (lambda: fade_ratio(0.0), "density must lie in"),
        (lambda: named(np.eye(2), np.eye(2), -1.0), "shortest must be in"),
        (lambda: network_loss(np.ones((1, 3, 5)), 0.0, default_rng(0)), "density must be in"),
        (lambda: network_loss(np.ones((3, 5)), 0.5, default_rng(0)), "sheets must have shape"),
    ],
)
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        call()  # type: ignore[operator]
