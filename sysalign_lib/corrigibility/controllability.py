"""Where can you push? Driver nodes of a network, and what pushing through few of them costs.

Idea. A linear system on a directed network is steered through signals fed into some of its nodes. For all but special
link weights the least number of signals follows from the wiring alone: the nodes that a maximum matching leaves
unmatched, ``N_D = max(N - |M*|, 1)``. Self-organization toward hubs, at the same mean degree, raises it steeply.

Assumption that breaks. That an overseer's handles can be counted on the wiring diagram. Give every node its own decay
rate (a self-loop) and one signal suffices for any network whatever. Yet if all rates are alike nothing changes: the
reachable space is spanned by ``B, AB, A^2 B, ...``, and replacing A by ``A - r I`` spans the same space.

What one would wrongly conclude. That hubs make a system uncontrollable; or, after the objection, that one lever is
enough. N_D counts a modeling choice. The energy that a signal spends is the honest measure, and with one signal it
grows exponentially with the number of nodes.

Cavity theory (derived here again). A matching is one on the bipartite split, sending copies to receiving copies. Follow a
link to the copy at its end and take the link away: the copy is *free* if all its other neighbors are demanded elsewhere
(probability a), *demanded* if one of its other neighbors is free (b). With G the generating function of the degrees on
either side, H that of the excess degrees and c = k/2 their mean, ``a = H(b)``, ``b = 1 - H(1 - a)``, smallest root a, and
``n_D = G(b) + G(1 - a) - 1 + c a (1 - b)``. Static model: node of fitness f (mean 1) has Poisson degrees of mean c f, hence
``G(z) = <exp(-c f (1 - z))>``, ``H(z) = <f exp(-c f (1 - z))>``; without hubs ``a = exp(-c exp(-c a))``. The averages run
over the N fitnesses of a finite network, or over their limit law.

The static model here: fitness ``f_i ~ i^-hubs`` (degree exponent ``1 + 1/hubs``), for sending and for receiving in
independent order; ``N k / 2`` links drawn independently. A repeated link counts as parallel links (no matching sees it);
a link from a node to itself is dropped (about k/2 of them). Other conventions (same order, repeats drawn again, loops
kept) give the same shares within sampling error, and the order cannot matter: a matching does not see which sender is
which receiver.

Energy. ``x' = A x + B u`` with decaying A and unlimited time; the least energy to reach state x is ``x' W^-1 x``, W the
controllability Gramian, ``A W + W A' + B B' = 0`` (any deadline only adds to it). Exact for one signal (derived here):

* no links, rates r_i, the signal in every node: ``W = 1/(r_i + r_j)`` is a Cauchy matrix, reaching node i alone costs
  ``2 r_i prod_{j != i} ((r_i + r_j) / (r_i - r_j))^2``;
* a chain of links a, rates 1, the signal in its head: W is a scaled Pascal matrix, reaching node i alone costs
  ``2 (2/a)^(2(i-1)) sum_{k=i}^N C(k-1, i-1)^2``, so that the last node costs ``2 (4/a^2)^(N-1)`` and the mean over the
  nodes grows by a factor ``(1 + 2/a)^2`` a node in the end.

Finite networks lie above theory by a term of order ``N^-1/2`` once the matching has a core (k > 2e without hubs).

Sources: liu2011 (matching theorem, cavity method), lin1974 (structural controllability), goh2001 (static model),
cowan2012 (self-loops). The energy in closed form and the rates all alike are the book's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_continuous_lyapunov
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching
from scipy.special import gammaln, logsumexp

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "ControllabilityParams", "ControllabilityResult", "EnergyParams", "EnergyResult", "Loops", "cavity_share",
    "chain_energy", "draw_links", "driver_nodes", "energy_floor", "fitness", "gramian", "isolated_energy",
    "match", "mean_energy", "sample_shares", "simulate", "simulate_energy", "solve", "solve_energy", "sources",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MAX_DEGREE = 10.0
SAMPLE_DEGREES = np.arange(1.0, 9.0)
CURVE_DEGREES = np.linspace(0.5, 8.5, 33)
DRAWN = 48  # nodes of the network in the picture
HALVINGS = 60  # of the interval in which a root of the cavity equations lies
SAFE_CONDITION = 1e12  # beyond it rounding could change an energy by more than a part in a hundred, and none is given
RANDOM_NETWORKS = 4  # at each size in the energy picture
SLOWEST, FASTEST = 0.5, 1.5  # own rates in the drawn network, a unit of time
DRAWN_COUPLING = 0.25  # spectral norm of its links; below SLOWEST, so that every state decays


class Loops(StrEnum):
    """Own dynamics of the nodes."""

    NONE = "none"
    ALIKE = "all alike"
    DIFFERENT = "all different"


@dataclass(frozen=True, kw_only=True)
class ControllabilityParams:
    """nodes: of each sampled network. degree: mean number of links at a node, in and out together. hubs: 0 none, more is
    steeper (the degree exponent is 1 + 1/hubs). loops: own dynamics. networks: sampled at each mean degree.
    """

    nodes: int = checks.bounded(500, low=10, high=5_000)
    degree: float = checks.bounded(4.0, low=0.5, high=MAX_DEGREE)
    hubs: float = checks.bounded(0.0, low=0.0, high=0.8)
    loops: Loops = Loops.NONE
    networks: int = checks.bounded(5, low=2, high=10)

    def __post_init__(self) -> None:
        checks.params(self)

    @property
    def exponent(self) -> float:
        """Exponent of the degree distribution's tail; infinite without hubs."""
        return 1 + 1 / self.hubs if self.hubs else math.inf


@dataclass(frozen=True, eq=False, kw_only=True)
class ControllabilityResult:
    """Driver nodes of random networks, beside theory, and one small network drawn out.

    Attributes
    ----------
    params : what was asked.
    share : driver nodes per node at the chosen degree; simulated mean, or cavity theory where exact.
    curve_degree, curve_share : [point], shape (33,), mean degree and what theory says of networks of this size.
    sample_degree : degree[point], shape (n_points,), 1 to 8 and the chosen one, ascending; empty where exact.
    sample_share : share[point, network], shape (n_points, networks), simulated; neighbors share their dice.
    position : (x, y)[node], shape (48, 2), the same in every state; no unit.
    links : (from, to)[link], shape (n_links, 2), of the drawn network; empty where exact.
    matched : [link], shape (n_links,), the links of one maximum matching.
    driver : [node], shape (48,), nodes that need a signal of their own.
    wired : [node], shape (48,), nodes that one of those signals must be wired to as well, to reach every part.
    floor : log10 of how many times the energy of one signal a node the hardest state of the drawn network costs through
        one signal in all, a lower bound; 0 unless all rates are different.
    """

    params: ControllabilityParams
    share: float
    curve_degree: Floats
    curve_share: Floats
    sample_degree: Floats
    sample_share: Floats
    position: Floats
    links: Ints
    matched: Flags
    driver: Flags
    wired: Flags
    floor: float

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def mean(self) -> Floats:
        """Mean share over the networks at each sampled degree."""
        return np.asarray(self.sample_share.mean(axis=1))

    @property
    def error(self) -> Floats:
        """Standard error of that mean, from the spread over networks."""
        spread = self.sample_share.std(axis=1, ddof=1)
        return np.asarray(spread / math.sqrt(self.params.networks))

    @property
    def drawn_drivers(self) -> int:
        """Driver nodes of the drawn network."""
        return int(self.driver.sum())

    @property
    def theory(self) -> float:
        """The share at the chosen degree by theory."""
        return _theory(self.params)


@dataclass(frozen=True, kw_only=True)
class EnergyParams:
    """nodes: of the largest network. spread: of the own rates, evenly from 1 - spread/2 to 1 + spread/2 a unit of time.
    coupling: strength of the links, in the chain against rates of 1, in the random network against the slowest rate.
    """

    nodes: int = checks.bounded(12, low=2, high=40)
    spread: float = checks.bounded(1.0, low=0.01, high=1.9)
    coupling: float = checks.bounded(0.5, low=0.05, high=0.95)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class EnergyResult:
    """Energy through one signal, mean over the states with one node at 1 and the others at 0.

    Attributes
    ----------
    params : what was asked.
    size : nodes[point], shape (n_points,), 1 to `params.nodes`.
    isolated, chain : log10 energy[point], shape (n_points,), closed forms: no links; a chain driven at its head.
    every_node : log10 energy[point], shape (n_points,), no links and one signal a node.
    random_size, random : nodes[point] and log10 energy[point], shape (n_known,), of 4 random networks of each size, one
        signal wired to every node, simulated; left out where rounding could change the energy by a hundredth; empty
        where exact.
    """

    params: EnergyParams
    size: Ints
    isolated: Floats
    chain: Floats
    every_node: Floats
    random_size: Ints
    random: Floats

    def __post_init__(self) -> None:
        freeze(self)


# Matching ---------------------------------------------------------------------------------------------------------


def match(source: Ints, target: Ints, nodes: int) -> Ints:
    """from[node], shape (nodes,): the node whose link to it is in a maximum matching, -1 if there is none.

    The matching is scipy's (Hopcroft and Karp) on the bipartite split. `source`, `target`: node[link], shape (n_links,).
    """
    return np.asarray(maximum_bipartite_matching(_wiring(source, target, nodes), perm_type="row"), dtype=np.int64)


def driver_nodes(source: Ints, target: Ints, nodes: int) -> int:
    """``N_D = max(N - |M*|, 1)``, liu2011's minimum inputs theorem."""
    return max(int((match(source, target, nodes) < 0).sum()), 1)


def sources(source: Ints, target: Ints, nodes: int) -> Ints:
    """part[node], shape (nodes,): number of the strong component, or -1 if a link enters that component from outside.

    A signal reaches every node exactly if it is wired into each component that no link enters.
    """
    _, part = connected_components(_wiring(source, target, nodes), connection="strong")
    entered = part[target[part[source] != part[target]]]
    return np.where(np.isin(part, entered), -1, part).astype(np.int64)


def _wiring(source: Ints, target: Ints, nodes: int) -> csr_array:
    return csr_array((np.ones(len(source), dtype=np.int8), (source, target)), shape=(nodes, nodes))


# Random networks ----------------------------------------------------------------------------------------------------


def fitness(hubs: float, nodes: int | None = None) -> tuple[Floats, Floats]:
    """fitness[point] and weight[point]: of the nodes of a finite network, or of a quadrature of the limit law if None.

    Limit law: fitness ``(1 - hubs) u^-hubs``, u uniform; with ``u = x^10`` the integrands are smooth.
    """
    if nodes is not None:
        raw = np.arange(1.0, nodes + 1) ** -hubs
        return raw / raw.mean(), np.full(nodes, 1 / nodes)
    at, weight = np.polynomial.legendre.leggauss(200)
    at, weight = (at + 1) / 2, weight / 2
    return (1 - hubs) * at ** (-10 * hubs), 10 * weight * at**9


def draw_links(degrees: ArrayLike, nodes: int, hubs: float, networks: int, rng: Generator) -> list[tuple[Ints, Ints]]:
    """Source and target of every link, one pair of arrays a degree; network j has the nodes from ``j nodes`` on.

    The links at a lower degree are the first ones at a higher degree, and all follow the same dice as `hubs` changes.
    """
    counts = np.rint(np.asarray(degrees, dtype=float) * nodes / 2).astype(int)
    steps = np.cumsum(fitness(hubs, nodes)[0])
    receiver = rng.permuted(np.tile(np.arange(nodes), (networks, 1)), axis=1)
    most = round(nodes * MAX_DEGREE / 2)
    first = np.arange(networks)[:, None] * nodes
    # One draw a network and side: how many links are wanted does not move the dice.
    dice = rng.random((networks, 2, most))[:, :, : max(counts, default=0)]
    ranks = np.minimum(np.searchsorted(steps, dice * steps[-1], side="right"), nodes - 1)
    source, target = first + ranks[:, 0], first + np.take_along_axis(receiver, ranks[:, 1], axis=1)
    return [_without_loops(source[:, :count].ravel(), target[:, :count].ravel()) for count in counts.tolist()]


def sample_shares(
    degrees: ArrayLike, nodes: int, hubs: float, networks: int, rng: Generator, *, own: bool = False
) -> Floats:
    """share[degree, network], shape (n_degrees, networks): driver nodes per node of random networks, all matched at once.

    `own` puts a self-loop on every node.
    """
    drawn = draw_links(degrees, nodes, hubs, networks, rng)
    block, total = networks * nodes, networks * nodes * len(drawn)
    source = np.concatenate([links[0] + i * block for i, links in enumerate(drawn)])
    target = np.concatenate([links[1] + i * block for i, links in enumerate(drawn)])
    if own:
        source, target = _with_loops(source, target, total)
    unmatched = (match(source, target, total) < 0).reshape(len(drawn), networks, nodes).sum(axis=2)
    return np.asarray(np.maximum(unmatched, 1) / nodes)


def cavity_share(degree: ArrayLike, fit: Floats, weight: Floats) -> Floats:
    """n_D by the cavity method, in the shape of `degree`, for fitnesses and weights as `fitness` gives them.

    The smallest root lies at or below the one with ``a = 1 - b``, which is found first; both by halving.
    """
    mean = np.atleast_1d(np.asarray(degree, dtype=float)) / 2

    def average(gap: Floats, values: Floats) -> Floats:
        return np.asarray(np.exp(-(mean * gap)[:, None] * fit) @ (weight * values))

    def excess(gap: Floats) -> Floats:
        return average(gap, fit)

    symmetric = _halve(lambda a: excess(a) > a, np.zeros_like(mean), np.ones_like(mean))
    free = _halve(lambda a: excess(excess(a)) > a, np.zeros_like(mean), symmetric)
    spare = excess(free)  # 1 - b
    share = average(spare, np.ones_like(fit)) + average(free, np.ones_like(fit)) - 1 + mean * free * spare
    return np.asarray(share.reshape(np.shape(degree)))


def _halve(above: Callable[[Floats], Flags], low: Floats, high: Floats) -> Floats:
    """The root in each interval, of which `above` says whether it lies above a point."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        up = above(middle)
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return (low + high) / 2


def _without_loops(source: Ints, target: Ints) -> tuple[Ints, Ints]:
    keep = source != target
    return source[keep], target[keep]


def _with_loops(source: Ints, target: Ints, nodes: int) -> tuple[Ints, Ints]:
    every = np.arange(nodes)
    return np.concatenate([source, every]), np.concatenate([target, every])


# The model ------------------------------------------------------------------------------------------------------------


def solve(params: ControllabilityParams) -> ControllabilityResult:
    """Theory alone: the cavity method, or a single driver node where all rates are different."""
    return ControllabilityResult(
        params=params, share=_theory(params), curve_degree=CURVE_DEGREES.copy(), curve_share=_curve(params),
        sample_degree=np.empty(0), sample_share=np.empty((0, params.networks)), position=_positions(),
        links=np.empty((0, 2), dtype=np.int64), matched=np.empty(0, dtype=bool), driver=np.zeros(DRAWN, dtype=bool),
        wired=np.zeros(DRAWN, dtype=bool), floor=0.0,
    )  # fmt: skip


def simulate(params: ControllabilityParams, rng: Generator) -> ControllabilityResult:
    """Draw a small network and an ensemble, match both, and set them beside theory."""
    own = params.loops is Loops.DIFFERENT
    [(source, target)] = draw_links([params.degree], DRAWN, params.hubs, 1, rng)
    degrees = np.unique([*SAMPLE_DEGREES, params.degree])
    shares = sample_shares(degrees, params.nodes, params.hubs, params.networks, rng, own=own)
    loop_source, loop_target = _with_loops(source, target, DRAWN) if own else (source, target)
    sender = match(loop_source, loop_target, DRAWN)
    driver, wired = _signals(source, target, sender)
    return ControllabilityResult(
        params=params, share=float(shares[np.searchsorted(degrees, params.degree)].mean()),
        curve_degree=CURVE_DEGREES.copy(), curve_share=_curve(params), sample_degree=degrees, sample_share=shares,
        position=_positions(), links=np.column_stack([source, target]), matched=_chosen(source, target, sender),
        driver=driver, wired=wired, floor=_drawn_floor(source, target, driver | wired) if own else 0.0,
    )  # fmt: skip


def _theory(params: ControllabilityParams) -> float:
    if params.loops is Loops.DIFFERENT:
        return 1 / params.nodes
    return max(float(cavity_share(params.degree, *fitness(params.hubs, params.nodes))), 1 / params.nodes)


def _curve(params: ControllabilityParams) -> Floats:
    if params.loops is Loops.DIFFERENT:
        return np.full(len(CURVE_DEGREES), 1 / params.nodes)
    return _cavity_curve(params.nodes, params.hubs).copy()


@lru_cache(maxsize=32)
def _cavity_curve(nodes: int, hubs: float) -> Floats:
    return np.maximum(cavity_share(CURVE_DEGREES, *fitness(hubs, nodes)), 1 / nodes)


def _positions() -> Floats:
    """A sunflower: node 0 in the middle, equal room for each."""
    order = np.arange(DRAWN) + 0.5
    radius, angle = np.sqrt(order / DRAWN), order * np.pi * (3 - math.sqrt(5))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _chosen(source: Ints, target: Ints, sender: Ints) -> Flags:
    """[link], shape (n_links,): the first of the parallel links that a matching uses."""
    chosen = sender[target] == source
    first = np.zeros(len(source), dtype=bool)
    first[np.unique(target[chosen], return_index=True)[1]] = True
    result = np.zeros(len(source), dtype=bool)
    result[np.flatnonzero(chosen)] = first[: chosen.sum()]
    return result


def _signals(source: Ints, target: Ints, sender: Ints) -> tuple[Flags, Flags]:
    """Nodes with a signal of their own, and nodes to wire to one of those signals because nothing else reaches them."""
    driver = sender < 0
    part = sources(source, target, len(sender))
    if not driver.any():
        driver[np.flatnonzero(part >= 0)[0]] = True
    wired = np.zeros_like(driver)
    unreached = np.where(np.isin(part, part[driver]), -1, part)
    wired[np.unique(unreached, return_index=True)[1]] = True
    return driver, wired & (unreached >= 0)


# Energy ---------------------------------------------------------------------------------------------------------------


def gramian(system: Floats, inputs: Floats) -> Floats:
    """The controllability Gramian of ``x' = A x + B u`` over unlimited time; A must be stable."""
    return np.asarray(solve_continuous_lyapunov(system, -inputs @ inputs.T))


def mean_energy(system: Floats, inputs: Floats) -> float:
    """Energy to bring one node to 1 and the others to 0, mean over the nodes; infinite where rounding would be seen."""
    values, vectors = np.linalg.eigh(gramian(system, inputs))
    if values[0] * SAFE_CONDITION < values[-1]:
        return math.inf
    return float((vectors**2 / values).sum() / len(values))


def energy_floor(system: Floats, inputs: Floats) -> float:
    """A lower bound, rounding included, of the energy that the hardest state at distance 1 costs.

    If every state decays at a rate m at least (in the symmetric part of A), a Gramian with residual R is wrong by at most
    ``|R| / 2m``, so that the smallest eigenvalue is at most the computed one plus that.
    """
    found = gramian(system, inputs)
    residual = np.linalg.norm(system @ found + found @ system.T + inputs @ inputs.T)
    slowest = -float(np.linalg.eigvalsh((system + system.T) / 2)[-1])
    rounding = 4 * len(system) * np.finfo(float).eps * (np.linalg.norm(found) + np.linalg.norm(inputs) ** 2)
    wrong = (residual + rounding) / (2 * slowest) + rounding
    return float(1 / (max(np.linalg.eigvalsh(found)[0], 0.0) + wrong))


def isolated_energy(rates: Floats) -> Floats:
    """Natural log of the energy[node] to bring node i alone to 1 through one signal in every node, no links; exact."""
    sums, gaps = np.add.outer(rates, rates), np.abs(np.subtract.outer(rates, rates))
    np.fill_diagonal(gaps, 1.0)
    logs = 2 * np.log(sums / gaps)
    np.fill_diagonal(logs, 0.0)
    return np.asarray(np.log(2 * rates) + logs.sum(axis=1))


def chain_energy(nodes: int, coupling: float) -> Floats:
    """Natural log of the energy[node] to bring node i of a chain alone to 1 through its head; exact."""
    at = np.arange(nodes)
    choose = gammaln(at + 1)[:, None] - gammaln(at + 1) - gammaln(np.maximum(np.subtract.outer(at, at), 0) + 1)
    squares = np.where(np.subtract.outer(at, at) >= 0, 2 * choose, -np.inf)
    return np.asarray(math.log(2) + 2 * at * math.log(2 / coupling) + logsumexp(squares, axis=0))


def solve_energy(params: EnergyParams) -> EnergyResult:
    """The closed forms, for every size up to the largest."""
    return _energy(params, np.empty(0, dtype=np.int64), np.empty(0))


def simulate_energy(params: EnergyParams, rng: Generator) -> EnergyResult:
    """The closed forms, and random networks with two links in and two out on average, one signal wired to every node.

    A smaller network is the first nodes of the largest one.
    """
    shape = (RANDOM_NETWORKS, params.nodes, params.nodes)
    dice, weights = rng.random(shape), rng.standard_normal(shape)
    sizes = np.repeat(np.arange(1, params.nodes + 1), RANDOM_NETWORKS)
    energies = np.array(
        [
            mean_energy(
                _random_system(n, dice[i % RANDOM_NETWORKS], weights[i % RANDOM_NETWORKS], params), np.ones((n, 1))
            )
            for i, n in enumerate(sizes.tolist())
        ]
    )
    known = np.isfinite(energies)
    return _energy(params, sizes[known], np.log10(energies[known]))


def _energy(params: EnergyParams, random_size: Ints, random: Floats) -> EnergyResult:
    sizes = np.arange(1, params.nodes + 1)
    isolated = [isolated_energy(_rates(n, params.spread)) for n in sizes.tolist()]
    chain = [chain_energy(n, params.coupling) for n in sizes.tolist()]
    return EnergyResult(
        params=params,
        size=sizes,
        isolated=np.array([_log10_mean(one) for one in isolated]),
        chain=np.array([_log10_mean(one) for one in chain]),
        every_node=np.full(len(sizes), math.log10(2)),
        random_size=random_size,
        random=random,
    )


def _rates(nodes: int, spread: float) -> Floats:
    return np.linspace(1 - spread / 2, 1 + spread / 2, nodes) if nodes > 1 else np.ones(1)


def _log10_mean(logs: Floats) -> float:
    return float((logsumexp(logs) - math.log(len(logs))) / math.log(10))


def _random_system(nodes: int, dice: Floats, weights: Floats, params: EnergyParams) -> Floats:
    links = np.where(dice[:nodes, :nodes] < 2 / nodes, weights[:nodes, :nodes], 0.0)
    np.fill_diagonal(links, 0.0)
    return _system(links, _rates(nodes, params.spread), params.coupling)


def _system(links: Floats, rates: Floats, coupling: float) -> Floats:
    """Links scaled to `coupling` times the slowest rate in spectral norm, less the own rates."""
    size = float(np.linalg.norm(links, 2))
    scaled = links * (coupling * rates.min() / size) if size else links
    return np.asarray(scaled - np.diag(rates))


def _drawn_floor(source: Ints, target: Ints, fed: Flags) -> float:
    """With one signal a node no state costs more than ``2 |A|``, since nothing decays faster than at rate ``|A|``."""
    links = np.zeros((DRAWN, DRAWN))
    np.add.at(links, (target, source), 1.0)
    system = _system(links, np.linspace(SLOWEST, FASTEST, DRAWN), DRAWN_COUPLING / SLOWEST)
    one_each = 2 * float(np.linalg.norm(system, 2))
    return math.log10(energy_floor(system, fed[:, None].astype(float)) / one_each)
