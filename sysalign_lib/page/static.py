"""The kernel-free half of an explorable: a figure that is complete before any script runs, and its file of states.

The markup is fixed so that anything can test it: ``<figure class="explorable" data-name>`` holds one ``<input
type="range">`` or ``<select>`` with ``data-param`` per choice, one picture and one ``<figcaption>``; ``data-ready`` is set
once every state can be shown and ``data-state`` names the state shown. ``data-version`` is the key of the recorded states:
a browser that still holds the states of an older page asks for the new ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from numbers import Real
from typing import Any

from sysalign_lib.page.explorable import Bet, Explorable, Frame, label

__all__ = ["figure", "pack", "table", "unpack"]


def figure(explorable: Explorable) -> str:
    """Return the figure's HTML: the resting picture and its words, controls that a script wakes, numbers and label."""
    from sysalign_lib.page.states import key  # which draws on `pack` below

    rest, name = explorable.rest, explorable.name
    words = f"explorable-{name}-reading"
    svg = rest.svg.replace("<svg ", f'<svg role="img" aria-labelledby="{words}" ', 1)
    controls = "\n".join(_control(explorable, key) for key in explorable.choices)
    return f"""<figure class="explorable" id="explorable-{name}" data-name="{name}" data-state="{escape(explorable.key())}"
 data-rest="{escape(explorable.key())}" data-play="{explorable.play}" data-version="{key(explorable)}">
<p class="ex-title">{escape(explorable.title)}</p>
{_bet(explorable.bet)}<div class="ex-picture">{svg}</div>
<fieldset class="ex-controls" disabled><legend class="ex-hidden">Controls of: {escape(explorable.title)}</legend>
{controls}
<div class="ex-buttons"><button type="button" class="ex-play">Play</button>
<button type="button" class="ex-step">Step</button> <button type="button" class="ex-reset">Reset</button>
<button type="button" class="ex-link">Copy link</button> <span class="ex-said" role="status"></span></div>
</fieldset>
<details class="ex-numbers"><summary>Show the numbers</summary><div class="ex-tables">{table(rest.numbers)}</div></details>
<p class="ex-label">{_honest(explorable)}<noscript> Moving the controls needs JavaScript; the picture shows the resting
state.</noscript></p>
<figcaption id="{words}" aria-live="polite">{escape(rest.reading)}</figcaption>
</figure>"""


def _honest(explorable: Explorable) -> str:
    return (
        f"{len(explorable)} states, recorded with seed {explorable.seed}; every one of them was computed by the code of this "
        "book. Run the chapter live to try other values."
    )


def _control(explorable: Explorable, key: str) -> str:
    values, resting = explorable.choices[key], explorable.resting[key]
    where, name = f"explorable-{explorable.name}-{key}", escape(explorable.labels[key])
    if all(isinstance(value, Real) and not isinstance(value, bool) for value in values):
        labels, shown = escape(json.dumps([label(value) for value in values])), escape(label(resting))
        control = (
            f'<input type="range" id="{where}" data-param="{key}" data-labels="{labels}" min="0" '
            f'max="{len(values) - 1}" step="1" value="{values.index(resting)}" aria-valuetext="{shown}">'
        )
        beside = f'<output for="{where}">{shown}</output>'
    else:
        options = "".join(f"<option{' selected' * (one == resting)}>{escape(label(one))}</option>" for one in values)
        control, beside = f'<select id="{where}" data-param="{key}">{options}</select>', ""
    return f'<div class="ex-control"><label><span class="ex-name">{name}</span>{control}</label>{beside}</div>'


def _bet(bet: Bet | None) -> str:
    if bet is None:
        return ""
    middle = bet.low + round((bet.high - bet.low) / 2 / bet.step) * bet.step
    return f"""<div class="ex-bet" data-low="{bet.low:g}" data-high="{bet.high:g}" data-unit="{escape(bet.unit)}" hidden>
<p class="ex-question"><strong>Place your bet.</strong> {escape(bet.question)}</p>
<div class="ex-guess"><label><span class="ex-name">My guess ({bet.low:g} to {bet.high:g} {escape(bet.unit)})</span>
<input type="number" min="{bet.low:g}" max="{bet.high:g}" step="{bet.step:g}" value="{middle:g}"></label>
<button type="button" class="ex-reveal">Bet and reveal</button></div>
<div class="ex-outcome" role="status"></div></div>
"""


def table(numbers: Iterable[dict[str, Any]]) -> str:
    """Return the numbers behind a picture as HTML tables."""
    parts = []
    for one in numbers:
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in one["columns"])
        rows = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in one["rows"]
        )
        parts.append(
            f"<table><caption>{escape(one['title'])}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )
    return "".join(parts)


def pack(explorable: Explorable, frames: Iterable[Frame]) -> str:
    """Return the file of states: a script that hands them to the player, so that it also loads from a folder on disk.

    The lines of all pictures are pooled: a state is a list of positions in the pool, and so are its tables.
    """
    pool: dict[str, int] = {}
    states, readings, tables = [], [], []
    for frame in frames:
        body = frame.svg[frame.svg.index(">") + 1 : frame.svg.rindex("</svg>")].strip()
        states.append([pool.setdefault(line, len(pool)) for line in body.split("\n")])
        readings.append(frame.reading)
        tables.append(
            [
                [pool.setdefault(json.dumps(row, ensure_ascii=False), len(pool)) for row in _rows(one)]
                for one in frame.numbers
            ]
        )
    data = {
        "choices": {key: [label(value) for value in values] for key, values in explorable.choices.items()},
        "pool": list(pool),
        "states": states,
        "readings": readings,
        "tables": tables,
        "answer": explorable.answer(),
        "reveal": None if explorable.bet is None else explorable.key(**explorable.bet.reveal),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<!--", "<\\!--")
    return f'(window.sysalignStates=window.sysalignStates||{{}})["{explorable.name}"]={text};\n'


def unpack(text: str) -> list[Frame]:
    """Return the frames of a file of states, in the order of `Explorable.states`, their pictures without a size."""
    data = json.loads(text[text.index('"]=') + 3 : text.rindex(";")].replace("<\\!--", "<!--"))
    pool = data["pool"]
    frames = []
    for lines, reading, tables in zip(data["states"], data["readings"], data["tables"], strict=True):
        body = "\n".join(pool[line] for line in lines)
        rows = [[json.loads(pool[row]) for row in one] for one in tables]
        numbers = [{"title": title, "columns": columns, "rows": cells} for (title,), columns, *cells in rows]
        frames.append(Frame(svg=f"<svg>\n{body}\n</svg>", reading=reading, numbers=numbers))
    return frames


def _rows(one: dict[str, Any]) -> list[list[str]]:
    return [[one["title"]], one["columns"], *one["rows"]]
