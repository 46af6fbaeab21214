"""Gao's two forms: what they are, where they peak, that they are not swapped, and how they are fitted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from sysalign_lib.rlhf.gao import (
    Form,
    best_of_n_peak,
    best_of_n_reward,
    fit,
    iterated_reward,
    reinforced_peak,
    reinforced_reward,
)

numbers = st.floats(0.05, 5)


def test_forms_are_not_swapped() -> None:
    """At d = e the form of reinforcement learning, the one with the logarithm, is e (alpha - beta); the other is not."""
    alpha, beta = 1.3, 0.4
    assert float(reinforced_reward(math.e, alpha, beta)) == pytest.approx(math.e * (alpha - beta), abs=1e-14)
    assert float(best_of_n_reward(math.e, alpha, beta)) == pytest.approx(math.e * (alpha - math.e * beta), abs=1e-14)
    assert float(best_of_n_reward(math.e, alpha, beta)) < float(reinforced_reward(math.e, alpha, beta)) - 1


@given(numbers, numbers)
def test_at_distance_one_the_logarithm_is_nothing(alpha: float, beta: float) -> None:
    assert float(reinforced_reward(1.0, alpha, beta)) == alpha
    assert float(best_of_n_reward(1.0, alpha, beta)) == pytest.approx(alpha - beta, abs=1e-12)


@given(numbers, numbers)
def test_peaks_are_where_search_finds_them(alpha: float, beta: float) -> None:
    for curve, (far, high) in (
        (best_of_n_reward, best_of_n_peak(alpha, beta)),
        (reinforced_reward, reinforced_peak(alpha, beta)),
    ):
        assert float(curve(far, alpha, beta)) == pytest.approx(high, rel=1e-9)
        found = minimize_scalar(
            lambda u, c=curve, f=far: -float(c(u * f, alpha, beta)), bounds=(0, 3), method="bounded"
        )
        assert found.x == pytest.approx(1.0, abs=1e-3)
        assert -found.fun <= high * (1 + 1e-9)


def test_peaks_at_the_ends() -> None:
    assert best_of_n_peak(1.0, 0.0) == (math.inf, math.inf)
    assert best_of_n_peak(1.0, -1.0) == (math.inf, math.inf)
    assert best_of_n_peak(-1.0, 1.0) == (0.0, 0.0)
    assert best_of_n_peak(0.0, 0.0) == (0.0, 0.0)
    assert reinforced_peak(1.0, 0.0) == (math.inf, math.inf)
    assert reinforced_peak(-1.0, 0.0) == (0.0, 0.0)
    assert reinforced_peak(1.0, 1e-4) == (math.inf, math.inf)
    assert float(reinforced_reward(0.0, 1.0, 0.5)) == 0
    assert float(iterated_reward(0.0, 1.0, 0.5, 4)) == 0


@given(numbers, numbers, st.floats(0.01, 10), st.integers(1, 50))
def test_iterated_form_is_the_printed_algebra_and_has_no_ceiling(alpha: float, beta: float, d: float, k: int) -> None:
    printed = d * (alpha - beta * math.log(d) + beta * math.log(k))
    assert float(iterated_reward(d, alpha, beta, k)) == pytest.approx(printed, abs=1e-9)
    once, more = reinforced_peak(alpha, beta)[0], k * reinforced_peak(alpha, beta)[0]
    if once < 1e100:
        peak = float(iterated_reward(more, alpha, beta, k))
        assert peak == pytest.approx(k * float(reinforced_reward(once, alpha, beta)), rel=1e-9)


@given(st.floats(-5, 5), st.floats(-5, 5), st.sampled_from(Form))
def test_fit_finds_what_made_the_curve(alpha: float, beta: float, form: Form) -> None:
    d = np.linspace(0.3, 4, 20)
    curve = best_of_n_reward if form is Form.BEST_OF_N else reinforced_reward
    seen = curve(d, alpha, beta)
    if np.ptp(seen) < 1e-6:
        return
    found = fit(form, d, seen)
    assert found.alpha == pytest.approx(alpha, abs=1e-9)
    assert found.beta == pytest.approx(beta, abs=1e-9)
    assert found.explained == pytest.approx(1, abs=1e-6)
    assert found.worst < 1e-10
    np.testing.assert_allclose(found.reward(d), seen, atol=1e-10)


def test_fit_is_least_squares() -> None:
    """No other pair of numbers near it does better."""
    d = np.linspace(0.2, 3, 30)
    seen = np.sin(d)
    found = fit(Form.REINFORCED, d, seen)
    left = np.square(seen - found.reward(d)).sum()
    for step in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
        assert np.square(seen - reinforced_reward(d, found.alpha + step[0], found.beta + step[1])).sum() > left
    assert found.explained == pytest.approx(1 - left / np.square(seen - seen.mean()).sum(), abs=1e-12)
    assert found.worst == pytest.approx(np.abs(seen - found.reward(d)).max())


def test_a_curve_of_nothing_is_fitted_by_nothing() -> None:
    found = fit(Form.BEST_OF_N, [1.0, 2.0, 3.0], np.zeros(3))
    assert (found.alpha, found.beta, found.explained, found.worst, found.peak) == (0, 0, 1, 0, (0, 0))


def test_what_cannot_be_fitted_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="distance must hold three or more positive numbers"):
        fit(Form.BEST_OF_N, [1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="distance must hold three or more positive numbers"):
        fit(Form.BEST_OF_N, [0.0, 1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="reward must have shape"):
        fit(Form.BEST_OF_N, [1.0, 2.0, 3.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="reward must differ"):
        fit(Form.BEST_OF_N, [1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="form must be one of best of n, reinforcement learning, got 'bon'"):
        fit("bon", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0])  # type: ignore[arg-type]
    for curve in (best_of_n_reward, reinforced_reward):
        with pytest.raises(ValueError, match="distance must lie in"):
            curve(-1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="rounds must lie in"):
        iterated_reward(1.0, 1.0, 1.0, 0.5)
