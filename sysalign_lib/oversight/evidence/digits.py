"""What the judge of digits must reproduce."""

from __future__ import annotations

import numpy as np

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.oversight.digits import full_accuracy, judge, load, split

__all__ = ["CLAIMS", "TARGETS"]

SPLITS = 10


def _accuracy() -> float:
    """Mean over splits of how often a judge names whole images rightly."""
    data = load()
    tests = [split(seed).test for seed in range(SPLITS)]
    return float(
        np.mean([full_accuracy(judge(at), data.images[one], data.labels[one]) for at, one in enumerate(tests)])
    )


TARGETS: tuple[Target, ...] = (
    Target(
        name="digits: images", value=1797, tolerance=0.5, kind="exact", source="alpaydin1998", place="the test part",
        why="a count", compute=lambda: float(len(load().images)),
    ),
    Target(
        name="digits: mean number of pixels with ink", value=32.7, tolerance=0.05, kind="exact", source="alpaydin1998",
        place="counted in the images", why="rounding of the first decimal",
        compute=lambda: float((load().images > 0).sum(axis=1).mean()),
    ),
    Target(
        name="digits: whole images named by naive Bayes", value=0.904, tolerance=0.0143, kind="monte carlo", source="book",
        place="10 other splits", why="4 standard errors of the difference, splits differing by .008", compute=_accuracy,
    ),
)  # fmt: skip

CLAIMS: tuple[Claim, ...] = ()
