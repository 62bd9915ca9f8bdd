"""The cells of an answer's tables as text."""

from __future__ import annotations

import math
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
    return _WRITERS.get(form, figure)(value)


def figure(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits, zeros too unless it is exactly that short.

    So what is 1 and what was rounded to 1 are told apart.

    >>> figure(1.0), figure(0.99997), figure(0.25), figure(2.74001), figure(1.2e-7), figure(12345.6)
    ('1', '1.000', '0.25', '2.740', '1.2e-07', '12,346')
    """
    short = number(value, digits)
    if not math.isfinite(value) or "," in short or float(short) == value:
        return short
    return f"{value:#.{digits}g}".rstrip(".")


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
    return count(int(value)) if float(value).is_integer() else figure(value)


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
