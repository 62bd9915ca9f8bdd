"""Tables as Parquet: typed columns, dictionary-encoded text, written a row group at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramdyn_tui.export.written import Written

if TYPE_CHECKING:
    from paramdyn.store.export.columns import Column, Table

ROWS_PER_GROUP = 1_000_000


def write_parquet(tables: Sequence[Table], folder: Path, *, runs: Sequence[str]) -> list[Written]:
    """Write ``TABLE.parquet`` for each table; a file is written whole or not at all.

    The file's metadata name the table, the runs and the version of paramdyn.

    Raises:
        StoreError: A run cannot be read or a file cannot be written.
    """
    import pyarrow.parquet as pq

    from paramdyn import __version__
    from paramdyn.store.atomic import replacing

    written = []
    for table in tables:
        path = folder / f"{table.name}.parquet"
        about = {
            "paramdyn.version": __version__,
            "paramdyn.table": table.name,
            "paramdyn.runs": json.dumps(list(runs)),
        }
        rows = 0
        schema = _schema(table, about)
        with (
            replacing(path) as descriptor,
            os.fdopen(descriptor, "wb", closefd=False) as file,
            pq.ParquetWriter(file, schema, compression="zstd") as writer,
        ):
            for group in _groups(table, schema):
                writer.write_table(group, row_group_size=ROWS_PER_GROUP)
                rows += group.num_rows
        written.append(Written(path, table.name, "", rows, path.stat().st_size))
    return written


def _schema(table: Table, about: dict[str, str]) -> Any:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa

    types = {
        "text": pa.dictionary(pa.int32(), pa.string()),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
    }
    fields = [pa.field(name, types[kind]) for name, kind in table.columns.items()]
    return pa.schema(fields, metadata=about)


def _groups(table: Table, schema: Any) -> Iterator[Any]:  # noqa: ANN401 - pyarrow is untyped
    """Yield pyarrow tables of about ``ROWS_PER_GROUP`` rows; many short runs share one."""
    import pyarrow as pa

    waiting: list[Any] = []
    for batch in table.batches():
        arrays = [_array(batch[field.name], field.type) for field in schema]
        waiting.append(pa.Table.from_arrays(arrays, schema=schema))
        if sum(part.num_rows for part in waiting) >= ROWS_PER_GROUP:
            yield pa.concat_tables(waiting).unify_dictionaries()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).unify_dictionaries()


def _array(column: Column, kind: Any) -> Any:  # noqa: ANN401 - pyarrow is untyped
    import pyarrow as pa

    from paramdyn.store.export.columns import Words

    if isinstance(column, Words):
        return pa.DictionaryArray.from_arrays(column.codes, pa.array(column.words, pa.string()))
    if pa.types.is_dictionary(kind):
        return pa.array(column, pa.string()).dictionary_encode()
    return pa.array(column, kind)
