"""Tables made of columns, handed out in batches: the form between run folders and other formats.

A batch holds at most some hundred thousand rows, so that a table of any length needs little memory.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from paramdyn.errors import RunIncomplete
from paramdyn.regular_files import open_regular
from paramdyn.store.atomic import store_error
from paramdyn.store.non_finite import restore

TEXT, INTEGER, NUMBER, BOOLEAN = "text", "integer", "number", "boolean"
ROWS_PER_BATCH = 200_000

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """A text column with few distinct texts.

    Attributes:
        words: The distinct texts.
        codes: Which of them each row has. Shape: (rows,), int32.
    """

    words: Sequence[str]
    codes: np.ndarray[Any, np.dtype[np.int32]]

    @classmethod
    def constant(cls, word: str, rows: int) -> Words:
        """Return a column that holds the same text in every row."""
        return cls([word], np.zeros(rows, dtype=np.int32))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)


Column = Words | list[Any] | np.ndarray[Any, Any]
"""One value a row; in a list, None means undefined."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an export.

    Attributes:
        name: Such as ``metrics``.
        columns: Column -> ``text``, ``integer``, ``number`` or ``boolean``, in order.
        batches: Makes an iterator over the rows: dicts of all columns, equally long.
    """

    name: str
    columns: Mapping[str, str]
    batches: Callable[[], Iterator[dict[str, Column]]]


def table_of_rows(
    name: str, rows: Sequence[Mapping[str, Any]], *, usual: Mapping[str, str] | None = None
) -> Table:
    """Return a small table of dicts; columns in order of appearance, absent values undefined.

    A column of numbers and texts becomes text, one of whole numbers and numbers becomes numbers.
    One without any value is of the kind that ``usual`` has for it, else text.
    """
    kinds: dict[str, str] = {}
    for row in rows:
        for column, value in row.items():
            kinds[column] = joint_kind(kinds.get(column), value)
    columns = {column: kind or (usual or {}).get(column, TEXT) for column, kind in kinds.items()}

    def batches() -> Iterator[dict[str, Column]]:
        for start in range(0, len(rows), ROWS_PER_BATCH):
            part = rows[start : start + ROWS_PER_BATCH]
            yield {
                column: [fitted(row.get(column), kind) for row in part]
                for column, kind in columns.items()
            }

    return Table(name, columns, batches)


def joint_kind(known: str | None, value: object) -> str:
    """Return the kind of a column of kind ``known`` (empty: none yet) that also gets ``value``."""
    kind = kind_of(value)
    if not kind or kind == known:
        return known or ""
    if not known:
        return kind
    return NUMBER if {kind, known} == {NUMBER, INTEGER} else TEXT


def kind_of(value: object) -> str:
    """Return the kind of a JSON value; empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER if -(2**63) <= value < 2**63 else TEXT
    return NUMBER if isinstance(value, float) else TEXT


def fitted(value: Any, kind: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``value`` as a column of ``kind`` holds it; lists become ``a,b``, objects JSON."""
    if value is None or kind in (INTEGER, BOOLEAN):
        return value
    if kind == NUMBER:
        return float(value)
    if isinstance(value, str):
        return value
    if isinstance(value, int):  # also one of more than 64 bits
        return str(value).lower()
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return json.dumps(value)


def size_now(path: Path) -> int:
    """Return the bytes of a file that may grow while it is read; 0 when it is missing.

    Raises:
        StoreError: The file cannot be looked at.
    """
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise store_error(path, "read", error) from error


def stream(path: Path, end: int) -> Iterator[Record]:
    """Yield the records whose lines end within the first ``end`` bytes, one at a time.

    Raises:
        RunIncomplete: A line is corrupt, or its ``step`` is no whole number.
        StoreError: The file cannot be read.
    """
    try:
        file = open_regular(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise store_error(path, "read", error) from error
    left = end
    with file:
        for number, line in enumerate(file, 1):
            left -= len(line)
            if left < 0 or not line.endswith(b"\n"):
                return
            yield _record(path, number, line)


def bad_record(path: Path, record: Mapping[str, Any], expected: str) -> RunIncomplete:
    """Return the error about a record that is not as the recorder writes it."""
    shown = str(dict(record))
    shown = shown if len(shown) <= 80 else f"{shown[:80]}..."
    return RunIncomplete(
        f"{path}: has the record {shown}. Expected {expected}. Was it edited? Delete that line, or "
        "run the spec again."
    )


def is_number(value: object) -> bool:
    """Tell whether a value is a number or undefined; true and false are none."""
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def as_number(value: float | None) -> float:
    """Return a number for places that cannot hold an undefined one: that is NaN there."""
    return math.nan if value is None else float(value)


def _record(path: Path, number: int, line: bytes) -> Record:
    try:
        record = orjson.loads(line)
    except ValueError as error:
        raise RunIncomplete(
            f"{path}: line {number} is corrupt ({error}). A line must be one JSON object. Delete "
            "that line to read the others."
        ) from error
    if not isinstance(record, dict):
        raise RunIncomplete(
            f"{path}: line {number} holds {type(record).__name__}, a JSON object was expected. "
            "Delete that line to read the others."
        )
    if b'"nan"' in line or b'inf"' in line:
        record = restore(record)
    if type(record.get("step")) is not int or abs(record["step"]) >= 2**62:
        raise bad_record(path, record, "a whole number as 'step'")
    return record
