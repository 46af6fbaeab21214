"""Pictures of modular oversight: who sees which interaction, what it scores over the coupling, and round by round."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.oversight.modular import PARTS, Integration, IntegrationResult, ModularResult, Rogue

__all__ = ["curve_view", "integration_reading", "matrix_view", "moving_view", "reading", "rounds_view"]

CELL, DOT = 15.4, 6.8  # sizes of the markers, in points
BARE: Any = {"linestyle": "none", "markeredgewidth": 0}
EDGE = 18.6  # right end of the matrix picture, in decisions; words stand beyond the twelfth
WAYS = (("C0", "at once"), ("C2", "checked"), ("C4", "in turn"), ("C6", "fresh starts"))
SEARCHERS = (("C1", "hill climb"), ("0.5", "random search"))
ROW: Any = {"fontsize": 10, "va": "top"}


def matrix_view(ax: Axes, result: ModularResult) -> None:
    """Draw which decisions each contribution reads, in one landscape, over the blocks of the overseers."""
    row, column = np.nonzero(result.owner[:, None] == result.owner)
    ax.plot(column, row, "s", color="0.5", markersize=CELL, alpha=0.22, **BARE)
    reader = np.repeat(np.arange(PARTS), result.params.k)
    read = result.neighbor.ravel()
    across = result.owner[reader] != result.owner[read]
    for color, marker, which in (("C2", "o", ~across), ("C3", "X", across)):
        ax.plot(read[which], reader[which], marker, color=color, markersize=DOT, **BARE)
    ax.plot(np.arange(PARTS), np.arange(PARTS), "o", color="0.5", markersize=2.6, **BARE)
    unseen, beyond = result.unseen, PARTS + 0.3
    ax.text(beyond, 0, "gray: blocks\nof the overseers", color="0.5", **ROW)
    ax.text(beyond, 3.2, f"inside a block:\n{len(read) - unseen} interactions", color="C2", **ROW)
    ax.text(beyond, 6.4, f"across borders:\n{unseen} interactions", color="C3", **ROW)
    ticks = (0, 5, 11)
    ax.spines["bottom"].set_bounds(-0.5, PARTS - 0.5)
    ax.set(
        xlim=(-0.5, EDGE), xticks=ticks, xticklabels=[f"{tick + 1}" for tick in ticks], xlabel="decision it depends on"
    )
    ax.set(ylim=(11.5, -0.5), yticks=ticks, yticklabels=[f"{tick + 1}" for tick in ticks], ylabel="contribution")


def curve_view(ax: Axes, result: ModularResult) -> None:
    """Draw the score over the coupling, with two standard errors, the searchers of equal budget, and the crossing point."""
    here, lines = result.params.coupling, (("overseers", "C0"), ("hill climb", "C1"), ("random search", "0.5"))
    series = (
        (result.score, result.score_error), (result.climb, result.climb_error), (result.random, result.random_error),
    )  # fmt: skip
    ax.axvline(here, ymax=0.8, color="0.5", linewidth=1, linestyle=":")
    for (name, color), (value, error), place in zip(lines, series, (0.0, 0.34, 0.62), strict=True):
        ax.fill_between(result.coupling, value - 2 * error, value + 2 * error, color=color, alpha=0.2, linewidth=0)
        ax.plot(result.coupling, value, color=color, label=name)
        ax.text(place, 1.29, name, color=color, **ROW)
    ax.plot([here], [result.score[result.at]], "o", color="C0", markersize=7, zorder=4)
    if 0 < result.climb_crossing[1] <= 1:
        low, estimate, high = np.minimum(result.climb_crossing, 1)
        ends = [[estimate - low], [high - estimate]]
        ax.errorbar(
            [estimate], [result.crossing_score], xerr=ends, fmt="D", color="k", markersize=5, elinewidth=2.5, zorder=5
        )
    ax.set(xlim=(-0.03, 1.03), xticks=(0, 0.5, 1), xticklabels=("0", "0.5", "1"))
    ax.set(ylim=(0, 1.3), yticks=(0, 0.5, 1), xlabel="coupling (probability)", ylabel="score (0 to 1)")


def rounds_view(ax: Axes, result: IntegrationResult) -> None:
    """Draw the score round by round, with two standard errors, of every way to put answers together and of the searchers."""
    rounds = np.arange(len(result.evaluation))
    values = (*result.score, result.climb, result.random)
    errors = (*result.score_error, result.climb_error, result.random_error)
    for number, ((color, name), value, error) in enumerate(zip((*WAYS, *SEARCHERS), values, errors, strict=True)):
        ax.fill_between(rounds, value - 2 * error, value + 2 * error, color=color, alpha=0.15, linewidth=0)
        ax.plot(rounds, value, "--" if number > 3 else "-", color=color, label=name)
        place = (0.02, 0.29, 0.62)[number % 3]
        ax.text(place, 0.995 - 0.09 * (number // 3), name, color=color, transform=ax.transAxes, **ROW)
    _over_rounds(ax, result)
    ax.set(ylim=(0, 1.27), yticks=(0, 0.5, 1), ylabel="score (0 to 1)")


def moving_view(ax: Axes, result: IntegrationResult) -> None:
    """Draw the share of starts from which the next round still changes something."""
    rounds = np.arange(len(result.evaluation))
    for (color, name), share in zip(WAYS, result.moving, strict=False):
        ax.plot(rounds, 100 * share, color=color, label=name)
    if result.endless[0] > 0:
        ax.axhline(100 * result.endless[0], color="C0", linestyle=":", linewidth=1.2)
    ax.text(
        0.99,
        0.98,
        f"at once, never ends: {_percent(result.endless[0])}",
        color="C0",
        ha="right",
        transform=ax.transAxes,
        **ROW,
    )
    _over_rounds(ax, result)
    ax.set(ylim=(-4, 125), yticks=(0, 50, 100), ylabel="still moving (%)")


def _over_rounds(ax: Axes, result: IntegrationResult) -> None:
    last, each = len(result.evaluation) - 1, int(result.evaluation[1])
    ax.set(xlim=(-0.2, last + 0.2), xlabel=f"rounds, of {each} evaluations each")
    ax.locator_params(axis="x", nbins=5, integer=True)


def reading(result: ModularResult) -> str:
    """Say what the overseers score at this coupling beside the searchers, and up to which coupling they are ahead."""
    params, at = result.params, result.at
    return (
        f"At a coupling of {params.coupling:g}, {_team(params.overseers, result.unseen)}, "
        f"{_way(params.integration, params.rounds)}, score {result.score[at]:.2f} (standard error "
        f"{result.score_error[at]:.3f}, {params.landscapes} landscapes); with the same {result.evaluations} evaluations "
        f"a hill climb scores {result.climb[at]:.2f} and random search {result.random[at]:.2f}. "
        f"{_window(result.climb_crossing)}"
    )


def _team(overseers: int, unseen: int) -> str:
    size = f" of {PARTS // overseers} decisions each" if PARTS % overseers == 0 else ""
    return f"{overseers} overseers{size}, with {unseen or 'no'} interaction{'' if unseen == 1 else 's'} across their borders"


def _way(integration: Integration, rounds: int) -> str:
    count = "in one round" if rounds == 1 else f"in {rounds} rounds"
    words = {
        Integration.PARALLEL: "answering all at once",
        Integration.CHECKED: "answering all at once and checked",
        Integration.SEQUENTIAL: "answering one after another",
        Integration.FRESH: "answering one after another",
    }
    afresh = ", each from a new start" if integration is Integration.FRESH and rounds > 1 else ""
    return f"{words[integration]} {count}{afresh}"


def _window(bounds: Any) -> str:
    low, estimate, high = bounds
    if math.isinf(estimate):
        return "They are ahead of the climb at every coupling up to 1."
    if estimate == 0:
        return "They are behind the climb even at a coupling of 0."
    ends = f"{low:.2f} to {high:.2f}" if math.isfinite(high) else f"{min(low, 1):.2f} to beyond 1"
    return f"They are ahead of the climb up to a coupling of {estimate:.2f} (95 % interval {ends})."


def integration_reading(result: IntegrationResult) -> str:
    """Say what every way to put answers together has reached in the end, and how often it never ends."""
    params, last = result.params, result.score[:, -1]
    rounds = "one round" if params.rounds == 1 else f"{params.rounds} rounds"
    return (
        f"At a coupling of {params.coupling:g}, after {rounds} of {result.evaluation[1]} evaluations, {params.overseers} "
        f"overseers{_rogue(params.rogue)} score {last[0]:.2f} if all answer at once, {last[1]:.2f} if that is checked, "
        f"{last[2]:.2f} in turn and {last[3]:.2f} in turn from fresh starts; a hill climb scores {result.climb[-1]:.2f} "
        f"(standard errors at most {result.score_error[:, -1].max():.3f}, {params.landscapes} landscapes). From "
        f"{_percent(result.endless[0])} of the starts answering at once never comes to an end, from "
        f"{_percent(result.endless[2])} answering in turn."
    )


def _rogue(rogue: Rogue) -> str:
    words = {
        Rogue.NONE: "",
        Rogue.CARELESS: ", the first of whom answers at random,",
        Rogue.ADVERSARY: ", the first of whom picks the worst,",
    }
    return words[rogue]


def _percent(share: float) -> str:
    if 0 < share < 0.005 or 0.995 < share < 1:
        return "less than 1 %" if share < 0.5 else "more than 99 %"
    return f"{100 * share:.0f} %"
