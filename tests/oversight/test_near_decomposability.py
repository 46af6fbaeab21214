"""Nearly decomposable chains: exact cases, the linear error, both lives, and chains that are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.oversight.near_decomposability import (
    COURTOIS,
    COURTOIS_BLOCKS,
    Cut,
    NearDecomposabilityParams,
    System,
    aggregated,
    coupled,
    equilibrium,
    gap,
    recomposed,
    slowed,
    solve,
)


def chain(seed: int, states: int = 8) -> np.ndarray:
    rates = default_rng(seed).exponential(size=(states, states)) + 0.02
    return np.asarray(rates / rates.sum(axis=1, keepdims=True))


def test_the_example_is_a_chain_that_leaves_blocks_once_in_a_thousand_steps_at_most() -> None:
    leaving = [1 - COURTOIS[np.ix_(block, block)].sum(axis=1) for block in COURTOIS_BLOCKS]
    assert np.allclose(COURTOIS.sum(axis=1), 1, atol=1e-15)
    assert max(one.max() for one in leaving) == pytest.approx(0.001)


@given(seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=30)
def test_an_equilibrium_stays_and_is_where_walks_end(seed: int) -> None:
    one = chain(seed)
    found = equilibrium(one)
    assert np.allclose(found @ one, found, atol=1e-13)
    assert found.sum() == pytest.approx(1)
    assert np.allclose(np.linalg.matrix_power(one, 4096)[0], found, atol=1e-10)


def test_one_block_and_blocks_of_one_state_are_exact() -> None:
    """Solving everything at once, or nothing but the joining, is no approximation."""
    for seed in range(5):
        one = chain(seed)
        assert np.allclose(recomposed(one, (tuple(range(8)),)), equilibrium(one), atol=1e-12)
        assert np.allclose(recomposed(one, tuple((state,) for state in range(8))), equilibrium(one), atol=1e-12)


def test_parts_of_a_lumpable_chain_are_exact_at_any_coupling() -> None:
    """If all rows of a block lead to other blocks alike, in proportion to the equilibria there, nothing is lost."""
    inside = [chain(seed, 2) for seed in (1, 2)]
    rest = [equilibrium(one) for one in inside]
    whole = np.zeros((4, 4))
    for at, other in ((0, 1), (1, 0)):
        rows, columns = slice(2 * at, 2 * at + 2), slice(2 * other, 2 * other + 2)
        whole[rows, rows] = 0.6 * inside[at]
        whole[rows, columns] = 0.4 * rest[other]
    assert np.allclose(recomposed(whole, ((0, 1), (2, 3))), equilibrium(whole), atol=1e-13)


@pytest.mark.parametrize("seed", range(6))
def test_the_error_is_in_proportion_to_the_coupling_for_random_chains(seed: int) -> None:
    errors = []
    for coupling in (1e-5, 1e-4, 1e-3):
        one = coupled(chain(seed), COURTOIS_BLOCKS, coupling)
        errors.append(np.abs(recomposed(one, COURTOIS_BLOCKS) - equilibrium(one)).sum() / coupling)
    assert max(errors) < 1.05 * min(errors)


def test_scaling_to_its_own_coupling_changes_nothing_and_to_zero_parts_the_blocks() -> None:
    assert np.allclose(coupled(COURTOIS, COURTOIS_BLOCKS, 0.001), COURTOIS, atol=1e-15)
    apart = coupled(COURTOIS, COURTOIS_BLOCKS, 0.0)
    assert np.allclose(apart.sum(axis=1), 1)
    assert apart[:3, 3:].max() == 0


def test_blocks_that_settle_slowly_have_a_small_gap() -> None:
    slow = np.array([[0.999, 0.001], [0.001, 0.999]])
    assert gap(slow, ((0, 1),)) == pytest.approx(0.002)
    assert gap(np.full((2, 2), 0.5), ((0, 1),)) == pytest.approx(1)


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_slow_blocks_are_as_bad_as_strong_coupling(share: float) -> None:
    """Only the ratio counts: moves inside times a share, or moves between over it, with time in smaller steps."""
    for seed in range(3):
        one = coupled(chain(seed), COURTOIS_BLOCKS, 1e-3)
        slow = slowed(one, COURTOIS_BLOCKS, share)
        label = np.repeat([0, 1, 2], [3, 2, 3])
        rates = np.where(label[:, None] == label, one, one / share)
        np.fill_diagonal(rates, 0)
        rates *= 0.9 / rates.sum(axis=1).max()
        strong = rates + np.diag(1 - rates.sum(axis=1))
        assert np.allclose(equilibrium(slow), equilibrium(strong), atol=1e-11)
        assert np.allclose(recomposed(slow, COURTOIS_BLOCKS), recomposed(strong, COURTOIS_BLOCKS), atol=1e-11)
        if share < 0.5:  # some waiting may speed up blocks that would else go to and fro
            assert gap(slow, COURTOIS_BLOCKS) < gap(one, COURTOIS_BLOCKS)


def test_blocks_at_full_pace_are_as_they_were() -> None:
    assert np.allclose(slowed(COURTOIS, COURTOIS_BLOCKS, 1.0), COURTOIS, atol=1e-15)


def test_walkers_are_where_the_exact_courses_say() -> None:
    """Many walkers thrown step by step, not by powers of the matrix: shares of blocks and of states inside them."""
    walkers, rng, result = 20_000, default_rng(2), solve(NearDecomposabilityParams(coupling=0.1))
    whole, place = coupled(COURTOIS, COURTOIS_BLOCKS, 0.1), np.zeros(20_000, dtype=int)
    ladder, label = whole.cumsum(axis=1), np.repeat([0, 1, 2], [3, 2, 3])
    goals = np.bincount(label, weights=result.exact)
    for step in range(1, 21):
        place = np.minimum((rng.random(walkers)[:, None] > ladder[place]).sum(axis=1), 7)
        if step not in (1, 5, 20):
            continue
        seen = np.bincount(place, minlength=8) / walkers
        weights = np.bincount(label, weights=seen)
        inside = np.abs(seen - weights[label] * result.exact / goals[label]).sum()
        at = int(np.flatnonzero(result.times == step)[0])
        assert np.abs(weights - goals).sum() == pytest.approx(result.between[at], abs=5 * np.sqrt(3 / walkers))
        assert inside == pytest.approx(result.inside[at], abs=5 * np.sqrt(8 / walkers))


def test_inside_comes_before_between_and_both_come() -> None:
    result = solve(NearDecomposabilityParams())
    settled = [int(result.times[int((course > 0.02).sum())]) for course in (result.inside, result.between)]
    assert settled[0] * 20 < settled[1]
    assert result.inside[-1] < 1e-9
    assert result.between[-1] < 1e-9


@pytest.mark.parametrize("system", System)
def test_only_the_right_borders_have_an_error_that_vanishes(system: System) -> None:
    right, shifted = (solve(NearDecomposabilityParams(system=system, cut=cut, coupling=1e-4)) for cut in Cut)
    assert right.error < 1e-3
    assert shifted.error > 10 * right.error
    assert shifted.curve[0] > 0.5 * shifted.curve[5]


def test_weights_of_blocks_are_a_chain() -> None:
    alone, between = aggregated(COURTOIS, COURTOIS_BLOCKS)
    assert np.allclose(between.sum(axis=1), 1)
    assert [alone[list(block)].sum() for block in COURTOIS_BLOCKS] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: equilibrium(np.ones((2, 2))), "chain must be a square matrix of probabilities"),
        (lambda: equilibrium(np.ones((2, 3)) / 3), "chain must be a square matrix"),
        (lambda: coupled(COURTOIS, COURTOIS_BLOCKS, 1.0), "coupling must be"),
        (lambda: slowed(COURTOIS, COURTOIS_BLOCKS, 0.0), "pace must be"),
        (lambda: recomposed(COURTOIS, ((0, 1), (2, 3))), "blocks must hold each of 8 states once"),
        (lambda: NearDecomposabilityParams(coupling=0.0), "coupling must be"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]
