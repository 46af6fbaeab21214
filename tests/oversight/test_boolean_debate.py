"""Debates about Boolean claims: the lemma, slips played and enumerated, the lower bound, and judges without a debate."""

from __future__ import annotations

import math
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.oversight.boolean_debate import (
    CLAUSES,
    DOSES,
    BooleanDebateParams,
    Erring,
    Formula,
    advocate_agreement,
    agreement,
    clauses_of,
    draw_formulas,
    floor_agreement,
    guess_agreement,
    leaves_read,
    majority_agreement,
    one_way,
    play,
    pool,
    proof_size,
    simulate,
    slips,
    solve,
    trap_agreement,
    truth_levels,
    truth_table,
)
from sysalign_lib.oversight.evidence.boolean_debate import LEADS
from sysalign_lib.oversight.explorables.boolean_debate import BOOLEAN_DEBATE
from sysalign_lib.oversight.views.boolean_debate import WRITTEN, reading

errors = st.floats(0, 1)
who = st.sampled_from(list(Erring))


@st.composite
def claims(draw: st.DrawFn, most: int = 6) -> tuple[np.ndarray, int]:
    """Random formulas, shape (n_formulas, n_clauses, 3), and their number of variables."""
    variables, count = draw(st.integers(3, most)), draw(st.integers(0, 9))
    return draw_formulas(variables, [count] * 6, default_rng(draw(st.integers(0, 10**6)))), variables


def holds(clauses, values) -> bool:
    """A formula at one setting of its variables, clause by clause."""
    there = [clause for clause in np.asarray(clauses).tolist() if any(clause)]
    return all(any(values[abs(one) - 1] == (one > 0) for one in clause if one) for clause in there)


def settle(clauses, variables: int, values: tuple[bool, ...] = ()) -> bool:
    """Whether a claim is true, by its quantifiers."""
    if len(values) == variables:
        return holds(clauses, values)
    both = (settle(clauses, variables, (*values, value)) for value in (False, True))
    return any(both) if len(values) % 2 == 0 else all(both)


def tree(clauses, variables: int):
    return truth_levels(truth_table(clauses, variables))


def mix(levels, chances) -> float:
    """Probability of a true leaf if the position i of level k goes to its second child with chances[k][i]: leaf by leaf."""
    total, depth = 0.0, len(levels) - 1
    for leaf in range(2**depth):
        weight = 1.0
        for level in range(depth):
            at, bit = leaf >> (depth - level), leaf >> (depth - level - 1) & 1
            weight *= chances[level][at] if bit else 1 - chances[level][at]
        total += weight * levels[-1][leaf]
    return total


# Formulas ----------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(claims(5))
def test_truth_tables_and_truth_agree_with_clauses_read_one_by_one(drawn) -> None:
    clauses, variables = drawn
    levels = tree(clauses, variables)
    for row, formula in enumerate(clauses):
        settings_of_it = product((False, True), repeat=variables)
        assert levels[-1][row].tolist() == [holds(formula, values) for values in settings_of_it]
        assert bool(levels[0][row, 0]) == settle(formula, variables)


def test_a_claim_of_twelve_variables_is_settled_as_its_quantifiers_say() -> None:
    clauses = draw_formulas(12, [20, 40], default_rng(4))
    assert tree(clauses, 12)[0][:, 0].tolist() == [settle(one, 12) for one in clauses]


def test_named_claims_are_what_their_names_say() -> None:
    meaning = {
        Formula.TRUE_ONE: lambda a, b, c, d: a and b == c,
        Formula.TRUE_TWO: lambda a, b, c, d: a or c or (b and d),
        Formula.FALSE_ONE: lambda a, b, c, d: a == b or not d,
        Formula.FALSE_TWO: lambda a, b, c, d: a == b and c == d,
    }
    assert set(meaning) == set(CLAUSES) == set(WRITTEN) == set(Formula)
    for formula, says in meaning.items():
        levels = tree(clauses_of(formula), 4)
        assert levels[-1].tolist() == [bool(says(*one)) for one in product((False, True), repeat=4)]
        assert bool(levels[0][0]) == formula.value.startswith("true")


def test_random_formulas_have_three_variables_a_clause_and_keep_their_clauses_when_more_are_asked_for() -> None:
    few, many = (draw_formulas(8, [count] * 50, default_rng(1)) for count in (4, 9))
    np.testing.assert_array_equal(few, many[:, :4])
    assert all(len(set(np.abs(clause).tolist())) == 3 for clause in many.reshape(-1, 3))
    mixed = draw_formulas(8, [4, 9, 0], default_rng(1))
    assert [int(one.any(axis=1).sum()) for one in mixed] == [4, 9, 0]
    share = np.mean(draw_formulas(8, [15] * 1000, default_rng(2)) > 0)
    assert abs(share - 0.5) < 5 * 0.5 / math.sqrt(45_000)


def test_a_formula_without_clauses_is_true_and_one_with_a_contradiction_false() -> None:
    assert truth_table(np.zeros((2, 3), dtype=int), 3).all()
    assert not truth_table(np.array([[1, 0, 0], [-1, 0, 0]]), 3).any()


# The lemma ---------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(claims(8), errors, st.integers(0, 10**6))
def test_a_right_side_without_slips_wins_every_game_against_any_opponent(drawn, error, seed) -> None:
    clauses, variables = drawn
    levels = tree(clauses, variables)
    for kind in (agreement, trap_agreement):
        np.testing.assert_array_equal(kind(levels, 0.0, Erring.BOTH), 1)
        np.testing.assert_array_equal(kind(levels, error, Erring.WRONG), 1)
    ends = play(levels, error, Erring.WRONG, *default_rng(seed).random((2, 6, 20, variables)))[..., -1]
    assert (np.take_along_axis(levels[-1], ends, axis=1) == levels[0]).all()


def test_optimal_play_is_the_truth_for_all_formulas_drawn_up_to_twelve_variables() -> None:
    for variables in (8, 10, 12):
        levels = pool(BooleanDebateParams(variables=variables))
        assert len(levels[0]) == 200
        assert (agreement(levels, 0.0, Erring.BOTH) == 1).all()


# Slips -------------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(claims(5), errors, who)
def test_agreement_is_the_sum_over_leaves_of_their_probabilities(drawn, error, erring) -> None:
    clauses, variables = drawn
    levels = tree(clauses, variables)
    found = agreement(levels, error, erring)
    for row in range(len(clauses)):
        own = [level[row] for level in levels]
        pro, con = (float(one) for one in slips(own[0][0], error, erring))
        chances = []
        for level in range(variables):
            zero, one = own[level + 1][0::2], own[level + 1][1::2]
            rate, wanted = (pro, True) if level % 2 == 0 else (con, False)
            chances.append(np.where(zero == one, 0.5, np.where(one == wanted, 1 - rate / 2, rate / 2)))
        true = mix(own, chances)
        assert found[row] == pytest.approx(true if own[0][0] else 1 - true, abs=1e-12)


@pytest.mark.parametrize("erring", list(Erring))
def test_debaters_who_count_on_slips_play_the_best_of_all_strategies(erring: Erring) -> None:
    """Every plan of Pro's against every plan of Con's, with slips; three variables, 32 plans times 4."""
    clauses = draw_formulas(3, [1, 2, 2, 3, 3, 4, 5, 5], default_rng(7))
    levels = tree(clauses, 3)
    found = trap_agreement(levels, 0.3, erring)
    for row in range(len(clauses)):
        own = [level[row] for level in levels]
        pro, con = (float(one) for one in slips(own[0][0], 0.3, erring))

        def chance(plan, rate: float) -> np.ndarray:
            return np.where(np.array(plan) == 1, 1 - rate / 2, rate / 2)

        def outcome(mine, theirs, own=own, pro=pro, con=con) -> float:
            return mix(own, [chance(mine[:1], pro), chance(theirs, con), chance(mine[1:], pro)])

        theirs = list(product((0, 1), repeat=2))
        table = [[outcome(mine, one) for one in theirs] for mine in product((0, 1), repeat=5)]
        value = max(map(min, table))
        assert value == pytest.approx(
            min(map(max, zip(*table, strict=True))), abs=1e-12
        )  # order of choice is no matter
        assert found[row] == pytest.approx(value if own[0][0] else 1 - value, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(claims(8), errors, errors, who)
def test_the_lower_bound_holds_for_both_kinds_and_more_slips_help_nobody_who_counts_on_them(
    drawn, error, more, erring
) -> None:
    clauses, variables = drawn
    levels = tree(clauses, variables)
    floor = floor_agreement(levels[0][:, 0], variables, error, erring)
    for kind in (agreement, trap_agreement):
        found = kind(levels, error, erring)
        assert ((found >= floor - 1e-12) & (found <= 1 + 1e-12)).all()
    low, high = sorted((error, more))
    right = [trap_agreement(levels, one, Erring.RIGHT) for one in (low, high)]
    assert (right[1] <= right[0] + 1e-12).all()
    assert (trap_agreement(levels, error, Erring.BOTH) >= trap_agreement(levels, error, Erring.RIGHT) - 1e-12).all()


@settings(max_examples=20, deadline=None)
@given(claims(6), errors, who)
def test_what_the_values_are_called_does_not_matter(drawn, error, erring) -> None:
    clauses, variables = drawn
    levels = tree(clauses, variables)
    mirrored = tuple(level[..., ::-1] for level in levels)
    for kind in (agreement, trap_agreement):
        np.testing.assert_allclose(kind(mirrored, error, erring), kind(levels, error, erring), atol=1e-12)


@pytest.mark.parametrize("variables", [3, 4, 7, 8, 11, 12])
def test_a_claim_with_one_way_to_win_meets_the_bound(variables: int) -> None:
    levels, moves = tree(one_way(variables), variables), (variables + 1) // 2
    assert bool(levels[0][0])
    assert levels[-1].sum() == 2 ** (variables - moves)
    for error in (0.1, 0.5, 1.0):
        for erring in (Erring.BOTH, Erring.RIGHT):
            for kind in (agreement, trap_agreement):
                assert float(kind(levels, error, erring)) == pytest.approx((1 - error / 2) ** moves, abs=1e-14)


@pytest.mark.parametrize("error", [0.0, 0.1, 0.4, 1.0])
def test_small_claims_have_closed_forms(error: float) -> None:
    trees = {formula: tree(clauses_of(formula), 4) for formula in Formula}
    for formula in (Formula.TRUE_ONE, Formula.FALSE_ONE):
        assert float(agreement(trees[formula], error, Erring.RIGHT)) == pytest.approx((1 - error / 2) ** 2)
    two = trees[Formula.FALSE_TWO]
    assert float(trap_agreement(two, error, Erring.RIGHT)) == pytest.approx(1 - error**2 / 4)
    assert float(agreement(two, error, Erring.RIGHT)) == pytest.approx(1 - error / 4)


@settings(max_examples=20, deadline=None)
@given(claims(8))
def test_if_all_moves_are_random_the_judge_reads_a_random_leaf(drawn) -> None:
    levels = tree(*drawn)
    for kind in (agreement, trap_agreement):
        np.testing.assert_allclose(kind(levels, 1.0, Erring.BOTH), majority_agreement(levels, 1), atol=1e-10)


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("erring", list(Erring))
def test_debates_played_agree_with_backward_induction(erring: Erring) -> None:
    params = BooleanDebateParams(erring=erring, games=40)
    seen, exact = simulate(params, default_rng(12)), solve(params)
    error = np.sqrt(exact.sampled * (1 - exact.sampled) / 8000)
    assert (np.abs(seen.sampled - exact.sampled) <= 5 * error + 1e-12).all()
    np.testing.assert_array_equal(seen.agreement, exact.agreement)
    assert (exact.sampled_error == 0).all()


def test_debates_about_each_formula_agree_with_its_own_probability() -> None:
    levels = tree(draw_formulas(6, [3, 6, 9, 12, 5, 7], default_rng(3)), 6)
    for error, erring in ((0.3, Erring.BOTH), (0.7, Erring.RIGHT)):
        ends = play(levels, error, erring, *default_rng(1).random((2, 6, 4000, 6)))[..., -1]
        seen = (np.take_along_axis(levels[-1], ends, axis=1) == levels[0]).mean(axis=1)
        exact = agreement(levels, error, erring)
        assert (np.abs(seen - exact) <= 5 * np.sqrt(exact * (1 - exact) / 4000) + 1e-12).all()


def test_a_path_starts_at_the_root_and_goes_from_parent_to_child() -> None:
    levels = pool(BooleanDebateParams(formulas=10))
    path = play(levels, 0.4, Erring.BOTH, *default_rng(5).random((2, 7, 8)))
    assert path.shape == (10, 7, 9)
    assert (path[..., 0] == 0).all()
    np.testing.assert_array_equal(path[..., 1:] // 2, path[..., :-1])
    result = simulate(BooleanDebateParams(game=3), default_rng(1))
    assert result.path_node[0] == 0
    np.testing.assert_array_equal((result.path_node[1:] - 1) // 2, result.path_node[:-1])


def test_more_error_only_adds_random_moves() -> None:
    for game in (1, 2, 3):
        moves = [BOOLEAN_DEBATE.result(game=game, error=error).path_random for error in (0.0, 0.1, 0.2, 0.5, 1.0)]
        assert not moves[0].any()
        assert moves[-1].all()
        assert all((less <= more).all() for less, more in pairwise(moves))


def test_only_a_random_move_of_the_side_that_wins_gives_the_game_away() -> None:
    for state in BOOLEAN_DEBATE.states():
        result = BOOLEAN_DEBATE.result(**state)
        truth = result.node_truth[result.path_node]
        turned = truth[1:] != truth[:-1]
        assert (result.path_random | ~turned).all()
        assert all(truth[:-1][turned] == (np.arange(4)[turned] % 2 == 0))  # Pro loses true positions, Con false ones


# Judges without a debate -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [1, 2, 3, 5, 8])
def test_majority_of_leaves_agrees_with_all_samples(read: int) -> None:
    levels = tree(draw_formulas(3, [1, 2, 3, 5], default_rng(2)), 3)
    found = majority_agreement(levels, read)
    for row in range(4):
        right = levels[-1][row] == levels[0][row, 0]
        votes = [2 * right[list(sample)].sum() - read for sample in combinations(range(8), read)]
        assert found[row] == pytest.approx(np.mean(np.sign(votes) / 2 + 0.5), abs=1e-12)


def test_reading_all_leaves_is_no_debate_either() -> None:
    """The majority of all 256 leaves is wrong about many claims, since truth is no vote."""
    levels = pool(BooleanDebateParams())
    everything = majority_agreement(levels, 256)
    assert set(np.round(everything, 9)) <= {0.0, 0.5, 1.0}
    assert 0.7 < everything.mean() < 0.95


def test_a_lone_search_reads_at_least_a_proof_and_what_it_should_on_average() -> None:
    levels = pool(BooleanDebateParams(variables=6, formulas=30))
    cost = leaves_read(levels)
    assert (cost >= proof_size(6, True) - 1e-12).all()
    assert (cost <= 64).all()
    rng = default_rng(9)

    def search(row: int, level: int, at: int) -> tuple[bool, int]:
        if level == 6:
            return bool(levels[6][row, at]), 1
        first = int(rng.integers(2))
        value, read = search(row, level + 1, 2 * at + first)
        if value != bool(level % 2):
            return value, read
        other, more = search(row, level + 1, 2 * at + 1 - first)
        return other, read + more

    for row in range(4):
        runs = [search(row, 0, 0) for _ in range(400)]
        assert all(value == bool(levels[0][row, 0]) for value, _ in runs)
        read = np.array([one for _, one in runs])
        assert abs(read.mean() - cost[row]) <= 5 * read.std() / 20 + 1e-9


def test_where_all_leaves_are_the_same_a_search_reads_just_a_proof() -> None:
    for variables in (3, 4, 7, 8):
        for truth in (True, False):
            levels = truth_levels(np.full(2**variables, truth))
            assert float(leaves_read(levels)) == proof_size(variables, truth)


def test_a_single_advocate_shows_what_suits_him() -> None:
    levels = pool(BooleanDebateParams())
    pro, con = advocate_agreement(levels)
    truth = levels[0][:, 0]
    assert pro[truth].all()
    assert con[~truth].all()
    assert pro[~truth].mean() < 0.05
    assert con[truth].mean() < 0.05
    assert guess_agreement(truth) == max(truth.mean(), 1 - truth.mean())


# What is claimed, and what came before -----------------------------------------------------------------------------


def test_spreads_behind_the_tolerances_are_those_of_the_formulas() -> None:
    levels = pool(BooleanDebateParams(formulas=2600))
    for error, _, spread in LEADS:
        assert float(np.std(agreement(levels, error, Erring.BOTH))) == pytest.approx(spread, rel=0.1, abs=1e-12)


def test_at_half_random_moves_a_debate_is_no_better_than_a_guess_that_reads_nothing() -> None:
    levels = pool(BooleanDebateParams(formulas=1300))
    guess = guess_agreement(levels[0])
    assert agreement(levels, 0.1, Erring.RIGHT).mean() > guess + 0.1
    assert agreement(levels, 0.5, Erring.RIGHT).mean() < guess - 0.02
    assert agreement(levels, 0.5, Erring.BOTH).mean() < guess + 0.01


# Refusals, words and pictures --------------------------------------------------------------------------------------


def test_bad_arguments_are_refused_by_name() -> None:
    levels = tree(clauses_of(Formula.TRUE_ONE), 4)
    for call, name in (
        (lambda: draw_formulas(2, [3], default_rng(1)), "variables"),
        (lambda: draw_formulas(4, [-1], default_rng(1)), "counts"),
        (lambda: truth_table([[1, 2, 5]], 4), "clauses"),
        (lambda: truth_levels(np.zeros(6, dtype=bool)), "leaves"),
        (lambda: agreement(levels, 1.5, Erring.BOTH), "error"),
        (lambda: trap_agreement(levels, math.nan, Erring.BOTH), "error"),
        (lambda: majority_agreement(levels, 17), "read"),
        (lambda: one_way(2), "variables"),
        (lambda: proof_size(0, True), "variables"),
        (lambda: agreement(levels, 0.5, "both sides"), "erring"),  # type: ignore[arg-type]
        (lambda: clauses_of("true"), "formula"),  # type: ignore[arg-type]
    ):
        with pytest.raises((TypeError, ValueError), match=f"^{name} must"):
            call()


def test_doses_hold_the_error_that_is_shown_and_uncertainty_is_the_spread_over_formulas() -> None:
    result = solve(BooleanDebateParams(error=0.37))
    assert result.dose[result.here] == 0.37
    assert len(result.dose) == len(DOSES) + 1
    each = agreement(pool(result.params), 0.37, Erring.BOTH)
    assert result.agreement[result.here] == pytest.approx(each.mean())
    assert result.agreement_error[result.here] == pytest.approx(each.std(ddof=1) / math.sqrt(200))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(list(Formula)), errors, who, st.integers(1, 12), st.integers(3, 6), st.integers(3, 20))
def test_every_setting_can_be_told(formula, error, erring, game, variables, clauses) -> None:
    params = BooleanDebateParams(
        formula=formula, error=error, erring=erring, game=game, variables=variables, clauses=clauses, formulas=9
    )
    for result in (simulate(params, default_rng(0)), solve(params)):
        words = reading(result)
        assert words.endswith(".")
        assert "nan" not in words


def test_readings_at_the_edges() -> None:
    assert "Without slips, 100.0 %" not in BOOLEAN_DEBATE.read(error=0.0)
    assert "Without slips, 100 % of debates about this claim and 100 %" in BOOLEAN_DEBATE.read(error=0.0)
    assert "reports false, which is wrong: the claim is true" in BOOLEAN_DEBATE.read()
    assert "100 %" in BOOLEAN_DEBATE.read(erring=Erring.WRONG, error=1.0)
