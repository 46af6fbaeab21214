"""Pictures of amplification: one tree of calls, right and wrong, and the chance of a right answer by depth."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sysalign_lib.core.words import percent
from sysalign_lib.oversight.amplification import DEEPEST, HORIZON, AmplificationResult

__all__ = ["curve_view", "reading", "tree_view"]

LEGEND: Any = {
    "handlelength": 1.2,
    "handletextpad": 0.4,
    "columnspacing": 1.2,
    "borderaxespad": 0.0,
    "labelspacing": 0.25,
}


def tree_view(ax: Axes, result: AmplificationResult) -> None:
    """Draw the first question's tree of calls, each call in the color of its answer."""
    depth, right = result.params.depth, result.tree >= 0.5
    row = np.repeat(np.arange(depth + 1), 2 ** np.arange(depth + 1))
    place = np.arange(len(row)) + 1 - 2**row
    x, y = 100 * (place + 0.5) / 2**row, depth - row
    above = (np.arange(1, len(row)) - 1) // 2
    for kept, color, width in ((right, "C2", 0.9), (~right, "C3", 1.9)):
        which = np.flatnonzero(kept[1:]) + 1
        ax.plot(*_links(x, y, which, above), color=color, linewidth=width, solid_capstyle="round")
    ax.plot(x[right & (row < depth)], y[right & (row < depth)], "o", color="C2", markersize=3)
    ax.plot(x[~right], y[~right], "X", color="C3", markersize=6, markeredgewidth=0)
    color, mark, word = ("C2", "o", "right") if right[0] else ("C3", "X", "wrong")
    ax.plot([50], [depth], mark, color=color, markersize=10, markeredgewidth=0)
    ax.text(55, depth + 0.05, word, color=color, va="bottom")
    for saved, size in ((result.saved[:1], 14), (np.append(0.0, result.saved[1:]), 6)):
        at = np.flatnonzero(saved >= 0.5)
        ax.plot(x[at], y[at], "o", color="C1", markersize=size, markerfacecolor="none", markeredgewidth=1.4)
    for place_of, tint, mark, words in ((1, "C3", "X", "wrong"), (22, "C1", "o", "wrong, but outvoted")):
        face = tint if mark == "X" else "none"
        ax.plot([place_of], [DEEPEST + 1], mark, color=tint, markersize=6, markerfacecolor=face)
        ax.text(place_of + 3, DEEPEST + 1, words, color="0.5", fontsize=10, va="center")
    ax.set(xlim=(-1, 101), ylim=(-0.25, DEEPEST + 1.3), yticks=range(0, DEEPEST + 1, 2), xticks=[])
    ax.set(xlabel=f"one worker's {2**depth} basic calls", ylabel="level of the call (doublings)")


def curve_view(ax: Axes, result: AmplificationResult) -> None:
    """Draw the chance of a right answer at every depth, in closed form and simulated, beside no vote and independent votes."""
    level = result.level
    ax.plot(level, 100 * result.plain, color="0.5", label="no vote")
    ax.plot(level, 100 * result.independent, color="C2", linestyle="--", label="votes share nothing")
    ax.plot(level, 100 * result.voted, color="C0", label="votes as set")
    ax.errorbar(
        level[: len(result.sampled)], 100 * result.sampled, 200 * result.sampled_error, fmt="o", color="C1", markersize=4.5,
        elinewidth=1.2, label="simulated, 2 std. errors",
    )  # fmt: skip
    ax.set(xlim=(-0.3, HORIZON + 0.3), ylim=(-3, 142), yticks=(0, 50, 100), xticks=range(0, HORIZON + 1, 3))
    ax.set(xlabel="depth (doublings)", ylabel="right answers (%)")
    ax.legend(loc="upper right", ncols=2, **LEGEND)


def reading(result: AmplificationResult) -> str:
    """Say how often an answer is right at this depth, and whether the votes hold at any depth."""
    p = result.params
    if p.error == 0:
        return f"Workers who never slip answer right in 100 % of cases at depth {p.depth}, and at any other."
    seen = "" if not result.sampled_error.any() else f" (simulated: {percent(result.sampled[-1])})"
    said = f"At depth {p.depth}, {_who(result)} are right in {percent(result.chance)} of cases{seen}"
    without = f"; without votes {percent(result.plain[p.depth])}" if p.votes > 1 else ""
    return f"{said}{without}. {_end(result)}"


def _links(
    x: NDArray[np.float64], y: NDArray[np.int64], which: NDArray[np.int64], above: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One broken line from every call in `which` to the call that made it."""
    parent, gap = above[which - 1], np.full(len(which), np.nan)
    return np.column_stack([x[which], x[parent], gap]).ravel(), np.column_stack([y[which], y[parent], gap]).ravel()


def _who(result: AmplificationResult) -> str:
    p = result.params
    if p.votes == 1:
        return f"single workers who slip {percent(p.error)} of the time"
    alike = "" if p.shared == 0 else f", all of one mind on {percent(p.shared)} of questions,"
    return f"{p.votes} voting workers who each slip {percent(p.error)} of the time{alike}"


def _end(result: AmplificationResult) -> str:
    if result.params.votes == 1:
        return "A single worker's errors double with every level, however rare they are: 0 % is where it ends."
    if result.threshold == 0:
        return "With so many questions of one mind, votes fail in the end however rare the slips are."
    limit = f"{100 * result.threshold:.2g} %"
    if result.params.error > result.threshold:
        return f"Depth would cost nothing only up to slips of {limit}."
    return f"Slips of up to {limit} are held at any depth: {percent(result.plateau)} stay right."
