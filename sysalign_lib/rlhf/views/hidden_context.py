"""Pictures and words of hidden context: the score that falls off a cliff, and what the answers say about the best option."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from sysalign_lib.rlhf.hidden_context import WIDEST, Asking, HiddenContextResult

__all__ = ["ladder_view", "reading", "score_view"]

SMALL: Any = {"fontsize": 10, "va": "center"}
SHOWN = slice(3, None, 4)  # every fourth simulated option is drawn
KEY = (
    ("- - -  mean over people", "k"),
    ("\N{EM DASH}  score, unlimited answers", "C0"),
    ("\N{BLACK CIRCLE}  score, simulated, 2 std. errors", "C1"),
)


def score_view(ax: Axes, result: HiddenContextResult) -> None:
    """Draw what each option is worth on average, and the score it is given, with unlimited and with simulated answers."""
    p, at = result.params, result.curve_option
    risky = at >= p.edge
    ax.fill_between(at[risky][1:], at[risky][1:], result.curve_score[risky][1:], color="C3", alpha=0.15, linewidth=0)
    ax.axvline(p.edge, ymax=0.62, color="0.5", linewidth=0.8, linestyle=":")
    ax.plot(at, at, color="k", linestyle="--", linewidth=1.4, label="mean over people")
    ax.plot(at, result.curve_score, color="C0", label="score, unlimited answers")
    ax.errorbar(
        result.option[SHOWN], result.score[SHOWN], 2 * result.score_error[SHOWN], fmt="o", color="C1", markersize=4,
        elinewidth=1.2, label="score, simulated",
    )  # fmt: skip
    right = result.pick == 1
    height = float(result.curve_score[-1]) if right else p.edge
    ax.plot([result.pick], [height], "D", color="C2" if right else "C3", markersize=9, fillstyle="none", label="_pick")
    ax.text(p.edge - 0.015, -0.33, "sure", ha="right", color="0.5", fontsize=10)
    ax.text(p.edge + 0.015, -0.33, "risky", color="0.5", fontsize=10)
    for line, (words, color) in enumerate(KEY):
        ax.text(0.02, 1.33 - 0.16 * line, words, color=color, **SMALL)
    ax.set(xlim=(0, 1.03), ylim=(-0.4, 1.4), yticks=(0, 0.5, 1), xticks=(0, 0.5, 1))
    ax.set(xlabel="option a", ylabel="score (units of utility)")


def ladder_view(ax: Axes, result: HiddenContextResult) -> None:
    """Draw how often a = 1 is preferred to sure amounts: by the raters, in the simulation, and by one score an option."""
    two = len(result.ladder) == 2
    for row, (name, color) in enumerate((("served", "C2"), ("failed", "C3")) if two else (("raters", "C0"),)):
        ax.plot(result.ladder_at, 100 * result.ladder[row], color=color, label=name)
        ax.errorbar(
            result.step_at, 100 * result.step[row], 200 * result.step_error[row], fmt="o", markersize=4, elinewidth=1.2,
            color=color if two else "C1", label=f"{name}, simulated",
        )  # fmt: skip
    if len(result.one_score):
        ax.plot(result.one_score_at, 100 * result.one_score, color="C3", linestyle="--", label="one score an option")
    if result.params.asking is not Asking.AMOUNTS:
        ax.text(result.params.edge + 0.06, 50, "no surer thing on offer", color="0.5", **SMALL)
    for line, (words, color) in enumerate(_key(result)):
        ax.text(0.98 * WIDEST, 135 - 22 * line, words, color=color, ha="right", **SMALL)
    ax.set(xlim=(0, WIDEST), ylim=(-5, 148), xticks=(0, 1, 2), yticks=(0, 50, 100))
    ax.set(xlabel="sure amount compared with (units of utility)", ylabel="a = 1 preferred (%)")


def _key(result: HiddenContextResult) -> tuple[tuple[str, str], ...]:
    if len(result.ladder) == 2:
        return ("\N{EM DASH}  by people whom it serves", "C2"), ("\N{EM DASH}  by people whom it fails", "C3")
    words = (("\N{EM DASH}  by raters", "C0"),)
    return (*words, ("- - -  if each option had one score", "C3")) if len(result.one_score) else words


def reading(result: HiddenContextResult) -> str:
    """Say what the win rate does at the edge, what the learner picks, and what was simulated."""
    return f"{_answers(result)} {_picks(result)}{_seen(result)}."


def _answers(result: HiddenContextResult) -> str:
    p = result.params
    rates = f"from {_percent(result.before)} of comparisons just below the edge at {p.edge:g} to {_percent(result.after)} on it"
    if p.asking is Asking.AMOUNTS:
        return (
            f"Sure amounts show the whole spread of a = 1, mean 1 and standard deviation {result.spread:.2f}, "
            "and each option gets its mean as its score:"
        )
    if p.share == 1:
        return f"All share one utility, the win rate goes {rates} without a fall, and"
    if p.asking is Asking.CONTEXT and p.noise > 0:
        return (
            f"Raters also say how it turned out, well for {_percent(p.share)} of them; that teaches both utilities, and with "
            "unlimited answers"
        )
    told = "Told the context but never by how much" if p.asking is Asking.CONTEXT else "With the context hidden"
    return f"{told}, the win rate {'falls' if result.after < result.before else 'goes'} {rates}, and"


def _picks(result: HiddenContextResult) -> str:
    edge = result.params.edge
    if result.pick == 1:
        return "the learner picks a = 1, the best on average"
    return f"the learner picks a sure {edge:g} over a = 1, which is worth 1 on average but scores like a sure {_worth(result)}"


def _worth(result: HiddenContextResult) -> str:
    return f"{result.curve_score[-1]:.3g}".replace("-", "\N{MINUS SIGN}")


def _seen(result: HiddenContextResult) -> str:
    if not result.score_error.any():
        return ""
    value, error = float(result.score[-1]), 2 * float(result.score_error[-1])
    shown = f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
    words = f"; {result.params.answers:,} simulated answers score the last option {shown} ± {error:.2f}"
    return words + (", since too few of them err about so great a gain to tell its size" if _missed(result) else "")


def _missed(result: HiddenContextResult) -> bool:
    """Whether simulated answers fall short of unlimited ones beyond their error."""
    p = result.params
    short = result.option[-1] - result.score[-1] > 4 * result.score_error[-1]
    return p.asking is Asking.CONTEXT and p.noise > 0 and bool(short)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
