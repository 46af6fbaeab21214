"""One snapshot with four futures, a neuron that becomes a cosine, and a network of which every neuron can be read."""

from __future__ import annotations

from sysalign_lib.interpretability.grokking import (
    BRANCHES,
    DECAYS,
    PERCENTS,
    FuturesParams,
    NeuronParams,
    WrittenParams,
    simulate_written,
    solve_futures,
    solve_neuron,
)
from sysalign_lib.interpretability.views.grokking import (
    futures_view,
    measure_view,
    neuron_reading,
    reading,
    size_view,
    spectrum_view,
    support_view,
    wave_view,
    written_reading,
)
from sysalign_lib.page.explorable import Explorable, exact

__all__ = ["CONSTRUCTED", "FUTURES", "NEURON"]

FUTURES = Explorable(
    exact(solve_futures),
    (futures_view, measure_view),
    reading,
    FuturesParams(),
    title="The same weights, four futures",
    name="branched-futures",
    seed=2022,
    labels={
        "decay": "weight decay after the branch",
        "branch": "branch at epoch",
        "percent": "sums that are taught (%)",
        "alarm": "alarm at a concentration of",
    },
    play="decay",
    percent=PERCENTS,
    branch=BRANCHES,
    alarm=(0.3, 0.35, 0.45),
    decay=DECAYS,
)

NEURON = Explorable(
    exact(solve_neuron),
    (wave_view, spectrum_view),
    neuron_reading,
    NeuronParams(),
    title="A neuron becomes a cosine, or stays as it is",
    name="neuron-waveform",
    seed=2022,
    labels={"epoch": "epoch of training", "decay": "weight decay after epoch 200"},
    play="epoch",
    decay=DECAYS,
    epoch=tuple(range(0, 1501, 100)),
)

CONSTRUCTED = Explorable(
    simulate_written,
    (size_view, support_view),
    written_reading,
    WrittenParams(),
    title="A network that can be read to the last neuron",
    name="readable-network",
    seed=2023,
    labels={
        "p": "numbers that are added, modulo",
        "neurons": "neurons",
        "misphase": "phases scattered over (share of a turn)",
    },
    play="neurons",
    p=(11, 23, 47, 97),
    misphase=(0.0, 0.5, 0.75, 1.0),
    neurons=(10, 20, 50, 100, 150, 200),
)
