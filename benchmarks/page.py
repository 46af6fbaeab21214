"""The page's budgets, measured as a reader meets them: sizes, transfer, slider to picture, kernel to picture."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from queue import Empty
from threading import Thread
from typing import Any

import numpy as np
from jupyter_client.manager import start_new_kernel
from playwright.sync_api import Browser, sync_playwright

from sysalign_lib.page import states
from sysalign_lib.page.explorable import Explorable
from tests.book import chromium
from tests.book.conftest import FLAGS, HTML, Quiet, figures, pages

MOVES = 60  # states that each control is moved to, at least
DRAG = 120  # slider messages of a drag, 60 a second
SINGLE = 40  # single moves of a slider in a live kernel


def row(what: str, measured: str, budget: str, kept: bool) -> None:
    print(f"  {what:<58} {measured:>24}   budget {budget:<14} {'kept' if kept else 'BROKEN'}", flush=True)


def zipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6))


def sizes() -> None:
    print("\nAll states of an explorable, gzip")
    for name, where in states.discover().items():
        size = zipped(HTML / "_static" / "explorables" / f"{name}.js") / 1000
        explorable = states.load(where)
        row(f"{name} ({len(explorable)} states)", f"{size:.0f} kB", "<= 150 kB", size <= 150)
        if len(explorable.choices) >= 2:
            row(f"{name}, states", str(len(explorable)), ">= 60", len(explorable) >= 60)


def serve() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HTML)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def transfer(browser: Browser, site: str) -> None:
    """Everything a page asks for before anybody touches it, each file as gzip would send it."""
    print("\nTransfer of a page before any interaction, gzip, cold cache")
    for name in pages():
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        asked: set[str] = set()
        page.on("request", lambda request, asked=asked: asked.add(request.url.split("?")[0].split("#")[0]))
        page.goto(f"{site}/{name}", wait_until="networkidle")
        page.wait_for_timeout(500)
        size = sum(zipped(HTML / one.removeprefix(site + "/")) for one in asked if one.startswith(site)) / 1000
        row(name, f"{size:.0f} kB in {len(asked)} files", "<= 400 kB", size <= 400)
        page.close()


SLIDE = """async ([name, moves]) => {
  const figure = document.querySelector(`figure.explorable[data-name="${name}"]`);
  const controls = [...figure.querySelectorAll("[data-param]")];
  const times = [];
  for (let move = 0; move < moves; move++) {
    const control = controls[move % controls.length];
    const before = figure.dataset.state;
    const start = performance.now();
    if (control.type === "range") control.value = (Number(control.value) + 1) % (Number(control.max) + 1);
    else control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    if (figure.dataset.state === before) throw new Error("nothing moved");
    figure.querySelector("svg").getBoundingClientRect();
    await new Promise((done) => requestAnimationFrame(() => { const port = new MessageChannel();
      port.port1.onmessage = done; port.port2.postMessage(0); }));
    times.push(performance.now() - start);
  }
  return times;
}"""


def slide(browser: Browser, site: str) -> None:
    """From the slider's event to the frame that shows the new picture, painted."""
    print("\nSlider to new picture in Chromium, once ready")
    for name, explorable in figures():
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(f"{site}/{name}")
        figure = page.locator(f'figure.explorable[data-name="{explorable}"]')
        figure.scroll_into_view_if_needed()
        page.wait_for_selector(f'figure[data-name="{explorable}"][data-ready="true"]')
        times = page.evaluate(SLIDE, [explorable, MOVES * 2])
        p50, p95 = np.percentile(times, [50, 95])
        row(f"{explorable} on {name}", f"median {p50:.0f}, p95 {p95:.0f} ms", "p95 <= 50 ms", p95 <= 50)
        page.close()


def kernel() -> None:
    """From a slider's message to the picture of its state, in a kernel of its own; then a drag, 60 messages a second."""
    print("\nLive kernel")
    for name, where in states.discover().items():
        explorable = states.load(where)
        manager, client = start_new_kernel(kernel_name="python3")
        try:
            hand = Hand(client, explorable, where)
            single = [hand.move(steps) for steps in range(1, SINGLE + 1)]
            behind, pictures = hand.drag()
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        p50, p95 = np.percentile(single, [50, 95])
        row(f"{name}: message to picture", f"median {p50:.0f}, p95 {p95:.0f} ms", "p95 <= 100 ms", p95 <= 100)
        row(f"{name}: behind a drag ({pictures} pictures)", f"at most {behind:.0f} ms", "<= 500 ms", behind <= 500)


class Hand:
    """A front end that moves the longest slider of an explorable and knows which state each picture shows."""

    def __init__(self, client: Any, explorable: Explorable, where: tuple[str, str]) -> None:
        ranged = {key: values for key, values in explorable.choices.items() if isinstance(values[0], int | float)}
        key = max(ranged, key=lambda one: len(ranged[one]))
        self.client, self.size, self.rest = client, len(ranged[key]), ranged[key].index(explorable.resting[key])
        pictures = [explorable.frame(**{key: value}).svg for value in ranged[key]]
        self.position = {svg[svg.index(">") :]: at for at, svg in enumerate(pictures)}
        opened: dict[str, dict[str, Any]] = {}
        client.execute(f"from {where[0]} import {where[1]}\n{where[1]}")
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["msg_type"] == "comm_open":
                opened[message["content"]["comm_id"]] = message["content"]["data"]["state"]
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle" and opened:
                break
        self.slider = next(one for one, state in opened.items() if state.get("description") == explorable.labels[key])
        self.picture = next(one for one, state in opened.items() if str(state.get("value", "")).startswith("<svg"))

    def send(self, position: int) -> float:
        content = {
            "comm_id": self.slider,
            "data": {"method": "update", "state": {"index": position}, "buffer_paths": []},
        }
        self.client.shell_channel.send(self.client.session.msg("comm_msg", content))
        return time.perf_counter()

    def shown(self, seconds: float) -> tuple[float, int] | None:
        """When the next picture came and which position it shows; None if none came in this time."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            try:
                message = self.client.get_iopub_msg(timeout=left)
            except Empty:
                return None
            content = message["content"]
            if message["msg_type"] == "comm_msg" and content["comm_id"] == self.picture:
                svg = content["data"].get("state", {}).get("value", "")
                if svg:
                    return time.perf_counter(), self.position[svg[svg.index(">") :]]
        return None

    def move(self, steps: int) -> float:
        """Milliseconds from a message to the picture of its state, so many steps from rest, after a pause."""
        position = (self.rest + steps) % self.size
        start, came = self.send(position), self.shown(10)
        if came is None or came[1] != position:
            raise SystemExit(f"the picture of position {position} did not come, got {came}")
        time.sleep(0.1)
        return 1000 * (came[0] - start)

    def drag(self) -> tuple[float, int]:
        """How old the message was, at most, that the picture on the screen still showed; and how many pictures came."""
        sent: list[tuple[float, int]] = []
        came: list[tuple[float, int]] = []
        begin = time.perf_counter()
        for beat in range(DRAG):
            position = (self.rest + SINGLE + 1 + beat) % self.size
            sent.append((self.send(position), position))
            while (left := begin + (beat + 1) / 60 - time.perf_counter()) > 0:
                if one := self.shown(left):
                    came.append(one)
        while one := self.shown(1.0):
            came.append(one)
        told = [max(at for at, position in sent if position == shown and at <= when) for when, shown in came]
        on_screen = [sent[0][0], *told]  # until a picture is replaced, it shows what it was told
        ends = [when for when, _ in came]
        return 1000 * max(end - start for start, end in zip(on_screen, ends, strict=False)), len(came)


def main() -> None:
    """Print every budget beside what was measured."""
    sizes()
    path = chromium.find()
    if path is None:
        raise SystemExit(chromium.HELP)
    for site in serve():
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            transfer(browser, site)
            slide(browser, site)
            browser.close()
    kernel()


if __name__ == "__main__":
    main()
