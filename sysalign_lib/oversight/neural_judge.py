"""Debate before a judge who learned: a small neural network that is shown a few pixels.

Idea. Irving, Christiano and Amodei (irving2018) trained a network to name a digit from a few random pixels, froze it, and
let two players choose the pixels instead. Here it is done again on small digits: a network with two hidden layers reads
which pixels are shown and how bright they are; it learns from random pixels, exactly as many as a debate will show. Then
each player in turn shows the pixel that helps its own claim most at this moment (one step of looking ahead).

Assumption that breaks. Nothing is additive here. What a pixel is worth depends on what is shown already, so that the
value of the game has no formula and the last word is worth something, to greedy players above all (`pairs_won` plays
perfectly); with the additive judge of `sysalign_lib.oversight.debate` it is worth nothing. Nor has the judge ever seen
pixels that somebody chose: debate asks him about pictures unlike those that he learned from.

What one would wrongly conclude. From these players, what perfect ones would reach: they look one step ahead, and both
sides may leave something lying. From the gain over random pixels, that the judge has become better: he is the same, and a
liar who need not name his lie beforehand takes much of the gain away.

What is recorded. Training takes seconds and the games take more, so the figure shows numbers that are computed beforehand by
``python -m sysalign_lib.oversight.neural_judge`` (some minutes) and kept beside this file with the settings that made them.
`recorded` refuses a file that other settings made; the tests compute a small part of it again.

Sources: irving2018 (section 3.3: the game, a judge trained on random pixels, a lie for each wrong class; digits of 28 x 28
pixels and players who search), kingma2015 (Adam, algorithm 1), alpaydin1998 (the digits). Deviations: 8 x 8 digits, a
network without convolutions, greedy players.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.recorded import keep, recall
from sysalign_lib.core.result import freeze
from sysalign_lib.oversight.digits import CLASSES, PIXELS, load, shift, split

__all__ = [
    "NeuralJudge", "NeuralJudgeParams", "NeuralJudgeResult", "Order", "Stress", "accuracies", "debate_won",
    "gradient", "initial", "logits", "pairs_won", "perfect", "random_pixels", "record", "recorded", "recorded_pairs",
    "solve", "train", "tried",
]  # fmt: skip

Singles = NDArray[np.float32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

BRIGHTEST = 16.0
INPUTS = 2 * PIXELS
RATE, DECAY, SQUARED, TINY = 1e-3, 0.9, 0.999, 1e-8  # Adam's usual settings
CHUNK = 24  # images whose games are played at a time
RECORD, PAIRS = "oversight/neural_judge", "oversight/neural_judge_pairs"
COMMAND = "python -m sysalign_lib.oversight.neural_judge"


class Order(StrEnum):
    """Who shows the first pixel; the other one has the last word."""

    HONEST = "the honest one"
    LIAR = "the liar"


class Stress(StrEnum):
    """What is different from the published game."""

    NONE = "nothing"
    FREE = "the lie is chosen at the end"
    SHIFTED = "digits moved by a pixel"


ORDERS, STRESSES = tuple(Order), tuple(Stress)
SEEDS, SIZES = (0, 1, 2, 3, 4, 5), (2, 4, 6, 8)  # of the splits; pixels shown
WORK = {"steps": 6000, "batch": 128, "hidden": 128, "images": 400, "looks": 16}
SETTINGS = f"seeds {SEEDS}, pixels {SIZES}, {', '.join(f'{name} {value}' for name, value in WORK.items())}"


@dataclass(frozen=True, eq=False, kw_only=True)
class NeuralJudge:
    """A network 128-hidden-hidden-10 with rectified hidden units, all weights in one vector.

    Attributes
    ----------
    weights : weight[place], shape (n_weights,), single precision, without unit: layer by layer, each matrix before its offsets.
    """

    hidden: int
    weights: Singles

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, kw_only=True)
class NeuralJudgeParams:
    """Which games are looked at.

    pixels : how many pixels a debate shows, and how many the judge learned from; one of those recorded.
    order : who shows the first pixel. stress : what is different from the published game. judge : which of the recorded
    judges is picked out, by the split that he learned from.
    """

    pixels: int = checks.bounded(6, low=2, high=8)
    order: Order = Order.HONEST
    stress: Stress = Stress.NONE
    judge: int = checks.bounded(0, low=0, high=len(SEEDS) - 1)

    def __post_init__(self) -> None:
        checks.params(self)
        if self.pixels % 2:
            raise ValueError(f"pixels must be even, so that both sides show as many, got {self.pixels}")


@dataclass(frozen=True, eq=False, kw_only=True)
class NeuralJudgeResult:
    """How often the truth wins before judges who learned from different splits.

    Attributes
    ----------
    sizes : pixels[size], shape (n_sizes,), how many are shown.
    alone : share[size, seed], shape (n_sizes, n_seeds), of images that the judge names rightly from random pixels.
    debate : share[size, seed], shape (n_sizes, n_seeds), of images about which the truth wins, whatever the lie.
    other : share[size, seed], shape (n_sizes, n_seeds), the same if the other side shows the first pixel.
    """

    params: NeuralJudgeParams
    sizes: Ints
    alone: Floats
    debate: Floats
    other: Floats
    images: int

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def at(self) -> int:
        """Place of the chosen number of pixels."""
        return int(np.flatnonzero(self.sizes == self.params.pixels)[0])

    @property
    def standard_error(self) -> Floats:
        """Standard error of the mean over judges of debate[size], shape (n_sizes,), share."""
        return np.asarray(self.debate.std(axis=1, ddof=1) / np.sqrt(self.debate.shape[1]))


# The network --------------------------------------------------------------------------------------------------------


def _shapes(hidden: int) -> tuple[tuple[int, ...], ...]:
    return (INPUTS, hidden), (hidden,), (hidden, hidden), (hidden,), (hidden, CLASSES), (CLASSES,)


def _layers(weights: Singles, hidden: int) -> list[Singles]:
    """Views of the one vector: matrix and offsets of each of the three layers."""
    sizes = [int(np.prod(shape)) for shape in _shapes(hidden)]
    parts = np.split(weights, np.cumsum(sizes)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, _shapes(hidden), strict=True)]


def initial(hidden: int, rng: Generator) -> Singles:
    """Return weights to begin with, shape (n_weights,): normal with variance 2 over a layer's inputs, offsets 0."""
    checks.integer("hidden", hidden, low=1)
    scaled = [
        rng.standard_normal(shape) * np.sqrt(2 / shape[0]) if len(shape) == 2 else np.zeros(shape)
        for shape in _shapes(hidden)
    ]
    return np.concatenate([part.ravel() for part in scaled]).astype(np.float32)


def _inputs(images: ArrayLike, shown: Flags) -> Singles:
    """What the network reads: for every pixel whether it is shown, and its brightness if it is, shape (n, 128)."""
    values = np.where(shown, np.asarray(images) / BRIGHTEST, 0.0)
    return np.concatenate([shown, values], axis=1).astype(np.float32)


def _rest(layers: list[Singles], first: Singles) -> Singles:
    """Logits from the first layer's sums."""
    second = np.maximum(first, 0) @ layers[2] + layers[3]
    return np.asarray(np.maximum(second, 0, out=second) @ layers[4] + layers[5])


def logits(judge: NeuralJudge, images: ArrayLike, shown: ArrayLike) -> Singles:
    """Return the judge's log score[image, class], shape (n, 10), in nats up to a constant, of the pixels shown[image, pixel]."""
    values = checks.array("images", images, (None, PIXELS), 0, BRIGHTEST)
    seen = checks.array("shown", shown, values.shape, 0, 1).astype(bool)
    layers = _layers(judge.weights, judge.hidden)
    return _rest(layers, _inputs(values, seen) @ layers[0] + layers[1])


def gradient(
    weights: Singles, hidden: int, inputs: NDArray[np.floating], labels: Ints
) -> tuple[float, NDArray[np.floating]]:
    """Return the mean log loss of a batch, in nats, and its gradient[place], shape (n_weights,), by backpropagation.

    The work is done in the precision of `weights` and `inputs`, so that it can be checked by differences in double precision.
    """
    layers = _layers(weights, hidden)
    first = np.maximum(inputs @ layers[0] + layers[1], 0)
    second = np.maximum(first @ layers[2] + layers[3], 0)
    score = second @ layers[4] + layers[5]
    score -= score.max(axis=1, keepdims=True)
    chance = np.exp(score)
    chance /= chance.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -float(np.log(chance[rows, labels]).mean())
    chance[rows, labels] -= 1
    chance /= len(labels)
    back = chance @ layers[4].T * (second > 0)
    deep = back @ layers[2].T * (first > 0)
    parts = (inputs.T @ deep, deep.sum(0), first.T @ back, back.sum(0), second.T @ chance, chance.sum(0))
    return loss, np.concatenate([part.ravel() for part in parts])


def random_pixels(images: ArrayLike, pixels: int, rng: Generator) -> Flags:
    """Return which of the pixels that are not paper are shown, flag[image, pixel], shape (n, 64): `pixels` of each, at random.

    Raises
    ------
    ValueError : an image has fewer pixels with ink than are to be shown.
    """
    values = np.asarray(images)
    fewest = int((values > 0).sum(axis=1).min())
    checks.integer("pixels", pixels, low=1, high=fewest)
    keys = np.where(values > 0, rng.random(values.shape, dtype=np.float32), 2.0)
    chosen = np.argpartition(keys, pixels - 1, axis=1)[:, :pixels]
    shown = np.zeros(values.shape, dtype=bool)
    np.put_along_axis(shown, chosen, True, axis=1)
    return shown


def train(images: ArrayLike, labels: ArrayLike, pixels: int, rng: Generator, *, steps: int = 6000, batch: int = 128,
          hidden: int = 128) -> NeuralJudge:  # fmt: skip
    """Return a judge who learned to name digits from `pixels` random pixels each (Adam, kingma2015, algorithm 1)."""
    values = checks.array("images", images, (None, PIXELS), 0, BRIGHTEST).astype(np.float32)
    named = checks.array("labels", labels, (len(values),), 0, CLASSES - 1).astype(np.int64)
    checks.integer("steps", steps, low=0)
    checks.integer("batch", batch, low=1)
    weights = initial(hidden, rng)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        drawn = rng.integers(len(values), size=batch)
        picked = values[drawn]
        _, slope = gradient(weights, hidden, _inputs(picked, random_pixels(picked, pixels, rng)), named[drawn])
        mean += (1 - DECAY) * (slope - mean)
        square += (1 - SQUARED) * (slope * slope - square)
        rate = RATE * np.sqrt(1 - SQUARED**step) / (1 - DECAY**step)
        weights -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(TINY))
    return NeuralJudge(hidden=hidden, weights=weights)


# The games ----------------------------------------------------------------------------------------------------------


def _margin(scores: Singles, truth: Ints, rivals: Flags) -> Singles:
    """By how much the true class is ahead of the best rival, in nats."""
    best = np.where(rivals, scores, -np.inf).max(axis=1)
    return np.asarray(scores[np.arange(len(truth)), truth] - best)


def _move(
    layers: list[Singles], sums: Singles, free: Flags, adds: Singles, image: Ints, truth: Ints, rivals: Flags, sign: int
) -> None:
    """Show in every game the free pixel that is best for the truth (sign 1) or worst (sign -1); changes `sums` and `free`."""
    game, pixel = np.nonzero(free)
    scores = _rest(layers, sums[game] + adds[image[game], pixel])
    worth = np.full(free.shape, -np.inf, dtype=np.float32)
    worth[game, pixel] = sign * _margin(scores, truth[game], rivals[game])
    best = worth.argmax(axis=1)
    every = np.arange(len(free))
    sums += adds[image, best]
    free[every, best] = False


def _played(
    judge: NeuralJudge, images: ArrayLike, truth: Ints, rivals: Flags, image: Ints, pixels: int, first: Order
) -> Flags:
    """Whether the truth is ahead in the end, flag[game]."""
    layers = _layers(judge.weights, judge.hidden)
    values = np.asarray(images, dtype=np.float32) / np.float32(BRIGHTEST)
    adds = layers[0][:PIXELS] + values[:, :, None] * layers[0][PIXELS:]
    sums = np.repeat(layers[1][None], len(image), axis=0)
    free = values[image] > 0
    for turn in range(pixels):
        honest = (turn % 2 == 0) == (first is Order.HONEST)
        _move(layers, sums, free, adds, image, truth[image], rivals, 1 if honest else -1)
    return np.asarray(_margin(_rest(layers, sums), truth[image], rivals) > 0)


def debate_won(
    judge: NeuralJudge, images: ArrayLike, labels: ArrayLike, pixels: int, first: Order, *, free_lie: bool = False
) -> Flags:
    """Return about which images the truth wins, flag[image], shape (n,), whatever the lie.

    pixels : shown in all, half by each side. free_lie : the liar need not say beforehand which digit it argues for; then one
    game is played an image, and the truth has to be ahead of every other digit in the end. Else nine are played, one for
    every lie, and all must be won. A tie is lost.
    """
    values = checks.array("images", images, (None, PIXELS), 0, BRIGHTEST)
    named = checks.array("labels", labels, (len(values),), 0, CLASSES - 1).astype(np.int64)
    checks.integer("pixels", pixels, low=2, high=int((values > 0).sum(axis=1).min()))
    won = []
    for low in range(0, len(values), CHUNK):
        part, truth = values[low : low + CHUNK], named[low : low + CHUNK]
        lies = np.arange(CLASSES) != truth[:, None]
        if free_lie:
            image, rivals = np.arange(len(part)), lies
        else:
            image, lie = np.nonzero(lies)
            rivals = np.arange(CLASSES) == lie[:, None]
        ahead = _played(judge, part, truth, rivals, image, pixels, first)
        won.append(np.bincount(image, weights=~ahead, minlength=len(part)) == 0)
    return np.concatenate(won)


def pairs_won(
    judge: NeuralJudge, images: ArrayLike, labels: ArrayLike, first: Order, *, free_lie: bool = False
) -> Flags:
    """Return about which images the truth wins if each side shows one pixel and plays perfectly, flag[image], shape (n,).

    All pairs of pixels are tried. free_lie : as in `debate_won`, and so are lies and ties.
    """
    values = checks.array("images", images, (None, PIXELS), 0, BRIGHTEST)
    named = checks.array("labels", labels, (len(values),), 0, CLASSES - 1).astype(np.int64)
    layers, won = _layers(judge.weights, judge.hidden), []
    for image, truth in zip(values.astype(np.float32) / np.float32(BRIGHTEST), named.tolist(), strict=True):
        ink = np.flatnonzero(image)
        adds = layers[0][:PIXELS][ink] + image[ink, None] * layers[0][PIXELS:][ink]
        scores = _rest(layers, (layers[1] + adds[:, None] + adds).reshape(-1, judge.hidden))
        margin = np.delete(scores[:, truth, None] - scores, truth, axis=1).reshape(len(ink), len(ink), CLASSES - 1)
        margin = margin.min(axis=2, keepdims=True) if free_lie else margin
        shown = np.eye(len(ink), dtype=bool)[:, :, None]
        if first is Order.HONEST:
            ends = np.where(shown, np.inf, margin).min(axis=1).max(axis=0)
        else:
            ends = np.where(shown, -np.inf, margin).max(axis=1).min(axis=0)
        won.append(bool((ends > 0).all()))
    return np.array(won)


def tried(
    judge: NeuralJudge, images: ArrayLike, labels: ArrayLike, pixels: int, rng: Generator, looks: int = 1
) -> float:
    """Return how often the judge names an image rightly from `pixels` random pixels, mean over `looks` draws an image."""
    checks.integer("looks", looks, low=1)
    named = np.asarray(labels)
    right = [
        (logits(judge, images, random_pixels(images, pixels, rng)).argmax(axis=1) == named).mean() for _ in range(looks)
    ]
    return float(np.mean(right))


# What is recorded ---------------------------------------------------------------------------------------------------


def _learned(seed: int, pixels: int, steps: int, batch: int, hidden: int) -> tuple[NeuralJudge, Generator]:
    """The judge of a split, and the dice after his training."""
    data, train_on, rng = load(), split(seed).train, default_rng([seed, pixels])
    images, labels = data.images[train_on], data.labels[train_on]
    return train(images, labels, pixels, rng, steps=steps, batch=batch, hidden=hidden), rng


def accuracies(seed: int, pixels: int, *, steps: int, batch: int, hidden: int, images: int, looks: int) -> Floats:
    """Train one judge on ``split(seed)`` and return share[stress, (alone, debate: honest first, liar first)], shape (3, 3).

    The judge alone faces random pixels, which no choice of a lie changes.
    """
    judge, rng = _learned(seed, pixels, steps, batch, hidden)
    data, test = load(), split(seed).test[:images]
    still, moved, labels = data.images[test], shift(data.images[test], 1), data.labels[test]
    alone = [tried(judge, shown, labels, pixels, rng, looks) for shown in (still, moved)]
    shares = np.empty((len(STRESSES), 1 + len(ORDERS)))
    for at, stress in enumerate(STRESSES):
        shown, free = moved if stress is Stress.SHIFTED else still, stress is Stress.FREE
        won = [debate_won(judge, shown, labels, pixels, order, free_lie=free).mean() for order in ORDERS]
        shares[at] = [alone[stress is Stress.SHIFTED], *won]
    return shares


def perfect(seed: int, *, steps: int, batch: int, hidden: int, images: int, looks: int) -> Floats:
    """Train the judge of two pixels on ``split(seed)``; return share[named or late lie, honest or liar first], shape (2, 2).

    looks : not used; the settings are those of `accuracies`, and so is the judge.
    """
    judge, _ = _learned(seed, 2, steps, batch, hidden)
    data, test = load(), split(seed).test[:images]
    given = (judge, data.images[test], data.labels[test])
    return np.array([[pairs_won(*given, order, free_lie=free).mean() for order in ORDERS] for free in (False, True)])


def record() -> None:
    """Compute all that the figure shows and keep it, with its settings, in files that are whole or absent."""
    keep(RECORD, np.array([[accuracies(seed, pixels, **WORK) for seed in SEEDS] for pixels in SIZES]), SETTINGS)
    keep(PAIRS, np.array([perfect(seed, **WORK) for seed in SEEDS]), SETTINGS)


@lru_cache(maxsize=1)
def recorded() -> Floats:
    """Return the recorded share[size, seed, stress, (alone, honest first, liar first)].

    Raises
    ------
    FileNotFoundError, ValueError : there is no file, or other settings made it; both say how to make it anew.
    """
    return recall(RECORD, SETTINGS, COMMAND)


@lru_cache(maxsize=1)
def recorded_pairs() -> Floats:
    """Return share[seed, named or late lie, honest or liar first] of perfect games of two pixels; raises as `recorded` does."""
    return recall(PAIRS, SETTINGS, COMMAND)


def solve(params: NeuralJudgeParams) -> NeuralJudgeResult:
    """Return the recorded games of this kind; every judge's dice were thrown when they were recorded."""
    shares = recorded()
    chosen, order = shares[:, :, STRESSES.index(params.stress)], ORDERS.index(params.order)
    return NeuralJudgeResult(
        params=params,
        sizes=np.array(SIZES),
        alone=chosen[:, :, 0].copy(),
        debate=chosen[:, :, 1 + order].copy(),
        other=chosen[:, :, 2 - order].copy(),
        images=WORK["images"],
    )


if __name__ == "__main__":
    record()
