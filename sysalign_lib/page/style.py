"""How every picture looks: one style for matplotlib, and SVG that follows the page's light or dark theme.

A view says what a color means by its place in the cycle ("C0" main, "C1" second, "C2" good, "C3" harm, "C4" to "C6"
others), by "k" for ink and by "0.5" for neutral gray. In the SVG the first become CSS variables with the light color as
fallback and ink becomes `currentColor`, so that a picture is readable on either background.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

__all__ = ["HEIGHT", "PALETTE", "WIDTH", "draw", "figure_numbers", "to_svg"]

WIDTH, HEIGHT = 5.0, 3.4  # inches; one inch is 72 units of the SVG
LEFT, BOTTOM, MARGIN = 0.78, 0.6, 0.12  # the same in every state, so that only what the model moves moves
PALETTE = ("#0068a8", "#b86e00", "#00795a", "#c43c00", "#8e4585", "#2b8cc4", "#6f7300")
LABEL_BELOW, LABEL_LEFT = 0.31, 0.55  # inches from the axes to their labels
GRAY = "#808080"
ROWS = 21  # at most so many rows of a long line are listed under "Show the numbers"
DUST = 1e-12  # what is smaller is rounding, differs from machine to machine, and is listed as 0

STYLE: Any = {
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.labelsize": 11,
    "axes.formatter.use_mathtext": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}

View = Callable[[Axes, Any], None]


@cache
def _settings() -> Any:
    """Every setting of matplotlib but the backend: its own defaults under the book's style, whatever the caller has set."""
    usual = {name: value for name, value in matplotlib.rcParamsDefault.items() if not name.startswith("backend")}
    return usual | STYLE


def draw(views: Sequence[View], result: Any) -> Figure:
    """Draw one result with one view, or with several beneath each other, in the book's style."""
    with matplotlib.rc_context(_settings()):
        heights = [HEIGHT] + [0.75 * HEIGHT] * (len(views) - 1)
        figure = Figure(figsize=(WIDTH, sum(heights)))
        top = sum(heights)
        for height, view in zip(heights, views, strict=True):
            top -= height
            box = (LEFT / WIDTH, (top + BOTTOM) / sum(heights))
            size = (1 - (LEFT + MARGIN) / WIDTH, (height - BOTTOM - MARGIN) / sum(heights))
            ax = figure.add_axes((*box, *size))
            # At the picture's edge in every state; matplotlib would measure all tick labels to find a place.
            ax.xaxis.set_label_coords(0.5, -LABEL_BELOW / (height - BOTTOM - MARGIN))
            ax.yaxis.set_label_coords(-LABEL_LEFT / (WIDTH - LEFT - MARGIN), 0.5)
            view(ax, result)
    return figure


def to_svg(figure: Figure, salt: str) -> str:
    """Return the figure as compact, themable SVG text whose bytes depend on the drawing and `salt` only."""
    buffer = io.StringIO()
    empty = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with matplotlib.rc_context({**_settings(), "svg.hashsalt": salt}):
        figure.savefig(buffer, format="svg", metadata=empty)
    return _compact(buffer.getvalue())


def figure_numbers(figure: Figure) -> list[dict[str, Any]]:
    """Return the data behind the picture: a table per axes and x grid, read off the artists that were drawn.

    Each table is ``{"title": y label, "columns": [x label, series, ...], "rows": [[x, y, ...], ...]}`` with numbers to
    four significant digits (0 for what is smaller than 1e-12); a long series is thinned evenly to at most 21 rows, ends
    included.
    """
    tables = []
    for ax in figure.axes:
        grids: dict[tuple[float, ...], list[tuple[str, np.ndarray]]] = {}
        for label, x, y in _series(ax):
            grids.setdefault(tuple(np.round(x, 12)), []).append((label, y))
        ticks = {round(float(t), 9): s.get_text() for t, s in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)}
        for grid, members in grids.items():
            rows = np.unique(np.linspace(0, len(grid) - 1, min(ROWS, len(grid))).astype(int))
            names = not all(_is_number(ticks.get(round(grid[row], 9), "0")) for row in rows)
            tables.append(
                {
                    "title": ax.get_ylabel(),
                    "columns": [ax.get_xlabel(), *(label for label, _ in members)],
                    "rows": [
                        [ticks.get(round(grid[row], 9), "") if names else _short(grid[row])]
                        + [_short(y[row]) for _, y in members]
                        for row in rows
                    ],
                }
            )
    return tables


def _series(ax: Axes) -> list[tuple[str, np.ndarray, np.ndarray]]:
    found: list[tuple[str, np.ndarray, np.ndarray]] = []
    for container in ax.containers:
        label = str(container.get_label())
        if isinstance(container, BarContainer) and not label.startswith("_"):
            x = [bar.get_x() + bar.get_width() / 2 for bar in container.patches]
            found.append((label, np.array(x, float), np.array([bar.get_height() for bar in container.patches], float)))
        elif getattr(container, "has_yerr", False) and not label.startswith("_"):
            line = container[0]
            found.append((label, *_finite(line.get_xdata(), line.get_ydata())))
    for line in ax.get_lines():
        if not str(line.get_label()).startswith("_"):
            found.append((str(line.get_label()), *_finite(line.get_xdata(), line.get_ydata())))
    for collection in ax.collections:
        if isinstance(collection, PathCollection) and not str(collection.get_label()).startswith("_"):
            offsets = np.asarray(collection.get_offsets(), float)
            found.append((str(collection.get_label()), *_finite(offsets[:, 0], offsets[:, 1])))
    return [(label, x, y) for label, x, y in found if len(x)]


def _finite(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x, float), np.asarray(y, float)
    keep = np.isfinite(x) & np.isfinite(y)
    return x[keep], y[keep]


def _short(value: float) -> str:
    return "0" if abs(value) < DUST else f"{float(f'{value:.4g}') + 0.0:g}"


def _is_number(text: str) -> bool:
    try:
        float(text.replace("\N{MINUS SIGN}", "-").replace("%", "").replace(",", "") or "0")
    except ValueError:
        return False
    return True


_NUMBERS = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
_GEOMETRY = re.compile(r'(?<=\s)(d|x|y|x1|x2|y1|y2|width|height|points|transform|cx|cy|r|stroke-width)="([^"]*)"')
_COLORS = {color: f"var(--ex-c{i}, {color})" for i, color in enumerate(PALETTE)} | {
    GRAY: f"var(--ex-gray, {GRAY})",
    "#000000": "currentColor",
}


def _compact(svg: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", svg, flags=re.S)
    box = re.search(r'viewBox="([^"]*)"', svg)
    assert box is not None  # matplotlib always writes one
    size = " ".join(_round(part) for part in box[1].split())
    body = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", body)
    body = _GEOMETRY.sub(_shorter, body)
    body = re.sub(r"(stroke-width|stroke-dasharray|stroke-dashoffset): [^;\"]*", _round_all, body)
    body = re.sub(r"#[0-9a-f]{6}\b", lambda m: _COLORS.get(m[0], m[0]), body)
    body = re.sub(r"font: ([0-9.]+)px [^;\"]*", r"font-size: \1px", body)
    body = re.sub(r"; font-family: [^;\"]*", "", body)
    body = re.sub(r'transform="rotate\(-?0(?:\.0)? [^)]*\)"', "", body)
    body = re.sub(r"<g>\s*</g>|<defs>\s*</defs>", "", body)
    body = re.sub(r"\s*\n\s*", "\n", body).strip()
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    look = 'fill="currentColor" stroke-linejoin="round" stroke-linecap="butt"'  # black is left out by matplotlib
    return f'<svg {names} viewBox="{size}" {look}>\n{body}\n</svg>'


def _shorter(match: re.Match[str]) -> str:
    value = _NUMBERS.sub(lambda number: _round(number[0]), match[2])
    if match[1] == "d":
        value = re.sub(r"\s*([A-Za-z])\s*", r"\1", value.replace("\n", " ")).strip()
    return f'{match[1]}="{value}"'


def _round_all(match: re.Match[str]) -> str:
    return _NUMBERS.sub(lambda n: _round(n[0], 2), match[0])


def _round(number: str, digits: int = 1) -> str:
    return f"{round(float(number), digits) + 0.0:g}" if abs(float(number)) < 1e5 else number
