"""The axis below a chart: numbers in a line, and the letters of what happened."""

from __future__ import annotations

from collections.abc import Iterable

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
        marks: Positions and letters; a letter takes the place of a number that it would stand in.
        dots: Columns of dots that a cell of the chart above has.
    """
    letters: dict[int, str] = {}
    for x, letter in marks:
        column = view.column_of(x, width * dots)
        if letter and column is not None:
            letters[column // dots] = narrow(letter)[:1]
    parts = [(place, letter, "event") for place, letter in letters.items()]
    for start, text in position_ticks(view, width):
        if not any(start <= place < start + len(text) for place in letters):
            parts.append((start, text, STYLE))
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
