"""The position that is looked at on all charts: its values, and where it moves to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.plotting.raster import tick_text
from paramdyn_tui.tui.charts.chart import Chart, ChartLine
from paramdyn_tui.tui.charts.grid import Grid, narrow
from paramdyn_tui.tui.charts.viewport import Viewport
from paramdyn_tui.tui.palette import SERIES

LONGEST, MOST_VALUES = 20, 200


class ValueAt(NamedTuple):
    """What a line says at a position.

    Attributes:
        label: The line's.
        color: The line's.
        value: The newest value up to the position; None before the first one.
        x: Where that was recorded.
    """

    label: str
    color: int
    value: float | None
    x: float | None


def values_at(chart: Chart, x: float) -> list[ValueAt]:
    """Return what each line that has a label says at a position, in the order of lines.

    It is the newest record up to there: what was known at the time.
    """
    return [_value_at(line, x) for line in chart.lines if line.label and not line.faint]


def moved_cursor(
    lines: Sequence[ChartLine],
    view: Viewport,
    cursor: float | None,
    by: int,
    *,
    cells: int | None = None,
) -> float | None:
    """Return the next recorded position to the right (``by`` > 0) or to the left.

    Args:
        lines: Whose records count; their positions rise.
        view: What is visible; the cursor stays in it.
        cursor: Where it is; None: nowhere yet, then it goes to the last visible record.
        by: How many records on; with ``cells`` how many cells.
        cells: Cells a row has: then records less than a cell away are passed over, so that a move
            is seen.

    Returns:
        The position; the old one where there is no further record, None without any record.
    """
    if cursor is None:
        return _next(lines, view, math.inf, forward=False)
    forward = by > 0
    for _ in range(abs(by)):
        beyond = cursor
        if cells:
            step = 1.0 / max(cells - 1, 1)
            beyond = view.x_at(view.share_of_x(cursor) + (step if forward else -step) * (1 - 1e-6))
        found = _next(lines, view, beyond, forward=forward)
        if found is None:  # less than a cell away from the edge: the outermost record, if any
            found = _next(lines, view, math.inf if forward else -math.inf, forward=not forward)
        if found is None or (found <= cursor if forward else found >= cursor):
            return cursor
        cursor = found
    return cursor


def cursor_box(grid: Grid, chart: Chart, column: int) -> None:
    """Write the values at the cursor beside it, on the side and at the end that hide least."""
    if chart.cursor is None:
        return
    rows = _box_rows(chart, chart.cursor)
    if len(rows) > grid.height:
        more = len(rows) - grid.height + 1
        rows = [*rows[: grid.height - 1], [(f" +{more} more ", "dim")]]
    width = max(sum(len(text) for text, _ in parts) for parts in rows)
    free = grid.blank()
    right, left = column + 1, column - width
    sides = [side for side in (right, left) if side >= 0 and side + width <= grid.width]
    if not sides:
        sides = [max(grid.width - width, 0) if grid.width - right >= column else 0]
    ends = (0, grid.height - len(rows))
    hidden = {
        (top, side): int((~free[top : top + len(rows), max(side, 0) : side + width]).sum())
        for top in ends
        for side in sides
    }
    top, start = min(hidden, key=lambda place: hidden[place])
    for row, parts in enumerate(rows, start=top):
        at = start
        for text, style in parts:
            grid.put(row, at, text, style)
            at += len(text)


def _box_rows(chart: Chart, cursor: float) -> list[list[tuple[str, str]]]:
    """Return the rows of the box: position, and label, value and difference of each line."""
    found = values_at(chart, cursor)[:MOST_VALUES]
    where = narrow(chart.cursor_text) or tick_text(cursor)
    labels = [narrow(each.label)[:LONGEST] if len(found) > 1 else "" for each in found]
    texts = [number(each.value, 4) for each in found]
    long, wide = max(map(len, labels), default=0), max(map(len, texts), default=0)
    base = _baseline(chart, cursor)
    rows = []
    for index, (each, label, text) in enumerate(zip(found, labels, texts, strict=True)):
        parts = [(f" {where} " if index == 0 else " " * (len(where) + 2), "crosshair")]
        if long:
            parts.append((f"{label:<{long}} ", f"s{each.color % SERIES}"))
        parts.append((f"{text:>{wide}} ", "strong"))
        if base is not None and each.value is not None and each.label != base[0]:
            parts.append((f"{each.value - base[1]:+.3g} ", "dim"))
        rows.append(parts)
    return rows or [[(f" {where} ", "crosshair")]]


def _baseline(chart: Chart, cursor: float) -> tuple[str, float] | None:
    if chart.baseline is None or not 0 <= chart.baseline < len(chart.lines):
        return None
    found = _value_at(chart.lines[chart.baseline], cursor)
    return None if found.value is None else (found.label, found.value)


def _value_at(line: ChartLine, x: float) -> ValueAt:
    place = int(np.searchsorted(line.x, x, side="right")) - 1
    if place < 0:
        return ValueAt(line.label, line.color, None, None)
    return ValueAt(line.label, line.color, float(line.y[place]), float(line.x[place]))


def _next(
    lines: Sequence[ChartLine], view: Viewport, beyond: float, *, forward: bool
) -> float | None:
    """Return the visible record next to a position, which it does not include."""
    found = []
    for line in lines:
        if not len(line.x):
            continue
        if forward:
            place = int(np.searchsorted(line.x, max(beyond, _before(view.left)), side="right"))
        else:
            place = int(np.searchsorted(line.x, min(beyond, _after(view.right)), side="left")) - 1
        if 0 <= place < len(line.x) and view.left <= line.x[place] <= view.right:
            found.append(float(line.x[place]))
    if not found:
        return None
    return min(found) if forward else max(found)


def _before(x: float) -> float:
    return math.nextafter(x, -math.inf)


def _after(x: float) -> float:
    return math.nextafter(x, math.inf)
