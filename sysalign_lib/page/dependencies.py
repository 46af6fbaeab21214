"""What a picture or a chapter depends on: the library files that it reaches by import, the arrays that were recorded for
them, and the packages beneath them.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version

import sysalign_lib

__all__ = ["closure", "fingerprint"]

ROOT = Path(sysalign_lib.__path__[0])
PACKAGES = ("numpy", "scipy", "networkx", "scikit-learn", "matplotlib")


def closure(modules: Iterable[str], without: Iterable[str] = ()) -> list[Path]:
    """Return the library's source files that `modules` reach by import, at any depth, sorted.

    The modules `without` are not followed, nor listed.
    """
    waiting, seen, left_out = list(modules), set(), {_file(module) for module in without}
    while waiting:
        path = _file(waiting.pop())
        if path is None or path in seen or path in left_out:
            continue
        seen.add(path)
        waiting.extend(_imports(path, path.stat().st_mtime_ns))
    return sorted(seen)


def fingerprint(modules: Iterable[str], *extra: str, without: Iterable[str] = ()) -> str:
    """Return a hash of everything `modules` depend on, and of `extra` texts; not of what only the modules `without` reach."""
    digest = hashlib.sha256()
    for path in _with_recorded(closure(modules, without)):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    beneath = (f"python {python_version()}", *(f"{package} {version(package)}" for package in PACKAGES))
    for text in (*beneath, *extra):
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:20]


def _with_recorded(files: Iterable[Path]) -> Iterator[Path]:
    """Each file, and after it the arrays of the folder ``data`` beside it whose names begin with its own."""
    for path in files:
        yield path
        yield from sorted((path.parent / "data").glob(f"{path.stem}*.npz"))


def imports_of(source: str) -> list[str]:
    """Return the library modules that a piece of Python names in its import statements."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
            names.extend(f"{node.module}.{alias.name}" for alias in node.names)
    return [name for name in names if name.split(".")[0] == "sysalign_lib"]


@cache
def _imports(path: Path, _changed: int) -> list[str]:
    return imports_of(path.read_text(encoding="utf-8"))


def _file(module: str) -> Path | None:
    package, *parts = module.split(".")
    if package != ROOT.name:
        return None
    path = ROOT.joinpath(*parts)
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if (path / "__init__.py").is_file() else None
