"""Targets and claims of Condorcet's paradox."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial

from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Kind, Target
from sysalign_lib.rlhf.cycles import (
    SIZES,
    Culture,
    CyclesParams,
    CyclesResult,
    impartial_limit,
    law,
    limit,
    no_winner,
    simulate,
    solve,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"
RUNS = 10_000
BOUND = 0.25 - 1.5 / math.pi * math.asin(1 / 3)


def _impartial(people: int, options: int = 3) -> float:
    return no_winner(people, law(Culture.SHARED, 0.0, options))


@lru_cache(maxsize=4)
def _sampled(options: int) -> CyclesResult:
    return simulate(CyclesParams(common=0.0, options=options, runs=RUNS), default_rng(1952))


def _sampled_share(people: int, options: int) -> float:
    seen = _sampled(options)
    return float(seen.sampled_share[seen.sampled_size == people][0])


def _number(
    name: str, value: float, place: str, compute: Callable[[], float], source: str, tolerance: float = 1e-12,
    kind: Kind = "exact", why: str = "rounding of floating-point numbers",
) -> Target:  # fmt: skip
    return Target(
        name=f"cycles: {name}", value=value, tolerance=tolerance, kind=kind, source=source, place=place, why=why,
        compute=compute,
    )  # fmt: skip


def _monte_carlo(people: int, options: int, value: float) -> Target:
    return _number(
        f"{people} people, {options} options, sampled", value, "10,000 electorates under impartial culture",
        partial(_sampled_share, people, options), "book", 4 * math.sqrt(value * (1 - value) / RUNS), "monte carlo",
        "four standard errors of 10,000 electorates",
    )  # fmt: skip


COUNTED = "impartial culture, counted"

TARGETS: tuple[Target, ...] = (
    _number("3 people, 3 options, 12 of 216", 1 / 18, COUNTED, partial(_impartial, 3), "guilbaud1952"),
    _number("5 people, 3 options, 540 of 7,776", 5 / 72, COUNTED, partial(_impartial, 5), "gehrlein1976"),
    _number("11 people, 3 options", 0.079814, COUNTED, partial(_impartial, 11), "gehrlein1976", 5.5e-7,
            why="rounding of the sixth decimal"),
    _number("boundless crowd, 3 options", BOUND, "1/4 - 3 / (2 pi) asin(1/3)", partial(impartial_limit, 3), "guilbaud1952", 1e-10,
            why="error of the quadrature"),
    _number("boundless crowd, 3 options, to six decimals", 0.087740, "1/4 - 3 / (2 pi) asin(1/3)", partial(impartial_limit, 3),
            "guilbaud1952", 5.5e-7, why="rounding of the sixth decimal"),
    _number("1,001 people, 3 options", BOUND, "approach to the limit", partial(_impartial, 1001), "guilbaud1952", 1e-4, "limit",
            "the gap is about 0.085 over the number of people"),
    _number("3 people, 4 options, twice three options", 1 / 9, "symmetry under reversal, derived in the module",
            partial(_impartial, 3, 4), "book"),
    _number("21 people, 4 options over 3 options", 2.0, "symmetry under reversal, derived in the module",
            lambda: _impartial(21, 4) / _impartial(21, 3), "book", 1e-10),
    _number("3 people, 5 options", 0.16, COUNTED, partial(_impartial, 3, 5), "book"),
    _number("boundless crowd, 4 options", 2 * BOUND, "one integral, twice three options", partial(impartial_limit, 4), "book",
            1e-10, why="error of the quadrature"),
    _number("boundless crowd, 5 options", 0.251312, "one integral", partial(impartial_limit, 5), "book", 5.5e-7,
            why="rounding of the sixth decimal"),
    _number("boundless crowd, 20 options", 0.681099, "one integral", partial(impartial_limit, 20), "book", 5.5e-7,
            why="rounding of the sixth decimal"),
    _monte_carlo(3, 3, 1 / 18),
    _monte_carlo(5, 3, 5 / 72),
    _monte_carlo(11, 3, 0.079814),
    _monte_carlo(3, 4, 1 / 9),
    _monte_carlo(3, 5, 0.16),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _turning() -> bool:
    """Nearly everybody in a circle of rankings: nearly always a majority against any choice."""
    counted = no_winner(101, law(Culture.CIRCLE, 0.9, 3))
    seen = simulate(CyclesParams(culture=Culture.CIRCLE, common=0.9), default_rng(4))
    return bool(counted > 0.99 and seen.sampled_share[-1] > 0.95 and seen.limit == 1)


def _mostly_right() -> bool:
    """Impartial culture stays below 8.8 % for any odd number of people, and one axis never has a cycle."""
    impartial = [_impartial(people) for people in SIZES]
    axis = [no_winner(people, law(Culture.AXIS, 1.0, 3)) for people in SIZES]
    return max(impartial) < BOUND < 0.088 and impartial == sorted(impartial) and max(axis) < 1e-12


def _ground_helps() -> bool:
    """A quarter of the people with a ranking or an axis in common: rarer with 101 than with 3, and never in the limit."""
    results = [solve(CyclesParams(culture=culture)) for culture in (Culture.SHARED, Culture.AXIS)]
    return all(one.share[-1] < 0.03 < one.share[0] and one.limit == 0 for one in results)


def _ground_that_turns() -> bool:
    """A quarter of the people in a circle of rankings: ever more often, and always in the limit."""
    shares = solve(CyclesParams(culture=Culture.CIRCLE)).share
    return bool(shares[-1] > 0.4 > shares[0] and limit(Culture.CIRCLE, 0.25, 3) == 1)


def _few_options() -> bool:
    return all(_impartial(people) < 0.09 for people in (3, 11, 101)) and impartial_limit(3) < 0.09


def _many_options() -> bool:
    growing = [impartial_limit(options) for options in range(2, 21)]
    return growing == sorted(growing) and growing[8] > 0.48 and growing[-1] > 0.68


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="cycles: no aggregate of conflicting feedback can be right",
        section=SECTION,
        statement="People disagree, so whatever a system is taught, a majority would rather have had something else.",
        model="Condorcet's paradox, counted exactly and sampled",
        assumptions="three options, an odd number of people, rankings drawn independently",
        holds="an electorate that goes round in a circle: at 90 % of it, 99.7 % of crowds of 101 have no winner",
        fails="rankings without any order have a winner in 91.2 % of crowds or more, rankings on one axis always",
        verdict="holds in a window",
        in_holds=_turning,
        in_fails=_mostly_right,
    ),
    Claim(
        name="cycles: common ground does away with cycles",
        section=SECTION,
        statement="A share of people who have something in common is enough for a winner in a large crowd.",
        model="mixtures of impartial culture with one ranking, one axis or a circle of rankings",
        assumptions="three options, a quarter of the people have something in common",
        holds="one ranking or one axis: 0.4 % and 2.9 % without a winner among 101 people, none in the limit",
        fails="a circle of rankings in common: 44.9 % among 101 people, all in the limit",
        verdict="holds in a window",
        in_holds=_ground_helps,
        in_fails=_ground_that_turns,
    ),
    Claim(
        name="cycles: cycles are too rare to matter",
        section=SECTION,
        statement="Even if people have nothing in common, most crowds have a majority winner.",
        model="impartial culture, counted and in the limit",
        assumptions="all rankings equally likely",
        holds="three options: at most 8.8 %",
        fails="many options: 48.9 % at ten, 68.1 % at twenty in the limit; a language model's answers are more",
        verdict="holds in a window",
        in_holds=_few_options,
        in_fails=_many_options,
    ),
)
