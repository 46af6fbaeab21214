"""Pictures of coupled maps: for how long they are foretold at every coupling, and how two errors go with time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.interpretability.coupled_maps import STEPS, CoupledMapsResult

__all__ = ["errors_view", "horizon_view", "reading"]

NAMES = (
    (0.0, 121, "C0", "all states known"), (0.35, 121, "C3", "own rule only"),
    (0.0, 109, "C1", "mean of all agents"), (0.35, 109, "0.5", "by the formula"),
)  # fmt: skip

STRIDE = 4  # steps between the points that are drawn
TOGETHER = "agents that start together stay so \N{RIGHTWARDS ARROW}"
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def horizon_view(ax: Axes, result: CoupledMapsResult) -> None:
    """Draw the steps foretold against coupling, with the range of the runs, the formula and the chosen coupling."""
    rows, whole = result.coupling[1:], result.whole[1:]
    mean = whole.mean(axis=1)
    ends = np.array([mean - whole.min(axis=1), whole.max(axis=1) - mean])
    ax.errorbar(rows, mean, ends, fmt="o-", color="C0", markersize=4, elinewidth=1.2, label="all states known")
    ax.plot(rows, result.field[1:].mean(axis=1), color="C1", linestyle="--", label="mean of all agents")
    ax.plot(rows, result.alone[1:].mean(axis=1), color="C3", label="own rule only")
    edge, one, many = result.critical, result.law(), result.law(result.params.maps)
    ax.plot([0, min(edge, 0.68)], [one, one], color="0.5", linestyle=":", label="formula, one map")
    ax.plot([edge, 0.68], [many, many], color="0.5", linestyle=":", label="formula, agents together")
    ax.plot([edge, edge], [0, 89], color="0.5", linewidth=1)
    x, side = (edge + 0.007, "left") if edge < 0.2 else (0.7, "right")
    ax.text(x, 93, TOGETHER, color="0.5", fontsize=10, ha=side)
    ax.plot(
        [result.coupling[0]],
        [result.whole[0].mean()],
        "o",
        color="k",
        markerfacecolor="none",
        markersize=10,
        label="here",
    )
    for x, y, color, words in NAMES:
        ax.text(x, y, words, color=color, fontsize=10, va="center")
    ax.set(xlim=(-0.02, 0.7), ylim=(0, 126), xticks=(0, 0.2, 0.4, 0.6))
    ax.set_yticks((0, 20, 40, 60, STEPS), labels=("0", "20", "40", "60", f"{STEPS}+"))
    ax.set(xlabel="coupling (share of the way to the mean)", ylabel="steps foretold")


def errors_view(ax: Axes, result: CoupledMapsResult) -> None:
    """Draw the typical error of an agent and the spread of agents that start close together, each with its formula."""
    shown = np.arange(0, STEPS + 1, STRIDE)
    for course, law, color, name in (
        (result.error, result.error_law, "C0", "error"),
        (result.apart, result.apart_law, "C4", "apart"),
    ):
        low, high = course[shown].min(axis=1), course[shown].max(axis=1)
        ax.fill_between(shown, low, high, color=color, alpha=0.2, linewidth=0)
        ax.plot(shown, np.exp(np.log(course[shown]).mean(axis=1)), color=color, label=name)
        ax.plot(shown, law[shown], color="0.5", linestyle=":", label=f"{name}, formula")
    ax.text(1.5, 60, "error of an agent", color="C0", fontsize=10, va="center")
    ax.text(0.37 * STEPS, 60, "spread from 10⁻⁵", color="C4", fontsize=10, va="center")
    ax.text(0.75 * STEPS, 60, "by the formula", color="0.5", fontsize=10, va="center")
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set(xlim=(0, STEPS), ylim=(1e-13, 1e3), xticks=(0, 20, 40, 60, 80))
    ax.set_yticks((1e-12, 1e-8, 1e-4, 1), labels=("10⁻¹²", "10⁻⁸", "10⁻⁴", "1"))
    ax.set(xlabel="steps", ylabel="size (states: 0 to 1)")


def reading(result: CoupledMapsResult) -> str:
    """Say for how long an agent is foretold, beside one map alone and beside a reader of its own rule only."""
    p, whole = result.params, result.whole[0]
    edge = result.critical
    side = "above" if p.coupling > edge else "below" if p.coupling < edge else "at"
    where = (
        f"{side} the {edge:.3f} beyond which agents that start together stay together"
        if edge > 0
        else "where agents that start together stay together"
    )
    more = " or more" if whole.max() >= STEPS else ""
    spread = "" if whole.min() >= STEPS else f": {whole.min():.0f} to {whole.max():.0f}{more}"
    law = "for ever" if result.exponent <= 0 else f"for {_steps(result.law())}"
    return (
        f"At coupling {p.coupling:g}, {where}, an agent known to {_small(p.precision)} is foretold for {_steps(whole.mean())} "
        f"({p.runs} runs{spread}), from its own rule only for {_steps(result.alone[0].mean())}; "
        f"one map alone, by the formula, {law}."
    )


def _steps(count: float) -> str:
    return f"{STEPS} or more steps" if count >= STEPS else f"{count:.1f} steps"


def _small(value: float) -> str:
    """A small number as a power of ten, as on the axis."""
    if value >= 1e-3:
        return f"{value:g}"
    digits, power = f"{value:.1e}".split("e")
    lead = "" if float(digits) == 1 else f"{float(digits):g} \N{MULTIPLICATION SIGN} "
    return f"{lead}10{str(int(power)).translate(RAISED)}"
