"""Pictures of drifting values: what each robot is worth through time, and how often its switch is open."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sysalign_lib.corrigibility.drift import ROBOTS, DriftResult

Floats = NDArray[np.float64]

__all__ = ["open_view", "reading", "utility_view"]

LOOKS = dict(zip(ROBOTS, (("0.5", "--"), ("C0", "-"), ("C3", "-"), ("C2", "-.")), strict=True))
NAMES = dict(
    zip(ROBOTS, ("oracle", "knows that values drift", "thinks values are fixed", "always defers"), strict=True)
)


def utility_view(ax: Axes, result: DriftResult) -> None:
    """Draw what each robot is worth a day: exact lines, and the two learners as simulated."""
    for robot, exact in zip(ROBOTS, result.utility, strict=True):
        color, style = LOOKS[robot]
        ax.plot(result.day, exact, color=color, linestyle=style, label=NAMES[robot])
    for robot, seen, error in zip(ROBOTS[1:3], result.seen_utility[1:3], result.seen_error[1:3], strict=True):
        _seen(ax, result, robot, seen, error)
    _days(ax, result)
    ax.set(ylim=(-0.02, 0.54), yticks=(0, 0.2, 0.4), ylabel="worth (units of value a day)")
    ax.legend(ax.get_lines()[:4], NAMES.values(), loc="upper center", ncols=2, columnspacing=1.0, handlelength=1.8)


def open_view(ax: Axes, result: DriftResult) -> None:
    """Draw how often each learner's switch is open: the closed form, and as simulated."""
    rows = zip(ROBOTS[1:3], result.open_share, result.seen_open, result.seen_open_error, strict=True)
    for robot, exact, seen, error in rows:
        ax.plot(result.day, 100 * exact, color=LOOKS[robot][0], label=f"{NAMES[robot]}: predicted")
        _seen(ax, result, robot, 100 * seen, 100 * error)
    _days(ax, result)
    ax.set(ylim=(-3, 108), yticks=(0, 50, 100), ylabel="switch open (% of cases)")


def _seen(ax: Axes, result: DriftResult, robot: str, seen: Floats, error: Floats) -> None:
    if seen.size:
        ax.errorbar(
            result.seen_day, seen, 2 * error, fmt="o", color=LOOKS[robot][0], markersize=4, elinewidth=1.2,
            label=f"{NAMES[robot]}: simulated",
        )  # fmt: skip


def _days(ax: Axes, result: DriftResult) -> None:
    ax.set(xlim=(-0.015 * result.params.steps, 1.015 * result.params.steps), xlabel="days of learning")
    ax.locator_params(axis="x", nbins=4)


def reading(result: DriftResult) -> str:
    """Say what knowing of the drift is worth, and what it does to the switch."""
    worth, is_open, params = result.worth, result.keeps_open, result.params
    if params.beta == 0:
        return (
            "With an overseer who never errs both robots always wait and do as well as the oracle, "
            f"{worth['oracle']:.3f} a day, however values move."
        )
    shares = {robot: _percent(share) for robot, share in is_open.items()}
    when = f"Over the last {params.steps - params.steps // 2} of {params.steps} days"
    if params.phi == 1:
        return (
            f"Values stand still: {when.lower()} both robots keep the switch open {shares['aware']} of the time and are "
            f"worth {worth['aware']:.3f} a day, against {worth['always defer']:.3f} for always deferring; "
            "here closing serves the overseer."
        )
    return (
        f"{when} the robot that knows of the drift keeps the switch open {shares['aware']} of the time and is worth "
        f"{worth['aware']:.3f} a day; the one that thinks values are fixed, {shares['blind']} and {worth['blind']:.3f}. "
        f"Always deferring is worth {worth['always defer']:.3f}."
    )


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "less than 0.1 %"
    if 0.999 < share < 1:
        return "more than 99.9 %"
    return f"{100 * share:.3g} %"
