"""Bars as text: lengths, or parts of a whole one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramdyn_tui.formatting import percent
from paramdyn_tui.plotting.frame import DIM
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.plotting.partition import LOOKS
from paramdyn_tui.plotting.raster import VALUE_WIDTH, headings, paint, short_number, wrapped
from paramdyn_tui.plotting.shown_runs import look_of

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Bars

SHARE = "share"
MOST_BARS = 40
NULL_MARK = " (null)"


def stack_lines(picture: Bars, *, width: int, color: bool) -> list[str]:
    """Return bars as lines, one each, with its total, and the legend of the parts.

    Args:
        picture: What is shown; a part that is there gets one cell at least.
        width: Characters a line has.
        color: Whether escape sequences are welcome.
    """
    names = [
        f"{label}{NULL_MARK if label in picture.nulls else ''}"
        for label in picture.labels[:MOST_BARS]
    ]
    margin = min(max(map(len, names), default=0), max(width * 2 // 5, 8))
    room = max(width - margin - 1 - (0 if _is_whole(picture) else VALUE_WIDTH + 1), 4)
    whole = _whole(picture)
    looks = {part: part_look(part, index) for index, part in enumerate(picture.parts)}
    lines = headings(picture.title, width, color=color)
    if len(picture.parts) > 1:
        lines += wrapped([_entry(part, looks[part], color=color) for part in picture.parts], width)
    for index, name in enumerate(names):
        lengths = {part: values[index] for part, values in picture.parts.items()}
        bar = "".join(
            _cells(looks[part], cells, color=color)
            for part, cells in cells_of(lengths, whole, room).items()
        )
        label = f"{shorten(name, margin):<{margin}}"
        if color and picture.labels[index] in picture.nulls:
            label = paint(label, foreground=DIM)
        lines.append(f"{label} {bar} {_total(lengths, picture)}".rstrip())
    if len(picture.labels) > MOST_BARS:
        lines.append(f"... and {len(picture.labels) - MOST_BARS} more: --json has them")
    return lines


def part_look(part: str, index: int) -> tuple[int, str]:
    """Return the colour and the sign of a part; classes of parameters have their own."""
    look = look_of(index)
    return LOOKS.get(part, (look.color, look.sign))


def cells_of(lengths: dict[str, float | None], whole: float, room: int) -> dict[str, int]:
    """Return how many of ``room`` cells each part gets; one at least where it is not zero."""
    if not whole > 0:
        return dict.fromkeys(lengths, 0)
    exact = {part: max(length or 0.0, 0.0) / whole * room for part, length in lengths.items()}
    cells = {part: max(round(share), 1) if share > 0 else 0 for part, share in exact.items()}
    over = sum(cells.values()) - max(round(sum(exact.values())), sum(s > 0 for s in exact.values()))
    for _ in range(abs(over)):
        largest = max(cells, key=lambda part: cells[part])
        cells[largest] -= 1 if over > 0 else -1
    return cells


def _is_whole(picture: Bars) -> bool:
    """Tell whether each bar is a whole with its parts, as wide as the picture."""
    return picture.unit == SHARE and len(picture.parts) > 1


def _whole(picture: Bars) -> float:
    if _is_whole(picture):
        return 1.0
    totals = [
        sum(max(values[index] or 0.0, 0.0) for values in picture.parts.values())
        for index in range(len(picture.labels))
    ]
    return max(totals, default=0.0)


def _total(lengths: dict[str, float | None], picture: Bars) -> str:
    known = [length for length in lengths.values() if length is not None]
    if not known:
        return "undef."
    if picture.unit == SHARE:
        return "" if _is_whole(picture) else percent(sum(known))
    return short_number(sum(known), 3)


def _cells(look: tuple[int, str], cells: int, *, color: bool) -> str:
    return paint(" " * cells, background=look[0]) if color and cells else look[1] * cells


def _entry(part: str, look: tuple[int, str], *, color: bool) -> str:
    return f"{paint('  ', background=look[0]) if color else look[1] * 2} {part}"
