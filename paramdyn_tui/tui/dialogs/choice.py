"""A dialog that lets one of a few things be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Click
from textual.screen import ModalScreen

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, boxed, fitted, shortened


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen.

    Attributes:
        value: What the dialog returns.
        title: What it is called.
        about: What it means, in a few words.
    """

    value: str
    title: str
    about: str = ""


class ChoiceList(CellWidget):
    """The list in the dialog."""

    SCOPE = "dialog"
    BINDINGS: ClassVar[list[BindingType]] = bindings("dialog")
    can_focus = True

    def __init__(self, title: str, choices: Sequence[Choice], at: int) -> None:
        super().__init__(classes="first-focus")
        self._title, self._choices, self._at = title, list(choices), at

    def draw(self, width: int, height: int) -> Picture:
        """Return the dialog."""
        first = self._first(height)
        widest = max((len(choice.title) for choice in self._choices), default=0)
        rows: Picture = []
        for index, choice in list(enumerate(self._choices))[first : first + height - 2]:
            here = index == self._at
            name = shortened(choice.title, width - 4).ljust(min(widest, width - 4))
            about = shortened(choice.about, max(width - 7 - len(name), 0))
            row = (
                Span(f" {name} ", "cursor" if here else "text"),
                Span(f" {about}", "cursor-dim" if here else "dim"),
            )
            rows.append(fitted(row, width - 2, style="cursor-dim" if here else "text"))
        keys = (
            Span("⏎", "title"),
            Span(" choose  ", "dim"),
            Span("esc", "title"),
            Span(" leave", "dim"),
        )
        hidden = len(self._choices) > height - 2
        note = (Span(f"{self._at + 1} of {len(self._choices)}", "dim"),) if hidden else ()
        return boxed(
            rows, width, height, title=(Span(self._title, "title"),), note=note, foot=keys,
            focused=True,
        )  # fmt: skip

    def _first(self, height: int) -> int:
        """Return the first choice that is shown: the one at the cursor stands in the middle."""
        return max(0, min(self._at - (height - 3) // 2, len(self._choices) - (height - 2)))

    def action_cursor(self, where: str) -> None:
        """Go up or down, around the end; by pages, or to an end."""
        last, page = max(len(self._choices) - 1, 0), max(self.size.height - 3, 1)
        if where in ("up", "down"):
            self._at = (self._at + (1 if where == "down" else -1)) % (last + 1)
        else:
            to = {"page_up": self._at - page, "page_down": self._at + page, "last": last}
            self._at = min(max(to.get(where, 0), 0), last)
        self.repaint()

    def action_choose(self) -> None:
        """Take the choice at the cursor."""
        if self._choices:
            self.screen.dismiss(self._choices[self._at].value)

    def on_click(self, event: Click) -> None:
        """Take the choice that was clicked."""
        row, height = event.y - 1, self.size.height
        index = self._first(height) + row
        if 0 <= row < height - 2 and index < len(self._choices):
            self._at = index
            self.action_choose()


class ChoiceDialog(ModalScreen[str | None]):
    """Asks for one of several choices; returns its value, or None.

    Args:
        title: What is asked.
        choices: At least one.
        chosen: The value at which the cursor begins.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "leave", "leave")]
    AUTO_FOCUS: ClassVar[str | None] = ".first-focus"
    DEFAULT_CSS: ClassVar[str] = """
    ChoiceDialog { align: center middle; background: $background 0%; }
    """

    def __init__(self, title: str, choices: Sequence[Choice], chosen: str | None = None) -> None:
        super().__init__()
        values = [choice.value for choice in choices]
        self._list = ChoiceList(title, choices, values.index(chosen) if chosen in values else 0)
        names = max((len(choice.title) for choice in choices), default=0)
        longest = names + max((len(choice.about) for choice in choices), default=0) + 7
        self._list.styles.width = max(longest, len(title) + 8, 30)
        self._list.styles.height = len(choices) + 2
        self._list.styles.max_width, self._list.styles.max_height = "96%", "90%"

    def compose(self) -> ComposeResult:
        """Show the list."""
        yield self._list

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
