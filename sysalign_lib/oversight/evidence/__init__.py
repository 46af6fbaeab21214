"""Targets and claims of the chapter, one file a model, in the order of the chapter."""

from itertools import chain

from sysalign_lib.oversight.evidence import (
    amplification,
    boolean_debate,
    debate,
    digits,
    modular,
    near_decomposability,
    neural_judge,
    nk,
    obfuscation,
    redundancy,
)

__all__ = ["CLAIMS", "TARGETS"]

_PARTS = (
    digits, debate, neural_judge, boolean_debate, obfuscation, nk, modular, near_decomposability, amplification, redundancy,
)  # fmt: skip
TARGETS = tuple(chain.from_iterable(part.TARGETS for part in _PARTS))
CLAIMS = tuple(chain.from_iterable(part.CLAIMS for part in _PARTS))
