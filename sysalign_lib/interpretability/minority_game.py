"""The minority game: agents whose whole mind is printed, and a crowd that depends on how many of them there are.

Idea. An odd number N of agents chooses one of two sides, round after round; who is on the smaller side wins. All see
the same pattern, one of P = 2^m. Each agent holds S tables that name a side for every pattern, keeps a score of each
table, and acts on the one that is ahead. With A the difference between the two sides, a table that says a earns -a A.
Nothing is hidden: tables, scores and rule fit on a page a head. ``alpha = P / N`` is all that matters in large games.
The crowd is measured by its volatility ``<A^2> / N``, which is 1 if everybody tosses a coin, and by its predictability
``H / N = <<A | pattern>^2> / N``, what one can tell of the next round from the pattern alone.

Assumption that breaks. That to read every part is to know what they do together. A reader of the tables who takes each
agent's choice as it comes expects the volatility of coins. Agents who learn from the same score board are no coins:
below alpha_c they rush to the same side, and the more of them there are the worse they do. Nor do the tables settle
how it ends: below alpha_c the same tables, the same patterns and another start of the scores leave another crowd for
good.

Where it does not bite. Above alpha_c scores drift until ``H``, seen as a function of how often each agent plays each
table, is at its minimum over all such mixtures. H is convex and read off the tables, so a reader who knows the
learning rule finds the minimum without a round being played (`forecast`), and with it how often every single agent
will use every table, and with that ``<A^2> = H + sum_i (1 - mean_p (sum_s w_is a_ips)^2)``, as for agents who do not
move together beyond what the pattern tells.

Critical point. Leave out one agent, then one pattern (the cavity argument; the replica calculation gives the same).
The mean score of a table is, without its owner, normal with variance H / P; the owner moves against himself by the
share ``1 / (1 + chi)``. So his mixture is the point of the simplex of mixtures that is nearest to ``k z``, with z
normal and ``k^2 = G / alpha``, where ``G = E[w . w]``. Let phi be the mean number of tables in use beyond the first.
Free agents absorb what they can of each pattern as in any least-squares fit: what remains is ``1 / (1 + chi) = 1 - phi
/ alpha``, and therefore ``H / N = G (1 - phi / alpha)^2`` and ``<A^2> / N = H / N + 1 - G``. **At alpha_c = phi there
are as many free choices as patterns, and H reaches 0.** For S = 2 the simplex is an interval and this is ``alpha_c =
erf(zeta / sqrt 2) = .3374`` with ``(1 + Q(zeta)) zeta^2 = alpha_c``; for S = 3 it is a triangle and alpha_c = .8250. S
= 1 leaves no choice: volatility and predictability are 1.

What one would wrongly conclude. That agents of this kind are bad for each other: above alpha_c they coordinate better
than coins. And that the critical point is where prediction from the pattern begins to fail because something is
hidden: below it nothing can be told from the pattern because everybody has read the same.

What is recorded. Long games take minutes, so the figure shows numbers computed beforehand by ``python -m
sysalign_lib.interpretability.minority_game`` and kept with the settings that made them. What is played is counted in whole
numbers, so that they come out the same to the last digit; the tests play a part of them again.

Sources: challet1997 (the game), savit1999 (alpha, and the minimum of volatility). The argument above is the book's way
to a known result, checked against simulation and against minimizing H by another program; that the start counts below
alpha_c is known to the theory of this game too, and here it is measured.
Deviations: challet1997 counts a won round as one point, here points are in proportion to A, for which the theory is
exact; ties go to the table that was printed first instead of to a coin; patterns are random unless they are the game's
own history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from sysalign_lib.core import checks
from sysalign_lib.core.recorded import keep, recall
from sysalign_lib.core.result import freeze

__all__ = [
    "Histories", "LimitParams", "LimitResult", "MinorityCurveParams", "MinorityCurveResult", "MinorityParams",
    "MinorityResult", "Played", "Start", "critical_alpha", "forecast", "measured", "mixture", "play", "predictability",
    "print_tables", "record", "recorded", "recorded_forecast", "simulate", "solve_curve", "solve_limit", "step",
    "volatility",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Tables = NDArray[np.int8]

MOST_STRATEGIES = 3
MOST_MEMORY = 9
RECORD, FORECAST = "interpretability/minority_game", "interpretability/minority_game_forecast"
COMMAND = "python -m sysalign_lib.interpretability.minority_game"
WIDEST = 1e3  # at most so many times a mixture is pushed: beyond it every agent uses one table


class Histories(StrEnum):
    """Where the pattern comes from that all agents see."""

    RANDOM = "random"
    REAL = "the last winners"


class Start(StrEnum):
    """By how many points each agent's first table leads before the first round."""

    LEVEL = "0"
    SLIGHT = "30"
    CLEAR = "100"


HISTORIES, STARTS = tuple(Histories), tuple(Start)
CHOSEN, MEMORIES = (2, 3), tuple(range(1, MOST_MEMORY + 1))  # strategies and memories that are recorded
WORK = {"agents": 101, "games": 32, "warm_up": 100, "visits": 100}
SETTINGS = f"strategies {CHOSEN}, memory {MEMORIES}, leads {tuple(map(str, STARTS))}, {WORK}"
ROUNDED = 5  # decimals kept


@dataclass(frozen=True, kw_only=True)
class MinorityParams:
    """memory : bits m of the pattern. strategies : tables S of each agent. pairs : agents beside the first, in pairs.

    histories : what the pattern is. lead : points by which each agent's first table is ahead at first. games : games, each with
    tables of its own. warm_up, visits : rounds before and during the measurement, in units of the number of patterns.
    """

    memory: int = checks.bounded(3, low=1, high=MOST_MEMORY)
    strategies: int = checks.bounded(2, low=1, high=MOST_STRATEGIES)
    pairs: int = checks.bounded(50, low=0, high=500)
    histories: Histories = Histories.RANDOM
    lead: int = checks.bounded(0, low=0, high=100_000)
    games: int = checks.bounded(16, low=2, high=1000)
    warm_up: int = checks.bounded(20, low=0, high=1000)
    visits: int = checks.bounded(40, low=1, high=1000)

    def __post_init__(self) -> None:
        checks.params(self)

    @property
    def agents(self) -> int:
        """N, one more than twice the pairs, so that one side is always smaller."""
        return 2 * self.pairs + 1

    @property
    def alpha(self) -> float:
        """Patterns an agent."""
        return float(2**self.memory / self.agents)


@dataclass(frozen=True, eq=False, kw_only=True)
class MinorityResult:
    """What the crowds of some games did.

    Attributes
    ----------
    volatility : mean square difference of the sides an agent[game], shape (n_games,), 1 for coins.
    predictability : what the pattern tells of it[game], shape (n_games,), an agent; too high by about volatility / visits.
    used : share of rounds[strategy, game, agent], shape (S, n_games, N), in which an agent acts on a table.
    """

    params: MinorityParams
    volatility: Floats
    predictability: Floats
    used: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def mean(self) -> float:
        """Volatility, mean over games."""
        return float(self.volatility.mean())

    @property
    def error(self) -> float:
        """Standard error of `mean`."""
        return _error(self.volatility)

    @property
    def oracle(self) -> float:
        """Volatility if somebody assigned the sides, as evenly as an odd number allows."""
        return 1 / self.params.agents


@dataclass(frozen=True, kw_only=True)
class LimitParams:
    """alpha : patterns an agent. strategies : tables of each agent."""

    alpha: float = checks.bounded(1.0, low=0.001, high=1000.0)
    strategies: int = checks.bounded(2, low=1, high=MOST_STRATEGIES)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class LimitResult:
    """The endless game with random patterns; below critical_alpha predictability is 0, and volatility is what agents
    who do not move together would have, which no start need lead to.

    critical_alpha : where predictability reaches 0. predictability, volatility : an agent. self_overlap : G, mean of w . w.
    free : phi, mean number of tables in use beyond the first.
    """

    params: LimitParams
    critical_alpha: float
    predictability: float
    volatility: float
    self_overlap: float
    free: float

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, kw_only=True)
class MinorityCurveParams:
    """Which recorded games are looked at: all memories are drawn, and `memory` is picked out."""

    memory: int = checks.bounded(3, low=1, high=MOST_MEMORY)
    strategies: int = checks.bounded(2, low=CHOSEN[0], high=CHOSEN[-1])
    histories: Histories = Histories.RANDOM
    start: Start = Start.LEVEL

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class MinorityCurveResult:
    """Crowds of 101 agents with tables of every recorded length, and the endless game beside them.

    Attributes
    ----------
    alpha : patterns an agent[memory], shape (n_memories,).
    volatility : an agent[memory, game], shape (n_memories, n_games), 1 for coins.
    predictability : an agent[memory, game], shape (n_memories, n_games).
    foretold : volatility[memory, game], shape (n_memories, n_games), told from tables and learning rule before the first round.
    limit_alpha : patterns an agent[point], shape (n_points,), from critical_alpha on.
    limit_volatility, limit_predictability : of the endless game[point], shape (n_points,), an agent.
    critical_alpha : where the predictability of the endless game reaches 0.
    """

    params: MinorityCurveParams
    alpha: Floats
    volatility: Floats
    predictability: Floats
    foretold: Floats
    limit_alpha: Floats
    limit_volatility: Floats
    limit_predictability: Floats
    critical_alpha: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def at(self) -> int:
        """Place of the chosen memory."""
        return MEMORIES.index(self.params.memory)

    @property
    def mean(self) -> Floats:
        """Mean over games of volatility[memory], shape (n_memories,)."""
        return np.asarray(self.volatility.mean(axis=1))

    @property
    def error(self) -> Floats:
        """Standard error of `mean`, the same shape."""
        return np.asarray(self.volatility.std(axis=1, ddof=1) / math.sqrt(self.volatility.shape[1]))

    @property
    def miss(self) -> Floats:
        """Relative error of what was foretold of a single game[memory], root mean square over games, shape (n_memories,)."""
        return np.asarray(np.sqrt(np.mean(np.square(self.foretold / self.volatility - 1), axis=1)))

    @property
    def oracle(self) -> float:
        """Volatility if somebody assigned the sides as evenly as an odd number allows."""
        return 1 / WORK["agents"]


# The game -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class Played:
    """Rounds that were measured.

    Attributes
    ----------
    attendance : difference of the two sides[round, game], shape (n_rounds, n_games), agents.
    pattern : what the agents saw[round, game], shape (n_rounds, n_games), from 0 to P - 1.
    used : share of rounds[strategy, game, agent], shape (S, n_games, N).
    agents, patterns : how many there are.
    """

    agents: int
    patterns: int
    attendance: Ints
    pattern: Ints
    used: Floats

    def __post_init__(self) -> None:
        freeze(self)


def print_tables(strategies: int, memory: int, games: int, agents: int, rng: Generator) -> Tables:
    """Return side[strategy, pattern, game, agent], shape (S, 2^m, n_games, N), each 1 or -1 by the toss of a coin."""
    checks.integer("strategies", strategies, low=1)
    checks.integer("memory", memory, low=0, high=20)
    checks.integer("games", games, low=1)
    checks.odd("agents", agents)
    tossed = rng.integers(2, size=(strategies, 2**memory, games, agents), dtype=np.int8)
    return np.asarray(2 * tossed - 1)


def step(scores: Ints, says: Tables) -> tuple[Ints, NDArray[np.int8]]:
    """Play one round: everybody acts on the table that is ahead, then every table that spoke for the larger side pays.

    scores : points[strategy, game, agent], changed in place. says : side[strategy, game, agent]. Returns the difference of the
    sides[game] and the table in use[game, agent]; ties go to the table printed first.
    """
    chosen, acts, best = np.zeros(scores.shape[1:], dtype=np.int8), says[0], scores[0]
    for at in range(1, len(scores)):
        ahead = scores[at] > best
        acts, best = np.where(ahead, says[at], acts), np.maximum(best, scores[at])
        chosen = np.where(ahead, np.int8(at), chosen)
    sides = acts.sum(axis=1, dtype=np.int32)
    scores -= says * sides[:, None]
    return sides, chosen


def play(tables: Tables, rounds: int, rng: Generator, *, warm_up: int = 0, lead: int = 0,
         histories: Histories = Histories.RANDOM) -> Played:  # fmt: skip
    """Play games with printed tables for `warm_up` rounds unseen and `rounds` more.

    Random patterns are drawn beforehand, so that the same dice give the same patterns whatever the agents do; of the game's own
    history only the first pattern is drawn. Lead : points by which each first table is ahead at first.

    Raises
    ------
    TypeError, ValueError : by name, for a bad argument or a game so long that scores would overflow.
    """
    _check(tables)
    checks.integer("rounds", rounds, low=1)
    checks.integer("warm_up", warm_up, low=0)
    checks.integer("lead", lead, low=0, high=10**9)
    strategies, patterns, games, agents = tables.shape
    if (rounds + warm_up) * agents + lead >= 2**31:
        raise ValueError(f"rounds must be fewer than {2**31 // agents} for {agents} agents, got {rounds + warm_up}")
    scores = np.zeros((strategies, games, agents), dtype=np.int32)
    scores[0] += lead
    drawn = rng.integers(patterns, size=(rounds + warm_up, games), dtype=np.int32)
    flat, row = tables.reshape(strategies, patterns * games, agents), np.arange(games)
    says = np.empty((strategies, games, agents), dtype=np.int8)
    attendance, counts = np.empty_like(drawn), np.zeros((strategies, games, agents), dtype=np.int32)
    for time in range(len(drawn)):
        if time and histories is Histories.REAL:  # the smaller side is the next bit
            drawn[time] = (2 * drawn[time - 1] + (attendance[time - 1] < 0)) % patterns
        np.take(flat, drawn[time] * games + row, axis=1, out=says, mode="clip")
        attendance[time], chosen = step(scores, says)
        if time >= warm_up:
            for at in range(1, strategies):
                counts[at] += chosen == at
    counts[0] = rounds - counts[1:].sum(axis=0)
    return Played(
        agents=agents, patterns=patterns, attendance=attendance[warm_up:], pattern=drawn[warm_up:], used=counts / rounds
    )


def _check(tables: Tables) -> None:
    right = isinstance(tables, np.ndarray) and tables.dtype == np.int8 and tables.ndim == 4
    if not right or not np.all(np.abs(tables) == 1):
        raise ValueError(f"tables must be 8-bit numbers 1 or -1 of shape (S, P, games, N), got {np.shape(tables)}")


def volatility(played: Played) -> Floats:
    """Return the mean square difference of the sides an agent[game], shape (n_games,); 1 for coins."""
    return np.asarray(np.square(played.attendance, dtype=np.int64).mean(axis=0) / played.agents)


def predictability(played: Played) -> Floats:
    """Return the mean over rounds of the squared mean difference under the round's pattern, an agent[game], shape (n_games,).

    The mean under a pattern is that of the rounds measured, so that its noise adds about volatility / visits.
    """
    games = played.attendance.shape[1]
    cell = played.pattern.astype(np.int64) * games + np.arange(games)
    visits = np.bincount(cell.ravel(), minlength=played.patterns * games)
    total = np.bincount(cell.ravel(), weights=played.attendance.ravel(), minlength=len(visits))
    square = np.divide(total * total, visits, out=np.zeros_like(total), where=visits > 0)
    return np.asarray(square.reshape(played.patterns, games).sum(axis=0) / len(played.attendance) / played.agents)


def simulate(params: MinorityParams, rng: Generator) -> MinorityResult:
    """Print tables and play."""
    p = params
    tables = print_tables(p.strategies, p.memory, p.games, p.agents, rng)
    patterns = 2**p.memory
    played = play(tables, p.visits * patterns, rng, warm_up=p.warm_up * patterns, lead=p.lead, histories=p.histories)
    return MinorityResult(
        params=params, volatility=volatility(played), predictability=predictability(played), used=played.used
    )


# Told beforehand ----------------------------------------------------------------------------------------------------


def mixture(points: ArrayLike) -> Floats:
    """Return the nearest mixtures to points[strategy, ...]: not negative, adding up to 1 along the first axis; the same shape."""
    wanted = np.asarray(points, dtype=float)
    ranked = -np.sort(-wanted, axis=0)
    place = np.arange(1, len(wanted) + 1).reshape(-1, *(1,) * (wanted.ndim - 1))
    level = (np.cumsum(ranked, axis=0) - 1) / place
    last = (ranked > level).sum(axis=0, keepdims=True) - 1
    return np.maximum(wanted - np.take_along_axis(level, last, axis=0), 0.0)


def forecast(tables: Tables, most: int = 4000, gain: float = 1e-8) -> tuple[Floats, Floats, Floats]:
    """Tell from tables and learning rule, without a round being played, what the crowd will do.

    Minimizes H over all mixtures (accelerated projected gradient with restarts) until a step moves no share by more than
    `gain`, or for `most` steps.

    Returns
    -------
    volatility[game], shape (n_games,), and predictability[game], shape (n_games,), both an agent; share of
    rounds[strategy, game, agent], shape (S, n_games, N), in which each table is used.
    """
    _check(tables)
    games, agents = tables.shape[2:]
    told = [_settled(tables[:, :, game].astype(float), most, gain) for game in range(games)]
    mixed = np.array(told).transpose(1, 0, 2)
    means = np.einsum("spga,sga->pga", tables, mixed)
    squared = np.square(means.sum(axis=2)).mean(axis=0)
    own = np.square(means).mean(axis=0).sum(axis=1)
    return (squared + agents - own) / agents, squared / agents, mixed


def _settled(says: Floats, most: int, gain: float) -> Floats:
    """Mixtures[strategy, agent] that minimize the mean square over patterns of the mean difference."""
    strategies, patterns, agents = says.shape
    matrix = says.transpose(1, 0, 2).reshape(patterns, strategies * agents)
    pace = 1 / np.linalg.norm(matrix, 2) ** 2
    here = ahead = np.full((strategies, agents), 1 / strategies)
    pull = 1.0
    for _ in range(most):
        slope = matrix.T @ (matrix @ ahead.ravel())
        new = mixture(ahead - pace * slope.reshape(here.shape))
        move = new - here
        if np.abs(move).max() < gain:
            return new
        if float(np.sum((ahead - new) * move)) > 0:  # it runs uphill: begin anew without momentum
            pull = 1.0
        faster = (1 + math.sqrt(1 + 4 * pull * pull)) / 2
        here, ahead, pull = new, new + (pull - 1) / faster * move, faster
    return here


# The endless game ---------------------------------------------------------------------------------------------------


def _pushed(push: float, strategies: int) -> tuple[float, float]:
    """G and phi of mixtures nearest to `push` times a normal point: moments of a normal law in the pieces of a simplex."""
    if strategies == 1:
        return 1.0, 0.0
    if strategies == 2:
        width = 1 / (math.sqrt(2) * push)  # along the interval, from its middle to an end
        inside, second = _inside(width)
        return 1 - inside + inside / 2 + push**2 * second, inside
    side, radius = math.sqrt(2) / push, 1 / (math.sqrt(6) * push)  # of the triangle, and of the circle in it
    along, second = _inside(side / 2)
    out = 0.5 * math.erfc(radius / math.sqrt(2))
    edge = 3 * along * out
    turn = (ANGLES + 1) * np.pi / 6
    half = np.square(radius / np.cos(turn)) / 2
    inner = float(ANGLE_WEIGHTS @ -np.expm1(-half)) / 2
    moment = float(ANGLE_WEIGHTS @ (-np.expm1(-half) - half * np.exp(-half)))
    overlap = (1 - inner - edge) + edge / 2 + push**2 * 3 * second * out + inner / 3 + push**2 * moment
    return overlap, edge + 2 * inner


ANGLES, ANGLE_WEIGHTS = leggauss(48)


def _inside(width: float) -> tuple[float, float]:
    """Chance that a normal number is smaller than `width` in size, and its mean square there."""
    chance = math.erf(width / math.sqrt(2))
    return chance, chance - math.sqrt(2 / math.pi) * width * math.exp(-width * width / 2)


def _push(alpha: float, strategies: int) -> float:
    """The k with k^2 alpha = G(k)."""
    return float(brentq(lambda k: _pushed(k, strategies)[0] - alpha * k * k, 1e-4, WIDEST, xtol=1e-14))


@lru_cache(maxsize=8)
def critical_alpha(strategies: int) -> float:
    """Return the patterns an agent below which nothing can be told from the pattern: phi = alpha; 0 if there is no choice."""
    checks.integer("strategies", strategies, low=1, high=MOST_STRATEGIES)
    if strategies == 1:
        return 0.0

    def excess(push: float) -> float:
        overlap, free = _pushed(push, strategies)
        return overlap - free * push * push

    return _pushed(float(brentq(excess, 0.1, 10.0, xtol=1e-14)), strategies)[1]


def solve_limit(params: LimitParams) -> LimitResult:
    """Return the endless game with random patterns (derived in the module's words)."""
    overlap, free = _pushed(_push(params.alpha, params.strategies), params.strategies)
    left = max(1 - free / params.alpha, 0.0) ** 2 * overlap
    return LimitResult(
        params=params, critical_alpha=critical_alpha(params.strategies), predictability=left, volatility=left + 1 - overlap,
        self_overlap=overlap, free=free,
    )  # fmt: skip


# What is recorded ---------------------------------------------------------------------------------------------------


def measured(strategies: int, memory: int, *, agents: int, games: int, warm_up: int, visits: int) -> Floats:
    """Play with one set of tables; return number[histories, start, game, (volatility, predictability)], shape (2, 3, n_games, 2).

    Tables and random patterns are the same in all of them.
    """
    tables, patterns = _printed(strategies, memory, agents, games), 2**memory
    numbers = np.empty((len(HISTORIES), len(STARTS), games, 2))
    for at, histories in enumerate(HISTORIES):
        for place, start in enumerate(STARTS):
            played = play(
                tables, visits * patterns, default_rng([strategies, memory, 1]), warm_up=warm_up * patterns,
                lead=int(start), histories=histories,
            )  # fmt: skip
            numbers[at, place] = np.stack([volatility(played), predictability(played)], axis=1)
    return np.round(numbers, ROUNDED)


def _printed(strategies: int, memory: int, agents: int, games: int) -> Tables:
    """The tables of the recorded games."""
    return print_tables(strategies, memory, games, agents, default_rng([strategies, memory]))


def record() -> None:
    """Play and foretell all that the figure shows; keep it, with its settings, in files that are whole or absent."""
    told = [
        [forecast(_printed(count, memory, WORK["agents"], WORK["games"]))[0] for memory in MEMORIES] for count in CHOSEN
    ]
    keep(FORECAST, np.round(np.array(told), ROUNDED), SETTINGS)
    keep(RECORD, np.array([[measured(count, memory, **WORK) for memory in MEMORIES] for count in CHOSEN]), SETTINGS)


@lru_cache(maxsize=1)
def recorded() -> Floats:
    """Return the recorded number[strategies, memory, histories, start, game, (volatility, predictability)].

    Raises
    ------
    FileNotFoundError, ValueError : there is no file, or other settings made it; both say how to make it anew.
    """
    return recall(RECORD, SETTINGS, COMMAND)


@lru_cache(maxsize=1)
def recorded_forecast() -> Floats:
    """Return the volatility[strategies, memory, game] that was told from the tables; raises as `recorded` does."""
    return recall(FORECAST, SETTINGS, COMMAND)


@lru_cache(maxsize=8)
def _limits(strategies: int) -> tuple[Floats, Floats, Floats]:
    """Alpha, volatility and predictability of the endless game from its critical point on."""
    alpha = np.geomspace(critical_alpha(strategies), 8.0, 30)
    points = [solve_limit(LimitParams(alpha=float(one), strategies=strategies)) for one in alpha]
    return alpha, np.array([one.volatility for one in points]), np.array([one.predictability for one in points])


def solve_curve(params: MinorityCurveParams) -> MinorityCurveResult:
    """Return the recorded games of this kind; their dice were thrown when they were recorded."""
    chosen = CHOSEN.index(params.strategies)
    numbers = recorded()[chosen, :, HISTORIES.index(params.histories), STARTS.index(params.start)]
    alpha, limit_volatility, limit_predictability = _limits(params.strategies)
    return MinorityCurveResult(
        params=params, alpha=np.array([2**memory / WORK["agents"] for memory in MEMORIES]), volatility=numbers[:, :, 0],
        predictability=numbers[:, :, 1], foretold=recorded_forecast()[chosen], limit_alpha=alpha.copy(),
        limit_volatility=limit_volatility.copy(), limit_predictability=limit_predictability.copy(),
        critical_alpha=critical_alpha(params.strategies),
    )  # fmt: skip


def _error(values: Floats) -> float:
    """Standard error of a mean."""
    return float(values.std(ddof=1) / math.sqrt(len(values)))


if __name__ == "__main__":
    record()
