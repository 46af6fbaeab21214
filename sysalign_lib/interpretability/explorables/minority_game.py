"""Agents whose tables are printed, and what their crowd does."""

from __future__ import annotations

from sysalign_lib.interpretability.minority_game import MEMORIES, Histories, MinorityCurveParams, Start, solve_curve
from sysalign_lib.interpretability.views.minority_game import predictability_view, reading, volatility_view
from sysalign_lib.page.explorable import Explorable, exact

__all__ = ["MINORITY"]

MINORITY = Explorable(
    exact(solve_curve),
    (volatility_view, predictability_view),
    reading,
    MinorityCurveParams(),
    title="More of the same printed agents",
    name="minority-game",
    seed=1997,
    labels={
        "memory": "memory (rounds that make the pattern)",
        "strategies": "tables of each agent",
        "histories": "the pattern is",
        "start": "first lead of one table (points)",
    },
    play="memory",
    strategies=(2, 3),
    histories=tuple(Histories),
    start=tuple(Start),
    memory=MEMORIES,
)
