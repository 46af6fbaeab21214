"""Majority gates with a threshold, and juries with a limit."""

from __future__ import annotations

from sysalign_lib.oversight.redundancy import Cause, JuryParams, RedundancyParams, simulate, simulate_jury
from sysalign_lib.oversight.views.redundancy import cobweb_view, jury_reading, jury_view, level_view, reading
from sysalign_lib.page.explorable import Explorable

__all__ = ["CONDORCET", "REDUNDANCY"]

REDUNDANCY = Explorable(
    simulate,
    (cobweb_view, level_view),
    reading,
    RedundancyParams(),
    title="Below a threshold, errors stop growing",
    name="redundancy",
    seed=1956,
    labels={
        "gate_error": "chance that a gate fails",
        "voters": "wires that a gate reads",
        "shared": "share of gates whose wires are all one",
        "start": "wrong wires at first (share)",
    },
    play="gate_error",
    voters=(3, 5, 7),
    shared=(0.0, 0.3, 0.6),
    start=(0.1, 0.4),
    gate_error=(0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25),
)

CONDORCET = Explorable(
    simulate_jury,
    jury_view,
    jury_reading,
    JuryParams(),
    title="A crowd is worth what it does not share",
    name="jury",
    seed=1785,
    labels={
        "skill": "chance that a voter is right",
        "correlation": "correlation of any two votes",
        "cause": "why votes agree",
    },
    play="correlation",
    cause=(Cause.NONE, Cause.COMMON, Cause.BANDWAGON),
    skill=(0.4, 0.5, 0.55, 0.6, 0.7, 0.8),
    correlation=(0.0, 0.05, 0.1, 0.2, 0.3, 0.6),
)
