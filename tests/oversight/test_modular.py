"""Modular overseers: the lemmas at both ends, brute force in between, and what the pictures say."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.oversight.explorables.modular import INTEGRATION, MODULAR
from sysalign_lib.oversight.modular import (
    COUPLINGS,
    GOING_ON,
    PARTS,
    STATES,
    Block,
    Borders,
    Floats,
    Integration,
    IntegrationParams,
    Ints,
    ModularParams,
    Problems,
    Rogue,
    best_of_draws,
    blocks_of,
    climb,
    crossing,
    cycling,
    evaluations,
    neighbors,
    random_search,
    scores,
    simulate,
    simulate_integration,
    steepest_climb,
    step_map,
)

FEW = Problems(seed=7, landscapes=20)
MATCHING = blocks_of(4, Borders.RIGHT)
SHIFTED = blocks_of(4, Borders.SHIFTED)


def went(score: Floats, step: Ints) -> Floats:
    """score[landscape, start] after one round."""
    return np.asarray(np.take_along_axis(score, step, axis=1))


def best_setting(score: Floats, state: int, block: Block) -> int:
    """By hand: try every setting of a block from one configuration of one landscape."""
    tried = []
    for bits in product((0, 1), repeat=len(block)):
        other = state
        for part, bit in zip(block, bits, strict=True):
            other = other & ~(1 << part) | bit << part
        tried.append(other)
    return max(tried, key=lambda one: score[one])


# The problem -------------------------------------------------------------------------------------------------------


@given(st.integers(0, 11), st.integers(1, 12), st.floats(0, 1), st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_every_decision_depends_on_k_different_others(k: int, modules: int, coupling: float, seed: int) -> None:
    chosen = neighbors(Problems(seed=seed, landscapes=3, k=k, modules=modules), coupling)
    assert chosen.shape == (3, PARTS, k)
    for part in range(PARTS):
        for row in chosen[:, part]:
            assert len({part, *row.tolist()}) == k + 1


@given(st.integers(0, 11), st.integers(1, 12), st.floats(0, 1), st.floats(0, 1), st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_what_has_left_its_module_stays_outside_as_coupling_rises(
    k: int, modules: int, one: float, other: float, seed: int
) -> None:
    problems, low, high = Problems(seed=seed, landscapes=3, k=k, modules=modules), min(one, other), max(one, other)
    module = np.empty(PARTS, dtype=int)
    for number, parts in enumerate(blocks_of(modules, Borders.RIGHT)):
        module[list(parts)] = number
    before, after = neighbors(problems, low), neighbors(problems, high)
    outside = module[before] != module[:, None]
    assert (before[outside] == after[outside]).all()
    assert (module[after] != module[:, None]).sum() >= outside.sum()


def test_interactions_leave_with_the_probability_that_is_asked_for() -> None:
    problems = Problems(seed=3, landscapes=400)
    module = np.arange(PARTS) // 3
    for coupling in (0.0, 0.25, 0.7, 1.0):
        share = (module[neighbors(problems, coupling)] != module[:, None]).mean()
        assert abs(share - coupling) <= 5 * math.sqrt(coupling * (1 - coupling) / (400 * PARTS * 2))


def test_scores_are_0_on_average_and_1_at_best() -> None:
    score = scores(FEW, 0.3)
    assert score.shape == (20, STATES)
    np.testing.assert_allclose(score.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_array_equal(score.max(axis=1), 1.0)


def test_without_coupling_the_score_is_a_sum_over_modules() -> None:
    score = scores(FEW, 0.0).reshape(20, 8, 8, 8, 8)  # the last axis is decisions 0 to 2
    effects = [
        score.mean(axis=tuple(other for other in range(1, 5) if other != axis), keepdims=True) for axis in range(1, 5)
    ]
    np.testing.assert_allclose(score, sum(effects), atol=1e-12)


@pytest.mark.parametrize("borders", list(Borders))
@pytest.mark.parametrize("count", range(1, 13))
def test_blocks_hold_every_decision_once_and_differ_by_one_in_size(borders: Borders, count: int) -> None:
    blocks = blocks_of(count, borders)
    assert sorted(part for block in blocks for part in block) == list(range(PARTS))
    assert len(blocks) == count
    sizes = {len(block) for block in blocks}
    assert max(sizes) - min(sizes) <= 1


# Overseers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blocks", [MATCHING, SHIFTED, blocks_of(5, Borders.SCATTERED), blocks_of(2, Borders.RIGHT)])
def test_one_round_is_what_trying_every_setting_by_hand_gives(blocks: tuple[Block, ...]) -> None:
    score, rng = scores(FEW, 0.5), default_rng(1)
    steps = {mode: step_map(score, blocks, mode) for mode in Integration}
    for row, start in zip(rng.integers(20, size=25).tolist(), rng.integers(STATES, size=25).tolist(), strict=True):
        proposals = [best_setting(score[row], start, block) for block in blocks]
        joined = start
        for one in proposals:
            joined ^= start ^ one
        turn = start
        for block in blocks:
            turn = best_setting(score[row], turn, block)
        checked = max([joined, *proposals], key=lambda one: score[row, one])
        seen = [int(steps[mode][row, start]) for mode in Integration]
        assert seen == [joined, checked, turn, turn]


@pytest.mark.parametrize("integration", list(Integration))
@pytest.mark.parametrize("overseers", [1, 2, 4])
def test_without_interactions_across_borders_one_round_finds_the_best_from_every_start(
    integration: Integration, overseers: int
) -> None:
    score = scores(FEW, 0.0)
    assert (went(score, step_map(score, blocks_of(overseers, Borders.RIGHT), integration)) == 1.0).all()


@pytest.mark.parametrize("borders", list(Borders))
def test_without_any_interaction_every_way_to_cut_is_perfect(borders: Borders) -> None:
    problems = Problems(seed=2, landscapes=10, k=0)
    for overseers in (2, 3, 5, 12):
        score = scores(problems, 0.7)
        assert (went(score, step_map(score, blocks_of(overseers, borders), Integration.PARALLEL)) == 1.0).all()


@pytest.mark.parametrize("integration", list(Integration))
def test_one_overseer_of_everything_finds_the_best_whatever_the_coupling(integration: Integration) -> None:
    score = scores(Problems(seed=4, landscapes=5, k=11), 1.0)
    assert (went(score, step_map(score, blocks_of(1, Borders.RIGHT), integration)) == 1.0).all()


@pytest.mark.parametrize("overseers", [2, 3, 4, 6])
def test_with_everything_coupled_overseers_in_turn_are_worth_as_many_random_draws(overseers: int) -> None:
    score = scores(Problems(seed=5, landscapes=100, k=11), 0.0)
    blocks = blocks_of(overseers, Borders.RIGHT)
    gap = went(score, step_map(score, blocks, Integration.SEQUENTIAL)).mean(axis=1)
    gap -= best_of_draws(score, evaluations(overseers))
    assert abs(gap.mean()) < 5 * gap.std(ddof=1) / 10


def test_with_everything_coupled_overseers_at_once_score_next_to_nothing_unless_at_most_one_moved() -> None:
    score = scores(Problems(seed=6, landscapes=60, k=11), 0.0)
    alone = [step_map(score, MATCHING, Integration.PARALLEL)]
    moved = sum(((alone[0] ^ np.arange(STATES)) & 0b111 << 3 * number) != 0 for number in range(4))
    after = went(score, alone[0])
    assert abs(after[moved >= 2].mean()) < 0.02
    assert after[moved < 2].mean() > 0.4
    # All stay with probability 1 / 29, exactly one moves with 4 (1 / 22 - 1 / 29); starts of a landscape share its draws.
    for count, share in ((0, 1 / 29), (1, 4 * (1 / 22 - 1 / 29))):
        rate = (moved == count).mean(axis=1)
        assert abs(rate.mean() - share) < 5 * rate.std(ddof=1) / math.sqrt(60)


@given(st.floats(0, 1), st.sampled_from((2, 3, 4, 5, 6, 12)), st.sampled_from(Borders), st.sampled_from((1, 2, 5)))
@settings(max_examples=15, deadline=None)
def test_whoever_goes_on_from_what_is_better_never_loses_and_comes_to_rest(
    coupling: float, overseers: int, borders: Borders, k: int
) -> None:
    score = scores(Problems(seed=8, landscapes=4, k=k), coupling)
    for mode in (Integration.CHECKED, Integration.SEQUENTIAL):
        step = step_map(score, blocks_of(overseers, borders), mode)
        assert (went(score, step) >= score).all()
        assert not cycling(step).any()


def test_overseers_at_once_go_around_in_circles_by_hand() -> None:
    """Follow every start of a landscape for 4,096 rounds, one round at a time, and ask whether it still moves."""
    step = step_map(scores(Problems(seed=9, landscapes=2), 0.5), MATCHING, Integration.PARALLEL)
    here = step
    for _ in range(STATES):
        here = np.take_along_axis(step, here, axis=1)
    np.testing.assert_array_equal(cycling(step), np.take_along_axis(step, here, axis=1) != here)
    assert cycling(step).any()


@pytest.mark.parametrize("overseers", [2, 4])
def test_a_careless_overseer_costs_his_share_exactly_when_modules_are_apart(overseers: int) -> None:
    """Averaged over who is careless, the loss does not even depend on the landscape; only his dice are left."""
    problems, rng = Problems(seed=10, landscapes=40, modules=overseers), default_rng(3)
    score, blocks = scores(problems, 0.0), blocks_of(overseers, Borders.RIGHT)
    after = []
    for first in range(overseers):
        turned = blocks[first:] + blocks[:first]
        step = step_map(score, turned, Integration.PARALLEL, first=rng.random(score.shape))
        after.append(went(score, step).mean(axis=1))
    share, single = np.mean(after, axis=0), after[0]
    assert abs(share.mean() - (1 - 1 / overseers)) < 5 * share.std(ddof=1) / math.sqrt(40)
    assert share.std() < single.std() / 3


def kept(coupling: float, mode: Integration) -> tuple[float, float]:
    """What a saboteur who goes first leaves of the careful overseers' score, over 300 landscapes, and its standard error."""
    score = scores(Problems(seed=11, landscapes=300), coupling)
    careful = went(score, step_map(score, MATCHING, mode)).mean(axis=1)
    spoiled = went(score, step_map(score, MATCHING, mode, first=-score)).mean(axis=1)
    share = spoiled.mean() / careful.mean()
    return float(share), float((spoiled - share * careful).std(ddof=1) / careful.mean() / math.sqrt(300))


def test_coupling_lets_those_who_come_later_make_up_for_a_saboteur_and_not_those_who_answer_at_once() -> None:
    for mode, repaired in ((Integration.SEQUENTIAL, True), (Integration.PARALLEL, False)):
        (apart, first), (coupled, second) = kept(0.0, mode), kept(1.0, mode)
        error = math.hypot(first, second)
        assert coupled > apart + 5 * error if repaired else coupled < apart + 4 * error


@pytest.mark.parametrize("borders", list(Borders))
@pytest.mark.parametrize("overseers", [1, 2, 3, 4, 5, 6, 12])
def test_evaluations_are_counted_as_configurations_that_differ(overseers: int, borders: Borders) -> None:
    looked_at = set()
    for block in blocks_of(overseers, borders):
        for bits in product((0, 1), repeat=len(block)):
            looked_at.add(sum(bit << part for part, bit in zip(block, bits, strict=True)))
    assert evaluations(overseers, borders) == len(looked_at)


def test_a_round_costs_29_evaluations_for_four_overseers() -> None:
    assert [evaluations(count) for count in (1, 2, 3, 4, 6)] == [4096, 127, 46, 29, 19]


# Searchers ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=7), st.data())
@settings(max_examples=40, deadline=None)
def test_the_best_of_some_draws_is_the_mean_over_all_hands(values: list[float], data: st.DataObject) -> None:
    draws = data.draw(st.integers(1, len(values)))
    hands = [max(hand) for hand in combinations(values, draws)]
    assert best_of_draws([values], draws)[0] == pytest.approx(np.mean(hands), abs=1e-12)


def test_random_search_runs_from_the_mean_to_the_best() -> None:
    assert random_search(FEW, 0.3, 1) == pytest.approx(np.zeros(20), abs=1e-10)
    np.testing.assert_allclose(random_search(FEW, 0.3, STATES), 1, atol=1e-12)
    np.testing.assert_allclose(random_search(FEW, 0.3, 29), best_of_draws(scores(FEW, 0.3), 29), atol=1e-12)


def test_a_climber_never_loses_and_finds_the_best_in_the_end() -> None:
    course = climb(FEW, 0.3, 1024)
    assert (np.diff(course, axis=0) >= 0).all()
    assert course[-1].mean() > 0.99
    np.testing.assert_array_equal(climb(FEW, 0.3, 29), course[:29])


def test_a_climber_on_a_smooth_landscape_is_done_after_each_decision_once() -> None:
    smooth = Problems(seed=12, landscapes=10, k=0)
    np.testing.assert_array_equal(climb(smooth, 0.0, PARTS + 1)[-1], 1.0)
    np.testing.assert_array_equal(steepest_climb(smooth, 0.0, PARTS), 1.0)


def test_with_everything_coupled_a_climber_is_worth_as_many_random_draws() -> None:
    rough = Problems(seed=13, landscapes=200, k=11)
    gap = climb(rough, 0.0, 29)[-1] - random_search(rough, 0.0, 29)
    assert abs(gap.mean()) < 5 * gap.std(ddof=1) / math.sqrt(200)


def test_steepest_steps_are_steps_to_the_best_neighbor_by_hand() -> None:
    score, after = scores(FEW, 0.5), []
    for state in range(STATES):
        here = state
        for _ in range(2):
            here = max([here, *(here ^ 1 << part for part in range(PARTS))], key=lambda one: score[0, one])
        after.append(score[0, here])
    assert steepest_climb(FEW, 0.5, 2)[0] == pytest.approx(np.mean(after), abs=1e-12)
    np.testing.assert_allclose(steepest_climb(FEW, 0.5, 0), 0, atol=1e-12)


# The window --------------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 0.99), st.floats(0.1, 5))
def test_a_straight_line_crosses_where_it_should(place: float, slope: float) -> None:
    points = np.linspace(0, 1, 7)
    assert crossing(points, [slope * (place - points)])[0] == pytest.approx(place, abs=1e-9)


def test_crossings_at_the_edges() -> None:
    points = [0.0, 0.5, 1.0]
    found = crossing(points, [[0, -1, -1], [-1, 1, 1], [1, 1, 1], [1, 0, 1], [1, -1, 1], [1, 1, 0]])
    np.testing.assert_array_equal(found, [0, 0, math.inf, 0.5, 0.25, 1])


def test_the_interval_holds_the_estimate_and_shrinks_with_more_landscapes() -> None:
    widths = []
    for landscapes in (25, 225):
        low, estimate, high = simulate(ModularParams(landscapes=landscapes), default_rng(1)).climb_crossing
        assert low <= estimate <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_rounds_of_fresh_starts_are_the_best_of_independent_ends() -> None:
    result = simulate_integration(IntegrationParams(landscapes=30, rounds=3), default_rng(2))
    turn, fresh = result.score[2:]
    assert fresh[1] == pytest.approx(turn[1], abs=1e-12)
    assert (np.diff(fresh) > 0).all()
    assert fresh[3] > turn[3]


def test_both_models_tell_the_same_story_of_the_same_problem() -> None:
    rounds = simulate_integration(IntegrationParams(landscapes=30, rounds=4), default_rng(5))
    for number, mode in enumerate(Integration):
        curve = simulate(ModularParams(landscapes=30, rounds=4, integration=mode), default_rng(5))
        assert curve.score[curve.at] == pytest.approx(rounds.score[number, 4], abs=1e-12)
        if mode is not Integration.CHECKED:  # which pays for one evaluation a round more
            assert curve.climb[curve.at] == pytest.approx(rounds.climb[4], abs=1e-12)


def test_more_landscapes_agree_with_few_from_other_dice() -> None:
    few, many = (simulate(ModularParams(landscapes=count), default_rng(seed)) for count, seed in ((100, 1), (200, 2)))
    for name in ("score", "climb", "random"):
        error = np.hypot(getattr(few, f"{name}_error"), getattr(many, f"{name}_error"))
        assert (np.abs(getattr(few, name) - getattr(many, name)) <= 5 * error + 1e-12).all()


def test_noise_in_what_is_reported_breaks_the_lemma_and_no_noise_keeps_it() -> None:
    plain, noisy = (simulate(ModularParams(noise=noise, landscapes=40), default_rng(3)) for noise in (0.0, 0.5))
    assert plain.score[0] == 1.0
    assert noisy.score[0] < 0.85
    drowned = simulate(ModularParams(noise=10.0, landscapes=40), default_rng(3))
    assert drowned.score[0] < 0.12


def test_performance_stands_between_chance_and_oracle() -> None:
    chance, overseers, searcher, oracle = simulate(ModularParams(), default_rng(4)).performance
    assert chance == 0 < overseers < searcher < oracle == 1


def test_couplings_asked_for_are_on_the_curve() -> None:
    result = simulate(ModularParams(coupling=0.123, landscapes=5), default_rng(1))
    assert result.coupling[result.at] == 0.123
    assert len(result.coupling) == len(COUPLINGS) + 1


@pytest.mark.parametrize("rogue", list(Rogue))
def test_only_overseers_at_once_or_with_a_rogue_among_them_go_on_forever(rogue: Rogue) -> None:
    result = simulate_integration(IntegrationParams(coupling=0.5, rogue=rogue, landscapes=20), default_rng(1))
    assert len(result.moving) == len(GOING_ON)
    assert result.endless[0] > 0.2
    assert result.endless[1] == 0
    assert (result.endless[2] > 0) == (rogue is not Rogue.NONE)
    assert (np.diff(result.moving, axis=1) <= 0).all()


# Refusals and words ------------------------------------------------------------------------------------------------


def test_bad_arguments_are_refused_by_name() -> None:
    score = scores(FEW, 0.0)
    with pytest.raises(ValueError, match="blocks must hold every decision"):
        step_map(score, ((0, 1), (1, 2)), Integration.PARALLEL)
    with pytest.raises(ValueError, match="reported must have shape"):
        step_map(score[:, :7], MATCHING, Integration.PARALLEL)
    with pytest.raises(ValueError, match="count must be in"):
        blocks_of(0, Borders.RIGHT)
    with pytest.raises(ValueError, match="coupling must be in"):
        neighbors(FEW, 1.1)
    with pytest.raises(ValueError, match="draws must be in"):
        best_of_draws(score, 0)
    with pytest.raises(ValueError, match="looked_at must be in"):
        climb(FEW, 0.0, STATES + 1)
    with pytest.raises(ValueError, match="steps must be in"):
        steepest_climb(FEW, 0.0, -1)
    with pytest.raises(ValueError, match="step must"):
        cycling(np.full((1, STATES), STATES))
    with pytest.raises(ValueError, match="stream must be one of"):
        FEW.dice("nonsense")


def test_readings_at_the_edges() -> None:
    assert "with no interactions across their borders" in MODULAR.read(coupling=0.0)
    assert "score 1.00 (standard error 0.000" in MODULAR.read(coupling=0.0)
    assert "behind the climb even at a coupling of 0" in MODULAR.read(borders=Borders.SHIFTED)
    assert "each from a new start" in MODULAR.read(integration=Integration.FRESH, rounds=4)
    assert "in one round" in MODULAR.read()
    assert "the first of whom picks the worst" in INTEGRATION.read(rogue=Rogue.ADVERSARY)
    assert "From 0 % of the starts" in INTEGRATION.read(coupling=0.0)
