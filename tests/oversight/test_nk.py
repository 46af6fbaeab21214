"""NK landscapes: the table against its definition, laws by two ways, both ends exactly, walks that end on optima."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.oversight.nk import (
    LAGS,
    NkParams,
    Reading,
    adaptive_walks,
    draw_landscapes,
    draw_neighbors,
    ensemble_law,
    expected_optima,
    fitness_table,
    optima,
    simulate,
    spectrum_law,
    textbook_law,
    variance_of_optima,
    walk_autocorrelation,
    within_law,
)


def by_definition(table: np.ndarray, reads: np.ndarray, configuration: int) -> float:
    """Worth of one configuration, summed part by part."""
    total = 0.0
    for part, others in enumerate(reads):
        members = [part, *others]
        setting = sum(((configuration >> int(member)) & 1) << at for at, member in enumerate(members))
        total += table[part, setting]
    return total / len(reads)


@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 6), seed=st.integers(0, 10**6), data=st.data())
def test_the_table_is_the_definition(n: int, seed: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n - 1))
    rng = default_rng(seed)
    reads = draw_neighbors(n, k, Reading.RANDOM, 2, rng)
    tables = rng.random((2, n, 2 << k))
    worth = fitness_table(tables, reads)
    expected = [[by_definition(tables[at], reads[at], one) for one in range(1 << n)] for at in range(2)]
    assert np.allclose(worth, expected, atol=1e-14)


def test_optima_are_what_no_flip_improves() -> None:
    worth = draw_landscapes(7, 3, Reading.RANDOM, 4, default_rng(0))
    found = optima(worth)
    for landscape, configuration in itertools.product(range(4), range(1 << 7)):
        around = [worth[landscape, configuration ^ (1 << bit)] for bit in range(7)]
        assert found[landscape, configuration] == (worth[landscape, configuration] > max(around))


def test_without_interaction_there_is_one_optimum_and_it_is_the_best() -> None:
    worth = draw_landscapes(9, 0, Reading.NEXT, 30, default_rng(1))
    found = optima(worth)
    assert (found.sum(axis=1) == 1).all()
    assert np.array_equal(found.argmax(axis=1), worth.argmax(axis=1))


def test_ties_are_no_optima() -> None:
    assert not optima(np.ones((2, 8))).any()


@pytest.mark.parametrize("reads", Reading)
def test_contributions_read_k_others_and_never_themselves(reads: Reading) -> None:
    neighbors = draw_neighbors(6, 4, reads, 20, default_rng(2))
    members = np.concatenate([np.broadcast_to(np.arange(6)[:, None], (20, 6, 1)), neighbors], axis=2)
    assert (np.diff(np.sort(members, axis=2), axis=2) > 0).all()


def test_the_spectrum_gives_the_walk_that_is_averaged_over_all_flips() -> None:
    """A second way: the transition matrix of the walk, its power, and covariances of all pairs."""
    n = 5
    worth = draw_landscapes(n, 2, Reading.RANDOM, 3, default_rng(3))
    step = np.zeros((1 << n, 1 << n))
    for configuration, bit in itertools.product(range(1 << n), range(n)):
        step[configuration, configuration ^ (1 << bit)] = 1 / n
    centered = worth - worth.mean(axis=1, keepdims=True)
    for lag in (1, 2, 3, 7):
        ahead = centered @ np.linalg.matrix_power(step, lag).T
        assert spectrum_law(worth, [lag])[0] == pytest.approx((centered * ahead).sum() / (centered**2).sum(), abs=1e-12)


def test_the_law_over_the_ensemble_by_the_share_of_parts_that_are_untouched() -> None:
    """A third way: a contribution is unchanged unless a walk's end differs from its start where it reads."""
    n, k, rng = 6, 2, default_rng(4)
    flips = rng.integers(n, size=(200_000, 4))
    odd = (flips[:, :, None] == np.arange(k + 1)).sum(axis=1) % 2  # the contribution reads the first k + 1 decisions
    same = (odd == 0).all(axis=1)
    error = np.sqrt(same.mean() * (1 - same.mean()) / len(flips))
    assert ensemble_law(n, k, [4])[0] == pytest.approx(same.mean(), abs=5 * error)


@pytest.mark.parametrize(("n", "k"), [(6, 0), (6, 2), (7, 6)])
def test_the_law_within_landscapes_is_met_whoever_reads_whom(n: int, k: int) -> None:
    lags = np.array([1, 2, 3, 6])
    for reads in Reading:
        worth = draw_landscapes(n, k, reads, 4000, default_rng([5, n, k]))
        parts = [spectrum_law(worth[at::20], lags) for at in range(20)]
        error = np.std(parts, axis=0, ddof=1) / np.sqrt(20) + 1e-12
        assert (np.abs(spectrum_law(worth, lags) - within_law(n, k, lags)) < 6 * error).all()


@pytest.mark.parametrize(("n", "k", "letters"), [(3, 0, 3), (3, 1, 3), (4, 1, 3), (3, 2, 4), (5, 2, 2)])
def test_the_law_for_more_letters_by_the_chance_that_nothing_read_has_changed(n: int, k: int, letters: int) -> None:
    """A contribution of independent entries is the same if what it reads is, and else independent: a walk on n letters."""
    places = list(itertools.product(range(letters), repeat=n))
    step = np.array(
        [[float(sum(a != b for a, b in zip(one, two, strict=True)) == 1) for two in places] for one in places]
    )
    step /= step.sum(axis=1, keepdims=True)
    same = np.array([two[: k + 1] == places[0][: k + 1] for two in places])
    for lag in (1, 2, 3, 6):
        chance = np.linalg.matrix_power(step, lag)[0] @ same
        assert ensemble_law(n, k, [lag], letters)[0] == pytest.approx(chance, abs=1e-12)


def test_with_ever_more_letters_the_quoted_formula_becomes_the_law() -> None:
    gaps = [np.abs(ensemble_law(12, 3, LAGS, many) - textbook_law(12, 3, LAGS)).max() for many in (2, 4, 20, 1000)]
    assert np.diff(gaps).max() < 0
    assert gaps[-1] < 1e-3


@pytest.mark.parametrize("reads", Reading)
@pytest.mark.parametrize("k", [0, 1, 3, 4])
def test_both_laws_exactly_whoever_reads_whom(k: int, reads: Reading) -> None:
    """No landscape is drawn: every entry of the tables alone, all pairs of configurations, powers of the walk's matrix."""
    n, entries = 5, 5 * (2 << k)
    readers = np.broadcast_to(draw_neighbors(n, k, reads, 1, default_rng(k)), (entries, n, k))
    alone = fitness_table(np.eye(entries).reshape(entries, n, 2 << k), readers)
    step = np.array([[float((a ^ b).bit_count() == 1) / n for b in range(1 << n)] for a in range(1 << n)])
    for law, seen in ((ensemble_law, alone), (within_law, alone - alone.mean(axis=1, keepdims=True))):
        covariance = seen.T @ seen
        ahead = [(covariance * np.linalg.matrix_power(step, lag)).sum() / np.trace(covariance) for lag in (1, 2, 3, 8)]
        assert law(n, k, [1, 2, 3, 8]) == pytest.approx(ahead, abs=1e-12)


@pytest.mark.parametrize("n", [2, 3])
def test_moments_of_the_number_of_optima_in_every_order_of_all_worths(n: int) -> None:
    orders = np.array(list(itertools.permutations(range(1 << n))), dtype=float)
    count = optima(orders).sum(axis=1)
    assert count.mean() == pytest.approx(expected_optima(n), abs=1e-12)
    assert count.var() == pytest.approx(variance_of_optima(n), abs=1e-12)


@pytest.mark.parametrize("k", [2, 8])
def test_of_better_neighbors_each_is_taken_as_often(k: int) -> None:
    """First steps of many walkers from one place, where they must be seen: all other places are level."""
    worth = np.zeros((1, 1 << 9))
    better = [1, 4, 16, 128, 256][: k + 1]
    worth[0, better] = 1.0
    ends = adaptive_walks(worth, np.zeros(40_000, dtype=int), np.zeros(40_000, dtype=int), default_rng(3))
    counts = np.array([(ends == one).sum() for one in better])
    assert counts.sum() == 40_000
    share = 1 / len(better)
    assert np.abs(counts / 40_000 - share).max() < 5 * np.sqrt(share * (1 - share) / 40_000)


def test_the_steepest_walk_takes_the_best_step_each_time() -> None:
    worth = draw_landscapes(7, 4, Reading.NEXT, 2, default_rng(14))
    for start in range(1 << 7):
        place = start
        while max(around := [worth[1, place ^ (1 << bit)] for bit in range(7)]) > worth[1, place]:
            place ^= 1 << int(np.argmax(around))
        assert adaptive_walks(worth, [1], [start], default_rng(0), best=True)[0] == place


def test_many_landscapes_are_worked_on_by_and_by_with_the_same_outcome() -> None:
    rng = default_rng(15)
    neighbors, tables = draw_neighbors(10, 5, Reading.RANDOM, 300, rng), rng.random((300, 10, 64))
    together = fitness_table(tables, neighbors)
    assert np.allclose(
        together[[0, 150, 299]], [fitness_table(tables[[at]], neighbors[[at]])[0] for at in (0, 150, 299)], atol=1e-14
    )
    assert np.array_equal(optima(together)[299], optima(together[299]))


def test_walks_agree_with_the_exact_answer_on_their_landscapes() -> None:
    worth = draw_landscapes(9, 3, Reading.RANDOM, 40, default_rng(6))
    walked, error = walk_autocorrelation(worth, [1, 2, 5], default_rng(7), steps=6000)
    assert (np.abs(walked - spectrum_law(worth, [1, 2, 5])) < 5 * error).all()


def test_the_quoted_formula_is_the_law_over_the_ensemble_after_one_flip_only() -> None:
    for k in range(10):
        assert textbook_law(10, k, [1])[0] == pytest.approx(ensemble_law(10, k, [1])[0], abs=1e-12)
    assert textbook_law(10, 4, [2])[0] < ensemble_law(10, 4, [2])[0] - 0.01


def test_after_no_flip_everything_is_as_it_was() -> None:
    for law in (within_law, ensemble_law, textbook_law):
        assert law(8, 3, [0])[0] == pytest.approx(1)


@pytest.mark.parametrize("best", [False, True])
def test_adaptive_walks_end_on_optima_above_their_start(best: bool) -> None:
    worth = draw_landscapes(8, 4, Reading.RANDOM, 6, default_rng(8))
    rng = default_rng(9)
    landscape, starts = rng.integers(6, size=300), rng.integers(256, size=300)
    ends = adaptive_walks(worth, landscape, starts, rng, best=best)
    assert optima(worth)[landscape, ends].all()
    assert (worth[landscape, ends] >= worth[landscape, starts]).all()


def test_a_smooth_landscape_is_climbed_to_its_top() -> None:
    worth = draw_landscapes(8, 0, Reading.RANDOM, 1, default_rng(10))
    ends = adaptive_walks(worth, np.zeros(50, dtype=int), np.arange(50), default_rng(11))
    assert (ends == worth[0].argmax()).all()


def test_a_whole_result_has_the_ends_in_it() -> None:
    result = simulate(NkParams(n=8, k=7, landscapes=60), default_rng(12))
    assert result.counted[0] == 1
    assert result.counted[-1] == pytest.approx(expected_optima(8), abs=5 * float(result.counted_error[-1]))
    assert result.lags.tolist() == LAGS.tolist()
    assert (np.abs(result.walked - result.within)[1:] < 5 * result.walked_error[1:] + 0.02).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: NkParams(k=8), "k must be in"),
        (lambda: fitness_table(np.ones((1, 3, 4)), np.zeros((1, 3))), "neighbors must be whole numbers of shape"),
        (lambda: fitness_table(np.ones((1, 3, 4)), np.full((1, 3, 1), 3)), "neighbors must be decisions in"),
        (lambda: fitness_table(np.ones((1, 3, 4)), np.zeros((1, 3, 1), dtype=int)), "neighbors must differ"),
        (lambda: fitness_table(np.ones((1, 3, 8)), np.zeros((1, 3, 1), dtype=int)), "tables must"),
        (lambda: optima(np.ones(6)), "worth must hold 2"),
        (lambda: within_law(4, 4, [1]), "k must be in"),
        (lambda: ensemble_law(4, 1, [1], 1), "letters must be"),
        (lambda: textbook_law(4, 4, [1]), "k must be in"),
        (lambda: spectrum_law(np.ones(8), [-1]), "lags must"),
        (lambda: walk_autocorrelation(np.arange(8.0), [50], default_rng(0), steps=50), "lags must"),
        (lambda: expected_optima(0), "n must be in"),
        (lambda: adaptive_walks(np.ones(8), [1], [0], default_rng(0)), "landscape must"),
        (lambda: adaptive_walks(np.ones(8), [0], [8], default_rng(0)), "starts must"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]
