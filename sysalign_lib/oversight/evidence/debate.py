"""What debates about digits must reproduce, and what is claimed about them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from math import sqrt
from typing import Any

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.oversight.debate import (
    PUBLISHED,
    SIZES,
    DebateParams,
    DebateResult,
    Trouble,
    debate_won,
    extremes,
    margins,
    simulate,
    split_value,
    unproved,
)
from sysalign_lib.oversight.digits import CLASSES, judge, load, split

__all__ = ["CLAIMS", "TARGETS"]

SPREAD = 0.01  # standard deviation between splits, of a share
SPLITS = 10


@lru_cache(maxsize=24)
def _held(settings: tuple[tuple[str, Any], ...]) -> DebateResult:
    return simulate(DebateParams(splits=SPLITS, **dict(settings)), default_rng(1805))


def _share(series: str, pixels: int, **settings: Any) -> float:
    """Mean share of a series at so many pixels."""
    result = _held(tuple(sorted(settings.items())))
    shares = np.asarray(getattr(result, series))
    return float((shares if series == "whole" else shares[int(np.flatnonzero(pixels == SIZES)[0])]).mean())


def _drawn(
    name: str, value: float, compute: Callable[[], float], spread: float = SPREAD, splits: int = SPLITS
) -> Target:
    """A share whose splits, and dice if there are any, are not those of the source."""
    tolerance = 4 * spread * sqrt(1 / SPLITS + 1 / splits)
    return Target(
        name=f"debate: {name}", value=value, tolerance=round(tolerance, 4), kind="monte carlo", source="book",
        place=f"{splits} other splits of the digits", compute=compute,
        why=f"4 standard errors of the difference, splits differing by {spread:g}",
    )  # fmt: skip


def _published(pixels: int, at: int) -> Target:
    series = ("alone", "debate")[at]
    return Target(
        name=f"debate: published, {('random pixels', 'debate')[at]}, {pixels} pixels", value=PUBLISHED[pixels][at],
        tolerance=0.06, kind="reported", source="irving2018", place="abstract", why="other digits, another judge: 6 points",
        compute=partial(_share, series, pixels),
    )  # fmt: skip


@lru_cache(maxsize=SPLITS)
def _weighed(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels of a split's test images, and what prior and pixels add."""
    data, test = load(), split(seed).test
    return data.labels[test], *margins(judge(seed), data.images[test], data.labels[test])


def _one_lie(pixels: int) -> float:
    """Share of games, one for every image and lie, that the truth wins."""
    shares = []
    for seed in range(SPLITS):
        labels, prior, added = _weighed(seed)
        lies = np.arange(CLASSES) != labels[:, None]
        shares.append((split_value(prior, *extremes(added), pixels // 2, 1) > 0)[lies].mean())
    return float(np.mean(shares))


def _advocate(sign: int) -> float:
    """Share of images about which the truth wins if one side shows six pixels and the other none."""
    shares = []
    for seed in range(SPLITS):
        labels, prior, added = _weighed(seed)
        large, small = extremes(added)
        shares.append(debate_won(prior + (large if sign > 0 else small)[..., 6], labels).mean())
    return float(np.mean(shares))


def _open(q: int, pixels: int) -> float:
    """Images of ten splits whose outcome the lemma on split facts leaves open."""
    count = 0
    for seed in range(SPLITS):
        labels, prior, added = _weighed(seed)
        count += int(unproved(prior, added, labels, pixels // 2, q).sum())
    return float(count)


def _proved(q: int, pixels: int, most: int) -> Target:
    return Target(
        name=f"debate: images of 7,970 that the lemma leaves open, facts split over {q} pixels, {pixels} pixels", value=most,
        tolerance=0.5, kind="exact", source="book", place="lemma in the module", why="a count",
        compute=partial(_open, q, pixels),
    )  # fmt: skip


NAMED = (
    ("random pixels", "alone", ((2, 0.300), (4, 0.446), (6, 0.553), (8, 0.630))),
    ("truth beats all nine lies", "debate", ((2, 0.789), (4, 0.828), (6, 0.844), (8, 0.855))),
)  # fmt: skip
TROUBLED = (
    ("table noise of .25 nats", {"trouble": Trouble.BLURRED, "noise": 0.25}, "debate", 0.826, 0.02),
    ("table noise of .5 nats", {"trouble": Trouble.BLURRED, "noise": 0.5}, "debate", 0.776, 0.025),
    ("table noise of 1 nat", {"trouble": Trouble.BLURRED, "noise": 1.0}, "debate", 0.562, 0.05),
    ("table noise of 2 nats", {"trouble": Trouble.BLURRED, "noise": 2.0}, "debate", 0.278, 0.07),
    ("table noise of 1 nat, whole image", {"trouble": Trouble.BLURRED, "noise": 1.0}, "whole", 0.746, 0.05),
    ("table noise of .25 nats, whole image", {"trouble": Trouble.BLURRED, "noise": 0.25}, "whole", 0.892, 0.015),
    ("table noise of .5 nats, whole image", {"trouble": Trouble.BLURRED, "noise": 0.5}, "whole", 0.861, 0.02),
    ("table noise of 2 nats, whole image", {"trouble": Trouble.BLURRED, "noise": 2.0}, "whole", 0.525, 0.07),
    ("digits moved right", {"trouble": Trouble.MOVED}, "debate", 0.199, SPREAD),
    ("digits moved right, whole image", {"trouble": Trouble.MOVED}, "whole", 0.266, SPREAD),
    ("digits moved right, random pixels", {"trouble": Trouble.MOVED}, "alone", 0.141, SPREAD),
)  # fmt: skip
COPIED = ((2, 0.789), (6, 0.787), (12, 0.786))
BOUNDED = ((4, 0.385), (6, 0.50), (8, 0.594))
GREEDY = (
    (4, "honest side", "first", 0.383), (4, "liar", "last", 0.546), 
    (6, "honest side", "first", 0.559), (6, "liar", "last", 0.662),
)  # fmt: skip

TARGETS: tuple[Target, ...] = (
    *(_drawn(f"{name}, {pixels} pixels", value, partial(_share, series, pixels))
      for name, series, values in NAMED for pixels, value in values),
    _drawn("whole image", 0.904, partial(_share, "whole", 6)),
    *(_published(pixels, at) for pixels in PUBLISHED for at in (0, 1)),
    *(_drawn(f"one lie at random, {pixels} pixels", value, partial(_one_lie, pixels), 0.004)
      for pixels, value in ((2, 0.956), (4, 0.966), (6, 0.970), (8, 0.972))),
    *(Target(
        name=f"debate: {side} alone, 6 pixels", value=value, tolerance=1e-3, kind="exact", source="book",
        place="the h best or worst pixels without an answer", why="one image in 7,970 is .0001", compute=partial(_advocate, sign),
    ) for side, value, sign in (("honest side", 1.0, 1), ("liar", 0.0, -1))),
    _drawn("facts split over 2 pixels, 12 pixels", 0.844, partial(_share, "debate", 12, coupling=2)),
    *(_proved(q, pixels, most) for q, pixels, most in ((2, 6, 0), (2, 10, 9), (2, 12, 1), (3, 12, 0), (4, 8, 0))),
    *(_drawn(f"facts split over {q} pixels", value, partial(_share, "debate", 6, coupling=q), spread)
      for q, value, spread in ((2, 0.789, SPREAD), (3, 0.789, SPREAD), (4, 0.051, 0.045))),
    *(_drawn(f"every pixel many times, {pixels} pixels", value, partial(_share, "debate", pixels, trouble=Trouble.COPIES))
      for pixels, value in COPIED),
    *(_drawn(name, value, partial(_share, series, 6, **settings), spread)
      for name, settings, series, value, spread in TROUBLED),
    *(_drawn(f"lie chosen at the end, {pixels} pixels: won for certain", value, partial(_share, "floor", pixels, named=False),
             0.03, 3) for pixels, value in BOUNDED),
    *(_drawn(f"lie chosen at the end, {pixels} pixels: greedy, {side} first", value, partial(_share, series, pixels, named=False),
             0.03, 3) for pixels, side, series, value in GREEDY),
)  # fmt: skip


def _lifts() -> bool:
    return all(_share("debate", pixels) > _share("alone", pixels) + 0.2 for pixels in (2, 4, 6, 8))


def _lifts_little() -> bool:
    """With an additive judge the certain share is no better than random pixels, if the lie is chosen at the end."""
    return all(_share("floor", pixels, named=False) < _share("alone", pixels) for pixels in (4, 6, 8))


def _split_facts_fail() -> bool:
    return _share("debate", 6, coupling=4) < 0.1 and _share("debate", 12, coupling=12) < 0.1


def _budget_restores() -> bool:
    return all(_share("debate", 2 * q, coupling=q) == _share("debate", 2) for q in (2, 3, 6)) and (
        _share("debate", 12, coupling=2) == _share("debate", 6)
    )


def _judge_fails() -> bool:
    """Where debate fails the judge fails with the whole image, and debate still beats random pixels."""
    settings = {"trouble": Trouble.MOVED}
    shares = [_share(series, 6, **settings) for series in ("whole", "debate", "alone")]
    return shares[0] < 0.35 and shares[0] > shares[1] > shares[2]


def _learned() -> bool:
    return abs(_share("debate", 6, trouble=Trouble.LEARNED) - _share("debate", 6)) < 0.02


def _copies_stall() -> bool:
    return abs(_share("debate", 12, trouble=Trouble.COPIES) - _share("debate", 2)) < 0.01


def _more_helps() -> bool:
    return _share("debate", 12) > _share("debate", 2) + 0.05


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="debate: a judge of few pixels decides nearly as well as one who sees everything",
        section="3.4",
        statement="Two adversaries who choose what a weak judge sees let him decide far above his own means.",
        model="exact debates about 797 digits before ten naive Bayes judges",
        assumptions="evidence adds up, lies are named beforehand, nobody can fake a pixel",
        holds="2 to 8 pixels: more than 20 points above random pixels",
        fails="a lie that is chosen at the end: what is certain is less than random pixels give",
        verdict="holds in a window",
        in_holds=_lifts,
        in_fails=_lifts_little,
    ),
    Claim(
        name="debate: interdependence defeats debate",
        section="3.4",
        statement="Where facts depend on each other, so that no single look says anything, debate fails.",
        model="exact debates, every fact split over q pixels, all of which are needed",
        assumptions="q pixels for every fact; pixels enough to waste a move on",
        holds="q larger than the pixels of a side: one image in twenty, by the prior alone",
        fails="a budget that grows with q: the same images are won",
        verdict="holds in a window",
        in_holds=_split_facts_fail,
        in_fails=_budget_restores,
    ),
    Claim(
        name="debate: a changed world defeats debate",
        section="3.4",
        statement="If the world is not as the judge learned it, the division into parts no longer leads to the truth.",
        model="exact debates about digits that are moved by one pixel",
        assumptions="the judge is not told",
        holds="the judge who learned from still digits, who fails with the whole image as well",
        fails="a judge who learned from moved digits is as good as ever",
        verdict="holds in a window",
        in_holds=_judge_fails,
        in_fails=_learned,
    ),
    Claim(
        name="debate: more looks make a better judgment",
        section="3.4",
        statement="The more of the evidence is debated, the more often the truth wins.",
        model="exact debates, with and without copies of every pixel",
        assumptions="the judge takes what he is shown for independent",
        holds="separate pixels: 12 are better than 2 by more than 5 points",
        fails="every pixel there many times: 12 looks are worth two",
        verdict="holds in a window",
        in_holds=_more_helps,
        in_fails=_copies_stall,
    ),
)
