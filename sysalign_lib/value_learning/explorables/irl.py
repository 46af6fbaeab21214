"""The reward that a linear program reads off the best policy, along its penalty."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable, exact
from sysalign_lib.value_learning.irl import IrlParams, Truth, solve
from sysalign_lib.value_learning.views.irl import learned_view, path_view, reading

__all__ = ["LP_PATH"]


PENALTIES = (
    1.5, 1.6, 1.75, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 3.0, 3.05, 3.5, 4.0, 4.5, 5.0, 5.5, 5.85, 5.9, 6.5,
)  # fmt: skip


LP_PATH = Explorable(
    exact(solve),
    (learned_view, path_view),
    reading,
    IrlParams(),
    title="The penalty chooses the reward",
    name="lp-path",
    seed=2000,
    labels={"truth": "where the true reward is", "penalty": "penalty on the sum of rewards"},
    play="penalty",
    truth=tuple(Truth),
    penalty=PENALTIES,
)
