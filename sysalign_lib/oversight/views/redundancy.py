"""Pictures of redundancy: the cobweb of majority gates, the level at which errors settle, and juries of every size."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from sysalign_lib.core.words import percent
from sysalign_lib.oversight.redundancy import Cause, JuryResult, RedundancyResult

__all__ = ["cobweb_view", "jury_reading", "jury_view", "level_view", "reading"]

LEGEND: Any = {
    "handlelength": 1.2,
    "handletextpad": 0.4,
    "columnspacing": 1.0,
    "borderaxespad": 0.0,
    "labelspacing": 0.25,
}
WIDEST = 30.0  # gate errors that are drawn, in percent
SIZES = (1, 3, 9, 33, 101)


def cobweb_view(ax: Axes, result: RedundancyResult) -> None:
    """Draw one stage's map, the diagonal, the predicted way through the stages and the bundle's steps."""
    top = 60.0 if max(result.params.start, float(result.sampled.max())) <= 0.58 else 102.0
    ax.plot([0, 100], [0, 100], color="0.5", linewidth=1)
    ax.plot(100 * result.grid, 100 * result.image, color="C0", label="after one stage")
    way = 100 * np.repeat(result.path, 2)
    ax.plot(way[:-1], np.append(0.0, way[2:]), color="C4", linewidth=1)
    ax.errorbar(
        100 * result.sampled[:-1], 100 * result.sampled[1:], 200 * result.sampled_error[1:], fmt="o", color="C1",
        markersize=4, elinewidth=1.2, label="simulated, 2 std. errors",
    )  # fmt: skip
    rest, kept = 100 * result.stable, result.params.gate_error < result.threshold
    ax.plot(
        [rest], [rest], "D", color="C2" if kept else "C3", markersize=8, zorder=4, label=f"at rest: {rest:.3g} % wrong"
    )
    ax.set(xlim=(0, top), ylim=(0, top), xlabel="wrong wires before (%)", ylabel="wrong wires after (%)")
    ax.locator_params(nbins=4)
    ax.legend(loc="upper left", **LEGEND)


def level_view(ax: Axes, result: RedundancyResult) -> None:
    """Draw the share of wrong wires that is left in the end, for every gate error, and where these gates stand."""
    limit, now = 100 * result.threshold, 100 * result.params.gate_error
    ax.plot(100 * result.level_gate, 100 * result.level_share, color="C2", label="wrong in the end")
    ax.plot([limit, WIDEST], [50, 50], color="C3")
    ax.plot([limit, limit], [0, 50], color="0.5", linestyle=":")
    ax.text(min(limit, WIDEST - 6), 53, f"threshold {limit:.3g} %", color="0.5", fontsize=10, ha="center", va="bottom")
    kept = result.params.gate_error < result.threshold
    ax.plot([now], [100 * result.stable], "D", color="C2" if kept else "C3", markersize=8, label="these gates")
    ax.set(xlim=(-0.5, WIDEST + 1), ylim=(0, 66), xticks=(0, 10, 20, 30), yticks=(0, 25, 50))
    ax.set(xlabel="gate error (%)", ylabel="wrong in the end (%)")


def reading(result: RedundancyResult) -> str:
    """Say where the bundle settles, and where the threshold lies."""
    p = result.params
    gates = f"{p.voters} voters a gate{_alike(p.shared)}" if p.voters > 1 else "a single wire a gate"
    seen = (
        "" if not result.sampled_error.any() else f" (simulated after {p.stages} stages: {percent(result.sampled[-1])})"
    )
    if p.gate_error == 0 and result.threshold == 0:
        return f"With {gates} and gates that never fail, {percent(p.start)} of the wires stay wrong for ever{seen}."
    if p.gate_error >= result.threshold:
        said = f"the bundle forgets: in the end 50 % of its wires are wrong{seen}"
    else:
        said = f"{percent(_end(result))} of the wires are wrong in the end{seen}, however many stages follow"
    fail = f"gates that fail {percent(p.gate_error)} of the time"
    return f"With {gates} and {fail}, {said}; the threshold is {percent(result.threshold)}."


def jury_view(ax: Axes, result: JuryResult) -> None:
    """Draw how often the majority is right by the size of the jury, for three causes, each with its limit."""
    end = 1.7 * float(result.size[-1])
    curves = (result.independent, result.common, result.bandwagon)
    for cause, curve, limit, color in zip(Cause, curves, result.limits, ("C2", "C0", "C4"), strict=True):
        own = cause is result.params.cause
        ax.plot(result.size, 100 * curve, color=color, linewidth=2.8 if own else 1.4, label=str(cause.value))
        ax.plot([result.size[-1], end], [100 * limit] * 2, color=color, linestyle=":", linewidth=2.8 if own else 1.4)
    ax.errorbar(
        result.size, 100 * result.sampled, 200 * result.sampled_error, fmt="o", color="C1", markersize=4.5, elinewidth=1.2,
        label="simulated, 2 std. errors",
    )  # fmt: skip
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ticks = [size for size in SIZES if size <= result.size[-1]]
    ax.set_xticks(ticks, labels=[str(size) for size in ticks])
    ax.text(0.95, 134, "dotted:\nlimit", color="0.5", fontsize=10, va="top")
    ax.set(xlim=(0.9, end), ylim=(0, 136), yticks=(0, 25, 50, 75, 100))
    ax.set(xlabel="voters", ylabel="majority is right (%)")
    ax.legend(loc="upper right", ncols=2, **LEGEND)


def jury_reading(result: JuryResult) -> str:
    """Say how often the largest jury is right, and what ever more voters would bring."""
    p = result.params
    law, seen = float(result.curve[-1]), float(result.sampled[-1])
    simulated = "" if not result.sampled_error.any() else f" (simulated: {percent(seen)} of {p.juries:,} juries)"
    who = "1 voter is" if p.voters == 1 else f"a majority of {p.voters} voters is"
    return (
        f"If each voter is right {percent(p.skill)} of the time and {_cause(result)}, {who} right in "
        f"{percent(law)} of cases{simulated}; ever more voters bring {percent(result.limit)}."
    )


def _cause(result: JuryResult) -> str:
    p = result.params
    if p.cause is Cause.NONE or p.correlation == 0:
        return "nothing makes them agree"
    how = "share a cause" if p.cause is Cause.COMMON else "follow each other"
    return f"they {how} so that any two votes correlate by {p.correlation:g}"


def _alike(shared: float) -> str:
    return "" if shared == 0 else f", of one mind at {percent(shared)} of the gates,"


def _end(result: RedundancyResult) -> float:
    """Where the bundle goes from its start."""
    start = result.params.start
    return 0.5 if start == 0.5 else result.stable if start < 0.5 else 1 - result.stable
