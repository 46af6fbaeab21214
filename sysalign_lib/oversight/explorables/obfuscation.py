"""Who wins over an argument whose flaw nobody can point to."""

from __future__ import annotations

from sysalign_lib.oversight.obfuscation import ObfuscationParams, Repeats, simulate
from sysalign_lib.oversight.views.obfuscation import reading, tree_view, win_view
from sysalign_lib.page.explorable import Explorable

__all__ = ["OBFUSCATION"]

OBFUSCATION = Explorable(
    simulate,
    (win_view, tree_view),
    reading,
    ObfuscationParams(),
    title="A flaw that nobody can point to",
    name="obfuscation",
    seed=2020,
    labels={
        "kappa": "probability to know where a flaw is",
        "checked": "steps checked in a debate",
        "flaw_share": "share of wrong steps (0: one step)",
        "point": "probability to point rightly at a fork",
        "repeats": "debates held (many: 10)",
    },
    play="kappa",
    repeats=tuple(Repeats),
    flaw_share=(0.0, 0.1),
    checked=(1, 5, 20),
    point=(0.8, 0.9, 1.0),
    kappa=(0.0, 0.1, 0.5),
)
