"""Boolean transparency: the lemma by adding everything up, its limits, networks node by node, and what the claims say."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import brentq

from sysalign_lib.core.sweep import grid, sweep
from sysalign_lib.interpretability.boolean_transparency import (
    COUPLED,
    CircuitParams,
    CircuitResult,
    CouplingParams,
    critical_inputs,
    crowd_error,
    damage,
    draw_tables,
    draw_wires,
    error_path,
    evolve,
    foresight,
    long_run_error,
    misread,
    next_error,
    sensitivity,
    simulate,
    simulate_coupling,
    solve,
    solve_coupling,
)
from sysalign_lib.interpretability.explorables.boolean_transparency import MISREAD, TRANSPARENCY
from sysalign_lib.interpretability.views.boolean_transparency import coupling_reading, reading

shares = st.floats(0, 1)
transparencies = st.floats(0.5, 1)
inputs = st.integers(1, 6)

# The lemma ---------------------------------------------------------------------------------------------------------


def added_up(error: float, k: int, ones_lost: float, zeros_lost: float, bias: float, on: float) -> float:
    """Chance that circuit and copy differ: every table, every misreading and every pair of inputs, one by one.

    Ones are misread with chance `ones_lost`, zeros with chance `zeros_lost`; a wire is on with chance `on`.
    """
    chance_of = {(0, 0): 1 - zeros_lost, (0, 1): zeros_lost, (1, 0): ones_lost, (1, 1): 1 - ones_lost}
    total = 0.0
    for table in product((0, 1), repeat=1 << k):
        likely = math.prod(bias if one else 1 - bias for one in table)
        for copy in product((0, 1), repeat=1 << k):
            both = likely * math.prod(chance_of[pair] for pair in zip(table, copy, strict=True))
            for x, y in product(range(1 << k), repeat=2):
                bits = [(x >> j & 1, y >> j & 1) for j in range(k)]
                if both and table[x] != copy[y]:
                    here = math.prod((on if a else 1 - on) * (error if a != b else 1 - error) for a, b in bits)
                    total += both * here
    return total


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize(
    ("eta", "bias", "error"), [(0.1, 0.5, 0.3), (0.05, 0.9, 0.2), (0.3, 0.2, 0.7), (0.0, 0.7, 1.0)]
)
def test_a_step_of_the_lemma_is_what_all_tables_misreadings_and_inputs_add_up_to(
    k: int, eta: float, bias: float, error: float
) -> None:
    for on in (0.5, 0.1):  # how many wires are on does not matter
        assert float(next_error(error, k, 1 - eta, bias)) == pytest.approx(
            added_up(error, k, eta, eta, bias, on), abs=1e-12
        )


def test_misreadings_that_favor_ones_or_keep_the_bias_have_the_other_bracket_that_is_announced() -> None:
    rho, d, k = 0.8, 0.3, 2
    for a, b in ((0.1, 0.0), (0.05, 0.2)):
        eta, r = rho * a + (1 - rho) * b, rho * (1 - a) + (1 - rho) * b
        lemma = eta + (rho * (1 - r) + (1 - rho) * r - eta) * (1 - (1 - d) ** k)
        assert added_up(d, k, a, b, rho, 0.4) == pytest.approx(lemma, abs=1e-12)
    a, b, v = 0.05, 0.2, 2 * rho * (1 - rho)  # as many ones are gained as are lost
    eta = rho * a + (1 - rho) * b
    assert added_up(d, k, a, b, rho, 0.4) == pytest.approx(eta + (v - eta) * (1 - (1 - d) ** k), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(shares, inputs)
def test_without_bias_and_without_misreadings_the_map_is_that_of_derrida_and_pomeau(d: float, k: int) -> None:
    assert float(next_error(d, k)) == pytest.approx((1 - (1 - d) ** k) / 2, abs=1e-12)
    for eta in (0.001, 0.2):
        same = (1 - d) ** k
        assert float(next_error(d, k, 1 - eta)) == pytest.approx(eta * same + (1 - same) / 2, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(inputs, st.floats(0.0, 0.5), shares)
def test_the_error_at_rest_is_a_fixed_point(k: int, eta: float, bias: float) -> None:
    rest = float(long_run_error(k, 1 - eta, bias))
    assert float(next_error(rest, k, 1 - eta, bias)) == pytest.approx(rest, abs=1e-12)


@pytest.mark.parametrize("bias", [0.0, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("eta", [0.001, 0.05, 0.5])
def test_every_start_leads_to_the_error_at_rest(eta: float, bias: float) -> None:
    reads = np.arange(1, 7)
    for start in (0.0, 0.2, 1.0):
        path = error_path(600, reads, 1 - eta, bias, start=start)
        np.testing.assert_allclose(path[-1], long_run_error(reads, 1 - eta, bias), atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.0, 0.5), shares)
def test_one_and_two_inputs_have_closed_forms(eta: float, bias: float) -> None:
    v = 2 * bias * (1 - bias)
    g = v * (1 - 2 * eta)
    assert float(long_run_error(1, 1 - eta, bias)) == pytest.approx(eta / (1 - g), abs=1e-12)
    if g > 1e-6:
        u = (1 - math.sqrt(max(0.0, 1 - 4 * g * (1 - eta - g)))) / (2 * g)
        assert float(long_run_error(2, 1 - eta, bias)) == pytest.approx(1 - u, abs=1e-7)
    assert float(long_run_error(1, 1 - eta)) == pytest.approx(2 * eta / (1 + 2 * eta), abs=1e-12)
    root = math.sqrt(2 * eta)
    assert float(long_run_error(2, 1 - eta)) == pytest.approx(root / (1 + root), abs=1e-7)


@pytest.mark.parametrize("k", [3, 4, 5, 6])
def test_what_is_left_for_ever_less_misread_solves_the_polynomial_and_is_found_by_another_root_finder(k: int) -> None:
    left = float(long_run_error(k, 1.0))
    u = brentq(lambda x: sum(x**j for j in range(k)) - 2, 0.0, 1.0, xtol=1e-15)
    assert left == pytest.approx(1 - u, abs=1e-12)
    assert float(long_run_error(k, 1 - 1e-9)) == pytest.approx(left, abs=1e-7)
    v = 2 * 0.7 * 0.3
    if v * k > 1:
        found = brentq(lambda d: v * (1 - (1 - d) ** k) - d, 1e-3, 1.0, xtol=1e-15)
        assert float(long_run_error(k, 1.0, 0.7)) == pytest.approx(found, abs=1e-12)


def test_three_inputs_leave_one_minus_the_inverse_of_the_golden_ratio() -> None:
    assert float(long_run_error(3, 1.0)) == pytest.approx((3 - math.sqrt(5)) / 2, abs=1e-14)
    assert float(long_run_error(3, 1.0, 0.7)) == pytest.approx((3 - math.sqrt(4 / 0.42 - 3)) / 2, abs=1e-12)


def test_below_one_the_error_is_of_the_order_of_the_misreadings_at_one_of_their_root_and_above_of_neither() -> None:
    for eta in (1e-4, 1e-6, 1e-8):
        assert float(long_run_error(3, 1 - eta, 0.9)) == pytest.approx(eta / (1 - 0.54), rel=20 * eta + 1e-6)
        assert float(long_run_error(2, 1 - eta)) == pytest.approx(math.sqrt(2 * eta), rel=2 * math.sqrt(eta))
        k, bias = 4, (1 + math.sqrt(0.5)) / 2  # 2 rho (1 - rho) = 1/4
        assert float(long_run_error(k, 1 - eta, bias)) == pytest.approx(math.sqrt(2 * eta / 3), rel=4 * math.sqrt(eta))
        assert float(long_run_error(3, 1 - eta)) == pytest.approx(0.38197, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(inputs, transparencies, shares)
def test_the_interpreter_never_does_better_in_the_end_than_two_runs_are_alike(k: int, seen: float, bias: float) -> None:
    assert float(long_run_error(k, seen, bias)) >= float(long_run_error(k, 1.0, bias)) - 1e-12
    assert float(long_run_error(k, seen, bias)) <= 0.5 + 1e-12


@settings(max_examples=40, deadline=None)
@given(inputs, st.floats(0.5, 0.999), st.floats(0.5, 0.999), shares)
def test_a_better_reading_and_fewer_inputs_never_hurt_in_the_end(k: int, one: float, other: float, bias: float) -> None:
    low, high = sorted((one, other))
    assert float(long_run_error(k, high, bias)) <= float(long_run_error(k, low, bias)) + 1e-12
    assert float(long_run_error(k, low, bias)) <= float(long_run_error(k + 1, low, bias)) + 1e-12


def test_curves_may_have_inputs_that_are_not_whole_and_agree_with_the_iterated_map() -> None:
    reads = np.array([1.0, 1.5, 2.3, 4.9])
    path = error_path(4000, reads, 0.98, 0.6)
    assert path.shape == (4001, 4)
    np.testing.assert_allclose(path[-1], long_run_error(reads, 0.98, 0.6), atol=1e-9)


def test_sensitivity_and_critical_inputs() -> None:
    assert float(sensitivity(3)) == 1.5
    assert critical_inputs() == 2
    assert critical_inputs(0.9) == pytest.approx(50 / 9)
    assert math.isinf(critical_inputs(1.0))
    for bias in (0.5, 0.75, 0.9):
        edge = critical_inputs(bias)
        assert float(long_run_error(0.999 * edge, 1.0, bias)) == 0
        assert float(long_run_error(1.01 * edge, 1.0, bias)) > 0.001


@settings(max_examples=40, deadline=None)
@given(inputs, transparencies, shares, st.integers(1, 9))
def test_looking_again_repeats_the_first_steps_for_ever(k: int, seen: float, bias: float, every: int) -> None:
    once, often = error_path(every, k, seen, bias), error_path(4 * every, k, seen, bias, every)
    np.testing.assert_allclose(often[1:], np.tile(once[1:], 4), atol=1e-15)
    np.testing.assert_allclose(error_path(20, k, seen, bias, 1)[1:], 1 - seen, atol=1e-12)


def test_foresight_is_where_the_path_leaves_what_is_tolerated_and_a_tenth_buys_ever_the_same() -> None:
    path = error_path(60, 3, 0.999)
    steps = int(foresight(3, 0.999))
    assert path[steps] <= 0.1 < path[steps + 1]
    assert math.isinf(foresight(1, 0.999))
    assert foresight(3, 0.8) == 0
    for k in (3, 5):
        bought = (foresight(k, 1 - 1e-10, tolerated=0.01) - foresight(k, 1 - 1e-4, tolerated=0.01)) / 6
        assert bought == pytest.approx(math.log(10) / math.log(k / 2), abs=1 / 6)


# Networks ----------------------------------------------------------------------------------------------------------


def one_by_one(wires: np.ndarray, tables: np.ndarray, start: np.ndarray, steps: int) -> np.ndarray:
    """Every node of every network by its definition, one lane."""
    states = [start.tolist()]
    for _ in range(steps):
        now = states[-1]
        after = [
            [
                int(tables[sum(now[net][wires[k, net, node]] << k for k in range(len(wires))), net, node])
                for node in range(start.shape[1])
            ]
            for net in range(len(start))
        ]
        states.append(after)
    return np.array(states, dtype=np.uint8)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 4), st.integers(0, 5), st.integers(0, 10**6))
def test_networks_move_as_they_are_defined_in_every_lane(k: int, nodes: int, nets: int, steps: int, seed: int) -> None:
    rng = default_rng(seed)
    wires = draw_wires(nodes, k, nets, rng)
    lanes = rng.integers(256, size=(1 << k, nets, nodes), dtype=np.uint8)
    start = rng.integers(256, size=(nets, nodes), dtype=np.uint8)
    states = evolve(wires, lanes, start, steps)
    assert states.shape == (steps + 1, nets, nodes)
    for lane in range(8):
        seen = one_by_one(wires, lanes >> lane & 1, start >> lane & 1, steps)
        np.testing.assert_array_equal(states >> lane & 1, seen)


def test_networks_of_many_blocks_move_as_each_of_them_alone() -> None:
    rng = default_rng(3)
    wires, tables = draw_wires(20_000, 2, 5, rng), draw_tables(20_000, 2, 5, 0.5, rng)
    start = rng.integers(2, size=(5, 20_000), dtype=np.uint8)
    together = evolve(wires, tables, start, 7)
    for net in range(5):
        one = slice(net, net + 1)
        np.testing.assert_array_equal(together[:, one], evolve(wires[:, one], tables[:, one], start[one], 7))


def test_a_look_puts_the_copy_back_on_the_truth_and_leaves_other_lanes_alone() -> None:
    rng = default_rng(4)
    wires, tables = draw_wires(300, 3, 2, rng), draw_tables(300, 3, 2, 0.5, rng)
    lanes = tables * np.uint8(5) | misread(tables, 0.9, rng) * np.uint8(2)
    here, there = rng.integers(2, size=(2, 2, 300), dtype=np.uint8)
    start = here * np.uint8(3) | there * np.uint8(4)
    looking, not_looking = evolve(wires, lanes, start, 12, look_every=4), evolve(wires, lanes, start, 12)
    np.testing.assert_array_equal(looking & 5, not_looking & 5)
    np.testing.assert_array_equal(looking[:5], not_looking[:5])
    seen = looking[4] & 1
    np.testing.assert_array_equal(looking[5:9] & 3, evolve(wires, lanes, seen * np.uint8(3), 4)[1:] & 3)


def test_misreadings_are_as_frequent_as_announced_and_a_better_reader_misreads_nothing_new() -> None:
    tables = draw_tables(5000, 3, 4, 0.7, default_rng(1))
    assert abs(tables.mean() - 0.7) < 5 * math.sqrt(0.21 / tables.size)
    wrong = [misread(tables, seen, default_rng(2)) ^ tables for seen in (0.8, 0.99, 1.0)]
    assert abs(wrong[0].mean() - 0.2) < 5 * math.sqrt(0.16 / tables.size)
    assert not (wrong[1] & ~wrong[0]).any()
    assert not wrong[2].any()
    assert (misread(tables, 0.0, default_rng(2)) == 1 - tables).all()


@pytest.mark.parametrize(("k", "eta", "bias"), [(1, 0.05, 0.5), (3, 0.02, 0.5), (3, 0.05, 0.9), (5, 0.01, 0.8)])
def test_the_lemma_holds_in_large_networks_with_fixed_wires_step_by_step(k: int, eta: float, bias: float) -> None:
    """200,000 nodes; each step's error beside the lemma at the error before it, biased tables included."""
    params = CircuitParams(inputs=k, transparency=1 - eta, bias=bias, nodes=100_000, nets=2, steps=8)
    result = simulate(params, default_rng(5))
    law = next_error(result.error[:-1], k, 1 - eta, bias)
    allowed = 5 * np.sqrt(law * (1 - law) * (1 + k) / 200_000)
    assert (np.abs(result.error[1:] - law) < allowed).all()


def test_two_runs_come_apart_by_the_map_in_one_step() -> None:
    for flipped in (1000, 10_000):
        d = flipped / 20_000
        law = 0.5 * (1 - (1 - d) ** 3)
        seen = damage(20_000, 3, 10, flipped, 1, default_rng(flipped))
        assert (seen[0] == d).all()
        assert abs(seen[1].mean() - law) < 5 * math.sqrt(law * (1 - law) / 200_000)


def test_damage_heals_below_two_inputs_and_comes_to_the_golden_share_at_three() -> None:
    late = {k: damage(1000, k, 40, 10, 200, default_rng(k))[150:].mean(axis=0) for k in (1, 2, 3)}
    assert late[1].mean() < 0.002
    assert late[2].mean() < 0.1
    assert np.median(late[2]) < 0.02
    assert abs(late[3].mean() - 0.381966) < 5 * 0.0117 / math.sqrt(40)
    assert damage(100, 3, 2, 0, 5, default_rng(1)).max() == 0


@pytest.mark.parametrize("bias", [0.0, 1.0])
def test_where_all_entries_are_alike_only_the_entries_that_were_misread_are_wrong(bias: float) -> None:
    result = simulate(CircuitParams(inputs=3, bias=bias, transparency=0.9, steps=4), default_rng(1))
    np.testing.assert_allclose(solve(result.params).law[1:], 0.1, atol=1e-12)
    assert abs(result.error[1:].mean() - 0.1) < 5 * math.sqrt(0.09 / 8000)


# Interpreters ------------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(inputs, st.sampled_from([0, 1, 7]), shares, st.integers(0, 1000))
def test_who_has_misread_nothing_is_always_right(k: int, every: int, bias: float, seed: int) -> None:
    params = CircuitParams(inputs=k, transparency=1.0, look_every=every, bias=bias, steps=20, nodes=60, nets=2)
    result = simulate(params, default_rng(seed))
    assert result.error.max() == 0
    np.testing.assert_array_equal(result.truth, result.read)
    assert result.performance[1] == result.performance[3] == 1
    assert (solve(params).law == 0).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("k", "every"), [(1, 0), (3, 0), (5, 0), (3, 5)])
def test_networks_agree_with_the_lemma_in_the_long_run(seed: int, k: int, every: int) -> None:
    params = CircuitParams(inputs=k, transparency=0.95, look_every=every, steps=100, nets=20)
    seen, exact = simulate(params, default_rng(seed)), solve(params)
    np.testing.assert_array_equal(seen.law, exact.error)
    spread = {1: 0.016, 3: 0.021, 5: 0.021}[k]
    assert abs(seen.late - exact.late) < 5 * spread / math.sqrt(20)


def test_one_more_copy_that_doubts_nothing_says_what_the_first_says() -> None:
    """Without misreadings all copies are the machine; with one further copy the vote errs about twice as often at first."""
    sure = CircuitParams(inputs=3, transparency=1.0, steps=20, nodes=200, nets=2)
    assert not np.any(crowd_error(sure, 3, default_rng(1)))
    for copies in (2, 0):
        with pytest.raises(ValueError, match="copies"):
            crowd_error(sure, copies, default_rng(1))
    one, vote = crowd_error(CircuitParams(inputs=3, transparency=0.99, nodes=20_000, nets=4), 1, default_rng(2))
    eta = 0.01
    se = math.sqrt(eta / (4 * 20_000))
    assert abs(one[1].mean() - eta) < 5 * se
    assert abs(vote[1].mean() - 2 * eta * (1 - eta)) < 5 * math.sqrt(2) * se  # misread once, or again, but not both


def test_the_vote_of_many_copies_errs_as_often_as_who_has_watched_where_errors_spread() -> None:
    """Three inputs: copies lose each other, so that their vote is a habit; counted one by one for a vote of three."""
    params = CircuitParams(inputs=3, transparency=0.999, steps=200, nets=8)
    one, vote = crowd_error(params, 35, default_rng(3))
    watched = simulate(params, default_rng(3)).habit
    assert one[100:].mean() > vote[100:].mean() + 0.05
    assert abs(vote[100:].mean() - watched[100:].mean()) < 0.02
    _, three = crowd_error(params, 3, default_rng(3))
    assert vote[100:].mean() < three[100:].mean()


def test_habits_are_wrong_between_half_of_d_star_and_d_star_and_less_than_the_interpreter() -> None:
    for k, bias in ((3, 0.5), (4, 0.5), (5, 0.7)):
        params = CircuitParams(inputs=k, bias=bias, steps=200, nets=20)
        result = simulate(params, default_rng(k))
        chance, interpreter, watcher, oracle = result.performance
        low, high = result.unread / 2, result.unread
        assert low - 5 * result.habit_se.max() < 1 - watcher < high + 5 * result.habit_se.max()
        assert chance < interpreter < watcher < oracle


def test_the_truth_does_not_depend_on_the_interpreter() -> None:
    runs = [
        simulate(CircuitParams(inputs=3, transparency=seen, look_every=every), default_rng(8))
        for seen, every in ((0.9, 0), (0.999, 0), (0.9, 5))
    ]
    for one in runs[1:]:
        np.testing.assert_array_equal(one.truth, runs[0].truth)
        np.testing.assert_array_equal(one.habit, runs[0].habit)
    np.testing.assert_array_equal(runs[0].error[:6], runs[2].error[:6])


def test_performance_falls_with_the_dose_and_meets_the_watcher_on_the_way() -> None:
    points = grid(CircuitParams(nodes=500, nets=4), inputs=(1, 3, 5))
    seen = sweep(simulate, lambda result: float(result.performance[1]), points, seed=1, repeats=3).mean(axis=1)
    assert (np.diff(seen) < 0).all()
    assert seen[0] > 0.98
    assert seen[2] < 0.55


def test_networks_of_every_coupling_agree_with_the_lemma_away_from_the_critical_point() -> None:
    for params in (
        CouplingParams(transparency=0.95, nets=10), CouplingParams(transparency=0.95, bias=0.9, nets=10),
        CouplingParams(transparency=0.95, look_every=3, nets=10),
    ):  # fmt: skip
        seen, exact = simulate_coupling(params, default_rng(9)), solve_coupling(params)
        np.testing.assert_array_equal(seen.law, exact.law)
        away = np.abs(sensitivity(seen.inputs, params.bias) - 1) > 0.25
        gap = np.abs(seen.error - exact.error)[away]
        assert (gap < 6 * np.maximum(seen.error_se, 0.001)[away] + 0.002).all()


def test_a_window_is_a_whole_number_of_spans_between_looks() -> None:
    params = CouplingParams(transparency=0.9, look_every=7, steps=10, nodes=200)
    seen = simulate_coupling(params, default_rng(2))
    assert abs(seen.error[0] - seen.at_inputs[0]) < 0.03
    assert np.isfinite(simulate_coupling(CouplingParams(look_every=200, nodes=10, steps=2), default_rng(2)).error).all()


# Refusals, words and pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: next_error(1.2, 3), "error must lie in"), (lambda: next_error(0.1, 0.5), "inputs must lie in"),
        (lambda: next_error(0.1, 3, 0.4), "transparency must be in"), (lambda: long_run_error(3, 0.9, 1.1), "bias must be in"),
        (lambda: error_path(-1, 3, 0.9), "steps must be in"),
        (lambda: error_path(5, 3, 0.9, look_every=-1), "look_every must be"),
        (lambda: foresight(3, 0.9, tolerated=2.0), "tolerated must be in"), (lambda: critical_inputs(-0.1), "bias must be in"),
        (lambda: sensitivity(0), "inputs must lie in"), (lambda: misread(np.zeros((2, 1, 1), np.uint8), 1.5, default_rng(0)),
                                                         "transparency must be in"),
        (lambda: damage(10, 2, 2, 11, 5, default_rng(0)), "flipped must be in"),
        (lambda: evolve(np.zeros((1, 1, 3), int), np.zeros((2, 1, 3), int), np.zeros(3, int), 2), "start must have shape"),
        (lambda: evolve(np.zeros((2, 3), int), np.zeros((2, 1, 3), int), np.zeros((1, 3), int), 2), "wires must have shape"),
        (lambda: evolve(np.zeros((2, 1, 3), int), np.zeros((2, 1, 3), int), np.zeros((1, 3), int), 2), "tables must have shape"),
        (lambda: evolve(np.full((1, 1, 3), 3), np.zeros((2, 1, 3), int), np.zeros((1, 3), int), 2), "wires must be whole"),
        (lambda: evolve(np.zeros((1, 1, 3), int), np.full((2, 1, 3), 0.5), np.zeros((1, 3), int), 2), "tables must be whole"),
        (lambda: draw_wires(0, 3, 1, default_rng(0)), "nodes must be in"),
        (lambda: draw_tables(3, 9, 1, 0.5, default_rng(0)), "inputs must be in"),
        (lambda: CircuitParams(inputs=9), "inputs must be in"), (lambda: CouplingParams(transparency=0.4), "transparency must"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_by_name(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def told(result: CircuitResult) -> str:
    words = reading(result)
    assert "nan" not in words
    assert "inf" not in words
    assert "  " not in words
    return words


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 8), transparencies, shares, st.integers(0, 5), st.integers(2, 6))
def test_every_setting_can_be_told(k: int, seen: float, bias: float, every: int, steps: int) -> None:
    params = CircuitParams(inputs=k, transparency=seen, bias=bias, look_every=every, steps=steps, nodes=16, nets=2)
    told(simulate(params, default_rng(0)))
    told(solve(params))
    some = CouplingParams(transparency=seen, bias=bias, look_every=every, steps=steps, nodes=10, nets=2)
    for result in (simulate_coupling(some, default_rng(0)), solve_coupling(some)):
        assert "inf" not in coupling_reading(result)
        assert "nan" not in coupling_reading(result)


def test_readings_at_the_edges() -> None:
    assert "With 1 input per node" in told(solve(CircuitParams(inputs=1)))
    assert "stay at 10 % or less for ever" in told(solve(CircuitParams(inputs=1)))
    assert "for 1 step." in told(solve(CircuitParams(inputs=3, transparency=0.95)))
    assert "the very next step is wrong" in told(solve(CircuitParams(inputs=3, transparency=0.8)))
    assert "after every step" in told(solve(CircuitParams(look_every=1)))
    assert "errors never spread" in coupling_reading(solve_coupling(CouplingParams(bias=1.0)))
    assert "errors spread above 2 inputs per node;" in coupling_reading(solve_coupling(CouplingParams()))
    assert "would spread above 10.5 inputs" in coupling_reading(solve_coupling(CouplingParams(bias=0.95)))
    assert "99.99 %" in told(solve(CircuitParams(transparency=0.9999)))


def test_the_bet_is_answered_by_networks_near_the_lemma_and_not_given_away_at_rest() -> None:
    assert MISREAD.answer() == pytest.approx(38.25, abs=100 * 5 * 0.021 / math.sqrt(8))
    assert MISREAD.result().late < 0.1


def test_figures_show_the_falsifier() -> None:
    calm = TRANSPARENCY.result(bias=0.9)
    assert calm.error[:5].max() < 0.03
    assert TRANSPARENCY.result(bias=0.5).error[2:].min() > 0.3
    assert len(calm.inputs) == COUPLED
    assert MISREAD.result(inputs=1).late < 0.01
    assert MISREAD.result(inputs=3, look_every=5).error.max() < 0.05
