"""The reward model: its fits against other algorithms, its lemma, what noise costs, and what a shared bias does."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit, log_expit
from scipy.stats import kendalltau

from sysalign_lib.rlhf.explorables.reward_model import RATER_NOISE
from sysalign_lib.rlhf.reward_model import (
    RewardModelParams,
    answer_probability,
    cap,
    chain_wins,
    fit,
    fit_linear,
    gradient,
    information,
    log_likelihood,
    pair_margin,
    rank_agreement,
    simulate,
    solve,
    wins_from,
)
from sysalign_lib.rlhf.views.reward_model import reading

sizes = st.integers(2, 9)
seeds = st.integers(0, 2**32 - 1)


def random_wins(seed: int, items: int) -> np.ndarray:
    """Counts of all sizes, each pair met, every item both winning and losing."""
    wins = default_rng(seed).gamma(0.5, 20.0, (items, items)) + 0.01
    np.fill_diagonal(wins, 0)
    return wins


def minorize(wins: np.ndarray, rounds: int) -> np.ndarray:
    """The oldest algorithm (zermelo1929): strength = wins / sum of meetings over summed strengths."""
    met, strength = wins + wins.T, np.ones(len(wins))
    for _ in range(rounds):
        strength = wins.sum(axis=1) / (met / (strength[:, None] + strength)).sum(axis=1)
        strength /= np.exp(np.log(strength).mean())
    return np.log(strength)


# The fit -----------------------------------------------------------------------------------------------------------


@given(seeds, sizes)
@settings(max_examples=40, deadline=None)
def test_at_the_fit_every_item_wins_as_often_as_it_should(seed: int, items: int) -> None:
    wins = random_wins(seed, items)
    scores = fit(wins)
    assert abs(scores.sum()) < 1e-9
    assert np.abs(gradient(scores, wins)).max() < 1e-8 * wins.sum()


def test_the_fit_agrees_with_zermelos_algorithm() -> None:
    for seed in range(5):
        wins = random_wins(seed, 6) + 5 * (1 - np.eye(6))
        np.testing.assert_allclose(fit(wins), minorize(wins, 3000), atol=1e-9)


@pytest.mark.parametrize("regularization", [0.01, 1.0, 100.0])
def test_a_regularized_fit_is_the_most_probable_answer_found_by_a_general_optimizer(regularization: float) -> None:
    wins = np.triu(random_wins(2, 5))  # one-sided: without regularization there is no answer

    def loss(scores: np.ndarray) -> float:
        return -log_likelihood(scores, wins) + regularization / 2 * float(scores @ scores)

    found = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-7})
    np.testing.assert_allclose(fit(wins, regularization=regularization), found.x, atol=2e-4)
    best = loss(fit(wins, regularization=regularization))
    assert best <= found.fun + 1e-9


def test_no_scores_nearby_are_more_likely() -> None:
    wins, rng = random_wins(7, 6), default_rng(7)
    scores = fit(wins)
    best = log_likelihood(scores, wins)
    for size in (1e-3, 1e-1, 1.0):
        assert all(log_likelihood(scores + size * rng.standard_normal(6), wins) < best + 1e-9 for _ in range(20))


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_gradient_is_the_slope_of_the_likelihood(seed: int) -> None:
    wins, scores = random_wins(seed, 4), default_rng(seed).standard_normal(4)
    slope = approx_fprime(scores, lambda one: log_likelihood(one, wins), 1e-7)
    np.testing.assert_allclose(gradient(scores, wins), slope, atol=1e-4 * wins.sum())


@given(seeds, sizes, st.floats(1e-3, 1e6))
@settings(max_examples=25, deadline=None)
def test_scores_do_not_depend_on_units_order_or_sides(seed: int, items: int, factor: float) -> None:
    wins = random_wins(seed, items)
    scores, order = fit(wins), default_rng(seed).permutation(items)
    np.testing.assert_allclose(fit(factor * wins), scores, atol=1e-7)
    np.testing.assert_allclose(fit(wins[np.ix_(order, order)]), scores[order], atol=1e-7)
    np.testing.assert_allclose(fit(wins.T), -scores, atol=1e-7)


def test_data_sets_stacked_are_fitted_like_each_alone() -> None:
    wins = np.array([[random_wins(3 * row + column, 5) for column in range(3)] for row in range(2)])
    together = fit(wins, regularization=0.3)
    for place in np.ndindex(2, 3):
        np.testing.assert_allclose(together[place], fit(wins[place], regularization=0.3), atol=1e-10)
    assert fit(np.zeros((0, 3, 3))).shape == (0, 3)


@pytest.mark.parametrize("wins", [1e12, 1e6, 1e-6])
def test_lopsided_pairs_are_fitted_exactly(wins: float) -> None:
    scores = fit([[0, wins], [1, 0]])
    assert scores[0] - scores[1] == pytest.approx(math.log(wins), abs=1e-8)


@given(st.lists(st.floats(-12, 12), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_a_chain_of_pairs_is_fitted_pair_by_pair(margins: list[float]) -> None:
    items = len(margins) + 1
    wins = np.zeros((items, items))
    for low, margin in enumerate(margins):
        wins[low + 1, low], wins[low, low + 1] = expit(margin), expit(-margin)
    np.testing.assert_allclose(np.diff(fit(wins)), margins, atol=1e-6)


def test_fits_at_the_edges() -> None:
    assert fit([[0.0]]).tolist() == [0.0]
    assert fit([[0.0, 3.0], [3.0, 0.0]]).tolist() == [0.0, 0.0]
    np.testing.assert_array_equal(fit(np.zeros((3, 3)), regularization=1.0), np.zeros(3))
    strong = fit(random_wins(0, 4), regularization=1e9)
    assert np.abs(strong).max() < 1e-5
    weak = [float(np.ptp(fit([[0, 5], [0, 0]], regularization=10.0**-power))) for power in (2, 6, 10)]
    assert weak[0] < weak[1] < weak[2] < 40


def test_a_tie_is_half_a_win_each_way() -> None:
    tied = wins_from([0, 1], [1, 0], 2) / 2
    np.testing.assert_allclose(
        fit(wins_from([0, 0], [1, 1], 2) + tied), [math.log(5) / 2, -math.log(5) / 2], atol=1e-12
    )


@given(seeds, st.integers(2, 6), st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_wins_are_counted_one_by_one(seed: int, items: int, count: int) -> None:
    rng = default_rng(seed)
    winners = rng.integers(items, size=count)
    losers = (winners + rng.integers(1, items, size=count)) % items
    slow = np.zeros((items, items))
    for winner, loser in zip(winners, losers, strict=True):
        slow[winner, loser] += 1
    np.testing.assert_array_equal(wins_from(winners, losers, items), slow)


# Refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wins", "words"),
    [
        (np.ones((2, 3)), "wins must be square"), (np.zeros((0, 0)), "wins must be square"),
        ([1.0, 2.0], "wins must have shape"), ([[0, -1], [1, 0]], r"wins must lie in \[0, inf\]"),
        ([[1, 1], [1, 0]], "wins must be 0 on the diagonal"), ([[0, math.nan], [1, 0]], "wins must be finite"),
    ],
)  # fmt: skip
def test_what_is_no_matrix_of_wins_is_refused(wins, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit(wins, regularization=1.0)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([(0, 1), (1, 2), (2, 1)], "item 0 that never lost to the others"),
        ([(0, 1), (1, 0), (1, 2)], "item 2 that never won against the others"),
        ([(0, 1), (1, 0), (2, 3), (3, 2), (4, 2), (3, 4)], "items 0, 1 that never"),
        ([(0, 1), (1, 0), (2, 3), (3, 2), (0, 2), (4, 3), (3, 4)], "items 0, 1 that never lost to the others"),
    ],
)
def test_items_that_nothing_places_are_named_and_placed_by_regularization(pairs, words: str) -> None:
    wins = np.zeros((max(map(max, pairs)) + 1,) * 2)
    for winner, loser in pairs:
        wins[winner, loser] = 1
    with pytest.raises(ValueError, match=words):
        fit(wins)
    with pytest.raises(ValueError, match="regularization greater than 0"):
        fit(wins[None])
    assert np.isfinite(fit(wins, regularization=1e-6)).all()


@given(seeds, st.integers(2, 6))
@settings(max_examples=60, deadline=None)
def test_a_fit_exists_just_where_every_item_reaches_every_other(seed: int, items: int) -> None:
    """Ford's condition by powers of the matrix of who beat whom."""
    beats = default_rng(seed).random((items, items)) < 0.35
    np.fill_diagonal(beats, False)
    reach = np.linalg.matrix_power(beats + np.eye(items), items) > 0
    if reach.all():
        assert np.abs(gradient(fit(beats), beats)).max() < 1e-8
    else:
        with pytest.raises(ValueError, match="wins must bound every score"):
            fit(beats)


def test_many_items_that_cannot_be_placed_are_not_all_listed() -> None:
    wins = 1 - np.eye(30)
    wins[:9, 9:] = 0
    with pytest.raises(ValueError, match=r"items 0, 1, 2, 3, 4 and 4 more that never won against the others"):
        fit(wins)


def test_a_hopelessly_one_sided_matrix_is_refused_and_not_answered_wrongly() -> None:
    wins = np.array([[0, 1e200, 1e200], [1e-200, 0, 1e200], [1e-200, 1e-200, 0]])
    with pytest.raises(ValueError, match="wins must be less one-sided"):
        fit(wins)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: wins_from([0.5], [1], 2), TypeError, "winners must be a list of whole numbers"),
        (lambda: wins_from([0], [[1]], 2), TypeError, "losers must be a list of whole numbers"),
        (lambda: wins_from([0], [2], 2), ValueError, r"losers must lie in \[0, 1\]"),
        (lambda: wins_from([0, 1], [1], 2), ValueError, "losers must have shape"),
        (lambda: wins_from([1], [1], 2), ValueError, "losers must differ from winners, got item 1"),
        (lambda: fit([[0, 1], [1, 0]], regularization=-1), ValueError, "regularization must be in"),
        (lambda: log_likelihood([0.0], [[0, 1], [1, 0]]), ValueError, "scores must have shape"),
        (lambda: gradient([0.0, math.inf], [[0, 1], [1, 0]]), ValueError, "scores must be finite"),
        (lambda: answer_probability(0.0, 1.5), ValueError, r"error must be in \[0, 1\]"),
        (lambda: cap(-0.1), ValueError, "error must be in"),
        (lambda: chain_wins(0, 0.1), ValueError, "links must be in"),
        (lambda: rank_agreement([1.0], [1.0]), ValueError, "truth must have two items"),
        (lambda: rank_agreement([[1.0, 2.0, 3.0]], [1.0, 2.0]), ValueError, "scores must have shape"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_by_name(call, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


# The linear fit ----------------------------------------------------------------------------------------------------


def test_two_pairs_that_ask_two_directions_are_fitted_exactly() -> None:
    """Both pairs are matched, so that the weights solve two linear equations."""
    weights = fit_linear([[10, -1], [1, -0.9]], [2, 2], [1, 1])
    np.testing.assert_allclose(weights, math.log(2) * np.array([-0.0125, -1.125]), atol=1e-12)


@given(seeds, st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_a_linear_fit_stands_where_the_likelihood_is_flat(seed: int, features: int) -> None:
    rng = default_rng(seed)
    change, wins, losses = rng.standard_normal((12, features)), *rng.gamma(1.0, 3.0, (2, 12)) + 0.05
    for regularization in (0.0, 0.7):
        weights = fit_linear(change, wins, losses, regularization=regularization)
        slope = change.T @ (wins - (wins + losses) * expit(change @ weights)) - regularization * weights
        assert np.abs(slope).max() < 1e-7 * (wins + losses).sum()


def test_a_linear_fit_to_one_feature_an_item_is_the_plain_fit() -> None:
    wins = random_wins(4, 5)
    first, second = np.triu_indices(5, 1)
    change = np.eye(5)[first] - np.eye(5)[second]
    weights = fit_linear(change, wins[first, second], wins[second, first], regularization=0.2)
    np.testing.assert_allclose(weights, fit(wins, regularization=0.2), atol=1e-9)


@pytest.mark.parametrize(
    ("change", "wins", "losses", "words"),
    [
        ([[1.0, 0.0], [2.0, 0.0]], [1, 1], [1, 1], "differences must span all directions"),
        ([[1.0, 0.0], [0.0, 1.0]], [1, 0], [1, 0], "differences must span all directions"),
        ([[1.0], [2.0]], [3, 1], [0, 0], "wins must not be separable"),
        ([[1.0, 0.0], [0.0, 1.0]], [1, 2], [1, 0], "wins must not be separable"),
        ([[1.0], [2.0]], [3], [0, 0], "wins must have shape"), ([[1.0]], [1], [-1], "losses must lie in"),
        ([1.0], [1], [1], "differences must have shape"),
    ],
)  # fmt: skip
def test_comparisons_that_do_not_bound_the_weights_are_refused(change, wins, losses, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_linear(change, wins, losses)
    if "separable" in words or "span" in words:
        assert np.isfinite(fit_linear(change, wins, losses, regularization=0.1)).all()


@given(seeds, st.integers(2, 6))
@settings(max_examples=80, deadline=None)
def test_separable_answers_are_those_that_some_direction_gets_right(seed: int, pairs: int) -> None:
    """In two dimensions by trying every direction at a right angle to a pair: one of them bounds the right ones."""
    rng = default_rng(seed)
    change, (wins, losses) = rng.integers(-3, 4, (pairs, 2)).astype(float), rng.integers(0, 2, (2, pairs)).astype(float)
    asked = wins + losses > 0
    if np.linalg.matrix_rank(change[asked]) < 2:
        return
    turned = np.column_stack([-change[:, 1], change[:, 0]])[asked]
    got = np.concatenate([turned, -turned]) @ change.T
    right = ((got >= 0) | (wins == 0)) & ((got <= 0) | (losses == 0))
    if (right.all(axis=1) & ((got != 0) & asked).any(axis=1)).any():
        with pytest.raises(ValueError, match="wins must not be separable"):
            fit_linear(change, wins, losses)
    else:
        assert np.isfinite(fit_linear(change, wins, losses)).all()


def test_margins_of_forty_logits_are_fitted_if_answers_bound_them() -> None:
    chance = expit(np.array([40.0, 38.0]))
    np.testing.assert_allclose(fit_linear([[20.0, 0], [0, 1]], chance, expit([-40.0, -38.0])), [2, 38], atol=1e-6)


# Raters ------------------------------------------------------------------------------------------------------------


@given(st.floats(-30, 30), st.floats(0, 1), st.floats(0, 3))
@settings(max_examples=50, deadline=None)
def test_a_symmetric_rater_prefers_either_side_alike(margin: float, error: float, fickleness: float) -> None:
    both = answer_probability(np.array([margin, -margin]), error, fickleness)
    assert both.sum() == pytest.approx(1, abs=1e-12)
    assert (both >= error / 2 - 1e-12).all()


@pytest.mark.parametrize("fickleness", [0.3, 1.0, 2.0, 3.0])
def test_fickle_raters_answer_like_the_average_of_their_minds(fickleness: float) -> None:
    """By Gauss-Hermite quadrature with many nodes, another rule than the model's."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    margins = np.array([-4.0, 0.0, 0.3, 2.0, 7.0])
    exact = expit(margins[:, None] + fickleness * nodes) @ weights / math.sqrt(2 * math.pi)
    np.testing.assert_allclose(answer_probability(margins, 0.0, fickleness), exact, atol=1e-9)


@given(st.floats(0.01, 0.99), st.floats(0.0, 15.0), st.floats(0.0, 15.0))
@settings(max_examples=50, deadline=None)
def test_learned_margins_rise_with_true_ones_and_shrink_and_stay_below_the_cap(
    error: float, first: float, second: float
) -> None:
    low, high = sorted((first, second))
    learned = pair_margin(np.array([low, high]), error)
    assert 0 <= learned[0] <= learned[1] + 1e-12
    assert learned[1] <= min((1 - error) * high, cap(error)) + 1e-12


def test_raters_at_the_limits() -> None:
    margins = np.array([-40.0, -1.0, 0.0, 3.0, 600.0])
    np.testing.assert_allclose(pair_margin(margins), margins, rtol=1e-12)
    np.testing.assert_array_equal(pair_margin(margins, 1.0), np.zeros(5))
    assert cap(0.0) == math.inf
    assert cap(1.0) == 0
    assert float(information(1.0, 1.0)) == 0
    np.testing.assert_allclose(information(margins[1:4]), expit(margins[1:4]) * expit(-margins[1:4]), rtol=1e-12)


@given(st.floats(-5, 5), st.floats(0, 0.95))
@settings(max_examples=50, deadline=None)
def test_information_is_the_curvature_that_one_comparison_adds_on_average(margin: float, error: float) -> None:
    def chance(at: float) -> float:
        return float(answer_probability(at, error))

    step = 1e-4
    slope = (chance(margin + step) - chance(margin - step)) / (2 * step)
    expected = slope**2 / (chance(margin) * chance(-margin))
    assert float(information(margin, error)) == pytest.approx(expected, rel=1e-5, abs=1e-12)


@given(st.floats(0, 0.95), st.floats(-6, 6))
@settings(max_examples=50, deadline=None)
def test_random_errors_cost_at_least_what_they_cost_between_equals(error: float, margin: float) -> None:
    assert float(information(margin, error)) <= (1 - error) ** 2 * float(information(margin)) * (1 + 1e-9)


@given(seeds, st.integers(2, 12))
@settings(max_examples=25, deadline=None)
def test_rank_agreement_is_kendalls_tau(seed: int, items: int) -> None:
    rng = default_rng(seed)
    truth, scores = rng.standard_normal(items), rng.standard_normal((3, items))
    expected = [kendalltau(truth, one).statistic for one in scores]
    np.testing.assert_allclose(rank_agreement(scores, truth), expected, atol=1e-12)
    assert rank_agreement(truth, truth) == 1
    assert rank_agreement(-truth, truth) == -1
    assert rank_agreement(np.zeros(items), truth) == 0


# The lemma and its end -----------------------------------------------------------------------------------------------


@given(seeds, st.integers(3, 9))
@settings(max_examples=40, deadline=None)
def test_any_symmetric_rising_response_keeps_the_order_if_all_pairs_are_asked_alike(seed: int, items: int) -> None:
    """Responses that are steps and slopes at random, not logistic ones."""
    rng = default_rng(seed)
    truth = np.sort(rng.uniform(0, 1, items)) + 0.05 * np.arange(items)
    heights = np.sort(rng.uniform(0.5, 0.999, 8))
    places = np.linspace(0, 1 + 0.05 * items, 8)
    difference = truth[:, None] - truth
    response = (
        np.interp(np.abs(difference), places, np.concatenate([[0.5], heights[1:]])) + 1e-3 * np.abs(difference) / 8
    )
    wins = np.where(difference >= 0, response, 1 - response)
    np.fill_diagonal(wins, 0)
    assert rank_agreement(fit(wins), truth) == 1


@pytest.mark.parametrize("error", [0.02, 0.1, 0.4])
def test_an_uneven_design_lets_random_errors_reverse_an_order(error: float) -> None:
    """The design is a tree, so that the fit adds up what each pair alone teaches."""
    links = 6
    scores = fit(chain_wins(links, error))
    assert scores[links] - scores[0] == pytest.approx(links * float(pair_margin(1.0, error)), abs=1e-8)
    assert scores[links + 1] - scores[0] == pytest.approx(float(pair_margin(links + 1.0, error)), abs=1e-8)
    assert scores[links] > scores[links + 1]
    np.testing.assert_allclose(np.diff(fit(chain_wins(links, 0.0))), 1.0, atol=1e-7)


def test_a_fit_that_knows_the_error_rate_puts_the_chain_right() -> None:
    """The remedy of christiano2017: the error rate in the likelihood, here by a general optimizer."""
    error, wins = 0.1, chain_wins(5, 0.1)

    def loss(scores: np.ndarray) -> float:
        return -float(np.sum(wins * np.log(answer_probability(scores[:, None] - scores, error))))

    found = minimize(loss, np.arange(7.0) - 3, method="BFGS", options={"gtol": 1e-8}).x
    np.testing.assert_allclose(found - found[0], np.arange(7.0), atol=1e-3)


# The model -----------------------------------------------------------------------------------------------------------


def standard_errors(params: RewardModelParams) -> np.ndarray:
    """Large-sample standard errors of learned scores: the sandwich of curvature and variance, which need not agree."""
    limit = solve(params).limit_score
    truth = solve(params)
    liked = truth.true_score + params.bias * truth.flatters
    chance = answer_probability(liked[:, None] - liked, params.error, params.fickleness)
    fitted = expit(limit[:, None] - limit)

    def laplacian(weights: np.ndarray) -> np.ndarray:
        weights = weights * (1 - np.eye(params.items))
        return np.diag(weights.sum(axis=1)) - weights

    bread = np.linalg.pinv(laplacian(fitted * (1 - fitted)))
    return np.sqrt(np.diag(bread @ laplacian(chance * (1 - chance)) @ bread) / params.comparisons)


@pytest.mark.parametrize(
    "changes",
    [{}, {"error": 0.0}, {"error": 0.4, "bias": 1.0}, {"fickleness": 1.5, "spread": 3.0}, {"items": 7, "bias": 2.0}],
    ids=str,
)
def test_simulated_scores_scatter_around_the_exact_limit_as_theory_says(changes: dict[str, float]) -> None:
    params = RewardModelParams(**{"comparisons": 400, "runs": 60, "regularization": 0.001, **changes})
    seen, exact, error = simulate(params, default_rng(11)), solve(params), standard_errors(params)
    away = seen.fitted_score.mean(axis=0) - exact.limit_score
    finite = 3.0 / (params.comparisons * params.items)  # bias of a fit to a finite sample, relative
    assert (np.abs(away) <= 4.5 * error / math.sqrt(params.runs) + finite * np.abs(exact.limit_score) + 1e-3).all()
    ratio = seen.fitted_score.std(axis=0, ddof=1) / error
    assert (np.abs(ratio - 1) < 5 / math.sqrt(2 * params.runs)).all()
    np.testing.assert_array_equal(seen.limit_score, exact.limit_score)


def test_answers_come_as_often_as_raters_give_them() -> None:
    """Two data sets that differ in the share of random answers alone: the same luck, fewer wins of the better."""
    few, many = (
        simulate(RewardModelParams(error=error, comparisons=1, regularization=1.0), default_rng(3))
        for error in (0.0, 0.9)
    )
    assert few.agreement.mean() > many.agreement.mean() + 0.3


def test_more_comparisons_go_on_from_the_same_data() -> None:
    short, long = (simulate(RewardModelParams(comparisons=one), default_rng(5)) for one in (8, 32))
    np.testing.assert_array_equal(short.agreement, long.agreement[:, :4])
    assert simulate(RewardModelParams(comparisons=5), default_rng(5)).level.tolist() == [1, 2, 4, 5]


def test_a_bias_moves_scores_and_random_errors_do_not_hide_it() -> None:
    plain = solve(RewardModelParams(error=0.0, bias=1.5))
    np.testing.assert_allclose(
        plain.limit_score - plain.limit_score.mean(), plain.true_score + 1.5 * (plain.flatters - 0.5), atol=1e-7
    )
    orders = {tuple(np.argsort(solve(RewardModelParams(error=e, bias=1.5)).limit_score)) for e in (0.0, 0.2, 0.7)}
    assert len(orders) == 1


def test_wrongly_ordered_pairs_are_counted_by_hand() -> None:
    for bias in (0.5, 1.0, 2.0):
        result = solve(RewardModelParams(error=0.3, bias=bias))
        wrong = sum(
            1
            for high in range(12)
            for low in range(high)
            if result.flatters[low] and not result.flatters[high] and (high - low) * 5 / 11 < bias
        )
        assert result.limit_agreement == pytest.approx(1 - 2 * wrong / 66, abs=1e-12)


def test_half_of_the_items_flatter_good_and_bad_alike() -> None:
    result = solve(RewardModelParams())
    assert result.flatters.sum() == 6
    assert result.true_score[result.flatters].sum() == pytest.approx(0, abs=1e-12)


def test_worlds_at_the_limits() -> None:
    faultless = solve(RewardModelParams(error=0.0))
    np.testing.assert_allclose(faultless.limit_score, faultless.true_score, atol=1e-7)
    there = np.isfinite(faultless.limit_margin[0])
    np.testing.assert_allclose(faultless.limit_margin[0][there], faultless.true_margin[there], atol=1e-7)
    silent = solve(RewardModelParams(error=1.0, bias=2.0))
    np.testing.assert_allclose(silent.limit_score, 0, atol=1e-12)
    assert silent.limit_agreement == 0
    assert silent.slope == pytest.approx(0, abs=1e-12)
    guess = simulate(RewardModelParams(error=1.0, comparisons=64, runs=200), default_rng(1)).agreement[:, -1]
    spread = math.sqrt(2 * (2 * 12 + 5) / (9 * 12 * 11))  # of Kendall's tau between independent orders
    assert abs(guess.mean()) < 4.5 * spread / math.sqrt(200)


def test_margins_of_the_picture_are_those_of_single_pairs() -> None:
    result = simulate(RewardModelParams(bias=1.0, runs=3), default_rng(2))
    for gap in range(1, 12):
        pairs = [(low + gap, low) for low in range(12 - gap)]
        for kind in (0, 1):
            chosen = [
                result.fitted_score[run, high] - result.fitted_score[run, low]
                for run in range(3)
                for high, low in pairs
                if (result.flatters[high] == result.flatters[low] if kind == 0 else result.flatters[low] > result.flatters[high])
            ]  # fmt: skip
            if chosen:
                assert result.fitted_margin[kind, gap - 1] == pytest.approx(np.mean(chosen))
                assert result.fitted_spread[kind, gap - 1] == pytest.approx(np.std(chosen))
            else:
                assert math.isnan(result.fitted_margin[kind, gap - 1])


def test_likelihood_of_a_pair_is_that_of_its_answers() -> None:
    assert log_likelihood([1.0, 0.0], [[0, 3], [2, 0]]) == pytest.approx(3 * log_expit(1.0) + 2 * log_expit(-1.0))


# Words ---------------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1), st.floats(0, 5), st.integers(1, 20), st.floats(0.5, 10), st.integers(4, 20))
def test_every_setting_can_be_told(error: float, bias: float, comparisons: int, spread: float, items: int) -> None:
    params = RewardModelParams(error=error, bias=bias, comparisons=comparisons, spread=spread, items=items, runs=2)
    for result in (simulate(params, default_rng(0)), solve(params)):
        assert not re.search(r"nan|inf\b|None|\b1 comparisons|  ", reading(result))


def test_readings_at_the_edges() -> None:
    assert "After 1 comparison of each pair" in RATER_NOISE.read(comparisons=1)
    assert "none answered at random" in RATER_NOISE.read(error=0.0)
    assert "would bring it to 0.67 only: the raters' shared bias of 2 stays" in RATER_NOISE.read(bias=2.0)
    assert "would bring it to 1, since random errors" in RATER_NOISE.read(error=0.6)
    assert "too small to change the order" in reading(solve(RewardModelParams(bias=0.2)))
    assert "leave it at 0, since the answers say nothing" in reading(solve(RewardModelParams(error=1.0)))
    assert "all 1.00" in RATER_NOISE.read(error=0.0, comparisons=256)
    assert "fits" not in reading(solve(RewardModelParams()))


def test_random_errors_are_repaired_in_the_figure_and_the_bias_is_not() -> None:
    noisy, biased = RATER_NOISE.result(error=0.4, comparisons=256), RATER_NOISE.result(bias=2.0, comparisons=256)
    assert noisy.agreement[:, -1].mean() > 0.98 > 0.7 > noisy.agreement[:, 0].mean()
    assert biased.agreement[:, -1].max() < 0.75
