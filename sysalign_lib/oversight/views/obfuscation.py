"""Pictures of obfuscated arguments: who wins by the argument's length, and what a tree that can be walked changes."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from sysalign_lib.oversight.obfuscation import ObfuscationResult, Repeats

__all__ = ["reading", "tree_view", "win_view"]

POINTS: Any = {"fmt": "o", "color": "C1", "markersize": 4.5, "elinewidth": 1.2, "label": "simulated (2 std. errors)"}
LONG = 1000  # steps of the argument that the reading speaks of


def win_view(ax: Axes, result: ObfuscationResult) -> None:
    """Draw how often the side that is right wins, with the judge who checks as much without a debate."""
    ax.plot(result.length, 100 * result.won, color="C0", label="debate")
    ax.plot(result.length, 100 * result.alone, color="0.5", linestyle="--", label="judge alone")
    ax.errorbar(result.sampled_length, 100 * result.sampled_won, 200 * result.sampled_won_error, **POINTS)
    _frame(ax, 127)
    ax.set(xlabel="steps of the argument", ylabel="right side wins (%)")
    _key(ax, 118, ("debate", "C0"), ("judge alone", "0.5"))


def tree_view(ax: Axes, result: ObfuscationResult) -> None:
    """Draw how often the flaw is reached if the argument is a tree and the side that is right points at every fork."""
    ax.plot(result.length, 100 * result.pointed, color="C2", label="pointing")
    ax.plot(result.length, 100 * result.guessed, color="0.5", linestyle=":", label="guessing")
    ax.errorbar(result.sampled_length, 100 * result.sampled_pointed, 200 * result.sampled_pointed_error, **POINTS)
    _frame(ax, 138)
    ax.set(xlabel="steps of the argument", ylabel="flaw is reached (%)")
    _key(ax, 126, ("pointing", "C2"), ("guessing", "0.5"))


def _frame(ax: Axes, top: float) -> None:
    ax.set(xscale="log", xlim=(0.85, 17_000), ylim=(-2, top), yticks=(0, 50, 100))
    ax.set_xticks((1, 10, 100, 1000, 10_000), ["1", "10", "100", "1000", "10000"])
    ax.minorticks_off()


def _key(ax: Axes, y: float, *lines: tuple[str, str]) -> None:
    """Name what is drawn by words in its color."""
    for x, (words, color) in zip((1, 10, 130), (*lines, ("• simulated (2 std. err.)", "C1")), strict=True):
        ax.text(x, y, words, color=color, fontsize=10, va="center")


# Words ------------------------------------------------------------------------------------------------------------


def reading(result: ObfuscationResult) -> str:
    """Say who wins over an argument of a thousand steps, with and without a debate, and through a tree."""
    p = result.params
    won, alone, pointed = result.at(LONG)
    checks = p.checked * p.held
    start = f"In an argument of {LONG:,} steps, {_wrong(p.flaw_share)}, the right side wins {_debates(result)} with probability"
    judge = f"a judge alone with {checks} check{'s' if checks > 1 else ''} finds a flaw with {_percent(alone)}"
    tree = f"through a tree pointed at rightly with probability {p.point:g} a flaw is reached with {_percent(pointed)}"
    return f"{start} {_percent(won)}{_seen(result)}; {judge}. If the argument can be taken apart, {tree}."


def _wrong(share: float) -> str:
    wrong = max(round(share * LONG), 1)
    return "one of them wrong" if wrong == 1 else f"{wrong:,} of them wrong"


def _debates(result: ObfuscationResult) -> str:
    p = result.params
    if p.held == 1:
        return "a debate"
    kind = "one knowledge for all" if p.repeats is Repeats.SAME else "knowledge drawn afresh"
    return f"at least one of {p.held} debates, {kind},"


def _seen(result: ObfuscationResult) -> str:
    if not result.sampled_won_error.any():
        return ""
    share = result.sampled_won[result.sampled_length == LONG][0]
    return f" (simulated: {_percent(share)} of {result.params.runs:,})"


def _percent(share: float) -> str:
    if 1e-12 < share < 0.0005:
        return "less than 0.1 %"
    if 0.9995 <= share < 1 - 1e-12:
        return "more than 99.9 %"
    return f"{round(100 * share, 1):g} %"
