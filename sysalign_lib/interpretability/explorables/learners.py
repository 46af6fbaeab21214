"""Two learners whose rules are known, and how long one can say what they will do."""

from __future__ import annotations

from sysalign_lib.interpretability.learners import STARTS, TIES, LearnersParams, simulate
from sysalign_lib.interpretability.views.learners import error_view, reading, triangle_view
from sysalign_lib.page.explorable import Explorable

__all__ = ["LEARNERS"]

LEARNERS = Explorable(
    simulate,
    (triangle_view, error_view),
    reading,
    LearnersParams(),
    title="Two open books that nobody can read ahead",
    name="two-learners",
    seed=2002,
    labels={
        "tie": "payoff of a tie to the first player, loss to the second",
        "start": "one of five starts",
        "time": "time since the start (units)",
    },
    play="time",
    tie=TIES[:4],
    start=STARTS,
    time=(50.0, 100.0, 150.0, 200.0, 300.0),
)
