"""Braess: a new road that everybody takes and that makes everybody late.

Idea. Two routes, each a steep road (cost ``slope f`` at flow f) and a flat one (``intercept + flat_slope f``), in opposite
order; a bridge (``bridge_intercept + bridge_slope f``) joins the end of the first steep road to the start of the second.
Every driver takes the cheapest route. At the resting values, braess1968's own, opening the bridge raises everybody's cost
from 83 to 92.

Assumption that breaks. That an added option, which nobody is forced to take, can do no harm; that an intervention may be
judged where it is made and not by what everyone's answer to it does elsewhere.

What one would wrongly conclude. That adding roads harms. It does in a window of demand only. Below the window the same bridge
saves time, above it nobody uses it, and if the flat road is the steeper one it never harms.

Closed form (derived here; pas1997 found such a window). Write a, b, d for the steep slope, the intercept and slope of the
flat road, e, g for the bridge's. Without the bridge each route carries Q/2 at cost ``b + (a + d) Q / 2``. With it let y be the
flow on each outer route and Q - 2y the flow on the bridge: route costs are equal at
``y* = ((a + g) Q - (b - e)) / (a + d + 2 g)``, and the equilibrium is y* clipped to [0, Q/2], since the cost difference
of the routes rises with y. For Braess's numbers ``y* = (11 Q - 40) / 13``. It holds while both kinds of route are in use; below
all drive over the bridge, above none does. Where some or all of the outer routes are in use the bridge changes the cost by
``(a - d) (Q/2 - y)``; where none is, by ``(2 a + g) Q + e - b - (a + d) Q / 2``. So for a > d and b > e

* all use it up to ``(b - e) / (a + g)``, none from ``2 (b - e) / (a - d)``,
* it harms exactly between ``2 (b - e) / (3 a + 2 g - d)`` and ``2 (b - e) / (a - d)``,
* and most at ``(b - e) / (a + g)``, by ``(a - d) (b - e) / (2 (a + g))``;

for a <= d it harms nowhere; for a > d and b <= e it is never used.

Optimum. The least total cost is the equilibrium of the marginal costs, i.e. of the same network with all slopes doubled
(Beckmann); equilibrium cost is at most 4/3 of it when costs are affine (roughgarden2002). Here equality is reached: free
bridge, flat road without slope, Q = b/a (4,500 in the 4,000-driver network below), where cost is 2b against 3b/2.

Simulation. A finite number of drivers of equal size, who move from route to route, in batches at first and then one by one,
whenever each of those who move gains; each move lowers the potential, so that it ends in a Nash equilibrium, whose costs
differ from wardrop1952's by the order of one driver's share. Sources: braess1968 (braess2005), wardrop1952, pas1997,
koutsoupias1999, roughgarden2002. The general slopes and the form of the window are the book's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "FOUR_THOUSAND", "BraessParams", "BraessResult", "Effect", "Use", "cost_at", "harm_window", "optimal_cost",
    "outer_flow", "settle", "simulate", "solve", "use_limits",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REACH = 2.4  # the curves run to this many intercept / slope
POINTS = 97  # of a curve
SAMPLES = 12  # demands at which drivers are simulated
TIE = 1e-9  # relative; costs closer than this are equal

# Roads: first steep, second steep, first flat, second flat, bridge. Routes: steep-flat, flat-steep, steep-bridge-steep.
ROUTES = np.array([[1, 0, 0, 1, 0], [0, 1, 1, 0, 0], [1, 1, 0, 0, 1]], dtype=float)
MOVES = tuple((left, right) for left in range(3) for right in range(3) if left != right)


class Effect(StrEnum):
    """What the bridge does, or would do if it were open, to everybody's cost."""

    HELPS = "helps"
    HARMS = "harms"
    NEUTRAL = "neutral"


class Use(StrEnum):
    """Who drives over the bridge, or would if it were open."""

    ALL = "all"
    SOME = "some"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class BraessParams:
    """demand Q, in units of flow; a road's cost in units of time: steep ``slope f``, flat ``intercept + flat_slope f``, bridge
    ``bridge_intercept + bridge_slope f``. bridge: open or closed. drivers: simulated, each carrying Q / drivers.
    """

    demand: float = checks.bounded(6.0, low=0.0, high=100_000.0)
    slope: float = checks.bounded(10.0, low=0.001, high=100.0)
    intercept: float = checks.bounded(50.0, low=0.1, high=1000.0)
    flat_slope: float = checks.bounded(1.0, low=0.0, high=100.0)
    bridge_slope: float = checks.bounded(1.0, low=0.0, high=100.0)
    bridge_intercept: float = checks.bounded(10.0, low=0.0, high=1000.0)
    bridge: bool = True
    drivers: int = checks.bounded(600, low=1, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


FOUR_THOUSAND = BraessParams(
    demand=4000.0, slope=0.01, intercept=45.0, flat_slope=0.0, bridge_slope=0.0, bridge_intercept=0.0, drivers=4000
)
"""The textbook's version: 4,000 drivers, steep roads f/100, flat roads 45, a free bridge."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BraessResult:
    """Equilibrium with and without the bridge.

    Attributes
    ----------
    params : the network.
    cost_without, cost_with : of each driver at this demand, without and with the bridge, exact, units of time.
    flow : flow[route], shape (3,), steep-flat, flat-steep, over the bridge, units of flow; of the simulated drivers, or exact.
    cost : mean cost of a driver on these flows, units of time.
    curve_demand, curve_without, curve_with : [point], shape (97,), demand and exact costs, units of flow and of time.
    window : demand[end], shape (2,), where the bridge harms; shape (0,) if nowhere.
    sample_demand, sample_cost : [point], shape (12,), demands and mean cost of simulated drivers; empty where exact.
    """

    params: BraessParams
    cost_without: float
    cost_with: float
    flow: Floats
    cost: float
    curve_demand: Floats
    curve_without: Floats
    curve_with: Floats
    window: Floats
    sample_demand: Floats
    sample_cost: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def effect(self) -> Effect:
        """What the open bridge does to everybody's cost at this demand."""
        gap = self.cost_with - self.cost_without
        if abs(gap) <= TIE * max(self.cost_without, self.cost_with):
            return Effect.NEUTRAL
        return Effect.HARMS if gap > 0 else Effect.HELPS

    @property
    def use(self) -> Use:
        """Who drives over the open bridge at this demand (of no demand: who would)."""
        p = self.params
        outer = float(outer_flow(p.demand, p))
        if outer >= p.demand / 2 and not (p.demand == 0 and p.bridge_intercept < p.intercept):
            return Use.NOBODY
        return Use.SOME if outer > 0 else Use.ALL

    @property
    def over(self) -> float:
        """Flow over the open bridge at this demand, exact, units of flow."""
        return self.params.demand - 2 * float(outer_flow(self.params.demand, self.params))

    @property
    def total(self) -> float:
        """Total cost of the simulated or exact flows, units of flow times units of time."""
        return self.params.demand * self.cost

    @property
    def anarchy(self) -> float:
        """Price of anarchy with the open bridge: equilibrium cost over the least possible (without it: 1, by symmetry)."""
        best = float(optimal_cost(self.params.demand, replace(self.params, bridge=True)))
        return self.cost_with / best if best else 1.0


def outer_flow(demand: ArrayLike, params: BraessParams) -> Floats:
    """Flow on each of the two outer routes with the bridge open, in the shape of `demand`; exact."""
    p, demand = params, np.asarray(demand, dtype=float)
    inner = (p.slope + p.bridge_slope) * demand - (p.intercept - p.bridge_intercept)
    return np.clip(inner / (p.slope + p.flat_slope + 2 * p.bridge_slope), 0, demand / 2)


def cost_at(demand: ArrayLike, params: BraessParams) -> Floats:
    """Cost of each driver in Wardrop equilibrium, in the shape of `demand`; exact."""
    p, demand = params, np.asarray(demand, dtype=float)
    if not p.bridge:
        return np.asarray(p.intercept + (p.slope + p.flat_slope) * demand / 2)
    outer = outer_flow(demand, p)
    along = p.slope * (demand - outer) + p.intercept + p.flat_slope * outer
    over = 2 * p.slope * (demand - outer) + p.bridge_intercept + p.bridge_slope * (demand - 2 * outer)
    return np.asarray(np.minimum(along, over))


def optimal_cost(demand: ArrayLike, params: BraessParams) -> Floats:
    """Least possible mean cost of a driver, in the shape of `demand`: flows as if all slopes were doubled; exact."""
    demand = np.asarray(demand, dtype=float)
    outer = outer_flow(2 * demand, params) / 2 if params.bridge else demand / 2
    flows = np.stack([outer, outer, demand - 2 * outer])
    # Without demand the cost of the first driver is that of the cheapest road.
    return np.where(demand > 0, _mean_cost(flows, params), cost_at(0.0, params))


def use_limits(params: BraessParams) -> Floats:
    """demand[end], shape (2,): all use the bridge up to the first, nobody from the second; shape (0,) if that is not so.

    That is so if the steep road is steeper than the flat one and the bridge's intercept is the smaller one.
    """
    p, saved = params, params.intercept - params.bridge_intercept
    if p.slope <= p.flat_slope or saved <= 0:
        return np.empty(0)
    return saved * np.array([1 / (p.slope + p.bridge_slope), 2 / (p.slope - p.flat_slope)])


def harm_window(params: BraessParams) -> Floats:
    """demand[end], shape (2,): the bridge harms exactly between the two; shape (0,) if nowhere. Closed form."""
    p, saved = params, params.intercept - params.bridge_intercept
    if p.slope <= p.flat_slope or saved <= 0:
        return np.empty(0)
    steep = 3 * p.slope + 2 * p.bridge_slope - p.flat_slope
    return 2 * saved / np.array([steep, p.slope - p.flat_slope])


def settle(demand: Floats, start: Ints, params: BraessParams) -> Ints:
    """drivers[route, demand], shape (3, n_demands), after they have moved from `start` until none gains.

    Batches halve from a quarter of all drivers to a single one; a batch moves only if each of its drivers gains, and at
    each demand the batch with the largest gain moves first.
    """
    drivers, share = start.copy(), demand / start.sum(axis=0)
    moves = MOVES if params.bridge else ((0, 1), (1, 0))
    batch = max(1, int(start[:, 0].sum()) // 4)
    while batch:
        gains = np.stack([_gain(drivers, share, left, right, batch, params) for left, right in moves])
        best, mover = gains.max(axis=0), gains.argmax(axis=0)
        moving = best > TIE * (params.intercept + params.slope * demand)
        if not moving.any():
            batch //= 2
            continue
        at = np.flatnonzero(moving)
        left, right = np.array(moves)[mover[at]].T
        drivers[left, at] -= batch
        drivers[right, at] += batch
    return drivers


def solve(params: BraessParams) -> BraessResult:
    """Wardrop equilibrium, exact."""
    outer = float(outer_flow(params.demand, params)) if params.bridge else params.demand / 2
    flow = np.array([outer, outer, params.demand - 2 * outer])
    return _result(params, flow, float(cost_at(params.demand, params)), np.empty(0), np.empty(0))


def simulate(params: BraessParams, rng: Generator) -> BraessResult:
    """Drivers start on routes at random and move until none gains, at this demand and at 12 others."""
    sampled = _reach(params) * np.arange(1, SAMPLES + 1) / SAMPLES
    demand = np.append(sampled, params.demand)
    drivers = settle(demand, _start(params, len(demand), rng), params)
    flows = drivers * demand / params.drivers
    costs = _mean_cost(flows, params)
    cost = float(costs[-1]) if params.demand else float(cost_at(0.0, params))
    return _result(params, flows[:, -1], cost, sampled, costs[:-1])


def _start(params: BraessParams, demands: int, rng: Generator) -> Ints:
    """Each driver's first route, the same at every demand: over the bridge for a third of them, if it is open."""
    dice = rng.random(params.drivers)
    edges = np.array([1 / 3, 2 / 3, 1.0]) if params.bridge else np.array([0.5, 1.0, 1.0])
    counts = np.bincount(np.searchsorted(edges, dice, side="right"), minlength=3)
    return np.tile(counts[:, None], (1, demands)).astype(np.int64)


def _gain(drivers: Ints, share: Floats, left: int, right: int, batch: int, params: BraessParams) -> Floats:
    """gain[demand] of the last of a batch that moves from one route to another; the others gain at least as much."""
    moved = drivers.copy()
    moved[left] -= batch
    moved[right] += batch
    before = moved.copy()  # as the last mover finds it: the others have moved
    before[left] += 1
    before[right] -= 1
    gain = _route_costs(before * share, params)[left] - _route_costs(moved * share, params)[right]
    return np.where(moved[left] >= 0, gain, -np.inf)


def _road_costs(flows: Floats, params: BraessParams) -> tuple[Floats, Floats]:
    """flow[road, ...] and cost[road, ...] of flow[route, ...]."""
    p, on = params, np.tensordot(ROUTES.T, flows, axes=1)
    slopes = np.array([p.slope, p.slope, p.flat_slope, p.flat_slope, p.bridge_slope])
    base = np.array([0.0, 0.0, p.intercept, p.intercept, p.bridge_intercept])
    wide = (slice(None), *(None,) * (on.ndim - 1))
    return on, base[wide] + slopes[wide] * on


def _route_costs(flows: Floats, params: BraessParams) -> Floats:
    return np.asarray(np.tensordot(ROUTES, _road_costs(flows, params)[1], axes=1))


def _mean_cost(flows: Floats, params: BraessParams) -> Floats:
    """Mean cost of a driver on flow[route, ...]; 0 where there is no flow."""
    on, cost = _road_costs(flows, params)
    total = flows.sum(axis=0)
    return np.asarray((on * cost).sum(axis=0) / np.where(total > 0, total, 1.0))


def _reach(params: BraessParams) -> float:
    return max(REACH * params.intercept / params.slope, 1.1 * params.demand)


def _result(
    params: BraessParams, flow: Floats, cost: float, sample_demand: Floats, sample_cost: Floats
) -> BraessResult:
    opened, closed = replace(params, bridge=True), replace(params, bridge=False)
    curve = np.linspace(0, _reach(params), POINTS)
    return BraessResult(
        params=params,
        cost_without=float(cost_at(params.demand, closed)),
        cost_with=float(cost_at(params.demand, opened)),
        flow=flow,
        cost=cost,
        curve_demand=curve,
        curve_without=cost_at(curve, closed),
        curve_with=cost_at(curve, opened),
        window=harm_window(params),
        sample_demand=sample_demand,
        sample_cost=sample_cost,
    )
