"""Targets and claims of the chapter, one file a model, in the order of the chapter."""

from itertools import chain

from sysalign_lib.value_learning.evidence import (
    ambiguity,
    influence,
    irl,
    maxent,
    mdp,
    moving_values,
    opinions,
    performative,
    planners,
    recommender,
    society,
)

__all__ = ["CLAIMS", "TARGETS"]

_PARTS = (
    mdp, irl, maxent, ambiguity, moving_values, society, opinions, performative, influence, recommender, planners,
)  # fmt: skip
TARGETS = tuple(chain.from_iterable(part.TARGETS for part in _PARTS))
CLAIMS = tuple(chain.from_iterable(part.CLAIMS for part in _PARTS))
