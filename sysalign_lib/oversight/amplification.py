"""Amplification: errors that double with every level of a call tree, and votes that hold them or do not.

Idea. To find ``sigma^(2^J)(x)``, the 2^J-th step of a permutation, ask twice for the 2^(J-1)-th step: ``A_{j+1}(x) =
A_j(A_j(x))``. That is amplification. A level is then distilled: its answers are learned, and each comes out wrong with
probability p. One question at depth J rests on ``2^J - 1`` distilled answers, so that without repair all of them are right
with probability ``c_J = (1 - p)^(2^J - 1)``.

Assumption that breaks. "If each step is nearly right, the whole is nearly right" needs p to be small against 2^-J, or
something that removes errors at least as fast as the tree doubles them. Both ways out are here:

* *Votes.* k workers answer every question, each with two calls and a slip of its own, r = (1 - p) c^2; an answer passes
  if more than half of them agree on the right one. With a share rho of questions on which all workers are one worker (a
  shared cause), ``c' = rho r + (1 - rho) M_k(r)``. **The loss ends at some depth if and only if p is at most the largest
  value of 1 - r / c(r)^2, c(r) = rho r + (1 - rho) M_k(r). That is positive if and only if rho is below rho_k, the largest
  value of (M_k(r) - sqrt(r)) / (M_k(r) - r): 1/2 for three votes, at most 2 - sqrt(2) = .586 for ever more.** Proof. At a
  fixed point c = c(r) and r = (1 - p) c^2, hence p = 1 - r / c(r)^2, and every r in (0, 1) with such a p gives one. The
  map increases and starts at 1, so it comes down to the highest fixed point, or to 0. p > 0 says c(r) > sqrt(r), that is
  rho (M_k - r) < M_k - sqrt(r); for ever more votes M_k = 1 above r = 1/2, and 1 / (1 + sqrt(r)) is largest at 1/2. For three
  votes and t = sqrt(r), rho_3 <= 1/2 says 3 t^3 - 2 t^5 + t <= 2, whose left side grows to 2 at t = 1. QED. Three
  independent votes: r^3 (3 - 2r)^2 is largest at r = 9/10, and the threshold is 1 - 1 / 1.04976 = 0.0474.
  Rare slips leave rare errors, ``rho p / (1 - 2 rho)``, only if rho < 1/2: votes must halve what two calls double. Above
  1/2 five votes or more can still stop the loss, at a level that does not go to 1 with p.
* *Checks.* A check that catches a wrong answer with probability v, and has it done again, multiplies the odds of being
  right by 1 / (1 - v). The loss ends if and only if ``v >= (1 + sqrt(p)) / 2``.

What one would wrongly conclude. That votes help because there are many of them: what counts is how many of their errors
they do not share, and where they sit. The same budget spent on votes over whole answers buys nothing that outlasts depth.
And that shared errors are always worse: tables whose wrong entries are asked for twice do better than independent calls.

Which law assumes what. ``c_J`` counts answers without any slip, each call with a slip of its own. `call_chance` adds the
answers that are right by luck: composing two calls that err evenly over the other answers multiplies what they retain
above chance, so the law is again a power of 2^J - 1 (a lemma of this book). `table_chance` lets one table serve all
calls of a level, so that a slip met twice counts once: on a cycle of length L the level holds only ``min(2^(J-j), L /
gcd(L, 2^j))`` different entries, and L is uniform over 1, ..., n in a random permutation.

Sources: christiano2018 (amplification; permutation powering is one of its five tasks, 8 symbols in sequences of 2, hence 64
elements and exponents of 6 bits). Closed forms are this book's. Deviations: no network is trained; the error of a
distilled level is a parameter. A majority of workers must be right: wrong answers are taken to agree, the worst case for a
vote; `plurality_share` lets them scatter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import bdtrc

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "AmplificationParams", "AmplificationResult", "CallsParams", "CallsResult", "TablesParams", "TablesResult",
    "call_chance", "check_chances", "check_plateau", "check_threshold", "clean_chance", "late_chance", "majority",
    "plurality_share", "share_limit", "simulate", "simulate_calls", "simulate_tables", "solve", "solve_calls", "step_chance",
    "table_chance", "tree_chance", "vote_chances", "vote_plateau", "vote_threshold",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

DEEPEST = 6  # levels of the original task, and of the tree that is drawn
HORIZON = 12  # levels through which the closed forms are drawn
MOST_VOTES = 5  # workers for whom dice are thrown, however many vote
ROUNDING = 1e-12  # thresholds below it are 0
GRID = np.linspace(0.0005, 0.9995, 800)  # where the threshold's maximum is looked for before it is refined


@dataclass(frozen=True, kw_only=True)
class AmplificationParams:
    """error: chance p that a worker's distilled answer is wrong. depth: levels J of doubling.

    votes: workers a question, odd. shared: share rho of questions on which all workers are one and the same worker.
    calls: simulated questions a level; each asks others of the level below, drawn at random.
    """

    error: float = checks.bounded(0.05, low=0.0, high=1.0)
    depth: int = checks.bounded(DEEPEST, low=0, high=DEEPEST)
    votes: int = checks.bounded(3, low=1, high=MOST_VOTES)
    shared: float = checks.bounded(0.3, low=0.0, high=1.0)
    calls: int = checks.bounded(8000, low=2 ** (DEEPEST - 1), high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)
        checks.odd("votes", self.votes)


@dataclass(frozen=True, eq=False, kw_only=True)
class AmplificationResult:
    """How often answers are right at each depth, and one tree of calls.

    Attributes
    ----------
    params : the workers, their votes and the depth.
    level : depth[level], shape (13,), in doublings.
    plain : chance of a right answer[level] without votes, shape (13,), fraction.
    independent : chance[level] with votes that share nothing, shape (13,), fraction.
    voted : chance[level] with votes as in `params`, shape (13,), fraction.
    sampled, sampled_error : share of right answers[level] and its standard error, shape (depth + 1,), fraction; error 0
        where exact.
    tree : right[node], shape (2^(depth + 1) - 1,), root first, then level by level: 1 right, 0 wrong, of one question and the
        calls of its first worker; the chance of being right where exact.
    saved : outvoted[node], shape (2^(depth + 1) - 1,): 1 where the first worker is wrong and the vote right, else 0; the
        chance of it where exact.
    """

    params: AmplificationParams
    level: Ints
    plain: Floats
    independent: Floats
    voted: Floats
    sampled: Floats
    sampled_error: Floats
    tree: Floats
    saved: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def chance(self) -> float:
        """Chance that an answer at `params.depth` is right, closed form."""
        return float(self.voted[self.params.depth])

    @property
    def threshold(self) -> float:
        """Largest error at which the loss ends at some depth, fraction."""
        return vote_threshold(self.params.votes, self.params.shared)

    @property
    def plateau(self) -> float:
        """Chance that is left however deep the tree, fraction."""
        return vote_plateau(self.params.error, self.params.votes, self.params.shared)

    @property
    def cost(self) -> int:
        """Calls to the lowest level that one question takes, ``(2 votes)^depth``."""
        return int((2 * self.params.votes) ** self.params.depth)


@dataclass(frozen=True, kw_only=True)
class CallsParams:
    """error: chance that a call returns a wrong answer, evenly over the others; thrown anew in every call.

    depth: levels of doubling. answers: elements of the permutation. questions: independent questions simulated.
    """

    error: float = checks.bounded(0.01, low=0.0, high=1.0)
    depth: int = checks.bounded(DEEPEST, low=0, high=10)
    answers: int = checks.bounded(64, low=2, high=100_000)
    questions: int = checks.bounded(4000, low=2, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class CallsResult:
    """How often calls with slips of their own end at the right element.

    Attributes
    ----------
    params : the calls.
    right, right_error : share of right answers[level] and its standard error, shape (depth + 1,), fraction; error 0 where
        exact.
    """

    params: CallsParams
    right: Floats
    right_error: Floats

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, kw_only=True)
class TablesParams:
    """error: chance that an entry of a distilled table is wrong, evenly over the other answers; thrown once an entry.

    depth: levels of doubling. answers: elements of the permutation. tables: permutations simulated, with a table a level.
    corrects: whether a distilled table is made consistent, see `simulate_tables`.
    """

    error: float = checks.bounded(0.01, low=0.0, high=1.0)
    depth: int = checks.bounded(DEEPEST, low=0, high=20)
    answers: int = checks.bounded(64, low=2, high=10_000)
    tables: int = checks.bounded(400, low=2, high=100_000)
    corrects: bool = False

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class TablesResult:
    """How often the entries of distilled tables are right, level by level.

    Attributes
    ----------
    params : the tables.
    right, right_error : share of right entries[level] and its standard error, shape (depth + 1,), fraction.
    clean, clean_error : share of entries[level] that rest on no slip and its standard error, shape (depth + 1,), fraction.
    clean_exact : closed form[level] of the share that rests on no slip, shape (depth + 1,), fraction; of tables not corrected.
    """

    params: TablesParams
    right: Floats
    right_error: Floats
    clean: Floats
    clean_error: Floats
    clean_exact: Floats

    def __post_init__(self) -> None:
        freeze(self)


# Without repair ----------------------------------------------------------------------------------------------------


def clean_chance(error: float, depth: int) -> float:
    """Return the chance that all ``2^depth - 1`` distilled answers beneath a question are right, each call by itself."""
    return tree_chance(error, 2, depth - 1) if _level(error, depth) else 1.0


def tree_chance(error: float, branching: int, depth: int) -> float:
    """Return the chance that no node of a task tree errs, its leaves included.

    Closed form: ``(1 - error)^((b^(d + 1) - 1) / (b - 1))``; with one branch the exponent is d + 1.
    """
    checks.number("error", error, low=0, high=1)
    checks.integer("branching", branching, low=1, high=1000)
    checks.integer("depth", depth, low=0, high=100)
    nodes = depth + 1 if branching == 1 else (branching ** (depth + 1) - 1) // (branching - 1)
    return float(0.0 if error == 1 else math.exp(float(nodes) * math.log1p(-error)))


def call_chance(error: float, depth: int, answers: int) -> float:
    """Return the chance that a question ends at the right one of n answers, lucky hits counted, each call by itself.

    Closed form: ``1 / n + (1 - 1 / n) (1 - error n / (n - 1))^(2^depth - 1)``. Proof: relabeled by the permutation, a call that
    errs evenly keeps its input with a weight w and else draws evenly from all n; weights of calls in a row multiply. A
    slip that draws evenly from all n, the right one included, is an error of (n - 1) / n times its chance.
    """
    _level(error, depth)
    checks.integer("answers", answers, low=2)
    kept = 1 - error * answers / (answers - 1)
    size = 0.0 if kept == 0 else math.exp((2.0**depth - 1) * math.log(abs(kept)))
    weight = 1.0 if depth == 0 else math.copysign(size, kept)  # 2^J - 1 is odd
    return float(1 / answers + (1 - 1 / answers) * weight)


def table_chance(error: float, depth: int, answers: int) -> float:
    """Return the chance that an answer rests on no slip if one table serves all calls of a level.

    Mean over a uniform cycle length L = 1, ..., n of ``(1 - error)^(sum over j = 1, ..., J of min(2^(J - j), L / gcd(L,
    2^j)))``: the permutation's 2^j-th power has cycles of length L / gcd(L, 2^j), and level j is asked 2^(J - j) times
    in a row along one of them.
    """
    _level(error, depth)
    checks.integer("answers", answers, low=2)
    length = np.arange(1, answers + 1)[:, None]
    power = 2 ** np.arange(1, depth + 1)
    entries = np.minimum(2**depth // power, length // np.gcd(length, power)).sum(axis=1)
    return float(np.mean((1 - error) ** entries))


# Votes -------------------------------------------------------------------------------------------------------------


def majority(right: Floats | float, votes: int) -> Floats:
    """Return the chance that more than half of `votes` independent workers are right, each with chance `right` (any shape)."""
    checks.odd("votes", votes)
    return np.asarray(bdtrc(votes // 2, votes, np.asarray(right, dtype=float)) if votes > 1 else right, dtype=float)


def vote_chances(error: float, depth: int, votes: int, shared: float = 0.0) -> Floats:
    """Return the chance of a right answer at every level 0, ..., `depth`, shape (depth + 1,), fraction.

    Each level takes ``r = (1 - error) c^2`` to ``shared r + (1 - shared) majority(r)``. A question is put to `votes` workers;
    each makes its two calls afresh and slips by itself, except on a share `shared` of questions, on which all give the
    first worker's answer.
    """
    _level(error, depth, 10_000)
    checks.odd("votes", votes)
    checks.number("shared", shared, low=0, high=1)
    chance = np.ones(depth + 1)
    for level in range(depth):
        chance[level + 1] = _passed((1 - error) * chance[level] ** 2, votes, shared)
    return chance


def vote_threshold(votes: int, shared: float = 0.0) -> float:
    """Return the largest error at which the loss ends at some depth; 0 if it never does, as for one vote."""
    checks.odd("votes", votes)
    checks.number("shared", shared, low=0, high=1)
    largest = 0.0 if votes == 1 else _sustained(_turn(votes, shared), votes, shared)
    return largest if largest > ROUNDING else 0.0


def share_limit(votes: int) -> float:
    """Return rho_k, the share of one mind from which on votes never hold, ``max (M_k(r) - sqrt(r)) / (M_k(r) - r)``.

    One vote: 0. Three: 1/2. More: above 1/2, below 2 - sqrt(2).
    """
    checks.odd("votes", votes)
    if votes == 1:
        return 0.0

    def share(right: Floats | float) -> Floats:
        passed = majority(right, votes)
        return np.asarray((passed - np.sqrt(right)) / (passed - right))

    upper = GRID[GRID > 0.5]
    best = float(upper[np.argmax(share(upper))])
    ends = (max(best - 0.002, 0.5001), min(best + 0.002, 1 - 1e-6))
    found = minimize_scalar(lambda r: -float(share(r)), bounds=ends, method="bounded", options={"xatol": 1e-12})
    return max(0.5, float(share(found.x)))


def vote_plateau(error: float, votes: int, shared: float = 0.0) -> float:
    """Return the chance of a right answer that is left however deep the tree, fraction; 0 above the threshold."""
    _level(error, 0)
    limit = vote_threshold(votes, shared)
    if error == 0 or error > limit:
        return float(error == 0)
    turn = _turn(votes, shared)
    gap = _sustained(turn, votes, shared) - error
    right = turn if gap <= 0 else brentq(lambda r: _sustained(r, votes, shared) - error, turn, 1.0, xtol=1e-15)
    return float(_passed(right, votes, shared))


def step_chance(error: float, depth: int, votes: int) -> float:
    """Return the chance of a right answer if workers vote on the slip only, all with the same two calls.

    Closed form: ``majority(1 - error)^(2^depth - 1)``. Errors are rarer, and double with every level all the same.
    """
    _level(error, depth)
    slip = 1 - float(majority(1 - error, votes))
    return clean_chance(slip, depth)


def late_chance(error: float, depth: int, votes: int) -> float:
    """Return the chance that most of `votes^depth` whole answers without inner votes are right: the same budget, spent late."""
    _level(error, depth)
    checks.odd("votes", votes)
    runs = votes**depth
    checks.integer("votes^depth", runs, high=1_000_000_000)
    return float(majority(clean_chance(error, depth), runs))


def plurality_share(chance: float, runs: int, answers: int, juries: int, rng: Generator) -> float:
    """Return how often the most frequent of `runs` whole answers is the right one, fraction of `juries`; ties count as wrong.

    Wrong answers are spread evenly over the other `answers - 1`, which is the best case for a late vote.
    """
    checks.number("chance", chance, low=0, high=1)
    checks.integer("runs", runs, low=1)
    checks.integer("answers", answers, low=2)
    checks.integer("juries", juries, low=1)
    law = np.full(answers, (1 - chance) / (answers - 1))
    law[0] = chance
    counts = rng.multinomial(runs, law / law.sum(), size=juries)
    return float(np.mean(counts[:, 0] > counts[:, 1:].max(axis=1)))


# Checks ------------------------------------------------------------------------------------------------------------


def check_chances(error: float, depth: int, catch: float) -> Floats:
    """Return the chance of a right answer at every level 0, ..., `depth` under checks, shape (depth + 1,), fraction.

    An answer is made, right with ``r = (1 - error) c^2``; a check passes it if right, catches it with probability `catch` if
    wrong, and it is made again until one passes: ``c' = r / (r + (1 - r) (1 - catch))``. If nothing ever passes (an
    error of 1 and a check that misses nothing), c' is 0.
    """
    _level(error, depth, 10_000)
    checks.number("catch", catch, low=0, high=1)
    chance = np.ones(depth + 1)
    for level in range(depth):
        right = (1 - error) * chance[level] ** 2
        passed = right + (1 - right) * (1 - catch)
        chance[level + 1] = right / passed if passed > 0 else 0.0
    return chance


def check_threshold(error: float) -> float:
    """Return how often a check must catch a wrong answer for the loss to end, ``(1 + sqrt(error)) / 2``."""
    checks.number("error", error, low=0, high=1)
    return (1 + math.sqrt(error)) / 2


def check_plateau(error: float, catch: float) -> float:
    """Return the chance of a right answer that is left however deep the tree under checks, fraction; 0 below the threshold.

    Closed form: ``(1 + sqrt(1 - 4 v (1 - v) / (1 - error))) / (2 v)``, the upper root of ``v (1 - error) c^2 - (1 - error) c +
    1 - v = 0``.
    """
    checks.number("error", error, low=0, high=1)
    checks.number("catch", catch, low=0, high=1)
    if error == 0 or catch < check_threshold(error) or error == 1:
        return float(error == 0)
    return (1 + math.sqrt(max(0.0, 1 - 4 * catch * (1 - catch) / (1 - error)))) / (2 * catch)


# Trees of calls ----------------------------------------------------------------------------------------------------


def solve(params: AmplificationParams) -> AmplificationResult:
    """Return the closed forms; the tree holds chances."""
    chance = vote_chances(params.error, params.depth, params.votes, params.shared)
    saved = np.append(0.0, [_rescued((1 - params.error) * one**2, params) for one in chance[:-1]])
    width = 2 ** np.arange(params.depth + 1)
    return _result(
        params, chance, np.zeros(params.depth + 1), np.repeat(chance[::-1], width), np.repeat(saved[::-1], width)
    )


def simulate(params: AmplificationParams, rng: Generator) -> AmplificationResult:
    """Answer `params.calls` questions a level, each from the level below; the same dice whatever the parameters.

    The tree is that of the first question and of its first worker's calls; one level deeper it is the left half of the tree.
    """
    right, first = [np.ones(params.calls, dtype=bool)], [np.ones(params.calls, dtype=bool)]
    for level in range(1, params.depth + 1):
        answer, alone = step(right[-1], params, rng, 2 ** (DEEPEST - level))
        right.append(answer)
        first.append(alone)
    share = np.array([one.mean() for one in right])
    saved = [answer & ~alone for answer, alone in zip(right, first, strict=True)]
    return _result(params, share, _sampling_error(params), _tree(right), _tree(saved))


def step(below: Flags, params: AmplificationParams, rng: Generator, drawn: int) -> tuple[Flags, Flags]:
    """Answer the questions of one level from those of the level below.

    Returns right[question] of the vote and of the first worker alone, shape (n_calls,) each. The first workers of the
    first `drawn` questions ask the level below in order, so that their calls make a tree.
    """
    asked = rng.integers(0, params.calls, (params.calls, MOST_VOTES, 2), dtype=np.int32)
    asked[:drawn, 0] = np.arange(2 * drawn).reshape(drawn, 2) % params.calls
    slips = rng.random((params.calls, MOST_VOTES)) < params.error
    alike = rng.random(params.calls) < params.shared
    right = below[asked[..., 0]] & below[asked[..., 1]] & ~slips
    voted = 2 * np.count_nonzero(right[:, : params.votes], axis=1) > params.votes
    return np.where(alike, right[:, 0], voted), right[:, 0]


def _tree(levels: list[Flags]) -> Floats:
    """The first question of the top level, its calls, their calls: from lists that start at the lowest level."""
    return np.concatenate([one[: 2**row] for row, one in enumerate(reversed(levels))]).astype(float)


def _result(
    params: AmplificationParams, share: Floats, error: Floats, tree: Floats, saved: Floats
) -> AmplificationResult:
    plain, independent, voted = (
        vote_chances(params.error, HORIZON, votes, shared)
        for votes, shared in ((1, 0.0), (params.votes, 0.0), (params.votes, params.shared))
    )
    return AmplificationResult(
        params=params, level=np.arange(HORIZON + 1), plain=plain, independent=independent, voted=voted, sampled=share,
        sampled_error=error, tree=tree, saved=saved,
    )  # fmt: skip


def _rescued(right: float, params: AmplificationParams) -> float:
    """Chance that the first worker is wrong and the vote right, each worker being right with chance `right`."""
    if params.votes == 1:
        return 0.0
    others = float(bdtrc(params.votes // 2, params.votes - 1, right))
    return (1 - params.shared) * (1 - right) * others


def _sampling_error(params: AmplificationParams) -> Floats:
    """Standard error[level] of the simulated share: a level's own chance, and the error that it takes over from below."""
    chance = vote_chances(params.error, params.depth, params.votes, params.shared)
    variance = np.zeros(params.depth + 1)
    for level in range(params.depth):
        slope = (1 - params.error) * 2 * chance[level] * _slope((1 - params.error) * chance[level] ** 2, params)
        own = chance[level + 1] * (1 - chance[level + 1]) / params.calls
        variance[level + 1] = own + slope**2 * variance[level]
    return np.sqrt(variance)


def _slope(right: float, params: AmplificationParams) -> float:
    half = params.votes // 2
    steep = params.votes * math.comb(params.votes - 1, half) * (right * (1 - right)) ** half
    return params.shared + (1 - params.shared) * steep


def _passed(right: float, votes: int, shared: float) -> float:
    return shared * right + (1 - shared) * float(majority(right, votes))


def _sustained(right: float, votes: int, shared: float) -> float:
    """The error at which workers are right with chance `right` at every level."""
    return 1 - right / _passed(right, votes, shared) ** 2


def _turn(votes: int, shared: float) -> float:
    """The chance `right` of a worker at the threshold."""
    passed = shared * GRID + (1 - shared) * majority(GRID, votes)
    best = int(np.argmin(GRID / passed**2))
    ends = (GRID[max(best - 1, 0)], 1.0 if best == len(GRID) - 1 else GRID[best + 1])
    found = minimize_scalar(
        lambda r: -_sustained(r, votes, shared), bounds=ends, method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)


def _level(error: float, depth: int, deepest: int = 100) -> bool:
    """Check both; whether anything is distilled."""
    checks.number("error", error, low=0, high=1)
    checks.integer("depth", depth, low=0, high=deepest)
    return depth > 0


# Powers of a permutation -------------------------------------------------------------------------------------------


def solve_calls(params: CallsParams) -> CallsResult:
    """Return the law of calls with slips of their own."""
    right = np.array([call_chance(params.error, depth, params.answers) for depth in range(params.depth + 1)])
    return CallsResult(params=params, right=right, right_error=np.zeros(len(right)))


def simulate_calls(params: CallsParams, rng: Generator) -> CallsResult:
    """Walk 2^depth steps of a random permutation; the t-th step ends a call of each level whose 2^level divides t.

    That is the call tree from left to right: each call that ends may slip to one of the other elements.
    """
    sigma = rng.permutation(params.answers)
    at = rng.integers(0, params.answers, params.questions)
    truth, right = at, []
    for time in range(1, 2**params.depth + 1):
        at, truth = sigma[at], sigma[truth]
        for _ in range((time & -time).bit_length() - 1):
            at = _slipped(at, params.error, params.answers, rng)
        if time & (time - 1) == 0:
            right.append(np.mean(at == truth))
    share = np.array(right)
    return CallsResult(params=params, right=share, right_error=np.sqrt(share * (1 - share) / params.questions))


def simulate_tables(params: TablesParams, rng: Generator) -> TablesResult:
    """Distill a table a level in `params.tables` random permutations at once.

    A corrected table uses that powers of a permutation commute: with s = sigma^j an entry of level j yields to what two others
    imply, ``s T(s^-1 x)`` and ``s^-1 T(s x)``, where these agree. Another step at every level keeps neighbors that were
    wrong together from confirming each other again.
    """
    sigma = rng.permuted(np.tile(np.arange(params.answers), (params.tables, 1)), axis=1)
    ahead = table = truth = sigma
    clean = np.ones(sigma.shape, dtype=bool)
    rights, cleans = [np.ones(params.tables)], [np.ones(params.tables)]
    for _ in range(params.depth):
        truth = _then(truth, truth)
        whole = _then(table, table)
        clean = clean & _then(clean, table)
        table = _slipped(whole, params.error, params.answers, rng)
        clean = clean & (table == whole)
        table = _consistent(table, ahead) if params.corrects else table
        ahead = _then(sigma, ahead)
        rights.append((table == truth).mean(axis=1))
        cleans.append(clean.mean(axis=1))
    right, clean_share, root = np.array(rights), np.array(cleans), math.sqrt(params.tables)
    exact = [table_chance(params.error, depth, params.answers) for depth in range(params.depth + 1)]
    return TablesResult(
        params=params, right=right.mean(axis=1), right_error=right.std(axis=1, ddof=1) / root,
        clean=clean_share.mean(axis=1), clean_error=clean_share.std(axis=1, ddof=1) / root, clean_exact=np.array(exact),
    )  # fmt: skip


def _slipped(answer: Ints, error: float, answers: int, rng: Generator) -> Ints:
    """With chance `error` another answer, evenly."""
    moved = (answer + rng.integers(1, answers, answer.shape)) % answers
    return np.where(rng.random(answer.shape) < error, moved, answer)


def _then(values: NDArray[Any], where: Ints) -> NDArray[Any]:
    """Each row of `values` read where the same row of `where` points."""
    return np.take_along_axis(values, where, axis=1)


def _consistent(table: Ints, ahead: Ints) -> Ints:
    back = np.argsort(ahead, axis=1)
    from_behind, from_ahead = _then(ahead, _then(table, back)), _then(back, _then(table, ahead))
    return np.where(from_behind == from_ahead, from_behind, table)
