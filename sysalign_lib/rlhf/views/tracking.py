"""Pictures of tracking: the error of a fixed and of an adapting rule through time, and the settled error by gain."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from sysalign_lib.rlhf.tracking import TrackingResult

Floats = NDArray[np.float64]

__all__ = ["course_view", "gain_view", "reading", "tick"]

LOW, HIGH = 6e-4, 600.0  # squared units of value that a picture spans
DECADES = (1e-2, 1.0, 100.0)


def course_view(ax: Axes, result: TrackingResult) -> None:
    """Draw the squared error of both rules through time, exact and simulated, and when the adapting one gets ahead."""
    _log(ax, 1.0, float(result.params.steps), "steps since the rule was written")
    _rule(ax, result, "fixed", "C1", 200.0, result.fixed, result.seen_fixed, result.seen_fixed_error)
    _rule(ax, result, "adapting", "C0", 60.0, result.adapting, result.seen_adapting, result.seen_adapting_error)
    if result.filtered.any():
        ax.plot(result.time, result.filtered, "--", color="C2", linewidth=1.2, label="gain fitted to each step")
        ax.text(1.1, 18.0, "- - gain fitted to each step", color="C2", fontsize=10)
    if 1 < result.crossover <= result.params.steps:
        ax.axvline(result.crossover, color="0.5", linestyle=":")
        late = result.crossover > 0.1 * result.params.steps
        ax.text(
            result.crossover * (0.93 if late else 1.07), 0.0009, f"adapting is ahead after {result.crossover:.3g}",
            color="0.5", fontsize=10, ha="right" if late else "left",
        )  # fmt: skip


def gain_view(ax: Axes, result: TrackingResult) -> None:
    """Draw the error in which a rule of constant gain settles, the smallest one, and the reader's gain as simulated."""
    gain, left = result.params.gain, float(result.gains[0])
    _log(ax, left, 1.15, "gain of the rule")
    if result.settled.any():
        ax.plot(result.gains, result.settled, color="C0", label="settled: exact")
    if result.best_gain >= left and result.best_error > LOW:
        ax.plot([result.best_gain], [result.best_error], "D", color="C2", markersize=7, label="best constant gain")
    if not result.one_rule and result.settled_error > 0:
        ax.plot([gain], [result.settled_error], "o", color="C1", markersize=7, label="this gain")
        _seen_dots(
            ax, "k", "simulated at the last step", [gain], result.seen_adapting[-1:], result.seen_adapting_error[-1:]
        )
    best = f"best gain {result.best_gain:.3g}" if result.params.drift else "values stand still: the smaller, the better"
    ax.text(1.1, 130.0, best, color="C2", fontsize=10, ha="right")
    ax.text(
        1.1,
        28.0,
        f"this gain {gain:g}" + (": never settles" if result.one_rule else ""),
        color="C1",
        fontsize=10,
        ha="right",
    )


def _rule(
    ax: Axes, result: TrackingResult, name: str, color: str, height: float, exact: Floats, seen: Floats, error: Floats
) -> None:
    """One rule's error through time; an error of 0 has no place on a scale of powers and is said in words."""
    if exact.any():
        ax.plot(result.time, exact, color=color, label=f"{name}: exact")
        _seen_dots(ax, color, f"{name}: simulated", result.seen_time, seen, error)
    ax.text(1.1, height, name if exact.any() else f"{name}: no error", color=color, fontsize=10)


def _seen_dots(ax: Axes, color: str, name: str, at: Floats | list[float], seen: Floats, error: Floats) -> None:
    """Simulated means with two standard errors either way."""
    if seen.size:
        ax.errorbar(at, seen, 2 * error, fmt="o", color=color, markersize=4, elinewidth=1.2, label=name)


def _log(ax: Axes, left: float, right: float, name: str) -> None:
    ax.set(xscale="log", yscale="log", xlim=(left, max(right, 1.1 * left)), ylim=(LOW, HIGH))
    ax.set(xlabel=name, ylabel="squared error (units²)")
    ticks = [tick for tick in (1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0) if left <= tick <= right]
    for axis, places in ((ax.xaxis, ticks), (ax.yaxis, DECADES)):
        axis.set_major_locator(FixedLocator(places))
        axis.set_major_formatter(FuncFormatter(tick))
        axis.set_minor_locator(NullLocator())


def tick(value: float, place: int | None) -> str:
    """A tick of a logarithmic axis as a plain number."""
    return f"{value:g}"


def reading(result: TrackingResult) -> str:
    """Say how far off both rules are at the end, how long the fixed one was ahead, and what the best gain would do."""
    p, fixed, adapting = result.params, float(result.fixed[-1]), float(result.adapting[-1])
    steps = f"{p.steps} steps" if p.steps > 1 else "the first step"
    if result.one_rule:
        rest = "" if p.drift else "; values stand still, and nothing is lost by that"
        return f"With gain 0 both rules are fixed: after {steps} their squared error is {_size(fixed)}{_seen(result)}{rest}."
    if p.drift == 0:
        if p.noise == 0:
            return f"Values stand still and labels are exact: both rules have an error of 0 after {steps}."
        return (
            f"Values stand still: the fixed rule keeps an error of 0, and the adapting rule only takes in the labels' noise, "
            f"a squared error of {_size(adapting)} after {steps}{_seen(result)}."
        )
    return (
        f"After {steps} the squared error is {_size(fixed)} for the fixed rule and {_size(adapting)} for the adapting "
        f"one{_seen(result)}. {_ahead(result.crossover)}; at this gain the error settles at {_size(result.settled_error)}, "
        f"at the best constant gain ({result.best_gain:.3g}) at {_size(result.best_error)}."
    )


def _size(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _seen(result: TrackingResult) -> str:
    if not result.seen_time.size:
        return ""
    fixed = f"{_size(float(result.seen_fixed[-1]))} ± {_size(2 * float(result.seen_fixed_error[-1]))}"
    adapting = f"{_size(float(result.seen_adapting[-1]))} ± {_size(2 * float(result.seen_adapting_error[-1]))}"
    seen = fixed if fixed == adapting else f"{fixed} and {adapting}"
    return f" (in {result.params.runs} runs: {seen})"


def _ahead(crossover: float) -> str:
    if math.isinf(crossover):
        return "The fixed rule stays ahead for good"
    whole = int(np.ceil(crossover)) - 1
    if whole < 1:
        return "The fixed rule is nearer at no step"
    return (
        f"The fixed rule is nearer for the first {whole} steps"
        if whole > 1
        else "The fixed rule is nearer at step 1 only"
    )
