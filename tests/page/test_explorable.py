"""Explorables: what they refuse, in words that name the choice; the order of states; and the same dice in all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from sysalign_lib.page.explorable import MAX_STATES, Explorable, exact, label
from tests.page.toy import DRIFTS, WALK, Ground, WalkParams, WalkResult, bet, reading, simulate, view, walk


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"wind": (1, 2)}, "wind must be a parameter of WalkParams: drift, ground, noise, steps, tired"),
        ({"drift": (-0.5, 0.0)}, "drift must offer the resting value 0.5, got"),
        ({"tired": (True, "no")}, "tired must offer the resting value False, got"),
        ({"drift": (0.5, 0.5)}, "drift must offer two or more different values, got"),
        ({"drift": (0.5,)}, "drift must offer two or more different values, got"),
        ({"drift": ()}, "drift must offer two or more different values, got"),
        ({"drift": (0.5, 0.50000001)}, "drift must offer two or more different values, got"),  # one label, one link
        ({"drift": (0.5, 3.0)}, "got drift = 3, ground = firm & dry, tired = no: drift must be in [-1, 1], got 3.0"),
        ({"noise": (0.2, 1.0)}, "noise must be in [0, 1), got 1.0"),
        ({"drift": (0.5, "fast")}, "drift must be a number, got 'fast'"),
        ({"ground": (Ground.FIRM, "swamp")}, "ground must be one of firm & dry, soft, got 'swamp'"),
        ({"play": "noise"}, "play must be one of drift, ground, tired, got 'noise'"),
        ({"labels": {"noise": "noise"}}, "labels must name a choice (drift, ground, tired), got 'noise'"),
        ({"simulate": 3}, "simulate must be callable, got 3"),
        ({"reading": "words"}, "reading must be callable, got 'words'"),
        ({"view": ()}, "view must be a function or a tuple of functions, got ()"),
        ({"view": (view, None)}, "view must be a function or a tuple of functions"),
        ({"params": WalkParams}, "params must be a dataclass instance"),
        ({"params": {"drift": 1}}, "params must be a dataclass instance"),
        ({"title": " "}, "title must be a non-empty text"),
        ({"title": None}, "title must be a non-empty text, got None"),
        ({"name": "Walk it"}, "name must be lower-case words joined by hyphens, got 'Walk it'"),
        ({"seed": -1}, "seed must be in [0, inf), got -1"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
        ({"bet": bet(reveal={"drift": 0.7})}, "drift must be one of -0.5, 0, 0.5, 1, got 0.7"),
        ({"bet": bet(reveal={"noise": 0.2})}, "noise must be a control of this explorable: drift, ground, tired"),
    ],
)  # fmt: skip
def test_refused_at_construction_by_name(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        walk(**changes)
    assert sentence in str(caught.value)


def test_a_single_value_in_place_of_a_tuple_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"^drift must be a tuple of values to choose from, got 0\.5$"):
        walk(drift=0.5)
    with pytest.raises(TypeError, match=r"^ground must be a tuple of values to choose from, got 'soft'$"):
        walk(ground="soft")


def test_no_choices_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="choices must name at least one parameter, got none"):
        Explorable(simulate, view, reading, WalkParams(), title="walk", seed=1)


def test_too_many_states_are_refused_with_the_sum() -> None:
    noise = (0.2, *(np.arange(125) / 1000).tolist())
    with pytest.raises(ValueError, match=r"at most 1000 states, got 4 \(drift\) x .* x 126 \(noise\) = 2016"):
        walk(noise=noise)
    assert len(walk(noise=noise[:62])) == 4 * 2 * 2 * 62 <= MAX_STATES


def test_the_limit_itself_is_accepted() -> None:
    many = tuple((np.arange(MAX_STATES // 2) / 1000).tolist())
    only = Explorable(simulate, view, reading, WalkParams(), title="walk", seed=1, noise=many, tired=(False, True))
    assert len(only) == MAX_STATES
    with pytest.raises(ValueError, match="at most 1000 states"):
        Explorable(simulate, view, reading, WalkParams(), title="w", seed=1, noise=(*many, 0.6), tired=(False, True))


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"question": " "}, "question"), ({"high": -10.0}, "high"), ({"low": float("nan")}, "low"), ({"step": 0.0}, "step"),
     ({"step": 30.0}, "step")],
)  # fmt: skip
def test_a_bad_bet_is_refused_by_name(changes: dict[str, Any], name: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{name} must be"):
        bet(**changes)


def test_states_are_all_combinations_and_the_last_choice_moves_fastest() -> None:
    states = list(WALK.states())
    assert len(states) == len(WALK) == 16
    assert len({tuple(state.items()) for state in states}) == 16
    assert states[:2] == [{"drift": -0.5, "ground": Ground.FIRM, "tired": t} for t in (False, True)]
    assert [WALK.index(**state) for state in states] == list(range(16))


def test_the_resting_state_is_the_params_and_fills_what_is_not_named() -> None:
    assert WALK.resting == {"drift": 0.5, "ground": Ground.FIRM, "tired": False}
    assert WALK.positions() == [2, 0, 0]
    assert WALK.positions(tired=True) == [2, 0, 1]
    assert WALK.key() == "drift=0.5&ground=firm & dry&tired=no"
    assert WALK.key(drift=-0.5, tired=True) == "drift=-0.5&ground=firm & dry&tired=yes"
    assert len({WALK.key(**state) for state in WALK.states()}) == 16


def test_the_state_that_a_link_names_is_the_one_it_was_made_of() -> None:
    for state in WALK.states():
        assert WALK.state(WALK.key(**state)) == state
    assert WALK.state("") == WALK.resting
    assert WALK.state("tired=yes") == {**WALK.resting, "tired": True}
    assert WALK.state("ground=firm & dry&tired=yes") == {**WALK.resting, "tired": True}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("drift=0.7", r"drift must be one of -0.5, 0, 0.5, 1, got '0\.7'"),
        ("drift", "drift must be one of .*, got ''"),
        ("noise=0.2", "noise must be a control of this explorable: drift, ground, tired"),
        ("tired=yes&noise=0.2", "tired must be one of no, yes, got 'yes&noise=0.2'"),
    ],
)
def test_a_link_that_asks_for_what_is_not_offered_is_refused_by_name(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        WALK.state(text)


def test_every_state_gets_the_same_dice_so_that_only_the_parameter_moves() -> None:
    expected = 0.2 * default_rng(3).standard_normal(10).cumsum()
    for state in WALK.states():
        result = WALK.result(**state)
        speed = state["drift"] * (0.5 if state["ground"] is Ground.SOFT else 1) * (0.5 if state["tired"] else 1)
        np.testing.assert_allclose(result.path - speed * np.arange(1, 11), expected, atol=1e-12)
        assert result.params == replace(WALK.params, **state)
    other = walk(seed=4).result().path
    assert not np.array_equal(other, WALK.result().path)


def test_reading_a_state_twice_or_in_another_order_is_the_same() -> None:
    forward = [WALK.read(**state) for state in WALK.states()]
    backward = [WALK.read(**state) for state in reversed(list(WALK.states()))]
    assert forward == backward[::-1]
    assert len(set(forward)) > 8


def test_read_takes_any_part_of_a_state() -> None:
    assert WALK.read() == reading(simulate(WalkParams(), default_rng(3)))
    assert WALK.read(drift=1.0) == reading(simulate(WalkParams(drift=1.0), default_rng(3)))
    with pytest.raises(ValueError, match=r"drift must be one of -0.5, 0, 0.5, 1, got 0\.7"):
        WALK.read(drift=0.7)
    with pytest.raises(ValueError, match="noise must be a control of this explorable: drift, ground, tired"):
        WALK.read(noise=0.1)


def test_a_frame_is_the_picture_the_words_and_the_numbers_of_one_state() -> None:
    frame = WALK.frame(drift=1.0)
    assert frame.reading == WALK.read(drift=1.0)
    assert frame == WALK.frame(drift=1.0)
    assert frame.svg != WALK.frame(drift=-0.5).svg
    (table,) = frame.numbers
    assert table["columns"] == ["step", "simulated", "expected"]
    assert [row[2] for row in table["rows"]] == [str(i) for i in range(1, 11)]
    assert WALK.rest == WALK.frame()


@pytest.mark.parametrize("words", ["", "  ", None, 3])
def test_a_reading_that_is_no_sentence_is_refused(words: object) -> None:
    with pytest.raises(ValueError, match="reading must return a sentence, got"):
        walk(reading=lambda result: words).read()


def test_the_answer_of_a_bet_is_the_models() -> None:
    assert walk().answer() is None
    with_bet = walk(bet=bet())
    assert with_bet.answer() == pytest.approx(with_bet.result(drift=1.0).path[-1])


def test_global_random_state_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    WALK.frame()
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_repr_is_stable_and_carries_title_state_and_reading() -> None:
    assert repr(WALK) == f"A walk <uphill>\n[drift (m a step) <&>: 0.5, ground: firm & dry, tired: no]\n{WALK.read()}"
    assert repr(walk()) == repr(walk())


def test_the_name_is_made_from_the_title_unless_given() -> None:
    assert walk(name=None).name == "a-walk-uphill"
    assert walk(name="other-walk").name == "other-walk"


@pytest.mark.parametrize(
    ("value", "words"),
    [(True, "yes"), (False, "no"), (Ground.FIRM, "firm & dry"), (0.25, "0.25"), (-0.0, "0"), (3, "3"), (1e-7, "1e-07"),
     (np.float64(0.1), "0.1"), ("word", "word")],
)  # fmt: skip
def test_labels(value: object, words: str) -> None:
    assert label(value) == words


def test_a_view_that_fails_is_not_hidden() -> None:
    def broken(result: WalkResult, rng: Generator) -> WalkResult:
        raise ZeroDivisionError("planted")

    with pytest.raises(ZeroDivisionError, match="planted"):
        walk(simulate=broken).frame()


def test_choices_are_kept_in_the_order_given() -> None:
    assert WALK.choices["drift"] == DRIFTS
    assert WALK.play == "drift"
    assert walk(play="tired").play == "tired"


def test_an_exact_model_needs_no_dice_and_is_found_where_it_lives() -> None:
    def solve(params: WalkParams) -> float:
        return params.drift

    answer = exact(solve)
    assert answer(WalkParams(), None) == solve(WalkParams())  # type: ignore[arg-type]
    assert (answer.__module__, answer.__qualname__) == (solve.__module__, solve.__qualname__)
