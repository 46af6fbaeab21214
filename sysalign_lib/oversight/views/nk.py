"""Pictures of ruggedness: how soon a walk forgets where it began, and how many optima there are to be stuck on."""

from __future__ import annotations

from matplotlib.axes import Axes

from sysalign_lib.oversight.nk import LAGS, NkResult, expected_optima

__all__ = ["optima_view", "reading", "walk_view"]

TOP = 1000.0  # optima


def walk_view(ax: Axes, result: NkResult) -> None:
    """Draw the three laws of autocorrelation and the walks on top of them."""
    ax.plot(result.lags, result.textbook, color="C3", linestyle="--", label="formula often quoted")
    ax.plot(result.lags, result.ensemble, color="0.5", linestyle=":", label="over the ensemble, exact")
    ax.plot(result.lags, result.within, color="C0", label="within a landscape, exact")
    ax.errorbar(result.lags, result.walked, 2 * result.walked_error, fmt="o", color="C1", markersize=4, elinewidth=1.4,
                label="random walks, 2 se")  # fmt: skip
    ax.text(LAGS[-1], 1.04, "exact, within a landscape", color="C0", fontsize=10, va="top", ha="right")
    ax.text(LAGS[-1], 0.9, "exact, over all landscapes", color="0.5", fontsize=10, va="top", ha="right")
    ax.text(LAGS[-1], 0.76, "formula often quoted", color="C3", fontsize=10, va="top", ha="right")
    ax.text(LAGS[-1], 0.62, "random walks", color="C1", fontsize=10, va="top", ha="right")
    ax.set(xlim=(-0.3, LAGS[-1] + 0.3), ylim=(-0.12, 1.08), xticks=LAGS[::2], yticks=(0, 0.5, 1))
    ax.set(xlabel="length of the walk (flips)", ylabel="correlation")


def optima_view(ax: Axes, result: NkResult) -> None:
    """Draw the number of optima against K, and what is exact at both ends."""
    ax.axhline(expected_optima(result.params.n), color="0.5", linestyle=":", linewidth=1.4)
    ax.text(0.05, 1.15 * expected_optima(result.params.n), "exact if all depends on all", color="0.5", fontsize=10)
    ax.errorbar(result.ks, result.counted, 2 * result.counted_error, fmt="o-", color="C0", markersize=4, elinewidth=1.4,
                label="optima counted, 2 se")  # fmt: skip
    ax.plot([result.params.k], [result.here], "o", color="C1", markersize=8, zorder=5, label="here")
    ax.set(
        xlim=(-0.3, 7.3),
        ylim=(0.7, TOP),
        yscale="log",
        xticks=range(8),
        yticks=(1, 10, 100),
        yticklabels=("1", "10", "100"),
    )
    ax.minorticks_off()
    ax.set(xlabel="K: others that each part depends on", ylabel="local optima")


def reading(result: NkResult) -> str:
    """Say how many places there are to be stuck on, and how soon a walk forgets."""
    params, after = result.params, 4
    count = f"{result.here:.1f} local optima" if result.here > 1 else "one optimum"
    return (
        f"With {params.n} decisions, each contribution depending on {params.k} others, a landscape has {count} on average "
        f"({params.landscapes} drawn); after {after} flips a walk keeps a correlation of {result.within[after]:.2f} "
        f"(walked: {result.walked[after]:.2f}), where the formula often quoted says {result.textbook[after]:.2f}."
    )
