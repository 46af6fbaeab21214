"""The live half in a real kernel: what a front end receives when a slider is dragged."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

jupyter = pytest.importorskip("jupyter_client.manager")

ROOT = Path(__file__).resolve().parents[2]
SIZE = 121
START = f"""
from tests.page.toy import WalkParams, walk
walk(params=WalkParams(drift=0.0), drift=tuple(round(i / 200, 3) for i in range({SIZE})))
"""


class Front:
    """A front end that shows one explorable: it moves its slider and reads the words that come back."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.models: dict[str, dict[str, Any]] = {}
        asked = client.execute(START)
        for message in self._messages(60):
            content, kind = message["content"], message["msg_type"]
            assert kind != "error", content
            if kind == "comm_open":
                self.models[content["comm_id"]] = content["data"]["state"]
            if (
                kind == "status"
                and content["execution_state"] == "idle"
                and message["parent_header"]["msg_id"] == asked
            ):
                break
        self.slider = self.find("_model_name", "SelectionSliderModel")
        self.words = self.find("value", "<div aria-live")
        self.picture = self.find("value", "<svg")

    def find(self, trait: str, start: str) -> str:
        """Id of the only model that was opened with such a value: a front end can show it at once."""
        (found,) = [key for key, state in self.models.items() if str(state.get(trait, "")).startswith(start)]
        return found

    def send(self, position: int) -> None:
        data = {"method": "update", "state": {"index": position}, "buffer_paths": []}
        message = self.client.session.msg("comm_msg", {"comm_id": self.slider, "data": data})
        self.client.shell_channel.send(message)

    def shown(self, seconds: float) -> Iterator[int]:
        """Positions of the slider that the words speak of, as they arrive."""
        for message in self._messages(seconds):
            content = message["content"]
            if message["msg_type"] == "comm_msg" and content["comm_id"] == self.words:
                words = content["data"].get("state", {}).get("value", "")
                if found := re.search(r"with drift (\S+) the", words):
                    yield round(200 * float(found[1]))

    def _messages(self, seconds: float) -> Iterator[dict[str, Any]]:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                yield self.client.get_iopub_msg(timeout=left)
            except Empty:
                return


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    manager, client = jupyter.start_new_kernel(kernel_name="python3", cwd=str(ROOT))
    try:
        yield Front(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def arrive(front: Front, last: int) -> list[int]:
    seen = []
    for position in front.shown(30):
        seen.append(position)
        if position == last:
            return seen
    raise AssertionError(f"{last} was never shown: {seen}")


def test_messages_that_wait_in_the_kernel_are_coalesced_and_the_last_one_is_shown(front: Front) -> None:
    for position in range(1, SIZE):
        front.send(position)
    seen = arrive(front, SIZE - 1)
    assert len(seen) <= SIZE // 8
    assert seen == sorted(seen)


def test_a_dragged_slider_is_followed_while_it_moves(front: Front) -> None:
    front.send(0)
    arrive(front, 0)
    seen: list[int] = []
    for position in range(1, 61):
        front.send(position)
        seen += front.shown(1 / 60)
    assert len(seen) >= 3  # it does not wait for the end
    assert len(seen) < 45
    assert seen[-1] == 60 or arrive(front, 60)
