"""Influence: the tangent law, bounded regret, the horizon test, and whose values count."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.optimize import brentq

from sysalign_lib.value_learning.explorables.influence import INFLUENCE
from sysalign_lib.value_learning.influence import (
    SEEN,
    InfluenceParams,
    Values,
    angle_after,
    assimilate,
    critical_cosine,
    influences,
    pays_forever,
    plan,
    regret,
    regret_bound,
    share_above,
    simulate,
    solve,
)
from sysalign_lib.value_learning.views.influence import reading

pulls = st.floats(0, 3)
rewards = st.floats(0, 5)


def worth(actions: tuple[bool, ...], reward: float, discount: float, values: Values) -> float:
    """What a way through the horizon test brings, added up step by step; True influences, once moved people stay moved."""
    moved, total = False, 0.0
    ends_moved = any(actions)
    for at, acts in enumerate(actions):
        if not moved and acts:
            moved = True
            continue
        if moved:
            total += discount**at * (0 if values is Values.INITIAL else reward)
        elif not (values is Values.FINAL and ends_moved):
            total += discount**at
    return total


def way(actions: tuple[bool, ...], angle: float, pull: float, reward: float, discount: float) -> float:
    """What serving and pushing in this order brings by real-time values."""
    pushes, total = 0, 0.0
    for at, pushed in enumerate(actions):
        total += discount**at * (reward * math.cos(float(angle_after(angle, pull, pushes))) if pushed else 1.0)
        pushes += pushed
    return total


# Taste -------------------------------------------------------------------------------------------------------------


@given(st.integers(2, 8), pulls, st.integers(1, 12), st.integers(0, 1000))
@settings(deadline=None)
def test_vectors_follow_the_tangent_law_in_any_dimension(dimension: int, pull: float, steps: int, seed: int) -> None:
    rng = default_rng(seed)
    taste, item = rng.standard_normal((5, dimension)), rng.standard_normal(dimension)
    taste, item = taste / np.linalg.norm(taste, axis=1, keepdims=True), item / np.linalg.norm(item)
    start = np.arccos(np.clip(taste @ item, -1, 1))
    for _ in range(steps):
        taste = assimilate(taste, item, pull)
    np.testing.assert_allclose(taste @ item, np.cos(angle_after(start, pull, steps)), atol=1e-12)


def test_taste_ends_at_the_item_or_its_opposite_and_stays_across_it() -> None:
    ends = angle_after([0.0, 0.3, 1.57, math.pi / 2 + 0.01, 3.0, math.pi], 0.5, 400)
    np.testing.assert_allclose(ends, [0, 0, 0, math.pi, math.pi, math.pi], atol=1e-12)
    across = assimilate([[0.0, 1.0]], [1.0, 0.0], 5.0)
    np.testing.assert_array_equal(across, [[0.0, 1.0]])
    np.testing.assert_allclose(angle_after([0.2, 1.2], 0.0, 100), [0.2, 1.2])


@given(st.floats(0.01, 1.55), st.floats(0.01, 3))
def test_regret_is_bounded_grows_and_is_small_where_taste_follows_at_once(angle: float, pull: float) -> None:
    sums = [regret(angle, pull, steps) for steps in (1, 5, 50, 2000)]
    assert (np.diff(sums) >= 0).all()
    assert sums[-1] <= regret_bound(angle, pull) * (1 + 1e-12)
    assert sums[0] == pytest.approx(1 - math.cos(angle), abs=1e-12)


def test_bad_arguments_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="angle must be in"):
        regret_bound(1.6, 0.1)
    with pytest.raises(ValueError, match="pull must be in"):
        regret_bound(1.2, 0.0)
    with pytest.raises(ValueError, match="steps must be in"):
        regret(1.2, 0.1, 0)
    with pytest.raises(ValueError, match="item must have shape"):
        assimilate([[1.0, 0.0]], [1.0, 0.0, 0.0], 0.1)
    with pytest.raises(ValueError, match="horizon must be in"):
        plan(1.5, 0)
    with pytest.raises(ValueError, match="horizons must lie in"):
        critical_cosine(InfluenceParams(), [0.0])
    with pytest.raises(ValueError, match="dimension must be in"):
        share_above(0.5, 1)
    with pytest.raises(ValueError, match="discount must be in"):
        pays_forever(1.5, 1.0)


# The horizon test --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", Values)
@pytest.mark.parametrize("reward", [0.0, 0.9, 1.0, 1.1, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("discount", [0.0, 0.6, 0.95, 1.0])
def test_no_way_of_all_beats_the_plan(values: Values, reward: float, discount: float) -> None:
    for horizon in range(1, 9):
        best = max(worth(way, reward, discount, values) for way in product((False, True), repeat=horizon))
        found = plan(reward, horizon, discount, values)
        assert found.worth == pytest.approx(best, abs=1e-12)
        assert worth(found.actions, reward, discount, values) == pytest.approx(best, abs=1e-12)
        assert not any(found.actions[1:])  # at once or never


@given(st.floats(0, 6), st.integers(1, 60))
def test_the_plan_influences_if_and_only_if_the_lemma_says_so(reward: float, horizon: int) -> None:
    edge = abs((horizon - 1) * reward - horizon)
    if edge > 1e-9:
        assert plan(reward, horizon).actions[0] == influences(reward, horizon)
        if reward > 1:
            assert influences(reward, horizon) == (horizon > reward / (reward - 1))
    assert not any(plan(reward, horizon, 1.0, Values.INITIAL).actions)


def test_published_thresholds_and_ties() -> None:
    assert [influences(1.5, h) for h in (3, 4)] == [False, True]
    assert [plan(1.1, h).actions[0] for h in (11, 12)] == [False, True]
    assert not plan(1.5, 3).actions[0]
    assert not any(influences(1.0, h) for h in range(1, 1000))


@given(st.floats(1.05, 4), st.floats(0.05, 0.95))
@settings(deadline=None)
def test_with_a_discount_and_no_end_influence_pays_if_gamma_r_exceeds_1(reward: float, discount: float) -> None:
    if abs(discount * reward - 1) > 1e-3:
        assert plan(reward, 1200, discount).actions[0] == pays_forever(reward, discount)


# The planner on the sphere -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("discount", [1.0, 0.8])
@pytest.mark.parametrize("angle", [0.5, 1.0, 1.4])
def test_all_or_nothing_is_best_among_all_orders_of_serving_and_pushing(angle: float, discount: float) -> None:
    for reward, pull in product((1.1, 1.5, 3.0), (0.1, 0.5, 5.0)):
        values = {way(one, angle, pull, reward, discount): one for one in product((False, True), repeat=7)}
        ends = [way((flag,) * 7, angle, pull, reward, discount) for flag in (False, True)]
        assert max(values) == pytest.approx(max(ends), abs=1e-12)


@pytest.mark.parametrize(
    ("values", "discount"), [(Values.REAL_TIME, 1.0), (Values.REAL_TIME, 0.7), (Values.FINAL, 1.0)]
)
def test_the_critical_angle_is_where_both_rewards_meet(values: Values, discount: float) -> None:
    params = InfluenceParams(values=values, discount=discount, pull=0.3, reward=1.4)
    for horizon, found in zip((1, 2, 7, 30), critical_cosine(params, [1, 2, 7, 30]), strict=True):

        def ahead(cosine: float, horizon: int = horizon) -> float:
            steps, weight = np.arange(horizon), discount ** np.arange(horizon)
            if values is Values.FINAL:
                return 1.4 * float(np.cos(angle_after(math.acos(cosine), 0.3, horizon))) - 1
            return float(weight @ (1.4 * np.cos(angle_after(math.acos(cosine), 0.3, steps)) - 1))

        assert found == pytest.approx(brentq(ahead, 1e-9, 1.0, xtol=1e-14), abs=1e-9)


@pytest.mark.parametrize("dimension", [2, 3, 7])
def test_shares_of_the_sphere_agree_with_quadrature(dimension: int) -> None:
    def density(angle: float) -> float:
        return math.sin(angle) ** (dimension - 2)

    for cosine in (0.0, 0.3, 0.9, 1.0):
        part = quad(density, 0, math.acos(cosine))[0] / quad(density, 0, math.pi / 2)[0]
        assert float(share_above(cosine, dimension)) == pytest.approx(part, abs=1e-9)


@given(pulls, rewards, st.integers(1, 40), st.integers(2, 20))
@settings(max_examples=50, deadline=None)
def test_final_values_push_most_and_initial_values_least(
    pull: float, reward: float, horizon: int, dimension: int
) -> None:
    shares = [
        solve(InfluenceParams(pull=pull, reward=reward, horizon=horizon, dimension=dimension, values=values))
        for values in (Values.INITIAL, Values.REAL_TIME, Values.FINAL)
    ]
    pushed = [one.pushed_share for one in shares]
    assert pushed[0] == shares[0].consent_share
    assert pushed[0] <= pushed[1] + 1e-9
    assert pushed[1] <= pushed[2] + 1e-9
    assert (np.diff(shares[1].share) >= -1e-9).all()


def test_where_taste_moves_at_once_the_horizon_test_is_left() -> None:
    """With an enormous pull everyone is pushed beyond R / (R - 1), and not before."""
    share = solve(InfluenceParams(pull=10.0, reward=1.5, dimension=2)).share
    slow = solve(InfluenceParams(pull=0.0, reward=1.5, dimension=2))
    assert solve(InfluenceParams()).threshold == pytest.approx(3)
    assert share[0] == slow.consent_share
    assert share[2] < 0.96 < 0.985 < share[5]
    assert math.isinf(solve(InfluenceParams(reward=1.0)).threshold)


def test_a_myopic_planner_and_a_taste_that_does_not_move_serve_consent_only() -> None:
    for params in (InfluenceParams(horizon=1), InfluenceParams(pull=0.0, horizon=30)):
        seen = solve(params)
        assert seen.pushed_share == pytest.approx(1 - 1 / 1.5)
        assert seen.turned_share == pytest.approx(0, abs=1e-12)
    assert solve(InfluenceParams(reward=1.0, horizon=30)).pushed_share == 0


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", Values)
@pytest.mark.parametrize("dimension", [2, 3, 10])
def test_people_who_are_tried_one_by_one_agree_with_the_exact_shares(values: Values, dimension: int) -> None:
    params = InfluenceParams(values=values, dimension=dimension, people=20_000, discount=0.95, pull=0.3)
    seen = simulate(params, default_rng(3))
    exact = seen.share[np.array(SEEN) - 1]
    assert (np.abs(seen.seen_share - exact) <= 5 * np.sqrt(exact * (1 - exact) / params.people) + 1e-9).all()


def test_people_drawn_move_only_if_pushed_and_as_the_law_says() -> None:
    seen = simulate(InfluenceParams(horizon=20), default_rng(5))
    start = np.radians(seen.angle[:, :1])
    moved = np.degrees(angle_after(start, 0.2, seen.time))
    np.testing.assert_allclose(seen.angle, np.where(seen.pushed[:, None], moved, np.degrees(start)), atol=1e-9)
    critical = critical_cosine(seen.params, [20])
    np.testing.assert_array_equal(seen.pushed, np.cos(start[:, 0]) > critical)


def test_solved_people_are_quantiles() -> None:
    seen = solve(InfluenceParams())
    assert seen.pushed.mean() == pytest.approx(seen.pushed_share, abs=1 / 12)
    assert seen.consents.mean() == pytest.approx(1 / 3, abs=1 / 12)


# Evidence, words and pictures --------------------------------------------------------------------------------------


def test_readings_at_the_edges() -> None:
    assert "pays no more than serving" in INFLUENCE.read(reward=1.0)
    assert "A longer plan changes nothing" in INFLUENCE.read(values=Values.INITIAL)
    assert "Planning 1 step ahead" in INFLUENCE.read(horizon=1)
    assert "just those who prefer" in INFLUENCE.read(pull=0.0)
    assert "33.5 % are turned" in INFLUENCE.read()
    assert "more than 99.9 %" in reading(
        solve(InfluenceParams(pull=10.0, horizon=100, reward=5.0, values=Values.FINAL))
    )
