"""A line to type into, at the foot of a screen: filters, names, numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key
from textual.screen import ModalScreen
from textual.suggester import SuggestionReady
from textual.widget import Widget
from textual.widgets import Input

from paramdyn_tui.tui.background import in_background
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, fitted, shortened
from paramdyn_tui.tui.dialogs.message import message_rows

MOST_LINES = 4
"""Lines of what is wrong with a text."""
PATIENCE_SECONDS = 0.3
"""What is not known after this is said to be looked for."""


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


class PromptLine(Input):
    """The line. Enter ends the text where it was pressed.

    Textual lets enter act when all widgets have seen it, and takes letters at once: those that came
    with it, over a slow link, would be a part of the text.
    """

    async def key_enter(self, event: Key) -> None:
        """Submit the text as it stands."""
        event.stop()
        await self.action_submit()

    def complete(self) -> None:
        """Take what is proposed."""
        self.action_end()
        self.action_cursor_right()


class Prompt(ModalScreen[str | None]):
    """Asks for a text; returns it, or None when it was left with escape.

    Args:
        title: What is asked, shown above the line.
        text: What stands there at first.
        check: Returns what is wrong with a text, in words; nothing for a good one.
        propose: Returns what a text may become, for completion by the right arrow or tab.
        changed: Called with each good text while it is typed, to show what it would do.
        reads: Whether ``check`` and ``propose`` look at files: they are called in a thread then,
            and what they say of a text that is no longer there is dropped. From enter until a text
            is known to be good or not, nothing but escape does anything.
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
        reads: bool = False,
    ) -> None:
        super().__init__()
        self._title, self._text = title, text
        self._check, self._propose, self._changed = check, propose, changed
        self._reads = reads
        self._looking = False
        self._submitted: str | None = None

    def compose(self) -> ComposeResult:
        """Show the hint above the line."""
        yield PromptHint(self._title)
        yield PromptLine(self._text, select_on_focus=False)

    def focus_next(self, selector: str | type[Widget] = "*") -> Widget | None:  # noqa: ARG002
        """Take what is proposed: that is what tab does here, where there is one line only."""
        line = self.query_one(PromptLine)
        line.complete()
        return line

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is wrong, else show what the text would do."""
        if self._submitted is None:
            self._judge(event.value)
        elif event.value != self._submitted:  # a key that was pressed just after enter
            event.input.value = self._submitted

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the text, unless something is wrong with it."""
        if self._submitted is None:
            self._submitted = event.value
            self._judge(event.value)

    def _judge(self, text: str) -> None:
        """Find out what is wrong with a text, and what may become of it."""

        def look() -> tuple[str, Sequence[str]]:
            return self._check(text), self._propose(text)

        if not self._reads:
            self._known(text, *look())
            return
        self._looking = True
        self.set_timer(PATIENCE_SECONDS, partial(self._still_looking, text))
        known = partial(self._known, text)
        in_background(self.app, look, lambda found: known(*found), lambda _: None)

    def _known(self, text: str, problem: str, proposed: Sequence[str]) -> None:
        """Show what was found out about a text, if that still stands there."""
        if not self._stands(text):
            return
        self._looking = False
        if self._submitted is not None and not problem:
            self.dismiss(text)
            return
        self._submitted = None
        line, hint = self.query_one(Input), self.query_one(PromptHint)
        going_on = [each for each in proposed if each.startswith(text)]
        if text and going_on:
            line.post_message(SuggestionReady(text, going_on[0]))
        near = [each for each in proposed if each != text]
        if problem and not any(each != text for each in going_on):
            hint.say(problem, "bar-bad")  # what is only not finished is helped on
            return
        said = len(text.rpartition(" ")[0])
        hint.say("   ".join(each[said:].strip() for each in near[:12]) or self._title, "bar-dim")
        if not problem:
            self._changed(text)

    def _still_looking(self, text: str) -> None:
        if self._looking and self._stands(text):
            self.query_one(PromptHint).say("reading folders ...", "bar-dim")

    def _stands(self, text: str) -> bool:
        """Tell whether a text is still asked about: one that is judged at once always is."""
        if self._submitted is not None:
            return self.is_active and text == self._submitted
        typed = (line.value for line in self.query(Input))
        return self.is_active and (not self._reads or text in typed)

    def action_leave(self) -> None:
        """Leave all as it was."""
        self._changed(self._text)
        self.dismiss(None)
