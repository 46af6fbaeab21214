"""Best-of-n curves: exact order statistics beside draws, and rank weights beside resampling a pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from benchmarks.models.harness import Bench
from sysalign_lib.rlhf.best_of_n import normal_mean, pool_mean

POINTS = 24  # values of n on a curve
ERROR = 0.01  # standard error to which the draws go on; the quadrature's is 1e-11
CHUNK = 2_000_000  # draws held at once

PROMPTS = 64
EXTRA = 0.01  # share that resampling may add to the standard error over prompts
ROUNDS = 100  # resamplings of all prompts at once

Estimate = tuple[np.ndarray, np.ndarray]


# The curve of a normal reward --------------------------------------------------------------------------------------


def curve(largest: int) -> np.ndarray:
    """Values of n from 2 to the largest, evenly on the log scale."""
    return np.unique(np.geomspace(2, largest, POINTS).round().astype(int))


def quadrature(n: np.ndarray) -> np.ndarray:
    """All values of n on one grid of nodes."""
    return normal_mean(n)


def drawn(n: np.ndarray) -> Estimate:
    """Means of the largest and their standard errors.

    One path of draws serves the whole curve, its running maximum read off at every n; a value of n whose standard error
    is small enough is left out, so that paths get shorter and shorter.
    """
    rng, runs = default_rng(1), 0
    total, squares = np.zeros(len(n)), np.zeros(len(n))
    mean, error, left = np.zeros(len(n)), np.ones(len(n)), len(n)
    while left:
        count = max(20, CHUNK // int(n[left - 1]))
        draws = rng.standard_normal((count, int(n[left - 1])))
        starts = np.concatenate([[0], n[: left - 1]])
        largest = np.maximum.accumulate(np.maximum.reduceat(draws, starts, axis=1), axis=1)
        runs += count
        total[:left] += largest.sum(axis=0)
        squares[:left] += np.square(largest).sum(axis=0)
        mean[:left] = total[:left] / runs
        error[:left] = np.sqrt((squares[:left] / runs - mean[:left] ** 2) / (runs - 1))
        left = int(np.flatnonzero(error[:left] > ERROR)[-1]) + 1 if (error[:left] > ERROR).any() else 0
    return mean, error


def agree_drawn(n: np.ndarray, mine: np.ndarray, peer: Estimate) -> str:
    """Five standard errors, at each n."""
    away = np.abs(mine - peer[0]) / peer[1]
    assert peer[1].max() <= ERROR, peer[1].max()
    assert away.max() < 5, away.max()
    return f"largest difference {away.max():.1f} std. errors"


# The curve of a pool -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pool:
    """proxy, gold : score[prompt, answer]. n : sizes of the samples, powers of 2 up to a quarter of the pool."""

    proxy: np.ndarray
    gold: np.ndarray
    n: np.ndarray


def pool(answers: int) -> Pool:
    """Scores of answers, normal within each prompt; the proxy is better on some prompts than on others."""
    rng = default_rng(answers)
    proxy, noise = rng.standard_normal((2, PROMPTS, answers))
    match = rng.uniform(0.5, 0.9, (PROMPTS, 1))
    return Pool(proxy, match * proxy + np.sqrt(1 - match**2) * noise, 2 ** np.arange(1, answers.bit_length() - 2))


def weighted(data: Pool) -> Estimate:
    """Sort once, weigh the ranks."""
    return pool_mean(data.proxy, data.gold, data.n)


def resampled_once(data: Pool, n: int, rng: Generator) -> np.ndarray:
    """Gold[prompt, round] of the best of n in samples without replacement."""
    picks = rng.permuted(np.tile(np.arange(data.proxy.shape[1]), (ROUNDS, 1)), axis=1)[:, :n]
    best = picks[np.arange(ROUNDS), data.proxy[:, picks].argmax(axis=2)]
    return np.take_along_axis(data.gold, best, 1)


def resampled(data: Pool) -> Estimate:
    """Resample each n until that alone adds no more than one percent to the standard error over prompts."""
    rng, mean, error = default_rng(2), [], []
    for n in data.n.tolist():
        total, squares, rounds = np.zeros(PROMPTS), np.zeros(PROMPTS), 0
        while True:
            gold = resampled_once(data, n, rng)
            total, squares, rounds = total + gold.sum(axis=1), squares + np.square(gold).sum(axis=1), rounds + ROUNDS
            each = total / rounds
            extra, whole = (squares / rounds - each**2).mean() / rounds, each.var(ddof=1)
            if whole <= (1 + EXTRA) ** 2 * (whole - extra):
                break
        mean.append(each.mean())
        error.append(np.sqrt(whole / PROMPTS))
    return np.array(mean), np.array(error)


def agree_pool(data: Pool, mine: Estimate, peer: Estimate) -> str:
    """Means within five standard errors of the resampling, standard errors within a twentieth."""
    noise = np.sqrt(1 - 1 / (1 + EXTRA) ** 2) * peer[1]
    away = np.abs(mine[0] - peer[0]) / noise
    assert away.max() < 5, away.max()
    assert np.abs(peer[1] / mine[1] - 1).max() < 0.05, peer[1] / mine[1]
    return f"largest difference {away.max():.1f} std. errors"


BENCHES = (
    Bench(
        name=f"best-of-n curve of a normal reward at {POINTS} n, ours exact to 1e-11, the peer to a standard error of {ERROR}",
        unit="largest n",
        sizes=(600, 6_000, 60_000),
        prepare=curve,
        ours=quadrature,
        peer=drawn,
        peer_name="running maxima of drawn paths, numpy",
        agree=agree_drawn,
        at_least=100,
    ),
    Bench(
        name=f"best-of-n curve from a pool, {PROMPTS} prompts, to the standard error over prompts plus {100 * EXTRA:g} %",
        unit="answers",
        sizes=(256, 1_024, 4_096),
        prepare=pool,
        ours=weighted,
        peer=resampled,
        peer_name=f"resampling without replacement, numpy, {ROUNDS} rounds of all prompts at once",
        agree=agree_pool,
        at_least=50,
        judged=1_024,
    ),
)
