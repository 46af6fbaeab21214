"""Targets and claims: what they refuse, and that they can fail."""

from __future__ import annotations

import pytest

from sysalign_lib.core.evidence import Claim, Target

TARGET = {
    "name": "half", "value": 0.5, "tolerance": 1e-9, "kind": "exact", "source": "book", "place": "lemma 1",
    "why": "closed form", "compute": lambda: 0.5,
}  # fmt: skip
CLAIM = {
    "name": "windows", "section": "3.2", "statement": "It closes.", "model": "m", "assumptions": "a", "holds": "here",
    "fails": "there", "verdict": "holds in a window", "in_holds": lambda: True, "in_fails": lambda: True,
}  # fmt: skip


def test_a_target_passes_within_its_tolerance_and_fails_outside() -> None:
    assert Target(**TARGET).passed
    assert not Target(**{**TARGET, "compute": lambda: 0.5 + 2e-9}).passed
    assert not Target(**{**TARGET, "compute": lambda: float("nan")}).passed


def test_a_claim_needs_both_regions() -> None:
    assert Claim(**CLAIM).checked
    assert not Claim(**{**CLAIM, "in_holds": lambda: False}).checked
    assert not Claim(**{**CLAIM, "in_fails": lambda: False}).checked


@pytest.mark.parametrize(
    ("cls", "good", "name", "value"),
    [
        (Target, TARGET, "tolerance", 0), (Target, TARGET, "kind", "certain"), (Target, TARGET, "why", " "),
        (Target, TARGET, "compute", 0.5), (Target, TARGET, "value", float("inf")), (Claim, CLAIM, "fails", ""),
        (Claim, CLAIM, "verdict", "true"), (Claim, CLAIM, "in_fails", True),
    ],
)  # fmt: skip
def test_bad_fields_are_named(cls: type, good: dict, name: str, value: object) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{name} must be"):
        cls(**{**good, name: value})
