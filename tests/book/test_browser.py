"""What a reader meets: every page and every explorable of the built book, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sysalign_lib.page.explorable import Frame
from tests.book.conftest import HTML, figures, load, pages
from tests.drawn import drawn

pytestmark = pytest.mark.browser
SAME = """([figure, svg]) => {
  const other = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
  const plain = (node) => node.innerHTML.replace(/\\s+/g, " ").trim();
  return plain(figure.querySelector(".ex-picture svg")) === plain(other);
}"""

# The pages that are generated repeat the same few kinds of entry hundreds of times: the first ones of each list are looked at.
THINNED = """() => document.querySelectorAll("main dl, main ul, main ol, main tbody, main section").forEach((list) => {
  [...list.children].slice(8).forEach((one) => one.remove());
})"""


@contextmanager
def visit(browser: Browser, url: str, **context: Any) -> Iterator[Page]:
    """Open a page and, on leaving, insist that nothing was wrong and nothing came from elsewhere."""
    opened = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, "reduced_motion": "reduce"} | context)
    page = opened.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on(
        "console",
        lambda message: (
            errors.append(f"{message.text} {message.location}") if message.type in ("error", "warning") else None
        ),
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    yield page
    opened.close()
    origin = "file://" if url.startswith("file://") else "/".join(url.split("/")[:3])
    assert not errors
    assert [one for one in asked if not one.startswith((origin, "data:", "blob:"))] == []


def ready(page: Page, name: str) -> Any:
    """The figure of that name, once all its states can be shown."""
    figure = page.locator(f'figure.explorable[data-name="{name}"]')
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_attribute("data-ready", "true", timeout=10_000)
    return figure


@cache
def frames(name: str) -> dict[str, Frame]:
    """What the build drew, which the contract tests hold against what Python draws now."""
    return drawn(load(name))


def frame_of(name: str, **state: Any) -> Frame:
    """What Python shows at a state, as the build drew it, or drawn now where there is no such build."""
    explorable = load(name)
    return frames(name).get(explorable.key(**state)) or explorable.frame(**state)


def matches(figure: Any, name: str, **state: Any) -> None:
    """The page shows for this state exactly what Python shows."""
    explorable, frame = load(name), frame_of(name, **state)
    expect(figure).to_have_attribute("data-state", explorable.key(**state))
    expect(figure.locator("figcaption")).to_have_text(frame.reading)
    assert figure.evaluate("(figure, svg) => (" + SAME + ")([figure, svg])", frame.svg), f"picture at {state}"


@pytest.mark.parametrize("name", pages())
@pytest.mark.parametrize(("theme", "width"), [("light", 1200), ("dark", 390)])
def test_page_is_sound_in_both_themes_and_widths(
    browser: Browser, site: str, name: str, theme: str, width: int
) -> None:
    """Contrast depends on the theme and layout on the width, neither on both: two runs see all four."""
    with visit(browser, f"{site}/{name}", viewport={"width": width, "height": 900}, color_scheme=theme) as page:
        page.wait_for_function("document.documentElement.dataset.theme")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        page.evaluate(THINNED)
        found = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
        bad = [
            (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0].get("failureSummary", "")[:300])
            for one in found
            if one["impact"] in ("serious", "critical") or one["id"] == "region"
        ]
        assert not bad


@pytest.mark.parametrize("name", pages())
def test_page_does_not_scroll_sideways_on_a_small_phone(browser: Browser, site: str, name: str) -> None:
    with visit(browser, f"{site}/{name}", viewport={"width": 360, "height": 740}) as page:
        wide = page.evaluate("""() => [...document.querySelectorAll("body *")].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.width && box.right > innerWidth + 1 && getComputedStyle(one).position !== "fixed";
        }).map((one) => one.outerHTML.slice(0, 120))""")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, wide[:5]


def moves_by_keys(figure: Any, name: str) -> dict[str, Any]:
    """Home, End and an arrow on every control, each time the picture and words of Python; the state it ends in."""
    explorable = load(name)
    state = dict(explorable.resting)
    matches(figure, name, **state)
    for key, values in explorable.choices.items():
        control = figure.locator(f'[data-param="{key}"]')
        control.focus()
        assert control.evaluate("one => one === document.activeElement")
        for press, position in (("Home", 0), ("End", len(values) - 1), ("ArrowUp", None)):
            control.press(press)
            at = control.evaluate('one => one.type === "range" ? Number(one.value) : one.selectedIndex')
            if position is not None:
                assert at == position
            state[key] = values[at]
            matches(figure, name, **state)
    return state


def shows_numbers(figure: Any, name: str, state: dict[str, Any]) -> None:
    """The tables behind the picture are Python's."""
    figure.get_by_text("Show the numbers").click()
    numbers = frame_of(name, **state).numbers
    shown = figure.locator(".ex-tables table")
    expect(shown).to_have_count(len(numbers))
    for at, one in enumerate(numbers):
        rows = shown.nth(at).locator("tbody tr")
        expect(rows).to_have_count(len(one["rows"]))
        cells = [re.sub(r"\s+", " ", text).strip() for text in rows.nth(0).locator("th, td").all_inner_texts()]
        assert cells == [re.sub(r"\s+", " ", str(cell)).strip() for cell in one["rows"][0]]


def obeys_buttons(page: Page, figure: Any, name: str) -> str:
    """Reset, step, copy and, where motion is reduced, a play of one step; the address that was copied."""
    explorable = load(name)
    values = explorable.choices[explorable.play]
    following = values[(values.index(explorable.resting[explorable.play]) + 1) % len(values)]
    figure.get_by_role("button", name="Reset").click()
    matches(figure, name)
    figure.get_by_role("button", name="Step").click()
    matches(figure, name, **{explorable.play: following})
    figure.get_by_role("button", name="Copy link").click()
    expect(figure.locator(".ex-said")).to_have_text("Link copied.")
    figure.get_by_role("button", name="Reset").click()
    figure.get_by_role("button", name="Play").click()
    matches(figure, name, **{explorable.play: following})
    page.wait_for_timeout(900)
    matches(figure, name, **{explorable.play: following})
    return str(page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.parametrize(("page_name", "name"), figures())
class TestExplorable:
    """One visit to a figure, in which everything is done that a reader can do; a second one by its links."""

    def test_keys_buttons_and_tables_show_what_python_shows(
        self, browser: Browser, site: str, page_name: str, name: str
    ) -> None:
        with visit(browser, f"{site}/{page_name}", permissions=["clipboard-read", "clipboard-write"]) as page:
            figure = ready(page, name)
            state = moves_by_keys(figure, name)
            assert f"#{name}:" in page.url
            shows_numbers(figure, name, state)
            copied = obeys_buttons(page, figure, name)
            assert copied.startswith(f"{site}/{page_name}#{name}:")

    def test_deep_link_restores_the_state(self, browser: Browser, site: str, page_name: str, name: str) -> None:
        explorable = load(name)
        state = {key: values[-1] for key, values in explorable.choices.items()}
        with visit(browser, f"{site}/{page_name}#{name}:{explorable.key(**state)}") as page:
            matches(ready(page, name), name, **state)
            page.evaluate(f"location.hash = '#{name}:{next(iter(state))}=nonsense'")
            figure = ready(page, name)
            expect(figure.locator(".ex-said")).to_contain_text("nonsense")


@pytest.mark.parametrize(("page_name", "name"), [(page, name) for page, name in figures() if load(name).bet])
def test_bet_is_kept_here_and_drawn_beside_the_answer(browser: Browser, site: str, page_name: str, name: str) -> None:
    explorable = load(name)
    assert explorable.bet is not None
    with visit(browser, f"{site}/{page_name}") as page:
        box = ready(page, name).locator(".ex-bet")
        guess = f"{explorable.bet.low:g}"
        box.locator("input").fill(guess)
        box.get_by_role("button").click()
        expect(box.locator(".ex-outcome")).to_contain_text(f"You said {guess}")
        expect(box.locator(".ex-mark")).to_have_count(2)
        matches(ready(page, name), name, **explorable.bet.reveal)
        page.reload()
        expect(ready(page, name).locator(".ex-outcome")).to_contain_text(f"You said {guess}")


@pytest.mark.parametrize("page_name", sorted({page for page, _ in figures()}))
class TestPage:
    """What a page does for all its figures at once."""

    def test_works_from_a_folder(self, browser: Browser, page_name: str) -> None:
        with visit(browser, f"{(HTML / page_name).as_uri()}") as page:
            for name in (name for where, name in figures() if where == page_name):
                explorable = load(name)
                key, values = next(iter(explorable.choices.items()))
                figure = ready(page, name)
                figure.locator(f'[data-param="{key}"]').press("End")
                matches(figure, name, **{key: values[-1]})

    def test_a_link_in_the_text_brings_the_whole_picture_into_view(
        self, browser: Browser, site: str, page_name: str
    ) -> None:
        """From a link above its figure and from one far below it, on a laptop."""
        with visit(browser, f"{site}/{page_name}", viewport={"width": 1280, "height": 800}) as page:
            links = page.locator("a.state-link").filter(visible=True).all()
            for link in {0: links[0], 1: links[-1]}.values() if links else ():
                name, state = str(link.get_attribute("href"))[1:].split(":", 1)
                link.click()
                figure = page.locator(f'figure.explorable[data-name="{name}"]')
                expect(figure).to_have_attribute("data-state", unquote(state))
                top, bottom = figure.locator(".ex-picture").evaluate(
                    "one => [one.getBoundingClientRect().top, one.getBoundingClientRect().bottom]"
                )
                assert top >= 0
                assert bottom <= 800 or top < 120

    def test_without_scripts_the_resting_pictures_and_words_are_there(
        self, browser: Browser, site: str, page_name: str
    ) -> None:
        with visit(browser, f"{site}/{page_name}", java_script_enabled=False) as page:
            for name in (name for where, name in figures() if where == page_name):
                figure = page.locator(f'figure.explorable[data-name="{name}"]')
                expect(figure.locator(".ex-picture svg")).to_be_visible()
                expect(figure.locator("figcaption")).to_have_text(load(name).read())
                expect(figure.locator("noscript")).to_be_visible()
                assert "JavaScript" in figure.locator("noscript").evaluate("one => one.textContent")
            boxes = page.locator("figure.explorable .ex-bet").count()
            assert boxes == sum(1 for where, name in figures() if where == page_name and load(name).bet)


@pytest.mark.parametrize(
    ("page_name", "name"), list({page: (page, name) for page, name in reversed(figures())}.values())
)
class TestPlayer:
    """What is the same for every figure, on one figure of each page."""

    def test_play_moves_and_pauses(self, browser: Browser, site: str, page_name: str, name: str) -> None:
        with visit(browser, f"{site}/{page_name}", reduced_motion="no-preference") as page:
            figure = ready(page, name)
            figure.get_by_role("button", name="Play").click()
            seen = set()
            for _ in range(3):
                seen.add(figure.get_attribute("data-state"))
                page.wait_for_timeout(800)
            assert len(seen) >= 2
            figure.get_by_role("button", name="Pause").click()
            state = figure.get_attribute("data-state")
            page.wait_for_timeout(900)
            assert figure.get_attribute("data-state") == state

    def test_a_link_to_nothing_says_so_and_shows_the_figure_at_rest(
        self, browser: Browser, site: str, page_name: str, name: str
    ) -> None:
        with visit(browser, f"{site}/{page_name}#{name}:{load(name).play}=nonsense") as page:
            figure = ready(page, name)
            expect(figure.locator(".ex-said")).to_contain_text("nonsense")
            matches(figure, name)

    def test_targets_are_large_enough(self, browser: Browser, site: str, page_name: str, name: str) -> None:
        with visit(browser, f"{site}/{page_name}", viewport={"width": 360, "height": 740}) as page:
            figure = ready(page, name)
            for control in figure.locator("input, select, button, summary").all():
                box = control.bounding_box()
                if box is not None:
                    assert min(box["width"], box["height"]) >= 24, control.evaluate(
                        "one => one.outerHTML.slice(0, 120)"
                    )

    def test_print_shows_picture_and_words_only(self, browser: Browser, site: str, page_name: str, name: str) -> None:
        with visit(browser, f"{site}/{page_name}") as page:
            figure = ready(page, name)
            page.emulate_media(media="print")
            expect(figure.locator(".ex-picture svg")).to_be_visible()
            expect(figure.locator("figcaption")).to_be_visible()
            expect(figure.locator(".ex-controls")).to_be_hidden()


def test_search_finds_a_word_of_the_chapter(browser: Browser, site: str) -> None:
    with visit(browser, f"{site}/search.html?q=hysteresis") as page:
        expect(page.locator("#search-results li").first).to_be_visible(timeout=10_000)


def test_the_theme_switch_works_by_keyboard(browser: Browser, site: str) -> None:
    with visit(browser, f"{site}/index.html") as page:
        button = page.locator("button.theme-switch-button").first
        seen = set()
        for _ in range(3):
            button.press("Enter")
            seen.add(page.evaluate("document.documentElement.dataset.theme"))
        assert seen >= {"light", "dark"}


def test_reading_follows_the_theme(browser: Browser, site: str) -> None:
    """Ink of pictures and of the page change together."""
    inks = []
    for theme in ("light", "dark"):
        with visit(browser, f"{site}/{figures()[0][0]}", color_scheme=theme) as page:
            ready(page, figures()[0][1])
            inks.append(page.evaluate("getComputedStyle(document.querySelector('.ex-picture svg')).color"))
    assert inks[0] != inks[1]
