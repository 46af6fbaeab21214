"""The explorable of Braess's roads."""

from __future__ import annotations

from sysalign_lib.corrigibility.braess import BraessParams, simulate
from sysalign_lib.corrigibility.views.braess import cost_view, reading, roads_view
from sysalign_lib.page.explorable import Explorable

__all__ = ["BRAESS"]

BRAESS = Explorable(
    simulate,
    (cost_view, roads_view),
    reading,
    BraessParams(),
    title="A new bridge for everyone",
    seed=3,
    name="braess",
    labels={"demand": "demand (flow)", "bridge_intercept": "cost of the empty bridge (time)", "bridge": "bridge open"},
    play="demand",
    demand=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0),
    bridge_intercept=(0.0, 10.0, 20.0, 30.0, 40.0, 50.0),
    bridge=(False, True),
)
