"""Pictures of a debate about a digit, and of many."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.oversight.debate import CHANCE, MOST, PUBLISHED, DebateResult, GameResult, Trouble

__all__ = ["accuracy_reading", "accuracy_view", "game_reading", "game_view", "odds_view"]

SIDE, BAR_AT, BAR_LONG = 8, 10.6, 6.4  # cells a row; where the bars begin, and how long they can be
REACH = 11.0  # nats
HONEST, LIAR = "C2", "C3"
WRONG = {
    Trouble.NONE: "", Trouble.COPIES: ", every pixel there many times", Trouble.BLURRED: ", with noise in the judge's table",
    Trouble.MOVED: " about moved digits", Trouble.LEARNED: " about moved digits before a judge who learned from such",
}  # fmt: skip


def game_view(ax: Axes, result: GameResult) -> None:
    """Draw the digit as dots, those that were shown with their turn, and beside it what the judge believes."""
    ink = np.flatnonzero(result.image)
    ax.scatter(
        ink % SIDE, -(ink // SIDE), s=9.0 * result.image[ink], color="0.5", alpha=0.45, linewidths=0, label="_ink"
    )
    for turn, pixel in enumerate(result.order[: result.params.shown].tolist()):
        color, spot = LIAR if turn % 2 else HONEST, (pixel % SIDE, -(pixel // SIDE))
        ax.plot(*spot, "s", color=color, markerfacecolor="none", markersize=15, markeredgewidth=2, label="_shown")
        ax.text(*spot, str(turn + 1), color="k", fontsize=10, ha="center", va="center_baseline")
    heights = 0.35 - 0.87 * np.arange(len(result.posterior))
    colors = [HONEST if one == result.truth else LIAR if one == result.lie else "0.5" for one in range(len(heights))]
    ax.barh(heights, BAR_LONG * result.posterior, left=BAR_AT, height=0.62, color=colors, label="_bars")
    for digit, height in enumerate(heights.tolist()):
        ax.text(BAR_AT - 0.35, height, str(digit), color=colors[digit] if digit in (result.truth, result.lie) else "k",
                fontsize=10, ha="right", va="center_baseline")  # fmt: skip
    ax.text(-0.6, 1.5, "honest side", color=HONEST, fontsize=10, va="center")
    ax.text(7.6, 1.5, "liar", color=LIAR, fontsize=10, va="center", ha="right")
    ax.text(BAR_AT - 0.9, 1.5, "what the judge believes", color="k", fontsize=10, va="center")
    ax.set(xlim=(-0.9, BAR_AT + BAR_LONG + 0.3), ylim=(-8.0, 2.1))
    ax.axis("off")


def odds_view(ax: Axes, result: GameResult) -> None:
    """Draw how far the truth is ahead of the lie after every pixel shown so far."""
    turns, shown = np.arange(len(result.odds)), result.params.shown
    ax.axhline(0, color="0.5", linewidth=1)
    ax.plot([0, 6.25], [result.odds[-1]] * 2, color="0.5", linestyle=":", linewidth=1.4, label="_end")
    ax.plot(turns[: shown + 1], result.odds[: shown + 1], color="C0", label="truth against lie")
    for first, color in ((1, HONEST), (2, LIAR)):
        at = turns[first : shown + 1 : 2]
        ax.plot(at, result.odds[at], "o", color=color, markersize=7, label="_turns")
    ax.text(0.02, REACH - 0.4, "truth ahead", color=HONEST, fontsize=10, va="top")
    ax.text(0.02, -REACH + 0.4, "lie ahead", color=LIAR, fontsize=10, va="bottom")
    ax.text(6.35, result.odds[-1], "end", color="0.5", fontsize=10, va="center")
    ax.set(xlim=(-0.2, 7.1), ylim=(-REACH, REACH), xticks=turns, yticks=(-10, 0, 10))
    ax.set(xlabel="pixels shown", ylabel="log-odds (nats)")


def _to_one(odds: float) -> str:
    """Log-odds in words that a better would use."""
    ratio = float(np.exp(odds))
    return f"{ratio:,.0f} to 1" if ratio >= 10 else f"{ratio:.1f} to 1"


def game_reading(result: GameResult) -> str:
    """Say how the debate stands and how all of them end."""
    shown, now = result.params.shown, float(result.odds[result.params.shown])
    stand = "nobody is ahead" if now == 0 else f"the {'truth' if now > 0 else 'lie'} is ahead {_to_one(abs(now))}"
    pixels = "no pixel" if shown == 0 else "one pixel" if shown == 1 else f"{shown} pixels"
    end = "the truth wins this debate" if result.won else "the lie wins this debate"
    when = f", and {end}" if shown == len(result.order) else f"; in the end {end}"
    whole = "" if result.named == result.truth else f" (with the whole picture the judge would say {result.named})"
    return (
        f"The picture shows {result.truth}, the liar says {result.lie}: with {pixels} shown {stand}{when}{whole}. "
        f"Over 797 such digits the truth beats all nine lies in {100 * result.share:.0f} % of cases; from six random pixels the "
        f"judge names {100 * result.alone:.0f} %."
    )


def accuracy_view(ax: Axes, result: DebateResult) -> None:
    """Draw how often the truth wins against how many pixels are shown, beside the judge alone, the whole image and chance."""
    series: Any = (
        (result.debate, "C0", "-", "debate, lie named beforehand"),
        (result.alone, "0.5", "-", "random pixels"),
    )
    ax.axhline(result.whole.mean(), color="C2", linestyle="--", linewidth=1.4)
    ax.axhline(CHANCE, color="0.5", linestyle=":", linewidth=1.2)
    ax.text(2 * MOST + 0.4, CHANCE - 0.02, "chance", color="0.5", fontsize=10, ha="right", va="top")
    if not result.params.named:
        low, high = result.floor.mean(axis=1), result.debate.mean(axis=1)
        ax.fill_between(result.sizes, low, high, color="C1", alpha=0.18, linewidth=0)
        ax.plot(result.sizes, low, color="C1", label="late lie: won for certain")
        ax.plot(
            result.sizes,
            result.first.mean(axis=1),
            color="C4",
            linestyle="--",
            label="late lie: greedy, honest side first",
        )
        ax.plot(result.sizes, result.last.mean(axis=1), color="C4", linestyle=":", label="late lie: greedy, liar first")
    for shares, color, style, name in series:
        ax.errorbar(result.sizes, shares.mean(axis=1), shares.std(axis=1, ddof=1), color=color, linestyle=style, marker="o",
                    markersize=3.5, elinewidth=1.2, label=name)  # fmt: skip
    published: Any = {"color": "k", "markersize": 6, "linestyle": "none", "marker": "D"}
    pairs = np.array([PUBLISHED[size] for size in sorted(PUBLISHED)])
    ax.plot(sorted(PUBLISHED), pairs[:, 1], label="published debate", **published)
    ax.plot(sorted(PUBLISHED), pairs[:, 0], markerfacecolor="none", label="published, random pixels", **published)
    ax.axvline(result.params.pixels, ymax=0.66, color="0.5", linestyle=":", linewidth=1.2)
    _legend(ax, result)
    ax.set(xlim=(1.5, 2 * MOST + 0.5), ylim=(0, 1.5), xticks=result.sizes, yticks=(0, 0.5, 1))
    ax.set(xlabel="pixels shown", ylabel="share of images")


def _legend(ax: Axes, result: DebateResult) -> None:
    words = [(1.7, 1.44, "C0", "debate"), (4.4, 1.44, "0.5", "random pixels"), (9.2, 1.44, "C2", "whole image"),
             (1.7, 1.3, "k", "\N{BLACK DIAMOND}\N{WHITE DIAMOND} published, larger digits")]  # fmt: skip
    if not result.params.named:
        words += [(1.7, 1.16, "C1", "lie chosen at the end: bounds"), (9.2, 1.16, "C4", "greedy play")]
    for x, y, color, text in words:
        ax.text(x, y, text, color=color, fontsize=10, va="top")


def accuracy_reading(result: DebateResult) -> str:
    """Say how often the truth wins at this setting, and what the judge does without debate."""
    params, at = result.params, result.at
    facts = int(result.facts[at])
    split = "" if params.coupling == 1 else f" of facts split over {params.coupling} pixels each"
    sides = "no fact a side" if facts == 0 else "one fact a side" if facts == 1 else f"{facts} facts a side"
    start = f"With {params.pixels} pixels{split} ({sides}){WRONG[params.trouble]} the truth"
    others = (
        f"as many random facts let the judge name {100 * result.alone[at].mean():.1f} %, the whole image "
        f"{100 * result.whole.mean():.1f} %"
    )
    if params.named:
        spread = 100 * result.debate[at].std(ddof=1)
        share = f"{100 * result.debate[at].mean():.1f} % of images ({spread:.1f} between judges)"
        return f"{start} beats all nine lies in {share}; {others}."
    low, high = 100 * result.floor[at].mean(), 100 * result.debate[at].mean()
    plays = f"greedy players leave it {100 * result.first[at].mean():.0f} or {100 * result.last[at].mean():.0f} %"
    return f"{start} wins between {low:.0f} and {high:.0f} % of images if the lie is chosen at the end ({plays}); {others}."
