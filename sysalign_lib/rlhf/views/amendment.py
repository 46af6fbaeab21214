"""Pictures of the amended constitution: the map of when to adapt and when to commit, and the course of people and rules."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sysalign_lib.rlhf.amendment import RULES, AmendmentResult
from sysalign_lib.rlhf.views.tracking import tick

__all__ = ["course_view", "map_view", "reading"]

LEFT, RIGHT, TOP = 0.003, 3.0, 0.225  # drifts and influences that the map spans
FILL: Any = {"linewidth": 0, "alpha": 0.18}


def map_view(ax: Axes, result: AmendmentResult) -> None:
    """Draw which rule costs less at every drift and influence, the exact boundary, and the reader's point."""
    edge = np.clip(result.map_drift, LEFT / 10, 10 * RIGHT)
    ax.set(xscale="log", xlim=(LEFT, RIGHT), ylim=(0, TOP))
    ax.fill_betweenx(result.map_influence, edge, 10 * RIGHT, color="C0", **FILL)
    ax.fill_betweenx(result.map_influence, LEFT / 10, edge, color="C1", **FILL)
    shown = np.where((edge > LEFT) & (edge < RIGHT), edge, np.nan)
    ax.plot(shown, result.map_influence, color="k", linewidth=1.4, label="influence at which both cost the same")
    if result.map_drift[2] < 0.35 * RIGHT:
        ax.text(0.94 * RIGHT, 0.006, "adapt", color="C0", ha="right")
    if result.map_drift[20] > 3 * LEFT:
        ax.text(1.1 * LEFT, 0.207, "commit", color="C1")
    p = result.params
    color = "0.5" if result.one_rule else ("C0" if result.saved > 0 else "C1")
    ax.plot([p.drift], [p.influence], "D", color=color, markersize=9, clip_on=False, zorder=4, label="your influence")
    ax.set(xlabel="people's own drift (variance a step)", ylabel="influence of the rule (a step)")
    ax.xaxis.set_major_locator(FixedLocator((0.01, 0.1, 1.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(tick))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_yticks([0, 0.1, 0.2])


def course_view(ax: Axes, result: AmendmentResult) -> None:
    """Draw where people and rules go: exact means, the middle two thirds of societies, and the simulated means."""
    for which, color in ((0, "C1"), (1, "C0")):
        name, mean, spread = RULES[which], result.value_mean[which], result.value_spread[which]
        ax.fill_between(result.time, mean - spread, mean + spread, color=color, **FILL)
        ax.plot(result.time, mean, color=color, label=f"people under the {name} rule: exact")
        if result.seen_time.size:
            ax.errorbar(
                result.seen_time, result.seen_value[which], 2 * result.seen_value_error[which], fmt="o", color=color,
                markersize=4, elinewidth=1.2, label=f"people under the {name} rule: simulated",
            )  # fmt: skip
    ax.plot(result.time, result.rule_mean[1], "--", color="C0", linewidth=1.4, label="adapting rule: exact")
    for height, words, color in (
        (10.6, "people, rule adapts", "C0"),
        (9.0, "- - the adapting rule", "C0"),
        (7.4, "people, rule fixed", "C1"),
    ):
        ax.text(0.01 * result.params.steps, height, words, color=color, fontsize=10)
    ax.text(0.01 * result.params.steps, -3.2, "bands: two thirds of societies", color="0.5", fontsize=10)
    ax.set(xlim=(0, 1.02 * result.params.steps), ylim=(-3.5, 12.4), yticks=(0, 5, 10))
    ax.set(xlabel="steps", ylabel="mean value (units)")
    ax.locator_params(axis="x", nbins=4)


def reading(result: AmendmentResult) -> str:
    """Say which rule costs less, by what parts, and how far the adapting one has moved people and will move them."""
    p, cost = result.params, result.cost
    when = f"over {p.steps} steps" if p.steps > 1 else "in the first step"
    if result.one_rule:
        return f"Both rules are one here: {when} each costs {_size(cost[0])} a step, and people move by {_size(result.drag)}."
    parts = [
        f"{_size(cost[which])} a step ({_size(result.tracking[which])} for being off people's values, "
        f"{_size(p.weight * result.shift[which])} for having moved them)"
        for which in (1, 0)
    ]
    verdict = "Adapt" if result.saved > 0 else "Commit"
    return f"{verdict}: {when} the adapting rule costs {parts[0]}, the fixed one {parts[1]}. {_moved(result)}."


def _moved(result: AmendmentResult) -> str:
    if result.params.influence == 0:
        return f"Without influence people's mean moves by {_size(result.drag)}{_seen(result)}"
    ends = "and nothing ever stops them" if math.isinf(result.end) else f"and by {_size(result.end)} in the end"
    return f"The adapting rule has moved people's mean by {_size(result.drag)}{_seen(result)}, {ends}"


def _seen(result: AmendmentResult) -> str:
    if not result.seen_time.size:
        return ""
    mean, error = result.seen_value[1, -1], 2 * result.seen_value_error[1, -1]
    return f" (in {result.params.runs} runs: {_size(mean)} ± {_size(error)})"


def _size(value: float) -> str:
    return f"{float(f'{value:.3g}') + 0.0:g}" if abs(value) >= 0.0005 else "0"
