"""A text that is too long for the footer: why something failed, what was said about it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from paramdyn_tui.safe_text import printable
from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Row, Span, boxed

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp

WIDEST = 84


def message_rows(text: str, width: int, style: str = "text") -> list[Row]:
    """Return a text of several paragraphs as rows that fit, between words where possible."""
    rows: list[Row] = []
    for paragraph in text.splitlines() or [""]:
        indent = " " * (len(paragraph) - len(paragraph.lstrip()) + 2 * paragraph.startswith("- "))
        lines = textwrap.wrap(
            printable(paragraph), max(width, 8), subsequent_indent=indent, break_on_hyphens=False
        )
        rows += [(Span(line, style),) for line in lines or [""]]
    return rows


class MessageText(CellWidget):
    """The text in its frame; it scrolls where it is longer than the screen."""

    SCOPE = "help"
    BINDINGS: ClassVar[list[BindingType]] = bindings("help")
    can_focus = True

    def __init__(self, title: str, text: str, style: str) -> None:
        super().__init__(classes="first-focus")
        self._title, self._text, self._style = title, text, style
        self._first = 0

    def draw(self, width: int, height: int) -> Picture:
        """Return the text."""
        rows = message_rows(self._text, width - 4)
        inner = max(height - 2, 1)
        self._first = max(min(self._first, len(rows) - inner), 0)
        below = len(rows) - self._first - inner
        foot = (Span(f"{below} more lines below" if below > 0 else "esc leaves", "dim"),)
        shown = [(Span(" "), *row) for row in rows[self._first : self._first + inner]]
        return boxed(
            shown, width, height, title=(Span(self._title, self._style),), foot=foot, focused=True
        )

    def action_scroll(self, where: str) -> None:
        """Move through the text."""
        page = max(self.size.height - 3, 1)
        self._first += {"up": -1, "down": 1, "page_up": -page, "page_down": page}[where]
        self.repaint()


class MessageDialog(ModalScreen[None]):
    """Shows a text until it is left.

    Args:
        title: What it is about.
        text: Paragraphs.
        style: Of the title.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q,enter", "leave", "leave")]
    AUTO_FOCUS: ClassVar[str | None] = ".first-focus"
    DEFAULT_CSS: ClassVar[str] = """
    MessageDialog { align: center middle; background: $background 0%; }
    """

    def __init__(self, title: str, text: str, style: str = "bad") -> None:
        super().__init__()
        self._shown = MessageText(title, text, style)
        self._shown.styles.width = min(WIDEST, max(len(text), len(title), 26) + 6)
        self._shown.styles.max_width, self._shown.styles.max_height = "96%", "90%"
        self._text = text

    def compose(self) -> ComposeResult:
        """Show the text."""
        width = min(WIDEST, self.app.size.width * 96 // 100)
        self._shown.styles.height = len(message_rows(self._text, width - 4)) + 2
        yield self._shown

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)


def tell(app: ParamdynApp, text: str, style: str = "bar-strong", *, title: str = "") -> None:
    """Say something in the footer, or in a dialog where it is longer than that.

    Args:
        app: The application.
        text: What is said.
        style: Of the footer; ``bad`` of a dialog's title, too.
        title: What the dialog is called.
    """
    if "\n" not in text.strip() and len(text) <= app.size.width - 2:
        app.say(text.strip(), style)
        return
    app.say("")  # that it was going to be done
    heading = style if style in ("bad", "warn", "good") else "title"
    app.push_screen(MessageDialog(title or text.partition(":")[0][:40], text.strip(), heading))
