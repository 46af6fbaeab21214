"""Targets and claims of overoptimization: the five worlds, and ensembles."""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.rlhf import heavy_tail, worlds
from sysalign_lib.rlhf.best_of_n import kl, normal_mean, pool_mean
from sysalign_lib.rlhf.evidence.gao import target, true_value
from sysalign_lib.rlhf.heavy_tail import Jury
from sysalign_lib.rlhf.overoptimization import OveroptimizationParams, OveroptimizationResult, best_size, simulate
from sysalign_lib.rlhf.worlds import World

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.5"
C = 0.15  # curvature at half strength
PROMPTS = 20_000

NOISE = ((4, 0.7206), (64, 1.6406), (1024, 2.2738))
TILTED = ((0.5, 0.6321), (1.0, 1.1142), (2.0, 1.6284), (3.0, 1.5426))
LIGHT = ((4, 0.7279), (16, 1.2487), (64, 1.6573), (256, 1.9989), (1024, 2.2969), (4096, 2.5640))
HEAVY = ((4, 0.5555), (16, 0.6876), (64, 0.4671), (256, 0.2378), (1024, 0.1179), (4096, 0.0588), (60_000, 0.0154))
FLATTERY = ((4, 0.6257, 0.0311), (64, 0.7672, 0.0637), (1024, 0.8402, 0.0774))
JURIES = ((1, Jury.MEDIAN, 0.1179, 0.0154), (5, Jury.MEDIAN, 1.9620, 1.0939), (5, Jury.LEAST, 2.6432, 3.4638))


@lru_cache(maxsize=8)
def _many(world: World, strength: float) -> OveroptimizationResult:
    return simulate(OveroptimizationParams(world=world, strength=strength, prompts=PROMPTS), default_rng(2023))


def _sampled(world: World, strength: float, n: int) -> float:
    seen = _many(world, strength)
    return float(seen.sampled_gold[seen.sampled_distance == math.sqrt(kl(n))][0])


def _tilted(distance: float) -> float:
    return float(worlds.tilted_curvature(distance, C))


def _flattering(n: int) -> float:
    return float(worlds.flattering_share(n, 0.5))


def _cost(n: int) -> float:
    return float(normal_mean(n) - worlds.flattery_quality(n, 0.5))


def _jury(models: int, jury: Jury, n: int) -> float:
    return float(heavy_tail.scores(2.0, models, jury).mean(n))


TARGETS: tuple[Target, ...] = (
    *(
        target(f"curvature 0.15, KL-regularized policy at d = {d:g}", value, 5.5e-5, "lemma, sqrt(2) d - 2 c d^2",
                partial(_tilted, d))
        for d, value in TILTED
    ),
    target("curvature 0.15, true value at n = 60,000, simulated", 1.673, 0.0032, "ranks drawn, 20,000 prompts",
            lambda: _sampled(World.CURVATURE, 0.5, 60_000), "four standard errors, 4 sqrt(0.0083 / 20,000), and rounding",
            "monte carlo"),
    *(
        target(f"noise only, correlation 0.7, n = {n:,}", value, 5.5e-5, "rho E[max]",
                partial(true_value, World.NOISE, 0.5, n), source="manheim2018")
        for n, value in NOISE
    ),
    *(
        target(f"normal error, n = {n:,}", value, 5.5e-5, "E[max] / sqrt(2), found by quadrature over the error",
                partial(true_value, World.HEAVY_TAIL, 0.0, n))
        for n, value in LIGHT
    ),
    *(
        target(f"Student t error of index 2, n = {n:,}", value, 5.5e-5, "one integral over score and value",
                partial(true_value, World.HEAVY_TAIL, 1.0, n))
        for n, value in HEAVY
    ),
    target("Student t error of index 2, n = 256, simulated", 0.2378, 4 * math.sqrt(1.04 / PROMPTS),
            "ranks drawn, 20,000 prompts",
            lambda: _sampled(World.HEAVY_TAIL, 1.0, 256), "four standard errors of 20,000 prompts; the variance is 1.04",
            "monte carlo"),
    target("Student t error of index 2, n = 60,000: how often the pick beats an ordinary answer", 0.504, 5.5e-4,
            "one integral over score and value", lambda: float(worlds.win_rate(World.HEAVY_TAIL, 1.0, 60_000))),
    target("drift by 135 degrees, correlation 0.7, n = 1,024", -1.6078, 5.5e-5, "rho cos(angle) E[max]",
            partial(true_value, World.DRIFT, 0.75, 1024)),
    target("flattery, share that flatters under pressure 2, bonus 0.5", 0.7311, 5.5e-5, "sigmoid(pressure bonus)",
            lambda: float(worlds.tilted_flattery(2, 0.5))),
    *(
        target(f"flattery, share of the chosen that flatter, bonus 0.5, n = {n:,}", share, 5.5e-5, "one integral over quality",
                partial(_flattering, n))
        for n, share, _ in FLATTERY
    ),
    *(
        target(f"flattery, quality that it costs, bonus 0.5, n = {n:,}", cost, 5.5e-5, "one integral over quality",
                partial(_cost, n))
        for n, _, cost in FLATTERY
    ),
    *(
        target(f"{'one model' if models == 1 else f'{jury} of {models} models'}, errors of index 2, n = {n:,}", value, 5.5e-5,
                "one integral over score and value", partial(_jury, models, jury, n))
        for models, jury, *values in JURIES for n, value in zip((1024, 60_000), values, strict=True)
    ),
)  # fmt: skip

# Claims ------------------------------------------------------------------------------------------------------------


def _turns() -> bool:
    """Below nothing by curvature and drift, back to nothing by heavy tails; exact and simulated."""
    curved, drifted = _sampled(World.CURVATURE, 1.0, 60_000), _sampled(World.DRIFT, 0.75, 60_000)
    heavy = true_value(World.HEAVY_TAIL, 1.0, 60_000) < 0.03 * best_size(World.HEAVY_TAIL, 1.0)[1]
    return bool(curved < -0.8 and drifted < -2 and heavy)


def _noise_never_turns() -> bool:
    n = np.geomspace(1, 1e8, 60)
    rises = all((np.diff(worlds.gold(World.NOISE, strength, n)) > 0).all() for strength in (0.0, 0.25, 0.5, 0.75, 1.0))
    return bool(rises and _sampled(World.NOISE, 1.0, 250_000) > 1.7)


def _light_rises() -> bool:
    return bool((np.diff(worlds.gold(World.HEAVY_TAIL, 0.0, np.geomspace(1, 1e8, 60))) > 0).all())


def _light_falls_elsewhere() -> bool:
    """No error at all, and yet the gold turns: by curvature, and by drift."""
    return true_value(World.CURVATURE, 1.0, 60_000) < 0 and true_value(World.DRIFT, 0.75, 60_000) < 0


def _heavy_ruins() -> bool:
    kept = [
        true_value(World.HEAVY_TAIL, strength, 1e8) / best_size(World.HEAVY_TAIL, strength)[1]
        for strength in (0.5, 1.0)
    ]
    return max(kept) < 0.05


def _heavy_harmless() -> bool:
    """A few answers to choose from, or tails that are light enough for the n at hand."""
    few = np.diff(worlds.gold(World.HEAVY_TAIL, 1.0, [1, 2, 4, 8])) > 0
    return bool(few.all() and best_size(World.HEAVY_TAIL, 0.05)[0] > 60_000)


def _ensemble_helps() -> bool:
    """Five models with errors of index 2, the least of them believed, beat one model with normal errors at n = 60,000."""
    return (
        _jury(5, Jury.LEAST, 60_000) > true_value(World.HEAVY_TAIL, 0.0, 60_000) + 0.4
        and _jury(5, Jury.MEDIAN, 1024) > 1.9
    )


def _averaging_fails() -> bool:
    """The mean of five heavy errors is heavy: measured on pools of 4,096 answers; and medians give way in the end, too."""
    rng = default_rng(7)
    value = rng.standard_normal((100, 4096))
    score = value + rng.standard_t(2, (5, 100, 4096)).mean(axis=0)
    mean, error = pool_mean(score, value, [64, 4096])
    falls = mean[1] + 4 * error[1] < mean[0] - 4 * error[0]
    return bool(falls and _jury(5, Jury.MEDIAN, 1_000_000) < 0.4 * _jury(5, Jury.MEDIAN, 1024))


def _stale_harms() -> bool:
    golds = worlds.gold(World.DRIFT, 0.75, np.geomspace(1, 250_000, 30))
    return bool((np.diff(golds) < 0).all())


def _stale_serves() -> bool:
    golds = worlds.gold(World.DRIFT, 0.25, np.geomspace(1, 250_000, 30))
    return bool((np.diff(golds) > 0).all() and golds[-1] > 2)


def _quality_sees() -> bool:
    """Flattery that is rare and richly rewarded costs more than a standard deviation of quality."""
    return float(normal_mean(1024) - worlds.flattery_quality(1024, 3.0, 0.01)) > 1.5


def _quality_is_blind() -> bool:
    """Five in six of the chosen flatter, and quality is within 3 % of what it would be without."""
    return float(worlds.flattering_share(1024, 0.5)) > 0.83 and _cost(1024) < 0.03 * float(normal_mean(1024))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="overoptimization: noise in feedback is what breaks it",
        section=SECTION,
        statement="Feedback is noisy, and a system that optimizes it hard enough ends up doing harm.",
        model="best of n in five worlds, exact and simulated",
        assumptions="one proxy, fixed before the choice; gold measured in standard deviations of ordinary answers",
        holds="where the proxy errs by more than noise: curvature 0.3 and drift by 135 degrees are harm at n = 60,000, and "
        "errors with tails of index 2 leave nothing of the gain",
        fails="noise alone: at every correlation from 0.4 to 1 the true value rises with n for ever",
        verdict="cuts against the paper",
        in_holds=_turns,
        in_fails=_noise_never_turns,
    ),
    Claim(
        name="overoptimization: stale feedback turns optimization into harm",
        section=SECTION,
        statement="What people want shifts; the harder yesterday's feedback is optimized, the worse for them.",
        model="best of n, the direction of what is wanted turned by an angle",
        assumptions="correlation 0.7 when people were asked",
        holds="past 90 degrees: the true value falls with every further answer to choose from",
        fails="at 45 degrees: the gain is smaller, and still grows with n",
        verdict="holds in a window",
        in_holds=_stale_harms,
        in_fails=_stale_serves,
    ),
    Claim(
        name="overoptimization: light-tailed errors are safe",
        section=SECTION,
        statement="A reward model whose errors have light tails can be optimized without end.",
        model="best of n, score = true value + independent error (after Kwa et al. 2024)",
        assumptions="normal true values, errors independent of them",
        holds="normal errors: the true value rises to n = 1e8 and beyond",
        fails="errors that depend on the answer or on time: curvature and drift have no tail at all, and turn",
        verdict="holds in a window",
        in_holds=_light_rises,
        in_fails=_light_falls_elsewhere,
    ),
    Claim(
        name="overoptimization: heavy-tailed errors undo the gain",
        section=SECTION,
        statement="If the reward model is now and then wildly wrong, its best answers are ordinary ones.",
        model="best of n, score = true value + Student t error",
        assumptions="errors independent of the true value",
        holds="tail indices 2 and 4: less than 5 % of the best true value is left at n = 1e8",
        fails="up to 8 answers to choose from, or an index of 40, where the true value still rises at n = 60,000",
        verdict="holds in a window",
        in_holds=_heavy_ruins,
        in_fails=_heavy_harmless,
    ),
    Claim(
        name="overoptimization: an ensemble of reward models is a remedy",
        section=SECTION,
        statement="Several reward models judged together cannot be fooled as one can.",
        model="best of n, five models with independent errors of tail index 2, exact; the mean of five on pools of answers",
        assumptions="errors of different models are independent, the best case for an ensemble",
        holds="the least of five scores at n = 60,000 does better than a single model with normal errors",
        fails="the mean of five is as heavy-tailed as one and falls; the median falls later",
        verdict="holds in a window",
        in_holds=_ensemble_helps,
        in_fails=_averaging_fails,
    ),
    Claim(
        name="overoptimization: flattery shows in quality",
        section=SECTION,
        statement="A reward model that likes flattery gives itself away, because the quality of the chosen answers falls.",
        model="best of n, score = quality + bonus for flattery",
        assumptions="flattery and quality are independent",
        holds="flattery that is rare (1 %) and richly rewarded (3 standard deviations): 1.5 and more are lost at n = 1,024",
        fails="flattery that is common and mildly rewarded: 84 % of the chosen flatter at n = 1,024, quality is down by 2.4 %",
        verdict="holds in a window",
        in_holds=_quality_sees,
        in_fails=_quality_is_blind,
    ),
)
