"""Results that cannot be changed behind the reader's back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

__all__ = ["freeze"]


def freeze(result: Any) -> None:
    """Make every array field of a frozen dataclass read-only; call it from ``__post_init__``.

    An array that is a view of somebody else's memory is copied first, so that freezing the result neither
    freezes the owner nor leaves a back door through it.
    """
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, np.ndarray):
            if not value.flags.owndata:
                value = value.copy()
                object.__setattr__(result, field.name, value)
            value.setflags(write=False)
