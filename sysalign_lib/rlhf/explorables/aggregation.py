"""The triangle of three groups' shares, and what each rule makes of it."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.rlhf.aggregation import AggregationParams, Electorate, simulate
from sysalign_lib.rlhf.views.aggregation import reading, rules_view, triangle_view

__all__ = ["VOTER_TRIANGLE"]

VOTER_TRIANGLE = Explorable(
    simulate,
    (triangle_view, rules_view),
    reading,
    AggregationParams(),
    title="Three groups, one reward: whose option wins?",
    name="voter-triangle",
    seed=1785,
    labels={
        "electorate": "the groups' rankings lie",
        "middle": "worth of a second choice (first 1, last 0)",
        "stake": "what the first group has at stake (the others: 1)",
        "second": "second group's share of the rest",
        "first": "first group's share of the people",
    },
    play="first",
    electorate=(Electorate.CIRCLE, Electorate.AXIS, Electorate.SHARED),
    middle=(0.1, 0.5, 0.9),
    stake=(1.0, 4.0),
    second=(0.0, 0.5, 0.75, 1.0),
    first=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0),
)
