"""Targets and claims of gauge drift."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from scipy.special import ndtr

from sysalign_lib.core.evidence import Claim, Target, printed
from sysalign_lib.interpretability.gauge_drift import (
    FROZEN,
    INVARIANT,
    REFITTED,
    TRACKING,
    GaugeParams,
    GaugeResult,
    accuracy_after,
    behavior,
    fit_factors,
    frozen_accuracy,
    mean_accuracy,
    named,
    named_by_inner_products,
    named_expected,
    plane_overlap,
    polygon,
    random_rotation,
    sampled_accuracy,
    simulate,
    solve,
    step_factors,
    turned,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.3"
PENTAGON = polygon(5)
ANGLES = ((0, 0.8413), (30, 0.8068), (60, 0.6915), (90, 0.5))
PATHS = 2000
DRIFT = GaugeParams(rate=0.01, refit=20, steps=100, paths=PATHS)
SAMPLED = 40_000
ANGLE_CASES = 100_000


@lru_cache(maxsize=4)
def _seen(params: GaugeParams = DRIFT) -> GaugeResult:
    return simulate(params, default_rng(2020))


def _classified(degrees: float) -> float:
    """Share of drawn cases that the probe is right about after the turn, both classes and the noise drawn."""
    rng = default_rng(30)
    side = rng.choice((-1.0, 1.0), ANGLE_CASES)
    case = side * turned([[1.0], [0.0]], math.radians(degrees)) + rng.standard_normal((2, ANGLE_CASES))
    return float(np.mean(case[0] * side > 0))


def _unseen() -> float:
    """Largest change of ``W^T W`` and of what comes out, over many turns of a pentagon with offsets."""
    inputs, bias = default_rng(1).random((5, 50)), np.linspace(-0.3, 0.1, 5)
    codes = [turned(PENTAGON, angle) for angle in np.linspace(0, 2 * np.pi, 25)]
    within = max(np.abs(code.T @ code - PENTAGON.T @ PENTAGON).max() for code in codes)
    out = max(np.abs(behavior(code, bias, inputs) - behavior(PENTAGON, bias, inputs)).max() for code in codes)
    return float(max(within, out))


def _named(degrees: float) -> float:
    return named(turned(PENTAGON, math.radians(degrees)), PENTAGON)


def _recognized() -> float:
    """Smallest share recognized by inner products over many turns, and in 20 dimensions under random rotations."""
    wide, rng = default_rng(2).standard_normal((20, 60)), default_rng(3)
    shares = [named_by_inner_products(turned(PENTAGON, angle), PENTAGON) for angle in np.linspace(0.1, 6, 20)]
    shares += [named_by_inner_products(random_rotation(20, rng) @ wide, wide) for _ in range(5)]
    return min(shares)


def _turned(degrees: float) -> float:
    return float(frozen_accuracy(math.radians(degrees), 1.0))


def _by_hermite(time: float) -> float:
    """Expected accuracy in the plane by Gauss-Hermite quadrature over the angle, without the zonal sum."""
    node, weight = np.polynomial.hermite_e.hermegauss(200)
    return float(weight @ ndtr(np.cos(math.sqrt(2 * 0.01 * time) * node)) / weight.sum())


def _sum_less_quadrature(time: float) -> float:
    return float(accuracy_after(time, GaugeParams())) - _by_hermite(time)


def _cosine() -> float:
    """Mean cosine after 100 steps of simulated turns in the plane."""
    steps = default_rng(4).standard_normal((100, SAMPLED)) * math.sqrt(2 * 0.01)
    return float(np.cos(steps.sum(axis=0)).mean())


def _one_plane() -> float:
    """Mean cosine if a random plane of eight dimensions turns, simulated."""
    rng = default_rng(5)
    u = rng.standard_normal((SAMPLED, 8))
    inside = (u[:, 0] ** 2 + u[:, 1] ** 2) / np.sum(u**2, axis=1)
    return float(np.mean(1 - inside * (1 - np.cos(math.sqrt(2) * rng.standard_normal(SAMPLED)))))


def _wide() -> GaugeParams:
    return GaugeParams(rate=0.002, dimension=8, steps=50, paths=PATHS)


def _at(reading: int, params: GaugeParams = DRIFT) -> float:
    return float(_seen(params).seen[reading, -1])


def _spread(params: GaugeParams) -> float:
    """Four standard errors at the widest spread there is: chances lie between Phi(-|mu|) and Phi(|mu|)."""
    return 4 * float(2 * ndtr(params.separation) - 1) / 2 / math.sqrt(params.paths)


TARGETS: tuple[Target, ...] = (
    *(
        printed(f"gauge drift: frozen probe after a turn by {angle} degrees", value, "Phi(|mu| cos theta), |mu| = 1",
                partial(_turned, angle))
        for angle, value in ANGLES
    ),
    *(
        Target(
            name=f"gauge drift: frozen probe after {angle} degrees, cases drawn", value=_turned(angle),
            tolerance=4 * math.sqrt(value * (1 - value) / ANGLE_CASES), kind="monte carlo", source="book",
            place="Phi(|mu| cos theta), |mu| = 1", why="four standard errors of 100,000 cases",
            compute=partial(_classified, angle),
        )
        for angle, value in ANGLES
    ),
    Target(
        name="gauge drift: change of W^T W and of behavior under any turn", value=0.0, tolerance=1e-12, kind="exact",
        source="elhage2022", place="relu(W^T W x + b)", why="rounding", compute=_unseen,
    ),
    printed("gauge drift: features a pentagon's frozen dictionary names after 90 degrees", 0.0, "beyond pi / n",
            partial(_named, 90)),
    printed("gauge drift: after 35 degrees", 1.0, "below pi / n, 36 degrees", partial(_named, 35)),
    printed("gauge drift: after 72 degrees, where every entry fits an activation", 0.0, "2 pi / n", partial(_named, 72)),
    printed("gauge drift: after a full turn, which changes nothing", 1.0, "null shift", partial(_named, 360)),
    printed("gauge drift: features recognized by their inner products after any turn", 1.0, "(R W)^T (R W) = W^T W", _recognized),
    printed("gauge drift: pentagon's dictionary after a normal turn of variance 1", 0.4702, "mass within pi / n of a full turn",
            partial(named_expected, 5, 1.0)),
    printed("gauge drift: mean cosine after 100 steps at D = 0.01", math.exp(-1), "exp(-D t)",
            lambda: float(step_factors(0.01)[0] ** 100)),
    Target(
        name="gauge drift: mean cosine after 100 steps at D = 0.01, simulated", value=math.exp(-1),
        tolerance=4 * math.sqrt((1 + math.exp(-4)) / 2 - math.exp(-2)) / math.sqrt(SAMPLED), kind="monte carlo", source="book",
        place="exp(-D t)", why="four standard errors of 40,000 turns: E cos^2 = (1 + exp(-4 D t)) / 2", compute=_cosine,
    ),
    Target(
        name="gauge drift: mean cosine in 8 dimensions after 100 steps at D = 0.001", value=math.exp(-0.7), tolerance=8e-4,
        kind="limit", source="book", place="exp(-(m - 1) D t), small steps",
        why="steps are finite: they leave a relative gap of (m - 1)(m - 2) D^2 t / 3 = 0.0014",
        compute=lambda: float(step_factors(0.001, 8)[0] ** 100),
    ),
    Target(
        name="gauge drift: mean cosine if one random plane of 8 dimensions turns, simulated", value=1 - 0.25 * (1 - math.exp(-1)),
        tolerance=4 * 0.25 / math.sqrt(SAMPLED), kind="monte carlo", source="book", place="1 - (2 / m)(1 - exp(-D t)), D t = 1",
        why="four standard errors of 40,000 directions, whose deviation is below 0.25", compute=_one_plane,
    ),
    printed("gauge drift: mean cosine if one random plane of 8 dimensions turns", 0.8420, "1 - (2 / m)(1 - exp(-D t)), D t = 1",
            lambda: float(plane_overlap(100, 0.01, 8))),
    *(
        Target(
            name=f"gauge drift: expected accuracy after {time} steps, zonal sum less quadrature", value=0.0, tolerance=1e-12,
            kind="exact", source="book", place="1/2 + sum of a_l exp(-l^2 D t); Gauss-Hermite over the angle",
            why="error of the quadrature", compute=partial(_sum_less_quadrature, time),
        )
        for time in (1, 10, 100)
    ),
    printed("gauge drift: optimal probe after 100 steps at D = 0.01", 0.6305, "Gauss-Hermite over the angle",
            partial(_by_hermite, 100)),
    printed("gauge drift: expected cosine of a probe fitted from 9 labels", 0.9374,
            "sqrt(pi / 8) k exp(-k^2 / 4)(I_0 + I_1)(k^2 / 4), k = 3", lambda: float(fit_factors(1.0, 9)[0])),
    *(
        Target(
            name=f"gauge drift: {name} after {params.steps} steps, simulated", value=float(solve(params).expected[row, -1]),
            tolerance=_spread(params), kind="monte carlo", source="book", place="zonal sum",
            why="four standard errors of 2,000 systems at the widest spread there can be", compute=partial(_at, row, params),
        )
        for name, row, params in (
            ("frozen probe", FROZEN, DRIFT), ("refitted probe", REFITTED, DRIFT),
            ("frozen probe in 8 dimensions", FROZEN, _wide()),
        )
    ),
    printed("gauge drift: refitted every 20 steps with 20 labels, on average", 0.8094, "zonal sum over a round, D = 0.01",
            lambda: mean_accuracy(GaugeParams(), 20)),
    printed("gauge drift: refitted at every step with 1 label", 0.6967, "zonal sum over a round, D = 0.01",
            lambda: mean_accuracy(GaugeParams(), 1)),
)  # fmt: skip


# Claims ------------------------------------------------------------------------------------------------------------

LONG = GaugeParams(steps=200, paths=500)


@lru_cache(maxsize=16)
def _ends(rate: float, refit: int) -> tuple[float, ...]:
    """Share of the best reading's advantage over a coin that each reading keeps at the last step, as simulated."""
    result = simulate(replace(LONG, rate=rate, refit=refit), default_rng(3))
    return tuple(float((one - 0.5) / (result.oracle - 0.5)) for one in result.seen[:, -1])


def _voids() -> bool:
    """Behavior to 1e-12 the same, and the frozen probe has lost at least two thirds of its advantage; fresh cases say so, too."""
    fresh = sampled_accuracy(replace(LONG, rate=0.03, paths=5000), 200, FROZEN, default_rng(7))
    return bool(_unseen() < 1e-12 and _ends(0.01, 0)[FROZEN] < 1 / 3 and abs(fresh - 0.5) < 4 * 0.5 / math.sqrt(5000))


def _still() -> bool:
    return bool(_ends(0.0, 0)[FROZEN] > 0.98 and _named(0) == _named(360) == 1)


def _only_coordinates() -> bool:
    """What is read from inner products outlives every drift, and is recognized whatever the rotation."""
    return (
        all(abs(_ends(rate, 0)[INVARIANT] - _ends(0.0, 0)[INVARIANT]) < 1e-9 for rate in (0.001, 0.03))
        and _recognized() == 1
    )


def _coordinates_fail() -> bool:
    return all(_ends(rate, 0)[FROZEN] < 0.95 * _ends(0.0, 0)[FROZEN] for rate in (0.001, 0.03))


def _upkeep() -> bool:
    """A few labels a step hold nine tenths of the advantage, by refitting or by tracking."""
    often = (mean_accuracy(replace(LONG, rate=0.003), 20) - 0.5) / (float(ndtr(1.0)) - 0.5)
    return bool(often > 0.9 and _ends(0.003, 0)[TRACKING] > 0.9)


def _no_upkeep() -> bool:
    """Too seldom, and also too often from too few labels."""
    best = (float(ndtr(1.0)) - 0.5) * 0.9
    return all(mean_accuracy(replace(LONG, rate=0.01), interval) - 0.5 < best for interval in (1, 100, 200))


def _tracking_wins() -> bool:
    return bool(_ends(0.01, 0)[TRACKING] > _ends(0.01, 0)[FROZEN] + 0.3)


def _tracking_loses() -> bool:
    return bool(_ends(0.0, 0)[TRACKING] < _ends(0.0, 0)[FROZEN])


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="gauge drift: a snapshot's reading goes void while behavior stands still",
        section=SECTION,
        statement="What was read off a system's inside once does not describe it later, though it does just what it did.",
        model="a code turned at random step by step, and a probe fitted once from 100 labels",
        assumptions="two normal classes, turns in the plane; all that is outside depends on W^T W",
        holds="D = 0.01 and no refit: more than two thirds of the advantage over a coin are gone after 200 steps",
        fails="no drift, or a full turn: the probe is as good as on its first day",
        verdict="holds in a window",
        in_holds=_voids,
        in_fails=_still,
    ),
    Claim(
        name="gauge drift: static reading fails for coordinates only",
        section=SECTION,
        statement="A static reading of a drifting system must fail.",
        model="a frozen probe beside a reading by inner products with stored inputs, sent through today's system",
        assumptions="the drift is a rotation, so that inner products stand still",
        holds="readings that name directions: the frozen probe, at every rate of drift",
        fails="readings that no rotation can change: to the last digit as good at every rate as without drift",
        verdict="cuts against the paper",
        in_holds=_coordinates_fail,
        in_fails=_only_coordinates,
    ),
    Claim(
        name="gauge drift: upkeep saves a reading",
        section=SECTION,
        statement="An interpreter who keeps refitting reads a drifting system well.",
        model="a probe refitted from the labels saved up since the last time, one a step",
        assumptions="labels are fresh when they are used",
        holds="D = 0.003 and a refit every 20 steps: nine tenths of the advantage are kept, as by tracking",
        fails="D = 0.01 and a refit every 100 or 200 steps, too seldom, or at every step from a single label, too often",
        verdict="holds in a window",
        in_holds=_upkeep,
        in_fails=_no_upkeep,
    ),
    Claim(
        name="gauge drift: a little plasticity keeps a reading alive",
        section=SECTION,
        statement="A readout that keeps learning at a small rate stays good where a fixed one decays (Rule and others 2020).",
        model="a tracking probe of gain 0.1, one label a step",
        assumptions="labels keep coming",
        holds="a code that drifts",
        fails="a code that stands still: there the probe that keeps learning is the worse one, it forgets for nothing",
        verdict="holds in a window",
        in_holds=_tracking_wins,
        in_fails=_tracking_loses,
    ),
)
