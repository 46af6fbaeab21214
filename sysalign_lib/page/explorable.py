"""Explorable: params, view and reading bound to controls. One source, two lives.

With a kernel it is a widget (`page.live`); in the built book it is a figure that needs no kernel (`page.static`), whose
states were all drawn beforehand by the code below (`page.states`). Both lives show the same picture and the same words
for the same state, because both call `Explorable.frame`.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cached_property, wraps
from itertools import product
from math import prod
from numbers import Real
from typing import Any

from numpy.random import Generator, default_rng

from sysalign_lib.core import checks
from sysalign_lib.page.style import View, draw, figure_numbers, to_svg

__all__ = ["BOOK", "MAX_STATES", "Bet", "Explorable", "Frame", "exact", "label"]

BOOK = "SYSALIGN_BOOK"  # set in the kernels that execute notebooks for the book: figures instead of widgets
MAX_STATES = 1000


@dataclass(frozen=True, kw_only=True)
class Bet:
    """A number to guess before it is shown: the hook of a chapter.

    `answer` turns the result at the state `reveal` into the number; the reader guesses on a slider from `low` to `high`.
    """

    question: str
    low: float
    high: float
    step: float
    unit: str
    reveal: Mapping[str, Any]
    answer: Callable[[Any], float]

    def __post_init__(self) -> None:
        if not isinstance(self.question, str) or not self.question.strip():
            raise ValueError(f"question must be a non-empty sentence, got {self.question!r}")
        checks.number("low", self.low)
        checks.number("high", self.high, low=self.low, open_low=True)
        checks.number("step", self.step, low=0, high=self.high - self.low, open_low=True)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One state, drawn: its SVG, the sentence that says what it shows, and the numbers behind it."""

    svg: str
    reading: str
    numbers: list[dict[str, Any]]


def exact(solve: Callable[[Any], Any]) -> Callable[[Any, Generator], Any]:
    """Return a model's `solve` as a function that is handed dice and throws none, for an `Explorable`."""

    @wraps(solve)  # it stands in for the model: whoever asks where it lives is led there
    def answer(params: Any, rng: Generator) -> Any:
        return solve(params)

    return answer


class Explorable:
    """Bind a model, its picture and its words to a few controls.

    Parameters
    ----------
    simulate : ``simulate(params, rng) -> result``; called with the same seed in every state, so that what moves on the
        screen is the parameter.
    view : ``view(ax, result)``, or a tuple of views that are drawn beneath each other.
    reading : ``reading(result) -> str``, one sentence.
    params : a frozen dataclass instance; its values are the resting state, and for a control must be among the choices.
    title : the figure's heading; the name used in links is made from it unless `name` gives another.
    seed : seed of the generator handed to `simulate`.
    labels : what to call each control, with its unit; the parameter's own name by default.
    bet : a `Bet` to place before the reveal.
    play : the choice that the play button steps through; the first one by default.
    choices : for each control a finite tuple of values of that field of `params`, in the order in which they are offered.

    Raises
    ------
    TypeError, ValueError : at construction, naming the choice: an unknown parameter, an empty or repeated choice, a
        resting value that is not among the choices, a combination that the params refuse, or more than 1,000 states.
    """

    def __init__(
        self,
        simulate: Callable[[Any, Generator], Any],
        view: View | Sequence[View],
        reading: Callable[[Any], str],
        params: Any,
        *,
        title: str,
        seed: int,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
        bet: Bet | None = None,
        play: str | None = None,
        **choices: Sequence[Any],
    ) -> None:
        if not callable(simulate):
            raise TypeError(f"simulate must be callable, got {simulate!r}")
        if not callable(reading):
            raise TypeError(f"reading must be callable, got {reading!r}")
        views = tuple(view) if isinstance(view, Sequence) else (view,)
        if not views or not all(callable(one) for one in views):
            raise TypeError(f"view must be a function or a tuple of functions, got {view!r}")
        if not is_dataclass(params) or isinstance(params, type):
            raise TypeError(f"params must be a dataclass instance, got {params!r}")
        if not isinstance(title, str) or not title.strip():
            raise ValueError(f"title must be a non-empty text, got {title!r}")
        checks.integer("seed", seed, low=0)
        self.simulate, self.views, self.reading_of, self.params = simulate, views, reading, params
        self.title, self.seed, self.bet = title, int(seed), bet
        self.name = name if name is not None else re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.name):
            raise ValueError(f"name must be lower-case words joined by hyphens, got {self.name!r}")
        self.choices = {key: _offered(key, values) for key, values in choices.items()}
        self._check_choices()
        self.labels = self._check_labels(labels or {})
        self.play = play if play is not None else next(iter(self.choices))
        if self.play not in self.choices:
            raise ValueError(f"play must be one of {', '.join(self.choices)}, got {self.play!r}")
        if bet is not None:
            self.index(**bet.reveal)

    def _check_choices(self) -> None:
        known = {field.name for field in fields(self.params)}
        if not self.choices:
            raise ValueError("choices must name at least one parameter, got none")
        for key, values in self.choices.items():
            if key not in known:
                raise ValueError(
                    f"{key} must be a parameter of {type(self.params).__name__}: {', '.join(sorted(known))}"
                )
            if len(values) < 2 or len({label(value) for value in values}) < len(values):
                raise ValueError(f"{key} must offer two or more different values, got {values!r}")
            if getattr(self.params, key) not in values:
                raise ValueError(f"{key} must offer the resting value {getattr(self.params, key)!r}, got {values!r}")
        if len(self) > MAX_STATES:
            sizes = " x ".join(f"{len(values)} ({key})" for key, values in self.choices.items())
            raise ValueError(f"choices must make at most {MAX_STATES} states, got {sizes} = {len(self)}")
        for state in self.states():
            try:
                replace(self.params, **state)
            except (TypeError, ValueError) as error:
                words = ", ".join(f"{key} = {label(value)}" for key, value in state.items())
                raise ValueError(f"choices must suit {type(self.params).__name__}, got {words}: {error}") from error

    def _check_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        for key in labels:
            if key not in self.choices:
                raise ValueError(f"labels must name a choice ({', '.join(self.choices)}), got {key!r}")
        return {key: labels.get(key, key.replace("_", " ")) for key in self.choices}

    # States -------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return prod(len(values) for values in self.choices.values())

    def states(self) -> Iterator[dict[str, Any]]:
        """Every state in the order in which it is stored: the last choice moves fastest."""
        for values in product(*self.choices.values()):
            yield dict(zip(self.choices, values, strict=True))

    @property
    def resting(self) -> dict[str, Any]:
        """The state the figure shows before anybody touches it."""
        return {key: getattr(self.params, key) for key in self.choices}

    def positions(self, **state: Any) -> list[int]:
        """Position of each control at `state`; a control that is not named rests."""
        for key, value in state.items():
            if key not in self.choices:
                raise ValueError(f"{key} must be a control of this explorable: {', '.join(self.choices)}")
            if value not in self.choices[key]:
                offered = ", ".join(label(one) for one in self.choices[key])
                raise ValueError(f"{key} must be one of {offered}, got {value!r}")
        full = self.resting | state
        return [self.choices[key].index(full[key]) for key in self.choices]

    def index(self, **state: Any) -> int:
        """Position of a state in the order of `states`."""
        position = 0
        for values, at in zip(self.choices.values(), self.positions(**state), strict=True):
            position = position * len(values) + at
        return position

    def key(self, **state: Any) -> str:
        """The state as it stands in a link: ``beta=0.25&aware=yes``."""
        at = dict(zip(self.choices, self.positions(**state), strict=True))
        return "&".join(f"{key}={label(values[at[key]])}" for key, values in self.choices.items())

    def state(self, text: str) -> dict[str, Any]:
        """The state that a link names, the inverse of `key`; a control that is not named rests.

        Raises
        ------
        ValueError : for a control or a value that is not offered, by name. A label may contain ``&`` or ``=``.
        """
        controls = "|".join(map(re.escape, self.choices))
        state = self.resting
        for part in re.split(rf"&(?=(?:{controls})=)", text) if text else []:
            key, _, words = part.partition("=")
            values = {label(value): value for value in self.choices.get(key, ())}
            if not values:
                raise ValueError(f"{key} must be a control of this explorable: {', '.join(self.choices)}")
            if words not in values:
                raise ValueError(f"{key} must be one of {', '.join(values)}, got {words!r}")
            state[key] = values[words]
        return state

    # What a state shows -------------------------------------------------------------------------------------------

    def result(self, **state: Any) -> Any:
        """The model's result at `state`."""
        self.positions(**state)
        return self.simulate(replace(self.params, **(self.resting | state)), default_rng(self.seed))

    def read(self, **state: Any) -> str:
        """The sentence for `state`, without a picture."""
        return self._words(self.result(**state))

    def frame(self, **state: Any) -> Frame:
        """Draw `state`."""
        with _uncollected():
            result = self.result(**state)
            figure = draw(self.views, result)
            return Frame(svg=to_svg(figure, self.name), reading=self._words(result), numbers=figure_numbers(figure))

    def answer(self) -> float | None:
        """What the bet is about, as the model has it."""
        return None if self.bet is None else float(self.bet.answer(self.result(**self.bet.reveal)))

    def _words(self, result: Any) -> str:
        words = self.reading_of(result)
        if not isinstance(words, str) or not words.strip():
            raise ValueError(f"reading must return a sentence, got {words!r}")
        return words

    @cached_property
    def rest(self) -> Frame:
        """The resting state, drawn."""
        return self.frame()

    # Two lives ----------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        """Stable text, which strict comparison of notebooks can hold on to: title, state and reading."""
        state = ", ".join(f"{self.labels[key]}: {label(value)}" for key, value in self.resting.items())
        return f"{self.title}\n[{state}]\n{self.read()}"

    def widget(self) -> Any:
        """The live half: an ipywidgets box, with the resting state drawn."""
        from sysalign_lib.page.live import widget  # only where there is a kernel

        return widget(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if os.environ.get(BOOK):
            from sysalign_lib.page.static import figure

            return {"text/plain": repr(self), "text/html": figure(self)}
        bundle: dict[str, Any] = self.widget()._repr_mimebundle_()
        return {**bundle, "text/plain": repr(self)}


@contextmanager
def _uncollected() -> Iterator[None]:
    """Put garbage collection off: a full one in the middle of a drawing takes longer than the drawing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _offered(key: str, values: Any) -> tuple[Any, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{key} must be a tuple of values to choose from, got {values!r}")
    return tuple(values)


def label(value: Any) -> str:
    """A choice's value as the reader sees it, and as it stands in a link."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Real):
        return f"{float(value) + 0.0:g}"
    return str(value)
