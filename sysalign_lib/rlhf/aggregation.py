"""One reward for many people: what a reward model makes of rankings that disagree.

Idea. People rank options; a reward model (Bradley-Terry) is fitted to their answers without knowing who answered. Three
groups with a ranking each are enough to see what it does, since every rule's verdict then changes along straight lines in
the triangle of the groups' shares.

What it computes. **On complete, evenly asked comparisons the scores have the order of the Borda count.** Proof. Let
``w_ij`` be how often i was preferred to j, and let every pair be asked n times. Where the likelihood is largest its slope
is zero: ``sum_j w_ij = n sum_{j != i} sigmoid(s_i - s_j)`` for every i. The right side is ``f(s_i)`` with ``f(x) =
n [sum_j sigmoid(x - s_j) - 1/2]``, the sum now over all j; f is the same function for every i and strictly increasing, so
``s_i > s_k`` if and only if ``sum_j w_ij > sum_j w_kj``. The left side is i's Borda count. QED. A normal prior adds
``c s_i`` to f, answers that are coin tosses shrink all row sums alike towards half of what was asked, and neither changes
the order.
If pairs are asked unevenly f depends on i, and the theorem is gone: which questions were asked then decides who wins.

Assumption that breaks. A reward model is taken to learn "what people prefer". With 60 % of the people for A > B > C and
40 % for B > C > A, A wins every duel 60 to 40, and the reward model picks B. Delete C, which wins nothing, and it picks A.

What one would wrongly conclude. That the majority was right: if people care by equal steps, the Borda count is the mean
utility, and B makes people happier. Or that nothing can be done: where an option beats every other the maximal lottery
picks it, deletions of losers do not move it, and on a cycle it draws lots; this is what Nash learning from human feedback
aims at. What no rule sees in comparisons is how much people care.

Sources: borda1784 and condorcet1785 (the rules), bradley1952 and zermelo1929 (the model), arrow1951 (independence of
irrelevant alternatives), siththaranjan2024 (hidden context: their theorem has the Borda count as a limit of many
answers; the proof above, from the slope, holds for any sample), jiang2011 (what is cyclic in comparisons). Regions are
this book's. Deviation: half an answer each way is added to every pair before the fit, so that scores stay finite where
people are unanimous; it moves all row sums alike, so not the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.rlhf import reward_model

__all__ = [
    "KINDS", "OPTIONS", "AggregationParams", "AggregationResult", "Electorate", "Hodge", "area", "best", "borda",
    "duels", "hodge", "maximal_lottery", "rankings", "simulate", "solve", "unbeaten", "without",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

OPTIONS = "ABC"
KINDS = (
    "all agree",
    "reward model overrules the majority, mean utility agrees with it",
    "reward model follows the majority, mean utility does not",
    "reward model overrules the majority, mean utility does not agree",
    "no majority winner",
)
TIE = 1e-9  # shares, utilities and lengths that differ by less are equal
CORNERS = 9  # a triangle cut by six lines has no more
PAIRS = tuple(combinations(range(3), 2))


class Electorate(StrEnum):
    """The rankings of the three groups."""

    CIRCLE = "in a circle"
    AXIS = "on one axis"
    SHARED = "near one ranking"


RANKINGS = {
    Electorate.CIRCLE: ("ABC", "BCA", "CAB"),
    Electorate.AXIS: ("ABC", "BCA", "CBA"),
    Electorate.SHARED: ("ABC", "ACB", "BAC"),
}


@dataclass(frozen=True, kw_only=True)
class AggregationParams:
    """electorate: the groups' rankings. first: share of people in the first group. second: the second group's share of
    the rest.

    middle: what a second choice is worth if the first is worth 1 and the last 0. stake: how much the first group has at
    stake, in units of the others' stake. noise: share of answers that are coin tosses. answers: answers asked a pair.
    """

    electorate: Electorate = Electorate.CIRCLE
    first: float = checks.bounded(0.6, low=0.0, high=1.0)
    second: float = checks.bounded(1.0, low=0.0, high=1.0)
    middle: float = checks.bounded(0.5, low=0.0, high=1.0)
    stake: float = checks.bounded(1.0, low=0.1, high=10.0)
    noise: float = checks.bounded(0.0, low=0.0, high=0.95)
    answers: int = checks.bounded(1000, low=1, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class AggregationResult:
    """What every rule makes of the electorate, and the triangle of all mixtures of its groups.

    Attributes
    ----------
    params : the electorate and the reader's mixture.
    shares : share[group], shape (3,), of people, fraction.
    wanted : share[option, other], shape (3, 3), of people who prefer the option to the other, fraction; 0 on the diagonal.
    score : Bradley-Terry score[option], shape (3,), in nats, fitted to the answers.
    rate : rate[option], shape (3,), of comparisons that the reward model expects the option to win, fraction.
    rate_error : its standard error, shape (3,), from the number of answers; 0 where exact.
    hardest : share[option], shape (3,), of people for it in its hardest duel, fraction.
    utility : mean utility[option], shape (3,), in units of what people would have if all got their first choice.
    lottery : probability[option], shape (3,), of a maximal lottery; options that lose no duel share it evenly.
    region_corner : share[region, corner, group], shape (n_regions, 9, 3): corners in order, the last one repeated.
    region_kind : kind[region], shape (n_regions,), position in `KINDS`.
    reward_corner : share[option, corner, group], shape (3, 9, 3): likewise, where the reward model picks it; all 0 if nowhere.
    """

    params: AggregationParams
    shares: Floats
    wanted: Floats
    score: Floats
    rate: Floats
    rate_error: Floats
    hardest: Floats
    utility: Floats
    lottery: Floats
    region_corner: Floats
    region_kind: Ints
    reward_corner: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def groups(self) -> tuple[str, str, str]:
        """Ranking of each group, best first, as in ``"A>B>C"``."""
        first, second, third = (">".join(words) for words in RANKINGS[self.params.electorate])
        return first, second, third

    @property
    def majority(self) -> tuple[int, ...]:
        """Options that lose no duel: one as a rule, several if they tie, none on a cycle."""
        return unbeaten(self.wanted)

    @property
    def wins_all(self) -> bool:
        """Whether one option beats every other: a Condorcet winner."""
        return bool((self.hardest > 0.5 + TIE).any())

    @property
    def picked(self) -> tuple[int, ...]:
        """Options that a reward model scores highest if asked without end."""
        return best(borda(self.wanted))

    @property
    def favored(self) -> tuple[int, ...]:
        """Options with the highest mean utility."""
        return best(self.utility)

    @property
    def cyclic(self) -> float:
        """Share of the energy of the duels' margins that is cyclic, fraction; 0 if all duels are tied."""
        return float(hodge(self.wanted - self.wanted.T).shares[1])

    @property
    def areas(self) -> Floats:
        """area[kind], shape (5,): share of the triangle that each of `KINDS` covers."""
        sizes = [area(corners) for corners in self.region_corner]
        return np.asarray(np.bincount(self.region_kind, weights=sizes, minlength=len(KINDS)), dtype=float)


# Rules ------------------------------------------------------------------------------------------------------------


def rankings(words: tuple[str, ...]) -> Ints:
    """Return option[group, place], shape (n_groups, n_options), from rankings like ``("ABC", "BCA")``, best first.

    Raises
    ------
    ValueError : rankings that are not orders of the same letters from A on.
    """
    letters = "".join(sorted(words[0])) if words else ""
    if not letters or letters != "".join(chr(65 + at) for at in range(len(letters))):
        raise ValueError(f"words must be rankings of the letters from A on, got {words!r}")
    if any("".join(sorted(word)) != letters for word in words):
        raise ValueError(f"words must all rank the options {letters}, got {words!r}")
    return np.array([[ord(letter) - 65 for letter in word] for word in words], dtype=np.intp)


def duels(orders: ArrayLike, shares: ArrayLike) -> Floats:
    """Return share[option, other], shape (n, n), of people who prefer the option to the other; 0 on the diagonal.

    Parameters
    ----------
    orders : option[group, place], shape (n_groups, n), best first, as `rankings` returns them.
    shares : share[group], shape (n_groups,), summing to 1.

    Raises
    ------
    TypeError, ValueError : orders that are no permutations, or shares that are negative or do not sum to 1.
    """
    places = _places(orders)
    weights = checks.array("shares", shares, (len(places),), low=0)
    if abs(weights.sum() - 1) > TIE:
        raise ValueError(f"shares must sum to 1, got {weights.sum():g}")
    return np.asarray(np.tensordot(weights, places[:, :, None] < places[:, None, :], axes=1), dtype=float)


def borda(wanted: ArrayLike) -> Floats:
    """Return Borda counts, shape (n,): the sum of an option's shares over all its duels; `wanted` has shape (n, n)."""
    return np.asarray(_square("wanted", wanted).sum(axis=1))


def unbeaten(wanted: ArrayLike) -> tuple[int, ...]:
    """Return the options that lose no duel, in order; `wanted` has shape (n, n). Empty if there are none."""
    lead = _square("wanted", wanted)
    return tuple(np.flatnonzero((lead - lead.T >= -TIE).all(axis=1)).tolist())


def best(values: ArrayLike) -> tuple[int, ...]:
    """Return the positions of the largest of `values`, shape (n,), in order; several if they tie."""
    given = checks.array("values", values, (None,))
    return tuple(np.flatnonzero(given >= given.max(initial=-np.inf) - TIE).tolist())


def without(wanted: ArrayLike, option: int) -> Floats:
    """Return `wanted`, shape (n, n), after an option is deleted, shape (n - 1, n - 1): nobody changes an opinion."""
    lead = _square("wanted", wanted)
    checks.integer("option", option, low=0, high=len(lead) - 1)
    return np.delete(np.delete(lead, option, axis=0), option, axis=1)


def maximal_lottery(wanted: ArrayLike) -> Floats:
    """Return probabilities, shape (n,), of a lottery that no other lottery beats in expected votes.

    It is an optimal mixed strategy of the game whose payoffs are the margins ``wanted - wanted.T``, found by linear
    programming; that game is symmetric, so its value is 0. Unique if the margins are those of an odd number of
    people; otherwise one of several may be returned.
    """
    lead = _square("wanted", wanted)
    size, margins = len(lead), lead - lead.T
    found = linprog(
        np.zeros(size), A_ub=-margins.T, b_ub=np.full(size, TIE), A_eq=np.ones((1, size)), b_eq=[1.0], method="highs"
    )
    lottery = np.maximum(found.x, 0)
    return np.asarray(lottery / lottery.sum())


# What is cyclic -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class Hodge:
    """Three parts of a flow over comparisons that are orthogonal and add up to it (jiang2011).

    Attributes
    ----------
    potential : score[option], shape (n,), in units of the flow: the ranking that fits best by least squares; sums to 0.
    gradient : part[option, other], shape (n, n): differences of the scores; 0 where nothing was asked.
    curl : part[option, other], shape (n, n): circles around triples of options.
    harmonic : part[option, other], shape (n, n): longer circles that no triples fill; none if all pairs were asked.
    shares : share[part], shape (3,), of the flow's energy (weighted squares) in gradient, curl and harmonic; 0 without a flow.
    """

    potential: Floats
    gradient: Floats
    curl: Floats
    harmonic: Floats
    shares: Floats

    def __post_init__(self) -> None:
        freeze(self)


def hodge(flow: ArrayLike, asked: ArrayLike | None = None) -> Hodge:
    """Split a flow, as margins of votes or log odds, into what a ranking explains, local circles and long circles.

    Parameters
    ----------
    flow : flow[option, other], shape (n, n), antisymmetric; entries of pairs that were not asked are ignored.
    asked : weight[option, other], shape (n, n), symmetric and not negative, 0 for a pair that was not asked; all 1 if left out.

    Raises
    ------
    ValueError : flow not antisymmetric, or asked not symmetric or negative.
    """
    given = _square("flow", flow)
    weight = np.ones_like(given) if asked is None else _square("asked", asked)
    if np.abs(given + given.T).max(initial=0.0) > TIE * max(1.0, np.abs(given).max(initial=0.0)):
        raise ValueError("flow must be antisymmetric: what i gains on j, j loses on i")
    if weight.min(initial=0.0) < 0 or not np.array_equal(weight, weight.T):
        raise ValueError("asked must be symmetric and not negative")
    size = len(given)
    edges = [pair for pair in combinations(range(size), 2) if weight[pair] > 0]
    rows, columns = np.array(edges, dtype=np.intp).reshape(-1, 2).T
    root = np.sqrt(weight[rows, columns])
    ascent, circles = _incidence(size, edges)
    target = root * given[rows, columns]
    potential = _least_squares(root[:, None] * ascent, target)
    gradient = root * (ascent @ potential)
    turning = circles.T / root[:, None]
    curl = turning @ _least_squares(turning, target)
    parts = [gradient, curl, target - gradient - curl]
    energy = np.array([part @ part for part in parts])
    return Hodge(
        potential=potential,
        gradient=_matrix(size, rows, columns, parts[0] / root),
        curl=_matrix(size, rows, columns, parts[1] / root),
        harmonic=_matrix(size, rows, columns, parts[2] / root),
        shares=energy / energy.sum() if energy.sum() > 0 else energy,
    )


def _incidence(size: int, edges: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    """Difference along each edge [edge, option], and sum around each triple all of whose pairs were asked [triple, edge]."""
    number = {edge: at for at, edge in enumerate(edges)}
    ascent = np.zeros((len(edges), size))
    for at, (one, other) in enumerate(edges):
        ascent[at, one], ascent[at, other] = 1, -1
    triples = [t for t in combinations(range(size), 3) if all(pair in number for pair in combinations(t, 2))]
    circles = np.zeros((len(triples), len(edges)))
    for at, (i, j, k) in enumerate(triples):
        circles[at, [number[i, j], number[j, k], number[i, k]]] = 1, 1, -1
    return ascent, circles


def _least_squares(matrix: Floats, target: Floats) -> Floats:
    """The shortest of the best solutions."""
    return np.asarray(np.linalg.lstsq(matrix, target, rcond=None)[0]) if matrix.size else np.zeros(matrix.shape[1])


def _matrix(size: int, rows: Ints, columns: Ints, values: Floats) -> Floats:
    filled = np.zeros((size, size))
    filled[rows, columns], filled[columns, rows] = values, -values
    return filled


# The model ----------------------------------------------------------------------------------------------------------


def simulate(params: AggregationParams, rng: Generator) -> AggregationResult:
    """Ask `params.answers` people a pair and fit the reward model to what they say; the same dice whatever the parameters."""
    dice = rng.random((len(PAIRS), params.answers))
    wins = (dice < _answered(params)[:, None]).sum(axis=1).astype(float)
    rate = wins / params.answers
    return _result(params, wins, np.sqrt(rate * (1 - rate) / params.answers))


def solve(params: AggregationParams) -> AggregationResult:
    """Fit the reward model to the answers that are expected of `params.answers` people a pair."""
    return _result(params, params.answers * _answered(params), np.zeros(len(PAIRS)))


def area(corners: ArrayLike) -> float:
    """Return the share of the triangle that a polygon covers; `corners` are share[corner, group], shape (n, 3), in order."""
    x, y = checks.array("corners", corners, (None, 3))[:, :2].T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _answered(params: AggregationParams) -> Floats:
    """Probability, for each pair, that an answer prefers its first option."""
    wanted = _wanted(params)
    shares = np.array([wanted[pair] for pair in PAIRS])
    return np.asarray((1 - params.noise) * shares + params.noise / 2)


def _shares(params: AggregationParams) -> Floats:
    rest = 1 - params.first
    return np.array([params.first, rest * params.second, rest * (1 - params.second)])


def _wanted(params: AggregationParams) -> Floats:
    return duels(rankings(RANKINGS[params.electorate]), _shares(params))


def _result(params: AggregationParams, wins: Floats, error: Floats) -> AggregationResult:
    counts, spread = np.zeros((3, 3)), np.zeros((3, 3))
    for (one, other), won, wide in zip(PAIRS, wins, error, strict=True):
        counts[one, other], counts[other, one] = won + 0.5, params.answers - won + 0.5
        spread[one, other] = spread[other, one] = wide
    shares, wanted = _shares(params), _wanted(params)
    values = _values(params.electorate, params.middle, params.stake)
    corners, kinds, reward = _regions(params.electorate, params.middle, params.stake)
    return AggregationResult(
        params=params,
        shares=shares,
        wanted=wanted,
        score=reward_model.fit(counts),
        rate=counts.sum(axis=1) / (2 * (params.answers + 1)),
        rate_error=np.sqrt(np.square(spread).sum(axis=1)) / 2,
        hardest=(wanted + np.eye(3)).min(axis=1),
        utility=shares @ values / (shares @ values.max(axis=1)),
        lottery=_lottery_of_three(wanted),
        region_corner=corners,
        region_kind=kinds,
        reward_corner=reward,
    )


def _lottery_of_three(wanted: Floats) -> Floats:
    """Closed form: on a cycle an option's chance is the margin of the duel that it is not in."""
    leaders = unbeaten(wanted)
    if leaders:
        return np.array([float(option in leaders) / len(leaders) for option in range(3)])
    opposite = np.abs(np.array([wanted[1, 2], wanted[2, 0], wanted[0, 1]]) - 0.5)
    return np.asarray(opposite / opposite.sum())


def _values(electorate: Electorate, middle: float, stake: float) -> Floats:
    """utility[group, option], shape (3, 3)."""
    worth = np.array([1.0, middle, 0.0])[_places(rankings(RANKINGS[electorate]))]
    return np.asarray(worth * np.array([stake, 1.0, 1.0])[:, None])


# Regions ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _regions(electorate: Electorate, middle: float, stake: float) -> tuple[Floats, Ints, Floats]:
    """Cut the triangle along the lines at which a verdict changes; corners and kinds of regions, the reward model's parts."""
    orders = rankings(RANKINGS[electorate])
    lead = np.array([2 * duels(orders[[group]], [1.0]) - 1 for group in range(3)])
    counts = np.array([borda(duels(orders[[group]], [1.0])) for group in range(3)])
    values, whole = _values(electorate, middle, stake), np.eye(3)
    corners, kinds = [], []
    for winner, signs in _outcomes():
        held = _cut(whole, [sign * lead[:, i, j] for (i, j), sign in zip(PAIRS, signs, strict=True) if sign])
        for picked in range(3):
            part = _cut(held, _ahead(counts, picked))
            for favored in range(3):
                region = _cut(part, _ahead(values, favored))
                if len(region) > 2 and area(region) > TIE:
                    corners.append(_padded(region))
                    kinds.append(_kind(winner, picked, favored))
    reward = np.array([_padded(_cut(whole, _ahead(counts, picked))) for picked in range(3)])
    return np.array(corners), np.array(kinds, dtype=np.intp), reward


def _outcomes() -> list[tuple[int | None, tuple[int, int, int]]]:
    """Every majority winner, with the signs of the duels AB, AC and BC that it needs; None for the two cycles."""
    return [(0, (1, 1, 0)), (1, (-1, 0, 1)), (2, (0, -1, -1)), (None, (1, -1, 1)), (None, (-1, 1, -1))]


def _kind(winner: int | None, picked: int, favored: int) -> int:
    """Position in `KINDS`."""
    if winner is None:
        return 4
    if picked == winner:
        return 0 if favored == winner else 2
    return 1 if favored == picked else 3


def _ahead(values: Floats, option: int) -> list[Floats]:
    """Linear forms in the shares that are not negative where the option is ahead; values[group, option]."""
    return [values[:, option] - values[:, other] for other in range(3) if other != option]


def _cut(polygon: Floats, forms: list[Floats]) -> Floats:
    """Keep the part of a convex polygon [corner, group] on which every linear form is not negative."""
    for form in forms:
        if not len(polygon):
            break
        height = polygon @ form
        kept = []
        for at in range(len(polygon)):
            here, there = height[at], height[(at + 1) % len(polygon)]
            if here >= 0:
                kept.append(polygon[at])
            if here * there < 0:
                kept.append((here * polygon[(at + 1) % len(polygon)] - there * polygon[at]) / (here - there))
        polygon = np.array(kept).reshape(-1, 3)
    return polygon


def _padded(polygon: Floats) -> Floats:
    """The corners, the last one repeated up to `CORNERS`; all 0 if there are none."""
    if not len(polygon):
        return np.zeros((CORNERS, 3))
    return np.concatenate([polygon, np.repeat(polygon[-1:], CORNERS - len(polygon), axis=0)])


# Arguments ----------------------------------------------------------------------------------------------------------


def _square(name: str, matrix: ArrayLike) -> Floats:
    """A square matrix; what is none is refused."""
    given = checks.array(name, matrix, (None, None))
    if given.shape[0] != given.shape[1]:
        raise ValueError(f"{name} must be square, got shape {given.shape}")
    return given


def _places(orders: ArrayLike) -> Ints:
    """place[group, option], shape (n_groups, n): 0 for the best."""
    given = checks.array("orders", orders, (None, None))
    if not (np.sort(given, axis=1) == np.arange(given.shape[1])).all():
        raise ValueError("orders must be permutations of the options, numbered from 0")
    return np.argsort(given, axis=1)
