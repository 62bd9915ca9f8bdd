"""One chart of a grid."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, boxed

if TYPE_CHECKING:
    from textual.events import Click, MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp

    from paramdyn_tui.tui.widgets.chart_grid import ChartGrid

WHEEL = 0.8
"""A notch of the wheel shows so much of the stretch."""
NO_CHART = "-"
"""Name of the pane that says why there is no chart; no metric is called so."""


class ChartPane(CellWidget):
    """Draws the chart that the grid gives it.

    Args:
        grid: What it is a part of.
        first: Whether it has the focus at first.

    Attributes:
        chart: Name of the chart, or ``NO_CHART``.
        foot: What stands in the lower edge.
        lines: How many the chart had when it was drawn last.
    """

    can_focus = True

    def __init__(self, grid: ChartGrid, *, first: bool) -> None:
        super().__init__(classes="first-focus" if first else "")
        self.chart = NO_CHART
        self.foot: tuple[Span, ...] = ()
        self.lines = 0
        self._grid = grid
        self._charted: Picture = []
        self._stamp: object = None
        self._contents: object = None
        self._dragged_from: int | None = None

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed chart; the last one while nothing about it has changed."""
        if self.chart == NO_CHART:
            lines = textwrap.wrap(self._grid.words(), max(width - 6, 8))
            above = max((height - 2 - len(lines)) // 2, 0)
            words = [*[()] * above, *((Span(f"  {line}", "dim"),) for line in lines)]
            return boxed(words, width, height, focused=self.has_focus)
        frame = (self.chart, width, height, self.has_focus, self.foot)
        stamp = (self._grid.stamp(), frame)
        if stamp == self._stamp:
            return list(self._charted)
        panel = self._grid.panel(self.chart)
        self.lines = len(panel.curves)
        contents = (self._grid.contents(panel), frame)
        if contents != self._contents:  # others have grown: epochs' scores seldom do
            self._charted = self._grid.picture(
                panel, width, height, focused=self.has_focus, foot=self.foot
            )
        self._stamp, self._contents = stamp, contents
        return list(self._charted)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Show a longer stretch around the mouse."""
        event.stop()
        self._grid.zoom(1 / WHEEL, at=self._share(event.x))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Show a shorter stretch around the mouse."""
        event.stop()
        self._grid.zoom(WHEEL, at=self._share(event.x))

    def on_mouse_down(self, event: MouseDown) -> None:
        """Begin to move the stretch."""
        self._dragged_from = event.x
        self.capture_mouse()

    def on_mouse_up(self, _event: MouseUp) -> None:
        """Leave the stretch where it is."""
        self._dragged_from = None
        self.release_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Move the stretch with the mouse."""
        if self._dragged_from is not None and event.x != self._dragged_from:
            self._grid.pan((self._dragged_from - event.x) / max(self.size.width - 8, 1))
            self._dragged_from = event.x

    def on_click(self, event: Click) -> None:
        """Move the cursor to the mouse, if it is on."""
        self._grid.point_at(self._share(event.x))

    def _share(self, x: int) -> float:
        """Return how far right in the plot a column lies, about: from 0 to 1."""
        margin = 6  # the frame and the numbers at the left
        return min(max((x - margin) / max(self.size.width - margin - 2, 1), 0.0), 1.0)
