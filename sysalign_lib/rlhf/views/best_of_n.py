"""Pictures of best of n: the distance that is reported beside the distance that is traveled, and the duels it wins."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from sysalign_lib.rlhf.best_of_n import BestOfNResult, Crowd

__all__ = ["distance_view", "duel_view", "reading"]

TICKS = {1.0: "1", 100.0: "100", 1e4: "10000"}
DOTS: Any = {"fmt": "o", "color": "C4", "markersize": 4, "elinewidth": 1.2, "zorder": 3}


def distance_view(ax: Axes, result: BestOfNResult) -> None:
    """Draw the distance from the base over n: by the usual formula, exact and sampled, and the most there can be."""
    ax.axhline(result.limit, color="0.5", linestyle=":", linewidth=1.4)
    ax.plot(result.n, result.usual_kl, "--", color="C1", label="usual formula")
    ax.plot(result.n, result.kl, color="C0", label="exact")
    seen = slice(None, -1)
    ax.errorbar(
        result.sampled_n[seen],
        result.sampled_kl[seen],
        2 * result.sampled_kl_error[seen],
        label="sampled, 2 std. errors",
        **DOTS,
    )
    _mark(ax, result, result.marked_kl[0], result.marked_kl[1])
    lines = (
        ("C1", "usual formula"), ("C0", "exact"), ("C4", f"sampled, {result.params.runs:,} runs"),
        ("0.5", f"no n goes beyond {result.limit:.2f}"),
    )  # fmt: skip
    for row, (color, words) in enumerate(lines):
        ax.text(0.02, 0.99 - 0.077 * row, words, color=color, fontsize=10, va="top", transform=ax.transAxes)
    _over_n(ax)
    ax.set(ylim=(-0.4, 15.5), ylabel="distance from the base (nats)", yticks=(0, 5, 10))


def duel_view(ax: Axes, result: BestOfNResult) -> None:
    """Draw the share of duels won against one more answer of the base: of a continuum, exact and sampled."""
    ax.axhline(100 * result.win_limit, color="0.5", linestyle=":", linewidth=1.4)
    ax.plot(result.n, 100 * result.usual_win, "--", color="C1", label="n / (n + 1)")
    ax.plot(result.n, 100 * result.win, color="C0", label="exact")
    seen = slice(None, -1)
    rate, error = 100 * result.sampled_win[seen], 200 * result.sampled_win_error[seen]
    ax.errorbar(result.sampled_n[seen], rate, error, label="sampled, 2 std. errors", **DOTS)
    _mark(ax, result, 100 * result.marked_win[0], 100 * result.marked_win[1])
    _over_n(ax)
    ax.set(ylim=(45, 103), ylabel="duels won (%)", yticks=(50, 75, 100))


def _mark(ax: Axes, result: BestOfNResult, exact: float, usual: float) -> None:
    here = [result.params.n, result.params.n]
    ax.plot(here, [exact, usual], color="C3", linewidth=2.5, zorder=4)
    ax.plot(here[:1], [usual], "s", color="C1", markersize=6, zorder=5)
    ax.plot(here[:1], [exact], "D", color="C0", markersize=6, zorder=5)


def _over_n(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticks(list(TICKS), list(TICKS.values()))
    ax.set(xlim=(0.7, 1.8e6), xlabel="answers drawn, n")


def reading(result: BestOfNResult) -> str:
    """Say how far best of n has really gone, what the formula reports, and how many duels it wins."""
    params, (exact, usual), (win, usual_win) = result.params, result.marked_kl, result.marked_win
    who, end = f"{_base(result)}, best of {params.n:,}", _nats(result.limit)
    if params.n == 1:
        return f"{who} is the base itself: 0 nats from it, as the usual formula says. No n would take it beyond {end} nats."
    seen = f"{_nats(result.sampled_kl[-1])} in {params.runs:,} sampled runs"
    return (
        f"{who} is {_nats(exact)} nats from the base ({seen}), {_told('the usual formula', _nats(exact), _nats(usual))}, "
        f"and no n takes it beyond {end}. It wins {_percent(win)} of its duels with the base, "
        f"{_told('n / (n + 1)', _percent(win), _percent(usual_win))}."
    )


def _told(by: str, exact: str, usual: str) -> str:
    return f"as {by} says" if usual == exact else f"where {by} says {usual}"


def _percent(share: float) -> str:
    return "more than 99.9 %" if share > 0.999 else f"{100 * share:.1f} %"


def _base(result: BestOfNResult) -> str:
    params = result.params
    if params.crowd is Crowd.EQUAL:
        return f"With {params.answers:,} equally likely answers"
    which, share = ("best", -1) if params.crowd is Crowd.BEST else ("worst", 0)
    return f"With {params.answers:,} answers of which the {which} comes {100 * result.probability[share]:.3g} % of the time"


def _nats(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.2g}"
