"""The share of goals that avoid shutdown: counting, a second quadrature, other laws, and what moves the share."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.stats import norm

from sysalign_lib.corrigibility.explorables.reward_share import REWARD_SHARE
from sysalign_lib.corrigibility.reward_share import (
    SAMPLED_COUNTS,
    RewardShareParams,
    avoid_share,
    break_even_shift,
    simulate,
    solve,
)
from sysalign_lib.corrigibility.views.reward_share import reading

counts = st.integers(1, 300)
shifts = st.floats(-3, 3)
fractions = st.floats(0, 1)


def test_the_symmetric_share_is_a_count() -> None:
    shares = [float(avoid_share(k)) for k in range(1, 1001)]
    np.testing.assert_allclose(shares, np.arange(1, 1001) / np.arange(2, 1002), atol=1e-11)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_an_orbit_of_any_reward_function_gives_the_same_count(k: int) -> None:
    """In the sense of the source: permute one reward function over the states, shutdown being the first."""
    rewards = default_rng(k).standard_cauchy(k + 1)
    orbit = [one[0] < max(one[1:]) for one in permutations(rewards)]
    assert np.mean(orbit) == pytest.approx(k / (k + 1), abs=1e-12)


@pytest.mark.parametrize("law", ["exponential", "uniform", "standard_cauchy"])
@pytest.mark.parametrize("k", [1, 5])
def test_the_count_holds_under_any_continuous_law(law: str, k: int) -> None:
    rewards = getattr(default_rng(17), law)(size=(k + 1, 100_000))
    share, exact = (rewards[1:].max(axis=0) > rewards[0]).mean(), k / (k + 1)
    assert share == pytest.approx(exact, abs=5 * np.sqrt(exact * (1 - exact) / 100_000))


@settings(max_examples=40, deadline=None)
@given(k=counts, shift=shifts, correlation=st.floats(0, 0.95), discount=st.floats(0.05, 1))
def test_the_share_agrees_with_an_integral_the_other_way_round(
    k: int, shift: float, correlation: float, discount: float
) -> None:
    """Integrate over shutdown's reward less the common part instead of over the best alternative."""
    spread = np.sqrt(1 + discount**2 * correlation)
    reach = discount * np.sqrt(1 - correlation)

    def accepts(z: float) -> float:
        return float(norm.pdf(z) * norm.cdf((shift + spread * z) / reach) ** k)

    accepted = quad(accepts, -10, 10, epsabs=1e-11, limit=400, points=[-shift / spread])[0]
    assert float(avoid_share(k, shift, correlation, discount)) == pytest.approx(1 - accepted, abs=1e-8)


@given(k=counts, shift=shifts, correlation=fractions, discount=fractions, step=st.floats(0.01, 1))
def test_a_shift_towards_shutdown_lowers_the_share(
    k: int, shift: float, correlation: float, discount: float, step: float
) -> None:
    before, after = avoid_share(k, np.array([shift, shift + step]), correlation, discount)
    assert 0 <= after <= before + 1e-12 <= 1 + 1e-12


@given(k=counts, shift=shifts, discount=fractions, pair=st.tuples(fractions, fractions))
def test_correlated_alternatives_lower_the_share(
    k: int, shift: float, discount: float, pair: tuple[float, float]
) -> None:
    loose, tight = (float(avoid_share(k, shift, correlation, discount)) for correlation in sorted(pair))
    assert tight <= loose + 1e-9


@given(k=counts, shift=st.floats(0, 3), correlation=fractions, pair=st.tuples(fractions, fractions))
def test_discounted_alternatives_lower_the_share_where_shutdown_is_no_worse(
    k: int, shift: float, correlation: float, pair: tuple[float, float]
) -> None:
    far, near = (float(avoid_share(k, shift, correlation, discount)) for discount in sorted(pair))
    assert far <= near + 1e-9


def test_discount_raises_the_share_where_shutdown_is_the_worse_bet() -> None:
    assert avoid_share(1, -1.0, 0.0, 0.5) > avoid_share(1, -1.0, 0.0, 1.0)


@given(k=counts, shift=shifts, correlation=fractions, discount=fractions)
def test_one_more_alternative_never_lowers_the_share(k: int, shift: float, correlation: float, discount: float) -> None:
    law = shift, correlation, discount
    assert avoid_share(k + 1, *law) >= avoid_share(k, *law) - 1e-10


@given(k=counts, shift=shifts, discount=fractions)
def test_alternatives_that_are_one_and_the_same_count_once(k: int, shift: float, discount: float) -> None:
    one = norm.cdf(-shift / np.sqrt(1 + discount**2))
    assert float(avoid_share(k, shift, 1.0, discount)) == pytest.approx(one, abs=1e-10)
    assert float(avoid_share(k, shift, 0.0, 0.0)) == pytest.approx(norm.cdf(-shift), abs=1e-10)


@given(k=counts, correlation=fractions, discount=fractions)
def test_half_of_the_goals_accept_shutdown_at_the_break_even_shift(k: int, correlation: float, discount: float) -> None:
    shift = break_even_shift(k, correlation, discount)
    assert shift >= -1e-10
    assert float(avoid_share(k, shift, correlation, discount)) == pytest.approx(0.5, abs=1e-11)


@pytest.mark.parametrize(
    "law", [{}, {"shift": 1.0}, {"alternatives": 40, "correlation": 0.5}, {"discount": 0.3, "shift": -1.0}]
)
def test_drawn_goals_agree_with_the_exact_share(law: dict) -> None:
    params = RewardShareParams(draws=40_000, **law)
    exact, drawn = solve(params), simulate(params, default_rng(19))
    assert drawn.share == pytest.approx(exact.share, abs=5 * np.sqrt(exact.share * (1 - exact.share) / 40_000))
    assert (np.abs(drawn.sampled - exact.sampled) <= 5 * drawn.sampled_error).all()
    assert drawn.exact == exact.share


def test_the_dice_do_not_depend_on_the_parameters() -> None:
    few, many = (simulate(RewardShareParams(alternatives=k), default_rng(23)) for k in (1, 50))
    np.testing.assert_array_equal(few.sampled, many.sampled)
    assert few.share == few.sampled[SAMPLED_COUNTS.index(1)]


def test_equal_alternatives_count_as_themselves() -> None:
    assert solve(RewardShareParams(alternatives=7)).effective_alternatives == pytest.approx(7)
    assert solve(RewardShareParams(alternatives=7, correlation=1.0)).effective_alternatives == pytest.approx(1)
    assert solve(RewardShareParams(alternatives=1000, shift=-5.0)).effective_alternatives > 1000


def test_the_reading_gives_both_shares() -> None:
    assert "83.3 %" in reading(solve(RewardShareParams()))
    assert "just as counting" in reading(solve(RewardShareParams()))
    assert "1 alternative " in reading(solve(RewardShareParams(alternatives=1)))
    assert "55.1 %" in reading(solve(RewardShareParams(shift=1.0)))


def test_the_figure_has_states_on_either_side_of_half() -> None:
    assert REWARD_SHARE.result().exact > 0.5 > REWARD_SHARE.result(shift=1.5).exact
