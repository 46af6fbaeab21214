"""Draw every state of every explorable, in parallel, and keep what has not changed.

``python -m sysalign_lib.page.states FOLDER`` leaves one script per explorable in FOLDER. A file's name carries a hash of
everything that it depends on; a file is written beside its place and renamed, so that one which exists is whole.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from importlib import import_module
from multiprocessing import get_context, parent_process
from pathlib import Path
from pkgutil import iter_modules
from threading import Thread
from types import FunctionType, MethodType
from typing import Any

from tqdm import tqdm

import sysalign_lib
from sysalign_lib.page.dependencies import fingerprint
from sysalign_lib.page.explorable import Explorable, Frame, label
from sysalign_lib.page.static import pack

__all__ = ["build", "discover", "key"]

CHUNK = 8  # states a task
HERE, LIVE = "sysalign_lib.page.states", "sysalign_lib.page.live"  # the live half draws no recorded state
OURS = re.compile(r"[a-z][a-z0-9-]*\.[0-9a-f]{20}\.(js|[0-9]+\.tmp)")  # what `build` leaves, also when it is killed


def discover() -> dict[str, tuple[str, str]]:
    """Return where every explorable of the book lives: its name to (module, attribute)."""
    found: dict[str, tuple[str, str]] = {}
    for package in iter_modules(sysalign_lib.__path__):
        folder = Path(sysalign_lib.__path__[0]) / package.name
        if not package.ispkg or not any(one.name == "explorables" for one in iter_modules([str(folder)])):
            continue
        module = import_module(f"sysalign_lib.{package.name}.explorables")
        for attribute, value in vars(module).items():
            if not isinstance(value, Explorable):
                continue
            if value.name in found:
                raise ValueError(
                    f"name must be unique in the book, got {value.name!r} in {module.__name__} and {found[value.name]}"
                )
            found[value.name] = (module.__name__, attribute)
    return found


def load(where: tuple[str, str]) -> Explorable:
    """Return the explorable at (module, attribute)."""
    explorable = getattr(import_module(where[0]), where[1])
    assert isinstance(explorable, Explorable)
    return explorable


def key(explorable: Explorable) -> str:
    """Return a hash of all that the states depend on: the code they reach, the choices, the resting params, the seed."""
    functions = [explorable.simulate, *explorable.views, explorable.reading_of]
    if explorable.bet is not None:
        functions.append(explorable.bet.answer)
    parts = list(_parts(functions))
    modules = {module for module, _ in parts} | {HERE}
    names = ",".join(f"{module}.{name}" for module, name in parts)
    choices = ";".join(f"{name}:{'|'.join(map(label, values))}" for name, values in explorable.choices.items())
    bet = "" if explorable.bet is None else repr(sorted(explorable.bet.reveal.items()))
    given = (names, choices, repr(explorable.params), str(explorable.seed), explorable.name, bet)
    return fingerprint(sorted(modules), *given, without=[LIVE])


def _parts(value: Any, inside: tuple[int, ...] = ()) -> Iterator[tuple[str, str]]:
    """Module and name of a function and of all it carries along: what it adapts, arguments, defaults, attributes."""
    if id(value) in inside:  # a function may refer to itself
        return
    if isinstance(value, FunctionType):
        yield value.__module__, value.__qualname__
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        carried = [*cells, *(value.__defaults__ or ()), *sorted((value.__kwdefaults__ or {}).items())]
    elif isinstance(value, MethodType):
        carried = [value.__self__, value.__func__]
    elif isinstance(value, partial):
        carried = [value.func, *value.args, *sorted(value.keywords.items())]
    elif isinstance(value, list | tuple):
        carried = list(value)
    elif callable(value) and not hasattr(value, "__qualname__"):
        carried = [type(value), *sorted(vars(value).items())]
    else:
        yield getattr(value, "__module__", None) or "", getattr(value, "__qualname__", None) or repr(value)
        return
    for one in carried:
        yield from _parts(one, (*inside, id(value)))


def build(
    folder: Path, names: Sequence[str] | None = None, workers: int | None = None, quiet: bool = False
) -> dict[str, Path]:
    """Draw what is missing or changed, drop what is outdated, and return name to file."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {name: where for name, where in discover().items() if names is None or name in names}
    files = {name: folder / f"{name}.{key(load(where))}.js" for name, where in places.items()}
    missing = [name for name, path in files.items() if not path.exists()]
    frames: dict[str, dict[int, Frame]] = {name: {} for name in missing}
    tasks = [
        (name, low, min(low + CHUNK, len(load(places[name]))))
        for name in missing
        for low in range(0, len(load(places[name])), CHUNK)
    ]
    total = sum(high - low for _, low, high in tasks)
    context = get_context("spawn")
    with (
        tqdm(total=total, desc="Drawing states", unit="state", disable=quiet or not total, file=sys.stderr) as bar,
        ProcessPoolExecutor(workers or os.cpu_count(), mp_context=context, initializer=_end_with_parent) as pool,
    ):
        futures = {pool.submit(_draw, places[name], low, high): (name, low, high) for name, low, high in tasks}
        try:
            for future in as_completed(futures):
                name, low, high = futures[future]
                frames[name].update(zip(range(low, high), future.result(), strict=True))
                bar.update(high - low)
                explorable = load(places[name])
                if len(frames[name]) == len(explorable):
                    whole = frames.pop(name)
                    if files[name].name != f"{name}.{key(explorable)}.js":
                        raise RuntimeError(f"the code of {name} was changed while its states were drawn; build again")
                    _write(files[name], pack(explorable, (whole[i] for i in range(len(explorable)))))
        except BaseException:
            for future in futures:  # one error is enough; nothing more is drawn for it
                future.cancel()
            raise
    if names is None:
        for path in folder.iterdir():
            if OURS.fullmatch(path.name) and path not in files.values():
                path.unlink()
    return files


def _end_with_parent() -> None:
    """End this worker when the build that started it is gone, however it went: nobody waits for the pictures any more."""
    parent = parent_process()
    assert parent is not None  # a worker always has one

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def _draw(where: tuple[str, str], low: int, high: int) -> list[Frame]:
    explorable = load(where)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a picture that warns is not what it should be
        return [explorable.frame(**state) for index, state in enumerate(explorable.states()) if low <= index < high]


def _write(path: Path, text: str) -> None:
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
