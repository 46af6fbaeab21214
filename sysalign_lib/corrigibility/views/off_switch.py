"""Pictures of the off-switch game: the plane of beliefs with the robot sliding down it, and the window that closes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from sysalign_lib.corrigibility.off_switch import OffSwitchResult

__all__ = ["plane_view", "reading", "window_view"]

LEVELS = (-9.0, -0.1, -0.03, -1e-9, 0.03, 0.1, 9.0)  # a certain robot is indifferent to an overseer who never errs
FILLS = (("C3", 0.4), ("C3", 0.22), ("C3", 0.1), ("C2", 0.1), ("C2", 0.22), ("C2", 0.4))

LEGEND: Any = {"handlelength": 0.8, "handletextpad": 0.4, "columnspacing": 1.2, "borderaxespad": 0.0}


def plane_view(ax: Axes, result: OffSwitchResult) -> None:
    """Draw what waiting is worth at every belief, the predicted boundary, and the beliefs of a few simulated cases today."""
    mean, sigma, mu = result.params.prior_mean, result.sigma, result.plane_mu
    top = float(result.plane_sigma[-1])
    fills = [to_rgba(color, alpha) for color, alpha in FILLS]
    ax.contourf(mu, result.plane_sigma, result.plane_advantage, levels=LEVELS, colors=fills)
    line = np.where(result.boundary_sigma <= top, result.boundary_sigma, np.nan)
    ax.plot(mu, line, color="k", linewidth=1.4, label="predicted boundary")
    ax.plot([mean, mean], [result.path_sigma[0], sigma], color="C0", linewidth=2.5, zorder=3)
    kept = result.shown_waits
    here: Any = {"linestyle": "none", "markersize": 5.5}
    ax.plot(result.shown_mean[kept], np.full(kept.sum(), sigma), "o", color="C2", label="a case: waits", **here)
    ax.plot(result.shown_mean[~kept], np.full((~kept).sum(), sigma), "x", color="C3", label="does not", **here)
    ax.plot([mean], [sigma], "D", color="C0", label="estimate unmoved", **here)
    ax.text(0, 0.985 * top, "waiting pays", ha="center", va="top", color="C2")
    if result.params.beta > 0:
        ax.text(mu[-1], 0.005 * top, "disabling pays ", ha="right", va="bottom", color="C3")
    ax.set(xlim=(mu[0], mu[-1]), xlabel="robot's estimate (units of value)")
    ax.set(ylim=(0, 1.13 * top), ylabel="its doubt (units of value)")
    ax.locator_params(nbins=4)
    ax.legend(
        ax.get_lines()[2:], ["a case: waits", "does not", "estimate unmoved"], loc="upper center", ncols=3, **LEGEND
    )


def window_view(ax: Axes, result: OffSwitchResult) -> None:
    """Draw the share of cases in which the robot waits, predicted and simulated, up to today."""
    ax.plot(result.path_day, 100 * result.path_share, color="C0", label="predicted")
    ax.errorbar(
        result.sampled_day, 100 * result.sampled_share, 200 * result.sampled_error, fmt="o", color="C1", markersize=4.5,
        elinewidth=1.2, label="simulated, 2 std. errors",
    )  # fmt: skip
    closing = result.closing_day
    if 0 < closing <= result.horizon:
        ax.axvline(closing, ymax=0.8, color="0.5", linestyle=":")
        ax.text(
            closing + 0.012 * result.horizon, 88, f"unmoved: day {closing:.3g}", color="0.5", fontsize=10, va="center"
        )
    ax.set(xlim=(-1, 1.02 * result.horizon), ylim=(0, 128), yticks=(0, 50, 100))
    ax.locator_params(axis="x", nbins=4)
    ax.set(xlabel="days of learning", ylabel="robot waits (% of cases)")
    ax.legend(loc="upper right", ncols=2, **LEGEND)


def reading(result: OffSwitchResult) -> str:
    """Say how often the robot waits today, and when the switch closes."""
    params = result.params
    if params.beta == 0:
        return (
            f"{_when(params.day)} the robot waits in every case: an overseer who never errs is always worth waiting for, "
            "so the switch never closes."
        )
    return f"{_when(params.day)} the robot waits in {_percent(result.share)} of the cases{_seen(result)}. {_closing(result)}"


def _when(day: int) -> str:
    return "Before it learns" if day == 0 else f"After {day} day{'s' if day > 1 else ''} of learning"


def _percent(share: float) -> str:
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    if share < 0.001 or share > 0.999:
        return "less than 0.1 %" if share < 0.5 else "more than 99.9 %"
    return f"{100 * share:.1f} %"


def _seen(result: OffSwitchResult) -> str:
    exact = not result.sampled_error.any() or result.sampled_day[-1] != result.params.day
    return "" if exact else f" (simulated: {100 * result.sampled_share[-1]:.1f} %)"


def _closing(result: OffSwitchResult) -> str:
    mean, closing = result.params.prior_mean, result.closing_day
    who = f"A robot whose estimate stays at {mean:g}"
    if math.isinf(closing):
        return f"{who} never stops waiting."
    if closing == 0:
        return f"{who} does not wait even before it learns."
    return f"{who} {'stopped' if closing <= result.params.day else 'will stop'} waiting on day {closing:.3g}."
