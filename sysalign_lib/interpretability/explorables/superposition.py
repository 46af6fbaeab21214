"""Arrows then and now, and the phases of two features."""

from __future__ import annotations

from sysalign_lib.interpretability.superposition import (
    MOMENTS,
    Density,
    PhasesParams,
    ShiftParams,
    solve_phases,
    solve_shift,
)
from sysalign_lib.interpretability.views.superposition import (
    arrows_view,
    diagram_view,
    dimensions_view,
    losses_view,
    naming_view,
    phases_reading,
    reading,
)
from sysalign_lib.page.explorable import Explorable, exact

__all__ = ["PHASES", "SUPERPOSITION"]

SUPERPOSITION = Explorable(
    exact(solve_shift),
    (arrows_view, naming_view, dimensions_view),
    reading,
    ShiftParams(),
    title="A dictionary, and the network after it",
    name="superposition",
    seed=2022,
    labels={
        "before": "chance that a feature is on, up to the snapshot",
        "after": "the same chance, from then on",
        "steps": "steps of learning after the snapshot",
    },
    play="steps",
    before=(Density.D05, Density.D30, Density.D50),
    after=tuple(Density),
    steps=MOMENTS,
)

PHASES = Explorable(
    exact(solve_phases),
    (diagram_view, losses_view),
    phases_reading,
    PhasesParams(),
    title="Two features, one hidden unit",
    name="superposition-phases",
    seed=2022,
    labels={
        "density": "chance that a feature is on",
        "ratio": "importance of the second feature (first = 1)",
    },
    play="density",
    ratio=(0.1, 0.25, 0.4, 0.5, 0.6, 0.8, 0.9, 1.0),
    density=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
)
