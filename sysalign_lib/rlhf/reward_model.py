"""Reward models: scores learned from comparisons, and what noise does to them and does not.

Idea. Raters are shown two answers and say which is better. Bradley and Terry's model gives every answer a score and says that
i is preferred to j with probability ``sigmoid(s_i - s_j)``; the reward model is the set of scores that makes the comparisons
most likely. Its scores meet ``sum_j wins_ij = sum_j n_ij sigmoid(s_i - s_j)``: each answer wins as often as it should.

Assumption that breaks. Raters are not of this kind. With probability e they answer at random, so that the better of a pair
with margin m wins with ``P_e(m) = (1 - e) sigmoid(m) + e / 2`` only: near 0 the margin learned from such a pair is 1 - e times
the true one, and it never exceeds ``ln((2 - e) / e)``. From one day to the next they change their minds, which shrinks margins
too. And they may all like the same wrong thing, such as flattery. The first two are symmetric; the third moves scores.

Lemma (this book's). Let i be preferred to j with probability F(u_i - u_j), F increasing and ``F(-m) = 1 - F(m)``, and let
every pair be asked equally often. Then endless data put the scores in the order of u, whatever F is. Proof. The answer i wins
``sum_j F(u_i - u_j)`` times, j = i counted as a half: increasing in u_i. The fit matches it by ``sum_j sigmoid(s_i - s_j)``:
increasing in s_i. So both orders are the order of wins. QED. Random errors and fickleness are of this form; what they
cost is comparisons: near margin 0 ``1 / (1 - e)^2`` times as many, by Fisher's information. A shared bias is not of this form.

What one would wrongly conclude. That noise in human feedback breaks the order of rewards: it does so for few comparisons, and
more of them repair it. That noise never does: where pairs are asked unevenly, the lemma ends, since a chain of small
margins is shrunk less than one large margin, and an answer known through a chain overtakes a better one (see `chain_wins`).
That margins stop at the cap: with other answers in between, the fitted scores stretch beyond it.

Sources: bradley1952 (model), zermelo1929 and ford1957 (when the best scores are finite), hunter2004 and maystre2015 (other
algorithms), christiano2017 (comparisons as training signal, and a rater who answers at random in 10 % of the cases).
Deviations: christiano2017 builds the error rate into its fit, while `fit` knows nothing of it, which is the case worth a
test; fickle raters here draw a new mind for every comparison, not one for a day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import linprog
from scipy.special import expit, log_expit

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "RewardModelParams", "RewardModelResult", "answer_probability", "cap", "chain_wins", "fit", "fit_linear", "gradient",
    "information", "log_likelihood", "pair_margin", "rank_agreement", "simulate", "solve", "wins_from",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STEPS = 500  # Newton steps after which a maximum counts as out of reach
SHORT = 1e-3  # a step so short in every margin needs no damping
CLOSE = 1e-7  # a step so short in every margin is the last one: the next would be of the order of its square
LOWEST = -345.0  # strengths below exp(-345) of the largest are not told apart; the squares of others are still numbers
PLAIN = 25.0  # logits up to which a flat likelihood is a maximum and not a plain without end
SAME = 1e-9  # scores that differ by less are tied

MINDS = np.linspace(-8.5, 8.5, 64)  # how far a fickle rater may be from the mean, in standard deviations
CHANCES = np.exp(-0.5 * MINDS**2) * (MINDS[1] - MINDS[0]) / math.sqrt(2 * math.pi)


@dataclass(frozen=True, kw_only=True)
class RewardModelParams:
    """error: probability that a comparison is answered at random. comparisons: how often each pair is asked.

    bias: what all raters add to the score of an answer that flatters, half of the answers. fickleness: standard deviation
    of a rater's momentary opinion about a pair around the mean. items: answers compared. spread: true score of the
    best less that of the worst. runs: independent data sets. regularization: of each fit, as if scores were normal
    with variance 1 / regularization beforehand; light, and needed where an answer won or lost all its comparisons.
    """

    error: float = checks.bounded(0.1, low=0.0, high=1.0)
    comparisons: int = checks.bounded(16, low=1, high=1024)
    bias: float = checks.bounded(0.0, low=0.0, high=5.0)
    fickleness: float = checks.bounded(0.0, low=0.0, high=3.0)
    items: int = checks.bounded(12, low=4, high=40)
    spread: float = checks.bounded(5.0, low=0.5, high=10.0)
    runs: int = checks.bounded(20, low=2, high=200)
    regularization: float = checks.bounded(0.1, low=0.001, high=10.0)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class RewardModelResult:
    """True scores, learned scores, and how well they agree.

    Attributes
    ----------
    params : the raters and the data.
    true_score : score[item], shape (n_items,), ascending, mean 0, in logits.
    flatters : flatters[item], shape (n_items,): whether the raters' bias favors the item.
    limit_score : score[item], shape (n_items,), that endless comparisons teach, in logits; exact, without regularization.
    fitted_score : score[run, item], shape (n_runs, n_items), in logits; one run, the limit, where solved.
    true_margin : margin[gap], shape (n_items - 1,), of items 1, 2, ... places apart, in logits.
    pair_margin : margin[gap], shape (n_items - 1,), that endless comparisons of such a pair alone teach if neither or both
        flatter, in logits.
    limit_margin : margin[kind, gap], shape (2, n_items - 1), of the better item over the worse by `limit_score`, mean over
        such pairs, in logits; kind 0: neither or both flatter, kind 1: only the worse does; NaN where there is no such pair.
    fitted_margin : margin[kind, gap], shape (2, n_items - 1), the same by `fitted_score`, mean over pairs and runs; NaN alike.
    fitted_spread : deviation[kind, gap], shape (2, n_items - 1), standard deviation over pairs and runs, in logits; NaN alike.
    level : comparisons[level], shape (n_levels,), powers of two up to `params.comparisons`, and that number.
    agreement : tau[run, level], shape (n_runs, n_levels), Kendall's rank agreement of learned and true scores after so
        many comparisons of each pair; that of the limit where solved.
    """

    params: RewardModelParams
    true_score: Floats
    flatters: Flags
    limit_score: Floats
    fitted_score: Floats
    true_margin: Floats
    pair_margin: Floats
    limit_margin: Floats
    fitted_margin: Floats
    fitted_spread: Floats
    level: NDArray[np.int64]
    agreement: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def slope(self) -> float:
        """Learned score per unit of true score, mean over runs; 1 if margins are neither shrunk nor stretched."""
        return float(np.mean(self.fitted_score @ self.true_score) / (self.true_score @ self.true_score))

    @property
    def limit_slope(self) -> float:
        """Learned score per unit of true score after endless comparisons."""
        return float(self.limit_score @ self.true_score / (self.true_score @ self.true_score))

    @property
    def limit_agreement(self) -> float:
        """Kendall's rank agreement after endless comparisons."""
        return float(rank_agreement(self.limit_score, self.true_score))


# Raters ------------------------------------------------------------------------------------------------------------


def answer_probability(margin: ArrayLike, error: float = 0.0, fickleness: float = 0.0) -> Floats:
    """Return how often an item is preferred to one `margin` logits below it, an array shaped like `margin`.

    ``error / 2 + (1 - error) E[sigmoid(margin + fickleness z)]``, z standard normal, the mean by a trapezoidal rule whose
    error is below 1e-10 for a fickleness up to 3.
    """
    checks.number("error", error, low=0, high=1)
    checks.number("fickleness", fickleness, low=0, high=3)
    lead = checks.array("margin", margin, (None,) * np.ndim(margin))
    sober = expit(lead[..., None] + fickleness * MINDS) @ CHANCES if fickleness else expit(lead)
    return np.asarray(error / 2 + (1 - error) * sober)


def pair_margin(margin: ArrayLike, error: float = 0.0, fickleness: float = 0.0) -> Floats:
    """Return the margin that endless comparisons of one pair alone teach, ``logit(P)``, in logits."""
    lead = np.asarray(margin, dtype=float)
    return np.asarray(
        np.log(answer_probability(lead, error, fickleness)) - np.log(answer_probability(-lead, error, fickleness))
    )


def cap(error: float) -> float:
    """Return the largest margin that a pair alone can teach, ``ln((2 - error) / error)``, in logits; infinite without error."""
    checks.number("error", error, low=0, high=1)
    return math.log((2 - error) / error) if error else math.inf


def information(margin: ArrayLike, error: float = 0.0) -> Floats:
    """Return Fisher's information about a true margin that one comparison holds, ``P'(m)^2 / (P (1 - P))``.

    At margin 0 it is ``(1 - error)^2 / 4``, so that random answers multiply the comparisons needed by ``1 / (1 - error)^2``.
    """
    lead = np.asarray(margin, dtype=float)
    ours, theirs = answer_probability(lead, error), answer_probability(-lead, error)
    return np.asarray(((1 - error) * expit(lead) * expit(-lead)) ** 2 / (ours * theirs))


def chain_wins(links: int, error: float) -> Floats:
    """Return expected wins, shape (links + 2, links + 2), of a design that lets random errors reverse an order.

    The true scores are 0, 1, ..., links + 1. Neighbors from 0 to `links` are compared, and the best item with item 0 only.
    """
    checks.integer("links", links, low=1, high=30)
    wins = np.zeros((links + 2, links + 2))
    for low, high in (*((one, one + 1) for one in range(links)), (0, links + 1)):
        wins[high, low] = answer_probability(high - low, error)
        wins[low, high] = 1 - wins[high, low]
    return wins


def rank_agreement(scores: ArrayLike, truth: ArrayLike) -> Floats:
    """Return Kendall's tau: pairs in the right order less pairs in the wrong one, as a share of all pairs.

    `scores` of shape (..., n), `truth` of shape (n,) with n at least 2; the answer has shape (...). A tie counts 0.
    """
    true = checks.array("truth", truth, (None,))
    learned = checks.array("scores", scores, (*(None,) * (np.ndim(scores) - 1), len(true)))
    if len(true) < 2:
        raise ValueError(f"truth must have two items or more, got {len(true)}")
    first, second = np.triu_indices(len(true), 1)
    product = _sign(learned[..., second] - learned[..., first]) * _sign(true[second] - true[first])
    return np.asarray(product.mean(axis=-1))


def simulate(params: RewardModelParams, rng: Generator) -> RewardModelResult:
    """Let raters compare every pair `params.comparisons` times in `params.runs` data sets, and fit each of them on the way.

    Every comparison has its own luck, the same whatever the raters are like, so that only what they are like moves.
    """
    chance = _chance(params)
    first, second = np.triu_indices(params.items, 1)
    won, kept, levels = np.zeros((params.runs, len(first))), [], _levels(params.comparisons)
    for asked in range(1, params.comparisons + 1):
        won += rng.random(won.shape) < chance[first, second]
        if asked in levels:
            kept.append(won.copy())
    wins = np.zeros((len(kept), params.runs, params.items, params.items))
    wins[..., first, second] = kept
    wins[..., second, first] = np.array(levels)[:, None, None] - kept
    scores = fit(wins, regularization=params.regularization)
    return _result(params, scores[-1], rank_agreement(scores, _truth(params)).T)


def solve(params: RewardModelParams) -> RewardModelResult:
    """Return what endless comparisons of every pair would teach: the fit to the expected wins."""
    limit = _limit(params)
    levels = _levels(params.comparisons)
    return _result(params, limit[None], np.full((1, len(levels)), rank_agreement(limit, _truth(params))))


# Fitting -----------------------------------------------------------------------------------------------------------


def wins_from(winners: ArrayLike, losers: ArrayLike, items: int) -> Floats:
    """Return wins[winner, loser], shape (items, items), counted from a list of comparisons.

    `winners` and `losers` hold the number of an item for each comparison, shape (n_comparisons,). A tie is half a win
    each way: count it once in each direction, halve both, and add.

    Raises
    ------
    TypeError, ValueError : the lists are not whole numbers from 0 to items - 1 of one length, or an item meets itself.
    """
    checks.integer("items", items, low=1)
    first, second = _numbers("winners", winners, items), _numbers("losers", losers, items)
    if first.shape != second.shape:
        raise ValueError(f"losers must have shape {first.shape} like winners, got {second.shape}")
    counts = np.bincount(first * items + second, minlength=items * items).reshape(items, items)
    if counts.diagonal().any():
        raise ValueError(f"losers must differ from winners, got item {int(counts.diagonal().argmax())} against itself")
    return counts.astype(float)


def log_likelihood(scores: ArrayLike, wins: ArrayLike) -> float:
    """Return ``sum_ij wins[i, j] log sigmoid(scores[i] - scores[j])``, in nats; scores of shape (n,), wins (n, n)."""
    counts = _counts(wins, 2)
    level = checks.array("scores", scores, (len(counts),))
    return float(np.sum(counts * log_expit(level[:, None] - level)))


def gradient(scores: ArrayLike, wins: ArrayLike) -> Floats:
    """Return the slope of the log-likelihood in each score, shape (n,): wins seen less wins expected."""
    counts = _counts(wins, 2)
    level = checks.array("scores", scores, (len(counts),))
    met = counts + counts.T
    return np.asarray(counts.sum(axis=1) - np.sum(met * expit(level[:, None] - level), axis=1))


def fit(wins: ArrayLike, *, regularization: float = 0.0) -> Floats:
    """Return Bradley-Terry scores, shape (n,), summing to zero: what makes the comparisons most likely.

    Maximizes ``log_likelihood(scores, wins) - regularization / 2 * sum(scores^2)``; with regularization this is the
    most probable answer if the scores were normal with variance 1 / regularization beforehand. Newton's method on the
    matrix of wins, however long the list of comparisons was. A step that runs past the maximum is cut to the share
    ``log(1 + r) / r``, r being its largest change of a margin: that much never overshoots, since the third
    derivative of the logistic loss is at most its second.

    Parameters
    ----------
    wins : wins[i, j], shape (n, n), how often i was preferred to j; fractions are fine, a tie is half a win each way.
        Further axes before these two hold independent data sets, and scores have them too.
    regularization : not negative.

    Raises
    ------
    TypeError, ValueError : wins not square, negative, not finite or not zero on the diagonal; or, without
        regularization, items that nothing places: the maximum is finite only if no group of items is unbeaten by the
        rest (zermelo1929, ford1957). The message names such a group.
    """
    checks.number("regularization", regularization, low=0)
    counts = _counts(wins)
    if regularization == 0:
        for one in counts.reshape(-1, *counts.shape[-2:]):
            _connected(one)
    scores = _guess(counts)
    scale = max(counts.max(initial=0.0), 1e-100)  # keeps counts of any size from overflowing on the way
    data = counts / scale, (counts + counts.swapaxes(-1, -2)) / scale, regularization / scale
    slope, curve = _slope(scores, *data)
    for _ in range(STEPS):
        step = _step(curve, slope, data[-1])
        length = np.ptp(step, axis=-1, keepdims=True)
        scores, slope, curve = _advance(scores, step, length, *data)
        if length.max(initial=0.0) < CLOSE and np.abs(scores).max(initial=0.0) < -LOWEST / 2:
            return scores
    raise ValueError("wins must be less one-sided for a fit; more regularization helps")


def fit_linear(differences: ArrayLike, wins: ArrayLike, losses: ArrayLike, *, regularization: float = 0.0) -> Floats:
    """Return the weights, shape (d,), of a reward that is linear in features, fitted to comparisons.

    The first of pair k is preferred with probability ``sigmoid(differences[k] @ weights)``. Maximizes the
    log-likelihood less ``regularization / 2 * sum(weights^2)``, by the damped Newton method of `fit`.

    Parameters
    ----------
    differences : features of the first less those of the second [pair, feature], shape (m, d).
    wins, losses : how often the first and the second were preferred [pair], shape (m,); fractions are fine.
    regularization : not negative.

    Raises
    ------
    TypeError, ValueError : a bad argument, by name; or, without regularization, weights that nothing bounds: pairs that
        leave a direction of weights unasked, or answers that some weights get all right (separable data).
    """
    checks.number("regularization", regularization, low=0)
    change = checks.array("differences", differences, (None, None))
    pairs, features = change.shape
    won, lost = checks.array("wins", wins, (pairs,), low=0), checks.array("losses", losses, (pairs,), low=0)
    met = won + lost
    if regularization == 0 and np.linalg.matrix_rank(change[met > 0]) < features:
        raise ValueError("differences must span all directions of the weights, or regularization be greater than 0")
    weights = np.zeros(features)
    for _ in range(STEPS):
        ahead = change @ weights
        ours, theirs = expit(ahead), expit(-ahead)
        slope = change.T @ (won * theirs - lost * ours) - regularization * weights
        curve = (change.T * (met * ours * theirs)) @ change
        try:
            step = cho_solve(cho_factor(curve + regularization * np.eye(features)), slope)
        except LinAlgError:
            break
        length = np.abs(change @ step).max(initial=0.0)
        weights = weights + _damped(length) * step
        if length < CLOSE:
            if regularization == 0 and np.abs(ahead).max(initial=0.0) > PLAIN and _separable(change, won, lost):
                break
            return np.asarray(weights)
    if regularization == 0 and _separable(change, won, lost):
        raise ValueError(
            "wins must not be separable: some weights get every answer right, so no finite ones are best; "
            "regularization greater than 0 makes them finite"
        )
    raise ValueError("wins must be less one-sided for a fit; more regularization helps")


def _separable(change: Floats, won: Floats, lost: Floats) -> bool:
    """Whether some weights get no answer wrong and some right: the largest number of them by linear programming."""
    only_won, only_lost = (won > 0) & (lost == 0), (lost > 0) & (won == 0)
    rows = np.where(only_lost[:, None], -change, change)[won + lost > 0]
    one_sided = (only_won | only_lost)[won + lost > 0]
    gain = rows[one_sided].sum(axis=0)
    limits = np.where(one_sided, 1.0, 0.0)
    found = linprog(
        -gain, A_ub=np.vstack([rows, -rows]), b_ub=np.concatenate([limits, np.zeros(len(rows))]), bounds=(None, None)
    )
    return bool(found.status == 3 or (found.status == 0 and -found.fun > 1e-7))


def _guess(wins: Floats) -> Floats:
    """Where to begin: the log odds of winning, shrunk as if each item had won and lost once more."""
    odds = np.log((wins.sum(axis=-1) + 1) / (wins.sum(axis=-2) + 1))
    return np.asarray(odds - odds.mean(axis=-1, keepdims=True))


def _slope(scores: Floats, wins: Floats, met: Floats, regularization: float) -> tuple[Floats, Floats]:
    """Slope of what is maximized, shape (..., n), and curvature of each pair, ``n_ij p_ij p_ji``, shape (..., n, n).

    The slope is summed as wins that were unexpected less losses that were, since their difference is small beside them.
    """
    strength = np.exp(np.maximum(scores - scores.max(axis=-1, keepdims=True), LOWEST))
    total = strength[..., :, None] + strength[..., None, :]
    share = wins / total
    slope = (share @ strength[..., None])[..., 0] - strength * share.sum(axis=-2) - regularization * scores
    np.divide(met, total, out=share)
    share /= total
    share *= strength[..., :, None]
    share *= strength[..., None, :]
    return slope, share


def _advance(
    scores: Floats, step: Floats, length: Floats, wins: Floats, met: Floats, regularization: float
) -> tuple[Floats, Floats, Floats]:
    """Take Newton's step, or where it runs past the maximum a part that does not; scores, slope and curvature there."""
    ahead = scores + step
    slope, curve = _slope(ahead, wins, met, regularization)
    beyond = (np.sum(slope * step, axis=-1, keepdims=True) < 0) & (length > SHORT)
    if beyond.any():
        ahead = np.where(beyond, scores + _damped(length) * step, ahead)
        slope, curve = _slope(ahead, wins, met, regularization)
    return ahead - ahead.mean(axis=-1, keepdims=True), slope, curve


def _damped(length: Any) -> Any:
    """Share of a Newton step to take, ``log(1 + r) / r``, that lets no margin run past the maximum."""
    long = np.maximum(length, 1e-300)
    return np.log1p(long) / long


def _step(curve: Floats, slope: Floats, regularization: float) -> Floats:
    """Solve for Newton's step; minus `curve` is the off-diagonal part of the Laplacian, shape (..., n, n)."""
    degree = curve.sum(axis=-1)
    # A constant added everywhere leaves sums of zero as they are and makes the Laplacian definite.
    laplacian = np.maximum(degree.mean(axis=-1), 1e-300)[..., None, None] / slope.shape[-1] - curve
    np.einsum("...ii->...i", laplacian)[...] += degree + regularization
    try:
        if slope.ndim == 1:
            return np.asarray(cho_solve(cho_factor(laplacian.T, overwrite_a=True, check_finite=False), slope))
        return np.asarray(np.linalg.solve(laplacian, slope[..., None])[..., 0])
    except LinAlgError:
        raise ValueError("wins must be less one-sided for a fit; more regularization helps") from None


def _counts(wins: ArrayLike, axes: int | None = None) -> Floats:
    """Return wins as floats; refuse what is no matrix of counts."""
    ndim = max(np.ndim(wins), 2) if axes is None else axes
    counts = checks.array("wins", wins, (None,) * ndim, low=0)
    if counts.shape[-1] != counts.shape[-2] or not counts.shape[-1]:
        raise ValueError(f"wins must be square, got shape {counts.shape}")
    if np.diagonal(counts, axis1=-2, axis2=-1).any():
        raise ValueError("wins must be 0 on the diagonal: no item is compared with itself")
    return counts


def _connected(counts: Floats) -> None:
    """Refuse a group of items that never lost to, or never won against, the rest."""
    beats = counts > 0
    for way, never, otherwise in ((beats, "lost to", "won against"), (beats.T, "won against", "lost to")):
        reached = _reached(way)
        if not reached.all():
            few = reached if 2 * reached.sum() < len(reached) else ~reached
            words = otherwise if few is reached else never
            raise ValueError(
                f"wins must bound every score, got {_listed(np.flatnonzero(few))} that never {words} the others; "
                "regularization greater than 0 places them"
            )


def _reached(beats: Flags) -> Flags:
    """Which items the first one beats, directly or through others."""
    reached = np.zeros(len(beats), dtype=bool)
    reached[0] = True
    fresh = reached
    while fresh.any():
        fresh = beats[fresh].any(axis=0) & ~reached
        reached = reached | fresh
    return reached


def _listed(items: NDArray[np.intp]) -> str:
    words = ", ".join(str(item) for item in items[:5]) + (f" and {len(items) - 5} more" if len(items) > 5 else "")
    return f"item{'s' if len(items) > 1 else ''} {words}"


def _numbers(name: str, items: ArrayLike, count: int) -> NDArray[np.intp]:
    """Return a list of item numbers; refuse what is none."""
    given = np.asarray(items)
    if given.ndim != 1 or (given.dtype.kind not in "iu" and given.size):
        raise TypeError(f"{name} must be a list of whole numbers, got {given.dtype} of shape {given.shape}")
    if given.size and (given.min() < 0 or given.max() >= count):
        raise ValueError(f"{name} must lie in [0, {count - 1}], got values from {given.min()} to {given.max()}")
    return given.astype(np.intp)


# The model's parts -------------------------------------------------------------------------------------------------


def _truth(params: RewardModelParams) -> Floats:
    return params.spread * (np.arange(params.items) / (params.items - 1) - 0.5)


def _flatters(items: int) -> Flags:
    """The items whose number has an odd count of binary ones: half of them, good and bad alike."""
    return np.array([item.bit_count() % 2 == 1 for item in range(items)])


def _chance(params: RewardModelParams) -> Floats:
    """chance[i, j] that i is preferred to j, shape (n_items, n_items)."""
    liked = _truth(params) + params.bias * _flatters(params.items)
    return answer_probability(liked[:, None] - liked, params.error, params.fickleness)


def _limit(params: RewardModelParams) -> Floats:
    expected = _chance(params)
    np.fill_diagonal(expected, 0.0)
    return fit(expected)


def _levels(comparisons: int) -> list[int]:
    return sorted({*(2**power for power in range(comparisons.bit_length())), comparisons})


def _sign(difference: Floats) -> Floats:
    return np.asarray(np.where(np.abs(difference) > SAME, np.sign(difference), 0.0))


def _margins(scores: Floats, flatters: Flags) -> tuple[Floats, Floats]:
    """Mean and standard deviation[kind, gap] of margins over pairs and runs, from scores[run, item]."""
    items = len(flatters)
    mean, deviation = np.full((2, items - 1), np.nan), np.full((2, items - 1), np.nan)
    for gap in range(1, items):
        margin, better, worse = scores[:, gap:] - scores[:, :-gap], flatters[gap:], flatters[:-gap]
        for kind, pairs in enumerate((better == worse, worse & ~better)):
            if pairs.any():
                mean[kind, gap - 1], deviation[kind, gap - 1] = margin[:, pairs].mean(), margin[:, pairs].std()
    return mean, deviation


def _result(params: RewardModelParams, fitted: Floats, agreement: Floats) -> RewardModelResult:
    limit, flatters, truth = _limit(params), _flatters(params.items), _truth(params)
    mean, deviation = _margins(fitted, flatters)
    return RewardModelResult(
        params=params,
        true_score=truth,
        flatters=flatters,
        limit_score=limit,
        fitted_score=fitted,
        true_margin=truth[1:] - truth[0],
        pair_margin=pair_margin(truth[1:] - truth[0], params.error, params.fickleness),
        limit_margin=_margins(limit[None], flatters)[0],
        fitted_margin=mean,
        fitted_spread=deviation,
        level=np.array(_levels(params.comparisons)),
        agreement=agreement,
    )
