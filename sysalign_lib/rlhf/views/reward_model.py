"""Pictures of a reward model: the margins it learned beside the true ones, and its ranking as comparisons come in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.rlhf.reward_model import RewardModelParams, RewardModelResult, cap

__all__ = ["margin_view", "ranking_view", "reading"]

LEGEND: Any = {
    "handlelength": 1.0,
    "handletextpad": 0.4,
    "columnspacing": 1.0,
    "borderaxespad": 0.0,
    "labelspacing": 0.25,
}
KINDS = (("C0", "o", "neither or both flatter"), ("C3", "s", "only the worse flatters"))
WIDEST = 256  # comparisons of a pair that the picture of the ranking spans at least


def margin_view(ax: Axes, result: RewardModelResult) -> None:
    """Draw learned margins over true ones: fits with two standard deviations, the exact limit, and a pair alone with its cap."""
    truth, params = result.true_margin, result.params
    spread, ceiling = params.spread, cap(params.error)
    ax.axhline(0, color="k", linewidth=0.8)
    ax.plot([0, spread], [0, spread], color="0.5", linestyle=":", linewidth=1.2)
    alone = "a pair alone" if math.isinf(ceiling) else f"a pair alone (at most {ceiling:.2f})"
    handles: list[Any] = ax.plot(truth, result.pair_margin, color="C4", linestyle="--", linewidth=1.4, label=alone)
    for kind in range(2 if params.bias else 1):
        color, marker, name = KINDS[kind]
        mean, bar = result.fitted_margin[kind], 2 * result.fitted_spread[kind]
        style: Any = {"fmt": marker, "color": color, "markersize": 4.0, "elinewidth": 1.0}
        handles.append(ax.errorbar(truth, mean, bar, label=f"{name}, fits", **style))
        here = np.isfinite(result.limit_margin[kind])
        limit = result.limit_margin[kind][here]
        ax.plot(truth[here], limit, color=color, linewidth=1.2, label=f"{name}, endless comparisons")
    ax.text(0.99 * spread, -0.68 * spread, "below 0: ranked wrong", fontsize=10, ha="right", va="bottom")
    ax.set(xlim=(0, 1.03 * spread), xlabel="true margin of the better answer (logits)")
    ax.set(ylim=(-0.7 * spread, 1.5 * spread), ylabel="learned margin (logits)")
    ax.locator_params(nbins=6)
    words = (
        [alone, "neither or both flatter", "only the worse flatters"] if params.bias else [alone, "fits, 2 std. dev."]
    )
    ax.legend(handles, words, loc="upper left", **LEGEND)


def ranking_view(ax: Axes, result: RewardModelResult) -> None:
    """Draw Kendall's tau over the number of comparisons: mean and range of the fits, and the exact limit."""
    at, tau = result.level, result.agreement
    low, high = tau.min(axis=0), tau.max(axis=0)
    ax.fill_between(at, low, high, color="C0", alpha=0.2, linewidth=0)
    ax.plot(at, tau.mean(axis=0), "o-", color="C0", markersize=4.5, label="mean of the fits")
    ax.plot(at, low, "_-", color="C0", linewidth=0.8, label="lowest fit")
    ax.plot(at, high, "_-", color="C0", linewidth=0.8, label="highest fit")
    limit, widest = result.limit_agreement, max(WIDEST, result.params.comparisons)
    color = "C2" if limit > 1 - 1e-9 else "C3"
    ax.plot([1, widest], [limit, limit], color=color, linestyle="--", linewidth=1.4, label="endless comparisons")
    ax.text(1, 1.07, f"endless comparisons: {limit + 0.0:.2f}", color=color, va="bottom")
    ax.set(xscale="log", xlim=(0.9, 1.1 * widest), xlabel="comparisons of each pair")
    ticks = [4**power for power in range(6) if 4**power <= widest]
    ax.set_xticks(ticks, [str(one) for one in ticks])
    ax.set_xticks([], minor=True)
    ax.set(ylim=(min(0.0, math.floor(10 * tau.min()) / 10), 1.25), yticks=(0, 0.5, 1), ylabel="rank agreement (tau)")


def reading(result: RewardModelResult) -> str:
    """Say how well the fits rank, how much they shrink margins, and what endless comparisons would change."""
    params, tau = result.params, result.agreement[:, -1]
    times = f"{params.comparisons} comparison{'s' if params.comparisons > 1 else ''}"
    return (
        f"After {times} of each pair, {_errors(params.error)}, the learned order agrees with the true one to "
        f"{_tau(tau.mean())} (Kendall's tau{_range(tau)}), and learned scores rise by {result.slope:.2f} per unit of the "
        f"true ones. {_endless(result)}"
    )


def _errors(error: float) -> str:
    return "none answered at random" if error == 0 else f"{100 * error:.3g} % answered at random"


def _tau(value: float) -> str:
    return "more than 0.99" if 0.995 <= value < 1 - 1e-9 else f"{round(value, 2) + 0.0:.2f}"


def _range(tau: np.ndarray) -> str:
    if len(tau) == 1:
        return ""
    low, high = _tau(tau.min()), _tau(tau.max())
    return f"; mean of {len(tau)} fits, " + (f"all {low}" if low == high else f"from {low} to {high}")


def _endless(result: RewardModelResult) -> str:
    limit, params = result.limit_agreement, result.params
    if limit > 1 - 1e-9:
        return f"Endless comparisons would bring it to 1{_despite(params)}."
    if params.error == 1:
        return f"Endless comparisons would leave it at {limit + 0.0:.0f}, since the answers say nothing."
    return (
        f"Endless comparisons would bring it to {_tau(limit)} only: the raters' shared bias of {params.bias:g} stays."
    )


def _despite(params: RewardModelParams) -> str:
    if params.bias:
        return f", since a shared bias of {params.bias:g} is too small to change the order"
    return ", since random errors do not change the order" if params.error else ""
