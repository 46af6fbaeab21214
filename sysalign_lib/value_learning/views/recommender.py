"""Pictures of the loop: two camps with the recommender over their ghosts without, and two measures that part company."""

from __future__ import annotations

from matplotlib.axes import Axes

from sysalign_lib.value_learning.recommender import Aim, RecommenderResult

__all__ = ["error_view", "opinion_view", "reading"]

NAMES = ("minority", "majority")
COLORS = ("C1", "C0")
TENTH = 1.2816  # standard deviations from the middle of a normal law to its outer tenths
COUNTS = {1: "one camp", 2: "two camps"}
AIMS = {
    Aim.REAL_TIME: "what people want now",
    Aim.INITIAL: "what they wanted at first",
    Aim.NATURAL: "what they would want without it",
}


def opinion_view(ax: Axes, result: RecommenderResult) -> None:
    """Draw each camp's opinions, mean and middle 80 %, with the recommender and, as a ghost, without."""
    time = result.time
    for camp, (name, color) in enumerate(zip(NAMES, COLORS, strict=True)):
        mean, reach = result.value_mean[camp], TENTH * result.value_spread[camp]
        ghost, ghostly = result.natural_mean[camp], TENTH * result.natural_spread[camp]
        ax.fill_between(time, mean - reach, mean + reach, color=color, alpha=0.25, linewidth=0)
        ax.plot(time, ghost - ghostly, color="0.5", linestyle=":", linewidth=1)
        ax.plot(time, ghost + ghostly, color="0.5", linestyle=":", linewidth=1)
        ax.plot(time, ghost, color="0.5", linestyle="--", linewidth=1.4, label=f"{name} without it")
        ax.plot(time, mean, color=color, label=f"{name}, mean")
        if result.seen_mean.size:
            ax.plot(time[::4], result.seen_mean[camp, ::4], "o", color=color, markersize=4)
    edge = 1.1 * result.params.distance + 1e-9
    ax.set(ylim=(-edge, edge))
    ax.text(0.5 * time[-1], 0.97 * edge, NAMES[1], color=COLORS[1], ha="right", va="top")
    ax.text(0.5 * time[-1], -0.97 * edge, NAMES[0], color=COLORS[0], ha="right", va="bottom")
    ax.text(time[-1], 0.97 * edge, "gray: without it", color="0.5", ha="right", va="top", fontsize=10)
    _steps(ax, result)
    ax.set(ylabel="opinion (units of opinion)")
    ax.locator_params(axis="y", nbins=5)


def error_view(ax: Axes, result: RecommenderResult) -> None:
    """Draw how well the recommender matches people, and how far it has moved them."""
    rows = (
        ("tracking error", "C2", result.tracking, result.seen_tracking, result.tracking_error),
        ("displacement", "C3", result.displacement, result.seen_displacement, result.displacement_error),
    )
    for name, color, exact, seen, error in rows:
        ax.plot(result.time, exact, color=color, label=name)
        if seen.size:
            ax.errorbar(
                result.time[::4], seen[::4], 2 * error[::4], fmt="o", color=color, markersize=4, elinewidth=1.2,
                label=f"{name}, simulated",
            )  # fmt: skip
    ax.set(ylim=(-0.04, 1.25), yticks=(0, 0.5, 1))
    _steps(ax, result)
    ax.set(ylabel="distance (units of opinion)")
    ax.legend(
        [*ax.get_lines()[:1], ax.get_lines()[2 if result.seen_tracking.size else 1]], ["tracking error", "displacement"],
        loc="upper right", ncols=2, columnspacing=1.2, handlelength=1.4, borderaxespad=0.0,
    )  # fmt: skip


def _steps(ax: Axes, result: RecommenderResult) -> None:
    last = result.params.steps
    ax.set(xlim=(-0.02 * last, 1.02 * last), xlabel="steps")
    ax.locator_params(axis="x", nbins=5, integer=True)


def reading(result: RecommenderResult) -> str:
    """Say how well people are matched, how far they were moved, and what becomes of the camps."""
    dots = f" Dots: {result.params.runs} simulated societies." if result.seen_tracking.size else ""
    return f"{_moves(result)} {_camps(result)}{dots}"


def _moves(result: RecommenderResult) -> str:
    params = result.params
    whose = "Each person's own recommendation" if params.personal else "One recommendation for all"
    what = f"{whose}, aimed at {AIMS[params.aim]}"
    if params.influence == 0:
        return (
            f"{what}, moves nobody: displacement 0 after {_steps_in_words(params.steps)}, and it is off by "
            f"{result.tracking[-1]:.3f}."
        )
    return (
        f"{what}, is off by {result.tracking[-1]:.3f} units after {_steps_in_words(params.steps)} and has moved people by "
        f"{result.displacement[-1]:.3f} (minority {result.camp_displacement[0, -1]:.3f}, majority "
        f"{result.camp_displacement[1, -1]:.3f})."
    )


def _camps(result: RecommenderResult) -> str:
    apart, without = f"{result.gap:.2f}", f"{result.natural_gap:.2f}"
    gap = f"the groups are {apart} apart" + ("" if result.params.influence == 0 else f", without it {without}")
    if result.camps != result.natural_camps:
        return f"It leaves {COUNTS[result.camps]} where there would be {COUNTS[result.natural_camps]}: {gap}."
    kept = "" if result.params.influence == 0 else ", as without it"
    return f"There {'is' if result.camps == 1 else 'are'} {COUNTS[result.camps]}{kept}: {gap}."


def _steps_in_words(count: int) -> str:
    return f"{count} step{'s' if count > 1 else ''}"
