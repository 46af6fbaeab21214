"""Every target is reproduced and every claim is confirmed in both regions, chapter by chapter, found by themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import sysalign_lib
from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.page import cards
from tests.contract.test_models import chapters, models
from tests.page.test_cards import claim, target

BIB = Path(sysalign_lib.__path__[0]).parent / "references.bib"
EVIDENCE = cards.all_evidence()
TARGETS = [pytest.param(one, id=f"{slug}: {one.name}") for slug, (targets, _) in EVIDENCE.items() for one in targets]
CLAIMS = [pytest.param(one, id=f"{slug}: {one.name}") for slug, (_, claims) in EVIDENCE.items() for one in claims]


def sources() -> set[str]:
    """Every key that a target may name."""
    return {*re.findall(r"^@\w+\{([^,\s]+),", BIB.read_text(encoding="utf-8"), re.MULTILINE), "book"}


def unproved(one: Target | Claim) -> str | None:
    """What is wrong with a target or a claim, or None."""
    if isinstance(one, Target):
        return None if one.passed else f"{one.name}: ours {one.ours!r}, source {one.value!r}, within {one.tolerance!r}"
    holds, fails = one.in_holds(), one.in_fails()
    if not all(isinstance(seen, bool) or type(seen).__name__ == "bool_" for seen in (holds, fails)):
        return f"{one.name}: a region must answer True or False, says {holds!r} and {fails!r}"
    return (
        None
        if holds and fails
        else f"{one.name}: seen to hold where it should: {holds}, to fail where it should: {fails}"
    )


def twice(items: Iterable[Any]) -> list[str]:
    """Names that more than one item has."""
    return [name for name, count in Counter(one.name for one in items).items() if count > 1]


@pytest.mark.parametrize("one", TARGETS)
def test_a_target_is_reproduced(one: Target) -> None:
    assert unproved(one) is None


@pytest.mark.parametrize("one", CLAIMS)
def test_a_claim_is_seen_to_hold_and_seen_to_fail(one: Claim) -> None:
    assert unproved(one) is None


@pytest.mark.parametrize("slug", sorted({name.split(".")[1] for name in models()}))
def test_a_chapter_with_models_has_evidence_with_names_of_its_own_and_sources_that_exist(slug: str) -> None:
    assert slug in EVIDENCE
    targets, claims = EVIDENCE[slug]
    assert targets
    assert claims
    assert twice(targets) == []
    assert twice(claims) == []
    assert [one.name for one in targets if one.source not in sources()] == []
    assert [one.name for one in (*targets, *claims) if not re.fullmatch(r"[a-z][\w /-]*: .+", one.name)] == []


def test_evidence_is_a_chapters_only() -> None:
    assert set(EVIDENCE) <= set(chapters())
    for slug in EVIDENCE:
        module = import_module(f"sysalign_lib.{slug}.evidence")
        assert isinstance(module.TARGETS, tuple)
        assert isinstance(module.CLAIMS, tuple)
        assert all(isinstance(one, Target) for one in module.TARGETS)
        assert all(isinstance(one, Claim) for one in module.CLAIMS)


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (target(compute=lambda: 0.6), "ours 0.6, source 0.5"), (target(compute=lambda: float("nan")), "ours nan"),
        (claim(in_holds=lambda: False), "hold where it should: False"),
        (claim(in_fails=lambda: False), "fail where it should: False"),
        (claim(in_holds=lambda: 0.3), "must answer True or False, says 0.3"),
        (claim(in_fails=lambda: None), "must answer True or False"),
    ],
)  # fmt: skip
def test_what_is_not_proved_is_found(one: Target | Claim, sentence: str) -> None:
    assert sentence in (unproved(one) or "")


def test_what_is_proved_passes_and_names_given_twice_are_found() -> None:
    assert unproved(target()) is None
    assert unproved(claim()) is None
    assert twice([target(), claim(), target(name="walk: other")]) == []
    assert twice([target(), target(), claim()]) == ["walk: end"]
    assert {"may1977", "book"} <= sources()
    assert "may1978" not in sources()
