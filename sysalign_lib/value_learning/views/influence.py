"""Pictures of a planner that moves people: their ways toward its item, and how many it pushes at each horizon."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sysalign_lib.value_learning.influence import InfluenceResult, Values

__all__ = ["reading", "share_view", "taste_view"]


def taste_view(ax: Axes, result: InfluenceResult) -> None:
    """Draw a dozen people's ways toward the planner's item: left alone, preferring it at first, or turned."""
    kinds = (
        (~result.pushed, "0.5", "served as they are"),
        (result.pushed & result.consents, "C2", "preferred the item"),
        (result.pushed & ~result.consents, "C3", "turned toward it"),
    )
    for chosen, color, name in kinds:
        time, angle = _joined(result.time, result.angle[chosen])
        ax.plot(time, angle, color=color, linewidth=1.5)
        here = result.angle[chosen, -1]
        ax.plot(np.full(here.shape, result.time[-1]), here, "o", color=color, markersize=5, label=name)
    ax.set(xlim=_span(result), ylim=(-3, 118), yticks=(0, 30, 60, 90))
    ax.locator_params(axis="x", nbins=5, integer=True)
    ax.set(xlabel="steps", ylabel="from taste to item (degrees)")
    marks = ax.get_lines()[1::2]
    names = ["served", "preferred it", "turned"]
    ax.legend(marks, names, loc="upper center", ncols=3, columnspacing=1.2, handletextpad=0.2, borderaxespad=0.0)


def share_view(ax: Axes, result: InfluenceResult) -> None:
    """Draw the share of people who are pushed at each horizon, exact and simulated, over the share who preferred the item."""
    consent = np.full(result.horizon.shape, 100 * result.consent_share)
    ax.plot(result.horizon, consent, color="C2", linestyle="--", label="prefer it as they are")
    ax.plot(result.horizon, 100 * result.share, color="C0", label="pushed, exact")
    if result.seen_share.size:
        ax.errorbar(
            result.seen_horizon, 100 * result.seen_share, 200 * result.seen_error, fmt="o", color="C1", markersize=4.5,
            elinewidth=1.2, label="pushed, simulated",
        )  # fmt: skip
    here = result.params.horizon
    ax.plot([here], [100 * result.pushed_share], "D", color="C3", markersize=7, label="at this horizon")
    ax.text(result.horizon[-1], 118, "pushed", color="C0", ha="right", va="center")
    ax.text(0.72 * result.horizon[-1], 118, "prefer it as they are", color="C2", ha="right", va="center")
    ax.set(xlim=_span(result), ylim=(-4, 126), yticks=(0, 50, 100))
    ax.locator_params(axis="x", nbins=5, integer=True)
    ax.set(xlabel="steps planned ahead", ylabel="pushed (% of people)")


def _joined(time: NDArray[np.float64], ways: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Many ways as one line with gaps."""
    gap = np.full((len(ways), 1), np.nan)
    return np.tile(np.append(time, np.nan), len(ways)), np.hstack([ways, gap]).ravel()


def _span(result: InfluenceResult) -> tuple[float, float]:
    last = float(result.horizon[-1])
    return -0.02 * last, 1.03 * last


def reading(result: InfluenceResult) -> str:
    """Say how many people the planner pushes, and how many of them would not have chosen that."""
    return (
        f"{_pushes(result)} Dots: {result.params.people} simulated people."
        if result.seen_share.size
        else _pushes(result)
    )


def _pushes(result: InfluenceResult) -> str:
    params = result.params
    judged = f"Planning {_steps(params.horizon)} ahead and judging by {params.values.value}"
    plan = f"{judged}, it pushes {_percent(result.pushed_share)} of the people"
    if result.pushed_share == 0:
        return f"{plan}: at reward {params.reward:g} its item pays no more than serving people as they are."
    if params.values is Values.INITIAL:
        return f"{plan}: just those who prefer the item as they are. A longer plan changes nothing."
    if result.turned_share < 5e-4:
        return f"{plan}: just those who prefer the item as they are."
    turned = f"and {_percent(result.turned_share)} are turned"
    return f"{plan}; only {_percent(result.consent_share)} prefer its item as they are, {turned}."


def _steps(count: int) -> str:
    return f"{count} step{'s' if count > 1 else ''}"


def _percent(share: float) -> str:
    if 0.9995 <= share < 1:
        return "more than 99.9 %"
    return f"{100 * share:.1f} %" if share else "0 %"
