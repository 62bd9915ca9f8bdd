"""The table of processes: which run each belongs to, and what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paramdyn_tui.safe_text import printable
from paramdyn_tui.tui.cells import Picture, Row, Span, fitted, shortened
from paramdyn_tui.tui.run_panes.machine_rows import size

if TYPE_CHECKING:
    from paramdyn_tui.watching.machine import ProcessRow

FIXED = 8 + 10 + 7 + 9 + 9
"""Cells of the columns before the names."""
SORTS = ("cpu", "memory", "gpu memory")
"""What processes are sorted by, the most first."""


def ordered(rows: Sequence[ProcessRow], sort: str, *, mine: bool) -> list[ProcessRow]:
    """Return processes in an order, those of runs first.

    Args:
        rows: The processes.
        sort: One of ``SORTS``.
        mine: Whether only those of runs are wanted.
    """
    key = {"cpu": "cpu", "memory": "memory", "gpu memory": "gpu_memory"}[sort]
    chosen = [row for row in rows if row.run or not mine]
    return sorted(chosen, key=lambda row: (not row.run, -getattr(row, key), row.pid))


def process_table(
    rows: Sequence[ProcessRow], width: int, height: int, *, at: int, first: int, sort: str
) -> Picture:
    """Return the table: a header and the rows from ``first`` on.

    Args:
        rows: The processes, in order.
        width: Cells.
        height: Rows with the header, at least 1.
        at: The row that the cursor is on.
        first: The first one that is visible.
        sort: What they are sorted by.
    """
    named = _named(rows, width)
    head = _cells("pid", "user", "cpu", "memory", "gpu mem", "process", "run", width, named)
    marked = {"cpu": 2, "memory": 3, "gpu memory": 4}[sort]
    picture: Picture = [
        fitted(
            (Span(text, "title" if index == marked else "dim") for index, text in enumerate(head)),
            width,
        )
    ]
    for index, row in enumerate(rows[first : first + max(height - 1, 0)], first):
        picture.append(process_row(row, width, named, here=index == at))
    return picture


def _named(rows: Sequence[ProcessRow], width: int) -> int:
    """Return the width for names of processes: a third, and what no run's name needs."""
    runs = max((len(row.run) for row in rows), default=0)
    room = max(width - FIXED - 3, 4)
    return min(max(room // 3, room - max(runs, len("run")), 4), 24)


def process_row(row: ProcessRow, width: int, named: int, *, here: bool) -> Row:
    """Return one process.

    Args:
        row: The process.
        width: Cells.
        named: Those for its name.
        here: Whether the cursor is on it.
    """
    cells = _cells(
        str(row.pid), row.user, f"{100 * row.cpu:.0f}%", size(row.memory),
        size(row.gpu_memory) if row.gpu_memory else "-", row.name, row.run, width, named,
    )  # fmt: skip
    plain = ["dim", "dim", "text", "text", "text", "text", "live"]
    spans = [
        Span(text, "cursor" if here else style) for text, style in zip(cells, plain, strict=True)
    ]
    return fitted(spans, width, style="cursor" if here else "text")


def _cells(*texts: str | int) -> list[str]:
    *columns, width, named = texts
    pid, user, cpu, memory, gpu, name, run = map(str, columns)
    room, named = max(int(width) - FIXED - 3, 4), int(named)
    return [
        f" {pid:>6} ",
        f" {shortened(user, 9):<9}",
        f"{cpu:>6} ",
        f"{memory:>8} ",
        f"{gpu:>8} ",
        f" {shortened(printable(name), named):<{named}} ",
        shortened(printable(run), max(room - named, 1)),
    ]
