"""Pictures of performative retraining: the error that a weight earns among the people it makes, and where retraining goes."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.value_learning.performative import CoinResult, RetrainingResult

__all__ = ["course_view", "reading", "retraining_reading", "retraining_view", "risk_view"]

TOP, HIGH = 0.58, 0.34  # weights and errors shown


def risk_view(ax: Axes, result: CoinResult) -> None:
    """Draw the error of every weight among the people it makes, and the frozen, the stable and the optimal weight on it."""
    still, react = (np.where(risk < HIGH, risk, np.nan) for risk in (result.still_risk, result.risk))
    ax.plot(result.weight, still, color="0.5", linestyle="--", label="if nobody reacted")
    ax.plot(result.weight, react, color="k", label="people react")
    frozen, stable, optimal = result.risks
    points = (
        ("o", "0.5", result.frozen, frozen, "untouched people"),
        ("s", "C0", result.stable, stable, "stable"),
        ("D", "C1", result.optimal, optimal, "least error"),
    )
    for marker, color, weight, risk, name in points:
        ax.plot([weight], [risk], marker, color=color, markersize=7, label=name)
    ax.set(xlim=(0, TOP), ylim=(0.1, 0.42), yticks=(0.1, 0.2, 0.3), xticks=(0, 0.2, 0.4))
    ax.set(xlabel="weight of the feature in the score", ylabel="squared error")
    ax.legend(loc="upper right", ncols=2, columnspacing=1.0, handlelength=1.4, borderaxespad=0.0)


def course_view(ax: Axes, result: CoinResult) -> None:
    """Draw the weight that is deployed round after round: exact mean and band, simulated runs on them."""
    rounds = np.arange(len(result.mean))
    for weight, color in ((result.stable, "C0"), (result.optimal, "C1")):
        ax.axhline(weight, color=color, linestyle=":", linewidth=1.4)
    ax.fill_between(
        rounds, result.mean - 2 * result.spread, result.mean + 2 * result.spread, color="C0", alpha=0.18, linewidth=0
    )
    ax.plot(rounds, result.mean, color="C0", label="expected")
    if len(result.paths):
        ax.errorbar(
            rounds, result.paths.mean(axis=0), 2 * result.paths.std(axis=0), fmt="o", color="C4", markersize=4,
            elinewidth=1.2, label="simulated, mean",
        )  # fmt: skip
    last = rounds[-1]
    ax.set(xlim=(-0.02 * last, 1.02 * last), ylim=(-0.08, TOP + 0.02), yticks=(0, 0.2, 0.4))
    ax.locator_params(axis="x", nbins=5, integer=True)
    ax.set(xlabel="rounds of retraining", ylabel="weight deployed")


def retraining_view(ax: Axes, result: RetrainingResult) -> None:
    """Draw the number that is published round after round in the mean's world: exact mean and band, simulated runs on them."""
    rounds, params = np.arange(len(result.mean)), result.params
    if math.isfinite(result.stable):
        ax.axhline(result.stable, color="0.5", linestyle=":", label="stable point")
    ax.fill_between(
        rounds, result.mean - 2 * result.spread, result.mean + 2 * result.spread, color="C0", alpha=0.18, linewidth=0
    )
    ax.plot(rounds, result.mean, color="C0", label="expected")
    if len(result.paths):
        every = slice(None, None, max(1, params.rounds // 10))
        ax.errorbar(
            rounds[every], result.paths.mean(axis=0)[every], 2 * result.paths.std(axis=0)[every], fmt="o", color="C4",
            markersize=4, label="simulated",
        )  # fmt: skip
    ax.locator_params(nbins=5)
    ax.set(xlabel="rounds of retraining", ylabel="number published (units of the outcome)")


def reading(result: CoinResult) -> str:
    """Say where retraining settles, and what the better score would do to people."""
    return f"{_settles(result)} Dots: {len(result.paths)} simulated runs." if len(result.paths) else _settles(result)


def _settles(result: CoinResult) -> str:
    _, stable, optimal = result.risks
    if result.params.eps == 0:
        return (
            f"Nobody reacts: the weight {result.stable:.3g} is what people are, where retraining settles and what errs least "
            f"(squared error {optimal:.3f}). Here learning once is enough."
        )
    if result.params.mu == 0:
        return f"Retraining settles at weight 0: the feature tells nothing, and no weight errs less than {stable:.3g}."
    way = (
        "so as to make people easier to predict"
        if result.params.eps > 0
        else "because people defy what is claimed of them"
    )
    return (
        f"Retraining settles at weight {result.stable:.3f}, where the score is right about the people it made (squared error "
        f"{stable:.4f}). Weight {result.optimal:.3f} would err less ({optimal:.4f}): it claims {100 * result.claimed:.3g} % "
        f"where {100 * result.true:.3g} % is true, {way}."
    )


def retraining_reading(result: RetrainingResult) -> str:
    """Say where retraining in the mean's world goes."""
    params, last = result.params, result.mean[-1]
    start = f"From {params.start:g}, {_rounds(params.rounds)} of retraining lead to {last:.4g}"
    if not result.converges:
        return f"{start}: what a round leaves of the distance to rest is {abs(result.factor):.3g}, so nothing settles."
    return (
        f"{start}, on the way to {result.stable:.4g}; untouched people are at {params.mu:.4g}. A round leaves "
        f"{abs(result.factor):.3g} of the distance."
    )


def _rounds(count: int) -> str:
    return f"{count} round{'s' if count > 1 else ''}"
