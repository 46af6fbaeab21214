"""What `make book` promises: errors stop it, nothing runs twice, a kill leaves no trap, two builds give the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from tests.book.conftest import HTML, ROOT

CARRIED = ("_config.yml", "_ext", "_static", "_templates", "_toc.yml", "chapters", "index.md", "pyproject.toml",
           "references.bib", "sysalign_lib")  # fmt: skip
SLUG = "corrigibility"
MODEL = "braess"


def copy(target: Path) -> Path:
    """A copy of the checkout without anything that was built."""
    for name in CARRIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copyfile(source, target / name)
    return target


def environment(root: Path) -> dict[str, str]:
    hidden = {"GITHUB_REPOSITORY", "SYSALIGN_BOOK"}
    return {key: value for key, value in os.environ.items() if key not in hidden} | {"PYTHONPATH": str(root)}


def build(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "_ext" / "build.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, env=environment(root))


def notebook(path: Path, *cells: str) -> None:
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A title")])
    for number, cell in enumerate(cells):
        node.cells.append(nbformat.v4.new_code_cell(cell, id=f"cell-{number}"))
    node.cells[0]["id"] = "title"
    nbformat.write(node, path)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A book with two chapters: one on a model, one on the core alone; its states are those already drawn."""
    root = copy(tmp_path)
    for path in (root / "chapters").iterdir():
        path.unlink()
    notebook(root / "chapters" / "model.ipynb", f"from sysalign_lib.{SLUG} import {MODEL}\n{MODEL}.__name__")
    notebook(root / "chapters" / "other.ipynb", "from sysalign_lib.core import checks\nchecks.__name__")
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: chapters/model\n  - file: chapters/other\n"
    )
    shutil.copytree(ROOT / "_build" / "states", root / "_build" / "states")
    shutil.copytree(ROOT / "_build" / "evidence", root / "_build" / "evidence")
    return root


def test_a_planted_error_fails_the_build_and_is_named(small: Path) -> None:
    notebook(small / "chapters" / "other.ipynb", "1 / 0")
    done = build(small)
    assert done.returncode != 0
    assert "other.ipynb" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert not list((small / "_build" / "executed").glob("other.*"))
    assert not (small / "_build" / "html").exists()


def test_a_planted_warning_fails_the_pages(small: Path) -> None:
    (small / "index.md").write_text("# A title\n\n[nowhere](no-such-page.md)\n")
    done = build(small)
    assert done.returncode != 0
    assert "no-such-page" in done.stderr
    assert not (small / "_build" / "html").exists()


def test_only_what_changed_is_executed(small: Path) -> None:
    def ran(*marks: str) -> None:
        done = build(small, "--only-execute")
        assert done.returncode == 0, done.stderr
        seen = [line.strip() for line in done.stdout.splitlines() if ": " in line]
        assert seen == [f"model: {marks[0]}", f"other: {marks[1]}"]

    ran("executed", "executed")
    ran("unchanged", "unchanged")

    node = nbformat.read(small / "chapters" / "model.ipynb", as_version=4)
    node.cells[0].source = "# Another title"
    nbformat.write(node, small / "chapters" / "model.ipynb")
    ran("unchanged", "unchanged")

    model = small / "sysalign_lib" / SLUG / f"{MODEL}.py"
    model.write_text(model.read_text() + "\n# a change\n")
    ran("executed", "unchanged")

    core = small / "sysalign_lib" / "core" / "checks.py"
    core.write_text(core.read_text() + "\n# a change\n")
    done = build(small, "--only-execute")
    assert "other: executed" in done.stdout


def digest(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def whole(root: Path) -> None:
    """Every file that a later build would trust is complete."""
    built = root / "_build"
    for path in (built / "states").glob("*.js"):
        assert path.read_text(encoding="utf-8").endswith("};\n"), path
    for path in [*(built / "executed").glob("*.ipynb"), *(built / "evidence").glob("*.json")]:
        if not path.name.startswith("."):
            json.loads(path.read_text(encoding="utf-8"))
    if (built / "html").exists():
        assert (built / "html" / "searchindex.js").exists()


def test_a_killed_build_leaves_no_trap_and_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    """From nothing, killed while it draws, executes and makes pages; then finished, it equals the book that is here."""
    root = copy(tmp_path)
    log = tmp_path / "log.txt"
    for stage in ("1/4", "2/4", "4/4"):
        with log.open("w") as out:
            command = [sys.executable, str(root / "_ext" / "build.py")]
            running = subprocess.Popen(
                command, cwd=root, env=environment(root), stdout=out, stderr=out, start_new_session=True
            )
            while running.poll() is None and stage not in log.read_text():
                time.sleep(0.05)
            time.sleep(2.5)
            assert running.poll() is None, log.read_text()
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
        whole(root)
    done = build(root)
    assert done.returncode == 0, done.stderr
    ours, theirs = digest(HTML), digest(root / "_build" / "html")
    assert sorted(ours) == sorted(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_a_changed_constant_turns_the_notebook_test_red(tmp_path: Path) -> None:
    """The committed outputs carry the model's numbers, so that strict comparison sees a model that moves."""
    root = copy(tmp_path)
    chapter = nbformat.read(root / "chapters" / f"{SLUG}.ipynb", as_version=4)
    code = [cell for cell in chapter.cells if cell.cell_type == "code"]
    imports = [cell for cell in code if "import " in cell.source]
    figures = [cell for cell in code if cell.get("outputs") and "braess" in cell.source and "import" not in cell.source]
    assert figures
    chapter.cells = [*imports, figures[0]]
    for number, cell in enumerate(chapter.cells, 1):
        cell["execution_count"] = number
    path = root / "chapters" / "short.ipynb"
    nbformat.write(chapter, path)

    def nbval() -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--nbval",
            "-p",
            "no:cacheprovider",
            "-W",
            "default",
            str(path),
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, env=environment(root))

    green = nbval()
    assert green.returncode == 0, green.stdout
    model = root / "sysalign_lib" / SLUG / f"{MODEL}.py"
    before = model.read_text()
    model.write_text(
        before.replace("default=6.0", "default=5.0", 1).replace(
            "demand: float = field(default=6", "demand: float = field(default=5", 1
        )
    )
    assert model.read_text() != before
    red = nbval()
    assert red.returncode == 1, red.stdout
    assert "Cell outputs differ" in red.stdout or "mismatch" in red.stdout


def test_launch_buttons_come_from_the_environment_or_not_at_all(small: Path) -> None:
    done = build(small)
    assert done.returncode == 0, done.stderr
    page = (small / "_build" / "html" / "chapters" / "model.html").read_text()
    assert "mybinder.org" not in page
    assert "github.com" not in page
    command = [sys.executable, str(small / "_ext" / "build.py")]
    env = environment(small) | {"GITHUB_REPOSITORY": "owner/book"}
    subprocess.run(command, check=True, capture_output=True, cwd=small, env=env)
    page = (small / "_build" / "html" / "chapters" / "model.html").read_text()
    assert "https://mybinder.org/v2/gh/owner/book/main" in page
    assert "https://colab.research.google.com/github/owner/book" in page
