"""How far ahead coupled agents are foretold, all of whose rules are known."""

from __future__ import annotations

from sysalign_lib.interpretability.coupled_maps import COUPLINGS, CoupledMapsParams, simulate
from sysalign_lib.interpretability.views.coupled_maps import errors_view, horizon_view, reading
from sysalign_lib.page.explorable import Explorable

__all__ = ["COUPLED"]

COUPLED = Explorable(
    simulate,
    (horizon_view, errors_view),
    reading,
    CoupledMapsParams(),
    title="Every agent is one known line",
    name="coupled-maps",
    seed=1990,
    labels={
        "coupling": "coupling (share of the way to the mean)",
        "growth": "growth rate of the map",
        "precision": "precision to which states are known",
    },
    play="coupling",
    growth=(3.8, 3.83, 3.9, 4.0),
    precision=(1e-3, 1e-6, 1e-9),
    coupling=COUPLINGS,
)
