"""Picture of refreshed reward models: true value round by round, beside the model that is never refreshed."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.rlhf.refresh import ROUNDS, RefreshResult
from sysalign_lib.rlhf.views.overoptimization import signed

__all__ = ["reading", "rounds"]

LOW, HIGH = -6.0, 9.6


def rounds(ax: Axes, result: RefreshResult) -> None:
    """Draw the expected true value with and without refreshing, simulated trainings and the most there is."""
    at = np.arange(ROUNDS + 1)
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.plot(at, result.stale, "--", color="C3", label="never refreshed, expected")
    ax.plot(at, result.expected, color="C0", label="refreshed, expected")
    ax.errorbar(
        at, result.sampled, 2 * result.sampled_error, fmt="o", color="C0", markersize=4, elinewidth=1.2,
        label="refreshed, simulated, 2 std. errors",
    )  # fmt: skip
    fresh = at[: -1 : result.params.every]
    ax.plot(fresh, np.full(len(fresh), LOW + 0.25), "^", color="C2", markersize=6, label="_")
    if result.ceiling < HIGH:
        ax.axhline(result.ceiling, color="C2", linestyle=":", linewidth=1.6)
        ax.text(ROUNDS, result.ceiling + 0.15, "the most there is", color="C2", fontsize=10, ha="right", va="bottom")
    for place, words, color in ((0, "refreshed", "C0"), (4.2, "- - never", "C3"), (8.2, "▲ new reward model", "C2")):
        ax.text(place, HIGH - 0.1, words, color=color, fontsize=10, va="top")
    ax.set(
        xlim=(-0.4, ROUNDS + 0.4), ylim=(LOW, HIGH), xlabel="rounds of training", ylabel="true value (std. deviations)"
    )
    ax.set(xticks=(0, 4, 8, 12, 16), yticks=(-4, 0, 4, 8))


def reading(result: RefreshResult) -> str:
    """Say where training ends with and without refreshing, and how much of what was reached is kept."""
    p = result.params
    end, top, when = result.expected[-1], result.expected.max(), int(result.expected.argmax())
    seen = f" (simulated {signed(result.sampled[-1])} ± {2 * result.sampled_error[-1]:.2g} over {p.runs} trainings)"
    if not result.sampled_error.any():
        seen = ""
    who = (
        f"With one reward model from {p.ratings:,} ratings"
        if result.models == 1
        else f"With {result.models} reward models from {result.ratings_each:,.0f} ratings each"
    )
    course = "where it is highest" if when == ROUNDS else f"after a peak of {signed(top)} in round {when}"
    beside = "" if result.models == 1 else f"; never refreshed it ends at {signed(result.stale[-1])}"
    most = f" The most there is: {result.ceiling:.2f}." if math.isfinite(result.ceiling) else ""
    return f"{who}, the true value ends at {signed(end)}{seen}, {course}{beside}.{most}"
