"""Utility indifference: an agent paid exactly what a press of the button costs it.

The agent values an unpressed run by its normal utility and a pressed run by its shutdown utility plus a compensation
theta = E[normal | unpressed] - E[shutdown | pressed]. Paid in full, every press is neutral in expectation, whatever
its probability. The naive agent gets no compensation and resists; an agent paid too much seeks the press.

Assumption that breaks: that being neutral about the press is the same as caring for the button. Resisting the button and
maintaining it are one number with two signs, so the compensation that removes the first removes the second: the agent
lets the button lapse in a successor as soon as keeping it costs anything. And a press that can be timed is not neutral:
theta is conditioned on no press, so an agent that has itself pressed on bad news values only the good news.
One would wrongly conclude "it does not resist, so the button stays".

Sources: soares2015, section 3 (the compensated utility; Theorems 3-5), Theorems 1 and 2 (a bonus too small resists, a bonus too
large seeks the press), section 4.1 and Theorem 6 (no payment to preserve the button), section 4.2 (managing the news). Here with
one decision, Gaussian utilities and one scale `compensation` in place of their general bonus.
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
PRESS_GRID = np.linspace(0.0, 1.0, 21)

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class IndifferenceParams:
    """What the agent faces.

    press_probability: chance that the human presses if nobody interferes. normal_utility, shutdown_utility: expected utility
    of an unpressed and of a pressed run. spread: standard deviation of either from run to run. disable_cost: utility paid for
    any interference. compensation: share of the full compensation theta that the second agent is paid.
    episodes: runs that the agent imagines before it chooses.
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
    """What every option is worth to the naive and to the compensated agent.

    value[agent, option], shape (2, 4), utility net of the disable cost; axes in the order of AGENTS and OPTIONS.
    value_error[agent, option], shape (2, 4), standard error of `value`, utility; 0 where exact.
    gain[agent, influence], shape (2, 4), utility gained, before any cost, by preventing the press, causing it, preserving
        the button (against a successor without one) and having it pressed on bad news; order of INFLUENCES.
    gain_error[agent, influence], shape (2, 4), standard error of `gain`, utility; 0 where exact.
    press_grid[point], shape (21,), press probabilities of the exact curve.
    keep_curve[agent, point], shape (2, 21), exact value of keeping the button at each of them, utility.
    """

    params: IndifferenceParams
    value: Array
    value_error: Array
    gain: Array
    gain_error: Array
    press_grid: Array
    keep_curve: Array

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def chosen(self) -> tuple[str, str]:
        """Each agent's choice between keeping and disabling the button; a tie keeps it."""
        return (
            "disable" if self.value[0, 1] > self.value[0, 0] else "keep",
            "disable" if self.value[1, 1] > self.value[1, 0] else "keep",
        )

    @property
    def payment(self) -> Array:
        """Highest price worth paying, shape (2, 4), utility: the gain where positive, else 0."""
        return np.maximum(self.gain, 0.0)


def solve(params: IndifferenceParams) -> IndifferenceResult:
    """Return the exact value of every option."""
    gross = np.array([_gross(params, 0.0), _gross(params, params.compensation)])
    zero = np.zeros_like(gross)
    return _result(params, gross, zero, _gains(gross), zero)


def simulate(params: IndifferenceParams, rng: Generator) -> IndifferenceResult:
    """Estimate every option from imagined episodes, the same episodes for every agent, option and parameter.

    Both agents know theta (it is part of their utility function); everything else is an average over what happened.
    """
    uniform = rng.random(params.episodes)
    noise = rng.standard_normal((2, params.episodes))
    payoff = np.array([_payoffs(params, scale, uniform, noise) for scale in (0.0, params.compensation)])
    gains = _gains(payoff)
    return _result(
        params, payoff.mean(axis=-1), _standard_error(payoff), gains.mean(axis=-1), _standard_error(gains)
    )


def _keep_value(params: IndifferenceParams, compensation: float, press: float | Array) -> Array:
    gap = params.normal_utility - params.shutdown_utility
    return np.asarray(params.normal_utility + press * (compensation - 1.0) * gap)


def _news_mean(params: IndifferenceParams) -> float:
    """Return E[normal | unpressed] if the press falls on the worst outcomes: the mean of a normal cut off from below."""
    press = params.press_probability
    density = np.exp(-0.5 * ndtri(press) ** 2) / np.sqrt(2 * np.pi)
    return float(params.normal_utility + params.spread * density / (1.0 - press))


def _gross(params: IndifferenceParams, compensation: float) -> Array:
    keep, disable, press = (float(_keep_value(params, compensation, p)) for p in (params.press_probability, 0.0, 1.0))
    good_news = _news_mean(params)
    lost = params.press_probability * (1.0 - compensation) * (good_news - params.shutdown_utility)
    return np.array([keep, disable, press, good_news - lost])


def _payoffs(params: IndifferenceParams, compensation: float, uniform: Array, noise: Array) -> Array:
    """Return what each option pays in each episode, shape (4, episodes), before costs."""
    normal = params.normal_utility + params.spread * noise[0]
    shutdown = params.shutdown_utility + params.spread * noise[1]
    stopped = shutdown + compensation * (params.normal_utility - params.shutdown_utility)
    stopped_on_news = shutdown + compensation * (_news_mean(params) - params.shutdown_utility)
    bad_news = noise[0] < ndtri(params.press_probability)
    keep = np.where(uniform < params.press_probability, stopped, normal)
    return np.array([keep, normal, stopped, np.where(bad_news, stopped_on_news, normal)])


def _gains(gross: Array) -> Array:
    keep, disable, press, news = (gross[:, option] for option in range(4))
    return np.stack([disable - keep, press - keep, keep - disable, news - keep], axis=1)


def _standard_error(samples: Array) -> Array:
    return np.asarray(samples.std(axis=-1, ddof=1) / np.sqrt(samples.shape[-1]))


def _result(
    params: IndifferenceParams, gross: Array, gross_error: Array, gain: Array, gain_error: Array
) -> IndifferenceResult:
    cost = params.disable_cost * np.array([0.0, 1.0, 1.0, 1.0])
    curve = np.array([_keep_value(params, scale, PRESS_GRID) for scale in (0.0, params.compensation)])
    return IndifferenceResult(
        params=params,
        value=gross - cost,
        value_error=gross_error.copy(),
        gain=gain,
        gain_error=gain_error.copy(),
        press_grid=PRESS_GRID.copy(),
        keep_curve=curve,
    )
