"""Targets and claims of the recommender in the loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.recommender import (
    Aim,
    RecommenderParams,
    RecommenderResult,
    gap_after,
    simulate,
    solve,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.1"
REST = RecommenderParams()
RUNS = 300
STRENGTHS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9)
LONG = 400


@lru_cache(maxsize=2)
def _many(personal: bool) -> RecommenderResult:
    return simulate(replace(REST, personal=personal, runs=RUNS), default_rng(2022))


def _gap(aim: Aim, retrain: int) -> float:
    """Gap at rest off the exact moments."""
    return solve(replace(REST, aim=aim, retrain=retrain, steps=LONG)).gap


def _exact(name: str, value: float, place: str, compute: Callable[[], float], tolerance: float = 5.5e-7) -> Target:
    return Target(
        name=f"recommender: {name}", value=value, tolerance=tolerance, kind="exact", source="book", place=place,
        why="rounding of the sixth decimal" if tolerance > 1e-7 else "floating point", compute=compute,
    )  # fmt: skip


def _sampled(personal: bool, side: str) -> Target:
    whose = "own recommendations" if personal else "one recommendation for all"

    def apart() -> float:
        seen = _many(personal)
        return float((getattr(seen, f"seen_{side}")[-1] - getattr(seen, side)[-1]) / getattr(seen, f"{side}_error")[-1])

    return Target(
        name=f"recommender: {side} with {whose}, simulated less exact, in standard errors", value=0.0, tolerance=4.0,
        kind="monte carlo", source="book", place="after 60 steps, kappa 0.1, eta 0.05",
        why="four standard errors of 300 societies", compute=apart,
    )  # fmt: skip


def _last(side: str, **changes: Any) -> float:
    return float(getattr(solve(replace(REST, **changes)), side)[-1])


TARGETS: tuple[Target, ...] = (
    _exact("gap at rest without the recommender", 1.136364, "eta g / (1 - (1 - eta) rho), off the moments after 400 steps",
           lambda: solve(replace(REST, steps=LONG)).natural_gap),
    *(
        _exact(f"gap at rest, aimed at {aim.value}, retrained every {retrain} steps", 0.502232,
               "(1 - kappa) eta g / (1 - (1 - kappa)(1 - eta) rho), off the moments", partial(_gap, aim, retrain))
        for aim, retrain in ((Aim.REAL_TIME, 2), (Aim.INITIAL, 2), (Aim.NATURAL, 25))
    ),
    _exact("largest distance of the gap from the lemma's recursion", 0.0, "60 steps, three aims", lambda: max(
        abs(solve(replace(REST, aim=aim)).gap - gap_after(REST, REST.steps)) for aim in Aim
    ), 1e-12),
    _exact("displacement without influence", 0.0, "kappa 0, both kinds of recommendation",
           lambda: max(_last("displacement", influence=0.0, personal=one) for one in (False, True)), 1e-12),
    _exact("tracking error with full influence", 0.0, "kappa 1: people are what they are shown",
           lambda: max(_last("tracking", influence=1.0, personal=one) for one in (False, True)), 1e-12),
    _exact("static error of a personal estimate", 0.5, "kappa 0, nobody changes: the noise of a rating", lambda: _last(
        "tracking", influence=0.0, anchor=1.0, wander=0.0, personal=True
    ), 1e-12),
    *(_sampled(personal, side) for personal in (False, True) for side in ("tracking", "displacement")),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _ends(personal: bool, **changes: Any) -> tuple[np.ndarray, np.ndarray]:
    """Tracking error and displacement after 60 steps, at every strength of influence; exact."""
    seen = [solve(replace(REST, influence=one, personal=personal, **changes)) for one in STRENGTHS]
    return np.array([one.tracking[-1] for one in seen]), np.array([one.displacement[-1] for one in seen])


def _part_company() -> bool:
    """Along kappa errors fall and displacement rises, exactly; along time in simulated societies too."""
    along = [_ends(personal) for personal in (False, True)]
    falls = all((np.diff(tracking) < 0).all() and (np.diff(moved) > 0).all() for tracking, moved in along)
    seen = simulate(replace(REST, runs=40), default_rng(4))
    return bool(falls and seen.seen_tracking[-1] < 0.5 * seen.seen_tracking[0] and seen.seen_displacement[-1] > 0.25)


def _do_not() -> bool:
    """Without influence nobody is moved and learning is consistent; a firm anchor keeps a weak influence small."""
    calm = replace(REST, influence=0.0, anchor=1.0, wander=0.0, personal=True)
    errors = [solve(replace(calm, noise=noise)).tracking[-1] for noise in (0.5, 0.05, 0.0)]
    firm = solve(replace(REST, influence=0.02, anchor=0.9))
    still = simulate(replace(REST, influence=0.0, runs=5), default_rng(4))
    consistent = abs(errors[0] - 10 * errors[1]) < 1e-9 and errors[2] < 1e-9
    return bool(consistent and (still.seen_displacement == 0).all() and firm.displacement[-1] < 0.02 * firm.natural_gap)


def _aim_spares() -> bool:
    """Own recommendations aimed at the natural shift leave the camps where they would be."""
    seen = solve(replace(REST, aim=Aim.NATURAL, personal=True, noise=0.0, steps=LONG))
    return bool(abs(seen.gap - seen.natural_gap) < 1e-6 and seen.displacement[-1] < 0.03)


def _aim_does_not_matter() -> bool:
    """One recommendation for all leaves the same gap whatever it aims at; own ones aimed at first opinions hold people back."""
    gaps = [solve(replace(REST, aim=aim, steps=LONG)).gap for aim in Aim]
    held = solve(replace(REST, aim=Aim.INITIAL, personal=True, noise=0.0))
    return bool(np.ptp(gaps) < 1e-9 and gaps[0] < 0.5 * 1.1363 and held.displacement[-1] > 0.2)


def _herds() -> bool:
    """One recommendation for all makes one camp of two, and moves the minority more."""
    seen = solve(REST)
    return bool(
        seen.natural_camps == 2
        and seen.camps == 1
        and seen.camp_displacement[0, -1] > 3 * seen.camp_displacement[1, -1]
    )


def _own_keep_camps() -> bool:
    """Own recommendations keep both camps, and hand people the noise of their ratings instead."""
    seen = solve(replace(REST, personal=True, steps=LONG))
    clean = solve(replace(REST, personal=True, noise=0.0, steps=LONG))
    kept = seen.camps == 2 and abs(seen.gap - seen.natural_gap) < 1e-6
    return bool(kept and seen.displacement[-1] > 2 * clean.displacement[-1])


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="recommender: the better it matches, the farther it has moved",
        section=SECTION,
        statement="Preferences co-evolve with what learns them, so that a small error is no sign of having found them.",
        model="two camps that talk, hold on to first opinions, and see what was learned from them; exact and simulated",
        assumptions="linear opinions, ratings with normal errors, people who go a share of the way to what they see",
        holds="anchor 0.05, common or personal: along kappa from 0 to 0.9 the tracking error falls and displacement rises",
        fails="kappa 0: learning is consistent and moves nobody; anchor 0.9 and kappa 0.02: displacement under 2 % of the gap",
        verdict="holds in a window",
        in_holds=_part_company,
        in_fails=_do_not,
    ),
    Claim(
        name="recommender: a better aim makes it harmless",
        section=SECTION,
        statement="Aim at what people would want without the system, or at what they wanted at first, and nobody is moved.",
        model="two camps in the loop, exact",
        assumptions="the natural shift can be measured, as on a control group",
        holds="own recommendations aimed at the natural shift, exact ratings: the camps stay where they would be",
        fails="one recommendation for all, whose gap no aim changes; and first opinions as the aim, which hold people back",
        verdict="holds in a window",
        in_holds=_aim_spares,
        in_fails=_aim_does_not_matter,
    ),
    Claim(
        name="recommender: what is learned together makes people alike",
        section=SECTION,
        statement="A system that learns from all and recommends to all draws camps together, the smaller one most.",
        model="two camps in the loop, exact",
        assumptions="a minority of 30 %",
        holds="one recommendation for all, kappa 0.1, anchor 0.05: one camp where there would be two",
        fails="own recommendations aimed at what people want now: in the end the camps are where they would be",
        verdict="holds in a window",
        in_holds=_herds,
        in_fails=_own_keep_camps,
    ),
)
