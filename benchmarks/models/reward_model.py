"""Scores from a list of comparisons, 1,000 for each item: ours beside choix and scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import default_rng

from benchmarks.models.harness import Bench
from sysalign_lib.rlhf.reward_model import fit, wins_from

SIZES = (20, 200, 1000)
PRIOR = 0.1  # regularization where scikit-learn is compared, its C is 1 / PRIOR
EXACT, CLOSE = 1e-6, 5e-3  # scikit-learn stops where its own criterion lets it


@dataclass(frozen=True)
class Comparisons:
    """One list in three shapes: arrays for ours, tuples for choix, and rows of +1 and -1 with answers for scikit-learn."""

    items: int
    winners: np.ndarray
    losers: np.ndarray
    pairs: list[tuple[int, int]]
    rows: object
    answers: np.ndarray


def comparisons(items: int) -> Comparisons:
    """1,000 comparisons an item of pairs at random, true scores of standard deviation 1.5."""
    from scipy.sparse import csr_matrix

    rng, count = default_rng(2015), 1000 * items
    score = 1.5 * rng.standard_normal(items)
    first = rng.integers(items, size=count)
    second = (first + rng.integers(1, items, size=count)) % items
    ahead = rng.random(count) < 1 / (1 + np.exp(score[second] - score[first]))
    winners, losers = np.where(ahead, first, second), np.where(ahead, second, first)
    sides = np.tile([1.0, -1.0], count), np.column_stack([first, second]).ravel(), np.arange(0, 2 * count + 1, 2)
    pairs = list(zip(winners.tolist(), losers.tolist(), strict=True))
    return Comparisons(items, winners, losers, pairs, csr_matrix(sides, shape=(count, items)), np.where(ahead, 1, -1))


def plain(data: Comparisons) -> np.ndarray:
    """Ours, from the list on."""
    return fit(wins_from(data.winners, data.losers, data.items))


def regularized(data: Comparisons) -> np.ndarray:
    """Ours, from the list on, with a normal prior."""
    return fit(wins_from(data.winners, data.losers, data.items), regularization=PRIOR)


def choix_scores(data: Comparisons) -> np.ndarray:
    """Iterated spectral ranking, its method of choice, without regularization like ours."""
    import choix

    return np.asarray(choix.ilsr_pairwise(data.items, data.pairs, alpha=0.0, tol=1e-8))


def logistic_scores(data: Comparisons) -> np.ndarray:
    """Logistic regression with the same objective, one row a comparison; of its solvers the fastest to come so close."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / PRIOR, fit_intercept=False, solver="liblinear", tol=1e-4)
    return np.asarray(model.fit(data.rows, data.answers).coef_[0])


def agree_exactly(data: Comparisons, mine: np.ndarray, peer: np.ndarray) -> str:
    """Both find the same maximum."""
    worst = float(np.abs(mine - (peer - peer.mean())).max())
    assert worst < EXACT, worst
    return f"largest difference {worst:.0e}"


def agree_closely(data: Comparisons, mine: np.ndarray, peer: np.ndarray) -> str:
    """Both maximize the same, the peer to its own tolerance."""
    worst = float(np.abs(mine - peer).max())
    assert worst < CLOSE, worst
    return f"largest difference {worst:.0e}"


BENCHES = (
    Bench(
        name="Bradley-Terry scores from a list of 1,000 comparisons an item",
        unit="items",
        sizes=SIZES,
        prepare=comparisons,
        ours=plain,
        peer=choix_scores,
        peer_name="choix.ilsr_pairwise",
        agree=agree_exactly,
        at_least=40,
        judged=200,
    ),
    Bench(
        name="the same with a normal prior",
        unit="items",
        sizes=SIZES,
        prepare=comparisons,
        ours=regularized,
        peer=logistic_scores,
        peer_name="scikit-learn's LogisticRegression, a row a comparison",
        agree=agree_closely,
        at_least=8,
        judged=200,
    ),
)
