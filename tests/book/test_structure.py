"""The shape of the book: what every chapter must have, and what no page may have."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml

from tests.book.conftest import HTML, ROOT, figures, pages

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
PAPER = ("introduction", "complexity", "value_learning", "corrigibility", "interpretability", "oversight", "rlhf",
         "summary", "path_forward", "constitution")  # fmt: skip
SECTIONS = ("claim", "reproduce", "stress", "does not bite", "verdict", "exercises", "read on")


class Links(HTMLParser):
    """Collect what a page asks for and what it can be asked for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {value for key, value in attrs if key in ("id", "name") and value}
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        elif tag in ("script", "img", "iframe", "source", "video", "audio") and given.get("src"):
            self.loads.append(str(given["src"]))
        elif tag == "link" and given.get("href") and given.get("rel") not in ("canonical",):
            self.loads.append(str(given["href"]))


@cache
def links(page: Path) -> Links:
    """What a built page asks for, read once."""
    return Links(page.read_text(encoding="utf-8"))


def contents() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [entry["file"] for part in toc["parts"] for entry in part["chapters"]]


def prose(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_contents_name_every_page_once_and_chapters_stand_in_the_order_of_the_paper() -> None:
    listed = contents()
    files = {f"chapters/{path.stem}" for path in (ROOT / "chapters").iterdir() if path.suffix in (".ipynb", ".md")}
    assert len(set(listed)) == len(listed)
    assert set(listed) == files
    order = [Path(name).name for name in listed if Path(name).name in PAPER]
    assert order == [slug for slug in PAPER if slug in order]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestChapter:
    def test_every_code_cell_was_executed_in_order_without_an_error(self, path: Path) -> None:
        code = [
            cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code" and cell.source.strip()
        ]
        assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
        assert not [out for cell in code for out in cell.outputs if out.output_type == "error"]

    def test_almost_every_output_is_compared(self, path: Path) -> None:
        code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        ignored = [cell for cell in code if "nbval-ignore-output" in cell.metadata.get("tags", [])]
        skipped = [cell for cell in code if "nbval-skip" in cell.metadata.get("tags", [])]
        assert len(ignored) <= 0.05 * len(code)
        assert not skipped
        assert not re.search(r"0x[0-9a-f]{8,}", json.dumps([cell.outputs for cell in code]))

    def test_sections_of_an_argument_in_their_order(self, path: Path) -> None:
        if path.stem not in PAPER:
            return
        heads = [line.lower() for line in prose(path).splitlines() if line.startswith("## ")]
        places = [next((at for at, head in enumerate(heads) if word in head), None) for word in SECTIONS]
        assert None not in places, dict(zip(SECTIONS, places, strict=True))
        assert places == sorted(places)

    def test_an_explorable_comes_before_the_front_matter(self, path: Path) -> None:
        if path.stem in PAPER:
            page = (HTML / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8")
            page = page[page.index("<article") :]
            assert page.index('<figure class="explorable"') < page.index("<h2")
            assert 'class="ex-bet"' in page
            assert 'class="verdicts"' in page
            assert 'class="ledger' in page

    def test_exercises_have_solutions(self, path: Path) -> None:
        if path.stem in PAPER:
            asked = re.findall(r"^`{3,}\{exercise\}.*?^:label: (\S+)", prose(path), re.MULTILINE | re.DOTALL)
            solved = re.findall(r"^`{3,}\{solution\} (\S+)", prose(path), re.MULTILINE)
            assert len(asked) >= 3
            assert sorted(asked) == sorted(solved)

    def test_length_of_the_argument(self, path: Path) -> None:
        """Words up to the exercises, without formulas and markup."""
        if path.stem in PAPER:
            text = prose(path).split("## Exercises")[0]
            text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", "x", text, flags=re.DOTALL)
            text = re.sub(r"\{[a-z:]+\}`([^`<]*)(<[^`]*>)?`|\]\([^)]*\)", r"\1", text)
            assert 1500 <= len(re.findall(r"[A-Za-z][\w'-]*", text)) <= 2800

    def test_numbers_in_prose_are_glued(self, path: Path) -> None:
        """A number with three or more decimals can only come from the code."""
        code = re.compile(r"^```\w+\n.*?^```$|\{[a-z:]+\}`[^`]*`", re.DOTALL | re.MULTILINE)
        text = code.sub("", prose(path))
        assert re.findall(r"\d\.\d{3,}", text) == []


@pytest.mark.parametrize("name", pages())
def test_pages_load_only_the_book_s_own_files(name: str) -> None:
    page = links(HTML / name)
    for address in page.loads:
        assert not urlsplit(address).scheme or address.startswith("data:"), address
        assert not address.startswith("//"), address
        assert (HTML / name).parent.joinpath(unquote(urlsplit(address).path)).exists(), address


def test_style_sheets_and_scripts_name_no_other_origin_and_no_missing_file() -> None:
    for path in [*HTML.rglob("*.css"), *(HTML / "_static").glob("explorables/*.js")]:
        for address in re.findall(r"(?:url\(|@import )[\"']?([^\"')]+)", path.read_text(encoding="utf-8")):
            assert not re.match(r"(https?:)?//", address), (path.name, address[:80])
            if path.suffix == ".css" and not address.startswith(("data:", "#", "var(")):
                assert (path.parent / unquote(urlsplit(address).path)).exists(), (path.name, address[:80])


@pytest.mark.parametrize("name", pages())
def test_links_lead_somewhere(name: str) -> None:
    """Inside the book: the file exists, and the place in it, which may be a figure at a setting."""
    page = links(HTML / name)
    for address in dict.fromkeys(page.links):
        parts = urlsplit(address)
        if parts.scheme or address.startswith("//") or address in ("#", ""):
            continue
        target = (HTML / name).parent.joinpath(unquote(parts.path)).resolve() if parts.path else HTML / name
        assert target.exists(), address
        if parts.fragment and target.suffix == ".html":
            fragment = unquote(parts.fragment).split(":")[0]
            found = links(target).ids
            assert fragment in found or f"explorable-{fragment}" in found, address


def test_every_explorable_stands_in_the_book() -> None:
    from sysalign_lib.page import states

    assert {name for _, name in figures()} == set(states.discover())


def test_pages_know_their_language_and_title() -> None:
    for name in pages():
        text = (HTML / name).read_text(encoding="utf-8")
        assert '<html lang="en"' in text
        assert re.search(r"<title>[^<]+</title>", text), name


def test_the_readme_names_every_dependency_and_every_command() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [one for one in wanted if not re.search(rf"\b{re.split('[<>=]', one)[0]}\b", text)]
    assert missing == []
    commands = re.findall(r"^([a-z]+):.*?##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert [one for one in commands if f"`{one}`" not in text and f"make {one}" not in text] == []


def test_the_citation_file_has_what_its_format_asks_for() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(cited)
    assert all("name" in one or {"family-names", "given-names"} <= set(one) for one in cited["authors"])
    assert cited["version"] == project["version"]
    assert f"## {cited['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
