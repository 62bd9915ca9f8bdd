"""The screen of a run's log: everything that its worker said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widget import Widget

from paramdyn_tui.tui.run_panes.log_text import LogText
from paramdyn_tui.tui.run_panes.status_pane import StatusPane
from paramdyn_tui.tui.screens.base import BenchScreen

if TYPE_CHECKING:
    from paramdyn_tui.watching.view import RunView


class LogsScreen(BenchScreen):
    """Shows the log of the open run."""

    MODE = "logs"

    def body(self) -> Iterable[Widget]:
        """Return the panes."""
        yield StatusPane()
        yield LogText()

    def subject(self) -> str:
        """Return the name of the run."""
        path = self.bench.open_run
        return path.name if path is not None else "no run"

    def redraw(self) -> None:
        """Show what is known of the open run."""
        view = self.bench.open_view
        self.query_one(StatusPane).show(view, opened=self.bench.open_run is not None)
        self.query_one(LogText).see(view)

    def run_seen(self, view: RunView) -> None:
        """Show what is new about the run."""
        if view.path == self.bench.open_run:
            self.redraw()

    def step_out(self) -> bool:
        """Show all lines again, then go along with the last one."""
        pane = self.query_one(LogText)
        if pane.lines.pattern:
            pane.choose("")
        elif not pane.lines.follows:
            pane.lines.follows = True
        else:
            return False
        pane.repaint()
        return True

    def copied(self) -> str:
        """Return the line that the cursor is on."""
        here = self.query_one(LogText).current()
        return here[1] if here is not None else ""

    def exports(self) -> dict[str, Callable[[Path], None]]:
        """Return the screen as a picture; the log is a text file as it is."""
        view = self.bench.open_view
        if view is None or not view.log.count:
            return {}
        from paramdyn_tui.tui.run_panes.exporting import write_svg

        return {f"{view.name}-log.svg": lambda path: write_svg(self, path)}
