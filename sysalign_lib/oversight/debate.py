"""Debate about a digit before a judge who sees only the pixels that the debaters show.

Idea. One debater says what a picture shows, another claims some other digit. In turn they show the judge a pixel each; what
is on it cannot be faked. The judge (naive Bayes, `sysalign_lib.oversight.digits`) adds up what the pixels say and decides
between the two claims. For these two claims pixel i is worth one number, ``D_i``: the log-odds that it adds for the truth.
Nine games are played about an image, one for every lie; the liar needs to win one of them (irving2018).

Lemma. *Let each side show h of n >= 2 h pixels. Under best play the log-odds end at the prior's plus the sum of the h largest
and of the h smallest D, whoever moves first.* Proof. Let the honest side always show the largest D that is not shown yet. After
its i-th move the i largest are all shown: before the move the i - 1 largest were, and if the i-th largest is not among the
shown it is the one that is shown now. So in the end the h largest are shown, and h others, whose sum is at least that of the
h smallest. With the same strategy upside down the liar sees to it that the sum is no larger. Ties change nothing, and nothing was
said of who begins. With fewer than 2 h pixels all are shown, and the sum is that of all. QED.

Assumption that breaks, one at a time.

- *A fact is in one place.* Let every fact be split over q pixels, all of which are needed (`split_value`). Lemma: *let f be the
  whole part of h / q, and C the prior's log-odds plus the f largest positive and the f smallest negative D. If at least
  2 h / q facts speak for the truth, its side can secure C; if as many speak against it, the liar can hold it to C.* Proof:
  let the honest side first show the shares of the f best facts, then those of other facts that speak for the truth, of which
  there are then always some left. What is completed beside the f best either got a share from it, and speaks for the truth, or
  was completed by the liar alone, and those are at most f. The liar's side is the same upside down. QED. So interdependence is
  worth a budget: the game is nearly the old one with f facts a side. Nearly, for here a side may pass: if all facts spoke for
  the truth, a liar would rather complete none, as brute force shows and a formula without signs does not.
- *Evidence is independent.* Let every pixel be there m times, and let the judge take copies for new evidence. Then a side
  shows its best pixel again and again. With m >= h the sum is h times that of two pixels, whatever h: more debate adds nothing.
- *The lie is named beforehand.* If the liar may choose at the end which digit it argued for, there is no formula. From above the
  value is that of named lies, since a late liar may act as if it had named one. From below: let the honest side fix h pixels
  and show them, whatever happens. The others that are shown are h pixels at least as good as the h smallest, for every lie. So
  the truth wins if ``prior_b + sum over the fixed pixels of D_b + sum of the h smallest D_b > 0`` for every lie b (`floor_won`).
  If the liar itself shows a fixed pixel, an extra one is shown in its place: what is not fixed is still h pixels.
  Of split facts the honest side fixes f. It must spend what is left of its moves elsewhere, where a liar may complete what it
  began: at most the whole part of 2 h / q, less f, facts come true beside the fixed ones. If at least 2 h / q facts speak for
  the truth against every lie it spends them there, and what does harm are at most f, as in the lemma. Greedy players are
  tried on whole facts, f a side.
- *The judge knows.* Noise in his table, or digits that are not where he learned them.

What one would wrongly conclude. That debate makes the judge wise: it finds what he would have said with everything before him,
and not more. And from a failure under moved digits, that the division into pixels failed: the same judge fails with the whole
image, and one who learned from moved digits is as good as ever.

Sources: irving2018 (section 3.3; abstract for the published shares, which belong to larger digits, a neural judge and players
who search). The lemmas and all numbers for 8 x 8 digits are this book's. Deviation: players are perfect, not searched for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.oversight.digits import CLASSES, PIXELS, NaiveBayes, blurred, judge, load, moved_judge, shift, split

__all__ = [
    "PUBLISHED", "DebateParams", "DebateResult", "GameParams", "GameResult", "Lie", "Picture", "Trouble",
    "debate_won", "extremes", "floor_won", "game_value", "greedy_won", "margins", "random_looks", "simulate",
    "solve_game", "split_value", "unproved",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

SIZES = np.arange(2, 13, 2)  # pixels shown
MOST = 6  # pixels a side, at most
CHANCE = 1 / CLASSES
LATE_IMAGES = 300  # of a split, about which late lies are tried: they have no formula
LOOKS = 4  # draws of random pixels an image
FREE_SPLITS = 3  # splits on which late lies are played
MOVED = 1  # pixels by which digits are moved
PUBLISHED = {4: (0.482, 0.852), 6: (0.594, 0.889)}  # irving2018, abstract: pixels to (random pixels, debate)
NEVER = 1e9  # nats: what no search prefers


class Trouble(StrEnum):
    """What is wrong with the judge or with his evidence."""

    NONE = "none"
    COPIES = "every pixel is there many times"
    BLURRED = "noise in the judge's table"
    MOVED = "digits moved by a pixel"
    LEARNED = "moved, and the judge learned it"


@dataclass(frozen=True, kw_only=True)
class DebateParams:
    """How debates are held.

    pixels : shown in all, half by each side; even. coupling : pixels over which every fact is split. named : whether the lie is
    named beforehand. noise : standard deviation of the noise in the table, in nats, where that is the trouble. copies : of every
    pixel, where that is. splits : judges who learned from different halves of the digits.
    """

    pixels: int = checks.bounded(6, low=2, high=2 * MOST)
    coupling: int = checks.bounded(1, low=1, high=2 * MOST)
    trouble: Trouble = Trouble.NONE
    named: bool = True
    noise: float = checks.bounded(1.0, low=0.0, high=10.0)
    copies: int = checks.bounded(MOST, low=1, high=2 * MOST)
    splits: int = checks.bounded(10, low=2, high=40)

    def __post_init__(self) -> None:
        checks.params(self)
        if self.pixels % 2:
            raise ValueError(f"pixels must be even, so that both sides show as many, got {self.pixels}")


class Picture(StrEnum):
    """A digit of the first split that was not learned from, by what it is; `PLACES` says which one."""

    THREE = "a 3"
    ZERO = "a 0"
    NINE = "a 9"
    EIGHT = "an 8"
    ONE = "a 1"
    OTHER_THREE = "another 3"
    TWO = "a 2"
    OTHER_NINE = "another 9"


PLACES = dict(zip(Picture, (75, 7, 66, 95, 51, 134, 141, 16), strict=True))  # among the 797 test images of split 0


class Lie(StrEnum):
    """What the liar claims."""

    WORST = "the most dangerous lie"
    SECOND = "the second most dangerous"
    EASIEST = "the least dangerous lie"


@dataclass(frozen=True, kw_only=True)
class GameParams:
    """One debate.

    picture : what it is about. lie : what is claimed against the truth. shown : pixels shown so far, of six.
    """

    picture: Picture = Picture.THREE
    lie: Lie = Lie.WORST
    shown: int = checks.bounded(6, low=0, high=6)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class GameResult:
    """How the debate stands.

    Attributes
    ----------
    image : value[pixel], shape (64,), brightness from 0 (paper) to 16 (ink), row by row.
    order : pixel[turn], shape (6,), what is shown in turn under best play; the honest side begins.
    odds : log-odds[turn], shape (7,), of the truth against the lie, in nats, before the debate and after every turn.
    posterior : probability[class], shape (10,), that the judge gives to every digit at this point.
    truth, lie : what is shown, and what is claimed. named : digit that the judge names with the whole picture before him.
    share, alone : share of the split's images about which the truth beats all nine lies, and that he names from random pixels.
    """

    params: GameParams
    image: NDArray[np.int8]
    order: Ints
    odds: Floats
    posterior: Floats
    truth: int
    lie: int
    named: int
    share: float
    alone: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def won(self) -> bool:
        """Whether the truth is ahead of this lie in the end."""
        return bool(self.odds[-1] > 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class DebateResult:
    """How often the truth wins before judges who learned from different splits.

    Attributes
    ----------
    sizes : pixels[size], shape (n_sizes,), how many are shown.
    debate : share[size, split], shape (n_sizes, n_splits), of images about which the truth beats all nine named lies.
    alone : share[size, split], shape (n_sizes, n_splits), of images that the judge names from as many random facts.
    whole : share[split], shape (n_splits,), of images that he names with everything before him.
    floor : share[size, late], shape (n_sizes, n_late), of images that are won for certain if the lie is chosen at the end; NaN
        where lies are named.
    first : share[size, late], shape (n_sizes, n_late), that greedy players leave to the truth if it begins and the lie is
        chosen at the end; NaN where lies are named.
    last : share[size, late], shape (n_sizes, n_late), the same if the liar begins; NaN where lies are named.
    """

    params: DebateParams
    sizes: Ints
    debate: Floats
    alone: Floats
    whole: Floats
    floor: Floats
    first: Floats
    last: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def at(self) -> int:
        """Place of the chosen number of pixels."""
        return int(np.flatnonzero(self.sizes == self.params.pixels)[0])

    @property
    def facts(self) -> Ints:
        """Facts that each side can show, facts[size], shape (n_sizes,)."""
        return np.asarray(self.sizes // 2 // self.params.coupling)


# The game -----------------------------------------------------------------------------------------------------------


def margins(judge: NaiveBayes, images: ArrayLike, labels: ArrayLike) -> tuple[Floats, Floats]:
    """Return what the prior and every pixel add for the truth against each class, in nats.

    prior[image, class], shape (n, 10), and D[image, class, pixel], shape (n, 10, 64): NaN for pixels without ink, which are not
    in the pool, and 0 for the true class.
    """
    values = checks.array("images", images, (None, PIXELS), 0)
    truth = checks.array("labels", labels, (len(values),), 0, CLASSES - 1).astype(np.int64)
    evidence = judge.evidence(values).transpose(0, 2, 1)
    added = evidence[np.arange(len(truth)), truth][:, None] - evidence
    return judge.prior[truth][:, None] - judge.prior, np.where(values[:, None] > 0, added, np.nan)


def extremes(added: ArrayLike, most: int = MOST) -> tuple[Floats, Floats]:
    """Return sums of the h largest and of the h smallest D, sum[..., h], h from 0 to `most`, in nats, NaN left out.

    Raises
    ------
    ValueError : a pool has fewer than ``2 most`` pixels; then all are shown, and there is nothing to choose.
    """
    rising = np.sort(np.asarray(added, dtype=float), axis=-1)  # NaN are last
    pool = np.isfinite(rising).sum(axis=-1)
    checks.integer("most", most, low=1, high=int(pool.min()) // 2)
    top = np.take_along_axis(rising, pool[..., None] - 1 - np.arange(most), axis=-1)
    start = np.zeros((*rising.shape[:-1], 1))
    large, small = np.cumsum(top, axis=-1), np.cumsum(rising[..., :most], axis=-1)
    return np.concatenate([start, large], axis=-1), np.concatenate([start, small], axis=-1)


def _copied(sums: Floats, h: int, copies: int) -> Floats:
    """Sum of h picks where the best pixels are there `copies` times each."""
    whole, rest = divmod(h, copies)
    more = (sums[..., whole + 1] - sums[..., whole]) * rest if rest else 0.0
    return np.asarray(copies * sums[..., whole] + more)


def game_value(prior: ArrayLike, added: ArrayLike, h: int, copies: int = 1) -> Floats:
    """Return the log-odds of the truth under best play (lemma above), value[...], in nats.

    prior : log-odds[...] before the debate. added : D[..., pixel], NaN where there is none. h : pixels that each side shows.
    copies : how many times every pixel is there.
    """
    checks.integer("h", h, low=0, high=MOST)
    large, small = extremes(added, max(h, 1))
    return np.asarray(np.asarray(prior) + _copied(large, h, copies) + _copied(small, h, copies))


def split_value(prior: ArrayLike, large: Floats, small: Floats, h: int, q: int) -> Floats:
    """Return the log-odds of the truth if every fact is split over q pixels, value[...], in nats (C of the lemma above).

    prior : log-odds[...] before the debate. large, small : sums of extremes as in `extremes`. h : pixels that each side shows.
    """
    checks.integer("q", q, low=1)
    checks.integer("h", h, low=0, high=large.shape[-1] - 1)
    facts = h // q
    if q == 1:
        return np.asarray(np.asarray(prior) + large[..., h] + small[..., h])
    return np.asarray(np.asarray(prior) + large[..., : facts + 1].max(axis=-1) + small[..., : facts + 1].min(axis=-1))


def unproved(prior: Floats, added: Floats, labels: ArrayLike, h: int, q: int) -> Flags:
    """Return the images whose outcome the lemma on split facts does not settle, flag[image], shape (n,)."""
    truth = np.arange(added.shape[1]) == np.asarray(labels)[:, None]
    value, needed = split_value(prior, *extremes(added), h, q), 2 * -(-h // q)
    enough_for, enough_against = ((side * added > 0).sum(axis=2) >= needed for side in (1, -1))
    won = (truth | ((value > 0) & enough_for)).all(axis=1)
    lost = (~truth & (value <= 0) & enough_against).any(axis=1)
    return np.asarray(~won & ~lost)


def debate_won(value: ArrayLike, labels: ArrayLike) -> Flags:
    """Return about which images the truth beats every lie, flag[image], of value[image, class] in nats; a tie is lost."""
    values = np.asarray(value, dtype=float)
    truth = np.arange(values.shape[1]) == np.asarray(labels)[:, None]
    return np.asarray(((values > 0) | truth).all(axis=1))


def _beside(added: Floats, labels: Ints, h: int, q: int) -> Floats:
    """Return the least that what is shown beside the fixed facts is worth to the truth, sum[image, class], in nats."""
    _, small = extremes(added, max(h if q == 1 else 2 * h // q - h // q, 1))
    if q == 1:
        return np.asarray(small[..., h])
    truth = np.arange(added.shape[1]) == labels[:, None]
    good = ((added > 0) | truth[..., None]).all(axis=1).sum(axis=1)
    many = np.where(good * q >= 2 * h, h // q, 2 * h // q - h // q)
    lowest = np.minimum.accumulate(small, axis=-1)
    return np.asarray(np.take_along_axis(lowest, many[:, None, None], axis=-1)[..., 0])


def floor_won(prior: Floats, added: Floats, labels: Ints, h: int, q: int = 1) -> Flags:
    """Return which images are won for certain though the lie is chosen at the end, flag[image] (bound of the module's text).

    h : pixels that each side shows. q : pixels over which every fact is split.

    The fixed pixels are found one by one, each the best against the lie that is then the most dangerous, and then exchanged
    one by one as long as that helps. A better search could only certify more.
    """
    bonus = np.where(np.isfinite(added), added, -NEVER)
    facts, every = h // q, np.arange(len(labels))
    fixed = np.zeros((len(labels), facts), dtype=np.int64)
    sums, taken = prior + _beside(added, labels, h, q), np.zeros((len(labels), added.shape[2]))
    sums[every, labels] = NEVER  # nothing is to be won against the truth
    for turn in range(3 * facts):
        place = turn % facts
        if turn >= facts:  # take one back, and put in the best
            taken[every, fixed[:, place]] = 0
            sums = sums - bonus[every, :, fixed[:, place]]
        worst = (sums[:, :, None] + bonus).min(axis=1) - taken
        fixed[:, place] = worst.argmax(axis=1)
        taken[every, fixed[:, place]] = NEVER
        sums = sums + bonus[every, :, fixed[:, place]]
    return np.asarray(sums.min(axis=1) > 0)


def greedy_won(prior: Floats, added: Floats, labels: Ints, h: int, *, honest_first: bool) -> Flags:
    """Return which images greedy players leave to the truth if the lie is chosen at the end, flag[image].

    Each side shows the pixel after which the most dangerous lie is as far behind, or as far ahead, as it can be.
    """
    bonus = np.nan_to_num(added)
    free: Flags = np.array(np.isfinite(added).all(axis=1))
    every = np.arange(len(labels))
    sums = prior.copy()
    sums[every, labels] = np.inf
    for turn in range(2 * h):
        honest = (turn % 2 == 0) == honest_first
        worst = (sums[:, :, None] + bonus).min(axis=1)
        best = np.where(free, worst, -np.inf).argmax(axis=1) if honest else np.where(free, worst, np.inf).argmin(axis=1)
        sums += bonus[every, :, best]
        free[every, best] = False
    return np.asarray(sums.min(axis=1) > 0)


def random_looks(judge: NaiveBayes, images: ArrayLike, labels: ArrayLike, sizes: ArrayLike, rng: Generator) -> Floats:
    """Return how often the judge names images from random pixels with ink, share[size], mean over 4 draws an image."""
    values, truth = np.asarray(images), np.asarray(labels)
    evidence, most = judge.evidence(values), int(np.max(sizes))
    right = np.zeros(len(np.asarray(sizes)))
    for _ in range(LOOKS):
        order = np.argsort(np.where(values > 0, rng.random(values.shape), 2.0), axis=1)[:, :most]
        seen = np.take_along_axis(evidence, order[:, :, None], axis=1).cumsum(axis=1)
        scores = judge.prior + np.concatenate([np.zeros_like(seen[:, :1]), seen], axis=1)[:, np.asarray(sizes)]
        right += (scores.argmax(axis=2) == truth[:, None]).mean(axis=0)
    return right / LOOKS


# Many debates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Trial:
    """A judge, the images that he is tried on, and the sums of the best and worst pixels for every lie."""

    judge: NaiveBayes
    images: NDArray[np.int8]
    labels: Ints
    prior: Floats
    large: Floats
    small: Floats


@lru_cache(maxsize=64)
def _trial(seed: int, split_seed: int, trouble: Trouble, noise: float) -> _Trial:
    data, test = load(), split(split_seed).test
    moved = trouble in (Trouble.MOVED, Trouble.LEARNED)
    images, labels = shift(data.images[test], MOVED * moved), data.labels[test]
    one = moved_judge(split_seed, MOVED) if trouble is Trouble.LEARNED else judge(split_seed)
    if trouble is Trouble.BLURRED:
        one = blurred(one, noise, default_rng([seed, split_seed]))
    prior, added = margins(one, images, labels)
    return _Trial(one, images, labels, prior, *extremes(added))


def _kind(params: DebateParams) -> tuple[Trouble, float]:
    """What a trial depends on, no more: copies change only how its sums are used."""
    if params.trouble is Trouble.COPIES:
        return Trouble.NONE, 0.0
    return params.trouble, params.noise if params.trouble is Trouble.BLURRED else 0.0


def _won(trial: _Trial, h: int, coupling: int, copies: int) -> float:
    """Share of images about which the truth wins; copies of a split fact are copies of the fact."""
    if copies > 1:
        facts = h // coupling
        value = trial.prior + _copied(trial.large, facts, copies) + _copied(trial.small, facts, copies)
    else:
        value = split_value(trial.prior, trial.large, trial.small, h, coupling)
    return float(debate_won(value, trial.labels).mean())


@lru_cache(maxsize=64)
def _alone(seed: int, split_seed: int, trouble: Trouble, noise: float) -> Floats:
    """Share of images that the judge names from so many random pixels, 0 to 12; and from all, last."""
    trial = _trial(seed, split_seed, trouble, noise)
    looks = random_looks(
        trial.judge, trial.images, trial.labels, np.arange(2 * MOST + 1), default_rng([seed, split_seed, 1])
    )
    return np.append(looks, (trial.judge.decides(trial.images) == trial.labels).mean())


@lru_cache(maxsize=256)
def _late(
    seed: int, split_seed: int, trouble: Trouble, noise: float, copies: int, h: int, q: int
) -> tuple[float, float, float]:
    """Shares won for certain, and by greedy players in both orders, if the lie is chosen at the end."""
    trial = _trial(seed, split_seed, trouble, noise)
    labels = trial.labels[:LATE_IMAGES]
    prior, added = margins(trial.judge, trial.images[:LATE_IMAGES], labels)
    if copies > 1:
        added = np.repeat(added, min(copies, h), axis=2)
    greedy = [float(greedy_won(prior, added, labels, h // q, honest_first=first).mean()) for first in (True, False)]
    return float(floor_won(prior, added, labels, h, q).mean()), greedy[0], greedy[1]


def simulate(params: DebateParams, rng: Generator) -> DebateResult:
    """Hold all debates about all test images of every split, exactly where there is a formula."""
    seed, kind = int(rng.integers(2**31)), _kind(params)
    copies = params.copies if params.trouble is Trouble.COPIES else 1
    trials = [_trial(seed, at, *kind) for at in range(params.splits)]
    alone = np.array([_alone(seed, at, *kind) for at in range(params.splits)])
    debate = np.array([[_won(trial, int(h), params.coupling, copies) for trial in trials] for h in SIZES // 2])
    late = np.full((3, len(SIZES), min(FREE_SPLITS, params.splits)), np.nan)
    if not params.named:
        late = np.array([[_late(seed, at, *kind, copies, int(h), params.coupling) for at in range(late.shape[2])]
                         for h in SIZES // 2]).transpose(2, 0, 1)  # fmt: skip
    return DebateResult(
        params=params,
        sizes=SIZES,
        debate=debate,
        alone=alone[:, SIZES // params.coupling].T.copy(),
        whole=alone[:, -1].copy(),
        floor=late[0].copy(),
        first=late[1].copy(),
        last=late[2].copy(),
    )


def solve_game(params: GameParams) -> GameResult:
    """Play one debate of six pixels perfectly, the honest side first; and say how all debates of its split end."""
    trial, at, h = _trial(0, 0, Trouble.NONE, 0.0), PLACES[params.picture], 3
    image, truth = trial.images[at : at + 1], int(trial.labels[at])
    prior, added = (one[0] for one in margins(trial.judge, image, [truth]))
    worth = np.where(np.arange(CLASSES) == truth, np.inf, game_value(prior, added, h))
    lie = int(np.argsort(worth)[{Lie.WORST: 0, Lie.SECOND: 1, Lie.EASIEST: CLASSES - 2}[params.lie]])
    falling = np.argsort(-np.nan_to_num(added[lie], nan=-NEVER))
    pool = int(np.isfinite(added[lie]).sum())
    order = np.stack([falling[:h], falling[pool - 1 - np.arange(h)]], axis=1).ravel()
    odds = prior[lie] + np.cumsum([0.0, *added[lie, order]])
    flags = np.isin(np.arange(PIXELS), order[: params.shown])[None]
    scores = trial.judge.scores(image, flags)[0]
    chance = np.exp(scores - scores.max())
    return GameResult(
        params=params,
        image=image[0].copy(),
        order=order,
        odds=odds,
        posterior=chance / chance.sum(),
        truth=truth,
        lie=lie,
        named=int(trial.judge.decides(image)[0]),
        share=_won(trial, h, 1, 1),
        alone=float(_alone(0, 0, Trouble.NONE, 0.0)[2 * h]),
    )
