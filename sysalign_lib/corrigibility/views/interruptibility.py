"""Pictures of safe interruptibility at the fork: how the value of the interruptible branch is learned, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.corrigibility.interruptibility import LEARNERS, LEFT_REWARD, Credit, ForkResult

__all__ = ["learning", "limits", "reading"]

COLORS = ("C0", "C1", "C2")
WIDTHS = (3.4, 1.8, 1.8)  # the first and the third curve often coincide
DASHES = ("-", "-", "--")
NAMED_AT = (0.05, 0.35, 0.57)  # of the width
POINTS = 24  # of a curve that are drawn
TIE = 1e-9


def learning(ax: Axes, result: ForkResult) -> None:
    """Value of the interruptible branch as it is learned: mean and band of one standard deviation, and its expectation."""
    last = result.params.rounds
    rounds = np.unique(np.geomspace(1, last, POINTS).astype(int))
    for learner, name in enumerate(LEARNERS):
        color = COLORS[learner]
        mean, spread = result.mean[learner, rounds - 1], result.spread[learner, rounds - 1]
        ax.plot(rounds, mean, DASHES[learner], color=color, linewidth=WIDTHS[learner], label=name)
        ax.fill_between(rounds, mean - spread, mean + spread, color=color, alpha=0.2, linewidth=0)
        ax.plot(rounds, result.expected[learner, rounds - 1], ":", color="k", linewidth=1.2, label=f"{name}, expected")
        ax.text(NAMED_AT[learner] * last, 2.35, name, color=color)
    ax.plot([0, last], [LEFT_REWARD] * 2, color="0.5", linewidth=1.2)
    ax.set(xlim=(0, 1.04 * last), ylim=(0, 2.7), xlabel="rounds", ylabel="value of right branch (reward)")
    ax.set_xticks([0, last])
    ax.set_yticks([0, 1, 2])


def limits(ax: Axes, result: ForkResult) -> None:
    """Fixed points against the interruption probability, and where the simulated learners stand after the last round."""
    for learner, name in enumerate(LEARNERS):
        line, dash, width = result.limit_grid[learner], DASHES[learner], WIDTHS[learner]
        ax.plot(result.theta_grid, line, dash, color=COLORS[learner], linewidth=width, label=f"{name}, in the end")
    ax.plot([result.params.interruption] * 3, result.mean[:, -1], "ko", markersize=5)
    ax.plot([0, 1], [LEFT_REWARD] * 2, color="0.5", linewidth=1.2)
    ax.plot([result.flip] * 2, [0, LEFT_REWARD], ":", color="k", linewidth=1.2)
    ax.text(0.99, LEFT_REWARD + 0.04, "left pays 1", ha="right", fontsize=10)
    ax.text(0.02, 0.06, f"Sarsa flips: {result.flip:.3g}", fontsize=10)
    ax.set(xlim=(0, 1), ylim=(0, 2.3), xlabel="interruption probability", ylabel="end value (reward)")
    ax.set_xticks([0, 1])
    ax.set_yticks([0, 1, 2])


def reading(result: ForkResult) -> str:
    """Which way each learner goes in the end."""
    params = result.params
    told = "executed" if params.credit is Credit.EXECUTED else "intended"
    ways = {"going right": result.limit > LEFT_REWARD + TIE, "going left": result.limit < LEFT_REWARD - TIE}
    ways["indifferent"] = ~(ways["going right"] | ways["going left"])
    parts = [_end_up(result, np.flatnonzero(group).tolist(), way) for way, group in ways.items() if group.any()]
    return (
        f"Stopped on the right branch with probability {params.interruption:g} and credited with the {told} action, "
        f"{'; '.join(parts)}. In brackets what right is worth to them; left pays {LEFT_REWARD:g}."
    )


def _end_up(result: ForkResult, group: Sequence[int], way: str) -> str:
    words = [f"{LEARNERS[learner]} ({result.limit[learner]:.3g})" for learner in group]
    if len(words) == 1:
        return f"{words[0]} ends up {way}"
    return f"{', '.join(words[:-1])} and {words[-1]} end up {way}"
