"""How far ahead must a planner look before it moves people instead of serving them, and by whose values?"""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.value_learning.influence import InfluenceParams, Values, simulate
from sysalign_lib.value_learning.views.influence import reading, share_view, taste_view

__all__ = ["INFLUENCE"]

INFLUENCE = Explorable(
    simulate,
    (taste_view, share_view),
    reading,
    InfluenceParams(),
    title="Serve people or move them? The horizon decides, and whose values count",
    name="influence",
    seed=2024,
    labels={
        "horizon": "steps planned ahead",
        "reward": "what the pushed item pays where it fits (serving pays 1)",
        "pull": "how far a step moves taste (0: not at all)",
        "values": "reward judged by",
    },
    play="horizon",
    values=tuple(Values),
    reward=(1.0, 1.1, 1.5, 3.0),
    pull=(0.0, 0.05, 0.2, 1.0),
    horizon=(1, 2, 3, 4, 6, 8, 12, 20, 30),
)
