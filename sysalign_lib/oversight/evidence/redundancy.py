"""Targets and claims of redundancy: majority gates and juries."""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target, printed
from sysalign_lib.oversight.redundancy import (
    Cause,
    JuryParams,
    JuryResult,
    RedundancyParams,
    gate_threshold,
    jury_chances,
    jury_limit,
    level_curve,
    nand_threshold,
    next_error,
    simulate,
    simulate_jury,
    stable_error,
)

__all__ = ["CLAIMS", "TARGETS"]

JURIES = 20_000
WIRES = 20_000
SIZES = (3, 9, 33, 101)
LEVELS = ((0.05, 0.0590414), (0.10, 0.1464466), (0.15, 0.3110178))
CROWDS = (
    (Cause.NONE, 0.0, (0.6480, 0.7334, 0.8789, 0.9791), 1.0),
    (Cause.COMMON, 0.3, (0.6336, 0.6934, 0.7952, 0.8654), 0.88),
    (Cause.BANDWAGON, 0.1, (0.6353, 0.6779, 0.7141, 0.7281), 0.73607),
)


def _settled(gate_error: float, voters: int = 3, shared: float = 0.0, start: float = 0.3) -> float:
    """Where the map comes to rest, by iterating it."""
    share = start
    for _ in range(2000):
        share = float(next_error(share, gate_error, voters, shared))
    return share


def _vanishing(voters: int, shared: float = 0.0) -> float:
    """Gate error at which the level at rest comes near 1/2, read off the map and not off its slope."""
    return float(level_curve(voters, shared, 0.499))


def _crowd(size: int, cause: Cause, correlation: float) -> float:
    return float(jury_chances(size, 0.6, correlation, cause)[0])


@lru_cache(maxsize=3)
def _juries(cause: Cause, correlation: float) -> JuryResult:
    params = JuryParams(cause=cause, correlation=correlation, pairs=16, juries=JURIES)
    return simulate_jury(params, default_rng(1785))


def _seen(cause: Cause, correlation: float) -> float:
    return float(_juries(cause, correlation).sampled[-1])


def _bundle(gate_error: float, shared: float = 0.0) -> np.ndarray:
    """Share of wrong wires stage by stage, of a bundle that starts with a tenth wrong and reads three wires a gate."""
    params = RedundancyParams(gate_error=gate_error, shared=shared, start=0.1, stages=60, wires=WIRES)
    return simulate(params, default_rng(1956)).sampled


TARGETS: tuple[Target, ...] = (
    *(
        printed(f"redundancy: wrong in the end, three voters, gate error {e:g}", value, "1/2 - 1/2 sqrt((1 - 6e) / (1 - 2e))",
                partial(stable_error, e, 3), 5.5e-8, "rounding of the seventh decimal", "exact", "vonneumann1956")
        for e, value in LEVELS
    ),
    *(
        printed(f"redundancy: wrong in the end, three voters, gate error {e:g}, by iteration", value, "2,000 stages of the map",
                partial(_settled, e), 5.5e-8, "rounding of the seventh decimal", "exact", "vonneumann1956")
        for e, value in LEVELS
    ),
    *(
        printed(f"redundancy: threshold of {voters} voters", value, "1/2 - 2^(k - 2) / (k C(k - 1, (k - 1) / 2))",
                partial(gate_threshold, voters), 1e-14, "rounding", "exact", source)
        for voters, value, source in ((3, 1 / 6, "vonneumann1956"), (5, 7 / 30, "evans2003"), (7, 19 / 70, "evans2003"))
    ),
    *(
        printed(f"redundancy: gate error at which {voters} voters come to rest at 49.9 % wrong", value,
                "inverse of the map at rest", partial(_vanishing, voters), 1e-5,
                "the gap is of second order in 1/2 - x", "limit", source)
        for voters, value, source in ((3, 1 / 6, "hajek1991"), (5, 7 / 30, "evans2003"), (7, 19 / 70, "evans2003"))
    ),
    printed("redundancy: threshold of two-input gates", (3 - math.sqrt(7)) / 4, "the cycle of noisy NAND gates disappears",
            nand_threshold, 1e-11, "error of the root finding", "exact", "evans1998"),
    printed("redundancy: threshold of two-input gates, five decimals", 0.08856, "abstract", nand_threshold, 5.5e-6,
            "rounding of the fifth decimal", "reported", "evans1998"),
    printed("redundancy: threshold of three voters, share .3 of one mind", 7 / 54, "1/2 - 1 / (2 (rho + 3/2 (1 - rho)))",
            partial(gate_threshold, 3, 0.3), 1e-14, "rounding"),
    printed("redundancy: gate error at which three voters, share .3 of one mind, come to rest at 49.9 % wrong", 7 / 54,
            "inverse of the map at rest", partial(_vanishing, 3, 0.3), 1e-5, "the gap is of second order in 1/2 - x", "limit"),
    printed("redundancy: wrong in the end, three voters, share .3 of one mind, gate error .05", 0.0869,
            "root of the cubic; 2,000 stages of the map", partial(stable_error, 0.05, 3, 0.3)),
    printed("redundancy: wrong in the end, 9 voters, share .3 of one mind, gate error .01", 0.01 / (1 - 0.98 * 0.3),
            "e / (1 - (1 - 2e) rho), infinitely many voters", partial(stable_error, 0.01, 9, 0.3), 1e-5,
            "most of nine wires are wrong in 7e-8 of the cases", "limit"),
    printed("redundancy: wrong in the end, three voters, gate error .1, simulated", 0.1464466, "a bundle of 20,000 wires",
            lambda: float(_bundle(0.1)[20:].mean()), 0.0039,
            "four standard errors of the mean of 41 stages, each correlated by 0.6 with the next", "monte carlo",
            "vonneumann1956"),
    *(
        printed(f"jury: majority of {size}, {cause.value}, correlation {rho:g}", value, "voters right with chance .6",
                partial(_crowd, size, cause, rho))
        for cause, rho, values, _ in CROWDS
        for size, value in zip(SIZES, values, strict=True)
    ),
    *(
        printed(f"jury: ever more voters, {cause.value}, correlation {rho:g}", limit, "voters right with chance .6",
                partial(jury_limit, 0.6, rho, cause), 5.5e-6, "rounding of the fifth decimal")
        for cause, rho, _, limit in CROWDS
    ),
    *(
        printed(f"jury: majority of 33, {cause.value}, correlation {rho:g}, simulated", values[2], "voter by voter",
                partial(_seen, cause, rho), 4 * (values[2] * (1 - values[2]) / JURIES) ** 0.5 + 5.5e-5,
                "four standard errors of 20,000 juries, and rounding", "monte carlo")
        for cause, rho, values, _ in CROWDS
    ),
    printed("jury: 1,001 voters, bandwagon, correlation .1", 0.73607, "approaches the beta law",
            partial(_crowd, 1001, Cause.BANDWAGON, 0.1), 1e-3, "the gap of 1,001 voters is 8e-4", "limit"),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _costs_nothing() -> bool:
    share = _bundle(0.1)
    return bool(np.abs(share[30:] - 0.1464466).max() < 0.02 and abs(_settled(0.1) - stable_error(0.1, 3)) < 1e-12)


def _forgets() -> bool:
    return bool(abs(_bundle(0.2)[-1] - 0.5) < 0.03 and abs(_settled(0.2) - 0.5) < 1e-9)


def _one_mind() -> bool:
    """Copies of one wire: gates of 1 % error, however many copies they read, forget; half of one mind doubles what is wrong."""
    copies = all(abs(_settled(0.01, voters, 1.0) - 0.5) < 1e-9 for voters in (3, 5, 9))
    return bool(copies and _bundle(0.05, shared=1.0)[-1] > 0.45 and stable_error(0.01, 9, 0.5) > 1.9 * 0.01)


def _apart() -> bool:
    return bool(_bundle(0.05)[-1] < 0.07 and stable_error(0.01, 9) < 0.01001)


def _grows() -> bool:
    chance = jury_chances(np.arange(1, 202, 2), 0.6)
    return bool((np.diff(chance) > 0).all() and chance[-1] > 0.99)


def _stalls() -> bool:
    """Voters worse than a coin: a crowd makes it worse. Voters who follow each other: 1,001 of them are hardly better than 33."""
    worse = np.diff(jury_chances(np.arange(1, 202, 2), 0.4)) < 0
    few, many = jury_chances([33, 1001], 0.6, 0.1, Cause.BANDWAGON)
    return bool(worse.all() and many - few < 0.03 and many < 0.74)


def _pairs_tell() -> bool:
    """At correlation 0 and at correlation 1 there is only one law."""
    ends = [jury_chances(SIZES, 0.6, rho, cause) for rho in (0.0, 1.0) for cause in (Cause.COMMON, Cause.BANDWAGON)]
    return bool(np.abs(ends[0] - ends[1]).max() < 1e-12 and np.abs(ends[2] - ends[3]).max() < 1e-12)


def _pairs_do_not_tell() -> bool:
    common, bandwagon = (jury_limit(0.6, 0.1, cause) for cause in (Cause.COMMON, Cause.BANDWAGON))
    return common - bandwagon > 0.2


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="redundancy: below a threshold, redundancy makes depth free",
        section="4",
        statement="Parts that fail independently can be put together so that errors do not grow with size.",
        model="cascade of noisy majority gates, exact map and a simulated bundle of wires",
        assumptions="three voters a gate, independent failures",
        holds="gates that fail less than 1/6 of the time: at 10 % the bundle keeps 14.6 % wrong wires for ever",
        fails="gates that fail more often: at 20 % nothing is remembered",
        verdict="holds in a window",
        in_holds=_costs_nothing,
        in_fails=_forgets,
    ),
    Claim(
        name="redundancy: copies of one model are no redundancy",
        section="4",
        statement="Redundancy needs parts that do not fail together: the same model asked again adds nothing.",
        model="cascade of noisy majority gates, a share of gates whose wires are one wire",
        assumptions="the common cause is drawn anew at every gate",
        holds="all of one mind: nothing is remembered however rarely gates fail; half of one mind: twice the gate error is left",
        fails="independent wires: nine voters leave the gate error alone",
        verdict="holds",
        in_holds=_one_mind,
        in_fails=_apart,
    ),
    Claim(
        name="jury: more voters make fewer mistakes",
        section="4",
        statement="A larger crowd of overseers is right more often.",
        model="majority of voters, exact",
        assumptions="an odd number of voters, each right with the same chance",
        holds="independent voters who are right more often than not",
        fails="voters who are wrong more often than not, or who follow each other: correlation 0.1 caps the crowd at 73.6 %",
        verdict="holds in a window",
        in_holds=_grows,
        in_fails=_stalls,
    ),
    Claim(
        name="jury: the correlation of two overseers tells what a crowd of them is worth",
        section="4",
        statement="Measure how often two overseers agree, and you know how much more voters will bring.",
        model="common cause against bandwagon, same accuracy and same correlation of every pair",
        assumptions="voters right with chance .6",
        holds="correlations of 0 and of 1",
        fails="in between: at correlation 0.1 a common cause leads to 96 %, a bandwagon to 73.6 %",
        verdict="not supported",
        in_holds=_pairs_tell,
        in_fails=_pairs_do_not_tell,
    ),
)
