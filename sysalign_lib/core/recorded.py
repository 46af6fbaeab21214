"""Arrays that take too long to compute while somebody waits: kept in a file with the settings that made them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import sysalign_lib

__all__ = ["Path", "keep", "place", "recall"]


def place(chapter: str, model: str) -> Path:
    """Return where a model's recorded array lies."""
    return Path(sysalign_lib.__path__[0]) / chapter / "data" / f"{model}.npz"


def keep(where: Path, array: NDArray[np.float64], settings: str) -> None:
    """Write an array and the settings that made it to a file that is whole or absent."""
    where.parent.mkdir(parents=True, exist_ok=True)
    beside = where.with_name(f".{where.stem}.{os.getpid()}.npz")
    np.savez_compressed(beside, shares=array, settings=settings)
    os.replace(beside, where)


def recall(where: Path, settings: str, command: str) -> NDArray[np.float64]:
    """Return the recorded array, read-only.

    Raises
    ------
    FileNotFoundError, ValueError : there is no file, or other settings made it; both name the `command` that makes it anew.
    """
    if not where.exists():
        raise FileNotFoundError(f"place must be a file of recorded numbers, got {where}; make it anew with: {command}")
    with np.load(where) as kept:
        made, array = str(kept["settings"]), np.asarray(kept["shares"])
    if made != settings:
        raise ValueError(f"settings must be {settings}; got {made} in {where}; make it anew with: {command}")
    array.flags.writeable = False
    return array
