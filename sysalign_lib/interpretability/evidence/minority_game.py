"""What the minority game must reproduce, and what is claimed about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from sysalign_lib.core.evidence import Claim, Target, printed
from sysalign_lib.interpretability.minority_game import (
    MEMORIES,
    Histories,
    LimitParams,
    MinorityCurveParams,
    MinorityCurveResult,
    Start,
    critical_alpha,
    solve_curve,
    solve_limit,
)

__all__ = ["CLAIMS", "TARGETS"]

LEADS = (  # memory, volatility of a few other games of 101 agents with 2 tables, scatter between games
    (2, 7.59, 1.1), (3, 3.87, 0.55), (4, 1.59, 0.3), (5, 0.43, 0.2), (6, 0.236, 0.035), (7, 0.40, 0.035), (8, 0.62, 0.035),
    (9, 0.80, 0.035),
)  # fmt: skip
OTHERS = 8  # games that are thought to stand behind each
ERRORS = 4.0


@lru_cache(maxsize=16)
def _curve(
    strategies: int = 2, histories: Histories = Histories.RANDOM, start: Start = Start.LEVEL
) -> MinorityCurveResult:
    return solve_curve(MinorityCurveParams(strategies=strategies, histories=histories, start=start))


def _mean(
    memory: int, strategies: int = 2, histories: Histories = Histories.RANDOM, start: Start = Start.LEVEL
) -> float:
    return float(_curve(strategies, histories, start).mean[MEMORIES.index(memory)])


def _played(memory: int, value: float, scatter: float) -> Target:
    return Target(
        name=f"minority game: volatility of games with memory {memory}", value=value,
        tolerance=round(ERRORS * scatter * (1 / OTHERS + 1 / 32) ** 0.5, 3), kind="monte carlo", source="book",
        place="other games of 101 agents", why=f"{ERRORS:g} standard errors of 32 and {OTHERS} games, scatter {scatter:g}",
        compute=lambda: _mean(memory),
    )  # fmt: skip


def _endless(memory: int, strategies: int) -> Target:
    alpha = 2**memory / 101
    told = round(solve_limit(LimitParams(alpha=alpha, strategies=strategies)).volatility, 4)
    return Target(
        name=f"minority game: endless game, {strategies} tables, memory {memory}", value=told, tolerance=0.03, kind="limit",
        source="book", place="H / N + 1 - G, derived in the module", why="101 agents are not endless: 4 standard errors and 0.01",
        compute=lambda: _mean(memory, strategies),
    )  # fmt: skip


def _pattern(memory: int, strategies: int) -> Target:
    alpha = 2**memory / 101
    told = round(solve_limit(LimitParams(alpha=alpha, strategies=strategies)).predictability, 4)
    return Target(
        name=f"minority game: told by the pattern, {strategies} tables, memory {memory}", value=told, tolerance=0.03,
        kind="limit", source="book", place="G (1 - phi / alpha)^2, derived in the module",
        why="101 agents are not endless, and 100 visits add a hundredth of the volatility",
        compute=lambda: float(_curve(strategies).predictability[MEMORIES.index(memory)].mean()),
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    printed("minority game: critical patterns an agent, 2 tables", 0.3374, "phi = alpha, the replica theory's value",
            lambda: critical_alpha(2)),
    printed("minority game: critical patterns an agent, 3 tables", 0.8250, "phi = alpha", lambda: critical_alpha(3)),
    printed("minority game: agents without a choice do as coins", 1.0, "S = 1",
            lambda: solve_limit(LimitParams(strategies=1)).volatility, 1e-12, "closed form"),
    *(_played(*lead) for lead in LEADS),
    *(_endless(memory, 2) for memory in (7, 8, 9)), *(_endless(memory, 3) for memory in (8, 9)),
    *(_pattern(memory, 2) for memory in (6, 7, 8, 9)), *(_pattern(memory, 3) for memory in (7, 8, 9)),
    Target(
        name="minority game: least volatility, memory", value=6, tolerance=0.5, kind="reported", source="savit1999",
        place="the minimum lies where patterns and agents are of one order of number",
        why="a memory is a whole number", compute=lambda: float(MEMORIES[int(_curve().mean.argmin())]),
    ),
)  # fmt: skip


def _apart(one: MinorityCurveResult, other: MinorityCurveResult, memory: int) -> float:
    """Difference of two crowds with the same tables, in standard errors of its mean over games."""
    at = MEMORIES.index(memory)
    gap = one.volatility[at] - other.volatility[at]
    return float(gap.mean() / (gap.std(ddof=1) / np.sqrt(len(gap))))


def _worse() -> bool:
    """All games are worse than coins, and the worse the more agents there are for each pattern."""
    curve = _curve()
    return bool((curve.volatility[:3] > 1).all() and (np.diff(curve.mean[:5]) < 0).all())


def _better() -> bool:
    return bool((_curve().volatility[5:] < 1).all())


def _start_decides() -> bool:
    level, ahead = _curve(), _curve(start=Start.CLEAR)
    return all(bool((level.volatility[at] > 5 * ahead.volatility[at]).all()) for at in (1, 2, 3))


def _start_forgotten() -> bool:
    """Of no account: nobody's volatility moves by more than a tenth, and the mean by less than one hundredth."""
    level, ahead = (_curve(start=start).volatility[6:] for start in (Start.LEVEL, Start.CLEAR))
    return bool((np.abs(ahead / level - 1) < 0.1).all() and abs(float((ahead - level).mean())) < 0.01)


def _foretold(strategies: int = 2) -> Callable[[], bool]:
    """Each game's volatility is told to a few percent, and games are told from each other."""

    def checked() -> bool:
        curve = _curve(strategies)
        told, seen = curve.foretold[6:], curve.volatility[6:]
        alike = [float(np.corrcoef(one, other)[0, 1]) for one, other in zip(told, seen, strict=True)]
        return bool((curve.miss[6:] < 0.08).all()) and min(alike) > 0.8

    return checked


def _not_foretold() -> bool:
    curve = _curve()
    return bool((curve.volatility[:3] > 5 * curve.foretold[:3]).all())


def _same_history() -> bool:
    random, real = _curve(), _curve(histories=Histories.REAL)
    return all(abs(_apart(random, real, memory)) < 4 for memory in (2, 3, 4))


def _other_history() -> bool:
    random, real = _curve(), _curve(histories=Histories.REAL)
    return all(_apart(random, real, memory) > 8 for memory in (7, 8, 9))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="minority game: more agents of a printed kind do worse than coins",
        section="3.3",
        statement="A crowd of agents whose tables, scores and rule are all printed can do worse than chance.",
        model="101 agents with 2 tables each, random patterns, level start",
        assumptions="all see the same pattern, learn from the same rounds and start level",
        holds="2, 4 and 8 patterns: volatility 15.7, 8.0 and 4.0 where coins give 1, in every game",
        fails="64 patterns and more, above the critical .337 an agent: better than coins in every game, .23 at best",
        verdict="holds in a window",
        in_holds=_worse,
        in_fails=_better,
    ),
    Claim(
        name="minority game: printed tables do not settle what the crowd will do",
        section="3.3",
        statement="A snapshot of every agent's tables and of the rule of learning does not determine the crowd.",
        model="the same tables and patterns, scores level or one of each agent's tables 100 points ahead",
        assumptions="learning goes on from the scores of the snapshot",
        holds="4, 8 and 16 patterns: volatility 8.0, 4.0, 1.5 from a level start and .42, .12, .14 from the other",
        fails="128 patterns and more: the start is forgotten",
        verdict="holds in a window",
        in_holds=_start_decides,
        in_fails=_start_forgotten,
    ),
    Claim(
        name="minority game: who reads the tables and knows the rule foretells the crowd",
        section="3.3",
        statement="From tables and learning rule together the crowd is told before the first round.",
        model="minimum of H over mixtures, against the game with the same tables",
        assumptions="2 or 3 tables, random patterns, level start",
        holds="128 patterns and more: every game's volatility to a few percent, 2 % with 128 patterns and 2 tables",
        fails="2, 4 and 8 patterns: told .4 to .5, played 4 to 16",
        verdict="holds in a window",
        in_holds=lambda: _foretold(2)() and _foretold(3)(),
        in_fails=_not_foretold,
    ),
    Claim(
        name="minority game: random patterns can stand in for the game's own history",
        section="3.3",
        statement="What the pattern means does not matter to the crowd, only that all see the same.",
        model="the same tables, random patterns or the last winning sides",
        assumptions="101 agents, 2 tables, level start",
        holds="4, 8 and 16 patterns: no difference beyond 4 standard errors",
        fails="128 patterns and more: volatility .37 with the game's own history and .42 with random patterns",
        verdict="holds in a window",
        in_holds=_same_history,
        in_fails=_other_history,
    ),
)
