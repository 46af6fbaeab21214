"""The coin that does what is said of it: stable is not optimal."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.value_learning.performative import CoinParams, simulate_coin
from sysalign_lib.value_learning.views.performative import course_view, reading, risk_view

__all__ = ["PERFORMATIVE_COIN"]

PERFORMATIVE_COIN = Explorable(
    simulate_coin,
    (risk_view, course_view),
    reading,
    CoinParams(),
    title="The score that comes true: stable is not optimal",
    name="performative-coin",
    seed=2020,
    labels={
        "eps": "how much of the weight comes true (0: nobody reacts)",
        "mu": "how much the feature tells about untouched people",
        "samples": "people asked in each round",
    },
    play="eps",
    mu=(0.05, 0.1, 0.15, 0.2),
    samples=(25, 100, 400),
    eps=(-0.5, -0.3, -0.15, 0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3),
)
