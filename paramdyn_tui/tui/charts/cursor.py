"""The position that is looked at on all charts: its values, and where it moves to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.plotting.raster import tick_text
from paramdyn_tui.tui.charts.chart import Chart, ChartLine
from paramdyn_tui.tui.charts.grid import Grid, narrow
from paramdyn_tui.tui.charts.viewport import Viewport

LONGEST = 20


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
        lines: Whose records count.
        view: What is visible; the cursor stays in it.
        cursor: Where it is; None: nowhere yet, then it goes to the last visible record.
        by: How many records (or cells) to go on.
        cells: Cells a row has; then a step is at least one cell wide, so that it is seen.

    Returns:
        The position, the old one where there is no other record, None without any record.
    """
    if cursor is None:
        return _next(lines, np.nextafter(view.right, np.inf), forward=False, edge=view.left)
    width = cells or 1
    for _ in range(abs(by)):
        place = view.share_of_x(cursor) * width
        found = _next(lines, cursor, forward=by > 0, edge=view.right if by > 0 else view.left)
        if cells and found is not None and abs(view.share_of_x(found) * width - place) < 1:
            target = view.x_at((place + (1 if by > 0 else -1)) / width)
            far = _next(lines, _beside(target, by), forward=by > 0,
                        edge=view.right if by > 0 else view.left)  # fmt: skip
            found = far if far is not None else _last(lines, found, by, view)
        if found is None:
            return cursor
        cursor = found
    return cursor


def cursor_box(grid: Grid, chart: Chart, column: int) -> None:
    """Write the values at the cursor beside it, on the side where they fit."""
    if chart.cursor is None:
        return
    found = values_at(chart, chart.cursor)[:200]
    where = narrow(chart.cursor_text) or tick_text(chart.cursor)
    labels = [narrow(each.label)[:LONGEST] if len(found) > 1 else "" for each in found]
    longest = max(map(len, labels), default=0)
    base = _baseline(chart)
    texts = [number(each.value, 4) for each in found]
    wide = max(map(len, texts), default=0)
    rows: list[list[tuple[str, str]]] = []
    for index, (each, label, text) in enumerate(zip(found, labels, texts, strict=True)):
        parts = [(f" {where} " if index == 0 else " " * (len(where) + 2), "crosshair")]
        if longest:
            parts.append((f"{label:<{longest}} ", f"s{each.color % 10}"))
        parts.append((f"{text:>{wide}} " if longest else f"{text} ", "strong"))
        if base is not None and each.value is not None and each.label != base[0]:
            parts.append((f"{each.value - base[1]:+.3g} ", "dim"))
        rows.append(parts)
    rows = rows or [[(f" {where} ", "crosshair")]]
    if len(rows) > grid.height:
        more = len(rows) - grid.height + 1
        rows = [*rows[: grid.height - 1], [(f" +{more} more ", "dim")]]
    width = max(sum(len(text) for text, _ in parts) for parts in rows)
    room = grid.width - column - 1
    start = column + 1 if width <= room or room >= column else column - width
    for row, parts in enumerate(rows):
        at = start
        for text, style in parts:
            grid.put(row, at, text, style)
            at += len(text)


def _baseline(chart: Chart) -> tuple[str, float] | None:
    if chart.baseline is None or chart.cursor is None:
        return None
    found = _value_at(chart.lines[chart.baseline], chart.cursor)
    return None if found.value is None else (found.label, found.value)


def _value_at(line: ChartLine, x: float) -> ValueAt:
    place = int(np.searchsorted(line.x, x, side="right")) - 1
    if place < 0:
        return ValueAt(line.label, line.color, None, None)
    return ValueAt(line.label, line.color, float(line.y[place]), float(line.x[place]))


def _next(lines: Sequence[ChartLine], x: float, *, forward: bool, edge: float) -> float | None:
    """Return the record next to a position, not beyond an edge."""
    found = []
    for line in lines:
        if forward:
            place = int(np.searchsorted(line.x, x, side="right"))
            if place < len(line.x) and line.x[place] <= edge:
                found.append(float(line.x[place]))
        else:
            place = int(np.searchsorted(line.x, x, side="left")) - 1
            if place >= 0 and line.x[place] >= edge:
                found.append(float(line.x[place]))
    if not found:
        return None
    return min(found) if forward else max(found)


def _beside(x: float, by: int) -> float:
    return float(np.nextafter(x, -np.inf if by > 0 else np.inf))


def _last(lines: Sequence[ChartLine], found: float, by: int, view: Viewport) -> float:
    """Return the outermost visible record in a direction."""
    far = _next(
        lines,
        np.nextafter(view.right, np.inf) if by > 0 else np.nextafter(view.left, -np.inf),
        forward=by < 0,
        edge=view.left if by > 0 else view.right,
    )
    return found if far is None else far
