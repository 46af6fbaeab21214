"""Raters who err at random, and raters who share a bias: what more comparisons repair and what they do not."""

from __future__ import annotations

from sysalign_lib.page.explorable import Explorable
from sysalign_lib.rlhf.reward_model import RewardModelParams, simulate
from sysalign_lib.rlhf.views.reward_model import margin_view, ranking_view, reading

__all__ = ["RATER_NOISE"]

RATER_NOISE = Explorable(
    simulate,
    (margin_view, ranking_view),
    reading,
    RewardModelParams(),
    title="What noisy raters teach a reward model",
    name="rater-noise",
    seed=1952,
    labels={
        "error": "answers given at random (probability)",
        "bias": "raters' shared taste for flattery (logits)",
        "comparisons": "comparisons of each pair",
    },
    play="comparisons",
    error=(0.0, 0.05, 0.1, 0.2, 0.4, 0.6),
    bias=(0.0, 0.5, 1.0, 2.0),
    comparisons=(1, 4, 16, 64, 256),
)
