"""Best of n: order statistics, the distance and its bound, finitely many answers, and curves from a pool."""

from __future__ import annotations

import math
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.special import comb, digamma, expit, log_ndtr, ndtr, ndtri

from sysalign_lib.rlhf.best_of_n import (
    BestOfNParams,
    Crowd,
    base,
    classes,
    expect,
    finite_kl,
    finite_policy,
    finite_win_rate,
    kl,
    kl_below,
    normal_mean,
    normal_square,
    pool_mean,
    simulate,
    size,
    solve,
    win_rate,
)
from sysalign_lib.rlhf.explorables.best_of_n import KL_BOUND
from sysalign_lib.rlhf.views.best_of_n import reading

WIDE = np.array([1, 1.5, 2, 7.3, 64, 1e3, 6e4, 1e6, 1e8])
reals = st.floats(1, 1e8)
bases = st.lists(st.integers(1, 1000), min_size=1, max_size=12).map(lambda parts: np.array(parts) / sum(parts))


def above(n: float, low: float) -> float:
    """E[max(Z - low, 0)] for Z the largest of n: what the distribution function leaves above `low`, piece by piece."""
    cuts = [low, *(cut for cut in np.arange(-12.0, 13.0) if cut > low)]
    return sum(
        quad(lambda z: -math.expm1(n * float(log_ndtr(z) if z < 0 else np.log1p(-ndtr(-z)))), a, b, epsabs=1e-14)[0]
        for a, b in pairwise(cuts)
    )


def largest_mean(n: float) -> float:
    """E[Z] from the distribution function alone."""
    return above(n, 0.0) - quad(lambda z: math.exp(n * float(log_ndtr(z))), -12, 0, epsabs=1e-14)[0]


def sigmoid_times_density(z: float, n: float, center: float) -> float:
    """A sigmoid of slope 10 about `center`, weighed by the density of the largest of n."""
    log_rank = float(np.log1p(-ndtr(-z))) if z > 0 else float(log_ndtr(z))
    return float(expit(10 * (z - center))) * n * math.exp(-0.5 * z * z + (n - 1) * log_rank) / math.sqrt(2 * math.pi)


# Expectations ------------------------------------------------------------------------------------------------------


def test_means_of_few_are_known_in_closed_form() -> None:
    root = math.sqrt(math.pi)
    np.testing.assert_allclose(normal_mean([1, 2, 3]), [0, 1 / root, 3 / (2 * root)], atol=1e-13)
    four = 3 / (2 * root) * (1 + 2 / math.pi * math.asin(1 / 3))
    five = 5 / (4 * root) * (1 + 6 / math.pi * math.asin(1 / 3))
    np.testing.assert_allclose(normal_mean([4, 5]), [four, five], atol=1e-13)
    np.testing.assert_allclose(normal_square([1, 2, 3]), [1, 1, 1 + math.sqrt(3) / (2 * math.pi)], atol=1e-13)


@pytest.mark.parametrize("n", WIDE)
def test_means_agree_with_the_distribution_function_for_real_n(n: float) -> None:
    assert float(normal_mean(n)) == pytest.approx(largest_mean(n), abs=1e-11)


@pytest.mark.parametrize("n", [1e4, 1e6, 1e8])
def test_means_and_squares_agree_with_the_law_of_the_rank_for_large_n(n: float) -> None:
    """The rank of the largest is exp(-E / n) with E exponential; integrated over E."""
    for power, ours in ((1, normal_mean(n)), (2, normal_square(n))):
        pieces = pairwise([*np.geomspace(1e-9, 1, 10), 4.0, 16.0, 40.0])
        seen = sum(
            quad(lambda e, p=power: math.exp(-e) * (-ndtri(-math.expm1(-e / n))) ** p, a, b, epsabs=1e-13)[0]
            for a, b in pieces
        )
        assert float(ours) == pytest.approx(seen, abs=1e-7)


@given(n=reals)
@settings(max_examples=50, deadline=None)
def test_other_bases_have_their_own_closed_forms(n: float) -> None:
    """Uniform: n / (n + 1). Exponential: harmonic numbers. Log of the rank: -1 / n, and the distance with it."""
    assert float(expect(ndtr, n)) == pytest.approx(float(win_rate(n)), abs=1e-11)
    assert float(expect(lambda z: -log_ndtr(-z), n)) == pytest.approx(float(digamma(n + 1)) + np.euler_gamma, abs=1e-10)
    log_rank = float(expect(lambda z: np.where(z > 0, np.log1p(-ndtr(-np.abs(z))), log_ndtr(z)), n))
    assert log_rank == pytest.approx(-1 / n, abs=1e-11)
    assert math.log(n) + (n - 1) * log_rank == pytest.approx(float(kl(n)), abs=1e-10 * max(n, 1))


def test_growing_and_bending_functions_stay_within_the_error_that_is_stated() -> None:
    assert float(expect(lambda z: np.exp(2 * z), 1)) == pytest.approx(math.exp(2), abs=1e-10)
    assert float(expect(lambda z: np.exp(z**2 / 4), 1)) == pytest.approx(math.sqrt(2), abs=1e-11)
    for n in (1.0, 64.0, 1e6):
        center = float(normal_mean(n))
        cuts = np.linspace(center - 8, center + 8, 65)
        seen = sum(quad(sigmoid_times_density, a, b, (n, center), epsabs=1e-15)[0] for a, b in pairwise(cuts))
        ours = float(expect(lambda z, center=center: expit(10 * (z - center)), n))
        assert ours == pytest.approx(seen, abs=2e-11)


@pytest.mark.parametrize("n", [1, 2, 64, 1e4, 1e8])
def test_kinks_and_jumps_stay_within_the_error_that_is_stated(n: float) -> None:
    jumps = np.linspace(-1, 6, 233)
    seen = [float(expect(lambda z, at=at: (z > at).astype(float), n)) for at in jumps]
    assert np.abs(seen + ndtr(jumps) ** n - 1).max() < 0.04
    center = float(normal_mean(n))
    for at in center + np.linspace(-0.5, 0.5, 9) + 1 / 177:
        assert float(expect(lambda z, at=at: np.maximum(z - at, 0), n)) == pytest.approx(above(n, at), abs=2e-4)


@given(n=reals, more=st.floats(0.01, 10))
@settings(max_examples=50, deadline=None)
def test_more_draws_have_a_larger_best(n: float, more: float) -> None:
    few = n / (1 + more) if n > 1 + more else 1.0
    assert float(normal_mean(few)) <= float(normal_mean(n)) + 1e-12


def test_values_of_n_are_independent_of_each_other_and_keep_their_shape() -> None:
    n = np.geomspace(1, 1e8, 700).reshape(2, 5, 70)
    ours = normal_mean(n)
    assert ours.shape == n.shape
    np.testing.assert_allclose(ours[1, 2, 3], normal_mean(n[1, 2, 3]), rtol=1e-14)
    assert expect(np.ones_like, n) == pytest.approx(np.ones(n.shape), abs=1e-13)


def test_function_is_called_once_however_many_n() -> None:
    calls = []
    expect(lambda z: calls.append(z.shape) or z, np.arange(1, 1000))
    assert calls == [(897,)]


@pytest.mark.parametrize(
    ("function", "n", "words"),
    [
        (np.square, 0.5, "n must lie in"), (np.square, 1e9, "n must lie in"), (np.square, math.nan, "n must be finite"),
        (lambda z: 1.0, 2, "function.* must have shape"),
        (lambda z: np.full(z.shape, np.inf), 2, "function.* must be finite"),
    ],
)  # fmt: skip
def test_bad_expectations_are_refused_by_name(function, n: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        expect(function, n)


# A continuum -------------------------------------------------------------------------------------------------------


@given(far=st.floats(0, 700))
@settings(max_examples=200, deadline=None)
def test_size_is_the_inverse_of_the_distance(far: float) -> None:
    assert float(kl(size(far))) == pytest.approx(far, rel=1e-12, abs=1e-15)


@given(more=st.floats(1e-9, 1e6))
def test_distance_is_the_inverse_of_size(more: float) -> None:
    assert float(size(kl(1 + more))) - 1 == pytest.approx(more, rel=1e-6)


def test_ends_of_the_distance() -> None:
    assert float(kl(1)) == 0.0
    assert float(size(0)) == 1.0
    assert float(kl(1 + 1e-6)) == pytest.approx(0.5e-12, rel=1e-3)
    assert float(kl(1e12) - math.log(1e12)) == pytest.approx(-1, abs=1e-11)
    np.testing.assert_allclose(size([0.0, 4.0, 10.0, 16.0]), [1, 147.409760, 59873.1417, 24154951.75], rtol=1e-8)


@pytest.mark.parametrize(
    "function", [kl, win_rate, normal_mean, lambda n: finite_kl([1.0], n), lambda n: kl_below(0.1, n)]
)
def test_less_than_one_draw_is_refused(function) -> None:
    with pytest.raises(ValueError, match="n must lie in"):
        function([2.0, 0.99])


@pytest.mark.parametrize("far", [-1e-9, 700.1])
def test_distances_without_an_n_are_refused(far: float) -> None:
    with pytest.raises(ValueError, match=r"distance must lie in \[0, 700\]"):
        size(far)


# Finitely many answers ---------------------------------------------------------------------------------------------


def enumerated(shares: np.ndarray, rewards: np.ndarray, n: int) -> tuple[np.ndarray, float]:
    """Law of the best of n, answer by answer, and its duels with the base: all draws, ties by equal chance among the draws."""
    law = np.zeros(len(shares))
    for draw in product(range(len(shares)), repeat=n):
        top = [one for one in draw if rewards[one] == max(rewards[list(draw)])]
        for one in top:
            law[one] += shares[list(draw)].prod() / len(top)
    duels = 0.5 + 0.5 * np.sign(rewards[:, None] - rewards)
    return law, float(law @ duels @ shares)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("rewards", [(0, 1, 2, 3), (2, 0, 2, 1), (1, 1, 1, 1), (0, 5, 5, 5)])
def test_distance_and_duels_agree_with_all_draws_enumerated_ties_included(rewards: tuple[int, ...], n: int) -> None:
    shares, worth = np.array([0.1, 0.2, 0.3, 0.4]), np.array(rewards)
    law, duels = enumerated(shares, worth, n)
    merged = classes(shares, worth)
    assert float(finite_kl(merged, n)) == pytest.approx(float((law * np.log(law / shares)).sum()), abs=1e-13)
    assert float(finite_win_rate(merged, n)) == pytest.approx(duels, abs=1e-13)


@given(shares=bases, n=reals)
@settings(max_examples=200, deadline=None)
def test_formula_and_its_sharper_form_and_the_best_answer_bound_the_distance(shares: np.ndarray, n: float) -> None:
    far = float(finite_kl(shares, n))
    assert -1e-12 <= far <= float(kl_below(shares[-1], n)) + 1e-12
    assert float(kl_below(shares[-1], n)) <= float(kl(n)) + 1e-12
    assert far <= -math.log(shares[-1]) + 1e-12
    assert 0.5 - 1e-12 <= float(finite_win_rate(shares, n)) <= min(float(win_rate(n)), 1 - shares[-1] / 2) + 1e-12
    assert float(finite_policy(shares, n).sum()) == pytest.approx(1, abs=1e-9)


@given(shares=bases, n=st.floats(1, 1e4), at=st.integers(0, 11), cut=st.floats(0.01, 0.99))
@settings(max_examples=100, deadline=None)
def test_telling_two_answers_apart_never_shortens_the_distance(
    shares: np.ndarray, n: float, at: int, cut: float
) -> None:
    at %= len(shares)
    finer = np.insert(shares, at, cut * shares[at])
    finer[at + 1] *= 1 - cut
    assert float(finite_kl(finer, n)) >= float(finite_kl(shares, n)) - 1e-11


@given(shares=bases, n=st.floats(1, 1e4), more=st.floats(1, 100))
@settings(max_examples=100, deadline=None)
def test_more_draws_never_go_back(shares: np.ndarray, n: float, more: float) -> None:
    assert float(finite_kl(shares, n * more)) >= float(finite_kl(shares, n)) - 1e-11
    assert float(finite_win_rate(shares, n * more)) >= float(finite_win_rate(shares, n)) - 1e-11


def test_one_answer_cannot_be_left() -> None:
    np.testing.assert_array_equal(finite_kl([1.0], WIDE), np.zeros(len(WIDE)))
    np.testing.assert_array_equal(finite_win_rate([1.0], WIDE), np.full(len(WIDE), 0.5))


def test_distance_ends_at_the_logarithm_of_the_best_answers_probability() -> None:
    for shares in ([0.5, 0.5], [0.9, 0.1], [0.1, 0.9], [0.2, 0.799999, 1e-6]):
        assert float(finite_kl(shares, 1e9)) == pytest.approx(-math.log(shares[-1]), abs=1e-12)
        assert float(finite_win_rate(shares, 1e9)) == pytest.approx(1 - shares[-1] / 2, abs=1e-12)


@pytest.mark.parametrize("answers", [256, 1024])
@pytest.mark.parametrize("n", [3, 8, 32])
def test_what_is_overstated_with_many_equal_answers_is_the_lemmas(answers: int, n: int) -> None:
    gap = float(kl(n) - finite_kl(np.full(answers, 1 / answers), n))
    lemma = n * (n - 1) ** 2 / (24 * answers**2 * (n - 2))
    assert gap == pytest.approx(lemma, rel=2 * n / answers + 1e-3)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9])
@pytest.mark.parametrize("n", [1, 2, 7.5, 64])
def test_a_best_answer_above_a_continuum_is_the_limit_of_finer_cuts(share: float, n: float) -> None:
    fine = np.append(np.full(20_000, (1 - share) / 20_000), share)
    assert float(kl_below(share, n)) == pytest.approx(float(finite_kl(fine, n)), abs=1e-6)


def test_a_best_answer_above_a_continuum_at_its_ends() -> None:
    np.testing.assert_array_equal(kl_below(0, WIDE), kl(WIDE))
    np.testing.assert_array_equal(kl_below(1, WIDE), np.zeros(len(WIDE)))
    np.testing.assert_allclose(kl_below([0.5, 0.1], 1e8), [math.log(2), math.log(10)], atol=1e-12)


def test_rare_answers_keep_all_their_digits() -> None:
    policy = finite_policy([1 - 1e-14, 1e-14], [1, 2, 1000])
    np.testing.assert_allclose(policy[:, 1], [1e-14, 2e-14, 1e-11], rtol=1e-9)
    worst = finite_policy([1e-200, 1 - 1e-200], [1, 1.5])
    np.testing.assert_allclose(worst[:, 0], [1e-200, 1e-300], rtol=1e-9)
    assert np.isfinite(finite_kl([1e-300, 0.5, 0.5, 1e-300], WIDE)).all()


def test_answers_that_never_come_are_left_out_and_equal_ones_are_one() -> None:
    np.testing.assert_allclose(classes([0.2, 0.0, 0.3, 0.5], [3, 9, 1, 3]), [0.3, 0.7])


@pytest.mark.parametrize("bad", [[0.5, 0.6], [], [1.5, -0.5], [0.0, 1.0], [[1.0]], [math.nan, 1.0]])
def test_what_is_no_base_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="probabilities must"):
        finite_kl(bad, 2)


def test_rewards_must_match_the_answers() -> None:
    with pytest.raises(ValueError, match="rewards must have shape"):
        classes([0.5, 0.5], [1.0])


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crowd", Crowd)
@pytest.mark.parametrize("answers", [2, 16, 300])
def test_sampled_distances_and_duels_agree_with_the_exact_ones(crowd: Crowd, answers: int) -> None:
    params = BestOfNParams(crowd=crowd, answers=answers, share=0.6, n=9, runs=20_000)
    seen, exact = simulate(params, default_rng(answers)), solve(params)
    np.testing.assert_array_equal(seen.kl, exact.kl)
    shares = base(params)
    policy = finite_policy(shares, seen.sampled_n)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = np.where(policy > 0, policy * np.log(policy / shares) ** 2, 0).sum(axis=1)
    error = np.sqrt(np.maximum(squares - exact.sampled_kl**2, 0) / params.runs)
    assert (np.abs(seen.sampled_kl - exact.sampled_kl) <= 5 * error + 1e-9).all()
    spread = 0.5 / math.sqrt(params.runs)
    assert (np.abs(seen.sampled_win - exact.sampled_win) <= 5 * spread).all()


@pytest.mark.parametrize("crowd", Crowd)
def test_law_of_the_best_agrees_with_answers_drawn_one_by_one(crowd: Crowd) -> None:
    params, runs, n = BestOfNParams(answers=5, crowd=crowd, share=0.7), 40_000, 12
    shares, rng = base(params), default_rng(12)
    best = rng.choice(5, (n, runs), p=shares).max(axis=0)
    law = finite_policy(shares, n)
    counted = np.bincount(best, minlength=5) / runs
    assert (np.abs(counted - law) <= 5 * np.sqrt(law * (1 - law) / runs) + 1e-4).all()


def test_dice_stay_where_they_are_when_n_moves() -> None:
    few, many = (simulate(BestOfNParams(answers=5, n=n), default_rng(3)) for n in (4, 64))
    np.testing.assert_array_equal(few.sampled_win[:-1], many.sampled_win[:-1])
    np.testing.assert_array_equal(few.sampled_kl[:-1], many.sampled_kl[:-1])
    assert many.sampled_win[-1] > few.sampled_win[-1]


def test_base_is_a_distribution_with_the_common_answer_in_its_place() -> None:
    assert base(BestOfNParams(crowd=Crowd.BEST))[-1] == base(BestOfNParams(crowd=Crowd.WORST))[0] == 0.9
    np.testing.assert_allclose(base(BestOfNParams(answers=4, crowd=Crowd.BEST, share=0.0)), np.full(4, 0.25))


# A pool ------------------------------------------------------------------------------------------------------------


def by_combinations(proxy: np.ndarray, gold: np.ndarray, n: int) -> float:
    """Mean gold of the best over all samples of n, ties by equal chance."""
    values = []
    for some in combinations(range(len(proxy)), n):
        top = proxy[list(some)].max()
        values.append(np.mean([gold[one] for one in some if proxy[one] == top]))
    return float(np.mean(values))


@pytest.mark.parametrize("levels", [1, 3, 1000])
def test_pool_agrees_with_all_samples_enumerated_ties_included(levels: int) -> None:
    rng = default_rng(levels)
    proxy, gold = rng.integers(0, levels, (3, 9)).astype(float), rng.standard_normal((3, 9))
    mean, error = pool_mean(proxy, gold, np.arange(1, 10))
    for n in range(1, 10):
        each = [by_combinations(*one, n) for one in zip(proxy, gold, strict=True)]
        assert mean[n - 1] == pytest.approx(np.mean(each), abs=1e-12)
        assert error[n - 1] == pytest.approx(np.std(each, ddof=1) / math.sqrt(3), abs=1e-12)


def test_pool_at_its_ends_is_the_mean_and_the_best() -> None:
    proxy, gold = default_rng(1).standard_normal((2, 4, 50))
    mean, _ = pool_mean(proxy, gold, [1, 50])
    assert mean[0] == pytest.approx(gold.mean(), abs=1e-12)
    assert mean[1] == pytest.approx(gold[np.arange(4), proxy.argmax(axis=1)].mean(), abs=1e-12)


def test_pool_is_unbiased_for_the_curve_of_its_base() -> None:
    rng, match, prompts = default_rng(5), 0.7, 4000
    proxy, noise = rng.standard_normal((2, prompts, 64))
    n = np.array([2, 8, 32, 64])
    mean, error = pool_mean(proxy, match * proxy + math.sqrt(1 - match**2) * noise, n)
    assert (np.abs(mean - match * normal_mean(n)) < 4.5 * error).all()


def test_weights_of_ranks_are_ratios_of_binomials_and_never_overflow() -> None:
    """With gold that marks one rank, the pool's mean is that rank's weight."""
    proxy = np.tile(np.arange(12.0), (12, 1))
    for n in (1, 5, 12):
        each = [float(pool_mean(proxy[:2], np.tile(np.eye(12)[rank], (2, 1)), [n])[0][0]) for rank in range(12)]
        np.testing.assert_allclose(each, [comb(rank, n - 1) / comb(12, n) for rank in range(12)], atol=1e-15)
    large = 100_000
    gold = np.ones((2, large))
    mean, _ = pool_mean(np.tile(np.arange(float(large)), (2, 1)), gold, [1, 3, large // 2, large])
    np.testing.assert_allclose(mean, 1, atol=1e-9)


@given(seed=st.integers(0, 1000), shift=st.floats(-5, 5), n=st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_pool_knows_the_proxy_by_its_order_only_and_the_gold_linearly(seed: int, shift: float, n: int) -> None:
    proxy, gold = default_rng(seed).standard_normal((2, 3, 20))
    mean, error = pool_mean(proxy, gold, [n])
    moved, same = pool_mean(np.exp(proxy), 2 * gold + shift, [n])
    np.testing.assert_allclose([moved, same], [2 * mean + shift, 2 * error], atol=1e-11)


@pytest.mark.parametrize(
    ("proxy", "gold", "n", "words"),
    [
        (np.ones((1, 3)), np.ones((1, 3)), [1], "proxy must have two prompts"),
        (np.ones((2, 3)), np.ones((2, 4)), [1], "gold must have shape"),
        (np.ones((2, 3)), np.ones((2, 3)), [4], "n must lie in"),
        (np.ones((2, 3)), np.ones((2, 3)), [1.5], "n must be whole"),
        (np.full((2, 3), np.nan), np.ones((2, 3)), [1], "proxy must be finite"),
    ],
)
def test_bad_pools_are_refused_by_name(proxy: np.ndarray, gold: np.ndarray, n: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        pool_mean(proxy, gold, n)


# Words and evidence ------------------------------------------------------------------------------------------------


@given(
    answers=st.integers(2, 200), crowd=st.sampled_from(Crowd), share=st.floats(0, 0.999), n=st.integers(1, 100_000_000)
)
@settings(max_examples=60, deadline=None)
def test_every_setting_can_be_told(answers: int, crowd: Crowd, share: float, n: int) -> None:
    result = simulate(BestOfNParams(answers=answers, crowd=crowd, share=share, n=n, runs=5), default_rng(0))
    words = reading(result)
    assert words.endswith(".")
    assert not {"nan", "inf", "0.00 "} & {*words.replace(",", " ").split(" ")}
    assert result.kl.max() <= result.limit + 1e-9
    assert result.overstated >= -1e-9


def test_readings_at_the_edges() -> None:
    assert "0 nats from it, as the usual formula says" in KL_BOUND.read(n=1)
    assert "as the usual formula says, and no n takes it beyond 6.93" in KL_BOUND.read(answers=1024, n=64)
    assert "where the usual formula says 10.00, and no n takes it beyond 0.69" in KL_BOUND.read(answers=2, n=60_000)
    assert "It wins 55.0 % of its duels" in KL_BOUND.read(crowd=Crowd.BEST)
