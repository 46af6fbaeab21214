"""Debates about digits: the value by brute force, split and copied evidence by brute force, bounds for late lies."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.oversight.debate import (
    SIZES,
    DebateParams,
    GameParams,
    Lie,
    Picture,
    Trouble,
    debate_won,
    extremes,
    floor_won,
    game_value,
    greedy_won,
    margins,
    random_looks,
    simulate,
    solve_game,
    split_value,
    unproved,
)
from sysalign_lib.oversight.digits import CLASSES, judge, load, split

DATA, TEST = load(), split(0).test
IMAGES, LABELS = DATA.images[TEST[:200]], DATA.labels[TEST[:200]]


def minimax(worth: Callable[[frozenset[int]], float], pool: int, moves: int, honest_first: bool) -> float:
    """Value of the game by trying everything; worth says what a set of shown pixels is worth to the truth."""

    @cache
    def value(shown: frozenset[int], left: int, honest: bool) -> float:
        if left == 0:
            return worth(shown)
        following = [value(shown | {pixel}, left - 1, not honest) for pixel in range(pool) if pixel not in shown]
        return max(following) if honest else min(following)

    return value(frozenset(), moves, honest_first)


@settings(deadline=None, max_examples=150)
@given(
    added=st.lists(st.integers(-6, 6), min_size=4, max_size=7),
    h=st.integers(1, 3),
    first=st.booleans(),
    prior=st.integers(-3, 3),
)
def test_the_value_is_that_of_minimax_whoever_moves_first_and_with_ties(
    added: list[int], h: int, first: bool, prior: int
) -> None:
    h = min(h, len(added) // 2)
    brute = prior + minimax(lambda shown: float(sum(added[one] for one in shown)), len(added), 2 * h, first)
    assert game_value(prior, added, h) == pytest.approx(brute)


def by_shares(facts: np.ndarray, q: int, h: int, first: bool) -> float:
    """Value of a game about facts[..., fact] of q shares each, by trying all moves, wasted ones too; the worst lie counts."""

    @cache
    def value(shown: tuple[int, ...], left: int, honest: bool) -> float:
        if left == 0:
            return float(facts[..., np.array(shown) == q].sum(axis=-1).min())
        following = [
            value((*shown[:at], many + 1, *shown[at + 1 :]), left - 1, not honest)
            for at, many in enumerate(shown)
            if many < q
        ]
        return max(following) if honest else min(following)

    return value((0,) * facts.shape[-1], 2 * h, first)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("q", "h", "each"), [(2, 2, 2), (2, 3, 4), (3, 2, 2), (3, 3, 2), (2, 4, 4)])
def test_split_facts_are_the_old_game_with_fewer_moves_if_there_are_enough_for_both_sides(
    q: int, h: int, each: int, first: bool
) -> None:
    for seed in range(4):
        rng = default_rng([seed, q, h])
        facts = np.concatenate([rng.uniform(0.1, 3, each), -rng.uniform(0.1, 3, each)])
        large, small = extremes(facts, max(h // q, 1))
        ours = 0.0 + large[h // q] + small[h // q]
        assert by_shares(facts, q, h, first) == pytest.approx(ours, abs=1e-12)
        assert split_value(0.0, *extremes(facts, each), min(h, each), q) == pytest.approx(ours) or h > each


def test_each_side_alone_can_secure_its_half_of_the_lemma() -> None:
    for seed in range(40):
        rng = default_rng(seed)
        facts = rng.normal(rng.choice([-0.8, 0, 0.8]), 1, size=5)
        large, small = extremes(facts, 2)
        bound, first = float(split_value(0.0, large, small, 2, 2)), bool(seed % 2)
        brute = by_shares(facts, 2, 2, first)
        if (facts > 0).sum() >= 2:
            assert brute >= bound - 1e-12
        if (facts < 0).sum() >= 2:
            assert brute <= bound + 1e-12


def test_a_liar_passes_rather_than_complete_a_fact_for_the_truth() -> None:
    facts = np.array([5.0, 4.0, 3.0, 2.0])
    assert by_shares(facts, 2, 2, True) == 5
    assert float(split_value(0.0, *extremes(facts, 2), 2, 2)) == 5
    assert float(game_value(0.0, facts, 1)) == 7


def test_the_lemma_settles_nearly_every_image() -> None:
    prior, added = margins(judge(0), IMAGES, LABELS)
    for q, h in ((2, 3), (2, 6), (3, 6), (4, 4)):
        assert unproved(prior, added, LABELS, h, q).mean() <= 0.01
    flat = np.zeros((1, CLASSES, 12))
    assert unproved(prior[:1], flat, LABELS[:1], 2, 2).all()


@pytest.mark.parametrize("copies", [2, 3])
def test_copied_pixels_are_the_game_with_a_longer_pool(copies: int) -> None:
    for seed in range(20):
        added = default_rng(seed).normal(size=9)
        for h in (1, 2, 3, 4):
            assert game_value(0.3, added, h, copies) == pytest.approx(
                float(game_value(0.3, np.repeat(added, copies), h))
            )


def test_with_copies_enough_more_debate_adds_nothing() -> None:
    added = default_rng(3).normal(size=12)
    values = [float(game_value(0.0, added, h, 6)) / h for h in range(1, 7)]
    assert np.allclose(values, values[0])


def test_pixels_without_ink_are_not_in_the_pool() -> None:
    added = np.array([3.0, np.nan, -1.0, 2.0, np.nan, -4.0])
    large, small = extremes(added, 2)
    assert large.tolist() == [0, 3, 5]
    assert small.tolist() == [0, -4, -5]


def test_a_tie_is_lost_and_the_truth_is_no_rival_of_itself() -> None:
    value = np.full((3, CLASSES), 1.0)
    value[0, 0] = -5.0
    value[1, 7] = 0.0
    assert debate_won(value, [0, 1, 2]).tolist() == [True, False, True]


def test_what_pixels_add_is_the_difference_of_the_scores() -> None:
    prior, added = margins(judge(0), IMAGES, LABELS)
    ink = IMAGES > 0
    scores = judge(0).scores(IMAGES, ink)
    whole = prior + np.nansum(added, axis=2)
    assert np.allclose(whole, scores[np.arange(len(LABELS)), LABELS][:, None] - scores)


def test_one_advocate_always_wins() -> None:
    """A liar who shows all pixels alone convinces a judge of some lie, an honest side alone of the truth; on average half."""
    prior, added = margins(judge(0), IMAGES, LABELS)
    large, small = extremes(added)
    truth = np.arange(CLASSES) == LABELS[:, None]
    assert debate_won(prior + large[..., 6], LABELS).all()
    assert not ((prior + small[..., 6] > 0) | truth).all(axis=1).any()


def test_late_lies_stand_between_their_bounds_by_brute_force() -> None:
    """In small games the true value is known: what is certain is won, and named lies are no worse for the truth."""
    rng, seen = default_rng(5), np.zeros(3)
    for _ in range(60):
        added = np.concatenate([np.zeros((1, 6)), rng.normal(0.4, 1, size=(2, 6))])
        labels = np.array([0])
        padded = np.concatenate([added, np.full((CLASSES - 3, 6), 9.0)])[None]
        prior = np.zeros((1, CLASSES))

        def worth(shown: frozenset[int], added: np.ndarray = added) -> float:
            return float(min(added[lie, list(shown)].sum() for lie in (1, 2)))

        true = minimax(worth, 6, 4, True) > 0
        certain = bool(floor_won(prior, padded, labels, 2)[0])
        named = bool(debate_won(game_value(prior, padded, 2), labels)[0])
        assert certain <= true <= named
        seen += certain, true, named
    assert 0 < seen[0] < seen[1] <= seen[2] < 60


@pytest.mark.parametrize(("q", "h", "pool"), [(2, 2, 5), (2, 3, 6), (3, 2, 5), (3, 3, 5)])
def test_what_is_certain_of_split_facts_and_late_lies_is_won_by_brute_force(q: int, h: int, pool: int) -> None:
    """A liar may complete what the honest side had to begin, so that the bound is not that of f whole facts."""
    certain, true = np.zeros(40, bool), np.zeros(40, bool)
    for seed in range(40):
        added = default_rng([seed, q, h]).normal(0.3 * (seed % 2), 1, size=(2, pool))
        every = np.concatenate([np.zeros((1, pool)), added, np.full((CLASSES - 3, pool), 9.0)])[None]
        true[seed] = by_shares(added, q, h, bool(seed % 3)) + 1.2 > 0
        certain[seed] = floor_won(np.full((1, CLASSES), 1.2), every, np.array([0]), h, q)[0]
    assert (certain <= true).all()
    assert certain.any()


def test_a_liar_completes_what_the_honest_side_had_to_begin() -> None:
    """Two shares a fact, three moves: one fact a side is not all that can come true, and one good fact may not be enough."""
    added = np.full((1, CLASSES, 12), -0.5)
    added[0, :, 0], added[0, 0] = 0.9, 0.0
    for h, won in ((2, True), (3, False)):
        assert floor_won(np.zeros((1, CLASSES)), added, np.array([0]), h, 2)[0] == won
    assert by_shares(np.array([0.9, *[-0.5] * 5]), 2, 3, True) < 0


def test_the_certain_pixels_are_nearly_the_best_of_all_pairs() -> None:
    prior, added = margins(judge(0), IMAGES[:60], LABELS[:60])
    found = floor_won(prior, added, LABELS[:60], 2)
    _, small = extremes(added, 2)
    best = []
    for image in range(60):
        lies = np.arange(CLASSES) != LABELS[image]
        ink = np.flatnonzero(IMAGES[image])
        base = prior[image, lies] + small[image, lies, 2]
        best.append(
            max((base + added[image][np.ix_(lies, pair)].sum(axis=1)).min() for pair in combinations(ink, 2)) > 0
        )
    assert (found <= np.array(best)).all()
    assert found.sum() >= np.sum(best) - 3


def test_greedy_players_move_in_turn_and_never_show_a_pixel_twice() -> None:
    """With a pool of exactly 2 h pixels everything is shown, so that the order of play cannot matter."""
    added = np.tile(default_rng(6).normal(size=(1, CLASSES, 4)), (1, 1, 1))
    added[0, 3] = 0
    for first in (True, False):
        won = greedy_won(np.zeros((1, CLASSES)), added, np.array([3]), 2, honest_first=first)
        assert won[0] == (np.delete(added[0].sum(axis=1), 3) > 0).all()


def test_random_looks_at_everything_are_the_whole_image() -> None:
    few = IMAGES[:40]
    most = int((few > 0).sum(axis=1).min())
    shares = random_looks(judge(0), few, LABELS[:40], [0, most], default_rng(7))
    assert shares[0] == pytest.approx((judge(0).prior.argmax() == LABELS[:40]).mean())
    assert shares[1] > 0.7


def test_each_stress_does_what_it_says_and_each_falsifier_undoes_it() -> None:
    plain = simulate(DebateParams(splits=3), default_rng(8))
    split_up = simulate(DebateParams(splits=3, coupling=2), default_rng(8))
    assert np.array_equal(split_up.debate[5], plain.debate[2])
    assert split_up.facts.tolist() == [0, 1, 1, 2, 2, 3]
    copied = simulate(DebateParams(splits=3, trouble=Trouble.COPIES, copies=1), default_rng(8))
    assert np.allclose(copied.debate, plain.debate)
    quiet = simulate(DebateParams(splits=3, trouble=Trouble.BLURRED, noise=0.0), default_rng(8))
    assert np.array_equal(quiet.debate, plain.debate)
    late = simulate(DebateParams(splits=2, named=False), default_rng(8))
    assert (late.floor.mean(axis=1) < late.debate.mean(axis=1)).all()
    assert np.isnan(plain.floor).all()
    assert (np.diff(plain.debate.mean(axis=1))[:4] > 0).all()
    assert plain.sizes[plain.at] == plain.params.pixels
    assert len(SIZES) == len(plain.sizes)


@pytest.mark.parametrize("picture", Picture)
def test_a_game_ends_at_its_value_and_is_told_rightly(picture: Picture) -> None:
    for lie in Lie:
        game = solve_game(GameParams(picture=picture, lie=lie, shown=6))
        prior, added = margins(judge(0), game.image[None], [game.truth])
        assert game.odds[-1] == pytest.approx(float(game_value(prior[0, game.lie], added[0, game.lie], 3)))
        assert game.lie != game.truth
        assert len(set(game.order.tolist())) == 6
        assert game.posterior[game.truth] / game.posterior[game.lie] == pytest.approx(np.exp(game.odds[-1]))
        assert game.won == (game.odds[-1] > 0)
    ends = [solve_game(GameParams(picture=picture, lie=lie)).odds[-1] for lie in Lie]
    assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: DebateParams(pixels=5), "pixels must be even"),
        (lambda: DebateParams(coupling=0), "coupling must be"),
        (lambda: game_value(0.0, np.ones(20), 7), "h must be in"),
        (lambda: extremes(np.ones(5), 3), "most must be in"),
        (lambda: margins(judge(0), IMAGES[:2], [0]), "labels must"),
        (lambda: GameParams(shown=7), "shown must be"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]
