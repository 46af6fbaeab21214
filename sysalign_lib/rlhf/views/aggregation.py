"""Pictures of aggregation: the triangle of three groups' shares, and what each rule sees in the three options."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from sysalign_lib.rlhf.aggregation import OPTIONS, AggregationResult

__all__ = ["reading", "rules_view", "triangle_view"]

Floats = NDArray[np.float64]

HALF = 0.8660254037844386  # height of the triangle over its side
FILLS = [("C2", 0.2), ("C0", 0.45), ("C1", 0.35), ("C3", 0.5), ("C4", 0.45)]  # in the order of the kinds
LEGEND = ((0, "all rules agree"), (1, "model overrules majority,"), (None, "serves mean utility"), (3, "model overrules both"),
          (2, "model overrules utility"), (4, "cycle: no majority winner"))  # fmt: skip


def triangle_view(ax: Axes, result: AggregationResult) -> None:
    """Draw the triangle of shares by where the rules agree, the reward model's borders, and the reader's mixture."""
    fills = [to_rgba(*FILLS[kind]) for kind in result.region_kind]
    ax.add_collection(PolyCollection(list(_plane(result.region_corner)), facecolors=fills, edgecolors="none"))
    for option, corners in zip(OPTIONS, _plane(result.reward_corner), strict=True):
        edge = np.concatenate([corners, corners[:1]])
        if np.ptp(edge, axis=0).any():
            ax.plot(edge[:, 0], edge[:, 1], color="k", linewidth=1)
            place = np.unique(corners.round(9), axis=0).mean(axis=0)
            ax.text(place[0], place[1], option, ha="center", va="center", fontsize=15)
    here = _plane(result.shares)
    look: Any = {"color": "k", "zorder": 4, "clip_on": False}
    ax.plot([here[0]], [here[1]], "o", markersize=10, markerfacecolor="none", markeredgewidth=2.2, **look)
    ax.plot([here[0]], [here[1]], "o", markersize=3, **look)
    _corners(ax, result)
    for row, (kind, words) in enumerate(LEGEND):
        height = 0.93 - 0.074 * row
        if kind is not None:
            color, alpha = FILLS[kind]
            ax.text(-0.68, height, "\N{BLACK SQUARE}", color=color, alpha=alpha, fontsize=13, va="center")
        ax.text(-0.6, height, words, fontsize=9.5, va="center")
    ax.set(xlim=(-0.45, 1.03), ylim=(0, 0.967), xticks=(), yticks=())
    ax.axis("off")


def _corners(ax: Axes, result: AggregationResult) -> None:
    """Name the groups at their corners, with the reader's shares."""
    places: tuple[tuple[float, float, Any, Any], ...] = (
        (0.03, -0.055, "center", "top"),
        (1.05, -0.055, "right", "top"),
        (0.5, 0.91, "center", "bottom"),
    )
    for group, share, (x, y, across, up) in zip(result.groups, result.shares, places, strict=True):
        ax.text(x, y, f"{group} {_percent(share)}", ha=across, va=up, fontsize=10)


def rules_view(ax: Axes, result: AggregationResult) -> None:
    """Draw what the reward model, the hardest duel, mean utility and the maximal lottery give each option."""
    at, figure = np.arange(3), ax.figure
    series: tuple[tuple[str, str, str, Floats], ...] = (
        ("C3", "s", "hardest duel", result.hardest),
        ("C1", "D", "mean utility", result.utility),
        ("C4", "^", "maximal lottery", result.lottery),
    )
    ax.axhline(50, color="0.5", linewidth=1, linestyle=":")
    ax.errorbar(
        at, 100 * result.rate, 200 * result.rate_error, fmt="o", color="C0", markersize=6, elinewidth=1.5, capsize=3,
        label="reward model (2 std. errors)", transform=ax.transData + ScaledTranslation(-0.33, 0, figure.dpi_scale_trans),
    )  # fmt: skip
    for place, (color, marker, words, values) in enumerate(series):
        shift = ScaledTranslation(-0.11 + 0.22 * place, 0, figure.dpi_scale_trans)
        ax.plot(at, 100 * values, marker, color=color, markersize=6, label=words, transform=ax.transData + shift)
    ax.set(xlim=(-0.5, 2.5), ylim=(-5, 150), xticks=at, xticklabels=list(OPTIONS), yticks=(0, 50, 100))
    ax.set(xlabel="option", ylabel="% for the option")
    ax.legend(loc="upper center", ncols=2, handletextpad=0.1, columnspacing=0.8, borderaxespad=0.0, borderpad=0.2)


def _plane(shares: Floats) -> Floats:
    """Points of the plane [..., 2] for shares [..., group]: first group left, second right, third on top."""
    return np.stack([shares[..., 1] + shares[..., 2] / 2, HALF * shares[..., 2]], axis=-1)


# Words ------------------------------------------------------------------------------------------------------------


def reading(result: AggregationResult) -> str:
    """Name the groups, the winners under each rule, and the scores that were fitted."""
    held = [
        f"{_percent(share)} {group}" for group, share in zip(result.groups, result.shares, strict=True) if share > 1e-9
    ]
    scores = _listed([f"{name} {_signed(score)}" for name, score in zip(OPTIONS, result.score, strict=True)])
    asked = result.params.answers
    return (
        f"With {_listed(held)}, {_duels(result)}{_verdicts(result)}. Fitted to {asked:,} answer{'s' if asked > 1 else ''} "
        f"a pair, the model's scores are {scores}."
    )


def _duels(result: AggregationResult) -> str:
    leaders = result.majority
    if result.wins_all:
        return f"{OPTIONS[leaders[0]]} wins both its duels"
    if len(leaders) == 1:
        return f"{OPTIONS[leaders[0]]} loses no duel but ties in one"
    if leaders:
        return f"{_names(leaders)} lose no duel"
    way = (0, 1, 2) if result.wanted[0, 1] > 0.5 else (0, 2, 1)
    a, b, c = (OPTIONS[option] for option in way)
    return f"{a} beats {b}, {b} beats {c} and {c} beats {a}, so no option wins both its duels"


def _verdicts(result: AggregationResult) -> str:
    picked, favored = result.picked, result.favored
    same = picked == favored
    lottery = "" if result.majority else f"; the maximal lottery draws {_lottery(result)}"
    if same and result.wins_all and picked == result.majority:
        return ", and the reward model and mean utility pick it too"
    if result.wins_all and picked == result.majority:
        return f", the reward model picks it too, but mean utility {_pick(favored, 'picks', 'ranks')}"
    link = ", but" if result.wins_all and picked != result.majority else "; "
    link = f"{link} " if link.endswith("but") else link
    if same:
        return f"{link}the reward model and mean utility {_pick(picked, 'pick', 'rank')}{lottery}"
    return (
        f"{link}the reward model {_pick(picked, 'picks', 'ranks')} and mean utility "
        f"{_pick(favored, 'picks', 'ranks')}{lottery}"
    )


def _pick(options: tuple[int, ...], one: str, several: str) -> str:
    return f"{one} {OPTIONS[options[0]]}" if len(options) == 1 else f"{several} {_names(options)} equal"


def _lottery(result: AggregationResult) -> str:
    chances = [f"{name} with {_percent(chance)}" for name, chance in zip(OPTIONS, result.lottery, strict=True)]
    return _listed(chances)


def _names(options: tuple[int, ...]) -> str:
    return _listed([OPTIONS[option] for option in options])


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _percent(share: float) -> str:
    return f"{round(100 * share, 1):g} %"


def _signed(value: float) -> str:
    return f"{abs(value):.2f}" if value > -0.005 else f"\N{MINUS SIGN}{-value:.2f}"
