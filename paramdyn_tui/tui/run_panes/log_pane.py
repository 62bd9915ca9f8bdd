"""The end of a worker's log, below the charts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paramdyn_tui.formatting import count
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Row, Span, boxed, fitted, shortened

if TYPE_CHECKING:
    from textual.events import Click

    from paramdyn_tui.watching.view import RunView

LINE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:[.,]\d+)? (?P<level>[A-Z]+) "
    r"(?P<where>[\w.]+): (?P<text>.*)"
)
"""A line of the worker's logger."""
LEVELS = {"WARNING": "warn", "ERROR": "bad", "CRITICAL": "bad", "DEBUG": "dim"}


class LogPane(CellWidget):
    """Shows the last lines of a run's log: in a frame, or as one line.

    Attributes:
        view: The run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.view: RunView | None = None

    def draw(self, width: int, height: int) -> Picture:
        """Return the end of the log."""
        return log_tail(self.view, width, height)

    async def on_click(self, _event: Click) -> None:
        """Go to the whole log."""
        await self.run_action("app.screen_logs")


def log_tail(view: RunView | None, width: int, height: int) -> Picture:
    """Return the last lines in a frame; in one or two rows the last line alone."""
    lines = view.log.last if view is not None else ()
    if height < 3:
        last = lines[-1] if lines else ""
        return [log_row(last, width) if last else fitted((Span(" no log yet", "dim"),), width)]
    shown = lines[-(height - 2) :]
    rows: Picture = [log_row(line, width - 2) for line in shown]
    rows = rows or [(Span(" nothing yet", "dim"),)]
    note = (Span(number_of_lines(view.log.count), "dim"),) if view is not None and lines else ()
    return boxed(rows, width, height, title=(Span("log", "title"),), note=note)


def number_of_lines(lines: int) -> str:
    """Return how many lines there are, in words."""
    return f"{count(lines)} line{'s' * (lines != 1)}"


def log_row(line: str, width: int) -> Row:
    """Return one line of a log: the time dim, warnings and errors in their colours."""
    found = LINE.match(line)
    if found is None:
        style = "bad" if line.startswith(("Traceback", "Error")) else "text"
        return fitted((Span(f" {shortened(line, max(width - 1, 0))}", style),), width)
    level = found["level"]
    style = LEVELS.get(level, "text")
    said = "" if level == "INFO" else f"{level} "
    head = (Span(f" {found['time']} ", "dim"), Span(said, style))
    room = max(width - 10 - len(said), 0)
    return fitted((*head, Span(shortened(found["text"], room), style)), width)
