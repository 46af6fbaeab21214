"""Optima and walks on NK landscapes beside plain Python, and beside nkscape where it is installed (Python 3.12 or newer)."""

from __future__ import annotations

import random
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.random import default_rng

from benchmarks.models.harness import Bench
from sysalign_lib.oversight.nk import Reading, adaptive_walks, draw_landscapes, draw_neighbors, fitness_table, optima

K, WALKERS = 6, 3000
Problem = tuple[np.ndarray, np.ndarray]


def problem(n: int) -> Problem:
    """Tables and readers of one landscape."""
    rng = default_rng(n)
    return rng.random((1, n, 2 << K)), draw_neighbors(n, K, Reading.RANDOM, 1, rng)


def ours(data: Problem) -> int:
    """All worths, then all comparisons, axis by axis."""
    return int(optima(fitness_table(*data)).sum())


def worth_of(configuration: int, tables: list[list[float]], readers: list[list[int]]) -> float:
    """Worth of one configuration, part by part."""
    total = 0.0
    for part, table in enumerate(tables):
        setting = configuration >> part & 1
        for at, other in enumerate(readers[part]):
            setting |= (configuration >> other & 1) << (at + 1)
        total += table[setting]
    return total


def enumerated(data: Problem) -> int:
    """Every configuration beside its flips, as the definition says, in plain Python."""
    tables, readers = data[0][0].tolist(), data[1][0].tolist()
    n, count = len(tables), 0
    for configuration in range(1 << n):
        here = worth_of(configuration, tables, readers)
        count += all(here > worth_of(configuration ^ (1 << bit), tables, readers) for bit in range(n))
    return count


def remembered(data: Problem) -> int:
    """The same with every worth computed once and kept in a list."""
    tables, readers = data[0][0].tolist(), data[1][0].tolist()
    n = len(tables)
    worth = [worth_of(configuration, tables, readers) for configuration in range(1 << n)]
    return sum(all(worth[one] > worth[one ^ (1 << bit)] for bit in range(n)) for one in range(1 << n))


def agree(data: Problem, mine: int, theirs: int) -> str:
    """The same number of optima."""
    assert mine == theirs, (mine, theirs)
    return f"{mine} optima"


def hills(n: int) -> tuple[np.ndarray, np.ndarray]:
    """One landscape and the starts of all walkers."""
    rng = default_rng(n)
    return draw_landscapes(n, K, Reading.RANDOM, 1, rng), rng.integers(1 << n, size=WALKERS)


def together(data: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """All walkers at once."""
    worth, starts = data
    ends = adaptive_walks(worth, np.zeros(len(starts), dtype=int), starts, default_rng(0))
    return np.asarray(worth[0, ends])


def one_by_one(data: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """A walker after the other, with the worths in a list."""
    worth, n, dice = data[0][0].tolist(), int(data[0].shape[1]).bit_length() - 1, random.Random(0)
    ends = []
    for place in data[1].tolist():
        while better := [place ^ (1 << bit) for bit in range(n) if worth[place ^ (1 << bit)] > worth[place]]:
            place = dice.choice(better)
        ends.append(worth[place])
    return np.array(ends)


def as_high(data: object, mine: np.ndarray, theirs: np.ndarray) -> str:
    """Walks end as high on average, within five standard errors."""
    error = np.sqrt((mine.var() + theirs.var()) / WALKERS)
    assert abs(mine.mean() - theirs.mean()) < 5 * error + 1e-12
    return f"mean worth {mine.mean():.4f} and {theirs.mean():.4f}"


BENCHES: tuple[Bench, ...] = (
    Bench(
        name=f"optima of an NK landscape, K = {K}, its worths included", unit="decisions", sizes=(10, 12, 14), prepare=problem,
        ours=ours, peer=enumerated, peer_name="enumeration in plain Python", agree=agree, at_least=200,
    ),
    Bench(
        name=f"optima of an NK landscape, K = {K}, its worths included", unit="decisions", sizes=(10, 14, 18), prepare=problem,
        ours=ours, peer=remembered, peer_name="plain Python that remembers every worth", agree=agree, at_least=150, judged=14,
    ),
    Bench(
        name=f"{WALKERS:,} adaptive walks to an optimum, K = {K}", unit="decisions", sizes=(8, 11, 14), prepare=hills,
        ours=together, peer=one_by_one, peer_name="one walker after the other in plain Python", agree=as_high, at_least=10,
    ),
)  # fmt: skip


if find_spec("nkscape"):
    import nkscape

    PERIODS = 40  # after which their climbers stand still: nobody takes so many steps on 14 decisions

    def compiled(n: int) -> Any:
        """A landscape of theirs; ours is another draw of the same kind, for tables cannot be handed over."""
        return nkscape.Landscape.next_k(n, K, rng=n), problem(n)

    def counts(data: Any, mine: int, theirs: int) -> str:
        """Landscapes differ, so that only the size of both counts is compared."""
        assert 0.2 < mine / theirs < 5, (mine, theirs)
        return f"{mine} and {theirs} optima, on landscapes of their own"

    def theirs_and_ours(n: int) -> Any:
        """A landscape of theirs, and one of ours with the starts of all walkers."""
        return nkscape.Landscape.next_k(n, K, rng=n), hills(n)

    def climbers(data: Any) -> np.ndarray:
        """As many of their climbers, each taking the first better neighbor that it comes to."""
        agents = [nkscape.agents.HillClimber("first") for _ in range(WALKERS)]
        return np.asarray(nkscape.run(data[0], agents, periods=PERIODS, rng=1).fitness[:, -1])

    def alike(_data: object, mine: np.ndarray, theirs: np.ndarray) -> str:
        """Landscapes differ, so that mean worths may, by a tenth at most."""
        assert abs(mine.mean() - theirs.mean()) < 0.1, (mine.mean(), theirs.mean())
        return f"mean worth {mine.mean():.3f} and {theirs.mean():.3f}, on landscapes of their own"

    BENCHES += (
        Bench(
            name=f"optima of an NK landscape, K = {K}, beside compiled code", unit="decisions", sizes=(10, 14, 18),
            prepare=compiled, ours=lambda data: ours(data[1]), peer=lambda data: data[0].count_peaks(),
            peer_name="nkscape", agree=counts, at_least=0,
        ),
        Bench(
            name=f"{WALKERS:,} adaptive walks, K = {K}", unit="decisions", sizes=(8, 11, 14), prepare=theirs_and_ours,
            ours=lambda data: together(data[1]), peer=climbers, peer_name="nkscape", agree=alike, at_least=100,
        ),
    )  # fmt: skip
else:
    print("nkscape is not installed (it needs Python 3.12 or newer): its comparisons are left out")
