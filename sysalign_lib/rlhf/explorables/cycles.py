"""How often a crowd has no majority winner."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.rlhf.cycles import Culture, CyclesParams, simulate
from sysalign_lib.rlhf.views.cycles import options_view, people_view, reading

__all__ = ["CYCLES"]

CYCLES = Explorable(
    simulate,
    (people_view, options_view),
    reading,
    CyclesParams(),
    title="How often is there no majority winner?",
    name="cycles",
    seed=1952,
    labels={
        "culture": "what some people have in common",
        "options": "options to rank",
        "common": "share of people who have it in common",
    },
    play="common",
    culture=(Culture.SHARED, Culture.AXIS, Culture.CIRCLE),
    options=(3, 4, 5),
    common=(0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0),
)
