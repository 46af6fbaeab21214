"""Targets a chapter must reproduce and claims it puts to the test: one list for tests, cards and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from sysalign_lib.core import checks

__all__ = ["Claim", "Kind", "Target", "Verdict", "printed"]

Kind = Literal["exact", "limit", "monte carlo", "reported"]
Verdict = Literal["holds", "holds in a window", "cuts against the paper", "not supported"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """A published, exact or limiting number, and the function that computes ours.

    ``kind`` is one of *exact* (closed form, theorem or enumeration), *limit* (approached, not reached),
    *monte carlo* (an exact value checked by simulation) or *reported* (known only as a printed figure).
    `source` is a bibliography key, or ``book`` for a result that the book derives; `place` says where in it.
    `tolerance` is absolute; `why` says where it comes from (rounding of the printed figure, standard error of so
    many runs).
    """

    name: str
    value: float
    tolerance: float
    kind: Kind
    source: str
    place: str
    why: str
    compute: Callable[[], float]

    def __post_init__(self) -> None:
        for name in ("name", "source", "place", "why"):
            _words(name, getattr(self, name))
        checks.number("value", self.value)
        checks.number("tolerance", self.tolerance, low=0, open_low=True)
        checks.choice("kind", self.kind, get_args(Kind))
        _callable("compute", self.compute)

    @cached_property
    def ours(self) -> float:
        """The number this book computes."""
        return float(self.compute())

    @property
    def passed(self) -> bool:
        """True if ours lies within the tolerance of the source's value."""
        return abs(self.ours - self.value) <= self.tolerance


def printed(
    name: str,
    value: float,
    place: str,
    compute: Callable[[], float],
    tolerance: float = 5.5e-5,
    why: str = "rounding of the fourth decimal",
    kind: Kind = "exact",
    source: str = "book",
) -> Target:
    """Return a target that is printed to four decimals, unless said otherwise."""
    return Target(
        name=name, value=value, tolerance=tolerance, kind=kind, source=source, place=place, why=why, compute=compute
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """A sentence that the paper or the chapter asserts, with a region where it holds and one where it fails.

    `in_holds` and `in_fails` run the model at a point of each region and return what they saw: True if the
    claim was indeed seen to hold there, and indeed seen to fail there.
    """

    name: str
    section: str
    statement: str
    model: str
    assumptions: str
    holds: str
    fails: str
    verdict: Verdict
    in_holds: Callable[[], bool]
    in_fails: Callable[[], bool]

    def __post_init__(self) -> None:
        for name in ("name", "section", "statement", "model", "assumptions", "holds", "fails"):
            _words(name, getattr(self, name))
        checks.choice("verdict", self.verdict, get_args(Verdict))
        _callable("in_holds", self.in_holds)
        _callable("in_fails", self.in_fails)

    @cached_property
    def checked(self) -> bool:
        """True if the claim was seen to hold where it should and to fail where it should."""
        return bool(self.in_holds()) and bool(self.in_fails())


def _words(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"{name} must be a non-empty sentence, got {value!r}")


def _callable(name: str, value: object) -> None:
    if not callable(value):
        raise TypeError(f"{name} must be callable without arguments, got {value!r}")
