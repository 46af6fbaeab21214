"""Elementary automata beside cellpylib: the same rows, cell for cell; and a shortcut beside our own simulation.

cellpylib (2.4) is called as its documentation calls it, a function asked for every cell, and with the memory of neighborhoods
that makes it fastest (`memoize=True`; its "recursive" one is slower on random rows). Both sides return all rows as an
array; both start from an array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.models.harness import Bench
from sysalign_lib.interpretability.automata import after, evolve, jump

RULE = 30
ROWS, FEW = 50, 5  # rows in all, the first included
LINEAR, WIDTH = 90, 1009


def row(width: int) -> np.ndarray:
    """A first row of fair coins."""
    return np.random.default_rng(width).integers(0, 2, width).astype(np.uint8)


def ours(start: np.ndarray) -> np.ndarray:
    """One whole number a row."""
    return evolve(start, RULE, ROWS - 1)


def ours_briefly(start: np.ndarray) -> np.ndarray:
    """The same for fewer rows."""
    return evolve(start, RULE, FEW - 1)


def cellpylib(start: np.ndarray, rows: int, memoize: bool) -> np.ndarray:
    """cellpylib's rows of the same rule."""
    try:
        import cellpylib as cpl
    except ImportError as error:
        raise SystemExit(f"this comparison needs cellpylib 2.4: {error}") from error

    def rule(neighborhood: Any, cell: int, time: int) -> int:
        return int(cpl.nks_rule(neighborhood, RULE))

    return np.asarray(cpl.evolve(start[None].astype(int), timesteps=rows, apply_rule=rule, memoize=memoize))


def remembered(start: np.ndarray) -> np.ndarray:
    """cellpylib at its fastest."""
    return cellpylib(start, ROWS, True)


def documented(start: np.ndarray) -> np.ndarray:
    """cellpylib as its documentation has it."""
    return cellpylib(start, FEW, False)


def agree(start: np.ndarray, mine: np.ndarray, peer: np.ndarray) -> str:
    """The rule leaves nothing to chance."""
    assert mine.shape == peer.shape, (mine.shape, peer.shape)
    assert (mine == peer).all()
    return f"all {mine.size:,} cells equal"


def steps_ahead(steps: int) -> tuple[np.ndarray, int]:
    """A first row and how far ahead to look."""
    return row(WIDTH), steps


def jumped(data: tuple[np.ndarray, int]) -> np.ndarray:
    """As many row operations as the number of steps has ones in binary."""
    return jump(data[0], LINEAR, data[1])


def stepped(data: tuple[np.ndarray, int]) -> np.ndarray:
    """All rows one after the other, the last one kept."""
    return after(data[0], LINEAR, data[1])


BENCHES = (
    Bench(
        name=f"Rule {RULE}, {ROWS} rows",
        unit="cells",
        sizes=(1000, 10_000, 100_000),
        prepare=row,
        ours=ours,
        peer=remembered,
        peer_name="cellpylib with memoize=True",
        agree=agree,
        at_least=100,
        judged=1000,
    ),
    Bench(
        name=f"Rule {RULE}, {FEW} rows",
        unit="cells",
        sizes=(1000, 3000, 10_000),
        prepare=row,
        ours=ours_briefly,
        peer=documented,
        peer_name="cellpylib as documented",
        agree=agree,
        at_least=100,
        judged=1000,
    ),
    Bench(
        name=f"Rule {LINEAR}, {WIDTH} cells, the row after so many steps",
        unit="steps",
        sizes=(1000, 10_000, 100_000),
        prepare=steps_ahead,
        ours=jumped,
        peer=stepped,
        peer_name="our own simulation, step by step",
        agree=agree,
        at_least=100,
    ),
)
