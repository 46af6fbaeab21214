"""Gauge drift: the system does all it ever did, and what was read off its inside no longer means anything.

Idea. A hidden code ``h = W x`` may be turned, ``W -> R W`` with R orthogonal, and nothing outside can tell: all that
comes out depends on ``W^T W``, and ``(R W)^T (R W) = W^T W``. Two things on the inside can tell. A *dictionary* of
directions, written down once, gives each activation the name of its nearest entry; a *probe*, fitted once, draws the line
between two classes. Here the code turns a little at each step, at random, while behavior stands still.

Assumption that breaks. That a reading of today's snapshot is a reading of the system. With ``n`` features on a circle a
frozen dictionary names every one of them rightly until the code has turned by ``pi / n``, and from there on none; at ``2
pi / n`` its entries fit the activations perfectly again, each under its neighbor's name. The best frozen probe of two
normal classes at ``+mu`` and ``-mu`` (noise 1) is right with probability ``Phi(|mu| cos theta)`` after a turn by theta.

Closed form. Let the class direction u make isotropic steps on the sphere in m dimensions. Then ``E P_l(cos)`` of the
zonal polynomials (``P_l(1) = 1``; cosines of ``l theta`` in the plane) is multiplied by a factor at each step, whatever
the angle was, so that after t steps the expected accuracy is ``1/2 + sum_l a_l f_l d_l^t``, over odd l: ``a_l`` are the
coefficients of ``Phi(|mu| c)``, ``f_l`` the factors of the error with which the probe was fitted from n labeled cases
(an offset normal vector: ``f_l = (k^2/2)^(l/2) Gamma((l + m)/2) / Gamma(l + m/2) 1F1(l/2; l + m/2; -k^2/2)`` with ``k =
|mu| sqrt n``), and ``d_l`` those of a step. In the plane ``d_l = exp(-l^2 D)``: there theta is N(0, 2 D t) and ``E cos
theta = exp(-D t)``. In m dimensions ``d_l -> exp(-l (l + m - 2) D)`` for small steps: a wider code forgets faster. If
instead all of the drift is a turn in one fixed plane, the part of u outside of it stays: on average over planes
``E cos = 1 - (2 / m)(1 - exp(-D t))``, so that a wide code hardly forgets.

What one would wrongly conclude. That constant behavior means constant insides; or that insides which drift cannot be
read. Three readings keep up: a probe fitted anew every T steps; one that takes a few labels at each step and forgets at a
constant rate; and one that needs no new label at all, since it compares an activation with those of *stored inputs, sent
through today's system*: inner products of activations are entries of ``x^T W^T W x'``, which no turn can change.

Sources: elhage2022 (the code, and the readout ``relu(W^T W x + b)``), rule2020 (a fixed readout of a drifting neural
population degrades, a slightly plastic one does not: known to us in its result only). The formula, the k-gon's law and the
costs of refitting are this book's. Deviations: in more than two dimensions a step goes along a geodesic, in a random
direction and by a normal tangent vector of variance 2 D in each of m - 1 directions; that is Brownian motion only as D goes
to 0 (a step of more than a right angle even leaves the probe worse than a coin), and ``d_l`` is computed for the steps as
they are taken. Labels are fresh: a refit uses as many as have been saved up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, hyp1f1, ndtr

from sysalign_lib.core import checks
from sysalign_lib.core.result import freeze

__all__ = [
    "FROZEN", "INVARIANT", "REFITTED", "TRACKING", "GaugeParams", "GaugeResult", "accuracy_after", "behavior",
    "best_interval", "fit_factors", "frozen_accuracy", "mean_accuracy", "named", "named_by_inner_products",
    "named_expected", "plane_overlap", "polygon", "random_rotation", "sampled_accuracy", "simulate", "solve", "step",
    "step_factors",
    "tracking_overlap", "turned",
]  # fmt: skip

Floats = NDArray[np.float64]

DEGREES = np.arange(1, 64, 2)  # odd degrees of the zonal polynomials: what Phi(s c) - 1/2 is made of
UNSEEN = 1e-30  # squared signal below which a probe points anywhere, to rounding
NODES = 160  # of the quadrature for their coefficients
FROZEN, REFITTED, TRACKING, INVARIANT = range(4)  # the readings, in the order of the result's rows
INTERVALS = np.array([1, 2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 50, 70, 100, 140, 200])  # at which refitting is drawn


@dataclass(frozen=True, kw_only=True)
class GaugeParams:
    """How the code drifts and how it is read.

    rate: D, squared radians a step. refit: steps from one refit to the next, 0 for never. separation: ``|mu|``, distance of
    a class from the origin in standard deviations of the noise. labels: labeled cases one can pay for at each step. first:
    labeled cases to begin with. gain: share of the tracking probe that is replaced at each step. dimension: width of the
    code. steps: how long. paths: independent systems simulated.
    """

    rate: float = checks.bounded(0.01, low=0.0, high=0.5)
    refit: int = checks.bounded(0, low=0, high=10_000)
    separation: float = checks.bounded(1.0, low=0.0, high=5.0)
    labels: int = checks.bounded(1, low=1, high=10_000)
    first: int = checks.bounded(100, low=1, high=1_000_000)
    gain: float = checks.bounded(0.1, low=0.0, high=1.0)
    dimension: int = checks.bounded(2, low=2, high=64)
    steps: int = checks.bounded(200, low=1, high=2000)
    paths: int = checks.bounded(100, low=2, high=20_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class GaugeResult:
    """How often four readings name the class of an activation rightly, through time; and what refitting is worth.

    Attributes
    ----------
    params : the code and its readers.
    time : step[knot], shape (steps + 1,), from 0 to steps.
    expected : chance[reading, step], shape (4, steps + 1), fraction of cases named rightly: frozen probe, refitted probe,
        tracking probe, gauge-invariant reading. Exact but for the tracking probe, where it is what the moments predict.
    seen : mean chance[reading, step] over the simulated paths, shape (4, steps + 1), fraction; as expected where solved.
    seen_error : standard error[reading, step] of `seen`, shape (4, steps + 1), from the spread over paths; 0 where solved.
    low, high : tenth and ninetieth percentile[step] over paths of the refitted probe's chance, shape (steps + 1,), fraction; as
        expected where solved.
    intervals : steps[interval], shape (n_intervals,), from one refit to the next.
    by_interval : mean chance[interval], shape (n_intervals,), over one round from refit to refit, fraction, exact.
    """

    params: GaugeParams
    time: Floats
    expected: Floats
    seen: Floats
    seen_error: Floats
    low: Floats
    high: Floats
    intervals: Floats
    by_interval: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def oracle(self) -> float:
        """Chance that the best reading there is names a case rightly, ``Phi(|mu|)``, fraction; a coin has 1/2."""
        return float(ndtr(self.params.separation))

    @property
    def mean(self) -> Floats:
        """Chance[reading], shape (4,), of naming a case rightly, averaged over all steps, fraction, as seen."""
        return np.asarray(self.seen.mean(axis=1))

    @property
    def share_kept(self) -> Floats:
        """Share[reading], shape (4,), of the oracle's advantage over a coin that is left on average; 1 where there is none."""
        gap = self.oracle - 0.5
        return np.asarray((self.mean - 0.5) / gap) if gap > 0 else np.ones(4)

    @property
    def round_mean(self) -> float:
        """Expected chance over one round of the refitted probe, or over all steps if it is never refitted, fraction."""
        p = self.params
        return mean_accuracy(p, p.refit) if p.refit else float(self.expected[FROZEN].mean())

    @property
    def best_interval(self) -> int:
        """Steps between refits that are best for this budget of labels, among `intervals`."""
        return int(self.intervals[np.argmax(self.by_interval)])


# Codes and dictionaries ----------------------------------------------------------------------------------------------


def polygon(features: int) -> Floats:
    """Return ``W[hidden, feature]``, shape (2, features): unit vectors at equal angles on a circle."""
    checks.integer("features", features, low=2, high=10_000)
    angle = 2 * np.pi * np.arange(features) / features
    return np.array([np.cos(angle), np.sin(angle)])


def turned(weights: ArrayLike, angle: float) -> Floats:
    """Return ``R W``, shape (2, n_features): the code `weights`, shape (2, n_features), turned by `angle` radians."""
    code = checks.array("weights", weights, (2, None))
    checks.number("angle", angle)
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s], [s, c]]) @ code


def random_rotation(dimension: int, rng: Generator) -> Floats:
    """Return an orthogonal matrix[row, column], shape (dimension, dimension), drawn evenly from all of them."""
    checks.integer("dimension", dimension, low=1, high=2000)
    basis, triangle = np.linalg.qr(rng.standard_normal((dimension, dimension)))
    return np.asarray(basis * np.sign(np.diag(triangle)))


def behavior(weights: ArrayLike, bias: ArrayLike, inputs: ArrayLike) -> Floats:
    """Return output[feature, case], shape (n_features, n_cases), ``relu(W^T W x + b)`` of elhage2022.

    weights: shape (m, n_features). bias: shape (n_features,). inputs: shape (n_features, n_cases). All without unit.
    """
    code = checks.array("weights", weights, (None, None))
    offset = checks.array("bias", bias, (code.shape[1],))
    given = checks.array("inputs", inputs, (code.shape[1], None))
    return np.asarray(np.maximum(code.T @ (code @ given) + offset[:, None], 0.0))


def named(weights: ArrayLike, dictionary: ArrayLike) -> float:
    """Return the share of features that, each on alone, have their own entry of `dictionary` as the nearest in direction.

    Both of shape (m, n_features).
    """
    code = checks.array("weights", weights, (None, None))
    entries = checks.array("dictionary", dictionary, code.shape)
    return _own(entries.T @ code)


def named_by_inner_products(weights: ArrayLike, snapshot: ArrayLike) -> float:
    """Return the share of features that are recognized by their inner products with all of them.

    The column of ``W^T W`` of each feature is compared with the columns of the snapshot's; both of shape (m, n_features).
    """
    now = checks.array("weights", weights, (None, None))
    then = checks.array("snapshot", snapshot, now.shape)
    gap = (then.T @ then)[:, :, None] - (now.T @ now)[:, None, :]
    return _own(-np.sum(gap**2, axis=0))


def named_expected(features: int, variance: float) -> float:
    """Return how often a k-gon's frozen dictionary is right after a normal turn of `variance` (squared radians), fraction.

    It is right if the turn, up to full circles, is below ``pi / n``: ``1/n + sum_j 2 / (pi j) sin(pi j / n) exp(-j^2 v / 2)``.
    """
    checks.integer("features", features, low=2, high=10_000)
    checks.number("variance", variance, low=0.0)
    wide, half = math.sqrt(variance), math.pi / features
    if wide < 3:
        turns = 2 * math.pi * np.arange(-5, 6)
        low, high = ((turns + side * half) / wide if wide else np.sign(turns + side * half) * 40 for side in (-1, 1))
        return float(np.sum(ndtr(high) - ndtr(low)))
    j = np.arange(1, 21)
    return float(1 / features + np.sum(2 / (np.pi * j) * np.sin(np.pi * j / features) * np.exp(-(j**2) * variance / 2)))


def _own(score: Floats) -> float:
    """Share of columns whose largest entry is on the diagonal: score[entry, feature]."""
    return float(np.mean(np.argmax(score, axis=0) == np.arange(score.shape[1])))


# Probes: the closed form ---------------------------------------------------------------------------------------------


def frozen_accuracy(angle: ArrayLike, separation: float) -> Floats:
    """Return how often the once optimal probe is right after a turn by `angle` (radians, any shape): ``Phi(|mu| cos theta)``."""
    theta = checks.array("angle", np.ravel(angle), (None,)).reshape(np.shape(angle))
    checks.number("separation", separation, low=0.0)
    return np.asarray(ndtr(separation * np.cos(theta)))


def accuracy_after(age: ArrayLike, params: GaugeParams, cases: float = math.inf) -> Floats:
    """Return the expected accuracy of a probe `age` steps (any shape) after it was fitted from `cases` labeled cases.

    Infinitely many cases are the optimal probe, whose error is none.
    """
    steps = checks.array("age", np.ravel(age), (None,), low=0.0).reshape(np.shape(age))
    start = np.ones(len(DEGREES)) if cases == math.inf else fit_factors(params.separation, cases, params.dimension)
    fade = step_factors(params.rate, params.dimension) ** steps[..., None]
    return np.asarray(0.5 + fade @ (_coefficients(params.separation, params.dimension) * start))


def fit_factors(separation: float, cases: float, dimension: int = 2) -> Floats:
    """Return factors f_l[degree], shape (32,), odd degrees from 1: mean zonal polynomials of the error of a probe just fitted.

    The probe is the mean of `cases` activations, each times its class: ``N(mu, 1 / cases)`` in every direction. ``f_1`` is the
    expected cosine of its error.
    """
    checks.number("separation", separation, low=0.0, high=100.0)
    checks.number("cases", cases, low=1.0, high=1e9)
    checks.integer("dimension", dimension, low=2, high=64)
    half = separation**2 * cases / 2
    if half < UNSEEN:
        return np.zeros(len(DEGREES))
    order = DEGREES / 2
    size = order * np.log(half) + gammaln(order + dimension / 2) - gammaln(DEGREES + dimension / 2)
    return np.asarray(np.exp(size) * hyp1f1(order, DEGREES + dimension / 2, -half))


def step_factors(rate: float, dimension: int = 2) -> Floats:
    """Return factors d_l[degree], shape (32,), odd degrees from 1: what a step leaves of the mean zonal polynomials."""
    checks.number("rate", rate, low=0.0, high=0.5)
    checks.integer("dimension", dimension, low=2, high=64)
    return _step_factors(float(rate), int(dimension))


def mean_accuracy(params: GaugeParams, interval: int) -> float:
    """Return the expected accuracy over one round of a probe that is refitted every `interval` steps, fraction.

    Each refit uses the labels saved up since the last one; it is measured from just after a refit to just before the next.
    """
    checks.integer("interval", interval, low=1, high=1_000_000)
    fade = step_factors(params.rate, params.dimension)
    far = fade < 0.5
    left = np.where(far, 1 - fade**interval, -np.expm1(interval * np.log(np.where(far, 1.0, fade))))
    rounds = np.where(fade < 1, left / (interval * np.where(fade < 1, 1 - fade, 1.0)), 1.0)
    start = fit_factors(params.separation, params.labels * interval, params.dimension)
    return float(0.5 + np.sum(_coefficients(params.separation, params.dimension) * start * rounds))


def best_interval(params: GaugeParams, longest: int = 1000) -> int:
    """Return the number of steps from refit to refit, up to `longest`, at which the mean accuracy is highest."""
    checks.integer("longest", longest, low=1, high=100_000)
    return 1 + int(np.argmax([mean_accuracy(params, one) for one in range(1, longest + 1)]))


def tracking_overlap(params: GaugeParams) -> Floats:
    """Return the overlap ``E[w.u] / sqrt(E[w.w])``, overlap[step], shape (steps + 1,), of the tracking probe w and direction u.

    Both moments obey exact linear recursions; their ratio stands in for the cosine of the angle between w and u.
    """
    mu, fade = params.separation, float(step_factors(params.rate, params.dimension)[0])
    keep, gain = 1 - params.gain, params.gain
    along, square = mu, mu**2 + params.dimension / params.first
    overlap = np.empty(params.steps + 1)
    overlap[0] = along / math.sqrt(square)
    for step in range(1, params.steps + 1):
        square = keep**2 * square + 2 * gain * keep * mu * fade * along
        square += gain**2 * (mu**2 + params.dimension / params.labels)
        along = keep * fade * along + gain * mu
        overlap[step] = along / math.sqrt(square)
    return overlap


def plane_overlap(age: ArrayLike, rate: float, dimension: int) -> Floats:
    """Return the expected cosine after `age` steps (any shape) if all of the drift is a turn in one random plane.

    ``1 - (2 / m)(1 - exp(-D t))``: two of m directions turn, the rest of u stays.
    """
    steps = checks.array("age", np.ravel(age), (None,), low=0.0).reshape(np.shape(age))
    checks.number("rate", rate, low=0.0)
    checks.integer("dimension", dimension, low=2)
    return np.asarray(1 + 2 / dimension * np.expm1(-rate * steps))


@lru_cache(maxsize=64)
def _coefficients(separation: float, dimension: int) -> Floats:
    """Coefficients[degree] of ``Phi(s c) - 1/2`` in the zonal polynomials, by Rodrigues' formula: stable in every dimension."""
    x, weight = np.polynomial.legendre.leggauss(NODES)
    c, cosine, weight = np.sin(np.pi / 2 * x), np.cos(np.pi / 2 * x), np.pi / 2 * weight
    slope = _derivatives(separation, c)
    inside = np.sum(weight * slope * cosine ** (2 * DEGREES[:, None] + dimension - 2), axis=1)
    half = (dimension - 1) / 2
    scale = gammaln(half + 0.5) - gammaln(DEGREES + half) - DEGREES * math.log(2) - 0.5 * math.log(math.pi)
    return np.asarray(np.exp(scale + _log_counts(dimension)) * inside)


def _derivatives(separation: float, c: Floats) -> Floats:
    """Derivatives[degree, point] of ``Phi(s c)``: ``s^l He_(l-1)(s c) phi(s c)`` for odd l."""
    x, rows = separation * c, []
    before, now = np.zeros_like(x), separation * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    for order in range(int(DEGREES[-1])):
        if order % 2 == 0:
            rows.append(now)
        before, now = now, separation * (x * now - order * separation * before)
    return np.array(rows)


def _log_counts(dimension: int) -> Floats:
    """Logarithm of the number of independent harmonics[degree] in so many dimensions."""
    if dimension == 2:
        return np.full(len(DEGREES), math.log(2))
    extra = gammaln(DEGREES + dimension - 2) - gammaln(dimension - 1) - gammaln(DEGREES + 1)
    return np.asarray(np.log(2 * DEGREES + dimension - 2) + extra)


@lru_cache(maxsize=64)
def _step_factors(rate: float, dimension: int) -> Floats:
    if dimension == 2 or rate == 0:
        return np.asarray(np.exp(-(DEGREES**2) * rate))
    wide = math.sqrt(2 * rate)
    x, weight = np.polynomial.legendre.leggauss(400)
    size = (math.sqrt(dimension - 1) + 9) * (x + 1) / 2
    law = weight * np.exp((dimension - 2) * np.log(size) - size**2 / 2)
    return np.asarray(_zonal(np.cos(wide * size), dimension) @ (law / law.sum()))


def _zonal(c: Floats, dimension: int) -> Floats:
    """Zonal polynomials[degree, point] of odd degree in so many dimensions, 1 at c = 1."""
    rows, before, now = [], np.ones_like(c), c
    for order in range(1, int(DEGREES[-1]) + 1):
        if order % 2:
            rows.append(now)
        before, now = now, ((2 * order + dimension - 2) * c * now - order * before) / (order + dimension - 2)
    return np.array(rows)


# Probes: the model ---------------------------------------------------------------------------------------------------


def solve(params: GaugeParams) -> GaugeResult:
    """Return what is expected of each reading."""
    expected = _expected(params)
    return _result(params, expected, expected, np.zeros_like(expected), expected[REFITTED], expected[REFITTED])


def simulate(params: GaugeParams, rng: Generator) -> GaugeResult:
    """Let many codes drift, fit a probe to each, and see how often it is right given where the code has come to."""
    direction, probes = _readings(params, rng)
    chance = np.array([_chance(one, direction, params.separation) for one in probes])
    error = chance.std(axis=2, ddof=1) / math.sqrt(params.paths)
    low, high = np.percentile(chance[REFITTED], (10, 90), axis=1)
    return _result(params, _expected(params), chance.mean(axis=2), error, low, high)


def sampled_accuracy(params: GaugeParams, step: int, reading: int, rng: Generator) -> float:
    """Return the share of cases that a reading names rightly at a step: one case a path, class and noise drawn."""
    checks.integer("step", step, low=0, high=params.steps)
    checks.integer("reading", reading, low=FROZEN, high=INVARIANT)
    direction, probes = _readings(params, rng)
    side = rng.choice((-1.0, 1.0), params.paths)
    case = side[:, None] * params.separation * direction[step] + rng.standard_normal(direction[step].shape)
    return float(np.mean(np.sum(probes[reading][step] * case, axis=1) * side > 0))


def _result(
    params: GaugeParams, expected: Floats, seen: Floats, error: Floats, low: Floats, high: Floats
) -> GaugeResult:
    return GaugeResult(
        params=params, time=np.arange(params.steps + 1.0), expected=expected, seen=seen, seen_error=error, low=low, high=high,
        intervals=INTERVALS.astype(float), by_interval=np.array([mean_accuracy(params, int(one)) for one in INTERVALS]),
    )  # fmt: skip


def _expected(params: GaugeParams) -> Floats:
    step = np.arange(params.steps + 1)
    frozen = accuracy_after(step, params, params.first)
    refitted = frozen
    if params.refit:
        anew = accuracy_after(step % params.refit, params, params.labels * params.refit)
        refitted = np.where(step < params.refit, frozen, anew)
    tracking = ndtr(params.separation * tracking_overlap(params))
    return np.array([frozen, refitted, tracking, np.full(len(step), frozen[0])])


def _readings(params: GaugeParams, rng: Generator) -> tuple[Floats, tuple[Floats, ...]]:
    """Class direction[step, path, hidden], and the probe of each reading in the same shape."""
    shape = (params.steps, params.paths, params.dimension)
    error, kicks, anew, each = (rng.standard_normal(size) for size in (shape[1:], shape, shape, shape))
    u = np.zeros(shape[1:])
    u[:, 0] = 1.0
    first = params.separation * u + error / math.sqrt(params.first)
    direction, stored = _carried(np.array([u, first]), math.sqrt(2 * params.rate) * kicks)
    mean = params.separation * direction
    probes = (
        np.broadcast_to(first, mean.shape), _refitted(params, mean, first, anew), _tracking(params, mean, first, each), stored,
    )  # fmt: skip
    return direction, probes


def _carried(vectors: Floats, kicks: Floats) -> Floats:
    """Send vectors[vector, path, hidden] through a drift that moves the first of them by kicks[step, path, hidden].

    Returns them at all times, shape (n_vectors, steps + 1, paths, hidden). In the plane the first kick is the angle; else it
    is what of a normal vector is tangent to the sphere at the place where the first vector, of length 1, has come to.
    """
    if vectors.shape[-1] == 2:
        angle = np.cumsum(np.concatenate([np.zeros((1, kicks.shape[1])), kicks[..., 0]]), axis=0)
        c, s, (x, y) = np.cos(angle), np.sin(angle), np.moveaxis(vectors[:, None], -1, 0)
        return np.stack([c * x - s * y, s * x + c * y], axis=-1)
    places = [vectors]
    for kick in kicks:
        places.append(step(places[-1], kick))
    return np.stack(places, axis=1)


def step(vectors: Floats, kick: Floats) -> Floats:
    """Turn vectors[vector, path, hidden] as one: the first goes along the part of kick[path, hidden] tangent to the sphere."""
    u = vectors[0]
    tangent = kick - np.sum(kick * u, axis=-1, keepdims=True) * u
    angle = np.linalg.norm(tangent, axis=-1, keepdims=True)
    ahead = tangent / np.where(angle > 0, angle, 1.0)
    along, across = (np.sum(vectors * one, axis=-1, keepdims=True) for one in (u, ahead))
    moved = vectors + (np.cos(angle) - 1) * (along * u + across * ahead) + np.sin(angle) * (along * ahead - across * u)
    moved[0] /= np.linalg.norm(moved[0], axis=-1, keepdims=True)
    return np.asarray(moved)


def _refitted(params: GaugeParams, mean: Floats, first: Floats, noise: Floats) -> Floats:
    """Probe[step, path, hidden] that is fitted anew from fresh labels every so many steps."""
    fitted = np.concatenate([first[None], mean[1:]])
    if not params.refit:
        return np.asarray(np.broadcast_to(first, mean.shape))
    fitted[1:] += noise / math.sqrt(params.labels * params.refit)
    at = np.arange(len(mean))
    return np.asarray(fitted[at - at % params.refit])


def _tracking(params: GaugeParams, mean: Floats, first: Floats, noise: Floats) -> Floats:
    """Probe[step, path, hidden] of which a constant share is replaced by each step's labels."""
    probe, labeled = np.empty_like(mean), mean[1:] + noise / math.sqrt(params.labels)
    probe[0] = first
    for at in range(params.steps):
        probe[at + 1] = (1 - params.gain) * probe[at] + params.gain * labeled[at]
    return probe


def _chance(probe: Floats, direction: Floats, separation: float) -> Floats:
    """Chance[step, path] that a probe names a case rightly, given both directions."""
    size = np.sqrt(np.einsum("...i,...i", probe, probe))
    cosine = np.einsum("...i,...i", probe, direction) / np.where(size > 0, size, 1.0)
    return np.asarray(ndtr(separation * cosine))
