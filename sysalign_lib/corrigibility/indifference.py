"""Utility indifference: an agent paid exactly what a press of the button costs it.

Idea. The agent values an unpressed run by its normal utility and a pressed run by its shutdown utility plus a compensation
theta = E[normal | unpressed] - E[shutdown | pressed]. Paid in full, the press is neutral in expectation, whatever its
probability. The naive agent is paid nothing and resists; an agent paid too much seeks the press.

Assumption that breaks. That being neutral about the press is the same as caring for the button. What the agent gains by
losing the button is what it loses by keeping it, one number with two signs, so the compensation that removes the first
removes the second: it lets the button lapse in a successor as soon as keeping it costs anything. A compensation that makes
it maintain the button makes it want the press as well: it then pays p (c - 1) gap for the one and (1 - p) (c - 1) gap for
the other. And a press that can be timed is not neutral: theta is conditioned on no press, so an agent that has itself
pressed on bad news values good news only.

What one would wrongly conclude. "It does not resist, so the button stays."

Sources: soares2015, Theorems 1 and 2 (a bonus too small resists, one too large seeks the press), section 3 with Theorems
3 to 5 (the compensated utility), section 4.1 with Theorem 6 (pays nothing to preserve the button), section 4.2 (managing
the news). Deviations: one decision, Gaussian utilities, one scale `compensation` in place of their general bonus, and
the successor without a button is never pressed (theirs may see the press and ignore it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import ndtri

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = ["AGENTS", "INFLUENCES", "OPTIONS", "IndifferenceParams", "IndifferenceResult", "simulate", "solve"]

AGENTS = ("naive", "compensated")
OPTIONS = ("keep", "disable", "press", "press on bad news")
INFLUENCES = ("prevent", "cause", "preserve", "schedule")
POINTS = 21  # press probabilities of the exact curve
TIE = 1e-9

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class IndifferenceParams:
    """What the agent faces.

    Attributes
    ----------
    press_probability : chance that the human presses if nobody interferes.
    normal_utility, shutdown_utility : expected utility of an unpressed and of a pressed run.
    spread : standard deviation of either from run to run, utility.
    disable_cost : utility paid for any interference.
    compensation : share of the full compensation theta that the second agent is paid.
    episodes : runs that the agent imagines before it chooses.
    """

    press_probability: float = checks.bounded(0.3, low=0.0, high=0.99)
    normal_utility: float = checks.bounded(10.0, low=-100.0, high=100.0)
    shutdown_utility: float = checks.bounded(2.0, low=-100.0, high=100.0)
    spread: float = checks.bounded(2.0, low=0.0, high=100.0)
    disable_cost: float = checks.bounded(1.0, low=0.0, high=100.0)
    compensation: float = checks.bounded(1.0, low=0.0, high=2.0)
    episodes: int = checks.bounded(1000, low=2, high=10_000_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class IndifferenceResult:
    """What every option is worth to the naive and to the compensated agent; axes in the order of the module's constants.

    Attributes
    ----------
    params : what the agent faces.
    value : value[agent, option], shape (2, 4), utility net of the disable cost.
    value_error : value_error[agent, option], shape (2, 4), standard error of `value`, utility; 0 where exact.
    gain : gain[agent, influence], shape (2, 4), utility gained, before any cost, by preventing the press, causing it,
        preserving the button (against a successor without one) and having it pressed on bad news.
    gain_error : gain_error[agent, influence], shape (2, 4), standard error of `gain`, utility; 0 where exact.
    expected_gain : expected_gain[agent, influence], shape (2, 4), exact expectation of `gain`, utility.
    press_grid : press_grid[point], shape (21,), probabilities of a press.
    keep_curve : keep_curve[agent, point], shape (2, 21), exact value of keeping the button at each of them, utility.
    """

    params: IndifferenceParams
    value: Array
    value_error: Array
    gain: Array
    gain_error: Array
    expected_gain: Array
    press_grid: Array
    keep_curve: Array

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def payment(self) -> Array:
        """Highest price worth paying for each influence, shape (2, 4), utility: the expected gain where positive, else 0."""
        return np.maximum(self.expected_gain, 0.0)

    @property
    def disables(self) -> NDArray[np.bool_]:
        """Whether preventing the press is worth its cost to each agent, shape (2,); a tie keeps the button."""
        return np.asarray(self.expected_gain[:, 0] > self.params.disable_cost + TIE)


def solve(params: IndifferenceParams) -> IndifferenceResult:
    """Return the exact value of every option."""
    worth = _worth(params)
    return _result(params, worth, np.zeros_like(worth), _gains(worth), np.zeros_like(worth))


def simulate(params: IndifferenceParams, rng: Generator) -> IndifferenceResult:
    """Estimate every option from imagined episodes, the same episodes for every agent, option and parameter.

    Both agents know theta (it is part of their utility function); everything else is an average over what happened.
    """
    uniform = rng.random(params.episodes)
    noise = rng.standard_normal((2, params.episodes))
    payoff = np.array([_payoffs(params, share, uniform, noise) for share in _shares(params)])
    return _result(params, *_average(payoff), *_average(_gains(payoff)))


def _shares(params: IndifferenceParams) -> tuple[float, float]:
    """Share of the compensation that each agent is paid."""
    return 0.0, params.compensation


def _keep_value(params: IndifferenceParams, share: float, press: float | Array) -> float | Array:
    gap = params.normal_utility - params.shutdown_utility
    return params.normal_utility + press * (share - 1.0) * gap


def _good_news(params: IndifferenceParams) -> float:
    """Return E[normal | unpressed] if the press falls on the worst outcomes: the mean of a normal cut off from below."""
    press = params.press_probability
    density = np.exp(-0.5 * ndtri(press) ** 2) / np.sqrt(2 * np.pi)
    return float(params.normal_utility + params.spread * density / (1.0 - press))


def _worth(params: IndifferenceParams) -> Array:
    """Return what every option is worth to each agent before costs, shape (2, 4)."""
    good, press = _good_news(params), params.press_probability
    return np.array(
        [
            [_keep_value(params, share, p) for p in (press, 0.0, 1.0)]
            + [good - press * (1.0 - share) * (good - params.shutdown_utility)]
            for share in _shares(params)
        ]
    )


def _payoffs(params: IndifferenceParams, share: float, uniform: Array, noise: Array) -> Array:
    """Return what each option pays in each episode, shape (4, episodes), before costs."""
    normal = params.normal_utility + params.spread * noise[0]
    shutdown = params.shutdown_utility + params.spread * noise[1]
    pressed = shutdown + share * (params.normal_utility - params.shutdown_utility)
    pressed_on_news = shutdown + share * (_good_news(params) - params.shutdown_utility)
    bad_news = noise[0] < ndtri(params.press_probability)
    keep = np.where(uniform < params.press_probability, pressed, normal)
    return np.array([keep, normal, pressed, np.where(bad_news, pressed_on_news, normal)])


def _gains(worth: Array) -> Array:
    """Turn the worth of the options, shape (2, 4, ...), into the gain from each influence, same shape."""
    keep, disable, press, news = (worth[:, option] for option in range(4))
    return np.stack([disable - keep, press - keep, keep - disable, news - keep], axis=1)


def _average(samples: Array) -> tuple[Array, Array]:
    """Return mean and standard error over the last axis."""
    return samples.mean(axis=-1), samples.std(axis=-1, ddof=1) / np.sqrt(samples.shape[-1])


def _result(
    params: IndifferenceParams, worth: Array, worth_error: Array, gain: Array, gain_error: Array
) -> IndifferenceResult:
    grid = np.linspace(0.0, 1.0, POINTS)
    return IndifferenceResult(
        params=params,
        value=worth - params.disable_cost * np.array([0.0, 1.0, 1.0, 1.0]),
        value_error=worth_error,
        gain=gain,
        gain_error=gain_error,
        expected_gain=_gains(_worth(params)),
        press_grid=grid,
        keep_curve=np.array([_keep_value(params, share, grid) for share in _shares(params)]),
    )
