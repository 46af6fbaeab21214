"""Braess's roads: exact instances, limits, an independent solver, drivers who move, invariants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.optimize import minimize

from sysalign_lib.corrigibility.braess import (
    FOUR_THOUSAND,
    BraessParams,
    Effect,
    Use,
    cost_at,
    harm_window,
    optimal_cost,
    outer_flow,
    settle,
    simulate,
    solve,
    use_limits,
)
from sysalign_lib.corrigibility.views.braess import reading

BRAESS = BraessParams()
ROADS = np.array([[1, 0, 0, 1, 0], [0, 1, 1, 0, 0], [1, 1, 0, 0, 1]], dtype=float)  # [route, road]

slopes = st.floats(0.1, 20)
flat = st.one_of(st.just(0.0), st.floats(0.01, 20))
networks = st.builds(
    BraessParams, demand=st.floats(0.1, 30), slope=slopes, intercept=st.floats(1, 100), flat_slope=flat,
    bridge_slope=flat, bridge_intercept=st.floats(0, 120), bridge=st.booleans(), drivers=st.integers(1, 400),
)  # fmt: skip


def road_costs(flows: np.ndarray, p: BraessParams) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    slope = np.array([p.slope, p.slope, p.flat_slope, p.flat_slope, p.bridge_slope])
    base = np.array([0, 0, p.intercept, p.intercept, p.bridge_intercept])
    return flows @ ROADS, slope, base


def beckmann(p: BraessParams, factor: float) -> np.ndarray:
    """Flows that minimize ``sum of base x + factor slope x^2 / 2`` over the roads: a convex program, solved by scipy.

    Factor 1 gives the equilibrium (Beckmann), factor 2 the least total cost. Flows are scaled to shares of demand.
    """
    open_routes = 3 if p.bridge else 2
    scale = p.demand * (p.intercept + p.slope * p.demand)

    def objective(share: np.ndarray) -> float:
        on, slope, base = road_costs(p.demand * np.append(share, np.zeros(3 - open_routes)), p)
        return float((base @ on + factor / 2 * slope @ on**2) / scale)

    def gradient(share: np.ndarray) -> np.ndarray:
        on, slope, base = road_costs(p.demand * np.append(share, np.zeros(3 - open_routes)), p)
        return (ROADS @ (base + factor * slope * on))[:open_routes] * p.demand / scale

    found = minimize(
        objective, np.full(open_routes, 1 / open_routes), jac=gradient, method="SLSQP", bounds=[(0, 1)] * open_routes,
        constraints={"type": "eq", "fun": lambda s: s.sum() - 1, "jac": np.ones_like}, options={"ftol": 1e-15, "maxiter": 500},
    )  # fmt: skip
    return p.demand * np.append(found.x, np.zeros(3 - open_routes))


def mean_cost(flows: np.ndarray, p: BraessParams) -> float:
    on, slope, base = road_costs(flows, p)
    return float(on @ (base + slope * on) / flows.sum())


# Exact -------------------------------------------------------------------------------------------------------------


def test_braess_own_numbers():
    result = solve(BRAESS)
    assert (result.cost_without, result.cost_with, result.flow.tolist()) == (83, 92, [2, 2, 2])
    assert (result.effect, result.use, result.total) == (Effect.HARMS, Use.SOME, 552)


def test_the_window_has_the_ends_80_31_and_80_9_and_the_harm_peaks_at_40_11():
    assert harm_window(BRAESS) == pytest.approx([80 / 31, 80 / 9])
    assert use_limits(BRAESS) == pytest.approx([40 / 11, 80 / 9])
    peak = solve(replace(BRAESS, demand=40 / 11))
    assert peak.cost_with - peak.cost_without == pytest.approx(180 / 11)


def test_the_textbook_version_and_its_three_ranges():
    result = solve(FOUR_THOUSAND)
    assert (result.cost_without, result.cost_with) == pytest.approx((65, 80))
    assert harm_window(FOUR_THOUSAND) == pytest.approx([3000, 9000])
    assert use_limits(FOUR_THOUSAND) == pytest.approx([4500, 9000])
    effects = {
        demand: solve(replace(FOUR_THOUSAND, demand=demand)).effect for demand in (2999.0, 3001.0, 8999.0, 9001.0)
    }
    assert list(effects.values()) == [Effect.HELPS, Effect.HARMS, Effect.HARMS, Effect.NEUTRAL]


def test_the_bound_four_thirds_is_reached_where_the_last_driver_takes_the_bridge():
    result = solve(replace(FOUR_THOUSAND, demand=4500.0))
    assert (result.cost_with, result.cost_without) == pytest.approx((90, 67.5))
    assert result.anarchy == pytest.approx(4 / 3)


@given(st.floats(40 / 11, 80 / 9))
def test_the_outer_flow_is_the_known_line_while_all_three_routes_are_used(demand):
    assert outer_flow(demand, BRAESS) == pytest.approx((11 * demand - 40) / 13, abs=1e-12)


# Limits ------------------------------------------------------------------------------------------------------------


def test_without_demand_the_first_driver_takes_the_cheapest_free_road():
    for intercept, cost, use in ((10.0, 10, Use.ALL), (60.0, 50, Use.NOBODY)):
        result = simulate(replace(BRAESS, demand=0.0, bridge_intercept=intercept), default_rng(0))
        assert (result.cost, result.cost_with, result.cost_without, result.use) == (cost, cost, 50, use)
        assert result.anarchy == 1


def test_a_dear_bridge_is_never_used_and_a_flat_road_that_is_steeper_makes_it_harmless():
    dear = replace(BRAESS, bridge_intercept=50.0)
    assert harm_window(dear).size == use_limits(dear).size == 0
    assert {solve(replace(dear, demand=demand)).effect for demand in (0.5, 5.0, 50.0)} == {Effect.NEUTRAL}
    for flat_slope, effects in ((10.0, [Effect.HELPS, Effect.NEUTRAL]), (11.0, [Effect.HELPS, Effect.HELPS])):
        harmless = replace(BRAESS, flat_slope=flat_slope)
        assert harm_window(harmless).size == 0
        assert [solve(replace(harmless, demand=demand)).effect for demand in (0.5, 50.0)] == effects


def test_a_single_driver_takes_the_shortest_road():
    result = simulate(replace(BRAESS, demand=1.0, drivers=1), default_rng(1))
    assert result.flow.tolist() == [0, 0, 1]
    assert result.cost == 10 + 11 + 10


def test_at_very_large_demand_the_bridge_is_idle_and_all_is_well():
    result = solve(replace(BRAESS, demand=1e5))
    assert result.effect is Effect.NEUTRAL
    assert result.use is Use.NOBODY
    assert result.anarchy == pytest.approx(1)


# An independent solver ---------------------------------------------------------------------------------------------


@given(networks)
@settings(max_examples=60, deadline=None)
def test_the_equilibrium_is_the_minimum_of_beckmanns_convex_program(params):
    flows = beckmann(params, 1)
    assert mean_cost(flows, params) == pytest.approx(float(cost_at(params.demand, params)), rel=2e-4)


@given(networks)
@settings(max_examples=60, deadline=None)
def test_the_optimum_is_the_minimum_of_total_cost(params):
    least = float(optimal_cost(params.demand, params))
    assert mean_cost(beckmann(params, 2), params) == pytest.approx(least, rel=1e-6)


# Drivers who move --------------------------------------------------------------------------------------------------


@given(networks, st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_drivers_come_to_rest_where_none_gains_within_one_drivers_share_of_the_exact_cost(params, seed):
    """A Nash equilibrium of n drivers is an exact equilibrium of roads with tolls up to ``(a + d + g) Q / n``."""
    result = simulate(params, default_rng(seed))
    share = params.demand / params.drivers
    drivers = np.rint(result.flow / share)
    assert drivers.sum() == params.drivers
    assert params.bridge or drivers[2] == 0
    on, slope, base = road_costs(result.flow, params)
    costs = ROADS @ (base + slope * on)
    for left in np.flatnonzero(drivers):
        for right in range(3 if params.bridge else 2):
            moved = (on + share * (ROADS[right] - ROADS[left]), slope, base)
            assert (ROADS @ (base + slope * moved[0]))[right] >= costs[left] - 1e-6 * costs.max()
    exact = float(cost_at(params.demand, params))
    assert abs(result.cost - exact) <= 3 * share * (params.slope + params.flat_slope + params.bridge_slope)


@pytest.mark.parametrize("network", [BRAESS, replace(FOUR_THOUSAND, drivers=600)])
def test_the_error_falls_as_one_over_the_number_of_drivers(network):
    errors = []
    for drivers in (50, 500, 5000):
        result = simulate(replace(network, drivers=drivers), default_rng(2))
        errors.append(np.abs(result.sample_cost - cost_at(result.sample_demand, network)).max())
    assert errors[1] < errors[0] / 5
    assert errors[2] < errors[1] / 5


def test_wherever_drivers_start_they_come_to_the_same_cost():
    demand = np.full(3, 6.0)
    rest = settle(demand, 300 * np.eye(3, dtype=np.int64), BRAESS)
    assert (np.abs(rest - 100) <= 1).all()


# Invariants --------------------------------------------------------------------------------------------------------


@given(networks)
@settings(max_examples=200, deadline=None)
def test_the_price_of_anarchy_and_the_harm_are_at_most_four_thirds(params):
    result = solve(params)
    assert 1 - 1e-9 <= result.anarchy <= 4 / 3 + 1e-9
    assert result.cost_with <= 4 / 3 * result.cost_without * (1 + 1e-9)


@given(networks)
@settings(max_examples=200, deadline=None)
def test_the_bridge_harms_inside_the_window_and_nowhere_else(params):
    window, result = harm_window(params), solve(params)
    if len(window) and np.abs(window / params.demand - 1).min() > 1e-6:
        assert (result.effect is Effect.HARMS) == (window[0] < params.demand < window[1])
        below, above = (solve(replace(params, demand=float(end))) for end in (0.999 * window[0], 1.001 * window[1]))
        assert below.effect is Effect.HELPS
        assert above.effect is Effect.NEUTRAL
    if not len(window):
        assert result.effect is not Effect.HARMS


@given(networks)
@settings(max_examples=100, deadline=None)
def test_all_use_the_bridge_below_the_first_limit_and_nobody_above_the_second(params):
    limits = use_limits(params)
    if len(limits):
        uses = [
            solve(replace(params, demand=float(at))).use for at in (0.999 * limits[0], limits.mean(), 1.001 * limits[1])
        ]
        assert uses == [Use.ALL, Use.SOME, Use.NOBODY]


@given(networks, st.floats(0.25, 10))
@settings(max_examples=60, deadline=None)
def test_units_of_flow_and_of_time_do_not_matter(params, unit):
    """Cost a unit of flow scales inversely: the textbook's 4,000 drivers are 4 thousand."""
    same = replace(
        params, demand=params.demand * unit, slope=params.slope / unit, flat_slope=params.flat_slope / unit,
        bridge_slope=params.bridge_slope / unit,
    )  # fmt: skip
    assert solve(same).cost == pytest.approx(solve(params).cost)
    assert harm_window(same) == pytest.approx(harm_window(params) * unit)


@given(networks)
@settings(max_examples=60, deadline=None)
def test_cost_never_falls_with_demand(params):
    assert (np.diff(solve(params).curve_with) >= -1e-9).all()


# Words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "At demand 6 the bridge raises everybody's cost from 83 to 92, with a flow of 2 out of 6 on it"),
        ({"bridge": False}, "the closed bridge, if opened, would raise everybody's cost from 83 to 92"),
        ({"demand": 2.0}, "the bridge lowers everybody's cost from 61 to 52, with all drivers on it"),
        ({"demand": 10.0}, "nobody uses the bridge and each driver's cost is 105 with or without it"),
        ({"demand": 10.0, "bridge": False}, "nobody would use the bridge and each driver's cost is 105"),
        ({"bridge_intercept": 50.0}, "on these roads it harms at no demand"),
        ({"demand": 80 / 31}, "the bridge leaves everybody's cost at 64.19"),
        ({"demand": 0.0}, "the bridge lowers everybody's cost from 50 to 10"),
    ],
)
def test_the_reading_says_what_the_bridge_does(changes, words):
    assert words in reading(solve(replace(BRAESS, **changes)))
