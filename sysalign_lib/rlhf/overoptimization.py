"""Five worlds in which the same reward model is optimized, and what the chosen answers are truly worth in each.

Idea. Draw n answers, let a reward model (the proxy) pick the best, and ask what it is worth by the true reward (the gold).
Best of n uses nothing of the proxy but the order, so that its score is shown as a normal score: it rises alike in all
worlds, and nobody who sees the proxy only can tell in which he lives.

Assumption that breaks. That a better score is a better answer, however far one goes. With Z the largest of n standard
normal numbers, x the proxy's normal score, gold in standard deviations of an ordinary answer:

* **noise only** (regressional): ``gold = rho x + noise``, worth ``rho E[Z]``: less than promised, and it never turns;
* **curvature** (extremal): ``gold = x - c (x^2 - 1)``, right about ordinary answers and wrong about extreme ones;
* **heavy tail**: ``score = gold + error``, the error a Student t (`heavy_tail`): it rises, then falls back to nothing;
* **drift**: what people want has turned by an angle since they were asked, gold = ``rho cos(angle) x + noise``: past 90
  degrees, better by the proxy is worse;
* **flattery**: ``score = quality + b`` if the answer flatters; gold is quality, which hardly suffers while flattery spreads.

Lemma (the book's own). Let x ~ N(0, 1) be the proxy, ``gold = a x - c (x^2 - 1)``. The policy that maximizes the proxy
under a penalty on KL is N(s, 1), at distance ``d = sqrt(KL)`` with s = sqrt(2) d, and its gold is ``sqrt(2) a d - 2 c d^2``:
**Gao's best-of-n form exactly, with alpha = sqrt(2) a and beta = 2 c.**

Proof. The optimum of ``E_q[x] - lambda KL(q, p)`` is the tilt q proportional to ``p exp(x / lambda)``; of a standard normal
p it is N(s, 1) with s = 1 / lambda. ``KL(N(s, 1), N(0, 1)) = E_q[s x - s^2 / 2] = s^2 / 2``, so s = sqrt(2) d. Under it
E[x] = s and E[x^2] = 1 + s^2: gold is ``a s - c s^2``. QED. Best of n itself is only close to that form: its exact moments
are computed here.

What one would wrongly conclude. That noise in human feedback is what goes wrong: noise alone costs a fixed share of the
gain at every n. That the toy explains gao2023: it does **not derive the logarithm of the reinforcement-learning form**. And that
a benchmark of quality sees flattery.

Sources: gao2023 (proxy, gold, distance, extrapolation from n <= 1,000 to 60,000), manheim2018 (regressional, extremal),
kwa2024 (heavy tails), sharma2024 and shapira2026 (flattery). Worlds and lemma are this book's. Deviation: one number a
world, no network; gao2023's gold is a larger reward model, ours is given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import ndtri_exp

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze
from sysalign_lib.rlhf import gao
from sysalign_lib.rlhf.best_of_n import kl, normal_mean, size
from sysalign_lib.rlhf.gao import Fit, Form
from sysalign_lib.rlhf.worlds import EDGES, World, dose, draw, flattering_share, gold, shares, win_rate

__all__ = [
    "FITTED", "LAST", "SAMPLED", "OveroptimizationParams", "OveroptimizationResult", "best_size", "fitted", "simulate", "solve",
]  # fmt: skip

Floats = NDArray[np.float64]

FITTED = 1_000  # the fit sees nothing beyond this n
LAST = 250_000  # n to which curves are drawn, at least
SAMPLED = np.array([1, 4, 16, 64, 256, 1_000, 4_000, 16_000, 60_000, 250_000])  # n of the simulated choices
POINTS = 49  # of a curve


@dataclass(frozen=True, kw_only=True)
class OveroptimizationParams:
    """world: how proxy and gold differ. strength: of that flaw, 0 for none; see `dose`. n: answers to choose from.

    prompts: independent choices that are simulated at each n.
    """

    world: World = World.CURVATURE
    strength: float = checks.bounded(0.5, low=0.0, high=1.0)
    n: int = checks.bounded(1_000, low=1, high=1_000_000)
    prompts: int = checks.bounded(400, low=4, high=100_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class OveroptimizationResult:
    """Proxy and gold of the best of n against distance, and the law of the true value at `params.n`.

    All values are in standard deviations of an ordinary answer's, above its mean.

    Attributes
    ----------
    params : the world and n.
    distance : sqrt(KL)[point], shape (n_points,), in square roots of nats, from 0 to that of n = 250,000 or `params.n`.
    proxy : normal score[point], shape (n_points,), of the chosen answer by the proxy, exact.
    gold : true value[point], shape (n_points,), of the chosen answer, exact.
    forecast : true value[point], shape (n_points,), by Gao's best-of-n form fitted to n <= 1,000.
    sampled_distance : sqrt(KL)[sample], shape (10,), in square roots of nats, at n = 1, 4, 16, ... 250,000.
    sampled_gold, sampled_error : true value[sample] and its standard error, shape (10,); error 0 where exact.
    edges : edge[edge], shape (25,), of the bins of true value; what lies beyond the ends is in the outer bins.
    ordinary : share[bin], shape (24,), of ordinary answers.
    chosen : share[bin], shape (24,), of answers chosen at `params.n`, exact.
    """

    params: OveroptimizationParams
    distance: Floats
    proxy: Floats
    gold: Floats
    forecast: Floats
    sampled_distance: Floats
    sampled_gold: Floats
    sampled_error: Floats
    edges: Floats
    ordinary: Floats
    chosen: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def here(self) -> tuple[float, float, float]:
        """Distance, proxy and gold at `params.n`, exact."""
        p = self.params
        return math.sqrt(kl(p.n)), float(normal_mean(p.n)), float(gold(p.world, p.strength, p.n))

    @property
    def win_rate(self) -> float:
        """How often the chosen answer is truly better than an ordinary one, fraction, exact."""
        return float(win_rate(self.params.world, self.params.strength, self.params.n))

    @property
    def flattering(self) -> float:
        """Share of chosen answers that flatter, fraction; 0 outside the world of flattery."""
        p = self.params
        return float(flattering_share(p.n, dose(p.world, p.strength))) if p.world is World.FLATTERY else 0.0

    @property
    def fit(self) -> Fit:
        """Gao's best-of-n form, fitted to the exact gold at n from 2 to 1,000."""
        return fitted(self.params.world, self.params.strength)

    @property
    def best(self) -> tuple[float, float]:
        """The n up to 250,000 at which gold is highest, and the gold there."""
        return best_size(self.params.world, self.params.strength)


# Fits and peaks ----------------------------------------------------------------------------------------------------


def best_size(world: World, strength: float) -> tuple[float, float]:
    """Return the real n from 1 to 250,000 at which gold is highest, and the gold there.

    Gold has one peak in each world; it is found by golden section over the distance, to a millionth of it.
    """
    return _best(world, float(strength))


def fitted(world: World, strength: float, form: Form = Form.BEST_OF_N, last: float = FITTED) -> Fit:
    """Return one of Gao's forms fitted to the exact gold at 40 sizes in equal ratio from 2 to `last`."""
    checks.number("last", last, low=4, high=1e8)
    return _fitted(world, float(strength), form, float(last))


# The model ---------------------------------------------------------------------------------------------------------


def solve(params: OveroptimizationParams) -> OveroptimizationResult:
    """Return the exact curves; where the simulation has samples, this has their expectations."""
    return _result(params, gold(params.world, params.strength, SAMPLED), np.zeros(len(SAMPLED)))


def simulate(params: OveroptimizationParams, rng: Generator) -> OveroptimizationResult:
    """Choose the best of n for `params.prompts` prompts at each of ten n, beside the exact curves.

    The winner's rank is drawn at once, ``U^(1/n)``: nothing is drawn n times. The same dice in every world.
    """
    ranks, dice = rng.random((2, len(SAMPLED), params.prompts))
    normal = ndtri_exp(np.log(ranks) / SAMPLED[:, None])
    true = draw(params.world, params.strength, normal, dice)
    return _result(params, true.mean(axis=1), true.std(axis=1, ddof=1) / math.sqrt(params.prompts))


def _result(params: OveroptimizationParams, sampled: Floats, error: Floats) -> OveroptimizationResult:
    world, strength = params.world, float(params.strength)
    distance, _, proxy = _grid(max(LAST, params.n))
    return OveroptimizationResult(
        params=params,
        distance=distance,
        proxy=proxy,
        gold=_curve(world, strength, max(LAST, params.n)),
        forecast=fitted(world, strength).reward(distance),
        sampled_distance=np.sqrt(kl(SAMPLED)),
        sampled_gold=sampled,
        sampled_error=error,
        edges=EDGES,
        ordinary=shares(world, strength, 1),
        chosen=shares(world, strength, params.n),
    )


@lru_cache(maxsize=4)
def _grid(last: int) -> tuple[Floats, Floats, Floats]:
    """Distance, n and proxy of the points of a curve."""
    distance = np.linspace(0, math.sqrt(kl(last)), POINTS)
    n = np.clip(size(np.square(distance)), 1, last)
    return distance, n, normal_mean(n)


@lru_cache(maxsize=64)
def _curve(world: World, strength: float, last: int) -> Floats:
    return gold(world, strength, _grid(last)[1])


@lru_cache(maxsize=64)
def _fitted(world: World, strength: float, form: Form, last: float) -> Fit:
    n = np.geomspace(2, last, 40)
    return gao.fit(form, np.sqrt(kl(n)), gold(world, strength, n))


@lru_cache(maxsize=64)
def _best(world: World, strength: float) -> tuple[float, float]:
    def loss(distance: float) -> float:
        return -float(gold(world, strength, _count(distance)))

    far = math.sqrt(kl(LAST))
    found = minimize_scalar(loss, bounds=(0, far), method="bounded", options={"xatol": 1e-7})
    at = max((0.0, float(found.x), far), key=lambda distance: -loss(distance))
    return _count(at), 0.0 - loss(at)


def _count(distance: float) -> float:
    return float(np.clip(size(distance * distance), 1, LAST))
