"""Pictures and words of a voting constitution: the plane of two features, and the reward's tilt as more cases are asked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sysalign_lib.rlhf.principles import RUNS, Cases, PrinciplesResult

__all__ = ["plane_view", "reading", "tilt_view"]

LEFT, RIGHT, HIGH = -2.4, 1.4, 1.242  # of the plane drawn; a degree is a degree
SMALL: Any = {"fontsize": 10, "va": "center"}
RING = np.linspace(0, 2 * math.pi, 25)[:-1]


def plane_view(ax: Axes, result: PrinciplesResult) -> None:
    """Draw principles, asked questions, the reward with the half it rejects, and a unanimous verdict that it reverses."""
    ax.fill([0, RIGHT, RIGHT, 0], [0, 0, HIGH, HIGH], color="C2", alpha=0.15, linewidth=0)
    ax.axhline(0, color="0.5", linewidth=0.6)
    ax.axvline(0, color="0.5", linewidth=0.6)
    if not result.silent:
        ax.fill(*_rejected(result.weights), color="C3", alpha=0.13, linewidth=0)
    if result.params.coverage > 0 and result.params.cases is not Cases.TRADE:
        size = 1 + 4 * math.sqrt(result.params.coverage)
        ax.plot(1.12 * np.cos(RING), 1.12 * np.sin(RING), "o", color="0.5", markersize=size, label="_far")
    asked, voters = _shown(result.asked), 0.8 * result.principle
    ax.plot(*_rays(voters), color="k", linewidth=1.2, label="_voters")
    ax.plot(voters[:, 0], voters[:, 1], "o", color="k", markersize=4, label="principles")
    ax.plot(*_rays(asked), color="C1", linewidth=1.2, label="_asked")
    ax.plot(asked[:, 0], asked[:, 1], "s", color="C1", markersize=4.5, label="asked first")
    _draw_reward(ax, result)
    ax.set(xlim=(LEFT, RIGHT), ylim=(-HIGH, HIGH), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    ax.set(xlabel="change of feature 1 (direction only)", ylabel="change of feature 2")


def _draw_reward(ax: Axes, result: PrinciplesResult) -> None:
    runs = result.run_weights / np.maximum(np.linalg.norm(result.run_weights, axis=1, keepdims=True), 1e-12)
    ax.plot(runs[:, 0], runs[:, 1], ".", color="C0", alpha=0.5, markersize=6, label="reward, simulated runs")
    if not result.silent:
        tip = result.weights / np.linalg.norm(result.weights)
        ax.plot([0, tip[0]], [0, tip[1]], color="C0", linewidth=2.6, label="_reward")
        ax.plot(tip[:1], tip[1:], "D", color="C0", markersize=7, label="reward")
    if result.violated:
        ax.plot(*result.witness[:, None], "X", color="C3", markersize=10, label="approved by all, rejected")
    for line, (text, color) in enumerate(_key(result)):
        ax.text(0.98 * LEFT, 1.08 - 0.2 * line, text, color=color, **SMALL)


def _key(result: PrinciplesResult) -> list[tuple[str, str]]:
    words = [
        ("all approve", "C2"), ("\N{BLACK CIRCLE} principles", "k"), ("\N{BLACK SQUARE} asked first", "C1"),
        ("\N{BLACK DIAMOND} reward", "C0"), ("reward rejects", "C3"), ("\N{HEAVY MULTIPLICATION X} both", "C3"),
    ]  # fmt: skip
    return words[: 3 if result.silent else 6 if result.violated else 5]


def tilt_view(ax: Axes, result: PrinciplesResult) -> None:
    """Draw the angle between reward and principles against coverage, and the coverage that ends the reversed verdicts."""
    ax.axhspan(0, 45, color="C2", alpha=0.15, linewidth=0)
    ax.axhspan(90, 180, color="C3", alpha=0.13, linewidth=0)
    if np.isfinite(result.curve_tilt).any():
        ax.plot(100 * result.curve_coverage, result.curve_tilt, color="C0", label="unlimited answers")
    at = 100 * result.params.coverage
    seen = result.run_tilt[np.isfinite(result.run_tilt)]
    if len(seen):
        ax.plot(np.full(len(seen), at), seen, ".", color="C0", alpha=0.5, markersize=6, label="simulated runs")
    if not result.silent:
        ax.plot([at], [result.tilt], "D", color="C0", markersize=7, label="_here")
    for level, height, at in ((90, 150, result.pair_threshold), (45, 112, result.all_threshold)):
        if 0 < at < math.inf:
            ax.plot([100 * at, 100 * at], [level, height], color="0.5", linewidth=0.9, linestyle=":", label="_mark")
            ax.text(100 * at + 1.5, height, f"{100 * at:.1f} %", color="k", **SMALL)
    for height, words, color in (
        (168, "(1, 1) scored below (0, 0)", "C3"),
        (59, "below: no unanimous verdict reversed", "C2"),
    ):
        ax.text(98, height, words, color=color, ha="right", **SMALL)
    ax.set(xlim=(-2, 102), ylim=(-4, 180), xticks=(0, 50, 100), yticks=(0, 45, 90, 180))
    ax.set(xlabel="share of added questions (%)", ylabel="reward's tilt (degrees)")


def reading(result: PrinciplesResult) -> str:
    """Say what the reward does to unanimous verdicts at this coverage, and which coverage mends it."""
    p = result.params
    if not result.silent:
        return f"{_start(result)}{_simulated(result)}. {_mended(result)}"
    return (
        f"Its {p.principles} principles split evenly over all that is asked, so the reward is 0 and prefers nothing"
        f"{_chance(result)}."
    )


def _chance(result: PrinciplesResult) -> str:
    if (result.run_weights == result.weights).all():
        return ""
    runs = f"{result.runs_violated} of {RUNS} simulated runs"
    return f"; sampling alone makes it reject changes that all principles approve in {runs}"


def _start(result: PrinciplesResult) -> str:
    p = result.params
    what = "added along the same trade-off" if p.cases is Cases.TRADE else "added in every direction"
    start = (
        f"With {p.principles} fixed principles and {_percent(p.coverage)} of the questions {what}, the reward rejects"
    )
    if not result.violated:
        return f"{start} no change that all principles approve"
    if result.reversed_share == 1:
        return f"{start} every change that all principles approve, (1, 1) among them"
    pair = ", (1, 1) among them" if result.pair_reversed else ""
    return f"{start} {_percent(result.reversed_share)} of the changes that all principles approve{pair}"


def _simulated(result: PrinciplesResult) -> str:
    if (result.run_weights == result.weights).all():
        return ""
    runs = f"{result.runs_violated} of {RUNS} simulated runs"
    if result.violated:
        return f"; in {runs} it rejects such changes, too"
    return (
        f"; in {runs} it does reject some" if result.runs_violated else f"; nor does it in any of {RUNS} simulated runs"
    )


def _mended(result: PrinciplesResult) -> str:
    at = result.all_threshold
    if result.params.cases is Cases.TRADE:
        return "More questions about the same trade-off change nothing."
    if at == 0:
        return "With these questions it would do so at no coverage."
    if math.isinf(at):
        return "No coverage mends it."
    return f"From {100 * at:.1f} % on it rejects none of them."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share in (0.0, 1.0) or 0.0095 < share < 0.995 else f"{100 * share:.1f} %"


def _shown(difference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Questions as they are drawn: half a unit long for a difference of 1, a whole one for 10."""
    size = np.linalg.norm(difference, axis=1, keepdims=True)
    return np.asarray(difference / size * (0.5 + 0.5 * np.log10(size)))


def _rays(tips: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lines from the origin to each tip, as one broken line."""
    x, y = (np.column_stack([np.zeros(len(tips)), one, np.full(len(tips), np.nan)]).ravel() for one in tips.T)
    return x, y


def _rejected(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners of the half of the plane that the reward rejects."""
    along = weights / np.linalg.norm(weights)
    side = np.array([-along[1], along[0]])
    corners = 3 * np.array([side, -side, -side - along, side - along])
    return corners[:, 0], corners[:, 1]
