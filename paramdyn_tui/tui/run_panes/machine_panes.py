"""The panes of the system screen: the machine, and its processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType

from paramdyn_tui.formatting import percent
from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Look, Picture, Row, Span, boxed

if TYPE_CHECKING:
    from textual.events import Click

    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.watching.machine import MachineView, ProcessRow


class MachinePane(CellWidget):
    """Shows processors, memory, disks, network and GPUs with their histories.

    Attributes:
        machine: The machine; None before it was looked at.
    """

    def __init__(self) -> None:
        super().__init__()
        self.machine: MachineView | None = None

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed histories."""
        if self.machine is None:
            return boxed([(Span(" looking ...", "dim"),)], width, height, title=_TITLE)
        rows = machine_rows(self.machine, width - 2, self.look)
        note = (Span(f"{self.machine.cores} cores", "dim"),)
        return boxed(rows, width, height, title=_TITLE, note=note)


_TITLE = (Span("machine", "title"),)


def machine_rows(machine: MachineView, width: int, look: Look) -> Picture:
    """Return a row for each quantity: its name, its course, what it is now."""
    from paramdyn_tui.tui.run_panes.machine_rows import history_row, size

    past = machine.history
    load = "  ".join(f"{each:.1f}" for each in machine.load)
    cpu = "-" if machine.cpu is None else percent(machine.cpu, 0)
    rows: Picture = [
        history_row("CPU", past.get("cpu", ()), cpu, width, look),
        history_row("memory", past.get("memory", ()),
                    f"{size(machine.memory)}/{size(machine.memory_total)}", width, look),
    ]  # fmt: skip
    for gpu in machine.gpus:
        said = f"{percent(gpu.used, 0)}"
        memory = f"{size(gpu.memory)}/{size(gpu.memory_total)}"
        rows.append(history_row(f"GPU {gpu.index}", past.get(f"gpu{gpu.index}", ()), said,
                                width, look))  # fmt: skip
        rows.append(history_row("  memory", past.get(f"gpu{gpu.index}_memory", ()), memory,
                                width, look))  # fmt: skip
        rows.append(_gpu_facts(gpu.name, gpu.watts, gpu.celsius))
    for label, name in (("disk read", "disk_read"), ("disk write", "disk_written"),
                        ("received", "received"), ("sent", "sent")):  # fmt: skip
        rate = getattr(machine, name)
        if rate is not None:
            said = f"{size(rate)}/s"
            rows.append(history_row(label, past.get(name, ()), said, width, look, high=None))
    if load:
        rows.append((Span(f" {'load':<9} ", "dim"), Span(load, "text"),
                     Span("  over 1, 5 and 15 minutes", "dim")))  # fmt: skip
    if machine.gpu_problem:
        rows.append((Span(f" {machine.gpu_problem}", "warn"),))
    elif not machine.gpus:
        rows.append((Span(" no GPU", "dim"),))
    return rows


def _gpu_facts(name: str, watts: float | None, celsius: float | None) -> Row:
    facts = [name]
    facts += [f"{watts:.0f} W"] if watts is not None else []
    facts += [f"{celsius:.0f} °C"] if celsius is not None else []
    return (Span(f"           {'   '.join(facts)}", "dim"),)


class ProcessPane(CellWidget):
    """Shows processes, those of runs first, with a cursor.

    Attributes:
        rows: The processes, in their order.
        at: The row that the cursor is on.
        sort: What they are sorted by.
        mine: Whether only those of runs are shown.
    """

    SCOPE = "system"
    BINDINGS: ClassVar[list[BindingType]] = bindings("system")
    can_focus = True

    def __init__(self) -> None:
        super().__init__(classes="first-focus")
        self.rows: list[ProcessRow] = []
        self.at = self.first = 0
        self.sort, self.mine = "cpu", False
        self._all: tuple[ProcessRow, ...] = ()
        self._pid = 0

    def see(self, processes: tuple[ProcessRow, ...]) -> None:
        """Show processes; the cursor stays on the one that it is on."""
        self._all = processes
        self._order()

    def draw(self, width: int, height: int) -> Picture:
        """Return the framed table."""
        from paramdyn_tui.tui.run_panes.process_rows import process_table

        inner = max(height - 2, 1)
        visible = max(inner - 1, 1)
        self.at = min(max(self.at, 0), max(len(self.rows) - 1, 0))
        first = min(max(self.first, self.at - visible + 1), self.at)
        self.first = max(min(first, len(self.rows) - visible), 0)
        rows = process_table(
            self.rows, width - 2, inner, at=self.at, first=self.first, sort=self.sort
        )
        if not self.rows:
            rows.append((Span(self._none(), "dim"),))
        what = "of runs" if self.mine else "all"
        note = (Span(f"{what}, by {self.sort}", "dim"),)
        return boxed(
            rows, width, height, title=(Span("processes", "title"),), note=note,
            focused=self.has_focus,
        )  # fmt: skip

    def current(self) -> ProcessRow | None:
        """Return the process that the cursor is on."""
        return self.rows[self.at] if self.at < len(self.rows) else None

    def action_cursor(self, where: str) -> None:
        """Go a row up or down."""
        self.at = min(max(self.at + (1 if where == "down" else -1), 0), max(len(self.rows) - 1, 0))
        here = self.current()
        self._pid = here.pid if here is not None else 0
        self.repaint()

    def action_sort(self) -> None:
        """Sort by the next quantity."""
        from paramdyn_tui.tui.run_panes.process_rows import SORTS

        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        self._order()

    def action_mine(self) -> None:
        """Show all processes, or those of runs."""
        self.mine = not self.mine
        self._order()

    def action_open(self) -> None:
        """Open the run of the process."""
        here, app = self.current(), cast("ParamdynApp", self.app)
        if here is not None and here.run:
            app.open_run(app.bench.runs / here.run)
        else:
            app.say("This process belongs to no run of this folder.", "warn")

    def on_click(self, event: Click) -> None:
        """Put the cursor on the row that was clicked; a double click opens its run."""
        row = self.first + event.y - 2
        if 0 <= row < len(self.rows):
            self.at = row
            self._pid = self.rows[row].pid
            self.repaint()
            if event.chain == 2:
                self.action_open()

    def _order(self) -> None:
        from paramdyn_tui.tui.run_panes.process_rows import ordered

        self.rows = ordered(self._all, self.sort, mine=self.mine)
        places = [index for index, row in enumerate(self.rows) if row.pid == self._pid]
        self.at = places[0] if places else min(self.at, max(len(self.rows) - 1, 0))
        self.repaint()

    def _none(self) -> str:
        if not self._all:
            return " looking ..."
        return " No run of this folder has a process on this machine."
