"""Pictures and words of Braess's roads."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.corrigibility.braess import BraessResult, Effect, Use

__all__ = ["cost_view", "reading", "roads_view"]

CROSSINGS = {"start": (0.0, 0.5), "upper": (0.5, 1.0), "lower": (0.5, 0.0), "end": (1.0, 0.5)}
WIDEST = 12.0  # points, of the road that carries all drivers


def cost_view(ax: Axes, result: BraessResult) -> None:
    """Draw each driver's cost against demand, with and without the bridge, and the window in which it harms."""
    p, top = result.params, _top(result)
    if len(result.window):
        low, high = result.window
        ax.axvspan(low, min(high, result.curve_demand[-1]), color="C3", alpha=0.12, linewidth=0)
        _mark_end(ax, low, 0.12 * top, result)
        _mark_end(ax, high, 0.2 * top, result)
        if high - low > 0.25 * result.curve_demand[-1]:
            ax.text((low + high) / 2, 0.03 * top, "harms", color="C3", ha="center", fontsize=10)
    ax.plot(result.curve_demand, result.curve_without, color="C0", label="without the bridge")
    ax.plot(result.curve_demand, result.curve_with, color="C3", linestyle="--", label="with the bridge")
    if len(result.sample_demand):
        ax.plot(
            result.sample_demand, result.sample_cost, "o", color="C3" if p.bridge else "C0", markersize=4,
            label=f"{p.drivers} drivers, simulated",
        )  # fmt: skip
    here = result.cost_with if p.bridge else result.cost_without
    ax.plot([p.demand], [here], "o", color="k", markersize=10, fillstyle="none", label="_here")
    ax.set(xlim=(0, result.curve_demand[-1]), ylim=(0, top))
    ax.set(xlabel="demand (flow)", ylabel="each driver's cost (time)")
    ax.legend(loc="upper left")


def roads_view(ax: Axes, result: BraessResult) -> None:
    """Draw the roads as wide as the flow on them, with their flows."""
    upper, lower, over = result.flow
    roads = [
        ("start", "upper", upper + over, "steep", "C0"), ("upper", "end", upper, "flat", "C0"),
        ("start", "lower", lower, "flat", "C0"), ("lower", "end", lower + over, "steep", "C0"),
    ]  # fmt: skip
    for left, right, flow, kind, color in roads:
        _road(ax, left, right, flow, result.params.demand, color)
        x, y = np.mean([CROSSINGS[left], CROSSINGS[right]], axis=0)
        side = 1 if y > 0.5 else -1
        ax.text(x + 0.14 * (x - 0.5), y + 0.2 * side, f"{kind} {flow:.3g}", ha="center", va="center", fontsize=10)
    if result.params.bridge:
        _road(ax, "upper", "lower", over, result.params.demand, "C3")
    words = f"bridge {over:.3g}" if result.params.bridge else "bridge closed"
    ax.text(0.535, 0.5, words, va="center", fontsize=10, color="C3" if result.params.bridge else "0.5")
    x, y = np.array(list(CROSSINGS.values())).T
    ax.plot(x, y, "o", color="k", markersize=7, label="_crossings")
    ax.set(xlim=(-0.12, 1.12), ylim=(-0.15, 1.15), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.set(xlabel="from left to right; line width: share of flow", ylabel="the roads")


def reading(result: BraessResult) -> str:
    """Say what the bridge does at this demand, and where it harms."""
    p = result.params
    before, after = f"{result.cost_without:.4g}", f"{result.cost_with:.4g}"
    return f"At demand {p.demand:g} {_what(result, before, after)}; {_where(result)}."


def _what(result: BraessResult, before: str, after: str) -> str:
    opened = result.params.bridge
    if result.use is Use.NOBODY:
        verb = "uses" if opened else "would use"
        return f"nobody {verb} the bridge and each driver's cost is {before} with or without it"
    who = "all drivers" if result.use is Use.ALL else f"a flow of {result.over:.3g} out of {result.params.demand:g}"
    verb = {Effect.HELPS: "lower", Effect.HARMS: "raise", Effect.NEUTRAL: "leave"}[result.effect]
    change = f"at {before}" if result.effect is Effect.NEUTRAL else f"from {before} to {after}"
    if opened:
        return f"the bridge {verb}s everybody's cost {change}, with {who} on it"
    return f"the closed bridge, if opened, would {verb} everybody's cost {change}, with {who} on it"


def _where(result: BraessResult) -> str:
    if not len(result.window):
        return "on these roads it harms at no demand"
    return f"it harms at demands between {result.window[0]:.4g} and {result.window[1]:.4g} only"


def _road(ax: Axes, left: str, right: str, flow: float, demand: float, color: str) -> None:
    (x0, y0), (x1, y1) = CROSSINGS[left], CROSSINGS[right]
    wide = WIDEST * flow / demand if demand else 0.0
    ax.plot([x0, x1], [y0, y1], color="0.5", linewidth=0.8, linestyle=":", label="_road")
    if wide:
        ax.plot([x0, x1], [y0, y1], color=color, linewidth=wide, alpha=0.75, solid_capstyle="butt", label="_flow")


def _mark_end(ax: Axes, end: float, height: float, result: BraessResult) -> None:
    if end < result.curve_demand[-1]:
        ax.axvline(end, color="C3", linewidth=0.9, linestyle=":")
        side, gap = ("right", -1) if end > 0.8 * result.curve_demand[-1] else ("left", 1)
        at = end + 0.01 * gap * result.curve_demand[-1]
        ax.text(at, height, f"{end:.3g}", color="C3", ha=side, fontsize=10)


def _top(result: BraessResult) -> float:
    p = result.params
    return 1.5 * (p.intercept + (p.slope + p.flat_slope) * float(result.curve_demand[-1]) / 2)
