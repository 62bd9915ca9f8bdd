"""The strip below the charts: how busy the machine is while a run lives, where it ran after."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from paramdyn_tui.formatting import count, duration, number
from paramdyn_tui.safe_text import printable
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Look, Picture, Row, Span, boxed, fitted, width_of

if TYPE_CHECKING:
    from textual.events import Click

    from paramdyn_tui.watching.machine import MachineView
    from paramdyn_tui.watching.view import RunView

SILENT_SECONDS = 10.0
"""The strip of a run that says nothing new is drawn this often."""


class SystemPane(CellWidget):
    """Shows the machine, or where and with what a run that has ended was made.

    Attributes:
        view: The run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.view: RunView | None = None
        self._machine: MachineView | None = None
        self._drawn_at = (-1, 0.0)

    def see_run(self, view: RunView | None) -> None:
        """Show where a run was made, if it has ended; the machine is drawn at its own pace."""
        before, self.view = self.view, view
        if view is None or before is None or not view.alive or view.alive != before.alive:
            self._machine = None
            self.repaint()

    def see(self, machine: MachineView) -> None:
        """Show the machine; of a run that says nothing new, seldom: a slow link feels it."""
        step = self.view.step if self.view is not None else -1
        now = time.monotonic()
        if step != self._drawn_at[0] or now - self._drawn_at[1] >= SILENT_SECONDS:
            self._drawn_at, self._machine = (step, now), machine
            self.repaint()

    def draw(self, width: int, height: int) -> Picture:
        """Return the strip."""
        machine = self._machine if self.view is not None and self.view.alive else None
        return system_picture(self.view, machine, width, height, self.look)

    async def on_click(self, _event: Click) -> None:
        """Go to the screen of the machine."""
        await self.run_action("app.screen_system")


def system_picture(
    view: RunView | None, machine: MachineView | None, width: int, height: int, look: Look
) -> Picture:
    """Return the strip in a frame, or as one row.

    Args:
        view: The run; None while nothing is known.
        machine: The machine; None: where the run was made is shown.
        width: Cells.
        height: Below 3 there is no frame.
        look: What the terminal can show.
    """
    inner, lines = (width - 2, height - 2) if height >= 3 else (width, height)
    if machine is None and view is not None and view.alive:
        rows = [fitted((Span(" looking at the machine ...", "dim"),), inner)]
    elif machine is not None:
        rows = _machine_rows(machine, inner, lines, look)
    else:
        rows = [fitted(row, inner) for row in made_rows(view, inner)]
    if height < 3:
        return rows[:height] or [()]
    title = "system" if machine is not None or view is None or view.alive else "made on"
    return boxed(rows[:lines], width, height, title=(Span(title, "title"),))


def _machine_rows(machine: MachineView, width: int, lines: int, look: Look) -> Picture:
    from paramdyn_tui.tui.run_panes.machine_rows import cpu_row, gpu_row

    rows: Picture = [
        gpu_row(gpu, machine.history.get(f"gpu{gpu.index}", ()), width, look)
        for gpu in machine.gpus[: max(lines - 1, 1)]
    ]
    rows.append(cpu_row(machine, width, look))
    if lines == 1:
        return [rows[0]]
    if machine.gpu_problem and len(rows) < lines:
        rows.append((Span(f" {printable(machine.gpu_problem)}", "dim"),))
    return rows


def made_rows(view: RunView | None, width: int) -> list[Row]:
    """Return where and with what a run was made, as facts in rows."""
    manifest = view.manifest if view is not None else None
    if view is None or manifest is None:
        return [(Span(" not known yet", "dim"),)]
    torch = manifest.versions.get("torch", "")
    git = manifest.git.get("commit", "") if isinstance(manifest.git, dict) else ""
    spent = seconds_spent(view)
    facts = [
        ("", str(manifest.device_name or manifest.device)),
        ("device ", manifest.device),
        ("precision ", manifest.precision),
        ("threads ", str(manifest.threads)),
        ("took ", duration(spent) if spent is not None else ""),
        ("images/s ", number(view.images_per_s, 3) if view.images_per_s else ""),
        ("scalars ", count(sum(info.count for info in view.parameters))),
        ("host ", manifest.host),
        ("torch ", str(torch)),
        ("paramdyn ", manifest.paramdyn),
        ("git ", str(git)[:8]),
    ]
    rows: list[Row] = []
    row: list[Span] = []
    for label, value in facts:
        if not value:
            continue
        fact = [Span(f" {label}", "dim"), Span(f"{printable(value)} ", "text")]
        if row and width_of((*row, *fact)) > width:
            rows.append(tuple(row))
            row = []
        row += fact
    return [*rows, tuple(row)]


def seconds_spent(view: RunView) -> float | None:
    """Return how long a run trained, without pauses; None while that is not recorded."""
    axis = view.axis("time")
    if axis.label == "step" or not len(axis.positions):
        return None
    unit = {"hours": 3600.0, "minutes": 60.0}.get(axis.label, 1.0)
    return float(axis.positions[-1]) * unit
