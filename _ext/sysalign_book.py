"""The book's Sphinx extension: outputs, figures, formulas and links of the pages, all from the book's own files."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

sys.path.insert(0, str(Path(__file__).parent))
from build import Book

from sysalign_lib.page import states, static
from sysalign_lib.page.explorable import BOOK, Explorable

PLAYER = Path(static.__file__).parent
MENDED = {  # in the theme's and docutils' markup: a bar without a role, a list of no items, a mode that only a script can set
    '<div id="pst-primary-sidebar" class=': '<div id="pst-primary-sidebar" role="complementary" aria-label="Book" class=',
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    ' data-theme="auto">': ">",
}
UNUSED = (
    "**/*.map",
    "scripts/fontawesome.js*",
    "vendor",
    "images/logo_deepnote.svg",
    "images/logo_jupyter*.svg",
    "locales",
    "sbt-webpack-macros.html",
    "webpack-macros.html",
)


def book_of(app: Sphinx) -> Book:
    """The checkout that is being built."""
    return Book(Path(app.srcdir))


@cache
def explorable(name: str) -> Explorable:
    """The explorable of that name, wherever in the library it lives."""
    places = states.discover()
    if name not in places:
        raise ValueError(f"explorable must be one of {', '.join(sorted(places))}, got {name!r}")
    return states.load(places[name])


class ExplorableFigure(SphinxDirective):
    """``{explorable} name`` puts the figure of that name on a page that is not a notebook."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        try:
            figure = static.figure(explorable(self.arguments[0]))
        except ValueError as error:
            raise self.error(str(error)) from error
        return [nodes.raw("", figure, format="html")]


class StateLink(SphinxRole):
    """``{state}`text <name:param=value>` `` links to a figure of the page at a setting, which must exist."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = re.fullmatch(r"(.+?)\s*<([a-z0-9-]+):([^<>]*)>", self.text, re.DOTALL)
        try:
            if not found:
                raise ValueError(f"state must read: text <name:param=value&...>, got {self.text!r}")
            words, name, setting = found.groups()
            figure = explorable(name)
            fragment = f"{name}:{figure.key(**figure.state(setting))}"
        except ValueError as error:
            return [], [self.inliner.reporter.error(str(error), line=self.lineno)]  # type: ignore[attr-defined]
        target = html.escape(quote(fragment, safe=":=&,+"))
        link = f'<a class="state-link" href="#{target}">{html.escape(words)}</a>'
        return [nodes.raw("", link, format="html")], []


class LedgerPage(SphinxDirective):
    """``{ledger}`` prints every chapter's targets and claims, as `build.py` found them."""

    def run(self) -> list[nodes.Node]:
        parts = []
        for path in sorted(book_of(self.env.app).evidence.glob("*.json")):
            page = json.loads(path.read_text(encoding="utf-8"))
            section = nodes.section(ids=[path.name.split(".")[0]])
            section += nodes.title(text=path.name.split(".")[0].replace("_", " ").capitalize())
            section += nodes.paragraph(
                text=f"{page['targets']} targets, reproduced; {page['claims']} claims, each run in the region where it "
                "holds and in the one where it fails."
            )
            section += nodes.raw("", page["html"], format="html")
            parts.append(section)
        if not parts:
            raise self.error("there is no evidence to print; build the book with: make book")
        return parts


def outputs(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give the page the outputs of its executed copy: words change without an execution."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".ipynb":
        return
    place = book_of(app).outputs(path, source[0])
    if not place.exists():
        raise RuntimeError(f"{docname} was not executed; build the book with: make book")
    now, kept = json.loads(source[0]), json.loads(place.read_text(encoding="utf-8"))
    cells = [cell for cell in kept["cells"] if cell["cell_type"] == "code"]
    for cell in (cell for cell in now["cells"] if cell["cell_type"] == "code"):
        ran = cells.pop(0)
        cell["outputs"], cell["execution_count"] = ran["outputs"], ran["execution_count"]
    now["metadata"].pop("widgets", None)
    source[0] = json.dumps(now)


# Formulas ---------------------------------------------------------------------------------------------------------


def mathml(latex: str, display: str) -> str:
    """A formula as MathML, with its source as the text alternative."""
    made = convert(latex.strip(), display=display)
    made = made.replace(
        '<mo stretchy="false">&#x0007C;</mo>', '<mo stretchy="false" lspace="0" rspace="0">&#x0007C;</mo>'
    )
    return made.replace("<math ", f'<math alttext="{html.escape(latex.strip())}" ', 1)


def inline_math(self: Any, node: nodes.math) -> None:
    self.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def display_math(self: Any, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math-block", TABINDEX="0", ROLE="group"))
    self.body.append(mathml(node.astext(), "block"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({node["number"]})</span>')
    self.body.append("</div>\n")
    raise nodes.SkipNode


# Pages ------------------------------------------------------------------------------------------------------------


def repository(root: Path) -> str | None:
    """Owner and name on GitHub of this checkout, from the environment or the git remote, or None."""
    if name := os.environ.get("GITHUB_REPOSITORY"):
        return name
    remote = subprocess.run(
        ["git", "-C", str(root), "remote", "get-url", "origin"], capture_output=True, text=True, check=False
    )
    found = re.fullmatch(
        r"(?:https://|git@|ssh://git@)github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?", remote.stdout.strip()
    )
    return found[1] if found else None


def launch(app: Sphinx, config: Any) -> None:
    """Offer to run the page elsewhere when the checkout says where it lives, and only then."""
    name = repository(Path(app.srcdir))
    options = config.html_theme_options
    options["repository_url"] = f"https://github.com/{name}" if name else ""
    options["repository_branch"] = os.environ.get("GITHUB_REF_NAME", "main")
    buttons = {
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
        "notebook_interface": "jupyterlab",
    }
    options["launch_buttons"] = buttons if name else {}
    options["use_source_button"] = False
    options["navbar_persistent"] = []  # the search field stands in the sidebar
    config.html_favicon = "_static/icon.svg"  # without one, a browser asks the site for a file that is not there
    config.html_context.setdefault("default_mode", "auto")  # the theme's script complains of an empty one
    config.html_static_path += [str(PLAYER / "player.css"), str(PLAYER / "player.js")]


def page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Point every source named on a card to its entry in the bibliography."""
    if "body" not in context:
        return

    def link(found: re.Match[str]) -> str:
        key = found[1]
        if key == "book":  # a result that stands on the book's own derivation
            return "this book"
        words = _authors(app, key)
        where = context["pathto"]("chapters/bibliography")
        return f'<a href="{where}#ref-{key}">{html.escape(words)}</a>'

    context["body"] = re.sub(r'<cite data-key="([\w-]+)">[^<]*</cite>', link, context["body"])


def _authors(app: Sphinx, key: str) -> str:
    entries = app.env.get_domain("cite").bibdata.data.entries  # type: ignore[attr-defined]
    if key not in entries:
        raise ValueError(f"source must be a key of references.bib, got {key!r}")
    entry = entries[key]
    people = [" ".join(one.prelast_names + one.last_names) for one in entry.persons.get("author", [])] or [key]
    named = (
        people[0] if len(people) == 1 else f"{people[0]} and {people[1]}" if len(people) == 2 else f"{people[0]} et al."
    )
    return f"{named} {entry.fields.get('year', '')}".strip().replace("{", "").replace("}", "")


def finish(app: Sphinx, failure: Exception | None) -> None:
    """Put the player and the states beside the pages, and take away what no page asks for."""
    if failure or app.builder.format != "html":
        return
    (Path(app.outdir) / ".buildinfo").unlink(missing_ok=True)  # it names the folder of the checkout, for a second run
    target = Path(app.outdir) / "_static"
    for pattern in UNUSED:
        for path in sorted(target.glob(pattern), reverse=True):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in sorted(target.glob("styles/*.css")):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"@font-face\s*\{[^}]*vendor/fontawesome[^}]*\}", "", text), encoding="utf-8")
    for path in sorted(Path(app.outdir).rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for old, new in MENDED.items():
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    folder = target / "explorables"
    folder.mkdir(exist_ok=True)
    for path in sorted(book_of(app).states.glob("*.js")):
        shutil.copyfile(path, folder / f"{path.name.split('.')[0]}.js")


def setup(app: Sphinx) -> dict[str, Any]:
    os.environ[BOOK] = "1"
    app.add_directive("explorable", ExplorableFigure)
    app.add_directive("ledger", LedgerPage)
    app.add_role("state", StateLink())
    app.add_html_math_renderer("mathml", (inline_math, None), (display_math, None))  # type: ignore[arg-type]
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it for an extension that is left out
    app.connect("config-inited", launch)
    app.connect("source-read", outputs)
    app.connect("html-page-context", page, priority=900)
    app.connect("build-finished", finish)
    app.add_css_file("player.css")
    app.add_js_file("player.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
