"""What waiting is worth at every belief of a grid: ours beside adaptive quadrature, one call a cell."""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import quad

from benchmarks.models.harness import Bench
from sysalign_lib.corrigibility.off_switch import advantage

BETAS = (0.001, 0.03, 0.25, 1.0)  # overseer's noise; row by row in turn, small ones included
EXACT = 1e-9

Grid = tuple[np.ndarray, np.ndarray, np.ndarray]


def grid(size: int) -> Grid:
    """Estimate, doubt and overseer's noise, each of shape (size, size)."""
    mu, sigma = np.meshgrid(np.linspace(-2, 2, size), np.linspace(0.02, 2, size))
    beta = np.broadcast_to(np.resize(BETAS, size)[:, None], mu.shape)
    return mu, sigma, beta


def ours(data: Grid) -> np.ndarray:
    """All cells at once."""
    return advantage(*data)


def cell(mu: float, sigma: float, beta: float) -> float:
    """E[pi(U) U] - max(mu, 0) of one cell; told where the integrand bends, for else small noise costs it the seventh digit."""

    def inside(value: float) -> float:
        at = (value - mu) / sigma
        return value / (1 + math.exp(min(-value / beta, 700.0))) * math.exp(-0.5 * at * at)

    low, high = mu - 9 * sigma, mu + 9 * sigma
    bends = [one for one in (-40 * beta, 0.0, 40 * beta) if low < one < high]
    total = quad(inside, low, high, points=bends or None, epsabs=1e-10, epsrel=1e-10, limit=200)[0]
    return float(total / (sigma * math.sqrt(2 * math.pi)) - max(mu, 0.0))


def quadrature(data: Grid) -> np.ndarray:
    """One adaptive quadrature a cell."""
    cells = zip(*(one.ravel().tolist() for one in data), strict=True)
    return np.array([cell(*one) for one in cells]).reshape(data[0].shape)


def agree(data: Grid, mine: np.ndarray, peer: np.ndarray) -> str:
    """Answers must agree to 1e-9."""
    worst = float(np.abs(mine - peer).max())
    assert worst < EXACT, worst
    return f"largest difference {worst:.0e}"


BENCHES = (
    Bench(
        name=f"off-switch expectation on a square grid of beliefs, noise {', '.join(map(str, BETAS))}",
        unit="beliefs a side",
        sizes=(10, 30, 100),
        prepare=grid,
        ours=ours,
        peer=quadrature,
        peer_name="scipy.integrate.quad, one call a cell",
        agree=agree,
        at_least=150,
    ),
)
