"""One behavior, two readings: a seeker of R and a shunner of its negative."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.value_learning.planners import PlannersParams, simulate
from sysalign_lib.value_learning.views.planners import likelihood_view, pairs_view, reading

__all__ = ["PLANNERS"]

PLANNERS = Explorable(
    simulate,
    (pairs_view, likelihood_view),
    reading,
    PlannersParams(),
    title="Who plans, and for what",
    name="planners",
    seed=2018,
    labels={
        "rationality": "demonstrator's rationality (per unit of reward)",
        "environments": "worlds in which it is watched",
        "decisions": "decisions watched in each",
        "anchor": "known: the goal is better than the trap",
    },
    play="environments",
    rationality=(-2.0, 0.0, 0.5, 1.0, 2.0, 3.0),
    decisions=(50, 100, 1000),
    anchor=(False, True),
    environments=(1, 2, 4),
)
