"""Pictures of a society that is taken for a person: who holds what, and what the pool of answers says."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.value_learning.society import SocietyResult

__all__ = ["curve_view", "people_view", "reading"]

REACH, TOP = 5.6, 132.0
BARS: Any = {"elinewidth": 1.4, "capsize": 0}
NAMES = (("C0", "people"), ("C2", "fit to each camp, 2 se"), ("C3", "fit to the pool, 2 se"))


def people_view(ax: Axes, result: SocietyResult) -> None:
    """Draw how many people hold which preference, the pooled fit and the fit to every camp."""
    ax.bar(result.theta, 100 * result.weight, width=0.5, color="C0", alpha=0.75, label="people (%)")
    low, high = result.fitted - 2 * result.fitted_error, result.fitted + 2 * result.fitted_error
    ax.axvspan(low, high, ymax=100 / TOP, color="C3", alpha=0.18, linewidth=0)
    ax.plot([result.fitted] * 2, [0, 100], color="C3", linewidth=2.2, label="_pool")
    ax.plot([result.mean] * 2, [0, 108], color="0.5", linestyle=":", linewidth=1.4, label="_mean")
    there = np.isfinite(result.camp_fitted)
    spots: Any = {"fmt": "D", "color": "C2", "markersize": 6, "label": "_camps", **BARS}
    ax.errorbar(
        result.camp_fitted[there], 100 * result.weight[there] + 5, xerr=2 * result.camp_error[there], zorder=4, **spots
    )
    for place, (color, words) in zip((-REACH, -2.9, REACH), NAMES, strict=True):
        ax.text(place, TOP - 2, words, color=color, fontsize=10, va="top", ha="right" if place > 0 else "left")
    ax.text(result.mean, 110, "mean", color="0.5", fontsize=10, ha="center", va="bottom")
    ax.set(xlim=(-REACH, REACH), ylim=(0, TOP), xticks=range(-4, 5, 2), yticks=(0, 50, 100))
    ax.set(xlabel="preference: log odds of yes", ylabel="people (%)")


def curve_view(ax: Axes, result: SocietyResult) -> None:
    """Draw the pooled fit against how strong the camps feel, exact and sampled, beside the mean preference."""
    ax.plot(result.strengths, result.curve_mean, color="0.5", linestyle=":", label="mean preference")
    ax.plot(result.strengths, result.curve, color="C3", label="pooled, exact")
    ax.errorbar(
        result.sampled, result.sampled_fitted, 2 * result.sampled_error, fmt="o", color="C1", markersize=4,
        label="pooled, sampled, 2 se", **BARS,
    )  # fmt: skip
    at: Any = {"linestyle": "none", "markersize": 8, "zorder": 5}
    ax.plot([result.params.strength], [result.exact], "o", color="C3", label="here", **at)
    ax.text(0.1, 4.9, "mean preference", color="0.5", fontsize=10, va="top")
    ax.text(0.1, 4.0, "pooled: exact", color="C3", fontsize=10, va="top")
    ax.text(0.1, 3.1, "pooled: sampled", color="C1", fontsize=10, va="top")
    ax.set(xlim=(-0.1, 5.1), ylim=(-0.6, 5.2), xticks=range(6), yticks=(0, 2, 4))
    ax.set(xlabel="how strongly the camps feel (log odds)", ylabel="log odds")


def reading(result: SocietyResult) -> str:
    """Say what the pool says, what people think, and how many of them think what the pool says."""
    asked = f"Pooled, {result.params.answers:,} answers read {_signed(result.fitted)} ± {2 * result.fitted_error:.2f}"
    exact = f"(exactly {_signed(result.exact)})"
    people = f"the mean preference is {_signed(result.mean)}"
    hold = f"{100 * result.holders:.0f} % of the people hold what the pool says"
    repair = f"the mean comes out at {_signed(result.repaired)} ± {2 * result.repaired_error:.2f}"
    return f"{asked} {exact} where {people}; {hold}. With camps known, {repair}."


def _signed(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "\N{MINUS SIGN}")
