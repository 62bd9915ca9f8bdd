"""From values, some of them undefined, to a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paramdyn.analysis.answer import Cell, Column, Table


@dataclass(frozen=True, slots=True)
class Undefined:
    """A cell without a value.

    Attributes:
        reason: Why.
    """

    reason: str


Value = Cell | Undefined


def tabulated(
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Value]],
    *,
    note: str = "",
    detail: bool = False,
) -> Table:
    """Return a table; values that are not finite and undefined ones are empty, with the reason.

    Columns that no row has a value or a reason for are left out.

    Args:
        name: As ``Table.name``.
        title: Its heading.
        columns: In order.
        rows: Key -> value; None, and a missing key, are cells that do not apply.
        note: One sentence below.
        detail: Whether a first look can do without it.
    """
    cells: list[dict[str, Cell]] = []
    reasons: dict[tuple[int, str], str] = {}
    used = set()
    for number, row in enumerate(rows):
        kept: dict[str, Cell] = {}
        for key, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                reasons[number, key] = "not finite"
                kept[key] = None
            elif isinstance(value, Undefined):
                reasons[number, key] = value.reason
                kept[key] = None
            else:
                kept[key] = value
            if value is not None:
                used.add(key)
        cells.append(kept)
    shown = [column for column in columns if column.key in used]
    return Table(name, title, shown, cells, reasons, note, detail)
