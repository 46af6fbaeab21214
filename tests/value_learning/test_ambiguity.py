"""Many rewards, one behavior."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from sysalign_lib.value_learning.ambiguity import (
    SETTINGS,
    AmbiguityParams,
    Second,
    ambiguity_dimension,
    amplification,
    context_mistake,
    explain,
    joint_fit,
    moving_corner,
    potential_term,
    simulate,
    solve,
)
from sysalign_lib.value_learning.explorables.ambiguity import AMBIGUITY
from sysalign_lib.value_learning.mdp import MDP, gridworld, soft_policy, soft_value_iteration

Floats = NDArray[np.float64]

noises, discounts = st.floats(0, 0.9), st.floats(0.1, 0.95)


def off(reward: Floats, true: Floats) -> float:
    """Largest difference, a constant aside."""
    gap = reward - true
    return float(np.abs(gap - gap.mean()).max())


# One environment ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.floats(0.1, 5), noises, discounts)
@settings(max_examples=25, deadline=None)
def test_every_function_of_the_state_gives_a_reward_with_the_same_policy(
    seed: int, temperature: float, noise: float, discount: float
) -> None:
    rng, world = default_rng(seed), gridworld(5, 5, noise, discount)
    policy = rng.dirichlet(np.full(4, 2.0), size=25)
    values = 2 * rng.standard_normal(25)
    reward = explain(policy, values, world, temperature)
    np.testing.assert_allclose(soft_policy(reward, world, temperature), policy, atol=1e-9)
    np.testing.assert_allclose(soft_value_iteration(reward, world, temperature), values, atol=1e-8)


def test_the_true_soft_value_gives_back_the_true_reward() -> None:
    world, reward = gridworld(), default_rng(1).standard_normal((25, 4))
    found = explain(soft_policy(reward, world), soft_value_iteration(reward, world), world)
    np.testing.assert_allclose(found, reward, atol=1e-10)


@pytest.mark.parametrize(("wide", "high"), [(2, 2), (3, 4), (5, 5)])
def test_one_environment_leaves_as_many_numbers_open_as_it_has_states(wide: int, high: int) -> None:
    assert ambiguity_dimension(gridworld(wide, high)) == wide * high
    assert ambiguity_dimension(gridworld(wide, high), state_only=True) == 1


def test_where_moves_do_not_matter_the_reward_of_states_stays_open() -> None:
    """Every move is random: no behavior depends on any reward of states."""
    assert ambiguity_dimension(gridworld(noise=1.0), state_only=True) == 25
    assert ambiguity_dimension(gridworld(discount=0.0), state_only=True) == 25


# Two environments --------------------------------------------------------------------------------------------------


@given(noises, discounts, noises, discounts)
@settings(max_examples=20, deadline=None)
def test_two_different_environments_leave_a_constant_open(e1: float, g1: float, e2: float, g2: float) -> None:
    apart = abs(g1 * (1 - e1) - g2 * (1 - e2)) > 0.02 and abs(g1 - g2) > 0.02
    if apart:
        assert ambiguity_dimension(gridworld(5, 5, e1, g1), gridworld(5, 5, e2, g2)) == 1


def test_the_same_environment_twice_tells_nothing_more() -> None:
    assert ambiguity_dimension(gridworld(), gridworld()) == 25


def test_two_worlds_without_anything_in_common_fix_the_reward() -> None:
    rng = default_rng(2)
    worlds = [MDP(transition=rng.dirichlet(np.ones(6), size=(6, 3)), discount=0.9) for _ in range(2)]
    assert ambiguity_dimension(*worlds) == 1
    assert ambiguity_dimension(worlds[0]) == 6


@pytest.mark.parametrize("second", [(0.3, 0.8), (0.1, 0.9), (0.6, 0.5)])
@pytest.mark.parametrize("seed", [1, 2])
def test_any_reward_is_read_off_two_environments(seed: int, second: tuple[float, float]) -> None:
    reward, worlds = default_rng(seed).standard_normal((25, 4)), (gridworld(), gridworld(5, 5, *second))
    found = joint_fit(tuple(soft_policy(reward, world) for world in worlds), worlds)
    assert found.misfit < 1e-11
    assert found.dimension == 1
    assert off(found.reward, reward) < 1e-9


def test_a_wrong_temperature_only_changes_the_unit() -> None:
    reward, worlds = default_rng(3).standard_normal((25, 4)), (gridworld(), gridworld(discount=0.8))
    found = joint_fit(tuple(soft_policy(reward, world, 0.5) for world in worlds), worlds)
    assert found.misfit < 1e-11
    assert off(0.5 * found.reward, reward) < 1e-9


def test_the_nearer_the_worlds_the_larger_the_errors() -> None:
    factors = [amplification(gridworld(), gridworld(discount=discount)) for discount in (0.5, 0.8, 0.85, 0.89)]
    assert factors == sorted(factors)
    assert amplification(gridworld()) == pytest.approx(1)


def test_amplification_bounds_what_errors_do_and_is_reached() -> None:
    """Errors of log probabilities of size 1 in all, drawn at random and in the worst direction by power iteration."""
    worlds, rng = (gridworld(3, 3), gridworld(3, 3, discount=0.7)), default_rng(4)
    factor = amplification(*worlds)
    policies = [rng.dirichlet(np.full(4, 2.0), size=9) for _ in worlds]
    clean = joint_fit(tuple(policies), worlds).reward
    seen = []
    for _ in range(20):
        noise = 1e-4 * rng.standard_normal((2, 9, 4))
        moved = [one * np.exp(bump) for one, bump in zip(policies, noise, strict=True)]
        moved = [one / one.sum(axis=1, keepdims=True) for one in moved]
        bumps = np.log(moved) - np.log(policies)
        seen.append(np.linalg.norm(joint_fit(tuple(moved), worlds).reward - clean) / np.linalg.norm(bumps))
    assert 0.05 * factor < max(seen) <= factor * (1 + 1e-6)


# Context -----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), noises, discounts, noises, discounts)
@settings(max_examples=25, deadline=None)
def test_lemma_the_fit_stays_perfect_and_the_reward_is_off_as_predicted(
    seed: int, e1: float, g1: float, e2: float, g2: float
) -> None:
    """Any reward of states and actions, any change of states, both environments anywhere; conditioned well enough to see."""
    worlds = (gridworld(5, 5, e1, g1), gridworld(5, 5, e2, g2))
    k1, k2 = g1 * (1 - e1), g2 * (1 - e2)
    modes = np.linalg.eigvals(gridworld().transition.mean(axis=1)).real
    left = (1 / k1 - 1 / k2) - modes * (1 / (1 - e1) - 1 / (1 - e2))
    if np.abs(left).min() < 0.05:
        return
    rng = default_rng(seed)
    true, change = rng.standard_normal((25, 4)), 0.1 * rng.standard_normal(25)
    rewards = (true, true + change[:, None])
    found = joint_fit(tuple(soft_policy(one, world) for one, world in zip(rewards, worlds, strict=True)), worlds)
    predicted = context_mistake(change, (e1, g1), (e2, g2))
    scale = max(1.0, float(np.abs(predicted).max()))
    assert found.misfit < 1e-9 * scale
    assert off(found.reward, true + predicted) < 1e-6 * scale


def test_error_for_discounts_alone_in_closed_form() -> None:
    """``g2 / (g2 - g1) (d - g1 P1 d)``."""
    change = default_rng(5).standard_normal(25)
    closed = 0.8 / (0.8 - 0.9) * potential_term(change, gridworld())
    np.testing.assert_allclose(context_mistake(change, (0.3, 0.9), (0.3, 0.8)), closed, atol=1e-12)


def test_a_change_of_actions_is_seen() -> None:
    """The lemma is about rewards of states; a change of what moves cost leaves a misfit."""
    worlds, rng = (gridworld(), gridworld(discount=0.8)), default_rng(6)
    true = rng.standard_normal((25, 4))
    rewards = (true, true + 0.1 * rng.standard_normal((25, 4)))
    found = joint_fit(tuple(soft_policy(one, world) for one, world in zip(rewards, worlds, strict=True)), worlds)
    assert found.misfit > 0.01


def test_a_third_environment_shows_the_change_unless_it_keeps_step() -> None:
    worlds = tuple(gridworld(discount=one) for one in (0.9, 0.8, 0.7))
    step = (1 / 0.9 - 1 / 0.7) / (1 / 0.9 - 1 / 0.8)
    seen = []
    for third in (0.0, 1.0, step, 3.0):
        rewards = [np.eye(25)[24] + 0.1 * size * moving_corner() for size in (0.0, 1.0, third)]
        policies = tuple(soft_policy(one, world) for one, world in zip(rewards, worlds, strict=True))
        seen.append(joint_fit(policies, worlds).misfit)
    assert seen[2] < 1e-12
    assert min(seen[0], seen[1], seen[3]) > 0.005


# The figure --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", [one for one in Second if one is not Second.NONE])
def test_error_and_misfit_are_linear_in_the_change(second: Second) -> None:
    for known in (False, True):
        for change in (-0.7, 0.05, 1.0):
            result = solve(AmbiguityParams(second=second, change=change, state_only=known))
            assert result.error.max() == pytest.approx(abs(change) * result.error_slope, abs=1e-9)
            assert result.misfit == pytest.approx(abs(change) * result.misfit_slope, abs=1e-9)
        off_by = context_mistake(moving_corner(), (0.3, 0.9), SETTINGS[second])
        if not known:
            assert result.error_slope == pytest.approx(np.abs(off_by - off_by.mean()).max())


def test_explanations_of_one_environment_differ_and_explain_all_the_same() -> None:
    result, world = simulate(AmbiguityParams(), default_rng(7)), gridworld()
    true = soft_policy(result.here, world)
    assert len(np.unique(result.error.round(6))) == 3
    for one in result.explanation:
        np.testing.assert_allclose(soft_policy(one, world), true, atol=1e-10)
    assert result.misled.max() > 0.05


def test_where_only_a_constant_is_open_dice_and_fixed_functions_agree() -> None:
    for second in Second:
        for known in (False, True):
            params = AmbiguityParams(second=second, change=0.1, state_only=known)
            seen, exact = simulate(params, default_rng(8)), solve(params)
            np.testing.assert_allclose(seen.explanation[0], exact.explanation[0], atol=1e-12)
            if exact.dimension == 1:
                np.testing.assert_allclose(seen.explanation, exact.explanation, atol=1e-9)


def test_readings_at_the_edges() -> None:
    discount = Second.DISCOUNT_80
    assert "leaves 25 numbers open" in AMBIGUITY.read()
    assert "off by 0." in AMBIGUITY.read(second=discount)
    assert "fits both perfectly and is off by 0.69, 6.9 times the change" in AMBIGUITY.read(second=discount, change=0.1)
    assert "one environment fixes it up to a constant" in AMBIGUITY.read(state_only=True)
    assert "no reward of states fits both" in AMBIGUITY.read(second=discount, change=0.1, state_only=True)


def test_the_exception_to_the_lemma_is_refused() -> None:
    """``a = 0``: the mean move has modes of eigenvalue 0."""
    with pytest.raises(ValueError, match="second must not cancel a mode of the mean move"):
        context_mistake(moving_corner(), (0.25, 0.8), (0.0, 0.6))


def test_refusals_name_the_argument() -> None:
    world = gridworld()
    with pytest.raises(ValueError, match="policy must make every move with positive probability, got 0"):
        explain(np.eye(4)[np.zeros(25, int)], np.zeros(25), world)
    with pytest.raises(ValueError, match="policies must be as many as worlds, got 1 and 2"):
        joint_fit((np.full((25, 4), 0.25),), (world, world))
    with pytest.raises(ValueError, match="worlds must be one or more, got none"):
        ambiguity_dimension()
    with pytest.raises(ValueError, match="worlds must have equal numbers of states and actions"):
        ambiguity_dimension(world, gridworld(4, 4))
    with pytest.raises(ValueError, match="second must differ from first, got the same"):
        context_mistake(moving_corner(), (0.3, 0.9), (0.3, 0.9))
    with pytest.raises(ValueError, match="noise of second must be in"):
        context_mistake(moving_corner(), (0.3, 0.9), (1.0, 0.9))
