"""Recorded states: found by themselves, renewed when and only when their code changes, whole or absent, and the same bytes
from one process or from many.

The tests work on a copy of `core` and `page` with two small chapters beside them, each step in a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import sysalign_lib

LIBRARY = Path(sysalign_lib.__path__[0])

MODEL = '''
"""A model."""
import os, time
from dataclasses import dataclass
from sysalign_lib.core import checks
from sysalign_lib.{slug}.rules import BASE

@dataclass(frozen=True, kw_only=True)
class DotParams:
    height: float = 0.0
    width: int = 1
    hidden: float = 1.0

@dataclass(frozen=True, kw_only=True)
class DotResult:
    params: DotParams
    place: float

def simulate(params, rng):
    checks.number("height", params.height)
    time.sleep(float(os.environ.get("{SLUG}_SLEEP", "0")))
    return DotResult(params=params, place=params.height * params.hidden + BASE + 0.01 * rng.standard_normal())

def reading(result):
    return f"The dot is at {{result.place:.4f}}, {{result.params.width}} wide."

def place(result):
    return result.place
'''
VIEW = '''
"""A picture."""
def view(ax, result):
    ax.plot([result.params.width], [result.place], "o", label="dot")
    ax.set(xlim=(0, 4), ylim=(-5, 5), xlabel="x", ylabel="y")
'''
EXPLORABLES = '''
"""What the reader may push."""
from sysalign_lib.{slug}.dot import DotParams, place, reading, simulate
from sysalign_lib.{slug}.views import view
from sysalign_lib.page import Bet, Explorable

SEED = 1
DOT = Explorable(
    simulate, view, reading, DotParams(), title="A {slug} dot", seed=SEED,
    bet=Bet(question="Where?", low=0, high=1, step=0.1, unit="m", reveal={{"height": 1.0}}, answer=place),
    height=(-1.0, 0.0, 1.0), width=(1, 2, 3),
)
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    copy = tmp_path / "tree" / "sysalign_lib"
    copy.mkdir(parents=True)
    for name in ("core", "page"):
        shutil.copytree(LIBRARY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(LIBRARY / "__init__.py", copy)
    for slug in ("red", "blue"):
        folder = copy / slug
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "rules.py").write_text("BASE = 1.0\n")
        (folder / "dot.py").write_text(MODEL.format(slug=slug, SLUG=slug.upper()))
        (folder / "views.py").write_text(VIEW)
        (folder / "explorables.py").write_text(EXPLORABLES.format(slug=slug))
        (folder / "unrelated.py").write_text("UNRELATED = 1\n")
    (copy / "plain").mkdir()
    (copy / "plain" / "__init__.py").write_text("")
    return copy.parent


def environment(**more: str) -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {**clean, "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(tree: Path, script: str, **more: str) -> Any:
    """Run a script in the copy, and return what it prints as JSON."""
    start = "import json, sys\nfrom pathlib import Path\nfrom sysalign_lib.page import states\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", start + script],
        cwd=tree,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


KEYS = """
def keys(): return {name: states.key(states.load(where)) for name, where in states.discover().items()}
"""


def test_every_explorable_is_found_and_nothing_else(tree: Path) -> None:
    assert run(tree, "print(json.dumps(states.discover()))") == {
        "a-blue-dot": ["sysalign_lib.blue.explorables", "DOT"],
        "a-red-dot": ["sysalign_lib.red.explorables", "DOT"],
    }


def test_two_explorables_of_one_name_are_refused(tree: Path) -> None:
    place = tree / "sysalign_lib/blue/explorables.py"
    place.write_text(place.read_text().replace("A blue dot", "A red dot"))
    script = "try: states.discover()\nexcept ValueError as error: print(json.dumps(str(error)))"
    message = run(tree, script)
    assert message.startswith("name must be unique in the book, got 'a-red-dot' in sysalign_lib.red.explorables")


def test_a_key_changes_with_the_code_it_reaches_and_only_then(tree: Path) -> None:
    script = (
        KEYS
        + """
before, seen = keys(), {}
assert keys() == before
root = Path("sysalign_lib")
for name in ("red/dot.py", "red/rules.py", "red/views.py", "core/checks.py", "page/style.py", "page/explorable.py",
             "page/static.py", "red/unrelated.py", "red/explorables.py", "page/live.py", "page/cards.py", "core/sweep.py"):
    text = (root / name).read_text()
    (root / name).write_text(text + "\\n# a remark\\n")
    after = keys()
    seen[name] = [one for one in before if after[one] != before[one]]
    (root / name).write_text(text)
    assert keys() == before, name
print(json.dumps(seen))
"""
    )
    seen = run(tree, script)
    both = ["a-blue-dot", "a-red-dot"]
    for name in ("red/dot.py", "red/rules.py", "red/views.py"):
        assert seen[name] == ["a-red-dot"], name
    for name in ("core/checks.py", "page/style.py", "page/explorable.py", "page/static.py"):
        assert seen[name] == both, name
    for name in ("red/unrelated.py", "page/live.py", "page/cards.py", "core/sweep.py"):
        assert seen[name] == [], name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SEED = 1", "SEED = 2"),
        ("DotParams()", "DotParams(hidden=2.0)"),
        ("DotParams()", "DotParams(height=1.0)"),
        ("(-1.0, 0.0, 1.0)", "(-1.0, 0.0, 1.0, 2.0)"),
        ("(-1.0, 0.0, 1.0)", "(1.0, 0.0, -1.0)"),
        ("answer=place", "answer=lambda result: 2 * result.place"),
        ('{"height": 1.0}', '{"height": -1.0}'),
    ],
)
def test_a_key_changes_with_what_the_explorable_is_given(tree: Path, old: str, new: str) -> None:
    place = tree / "sysalign_lib/red/explorables.py"
    text = place.read_text()
    assert old in text
    (tree / "sysalign_lib/green").mkdir()
    (tree / "sysalign_lib/green/__init__.py").write_text("")
    changed = text.replace(old, new)
    (tree / "sysalign_lib/green/explorables.py").write_text(changed.replace('title="A', 'name="again", title="A'))
    (tree / "sysalign_lib/red/explorables.py").write_text(text.replace('title="A', 'name="again", title="A'))
    script = """
from sysalign_lib.green import explorables as green
from sysalign_lib.red import explorables as red
print(json.dumps([states.key(red.DOT), states.key(green.DOT)]))
"""
    first, second = run(tree, script)
    assert first != second


@pytest.mark.parametrize(
    ("start", "simulate"),
    [
        ("from functools import partial", "partial(simulate)"),
        ("class Bound:\n    def __call__(self, params, rng): return simulate(params, rng)", "Bound()"),
        ("def adapt(params, rng): return simulate(params, rng)", "adapt"),
        ("", "lambda params, rng: simulate(params, rng)"),
    ],
)
def test_a_key_sees_through_adapters_and_is_the_same_in_every_process(tree: Path, start: str, simulate: str) -> None:
    place = tree / "sysalign_lib/red/explorables.py"
    text = place.read_text().replace("SEED = 1", f"SEED = 1\n{start}").replace("    simulate, view", f"    {simulate}, view")
    place.write_text(text)
    script = KEYS + "print(json.dumps(keys()['a-red-dot']))"
    first = run(tree, script, PYTHONHASHSEED="1")
    assert run(tree, script, PYTHONHASHSEED="2") == first
    model = tree / "sysalign_lib/red/rules.py"
    model.write_text("BASE = 2.0\n")
    assert run(tree, script) != first


SERIAL = """
from sysalign_lib.page.static import pack
folder = Path("serial")
folder.mkdir()
for name, where in states.discover().items():
    explorable = states.load(where)
    text = pack(explorable, [explorable.frame(**state) for state in explorable.states()])
    (folder / f"{name}.{states.key(explorable)}.js").write_text(text, encoding="utf-8")
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_many_processes_give_the_bytes_of_one(tree: Path) -> None:
    run(tree, SERIAL)
    run(tree, "states.build(Path('many'), workers=2, quiet=True)")
    run(tree, "states.build(Path('one'), workers=1, quiet=True)")
    serial = contents(tree / "serial")
    assert len(serial) == 2
    assert contents(tree / "many") == serial
    assert contents(tree / "one") == serial


def test_only_what_changed_is_drawn_again_and_what_is_outdated_goes(tree: Path) -> None:
    script = "print(json.dumps({k: str(v) for k, v in states.build(Path('out'), workers=1, quiet=True).items()}))"
    first = run(tree, script)
    times = {path.name: path.stat().st_mtime_ns for path in (tree / "out").iterdir()}
    assert run(tree, script.replace("workers=1", "workers=0 or 1"), RED_SLEEP="60", BLUE_SLEEP="60") == first
    assert {path.name: path.stat().st_mtime_ns for path in (tree / "out").iterdir()} == times
    (tree / "sysalign_lib/red/rules.py").write_text("BASE = 2.0\n")
    second = run(tree, script, BLUE_SLEEP="60")  # blue would take too long if it were drawn again
    assert second["a-blue-dot"] == first["a-blue-dot"]
    assert second["a-red-dot"] != first["a-red-dot"]
    assert {path.name for path in (tree / "out").iterdir()} == {Path(one).name for one in second.values()}
    assert Path(tree / second["a-blue-dot"]).stat().st_mtime_ns == times[Path(second["a-blue-dot"]).name]
    assert "The dot is at 2." in (tree / second["a-red-dot"]).read_text()


def test_some_names_leave_the_others_alone(tree: Path) -> None:
    run(tree, "states.build(Path('out'), workers=1, quiet=True)")
    (tree / "sysalign_lib/blue/rules.py").write_text("BASE = 2.0\n")
    before = contents(tree / "out")
    run(tree, "states.build(Path('out'), ['a-red-dot'], workers=1, quiet=True)")
    assert contents(tree / "out") == before


def test_files_that_are_not_states_are_left_alone(tree: Path) -> None:
    (tree / "out" / "folder").mkdir(parents=True)
    (tree / "out" / "notes.txt").write_text("mine")
    run(tree, "states.build(Path('out'), ['a-red-dot'], workers=1, quiet=True); states.build(Path('out'), quiet=True)")
    assert (tree / "out" / "notes.txt").read_text() == "mine"


def test_killed_while_drawing_leaves_nothing_that_would_be_trusted(tree: Path) -> None:
    run(tree, SERIAL)
    serial, out = contents(tree / "serial"), tree / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "sysalign_lib.page.states", "out"],
        cwd=tree,
        env=environment(RED_SLEEP="0.4"),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not list(out.glob("a-blue-dot.*.js")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    left = {name: text for name, text in contents(out).items() if name.endswith(".js")}
    assert [name.split(".")[0] for name in left] == ["a-blue-dot"]  # the other one was still being drawn
    assert all(serial[name] == text for name, text in left.items())
    run(tree, "states.build(Path('out'), workers=1, quiet=True)")
    assert contents(out) == serial


def test_killed_while_writing_leaves_no_half_file_under_a_trusted_name(tree: Path) -> None:
    run(tree, SERIAL)
    serial, out = contents(tree / "serial"), tree / "out"
    script = """
import os
def half(path, text, encoding):
    with open(path, "w") as file: file.write(text[: len(text) // 2])
    os._exit(0)
Path.write_text = half
states.build(Path('out'), ['a-red-dot'], workers=1, quiet=True)
"""
    run(tree, script)
    assert contents(out)  # something was left behind
    assert not set(contents(out)) & set(serial)
    assert not list(out.glob("*.js"))
    run(tree, "states.build(Path('out'), workers=1, quiet=True)")
    assert contents(out) == serial


def test_a_state_that_cannot_be_drawn_fails_the_build_and_leaves_no_file(tree: Path) -> None:
    views = tree / "sysalign_lib/red/views.py"
    views.write_text(VIEW.replace("    ax.plot", "    1 / (result.params.width - 3)\n    ax.plot"))
    script = """
try: states.build(Path('out'), ['a-red-dot'], workers=1, quiet=True)
except ZeroDivisionError: print(json.dumps([path.name for path in Path('out').iterdir()]))
"""
    assert run(tree, script) == []


def test_the_library_itself_is_found_from_anywhere(tmp_path: Path) -> None:
    script = "from sysalign_lib.page import states; print(len(states.discover()))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(LIBRARY.parent)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(done.stdout) >= 0
