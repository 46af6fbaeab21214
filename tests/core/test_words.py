"""Shares in words."""

from __future__ import annotations

import pytest

from sysalign_lib.core.words import percent


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0 %"), (1.0, "100 %"), (1e-9, "less than 0.1 %"), (1 - 1e-9, "more than 99.9 %"), (0.5, "50 %"),
        (0.0395, "4 %"), (0.1234, "12.3 %"), (0.0006, "0.1 %"),
    ],
)  # fmt: skip
def test_nothing_and_all_are_said_only_of_nothing_and_all(share: float, words: str) -> None:
    assert percent(share) == words
