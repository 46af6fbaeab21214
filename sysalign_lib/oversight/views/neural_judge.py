"""Picture of debates before a network: accuracy against pixels, every judge a dot, the published pairs beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.oversight.debate import PUBLISHED
from sysalign_lib.oversight.neural_judge import NeuralJudgeResult, Order, Stress

__all__ = ["reading", "view"]

SIDE_STEP = 0.14  # pixels between the dots of two series
NAMES = (
    (1.52, "C0", "debate: truth beats all nine lies"), (1.4, "C4", "the same, other side first"),
    (1.28, "0.5", "judge alone, random pixels"), (1.16, "k", "\N{BLACK DIAMOND}\N{WHITE DIAMOND} published, larger digits"),
)  # fmt: skip


def view(ax: Axes, result: NeuralJudgeResult) -> None:
    """Draw the mean over judges as lines, the judges as dots, the chosen judge as a ring and the published pairs."""
    series: Any = (("debate", result.debate, "C0", -1, "-"), ("other side first", result.other, "C4", 1, "--"),
                   ("judge alone", result.alone, "0.5", 0, "-"))  # fmt: skip
    for name, shares, color, side, style in series:
        ax.plot(result.sizes, shares.mean(axis=1), color=color, linestyle=style, label=f"{name} (mean)")
        places = np.repeat(result.sizes + side * SIDE_STEP, shares.shape[1])
        ax.plot(places, shares.ravel(), ".", color=color, markersize=4, alpha=0.7, label="_judges")
    chosen = result.debate[:, result.params.judge]
    ax.plot(result.sizes - SIDE_STEP, chosen, "o", color="C0", markerfacecolor="none", markersize=8, label="this judge")
    published = np.array([PUBLISHED[size] for size in sorted(PUBLISHED)])
    ax.plot(sorted(PUBLISHED), published[:, 1], "D", color="k", markersize=6, label="published debate")
    ax.plot(
        sorted(PUBLISHED),
        published[:, 0],
        "D",
        color="k",
        markerfacecolor="none",
        markersize=6,
        label="published alone",
    )
    ax.axvline(result.params.pixels, color="0.5", linestyle=":", linewidth=1.2)
    for height, color, words in NAMES:
        ax.text(1.5, height, words, color=color, fontsize=10, va="center")
    ax.set(xlim=(1.4, 8.6), ylim=(0, 1.6), xticks=result.sizes, yticks=(0, 0.25, 0.5, 0.75, 1))
    ax.set(xlabel="pixels shown", ylabel="share of images")


def reading(result: NeuralJudgeResult) -> str:
    """Say how often the truth wins, in either order, and what the judge does alone."""
    params, at = result.params, result.at
    shares = 100 * result.debate[at]
    spread = (
        f"six judges: {shares.min():.0f} to {shares.max():.0f} %; judge {params.judge}: {shares[params.judge]:.0f} %"
    )
    first, second = ("the honest one", "the liar") if params.order is Order.HONEST else ("the liar", "the honest one")
    where = {
        Stress.NONE: "",
        Stress.FREE: " if the lie is chosen at the end",
        Stress.SHIFTED: " about digits moved by a pixel",
    }
    return (
        f"With {params.pixels} pixels the truth wins {shares.mean():.1f} % of debates{where[params.stress]} ({spread}) when "
        f"{first} begins and {100 * result.other[at].mean():.1f} % when {second} does; "
        f"from random pixels the judges name {100 * result.alone[at].mean():.1f} %."
    )
