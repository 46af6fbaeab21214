"""Rewards that explain the same behavior, and a second environment that tells them apart, or seems to."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.value_learning.ambiguity import AmbiguityParams, Second, simulate
from sysalign_lib.value_learning.views.ambiguity import error_view, maps_view, reading

__all__ = ["AMBIGUITY"]

AMBIGUITY = Explorable(
    simulate,
    (maps_view, error_view),
    reading,
    AmbiguityParams(),
    title="What behavior does not tell about reward",
    name="ambiguity",
    seed=2021,
    labels={
        "second": "second environment watched",
        "change": "change of the reward between the environments (temperature)",
        "state_only": "reward known to depend on the state only",
    },
    play="second",
    second=tuple(Second),
    change=(0.0, 0.05, 0.1, 0.15, 0.2, 0.3),
    state_only=(False, True),
)
