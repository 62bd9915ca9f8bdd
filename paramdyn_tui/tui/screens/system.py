"""The screen of this machine: how busy it is, and which processes train runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widget import Widget

from paramdyn_tui.tui.run_panes.machine_panes import MachinePane, ProcessPane
from paramdyn_tui.tui.screens.base import BenchScreen

if TYPE_CHECKING:
    from paramdyn_tui.watching.machine import MachineView


class SystemScreen(BenchScreen):
    """Shows the machine and its processes."""

    MODE = "system"
    DEFAULT_CSS = """
    SystemScreen MachinePane { height: 10; }
    """

    def body(self) -> Iterable[Widget]:
        """Return the panes."""
        yield MachinePane()
        yield ProcessPane()

    def subject(self) -> str:
        """Return what the machine is called."""
        from paramdyn.store.process import host

        return host()

    def redraw(self) -> None:
        """Begin to look at the machine."""
        watcher = self.application.watcher
        if watcher is not None:
            watcher.watch_machine(processes=True)

    def on_screen_suspend(self) -> None:
        """Look at the machine no longer, which costs time; behind a dialog its history goes on."""
        watcher = self.application.watcher
        if watcher is not None and self.application.base_screen is not self:
            watcher.unwatch_machine()

    def machine_seen(self, view: MachineView) -> None:
        """Show how the machine is."""
        pane = self.query_one(MachinePane)
        pane.machine = view
        gpus = 3 * len(view.gpus) + (not view.gpus or bool(view.gpu_problem))
        rates = sum(
            getattr(view, name) is not None
            for name in ("disk_read", "disk_written", "received", "sent")
        )
        wanted = 4 + rates + bool(view.load) + gpus
        most = max(self.size.height // 2, 5)
        if pane.styles.height is None or pane.styles.height.value != min(wanted, most):
            pane.styles.height = min(wanted, most)
        pane.repaint()
        self.query_one(ProcessPane).see(view.processes)

    def target(self) -> Path | None:
        """Return the run of the process that the cursor is on, else the open one."""
        here = self.query_one(ProcessPane).current()
        return self.bench.runs / here.run if here is not None and here.run else self.bench.open_run

    def copied(self) -> str:
        """Return the number of the process that the cursor is on."""
        here = self.query_one(ProcessPane).current()
        return str(here.pid) if here is not None else ""

    def exports(self) -> dict[str, Callable[[Path], None]]:
        """Return the screen as a picture."""
        from paramdyn_tui.tui.run_panes.exporting import write_svg

        return {"system.svg": lambda path: write_svg(self, path)}
