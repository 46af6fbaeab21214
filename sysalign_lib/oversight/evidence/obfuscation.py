"""Targets and claims of obfuscated arguments."""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.oversight.obfuscation import (
    ObfuscationParams,
    ObfuscationResult,
    Repeats,
    expected_checks,
    half_length,
    hit,
    pointing,
    repeated,
    simulate,
    solve,
    win,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.4"
RUNS = 10_000


@lru_cache(maxsize=1)
def _many() -> ObfuscationResult:
    return simulate(ObfuscationParams(kappa=0.1, flaw_share=0.0, checked=5, runs=RUNS), default_rng(11))


def _simulated(pointed: bool) -> float:
    seen = _many()
    return float((seen.sampled_pointed if pointed else seen.sampled_won)[seen.sampled_length == 100][0])


def _missed(length: int, wrong: int, checked: int) -> float:
    """By binomial coefficients, which `hit` does not use."""
    return math.comb(length - wrong, checked) / math.comb(length, checked)


def _first_hit(length: int, wrong: int) -> float:
    """Mean number of checks to the first wrong step, as the sum over checks of the chance that none was met before."""
    return sum(_missed(length, wrong, done) for done in range(length - wrong + 1))


def _exact(name: str, value: float, place: str, compute: object, tolerance: float = 1e-12) -> Target:
    return Target(
        name=f"obfuscation: {name}", value=value, tolerance=tolerance, kind="exact", source="book", place=place,
        why="rounding of floating point" if tolerance < 1e-9 else "rounding of the third decimal",
        compute=compute,  # type: ignore[arg-type]
    )  # fmt: skip


def _monte_carlo(name: str, value: float, pointed: bool) -> Target:
    return Target(
        name=f"obfuscation: {name}", value=value, tolerance=4 * math.sqrt(value * (1 - value) / RUNS), kind="monte carlo",
        source="book", place="check by check and fork by fork, 100 steps", why="four standard errors of 10,000 arguments",
        compute=partial(_simulated, pointed),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    _exact("one flaw in 1,000 steps, 5 checks, nothing known", 0.005, "kappa + (1 - kappa) c / n",
           lambda: float(win(1000, 1, 5, 0.0))),
    _exact("one flaw in 1,000 steps, 5 checks, known with probability 0.1", 0.1045, "kappa + (1 - kappa) c / n",
           lambda: float(win(1000, 1, 5, 0.1))),
    _exact("10 % flaws in 100 steps, 5 checks: a flaw is hit", 0.416, "1 - C(90, 5) / C(100, 5)",
           lambda: float(hit(100, 10, 5)), 5e-4),
    _exact("10 % flaws in 1,000 steps, 5 checks: a flaw is hit", 0.410, "1 - C(900, 5) / C(1000, 5)",
           lambda: float(hit(1000, 100, 5)), 5e-4),
    _exact("10 % flaws in 100 steps, 5 checks: all flaws are missed", 0.584, "C(90, 5) / C(100, 5) by binomial coefficients",
           lambda: _missed(100, 10, 5), 5e-4),
    Target(
        name="obfuscation: 10 % flaws in a million steps, 5 checks: a flaw is hit", value=1 - 0.9**5, tolerance=5e-6,
        kind="limit", source="book", place="1 - (1 - f)^c as the argument grows",
        why="the gap is c (c - 1) f (1 - f)^(c - 1) / (2 n), 7e-7",
        compute=lambda: float(hit(10**6, 10**5, 5)),
    ),
    *(
        _exact(f"steps beyond which the right side loses more often than not, 5 checks, known {kappa:g}", value,
               "c (1 - kappa) / (1/2 - kappa)", partial(half_length, kappa, 5), 1e-10)
        for kappa, value in ((0.0, 10.0), (0.1, 11.25), (0.25, 15.0))
    ),
    _exact("pointing by a coin at every fork, 1,000 steps", 0.001, "the tree's sum at s = 1/2 is 1 / n",
           lambda: float(pointing(1000, 0.5))),
    _exact("pointing rightly at every fork, 10,000 steps", 1.0, "s = 1", lambda: float(pointing(10_000, 1.0))),
    _exact("pointing rightly in nine of ten forks, 1,024 steps", 0.9**10, "s^d, d = 10", lambda: float(pointing(1024, 0.9))),
    _exact("checks to the first of ten flaws in 100 steps", _first_hit(100, 10), "(n + 1) / (F + 1), against the sum over checks",
           lambda: float(expected_checks(100, 10))),
    _monte_carlo("one flaw in 100 steps, 5 checks, known with probability 0.1, simulated", 0.1 + 0.9 * 0.05, False),
    _monte_carlo("pointing rightly in nine of ten forks, 100 steps, simulated", 0.72 * 0.9**7 + 0.28 * 0.9**6, True),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _rare_and_hidden() -> bool:
    at = solve(ObfuscationParams(kappa=0.0)).at
    return bool(at(1000)[0] < 0.01 and at(10_000)[0] < 0.001)


def _many_located_or_known() -> bool:
    """Many flaws, a flaw that can be located, one that is known more often than not, or checks as many as steps."""
    many = hit(10_000, 1000, 50) > 0.99
    located = pointing(10_000, 1.0) == 1
    known = win(10_000, 1, 5, 0.5) > 0.5
    complete = win(5, 1, 5, 0.0) == 1
    return bool(many and located and known and complete)


def _fresh_repeats_help() -> bool:
    found = float(hit(10_000, 1, 5))
    return bool(repeated(0.1, found, 10, Repeats.FRESH) > 0.65 > 0.11 > win(10_000, 1, 5, 0.1))


def _same_repeats_do_not() -> bool:
    """Ten debates of one knowledge gain less than half a point, and without knowledge less than one judge's checks would."""
    found = float(hit(10_000, 1, 5))
    gain = repeated(0.1, found, 10, Repeats.SAME) - win(10_000, 1, 5, 0.1)
    return bool(gain < 0.005 and repeated(0.0, found, 10, Repeats.SAME) < hit(10_000, 1, 50))


def _debate_adds() -> bool:
    """What debate adds is kappa times what the judge would have missed: nearly all of kappa in long arguments."""
    length = np.array([10, 1000, 10_000])
    alone = hit(length, 1, 5)
    return bool(np.allclose(win(length, 1, 5, 0.5) - alone, 0.5 * (1 - alone), atol=1e-12))


def _debate_adds_nothing() -> bool:
    """Where nothing is known, and where the judge sees all of it."""
    length = np.array([10, 1000, 10_000])
    return bool(
        np.allclose(win(length, 1, 5, 0.0), hit(length, 1, 5), atol=1e-12) and win(5, 1, 5, 0.5) == hit(5, 1, 5)
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="obfuscation: obfuscated arguments defeat debate",
        section=SECTION,
        statement="A side that is right loses to a long argument whose flaw it cannot point to.",
        model="one argument of up to 10,000 steps, closed form",
        assumptions="a step checked is recognized for what it is; places of flaws are uniform",
        holds="one flaw, nothing known, 5 checks: less than 1 % won at 1,000 steps",
        fails="a tenth of the steps wrong and 50 checks; a tree that can be pointed through; a flaw known half of the time; as "
        "many checks as steps",
        verdict="holds in a window",
        in_holds=_rare_and_hidden,
        in_fails=_many_located_or_known,
    ),
    Claim(
        name="obfuscation: repeating the debate helps",
        section=SECTION,
        statement="If one debate does not find the flaw, several will.",
        model="ten debates about one flaw in 10,000 steps, closed form",
        assumptions="known with probability 0.1, 5 checks a debate",
        holds="knowledge drawn afresh for each debate: more than 65 % against less than 11 %",
        fails="one knowledge for all debates: less than half a point",
        verdict="holds in a window",
        in_holds=_fresh_repeats_help,
        in_fails=_same_repeats_do_not,
    ),
    Claim(
        name="obfuscation: a debate beats a judge who checks alone",
        section=SECTION,
        statement="With a debater who may know where the flaw is, the judge finds more than with the same checks alone.",
        model="debate against a judge with the same checks, closed form",
        assumptions="one flaw, 5 checks",
        holds="known half of the time: half of what the judge would have missed is gained",
        fails="nothing known, or an argument short enough to be checked as a whole: nothing is gained",
        verdict="holds in a window",
        in_holds=_debate_adds,
        in_fails=_debate_adds_nothing,
    ),
)
