"""The kernel-free figure: the markup that the book fixes, escaped text, and a file of states that gives every frame back."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from sysalign_lib.page import states
from sysalign_lib.page.explorable import Explorable
from sysalign_lib.page.static import figure, pack, unpack
from tests.page.toy import WALK, bet, steps_view, view, walk

VOID = {"input", "br", "img", "meta", "link", "hr"}
DRAWN = {"path", "use", "rect"}


class Tree(HTMLParser):
    """Every element with its attributes, its ancestors and its text; complains about tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[dict[str, Any]] = []
        self.all: list[dict[str, Any]] = []
        self.feed(html)
        self.close()
        assert not self.open, f"left open: {[one['tag'] for one in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice: {attrs}"
        element = {"tag": tag, "at": dict(attrs), "in": [one["tag"] for one in self.open], "text": ""}
        self.all.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append({"tag": tag, "at": dict(attrs), "in": [one["tag"] for one in self.open], "text": ""})

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"closed twice: {tag}"
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for one in self.open:
            one["text"] += data

    def find(self, *tags: str) -> list[dict[str, Any]]:
        return [one for one in self.all if one["tag"] in tags]

    def classed(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.all if name in (one["at"].get("class") or "").split()]


@pytest.fixture(scope="module")
def page() -> Tree:
    return Tree(figure(WALK))


def test_one_figure_with_its_name_and_state(page: Tree) -> None:
    (outer,) = page.find("figure")
    assert outer["at"]["class"] == "explorable"
    assert outer["at"]["data-name"] == "walk"
    assert outer["at"]["data-state"] == outer["at"]["data-rest"] == WALK.key()
    assert outer["at"]["data-play"] == "drift"
    assert outer["at"]["data-version"] == states.key(WALK)
    assert "data-ready" not in outer["at"]  # a script says so, once it is true


def test_one_control_per_choice_inside_its_label(page: Tree) -> None:
    controls = [one for one in page.find("input", "select") if "data-param" in one["at"]]
    assert [one["at"]["data-param"] for one in controls] == ["drift", "ground", "tired"]
    assert [one["tag"] for one in controls] == ["input", "select", "select"]
    assert all("label" in one["in"] for one in controls)
    texts = [one["text"] for one in page.classed("ex-name")]
    assert texts == ["drift (m a step) <&>", "ground", "tired"]


def test_a_range_counts_the_choices_and_says_the_value(page: Tree) -> None:
    (control,) = page.find("input")
    at = control["at"]
    assert (at["type"], at["min"], at["max"], at["step"], at["value"]) == ("range", "0", "3", "1", "2")
    assert at["aria-valuetext"] == "0.5"
    assert json.loads(at["data-labels"]) == ["-0.5", "0", "0.5", "1"]
    (output,) = page.find("output")
    assert output["at"]["for"] == at["id"]
    assert output["text"] == "0.5"


def test_a_select_offers_the_choices_and_rests_where_the_params_do(page: Tree) -> None:
    options = [(one["text"], "selected" in one["at"]) for one in page.find("option")]
    assert options == [("firm & dry", True), ("soft", False), ("no", True), ("yes", False)]


@pytest.mark.parametrize("views", [view, (view, steps_view)])
def test_one_picture_and_one_caption_that_names_it(views: Any) -> None:
    explorable = walk(view=views)
    tree = Tree(figure(explorable))
    (svg,) = tree.find("svg")
    (caption,) = tree.find("figcaption")
    assert caption["text"] == explorable.read()
    assert caption["at"]["aria-live"] == "polite"
    assert svg["at"]["role"] == "img"
    assert svg["at"]["aria-labelledby"] == caption["at"]["id"]
    assert any("svg" in one["in"] for one in tree.find("path"))  # it is drawn before any script runs


def test_controls_wait_for_a_script_and_the_page_says_so(page: Tree) -> None:
    (fieldset,) = page.find("fieldset")
    assert "disabled" in fieldset["at"]
    assert all("fieldset" in one["in"] for one in page.find("input", "select", "button"))
    (noscript,) = page.find("noscript")
    assert "JavaScript" in noscript["text"]
    assert not page.find("script")


def test_buttons_are_buttons(page: Tree) -> None:
    assert [(one["text"], one["at"]["type"]) for one in page.find("button")] == [
        ("Play", "button"), ("Step", "button"), ("Reset", "button"), ("Copy link", "button"),
    ]  # fmt: skip


def test_the_numbers_and_the_honest_label(page: Tree) -> None:
    (details,) = page.find("details")
    assert "open" not in details["at"]
    cells = [one["text"] for one in page.find("td")]
    (table,) = WALK.rest.numbers
    assert cells == [cell for row in table["rows"] for cell in row[1:]]
    assert [one["text"] for one in page.find("th") if one["at"]["scope"] == "col"] == table["columns"]
    (honest,) = page.classed("ex-label")
    assert "16 states" in honest["text"]
    assert "seed 3" in honest["text"]


def test_ids_are_unique_in_a_figure_and_in_two_of_them(page: Tree) -> None:
    other = Tree(figure(walk(name="other")))
    ids = [one["at"]["id"] for tree in (page, other) for one in tree.all if "id" in one["at"]]
    assert len(set(ids)) == len(ids)
    for tree in (page, other):
        own = {one["at"]["id"] for one in tree.all if "id" in one["at"]}
        for one in tree.all:
            for attribute in ("for", "aria-labelledby"):
                assert set((one["at"].get(attribute) or "").split()) <= own


def test_text_is_escaped() -> None:
    html = figure(walk(bet=bet(), reading=lambda result: 'It <b>ends</b> & "stops".'))
    assert "<b>" not in html
    assert "<uphill>" not in html
    assert "<does>" not in html
    assert Tree(html).find("figcaption")[0]["text"] == 'It <b>ends</b> & "stops".'


def test_a_bet_is_hidden_until_a_script_runs_and_does_not_give_the_answer_away() -> None:
    explorable = walk(bet=bet())
    tree = Tree(figure(explorable))
    (box,) = tree.classed("ex-bet")
    assert "hidden" in box["at"]
    assert (box["at"]["data-low"], box["at"]["data-high"], box["at"]["data-unit"]) == ("-10", "10", "m")
    guess = next(one for one in tree.find("input") if one["at"]["type"] == "number")
    assert (guess["at"]["min"], guess["at"]["max"], guess["at"]["step"], guess["at"]["value"]) == (
        "-10",
        "10",
        "0.5",
        "0",
    )
    assert "label" in guess["in"]
    assert f"{explorable.answer():.3f}" not in box["text"]
    controls = [one for one in tree.find("input", "select") if "data-param" in one["at"]]
    assert len(controls) == 3


# The file of states


def unpacked(explorable: Explorable) -> dict[str, Any]:
    text = pack(explorable, (explorable.frame(**state) for state in explorable.states()))
    start = f'(window.sysalignStates=window.sysalignStates||{{}})["{explorable.name}"]='
    assert text.startswith(start)
    assert text.endswith(";\n")
    data: dict[str, Any] = json.loads(text[len(start) : -2])
    return data


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return unpacked(walk(bet=bet()))


def test_every_state_is_given_back_whole(data: dict[str, Any]) -> None:
    for index, state in enumerate(WALK.states()):
        frame = WALK.frame(**state)
        body = "\n".join(data["pool"][line] for line in data["states"][index])
        assert f"{frame.svg.split('>', 1)[0]}>\n{body}\n</svg>" == frame.svg
        assert data["readings"][index] == frame.reading
        tables = [[json.loads(data["pool"][row]) for row in one] for one in data["tables"][index]]
        assert tables == [[[one["title"]], one["columns"], *one["rows"]] for one in frame.numbers]
    assert len(data["states"]) == len(data["readings"]) == len(data["tables"]) == len(WALK)


def test_choices_stand_in_the_order_of_the_states(data: dict[str, Any]) -> None:
    assert data["choices"] == {
        "drift": ["-0.5", "0", "0.5", "1"], "ground": ["firm & dry", "soft"], "tired": ["no", "yes"],
    }  # fmt: skip
    assert list(data["choices"]) == list(WALK.choices)


def test_the_bet_and_its_answer(data: dict[str, Any]) -> None:
    assert data["answer"] == pytest.approx(WALK.result(drift=1.0).path[-1])
    assert data["reveal"] == WALK.key(drift=1.0)
    without = unpacked(WALK)
    assert without["answer"] is None
    assert without["reveal"] is None


def test_a_file_of_states_is_read_back_as_what_was_drawn() -> None:
    frames = [WALK.frame(**state) for state in WALK.states()]
    back = unpack(pack(WALK, frames))
    assert [one.reading for one in back] == [one.reading for one in frames]
    assert [one.numbers for one in back] == [one.numbers for one in frames]
    for one, frame in zip(back, frames, strict=True):
        assert one.svg.split(">", 1)[1] == frame.svg.split(">", 1)[1]


def test_what_the_pictures_share_is_stored_once(data: dict[str, Any]) -> None:
    assert len(set(data["pool"])) == len(data["pool"])
    shared = set.intersection(*(set(state) for state in data["states"]))
    assert len(shared) > 20  # axes, ticks, labels


def test_hostile_words_do_not_leave_the_file() -> None:
    words = 'It ends </script><!-- "here"\\ \u2028 now.'
    explorable = walk(reading=lambda result: words)
    text = pack(explorable, [explorable.frame()])
    assert "<!--" not in text
    start = text.index("]=") + 2
    assert unpack(text)[0].reading == words
    literal = re.sub(r"<\\!--", "<!--", text[start:-2])  # in JavaScript the backslash stands for nothing
    assert json.loads(literal)["readings"] == [words]
