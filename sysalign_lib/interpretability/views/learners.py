"""Pictures of two learners: where a strategy went and where a forecast said it would go, and how far they are apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from sysalign_lib.core.words import percent
from sysalign_lib.interpretability.learners import LOST, SHOWN, SPAN, LearnersResult

__all__ = ["error_view", "reading", "triangle_view"]

LEGEND: Any = {
    "handlelength": 1.2,
    "handletextpad": 0.4,
    "columnspacing": 1.2,
    "borderaxespad": 0.0,
    "labelspacing": 0.25,
}
TALL = math.sqrt(3) / 2
MOVES = ("rock", "paper", "scissors")
DEEPER = 0.4  # inches by which the triangle, which has no axes, reaches into the room of their labels
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def triangle_view(ax: Axes, result: LearnersResult) -> None:
    """Draw the first player's strategy of late, and what the first of the forecasts had it do."""
    box = ax.get_position()
    down = DEEPER * ax.figure.dpi * box.height / ax.bbox.height
    ax.set_position((box.x0, box.y0 - down, box.width, box.height + down))
    ax.plot([0, 0.5, 1, 0], [0, TALL, 0, 0], color="0.5", linewidth=1.2)
    ax.plot([0.5], [TALL / 3], "+", color="0.5", markersize=9)
    for shares, color, style, marker, name in (
        (result.course, "C0", "-", "o", "truth"), (result.forecast, "C1", "--", "D", "forecast"),
    ):  # fmt: skip
        x, y = _corner(shares)
        ax.plot(x, y, style, color=color, linewidth=1.4, label=name)
        ax.plot(x[-1:], y[-1:], marker, color=color, markersize=7, label=f"{name} now")
    ax.text(-0.03, -0.01, MOVES[0], ha="right", va="bottom")
    ax.text(0.47, TALL + 0.01, MOVES[1], ha="right", va="center")
    ax.text(1.03, -0.01, MOVES[2], ha="left", va="bottom")
    ax.text(1.24, TALL, "truth", color="C0", ha="right", va="center")
    ax.text(1.24, TALL - 0.1, "forecast", color="C1", ha="right", va="center")
    words = f"the first player, the last {min(SHOWN, result.params.time):g} units of time"
    ax.text(0.5, -0.1, words, color="0.5", fontsize=10, ha="center", va="center")
    ax.set(xlim=(-0.1, 1.25), ylim=(-0.15, 0.9))
    ax.set(xlabel="scissors and half of paper (share)", ylabel="paper times 0.87 (share)")
    ax.axis("off")


def error_view(ax: Axes, result: LearnersResult) -> None:
    """Draw how far the forecasts are from the truth, on a logarithmic scale, beside a guess that knows nothing."""
    error, median, p = result.error, result.median, result.params
    ax.axhline(LOST, color="0.5", linestyle=":", linewidth=1.2)
    ax.text(0.01 * SPAN, 0.8 * LOST, f"above {LOST:g}: lost", color="0.5", fontsize=10, va="top")
    ax.fill_between(result.knots, error.min(axis=0), error.max(axis=0), color="C1", alpha=0.25, linewidth=0)
    ax.plot(result.knots, result.blind, color="C4", linewidth=1.2, label="guess: a third each")
    ax.plot(result.knots, median, color="C1", label=f"median of {p.copies} forecasts")
    ax.plot(result.knots[-1:], median[-1:], "D", color="C1", markersize=6, label="now")
    ax.set_yscale("log")
    ax.set(xlim=(0, 1.02 * SPAN), ylim=(1e-7, 60), yticks=(1e-6, 1e-4, 1e-2, 1))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticklabels(["10⁻⁶", "10⁻⁴", "0.01", "1"])
    ax.locator_params(axis="x", nbins=4)
    ax.set(xlabel="time since the start (units)", ylabel="off by (share)")
    ax.legend(handles=ax.get_lines()[1:3], loc="upper left", ncols=2, **LEGEND)


def reading(result: LearnersResult) -> str:
    """Say how far the forecasts are off, since when they are lost, and what stays known."""
    p, error = result.params, result.error[:, -1]
    lost = (
        f"has been lost since time {result.horizon:g}, when it was first off by more than a tenth"
        if math.isfinite(result.horizon)
        else "is not lost so far, never off by more than a tenth"
    )
    apart = 100 * np.abs(result.average - result.forecast_average).max()
    return (
        f"At time {p.time:g}, {p.copies} forecasts that began {_plain(p.gap)} off are {_plain(result.median[-1])} off (median; "
        f"{_plain(error.min())} to {_plain(error.max())}), the blind guess of a third each {_plain(result.blind[-1])}: the "
        f"forecast {lost}. Average play so far is {_play(result.average)}, and the first forecast has it right to "
        f"{max(0.1, apart):.1f} percentage points."
    )


def _corner(shares: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return shares[:, 2] + shares[:, 1] / 2, TALL * shares[:, 1]


def _play(shares: NDArray[np.float64]) -> str:
    words = [f"{percent(share)} {move}" for share, move in zip(shares, MOVES, strict=True)]
    return f"{words[0]}, {words[1]} and {words[2]}"


def _plain(value: float) -> str:
    """A number to two significant digits, below a thousandth with a power of ten as on the axis."""
    digits, power = f"{value:.1e}".split("e")
    if value >= 1e-3 or value <= 0:
        return f"{float(f'{value:.2g}'):g}"
    lead = "" if float(digits) == 1 else f"{float(digits):g} \N{MULTIPLICATION SIGN} "
    return f"{lead}10{str(int(power)).translate(RAISED)}"
