"""Targets and claims of the chapter, one file a model, in the order of the chapter."""

from itertools import chain

from sysalign_lib.rlhf.evidence import (
    aggregation,
    amendment,
    best_of_n,
    cycles,
    gao,
    hidden_context,
    overoptimization,
    principles,
    refresh,
    reward_model,
    tracking,
)

__all__ = ["CLAIMS", "TARGETS"]

_PARTS = (
    reward_model, best_of_n, gao, overoptimization, refresh, aggregation, cycles, hidden_context, principles, tracking,
    amendment,
)  # fmt: skip
TARGETS = tuple(chain.from_iterable(part.TARGETS for part in _PARTS))
CLAIMS = tuple(chain.from_iterable(part.CLAIMS for part in _PARTS))
