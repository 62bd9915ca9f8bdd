"""The status line of a run as a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, fitted
from paramdyn_tui.tui.run_panes.run_words import words_of
from paramdyn_tui.tui.run_panes.status_line import status_picture

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.watching.view import RunView


class StatusPane(CellWidget):
    """Says how a run stands; a second line says what there is to say about it.

    Attributes:
        view: The run.
        opened: Whether a run is open at all.
        more: What else there is to say.
    """

    DEFAULT_CSS = "StatusPane { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.view: RunView | None = None
        self.opened = False
        self.more = ""

    def show(self, view: RunView | None, *, opened: bool, more: str = "") -> bool:
        """Show how a run stands; tell whether another number of lines is needed for it."""
        self.view, self.opened, self.more = view, opened, more
        height = 2 if self._words() and self.screen.size.height > 12 else 1
        changes = self.styles.height is None or self.styles.height.value != height
        if changes:
            self.styles.height = height
        self.repaint()
        return changes

    def draw(self, width: int, height: int) -> Picture:
        """Return the line or lines."""
        if not self.opened:
            return [fitted((Span(" no run is open", "dim"),), width)]
        return status_picture(self.view, self._words(), width, height, self.look)

    def _words(self) -> str:
        app = cast("ParamdynApp", self.app)
        keymap = dict(app.configuration.keys)
        words = words_of(self.view, keymap, readonly=app.bench.readonly)
        return f"{words}  {self.more}".strip()
