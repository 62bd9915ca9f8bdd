"""Tables as CSV (RFC 4180, UTF-8, lines end in a newline).

NaN is ``NaN``, infinities are ``inf`` and ``-inf``, undefined is an empty field: what pandas,
polars and DuckDB read as such by themselves. Floats have the fewest digits that give them back.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from paramdyn_tui.export.written import Written

if TYPE_CHECKING:
    from paramdyn.store.export.columns import Column, Table


def write_csv(tables: Sequence[Table], folder: Path) -> list[Written]:
    """Write ``TABLE.csv`` for each table; a file is written whole or not at all.

    Raises:
        StoreError: A run cannot be read or a file cannot be written.
    """
    from paramdyn.store.atomic import replacing

    written = []
    for table in tables:
        path = folder / f"{table.name}.csv"
        with (
            replacing(path) as descriptor,
            os.fdopen(descriptor, "w", newline="", encoding="utf-8", closefd=False) as file,
        ):
            rows = write_rows(table, file)
        written.append(Written(path, table.name, "", rows, path.stat().st_size))
    return written


def write_rows(table: Table, file: IO[str]) -> int:
    """Write a table with its heading line to an open text file; return the number of rows."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.columns)
    rows = 0
    for batch in table.batches():
        columns = [texts(batch[name], kind) for name, kind in table.columns.items()]
        writer.writerows(zip(*columns, strict=True))
        rows += len(next(iter(batch.values()), ()))
    return rows


def texts(column: Column, kind: str) -> list[Any]:
    """Return a column as values that the csv module writes as they should stand."""
    from paramdyn.store.export.columns import BOOLEAN, NUMBER, Words

    if isinstance(column, Words):
        return [column.words[code] for code in column.codes.tolist()]
    values = column if isinstance(column, list) else column.tolist()
    if kind == NUMBER:
        return ["NaN" if value != value else value for value in values]  # noqa: PLR0124 - is NaN
    if kind == BOOLEAN:
        return [None if value is None else str(value).lower() for value in values]
    return values
