"""Line charts as pictures."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.cells import Look, Picture, Span, fitted
from paramdyn_tui.tui.charts.axis import axis_spans
from paramdyn_tui.tui.charts.chart import Chart, ChartLine
from paramdyn_tui.tui.charts.cursor import cursor_box
from paramdyn_tui.tui.charts.cutting import pieces_of
from paramdyn_tui.tui.charts.dots import Grain
from paramdyn_tui.tui.charts.grid import Grid, narrow
from paramdyn_tui.tui.charts.layers import draw_glyphs, draw_lines, grain_of
from paramdyn_tui.tui.charts.legend import legend_rows
from paramdyn_tui.tui.charts.pieces import Pieces
from paramdyn_tui.tui.charts.ticks import rounded_range, tick_labels, value_ticks
from paramdyn_tui.tui.charts.viewport import Viewport, with_range

LEAST_MARGIN = 4
"""Cells for the numbers at the left, so that a chart stays where it is while they change."""
NO_MARGIN = 24
"""Cells below which there is no such room: numbers come only where they are short."""

LEAST_WIDTH = 3
LEGEND_SHARE = 8
"""A legend takes at most the row above so many others."""
MANY = 16
"""Lines from which on all values are looked at before any line is cut."""


class Plot(NamedTuple):
    """What has been found out before a chart is drawn.

    Attributes:
        view: With known edges; None when there is nothing to draw.
        pieces: Of the lines.
        margin: Cells for numbers at the left; 0 for none.
        ticks: Values at the left, and their texts.
    """

    view: Viewport | None
    pieces: Pieces
    margin: int
    ticks: list[tuple[float, str]]


def draw_chart(chart: Chart, width: int, height: int, look: Look) -> Picture:
    """Return a chart as ``height`` rows of ``width`` cells.

    Args:
        chart: What is drawn.
        width: Below 3 nothing is drawn; the numbers at the left need about 12.
        height: At least 1; the axis below needs 3.
        look: What the terminal can show.
    """
    if width < LEAST_WIDTH or height < 1:
        return [(Span(" " * max(width, 0)),)] * max(height, 0)
    has_head = chart.legend and height > 3
    head = legend_rows(chart, width, max(height // LEGEND_SHARE, 1), look) if has_head else []
    has_axis = height - len(head) > 2
    rows = height - len(head) - has_axis
    grain = grain_of(look)
    plot = _plot(chart, width, rows, grain)
    grid = Grid(width - plot.margin - 1, rows)
    if plot.view is None:
        lines = textwrap.wrap(narrow(chart.empty), max(grid.width, 1))[:rows]
        for row, words in enumerate(lines, max((rows - len(lines)) // 2, 0)):
            grid.put(row, (grid.width - len(words)) // 2, words, "dim")
    else:
        _draw(grid, chart, plot.pieces, plot.view, look)
    body = [(edge, *row) for edge, row in zip(_edges(plot, rows), grid.rows(), strict=True)]
    if has_axis:
        marks = [(mark.x, mark.letter) for mark in chart.marks]
        corner = Span(" " * plot.margin + "└", "axis")
        name = chart.axis
        spans = axis_spans(chart.viewport, grid.width, marks, dots=grain.columns, name=name)
        body.append(fitted([corner, *spans], width))
    return [*head, *body]


def visible_range(
    chart: Chart, values: tuple[Floats, Floats], *, log: bool
) -> tuple[float, float] | None:
    """Return the smallest and the largest value that are visible, references included.

    Args:
        chart: The chart.
        values: The smallest and the largest values of parts of its lines. Shape (P,) each.
        log: Whether only values above zero count.

    Returns:
        None when there is no value.
    """
    view = chart.viewport
    extra = [value for value in chart.references.values() if np.isfinite(value)]
    edges = [edge for line in chart.lines for edge in _band_edges(line, view)]
    if not len(values[0]) and not edges:
        return None
    low: Floats = np.concatenate([values[0], *edges, extra])
    high: Floats = np.concatenate([values[1], *edges, extra])
    if log:
        low, high = low[low > 0], high[high > 0]
        low = low if len(low) else high
    return (float(low.min()), float(high.max())) if len(high) else None


def _band_edges(line: ChartLine, view: Viewport) -> list[Floats]:
    """Return the visible finite values at the edges of a band."""
    if line.low is None or line.high is None:
        return []
    inside = (line.x >= view.left) & (line.x <= view.right)
    return [edge[inside & np.isfinite(edge)] for edge in (line.low, line.high)]


def _plot(chart: Chart, width: int, rows: int, grain: Grain) -> Plot:
    """Return the pieces and the edges; where numbers need more room there is less for lines."""
    margin = LEAST_MARGIN if width >= NO_MARGIN else 0
    if len(chart.lines) >= MANY:  # cutting them twice would cost more than looking first
        guess = _ranged(chart, _extremes(chart))
        labels = tick_labels(value_ticks(guess, rows)) if guess else []
        margin = max([margin, *(len(label) for label in labels if len(label) <= width // 3)])
    curves = [(line.x, line.y) for line in chart.lines]
    pyramids = [line.pyramid for line in chart.lines]
    while True:
        columns = (width - margin - 1) * grain.columns
        pieces = pieces_of(curves, chart.viewport, columns, pyramids)
        view = _ranged(chart, (pieces.low, pieces.high))
        if view is None:
            return Plot(None, pieces, margin, [])
        ticks = value_ticks(view, rows)
        labels = tick_labels(ticks)
        needed = max(map(len, labels), default=0)
        if needed > max(width // 3, margin):
            return Plot(view, pieces, margin, [])
        if needed <= margin:
            return Plot(view, pieces, margin, list(zip(ticks, labels, strict=True)))
        margin = needed


def _extremes(chart: Chart) -> tuple[Floats, Floats]:
    """Return the smallest and the largest visible value, for a first look. Shape (0 or 1,)."""
    left, right = chart.viewport.left, chart.viewport.right
    parts = []
    for line in chart.lines:
        x, y = line.x, line.y
        if len(x) and not (x[0] >= left and x[-1] <= right):
            y = y[np.searchsorted(x, left) : np.searchsorted(x, right, side="right")]
        parts.append(y)
    values: Floats = np.concatenate(parts)
    if chart.viewport.log_y:
        values = values[values > 0]
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    if not (np.isfinite(low) and np.isfinite(high)):
        values = values[np.isfinite(values)]
        low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    return (np.array([low]), np.array([high])) if len(values) else (values, values)


def _ranged(chart: Chart, values: tuple[Floats, Floats]) -> Viewport | None:
    view = chart.viewport
    if view.low is not None and view.high is not None:
        return view
    found = visible_range(chart, values, log=view.log_y)
    return None if found is None else with_range(view, *rounded_range(*found, log=view.log_y))


def _draw(grid: Grid, chart: Chart, pieces: Pieces, view: Viewport, look: Look) -> None:
    grain = grain_of(look)
    draw_lines(grid, chart, pieces, view, look)
    if len(pieces.lost):
        cells = np.unique(pieces.lost // grain.columns)
        grid.letters[0, cells], grid.styles[0, cells] = ord("!"), grid.style("bad")
    _draw_references(grid, chart, view, look)
    _draw_beyond(grid, chart, view, look)
    _draw_marks(grid, chart, view, look)
    if not look.color and not look.ascii_only:
        draw_glyphs(grid, chart, pieces, view)
    column = None if chart.cursor is None else _cell_column(chart.cursor, grid, view, grain)
    if column is not None:
        grid.letters[:, column] = ord("|" if look.ascii_only else "╎")
        grid.styles[:, column] = grid.style("crosshair")
        cursor_box(grid, chart, column)


def _draw_references(grid: Grid, chart: Chart, view: Viewport, look: Look) -> None:
    """Draw dotted lines where nothing else is, with their labels at the right."""
    grain = grain_of(look)
    for label, value in chart.references.items():
        row = view.row_of(value, grid.height * grain.rows)
        if row is None:
            continue
        row //= grain.rows
        words = f" {narrow(label)} " if label else ""
        start = grid.width - len(words)
        shown = bool(words) and grid.free(row, start, len(words))
        cells = grid.blank()[row]
        grid.letters[row, cells] = ord("-" if look.ascii_only else "╌")
        grid.styles[row, cells] = grid.style("reference")
        if shown:
            grid.put(row, start, words, "reference")


def _draw_beyond(grid: Grid, chart: Chart, view: Viewport, look: Look) -> None:
    """Tell values that lie outside at the edge behind which they do, where there is room."""
    above, below = ("^", "v") if look.ascii_only else ("↑", "↓")
    for label, value in chart.beyond.items():
        if view.low is None or view.high is None or view.low <= value <= view.high:
            continue
        row, arrow = (0, above) if value > view.high else (grid.height - 1, below)
        words = f" {narrow(label)} {number(value, 2)} {arrow} "
        for start in (grid.width - len(words), 0):
            if grid.free(row, start, len(words)):
                grid.put(row, start, words, "reference")
                break


def _draw_marks(grid: Grid, chart: Chart, view: Viewport, look: Look) -> None:
    """Draw a line for each thing that happened, where nothing else is."""
    if not chart.marks:
        return
    free, grain = grid.blank(), grain_of(look)
    sign, style = ord(":" if look.ascii_only else "┊"), grid.style("event")
    for mark in chart.marks:
        if mark.tall and view.left < mark.x < view.right:
            column = _cell_column(mark.x, grid, view, grain)
            if column is not None:
                cells = free[:, column]
                grid.letters[cells, column], grid.styles[cells, column] = sign, style


def _cell_column(x: float, grid: Grid, view: Viewport, grain: Grain) -> int | None:
    column = view.column_of(x, grid.width * grain.columns)
    return None if column is None else column // grain.columns


def _edges(plot: Plot, rows: int) -> list[Span]:
    """Return the left edge of each row: numbers at the ticks, and a line."""
    edges = [Span(" " * plot.margin + "│", "axis")] * rows
    for tick, label in plot.ticks:
        row = None if plot.view is None else plot.view.row_of(tick, rows)
        if row is not None:
            edges[row] = Span(f"{label:>{plot.margin}}┤", "axis")
    return edges
