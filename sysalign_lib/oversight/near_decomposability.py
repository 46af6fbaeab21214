"""Near-decomposability: when parts may be settled first and put together later, and how wrong that is.

Idea. A system moves among states in blocks: often within a block, rarely between blocks, with a probability of the order of the
coupling eps. Simon and Ando (simon1961) saw that such a system has two lives. In the short run each block comes to an
equilibrium of its own, as if the others were not there; in the long run the blocks exchange weight as if each were one state.
So one may solve the blocks apart, then a small problem that has a state a block, and put the answers together. Courtois
(courtois1977) computed what that costs.

Lemma. *Let the blocks of the chain without coupling have one equilibrium each, let the coupled chain be* ``P(eps) =
P(0) + eps C``, *and let the moves between blocks that follow from these equilibria connect all blocks. Then the
equilibrium that is put together is wrong by an amount of the order of eps.* Proof. The equilibrium of a block alone and
that of the coupled chain given the block both solve a nonsingular linear system, and the two systems differ by order
eps; so do the solutions. The moves between blocks are eps times numbers; those that follow from the blocks' own
equilibria are eps times numbers that differ by order eps, and a common factor does not change an equilibrium; it is
unique, for they connect all blocks. So the blocks' weights are off by order eps as well, and so is the product. QED.
The constant is the chain's own: it grows as the blocks settle more slowly by themselves (`gap`). Exactly: slow all
moves inside blocks to a share r of what they were (`slowed`). Then ``P - 1 = r A + eps B``, whose equilibrium, and those
of the blocks, depend on eps / r only, so that coupling eps among slow blocks costs what coupling eps / r costs among fast
ones. No coupling is weak by itself.

Assumption that breaks. That the borders are drawn where the interactions are weak. With other borders the same recipe solves
blocks that have no equilibrium of their own worth the name, and its error does not vanish with the coupling. And that what
is inside a block is faster than what goes between.

What one would wrongly conclude. That "decomposable" is a property of a task: it is one of a task *and* a cut *and* a time. Before
the blocks have settled, or when the coupling is as strong as what holds a block together, there are no parts.

Sources: simon1961, simon1962, courtois1977 (the 8 x 8 matrix that the literature on such chains uses as its example; its entries
agree with a copy in a public collection of Markov chains). As there, a block alone keeps on its diagonal what would leave it.
Deviation: where the coupling is scaled, moves within a block are scaled in proportion, so that they stay probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.random import default_rng
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "COURTOIS", "COURTOIS_BLOCKS", "Cut", "NearDecomposabilityParams", "NearDecomposabilityResult", "System", "aggregated",
    "coupled", "equilibrium", "gap", "recomposed", "slowed", "solve",
]  # fmt: skip

Floats = NDArray[np.float64]
Blocks = tuple[tuple[int, ...], ...]

COURTOIS = np.array(
    [
        [0.85, 0, 0.149, 0.0009, 0, 0.00005, 0, 0.00005],
        [0.1, 0.65, 0.249, 0, 0.0009, 0.00005, 0, 0.00005],
        [0.1, 0.8, 0.0996, 0.0003, 0, 0, 0.0001, 0],
        [0, 0.0004, 0, 0.7, 0.2995, 0, 0.0001, 0],
        [0.0005, 0, 0.0004, 0.399, 0.6, 0.0001, 0, 0],
        [0, 0.00005, 0, 0, 0.00005, 0.6, 0.2499, 0.15],
        [0.00003, 0, 0.00003, 0.00004, 0, 0.1, 0.8, 0.0999],
        [0, 0.00005, 0, 0, 0.00005, 0.1999, 0.25, 0.55],
    ]
)
COURTOIS.setflags(write=False)
COURTOIS_BLOCKS: Blocks = ((0, 1, 2), (3, 4), (5, 6, 7))
SHIFTED_BLOCKS: Blocks = ((7, 0, 1), (2, 3), (4, 5, 6))
CURVE = np.geomspace(1e-4, 0.5, 15)  # couplings through which the line is drawn
TIMES = np.unique(np.round(np.geomspace(1, 1e6, 61))).astype(np.int64)  # steps


class System(StrEnum):
    """Which chain."""

    COURTOIS = "Courtois's"
    RANDOM = "random, one"
    OTHER = "random, another"


class Cut(StrEnum):
    """Where the borders of the blocks are drawn."""

    RIGHT = "where coupling is weak"
    SHIFTED = "shifted by one state"


@dataclass(frozen=True, kw_only=True)
class NearDecomposabilityParams:
    """One chain and one way to cut it.

    system : which chain. drawing : seed of the random ones. coupling : the largest probability to leave a block in a step.
    cut : where the borders are drawn.
    """

    system: System = System.COURTOIS
    drawing: int = checks.bounded(1961, low=0)
    coupling: float = checks.bounded(0.001, low=1e-4, high=0.5)
    cut: Cut = Cut.RIGHT

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class NearDecomposabilityResult:
    """What solving the parts first costs, and when it is allowed.

    Attributes
    ----------
    couplings : probability[point], shape (n_points,), through which the curve is drawn.
    curve : distance[point], shape (n_points,), summed over states, of the equilibrium put together from the exact one.
    times : steps[time], shape (n_times,).
    inside : distance[time], shape (n_times,), of the chain from equilibrium given the block it is in, summed over states and
        weighted by the blocks, from a start in the first state.
    between : distance[time], shape (n_times,), of the blocks' weights from their equilibrium, summed over blocks.
    exact : probability[state], shape (8,), equilibrium.
    together : probability[state], shape (8,), equilibrium put together from the parts.
    """

    params: NearDecomposabilityParams
    couplings: Floats
    curve: Floats
    times: NDArray[np.int64]
    inside: Floats
    between: Floats
    exact: Floats
    together: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def error(self) -> float:
        """Distance of the equilibrium put together from the exact one, summed over states."""
        return float(np.abs(self.together - self.exact).sum())


def _chain(name: str, value: ArrayLike) -> Floats:
    chain = np.asarray(value, dtype=float)
    if (
        chain.ndim != 2
        or chain.shape[0] != chain.shape[1]
        or (chain < 0).any()
        or not np.allclose(chain.sum(axis=1), 1)
    ):
        raise ValueError(
            f"{name} must be a square matrix of probabilities whose rows add up to 1, got shape {chain.shape}"
        )
    return chain


def equilibrium(chain: ArrayLike) -> Floats:
    """Return the stationary distribution of a chain that has one, probability[state], shape (n,).

    Solved as a linear system with one equation replaced by the sum; small probabilities keep their digits.
    """
    given = _chain("chain", chain)
    system = given.T - np.eye(len(given))
    system[-1] = 1
    return np.asarray(np.linalg.solve(system, np.eye(len(given))[-1]))


def coupled(chain: ArrayLike, blocks: Blocks, coupling: float) -> Floats:
    """Return the chain with its largest probability to leave a block scaled to `coupling`, probability[from, to].

    What is taken from moves between blocks goes in proportion to the moves within the block.
    """
    given = _chain("chain", chain)
    checks.number("coupling", coupling, low=0, high=1, open_high=True)
    within = _within(len(given), blocks)
    leaving = np.where(within, 0, given)
    scale = coupling / leaving.sum(axis=1).max()
    staying = np.where(within, given, 0)
    left = 1 - scale * leaving.sum(axis=1)
    return np.asarray(staying * (left / staying.sum(axis=1))[:, None] + scale * leaving)


def slowed(chain: ArrayLike, blocks: Blocks, pace: float) -> Floats:
    """Return the chain with all moves inside blocks slowed to a share `pace`, probability[from, to]; what is left out waits."""
    given = _chain("chain", chain)
    checks.number("pace", pace, low=0, high=1, open_low=True)
    moves = np.where(_within(len(given), blocks), pace * given, given)
    np.fill_diagonal(moves, 0)
    return np.asarray(moves + np.diag(1 - moves.sum(axis=1)))


def _within(states: int, blocks: Blocks) -> NDArray[np.bool_]:
    if sorted(state for block in blocks for state in block) != list(range(states)):
        raise ValueError(f"blocks must hold each of {states} states once, got {blocks!r}")
    label = np.empty(states, dtype=int)
    for at, block in enumerate(blocks):
        label[list(block)] = at
    return np.asarray(label[:, None] == label)


def _alone(chain: Floats, block: tuple[int, ...]) -> Floats:
    """The chain of one block that keeps on its diagonal what would leave it."""
    part = chain[np.ix_(block, block)]
    return np.asarray(part + np.diag(1 - part.sum(axis=1)))


def aggregated(chain: ArrayLike, blocks: Blocks) -> tuple[Floats, Floats]:
    """Return the equilibria of the blocks alone and the chain of blocks that follows from them (courtois1977).

    probability[state], shape (n,), adding up to 1 in each block, and probability[from, to], shape (n_blocks, n_blocks).
    A block alone keeps on its diagonal what would leave it.
    """
    given = _chain("chain", chain)
    _within(len(given), blocks)
    alone = np.zeros(len(given))
    for block in blocks:
        alone[list(block)] = equilibrium(_alone(given, block))
    member = np.array([[float(state in block) for state in range(len(given))] for block in blocks])
    return alone, np.asarray((member * alone) @ given @ member.T)


def recomposed(chain: ArrayLike, blocks: Blocks) -> Floats:
    """Return the equilibrium put together from parts, probability[state], shape (n,): block's weight times state's share."""
    alone, between = aggregated(chain, blocks)
    weight = equilibrium(between)
    whole = alone.copy()
    for at, block in enumerate(blocks):
        whole[list(block)] *= weight[at]
    return whole


def gap(chain: ArrayLike, blocks: Blocks) -> float:
    """Return how fast the slowest block settles alone: one minus the largest modulus of an eigenvalue but the first."""
    given, slow = _chain("chain", chain), 0.0
    for block in blocks:
        sizes = np.sort(np.abs(np.linalg.eigvals(_alone(given, block))))
        slow = max(slow, float(sizes[-2])) if len(sizes) > 1 else slow
    return 1 - slow


@lru_cache(maxsize=4)
def _system(system: System, seed: int) -> Floats:
    """Courtois's chain, or a random one with the same blocks in which every move is possible."""
    if system is System.COURTOIS:
        return COURTOIS
    rng = default_rng([seed, list(System).index(system)])
    within = _within(8, COURTOIS_BLOCKS)
    return np.asarray(
        _scaled(np.where(within, rng.exponential(size=(8, 8)) + 0.05, 0.001 * rng.exponential(size=(8, 8))))
    )


def _scaled(rates: Floats) -> Floats:
    return np.asarray(rates / rates.sum(axis=1, keepdims=True))


def _courses(chain: Floats, blocks: Blocks, exact: Floats) -> tuple[Floats, Floats]:
    """How far the chain is from equilibrium inside blocks and between them, at all times."""
    now, done = np.eye(len(chain))[0], 0
    inside, between = np.empty(len(TIMES)), np.empty(len(TIMES))
    for at, steps in enumerate(TIMES):
        now, done = now @ np.linalg.matrix_power(chain, int(steps - done)), steps
        weights = [now[list(block)].sum() for block in blocks]
        goals = [exact[list(block)].sum() for block in blocks]
        between[at] = np.abs(np.subtract(weights, goals)).sum()
        inside[at] = sum(
            float(np.abs(now[list(block)] - weight * exact[list(block)] / goal).sum())
            for block, weight, goal in zip(blocks, weights, goals, strict=True)
        )
    return inside, between


def solve(params: NearDecomposabilityParams) -> NearDecomposabilityResult:
    """Solve a chain whole and in parts."""
    chain = _system(params.system, params.drawing)
    cut = COURTOIS_BLOCKS if params.cut is Cut.RIGHT else SHIFTED_BLOCKS
    errors = []
    for one in CURVE:
        whole = coupled(chain, COURTOIS_BLOCKS, float(one))
        errors.append(float(np.abs(recomposed(whole, cut) - equilibrium(whole)).sum()))
    here = coupled(chain, COURTOIS_BLOCKS, params.coupling)
    exact = equilibrium(here)
    inside, between = _courses(here, COURTOIS_BLOCKS, exact)
    return NearDecomposabilityResult(
        params=params,
        couplings=CURVE,
        curve=np.array(errors),
        times=TIMES,
        inside=inside,
        between=between,
        exact=exact,
        together=recomposed(here, cut),
    )
