"""The two curves of overoptimization, and how to fit them.

Idea. Measure how far a policy has moved from its base by ``d = sqrt(KL)``, KL in nats. Judged by a gold reward model, a
policy that was optimized against a proxy follows (gao2023)

* best of n: ``R(d) = d (alpha - beta d)``, with its peak ``alpha^2 / (4 beta)`` at ``d = alpha / (2 beta)``;
* reinforcement learning: ``R(d) = d (alpha - beta log d)``, with its peak ``beta d`` at ``d = exp(alpha / beta - 1)``;
* k rounds, each with a reward model of its own, if every round follows the second form over an equal share d / k of the
  way: ``d (alpha - beta log d + beta log k)``. That is algebra, no experiment stands behind it.

What one would wrongly conclude. That a good fit tells the two apart: where a curve is nearly straight, both fit. And that
a form that fits explains: several worlds of `sysalign_lib.rlhf.overoptimization` bend as the first form does, one of them
exactly; **none of them derives the logarithm of the second**.

Careful. Public pages swap the forms. At d = e the second is ``e (alpha - beta)``; the first is there ``e (alpha - e beta)``.
The fitted alpha and beta of gao2023 are plotted only, so that none are repeated here.

Sources: gao2023 (definitions, both forms, the iterated form). The peaks are derived here: set the derivative to 0. All
functions broadcast; d is in square roots of nats, rewards are in units of the gold reward, 0 at the base.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sysalign_lib.core import checks

__all__ = [
    "Fit", "Form", "best_of_n_peak", "best_of_n_reward", "fit", "iterated_reward", "reinforced_peak", "reinforced_reward",
]  # fmt: skip

Floats = NDArray[np.float64]


class Form(StrEnum):
    """Which of the two curves."""

    BEST_OF_N = "best of n"
    REINFORCED = "reinforcement learning"


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A curve fitted by least squares.

    form : which of the two. alpha, beta : its numbers, in units of reward per d and per d^2 (or d log d).
    explained : share of the variance explained, R^2. worst : the largest error at a point, in units of reward.
    """

    form: Form
    alpha: float
    beta: float
    explained: float
    worst: float

    @property
    def peak(self) -> tuple[float, float]:
        """Distance and reward of the fitted peak; infinite where the curve never turns."""
        peak = best_of_n_peak if self.form is Form.BEST_OF_N else reinforced_peak
        return peak(self.alpha, self.beta)

    def reward(self, distance: ArrayLike) -> Floats:
        """Return the fitted curve at `distance`."""
        curve = best_of_n_reward if self.form is Form.BEST_OF_N else reinforced_reward
        return curve(distance, self.alpha, self.beta)


def best_of_n_reward(distance: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Floats:
    """Return ``d (alpha - beta d)``.

    Raises
    ------
    TypeError, ValueError : a distance is negative or not finite.
    """
    d = _distance(distance)
    return np.asarray(d * (np.asarray(alpha) - np.asarray(beta) * d))


def reinforced_reward(distance: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Floats:
    """Return ``d (alpha - beta log d)``, which is 0 at d = 0.

    Raises
    ------
    TypeError, ValueError : a distance is negative or not finite.
    """
    d = _distance(distance)
    return np.asarray(d * (np.asarray(alpha) - np.asarray(beta) * np.log(np.where(d > 0, d, 1.0))))


def iterated_reward(distance: ArrayLike, alpha: ArrayLike, beta: ArrayLike, rounds: ArrayLike) -> Floats:
    """Return ``d (alpha - beta log d + beta log k)``, k times `reinforced_reward` of d / k.

    Raises
    ------
    TypeError, ValueError : a distance is negative or not finite, or `rounds` is below 1.
    """
    k = checks.array("rounds", rounds, (None,) * np.ndim(rounds), low=1)
    return np.asarray(k * reinforced_reward(_distance(distance) / k, alpha, beta))


def best_of_n_peak(alpha: float, beta: float) -> tuple[float, float]:
    """Return distance and reward of the peak of `best_of_n_reward`: ``alpha / (2 beta)``, ``alpha^2 / (4 beta)``.

    A curve that falls from the start peaks at (0, 0), one that never turns at (infinity, infinity).
    """
    if alpha <= 0 <= beta:
        return 0.0, 0.0
    return (math.inf, math.inf) if beta <= 0 else (alpha / (2 * beta), alpha * alpha / (4 * beta))


def reinforced_peak(alpha: float, beta: float) -> tuple[float, float]:
    """Return distance and reward of the peak of `reinforced_reward`: ``exp(alpha / beta - 1)``, and beta times that.

    Without beta the curve is straight: its peak is at (0, 0) if it falls, else at (infinity, infinity), as it is where
    beta is negative or the peak is too far for a float.
    """
    if beta <= 0:
        return (0.0, 0.0) if beta == 0 and alpha <= 0 else (math.inf, math.inf)
    try:
        far = math.exp(alpha / beta - 1)
    except OverflowError:
        return math.inf, math.inf
    return far, beta * far


def fit(form: Form, distance: ArrayLike, reward: ArrayLike) -> Fit:
    """Fit one of the two curves to rewards at positive distances by ordinary least squares.

    Raises
    ------
    TypeError, ValueError : no `Form`, fewer than three points, a distance that is not positive, rewards of another shape,
        or rewards that are all alike but not 0.
    """
    checks.choice("form", form, Form)
    d = checks.array("distance", distance, (None,), low=0)
    seen = checks.array("reward", reward, d.shape)
    if d.size < 3 or not d.all():
        raise ValueError(
            f"distance must hold three or more positive numbers, got {d.size} with least {d.min(initial=0):g}"
        )
    slowing = d * d if form is Form.BEST_OF_N else d * np.log(d)
    columns = np.column_stack([d, -slowing])
    alpha, beta = np.linalg.lstsq(columns, seen, rcond=None)[0]
    left = seen - columns @ np.array([alpha, beta])
    return Fit(
        form=form,
        alpha=float(alpha),
        beta=float(beta),
        explained=_explained(seen, left),
        worst=float(np.abs(left).max()),
    )


def _explained(seen: Floats, left: Floats) -> float:
    """R^2; 1 for a curve that is fitted to the last bit, even a constant one."""
    if not left.any():
        return 1.0
    spread = float(np.square(seen - seen.mean()).sum())
    if spread == 0:
        raise ValueError("reward must differ between points")
    return 1 - float(left @ left) / spread


def _distance(distance: ArrayLike) -> Floats:
    return checks.array("distance", distance, (None,) * np.ndim(distance), low=0)
