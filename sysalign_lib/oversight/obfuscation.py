"""Obfuscated arguments: a flaw that is there, and that nobody can point to.

Idea. An argument of n steps ends with a false conclusion, so that at least one step is wrong. The side that is right wins
the debate if it shows the judge a wrong step. With probability kappa it knows where one is. Else it picks c different steps
to check and hopes. For one flaw it wins with probability ``kappa + (1 - kappa) c / n``; for F flaws the second factor is
the hypergeometric chance that c draws hit at least one, ``1 - C(n - F, c) / C(n, c)``.

Assumption that breaks. Debate works by asking who is right where the two sides part (see the lemma in
`sysalign_lib.oversight.boolean_debate`): whoever is right is taken to know where the other is wrong. An argument can be built
so that both sides know that something is wrong and neither knows what. Barnes and Christiano (barnes2020), who looked for
ways around it as proponents of debate, call this possibly an important quantitative limit of debate and of amplification.
Ought (ought2020) found factored evaluation brittle for arguments of as few as 1 to 5 steps; that is another trouble than the
one here, since five checks see all of five steps.

What debate adds. A judge who checks c steps without any debater wins with probability h, the same hypergeometric chance.
Debate wins with ``h + kappa (1 - h)``: what it adds is exactly kappa times what the judge would have missed. As n grows the
judge's share vanishes and kappa is what is left.

Where the flaw can be located. Let the argument be a binary tree whose leaves are its n steps, split as evenly as possible. At
every fork the side that is right points to the half with the flaw, and is right with probability s. A flaw at depth d is
reached with probability ``s^d``; of the n leaves ``2 n - 2^(k+1)`` lie at depth k + 1 and the others at k, the whole part of
log2 n. With s = 1 the flaw is found for every n in about log2 n steps. With s = 1/2, where pointing is guessing, the sum is
``1 / n`` exactly, for every n. In between it falls like the power ``n^(-log2(1/s))``: slower than obfuscation, faster than
any constant. So the two cases of the literature, locatable and obfuscated, are the ends of one line.

Where it does not bite: kappa of one half or more; flaws that are many (at a share f of wrong steps c checks hit one with
``1 - (1 - f)^c`` however long the argument); checks as many as steps; s = 1; debates that are repeated and whose knowledge
is drawn afresh each time. Repeats with the same knowledge are only more checks.

What one would wrongly conclude. That long arguments as such defeat debate: it is rare *and* unlocatable flaws that do. And
that repetition helps: only if what one debater does not see another one does.

Sources: barnes2020, ought2020; browncohen2025 (prover-estimator debate, a protocol against obfuscation under assumptions on
how stable the estimates are; cited, not modeled). The toy, its tree and its repeats are this book's. Deviations: the judge
recognizes every step checked, right or wrong; the flaws' places are uniform; the side that argues for the false conclusion
does nothing else than hide, and never cries wolf against a sound argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "ObfuscationParams", "ObfuscationResult", "Repeats", "expected_checks", "flaws", "half_length", "hit", "pointing",
    "repeated", "simulate", "solve", "tree_depth", "win",
]  # fmt: skip

Floats = NDArray[np.float64]

SAMPLED = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0])  # steps of arguments simulated
LENGTHS = np.unique([*np.round(np.geomspace(1, 10_000, 37)), *SAMPLED])  # steps through which lines are drawn
DEPTHS = 15  # forks to the deepest step of the longest argument, and one


class Repeats(StrEnum):
    """How often the debate is held, and what the repeats have in common."""

    ONCE = "one debate"
    SAME = "many debates, one knowledge"
    FRESH = "many debates, fresh knowledge"


@dataclass(frozen=True, kw_only=True)
class ObfuscationParams:
    """kappa: probability to know where a flaw is. checked: steps checked in a debate otherwise. flaw_share: share of wrong steps.

    With flaw_share 0 there is exactly one wrong step, with others at least one. point: probability to point to the right
    half at a fork of the tree. repeats: one debate, or `debates` of them. runs: arguments simulated at each length.
    """

    kappa: float = checks.bounded(0.1, low=0.0, high=1.0)
    checked: int = checks.bounded(5, low=1, high=100)
    flaw_share: float = checks.bounded(0.0, low=0.0, high=1.0)
    point: float = checks.bounded(0.9, low=0.0, high=1.0)
    repeats: Repeats = Repeats.ONCE
    debates: int = checks.bounded(10, low=1, high=20)
    runs: int = checks.bounded(1000, low=2, high=10_000)

    def __post_init__(self) -> None:
        checks.params(self)

    @property
    def held(self) -> int:
        """How many debates are held about one argument."""
        return 1 if self.repeats is Repeats.ONCE else self.debates


@dataclass(frozen=True, eq=False, kw_only=True)
class ObfuscationResult:
    """How often the side that is right wins, by the argument's length.

    Attributes
    ----------
    params : what is known, checked and repeated.
    length : steps[point], shape (n_points,), from 1 to 10,000.
    won : probability[point], shape (n_points,), that the side that is right wins, fraction, closed form.
    alone : probability[point], shape (n_points,), that a judge finds a flaw who checks as many steps without debaters, fraction.
    pointed : probability[point], shape (n_points,), to reach the flaw through the tree, fraction, closed form.
    guessed : probability[point], shape (n_points,), to reach it by guessing at every fork, once: ``1 / n``, fraction.
    sampled_length : steps[sample], shape (n_samples,).
    sampled_won, sampled_won_error : share[sample] of simulated arguments won, and its standard error, shape (n_samples,),
        fraction, with two wins and two losses added for the error; error 0 where exact.
    sampled_pointed, sampled_pointed_error : the same for the tree, shape (n_samples,), fraction.
    """

    params: ObfuscationParams
    length: Floats
    won: Floats
    alone: Floats
    pointed: Floats
    guessed: Floats
    sampled_length: Floats
    sampled_won: Floats
    sampled_won_error: Floats
    sampled_pointed: Floats
    sampled_pointed_error: Floats

    def __post_init__(self) -> None:
        freeze(self)

    def at(self, length: int) -> tuple[float, float, float]:
        """Return `won`, `alone` and `pointed` at a length that is among `length`, fractions.

        Raises
        ------
        ValueError : `length` is none of them.
        """
        place = np.flatnonzero(self.length == length)
        if not len(place):
            raise ValueError(f"length must be one of those drawn, got {length}")
        return float(self.won[place[0]]), float(self.alone[place[0]]), float(self.pointed[place[0]])


# Closed forms ------------------------------------------------------------------------------------------------------


def flaws(length: ArrayLike, share: float) -> Floats:
    """Return how many steps are wrong, at least one: the share of `length` rounded (halves to even)."""
    checks.number("share", share, 0, 1)
    return np.maximum(np.round(share * np.asarray(length, dtype=float)), 1.0)


def hit(length: ArrayLike, wrong: ArrayLike, checked: int) -> Floats:
    """Return the probability that `checked` different random steps show at least one wrong one; the arrays broadcast.

    ``1 - C(n - F, c) / C(n, c)``, as the product over checks of the share of right steps among those left. A judge who
    checks as many steps as there are sees them all.

    Raises
    ------
    TypeError, ValueError : a length below 1, wrong steps below 0 or above the length, checks below 0.
    """
    checks.integer("checked", checked, 0)
    steps, bad = np.broadcast_arrays(np.asarray(length, dtype=float), np.asarray(wrong, dtype=float))
    _within("length", steps, bool((steps >= 1).all()), "at least 1")
    _within("wrong", bad, bool(((bad >= 0) & (bad <= steps)).all()), "from 0 to the length")
    missed = np.ones(steps.shape)
    for done in range(min(checked, int(steps.max(initial=0)))):
        missed *= np.where(done < steps, np.maximum(steps - bad - done, 0) / np.maximum(steps - done, 1), 1)
    return 1 - missed


def win(length: ArrayLike, wrong: ArrayLike, checked: int, kappa: ArrayLike) -> Floats:
    """Return the probability that the side that is right wins one debate, ``kappa + (1 - kappa) hit``; the arrays broadcast."""
    known = checks.array("kappa", np.ravel(kappa), (None,), 0, 1).reshape(np.shape(kappa))
    return np.asarray(known + (1 - known) * hit(length, wrong, checked))


def repeated(known: ArrayLike, found: ArrayLike, debates: int, repeats: Repeats) -> Floats:
    """Return the probability that one of several debates is won; the arrays broadcast.

    `known`: probability to know a flaw, `found`: to hit one otherwise. Fresh knowledge: ``1 - ((1 - known) (1 - found))^R``;
    one knowledge for all: ``1 - (1 - known) (1 - found)^R``. Each debate checks steps without regard to those of the others.
    """
    checks.integer("debates", debates, 1)
    checks.choice("repeats", repeats, Repeats)
    unknown, missed = 1 - np.asarray(known, dtype=float), 1 - np.asarray(found, dtype=float)
    many = 1 if repeats is Repeats.ONCE else debates
    return np.asarray(1 - unknown ** (many if repeats is Repeats.FRESH else 1) * missed**many)


def tree_depth(length: ArrayLike) -> tuple[Floats, Floats]:
    """Return the forks k above the shallower steps of an evenly split binary tree, and the share of steps one fork deeper.

    k is the whole part of log2 n; ``2 n - 2^(k+1)`` of the n steps lie at depth k + 1. The mean depth is what a judge checks
    who is led without error.
    """
    steps = np.asarray(length, dtype=float)
    _within("length", steps, bool((steps >= 1).all() and (steps == np.round(steps)).all()), "whole numbers from 1")
    depth = np.frexp(steps)[1] - 1.0
    return depth, (2 * steps - 2.0 ** (depth + 1)) / steps


def pointing(length: ArrayLike, point: float, debates: int = 1, repeats: Repeats = Repeats.ONCE) -> Floats:
    """Return the probability to reach the flaw through the tree in one of several debates, shape as `length`.

    A debate is won with ``s^d`` about a flaw at depth d. With fresh knowledge the debates err at forks of their own; with one
    knowledge they err at the same ones, so that repeats add nothing.
    """
    checks.number("point", point, 0, 1)
    depth, deeper = tree_depth(length)
    fresh = debates if repeats is Repeats.FRESH else 1
    shallow, deep = (repeated(0.0, point**one, fresh, Repeats.FRESH) for one in (depth, depth + 1))
    return np.asarray((1 - deeper) * shallow + deeper * deep)


def expected_checks(length: ArrayLike, wrong: ArrayLike) -> Floats:
    """Return how many different random steps are checked on average until a wrong one is met, ``(n + 1) / (F + 1)``."""
    return np.asarray((np.asarray(length, dtype=float) + 1) / (np.asarray(wrong, dtype=float) + 1))


def half_length(kappa: float, checked: int) -> float:
    """Return the length beyond which the side that is right loses more often than it wins against one flaw, in steps.

    ``c (1 - kappa) / (1/2 - kappa)``; infinite if kappa is one half or more.
    """
    checks.number("kappa", kappa, 0, 1)
    checks.integer("checked", checked, 1)
    return checked * (1 - kappa) / (0.5 - kappa) if kappa < 0.5 else np.inf


# Simulation and solution -------------------------------------------------------------------------------------------


def simulate(params: ObfuscationParams, rng: Generator) -> ObfuscationResult:
    """Hold the debates check by check and fork by fork, with the same dice at every length."""
    many = params.debates
    knows, leaf = rng.random((many, params.runs)), rng.random(params.runs)
    forks = rng.random((DEPTHS, many, params.runs))
    dice = rng.random((params.checked, many, params.runs))
    won = [_debates(params, length, knows, dice) for length in SAMPLED]
    pointed = [_walks(params, length, leaf, forks) for length in SAMPLED]
    return _result(params, *_share(won), *_share(pointed))


def solve(params: ObfuscationParams) -> ObfuscationResult:
    """Return the closed forms."""
    exact = np.zeros(len(SAMPLED))
    return _result(params, _won(params, SAMPLED), exact, _pointed(params, SAMPLED), exact)


def _debates(params: ObfuscationParams, length: float, knows: Floats, dice: Floats) -> NDArray[np.bool_]:
    """Whether each argument is lost for its flaw, shape (runs,): every check meets a wrong step among those left or does not."""
    wrong, many = flaws(length, params.flaw_share), params.held
    left = length - np.arange(min(params.checked, int(length)))
    found = (dice[: len(left), :many] < (wrong / left)[:, None, None]).any(axis=0)
    aware = knows[: many if params.repeats is Repeats.FRESH else 1] < params.kappa
    return np.asarray(found.any(axis=0) | aware.any(axis=0))


def _walks(params: ObfuscationParams, length: float, leaf: Floats, forks: Floats) -> NDArray[np.bool_]:
    """Whether each argument's flaw is reached through the tree, shape (runs,)."""
    depth, deeper = tree_depth(length)
    right = forks[:, : params.debates if params.repeats is Repeats.FRESH else 1] < params.point
    upper, last = right[: int(depth)].all(axis=0), right[int(depth)]
    return np.asarray((upper & (last | (leaf >= deeper))).any(axis=0))


def _share(seen: list[NDArray[np.bool_]]) -> tuple[Floats, Floats]:
    """Share won at each length and its standard error, two wins and two losses added for it."""
    won, runs = np.sum(seen, axis=1), len(seen[0])
    mild = (won + 2) / (runs + 4)
    return won / runs, np.sqrt(mild * (1 - mild) / (runs + 4))


def _won(params: ObfuscationParams, length: Floats) -> Floats:
    found = hit(length, flaws(length, params.flaw_share), params.checked)
    return repeated(params.kappa, found, params.debates, params.repeats)


def _pointed(params: ObfuscationParams, length: Floats) -> Floats:
    return pointing(length, params.point, params.debates, params.repeats)


def _result(
    params: ObfuscationParams, won: Floats, won_error: Floats, pointed: Floats, error: Floats
) -> ObfuscationResult:
    return ObfuscationResult(
        params=params,
        length=LENGTHS,
        won=_won(params, LENGTHS),
        alone=hit(LENGTHS, flaws(LENGTHS, params.flaw_share), params.checked * params.held),
        pointed=_pointed(params, LENGTHS),
        guessed=1 / LENGTHS,
        sampled_length=SAMPLED,
        sampled_won=won,
        sampled_won_error=won_error,
        sampled_pointed=pointed,
        sampled_pointed_error=error,
    )


def _within(name: str, value: Floats, fine: bool, allowed: str) -> None:
    """Refuse an array by name: finite values only, and what `allowed` says."""
    if not fine or not np.isfinite(value).all():
        raise ValueError(f"{name} must be finite and {allowed}, got {np.ravel(value)[:3].tolist()}")
