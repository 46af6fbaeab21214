"""The minority game: played by hand, foretold by another program, the endless game by sampling, and what is recorded."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import brentq, lsq_linear

from sysalign_lib.interpretability import minority_game
from sysalign_lib.interpretability.evidence.minority_game import CLAIMS, TARGETS
from sysalign_lib.interpretability.explorables.minority_game import MINORITY
from sysalign_lib.interpretability.minority_game import (
    HISTORIES,
    MEMORIES,
    STARTS,
    WORK,
    Histories,
    LimitParams,
    MinorityCurveParams,
    MinorityParams,
    Start,
    critical_alpha,
    forecast,
    measured,
    mixture,
    play,
    predictability,
    print_tables,
    recorded,
    recorded_forecast,
    simulate,
    solve_curve,
    solve_limit,
    step,
    volatility,
)
from tests.contract.test_evidence import unproved

# By hand ------------------------------------------------------------------------------------------------------------


def by_hand(
    tables: np.ndarray, patterns: list[int], rounds: int, lead: int, real: bool
) -> tuple[list[int], list[int], list[list[int]]]:
    """One game in plain Python: sides[round], pattern[round], table in use[round][agent]."""
    strategies, count, _, agents = tables.shape
    scores = [[lead if s == 0 else 0 for s in range(strategies)] for _ in range(agents)]
    sides, seen, uses = [], [], []
    for time in range(rounds):
        pattern = patterns[time]
        if real and time:
            pattern = (2 * seen[-1] + (1 if sides[-1] < 0 else 0)) % count
        use = [max(range(strategies), key=lambda s, points=points: (points[s], -s)) for points in scores]
        total = sum(int(tables[s, pattern, 0, i]) for i, s in enumerate(use))
        for i in range(agents):
            for s in range(strategies):
                scores[i][s] -= int(tables[s, pattern, 0, i]) * total
        sides.append(total)
        seen.append(pattern)
        uses.append(use)
    return sides, seen, uses


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 4),
    st.sampled_from([0, 3, 7]),
    st.booleans(),
    st.integers(0, 999),
)
def test_games_are_those_played_by_hand(
    strategies: int, memory: int, pairs: int, lead: int, real: bool, seed: int
) -> None:
    agents, rounds, warm_up = 2 * pairs + 1, 30, 7
    tables = print_tables(strategies, memory, 1, agents, default_rng(seed))
    patterns = default_rng(seed).integers(2**memory, size=(rounds + warm_up, 1), dtype=np.int32)[:, 0].tolist()
    histories = Histories.REAL if real else Histories.RANDOM
    played = play(tables, rounds, default_rng(seed), warm_up=warm_up, lead=lead, histories=histories)
    sides, seen, uses = by_hand(tables, patterns, rounds + warm_up, lead, real)
    assert played.attendance[:, 0].tolist() == sides[warm_up:]
    assert played.pattern[:, 0].tolist() == seen[warm_up:]
    counted = [[sum(use[i] == s for use in uses[warm_up:]) / rounds for i in range(agents)] for s in range(strategies)]
    np.testing.assert_allclose(played.used[:, 0], counted, atol=1e-15)
    assert volatility(played)[0] == pytest.approx(np.mean(np.square(sides[warm_up:])) / agents)
    told = [
        np.mean([s for s, p in zip(sides[warm_up:], seen[warm_up:], strict=True) if p == one]) for one in seen[warm_up:]
    ]
    assert predictability(played)[0] == pytest.approx(np.mean(np.square(told)) / agents)


def test_games_beside_each_other_do_not_touch() -> None:
    tables = print_tables(2, 3, 4, 7, default_rng(1))
    played = play(tables, 50, default_rng(2), histories=Histories.REAL)
    assert not np.shares_memory(played.attendance, tables)
    drawn = default_rng(2).integers(8, size=(50, 4), dtype=np.int32)
    for game in range(4):
        sides, _, _ = by_hand(tables[:, :, game : game + 1], drawn[:, game].tolist(), 50, 0, True)
        assert played.attendance[:, game].tolist() == sides


def test_the_majority_pays() -> None:
    says = np.array([[[1, 1, -1]], [[-1, 1, 1]]], dtype=np.int8)
    scores = np.zeros((2, 1, 3), dtype=np.int32)
    sides, chosen = step(scores, says)
    assert sides.tolist() == [1]
    assert chosen.tolist() == [[0, 0, 0]]
    assert scores.tolist() == [[[-1, -1, 1]], [[1, -1, -1]]]


# Limits -------------------------------------------------------------------------------------------------------------


def test_agents_without_a_choice_and_agents_who_never_change_their_mind_are_coins_and_told_by_the_pattern() -> None:
    single = simulate(MinorityParams(strategies=1, memory=5, games=64, warm_up=0), default_rng(4))
    np.testing.assert_allclose(single.predictability, single.volatility, rtol=1e-12)
    scatter = math.sqrt(
        2 * (1 / 32 + 1 / 1280) / 64
    )  # a pattern's square is 1 with variance 2; 32 patterns, 1,280 visits
    assert abs(single.mean - 1) < 5 * scatter
    stubborn = simulate(MinorityParams(memory=3, lead=100_000, warm_up=0), default_rng(4))
    assert (stubborn.used[0] == 1).all()
    np.testing.assert_allclose(stubborn.predictability, stubborn.volatility, rtol=1e-12)


def test_one_agent_is_always_the_majority() -> None:
    result = simulate(MinorityParams(pairs=0), default_rng(0))
    assert (result.volatility == 1).all()
    assert result.oracle == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(1, 5), st.integers(0, 20), st.sampled_from(HISTORIES), st.integers(0, 999))
def test_what_the_pattern_tells_is_part_of_the_volatility(
    strategies: int, memory: int, pairs: int, histories: Histories, seed: int
) -> None:
    params = MinorityParams(
        strategies=strategies, memory=memory, pairs=pairs, histories=histories, games=3, warm_up=2, visits=5
    )
    result = simulate(params, default_rng(seed))
    assert (result.predictability <= result.volatility + 1e-12).all()
    assert (result.predictability >= 0).all()
    assert (result.volatility >= result.oracle - 1e-12).all()
    assert (result.volatility <= params.agents).all()
    np.testing.assert_allclose(result.used.sum(axis=0), 1)


def test_the_game_on_its_own_history_throws_no_dice_after_the_first_pattern() -> None:
    tables = print_tables(2, 2, 1, 9, default_rng(0))
    ends = {
        int(pattern): play(tables, 40, default_rng(seed), histories=Histories.REAL).attendance[:, 0].tolist()
        for seed in range(20)
        for pattern in [default_rng(seed).integers(4, size=(40, 1), dtype=np.int32)[0, 0]]
    }
    for seed in range(20):
        first = int(default_rng(seed).integers(4, size=(40, 1), dtype=np.int32)[0, 0])
        again = play(tables, 40, default_rng(seed), histories=Histories.REAL)
        assert again.attendance[:, 0].tolist() == ends[first]


# Told beforehand ----------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6))
def test_mixtures_are_the_nearest_points_of_the_simplex(points: list[float]) -> None:
    values = np.array(points)
    mixed = mixture(values)
    assert mixed.min() >= 0
    assert mixed.sum() == pytest.approx(1)
    gain = values - mixed  # the obtuse-angle criterion at every corner
    assert ((gain - gain @ mixed) <= 1e-9).all()
    np.testing.assert_allclose(mixture(mixed), mixed, atol=1e-12)


@pytest.mark.parametrize("memory", [4, 6, 7])
def test_forecasts_of_two_tables_are_those_of_bounded_least_squares(memory: int) -> None:
    """Another program: minimize over m in [-1, 1] the squares of sum (a1 + a2) / 2 + m (a1 - a2) / 2."""
    tables = print_tables(2, memory, 2, 61, default_rng(memory))
    seen, told, mixed = forecast(tables)
    for game in range(2):
        first, second = tables[0, :, game].astype(float), tables[1, :, game].astype(float)
        solved = lsq_linear((first - second) / 2, -(first + second).sum(axis=1) / 2, (-1, 1), tol=1e-13)
        least = 2 * solved.cost / 2**memory / 61
        assert told[game] == pytest.approx(least, abs=1e-6)
        if least > 1e-3:  # the minimum is one point only if it is not 0
            np.testing.assert_allclose(mixed[0, game] - mixed[1, game], solved.x, atol=2e-3)
            spread = (np.square((first - second) / 2).mean(axis=0) * (1 - solved.x**2)).sum() / 61
            assert seen[game] == pytest.approx(least + spread, abs=1e-4)


@pytest.mark.parametrize("strategies", [1, 2, 3])
def test_forecasts_cannot_be_bettered_by_moving_one_agent(strategies: int) -> None:
    tables = print_tables(strategies, 6, 1, 21, default_rng(3))
    _, told, mixed = forecast(tables)
    says = tables[:, :, 0].astype(float)
    means = np.einsum("spa,sa->p", says, mixed[:, 0])
    assert told[0] == pytest.approx(np.mean(means**2) / 21)
    slopes = np.einsum("spa,p->sa", says, means) / 64  # none is steeper down than those of the tables in use
    assert (np.where(mixed[:, 0] > 1e-6, slopes - slopes.min(axis=0), 0) < 1e-4).all()


def test_single_agents_are_foretold_above_the_critical_point() -> None:
    """Without a round being played: how often each agent will use each table."""
    tables = print_tables(2, 7, 4, 101, default_rng(5))
    told, _, mixed = forecast(tables)
    played = play(tables, 100 * 128, default_rng(6), warm_up=60 * 128)
    for game in range(4):
        assert np.corrcoef(mixed[0, game], played.used[0, game])[0, 1] > 0.97
    np.testing.assert_allclose(volatility(played), told, rtol=0.1)


# The endless game ---------------------------------------------------------------------------------------------------


def test_two_tables_give_the_known_transcendental_equation() -> None:
    """(1 + Q(zeta)) zeta^2 = erf(zeta / sqrt 2), with Q the self-overlap of clipped normal numbers."""

    def overlap(zeta: float) -> float:
        inside = math.erf(zeta / math.sqrt(2))
        return 1 - math.sqrt(2 / math.pi) * math.exp(-zeta * zeta / 2) / zeta - (1 - zeta**-2) * inside

    zeta = float(brentq(lambda z: (1 + overlap(z)) * z * z - math.erf(z / math.sqrt(2)), 0.05, 3))
    assert critical_alpha(2) == pytest.approx(math.erf(zeta / math.sqrt(2)), abs=1e-12)
    assert critical_alpha(2) == pytest.approx(0.3374, abs=5e-5)
    limit = solve_limit(LimitParams(alpha=1.7))
    zeta = float(brentq(lambda z: (1 + overlap(z)) * z * z - 1.7, 0.05, 30))
    left = (1 - math.erf(zeta / math.sqrt(2)) / 1.7) ** 2 * (1 + overlap(zeta)) / 2
    assert limit.predictability == pytest.approx(left, abs=1e-12)
    assert limit.volatility == pytest.approx(left + (1 - overlap(zeta)) / 2, abs=1e-12)


@pytest.mark.parametrize("strategies", [2, 3])
@pytest.mark.parametrize("alpha", [0.1, 0.9, 4.0])
def test_moments_of_pushed_normal_points_agree_with_sampling(strategies: int, alpha: float) -> None:
    limit = solve_limit(LimitParams(alpha=alpha, strategies=strategies))
    push, draws = math.sqrt(limit.self_overlap / alpha), 200_000
    mixed = mixture(push * default_rng(7).standard_normal((strategies, draws)))
    overlap, used = np.square(mixed).sum(axis=0), (mixed > 0).sum(axis=0) - 1
    assert abs(overlap.mean() - limit.self_overlap) < 5 * overlap.std() / math.sqrt(draws)
    assert abs(used.mean() - limit.free) < 5 * used.std() / math.sqrt(draws)


@pytest.mark.parametrize("strategies", [2, 3])
def test_many_agents_have_the_minimum_of_the_endless_game(strategies: int) -> None:
    """H of 401 agents, minimized: fluctuations of a mean of squares over 512 patterns are 2 H sqrt(2 / 512) or so."""
    tables = print_tables(strategies, 9, 2, 401, default_rng(11))
    seen, told, _ = forecast(tables)
    limit = solve_limit(LimitParams(alpha=512 / 401, strategies=strategies))
    assert abs(told.mean() - limit.predictability) < 5 * 2 * limit.predictability * math.sqrt(2 / 512 / 2) + 0.003
    assert seen.mean() == pytest.approx(limit.volatility, abs=0.05)


@given(st.floats(0.001, 1000), st.integers(1, 3))
def test_the_endless_game_keeps_its_ranges(alpha: float, strategies: int) -> None:
    limit = solve_limit(LimitParams(alpha=alpha, strategies=strategies))
    assert 1 / strategies - 1e-12 <= limit.self_overlap <= 1 + 1e-12
    assert -1e-12 <= limit.free <= strategies - 1
    assert (limit.predictability > 0) == (alpha > limit.critical_alpha) or abs(alpha - limit.critical_alpha) < 1e-6
    assert 0 <= limit.volatility <= 1 + 1e-12


def test_long_tables_leave_half_of_the_volatility_to_the_pattern() -> None:
    for strategies in (2, 3):
        limit = solve_limit(LimitParams(alpha=1000, strategies=strategies))
        assert limit.volatility == pytest.approx(1, abs=0.01)
        assert limit.predictability == pytest.approx(1 / strategies, abs=0.01)
    assert critical_alpha(1) == 0
    assert critical_alpha(1) < critical_alpha(2) < critical_alpha(3)


# Claims -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_more_agents_do_worse_and_another_start_does_not(seed: int) -> None:
    level = simulate(MinorityParams(memory=3, warm_up=60), default_rng(seed))
    ahead = simulate(MinorityParams(memory=3, warm_up=60, lead=100), default_rng(seed))
    many = simulate(MinorityParams(memory=6, pairs=50, games=6, warm_up=30), default_rng(seed))
    few = simulate(MinorityParams(memory=3, pairs=6, warm_up=60), default_rng(seed))
    assert level.volatility.min() > 1 > ahead.volatility.max()
    assert many.volatility.max() < 1
    assert few.mean < 1 < level.mean


@pytest.mark.parametrize("one", [*TARGETS, *CLAIMS], ids=lambda one: one.name)
def test_evidence(one) -> None:
    assert unproved(one) is None


# What is recorded ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strategies", "memory"), [(2, 1), (3, 1), (2, 3), (3, 2)])
def test_recorded_games_are_played_again_to_the_last_digit(strategies: int, memory: int) -> None:
    place, at = minority_game.CHOSEN.index(strategies), MEMORIES.index(memory)
    assert np.array_equal(measured(strategies, memory, **WORK), recorded()[place, at])


@pytest.mark.parametrize(("strategies", "memory"), [(2, 7), (3, 7)])
def test_recorded_forecasts_are_made_again(strategies: int, memory: int) -> None:
    place, at = minority_game.CHOSEN.index(strategies), MEMORIES.index(memory)
    tables = print_tables(strategies, memory, WORK["games"], WORK["agents"], default_rng([strategies, memory]))
    assert np.abs(forecast(tables[:, :, :3])[0] - recorded_forecast()[place, at, :3]).max() < 1e-4


def test_what_is_recorded_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"agents": 11, "games": 2, "warm_up": 3, "visits": 4}
    clear = (recorded.cache_clear, recorded_forecast.cache_clear)
    for one in clear:
        one()
    monkeypatch.setattr("sysalign_lib.core.recorded.HOME", tmp_path)
    monkeypatch.setattr(minority_game, "WORK", small)
    monkeypatch.setattr(minority_game, "CHOSEN", (2,))
    monkeypatch.setattr(minority_game, "MEMORIES", (1, 2))
    with pytest.raises(FileNotFoundError, match="place must be a file of recorded numbers"):
        recorded()
    minority_game.record()
    assert recorded().shape == (1, 2, len(HISTORIES), len(STARTS), 2, 2)
    assert np.array_equal(recorded()[0, 1], measured(2, 2, **small))
    assert recorded_forecast().shape == (1, 2, 2)
    for one in clear:
        one()
    monkeypatch.setattr(minority_game, "SETTINGS", "other")
    with pytest.raises(ValueError, match="settings must be other"):
        recorded()
    for one in clear:
        one()


def test_the_result_is_what_is_recorded() -> None:
    result = solve_curve(MinorityCurveParams(memory=4, strategies=3, histories=Histories.REAL, start=Start.CLEAR))
    assert np.array_equal(result.volatility, recorded()[1, :, 1, 2, :, 0])
    assert result.at == 3
    assert result.oracle == 1 / 101
    assert result.limit_alpha[0] == critical_alpha(3)


def test_readings_say_which_side_of_the_critical_point() -> None:
    assert "below the critical 0.34" in MINORITY.read(memory=5)
    assert "better than coins" in MINORITY.read(memory=6)
    assert "the pattern tells 27 % of the volatility" in MINORITY.read(memory=6)
    assert "above the critical 0.83" in MINORITY.read(strategies=3, memory=7)
    assert "a first lead of 100 points" in MINORITY.read(start=Start.CLEAR)


TABLES = print_tables(2, 1, 1, 3, default_rng(0))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: print_tables(2, 1, 1, 4, default_rng(0)), "agents must be odd"),
        (lambda: print_tables(0, 1, 1, 3, default_rng(0)), "strategies must be"),
        (lambda: play(TABLES.astype(float), 5, default_rng(0)), "tables must be"),
        (lambda: play(2 * TABLES, 5, default_rng(0)), "tables must be"),
        (lambda: play(TABLES, 0, default_rng(0)), "rounds must be"),
        (lambda: play(TABLES, 10**9, default_rng(0)), "rounds must be fewer"),
        (lambda: forecast(TABLES[0]), "tables must be"),
        (lambda: critical_alpha(4), "strategies must be in"),
        (lambda: MinorityParams(memory=10), "memory must be in"),
        (lambda: LimitParams(alpha=0.0), "alpha must be in"),
    ],
)
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
