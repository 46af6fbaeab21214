"""Pictures of gauge drift: four readings of a code that turns while behavior stands still, and what refitting is worth."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator

from sysalign_lib.core.words import percent
from sysalign_lib.interpretability.gauge_drift import FROZEN, INVARIANT, REFITTED, TRACKING, GaugeResult

__all__ = ["interval_view", "reading", "time_view"]

LEGEND: Any = {
    "handlelength": 1.2,
    "handletextpad": 0.4,
    "columnspacing": 1.2,
    "borderaxespad": 0.0,
    "labelspacing": 0.25,
}
KNOTS = (
    67  # steps of a smooth line that are drawn; every third of 200, so that no refit is met at the same age each time
)
DOTS = 8  # times at which the simulation is shown
TOP = 142


def time_view(ax: Axes, result: GaugeResult) -> None:
    """Draw how often each reading is right as the code turns: what is expected as lines, simulated paths as dots and band."""
    p, time = result.params, result.time
    few, some = max(1, len(time) // KNOTS), max(1, p.steps // DOTS)
    main = "C0" if p.refit else "C3"
    ax.axhline(50, color="0.5", linestyle=":", linewidth=1.2)
    band = ax.fill_between(
        time[::few], 100 * result.low[::few], 100 * result.high[::few], color=main, alpha=0.18, linewidth=0,
        label="8 of 10 systems",
    )  # fmt: skip
    for row, color, name in ((INVARIANT, "C2", "inner products"), (TRACKING, "C1", "tracking")):
        ax.plot(time[::few], 100 * result.expected[row, ::few], color=color, label=name)
    ax.plot(time, 100 * result.expected[REFITTED], color=main, linewidth=1.2, label=_name(p.refit))
    if p.refit:
        ax.plot(time[::few], 100 * result.expected[FROZEN, ::few], color="C3", label="fitted once")
    rows = ((TRACKING, "C1", "tracking, simulated"), (FROZEN, "C3", "fitted once, simulated"))
    for row, color, name in rows:
        ax.errorbar(
            time[some::some], 100 * result.seen[row, some::some], 200 * result.seen_error[row, some::some], fmt="o",
            color=color, markersize=4, elinewidth=1.2, label=name,
        )  # fmt: skip
    ax.set(xlim=(0, 1.02 * time[-1]), ylim=(0, TOP), yticks=(0, 50, 100))
    ax.locator_params(axis="x", nbins=4)
    ax.set(xlabel="steps of drift", ylabel="right (% of cases)")
    shown = [
        line
        for line in ax.get_lines()
        if str(line.get_label()) in ("inner products", "tracking", "fitted once", _name(p.refit))
    ]
    ax.legend(handles=[*shown, band], loc="upper center", ncols=2, **LEGEND)


def interval_view(ax: Axes, result: GaugeResult) -> None:
    """Draw the mean accuracy by the time from refit to refit, all at the same price in labels, beside the other readings."""
    p, mean = result.params, 100 * result.mean
    ax.axhline(100 * result.oracle, color="0.5", linestyle="--", linewidth=1.2)
    ax.axhline(50, color="0.5", linestyle=":", linewidth=1.2)
    lines = ax.plot(result.intervals, 100 * result.by_interval, color="C0", label="refitted, by interval")
    for row, color, name in ((TRACKING, "C1", "tracking"), (FROZEN, "C3", "fitted once")):
        lines += ax.plot(result.intervals[[0, -1]], mean[[row, row]], color=color, label=name)
    if p.refit:
        ax.errorbar(
            [p.refit], [mean[REFITTED]], [200 * result.seen_error[REFITTED].mean()], fmt="D", color="C0", markersize=7,
            elinewidth=1.2, label="this one, simulated",
        )  # fmt: skip
    ax.text(1.05, 100 * result.oracle + 1, "the best there is", color="0.5", fontsize=10, va="bottom")
    ax.text(1.05, 49, "a coin", color="0.5", fontsize=10, va="top")
    ax.set_xscale("log")
    ax.set(xlim=(0.93, 215), ylim=(40, 123), yticks=(50, 75, 100), xticks=(1, 5, 20, 50, 200))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set(xlabel="steps from refit to refit", ylabel="right on average (%)")
    ax.legend(handles=lines, loc="upper center", ncols=3, **LEGEND)


def reading(result: GaugeResult) -> str:
    """Say how often each reading is right in the end or on average, and what the best refitting would be."""
    p, end = result.params, result.expected[:, -1]
    stood = "Nothing turns here, and" if p.rate == 0 else "Behavior never changed, but"
    seen = f" ({p.paths} simulated systems: {percent(result.seen[FROZEN, -1])})" if result.seen_error.any() else ""
    again = f"refitting every {_steps(p.refit)} gives {percent(result.round_mean)} on average, " if p.refit else ""
    return (
        f"{stood} after {_steps(p.steps, alone='1 step')} the probe fitted once is right in {percent(end[FROZEN])} of the "
        f"cases{seen}, a reading by inner products in {percent(end[INVARIANT])}. With {p.labels} new "
        f"label{'s' * (p.labels > 1)} a step {again}the best refitting drawn (every {_steps(result.best_interval)}) "
        f"{'gives ' * (not p.refit)}{percent(result.by_interval.max())}, and tracking {percent(result.mean[TRACKING])}."
    )


def _steps(count: int, alone: str = "step") -> str:
    return alone if count == 1 else f"{count} steps"


def _name(refit: int) -> str:
    return f"refitted every {_steps(refit)}" if refit else "fitted once, never again"
