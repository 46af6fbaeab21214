"""What a chapter prints from its evidence: targets beside the source, verdict cards, and numbers for the prose."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import sysalign_lib
from sysalign_lib.core.evidence import Claim, Target

__all__ = ["Cards", "Ledger", "all_evidence", "evidence_of", "glue", "ledger", "slugs", "verdicts"]

DUST = 1e-6  # a number within its tolerance of 0, if that is so small, is listed as 0


def glue(**numbers: object) -> None:
    """Store values under names, for ``{glue:text}`` in the prose: no number there is typed by hand.

    A float is stored with four significant digits; give a string to choose another form.
    """
    from myst_nb import glue as store  # needed in notebooks only

    for name, value in numbers.items():
        store(name, f"{value:.4g}" if isinstance(value, float) else str(value), display=False)


def ledger(targets: Sequence[Target], *, about: str | tuple[str, ...] | None = None) -> Ledger:
    """Show targets, ours beside the source's; `about` keeps those whose name starts with it, or with one of several."""
    return Ledger(_about(targets, about))


def verdicts(claims: Sequence[Claim], *, about: str | tuple[str, ...] | None = None) -> Cards:
    """Show claims as verdict cards; `about` keeps those whose name starts with it, or with one of several."""
    return Cards(_about(claims, about))


def slugs() -> list[str]:
    """Return the slug of every chapter that has an `evidence` module."""
    root = sysalign_lib.__path__[0]
    packages = [module.name for module in iter_modules([root]) if module.ispkg and module.name != "core"]
    return [name for name in packages if any(one.name == "evidence" for one in iter_modules([f"{root}/{name}"]))]


def evidence_of(slug: str) -> tuple[tuple[Target, ...], tuple[Claim, ...]]:
    """Return the targets and claims of one chapter."""
    evidence = import_module(f"sysalign_lib.{slug}.evidence")
    return tuple(evidence.TARGETS), tuple(evidence.CLAIMS)


def all_evidence() -> dict[str, tuple[tuple[Target, ...], tuple[Claim, ...]]]:
    """Return targets and claims of every chapter, by its slug."""
    return {slug: evidence_of(slug) for slug in slugs()}


def _about(items: Sequence[Any], about: str | tuple[str, ...] | None) -> tuple[Any, ...]:
    kept = tuple(item for item in items if about is None or item.name.startswith(about))
    if not kept:
        raise ValueError(f"about must start the name of at least one of {len(items)} entries, got {about!r}")
    return kept


class Ledger:
    """Targets as a table: name, ours, the source's, tolerance, kind and source."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = targets

    def __repr__(self) -> str:
        """One line a target, for the notebook test to compare."""
        return "\n".join(
            f"{_mark(one)} {one.name}: ours {_digits(one.ours, one)}, source {_digits(one.value, one)} ({one.kind}; {one.source})"
            for one in self.targets
        )

    def _repr_html_(self) -> str:
        """The table, folded behind one line that says how many there are and whether all of them pass."""
        failed = [one for one in self.targets if not one.passed]
        verdict = f"{len(failed)} NOT REPRODUCED" if failed else "all within tolerance"
        count = f"{len(self.targets)} {'number' if len(self.targets) == 1 else 'numbers'}"
        words = f"{count}, ours beside the source's: {verdict}"
        return f'<details class="ledger-fold"><summary>{words}</summary>{self.table()}</details>'

    def table(self) -> str:
        """The table as HTML, unfolded."""
        heads = ("", "Target", "Ours", "Source", "Within", "Kind", "Where")
        rows = "".join(
            f'<tr><td>{_mark(one)}</td><th scope="row">{escape(one.name)}</th><td>{_digits(one.ours, one)}</td>'
            f'<td>{_digits(one.value, one)}</td><td title="{escape(one.why)}">{one.tolerance:.1g}</td><td>{one.kind}</td>'
            f'<td><cite data-key="{escape(one.source)}">{escape(one.source)}</cite>, {escape(one.place)}</td></tr>'
            for one in self.targets
        )
        head = "".join(f'<th scope="col">{text or "<span class=ex-hidden>Passed</span>"}</th>' for text in heads)
        box = '<div class="ledger" tabindex="0" role="region" aria-label="Targets, ours beside the source">'
        return f"{box}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


class Cards:
    """Claims as verdict cards: what is claimed, of which model, where it holds, where it fails, and the verdict."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.claims = claims

    def __repr__(self) -> str:
        """A paragraph a claim, for the notebook test to compare."""
        return "\n\n".join(
            f"{one.statement}\n  model: {one.model}\n  assumes: {one.assumptions}\n  holds: {one.holds}\n  fails: {one.fails}\n"
            f"  verdict: {one.verdict} ({'checked' if one.checked else 'NOT CONFIRMED by the run'})"
            for one in self.claims
        )

    def _repr_html_(self) -> str:
        """Claim and verdict of each card in sight, the rest folded."""
        return self.html(unfolded=False)

    def html(self, *, unfolded: bool) -> str:
        """All cards as HTML, each closed or open."""
        return '<div class="verdicts">' + "".join(_card(one, unfolded) for one in self.claims) + "</div>"


def _card(one: Claim, unfolded: bool) -> str:
    parts = (("Model", one.model), ("Assumes", one.assumptions), ("Holds", one.holds), ("Fails", one.fails))
    lines = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in parts)
    seen = "both regions were run" if one.checked else "NOT CONFIRMED by the run"
    kind = one.verdict.replace(" ", "-")
    return (
        f'<details class="verdict verdict-{kind}"{" open" * unfolded}><summary><span class="verdict-claim">'
        f'{escape(one.statement)}</span> <span class="verdict-where">Section {escape(one.section)}</span> '
        f'<strong class="verdict-word">{escape(one.verdict.capitalize())}</strong></summary>'
        f'<dl title="{escape(one.name)}">{lines}<dt>Checked</dt><dd>{seen}</dd></dl></details>'
    )


def _mark(one: Target) -> str:
    return "✓" if one.passed else "✗"


def _digits(value: float, target: Target) -> str:
    """As many digits as the tolerance makes meaningful, six significant ones at most."""
    if abs(value) < min(target.tolerance, DUST):  # rounding differs from machine to machine
        return "0"
    return f"{value:.6g}" if target.kind in ("exact", "limit") else f"{value:.4g}"
