"""Pictures of superposition: arrows then and now, what dictionaries still name, and the phases of two features."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.interpretability.superposition import MOMENTS, SHORTEST, STRONG, PhasesResult, ShiftResult

__all__ = [
    "arrows_view", "diagram_view", "dimensions_view", "losses_view", "naming_view", "phases_reading", "reading",
]  # fmt: skip

REACH = 1.45  # length of the longest arrow that fits the picture
NEAR, BESIDE = 0.15, np.array([0.13, -0.16])  # the number of a shorter arrow stands beside the origin
BORDER = 1.25  # length of the borders that are drawn
FADED = 0.01  # a shorter arrow is none
RING = SHORTEST * np.array([np.cos(np.linspace(0, 2 * np.pi, 49)), np.sin(np.linspace(0, 2 * np.pi, 49))])
SMALL: Any = {"fontsize": 10, "va": "center"}
ALONG = np.arange(len(MOMENTS))


def arrows_view(ax: Axes, result: ShiftResult) -> None:
    """Draw a network's arrows at the snapshot and now, between the borders of the snapshot's dictionary."""
    far = BORDER * np.stack((np.cos(result.borders), np.sin(result.borders)))
    ax.plot(*_spokes(far), color="0.5", linewidth=1, linestyle=":")
    ax.plot(*np.concatenate((_spokes(result.then), RING), axis=1), color="0.5", linewidth=1)
    ax.plot(*result.then, "o", color="0.5", markerfacecolor="none", markersize=7, label="at the snapshot")
    for kept, color, shape, name in (
        (result.true_now, "C0", "o", "named rightly"),
        (~result.true_now, "C3", "X", "not"),
    ):
        ends = result.now[:, kept]
        ax.plot(*_spokes(ends), color=color, linewidth=2.2)
        ax.plot(*ends, shape, color=color, markersize=7, label=f"now, {name}")
    for feature, end in enumerate(result.now.T, start=1):
        x, y = end * (1 + 0.2 / np.hypot(*end)) if np.hypot(*end) > NEAR else end + BESIDE
        ax.text(x, y, str(feature), ha="center", va="center", fontsize=10)
    for height, color, words in (
        (1.3, "0.5", "\N{WHITE CIRCLE} snapshot"), (1.02, "C0", "\N{BLACK CIRCLE} now"),
        (0.74, "C3", "\N{MULTIPLICATION X} misread"),
    ):  # fmt: skip
        ax.text(-2.24, height, words, color=color, **SMALL)
    ax.text(-2.24, -1.34, "dotted: borders between\nold words", color="0.5", fontsize=10, va="bottom")
    ax.text(2.24, -1.34, "inside the ring:\ntoo short to read", color="0.5", fontsize=10, va="bottom", ha="right")
    ax.set(xlim=(-2.28, 2.28), ylim=(-REACH, REACH), xticks=(-1, 1), yticks=(-1, 1))
    ax.set(xlabel="hidden unit 1 (units of a feature)", ylabel="hidden unit 2")


def dimensions_view(ax: Axes, result: ShiftResult) -> None:
    """Draw each feature's share of a dimension, then and now, with the shares of opposed pairs and of a pentagon."""
    features = np.arange(1, result.now.shape[1] + 1)
    then, now = result.dimensions
    for height, words in ((1 / 2, "1/2: pair"), (2 / 5, "2/5: pentagon")):
        ax.text(5.55, height + (0.06 if height == 0.5 else -0.07), words, color="0.5", **SMALL)
    ax.hlines((1 / 2, 2 / 5), 0.4, 5.45, color="0.5", linewidth=1, linestyle="--")
    ax.vlines(features, 0, now, color="C0", linewidth=18)
    ax.plot(features, now, "_", color="C0", markersize=17, label="now")
    ax.plot(features, then, "o", color="k", markerfacecolor="none", markersize=7, label="at the snapshot")
    ax.set(xlim=(0.4, 7.3), ylim=(0, 1.05), xticks=features, yticks=(0, 0.5, 1))
    ax.set(xlabel="feature", ylabel="dimensions (share)")


def naming_view(ax: Axes, result: ShiftResult) -> None:
    """Draw the share of features that the old dictionary names rightly, beside one written now and two baselines.

    Bars are two standard errors over the networks.
    """
    here = ALONG[: len(result.moments)]
    networks = np.sqrt(result.frozen.shape[1])
    series: Any = (
        ("dictionary written now", result.refitted, "C2", "s", 0.06),
        ("the snapshot's", result.frozen, "C0", "o", -0.06),
    )
    for name, shares, color, shape, side in series:
        middle, error = 100 * shares.mean(axis=1), 200 * shares.std(axis=1, ddof=1) / networks
        ax.vlines(here + side, middle - error, middle + error, color=color, linewidth=1.2)
        ax.plot(here + side, middle, f"{shape}-", color=color, markersize=4.5, label=name)
    fresh, chance = np.full(len(ALONG), 100 * result.fresh.mean()), np.full(len(ALONG), 100 * result.chance)
    ax.plot(ALONG, fresh, color="C4", linestyle="--", linewidth=1.3, label="networks that began afresh")
    ax.plot(ALONG, chance, color="0.5", linestyle=":", linewidth=1.3, label="guessing")
    for place, height, color, words in (
        (-0.25, 148, "C2", "dictionary written now"), (3.5, 148, "C0", "the snapshot's"),
        (-0.25, 124, "C4", "new networks, own words"), (3.5, 124, "0.5", "guessing"),
    ):  # fmt: skip
        ax.text(place, height, words, color=color, **SMALL)
    ax.set_xticks(ALONG, labels=[f"{moment:,}" for moment in MOMENTS])
    ax.set(xlim=(-0.3, len(MOMENTS) - 0.7), ylim=(0, 162), yticks=(0, 100))
    ax.set(xlabel="steps of learning after the snapshot", ylabel="named rightly (%)")


def reading(result: ShiftResult) -> str:
    """Say how many features the old dictionary still names, how many one written now names, and what new networks store."""
    p, all_of_them = result.params, result.frozen.shape[1] * result.then.shape[1]
    first, old, new = (round(all_of_them * float(share)) for share in (
        result.frozen[0].mean(), result.frozen[-1].mean(), result.refitted[-1].mean()))  # fmt: skip
    moment = int(result.moments[-1])
    if moment == 0:
        return (
            f"At the snapshot, after learning at density {p.before}, the dictionaries of {result.frozen.shape[1]} networks name "
            f"{first} of {all_of_them} features rightly."
        )
    change = (
        f"with the density still {p.after}" if p.before == p.after else f"at density {p.after} instead of {p.before}"
    )
    who = f"the snapshot's dictionaries of {result.frozen.shape[1]} networks"
    return (
        f"After {moment:,} more steps {change}, {who} name {old} of {all_of_them} features rightly ({first} at first), and "
        f"dictionaries written now would name {new}; guessing gives {round(all_of_them * result.chance)}."
    )


def diagram_view(ax: Axes, result: PhasesResult) -> None:
    """Draw the plane of density and importance with its lines, and the place where the reader stands."""
    jump, ratio = result.jump_density, result.line_ratio
    ax.fill_betweenx(ratio, 0, jump, color="C0", alpha=0.12, linewidth=0)
    left = jump < result.fade_density[0]
    edge = np.append(jump[left], result.fade_density), np.append(ratio[left], result.fade_ratio)
    ax.fill_between(*edge, color="C4", alpha=0.12, linewidth=0)
    ax.plot(jump, ratio, color="k", linewidth=2, label="optimum jumps")
    ax.plot(result.fade_density, result.fade_ratio, color="C1", label="second arrow fades out")
    ax.plot(result.unit_density, ratio, color="0.5", linestyle="--", label="arrows of length 1")
    ax.plot([result.params.density], [result.params.ratio], "D", color="C3", markersize=8, zorder=5, label="you")
    ax.text(0.03, 0.9, "both stored,\nopposed", color="C0", fontsize=10, va="top")
    ax.text(0.97, 0.2, "only the first", color="C4", fontsize=10, ha="right")
    ax.text(0.985, 1.07, "second one faint", color="C1", fontsize=10, ha="right", va="bottom")
    ax.text(0.44, 1.07, "4r/(2+5r)", color="0.5", fontsize=10, ha="center", va="bottom")
    ax.set(xlim=(0, 1.02), ylim=(0, 1.18), xticks=(0, 0.25, 0.5, 0.75, 1), yticks=(0, 0.5, 1))
    ax.set(xlabel="density (chance that a feature is on)", ylabel="importance of the second (ratio)")


def losses_view(ax: Axes, result: PhasesResult) -> None:
    """Draw the losses of the two closed forms and of the optimum along all densities, as shares of what guessing costs."""
    for name, curve, color, style in zip(
        ("only the first stored", "opposed, length 1", "optimum"), result.curves, ("C4", "C0", "k"), ("--", "--", "-"),
        strict=True,
    ):  # fmt: skip
        ax.plot(result.curve_density, curve, color=color, linestyle=style, label=name)
    ax.plot([result.params.density], [min(result.shares[2], 1.0)], "D", color="C3", markersize=7, zorder=4, label="you")
    for place, color, words in ((0.02, "C0", "opposed"), (0.27, "C4", "only the first"), (0.84, "k", "optimum")):
        ax.text(place, 0.93, words, color=color, **SMALL)
    ax.set(xlim=(0, 1.02), ylim=(0, 1), xticks=(0, 0.25, 0.5, 0.75, 1), yticks=(0, 0.5, 1))
    ax.set(xlabel="density", ylabel="loss (guessing = 1)")


def phases_reading(result: PhasesResult) -> str:
    """Say what is best here, and what the closed forms lose."""
    p, (only, opposed, best) = result.params, result.shares
    first, second = np.abs(result.found[:2])
    if result.shorter > STRONG:
        what = f"stores both features, opposed, with arrows {first:.2f} and {second:.2f} long"
    elif result.shorter > FADED:
        what = f"stores one feature with an arrow {max(first, second):.2f} long and the other faintly, {result.shorter:.2f}"
    else:
        what = "stores the first feature and drops the second"
    return (
        f"At density {p.density:g} and importance ratio {p.ratio:g} the best arrangement {what}; it costs {best:.3f} of what "
        f"guessing costs, opposed arrows of length 1 cost {opposed:.3f}, and the first feature alone costs {only:.3f}."
    )


def _spokes(ends: np.ndarray) -> np.ndarray:
    """Lines from the origin to every end, as one line with gaps."""
    gap, middle = np.full_like(ends, np.nan), np.zeros_like(ends)
    return np.stack((middle, ends, gap), axis=2).reshape(2, -1)
