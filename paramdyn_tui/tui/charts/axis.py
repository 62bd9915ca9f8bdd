"""The axis below a chart: numbers in a line, and the letters of what happened."""

from __future__ import annotations

from collections.abc import Container, Iterable

from paramdyn_tui.tui.cells import Span
from paramdyn_tui.tui.charts.grid import narrow
from paramdyn_tui.tui.charts.ticks import position_ticks
from paramdyn_tui.tui.charts.viewport import Viewport

LINE, STYLE = "─", "axis"


def axis_spans(
    view: Viewport, width: int, marks: Iterable[tuple[float, str]], *, dots: int = 1
) -> list[Span]:
    """Return ``0─────p────40───`` in exactly ``width`` cells.

    Args:
        view: What is shown.
        width: Cells, at least 1.
        marks: Positions and letters; a number that a letter would stand in moves beside it.
        dots: Columns of dots that a cell of the chart above has.
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
