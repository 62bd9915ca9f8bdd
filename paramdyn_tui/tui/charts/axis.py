"""The axis below a chart: numbers in a line, and the letters of what happened."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable

from paramdyn_tui.tui.cells import Span
from paramdyn_tui.tui.charts.grid import narrow
from paramdyn_tui.tui.charts.ticks import position_ticks
from paramdyn_tui.tui.charts.viewport import Viewport

LINE, STYLE = "─", "axis"
APART = 3
"""Cells of line on both sides of the axis' name: it is no unit of a number."""


def axis_spans(
    view: Viewport,
    width: int,
    marks: Iterable[tuple[float, str]],
    *,
    dots: int = 1,
    name: str = "",
) -> list[Span]:
    """Return ``0─────p────40───`` in exactly ``width`` cells.

    Args:
        view: What is shown.
        width: Cells, at least 1.
        marks: Positions and letters; a number that a letter would stand in moves beside it.
        dots: Columns of dots that a cell of the chart above has.
        name: What runs to the right, with its unit: it stands in the widest gap that has room.
    """
    letters: dict[int, str] = {}
    for x, letter in marks:
        column = view.column_of(x, width * dots)
        if letter and column is not None:
            letters[column // dots] = narrow(letter)[:1]
    parts = [(place, letter, "event") for place, letter in letters.items()]
    taken = set(letters)
    for start, text in position_ticks(view, width):
        place = _beside(start, len(text), taken, width)
        if place is not None:
            parts.append((place, text, STYLE))
            taken.update(range(place - 1, place + len(text) + 1))  # numbers do not touch
    if name and (gap := _widest_gap(parts, width)).stop - gap.start >= len(name) + 2 * APART:
        parts.append(((gap.start + gap.stop - len(name)) // 2, narrow(name), "dim"))
    spans: list[Span] = []
    line, at = "", 0
    for start, text, own in sorted(parts):
        line += LINE * (start - at)
        if own == STYLE:
            line += text
        else:
            spans += [Span(line, STYLE), Span(text, own)] if line else [Span(text, own)]
            line = ""
        at = start + len(text)
    line += LINE * (width - at)
    return [*spans, Span(line, STYLE)] if line else spans


def _beside(start: int, length: int, taken: Container[int], width: int) -> int | None:
    """Return the free place nearest to one, the right one of two; None where none is near."""
    for step in range(length + 2):
        for place in (start + step, start - step):
            cells = range(place, place + length)
            if place >= 0 and cells.stop <= width and not any(each in taken for each in cells):
                return place
    return None


def _widest_gap(parts: Iterable[tuple[int, str, str]], width: int) -> range:
    """Return the longest stretch of cells with nothing in it, the last one of equals."""
    ends = [(0, 0), *sorted((start, start + len(text)) for start, text, _ in parts), (width, width)]
    gaps = [range(end, start) for (_, end), (start, _) in itertools.pairwise(ends)]
    return max(reversed(gaps), key=len)
