"""The machine in one strip below the charts."""

from __future__ import annotations

from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, boxed, fitted


class SystemPane(CellWidget):
    """Shows how busy the machine is."""

    def draw(self, width: int, height: int) -> Picture:
        """Return the strip."""
        if height < 3:
            return [fitted((Span(" system"),), width)]
        return boxed([], width, height, title=(Span("system", "title"),))
