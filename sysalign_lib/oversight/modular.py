"""Overseers who each see a part: cutting a problem into blocks, and putting the answers together again.

Idea. A problem has twelve yes-or-no decisions. The worth of a configuration is the mean of twelve contributions, and
each contribution depends on its own decision and on K others (an NK landscape), most of which sit in the same module of
the problem. Each overseer owns a block of decisions, tries all of its settings with everything else held still, and
picks the best one; the picks are then put together, all at once or one after another. The coupling q is the
probability that an interaction leaves its module. A score of 0 is the mean configuration, 1 the best of all 4,096.

Assumption that breaks. That a part can be judged while the rest stands still. Four lemmas of this book fix the ends.

(i) No interaction across the overseers' borders: the score is exactly 1. The worth is then a sum of one term a block, and
which setting is best for a block does not depend on what the others hold; one round, from any start and in any order,
maximizes every term at once. Blocks need not be modules: two overseers of two modules each do as well, at four
times the price. Borders that cut modules fail although the problem is as modular as before.

(ii) Everything interacts with everything (K = 11): nothing is left to organize. All worths are then exchangeable draws.
Overseers who work one after another look at ``1 + sum (2^s - 1)`` configurations, all different, and end on the
best of them, so that one round is worth exactly as much as random search with as many evaluations; so is any climb.
Overseers who work at once end on a configuration that nobody has looked at, unless fewer than two of them moved.

(iii) At q = 0, one careless overseer among M with equal modules costs 1 / M on average, exactly: the losses that
carelessness in one module or another would cause sum to the whole score, and no module differs from the others.
Nobody can repair it, since the others' choices do not depend on what he does. With coupling, whoever works after him
responds to what he did and makes up for part of it; clean borders keep help out as well as harm.

(iv) One after another, careful overseers come to rest: the worth that they are told rises whenever anything changes.
All at once, they may go around in circles forever.

What one would wrongly conclude. That interdependence defeats modular oversight as such: how the answers are put
together matters more than how the problem is cut. From the interior of the window: that overseers in turn are as good as
an undivided search even when everything is coupled. That holds against steepest ascent, which spends a dozen
evaluations a step; whoever tries one change at a time and keeps what helps does far better with the same number. And from
rounds that no longer help: that more oversight is useless. Rounds from new starts go on helping.

Accounting. An evaluation is a different configuration looked at. A block of s decisions costs 2^s - 1 of them beside the
common start, a round ``1 + sum (2^s - 1)``, and what is tried twice in later rounds is charged again. The searchers
get the same number. Averages over all 4,096 starts are exact; only the landscapes are drawn.

Sources: kauffman1989 (the landscapes), ethiraj2004 (modules of the wrong size or place, cycles), simon1962 (near
decomposability), christiano2018 (the oversight that is modeled: parts answered apart and recombined). Deviations:
ethiraj2004 lets every department keep what improves its own part; here every overseer sees the worth of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.oversight.nk import fitness_table

__all__ = [
    "Borders", "Integration", "IntegrationParams", "IntegrationResult", "ModularParams", "ModularResult", "Problems",
    "Rogue", "best_of_draws", "blocks_of", "climb", "crossing", "cycling", "evaluations", "neighbors", "random_search",
    "scores", "simulate", "simulate_integration", "steepest_climb", "step_map",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Block = tuple[int, ...]

PARTS = 12
STATES = 1 << PARTS
EVERY = np.arange(STATES)
COUPLINGS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)  # through which the curves are drawn
CLIMBERS = 16  # independent climbers a landscape
RESAMPLES = 400  # of the landscapes, for the interval of a crossing
LEVEL = (2.5, 97.5)  # percentiles of that interval
LONG = 16  # rounds at most
STREAMS = ("tables", "neighbors", "noise", "careless", "climb", "resample")


class Borders(StrEnum):
    """How the overseers' blocks lie."""

    RIGHT = "in order"
    SHIFTED = "shifted by one"
    SCATTERED = "one from everywhere"


class Integration(StrEnum):
    """How the overseers' answers are put together."""

    PARALLEL = "all at once"
    CHECKED = "all at once, then checked"
    SEQUENTIAL = "one after another"
    FRESH = "one after another, each round from a new start"


GOING_ON = (
    Integration.PARALLEL,
    Integration.CHECKED,
    Integration.SEQUENTIAL,
)  # a round begins where the last one ended


class Rogue(StrEnum):
    """What the first overseer does."""

    NONE = "none"
    CARELESS = "one answers at random"
    ADVERSARY = "one picks the worst"


Plan = tuple[tuple[Block, ...], Integration, Rogue]


@dataclass(frozen=True, kw_only=True)
class ModularParams:
    """coupling: probability that an interaction leaves its module. k: interactions of each decision. modules: of the problem.

    overseers: number of blocks. borders: how they lie; "in order" fits modules if blocks are whole modules. integration,
    rounds: how the answers are put together, and how often. noise: standard deviation of the error in every reported
    worth, in units of the landscape's own standard deviation; the same error for all who ask about one configuration.
    rogue: what the first overseer does. landscapes: problems drawn.
    """

    coupling: float = checks.bounded(0.25, low=0.0, high=1.0)
    k: int = checks.bounded(2, low=0, high=PARTS - 1)
    modules: int = checks.bounded(4, low=1, high=PARTS)
    overseers: int = checks.bounded(4, low=2, high=PARTS)
    borders: Borders = Borders.RIGHT
    integration: Integration = Integration.PARALLEL
    rounds: int = checks.bounded(1, low=1, high=LONG)
    noise: float = checks.bounded(0.0, low=0.0, high=10.0)
    rogue: Rogue = Rogue.NONE
    landscapes: int = checks.bounded(100, low=2, high=500)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, kw_only=True)
class IntegrationParams:
    """The same problems, followed round by round under all four ways to put answers together; see `ModularParams`."""

    coupling: float = checks.bounded(0.25, low=0.0, high=1.0)
    k: int = checks.bounded(2, low=0, high=PARTS - 1)
    modules: int = checks.bounded(4, low=1, high=PARTS)
    overseers: int = checks.bounded(4, low=2, high=PARTS)
    borders: Borders = Borders.RIGHT
    rounds: int = checks.bounded(8, low=1, high=LONG)
    noise: float = checks.bounded(0.0, low=0.0, high=10.0)
    rogue: Rogue = Rogue.NONE
    landscapes: int = checks.bounded(100, low=2, high=500)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, kw_only=True)
class Problems:
    """A family of landscapes that share their dice over all couplings; hashable, so that what is known of it can be kept.

    seed: of all dice. The other fields are those of `ModularParams`.
    """

    seed: int = checks.bounded(0, low=0)
    landscapes: int = checks.bounded(100, low=2, high=500)
    k: int = checks.bounded(2, low=0, high=PARTS - 1)
    modules: int = checks.bounded(4, low=1, high=PARTS)
    noise: float = checks.bounded(0.0, low=0.0, high=10.0)

    def __post_init__(self) -> None:
        checks.params(self)

    def dice(self, stream: str) -> Generator:
        """The dice of one purpose, the same whenever they are asked for."""
        checks.choice("stream", stream, STREAMS)
        return default_rng(SeedSequence(self.seed).spawn(len(STREAMS))[STREAMS.index(stream)])


@dataclass(frozen=True, eq=False, kw_only=True)
class ModularResult:
    """Score over coupling, of overseers and of two searchers who see the whole, and where the overseers fall behind.

    Attributes
    ----------
    params : the problem and its overseers.
    owner : overseer[part], shape (12,), a number from 0.
    neighbor : part[part, interaction], shape (12, k), which others a decision's contribution reads, in the first landscape.
    coupling : q[point], shape (n_points,), ascending, with `params.coupling` among them.
    score, score_error : score[point] and standard error over landscapes, shape (n_points,), 0 random to 1 best.
    climb, climb_error : the same of a climber who sees the whole and has as many evaluations, shape (n_points,), score.
    random, random_error : the same of random search, shape (n_points,), score.
    climb_crossing : bound[which], shape (3,), q at which the score first falls behind the climber: low end of the 95 %
        interval, estimate, high end; 0 if behind from the start, infinite if never.
    random_crossing : the same against random search, shape (3,), q; 0 if behind from the start, infinite if never.
    """

    params: ModularParams
    owner: Ints
    neighbor: Ints
    coupling: Floats
    score: Floats
    score_error: Floats
    climb: Floats
    climb_error: Floats
    random: Floats
    random_error: Floats
    climb_crossing: Floats
    random_crossing: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def at(self) -> int:
        """Position of `params.coupling` in `coupling`."""
        return int(np.searchsorted(self.coupling, self.params.coupling))

    @property
    def evaluations(self) -> int:
        """Configurations looked at, by the overseers and by each searcher."""
        return _price(self.params, self.params.integration) * self.params.rounds

    @property
    def unseen(self) -> int:
        """Interactions of the landscape shown that cross a border of the overseers."""
        return int((self.owner[self.neighbor] != self.owner[:, None]).sum())

    @property
    def crossing_score(self) -> float:
        """Score of the climber where the overseers fall behind it; at the last coupling if they never do."""
        return float(np.interp(min(self.climb_crossing[1], self.coupling[-1]), self.coupling, self.climb))

    @property
    def performance(self) -> Floats:
        """score[who], shape (4,), at `params.coupling`: chance, overseers, climber of equal budget, oracle."""
        return np.array([0.0, self.score[self.at], self.climb[self.at], 1.0])


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegrationResult:
    """Score round by round, of four ways to put answers together, beside searchers with as many evaluations.

    Attributes
    ----------
    params : the problem and its overseers.
    evaluation : number[round], shape (rounds + 1,), of configurations looked at until then; 1 before the first round.
    score, score_error : score[mode, round] and standard error over landscapes, shape (4, rounds + 1), 0 random to 1 best;
        modes in the order of `Integration`.
    climb, climb_error : the same of a climber who sees the whole, shape (rounds + 1,), score.
    random, random_error : the same of random search, shape (rounds + 1,), score.
    moving : share[mode, round], shape (3, rounds + 1), of starts from which the next round still changes something, fraction;
        the first three modes only, whose rounds begin where the last one ended.
    endless : share[mode], shape (3,), of starts from which it never ends, fraction.
    """

    params: IntegrationParams
    evaluation: Ints
    score: Floats
    score_error: Floats
    climb: Floats
    climb_error: Floats
    random: Floats
    random_error: Floats
    moving: Floats
    endless: Floats

    def __post_init__(self) -> None:
        freeze(self)


# The problem -------------------------------------------------------------------------------------------------------


def blocks_of(count: int, borders: Borders) -> tuple[Block, ...]:
    """Return the decisions of each of `count` overseers; sizes differ by one where 12 cannot be divided."""
    checks.integer("count", count, 1, PARTS)
    checks.choice("borders", borders, Borders)
    if borders is Borders.SCATTERED:
        return tuple(tuple(range(first, PARTS, count)) for first in range(count))
    shift = 1 if borders is Borders.SHIFTED else 0
    return tuple(
        tuple(int(part + shift) % PARTS for part in block) for block in np.array_split(np.arange(PARTS), count)
    )


def neighbors(problems: Problems, coupling: float) -> Ints:
    """Return part[landscape, part, interaction], shape (landscapes, 12, k): whom each decision's contribution reads.

    Each of the k interactions leaves the module with probability `coupling`, as far as there is room inside and outside;
    which ones leave and where they lead is drawn once, so that what is outside at one coupling stays so at every larger.
    """
    checks.number("coupling", coupling, 0, 1)
    leaves, near, far, fewest, most = _ways(problems)
    out = np.clip((leaves < coupling).sum(axis=2), fewest, most)
    return np.where(np.arange(problems.k) < out[:, :, None], far, near)


def _sides(modules: int, part: int) -> tuple[Ints, Ints]:
    """The other decisions of a decision's module, and those outside."""
    module = np.array(next(one for one in blocks_of(modules, Borders.RIGHT) if part in one))
    return module[module != part], np.setdiff1d(np.arange(PARTS), module)


@lru_cache(maxsize=4)
def _ways(problems: Problems) -> tuple[Floats, Ints, Ints, Ints, Ints]:
    """Dice that send interactions out; where each leads if it stays, and if it leaves, shape (landscapes, 12, k); how many
    of a decision's interactions must leave at least, and may at most, shape (12,).
    """
    rng, k, count = problems.dice("neighbors"), problems.k, problems.landscapes
    leaves, keys = rng.random((count, PARTS, k)), rng.random((count, PARTS, PARTS))
    near, far = np.zeros(leaves.shape, dtype=np.int64), np.zeros(leaves.shape, dtype=np.int64)
    fewest, most = np.zeros(PARTS, dtype=np.int64), np.zeros(PARTS, dtype=np.int64)
    for part in range(PARTS):
        inside, outside = _sides(problems.modules, part)
        fewest[part], most[part] = max(k - len(inside), 0), len(outside)
        near[:, part, fewest[part] :] = inside[np.argsort(keys[:, part, inside], axis=1)][:, :k]  # the first must leave
        far[:, part, : most[part]] = outside[np.argsort(keys[:, part, outside], axis=1)][:, :k]
    return leaves, near, far, fewest, most


@lru_cache(maxsize=2)
def _tables(problems: Problems) -> Floats:
    return problems.dice("tables").random((problems.landscapes, PARTS, 2 << problems.k))


@lru_cache(maxsize=16)
def scores(problems: Problems, coupling: float) -> Floats:
    """Return score[landscape, configuration], shape (landscapes, 4096): 0 is the mean of its landscape, 1 its best.

    Bit i of a configuration's number is decision i.
    """
    worth: Floats = fitness_table(_tables(problems), neighbors(problems, coupling))
    mean = worth.mean(axis=1, keepdims=True)
    return _kept(np.asarray((worth - mean) / (worth.max(axis=1, keepdims=True) - mean)))


def _kept(values: Any) -> Floats:
    array = np.asarray(values, dtype=float)
    array.setflags(write=False)
    return array


@lru_cache(maxsize=16)
def _reported(problems: Problems, coupling: float) -> Floats:
    """The scores as everybody is told them: with error, if there is any."""
    true = scores(problems, coupling)
    if problems.noise == 0:
        return true
    error = problems.noise * true.std(axis=1, keepdims=True)
    return _kept(true + error * problems.dice("noise").standard_normal(true.shape))


# Overseers ---------------------------------------------------------------------------------------------------------


def evaluations(overseers: int, borders: Borders = Borders.RIGHT) -> int:
    """Return how many different configurations one round looks at, the start among them: ``1 + sum (2^s - 1)``."""
    return 1 + sum((1 << len(block)) - 1 for block in blocks_of(overseers, borders))


def _price(params: ModularParams | IntegrationParams, integration: Integration) -> int:
    """Evaluations a round; to look at what was put together costs one more."""
    return evaluations(params.overseers, params.borders) + (integration is Integration.CHECKED)


def _mask(block: Block) -> int:
    return sum(1 << part for part in block)


def _settings(block: Block) -> Ints:
    """All settings of a block, as bits of a configuration's number."""
    wide = np.zeros(1, dtype=np.int64)
    for part in block:
        wide = np.concatenate([wide, wide | 1 << part])
    return wide


def _at(values: NDArray[Any], index: Ints) -> NDArray[Any]:
    """``values[row, index[row, column]]``; one flat gather is faster than numpy's own."""
    return np.take(values.ravel(), index + STATES * np.arange(len(values))[:, None])


def _choice(score: Floats, block: Block) -> Ints:
    """Return bits[landscape, configuration]: the best setting of a block, all else held still."""
    settings = _settings(block)
    rest = np.unique(EVERY & ~_mask(block))
    best = settings[np.take(score, rest[:, None] | settings, axis=1).argmax(axis=2)]
    return np.take(best, np.searchsorted(rest, EVERY & ~_mask(block)), axis=1)


def step_map(
    reported: Floats, blocks: tuple[Block, ...], integration: Integration, first: Floats | None = None
) -> Ints:
    """Return next[landscape, configuration], shape (n_landscapes, 4096): where one round leads from every configuration.

    reported : score[landscape, configuration], shape (n_landscapes, 4096), as the overseers are told it.
    blocks : the decisions of each overseer; every decision has one.
    first : what the first overseer maximizes instead, same shape.
    """
    reported = checks.array("reported", reported, (None, STATES))
    first = None if first is None else checks.array("first", first, reported.shape)
    checks.choice("integration", integration, Integration)
    if sorted(part for block in blocks for part in block) != list(range(PARTS)):
        raise ValueError(f"blocks must hold every decision from 0 to {PARTS - 1} once, got {blocks}")
    views = [reported if number or first is None else first for number in range(len(blocks))]
    if integration in (Integration.SEQUENTIAL, Integration.FRESH):
        here = np.broadcast_to(EVERY, reported.shape)
        for score, block in zip(views, blocks, strict=True):
            here = here & ~_mask(block) | _at(_choice(score, block), here)
        return here
    alone = [EVERY & ~_mask(block) | _choice(score, block) for score, block in zip(views, blocks, strict=True)]
    joined = EVERY ^ np.bitwise_or.reduce([EVERY ^ one for one in alone])
    return joined if integration is Integration.PARALLEL else _best(reported, [joined, *alone])


def _best(score: Floats, proposals: list[Ints]) -> Ints:
    """The proposal of highest score, an earlier one where two are equal."""
    best, worth = proposals[0], _at(score, proposals[0])
    for one in proposals[1:]:
        other = _at(score, one)
        best, worth = np.where(other > worth, one, best), np.maximum(other, worth)
    return best


def cycling(step: Ints) -> NDArray[np.bool_]:
    """Return endless[landscape, start], of the shape of `step`: whether rounds from a start go around forever.

    Twelve doublings of the map are 4,096 rounds, as many as there are configurations: who still moves then moves forever.
    """
    step = checks.array("step", step, (None, STATES), 0, STATES - 1).astype(np.int64)
    end = step
    for _ in range(PARTS):
        end = _at(end, end)
    return np.asarray(_at(step, end) != end)


def _first(problems: Problems, reported: Floats, rogue: Rogue) -> Floats | None:
    if rogue is Rogue.NONE:
        return None
    return -reported if rogue is Rogue.ADVERSARY else problems.dice("careless").random(reported.shape)


@lru_cache(maxsize=8)
def _step(
    problems: Problems, coupling: float, blocks: tuple[Block, ...], integration: Integration, rogue: Rogue
) -> Ints:
    reported = _reported(problems, coupling)
    step = step_map(reported, blocks, integration, _first(problems, reported, rogue))
    step.setflags(write=False)
    return step


@lru_cache(maxsize=1024)
def _course(
    problems: Problems, coupling: float, blocks: tuple[Block, ...], integration: Integration, rogue: Rogue, rounds: int
) -> Floats:
    """Score[round, landscape], shape (rounds + 1, landscapes), averaged over all starts."""
    way = Integration.SEQUENTIAL if integration is Integration.FRESH else integration
    true, step = scores(problems, coupling), _step(problems, coupling, blocks, way, rogue)
    if integration is Integration.FRESH:
        return _kept(_freshly(true, _reported(problems, coupling), step, rounds))
    return _kept([values.mean(axis=1) for values in _pulled(true, step, rounds)])


def _freshly(true: Floats, reported: Floats, step: Ints, rounds: int) -> Floats:
    """Expected score of what looks best among the ends of so many independent starts, exactly."""
    order = _at(step, np.argsort(_at(reported, step), axis=1))
    ranked, below = _at(true, order), np.arange(STATES + 1) / STATES
    best = [ranked @ np.diff(below**count) for count in range(1, rounds + 1)]
    return np.array([true.mean(axis=1), *best])


def _followed(problems: Problems, coupling: float, plan: Plan, rounds: int) -> Floats:
    """Score[round, landscape], shape (rounds + 1, landscapes), from what is kept for 4, 8 or 16 rounds."""
    return _course(problems, coupling, *plan, max(4, 1 << (rounds - 1).bit_length()))[: rounds + 1]


def _pulled(values: NDArray[Any], step: Ints, rounds: int) -> Iterator[NDArray[Any]]:
    """What `values`, shape (landscapes, 4096), are after 0, 1, ... rounds from every start."""
    for turn in range(rounds + 1):
        values = _at(values, step) if turn else values
        yield values


# Searchers who see the whole ---------------------------------------------------------------------------------------


def best_of_draws(values: ArrayLike, draws: int) -> Floats:
    """Return the expected largest of `draws` different entries of each row, shape (n_rows,), exactly.

    The r-th smallest of n is the largest drawn with probability ``C(r - 1, draws - 1) / C(n, draws)``.
    """
    rows = checks.array("values", values, (None, None))
    checks.integer("draws", draws, 1, rows.shape[1])
    return np.asarray(np.sort(rows, axis=1) @ _largest_weights(rows.shape[1], draws))


@lru_cache(maxsize=64)
def _largest_weights(size: int, draws: int) -> Floats:
    rank = np.arange(draws, size + 1)
    chosen = _log_choose(rank - 1, draws - 1) - _log_choose(np.array([size]), draws)
    weights = np.concatenate([np.zeros(draws - 1), np.exp(chosen)])
    return _kept(weights / weights.sum())


def _log_choose(n: Ints, k: int) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


@lru_cache(maxsize=512)
def random_search(problems: Problems, coupling: float, draws: int) -> Floats:
    """Return score[landscape], shape (landscapes,): the expected score of what looks best among `draws` configurations."""
    true, reported = scores(problems, coupling), _reported(problems, coupling)
    checks.integer("draws", draws, 1, STATES)
    ranked = _at(true, np.argsort(reported, axis=1))
    return _kept(ranked @ _largest_weights(STATES, draws))


@lru_cache(maxsize=64)
def _climbs(problems: Problems, coupling: float, length: int) -> Floats:
    true, reported, rng = scores(problems, coupling), _reported(problems, coupling), problems.dice("climb")
    rows, shape = np.arange(len(true))[:, None], (len(true), CLIMBERS)
    order = 1 << rng.permuted(np.tile(np.arange(PARTS), (*shape, 1)), axis=2)
    here = rng.integers(STATES, size=shape)
    told = reported[rows, here]
    best, top, failed = here, told, np.zeros(shape, dtype=np.int64)
    course = [true[rows, best].mean(axis=1)]
    for turn in range(1, length):
        fresh = failed == PARTS  # nothing helps: begin elsewhere
        tried = np.where(fresh, rng.integers(STATES, size=shape), here ^ order[:, :, turn % PARTS])
        heard = reported[rows, tried]
        better = heard > told
        failed = np.where(fresh, 0, np.where(better, 1, failed + 1))  # to turn back at once would not help
        here, told = np.where(fresh | better, tried, here), np.where(fresh | better, heard, told)
        best, top = np.where(told > top, here, best), np.maximum(told, top)
        course.append(true[rows, best].mean(axis=1))
    return _kept(course)


def climb(problems: Problems, coupling: float, looked_at: int) -> Floats:
    """Return score[evaluation, landscape], shape (looked_at, landscapes): the best that a climber who sees the whole has found.

    From a random start it tries one decision after another, in an order of its own, and keeps a change at once if it
    helps; when none does, it begins elsewhere. Mean of 16 climbers a landscape.
    """
    checks.integer("looked_at", looked_at, 1, STATES)
    return _climbs(problems, coupling, max(32, 1 << (looked_at - 1).bit_length()))[:looked_at]


def steepest_climb(problems: Problems, coupling: float, steps: int) -> Floats:
    """Return score[landscape], shape (landscapes,), after `steps` steps to the best neighbor; ``1 + 12 steps`` evaluations.

    Exact mean over all starts; whoever stands on a peak stays there.
    """
    checks.integer("steps", steps, 0)
    true, reported = scores(problems, coupling), _reported(problems, coupling)
    step = _best(reported, [np.broadcast_to(EVERY ^ flip, true.shape) for flip in (0, *(1 << np.arange(PARTS)))])
    here = np.broadcast_to(EVERY, true.shape)
    for _ in range(steps):
        here = _at(step, here)
    return np.asarray(_at(true, here).mean(axis=1))


# The window --------------------------------------------------------------------------------------------------------


def crossing(coupling: ArrayLike, ahead: ArrayLike) -> Floats:
    """Return q[curve], shape (n_curves,): where each curve of `ahead`, shape (n_curves, n_points), first falls to 0.

    Linear between points; 0 if it is not ahead at the first point, infinite if it never falls.
    """
    curves = checks.array("ahead", ahead, (None, None))
    points = checks.array("coupling", coupling, (curves.shape[1],))
    below = curves <= 0
    after = below.argmax(axis=1)
    rows, before = np.arange(len(curves)), np.maximum(after - 1, 0)
    high, low = curves[rows, before], curves[rows, after]
    fall = np.where(high > low, high - low, 1.0)
    found = points[before] + (points[after] - points[before]) * high / fall
    return np.where(below[:, 0], 0.0, np.where(below.any(axis=1), found, math.inf))


def _interval(problems: Problems, coupling: Floats, ahead: Floats) -> Floats:
    """Low end, estimate and high end of a crossing; ahead[point, landscape], the landscapes resampled."""
    drawn = np.sort(crossing(coupling, _resamples(problems) @ ahead.T))
    low, high = (drawn[round(level / 100 * (RESAMPLES - 1))] for level in LEVEL)
    return np.array([low, crossing(coupling, ahead.mean(axis=1)[None])[0], high])


@lru_cache(maxsize=4)
def _resamples(problems: Problems) -> Floats:
    """Weight[resample, landscape] of landscapes drawn with replacement."""
    count = problems.landscapes
    return _kept(problems.dice("resample").multinomial(count, np.full(count, 1 / count), size=RESAMPLES) / count)


def _family(params: ModularParams | IntegrationParams, rng: Generator) -> Problems:
    return Problems(
        seed=int(rng.integers(1 << 62)), landscapes=params.landscapes, k=params.k, modules=params.modules,
        noise=params.noise,
    )  # fmt: skip


def _mean(values: Floats) -> tuple[Floats, Floats]:
    """Mean and standard error over the last axis."""
    return values.mean(axis=-1), values.std(axis=-1, ddof=1) / math.sqrt(values.shape[-1])


def _owner(blocks: tuple[Block, ...]) -> Ints:
    owner = np.empty(PARTS, dtype=np.int64)
    for number, block in enumerate(blocks):
        owner[list(block)] = number
    return owner


def simulate(params: ModularParams, rng: Generator) -> ModularResult:
    """Draw landscapes and follow the overseers' score over all couplings, beside searchers of equal budget."""
    problems, blocks = _family(params, rng), blocks_of(params.overseers, params.borders)
    points = np.unique([*COUPLINGS, params.coupling])
    price = _price(params, params.integration) * params.rounds
    plan = (blocks, params.integration, params.rogue)
    own = np.array([_followed(problems, q, plan, params.rounds)[-1] for q in points.tolist()])
    climbed = np.array([climb(problems, q, price)[-1] for q in points.tolist()])
    drawn = np.array([random_search(problems, q, price) for q in points.tolist()])
    (score, score_error), (up, up_error), (luck, luck_error) = _mean(own), _mean(climbed), _mean(drawn)
    return ModularResult(
        params=params, owner=_owner(blocks), neighbor=neighbors(problems, params.coupling)[0], coupling=points,
        score=score, score_error=score_error, climb=up, climb_error=up_error, random=luck, random_error=luck_error,
        climb_crossing=_interval(problems, points, own - climbed),
        random_crossing=_interval(problems, points, own - drawn),
    )  # fmt: skip


def simulate_integration(params: IntegrationParams, rng: Generator) -> IntegrationResult:
    """Draw landscapes and follow the score round by round, however the answers are put together.

    To check what was put together costs one evaluation more a round, which is not charged here.
    """
    problems, blocks = _family(params, rng), blocks_of(params.overseers, params.borders)
    price = evaluations(params.overseers, params.borders)
    spent = np.maximum(price * np.arange(params.rounds + 1), 1)
    plans = [(blocks, mode, params.rogue) for mode in Integration]
    courses = np.array([_followed(problems, params.coupling, plan, params.rounds) for plan in plans])
    plight = [_unrest(problems, params.coupling, plan, params.rounds) for plan in plans if plan[1] in GOING_ON]
    climbed = climb(problems, params.coupling, int(spent[-1]))[spent - 1]
    drawn = np.array([random_search(problems, params.coupling, draws) for draws in spent.tolist()])
    (score, score_error), (up, up_error), (luck, luck_error) = _mean(courses), _mean(climbed), _mean(drawn)
    return IntegrationResult(
        params=params, evaluation=spent, score=score, score_error=score_error, climb=up, climb_error=up_error,
        random=luck, random_error=luck_error, moving=np.array([moving for moving, _ in plight]),
        endless=np.array([endless for _, endless in plight]),
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _unrest(problems: Problems, coupling: float, plan: Plan, rounds: int) -> tuple[Floats, float]:
    """Share[round], shape (rounds + 1,), of starts from which the next round still changes something; share that never ends."""
    step = _step(problems, coupling, *plan)
    moving = _kept([changes.mean() for changes in _pulled(step != EVERY, step, rounds)])
    return moving, float(cycling(step).mean()) if moving[-1] else 0.0
