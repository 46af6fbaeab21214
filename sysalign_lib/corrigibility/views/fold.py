"""Pictures of the fold: the equilibrium curve with a force sweep on it, and the intervention in time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.corrigibility.fold import Fate, FoldResult, Regime

__all__ = ["course", "diagram", "reading"]

HUE = {Fate.HELD: "C2", Fate.ESCAPED: "C3", Fate.ONLY_LEVEL: "C2"}
WORDS = {Fate.HELD: "held", Fate.ESCAPED: "escaped", Fate.ONLY_LEVEL: "settled"}
TALLEST, LONGEST = 11.5, 30.0
RIGHT = 3.98


def diagram(ax: Axes, result: FoldResult) -> None:
    """Equilibria against force, a slow sweep of the force up and down, and where the intervention meets the system."""
    params, stable = result.params, result.curve_stable
    for name, style, keep in (("stable", "-", stable), ("tipping level", "--", ~stable)):
        ax.plot(np.where(keep, result.curve_force, np.nan), result.curve_level, style, color="C0", label=name)
    for level, mark, hue, name, first in (
        (result.swept_rising, ">-", "C1", "force rises", 0),
        (result.swept_falling, "<-", "C4", "force falls", 1),
    ):
        ax.plot(
            result.swept_force, level, mark, color=hue, linewidth=0.8, markersize=4, markevery=(first, 2), label=name
        )
    hue = HUE[result.fate]
    ax.plot([params.force] * 2, [result.met_level, result.settled], ":", color=hue, linewidth=2.2)
    ax.plot([params.force], [result.met_level], "o", color=hue, markersize=9, label="oversight begins")
    ax.plot(
        [params.force], [result.settled], "o", markerfacecolor="none", color=hue, markersize=9, label="it ends here"
    )
    ax.set(xlim=(0.8, RIGHT + 0.02), ylim=(0, TALLEST), xlabel="force of oversight", ylabel="capability")
    for height, words, hue in ((10.6, "> force rises", "C1"), (9.6, "< force falls", "C4")):
        ax.text(RIGHT, height, words, color=hue, fontsize=10, ha="right")
    for height, words in ((8.6, "○ where it ends"), (7.6, "● oversight begins"), (6.6, "- - tipping level")):
        ax.text(RIGHT, height, words, color="C0" if "tipping" in words else HUE[result.fate], fontsize=10, ha="right")
    ax.set_xticks([1, 2, 3])
    ax.set_yticks([0, 5, 10])


def course(ax: Axes, result: FoldResult) -> None:
    """Capability against time, with the moment oversight begins and the time at which the door closes."""
    hue, start = HUE[result.fate], result.time <= result.params.delay
    ax.plot(result.time[start], result.level[start], color="0.5", label="no oversight yet")
    after = np.append(~start[1:], True)
    ax.plot(result.time[after], result.level[after], color=hue, label=f"under oversight: {WORDS[result.fate]}")
    ax.plot([result.params.delay], [result.met_level], "o", color=hue, markersize=9, label="_")
    if result.regime is Regime.WINDOW:
        ax.axvline(result.closing_time, color="k", linestyle="--", linewidth=1.2)
        ax.text(result.closing_time + 0.3, 10.3, f"closes at {result.closing_time:.3f}", fontsize=10)
        ax.axhline(result.levels[1], color="C0", linestyle="--", linewidth=1.2)
    ax.text(LONGEST, 10.3, WORDS[result.fate], color=hue, fontsize=10, ha="right")
    ax.set(xlim=(0, LONGEST), ylim=(0, TALLEST), xlabel="time (growth times)", ylabel="capability")
    ax.set_xticks([0, 10, 20, 30])
    ax.set_yticks([0, 5, 10])


def reading(result: FoldResult) -> str:
    """What became of the intervention, and why a later or an earlier one would do as well or not."""
    params = result.params
    begun = f"Oversight of force {params.force:g}, begun at time {params.delay:g} at capability {result.met_level:.2f},"
    ended = f"{begun} ends at {result.settled:.3g}"
    if result.regime is Regime.NO_FOLD:
        return f"{ended}, as it would after any delay: below the cusp there is one level only, and every step can be undone."
    low, high = result.folds[:, 1]
    if result.regime is Regime.TOO_WEAK:
        return (
            f"{ended}: a force below the lower fold ({low:.3f}) cannot hold in the long run, however early it begins."
        )
    if result.regime is Regime.ANY_DELAY:
        return f"{ended}: a force above the upper fold ({high:.3f}) works at any delay, given time enough."
    gap = result.closing_time - params.delay
    door = f"the door closes at {result.closing_time:.3f}"
    if gap >= 0:
        return f"{begun} comes in time and ends at {result.settled:.3g}: {door}, {gap:.3f} time units later."
    return f"{begun} comes {-gap:.3f} time units too late and ends at {result.settled:.3g}: {door}."
