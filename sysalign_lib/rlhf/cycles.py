"""How often is there no majority winner? Condorcet's paradox, counted.

Idea. Each of n people has a ranking of m options, drawn independently from one law. There is no Condorcet winner if no
option beats every other in a duel; for an odd number of people, who cannot tie, three options then go round in a
circle. With all rankings equally likely (impartial culture) and three options the probability is 1/18 for three people,
5/72 for five, and tends to ``1/4 - 3 / (2 pi) asin(1/3) = 0.0877`` (guilbaud1952, gehrlein1976).

Assumption that breaks. Arrow's theorem (arrow1951) says that no rule is faultless on *every* electorate; it is often
heard as saying that no rule works. How often the bad electorates come up is a question of numbers. Under impartial
culture nobody has anything in common with anybody, and still three options go round in fewer than 9 of 100 cases. Any
share of people with a ranking in common, or with rankings that are single-peaked on one axis, ends cycles in large
crowds: it tilts each duel one way, and the law of large numbers does the rest. Electorates that are single-peaked to the
last person never have a cycle (Black's theorem), however many they are.

What one would wrongly conclude. That cycles do not matter. They grow with the number of options, to certainty: 17.5 % at
four, 48.9 % at ten, 84.3 % at fifty. And a share of people whose rankings rotate makes them certain in a large crowd.

Proofs. *Exact for any number of people.* For a given option the people fall into ``2^(m-1)`` classes, by which others they
put it above. The probability that it beats j of the others by given counts is a coefficient of the n-th power of a
polynomial in m - 1 variables, read off by a discrete Fourier transform; the events "i beats all" exclude each other, so their
probabilities add up. *Large crowds, impartial culture.* The margins of one option are in the limit jointly normal, any
two with correlation 1/3 (of the six orders of i, j and k, i is first or last in four), hence like ``W + sqrt(2) E_j`` with
independent standard normal W, E_j: the option beats all with probability ``∫ Phi(w / sqrt(2))^(m-1) phi(w) dw``. *Four
options are twice three* (for odd n and impartial culture): a ranking is as likely as its reverse, so the mean product of an
odd number of signs of margins is 0. With e the mean product of two, an option beats two others with probability ``(1 + e) /
4`` and three with ``(1 + 3 e) / 8``; so ``1 - 3 (1 + e) / 4`` is half of ``1 - 4 (1 + 3 e) / 8``.

Sources: condorcet1785, guilbaud1952, gehrlein1976. The mixtures of cultures are this book's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad
from scipy.special import ndtr

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "SIZES", "Culture", "CyclesParams", "CyclesResult", "impartial_limit", "law", "limit", "no_winner", "orders", "simulate",
    "solve",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SIZES = (3, 5, 7, 9, 11, 15, 21, 31, 41, 51, 71, 101)  # people in the electorates that are counted
SAMPLED = (3, 5, 11, 21, 51, 101)  # and in those that are sampled
MANY = 20  # options up to which the limit is drawn
WORK = 60_000  # coefficients up to which electorates are counted for a picture
MOST = 20_000_000  # coefficients up to which they are counted at all
WIDE = 1.96  # standard errors of an interval


class Culture(StrEnum):
    """What people with something in common have in common."""

    SHARED = "one ranking"
    AXIS = "one axis"
    CIRCLE = "a circle of rankings"


@dataclass(frozen=True, kw_only=True)
class CyclesParams:
    """culture: what people have in common. common: share of people who have it; all others take any ranking at random.

    options: how many options are ranked. runs: electorates sampled.
    """

    culture: Culture = Culture.SHARED
    common: float = checks.bounded(0.25, low=0.0, high=1.0)
    options: int = checks.bounded(3, low=3, high=6)
    runs: int = checks.bounded(1000, low=1, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class CyclesResult:
    """How often no option beats every other.

    Attributes
    ----------
    params : the culture.
    size : people[point], shape (n_points,), as far as electorates are counted exactly.
    share : probability[point], shape (n_points,), that no option beats every other, fraction, exact.
    sampled_size : people[sample], shape (n_samples,), none where exact.
    sampled_share : share[sample], shape (n_samples,), of sampled electorates without a winner, fraction.
    sampled_low, sampled_high : end[sample] of its 95 % interval (Wilson's), shape (n_samples,), fraction.
    many : options[count], shape (18,), from 3 to 20.
    many_limit : probability[count], shape (18,), in a boundless impartial crowd with so many options, fraction.
    """

    params: CyclesParams
    size: Floats
    share: Floats
    sampled_size: Floats
    sampled_share: Floats
    sampled_low: Floats
    sampled_high: Floats
    many: Floats
    many_limit: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def limit(self) -> float:
        """Probability in a boundless crowd."""
        return limit(self.params.culture, self.params.common, self.params.options)


# Laws of rankings ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def orders(options: int) -> Ints:
    """Return option[ranking, place], shape (options!, options): all rankings in the order of a dictionary, best first."""
    checks.integer("options", options, low=2, high=7)
    found = np.array(list(permutations(range(options))), dtype=np.intp)
    found.setflags(write=False)
    return found


def law(culture: Culture, common: float, options: int) -> Floats:
    """Return probability[ranking], shape (options!,), in the order of `orders`.

    With probability `common` a ranking comes from the culture (the first one; one of the ``2^(options-1)`` rankings that
    are single-peaked on the axis A, B, C and so on; one of the rotations of the first one), else from all, evenly.
    """
    checks.choice("culture", culture, Culture)
    checks.number("common", common, low=0, high=1)
    members = _members(culture, options)
    chance = np.full(math.factorial(options), (1 - common) / math.factorial(options))
    chance[members] += common / len(members)
    return chance


@lru_cache(maxsize=32)
def _members(culture: Culture, options: int) -> Ints:
    """Numbers of the rankings that a culture allows."""
    given = orders(options)
    if culture is Culture.SHARED:
        return np.array([0], dtype=np.intp)
    if culture is Culture.CIRCLE:
        return np.flatnonzero((np.diff(given, axis=1) % options == 1).all(axis=1))
    # On an axis, the best k options lie side by side for every k.
    spans = np.maximum.accumulate(given, axis=1) - np.minimum.accumulate(given, axis=1)
    return np.flatnonzero((spans == np.arange(options)).all(axis=1))


@lru_cache(maxsize=8)
def _above(options: int) -> NDArray[np.bool_]:
    """above[ranking, option, other]: whether the ranking puts the option above the other."""
    place = np.argsort(orders(options), axis=1)
    found = place[:, :, None] < place[:, None, :]
    found.setflags(write=False)
    return np.asarray(found)


# Exact --------------------------------------------------------------------------------------------------------------


def no_winner(people: int, chance: ArrayLike) -> float:
    """Return the probability that no option beats every other, for any number of people and any law of rankings, exact.

    Parameters
    ----------
    people : at least 1. With an even number duels can tie, and a tie is no win.
    chance : probability[ranking], shape (options!,), in the order of `orders`, as `law` returns it; for 3 to 7 options.

    Raises
    ------
    TypeError, ValueError : a bad argument, by name; or more than 2e7 coefficients, ``options (people + 1)^(options - 1)``.
    """
    checks.integer("people", people, low=1)
    given = checks.array("chance", chance, (None,), low=0, high=1)
    options = {math.factorial(m): m for m in range(3, 8)}.get(len(given))
    if options is None or abs(given.sum() - 1) > 1e-9:
        raise ValueError("chance must be the probabilities of all rankings of 3 to 7 options, summing to 1")
    if options * (people + 1) ** (options - 1) > MOST:
        raise ValueError(f"people must be fewer to be counted with {options} options, got {people}")
    found = sum(_beats_all(people, _classes(given, options, option)) for option in range(options))
    return min(max(1 - found, 0.0), 1.0)


def _classes(chance: Floats, options: int, option: int) -> Floats:
    """probability[above first, above second, ...], shape (2, ..., 2): who puts the option above which others."""
    above = np.delete(_above(options)[:, option], option, axis=1)
    number = above @ (1 << np.arange(options - 1)[::-1])
    found = np.bincount(number, weights=chance, minlength=1 << (options - 1))
    return np.asarray(found.reshape((2,) * (options - 1)), dtype=float)


def _beats_all(people: int, classes: Floats) -> float:
    """Probability that more than half of the people put the option above each of the others."""
    value = np.asarray(classes, dtype=complex)
    turn = np.exp(-2j * np.pi * np.arange(people + 1) / (people + 1))
    powers = np.stack([np.ones_like(turn), turn])
    for _ in range(classes.ndim):  # the first variable is summed over, its root of unity becomes the last axis
        value = np.tensordot(value, powers, axes=(0, 0))
    # The sum of coefficients above half is a product of one geometric sum a variable, so that no back transform is needed.
    half = people // 2 + 1
    tail = np.conj(np.vander(turn, people + 1, increasing=True)[:, half:]).sum(axis=1) / (people + 1)
    value = _power(value, people)
    for _ in range(classes.ndim):
        value = value @ tail
    return float(value.real)


def _power(value: NDArray[np.complex128], exponent: int) -> NDArray[np.complex128]:
    """value**exponent by squaring, much faster than the power of complex numbers."""
    result = value if exponent % 2 else np.ones_like(value)
    while exponent := exponent // 2:
        value = value * value
        if exponent % 2:
            result = result * value
    return result


@lru_cache(maxsize=32)
def impartial_limit(options: int) -> float:
    """Return the probability of no Condorcet winner in a boundless impartial crowd.

    One integral for any number of options m: ``1 - m ∫ Phi(w / sqrt 2)^(m-1) phi(w) dw``.
    """
    checks.integer("options", options, low=1)

    def inside(w: float) -> float:
        return float(ndtr(w / math.sqrt(2)) ** (options - 1)) * math.exp(-w * w / 2)

    whole: float = quad(inside, -10, 10, epsabs=1e-13, epsrel=1e-12, limit=200)[0] / math.sqrt(2 * math.pi)
    return max(1 - options * whole, 0.0)


def limit(culture: Culture, common: float, options: int) -> float:
    """Return the probability of no Condorcet winner in a boundless crowd.

    Any share in common tilts duels for good. One ranking: its first option beats every other. An axis: so does the
    middle one, or one of the two middle ones, between which the crowd is split evenly. A circle: each option is beaten
    by the one before it.
    """
    checks.choice("culture", culture, Culture)
    checks.number("common", common, low=0, high=1)
    checks.integer("options", options, low=3)
    if common == 0:
        return impartial_limit(options)
    return 1.0 if culture is Culture.CIRCLE else 0.0


# The model ----------------------------------------------------------------------------------------------------------


def solve(params: CyclesParams) -> CyclesResult:
    """Count every electorate that can be counted quickly; none is sampled."""
    return _result(params, np.empty(0), np.empty(0))


def simulate(params: CyclesParams, rng: Generator) -> CyclesResult:
    """Sample electorates, each growing person by person; the same dice whatever the parameters."""
    shape = (params.runs, SAMPLED[-1])
    joins, which, other = rng.random(shape) < params.common, rng.random(shape), rng.random(shape)
    members = _members(params.culture, params.options)
    held = (other * math.factorial(params.options)).astype(np.intp)
    held[joins] = members[(which[joins] * len(members)).astype(np.intp)]
    upper = np.triu_indices(params.options, 1)
    votes = _above(params.options)[:, upper[0], upper[1]].astype(np.int8)[held]
    starts = [0, *SAMPLED[:-1]]
    counts = np.add.reduceat(votes, starts, axis=1, dtype=np.int32).cumsum(axis=1)
    share = _won_by_nobody(counts, np.array(SAMPLED), params.options)
    return _result(params, np.array(SAMPLED, dtype=float), share)


def _won_by_nobody(counts: NDArray[np.int32], people: Ints, options: int) -> Floats:
    """Share of runs without a Condorcet winner [sample]; counts[run, sample, pair] of people for the pair's first option."""
    upper = np.triu_indices(options, 1)
    wins = np.zeros((*counts.shape[:2], options), dtype=np.int32)
    first = 2 * counts > people[:, None]
    second = 2 * counts < people[:, None]
    for at, (one, other) in enumerate(zip(*upper, strict=True)):
        wins[..., one] += first[..., at]
        wins[..., other] += second[..., at]
    return np.asarray((wins.max(axis=2) < options - 1).mean(axis=0))


def _result(params: CyclesParams, sampled_size: Floats, sampled_share: Floats) -> CyclesResult:
    chance, many = law(params.culture, params.common, params.options), range(3, MANY + 1)
    sizes = [size for size in SIZES if params.options * (size + 1) ** (params.options - 1) <= WORK]
    low, high = _interval(sampled_share, params.runs)
    return CyclesResult(
        params=params,
        size=np.array(sizes, dtype=float),
        share=np.array([no_winner(size, chance) for size in sizes]),
        sampled_size=sampled_size,
        sampled_share=sampled_share,
        sampled_low=low,
        sampled_high=high,
        many=np.array(many, dtype=float),
        many_limit=np.array([impartial_limit(count) for count in many]),
    )


def _interval(share: Floats, runs: int) -> tuple[Floats, Floats]:
    """Wilson's interval, which has a width even where nothing was seen."""
    square = WIDE**2 / runs
    middle = (share + square / 2) / (1 + square)
    half = np.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
