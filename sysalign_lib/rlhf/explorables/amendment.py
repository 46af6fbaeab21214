"""Amend the constitution? When to follow people's feedback, and when to stay with the text."""

from __future__ import annotations

from sysalign_lib.page.explorable import Bet, Explorable
from sysalign_lib.rlhf.amendment import AmendmentParams, AmendmentResult, simulate
from sysalign_lib.rlhf.views.amendment import course_view, map_view, reading

__all__ = ["AMENDMENT"]


def end(result: AmendmentResult) -> float:
    """The number to guess: where people's values end on average."""
    return result.end


AMENDMENT = Explorable(
    simulate,
    (map_view, course_view),
    reading,
    AmendmentParams(),
    title="Amend the constitution?",
    name="amendment",
    seed=35,
    labels={
        "drift": "people's own drift (variance a step)",
        "influence": "influence of the rule on people (share of the gap a step)",
        "bias": "bias of the feedback (units of value)",
        "gain": "gain of the adapting rule (share of the gap a step)",
        "anchor": "pull of its founding text (share of the way back a step)",
    },
    bet=Bet(
        question="A constitution follows feedback that is biased by 1. At each step people come a tenth of the way toward it, "
        "and a fiftieth of the way back to where they would be by themselves. How far are their values dragged in the end?",
        low=0.0,
        high=10.0,
        step=0.1,
        unit="units of value",
        reveal={"bias": 1.0},
        answer=end,
    ),
    play="bias",
    drift=(0.01, 0.03, 0.1, 0.3, 1.0),
    influence=(0.0, 0.05, 0.1, 0.2),
    gain=(0.02, 0.1, 0.3),
    anchor=(0.0, 0.1),
    bias=(0.0, 0.5, 1.0),
)
