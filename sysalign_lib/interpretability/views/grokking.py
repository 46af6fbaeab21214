"""Pictures of grokking: the futures of one snapshot, the measure that tells them apart, a neuron, and a network by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from sysalign_lib.core.words import percent
from sysalign_lib.interpretability.grokking import DECAYS, KNOWN, SLOW, FuturesResult, NeuronResult, WrittenResult

__all__ = [
    "futures_view", "measure_view", "neuron_reading", "reading", "size_view", "spectrum_view", "support_view", "wave_view",
    "written_reading",
]  # fmt: skip

LEGEND: Any = {
    "handlelength": 1.2,
    "handletextpad": 0.4,
    "columnspacing": 1.0,
    "borderaxespad": 0.0,
    "labelspacing": 0.25,
}
COLORS = ("C3", "C1", "C0", "C2")  # of the futures, by decay
BAND = 2  # looks from corner to corner of a band
NAMES = ("decay 0", "decay 0.25", "decay 0.5", "decay 1")
WORDS = (  # where the names of the lines stand
    (330, 132, "0.5", "- - taught"), (330, 116, "k", "others, before"), (840, 132, "C3", "decay 0"),
    (840, 116, "C1", "decay 0.25"), (1230, 132, "C0", "decay 0.5"), (1230, 116, "C2", "decay 1"),
)  # fmt: skip


def _futures(ax: Axes, result: FuturesResult, mean: Any) -> None:
    """Draw the mean over networks, mean[decay, look] in percent, of what was before the branch and of every future."""
    past, later = slice(0, result.fork + 1), slice(result.fork, None)
    ax.plot(result.epochs[past], mean[result.at, past], color="k", label="before the branch")
    for at, (color, name) in enumerate(zip(COLORS, NAMES, strict=True)):
        width = 3 if at == result.at else 1.2
        ax.plot(result.epochs[later], mean[at, later], color=color, linewidth=width, label=name)
    ax.axvline(result.params.branch, ymax=0.85, color="0.5", linestyle=":", linewidth=1.2)
    ax.set(xlim=(0, 1.05 * result.epochs[-1]), xticks=(0, 500, 1000, 1500), xlabel="epochs of training")


def _band(result: FuturesResult, values: Any, color: str, looks: slice) -> Any:
    """From the lowest to the highest network, as a patch."""
    low, high = 100 * values[:, looks].min(axis=0), 100 * values[:, looks].max(axis=0)
    across = np.concatenate([result.epochs[looks], result.epochs[looks][::-1]])
    corners = np.stack([across, np.concatenate([low, high[::-1]])], axis=1)
    return Polygon(corners, facecolor=color, alpha=0.2, linewidth=0)


def futures_view(ax: Axes, result: FuturesResult) -> None:
    """Draw how many of the sums that were not taught are known, before the branch and in every future."""
    _futures(ax, result, 100 * result.test.mean(axis=1))
    ax.add_patch(_band(result, result.test[0], "k", slice(0, result.fork + 1, BAND)))
    for own, color in zip(result.test, COLORS, strict=True):
        ax.add_patch(_band(result, own, color, slice(result.fork, None, BAND)))
    ax.plot(result.epochs, 100 * result.train[result.at].mean(axis=0), color="0.5", linestyle="--", label="taught sums")
    ax.set(ylim=(0, 142), yticks=(0, 50, 100), ylabel="known sums (%)")
    for x, y, color, words in WORDS:
        ax.text(x, y, words, color=color, fontsize=10, va="center")


def measure_view(ax: Axes, result: FuturesResult) -> None:
    """Draw the concentration of the weights on single frequencies, the alarm, and where every network rings it and jumps."""
    _futures(ax, result, 100 * result.measure.mean(axis=1))
    level, color = 100 * result.params.alarm, COLORS[result.at]
    ax.axhline(level, color="0.5", linewidth=1.2)
    rings = result.warned[result.at]
    rings = rings[np.isfinite(rings)]
    ax.plot(rings, np.full(len(rings), level), "o", color=color, markersize=5, label="a network's alarm")
    for at, (own, name) in enumerate(zip(COLORS, NAMES, strict=True)):
        knows = np.isfinite(result.jump[at])
        ax.plot(
            result.jump[at, knows], 100 * result.jump_level[at, knows], "D", color=own, markersize=4,
            label=f"knows {100 * KNOWN:.0f} %, {name}",
        )  # fmt: skip
    marks = f"gray line: alarm at {level:g} %  \N{BLACK CIRCLE} rings  \N{BLACK DIAMOND} knows {100 * KNOWN:.0f} %"
    ax.text(15, 103, marks, fontsize=10, va="top")
    ax.set(ylim=(0, 104), yticks=(0, 50, 100), ylabel="concentration (%)")


def wave_view(ax: Axes, result: NeuronResult) -> None:
    """Draw one neuron's weights for all numbers and the strongest frequency in them."""
    numbers, color = np.arange(len(result.wave)), COLORS[DECAYS.index(result.params.decay)]
    ax.plot(result.turn, result.cosine, color="0.5", linewidth=1.2, label="_strongest frequency")
    ax.plot(numbers, result.wave, "o", color=color, markersize=6, label="weight")
    ax.text(0, 3.1, "its weights", color=color, fontsize=10, va="top")
    ax.text(numbers[-1], 3.1, "strongest frequency", color="0.5", fontsize=10, ha="right", va="top")
    ax.set(xlim=(-0.5, numbers[-1] + 0.5), ylim=(-3, 3.2), yticks=(-2, 0, 2))
    ax.set(xlabel="number that is added", ylabel="weight (over its rms)")


def spectrum_view(ax: Axes, result: NeuronResult) -> None:
    """Draw how the neuron's power is spread over frequencies."""
    turns = np.arange(1, len(result.power) + 1)
    ax.bar(turns, 100 * result.power, color=COLORS[DECAYS.index(result.params.decay)], width=0.6, label="share")
    ax.set(xlim=(0.4, turns[-1] + 0.6), ylim=(0, 104), xticks=(1, 5, 11), yticks=(0, 50, 100))
    ax.set(xlabel="frequency (turns over all numbers)", ylabel="share of power (%)")


def neuron_reading(result: NeuronResult) -> str:
    """Say how much of the neuron's waveform is its strongest frequency."""
    when = (
        f"with weight decay {result.params.decay.rate:g} after epoch {SLOW['branch']}"
        if result.epoch > SLOW["branch"]
        else ("before the branch")
    )
    return (
        f"At epoch {result.epoch}, {when}, {percent(result.power.max())} of this neuron's power is in its strongest frequency, "
        f"{result.frequency} {'turn' if result.frequency == 1 else 'turns'} over all numbers; "
        f"its concentration is {percent(result.concentration)}."
    )


def reading(result: FuturesResult) -> str:
    """Say what the snapshot shows, where the chosen future leads, and what the alarm was worth."""
    p, fork = result.params, result.fork
    train, test = result.train[result.at, :, fork].mean(), result.test[result.at, :, fork].mean()
    return (
        f"From the same weights at epoch {p.branch} ({percent(train)} of the taught sums known, {percent(test)} of the others), "
        f"weight decay {p.decay.rate:g} leads six networks to {percent(result.test[result.at, :, -1].mean())} of the others at "
        f"epoch {result.epochs[-1]}. {_alarm(result)}"
    )


def _alarm(result: FuturesResult) -> str:
    rang, knew = (_count(np.isfinite(when[result.at])) for when in (result.warned, result.jump))
    known = result.known[np.isfinite(result.known)]
    at = f", which by then know {_shares(known.min(), known.max())}" if len(known) else ""
    said = f"The alarm rings in {rang} of them{at}; {knew} {'comes' if knew == 'one' else 'come'} to know {100 * KNOWN:.0f} %"
    return f"{said}, {_span(result.leads.min(), result.leads.max())}." if len(result.leads) else f"{said}."


def _span(low: float, high: float) -> str:
    """From the earliest to the latest jump, as seen from the alarm."""
    if low < 0 < high:
        return f"between {-low:.0f} epochs before and {high:.0f} after it"
    near, far = sorted((abs(low), abs(high)))
    many = f"{near:.0f}" if near == far else f"{near:.0f} to {far:.0f}"
    return f"{many} epochs {'before' if low < 0 else 'after'} it"


def _shares(low: float, high: float) -> str:
    """From the least to the most, in percent."""
    least, most = percent(low), percent(high)
    return least if least == most else f"{least.removesuffix(' %')} to {most}"


def _count(flags: Any) -> str:
    """How many, in words."""
    return ("none", "one", "two", "three", "four", "five", "six")[int(np.count_nonzero(flags))]


def size_view(ax: Axes, result: WrittenResult) -> None:
    """Draw how well written networks add by their size, predicted and asked, and chance."""
    p = result.params
    low, high = 100 * result.accuracy.min(axis=1), 100 * result.accuracy.max(axis=1)
    ax.fill_between(result.sizes, low, high, color="C1", alpha=0.25, linewidth=0)
    ax.plot(
        result.sizes,
        100 * result.accuracy.mean(axis=1),
        "o",
        color="C1",
        markersize=5,
        label=f"{p.networks} networks, asked",
    )
    ax.plot(result.sizes, 100 * result.predicted, color="C0", label="calculated from the parts")
    ax.axhline(100 / p.p, color="0.5", linestyle=":", linewidth=1.2)
    ax.text(result.sizes[-1], 100 / p.p + 1, "chance", color="0.5", fontsize=10, ha="right", va="bottom")
    ax.plot([p.neurons], [100 * result.chosen_accuracy], "D", color="C0", markersize=8, label="this size")
    ax.set(xlim=(0, 205), ylim=(0, 128), yticks=(0, 50, 100), xlabel="neurons", ylabel="right sums (%)")
    ax.locator_params(axis="x", nbins=5)
    ax.legend(loc="upper left", ncols=2, **LEGEND)


def support_view(ax: Axes, result: WrittenResult) -> None:
    """Draw one network's output for one sum, answer by answer, with the expected output and its noise."""
    p = len(result.support)
    away, right = np.arange(p) - p // 2, np.arange(p) == p // 2
    low, high = (result.expected + side * result.noise for side in (-1, 1))
    ax.fill_between(away, low, high, color="0.5", alpha=0.2, linewidth=0)
    ax.plot(away, result.expected, color="0.5", linewidth=1.2, label="expected, 1 std. deviation")
    ax.plot(away[~right], result.support[~right], "o", color="C1", markersize=4, label="wrong answer")
    ax.plot(away[right], result.support[right], "D", color="C2", markersize=7, label="right answer")
    ax.set(xlim=(-p / 2, p / 2), ylim=(-1, 1.6), yticks=(-1, -0.5, 0, 0.5, 1))
    ax.set(xlabel="answer, as far from the right one", ylabel="output per neuron, one sum")
    ax.locator_params(axis="x", nbins=5)
    ax.legend(loc="upper right", ncols=2, **LEGEND)


def written_reading(result: WrittenResult) -> str:
    """Say how well written networks of the chosen size add, and how much larger ones do."""
    p = result.params
    at = int(np.flatnonzero(result.sizes <= p.neurons)[-1]) if p.neurons >= result.sizes[0] else None
    seen = (
        ""
        if at is None or result.sizes[at] != p.neurons
        else f" ({percent(result.accuracy[at].mean())} in {p.networks} networks that were asked)"
    )
    off = (
        "with the phases right" if p.misphase == 0 else f"with phases scattered over {percent(p.misphase)} of the turn"
    )
    who = "1 neuron" if p.neurons == 1 else f"{p.neurons} neurons"
    more = "" if p.neurons == result.sizes[-1] else f", {result.sizes[-1]} neurons {percent(result.predicted[-1])}"
    return (
        f"Written by hand {off}, {who} should add {percent(result.chosen_accuracy)} of the sums modulo {p.p} rightly"
        f"{seen}{more}; chance is {percent(1 / p.p)}."
    )
