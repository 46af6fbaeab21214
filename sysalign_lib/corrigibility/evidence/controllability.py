"""Targets and claims of structural controllability: exact graphs, cavity theory, hubs, self-loops and energy."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.controllability import (
    cavity_share,
    chain_energy,
    driver_nodes,
    energy_floor,
    fitness,
    isolated_energy,
    mean_energy,
    sample_shares,
)

__all__ = ["CLAIMS", "TARGETS"]

LARGE = 10_000  # nodes of the sampled networks
SECTION = "3.2"
Links = tuple[list[int], list[int]]

GRAPHS: tuple[tuple[str, int, Links], ...] = (
    ("a path", 1, (list(range(9)), list(range(1, 10)))),
    ("a cycle", 1, (list(range(10)), [*range(1, 10), 0])),
    ("the complete graph", 1, ([i for i in range(10) for _ in range(9)], [j for i in range(10) for j in range(10) if i != j])),
    ("an out-star", 9, ([0] * 9, list(range(1, 10)))),
    ("an in-star", 9, (list(range(1, 10)), [0] * 9)),
    ("no links", 10, ([], [])),
)  # fmt: skip
POISSON = ((1.0, 0.654368), (2.0, 0.455938), (4.0, 0.216074), (8.0, 0.022160))
HUBS = (("infinity", 0.0, 0.0735), ("4", 1 / 3, 0.1284), ("3", 0.5, 0.2164), ("2.5", 2 / 3, 0.3488))


def _drivers(links: Links) -> float:
    return driver_nodes(np.array(links[0], dtype=np.int64), np.array(links[1], dtype=np.int64), 10)


def _limit(degree: float) -> float:
    return float(cavity_share(degree, *fitness(0.0)))


def _sampled(degree: float, hubs: float, networks: int) -> float:
    return float(sample_shares([degree], LARGE, hubs, networks, default_rng(20110512)).mean())


def _finite(hubs: float) -> float:
    return float(cavity_share(6.0, *fitness(hubs, LARGE)))


def _small(own: bool) -> float:
    """Mean number of driver nodes of 200-node networks of mean degree 3."""
    return float(200 * sample_shares([3.0], 200, 0.0, 10, default_rng(38398), own=own).mean())


def _chain(nodes: int, coupling: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return coupling * np.eye(nodes, k=-1) - np.eye(nodes), np.eye(nodes, 1)


def _gap(closed: NDArray[np.float64], numeric: float) -> float:
    """Mean energy by the closed form over the one from the Gramian."""
    return float(np.exp(closed).mean() / numeric)


def _chain_gap() -> float:
    return _gap(chain_energy(6, 0.5), mean_energy(*_chain(6, 0.5)))


def _isolated_gap() -> float:
    rates = np.linspace(0.5, 1.5, 5)
    return _gap(isolated_energy(rates), mean_energy(-np.diag(rates), np.ones((5, 1))))


def _twelve() -> float:
    logs = isolated_energy(np.linspace(0.5, 1.5, 12))
    return float((np.logaddexp.reduce(logs) - math.log(12)) / math.log(10))


def _exact(name: str, value: int, compute: Callable[[], float]) -> Target:
    return Target(
        name=f"controllability: driver nodes of {name} of 10 nodes", value=value, tolerance=1e-9, kind="exact",
        source="liu2011", place="minimum inputs theorem", why="a whole number", compute=compute,
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(_exact(name, value, partial(_drivers, links)) for name, value, links in GRAPHS),
    *(
        Target(
            name=f"controllability: share of driver nodes by theory, no hubs, k = {degree:g}", value=value, tolerance=5.1e-7,
            kind="exact", source="liu2011", place="cavity method, derived again here", why="six printed digits",
            compute=partial(_limit, degree),
        )
        for degree, value in POISSON
    ),
    *(
        Target(
            name=f"controllability: share of driver nodes of 3 sampled networks, no hubs, k = {degree:g}", value=value,
            tolerance=0.006, kind="monte carlo", source="liu2011", place="cavity method, derived again here",
            why="4 standard errors, 0.0023 a network at most (measured on 60), and half a thousandth of finite size",
            compute=partial(_sampled, degree, 0.0, 3),
        )
        for degree, value in POISSON
    ),
    Target(
        name="controllability: share of driver nodes over e^(-k/2) at k = 30", value=1.0, tolerance=1e-4, kind="limit",
        source="liu2011", place="large k", why="next term, (k/2)^2 e^(-k/2) / 2 = 3.4e-5",
        compute=lambda: _limit(30.0) / math.exp(-15.0),
    ),
    *(
        Target(
            name=f"controllability: share of driver nodes, k = 6, degree exponent {word}, 10,000 nodes", value=value,
            tolerance=0.0105, kind="monte carlo", source="goh2001", place="static model, with the matching of liu2011",
            why="4 standard errors of the difference of two means of 3 networks, 0.0032 a network at most (measured on 60)",
            compute=partial(_sampled, 6.0, hubs, 3),
        )
        for word, hubs, value in HUBS
    ),
    *(
        Target(
            name=f"controllability: the same by theory for 10,000 nodes, degree exponent {word}", value=value,
            tolerance=0.0086, kind="limit", source="book", place="cavity method with the fitnesses of the static model",
            why="4 standard errors of the sampled value, a mean of 3 networks, 0.0032 a network, and 0.0012 of finite size",
            compute=partial(_finite, hubs),
        )
        for word, hubs, value in HUBS
    ),
    Target(
        name="controllability: driver nodes of a 200-node network without self-loops, k = 3", value=63, tolerance=13,
        kind="monte carlo", source="cowan2012", place="our network; the source says why",
        why="4 standard deviations of one network, sqrt(200) 0.23 = 3.2", compute=partial(_small, False),
    ),
    Target(
        name="controllability: driver nodes of the same with a self-loop on every node", value=1, tolerance=1e-9,
        kind="exact", source="cowan2012", place="abstract", why="a whole number", compute=partial(_small, True),
    ),
    Target(
        name="controllability: energy of reaching the last of 10 nodes of a chain, links 1", value=524288, tolerance=1e-3,
        kind="exact", source="book", place="2 (4/a^2)^(N-1), Pascal Gramian", why="rounding of logarithms",
        compute=lambda: math.exp(chain_energy(10, 1.0)[-1]),
    ),
    Target(
        name="controllability: chain of 6, links 0.5: closed form over Gramian", value=1.0, tolerance=1e-3, kind="exact",
        source="book", place="Pascal Gramian", why="condition number below 1e9 times rounding, with room",
        compute=_chain_gap,
    ),
    Target(
        name="controllability: 5 unlinked nodes, one signal: closed form over Gramian", value=1.0, tolerance=1e-3,
        kind="exact", source="book", place="Cauchy Gramian", why="condition number below 1e9 times rounding, with room",
        compute=_isolated_gap,
    ),
    Target(
        name="controllability: power of ten of the energy for 12 unlinked nodes, rates 0.5 to 1.5", value=19.5666,
        tolerance=5e-4, kind="exact", source="book", place="Cauchy Gramian", why="printed digits", compute=_twelve,
    ),
)  # fmt: skip


def _shares(degree: float, hubs: float, own: bool) -> NDArray[np.float64]:
    return np.ravel(sample_shares([degree], 1000, hubs, 10, default_rng(7), own=own))


def _hubs_raise() -> bool:
    plain, hubs = _shares(6.0, 0.0, False), _shares(6.0, 2 / 3, False)
    return bool(hubs.min() > plain.max())


def _hubs_do_nothing() -> bool:
    return bool((_shares(6.0, 0.0, True) == 0.001).all() and (_shares(6.0, 2 / 3, True) == 0.001).all())


def _reachable(rates: list[float]) -> int:
    """Dimension that one signal, wired to every node of an out-star with unequal weights, can steer."""
    size = len(rates)
    system = -np.diag(rates)
    system[1:, 0] = np.arange(1.0, size)
    columns = [np.ones(size)]
    for _ in range(size - 1):
        columns.append(system @ columns[-1])
    return int(np.linalg.matrix_rank(np.column_stack(columns)))


def _one_is_enough() -> bool:
    return _reachable([0.5, 1.0, 1.5, 2.0]) == 4


def _one_is_not_enough() -> bool:
    return _reachable([1.0, 1.0, 1.0, 1.0]) == _reachable([0.0, 0.0, 0.0, 0.0]) == 2


def _cheap() -> bool:
    """With a signal a node, every state of a chain of any length is within twice its largest rate of change."""
    return all(energy_floor(_chain(nodes, 0.5)[0], np.eye(nodes)) < 3.01 for nodes in (5, 10, 20, 40))


def _dear() -> bool:
    return bool(chain_energy(20, 0.5)[-1] > 20 * math.log(10)) and _drivers(GRAPHS[0][2]) == 1


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="controllability: hubs close intervention points",
        section=SECTION,
        statement="As a network organizes itself around hubs, at equal numbers of links, more nodes must be pushed to steer it.",
        model="static model, 1,000 nodes, mean degree 6, maximum matching, 10 networks each",
        assumptions="linear dynamics, generic link weights, no dynamics of a node's own",
        holds="degree exponent 2.5 against none: every network with hubs needs more than every one without",
        fails="every node has a decay rate of its own: one signal, wired to several nodes, with hubs and without",
        verdict="holds in a window",
        in_holds=_hubs_raise,
        in_fails=_hubs_do_nothing,
    ),
    Claim(
        name="controllability: own dynamics make one signal enough",
        section=SECTION,
        statement="Give every node its own dynamics (a self-loop) and a single signal steers any network.",
        model="rank of the reachable space of an out-star of 4 nodes, one signal in every node",
        assumptions="linear dynamics; the rates are free to differ",
        holds="four different rates: all 4 dimensions are reached",
        fails="four equal rates: 2 dimensions, as many as without own dynamics",
        verdict="holds in a window",
        in_holds=_one_is_enough,
        in_fails=_one_is_not_enough,
    ),
    Claim(
        name="controllability: the number of driver nodes says how hard a system is to steer",
        section=SECTION,
        statement="A system with few driver nodes is easy to steer.",
        model="energy of a chain with rates 1 and links 0.5; its head is its only driver node",
        assumptions="linear, decaying, unlimited time; energy is the integral of the squared signal",
        holds="with a signal in every node no state of 5 to 40 nodes costs more than 3",
        fails="with the one signal that the count asks for, the last of 20 nodes costs over 10 to the power 20",
        verdict="not supported",
        in_holds=_cheap,
        in_fails=_dear,
    ),
)
