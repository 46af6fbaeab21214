"""The digits and their judge: beside scikit-learn's, at the limits, and moved."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from sklearn.naive_bayes import CategoricalNB

from sysalign_lib.oversight.digits import (
    BINS,
    CLASSES,
    PIXELS,
    SIDE,
    blurred,
    fit_judge,
    full_accuracy,
    judge,
    levels,
    load,
    moved_judge,
    shift,
    split,
)

DATA = load()


def test_splits_share_no_image_and_leave_none_out() -> None:
    for seed in (0, 1):
        parts = split(seed)
        assert len(parts.train) == 1000
        assert sorted([*parts.train, *parts.test]) == list(range(len(DATA.labels)))
    assert not np.array_equal(split(0).test, split(1).test)


def test_levels_are_paper_and_four_shades() -> None:
    row = np.zeros((1, PIXELS))
    row[0, :17] = np.arange(17)
    assert levels(row)[0, :17].tolist() == [0, *[1] * 4, *[2] * 4, *[3] * 4, *[4] * 4]


def test_the_judge_is_that_of_scikit_learn() -> None:
    parts = split(0)
    theirs = CategoricalNB(alpha=1.0, min_categories=BINS).fit(
        levels(DATA.images[parts.train]), DATA.labels[parts.train]
    )
    ours, images = judge(0), DATA.images[parts.test]
    scores = ours.scores(images)
    scores -= np.log(np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)) + scores.max(
        axis=1, keepdims=True
    )
    assert np.allclose(scores, theirs.predict_log_proba(levels(images)), atol=1e-9)
    assert np.array_equal(ours.decides(images), theirs.predict(levels(images)))


def test_a_judge_who_sees_nothing_has_the_prior() -> None:
    images = DATA.images[:3]
    assert np.allclose(judge(0).scores(images, np.zeros((3, PIXELS))), judge(0).prior)


def test_levels_of_a_pixel_have_probabilities_that_add_up() -> None:
    assert np.allclose(np.exp(judge(0).log_likelihood).sum(axis=2), 1)
    assert np.exp(judge(0).prior).sum() == pytest.approx(1)


def test_moving_there_and_back_loses_the_edge_only() -> None:
    back = shift(shift(DATA.images[:9], 2), -2).reshape(-1, SIDE, SIDE)
    assert np.array_equal(back[:, :, :-2], DATA.images[:9].reshape(-1, SIDE, SIDE)[:, :, :-2])
    assert not back[:, :, -2:].any()
    assert np.array_equal(shift(DATA.images[:9], 0), DATA.images[:9])
    assert not shift(DATA.images[:9], SIDE).any()


def test_moved_digits_fool_the_judge_who_did_not_learn_them_and_nobody_else() -> None:
    test = split(0).test
    moved, labels = shift(DATA.images[test], 1), DATA.labels[test]
    assert full_accuracy(judge(0), moved, labels) < 0.4
    assert full_accuracy(moved_judge(0, 1), moved, labels) > 0.85


def test_noise_of_zero_changes_nothing_and_much_noise_leaves_chance() -> None:
    test = split(0).test
    images, labels = DATA.images[test], DATA.labels[test]
    assert np.array_equal(blurred(judge(0), 0.0, default_rng(0)).log_likelihood, judge(0).log_likelihood)
    shares = [full_accuracy(blurred(judge(0), 1000.0, default_rng(seed)), images, labels) for seed in range(30)]
    assert abs(np.mean(shares) - 1 / CLASSES) < 5 * np.std(shares, ddof=1) / np.sqrt(30)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: split(-1), "seed must be"),
        (lambda: levels(np.full((1, PIXELS), 17)), "images must"),
        (lambda: levels(np.zeros((1, 10))), "images must"),
        (lambda: fit_judge(DATA.images[:3], [0, 1, 2]), "labels must hold every class"),
        (lambda: fit_judge(DATA.images[:3], [0, 1, 10]), "labels must"),
        (lambda: fit_judge(DATA.images, DATA.labels, laplace=0), "laplace must be"),
        (lambda: shift(DATA.images[:1], 9), "dx must be"),
        (lambda: blurred(judge(0), -1.0, default_rng(0)), "sigma must be"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]
