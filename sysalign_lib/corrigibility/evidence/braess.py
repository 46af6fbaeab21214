"""Targets and claims of Braess's roads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy.optimize import brentq

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.braess import (
    FOUR_THOUSAND,
    BraessParams,
    Effect,
    cost_at,
    harm_window,
    optimal_cost,
    outer_flow,
    simulate,
    solve,
    use_limits,
)

__all__ = ["CLAIMS", "TARGETS"]

BRAESS = BraessParams()
SECTION = "3.2"


def _exact(name: str, value: float, place: str, compute: Callable[[], float], source: str = "book") -> Target:
    return Target(
        name=f"braess: {name}", value=value, tolerance=1e-9, kind="exact", source=source, place=place,
        why="rounding of floating point", compute=compute,
    )  # fmt: skip


def _found(name: str, value: float, tolerance: float, compute: Callable[[], float]) -> Target:
    return Target(
        name=f"braess: {name}", value=value, tolerance=tolerance, kind="exact", source="book",
        place="found without the closed form", why="step of the search", compute=compute,
    )  # fmt: skip


def _simulated(params: BraessParams, value: float, name: str) -> Target:
    share = params.demand / params.drivers * (params.slope + params.flat_slope + params.bridge_slope)
    return Target(
        name=f"braess: {name}, {params.drivers} drivers simulated", value=value, tolerance=3 * share, kind="monte carlo",
        source="book", place="drivers move until none gains", why="three times what one driver adds to a road's cost",
        compute=lambda: simulate(params, default_rng(1968)).cost,
    )  # fmt: skip


def _harm(demand: float | NDArray[np.float64], params: BraessParams) -> NDArray[np.float64]:
    """What the open bridge adds to each driver's cost."""
    return cost_at(demand, params) - cost_at(demand, replace(params, bridge=False))


def _edge(params: BraessParams, low: float, high: float) -> float:
    """An end of the window by root finding, without the closed form; just beyond the upper one the harm is zero."""
    return float(brentq(lambda demand: float(_harm(demand, params)) - 1e-13, low, high, xtol=1e-13))


def _worst(params: BraessParams) -> float:
    """The demand at which the bridge harms most, on a grid of steps of a ten-thousandth of the demand."""
    demand = np.linspace(0, 2 * params.demand, 20_001)
    return float(demand[_harm(demand, params).argmax()])


def _least() -> float:
    return float(optimal_cost(4000.0, FOUR_THOUSAND))


def _anarchy() -> float:
    """The largest price of anarchy at any whole demand up to 12,000."""
    demand = np.arange(1.0, 12_001.0)
    return float((cost_at(demand, FOUR_THOUSAND) / optimal_cost(demand, FOUR_THOUSAND)).max())


def _end(params: BraessParams, which: int) -> float:
    return float(harm_window(params)[which])


def _flow(route: int) -> float:
    return float(solve(BRAESS).flow[route])


TARGETS: tuple[Target, ...] = (
    _exact("cost before the bridge, demand 6", 83, "example", lambda: solve(BRAESS).cost_without, "braess1968"),
    _exact("cost after the bridge, demand 6", 92, "example", lambda: solve(BRAESS).cost_with, "braess1968"),
    *(
        _exact(f"flow on route {i + 1} of 3 after the bridge, demand 6", 2, "example", partial(_flow, i), "braess1968")
        for i in range(3)
    ),
    _exact("outer flow at demand 5, (11 Q - 40) / 13", 15 / 13, "equal route costs", lambda: float(outer_flow(5.0, BRAESS))),
    _exact("outer flow at demand 8, (11 Q - 40) / 13", 48 / 13, "equal route costs", lambda: float(outer_flow(8.0, BRAESS))),
    _exact("demand up to which all use the bridge", 40 / 11, "outer flow 0", lambda: float(use_limits(BRAESS)[0])),
    _exact("lower end of the harm window", 80 / 31, "2 (b - e) / (3 a + 2 g - d)", partial(_end, BRAESS, 0), "pas1997"),
    _exact("upper end of the harm window", 80 / 9, "2 (b - e) / (a - d)", partial(_end, BRAESS, 1), "pas1997"),
    _found("lower end of the harm window, by root finding", 80 / 31, 1e-6, lambda: _edge(BRAESS, 0.5, 3.6)),
    _found("upper end of the harm window, by root finding", 80 / 9, 1e-6, lambda: _edge(BRAESS, 3.7, 12.0)),
    _found("demand of greatest harm, on a grid", 40 / 11, 6e-4, lambda: _worst(BRAESS)),
    _exact("greatest harm", 180 / 11, "(a - d) (b - e) / (2 (a + g))", lambda: float(_harm(40 / 11, BRAESS))),
    _simulated(BRAESS, 92, "cost after the bridge"),
    _simulated(replace(BRAESS, bridge=False), 83, "cost before the bridge"),
    _exact("4,000 drivers, cost before the bridge", 65, "textbook version", lambda: solve(FOUR_THOUSAND).cost_without),
    _exact("4,000 drivers, cost after the bridge", 80, "textbook version", lambda: solve(FOUR_THOUSAND).cost_with),
    _exact("textbook version, the bridge helps below", 3000, "2 b / (3 a)", partial(_end, FOUR_THOUSAND, 0)),
    _exact("textbook version, the bridge is idle from", 9000, "2 b / a", partial(_end, FOUR_THOUSAND, 1)),
    _exact("textbook version, all use the bridge up to", 4500, "b / a", lambda: float(use_limits(FOUR_THOUSAND)[0])),
    _exact("textbook version, least mean cost of 4,000 drivers", 64.6875, "slopes doubled", _least),
    _simulated(FOUR_THOUSAND, 80, "textbook version, cost after the bridge"),
    _exact("price of anarchy, at most, textbook version", 4 / 3, "affine costs", _anarchy, "roughgarden2002"),
)  # fmt: skip


def _effects(params: BraessParams, demands: tuple[float, ...]) -> set[Effect]:
    return {simulate(replace(params, demand=demand), default_rng(4)).effect for demand in demands}


def _harms_inside() -> bool:
    return _effects(BRAESS, (2.6, 4.0, 6.0, 8.8)) == {Effect.HARMS}


def _other_outside() -> bool:
    return _effects(BRAESS, (0.5, 2.5)) == {Effect.HELPS} and _effects(BRAESS, (8.9, 20.0)) == {Effect.NEUTRAL}


def _helps_more_roads() -> bool:
    """The bridge is never worse than none where the flat road is the steeper one."""
    flat = replace(BRAESS, slope=1.0, flat_slope=10.0, bridge_intercept=60.0)
    free = replace(flat, bridge_intercept=0.0)
    demand = np.linspace(0, 200, 2001)
    return bool((_harm(demand, flat) <= 1e-9).all() and (_harm(demand, free) <= 1e-9).all())


def _harms_some_roads() -> bool:
    return solve(BRAESS).effect is Effect.HARMS


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="braess: an intervention can be counterproductive",
        section=SECTION,
        statement="As a system reorganizes itself around an intervention, the intervention can make everyone worse off.",
        model="Braess's four roads and a bridge, 600 drivers who move until none gains",
        assumptions="every driver seeks the least cost of their own; costs rise linearly with flow; demand is fixed",
        holds="demand between 80/31 and 80/9",
        fails="below 80/31 the same bridge helps everybody, from 80/9 on nobody uses it",
        verdict="holds in a window",
        in_holds=_harms_inside,
        in_fails=_other_outside,
    ),
    Claim(
        name="braess: an added option cannot harm",
        section=SECTION,
        statement="A new road that nobody is forced to take leaves nobody worse off.",
        model="Braess's roads with general linear costs, Wardrop equilibrium",
        assumptions="every driver seeks the least cost of their own; costs rise linearly with flow",
        holds="where the flat roads rise at least as steeply with flow as the steep ones, at every demand",
        fails="Braess's own numbers, where everybody's cost goes from 83 to 92",
        verdict="holds in a window",
        in_holds=_helps_more_roads,
        in_fails=_harms_some_roads,
    ),
)
