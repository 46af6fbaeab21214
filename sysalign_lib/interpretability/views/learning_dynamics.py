"""Pictures of learning dynamics: the staircase, the loss with forecasts from one moment of it, and two twins."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from sysalign_lib.core.words import percent
from sysalign_lib.interpretability.learning_dynamics import (
    METHODS,
    STRENGTHS,
    TWIN_STRENGTHS,
    TWIN_WINDOW,
    ForecastResult,
    Match,
    TwinResult,
)

__all__ = ["loss_view", "reading", "staircase_view", "twin_loss_view", "twin_reading", "twin_view"]

DASH = (1.8, 3.6)  # stroke and gap: where three lines are one, their strokes take turns
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": "0.5", "linestyle": (0, DASH), "linewidth": 2.2}, {"color": "C3", "linestyle": (3.6, DASH), "linewidth": 2.2},
    {"color": "C4", "linestyle": (1.8, DASH), "linewidth": 2.2}, {"color": "C5", "linestyle": ":"}, {"color": "C2"},
)  # fmt: skip
LATEST = 10.5  # end of the axis of time, in tau
BESIDE = 0.1  # of a label from what it names, in tau
FLAG = 0.86  # height of the stretch that is forecast, as a share of the axis
NAMES = ("A", "B")
TINY = 0.001  # losses below it are not told apart
TWIN_LOOKS: tuple[dict[str, Any], ...] = ({"color": "C0"}, {"color": "C1", "linestyle": "--"})


def staircase_view(ax: Axes, result: ForecastResult) -> None:
    """Draw the strength of every mode in closed form and in simulated networks, and the stretch that is forecast."""
    p = result.params
    for mode, strength in enumerate(STRENGTHS):
        ax.plot(result.time, result.strength[mode], color="C0", label=f"mode of strength {strength:g}")
        seen = result.net_strength[:, mode]
        low, mean, high = seen.min(axis=0), seen.mean(axis=0), seen.max(axis=0)
        ax.plot(result.net_time, mean, "o", color="C1", markersize=3.5, label=f"simulated, strength {strength:g}")
        ax.vlines(result.net_time, low, high, color="C1", linewidth=1.2)
    ax.axvspan(p.snapshot, p.moment, 0, FLAG, color="0.5", alpha=0.2, linewidth=0)
    ax.axvline(p.snapshot, color="0.5", linewidth=1.2)
    ends = max(LATEST, result.time[-1])
    x, side = (p.snapshot + BESIDE, "left") if p.snapshot < 0.8 * ends else (p.snapshot - BESIDE, "right")
    ax.text(x, 5.1, "snapshot", color="0.5", fontsize=10, ha=side, va="center")
    x, side = (p.moment + BESIDE, "left") if p.moment < 0.8 * ends else (p.snapshot - BESIDE, "right")
    if p.horizon > 0.14 * ends:  # there is room in the stretch itself
        x, side = (p.snapshot + p.moment) / 2, "center"
    ax.text(x, 4.4, "forecast", color="0.5", fontsize=10, ha=side, va="center")
    ax.set(xlim=(0, ends), ylim=(-0.1, 5.4))
    ax.set_yticks([0, *STRENGTHS[::-1]], labels=["0", *(f"{one:g}" for one in STRENGTHS[::-1])])
    ax.set(xlabel="time (tau)", ylabel="learned strength (teacher's units)")


def loss_view(ax: Axes, result: ForecastResult) -> None:
    """Draw the loss, and what is forecast of it from the snapshot by five methods."""
    ax.plot(result.time, result.loss, color="k", linewidth=1.2, label="loss")
    ax.axvspan(result.params.snapshot, result.params.moment, 0, 0.79, color="0.5", alpha=0.2, linewidth=0)
    ax.fill_between(result.fan_time, *result.band, color="C2", alpha=0.3, linewidth=0)
    for method, forecast, look in zip(METHODS, result.fan, LOOKS, strict=True):
        ax.plot(result.fan_time, forecast, label=method, **look)
    ax.plot(result.fan_time[-1:], [result.truth], "D", color="k", markersize=5, label="what comes", zorder=5)
    ax.set_yscale("log")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticks([0.001, 0.01, 0.1, 1, 10], labels=["0.001", "0.01", "0.1", "1", "10"])
    ax.set(xlim=(0, max(LATEST, result.time[-1])), ylim=(7e-4, 220))
    if max(*result.fan_truth, *result.fan.max(axis=0)) < TINY:
        x, words = result.params.snapshot - BESIDE, f"from here on below {TINY:g}"
        ax.text(x, 0.5, words, color="0.5", fontsize=10, ha="right", va="center")
    ax.set(xlabel="time (tau)", ylabel="loss")
    for at, (name, look) in enumerate(zip((*METHODS, "what comes"), (*LOOKS, {"color": "k"}), strict=True)):
        x, y = (0.02, 0.34, 0.68)[at // 2], 0.95 - 0.105 * (at % 2)
        ax.text(x, y, name, color=look["color"], fontsize=10, va="center", transform=ax.transAxes)


def reading(result: ForecastResult) -> str:
    """Say what the loss is, what it becomes, and what each forecast made of it."""
    p = result.params
    stays, slope, logs, one, _ = result.fan[:, -1]
    layers = "1 layer" if p.depth == 1 else f"{p.depth} layers"
    seen = result.net_truth
    nets = "" if len(seen) == 1 else f" ({len(seen)} simulated networks: {_span(seen.min(), seen.max())})"
    low, high = result.band[:, -1]
    many = result.reading.shape[0] * result.reading.shape[1]
    rule = "the rule from the weights" if many == 1 else f"the rule from misread weights, in 4 of 5 of {many} readings,"
    if max(result.now, *result.fan[:, -1], high, seen.max()) < TINY:
        same = "" if len(seen) == 1 else f" (and in {len(seen)} simulated networks)"
        return (
            f"With {layers} the loss at time {p.snapshot:g} is {_loss(result.now)}, and {p.horizon:g} later it still is{same}. "
            f"Every forecast is off by {_loss(result.now)}: that it stays, by its slope, by its log slope, by the rule for one "
            f"mode, and by {rule.rstrip(',')}."
        )
    return (
        f"With {layers} the loss at time {p.snapshot:g} is {_loss(result.now)}, and {p.horizon:g} later it is "
        f"{_loss(result.truth)}{nets}. Forecast: {_loss(stays)} if it stays, {_loss(slope)} by its slope, {_loss(logs)} by its "
        f"log slope, {_loss(one)} by the rule for one mode, and by {rule} {_span(low, high)}."
    )


def twin_view(ax: Axes, result: TwinResult) -> None:
    """Draw the strengths of both modes in both networks, the second network dashed."""
    for network, look in enumerate(TWIN_LOOKS):
        for mode, strength in enumerate(TWIN_STRENGTHS):
            label = f"{NAMES[network]}, mode of strength {strength:g}"
            ax.plot(result.time, result.strength[network, mode], label=label, **look)
    ax.plot(
        result.half.ravel(),
        np.tile(np.array(TWIN_STRENGTHS) / 2, 2),
        "o",
        color="0.5",
        markersize=4,
        label="half learned",
    )
    ax.text(0.05, 3.4, "network A", color="C0", fontsize=10, va="center")
    ax.text(1.05, 3.4, "network B (dashed)", color="C1", fontsize=10, va="center")
    ax.plot([2.72], [3.39], "o", color="0.5", markersize=4)
    ax.text(2.8, 3.4, "half learned", color="0.5", fontsize=10, va="center")
    ax.set(xlim=(0, TWIN_WINDOW), ylim=(-0.1, 3.7), yticks=(0, 1, 2, 3))
    ax.set(xlabel="time (tau)", ylabel="learned strength (teacher's units)")


def twin_loss_view(ax: Axes, result: TwinResult) -> None:
    """Draw both losses, closed form and simulated on the same drawn inputs."""
    for network, look in enumerate(TWIN_LOOKS):
        ax.plot(result.time, result.loss[network], label=f"loss of {NAMES[network]}", **look)
        seen = result.net_loss[network]
        ax.errorbar(
            result.net_time, seen.mean(axis=0), 2 * seen.std(axis=0), fmt="os"[network], color=look["color"], markersize=3.5,
            elinewidth=1.2, label=f"{NAMES[network]} simulated, 2 std. devs.",
        )  # fmt: skip
    ax.set(xlim=(0, TWIN_WINDOW), ylim=(-0.3, 7.5), yticks=(0, 2, 4, 6))
    ax.set(xlabel="time (tau)", ylabel="loss")


def twin_reading(result: TwinResult) -> str:
    """Say what the networks have in common, and how their futures differ."""
    p, loss = result.params, _loss(float(result.loss[0, 0]))
    falls = [_loss(-float(one)) for one in result.slope]
    pace = (
        f"falling by {falls[0]} a unit of time in both" if falls[0] == falls[1] else f"falling by {' and '.join(falls)}"
    )
    same = f"Two networks compute the same and have the same loss, {loss}, {pace}"
    drawn = "" if len(result.unlike) == 1 else f", as in {p.runs} simulated pairs on the same inputs"
    if result.gap < 1e-9:
        why = "their hidden units are turned" if p.match is Match.GRAMS else "nothing is stretched"
        return f"{same}: {why}, and their losses never differ{drawn}."
    return f"{same}. {_order(result)}; the losses come to differ by {percent(result.gap)} of the first loss{drawn}."


def _order(result: TwinResult) -> str:
    said = []
    for network in (0, 1):
        first = int(result.first[network])
        early, late = (f"{result.half[network, mode]:.2f}" for mode in (first, 1 - first))
        said.append(
            f"{NAMES[network]} has half learned the mode of strength {TWIN_STRENGTHS[first]:g} by time {early} and that of "
            f"strength {TWIN_STRENGTHS[1 - first]:g} by {late}"
        )
    return f"{said[0]}, {said[1]}"


def _loss(value: float) -> str:
    """A loss in three digits; the smallest are not told apart."""
    return f"less than {TINY:g}" if value < TINY else f"{float(f'{value:.3g}'):g}"


def _span(low: float, high: float) -> str:
    ends = _loss(low), _loss(high)
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
