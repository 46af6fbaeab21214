"""The built book, served on this machine, and a Chromium that looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from sysalign_lib.page import states
from sysalign_lib.page.explorable import Explorable
from tests.book import chromium

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


def pages() -> list[str]:
    """Every page of the built book, by its path."""
    if not (HTML / "index.html").exists():
        raise pytest.UsageError("the book is not built; run: make book")
    return sorted(str(path.relative_to(HTML)) for path in HTML.rglob("*.html") if "_static" not in path.parts)


def figures() -> list[tuple[str, str]]:
    """Every (page, explorable) of the built book."""
    found = []
    for page in pages():
        text = (HTML / page).read_text(encoding="utf-8")
        found += [(page, name) for name in states.discover() if f'data-name="{name}"' in text]
    return found


def load(name: str) -> Explorable:
    return states.load(states.discover()[name])


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HTML)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.HELP)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()
