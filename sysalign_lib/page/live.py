"""The live half of an explorable: native ipywidgets controls that redraw an SVG.

The picture lives in an `HTML` widget that `observe` callbacks fill: an `Output` widget would fail strict comparison of
notebooks. A dragged slider sends changes faster than pictures can be drawn, so changes are coalesced: the first is drawn
at once, and while its successors are waiting only the last of them is drawn. A kernel that was busy finds many messages
waiting and reads them one by one; drawing waits until it has read them, but not for long.
"""

from __future__ import annotations

import asyncio
import time
from html import escape
from numbers import Real
from typing import Any

import ipywidgets as w

from sysalign_lib.page.explorable import Bet, Explorable, Frame, label
from sysalign_lib.page.static import table

__all__ = ["Live", "widget"]

PAUSE = 0.03  # seconds to wait for a newer change before a waiting one is drawn
CALM = (
    0.012  # changes that follow each other faster than this were waiting in the kernel, no hand moves a slider so fast
)
LATEST = 0.2  # seconds after which a waiting change is drawn even so
BEAT = 0.7  # seconds a state stays while playing
_INK = "color: var(--jp-ui-font-color1, inherit);"


def widget(explorable: Explorable) -> w.Widget:
    """Return the explorable as an ipywidgets box that shows its resting state."""
    return Live(explorable).box


class Live:
    """Controls, picture, words and numbers of one explorable in one kernel."""

    def __init__(self, explorable: Explorable) -> None:
        self.explorable = explorable
        self.controls = {key: _control(explorable, key) for key in explorable.choices}
        self.picture = w.HTML(_picture(explorable.rest))
        self.words = w.HTML(_words(explorable.rest))
        self.numbers = w.HTML()
        self.more = w.Checkbox(description="Show the numbers", indent=False)
        self.drawn = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._first = self._heard = self._last = 0.0  # when the first waiting change came, any change, the last picture
        self._moving = False
        self._playing: asyncio.Task[None] | None = None
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        self.more.observe(lambda _: self._draw(), names="value")
        self.play = w.Button(description="Play")
        step, reset = w.Button(description="Step"), w.Button(description="Reset")
        self.play.on_click(lambda _: self._toggle())
        step.on_click(lambda _: self._step())
        reset.on_click(lambda _: self.move(**explorable.resting))
        title = w.HTML(f"<strong>{escape(explorable.title)}</strong>")
        bet = [] if explorable.bet is None else [self._bet()]
        buttons = w.HBox([self.play, step, reset, self.more])
        self.box = w.VBox([title, *bet, self.picture, self.words, *self.controls.values(), buttons, self.numbers])
        self.box.layout.max_width = "40rem"

    @property
    def state(self) -> dict[str, Any]:
        """Where the controls stand."""
        return {key: control.value for key, control in self.controls.items()}

    def move(self, **state: Any) -> str:
        """Move controls and return the sentence of the state they then show."""
        self.explorable.positions(**state)
        self._moving = True  # controls move one after the other; only where they all arrive is drawn
        try:
            for key, value in state.items():
                self.controls[key].value = value
        finally:
            self._moving = False
        return self._draw()

    def _changed(self, _: Any) -> None:
        self._heard = time.monotonic()
        if self._moving or self._waiting is not None:
            return
        self._first = self._heard
        if self._heard - self._last > PAUSE:
            self._draw()
            return
        try:
            self._waiting = asyncio.get_running_loop().call_later(PAUSE, self._due)
        except RuntimeError:  # no event loop, as in a plain script: nothing can be put off
            self._draw()

    def _due(self) -> None:
        now = time.monotonic()
        if now - self._heard < CALM and now - self._first < LATEST:
            self._waiting = asyncio.get_running_loop().call_later(CALM, self._due)
        else:
            self._draw()

    def _draw(self) -> str:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        frame = self.explorable.frame(**self.state)
        self.picture.value = _picture(frame)
        self.words.value = _words(frame)
        self.numbers.value = table(frame.numbers) if self.more.value else ""
        self.drawn += 1
        self._last = time.monotonic()
        return frame.reading

    def _step(self) -> None:
        key = self.explorable.play
        values = self.explorable.choices[key]
        self.move(**{key: values[(values.index(self.controls[key].value) + 1) % len(values)]})

    def _toggle(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
            self.play.description = "Play"
            return
        self._playing = asyncio.get_running_loop().create_task(self._run())
        self.play.description = "Pause"

    async def _run(self) -> None:
        for _ in self.explorable.choices[self.explorable.play]:
            self._step()
            await asyncio.sleep(BEAT)
        self._playing = None
        self.play.description = "Play"

    def _bet(self) -> w.Widget:
        bet = self.explorable.bet
        assert bet is not None  # the caller asked
        guess = w.FloatSlider(
            (bet.low + bet.high) / 2,
            min=bet.low,
            max=bet.high,
            step=bet.step,
            description="My guess",
            readout_format=".3g",
        )
        reveal, outcome = w.Button(description="Bet and reveal"), w.HTML()

        def show(_: Any) -> None:
            self.move(**bet.reveal)
            answer = self.explorable.answer()
            assert answer is not None  # there is a bet
            said, model = f"{guess.value:g} {bet.unit}".strip(), f"{answer:.3g} {bet.unit}".strip()
            words = f"You said {escape(said)}; the model says {escape(model)}."
            outcome.value = words + _line(bet, guess.value, answer)

        reveal.on_click(show)
        return w.VBox(
            [w.HTML(f"<strong>Place your bet.</strong> {escape(bet.question)}"), w.HBox([guess, reveal]), outcome]
        )


def _picture(frame: Frame) -> str:
    alt = escape(frame.reading, quote=True)
    return frame.svg.replace("<svg ", f'<svg role="img" aria-label="{alt}" style="width:100%;{_INK}" ', 1)


def _words(frame: Frame) -> str:
    return f'<div aria-live="polite" style="line-height:1.4">{escape(frame.reading)}</div>'


def _line(bet: Bet, guess: float, answer: float) -> str:
    """The guess drawn beside the model's answer, on the line from the lowest to the highest guess."""
    marks = ""
    for name, value, height, look in (
        ("you", guess, 1.1, "3px solid #b86e00"),
        ("model", answer, 2.2, "3px double #0068a8"),
    ):
        at = 100 * min(1.0, max(0.0, (value - bet.low) / (bet.high - bet.low)))
        style = f"position:absolute;bottom:0;left:{at:.1f}%;height:{height}rem;border-left:{look};padding-left:.3rem"
        marks += f'<span style="{style}">{name}</span>'
    style = "position:relative;height:2.6rem;margin:0 3rem .5rem 0;border-bottom:2px solid"
    return f'<div aria-hidden="true" style="{style}">{marks}</div>'


def _control(explorable: Explorable, key: str) -> Any:
    values = explorable.choices[key]
    options = [(label(value), value) for value in values]
    ranged = all(isinstance(value, Real) and not isinstance(value, bool) for value in values)
    make = w.SelectionSlider if ranged else w.Dropdown
    return make(
        options=options,
        value=explorable.resting[key],
        description=explorable.labels[key],
        style={"description_width": "initial"},
        layout={"width": "100%"},
    )
