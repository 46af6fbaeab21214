"""The loop: tracking error and displacement part company."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.value_learning.recommender import Aim, RecommenderParams, simulate
from sysalign_lib.value_learning.views.recommender import error_view, opinion_view, reading

__all__ = ["RECOMMENDER"]

RECOMMENDER = Explorable(
    simulate,
    (opinion_view, error_view),
    reading,
    RecommenderParams(),
    title="A recommender in the loop: the better it matches, the farther it has moved",
    name="recommender",
    seed=2022,
    labels={
        "influence": "influence of the recommendation on a person",
        "anchor": "hold of a person's first opinion",
        "retrain": "steps between retrainings",
        "aim": "the recommender aims at",
        "personal": "each person gets their own",
    },
    play="influence",
    aim=tuple(Aim),
    personal=(False, True),
    retrain=(1, 20),
    anchor=(0.0, 0.05, 0.5),
    influence=(0.0, 0.05, 0.1, 0.2, 0.5),
)
