"""Handwritten digits, and a judge who can be given any few of their pixels.

Idea. Debate needs a judge who would decide rightly if all were shown, and who cannot look at everything. Here the truth
is the label of a small scanned digit, evidence is a pixel, and the judge is naive Bayes: he adds up log probabilities, a
pixel at a time, so that he can be shown one pixel, six or all 64, and what each adds is known exactly.

Assumption that breaks. The judge takes pixels for independent given the class. They are not, so he is too sure of
himself; on whole images he is still right about nine times in ten, and that is the most that any debate before him can
be worth. Noise in his table and digits that are not where he learned them (`shift`) lower this ceiling.

What one would wrongly conclude. That a low share under a moved image is a failure of debate: the same judge fails with
the whole image before him. A judge fitted to moved images (`moved_judge`) is as good as ever.

Sources: alpaydin1998 (the digits: 1,797 images of 8 x 8 pixels with values 0 to 16, the test part of a larger set),
pedregosa2011 (the copy that ships with scikit-learn, and ``CategoricalNB``, with which `fit_judge` agrees). The five
classes of brightness and the splits are this book's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "BINS", "CLASSES", "IMAGES", "PIXELS", "SIDE", "TRAINED", "Digits", "NaiveBayes", "Split", "blurred", "fit_judge",
    "full_accuracy", "judge", "levels", "load", "moved_judge", "shift", "split",
]  # fmt: skip

Floats = NDArray[np.float64]
Small = NDArray[np.int8]
Whole = NDArray[np.int64]

SIDE, CLASSES, BINS = 8, 10, 5
PIXELS = SIDE * SIDE
BRIGHTEST = 16
IMAGES, TRAINED = 1797, 1000


@dataclass(frozen=True, eq=False, kw_only=True)
class Digits:
    """Images and what they show.

    Attributes
    ----------
    images : value[image, pixel], shape (n_images, 64), brightness from 0 (paper) to 16 (ink), row by row from the top left.
    labels : digit[image], shape (n_images,), from 0 to 9.
    """

    images: Small
    labels: Whole

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class Split:
    """Which images the judge learns from, and which he is tried on.

    Attributes
    ----------
    train : place[image], shape (1000,), in the list of `load`.
    test : place[image], shape (797,), in the list of `load`.
    """

    train: Whole
    test: Whole

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class NaiveBayes:
    """A judge by table.

    Attributes
    ----------
    prior : log probability[class], shape (10,), in nats: how common a digit is, before anything is seen.
    log_likelihood : log probability[class, pixel, level], shape (10, 64, 5), in nats: of a pixel's brightness, given the class.
    """

    prior: Floats
    log_likelihood: Floats

    def __post_init__(self) -> None:
        freeze(self)

    def evidence(self, images: ArrayLike) -> Floats:
        """Return what each pixel says for each class, log probability[image, pixel, class], shape (n, 64, 10), in nats."""
        seen = levels(images)
        rows = np.ascontiguousarray(self.log_likelihood.transpose(1, 2, 0)).reshape(PIXELS * BINS, CLASSES)
        return np.take(rows, seen + BINS * np.arange(PIXELS), axis=0)

    def scores(self, images: ArrayLike, shown: ArrayLike | None = None) -> Floats:
        """Return the judge's log score[image, class], shape (n, 10), in nats, up to a constant.

        shown : flag[image, pixel], shape (n, 64): which pixels he sees; all of them unless given.
        """
        evidence = self.evidence(images)
        seen = np.ones(evidence.shape[:2]) if shown is None else checks.array("shown", shown, evidence.shape[:2], 0, 1)
        return np.asarray(self.prior + np.einsum("np,npc->nc", seen, evidence))

    def decides(self, images: ArrayLike, shown: ArrayLike | None = None) -> Whole:
        """Return the class that the judge names, digit[image], shape (n,)."""
        return np.asarray(self.scores(images, shown).argmax(axis=1))


@lru_cache(maxsize=1)
def load() -> Digits:
    """Return all images, read once from the copy that scikit-learn ships with; nothing is downloaded."""
    from sklearn.datasets import load_digits  # a second to import, and only this function needs it

    data = load_digits()
    return Digits(images=np.array(data.data, dtype=np.int8), labels=np.array(data.target, dtype=np.int64))


@lru_cache(maxsize=64)
def split(seed: int) -> Split:
    """Return 1,000 images to learn from and 797 to be tried on, drawn by `seed`.

    Raises
    ------
    TypeError, ValueError : seed is not a whole number, or negative.
    """
    checks.integer("seed", seed, low=0)
    order = default_rng(seed).permutation(IMAGES)
    return Split(train=order[:TRAINED], test=order[TRAINED:])


def levels(images: ArrayLike) -> Whole:
    """Return how bright pixels are in five levels, 0 for 0, then 1-4, 5-8, 9-12, 13-16: level[image, pixel], shape (n, 64)."""
    values = checks.array("images", images, (None, PIXELS), 0, BRIGHTEST)
    return np.ceil(values / 4).astype(np.int64)


def fit_judge(images: ArrayLike, labels: ArrayLike, laplace: float = 1.0) -> NaiveBayes:
    """Return the naive Bayes judge who learned from `images` and their `labels`.

    laplace : how many times every level is taken to have been seen beforehand; must be positive.

    Raises
    ------
    TypeError, ValueError : wrong shapes or values, or a class without an image.
    """
    checks.number("laplace", laplace, low=0, open_low=True)
    seen = levels(images)
    shown = checks.array("labels", labels, (len(seen),), 0, CLASSES - 1).astype(np.int64)
    count = np.bincount(shown, minlength=CLASSES)
    if not count.all():
        raise ValueError(f"labels must hold every class from 0 to {CLASSES - 1}, got none of {int(count.argmin())}")
    cells = (shown[:, None] * PIXELS + np.arange(PIXELS)) * BINS + seen
    table = np.bincount(cells.ravel(), minlength=CLASSES * PIXELS * BINS).reshape(CLASSES, PIXELS, BINS)
    return NaiveBayes(
        prior=np.log(count / count.sum()),
        log_likelihood=np.log((table + laplace) / (count[:, None, None] + laplace * BINS)),
    )


@lru_cache(maxsize=64)
def judge(seed: int) -> NaiveBayes:
    """Return the judge who learned from the first part of ``split(seed)``."""
    return moved_judge(seed, 0)


@lru_cache(maxsize=64)
def moved_judge(seed: int, dx: int) -> NaiveBayes:
    """Return the judge who learned from the first part of ``split(seed)``, every image moved by `dx` pixels as in `shift`."""
    data, train = load(), split(seed).train
    return fit_judge(shift(data.images[train], dx), data.labels[train])


def shift(images: ArrayLike, dx: int) -> Small:
    """Return the images moved right by `dx` pixels (left if negative), value[image, pixel], shape (n, 64).

    What leaves at one side is lost, and paper comes in at the other.
    """
    checks.integer("dx", dx, low=-SIDE, high=SIDE)
    values = checks.array("images", images, (None, PIXELS), 0, BRIGHTEST).astype(np.int8).reshape(-1, SIDE, SIDE)
    moved = np.zeros_like(values)
    if dx > 0:
        moved[:, :, dx:] = values[:, :, :-dx]
    elif dx < 0:
        moved[:, :, :dx] = values[:, :, -dx:]
    else:
        moved[:] = values
    return moved.reshape(-1, PIXELS)


def blurred(judge: NaiveBayes, sigma: float, rng: Generator) -> NaiveBayes:
    """Return a judge every entry of whose table is off by normal noise of standard deviation `sigma`, in nats.

    The entries of a pixel are no longer the logarithms of probabilities that add up to 1; the judge does not mind.
    """
    checks.number("sigma", sigma, low=0)
    noise = sigma * rng.standard_normal(judge.log_likelihood.shape)
    return NaiveBayes(prior=judge.prior.copy(), log_likelihood=judge.log_likelihood + noise)


def full_accuracy(judge: NaiveBayes, images: ArrayLike, labels: ArrayLike) -> float:
    """Return how often a judge who sees whole images is right, fraction."""
    named = judge.decides(images)
    return float((named == checks.array("labels", labels, named.shape, 0, CLASSES - 1)).mean())
