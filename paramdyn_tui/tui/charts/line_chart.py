"""Line charts as pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.cells import Look, Picture, Row, Span, fitted
from paramdyn_tui.tui.charts.bands import shaded
from paramdyn_tui.tui.charts.chart import Chart, ChartLine
from paramdyn_tui.tui.charts.cursor import cursor_box
from paramdyn_tui.tui.charts.dots import COARSE, FINE, Grain, characters, dots_of, packed
from paramdyn_tui.tui.charts.grid import Grid, narrow
from paramdyn_tui.tui.charts.legend import GLYPHS, SIGNS, legend_row
from paramdyn_tui.tui.charts.pieces import Pieces, pieces_of
from paramdyn_tui.tui.charts.ticks import position_ticks, rounded_range, tick_labels, value_ticks
from paramdyn_tui.tui.charts.viewport import Viewport, with_range

LEAST_MARGIN = 4
"""Cells for the numbers at the left, so that a chart stays where it is while they change."""
GLYPH_EVERY = 14
DASH, GAP = 6, 3
"""Columns of dots after which a dashed line begins anew, and those of them that are left out."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What has been found out before a chart is drawn.

    Attributes:
        view: With known edges; None when there is nothing to draw.
        pieces: Of the lines.
        margin: Cells for numbers at the left; 0 for none.
        ticks: Values at the left.
        labels: Their texts.
    """

    view: Viewport | None
    pieces: Pieces
    margin: int
    ticks: list[float]
    labels: list[str]


def draw_chart(chart: Chart, width: int, height: int, look: Look) -> Picture:
    """Return a chart as ``height`` rows of ``width`` cells.

    Args:
        chart: What is drawn.
        width: At least 1; the numbers at the left need about 12.
        height: At least 1; the axis below needs 3.
        look: What the terminal can show.
    """
    if width < 1 or height < 1:
        return [()] * max(height, 0)
    head = [legend_row(chart, width, look)] if chart.legend and height > 3 else []
    axis = height - len(head) > 2
    rows = height - len(head) - axis
    grain = COARSE if look.ascii_only else FINE
    plot = _plot(chart, width, rows, grain)
    grid = Grid(max(width - plot.margin - 1, 1), rows)
    if plot.view is not None:
        _draw(grid, chart, plot, plot.view, grain, look)
    else:
        words = narrow(chart.empty)[: grid.width]
        grid.put(rows // 2, (grid.width - len(words)) // 2, words, "dim")
    if width < 2:
        return [*head, *grid.rows(), *([(Span("─", "axis"),)] if axis else [])]
    edges = _edges(plot, rows)
    body = [(edge, *row) for edge, row in zip(edges, grid.rows(), strict=True)]
    foot = [_axis(chart, plot, width, look)] if axis else []
    return [*head, *body, *foot]


def visible_range(pieces: Pieces, chart: Chart, *, log: bool) -> tuple[float, float] | None:
    """Return the smallest and the largest value that are visible, references included."""
    inside = slice(None)
    low, high = pieces.low, pieces.high
    if not len(low):
        return None
    extra = [value for value in chart.references.values() if np.isfinite(value)]
    bands = [each for line in chart.lines for each in _band_range(line, chart.viewport)]
    below: Floats = np.concatenate([low[inside], extra, bands])
    above: Floats = np.concatenate([high[inside], extra, bands])
    if log:
        below, above = below[below > 0], above[above > 0]
        if not len(above):
            return None
        below = below if len(below) else above
    return float(below.min()), float(above.max())


def _band_range(line: ChartLine, view: Viewport) -> list[float]:
    if line.low is None or line.high is None:
        return []
    inside = (line.x >= view.left) & (line.x <= view.right)
    edges = np.concatenate([line.low[inside], line.high[inside]])
    edges = edges[np.isfinite(edges)]
    return [float(edges.min()), float(edges.max())] if len(edges) else []


def _plot(chart: Chart, width: int, rows: int, grain: Grain) -> Plot:
    """Return the pieces and the edges; a wide margin leaves less for the pieces."""
    margin = LEAST_MARGIN if width >= 24 else 0
    while True:
        columns = max(width - margin - 1, 1) * grain.columns
        pieces = pieces_of(
            [(line.x, line.y) for line in chart.lines],
            chart.viewport,
            columns,
            [line.pyramid for line in chart.lines],
        )
        view = _ranged(chart, pieces)
        if view is None:
            return Plot(None, pieces, margin, [], [])
        ticks = value_ticks(view, rows)
        labels = tick_labels(ticks)
        needed = max(map(len, labels), default=0)
        if needed > width // 3:
            return Plot(view, pieces, margin, [], [])
        if needed <= margin:
            return Plot(view, pieces, margin, ticks, labels)
        margin = needed


def _ranged(chart: Chart, pieces: Pieces) -> Viewport | None:
    view = chart.viewport
    if view.low is not None and view.high is not None:
        return view
    found = visible_range(pieces, chart, log=view.log_y)
    return None if found is None else with_range(view, *rounded_range(*found, log=view.log_y))


def _draw(grid: Grid, chart: Chart, plot: Plot, view: Viewport, grain: Grain, look: Look) -> None:
    columns, rows = grid.width * grain.columns, grid.height * grain.rows
    _draw_lines(grid, chart, plot.pieces, view, grain, look)
    for column in sorted({int(each) // grain.columns for each in plot.pieces.lost}):
        grid.put(0, column, "!", "bad")
    _draw_references(grid, chart, view, look, grain)
    free = grid.blank()
    for mark in chart.marks:
        share = float(view.across(mark.x))
        if mark.tall and 0.0 < share < 1.0:
            column = round(share * (columns - 1)) // grain.columns
            cells = free[:, column]
            grid.letters[cells, column] = ord(":" if look.ascii_only else "┊")
            grid.styles[cells, column] = grid.style("event")
    if not look.color and not look.ascii_only:
        _draw_glyphs(grid, chart, plot.pieces, view, columns, rows)
    if chart.cursor is not None and 0.0 <= float(view.across(chart.cursor)) <= 1.0:
        column = round(float(view.across(chart.cursor)) * (columns - 1)) // grain.columns
        for row in range(grid.height):
            grid.put(row, column, "|" if look.ascii_only else "╎", "crosshair")
        cursor_box(grid, chart, column)


def _draw_lines(
    grid: Grid, chart: Chart, pieces: Pieces, view: Viewport, grain: Grain, look: Look
) -> None:
    """Draw bands, then faint lines, then the others; a cell of the others shows only those."""
    columns, rows = grid.width * grain.columns, grid.height * grain.rows
    bands = [line for line in chart.lines if line.low is not None and line.high is not None]
    for line in bands:
        bits = packed(shaded(line, view, columns, rows, filled=look.color)[None], grain)[0]
        there = bits > 0
        grid.letters[there] = characters(bits, grain)[there]
        grid.styles[there] = grid.style(f"f{line.color % 10}")
    keys = [(not line.faint, line.dashed, line.color % 10) for line in chart.lines]
    order = sorted({key: index for index, key in enumerate(keys)}.items(),
                   key=lambda item: (item[0][0], item[1]))  # fmt: skip
    number = {key: layer for layer, (key, _) in enumerate(order)}
    if not number:
        return
    layers = np.array([number[key] for key in keys], np.intp)
    dots = dots_of(pieces, layers, len(number), view, columns=columns, rows=rows)
    for (_, dashed, _), layer in number.items():
        if dashed:
            dots[layer, np.arange(columns) % DASH >= DASH - GAP] = False
    bits = packed(dots, grain)
    strong = np.array([key[0] for key in number])
    faint_bits = np.bitwise_or.reduce(bits[~strong], axis=0)
    strong_bits = np.bitwise_or.reduce(bits[strong], axis=0)
    shown = np.where(strong_bits > 0, strong_bits, faint_bits)
    there = shown > 0
    top = ((bits > 0) * np.arange(len(number), dtype=np.int16)[:, None, None]).max(axis=0)
    names = [f"{'s' if key[0] else 'f'}{key[2]}" for key in number]
    styles = np.array([grid.style(name) for name in names], np.int16)
    grid.letters[there] = characters(shown, grain)[there]
    grid.styles[there] = styles[top][there]
    if look.ascii_only and not look.color and sum(strong) > 1:
        signs = np.array([ord(SIGNS[key[2]]) if key[0] else ord(".") for key in number], np.uint32)
        grid.letters[there] = signs[top][there]


def _draw_references(grid: Grid, chart: Chart, view: Viewport, look: Look, grain: Grain) -> None:
    """Draw dotted lines where nothing else is, with their labels at the right."""
    rows = grid.height * grain.rows
    for label, value in chart.references.items():
        up = float(view.up(value))
        if not 0.0 <= up <= 1.0:
            continue
        row = round((1.0 - up) * (rows - 1)) // grain.rows
        words = narrow(label)
        start = grid.width - len(words) - 1
        shown = bool(words) and grid.free(row, start - 1, len(words) + 2)
        cells = grid.blank()[row]
        grid.letters[row, cells] = ord("-" if look.ascii_only else "╌")
        grid.styles[row, cells] = grid.style("reference")
        if shown:
            grid.put(row, start - 1, f" {words} ", "reference")


def _draw_glyphs(
    grid: Grid, chart: Chart, pieces: Pieces, view: Viewport, columns: int, rows: int
) -> None:
    """Set signs on lines that no colour tells apart."""
    shown = [index for index, line in enumerate(chart.lines) if not line.faint]
    if not 1 < len(shown) <= len(GLYPHS):
        return
    for place, index in enumerate(shown):
        own = pieces.line == index
        if not own.any():
            continue
        x, y = pieces.start[own], view.up(pieces.first[own])
        first = (place * GLYPH_EVERY // len(shown)) * 2 + 2
        at = np.arange(first, columns, GLYPH_EVERY * 2)
        at = at[(at >= x[0]) & (at <= x[-1])]
        up = np.interp(at, x, np.clip(y, -1.0, 2.0))
        for column, height in zip(at.tolist(), up.tolist(), strict=True):
            if 0.0 <= height <= 1.0:
                line = chart.lines[index]
                row = round((1.0 - height) * (rows - 1)) // 4
                grid.put(row, column // 2, GLYPHS[line.color % len(GLYPHS)], line.style)


def _edges(plot: Plot, rows: int) -> list[Span]:
    """Return the left edge of each row: numbers at the ticks, and a line."""
    texts = [" " * plot.margin + "│"] * rows
    if plot.view is not None:
        for tick, label in zip(plot.ticks, plot.labels, strict=True):
            up = float(plot.view.up(tick))
            if -1e-9 <= up <= 1 + 1e-9:
                texts[round((1.0 - up) * (rows - 1))] = f"{label:>{plot.margin}}┤"
    return [Span(text, "axis") for text in texts]


def _axis(chart: Chart, plot: Plot, width: int, look: Look) -> Row:
    """Return the axis: numbers in a line, and the letters of what happened."""
    room = width - plot.margin - 1
    view = chart.viewport
    letters: dict[int, str] = {}
    for mark in chart.marks:
        share = float(view.across(mark.x))
        if mark.letter and 0.0 <= share <= 1.0:
            letters[round(share * (room - 1))] = narrow(mark.letter)[0]
    spans = [Span(" " * plot.margin + "└", "axis")]
    grid = Grid(room, 1)
    grid.put(0, 0, "─" * room, "axis")
    for start, text in position_ticks(view, room):
        if not any(start <= place < start + len(text) for place in letters):
            grid.put(0, start, text, "axis")
    for place, letter in letters.items():
        grid.put(0, place, letter, "event")
    return fitted([*spans, *grid.rows()[0]], width)
