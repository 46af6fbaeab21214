"""Exact debates about all test digits beside the same game, lie by lie and image by image, in plain Python."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.models.harness import Bench
from sysalign_lib.oversight.debate import debate_won, extremes, margins
from sysalign_lib.oversight.digits import CLASSES, PIXELS, NaiveBayes, judge, load, split

H = 3
Trial = tuple[NaiveBayes, np.ndarray, np.ndarray]


def trials(splits: int) -> list[Trial]:
    """Judges and their test images."""
    data = load()
    return [(judge(seed), data.images[split(seed).test], data.labels[split(seed).test]) for seed in range(splits)]


def ours(data: list[Trial]) -> list[int]:
    """All images, lies and numbers of pixels up to twelve at once; how many are won with six."""
    won = []
    for one, images, labels in data:
        prior, added = margins(one, images, labels)
        large, small = extremes(added)
        won.append(int(debate_won(prior + large[..., H] + small[..., H], labels).sum()))
    return won


def one_by_one(data: list[Trial]) -> list[int]:
    """Each game's pixels weighed and sorted by themselves."""
    won = []
    for one, images, labels in data:
        table, prior = one.log_likelihood.tolist(), one.prior.tolist()
        count = 0
        for image, truth in zip(images.tolist(), labels.tolist(), strict=True):
            ink = [(pixel, -(-image[pixel] // 4)) for pixel in range(PIXELS) if image[pixel]]
            for lie in range(CLASSES):
                if lie == truth:
                    continue
                worth = sorted(table[truth][pixel][level] - table[lie][pixel][level] for pixel, level in ink)
                if prior[truth] - prior[lie] + sum(worth[-H:]) + sum(worth[:H]) <= 0:
                    break
            else:
                count += 1
        won.append(count)
    return won


def agree(data: list[Trial], mine: list[int], theirs: list[int]) -> str:
    """The same images must be won; ten splits must take no longer than a second."""
    assert max(abs(left - right) for left, right in zip(mine, theirs, strict=True)) <= 1, (mine, theirs)
    start = time.process_time()
    ours(data)
    took = time.process_time() - start
    assert len(data) < 10 or took <= 1, f"ten splits took {took:.2f} s, asked: 1 s"
    return f"{sum(mine)} images won by both, {took:.2f} s"


BENCHES = (
    Bench(
        name="exact debates of six pixels about 797 digits, nine lies each", unit="splits", sizes=(1, 3, 10), prepare=trials,
        ours=ours, peer=one_by_one, peer_name="plain Python, game by game", agree=agree, at_least=3,
    ),
)  # fmt: skip
