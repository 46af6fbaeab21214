"""Many parameter points to numbers, on any executor, with the same bits on each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray

from sysalign_lib.core import checks

__all__ = ["grid", "sweep"]

BLOCKS = 256  # at most so many tasks are scheduled; a task is a run of neighboring (point, repeat) pairs


def grid(params: Any, **axes: Sequence[Any]) -> list[Any]:
    """Return params at every combination of the values of some of their fields; the last axis moves fastest.

    Raises
    ------
    TypeError, ValueError : an axis that is no field of the params, or a value that they refuse; the message names it.
    """
    for name in axes:
        if name not in type(params).__dataclass_fields__:
            raise ValueError(f"{name} must be a parameter of {type(params).__name__}")
    return [replace(params, **dict(zip(axes, values, strict=True))) for values in product(*axes.values())]


def sweep(
    simulate: Callable[[Any, Generator], Any],
    measure: Callable[[Any], float],
    points: Sequence[Any],
    *,
    seed: int,
    repeats: int = 1,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float64]:
    """Run ``measure(simulate(point, rng))`` for every point, `repeats` times each.

    Parameters
    ----------
    simulate : a model; for worker processes it must be importable, so neither a lambda nor a nested function.
    measure : result to one finite number.
    points : the params, one entry a point.
    seed : non-negative; every (point, repeat) pair gets its own child of ``SeedSequence(seed)`` by position,
        before anything is scheduled, so the answer does not depend on the executor or on timing.
    repeats : independent runs of each point.
    executor : anything with ``submit`` in the sense of `concurrent.futures.Executor` (threads, processes, loky,
        ``dask.distributed.Client.get_executor()``); None runs here. The caller owns it.
    progress : called as ``progress(pairs_done, pairs_in_all)`` in the caller's thread, in order.

    Returns
    -------
    array, shape (n_points, repeats), float64.

    Raises
    ------
    TypeError, ValueError : a bad argument, by name, or a measure that is no finite number.
    RuntimeError : a run failed; the message names the point and repeat, the cause is chained.
    """
    checks.integer("seed", seed, low=0)
    checks.integer("repeats", repeats, low=1)
    if not callable(simulate):
        raise TypeError(f"simulate must be callable, got {simulate!r}")
    if not callable(measure):
        raise TypeError(f"measure must be callable, got {measure!r}")
    points = list(points)
    total = len(points) * repeats
    if total == 0:
        return np.empty((0, repeats))
    seeds = SeedSequence(seed).spawn(total)
    edges = np.linspace(0, total, min(BLOCKS, total) + 1).astype(int)
    blocks = [
        (simulate, measure, [(pair, points[pair // repeats], pair % repeats, seeds[pair]) for pair in range(low, high)])
        for low, high in pairwise(edges)
    ]
    values: list[float] = []
    if executor is None:
        done = (_run(*block) for block in blocks)
    else:
        futures = [executor.submit(_run, *block) for block in blocks]
        done = (future.result() for future in futures)
    try:
        for block_values in done:
            values.extend(block_values)
            if progress is not None:
                progress(len(values), total)
    except BaseException:
        if executor is not None:
            for future in futures:
                future.cancel()
        raise
    return np.array(values).reshape(len(points), repeats)


def _run(
    simulate: Callable[[Any, Generator], Any],
    measure: Callable[[Any], float],
    block: list[tuple[int, Any, int, SeedSequence]],
) -> list[float]:
    values = []
    for pair, point, repeat, seed in block:
        try:
            value = measure(simulate(point, default_rng(seed)))
            checks.number("measure(result)", value)
        except Exception as error:
            raise RuntimeError(f"sweep failed at pair {pair} (repeat {repeat} of {point!r}): {error}") from error
        values.append(float(value))
    return values
