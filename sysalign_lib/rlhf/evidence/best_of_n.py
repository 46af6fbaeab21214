"""Targets and claims of best of n: its distance, its duels, and the order statistics behind its curves."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from sysalign_lib.core.evidence import Claim, Kind, Target
from sysalign_lib.rlhf.best_of_n import (
    BestOfNParams,
    Crowd,
    base,
    finite_kl,
    finite_win_rate,
    kl,
    kl_below,
    normal_mean,
    normal_square,
    pool_mean,
    size,
    win_rate,
)

__all__ = ["CLAIMS", "TARGETS"]

Floats = NDArray[np.float64]

SECTION = "3.5"
BOUND, GAO = "beirami2024", "gao2023"
RUNS = 200_000  # repetitions with every draw made

DISTANCES = ((2, 0.193147), (4, 0.636294), (16, 1.835089), (1_000, 5.908755), (60_000, 10.002117))
INVERSES = ((4.0, 147.41, 0.005), (10.0, 59_873.0, 0.5), (16.0, 2.415e7, 0.5e4))
MAXIMA = ((2, 0.564190, "1 / sqrt(pi)"), (3, 0.846284, "3 / (2 sqrt(pi))"), (4, 1.029375, "order statistics of the normal"),
          (64, 2.343733, "order statistics of the normal"), (60_000, 4.271429, "order statistics of the normal"))  # fmt: skip
COUNTS = np.array([1, 2, 3, 4, 16, 64, 1_000, 60_000, 1_000_000])


def _value(function: Callable[[float], Floats], at: float) -> float:
    return float(function(at))


def _equal(answers: int) -> Floats:
    return base(BestOfNParams(answers=answers))


def _finite(shares: Floats, n: float) -> float:
    return float(finite_kl(shares, n))


@lru_cache(maxsize=1)
def _drawn() -> Floats:
    """For two equally likely answers: best of 4 and one rival more, every draw made; shape (2, runs), 1 for the good one."""
    answers = default_rng(2024).integers(0, 2, (5, RUNS))
    return np.array([answers[:4].max(axis=0), answers[4]], float)


def _drawn_distance() -> float:
    """Distance by the shares counted among the winners."""
    good = float(_drawn()[0].mean())
    return good * math.log(2 * good) + (1 - good) * math.log(2 * (1 - good))


def _drawn_duels() -> float:
    best, rival = _drawn()
    return float((0.5 + 0.5 * np.sign(best - rival)).mean())


@lru_cache(maxsize=1)
def _drawn_maxima() -> Floats:
    rng = default_rng(64)
    return np.concatenate([rng.standard_normal((64, RUNS // 20)).max(axis=0) for _ in range(20)])


def _pool() -> float:
    """Best of 2 by proxy from a pool of four, on two prompts that carry the same pool in another order."""
    proxy, gold = (
        np.array([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]]),
        np.array([[5.0, 1.0, 4.0, 2.0], [2.0, 4.0, 1.0, 5.0]]),
    )
    return float(pool_mean(proxy, gold, [2])[0][0])


def _target(
    name: str,
    value: float,
    tolerance: float,
    kind: Kind,
    source: str,
    place: str,
    why: str,
    compute: Callable[[], float],
) -> Target:
    return Target(
        name=f"best of n: {name}", value=value, tolerance=tolerance, kind=kind, source=source, place=place, why=why,
        compute=compute,
    )  # fmt: skip


def _exact(name: str, value: float, source: str, place: str, compute: Callable[[], float]) -> Target:
    return _target(name, value, 5.5e-7, "exact", source, place, "rounding of the sixth decimal", compute)


SD_DISTANCE = 15 / 16 * 1 / 16  # variance of one winner; the distance moves by log 15 for each unit of the share

TARGETS: tuple[Target, ...] = (
    *(
        _exact(f"distance of a continuum, n = {n:,}", value, GAO, "log n - (n - 1) / n", partial(_value, kl, n))
        for n, value in DISTANCES
    ),
    *(
        _target(f"n at a distance of {far:g} nats", value, tolerance, "exact", "book", "inverse of log n - (n - 1) / n",
                "rounding of the last digit", partial(_value, size, far))
        for far, value, tolerance in INVERSES
    ),
    *(
        _exact(f"duels won by a continuum, n = {n:,}", n / (n + 1), BOUND, "n / (n + 1)", partial(_value, win_rate, n))
        for n in (1, 4, 64)
    ),
    *(
        _exact(f"mean of the largest of {n:,} normal numbers", value, "book", place, partial(_value, normal_mean, n))
        for n, value, place in MAXIMA
    ),
    _exact("mean square of the largest of 3 normal numbers", 1 + math.sqrt(3) / (2 * math.pi), "book",
           "closed form 1 + sqrt(3) / (2 pi)", partial(_value, normal_square, 3)),
    _target("mean of the largest of 64 normal numbers, drawn", 2.343733, 4 * 0.452 / math.sqrt(RUNS), "monte carlo", "book",
            "64 draws, 200,000 times", "four standard errors; the largest of 64 has standard deviation 0.451",
            lambda: float(_drawn_maxima().mean())),
    _target("distance with two equally likely answers, n = 4", 0.45936, 5.5e-6, "exact", BOUND,
            "law of the best, q = (1/16, 15/16)", "rounding of the fifth decimal", partial(_finite, _equal(2), 4)),
    _target("distance with two equally likely answers, n = 4, drawn", 0.45936, 5 * math.log(15) * math.sqrt(SD_DISTANCE / RUNS),
            "monte carlo", BOUND, "shares counted among the winners, every draw made",
            "five standard errors of 200,000 runs, by the delta method", _drawn_distance),
    _target("distance with two equally likely answers, n without end", math.log(2), 1e-12, "limit", BOUND, "log 2",
            "at n = 60 the bad answer is best once in 2^60", partial(_finite, _equal(2), 60)),
    *(
        _target(f"distance with {answers:,} equally likely answers, n without end", math.log(answers), 1e-12, "limit", "book",
                "minus log of the best answer's probability", "at n = 40 K the rest is below exp(-40)",
                partial(_finite, _equal(answers), 40 * answers))
        for answers in (16, 1024)
    ),
    _exact("duels won with two equally likely answers, n = 4", 23 / 32, "book", "(1/16)(1/4) + (15/16)(3/4), ties half",
           lambda: float(finite_win_rate(_equal(2), 4))),
    _target("duels won with two equally likely answers, n = 4, drawn", 23 / 32, 5 * 0.5 / math.sqrt(RUNS), "monte carlo", "book",
            "every draw made", "five standard errors of 200,000 runs, at most", _drawn_duels),
    _target("distance with 4,096 equally likely answers, n = 16", 1.835089, 2e-6, "limit", "book", "a continuum, K without end",
            "rounding, and the lemma's gap n (n - 1)^2 / (24 K^2 (n - 2)) = 6e-7", partial(_finite, _equal(4096), 16)),
    _exact("what the formula overstates with 1,024 equally likely answers, n = 64", 64 * 63**2 / (24 * 1024**2 * 62), "book",
           "n (n - 1)^2 / (24 K^2 (n - 2))", lambda: float(kl(64) - finite_kl(_equal(1024), 64))),
    _target("distance with a best answer of probability 1/2 above a continuum, n = 1,000", math.log(2), 1e-12, "limit", "book",
            "minus log of the probability", "the best answer is missed once in 2^1000", lambda: float(kl_below(0.5, 1_000))),
    _exact("gold of the best of 2 from a pool of four", (1 * 1 + 2 * 4 + 3 * 2) / 6, "book", "six pairs counted", _pool),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------


def _gap(shares: Floats, n: int) -> float:
    """Share of the reported distance that is not there."""
    return 1 - _finite(shares, n) / float(kl(n))


def _long_answers() -> bool:
    return all(_gap(_equal(1024), n) < 1e-3 for n in (2, 4, 16, 64))


def _short_answers() -> bool:
    """Two or sixteen answers: at n = 1,000 more than half of the reported distance is missing."""
    return all(_gap(_equal(answers), 1_000) > 0.5 for answers in (2, 16))


def _goes_on() -> bool:
    """Every tenfold n adds log 10 nats as long as the answers do not run out."""
    n = np.array([4.0, 40.0])
    return bool(np.diff(finite_kl(_equal(4096), n))[0] > 0.9 * np.diff(kl(n))[0])


def _stands_still() -> bool:
    n = np.array([1_000, 1_000_000])
    moved = finite_kl(_equal(16), n)
    return bool(np.diff(moved)[0] < 1e-12 and np.diff(kl(n))[0] > 6.9)


def _many_equal() -> bool:
    return _gap(_equal(1024), 64) < 1e-3


def _one_common() -> bool:
    """As many answers, but the best comes nine times in ten: at most 0.11 nats, and 55 % of the duels."""
    shares = base(BestOfNParams(answers=1024, crowd=Crowd.BEST))
    return _finite(shares, 64) < 0.1054 and float(finite_win_rate(shares, 64)) < 0.5501


def _nearly_all_duels() -> bool:
    return float(finite_win_rate(_equal(1024), 64)) > 0.984


def _three_in_four() -> bool:
    return bool(np.all(finite_win_rate(_equal(2), COUNTS) <= 0.75))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="best of n: the distance is log n - (n - 1) / n",
        section=SECTION,
        statement="The abscissa of published best-of-n curves is the distance from the base.",
        model="best of n on finitely many answers, exact",
        assumptions="answers of different reward, drawn independently",
        holds="1,024 equally likely answers and n up to 64: less than a thousandth is missing",
        fails="two or sixteen answers at n = 1,000: more than half of the reported distance does not exist",
        verdict="holds in a window",
        in_holds=_long_answers,
        in_fails=_short_answers,
    ),
    Claim(
        name="best of n: more draws move the policy on and on",
        section=SECTION,
        statement="Optimization pressure grows with log n without end.",
        model="best of n on finitely many answers, exact",
        assumptions="answers of different reward, drawn independently",
        holds="4,096 equally likely answers between n = 4 and n = 40",
        fails="sixteen answers between n = 1,000 and n = 1,000,000: the policy has stopped, the formula adds 6.9 nats",
        verdict="holds in a window",
        in_holds=_goes_on,
        in_fails=_stands_still,
    ),
    Claim(
        name="best of n: many different answers make the formula safe",
        section=SECTION,
        statement="It is enough to count the answers that a base can give.",
        model="best of n on 1,024 answers, exact",
        assumptions="answers of different reward, drawn independently",
        holds="all of them equally likely, n = 64",
        fails="the best of them comes nine times in ten: 0.105 nats, not 3.17",
        verdict="holds in a window",
        in_holds=_many_equal,
        in_fails=_one_common,
    ),
    Claim(
        name="best of n: it wins n / (n + 1) of its duels",
        section=SECTION,
        statement="With enough draws best of n beats its base almost always.",
        model="best of n on finitely many answers, exact, ties half",
        assumptions="answers of different reward, drawn independently",
        holds="1,024 equally likely answers: 98.4 % at n = 64",
        fails="two equally likely answers: three in four, whatever n",
        verdict="holds in a window",
        in_holds=_nearly_all_duels,
        in_fails=_three_in_four,
    ),
)
