"""Noisy paths near the fold beside sdeint, and sliding-window indicators beside ewstools."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.harness import Bench
from sysalign_lib.corrigibility.early_warning import noisy_levels, rolling_autocorrelation, rolling_variance

__all__ = ["BENCHES"]

Floats = NDArray[np.float64]

FORCE, CEILING, NOISE, START = 2.5, 10.0, 0.1, 5.843404487333674
STEP, STEPS = 0.1, 1000  # 100 time units


def _shocks(paths: int) -> Floats:
    return np.sqrt(STEP) * np.random.default_rng(5).standard_normal((STEPS, paths))


def _all_at_once(shocks: Floats) -> Floats:
    forces = np.full((STEPS, 1), FORCE)
    return noisy_levels(np.full(shocks.shape[1], START), forces, NOISE * shocks, ceiling=CEILING, step=STEP)


def _path_by_path(shocks: Floats) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sdeint
    times, start, spread = np.linspace(0.0, STEP * STEPS, STEPS + 1), np.array([START]), np.array([[NOISE]])

    def pull(level: Floats, _time: float) -> Floats:
        square = level * level
        return level * (1 - level / CEILING) - FORCE * square / (1 + square)

    def push(_level: Floats, _time: float) -> Floats:
        return spread

    return np.column_stack([sdeint.itoEuler(pull, push, start, times, dW=column[:, None])[:, 0] for column in shocks.T])


def _same_paths(_shocks: Floats, ours: Floats, peer: Floats) -> str:
    gap = float(np.abs(ours - peer).max())
    assert gap < 1e-9, f"paths differ by {gap}"
    return f"paths agree within {gap:.0e}"


def _series(length: int) -> tuple[Floats, int]:
    """A first-order autoregression, and a window of a quarter of it."""
    shocks, series = np.random.default_rng(6).standard_normal(length), np.zeros(length)
    for n in range(1, length):
        series[n] = 0.8 * series[n - 1] + shocks[n]
    return series, length // 4


def _cumulative(data: tuple[Floats, int]) -> tuple[Floats, Floats]:
    return rolling_variance(*data), rolling_autocorrelation(*data)


def _window_by_window(data: tuple[Floats, int]) -> tuple[Floats, Floats]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ewstools
    series, window = data
    record = ewstools.TimeSeries(series)
    record.compute_var(rolling_window=window)
    record.compute_auto(rolling_window=window, lag=1)
    found: tuple[Floats, Floats] = (record.ews["variance"].to_numpy(), record.ews["ac1"].to_numpy())
    return found


def _same_indicators(data: tuple[Floats, int], ours: Any, peer: Any) -> str:
    """Both leave out the trend; ewstools fills the readings before the first whole window with NaN."""
    first = data[1] - 1
    gap = max(float(np.abs(own - theirs[first:]).max()) for own, theirs in zip(ours, peer, strict=True))
    assert gap < 1e-9, f"indicators differ by {gap}"
    return f"indicators agree within {gap:.0e}"


BENCHES: tuple[Bench, ...] = (
    Bench(
        name="noisy paths near the fold, 1,000 Euler-Maruyama steps",
        unit="paths",
        sizes=(16, 64, 256),
        prepare=_shocks,
        ours=_all_at_once,
        peer=_path_by_path,
        peer_name="sdeint.itoEuler",
        agree=_same_paths,
        at_least=20.0,
        judged=64,
    ),
    Bench(
        name="variance and lag-1 autocorrelation in a sliding window of a quarter of the series",
        unit="points",
        sizes=(500, 2000, 8000),
        prepare=_series,
        ours=_cumulative,
        peer=_window_by_window,
        peer_name="ewstools",
        agree=_same_indicators,
        at_least=500.0,
    ),
)
