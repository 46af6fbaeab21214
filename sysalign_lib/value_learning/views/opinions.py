"""Pictures of opinions: the ways of some people of one town, and how many camps all towns end in."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from sysalign_lib.value_learning.opinions import OpinionsParams, OpinionsResult, Rule, thumb

__all__ = ["camps_view", "paths_view", "reading"]

FIRST = (0.25, 0.5, 0.75)  # first opinions, as quantiles, of the people whose names are followed
MARGIN = 1.55  # the axis of time goes on beyond the last round, for what stands in the end
MOST = 6  # largest number of camps that has a place on the axis
NEAR = 0.005  # opinions this near to their end have reached it


def paths_view(ax: Axes, result: OpinionsResult) -> None:
    """Draw the ways of 25 people, three of them marked, the camps in the end, and the end that was known beforehand."""
    path, day, end = result.path, result.moment, max(result.params.rounds, 1)
    broken = np.vstack([path, np.full(path.shape[1], np.nan)])
    ax.plot(np.tile([*day, math.nan], path.shape[1]), broken.T.ravel(), color="C0", linewidth=0.9, label="_people")
    for share in FIRST:
        who = round(share * (path.shape[1] - 1))
        ax.plot(day, path[:, who], color="C1", linewidth=2.2, label=f"first opinion {path[0, who]:.2f}")
    if np.isfinite(result.predicted).all():
        at = np.full(path.shape[1], 1.06 * end)
        ax.plot(at, result.predicted, "x", color="k", markersize=5, label="_known beforehand")
        ax.text(1.06 * end, 1.04, "known\nbeforehand", fontsize=10, ha="center", va="bottom", linespacing=0.95)
    size = np.square(4 + 12 * np.sqrt(result.camp_share))
    ax.scatter(np.full(size.shape, 1.18 * end), result.camp_place, size, color="C2", label="_camps")
    for place, share in zip(result.camp_place, result.camp_share, strict=True):
        ax.text(1.28 * end, place, f"{100 * share:.0f} %", color="C2", fontsize=10, va="center")
    ax.text(0.02 * end, 1.06, f"{path.shape[1]} of {result.params.agents} people", color="C0", fontsize=10, va="bottom")
    _scale(ax, end)
    ax.set(ylim=(-0.03, 1.2), yticks=(0, 0.5, 1), xlabel="rounds in which everybody listens once")
    ax.set_ylabel("opinion (0 to 1)")


def camps_view(ax: Axes, result: OpinionsResult) -> None:
    """Draw the share of towns by their number of camps, with 95 % intervals, beside the rule of thumb."""
    share, params = 100 * result.frequency, result.params
    number, (low, high) = np.arange(len(share)), 100 * result.interval
    ax.vlines(number, 0, share, color="C2", alpha=0.5, linewidth=18, label="_bars")
    error = np.maximum([share - low, high - share], 0)
    ax.errorbar(number, share, error, fmt="o", color="C2", markersize=4, elinewidth=1.2, label="share of towns")
    if params.rule is Rule.PAIRS and params.stubbornness == 0 and params.confidence > 0:
        _thumb(ax, thumb(params.confidence))
    ax.set(xlim=(-0.6, len(share) - 0.4), ylim=(0, 128), yticks=(0, 50, 100), xticks=number)
    ax.set_xticklabels([*map(str, number[:-1]), f"{number[-1]}+"])
    ax.set(xlabel="camps in the end", ylabel=f"share of {_towns(params.towns)} (%)")


def reading(result: OpinionsResult) -> str:
    """Say in how many camps the towns end, how far people were moved, and whether that was known beforehand."""
    params = result.params
    if params.stubbornness == 1:
        return (
            f"Nobody listens: opinions stay as they were, spread over {result.spread:.2f} of the scale, and the preferences are "
            "given."
        )
    if params.rule is Rule.FIXED:
        return _fixed(result)
    how = "Meeting in pairs with openness" if params.rule is Rule.PAIRS else "Hearing everyone within"
    return f"{how} {_size(params.confidence)}{_held(params)}, {_numbers(result)}. {_moved(result)}"


def _fixed(result: OpinionsResult) -> str:
    params, gap = result.params, float(np.abs(result.path[-1] - result.predicted).max())
    if params.stubbornness > 0:
        end = f"opinions spread over {np.ptp(result.predicted):.2f} of the scale"
    elif np.ptp(result.predicted) > 0:
        end = f"an opinion for each of the groups that do not hear each other, {result.predicted.min():.2f} the lowest"
    else:
        end = f"all of the town shown agree on {result.predicted[0]:.2f}"
    state = (
        "and it is reached" if gap < NEAR else f"and after {_rounds(params)} somebody is still {gap:.2f} away from it"
    )
    ties = f"With fixed ties to all within {_size(params.confidence)}"
    return f"{ties}{_held(params)}, the end is known beforehand: {end}, {state}. {_moved(result)}"


def _held(params: OpinionsParams) -> str:
    return (
        ""
        if params.stubbornness == 0
        else f" and a pull of {_size(100 * params.stubbornness)} % back to the first opinion"
    )


def _size(value: float) -> str:
    return f"{value:.4g}" if value == 0 or value >= 0.001 else "less than 0.001"


def _rounds(params: OpinionsParams) -> str:
    return f"{params.rounds} round{'' if params.rounds == 1 else 's'}"


def _moved(result: OpinionsResult) -> str:
    error = (
        f" (\N{PLUS-MINUS SIGN} {_size(float(f'{2 * result.displacement_error:.1g}'))})"
        if result.params.towns > 1
        else ""
    )
    return f"Listening moved a person by {result.displacement:.3f}{error} of the scale on average."


def _numbers(result: OpinionsResult) -> str:
    counts = np.bincount(result.camps)
    order = sorted(np.flatnonzero(counts).tolist(), key=lambda number: (-counts[number], number))
    rest = [f"{counts[number]} in {number or 'none'}" for number in order[1:]]
    ends = "ends" if counts[order[0]] == 1 else "end"
    first = f"{counts[order[0]]} of {_towns(result.params.towns)} {ends} in {_camps(order[0])}"
    return ", ".join([first, *rest[:-1]]) + (f"{' and' if rest[:-1] else ','} {rest[-1]}" if rest else "")


def _towns(number: int) -> str:
    return f"{number} town{'' if number == 1 else 's'}"


def _camps(number: int) -> str:
    return "no camp at all" if number == 0 else f"{number} camp{'' if number == 1 else 's'}"


def _thumb(ax: Axes, number: int) -> None:
    """Mark what the rule of thumb says, if there is room for it."""
    if number <= MOST:
        side = 1 if 2 * number <= MOST else -1
        ax.plot([number], [117], "v", color="C1", markersize=5, label="_thumb")
        words, align = "rule of thumb 1 / (2d)", "left" if side > 0 else "right"
        ax.text(number + 0.2 * side, 117, words, color="C1", fontsize=10, ha=align, va="center")


def _scale(ax: Axes, end: int) -> None:
    """A square-root scale of time, since most happens early."""
    ax.set_xscale("function", functions=(lambda day: np.sqrt(np.maximum(day, 0)), np.square))
    ax.set(xlim=(0, MARGIN * end), xticks=sorted({0, round(end / 12), round(end / 3), end}))
    ax.xaxis.set_minor_locator(NullLocator())
