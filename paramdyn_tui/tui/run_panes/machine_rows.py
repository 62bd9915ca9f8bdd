"""The machine in rows of text and small histories: for the strip of a run, and the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paramdyn_tui.formatting import percent
from paramdyn_tui.tui.cells import Look, Row, Span, fitted, shortened, width_of
from paramdyn_tui.tui.charts.strip_chart import strip_chart

if TYPE_CHECKING:
    from paramdyn_tui.watching.gpus import Gpu
    from paramdyn_tui.watching.machine import MachineView

BUSY = ((0.0, "s0"), (0.7, "s4"), (0.9, "warn"))
"""Style of a share by how busy it is."""
UNITS = ("B", "K", "M", "G", "T", "P")


def size(number: float | None) -> str:
    """Return bytes in a few characters.

    >>> size(9.1 * 2**30), size(512), size(139 * 2**30), size(None)
    ('9.1G', '512B', '139G', '-')
    """
    if number is None:
        return "-"
    value = float(number)
    for unit in UNITS:
        if value < 999.5 or unit == UNITS[-1]:
            return f"{value:.0f}{unit}" if value >= 99.5 or unit == "B" else f"{value:.1f}{unit}"
        value /= 1024
    return "-"


def gpu_row(gpu: Gpu, history: Sequence[float], width: int, look: Look) -> Row:
    """Return a GPU: name, how busy, memory, power, temperature."""
    tail = [
        Span(f" {_share(gpu.used):>4}", _busy(gpu.used)),
        Span("  mem ", "dim"),
        Span(f"{size(gpu.memory)}/{size(gpu.memory_total)}", "text"),
    ]
    if gpu.watts is not None:
        tail += [Span("  "), Span(f"{gpu.watts:.0f}W", "text")]
    if gpu.celsius is not None:
        tail += [Span("  "), Span(f"{gpu.celsius:.0f}°C", "text")]
    label = f" GPU{gpu.index} {shortened(gpu.name, 22)} "
    return _with_history(label, history, tail, width, look)


def cpu_row(view: MachineView, width: int, look: Look) -> Row:
    """Return processors, memory, disk and network in one row."""
    tail = [Span(f" {_share(view.cpu):>4}", _busy(view.cpu or 0.0))]
    share = view.memory / max(view.memory_total, 1)
    facts = [
        [Span("RAM ", "dim"), Span(f"{size(view.memory)}/{size(view.memory_total)}", _busy(share))],
        [Span("disk w ", "dim"), Span(f"{size(view.disk_written)}/s", "text")],
        [Span("load ", "dim"), Span(f"{view.load[0]:.1f}", "text")] if view.load else [],
    ]
    for fact in facts:
        if fact and width_of((*tail, *fact)) + 2 + 16 <= width:
            tail += [Span("  "), *fact]
    return _with_history(" CPU  ", view.history.get("cpu", ()), tail, width, look)


def history_row(
    label: str,
    values: Sequence[float],
    said: str,
    width: int,
    look: Look,
    *,
    high: float | None = 1.0,
) -> Row:
    """Return a label, the course of a value, and the value in words.

    Args:
        label: At the left.
        values: The newest at the end.
        said: At the right.
        width: Cells.
        look: What the terminal can show.
        high: What the highest level stands for; None: the largest value.
    """
    head = Span(f" {label:<10} ", "dim")
    tail = Span(f" {said:>12} ", "text")
    room = max(width - width_of((head, tail)), 0)
    levels = BUSY if high == 1.0 else ()
    course = strip_chart(
        list(values)[-room:], room, look, low=0.0, high=high, levels=levels, newest_right=True
    )
    return fitted((head, *course, tail), width)


def _with_history(
    label: str, history: Sequence[float], tail: Sequence[Span], width: int, look: Look
) -> Row:
    room = min(max(width - len(label) - width_of(tuple(tail)) - 1, 0), 24)
    course = strip_chart(
        list(history)[-room:], room, look, low=0.0, high=1.0, levels=BUSY, newest_right=True
    )
    return fitted((Span(label, "dim"), *course, *tail), width)


def _share(share: float | None) -> str:
    return "-" if share is None else percent(share, 0)


def _busy(share: float) -> str:
    style = "text"
    for least, name in ((0.9, "warn"),):
        style = name if share >= least else style
    return style
