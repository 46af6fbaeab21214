"""Pictures of the minority game: what crowds of printed agents do, and what the pattern tells of them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sysalign_lib.core.words import percent
from sysalign_lib.interpretability.minority_game import WORK, MinorityCurveResult, Start

__all__ = ["predictability_view", "reading", "volatility_view"]

NAMES = (
    (0.016, 420, "C0", "played"), (0.016, 150, "C2", "foretold from the tables"),
    (0.4, 420, "0.5", "closed form, endless game"), (0.4, 150, "k", "coins"),
)  # fmt: skip
TICKS = ((0.03, 0.1, 0.3, 1, 3), ("0.03", "0.1", "0.3", "1", "3"))


def volatility_view(ax: Axes, result: MinorityCurveResult) -> None:
    """Draw the volatility of the games with its error, what was foretold of it, coins, and the endless game."""
    ax.axhline(1, color="k", linewidth=1)
    _limit(ax, result, result.limit_volatility, (0.02, 60))
    ax.plot(
        result.alpha, result.foretold.mean(axis=1), "s--", color="C2", markersize=4, linewidth=1.2, label="foretold"
    )
    ax.errorbar(
        result.alpha, result.mean, 2 * result.error, fmt="o-", color="C0", markersize=4, elinewidth=1.2, label="played"
    )
    ax.plot(
        [result.alpha[result.at]], [result.mean[result.at]], "o", color="k", markerfacecolor="none", markersize=10, label="here"
    )  # fmt: skip
    for x, y, color, words in NAMES:
        ax.text(x, y, words, color=color, fontsize=10, va="center")
    ax.set_yscale("log")
    ax.set(ylim=(0.02, 900), ylabel="volatility (coins: 1)")
    ax.set_yticks((0.1, 1, 10), labels=("0.1", "1", "10"))
    ax.minorticks_off()


def predictability_view(ax: Axes, result: MinorityCurveResult) -> None:
    """Draw which share of the volatility the pattern tells, and the endless game."""
    told, error = _told(result)
    _limit(ax, result, 100 * result.limit_predictability / result.limit_volatility, (-3, 67))
    ax.errorbar(
        result.alpha, 100 * told, 200 * error, fmt="o-", color="C1", markersize=4, elinewidth=1.2, label="told by the pattern"
    )  # fmt: skip
    words = f"critical {result.critical_alpha:.3f}"
    ax.text(result.critical_alpha * 0.93, 64, words, color="0.5", fontsize=10, va="center", ha="right")
    ax.plot(
        [result.alpha[result.at]], [100 * told[result.at]], "o", color="k", markerfacecolor="none", markersize=10, label="here"
    )  # fmt: skip
    ax.set(ylim=(-3, 70), yticks=(0, 25, 50), ylabel="told by the pattern (%)")


def _limit(ax: Axes, result: MinorityCurveResult, values: NDArray[np.float64], reach: tuple[float, float]) -> None:
    """Draw the endless game, its critical point and the axis that both pictures share."""
    ax.plot(result.limit_alpha, values, color="0.5", linestyle=":", linewidth=2.2, label="closed form")
    ax.plot([result.critical_alpha] * 2, reach, color="0.5", linewidth=1)
    ax.set_xscale("log")
    ax.set(xlim=(0.014, 7.5), xlabel="patterns for each agent")
    ax.set_xticks(TICKS[0], labels=TICKS[1])
    ax.minorticks_off()


def reading(result: MinorityCurveResult) -> str:
    """Say how the crowd does beside coins, what was foretold from the tables, and how much of it the pattern tells."""
    p, at = result.params, result.at
    alpha, mean, told = float(result.alpha[at]), float(result.mean[at]), float(_told(result)[0][at])
    side = "above" if alpha > result.critical_alpha else "below"
    lead = "" if p.start is Start.LEVEL else f" and a first lead of {p.start.value} points"
    more = "worse than coins, which give 1" if mean > 1 else "better than coins, which give 1"
    who = f"{WORK['agents']} agents of {p.strategies} tables{lead}"
    error, games = 2 * result.error[at], result.volatility.shape[1]
    return (
        f"With {2**p.memory} patterns for {who} ({alpha:.2f} an agent, {side} the critical {result.critical_alpha:.2f}) "
        f"the crowd's volatility is {mean:.2f} \N{PLUS-MINUS SIGN} {error:.2f} (2 standard errors, {games} games), {more}; "
        f"{result.foretold[at].mean():.2f} was foretold from the tables, and the pattern tells {percent(told)} of the volatility."
    )


def _told(result: MinorityCurveResult) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the volatility[memory] that the pattern tells, and its standard error, as of a ratio of means over games."""
    share = np.minimum(result.predictability.mean(axis=1) / result.mean, 1.0)
    rest = result.predictability - share[:, None] * result.volatility
    return share, rest.std(axis=1, ddof=1) / np.sqrt(rest.shape[1]) / result.mean
