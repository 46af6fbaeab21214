"""Pictures and words of the driver nodes and of the energy behind them."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from sysalign_lib.corrigibility.controllability import (
    CURVE_DEGREES,
    DRAWN,
    ControllabilityResult,
    EnergyResult,
    Loops,
)

__all__ = ["energy_reading", "energy_view", "network_view", "reading", "share_view"]

STRETCH = np.array([1.7, 1.0])  # the network fills the wide picture
ENERGY_TOP = 34.0  # powers of ten


def network_view(ax: Axes, result: ControllabilityResult) -> None:
    """Draw the small network: matched links as arrows, driver nodes filled, nodes wired to the same signal ringed."""
    place = result.position * STRETCH
    ends = place[result.links]
    ax.add_collection(LineCollection(list(ends[~result.matched]), colors="0.5", linewidths=0.5, alpha=0.6))
    start, step = ends[result.matched, 0], ends[result.matched, 1] - ends[result.matched, 0]
    if len(start):
        ax.quiver(
            start[:, 0], start[:, 1], 0.93 * step[:, 0], 0.93 * step[:, 1], color="C0", angles="xy", scale_units="xy",
            scale=1, width=0.005, headwidth=5, headlength=6, headaxislength=6,
        )  # fmt: skip
    plain = ~(result.driver | result.wired)
    ax.plot(*place[plain].T, "o", color="0.5", markersize=4, label="_plain")
    ax.plot(*place[result.wired].T, "o", color="C1", markersize=6.5, fillstyle="none", label="_wired")
    ax.plot(*place[result.driver].T, "o", color="C1", markersize=7.5, label="_driver")
    ax.set(xlim=(-1.75, 1.75), ylim=(-1.25, 1.05), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    own = result.params.loops is Loops.DIFFERENT
    ax.set(xlabel="every node is matched with itself" if own else "blue arrows: a maximum matching")
    ax.set(ylabel=f"one network of {DRAWN} nodes")
    ax.text(-1.7, -1.2, _marks(result), color="C1", fontsize=10)


def share_view(ax: Axes, result: ControllabilityResult) -> None:
    """Draw the share of driver nodes against the mean degree: cavity theory, samples and the chosen degree."""
    ax.plot(result.curve_degree, result.curve_share, color="C0", label="theory")
    if len(result.sample_degree):
        ax.errorbar(
            result.sample_degree, result.mean, yerr=2 * result.error, fmt="o", color="C1", markersize=4,
            elinewidth=1.2, capsize=2, label="simulated, ± 2 standard errors",
        )  # fmt: skip
    ax.plot([result.params.degree], [result.share], "o", color="k", markersize=9, fillstyle="none", label="_here")
    ax.set(xlim=(CURVE_DEGREES[0], CURVE_DEGREES[-1]), ylim=(-0.03, 1.0), yticks=[0, 0.25, 0.5, 0.75, 1])
    ax.set(xlabel="mean degree k (links a node)", ylabel="driver nodes per node")
    ax.legend(loc="upper right")


def reading(result: ControllabilityResult) -> str:
    """Say how many driver nodes there are, and what a single one would cost."""
    p = result.params
    where = f"At mean degree {p.degree:g} {_hubs(p.hubs, p.exponent)}"
    if not result.driver.any():
        return f"{where} theory says that {result.theory:.1%} of {p.nodes} nodes need a signal of their own."
    drivers = f"{result.drawn_drivers} of the {DRAWN} nodes drawn"
    if p.loops is Loops.DIFFERENT:
        also = f"wired to {_count(int((result.driver | result.wired).sum()), 'node')}"
        cost = f"more than 10 to the power {math.floor(result.floor)} times the energy it costs with one signal a node"
        return (
            f"{where} and a different decay rate in every node, one signal steers all {DRAWN} nodes on paper ({also}), but "
            f"the hardest state costs {cost}."
        )
    alike = "; decay rates that are all alike change nothing" if p.loops is Loops.ALIKE else ""
    verb = "needs a signal of its own" if result.drawn_drivers == 1 else "need a signal of their own"
    share = f"in networks of {p.nodes} nodes it is {result.share:.1%}, and theory says {result.theory:.1%}"
    return f"{where}, {drivers} {verb}{alike}; {share}."


def energy_view(ax: Axes, result: EnergyResult) -> None:
    """Draw the energy through one signal against the number of nodes, as powers of ten."""
    ax.plot(result.size, result.isolated, color="C3", label="no links, rates differ (exact)")
    ax.plot(result.size, result.chain, color="C0", label="chain (exact)")
    ax.plot(result.size, result.every_node, color="C2", label="one signal a node (exact)")
    if len(result.random):
        ax.plot(result.random_size, result.random, "o", color="C1", markersize=3.5, label="random networks (simulated)")
    ax.set(xlim=(0.5, result.params.nodes + 0.5), ylim=(-0.5, ENERGY_TOP))
    ax.set(xlabel="nodes", ylabel="energy (power of ten)")
    ax.legend(loc="upper left")


def energy_reading(result: EnergyResult) -> str:
    """Say what one signal costs in the largest network."""
    p = result.params
    return (
        f"Through one signal, {p.nodes} unlinked nodes with rates {1 - p.spread / 2:g} to {1 + p.spread / 2:g} cost "
        f"10 to the power {result.isolated[-1]:.1f} units of energy a state on average, and a chain of {p.nodes} costs "
        f"10 to the power {result.chain[-1]:.1f}; with one signal a node it is 2 units, however many the nodes."
    )


def _marks(result: ControllabilityResult) -> str:
    extra = int(result.wired.sum())
    rings = f", same signal also wired to {_count(extra, 'ring')}" if extra else ""
    return f"{_count(result.drawn_drivers, 'driver node')}{rings}"


def _hubs(hubs: float, exponent: float) -> str:
    return f"with hubs (degree exponent {exponent:.3g})" if hubs else "without hubs"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
