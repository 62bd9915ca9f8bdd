"""Heatmaps as pictures: a row for each layer, from left to right the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.plotting.raster import (
    DENSITY,
    NOT_FINITE,
    NOT_FINITE_SIGN,
    UNDEFINED,
    UNDEFINED_SIGN,
    VALUE_WIDTH,
    Scale,
    scale_of,
    short_number,
)
from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.cells import Look, Picture, Row, Span, fitted
from paramdyn_tui.tui.charts.axis import axis_spans
from paramdyn_tui.tui.charts.chart import Heat
from paramdyn_tui.tui.charts.grid import Grid, narrow
from paramdyn_tui.tui.charts.heat_columns import column_values
from paramdyn_tui.tui.charts.heat_rows import squeezed
from paramdyn_tui.tui.charts.viewport import Viewport
from paramdyn_tui.tui.palette import HEAT_LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Heat", "draw_heat", "heat_legend", "heat_scale"]

BLANK = -3
"""Level of a cell for which nothing is recorded yet."""
HALF = "▀"


def draw_heat(
    heat: Heat,
    width: int,
    height: int,
    look: Look,
    cursor: float | None = None,
    first_row: int = 0,
    selected: int | None = None,
) -> Picture:
    """Return a heatmap as ``height`` rows of ``width`` cells, the axis at the bottom.

    With room for all rows each has its own line. Else, with colour, two share a line; else
    neighbours are put together, their largest (or smallest) value shown.

    Args:
        heat: What is shown.
        width: At least 1.
        height: At least 1; the axis needs 2.
        look: What the terminal can show; without colour levels are characters.
        cursor: Position that is looked at: the numbers at the right are those there, else the last.
        first_row: The first row that is visible where they are not put together.
        selected: Row that is looked at, if any.
    """
    axis = height > 1
    rows = max(height - axis, 1)
    if not heat.squeeze:
        heat = _part(heat, first_row, rows)
        selected = None if selected is None else selected - first_row
    margin = _margin(heat, width)
    numbers = VALUE_WIDTH if width - margin - 2 - VALUE_WIDTH >= 8 else 0
    room = max(width - (margin + 1 if margin else 0) - (numbers + 1 if numbers else 0), 2)
    view = Viewport(heat.left, heat.right)
    pairs = look.color and not look.ascii_only and len(heat.labels) > rows
    heat, members = squeezed(heat, rows * 2 if pairs else rows)
    values, defined, there = column_values(heat, view, room)
    levels = _levels(heat, values, defined, HEAT_LEVELS if look.color else len(DENSITY))
    levels = np.where(there, levels, BLANK)
    grid = Grid(room, -(-len(levels) // 2) if pairs else len(levels)) if len(levels) else None
    if grid is not None:
        (_fill_pairs if pairs else _fill)(grid, levels, look)
        _draw_cursor(grid, view, cursor, look)
    body = _lines(heat, grid, members, margin, numbers, selected, cursor, pairs=pairs)
    blank: Row = (Span(" " * width),)
    body = [fitted(row, width) for row in body][:rows]
    body += [blank] * (rows - len(body))
    if axis:
        body.append(_axis_row(heat, view, margin, room, width))
    return body[:height]


def heat_scale(heat: Heat) -> Scale | None:
    """Return what the levels stand for; None where there is no value or every row has its own."""
    if heat.per_row:
        return None
    found = scale_of(heat.values, heat.defined, log=heat.log)
    if heat.low is None and heat.high is None:
        return found
    low = heat.low if heat.low is not None else found.low if found else 0.0
    high = heat.high if heat.high is not None else found.high if found else low
    return Scale(low, high, heat.log)


def heat_legend(heat: Heat, look: Look) -> Row:
    """Return all levels between what the lowest and the highest stand for, for a frame's edge."""
    scale = heat_scale(heat)
    low, high = ("least", "most") if scale is None else map(_short, (scale.low, scale.high))
    if look.color:
        levels = [Span(" ", f"h{level}") for level in range(HEAT_LEVELS)]
    else:
        levels = [Span(DENSITY, "text")]
    return (Span(f"{low} ", "dim"), *levels, Span(f" {high}", "dim"))


def _short(value: float) -> str:
    return number(value, 3)


def _part(heat: Heat, first: int, count: int) -> Heat:
    first = min(max(first, 0), max(len(heat.labels) - 1, 0))
    rows = slice(first, first + count)
    scale = heat_scale(heat)  # of all rows: colours stay while one scrolls
    if scale is not None:
        heat = replace(heat, low=scale.low, high=scale.high)
    return replace(
        heat, labels=heat.labels[rows], values=heat.values[rows], defined=heat.defined[rows]
    )


def _levels(heat: Heat, values: Floats, defined: Bools, count: int) -> NDArray[np.int8]:
    if heat.per_row:
        scales = [
            scale_of(row, exists, log=heat.log)
            for row, exists in zip(heat.values, heat.defined, strict=True)
        ]
        rows = [
            (scale or Scale(1.0, 1.0)).levels(row, exists, count)
            for scale, row, exists in zip(scales, values, defined, strict=True)
        ]
        return np.array(rows, np.int8).reshape(values.shape)
    return (heat_scale(heat) or Scale(1.0, 1.0)).levels(values, defined, count)


def _fill(grid: Grid, levels: NDArray[np.int8], look: Look) -> None:
    """Draw one row of cells for each row of levels."""
    for level in np.unique(levels).tolist():
        cells = levels == level
        letter, style = _cell(level, look)
        grid.letters[cells], grid.styles[cells] = ord(letter), grid.style(style)


def _cell(level: int, look: Look) -> tuple[str, str]:
    if level == BLANK:
        return " ", "text"
    if level == UNDEFINED:
        return (" ", "hu") if look.color else (UNDEFINED_SIGN, "dim")
    if level == NOT_FINITE:
        return NOT_FINITE_SIGN, "hn" if look.color else "bad"
    return (" ", f"h{level}") if look.color else (DENSITY[level], "text")


def _fill_pairs(grid: Grid, levels: NDArray[np.int8], _look: Look) -> None:
    """Draw two rows of levels as one of half blocks."""
    if len(levels) % 2:
        levels = np.concatenate([levels, np.full((1, levels.shape[1]), BLANK, np.int8)])
    upper, lower = levels[::2], levels[1::2]
    together = (upper.astype(np.int16) - BLANK) * 64 + (lower - BLANK)
    for pair in np.unique(together).tolist():
        cells = together == pair
        above, below = pair // 64 + BLANK, pair % 64 + BLANK
        same = above == below
        style = f"h{_name(above)}" if same else f"h{_name(above)}/{_name(below)}"
        grid.letters[cells] = ord(" " if same else HALF)
        grid.styles[cells] = grid.style("text" if same and above == BLANK else style)


def _name(level: int) -> str:
    return {BLANK: "", UNDEFINED: "u", NOT_FINITE: "n"}.get(level, str(level))


def _draw_cursor(grid: Grid, view: Viewport, cursor: float | None, look: Look) -> None:
    column = None if cursor is None else view.column_of(cursor, grid.width)
    if column is None:
        return
    # on a cell of one level the level stays as its ground
    mixed = (grid.letters[:, column] == ord(HALF)) | (not look.color)
    grid.styles[mixed, column] = grid.style("crosshair")
    grid.letters[:, column] = ord("|" if look.ascii_only else "╎")


def _margin(heat: Heat, width: int) -> int:
    """Return the cells for labels; 0 where there is no room."""
    longest = max(map(len, [*heat.labels, heat.axis]), default=0)
    return min(longest, width * 3 // 10) if width >= 16 else 0


def _lines(
    heat: Heat,
    grid: Grid | None,
    members: Sequence[range],
    margin: int,
    numbers: int,
    selected: int | None,
    cursor: float | None,
    *,
    pairs: bool,
) -> Picture:
    """Return each line of cells with its label and its number."""
    if grid is None:
        return [(Span("no values yet", "dim"),)]
    shown = _numbers(heat, cursor)
    lines: Picture = []
    for index, cells in enumerate(grid.rows()):
        own = (2 * index, min(2 * index + 1, len(members) - 1)) if pairs else (index,)
        looked_at = selected is not None and any(selected in members[each] for each in own)
        style = "cursor" if looked_at else "text"
        row: list[Span] = []
        if margin:
            label = narrow(shorten(heat.labels[own[0]], margin))
            row += [Span(f"{label:<{margin}}", style), Span(" ")]
        row += cells
        if numbers:
            style = "cursor" if looked_at else "dim"
            row += [Span(" "), Span(f"{shown[own[0]]:>{numbers}}", style)]
        lines.append(tuple(row))
    return lines


def _numbers(heat: Heat, cursor: float | None) -> list[str]:
    """Return the value of each row at the cursor, else the last one."""
    place = len(heat.x) - 1
    if cursor is not None:
        place = int(np.searchsorted(heat.x, cursor, side="right")) - 1
    if place < 0:
        return [""] * len(heat.labels)
    return [
        short_number(float(value), 3) if exists else "undef."
        for value, exists in zip(heat.values[:, place], heat.defined[:, place], strict=True)
    ]


def _axis_row(heat: Heat, view: Viewport, margin: int, room: int, width: int) -> Row:
    label = [Span(f"{shorten(heat.axis, margin):<{margin}} ", "axis")] if margin else []
    return fitted([*label, *axis_spans(view, room, heat.marks)], width)
