"""Training of the neural judge beside scikit-learn's network, and greedy debates beside one call of a network a move."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.random import default_rng
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.models.harness import Bench
from sysalign_lib.oversight.digits import load, split
from sysalign_lib.oversight.neural_judge import (
    CLASSES,
    PIXELS,
    NeuralJudge,
    Order,
    debate_won,
    logits,
    random_pixels,
    train,
)

SHOWN, BATCH, HIDDEN, LOOKS = 6, 128, 128, 8
Lot = tuple[np.ndarray, np.ndarray]


def lots(steps: int) -> tuple[int, Lot, Lot, Lot]:
    """Steps, images to learn from, the same with pixels hidden once and for all, and images to be tried on."""
    data, parts, rng = load(), split(0), default_rng(1)
    learned, named = data.images[parts.train], data.labels[parts.train]
    drawn = rng.integers(len(learned), size=steps * BATCH)
    shown = random_pixels(learned[drawn], SHOWN, rng)
    inputs = np.concatenate([shown, np.where(shown, learned[drawn] / 16, 0)], axis=1).astype(np.float32)
    return steps, (learned, named), (inputs, named[drawn]), (data.images[parts.test], data.labels[parts.test])


def ours(data: tuple[int, Lot, Lot, Lot]) -> NeuralJudge:
    """Pixels are drawn anew for every batch, and that is timed, too."""
    steps, (images, labels), _, _ = data
    return train(images, labels, SHOWN, default_rng(2), steps=steps, batch=BATCH, hidden=HIDDEN)


def peer(data: tuple[int, Lot, Lot, Lot]) -> MLPClassifier:
    """One pass through as many batches of inputs that were made beforehand: the same layers, steps, sizes and Adam."""
    _, _, (inputs, labels), _ = data
    net = MLPClassifier(
        (HIDDEN, HIDDEN), batch_size=BATCH, learning_rate_init=1e-3, alpha=0.0, max_iter=1, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return net.fit(inputs, labels)


def agree(data: tuple[int, Lot, Lot, Lot], mine: NeuralJudge, theirs: MLPClassifier) -> str:
    """Both must name as many new digits rightly, within 5 standard errors of the images and what differs between trainings."""
    images, labels = data[3]
    rng, right = default_rng(3), np.zeros(2)
    for _ in range(LOOKS):
        shown = random_pixels(images, SHOWN, rng)
        inputs = np.concatenate([shown, np.where(shown, images / 16, 0)], axis=1).astype(np.float32)
        right += (
            (logits(mine, images, shown).argmax(axis=1) == labels).mean(),
            (theirs.predict(inputs) == labels).mean(),
        )
    first, second = right / LOOKS
    error = np.sqrt(2 * (0.25 / len(labels) + 0.015**2))
    assert abs(first - second) < 5 * error, (first, second)
    return f"accuracy {first:.3f} and {second:.3f}"


def games(images: int) -> tuple[NeuralJudge, np.ndarray, np.ndarray]:
    """A judge and some images."""
    data, parts = load(), split(0)
    judge = train(data.images[parts.train], data.labels[parts.train], SHOWN, default_rng(4), steps=400)
    return judge, data.images[parts.test[:images]], data.labels[parts.test[:images]]


def at_once(data: tuple[NeuralJudge, np.ndarray, np.ndarray]) -> np.ndarray:
    """All images, all lies, sums of the first layer kept from move to move."""
    judge, images, labels = data
    return debate_won(judge, images, labels, SHOWN, Order.HONEST)


def one_by_one(data: tuple[NeuralJudge, np.ndarray, np.ndarray]) -> np.ndarray:
    """A call of the network for every move of every game, with all pixels that could be shown as its batch."""
    judge, images, labels = data
    return np.array([all(game(judge, image, int(truth), lie) for lie in range(CLASSES) if lie != truth)
                     for image, truth in zip(images, labels, strict=True)])  # fmt: skip


def game(judge: NeuralJudge, image: np.ndarray, truth: int, lie: int) -> bool:
    """One game of greedy players."""
    shown = np.zeros(PIXELS, dtype=bool)
    for turn in range(SHOWN):
        free = np.flatnonzero((image > 0) & ~shown)
        tried = np.repeat(shown[None], len(free), axis=0)
        tried[np.arange(len(free)), free] = True
        scores = logits(judge, np.repeat(image[None], len(free), axis=0), tried)
        margin = scores[:, truth] - scores[:, lie]
        shown[free[(margin if turn % 2 == 0 else -margin).argmax()]] = True
    scores = logits(judge, image[None], shown[None])[0]
    return bool(scores[truth] > scores[lie])


def same(data: object, mine: np.ndarray, theirs: np.ndarray) -> str:
    """The same images must be won, but for ties within single precision."""
    differ = int((mine != theirs).sum())
    assert differ <= 1 + 0.01 * len(mine), differ
    return f"{differ} of {len(mine)} images differ"


BENCHES = (
    Bench(
        name="training of the neural judge, 128-128-128-10, batches of 128", unit="steps", sizes=(250, 1000, 4000), prepare=lots,
        ours=ours, peer=peer, peer_name="sklearn MLPClassifier, pixels drawn beforehand", agree=agree, at_least=1,
    ),
    Bench(
        name="greedy debates of six pixels, nine lies an image", unit="images", sizes=(10, 40, 160), prepare=games, ours=at_once,
        peer=one_by_one, peer_name="one call of the network a move", agree=same, at_least=3,
    ),
)  # fmt: skip
