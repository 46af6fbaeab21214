"""Pictures of elementary automata: one rule in space and time, four predictors of a cell, and all rules at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import NullLocator

from sysalign_lib.core.words import percent
from sysalign_lib.interpretability.automata import (
    LAWFUL,
    AutomatonResult,
    Cells,
    Fate,
    ForecastResult,
    Misread,
    RulesResult,
    Shortcut,
    Start,
    jump_cost,
)

__all__ = [
    "course_view",
    "forecast_reading",
    "forecast_view",
    "reading",
    "rules_reading",
    "rules_view",
    "spacetime_view",
]

LEGEND: Any = {"handlelength": 1.2, "handletextpad": 0.4, "columnspacing": 1.0, "borderaxespad": 0.0}
WORST = 60.0  # percent of the cells predicted wrongly that are drawn
HEAD = 6.5  # rows of room above the first one, for words
COLORS = {Fate.DIES: "C2", Fate.STAYS: "C0", Fate.SPREADS: "C3"}
NAMED = (30, 90, 110, 150, 184)  # rules that are pointed out
SIDES = {30: (-6, 3), 90: (7, -4), 110: (-7, 3), 150: (-6, 0), 184: (-6, -8)}  # where, in points


def spacetime_view(ax: Axes, result: AutomatonResult) -> None:
    """Draw the rows of one run beneath each other, and over them where the interpreter's simulation differs."""
    p, inch = result.params, ax.figure.dpi
    height = 72 * ax.bbox.height / inch / (p.steps + 1 + HEAD)
    across = 72 * ax.bbox.width / inch
    cell = np.floor(10 * across / p.width) / 10 or across / p.width  # a round number of points makes short pictures
    spare = (across / cell - p.width) / 2
    _runs(ax, result.live, "0.5", cell, height)
    _runs(ax, result.wrong, "C3", cell, height)
    middle = -HEAD / 2 - 0.5
    ax.text(0.015 * p.width, middle, "live", color="0.5", fontsize=10, va="center")
    if p.misread is not Misread.NOTHING:
        ax.text(p.width, middle, "predicted wrongly", color="C3", fontsize=10, va="center", ha="right")
    ax.set(xlim=(-spare, p.width + spare), ylim=(p.steps + 0.5, -HEAD - 0.5))
    ax.set(xlabel="place (cells)", ylabel="time (steps)")
    ax.locator_params(nbins=4)


def _runs(ax: Axes, cells: Cells, color: str, cell: float, height: float) -> None:
    """Every row with a cell that is set as one stroke, dashed where cells are not."""
    rows = np.flatnonzero(cells.any(axis=1))
    if len(rows):
        lines = [((0, row), (cells.shape[1], row)) for row in rows.tolist()]
        dashes = [(0.0, _dashes(cells[row], cell / height)) for row in rows]
        ax.add_collection(
            LineCollection(lines, colors=color, linewidths=height, linestyles=dashes, capstyle="butt"), autolim=False
        )


def _dashes(row: Cells, cell: float) -> list[float]:
    """Lengths of strokes and gaps in turn, from a stroke, perhaps of no length, to a gap."""
    ends = np.flatnonzero(np.diff(row, prepend=1 - row[0], append=1 - row[-1]))
    lengths = np.diff(ends) * cell
    return [*([] if row[0] else [0.0]), *lengths.tolist(), *([0.0] if row[-1] else [])]


def course_view(ax: Axes, result: AutomatonResult) -> None:
    """Draw what is predicted wrongly at every step, or what is live; the exact law where one is known, and a blind guess."""
    p, time = result.params, np.arange(result.params.steps + 1)
    wrong = p.misread is not Misread.NOTHING
    top = WORST if wrong else 100.0
    if wrong:
        ax.plot(time, 100 * result.blind, color="0.5", linestyle=":", linewidth=1.4, label="blind guess")
        ax.text(p.steps, 1.2 * top, "blind guess", color="0.5", fontsize=10, va="center", ha="right")
    if result.known_until >= 0:
        law = f"listed exactly, {LAWFUL} steps" if result.known_until == LAWFUL < p.steps else "exact law"
        ax.plot(time, 100 * result.law, color="C0", linewidth=5, alpha=0.45, label=law)
        ax.text(0, 1.2 * top, law, color="C0", fontsize=10, va="center")
    ax.errorbar(
        time, 100 * result.measured, 200 * result.error, fmt="o", color="C1", markersize=3, elinewidth=1,
        label="measured, 2 std. errors",
    )  # fmt: skip
    ax.text(0.48 * p.steps, 1.2 * top, "measured", color="C1", fontsize=10, va="center")
    ax.set(xlim=(-0.015 * p.steps, 1.015 * p.steps), ylim=(-0.04 * top, 1.3 * top), xlabel="time (steps)")
    ax.set_yticks((0, 25, 50) if wrong else (0, 50, 100))
    ax.set_ylabel("wrong (% of cells)" if wrong else "moving (% of cells)" if result.moving else "live (% of cells)")
    ax.locator_params(axis="x", nbins=4)


def reading(result: AutomatonResult) -> str:
    """Say what is right or wrong in the end, beside a blind guess, and whether a shortcut spares the simulation."""
    p, last = result.params, float(result.measured[-1])
    first = "one live cell" if p.start is Start.ONE else "a random row"
    when = f"after {p.steps} steps" if p.steps > 1 else "after one step"
    mean = f" (mean of {p.runs} rows)" if result.chancy else ""
    if p.misread is Misread.NOTHING:
        what = (
            f"{percent(last)} of the cells have a moving car"
            if result.moving
            else f"{percent(last)} of the cells are live"
        )
        return f"Rule {p.rule} from {first}, read without error: {when} {what}{mean}. {_shortcut(result)}"
    blind = f"a blind guess misses {percent(result.blind[-1])}"
    said = "no cell is predicted wrongly" if last == 0 else f"{percent(last)} of the cells are predicted wrongly"
    return f"Rule {p.rule} from {first}, {_misread(result)}: {when} {said}{mean}; {blind}. {_shortcut(result)}"


def _misread(result: AutomatonResult) -> str:
    p = result.params
    if p.misread is Misread.CELL:
        return f"one of {p.width} cells misread" if p.width > 1 else "its only cell misread"
    if p.misread is Misread.SHARE:
        return f"{percent(p.dose)} of the cells misread"
    return f"the entry {p.entry:03b} misread, one of eight"


def _shortcut(result: AutomatonResult) -> str:
    kind, steps = result.shortcut, result.params.steps
    if kind is Shortcut.NONE and result.period:
        back = "comes back" if result.period > 1 or result.drift else "no longer changes"
        times = f" every {result.period} steps" if result.period > 1 else " every step"
        every = times if result.period > 1 or result.drift else ""
        moved = f", {_counted(abs(result.drift), 'cell')} further," if result.drift else ""
        return f"By then the row drawn {back}{moved}{every}: nothing is left to simulate."
    if kind is Shortcut.NONE:
        return "This book has no shortcut past its steps."
    if kind is Shortcut.TRAFFIC:
        return f"Its shortcut is one minimum over a window instead of {_counted(steps, 'step')}."
    cost = jump_cost(steps) if kind is Shortcut.SUM else 1 + (steps - 1).bit_length()
    what = "sum" if kind is Shortcut.SUM else "window"
    return f"Its shortcut takes {_counted(cost, what)} of whole rows instead of {_counted(steps, 'step')}."


def _counted(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"


def forecast_view(ax: Axes, result: ForecastResult) -> None:
    """Draw how often the interpreter, an eight-bit table, the best use of the reading and a blind guess are right."""
    time = np.arange(result.params.steps + 1)
    ax.plot(time, 100 * result.best, color="C2", linewidth=4, alpha=0.45, label="best use of the reading")
    for share, error, color, name in (
        (result.table, result.table_error, "C4", "best table of eight bits"),
        (result.interpreter, result.interpreter_error, "C0", "interpreter"),
    ):
        ax.errorbar(time, 100 * share, 200 * error, color=color, marker="o", markersize=4, elinewidth=1.2, label=name)
    ax.plot(time, 100 * result.chance, color="0.5", linestyle=":", linewidth=1.4, label="blind guess")
    ax.set(xlim=(-0.1, result.params.steps + 0.1), ylim=(44, 124), xticks=time, yticks=(50, 75, 100))
    ax.set(xlabel="steps ahead", ylabel="right (% of cells)")
    ax.legend(loc="upper right", ncols=2, fontsize=9.5, **LEGEND)


def forecast_reading(result: ForecastResult) -> str:
    """Say how often the four are right in the end."""
    p = result.params
    seen = "" if not result.interpreter_error.any() else f" (simulated on {p.runs} rows)"
    ahead = f"{p.steps} steps ahead" if p.steps > 1 else "one step ahead"
    best, own = float(result.best[-1]), float(result.interpreter[-1])
    more = "do better" if best - own < 1e-9 else f"be right in more than {percent(best)}"
    return (
        f"Rule {p.rule} with {percent(p.dose)} of the cells misread: {ahead} the interpreter is right in "
        f"{percent(own)} of the cells{seen}, the best table of eight bits in {percent(result.table[-1])}, a "
        f"blind guess in {percent(result.chance[-1])}; nobody with this reading could {more}."
    )


def rules_view(ax: Axes, result: RulesResult) -> None:
    """Draw for each kind of rule how many cells differ after one step and after all, colored by the fate of the difference."""
    fate = result.fate
    for one, name in ((Fate.DIES, "dies"), (Fate.STAYS, "stays"), (Fate.SPREADS, "spreads")):
        here = fate == one
        ax.scatter(
            result.sensitivity[here],
            result.differing[here],
            s=30,
            color=COLORS[one],
            alpha=0.6,
            linewidths=0,
            label=name,
        )
    known = result.superposes
    ax.plot(
        result.sensitivity[known], result.differing[known], "o", color="k", markerfacecolor="none", markersize=8.5,
        markeredgewidth=1.1, label="shortcut known",
    )  # fmt: skip
    for rule in NAMED:
        (at,) = np.flatnonzero(result.rule == rule)
        ax.annotate(
            str(rule), (result.sensitivity[at], result.differing[at]), SIDES[rule], textcoords="offset points",
            fontsize=10, ha="left" if SIDES[rule][0] > 0 else "right", annotation_clip=False,
        )  # fmt: skip
    ax.set_yscale("symlog", linthresh=1)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticks([0, 1, 10, 100], labels=["0", "1", "10", "100"])
    ax.set(xlim=(-0.15, 3.15), ylim=(-0.15, 700), xticks=(0, 1, 2, 3))
    ax.set(xlabel="cells that differ after one step", ylabel="cells that differ in the end")
    ax.legend(loc="upper left", ncols=2, columnspacing=1.0, handletextpad=0.2, borderaxespad=0.0)


def rules_reading(result: RulesResult) -> str:
    """Say how many of the 256 rules share each fate."""
    p, (dies, stays, spreads) = result.params, (result.rules_of(one) for one in Fate)
    known = result.rules_of(Fate.SPREADS, superposes=True)
    when = f"{p.steps} steps" if p.steps > 1 else "one step"
    return (
        f"Of 256 rules, all known to the last bit, {dies} have forgotten one flipped cell after {when} in all {p.runs} runs, "
        f"{stays} keep the difference narrow, and in {spreads} it is wider than a third of a cell a step; {known} of these have "
        "a shortcut nevertheless."
    )
