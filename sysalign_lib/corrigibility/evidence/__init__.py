"""Targets and claims of the chapter, one file a model, in the order of the chapter."""

from itertools import chain

from sysalign_lib.corrigibility.evidence import (
    braess,
    controllability,
    drift,
    early_warning,
    fold,
    indifference,
    interruptibility,
    off_switch,
    reward_share,
)

__all__ = ["CLAIMS", "TARGETS"]

_PARTS = (
    off_switch, drift, indifference, interruptibility, reward_share, fold, early_warning, controllability, braess,
)  # fmt: skip
TARGETS = tuple(chain.from_iterable(part.TARGETS for part in _PARTS))
CLAIMS = tuple(chain.from_iterable(part.CLAIMS for part in _PARTS))
