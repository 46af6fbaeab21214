"""Pictures of debates about Boolean claims: one game in the tree of all, and how often debates end with the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sysalign_lib.oversight.boolean_debate import SMALL, BooleanDebateResult, Erring, Formula

__all__ = ["agreement_view", "reading", "tree_view"]

Floats = NDArray[np.float64]

WRITTEN = {
    Formula.TRUE_ONE: "a ∧ (b ∨ ¬c) ∧ (¬b ∨ c)",
    Formula.TRUE_TWO: "(a ∨ b ∨ c) ∧ (a ∨ c ∨ d)",
    Formula.FALSE_ONE: "(a ∨ ¬b ∨ ¬d) ∧ (¬a ∨ b ∨ ¬d)",
    Formula.FALSE_TWO: "(a ∨ ¬b) ∧ (¬a ∨ b) ∧ (c ∨ ¬d) ∧ (¬c ∨ d)",
}
TREE_KEY = (
    (1, 5.0, "● true", "C0"), (6.2, 5.0, "■ false", "C1"), (11.4, 5.0, "○ the leaf read", "k"),
    (1, 5.6, "•• random move", "k"), (8.2, 5.6, "•• random move that loses", "C3"),
)  # fmt: skip
DEBATERS_KEY = (
    (0, 127, "see who is winning", "C0"), (0.44, 127, "count on slips", "C4"), (0.78, 127, "• played", "C1"),
)  # fmt: skip
LEAVES = 2**SMALL


def tree_view(ax: Axes, result: BooleanDebateResult) -> None:
    """Draw every position by its true value, the game that was played, and the only leaf that the judge reads."""
    x, y = _places()
    parent = (np.arange(1, len(x)) - 1) // 2
    gap = np.full(len(parent), np.nan)
    edges = [np.stack([one[parent], one[1:], gap], axis=1).ravel() for one in (x, y)]
    ax.plot(*edges, color="0.5", linewidth=0.7)
    _game(ax, result, x, y)
    here: Any = {"linestyle": "none", "zorder": 4}
    true = result.node_truth
    ax.plot(x[true], y[true], "o", color="C0", markersize=5.5, label="true", **here)
    ax.plot(x[~true], y[~true], "s", color="C1", markersize=5.5, label="false", **here)
    leaf = result.path_node[-1:]
    ax.plot(x[leaf], y[leaf], "o", color="k", markersize=12, fillstyle="none", label="the leaf read", **here)
    ax.text(0.5 + LEAVES / 2, -0.75, WRITTEN[result.params.formula], ha="center", va="center", fontsize=10)
    ax.set(xlim=(0.2, LEAVES + 0.8), xticks=(1, 4, 8, 12, 16), ylim=(6.0, -1.2))
    ax.set_yticks(range(SMALL + 1), ["0 Pro", "1 Con", "2 Pro", "3 Con", "4"])
    ax.set(xlabel="leaf (a, b, c, d: 0 to the left, 1 to the right)", ylabel="moves made, who is next")
    _key(ax, TREE_KEY)


def _places() -> tuple[Floats, Floats]:
    """Where each position stands: in the middle of its leaves, at the number of moves made."""
    depth = np.repeat(np.arange(SMALL + 1), 2 ** np.arange(SMALL + 1))
    order = np.arange(len(depth)) - (2**depth - 1)
    return 0.5 + LEAVES * (order + 0.5) / 2.0**depth, depth.astype(float)


def _game(ax: Axes, result: BooleanDebateResult, x: Floats, y: Floats) -> None:
    for move in range(SMALL):
        ends = result.path_node[move : move + 2]
        lost = result.node_truth[ends[0]] != result.node_truth[ends[1]]
        style = ":" if result.path_random[move] else "-"
        ax.plot(x[ends], y[ends], style, color="C3" if lost else "k", linewidth=3, zorder=3)


def agreement_view(ax: Axes, result: BooleanDebateResult) -> None:
    """Draw how often debates about random claims end with the truth: exact for two kinds of debaters, played, and bounded."""
    dose, p = result.dose, result.params
    both = [(result.agreement, result.agreement_error, "C0", "see who is winning")]
    both += [(result.trapped, result.trapped_error, "C4", "count on slips")]
    for share, error, color, name in both:
        ax.plot(dose, 100 * share, color=color, label=name)
        ax.fill_between(dose, 100 * (share - 2 * error), 100 * (share + 2 * error), color=color, alpha=0.2, linewidth=0)
    ax.errorbar(
        result.sampled_dose, 100 * result.sampled, 200 * result.sampled_error, fmt="o", color="C1", markersize=4.5,
        elinewidth=1.2, label="played (2 std. errors)",
    )  # fmt: skip
    ax.plot(dose, 100 * result.floor, color="0.5", linestyle="--", label="lower bound")
    ax.plot([0, 1], [100 * result.guess] * 2, color="k", linestyle=":", linewidth=1.2, label="best guess, nothing read")
    ax.text(1, 100 * result.guess + 2, "best guess, nothing read", ha="right", va="bottom", fontsize=10)
    if p.erring is not Erring.WRONG:
        ax.text(0.22, 15, "lower bound", ha="left", va="center", color="0.5", fontsize=10)
    ax.axvline(p.error, ymax=0.74, color="0.5", linewidth=0.8)
    ax.set(xlim=(-0.02, 1.02), ylim=(0, 138), yticks=(0, 50, 100))
    ax.set(xlabel="probability that a move is random", ylabel="ends with the truth (%)")
    _key(ax, DEBATERS_KEY)


def _key(ax: Axes, entries: tuple[tuple[float, float, str, str], ...]) -> None:
    """Name what is drawn by words in its color."""
    for x, y, words, color in entries:
        ax.text(x, y, words, color=color, fontsize=10, va="center")


# Words ------------------------------------------------------------------------------------------------------------


def reading(result: BooleanDebateResult) -> str:
    """Say what the judge reports in the game shown, and how often such debates end with the truth."""
    p, at = result.params, result.here
    how = f"{_percent(result.agreement[at])} of those about {p.formulas} random claims{_spread(result.agreement_error[at])}"
    leaf = f"one random leaf tells the truth about {_percent(result.random_leaf)} of these"
    small = f"{_percent(result.small_agreement)} of debates about this claim"
    return f"{_report(result)}. {_slips(result)}, {small} and {how} end with the truth; {leaf}."


def _report(result: BooleanDebateResult) -> str:
    found, right = _word(result.reported), result.reported == result.truth
    verdict = "which is right" if right else f"which is wrong: the claim is {_word(result.truth)}"
    return f"The judge reads 1 of {LEAVES} leaves, {result.true_leaves} of them true, and reports {found}, {verdict}"


def _slips(result: BooleanDebateResult) -> str:
    p = result.params
    if p.error == 0:
        return "Without slips"
    who = {Erring.BOTH: "a move", Erring.RIGHT: "a move of the right side", Erring.WRONG: "a move of the wrong side"}
    return f"If {who[p.erring]} is random with probability {p.error:g}"


def _word(value: bool) -> str:
    return "true" if value else "false"


def _spread(error: float) -> str:
    return f" (standard error {100 * error:.1f} %)" if error > 0 else ""


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share in (0.0, 1.0) else f"{100 * share:.1f} %"
