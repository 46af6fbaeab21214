"""Redundancy: maps and levels against iteration, juries against lists of all ballots and other people's laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from scipy.integrate import quad
from scipy.stats import beta, betabinom, binom

from sysalign_lib.oversight.explorables.redundancy import CONDORCET, REDUNDANCY
from sysalign_lib.oversight.redundancy import (
    Cause,
    JuryParams,
    RedundancyParams,
    ballots,
    gate_threshold,
    jury_chances,
    jury_limit,
    level_curve,
    majority_error,
    nand_threshold,
    next_error,
    simulate,
    simulate_jury,
    solve,
    solve_jury,
    stable_error,
)
from sysalign_lib.oversight.views.redundancy import jury_reading, reading

shares = st.floats(0, 1)
odd = st.sampled_from([1, 3, 5, 7, 9])
causes = st.sampled_from(list(Cause))


def settled(gate_error: float, voters: int, shared: float, start: float, stages: int = 1500) -> float:
    """Where the map is after many stages."""
    share = start
    for _ in range(stages):
        share = float(next_error(share, gate_error, voters, shared))
    return share


# Gates -------------------------------------------------------------------------------------------------------------


def test_von_neumanns_map_is_the_cubic() -> None:
    x = np.linspace(0, 1, 11)
    np.testing.assert_allclose(next_error(x, 0.05, 3), 0.05 + 0.9 * (3 * x**2 - 2 * x**3), atol=1e-14)


@pytest.mark.parametrize("e", [0.0, 0.02, 0.05, 0.1, 0.15, 0.166])
def test_level_of_three_voters_is_the_root_that_von_neumann_gives(e: float) -> None:
    assert stable_error(e, 3) == pytest.approx(0.5 - 0.5 * math.sqrt((1 - 6 * e) / (1 - 2 * e)), abs=1e-14)


@given(st.floats(0.001, 0.45), st.sampled_from([3, 5, 7, 9]), st.floats(0, 0.95))
@settings(max_examples=25, deadline=None)
def test_level_is_where_the_map_comes_to_rest(e: float, voters: int, shared: float) -> None:
    limit = gate_threshold(voters, shared)
    if abs(e - limit) > 0.01:
        assert settled(e, voters, shared, 0.2) == pytest.approx(stable_error(e, voters, shared), abs=1e-9)
        assert settled(e, voters, shared, 0.8) == pytest.approx(1 - stable_error(e, voters, shared), abs=1e-9)


@given(st.sampled_from([3, 5, 7, 9]), st.floats(0, 0.99))
def test_at_the_threshold_the_slope_in_the_middle_is_one(voters: int, shared: float) -> None:
    e, h = gate_threshold(voters, shared), 1e-5
    up, down = next_error([0.5 + h, 0.5 - h], e, voters, shared)
    assert (up - down) / (2 * h) == pytest.approx(1, abs=1e-6)


def test_thresholds_are_the_known_fractions() -> None:
    for voters in (3, 5, 7, 9, 101):
        known = 0.5 - 2 ** (voters - 2) / (voters * math.comb(voters - 1, (voters - 1) // 2))
        assert gate_threshold(voters) == pytest.approx(known, abs=1e-12)
    assert gate_threshold(1) == gate_threshold(9, 1.0) == 0
    assert gate_threshold(10_001) > 0.49


@given(st.floats(0, 0.49), st.sampled_from([3, 5, 7]), st.floats(0, 0.9))
@settings(deadline=None)
def test_level_curve_is_the_inverse_of_the_level(share: float, voters: int, shared: float) -> None:
    e = float(level_curve(voters, shared, share))
    assert 0 <= e < gate_threshold(voters, shared) + 1e-12
    if share < 0.45:
        assert stable_error(max(e, 0.0), voters, shared) == pytest.approx(share, abs=1e-8)


def test_a_common_cause_multiplies_what_gates_leave() -> None:
    for shared in (0.0, 0.3, 0.6):
        assert stable_error(1e-6, 3, shared) == pytest.approx(1e-6 / (1 - shared), rel=1e-4)
    assert stable_error(0.01, 9, 0.3) == pytest.approx(0.01 / (1 - 0.98 * 0.3), rel=1e-3)


def test_noisy_nand_gates_keep_two_values_below_their_threshold_only() -> None:
    def apart(e: float) -> float:
        low = high = 0.0
        high = 1.0
        for _ in range(4000):
            low, high = (e + (1 - 2 * e) * (1 - x * x) for x in (low, high))
        return abs(high - low)

    limit = nand_threshold()
    assert limit == pytest.approx((3 - math.sqrt(7)) / 4, abs=1e-12)
    assert apart(limit - 0.005) > 0.1
    assert apart(limit + 0.005) < 1e-6


@given(shares, odd, shares)
def test_right_and_wrong_are_mirrored(x: float, voters: int, shared: float) -> None:
    assert majority_error(x, voters, shared) + majority_error(1 - x, voters, shared) == pytest.approx(1, abs=1e-12)


def test_votes_are_counted_as_in_a_list_of_all_ballots() -> None:
    ballots = np.array(np.meshgrid(*[[0, 1]] * 5)).reshape(5, -1)
    law = np.prod(np.where(ballots == 1, 0.2, 0.8), axis=0)
    assert float(majority_error(0.2, 5)) == pytest.approx(law[ballots.sum(axis=0) > 2].sum(), rel=1e-12)
    assert float(majority_error(0.2, 5, 1.0)) == 0.2


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("voters", "shared", "e"), [(3, 0.0, 0.1), (5, 0.3, 0.05), (7, 0.6, 0.2)])
def test_every_step_of_a_bundle_agrees_with_the_map(seed: int, voters: int, shared: float, e: float) -> None:
    params = RedundancyParams(voters=voters, shared=shared, gate_error=e, wires=20_000)
    seen = simulate(params, default_rng(seed))
    law = np.append(params.start, next_error(seen.sampled[:-1], e, voters, shared))
    assert (np.abs(seen.sampled - law) <= 5 * np.sqrt(law * (1 - law) / params.wires)).all()
    np.testing.assert_array_equal(seen.path, solve(params).sampled)


def test_gates_that_never_fail_repair_a_minority_and_one_wire_keeps_its_value() -> None:
    assert simulate(RedundancyParams(gate_error=0.0, start=0.1), default_rng(1)).sampled[-1] == 0
    assert solve(RedundancyParams(gate_error=0.0, voters=1, start=0.3)).path[-1] == pytest.approx(0.3)
    assert stable_error(0.0, 1) == 0
    assert stable_error(0.5, 9) == stable_error(0.01, 1) == stable_error(0.01, 9, 1.0) == 0.5


# Juries ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("p", [0.3, 0.6, 0.9])
def test_a_bandwagon_is_the_beta_binomial_law(p: float, rho: float) -> None:
    weight = (1 - rho) / rho
    for size, chance in zip((1, 3, 9, 33, 101), jury_chances([1, 3, 9, 33, 101], p, rho, Cause.BANDWAGON), strict=True):
        assert chance == pytest.approx(betabinom.sf(size // 2, size, p * weight, (1 - p) * weight), abs=1e-9)


def test_a_bandwagon_is_a_jury_whose_skill_is_drawn_first() -> None:
    """Quadrature over the skill, no beta-binomial law."""
    a, b = 0.6 * 9, 0.4 * 9
    chance = quad(lambda skill: binom.sf(16, 33, skill) * beta.pdf(skill, a, b), 0, 1)[0]
    assert float(jury_chances(33, 0.6, 0.1, Cause.BANDWAGON)[0]) == pytest.approx(chance, abs=1e-8)
    limit = quad(lambda skill: beta.pdf(skill, a, b), 0.5, 1)[0]
    assert jury_limit(0.6, 0.1, Cause.BANDWAGON) == pytest.approx(limit, abs=1e-9)


def test_independent_voters_are_the_binomial_tail() -> None:
    sizes = np.array([1, 3, 9, 33, 101])
    np.testing.assert_allclose(jury_chances(sizes, 0.6), binom.sf(sizes // 2, sizes, 0.6), atol=1e-13)


@pytest.mark.parametrize("cause", list(Cause))
def test_large_juries_come_to_their_limit(cause: Cause) -> None:
    for p, rho in ((0.6, 0.1), (0.7, 0.3), (0.4, 0.2)):
        assert float(jury_chances(3001, p, rho, cause)[0]) == pytest.approx(jury_limit(p, rho, cause), abs=2e-3)


@given(shares, shares, causes)
def test_skill_and_lack_of_it_are_mirrored(p: float, rho: float, cause: Cause) -> None:
    both = jury_chances([1, 5, 21], p, rho, cause) + jury_chances([1, 5, 21], 1 - p, rho, cause)
    np.testing.assert_allclose(both, 1, atol=1e-9)
    assert jury_limit(p, rho, cause) + jury_limit(1 - p, rho, cause) == pytest.approx(1, abs=1e-6)


@given(shares, causes)
def test_at_both_ends_of_the_correlation_the_cause_does_not_matter(p: float, cause: Cause) -> None:
    np.testing.assert_allclose(jury_chances([3, 33], p, 0.0, cause), jury_chances([3, 33], p), atol=1e-12)
    if cause is not Cause.NONE:
        np.testing.assert_allclose(jury_chances([3, 33], p, 1.0, cause), p, atol=1e-12)


@given(st.floats(0.5, 1), shares, causes)
def test_a_crowd_of_able_voters_is_never_worse_than_one_of_them(p: float, rho: float, cause: Cause) -> None:
    chance = jury_chances([1, 3, 9, 33], p, rho, cause)
    assert (np.diff(chance) >= -1e-12).all()
    assert (chance <= jury_chances([1, 3, 9, 33], p) + 1e-12).all()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("cause", list(Cause))
def test_simulated_juries_agree_with_the_exact_law(seed: int, cause: Cause) -> None:
    params = JuryParams(cause=cause, correlation=0.2, juries=20_000, pairs=16)
    seen, exact = simulate_jury(params, default_rng(seed)), solve_jury(params)
    assert (np.abs(seen.sampled - exact.sampled) <= 5 * seen.sampled_error).all()


@pytest.mark.parametrize("cause", [Cause.COMMON, Cause.BANDWAGON])
def test_every_pair_of_votes_has_the_correlation_asked_for(cause: Cause) -> None:
    counts = ballots(JuryParams(cause=cause, correlation=0.3, juries=200_000, pairs=2), default_rng(3))
    votes = np.diff(counts, axis=0, prepend=0)
    for one, other in ((0, 1), (1, 4), (3, 4)):
        assert np.corrcoef(votes[one], votes[other])[0, 1] == pytest.approx(0.3, abs=5 / math.sqrt(200_000))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: jury_chances([3, 4], 0.6), "sizes must be odd, so that there is a majority, got 4"),
        (lambda: jury_chances([2.5], 0.6), "sizes must be odd"), (lambda: jury_chances([-1], 0.6), "sizes must lie in"),
        (lambda: JuryParams(pairs=-1), "pairs must be in"), (lambda: RedundancyParams(voters=4), "voters must be odd"),
        (lambda: gate_threshold(4), "voters must be odd"), (lambda: jury_limit(1.2), "skill must be in"),
        (lambda: jury_limit(0.6, -0.1), "correlation must be in"), (lambda: stable_error(0.6, 3), "gate_error must be in"),
        (lambda: majority_error([0.2, 1.2], 3), "error must lie in"), (lambda: level_curve(3, 0.0, 0.5), "share must lie in"),
        (lambda: next_error(0.1, 0.1, 3, 2.0), "shared must be in"), (lambda: jury_limit(0.6, 0.1, "bandwagon"), "cause must be"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_by_name(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# Words and pictures ------------------------------------------------------------------------------------------------


@given(st.floats(0, 0.5), odd, shares, shares)
@settings(max_examples=40, deadline=None)
def test_every_cascade_can_be_told(e: float, voters: int, shared: float, start: float) -> None:
    params = RedundancyParams(gate_error=e, voters=voters, shared=shared, start=start, wires=20)
    for result in (solve(params), simulate(params, default_rng(0))):
        assert "nan" not in reading(result)


@given(shares, shares, causes, st.sampled_from([0, 1, 12]))
@settings(max_examples=40, deadline=None)
def test_every_jury_can_be_told(p: float, rho: float, cause: Cause, pairs: int) -> None:
    params = JuryParams(skill=p, correlation=rho, cause=cause, pairs=pairs, juries=10)
    for result in (solve_jury(params), simulate_jury(params, default_rng(0))):
        assert "nan" not in jury_reading(result)


def test_readings_at_the_edges() -> None:
    assert "14.6 % of the wires are wrong in the end" in REDUNDANCY.read()
    assert "the bundle forgets" in REDUNDANCY.read(gate_error=0.2)
    assert "0 % of the wires are wrong in the end" in REDUNDANCY.read(gate_error=0.0)
    assert "stay wrong for ever" in reading(solve(RedundancyParams(gate_error=0.0, voters=1)))
    assert "a single wire a gate" in reading(solve(RedundancyParams(voters=1)))
    assert "99" not in reading(solve(RedundancyParams(start=0.5)))
    assert "ever more voters bring 73.6 %" in CONDORCET.read()
    assert "nothing makes them agree" in CONDORCET.read(cause=Cause.NONE)
    assert "bring 50 %" in CONDORCET.read(skill=0.5)
    assert "1 voter is right in 60 %" in jury_reading(solve_jury(JuryParams(pairs=0)))
