"""Results are read-only, and freezing them leaves the caller's own arrays alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from sysalign_lib.core.result import freeze


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    params: int
    path: NDArray[np.float64]

    def __post_init__(self) -> None:
        freeze(self)


def test_arrays_are_read_only() -> None:
    walk = Walk(params=1, path=np.arange(3.0))
    with pytest.raises(ValueError, match="read-only"):
        walk.path[0] = 1


def test_a_view_is_copied_before_it_is_frozen() -> None:
    owner = np.arange(6.0)
    walk = Walk(params=1, path=owner[::2])
    owner[0] = 9
    assert walk.path[0] == 0
    assert not walk.path.flags.writeable
