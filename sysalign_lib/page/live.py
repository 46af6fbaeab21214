"""The live half of an explorable: native ipywidgets controls that redraw an SVG.

The picture lives in an `HTML` widget that `observe` callbacks fill: an `Output` widget would fail strict comparison of
notebooks. A dragged slider sends changes faster than pictures can be drawn, so changes are coalesced: the first is drawn
at once, and while its successors are waiting only the last of them is drawn.
"""

from __future__ import annotations

import asyncio
import time
from html import escape
from numbers import Real
from typing import Any

import ipywidgets as w

from sysalign_lib.page.explorable import Explorable, label
from sysalign_lib.page.static import table

__all__ = ["Live", "widget"]

PAUSE = 0.03  # seconds to wait for a newer change before a waiting one is drawn
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
        self.picture = w.HTML()
        self.words = w.HTML()
        self.numbers = w.HTML()
        self.more = w.Checkbox(description="Show the numbers", indent=False)
        self.drawn = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._last = 0.0
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
        self._show(explorable.rest)

    @property
    def state(self) -> dict[str, Any]:
        """Where the controls stand."""
        return {key: control.value for key, control in self.controls.items()}

    def move(self, **state: Any) -> str:
        """Move controls and return the sentence of the state they then show."""
        self.explorable.positions(**state)
        for key, value in state.items():
            self.controls[key].value = value
        self._draw()
        return self.explorable.read(**self.state)

    def _changed(self, _: Any) -> None:
        now = time.monotonic()
        if self._waiting is not None:
            return
        if now - self._last > PAUSE:
            self._draw()
            return
        try:
            self._waiting = asyncio.get_running_loop().call_later(PAUSE, self._draw)
        except RuntimeError:  # no event loop, as in a plain script: nothing can be put off
            self._draw()

    def _draw(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        self._show(self.explorable.frame(**self.state))
        self._last = time.monotonic()

    def _show(self, frame: Any) -> None:
        alt = escape(frame.reading, quote=True)
        svg = frame.svg.replace("<svg ", f'<svg role="img" aria-label="{alt}" style="width:100%;{_INK}" ', 1)
        self.picture.value = svg
        self.words.value = f'<div aria-live="polite" style="line-height:1.4">{escape(frame.reading)}</div>'
        self.numbers.value = table(frame.numbers) if self.more.value else ""
        self.drawn += 1

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
        self.play.description = "Pause"
        self._playing = asyncio.get_running_loop().create_task(self._run())

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
            said, model = f"{guess.value:g} {bet.unit}".strip(), f"{self.explorable.answer():.3g} {bet.unit}".strip()
            outcome.value = f"You said {escape(said)}; the model says {escape(model)}."

        reveal.on_click(show)
        return w.VBox(
            [w.HTML(f"<strong>Place your bet.</strong> {escape(bet.question)}"), w.HBox([guess, reveal]), outcome]
        )


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
