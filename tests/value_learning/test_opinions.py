"""Opinions: closed forms of fixed ties, what moving ties can and cannot do, and how both agree with slower ways."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.sparse import csr_array
from scipy.stats import binomtest

from sysalign_lib.value_learning.evidence.opinions import ONE_BY_ONE, WEIGHTS
from sysalign_lib.value_learning.explorables.opinions import OPINIONS
from sysalign_lib.value_learning.opinions import (
    HearsayParams,
    OpinionsParams,
    Rule,
    agreement,
    camps,
    deffuant,
    deffuant_one_by_one,
    faint_influence,
    friedkin_johnsen,
    hegselmann_krause,
    listen,
    random_ties,
    settled,
    simulate,
    simulate_hearsay,
    solve_hearsay,
    thumb,
    ties,
)
from sysalign_lib.value_learning.views.opinions import reading

seeds = st.integers(0, 2**32 - 1)
opennesses = st.floats(0, 1)


def random_weights(seed: int, people: int, zeros: float = 0.5) -> np.ndarray:
    """Rows that sum to 1, some entries 0, everyone hears themselves."""
    rng = default_rng(seed)
    weights = rng.random((people, people)) * (rng.random((people, people)) > zeros) + 0.1 * np.eye(people)
    return weights / weights.sum(axis=1, keepdims=True)


def groups(opinion: np.ndarray, confidence: float) -> int:
    """Groups of any size between gaps wider than the openness, in one town."""
    return 1 + int((np.diff(np.sort(opinion)) > confidence + 1e-9).sum())


# Fixed ties --------------------------------------------------------------------------------------------------------


@given(seeds, st.integers(1, 12))
def test_influence_is_a_left_fixed_point_and_foretells_where_listening_ends(seed: int, people: int) -> None:
    weights, start = random_weights(seed, people, zeros=0.0), default_rng(seed).random(people)
    found = agreement(weights)
    assert found.reached
    assert found.influence.sum() == pytest.approx(1)
    np.testing.assert_allclose(found.influence @ weights, found.influence, atol=1e-12)
    np.testing.assert_allclose(np.linalg.matrix_power(weights, 2**11) @ start, found.value(start), atol=1e-9)


def test_disagreement_shrinks_at_the_rate_that_the_second_eigenvalue_says() -> None:
    for seed in range(5):
        weights = random_weights(seed, 8, zeros=0.0)
        found = agreement(weights)
        gap = np.linalg.matrix_power(weights - found.influence, 200)  # W^t less its limit, without cancellation
        assert np.abs(gap).max() ** (1 / 200) == pytest.approx(found.rate, rel=0.03)


@given(seeds, st.integers(2, 9))
def test_a_consensus_is_announced_if_and_only_if_powers_of_the_weights_become_constant(seed: int, people: int) -> None:
    """Sparse ties without self-trust: split, periodic and agreeing ones all occur."""
    rng = default_rng(seed)
    weights = np.zeros((people, people))
    for person in range(people):
        heard = rng.choice(people, size=rng.integers(1, 3))
        weights[person, heard] = 1 / len(set(heard.tolist()))
    power = np.linalg.matrix_power(weights, 2**14)
    constant = bool(np.ptp(power, axis=0).max() < 1e-6)
    found = agreement(weights)
    assert found.reached == constant
    if constant:
        np.testing.assert_allclose(found.influence, power[0], atol=1e-6)
    else:
        assert "No consensus" in found.words
        with pytest.raises(ValueError, match="consensus"):
            found.value(np.zeros(people))


@pytest.mark.parametrize("length", [2, 3, 5])
def test_a_ring_that_only_repeats_goes_round_with_its_length(length: int) -> None:
    ring = np.roll(np.eye(length), 1, axis=1)
    assert agreement(ring).period == length
    lazy = 0.9 * ring + 0.1 * np.eye(length)
    assert agreement(lazy).reached
    np.testing.assert_allclose(agreement(lazy).influence, 1 / length)


def test_period_agrees_with_networkx_on_two_rings_that_share_a_person() -> None:
    weights = np.zeros((9, 9))  # rings of 4 and of 6: period 2
    for person, other in ((0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 0)):
        weights[person, other] = 1
    weights /= weights.sum(axis=1, keepdims=True)
    graph = nx.from_numpy_array(weights, create_using=nx.DiGraph)
    assert not nx.is_aperiodic(graph)
    assert agreement(weights).period == 2


def test_one_person_agrees_at_once_and_people_nobody_hears_have_no_influence() -> None:
    assert agreement([[1.0]]).influence.tolist() == [1]
    assert agreement([[1.0]]).rate == 0
    found = agreement([[0.5, 0.5, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]])
    np.testing.assert_allclose(found.influence, [0.5, 0.5, 0], atol=1e-14)
    assert found.influence[2] == 0


def test_ten_thousand_people_agree_where_their_ties_say() -> None:
    rng = default_rng(4)
    weights, start = random_ties(10_000, 10, rng), rng.random(10_000)
    agreed = listen(weights, start, 100)
    assert np.ptp(agreed) < 1e-12
    few, start = random_ties(1500, 5, rng), rng.random(1500)
    np.testing.assert_allclose(listen(few, start, 200), agreement(few).value(start), atol=1e-12)


def test_ties_to_all_who_are_near_weigh_people_by_how_many_they_hear() -> None:
    rng = default_rng(2)
    for people in (30, 700):  # all eigenvalues, and the leading ones only
        opinion = rng.random(people)
        weights = ties(opinion, 0.3)
        heard = (np.abs(opinion[:, None] - opinion) <= 0.3 + 1e-9).sum(axis=1)
        np.testing.assert_array_equal(weights.toarray() > 0, np.abs(opinion[:, None] - opinion) <= 0.3 + 1e-9)
        np.testing.assert_allclose(agreement(weights).influence, heard / heard.sum(), atol=1e-11)


@given(seeds, st.integers(1, 10), st.floats(0.1, 1))
def test_anchored_people_end_where_the_linear_system_says(seed: int, people: int, held: float) -> None:
    weights, rng = random_weights(seed, people), default_rng(seed)
    start, stubborn = rng.random(people), held * rng.uniform(0.5, 1, people)
    end = friedkin_johnsen(weights, start, stubborn)
    np.testing.assert_allclose((1 - stubborn) * (weights @ end) + stubborn * start, end, atol=1e-12)
    np.testing.assert_allclose(listen(weights, start, 500, stubborn), end, atol=1e-9)
    assert start.min() - 1e-12 <= end.min() <= end.max() <= start.max() + 1e-12


def test_elimination_and_iteration_find_the_same_end() -> None:
    rng = default_rng(6)
    weights, start = random_ties(2500, 5, rng), rng.random(2500)
    for stubborn in (0.3, 0.01, rng.random(2500)):
        end = friedkin_johnsen(weights, start, stubborn)
        assert np.abs(listen(weights, end, 1, 0.0) * (1 - stubborn) + stubborn * start - end).max() < 1e-11
        np.testing.assert_allclose(end, listen(weights, start, 2500, stubborn), atol=1e-9)


def test_stubbornness_at_its_ends() -> None:
    start = np.array([0.0, 0.5, 1.0])
    np.testing.assert_array_equal(friedkin_johnsen(WEIGHTS, start, 1.0), start)
    np.testing.assert_allclose(friedkin_johnsen(WEIGHTS, start, 1e-9), agreement(WEIGHTS).value(start), atol=1e-6)
    with pytest.raises(ValueError, match="stubbornness"):
        friedkin_johnsen(WEIGHTS, start, 0.0)
    with pytest.raises(ValueError, match="stubbornness"):
        friedkin_johnsen(np.eye(2), [0, 1], [0.5, 0.0])
    one_zealot = friedkin_johnsen(WEIGHTS, start, [0.0, 0.0, 1.0])
    np.testing.assert_allclose(one_zealot, 1.0)


@given(seeds, st.integers(2, 8))
def test_faint_anchors_choose_the_consensus_by_influence_times_stubbornness(seed: int, people: int) -> None:
    weights, rng = random_weights(seed, people, zeros=0.0), default_rng(seed)
    start, ratio = rng.random(people), rng.uniform(0.1, 1, people)
    value = float(faint_influence(agreement(weights).influence, ratio) @ start)
    ends = [friedkin_johnsen(weights, start, faint * ratio) for faint in (1e-5, 1e-7)]
    assert np.abs(ends[1] - value).max() < 2e-5
    assert np.abs(ends[1] - value).max() <= np.abs(ends[0] - value).max() + 1e-7


# Hearsay -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stubbornness", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_people_who_hear_one_neighbor_a_round_have_the_mean_that_is_solved(stubbornness: float, seed: int) -> None:
    params = HearsayParams(stubbornness=stubbornness, confidence=0.3, runs=4000)
    seen, exact = simulate_hearsay(params, default_rng(seed)), solve_hearsay(params)
    assert (np.abs(seen.mean - exact.mean) <= 5 * seen.error + 1e-12).all()


def test_solved_hearsay_is_degroot_and_friedkin_johnsen_with_dense_weights() -> None:
    for held in (0.0, 0.2):
        exact = solve_hearsay(HearsayParams(agents=25, confidence=0.2, stubbornness=held, rounds=7))
        weights = ties(exact.start, 0.2).toarray()
        np.testing.assert_allclose(exact.mean[-1], listen(weights, exact.start, 7, held), atol=1e-13)
        np.testing.assert_allclose(exact.influence, agreement(weights).influence, atol=1e-12)


def test_without_an_anchor_all_copy_one_person_with_the_odds_of_degroot() -> None:
    """Every run ends in a first opinion of somebody; whose, is drawn by influence."""
    rng, weights, runs = default_rng(3), np.array(WEIGHTS), 20_000
    opinion = np.tile(np.arange(3), (runs, 1))
    while (opinion != opinion[:, :1]).any():
        heard = np.stack([rng.choice(3, size=runs, p=row) for row in weights], axis=1)
        opinion = np.take_along_axis(opinion, heard, axis=1)
    share, pi = np.bincount(opinion[:, 0], minlength=3) / runs, agreement(weights).influence
    assert (np.abs(share - pi) < 5 * np.sqrt(pi * (1 - pi) / runs)).all()


# Moving ties -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("confidence", ["1/2", "3/10", "1/5", "3/20", "1/10", "1/20"])
def test_even_people_end_as_exact_fractions_say(confidence: str) -> None:
    """Not only the number of camps: everybody's opinion."""
    people, near = [Fraction(place, 100) for place in range(101)], Fraction(confidence)
    while True:
        count = Counter(people)
        means = {}
        for opinion in count:
            heard = [(other, many) for other, many in count.items() if abs(other - opinion) <= near]
            means[opinion] = sum(other * many for other, many in heard) / sum(many for _, many in heard)
        moved = [means[opinion] for opinion in people]
        if moved == people:
            break
        people = moved
    seen = hegselmann_krause(np.arange(101)[None] / 100, float(near), 200)
    np.testing.assert_allclose(seen[0], [float(opinion) for opinion in people], atol=1e-12)


def test_plain_floating_point_gets_another_number_of_camps() -> None:
    opinion = np.arange(101) / 100
    for _ in range(200):
        near = np.abs(opinion[:, None] - opinion) <= 0.2
        opinion = (near * opinion).sum(axis=1) / near.sum(axis=1)
    assert groups(opinion, 0.2) == 2
    assert camps(hegselmann_krause(np.arange(101)[None] / 100, 0.2, 200), 0.2).tolist() == [1]


@given(seeds, st.integers(1, 40), opennesses, st.floats(0, 1), st.integers(0, 12))
def test_cumulative_sums_hear_whom_a_table_of_distances_says(
    seed: int, people: int, confidence: float, held: float, rounds: int
) -> None:
    start = np.sort(default_rng(seed).random((3, people)), axis=1)
    slow = start.copy()
    for _ in range(rounds):
        near = np.abs(slow[:, :, None] - slow[:, None, :]) <= confidence + 1e-9
        mean = (near * slow[:, None, :]).sum(axis=2) / near.sum(axis=2)
        slow = mean if held == 0 else (1 - held) * mean + held * start
    fast = hegselmann_krause(start, confidence, rounds, stubbornness=held)
    np.testing.assert_allclose(fast, slow, atol=1e-9)


@given(seeds, st.integers(2, 40), opennesses, st.floats(0.05, 0.5))
def test_pairs_keep_the_mean_stay_in_range_and_never_close_a_gap(
    seed: int, people: int, confidence: float, pull: float
) -> None:
    start = default_rng(seed).random((2, people))
    before = start
    for step in range(4):
        after = deffuant(before, confidence, 1, default_rng(seed + step), pull=pull)
        np.testing.assert_allclose(after.mean(axis=1), start.mean(axis=1), atol=1e-12)
        assert (after.std(axis=1) <= before.std(axis=1) + 1e-12).all()
        for town in range(2):
            assert groups(after[town], confidence) >= groups(before[town], confidence)
        before = after
    assert start.min() - 1e-12 <= after.min() <= after.max() <= start.max() + 1e-12


@given(seeds, st.integers(2, 40), opennesses)
def test_all_at_once_never_close_a_gap_and_keep_their_order(seed: int, people: int, confidence: float) -> None:
    before = np.sort(default_rng(seed).random((1, people)))
    for _ in range(5):
        after = hegselmann_krause(before, confidence, 1)
        assert (np.diff(after[0]) >= -1e-12).all()
        assert groups(after[0], confidence) >= groups(before[0], confidence)
        before = after


@pytest.mark.parametrize("rule", ["pairs", "all"])
@settings(max_examples=40)
@given(seed=seeds, confidence=st.floats(0.05, 0.6))
def test_settled_camps_are_final(rule: str, seed: int, confidence: float) -> None:
    def on(opinion: np.ndarray, rounds: int) -> np.ndarray:
        if rule == "pairs":
            return deffuant(opinion, confidence, rounds, default_rng(seed + 1))
        return hegselmann_krause(opinion, confidence, rounds)

    opinion = on(default_rng(seed).random((5, 60)), 12)
    later, final = on(opinion, 40), settled(opinion, confidence)
    np.testing.assert_array_equal(camps(later, confidence)[final], camps(opinion, confidence)[final])
    assert settled(later, confidence)[final].all()


def test_a_meeting_moves_both_by_the_pull_and_only_within_the_openness() -> None:
    """Two people meet twice in a sweep: at a pull of 0.25 their distance halves each time."""
    pair = np.array([[0.2, 0.6]])
    for rule in (deffuant, deffuant_one_by_one):
        np.testing.assert_allclose(rule(pair, 0.4, 1, default_rng(0), pull=0.25), [[0.35, 0.45]])
        np.testing.assert_array_equal(rule(pair, 0.39, 1, default_rng(0), pull=0.25), pair)


@pytest.mark.parametrize(("people", "confidence"), [(20, 0.2), (50, 0.15), (50, 0.27)])
def test_disjoint_pairs_and_one_pair_after_the_other_end_in_the_same_camps(people: int, confidence: float) -> None:
    """2,500 towns each: shares of every number of camps, and the mean share of the largest, within 4.5 standard errors."""
    towns, sweeps = 2500, 60
    start = default_rng([people, 1]).random((2, towns, people))
    ends = (
        deffuant(start[0], confidence, sweeps, default_rng(11)),
        deffuant_one_by_one(start[1], confidence, sweeps, default_rng(12)),
    )
    least = max(2, people // 50)
    counts = [np.bincount(camps(end, confidence, least), minlength=people) / towns for end in ends]
    pooled = (counts[0] + counts[1]) / 2
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 1 / towns) * 2 / towns)
    assert (np.abs(counts[0] - counts[1]) < 4.5 * error).all()
    spread = [end.std(axis=1) for end in ends]
    together = np.sqrt(sum(one.var() for one in spread) / towns)
    assert abs(spread[0].mean() - spread[1].mean()) < 4.5 * together


def test_published_shares_add_up_and_thumb_is_the_commonest_where_it_holds() -> None:
    for confidence, number, share in ONE_BY_ONE:
        assert 0 <= share <= 1
        if share > 0.9:
            assert thumb(confidence) == number
    assert [thumb(near) for near in (1.0, 0.5, 0.3, 0.25, 0.2, 0.1, 0.05)] == [1, 1, 1, 2, 2, 5, 10]


def test_limits_of_openness_and_of_people() -> None:
    start = default_rng(1).random((3, 50))
    np.testing.assert_array_equal(deffuant(start, 0.0, 5, default_rng(0)), start)
    np.testing.assert_allclose(np.sort(start), hegselmann_krause(start, 0.0, 5), atol=1e-12)
    np.testing.assert_allclose(
        hegselmann_krause(start, 1.0, 1), np.repeat(start.mean(axis=1), 50).reshape(3, 50), atol=1e-12
    )
    heard = deffuant(start, 1.0, 60, default_rng(0))
    np.testing.assert_allclose(heard, np.repeat(start.mean(axis=1), 50).reshape(3, 50), atol=1e-6)
    assert deffuant([[0.3]], 0.5, 3, default_rng(0)).tolist() == [[0.3]]
    np.testing.assert_array_equal(deffuant(start, 0.5, 4, default_rng(0), stubbornness=1.0), start)


def test_camps_are_counted_by_size_and_width() -> None:
    town = [[0.1, 0.1, 0.15, 0.5, 0.9, 0.95]]
    assert camps(town, 0.1).tolist() == [3]
    assert camps(town, 0.1, 2).tolist() == [2]
    assert camps(town, 0.1, 3).tolist() == [1]
    assert settled(town, 0.1).tolist() == [True]
    chain = [[0.0, 0.1, 0.2]]
    assert camps(chain, 0.1).tolist() == [0]
    assert settled(chain, 0.1).tolist() == [False]


# All rules from the same people ------------------------------------------------------------------------------------


def test_every_rule_and_openness_starts_from_the_same_people() -> None:
    starts = [
        simulate(OpinionsParams(rule=rule, confidence=near, towns=3), default_rng(9)).start
        for rule in Rule
        for near in (0.1, 0.5)
    ]
    assert all((one == starts[0]).all() for one in starts)


def test_fixed_ties_and_moving_ties_agree_for_one_round_and_not_for_two() -> None:
    def end(rule: Rule, rounds: int) -> np.ndarray:
        return simulate(OpinionsParams(rule=rule, rounds=rounds), default_rng(9)).final

    np.testing.assert_array_equal(end(Rule.FIXED, 1), end(Rule.ALL, 1))
    assert np.abs(end(Rule.FIXED, 2) - end(Rule.ALL, 2)).max() > 1e-3


@pytest.mark.parametrize("held", [0.0, 0.01, 0.2, 1.0])
def test_what_is_known_beforehand_is_what_general_ties_give_and_what_happens(held: float) -> None:
    params = OpinionsParams(rule=Rule.FIXED, confidence=0.25, stubbornness=held, agents=60, rounds=3000, towns=2)
    seen = simulate(params, default_rng(5))
    weights, first = ties(seen.start[0], 0.25), seen.start[0]
    general = friedkin_johnsen(weights, first, held) if held else np.full(60, agreement(weights).value(first))
    shown = np.unique(np.linspace(0, 59, 25).astype(int))
    np.testing.assert_allclose(seen.predicted, general[shown], atol=1e-9)
    np.testing.assert_allclose(seen.path[-1], seen.predicted, atol=1e-6)


def test_an_anchor_too_faint_to_see_leaves_degroots_consensus() -> None:
    for held in (1e-15, 1e-12, 1e-9):
        fixed = {"rule": Rule.FIXED, "confidence": 0.15, "agents": 300, "rounds": 0, "towns": 1}
        seen, none = (simulate(OpinionsParams(stubbornness=s, **fixed), default_rng(5)) for s in (held, 0.0))
        np.testing.assert_allclose(seen.predicted, none.predicted, atol=1e-6)


def test_moving_ties_are_not_known_beforehand_unless_nobody_listens() -> None:
    for rule in (Rule.PAIRS, Rule.ALL):
        assert np.isnan(simulate(OpinionsParams(rule=rule, towns=1, rounds=3), default_rng(0)).predicted).all()
        still = simulate(OpinionsParams(rule=rule, stubbornness=1.0, towns=2), default_rng(0))
        np.testing.assert_array_equal(still.final, still.start)
        assert still.displacement == 0


def test_intervals_are_wilsons() -> None:
    seen = simulate(OpinionsParams(confidence=0.1), default_rng(2))
    for number, share in enumerate(seen.frequency):
        known = binomtest(round(20 * share), 20).proportion_ci(method="wilson")
        np.testing.assert_allclose(seen.interval[:, number], [known.low, known.high], atol=1e-5)


def test_shares_of_towns_add_up_and_lie_in_their_intervals() -> None:
    for near in (0.05, 0.1, 0.27):
        seen = simulate(OpinionsParams(confidence=near), default_rng(2))
        assert seen.frequency.sum() == pytest.approx(1)
        assert (seen.interval[0] <= seen.frequency + 1e-12).all()
        assert (seen.frequency <= seen.interval[1] + 1e-12).all()
        assert seen.camp_share.sum() <= 1 + 1e-12
        assert len(seen.camp_place) == seen.camps[0]


def test_ten_thousand_people_are_no_trouble() -> None:
    seen = simulate(OpinionsParams(agents=10_000, towns=1, confidence=0.2), default_rng(3))
    assert seen.camps.tolist() == [2]


# Refusals and words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: agreement([[0.5, 0.4], [0.5, 0.5]]), "weights"),
        (lambda: agreement([[1.5, -0.5], [0.5, 0.5]]), "weights"),
        (lambda: agreement(np.ones((2, 3)) / 3), "weights"),
        (lambda: agreement(csr_array((0, 0))), "weights"),
        (lambda: listen(WEIGHTS, [0, 1], 3), "start"),
        (lambda: listen(WEIGHTS, [0, 0.5, 1], -1), "rounds"),
        (lambda: friedkin_johnsen(WEIGHTS, [0, 0.5, 1], [0.5, 0.5]), "stubbornness"),
        (lambda: faint_influence([0.5, 0.5], [0.0, 0.0]), "stubbornness"),
        (lambda: deffuant([[0.1, 1.2]], 0.2, 1, default_rng(0)), "start"),
        (lambda: deffuant([[0.1, 0.2]], -0.2, 1, default_rng(0)), "confidence"),
        (lambda: deffuant([[0.1, 0.2]], 0.2, 1, default_rng(0), pull=0.6), "pull"),
        (lambda: deffuant_one_by_one([[0.1]], 0.2, 1, default_rng(0)), "number of people"),
        (lambda: hegselmann_krause([0.1, 0.2], 0.2, 1), "start"),
        (lambda: camps([[0.1]], 0.1, 0), "least"),
        (lambda: ties([0.1, 2.0], 0.1), "opinion"),
        (lambda: thumb(0.0), "confidence"),
        (lambda: random_ties(0, 1, default_rng(0)), "agents"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, name: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{name} must be|^{name} must|^value must"):
        call()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(Rule)),
    opennesses,
    opennesses,
    st.integers(2, 60),
    st.integers(0, 30),
    st.integers(1, 5),
    seeds,
)
def test_every_setting_can_be_told(
    rule: Rule, near: float, held: float, agents: int, rounds: int, towns: int, seed: int
) -> None:
    params = OpinionsParams(rule=rule, confidence=near, stubbornness=held, agents=agents, rounds=rounds, towns=towns)
    words = reading(simulate(params, default_rng(seed)))
    assert not re.search(r"nan|inf|None|  |\de-|(?<![\d.])1 (towns|camps|rounds)\b", words), words


def test_readings_at_the_edges() -> None:
    assert "20 of 20 towns end in 1 camp." in OPINIONS.read(confidence=0.5)
    assert "Nobody listens" in OPINIONS.read(stubbornness=1.0)
    assert "known beforehand" in OPINIONS.read(rule=Rule.FIXED)
    assert "still" in OPINIONS.read(rule=Rule.FIXED, confidence=0.1)
    assert "no camp at all" in OPINIONS.read(stubbornness=0.2)
