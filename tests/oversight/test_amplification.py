"""Amplification: closed forms against enumeration, matrices and whole trees, thresholds against long iterations."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.oversight.amplification import (
    AmplificationParams,
    CallsParams,
    TablesParams,
    call_chance,
    check_chances,
    check_plateau,
    check_threshold,
    clean_chance,
    late_chance,
    majority,
    plurality_share,
    share_limit,
    simulate,
    simulate_calls,
    simulate_tables,
    solve,
    solve_calls,
    step_chance,
    table_chance,
    tree_chance,
    vote_chances,
    vote_plateau,
    vote_threshold,
)
from sysalign_lib.oversight.explorables.amplification import AMPLIFICATION
from sysalign_lib.oversight.views.amplification import reading

shares = st.floats(0, 1)
odd = st.sampled_from([1, 3, 5])


def whole_trees(error: float, depth: int, votes: int, shared: float, runs: int, rng: np.random.Generator) -> np.ndarray:
    """Every call of every worker, made afresh: right[run], without any pool."""
    if depth == 0:
        return np.ones(runs, dtype=bool)
    below = whole_trees(error, depth - 1, votes, shared, runs * votes * 2, rng).reshape(runs, votes, 2)
    right = below.all(axis=2) & (rng.random((runs, votes)) >= error)
    return np.where(rng.random(runs) < shared, right[:, 0], 2 * right.sum(axis=1) > votes)


# Exact -------------------------------------------------------------------------------------------------------------


@given(shares, st.integers(1, 20))
def test_all_right_is_two_calls_and_one_slip_less(error: float, depth: int) -> None:
    assert clean_chance(error, depth) == pytest.approx((1 - error) * clean_chance(error, depth - 1) ** 2, abs=1e-9)
    assert clean_chance(error, depth) == pytest.approx(float(vote_chances(error, depth, 1)[-1]), abs=1e-9)


def test_task_tree_counts_its_nodes() -> None:
    for branching, depth in ((1, 5), (2, 6), (3, 4), (7, 2)):
        nodes = sum(branching**level for level in range(depth + 1))
        assert tree_chance(0.01, branching, depth) == pytest.approx(0.99**nodes, rel=1e-12)


@pytest.mark.parametrize(("answers", "error"), [(2, 0.3), (3, 0.2), (5, 0.9), (6, 1.0)])
def test_calls_that_err_evenly_multiply_as_matrices_do(answers: int, error: float) -> None:
    """The chance of every answer to every question, by matrix products for a permutation of its own."""
    sigma = default_rng(answers).permutation(answers)
    slip = (1 - error) * np.eye(answers) + error / (answers - 1) * (1 - np.eye(answers))
    call = truth = np.eye(answers)[sigma]
    for depth in range(5):
        right = (call * truth).sum(axis=1)
        np.testing.assert_allclose(right, call_chance(error, depth, answers), atol=1e-12)
        call, truth = call @ call @ slip, truth @ truth


def test_counting_every_wrong_pair_as_a_lucky_chance_is_not_the_law() -> None:
    """One right call and one wrong one never meet the right end of a permutation."""
    rough = 1.0
    for _ in range(6):
        rough = 0.99 * (rough**2 + (1 - rough**2) / 64) + 0.01 / 64
    exact = call_chance(0.01 * 63 / 64, 6, 64)  # slips drawn from all 64, the right one included
    assert exact == pytest.approx(1 / 64 + 63 / 64 * 0.99**63, rel=1e-12)
    assert rough - exact > 0.02


@pytest.mark.parametrize(("answers", "depth"), [(4, 3), (5, 2), (6, 4)])
def test_table_law_counts_different_entries_over_all_permutations(answers: int, depth: int) -> None:
    total = 0.0
    for sigma in permutations(range(answers)):
        powers = [np.array(sigma)]
        for _ in range(depth):
            powers.append(powers[-1][powers[-1]])
        asked = {(depth, 0)}
        for level in range(depth, 1, -1):
            below = {(level - 1, x) for at, x in asked if at == level}
            asked |= below | {(level - 1, int(powers[level - 1][x])) for _, x in below}
        total += 0.8 ** len(asked)
    assert table_chance(0.2, depth, answers) == pytest.approx(total / math.factorial(answers), rel=1e-12)


def test_votes_are_counted_as_in_a_list_of_all_ballots() -> None:
    for votes in (1, 3, 5):
        ballots = np.array(np.meshgrid(*[[0, 1]] * votes)).reshape(votes, -1)
        law = np.prod(np.where(ballots == 1, 0.7, 0.3), axis=0)
        assert float(majority(0.7, votes)) == pytest.approx(law[2 * ballots.sum(axis=0) > votes].sum(), rel=1e-12)


def test_three_votes_hold_up_to_a_slip_of_one_minus_a_power_of_nine_tenths() -> None:
    assert vote_threshold(3) == pytest.approx(1 - 1 / (0.9**3 * (3 - 1.8) ** 2), abs=1e-12)


@given(st.sampled_from([3, 5, 7, 21]), st.floats(0, 0.48))
@settings(max_examples=25, deadline=None)
def test_below_the_threshold_the_loss_ends_and_above_it_nothing_is_left(votes: int, shared: float) -> None:
    limit = vote_threshold(votes, shared)
    assert limit > 0
    below, above = (vote_chances(limit * factor, 8000, votes, shared)[-1] for factor in (0.9, 1.25))
    assert below == pytest.approx(vote_plateau(0.9 * limit, votes, shared), abs=1e-4)
    assert below > 0.5
    assert above < 1e-6 or limit < 1e-3  # near a threshold that is almost 0 the way down is long


def test_share_that_votes_bear_is_where_the_threshold_vanishes() -> None:
    for votes in (5, 9, 21, 101):
        limit = share_limit(votes)
        assert 0.5 < limit < 2 - math.sqrt(2)
        assert vote_threshold(votes, limit - 1e-3) > 0
        assert vote_threshold(votes, limit + 1e-3) == 0
    assert share_limit(3) == pytest.approx(0.5, abs=1e-6)
    assert share_limit(1) == 0
    assert vote_threshold(3, 0.499) > 0 == vote_threshold(3, 0.5)


def test_rare_slips_leave_rare_errors_in_proportion() -> None:
    for shared in (0.1, 0.3, 0.45):
        left = 1 - vote_plateau(1e-7, 5, shared)
        assert left == pytest.approx(shared * 1e-7 / (1 - 2 * shared), rel=1e-3)


@given(st.floats(0.001, 0.6), st.floats(0, 1))
@settings(deadline=None)
def test_checks_hold_from_their_threshold_on(error: float, catch: float) -> None:
    limit = check_threshold(error)
    if abs(catch - limit) > 0.01:
        end = check_chances(error, 4000, catch)[-1]
        assert end == pytest.approx(check_plateau(error, catch), abs=1e-6)
        assert (end > 0.4) == (catch > limit)


def test_checked_answers_agree_with_answers_made_again_until_they_pass() -> None:
    rng, runs = default_rng(7), 200_000
    right = np.full(runs, 2, dtype=int)
    while (right == 2).any():
        waiting = np.flatnonzero(right == 2)
        made = rng.random(len(waiting)) < 0.7
        passes = made | (rng.random(len(waiting)) >= 0.6)
        right[waiting] = np.where(passes, made, 2)
    law = float(check_chances(0.3, 1, 0.6)[-1])
    assert abs(right.mean() - law) < 5 * math.sqrt(law * (1 - law) / runs)


# Limits ------------------------------------------------------------------------------------------------------------


def test_workers_who_never_slip_are_right_at_every_depth() -> None:
    assert (vote_chances(0.0, 200, 3, 0.7) == 1).all()
    assert (check_chances(0.0, 200, 0.0) == 1).all()
    for depth in (0, 1, 6, 50):
        assert clean_chance(0.0, depth) == call_chance(0.0, depth, 64) == 1
    assert table_chance(0.0, 6, 64) == step_chance(0.0, 6, 3) == late_chance(0.0, 6, 3) == 1
    seen = simulate_tables(TablesParams(error=0.0, tables=20, corrects=True), default_rng(1))
    assert (seen.right == 1).all()
    assert vote_plateau(0.0, 3, 0.9) == check_plateau(0.0, 0.0) == 1


def test_workers_who_always_slip_are_never_right() -> None:
    assert (vote_chances(1.0, 6, 5, 0.3)[1:] == 0).all()
    assert clean_chance(1.0, 3) == table_chance(1.0, 3, 9) == 0
    assert (check_chances(1.0, 3, 1.0)[1:] == 0).all()
    assert call_chance(1.0, 1, 2) == 0


def test_one_vote_and_votes_of_one_mind_are_no_votes() -> None:
    plain = [clean_chance(0.05, depth) for depth in range(7)]
    np.testing.assert_allclose(vote_chances(0.05, 6, 1, 0.3), plain, rtol=1e-12)
    np.testing.assert_allclose(vote_chances(0.05, 6, 5, 1.0), plain, rtol=1e-12)
    assert vote_threshold(1, 0.0) == vote_threshold(5, 1.0) == 0


def test_many_elements_make_tables_into_calls_and_lucky_hits_into_nothing() -> None:
    assert table_chance(0.01, 4, 100_000) == pytest.approx(clean_chance(0.01, 4), abs=1e-3)
    assert call_chance(0.01, 6, 10**9) == pytest.approx(clean_chance(0.01, 6), abs=1e-8)
    assert call_chance(0.5, 100, 8) == pytest.approx(1 / 8, abs=1e-15)


def test_a_late_vote_of_two_kinds_of_answer_is_a_majority() -> None:
    share = plurality_share(0.6, 9, 2, 100_000, default_rng(3))
    law = float(majority(0.6, 9))
    assert abs(share - law) < 5 * math.sqrt(law * (1 - law) / 100_000)
    assert plurality_share(1.0, 3, 5, 10, default_rng(3)) == 1


# Invariants --------------------------------------------------------------------------------------------------------


@given(shares, odd, shares, st.floats(0, 0.2))
def test_more_slips_and_more_of_one_mind_never_help_where_votes_do(
    error: float, votes: int, shared: float, more: float
) -> None:
    chance = vote_chances(error, 6, votes, shared)
    assert (np.diff(chance) <= 1e-12).all()
    assert (vote_chances(min(1.0, error + more), 6, votes, shared) <= chance + 1e-12).all()
    if chance[-2] ** 2 * (1 - error) > 0.5:
        assert (vote_chances(error, 6, votes, min(1.0, shared + more)) <= chance + 1e-12).all()


@given(shares, st.integers(0, 8), st.integers(2, 200))
def test_tables_do_at_least_as_well_as_calls(error: float, depth: int, answers: int) -> None:
    assert table_chance(error, depth, answers) >= clean_chance(error, depth) - 1e-12


@given(st.floats(0, 0.5), st.integers(0, 6))
def test_votes_over_steps_beat_votes_over_slips_which_beat_none(error: float, depth: int) -> None:
    assert step_chance(error, depth, 3) >= clean_chance(error, depth) - 1e-12
    if vote_chances(error, depth, 3)[-1] > 0.85:
        assert vote_chances(error, depth, 3)[-1] >= step_chance(error, depth, 3) - 1e-12


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: AmplificationParams(votes=2), "votes must be odd"), (lambda: vote_chances(0.1, 3, 4), "votes must be odd"),
        (lambda: clean_chance(-0.1, 3), "error must be in"), (lambda: vote_chances(0.1, 3, 3, 1.5), "shared must be in"),
        (lambda: call_chance(0.1, 3, 1), "answers must be in"), (lambda: check_chances(0.1, 3, math.nan), "catch must be in"),
        (lambda: late_chance(0.1, 90, 3), "votes\\^depth must be in"), (lambda: share_limit(6), "votes must be odd"),
        (lambda: tree_chance(0.1, 0, 3), "branching must be in"), (lambda: clean_chance(0.1, -1), "depth must be in"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_by_name(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("votes", "shared", "error"), [(1, 0.0, 0.1), (3, 0.3, 0.05), (3, 0.0, 0.2), (5, 0.6, 0.1)])
def test_whole_trees_without_a_pool_agree_with_the_recursion(votes: int, shared: float, error: float) -> None:
    runs = 4000 if votes < 5 else 1500
    law = float(vote_chances(error, 3, votes, shared)[-1])
    seen = whole_trees(error, 3, votes, shared, runs, default_rng(11)).mean()
    assert abs(seen - law) < 5 * math.sqrt(law * (1 - law) / runs)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize(("votes", "shared"), [(1, 0.0), (3, 0.3), (5, 0.6)])
def test_simulated_levels_agree_with_the_closed_form(seed: int, votes: int, shared: float) -> None:
    params = AmplificationParams(votes=votes, shared=shared, error=0.03)
    seen, exact = simulate(params, default_rng(seed)), solve(params)
    assert (np.abs(seen.sampled - exact.sampled) <= 5 * seen.sampled_error + 1e-12).all()


def test_stated_standard_errors_are_those_of_many_simulations() -> None:
    params = AmplificationParams(calls=1000, depth=5)
    ends = [simulate(params, default_rng(seed)).sampled[-1] for seed in range(200)]
    stated = simulate(params, default_rng(0)).sampled_error[-1]
    assert np.std(ends, ddof=1) == pytest.approx(stated, rel=5 / math.sqrt(2 * 200) + 0.05)


def test_a_tree_without_votes_is_wrong_from_a_slip_upward() -> None:
    seen = simulate(AmplificationParams(votes=1, shared=0.0, error=0.1), default_rng(5))
    above = (np.arange(1, len(seen.tree)) - 1) // 2
    assert (seen.tree[above] <= seen.tree[1:]).all()
    assert seen.saved.sum() == 0
    assert (seen.tree[-64:] == 1).all()


def test_a_deeper_tree_holds_the_shallower_one_as_its_left_half() -> None:
    small, large = (simulate(AmplificationParams(depth=depth, error=0.2), default_rng(9)).tree for depth in (4, 5))
    rows = [large[2**row - 1 : 2 ** (row + 1) - 1] for row in range(1, 6)]
    np.testing.assert_array_equal(small, np.concatenate([row[: len(row) // 2] for row in rows]))


def test_share_saved_by_votes_agrees_with_its_closed_form() -> None:
    params, trees = AmplificationParams(depth=1, error=0.2, shared=0.3), 400
    saved = np.mean([simulate(params, default_rng(seed)).saved[0] for seed in range(trees)])
    law = float(solve(params).saved[0])
    assert law == pytest.approx(0.7 * 0.2 * 0.8**2)
    assert abs(saved - law) < 5 * math.sqrt(law * (1 - law) / trees)


@pytest.mark.parametrize(("answers", "error"), [(2, 0.3), (8, 0.05), (64, 0.01)])
def test_walks_with_slips_of_their_own_agree_with_the_law(answers: int, error: float) -> None:
    params = CallsParams(answers=answers, error=error, questions=40_000)
    law = solve_calls(params).right
    seen = simulate_calls(params, default_rng(2)).right
    assert (np.abs(seen - law) <= 5 * np.sqrt(law * (1 - law) / params.questions) + 1e-12).all()


@pytest.mark.parametrize(("answers", "error"), [(8, 0.05), (64, 0.01), (300, 0.02)])
def test_simulated_tables_agree_with_the_law_of_different_entries(answers: int, error: float) -> None:
    seen = simulate_tables(TablesParams(answers=answers, error=error, tables=600), default_rng(4))
    assert (np.abs(seen.clean - seen.clean_exact) <= 5 * seen.clean_error + 1e-12).all()
    assert (seen.right >= seen.clean).all()


# Words and pictures ------------------------------------------------------------------------------------------------


@given(shares, st.integers(0, 6), odd, shares)
@settings(max_examples=40, deadline=None)
def test_every_setting_can_be_told(error: float, depth: int, votes: int, shared: float) -> None:
    params = AmplificationParams(error=error, depth=depth, votes=votes, shared=shared, calls=64)
    for result in (solve(params), simulate(params, default_rng(0))):
        assert "nan" not in reading(result)
        assert result.plateau <= result.chance + 1e-9 or error > result.threshold


def test_readings_at_the_edges() -> None:
    assert "never slip answer right in 100 %" in AMPLIFICATION.read(error=0.0)
    assert "double with every level" in AMPLIFICATION.read(votes=1)
    assert "votes fail in the end" in AMPLIFICATION.read(shared=0.6)
    assert "Slips of up to 4.7 % are held at any depth" in AMPLIFICATION.read(shared=0.0, error=0.01)
    assert "only up to slips of 1.1 %" in AMPLIFICATION.read()
