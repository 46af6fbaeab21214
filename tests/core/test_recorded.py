"""Recorded arrays come back as they were, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sysalign_lib.core.recorded import keep, place, recall


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sysalign_lib.core.recorded.HOME", tmp_path)
    return tmp_path


def test_what_is_kept_is_recalled_and_cannot_be_changed(home: Path) -> None:
    keep("chapter/x", np.arange(3.0), "seeds (1,)")
    assert [path.name for path in (home / "chapter" / "data").iterdir()] == ["x.npz"]
    array = recall("chapter/x", "seeds (1,)", "make x")
    assert array.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_a_missing_file_and_other_settings_are_refused_with_the_way_out(home: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"place must be a file of recorded numbers.*make it anew with: make x"):
        recall("chapter/x", "seeds (1,)", "make x")
    keep("chapter/x", np.zeros(1), "seeds (2,)")
    with pytest.raises(ValueError, match=r"settings must be seeds \(1,\); got seeds \(2,\).*make x"):
        recall("chapter/x", "seeds (1,)", "make x")


def test_every_record_lies_in_its_chapter() -> None:
    assert place("oversight/neural_judge").parts[-4:] == ("sysalign_lib", "oversight", "data", "neural_judge.npz")
    assert place("oversight/neural_judge").exists()
    with pytest.raises(ValueError, match="name must read chapter/name, got 'x'"):
        place("x")
