"""Closures: every library file that is reached by import, at any depth, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from sysalign_lib.page import dependencies
from sysalign_lib.page.dependencies import closure, fingerprint, imports_of

FILES = {
    "__init__.py": "",
    "core/__init__.py": "",
    "core/checks.py": "import math\nimport numpy as np\n",
    "core/far.py": "import sysalign_lib.core.checks\n",
    "a/__init__.py": '"""A chapter."""\n',
    "a/model.py": "from sysalign_lib.core.far import x\nfrom sysalign_lib.a import ring\n",
    "a/ring.py": "from sysalign_lib.a.model import y\n",
    "a/late.py": "def f():\n    from sysalign_lib.core import checks\n    import sysalign_lib.b.model as other\n",
    "b/__init__.py": "",
    "b/model.py": "import scipy\n",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sysalign_lib"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(dependencies, "ROOT", folder)
    return folder


def reached(root: Path, *modules: str) -> set[str]:
    return {str(path.relative_to(root)) for path in closure(modules)}


def test_imports_are_followed_to_any_depth_and_round_rings(root: Path) -> None:
    assert reached(root, "sysalign_lib.a.model") == {
        "a/__init__.py", "a/model.py", "a/ring.py", "core/checks.py", "core/far.py",
    }  # fmt: skip


def test_imports_inside_functions_count(root: Path) -> None:
    assert reached(root, "sysalign_lib.a.late") == {"a/late.py", "core/__init__.py", "core/checks.py", "b/model.py"}


def test_a_closure_is_the_union_of_its_modules_and_sorted(root: Path) -> None:
    both = reached(root, "sysalign_lib.b.model", "sysalign_lib.core.far")
    assert both == reached(root, "sysalign_lib.b.model") | reached(root, "sysalign_lib.core.far")
    found = closure(["sysalign_lib.core.far", "sysalign_lib.b.model"])
    assert found == sorted(found)


def test_what_is_not_the_librarys_is_no_file(root: Path) -> None:
    assert closure(["numpy", "sysalign_lib.nothing", "__main__"]) == []


def test_what_is_left_out_is_not_followed(root: Path) -> None:
    without = ["sysalign_lib.core.far"]
    found = {str(path.relative_to(root)) for path in closure(["sysalign_lib.a.model"], without)}
    assert found == {"a/__init__.py", "a/model.py", "a/ring.py"}
    first = fingerprint(["sysalign_lib.a.model"], without=without)
    (root / "core/checks.py").write_text("changed = 1\n")
    assert fingerprint(["sysalign_lib.a.model"], without=without) == first


def test_an_edited_import_is_seen_without_a_restart(root: Path) -> None:
    assert reached(root, "sysalign_lib.b.model") == {"b/model.py"}
    (root / "b/model.py").write_text("import sysalign_lib.core.far\n# longer\n")
    assert reached(root, "sysalign_lib.b.model") == {"b/model.py", "core/far.py", "core/checks.py"}


def test_a_fingerprint_moves_with_text_name_and_extra(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint(["sysalign_lib.a.model"], "x")
    assert fingerprint(["sysalign_lib.a.model"], "x") == first
    assert fingerprint(["sysalign_lib.a.ring"], "x") == first  # a ring: the same files
    assert fingerprint(["sysalign_lib.a.model"], "y") != first
    assert fingerprint(["sysalign_lib.a.model"], "x", "") != first
    (root / "core/checks.py").write_text(FILES["core/checks.py"] + "# remark\n")
    assert fingerprint(["sysalign_lib.a.model"], "x") != first
    (root / "core/checks.py").write_text(FILES["core/checks.py"])
    (root / "b/model.py").write_text("changed = 1\n")
    assert fingerprint(["sysalign_lib.a.model"], "x") == first
    monkeypatch.setattr(dependencies, "version", lambda package: "0.0")
    assert fingerprint(["sysalign_lib.a.model"], "x") != first


def test_a_fingerprint_moves_with_what_was_recorded_for_a_model(root: Path) -> None:
    first = fingerprint(["sysalign_lib.a.model"])
    (root / "a/data").mkdir()
    for name, moved in (("model_long.npz", True), ("model.npz", True), ("other.npz", False)):
        (root / "a/data" / name).write_bytes(b"1")
        one = fingerprint(["sysalign_lib.a.model"])
        assert (one != first) == moved
        (root / "a/data" / name).write_bytes(b"2")
        assert (fingerprint(["sysalign_lib.a.model"]) != one) == moved
        (root / "a/data" / name).unlink()


def test_every_recorded_array_is_named_after_the_model_that_recalls_it() -> None:
    arrays = sorted(dependencies.ROOT.glob("*/data/*.npz"))
    assert arrays
    for path in arrays:
        models = [one.stem for one in path.parent.parent.glob("*.py") if path.stem.startswith(one.stem)]
        assert models, path


def test_the_librarys_own_explorable_reaches_what_draws_it() -> None:
    here = dependencies.ROOT
    names = {str(path.relative_to(here)) for path in closure(["sysalign_lib.page.states"])}
    expected = {"page/states.py", "page/style.py", "page/static.py", "page/explorable.py", "page/dependencies.py"}
    assert expected | {"core/checks.py"} <= names


def test_imports_of() -> None:
    lines = (
        "import numpy",
        "import sysalign_lib.core.checks as c",
        "from sysalign_lib.core import sweep, result",
        "import sysalign_libx",
    )
    source = "\n".join(lines)
    assert sorted(set(imports_of(source))) == [
        "sysalign_lib.core", "sysalign_lib.core.checks", "sysalign_lib.core.result", "sysalign_lib.core.sweep",
    ]  # fmt: skip
