"""Condorcet's paradox: counts against enumeration, symmetry, limits, sampling, and cultures that end or make cycles."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.rlhf.aggregation import duels, unbeaten
from sysalign_lib.rlhf.cycles import (
    SIZES,
    Culture,
    CyclesParams,
    impartial_limit,
    law,
    limit,
    no_winner,
    orders,
    simulate,
    solve,
)
from sysalign_lib.rlhf.explorables.cycles import CYCLES
from sysalign_lib.rlhf.views.cycles import reading


def enumerated(people: int, chance: np.ndarray, options: int) -> float:
    """Every profile of rankings, one by one."""
    total = 0.0
    for profile in product(range(len(chance)), repeat=people):
        wanted = duels(orders(options)[list(profile)], np.full(people, 1 / people))
        wins = (wanted > 0.5 + 1e-9).sum(axis=1)
        total += 0.0 if wins.max() == options - 1 else float(np.prod(chance[list(profile)]))
    return total


def counted(people: int) -> Fraction:
    """Impartial culture, three options, by whole numbers: sum over how many put an option first, second two ways, and last."""
    half, won = people // 2, 0
    for first in range(people + 1):
        for one in range(people + 1 - first):
            for other in range(people + 1 - first - one):
                if min(first + one, first + other) > half:
                    last = people - first - one - other
                    ways = math.factorial(people) // math.prod(map(math.factorial, (first, one, other, last)))
                    won += ways * 2 ** (first + last)
    return 1 - Fraction(3 * won, 6**people)


# Exact -------------------------------------------------------------------------------------------------------------


def test_whole_numbers_give_the_published_fractions_and_ours() -> None:
    assert counted(3) == Fraction(12, 216) == Fraction(1, 18)
    assert counted(5) == Fraction(540, 7776) == Fraction(5, 72)
    for people in (1, 7, 11, 21, 31):
        assert no_winner(people, law(Culture.AXIS, 0.0, 3)) == pytest.approx(float(counted(people)), abs=1e-12)


@pytest.mark.parametrize("people", [1, 2, 3, 4])
def test_counts_agree_with_every_profile_for_any_law_of_rankings(people: int) -> None:
    for seed in (1, 2):
        chance = default_rng(seed).dirichlet(np.full(6, 0.5))
        assert no_winner(people, chance) == pytest.approx(enumerated(people, chance, 3), abs=1e-12)


def test_counts_agree_with_every_profile_of_four_options() -> None:
    chance = default_rng(3).dirichlet(np.full(24, 0.5))
    assert no_winner(2, chance) == pytest.approx(enumerated(2, chance, 4), abs=1e-12)


@pytest.mark.parametrize("people", [3, 9, 51])
def test_four_options_have_twice_the_cycles_of_three(people: int) -> None:
    three, four = (no_winner(people, law(Culture.SHARED, 0.0, options)) for options in (3, 4))
    assert four == pytest.approx(2 * three, abs=1e-11)


# Limits ------------------------------------------------------------------------------------------------------------


def test_one_person_always_has_a_winner_and_two_seldom() -> None:
    for options in (3, 4, 5):
        chance = law(Culture.SHARED, 0.0, options)
        assert no_winner(1, chance) == pytest.approx(0, abs=1e-12)
        assert no_winner(2, chance) == pytest.approx(1 - 1 / options, abs=1e-12)


def test_limits_of_impartial_crowds() -> None:
    bound = 0.25 - 1.5 / math.pi * math.asin(1 / 3)
    assert max(impartial_limit(1), impartial_limit(2)) < 1e-12
    assert impartial_limit(3) == pytest.approx(bound, abs=1e-12)
    assert impartial_limit(4) == pytest.approx(2 * bound, abs=1e-12)
    assert impartial_limit(1000) > 0.98
    gaps = [people * (bound - no_winner(people, law(Culture.SHARED, 0.0, 3))) for people in (101, 401)]
    assert gaps[0] == pytest.approx(gaps[1], rel=0.01)


@pytest.mark.parametrize("options", [3, 5, 10])
def test_limits_agree_with_margins_drawn_as_the_joint_normal_they_become(options: int) -> None:
    """Scores of one person are exchangeable numbers whose ranks decide; here margins come from their own covariance."""
    rng, draws = default_rng(options), 40_000
    pairs = [(i, j) for i in range(options) for j in range(i + 1, options)]
    place = {pair: at for at, pair in enumerate(pairs)}
    sign = np.zeros((len(pairs), options))
    for at, (i, j) in enumerate(pairs):
        sign[at, i], sign[at, j] = 1, -1
    # Two duels that share an option have correlation 1/3 up to sign: a third of the gradient part and an own part.
    values = math.sqrt(1 / 3) * rng.standard_normal((draws, options)) @ sign.T + math.sqrt(1 / 3) * rng.standard_normal(
        (draws, len(pairs))
    )
    wins = np.zeros((draws, options))
    for (i, j), at in place.items():
        wins[:, i] += values[:, at] > 0
        wins[:, j] += values[:, at] < 0
    seen, exact = float((wins.max(axis=1) < options - 1).mean()), impartial_limit(options)
    assert abs(seen - exact) < 5 * math.sqrt(exact * (1 - exact) / draws)


@pytest.mark.parametrize("culture", Culture)
def test_large_crowds_come_near_the_limit(culture: Culture) -> None:
    for common in (0.4, 0.6):
        assert no_winner(1001, law(culture, common, 3)) == pytest.approx(limit(culture, common, 3), abs=1e-2)
    assert no_winner(151, law(culture, 0.6, 4)) == pytest.approx(limit(culture, 0.6, 4), abs=1e-2)


# Cultures ------------------------------------------------------------------------------------------------------------


@given(st.sampled_from(Culture), st.floats(0, 1), st.integers(3, 6))
def test_laws_are_laws(culture: Culture, common: float, options: int) -> None:
    chance = law(culture, common, options)
    assert chance.shape == (math.factorial(options),)
    assert chance.min() >= 0
    assert chance.sum() == pytest.approx(1)


@pytest.mark.parametrize("options", [3, 4, 5, 6])
def test_cultures_have_the_members_they_should(options: int) -> None:
    sizes = {Culture.SHARED: 1, Culture.AXIS: 2 ** (options - 1), Culture.CIRCLE: options}
    for culture, size in sizes.items():
        assert (law(culture, 1.0, options) > 0).sum() == size
    for order in orders(options)[law(Culture.AXIS, 1.0, options) > 0]:
        place = np.argsort(order)  # single-peaked: of three options in a row the middle one is never last
        assert all(place[j] < max(place[i], place[k]) for i, j, k in combinations(range(options), 3))


@pytest.mark.parametrize("options", [3, 4])
def test_one_axis_never_has_a_cycle(options: int) -> None:
    chance = law(Culture.AXIS, 1.0, options)
    for people in (3, 5, 11, 31):
        assert no_winner(people, chance) < 1e-12
    assert (
        simulate(CyclesParams(culture=Culture.AXIS, common=1.0, options=options), default_rng(1)).sampled_share.max()
        == 0
    )


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(0, 7), st.integers(3, 6))
def test_any_odd_number_of_people_on_one_axis_has_a_winner(seed: int, half: int, options: int) -> None:
    allowed = np.flatnonzero(law(Culture.AXIS, 1.0, options))
    held = orders(options)[default_rng(seed).choice(allowed, 2 * half + 1)]
    assert len(unbeaten(duels(held, np.full(len(held), 1 / len(held))))) == 1


def test_cycles_rise_with_people_and_with_a_circle_and_fall_with_common_ground() -> None:
    impartial = [no_winner(people, law(Culture.SHARED, 0.0, 3)) for people in SIZES]
    assert impartial == sorted(impartial)
    shares = np.linspace(0, 1, 6)
    for culture, way in ((Culture.SHARED, -1), (Culture.AXIS, -1), (Culture.CIRCLE, 1)):
        values = [no_winner(21, law(culture, float(common), 3)) for common in shares]
        assert (way * np.diff(values) > 0).all()


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("culture", Culture)
@pytest.mark.parametrize(("common", "options"), [(0.0, 3), (0.25, 3), (0.9, 3), (0.5, 4), (0.1, 5)])
def test_sampled_crowds_agree_with_counted_ones(culture: Culture, common: float, options: int) -> None:
    params = CyclesParams(culture=culture, common=common, options=options, runs=2000)
    seen = simulate(params, default_rng(8))
    exact = dict(zip(seen.size.tolist(), seen.share.tolist(), strict=True))
    for size, share in zip(seen.sampled_size.tolist(), seen.sampled_share.tolist(), strict=True):
        if size in exact:
            value = exact[size]
            assert abs(share - value) <= 5 * math.sqrt(value * (1 - value) / params.runs) + 3 / params.runs
    np.testing.assert_array_equal(seen.share, solve(params).share)


def test_intervals_hold_the_share_and_never_have_no_width() -> None:
    for common in (0.0, 1.0):
        seen = simulate(CyclesParams(common=common, runs=50), default_rng(0))
        assert (seen.sampled_low <= seen.sampled_share + 1e-12).all()
        assert (seen.sampled_high >= seen.sampled_share - 1e-12).all()
        assert (seen.sampled_high - seen.sampled_low > 0.01).all()


def test_an_interval_holds_a_share_if_it_is_within_that_share_s_own_error() -> None:
    """What makes the interval Wilson's: it is the set of shares that a test at 5 % would not reject."""
    params, exact = CyclesParams(common=0.0, runs=200), no_winner(11, law(Culture.SHARED, 0.0, 3))
    for seed in range(20):
        seen = simulate(params, default_rng(seed))
        held = seen.sampled_low[2] <= exact <= seen.sampled_high[2]
        assert held == (abs(seen.sampled_share[2] - exact) <= 1.96 * math.sqrt(exact * (1 - exact) / params.runs))


# Words and refusals -------------------------------------------------------------------------------------------------


def test_readings_at_the_edges() -> None:
    assert "in 5.6 % of the cases with 3 people, 8.7 % with 101; 8.8 % is the limit" in CYCLES.read(common=0.0)
    assert "a boundless crowd always has a winner" in CYCLES.read()
    assert "a boundless crowd never has a winner" in CYCLES.read(culture=Culture.CIRCLE)
    assert "of 1,000 sampled cases with 101" in CYCLES.read(options=5)
    assert "If all people see the options on one axis" in CYCLES.read(culture=Culture.AXIS, common=1.0)
    assert "1 sampled case " in reading(simulate(CyclesParams(options=4, runs=1), default_rng(0)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: no_winner(0, law(Culture.SHARED, 0, 3)), "people must be in"),
        (lambda: no_winner(3, [0.5, 0.5]), "chance must be the probabilities of all rankings"),
        (lambda: no_winner(3, np.full(6, 0.2)), "chance must be the probabilities of all rankings"),
        (lambda: no_winner(10_001, law(Culture.SHARED, 0, 3)), "people must be fewer to be counted with 3 options"),
        (lambda: law(Culture.SHARED, 1.5, 3), "common must be in"),
        (lambda: law("one axis", 0.5, 3), "culture must be one of"),
        (lambda: orders(9), "options must be in"),
        (lambda: limit(Culture.AXIS, 0.5, 2), "options must be in"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
