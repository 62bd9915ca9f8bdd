"""The first line: the screens, and what the open one is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.events import Click

from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Row, Span, fitted, shortened, width_of

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp

TABS = (
    ("run", "1", "Run"),
    ("runs", "2", "Runs"),
    ("compare", "3", "Compare"),
    ("layers", "4", "Layers"),
    ("logs", "5", "Logs"),
    ("system", "6", "System"),
    ("analyze", "7", "Answers"),
)
"""Mode of the application, key, name."""


class Header(CellWidget):
    """Names the screens and marks the open one.

    Args:
        mode: The screen that it stands on.
    """

    DEFAULT_CSS: ClassVar[str] = "Header { height: 1; dock: top; }"

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode
        self._subject = ""

    def about(self, subject: str) -> None:
        """Say what the screen is about: a run, a folder."""
        if subject != self._subject:
            self._subject = subject
            self.repaint()

    def draw(self, width: int, height: int) -> Picture:  # noqa: ARG002
        """Return the line."""
        return [header_row(self._mode, self._subject, width, readonly=self._is_readonly())]

    def _is_readonly(self) -> bool:
        app = cast("ParamdynApp", self.app)
        return app.bench.readonly

    async def on_click(self, event: Click) -> None:
        """Go to the screen whose name was clicked."""
        column = 0
        for text, _ in header_row(self._mode, self._subject, self.size.width):
            for mode, key, title in TABS:
                if text[1:] in (key, f"{key} {title}") and column <= event.x < column + len(text):
                    await self.run_action(f"app.screen_{mode}")
            column += len(text)


def header_row(mode: str, subject: str, width: int, *, readonly: bool = False) -> Row:
    """Return the header: brand, screens, subject, whether it only looks, and where help is."""
    tabs: list[Span] = []
    whole = sum(len(f" {key} {title} ") for _, key, title in TABS) < width
    for name, key, title in TABS:
        mark, style = ("▸", "bar-strong") if name == mode else (" ", "bar-dim")
        words = f"{mark}{key} {title}" if whole or name == mode else f" {key}"
        tabs += [Span(words, style), Span(" ", "bar")]
    brand = [Span(" paramdyn ", "bar-strong"), Span("│", "bar-dim")] if width >= 100 else []
    hints = [Span("^p palette  ? " if width >= 120 else "? ", "bar-dim")]
    if readonly:
        hints = [Span("read-only  " if width >= 100 else "read-only ", "bar-warn"), *hints]
    left = [*brand, *tabs, Span("│ ", "bar-dim")]
    room = width - width_of(tuple(left)) - width_of(tuple(hints))
    if room < 4 and (not readonly or room < 0):
        hints, room = [], width - width_of(tuple(left))
    about = Span(shortened(subject, max(room - 1, 0), keep="both"), "bar")
    return (*fitted((*left, about), width - width_of(tuple(hints)), style="bar"), *hints)
