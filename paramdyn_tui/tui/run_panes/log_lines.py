"""Lines of a log: which are shown, what stands in them, and what they say about time."""

from __future__ import annotations

import re
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paramdyn_tui.safe_text import printable
from paramdyn_tui.tui.cells import Row, Span
from paramdyn_tui.tui.run_panes.log_pane import LEVELS, LINE

if TYPE_CHECKING:
    from paramdyn_tui.plotting.reduce import Floats
    from paramdyn_tui.watching.log import LogView
    from paramdyn_tui.watching.view import RunView

CHUNK = 5000
"""Lines that are looked through at a time."""
_STEP = re.compile(r"\bstep[ =:]*([\d,  ]*\d)", re.IGNORECASE)
_EPOCH = re.compile(r"\bepoch[ =:]*(\d+(?:\.\d+)?)", re.IGNORECASE)


def matcher(pattern: str) -> re.Pattern[str] | None:
    """Return what finds a text (whatever its case) or a ``/regular expression/``; None for none.

    Raises:
        ValueError: The expression is none, in words.
    """
    if not pattern:
        return None
    if len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/"):
        try:
            return re.compile(pattern[1:-1])
        except re.error as error:
            raise ValueError(f"{pattern} is no regular expression: {error}.") from None
    return re.compile(re.escape(pattern), re.IGNORECASE)


def find_lines(
    log: LogView, found: re.Pattern[str], first: int, go_on: Callable[[array[int], int], bool]
) -> None:
    """Look through a log from a line on, telling after each piece what was found.

    Args:
        log: The log.
        found: What finds a line.
        first: The line to begin with.
        go_on: Told the numbers of lines of a piece and the line after it; ends it with False.
    """
    while first < log.count:
        lines = log.lines(first, CHUNK)
        if not lines:
            return
        numbers = array("q", (first + i for i, line in enumerate(lines) if found.search(line)))
        first += len(lines)
        if not go_on(numbers, first):
            return


@dataclass
class LogState:
    """Where a person is in a log.

    Attributes:
        log: What was seen of it last; None before.
        pattern: What chooses lines; empty: all.
        wrap: Whether long lines are broken rather than cut.
        follows: Whether the cursor stays on the last line as lines come.
        at: The line that the cursor is on, counted among those that are shown.
        first: The first of them that is visible.
        matches: Numbers of the lines that the pattern chooses, as far as it has been looked for.
        looked: How many lines have been looked through for that.
    """

    log: LogView | None = None
    pattern: str = ""
    wrap: bool = False
    follows: bool = True
    at: int = 0
    first: int = 0
    matches: array[int] = field(default_factory=lambda: array("q"))
    looked: int = 0

    @property
    def count(self) -> int:
        """How many lines are shown, on all pages."""
        if self.pattern:
            return len(self.matches)
        return self.log.count if self.log is not None else 0

    def set_pattern(self, pattern: str) -> None:
        """Choose lines; the cursor goes to the last one."""
        self.pattern = pattern
        self.matches, self.looked = array("q"), 0
        self.follows = True

    def see(self, log: LogView | None) -> None:
        """Take over what is known now; of a log that has been replaced, nothing was looked at."""
        known = self.log
        if known is not None and (log is None or log.path != known.path or log.count < known.count):
            self.matches, self.looked = array("q"), 0
            self.follows, self.at, self.first = True, 0, 0
        self.log = log

    def move(self, by: int) -> None:
        """Go so many lines down, or up below 0; at the last line, stay there."""
        last = max(self.count - 1, 0)
        here = last if self.follows else min(self.at, last)
        self.at = min(max(here + by, 0), last)
        self.follows = self.at == last and by > 0

    def window(self, height: int) -> tuple[int, int]:
        """Return the first visible line and the one with the cursor, and remember them."""
        last = max(self.count - 1, 0)
        self.at = last if self.follows else min(self.at, last)
        first = min(max(self.first, self.at - height + 1), self.at)
        self.first = max(min(first, self.count - height), 0)
        return self.first, self.at

    def number_of(self, index: int) -> int:
        """Return the number in the file, from 0, of a line that is shown."""
        return self.matches[index] if self.pattern else index

    def lines(self, first: int, count: int) -> list[tuple[int, str]]:
        """Return lines that are shown with their numbers in the file."""
        if self.log is None:
            return []
        if not self.pattern:
            return list(enumerate(self.log.lines(first, count), first))
        found = []
        for number in self.matches[first : first + count]:
            found += [(number, line) for line in self.log.lines(number, 1)]
        return found


def line_spans(line: str, found: re.Pattern[str] | None, *, here: bool) -> list[Span]:
    """Return a line in styles: its time dim, a warning in its colour, what was found marked."""
    text = printable(line.expandtabs(4))
    parts = LINE.match(text)
    style, dim = ("cursor", "cursor-dim") if here else ("text", "dim")
    if parts is None:
        worry = "bad" if text.startswith(("Traceback", "Error")) and not here else style
        return _marked(text, found, worry)
    level = parts["level"]
    said = LEVELS.get(level, style) if not here else style
    head = text[: parts.start("level")]
    where = text[parts.start("level") : parts.start("text")]
    return [
        *_marked(head, found, dim),
        *_marked(where, found, said if level in LEVELS else dim),
        *_marked(parts["text"], found, said),
    ]


def wrapped_spans(spans: Sequence[Span], width: int) -> list[Row]:
    """Return spans broken into rows of at most ``width`` cells, a character taken as one."""
    rows: list[Row] = []
    row: list[Span] = []
    room = max(width, 1)
    for text, style in spans:
        rest = text
        while rest:
            if room == 0:
                rows.append(tuple(row))
                row, room = [], max(width, 1)
            row.append(Span(rest[:room], style))
            rest, room = rest[room:], max(room - len(rest), 0)
    rows.append(tuple(row))
    return rows


def step_of(line: str, view: RunView) -> float | None:
    """Return the step that a line is about: the one it names, else the one of its time, about.

    Args:
        line: A line of the log.
        view: The run.
    """
    if named := _STEP.search(line):
        return float(re.sub(r"\D", "", named[1]))
    if (named := _EPOCH.search(line)) and view.steps_per_epoch:
        return float(named[1]) * view.steps_per_epoch
    written = _wall_time(line)
    seconds, steps = _training_times(view)
    if written is None or not view.heartbeat or not len(seconds):
        return None
    import numpy as np

    # the last record came with the last heartbeat: pauses before it shift what is older
    spent = float(seconds[-1]) - (view.heartbeat - written)
    return float(np.interp(spent, seconds, steps))


def _training_times(view: RunView) -> tuple[Floats, Floats]:
    axis = view.axis("time")
    if axis.label == "step":
        return axis.steps[:0], axis.steps[:0]
    unit = {"hours": 3600.0, "minutes": 60.0}.get(axis.label, 1.0)
    return axis.positions * unit, axis.steps


def _wall_time(line: str) -> float | None:
    parts = LINE.match(line)
    if parts is None:
        return None
    try:
        return time.mktime(time.strptime(f"{parts['day']} {parts['time']}", "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return None


def _marked(text: str, found: re.Pattern[str] | None, style: str) -> list[Span]:
    if found is None:
        return [Span(text, style)]
    spans: list[Span] = []
    end = 0
    for match in found.finditer(text):
        if match.end() > match.start():
            spans += [Span(text[end : match.start()], style), Span(match[0], "mark")]
            end = match.end()
    spans.append(Span(text[end:], style))
    return [span for span in spans if span.text]
