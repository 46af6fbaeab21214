"""One debate in the tree of all, and what slips do to many."""

from __future__ import annotations

from sysalign_lib.oversight.boolean_debate import BooleanDebateParams, Erring, Formula, simulate
from sysalign_lib.oversight.views.boolean_debate import agreement_view, reading, tree_view
from sysalign_lib.page.explorable import Explorable

__all__ = ["BOOLEAN_DEBATE"]

BOOLEAN_DEBATE = Explorable(
    simulate,
    (tree_view, agreement_view),
    reading,
    BooleanDebateParams(),
    title="The judge reads one leaf",
    name="boolean-debate",
    seed=25,
    labels={
        "formula": "claim",
        "erring": "who slips",
        "game": "game shown",
        "error": "probability that a move is random",
    },
    play="error",
    formula=tuple(Formula),
    erring=tuple(Erring),
    game=(1, 2, 3),
    error=(0.0, 0.1, 0.2, 0.5, 1.0),
)
