"""Pictures: the same box in every state, colors that follow the page, rounded coordinates, and bytes that never differ."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes

from sysalign_lib.page.style import GRAY, HEIGHT, PALETTE, WIDTH, draw, figure_numbers, to_svg
from tests.page.toy import WalkParams, solve, steps_view, view

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


def lines(ax: Axes, _: object) -> None:
    """One line of every color of the palette, one of ink, one of gray, and points."""
    for i in range(len(PALETTE)):
        ax.plot([0, 1 / 3, 1], [i, i + 1 / 7, i], color=f"C{i}", label=f"line {i}")
    ax.plot([0, 1], [0, 7], color="k", label="ink")
    ax.plot([0, 1], [7, 0], color="0.5", linestyle="--", label="gray")
    ax.scatter([1 / 3, 2 / 3], [1 / 3, 2 / 3], color="C2", alpha=0.5, label="points")
    ax.fill_between([0, 1], [1, 1], [2, 2], color="C3", alpha=0.2)
    ax.set(xlim=(0, 1), ylim=(0, 8), xlabel="x", ylabel="y")
    ax.legend(loc="right")


def svg_of(*views: object, salt: str = "salt") -> str:
    return to_svg(draw(views, None), salt)  # type: ignore[arg-type]


def test_the_axes_box_is_the_same_whatever_is_drawn() -> None:
    boxes = [
        draw([view], solve(WalkParams(drift=drift, steps=steps))).axes[0].get_position().bounds
        for drift, steps in ((-1.0, 2), (0.0, 10), (1.0, 50))
    ]
    assert boxes[0] == boxes[1] == boxes[2]
    left, bottom, width, height = boxes[0]
    assert min(left, bottom) > 0
    assert left + width < 1
    assert bottom + height < 1


def test_the_picture_has_the_promised_size() -> None:
    assert f'viewBox="0 0 {72 * WIDTH:g} {72 * HEIGHT:g}"' in svg_of(lines)
    root = ElementTree.fromstring(svg_of(lines))
    assert "width" not in root.attrib  # the page sets the width
    assert "height" not in root.attrib


def test_views_stand_beneath_each_other_without_touching() -> None:
    figure = draw([view, steps_view, steps_view], solve(WalkParams()))
    spans = [(ax.get_position().y0, ax.get_position().y1) for ax in figure.axes]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(spans))
    assert figure.get_size_inches()[1] == pytest.approx(HEIGHT * (1 + 0.75 + 0.75))
    alone = draw([view], solve(WalkParams())).axes[0].get_position()
    inches = alone.height * HEIGHT
    assert figure.axes[0].get_position().height * figure.get_size_inches()[1] == pytest.approx(inches)


@pytest.mark.parametrize("i", range(len(PALETTE)))
def test_a_color_of_the_cycle_becomes_a_variable_with_the_color_as_fallback(i: int) -> None:
    assert f"stroke: var(--ex-c{i}, {PALETTE[i]})" in svg_of(lines)


def test_ink_and_gray_follow_the_page_and_no_other_color_is_left() -> None:
    svg = svg_of(lines)
    assert "stroke: currentColor" in svg
    assert f"stroke: var(--ex-gray, {GRAY})" in svg
    assert 'fill="currentColor"' in svg.split(">", 1)[0]
    bare = re.sub(r"var\(--ex-[a-z0-9]+, #[0-9a-f]{6}\)", "", svg)
    assert re.findall(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b", bare) == []


def test_coordinates_have_one_decimal_at_most() -> None:
    svg = svg_of(lines)
    places = re.findall(r'\s(?:d|x|y|width|height|points|transform)="([^"]*)"', svg)
    assert len(places) > 20
    long = [part for place in places for part in re.findall(r"\d\.\d{2,}", place)]
    assert long == []


def test_rounding_moves_no_point_by_more_than_half_of_the_last_digit() -> None:
    figure = draw([lines], None)
    svg = to_svg(figure, "salt")
    (path,) = re.findall(rf'<path d="([^"]*)"[^>]*stroke: var\(--ex-c1, {PALETTE[1]}\); stroke-width: 1.8', svg)[:1]
    drawn = np.array(re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path), float)
    exact = figure.axes[0].transData.transform([(0, 1), (1 / 3, 1 + 1 / 7), (1, 1)]) * 72 / figure.dpi
    exact[:, 1] = 72 * HEIGHT - exact[:, 1]
    np.testing.assert_allclose(drawn, exact, atol=0.05 + 1e-9, rtol=0)


def test_the_svg_is_well_formed_and_holds_real_text_and_no_metadata() -> None:
    root = ElementTree.fromstring(svg_of(lines))
    words = {element.text for element in root.iter(f"{SVG}text")}
    assert {"x", "y", "ink", "gray", "line 0"} <= words
    assert not list(root.iter(f"{SVG}metadata"))
    assert not list(root.iter(f"{SVG}style"))
    assert not re.search(r"matplotlib|<!--|dc:date|font-family", svg_of(lines), re.I)


def test_every_reference_has_its_target_and_two_pictures_on_a_page_share_none() -> None:
    ids, uses = [], []
    for salt in ("first", "second"):
        svg = svg_of(lines, salt=salt)
        ids.append(set(re.findall(r' id="([^"]*)"', svg)))
        uses.append(set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg)))
    assert ids[0] == uses[0]
    assert ids[1] == uses[1]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_the_same_drawing_has_the_same_bytes_in_any_process() -> None:
    script = (
        "import hashlib; from tests.page.test_style import svg_of, lines; from tests.page.toy import WALK; "
        "f = WALK.frame(drift=1.0); print(hashlib.sha256((svg_of(lines) + f.svg + f.reading).encode()).hexdigest())"
    )
    from tests.page.toy import WALK

    frame = WALK.frame(drift=1.0)
    here = hashlib.sha256((svg_of(lines) + frame.svg + frame.reading).encode()).hexdigest()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "4242")
    ]
    assert [one.communicate(timeout=60)[0].strip() for one in running] == [here, here]


def test_drawing_leaves_the_callers_settings_alone_and_does_not_depend_on_them() -> None:
    usual = svg_of(lines)
    before = dict(matplotlib.rcParams)
    svg_of(lines)
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context(
        {"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "red", "svg.fonttype": "path"}
    ):
        assert svg_of(lines) == usual


def test_drawing_does_not_depend_on_a_setting_that_the_style_does_not_name() -> None:
    usual = svg_of(lines)
    with matplotlib.rc_context({"axes.grid": True, "xtick.direction": "in"}):
        assert svg_of(lines) == usual


# The numbers behind a picture


def table_of(plot: object) -> list[dict]:
    return figure_numbers(draw([plot], None))  # type: ignore[list-item]


def test_lines_on_one_grid_share_a_table_headed_by_their_labels() -> None:
    def plot(ax: Axes, _: object) -> None:
        ax.plot([0, 1, 2], [0.123456, -0.0, 3e-7], label="a")
        ax.plot([0, 1, 2], [1, 2, 3], label="b")
        ax.plot([0, 2], [5, 6], label="c")
        ax.axhline(1)
        ax.set(xlabel="dose", ylabel="effect")

    first, second = table_of(plot)
    assert first == {
        "title": "effect",
        "columns": ["dose", "a", "b"],
        "rows": [["0", "0.1235", "1"], ["1", "0", "2"], ["2", "3e-07", "3"]],
    }
    assert second["columns"] == ["dose", "c"]
    assert second["rows"] == [["0", "5"], ["2", "6"]]


@pytest.mark.parametrize(("value", "cell"), [(9e-13, "0"), (-5e-15, "0"), (1.1e-12, "1.1e-12"), (-2e-12, "-2e-12")])
def test_what_rounding_leaves_is_listed_as_nothing(value: float, cell: str) -> None:
    (table,) = table_of(lambda ax, _: ax.plot([0, 1], [1, value], label="a") and None)
    assert table["rows"][1][1] == cell


@pytest.mark.parametrize(("points", "rows"), [(20, 20), (21, 21), (22, 21), (500, 21)])
def test_a_long_line_is_thinned_evenly_with_its_ends(points: int, rows: int) -> None:
    (table,) = table_of(lambda ax, _: ax.plot(np.arange(points), np.arange(points), label="a") and None)
    at = [int(row[0]) for row in table["rows"]]
    assert len(at) == rows
    assert (at[0], at[-1]) == (0, points - 1)
    assert max(np.diff(at)) - min(np.diff(at)) <= 1


def test_bars_points_and_error_bars_are_listed_and_gaps_are_not() -> None:
    def plot(ax: Axes, _: object) -> None:
        ax.bar([0, 1], [3, 4], label="bars")
        ax.scatter([0, 1], [5, 6], label="points")
        ax.errorbar([0, 1], [7, 8], yerr=[1, 1], label="errors")
        ax.plot([0, 0.5, 1], [9, np.nan, 10], label="gap")
        ax.scatter([3], [3])
        ax.bar([9], [9])

    tables = table_of(plot)
    columns = {head: [row[i + 1] for row in t["rows"]] for t in tables for i, head in enumerate(t["columns"][1:])}
    assert columns == {"bars": ["3", "4"], "points": ["5", "6"], "errors": ["7", "8"], "gap": ["9", "10"]}


def test_named_ticks_name_the_rows() -> None:
    def plot(ax: Axes, _: object) -> None:
        ax.bar([0, 1], [3, 4], label="gain")
        ax.set_xticks([0, 1], ["wait", "act"])

    (table,) = table_of(plot)
    assert table["rows"] == [["wait", "3"], ["act", "4"]]
