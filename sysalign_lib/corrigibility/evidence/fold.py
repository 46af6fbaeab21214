"""The fold: its exact numbers, and the two claims that an intervention can come too late and cannot be undone."""

from __future__ import annotations

import numpy as np

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.fold import (
    Floats,
    FoldParams,
    closing_time,
    cusp,
    equilibria,
    folds,
    force_at,
    settled_levels,
    sweep_force,
)

__all__ = ["CLAIMS", "TARGETS"]

WORLD = {"rate": 1.0, "ceiling": 10.0, "half": 1.0}
ROUNDED = "rounding of the sixth decimal"
GRID = 0.002  # force steps of the quasi-static sweep
HOLD = 300.0  # time units on each: the passage one step beyond the upper fold takes 269, beyond the lower one 209


def _fold(branch: int, column: int) -> float:
    return float(folds(**WORLD)[branch, column])


def _level_at_two(which: int) -> float:
    return float(equilibria(2.0, **WORLD)[which])


def _settled(delay: float, force: float = 2.0, ceiling: float = 10.0) -> float:
    return float(settled_levels(np.array([delay]), np.array([force]), FoldParams(ceiling=ceiling))[0])


def _swept(forces: Floats, branch: int, start: int) -> float:
    """The first force of a sweep at which the level has left the branch it started on."""
    levels = sweep_force(forces, float(equilibria(float(forces[0]), **WORLD)[start]), HOLD, FoldParams())
    beyond = levels < _fold(0, 0) if branch == 1 else levels > _fold(1, 0)
    return float(forces[beyond.argmax()])


def _collapse() -> float:
    return _swept(np.arange(2.590, 2.612, GRID), 1, -1)


def _recovery() -> float:
    return _swept(np.arange(1.800, 1.778, -GRID), 0, 0)


def _works(delay: float, force: float, ceiling: float = 10.0) -> bool:
    return _settled(delay, force, ceiling) < 1.0


def _closing_bites() -> bool:
    return _works(3.20, 2.0) and not _works(3.21, 2.0)


def _closing_is_no_matter() -> bool:
    return _works(20.0, 2.7) and _works(20.0, 2.0, ceiling=5.0)


def _gap(ceiling: float) -> float:
    """The largest difference between the levels of a rising and of a falling sweep."""
    forces, params = np.linspace(1.0, 2.8, 37), FoldParams(ceiling=ceiling)
    up = sweep_force(forces, ceiling, 100.0, params)
    down = sweep_force(forces[::-1], float(up[-1]), 100.0, params)[::-1]
    return float(np.abs(up - down).max())


TARGETS: tuple[Target, ...] = (
    *(
        Target(
            name=f"fold: {branch} fold, {quantity}",
            value=value,
            tolerance=5e-7,
            kind="exact",
            source="book",
            place="roots of 2 x^3 / K - x^2 + h^2 in closed form, r = h = 1, K = 10; model of may1977",
            why=ROUNDED,
            compute=lambda row=row, column=column: _fold(row, column),  # type: ignore[misc]
        )
        for branch, quantity, value, row, column in (
            ("lower", "level", 1.137805, 0, 0),
            ("lower", "force", 1.787230, 0, 1),
            ("upper", "level", 4.781284, 1, 0),
            ("upper", "force", 2.604365, 1, 1),
        )
    ),
    Target(
        name="fold: ceiling of the cusp",
        value=5.196152,
        tolerance=5e-7,
        kind="exact",
        source="book",
        place="the two folds meet at K = 3 sqrt(3) h",
        why=ROUNDED,
        compute=lambda: cusp(1.0),
    ),
    Target(
        name="fold: force of the cusp",
        value=1.539601,
        tolerance=5e-7,
        kind="exact",
        source="book",
        place="8 r h / (3 sqrt(3)), at level sqrt(3) h",
        why=ROUNDED,
        compute=lambda: force_at(float(np.sqrt(3.0)), rate=1.0, ceiling=cusp(1.0), half=1.0),
    ),
    *(
        Target(
            name=f"fold: {which} level at force 2",
            value=value,
            tolerance=1e-9,
            kind="exact",
            source="book",
            place="roots of (x - 2)(x^2 - 8 x + 5), into which the equilibrium condition factors",
            why="a root finder's tolerance",
            compute=lambda row=row: _level_at_two(row),  # type: ignore[misc]
        )
        for which, value, row in (
            ("low", 4 - np.sqrt(11.0).item(), 0),
            ("tipping", 2.0, 1),
            ("high", 4 + np.sqrt(11.0).item(), 2),
        )
    ),
    Target(
        name="fold: force at which a slow sweep collapses",
        value=2.606,
        tolerance=1e-9,
        kind="exact",
        source="book",
        place="first step of 0.002 beyond the upper fold",
        why="the same grid of forces; each is held longer than the passage takes",
        compute=_collapse,
    ),
    Target(
        name="fold: force at which a slow sweep recovers",
        value=1.786,
        tolerance=1e-9,
        kind="exact",
        source="book",
        place="first step of 0.002 beyond the lower fold",
        why="the same grid of forces; each is held longer than the passage takes",
        compute=_recovery,
    ),
    Target(
        name="fold: fold of the normal form a + x - x^3",
        value=0.384900,
        tolerance=5e-7,
        kind="exact",
        source="book",
        place="the fold condition is the normal form in h / x with a = 2 h / K, so its fold is the cusp's 2 h / K",
        why=ROUNDED,
        compute=lambda: 2.0 / cusp(1.0),
    ),
    Target(
        name="fold: closing time of force 2",
        value=3.208825,
        tolerance=5e-7,
        kind="exact",
        source="book",
        place="ln[(K/x0 - 1) / (K/u - 1)] / r at x0 = 0.1, u = 2",
        why=ROUNDED,
        compute=lambda: closing_time(2.0, start=0.1, **WORLD),
    ),
    *(
        Target(
            name=f"fold: level after a delay of {delay:.2f}",
            value=value,
            tolerance=5e-5,
            kind="exact",
            source="book",
            place="simulated; the low and the high level at force 2",
            why="rounding of the fourth decimal",
            compute=lambda delay=delay: _settled(delay),  # type: ignore[misc]
        )
        for delay, value in ((3.20, 0.6834), (3.21, 7.3166))
    ),
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="fold: the door closes",
        section="3.2",
        statement="An intervention that works today can fail a moment later with the same force.",
        model="Logistic growth to a ceiling against oversight that saturates; force switched on after a delay.",
        assumptions="No noise; force is switched on once and stays; the start lies below the tipping level.",
        holds="Ceiling above the cusp and force between the folds: at force 2 a delay of 3.20 works and 3.21 does not.",
        fails="Force above the upper fold works at any delay; below the cusp any force works at any delay.",
        verdict="holds in a window",
        in_holds=_closing_bites,
        in_fails=_closing_is_no_matter,
    ),
    Claim(
        name="fold: undoing the cause does not undo the effect",
        section="3.2",
        statement="After a tipping point, going back to the earlier force does not bring back the earlier state.",
        model="The same system under a force that rises slowly and falls again.",
        assumptions="The force rests 100 growth times on each of 37 values.",
        holds="Ceiling 10, above the cusp: levels on the way up and down differ by more than 6 somewhere.",
        fails="Ceiling 4, below the cusp: the way down retraces the way up.",
        verdict="holds in a window",
        in_holds=lambda: _gap(10.0) > 6.0,
        in_fails=lambda: _gap(4.0) < 0.001,
    ),
)
