"""Driver nodes and energy: exact graphs, theory, limits, invariants, and simulation against theory."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.linalg import expm

from sysalign_lib.corrigibility.controllability import (
    DRAWN,
    ControllabilityParams,
    EnergyParams,
    Loops,
    cavity_share,
    chain_energy,
    draw_links,
    driver_nodes,
    energy_floor,
    fitness,
    gramian,
    isolated_energy,
    match,
    mean_energy,
    sample_shares,
    simulate,
    simulate_energy,
    solve,
    solve_energy,
    sources,
)
from sysalign_lib.corrigibility.views.controllability import energy_reading, reading


def links_of(graph: nx.DiGraph) -> tuple[np.ndarray, np.ndarray, int]:
    ends = np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1], graph.number_of_nodes()


def random_links(nodes: int, degree: float, seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    [(source, target)] = draw_links([degree], nodes, 0.0, 1, default_rng(seed))
    return source, target, nodes


# Exact -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "drivers"),
    [
        (nx.path_graph(10, create_using=nx.DiGraph), 1),
        (nx.cycle_graph(10, create_using=nx.DiGraph), 1),
        (nx.complete_graph(10, create_using=nx.DiGraph), 1),
        (nx.DiGraph([(0, leaf) for leaf in range(1, 10)]), 9),
        (nx.DiGraph([(leaf, 0) for leaf in range(1, 10)]), 9),
        (nx.empty_graph(10, create_using=nx.DiGraph), 10),
        (nx.empty_graph(1, create_using=nx.DiGraph), 1),
        (nx.DiGraph([(0, 0)]), 1),
    ],
)
def test_driver_nodes_of_small_graphs_are_exact(graph, drivers):
    assert driver_nodes(*links_of(graph)) == drivers


@given(st.integers(1, 7), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_driver_nodes_equal_rank_deficiency_for_random_weights(nodes, seed):
    """N less the rank of the weighted matrix is N less the matching, for all but special weights."""
    rng = default_rng(seed)
    weights = np.where(rng.random((nodes, nodes)) < 0.35, rng.uniform(0.5, 1.5, (nodes, nodes)), 0.0)
    target, source = np.nonzero(weights)
    assert driver_nodes(source, target, nodes) == max(nodes - np.linalg.matrix_rank(weights), 1)


@given(st.integers(2, 60), st.floats(0.5, 6), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_a_matching_uses_each_sender_and_receiver_once_and_is_as_large_as_networkx_says(nodes, degree, seed):
    source, target, _ = random_links(nodes, degree, seed)
    sender = match(source, target, nodes)
    used = sender[sender >= 0]
    assert len(np.unique(used)) == len(used)
    there = set(zip(source.tolist(), target.tolist(), strict=True))
    assert all((int(left), right) in there for right, left in enumerate(sender) if left >= 0)
    split = nx.Graph([(("out", left), ("in", right)) for left, right in there])
    split.add_nodes_from(("out", node) for node in range(nodes))
    matched = nx.bipartite.hopcroft_karp_matching(split, [("out", node) for node in range(nodes)])
    assert len(matched) // 2 == len(used)


@given(st.integers(2, 40), st.floats(0.5, 6), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_an_added_link_never_raises_the_driver_nodes_and_lowers_them_by_one_at_most(nodes, degree, seed):
    source, target, _ = random_links(nodes, degree, seed)
    before = driver_nodes(source, target, nodes)
    left, right = default_rng(seed + 1).integers(0, nodes, 2)
    after = driver_nodes(np.append(source, left), np.append(target, right), nodes)
    assert before - 1 <= after <= before


@given(st.integers(2, 40), st.floats(0.5, 6), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_reversing_all_links_or_renaming_receivers_changes_no_matching(nodes, degree, seed):
    source, target, _ = random_links(nodes, degree, seed)
    renamed = default_rng(seed).permutation(nodes)[target]
    assert (
        driver_nodes(source, target, nodes)
        == driver_nodes(target, source, nodes)
        == driver_nodes(source, renamed, nodes)
    )


def test_sources_are_the_components_that_no_link_enters():
    source, target = np.array([0, 1, 1, 2, 3, 4]), np.array([1, 0, 2, 3, 2, 4])
    part = sources(source, target, 6)
    assert part[0] == part[1] >= 0
    assert part[2] == part[3] == -1
    assert part[4] >= 0
    assert part[5] >= 0
    assert len({part[0], part[4], part[5]}) == 3


# Theory ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("degree", "share"), [(1, 0.654368), (2, 0.455938), (4, 0.216074), (8, 0.022160)])
def test_cavity_theory_without_hubs_agrees_with_iterating_its_one_equation(degree, share):
    c, a = degree / 2, 0.0
    for _ in range(3000):
        a = math.exp(-c * math.exp(-c * a))
    spare = math.exp(-c * a)
    assert a + spare - 1 + c * a * spare == pytest.approx(float(cavity_share(degree, *fitness(0.0))), abs=1e-10)
    assert float(cavity_share(degree, *fitness(0.0))) == pytest.approx(share, abs=5.1e-7)


def test_cavity_theory_has_its_limits():
    assert float(cavity_share(1e-9, *fitness(0.0))) == pytest.approx(1, abs=1e-8)
    assert float(cavity_share(1e-9, *fitness(0.7))) == pytest.approx(1, abs=1e-8)
    assert float(cavity_share(30.0, *fitness(0.0))) / math.exp(-15) == pytest.approx(1, abs=1e-4)


def test_fitness_has_mean_one_and_a_finite_network_approaches_its_limit_law():
    for hubs in (0.0, 1 / 3, 0.5, 2 / 3, 0.8):
        for nodes in (None, 50, 5000):
            fit, weight = fitness(hubs, nodes)
            assert fit @ weight == pytest.approx(1, abs=1e-9)
            assert weight.sum() == pytest.approx(1, abs=1e-12)
    limit = float(cavity_share(6.0, *fitness(1 / 3)))
    gaps = [abs(float(cavity_share(6.0, *fitness(1 / 3, nodes))) - limit) for nodes in (100, 1000, 10_000, 100_000)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 5e-4


@given(st.floats(0.5, 10), st.floats(0, 0.8))
@settings(max_examples=40, deadline=None)
def test_theory_falls_with_the_degree_lies_above_its_lower_bound_and_within_zero_and_one(degree, hubs):
    """At least the nodes that receive no link need a signal."""
    fit, weight = fitness(hubs)
    here, more = cavity_share([degree, degree + 0.25], fit, weight)
    unreached = weight @ np.exp(-degree / 2 * fit)
    assert unreached - 1e-9 <= here <= 1
    assert more < here


@given(st.floats(0.5, 10), st.floats(0, 0.6), st.floats(0.05, 0.2))
@settings(max_examples=30, deadline=None)
def test_hubs_raise_the_theory_at_every_degree(degree, hubs, more):
    assert cavity_share(degree, *fitness(hubs + more)) > cavity_share(degree, *fitness(hubs))


@pytest.mark.parametrize("hubs", [0.0, 1 / 3, 0.5, 2 / 3])
@pytest.mark.parametrize("degree", [1.0, 3.0, 6.0])
def test_sampled_networks_agree_with_theory(degree, hubs):
    shares = sample_shares([degree], 4000, hubs, 40, default_rng(17))[0]
    error = shares.std(ddof=1) / math.sqrt(len(shares))
    theory = float(cavity_share(degree, *fitness(hubs, 4000)))
    core = 0.15 / math.sqrt(4000)  # a finite core leaves a few more unmatched, by order N^-1/2: .011 at 200 nodes
    assert -5 * error <= shares.mean() - theory <= 5 * error + core


def test_the_surplus_over_theory_of_a_finite_core_falls_with_size():
    theory = float(cavity_share(6.0, *fitness(0.0)))
    surplus = [sample_shares([6.0], n, 0.0, 9_000 // n * 10, default_rng(3)).mean() - theory for n in (100, 900)]
    assert surplus[0] > 2 * surplus[1] > 0


# Random networks ---------------------------------------------------------------------------------------------------


def test_drawn_networks_are_nested_have_no_loops_and_keep_to_their_block():
    few, many = draw_links([2.0, 5.0], 30, 0.5, 3, default_rng(0))
    for source, target in (few, many):
        assert (source != target).all()
        assert (source // 30 == target // 30).all()
        assert source.min() >= 0
        assert target.max() < 90
    for network in range(3):
        ends = [set(zip(*(side[one[0] // 30 == network] for side in one), strict=True)) for one in (few, many)]
        assert ends[0] <= ends[1]


def test_hubs_have_the_degree_exponent_that_goh_gives_them():
    """Mean degree of the node of rank i falls as i^-hubs."""
    [(source, _)] = draw_links([10.0], 2000, 0.5, 10, default_rng(2))
    counts = np.bincount(source % 2000, minlength=2000)
    expected = 10 * 5.0 * fitness(0.5, 2000)[0]
    near = expected >= 5
    assert (np.abs(counts - expected)[near] < 6 * np.sqrt(expected[near]) + 0.01 * expected[near]).all()


# The model ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loops", list(Loops))
def test_simulate_agrees_with_solve(loops):
    params = ControllabilityParams(nodes=3000, networks=10, hubs=0.5, degree=3.0, loops=loops)
    seen, exact = simulate(params, default_rng(5)), solve(params)
    error = seen.error[np.searchsorted(seen.sample_degree, 3.0)]
    assert abs(seen.share - exact.share) <= 5 * error + 1e-12
    assert seen.theory == exact.share
    assert (seen.curve_share == exact.curve_share).all()


def test_loops_that_are_alike_change_nothing_and_different_ones_leave_one_driver():
    runs = {loops: simulate(ControllabilityParams(loops=loops), default_rng(8)) for loops in Loops}
    assert (runs[Loops.NONE].sample_share == runs[Loops.ALIKE].sample_share).all()
    assert (runs[Loops.NONE].links == runs[Loops.DIFFERENT].links).all()
    assert (runs[Loops.DIFFERENT].sample_share == 1 / 500).all()
    assert runs[Loops.DIFFERENT].drawn_drivers == 1


@given(
    st.sampled_from([0.5, 1.0, 2.5, 4.0, 8.0, 10.0]),
    st.sampled_from([0.0, 0.5, 0.8]),
    st.sampled_from(list(Loops)),
    st.integers(0, 999),
)
@settings(max_examples=40, deadline=None)
def test_signals_of_the_drawn_network_reach_every_node(degree, hubs, loops, seed):
    params = ControllabilityParams(nodes=10, networks=2, degree=degree, hubs=hubs, loops=loops)
    result = simulate(params, default_rng(seed))
    graph = nx.DiGraph(result.links.tolist())
    graph.add_nodes_from(range(DRAWN))
    fed = np.flatnonzero(result.driver | result.wired).tolist()
    assert set().union(*(nx.descendants(graph, node) | {node} for node in fed)) == set(range(DRAWN))
    assert not (result.driver & result.wired).any()
    if loops is not Loops.DIFFERENT:
        assert result.drawn_drivers == driver_nodes(*result.links.T, DRAWN) == max(DRAWN - result.matched.sum(), 1)


def test_more_links_at_the_same_dice_never_need_more_drivers():
    shares = simulate(ControllabilityParams(hubs=0.5), default_rng(1)).sample_share
    assert (np.diff(shares, axis=0) <= 0).all()


def test_readings_say_one_and_many_rightly():
    base = ControllabilityParams()
    texts = {degree: reading(simulate(replace(base, degree=degree), default_rng(11))) for degree in (1.0, 10.0)}
    assert "need a signal of their own" in texts[1.0]
    assert "1 of the 48 nodes drawn needs a signal of its own" in texts[10.0]
    different = reading(simulate(replace(base, loops=Loops.DIFFERENT), default_rng(11)))
    assert "one signal steers all 48 nodes on paper" in different
    assert "10 to the power" in different
    assert "theory says that 21.6% of 500 nodes" in reading(solve(base))
    assert "inf" not in different
    assert "nan" not in different


# Self-loops --------------------------------------------------------------------------------------------------------


def exact_rank(columns: list[list[int]]) -> int:
    """Rank over the rationals."""
    rows, rank = [[Fraction(value) for value in row] for row in columns], 0
    for place in range(len(rows[0])):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][place]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][place] / rows[rank][place]
            rows[i] = [one - factor * other for one, other in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


def reachable(system: np.ndarray, signal: np.ndarray) -> list[list[int]]:
    columns = [signal]
    for _ in range(len(system) - 1):
        columns.append(system @ columns[-1])
    return [column.tolist() for column in columns]


@given(st.integers(2, 6), st.integers(1, 5), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_equal_decay_rates_leave_the_reachable_space_as_it_is(nodes, rate, seed):
    rng = default_rng(seed)
    system = np.where(rng.random((nodes, nodes)) < 0.4, rng.integers(1, 9, (nodes, nodes)), 0)
    signal = rng.integers(1, 9, nodes)
    before = reachable(system, signal)
    after = reachable(system - rate * np.eye(nodes, dtype=int), signal)
    assert exact_rank(before) == exact_rank(after) == exact_rank(before + after)


def test_different_decay_rates_let_one_signal_reach_everything_that_no_link_joins():
    assert exact_rank(reachable(-np.diag(np.arange(1, 8)), np.ones(7, dtype=int))) == 7
    assert exact_rank(reachable(-np.eye(7, dtype=int), np.ones(7, dtype=int))) == 1


# Energy ------------------------------------------------------------------------------------------------------------


def test_the_least_energy_signal_arrives_and_spends_what_the_gramian_says():
    system, inputs, target = np.array([[-1.0, 0.0], [0.7, -0.6]]), np.array([[1.0], [0.0]]), np.array([0.3, -1.0])
    weight = np.linalg.solve(gramian(system, inputs), target)
    at, step = np.linspace(0, 60, 60_001, retstep=True)
    decay = expm(system * step)
    signal, row = np.empty(len(at)), inputs.T
    for i in range(len(at)):  # signal at time i before the end
        signal[i] = float((row @ weight)[0])
        row = row @ decay.T
    energy = np.trapezoid(signal**2, at)
    assert energy == pytest.approx(target @ weight, rel=1e-5)
    reached, effect = np.zeros(2), inputs[:, 0].copy()
    for i in range(len(at)):
        reached += step * effect * signal[i] * (0.5 if i == 0 else 1.0)
        effect = decay @ effect
    assert np.allclose(reached, target, atol=1e-5)


@given(st.integers(1, 6), st.floats(0.3, 1.0))
@settings(max_examples=30, deadline=None)
def test_the_pascal_gramian_of_a_chain_is_exact(nodes, coupling):
    system, head = coupling * np.eye(nodes, k=-1) - np.eye(nodes), np.eye(nodes, 1)
    closed, numeric = np.exp(chain_energy(nodes, coupling)), np.diag(np.linalg.inv(gramian(system, head)))
    assert np.allclose(closed, numeric, rtol=1e-4)
    assert closed[-1] == pytest.approx(2 * (4 / coupling**2) ** (nodes - 1), rel=1e-9)


@given(st.lists(st.floats(0.2, 3), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_the_cauchy_gramian_of_unlinked_nodes_is_exact(steps):
    rates = 0.3 + np.cumsum(steps)
    numeric = np.diag(np.linalg.inv(1 / np.add.outer(rates, rates)))
    assert np.allclose(np.exp(isolated_energy(rates)), numeric, rtol=1e-4)
    assert np.allclose(gramian(-np.diag(rates), np.ones((len(rates), 1))), 1 / np.add.outer(rates, rates))


def test_energy_through_one_signal_grows_exponentially_and_is_flat_with_one_signal_a_node():
    result = solve_energy(EnergyParams(nodes=40))
    steps = np.diff(result.isolated)
    assert (steps[3:] > 1.5).all()
    assert steps[-1] == pytest.approx(steps[-2], abs=0.01)
    assert np.diff(result.chain)[-1] == pytest.approx(2 * math.log10(1 + 2 / 0.5), abs=0.03)
    assert (result.every_node == math.log10(2)).all()
    system = -np.diag(np.linspace(0.5, 1.5, 40))
    assert mean_energy(system, np.eye(40)) == pytest.approx(2)


def test_random_networks_with_hardly_any_coupling_cost_what_unlinked_nodes_cost():
    params = EnergyParams(nodes=5, spread=1.5, coupling=0.05)
    seen, exact = simulate_energy(params, default_rng(2)), solve_energy(params)
    assert len(seen.random) == 20
    assert np.abs(seen.random - exact.isolated[seen.random_size - 1]).max() < 0.35
    assert exact.random.size == 0


def test_no_energy_is_given_where_rounding_would_be_seen():
    result = simulate_energy(EnergyParams(nodes=20), default_rng(2))
    assert result.random_size.max() < 12
    assert (np.bincount(result.random_size)[1:5] == 4).all()
    assert result.random.max() < 13
    assert mean_energy(np.array([[-1.0, 0], [0, -1.0]]), np.ones((2, 1))) == math.inf


@given(st.integers(1, 7), st.floats(0.2, 0.9))
@settings(max_examples=30, deadline=None)
def test_the_floor_lies_below_the_exact_energy_of_the_hardest_state(nodes, coupling):
    """A chain driven at its head; its last node alone is a state that certainly costs no more than the hardest."""
    system, head = coupling * np.eye(nodes, k=-1) - np.eye(nodes), np.eye(nodes, 1)
    floor = energy_floor(system, head)
    assert floor <= np.exp(chain_energy(nodes, coupling)).sum() * (1 + 1e-9)
    if nodes <= 4:
        assert floor == pytest.approx(1 / np.linalg.eigvalsh(gramian(system, head))[0], rel=1e-4)


def test_the_energy_reading_gives_the_closed_forms_in_words():
    assert "10 to the power 19.6" in energy_reading(solve_energy(EnergyParams()))
