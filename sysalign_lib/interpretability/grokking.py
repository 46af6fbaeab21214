"""Grokking with a known mechanism: the same readable network, frozen at one moment, has several futures.

Idea. A network adds two numbers modulo p: both numbers choose a row of weights, ``h_k = (W1[n, k] + W1'[m, k])^2`` is a
neuron, and the answer is the largest of ``f_q = sum_k W2[q, k] h_k``. A solution can be written down by hand (gromov2023),
and every neuron of it can be read: ``W1 = cos(2 pi s n/p + phi)``, ``W1' = cos(2 pi s m/p + psi)``, ``W2 = cos(2 pi s q/p + phi
+ psi)``, with a frequency s and two phases of each neuron's own. Trained networks end up like that, but late: first they know
the sums that they were taught by heart, and much later they suddenly know the others, too (power2022).

Why the written network adds. With ``A = 2 pi s n/p + phi`` and ``B`` alike, ``(cos A + cos B)^2 = 1 + cos(2A)/2 + cos(2B)/2
+ cos(A + B) + cos(A - B)``. Times ``cos C``, where ``C = 2 pi s q/p + phi + psi``, only one product is free of the random
phases: ``cos(A + B) cos C`` contains ``cos(2 pi s (n + m - q)/p)/2``. **So a neuron adds 1/2 to the right answer on
average, and -1/(2 (p - 1)) to every wrong one** if s is uniform on 1..p-1. The rest is noise with mean zero, of variance
17/16 a neuron at the right answer. Signal grows like N, noise like the root of N: that is why many neurons are sure and few
are not. More exact: let ``u = (cos A + cos B)^2`` and ``S = A + B``. The right answer gets ``R = sum u cos S``; given u, a
wrong one has variance ``V = sum u^2/2``. Where phases happen to align, both are large, so the ratio ``R / sqrt V`` varies
less than R: by the delta method it is nearly normal with mean ``sqrt(2N)/3 - b/sqrt N`` and variance 0.395, whatever N is
(`lead_moments`). All outputs of a network sum to 0, so that any two correlate by ``-1/(p - 1)``; a normal number of
variance ``V/(p - 1)`` that is added to all of them changes no winner and makes them independent. What is left is a normal
lead against the largest of p - 1 normal noises (`predicted_accuracy`), about ``sqrt(2 ln p)``; the lead comes up to it at
``N = 9 ln p`` neurons.

Assumption that breaks. That to understand a network is to know what it will do. At the branch the networks of all futures have
the same weights, the same memory of the optimizer, and so the same answers, the same features and the same reading of them.
What differs is only the rule by which they go on learning: the weight decay.

What one would wrongly conclude. From the snapshot, either future: a network that has learned by heart and will stay so, or one
about to understand. From the critique, that interpretability is of no use here: a measure that was read out of the mechanism
(`concentration`, how much of a neuron's waveform is one frequency, as in doshi2024; nanda2023 uses others) rises more
evenly than the known sums do, all networks jump at nearly the same level of it, and a straight line through it dates the jump
far better. From that steelman, that the inside moves before the outside does: at this size it does not. The known sums begin
to rise as soon as the measure does, and pass a fifth before the measure reaches an alarm of .35 (`FuturesResult.known`).
That it takes weight decay to understand is true of this window, too; gromov2023 sees such networks jump without any.

What is recorded. The networks of the figure were trained beforehand by ``python -m sysalign_lib.interpretability.grokking``
(some minutes) and are kept, as courses of three measures and of one neuron's weights, in the folder data with the settings
that made them; the tests train a part of them again. `simulate_training` trains a smaller one while you wait.

Sources: gromov2023 (equations for the analytic weights; quadratic activation, mean square error), doshi2024 (inverse
participation ratio), power2022 (grokking), nanda2023 (progress measures), loshchilov2019 (decoupled weight decay, algorithm 2),
kingma2015 (algorithm 1). Deviations: weights start normal with standard deviation 0.1, without gromov2023's factors of
width; frequencies of the written network are random, not a balanced set; single precision in training.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import pi, sqrt

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from sysalign_lib.core import checks
from sysalign_lib.core.recorded import keep, recall
from sysalign_lib.core.result import freeze

__all__ = [
    "Decay", "ForecastParams", "ForecastResult", "FuturesParams", "FuturesResult", "Lesson", "NeuronParams",
    "NeuronResult", "Rule", "Snapshot", "TrainingParams", "TrainingResult", "WrittenParams", "WrittenResult", "begin",
    "chance_concentration", "concentration", "courses", "far_courses", "first_above", "follow", "gradient",
    "lead_moments", "lesson", "look", "outputs", "predicted_accuracy", "record", "recorded", "recorded_long",
    "recorded_waves", "simulate_training", "simulate_written", "slow_waves", "solve_forecasts", "solve_futures",
    "solve_neuron", "step", "written", "written_accuracy",
]  # fmt: skip

Floats = NDArray[np.float64]
Weights = NDArray[np.floating]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

RATE, FIRST, SECOND, TINY = 5e-3, 0.9, 0.98, 1e-8  # of AdamW
START = 0.1  # standard deviation of all weights at first
BEFORE = 0.5  # weight decay of all networks before the branch
SIZES = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200)  # neurons of the written networks that are drawn
KNOWN = 0.9  # share of the other sums from which on a network has understood
FLAT = 1e-20  # share of a waveform's power that is rounding
CHUNK = 2048  # sums asked at a time

PERCENTS, BRANCHES, SEEDS = (40, 50, 60, 70), (100, 200, 300), (0, 1, 2, 3, 4, 5)
WORK = {"p": 23, "neurons": 256, "epochs": 1500, "every": 25}
SLOW = {"percent": 60, "branch": 200, "seed": 0, "every": 100}  # the network of which one neuron is kept
LONG = {"percent": 60, "branch": 200, "epochs": 4000, "every": 100, "networks": 3}
RECORD, WAVES, FAR = "interpretability/grokking", "interpretability/grokking_waves", "interpretability/grokking_long"
COMMAND = "python -m sysalign_lib.interpretability.grokking"
PARTS = 1000  # shares are kept in thousandths


class Decay(StrEnum):
    """Weight decay after the branch."""

    NONE = "0"
    QUARTER = "0.25"
    SAME = "0.5 (as before)"
    FULL = "1"

    @property
    def rate(self) -> float:
        """The decay as a number."""
        return float(self.value.split()[0])


DECAYS = tuple(Decay)
LONG_DECAYS = (Decay.NONE, Decay.SAME)
RULE = f"learning rate {RATE}, moments {FIRST} and {SECOND}, start {START}, decay {BEFORE} then {[one.rate for one in DECAYS]}"
SETTINGS = f"percents {PERCENTS}, branches {BRANCHES}, seeds {SEEDS}, {WORK}, {RULE}"
WAVE_SETTINGS = f"{SLOW} of {WORK}, {RULE}"
FAR_SETTINGS = f"{LONG} of {WORK}, {RULE}"


# The network --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class Lesson:
    """All sums modulo p, and which of them are taught.

    Attributes
    ----------
    first, second : the two numbers[sum], shape (p^2,). answer : their sum modulo p[sum], shape (p^2,).
    taught : flag[sum], shape (p^2,).
    learned : place among all sums[taught sum], shape (n_taught,).
    marks : 1 where a number is part of a taught sum[number, taught sum], shape (2 p, n_taught); first numbers, then second.
    """

    p: int
    first: Ints
    second: Ints
    answer: Ints
    taught: Flags
    learned: Ints
    marks: NDArray[np.float32]

    def __post_init__(self) -> None:
        freeze(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshot:
    """A network and its optimizer's memory: all that its future can depend on, but for the rule.

    Attributes
    ----------
    weights : weight[W1 W1' W2, number, neuron], shape (3, p, n_neurons), without unit.
    mean, square : running moments of the gradient[W1 W1' W2, number, neuron], shape (3, p, n_neurons).
    """

    weights: Weights
    mean: Weights
    square: Weights
    epoch: int

    def __post_init__(self) -> None:
        freeze(self)


def lesson(p: int, share: float, rng: Generator) -> Lesson:
    """Return all sums modulo p with a random `share` of them taught, at least one and never all."""
    checks.integer("p", p, low=2)
    checks.number("share", share, low=0, high=1)
    first, second = (part.ravel() for part in np.indices((p, p)))
    taught = np.zeros(p * p, dtype=bool)
    taught[rng.permutation(p * p)[: min(max(round(share * p * p), 1), p * p - 1)]] = True
    learned, numbers = np.flatnonzero(taught), np.arange(p)[:, None]
    marks = np.concatenate([first[learned] == numbers, second[learned] == numbers]).astype(np.float32)
    return Lesson(
        p=p, first=first, second=second, answer=(first + second) % p, taught=taught, learned=learned, marks=marks
    )


def begin(p: int, neurons: int, rng: Generator) -> Snapshot:
    """Return an untrained network: all weights normal with standard deviation 0.1, in single precision."""
    checks.integer("p", p, low=2)
    checks.integer("neurons", neurons, low=1)
    weights = (START * rng.standard_normal((3, p, neurons))).astype(np.float32)
    return Snapshot(weights=weights, mean=np.zeros_like(weights), square=np.zeros_like(weights), epoch=0)


def outputs(weights: Weights, first: Ints, second: Ints) -> Weights:
    """Return f[sum, answer], shape (n_sums, p), ``sum_k W2[q, k] (W1[n, k] + W1'[m, k])^2`` (gromov2023)."""
    hidden = weights[0].take(first, axis=0) + weights[1].take(second, axis=0)
    hidden *= hidden
    return np.asarray(hidden @ weights[2].T)


def gradient(weights: Weights, taught: Lesson) -> tuple[float, Weights]:
    """Return the mean square error over taught sums and answers, and its gradient, shape (3, p, n_neurons), by hand.

    The work is done in the precision of `weights`, so that it can be checked by differences in double precision.
    """
    at = taught.learned
    hidden = weights[0].take(taught.first[at], axis=0) + weights[1].take(taught.second[at], axis=0)
    active = hidden * hidden
    miss = active @ weights[2].T
    miss[np.arange(len(at)), taught.answer[at]] -= 1
    loss = float(np.mean(miss * miss))
    miss *= 2 / miss.size
    hidden *= miss @ (2 * weights[2])
    slope = np.empty_like(weights)
    slope[:2] = (taught.marks.astype(weights.dtype, copy=False) @ hidden).reshape(slope[:2].shape)
    slope[2] = miss.T @ active
    return loss, slope


def step(now: Snapshot, taught: Lesson, decay: float) -> Snapshot:
    """Return the network one epoch later: AdamW on all taught sums at once (loshchilov2019, algorithm 2)."""
    _, slope = gradient(now.weights, taught)
    epoch = now.epoch + 1
    mean = FIRST * now.mean + (1 - FIRST) * slope
    square = SECOND * now.square + (1 - SECOND) * slope * slope
    size = np.sqrt(square / (1 - SECOND**epoch)) + TINY
    weights = (1 - RATE * decay) * now.weights - RATE / (1 - FIRST**epoch) * mean / size
    return Snapshot(weights=weights, mean=mean, square=square, epoch=epoch)


def concentration(waveforms: ArrayLike) -> Floats:
    """Return how much of each waveform is one frequency[neuron], shape (n,): 1 for a cosine, fraction.

    waveforms : weight[number, neuron], shape (p, n). The inverse participation ratio of the power of all frequencies but 0,
    ``sum P^2 / (sum P)^2`` (doshi2024). A flat waveform has 0.
    """
    values = checks.array("waveforms", waveforms, (None, None))
    power = np.abs(np.fft.rfft(values, axis=0)) ** 2
    total, waves = power.sum(axis=0), power[1:]
    moves = waves.sum(axis=0) > FLAT * total
    share = np.where(moves, waves, 0.0) / np.where(moves, waves.sum(axis=0), 1.0)
    return np.asarray((share**2).sum(axis=0))


def chance_concentration(p: int) -> float:
    """Return the expected concentration of normal noise, ``4 / (p + 1)`` for odd p: its powers are uniform on the simplex."""
    checks.odd("p", p)
    checks.integer("p", p, low=3)
    return 4 / (p + 1)


def look(now: Snapshot, taught: Lesson) -> Floats:
    """Return share of taught sums known, share of the others known, mean concentration of W1 and W1'; shape (3,)."""
    right = outputs(now.weights, taught.first, taught.second).argmax(axis=1) == taught.answer
    ways = [float(concentration(part).mean()) for part in now.weights[:2]]
    return np.array([right[taught.taught].mean(), right[~taught.taught].mean(), np.mean(ways)])


def follow(now: Snapshot, taught: Lesson, decay: float, until: int, every: int) -> tuple[Snapshot, Floats]:
    """Train up to the epoch `until`; return the network and look[look, measure], shape (n_looks, 3), after now, each `every`."""
    checks.number("decay", decay, low=0)
    checks.integer("every", every, low=1)
    seen = []
    while now.epoch < until:
        now = step(now, taught, decay)
        if now.epoch % every == 0:
            seen.append(look(now, taught))
    return now, np.array(seen).reshape(-1, 3)


def first_above(course: ArrayLike, level: float, epochs: ArrayLike) -> Floats:
    """Return the first epoch with a value above `level`, over the last axis of `course`; infinite if there is none."""
    values, when = np.asarray(course, dtype=float), np.asarray(epochs, dtype=float)
    checks.array("epochs", when, values.shape[-1:])
    above = values > level
    return np.asarray(np.where(above.any(axis=-1), when[above.argmax(axis=-1)], np.inf))


# A network trained while one waits ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TrainingParams:
    """A small network, trained with one weight decay up to a branch and with another after it.

    p : numbers that are added. neurons : of the network. share : of the sums that are taught.
    before, after : weight decay up to the branch and after it. branch : epoch of the branch, at most `epochs` count.
    epochs : trained in all.
    """

    p: int = checks.bounded(17, low=2, high=97)
    neurons: int = checks.bounded(128, low=1, high=1024)
    share: float = checks.bounded(0.6, low=0.0, high=1.0)
    before: float = checks.bounded(0.5, low=0.0, high=2.0)
    after: float = checks.bounded(1.0, low=0.0, high=2.0)
    branch: int = checks.bounded(200, low=0, high=20_000)
    epochs: int = checks.bounded(600, low=1, high=20_000)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingResult:
    """The course of one network.

    Attributes
    ----------
    epochs : epoch[look], shape (n_looks,), from 0.
    train, test : share of the taught and of the other sums that are known[look], shape (n_looks,), fraction.
    measure : mean concentration of the first weights[look], shape (n_looks,), fraction.
    wave : first weight of the neuron that is most nearly a cosine in the end[number], shape (p,).
    """

    params: TrainingParams
    epochs: Ints
    train: Floats
    test: Floats
    measure: Floats
    wave: Floats

    def __post_init__(self) -> None:
        freeze(self)


def simulate_training(params: TrainingParams, rng: Generator) -> TrainingResult:
    """Train one network; the dice choose the taught sums and the first weights, which are the same for every rule."""
    taught = lesson(params.p, params.share, rng)
    start = begin(params.p, params.neurons, rng)
    branch, every = min(params.branch, params.epochs), max(1, params.epochs // 40)
    middle, early = follow(start, taught, params.before, branch, every)
    end, late = follow(middle, taught, params.after, params.epochs, every)
    seen = np.concatenate([look(start, taught)[None], early, late])
    best = int(concentration(end.weights[0]).argmax())
    return TrainingResult(
        params=params, epochs=every * np.arange(len(seen)), train=seen[:, 0], test=seen[:, 1], measure=seen[:, 2],
        wave=end.weights[0][:, best].astype(float),
    )  # fmt: skip


# A network written by hand --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WrittenParams:
    """Networks whose weights are written down instead of learned.

    p : numbers that are added. neurons : of the network that is looked at. misphase : how far the last layer's phases are off, a
    share of the full turn: each is shifted by a random angle of at most this share of half a turn, to either side.
    networks : written. questions : random sums that are asked, all if there are no more.
    """

    p: int = checks.bounded(23, low=3, high=97)
    neurons: int = checks.bounded(50, low=1, high=SIZES[-1])
    misphase: float = checks.bounded(0.0, low=0.0, high=1.0)
    networks: int = checks.bounded(8, low=2, high=200)
    questions: int = checks.bounded(200, low=1, high=97**2)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class WrittenResult:
    """How well written networks add, by their size, and one network's answer to one sum.

    Attributes
    ----------
    sizes : neurons[size], shape (n_sizes,).
    accuracy : share of the asked sums that are right[size, network], shape (n_sizes, n_networks), fraction.
    predicted : the same, from signal and noise[size], shape (n_sizes,), fraction.
    support : output of the first network for one sum, by how far an answer is from the right one[distance], shape (p,), of one
        neuron on average.
    expected : the mean of `support` over all networks[distance], shape (p,).
    """

    params: WrittenParams
    sizes: Ints
    accuracy: Floats
    predicted: Floats
    support: Floats
    expected: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def chosen_accuracy(self) -> float:
        """Predicted share of right answers with the chosen number of neurons."""
        return predicted_accuracy(self.params.p, self.params.neurons, self.params.misphase)

    @property
    def noise(self) -> float:
        """Standard deviation of a wrong answer's support, of one neuron on average."""
        return sqrt(9 / 8 / self.params.neurons)


def written(p: int, neurons: int, rng: Generator, *, misphase: float = 0.0) -> Floats:
    """Return weights that add, weight[W1 W1' W2, number, neuron], shape (3, p, n_neurons) (gromov2023, analytic solution).

    misphase : share of the full turn over which the phases of W2 are scattered; 1 makes them random.
    """
    checks.integer("p", p, low=3)
    checks.integer("neurons", neurons, low=1)
    checks.number("misphase", misphase, low=0, high=1)
    frequency = rng.integers(1, p, neurons)
    one, two, off = rng.uniform(-pi, pi, (3, neurons))
    turn = 2 * pi * (np.arange(p)[:, None] * frequency % p) / p
    return np.asarray(np.cos(np.stack([turn + one, turn + two, turn + one + two + misphase * off])))


def written_accuracy(weights: ArrayLike) -> float:
    """Return the share of all p^2 sums that a network answers rightly; weights as `written` gives them."""
    values = checks.array("weights", weights, (3, None, None)).astype(np.float32)
    first, second = (part.ravel() for part in np.indices((values.shape[1],) * 2))
    right = 0
    for low in range(0, len(first), CHUNK):
        n, m = first[low : low + CHUNK], second[low : low + CHUNK]
        right += int((outputs(values, n, m).argmax(axis=1) == (n + m) % values.shape[1]).sum())
    return right / len(first)


def lead_moments(neurons: int, misphase: float = 0.0) -> tuple[float, float]:
    """Return mean and standard deviation of ``R / sqrt V``, the right answer's output over the noise of a wrong one.

    With ``c_j = sin(j pi x) / (j pi x)`` for a misphase x, a neuron has mean R ``c_1/2``, mean V 9/8, variance of R
    ``9/8 + 3 c_2/16 - c_1^2/4``, covariance ``57 c_1/32`` and variance of V 901/256: integrals of products of cosines. The rest
    is the delta method, the mean to the first order of 1/N.
    """
    checks.integer("neurons", neurons, low=1)
    checks.number("misphase", misphase, low=0, high=1)
    once, twice = float(np.sinc(misphase)), float(np.sinc(2 * misphase))
    signal, noise = once / 2, 9 / 8
    own, both, other = 9 / 8 + 3 * twice / 16 - once**2 / 4, 57 * once / 32, 901 / 256
    shift = -both / (2 * noise**1.5) + 3 * signal * other / (8 * noise**2.5)
    spread = own / noise - signal * both / noise**2 + signal**2 * other / (4 * noise**3)
    return sqrt(neurons) * signal / sqrt(noise) + shift / sqrt(neurons), sqrt(spread)


def predicted_accuracy(p: int, neurons: int, misphase: float = 0.0) -> float:
    """Return the predicted share of right answers, ``E Phi(sqrt(p/(p - 1)) mu + sqrt((1 + (p - 1) s^2)/p) z)^(p - 1)``.

    mu and s are the `lead_moments`, z is normal; by quadrature. At mu = 0 and s = 1 it is chance, 1/p, exactly.
    """
    checks.integer("p", p, low=3)
    mean, deviation = lead_moments(neurons, misphase)
    point, weight = _normal()
    lead = sqrt(p / (p - 1)) * mean + sqrt((1 + (p - 1) * deviation**2) / p) * point
    return float(weight @ ndtr(lead) ** (p - 1))


@lru_cache(maxsize=1)
def _normal() -> tuple[Floats, Floats]:
    """Points and weights of a mean over the normal law."""
    point, weight = np.polynomial.hermite_e.hermegauss(60)
    return point, weight / weight.sum()


def simulate_written(params: WrittenParams, rng: Generator) -> WrittenResult:
    """Write networks and ask them sums; a smaller network is the first neurons of a larger one."""
    p = params.p
    asked = rng.permutation(p * p)[: params.questions]
    first, second = asked // p, asked % p
    sizes = np.array(SIZES)
    nets = [written(p, SIZES[-1], rng, misphase=params.misphase) for _ in range(params.networks)]
    answer = (first + second) % p
    return WrittenResult(
        params=params, sizes=sizes, accuracy=np.array([_by_size(net, first, second, answer) for net in nets]).T,
        predicted=np.array([predicted_accuracy(p, size, params.misphase) for size in SIZES]),
        support=_support(nets[0][:, :, : params.neurons], int(first[0]), int(second[0])),
        expected=np.sinc(params.misphase) / 2 * np.where(np.arange(p) == p // 2, 1.0, -1 / (p - 1)),
    )  # fmt: skip


def _by_size(weights: Floats, first: Ints, second: Ints, answer: Ints) -> Floats:
    """Share of right answers[size], shape (n_sizes,)."""
    narrow, share, low = weights.astype(np.float32), [], 0
    total = np.zeros((len(first), weights.shape[1]), dtype=np.float32)
    for size in SIZES:
        total += outputs(narrow[:, :, low:size], first, second)
        share.append(float((total.argmax(axis=1) == answer).mean()))
        low = size
    return np.array(share)


def _support(weights: Floats, first: int, second: int) -> Floats:
    """Output a neuron for one sum, turned so that the right answer stands in the middle."""
    p = weights.shape[1]
    given = outputs(weights, np.array([first]), np.array([second]))[0] / weights.shape[2]
    return np.asarray(np.roll(given, p // 2 - (first + second) % p))


# What is recorded ---------------------------------------------------------------------------------------------------


def _start(percent: int, seed: int) -> tuple[Snapshot, Lesson]:
    """The network and the lesson of a seed."""
    rng = default_rng([seed, percent])
    taught = lesson(WORK["p"], percent / 100, rng)
    return begin(WORK["p"], WORK["neurons"], rng), taught


def _branches(percent: int, seed: int) -> tuple[list[Snapshot], Lesson, Floats]:
    """The snapshots at all branches, the lesson, and what was seen up to the last branch."""
    now, taught = _start(percent, seed)
    kept, seen = [], [look(now, taught)[None]]
    for branch in BRANCHES:
        now, more = follow(now, taught, BEFORE, branch, WORK["every"])
        kept.append(now)
        seen.append(more)
    return kept, taught, np.concatenate(seen)


def courses(percent: int, seed: int) -> Floats:
    """Train one network up to every branch and from there with every decay.

    Returns course[branch, decay, look, measure], shape (n_branches, n_decays, n_looks, 3), as `look` has it.
    """
    kept, taught, seen = _branches(percent, seed)
    course = np.empty((len(BRANCHES), len(DECAYS), WORK["epochs"] // WORK["every"] + 1, 3))
    for at, (branch, one) in enumerate(zip(BRANCHES, kept, strict=True)):
        before = seen[: branch // WORK["every"] + 1]
        for rule, decay in enumerate(DECAYS):
            if at and decay is Decay.SAME:  # nothing was changed at the first branch, so this course is known
                course[at, rule] = course[0, rule]
                continue
            _, after = follow(one, taught, decay.rate, WORK["epochs"], WORK["every"])
            course[at, rule] = np.concatenate([before, after])
    return course


def slow_waves() -> Floats:
    """Follow one neuron of one network, wave[decay, look, number], shape (4, n_looks, p): its weights for the first number.

    It is the neuron whose concentration is the median in the end if the rule is kept.
    """
    start, taught = _start(SLOW["percent"], SLOW["seed"])
    past = _path(start, taught, BEFORE, SLOW["branch"])
    ways = [[*past, *_path(past[-1], taught, decay.rate, WORK["epochs"])[1:]] for decay in DECAYS]
    ends = concentration(ways[DECAYS.index(Decay.SAME)][-1].weights[0])
    neuron = int(np.argsort(ends)[len(ends) // 2])
    return np.array([[one.weights[0][:, neuron] for one in way] for way in ways], dtype=float)


def _path(now: Snapshot, taught: Lesson, decay: float, until: int) -> list[Snapshot]:
    """A network now and after every hundred epochs."""
    kept = [now]
    while kept[-1].epoch < until:
        kept.append(follow(kept[-1], taught, decay, kept[-1].epoch + SLOW["every"], SLOW["every"])[0])
    return kept


def far_courses(seed: int) -> Floats:
    """Follow one network much longer, course[no decay or as before, look, measure], shape (2, n_looks, 3)."""
    now, taught = _start(LONG["percent"], seed)
    first = look(now, taught)[None]
    now, before = follow(now, taught, BEFORE, LONG["branch"], LONG["every"])
    after = [follow(now, taught, decay.rate, LONG["epochs"], LONG["every"])[1] for decay in LONG_DECAYS]
    return np.array([np.concatenate([first, before, one]) for one in after])


def record() -> None:
    """Train all that the figure shows and keep it, in thousandths, with its settings, in files that are whole or absent."""
    made = [[courses(percent, seed) for seed in SEEDS] for percent in PERCENTS]
    keep(RECORD, np.round(PARTS * np.array(made)), SETTINGS)
    keep(WAVES, np.round(PARTS * slow_waves()), WAVE_SETTINGS)
    far = np.array([far_courses(seed) for seed in SEEDS[: LONG["networks"]]])
    keep(FAR, np.round(PARTS * far), FAR_SETTINGS)


@lru_cache(maxsize=1)
def recorded() -> Floats:
    """Return the recorded course[percent, seed, branch, decay, look, measure], shape (4, 6, 3, 4, 61, 3), fraction.

    Raises
    ------
    FileNotFoundError, ValueError : there is no file, or other settings made it; both say how to make it anew.
    """
    return recall(RECORD, SETTINGS, COMMAND) / PARTS


@lru_cache(maxsize=1)
def recorded_waves() -> Floats:
    """Return wave[decay, look, number], shape (4, 16, 23), of one neuron; raises as `recorded` does."""
    return recall(WAVES, WAVE_SETTINGS, COMMAND) / PARTS


@lru_cache(maxsize=1)
def recorded_long() -> Floats:
    """Return course[seed, no decay or as before, look, measure], shape (3, 2, 41, 3); raises as `recorded` does."""
    return recall(FAR, FAR_SETTINGS, COMMAND) / PARTS


# The futures of a snapshot --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FuturesParams:
    """Which of the recorded networks are looked at.

    percent : of all sums that are taught, one of those recorded. branch : epoch at which the futures part, one of those
    recorded. decay : weight decay of the future that is looked at. alarm : concentration that announces the jump.
    """

    percent: int = checks.bounded(60, low=PERCENTS[0], high=PERCENTS[-1])
    branch: int = checks.bounded(200, low=BRANCHES[0], high=BRANCHES[-1])
    decay: Decay = Decay.NONE
    alarm: float = checks.bounded(0.35, low=0.2, high=0.9)

    def __post_init__(self) -> None:
        checks.params(self)
        for name, known in (("percent", PERCENTS), ("branch", BRANCHES)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(map(str, known))}, got {getattr(self, name)}")


@dataclass(frozen=True, eq=False, kw_only=True)
class FuturesResult:
    """Six networks, each with four futures from the same snapshot.

    Attributes
    ----------
    epochs : epoch[look], shape (n_looks,), from 0.
    train, test : share of the taught and of the other sums that are known[decay, network, look], shape (4, 6, n_looks), fraction.
    measure : mean concentration of the first weights[decay, network, look], shape (4, 6, n_looks), fraction.
    """

    params: FuturesParams
    epochs: Ints
    train: Floats
    test: Floats
    measure: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def at(self) -> int:
        """Place of the chosen decay."""
        return DECAYS.index(self.params.decay)

    @property
    def fork(self) -> int:
        """Place of the branch among the looks."""
        return int(np.flatnonzero(self.epochs == self.params.branch)[0])

    @property
    def jump(self) -> Floats:
        """First epoch with more than 90 % of the other sums known[decay, network]; infinite if there is none."""
        return first_above(self.test, KNOWN, self.epochs)

    @property
    def jump_level(self) -> Floats:
        """Concentration at the jump[decay, network], or at epoch 0 if there is none, fraction."""
        return _seen_at(self.jump, self.measure)

    @property
    def warned(self) -> Floats:
        """First epoch with a concentration above the alarm[decay, network]; infinite if there is none."""
        return first_above(self.measure, self.params.alarm, self.epochs)

    @property
    def known(self) -> Floats:
        """Share of the other sums known when the alarm rings[network], of the chosen future; NaN if it does not, fraction."""
        warned = self.warned[self.at]
        return np.where(np.isfinite(warned), _seen_at(warned, self.test[self.at]), np.nan)

    @property
    def leads(self) -> Floats:
        """Epochs from alarm to jump[network], of those networks of the chosen future that had both."""
        warned, jump = self.warned[self.at], self.jump[self.at]
        both = np.isfinite(warned) & np.isfinite(jump)
        return np.asarray(jump[both] - warned[both])


def _seen_at(when: Floats, course: Floats) -> Floats:
    """What a recorded course[..., look] says at an epoch[...], or at epoch 0 where that is infinite."""
    place = np.where(np.isfinite(when), when, 0).astype(int) // WORK["every"]
    return np.asarray(np.take_along_axis(course, place[..., None], axis=-1)[..., 0])


def solve_futures(params: FuturesParams) -> FuturesResult:
    """Return the recorded futures; all dice were thrown when they were recorded."""
    part, fork = PERCENTS.index(params.percent), BRANCHES.index(params.branch)
    seen = recorded()[part, :, fork].swapaxes(0, 1)
    return FuturesResult(
        params=params, epochs=WORK["every"] * np.arange(seen.shape[2]), train=seen[..., 0], test=seen[..., 1],
        measure=seen[..., 2],
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NeuronParams:
    """epoch : of training; the last look up to it is shown. decay : weight decay after epoch 200."""

    epoch: int = checks.bounded(1500, low=0, high=WORK["epochs"])
    decay: Decay = Decay.FULL

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class NeuronResult:
    """One neuron at one moment.

    Attributes
    ----------
    wave : its weight for a first number[number], shape (p,), over the root mean square.
    power : share of every frequency but 0[frequency], shape ((p - 1) / 2,), fraction.
    turn : number[point], shape (n_points,), from 0 to p - 1. cosine : strongest frequency of the wave[point], shape (n_points,).
    """

    params: NeuronParams
    wave: Floats
    power: Floats
    turn: Floats
    cosine: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def epoch(self) -> int:
        """Epoch of the look that is shown."""
        return self.params.epoch // SLOW["every"] * SLOW["every"]

    @property
    def frequency(self) -> int:
        """The strongest frequency, in turns over all numbers."""
        return 1 + int(self.power.argmax())

    @property
    def concentration(self) -> float:
        """How much of the waveform is one frequency, fraction."""
        return float((self.power**2).sum())


def solve_neuron(params: NeuronParams) -> NeuronResult:
    """Return the recorded waveform of one neuron and its frequencies."""
    wave = recorded_waves()[DECAYS.index(params.decay), params.epoch // SLOW["every"]]
    wave = wave / np.sqrt(np.mean(wave**2))
    waves, p = np.fft.rfft(wave), len(wave)
    power = np.abs(waves[1:]) ** 2
    best = 1 + int(power.argmax())
    turn = np.linspace(0, p - 1, 8 * (p - 1) + 1)
    cosine = 2 / p * (waves[best] * np.exp(2j * pi * best * turn / p)).real
    return NeuronResult(params=params, wave=wave, power=power / power.sum(), turn=turn, cosine=cosine)


# Forecasts ------------------------------------------------------------------------------------------------------------


class Rule(StrEnum):
    """What a forecast is made from: will the network know 90 % of the other sums before the record ends?"""

    NOTHING = "the more frequent outcome"
    DECAY = "the decay alone"
    SNAPSHOT_TEST = "known sums at the branch"
    SNAPSHOT = "concentration at the branch"
    TEST = "rise of the known sums"
    MEASURE = "rise of the concentration"


RULES = tuple(Rule)


@dataclass(frozen=True, kw_only=True)
class ForecastParams:
    """looks : looks after the branch, one every 25 epochs, that a forecast may use."""

    looks: int = checks.bounded(4, low=1, high=12)

    def __post_init__(self) -> None:
        checks.params(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class ForecastResult:
    """How good forecasts are that are made soon after the branch, over all recorded futures.

    Attributes
    ----------
    right : share of right forecasts[rule], shape (6,), of the networks that set no threshold, in the order of `Rule`, fraction.
    jump : first epoch with more than 90 % known[future], shape (n_futures,), of these networks' jumps after the last look.
    by_measure : the same, by a straight line through the concentration[future], shape (n_futures,); infinite if it falls.
    by_test : the same, by a straight line through the known sums[future], shape (n_futures,); infinite if they do not rise.
    by_custom : the same, what is usual for networks that set the threshold, under the same rule[future], shape (n_futures,);
        infinite if none of them jumped.
    level : concentration at the jump[jumping future], shape (n_jumps,), of all networks and jumps after the branch, fraction.
    """

    params: ForecastParams
    right: Floats
    jump: Floats
    by_measure: Floats
    by_test: Floats
    by_custom: Floats
    level: Floats

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def errors(self) -> Floats:
        """Median miss of the epoch of the jump[by concentration, by known sums, by custom], shape (3,), in epochs."""
        ways = (self.by_measure, self.by_test, self.by_custom)
        return np.array([float(np.median(np.abs(one - self.jump))) for one in ways])


def solve_forecasts(params: ForecastParams) -> ForecastResult:
    """Return how good forecasts are; half of the networks set thresholds and levels, the other half are judged by them."""
    seen, half, last = recorded(), len(SEEDS) // 2, WORK["every"] * params.looks
    branch = np.array(BRANCHES)[:, None]
    jump = first_above(seen[..., 1], KNOWN, WORK["every"] * np.arange(seen.shape[4]))
    now, soon = _looks(seen, 0), _looks(seen, params.looks)
    decay = np.broadcast_to([one.rate for one in DECAYS], jump.shape)
    scores = (np.zeros(jump.shape), decay, now[..., 1], now[..., 2], *np.moveaxis((soon - now)[..., 1:], -1, 0))
    late, open_ = (np.isfinite(jump) & (jump > when) for when in (branch, branch + last))
    level = _seen_at(np.where(late, jump, np.inf), seen[..., 2])
    usual = float(np.median(level[:, :half][late[:, :half]]))
    lines = [_reached(now[..., at], soon[..., at], top, branch, last) for at, top in ((2, usual), (1, KNOWN))]
    custom = np.broadcast_to(np.median(jump[:, :half], axis=1)[:, None], jump.shape)
    by = [one[:, half:][open_[:, half:]] for one in (jump, *lines, custom)]
    return ForecastResult(
        params=params, right=np.array([_judged(score, np.isfinite(jump), half) for score in scores]), jump=by[0],
        by_measure=by[1], by_test=by[2], by_custom=by[3], level=level[late],
    )  # fmt: skip


def _looks(seen: Floats, after: int) -> Floats:
    """What is seen so many looks after every branch, look[percent, seed, branch, decay, measure]."""
    return np.stack([seen[:, :, at, :, branch // WORK["every"] + after] for at, branch in enumerate(BRANCHES)], axis=2)


def _judged(score: Floats, outcome: Flags, half: int) -> float:
    """Share of right forecasts for the networks from `half` on, by the threshold that is best for those before."""
    known, told = score[:, :half].ravel(), outcome[:, :half].ravel()
    levels = np.unique(known)
    cuts = np.concatenate([[-np.inf], (levels[1:] + levels[:-1]) / 2, [np.inf]])
    cut = cuts[np.argmax([((known > one) == told).mean() for one in cuts])]
    return float(((score[:, half:] > cut) == outcome[:, half:]).mean())


def _reached(now: Floats, soon: Floats, top: float, branch: Ints, last: int) -> Floats:
    """Epoch at which a straight line through two looks reaches `top`; infinite if it does not rise."""
    rise = (soon - now) / last
    wait = np.divide(top - soon, rise, out=np.full(rise.shape, np.inf), where=rise > 0)
    return np.asarray(branch + last + wait)


if __name__ == "__main__":
    record()
