"""Obfuscated arguments: closed forms against counting, the tree against itself built, and where the trouble ends."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.oversight.explorables.obfuscation import OBFUSCATION
from sysalign_lib.oversight.obfuscation import (
    LENGTHS,
    SAMPLED,
    ObfuscationParams,
    Repeats,
    expected_checks,
    flaws,
    half_length,
    hit,
    pointing,
    repeated,
    simulate,
    solve,
    tree_depth,
    win,
)
from sysalign_lib.oversight.views.obfuscation import reading

chances = st.floats(0, 1)
lengths = st.integers(1, 3000)


def depths(steps: int) -> list[int]:
    """Depth of every leaf of a binary tree split as evenly as possible, by building it."""
    if steps == 1:
        return [0]
    return [1 + deep for half in (steps // 2, steps - steps // 2) for deep in depths(half)]


# Exact -------------------------------------------------------------------------------------------------------------


def test_hits_agree_with_all_choices_of_steps() -> None:
    for length in range(1, 8):
        for wrong in range(length + 1):
            for checked in range(length + 1):
                choices = list(combinations(range(length), checked))
                seen = sum(any(step < wrong for step in choice) for choice in choices) / len(choices)
                assert float(hit(length, wrong, checked)) == pytest.approx(seen, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(lengths, st.data())
def test_hits_agree_with_binomial_coefficients(length: int, data) -> None:
    wrong, checked = data.draw(st.integers(0, length)), data.draw(st.integers(0, min(length, 40)))
    exact = 1 - math.comb(length - wrong, checked) / math.comb(length, checked)
    assert float(hit(length, wrong, checked)) == pytest.approx(exact, abs=1e-12)


def test_one_flaw_is_the_formula_of_the_toy() -> None:
    length = np.arange(5, 400)
    for kappa in (0.0, 0.3, 1.0):
        np.testing.assert_allclose(win(length, 1, 5, kappa), kappa + (1 - kappa) * 5 / length, atol=1e-12)


def test_the_printed_shares_are_hits_and_not_misses() -> None:
    assert [round(float(hit(n, n // 10, 5)), 3) for n in (100, 1000)] == [0.416, 0.41]
    assert math.comb(90, 5) / math.comb(100, 5) == pytest.approx(0.5838, abs=5e-5)


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 13, 100, 127, 128, 129, 1000])
def test_pointing_agrees_with_the_tree_that_is_built(steps: int) -> None:
    leaf = np.array(depths(steps))
    depth, deeper = tree_depth(steps)
    assert len(leaf) == steps
    assert float(depth) + float(deeper) == pytest.approx(leaf.mean())
    for s in (0.0, 0.3, 0.5, 0.9, 1.0):
        assert float(pointing(steps, s)) == pytest.approx(np.mean(s**leaf), abs=1e-12)
        many = np.mean(1 - (1 - s**leaf) ** 7)
        assert float(pointing(steps, s, 7, Repeats.FRESH)) == pytest.approx(many, abs=1e-12)


@given(lengths)
def test_pointing_by_a_coin_is_one_over_n_for_every_n(steps: int) -> None:
    assert float(pointing(steps, 0.5)) == pytest.approx(1 / steps, rel=1e-12)


def test_pointing_falls_like_a_power_between_its_ends() -> None:
    powers = 2.0 ** np.arange(1, 14)
    np.testing.assert_allclose(pointing(powers, 0.9), powers ** math.log2(0.9), rtol=1e-12)
    between = pointing(np.arange(1.0, 5000.0), 0.9) / np.arange(1.0, 5000.0) ** math.log2(0.9)
    assert between.min() > 0.98
    assert between.max() < 1.02


def test_expected_checks_agree_with_the_sum_over_checks() -> None:
    for length, wrong in ((1, 1), (10, 1), (10, 3), (57, 57), (200, 20)):
        left = sum(1 - float(hit(length, wrong, done)) for done in range(length))
        assert float(expected_checks(length, wrong)) == pytest.approx(left, rel=1e-12)


def test_half_length_is_where_one_half_is_crossed() -> None:
    for kappa, checked in ((0.0, 5), (0.1, 5), (0.25, 1), (0.4, 20)):
        half = half_length(kappa, checked)
        assert kappa + (1 - kappa) * checked / half == pytest.approx(0.5)
        assert win(math.floor(half) + 1, 1, checked, kappa) < 0.5
        assert win(math.ceil(half - 1e-9) - 1, 1, checked, kappa) > 0.5
    assert half_length(0.5, 5) == half_length(1.0, 1) == math.inf


# Limits ------------------------------------------------------------------------------------------------------------


def test_limits_of_one_debate() -> None:
    assert float(win(10**9, 1, 5, 0.0)) < 1e-8
    assert float(win(10**9, 1, 5, 0.37)) == pytest.approx(0.37, abs=1e-8)
    assert float(hit(10**8, 10**7, 5)) == pytest.approx(1 - 0.9**5, abs=1e-7)
    assert (win(np.arange(1, 6), 1, 5, 0.0) == 1).all()  # five checks see all of five steps
    assert (win(LENGTHS, 1, 1, 1.0) == 1).all()
    assert (hit(LENGTHS, 0, 50) == 0).all()
    assert (pointing(LENGTHS, 1.0) == 1).all()
    assert pointing([1, 2, 3], 0.0).tolist() == [1, 0, 0]


def test_there_is_always_a_flaw() -> None:
    assert flaws([1, 10, 100], 0.0).tolist() == [1, 1, 1]
    assert flaws([1, 10, 100, 1000], 0.1).tolist() == [1, 1, 10, 100]
    assert flaws([3], 1.0).tolist() == [3]


# Invariants --------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(lengths, chances, chances, st.integers(1, 30))
def test_debate_adds_kappa_times_what_the_judge_would_miss(
    length: int, share: float, kappa: float, checked: int
) -> None:
    wrong = flaws(length, share)
    alone = float(hit(length, wrong, checked))
    assert float(win(length, wrong, checked, kappa)) - alone == pytest.approx(kappa * (1 - alone), abs=1e-12)
    assert float(hit(length, wrong, checked + 1)) >= alone - 1e-12
    assert float(hit(length + 1, 1, checked)) <= float(hit(length, 1, checked)) + 1e-12


@given(chances, chances, st.integers(1, 20))
def test_repeats_help_more_the_less_they_have_in_common(known: float, found: float, debates: int) -> None:
    once, same, fresh = (float(repeated(known, found, debates, one)) for one in Repeats)
    assert -1e-12 <= once <= same + 1e-12 <= fresh + 2e-12 <= 1 + 4e-12
    assert once == pytest.approx(known + (1 - known) * found)
    assert float(repeated(known, found, 1, Repeats.FRESH)) == pytest.approx(once)


@settings(max_examples=60, deadline=None)
@given(lengths, st.integers(1, 20), st.integers(1, 10))
def test_blind_repeats_are_worth_less_than_the_same_checks_by_one_judge(
    length: int, checked: int, debates: int
) -> None:
    found = float(hit(length, 1, checked))
    assert float(repeated(0.0, found, debates, Repeats.SAME)) <= float(hit(length, 1, checked * debates)) + 1e-12


@given(lengths, chances, chances)
def test_pointing_better_reaches_more(length: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert float(pointing(length, low)) <= float(pointing(length, high)) + 1e-12


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("repeats", list(Repeats))
@pytest.mark.parametrize(
    ("kappa", "share", "checked", "point"), [(0.1, 0.0, 5, 0.9), (0.0, 0.1, 3, 0.7), (0.5, 0.01, 20, 0.5)]
)
def test_debates_held_agree_with_the_closed_forms(
    repeats: Repeats, kappa: float, share: float, checked: int, point: float
) -> None:
    params = ObfuscationParams(
        kappa=kappa, flaw_share=share, checked=checked, point=point, repeats=repeats, debates=4, runs=4000
    )
    seen, exact = simulate(params, default_rng(6)), solve(params)
    for name in ("sampled_won", "sampled_pointed"):
        law = getattr(exact, name)
        error = np.sqrt(np.clip(law * (1 - law), 0, None) / params.runs)
        assert (np.abs(getattr(seen, name) - law) <= 5 * error + 5 / params.runs).all()
    np.testing.assert_array_equal(seen.won, exact.won)
    assert (exact.sampled_won_error == 0).all()
    assert (seen.sampled_won_error > 0).all()


def test_arguments_with_flaws_put_down_and_steps_drawn_agree_too() -> None:
    """Flaws and checks as sets of places, which neither the formula nor the simulation uses."""
    rng, runs = default_rng(3), 4000
    for length, wrong, checked in ((30, 3, 5), (12, 1, 4)):
        order = rng.random((runs, length)).argsort(axis=1)
        seen = (order[:, :checked] < wrong).any(axis=1).mean()
        law = float(hit(length, wrong, checked))
        assert abs(seen - law) < 5 * math.sqrt(law * (1 - law) / runs)


def test_walks_down_trees_that_are_built_agree_too() -> None:
    rng, runs = default_rng(4), 4000
    leaf = np.array(depths(100))[rng.integers(100, size=runs)]
    reached = (rng.random((runs, 8)) < 0.85) | (np.arange(8) >= leaf[:, None])
    law = float(pointing(100, 0.85))
    assert abs(reached.all(axis=1).mean() - law) < 5 * math.sqrt(law * (1 - law) / runs)


# Refusals, words and pictures --------------------------------------------------------------------------------------


def test_bad_arguments_are_refused_by_name() -> None:
    for call, name in (
        (lambda: hit(0, 0, 1), "length"),
        (lambda: hit([5, math.nan], 1, 1), "length"),
        (lambda: hit(5, 6, 1), "wrong"),
        (lambda: hit(5, 1, -1), "checked"),
        (lambda: win(5, 1, 1, 1.5), "kappa"),
        (lambda: flaws(5, -0.1), "share"),
        (lambda: tree_depth(2.5), "length"),
        (lambda: pointing(5, 1.1), "point"),
        (lambda: repeated(0.1, 0.1, 0, Repeats.SAME), "debates"),
        (lambda: repeated(0.1, 0.1, 2, "one debate"), "repeats"),  # type: ignore[arg-type]
        (lambda: half_length(-0.1, 5), "kappa"),
        (lambda: solve(ObfuscationParams()).at(1001), "length"),
    ):
        with pytest.raises((TypeError, ValueError), match=f"^{name} must"):
            call()


def test_sampled_lengths_are_among_those_drawn() -> None:
    assert set(SAMPLED) <= set(LENGTHS)
    won, alone, pointed = solve(ObfuscationParams()).at(1000)
    assert won == pytest.approx(0.1045)
    assert alone == pytest.approx(0.005)
    assert pointed == pytest.approx(float(pointing(1000, 0.9)))


@settings(max_examples=40, deadline=None)
@given(chances, st.integers(1, 100), chances, chances, st.sampled_from(list(Repeats)), st.integers(1, 20))
def test_every_setting_can_be_told(kappa, checked, share, point, repeats, debates) -> None:
    params = ObfuscationParams(
        kappa=kappa, checked=checked, flaw_share=share, point=point, repeats=repeats, debates=debates, runs=2
    )
    words = reading(simulate(params, default_rng(0)))
    assert words.endswith(".")
    assert "nan" not in words


def test_readings_at_the_edges() -> None:
    assert "one of them wrong" in OBFUSCATION.read(flaw_share=0.0)
    assert "100 of them wrong" in OBFUSCATION.read(flaw_share=0.1)
    assert "with 1 check finds" in OBFUSCATION.read(checked=1)
    assert "reached with 100 %" in OBFUSCATION.read(point=1.0)
    assert "at least one of 10 debates, knowledge drawn afresh," in OBFUSCATION.read(repeats=Repeats.FRESH)
