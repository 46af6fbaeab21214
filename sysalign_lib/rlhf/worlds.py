"""The exact laws of the five worlds of `sysalign_lib.rlhf.overoptimization`: how often what is chosen is worth how much.

Idea. In each world the answer with the highest score out of n has a true value whose law is one integral at most two deep,
so that nothing has to be drawn n times. The essay on what the worlds mean, and the lemma, stand with the model.

Units: true values in standard deviations of an ordinary answer's; n may be any real number from 1 to 1e8.

Sources: gao2023 (best of n), manheim2018 (regressional, extremal), kwa2024 (heavy tails), sharma2024 and shapira2026
(flattery). The worlds' formulas are this book's.
"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import cosdg, expit, log_ndtr, ndtr, ndtri

from sysalign_lib.core import checks
from sysalign_lib.rlhf import gao, heavy_tail
from sysalign_lib.rlhf.best_of_n import expect, normal_mean, normal_square

__all__ = [
    "EDGES", "World", "curvature_gold", "dose", "draw", "flattering_share", "flattery_quality", "gold", "shares",
    "tilted_curvature", "tilted_flattery", "win_rate",
]  # fmt: skip

Floats = NDArray[np.float64]

RHO = 0.7  # correlation of proxy and gold before anything drifts
EDGES = np.arange(-6.0, 6.5, 0.5)  # of the bins of true value, in standard deviations; the outer ones are open
STEP = 1 / 32  # of the rule over quality
QUALITY = np.arange(-9 / STEP, 9 / STEP + 1) * STEP
FAR = 1e8  # n up to which quadrature is good


class World(StrEnum):
    """How the proxy differs from the gold."""

    NOISE = "noise only"
    CURVATURE = "curvature"
    HEAVY_TAIL = "heavy tail"
    DRIFT = "drift"
    FLATTERY = "flattery"


def dose(world: World, strength: float) -> float:
    """Return the number that a world's flaw is measured by, at a `strength` from 0 (no flaw) to 1.

    noise only: correlation rho of proxy and gold, ``1 - 0.6 strength``; curvature: c, ``0.3 strength``; heavy tail: degrees
    of freedom of the error's Student t, ``2 / strength``, at most 1e9 (normal); drift: angle in degrees, ``180 strength``;
    flattery: what flattering adds to the score, ``strength`` standard deviations of quality.
    """
    checks.choice("world", world, World)
    checks.number("strength", strength, low=0, high=1)
    match world:
        case World.NOISE:
            return 1 - 0.6 * strength
        case World.CURVATURE:
            return 0.3 * strength
        case World.HEAVY_TAIL:
            return 2 / max(strength, 2 / heavy_tail.LIGHT)
        case World.DRIFT:
            return 180 * strength
        case World.FLATTERY:
            return float(strength)


def gold(world: World, strength: float, n: ArrayLike) -> Floats:
    """Return what the best of n is truly worth, exact for real n from 1 to 1e8; shaped as `n`.

    Raises
    ------
    TypeError, ValueError : no `World`, a strength outside [0, 1] or an n outside [1, 1e8].
    """
    flaw = dose(world, strength)
    match world:
        case World.NOISE | World.DRIFT:
            return _correlation(world, flaw) * normal_mean(n)
        case World.CURVATURE:
            return curvature_gold(n, flaw)
        case World.HEAVY_TAIL:
            return heavy_tail.scores(flaw).mean(n)
        case World.FLATTERY:
            return flattery_quality(n, flaw)


def win_rate(world: World, strength: float, n: ArrayLike) -> Floats:
    """Return how often the best of n is truly better than one more ordinary answer; shaped as `n`.

    Judged by a proxy without flaw it would be ``n / (n + 1)``. Exact, but in the world of curvature, where the rule has an
    error of up to 1e-4.
    """
    flaw = dose(world, strength)
    match world:
        case World.NOISE | World.DRIFT:
            rho = _correlation(world, flaw)
            return expect(lambda z: ndtr(rho * z / math.sqrt(2 - rho * rho)), n)
        case World.CURVATURE:
            return expect(lambda z: _worse(z, flaw), n)
        case World.HEAVY_TAIL:
            return heavy_tail.scores(flaw).win_rate(n)
        case World.FLATTERY:
            return np.asarray(_flattery(n, flaw, 0.5).sum(axis=-2) @ ndtr(QUALITY))


def shares(world: World, strength: float, n: float) -> Floats:
    """Return the share[bin], shape (24,), of answers chosen as best of n whose true value lies in each bin of `EDGES`."""
    flaw = dose(world, strength)
    match world:
        case World.NOISE | World.DRIFT:
            return _between(_below_correlated(EDGES[1:-1], _correlation(world, flaw), n))
        case World.CURVATURE:
            return _between(_below_curved(EDGES[1:-1], flaw, n))
        case World.HEAVY_TAIL:
            return _binned(heavy_tail.VALUES, heavy_tail.scores(flaw).density(n))
        case World.FLATTERY:
            return _binned(QUALITY, _flattery(n, flaw, 0.5).sum(axis=-2) / STEP)


def curvature_gold(n: ArrayLike, curvature: float, slope: float = 1.0) -> Floats:
    """Return ``slope E[Z] - curvature (E[Z^2] - 1)``, Z the largest of n standard normal numbers; shaped as `n`."""
    return np.asarray(slope * normal_mean(n) - curvature * (normal_square(n) - 1))


def tilted_curvature(distance: ArrayLike, curvature: float, slope: float = 1.0) -> Floats:
    """Return the gold of the KL-regularized policy at `distance`: the lemma, ``sqrt(2) slope d - 2 curvature d^2``."""
    return gao.best_of_n_reward(distance, math.sqrt(2) * slope, 2 * curvature)


def flattery_quality(n: ArrayLike, bonus: float, share: float = 0.5) -> Floats:
    """Return the quality of the best of n by ``quality + bonus`` if the answer flatters, as `share` of all answers do.

    Exact for real n from 1 to 1e8; shaped as `n`.
    """
    return np.asarray(_flattery(n, bonus, share).sum(axis=-2) @ QUALITY)


def flattering_share(n: ArrayLike, bonus: float, share: float = 0.5) -> Floats:
    """Return the share of chosen answers that flatter, where `share` of all answers do; shaped as `n`."""
    return np.asarray(_flattery(n, bonus, share)[..., 1, :].sum(axis=-1))


def tilted_flattery(pressure: ArrayLike, bonus: ArrayLike, share: float = 0.5) -> Floats:
    """Return the share that flatters under the KL-regularized policy, ``sigmoid(logit share + pressure bonus)``.

    The tilt by ``exp(pressure (quality + bonus))`` acts on quality and on flattery separately: quality pays nothing.
    """
    checks.number("share", share, low=0, high=1, open_low=True, open_high=True)
    return np.asarray(expit(math.log(share / (1 - share)) + np.asarray(pressure) * np.asarray(bonus)))


def draw(world: World, strength: float, normal: Floats, dice: Floats) -> Floats:
    """Return true values of answers with these normal scores by the proxy; one uniform number each settles the rest."""
    flaw = dose(world, strength)
    match world:
        case World.NOISE | World.DRIFT:
            rho = _correlation(world, flaw)
            return np.asarray(rho * normal + math.sqrt(1 - rho * rho) * ndtri(dice))
        case World.CURVATURE:
            return np.asarray(normal - flaw * (np.square(normal) - 1))
        case World.HEAVY_TAIL:
            return heavy_tail.scores(flaw).draw(normal, dice)
        case World.FLATTERY:
            score = _flattering_score(normal, flaw)
            flatters = dice < expit(flaw * (score - flaw / 2))
            return np.asarray(score - flaw * flatters)


# Parts of the laws -------------------------------------------------------------------------------------------------


def _correlation(world: World, flaw: float) -> float:
    """Of proxy and gold; exactly 0 at a right angle."""
    return flaw if world is World.NOISE else RHO * float(cosdg(flaw)) + 0.0


def _worse(z: Floats, curvature: float) -> Floats:
    """Share of ordinary answers that are worth less than one of proxy z; gold is the same at z and at its mirror image."""
    if curvature < 1e-6:  # the vertex lies where no answer is
        return np.asarray(ndtr(z))
    mirror = 1 / curvature - z
    return np.asarray(ndtr(np.minimum(z, mirror)) + ndtr(-np.maximum(z, mirror)))


def _below_curved(value: Floats, curvature: float, n: float) -> Floats:
    """Probability that the best of n is worth less than `value`: its proxy lies outside the two roots."""
    if curvature >= 1e-6:
        value = np.minimum(value, curvature + 1 / (4 * curvature))  # nothing is worth more than the vertex
    root = np.sqrt(np.maximum(1 - 4 * curvature * (value - curvature), 0))
    low = 2 * (value - curvature) / (1 + root)
    high = np.full(value.shape, np.inf) if curvature < 1e-6 else (1 + root) / (2 * curvature)
    return np.asarray(np.exp(n * log_ndtr(low)) - np.expm1(n * log_ndtr(high)))


def _below_correlated(value: Floats, rho: float, n: float) -> Floats:
    """Probability that the best of n is worth less than `value`; summed over proxy or noise, whichever is smooth."""
    spread = math.sqrt(1 - rho * rho)
    if abs(rho) < 0.6:

        def below(at: float) -> float:
            return float(expect(lambda z: ndtr((at - rho * z) / spread), n))

        return np.array([below(at) for at in value.tolist()])
    noise = np.arange(-8, 8.01, 1 / 16)
    under = np.exp(n * log_ndtr((value[:, None] - spread * noise) / rho))
    weights = np.exp(-0.5 * noise**2) / (16 * math.sqrt(2 * math.pi))
    return np.asarray((under if rho > 0 else 1 - under) @ weights)


def _flattery(n: ArrayLike, bonus: float, share: float) -> Floats:
    """Weight[..., flatters, quality] of the best of n, leading axes as `n`; a trapezoidal rule over quality."""
    checks.number("bonus", bonus, low=0, high=5)
    checks.number("share", share, low=0, high=1)
    count = checks.array("n", n, (None,) * np.ndim(n), low=1, high=FAR)[..., None, None]
    score = QUALITY + np.array([[0.0], [bonus]])
    below, above = (share * ndtr(side * (score - bonus)) + (1 - share) * ndtr(side * score) for side in (1, -1))
    log_below = np.where(below < 0.5, np.log(below), np.log1p(-np.minimum(above, 0.5)))
    density = np.exp(-0.5 * QUALITY**2) * np.array([[1 - share], [share]]) * (STEP / math.sqrt(2 * math.pi))
    return np.asarray(count * density * np.exp((count - 1) * log_below))


def _flattering_score(normal: Floats, bonus: float) -> Floats:
    """Score of an answer whose score has this normal score, where half of all answers flatter; read off a table."""
    score = np.arange(-9, 9 + bonus, 1 / 64)
    above, below = ndtr(bonus - score) + ndtr(-score), ndtr(score - bonus) + ndtr(score)
    table = np.where(above < below, -ndtri(above / 2), ndtri(below / 2))
    return np.asarray(np.interp(normal, table, score))


def _between(below: Floats) -> Floats:
    return np.diff(below, prepend=0, append=1)


def _binned(value: Floats, density: Floats) -> Floats:
    """Share[bin] by Simpson's rule within each bin; what is left is beyond the last edge or the first."""
    step = value[1] - value[0]
    each, first = round(0.5 / step), round((EDGES[0] - value[0]) / step)
    rule = np.append(np.tile([2.0, 4.0], each // 2), 1.0) * step / 3
    rule[0] = step / 3
    windows = first + each * np.arange(len(EDGES) - 1)[:, None] + np.arange(each + 1)
    share = density[windows] @ rule
    share[-1 if value @ density > 0 else 0] += max(1 - share.sum(), 0)
    return np.asarray(share)
