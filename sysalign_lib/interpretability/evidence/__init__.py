"""Targets and claims of the chapter, one file a model, in the order of the chapter."""

from itertools import chain

from sysalign_lib.interpretability.evidence import (
    automata,
    boolean_transparency,
    coupled_maps,
    gauge_drift,
    grokking,
    learners,
    learning_dynamics,
    minority_game,
    superposition,
)

__all__ = ["CLAIMS", "TARGETS"]

_PARTS = (
    superposition, boolean_transparency, automata, coupled_maps, minority_game, learners, gauge_drift, learning_dynamics,
    grokking,
)  # fmt: skip
TARGETS = tuple(chain.from_iterable(part.TARGETS for part in _PARTS))
CLAIMS = tuple(chain.from_iterable(part.CLAIMS for part in _PARTS))
