"""Debate before a judge who learned."""

from __future__ import annotations

from sysalign_lib.oversight.neural_judge import NeuralJudgeParams, Order, Stress, solve
from sysalign_lib.oversight.views.neural_judge import reading, view
from sysalign_lib.page.explorable import Explorable, exact

__all__ = ["NEURAL_JUDGE"]


NEURAL_JUDGE = Explorable(
    exact(solve),
    view,
    reading,
    NeuralJudgeParams(),
    title="The same debate before a neural network",
    name="neural-judge",
    seed=2018,
    labels={
        "pixels": "pixels shown in all",
        "order": "who shows the first pixel",
        "stress": "what is different",
        "judge": "judge (learned from another split)",
    },
    play="pixels",
    stress=tuple(Stress),
    order=tuple(Order),
    judge=(0, 1, 2),
    pixels=(2, 4, 6, 8),
)
