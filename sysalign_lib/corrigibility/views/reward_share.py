"""The picture of the share of goals that avoid shutdown, against the number of alternatives."""

from __future__ import annotations

from matplotlib.axes import Axes

from sysalign_lib.corrigibility.reward_share import SAMPLED_COUNTS, RewardShareResult

__all__ = ["by_count", "reading"]


def by_count(ax: Axes, result: RewardShareResult) -> None:
    """Share against the number of alternatives, exact and sampled, beside the count of equally likely goals."""
    counts, error = result.counts, 2 * result.sampled_error
    ax.plot(counts, counts / (counts + 1), "--", color="0.5", label="count k / (k + 1)")
    ax.plot(counts, result.count_share, color="C0", label="exact")
    ax.errorbar(SAMPLED_COUNTS, result.sampled, yerr=error, fmt="o", color="C1", markersize=5, label="sampled, ±2 s.e.")
    ax.plot([result.params.alternatives], [result.exact], "o", color="C0", markersize=12, fillstyle="none")
    ax.plot([0, 21], [0.5, 0.5], color="k", linewidth=0.8)
    ax.text(20.8, 0.51, "half", ha="right", fontsize=10)
    ax.set(xlim=(0, 21), ylim=(0, 1.45), xlabel="alternatives to shutdown, k", ylabel="share avoiding shutdown")
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.set_yticks([0, 0.5, 1])
    ax.legend(loc="upper center", ncols=2, handlelength=1.6, columnspacing=1.0)


def reading(result: RewardShareResult) -> str:
    """The share here, beside the count of equally likely goals."""
    params = result.params
    places = "1 alternative" if params.alternatives == 1 else f"{params.alternatives} alternatives"
    words = (
        f"With {places} to shutdown, avoiding it is best for {_percent(result.exact)} of reward functions "
        f"({_percent(result.share)} of {params.draws} drawn)"
    )
    if abs(result.exact - result.baseline) < 5e-4:
        return f"{words}, just as counting equally likely goals says."
    return f"{words}; counting equally likely goals says {_percent(result.baseline)}."


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
