"""The recommender in the loop: exact moments, three lemmas, and where it is harmless."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.value_learning.explorables.recommender import RECOMMENDER
from sysalign_lib.value_learning.recommender import (
    Aim,
    RecommenderParams,
    camps,
    gap_after,
    gap_at_rest,
    simulate,
    solve,
    step,
)
from sysalign_lib.value_learning.views.recommender import reading

unit = st.floats(0, 1)
SMALL = RecommenderParams(people=6, minority=1 / 3, steps=9, wander=0.3, noise=0.8)


def dense(params: RecommenderParams) -> dict[str, np.ndarray]:
    """Mean squares at the end from the covariance of all people at once, without camps, means and deviations."""
    p, n, few = params, params.people, round(params.minority * params.people)
    camp = np.repeat([0, 1], [few, n - few])
    own = (camp[:, None] == camp) / np.bincount(camp)[camp][:, None]
    other = (camp[:, None] != camp) / np.bincount(1 - camp)[camp][:, None]
    heard = (1 - p.listen) * np.eye(n) + p.listen * (p.loyal * own + (1 - p.loyal) * other)
    talk, none, one = (1 - p.anchor) * heard, np.zeros((n, n)), np.eye(n)
    keep = 1 - p.influence
    move = np.block([
        [keep * talk, none, p.influence * one, keep * p.anchor * one],
        [none, talk, none, p.anchor * one], [none, none, one, none], [none, none, none, one],
    ])  # fmt: skip
    pool = one if p.personal else np.full((n, n), 1 / n)
    learn = np.eye(4 * n)
    learn[2 * n : 3 * n] = 0
    source = {Aim.REAL_TIME: 0, Aim.NATURAL: 1, Aim.INITIAL: 3}[p.aim]
    learn[2 * n : 3 * n, source * n : (source + 1) * n] = pool
    shock = p.wander * np.vstack([keep * one, one, none, none])
    heard_noise = p.noise * np.vstack([none, none, pool, none])
    same = p.spread * np.vstack([one, one, none, one])
    first = (camp - 0.5) * p.distance
    mean, cov = np.concatenate([first, first, 0 * first, first]), same @ same.T
    for at in range(p.steps):
        if at == 0 or (at % p.retrain == 0 and p.aim is not Aim.INITIAL):
            mean, cov = learn @ mean, learn @ cov @ learn.T + heard_noise @ heard_noise.T
        mean, cov = move @ mean, move @ cov @ move.T + shock @ shock.T
    second = cov + np.outer(mean, mean)
    x, g, r = (slice(k * n, (k + 1) * n) for k in range(3))

    def square(a: slice, b: slice) -> np.ndarray:
        return np.diag(second[a, a] + second[b, b] - second[a, b] - second[b, a])

    return {
        "tracking": square(r, x), "displacement": square(x, g), "mean": mean[x], "spread": np.sqrt(np.diag(cov[x, x])),
        "camp": camp,
    }  # fmt: skip


# Exact -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aim", Aim)
@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize("retrain", [1, 4])
def test_camps_and_deviations_give_the_moments_of_all_people(aim: Aim, personal: bool, retrain: int) -> None:
    params = replace(SMALL, aim=aim, personal=personal, retrain=retrain, influence=0.25)
    exact, whole = solve(params), dense(params)
    for which in (0, 1):
        here = whole["camp"] == which
        assert exact.camp_tracking[which, -1] ** 2 == pytest.approx(whole["tracking"][here].mean())
        assert exact.camp_displacement[which, -1] ** 2 == pytest.approx(whole["displacement"][here].mean())
        np.testing.assert_allclose(exact.value_mean[which, -1], whole["mean"][here])
        np.testing.assert_allclose(exact.value_spread[which, -1], whole["spread"][here])
    assert exact.tracking[-1] ** 2 == pytest.approx(whole["tracking"].mean())


@given(unit, unit, unit, unit, st.sampled_from(list(Aim)), st.integers(1, 10))
@settings(max_examples=40, deadline=None)
def test_one_recommendation_for_all_leaves_the_same_gap_whatever_it_aims_at(
    influence: float, anchor: float, listen: float, loyal: float, aim: Aim, retrain: int
) -> None:
    params = RecommenderParams(
        influence=influence, anchor=anchor, listen=listen, loyal=loyal, aim=aim, retrain=retrain, steps=12
    )
    exact = solve(params)
    assert exact.gap == pytest.approx(gap_after(params, 12), abs=1e-12)
    assert exact.natural_gap == pytest.approx(gap_after(replace(params, influence=0.0), 12), abs=1e-12)
    assert abs(exact.gap) <= abs(exact.natural_gap) + 1e-12


@given(st.floats(0.05, 1), st.floats(0.01, 1), unit, unit)
def test_the_gap_at_rest_is_the_end_of_the_recursion(
    influence: float, anchor: float, listen: float, loyal: float
) -> None:
    params = RecommenderParams(influence=influence, anchor=anchor, listen=listen, loyal=loyal)
    rest = gap_at_rest(2.0, influence, anchor, listen, loyal)
    assert gap_after(params, 1500) == pytest.approx(rest, abs=1e-9)


def test_own_recommendations_delay_and_do_not_move() -> None:
    """Without noise the rest point is the natural one, at any influence below 1 and any retraining."""
    for influence, retrain in ((0.1, 1), (0.5, 20), (0.7, 5)):
        params = RecommenderParams(
            influence=influence, retrain=retrain, personal=True, noise=0.0, wander=0.0, steps=1000, anchor=0.2
        )
        early, late = solve(replace(params, steps=2)), solve(params)
        assert early.displacement[-1] > 1e-3
        assert late.displacement[-1] < 1e-4


def test_who_is_few_is_drawn_more() -> None:
    """After one step nothing but the mean of all has pulled: kappa times the other camp's share of the gap."""
    params = RecommenderParams(steps=1, listen=0.0, anchor=0.0, wander=0.0, spread=0.0, noise=0.0, minority=0.2)
    moved = solve(params).camp_displacement[:, -1]
    np.testing.assert_allclose(moved, 0.1 * 2.0 * np.array([0.8, 0.2]))


def test_own_recommendations_hand_people_the_noise_of_their_ratings() -> None:
    """Everyone alike, nobody talks: a first-order recursion of the difference to the ghost."""
    params = RecommenderParams(
        personal=True, listen=0.0, anchor=0.3, influence=0.2, noise=0.7, wander=0.0, spread=0.0, distance=0.0, steps=500
    )
    keep = 0.8 * 0.7 + 0.2
    assert solve(params).displacement[-1] == pytest.approx(0.2 * 0.7 / np.sqrt(1 - keep**2))
    shared = solve(replace(params, personal=False)).displacement[-1]
    assert shared < solve(params).displacement[-1]


# Limits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aim", Aim)
@pytest.mark.parametrize("personal", [False, True])
def test_no_influence_moves_nobody_and_full_influence_is_never_off(aim: Aim, personal: bool) -> None:
    none = simulate(RecommenderParams(influence=0.0, aim=aim, personal=personal), default_rng(0))
    assert (none.seen_displacement == 0).all()
    assert none.displacement.max() < 1e-7
    np.testing.assert_array_equal(none.value_mean, none.natural_mean)
    full = simulate(RecommenderParams(influence=1.0, aim=aim, personal=personal), default_rng(0))
    assert full.seen_tracking[1:].max() < 1e-12
    assert full.tracking[1:].max() < 1e-7


def test_a_full_anchor_holds_the_first_opinion() -> None:
    seen = solve(RecommenderParams(anchor=1.0, influence=0.0, wander=0.0))
    np.testing.assert_allclose(seen.value_mean, np.tile([[-1.0], [1.0]], seen.time.size))
    assert gap_at_rest(2.0, 0.0, 1.0, 0.5, 0.5) == 2


def test_without_anchor_one_recommendation_leaves_no_gap() -> None:
    assert gap_at_rest(2.0, 0.01, 0.0, 0.0, 1.0) == 0
    with pytest.raises(ValueError, match="anchor must be above 0"):
        gap_at_rest(2.0, 0.0, 0.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="influence must be in"):
        gap_at_rest(2.0, 1.5, 0.1, 0.2, 0.9)


def test_learning_is_consistent_where_nobody_reacts() -> None:
    """The common estimate is off its mean by noise / sqrt(N), the personal one by the noise."""
    calm = RecommenderParams(influence=0.0, anchor=1.0, wander=0.0, spread=0.0, distance=0.0)
    assert solve(calm).tracking[-1] == pytest.approx(0.05)
    assert solve(replace(calm, personal=True)).tracking[-1] == pytest.approx(0.5)


def test_camps_are_counted_as_peaks() -> None:
    assert camps([-1, 1], [0.3, 0.3], [0.3, 0.7]) == 2
    assert camps([-0.1, 0.1], [0.3, 0.3], [0.5, 0.5]) == 1
    assert camps([0.0, 0.0], [0.0, 0.0], [0.5, 0.5]) == 1
    assert camps([-1, 1], [0.0, 0.0], [0.01, 0.99]) == 2
    with pytest.raises(ValueError, match="spreads must"):
        camps([0, 1], [-1, 1], [0.5, 0.5])


@given(st.floats(0.05, 3))
def test_equal_camps_become_two_where_they_are_two_standard_deviations_apart(spread: float) -> None:
    """The classic bound for two equal normal laws."""
    assert camps([0, 2 * spread * 0.97], [spread, spread], [0.5, 0.5]) == 1
    assert camps([0, 2 * spread * 1.1], [spread, spread], [0.5, 0.5]) == 2


@given(unit, unit, st.floats(-5, 5), st.floats(-5, 5), st.floats(-5, 5))
def test_a_step_stays_within_what_is_heard_held_and_shown(
    kappa: float, eta: float, heard: float, first: float, shown: float
) -> None:
    moved = float(step(heard, first, 0.0, shown, kappa, eta))
    assert min(heard, first, shown) - 1e-9 <= moved <= max(heard, first, shown) + 1e-9


@pytest.mark.parametrize("aim", Aim)
@pytest.mark.parametrize("personal", [False, True])
def test_more_influence_matches_better_and_moves_farther(aim: Aim, personal: bool) -> None:
    params = RecommenderParams(aim=aim, personal=personal, retrain=5)
    seen = [solve(replace(params, influence=kappa)) for kappa in np.linspace(0, 1, 11)]
    assert (np.diff([one.tracking[-1] for one in seen]) < 0).all()
    assert (np.diff([one.displacement[-1] for one in seen]) > 0).all()


# Simulation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aim", Aim)
@pytest.mark.parametrize("personal", [False, True])
def test_simulated_societies_agree_with_the_exact_moments(aim: Aim, personal: bool) -> None:
    params = RecommenderParams(aim=aim, personal=personal, retrain=7, people=30, runs=600, steps=30)
    seen = simulate(params, default_rng(11))
    for side in ("tracking", "displacement"):
        apart = np.abs(getattr(seen, f"seen_{side}") - getattr(seen, side))
        assert (apart <= 5 * getattr(seen, f"{side}_error") + 1e-12).all(), side
    error = seen.value_spread / np.sqrt(params.runs)  # as if all people of a camp were one
    assert (np.abs(seen.seen_mean - seen.value_mean) <= 5 * error + 1e-12).all()
    np.testing.assert_allclose(seen.seen_spread, seen.value_spread, rtol=5 / np.sqrt(2 * params.runs))


def test_the_ghost_does_not_depend_on_the_recommender() -> None:
    first = simulate(RecommenderParams(influence=0.5, personal=True), default_rng(2))
    other = simulate(RecommenderParams(influence=0.0, retrain=9), default_rng(2))
    np.testing.assert_array_equal(first.natural_mean, other.natural_mean)


# Evidence, words and pictures --------------------------------------------------------------------------------------


def test_readings_at_the_edges() -> None:
    assert "moves nobody" in RECOMMENDER.read(influence=0.0)
    assert "leaves one camp where there would be two camps" in RECOMMENDER.read()
    assert "Each person's own recommendation" in RECOMMENDER.read(personal=True)
    assert "after 1 step " in reading(solve(RecommenderParams(steps=1)))
