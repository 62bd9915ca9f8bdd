"""A line to type into, at the foot of a screen: filters, names, numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input

from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, fitted, shortened
from paramdyn_tui.tui.dialogs.message import message_rows

MOST_LINES = 4
"""Lines of what is wrong with a text."""


class Completion(Suggester):
    """Completes with what a function proposes for a text.

    Args:
        propose: Text so far -> whole texts that it may become.
    """

    def __init__(self, propose: Callable[[str], Sequence[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._propose = propose

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first proposal that goes on from what is typed."""
        return next((text for text in self._propose(value) if text.startswith(value)), None)


class PromptHint(CellWidget):
    """What is asked, what may become of it: a line; what is wrong with it: as many as it takes."""

    DEFAULT_CSS: ClassVar[str] = "PromptHint { height: 1; }"

    def __init__(self, text: str) -> None:
        super().__init__()
        self._span = Span(text, "bar-dim")

    def say(self, text: str, style: str) -> None:
        """Show something else."""
        self._span = Span(text, style)
        self.styles.height = min(len(self._rows(self.screen.size.width)), MOST_LINES)
        self.repaint()

    def draw(self, width: int, height: int) -> Picture:
        """Return the lines."""
        rows = self._rows(width)[:height]
        return [fitted((Span(" ", "bar"), *row), width, style="bar") for row in rows]

    def _rows(self, width: int) -> Picture:
        if self._span.style == "bar-bad":
            return list(message_rows(self._span.text, width - 2, self._span.style))
        return [(Span(shortened(self._span.text, max(width - 2, 0)), self._span.style),)]


class Prompt(ModalScreen[str | None]):
    """Asks for a text; returns it, or None when it was left with escape.

    Args:
        title: What is asked, shown above the line.
        text: What stands there at first.
        check: Returns what is wrong with a text, in words; nothing for a good one.
        propose: Returns what a text may become, for completion by the right arrow or tab.
        changed: Called with each good text while it is typed, to show what it would do.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "leave")]
    DEFAULT_CSS: ClassVar[str] = """
    Prompt { align: left bottom; background: $background 0%; }
    Prompt Input, Prompt Input:focus {
        border: none; height: 1; padding: 0 1; background: $surface;
    }
    """

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        check: Callable[[str], str] = lambda _: "",
        propose: Callable[[str], Sequence[str]] = lambda _: (),
        changed: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._title, self._text = title, text
        self._check, self._propose, self._changed = check, propose, changed

    def compose(self) -> ComposeResult:
        """Show the hint above the line."""
        yield PromptHint(self._title)
        yield Input(self._text, suggester=Completion(self._propose), select_on_focus=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is wrong, else show what the text would do."""
        problem = self._check(event.value)
        hint = self.query_one(PromptHint)
        near = [text for text in self._propose(event.value) if text != event.value]
        begun = any(text.startswith(event.value) for text in near)
        if problem and not begun:  # what is only not finished is helped on
            hint.say(problem, "bar-bad")
            return
        said = len(event.value.rpartition(" ")[0])
        hint.say("   ".join(text[said:].strip() for text in near[:12]) or self._title, "bar-dim")
        if not problem:
            self._changed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the text, unless something is wrong with it."""
        if not self._check(event.value):
            self.dismiss(event.value)

    def action_leave(self) -> None:
        """Leave all as it was."""
        self._changed(self._text)
        self.dismiss(None)
