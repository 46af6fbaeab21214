"""Sweep: the same bits on every executor, seeds by position, and errors that name the point."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from numpy.random import Generator, SeedSequence, default_rng

from sysalign_lib.core.sweep import BLOCKS, grid, sweep
from tests.page.toy import WalkParams

POINTS = [0.0, 0.5, 2.0]


def draw(point: float, rng: Generator) -> float:
    return point + rng.standard_normal()


def same(value: float) -> float:
    return value


def broken(point: float, rng: Generator) -> float:
    if point == 0.5:
        raise ZeroDivisionError("planted")
    return point


class OnlySubmit(Executor):
    """An executor with `submit` and nothing else, which runs what it is given in reverse order."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future, object, tuple]] = []

    def submit(self, function, /, *args):  # type: ignore[no-untyped-def, override]
        future = Backwards(self)
        self.waiting.append((future, function, args))
        return future


class Backwards(Future):
    def __init__(self, owner: OnlySubmit) -> None:
        super().__init__()
        self.owner = owner

    def result(self, timeout: float | None = None) -> object:
        while self.owner.waiting:
            future, function, args = self.owner.waiting.pop()
            future.set_result(function(*args))  # type: ignore[operator]
        return super().result(timeout)


def test_serial_is_what_it_says() -> None:
    seeds = SeedSequence(7).spawn(6)
    expected = [draw(POINTS[i // 2], default_rng(seeds[i])) for i in range(6)]
    np.testing.assert_array_equal(sweep(draw, same, POINTS, seed=7, repeats=2), np.reshape(expected, (3, 2)))


def test_threads_processes_and_out_of_order_give_the_same_bits() -> None:
    points = list(np.linspace(0, 1, 150))
    serial = sweep(draw, same, points, seed=3, repeats=3)
    assert serial.size > BLOCKS  # several pairs share a task
    with ThreadPoolExecutor(4) as threads:
        np.testing.assert_array_equal(sweep(draw, same, points, seed=3, repeats=3, executor=threads), serial)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        np.testing.assert_array_equal(sweep(draw, same, points, seed=3, repeats=3, executor=processes), serial)
    np.testing.assert_array_equal(sweep(draw, same, points, seed=3, repeats=3, executor=OnlySubmit()), serial)


def test_dask_gives_the_same_bits() -> None:
    distributed = pytest.importorskip("distributed")
    serial = sweep(draw, same, POINTS, seed=3, repeats=4)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        ours = sweep(draw, same, POINTS, seed=3, repeats=4, executor=client.get_executor())
    np.testing.assert_array_equal(ours, serial)


def test_global_random_state_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    sweep(draw, same, POINTS, seed=1)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_another_seed_is_another_answer() -> None:
    assert not np.array_equal(sweep(draw, same, POINTS, seed=1), sweep(draw, same, POINTS, seed=2))


def test_no_points_is_an_empty_table() -> None:
    assert sweep(draw, same, [], seed=1, repeats=3).shape == (0, 3)


def test_progress_counts_every_pair_once_and_in_order() -> None:
    seen: list[tuple[int, int]] = []
    sweep(draw, same, POINTS, seed=1, repeats=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(i, 6) for i in range(1, 7)]


def test_a_failing_point_is_named_and_its_cause_kept() -> None:
    with pytest.raises(RuntimeError, match=r"pair 1 \(repeat 0 of 0.5\): planted") as caught:
        sweep(broken, same, POINTS, seed=1)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_measure_that_is_no_number_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"measure\(result\) must be a number"):
        sweep(draw, str, POINTS, seed=1)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=r"measure\(result\) must be finite, got nan"):
        sweep(draw, lambda value: float("nan"), POINTS, seed=1)


@pytest.mark.parametrize(
    ("name", "value"), [("seed", -1), ("seed", 1.5), ("repeats", 0), ("simulate", 3), ("measure", None)]
)
def test_bad_arguments_are_named(name: str, value: object) -> None:
    arguments: dict = {"simulate": draw, "measure": same, "points": POINTS, "seed": 1, name: value}
    with pytest.raises((TypeError, ValueError), match=name):
        sweep(**arguments)


def test_a_grid_has_every_combination_and_the_last_axis_moves_fastest() -> None:
    points = grid(WalkParams(), drift=(0.0, 1.0), steps=(3, 4, 5))
    assert [(one.drift, one.steps) for one in points] == [(0.0, 3), (0.0, 4), (0.0, 5), (1.0, 3), (1.0, 4), (1.0, 5)]
    assert {one.noise for one in points} == {WalkParams().noise}


def test_a_grid_names_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="speed must be a parameter of WalkParams"):
        grid(WalkParams(), speed=(1, 2))
    with pytest.raises(ValueError, match=r"drift must be in \[-1, 1\], got 7"):
        grid(WalkParams(), drift=(0.0, 7.0))
