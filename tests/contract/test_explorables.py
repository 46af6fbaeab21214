"""The battery that every explorable must pass, found by itself: every state has words, every control moves something, and
both lives show the same.

The checks are plain functions that return what is wrong; the last part of the file feeds them broken explorables. States that
a build has drawn with the very same code are not drawn again: all of them are checked, and some are drawn anew to compare.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from matplotlib.axes import Axes
from numpy.random import default_rng

from sysalign_lib.page import states
from sysalign_lib.page.explorable import BOOK, MAX_STATES, Explorable, Frame
from sysalign_lib.page.live import Live
from sysalign_lib.page.static import figure
from sysalign_lib.page.style import draw
from tests.drawn import drawn
from tests.page import toy

SAMPLE = 12  # states drawn at random, beside those of each control alone
NO_NUMBER = r"\b(nan|NaN|inf|None|True|False)\b"
RAW = r"np\.\w+\(|array\(|<\w+|\b[A-Z]\w+\.[A-Z_]{2,}\b|\{|\}"
COUNTED = (
    "agents|alternatives|cases|cells|days|deviations|drivers|draws|episodes|learners|links|months|moves|networks|nodes|paths|"
    "places|points|readings|robots|rounds|routes|runs|signals|states|steps|times|units|years"
)
ONES = rf"(?<![\d.,\u2212-])1 (?:\w+ )?(?:{COUNTED})\b"


def written(text: str) -> str | None:
    """What is wrong with a sentence, or None."""
    if not re.match(r"[A-Z0-9]", text) or not text.endswith((".", "!", "?")):
        return "must be a sentence"
    if found := re.search(NO_NUMBER, text):
        return f"must not say {found[0]}"
    if found := re.search(RAW, text):
        return f"must not show {found[0]}"
    if found := re.search(ONES, text):
        return f"must not count {found[0]!r}"
    if "  " in text or "\n" in text:
        return "must be set in one line with single spaces"
    return None


NOTHING: Mapping[str, Frame] = {}


def wrong_readings(explorable: Explorable, known: Mapping[str, Frame] = NOTHING) -> Iterator[str]:
    """Every state has a sentence with numbers in it, and not all have the same."""
    texts = []
    for state in explorable.states():
        try:
            key = explorable.key(**state)
            texts.append(known[key].reading if key in known else explorable.read(**state))
        except Exception as error:
            yield f"reading fails at {explorable.key(**state)}: {type(error).__name__}: {error}"
            continue
        if reason := written(texts[-1]):
            yield f"reading {reason} at {explorable.key(**state)}: {texts[-1]}"
    if len(set(texts)) < 2:
        yield "readings must differ between states"


def wrong_size(explorable: Explorable) -> Iterator[str]:
    """At least 60 states where two or more controls make them, and never too many."""
    if len(explorable.choices) >= 2 and len(explorable) < 60:
        yield f"two or more controls must make at least 60 states, make {len(explorable)}"
    if len(explorable) > MAX_STATES:
        yield f"there must be at most {MAX_STATES} states, are {len(explorable)}"


def visited(explorable: Explorable) -> dict[str, dict[str, Any]]:
    """States worth a picture, by their keys: each control alone with the others at rest, and some at random."""
    chosen = [{key: value} for key, values in explorable.choices.items() for value in values]
    rng, every = default_rng(crc32(explorable.name.encode())), list(explorable.states())
    chosen += [every[at] for at in rng.choice(len(every), size=min(SAMPLE, len(every)), replace=False)]
    return {explorable.key(**state): explorable.resting | state for state in chosen}


def wrong_frame(frame: Frame) -> Iterator[str]:
    """A picture of lines and words, and tables of numbers behind it."""
    if "<image" in frame.svg:
        yield "the picture must not hold a raster image"
    texts = re.findall(r"<text\b[^>]*>(.*?)</text>|<text\b[^>]*/>", frame.svg, re.DOTALL)
    if not all(re.sub(r"<[^>]*>", "", text).strip() for text in texts):
        yield "the picture must not hold empty words"
    for text in texts:
        if found := re.search(NO_NUMBER, text):
            yield f"the picture must not say {found[0]}"
    if not frame.numbers:
        yield "there must be numbers behind the picture"
    for table in frame.numbers:
        cells = [table["title"], *table["columns"], *(cell for row in table["rows"] for cell in row)]
        if bad := [cell for cell in cells if not str(cell).strip() or re.search(NO_NUMBER, str(cell))]:
            yield f"the numbers must be numbers under names, hold {bad[0]!r}"
        if len(set(table["columns"])) < len(table["columns"]):
            yield f"the columns must have names of their own, are {table['columns']}"


def wrong_axes(explorable: Explorable, state: dict[str, Any]) -> Iterator[str]:
    """Axes say what they measure, unless they are turned off."""
    for ax in draw(explorable.views, explorable.result(**state)).axes:
        names = [ax.get_xlabel(), ax.get_ylabel()]
        if ax.axison and not all(name.strip() for name in names):
            yield f"both axes must have labels, have {names}"


def wrong_frames(explorable: Explorable, known: Mapping[str, Frame] = NOTHING) -> Iterator[str]:
    """Every state draws without a warning, the same picture each time, and every control moves something."""
    frames = dict(known)
    for key, frame in known.items():
        yield from (f"{reason} at {key}" for reason in wrong_frame(frame))
    for key, state in visited(explorable).items():
        if key in known:
            continue
        try:
            frames[key] = explorable.frame(**state)
            yield from (f"{reason} at {key}" for reason in wrong_frame(frames[key]))
        except Exception as error:
            yield f"the picture fails at {key}: {type(error).__name__}: {error}"
    for key, state in list(visited(explorable).items())[-2:]:
        if key in frames:
            again = explorable.frame(**state)
            if (body(again.svg), again.reading, again.numbers) != (
                body(frames[key].svg),
                frames[key].reading,
                frames[key].numbers,
            ):
                yield f"the picture must be the same each time it is drawn at {key}"
            yield from (f"{reason} at {key}" for reason in wrong_axes(explorable, state))
    for control, values in explorable.choices.items():
        keys = [explorable.key(**{control: value}) for value in values]
        moved = [(frames[key].svg, frames[key].reading) for key in keys if key in frames]
        if len(moved) == len(values) and len(set(moved)) < 2:
            yield f"{control} must move something"


def wrong_refusals(explorable: Explorable) -> Iterator[str]:
    """What is not offered is refused by name."""
    for control, values in explorable.choices.items():
        numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
        for value in (None, "nonsense", object(), float("nan"), *([max(numbers) + 1e-9] if numbers else [])):
            try:
                explorable.read(**{control: value})
            except ValueError as error:
                if not str(error).startswith(f"{control} must be "):
                    yield f"the message must begin with '{control} must be', says: {error}"
            else:
                yield f"{control} = {value!r} must be refused"
    try:
        explorable.read(nonsense=1)
    except ValueError as error:
        if not str(error).startswith("nonsense must be "):
            yield f"the message must name the control that is none, says: {error}"


def body(svg: str) -> str:
    """A picture without its own first tag."""
    return svg[svg.index(">") + 1 :]


def shown(frame: Frame) -> tuple[str, str, str]:
    """All that a reader sees of a frame."""
    return body(frame.svg), frame.reading, repr(frame.numbers)


def wrong_lives(explorable: Explorable) -> Iterator[str]:
    """The widget, the figure and the plain text show what the model says."""
    words = explorable.read()
    if words not in repr(explorable):
        yield "the plain text must carry the reading"
    if explorable.rest.svg[4:] not in figure(explorable):
        yield "the figure must hold the resting picture"
    live = Live(explorable)
    states_of_it = list(explorable.states())
    state = states_of_it[default_rng(crc32(explorable.name.encode())).integers(len(states_of_it))]
    said, frame = live.move(**state), explorable.frame(**state)
    if said != frame.reading or live.state != state:
        yield f"the widget must say what the figure says at {explorable.key(**state)}"
    if body(live.picture.value) != body(frame.svg):
        yield f"the widget must show what the figure shows at {explorable.key(**state)}"


def wrong(*checks_of_it: Iterator[str]) -> list[str]:
    """Everything that some checks find."""
    return [sentence for one in checks_of_it for sentence in one]


# The battery ------------------------------------------------------------------------------------------------------

PLACES = states.discover()
NAMES = sorted(PLACES)


def test_there_are_explorables() -> None:
    assert len(NAMES) >= 5


@pytest.fixture
def explorable(name: str) -> Explorable:
    return states.load(PLACES[name])


@pytest.mark.parametrize("name", NAMES)
class TestExplorable:
    def test_every_state_has_words_of_its_own(self, explorable: Explorable) -> None:
        assert wrong(wrong_size(explorable), wrong_readings(explorable, drawn(explorable))) == []

    def test_pictures_are_drawn_whole_and_every_control_moves_something(self, explorable: Explorable) -> None:
        assert wrong(wrong_frames(explorable, drawn(explorable))) == []

    def test_what_is_not_offered_is_refused_by_name(self, explorable: Explorable) -> None:
        assert wrong(wrong_refusals(explorable)) == []

    def test_both_lives_show_the_same(self, explorable: Explorable, monkeypatch: pytest.MonkeyPatch) -> None:
        assert wrong(wrong_lives(explorable)) == []
        monkeypatch.setenv(BOOK, "1")
        still = explorable._repr_mimebundle_()
        monkeypatch.delenv(BOOK)
        assert BOOK not in os.environ
        assert still["text/plain"] == explorable._repr_mimebundle_()["text/plain"] == repr(explorable)
        assert still["text/html"] == figure(explorable)


# The battery can fail ---------------------------------------------------------------------------------------------

NOISE = tuple(np.round(np.linspace(0.0, 0.5, 6), 2).tolist())


def test_an_honest_toy_passes() -> None:
    honest = toy.walk(noise=NOISE)
    assert wrong(wrong_size(honest), wrong_readings(honest), wrong_frames(honest), wrong_refusals(honest)) == []
    assert wrong(wrong_lives(honest)) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("It ends at nan m.", "must not say nan"), ("It never ends, at inf m.", "must not say inf"),
        ("It ends at None.", "must not say None"), ("It is True.", "must not say True"), ("ends at 3 m.", "must be a sentence"),
        ("It ends at 3 m", "must be a sentence"), ("It ends after 1 steps.", "must not count '1 steps'"),
        ("It ends after 1 long days.", "must not count '1 long days'"),
        ("It ends at np.float64(3).", "must not show np.float64("), ("It is on Ground.FIRM.", "must not show Ground.FIRM"),
        ("It ends  at 3 m.", "must be set in one line"), ("It ends.\nThere.", "must be set in one line"),
    ],
)  # fmt: skip
def test_words_that_are_off_are_found(text: str, sentence: str) -> None:
    found = wrong(wrong_readings(toy.walk(reading=lambda result: text)))
    assert len(found) == 17
    assert all(sentence in one for one in found[:-1])
    assert found[-1] == "readings must differ between states"


@pytest.mark.parametrize(
    "text", ["After 1 step it ends at 0.1 units.", "A robot at 1 does.", "In infinitely many cases of 21 runs."]
)
def test_words_that_are_right_pass(text: str) -> None:
    assert written(text) is None


def test_a_reading_that_fails_somewhere_is_found() -> None:
    def reading(result: toy.WalkResult) -> str:
        return f"It ends at {1 / result.params.drift:.3f} m."

    found = wrong(wrong_readings(toy.walk(reading=reading)))
    assert len(found) == 4
    assert all(one.startswith("reading fails at drift=0&") for one in found)


def raster(ax: Axes, result: toy.WalkResult) -> None:
    toy.view(ax, result)
    ax.imshow(np.eye(2), extent=(0, 1, 0, 1), aspect="auto")


def nameless(ax: Axes, result: toy.WalkResult) -> None:
    toy.view(ax, result)
    ax.set_xlabel("")


def silent(ax: Axes, result: toy.WalkResult) -> None:
    ax.plot([0, 1], [0, result.path[-1]])
    ax.set(xlabel="x", ylabel="y")


def fickle(ax: Axes, result: toy.WalkResult, count: list[int] = []) -> None:  # noqa: B006
    count.append(1)
    ax.plot([0, 1], [len(count), result.path[-1]], label="walk")
    ax.set(xlabel="x", ylabel="y")


def shaky(ax: Axes, result: toy.WalkResult) -> None:
    toy.view(ax, result)
    ax.text(0, 0, f"{np.float64(1) / (result.params.drift or np.nan):.1f}")


def deaf(ax: Axes, result: toy.WalkResult) -> None:
    ax.plot([0, 1], [0, abs(result.params.drift)], label="walk")
    ax.set(xlabel="x", ylabel="y")


def alike(ax: Axes, result: toy.WalkResult) -> None:
    ax.plot([0, 1], [0, result.path[-1]], label="walk")
    ax.plot([0, 1], [0, result.path[0]], label="walk")
    ax.set(xlabel="x", ylabel="y")


def failing(ax: Axes, result: toy.WalkResult) -> None:
    toy.view(ax, result)
    ax.axhline(float(np.log(np.float64(result.params.drift + 0.5))))


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (raster, "must not hold a raster image"), (nameless, "both axes must have labels, have ['', 'place (m)']"),
        (silent, "there must be numbers behind the picture"), (fickle, "must be the same each time"),
        (shaky, "the picture must not say nan"), (alike, "the columns must have names of their own"),
        (failing, "the picture fails at drift=-0.5&ground=firm & dry&tired=no: RuntimeWarning"),
    ],
)  # fmt: skip
def test_pictures_that_are_off_are_found(view: Any, sentence: str) -> None:
    assert any(sentence in one for one in wrong(wrong_frames(toy.walk(view=view))))


def test_a_control_that_moves_nothing_is_found() -> None:
    found = wrong(wrong_frames(toy.walk(view=deaf, reading=lambda result: f"The drift is {result.params.drift:g}.")))
    assert found == ["ground must move something", "tired must move something"]


def test_too_few_states_and_lives_that_differ_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong(wrong_size(toy.walk())) == ["two or more controls must make at least 60 states, make 16"]
    count: list[int] = []

    def reading(result: toy.WalkResult) -> str:
        count.append(1)
        return f"This was read {len(count)} times."

    found = wrong(wrong_lives(toy.walk(reading=reading)))
    assert "the plain text must carry the reading" in found
    assert any(one.startswith("the widget must say what the figure says") for one in found)
    assert any(one.startswith("the widget must show") for one in wrong(wrong_lives(toy.walk(view=fickle))))


def test_a_choice_that_is_not_refused_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lax = toy.walk()
    monkeypatch.setattr(lax, "read", lambda **state: "It is.")
    found = wrong(wrong_refusals(lax))
    assert any(one.startswith("drift = None must be refused") for one in found)
    monkeypatch.undo()

    def rude(**state: Any) -> str:
        raise ValueError("bad value")

    monkeypatch.setattr(lax, "read", rude)
    found = wrong(wrong_refusals(lax))
    assert "the message must begin with 'ground must be', says: bad value" in found
    assert "the message must name the control that is none, says: bad value" in found
