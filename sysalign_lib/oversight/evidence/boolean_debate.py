"""Targets and claims of debates about quantified Boolean formulas."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.oversight.boolean_debate import (
    BooleanDebateParams,
    Erring,
    Formula,
    advocate_agreement,
    agreement,
    clauses_of,
    guess_agreement,
    leaves_read,
    majority_agreement,
    one_way,
    pool,
    proof_size,
    simulate,
    trap_agreement,
    truth_levels,
    truth_table,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.4"
DEBATE = "irving2018"
MANY = 2600  # random formulas, 200 for each number of clauses from 3 to 15
# Error probability, lead, and standard deviation of the agreement over formulas.
LEADS = ((0.0, 1.0, 0.0), (0.05, 0.964, 0.020), (0.1, 0.940, 0.037), (0.2, 0.889, 0.068), (0.5, 0.764, 0.126))

Levels = tuple[NDArray[np.bool_], ...]


def _pool(variables: int = 8, formulas: int = 200) -> Levels:
    return pool(BooleanDebateParams(variables=variables, formulas=formulas))


def _tree(clauses: NDArray[np.int64], variables: int) -> Levels:
    return truth_levels(truth_table(clauses, variables))


def _small(formula: Formula) -> Levels:
    return _tree(clauses_of(formula), 4)


def _agrees(error: float) -> float:
    return float(agreement(_pool(formulas=MANY), error, Erring.BOTH).mean())


def _ends_true(variables: int) -> float:
    """Share of 200 debates without slips, played, whose leaf tells the truth."""
    params = BooleanDebateParams(variables=variables, erring=Erring.WRONG, games=1)
    return float(simulate(params, default_rng(3)).sampled.min())


def _smallest_proof(levels: Levels) -> NDArray[np.float64]:
    """Leaves of the smallest proof, by induction over the tree: one move of the side that is right, all of the other's."""
    size = [np.ones(levels[-1].shape)]
    for level in reversed(range(len(levels) - 1)):
        low, high = size[0][..., 0::2], size[0][..., 1::2]
        zero, one = levels[level + 1][..., 0::2], levels[level + 1][..., 1::2]
        mover_wins = levels[level] != bool(level % 2)
        good = [np.where(same == levels[level], cost, np.inf) for same, cost in ((zero, low), (one, high))]
        size.insert(0, np.where(mover_wins, np.minimum(*good), low + high))
    return size[0][..., 0]


def _played_less_exact() -> float:
    params = BooleanDebateParams(games=25)
    return float(simulate(params, default_rng(8)).sampled[1] - agreement(pool(params), 0.2, Erring.BOTH).mean())


def _exact(
    name: str, value: float, place: str, compute: object, source: str = "book", tolerance: float = 1e-12
) -> Target:
    return Target(
        name=f"boolean debate: {name}", value=value, tolerance=tolerance, kind="exact", source=source, place=place,
        why="rounding of floating point", compute=compute,  # type: ignore[arg-type]
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(
        _exact(f"debates played that end with the truth if the right side never slips, {many} variables", 1.0,
               "200 of 200; lemma, by induction from the leaves", partial(_ends_true, many), DEBATE)
        for many in (8, 12)
    ),
    *(
        Target(
            name=f"boolean debate: agreement with the truth at error probability {error:g}, 8 variables", value=value,
            tolerance=4 * spread / math.sqrt(200) + 5e-4, kind="monte carlo", source="book",
            place="3 to 15 clauses, both sides slip, debaters see who is winning; backward induction",
            why="four standard errors of 200 formulas, from their spread, and rounding", compute=partial(_agrees, error),
        )
        for error, value, spread in LEADS
    ),
    Target(
        name="boolean debate: agreement at error probability 0.2, played less exact", value=0.0,
        tolerance=4 * math.sqrt(0.889 * 0.111 / 5000), kind="monte carlo", source="book",
        place="the same 200 formulas, backward induction against 5,000 debates",
        why="four standard errors of 5,000 debates", compute=_played_less_exact,
    ),
    *(
        _exact(f"leaves that prove a claim with {many} variables", 2 ** (many / 2),
               "2^(n/2), smallest proofs of 200 claims by induction over the tree",
               lambda many=many: float(_smallest_proof(_pool(many)).mean()))
        for many in (8, 12)
    ),
    *(
        _exact(f"one way to win, {many} variables, error probability 0.2", 0.9 ** ((many + 1) // 2), "bound (1 - e/2)^h, met",
               lambda many=many: float(agreement(_tree(one_way(many), many), 0.2, Erring.RIGHT)))
        for many in (4, 8, 12)
    ),
    _exact("two ways to win, debaters see who is winning, error probability 0.2", 0.95, "false claim in four variables, 1 - e/4",
           lambda: float(agreement(_small(Formula.FALSE_TWO), 0.2, Erring.RIGHT))),
    _exact("two ways to win, debaters count on slips, error probability 0.2", 0.99, "false claim in four variables, 1 - (e/2)^2",
           lambda: float(trap_agreement(_small(Formula.FALSE_TWO), 0.2, Erring.RIGHT))),
    _exact("every move random is one random leaf", 0.0, "agreement at error probability 1 less the share of true-telling leaves",
           lambda: float(np.abs(agreement(_pool(), 1.0, Erring.BOTH) - majority_agreement(_pool(), 1)).max()), tolerance=1e-10),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _optimal_play_is_truth() -> bool:
    return all(bool((agreement(_pool(many), 0.0, Erring.BOTH) == 1).all()) for many in (4, 8, 12))


def _slips_of_the_right_side_cost() -> bool:
    """Deep claims with one way to win are lost more often than not; random ones are told worse than by a guess."""
    levels = _pool()
    deep = float(agreement(_tree(one_way(12), 12), 0.5, Erring.RIGHT))
    shallow = agreement(levels, 0.5, Erring.RIGHT).mean()
    return bool(deep < 0.2 and shallow < guess_agreement(levels[0]))


def _one_leaf_of_a_debate() -> bool:
    """One leaf, where a proof takes 16 and a lone search more."""
    levels = _pool()
    played = agreement(levels, 0.0, Erring.BOTH)
    return bool((played == 1).all() and proof_size(8, True) == 16 and leaves_read(levels).mean() > 16)


def _one_leaf_without_a_debate() -> bool:
    """A random leaf tells the truth less often than a guess without any; a single advocate's leaf tells what he wants."""
    levels = _pool()
    guess, leaf = guess_agreement(levels[0]), majority_agreement(levels, 1).mean()
    pro, con = advocate_agreement(levels)
    return bool(leaf < guess and pro.mean() < 0.3 and con.mean() < 0.8)


def _right_side_slips() -> bool:
    return bool(agreement(_pool(), 0.2, Erring.RIGHT).mean() < 0.9)


def _wrong_side_slips() -> bool:
    kinds = (agreement, trap_agreement)
    return all(bool((kind(_pool(), error, Erring.WRONG) == 1).all()) for kind in kinds for error in (0.2, 1.0))


def _depth_costs() -> bool:
    """With one way to win, two more variables cost a tenth of what is left."""
    left = [float(agreement(_tree(one_way(many), many), 0.2, Erring.BOTH)) for many in (4, 6, 8, 10, 12)]
    return bool(np.allclose(np.divide(left[1:], left[:-1]), 0.9, atol=1e-12))


def _depth_is_forgiven() -> bool:
    """Random claims three times as deep lose a few points only."""
    shallow, deep = (agreement(_pool(many), 0.2, Erring.BOTH).mean() for many in (4, 12))
    return bool(deep > 0.84 and shallow - deep < 0.08)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="boolean debate: debate is powerful",
        section=SECTION,
        statement="Between two debaters a judge who reads one leaf reports the truth about claims too large to search.",
        model="alternating 3-CNF formulas with 4 to 12 variables, exact backward induction",
        assumptions="debaters know who wins from every position; slips are independent",
        holds="optimal play: every claim drawn, whatever its size",
        fails="a side that is right and slips: at error probability 0.5 debates tell the truth less often than a guess does",
        verdict="holds in a window",
        in_holds=_optimal_play_is_truth,
        in_fails=_slips_of_the_right_side_cost,
    ),
    Claim(
        name="boolean debate: the judge needs only one leaf",
        section=SECTION,
        statement="One leaf of the tree is enough to tell the truth.",
        model="alternating 3-CNF formulas with 8 variables: debate, random leaf, single advocate, lone search",
        assumptions="the judge evaluates a leaf without error",
        holds="the leaf that two perfect debaters arrive at; alone the judge would need 16 leaves at least",
        fails="a random leaf tells less than a guess, and a single advocate's leaf only what the advocate wants",
        verdict="holds in a window",
        in_holds=_one_leaf_of_a_debate,
        in_fails=_one_leaf_without_a_debate,
    ),
    Claim(
        name="boolean debate: slips break debate",
        section=SECTION,
        statement="Debaters who make mistakes lead the judge astray.",
        model="alternating 3-CNF formulas with 8 variables, exact for each of 200",
        assumptions="a slip is a move by a fair coin",
        holds="slips of the side that is right",
        fails="slips of the side that is wrong: the judge is right about every claim at any error probability",
        verdict="holds in a window",
        in_holds=_right_side_slips,
        in_fails=_wrong_side_slips,
    ),
    Claim(
        name="boolean debate: slips cost the more the deeper the debate",
        section=SECTION,
        statement="At a given rate of slips the agreement with the truth falls exponentially in the number of moves.",
        model="claims with one way to win against random claims, 4 to 12 variables, error probability 0.2",
        assumptions="a slip is a move by a fair coin",
        holds="one way to win: each further move of the side that is right costs a tenth",
        fails="random claims, which leave ways to spare: from 4 to 12 variables less than 8 points are lost",
        verdict="holds in a window",
        in_holds=_depth_costs,
        in_fails=_depth_is_forgiven,
    ),
)
