"""Inverse reinforcement learning by linear inequalities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from sysalign_lib.value_learning.explorables.irl import LP_PATH
from sysalign_lib.value_learning.irl import (
    IrlParams,
    Truth,
    advantages,
    lp_reward,
    penalty_path,
    shaped,
    slack,
    solve,
    support,
)
from sysalign_lib.value_learning.mdp import (
    action_values,
    evaluate,
    greedy,
    gridworld,
    soft_policy,
    uniform,
    value_iteration,
)

Floats = NDArray[np.float64]


def best(reward: Floats, discount: float = 0.9) -> Floats:
    """A best policy on the grid."""
    world = gridworld(discount=discount)
    return greedy(action_values(value_iteration(reward, world), reward, world))


def corner() -> Floats:
    """Reward 1 at the far corner."""
    return np.asarray(np.eye(25)[24])


def worth(reward: Floats, policy: Floats, penalty: float) -> float:
    """What the linear program maximizes, written out; minus infinity for a reward that it must not return."""
    gains = np.where(policy > 0, np.inf, slack(reward, policy, gridworld()))
    if gains.min() < -1e-9 or np.abs(reward).max() > 1 + 1e-9:
        return -np.inf
    return float(gains.min(axis=1).sum() - penalty * np.abs(reward).sum())


# What optimality says ----------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.floats(0, 0.95))
@settings(max_examples=20, deadline=None)
def test_slack_is_what_another_first_action_costs(seed: int, discount: float) -> None:
    """By the policy's own values, Q(s, pi(s)) - Q(s, a), which is the slack discounted once; a best policy has none below 0."""
    world, reward = gridworld(discount=discount), default_rng(seed).standard_normal(25)
    policy = best(reward, discount)
    q = action_values(evaluate(policy, reward, world), reward, world)
    cost = (policy * q).sum(axis=1, keepdims=True) - q
    np.testing.assert_allclose(discount * slack(reward, policy, world), cost, atol=1e-9)
    assert cost.min() > -1e-8


def test_a_policy_that_is_not_best_has_a_negative_slack() -> None:
    worst = np.eye(4)[np.full(25, 2)]
    assert slack(corner(), worst, gridworld()).min() < -0.1


@given(st.integers(0, 10_000), st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=20, deadline=None)
def test_multiples_and_constants_are_as_good(seed: int, factor: float, constant: float) -> None:
    reward = default_rng(seed).standard_normal(25)
    policy, world = best(reward), gridworld()
    first = slack(reward, policy, world)
    np.testing.assert_allclose(
        slack(factor * reward + constant, policy, world), factor * first, atol=1e-9 * factor + 1e-9
    )


@given(st.integers(0, 10_000), st.floats(0, 5))
@settings(max_examples=20, deadline=None)
def test_shaping_moves_values_by_the_potential_and_no_choice(seed: int, size: float) -> None:
    rng = default_rng(seed)
    world, reward, phi = gridworld(), rng.standard_normal(25), size * rng.standard_normal(25)
    moved = shaped(reward, phi, world)
    np.testing.assert_allclose(value_iteration(moved, world), value_iteration(reward, world) - phi, atol=1e-10)
    np.testing.assert_allclose(soft_policy(moved, world), soft_policy(reward, world), atol=1e-9)


# The linear program ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [0.5, 1.05, 2.5, 2.85, 4.0])
def test_nothing_near_or_far_beats_the_answer(penalty: float) -> None:
    """Local moves towards random feasible rewards, other answers of the program, and the truth."""
    policy, rng = best(corner()), default_rng(1)
    found = lp_reward(policy, gridworld(), penalty)
    top = worth(found, policy, penalty)
    assert top > -np.inf
    others = [lp_reward(policy, gridworld(), one) for one in (0.0, 1.0, 2.0, 3.0, 5.0)] + [corner(), np.zeros(25)]
    others += [np.clip(found + 0.05 * rng.standard_normal(25), -1, 1) for _ in range(50)]
    mixed = [(1 - share) * found + share * other for other in others for share in (0.02, 0.3, 1.0)]
    assert max(worth(one, policy, penalty) for one in mixed) <= top + 1e-8


def test_path_agrees_with_the_program_and_changes_only_at_its_corners() -> None:
    policy, world = best(corner()), gridworld()
    penalty, reward = penalty_path(policy, world, 1.5, 7.0)
    assert (np.diff(penalty) > 0).all()
    for piece, (low, high) in enumerate(zip(penalty, np.append(penalty[1:], 7.0), strict=True)):
        for here in (low, (low + high) / 2, high):
            direct = worth(lp_reward(policy, world, here), policy, here)
            assert worth(reward[piece], policy, here) == pytest.approx(direct, abs=1e-8)
    sizes = np.abs(reward).sum(axis=1)
    assert (np.diff(sizes) < 0).all()


def test_only_the_goal_is_left_in_the_whole_window_of_the_grid_of_penalties() -> None:
    """3.05 to 5.85 in steps of 0.05, nothing from 5.90 on."""
    policy, world = best(corner()), gridworld()
    for step in range(61, 118, 4):
        found = lp_reward(policy, world, 0.05 * step)
        assert support(found).tolist() == [24]
        assert found[24] == pytest.approx(1)
    assert support(lp_reward(policy, world, 5.9)).size == support(lp_reward(policy, world, 9.0)).size == 0
    assert support(lp_reward(policy, world, 3.0)).tolist() == [18, 24]


def test_a_larger_limit_scales_the_answer() -> None:
    policy, world = best(corner()), gridworld()
    np.testing.assert_allclose(lp_reward(policy, world, 2.95, 10.0), 10 * lp_reward(policy, world, 2.95), atol=1e-7)


def test_where_nothing_moves_nothing_is_rewarded() -> None:
    world = gridworld(noise=1.0)
    assert support(lp_reward(np.eye(4)[np.zeros(25, int)], world, 0.1)).size == 0


# The figure --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("truth", list(Truth))
def test_readings_agree_with_the_program(truth: Truth) -> None:
    result = solve(IrlParams(truth=truth, penalty=2.85))
    policy = greedy(action_values(result.value, result.reward, gridworld()))
    assert result.n_paid == len(support(lp_reward(policy, gridworld(), 2.85)))
    assert (result.planned <= result.value + 1e-9).all()


def test_readings_at_the_edges() -> None:
    assert "returns the true reward exactly, 1 at state 24" in LP_PATH.read()
    assert "returns no reward at all" in LP_PATH.read(penalty=6.5)
    assert "rewards 2 states" in LP_PATH.read(truth=Truth.TRAP)
    assert "rewards 4 states" in LP_PATH.read(penalty=2.8)


def test_off_the_path_the_program_is_asked() -> None:
    assert solve(IrlParams(penalty=0.0)).n_paid == 25
    assert solve(IrlParams(penalty=20.0)).n_paid == 0


def test_refusals_name_the_argument() -> None:
    world = gridworld()
    with pytest.raises(ValueError, match="policy must take one of two or more actions in each state"):
        lp_reward(uniform(world), world, 1.0)
    with pytest.raises(ValueError, match=r"penalty must be in \[0, inf\), got -1"):
        lp_reward(best(corner()), world, -1.0)
    with pytest.raises(ValueError, match="high must be in"):
        penalty_path(best(corner()), world, 2.0, 2.0)
    with pytest.raises(ValueError, match="discount must be in"):
        advantages(uniform(world), gridworld(discount=1.0))
