"""Pictures of ambiguity: rewards that explain the same behavior, and how far off they are when preferences move."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.value_learning.ambiguity import SIDE, AmbiguityResult, Second
from sysalign_lib.value_learning.views.maps import canvas, reward_map

__all__ = ["error_view", "maps_view", "reading"]

FULL = 1.0  # reward drawn in full color
PITCH = 12.6  # points
COLUMNS = (8.0, 114.0, 220.0)  # points from the left
ROWS = (116.0, 14.0)  # points from the bottom
MIDDLE = 2.5 * PITCH
TOP = 3.2  # largest error drawn
FARTHEST = 0.3  # largest change drawn
NONE = 5e-7  # errors smaller than this are none
FIRSTS = ("smallest", "another", "a third")
MARKS = ("o", "s", "^")


def maps_view(ax: Axes, result: AmbiguityResult) -> None:
    """Draw the true reward in both environments, and beneath it three rewards that explain what is watched."""
    canvas(ax)
    _titled(ax, result.here, 0, "true reward", "here")
    if result.params.second is not Second.NONE:
        _titled(ax, result.there, 1, "true reward", "in the second world")
    else:
        x, y = COLUMNS[1] + MIDDLE, ROWS[0] + MIDDLE
        ax.text(x, y, "no second\nworld", color="0.5", ha="center", va="center")
    _open(ax, result)
    for place, (name, error) in enumerate(zip(FIRSTS, result.error, strict=True)):
        _titled(ax, result.explanation[place].mean(axis=1), 3 + place, f"fits: {name}", f"off by {_short(error)}")


def error_view(ax: Axes, result: AmbiguityResult) -> None:
    """Draw error and misfit of the rewards that fit, predicted and found, over the change between the environments."""
    change, here = np.array([0.0, FARTHEST]), abs(result.params.change)
    if result.params.second is not Second.NONE:
        ax.plot(change, result.error_slope * change, color="C3", label="error, predicted")
        ax.plot(change, result.misfit_slope * change, color="C0", linestyle="--", label="misfit, predicted")
    for name, mark, error in zip(FIRSTS, MARKS, result.error, strict=True):
        ax.plot([here], [error], mark, color="C3", markersize=6, fillstyle="none", label=f"error, {name}")
    ax.plot([here], [result.misfit], "D", color="C0", markersize=5, label="misfit", zorder=3)
    ax.text(0.004, 0.99 * TOP, "error of the reward", color="C3", va="top")
    ax.text(FARTHEST, 0.99 * TOP, "misfit that the learner sees", color="C0", va="top", ha="right")
    ax.set(xlim=(-0.012, 1.03 * FARTHEST), ylim=(-0.15, TOP), xticks=(0, 0.1, 0.2, 0.3), yticks=(0, 1, 2, 3))
    ax.set(xlabel="change of the reward between the worlds (temperature)", ylabel="size (temperature)")


def reading(result: AmbiguityResult) -> str:
    """Say what stays open, how far off the rewards are that fit, and whether the fit shows it."""
    if result.params.second is Second.NONE:
        return _alone(result)
    return _together(result)


def _alone(result: AmbiguityResult) -> str:
    if result.dimension == 1:
        return (
            "If reward is known to depend on the state only, one environment fixes it up to a constant that no behavior "
            f"shows: the rewards that fit are off by {_short(result.error.max())}."
        )
    return (
        f"Watching one environment leaves {result.dimension} numbers open: the three rewards below explain every move there "
        f"equally well, yet are off by {_range(result.error)}, and in a world that nobody watched they misjudge the chance "
        f"of a move by up to {100 * result.misled.max():.0f} percentage points."
    )


def _together(result: AmbiguityResult) -> str:
    second, change, error = result.params.second.value, abs(result.params.change), result.error.max()
    if change == 0:
        return (
            f"Watched in a second environment too, with {second}, the same reward is known up to a constant: all rewards "
            f"that fit are off by {_short(error)}."
        )
    if result.misfit < NONE:
        fit = "one reward fits both perfectly and"
    else:
        fit = f"no reward of states fits both, as log probabilities missed by up to {_short(result.misfit)} show; the best one"
    return (
        f"The reward differs by {change:g} between the environments: {fit} is off by {_short(error)}, "
        f"{error / change:.2g} times the change."
    )


def _titled(ax: Axes, reward: np.ndarray, place: int, above: str, below: str) -> None:
    left, bottom = COLUMNS[place % 3], ROWS[place // 3]
    reward_map(ax, reward, SIDE, left=left, bottom=bottom, full=FULL, pitch=PITCH)
    ax.text(left + MIDDLE, bottom + 2 * MIDDLE + 3, above, ha="center", va="bottom", fontsize=10)
    color = "0.5" if place < len(FIRSTS) else "C3"
    ax.text(left + MIDDLE, bottom - 2, below, ha="center", va="top", fontsize=10, color=color)


def _open(ax: Axes, result: AmbiguityResult) -> None:
    x, y = COLUMNS[2] + MIDDLE, ROWS[0] + MIDDLE
    ax.text(x, y, f"{result.dimension}", ha="center", va="center", fontsize=24, color="C0")
    ax.text(x, y + MIDDLE + 3, "left open", ha="center", va="bottom", fontsize=10)
    words = "numbers" if result.dimension != 1 else "number: a constant"
    ax.text(x, y - MIDDLE - 2, words, ha="center", va="top", fontsize=10)


def _range(error: np.ndarray) -> str:
    low, high = _short(error.min()), _short(error.max())
    return low if low == high else f"{low} to {high}"


def _short(value: float) -> str:
    return "0" if value < NONE else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"
