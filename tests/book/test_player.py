"""The player alone, on a small page of its own: what goes wrong on the way, and what is kept for another visit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from matplotlib.axes import Axes
from numpy.random import Generator
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sysalign_lib.page import states, static
from sysalign_lib.page.explorable import Bet, Explorable
from tests.book.conftest import Quiet

pytestmark = pytest.mark.browser


class Odd(StrEnum):
    """Labels that mean something in an address."""

    AND = "a & b=c"
    SHARE = "50%"
    SUM = "1+1 #2"


@dataclass(frozen=True, kw_only=True)
class DotParams:
    """Where the dot is."""

    place: float = 2e6
    kind: Odd = Odd.SHARE


@dataclass(frozen=True, kw_only=True)
class DotResult:
    """The dot."""

    params: DotParams


def simulate(params: DotParams, rng: Generator) -> DotResult:
    """No dice are thrown."""
    return DotResult(params=params)


def view(ax: Axes, result: DotResult) -> None:
    """Draw the dot."""
    ax.plot([result.params.place], [0], "o", label="dot")
    ax.set(xlim=(0, 5e6), ylim=(-1, 1), xlabel="place (m)", ylabel="height (m)")


def reading(result: DotResult) -> str:
    """Say where the dot is."""
    return f"The dot of kind {result.params.kind} is at {result.params.place:g} m."


def place(result: DotResult) -> float:
    """Where the dot is."""
    return result.params.place


def dot(name: str) -> Explorable:
    """An explorable of the dot."""
    bet = Bet(question="Where?", low=0, high=5e6, step=1e6, unit="m", reveal={"place": 4e6}, answer=place)
    places = tuple(1e6 * i for i in range(1, 5))
    return Explorable(
        simulate, view, reading, DotParams(), title=name, name=name, seed=0, bet=bet, place=places, kind=tuple(Odd)
    )


DOT = dot("dot")
PLAYER = Path(static.__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page as the book makes it, with two figures that differ in name."""
    root = tmp_path_factory.mktemp("page")
    (root / "_static" / "explorables").mkdir(parents=True)
    figures = []
    for name in ("dot", "far"):
        one = dot(name)
        frames = [one.frame(**state) for state in one.states()]
        (root / "_static" / "explorables" / f"{name}.js").write_text(static.pack(one, frames), encoding="utf-8")
        figures.append(static.figure(one))
    for name in ("player.js", "player.css"):
        (root / "_static" / name).write_bytes((PLAYER / name).read_bytes())
    head = '<meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" href="_static/player.css">'
    script = '<script defer src="_static/player.js"></script>'
    body = f'{figures[0]}<a id="go" href="#dot:place=1e+06">link</a><p style="height: 4000px"></p>{figures[1]}'
    (root / "index.html").write_text(
        f'<!doctype html><html lang="en"><head>{head}{script}</head><body>{body}</body></html>'
    )
    return root


@pytest.fixture(scope="module")
def small(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
    server.shutdown()
    server.server_close()


@pytest.fixture
def reader(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 800, "height": 900})
    context.set_default_timeout(10_000)
    yield context
    context.close()


def visit(reader: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """Open a page in a tab of its own; also return what the console complains about from now on."""
    page, complaints = reader.new_page(), []
    page.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    return page, complaints


def figure(page: Page, name: str = "dot", ready: bool = True) -> Any:
    found = page.locator(f'figure[data-name="{name}"]')
    if ready:
        expect(found).to_have_attribute("data-ready", "true")
    return found


def shows(found: Any, **state: Any) -> None:
    expect(found).to_have_attribute("data-state", DOT.key(**state))
    expect(found.locator("figcaption")).to_have_text(DOT.read(**state))


@pytest.mark.parametrize("state", [state for at, state in enumerate(DOT.states()) if at % 4 == 1 or at < 3])
def test_whatever_a_label_holds_its_link_leads_back_to_the_state(
    reader: BrowserContext, small: str, state: dict[str, Any]
) -> None:
    page, complaints = visit(reader, small)
    found = figure(page)
    for key, value in state.items():
        position = DOT.choices[key].index(value)
        control = found.locator(f'[data-param="{key}"]')
        if control.get_attribute("type") == "range":
            control.fill(str(position))
        else:
            control.select_option(index=position)
    shows(found, **state)
    found.get_by_role("button", name="Copy link").click()
    address = page.url
    assert "#dot:" in address
    assert DOT.state(re.sub(r"%([0-9A-F]{2})", lambda hex: chr(int(hex[1], 16)), address.split("#dot:")[1])) == state
    again, more = visit(reader, address)
    shows(figure(again), **state)
    assert complaints + more == []


def test_an_address_typed_by_hand_need_not_be_encoded(reader: BrowserContext, small: str) -> None:
    page, complaints = visit(reader, f"{small}#dot:kind=50%&place=3e+06")
    shows(figure(page), place=3e6)
    page.evaluate("location.hash = '#dot:place=nonsense'")
    expect(figure(page).locator(".ex-said")).to_contain_text("place = nonsense")
    shows(figure(page), place=3e6)
    assert complaints == []


@pytest.mark.parametrize("broken", ["missing", "empty", "half"])
def test_states_that_do_not_load_are_said_and_can_be_asked_for_again(
    reader: BrowserContext, small: str, folder: Path, broken: str
) -> None:
    text = (folder / "_static" / "explorables" / "dot.js").read_text(encoding="utf-8")
    body = {"missing": None, "empty": "", "half": text[: len(text) // 2]}[broken]

    def answer(route: Any) -> None:
        if body is None:
            route.abort()
        else:
            route.fulfill(body=body, content_type="text/javascript")

    reader.route("**/dot.js*", answer)
    page, complaints = visit(reader, small)
    found = figure(page, ready=False)
    again = found.get_by_role("button", name="Try again")
    expect(found.get_by_role("status").filter(has_text="could not be loaded")).to_be_visible()
    assert found.get_attribute("data-ready") is None
    expect(found.locator("figcaption")).to_have_text(DOT.read())
    expect(found.locator("fieldset")).to_have_attribute("disabled", "")
    event = "requestfailed" if body is None else "requestfinished"
    for button in (again, found.locator(".ex-bet button")):  # a bet asks for them, too
        with page.expect_event(event):
            button.click()
        expect(again).to_be_visible()  # it failed once more
    assert not [one for one in complaints if "Uncaught" in one and "SyntaxError" not in one]
    reader.unroute("**/dot.js*")
    again.click()
    figure(page)
    expect(found.locator(".ex-failed")).to_have_count(0)
    found.locator('[data-param="place"]').fill("0")
    shows(found, place=1e6)


def test_states_are_asked_for_by_version_and_not_before_they_are_near(reader: BrowserContext, small: str) -> None:
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url.split("/")[-1]))
    page, _ = visit(reader, small)
    figure(page)
    scripts = [one for one in asked if one.startswith(("dot.js", "far.js"))]
    assert len(scripts) == 1
    assert scripts[0] == f"dot.js?v={states.key(DOT)}"
    page.locator('figure[data-name="far"]').scroll_into_view_if_needed()
    figure(page, "far")


def test_a_guess_is_kept_for_the_next_visit_and_leaves_the_page_with_nobody(reader: BrowserContext, small: str) -> None:
    page, complaints = visit(reader, small)
    box = figure(page).locator(".ex-bet")
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    box.locator("input").fill("1000000")
    box.get_by_role("button").click()
    expect(box.locator(".ex-outcome")).to_contain_text("You said 1000000 m; the model says 4000000 m.")
    left = [mark.evaluate("one => one.style.left") for mark in box.locator(".ex-mark").all()]
    assert left == ["20%", "80%"]
    shows(figure(page), place=4e6)
    assert asked == []
    again, more = visit(reader, small)
    box = figure(again).locator(".ex-bet")
    expect(box.locator(".ex-outcome")).to_contain_text("You said 1000000 m")
    assert box.locator("input").input_value() == "1000000"
    shows(figure(again))  # the reader is not moved
    assert complaints + more == []


@pytest.mark.parametrize("kept", ["many", "", "9e9", "1500000", "-1"])
def test_a_guess_that_could_not_be_made_now_is_not_shown(reader: BrowserContext, small: str, kept: str) -> None:
    page, _ = visit(reader, small)
    page.evaluate("kept => localStorage.setItem('sysalign-bet-dot', kept)", kept)
    again, complaints = visit(reader, small)
    box = figure(again).locator(".ex-bet")
    assert box.locator(".ex-outcome").inner_text() == ""
    box.locator("input").fill(kept if kept not in ("many", "") else "7")
    box.get_by_role("button").click()
    again.wait_for_timeout(50)
    assert box.locator(".ex-outcome").inner_text() == ""
    assert complaints == []


def test_a_link_that_is_followed_while_it_plays_stops_it_and_stays_in_the_address(
    reader: BrowserContext, small: str
) -> None:
    page, complaints = visit(reader, small)
    found = figure(page)
    button = found.locator(".ex-play")
    button.click()
    assert button.inner_text() == "Pause"
    assert button.get_attribute("aria-pressed") is None  # a name that changes and a state that changes contradict
    page.locator("#go").click()
    shows(found, place=1e6)
    assert button.inner_text() == "Play"
    page.wait_for_timeout(900)
    shows(found, place=1e6)
    assert page.url.endswith("#dot:place=1e+06")
    assert complaints == []


def test_a_dragged_slider_asks_for_few_changes_of_the_address_and_the_last_one_stands(
    reader: BrowserContext, small: str
) -> None:
    page, complaints = visit(reader, small)
    found = figure(page)
    page.evaluate("""() => {
      const change = history.replaceState;
      window.changes = 0;
      history.replaceState = (...all) => { window.changes += 1; return change.apply(history, all); };
    }""")
    page.evaluate("""async () => {
      const slider = document.querySelector('figure [data-param="place"]');
      for (let move = 0; move <= 240; move++) {
        slider.value = move % 4;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => setTimeout(done, 5));
      }
    }""")
    shows(found, place=1e6)
    page.wait_for_function("location.hash.includes('place=1e+06')")
    assert 2 <= page.evaluate("window.changes") <= 20
    assert complaints == []


def test_a_word_about_an_earlier_setting_goes_when_the_setting_changes(reader: BrowserContext, small: str) -> None:
    page, _ = visit(reader, small)
    found = figure(page)
    found.get_by_role("button", name="Copy link").click()
    expect(found.locator(".ex-said")).not_to_be_empty()
    found.get_by_role("button", name="Step").click()
    expect(found.locator(".ex-said")).to_be_empty()


def test_paper_is_light_whatever_the_theme(reader: BrowserContext, small: str) -> None:
    page, _ = visit(reader, small)
    ink = "getComputedStyle(document.querySelector('.ex-picture svg')).color"
    light = page.evaluate(ink)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(ink) != light
    page.emulate_media(media="print")
    assert page.evaluate(ink) == light
