"""What the last build drew, for tests that would otherwise draw it once more."""

from __future__ import annotations

from pathlib import Path

from sysalign_lib.page import states
from sysalign_lib.page.explorable import Explorable, Frame
from sysalign_lib.page.static import unpack

__all__ = ["drawn"]

FOLDER = Path(__file__).resolve().parents[1] / "_build" / "states"


def drawn(explorable: Explorable) -> dict[str, Frame]:
    """All frames of the last build by their keys, if it drew them with this very code; none otherwise."""
    path = FOLDER / f"{explorable.name}.{states.key(explorable)}.js"
    if not path.exists():
        return {}
    frames = unpack(path.read_text(encoding="utf-8"))
    return {explorable.key(**state): one for state, one in zip(explorable.states(), frames, strict=True)}
