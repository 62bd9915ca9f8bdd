"""Line charts as text: numbers to a frame with ticks, and what lies in it to a canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.plotting.canvas import Canvas
from paramdyn_tui.plotting.frame import DIM, Frame, Line, Mark, Panel, frame_of, log10
from paramdyn_tui.plotting.raster import (
    heading,
    log_ticks,
    nice_ticks,
    paint,
    strip_colors,
    tick_text,
)
from paramdyn_tui.plotting.reduce import Bools, reduce_series

NOT_FINITE_COLOR = 160
NOT_FINITE = "!"
MARK, REFERENCE = "┊", "╌"
GLYPH_EVERY = 14
"""Cells between two glyphs on a line."""


def chart(panel: Panel, *, width: int, height: int, color: bool, legend: bool = True) -> list[str]:
    """Return a chart as ``height`` lines of at most ``width`` characters.

    The first line is the title and the legend with the last value of each line; then the canvas
    and the numbers under it. What is zero or less has no place on a logarithmic scale and is
    left out.

    Args:
        panel: What is drawn.
        width: At least 20.
        height: At least 4.
        color: Whether escape sequences are welcome; without, there are none.
        legend: Whether the first line has the legend.
    """
    reduced = [reduced_line(line, panel, 2 * width) for line in panel.lines]
    shown = replace(panel, lines=reduced)
    frame = frame_of(shown, rows=height - 3)
    head = _head(panel.lines if legend else [], panel.titles, width, color=color)
    if frame is None:
        scale = " on a logarithmic scale" if panel.log or panel.log_x else ""
        return [head, *_centred(f"no finite value to draw{scale}", width, height - 1)]
    labels = [tick_text(tick) for tick in frame.ticks]
    margin = max(map(len, labels), default=0)
    canvas = Canvas(max(width - margin - 1, 1), max(height - 3, 1))
    _draw(canvas, shown, frame, color=color)
    edge = _edge(frame, labels, canvas, margin)
    body = [left + row.rstrip() for left, row in zip(edge, canvas.lines(color=color), strict=True)]
    return [head, *body, *_axis(frame, panel.marks, canvas, margin, color=color)]


def reduced_line(line: Line, panel: Panel, buckets: int) -> Line:
    """Return the points of a line that its picture needs, those without a place left out."""
    keep = np.ones(len(line.x), bool)
    if panel.log:
        keep &= ~(line.y <= 0) | np.isinf(line.y)  # not finite is a result, on any scale
    if panel.log_x:
        keep &= line.x > 0
    x = log10(line.x[keep]) if panel.log_x else line.x[keep]
    if line.low is None or line.high is None:
        at, y = reduce_series(x, line.y[keep], buckets=buckets)
        return replace(line, x=10.0**at if panel.log_x else at, y=y)
    edges = [reduce_series(x, values[keep], buckets=buckets) for values in (line.low, line.high)]
    at, y = reduce_series(x, line.y[keep], buckets=buckets)
    # each of the three keeps extremes of its own: all of their positions, so that none is lost
    places = np.unique(np.concatenate([at, edges[0][0], edges[1][0]]))
    index = np.searchsorted(x, places)
    parts = (line.y[keep][index], line.low[keep][index], line.high[keep][index])
    back = 10.0**places if panel.log_x else places
    return replace(line, x=back, y=parts[0], low=parts[1], high=parts[2])


def _draw(canvas: Canvas, panel: Panel, frame: Frame, *, color: bool) -> None:
    for value in panel.references.values():
        if value > 0 or not frame.log:
            canvas.row(float(frame.up(np.array([value]))[0]), REFERENCE, color=DIM)
    for mark in panel.marks:
        if mark.tall and 0.0 < (place := _place(frame, mark.x)) < 1.0:
            canvas.column(place, MARK, color=mark.color)
    for line in panel.lines:
        if line.low is not None and line.high is not None:
            # on a logarithmic scale a band that reaches zero reaches the bottom
            low = np.where(line.low > 0, line.low, 10.0**frame.low) if frame.log else line.low
            band = canvas.shade if color else canvas.edges
            band(frame.across(line.x), frame.up(low), frame.up(line.high), color=line.color)
    for line in panel.lines:
        sign = "" if color else line.sign
        finite = np.isfinite(line.y)
        x, y = frame.across(line.x), frame.up(np.where(finite, line.y, 1.0))
        canvas.line(x[finite], y[finite], _joined(finite), color=line.color, sign=sign)
    for index, line in enumerate(panel.lines):
        first = index * GLYPH_EVERY // max(len(panel.lines), 1)
        _draw_signs(canvas, line, frame, first, color=color)


def _draw_signs(canvas: Canvas, line: Line, frame: Frame, first: int, *, color: bool) -> None:
    """Set the line's glyph on it, and at the top what is not finite."""
    finite = np.isfinite(line.y)
    x = frame.across(line.x)
    if line.glyph and finite.any() and (color or not line.sign):
        cells = np.arange(first + 1, canvas.width, GLYPH_EVERY) / max(canvas.width - 1, 1)
        inside = (cells >= x[finite][0]) & (cells <= x[finite][-1])
        y = np.interp(cells[inside], x[finite], frame.up(line.y[finite]))
        at = np.append(cells[inside], x[finite][-1])
        canvas.put(at, np.append(y, frame.up(line.y[finite][-1:])), line.glyph, color=line.color)
    lost = x[~finite]
    ink = line.color if line.glyph else NOT_FINITE_COLOR
    canvas.put(lost, np.ones(len(lost)), NOT_FINITE, color=ink)


def _joined(finite: Bools) -> Bools:
    """Return for each finite point whether nothing lies between it and the finite one before."""
    joined: Bools = np.diff(np.cumsum(~finite)[finite], prepend=0) == 0
    return joined


def _edge(frame: Frame, labels: Sequence[str], canvas: Canvas, margin: int) -> list[str]:
    """Return the left edge of each row: numbers at the ticks, and a line."""
    lines = [" " * margin + "│"] * canvas.height
    ups = frame.up(np.array(frame.ticks, dtype=np.float64))
    for label, place in zip(labels, canvas.cells(ups * 0, ups)[1].tolist(), strict=True):
        lines[place] = f"{label:>{margin}}┤"
    return lines


def _axis(
    frame: Frame, marks: Sequence[Mark], canvas: Canvas, margin: int, *, color: bool
) -> list[str]:
    """Return the axis with the letters of marks on it, and the numbers below."""
    width = canvas.width
    most = max(width // 8, 2)
    if frame.log_x:
        ticks = log_ticks(frame.left, frame.right, most * 3 // 2)
    else:
        ticks = nice_ticks(frame.left, frame.right, most)
    line, numbers, free = ["─"] * width, [" "] * width, 0
    for tick in ticks:
        place = _place(frame, tick)
        if not -1e-9 <= place <= 1 + 1e-9:
            continue
        column = int(canvas.cells(np.array([place]), np.zeros(1))[0][0])
        line[column] = "┬"
        text = tick_text(tick)
        start = min(max(column - len(text) // 2, 0), max(width - len(text), 0))
        if start >= free:
            numbers[start : start + len(text)] = text
            free = start + len(text) + 1
    for mark in marks:
        place = _place(frame, mark.x)
        if mark.letter and 0.0 <= place <= 1.0:
            letter = paint(mark.letter, foreground=mark.color) if color else mark.letter
            line[int(canvas.cells(np.array([place]), np.zeros(1))[0][0])] = letter
    return [" " * margin + "└" + "".join(line), (" " * (margin + 1) + "".join(numbers)).rstrip()]


def _place(frame: Frame, x: float) -> float:
    """Return a position as a share of the width; -1 where it has none."""
    if frame.log_x and x <= 0:
        return -1.0
    return float(frame.across(np.array([x], dtype=np.float64))[0])


def _head(lines: Sequence[Line], titles: Sequence[str], width: int, *, color: bool) -> str:
    """Return title and legend in one line: first with values, else without, else the title."""
    shown = [line for line in lines if line.label]
    for with_values in (True, False) if shown else (False,):
        key = "  ".join(_entry(line, with_values=with_values, color=color) for line in shown)
        for title in titles:
            space = width - len(title) - len(strip_colors(key))
            if space >= 2 or (not shown and space >= 0):
                return (heading(title, color=color) + " " * space + key).rstrip()
    return heading(titles[-1][:width], color=color)


def _entry(line: Line, *, with_values: bool, color: bool) -> str:
    last = f" {number(float(line.y[-1]), 3)}" if with_values and len(line.y) else ""
    sign = paint("━", foreground=line.color) if color else (line.sign or "⠒")
    return f"{sign} {line.label}{last}"


def _centred(words: str, width: int, height: int) -> list[str]:
    lines = [""] * height
    lines[height // 2] = words[:width].center(width).rstrip()
    return lines
