"""Heavy-tailed errors: the quadrature against brute force, against nested quadrature, and at its ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.stats import norm
from scipy.stats import t as student

from sysalign_lib.rlhf.best_of_n import normal_mean
from sysalign_lib.rlhf.heavy_tail import LIGHT, NORMAL, STEP, VALUES, Jury, scores


def picked(n: int, models: int, jury: Jury, tail: float, prompts: int, seed: int) -> np.ndarray:
    """True values of the best of n, every answer and every error drawn."""
    rng = default_rng(seed)
    value = rng.standard_normal((prompts, n))
    error = rng.standard_t(tail, (models, prompts, n))
    score = value + (np.median(error, axis=0) if jury is Jury.MEDIAN else error.min(axis=0))
    return value[np.arange(prompts), score.argmax(axis=1)]


@pytest.mark.parametrize(
    ("tail", "n", "models", "jury"),
    [
        (2.0, 16, 1, Jury.MEDIAN), (2.0, 256, 1, Jury.MEDIAN), (1.0, 64, 1, Jury.LEAST), (4.0, 128, 1, Jury.MEDIAN),
        (2.0, 64, 3, Jury.MEDIAN), (2.0, 64, 5, Jury.LEAST), (3.0, 64, 4, Jury.LEAST),
    ],
)  # fmt: skip
def test_quadrature_agrees_with_drawing_every_answer(tail: float, n: int, models: int, jury: Jury) -> None:
    prompts = 12_000
    seen, law = picked(n, models, jury, tail, prompts, seed=n + models), scores(tail, models, jury)
    assert abs(seen.mean() - float(law.mean(n))) < 5 * seen.std() / math.sqrt(prompts)
    wins = norm.cdf(seen)
    assert abs(wins.mean() - float(law.win_rate(n))) < 5 * wins.std() / math.sqrt(prompts)
    below = STEP * law.density(n)[VALUES < 0.51].sum()  # a cell at 0.5 reaches to 0.5625
    share = (seen < 0.5 + STEP / 2).mean()
    assert abs(share - below) < 5 * math.sqrt(share * (1 - share) / prompts) + 2e-3


@pytest.mark.parametrize("tail", [1.5, 3.0, 10.0])
def test_best_of_two_agrees_with_nested_quadrature(tail: float) -> None:
    """E[V of the better of two] = E[D 1(error difference < D)], D the difference of two true values: no table in it."""

    s = np.linspace(-25, 25, 4001)
    error, weight = np.sinh(s), (s[1] - s[0]) * np.cosh(s) * student.pdf(np.sinh(s), tail)
    d, share = np.polynomial.legendre.leggauss(120)
    d, share = 12 * d, 12 * share
    less = np.array([weight @ student.cdf(error + one, tail) for one in d])
    value = (share * d * norm.pdf(d, 0, math.sqrt(2))) @ less
    assert float(scores(tail).mean(2)) == pytest.approx(value, abs=1e-7)


def test_light_tails_halve_the_score() -> None:
    """Normal errors: the true value is half of the score, so that the best of n is worth E[max] / sqrt(2)."""
    n = np.geomspace(1, 1e8, 30)
    law = scores(LIGHT)
    np.testing.assert_allclose(law.mean(n), normal_mean(n) / math.sqrt(2), atol=1e-7)
    reached = np.abs(NORMAL) < 7
    np.testing.assert_allclose(law.score[reached], NORMAL[reached] * math.sqrt(2), atol=1e-6)


def test_one_answer_is_ordinary() -> None:
    for law in (scores(2.0), scores(2.0, 5, Jury.LEAST), scores(1.0, 99, Jury.MEDIAN)):
        assert abs(float(law.mean(1))) < 1e-9
        assert float(law.win_rate(1)) == pytest.approx(0.5, abs=1e-9)
        np.testing.assert_allclose(law.density(1), norm.pdf(VALUES), atol=1e-9)


def test_best_of_a_great_many_is_ordinary_again_and_falls_as_the_score_grows() -> None:
    """E[V | score] is about (nu + 1) / score; the score of the best of n grows like n^(1 / nu)."""
    law = scores(2.0)
    many = law.mean([1e6, 1e8])
    assert many[0] / many[1] == pytest.approx(10, rel=0.01)
    top = law.score[-1]
    given_top = float(law.given[-1] @ (STEP * VALUES))
    assert given_top * top == pytest.approx(3, rel=1e-3)


def test_tail_index_of_a_jury_is_that_of_an_order_statistic() -> None:
    """Score quantiles grow like p^(-1 / index): 2 alone, 4 for the median of 3, 6 for the least of 3."""
    for jury, models, index in ((Jury.MEDIAN, 1, 2), (Jury.MEDIAN, 3, 4), (Jury.LEAST, 3, 6)):
        law = scores(2.0, models, jury)
        rise = np.log(law.score[-1] / law.score[-17])
        fall = norm.logsf(NORMAL[-17]) - norm.logsf(NORMAL[-1])
        assert rise / fall == pytest.approx(1 / index, rel=0.01)


def test_drawn_values_have_the_means_of_the_law() -> None:
    rng, runs, law = default_rng(5), 200_000, scores(2.0)
    seen = law.draw(norm.ppf(rng.random(runs) ** (1 / 64)), rng.random(runs))
    assert abs(seen.mean() - float(law.mean(64))) < 5 * seen.std() / math.sqrt(runs)
    assert abs(norm.cdf(seen).mean() - float(law.win_rate(64))) < 5 * 0.3 / math.sqrt(runs)


@settings(max_examples=12, deadline=None)
@given(st.floats(1, 1e9), st.sampled_from([1, 3, 9, 99]), st.sampled_from(Jury))
def test_law_is_a_law(tail: float, models: int, jury: Jury) -> None:
    law = scores(tail, models, jury)
    assert (np.diff(law.score) > 0).all()
    np.testing.assert_allclose(STEP * law.given.sum(axis=1), 1, atol=1e-12)
    assert abs(float(law.mean(1))) < 1e-8
    assert 0.5 - 1e-9 <= float(law.win_rate(1000)) <= 1


@pytest.mark.parametrize(
    ("bad", "name"), [({"tail": 0.5}, "tail"), ({"models": 0}, "models"), ({"models": 4}, "models"), ({"jury": "x"}, "jury")]
)  # fmt: skip
def test_what_is_no_jury_is_refused_by_name(bad: dict[str, object], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        scores(**{"tail": 2.0, **bad})  # type: ignore[arg-type]
