"""More features than room: toy models of superposition, and a dictionary that was read off a snapshot.

Idea. A network reads n features through m < n hidden units and must give them back: ``h = W x``, ``x' = ReLU(W^T h + b)``,
with loss ``E sum_i I_i (x_i - x'_i)^2``. A feature is on with probability p (the density), and then uniform in [0, 1].
Column W_i is the arrow by which feature i is stored. Nothing is hidden: the weights are there to be read. If features are
rare, more of them than there are units are stored, at angles that let them disturb each other little: five in a plane make
a pentagon. If they are common, some are dropped. An interpreter reads off the arrows at one moment and writes a dictionary
of directions.

Assumption that breaks. A dictionary is true of the weights that it was read off. If the network goes on learning and the
density moves, arrows are dropped (words that name nothing) or new ones grow (features without a word). Nothing in the
snapshot says which: its future depends on the environment to come.

What one would wrongly conclude. That every change of the environment breaks a dictionary: a network keeps its arrows, even
where another arrangement would now be better, until the old one is no longer a minimum; and with the density unchanged the
dictionary stays true however long learning goes on. Nor does reading anew help where a feature has been dropped: what is
gone from the weights is in no dictionary. And that the exact boundary between phases says when a network changes: it says
where two losses are equal, not where a minimum ends.

**Dimensionality** (elhage2022): ``D_i = |W_i|^2 / sum_j (u_i . W_j)^2`` with u_i = W_i / \\|W_i\\|, the share of a dimension
that a feature has to itself. *Lemma: the D_i add up to at most the rank of W, hence to at most m.* Proof. Let M = W W^T.
Then ``D_i = (W_i . W_i)^2 / (W_i . M W_i)``. Since W_i lies in the range of M, ``(W_i . W_i)^2 = (M^(1/2) W_i . M^(-1/2)
W_i)^2 <= (W_i . M W_i) (W_i . M^+ W_i)`` by Cauchy and Schwarz, M^+ being the pseudo-inverse; so D_i is at most the leverage
``W_i . M^+ W_i``, and these add up to trace(M^+ M), the rank. QED. Unit vectors with M = (n / m) 1 (a tight frame) have
D_i = m / n exactly.

**Two features and one hidden unit**, importances 1 and r. Dedicated (only the first is stored, the second guessed): loss ``r
(p / 3 - p^2 / 4)``. Opposed (W = (1, -1), b = 0): ``(1 + r) p^2 / 6``. They are equal at ``p = 4 r / (2 + 5 r)``. The true
optimum over all four numbers moves away from both. It has (all ours, and computed) a jump at a somewhat larger density for
every r; above r = 0.55 the weaker arrow does not jump to 0 but to a faint one, which fades out at a second density, closed
form in `fade_ratio`. At r = 1 nothing happens at 4/7: the opposed pair shrinks, jumps at p = 0.706 to a lopsided pair, and
the second feature is never quite dropped.

**Rare features** (exactly one on, m = 2, b = 0): a regular k-gon of c features has ``L_k = [k a / (1 + a) + c - k] / (3
c)``, ``a = sum_j max(0, cos(2 pi j / k))^2``, arrows of squared length 1 / (1 + a). No search finds better
than the pentagon for c = 5 to 8, though a corner may be shared by arrows of one direction whose squared lengths add up.
Trained networks also move b, and their arrows are longer.

What is recorded. Networks of five features and two units, eight of them, learn at each of some densities, are read, and go
on at each of the others: minutes of work, done beforehand by ``python -m sysalign_lib.interpretability.superposition`` and
kept with their settings; so is the line of jumps. The tests make a small part again.

Sources: elhage2022 (the model, the dimensionality, pentagons, the diagram of two features), chen2023 (k-gons are critical
points of the loss for m = 2), kingma2015 (Adam, algorithm 1). The lemma, the closed forms of two features and of rare ones,
the fading line and the shifts are this book's. Deviations: Adam at a constant rate, since learning goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize

from sysalign_lib.core import checks
from sysalign_lib.core.recorded import keep, recall
from sysalign_lib.core.result import freeze

__all__ = [
    "DENSITIES", "MOMENTS", "SHORTEST", "STRONG", "Density", "PhasesParams", "PhasesResult", "ShiftParams", "ShiftResult",
    "SuperpositionParams", "SuperpositionResult", "antipodal_loss", "dedicated_loss", "descent", "dimensionality",
    "examples", "fade_ratio", "gradient", "guessing_loss", "jump_density", "named", "network_loss", "optimum",
    "pair_loss", "polygon", "polygon_loss", "record", "recorded", "recorded_jumps", "recorded_names", "shifts",
    "simulate", "solve_phases", "solve_shift", "sparse_loss", "sparse_minimum", "train", "unit_density",
]  # fmt: skip

Reals = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

FADING, SQUARED, TINY = 0.9, 0.999, 1e-8  # Adam's usual settings
NOTHING = 1e-12  # squared lengths and slopes below this are 0
SHORTEST = (
    0.5  # an arrow shorter than this is no word: alone, a network would give back less than a quarter of the feature
)
SHIFTS, JUMPS = "interpretability/superposition", "interpretability/superposition_jumps"
COMMAND = "python -m sysalign_lib.interpretability.superposition"


class Density(StrEnum):
    """Probability that a feature is on, of those recorded."""

    D02 = "0.02"
    D05 = "0.05"
    D10 = "0.1"
    D20 = "0.2"
    D30 = "0.3"
    D50 = "0.5"
    D90 = "0.9"


DENSITIES = tuple(Density)
SEEDS = tuple(range(8))
MOMENTS = (0, 100, 200, 400, 800, 1600, 4000)  # steps after the snapshot that are kept
STEPS, BATCH, RATE = 4000, 1024, 0.01
SETTINGS = (
    f"densities {', '.join(DENSITIES)}, seeds {SEEDS}, moments {MOMENTS}, steps {STEPS}, batch {BATCH}, rate {RATE}"
)
RATIOS = tuple(np.round(np.linspace(0.04, 1.0, 25), 2).tolist())  # of the line of jumps
JUMP_SETTINGS = f"ratios {RATIOS}, bisected 30 times"
CURVE = np.round(np.linspace(0.05, 1.0, 20), 2)  # densities of the curves of loss


# Geometry ----------------------------------------------------------------------------------------------------------


def dimensionality(weights: ArrayLike) -> Floats:
    """Return D[..., feature], a feature's share of a dimension, of arrows weights[..., unit, feature]; 0 for no arrow.

    elhage2022's definition; the arrows of one network add up to at most the rank of its weights.
    """
    arrows = np.asarray(weights, dtype=float)
    square = np.square(arrows).sum(axis=-2)
    spread = np.einsum("...mi,...mk,...ki->...i", arrows, arrows @ np.swapaxes(arrows, -1, -2), arrows, optimize=True)
    there = square > NOTHING
    return np.asarray(np.where(there, square**2 / np.where(there, spread, 1.0), 0.0))


def polygon(corners: int, features: int) -> Floats:
    """Return the best regular polygon, weights[unit, feature], shape (2, features): some features on it, the others at 0.

    Best for rare features and b = 0: squared length 1 / (1 + a).
    """
    _, length = _polygon(corners, features)
    turn = 2 * np.pi * np.arange(corners) / corners
    arrows = np.zeros((2, features))
    arrows[:, :corners] = np.sqrt(length) * np.array([np.cos(turn), np.sin(turn)])
    return arrows


def polygon_loss(corners: int, features: int) -> float:
    """Return ``L_k = [k a / (1 + a) + c - k] / (3 c)``, the loss of that polygon when exactly one feature is on."""
    overlap, length = _polygon(corners, features)
    return float((corners * overlap * length + features - corners) / (3 * features))


def sparse_loss(weights: ArrayLike) -> tuple[float, Floats]:
    """Return the loss with exactly one feature on and b = 0, and its slope[unit, feature], for weights[unit, feature].

    ``(1 / 3 c) sum_i [(1 - |W_i|^2)^2 + sum_{j != i} max(0, W_i . W_j)^2]``.
    """
    arrows = checks.array("weights", weights, (None, None))
    gram = arrows.T @ arrows
    pull = np.maximum(gram, 0.0)
    np.fill_diagonal(pull, np.diag(gram) - 1)
    scale = 1 / (3 * arrows.shape[1])
    return float(scale * np.square(pull).sum()), np.asarray(4 * scale * arrows @ pull)


def sparse_minimum(features: int, starts: int, rng: Generator) -> tuple[float, Floats]:
    """Return the least loss that a search from random arrows finds, and its weights[unit, feature], shape (2, features)."""
    checks.integer("features", features, low=1, high=100)
    checks.integer("starts", starts, low=1)

    def flat(place: Floats) -> tuple[float, Floats]:
        loss, slope = sparse_loss(place.reshape(2, features))
        return loss, slope.ravel()

    first = 0.7 * rng.standard_normal((starts, 2 * features))
    ends = [minimize(flat, one, jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9}) for one in first]
    best = min(ends, key=lambda end: float(end.fun))
    return float(best.fun), np.asarray(best.x).reshape(2, features)


def _polygon(corners: int, features: int) -> tuple[float, float]:
    """The overlap a of a corner with the others, and the best squared length."""
    checks.integer("features", features, low=1)
    checks.integer("corners", corners, low=1, high=features)
    overlap = np.square(np.maximum(np.cos(2 * np.pi * np.arange(1, corners) / corners), 0.0)).sum()
    return float(overlap), float(1 / (1 + overlap))


# Two features, one hidden unit --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PhasesParams:
    """density: probability that a feature is on. ratio: importance of the second feature, that of the first being 1."""

    density: float = checks.bounded(0.3, low=0.01, high=1.0)
    ratio: float = checks.bounded(0.5, low=0.04, high=1.0)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class PhasesResult:
    """What is best for two features and one hidden unit, here and along all densities at this ratio.

    Attributes
    ----------
    params : where the reader stands.
    line_ratio : importance ratio[line point], shape (n_line,).
    unit_density, jump_density : density[line point], shape (n_line,), at which the unit-length losses are equal, and at which
        the true optimum jumps.
    fade_density : density[fade point], shape (n_fade,), from where the two lines meet to 1.
    fade_ratio : importance ratio[fade point], shape (n_fade,), at which the faint second arrow has faded out.
    curve_density : density[curve point], shape (n_curve,).
    dedicated, antipodal, best, guessing : loss[curve point], shape (n_curve,), without unit: of the two closed forms, of the
        optimum, and of storing neither feature.
    losses : loss[(dedicated, opposed, optimum, guessing)], shape (4,), where the reader stands.
    found : (w1, w2, b1, b2), shape (4,), of the optimum where the reader stands, w1 at least 0.
    """

    params: PhasesParams
    line_ratio: Floats
    unit_density: Floats
    jump_density: Floats
    fade_density: Floats
    fade_ratio: Floats
    curve_density: Floats
    dedicated: Floats
    antipodal: Floats
    best: Floats
    guessing: Floats
    losses: Floats
    found: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def shorter(self) -> float:
        """Length of the shorter arrow of the optimum."""
        return float(np.abs(self.found[:2]).min())

    @property
    def shares(self) -> Floats:
        """loss[(dedicated, opposed, optimum)] where the reader stands, as a share of that of guessing."""
        return np.asarray(self.losses[:3] / self.losses[3])

    @property
    def curves(self) -> Floats:
        """loss[(dedicated, opposed, optimum), curve point], as a share of that of guessing."""
        return np.stack((self.dedicated, self.antipodal, self.best)) / self.guessing


def dedicated_loss(density: ArrayLike, ratio: ArrayLike) -> Floats:
    """Return the loss if only the first feature is stored and the second is guessed, ``r (p / 3 - p^2 / 4)``."""
    p = np.asarray(density, dtype=float)
    return np.asarray(np.asarray(ratio) * (p / 3 - p**2 / 4))


def antipodal_loss(density: ArrayLike, ratio: ArrayLike) -> Floats:
    """Return the loss of opposed arrows of length 1 with b = 0, ``(1 + r) p^2 / 6``."""
    return np.asarray((1 + np.asarray(ratio, dtype=float)) * np.square(density) / 6)


def guessing_loss(density: ArrayLike, ratio: ArrayLike) -> Floats:
    """Return the loss if neither feature is stored and both are guessed, ``(1 + r) (p / 3 - p^2 / 4)``."""
    return dedicated_loss(density, 1 + np.asarray(ratio, dtype=float))


def unit_density(ratio: ArrayLike) -> Floats:
    """Return the density at which those two losses are equal, ``4 r / (2 + 5 r)``."""
    r = np.asarray(ratio, dtype=float)
    return np.asarray(4 * r / (2 + 5 * r))


def fade_ratio(density: ArrayLike) -> Floats:
    """Return the importance ratio at which the dedicated arrangement stops being a minimum, by a faint opposed arrow.

    Expand the loss around W = (1, 0), b = (0, p / 2) to second order in w2 = -e, with w1 and b1 moving along in proportion.
    The second feature gains ``r V e^2``, V = p / 3 - p^2 / 4 its variance; the first loses ``C e^2``, where b1 = beta e and
    ``C = p [V + (beta - p / 2)^2 / 4] + (1 - p) [(1 - p) beta^2 + p beta^3 / 3]`` at the best beta, the positive root of
    ``p (beta - p / 2) / 2 + (1 - p) [2 (1 - p) beta + p beta^2] = 0``. The ratio is C / V.
    """
    p = checks.array("density", np.atleast_1d(density), (None,), low=1e-6, high=1.0).reshape(np.shape(density))
    square, line = (1 - p) * p, p / 2 + 2 * (1 - p) ** 2
    beta = p**2 / 2 / (line + np.sqrt(line**2 + square * p**2))
    variance = p / 3 - p**2 / 4
    cost = p * (variance + (beta - p / 2) ** 2 / 4) + (1 - p) * ((1 - p) * beta**2 + p * beta**3 / 3)
    return np.asarray(cost / variance)


def pair_loss(place: ArrayLike, density: ArrayLike, ratio: ArrayLike) -> tuple[Floats, Floats]:
    """Return the exact loss[...] of two features and one unit, and its slope[..., 4], at place[..., (w1, w2, b1, b2)].

    The integrals are piecewise polynomials of degree 3 at most: done in closed form over a feature's own value, and by two
    Gauss nodes a piece over the other's.
    """
    w1, w2, b1, b2 = np.moveaxis(np.asarray(place, dtype=float), -1, 0)
    p, r = np.asarray(density, dtype=float), np.asarray(ratio, dtype=float)
    first, second = (_own(w**2, w1 * w2, b, p) for w, b in ((w1, b1), (w2, b2)))
    cross = first[2] + r * second[2]
    slope = (2 * w1 * first[1] + w2 * cross, 2 * w2 * r * second[1] + w1 * cross, first[3], r * second[3])
    return np.asarray(first[0] + r * second[0]), np.stack(slope, axis=-1)


def optimum(density: ArrayLike, ratio: ArrayLike) -> tuple[Floats, Floats]:
    """Return the least loss[point] and its place[point, (w1, w2, b1, b2)] at density[point] and ratio[point], w1 >= 0.

    The best end of saddle-free Newton descents from five starts: the dedicated arrangement tilted either way, and pairs of
    unequal and equal arrows.
    """
    p, r = np.broadcast_arrays(np.atleast_1d(density).astype(float), np.atleast_1d(ratio).astype(float))
    p, r = checks.array("density", p, (None,), low=0, high=1), checks.array("ratio", r, (None,), low=0)
    starts = np.array([
        [np.ones_like(p), 0.1 * sign * np.ones_like(p), 0 * p, p / 2] for sign in (-1, 1)
    ] + [np.multiply.outer(pair, np.ones_like(p)) for pair in PAIRS])  # fmt: skip
    count = len(starts)
    loss, place = _descend(np.moveaxis(starts, 1, 2).reshape(-1, 4), np.tile(p, count), np.tile(r, count))
    best, here = loss.reshape(count, -1).argmin(axis=0), np.arange(p.size)
    place = place.reshape(count, -1, 4)[best, here]
    place[:, :2] *= np.where(place[:, :1] < 0, -1.0, 1.0)
    return loss.reshape(count, -1)[best, here], place


PAIRS = ((1.0, -0.8, 0.05, 0.1), (0.93, -0.5, 0.2, 0.45), (0.76, -0.76, 0.33, 0.33))
STRONG = 0.57  # at every ratio the shorter arrow jumps from more than 0.6 to less than 0.52


def jump_density(ratio: ArrayLike, halvings: int = 30) -> Floats:
    """Return the density[ratio] at which the true optimum jumps, by bisection on the length of its shorter arrow.

    Between 1 and 1.35 times `unit_density`, each halving one more binary digit.
    """
    r = checks.array("ratio", np.atleast_1d(ratio), (None,), low=0.01, high=1.0)
    checks.integer("halvings", halvings, low=1, high=60)
    low, high = unit_density(r), 1.35 * unit_density(r)
    for _ in range(halvings):
        middle = (low + high) / 2
        strong = np.abs(optimum(middle, r)[1][:, :2]).min(axis=1) > STRONG
        low, high = np.where(strong, middle, low), np.where(strong, high, middle)
    return np.asarray((low + high) / 2)


def solve_phases(params: PhasesParams) -> PhasesResult:
    """Return the lines, the losses along all densities at this ratio, and the optimum where the reader stands."""
    p, r = params.density, params.ratio
    ratios, jumps = recorded_jumps()
    fade, (best, places) = np.linspace(_meeting(), 1.0, 25), _curve(r)
    on = np.flatnonzero(np.equal(CURVE, p))
    loss, place = (best[on], places[on]) if len(on) else optimum(p, r)
    return PhasesResult(
        params=params, line_ratio=ratios, unit_density=unit_density(ratios), jump_density=jumps,
        fade_density=fade, fade_ratio=fade_ratio(fade), curve_density=CURVE.copy(),
        dedicated=dedicated_loss(CURVE, r), antipodal=antipodal_loss(CURVE, r), best=best.copy(),
        guessing=guessing_loss(CURVE, r), found=place[0].copy(),
        losses=np.array([dedicated_loss(p, r), antipodal_loss(p, r), loss[0], guessing_loss(p, r)]),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _curve(ratio: float) -> tuple[Floats, Floats]:
    """Least losses along the densities of the curves, and their places."""
    return optimum(CURVE, np.full(len(CURVE), ratio))


@lru_cache(maxsize=1)
def _meeting() -> float:
    """Density at which the line of fading leaves the line of jumps."""
    ratios, jumps = recorded_jumps()
    return float(brentq(lambda p: np.interp(p, jumps, ratios) - fade_ratio(p), 0.3, 0.65))


NODES = np.array([0.5 - 0.5 / np.sqrt(3), 0.5 + 0.5 / np.sqrt(3)])


def _own(a: Floats, c: Floats, b: Floats, p: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Loss of ``ReLU(a x + c y + b)`` as a guess of x, and its slopes by a, c and b."""
    y, weight = _pieces(a, c, b)
    offset = np.concatenate([c[..., None] * y + b[..., None], b[..., None]], axis=-1)
    loss, by_a, by_offset = _inner(a[..., None], offset)
    lit = np.maximum(offset, 0.0)
    none, one, both = (1 - p) ** 2, p * (1 - p), p * p

    def mean(values: Floats) -> Floats:
        return np.asarray((weight * values).sum(axis=-1))

    over, last = slice(None, -1), -1
    lit_y = lit[..., over]
    return (
        both * mean(loss[..., over]) + one * (loss[..., last] + mean(lit_y**2)) + none * lit[..., last] ** 2,
        both * mean(by_a[..., over]) + one * by_a[..., last],
        both * mean(y * by_offset[..., over]) + 2 * one * mean(y * lit_y),
        both * mean(by_offset[..., over]) + one * (by_offset[..., last] + 2 * mean(lit_y)) + 2 * none * lit[..., last],
    )


def _pieces(a: Floats, c: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Nodes[..., 6] and weights[..., 6] in y of three pieces, on each of which everything is a polynomial."""
    sloped = np.abs(c) > NOTHING
    cuts = [np.where(sloped, np.clip(-end / np.where(sloped, c, 1.0), 0, 1), 0.0) for end in (b, a + b)]
    edges = np.stack([np.zeros_like(a), np.minimum(*cuts), np.maximum(*cuts), np.ones_like(a)], axis=-1)
    width = np.diff(edges, axis=-1)
    nodes = edges[..., :-1, None] + width[..., None] * NODES
    return nodes.reshape(*a.shape, 6), np.repeat(width / 2, 2, axis=-1)


def _inner(a: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    """``∫_0^1 (x - ReLU(a x + d))^2 dx`` and its slopes by a and d, for a >= 0."""
    steep = a > NOTHING
    start = np.where(steep, np.clip(-d / np.where(steep, a, 1.0), 0, 1), np.where(d > 0, 0.0, 1.0))
    one, two, three = 1 - start, 1 - start**2, 1 - start**3
    left = 1 - a
    loss = start**3 / 3 + left**2 * three / 3 - left * d * two + d**2 * one
    return loss, d * two - 2 * left * three / 3, 2 * d * one - left * two


NUDGE, ROUNDS = 1e-6, 40
NUDGES = NUDGE * np.concatenate([np.eye(4), -np.eye(4)])


def _descend(place: Floats, density: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    """Least loss[point] and place[point, 4] by Newton steps with the absolute values of the curvatures, each damped alone."""
    place, damping = place.copy(), np.full(len(place), 1e-3)
    loss, slope = pair_loss(place, density, ratio)
    for _ in range(ROUNDS):
        go = np.flatnonzero((np.abs(slope).max(axis=1) > 1e-10) & (damping < 1e3))
        if not len(go):
            break
        new = place[go] - _newton(place[go], slope[go], density[go], ratio[go], damping[go])
        new_loss, new_slope = pair_loss(new, density[go], ratio[go])
        better = new_loss < loss[go]
        damping[go] = np.clip(damping[go] * np.where(better, 0.2, 8.0), 1e-9, None)
        kept = go[better]
        place[kept], loss[kept], slope[kept] = new[better], new_loss[better], new_slope[better]
    return loss, place


def _newton(place: Floats, slope: Floats, density: Floats, ratio: Floats, damping: Floats) -> Floats:
    around = pair_loss(place[:, None] + NUDGES, density[:, None], ratio[:, None])[1]
    curvature = (around[:, :4] - around[:, 4:]) / (2 * NUDGE)
    values, vectors = np.linalg.eigh((curvature + np.swapaxes(curvature, 1, 2)) / 2)
    along = np.einsum("nij,ni->nj", vectors, slope) / np.maximum(np.abs(values) + damping[:, None], 1e-6)
    return np.asarray(np.einsum("nij,nj->ni", vectors, along))


# Training ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SuperpositionParams:
    """features, hidden: n and m. density: probability that a feature is on. ratio: each feature's importance is that of the
    one before times this. steps, batch: of training. rate: Adam's. networks: that learn independently.
    """

    features: int = checks.bounded(5, low=2, high=1000)
    hidden: int = checks.bounded(2, low=1, high=1000)
    density: float = checks.bounded(0.05, low=0.01, high=1.0)
    ratio: float = checks.bounded(1.0, low=0.01, high=1.0)
    steps: int = checks.bounded(2000, low=0, high=1_000_000)
    batch: int = checks.bounded(256, low=1, high=1_000_000)
    rate: float = checks.bounded(0.01, low=1e-5, high=0.1)
    networks: int = checks.bounded(4, low=1, high=10_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class SuperpositionResult:
    """Networks after training.

    Attributes
    ----------
    params : what was trained, and how.
    loss : loss[step, network], shape (n_steps, n_networks), of the batch before each step, without unit.
    sheets : weight[network, row, feature], shape (n_networks, hidden + 1, features): a row a hidden unit, then the offsets b.
    """

    params: SuperpositionParams
    loss: Floats
    sheets: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def dimensionality(self) -> Floats:
        """D[network, feature], each feature's share of a dimension."""
        return dimensionality(self.sheets[:, :-1])


def gradient(sheets: Reals, inputs: Reals, importance: Reals) -> tuple[Reals, Reals]:
    """Return the loss[network] of a batch and its slope[network, row, feature].

    sheets : weight[network, row, feature], a row a hidden unit and the last row the offsets b.
    inputs : value[network, example, feature]. importance : I[feature]. All of one precision, which is also the answer's.
    """
    arrows, size = sheets[:, :-1], inputs.shape[1]
    turned = np.swapaxes(arrows, 1, 2)
    hidden = inputs @ turned
    error = hidden @ arrows
    error += sheets[:, -1:]
    lit = error > 0
    np.maximum(error, 0, out=error)
    error -= inputs
    loss = np.einsum("rbf,rbf,f->r", error, error, importance, optimize=True) / size
    error *= importance * (2 / size)
    error *= lit
    slope = np.empty_like(sheets)
    np.matmul(np.swapaxes(hidden, 1, 2), error, out=slope[:, :-1])
    slope[:, :-1] += np.swapaxes(error @ turned, 1, 2) @ inputs
    error.sum(axis=1, out=slope[:, -1])
    return loss, slope


def descent(sheets: Reals, batches: Iterable[Reals], importance: Reals, rate: float) -> Iterator[tuple[Reals, Reals]]:
    """Yield (sheets, loss[network] of the batch) after each of Adam's steps; the sheets are one array that goes on changing."""
    sheets = sheets.copy()
    mean, square = np.zeros_like(sheets), np.zeros_like(sheets)
    for step, inputs in enumerate(batches, start=1):
        loss, slope = gradient(sheets, inputs, importance)
        mean *= FADING
        mean += (1 - FADING) * slope
        slope *= slope
        square *= SQUARED
        square += (1 - SQUARED) * slope
        size = np.sqrt(square / (1 - SQUARED**step))
        size += TINY
        sheets -= mean / size * (rate / (1 - FADING**step))
        yield sheets, loss


def examples(dice: Reals, density: Reals) -> Reals:
    """Return inputs from uniform dice[network, example, feature] and density[network]: 0 or, with that chance, uniform.

    One throw decides both, ``u / p`` if u < p; so a feature that is on at a density is also on at a larger one.
    """
    inputs = dice / density[:, None, None]
    inputs *= inputs < 1
    return inputs


def train(
    sheets: Reals, density: Reals, rng: Generator, moments: Iterable[int], *, batch: int, rate: float, shared: bool
) -> Reals:
    """Train networks that are all equally important to each other's dice, and return sheets[moment, network, row, feature].

    density : [network]. moments : steps after which the sheets are kept, ascending. shared : whether all networks see the
    same dice, so that only their densities differ.
    """
    kept = sorted(moments)
    networks, _, features = sheets.shape
    size = (1 if shared else networks, batch, features)
    throws = (examples(rng.random(size, dtype=np.float32), density) for _ in range(kept[-1]))
    ones = np.ones(features, dtype=sheets.dtype)
    wanted, found = set(kept), [sheets.copy()] if kept[0] == 0 else []
    for step, (now, _) in enumerate(descent(sheets, throws, ones, rate), start=1):
        if step in wanted:
            found.append(now.copy())
    return np.array(found)


def simulate(params: SuperpositionParams, rng: Generator) -> SuperpositionResult:
    """Train some networks from random arrows."""
    p = params
    sheets = _first(p.networks, p.hidden, p.features, rng)
    density = np.full(p.networks, p.density, dtype=np.float32)
    importance = (p.ratio ** np.arange(p.features)).astype(np.float32)
    size = (p.networks, p.batch, p.features)
    batches = (examples(rng.random(size, dtype=np.float32), density) for _ in repeat(None, p.steps))
    losses = np.zeros((p.steps, p.networks))
    for step, (now, loss) in enumerate(descent(sheets, batches, importance, p.rate)):
        sheets, losses[step] = now, loss
    return SuperpositionResult(params=p, loss=losses, sheets=sheets.astype(float))


def network_loss(sheets: ArrayLike, density: float, rng: Generator, draws: int = 20_000) -> Floats:
    """Return the loss[network] of equally important features on fresh examples, the same for all networks."""
    checks.number("density", density, low=0, high=1, open_low=True)
    checks.integer("draws", draws, low=1)
    weights = checks.array("sheets", sheets, (None, None, None))
    inputs = examples(rng.random((1, draws, weights.shape[2])), np.array([density]))
    guess = np.maximum(inputs @ np.swapaxes(weights[:, :-1], 1, 2) @ weights[:, :-1] + weights[:, -1:], 0)
    return np.asarray(np.square(guess - inputs).sum(axis=2).mean(axis=1))


def _first(networks: int, hidden: int, features: int, rng: Generator) -> NDArray[np.float32]:
    """Random arrows whose lengths are about 0.7, and no offsets."""
    sheets = np.zeros((networks, hidden + 1, features), dtype=np.float32)
    sheets[:, :-1] = 0.7 / np.sqrt(hidden) * rng.standard_normal((networks, hidden, features))
    return sheets


# The snapshot and what comes after ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ShiftParams:
    """before, after: densities up to the snapshot and from then on. steps: of learning since the snapshot; the last recorded
    moment that is not later is shown. network: which of the recorded networks is drawn.
    """

    before: Density = Density.D05
    after: Density = Density.D50
    steps: int = checks.bounded(4000, low=0, high=MOMENTS[-1])
    network: int = checks.bounded(0, low=0, high=len(SEEDS) - 1)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class ShiftResult:
    """One network's arrows then and now, and how well dictionaries name the features of all networks.

    Attributes
    ----------
    params : the densities, and when one looks.
    moments : steps[moment], shape (n_moments,), since the snapshot, up to now.
    then, now : weight[unit, feature], shape (2, 5), of the network that is drawn.
    true_now : flag[feature], shape (5,), whether the snapshot's dictionary names the feature of the network drawn rightly.
    frozen : share[moment, network], shape (n_moments, n_networks), of features that the snapshot's dictionary names rightly.
    refitted : share[moment, network], shape (n_moments, n_networks), that a dictionary written at this moment names rightly.
    fresh : share[network], shape (n_networks,), the same of networks that learned at the later density from the start.
    """

    params: ShiftParams
    moments: Ints
    then: Floats
    now: Floats
    true_now: Flags
    frozen: Floats
    refitted: Floats
    fresh: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def dimensions(self) -> Floats:
        """D[(then, now), feature] of the network drawn."""
        return dimensionality(np.stack((self.then, self.now)))

    @property
    def words(self) -> Flags:
        """flag[(then, now), feature]: whether the arrow is long enough for a word."""
        return np.asarray(np.linalg.norm(np.stack((self.then, self.now)), axis=1) >= SHORTEST)

    @property
    def borders(self) -> Floats:
        """angle[border], in radians: between which the snapshot's dictionary uses one word."""
        angles = np.sort(np.arctan2(*self.then[::-1, self.words[0]]))
        return np.asarray(angles + np.diff(angles, append=angles[0] + 2 * np.pi) / 2)

    @property
    def chance(self) -> float:
        """Share of features that a guess names rightly."""
        return float(1 / self.then.shape[1])


def named(weights: ArrayLike, dictionary: ArrayLike, shortest: float = SHORTEST) -> Flags:
    """Return flag[..., feature]: whether a dictionary names a feature that is shown alone rightly.

    weights : arrow[..., unit, feature] of the network that is read. dictionary : arrow[..., unit, feature] of the network
    from which it was written: a word, with its direction, for every arrow that is at least `shortest` long. The reader sees
    the arrow W_i, says nothing if it is shorter than `shortest`, and otherwise the word whose direction is nearest.
    """
    checks.number("shortest", shortest, low=0)
    shown, words = np.asarray(weights, dtype=float), np.asarray(dictionary, dtype=float)
    length, norm = np.linalg.norm(shown, axis=-2), np.linalg.norm(words, axis=-2)
    words = words / np.maximum(norm, NOTHING)[..., None, :]
    nearness = np.swapaxes(shown, -1, -2) @ words
    nearness = np.where((norm >= shortest)[..., None, :], nearness, -np.inf)
    own = np.arange(shown.shape[-1])
    return np.asarray((nearness.argmax(axis=-1) == own) & (length >= shortest) & (norm >= shortest))


def shifts(
    seed: int, densities: Iterable[float], moments: Iterable[int], *, steps: int, batch: int, rate: float
) -> Reals:
    """Train at each density, then go on at each, and return sheets[before, after, moment, row, feature].

    Two units, five features. All see the same dice, so that only the densities differ; Adam begins anew after the snapshot.
    """
    rates = np.array(list(densities), dtype=np.float32)
    many = len(rates)
    start = np.repeat(_first(1, 2, 5, default_rng([seed, 0])), many, axis=0)
    learned = train(start, rates, default_rng([seed, 1]), [steps], batch=batch, rate=rate, shared=True)[-1]
    again, dice = np.repeat(learned, many, axis=0), default_rng([seed, 2])
    later = train(again, np.tile(rates, many), dice, moments, batch=batch, rate=rate, shared=True)
    return np.moveaxis(later.reshape(-1, many, many, *start.shape[1:]), 0, 2)


def record() -> None:
    """Compute all that the figures show and keep it, with its settings, in files that are whole or absent."""
    densities = [float(one) for one in DENSITIES]
    sheets = [shifts(seed, densities, MOMENTS, steps=STEPS, batch=BATCH, rate=RATE) for seed in SEEDS]
    keep(SHIFTS, np.asarray(np.round(np.stack(sheets), 3), dtype=np.float64), SETTINGS)
    keep(JUMPS, np.array([RATIOS, jump_density(RATIOS)]), JUMP_SETTINGS)


@lru_cache(maxsize=1)
def recorded() -> Floats:
    """Return the recorded sheets[network, before, after, moment, row, feature].

    Raises
    ------
    FileNotFoundError, ValueError : there is no file, or other settings made it; both say how to make it anew.
    """
    return recall(SHIFTS, SETTINGS, COMMAND)


@lru_cache(maxsize=1)
def recorded_jumps() -> Floats:
    """Return (ratio, density)[line point] of the line of jumps; raises as `recorded` does."""
    return recall(JUMPS, JUMP_SETTINGS, COMMAND)


@lru_cache(maxsize=1)
def recorded_names() -> Floats:
    """Return share[(frozen, refitted), network, before, after, moment] of features that recorded dictionaries name rightly."""
    arrows = recorded()[..., :-1, :]
    then = np.broadcast_to(arrows[:, :, :, :1], arrows.shape)
    return np.stack([named(arrows, written).mean(axis=-1) for written in (then, arrows)])


def solve_shift(params: ShiftParams) -> ShiftResult:
    """Return what is recorded of this shift up to this moment; the dice were thrown when it was recorded."""
    before, after = DENSITIES.index(params.before), DENSITIES.index(params.after)
    count = sum(moment <= params.steps for moment in MOMENTS)
    arrows, (frozen, refitted) = recorded()[params.network, before, after, :, :-1], recorded_names()
    then, now = arrows[0].copy(), arrows[count - 1].copy()
    return ShiftResult(
        params=params, moments=np.array(MOMENTS[:count]), then=then, now=now, true_now=named(now, then),
        frozen=frozen[:, before, after, :count].T.copy(), refitted=refitted[:, before, after, :count].T.copy(),
        fresh=refitted[:, after, after, 0].copy(),
    )  # fmt: skip


if __name__ == "__main__":
    record()
