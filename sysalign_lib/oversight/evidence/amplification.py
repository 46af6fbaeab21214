"""Targets and claims of amplification."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target, printed
from sysalign_lib.oversight.amplification import (
    AmplificationParams,
    CallsParams,
    CallsResult,
    TablesParams,
    TablesResult,
    call_chance,
    check_chances,
    check_plateau,
    check_threshold,
    clean_chance,
    late_chance,
    plurality_share,
    share_limit,
    simulate,
    simulate_calls,
    simulate_tables,
    step_chance,
    table_chance,
    tree_chance,
    vote_chances,
    vote_plateau,
    vote_threshold,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.4"
QUESTIONS = 100_000
TABLES = {64: 800, 1024: 100}  # permutations simulated, by their size
SPREAD = {64: 0.23, 1024: 0.07}  # standard deviation of one table's share of right entries at depth 6, rounded up
RECORDED = {64: 0.644, 1024: 0.5435}  # of 300 permutations each


@lru_cache(maxsize=1)
def _calls() -> CallsResult:
    return simulate_calls(CallsParams(questions=QUESTIONS), default_rng(2018))


@lru_cache(maxsize=2)
def _tables(answers: int) -> TablesResult:
    return simulate_tables(TablesParams(answers=answers, tables=TABLES[answers]), default_rng(2018))


@lru_cache(maxsize=1)
def _corrected() -> TablesResult:
    return simulate_tables(TablesParams(error=0.05, tables=200, corrects=True), default_rng(2018))


def _voted(shared: float) -> float:
    return float(vote_chances(0.05, 6, 3, shared)[-1])


def _pressed(answers: int) -> tuple[Target, ...]:
    """Tables shared within a level, simulated, against the closed form and against an earlier simulation."""
    error = SPREAD[answers] / TABLES[answers] ** 0.5
    both = (error**2 + SPREAD[answers] ** 2 / 300) ** 0.5
    return (
        printed(
            f"amplification: no slip beneath an entry at depth 6, one table a level, {answers} elements, simulated",
            table_chance(0.01, 6, answers), "mean over cycle lengths, against simulated tables",
            lambda: float(_tables(answers).clean[-1]), 4 * error, "four standard errors", "monte carlo",
        ),
        printed(
            f"amplification: right entries at depth 6, one table a level, {answers} elements", RECORDED[answers],
            "300 permutations, slip .01", lambda: float(_tables(answers).right[-1]), 4 * both,
            "four standard errors of both simulations", "monte carlo",
        ),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    printed(
        "amplification: elements of the original task",
        64,
        "sequences of 2 out of 8 symbols; exponents of 6 bits",
        lambda: CallsParams().answers,
        1e-9,
        "a count",
        "reported",
        "christiano2018",
    ),
    printed("amplification: all right at depth 6, slip .01", 0.5309, "(1 - p)^63", partial(clean_chance, 0.01, 6)),
    printed("amplification: all right at depth 6, slip .05", 0.0395, "(1 - p)^63", partial(clean_chance, 0.05, 6)),
    printed(
        "amplification: all right in a task tree, branching 2, depth 6, slip .01",
        0.2790,
        "(1 - p)^127",
        partial(tree_chance, 0.01, 2, 6),
    ),
    printed(
        "amplification: workers who never slip, any depth",
        1.0,
        "p = 0",
        lambda: float(vote_chances(0.0, 50, 3, 0.3).min()),
        1e-15,
        "rounding",
    ),
    *(
        printed(
            f"amplification: right at depth {depth}, 1,024 elements, calls by themselves",
            value,
            "power of what a call retains",
            partial(call_chance, 0.01, depth, 1024),
        )
        for depth, value in enumerate((0.9900, 0.9703, 0.9321, 0.8601, 0.7323, 0.5310), start=1)
    ),
    printed(
        "amplification: right at depth 6, 64 elements, calls by themselves, simulated",
        call_chance(0.01, 6, 64),
        "law of calls that err evenly",
        lambda: float(_calls().right[-1]),
        4 * (0.25 / QUESTIONS) ** 0.5,
        "four standard errors of 100,000 questions",
        "monte carlo",
    ),
    printed(
        "amplification: no slip beneath an entry at depth 6, one table a level, 64 elements",
        0.6419,
        "mean over cycle lengths",
        partial(table_chance, 0.01, 6, 64),
    ),
    printed(
        "amplification: no slip beneath an entry at depth 6, one table a level, 1,024 elements",
        0.5378,
        "mean over cycle lengths",
        partial(table_chance, 0.01, 6, 1024),
    ),
    *(one for answers in TABLES for one in _pressed(answers)),
    printed(
        "amplification: three independent votes, depth 6, slip .05",
        0.9789,
        "c' = M(r), r = (1 - p) c^2",
        partial(_voted, 0.0),
    ),
    printed(
        "amplification: three votes, share .3 of one mind, depth 6, slip .05",
        0.6756,
        "c' = rho r + (1 - rho) M(r)",
        partial(_voted, 0.3),
    ),
    printed(
        "amplification: threshold of three independent votes",
        1 - 1 / 1.04976,
        "r^3 (3 - 2r)^2 is largest at r = 9/10",
        partial(vote_threshold, 3),
        1e-9,
        "error of the maximization",
    ),
    printed(
        "amplification: threshold of five independent votes",
        0.1042,
        "largest 1 - r / c(r)^2",
        partial(vote_threshold, 5),
    ),
    printed(
        "amplification: threshold of three votes, share .3 of one mind",
        0.01075,
        "largest 1 - r / c(r)^2",
        partial(vote_threshold, 3, 0.3),
        5.5e-6,
        "rounding of the fifth decimal",
    ),
    printed(
        "amplification: threshold of three votes, half of one mind",
        0.0,
        "largest 1 - r / c(r)^2 is at r = 1",
        partial(vote_threshold, 3, 0.5),
        1e-12,
        "exact zero",
    ),
    printed(
        "amplification: share of one mind that three votes bear",
        0.5,
        "3 t^3 - 2 t^5 + t <= 2",
        partial(share_limit, 3),
        1e-6,
        "approached as r goes to 1",
    ),
    printed(
        "amplification: share of one mind that ever more votes bear",
        2 - 2**0.5,
        "1 / (1 + sqrt(r)) at r = 1/2",
        partial(share_limit, 1_000_001),
        0.001,
        "the gap of a million and one votes",
        "limit",
    ),
    printed(
        "amplification: left at any depth, three independent votes, slip .04",
        0.9898,
        "highest fixed point",
        partial(vote_plateau, 0.04, 3),
    ),
    printed(
        "amplification: votes on the slip only, depth 6, slip .05",
        0.6323,
        "M(1 - p)^63",
        partial(step_chance, 0.05, 6, 3),
    ),
    printed(
        "amplification: 729 whole answers, wrong ones agreeing, slip .05",
        0.0,
        "majority of 3^6 trees",
        partial(late_chance, 0.05, 6, 3),
        1e-12,
        "it is 2e-301",
    ),
    printed(
        "amplification: check that holds at any depth, slip .05",
        0.6118,
        "(1 + sqrt(p)) / 2",
        partial(check_threshold, 0.05),
    ),
    printed(
        "amplification: left at any depth under a check that catches .7, slip .05",
        0.9573,
        "upper root of v q c^2 - q c + 1 - v = 0",
        partial(check_plateau, 0.05, 0.7),
    ),
)


# Claims ------------------------------------------------------------------------------------------------------------


def _shares(error: float = 0.05, votes: int = 1, shared: float = 0.0) -> np.ndarray:
    """Share of right answers by depth, simulated."""
    return simulate(AmplificationParams(error=error, votes=votes, shared=shared), default_rng(3)).sampled


def _compounds() -> bool:
    """One level deeper, the logarithm of what is right doubles: a slip in a hundred, and half of the answers are wrong."""
    share = _shares(error=0.01)
    return bool((np.diff(share) < 0).all() and share[-1] < 0.6 and _shares()[-1] < 0.1)


def _held() -> bool:
    """Five independent votes below their threshold: flat in the simulation, and flat a thousand levels deeper."""
    deep = vote_chances(0.05, 100, 5)
    return bool(_shares(votes=5)[-1] > 0.98 and deep[-1] > 0.99 and abs(deep[-1] - deep[10]) < 1e-9)


def _same_mind() -> bool:
    """Slips of 1 %, 60 % of the questions of one mind: nothing is left in the end, and of one mind on all no vote helps."""
    gone = all(vote_chances(0.01, 200, votes, 0.6)[-1] < 1e-6 for votes in (3, 5, 101))
    return bool(gone and vote_threshold(3, 0.5) == 0 and _shares(votes=5, shared=1.0)[-1] < 0.1)


def _check_holds() -> bool:
    return bool(check_chances(0.05, 100, 0.7)[-1] > 0.95 and check_chances(0.0001, 100, 0.51)[-1] > 0.97)


def _check_fails() -> bool:
    return bool(check_chances(0.05, 100, 0.6)[-1] < 1e-6 and check_chances(0.0001, 1000, 0.5)[-1] < 1e-6)


def _late_fails() -> bool:
    return bool(late_chance(0.05, 6, 3) < 1e-6 and vote_chances(0.05, 6, 3)[-1] > 0.97)


def _late_serves() -> bool:
    """Wrong answers that scatter over 63 elements do not outvote the right one; and at a slip of .01 most are right anyway."""
    scattered = plurality_share(call_chance(0.05, 6, 64), 729, 64, 500, default_rng(4))
    return bool(scattered > 0.9 and late_chance(0.01, 6, 3) > 0.9)


def _sharing_harms() -> bool:
    return bool(_voted(0.3) < _voted(0.0) - 0.3)


def _sharing_serves() -> bool:
    """Tables in common to all calls of a level are right more often than calls by themselves, small worlds most."""
    seen = _tables(64)
    return bool(
        seen.clean[-1] - 4 * seen.clean_error[-1] > call_chance(0.01, 6, 64) and table_chance(0.01, 6, 64) > 0.64
    )


def _learns_the_rule() -> bool:
    """A learner that knows that powers commute corrects most slips without any further call to the tree."""
    return bool(_corrected().right[-1] > 0.85 and table_chance(0.05, 6, 64) < 0.2)


def _by_rote() -> bool:
    rote = simulate_tables(TablesParams(error=0.05, tables=100), default_rng(2018))
    return bool(rote.right[-1] < 0.25)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="amplification: errors compound with depth",
        section=SECTION,
        statement="If answers are put together from answers, small errors in the parts become large errors of the whole.",
        model="permutation powering by doubling, a simulated call tree, and its closed form",
        assumptions="every call slips by itself; nothing repairs a wrong answer",
        holds="one worker a question: slips of 1 % leave 53 % of the answers right after six doublings, slips of 5 % leave 4 %",
        fails="five independent votes on every question, slips of 5 %: 99 % right at any depth",
        verdict="holds in a window",
        in_holds=_compounds,
        in_fails=_held,
    ),
    Claim(
        name="amplification: the same model checking itself is no redundancy",
        section=SECTION,
        statement="Votes among copies that err together do not stop errors from growing.",
        model="majority votes at every level, a share of questions on which all workers are one",
        assumptions="the tree asks twice, so that half of the errors must go at every level",
        holds="58.6 % of the questions of one mind (50 % for three votes): no number of votes holds, however rare slips are",
        fails="five independent votes, slips of 5 %",
        verdict="holds in a window",
        in_holds=_same_mind,
        in_fails=_held,
    ),
    Claim(
        name="amplification: a check that catches errors makes depth free",
        section=SECTION,
        statement="A step that checks answers and sends wrong ones back lets an overseer go to any depth.",
        model="check and repeat after every distilled answer, exact recursion",
        assumptions="right answers pass; a wrong one is caught with a fixed probability, whoever made it",
        holds="checks that catch at least (1 + sqrt(p)) / 2 of the wrong answers",
        fails="checks that catch half of them or less, however rare slips are",
        verdict="holds in a window",
        in_holds=_check_holds,
        in_fails=_check_fails,
    ),
    Claim(
        name="amplification: votes over whole answers do not replace votes over steps",
        section=SECTION,
        statement="The same budget, spent on repeating the whole, does not repair what depth has spoiled.",
        model="majority of 3^6 whole trees against three votes a level, equal numbers of basic calls",
        assumptions="wrong answers agree with each other, the worst case for a vote",
        holds="slips of 5 %: each whole answer is right in 4 % of cases, so that most of 729 are wrong",
        fails="wrong answers that scatter over 63 elements, or slips of 1 %, where most whole answers are right",
        verdict="holds in a window",
        in_holds=_late_fails,
        in_fails=_late_serves,
    ),
    Claim(
        name="amplification: errors in common are worse than errors apart",
        section=SECTION,
        statement="What makes the parts of a system err together makes the whole err more.",
        model="votes with a shared cause, and tables that serve all calls of a level",
        assumptions="slips of 5 % (votes) and 1 % (tables), depth 6",
        holds="votes: a shared cause on 30 % of questions takes three votes from 98 % to 68 % right",
        fails="parts that must all be right: a wrong entry met twice counts once; 64 elements get 64 %, calls apart 53 %",
        verdict="holds in a window",
        in_holds=_sharing_harms,
        in_fails=_sharing_serves,
    ),
    Claim(
        name="amplification: a learner that generalizes corrects its teacher",
        section=SECTION,
        statement="Distillation need not copy errors: one that uses what all powers of a permutation share removes most.",
        model="distilled tables made consistent with two other entries of theirs",
        assumptions="64 elements, slips of 5 %, depth 6",
        holds="entries that yield to two agreeing others: more than 85 % right",
        fails="tables learned by rote: less than 25 % right",
        verdict="cuts against the paper",
        in_holds=_learns_the_rule,
        in_fails=_by_rote,
    ),
)  # fmt: skip
