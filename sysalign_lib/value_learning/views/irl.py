"""Pictures of the linear program: the reward it returns beside the true one, and its jumps along the penalty."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.value_learning.irl import FROM, TO, IrlResult, support
from sysalign_lib.value_learning.views.maps import canvas, reward_map

__all__ = ["learned_view", "path_view", "reading"]

SIDE = 5
PITCH = 26.0  # points
LEFT = (0.0, 158.0)
BOTTOM = 22.0
MOST = 13  # states with a reward, at most drawn
NONE = 5e-7


def learned_view(ax: Axes, result: IrlResult) -> None:
    """Draw the true reward and the one that the program returns, its largest entries in figures."""
    canvas(ax)
    for left, name, reward in zip(LEFT, ("true reward", "recovered"), (result.reward, result.learned), strict=True):
        reward_map(ax, reward, SIDE, left=left, bottom=BOTTOM, full=1.0, pitch=PITCH)
        ax.text(left + 2.5 * PITCH, BOTTOM + 5 * PITCH + 4, name, ha="center", va="bottom")
        for state in support(np.where(np.abs(reward) >= 0.005, reward, 0)):
            y, x = divmod(int(state), SIDE)
            _figure(ax, left + PITCH * (x + 0.5), BOTTOM + PITCH * (y + 0.5), float(reward[state]))
    ax.text(LEFT[1] + 2.5 * PITCH, BOTTOM - 5, _paid(result.n_paid), ha="center", va="top", fontsize=10, color="C1")


def path_view(ax: Axes, result: IrlResult) -> None:
    """Draw how many states get a reward at each penalty, and where we are."""
    edges = np.append(result.path_penalty, TO)
    counts = np.append(result.path_paid, result.path_paid[-1])
    ax.plot(np.repeat(edges, 2)[1:-1], np.repeat(counts[:-1], 2), color="C1", label="states with a reward")
    true = int((result.reward != 0).sum())
    ax.axhline(true, color="0.5", linestyle=":", linewidth=1.2, label="_true")
    ax.text(TO, true + 0.25, f"true: {true}", color="0.5", ha="right", va="bottom", fontsize=10)
    ax.plot([result.params.penalty], [result.n_paid], "o", color="C0", markersize=7, label="at this penalty")
    ax.set(xlim=(FROM - 0.1, TO + 0.1), ylim=(-0.8, MOST), xticks=range(2, 8), yticks=(0, 4, 8, 12))
    ax.set(xlabel="penalty on the sum of rewards", ylabel="states with reward")


def reading(result: IrlResult) -> str:
    """Say what the program returns and how it compares to the truth."""
    penalty = f"At penalty {result.params.penalty:g} the program"
    kept = f"planning with it keeps {100 * result.kept:.0f} % of the best value"
    if result.n_paid == 0:
        return f"{penalty} returns no reward at all: zero explains every policy."
    if result.error < NONE:
        return f"{penalty} returns the true reward exactly, {_where(result)}; {kept}."
    states = "a single state" if result.n_paid == 1 else f"{result.n_paid} states"
    return f"{penalty} rewards {states} and is off by up to {result.error:.2f} at some state; {kept}."


def _where(result: IrlResult) -> str:
    parts = [f"{result.learned[state]:g} at state {state}" for state in support(result.learned)]
    return " and ".join(parts)


def _paid(count: int) -> str:
    return "1 state has a reward" if count == 1 else f"{count or 'no'} states have a reward"


def _figure(ax: Axes, x: float, y: float, value: float) -> None:
    ax.text(
        x, y, f"{value:.2f}".replace("0.", ".").replace("-", "\N{MINUS SIGN}"), ha="center", va="center", fontsize=8
    )
