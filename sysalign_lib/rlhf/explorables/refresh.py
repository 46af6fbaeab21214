"""Refreshed reward models: what a new one is worth, and when it is not."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.rlhf.refresh import RefreshParams, simulate
from sysalign_lib.rlhf.views.refresh import reading, rounds

__all__ = ["REFRESHED"]

REFRESHED = Explorable(
    simulate,
    rounds,
    reading,
    RefreshParams(),
    title="Ask again on the way",
    name="refreshed",
    seed=2023,
    labels={
        "every": "rounds that a reward model is used for",
        "turn": "people's wish turns (degrees a round)",
        "curvature": "curvature",
        "ratings": "ratings by people, in all",
    },
    play="every",
    turn=(0.0, 5.0, 10.0),
    curvature=(0.0, 0.05, 0.15),
    ratings=(400, 4_000, 40_000),
    every=(1, 2, 4, 8, 16),
)
