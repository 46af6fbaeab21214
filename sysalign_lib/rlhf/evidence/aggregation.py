"""Targets and claims of aggregation: what a reward model makes of rankings that disagree."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.optimize import brentq

from sysalign_lib.core.evidence import Claim, Kind, Target
from sysalign_lib.rlhf.aggregation import (
    AggregationParams,
    AggregationResult,
    Electorate,
    best,
    borda,
    duels,
    hodge,
    maximal_lottery,
    rankings,
    simulate,
    solve,
    unbeaten,
    without,
)
from sysalign_lib.rlhf.reward_model import fit

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"
HIDDEN = "siththaranjan2024"
RUNS = 300  # random tournaments and electorates
ANSWERS = 100_000

Floats = NDArray[np.float64]


def _overruled() -> Floats:
    """60 % for A > B > C, 40 % for B > C > A."""
    return duels(rankings(("ABC", "BCA")), [0.6, 0.4])


def _count(option: int) -> float:
    return float(borda(_overruled())[option])


def _score(option: int) -> float:
    return float(fit(_overruled())[option])


def _at(electorate: Electorate, first: float, second: float, stake: float = 1.0) -> AggregationResult:
    return solve(AggregationParams(electorate=electorate, first=first, second=second, stake=stake))


def _asked_unevenly(weights: Floats) -> Floats:
    """Scores where the pairs AB, AC, BC are asked with the weights given, in the electorate above."""
    asked = np.zeros((3, 3))
    asked[np.triu_indices(3, 1)] = weights
    return fit((asked + asked.T) * _overruled())


def _lead_of_b(weights: Callable[[float], list[float]], share: float) -> float:
    scores = _asked_unevenly(np.array(weights(share)))
    return float(scores[1] - scores[0])


def _rare_bc(share: float) -> list[float]:
    return [1.0, 1.0, share]


def _rare_c(share: float) -> list[float]:
    return [1.0, share, share]


def _turn(weights: Callable[[float], list[float]]) -> float:
    """How often the rarer questions must be asked for B to draw level with A, by root finding on fits."""
    return float(brentq(lambda share: _lead_of_b(weights, share), 0.05, 1.0, xtol=1e-10))


def _random_wins(rng: np.random.Generator) -> Floats:
    """A random tournament of five options, each pair asked 20 times, no option without a win or a loss."""
    wins = np.triu(rng.integers(1, 20, (5, 5)), 1).astype(float)
    return np.asarray(wins + np.tril(20 - wins.T, -1))


def _same_order(wins: Floats) -> bool:
    """Whether scores and Borda counts order all pairs alike; equal counts must have equal scores."""
    scores, counts = fit(wins), borda(wins)
    gaps = scores[:, None] - scores
    return bool((np.sign(np.where(np.abs(gaps) < 1e-9, 0, gaps)) == np.sign(counts[:, None] - counts)).all())


def _agreeing() -> float:
    rng = default_rng(2024)
    return sum(_same_order(_random_wins(rng)) for _ in range(RUNS)) / RUNS


def _circle_score(chance: float) -> float:
    """Largest score on a circle; all are 0 if it is."""
    wins = chance * np.roll(np.eye(3), 1, axis=1) + (1 - chance) * np.roll(np.eye(3), -1, axis=1)
    return float(np.abs(fit(wins)).max())


def _pure_circle(part: int) -> float:
    turning = np.roll(np.eye(3), 1, axis=1)
    return float(hodge(0.2 * (turning - turning.T)).shares[part])


def _covered(electorate: Electorate, kind: int) -> float:
    return float(solve(AggregationParams(electorate=electorate)).areas[kind])


def _sampled_rate() -> float:
    return float(simulate(AggregationParams(answers=ANSWERS), default_rng(1785)).rate[1])


def _number(
    name: str, value: float, place: str, compute: Callable[[], float], source: str = "book", tolerance: float = 1e-9,
    kind: Kind = "exact", why: str = "rounding of floating-point numbers",
) -> Target:  # fmt: skip
    return Target(
        name=f"aggregation: {name}", value=value, tolerance=tolerance, kind=kind, source=source, place=place, why=why,
        compute=compute,
    )  # fmt: skip


ELECTORATE = "60 % A > B > C, 40 % B > C > A"

TARGETS: tuple[Target, ...] = (
    *(
        _number(f"Borda count of {letter}, the majority's winner loses", value, ELECTORATE, partial(_count, at), "borda1784")
        for at, (letter, value) in enumerate((("A", 1.2), ("B", 1.4), ("C", 0.4)))
    ),
    *(
        _number(f"Bradley-Terry score of {letter}, the majority's winner loses", value, ELECTORATE, partial(_score, at),
                "bradley1952", 5.5e-7, why="rounding of the sixth decimal")
        for at, (letter, value) in enumerate((("A", 0.311873), ("B", 0.616977), ("C", -0.928850)))
    ),
    _number("score of A after C is deleted, half of log 1.5", math.log(1.5) / 2, "closed form: two options, 60 to 40",
            lambda: float(fit(without(_overruled(), 2))[0]), "bradley1952"),
    _number("random tournaments in which Bradley-Terry and Borda order alike", 1.0,
            "theorem: hidden context is Borda; 300 tournaments", _agreeing, HIDDEN),
    *(
        _number(f"scores on a circle of three that wins with {chance:g} are all 0", 0.0, "by symmetry",
                partial(_circle_score, chance), "bradley1952")
        for chance in (0.6, 0.8, 0.95)
    ),
    _number("cyclic share of a pure circle of three", 1.0, "curl of the Hodge decomposition", partial(_pure_circle, 1),
            "jiang2011"),
    _number("share of a pure circle of three that a ranking explains", 0.0, "gradient of the Hodge decomposition",
            partial(_pure_circle, 0), "jiang2011"),
    *(
        _number(f"part of the triangle in which the majority winner is overruled, groups {electorate.value}", 1 / 12,
                "polygons: (1/6)^2 three times over, or one triangle of that area", partial(_covered, electorate, 1))
        for electorate in Electorate
    ),
    _number("part of the triangle without a majority winner, groups in a circle", 1 / 4, "all shares below one half",
            partial(_covered, Electorate.CIRCLE, 4)),
    _number("how often BC must be asked for the overruled majority to draw level", 1 / 3,
            "slope of the likelihood at equal scores, AB and AC asked once", partial(_turn, _rare_bc), tolerance=1e-7,
            why="root finding on fits"),
    _number("how often C must be asked about for the overruled majority to draw level", 1 / 2,
            "slope of the likelihood at equal scores, AB asked once", partial(_turn, _rare_c), tolerance=1e-7,
            why="root finding on fits"),
    _number("comparisons that a fitted reward model expects B to win, sampled", 0.7,
            f"{ELECTORATE}, 100,000 answers a pair", _sampled_rate,
            tolerance=4 * math.sqrt(0.24 / ANSWERS) / 2 + 0.5 / ANSWERS, kind="monte carlo",
            why="four standard errors of 100,000 answers a pair, and half an answer that is added"),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _electorate_with(top: float, rng: np.random.Generator) -> Floats:
    """Duels of a random electorate of three options of which A is first for a share `top`, else last or second."""
    words = ("ABC", "ACB", "BAC", "BCA", "CAB", "CBA")
    front, rest = rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(4))
    return duels(rankings(words), np.concatenate([top * front, (1 - top) * rest]))


def _two_thirds_rule() -> bool:
    rng = default_rng(3)
    return all(
        best(fit(_electorate_with(top, rng) + 1e-6 * (1 - np.eye(3)))) == (0,) for top in rng.uniform(0.67, 1, RUNS)
    )


def _majority_overruled() -> bool:
    """A wins each duel 60 to 40 and is not picked, neither exactly nor by a fit to sampled answers."""
    seen = simulate(AggregationParams(), default_rng(7))
    return bool(seen.majority == (0,) and seen.wins_all and seen.picked == (1,) and int(seen.score.argmax()) == 1)


def _loser_decides() -> bool:
    """B is picked; C, picked by nobody, is deleted, and A is picked."""
    before, after = fit(_overruled()), fit(without(_overruled(), 2))
    return bool(best(before) == (1,) and best(after) == (0,))


def _duels_do_not_move() -> bool:
    """Neither the majority winner nor the maximal lottery moves, and among people of nearly one mind no rule does."""
    lead = _overruled()
    lottery, fewer = maximal_lottery(lead), maximal_lottery(without(lead, 2))
    still = unbeaten(lead) == unbeaten(without(lead, 2)) == (0,) and np.allclose(lottery[:2], fewer, atol=1e-7)
    alike = _at(Electorate.SHARED, 0.8, 0.5).wanted
    return bool(still and best(borda(alike)) == best(borda(without(alike, 2))) == (0,))


def _even_questions() -> bool:
    rng = default_rng(11)
    exact = all(_same_order(_random_wins(rng)) for _ in range(50))
    noisy = 0.9 * _overruled() + 0.05 * (1 - np.eye(3))
    return bool(exact and _same_order(noisy) and best(fit(_overruled(), regularization=0.5)) == (1,))


def _uneven_questions() -> bool:
    """The same people, asked less often about B and C: A is picked, although B has the higher Borda count."""
    return bool(best(_asked_unevenly(np.array([1.0, 1.0, 0.25]))) == (0,) and best(borda(_overruled())) == (1,))


def _lottery_repairs() -> bool:
    overruled, circle = _at(Electorate.CIRCLE, 0.6, 1.0), _at(Electorate.CIRCLE, 0.4, 0.5)
    certain = np.allclose(maximal_lottery(overruled.wanted), [1, 0, 0], atol=1e-7)
    return bool(certain and np.allclose(maximal_lottery(circle.wanted), [0.4, 0.2, 0.4], atol=1e-6))


def _lottery_is_blind() -> bool:
    """A minority with four times as much at stake: the lottery follows the majority for certain, mean utility does not."""
    seen = _at(Electorate.CIRCLE, 0.4, 1.0, stake=4.0)
    return bool(seen.lottery[1] == 1 and seen.favored == (0,))


def _overruling_harms() -> bool:
    """With second choices worth little, some mixtures are overruled against mean utility too."""
    return all(solve(AggregationParams(electorate=one, middle=0.1)).areas[3] > 0.05 for one in Electorate)


def _overruling_serves() -> bool:
    """With even steps and equal stakes, mean utility sides with the reward model in every mixture."""
    areas = np.array([solve(AggregationParams(electorate=one)).areas for one in Electorate])
    return bool((areas[:, [2, 3]] < 1e-12).all() and (areas[:, 1] > 0.08).all())


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="aggregation: the reward model follows the majority",
        section=SECTION,
        statement="Trained on the answers of many people, a reward model picks what most of them prefer.",
        model="Bradley-Terry on every pair, exact and sampled",
        assumptions="three options, pairs asked evenly, honest answers",
        holds="an option that is first for more than two thirds of the people",
        fails="60 % for A > B > C and 40 % for B > C > A: A wins every duel, B is picked; so in a twelfth of each triangle",
        verdict="not supported",
        in_holds=_two_thirds_rule,
        in_fails=_majority_overruled,
    ),
    Claim(
        name="aggregation: an option that nobody picks decides who wins",
        section=SECTION,
        statement="Adding or deleting an option that does not win changes which of the others does.",
        model="Bradley-Terry before and after C is deleted; majority and maximal lottery beside it",
        assumptions="nobody changes an opinion",
        holds="60 % for A > B > C, 40 % for B > C > A: B is picked with C, A without it",
        fails="majority winner and maximal lottery never move so; nor does the reward model among people of nearly one mind",
        verdict="holds in a window",
        in_holds=_loser_decides,
        in_fails=_duels_do_not_move,
    ),
    Claim(
        name="aggregation: a reward model is a Borda count",
        section=SECTION,
        statement="Bradley-Terry scores have the order of the Borda counts.",
        model="Bradley-Terry on random tournaments and on pairs asked unevenly",
        assumptions="enough answers for a finite fit",
        holds="every pair asked equally often, with or without coin-tossing raters and a prior",
        fails="B and C compared a quarter as often as the others: the same people's reward model picks A",
        verdict="holds in a window",
        in_holds=_even_questions,
        in_fails=_uneven_questions,
    ),
    Claim(
        name="aggregation: overruling the majority is a loss",
        section=SECTION,
        statement="Where the reward model overrules a majority, people are worse off.",
        model="triangles of three groups, mean utility as the measure",
        assumptions="utilities can be compared between people",
        holds="part of the overruled mixtures if a second choice is worth only 0.1 of a first",
        fails="second choices worth one half, equal stakes: mean utility sides with the reward model everywhere",
        verdict="holds in a window",
        in_holds=_overruling_harms,
        in_fails=_overruling_serves,
    ),
    Claim(
        name="aggregation: a maximal lottery repairs what a reward model breaks",
        section=SECTION,
        statement="Choosing by a game of duels, as Nash learning from human feedback does, mends the aggregate.",
        model="maximal lottery by linear programming and in closed form",
        assumptions="the duels' shares are known",
        holds="it picks the winner of all duels for certain, and draws 40, 20 and 40 % on a circle of 40, 30 and 30 %",
        fails="a minority of 40 % with four times as much at stake: comparisons do not show it, and the lottery ignores it",
        verdict="holds in a window",
        in_holds=_lottery_repairs,
        in_fails=_lottery_is_blind,
    ),
)
