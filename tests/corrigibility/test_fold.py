"""The fold: closed forms against root finding and integration, limits, scaling, and the words of the figure."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.special import ai_zeros

from sysalign_lib.corrigibility.explorables.fold import FOLD
from sysalign_lib.corrigibility.fold import (
    Fate,
    FoldParams,
    Regime,
    closing_time,
    cusp,
    drift,
    equilibria,
    folds,
    force_at,
    overshoot,
    settled_levels,
    sharpness,
    slope,
    solve,
    sweep_force,
    unopposed,
)
from sysalign_lib.corrigibility.views.fold import reading

WORLD = {"rate": 1.0, "ceiling": 10.0, "half": 1.0}
rates, halves = st.floats(0.25, 4.0), st.floats(0.5, 2.0)
ratios = st.floats(1.05, 5.0)  # ceiling over the cusp's
forces = st.floats(0.05, 6.0)


@settings(deadline=None)
@given(rate=rates, half=halves, ratio=ratios)
def test_at_a_fold_drift_and_its_slope_vanish(rate, half, ratio):
    world = {"rate": rate, "ceiling": ratio * cusp(half), "half": half}
    for level, force in folds(**world).tolist():
        assert drift(level, force, **world) == pytest.approx(0.0, abs=1e-12 * rate * level)
        assert slope(level, force, **world) == pytest.approx(0.0, abs=1e-9 * rate)
        assert 2 * level**3 / world["ceiling"] - level**2 + half**2 == pytest.approx(0.0, abs=1e-9 * level**2)


@settings(deadline=None)
@given(rate=rates, half=halves)
def test_the_folds_meet_at_the_cusp(rate, half):
    near = folds(rate=rate, ceiling=cusp(half) * (1 + 1e-8), half=half)
    cusp_level, cusp_force = math.sqrt(3) * half, 8 * rate * half / (3 * math.sqrt(3))
    assert near[:, 0] == pytest.approx([cusp_level] * 2, rel=1e-3)
    assert near[:, 1] == pytest.approx([cusp_force] * 2, rel=1e-6)
    assert folds(rate=rate, ceiling=cusp(half), half=half).shape == (0, 2)


@settings(deadline=None)
@given(rate=rates, half=halves, ratio=st.floats(0.4, 5.0), force=forces)
def test_equilibria_are_the_positive_roots_of_the_cubic(rate, half, ratio, force):
    ceiling = ratio * cusp(half)
    found = equilibria(force, rate=rate, ceiling=ceiling, half=half)
    edge = folds(rate=rate, ceiling=ceiling, half=half)
    # close to a fold a polynomial's roots are not to be trusted
    assume(not len(edge) or np.abs(edge[:, 1] - force).min() >= 1e-3 * force)
    cubic = np.roots([1.0, -ceiling, half**2 + force * ceiling / rate, -ceiling * half**2])
    real = np.sort(cubic[np.abs(cubic.imag) < 1e-7 * ceiling].real)
    assert found == pytest.approx(real, rel=1e-6)
    assert len(found) == (3 if len(edge) and edge[0, 1] < force < edge[1, 1] else 1)


@settings(deadline=None)
@given(rate=rates, half=halves, ratio=ratios, share=st.floats(0.05, 0.95))
def test_stable_and_unstable_levels_alternate(rate, half, ratio, share):
    world = {"rate": rate, "ceiling": ratio * cusp(half), "half": half}
    low, high = folds(**world)[:, 1]
    force = float(low + share * (high - low))
    slopes = [slope(level, force, **world) for level in equilibria(force, **world).tolist()]
    assert [s < 0 for s in slopes] == [True, False, True]


@settings(deadline=None)
@given(rate=rates, scale=st.floats(0.6, 1.6), share=st.floats(0.05, 0.95), start=st.floats(0.01, 0.3))
def test_closing_time_depends_on_ratios_only(rate, scale, share, start):
    low, high = folds(**WORLD)[:, 1]
    force = float(low + share * (high - low))
    plain = closing_time(force, start=start, **WORLD)
    scaled = closing_time(force * rate * scale, rate=rate, ceiling=10 * scale, half=scale, start=start * scale)
    assert scaled == pytest.approx(plain / rate, rel=1e-9)


@settings(deadline=None)
@given(share=st.floats(0.02, 0.98), start=st.floats(0.01, 0.4), ceiling=st.floats(6.0, 15.0))
def test_growth_meets_the_tipping_level_at_the_closing_time(share, start, ceiling):
    world = WORLD | {"ceiling": ceiling}
    low, high = folds(**world)[:, 1]
    force = float(low + share * (high - low))
    closes = closing_time(force, start=start, **world)
    assert unopposed(closes, rate=1.0, ceiling=ceiling, start=start) == pytest.approx(equilibria(force, **world)[1])
    met = solve(FoldParams(ceiling=ceiling, start=start, force=min(force, 6.0), delay=min(closes, 20.0)))
    assert met.required_force == pytest.approx(force, rel=1e-9)


@pytest.mark.parametrize(("force", "ceiling", "half"), [(2.0, 10.0, 1.0), (1.9, 7.5, 1.0), (2.5, 12.0, 1.2)])
def test_simulated_interventions_flip_at_the_closing_time(force, ceiling, half):
    params = FoldParams(ceiling=ceiling, half=half)
    closes = closing_time(force, rate=1.0, ceiling=ceiling, half=half, start=params.start)
    delays = closes + np.array([-1.0, -0.1, -0.01, -0.001, 0.001, 0.01, 0.1, 1.0])
    ends, levels = (
        settled_levels(delays, np.array(force), params),
        equilibria(force, rate=1, ceiling=ceiling, half=half),
    )
    assert ends[:4] == pytest.approx(np.full(4, levels[0]), rel=1e-6)
    assert ends[4:] == pytest.approx(np.full(4, levels[2]), rel=1e-6)


def test_closing_time_is_zero_below_the_window_and_infinite_above_it_and_below_the_cusp():
    edge = folds(**WORLD)[:, 1]
    assert closing_time(float(edge[0]) - 1e-9, start=0.1, **WORLD) == 0.0
    assert math.isinf(closing_time(float(edge[1]) + 1e-9, start=0.1, **WORLD))
    assert math.isinf(closing_time(0.5, rate=1.0, ceiling=5.0, half=1.0, start=0.1))
    assert closing_time(float(edge[0]), start=0.1, **WORLD) < closing_time(float(edge[1]), start=0.1, **WORLD) < 20


@pytest.mark.parametrize("delay", [0.0, 3.0, 20.0])
@pytest.mark.parametrize("force", [0.0, 0.7, 1.5, 3.0, 6.0])
def test_below_the_cusp_every_delay_ends_at_the_same_level(force, delay):
    result = solve(FoldParams(ceiling=4.0, force=force, delay=delay))
    assert result.regime is Regime.NO_FOLD
    assert result.fate is Fate.ONLY_LEVEL
    assert math.isnan(result.required_force)
    assert result.settled == pytest.approx(result.levels[0], rel=1e-6)


def test_the_intervention_follows_logistic_growth_and_then_the_flow():
    result = solve(FoldParams(delay=3.0))
    before = unopposed(result.time[:21], rate=1.0, ceiling=10.0, start=0.1)
    assert result.level[:21] == pytest.approx(before, rel=1e-4)
    flow = solve_ivp(
        lambda _t, x: drift(x, 2.0, **WORLD), (0, 30), [float(result.level[20])], rtol=1e-10, atol=1e-12,
        t_eval=result.time[20:] - 3.0,
    )  # fmt: skip
    assert result.level[20:] == pytest.approx(flow.y[0], rel=1e-4)
    assert result.met_level == pytest.approx(result.level[20], rel=1e-4)


def test_a_slow_sweep_leaves_each_branch_only_beyond_its_fold():
    result = solve(FoldParams())
    low, high = result.folds[:, 1]
    held = result.swept_force <= high
    assert (result.swept_rising[held] > result.folds[1, 0]).all()
    assert result.swept_rising[-1] < result.folds[0, 0]
    still_low = result.swept_force >= low
    assert (result.swept_falling[still_low] < result.folds[0, 0]).all()
    assert result.swept_falling[0] > result.folds[1, 0]


def test_a_held_force_keeps_an_equilibrium_exactly():
    tipping = equilibria(2.0, **WORLD)[1]
    assert sweep_force(np.array([2.0]), float(tipping), 5.0, FoldParams())[0] == pytest.approx(2.0, abs=1e-9)


def _fall(speed: float, beyond: float) -> float:
    """Time from (shortly before) the upper fold to the fall when the force moves at `speed` from c_F + `beyond`."""
    level, force = folds(**WORLD)[1]
    hit = lambda _t, x: x[0] - 2.0  # noqa: E731
    hit.terminal = True
    start = float(equilibria(force + beyond, **WORLD)[-1]) if beyond < 0 else float(level) + 2.0
    flow = solve_ivp(
        lambda t, x: drift(x, float(force) + beyond + speed * t, **WORLD), (0, 1e7), [start], method="LSODA",
        events=hit, rtol=1e-9, atol=1e-11,
    )  # fmt: skip
    return float(flow.t_events[0][0])


def test_the_time_past_a_fold_grows_as_one_over_the_root_of_the_distance():
    level, force = folds(**WORLD)[1].tolist()
    sharp = sharpness(level, force, **WORLD)
    errors = [abs(_fall(0.0, d) / (math.pi / math.sqrt(sharp * d)) - 1) for d in (1e-3, 1e-5)]
    assert errors[1] < 0.02
    assert errors[1] < errors[0] / 5  # the next order falls as the root of the distance


def test_a_ramp_overshoots_the_fold_by_the_airy_zero():
    level, force = folds(**WORLD)[1].tolist()
    sharp, errors = sharpness(level, force, **WORLD), []
    for speed in (1e-3, 1e-6):
        beyond = -30 * overshoot(speed, sharp)
        errors.append(abs((beyond + speed * _fall(speed, beyond)) / overshoot(speed, sharp) - 1))
    assert overshoot(1.0, 1.0) == pytest.approx(-ai_zeros(1)[0][0])
    assert errors[1] < 0.02
    assert errors[1] < errors[0] / 3


def test_the_local_form_has_the_right_coefficients():
    for level, force in folds(**WORLD).tolist():
        bend = (slope(level + 1e-5, force, **WORLD) - slope(level - 1e-5, force, **WORLD)) / 2e-5 / 2
        push = level**2 / (1 + level**2)
        assert sharpness(level, force, **WORLD) == pytest.approx(push * abs(bend), rel=1e-6)


def test_the_fold_condition_is_the_normal_form_in_the_inverse_level():
    for level in folds(**WORLD)[:, 0].tolist():
        assert (1 / level) ** 3 - 1 / level + 2 / 10.0 == pytest.approx(0.0, abs=1e-12)
    top = brentq(lambda x: 1 - 3 * x**2, 0, 1)
    assert top - top**3 == pytest.approx(2 / cusp(1.0), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    rate=rates, ceiling=st.floats(2.0, 15.0), half=halves, start=st.floats(0.001, 0.5), force=st.floats(0.0, 6.0),
    delay=st.floats(0.0, 20.0),
)  # fmt: skip
def test_any_world_in_range_can_be_solved_and_put_in_words(rate, ceiling, half, start, force, delay):
    result = solve(FoldParams(rate=rate, ceiling=ceiling, half=half, start=start, force=force, delay=delay))
    for values in (result.curve_force, result.levels, result.swept_rising, result.swept_falling, result.level):
        assert np.isfinite(values).all()
    assert (result.level > 0).all()
    assert force_at(result.levels, rate=rate, ceiling=ceiling, half=half) == pytest.approx(force, abs=1e-6)
    assert len(reading(result)) > 40


def test_the_words_say_what_the_simulation_did():
    for state in FOLD.states():
        result, words = FOLD.result(**state), FOLD.read(**state)
        assert f"ends at {result.settled:.3g}" in words
        assert ("comes in time" in words) == (result.regime is Regime.WINDOW and result.fate is Fate.HELD)
        assert ("too late" in words) == (result.regime is Regime.WINDOW and result.fate is Fate.ESCAPED)
        assert ("one level only" in words) == (state["ceiling"] < cusp(1.0))


def test_the_bet_is_about_the_closing_time():
    assert FOLD.answer() == pytest.approx(math.log(99 / 4))
