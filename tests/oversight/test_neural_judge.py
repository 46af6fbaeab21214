"""The neural judge: gradients, training, games against brute force, and that what is recorded can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from sysalign_lib.oversight import neural_judge
from sysalign_lib.oversight.digits import CLASSES, PIXELS, load, split
from sysalign_lib.oversight.neural_judge import (
    SEEDS,
    SIZES,
    STRESSES,
    WORK,
    NeuralJudge,
    NeuralJudgeParams,
    Order,
    Stress,
    accuracies,
    debate_won,
    gradient,
    initial,
    logits,
    pairs_won,
    random_pixels,
    recorded,
    recorded_pairs,
    solve,
    train,
    tried,
)

DATA, PARTS = load(), split(0)
TEST = PARTS.test[:20]
IMAGES, LABELS = DATA.images[TEST], DATA.labels[TEST]


def judge(seed: int = 0, hidden: int = 16) -> NeuralJudge:
    return NeuralJudge(hidden=hidden, weights=initial(hidden, default_rng(seed)))


def test_the_gradient_is_that_of_differences() -> None:
    rng = default_rng(1)
    weights = initial(7, rng).astype(np.float64)
    weights += 0.1 * rng.standard_normal(len(weights))  # offsets of 0 would stand exactly on a kink
    inputs, labels = rng.random((5, 2 * PIXELS)), rng.integers(CLASSES, size=5)
    _, slope = gradient(weights, 7, inputs, labels)  # type: ignore[arg-type]
    for place in rng.choice(len(weights), size=60, replace=False):
        step = np.zeros_like(weights)
        step[place] = 1e-6
        above, below = (gradient(weights + way * step, 7, inputs, labels)[0] for way in (1, -1))  # type: ignore[arg-type]
        assert slope[place] == pytest.approx((above - below) / 2e-6, abs=1e-7)


def test_the_loss_of_a_judge_who_knows_nothing_is_that_of_chance() -> None:
    loss, _ = gradient(np.zeros_like(initial(3, default_rng(0))), 3, np.ones((4, 2 * PIXELS)), np.arange(4))
    assert loss == pytest.approx(np.log(CLASSES))


def test_random_pixels_are_so_many_and_never_paper() -> None:
    shown = random_pixels(IMAGES, 6, default_rng(2))
    assert (shown.sum(axis=1) == 6).all()
    assert (IMAGES[shown] > 0).all()


def test_every_pixel_with_ink_is_shown_equally_often() -> None:
    one = np.repeat(IMAGES[:1], 4000, axis=0)
    share = random_pixels(one, 5, default_rng(3)).mean(axis=0)
    ink = int((IMAGES[0] > 0).sum())
    error = np.sqrt(5 / ink * (1 - 5 / ink) / 4000)
    assert np.abs(share[IMAGES[0] > 0] - 5 / ink).max() < 5 * error


def test_the_judge_sees_nothing_that_is_not_shown() -> None:
    shown = random_pixels(IMAGES, 4, default_rng(4))
    hidden = np.where(shown, IMAGES, 16 - IMAGES)
    assert np.array_equal(logits(judge(), IMAGES, shown), logits(judge(), hidden, shown))


def test_a_short_training_learns_more_than_chance_and_a_longer_one_more() -> None:
    train_images, train_labels = DATA.images[PARTS.train], DATA.labels[PARTS.train]
    test_images, test_labels = DATA.images[PARTS.test], DATA.labels[PARTS.test]
    shares = [
        tried(
            train(train_images, train_labels, 6, default_rng(5), steps=steps),
            test_images,
            test_labels,
            6,
            default_rng(6),
            4,
        )
        for steps in (0, 150, 1200)
    ]
    error = np.sqrt(0.1 * 0.9 / len(test_labels))
    assert abs(shares[0] - 0.1) < 10 * error  # no better than some fixed guess
    assert shares[1] > 0.1 + 8 * error
    assert shares[2] > shares[1] + 2 * error


def brute(one: NeuralJudge, image: np.ndarray, truth: int, lies: list[int], pixels: int, order: Order) -> bool:
    """A greedy game played by calling the judge for every pixel that could be shown."""
    shown = np.zeros(PIXELS, dtype=bool)

    def margin(seen: np.ndarray) -> float:
        scores = logits(one, image[None], seen[None])[0]
        return float(scores[truth] - scores[lies].max())

    for turn in range(pixels):
        sign = 1 if (turn % 2 == 0) == (order is Order.HONEST) else -1
        free = np.flatnonzero((image > 0) & ~shown)
        worth = [sign * margin(shown | (np.arange(PIXELS) == pixel)) for pixel in free]
        shown[free[int(np.argmax(worth))]] = True
    return margin(shown) > 0


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("free_lie", [False, True])
def test_all_games_at_once_are_the_games_one_by_one(order: Order, free_lie: bool) -> None:
    one = train(DATA.images[PARTS.train], DATA.labels[PARTS.train], 4, default_rng(7), steps=60, hidden=16)
    few, named = IMAGES[:3], LABELS[:3]
    expected = []
    for image, truth in zip(few, named, strict=True):
        lies = [lie for lie in range(CLASSES) if lie != truth]
        games = [lies] if free_lie else [[lie] for lie in lies]
        expected.append(all(brute(one, image, int(truth), game, 4, order) for game in games))
    assert debate_won(one, few, named, 4, order, free_lie=free_lie).tolist() == expected


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("free_lie", [False, True])
def test_perfect_pairs_by_trying_both_moves(order: Order, free_lie: bool) -> None:
    one = train(DATA.images[PARTS.train], DATA.labels[PARTS.train], 2, default_rng(9), steps=200, hidden=16)
    expected = []
    for image, truth in zip(IMAGES[:6], LABELS[:6], strict=True):
        lies = [lie for lie in range(CLASSES) if lie != truth]
        ink, ends = np.flatnonzero(image), []
        for game in [lies] if free_lie else [[lie] for lie in lies]:
            table = {
                (i, j): float(scores[truth] - scores[game].max())
                for i in ink
                for j in ink
                if i != j
                for scores in [logits(one, image[None], np.isin(np.arange(PIXELS), [i, j])[None])[0]]
            }
            rows = [[table[i, j] for j in ink if j != i] for i in ink]
            ends.append(max(map(min, rows)) if order is Order.HONEST else min(map(max, rows)))
        expected.append(min(ends) > 0)
    assert pairs_won(one, IMAGES[:6], LABELS[:6], order, free_lie=free_lie).tolist() == expected


def test_perfect_players_leave_each_other_less_than_greedy_ones() -> None:
    """Named lies: the honest side gains from playing well first, and the last word is worth less."""
    greedy = recorded()[SIZES.index(2), :, [STRESSES.index(Stress.NONE), STRESSES.index(Stress.FREE)], 1:].swapaxes(
        0, 1
    )
    perfect = recorded_pairs()
    assert (perfect[:, 0, 0] >= greedy[:, 0, 0]).all()
    assert (np.diff(perfect, axis=2).mean(axis=0) < np.diff(greedy, axis=2).mean(axis=0)).all()


def test_a_liar_who_may_wait_wins_at_least_where_a_lie_was_ahead_without_debate() -> None:
    """With every pixel shown nobody has a choice: both games are won exactly where the judge names the digit."""
    blank = np.zeros((4, PIXELS), dtype=np.int8)
    blank[:, [3, 11, 19, 27]] = 9
    one, labels = judge(8), np.arange(4)
    named = logits(one, blank, blank > 0).argmax(axis=1) == labels
    for free_lie in (False, True):
        assert np.array_equal(debate_won(one, blank, labels, 4, Order.LIAR, free_lie=free_lie), named)


def test_what_is_recorded_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command, with little work, leaves what the functions give; other settings and a missing file are refused."""
    small = {"steps": 40, "batch": 32, "hidden": 16, "images": 10, "looks": 2}
    recorded.cache_clear()
    monkeypatch.setattr("sysalign_lib.core.recorded.HOME", tmp_path)
    monkeypatch.setattr(neural_judge, "WORK", small)
    monkeypatch.setattr(neural_judge, "SEEDS", (0, 1))
    monkeypatch.setattr(neural_judge, "SIZES", (2, 4))
    with pytest.raises(FileNotFoundError, match=r"place must be a file of recorded numbers.*make it anew"):
        recorded()
    neural_judge.record()
    names = sorted(path.name for path in (tmp_path / "oversight" / "data").iterdir())
    assert names == ["neural_judge.npz", "neural_judge_pairs.npz"]
    shares = recorded()
    assert shares.shape == (2, 2, len(STRESSES), 3)
    assert np.array_equal(shares[1, 1], accuracies(1, 4, **small))
    recorded.cache_clear()
    monkeypatch.setattr(neural_judge, "SETTINGS", "seeds (7,)")
    with pytest.raises(ValueError, match=r"settings must be seeds \(7,\); got seeds .* make it anew"):
        recorded()
    recorded.cache_clear()


def test_one_recorded_judge_is_found_again() -> None:
    """A judge of two pixels, trained anew in full: rounding differs between machines, retrainings by up to 9 images of 400."""
    recorded.cache_clear()
    again = accuracies(SEEDS[-1], SIZES[0], **WORK)
    kept = recorded()[0, -1]
    assert np.abs(again - kept).max() <= 20 / WORK["images"]


def test_the_result_is_what_is_recorded() -> None:
    result = solve(NeuralJudgeParams(order=Order.LIAR, stress=Stress.SHIFTED))
    at = STRESSES.index(Stress.SHIFTED)
    assert np.array_equal(result.debate, recorded()[:, :, at, 2])
    assert np.array_equal(result.other, recorded()[:, :, at, 1])
    assert result.standard_error.shape == (len(SIZES),)


def test_a_liar_who_may_choose_late_does_better_in_every_recorded_game() -> None:
    named, free = (recorded()[:, :, STRESSES.index(stress), 1:] for stress in (Stress.NONE, Stress.FREE))
    assert (free < named).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: NeuralJudgeParams(pixels=5), "pixels must be even"),
        (lambda: NeuralJudgeParams(judge=6), "judge must be in"),
        (lambda: random_pixels(IMAGES, 40, default_rng(0)), "pixels must be in"),
        (lambda: initial(0, default_rng(0)), "hidden must be"),
        (lambda: debate_won(judge(), IMAGES, LABELS, 40, Order.HONEST), "pixels must be in"),
        (lambda: debate_won(judge(), IMAGES[:, :5], LABELS, 4, Order.HONEST), "images must"),
        (lambda: train(IMAGES, LABELS, 4, default_rng(0), steps=-1), "steps must be"),
        (lambda: tried(judge(), IMAGES, LABELS, 4, default_rng(0), looks=0), "looks must be"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]
