"""Pictures of Condorcet's paradox: how often there is no winner by the number of people, and by that of options."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sysalign_lib.rlhf.cycles import Culture, CyclesResult

__all__ = ["options_view", "people_view", "reading"]

Floats = NDArray[np.float64]

BOUNDLESS = 240.0  # where the limit stands on the axis of people
TICKS = (0, 1, 5, 10, 25, 50, 100)
LEGEND: Any = {"handlelength": 1.2, "handletextpad": 0.4, "columnspacing": 1.0, "borderaxespad": 0.0}


def people_view(ax: Axes, result: CyclesResult) -> None:
    """Draw how often no option beats every other: counted, sampled with intervals, and in the limit."""
    ax.set_yscale("function", functions=(_root, np.square))
    ax.set(xscale="log", xlim=(2.6, 330), ylim=(0, 140), yticks=TICKS, yticklabels=[str(tick) for tick in TICKS])
    ax.plot(result.size, 100 * result.share, color="C0", label="counted")
    if len(result.sampled_size):
        share, low, high = (100 * one for one in (result.sampled_share, result.sampled_low, result.sampled_high))
        spread = np.maximum([share - low, high - share], 0)
        ax.errorbar(
            result.sampled_size, share, spread, fmt="o", color="C1", markersize=5, elinewidth=1.5, label="sampled (95 %)",
        )  # fmt: skip
    ax.plot([BOUNDLESS], [100 * result.limit], "D", color="C3", markersize=6, label="limit", clip_on=False)
    ax.set_xticks((3, 5, 11, 21, 51, 101, BOUNDLESS), ["3", "5", "11", "21", "51", "101", "limit"])
    ax.minorticks_off()
    ax.set(xlabel="people", ylabel="no winner (% of cases)")
    ax.legend(loc="upper left", ncols=3, **LEGEND)


def options_view(ax: Axes, result: CyclesResult) -> None:
    """Draw how the limit under impartial culture grows with the number of options."""
    at, here = result.many, int(result.params.options - result.many[0])
    ax.plot(at, 100 * result.many_limit, "o", color="C0", markersize=4, label="impartial, boundless crowd")
    ax.plot([at[here]], [100 * result.many_limit[here]], "o", color="k", markersize=11, fillstyle="none")
    ax.text(20, 4, "nothing in common, boundless crowd", ha="right", fontsize=10, color="C0")
    ax.set(xlim=(2, 21), ylim=(0, 105), xticks=(3, 5, 10, 15, 20), yticks=(0, 50, 100))
    ax.set(xlabel="options", ylabel="no winner (% of cases)")


def _root(value: Any) -> Any:
    return np.sqrt(np.maximum(value, 0))


# Words ------------------------------------------------------------------------------------------------------------


def reading(result: CyclesResult) -> str:
    """Say how often there is no winner among three people, in larger electorates and in the limit."""
    params = result.params
    start = f"{_culture(result)}, no option of {params.options} beats every other in {_percent(result.share[0])} of the cases"
    return f"{start} with 3 people{_large(result)}{_limit(result)}."


def _culture(result: CyclesResult) -> str:
    common = result.params.common
    if common == 0:
        return "If all rankings are equally likely"
    what = {
        Culture.SHARED: "have one ranking in common",
        Culture.AXIS: "see the options on one axis",
        Culture.CIRCLE: "have rankings that go round in a circle",
    }[result.params.culture]
    return f"If {'all' if common == 1 else f'{100 * common:g} % of the'} people {what}"


def _large(result: CyclesResult) -> str:
    size, share = int(result.size[-1]), result.share[-1]
    if not len(result.sampled_size) or size >= result.sampled_size[-1]:
        return f", {_percent(share)} with {size}"
    runs = result.params.runs
    sampled = f"{_percent(result.sampled_share[-1])} of {runs:,} sampled case{'s' if runs > 1 else ''}"
    return f", {_percent(share)} with {size}, and in {sampled} with {result.sampled_size[-1]:.0f}"


def _limit(result: CyclesResult) -> str:
    if result.limit in (0.0, 1.0):
        return f"; a boundless crowd {'always' if result.limit == 0 else 'never'} has a winner"
    return f"; {_percent(result.limit)} is the limit in a boundless crowd"


def _percent(share: float) -> str:
    if 1e-12 < share < 0.0005:
        return "less than 0.1 %"
    if 0.9995 < share < 1 - 1e-12:
        return "more than 99.9 %"
    return f"{round(100 * share, 1):g} %"
