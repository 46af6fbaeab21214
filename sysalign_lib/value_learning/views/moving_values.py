"""Pictures of values that move: today's wish, the learned reward and the robot's ways as maps, and the straight line."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from sysalign_lib.value_learning.moving_values import PATH, START, Change, MovingValuesResult
from sysalign_lib.value_learning.views.maps import canvas, reward_map

__all__ = ["line_view", "maps_view", "reading", "widen"]

SIDE, PITCH = 5, 21.4  # cells, points
LEFTS = (0.0, 119.0, 238.0)
BOTTOM, STRIP = 82.0, 28.0
SQUARE, DAYS = 16.0, 16  # points, days shown
MORE = 0.5  # inches that the maps take of the room for labels, which they lack
TITLES = ("wanted today", "learned", "where it goes")
NAMES = (
    "\u25cf robots of this window",
    "\u25c6 this robot",
    "\u25a0 windows of 1, 2, 4, 8, 16 days",
    "what people get by themselves",
)
MOST, SIZES = 7.0, 40  # visits drawn in full size, sizes that are told apart
BOX: Any = {"marker": "s", "s": (SQUARE - 2) ** 2, "linewidths": 0.8}


def maps_view(ax: Axes, result: MovingValuesResult) -> None:
    """Draw what people want today, what the robot learned and where that leads it, and the days that it pooled."""
    widen(ax)
    canvas(ax)
    full = max(result.params.worth, 1e-9)
    for left, title, reward in zip(LEFTS, TITLES, (result.wanted, result.learned, np.zeros(SIDE**2)), strict=True):
        reward_map(ax, reward, SIDE, left=left, bottom=BOTTOM, full=full, pitch=PITCH)
        ax.text(left + SIDE * PITCH / 2, BOTTOM + SIDE * PITCH + 4, title, ha="center", va="bottom")
    _trail(ax, result)
    _ways(ax, result)
    _days(ax, result)


def line_view(ax: Axes, result: MovingValuesResult) -> None:
    """Draw the straight line that the lemma predicts, what learners of several windows deliver, and this one."""
    percent = 100 / result.possible if result.possible > 0 else 0.0
    ax.axhline(100, color="0.5", linestyle=":", linewidth=1.2)
    ax.plot([0, 100], percent * result.line, color="C0", label="predicted line")
    bars: Any = {"elinewidth": 1.1, "capsize": 0, "markersize": 4.5}
    ax.errorbar(
        100 * result.tried_share, percent * result.tried_value, 2 * percent * result.tried_spread, fmt="s", color="0.5",
        label="windows of 1 to 16 days, 2 sd", **bars,
    )  # fmt: skip
    at = 100 * result.share
    ax.errorbar(
        [at], [percent * result.expected], [2 * percent * result.spread], fmt="o", color="C0", label="this window, 2 sd",
        zorder=4, elinewidth=2.2, capsize=0, markersize=8,
    )  # fmt: skip
    ax.plot([at], [percent * result.delivered], "D", color="C1", markersize=6, zorder=5, label="this robot")
    for height, color, words in zip((166, 149, 132, 110), ("C0", "C1", "0.5", "0.5"), NAMES, strict=True):
        ax.text(-2, height, words, color=color, fontsize=10, va="center")
    ax.set(xlim=(-4, 104), ylim=(-12, 175), xticks=(0, 25, 50, 75, 100), yticks=(0, 50, 100, 150))
    ax.set(xlabel="what it watched that shows today's wish (%)", ylabel="value delivered (%)")


def reading(result: MovingValuesResult) -> str:
    """Say what the pool holds, what it delivers, and which window would miss least."""
    params = result.params
    if result.possible <= 0 or params.noise == 1:
        return f"With rewards of {params.worth:g} and {100 * params.noise:g} % of the moves random there is nothing to learn."
    watched = f"{100 * result.share:.0f} % of what the robot watched shows today's wish"
    share = 100 * result.expected / result.possible
    mine, error = 100 * result.delivered / result.possible, 200 * result.spread / result.possible
    delivers = (
        f"robots that match what they saw deliver {share:.0f} ± {error:.0f} % of what people do, this one {mine:.0f} %"
    )
    if params.change == Change.NEVER:
        return f"Wishes stay: {watched}; {delivers}. The longer the window, the better."
    least, best = 100 * float(result.miss.min()) / result.possible, _days_of(result.best_window)
    return f"{watched}; {delivers}. The smallest typical miss, {least:.0f} %, comes with a window of {best}."


def widen(ax: Axes) -> None:
    """Let an axes without labels reach to the picture's edges and into the room for labels."""
    box, figure = ax.get_position(), ax.get_figure(root=True)
    high = float(figure.get_figheight()) if figure is not None else 5.95
    ax.set_position((0.02, box.y0 - MORE / high, 0.96, box.height + MORE / high))


def _days_of(window: int) -> str:
    if window == 32:
        return "32 days or more"
    return f"{window} day{'s' if window > 1 else ''}"


def _center(left: float, state: int) -> tuple[float, float]:
    y, x = divmod(int(state), SIDE)
    return left + PITCH * (x + 0.5), BOTTOM + PITCH * (y + 0.5)


def _trail(ax: Axes, result: MovingValuesResult) -> None:
    """Where people wanted to be on older pooled days, on the first map."""
    older = set(result.pooled.tolist()) - {int(result.pooled[0])}
    path = np.array([_center(LEFTS[0], PATH[place]) for place in sorted(older)]).reshape(-1, 2)
    ax.plot(*path.T, color="C1", linestyle="none", marker="o", markersize=5, label="_trail")


def _ways(ax: Axes, result: MovingValuesResult) -> None:
    """Expected visits as discs on the third map, and the start on all of them."""
    x, y = np.array([_center(LEFTS[2], state) for state in range(SIDE**2)]).T
    size = (PITCH - 2) ** 2 * np.ceil(SIZES * np.minimum(result.visits / MOST, 1)) / SIZES
    ax.scatter(x, y, s=size, color="C2", linewidths=0, label="_visits")
    x, y = np.array([_center(left, START) for left in LEFTS]).T
    ax.plot(x, y, linestyle="none", marker="+", markersize=5, color="k", markeredgewidth=1, label="_start")


def _days(ax: Axes, result: MovingValuesResult) -> None:
    """A square for each of the last days: pooled and today's wish, pooled and older, or forgotten."""
    right, count = LEFTS[2] + SIDE * PITCH - SQUARE / 2, min(result.params.window, DAYS)
    today = result.pooled[:count] == result.pooled[0]
    colors = [to_rgba("C0", 0.75) if one else to_rgba("C1", 0.75) for one in today] + ["none"] * (DAYS - count)
    ax.scatter(right - SQUARE * np.arange(DAYS), np.full(DAYS, STRIP), c=colors, edgecolors="0.5", label="_days", **BOX)
    ax.text(0, STRIP, "It watched", va="center")
    ax.text(right + SQUARE / 2, STRIP + 11, "today", ha="right", va="bottom", fontsize=10, color="C0")
    ax.text(right - SQUARE * (DAYS - 0.5), STRIP + 11, "15 days ago", ha="left", va="bottom", fontsize=10, color="0.5")
    ax.text(right + SQUARE / 2, STRIP - 11, "blue: today's wish, ocher: older", ha="right", va="top", fontsize=10)
