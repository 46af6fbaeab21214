"""Targets and claims of a society that is taken for a person."""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
from numpy.random import default_rng
from scipy.optimize import brentq
from scipy.special import expit

from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.value_learning.society import (
    SocietyParams,
    SocietyResult,
    answer_law,
    camps,
    moments,
    pooled,
    seen_moments,
    simulate,
    solve,
    third_order_bias,
)

__all__ = ["CLAIMS", "TARGETS"]

SECTION = "3.1"
PEOPLE = 200_000
RULE = "maximum likelihood of one theta for all answers, logit(mean P)"
SEVENTY = (0.7, 0.3)
LARGE = 1_000_000


def _pool(strength: float, share: float) -> float:
    return pooled((strength, -strength), (share, 1 - share))


def _by_search(strength: float, share: float) -> float:
    """The same by a root of the likelihood's slope, not by the closed form."""
    yes = share * float(expit(strength)) + (1 - share) * float(expit(-strength))
    return float(brentq(lambda theta: yes - float(expit(theta)), -20, 20, xtol=1e-13))


@lru_cache(maxsize=8)
def _asked(share: float, answers: int) -> SocietyResult:
    return simulate(SocietyParams(share=share, strength=3.0, answers=answers), default_rng(31))


def _sampled(share: float) -> float:
    return _asked(share, LARGE).fitted


def _error(share: float) -> float:
    chance = float(expit(_pool(3.0, share)))
    return 1 / math.sqrt(LARGE * chance * (1 - chance))


@lru_cache(maxsize=1)
def _three_times() -> tuple[np.ndarray, np.ndarray]:
    """Camps found from three answers each of so many people, who do not say which camp is theirs."""
    law = answer_law((3.0, -3.0), SEVENTY, 3)
    seen = default_rng(3).multinomial(PEOPLE, law)
    return camps(seen_moments(seen.astype(float))[:4])


def _exact_camps(place: int, which: int) -> float:
    return float(camps(moments((3.0, -3.0), SEVENTY, 3))[which][place])


def _exact(name: str, value: float, tolerance: float, place: str, compute: partial[float]) -> Target:
    return Target(
        name=f"society: {name}", value=value, tolerance=tolerance, kind="exact", source="book", place=place,
        why="rounding", compute=compute,
    )  # fmt: skip


TARGETS: tuple[Target, ...] = (
    *(
        _exact(f"pooled fit of two halves of strength {strength:g}", 0, 1e-12, RULE, partial(_pool, strength, 0.5))
        for strength in (0.5, 1.0, 3.0, 8.0)
    ),
    _exact("pooled fit, 70 to 30, strength 3", 0.7585, 5.5e-5, RULE, partial(_pool, 3.0, 0.7)),
    _exact("the same by root finding", 0.7585, 5.5e-5, "slope of the likelihood is 0", partial(_by_search, 3.0, 0.7)),
    Target(
        name="society: mean preference, 70 to 30, strength 3", value=1.2, tolerance=1e-12, kind="exact", source="book",
        place="0.7 times 3 less 0.3 times 3", why="rounding",
        compute=lambda: solve(SocietyParams(share=0.7, strength=3.0)).mean,
    ),
    Target(
        name="society: pooled fit of two halves of strength 3, simulated", value=0, tolerance=4 * _error(0.5),
        kind="monte carlo", source="book", place=RULE, why="four standard errors of 1,000,000 answers",
        compute=partial(_sampled, 0.5),
    ),
    Target(
        name="society: pooled fit, 70 to 30, strength 3, simulated", value=0.7585, tolerance=4 * _error(0.7) + 5e-5,
        kind="monte carlo", source="book", place=RULE, why="four standard errors of 1,000,000 answers, and rounding",
        compute=partial(_sampled, 0.7),
    ),
    Target(
        name="society: pooled fit, 70 to 30, endless strength", value=math.log(7 / 3), tolerance=1e-6, kind="limit",
        source="book", place="logit of the larger camp's share", why="at strength 20 the gap is about e^-20",
        compute=partial(_pool, 20.0, 0.7),
    ),
    Target(
        name="society: gap to the mean of mild preferences, over strength cubed, 70 to 30", value=-0.028, tolerance=1e-4,
        kind="limit", source="book", place="third order: -(E[theta^3] - E[theta]^3) / 12",
        why="the next order is of the strength's fifth power: at 0.05 it changes this by about 1e-5",
        compute=lambda: (_pool(0.05, 0.7) - 0.4 * 0.05) / 0.05**3,
    ),
    _exact("third-order gap, 70 to 30, strength 1", -0.028, 1e-12, "third order",
           partial(third_order_bias, (1.0, -1.0), SEVENTY)),
    _exact("weaker camp found from three answers each", -3, 1e-9, "Prony's construction", partial(_exact_camps, 0, 0)),
    _exact("stronger camp found from three answers each", 3, 1e-9, "Prony's construction", partial(_exact_camps, 1, 0)),
    _exact("its share", 0.7, 1e-9, "Prony's construction", partial(_exact_camps, 1, 1)),
)  # fmt: skip


def _same_data(asked: int) -> float:
    """Largest difference between what two camps and what an indifferent society answer."""
    return float(np.abs(answer_law((3.0, -3.0), (0.5, 0.5), asked) - answer_law((0.0,), (1.0,), asked)).max())


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="society: the representative agent represents nobody",
        section=SECTION,
        statement="Preferences are no property of one person; who learns a society's as if they were gets nobody's.",
        model="two camps answer one binary choice; maximum likelihood of one theta",
        assumptions="P = sigmoid(theta), one answer each, endless answers",
        holds="camps of one size and any strength: the fit is 0, and 0 % of the people are indifferent",
        fails="all are of one camp: the fit is what everybody holds",
        verdict="holds in a window",
        in_holds=lambda: all(
            abs(one.exact) < 1e-12 and one.holders == 0
            for one in (solve(SocietyParams(share=0.5, strength=strength)) for strength in (0.5, 1.0, 3.0, 8.0))
        ),
        in_fails=lambda: (
            (one := solve(SocietyParams(share=1.0, strength=3.0))).holders == 1 and abs(one.exact - 3) < 1e-12
        ),
    ),
    Claim(
        name="society: pooling hides how strongly people feel",
        section=SECTION,
        statement="A pooled fit misses the mean of what people want.",
        model="70 to 30, strength a",
        assumptions="the same",
        holds="strong preferences: 0.76 for a mean of 1.2 at a = 3, and below 0.85 for every a",
        fails="mild ones: within 0.001 of the mean at a = 0.25",
        verdict="holds in a window",
        in_holds=lambda: (
            _pool(3.0, 0.7) < 0.65 * 1.2 and all(_pool(a, 0.7) < math.log(7 / 3) for a in (1, 2, 4, 8, 16))
        ),
        in_fails=lambda: abs(_pool(0.25, 0.7) - 0.1) < 1e-3,
    ),
    Claim(
        name="society: a divided society cannot be told from an indifferent one",
        section=SECTION,
        statement="Preferences of a divided society are not there to be discovered in its answers.",
        model="the law of the number of yes answers of a person",
        assumptions="camps of equal size and strength 3; nobody says which camp is theirs",
        holds="one answer each: the same data to the last bit, however many answer",
        fails="three answers each: two camps and their shares are found, exactly, and from 200,000 people within 0.1",
        verdict="holds in a window",
        in_holds=lambda: _same_data(1) < 1e-15,
        in_fails=lambda: (
            _same_data(3) > 0.1
            and np.allclose(camps(moments((3.0, -3.0), (0.5, 0.5), 3))[0], (-3, 3), atol=1e-9)
            and np.allclose(_three_times()[0], (-3, 3), atol=0.1)
        ),
    ),
    Claim(
        name="society: more answers mend the fit",
        section=SECTION,
        statement="With enough answers the fit gets right what people want on the mean.",
        model="1,000,000 answers, 70 to 30, strength 3",
        assumptions="the same",
        holds="who answered is known: camp by camp the mean comes out within four standard errors of 1.2",
        fails="they are pooled: 100 standard errors off, and the more answers the surer",
        verdict="holds in a window",
        in_holds=lambda: abs(_asked(0.7, LARGE).repaired - 1.2) < 4 * _asked(0.7, LARGE).repaired_error,
        in_fails=lambda: 1.2 - _asked(0.7, LARGE).fitted > 100 * _asked(0.7, LARGE).fitted_error,
    ),
)
