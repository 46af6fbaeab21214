"""Elementary automata: rows against a table look-up, shortcuts and laws against rows, listings against dice."""

from __future__ import annotations

import math
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.interpretability.automata import (
    AutomatonParams,
    Fate,
    ForecastParams,
    Misread,
    RulesParams,
    Shortcut,
    Start,
    after,
    best_right,
    density_after,
    entry_error,
    equivalents,
    evolve,
    evolve_lanes,
    flip_count,
    flow,
    jump,
    jump_cost,
    lanes,
    operations,
    polynomial,
    representatives,
    rhythm,
    run_counts,
    share_error,
    shortcut,
    simulate,
    simulate_forecast,
    simulate_rules,
    solve_forecast,
    sum_count,
    table_right,
    window_right,
)
from sysalign_lib.interpretability.explorables.automata import AUTOMATA, AUTOMATA_FORECAST, AUTOMATA_MAP
from sysalign_lib.interpretability.views.automata import forecast_reading, reading, rules_reading

rules = st.integers(0, 255)
rows = st.lists(st.integers(0, 1), min_size=1, max_size=150)
SUPERPOSING = [rule for rule in range(256) if shortcut(rule)[0] is not Shortcut.NONE]


def looked_up(row: np.ndarray, rule: int, steps: int) -> np.ndarray:
    """The rows, or many of them at once, by the table itself, as one would write it first."""
    table, history = np.array([rule >> entry & 1 for entry in range(8)]), [np.asarray(row)]
    for _ in range(steps):
        now = history[-1]
        history.append(table[4 * np.roll(now, 1, axis=-1) + 2 * now + np.roll(now, -1, axis=-1)])
    return np.array(history)


def coins(width: int, seed: int = 1, density: float = 0.5) -> np.ndarray:
    return (default_rng(seed).random(width) < density).astype(np.uint8)


def one(width: int) -> np.ndarray:
    return np.eye(1, width, width // 2, dtype=np.uint8)[0]


# Rows --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 3, 63, 64, 65, 130])
def test_every_rule_makes_the_rows_that_its_table_makes(width: int) -> None:
    row, every = coins(width, width), np.arange(256)[:, None]
    now = np.tile(row, (256, 1))
    histories = np.array([evolve(row, rule, 70) for rule in range(256)])
    for step in range(71):
        np.testing.assert_array_equal(histories[:, step], now)
        now = every >> (4 * np.roll(now, 1, axis=1) + 2 * now + np.roll(now, -1, axis=1)) & 1


@given(rows, rules, st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_rings_of_any_size_make_the_rows_that_the_table_makes(row: list[int], rule: int, steps: int) -> None:
    history = evolve(row, rule, steps)
    assert history.shape == (steps + 1, len(row))
    assert history.dtype == np.uint8
    np.testing.assert_array_equal(history, looked_up(np.array(row), rule, steps))
    np.testing.assert_array_equal(after(row, rule, steps), history[-1])


@given(rules, st.integers(1, 140), st.integers(1, 70), st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_many_runs_at_once_are_each_the_row_alone(rule: int, runs: int, width: int, steps: int) -> None:
    starts = (default_rng(width).random((runs, width)) < 0.4).astype(np.uint8)
    counts = run_counts(evolve_lanes(lanes(starts), rule, steps), runs)
    assert counts.shape == (steps + 1, runs)
    for run in (0, runs // 2, runs - 1):
        np.testing.assert_array_equal(counts[:, run], evolve(starts[run], rule, steps).sum(axis=1))


def test_formulas_are_short_and_the_polynomial_is_the_rule() -> None:
    assert max(operations(rule) for rule in range(256)) == 5
    assert [operations(rule) for rule in (204, 170, 90, 150, 30, 110)] == [0, 0, 1, 2, 2, 4]
    for rule in range(256):
        terms = [bit for bit in range(8) if polynomial(rule) >> bit & 1]
        for entry in range(8):
            assert sum(entry & bit == bit for bit in terms) % 2 == rule >> entry & 1


def test_there_are_88_kinds_of_rules() -> None:
    kinds = representatives()
    assert len(kinds) == 88
    assert sorted(rule for kind in kinds for rule in equivalents(kind)) == list(range(256))
    assert equivalents(110) == (110, 124, 137, 193)
    row = coins(41)
    np.testing.assert_array_equal(evolve(row[::-1], 124, 9)[:, ::-1], evolve(row, 110, 9))
    np.testing.assert_array_equal(1 - evolve(1 - row, 137, 9), evolve(row, 110, 9))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: evolve([0, 1, 2], 30, 1), "start must"), (lambda: evolve([0.5], 30, 1), "start must"),
        (lambda: evolve([], 30, 1), "start must"), (lambda: evolve(np.array([3], dtype=np.uint8), 30, 1), "start must"),
        (lambda: evolve([1], 256, 1), "rule must"), (lambda: evolve([1], 30, -1), "steps must"),
        (lambda: after([1], -1, 1), "rule must"), (lambda: jump([1], 30, 5), "rule must be one with a known shortcut"),
        (lambda: jump([1], 90, -5), "steps must"), (lambda: sum_count(4, 3), "neighbors must"),
        (lambda: flow(1.5, 3), "density must"),
        (lambda: flip_count(30, 11), "steps must"), (lambda: entry_error(30, 8, 2), "entry must"),
        (lambda: share_error(30, 1.5, 2), "dose must"), (lambda: window_right(30, 2, -3, 2), "first must"),
        (lambda: window_right(30, 2, 1, 0), "last must"), (lambda: rhythm([1, 0]), "rows must"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(call, sentence: str) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence):
        call()


# Shortcuts ---------------------------------------------------------------------------------------------------------


def test_26_rules_superpose_and_their_jumps_are_the_simulation() -> None:
    assert len(SUPERPOSING) == 26
    for rule in SUPERPOSING:
        for width, density in ((1, 0.5), (2, 0.5), (7, 0.3), (64, 0.7), (97, 0.5)):
            row = coins(width, rule, density)
            history = evolve(row, rule, 130)
            for steps in (0, 1, 2, 3, 5, 8, 31, 64, 100, 127, 130):
                np.testing.assert_array_equal(jump(row, rule, steps), history[steps], err_msg=f"{rule} {width} {steps}")


@given(st.sampled_from(SUPERPOSING), rows, st.integers(0, 10**9), st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_two_jumps_are_one(rule: int, row: list[int], first: int, second: int) -> None:
    np.testing.assert_array_equal(jump(jump(row, rule, first), rule, second), jump(row, rule, first + second))


def test_only_these_rules_superpose() -> None:
    """A rule is a sum, an OR or an AND if and only if it sends such combinations of rows to those of the images."""
    a, b = coins(200, 3), coins(200, 4)
    for rule in range(256):
        kind = shortcut(rule)[0]
        images = [after(row, rule, 1) for row in (a, b, a ^ b, a | b, a & b, 0 * a)]
        assert (kind is Shortcut.SUM) == bool((images[0] ^ images[1] == images[2] ^ images[5]).all())
        if kind not in (Shortcut.SUM, Shortcut.TRAFFIC):
            assert (kind is Shortcut.ANY) == bool((images[0] | images[1] == images[3]).all())
            assert (kind is Shortcut.EVERY) == bool((images[0] & images[1] == images[4]).all())


def test_a_jump_costs_the_ones_of_the_number_of_steps() -> None:
    assert [jump_cost(steps) for steps in (0, 1, 64, 127, 1_000_000)] == [0, 1, 1, 7, 7]


def test_rhythms_are_found_and_are_no_rhythms_elsewhere() -> None:
    row = coins(60)
    assert rhythm(evolve(row, 4, 10)) == (1, 0)
    assert rhythm(evolve(row, 51, 10)) == (2, 0)
    assert rhythm(evolve(row, 170, 10)) == (1, -1)
    assert rhythm(evolve(row, 240, 10)) == (1, 1)
    assert rhythm(evolve(coins(203), 30, 400)) is None
    assert rhythm(row[None]) is None


@given(rows, st.sampled_from([1, 13, 23, 37, 108, 178, 232]))
@settings(max_examples=30, deadline=None)
def test_a_rhythm_goes_on(row: list[int], rule: int) -> None:
    history = evolve(row, rule, 150)
    found = rhythm(history)
    if found:
        period, shift = found
        np.testing.assert_array_equal(after(history[-1], rule, 3 * period), np.roll(history[-1], 3 * shift))


# Laws --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "neighbors"), [(170, 1), (60, 2), (90, 2), (150, 3)])
def test_live_cells_of_sums_are_the_closed_form(rule: int, neighbors: int) -> None:
    counts = evolve(one(801), rule, 400).sum(axis=1, dtype=int)
    np.testing.assert_array_equal(sum_count(neighbors, np.arange(401)), counts)


def test_rule_90_counts_two_to_the_ones_and_rule_30_its_list() -> None:
    assert [int(sum_count(2, t)) for t in range(400)] == [2 ** bin(t).count("1") for t in range(400)]
    counts = evolve(one(41), 30, 15).sum(axis=1).tolist()
    assert counts == [1, 3, 3, 6, 4, 9, 5, 12, 7, 12, 11, 14, 12, 19, 13, 22]
    np.testing.assert_array_equal(sum_count(0, [0, 1, 2]), [1, 0, 0])


@given(st.integers(2, 60), st.floats(0, 1), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_traffic_on_a_ring_keeps_its_cars_and_settles_within_half_a_turn(width: int, share: float, seed: int) -> None:
    row = coins(width, seed, share)
    history = evolve(row, 184, width // 2 + 3)
    cars = int(row.sum())
    assert (history.sum(axis=1) == cars).all()
    moving = (history & ~np.roll(history, -1, axis=1) & 1).sum(axis=1)
    assert (moving[max(width // 2 - 1, 0) :] == min(cars, width - cars)).all()
    assert (np.diff(moving.astype(int)) >= 0).all()


@pytest.mark.parametrize("density", [0.0, 0.2, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("steps", [0, 1, 3, 6])
def test_flow_is_that_of_all_rows_listed(density: float, steps: int) -> None:
    cells = 2 * steps + 2
    contents = (np.arange(1 << cells)[:, None] >> np.arange(cells) & 1).astype(np.uint8)
    for _ in range(steps):
        left, own, right = contents[:, :-2], contents[:, 1:-1], contents[:, 2:]
        contents = np.where(own, right, left)
    live = (np.arange(1 << cells)[:, None] >> np.arange(cells) & 1).sum(axis=1)
    chance = density**live * (1.0 - density) ** (cells - live)
    moving = (contents[:, 0] == 1) & (contents[:, 1] == 0)
    assert float(flow(density, steps)) == pytest.approx(float(chance @ moving), abs=1e-12)


def test_flow_reaches_its_limit_slowly_at_one_half_and_fast_elsewhere() -> None:
    times = np.array([0, 5, 40, 200, 2000])
    np.testing.assert_allclose(
        flow(0.5, times), [0.5 - comb(2 * t + 2, t + 1) / 2 ** (2 * t + 3) for t in times.tolist()]
    )
    assert 0.5 - flow(0.5, 2000) == pytest.approx(1 / (2 * math.sqrt(math.pi * 2000)), rel=1e-3)
    assert flow(0.3, 2000) == pytest.approx(0.3, abs=1e-12)
    assert flow(0.8, 2000) == pytest.approx(0.2, abs=1e-12)
    np.testing.assert_allclose(flow(0.3, times), flow(0.7, times))


def test_rule_110s_background_is_four_sevenths_live_and_comes_back() -> None:
    ether = evolve([int(cell) for cell in "00010011011111"], 110, 21)
    assert (ether.sum(axis=1) == 8).all()
    np.testing.assert_array_equal(ether[::7], np.tile(ether[0], (4, 1)))


# Listings ----------------------------------------------------------------------------------------------------------


def by_dice(rule: int, steps: int, dose: float, density: float, runs: int) -> tuple[np.ndarray, np.ndarray]:
    """Middle cells of random rows and of rows that were read with errors."""
    rng = default_rng(rule + steps)
    first = (rng.random((runs, 2 * steps + 1)) < density).astype(np.uint8)
    read = first ^ (rng.random(first.shape) < dose).astype(np.uint8)
    return looked_up(first, rule, steps)[-1, :, steps], looked_up(read, rule, steps)[-1, :, steps]


@pytest.mark.parametrize(
    ("rule", "dose", "density"), [(30, 0.05, 0.5), (110, 0.1, 0.5), (54, 0.02, 0.3), (184, 0.2, 0.7)]
)
def test_listed_chances_are_those_of_dice(rule: int, dose: float, density: float) -> None:
    runs = 40_000
    truth, read = by_dice(rule, 4, dose, density, runs)
    for seen, law in (
        ((truth != read).mean(), share_error(rule, dose, 4, density)),
        (truth.mean(), density_after(rule, 4, density)),
    ):
        assert abs(seen - law) < 5 * math.sqrt(law * (1 - law) / runs)


def flipped_by_hand(rule: int, steps: int) -> float:
    """Mean number of differences on a ring as large as the cone, over all rows of it."""
    width = 2 * steps + 1
    total = 0
    for content in range(1 << width):
        row = np.array([content >> cell & 1 for cell in range(width)], dtype=np.uint8)
        other = row ^ one(width)
        total += int((evolve(row, rule, steps)[-1] != evolve(other, rule, steps)[-1]).sum())
    return total / (1 << width)


@pytest.mark.parametrize("rule", [22, 30, 110, 184])
def test_influence_summed_over_the_cone_is_the_number_of_differences(rule: int) -> None:
    assert flip_count(rule, 2) == pytest.approx(flipped_by_hand(rule, 2), abs=1e-12)


@given(rules)
@settings(max_examples=30, deadline=None)
def test_average_sensitivity_is_counted_on_the_table(rule: int) -> None:
    table = [rule >> entry & 1 for entry in range(8)]
    assert flip_count(rule, 1) == sum(table[e] != table[e ^ bit] for e in range(8) for bit in (1, 2, 4)) / 8


@given(rules, st.floats(0, 0.5), st.floats(0, 1), st.integers(0, 4))
@settings(max_examples=50, deadline=None)
def test_predictors_keep_their_order(rule: int, dose: float, density: float, steps: int) -> None:
    live = density_after(rule, steps, density)
    best, table = best_right(rule, dose, steps, density), table_right(rule, dose, steps, density)
    assert best >= 1 - share_error(rule, dose, steps, density) - 1e-9
    assert best >= table - 1e-9
    assert table >= max(live, 1 - live) - 1e-9
    assert best <= 1 + 1e-9


@given(rules, st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_limits_of_a_reading(rule: int, steps: int) -> None:
    assert share_error(rule, 0.0, steps) == pytest.approx(0, abs=1e-12)
    live = density_after(rule, steps)
    assert share_error(rule, 0.5, steps) == pytest.approx(2 * live * (1 - live), abs=1e-12)
    assert share_error(rule, 1e-6, steps) == pytest.approx(1e-6 * flip_count(rule, steps), abs=1e-9)
    assert window_right(rule, steps, -steps, steps) == pytest.approx(1, abs=1e-12)
    assert sum(entry_error(rule, entry, 1) for entry in range(8)) == pytest.approx(1, abs=1e-12)
    assert entry_error(rule, 3, 0) == 0


@pytest.mark.parametrize(("rule", "neighbors"), [(60, 2), (90, 2), (105, 3), (150, 3), (170, 1)])
def test_listings_of_sums_are_the_closed_form(rule: int, neighbors: int) -> None:
    for steps in range(1, 8):
        count = int(sum_count(neighbors, steps))
        assert flip_count(rule, steps) == count
        assert share_error(rule, 0.03, steps) == pytest.approx((1 - 0.94**count) / 2, abs=1e-12)


def test_without_one_cell_of_the_cone_permutive_rules_are_coins() -> None:
    for rule in range(256):
        if all((rule >> entry & 1) != (rule >> (entry | 4) & 1) for entry in range(4)):
            assert window_right(rule, 5, -4, 5) == 0.5
            assert window_right(rule, 5, -5, -5) >= 0.5
    assert window_right(110, 5, -4, 5) > 0.9
    assert window_right(4, 6, -1, 1) == 1


# The pictures' models ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("misread", list(Misread))
@pytest.mark.parametrize("start", list(Start))
@pytest.mark.parametrize("rule", [30, 54, 90, 105, 150, 184, 232, 250])
def test_measured_courses_lie_on_their_laws(rule: int, start: Start, misread: Misread) -> None:
    seen = simulate(AutomatonParams(rule=rule, start=start, misread=misread, runs=512), default_rng(9))
    known = np.isfinite(seen.law)
    floor = np.sqrt(seen.law[known] / (512 * 82)) / 82**0.5  # where no run differed
    gap = np.abs(seen.measured - seen.law)[known]
    assert (gap <= 5 * np.maximum(seen.error[known], floor) + 1e-12).all()


@pytest.mark.parametrize("density", [0.2, 0.8])
@pytest.mark.parametrize("misread", list(Misread))
@pytest.mark.parametrize("rule", [30, 90, 165, 184])
def test_laws_hold_at_other_densities(rule: int, misread: Misread, density: float) -> None:
    seen = simulate(AutomatonParams(rule=rule, density=density, misread=misread, runs=512), default_rng(10))
    known = np.isfinite(seen.law)
    assert known.sum() >= 8
    assert (np.abs(seen.measured - seen.law)[known] <= 5 * seen.error[known] + 1e-4).all()


def test_the_picture_is_the_rule_and_the_misreading_alone_moves_the_forecast() -> None:
    plain = simulate(AutomatonParams(misread=Misread.NOTHING), default_rng(2))
    assert not plain.wrong.any()
    np.testing.assert_array_equal(plain.live, looked_up(plain.live[0], 30, 40))
    for misread in (Misread.CELL, Misread.SHARE, Misread.ENTRY):
        seen = simulate(AutomatonParams(misread=misread), default_rng(2))
        np.testing.assert_array_equal(seen.live, plain.live)
        other = 30 ^ 1 << 2 if misread is Misread.ENTRY else 30
        np.testing.assert_array_equal(seen.live ^ seen.wrong, looked_up(seen.live[0] ^ seen.wrong[0], other, 40))
    assert simulate(AutomatonParams(misread=Misread.CELL), default_rng(2)).wrong[0].sum() == 1
    assert not simulate(AutomatonParams(misread=Misread.SHARE, dose=0.0), default_rng(2)).wrong.any()


@pytest.mark.parametrize("rule", [30, 90, 184, 232])
def test_simulated_forecasts_agree_with_listed_ones(rule: int) -> None:
    params = ForecastParams(rule=rule, runs=20_000)
    law, seen = solve_forecast(params), simulate_forecast(params, default_rng(3))
    assert (np.abs(law.interpreter - seen.interpreter) <= 5 * seen.interpreter_error + 1e-12).all()
    assert (seen.table <= law.table + 5 * seen.table_error).all()  # what was learned is no better than the best
    assert (seen.table >= law.table - 5 * seen.table_error - 0.02).all()
    np.testing.assert_allclose(law.best, seen.best)


def test_at_zero_steps_the_interpreter_knows_what_he_reads() -> None:
    law = solve_forecast(ForecastParams(dose=0.1))
    assert law.interpreter[0] == pytest.approx(0.9)
    assert law.table[0] == pytest.approx(0.9)
    assert law.chance[0] == pytest.approx(0.5)
    lost = solve_forecast(ForecastParams(dose=0.5))
    np.testing.assert_allclose(lost.interpreter, 0.5, atol=1e-12)


def test_differences_of_all_rules_are_those_of_one_ring() -> None:
    """Runs lie side by side on one ring; each must be what it would be alone."""
    params = RulesParams(steps=10, runs=40)
    seen = simulate_rules(params, default_rng(4))
    rows_ = (default_rng(4).random((40, 22)) < 0.5).astype(np.uint8)
    for rule in (30, 90, 110, 184):
        (at,) = np.flatnonzero(seen.rule == rule)
        line = rows_.ravel()
        counts = []
        for run in range(40):
            other = line.copy()
            other[22 * run + 11] ^= 1
            counts.append((after(line, rule, 10) != after(other, rule, 10)).sum())
        assert seen.differing[at] == pytest.approx(np.mean(counts))
        assert seen.survived[at] == pytest.approx(np.mean(np.array(counts) > 0))


def test_fates_are_three_and_the_known_rules_have_theirs() -> None:
    seen = simulate_rules(RulesParams(), default_rng(5))
    fate = dict(zip(seen.rule.tolist(), seen.fate.tolist(), strict=True))
    assert sum(seen.rules_of(kind) for kind in Fate) == 256
    assert {fate[rule] for rule in (0, 8, 32, 128, 136, 160)} == {Fate.DIES}
    assert {fate[rule] for rule in (4, 51, 108, 170, 184, 204, 232)} == {Fate.STAYS}
    assert {fate[rule] for rule in (18, 22, 30, 45, 54, 60, 90, 105, 106, 110, 122, 126, 146, 150)} == {Fate.SPREADS}
    assert seen.rules_of(Fate.SPREADS, superposes=True) == 8
    (at,) = np.flatnonzero(seen.rule == 30)
    assert seen.right[at] == 200
    assert -80 < seen.left[at] < -30
    (at,) = np.flatnonzero(seen.rule == 90)
    assert (seen.left[at], seen.right[at], seen.differing[at], seen.differing_error[at]) == (-200, 200, 8, 0)
    after_one = simulate_rules(RulesParams(steps=1, runs=4000), default_rng(6))
    assert (np.abs(after_one.differing - after_one.sensitivity) <= 5 * after_one.differing_error + 1e-12).all()


# Words -------------------------------------------------------------------------------------------------------------


def test_readings_say_what_is_seen() -> None:
    assert AUTOMATA.read(rule=90, misread=Misread.CELL).startswith(
        "Rule 90 from a random row, one of 82 cells misread: after 40 steps 4.9 % of the cells are predicted wrongly;"
    )
    assert "2 sums of whole rows instead of 40 steps" in AUTOMATA.read(rule=90)
    assert "no shortcut" in AUTOMATA.read(rule=30)
    assert "no longer changes" in AUTOMATA.read(rule=4)
    assert "have a moving car" in AUTOMATA.read(rule=184, misread=Misread.NOTHING)
    assert "no cell is predicted wrongly" in AUTOMATA.read(rule=232, start=Start.ONE)
    assert "nobody with this reading could do better" in AUTOMATA_FORECAST.read(rule=30, dose=0.0)
    assert "be right in more than 99.6 %" in AUTOMATA_FORECAST.read(rule=250, dose=0.5)
    assert "24 have forgotten" in AUTOMATA_MAP.read(steps=200)


def test_readings_suit_the_smallest_models() -> None:
    tiny = simulate(AutomatonParams(width=1, steps=1, misread=Misread.CELL), default_rng(1))
    assert "its only cell misread: after one step" in reading(tiny)
    for rule, words in (
        (2, "comes back, one cell further, every one step"),
        (240, "one sum of whole rows instead of one step"),
    ):
        params = AutomatonParams(rule=rule, steps=1 if rule == 240 else 30, misread=Misread.NOTHING)
        words = words.replace("every one step", "every step")
        assert words in reading(simulate(params, default_rng(1)))
    assert "one step ahead" in forecast_reading(solve_forecast(ForecastParams(steps=1)))
    assert "simulated on 8192 rows" in forecast_reading(simulate_forecast(ForecastParams(), default_rng(1)))
    assert "after one step" in rules_reading(simulate_rules(RulesParams(steps=1, runs=2), default_rng(1)))
