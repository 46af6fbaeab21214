"""Targets and claims of overoptimization: Gao's forms, what they fit and what they foretell."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from sysalign_lib.core.evidence import Claim, Kind, Target
from sysalign_lib.rlhf import gao, worlds
from sysalign_lib.rlhf.best_of_n import kl, size
from sysalign_lib.rlhf.gao import Fit, Form
from sysalign_lib.rlhf.overoptimization import best_size, fitted
from sysalign_lib.rlhf.worlds import World

__all__ = ["CLAIMS", "TARGETS", "target", "true_value"]

SECTION = "3.5"
C = 0.15  # curvature at half strength

ITERATED = ((1, 1.653426), (2, 2.0), (4, 2.346574))


def true_value(world: World, strength: float, n: float) -> float:
    """Exact true value of the best of n; two files list it."""
    return float(worlds.gold(world, strength, n))


def _forecast(strength: float, world: World = World.CURVATURE, form: Form = Form.BEST_OF_N) -> float:
    return float(fitted(world, strength, form).reward(math.sqrt(kl(60_000))))


@lru_cache(maxsize=8)
def _both(curvature: float) -> tuple[Fit, Fit]:
    """Both forms fitted to the gold of a curvature, n from 2 to 60,000."""
    n = np.geomspace(2, 60_000, 40)
    seen = worlds.curvature_gold(n, curvature)
    return gao.fit(Form.BEST_OF_N, np.sqrt(kl(n)), seen), gao.fit(Form.REINFORCED, np.sqrt(kl(n)), seen)


def _least_explained() -> float:
    return min(_both(curvature)[0].explained for curvature in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5))


def _ratio(curvature: float) -> float:
    first, second = _both(curvature)
    return second.worst / first.worst


def _iterated(rounds: int) -> float:
    return float(gao.iterated_reward(2, 1, 0.25, rounds))


def target(
    name: str, value: float, tolerance: float, place: str, compute: Callable[[], float], why: str = "rounding of the last digit",
    kind: Kind = "exact", source: str = "book",
) -> Target:  # fmt: skip
    """One number about overoptimization; three files list them."""
    return Target(
        name=f"overoptimization: {name}", value=value, tolerance=tolerance, kind=kind, source=source, place=place, why=why,
        compute=compute,
    )  # fmt: skip


FORMS = (
    target("peak of the best-of-n form, alpha 1, beta 0.25", 1.0, 1e-12, "alpha^2 / (4 beta)",
            lambda: gao.best_of_n_peak(1, 0.25)[1], "rounding of floats", source="gao2023"),
    target("distance of that peak", 2.0, 1e-12, "alpha / (2 beta)",
            lambda: gao.best_of_n_peak(1, 0.25)[0], "rounding of floats", source="gao2023"),
    target("peak of the reinforcement-learning form, alpha 1, beta 0.25", math.exp(3) / 4, 1e-12, "beta exp(alpha / beta - 1)",
            lambda: gao.reinforced_peak(1, 0.25)[1], "rounding of floats", source="gao2023"),
    target("the form with the logarithm is reinforcement learning's, at d = e", math.e * 0.75, 1e-12, "d (alpha - beta log d)",
            lambda: float(gao.reinforced_reward(math.e, 1, 0.25)), "rounding of floats", source="gao2023"),
    target("the form without it is best of n's, at d = e", math.e * (1 - 0.25 * math.e), 1e-12, "d (alpha - beta d)",
            lambda: float(gao.best_of_n_reward(math.e, 1, 0.25)), "rounding of floats", source="gao2023"),
    *(
        target(f"iterated form, alpha 1, beta 0.25, d 2, {k} round{'s' * (k > 1)}", value, 5.5e-7,
                "d (alpha - beta log d + beta log k), algebra only",
                partial(_iterated, k), source="gao2023")
        for k, value in ITERATED
    ),
)  # fmt: skip

CURVED = (
    target("curvature 0.15, n at which best of n is truly best", 1532, 2, "exact order-statistic moments",
            lambda: best_size(World.CURVATURE, 0.5)[0], "the peak is flat: its place is found to a thousandth"),
    target("curvature 0.15, true value at that n", 1.7991, 5.5e-5, "exact order-statistic moments",
            lambda: best_size(World.CURVATURE, 0.5)[1]),
    target("curvature 0.15, true value at n = 60,000", 1.673, 5.5e-4, "exact order-statistic moments",
            lambda: true_value(World.CURVATURE, 0.5, 60_000)),
    target("curvature 0.15, forecast for n = 60,000 from n up to 1,000", 1.707, 1.5e-3, "best-of-n form, least squares",
            lambda: _forecast(0.5), "which n are fitted moves the third decimal"),
    target("curvature 0.15, the logarithmic form's forecast for n = 60,000", 2.07, 0.02, "the wrong form, least squares",
            lambda: _forecast(0.5, form=Form.REINFORCED), "which n are fitted moves the second decimal"),
    target("curvature 0.15, fitted alpha, n from 2 to 60,000", 1.4198, 5e-4, "least squares on exact moments",
            lambda: _both(C)[0].alpha, "which n are fitted moves the fourth decimal"),
    target("curvature 0.15, fitted beta, n from 2 to 60,000", 0.2808, 5e-4, "least squares on exact moments",
            lambda: _both(C)[0].beta, "which n are fitted moves the fourth decimal"),
    target("curvature 0.15, share of variance explained by the best-of-n form", 0.99979, 3e-5, "n from 2 to 60,000",
            lambda: _both(C)[0].explained, "which n are fitted moves the fifth decimal"),
    target("curvature 0.15, share explained by the logarithmic form", 0.946, 3e-3, "n from 2 to 60,000",
            lambda: _both(C)[1].explained, "which n are fitted moves the third decimal"),
    target("curvature 0.15, largest error of the best-of-n form", 0.0085, 5e-4, "n from 2 to 60,000",
            lambda: _both(C)[0].worst, "which n are fitted moves the fourth decimal"),
    target("curvature 0.15, largest error of the logarithmic form", 0.17, 6e-3, "n from 2 to 60,000",
            lambda: _both(C)[1].worst, "which n are fitted moves the third decimal"),
    target("least share explained by the best-of-n form, curvature 0.02 to 0.5", 0.9993, 5e-5, "seven curvatures",
            _least_explained, "which n are fitted moves the fifth decimal"),
    target("curvature 0.02, how much larger the logarithmic form's error is", 2.5, 0.1, "largest errors, n from 2 to 60,000",
            lambda: _ratio(0.02), "which n are fitted moves the second decimal"),
    target("curvature 0.5, how much larger the logarithmic form's error is", 25.3, 1.0, "largest errors, n from 2 to 60,000",
            lambda: _ratio(0.5), "which n are fitted moves the ratio by a few percent"),
)  # fmt: skip

TARGETS: tuple[Target, ...] = (*FORMS, *CURVED)


# Claims ------------------------------------------------------------------------------------------------------------


def _extrapolates() -> bool:
    return all(abs(_forecast(s) - true_value(World.CURVATURE, s, 60_000)) < 0.08 for s in (0.25, 0.5, 0.75, 1.0))


def _misleads() -> bool:
    """Fitted well to n <= 1,000, and wrong by half a standard deviation at 60,000."""
    well = fitted(World.HEAVY_TAIL, 0.25).explained > 0.98
    wrong = abs(_forecast(0.25, World.HEAVY_TAIL) - true_value(World.HEAVY_TAIL, 0.25, 60_000))
    return bool(well and wrong > 0.5)


def _told_apart() -> bool:
    first, second = _both(C)
    return first.explained > 0.9995 and second.explained < 0.96 and _ratio(C) > 15


def _hardly_told_apart() -> bool:
    first, second = _both(0.02)
    return second.explained > 0.9999 and first.explained > 0.9999


def _stopping_keeps() -> bool:
    """Stopping where the fit has its peak keeps 99.8 % of the best true value, and going on loses it."""
    for world, strength in (
        (World.CURVATURE, 0.5),
        (World.CURVATURE, 1.0),
        (World.HEAVY_TAIL, 0.5),
        (World.HEAVY_TAIL, 1.0),
    ):
        best = best_size(world, strength)[1]
        kept = true_value(world, strength, _stop(world, strength)) / best
        if kept < 0.997 or true_value(world, strength, 60_000) > 0.95 * best:
            return False
    return True


def _stopping_fails() -> bool:
    """A loss where nothing turns, no help where every step is harm, and a peak misjudged where the fit is the wrong form."""
    early = true_value(World.NOISE, 0.5, 1000) < 0.8 * true_value(World.NOISE, 0.5, 250_000)
    harm = best_size(World.DRIFT, 0.75)[0] == 1
    mild = (
        true_value(World.HEAVY_TAIL, 0.25, _stop(World.HEAVY_TAIL, 0.25)) < 0.85 * best_size(World.HEAVY_TAIL, 0.25)[1]
    )
    return bool(early and harm and mild)


def _stop(world: World, strength: float) -> float:
    """Where who trusts the fit would stop, n; within n up to 250,000."""
    return float(size(min(fitted(world, strength).peak[0], math.sqrt(kl(250_000))) ** 2))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="overoptimization: Gao's form fitted to small n foretells large n",
        section=SECTION,
        statement="The best-of-n form, fitted to n up to 1,000, predicts the true value at n = 60,000.",
        model="best of n, exact true values, least squares",
        assumptions="true values are known at small n",
        holds="curvature from 0.075 to 0.3: the forecast is within 0.08 standard deviations",
        fails="tails of index 8: the form explains 98 % of what it is fitted to, and errs by more than 0.5 in its forecast",
        verdict="holds in a window",
        in_holds=_extrapolates,
        in_fails=_misleads,
    ),
    Claim(
        name="overoptimization: a good fit tells the two forms apart",
        section=SECTION,
        statement="Fitting a curve shows whether it bends as best of n does or with a logarithm.",
        model="best of n in the world of curvature, both forms fitted to n from 2 to 60,000",
        assumptions="exact curves, no noise",
        holds="curvature 0.15: 99.98 % explained against 95 %",
        fails="curvature 0.02: the curve is nearly straight, and both forms explain more than 99.99 %",
        verdict="holds in a window",
        in_holds=_told_apart,
        in_fails=_hardly_told_apart,
    ),
    Claim(
        name="overoptimization: stopping early is enough",
        section=SECTION,
        statement="Who measures the true value at n up to 1,000 and stops at the fitted peak keeps nearly all there is to gain.",
        model="best of n, Gao's best-of-n form fitted to exact true values",
        assumptions="the true value can be measured at small n",
        holds="curvature 0.15 and 0.3, tails of index 2 and 4: more than 99.7 % of the best true value is kept",
        fails="noise only, where stopping at 1,000 forgoes a fifth and more; drift past 90 degrees, where every step is harm; "
        "tails of index 8, where the fitted peak comes too late",
        verdict="holds in a window",
        in_holds=_stopping_keeps,
        in_fails=_stopping_fails,
    ),
)
