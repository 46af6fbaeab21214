"""Pictures of a system in blocks: what solving the parts first costs, and the two lives that make it possible."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, StrMethodFormatter

from sysalign_lib.oversight.near_decomposability import Cut, Floats, NearDecomposabilityResult

__all__ = ["error_view", "life_view", "reading"]


def _plain(value: float, place: int | None = None) -> str:
    """A small number without an exponent, two digits of it."""
    return np.format_float_positional(float(f"{value:.2g}"), trim="-")


def error_view(ax: Axes, result: NearDecomposabilityResult) -> None:
    """Draw the error against the coupling, with a line of slope one through the first point."""
    line = result.curve[0] * result.couplings / result.couplings[0]
    ax.plot(result.couplings, line, color="0.5", linestyle=":", label="in proportion to the coupling")
    ax.plot(result.couplings, result.curve, color="C0", label="parts first, then joined")
    ax.plot([result.params.coupling], [result.error], "o", color="C1", markersize=8, zorder=5, label="here")
    ax.text(1.1e-4, 3.2, "parts first, then joined", color="C0", fontsize=10, va="top")
    ax.text(0.45, 1.2e-5, "in proportion to the coupling", color="0.5", fontsize=10, ha="right", va="bottom")
    ax.set(xscale="log", yscale="log", xlim=(8e-5, 0.6), ylim=(8e-6, 4), xticks=(1e-4, 1e-3, 1e-2, 1e-1))
    ax.set(yticks=(1e-5, 1e-3, 1e-1), xlabel="coupling (leaving a block, a step)", ylabel="error")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(_plain))
    ax.minorticks_off()


def life_view(ax: Axes, result: NearDecomposabilityResult) -> None:
    """Draw how far the chain is from its equilibrium inside blocks and between them, as time passes."""
    ax.plot(result.times, result.inside, color="C2", label="inside blocks")
    ax.plot(result.times, result.between, color="C3", label="between blocks")
    ax.text(1.2, 2.3, "inside blocks", color="C2", fontsize=10, va="top")
    ax.text(8e5, 2.3, "between blocks", color="C3", fontsize=10, va="top", ha="right")
    ax.set(xscale="log", xlim=(0.9, 1.1e6), ylim=(-0.05, 2.4), xticks=(1, 100, 10_000), yticks=(0, 1, 2))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.minorticks_off()
    ax.set(xlabel="steps", ylabel="distance")


def _after(result: NearDecomposabilityResult, course: Floats) -> int:
    """Steps after which less than a fiftieth is left, two digits of them."""
    return int(float(f"{result.times[int((course > 0.02).sum())]:.2g}"))


def reading(result: NearDecomposabilityResult) -> str:
    """Say how wrong the parts' answer is, and how long each life takes."""
    params = result.params
    inside, between = (_after(result, course) for course in (result.inside, result.between))
    times = result.error / params.coupling
    ratio = f"{times:.2f}" if times < 10 else f"{times:,.0f}"
    borders = "" if params.cut is Cut.RIGHT else " with borders one state off"
    return (
        f"With a coupling of {params.coupling:g} the equilibrium that is put together from parts{borders} is wrong by "
        f"{_plain(result.error)} in all, {ratio} times the coupling. "
        f"Inside blocks the chain has settled after about {inside} steps, between them after about {between:,.0f}."
    )
