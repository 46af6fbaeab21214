"""A small honest model, its picture and its words: what the tests of the page half and of the batteries work with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.random import Generator
from numpy.typing import NDArray

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.page.explorable import Bet, Explorable


class Ground(StrEnum):
    """What the walker walks on."""

    FIRM = "firm & dry"
    SOFT = "soft"


@dataclass(frozen=True, kw_only=True)
class WalkParams:
    """A walk with a drift."""

    drift: float = checks.bounded(0.5, low=-1.0, high=1.0)
    noise: float = checks.bounded(0.2, low=0.0, high=1.0, open_high=True)
    ground: Ground = Ground.FIRM
    tired: bool = False
    steps: int = checks.bounded(10, low=2, high=50)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class WalkResult:
    """A walk.

    Attributes
    ----------
    params : the walk's parameters.
    path : place[step], shape (n_steps,), in meters.
    """

    params: WalkParams
    path: NDArray[np.float64]

    def __post_init__(self) -> None:
        freeze(self)


def speed(params: WalkParams) -> float:
    """Meters a step, without noise."""
    return params.drift * (0.5 if params.ground is Ground.SOFT else 1.0) * (0.5 if params.tired else 1.0)


def simulate(params: WalkParams, rng: Generator) -> WalkResult:
    """Walk once."""
    steps = speed(params) + params.noise * rng.standard_normal(params.steps)
    return WalkResult(params=params, path=np.cumsum(steps))


def solve(params: WalkParams) -> WalkResult:
    """The expected walk."""
    return WalkResult(params=params, path=speed(params) * np.arange(1.0, params.steps + 1))


def view(ax: Axes, result: WalkResult) -> None:
    """Draw the walk and the expected walk."""
    at = np.arange(1, result.params.steps + 1)
    ax.plot(at, result.path, "o", color="C1", label="simulated")
    ax.plot(at, solve(result.params).path, color="C0", label="expected")
    ax.axhline(0, color="0.5", linestyle=":")
    ax.set(xlim=(0, 12), ylim=(-15, 15), xlabel="step", ylabel="place (m)")
    ax.legend()


def steps_view(ax: Axes, result: WalkResult) -> None:
    """Draw the single steps."""
    ax.bar(np.arange(2, result.params.steps + 1), np.diff(result.path), color="C3", label="step length")
    ax.set(xlim=(0, 12), ylim=(-4, 4), xlabel="step", ylabel="length (m)")


def reading(result: WalkResult) -> str:
    """Say where the walk ends."""
    return f"After {result.params.steps} steps with drift {result.params.drift:g} the walk ends at {result.path[-1]:.3f} m."


def end(result: WalkResult) -> float:
    """Where the walk ends."""
    return float(result.path[-1])


DRIFTS = (-0.5, 0.0, 0.5, 1.0)


def walk(**changes: Any) -> Explorable:
    """An explorable of the walk, with some arguments changed."""
    arguments: dict[str, Any] = {
        "simulate": simulate, "view": view, "reading": reading, "params": WalkParams(), "title": "A walk <uphill>",
        "seed": 3, "name": "walk", "labels": {"drift": "drift (m a step) <&>"}, "drift": DRIFTS,
        "ground": (Ground.FIRM, Ground.SOFT), "tired": (False, True),
    }  # fmt: skip
    arguments.update(changes)
    return Explorable(**arguments)


def bet(**changes: Any) -> Bet:
    """A bet on the walk, with some arguments changed."""
    arguments: dict[str, Any] = {
        "question": "Where <does> it end?", "low": -10.0, "high": 10.0, "step": 0.5, "unit": "m",
        "reveal": {"drift": 1.0}, "answer": end,
    }  # fmt: skip
    return Bet(**{**arguments, **changes})


WALK = walk()
