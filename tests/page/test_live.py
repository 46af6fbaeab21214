"""The live half: controls redraw picture and words, a dragged slider is coalesced, and nothing is an Output widget."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import ipywidgets as w
import pytest

from sysalign_lib.page import live
from sysalign_lib.page.explorable import BOOK, Explorable
from sysalign_lib.page.live import Live
from tests.page.toy import DRIFTS, WALK, Ground, bet, walk


@pytest.fixture
def box() -> Live:
    return Live(WALK)


def every(widget: w.Widget) -> Iterator[w.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def shown(one: Live) -> str:
    """The words on the screen, without markup."""
    return unescape(re.sub(r"<[^>]*>", "", one.words.value))


def body(svg: str) -> str:
    return svg[svg.index(">") + 1 :]


def button(one: Live, text: str) -> w.Button:
    return next(child for child in every(one.box) if isinstance(child, w.Button) and child.description == text)


def test_it_rests_at_the_params(box: Live) -> None:
    assert box.state == WALK.resting
    assert shown(box) == WALK.read()
    assert body(box.picture.value) == body(WALK.rest.svg)


def test_controls_are_native_and_named_and_none_is_an_output(box: Live) -> None:
    kinds = {key: type(control) for key, control in box.controls.items()}
    assert kinds == {"drift": w.SelectionSlider, "ground": w.Dropdown, "tired": w.Dropdown}
    assert [control.description for control in box.controls.values()] == ["drift (m a step) <&>", "ground", "tired"]
    assert not any(isinstance(one, w.Output) for one in every(box.box))
    assert all(control in list(every(box.box)) for control in box.controls.values())


@pytest.mark.parametrize(("key", "value"), [("drift", -0.5), ("drift", 1.0), ("ground", Ground.SOFT), ("tired", True)])
def test_moving_a_control_moves_picture_and_words_to_that_state(box: Live, key: str, value: Any) -> None:
    before = box.picture.value, box.words.value
    box.controls[key].value = value
    frame = WALK.frame(**{key: value})
    assert shown(box) == frame.reading
    assert body(box.picture.value) == body(frame.svg)
    assert (box.picture.value, box.words.value) != before
    box.controls[key].value = WALK.resting[key]
    assert (box.picture.value, box.words.value) == before


def test_every_state_can_be_reached_and_shows_its_own_frame(box: Live) -> None:
    for state in WALK.states():
        assert box.move(**state) == WALK.read(**state) == shown(box)
        assert box.state == state
    with pytest.raises(ValueError, match=r"drift must be one of -0.5, 0, 0.5, 1, got 7"):
        box.move(drift=7)


def test_the_picture_is_named_by_its_words_and_quotes_cannot_break_out() -> None:
    words = 'It "ends" <here> & now.'
    box = Live(walk(reading=lambda result: words))
    (alt,) = re.findall(r'<svg role="img" aria-label="([^"]*)"', box.picture.value)
    assert unescape(alt) == words
    assert "<here>" not in box.picture.value + box.words.value
    assert 'aria-live="polite"' in box.words.value


def test_the_numbers_are_shown_on_demand(box: Live) -> None:
    assert box.numbers.value == ""
    box.more.value = True
    assert "<table>" in box.numbers.value
    before = box.numbers.value
    box.controls["drift"].value = 1.0
    assert box.numbers.value != before
    box.more.value = False
    assert box.numbers.value == ""


def test_a_dragged_slider_is_drawn_at_once_and_then_only_where_it_stops(box: Live) -> None:
    async def drag() -> list[tuple[int, str]]:
        seen = []
        await asyncio.sleep(2 * live.PAUSE)
        for i in range(41):
            box.controls["drift"].value = DRIFTS[i % 4]
            seen.append((box.drawn, shown(box)))
        await asyncio.sleep(10 * live.PAUSE)
        return seen

    start = box.drawn
    box.controls["drift"].value = 1.0
    start = box.drawn
    seen = asyncio.run(drag())
    assert seen[0] == (start + 1, WALK.read(drift=DRIFTS[0]))  # the first at once
    assert seen[-1][0] == start + 1  # the rest waits
    assert box.drawn == start + 2  # and is drawn once
    assert shown(box) == WALK.read(drift=DRIFTS[0]) == WALK.read(**box.state)
    assert body(box.picture.value) == body(WALK.frame(drift=DRIFTS[0]).svg)


def test_changes_that_come_faster_than_a_hand_moves_are_read_before_anything_is_drawn(box: Live) -> None:
    """A kernel that was busy hands over the messages that wait one by one, each in a turn of its own."""

    async def burst(seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        turn = 0
        while asyncio.get_running_loop().time() < end:
            turn += 1
            box.controls["drift"].value = DRIFTS[turn % 4]
            await asyncio.sleep(0.002)
        box.controls["drift"].value = -0.5
        await asyncio.sleep(10 * live.PAUSE)

    box.controls["drift"].value = 1.0
    start = box.drawn
    asyncio.run(burst(0.12))
    assert box.drawn - start == 1
    assert shown(box) == WALK.read(drift=-0.5)
    box.controls["drift"].value = 1.0
    start = box.drawn
    asyncio.run(burst(4 * live.LATEST))
    assert 3 <= box.drawn - start <= 6  # a flood that does not end does not stop the pictures
    assert shown(box) == WALK.read(drift=-0.5)


def test_controls_that_move_together_are_drawn_once(box: Live) -> None:
    start = box.drawn
    box.move(drift=1.0, ground=Ground.SOFT, tired=True)
    assert box.drawn == start + 1
    with pytest.raises(ValueError, match="drift"):
        box.move(tired=False, drift=7)
    assert box.state["tired"]
    box.controls["tired"].value = False
    assert shown(box) == WALK.read(drift=1.0, ground=Ground.SOFT)


def test_without_an_event_loop_nothing_is_put_off(box: Live) -> None:
    for drift in (0.0, 1.0, -0.5, 0.0):
        box.controls["drift"].value = drift
        assert shown(box) == WALK.read(drift=drift)


def test_step_goes_round_and_reset_comes_home(box: Live) -> None:
    seen = [box.state["drift"]]
    for _ in DRIFTS:
        button(box, "Step").click()
        seen.append(box.state["drift"])
    assert seen == [0.5, 1.0, -0.5, 0.0, 0.5]
    box.move(drift=1.0, tired=True)
    button(box, "Reset").click()
    assert box.state == WALK.resting
    assert shown(box) == WALK.read()


def test_play_walks_through_every_value_once_and_can_be_paused(box: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT", 0.001)
    seen: list[str] = []
    box.words.observe(lambda change: seen.append(shown(box)), names="value")

    async def run() -> None:
        button(box, "Play").click()
        assert box.play.description == "Pause"
        await asyncio.sleep(0.01)
        while box.play.description == "Pause":
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 20))
    assert seen == [WALK.read(drift=drift) for drift in (1.0, -0.5, 0.0, 0.5)]

    async def pause() -> int:
        box.play.click()
        await asyncio.sleep(0.0005)
        box.play.click()
        count = len(seen)
        await asyncio.sleep(0.05)
        return count

    assert asyncio.run(pause()) == len(seen)
    assert box.play.description == "Play"


def test_a_bet_reveals_the_models_answer_beside_the_guess() -> None:
    explorable = walk(bet=bet(unit="<m>"))
    box = Live(explorable)
    texts = [one for one in every(box.box) if isinstance(one, w.HTML)]
    assert any("Where &lt;does&gt; it end?" in one.value for one in texts)
    said = f"the model says {explorable.answer():.3g}"
    assert not any(said in one.value for one in texts)
    guess = next(one for one in every(box.box) if isinstance(one, w.FloatSlider))
    guess.value = 2.5
    button(box, "Bet and reveal").click()
    (outcome,) = [one.value for one in texts if "You said" in one.value]
    assert "You said 2.5 &lt;m&gt;" in outcome
    assert said in outcome
    places = re.findall(r"left:([\d.]+)%[^>]*>(\w+)<", outcome)
    answer = explorable.answer()
    assert answer is not None
    assert places == [("62.5", "you"), (f"{100 * (answer + 10) / 20:.1f}", "model")]
    assert box.state == {**explorable.resting, "drift": 1.0}
    assert shown(box) == explorable.read(drift=1.0)


def bundle(explorable: Explorable) -> dict[str, Any]:
    return explorable._repr_mimebundle_()


def test_with_a_kernel_a_widget_and_for_the_book_a_figure_with_the_same_plain_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(BOOK, raising=False)
    alive = bundle(walk())
    monkeypatch.setenv(BOOK, "1")
    still = bundle(walk())
    assert "application/vnd.jupyter.widget-view+json" in alive
    assert "text/html" not in alive
    assert set(still) == {"text/plain", "text/html"}
    assert still["text/html"].startswith('<figure class="explorable"')
    assert alive["text/plain"] == still["text/plain"] == repr(WALK)


def test_plain_text_is_stable_and_carries_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(BOOK, raising=False)
    texts = {bundle(walk())["text/plain"] for _ in range(2)}
    assert len(texts) == 1
    (text,) = texts
    assert WALK.read() in text
    assert not re.search(r"0x[0-9a-f]{4,}| object at |model_id", text)
    assert bundle(walk(seed=4))["text/plain"] != text  # a changed number shows
