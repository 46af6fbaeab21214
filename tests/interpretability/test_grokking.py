"""Grokking: the written network's algebra, the gradient and the optimizer, the branches, and that records can be made again."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from sysalign_lib.interpretability import grokking
from sysalign_lib.interpretability.grokking import (
    BEFORE,
    BRANCHES,
    DECAYS,
    PERCENTS,
    SEEDS,
    SIZES,
    SLOW,
    WORK,
    Decay,
    ForecastParams,
    FuturesParams,
    NeuronParams,
    Rule,
    Snapshot,
    TrainingParams,
    WrittenParams,
    begin,
    chance_concentration,
    concentration,
    courses,
    first_above,
    follow,
    gradient,
    lead_moments,
    lesson,
    look,
    outputs,
    predicted_accuracy,
    record,
    recorded,
    recorded_long,
    recorded_waves,
    simulate_training,
    simulate_written,
    slow_waves,
    solve_forecasts,
    solve_futures,
    solve_neuron,
    step,
    written,
    written_accuracy,
)

# The written network --------------------------------------------------------------------------------------------------


def phase_average(p: int, n: int, m: int, q: int, power: int = 1) -> float:
    """Mean over both phases and all frequencies of a neuron's output to one answer; 32 points an angle are exact."""
    angle = 2 * np.pi * np.arange(32) / 32
    one, two = np.meshgrid(angle, angle)
    total = 0.0
    for frequency in range(1, p):
        turn = 2 * np.pi * frequency / p
        hidden = (np.cos(turn * n + one) + np.cos(turn * m + two)) ** 2
        total += float(((hidden * np.cos(turn * q + one + two)) ** power).mean())
    return total / (p - 1)


@pytest.mark.parametrize("p", [5, 7, 11])
def test_a_neuron_adds_a_half_to_the_right_answer_and_the_rest_of_it_takes_it_from_the_others(p: int) -> None:
    for n, m, q in ((1, 2, 3), (p - 1, p - 1, p - 2), (1, 2, 4), (0, 0, 1), (3, 4, 0)):
        right = (n + m - q) % p == 0
        assert phase_average(p, n, m, q) == pytest.approx(0.5 if right else -0.5 / (p - 1), abs=1e-12)


def test_the_variance_of_a_neuron_at_the_right_answer_is_17_16() -> None:
    assert phase_average(11, 3, 4, 7, power=2) - 0.25 == pytest.approx(17 / 16, abs=1e-12)


@pytest.mark.parametrize("misphase", [0.0, 0.3, 0.5, 1.0])
def test_the_moments_of_the_lead_are_those_of_its_integrals(misphase: float) -> None:
    angle = 2 * np.pi * np.arange(32) / 32
    point, weight = np.polynomial.legendre.leggauss(40)
    one, two, off = np.meshgrid(angle, angle, np.pi * misphase * point, indexing="ij")
    weigh = np.broadcast_to(weight / 2, one.shape) / 32**2
    u, s = (np.cos(one) + np.cos(two)) ** 2, one + two + off
    gain, noise = u * np.cos(s), u**2 / 2

    def mean(value: np.ndarray) -> float:
        return float((value * weigh).sum())

    r, v = mean(gain), mean(noise)
    own, both, other = mean(gain**2) - r * r, mean(gain * noise) - r * v, mean(noise**2) - v * v
    shift = -both / (2 * v**1.5) + 3 * r * other / (8 * v**2.5)
    spread = own / v - r * both / v**2 + r * r * other / (4 * v**3)
    got = lead_moments(49, misphase)
    assert got == pytest.approx((7 * r / np.sqrt(v) + shift / 7, np.sqrt(spread)), abs=1e-12)


def test_a_large_written_network_adds_and_one_without_phases_guesses() -> None:
    for seed in range(3):
        assert written_accuracy(written(31, 400, default_rng(seed))) == 1.0
    lost = [written_accuracy(written(31, 400, default_rng(seed), misphase=1.0)) for seed in range(40)]
    assert abs(np.mean(lost) - 1 / 31) < 4 * np.std(lost) / np.sqrt(40)


def test_a_written_network_is_asked_one_sum_at_a_time_by_hand() -> None:
    weights = written(7, 12, default_rng(3))
    right = 0
    for n in range(7):
        for m in range(7):
            score = [
                sum(weights[2, q, k] * (weights[0, n, k] + weights[1, m, k]) ** 2 for k in range(12)) for q in range(7)
            ]
            assert outputs(weights, np.array([n]), np.array([m]))[0] == pytest.approx(np.array(score))
            right += int(np.argmax(score)) == (n + m) % 7
    assert written_accuracy(weights) == right / 49


@pytest.mark.parametrize(("p", "misphase"), [(23, 0.0), (23, 0.5), (97, 0.0)])
def test_the_prediction_agrees_with_networks_that_are_asked(p: int, misphase: float) -> None:
    """Four standard errors of the mean over 40 networks, and 0.04 for the normal law that it takes for granted."""
    params = WrittenParams(p=p, misphase=misphase, networks=40, questions=300)
    result = simulate_written(params, default_rng(4))
    error = result.accuracy.std(axis=1, ddof=1) / np.sqrt(40)
    assert (np.abs(result.accuracy.mean(axis=1) - result.predicted) < 4 * error + 0.04).all()


@given(p=st.integers(3, 97), neurons=st.integers(1, 200), misphase=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_predictions_are_shares_and_grow_with_the_network(p: int, neurons: int, misphase: float) -> None:
    few, many = predicted_accuracy(p, neurons, misphase), predicted_accuracy(p, 4 * neurons, misphase)
    assert 0 <= few <= many + 1e-9 <= 1 + 2e-9


@pytest.mark.parametrize("p", [5, 23, 97])
def test_without_phases_chance_is_predicted_and_with_ever_more_neurons_certainty(p: int) -> None:
    assert predicted_accuracy(p, 1000, 1.0) == pytest.approx(1 / p, abs=2e-6)  # error of the quadrature
    assert predicted_accuracy(p, 5000) == pytest.approx(1, abs=1e-12)


def test_the_first_neurons_of_a_written_network_are_a_smaller_one() -> None:
    params = WrittenParams(p=11, networks=2, questions=121)
    result = simulate_written(params, default_rng(5))
    rng = default_rng(5)
    rng.permutation(121)
    net = written(11, SIZES[-1], rng)
    assert result.accuracy[3, 0] == pytest.approx(written_accuracy(net[:, :, : SIZES[3]]))
    assert result.support.argmax() == 5
    assert result.expected.sum() == pytest.approx(0, abs=1e-12)


# The measure --------------------------------------------------------------------------------------------------------


def test_a_cosine_is_concentrated_a_flat_line_is_not_and_noise_is_by_chance() -> None:
    numbers = np.arange(23)[:, None]
    waves = np.cos(2 * np.pi * numbers * np.array([1, 4, 11]) / 23 + np.array([0.1, 2.0, 5.0]))
    assert concentration(3 + 2 * waves) == pytest.approx(np.ones(3))
    assert concentration(waves[:, :1] + waves[:, 1:2]) == pytest.approx([0.5])
    assert concentration(np.ones((23, 2))).tolist() == [0, 0]
    noise = concentration(default_rng(6).standard_normal((23, 20_000)))
    assert abs(noise.mean() - chance_concentration(23)) < 4 * noise.std() / np.sqrt(20_000)
    assert chance_concentration(23) == 1 / 6
    assert chance_concentration(3) == 1


@given(st.integers(0, 22), st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=25, deadline=None)
def test_concentration_does_not_depend_on_origin_size_and_level(shift: int, size: float, level: float) -> None:
    wave = default_rng(7).standard_normal((23, 3))
    assert concentration(level + size * np.roll(wave, shift, axis=0)) == pytest.approx(concentration(wave))


def test_the_first_epoch_above_a_level() -> None:
    epochs = np.array([0, 10, 20])
    course = [[0.1, 0.5, 0.6], [0.1, 0.1, 0.2], [0.9, 0.1, 0.1], [0.5, 0.5, 0.7]]
    assert first_above(course, 0.5, epochs).tolist() == [20, np.inf, 0, 20]


# Training -----------------------------------------------------------------------------------------------------------


def test_the_gradient_is_that_of_differences() -> None:
    rng = default_rng(8)
    taught, weights = lesson(5, 0.6, rng), rng.standard_normal((3, 5, 7))
    _, slope = gradient(weights, taught)
    for place in rng.choice(weights.size, size=50, replace=False):
        nudge = np.zeros_like(weights)
        nudge.flat[place] = 1e-6
        above, below = (gradient(weights + way * nudge, taught)[0] for way in (1, -1))
        assert slope.flat[place] == pytest.approx((above - below) / 2e-6, abs=1e-6 * np.abs(slope).max())


def test_the_loss_of_a_network_of_nothing_is_one_over_p_and_it_learns_nothing() -> None:
    loss, slope = gradient(np.zeros((3, 7, 4)), lesson(7, 0.5, default_rng(9)))
    assert loss == pytest.approx(1 / 7)
    assert not slope.any()


def test_an_epoch_is_one_step_of_adam_with_the_decay_beside_it() -> None:
    """The first step of Adam has the size of the rate, whatever the slope; decay shrinks the weights before it."""
    rng = default_rng(10)
    taught, start = lesson(7, 0.6, rng), begin(7, 9, rng)
    _, slope = gradient(start.weights.astype(float), taught)
    plain, shrunk = step(start, taught, 0.0), step(start, taught, 1.0)
    clear = np.abs(slope) > 1e-4
    assert (plain.weights - start.weights)[clear] == pytest.approx(-5e-3 * np.sign(slope[clear]), rel=1e-3, abs=1e-6)
    assert plain.weights - shrunk.weights == pytest.approx(5e-3 * start.weights, abs=1e-7)
    assert (plain.epoch, start.epoch) == (1, 0)


def test_many_epochs_are_adam_as_the_paper_writes_it() -> None:
    rng = default_rng(11)
    taught, start = lesson(5, 0.5, rng), begin(5, 6, rng)
    now = Snapshot(weights=start.weights.astype(float), mean=np.zeros((3, 5, 6)), square=np.zeros((3, 5, 6)), epoch=0)
    theta, m, v = now.weights.copy(), 0.0, 0.0
    for t in range(1, 31):
        g = gradient(theta, taught)[1]
        m, v = 0.9 * m + 0.1 * g, 0.98 * v + 0.02 * g**2
        theta = theta - 5e-3 * (m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.98**t)) + 1e-8) + 0.5 * theta)
        now = step(now, taught, 0.5)
    assert now.weights == pytest.approx(theta, abs=1e-12)


@given(share=st.floats(0, 1), p=st.integers(2, 12))
@settings(max_examples=40, deadline=None)
def test_a_lesson_teaches_its_share_and_marks_both_numbers(share: float, p: int) -> None:
    taught = lesson(p, share, default_rng(12))
    assert 1 <= taught.taught.sum() <= p * p - 1
    assert abs(taught.taught.sum() - share * p * p) <= 1
    assert (taught.marks.sum(axis=0) == 2).all()
    assert (taught.answer == (taught.first + taught.second) % p).all()


@lru_cache(maxsize=8)
def live(after: float, epochs: int = 700) -> grokking.TrainingResult:
    return simulate_training(TrainingParams(after=after, epochs=epochs), default_rng(0))


def test_a_small_network_has_several_futures_from_one_snapshot() -> None:
    """p = 17, trained now: the same course up to epoch 200, then a jump with decay and none without it."""
    without, with_it = live(0.0), live(1.0)
    fork = int(np.flatnonzero(without.epochs <= 200)[-1])
    for name in ("train", "test", "measure"):
        assert np.array_equal(getattr(without, name)[: fork + 1], getattr(with_it, name)[: fork + 1])
    assert without.train[fork] == 1
    assert without.test[-1] < 0.3
    assert with_it.test[-1] > 0.85
    assert with_it.measure[-1] > without.measure[-1] + 0.15
    assert concentration(with_it.wave[:, None])[0] > 0.8


def test_a_branch_that_changes_nothing_changes_nothing() -> None:
    taught, rng = lesson(7, 0.6, default_rng(13)), default_rng(14)
    start = begin(7, 16, rng)
    middle, early = follow(start, taught, 0.5, 30, 10)
    end, late = follow(middle, taught, 0.5, 60, 10)
    whole, seen = follow(start, taught, 0.5, 60, 10)
    assert np.array_equal(end.weights, whole.weights)
    assert np.array_equal(np.concatenate([early, late]), seen)


def test_the_optimizers_memory_does_not_decide_the_future_either() -> None:
    """The same weights, the memory erased: the rule alone still makes the difference."""
    rng = default_rng(0)
    taught = lesson(17, 0.6, rng)
    middle, _ = follow(begin(17, 128, rng), taught, BEFORE, 200, 200)
    bare = Snapshot(weights=middle.weights, mean=np.zeros_like(middle.mean), square=np.zeros_like(middle.mean), epoch=0)
    stays, jumps = (follow(bare, taught, decay, 500, 500)[1][0] for decay in (0.0, 1.0))
    assert stays[1] < 0.3 < 0.85 < jumps[1]


# What is recorded ---------------------------------------------------------------------------------------------------


def test_futures_are_one_before_the_branch_and_the_usual_one_is_the_same_at_every_branch() -> None:
    seen = recorded()
    assert seen.shape == (len(PERCENTS), len(SEEDS), len(BRANCHES), len(DECAYS), WORK["epochs"] // WORK["every"] + 1, 3)
    for at, branch in enumerate(BRANCHES):
        before = seen[:, :, at, :, : branch // WORK["every"] + 1]
        assert (before == before[:, :, :1]).all()
    usual = seen[:, :, :, DECAYS.index(Decay.SAME)]
    assert (usual == usual[:, :, :1]).all()


def test_one_recorded_course_is_found_again() -> None:
    """To epoch 600 with decay 1 after 200. In double precision it moves by up to 7 of 212 sums, and so it may elsewhere."""
    rng = default_rng([SEEDS[-1], 60])
    taught = lesson(WORK["p"], 0.6, rng)
    start = begin(WORK["p"], WORK["neurons"], rng)
    middle, early = follow(start, taught, BEFORE, 200, WORK["every"])
    _, late = follow(middle, taught, 1.0, 600, WORK["every"])
    again = np.concatenate([look(start, taught)[None], early, late])
    kept = recorded()[PERCENTS.index(60), -1, BRANCHES.index(200), DECAYS.index(Decay.FULL), : len(again)]
    assert np.abs(again - kept)[:, :2].max() <= 15 / 212
    assert np.abs(again - kept)[:, 2].max() <= 0.01


def test_the_recorded_neuron_is_one_of_the_network_that_is_trained_again() -> None:
    """Up to the branch all four courses are those of one neuron, which its first weights name."""
    rng = default_rng([SLOW["seed"], SLOW["percent"]])
    taught = lesson(WORK["p"], SLOW["percent"] / 100, rng)
    now = begin(WORK["p"], WORK["neurons"], rng)
    kept = recorded_waves()
    (neuron,) = np.flatnonzero(np.abs(now.weights[0] - kept[0, 0][:, None]).max(axis=0) <= 0.5 / 1000 + 1e-6)
    for place in range(1, SLOW["branch"] // SLOW["every"] + 1):
        now, _ = follow(now, taught, 0.5, place * SLOW["every"], SLOW["every"])
        np.testing.assert_allclose(kept[:, place], [now.weights[0][:, neuron]] * 4, atol=0.002)


def test_what_is_recorded_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command, with little work, leaves what the functions give; other settings and a missing file are refused."""
    caches = (recorded, recorded_waves, recorded_long)
    for cache in caches:
        cache.cache_clear()
    monkeypatch.setattr("sysalign_lib.core.recorded.HOME", tmp_path)
    small = {"p": 5, "neurons": 8, "epochs": 40, "every": 10}
    far = {"percent": 60, "branch": 20, "epochs": 60, "every": 20, "networks": 1}
    slow = {"percent": 60, "branch": 20, "seed": 0, "every": 10}
    work = {"WORK": small, "LONG": far, "SLOW": slow, "PERCENTS": (40, 60), "BRANCHES": (10, 20), "SEEDS": (0, 1)}
    for name, value in work.items():
        monkeypatch.setattr(grokking, name, value)
    for cache in caches:
        with pytest.raises(FileNotFoundError, match=r"place must be a file of recorded numbers.*make it anew"):
            cache()
    record()
    assert recorded().shape == (2, 2, 2, 4, 5, 3)
    assert np.abs(recorded()[1, 0] - courses(60, 0)).max() <= 0.5 / 1000 + 1e-12
    assert recorded_waves().shape == (4, 5, 5)
    assert np.abs(recorded_waves() - slow_waves()).max() <= 0.5 / 1000 + 1e-12
    assert recorded_long().shape == (1, 2, 4, 3)
    for cache in caches:
        cache.cache_clear()
    monkeypatch.setattr(grokking, "SETTINGS", "seeds (7,)")
    with pytest.raises(ValueError, match=r"settings must be seeds \(7,\); got percents .* make it anew"):
        recorded()
    recorded.cache_clear()


def test_the_result_is_what_is_recorded() -> None:
    result = solve_futures(FuturesParams(percent=50, branch=100, decay=Decay.FULL))
    kept = recorded()[PERCENTS.index(50), :, 0]
    assert np.array_equal(result.test[3], kept[:, 3, :, 1])
    assert np.array_equal(result.measure[0], kept[:, 0, :, 2])
    assert result.epochs[result.fork] == 100


def test_one_neuron_is_followed_and_becomes_a_cosine_with_decay_only() -> None:
    ends = {decay: solve_neuron(NeuronParams(decay=decay)) for decay in Decay}
    assert ends[Decay.FULL].concentration > 0.8 > 0.5 > ends[Decay.NONE].concentration
    starts = [solve_neuron(NeuronParams(decay=decay, epoch=299)) for decay in Decay]
    assert all(np.array_equal(one.wave, starts[0].wave) for one in starts)
    assert starts[0].epoch == 200
    for one in ends.values():
        assert np.sqrt(np.mean(one.wave**2)) == pytest.approx(1)
        assert one.power.sum() == pytest.approx(1)
        assert one.concentration == pytest.approx(concentration(one.wave[:, None])[0])
        at_numbers = one.cosine[::8]
        rest = one.wave - one.wave.mean() - at_numbers
        assert rest @ at_numbers == pytest.approx(0, abs=1e-9)
        assert (at_numbers @ at_numbers) / (at_numbers @ at_numbers + rest @ rest) == pytest.approx(one.power.max())


def test_an_alarm_at_a_higher_level_rings_later_and_leaves_less_time() -> None:
    low, high = (solve_futures(FuturesParams(decay=Decay.SAME, alarm=level)) for level in (0.3, 0.4))
    assert (low.warned <= high.warned).all()
    assert np.array_equal(low.jump, high.jump)
    assert low.leads.min() > high.leads.min()


def test_a_forecast_without_a_score_is_the_more_frequent_outcome_and_a_course_tells_more_than_a_snapshot() -> None:
    """144 futures are judged: a share of right ones has a standard error of at most 0.042."""
    result = solve_forecasts(ForecastParams())
    jump = np.isfinite(first_above(recorded()[..., 1], 0.9, np.arange(61)))
    most = jump[:, :3].mean() > 0.5
    right = dict(zip(Rule, result.right.tolist(), strict=True))
    assert right[Rule.NOTHING] == pytest.approx((jump[:, 3:] == most).mean())
    assert right[Rule.MEASURE] > right[Rule.SNAPSHOT] + 0.042 > right[Rule.NOTHING] + 0.2
    assert len(result.jump) == len(result.by_measure) == len(result.by_test) == len(result.by_custom)
    assert result.errors[0] < result.errors[1]


@pytest.mark.parametrize("looks", [1, 12])
def test_only_jumps_that_are_still_to_come_are_forecast(looks: int) -> None:
    result = solve_forecasts(ForecastParams(looks=looks))
    assert result.jump.min() > min(BRANCHES) + looks * WORK["every"]
    assert (result.by_measure > min(BRANCHES)).all()
    assert ((result.level > 0) & (result.level < 1)).all()


def test_refusals_name_the_parameter() -> None:
    with pytest.raises(ValueError, match="percent must be one of 40, 50, 60, 70, got 55"):
        FuturesParams(percent=55)
    with pytest.raises(ValueError, match="branch must be one of 100, 200, 300, got 150"):
        replace(FuturesParams(), branch=150)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lesson(1, 0.5, default_rng(0)), "p must be in"),
        (lambda: lesson(5, 1.5, default_rng(0)), "share must be in"),
        (lambda: begin(5, 0, default_rng(0)), "neurons must be in"),
        (lambda: written(5, 4, default_rng(0), misphase=2), "misphase must be in"),
        (lambda: written_accuracy(np.ones((2, 5, 5))), "weights must have shape"),
        (lambda: chance_concentration(4), "p must be odd"),
        (lambda: concentration(np.ones(4)), "waveforms must have shape"),
        (lambda: predicted_accuracy(2, 5), "p must be in"),
        (lambda: first_above(np.ones(3), 0.5, np.ones(4)), "epochs must have shape"),
        (lambda: follow(begin(5, 4, default_rng(0)), lesson(5, 0.5, default_rng(0)), -1, 5, 1), "decay must be in"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]
