"""Arrays that take too long to compute while somebody waits: kept in a file with the settings that made them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import sysalign_lib

__all__ = ["keep", "place", "recall"]

HOME = Path(sysalign_lib.__path__[0])


def place(name: str) -> Path:
    """Return where the array ``chapter/name`` lies: in the folder ``data`` of its chapter."""
    chapter, slash, own = name.partition("/")
    if not (chapter and slash and own):
        raise ValueError(f"name must read chapter/name, got {name!r}")
    return HOME / chapter / "data" / f"{own}.npz"


def keep(name: str, array: NDArray[np.float64], settings: str) -> None:
    """Write an array and the settings that made it to a file that is whole or absent."""
    where = place(name)
    where.parent.mkdir(parents=True, exist_ok=True)
    beside = where.with_name(f".{where.stem}.{os.getpid()}.npz")
    np.savez_compressed(beside, array=array, settings=settings)
    os.replace(beside, where)


def recall(name: str, settings: str, command: str) -> NDArray[np.float64]:
    """Return the recorded array, read-only.

    Raises
    ------
    FileNotFoundError, ValueError : there is no file, or other settings made it; both name the `command` that makes it anew.
    """
    where = place(name)
    if not where.exists():
        raise FileNotFoundError(f"place must be a file of recorded numbers, got {where}; make it anew with: {command}")
    with np.load(where) as kept:
        made, array = str(kept["settings"]), np.asarray(kept["array"])
    if made != settings:
        raise ValueError(f"settings must be {settings}; got {made} in {where}; make it anew with: {command}")
    array.flags.writeable = False
    return array
