"""Five worlds of overoptimization: lemma, exact laws against brute force, limits, simulation, words and pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.stats import norm

from sysalign_lib.rlhf import gao
from sysalign_lib.rlhf.best_of_n import kl, normal_mean
from sysalign_lib.rlhf.explorables.overoptimization import OVEROPTIMIZATION
from sysalign_lib.rlhf.gao import Form
from sysalign_lib.rlhf.overoptimization import (
    LAST,
    SAMPLED,
    OveroptimizationParams,
    best_size,
    fitted,
    simulate,
    solve,
)
from sysalign_lib.rlhf.views.overoptimization import reading
from sysalign_lib.rlhf.worlds import (
    EDGES,
    World,
    curvature_gold,
    dose,
    flattering_share,
    flattery_quality,
    gold,
    shares,
    tilted_curvature,
    tilted_flattery,
    win_rate,
)

WORLDS = tuple(World)
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
worlds_drawn = st.sampled_from(WORLDS)
strengths = st.floats(0, 1)


def drawn(world: World, strength: float, shape: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Score and true value of answers, made as the world's definition says, without any of the library's laws."""
    rng, flaw = default_rng(seed), dose(world, strength)
    first, second, third = rng.standard_normal((3, *shape))
    match world:
        case World.NOISE:
            return first, flaw * first + math.sqrt(1 - flaw**2) * second
        case World.CURVATURE:
            return first, first - flaw * (first**2 - 1)
        case World.HEAVY_TAIL:
            return first + (second if strength == 0 else rng.standard_t(flaw, shape)), first
        case World.DRIFT:  # people want a direction; an answer is a point of a plane, and noise
            angle = math.radians(flaw)
            wish = math.cos(angle) * first + math.sin(angle) * second
            return first, 0.7 * wish + math.sqrt(1 - 0.49) * third
        case World.FLATTERY:
            return first + flaw * (rng.random(shape) < 0.5), first


# Exact -------------------------------------------------------------------------------------------------------------


@given(st.floats(0.05, 4), st.floats(0, 0.5), st.floats(0.2, 3))
@settings(max_examples=20, deadline=None)
def test_lemma_by_quadrature_over_the_tilted_policy(d: float, curvature: float, slope: float) -> None:
    """Weigh the base by exp(x / lambda), normalize, and take KL and gold as integrals: no formula of the lemma in it."""
    x, step = np.linspace(-18, 18, 4001, retstep=True)
    base = norm.pdf(x)
    policy = base * np.exp(math.sqrt(2) * d * x)
    policy /= policy.sum() * step
    distance = math.sqrt(step * (policy * np.log(policy / base)).sum())
    value = step * (policy * (slope * x - curvature * (x**2 - 1))).sum()
    assert distance == pytest.approx(d, abs=1e-8)
    assert float(tilted_curvature(d, curvature, slope)) == pytest.approx(value, abs=1e-8)
    gaos = gao.best_of_n_reward(d, alpha=math.sqrt(2) * slope, beta=2 * curvature)
    assert float(gaos) == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_laws_agree_with_drawing_every_answer(world: World, strength: float) -> None:
    n, prompts = 32, 10_000
    score, value = drawn(world, strength, (prompts, n), seed=7)
    seen = value[np.arange(prompts), score.argmax(axis=1)]
    ordinary = drawn(world, strength, (prompts,), seed=8)[1]
    assert abs(seen.mean() - float(gold(world, strength, n))) < 5 * seen.std() / math.sqrt(prompts)
    wins = (seen > ordinary).mean()
    rate = float(win_rate(world, strength, n))
    assert abs(wins - rate) < 5 * math.sqrt(rate * (1 - rate) / prompts) + 1e-4
    for exact, sample in ((shares(world, strength, n), seen), (shares(world, strength, 1), ordinary)):
        counted = np.histogram(np.clip(sample, -5.99, 5.99), EDGES)[0] / prompts
        assert (np.abs(counted - exact) <= 5 * np.sqrt(exact * (1 - exact) / prompts) + 5e-4).all()


@pytest.mark.parametrize("n", [3.5, 1000])
def test_flattery_agrees_with_adaptive_quadrature(n: float) -> None:
    """P(flatters) and E[quality] of the best of n by the density of the largest score, p = 0.2, bonus 1.3."""

    def below(score: float) -> float:
        return 0.2 * norm.cdf(score - 1.3) + 0.8 * norm.cdf(score)

    def flatters(score: float) -> float:
        return n * below(score) ** (n - 1) * 0.2 * norm.pdf(score - 1.3)

    def quality(score: float) -> float:
        honest = n * below(score) ** (n - 1) * 0.8 * norm.pdf(score)
        return (score - 1.3) * flatters(score) + score * honest

    assert float(flattering_share(n, 1.3, 0.2)) == pytest.approx(quad(flatters, -9, 11)[0], abs=1e-7)
    assert float(flattery_quality(n, 1.3, 0.2)) == pytest.approx(quad(quality, -9, 11)[0], abs=1e-7)


def test_tilted_flattery_by_enumeration() -> None:
    weights = np.array([0.7, 0.3]) * np.exp(1.5 * 0.8 * np.array([0, 1]))
    assert float(tilted_flattery(1.5, 0.8, 0.3)) == pytest.approx(weights[1] / weights.sum(), abs=1e-12)


@pytest.mark.parametrize(
    ("world", "strength"), [(World.CURVATURE, 0.5), (World.CURVATURE, 1.0), (World.HEAVY_TAIL, 0.25)]
)
def test_best_size_is_where_a_fine_grid_has_it(world: World, strength: float) -> None:
    n = np.geomspace(1, LAST, 4001)
    values = gold(world, strength, n)
    best, high = best_size(world, strength)
    assert high == pytest.approx(values.max(), abs=1e-6)
    assert best == pytest.approx(n[values.argmax()], rel=0.01)


def test_integer_moments_of_curvature() -> None:
    """n = 2: E[max] = 1 / sqrt(pi), E[max^2] = 1; n = 3: E[max^2] = 1 + sqrt(3) / (2 pi)."""
    assert float(curvature_gold(2, 0.3)) == pytest.approx(1 / math.sqrt(math.pi), abs=1e-10)
    exact = 1.5 / math.sqrt(math.pi) - 0.3 * math.sqrt(3) / (2 * math.pi)
    assert float(curvature_gold(3, 0.3)) == pytest.approx(exact, abs=1e-10)


# Limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("strength", STRENGTHS)
def test_one_answer_is_ordinary(world: World, strength: float) -> None:
    assert abs(float(gold(world, strength, 1))) < 1e-9
    assert float(win_rate(world, strength, 1)) == pytest.approx(0.5, abs=1e-4)
    result = solve(OveroptimizationParams(world=world, strength=strength, n=1))
    np.testing.assert_array_equal(result.chosen, result.ordinary)


@pytest.mark.parametrize("world", [World.NOISE, World.CURVATURE, World.FLATTERY])
def test_without_a_flaw_score_and_value_are_one(world: World) -> None:
    n = np.geomspace(1, 1e6, 20)
    np.testing.assert_allclose(gold(world, 0.0, n), normal_mean(n), atol=1e-9)
    np.testing.assert_allclose(win_rate(world, 0.0, n), n / (n + 1), atol=1e-9)


def test_right_angle_and_full_turn() -> None:
    n = np.array([1.0, 100.0, 1e6])
    np.testing.assert_array_equal(gold(World.DRIFT, 0.5, n), 0)
    np.testing.assert_allclose(gold(World.DRIFT, 1.0, n), -gold(World.DRIFT, 0.0, n), atol=0)
    assert best_size(World.DRIFT, 1.0) == pytest.approx((1.0, 0.0), abs=1e-12)


def test_all_or_none_flatter() -> None:
    n = np.array([1.0, 50.0, 1e5])
    for share in (0.0, 1.0):
        np.testing.assert_allclose(flattery_quality(n, 2.0, share), normal_mean(n), atol=1e-9)
        np.testing.assert_allclose(flattering_share(n, 2.0, share), share, atol=1e-12)


def test_small_curvature_joins_none() -> None:
    for strength in (1e-300, 1e-7, 3.3e-6, 4e-6):
        np.testing.assert_allclose(
            shares(World.CURVATURE, strength, 1000), shares(World.CURVATURE, 0.0, 1000), atol=1e-4
        )


# Invariants --------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(worlds_drawn, strengths, st.floats(1, 1e6))
def test_laws_are_laws(world: World, strength: float, n: float) -> None:
    law = shares(world, strength, n)
    assert law.sum() == pytest.approx(1, abs=1e-9)
    assert law.min() > -1e-6
    assert -1e-9 <= float(win_rate(world, strength, n)) <= 1 + 1e-9
    middle = (EDGES[1:] + EDGES[:-1]) / 2
    if law[0] < 1e-4 and world is not World.CURVATURE:
        assert float(law @ middle) == pytest.approx(float(gold(world, strength, n)), abs=0.02)


@settings(max_examples=30, deadline=None)
@given(worlds_drawn, strengths, st.just(1.0) | st.floats(2, 1e6))
def test_no_choice_is_truly_better_than_by_its_score(world: World, strength: float, n: float) -> None:
    """From two answers on, and for one; what lies between is no choice, and the next test has it."""
    assert float(gold(world, strength, n)) <= float(normal_mean(n)) + 1e-8


@settings(max_examples=20, deadline=None)
@given(strengths, st.floats(1, 2))
def test_between_one_answer_and_two_curvature_gains_what_the_spread_loses(strength: float, n: float) -> None:
    """The winner's second moment dips below 1 there, by quadrature; in every other world the score is still the most."""
    moment = quad(lambda s: n * s**2 * norm.pdf(s) * norm.cdf(s) ** (n - 1), -9, 9)[0]
    gain = float(gold(World.CURVATURE, strength, n)) - float(normal_mean(n))
    assert gain == pytest.approx(dose(World.CURVATURE, strength) * (1 - moment), abs=1e-6)
    others = [world for world in World if world is not World.CURVATURE]
    assert all(float(gold(world, strength, n)) <= float(normal_mean(n)) + 1e-8 for world in others)


@given(strengths, st.floats(1, 1e6), st.floats(1.01, 10))
def test_noise_alone_costs_the_same_share_at_every_n(strength: float, n: float, more: float) -> None:
    ratio = gold(World.NOISE, strength, [n + 1, more * (n + 1)]) / normal_mean([n + 1, more * (n + 1)])
    np.testing.assert_allclose(ratio, dose(World.NOISE, strength), rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(2, 1e6))
def test_a_stronger_flaw_is_never_better_by_curvature_and_drift(one: float, other: float, n: float) -> None:
    weak, strong = sorted((one, other))
    for world in (World.NOISE, World.CURVATURE, World.DRIFT):
        assert float(gold(world, strong, n)) <= float(gold(world, weak, n)) + 1e-9


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="world must be one of noise only"):
        gold("noise", 0.5, 10)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"strength must be in \[0, 1\], got 2"):
        gold(World.NOISE, 2, 10)
    with pytest.raises(ValueError, match="n must lie in"):
        gold(World.FLATTERY, 0.5, 0.5)
    with pytest.raises(ValueError, match="last must be in"):
        fitted(World.NOISE, 0.5, last=2)
    with pytest.raises(ValueError, match="share must be in"):
        tilted_flattery(1.0, 1.0, 0.0)


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("strength", [0.25, 1.0])
def test_simulation_agrees_with_the_exact_curve_at_every_n(world: World, strength: float) -> None:
    params = OveroptimizationParams(world=world, strength=strength, prompts=5_000)
    seen, exact = simulate(params, default_rng(4)), solve(params)
    assert (np.abs(seen.sampled_gold - exact.sampled_gold) <= 5 * seen.sampled_error).all()
    np.testing.assert_array_equal(seen.gold, exact.gold)
    np.testing.assert_allclose(
        np.interp(seen.sampled_distance, seen.distance, seen.gold), exact.sampled_gold, atol=5e-3
    )


def test_dice_are_the_same_in_every_world() -> None:
    """Without flaw, curvature and flattery choose the same answers, and n moves no sample."""
    first, second, third = (
        simulate(OveroptimizationParams(world=world, strength=0.0, n=n), default_rng(1)).sampled_gold
        for world, n in ((World.CURVATURE, 10), (World.FLATTERY, 10), (World.CURVATURE, 1000))
    )
    np.testing.assert_allclose(first, second, atol=1e-4)
    np.testing.assert_array_equal(first, third)


def test_curves_reach_as_far_as_the_readers_n() -> None:
    result = solve(OveroptimizationParams(n=1_000_000))
    assert result.distance[-1] == pytest.approx(math.sqrt(kl(1_000_000)))
    assert result.here[0] == pytest.approx(result.distance[-1])
    assert solve(OveroptimizationParams(n=5)).distance[-1] == pytest.approx(math.sqrt(kl(LAST)))
    assert len(SAMPLED) == len(result.sampled_distance)


def test_the_toy_does_not_derive_the_logarithm() -> None:
    """The wrong form, fitted to n up to 1,000, misses n = 60,000 by ten times as much as Gao's best-of-n form."""
    exact = float(gold(World.CURVATURE, 0.5, 60_000))
    errors = [abs(float(fitted(World.CURVATURE, 0.5, form).reward(math.sqrt(kl(60_000)))) - exact) for form in Form]
    assert errors[0] < 0.04
    assert errors[1] > 0.35


# Words and pictures ------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(worlds_drawn, strengths, st.integers(1, 1_000_000))
def test_every_setting_can_be_told(world: World, strength: float, n: int) -> None:
    words = reading(simulate(OveroptimizationParams(world=world, strength=strength, n=n, prompts=4), default_rng(0)))
    assert "nan" not in words
    assert "inf" not in words
    assert words.endswith(".")
    assert "  " not in words


def test_readings_at_the_edges() -> None:
    read = OVEROPTIMIZATION.read
    assert "no choice (n = 1)" in read(n=1)
    assert "still rises at n = 250,000" in read(world=World.NOISE, strength=1.0)
    assert "stays at 0 for any n" in read(world=World.DRIFT, strength=0.5)
    assert "No choice at all is better" in read(world=World.DRIFT, strength=1.0)
    assert "peaks at 1.80 near n = 1,500" in read()
    assert "of the chosen flatter" in read(world=World.FLATTERY)
    assert "simulated" not in reading(solve(OveroptimizationParams()))


def test_bet_is_answered_by_the_exact_law_and_not_given_away_at_rest() -> None:
    assert OVEROPTIMIZATION.answer() == pytest.approx(100 * float(win_rate(World.HEAVY_TAIL, 1.0, 60_000)))
    assert 50 < OVEROPTIMIZATION.answer() < 51
    assert OVEROPTIMIZATION.resting["world"] is World.CURVATURE
