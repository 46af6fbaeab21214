"""The drift experiment: 400 days of drifting values, two learning robots, an oracle and one that always defers."""

from __future__ import annotations

import math
import random

import numpy as np

from benchmarks.models.harness import Bench
from sysalign_lib.corrigibility.drift import DriftParams, late_means, simulate

PHI, BETA, NOISE, STEPS = 0.99, 0.25, 2.0, 400
SIGMAS = 5.0  # standard errors by which two independent simulations may differ

Answer = tuple[list[float], list[float]]


def vectorized(runs: int) -> Answer:
    """Mean utility of the four robots and open share of the two learners over the last half, and standard errors."""
    params = DriftParams(phi=PHI, beta=BETA, noise=NOISE, steps=STEPS, runs=runs)
    seen = simulate(params, np.random.default_rng(runs))
    return [*seen.seen_late_utility, *seen.seen_late_open], [*seen.seen_late_error, *seen.seen_late_open_error]


def python_loop(runs: int) -> Answer:
    """The same with one run after the other, as one would write it first."""
    gauss = random.Random(runs).gauss
    fresh, square = math.sqrt(1 - PHI**2), NOISE**2
    first, second = [0.0] * 6, [0.0] * 6
    for _ in range(runs):
        value = gauss(0, 1)
        aware, aware_variance, blind, blind_variance = 0.0, 1.0, 0.0, 1.0
        sums = [0.0] * 6
        for day in range(STEPS):
            if day >= STEPS // 2:
                allowed = value / (1 + math.exp(-value / BETA))
                sums[0] += max(value, 0)
                sums[3] += allowed
                if aware_variance > 2 * abs(aware) * BETA:
                    sums[1] += allowed
                    sums[4] += 1
                elif aware > 0:
                    sums[1] += value
                if blind_variance > 2 * abs(blind) * BETA:
                    sums[2] += allowed
                    sums[5] += 1
                elif blind > 0:
                    sums[2] += value
            seen = value + NOISE * gauss(0, 1)
            gain = aware_variance / (aware_variance + square)
            aware = PHI * (aware + gain * (seen - aware))
            aware_variance = PHI**2 * (1 - gain) * aware_variance + 1 - PHI**2
            gain = blind_variance / (blind_variance + square)
            blind += gain * (seen - blind)
            blind_variance *= 1 - gain
            value = PHI * value + fresh * gauss(0, 1)
        for i, total in enumerate(sums):
            mean = total / (STEPS // 2)
            first[i] += mean
            second[i] += mean * mean
    means = [one / runs for one in first]
    errors = [math.sqrt(max(two / runs - mean**2, 0) / (runs - 1)) for mean, two in zip(means, second, strict=True)]
    return means, errors


def agree(runs: int, ours: Answer, peer: Answer) -> str:
    """Both must lie within five standard errors of the exact means, and of each other."""
    params = DriftParams(phi=PHI, beta=BETA, noise=NOISE, steps=STEPS, runs=runs)
    exact = [float(one) for part in late_means(params) for one in part]
    off = [
        max(abs(mean - true) / error for mean, error, true in zip(*answer, exact, strict=True))
        for answer in (ours, peer)
    ]
    assert max(off) < SIGMAS, off
    return f"ours {off[0]:.1f}, peer {off[1]:.1f} standard errors from the exact means at most"


def keep(runs: int) -> int:
    """Both sides get the number of runs."""
    return runs


BENCHES = (
    Bench(
        name=f"drifting values, {STEPS} days, ours in mirrored pairs of runs",
        unit="runs",
        sizes=(200, 2_000, 20_000),
        prepare=keep,
        ours=vectorized,
        peer=python_loop,
        peer_name="a plain Python loop",
        agree=agree,
        at_least=50,
    ),
)
