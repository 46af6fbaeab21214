"""Redundancy: what votes buy, where their threshold lies, and what is left of it when voters err together.

Idea. Two old theorems say that many unreliable parts make a reliable whole. In a cascade of noisy majority gates (von
Neumann), k wires that are each wrong with probability x feed a gate that itself fails with probability e, ``f(x) = e +
(1 - 2e) M_k(x)``, and for e below a threshold the error settles at a level that no number of further stages raises. In a
jury (Condorcet), voters who are each right with probability p > 1/2 are together right with a probability that goes to 1.

Assumption that breaks. Both need the parts to fail independently. Let a share rho of the gates, or of the jury's cases,
have a cause in common to all voters: they are then one voter. ``M_k`` becomes ``m(x) = rho x + (1 - rho) M_k(x)``.

Threshold. With ``s = k C(k - 1, (k - 1) / 2) / 2^(k - 1)``, the slope of M_k at 1/2, **a stable level below 1/2 exists if
and only if e < e_k(rho) = 1/2 - 1 / (2 (rho + (1 - rho) s)).** Proof. f(1/2) = 1/2 always. M_k'(x) is proportional to
(x (1 - x))^((k-1)/2), so f is convex below 1/2; it starts at f(0) = e above the diagonal, and being convex it crosses the
diagonal before 1/2 if and only if it meets it at 1/2 from below, with a slope (1 - 2e)(rho + (1 - rho) s) above 1. QED.
Without a common cause that is von Neumann's 1/6 for k = 3. A common cause lowers the threshold to zero only as rho goes
to 1, but it costs at once what votes are for: for small e the level is ``e / (1 - rho)``, and even infinitely many voters
leave ``e / (1 - (1 - 2e) rho)``.

What one would wrongly conclude. That the number of voters, or their pairwise correlation, says what a vote is worth. A
common cause and a bandwagon (beta-binomial votes) can have the same accuracy p and the same correlation rho of every pair;
with p = .6 and rho = .1 the first goes to .96, the second to .736.

Sources: vonneumann1956 (majority organ, 1/6), evans2003 (exact threshold for odd k), hajek1991 (the converse for k = 3),
evans1998 (two-input gates, (3 - sqrt 7) / 4), ladha1992 and kaniovski2011 (juries with correlated votes). Thresholds with a
common cause are this book's. Deviations: what is derived here is the threshold of a cascade, that is that an error does not
grow; that no circuit does better above it is the theorems' harder half and is cited only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import bdtrc, betainc

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "Cause", "JuryParams", "JuryResult", "RedundancyParams", "RedundancyResult", "ballots", "gate_threshold", "jury_chances",
    "jury_limit", "level_curve", "majority_error", "nand_threshold", "next_error", "simulate", "simulate_jury", "solve",
    "solve_jury", "stable_error",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LARGEST = 10_001  # voters of which anything is computed
MOST_VOTERS = 9  # wires for which dice are thrown, however many a gate reads
EXACT_FROM = 1e-9  # a correlation below it is told from 0 by no digit that is shown
JURIES = (1, 3, 5, 7, 9, 13, 17, 25, 33, 49, 65, 81, 101)  # sizes that are drawn


class Cause(StrEnum):
    """Why voters err together."""

    NONE = "independent"
    COMMON = "common cause"
    BANDWAGON = "bandwagon"


@dataclass(frozen=True, kw_only=True)
class RedundancyParams:
    """gate_error: chance e that a gate's output is flipped. voters: wires k that a gate reads, odd.

    shared: share rho of the gates all of whose wires are one wire. start: share of wrong wires at first.
    stages: stages of gates. wires: wires in the bundle that is simulated.
    """

    gate_error: float = checks.bounded(0.1, low=0.0, high=0.5)
    voters: int = checks.bounded(3, low=1, high=MOST_VOTERS)
    shared: float = checks.bounded(0.0, low=0.0, high=1.0)
    start: float = checks.bounded(0.4, low=0.0, high=1.0)
    stages: int = checks.bounded(16, low=1, high=1000)
    wires: int = checks.bounded(2000, low=10, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)
        checks.odd("voters", self.voters, high=LARGEST)


@dataclass(frozen=True, eq=False, kw_only=True)
class RedundancyResult:
    """The map of one stage to the next, and the way of a bundle of wires through the stages.

    Attributes
    ----------
    params : the gates and the bundle.
    grid : share of wrong wires[point], shape (n_points,), from 0 to 1.
    image : share after one stage[point], shape (n_points,), fraction.
    path : predicted share of wrong wires[stage], shape (stages + 1,), fraction.
    sampled : share of wrong wires in the bundle[stage], shape (stages + 1,), fraction; as predicted where exact.
    sampled_error : standard error[stage], shape (stages + 1,), of a stage's share given the one before; 0 where exact.
    level_gate : gate error[point], shape (n_levels,), at which the stable share is `level_share`, fraction.
    level_share : stable share of wrong wires[point], shape (n_levels,), fraction, from 0 to 1/2.
    """

    params: RedundancyParams
    grid: Floats
    image: Floats
    path: Floats
    sampled: Floats
    sampled_error: Floats
    level_gate: Floats
    level_share: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def threshold(self) -> float:
        """Gate error from which on nothing is remembered, fraction."""
        return gate_threshold(self.params.voters, self.params.shared)

    @property
    def stable(self) -> float:
        """Share of wrong wires at which the bundle settles if less than half are wrong at first, fraction."""
        return stable_error(self.params.gate_error, self.params.voters, self.params.shared)


@dataclass(frozen=True, kw_only=True)
class JuryParams:
    """skill: chance p that a voter is right. correlation: rho, of any two votes; no matter if the cause is none.

    cause: why votes agree. pairs: voters of the largest jury beside the first, in pairs, so that there is no tie.
    juries: juries simulated.
    """

    skill: float = checks.bounded(0.6, low=0.0, high=1.0)
    correlation: float = checks.bounded(0.1, low=0.0, high=1.0)
    cause: Cause = Cause.BANDWAGON
    pairs: int = checks.bounded(50, low=0, high=500)
    juries: int = checks.bounded(1000, low=10, high=1_000_000)

    def __post_init__(self) -> None:
        checks.params(self)

    @property
    def voters(self) -> int:
        """Size of the largest jury, odd."""
        return 2 * self.pairs + 1


@dataclass(frozen=True, eq=False, kw_only=True)
class JuryResult:
    """How often the majority is right, by the size of the jury.

    Attributes
    ----------
    params : the voters.
    size : voters[size], shape (n_sizes,), odd.
    independent, common, bandwagon : chance that the majority is right[size], shape (n_sizes,), fraction, for each cause.
    limits : chance[cause], shape (3,), for ever more voters: independent, common cause, bandwagon.
    sampled, sampled_error : share of simulated juries that are right[size] and its standard error, shape (n_sizes,), under the
        cause in `params`, fraction; error 0 where exact.
    """

    params: JuryParams
    size: Ints
    independent: Floats
    common: Floats
    bandwagon: Floats
    limits: Floats
    sampled: Floats
    sampled_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def curve(self) -> Floats:
        """chance[size], shape (n_sizes,), under the cause in `params`."""
        return (self.independent, self.common, self.bandwagon)[list(Cause).index(self.params.cause)]

    @property
    def limit(self) -> float:
        """Chance that a majority of ever more voters is right, under the cause in `params`."""
        return float(self.limits[list(Cause).index(self.params.cause)])


# Gates -------------------------------------------------------------------------------------------------------------


def majority_error(error: ArrayLike, voters: int, shared: float = 0.0) -> Floats:
    """Return how often most of `voters` wires are wrong, each with chance `error` (any shape), all alike on a share `shared`."""
    wrong = np.asarray(error, dtype=float)
    checks.array("error", wrong.ravel(), (None,), low=0, high=1)
    checks.odd("voters", voters, high=LARGEST)
    checks.number("shared", shared, low=0, high=1)
    return _outvoted(wrong, voters, shared)


def next_error(error: ArrayLike, gate_error: float, voters: int, shared: float = 0.0) -> Floats:
    """Return the share of wrong wires after one stage, ``e + (1 - 2e) [rho x + (1 - rho) M_k(x)]``, any shape."""
    checks.number("gate_error", gate_error, low=0, high=0.5)
    return np.asarray(gate_error + (1 - 2 * gate_error) * majority_error(error, voters, shared))


def gate_threshold(voters: int, shared: float = 0.0) -> float:
    """Return the gate error at which the stable level reaches 1/2, ``1/2 - 1 / (2 (rho + (1 - rho) s))``."""
    checks.odd("voters", voters, high=LARGEST)
    checks.number("shared", shared, low=0, high=1)
    return 0.5 - 0.5 / (shared + (1 - shared) * _steepness(voters))


def stable_error(gate_error: float, voters: int, shared: float = 0.0) -> float:
    """Return the share of wrong wires at which the cascade settles from below 1/2, fraction; 1/2 from the threshold on.

    Three voters: ``1/2 - y`` with ``y^2 = [3/2 - rho/2 - 1 / (1 - 2e)] / (2 (1 - rho))``, without a common cause ``1/2 - 1/2
    sqrt((1 - 6e) / (1 - 2e))``. Else the crossing is found on the convex half of the map.
    """
    checks.number("gate_error", gate_error, low=0, high=0.5)
    if gate_error >= gate_threshold(voters, shared):
        return 0.0 if gate_error == 0 else 0.5  # gates that never fail and one voter keep what they are given
    if gate_error == 0:
        return 0.0
    if voters == 3:
        square = (1.5 - shared / 2 - 1 / (1 - 2 * gate_error)) / (2 * (1 - shared))
        return 0.5 - math.sqrt(max(0.0, square))

    def rise(x: float) -> float:
        return float(next_error(x, gate_error, voters, shared)) - x

    near = 0.25
    while rise(0.5 - near) >= 0 and near > 1e-9:
        near /= 2
    return float(brentq(rise, 0.0, 0.5 - near, xtol=1e-15)) if near > 1e-9 else 0.5


def level_curve(voters: int, shared: float, share: ArrayLike) -> Floats:
    """Return the gate error at which `share` (any shape, from 0 to below 1/2) is the level at rest, ``(x - m) / (1 - 2m)``."""
    level = checks.array("share", np.ravel(share), (None,), low=0, high=0.4999).reshape(np.shape(share))
    wrong = majority_error(level, voters, shared)
    return np.asarray((level - wrong) / (1 - 2 * wrong))


def nand_threshold() -> float:
    """Return the gate error at which a tree of noisy NAND gates forgets its inputs: evans1998 has (3 - sqrt 7) / 4.

    A wire is 1 with probability y after a gate that maps x to ``h(x) = e + (1 - 2e)(1 - x^2)``. Two kinds of input stay
    apart as the two points of a cycle of h, and the cycle is gone when the slope at the fixed point, ``-2 (1 - 2e) x``,
    is no longer below -1. Found by root finding on both conditions.
    """

    def excess(e: float) -> float:
        fixed = brentq(lambda x: e + (1 - 2 * e) * (1 - x * x) - x, 0.0, 1.0, xtol=1e-15)
        return 2 * (1 - 2 * e) * float(fixed) - 1

    return float(brentq(excess, 0.0, 0.4, xtol=1e-14))


def solve(params: RedundancyParams) -> RedundancyResult:
    """Return the map and the predicted path."""
    path = _path(params)
    return _result(params, path, np.zeros(len(path)))


def simulate(params: RedundancyParams, rng: Generator) -> RedundancyResult:
    """Send a bundle of wires through the stages; every gate reads wires of the bundle at random, as von Neumann has it."""
    wrong = [rng.random(params.wires) < params.start]
    for _ in range(params.stages):
        wrong.append(step(wrong[-1], params, rng))
    share = np.array([one.mean() for one in wrong])
    law = np.concatenate([[params.start], next_error(share[:-1], params.gate_error, params.voters, params.shared)])
    return _result(params, share, np.sqrt(law * (1 - law) / params.wires))


def step(wrong: Flags, params: RedundancyParams, rng: Generator) -> Flags:
    """Put one stage of gates behind the bundle: wrong[wire], shape (n_wires,)."""
    read = wrong[rng.integers(0, params.wires, (params.wires, MOST_VOTERS), dtype=np.int32)]
    alike = rng.random(params.wires) < params.shared
    outvoted = 2 * np.count_nonzero(read[:, : params.voters], axis=1) > params.voters
    return np.where(alike, read[:, 0], outvoted) ^ (rng.random(params.wires) < params.gate_error)


def _result(params: RedundancyParams, share: Floats, error: Floats) -> RedundancyResult:
    grid, level = np.linspace(0, 1, 51), np.append(0.5 * np.sin(np.linspace(0, np.pi / 2, 40))[:-1], 0.4999)
    return RedundancyResult(
        params=params, grid=grid, image=next_error(grid, params.gate_error, params.voters, params.shared),
        path=_path(params), sampled=share, sampled_error=error,
        level_gate=level_curve(params.voters, params.shared, level), level_share=level,
    )  # fmt: skip


def _path(params: RedundancyParams) -> Floats:
    path = np.full(params.stages + 1, params.start)
    for stage in range(params.stages):
        e, x = params.gate_error, path[stage]
        path[stage + 1] = e + (1 - 2 * e) * float(_outvoted(x, params.voters, params.shared))
    return np.asarray(np.clip(path, 0.0, 1.0))


def _outvoted(wrong: ArrayLike, voters: int, shared: float) -> Floats:
    x = np.asarray(wrong, dtype=float)
    return np.asarray(shared * x + (1 - shared) * (bdtrc(voters // 2, voters, x) if voters > 1 else x), dtype=float)


def _steepness(voters: int) -> float:
    """Slope of the majority of k at 1/2, ``k C(k - 1, (k - 1) / 2) / 2^(k - 1)``."""
    return voters * (math.comb(voters - 1, voters // 2) / (1 << (voters - 1)))


# Juries ------------------------------------------------------------------------------------------------------------


def jury_chances(sizes: ArrayLike, skill: float, correlation: float = 0.0, cause: Cause = Cause.NONE) -> Floats:
    """Return the chance that the majority is right[size], shape (n_sizes,), for odd sizes, fraction.

    Independent: the binomial tail. Common cause: ``rho p + (1 - rho)`` times that. Bandwagon: votes come one after another,
    and after k right ones of m the next is right with probability ``(p (1 - rho) + k rho) / (1 - rho + m rho)``; that is
    the beta-binomial law with correlation rho, and the recursion holds for rho = 0 and rho = 1, too.

    Raises
    ------
    ValueError : a size is even: a tie has no majority.
    """
    size = _sizes(sizes)
    _voter(skill, correlation, cause)
    if cause is Cause.BANDWAGON:
        return _bandwagon(size, skill, correlation)
    alone = np.where(size > 1, bdtrc(size // 2, size, skill), skill)
    return np.asarray(alone if cause is Cause.NONE else correlation * skill + (1 - correlation) * alone, dtype=float)


def jury_limit(skill: float, correlation: float = 0.0, cause: Cause = Cause.NONE) -> float:
    """Return the chance that a majority of ever more voters is right.

    Independent: 0, 1/2 or 1. Common cause: ``1 - rho (1 - p)`` for p > 1/2. Bandwagon: ``P(B > 1/2)`` for B drawn from a beta
    law with parameters p (1 - rho) / rho and (1 - p)(1 - rho) / rho.
    """
    _voter(skill, correlation, cause)
    alone = 0.5 + 0.5 * float(np.sign(skill - 0.5))
    if cause is Cause.NONE or correlation == 0 or skill in (0.0, 0.5, 1.0):
        return alone
    if cause is Cause.COMMON:
        return correlation * skill + (1 - correlation) * alone
    if correlation < EXACT_FROM or correlation == 1:
        return alone if correlation < 1 else skill
    weight = (1 - correlation) / correlation
    return float(betainc((1 - skill) * weight, skill * weight, 0.5))


def solve_jury(params: JuryParams) -> JuryResult:
    """Return the exact chances."""
    size = _drawn(params)
    curve = jury_chances(size, params.skill, params.correlation, params.cause)
    return _jury_result(params, curve, np.zeros(len(size)))


def simulate_jury(params: JuryParams, rng: Generator) -> JuryResult:
    """Let `params.juries` juries vote, voter by voter; small juries are the first voters of large ones."""
    size, right = _drawn(params), ballots(params, rng)
    share = (2 * right[size - 1] > size[:, None]).mean(axis=1)
    law = jury_chances(size, params.skill, params.correlation, params.cause)
    return _jury_result(params, share, np.sqrt(np.clip(law * (1 - law), 0, None) / params.juries))


def ballots(params: JuryParams, rng: Generator) -> Ints:
    """Return the right votes so far[voter, jury], shape (n_voters, n_juries); the same dice whatever the skill."""
    alike = rng.random(params.juries) < params.correlation
    dice = rng.random((params.voters, params.juries))
    if params.cause is Cause.COMMON:
        dice[:, alike] = dice[0, alike]
    if params.cause is not Cause.BANDWAGON:
        return np.cumsum(dice < params.skill, axis=0)
    counts = np.zeros((params.voters + 1, params.juries), dtype=np.int64)
    for voter in range(params.voters):
        counts[voter + 1] = counts[voter] + (
            dice[voter] < _pull(counts[voter], voter, params.skill, params.correlation)
        )
    return counts[1:]


def _pull(right: Ints, votes: int, skill: float, correlation: float) -> Floats | float:
    """Chance that the next vote is right after `right` right ones of `votes`."""
    if votes == 0:
        return skill
    return np.asarray((skill * (1 - correlation) + right * correlation) / (1 - correlation + votes * correlation))


def _bandwagon(size: Ints, skill: float, correlation: float) -> Floats:
    law, chance = np.ones(1), np.empty(len(size))
    for votes in range(int(size.max(initial=0))):
        pull = np.asarray(_pull(np.arange(votes + 1), votes, skill, correlation))
        law = np.append(law * (1 - pull), 0.0) + np.append(0.0, law * pull)
        chance[size == votes + 1] = law[(votes + 1) // 2 + 1 :].sum()
    return chance


def _drawn(params: JuryParams) -> Ints:
    return np.unique([*(size for size in JURIES if size < params.voters), params.voters])


def _jury_result(params: JuryParams, share: Floats, error: Floats) -> JuryResult:
    size, voter = _drawn(params), (params.skill, params.correlation)
    none, common, bandwagon = (jury_chances(size, *voter, cause) for cause in Cause)
    return JuryResult(
        params=params, size=size, independent=none, common=common, bandwagon=bandwagon,
        limits=np.array([jury_limit(*voter, cause) for cause in Cause]), sampled=share, sampled_error=error,
    )  # fmt: skip


def _sizes(sizes: ArrayLike) -> Ints:
    asked = checks.array("sizes", np.atleast_1d(sizes), (None,), low=1, high=10_001)
    if (asked % 2 != 1).any():
        raise ValueError(f"sizes must be odd, so that there is a majority, got {asked[asked % 2 != 1][0]:g}")
    return asked.astype(np.int64)


def _voter(skill: float, correlation: float, cause: Cause) -> None:
    checks.number("skill", skill, low=0, high=1)
    checks.number("correlation", correlation, low=0, high=1)
    checks.choice("cause", cause, Cause)
