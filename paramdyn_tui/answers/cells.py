"""The cells of an answer's tables as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from paramdyn_tui.formatting import count, number, percent

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Cell

UNDEFINED = "-"


def cell_text(value: Cell, form: str) -> str:
    """Return a cell as text.

    Args:
        value: None is undefined: ``-``.
        form: The ``format`` of its column.
    """
    if value is None:
        return UNDEFINED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return _WRITERS.get(form, number)(value)


def size_text(value: float) -> str:
    """Return a number of bytes in the unit that suits it.

    >>> size_text(512), size_text(44_770_000)
    ('512 B', '44.8 MB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.1f} {unit}"
    return f"{value:.0f} B"


def _count(value: float) -> str:
    return count(int(value)) if float(value).is_integer() else number(value)


def _probability(value: float) -> str:
    return "<1e-4" if 0 < value < 1e-4 else f"{value:.2g}"


_WRITERS: Mapping[str, Callable[[float], str]] = {
    "text": str,
    "count": _count,
    "step": _count,
    "share": lambda value: percent(value, 2),
    "probability": _probability,
    "bytes": size_text,
}
