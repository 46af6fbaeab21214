"""Cards: the ledger and the verdicts show what was computed, say when it fails, and escape every text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.page import glue, ledger, verdicts
from tests.page.test_static import Tree

SLY = "<script>alert(\"1\")</script> & 'more'"


def target(**changes: Any) -> Target:
    arguments: dict[str, Any] = {
        "name": "walk: end", "value": 0.5, "tolerance": 0.01, "kind": "monte carlo", "source": "may1977",
        "place": "eq. 1", "why": "standard error", "compute": lambda: 0.504321987,
    }  # fmt: skip
    return Target(**{**arguments, **changes})


def claim(**changes: Any) -> Claim:
    arguments: dict[str, Any] = {
        "name": "walk: drift", "section": "3.2", "statement": "It ends uphill.", "model": "a walk", "assumptions": "no wind",
        "holds": "drift above zero", "fails": "drift below zero", "verdict": "holds in a window",
        "in_holds": lambda: True, "in_fails": lambda: True,
    }  # fmt: skip
    return Claim(**{**arguments, **changes})


def test_the_ledger_shows_ours_beside_the_sources() -> None:
    shown = ledger([target(), target(name="walk: exact", kind="exact", compute=lambda: 0.7)])
    tree = Tree(shown._repr_html_())
    rows = [
        [one["text"] for one in tree.all if one["tag"] in ("td", "th") and "tbody" in one["in"]][i : i + 7]
        for i in (0, 7)
    ]
    assert rows == [
        ["✓", "walk: end", "0.5043", "0.5", "0.01", "monte carlo", "may1977, eq. 1"],
        ["✗", "walk: exact", "0.7", "0.5", "0.01", "exact", "may1977, eq. 1"],
    ]
    assert len([one for one in tree.find("th") if one["at"]["scope"] == "col"]) == 7
    assert tree.find("cite")[0]["at"]["data-key"] == "may1977"
    assert repr(shown).splitlines() == [
        "✓ walk: end: ours 0.5043, source 0.5 (monte carlo; may1977)",
        "✗ walk: exact: ours 0.7, source 0.5 (exact; may1977)",
    ]


def test_a_ledger_is_folded_behind_a_line_that_cannot_hide_a_failure() -> None:
    good, bad = target(), target(name="walk: exact", kind="exact", compute=lambda: 0.7)
    assert Tree(ledger([good])._repr_html_()).find("summary")[0]["text"].endswith("all within tolerance")
    assert "2 numbers" in ledger([good, good])._repr_html_()
    assert Tree(ledger([good, bad])._repr_html_()).find("summary")[0]["text"].endswith("1 NOT REPRODUCED")
    assert "<summary" not in ledger([good]).table()


def test_cards_are_closed_in_a_chapter_and_open_on_the_ledger_page() -> None:
    assert "open" not in Tree(verdicts([claim()])._repr_html_()).find("details")[0]["at"]
    assert "open" in Tree(verdicts([claim()]).html(unfolded=True)).find("details")[0]["at"]


def test_a_number_that_drifts_moves_the_text_that_the_notebook_test_compares() -> None:
    assert repr(ledger([target()])) != repr(ledger([target(compute=lambda: 0.505)]))
    assert repr(verdicts([claim()])) != repr(verdicts([claim(in_fails=lambda: False)]))


def test_a_verdict_card_says_everything_and_that_both_regions_were_run() -> None:
    shown = verdicts([claim()])
    tree = Tree(shown._repr_html_())
    assert [one["text"] for one in tree.find("dt")] == ["Model", "Assumes", "Holds", "Fails", "Checked"]
    assert [one["text"] for one in tree.find("dd")] == [
        "a walk",
        "no wind",
        "drift above zero",
        "drift below zero",
        "both regions were run",
    ]
    text = tree.find("details")[0]["text"]
    for words in ("It ends uphill.", "Section 3.2", "Holds in a window", "both regions were run"):
        assert words in text
    assert "NOT CONFIRMED" not in text + repr(shown)
    for words in ("It ends uphill.", "no wind", "drift below zero", "holds in a window (checked)"):
        assert words in repr(shown)


@pytest.mark.parametrize("region", ["in_holds", "in_fails"])
def test_a_claim_that_the_run_did_not_confirm_says_so(region: str) -> None:
    shown = verdicts([claim(**{region: lambda: False})])
    assert "NOT CONFIRMED" in shown._repr_html_()
    assert "NOT CONFIRMED" in repr(shown)
    assert "both regions were run" not in shown._repr_html_()


@pytest.mark.parametrize("field", ["name", "place", "why", "source"])
def test_the_ledger_escapes(field: str) -> None:
    html = ledger([target(**{field: SLY})])._repr_html_()
    assert "<script" not in html
    tree = Tree(html)
    values = [one["text"] for one in tree.all] + [value or "" for one in tree.all for value in one["at"].values()]
    assert any(SLY in value for value in values)


@pytest.mark.parametrize("field", ["name", "section", "statement", "model", "assumptions", "holds", "fails"])
def test_the_cards_escape(field: str) -> None:
    html = verdicts([claim(**{field: SLY})])._repr_html_()
    assert "<script" not in html
    tree = Tree(html)
    values = [one["text"] for one in tree.all] + [value or "" for one in tree.all for value in one["at"].values()]
    assert any(SLY in value for value in values)


@pytest.mark.parametrize(("show", "make"), [(ledger, target), (verdicts, claim)])
def test_about_keeps_what_starts_with_it(show: Callable[..., Any], make: Callable[..., Any]) -> None:
    items = [make(), make(name="fold: edge")]
    assert repr(show(items, about="fold")) == repr(show(items[1:]))
    assert repr(show(items, about=("walk", "fold"))) == repr(show(items))
    with pytest.raises(ValueError, match="about must start the name of at least one of 2 entries, got 'share'"):
        show(items, about="share")


def test_glue_stores_numbers_in_the_form_the_prose_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {}
    myst_nb = pytest.importorskip("myst_nb")
    monkeypatch.setattr(myst_nb, "glue", lambda name, value, display: stored.update({name: (value, display)}))
    glue(third=1 / 3, array=np.float64(2 / 3), count=40, words="2.50", big=123456.0)
    assert stored == {
        "third": ("0.3333", False), "array": ("0.6667", False), "count": ("40", False), "words": ("2.50", False),
        "big": ("1.235e+05", False),
    }  # fmt: skip


def test_glue_reaches_the_notebook_output() -> None:
    pytest.importorskip("myst_nb")
    shell = pytest.importorskip("IPython.utils.capture")
    interactive = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell
    interactive.instance()
    try:
        with shell.capture_output() as captured:
            glue(third=1 / 3)
    finally:
        interactive.clear_instance()
    (output,) = captured.outputs
    assert output.metadata["scrapbook"]["name"] == "third"
    assert "0.3333" in str(output.data)


@pytest.mark.parametrize(
    ("ours", "tolerance", "shown"), [(3e-15, 1e-12, "0"), (2e-12, 1e-12, "2e-12"), (0.03, 0.1, "0.03")]
)
def test_what_rounding_leaves_of_a_zero_is_listed_as_zero(ours: float, tolerance: float, shown: str) -> None:
    one = Target(
        name="walk: rest", value=0.0, tolerance=tolerance, kind="exact", source="book", place="here", why="rounding",
        compute=lambda: ours,
    )  # fmt: skip
    assert f"ours {shown}, source 0" in repr(ledger([one]))
