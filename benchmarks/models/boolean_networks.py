"""Random Boolean networks: all networks, all nodes and both runs at once beside plain Python, state for state."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng

from benchmarks.models.harness import Bench
from sysalign_lib.interpretability.boolean_transparency import draw_tables, draw_wires, evolve

NETS, STEPS, INPUTS, FLIPPED = 40, 300, 3, 0.01

Problem = tuple[np.ndarray, np.ndarray, np.ndarray]


def networks(nodes: int) -> Problem:
    """Wires, tables and a start for each network."""
    rng = default_rng(nodes)
    start = rng.integers(2, size=(NETS, nodes), dtype=np.uint8)
    return draw_wires(nodes, INPUTS, NETS, rng), draw_tables(nodes, INPUTS, NETS, 0.5, rng), start


def pairs(nodes: int) -> Problem:
    """The same with two starts for each network, in two bits of a byte, of which a hundredth of the nodes differ."""
    wires, tables, start = networks(nodes)
    starts = start * np.uint8(3)
    starts[:, : int(FLIPPED * nodes)] ^= 2
    return wires, tables * np.uint8(3), starts


def ours(data: Problem) -> np.ndarray:
    """All networks at once, both starts in one byte."""
    return evolve(*data, STEPS)


def step(state: list[int], wires: list[list[int]], tables: list[list[int]]) -> list[int]:
    """One step of one network as it is defined: every node looks up its inputs' states in its table."""
    following = []
    for node in range(len(state)):
        entry = 0
        for place, source in enumerate(wires[node]):
            entry += state[source] << place
        following.append(tables[node][entry])
    return following


def run(data: Problem, bit: int) -> np.ndarray:
    """States[step, net, node] of the runs in one bit, network after network, in plain Python."""
    wires, tables, start = data
    runs = []
    for net in range(NETS):
        sources, entries = wires[:, net].T.tolist(), (tables[:, net].T >> bit & 1).tolist()
        states = [(start[net] >> bit & 1).tolist()]
        for _ in range(STEPS):
            states.append(step(states[-1], sources, entries))
        runs.append(states)
    return np.array(runs, dtype=np.uint8).swapaxes(0, 1)


def plain(data: Problem) -> np.ndarray:
    """One run a network."""
    return run(data, 0)


def plain_pairs(data: Problem) -> np.ndarray:
    """Two runs a network, one after the other."""
    return run(data, 0) | run(data, 1) << np.uint8(1)


def agree(data: Problem, mine: np.ndarray, peer: np.ndarray) -> str:
    """Every state of every node at every step is the same."""
    assert mine.dtype == peer.dtype
    assert np.array_equal(mine, peer)
    return f"{mine.size:,} states equal"


BENCHES: tuple[Bench, ...] = (
    Bench(
        name=f"{NETS} random Boolean networks, {INPUTS} inputs a node, {STEPS} steps, each from two starts",
        unit="nodes", sizes=(100, 300, 1000), prepare=pairs, ours=ours, peer=plain_pairs, peer_name="plain Python",
        agree=agree, at_least=100,
    ),
    Bench(
        name=f"{NETS} random Boolean networks, {INPUTS} inputs a node, {STEPS} steps, each from one start",
        unit="nodes", sizes=(100, 300, 1000), prepare=networks, ours=ours, peer=plain, peer_name="plain Python", agree=agree,
        at_least=100,
    ),
)  # fmt: skip
