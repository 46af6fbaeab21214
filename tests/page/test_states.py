"""Recorded states: found by themselves, renewed when and only when their code changes, whole or absent, and the same bytes
from one process or from many.

The tests work on a copy of `core` and `page` with two small chapters beside them, each step in a process of its own.
"""

from __future__ import annotations

import contextlib
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


def plant(folder: Path) -> Path:
    """Put the copy with its two chapters in a folder."""
    copy = folder / "tree" / "sysalign_lib"
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


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return plant(tmp_path)


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


GIVEN = [
    ("SEED = 1", "SEED = 2"),
    ("DotParams()", "DotParams(hidden=2.0)"),
    ("DotParams()", "DotParams(height=1.0)"),
    ("(-1.0, 0.0, 1.0)", "(-1.0, 0.0, 1.0, 2.0)"),
    ("(-1.0, 0.0, 1.0)", "(1.0, 0.0, -1.0)"),
    ("answer=place", "answer=lambda result: 2 * result.place"),
    ('{"height": 1.0}', '{"height": -1.0}'),
    ("    simulate,", "    partial(at, 1),"),
    ("    simulate,", "    partial(at, 2),"),
    ("    simulate,", "    made(1),"),
    ("    simulate,", "    made(2),"),
    ("    simulate,", "    Bound(1),"),
    ("    simulate,", "    Bound(2),"),
]
ADAPTERS = """
from functools import partial
def at(level, params, rng): return simulate(params, rng)
def made(level):
    def inner(params, rng): return at(level, params, rng)
    return inner
class Bound:
    def __init__(self, level): self.level = level
    def __call__(self, params, rng): return simulate(params, rng)
"""


def test_a_key_changes_with_what_the_explorable_is_given(tree: Path) -> None:
    text = (tree / "sysalign_lib/red/explorables.py").read_text().replace("SEED = 1", f"SEED = 1\n{ADAPTERS}")
    text = text.replace('title="A', 'name="same", title="A')
    for number, (old, new) in enumerate([("", ""), *GIVEN]):
        assert old in text
        (tree / f"sysalign_lib/red/given{number}.py").write_text(text.replace(old, new))
    script = f"""
from importlib import import_module
made = [import_module(f"sysalign_lib.red.given{{number}}").DOT for number in range({len(GIVEN) + 1})]
print(json.dumps([states.key(one) for one in made]))
"""
    keys = run(tree, script)
    twice = {key: [number for number, one in enumerate(keys) if one == key] for key in keys}
    assert [numbers for numbers in twice.values() if len(numbers) > 1] == []


def test_a_key_sees_through_adapters_and_is_the_same_in_every_process(tree: Path) -> None:
    adapters = (
        "partial(at, 1)",
        "made(1)",
        "Bound(1)",
        "lambda params, rng: simulate(params, rng)",
        "Bound(1).__call__",
    )
    place = tree / "sysalign_lib/red/explorables.py"
    text = place.read_text().replace("SEED = 1", f"SEED = 1\n{ADAPTERS}")
    for number, adapter in enumerate(adapters):
        made = text.replace("    simulate,", f"    {adapter},").replace('title="A', f'name="dot-{number}", title="A')
        folder = tree / f"sysalign_lib/adapted{number}"
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "explorables.py").write_text(made)
    script = KEYS + "print(json.dumps(keys()))"
    first = run(tree, script, PYTHONHASHSEED="1")
    assert run(tree, script, PYTHONHASHSEED="2") == first
    (tree / "sysalign_lib/red/rules.py").write_text("BASE = 2.0\n")
    second = run(tree, script)
    assert [name for name in first if first[name] == second[name]] == ["a-blue-dot"]


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


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process draws, state after state: by file name."""
    root = plant(tmp_path_factory.mktemp("serial"))
    run(root, SERIAL)
    return contents(root / "serial")


def test_many_processes_give_the_bytes_of_one_under_the_same_names(tree: Path, serial: dict[str, bytes]) -> None:
    """Run as a script, where the module goes by another name than imported."""
    command = [sys.executable, "-m", "sysalign_lib.page.states", "many"]
    subprocess.run(command, cwd=tree, env=environment(), stderr=subprocess.DEVNULL, check=True, timeout=120)
    assert len(serial) == 2
    assert contents(tree / "many") == serial


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


def group(leader: int) -> list[str]:
    """Processes of a group that still run."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [row[-1] for row in rows if row[0] == str(leader) and not row[1].startswith("Z")]


def test_killed_while_drawing_leaves_no_worker_and_nothing_that_would_be_trusted(
    tree: Path, serial: dict[str, bytes]
) -> None:
    out = tree / "out"
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
        process.kill()  # its workers are not told
        process.wait()
        deadline = time.monotonic() + 20
        while (left := group(process.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    left = {name: text for name, text in contents(out).items() if name.endswith(".js")}
    assert [name.split(".")[0] for name in left] == ["a-blue-dot"]  # the other one was still being drawn
    assert all(serial[name] == text for name, text in left.items())
    run(tree, "states.build(Path('out'), workers=1, quiet=True)")
    assert contents(out) == serial


def test_killed_while_writing_leaves_no_half_file_under_a_trusted_name(tree: Path, serial: dict[str, bytes]) -> None:
    out = tree / "out"
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


def test_code_that_changes_while_it_is_drawn_is_not_kept(tree: Path) -> None:
    """The file's name would speak of one code, and its pictures of another."""
    script = """
pack = states.pack
def late(explorable, frames):
    Path("sysalign_lib/red/rules.py").write_text("BASE = 2.0\\n")
    return pack(explorable, frames)
states.pack = late
try: states.build(Path('out'), workers=1, quiet=True)
except RuntimeError as error: print(json.dumps(str(error)))
"""
    assert run(tree, script) == "the code of a-red-dot was changed while its states were drawn; build again"
    assert not list((tree / "out").glob("a-red-dot.*"))


def test_an_error_is_not_kept_waiting_for_the_pictures_behind_it(tree: Path) -> None:
    (tree / "sysalign_lib/blue/views.py").write_text(VIEW.replace("    ax.plot", "    1 / 0\n    ax.plot"))
    script = """
import time
start = time.monotonic()
try: states.build(Path('out'), workers=1, quiet=True)
except ZeroDivisionError: print(json.dumps(time.monotonic() - start))
"""
    place = tree / "sysalign_lib/red/explorables.py"
    place.write_text(place.read_text().replace("(-1.0, 0.0, 1.0)", "tuple(float(i) for i in range(-16, 16))"))
    start = time.monotonic()
    assert run(tree, script, RED_SLEEP="0.2") < 15  # 96 states would take 19 s
    assert time.monotonic() - start < 17  # nor does anything go on behind it


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
