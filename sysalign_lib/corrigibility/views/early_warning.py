"""Pictures of early warnings: how well the trend tells two worlds apart, and what the indicator did in each."""

from __future__ import annotations

from matplotlib.axes import Axes

from sysalign_lib.corrigibility.early_warning import EarlyWarningResult, Null

__all__ = ["curve", "indicator", "reading"]

AHEAD, OTHER = "C3", "C2"
INDICATORS = (("variance", "C0"), ("autocorrelation", "C1"))
NULLS = {
    Null.RAMP: "Beside a world without a fold under the same ramp",
    Null.REST: "Beside the same world with its force at rest",
    Null.SLOWING: "Beside a world without a fold that also slows down",
}


def curve(ax: Axes, result: EarlyWarningResult) -> None:
    """The ROC curve of the trend of either indicator; bars are two standard errors at one false alarm in ten."""
    ax.plot([0, 1], [0, 1], ":", color="0.5", linewidth=1.2)
    ax.text(0.98, 0.03, "dotted: a coin", color="0.5", fontsize=10, ha="right")
    for i, (name, color) in enumerate(INDICATORS):
        ax.plot(result.false_alarm, result.detected[i], color=color, label=f"trend of {name}")
        hit, bar = result.hit_rate[i], 2 * result.hit_error[i]
        ax.plot([0.1, 0.1], [hit - bar, hit + bar], color=color, linewidth=4, alpha=0.5)
        words = f"trend of {name}: area {result.area[i]:.2f} ± {2 * result.area_error[i]:.2f}"
        ax.text(0.02, 1.16 - 0.11 * i, words, color=color, fontsize=10)
    ax.set(xlim=(0, 1), ylim=(0, 1.26), xlabel="share of false alarms", ylabel="share of folds detected")
    ax.set_xticks([0, 0.5])
    ax.set_yticks([0, 0.5, 1])


def indicator(ax: Axes, result: EarlyWarningResult) -> None:
    """Autocorrelation in the sliding window in both worlds, with its closed form under a slow ramp."""
    force = result.window_force[::-2][::-1]
    for i, (name, color) in enumerate((("fold ahead", AHEAD), ("other world", OTHER))):
        low, middle, high = result.autocorrelation[i, :, ::-2][:, ::-1]
        ax.fill_between(force, low, high, color=color, alpha=0.15, linewidth=0)
        ax.plot(force, middle, color=color, label=f"{name}, median")
        exact = result.expected[i, ::-2][::-1]
        ax.plot(force, exact, "--", color=color, linewidth=1.2, label=f"{name}, closed form")
        ax.text(1.03 + 0.5 * i, -0.66, name, color=color, fontsize=10)
    ax.text(1.03, -0.86, "band: 8 paths in 10; dashed: closed form", fontsize=10)
    ax.axvline(result.fold_force, color="k", linestyle=":", linewidth=1.2)
    ax.text(result.fold_force - 0.015, -0.66, "fold", ha="right", fontsize=10)
    ax.set(xlim=(1.0, 2.65), ylim=(-0.95, 1.05), xlabel="force when the window ends", ylabel="autocorrelation")
    ax.set_xticks([1, 1.5, 2, 2.5])
    ax.set_yticks([0, 0.5, 1])


def reading(result: EarlyWarningResult) -> str:
    """How often the trend of the variance ranks the two worlds rightly, and what it finds at one false alarm in ten."""
    area, spread, fallen = result.area[0], 2 * result.area_error[0], result.fallen_share
    coin = (
        "no better than a coin" if abs(area - 0.5) <= spread else ("a coin: 50%" if area > 0.5 else "worse than a coin")
    )
    gone = f", and {fallen:.0%} had fallen before the reading" if fallen else ""
    return (
        f"{NULLS[result.params.null]}, a rising variance picks the path that heads for the fold {area:.0%} ± {spread:.0%} of "
        f"the time ({coin}); at one false alarm in ten it detects {result.hit_rate[0]:.0%} of such paths{gone}."
    )
