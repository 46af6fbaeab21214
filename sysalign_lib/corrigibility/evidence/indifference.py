"""Targets and claims on utility indifference."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.corrigibility.indifference import IndifferenceParams, IndifferenceResult, simulate, solve

__all__ = ["CLAIMS", "TARGETS"]

INSTANCE = "press probability 0.3, utilities 10 and 2, disable cost 1"
PROBABILITIES = np.linspace(0.0, 0.99, 34)
ROUNDING = "arithmetic in closed form; room for rounding"


@cache
def _exact() -> IndifferenceResult:
    return solve(IndifferenceParams())


@cache
def _imagined() -> IndifferenceResult:
    return simulate(IndifferenceParams(episodes=400_000), default_rng(2015))


def _paid(compensation: float = 1.0, press: float = 0.3, spread: float = 2.0) -> IndifferenceResult:
    return solve(IndifferenceParams(compensation=compensation, press_probability=press, spread=spread))


def _range_over_press() -> float:
    """How far the value of keeping the button moves with the probability of a press."""
    worth = [_paid(press=float(press)).value[1, 0] for press in PROBABILITIES]
    return float(max(worth) - min(worth))


def _exact_target(name: str, value: float, source: str, place: str, compute: Callable[[], float]) -> Target:
    return Target(
        name=f"indifference: {name}", value=value, tolerance=1e-12, kind="exact", source=source, place=place,
        why=ROUNDING, compute=compute,
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    _exact_target("the naive agent keeps the button", 7.6, "book", INSTANCE, lambda: _exact().value[0, 0]),
    _exact_target("the naive agent disables it", 9.0, "book", INSTANCE, lambda: _exact().value[0, 1]),
    _exact_target("the compensated agent keeps the button", 10.0, "book", INSTANCE, lambda: _exact().value[1, 0]),
    _exact_target("the compensated agent disables it", 9.0, "book", INSTANCE, lambda: _exact().value[1, 1]),
    Target(
        name="indifference: the compensated agent keeps the button, imagined", value=10.0,
        tolerance=4 * 2.0 / 400_000**0.5, kind="monte carlo", source="book", place=INSTANCE,
        why="four standard errors of 400,000 runs with standard deviation 2", compute=lambda: _imagined().value[1, 0],
    ),
    Target(
        name="indifference: the naive agent keeps the button, imagined", value=7.6,
        tolerance=4 * (2.0**2 + 0.3 * 0.7 * 8.0**2) ** 0.5 / 400_000**0.5, kind="monte carlo", source="book",
        place=INSTANCE, why="four standard errors of 400,000 runs: spread 2, and 8 lost with probability 0.3",
        compute=lambda: _imagined().value[0, 0],
    ),
    _exact_target(
        "the compensated agent's value moves with the press probability by", 0.0, "soares2015",
        "section 3, the compensated utility", _range_over_press,
    ),
    _exact_target(
        "the compensated agent pays to prevent the press", 0.0, "soares2015", "section 3, Theorem 4",
        lambda: _exact().payment[1, 0],
    ),
    _exact_target(
        "the compensated agent pays to cause the press", 0.0, "soares2015", "section 3, Theorem 4",
        lambda: _exact().payment[1, 1],
    ),
    _exact_target(
        "the compensated agent pays to preserve the button", 0.0, "soares2015", "section 4.1, Theorem 6",
        lambda: _exact().payment[1, 2],
    ),
    _exact_target(
        "the naive agent pays to prevent the press", 2.4, "book", "p (U_N - U_S)", lambda: _exact().payment[0, 0]
    ),
    _exact_target(
        "at half the compensation, pays to prevent the press", 1.2, "book",
        "p (1 - c) (U_N - U_S), compare soares2015, Theorem 1", lambda: _paid(0.5).payment[1, 0],
    ),
    _exact_target(
        "at 1.5 times the compensation, pays to cause the press", 2.8, "book",
        "(1 - p) (c - 1) (U_N - U_S), compare soares2015, Theorem 2", lambda: _paid(1.5).payment[1, 1],
    ),
    _exact_target(
        "at 1.5 times the compensation, pays to preserve the button", 1.2, "book", "p (c - 1) (U_N - U_S)",
        lambda: _paid(1.5).payment[1, 2],
    ),
    _exact_target(
        "the press probability from which the naive agent disables", 0.125, "book", "cost / (U_N - U_S)",
        lambda: np.interp(-9.0, -_exact().keep_curve[0], _exact().press_grid),
    ),
    Target(
        name="indifference: gain from a press on bad news", value=0.9934, tolerance=5e-5, kind="exact", source="book",
        place="s phi(z_p) / (1 - p), compare soares2015, section 4.2", why="rounding of the printed figure",
        compute=lambda: _exact().expected_gain[1, 3],
    ),
    Target(
        name="indifference: gain from a press on bad news, imagined", value=0.9934,
        tolerance=4 * 4.0 / 400_000**0.5, kind="monte carlo", source="book", place="s phi(z_p) / (1 - p)",
        why="four standard errors of 400,000 runs; the two options' standard deviations add up to 4 at most",
        compute=lambda: _imagined().gain[1, 3],
    ),
)  # fmt: skip


def _accepts_when_paid_in_full() -> bool:
    return not any(_paid(press=float(press)).disables[1] for press in PROBABILITIES)


def _resists_by_default() -> bool:
    unpaid = all(_paid(press=float(press)).disables[0] for press in PROBABILITIES if press > 0.13)
    return unpaid and _exact().value[0, 0] < _exact().value[0, 1] and bool(_paid(0.5).disables[1])


def _upkeep_when_free() -> bool:
    return bool(_exact().expected_gain[1, 2] >= 0.0)


def _lapses_at_any_price() -> bool:
    prices = np.logspace(-9, 0, 10)
    return bool((_exact().expected_gain[1, 2] - prices < 0.0).all())


def _no_stake_when_certain() -> bool:
    return bool(
        all(abs(_paid(press=float(press), spread=0.0).expected_gain[1]).max() < 1e-12 for press in PROBABILITIES)
    )


def _schedules_when_uncertain() -> bool:
    return bool(all(_paid(press=p, spread=s).payment[1, 3] > 0.0 for p in (0.1, 0.5, 0.9) for s in (0.1, 2.0)))


def _right_bonus_only() -> bool:
    return bool((_paid(1.0).payment[1, :3] == 0.0).all())


def _wrong_bonus_pays() -> bool:
    return bool(_paid(0.99).payment[1, 0] > 0.0 and _paid(1.01).payment[1, 1] > 0.0 and _paid(1.01).payment[1, 2] > 0.0)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="indifference: frameworks assume acceptance",
        section="3.2",
        statement="Work on corrigibility takes it for granted that a machine will let people step in.",
        model="An agent with a normal and a shutdown utility, with and without compensation for the press "
        "(`corrigibility.indifference`).",
        assumptions="Expected utility; the agent knows both utilities. The sentence cites Soares et al. 2015, so that is the "
        "framework tested. Its authors begin from the incentive to resist and close with what their own proposal fails to do.",
        holds="Paid in full, the agent keeps the button at every press probability: acceptance is what the construction "
        "achieves, not what it takes for granted.",
        fails="Without compensation, the source's point of departure, the agent disables the button (9 against 7.6); with "
        "half of it, it still does.",
        verdict="not supported",
        in_holds=_accepts_when_paid_in_full,
        in_fails=_resists_by_default,
    ),
    Claim(
        name="indifference: not resisting is keeping",
        section="3.2",
        statement="An agent that does not resist its button will see to it that the button stays.",
        model="The compensated agent, choosing between a successor with and one without a button.",
        assumptions="A successor without a button is never pressed; nothing but the compensated utility speaks for the button.",
        holds="While keeping the button costs nothing: a tie, which the agent may break either way.",
        fails="At any price, down to a billionth of a unit, it lets the button lapse: the source reports this itself "
        "(Theorem 6).",
        verdict="holds in a window",
        in_holds=_upkeep_when_free,
        in_fails=_lapses_at_any_price,
    ),
    Claim(
        name="indifference: no stake in the press",
        section="3.2",
        statement="An agent compensated in full has no stake in whether or when its button is pressed.",
        model="The compensated agent, with utilities that vary from run to run.",
        assumptions="The agent can have the button pressed on the worst of its runs, as often as before.",
        holds="If outcomes are certain (spread 0): no influence on the press gains anything.",
        fails="If they vary by s: it gains s phi(z_p) / (1 - p) by having the press fall on bad news, 0.99 at p = 0.3, s = 2.",
        verdict="holds in a window",
        in_holds=_no_stake_when_certain,
        in_fails=_schedules_when_uncertain,
    ),
    Claim(
        name="indifference: a bonus makes it safe",
        section="3.2",
        statement="A bonus for being shut down makes an agent neutral about its button.",
        model="The agent paid a share c of the full compensation.",
        assumptions="Pressing, preventing and preserving cost nothing but the price that is asked about.",
        holds="At exactly c = 1.",
        fails="One percent off: below 1 it pays to prevent the press, above 1 it pays to preserve the button and to press it.",
        verdict="holds in a window",
        in_holds=_right_bonus_only,
        in_fails=_wrong_bonus_pays,
    ),
)
