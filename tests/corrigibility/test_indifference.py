"""Utility indifference: exact numbers, the two signs of one number, managed news, and imagined runs that agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.stats import norm

from sysalign_lib.corrigibility.explorables.indifference import BUTTON
from sysalign_lib.corrigibility.indifference import IndifferenceParams, simulate, solve
from sysalign_lib.corrigibility.views.indifference import reading

PREVENT, CAUSE, PRESERVE, SCHEDULE = range(4)

worlds = st.builds(
    IndifferenceParams,
    press_probability=st.floats(0.0, 0.99),
    normal_utility=st.floats(-100, 100),
    shutdown_utility=st.floats(-100, 100),
    spread=st.floats(0, 50),
    disable_cost=st.floats(0, 20),
    compensation=st.floats(0, 2),
)


@given(params=worlds)
def test_the_value_of_every_option_follows_from_the_definition(params: IndifferenceParams) -> None:
    p, normal, stopped = params.press_probability, params.normal_utility, params.shutdown_utility
    for agent, share in enumerate((0.0, params.compensation)):
        pressed = stopped + share * (normal - stopped)
        keep, disable, press, _ = solve(params).value[agent]
        assert keep == pytest.approx((1 - p) * normal + p * pressed, abs=1e-9)
        assert disable == pytest.approx(normal - params.disable_cost, abs=1e-9)
        assert press == pytest.approx(pressed - params.disable_cost, abs=1e-9)


@given(params=worlds)
def test_full_compensation_takes_the_press_probability_out_of_the_value(params: IndifferenceParams) -> None:
    paid = solve(replace(params, compensation=1.0))
    assert np.ptp(paid.keep_curve[1]) <= 1e-12
    assert np.abs(paid.expected_gain[1, [PREVENT, CAUSE, PRESERVE]]).max() <= 1e-12
    assert not paid.disables[1]


@given(params=worlds)
def test_preserving_and_preventing_are_one_number_with_two_signs(params: IndifferenceParams) -> None:
    gain = solve(params).expected_gain
    np.testing.assert_array_equal(gain[:, PRESERVE], -gain[:, PREVENT])


@given(params=worlds)
def test_whoever_preserves_the_button_wants_it_pressed(params: IndifferenceParams) -> None:
    p, gain = params.press_probability, solve(params).expected_gain[1]
    assert (1 - p) * gain[PRESERVE] == pytest.approx(p * gain[CAUSE], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(params=worlds.filter(lambda world: world.spread > 0.01))
def test_the_worth_of_a_timed_press_agrees_with_an_integral_over_the_outcomes(params: IndifferenceParams) -> None:
    p, normal, stopped, spread = (
        params.press_probability, params.normal_utility, params.shutdown_utility, params.spread,
    )  # fmt: skip
    cut = norm.ppf(p) if p > 0 else -12.0
    kept = quad(lambda z: (normal + spread * z) * norm.pdf(z), max(cut, -12.0), 12.0, epsabs=1e-11)[0]
    theta = kept / (1 - p) - stopped
    worth = kept + p * (stopped + params.compensation * theta)
    assert solve(params).value[1, SCHEDULE] + params.disable_cost == pytest.approx(worth, abs=1e-6)


@given(params=worlds)
def test_certain_outcomes_leave_nothing_to_schedule_beyond_the_plain_incentive(params: IndifferenceParams) -> None:
    assert np.abs(solve(replace(params, spread=0.0, compensation=1.0)).expected_gain[1]).max() <= 1e-12


@given(params=worlds)
def test_an_unpaid_agent_is_the_naive_one(params: IndifferenceParams) -> None:
    unpaid = solve(replace(params, compensation=0.0))
    np.testing.assert_array_equal(unpaid.value[0], unpaid.value[1])
    assert unpaid.payment.min() >= 0


def test_a_press_that_never_comes_is_not_worth_preventing() -> None:
    assert solve(IndifferenceParams(press_probability=0.0)).payment[:, PREVENT].max() == 0


@pytest.mark.parametrize("cost", [0.0, 1.0])
def test_a_tie_keeps_the_button(cost: float) -> None:
    tied = IndifferenceParams(press_probability=cost / 8, disable_cost=cost)
    assert not solve(tied).disables.any()


@pytest.mark.parametrize("compensation", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("press", [0.0, 0.1, 0.9])
def test_imagined_runs_agree_with_the_exact_values(compensation: float, press: float) -> None:
    params = IndifferenceParams(compensation=compensation, press_probability=press, episodes=40_000)
    exact, imagined = solve(params), simulate(params, default_rng(3))
    assert (np.abs(imagined.value - exact.value) <= 5 * imagined.value_error + 1e-9).all()
    assert (np.abs(imagined.gain - exact.gain) <= 5 * imagined.gain_error + 1e-9).all()
    np.testing.assert_array_equal(imagined.expected_gain, exact.gain)


def test_compensation_moves_the_second_agent_only() -> None:
    low, high = (simulate(IndifferenceParams(compensation=share), default_rng(5)) for share in (0.5, 1.5))
    np.testing.assert_array_equal(low.value[0], high.value[0])
    np.testing.assert_array_equal(low.value[:, 1], high.value[:, 1])


def test_the_reading_names_what_is_paid_for_and_nothing_else() -> None:
    said = reading(solve(IndifferenceParams()))
    assert "2.40 to prevent the press" in said
    assert said.endswith("0.99 to have the press fall on bad news, and nothing to preserve the button.")
    assert "no different" in reading(solve(IndifferenceParams(compensation=0.0)))
    assert reading(solve(IndifferenceParams(spread=0.0))).endswith(
        "it would pay nothing for any influence on the button."
    )
    assert "1.20 to preserve the button" in reading(solve(IndifferenceParams(compensation=1.5)))


def test_the_figure_has_a_state_in_which_nobody_interferes() -> None:
    calm = BUTTON.result(press_probability=0.1, spread=0.0)
    assert (calm.payment <= calm.params.disable_cost).all()
