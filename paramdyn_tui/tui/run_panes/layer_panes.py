"""The panes at the side of the heatmap of layers: two curves of a parameter, and its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramdyn_tui.formatting import count
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Row, Span, boxed, fitted, shortened, width_of
from paramdyn_tui.tui.run_panes.layer_facts import facts_of, partition_of, reach_of
from paramdyn_tui.tui.run_panes.measures import recorded_measures

if TYPE_CHECKING:
    from paramdyn.store.manifest import ParameterInfo
    from paramdyn_tui.tui.run_panes.inspector import Spread
    from paramdyn_tui.tui.run_panes.layers_state import LayersState
    from paramdyn_tui.watching.view import RunView

PARTNERS = ("direction_change", "update_ratio", "relative_displacement", "weight_norm")
"""What the second chart shows: the first of these that is recorded and not shown by the first."""


class LayerChartPane(CellWidget):
    """A curve of the parameter that the cursor is on.

    Args:
        state: What the cursor is on.
        second: Whether it shows what goes well with the chosen measurement, rather than that.
    """

    def __init__(self, state: LayersState, *, second: bool) -> None:
        super().__init__()
        self._layers, self._second = state, second

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed chart."""
        from paramdyn_tui.tui.run_panes.layer_curves import layer_panel
        from paramdyn_tui.tui.widgets.chart_lines import Drawing, LineCache
        from paramdyn_tui.tui.widgets.chart_picture import Frame, chart_picture

        state, view = self._layers, self._layers.view
        measure = self.measure()
        info = parameter_of(state)
        if view is None or info is None or not measure:
            return boxed([], width, height)
        panel = layer_panel(state, info, measure)
        cursor = None
        if state.step is not None:
            import numpy as np

            cursor = float(view.axis(state.axis).of(np.array([state.step]))[0])
        log = frozenset({panel.quantity}) if state.settings.heat_log else frozenset()
        drawing = Drawing(axis=state.axis, cursor=cursor, log=log)
        return chart_picture(panel, drawing, LineCache(), Frame(width, height), self.look)

    def measure(self) -> str:
        """Return the measurement it shows; empty when none is recorded."""
        state = self._layers
        if not self._second or state.view is None:
            return state.measure
        names = recorded_measures(state.view)
        others = [name for name in PARTNERS if name in names and name != state.measure]
        return others[0] if others else ""


class InspectorPane(CellWidget):
    """What is known about the parameter that the cursor is on.

    Args:
        state: What the cursor is on.

    Attributes:
        spread: Its histograms; None while they are read.
    """

    def __init__(self, state: LayersState) -> None:
        super().__init__()
        self._layers = state
        self.spread: Spread | None = None

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed facts."""
        from paramdyn_tui.tui.run_panes.inspector import Inspected, inspector_picture

        state, view = self._layers, self._layers.view
        info = parameter_of(state)
        if view is None or info is None:
            return boxed([(Span(" no layer is chosen", "dim"),)], width, height)
        rows_are_buffers = state.measure.startswith("buffer")
        row = -1 if rows_are_buffers else state.selected
        partition = view.classes_partition
        shown = Inspected(
            name=info.name,
            facts=facts_of(view, info, row, state.step),
            partition={} if rows_are_buffers else partition_of(view, state.selected),
            partition_when=f"at step {count(partition.step)}" if partition is not None else "",
            reach=reach_of(view, info),
            spread=self.spread,
            when=when_of(view, state.step),
        )
        return inspector_picture(shown, width, height, self.look)


class LayersHeadPane(CellWidget):
    """One line: what the heatmap shows and how.

    Args:
        state: What is shown.
    """

    DEFAULT_CSS = "LayersHeadPane { height: 1; }"

    def __init__(self, state: LayersState) -> None:
        super().__init__()
        self._layers = state

    def draw(self, width: int, height: int) -> Picture:  # noqa: ARG002
        """Return the line."""
        return [head_row(self._layers, width)]


def head_row(state: LayersState, width: int) -> Row:
    """Return measurement, pattern, scale, axis and order, as much as fits in a line."""
    settings = state.settings
    parts = [("measure", state.measure or "none")]
    if settings.layers:
        parts.append(("layers", settings.layers))
    if state.baseline is not None:
        parts.append(("minus", state.baseline.name))
    parts += [
        ("scale", "each layer its own" if settings.normalise else "one for all layers"),
        ("levels", "equal ratios" if settings.heat_log else "equal steps"),
        ("x", state.axis),
        ("sort", settings.layer_sort),
    ]
    spans: list[Span] = []
    for label, value in parts:
        room = width - width_of(tuple(spans)) - len(label) - 2
        if len(value) > room and label not in ("measure", "layers", "minus"):
            break
        text = shortened(value, max(room, 0), keep="both")
        spans += [Span(f" {label} ", "dim"), Span(f"{text} ", "strong"), Span(" ")]
    return fitted(spans, width)


def parameter_of(state: LayersState) -> ParameterInfo | None:
    """Return the parameter that the cursor is on."""
    from paramdyn_tui.tui.run_panes.heat_rows import table_of

    if state.view is None:
        return None
    state.place()  # a hidden one gives way to one that is shown
    table = table_of(state.view, state.measure)
    return table[state.selected] if 0 <= state.selected < len(table) else None


def when_of(view: RunView, step: float | None) -> str:
    """Return what the facts are of."""
    if step is None:
        return "now" if view.alive else "at the end"
    return f"at step {count(int(step))}"
