"""The screen of the layers of a run: where, when and how far its parameters moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.run_panes.behind import follow_behind
from paramdyn_tui.tui.run_panes.inspector import Spread
from paramdyn_tui.tui.run_panes.layer_facts import WANTED
from paramdyn_tui.tui.run_panes.layer_panes import (
    InspectorPane,
    LayerChartPane,
    LayersHeadPane,
    parameter_of,
)
from paramdyn_tui.tui.run_panes.layers_heat_pane import LayersHeatPane
from paramdyn_tui.tui.run_panes.layers_state import SORTS, LayersState
from paramdyn_tui.tui.screens.base import BenchScreen

if TYPE_CHECKING:
    from textual.events import Resize

    from paramdyn_tui.watching.view import RunView

PANES = (LayersHeadPane, LayersHeatPane, LayerChartPane, InspectorPane)
MOST_PANES = 5
"""There are two charts."""
FAR = 10**6
SPREAD_SECONDS = 0.15
"""Histograms are read when the cursor has rested on a parameter for so long."""


class LayersScreen(BenchScreen):
    """Shows every parameter of the open run over time, and one of them closely."""

    MODE = "layers"
    SCOPE = "layers"
    BINDINGS: ClassVar[list[BindingType]] = bindings("layers")
    DEFAULT_CSS: ClassVar[str] = """
    LayersScreen #layers-side { width: 34%; }
    LayersScreen #layers-curves { height: 1fr; max-height: 24; }
    LayersScreen InspectorPane { height: 1fr; min-height: 12; }
    LayersScreen.-compact #layers { layout: vertical; }
    LayersScreen.-compact #layers-side { width: 100%; height: 11; layout: horizontal; }
    LayersScreen.-compact #layers-curves { width: 38; height: 11; }
    LayersScreen.-compact #second { display: none; }
    LayersScreen.-compact InspectorPane { height: 11; min-height: 5; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.minus = False
        self.alone = False
        self._read: tuple[object, Spread | None] = (None, None)

    @property
    def state(self) -> LayersState:
        """What is shown."""
        if not hasattr(self, "_state"):
            self._state = LayersState(self.application.settings)
        return self._state

    def body(self) -> Iterable[Widget]:
        """Return the panes."""
        state = self.state
        yield LayersHeadPane(state)
        second = LayerChartPane(state, second=True)
        second.id = "second"
        curves = Vertical(LayerChartPane(state, second=False), second, id="layers-curves")
        side = Vertical(curves, InspectorPane(state), id="layers-side")
        yield Horizontal(LayersHeatPane(state, self._show), side, id="layers")

    def subject(self) -> str:
        """Return the name of the run."""
        path = self.bench.open_run
        return path.name if path is not None else "no run"

    def redraw(self) -> None:
        """Show what is known of the open run."""
        follow_behind(self.application, self._baseline())
        self._take()
        self._show()

    def run_seen(self, view: RunView) -> None:
        """Show what is new about the run or the baseline."""
        if view.path in (self.bench.open_run, self._baseline()):
            self._take()
            self._show()

    def step_out(self) -> bool:
        """Leave, one at a time, the heatmap alone, the cursor in time, the pattern."""
        if self.alone:
            self.action_full()
        elif self.state.step is not None:
            self.state.step = None
        elif self.application.settings.layers:
            self.application.settings.layers = ""
        else:
            return False
        self._show()
        return True

    def copied(self) -> str:
        """Return the facts of the parameter that the cursor is on."""
        from paramdyn_tui.tui.run_panes.layer_facts import facts_of

        info, view = parameter_of(self.state), self.state.view
        if info is None or view is None:
            return ""
        facts = facts_of(view, info, self.state.selected, self.state.step)
        return "\n".join([info.name, *(f"{label}\t{value}" for label, value in facts)])

    def exports(self) -> dict[str, Callable[[Path], None]]:
        """Return the heatmap as a table, and the screen as a picture."""
        rows, view = self.state.rows(), self.state.view
        if rows is None or view is None or rows.problem:
            return {}
        from paramdyn_tui.tui.run_panes.exporting import write_layers_csv, write_svg

        measure = self.state.measure
        return {
            f"{view.name}-{measure}.csv": lambda path: write_layers_csv(view, measure, rows, path),
            f"{view.name}-layers.svg": lambda path: write_svg(self, path),
        }

    def action_move(self, where: str) -> None:
        """Move the cursor over layers, or in time."""
        heat = self.query_one(LayersHeatPane)
        page = max(heat.size.height - 4, 1)
        moves = {"up": -1, "down": 1, "page_up": -page, "page_down": page,
                 "first": -FAR, "last": FAR}  # fmt: skip
        if where in moves:
            self.state.move(moves[where])
        else:
            columns = max(heat.size.width * 2 // 3, 8)
            self.state.move_in_time(1 if where == "right" else -1, columns)
        self._show()

    def action_measure(self) -> None:
        """Choose what is shown."""
        from paramdyn_tui.tui.run_panes.choosing import choose_measure

        choose_measure(self.application, self.state.view, self.redraw)

    def action_normalise(self) -> None:
        """Compare layers with each other, or each with itself."""
        settings = self.application.settings
        settings.normalise = not settings.normalise
        self._show()

    def action_log_scale(self) -> None:
        """Let levels be equal steps or equal ratios."""
        settings = self.application.settings
        settings.heat_log = not settings.heat_log
        self._show()

    def action_axis(self) -> None:
        """Go on to the next axis."""
        from paramdyn_tui.tui.run_panes.run_charts import axes_of

        axes = axes_of(self.state.view)
        here = axes.index(self.state.axis)
        self.application.settings.axis = axes[(here + 1) % len(axes)]
        self._show()

    def action_sort(self) -> None:
        """Go on to the next order."""
        settings = self.application.settings
        here = SORTS.index(settings.layer_sort) if settings.layer_sort in SORTS else 0
        settings.layer_sort = SORTS[(here + 1) % len(SORTS)]
        self._show()

    def action_filter(self) -> None:
        """Ask for a pattern of parameters."""
        from paramdyn_tui.tui.run_panes.choosing import ask_for_pattern

        view = self.state.view
        names = [info.name for info in view.parameters] if view is not None else []
        ask_for_pattern(self.application, names, self._show)

    def action_full(self) -> None:
        """Show the heatmap alone, or with the layer."""
        self.alone = not self.alone
        self.query_one("#layers-side").display = not self.alone
        self.call_after_refresh(self._show)

    def action_baseline(self) -> None:
        """Show the difference to the baseline, or values; choose a baseline where there is none."""
        if self.bench.baseline not in (None, self.bench.open_run):
            self.minus = not self.minus
            self.redraw()
            return
        from paramdyn_tui.tui.run_panes.choosing import choose_baseline

        self.minus = True
        choose_baseline(self.application, self.state.view, self.application.bench_changed)

    def on_resize(self, event: Resize) -> None:
        """Give the inspector what the heatmap does not need."""
        side = self.query_one("#layers-side")
        if event.size.width < 100:
            side.styles.height = 11 if event.size.height >= 22 else 0
        else:
            side.styles.height = "100%"
        self.call_after_refresh(self._show)

    def _take(self) -> None:
        """Take over what is known, and ask for what is not."""
        state = self.state
        path, base = self.bench.open_run, self._baseline()
        if state.view is not None and path != state.view.path:
            state.selected, state.step, state.first = 0, None, 0
        state.view = self.bench.open_view
        state.baseline = self.bench.seen.get(base) if base is not None else None
        watcher = self.application.watcher
        if watcher is None or state.view is None:
            return
        for each in dict.fromkeys([state.measure, *WANTED]):
            for wanted in (path, base):
                if wanted is not None and each:
                    watcher.want(wanted, each)

    def _show(self) -> None:
        panes = [pane for pane in self.query(CellWidget) if isinstance(pane, PANES)]
        if len(panes) < MOST_PANES:
            return  # they are not there yet, or no longer
        side = self.query_one("#layers-side")
        if self.size.width >= 100:
            side.styles.width = f"{self.application.settings.side}%"
        else:
            side.styles.width = "100%"
        self._spread_of_selected()
        for pane in panes:
            pane.repaint()

    def _spread_of_selected(self) -> None:
        """Have the histograms of the parameter at the cursor read, unless they are there."""
        info, view = parameter_of(self.state), self.state.view
        pane = self.query_one(InspectorPane)
        if info is None or view is None:
            return
        snapshots = sum(event.kind == "snapshot" for event in view.events)
        key = (view.path, info.name, snapshots)
        if key == self._read[0]:
            pane.spread = self._read[1]
            return
        self._read, pane.spread = (key, None), None
        self.set_timer(SPREAD_SECONDS, lambda: self._begin_to_read(key))

    def _begin_to_read(self, key: tuple[Path, str, int]) -> None:
        if key != self._read[0]:
            return  # the cursor has gone on
        from paramdyn_tui.tui.background import in_background
        from paramdyn_tui.tui.run_panes.layer_spread import read_spread

        def show(found: Spread) -> None:
            self._has_read(key, found)

        in_background(
            self.app, lambda: read_spread(key[0], key[1]), show,
            lambda error: show(Spread(words=str(error))),
        )  # fmt: skip

    def _has_read(self, key: object, found: Spread) -> None:
        if key == self._read[0]:
            self._read = (key, found)
            self._show()

    def _baseline(self) -> Path | None:
        base = self.bench.baseline
        return base if self.minus and base != self.bench.open_run else None
