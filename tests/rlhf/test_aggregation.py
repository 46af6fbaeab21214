"""Aggregation: Borda and Bradley-Terry, majorities that lose, lotteries, what is cyclic, and the triangle's regions."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.random import default_rng
from scipy.special import expit

from sysalign_lib.rlhf.aggregation import (
    AggregationParams,
    Electorate,
    area,
    best,
    borda,
    duels,
    hodge,
    maximal_lottery,
    rankings,
    simulate,
    solve,
    unbeaten,
    without,
)
from sysalign_lib.rlhf.explorables.aggregation import VOTER_TRIANGLE
from sysalign_lib.rlhf.reward_model import fit
from sysalign_lib.rlhf.views.aggregation import reading

ASKED = 24
unit = st.floats(0, 1)
tournaments = st.integers(2, 7).flatmap(lambda n: hnp.arrays(np.int64, (n, n), elements=st.integers(1, ASKED - 1)))
settings_of_people = st.builds(
    AggregationParams,
    electorate=st.sampled_from(Electorate),
    first=unit,
    second=unit,
    middle=unit,
    stake=st.floats(0.1, 10),
    noise=st.floats(0, 0.95),
    answers=st.integers(1, 500),
)


def overruled() -> np.ndarray:
    return duels(rankings(("ABC", "BCA")), [0.6, 0.4])


def complete(raw: np.ndarray) -> np.ndarray:
    """A tournament in which every pair is asked equally often."""
    upper = np.triu(raw, 1)
    return (upper + np.tril(ASKED - upper.T, -1)).astype(float)


def people(rng: np.random.Generator, count: int, options: int) -> np.ndarray:
    """Duels of an odd number of people with random rankings."""
    return duels(np.argsort(rng.random((count, options)), axis=1), np.full(count, 1 / count))


# Exact -------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(tournaments, st.sampled_from([0.0, 0.1, 3.0]))
def test_scores_have_the_order_of_borda_counts_on_complete_comparisons(raw: np.ndarray, prior: float) -> None:
    wins = complete(raw)
    scores, counts = fit(wins, regularization=prior), borda(wins)
    for one, other in combinations(range(len(wins)), 2):
        if counts[one] == counts[other]:
            assert scores[one] == pytest.approx(scores[other], abs=1e-7)
        else:
            assert (scores[one] > scores[other]) == (counts[one] > counts[other])


@given(hnp.arrays(float, 5, elements=st.floats(-4, 4)))
def test_the_proof_s_function_is_one_and_the_same_and_increasing(scores: np.ndarray) -> None:
    expected = expit(scores[:, None] - scores).sum(axis=1) - 0.5
    order = np.argsort(scores)
    assert (np.diff(expected[order]) >= 0).all()


def test_the_majority_winner_loses_and_wins_once_a_loser_is_gone() -> None:
    wanted = overruled()
    np.testing.assert_allclose(wanted, [[0, 0.6, 0.6], [0.4, 0, 1], [0.4, 0, 0]])
    np.testing.assert_allclose(fit(wanted), [0.311873, 0.616977, -0.928850], atol=5e-7)
    assert unbeaten(wanted) == (0,)
    assert best(borda(wanted)) == best(fit(wanted)) == (1,)
    np.testing.assert_allclose(fit(without(wanted, 2)), [math.log(1.5) / 2, -math.log(1.5) / 2], atol=1e-9)


@pytest.mark.parametrize(("share", "winner"), [(0.30, 0), (0.36, 1), (0.8, 1)])
def test_which_questions_are_asked_decides_who_wins(share: float, winner: int) -> None:
    """At equal scores of A and B, the slope in A asks for sigmoid(A - C) = 0.7 and that in B for (v - 0.1) / v: v = 1 / 3."""
    asked = np.array([[0, 1, 1], [1, 0, share], [1, share, 0]])
    assert best(fit(asked * overruled())) == (winner,)


def test_an_option_that_two_thirds_put_first_is_picked_and_the_bound_is_sharp() -> None:
    for share, winner in ((0.66, 1), (0.67, 0)):
        assert best(borda(duels(rankings(("ABC", "BCA")), [share, 1 - share]))) == (winner,)


# Lotteries ----------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(2, 6))
def test_no_option_beats_a_maximal_lottery_and_deleting_what_it_never_draws_changes_nothing(
    seed, half, options
) -> None:
    wanted = people(default_rng(seed), 2 * half + 1, options)
    lottery = maximal_lottery(wanted)
    assert lottery.sum() == pytest.approx(1)
    assert (lottery @ (wanted - wanted.T) >= -1e-7).all()
    if len(unbeaten(wanted)) == 1:
        assert lottery[unbeaten(wanted)[0]] == pytest.approx(1, abs=1e-6)
    unused = np.flatnonzero(lottery < 1e-6)
    if len(unused):
        fewer = maximal_lottery(without(wanted, int(unused[0])))
        np.testing.assert_allclose(fewer, np.delete(lottery, unused[0]), atol=1e-5)


@given(st.floats(0.02, 0.48), st.floats(0.02, 0.98))
def test_the_closed_form_on_a_circle_is_what_linear_programming_finds(first: float, second: float) -> None:
    seen = solve(AggregationParams(first=first, second=second))
    assume(not seen.majority and np.abs(seen.wanted - 0.5)[np.triu_indices(3, 1)].min() > 1e-4)
    np.testing.assert_allclose(maximal_lottery(seen.wanted), seen.lottery, atol=1e-3)


# What is cyclic -----------------------------------------------------------------------------------------------------


@given(st.integers(3, 6), st.integers(0, 10**6), st.floats(0.3, 1))
def test_the_three_parts_of_a_flow_add_up_and_are_orthogonal(options: int, seed: int, density: float) -> None:
    rng = default_rng(seed)
    flow, weight = rng.standard_normal((options, options)), rng.random((options, options))
    flow, weight = flow - flow.T, np.triu(weight * (rng.random((options, options)) < density), 1)
    weight = weight + weight.T
    split = hodge(flow, weight)
    parts = (split.gradient, split.curl, split.harmonic)
    np.testing.assert_allclose(sum(parts), np.where(weight > 0, flow, 0), atol=1e-9)
    for one, other in combinations(parts, 2):
        assert abs((weight * one * other).sum()) < 1e-8
    if (weight[np.triu_indices(options, 1)] > 0).all():
        assert split.shares[2] < 1e-12
    assert split.shares.sum() == pytest.approx(float(weight.any()))


def test_potentials_on_complete_comparisons_are_borda_counts() -> None:
    wanted = people(default_rng(1), 9, 5)
    split = hodge(wanted - wanted.T)
    np.testing.assert_allclose(split.potential, (2 * borda(wanted) - 4) / 5, atol=1e-12)


def test_circles_are_curl_if_short_and_harmonic_if_they_cannot_be_filled() -> None:
    ring = np.roll(np.eye(4), 1, axis=1) - np.roll(np.eye(4), -1, axis=1)
    np.testing.assert_allclose(hodge(ring, np.abs(ring)).shares, [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(hodge(ring).shares, [0, 1, 0], atol=1e-12)
    three = np.roll(np.eye(3), 1, axis=1) - np.roll(np.eye(3), -1, axis=1)
    np.testing.assert_allclose(hodge(three).shares, [0, 1, 0], atol=1e-12)
    np.testing.assert_array_equal(hodge(np.zeros((3, 3))).shares, 0)
    ranked = np.subtract.outer([3.0, 1.0, -4.0], [3.0, 1.0, -4.0])
    np.testing.assert_allclose(hodge(ranked).shares, [1, 0, 0], atol=1e-12)


# Regions ------------------------------------------------------------------------------------------------------------


def inside(point: np.ndarray, corners: np.ndarray) -> bool:
    """Whether a point lies in a convex polygon, by the sides it is on; both in shares."""
    here, there = corners[:, :2], np.roll(corners[:, :2], -1, axis=0)
    sides = (there - here)[:, 0] * (point[1] - here[:, 1]) - (there - here)[:, 1] * (point[0] - here[:, 0])
    return bool((sides >= -1e-12).all() or (sides <= 1e-12).all())


@settings(deadline=None, max_examples=100)
@given(settings_of_people)
def test_the_readers_mixture_lies_in_the_region_that_its_winners_name(params: AggregationParams) -> None:
    seen = solve(params)
    assert seen.areas.sum() == pytest.approx(1, abs=1e-7)
    lead = np.abs(seen.wanted - 0.5)[np.triu_indices(3, 1)].min()
    gaps = [np.diff(np.sort(values))[-1] for values in (borda(seen.wanted), seen.utility)]
    assume(min(lead, *gaps) > 1e-6)
    (picked,), (favored,) = seen.picked, seen.favored
    kinds = {
        kind for kind, corners in zip(seen.region_kind, seen.region_corner, strict=True) if inside(seen.shares, corners)
    }
    if not seen.majority:
        assert kinds == {4}
    elif picked == seen.majority[0]:
        assert kinds == {0 if favored == picked else 2}
    else:
        assert kinds == {1 if favored == picked else 3}
    assert inside(seen.shares, seen.reward_corner[picked])


@pytest.mark.parametrize("electorate", Electorate)
def test_areas_agree_with_mixtures_drawn_at_random(electorate: Electorate) -> None:
    rng, draws = default_rng(6), 1200
    exact = solve(AggregationParams(electorate=electorate, middle=0.2, stake=3.0))
    shares = rng.dirichlet(np.ones(3), draws)
    found = [
        min(kind for kind, one in zip(exact.region_kind, exact.region_corner, strict=True) if inside(share, one))
        for share in shares
    ]
    seen = np.bincount(found, minlength=5) / draws
    assert (np.abs(seen - exact.areas) <= 5 * np.sqrt(exact.areas * (1 - exact.areas) / draws) + 1e-12).all()


def test_with_even_steps_and_equal_stakes_utility_is_borda() -> None:
    for first in np.linspace(0, 1, 7):
        seen = solve(AggregationParams(first=float(first), second=0.3))
        np.testing.assert_allclose(seen.utility, borda(seen.wanted) / 2, atol=1e-12)


def test_noise_moves_neither_borders_nor_winners() -> None:
    clean, noisy = (solve(AggregationParams(noise=noise)) for noise in (0.0, 0.5))
    np.testing.assert_array_equal(clean.region_corner, noisy.region_corner)
    assert (np.argsort(clean.score) == np.argsort(noisy.score)).all()
    assert np.ptp(noisy.score) < np.ptp(clean.score)


def test_area_of_the_whole_and_of_halves() -> None:
    assert area(np.eye(3)) == pytest.approx(1)
    assert area([[1, 0, 0], [0, 1, 0], [0.5, 0, 0.5]]) == pytest.approx(0.5)


# Axes and simulations -----------------------------------------------------------------------------------------------


@given(st.integers(0, 10**6), st.integers(0, 10), st.integers(3, 7))
def test_people_on_one_axis_have_a_majority_winner_and_it_is_the_median_s(seed: int, half: int, options: int) -> None:
    rng = default_rng(seed)
    places, ideals = np.sort(rng.random(options)), rng.random(2 * half + 1)
    orders = np.argsort(np.abs(places - ideals[:, None]), axis=1)
    wanted = duels(orders, np.full(len(ideals), 1 / len(ideals)))
    assert unbeaten(wanted) == (int(np.abs(places - np.median(ideals)).argmin()),)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_sampled_answers_agree_with_expected_ones(seed: int, noise: float) -> None:
    params = AggregationParams(first=0.4, second=0.5, noise=noise, answers=5000)
    seen, exact = simulate(params, default_rng(seed)), solve(params)
    error = np.sqrt(0.25 / (2 * params.answers))  # standard error of the mean of two shares, at most
    assert (np.abs(seen.rate - exact.rate) <= 5 * error).all()
    assert (seen.rate_error <= error).all()
    np.testing.assert_allclose(exact.rate.sum(), 1.5)


def test_expected_scores_tend_to_those_of_the_shares() -> None:
    np.testing.assert_allclose(solve(AggregationParams(answers=100_000)).score, fit(overruled()), atol=1e-4)


def test_a_unanimous_crowd_is_followed_by_every_rule() -> None:
    seen = solve(AggregationParams(first=1.0))
    assert seen.majority == seen.picked == seen.favored == (0,)
    np.testing.assert_array_equal(seen.lottery, [1, 0, 0])
    assert seen.hardest[0] == 1


# Words and refusals -------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(settings_of_people)
def test_every_setting_can_be_told(params: AggregationParams) -> None:
    words = reading(simulate(params, default_rng(0)))
    assert "nan" not in words
    assert "  " not in words


def test_readings_at_the_edges() -> None:
    read = VOTER_TRIANGLE.read
    assert "A wins both its duels, but the reward model and mean utility pick B" in read()
    assert "A beats B, B beats C and C beats A" in read(first=0.4, second=0.5)
    assert "draws A with 40 %, B with 20 % and C with 40 %" in read(first=0.4, second=0.5)
    assert "A and B lose no duel" in read(first=0.5)
    assert "and the reward model and mean utility pick it too" in read(first=1.0)
    assert "the reward model picks B and mean utility picks A" in read(electorate=Electorate.AXIS, stake=4.0)
    assert "1 answer a pair" in reading(solve(AggregationParams(answers=1)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: duels([[0, 1], [0, 0]], [0.5, 0.5]), "orders must be permutations"),
        (lambda: duels([[0, 1], [1, 0]], [0.5, 0.6]), "shares must sum to 1, got 1.1"),
        (lambda: duels([[0, 1], [1, 0]], [1.5, -0.5]), "shares must lie in"),
        (lambda: rankings(("ABC", "AB")), "words must all rank the options ABC"),
        (lambda: rankings(("AC",)), "words must be rankings of the letters from A on"),
        (lambda: borda(np.ones((2, 3))), "wanted must be square"),
        (lambda: without(np.zeros((3, 3)), 3), "option must be in"),
        (lambda: hodge(np.ones((3, 3))), "flow must be antisymmetric"),
        (lambda: hodge(np.zeros((3, 3)), -np.ones((3, 3))), "asked must be symmetric and not negative"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
