"""Strict comparison of notebooks guards the numbers: it is green on what was executed, and red when a model's number moves."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from sysalign_lib.page import states
from sysalign_lib.page.dependencies import closure
from tests.book.conftest import ROOT


def environment(root: Path) -> dict[str, str]:
    """The copy's library, and a kernel as a reader has it."""
    clean = {key: value for key, value in os.environ.items() if key != "SYSALIGN_BOOK"}
    return {**clean, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}


def read(root: Path, module: str, attribute: str) -> str | None:
    """What the figure says at rest in the copy, or None if the model refuses to run."""
    script = f"from {module} import {attribute}\nprint({attribute}.read())"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


def constants(source: str) -> Iterator[ast.Constant]:
    """Every number that a module names at its top, and every default and bound of its params: a model's own numbers."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if type(node.value.value) in (int, float) and isinstance(targets[0], ast.Name):
                yield node.value
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call) and node.value.args:
            first = node.value.args[0]
            if (
                isinstance(first, ast.Constant)
                and type(first.value) in (int, float)
                and isinstance(node.target, ast.Name)
            ):
                yield first


def altered(source: str, number: ast.Constant) -> str:
    """The source with one number a tenth larger."""
    lines = source.splitlines(keepends=True)
    line = lines[number.lineno - 1]
    value = number.value
    assert isinstance(value, int | float)
    larger = value + max(1, round(0.1 * value)) if isinstance(value, int) else 1.1 * value + 0.01 * (value == 0)
    lines[number.lineno - 1] = f"{line[: number.col_offset]}{larger!r}{line[number.end_col_offset :]}"
    return "".join(lines)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("library")
    shutil.copytree(ROOT / "sysalign_lib", root / "sysalign_lib", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def executed(root: Path, name: str, *cells: str) -> Path:
    """A notebook with the outputs that the copy's library gives, as `make notebooks` would keep it."""
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(node, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(root)}})
    client.execute(env=environment(root))
    path = root / f"{name}.ipynb"
    nbformat.write(node, path)
    return path


def nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Compare a notebook strictly, as `make nbval` does."""
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "-p", "no:cacheprovider", "-W", "default", str(path)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=path.parent, env=environment(path.parent)
    )


def move(root: Path, module: str, attribute: str) -> bool:
    """Change one number of a model of the copy, such that the figure says something else; say whether there is one."""
    figure = states.load((module, attribute))
    reached = (path.relative_to(ROOT) for path in closure([figure.simulate.__module__]))
    before = read(root, module, attribute)
    for model in [root / path for path in reached if len(path.parts) == 3 and path.parts[1] not in ("core", "page")]:
        source = model.read_text(encoding="utf-8")
        for number in constants(source):
            model.write_text(altered(source, number), encoding="utf-8")
            if read(root, module, attribute) not in (None, before):
                return True
        model.write_text(source, encoding="utf-8")
    return False


def test_a_changed_constant_of_a_model_turns_the_notebook_test_red(library: Path) -> None:
    """Shown as a widget, printed as a sentence, or printed in a ledger: a model's number is compared wherever it stands."""
    name = "fold" if "fold" in states.discover() else sorted(states.discover())[0]
    module, attribute = states.discover()[name]
    cells = (f"from {module} import {attribute}", attribute, f"print({attribute}.read())")
    path = executed(library, "figure", *cells)
    green = nbval(path)
    assert green.returncode == 0, green.stdout
    assert f"{len(cells)} passed" in green.stdout

    assert move(library, module, attribute), f"no constant of a model moves what {name} says"
    red = nbval(path)
    assert red.returncode == 1, red.stdout
    assert "Cell outputs differ" in red.stdout
    assert f"{len(cells) - 1} failed" in red.stdout  # the picture's text and the printed sentence


def test_one_altered_output_turns_the_notebook_test_red(library: Path) -> None:
    """The other way round: the committed number is wrong, by one digit."""
    path = executed(library, "sum", "from sysalign_lib.core import checks", "print(round(2 / 3, 4))", "2 / 3")
    node = nbformat.read(path, as_version=4)
    (output,) = node.cells[1].outputs
    output["text"] = output["text"].replace("0.6667", "0.6666")
    nbformat.write(node, path)
    red = nbval(path)
    assert red.returncode == 1
    assert "1 failed, 2 passed" in red.stdout


def test_numbers_of_a_model_are_found_and_made_larger() -> None:
    source = "A = 2.0\nB: int = 30\nC = 'no'\nclass P:\n    x: float = checks.bounded(0.0, low=1)\n    y: bool = True\n"
    changed = [altered(source, number).splitlines()[number.lineno - 1] for number in constants(source)]
    assert changed == ["A = 2.2", "B: int = 33", "    x: float = checks.bounded(0.01, low=1)"]
