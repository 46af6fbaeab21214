"""Pictures of overoptimization: proxy, gold and Gao's form against distance, and what the chosen answers are worth."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from sysalign_lib.rlhf.best_of_n import FARTHEST, kl, size
from sysalign_lib.rlhf.overoptimization import FITTED, LAST, OveroptimizationResult
from sysalign_lib.rlhf.worlds import World, dose

__all__ = ["course", "picks", "reading", "signed"]

NONE = {
    World.NOISE: "No flaw",
    World.CURVATURE: "No curvature",
    World.HEAVY_TAIL: "Normal errors",
    World.DRIFT: "No drift",
    World.FLATTERY: "Flattery not rewarded",
}

LOW, HIGH = -3.6, 5.6  # standard deviations
TOP = 3.45  # largest distance shown
FLAWS = {
    World.NOISE: "Noise only (correlation of score and value {:.3g})",
    World.CURVATURE: "Curvature {:.3g}",
    World.HEAVY_TAIL: "Heavy tail (index {:.3g})",
    World.DRIFT: "Drift by {:.3g} degrees",
    World.FLATTERY: "Flattery adds {:.3g} to the score",
}


def course(ax: Axes, result: OveroptimizationResult) -> None:
    """Draw proxy, exact and simulated gold and Gao's form against distance, its peak, and the reader's n."""
    edge = math.sqrt(kl(FITTED))
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.plot(result.distance, result.proxy, color="C1", label="score by the proxy")
    ax.plot(result.distance, result.gold, color="C0", label="true value, exact")
    ax.plot(result.distance, result.forecast, "--", color="k", linewidth=1.3, label="Gao's form, fitted")
    ax.errorbar(
        result.sampled_distance, result.sampled_gold, 2 * result.sampled_error, fmt="o", color="C0", markersize=3.5,
        elinewidth=1.2, label="true value, simulated, 2 std. errors",
    )  # fmt: skip
    ax.axvline(edge, ymax=0.86, color="0.5", linestyle=":", linewidth=1.2)
    ax.text(edge + 0.03, LOW + 0.12, "forecast", color="0.5", fontsize=10)
    ax.text(edge - 0.03, LOW + 0.12, "fitted to n up to 1000", color="0.5", fontsize=10, ha="right")
    far, high = result.fit.peak
    if 0 < far < TOP:
        ax.plot([far, far], [0, high], color="C3", linewidth=1.2)
        ax.text(far, -0.1, "fitted peak", color="C3", fontsize=10, ha="center", va="top")
    here, proxy, gold = result.here
    ax.plot([here, here], [gold, proxy], color="C3" if gold < proxy - 0.005 else "C2", linewidth=2.4, alpha=0.55)
    ax.plot([here], [gold], "D", color="C0", markersize=8, label="true value at your n")
    for at, words, color in ((0.0, "score", "C1"), (0.62, "true value", "C0"), (1.58, "- - Gao's form", "k")):
        ax.text(at, HIGH - 0.1, words, color=color, fontsize=10, va="top")
    ax.set(xlim=(-0.06, TOP), ylim=(LOW, HIGH), xlabel="distance from the base, √KL (√nats)")
    ax.set(ylabel="value (std. deviations)", xticks=(0, 1, 2, 3), yticks=(-2, 0, 2, 4))


def picks(ax: Axes, result: OveroptimizationResult) -> None:
    """Draw how much the answers chosen at the reader's n are truly worth, beside ordinary ones."""
    middle = (result.edges[1:] + result.edges[:-1]) / 2
    for share, color, words in ((result.ordinary, "0.5", "ordinary answers"), (result.chosen, "C0", "chosen answers")):
        ax.plot(middle, 100 * share, color=color, drawstyle="steps-mid", linewidth=1.6, label=words)
    ax.fill_between(middle, 100 * result.chosen, step="mid", color="C0", alpha=0.25, linewidth=0)
    ax.text(-5.9, 98, "ordinary", color="0.5", fontsize=10, va="top")
    ax.text(-5.9, 83, "chosen", color="C0", fontsize=10, va="top")
    ax.text(-5.9, 68, f"beat an ordinary one:\n{_percent(result.win_rate)}", fontsize=10, va="top")
    if result.params.world is World.FLATTERY:
        ax.text(-5.9, 36, f"flatter: {_percent(result.flattering)}", color="C3", fontsize=10, va="top")
    ax.set(xlim=(-6, 6), ylim=(0, 100), xticks=(-4, -2, 0, 2, 4), yticks=(0, 50, 100))
    ax.set(xlabel="true value (std. deviations)", ylabel="share of answers (%)")


def reading(result: OveroptimizationResult) -> str:
    """Say what the chosen answer seems to be worth and is worth, and where the true value peaks."""
    p = result.params
    flaw = FLAWS[p.world].format(dose(p.world, p.strength)) if p.strength else NONE[p.world]
    _, proxy, gold = result.here
    if p.n == 1:
        return f"{flaw}, no choice (n = 1): score and true value are those of an ordinary answer, 0. {_peak(result)}"
    return (
        f"{flaw}, best of {p.n:,}: score {signed(proxy)}, true value {signed(gold)}{_seen(result)}, truly better than an "
        f"ordinary answer in {_percent(result.win_rate)} of cases{_flattering(result)}. {_peak(result)}"
    )


def _flattering(result: OveroptimizationResult) -> str:
    return f"; {_percent(result.flattering)} of the chosen flatter" if result.params.world is World.FLATTERY else ""


def _seen(result: OveroptimizationResult) -> str:
    """The simulated value, where there is one for this n."""
    distance = math.sqrt(kl(result.params.n))
    at = np.flatnonzero(np.abs(result.sampled_distance - distance) < 1e-9)
    if not at.size or not result.sampled_error.any():
        return ""
    mean, error = result.sampled_gold[at[0]], 2 * result.sampled_error[at[0]]
    return f" (simulated {signed(mean)} ± {error:.2g} over {result.params.prompts} prompts)"


def _peak(result: OveroptimizationResult) -> str:
    best, high = result.best
    if best >= LAST:
        return f"The true value still rises at n = {LAST:,}."
    if best <= 1:
        return (
            "No choice at all is better: n = 1." if result.gold[-1] < -1e-9 else "The true value stays at 0 for any n."
        )
    return f"The true value peaks at {signed(high)} near n = {_count(best)}{_forecast(result)}."


def _forecast(result: OveroptimizationResult) -> str:
    far = result.fit.peak[0]
    if far * far > FARTHEST:
        return f"; Gao's form fitted to n up to {FITTED:,} sees no peak"
    return f"; Gao's form fitted to n up to {FITTED:,} says {_count(float(size(far * far)))}"


def _count(n: float) -> str:
    """A number of answers to two digits."""
    if n >= 1e9:
        return "more than a billion"
    digits = max(math.floor(math.log10(n)) - 1, 0)
    return f"{round(n / 10**digits) * 10**digits:,}"


def signed(value: float) -> str:
    """Two decimals; what rounds to nothing is 0, without a sign."""
    return "0" if abs(value) < 0.005 else f"{value:.2f}"


def _percent(share: float) -> str:
    if share > 0.9995:
        return "more than 99.9 %"
    return f"{100 * share:.1f} %" if share >= 0.0005 else "less than 0.1 %"
