"""The pane with the table of runs: it draws what is visible, and knows where the cursor is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Row, Span, fitted
from paramdyn_tui.tui.widgets.run_list.columns import ID, LEAD, METRIC, Column, columns_for
from paramdyn_tui.tui.widgets.run_list.lines import Lines
from paramdyn_tui.tui.widgets.run_list.listing import Line, Listing
from paramdyn_tui.tui.widgets.run_list.picture import Shown, at_cursor, heading_row, line_row
from paramdyn_tui.tui.widgets.run_list.place import Place
from paramdyn_tui.tui.widgets.run_list.short_ids import common_start

if TYPE_CHECKING:
    from textual.events import Click, MouseScrollDown, MouseScrollUp

WHEEL = 3
"""Lines that a notch of the wheel moves the cursor by."""
AGES = 10.0
"""Seconds for which the ages of runs are right enough."""
MOST_KEPT = 2000
"""Rows that are kept for when they come into view again."""


class RunTable(CellWidget):
    """The table. The screen gives it what to show, and is told by messages what was clicked."""

    can_focus = True

    class Clicked(Message):
        """A line was clicked; ``twice`` opens it."""

        def __init__(self, *, twice: bool) -> None:
            self.twice = twice
            super().__init__()

    class HeadingClicked(Message):
        """A heading was clicked: the table is to be sorted by it."""

        def __init__(self, key: str) -> None:
            self.key = key
            super().__init__()

    def __init__(self) -> None:
        super().__init__(classes="first-focus")
        self.place = Place()
        self._listing: Listing | None = None
        self._lines = Lines()
        self._shown = Shown()
        self._columns: tuple[object, list[Column]] = (None, [])
        self._common: tuple[object, str] = (None, "")
        self._made: dict[str, Row] = {}
        self._made_for: object = None

    @property
    def line(self) -> Line | None:
        """The line at the cursor; None in an empty table."""
        return self._lines.lines[self.place.at] if self._lines.lines else None

    def in_sight(self) -> Sequence[Line]:
        """Return the lines that are on the screen."""
        first = self.place.first
        return self._lines.lines[first : first + self.place.height]

    def give(self, listing: Listing, lines: Lines, shown: Shown) -> None:
        """Show a listing; the cursor stays on its line."""
        if lines is not self._lines:
            self.place.show(lines.names)
        self._listing, self._lines, self._shown = listing, lines, shown
        self.repaint()

    def draw(self, width: int, height: int) -> Picture:
        """Return the headings and the visible lines."""
        listing = self._listing
        self.place.resize(height - 1)
        if listing is None:
            return [fitted((Span("  reading the runs folder ...", "dim"),), width)]
        if not self._lines.lines:
            return self._nothing(listing, width)
        inner = max(width - 1, 1)
        columns = self._columns_of(listing, inner)
        if height < 2:  # the headings alone
            return [heading_row(columns, listing, width)]
        rows = self._visible_rows(listing, columns, inner)
        rows += [fitted((), inner)] * (height - 1 - len(rows))
        rail = scroll_rail(height - 1, self.place.first, len(self._lines.lines))
        body = [(*row, bar) for row, bar in zip(rows, rail, strict=True)]
        return [heading_row(columns, listing, width), *body]

    def forget(self, names: Iterable[str]) -> None:
        """Make the rows of some runs anew the next time: what they say has changed."""
        for name in names:
            self._made.pop(name, None)

    def _visible_rows(self, listing: Listing, columns: list[Column], width: int) -> Picture:
        """Return the visible rows; a row that was made before is moved, not made again."""
        now = time.time() // AGES * AGES
        made_for = (listing, self._shown, id(columns), width, now)
        if made_for != self._made_for:
            self._made_for = made_for
            self._made.clear()
        if len(self._made) > MOST_KEPT:
            self._made.clear()
        common = self._common_of(listing, columns)
        shown = replace(self._shown, common=common, now=time.time())
        style = "cursor" if self.has_focus else "cursor-dim"
        rows: Picture = []
        for place, line in enumerate(self.in_sight(), self.place.first):
            if line.name not in self._made:
                self._made[line.name] = line_row(line, columns, listing, shown, width)
            row = self._made[line.name]
            rows.append(at_cursor(row, style) if place == self.place.at else row)
        return rows

    def on_click(self, event: Click) -> None:
        """Move the cursor to a line, or sort by a column."""
        if event.y == 0:
            key = self._key_at(event.x)
            if key:
                self.post_message(self.HeadingClicked(key))
            return
        at = self.place.first + event.y - 1
        if at < len(self._lines.names):
            self.place.go_to(self._lines.names[at])
            self.post_message(self.Clicked(twice=event.chain > 1))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move the cursor down."""
        self._roll("down", event)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move the cursor up."""
        self._roll("up", event)

    def _roll(self, where: str, event: MouseScrollDown | MouseScrollUp) -> None:
        event.stop()
        for _ in range(WHEEL):
            self.place.go(where)
        self.post_message(self.Clicked(twice=False))

    def _nothing(self, listing: Listing, width: int) -> Picture:
        words = f"  None of {len(listing.everything):,} runs is meant by '{listing.asked.query}'."
        return [(), (), fitted((Span(words, "warn"),), width)]

    def _columns_of(self, listing: Listing, width: int) -> list[Column]:
        baseline, drift = bool(self._shown.reference.name), bool(self._shown.drifts)
        made_for = (listing, width, baseline, drift)
        if self._columns[0] != made_for:
            found = columns_for(listing, width, baseline=baseline, drift=drift)
            self._columns = (made_for, found)
        return self._columns[1]

    def _common_of(self, listing: Listing, columns: list[Column]) -> str:
        """Return what ids go without: all of them, so that they stay below each other."""
        room = next(column.width for column in columns if column.name == ID)
        if self._common[0] != (listing, room):
            names = [listing.names[run.name] for run in listing.runs if run.problem is None]
            longest = max(map(len, names), default=0) + (2 if listing.heads else 0)
            self._common = ((listing, room), common_start(names) if longest > room else "")
        return self._common[1]

    def _key_at(self, x: int) -> str:
        place = LEAD
        for column in self._columns[1]:
            if place <= x < place + column.width:
                listing = self._listing
                if column.name == METRIC and listing is not None:
                    return listing.metric.name
                return column.name if listing and listing.vocabulary.knows(column.name) else ""
            place += column.width + column.gap
        return ""


class WordsPane(CellWidget):
    """One line, or a page, of words that somebody else has set."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self._rows: Picture = []

    def say(self, rows: Picture) -> None:
        """Show rows."""
        self._rows = rows
        self.repaint()

    def draw(self, width: int, height: int) -> Picture:  # noqa: ARG002
        """Return the rows."""
        return list(self._rows)


def scroll_rail(height: int, first: int, total: int) -> list[Span]:
    """Return one cell a row that shows which part of a list is visible; blank when it all is."""
    if total <= height:
        return [Span(" ")] * height
    size = max(round(height * height / total), 1)
    most = max(total - height, 1)
    start = round(first / most * (height - size))
    return [
        Span("┃", "axis") if start <= row < start + size else Span("│", "frame")
        for row in range(height)
    ]
