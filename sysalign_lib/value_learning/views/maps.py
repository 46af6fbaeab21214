"""How a reward of the grid's cells is drawn: blue where it attracts, red where it repels, the stronger the more so."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

__all__ = ["canvas", "reward_map"]

SHADES = 10  # steps of strength that are told apart
STRONG = 0.7  # opacity of full color: figures stay readable on it
EDGE = 0.6  # points between cells


def canvas(ax: Axes) -> tuple[float, float]:
    """Turn an axes into an empty sheet measured in points; return its width and height."""
    box, figure = ax.get_position(), ax.get_figure(root=True)
    wide, high = (72 * part for part in figure.get_size_inches()) if figure is not None else (360.0, 245.0)
    width, height = float(box.width * wide), float(box.height * high)
    ax.set(xlim=(0, width), ylim=(0, height), xticks=(), yticks=())
    ax.axis("off")
    return width, height


def reward_map(
    ax: Axes, reward: NDArray[np.float64], side: int, *, left: float, bottom: float, full: float, pitch: float
) -> None:
    """Draw reward[state] of a square grid on a canvas, with its corner at (left, bottom) and cells `pitch` points wide.

    full : reward, in its own units, that is drawn in full color.
    """
    y, x = np.divmod(np.arange(len(reward)), side)
    shade = np.round(np.clip(reward / full, -1, 1) * SHADES) / SHADES
    paid = np.flatnonzero(shade)
    colors = [to_rgba("C0" if one > 0 else "C3", STRONG * abs(one)) for one in shade[paid]]
    here = left + pitch * (x[paid] + 0.5), bottom + pitch * (y[paid] + 0.5)
    if len(paid):
        ax.scatter(*here, s=(pitch - EDGE) ** 2, marker="s", c=colors, linewidths=0, label="_map")
    lines = np.repeat(pitch * np.arange(side + 1.0), 3)
    ends = np.tile([0, pitch * side, np.nan], side + 1)
    ax.plot(left + np.append(lines, ends), bottom + np.append(ends, lines), color="0.5", linewidth=0.5, label="_grid")
