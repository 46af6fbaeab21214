"""The explorable of hidden context."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.rlhf.hidden_context import Asking, HiddenContextParams, simulate
from sysalign_lib.rlhf.views.hidden_context import ladder_view, reading, score_view

__all__ = ["HIDDEN_CONTEXT"]

HIDDEN_CONTEXT = Explorable(
    simulate,
    (score_view, ladder_view),
    reading,
    HiddenContextParams(),
    title="Who answered? The learner does not know",
    name="hidden-context",
    seed=2024,
    labels={
        "share": "share of people for whom a risky option turns out well",
        "edge": "first risky option",
        "noise": "noise of the raters (units of utility)",
        "asking": "what raters are asked",
    },
    play="share",
    asking=(Asking.HIDDEN, Asking.CONTEXT, Asking.AMOUNTS),
    edge=(0.4, 0.6, 0.8),
    noise=(0.0, 0.25, 1.0),
    share=(0.1, 0.3, 0.5, 0.7, 0.9, 1.0),
)
