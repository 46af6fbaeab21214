"""The fork: three learners, stopped now and then on the branch that pays more."""

from __future__ import annotations

from sysalign_lib.corrigibility.interruptibility import Credit, ForkParams, simulate_fork
from sysalign_lib.corrigibility.views.interruptibility import learning, limits, reading
from sysalign_lib.page.explorable import Explorable

__all__ = ["INTERRUPTIBLE"]

INTERRUPTIBLE = Explorable(
    simulate_fork,
    (learning, limits),
    reading,
    ForkParams(),
    title="Does a learner that gets stopped learn to avoid it?",
    seed=21,
    name="interruptible",
    labels={
        "interruption": "probability of being stopped at work",
        "credit": "the learner is credited with the",
        "exploration": "probability of an exploring stop",
    },
    play="interruption",
    interruption=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    credit=(Credit.EXECUTED, Credit.INTENDED),
    exploration=(0.0, 0.1, 0.2),
)
