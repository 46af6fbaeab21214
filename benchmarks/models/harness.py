"""The same work, ours beside the library a user would otherwise pick: answers checked, rounds interleaved, medians printed."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

ROUNDS = 5
SHORTEST = 0.02  # seconds; faster work is repeated within a round until it takes so long


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One comparison.

    name : the work, as it is printed. unit : what a size counts.
    sizes : three sizes or more, ascending; `prepare(size)` makes the data that both sides get.
    ours, peer : data to answer. peer_name : whom we measure ourselves against.
    agree : (data, ours, peer) to a short text that says how close the answers are; raises AssertionError where they differ.
    at_least : how many times faster ours must be at the size `judged` (the largest one unless given); 0 reports only.
    """

    name: str
    unit: str
    sizes: tuple[int, ...]
    prepare: Callable[[int], Any]
    ours: Callable[[Any], Any]
    peer: Callable[[Any], Any]
    peer_name: str
    agree: Callable[[Any, Any, Any], str]
    at_least: float
    judged: int | None = None

    def __post_init__(self) -> None:
        if len(self.sizes) < 3 or list(self.sizes) != sorted(set(self.sizes)):
            raise ValueError(f"sizes must be three or more, ascending, got {self.sizes!r}")
        if self.judged is not None and self.judged not in self.sizes:
            raise ValueError(f"judged must be one of {self.sizes}, got {self.judged!r}")


def seconds(work: Callable[[], Any], repeats: int) -> float:
    """Processor time of one call, averaged over `repeats`."""
    start = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - start) / repeats


def run(bench: Bench) -> bool:
    """Print one comparison; True if the ratio asked for was met."""
    print(f"\n{bench.name}, beside {bench.peer_name}", flush=True)
    judged, kept, ours_by_size = bench.judged or bench.sizes[-1], True, []
    for size in bench.sizes:
        data = bench.prepare(size)
        words = bench.agree(data, bench.ours(data), bench.peer(data))
        repeats = max(1, math.ceil(SHORTEST / max(seconds(lambda data=data: bench.ours(data), 1), 1e-6)))
        ours, peer = [], []
        for _ in range(ROUNDS):
            ours.append(seconds(lambda data=data: bench.ours(data), repeats))
            peer.append(seconds(lambda data=data: bench.peer(data), 1))
        ratios = [theirs / own for own, theirs in zip(ours, peer, strict=True)]
        ratio, asked = statistics.median(ratios), ""
        if size == judged and bench.at_least:
            kept = ratio >= bench.at_least
            asked = f"   asked >= {bench.at_least:g}   {'kept' if kept else 'BROKEN'}"
        ours_by_size.append(statistics.median(ours))
        times = f"ours {1000 * ours_by_size[-1]:>9.2f} ms   peer {1000 * statistics.median(peer):>10.1f} ms"
        spread = f"{ratio:>7.1f} times (range {min(ratios):.1f} to {max(ratios):.1f})"
        print(f"  {size:>9,} {bench.unit:<12} {times}   {spread}   {words}{asked}", flush=True)
    print(f"  time grows as size to the power {_slope(bench.sizes, ours_by_size):.2f}", flush=True)
    return kept


def _slope(sizes: Sequence[int], times: Sequence[float]) -> float:
    x, y = [math.log(one) for one in sizes], [math.log(one) for one in times]
    mean_x, mean_y = statistics.fmean(x), statistics.fmean(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)
