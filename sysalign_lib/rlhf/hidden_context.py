"""Hidden context: when it matters who answered, one score an option counts wins and forgets sizes.

Idea. Options a lie between 0 and 1. Below an edge e an option is worth a to everyone. From the edge on it turns out well for a
share p of people, who get a / p, and is worth nothing to the others: the mean is a all the way, and a = 1 is the best option.
Whether it turned out well is the hidden context: raters know it when they compare, the learner does not. A reward model of
Bradley and Terry's kind that sees only who won ranks options by their Borda count, the chance of beating a random option
(siththaranjan2024), and beating somebody by far counts as one win.

Closed form (derived here; e = 0.8, p = 1/2 is siththaranjan2024's experiment). Raters without noise, contexts drawn for each
option apart: a sure option beats the sure ones below it and the unlucky cases, ``B(a) = a + (1 - p) (1 - e)``; a risky one beats
all sure ones when it turns out well, and ``B(a) = p e + (1 - p^2) (1 - e) / 2 + p^2 (a - e)``. At the edge the win rate falls by
``(1 - p) (1 - (1 - e) (1 + p) / 2)``, for every p < 1. The learner prefers the best risky option to the best sure one only if
``(1 - e) p^2 + 2 p > 1 + e``, that is ``p > (sqrt(2 - e^2) - 1) / (1 - e)``: 83.1 % of people for e = 0.8. If one rater's luck
holds for both options of a comparison, ``B(a) = p a + (1 - p) (1 - e) / 2`` above the edge and the share is
``(1 + e) / (3 - e)``. With logistic noise beta all of it stays closed: ``∫ sigmoid((u - v) / beta) dv`` is a difference of
softplus functions.

Assumption that breaks. That an answer "this one is better" says how much better. Noise says some of it, since people seldom err
about great differences: for large beta the chance of a win becomes linear in the difference and the Borda count becomes the
expected utility.

Repairs. (i) Ask for the context and score options in contexts: with noise, Bradley-Terry then is the right model and the
weighted scores are the means. Without noise it does not help at all: the mean of the win rates in both contexts is the pooled
win rate, cliff included. And the answers must bridge the gap: if nobody ever errs about a great gain, its size is not learned.
(ii) Learn a distribution. Compare with sure amounts v spread evenly on [0, L], L >= a / p: the chance of beating v is
P(u > v), the whole law of the option's worth, and its integral ``∫ P(u > v) dv = E[min(u, L)]`` is the mean, whoever answers.
Against the options themselves the ladder ends at the edge; that is the cliff. (iii) Distributional preference learning in its
mean-and-spread form, `mean_and_spread`: a warning, seen in the spread, rather than a mean to trust.

What one would wrongly conclude. That the learner is stupid: for a small p many would call its caution right, since most people
lose by the option that is best on average. And that noise is to blame: where all share one utility, symmetric noise of
any size leaves the win rate increasing in a; here noise heals.

Sources: siththaranjan2024 (Borda, the experiment, distributional preference learning), bradley1952, borda1784. The forms for any
edge, share and noise, the shares at which the learner turns, and the ladder of sure amounts are this book's. Deviations: no
network, options are scored one by one; mean and spread are fitted with a small ridge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_ndtr

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.rlhf.reward_model import fit

__all__ = [
    "Asking", "HiddenContextParams", "HiddenContextResult", "borda", "bradley_terry", "cliff", "healing_noise",
    "mean_and_spread", "options_at", "simulate", "solve", "sure_score", "turning_share", "win_chance",
]  # fmt: skip

Floats = NDArray[np.float64]

OPTIONS = 40  # scored one by one in a simulation
SURE_POINTS = 17  # of a curve of scores, below the edge
STEPS = 8  # sure amounts with which the best option is compared in a simulation
WIDEST = 2.4  # utility up to which the ladder of sure amounts is drawn
SLACK = 8.0  # noises by which the ladder of sure amounts reaches beyond all utilities
TINY = 1e-300  # the least sure option that still beats nothing
RIDGE = 0.01  # in units of answers: keeps scores finite that no answer bounds


class Asking(StrEnum):
    """What raters are asked."""

    HIDDEN = "which option is better"
    CONTEXT = "which is better, and how it turned out"
    AMOUNTS = "better than a sure amount"


@dataclass(frozen=True, kw_only=True)
class HiddenContextParams:
    """share: of people for whom a risky option turns out well. edge: the first risky option. noise: of raters, logistic, in units
    of utility. asking: what raters are asked. together: one rater's luck holds for both options of a comparison; otherwise
    each option has its own. answers: in a simulation.
    """

    share: float = checks.bounded(0.5, low=0.05, high=1.0)
    edge: float = checks.bounded(0.8, low=0.1, high=0.95)
    noise: float = checks.bounded(0.0, low=0.0, high=2.0)
    asking: Asking = Asking.HIDDEN
    together: bool = False
    answers: int = checks.bounded(40_000, low=2000, high=10_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class HiddenContextResult:
    """What the learner makes of the options, and what raters say of the best one.

    A score is put on the scale of the sure options: a sure 0 scores 0 and the best sure option scores the edge.

    Attributes
    ----------
    params : the world and the question.
    curve_option, curve_score : [point], shape (n_points,), options and the score that unlimited answers give them; the edge
        comes twice, as the best sure option and as the first risky one. In units of utility, as are all the following.
    option, score, score_error : [option], shape (40,), the options scored one by one, their scores from simulated answers and the
        standard errors of these; error 0 where exact.
    ladder_at : amount[point], shape (n_amounts,), sure amounts with which a = 1 is compared.
    ladder : chance[context, point], shape (n_contexts, n_amounts), of a = 1 to win, fraction; two rows (well, badly)
        where the context is asked, else one.
    step_at : amount[step], shape (8,), sure amounts with which a = 1 is compared in the simulation.
    step, step_error : [context, step], shape (n_contexts, 8), share of simulated comparisons won by a = 1 and its standard error,
        fraction; error 0 where exact.
    one_score_at, one_score : [option], shape (n_sure,), sure options and the chance of a = 1 to win against them as the fitted
        Bradley-Terry scores have it, fraction; empty if the context is not hidden.
    """

    params: HiddenContextParams
    curve_option: Floats
    curve_score: Floats
    option: Floats
    score: Floats
    score_error: Floats
    ladder_at: Floats
    ladder: Floats
    step_at: Floats
    step: Floats
    step_error: Floats
    one_score_at: Floats
    one_score: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def before(self) -> float:
        """Win rate just below the edge, against a random option, fraction."""
        return _before(self.params)

    @property
    def after(self) -> float:
        """Win rate at the edge, against a random option, fraction."""
        return float(borda(self.params.edge, self.params))

    @property
    def drop(self) -> float:
        """What the score loses at the edge, on the scale of the sure options."""
        return self.params.edge - float(self.curve_score[SURE_POINTS])

    @property
    def pick(self) -> float:
        """The option with the highest score, with unlimited answers: 1 or the edge."""
        return 1.0 if self.curve_score[-1] >= self.params.edge else self.params.edge

    @property
    def spread(self) -> float:
        """Standard deviation over people of what a = 1 is worth, in units of utility."""
        return math.sqrt(1 / self.params.share - 1)


# Exact ------------------------------------------------------------------------------------------------------------


def options_at(size: int) -> Floats:
    """Return the middles of `size` equal parts of [0, 1], shape (size,)."""
    checks.integer("size", size, low=1)
    return (np.arange(size) + 0.5) / size


def win_chance(option: ArrayLike, other: ArrayLike, params: HiddenContextParams) -> Floats:
    """Return the chance that `option` is preferred to `other`, fraction; the arguments broadcast."""
    (good, bad), (his_good, his_bad) = _outcomes(_options(option), params), _outcomes(_options(other), params)
    p, noise = params.share, params.noise
    if params.together:
        return p * _wins(good - his_good, noise) + (1 - p) * _wins(bad - his_bad, noise)
    lucky = p * _wins(good - his_good, noise) + (1 - p) * _wins(good - his_bad, noise)
    return p * lucky + (1 - p) * (p * _wins(bad - his_good, noise) + (1 - p) * _wins(bad - his_bad, noise))


def borda(option: ArrayLike, params: HiddenContextParams) -> Floats:
    """Return the chance to beat an option drawn evenly from [0, 1], fraction, shape of `option`; closed form."""
    return _borda(_options(option), params, params.noise)


def cliff(params: HiddenContextParams) -> float:
    """Return by how much the win rate falls at the edge, fraction.

    Without noise ``(1 - p) (1 - (1 - e) (1 + p) / 2)``, and ``(1 - p) (1 + e) / 2`` where luck is shared.
    """
    return _before(params) - float(borda(params.edge, params))


def turning_share(edge: float, *, together: bool = False) -> float:
    """Return the share of lucky people above which raters without noise make the learner prefer a = 1, fraction.

    ``(sqrt(2 - e^2) - 1) / (1 - e)``, and ``(1 + e) / (3 - e)`` where luck is shared by both options.
    """
    checks.number("edge", edge, low=0, high=1, open_high=True)
    return (1 + edge) / (3 - edge) if together else (math.sqrt(2 - edge**2) - 1) / (1 - edge)


def healing_noise(params: HiddenContextParams) -> float:
    """Return the raters' noise from which on the learner prefers a = 1 with the context hidden, in units of utility.

    0 if it does so without noise. Found by root finding; `params.noise` is not used.
    """

    def gain(noise: float) -> float:
        before, top = _borda(np.array([math.nextafter(params.edge, 0), 1.0]), params, noise)
        return float(top - before)

    if gain(0.0) >= 0:
        return 0.0
    high = 0.1
    while gain(high) < 0:
        high *= 1.5
    return float(brentq(gain, 1e-4, high, xtol=1e-12))


def bradley_terry(params: HiddenContextParams, size: int = 200) -> tuple[Floats, Floats]:
    """Return `size` options and their Bradley-Terry scores from unlimited comparisons of all pairs, both of shape (size,).

    Raises
    ------
    ValueError : nobody ever errs or has bad luck (share 1, noise 0): there are no finite scores.
    """
    at = options_at(size)
    wins = win_chance(at[:, None], at, params)
    np.fill_diagonal(wins, 0.0)
    return at, fit(wins)


def sure_score(rate: ArrayLike, params: HiddenContextParams) -> Floats:
    """Return win rates on the scale of the sure options: almost nothing for sure gives 0, the best sure option the edge."""
    low = float(borda(TINY, params))
    return np.asarray(params.edge * (np.asarray(rate) - low) / (_before(params) - low))


def mean_and_spread(wins: ArrayLike, ridge: float = 1e-4) -> tuple[Floats, Floats]:
    """Fit a mean and a spread to every option: P(i beats j) = Phi((m_i - m_j) / sqrt(s_i^2 + s_j^2)).

    The mean-and-variance form of distributional preference learning (siththaranjan2024), without a network. `wins[i, j]`,
    shape (n, n), is how often i was preferred to j; the ridge holds means and log spreads near 0, where hard comparisons
    would send them to infinity. The unit is free: only ratios of the answers mean something.

    Returns
    -------
    means, spreads : shape (n,), in a common unit.
    """
    size = len(np.atleast_1d(np.asarray(wins, dtype=float)))
    won = checks.array("wins", wins, (size, size), low=0.0)
    checks.number("ridge", ridge, low=0, open_low=True)
    checks.number("wins.sum()", float(won.sum()), low=0, open_low=True)
    won = won / won.sum()

    def loss(at: Floats) -> tuple[float, Floats]:
        mean, variance = at[:size], np.exp(2 * at[size:])
        width = np.sqrt(variance[:, None] + variance)
        z = (mean[:, None] - mean) / width
        log_chance = log_ndtr(z)
        pull = won * np.exp(-0.5 * z * z - log_chance) / math.sqrt(2 * math.pi)
        to_mean = (pull / width).sum(0) - (pull / width).sum(1)
        bent = pull * z / width**2
        to_spread = (bent.sum(0) + bent.sum(1)) * variance
        value = -float((won * log_chance).sum()) + ridge * float(at @ at) / size
        return value, np.concatenate([to_mean, to_spread]) + 2 * ridge * at / size

    start = np.concatenate([np.linspace(-0.5, 0.5, size)[np.argsort(np.argsort(won.sum(1)))], np.zeros(size)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    return found[:size], np.exp(found[size:])


def solve(params: HiddenContextParams) -> HiddenContextResult:
    """Return what unlimited answers teach."""
    option = options_at(OPTIONS)
    steps = _chances(_step_amounts(params), params)
    return _result(params, _learned(option, params), np.zeros(OPTIONS), steps, np.zeros(steps.shape))


# Simulation -------------------------------------------------------------------------------------------------------


def simulate(params: HiddenContextParams, rng: Generator) -> HiddenContextResult:
    """Ask `params.answers` raters about the options, and as many about each step of the ladder as about an option.

    The same dice whatever the parameters.
    """
    dice, ladder_dice = rng.spawn(2)
    score, error = _asked(params, dice)
    chances = _chances(_step_amounts(params), params)
    each = max(params.answers // OPTIONS, 1)
    mine = ladder_dice.random((each, 1, STEPS))
    slip = _slips(ladder_dice, (each, 1, STEPS), params.noise)
    good, bad = _best(params)
    if len(chances) == 2:
        worth = np.broadcast_to(np.array([[good], [bad]]), (each, 2, STEPS))
    else:
        worth = np.where(mine < params.share, good, bad)
    steps = _preferred(worth - _step_amounts(params) + slip).mean(0)
    return _result(params, score, error, steps, np.sqrt(chances * (1 - chances) / each))


def _asked(params: HiddenContextParams, rng: Generator) -> tuple[Floats, Floats]:
    """Scores of the options from simulated answers and their standard errors, shape (40,)."""
    if params.asking is Asking.CONTEXT and params.noise > 0:
        return _in_context(params, rng)
    option, each = options_at(OPTIONS)[:, None], params.answers // OPTIONS
    shape = (OPTIONS, each)
    luck, his_luck, place = rng.random(shape), rng.random(shape), rng.random(shape)
    worth = np.where(luck < params.share, *_outcomes(option, params))
    slip = _slips(rng, shape, params.noise)
    if params.asking is Asking.AMOUNTS:
        low, high = _ladder_ends(params)
        rate = _preferred(worth - (low + (high - low) * place) + slip).mean(1)
        chance = (_learned(option[:, 0], params) - low) / (high - low)
        return low + (high - low) * rate, (high - low) * np.sqrt(chance * (1 - chance) / each)
    his = np.where((luck if params.together else his_luck) < params.share, *_outcomes(place, params))
    rate, chance = _preferred(worth - his + slip).mean(1), borda(option[:, 0], params)
    unit = float(sure_score(1.0, params) - sure_score(0.0, params))
    return sure_score(rate, params), unit * np.sqrt(chance * (1 - chance) / each)


def _in_context(params: HiddenContextParams, rng: Generator) -> tuple[Floats, Floats]:
    """Bradley-Terry over options in contexts; the weighted scores and their standard errors, shape (40,)."""
    option, shape = options_at(OPTIONS), (2, params.answers)
    which, luck = rng.integers(OPTIONS, size=shape), rng.random(shape)
    if params.together:
        luck[1] = luck[0]
    item, worth, weights = _items(option, params)
    at = np.where(luck < params.share, item[0][which], item[1][which])
    first = _preferred(worth[at[0]] - worth[at[1]] + _slips(rng, shape[1:], params.noise)) == 1
    size = len(worth)
    winner, loser = np.where(first, at[0], at[1]), np.where(first, at[1], at[0])
    wins = np.bincount(winner * size + loser, minlength=size * size).reshape(size, size).astype(float)
    np.fill_diagonal(wins, 0.0)
    scores = fit(wins, regularization=RIDGE)
    gap = scores[:, None] - scores
    known = (wins + wins.T) * expit(gap) * expit(-gap)
    information = np.diag(known.sum(1)) - known + RIDGE * np.eye(size)
    contrast = weights - np.where(np.arange(size) < _sure(params), 1 / _sure(params), 0.0)
    variance = ((contrast @ np.linalg.inv(information)) * contrast).sum(1)
    shift = option[: _sure(params)].mean()
    return params.noise * (contrast @ scores) + shift, params.noise * np.sqrt(np.maximum(variance, 0.0))


def _items(option: Floats, params: HiddenContextParams) -> tuple[Floats, Floats, Floats]:
    """Options in contexts: item[context, option], worth[item], weight[option, item]. Sure options are one item each."""
    sure, size = _sure(params), len(option)
    good, bad = _outcomes(option, params)
    extra = 0 if params.share == 1 else size - sure
    item = np.vstack([np.arange(size), np.concatenate([np.arange(sure), size + np.arange(size - sure)])])
    weights = np.zeros((size, size + extra))
    weights[np.arange(size), item[0]] = params.share
    if extra:
        weights[np.arange(size), item[1]] += 1 - params.share
    return item, np.concatenate([good, bad[sure:][:extra]]), weights


# Parts ------------------------------------------------------------------------------------------------------------


def _options(option: ArrayLike) -> Floats:
    at = np.asarray(option, dtype=float)
    checks.array("option", at.ravel(), (None,), low=0.0, high=1.0)
    return at


def _outcomes(option: Floats, params: HiddenContextParams) -> tuple[Floats, Floats]:
    """Worth of options to whom they turn out well and to whom badly."""
    risky = option >= params.edge
    return np.where(risky, option / params.share, option), np.where(risky, 0.0, option)


def _wins(gap: Floats, noise: float) -> Floats:
    """Chance that a rater prefers what is worth `gap` more."""
    return np.asarray(expit(gap / noise) if noise > 0 else _preferred(gap))


def _preferred(gap: Floats) -> Floats:
    """1 where the gap is positive, 0 where negative, 1/2 for a tie."""
    return (np.sign(gap) + 1) / 2


def _slips(rng: Generator, shape: tuple[int, ...], noise: float) -> Floats:
    """Logistic noise, in units of utility."""
    return noise * rng.logistic(size=shape)


def _soft(gap: Floats, noise: float) -> Floats:
    """Integral of the chance of a win over all smaller gaps: softplus, or its limit without noise."""
    return noise * np.logaddexp(0.0, gap / noise) if noise > 0 else np.maximum(gap, 0.0)


def _borda(option: Floats, params: HiddenContextParams, noise: float) -> Floats:
    """Chance to beat a random option, with raters of any noise."""
    p, (good, bad) = params.share, _outcomes(option, params)
    lucky, unlucky = (1.0, 0.0) if params.together else (p, p)
    risky = p * _beaten(good, lucky, params, noise) + (1 - p) * _beaten(bad, unlucky, params, noise)
    return np.where(option >= params.edge, risky, _beaten(option, p, params, noise))


def _beaten(worth: Floats, lucky: float, params: HiddenContextParams, noise: float) -> Floats:
    """Chance of `worth` to beat a random option of which risky ones turn out well with chance `lucky`."""
    edge, p = params.edge, params.share
    sure = _soft(worth, noise) - _soft(worth - edge, noise)
    good = p * (_soft(worth - edge / p, noise) - _soft(worth - 1 / p, noise))
    bad = (1 - edge) * _wins(worth, noise)
    return np.asarray(sure + lucky * good + (1 - lucky) * bad)


def _before(params: HiddenContextParams) -> float:
    """Win rate just below the edge."""
    return float(borda(math.nextafter(params.edge, 0), params))


def _curve(params: HiddenContextParams) -> tuple[Floats, Floats]:
    """Options and what unlimited answers teach of them; the edge twice."""
    sure, risky = np.linspace(0, params.edge, SURE_POINTS), np.linspace(params.edge, 1, 9)
    just = np.clip(sure, TINY, math.nextafter(params.edge, 0))
    return np.concatenate([sure, risky]), _learned(np.concatenate([just, risky]), params)


def _learned(option: Floats, params: HiddenContextParams) -> Floats:
    """Score that unlimited answers give to options, on the scale of the sure ones."""
    if params.asking is Asking.AMOUNTS:
        low, high = _ladder_ends(params)
        good, bad = (_soft(u - low, params.noise) - _soft(u - high, params.noise) for u in _outcomes(option, params))
        return low + params.share * good + (1 - params.share) * bad
    if params.asking is Asking.CONTEXT and params.noise > 0:
        return option.copy()
    return sure_score(borda(option, params), params)


def _ladder_ends(params: HiddenContextParams) -> tuple[float, float]:
    """Sure amounts between which options are placed."""
    return -SLACK * params.noise, 1 / params.share + SLACK * params.noise


def _best(params: HiddenContextParams) -> tuple[float, float]:
    """Worth of a = 1 to whom it turns out well and to whom badly."""
    return 1 / params.share, 0.0


def _ladder_top(params: HiddenContextParams) -> float:
    """Sure amounts at hand: those of the options, or as many as are drawn."""
    return WIDEST if params.asking is Asking.AMOUNTS else params.edge


def _step_amounts(params: HiddenContextParams) -> Floats:
    return options_at(STEPS) * _ladder_top(params)


def _ladder_amounts(params: HiddenContextParams) -> Floats:
    """Sure amounts through which the ladder is drawn; without noise its steps are upright."""
    top = _ladder_top(params)
    if params.noise > 0:
        return np.linspace(0, top, 33)
    good = min(1 / params.share, top)
    return np.array([TINY, math.nextafter(good, 0), min(math.nextafter(good, math.inf), top), top])


def _chances(amount: Floats, params: HiddenContextParams) -> Floats:
    """Chance of a = 1 to beat sure amounts: chance[context, amount] where the context is asked, else one row."""
    good, bad = (_wins(worth - amount, params.noise) for worth in _best(params))
    if params.asking is Asking.CONTEXT and params.share < 1:
        return np.vstack([good, bad])
    return (params.share * good + (1 - params.share) * bad)[None]


def _sure(params: HiddenContextParams) -> int:
    """How many of the options scored one by one are sure."""
    return int((options_at(OPTIONS) < params.edge).sum())


def _one_score(params: HiddenContextParams) -> tuple[Floats, Floats]:
    """Sure options and the chance of the best option to beat them by Bradley-Terry's scores."""
    if params.asking is not Asking.HIDDEN or (params.share == 1 and params.noise == 0):
        return np.empty(0), np.empty(0)
    at, score = bradley_terry(params, OPTIONS)
    return at[: _sure(params)], expit(score[-1] - score[: _sure(params)])


def _result(
    params: HiddenContextParams, score: Floats, error: Floats, steps: Floats, steps_error: Floats
) -> HiddenContextResult:
    curve_option, curve_score = _curve(params)
    ladder_at = _ladder_amounts(params)
    one_score_at, one_score = _one_score(params)
    return HiddenContextResult(
        params=params, curve_option=curve_option, curve_score=curve_score, option=options_at(OPTIONS), score=score,
        score_error=error, ladder_at=ladder_at, ladder=_chances(ladder_at, params), step_at=_step_amounts(params),
        step=steps, step_error=steps_error, one_score_at=one_score_at, one_score=one_score,
    )  # fmt: skip
