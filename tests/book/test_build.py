"""What `make book` promises: errors stop it, nothing runs twice, a kill leaves no trap, two builds give the same bytes.

Most of it is tested on a small book, with two chapters of a few states each, which goes through the same stages as the real
one; the last test builds the real one again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tests.book.conftest import ROOT

CARRIED = ("_config.yml", "_ext", "_static", "_templates", "_toc.yml", "chapters", "index.md", "pyproject.toml",
           "references.bib", "sysalign_lib")  # fmt: skip
MODEL = '''
"""A dot."""
import os, time
from dataclasses import dataclass
from sysalign_lib.core import checks

BASE = 1.0

@dataclass(frozen=True, kw_only=True)
class DotParams:
    """Where it starts."""
    height: float = checks.bounded(0.0, low=-1.0, high=1.0)
    width: int = checks.bounded(1, low=1, high=4)

@dataclass(frozen=True, eq=False, kw_only=True)
class DotResult:
    """Where it is."""
    params: DotParams
    place: float

def simulate(params, rng):
    """Throw it."""
    time.sleep(float(os.environ.get("DOT_SLEEP", "0")))
    return DotResult(params=params, place=params.height + BASE + 0.01 * rng.standard_normal())

def reading(result):
    """Say where it is."""
    return f"The dot is at {result.place:.4f}."

def view(ax, result):
    """Draw it."""
    ax.plot([result.params.width], [result.place], "o", label="dot")
    ax.set(xlim=(0, 4), ylim=(-5, 5), xlabel="x", ylabel="y")
'''
EXPLORABLES = '''
"""What the reader may push."""
from sysalign_lib.{slug}.dot import DotParams, reading, simulate, view
from sysalign_lib.page import Explorable

DOT = Explorable(
    simulate, view, reading, DotParams(), title="A {slug} dot", seed=1, height=(-1.0, 0.0, 1.0), width=(1, 2, 3)
)
'''
EVIDENCE = '''
"""What is reproduced."""
import os, time
from sysalign_lib.core.evidence import Claim, Target
from sysalign_lib.{slug}.dot import BASE

def ours():
    """The base."""
    time.sleep(float(os.environ.get("EVIDENCE_SLEEP", "0")))
    return BASE

TARGETS = (
    Target(name="dot: base", value=1.0, tolerance=0.1, kind="exact", source="book", place="here", why="chosen", compute=ours),
    Target(name="dot: may", value=1.0, tolerance=0.1, kind="exact", source="may1977", place="there", why="chosen",
           compute=ours),
)
CLAIMS = (
    Claim(name="dot: up", section="3", statement="It is up.", model="dot", assumptions="none", holds="here", fails="there",
          verdict="holds in a window", in_holds=lambda: BASE > 0, in_fails=lambda: BASE < 10),
)
'''


def copy(target: Path) -> Path:
    """A copy of the checkout without anything that was built."""
    target.mkdir(exist_ok=True)
    for name in CARRIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copyfile(source, target / name)
    return target


def environment(root: Path, **more: str) -> dict[str, str]:
    hidden = {"GITHUB_REPOSITORY", "SYSALIGN_BOOK"}
    clean = {key: value for key, value in os.environ.items() if key not in hidden}
    return clean | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"} | more


def build(root: Path, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "_ext" / "build.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, env=environment(root, **more))


def notebook(path: Path, *cells: str, tags: tuple[str, ...] = ()) -> None:
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A title")])
    node.metadata = {"kernelspec": {"display_name": "Python 3", "name": "python3"}, "language_info": {"name": "python"}}
    for number, cell in enumerate(cells):
        node.cells.append(nbformat.v4.new_code_cell(cell, id=f"cell-{number}", metadata={"tags": list(tags)}))
    node.cells[0]["id"] = "title"
    nbformat.write(node, path)


CELLS = ("import os, time\ntime.sleep(float(os.environ.get('CELL_SLEEP', '0')))", "DOT")


def plant(root: Path) -> Path:
    """A book of two chapters, each on a dot of its own, and a ledger."""
    copy(root)
    for path in (root / "sysalign_lib").iterdir():
        if path.is_dir() and path.name not in ("core", "page"):
            shutil.rmtree(path)
    for path in (root / "chapters").iterdir():
        path.unlink()
    for slug in ("red", "blue"):
        folder = root / "sysalign_lib" / slug
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "dot.py").write_text(MODEL)
        (folder / "explorables.py").write_text(EXPLORABLES.format(slug=slug))
        (folder / "evidence.py").write_text(EVIDENCE.format(slug=slug))
        notebook(root / f"chapters/{slug}.ipynb", f"from sysalign_lib.{slug}.explorables import DOT", *CELLS)
    (root / "index.md").write_text("# A title\n\n```{explorable} a-red-dot\n```\n\n{state}`up <a-red-dot:height=1>`\n")
    (root / "chapters" / "ledger.md").write_text("# Ledger\n\n```{ledger}\n```\n")
    (root / "chapters" / "bibliography.md").write_text("# Bibliography\n\n```{bibliography}\n:all:\n```\n")
    names = "".join(f"  - file: chapters/{name}\n" for name in ("red", "blue", "ledger", "bibliography"))
    (root / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{names}")
    return root


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, built; not to be changed."""
    root = plant(tmp_path_factory.mktemp("whole") / "book")
    done = build(root)
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def small(tmp_path: Path, whole: Path) -> Path:
    """The small book with all that its build kept, but for the pages."""
    return Path(shutil.copytree(whole, tmp_path / "book", ignore=shutil.ignore_patterns("html")))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def digest(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def page(root: Path, name: str) -> str:
    return (root / "_build" / "html" / f"{name}.html").read_text(encoding="utf-8")


# Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "error"), [("1 / 0", "ZeroDivisionError"), ("def", "SyntaxError")])
def test_a_planted_error_fails_the_build_and_is_named(small: Path, cell: str, error: str) -> None:
    notebook(small / "chapters" / "blue.ipynb", cell)
    done = build(small)
    assert done.returncode != 0
    assert "blue.ipynb stopped with an error" in done.stderr
    assert error in done.stderr
    assert not [path for path in (small / "_build" / "executed").glob("*blue*") if error in path.read_text()]
    assert not (small / "_build" / "html").exists()


def test_a_warning_and_a_link_to_a_setting_that_is_not_there_fail_the_pages(small: Path) -> None:
    with (small / "index.md").open("a") as index:
        index.write("\n[nowhere](no-such-page.md)\n\n{state}`up <a-red-dot:height=7>`\n")
    done = build(small)
    assert done.returncode != 0
    assert "no-such-page" in done.stderr
    assert "height must be one of -1, 0, 1, got '7'" in done.stderr
    assert not (small / "_build" / "html").exists()


def test_evidence_that_is_not_confirmed_fails_the_build(small: Path) -> None:
    change(small / "sysalign_lib/blue/evidence.py", "value=1.0", "value=1.2")
    done = build(small)
    assert done.returncode != 0
    assert "evidence of blue is not confirmed by the code: dot: base" in done.stderr
    assert not (small / "_build" / "html").exists()


# Only what changed ------------------------------------------------------------------------------------------------


def kept(root: Path) -> dict[str, str]:
    """What a build keeps for the next one, by kind and chapter: the hash in its name."""
    found = {}
    for kind in ("states", "executed", "evidence"):
        for path in (root / "_build" / kind).iterdir():
            name, hashed, _ = path.name.split(".")
            assert (kind, name) not in found, "two versions of one thing"
            found[f"{kind} {name}"] = hashed
    return found


def test_a_changed_model_executes_its_own_chapter_and_a_changed_sentence_nothing(small: Path) -> None:
    before = kept(small)
    change(small / "chapters/red.ipynb", "# A title", "# Another title")
    done = build(small, "--only-execute")
    assert "red: unchanged" in done.stdout
    assert "blue: unchanged" in done.stdout
    assert kept(small) == before
    change(small / "sysalign_lib/red/dot.py", "BASE = 1.0", "BASE = 1.01")
    done = build(small, "--only-execute")
    assert "red: executed" in done.stdout
    assert "blue: unchanged" in done.stdout
    after = kept(small)
    assert sorted(after) == sorted(before)
    assert [name for name in sorted(after) if after[name] != before[name]] == [
        "evidence red", "executed red", "states a-red-dot",
    ]  # fmt: skip


PLACES = """
import json, sys
from pathlib import Path
sys.path.insert(0, "_ext")
import build
from sysalign_lib.page import states
root = Path(".").resolve()
book = build.Book(root)

def places():
    found = {f"executed {path.stem}": book.outputs(path).name for path in book.notebooks()}
    found |= {f"evidence {slug}": build._place(book, slug).name for slug in ("red", "blue")}
    return found | {f"states {name}": states.key(states.load(where)) for name, where in states.discover().items()}

before, moved = places(), {}
for name, old, new in json.loads(sys.argv[1]):
    path = root / name
    text = path.read_text()
    assert old in text, (name, old)
    path.write_text(text.replace(old, new, 1))
    after = places()
    moved[f"{name}: {new}"] = sorted(one for one in before if after[one] != before[one])
    path.write_text(text)
    assert places() == before
print(json.dumps(moved))
"""


def test_everything_depends_on_what_it_is_made_from_and_on_nothing_else(small: Path) -> None:
    reds, blues = ([f"evidence {slug}", f"executed {slug}", f"states a-{slug}-dot"] for slug in ("red", "blue"))
    every, shown = reds + blues, [name for name in reds + blues if "states" not in name]
    drawn = [name for name in every if "evidence" not in name]
    expected = [
        ("sysalign_lib/red/dot.py", "BASE = 1.0", "BASE = 1.01", reds),
        ("sysalign_lib/red/evidence.py", "chosen", "said", ["evidence red"]),
        ("sysalign_lib/page/cards.py", "", "# moved\n", shown),
        ("sysalign_lib/page/style.py", "", "# moved\n", drawn),
        ("sysalign_lib/core/checks.py", "", "# moved\n", every),
        ("sysalign_lib/core/sweep.py", "", "# moved\n", []),
        ("chapters/red.ipynb", "# A title", "# Another", []),
        ("chapters/red.ipynb", '"DOT"', '"%time DOT"', ["executed red"]),
        ("chapters/red.ipynb", '"tags": []', '"tags": ["raises-exception"]', ["executed red"]),
        ("index.md", "# A title", "# Another", []),
    ]
    given = json.dumps([[name, old, new] for name, old, new, _ in expected])
    done = subprocess.run(
        [sys.executable, "-c", PLACES, given],
        cwd=small,
        env=environment(small),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {f"{name}: {new}": sorted(moved) for name, _, new, moved in expected}


def test_code_that_changes_while_it_is_used_is_not_kept(small: Path) -> None:
    """The name of what is kept would speak of one code, and the content of another."""
    cases = (
        ("chapters/red.ipynb", '"DOT"', '"DOT # new"', "2/4", {"CELL_SLEEP": "1.5"}, "executed"),
        ("sysalign_lib/red/evidence.py", "chosen", "said", "3/4", {"EVIDENCE_SLEEP": "1"}, "evidence"),
    )
    for name, old, new, stage, sleep, kind in cases:
        before = contents(small / "_build" / kind)
        change(small / name, old, new)
        running, log = start(small, **sleep)
        wait(running, log, lambda stage=stage, log=log: stage in log.read_text())
        time.sleep(0.5)
        change(small / name, new, old)
        assert running.wait(60) != 0
        assert "build again" in log.read_text()
        assert contents(small / "_build" / kind) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# Killed -----------------------------------------------------------------------------------------------------------


def start(root: Path, **more: str) -> tuple[subprocess.Popen[bytes], Path]:
    """Start a build that goes on by itself; also the file that it talks to."""
    log = root.parent / "log.txt"
    with log.open("w") as out:
        command = [sys.executable, str(root / "_ext" / "build.py")]
        running = subprocess.Popen(
            command, cwd=root, env=environment(root, **more), stdout=out, stderr=out, start_new_session=True
        )
    return running, log


def wait(running: subprocess.Popen[bytes], log: Path, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not reached():
        assert running.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.01)


def trusted(root: Path) -> None:
    """Every file that a later build would trust is complete."""
    built = root / "_build"
    for path in (built / "states").glob("*.js"):
        assert path.read_text(encoding="utf-8").endswith("};\n"), path
    for path in [*(built / "executed").glob("*.ipynb"), *(built / "evidence").glob("*.json")]:
        if not path.name.startswith("."):
            json.loads(path.read_text(encoding="utf-8"))
    if (built / "html").exists():
        assert (built / "html" / "searchindex.js").exists()


def processes(group: int) -> list[str]:
    """What still runs of a build, by what it was called with."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [row[-1] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]


def test_a_build_killed_at_any_stage_leaves_no_trap_and_the_next_one_makes_the_same_bytes(
    small: Path, whole: Path
) -> None:
    """Only the build itself is killed: what it had started, as the Sphinx of the last stage, is left to itself."""
    built = small / "_build"
    shutil.rmtree(built)
    stages: list[tuple[Callable[[], bool], dict[str, str]]] = [
        (lambda: any((built / "states").glob("*.js")), {"DOT_SLEEP": "0.2"}),
        (lambda: any((built / "executed").glob("red.*")), {"CELL_SLEEP": "1"}),
        (lambda: any((built / "evidence").glob("blue.*")), {"EVIDENCE_SLEEP": "1"}),
        (lambda: any(built.glob("work.*/_build/html/index.html")), {}),
    ]
    groups = []
    try:
        for reached, slow in stages:
            running, log = start(small, **slow)
            groups.append(running.pid)
            wait(running, log, reached)
            running.kill()
            running.wait()
            trusted(small)
            assert not (built / "html").exists()
        (built / "executed" / ".red.0.ipynb.1").write_text("half")
        (built / "evidence" / "gone.0.json").write_text("{")
        done = build(small)
        assert done.returncode == 0, done.stderr
        deadline = time.monotonic() + 60
        while (left := [one for group in groups for one in processes(group)]) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left == []
    finally:
        for group in groups:
            if processes(group):
                os.killpg(group, signal.SIGKILL)
    same(whole, small)
    assert kept(small) == kept(whole)


def same(first: Path, second: Path) -> None:
    """Two books have the same pages, to the byte."""
    ours, theirs = (digest(root / "_build" / "html") for root in (first, second))
    assert sorted(ours) == sorted(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


# Pages ------------------------------------------------------------------------------------------------------------


def test_pages_show_what_was_made_and_no_way_out(whole: Path) -> None:
    assert page(whole, "index").count('<figure class="explorable"') == 1
    assert 'href="#a-red-dot:height=1&amp;width=1"' in page(whole, "index")
    assert "The dot is at" in page(whole, "chapters/red")
    ledger = page(whole, "chapters/ledger")
    assert "2 targets, reproduced; 1 claims" in ledger
    assert "this book, here" in ledger
    assert 'href="bibliography.html#ref-may1977">May 1977</a>' in ledger
    assert "mybinder.org" not in page(whole, "chapters/red")
    assert "github.com" not in page(whole, "chapters/red")
    assert "data-theme=" not in page(whole, "index").split("<body")[0]  # the theme's colors for readers without scripts


def test_launch_buttons_come_from_the_environment_and_a_chapter_that_goes_takes_everything_with_it(small: Path) -> None:
    shutil.rmtree(small / "sysalign_lib/blue")
    (small / "chapters/blue.ipynb").unlink()
    change(small / "_toc.yml", "  - file: chapters/blue\n", "")
    done = build(small, GITHUB_REPOSITORY="owner/book")
    assert done.returncode == 0, done.stderr
    assert "https://mybinder.org/v2/gh/owner/book/main" in page(small, "chapters/red")
    assert "https://colab.research.google.com/github/owner/book" in page(small, "chapters/red")
    assert not [name for name in kept(small) if "blue" in name]
    assert "Blue" not in page(small, "chapters/ledger")
    assert not (small / "_build/html/_static/explorables/a-blue-dot.js").exists()


def test_the_book_built_again_has_the_same_bytes(tmp_path: Path) -> None:
    """All evidence and pages, one figure's states and two notebooks; other tests compare states and notebooks one by one."""
    root = copy(tmp_path / "book")
    for kind, anew in (("states", 1), ("executed", 2)):
        made = sorted((ROOT / "_build" / kind).iterdir(), key=lambda path: path.stat().st_size)
        (root / "_build" / kind).mkdir(parents=True)
        for path in made[anew:]:
            shutil.copy(path, root / "_build" / kind)
    done = build(root)
    assert done.returncode == 0, done.stderr
    for kind in ("states", "executed"):
        assert contents(root / "_build" / kind) == contents(ROOT / "_build" / kind)
    same(ROOT, root)
