"""The house's one-way street: core, models, views, explorables and evidence, chapters; and what no room may hold.

The rules read the source, so that an import inside a function counts like one at the top.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

import sysalign_lib

ROOT = Path(sysalign_lib.__path__[0])
BOOK = ROOT.parent
FILES = sorted(ROOT.rglob("*.py"))
NUMBERS = {"numpy", "scipy", "networkx", "sklearn"}
PAGE = {"numpy", "matplotlib", "cycler", "ipywidgets", "IPython", "myst_nb", "tqdm"}
OUTSIDE = {
    "core": {"numpy"}, "model": NUMBERS, "views": {*NUMBERS, "matplotlib"}, "explorables": NUMBERS, "evidence": NUMBERS,
    "page": PAGE,
}  # fmt: skip
INSIDE = {
    "core": {"core"},
    "model": {"core", "model"},
    "views": {"core", "model", "views"},
    "explorables": {"core", "model", "views", "explorables", "page"},
    "evidence": {"core", "model", "evidence"},
    "page": {"core", "page"},
}
CLOCKS = {"random", "time", "datetime", "os", "sys", "io", "pathlib", "tempfile", "logging", "subprocess", "warnings"}
OPEN = {*NUMBERS, "dask", "distributed", *sys.stdlib_module_names}  # to a notebook, beside the library
DICE = {"Generator", "SeedSequence", "default_rng", "BitGenerator", "PCG64", "Philox"}


def layer(module: str) -> tuple[str, str]:
    """The layer of a module, and its chapter if it is one's."""
    parts = module.split(".")[1:]
    if not parts:
        return "root", ""
    if parts[0] in ("core", "page"):
        return parts[0], ""
    return (parts[1] if len(parts) > 1 and parts[1] in ("views", "explorables", "evidence") else "model"), parts[0]


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that a source names, and every name it takes from one of the library."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            yield from (f"{name}.{alias.name}" for alias in node.names)


def dotted(node: ast.AST) -> str:
    """An attribute chain as text: ``np.random.seed``."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def wrong_import(name: str, module: str) -> str | None:
    """Why a module of the library must not import something, or None."""
    here, chapter = layer(module)
    top = name.split(".")[0]
    if name.startswith("."):
        return "relative imports hide what a chapter depends on"
    if re.match(r"matplotlib\.(pyplot|pylab)\b|pylab\b", name):
        return "pyplot keeps global state"
    if re.match(r"numpy\.random\.(?!(" + "|".join(DICE) + r")\b)\w", name):
        return "numpy's global dice belong to nobody"
    if here == "root":
        return None
    if top == "sysalign_lib":
        there, other = layer(name)
        if other and chapter and other != chapter:
            return "no chapter imports another one"
        if here == "views" and name.startswith("sysalign_lib.page.style"):
            return None
        if there != "root" and there not in INSIDE[here]:
            return f"{here} must not import {there}"
        return None
    if top in sys.stdlib_module_names:
        if here in ("model", "evidence", "explorables", "views") and top in CLOCKS | {"importlib"}:
            return "a model has no clock, file, hidden dice or hidden dependence"
        return None
    return None if top in OUTSIDE[here] else f"{here} must not import {top}"


def wrong(source: str, module: str) -> list[str]:
    """Everything that is wrong with a source file at its place in the house."""
    tree, found = ast.parse(source), []
    for name in imports(tree):
        if reason := wrong_import(name, module):
            found.append(f"{module} imports {name}: {reason}")
    here = layer(module)[0]
    for node in ast.walk(tree):
        name = dotted(node)
        if re.match(r"(np|numpy)\.random\.(?!(" + "|".join(DICE) + r")\b)\w+$", name):
            found.append(f"{module} uses {name}: numpy's global dice belong to nobody")
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            if called.split(".")[-1] == "default_rng" and not node.args and not node.keywords:
                found.append(f"{module} calls default_rng(): dice without a seed are drawn only once")
            if called in ("print", "open", "input", "eval", "exec", "__import__", "breakpoint") and here != "page":
                found.append(f"{module} calls {called}")
    if here != "page":
        found += [f"{module} asserts; users get sentences" for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return found


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_run_one_way_and_no_room_holds_what_it_must_not(path: Path) -> None:
    assert wrong(path.read_text(encoding="utf-8"), name_of(path)) == []


def wrong_notebook(cells: list[str], page: str) -> list[str]:
    """What a notebook imports that it must not: a picture library, a view, or another chapter than its own."""
    found = []
    own = {layer(name_of(path))[1] for path in FILES} - {""}
    for name in (name for cell in cells for name in imports(ast.parse(cell))):
        there, chapter = layer(name) if name.startswith("sysalign_lib") else ("", "")
        borrowed = there == "views" or (chapter and page in own and chapter != page)
        if borrowed or (not there and name.split(".")[0] not in OPEN):
            found.append(name)
    return found


@pytest.mark.parametrize("path", sorted((BOOK / "chapters").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_imports_the_library_and_its_own_chapter_only(path: Path) -> None:
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert wrong_notebook(cells, path.stem) == []


def test_a_notebook_that_draws_by_itself_or_borrows_from_another_chapter_is_found() -> None:
    good = "from sysalign_lib.corrigibility.explorables import FOLD\nfrom sysalign_lib.page import glue\nimport numpy as np"
    assert wrong_notebook([good], "corrigibility") == []
    assert wrong_notebook([good, "from concurrent.futures import Executor"], "scale") == []
    assert wrong_notebook(["import sysalign_lib.oversight.game"], "corrigibility") == ["sysalign_lib.oversight.game"]
    assert wrong_notebook(["import matplotlib.pyplot as plt"], "scale") == ["matplotlib.pyplot"]
    view = "sysalign_lib.corrigibility.views.fold"
    assert wrong_notebook([f"from {view} import course"], "corrigibility") == [f"{view}.course"]


def test_every_file_of_the_house_is_seen() -> None:
    names = {name_of(path) for path in FILES}
    assert {"sysalign_lib", "sysalign_lib.core.checks", "sysalign_lib.page.states"} <= names
    assert {layer(name)[0] for name in names} >= {"core", "page", "model"}


M, V, X, E = (f"sysalign_lib.red{part}.dot" for part in ("", ".views", ".explorables", ".evidence"))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sysalign_lib.core.x", "import sysalign_lib.red.dot"), ("sysalign_lib.core.x", "from scipy import stats"),
        ("sysalign_lib.core.x", "from sysalign_lib.page import glue"), ("sysalign_lib.core.x", "print(1)"),
        (M, "import matplotlib"), (M, "def f():\n    from IPython import display"), (M, "import ipywidgets as w"),
        (M, "from sysalign_lib import page"), (M, "from sysalign_lib.red.views import dot"),
        (M, "from sysalign_lib.red import evidence"), (M, "from sysalign_lib.blue.dot import x"),
        (M, "from sysalign_lib import blue"), (M, "from .views import dot"), (M, "from . import views"),
        (M, "import random"), (M, "import time"), (M, "from pathlib import Path"), (M, "open('x')"), (M, "print(1)"),
        (M, "import numpy as np\nnp.random.seed(1)"), (M, "import numpy\nx = numpy.random.normal"),
        (M, "from numpy.random import rand"), (M, "import numpy as np\nnp.random.default_rng()"),
        (M, "from numpy.random import default_rng\ndefault_rng()"), (M, "def f(x):\n    assert x"), (M, "import torch"),
        (M, "from importlib import import_module"), (V, "import matplotlib.pyplot as plt"),
        (V, "from matplotlib import pyplot"), (V, "from sysalign_lib.page import Explorable"),
        (V, "from sysalign_lib.page.static import figure"), (V, "import sysalign_lib.red.explorables"),
        (X, "from sysalign_lib.red.evidence import TARGETS"), (X, "import matplotlib"),
        (E, "from sysalign_lib.red.views import dot"), (E, "from sysalign_lib.page import ledger"),
        ("sysalign_lib.page.live", "from sysalign_lib.red.explorables import DOT"),
        ("sysalign_lib.page.style", "import matplotlib.pyplot"), ("sysalign_lib.page.style", "import pandas"),
    ],
)  # fmt: skip
def test_what_breaks_the_rules_is_found(module: str, source: str) -> None:
    assert wrong(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sysalign_lib.core.x", "import numpy as np\nfrom sysalign_lib.core import checks"),
        (M, "import math\nimport numpy as np\nfrom scipy.optimize import brentq\nfrom sysalign_lib.core import checks"),
        (M, "from sysalign_lib.red.other import x\nfrom numpy.random import Generator, default_rng\ndefault_rng(0)"),
        (V, "from matplotlib.axes import Axes\nfrom sysalign_lib.red.dot import x\nfrom sysalign_lib.page.style import PALETTE"),
        (X, "from sysalign_lib.page import Explorable\nfrom sysalign_lib.red.views.dot import view"),
        (E, "import numpy as np\nfrom sysalign_lib.core.evidence import Target\nfrom sysalign_lib.red import dot"),
        ("sysalign_lib.page.live", "import ipywidgets as w\nimport asyncio\nfrom sysalign_lib.core import checks"),
    ],
)  # fmt: skip
def test_what_keeps_the_rules_passes(module: str, source: str) -> None:
    assert wrong(source, module) == []
