"""When parts may be solved first."""

from __future__ import annotations

from sysalign_lib.oversight.near_decomposability import (
    Cut,
    NearDecomposabilityParams,
    System,
    solve,
)
from sysalign_lib.oversight.views.near_decomposability import error_view, life_view, reading
from sysalign_lib.page.explorable import Explorable, exact

__all__ = ["NEAR_DECOMPOSABLE"]


NEAR_DECOMPOSABLE = Explorable(
    exact(solve),
    (error_view, life_view),
    reading,
    NearDecomposabilityParams(),
    title="When parts may be settled first",
    name="near-decomposable",
    seed=1961,
    labels={
        "system": "chain",
        "coupling": "coupling (largest probability to leave a block in a step)",
        "cut": "borders of the blocks",
    },
    play="coupling",
    system=tuple(System),
    cut=tuple(Cut),
    coupling=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5),
)
