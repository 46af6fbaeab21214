"""Best of n, and the distance it is said to travel.

Idea. Draw n answers from a model, keep the one that the reward model likes best. The rewards matter only by their
order, so everything follows from the rank U of an answer in the base, uniform on [0, 1]: the best of n has the rank
``max U``, of density ``n u^(n-1)``. Its distance from the base is ``KL = ∫ n u^(n-1) log(n u^(n-1)) du = log n - (n -
1) / n``, and it beats one more answer with probability ``n / (n + 1)``. Both are quoted as facts about best of n, and
curves of over-optimization are drawn against the first.

Assumption that breaks. That no two draws are the same answer. A base whose answers have probabilities p_1, p_2, ...
from worst to best (answers of equal reward count as one) cuts [0, 1] into pieces of those lengths and sees only in
which piece the rank falls. Nothing that is computed from U is farther from its base than U itself, so the formula is an
upper bound. Equality would need ``n u^(n-1)`` to be constant on every piece: never, if n > 1 and any answer has a
probability. Exactly: answer i is the best with probability ``q_i = F_i^n - F_(i-1)^n``, F the running sums of p, and
``KL = sum q_i log(q_i / p_i)``.

Three lemmas of this book, each one line. (i) As n grows, q settles on the best answer, of probability p_K: the distance
ends at ``-log p_K``, log K for K equally likely answers, while the formula goes on as log n - 1. (ii) For K equally
likely answers the formula overstates by ``n (n - 1)^2 / (24 K^2 (n - 2))`` for n > 2 and n small beside K: Taylor's
loss ``(h^2 / 24) ∫ g'^2 / g`` from averaging a density g over cells of width h. (iii) If only the best answer has a
probability s and the rest is a continuum, the pieces add up to `kl_below`; since a finer cut is farther from its base,
that is an upper bound for any base whose best answer has probability s, and a sharper one than the formula.

What one would wrongly conclude. From the formula: that best of 60,000 on a yes-or-no question spends ten nats, where
it cannot spend more than log 2 if both come equally often. From its failure: that published curves are wrong. Long texts are
as good as a continuum as long as n is small beside the number of answers that differ, and there the formula is exact to
any digit that is plotted.

Sources: beirami2024 (law of the best, both upper bounds, the counterexample of two answers), gao2023 (the formula as
the abscissa of over-optimization). Added here: answers of equal reward, among which the dice decide, so that they keep
their shares and count as one; and a tie with the base is half a win.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.special import lambertw, log_ndtr, ndtr

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "BestOfNParams", "BestOfNResult", "Crowd", "base", "classes", "expect", "finite_kl", "finite_policy",
    "finite_win_rate", "kl", "kl_below", "normal_mean", "normal_square", "pool_mean", "simulate", "size", "solve",
    "win_rate",
]  # fmt: skip

Floats = NDArray[np.float64]

LARGEST = 1e8  # largest n for which the quadrature below was measured
FARTHEST = 700.0  # largest distance whose n is still a float, in nats
STEP = 1 / 32  # of the trapezoidal rule, in standard deviations
NODES = np.arange(-14 / STEP, 14 / STEP + 1) * STEP
NODES.setflags(write=False)  # they are handed to callers
LOG_DENSITY = -0.5 * NODES**2 - 0.5 * math.log(2 * math.pi)
LOG_BELOW = np.where(NODES > 0, np.log1p(-ndtr(-np.abs(NODES))), log_ndtr(-np.abs(NODES)))
HELD = 256  # values of n whose weights are held at once

CURVE = np.geomspace(1, 1e6, 43)  # values of n through which lines are drawn
SAMPLED = (1, 4, 16, 64, 256, 1_000, 4_000, 16_000, 60_000, 250_000, 1_000_000)  # values of n that are simulated


class Crowd(StrEnum):
    """How the base spreads over its answers."""

    EQUAL = "all equally likely"
    BEST = "the best one is common"
    WORST = "the worst one is common"


@dataclass(frozen=True, kw_only=True)
class BestOfNParams:
    """answers: how many different ones the base can give, each of its own reward. crowd: which of them is common, if any.

    share: probability of the common one, at least an equal share; without effect where all are equally likely.
    n: answers drawn, of which the best is kept. runs: repetitions simulated at each n.
    """

    answers: int = checks.bounded(16, low=2, high=4096)
    crowd: Crowd = Crowd.EQUAL
    share: float = checks.bounded(0.9, low=0.0, high=0.999)
    n: int = checks.bounded(1_000, low=1, high=100_000_000)
    runs: int = checks.bounded(400, low=2, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class BestOfNResult:
    """How far best of n moves a base with finitely many answers, beside what the formula of a continuum reports.

    Attributes
    ----------
    params : the base and the n that is marked.
    probability : probability[answer], shape (answers,), of the base, from worst to best.
    n : n[point], shape (n_points,), answers drawn, from 1 to 1e6.
    kl, usual_kl : distance[point], shape (n_points,), in nats: exact, and by the formula of a continuum.
    win, usual_win : rate[point], shape (n_points,), fraction of duels with the base won, ties half: exact, and of a continuum.
    marked_kl, marked_win : value[which], shape (2,), at `params.n`, in nats and as a fraction: exact, and by the formula.
    sampled_n : n[sample], shape (n_samples,), the last one `params.n`.
    sampled_kl, sampled_kl_error : mean[sample] of the log ratio and its standard error, shape (n_samples,), in nats; 0 if exact.
    sampled_win, sampled_win_error : rate[sample] and its standard error, shape (n_samples,), fraction; error 0 where exact.
    """

    params: BestOfNParams
    probability: Floats
    n: Floats
    kl: Floats
    usual_kl: Floats
    win: Floats
    usual_win: Floats
    marked_kl: Floats
    marked_win: Floats
    sampled_n: Floats
    sampled_kl: Floats
    sampled_kl_error: Floats
    sampled_win: Floats
    sampled_win_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def limit(self) -> float:
        """Distance that no n exceeds, in nats: ``-log`` of the best answer's probability."""
        return -math.log(self.probability[-1])

    @property
    def win_limit(self) -> float:
        """Win rate that no n exceeds, fraction: 1 less half the best answer's probability."""
        return 1 - float(self.probability[-1]) / 2

    @property
    def overstated(self) -> float:
        """What the formula reports too much at `params.n`, in nats."""
        return float(self.marked_kl[1] - self.marked_kl[0])


# A continuum of answers --------------------------------------------------------------------------------------------


def kl(n: ArrayLike) -> Floats:
    """Return how far best of n moves a continuum of answers, ``log n - (n - 1) / n``, in nats; real n of at least 1.

    An upper bound for every other base (beirami2024).

    Raises
    ------
    TypeError, ValueError : `n` is no number or array of numbers, or one of them is below 1.
    """
    more = _real("n", n, low=1) - 1
    return np.asarray(np.log1p(more) - more / (1 + more))


def size(distance: ArrayLike) -> Floats:
    """Return the real n whose `kl` is `distance`, from 0 to 700 nats: the inverse of `kl`.

    Closed form ``n = -1 / W(-exp(-1 - distance))`` with Lambert's W, since y = 1 / n solves ``y - log y = 1 +
    distance``; three Newton steps mend the digits that W loses beside its branch point, at n = 1.

    Raises
    ------
    TypeError, ValueError : `distance` is no number or array of numbers, or one of them lies outside [0, 700].
    """
    far = _real("distance", distance, low=0, high=FARTHEST)
    more = np.fmax(-1 / lambertw(-np.exp(-1 - far)).real - 1, np.sqrt(2 * far))  # W is NaN at its branch point
    near = (far > 0) & (far < 0.1)
    for _ in range(3):
        close = np.where(near, more, 1.0)
        more = np.where(near, close - (kl(1 + close) - far) * np.square(1 + close) / close, more)
    return np.asarray(1 + more)


def win_rate(n: ArrayLike) -> Floats:
    """Return the probability that best of n beats one more answer of the base, ``n / (n + 1)``, for a continuum.

    The best of n + 1 answers is equally likely to be any of them. An upper bound for every other base (beirami2024).

    Raises
    ------
    TypeError, ValueError : `n` is no number or array of numbers, or one of them is below 1.
    """
    count = _real("n", n, low=1)
    return np.asarray(count / (count + 1))


# A normal reward ---------------------------------------------------------------------------------------------------


def expect(function: Callable[[Floats], Floats], n: ArrayLike) -> Floats:
    """Return ``E[function(Z)]`` for Z the largest of n standard normal numbers, real n from 1 to 1e8; shaped as `n`.

    For any other continuous base with quantile function Q, pass ``lambda z: g(Q(Phi(z)))``: ranks do not know the base.

    One trapezoidal rule in z serves every n: 897 nodes from -14 to 14, 1/32 apart, so that `function` is called once,
    with shape (897,). The density ``n phi(z) Phi(z)^(n-1)`` is analytic, and the rule's error falls exponentially
    in the number of nodes. It is (the tests measure it)

    * below 1e-11 times the largest value near where Z is, for a function that is smooth on the scale of 1/4
      (polynomials, exponentials, sigmoids of slope up to 10) and grows no faster than ``exp(z^2 / 4)``;
    * below 2e-4 times the jump of the slope for a function with a kink;
    * below 0.04 times the jump for a function that jumps: use ``Phi(z)^n`` there instead.

    Raises
    ------
    TypeError, ValueError : an `n` outside [1, 1e8], or a function that does not return one finite number a node.
    """
    count = _real("n", n, low=1, high=LARGEST)
    values = checks.array("function(z)", function(NODES), NODES.shape)
    flat, total = count.ravel(), np.empty(count.size)
    for start in range(0, flat.size, HELD):
        block = slice(start, start + HELD)
        total[block] = _weights(flat[block]) @ values
    return total.reshape(count.shape)


def normal_mean(n: ArrayLike) -> Floats:
    """Return the mean of the largest of n standard normal numbers, real n from 1 to 1e8; error below 1e-11."""
    return expect(lambda z: z, n)


def normal_square(n: ArrayLike) -> Floats:
    """Return the mean square of the largest of n standard normal numbers, real n from 1 to 1e8; error below 1e-10."""
    return expect(np.square, n)


def _weights(count: Floats) -> Floats:
    """Weight[n, node] of the trapezoidal rule; rows sum to 1."""
    powers = np.multiply.outer(count - 1, LOG_BELOW)
    powers += LOG_DENSITY
    return np.asarray(np.exp(powers, out=powers) * (STEP * count[:, None]))


# Finitely many answers ---------------------------------------------------------------------------------------------


def classes(probabilities: ArrayLike, rewards: ArrayLike) -> Floats:
    """Return the probabilities from worst to best, answers of equal reward as one, those of probability 0 left out.

    The best of n is spread over equally good answers as the base is, so no distance and no duel tells them apart.

    Raises
    ------
    TypeError, ValueError : `probabilities` is no list of numbers that are not negative and sum to 1, or `rewards` has
        another length.
    """
    shares = _distribution(probabilities, low=0)
    worth = checks.array("rewards", rewards, shares.shape)
    _, member = np.unique(worth[shares > 0], return_inverse=True)
    return np.asarray(np.bincount(member, shares[shares > 0]))


def finite_policy(probabilities: ArrayLike, n: ArrayLike) -> Floats:
    """Return the probability that an answer is the best of n, ``F_i^n - F_(i-1)^n``; shape of `n` with one axis more.

    `probabilities` are those of the base from worst to best, shape (answers,), all positive, see `classes`.

    Raises
    ------
    TypeError, ValueError : as `classes`, or an `n` below 1.
    """
    return np.asarray(np.exp(_log_policy(_distribution(probabilities), _real("n", n, low=1))))


def finite_kl(probabilities: ArrayLike, n: ArrayLike) -> Floats:
    """Return how far best of n moves a base of finitely many answers, ``sum q log(q / p)``, in nats; shaped as `n`.

    Never more than `kl` of n, nor than ``-log`` of the best answer's probability. Arguments as of `finite_policy`.
    """
    shares = _distribution(probabilities)
    log_policy = _log_policy(shares, _real("n", n, low=1))
    return np.asarray((np.exp(log_policy) * (log_policy - np.log(shares))).sum(axis=-1))


def finite_win_rate(probabilities: ArrayLike, n: ArrayLike) -> Floats:
    """Return the probability that best of n beats one more answer of the base, a tie being half a win; shaped as `n`.

    Never more than `win_rate` of n. Arguments as of `finite_policy`.
    """
    shares = _distribution(probabilities)
    return np.asarray(finite_policy(shares, n) @ (np.cumsum(shares) - shares / 2))


def kl_below(share: ArrayLike, n: ArrayLike) -> Floats:
    """Return the distance of best of n if the best answer has probability `share` and the rest is a continuum, in nats.

    With r = 1 - share: ``r^n (log n + (n - 1) log r - (n - 1) / n) + (1 - r^n) log((1 - r^n) / share)``; the
    arguments broadcast. An upper bound for every base whose best answer has this probability, and never above `kl` of n.

    Raises
    ------
    TypeError, ValueError : a `share` outside [0, 1], or an `n` below 1.
    """
    best, count = _real("share", share, low=0, high=1), _real("n", n, low=1)
    best, count = np.broadcast_arrays(best, count)
    inner = np.where((best > 0) & (best < 1), best, 0.5)
    rest = np.log1p(-inner)
    taken = -np.expm1(count * rest)
    mixed = np.exp(count * rest) * (kl(count) + (count - 1) * rest) + taken * np.log(taken / inner)
    return np.asarray(np.where(best == 0, kl(count), np.where(best == 1, 0.0, mixed)))


def _log_policy(shares: Floats, count: Floats) -> Floats:
    """Log of the probability[..., answer] of being the best of n, in a form that loses nothing for rare answers."""
    upto = np.cumsum(shares)
    upto /= upto[-1]
    beyond = np.append(np.cumsum(shares[:0:-1])[::-1], 0.0)
    log_upto = np.where(upto < 0.5, np.log(upto), np.log1p(-np.minimum(beyond, 0.75)))
    step = np.log1p(-np.minimum(shares[1:] / upto[1:], 1 - 1e-16))  # log F_(i-1) - log F_i
    log_policy = np.multiply.outer(count, log_upto)
    log_policy[..., 1:] += np.log(-np.expm1(np.multiply.outer(count, step)))
    return np.asarray(log_policy)


# The model ---------------------------------------------------------------------------------------------------------


def base(params: BestOfNParams) -> Floats:
    """Return the base's probability[answer], shape (answers,), from worst to best."""
    count = params.answers
    common = 1 / count if params.crowd is Crowd.EQUAL else max(params.share, 1 / count)
    shares = np.full(count, (1 - common) / (count - 1))
    shares[-1 if params.crowd is Crowd.BEST else 0] = common
    return shares


def simulate(params: BestOfNParams, rng: Generator) -> BestOfNResult:
    """Sample the best of n and a rival from the base, `runs` times at each n.

    The rank of the best of n is drawn at once, as ``V^(1/n)`` with V uniform, which is the law of the largest of n
    uniform numbers. The distance is estimated as training code does it, by the mean log ratio of what was sampled. Every
    parameter but `runs` leaves the dice alone.
    """
    shares, counts = base(params), np.array([*SAMPLED, params.n], float)
    rank, rival = rng.random((2, len(counts), params.runs))
    best = _answer(shares, -np.expm1(np.log1p(-rank) / counts[:, None]))
    ratio = np.take_along_axis(_log_policy(shares, counts) - np.log(shares), best, 1)
    won = 0.5 + 0.5 * np.sign(best - _answer(shares, rival))
    return _result(params, shares, counts, (ratio.mean(axis=1), _error(ratio)), (won.mean(axis=1), _error(won)))


def solve(params: BestOfNParams) -> BestOfNResult:
    """Return the exact values where `simulate` samples."""
    shares, counts = base(params), np.array([*SAMPLED, params.n], float)
    none = np.zeros(len(counts))
    return _result(params, shares, counts, (finite_kl(shares, counts), none), (finite_win_rate(shares, counts), none))


def _answer(shares: Floats, above: Floats) -> NDArray[np.intp]:
    """Answer of the base at a rank, given as the fraction of ranks above it."""
    beyond = np.append(0.0, np.cumsum(shares[:0:-1]))
    return np.asarray(len(shares) - np.searchsorted(beyond, above, side="right"))


def _error(values: Floats) -> Floats:
    return np.asarray(values.std(axis=1, ddof=1) / math.sqrt(values.shape[1]))


def _result(
    params: BestOfNParams, shares: Floats, counts: Floats, far: tuple[Floats, Floats], won: tuple[Floats, Floats]
) -> BestOfNResult:
    points = np.append(CURVE, params.n)
    exact_kl, exact_win = finite_kl(shares, points), finite_win_rate(shares, points)
    usual_kl, usual_win = kl(points), win_rate(points)
    return BestOfNResult(
        params=params, probability=shares, n=CURVE.copy(),
        kl=exact_kl[:-1], usual_kl=usual_kl[:-1], win=exact_win[:-1], usual_win=usual_win[:-1],
        marked_kl=np.array([exact_kl[-1], usual_kl[-1]]), marked_win=np.array([exact_win[-1], usual_win[-1]]),
        sampled_n=counts, sampled_kl=far[0], sampled_kl_error=far[1], sampled_win=won[0], sampled_win_error=won[1],
    )  # fmt: skip


# A pool of answers that were drawn once ----------------------------------------------------------------------------


def pool_mean(proxy: ArrayLike, gold: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return the expected gold of the answer that is best by `proxy` among n drawn without replacement, and its error.

    The unbiased estimator of a best-of-n curve from one pool of N answers a prompt: the answer of rank r (1 the worst)
    is the best of n with probability ``C(r - 1, n - 1) / C(N, n)``, so one sort and one table of weights replace all
    resampling. The weights are products of ``(s - n) / (s - 1)`` from the top down, all factors in [0, 1]; answers
    tied in proxy share theirs.

    Parameters
    ----------
    proxy, gold : score[prompt, answer], shape (prompts, N), two prompts or more.
    n : whole numbers, shape (k,), each from 1 to N.

    Returns
    -------
    mean over prompts and its standard error over prompts, each of shape (k,), in units of gold.

    Raises
    ------
    TypeError, ValueError : a wrong shape, a value that is not finite, or an `n` that is not whole or beyond the pool.
    """
    scores = checks.array("proxy", proxy, (None, None))
    prompts, answers = scores.shape
    if prompts < 2 or answers < 1:
        raise ValueError(f"proxy must have two prompts or more and one answer or more, got shape {scores.shape}")
    truth = checks.array("gold", gold, (prompts, answers))
    count = checks.array("n", n, (None,), low=1, high=answers)
    if (count % 1).any():
        raise ValueError("n must be whole numbers")
    each = _ranked(scores, truth) @ _rank_weights(answers, count).T
    return each.mean(axis=0), each.std(axis=0, ddof=1) / math.sqrt(prompts)


def _ranked(proxy: Floats, gold: Floats) -> Floats:
    """Gold[prompt, rank], ordered by proxy, with the mean of the ties at each of them."""
    order = np.argsort(proxy, axis=1)
    ranked, levels = np.take_along_axis(gold, order, 1), np.take_along_axis(proxy, order, 1)
    new = np.ones(levels.shape, bool)
    new[:, 1:] = levels[:, 1:] != levels[:, :-1]
    if new.all():
        return ranked
    group = np.cumsum(new) - 1
    means = np.bincount(group, ranked.ravel()) / np.bincount(group)
    return np.asarray(means[group].reshape(ranked.shape))


def _rank_weights(answers: int, count: Floats) -> Floats:
    """Probability[n, rank] that the answer of that rank, worst first, is the best of n out of the pool."""
    rank = np.arange(answers, 1, -1.0)
    factors = np.maximum(rank - count[:, None], 0) / (rank - 1)
    falling = np.cumprod(np.column_stack([count / answers, factors]), axis=1)
    return np.asarray(falling[:, ::-1])


def _real(name: str, value: ArrayLike, low: float, high: float = math.inf) -> Floats:
    return checks.array(name, value, (None,) * np.ndim(value), low=low, high=high)


def _distribution(value: ArrayLike, low: float = 5e-324) -> Floats:
    shares = checks.array("probabilities", value, (None,), low=low, high=1)
    if not shares.size or abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"probabilities must sum to 1, got {shares.sum():g}")
    return shares
