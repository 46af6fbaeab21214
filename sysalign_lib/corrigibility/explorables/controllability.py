"""The explorables of controllability: driver nodes, and the energy behind a single one."""

from __future__ import annotations

from sysalign_lib.corrigibility.controllability import (
    ControllabilityParams,
    EnergyParams,
    Loops,
    simulate,
    simulate_energy,
)
from sysalign_lib.corrigibility.views.controllability import (
    energy_reading,
    energy_view,
    network_view,
    reading,
    share_view,
)
from sysalign_lib.page.explorable import Explorable

__all__ = ["CONTROL_ENERGY", "DRIVER_NODES"]

DRIVER_NODES = Explorable(
    simulate,
    (network_view, share_view),
    reading,
    ControllabilityParams(),
    title="How many nodes must be pushed to steer a network?",
    seed=11,
    name="driver-nodes",
    labels={
        "degree": "mean degree (links a node)",
        "hubs": "hubs (0: none, 0.65: strong)",
        "loops": "self-loops (own decay rates)",
    },
    play="hubs",
    degree=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0),
    hubs=(0.0, 0.25, 0.5, 0.65),
    loops=tuple(Loops),
)

CONTROL_ENERGY = Explorable(
    simulate_energy,
    energy_view,
    energy_reading,
    EnergyParams(),
    title="One signal is enough. What does it cost?",
    seed=5,
    name="control-energy",
    labels={"spread": "spread of the nodes' own rates", "coupling": "strength of the links"},
    play="spread",
    spread=(0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.9),
    coupling=(0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
)
