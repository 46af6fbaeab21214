"""Driver nodes of a random digraph: scipy's matching on a sparse matrix beside networkx's on the same graph."""

from __future__ import annotations

from typing import Any

import networkx as nx
from numpy.random import default_rng

from benchmarks.models.harness import Bench
from sysalign_lib.corrigibility.controllability import draw_links, driver_nodes

DEGREE = 6.0


def _prepare(nodes: int) -> tuple[Any, Any, int, nx.Graph]:
    [(source, target)] = draw_links([DEGREE], nodes, 0.0, 1, default_rng(1))
    split = nx.Graph()
    split.add_nodes_from(range(2 * nodes))
    split.add_edges_from(zip(source.tolist(), (target + nodes).tolist(), strict=True))
    return source, target, nodes, split


def _ours(data: tuple[Any, Any, int, nx.Graph]) -> int:
    return driver_nodes(*data[:3])


def _peer(data: tuple[Any, Any, int, nx.Graph]) -> int:
    nodes, split = data[2:]
    matched = nx.bipartite.hopcroft_karp_matching(split, top_nodes=range(nodes))
    return max(nodes - len(matched) // 2, 1)


def _agree(data: Any, ours: int, peer: int) -> str:
    assert ours == peer, f"{ours} driver nodes, networkx finds {peer}"
    return f"{ours} driver nodes, the same"


BENCHES = (
    Bench(
        name="driver nodes of a random digraph, mean degree 6", unit="nodes", sizes=(1000, 3000, 10_000),
        prepare=_prepare, ours=_ours, peer=_peer, peer_name="networkx hopcroft_karp_matching (graph already built)",
        agree=_agree, at_least=10.0,
    ),
)  # fmt: skip
