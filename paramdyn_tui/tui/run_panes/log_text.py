"""The whole log of a run, as a pane that scrolls."""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType

from paramdyn_tui.formatting import count
from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.background import hand_over
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Row, Span, boxed, fitted, shortened, width_of
from paramdyn_tui.tui.run_panes.log_lines import (
    LogState,
    find_lines,
    line_spans,
    matcher,
    step_of,
    wrapped_spans,
)

if TYPE_CHECKING:
    from textual.events import Click, MouseScrollDown, MouseScrollUp

    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.watching.log import LogView
    from paramdyn_tui.watching.view import RunView

FAR = 1 << 60
WHEEL = 3


class LogText(CellWidget):
    """Shows the lines of a log from anywhere in it; only those on the screen are read.

    Attributes:
        lines: Where a person is.
        view: The run.
    """

    SCOPE = "log"
    BINDINGS: ClassVar[list[BindingType]] = bindings("log")
    can_focus = True

    def __init__(self) -> None:
        super().__init__(classes="first-focus")
        self.lines = LogState()
        self.view: RunView | None = None
        self._looking = False

    def see(self, view: RunView | None) -> None:
        """Show what is known of a run now."""
        self.view = view
        self.lines.see(view.log if view is not None else None)
        self._look_for_more()
        self.repaint()

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed lines."""
        inner = (max(width - 2, 1), max(height - 2, 1))
        rows, note = self._rows(*inner)
        title = [Span("log", "title")]
        if self.lines.pattern:
            title.append(Span(f"  lines with {shortened(self.lines.pattern, 30)}", "mark"))
        foot = (Span("goes along" if self.lines.follows else "stays here", "dim"),)
        return boxed(
            rows, width, height, title=title, note=(Span(note, "dim"),), foot=foot,
            focused=self.has_focus,
        )  # fmt: skip

    def current(self) -> tuple[int, str] | None:
        """Return the line that the cursor is on, and its number; None in an empty log."""
        found = self.lines.lines(self.lines.at, 1)
        return found[0] if found else None

    def action_scroll(self, where: str) -> None:
        """Move the cursor."""
        page = max(self.size.height - 3, 1)
        by = {"up": -1, "down": 1, "page_up": -page, "page_down": page,
              "first": -FAR, "last": FAR}[where]  # fmt: skip
        self.lines.move(by)
        self.repaint()

    def action_filter(self) -> None:
        """Ask which lines to show."""
        from paramdyn_tui.tui.dialogs.prompt import Prompt

        def check(text: str) -> str:
            try:
                matcher(text)
            except ValueError as error:
                return str(error)
            return ""

        def show(text: str | None) -> None:
            if text is not None and text != self.lines.pattern:
                self.lines.set_pattern(text)
                self._look_for_more()
                self.repaint()

        title = "show lines with some text, or /a regular expression/; empty: all"
        cast("ParamdynApp", self.app).push_screen(
            Prompt(title, self.lines.pattern, check=check, changed=show), show
        )

    def action_link(self) -> None:
        """Show the charts at the step that the line is about."""
        app = cast("ParamdynApp", self.app)
        here = self.current()
        step = step_of(here[1], self.view) if here is not None and self.view is not None else None
        if step is None:
            app.say("This line names no step and no time, so no place on the charts.", "warn")
            return
        app.bench.look_at = step
        app.show("run")

    def action_wrap(self) -> None:
        """Break long lines, or cut them."""
        self.lines.wrap = not self.lines.wrap
        self.repaint()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Go down some lines."""
        event.stop()
        self.lines.move(WHEEL)
        self.repaint()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Go up some lines."""
        event.stop()
        self.lines.move(-WHEEL)
        self.repaint()

    def on_click(self, event: Click) -> None:
        """Put the cursor on the line that was clicked, where lines are not broken."""
        if not self.lines.wrap and event.y >= 1:
            self.lines.move(self.lines.first + event.y - 1 - self.lines.at)
            self.repaint()

    def _rows(self, width: int, height: int) -> tuple[Picture, str]:
        state = self.lines
        log = state.log
        if log is None or not log.count:
            return [(Span(" nothing was said yet", "dim"),)], ""
        if not state.count:
            done = state.looked >= log.count
            words = " no such line" if done else f" looked through {count(state.looked)} lines ..."
            return [(Span(words, "dim"),)], f"of {count(log.count)} lines"
        first, at = state.window(height)
        found = matcher(state.pattern)
        gutter = len(count(log.count)) + 2 if width >= 100 else 1
        rows: Picture = []
        cursor_end = 0
        for index, (number, line) in enumerate(state.lines(first, height), first):
            here = index == at
            spans = line_spans(line, found, here=here)
            rows += self._line(spans, number, gutter, width, here=here)
            if here:
                cursor_end = len(rows)
        shown = rows[max(cursor_end - height, 0) :][:height] if state.wrap else rows
        return shown, self._note(log, first, height)

    def _line(
        self, spans: list[Span], number: int, gutter: int, width: int, *, here: bool
    ) -> Picture:
        """Return one line with its number, as one row or, broken, as several."""
        label = f"{count(number + 1):>{gutter - 1}} " if gutter > 1 else " "
        style = "cursor" if here else "text"
        head = Span(label, "cursor-dim" if here else "dim")
        room = max(width - gutter, 1)
        if not self.lines.wrap:
            text: Row = (head, *spans)
            if width_of(text) > width:
                text = (*fitted(text, width - 1), Span("…", "cursor-dim" if here else "dim"))
            return [fitted(text, width, style=style)]
        blank = Span(" " * gutter, head.style)
        return [
            fitted((blank if index else head, *row), width, style=style)
            for index, row in enumerate(wrapped_spans(spans, room))
        ]

    def _note(self, log: LogView, first: int, height: int) -> str:
        state = self.lines
        last = min(first + height, state.count)
        note = f"{count(first + 1)}-{count(last)} of {count(state.count)}"
        if not state.pattern:
            return f"{note} lines"
        more = "" if state.looked >= log.count else f", looked through {count(state.looked)}"
        return f"{note} in {count(log.count)} lines{more}"

    def _look_for_more(self) -> None:
        """Look for lines in a thread, in what has not been looked through."""
        state = self.lines
        found = matcher(state.pattern)
        log = state.log
        if found is None or log is None or self._looking or state.looked >= log.count:
            return
        self._looking = True
        key = (state.pattern, log.path)
        self.run_worker(lambda: self._look(log, found, state.looked, key), thread=True, group="log")

    def _look(
        self, log: LogView, found: re.Pattern[str], first: int, key: tuple[str, object]
    ) -> None:
        def tell(numbers: array[int], looked: int) -> bool:
            hand_over(self.app, self._take, numbers, looked, key)
            return self._is_wanted(key)

        try:
            find_lines(log, found, first, tell)
        finally:
            hand_over(self.app, self._looked_through)

    def _is_wanted(self, key: tuple[str, object]) -> bool:
        """Tell whether lines of that pattern and log are still looked for."""
        state = self.lines
        return state.log is not None and key == (state.pattern, state.log.path)

    def _take(self, numbers: array[int], looked: int, key: tuple[str, object]) -> None:
        """Take over what was found in a piece, if it is still wanted."""
        if self._is_wanted(key):
            self.lines.matches.extend(numbers)
            self.lines.looked = looked
            self.repaint()

    def _looked_through(self) -> None:
        self._looking = False
        self._look_for_more()
