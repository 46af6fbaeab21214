"""The distance that papers report for best of n, beside the distance it has traveled."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.rlhf.best_of_n import BestOfNParams, Crowd, simulate
from sysalign_lib.rlhf.views.best_of_n import distance_view, duel_view, reading

__all__ = ["KL_BOUND"]

KL_BOUND = Explorable(
    simulate,
    (distance_view, duel_view),
    reading,
    BestOfNParams(),
    title="How far does best of n really go?",
    name="kl-bound",
    seed=2401,
    labels={
        "answers": "different answers the base can give",
        "crowd": "spread of the base",
        "n": "answers drawn, of which the best is kept",
    },
    play="n",
    answers=(2, 4, 16, 64, 1024),
    crowd=tuple(Crowd),
    n=(1, 4, 16, 64, 256, 1_000, 60_000),
)
