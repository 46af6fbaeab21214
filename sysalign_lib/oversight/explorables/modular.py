"""Cutting a problem among overseers: how far it carries, and what putting the answers together adds."""

from __future__ import annotations

from sysalign_lib.oversight.modular import (
    Borders,
    Integration,
    IntegrationParams,
    ModularParams,
    Rogue,
    simulate,
    simulate_integration,
)
from sysalign_lib.oversight.views.modular import (
    curve_view,
    integration_reading,
    matrix_view,
    moving_view,
    reading,
    rounds_view,
)
from sysalign_lib.page.explorable import Explorable

__all__ = ["INTEGRATION", "MODULAR"]

COUPLINGS = (0.0, 0.1, 0.25, 0.5, 1.0)
OVERSEERS = (2, 4, 6)
BORDERS = (Borders.RIGHT, Borders.SHIFTED)

MODULAR = Explorable(
    simulate,
    (matrix_view, curve_view),
    reading,
    ModularParams(),
    title="How much interdependence can modular oversight take?",
    name="modular",
    seed=1962,
    labels={
        "coupling": "coupling (probability that an interaction leaves its module)",
        "overseers": "overseers",
        "borders": "borders of their blocks",
        "integration": "answers",
        "rounds": "rounds",
    },
    play="coupling",
    coupling=COUPLINGS,
    overseers=OVERSEERS,
    borders=BORDERS,
    integration=(Integration.PARALLEL, Integration.SEQUENTIAL, Integration.FRESH),
    rounds=(1, 4),
)

INTEGRATION = Explorable(
    simulate_integration,
    (rounds_view, moving_view),
    integration_reading,
    IntegrationParams(landscapes=64),
    title="Putting the answers together",
    name="integration",
    seed=1962,
    labels={
        "coupling": "coupling (probability that an interaction leaves its module)",
        "overseers": "overseers",
        "borders": "borders of their blocks",
        "rogue": "overseer who fails",
    },
    play="coupling",
    coupling=COUPLINGS,
    overseers=OVERSEERS,
    borders=BORDERS,
    rogue=tuple(Rogue),
)
