"""Pictures of the misread circuit: what it does, what is predicted, where they differ, and what coupling has to do with it."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sysalign_lib.core.words import percent
from sysalign_lib.interpretability.boolean_transparency import (
    COUPLED,
    LEVELS,
    SHOWN,
    CircuitResult,
    CouplingResult,
    foresight,
)

__all__ = ["coupling_reading", "coupling_view", "error_view", "raster_view", "reading"]

BAND = SHOWN + 5  # rows from one raster to the next
THICK = 2.5  # points, a row
FLOOR, TOP = 0.03, 300.0  # percent
MARGIN = 0.2  # inputs
TOLERATED = 0.1


def raster_view(ax: Axes, result: CircuitResult) -> None:
    """Draw a window of the first network: the circuit, the copy that its interpreter runs, and where they differ."""
    steps, wrong = result.params.steps, result.truth != result.read
    rasters = (
        (result.truth, "k", "what the circuit does"), (result.read, "C0", "what its interpreter predicts"),
        (wrong, "C3", f"where they differ: {_share(wrong[:, 1:])} this window"),
    )  # fmt: skip
    for place, (states, color, words) in enumerate(rasters):
        top = -place * BAND
        ax.plot(*_lines(states, top), color=color, linewidth=THICK, solid_capstyle="butt")
        ax.text(0.0, top + 1.0, words, color=color, fontsize=10, va="bottom")
    for look in _looks(result):
        ax.axvline(look + 0.5, color="0.5", linewidth=0.8, linestyle=":")
    ax.set(xlim=(-0.5, steps + 0.5), ylim=(-3 * BAND + 4.5, 4.5), yticks=())
    ax.set(xlabel="step", ylabel=f"{SHOWN} of {result.params.nodes:,} nodes")
    ax.locator_params(axis="x", nbins=5)


def error_view(ax: Axes, result: CircuitResult) -> None:
    """Draw the share of wrong states step by step: the lemma, networks on top of it, and who has only counted habits."""
    step = np.arange(result.params.steps + 1)
    low, high = result.error - 2 * result.error_se, result.error + 2 * result.error_se
    ax.fill_between(step, 100 * low, 100 * high, color="C1", alpha=0.3, linewidth=0)
    ax.plot(step, 100 * result.habit, color="C4", linewidth=1.4, linestyle="--", label="habits counted")
    ax.plot(step, 100 * result.error, color="C1", label=f"{result.params.nets} networks, 2 se")
    ax.plot(step, 100 * result.law, color="C0", linewidth=1.4, label="lemma")
    end, last = 100 * result.long_run, result.params.steps
    ax.plot([0, last], [end, end], color="0.5", linewidth=1.4, linestyle=":", label="never looking again, in the end")
    told = (
        (0.0, 99, "C1", f"{result.params.nets} networks, 2 std. errors"), (1.0, 99, "C4", "habits counted"),
        (0.0, 85, "C0", "lemma"), (1.0, 85, "0.5", "never looking, in the end"),
        (0.0, 71, "k", f"a small error is multiplied by {result.sensitivity:.3g} a step"),
    )  # fmt: skip
    for side, height, color, words in told:
        ax.text(
            last * (0.01 + 0.99 * side),
            height,
            words,
            color=color,
            fontsize=10,
            va="top",
            ha="right" if side else "left",
        )
    ax.set(xlim=(-0.5, last + 0.5), ylim=(-2, 100), yticks=(0, 25, 50), xlabel="step", ylabel="states wrong (%)")
    ax.locator_params(axis="x", nbins=5)


def reading(result: CircuitResult) -> str:
    """Say how much is predicted wrong late in the run, beside the lemma and beside counting habits."""
    p = result.params
    told = f"With {_inputs(p.inputs)} per node and {100 * p.transparency:g} % of table entries read right"
    looks = "" if p.look_every == 0 else f", and a look at the state {_every(p.look_every)}"
    counted = (
        "" if np.isnan(result.habit).any() else f"; who only counts habits errs in {percent(1 - result.performance[2])}"
    )
    drawn = f"{p.nets} networks of {p.nodes:,} nodes; " if len(result.truth) else ""
    return (
        f"{told}{looks}, {percent(result.late)} of states are predicted wrong in the second half of {p.steps} steps ({drawn}by "
        f"the lemma below {percent(_late_law(result))}){counted}. {_horizon(result)}"
    )


def coupling_view(ax: Axes, result: CouplingResult) -> None:
    """Draw the error in the long run against inputs, for several transparencies, and where errors start to spread."""
    left, right, edge = 0.1, COUPLED + MARGIN, min(result.critical, COUPLED + MARGIN)
    ax.axvspan(left, edge, color="C2", alpha=0.1, linewidth=0)
    ax.axvspan(edge, right, color="C3", alpha=0.1, linewidth=0)
    for level, curve in zip(LEVELS, result.levels, strict=True):
        mine = level == result.params.transparency
        ax.text(
            0.92,
            100 * curve[0],
            f"{100 * level:g} %",
            color="C0" if mine else "0.5",
            fontsize=10,
            va="center",
            ha="right",
        )
        if not mine:
            ax.plot(result.grid, 100 * curve, color="0.5", linewidth=1.0, label=f"{100 * level:g} % read right")
    own = f"{100 * result.params.transparency:g} % read right"
    ax.plot(result.grid, 100 * result.law, color="C0", label=f"{own}, lemma")
    if result.params.look_every == 0 and result.unread.any():
        left_over = np.where(result.unread > 0, 100 * result.unread, np.nan)
        ax.plot(result.grid, left_over, color="C4", linestyle=":", label="almost nothing misread")
        ax.text(right - 0.05, 1.2 * FLOOR, "dotted: almost nothing misread", color="C4", fontsize=10, ha="right")
    ax.errorbar(
        result.inputs, np.maximum(100 * result.error, FLOOR), 200 * result.error_se, fmt="o", color="C1", markersize=5,
        elinewidth=1.4, label=f"{own}, {result.params.nets} networks",
    )  # fmt: skip
    ax.text(left + 0.05, 0.9 * TOP, "errors fade", color="C2", fontsize=10, va="top")
    if result.critical < right:
        ax.text(right - 0.05, 0.9 * TOP, "errors spread", color="C3", fontsize=10, va="top", ha="right")
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set_yticks((0.1, 1, 10, 100), labels=("0.1", "1", "10", "100"))
    ax.set(xlim=(left, right), ylim=(FLOOR, TOP), xticks=range(1, COUPLED + 1))
    ax.set(xlabel="inputs per node", ylabel="states wrong, long run (%)")


def coupling_reading(result: CouplingResult) -> str:
    """Say from how many inputs on errors spread, and what is predicted wrong below and above."""
    p, law = result.params, result.at_inputs
    looks = "in the long run" if p.look_every == 0 else f"with a look at the state {_every(p.look_every)}"
    places = (0, 1, COUPLED - 1)
    seen = f"; {p.nets} networks of {p.nodes:,} nodes: {', '.join(percent(result.error[at]) for at in places)}"
    return (
        f"With {100 * p.transparency:g} % of table entries read right and {percent(p.bias)} of them ones, {_spreading(result)}; "
        f"{looks}, {percent(law[0])} of states are predicted wrong with {_inputs(1)} per node, {percent(law[1])} with 2 and "
        f"{percent(law[-1])} with {COUPLED} (by the lemma{seen if result.error_se.any() else ''})."
    )


def _lines(states: NDArray[np.bool_], top: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the runs of neighbors that are on, row by row downward, with a gap after each."""
    edges = np.diff(np.pad(states.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, start = np.nonzero(edges == 1)
    end = np.nonzero(edges == -1)[1]
    x = np.column_stack([start - 0.5, end - 0.5, np.full(len(row), np.nan)])
    return x.ravel(), np.repeat(top - row - 0.5, 3)


def _share(wrong: NDArray[np.bool_]) -> str:
    """How much of a window is wrong, in words."""
    return f"{percent(wrong.mean())} of" if wrong.any() else "nowhere in"


def _looks(result: CircuitResult) -> range:
    every = result.params.look_every
    return range(every, result.params.steps, every) if every else range(0)


def _late_law(result: CircuitResult) -> float:
    return float(result.law[result.late_from :].mean())


def _inputs(inputs: float) -> str:
    return f"{inputs:g} input" + "s" * (inputs != 1)


def _every(steps: int) -> str:
    return "after every step" if steps == 1 else f"every {steps} steps"


def _horizon(result: CircuitResult) -> str:
    p = result.params
    steps = foresight(p.inputs, p.transparency, p.bias, TOLERATED)
    look = "After a look" if p.look_every else "After the look at the start"
    if steps == 0:
        return f"{look}, more than {percent(TOLERATED)} of the very next step is wrong."
    if math.isinf(steps):
        return f"Without another look the error would stay at {percent(TOLERATED)} or less for ever."
    count = "1 step" if steps == 1 else f"{steps:.0f} steps"
    return f"{look}, the error stays at {percent(TOLERATED)} or less for {count}."


def _spreading(result: CouplingResult) -> str:
    if math.isinf(result.critical):
        return "errors never spread"
    where = f"above {result.critical:.3g} inputs per node"
    return f"errors spread {where}" if result.critical < COUPLED else f"errors would spread {where} only"
