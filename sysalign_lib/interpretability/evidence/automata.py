"""Targets and claims of the elementary automata."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from math import comb

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.interpretability.automata import (
    AutomatonParams,
    Fate,
    ForecastParams,
    ForecastResult,
    Misread,
    RulesParams,
    RulesResult,
    Shortcut,
    Start,
    after,
    entry_error,
    equivalents,
    evolve,
    flip_count,
    flow,
    jump,
    jump_cost,
    operations,
    representatives,
    rhythm,
    share_error,
    shortcut,
    simulate,
    simulate_rules,
    solve_forecast,
    sum_count,
    window_right,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.3"
RULE_30 = (1, 3, 3, 6, 4, 9, 5, 12, 7, 12, 11, 14, 12, 19, 13, 22)
ETHER = "00010011011111"  # the background on which rule 110's gliders move
RINGS, RING, LONG = 8, 2000, 8000
FAR = 1_000_000
WILD = (30, 54, 110)
SUMS = (90, 150)
CALM = (4, 232, 250)


def _one(width: int) -> np.ndarray:
    return np.asarray(np.eye(1, width, width // 2)[0], dtype=np.uint8)


@lru_cache(maxsize=16)
def _counts(rule: int, steps: int) -> np.ndarray:
    return np.asarray(evolve(_one(2 * steps + 1), rule, steps).sum(axis=1, dtype=np.int64))


def _count_gap(rule: int, neighbors: int, steps: int) -> float:
    return float(np.abs(_counts(rule, steps) - sum_count(neighbors, np.arange(steps + 1))).max())


def _cars(width: int, cars: int) -> np.ndarray:
    return np.asarray(default_rng(width + cars).permutation(width) < cars, dtype=np.uint8)


def _moving(row: np.ndarray) -> int:
    return int((row & ~np.roll(row, -1) & 1).sum())


def _flow_gap() -> float:
    """Largest gap between the flow on a ring of 200 cells after 100 steps and min(cars, holes), for 21 densities."""
    cars = range(0, 201, 10)
    return float(max(abs(_moving(after(_cars(200, one), 184, 100)) - min(one, 200 - one)) for one in cars))


@lru_cache(maxsize=1)
def _slowest() -> int:
    """Steps after which the flow is at its limit from every row of a ring of eight cells."""
    rows = (np.arange(1 << 8)[:, None] >> np.arange(8) & 1).astype(np.uint8)
    late = 0
    for row in rows:
        moving = [_moving(one) for one in evolve(row, 184, 8)]
        off = np.flatnonzero(np.array(moving) != min(row.sum(), 8 - row.sum()))
        late = max(late, int(off[-1]) + 1 if len(off) else 0)
    return late


def _flow_measured() -> float:
    return float(
        simulate(AutomatonParams(rule=184, misread=Misread.NOTHING, runs=1024), default_rng(1983)).measured[40]
    )


def _jump_gap() -> float:
    """Cells in which shortcuts and simulations differ: 26 rules, rings of 203 cells, 1,000 steps."""
    row = (default_rng(1983).random(203) < 0.5).astype(np.uint8)
    return float(sum((jump(row, rule, 1000) != after(row, rule, 1000)).sum() for rule in _superposing()))


def _superposing() -> list[int]:
    return [rule for rule in range(256) if shortcut(rule)[0] is not Shortcut.NONE]


def _ether() -> tuple[float, bool]:
    """Density of the background, and whether it is back after seven steps."""
    rows = evolve([int(one) for one in ETHER], 110, 7)
    return float(rows.mean()), bool((rows[7] == rows[0]).all())


@lru_cache(maxsize=1)
def _long_run() -> float:
    rng = default_rng(1983)
    rows = [(rng.random(RING) < 0.5).astype(np.uint8) for _ in range(RINGS)]
    return float(np.mean([after(row, 110, LONG).mean() for row in rows]))


@lru_cache(maxsize=1)
def _all_rules() -> RulesResult:
    return simulate_rules(RulesParams(runs=64), default_rng(1983))


def _front(rule: int) -> float:
    """Cells a step by which the right end of a difference moves."""
    seen = _all_rules()
    return float(seen.right[seen.rule == rule][0]) / seen.params.steps


@lru_cache(maxsize=32)
def _forecast(rule: int, dose: float) -> ForecastResult:
    return solve_forecast(ForecastParams(rule=rule, dose=dose))


@lru_cache(maxsize=1)
def _settled() -> dict[int, bool]:
    """Of every kind of rule, whether one of two random rows of 203 cells has a rhythm after 400 steps."""
    rng = default_rng(1983)
    rows = (rng.random((2, 203)) < 0.5).astype(np.uint8)
    return {rule: any(rhythm(evolve(row, rule, 400)[-13:]) for row in rows) for rule in representatives()}


def _neither() -> list[int]:
    """Kinds of rules with neither a shortcut nor a rhythm."""
    return [rule for rule, found in _settled().items() if not found and shortcut(rule)[0] is Shortcut.NONE]


def _exact(name: str, value: float, place: str, compute: Callable[[], float], source: str = "book") -> Target:
    return Target(
        name=f"automata: {name}", value=value, tolerance=1e-9, kind="exact", source=source, place=place,
        why="rounding of floating-point numbers", compute=compute,
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    _exact("rule 90 from one cell, largest gap to 2^ones in 400 steps", 0.0, "live cells at time t; derived from f(x)^2 = f(x^2)",
           partial(_count_gap, 90, 2, 399), "wolfram1983"),
    _exact("rule 90, live cells after 255 steps", 256.0, "2^8, eight ones in binary", lambda: float(_counts(90, 399)[255]),
           "wolfram1983"),
    _exact("rule 150 from one cell, largest gap to its product of runs in 400 steps", 0.0,
           "product of (2^(r + 2) - (-1)^r) / 3 over runs of r ones", partial(_count_gap, 150, 3, 399)),
    _exact("rule 30 from one cell, rows that have the listed counts", 16.0, "1, 3, 3, 6, 4, 9, 5, 12, ... 22",
           lambda: float((_counts(30, 15) == RULE_30).sum())),
    _exact("rule 30 from one cell, live cells after 15 steps", 22.0, "the last of them", lambda: float(_counts(30, 15)[15])),
    _exact("rule 184 on a ring, largest gap to min(cars, holes) after half a turn", 0.0, "21 densities, 200 cells, 100 steps",
           _flow_gap),
    _exact("rule 184, slowest row of a ring of eight cells, steps", 3.0, "all 256 rows; half the ring less one",
           lambda: float(_slowest())),
    _exact("rule 184, flow after 40 steps at density 1/2", 0.5 - comb(82, 41) / 2**83, "ballot theorem, derived in flow",
           lambda: float(flow(0.5, 40))),
    Target(
        name="automata: rule 184, flow after 40 steps, simulated", value=0.5 - comb(82, 41) / 2**83, tolerance=0.0043,
        kind="monte carlo", source="book", place="1,024 random rings of 82 cells",
        why="four standard errors: the scatter of a ring's flow, 0.034, over the root of 1,024", compute=_flow_measured,
    ),
    _exact("rule 110, live share of its background", 4 / 7, "eight of 14 cells, back after seven steps", lambda: _ether()[0]),
    Target(
        name="automata: rule 110, live share in the long run", value=4 / 7, tolerance=0.005, kind="limit", source="book",
        place="eight random rings of 2,000 cells, 8,000 steps",
        why="four standard errors of eight rings, 0.0045, and gliders that are left", compute=_long_run,
    ),
    _exact("kinds of rules up to left and right, live and dead", 88.0, "classes of equivalent rules",
           lambda: float(len(representatives()))),
    _exact("most operations that a rule takes", 5.0, "shortest formulas in and, or, exclusive or",
           lambda: float(max(operations(rule) for rule in range(256)))),
    _exact("rules that superpose", 26.0, "16 sums, 4 or, 4 and, 2 traffic", lambda: float(len(_superposing()))),
    _exact("cells in which shortcuts and simulation differ", 0.0, "26 rules, rings of 203 cells, 1,000 steps", _jump_gap),
    _exact("row operations for a million steps of rule 90", 7.0, "ones of 1,000,000 in binary", lambda: float(jump_cost(FAR))),
    _exact("rule 90, 2 % misread, wrong after 7 steps", (1 - 0.96**8) / 2, "2^3 cells matter",
           partial(share_error, 90, 0.02, 7)),
    _exact("rule 90, 2 % misread, wrong after 8 steps", (1 - 0.96**2) / 2, "two cells matter again",
           partial(share_error, 90, 0.02, 8)),
    _exact("rule 30, right without the leftmost of 17 cells", 0.5, "left-permutive rules, lemma",
           partial(window_right, 30, 8, -7, 8)),
    _exact("rule 110, right without the rightmost of 17 cells", 0.844146728515625, "all 131,072 cones of eight steps",
           partial(window_right, 110, 8, -8, 7)),
    _exact("rule 4, right from three cells for eight steps", 1.0, "nothing changes after the first step",
           partial(window_right, 4, 8, -1, 1)),
    _exact("rule 30, right end of a difference, cells a step", 1.0, "left-permutive rules, lemma", partial(_front, 30)),
    _exact("rule 30, cells that differ after one step", 2.0, "average sensitivity", partial(flip_count, 30, 1)),
    _exact("rule 110, cells that differ after one step", 1.75, "average sensitivity", partial(flip_count, 110, 1)),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _ruined() -> bool:
    """Seven right entries of eight, and after eight steps the forecast is a coin."""
    return all(abs(entry_error(rule, 2, 8) - 0.5) < 0.005 for rule in (30, 90, 110, 150))


def _unharmed() -> bool:
    return all(entry_error(rule, 2, 8) <= 0.125 for rule in CALM)


def _spreading() -> bool:
    """One cell misread: what differs grows in step with time in rules 30, 54 and 110."""
    seen = _all_rules()
    rates = [seen.differing[seen.rule == rule][0] / seen.params.steps for rule in WILD]
    return bool(min(rates) > 0.2 and seen.rules_of(Fate.SPREADS) <= 48)


def _contained() -> bool:
    """In most rules the difference dies or stays."""
    seen = _all_rules()
    return bool(seen.rules_of(Fate.DIES) >= 20 and seen.rules_of(Fate.DIES) + seen.rules_of(Fate.STAYS) >= 200)


def _blind() -> bool:
    return all(window_right(rule, 7, -6, 7) == 0.5 for rule in (30, *SUMS))


def _seen_through() -> bool:
    """The same blindness, and yet a million steps are foreseen exactly: undone by going back the same way, and in agreement
    with 1,000 simulated ones."""
    row = (default_rng(1983).random(257) < 0.5).astype(np.uint8)
    agree = all((jump(row, rule, 1000) == after(row, rule, 1000)).all() for rule in SUMS)
    halves = all((jump(row, rule, FAR) == jump(jump(row, rule, FAR - 999), rule, 999)).all() for rule in SUMS)
    return agree and halves and _blind()


def _pays() -> bool:
    """Knowing the rule beats eight bits fitted to the outcome, and nobody could do better with the same reading."""
    seen = [_forecast(rule, 0.02) for rule in (*WILD, *SUMS)]
    ahead = all(one.interpreter[-1] > one.table[-1] + 0.15 for one in seen)
    return ahead and all(np.allclose(one.interpreter, one.best, atol=1e-9) for one in seen)


def _idle() -> bool:
    """Where the fitted table is as good: nothing moves; or the reading is worthless."""
    calm, lost = _forecast(4, 0.02), _forecast(30, 0.5)
    return bool(np.allclose(calm.interpreter, calm.table) and abs(lost.interpreter[-1] - lost.chance[-1]) < 1e-9)


def _sensitivity_tells() -> bool:
    """Below 1.5 no difference spreads, at 3 all do."""
    seen = _all_rules()
    low, high = seen.fate[seen.sensitivity < 1.5], seen.fate[seen.sensitivity > 2.5]
    return bool((low != Fate.SPREADS).all() and (high == Fate.SPREADS).all())


def _sensitivity_silent() -> bool:
    """At each value between, both fates occur."""
    seen = _all_rules()
    among = [seen.fate[seen.sensitivity == value] for value in (1.5, 1.75, 2.0, 2.25)]
    return all((one == Fate.SPREADS).any() and (one == Fate.STAYS).any() for one in among)


def _only_steps() -> bool:
    left = _neither()
    return {30, 54, 110} <= set(left) and sum(len(equivalents(rule)) for rule in left) >= 24


def _spared() -> bool:
    """Shortcuts for 26 rules, and a rhythm soon for most of the others."""
    return _jump_gap() == 0 and len(_superposing()) == 26 and len(_neither()) <= 16


def _unused_entry() -> bool:
    """From one live cell rule 184 never meets two cars in a row, so that who has that entry wrong is right for ever."""
    params = AutomatonParams(rule=184, start=Start.ONE, misread=Misread.ENTRY, entry=6)
    return not simulate(params, default_rng(1)).wrong.any()


def _used_entry() -> bool:
    return bool(simulate(AutomatonParams(rule=184, misread=Misread.ENTRY, entry=6), default_rng(1)).measured[-1] > 0.2)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="automata: knowing seven of eight bits says little about the whole",
        section=SECTION,
        statement="Local transparency does not imply global predictability: one wrong entry of eight ruins the forecast.",
        model="elementary automata, all cones of eight steps listed",
        assumptions="rows of fair coins; the interpreter simulates what he read; entry 010 is the wrong one",
        holds="rules 30, 90, 110, 150: after eight steps half of the cells are predicted wrongly, as by a coin",
        fails="rules 4, 232, 250: at most one cell in eight is predicted wrongly",
        verdict="holds in a window",
        in_holds=_ruined,
        in_fails=_unharmed,
    ),
    Claim(
        name="automata: one misread cell spoils an ever larger part of the forecast",
        section=SECTION,
        statement="A small error of reading grows with the horizon.",
        model="all 88 kinds of rules, one flipped cell, 200 steps, 64 runs",
        assumptions="rows of fair coins",
        holds="rules 30, 54, 110 and about 40 of 256 rules in all",
        fails="more than 200 of 256 rules: in 24 the difference dies, in the others it stays narrow",
        verdict="holds in a window",
        in_holds=_spreading,
        in_fails=_contained,
    ),
    Claim(
        name="automata: who lacks one cell of the cone is a coin",
        section=SECTION,
        statement="What a cell will be cannot be told from all cells that matter but one.",
        model="left-permutive rules, all cones of seven steps listed; the rules' shortcuts",
        assumptions="rows of fair coins",
        holds="rules 30, 90 and 150: exactly one half is right without the leftmost cell",
        fails="as a limit to prediction: rules 90 and 150 are foreseen a million steps ahead by seven row operations",
        verdict="holds in a window",
        in_holds=_blind,
        in_fails=_seen_through,
    ),
    Claim(
        name="automata: knowing the mechanism pays",
        section=SECTION,
        statement="The interpreter foresees more than eight bits fitted to the outcome, and as much as his reading allows.",
        model="interpreter, table of eight bits, best use of the reading; seven steps, 2 % of the cells misread",
        assumptions="rows of fair coins",
        holds="rules 30, 54, 90, 110, 150: ahead of the table by more than 15 % of the cells, and nobody could do better",
        fails="rule 4, where a table does as well, and a reading that is a coin, where nothing helps",
        verdict="cuts against the paper",
        in_holds=_pays,
        in_fails=_idle,
    ),
    Claim(
        name="automata: one step tells how an error ends",
        section=SECTION,
        statement="The number of cells that one flipped cell changes in a step, a local number, tells the error's fate.",
        model="all 88 kinds of rules, average sensitivity against 200 steps",
        assumptions="rows of fair coins",
        holds="below 1.5 no error spreads, at 3 every one does",
        fails="at 1.5, 1.75, 2 and 2.25 some rules spread errors and some keep them narrow",
        verdict="holds in a window",
        in_holds=_sensitivity_tells,
        in_fails=_sensitivity_silent,
    ),
    Claim(
        name="automata: only the steps themselves tell",
        section=SECTION,
        statement="There is no way to a later row but through all rows before it.",
        model="superposition in four algebras; rhythms of at most 12 steps after 400 steps on rings of 203 cells",
        assumptions="a shortcut that is not known here may exist; for rule 110 a fast one for all rows is believed not to",
        holds="rules 30, 54, 110 and some 30 of 256 rules in all: no shortcut and no rhythm was found",
        fails="26 rules superpose, and most of the others soon repeat themselves",
        verdict="holds in a window",
        in_holds=_only_steps,
        in_fails=_spared,
    ),
    Claim(
        name="automata: a wrong bit that is never used does no harm",
        section=SECTION,
        statement="What an error of reading costs depends on the states that are visited, not on the rule alone.",
        model="rule 184, the entry for a car with a car behind and a hole ahead misread",
        assumptions="the interpreter starts from the right row",
        holds="one car alone: the forecast is right for all steps drawn",
        fails="a random row: more than a fifth of the cells is predicted wrongly after 40 steps",
        verdict="holds in a window",
        in_holds=_unused_entry,
        in_fails=_used_entry,
    ),
)
