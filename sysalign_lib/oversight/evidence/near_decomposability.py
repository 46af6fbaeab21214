"""What nearly decomposable chains must reproduce, and what is claimed about them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.oversight.near_decomposability import (
    COURTOIS,
    COURTOIS_BLOCKS,
    SHIFTED_BLOCKS,
    NearDecomposabilityParams,
    aggregated,
    coupled,
    equilibrium,
    recomposed,
    slowed,
    solve,
)

__all__ = ["CLAIMS", "TARGETS"]

PI = (0.089283, 0.092758, 0.040488, 0.158533, 0.118938, 0.120385, 0.277795, 0.101819)
WEIGHTS = (0.22252, 0.27748, 0.50000)
ROOTS = (1.0, 0.9998, 0.998495, 0.750026)


def _target(name: str, value: float, tolerance: float, why: str, compute: Callable[[], float], place: str) -> Target:
    return Target(name=f"near decomposability: {name}", value=value, tolerance=tolerance, kind="exact", source="courtois1977",
                  place=place, why=why, compute=compute)  # fmt: skip


def _state(at: int) -> float:
    return float(equilibrium(COURTOIS)[at])


def _weight(at: int) -> float:
    return float(equilibrium(aggregated(COURTOIS, COURTOIS_BLOCKS)[1])[at])


def _root(at: int) -> float:
    return float(np.sort(np.linalg.eigvals(COURTOIS).real)[::-1][at])


def _largest() -> float:
    return float(np.abs(recomposed(COURTOIS, COURTOIS_BLOCKS) - equilibrium(COURTOIS)).max())


def _ratio(coupling: float, blocks: tuple[tuple[int, ...], ...] = COURTOIS_BLOCKS) -> float:
    """Error, summed over states, over the coupling."""
    chain = coupled(COURTOIS, COURTOIS_BLOCKS, coupling)
    return float(np.abs(recomposed(chain, blocks) - equilibrium(chain)).sum() / coupling)


def _cost(chain: np.ndarray) -> float:
    """Error, summed over states, with the right borders."""
    return float(np.abs(recomposed(chain, COURTOIS_BLOCKS) - equilibrium(chain)).sum())


def _waiting(coupling: float) -> float:
    """Error over the coupling if only moves between blocks are scaled, and waiting pays for it.

    Where there is not enough waiting to pay, time is taken in smaller steps, which no equilibrium notices.
    """
    label, ratio = np.repeat([0, 1, 2], [3, 2, 3]), coupling / 0.001
    moves = np.where(label[:, None] == label, COURTOIS, ratio * COURTOIS) / max(1, ratio)
    np.fill_diagonal(moves, 0)
    return _cost(moves + np.diag(1 - moves.sum(axis=1))) / coupling


TARGETS: tuple[Target, ...] = (
    *(_target(f"equilibrium of state {at + 1}", value, 5.5e-7, "rounding of the sixth decimal", partial(_state, at),
              "the 8 x 8 example, recomputed") for at, value in enumerate(PI)),
    *(_target(f"weight of block {at + 1}, from parts", value, 5.5e-6, "rounding of the fifth decimal", partial(_weight, at),
              "the 8 x 8 example, recomputed") for at, value in enumerate(WEIGHTS)),
    *(_target(f"eigenvalue {at + 1}", value, 5.5e-7, "rounding of the sixth decimal", partial(_root, at),
              "the 8 x 8 example, recomputed") for at, value in enumerate(ROOTS)),
    _target("largest error of a state", 8.4e-5, 5.5e-7, "rounding of the second digit", _largest,
            "the 8 x 8 example, recomputed"),
    *(_target(f"error over the coupling, coupling {coupling:g}", value, 5.5e-4, "rounding of the third decimal",
              partial(_ratio, coupling), "the 8 x 8 example, its coupling scaled")
      for coupling, value in ((1e-4, 0.279), (1e-3, 0.278))),
    *(_target(f"error over the coupling, coupling {coupling:g}, other moves left alone", value, 5.5e-4,
              "rounding of the third decimal", partial(_waiting, coupling), "the 8 x 8 example, moves between blocks scaled")
      for coupling, value in ((1e-4, 0.279), (1e-3, 0.278), (1e-2, 0.271), (1e-1, 0.220))),
)  # fmt: skip


def _linear() -> bool:
    ratios = [_ratio(coupling) for coupling in (1e-4, 1e-3, 1e-2)]
    return max(ratios) < 1.05 * min(ratios)


def _wrong_borders() -> bool:
    """With other borders the error stays as the coupling vanishes."""
    errors = [coupling * _ratio(coupling, SHIFTED_BLOCKS) for coupling in (1e-4, 1e-3)]
    return min(errors) > 0.05


def _fast_blocks() -> bool:
    """The example as it is, where blocks settle hundreds of times as fast as they are coupled."""
    return _cost(COURTOIS) < 0.0003


def _slow_blocks() -> bool:
    """Blocks slowed a hundredfold: the same weak coupling costs eighty times as much, what a strong one would."""
    slow = _cost(slowed(COURTOIS, COURTOIS_BLOCKS, 0.01))
    return slow > 70 * _cost(COURTOIS) and abs(slow - 0.1 * _waiting(0.1)) < 1e-12


def _settled(coupling: float) -> tuple[int, int]:
    """Steps after which less than a fiftieth is left inside blocks, and between them."""
    result = solve(NearDecomposabilityParams(coupling=coupling))
    inside, between = (int(result.times[int((course > 0.02).sum())]) for course in (result.inside, result.between))
    return inside, between


def _two_lives() -> bool:
    inside, between = _settled(1e-4)
    return between > 1000 * inside


def _one_life() -> bool:
    inside, between = _settled(0.5)
    return between < 10 * inside


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="near decomposability: weakly coupled parts may be settled first and joined later",
        section="3.4",
        statement="A system whose parts interact weakly can be decomposed and recomposed with a small error.",
        model="Markov chain of eight states in three blocks, exact",
        assumptions="the blocks settle by themselves faster than they exchange weight",
        holds="couplings up to .01: the error is .27 to .28 times the coupling",
        fails="borders one state off: an error above .05 however weak the coupling",
        verdict="holds in a window",
        in_holds=_linear,
        in_fails=_wrong_borders,
    ),
    Claim(
        name="near decomposability: weak coupling is enough",
        section="3.4",
        statement="Parts that interact weakly may be settled apart.",
        model="Courtois's chain of eight states in three blocks, exact",
        assumptions="right borders",
        holds="blocks that settle by themselves in a few steps: at coupling .001 the error is .0003 in all",
        fails="the same coupling and blocks a hundred times as slow: .022, what coupling .1 costs; only their ratio counts",
        verdict="holds in a window",
        in_holds=_fast_blocks,
        in_fails=_slow_blocks,
    ),
    Claim(
        name="near decomposability: parts come to rest long before the whole",
        section="3.4",
        statement="A decomposable system has two lives: a short one inside its parts and a long one between them.",
        model="Courtois's chain, distances from equilibrium at all times, exact",
        assumptions="a start in the first state; settled means that less than .02 is left",
        holds="coupling .0001: inside blocks after 16 steps, between them after some 200,000",
        fails="coupling .5: after 8 and 40 steps, so that there is hardly a time at which only the parts have settled",
        verdict="holds in a window",
        in_holds=_two_lives,
        in_fails=_one_life,
    ),
)
