"""Pictures of utility indifference: what each influence on the button is worth, and what keeping it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from sysalign_lib.corrigibility.indifference import INFLUENCES, IndifferenceResult

__all__ = ["gains", "keeping", "reading"]

NAIVE, PAID = "C1", "C0"
DEEDS = ("prevent the press", "cause the press", "preserve the button", "have the press fall on bad news")
NAMES = ("prevent press", "cause press", "keep button", "time press")


def gains(ax: Axes, result: IndifferenceResult) -> None:
    """What each influence on the button gains each agent, exact and from imagined runs, beside its cost."""
    place = range(len(INFLUENCES))
    cost = result.params.disable_cost
    naive, paid = result.expected_gain
    ax.plot(place, naive, "_", color=NAIVE, markersize=34, markeredgewidth=2.5, label="naive")
    ax.bar(place, paid, width=0.5, color=PAID, alpha=0.45, label="compensated")
    _estimate(ax, place, result.gain[0], result.gain_error[0], NAIVE, "naive, imagined runs")
    _estimate(ax, place, result.gain[1], result.gain_error[1], PAID, "compensated, imagined runs")
    ax.plot([-0.6, 3.6], [0, 0], color="0.5", linewidth=0.8)
    ax.plot([-0.6, 3.6], [cost, cost], "--", color="k", linewidth=1.0)
    ax.text(-0.58, cost + 0.25, "cost", fontsize=10)
    ax.text(3.6, -8.7, f"dots: {result.params.episodes} imagined runs, ±2 s.e.", ha="right", fontsize=10)
    ax.set(xlim=(-0.6, 3.6), ylim=(-9, 10.5), ylabel="gain (utility)", xlabel="influence on the button")
    ax.set_xticks(list(place), NAMES)
    ax.set_yticks([-8, 0, 8])
    ax.text(0.9, 8.8, "naive", color=NAIVE)
    ax.text(1.7, 8.8, "compensated", color=PAID)


def keeping(ax: Axes, result: IndifferenceResult) -> None:
    """What keeping the button is worth against the chance of a press, beside what is left after disabling it."""
    params = result.params
    for agent, (color, name) in enumerate(((NAIVE, "naive"), (PAID, "compensated"))):
        ax.plot(result.press_grid, result.keep_curve[agent], color=color, label=f"keep, {name}")
        _estimate(
            ax, [params.press_probability], result.value[agent, :1], result.value_error[agent, :1], color, f"_{name}"
        )
    disabled = params.normal_utility - params.disable_cost
    ax.plot([0, 1], [disabled, disabled], "--", color="k", linewidth=1.0, label="disable")
    ax.set(xlim=(0, 1), ylim=(0, 15), xlabel="probability of a press", ylabel="worth (utility)")
    ax.text(0.99, disabled - 0.3, "disable", ha="right", va="top", fontsize=10)
    ax.set_xticks([0, 0.5, 1])
    ax.set_yticks([0, 10])


def reading(result: IndifferenceResult) -> str:
    """What each agent would pay for, at most."""
    params = result.params
    naive, paid = (_pays(row) for row in result.payment)
    start = f"With a press probability of {params.press_probability:g}, the naive agent would pay {naive}"
    if params.compensation == 0:
        return f"{start}; paid no compensation, the other agent is no different."
    share = f"{100 * params.compensation:.4g} % of the compensation"
    lapses = _shown(result.payment[1].max()) and not _shown(result.payment[1, 2])
    tail = ", and nothing to preserve the button" if lapses else ""
    return f"{start}; paid {share}, it would pay {paid}{tail}."


def _estimate(ax: Axes, x: Sequence[float], mean: Any, error: Any, color: str, label: str) -> None:
    """Draw means with two standard errors either way."""
    ax.errorbar(x, mean, yerr=2 * error, fmt="o", color=color, markersize=4, elinewidth=1.6, label=label)


def _shown(price: float) -> bool:
    return price >= 0.005


def _pays(payment: Any) -> str:
    """The deeds worth a price, as words."""
    worth = [f"{price:.2f} to {deed}" for price, deed in zip(payment, DEEDS, strict=True) if _shown(price)]
    if not worth:
        return "nothing for any influence on the button"
    return worth[0] if len(worth) == 1 else f"{', '.join(worth[:-1])} and {worth[-1]}"
