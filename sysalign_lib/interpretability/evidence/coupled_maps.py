"""What coupled maps must reproduce, and what is claimed about them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target, printed
from sysalign_lib.interpretability.coupled_maps import (
    STEPS,
    CoupledMapsParams,
    CoupledMapsResult,
    coming_together,
    critical_coupling,
    lyapunov,
    simulate,
    steps_per_decade,
    transverse_exponent,
)

__all__ = ["CLAIMS", "TARGETS"]

SEED = 1990
ERRORS = 5.0
MAPS, LONG = 1000, 1000  # maps and steps over which exponents are measured
SCATTER = {3.8: 3.5e-4, 3.9: 4e-4}  # standard error of an exponent measured so
EXPONENTS = {3.8: 0.4322, 3.9: 0.4960}  # 2,000 maps, 15,000 steps, standard error 7e-5
CROWDS = 100  # crowds of 8 from which transverse exponents are measured


@lru_cache(maxsize=16)
def _result(growth: float, coupling: float, precision: float = 1e-6) -> CoupledMapsResult:
    """The figure's crowds."""
    return simulate(CoupledMapsParams(growth=growth, coupling=coupling, precision=precision), default_rng(SEED))


@lru_cache(maxsize=4)
def _exponent(growth: float) -> float:
    return lyapunov(growth, default_rng(SEED), maps=MAPS, steps=LONG)[0]


@lru_cache(maxsize=4)
def _slope(coupling: float, last: int) -> float:
    """Mean growth a step of the log of the spread, until step `last`, at r = 4."""
    params = CoupledMapsParams(growth=4.0, coupling=coupling, runs=CROWDS, maps=8)
    apart = np.log(coming_together(params, default_rng(SEED))[[0, last]])
    return float((apart[1] - apart[0]).mean() / last)


def _decade() -> float:
    """Steps bought by ten times the precision, from a thousandth to a billionth, uncoupled maps at r = 4."""
    few, many = (float(_result(4.0, 0.0, precision).whole[0].mean()) for precision in (1e-3, 1e-9))
    return (many - few) / 6


def _transverse(coupling: float, last: int) -> Target:
    return Target(
        name=f"coupled maps: transverse exponent at coupling {coupling:g}, r = 4",
        value=round(math.log(2) + math.log(1 - coupling), 6), tolerance=ERRORS * math.pi / math.sqrt(6 * CROWDS) / last,
        kind="monte carlo", source="fujisaka1983", place="ln 2 + ln(1 - coupling), derived in the module",
        why=f"{ERRORS:g} standard errors of {CROWDS} crowds: the log slopes add up to a difference of two logs of known variance",
        compute=lambda: _slope(coupling, last),
    )  # fmt: skip


def _measured(growth: float) -> Target:
    return Target(
        name=f"coupled maps: exponent at r = {growth:g}", value=EXPONENTS[growth], tolerance=ERRORS * SCATTER[growth],
        kind="monte carlo", source="book", place="2,000 maps, 15,000 steps",
        why=f"{ERRORS:g} standard errors of 1,000 maps, 1,000 steps", compute=lambda: _exponent(growth),
    )  # fmt: skip


def _critical(growth: float, value: float) -> Target:
    exponent = EXPONENTS[growth]
    return Target(
        name=f"coupled maps: critical coupling at r = {growth:g}", value=value,
        tolerance=ERRORS * SCATTER[growth] * math.exp(-exponent) + 0.0005, kind="monte carlo", source="book",
        place="1 - e^-lambda", why="rounding, and the error of the exponent",
        compute=lambda: critical_coupling(_exponent(growth)),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    Target(
        name="coupled maps: exponent at r = 4", value=round(math.log(2), 6),
        tolerance=ERRORS * math.pi / math.sqrt(6 * MAPS) / LONG + 1e-6, kind="monte carlo", source="kaneko1990",
        place="ln 2, by doubling of an angle", why=f"{ERRORS:g} standard errors of {MAPS:,} maps, {LONG:,} steps",
        compute=lambda: _exponent(4.0),
    ),
    _measured(3.8), _measured(3.9),
    printed("coupled maps: critical coupling at r = 4", 0.5, "1 - e^-lambda", lambda: critical_coupling(math.log(2)), 1e-12,
            "closed form"),
    _critical(3.8, 0.351), _critical(3.9, 0.391),
    printed("coupled maps: transverse exponent where agents just become one", 0.0, "lambda + ln(1 - eps_c)",
            lambda: transverse_exponent(0.4960, critical_coupling(0.4960)), 1e-12, "closed form"),
    _transverse(0.55, 40), _transverse(0.65, 20), _transverse(0.3, 10),
    printed("coupled maps: steps a decade of precision buys, r = 4", 3.3219, "log2(10)",
            lambda: steps_per_decade(math.log(2))),
    Target(
        name="coupled maps: steps a decade of precision buys, measured", value=3.3219, tolerance=0.1, kind="monte carlo",
        source="book", place="log2(10)", why="160 maps whose horizons scatter by 1.5 steps, 6 decades: 5 standard errors",
        compute=_decade,
    ),
    Target(
        name="coupled maps: spread just below the critical coupling", value=0.0123, tolerance=0.0115, kind="reported",
        source="book", place="coupling .48, r = 4", why="another number of agents and other dice: its order of size",
        compute=lambda: float(np.median(_result(4.0, 0.48).spread[0])),
    ),
)  # fmt: skip


def _lost_alone() -> bool:
    """With a billionth of precision, the agent's own rule is good for a few steps only."""
    return all(float(_result(4.0, coupling, 1e-9).alone[0].mean()) < 5 for coupling in (0.1, 0.2, 0.3, 0.4))


def _kept_alone() -> bool:
    return all(float(_result(4.0, coupling, 1e-9).alone[0].mean()) > 22 for coupling in (0.0, 0.65))


def _harder() -> bool:
    alone, coupled = _result(3.83, 0.0), _result(3.83, 0.1)
    return bool((alone.whole[0] == STEPS).all() and (coupled.whole[0] < 60).all())


def _easier() -> bool:
    alone, coupled = _result(4.0, 0.0), _result(4.0, 0.3)
    return bool(coupled.whole[0].min() > 2 * alone.whole[0].max())


def _one(*points: tuple[float, float]) -> Callable[[], bool]:
    return lambda: all(bool((_result(growth, coupling).spread[0] < 1e-6).all()) for growth, coupling in points)


def _many(*points: tuple[float, float]) -> Callable[[], bool]:
    return lambda: all(float(np.median(_result(growth, coupling).spread[0])) > 1e-3 for growth, coupling in points)


def _bought_nothing() -> bool:
    return all(bool((_result(3.83, 0.0, precision).whole[0] == STEPS).all()) for precision in (1e-6, 1e-9))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="coupled maps: to know an agent's rule is not to foretell the agent",
        section="3.3",
        statement="Local transparency does not imply that one can predict even the part that is transparent.",
        model="32 coupled logistic maps, r = 4, states known to a billionth",
        assumptions="the reader applies the agent's own rule without error and leaves out what the others do",
        holds="coupling .1 to .4: lost in fewer than 5 steps, where an uncoupled map is foretold for 28",
        fails="no coupling; and coupling .65, where all are one and the others do what the agent does",
        verdict="holds in a window",
        in_holds=_lost_alone,
        in_fails=_kept_alone,
    ),
    Claim(
        name="coupled maps: interaction makes agents harder to foretell",
        section="3.3",
        statement="Agents that interact are harder to predict than the same agents alone.",
        model="32 coupled logistic maps, all states known to a millionth",
        assumptions="the rule, the coupling and all states are known",
        holds="r = 3.83, coupling .1: alone on a cycle and foretold for ever, together for about 47 steps",
        fails="r = 4, coupling .3: in clusters, foretold more than twice as long as one map alone (18 steps)",
        verdict="holds in a window",
        in_holds=_harder,
        in_fails=_easier,
    ),
    Claim(
        name="coupled maps: beyond 1 - e^-lambda all agents are one",
        section="3.3",
        statement="If the coupling exceeds 1 - e^-lambda, N transparent agents move as one of them.",
        model="32 coupled logistic maps with noise of 1e-12",
        assumptions="agents differ in state only",
        holds="r = 4 at .65, r = 3.9 at .5, r = 3.8 at .45: differences fall below a millionth",
        fails="r = 4 at .4, r = 3.9 at .3, r = 3.8 at .25: differences stay above a thousandth",
        verdict="holds in a window",
        in_holds=_one((4.0, 0.65), (3.9, 0.5), (3.8, 0.45)),
        in_fails=_many((4.0, 0.4), (3.9, 0.3), (3.8, 0.25)),
    ),
    Claim(
        name="coupled maps: precision buys steps one decade at a time",
        section="3.3",
        statement="Ten times the precision buys a fixed number of steps, ln 10 / lambda, and no more.",
        model="uncoupled logistic maps",
        assumptions="errors grow, that is lambda is positive",
        holds="r = 4: 3.32 steps a decade from a thousandth to a billionth",
        fails="r = 3.83, the window of period 3: a millionth is enough for ever",
        verdict="holds in a window",
        in_holds=lambda: abs(_decade() - steps_per_decade(math.log(2))) < 0.1,
        in_fails=_bought_nothing,
    ),
)
