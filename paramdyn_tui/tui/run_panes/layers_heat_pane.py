"""The heatmap of all parameters, with a cursor."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, boxed, shortened
from paramdyn_tui.tui.run_panes.heat_pane import partition_below
from paramdyn_tui.tui.run_panes.measures import formula

if TYPE_CHECKING:
    from textual.events import Click, MouseScrollDown, MouseScrollUp

    from paramdyn_tui.tui.run_panes.layers_state import LayersState


class LayersHeatPane(CellWidget):
    """Shows the rows of a ``LayersState``.

    Args:
        state: What is shown.
        moved: Called after the mouse has moved the cursor.
    """

    can_focus = True

    def __init__(self, state: LayersState, moved: Callable[[], object]) -> None:
        super().__init__(classes="first-focus")
        self._layers = state
        self._moved = moved

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed heatmap."""
        from paramdyn_tui.tui.charts.heat import draw_heat, heat_legend
        from paramdyn_tui.tui.run_panes.layer_rows import layer_heat, record_at

        state, rows = self._layers, self._layers.rows()
        measure = state.measure
        name = measure.replace("_", " ") or "layers"
        sign = formula(measure, ascii_only=self.look.ascii_only)
        if state.baseline is not None:
            name = f"{name}, difference to {state.baseline.name}"
        title = (Span(shortened(name, max(width - 24, 8)), "title"), Span(f" {sign}", "dim"))
        if rows is None or rows.problem or state.view is None:
            words = rows.problem if rows is not None else "No run is open."
            said = textwrap.wrap(words, max(width - 6, 8))
            content: Picture = [(), *((Span(f"  {line}", "dim"),) for line in said)]
            return boxed(content, width, height, title=title, focused=self.has_focus)
        heat = layer_heat(state.view, state.choice(), rows)
        visible = max(height - 3, 1)
        first = state.scrolled(visible)
        cursor = None
        if state.step is not None:
            at = record_at(rows.steps, state.step)
            cursor = float(heat.x[at])
        inner, lines = max(width - 2, 1), min(len(rows.order) + 1, max(height - 2, 1))
        drawn = draw_heat(
            heat, inner, lines, self.look, cursor,
            first_row=first, selected=state.place(),
        )  # fmt: skip
        drawn += partition_below(state.view, inner, height - 2 - lines, self.look)
        count = len(rows.order)
        note = f"{first + 1}-{min(first + visible, count)} of {count}" if count > visible else ""
        if rows.hidden:
            note = f"{note}  {rows.hidden} hidden".strip()
        return boxed(
            drawn, width, height, title=title, note=(Span(note, "dim"),) if note else (),
            foot=heat_legend(heat, self.look), focused=self.has_focus,
        )  # fmt: skip

    def on_click(self, event: Click) -> None:
        """Go to the row that was clicked."""
        rows = self._layers.rows()
        place = self._layers.first + event.y - 1
        if rows is not None and 0 <= place < len(rows.order) and event.y >= 1:
            self._layers.selected = rows.order[place]
            self._moved()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Go down a row."""
        event.stop()
        self._layers.move(1)
        self._moved()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Go up a row."""
        event.stop()
        self._layers.move(-1)
        self._moved()
