"""Build the book: draw the states, execute what changed, run Sphinx, and put the new pages in place at the end.

``python _ext/build.py`` is what `make book` calls. Whatever is kept between two builds carries in its name a hash of all
that it depends on, and is written beside its place and renamed: a build that is killed leaves nothing that the next one
would trust wrongly. The pages appear in ``_build/html`` only when all of them are made.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tqdm import tqdm

from sysalign_lib.page import cards, states
from sysalign_lib.page.dependencies import fingerprint, imports_of
from sysalign_lib.page.explorable import BOOK

TIMEOUT = 600  # seconds that one cell may take


class Book:
    """The folders of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.built = root / "_build"
        self.executed = self.built / "executed"
        self.evidence = self.built / "evidence"
        self.states = self.built / "states"
        self.html = self.built / "html"

    def notebooks(self) -> list[Path]:
        """Every notebook that the table of contents names, in its order."""
        contents = yaml.safe_load((self.root / "_toc.yml").read_text(encoding="utf-8"))
        files = [self.root / f"{name}.ipynb" for name in _files(contents)]
        return [path for path in files if path.exists()]

    def outputs(self, notebook: Path, source: str | None = None) -> Path:
        """Where the executed copy of a notebook is kept; its name says what it was made from."""
        node = nbformat.reads(source or notebook.read_text(encoding="utf-8"), as_version=4)
        code = [cell for cell in node.cells if cell.cell_type == "code"]
        modules = [name for cell in code for name in _reached(cell.source)]
        hashed = fingerprint(modules, *(json.dumps([cell.source, cell.metadata.get("tags", [])]) for cell in code))
        return self.executed / f"{notebook.stem}.{hashed}.ipynb"


def _reached(source: str) -> list[str]:
    """The library modules that a cell imports; a cell that is no Python stops the execution, where it is named."""
    lines = (line for line in source.split("\n") if not line.lstrip().startswith(("%", "!")))
    with contextlib.suppress(SyntaxError):
        return imports_of("\n".join(lines))
    return []


def _files(entry: object) -> Iterator[str]:
    """Names of the pages in a part of the table of contents, depth first."""
    if isinstance(entry, list):
        for one in entry:
            yield from _files(one)
    elif isinstance(entry, dict):
        for key in ("root", "file"):
            if key in entry:
                yield entry[key]
        for key in ("chapters", "parts", "sections"):
            yield from _files(entry.get(key, []))


def write(path: Path, text: str) -> None:
    """Write a file that is either whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def tidy(folder: Path, kept: Iterable[Path]) -> None:
    """Drop from a folder of ours what was made from something else, of pages that are gone, or by a build that was killed."""
    for path in set(folder.iterdir() if folder.exists() else ()) - set(kept):
        path.unlink()


def execute(book: Book, notebook: Path) -> bool:
    """Execute a notebook as the book's kernel would, unless nothing that it depends on has changed."""
    place = book.outputs(notebook)
    if place.exists():
        return False
    node = _run(notebook, os.environ | {BOOK: "1"})
    if book.outputs(notebook) != place:
        raise SystemExit(f"{notebook.name}, or what it imports, was changed while it was executed; build again")
    write(place, nbformat.writes(node))
    return True


def refresh(notebook: Path) -> None:
    """Execute a notebook as a reader with a kernel would, and keep the outputs in it."""
    node = _run(notebook, {name: value for name, value in os.environ.items() if name != BOOK})
    node.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    beside = notebook.with_name(f".{notebook.name}.{os.getpid()}")
    beside.write_text(nbformat.writes(node) + "\n", encoding="utf-8")
    os.replace(beside, notebook)


def _run(notebook: Path, environment: Mapping[str, str]) -> nbformat.NotebookNode:
    node: nbformat.NotebookNode = nbformat.read(notebook, as_version=4)
    bar = tqdm(total=len(node.cells), desc=f"  {notebook.stem}", unit="cell", leave=False, disable=None)
    client = NotebookClient(
        node,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # no advice about transports in the midst of a build
        resources={"metadata": {"path": str(notebook.parent)}},
        on_cell_complete=lambda cell, cell_index: bar.update(),
    )
    with bar:
        client.execute(env=environment)
    return node


def collect_evidence(book: Book) -> None:
    """Run every chapter's targets and claims for the ledger page, unless nothing that they depend on has changed."""
    places = {slug: _place(book, slug) for slug in cards.slugs()}
    for slug, place in places.items():
        if place.exists():
            continue
        targets, claims = cards.evidence_of(slug)
        wrong = [one.name for one in targets if not one.passed] + [one.name for one in claims if not one.checked]
        if wrong:
            raise SystemExit(f"evidence of {slug} is not confirmed by the code: {'; '.join(wrong)}")
        if _place(book, slug) != place:
            raise SystemExit(f"the code of {slug} was changed while its evidence was run; build again")
        page = {
            "targets": len(targets),
            "claims": len(claims),
            "html": cards.ledger(targets).table() + cards.verdicts(claims).html(unfolded=True),
        }
        write(place, json.dumps(page, ensure_ascii=False))
    tidy(book.evidence, places.values())


def _place(book: Book, slug: str) -> Path:
    """Where a chapter's evidence is kept: it depends on what it runs and on how it is shown."""
    return book.evidence / f"{slug}.{fingerprint([f'sysalign_lib.{slug}.evidence', cards.__name__])}.json"


def sphinx(book: Book, quiet: bool) -> None:
    """Make all pages in a fresh folder with warnings as errors, and only then put them where readers look.

    The folder has a name of its own: the Sphinx of a build that was killed may still be writing to another.
    """
    for left in book.built.glob("work*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="work.", dir=book.built))
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(book.root), "--path-output", str(work)]
    command += ["--all", "-n", "-W", "--keep-going", *(["-q"] if quiet else [])]
    done = subprocess.run(command, env=os.environ | {BOOK: "1", "PYTHONHASHSEED": "0"}, cwd=book.root, check=False,
                          capture_output=quiet, text=True)  # fmt: skip
    if done.returncode:
        raise SystemExit(
            f"{(done.stdout or '') + (done.stderr or '')}\nThe pages were not built; see the warnings above."
        )
    old = book.built / "old"
    shutil.rmtree(old, ignore_errors=True)
    if book.html.exists():
        os.replace(book.html, old)
    os.replace(work / "_build" / "html", book.html)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def alone(book: Book) -> Iterator[None]:
    """Let one build run at a time; the system drops the lock of a build that is killed."""
    book.built.mkdir(parents=True, exist_ok=True)
    with (book.built / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    print(title, flush=True)
    start = time.perf_counter()
    yield
    print(f"  {time.perf_counter() - start:.1f} s", flush=True)


@contextlib.contextmanager
def explained(notebook: Path) -> Iterator[None]:
    """Turn an error in a cell into one message that names the notebook."""
    try:
        yield
    except CellExecutionError as error:
        raise SystemExit(f"{notebook.name} stopped with an error, nothing was kept of it:\n{error}") from None


def main() -> None:
    """Build the book of one checkout."""
    parser = argparse.ArgumentParser(description="Build the book.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1], help="the checkout to build")
    parser.add_argument("--only-execute", action="store_true", help="execute what changed, make no pages")
    parser.add_argument(
        "--refresh", action="store_true", help="execute all notebooks, keep their outputs, make no pages"
    )
    parser.add_argument("--verbose", action="store_true", help="show what Sphinx says while it works")
    options = parser.parse_args()
    book = Book(options.root.resolve())
    with alone(book):
        if options.refresh:
            with step("Executing every notebook"):
                for notebook in book.notebooks():
                    with explained(notebook):
                        refresh(notebook)
            return
        with step("1/4 Drawing the states of the explorables"):
            states.build(book.states)
        with step("2/4 Executing the notebooks that changed"):
            for notebook in book.notebooks():
                with explained(notebook):
                    fresh = execute(book, notebook)
                print(f"  {notebook.stem}: {'executed' if fresh else 'unchanged'}", flush=True)
            tidy(book.executed, map(book.outputs, book.notebooks()))
        with step("3/4 Running the evidence of every chapter"):
            collect_evidence(book)
        if options.only_execute:
            return
        with step("4/4 Making the pages"):
            sphinx(book, quiet=not options.verbose)
    print(f"\nThe book is ready. Open {book.html / 'index.html'} in a browser, or run: make serve")


if __name__ == "__main__":
    main()
