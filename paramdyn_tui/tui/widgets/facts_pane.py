"""A pane that shows what differs between runs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, boxed, shortened
from paramdyn_tui.tui.widgets.comparing.facts import Fact, Side, facts_picture

if TYPE_CHECKING:
    from textual.events import MouseScrollDown, MouseScrollUp


class FactsPane(CellWidget):
    """Rows of what differs, that scroll; to the sides too when not all runs fit."""

    SCOPE = "facts"
    BINDINGS: ClassVar[list[BindingType]] = bindings("facts")
    can_focus = True

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self._facts: Sequence[Fact] = ()
        self._sides: Sequence[Side] = ()
        self._title, self._words, self._same = "", "", 0
        self._first, self._left = 0, 1

    def give(
        self, title: str, facts: Sequence[Fact], sides: Sequence[Side], *, same: int = 0
    ) -> None:
        """Show the rows of some runs."""
        labels = [side.label for side in sides]
        if labels != [side.label for side in self._sides]:
            self._first, self._left = 0, 1
        self._title, self._facts, self._sides, self._same = title, facts, sides, same
        self._words = ""
        self.repaint()

    def say(self, title: str, words: str) -> None:
        """Show why there is nothing to show."""
        self._title, self._words, self._facts, self._sides = title, words, (), ()
        self.repaint()

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed rows."""
        inner, room = max(width - 2, 1), max(height - 2, 1)
        if self._words or not self._sides:
            lines = textwrap.wrap(self._words, max(inner - 2, 8))
            rows: Picture = [(), *((Span(f" {line}", "dim"),) for line in lines)]
        else:
            rows = facts_picture(self._facts, self._sides, inner, same=self._same, left=self._left)
        self._first = max(min(self._first, len(rows) - room), 0)
        below = len(rows) - self._first - room
        foot = (Span(f"{below} more below", "dim"),) if below > 0 else ()
        title = Span(shortened(self._title, max(width - 6, 1), keep="both"), "title")
        return boxed(
            rows[self._first : self._first + room], width, height,
            title=(title,), foot=foot, focused=self.has_focus,
        )  # fmt: skip

    def action_scroll(self, where: str) -> None:
        """Move through the rows, or to other runs."""
        page = max(self.size.height - 3, 1)
        if where in ("left", "right"):
            most = max(len(self._sides) - 1, 1)
            self._left = min(max(self._left + (1 if where == "right" else -1), 1), most)
        else:
            self._first += {"up": -1, "down": 1, "page_up": -page, "page_down": page}[where]
        self.repaint()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Go down."""
        event.stop()
        self.action_scroll("down")

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Go up."""
        event.stop()
        self.action_scroll("up")
