"""The same people under four rules of listening: one camp, two, or five."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.value_learning.opinions import OpinionsParams, Rule, simulate
from sysalign_lib.value_learning.views.opinions import camps_view, paths_view, reading

__all__ = ["OPINIONS"]

OPINIONS = Explorable(
    simulate,
    (paths_view, camps_view),
    reading,
    OpinionsParams(),
    title="The same people end in one camp, in two or in five",
    name="opinions",
    seed=2000,
    labels={
        "rule": "how people listen",
        "confidence": "openness d (farthest opinion heard, on a scale from 0 to 1)",
        "stubbornness": "pull back to the first opinion (share of the way each round)",
    },
    play="confidence",
    rule=tuple(Rule),
    confidence=(0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.5),
    stubbornness=(0.0, 0.05, 0.2, 1.0),
)
