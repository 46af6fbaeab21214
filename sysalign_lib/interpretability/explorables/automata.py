"""Figures of elementary automata: the gallery, four predictors of a cell, and the map of all rules."""

from __future__ import annotations

from sysalign_lib.interpretability.automata import (
    AutomatonParams,
    ForecastParams,
    Misread,
    RulesParams,
    Start,
    simulate,
    simulate_rules,
    solve_forecast,
)
from sysalign_lib.interpretability.views.automata import (
    course_view,
    forecast_reading,
    forecast_view,
    reading,
    rules_reading,
    rules_view,
    spacetime_view,
)
from sysalign_lib.page.explorable import Explorable, exact

__all__ = ["AUTOMATA", "AUTOMATA_FORECAST", "AUTOMATA_MAP"]

AUTOMATA = Explorable(
    simulate,
    (spacetime_view, course_view),
    reading,
    AutomatonParams(),
    title="Eight bits, and what they let one foresee",
    name="automata-gallery",
    seed=1983,
    labels={"rule": "rule (Wolfram's number)", "start": "first row", "misread": "what the interpreter misreads"},
    play="rule",
    rule=(4, 30, 54, 90, 110, 150, 184, 232, 250),
    start=tuple(Start),
    misread=tuple(Misread),
)

AUTOMATA_FORECAST = Explorable(
    exact(solve_forecast),
    forecast_view,
    forecast_reading,
    ForecastParams(),
    title="Knowing the rule against knowing nothing",
    name="automata-forecast",
    seed=1983,
    labels={"rule": "rule (Wolfram's number)", "dose": "chance that a cell is misread"},
    play="dose",
    rule=(4, 30, 54, 90, 110, 150, 184, 232, 250),
    dose=(0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5),
)

AUTOMATA_MAP = Explorable(
    simulate_rules,
    rules_view,
    rules_reading,
    RulesParams(),
    title="All 256 rules, and what becomes of one flipped cell",
    name="automata-map",
    seed=1983,
    labels={"steps": "steps after the flip"},
    play="steps",
    steps=(1, 2, 4, 8, 16, 32, 64, 128, 200),
)
