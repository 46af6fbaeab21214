"""Pictures of planner and reward: three pairs with one behavior, and two likelihoods that mirror each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.value_learning.planners import BETAS, SIDE, PlannersResult
from sysalign_lib.value_learning.views.maps import canvas, reward_map
from sysalign_lib.value_learning.views.moving_values import widen

__all__ = ["likelihood_view", "pairs_view", "reading"]

PITCH, BOTTOM = 21.4, 62.0  # points
LEFTS = (0.0, 119.0, 238.0)
HEADS = {">": (3.5, 0.0), "^": (0.0, 3.5), "<": (-3.5, 0.0), "v": (0.0, -3.5)}  # marks of the moves, and where they sit
NONE = 0.005  # rationality that is as good as none
MINUS = "\N{MINUS SIGN}"
TINY = 1e-6


def pairs_view(ax: Axes, result: PlannersResult) -> None:
    """Draw three pairs of planner and reward, the reward as colors and the policy as arrows to the likeliest moves."""
    widen(ax)
    canvas(ax)
    beta = result.params.rationality
    names = (f"β = {_signed(beta)}, R", f"β = {_signed(-beta)}, {MINUS}R", "habit, any reward")
    rewards = (result.reward, -result.reward, np.zeros(SIDE**2))
    for left, name, reward in zip(LEFTS, names, rewards, strict=True):
        reward_map(ax, reward, SIDE, left=left, bottom=BOTTOM, full=1.0, pitch=PITCH)
        ax.text(left + SIDE * PITCH / 2, BOTTOM + SIDE * PITCH + 4, name, ha="center", va="bottom")
    _arrows(ax, result)
    if result.params.anchor:
        corners = (LEFTS[1], LEFTS[1] + SIDE * PITCH), (BOTTOM, BOTTOM + SIDE * PITCH)
        ax.plot(*corners, color="C3", linewidth=2.5, label="_out")
        ax.plot(*(corners[0], corners[1][::-1]), color="C3", linewidth=2.5, label="_out")
    left, middle = LEFTS[0], LEFTS[1] + SIDE * PITCH / 2
    known = "known: the goal, top right, is better than the trap in the middle" if result.params.anchor else ""
    ax.text(
        middle, BOTTOM - 8, known or "three readings, one behavior", ha="center", va="top", color="C3" if known else "k"
    )
    ax.text(left, BOTTOM - 26, "blue attracts, red repels; arrows: likeliest moves", va="top", fontsize=10, color="0.5")


def likelihood_view(ax: Axes, result: PlannersResult) -> None:
    """Draw how well each rationality explains the decisions, with the reward and with its negative."""
    out = result.params.anchor
    ax.plot(BETAS, result.likelihood, color="C0", label="with R")
    style: Any = {"color": "0.5", "linestyle": ":"} if out else {"color": "C1", "linestyle": "--"}
    ax.plot(BETAS, result.double, label=f"with {MINUS}R", **style)
    bars: Any = {"fmt": "o", "markersize": 7, "elinewidth": 2, "capsize": 0, "zorder": 4}
    peaks = ((result.estimate, result.likelihood, "C0"), (result.double_estimate, result.double, style["color"]))
    for (at, curve, color), name in zip(peaks, ("_best", "_double"), strict=True):
        ax.errorbar([at], [curve.max()], xerr=[2 * result.estimate_error], color=color, label=name, **bars)
    ax.text(-7.9, 0.05, f"with {MINUS}R" + (": ruled out" if out else ""), color=style["color"], va="top")
    ax.text(7.9, 0.05, "with R", color="C0", va="top", ha="right")
    ax.set(xlim=(-8.2, 8.2), ylim=(-4, 0.1), xticks=range(-8, 9, 4), yticks=(-4, -3, -2, -1, 0))
    ax.set(xlabel="rationality β (per unit of reward)", ylabel="log likelihood (nats)")


def reading(result: PlannersResult) -> str:
    """Say which pairs explain the decisions best, and what an anchor leaves."""
    params = result.params
    worlds = "1 world" if params.environments == 1 else f"each of {params.environments} worlds"
    watched = f"{params.decisions:,} decisions in {worlds}"
    error = f" ± {2 * result.estimate_error:.1f}" if result.estimate_error else ""
    best = f"a rationality of {_signed(result.estimate)}{error} with R"
    twin = f"{_signed(result.double_estimate)} with {MINUS}R"
    if abs(result.estimate) <= max(2 * result.estimate_error, NONE):
        return f"{watched} speak for {best}, hardly told from 0: who tosses coins shows no reward, whatever is known of it."
    if not params.anchor:
        return f"{watched} speak for {best} and exactly as much for {twin}: more worlds sharpen both and tell neither apart."
    found = "it acts against its own good" if result.estimate < 0 else "it seeks what is good for it"
    return f"{watched} speak for {best}; 1 known preference rules out {twin}: {found}, and of R only the scale is open."


def _signed(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0") else text.replace("-", MINUS)


def _arrows(ax: Axes, result: PlannersResult) -> None:
    """The likeliest moves of each state, the larger the likelier; none where all moves are alike."""
    y, x = np.divmod(np.arange(SIDE**2), SIDE)
    best = result.policy >= result.policy.max(axis=2, keepdims=True) - TINY
    shown = best & (result.policy > 1 / 4 + TINY)
    for move, (head, (right, up)) in enumerate(HEADS.items()):
        place, state = np.nonzero(shown[:, :, move])
        left = np.array(LEFTS)[place] + right
        size = 7 * np.ceil(10 * result.policy[place, state, move])
        ax.scatter(
            left + PITCH * (x[state] + 0.5), BOTTOM + up + PITCH * (y[state] + 0.5), s=size, marker=head, color="k", linewidths=0,
            label="_moves",
        )  # fmt: skip
