"""The screen of one run: how it stands, its charts, its layers, what happened, what it said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.run_panes.behind import follow_behind
from paramdyn_tui.tui.run_panes.events_pane import EventsPane
from paramdyn_tui.tui.run_panes.heat_pane import HeatPane
from paramdyn_tui.tui.run_panes.log_pane import LogPane
from paramdyn_tui.tui.run_panes.run_charts import RunCharts
from paramdyn_tui.tui.run_panes.run_words import why_no_chart
from paramdyn_tui.tui.run_panes.status_pane import StatusPane
from paramdyn_tui.tui.run_panes.system_pane import SystemPane
from paramdyn_tui.tui.screens.base import BenchScreen
from paramdyn_tui.tui.widgets.chart_grid import ChartGrid

if TYPE_CHECKING:
    from textual.events import Resize

    from paramdyn_tui.watching.machine import MachineView
    from paramdyn_tui.watching.view import RunView

PACE_SECONDS = 0.15
"""A run that records faster is drawn this often: an eye sees no more, a slow link feels it."""
AT_WORK = ("starting", "running")


class RunScreen(BenchScreen):
    """Shows the open run, live or not."""

    MODE = "run"
    SCOPE = "run"
    BINDINGS: ClassVar[list[BindingType]] = bindings("run")
    DEFAULT_CSS: ClassVar[str] = """
    RunScreen #below { height: 4; }
    RunScreen SystemPane { width: 2fr; }
    RunScreen EventsPane { width: 1fr; }
    RunScreen LogPane { height: 7; }
    RunScreen.-short #below, RunScreen.-short LogPane { height: 1; }
    RunScreen.-short EventsPane { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.behind = True
        self._watches_machine = False
        self._log_most = 7
        self._shown_at, self._waits = 0.0, False
        self.charts = RunCharts(self._want, self._color_of)
        self.heat = HeatPane()
        self.grid = ChartGrid(self.charts, companion=self.heat)

        self.head, self.system = StatusPane(), SystemPane()
        self.events, self.log_lines = EventsPane(), LogPane()

    def body(self) -> Iterable[Widget]:
        """Return the panes."""
        yield self.head
        yield self.grid
        yield Horizontal(self.system, self.events, id="below")
        yield self.log_lines

    def subject(self) -> str:
        """Return the name of the run."""
        path = self.bench.open_run
        return path.name if path is not None else "no run"

    def redraw(self) -> None:
        """Show what is known of the open run."""
        follow_behind(self.application, self._baseline())
        self._show()

    def run_seen(self, view: RunView) -> None:
        """Show what is new about the run or the one behind it."""
        if view.path not in (self.bench.open_run, self._baseline()):
            return
        wait = self._shown_at + PACE_SECONDS - time.monotonic()
        if wait <= 0:
            self._show()
        elif not self._waits:
            self._waits = True
            self.set_timer(wait, self._show)

    def machine_seen(self, view: MachineView) -> None:
        """Show how busy the machine is."""
        self.system.see(view)

    def on_screen_suspend(self) -> None:
        """Look at the machine no longer; behind a dialog its history goes on."""
        if self.application.base_screen is not self:
            self._watch_machine(wanted=False)

    def step_out(self) -> bool:
        """Leave the chart alone, the cursor, the zoom."""
        return self.grid.step_out()

    def copied(self) -> str:
        """Return values of the focused chart, or the path of the run."""
        return self.grid.copied() or str(self.bench.open_run or "")

    def exports(self) -> dict[str, Callable[[Path], None]]:
        """Return the charts as a table, and the screen as a picture."""
        view = self.bench.open_view
        if view is None or not view.metrics:
            return {}
        from paramdyn_tui.tui.run_panes.exporting import write_svg
        from paramdyn_tui.tui.widgets.chart_copies import write_csv

        panels = [self.grid.panel(name) for name in self.grid.shown_names()]
        return {
            f"{view.name}-charts.csv": lambda path: write_csv(panels, path),
            f"{view.name}.svg": lambda path: write_svg(self, path),
        }

    def action_measure(self) -> None:
        """Choose what the heatmap shows."""
        from paramdyn_tui.tui.run_panes.choosing import choose_measure

        choose_measure(self.application, self.bench.open_view, self._show)

    def action_baseline(self) -> None:
        """Lay the baseline behind the charts, or take it away; choose one where there is none."""
        if self.bench.baseline not in (None, self.bench.open_run):
            self.behind = not self.behind
            self.application.bench_changed()
            return
        from paramdyn_tui.tui.run_panes.choosing import choose_baseline

        self.behind = True
        choose_baseline(self.application, self.bench.open_view, self.application.bench_changed)

    def action_log_full(self) -> None:
        """Show the whole log."""
        self.application.show("logs")

    def on_chart_grid_changed(self) -> None:
        """Let the heatmap have the charts' cursor and axis."""
        self._aim_heat()
        self.heat.repaint()
        self.offer_keys()

    def on_resize(self, event: Resize) -> None:
        """Give the panes below the charts what a tall screen has."""
        height = event.size.height
        if height >= 30:
            more = max(height - 36, 0)
            self.query_one("#below").styles.height = 4 + min(more // 4, 4)
            self._log_most = 7 + min(more // 3, 6)
        else:
            self.query_one("#below").styles.height = 1
            self._log_most = 1 if height > 14 else 0
        self._fit_log()

    def _show(self) -> None:
        self._waits = False
        beside = (self.head, self.system, self.events, self.log_lines)
        if not all(pane.is_attached for pane in beside):
            return  # they are not there yet, or no longer
        path, view = self.bench.open_run, self.bench.open_view
        if view is not None and view.metrics:  # what comes before the first chart delays it not
            self._shown_at = time.monotonic()
        base = self._baseline()
        self.charts.view = self.heat.view = view
        self.charts.baseline = self.bench.seen.get(base) if base is not None else None
        self.charts.why = why_no_chart(view, path.name if path else "")
        self._watch_machine(wanted=view is not None and view.status in AT_WORK)
        if self._show_beside(view, base):
            self.call_after_refresh(self._show_charts)  # they are drawn once, at their new size
        else:
            self._show_charts()

    def _show_beside(self, view: RunView | None, base: Path | None) -> bool:
        """Show all but charts and heatmap; tell whether these get another size by it."""
        more = f"Behind the charts, dashed: {base.name}." if base is not None else ""
        opened = self.bench.open_run is not None
        changes = self.head.show(view, opened=opened, more=more)
        for pane in (self.events, self.log_lines):
            pane.view = view
            pane.repaint()
        self.system.see_run(view)
        return self._fit_log() or changes

    def _show_charts(self) -> None:
        view = self.charts.view
        if self.bench.look_at is not None and view is not None:
            import numpy as np

            at, self.bench.look_at = self.bench.look_at, None
            self.grid.cursor = float(view.axis(self.grid.axis).of(np.array([at]))[0])
        self._aim_heat()
        self.grid.show()  # and the heatmap, which is one of its panes

    def _aim_heat(self) -> None:
        self.heat.cursor = self.grid.cursor
        self.heat.axis = self.grid.axis
        self.heat.window = self.grid.window()

    def _fit_log(self) -> bool:
        """Give the log of a run that has ended no more rows than it has lines; tell if anew."""
        view, height = self.bench.open_view, self._log_most
        if height > 1 and view is not None and not view.alive:
            height = min(height, max(view.log.count, 1) + 2)
        pane = self.log_lines
        changes = pane.styles.height is None or pane.styles.height.value != height
        if changes:
            pane.styles.height = height
        return changes

    def _watch_machine(self, *, wanted: bool) -> None:
        """Look at the machine while the run works: a screen that is idle sends nothing."""
        watcher = self.application.watcher
        if watcher is not None and wanted != self._watches_machine:
            self._watches_machine = wanted
            if wanted:
                watcher.watch_machine()
            else:
                watcher.unwatch_machine()

    def _baseline(self) -> Path | None:
        base = self.bench.baseline
        return base if self.behind and base != self.bench.open_run else None

    def _color_of(self, name: str) -> int:
        return self.bench.color_of(name)

    def _want(self, measurement: str) -> None:
        watcher = self.application.watcher
        for path in (self.bench.open_run, self._baseline()):
            if watcher is not None and path is not None:
                watcher.want(path, measurement)
