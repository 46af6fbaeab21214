"""The share of goals that avoid shutdown, and the symmetry on which it rests."""

from __future__ import annotations

from sysalign_lib.corrigibility.reward_share import RewardShareParams, simulate
from sysalign_lib.corrigibility.views.reward_share import by_count, reading
from sysalign_lib.page.explorable import Explorable

__all__ = ["REWARD_SHARE"]

REWARD_SHARE = Explorable(
    simulate,
    by_count,
    reading,
    RewardShareParams(),
    title="How many goals avoid shutdown?",
    seed=22,
    name="reward-share",
    labels={
        "shift": "shift in favor of shutdown (standard deviations)",
        "alternatives": "alternatives to shutdown",
        "correlation": "correlation of the alternatives",
        "discount": "worth of a reward elsewhere (discount)",
    },
    play="shift",
    shift=(-1.0, 0.0, 0.5, 1.0, 1.5, 2.0),
    alternatives=(1, 2, 5, 10, 20),
    correlation=(0.0, 0.5, 0.9),
    discount=(0.5, 1.0),
)
