"""metrics.jsonl and timing.jsonl as numpy columns, fast enough for 100,000 records.

``records.read`` gives dicts; here each key is one array. Both find the same lines corrupt.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import orjson

from paramdyn.errors import RunIncomplete
from paramdyn.regular_files import open_regular
from paramdyn.store.atomic import store_error
from paramdyn.store.non_finite import NON_FINITE, TEXT_FIELDS
from paramdyn.store.records import Record, decode, read

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Bools: TypeAlias = "NDArray[np.bool_]"

CHUNK = 1024
"""Records that are dicts at the same time: few, so that their memory is used again."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The records of a file by key: ``columns["train/loss"]`` has a value for each record.

    Attributes:
        step: Updates done at each record, as the file has them. Shape (T,).
        values: Key -> its value at each record, in the order in which keys first appear; NaN where
            the record has none, where it is undefined (null), and where NaN was measured. Infinite
            values are infinite. Shape (T,) each.
        recorded: Key -> where a number was recorded, NaN and infinities among them: what tells a
            measured NaN from a value that is not there. Shape (T,) each.
        offset: Bytes read: what to pass on as ``offset`` to read what was added since.
    """

    step: NDArray[np.int64]
    values: dict[str, Floats]
    recorded: dict[str, Bools]
    offset: int

    def __len__(self) -> int:
        return len(self.step)

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def __getitem__(self, key: str) -> Floats:
        return self.values[key]

    def curve(self, key: str) -> tuple[Floats, Floats]:
        """Return the steps at which ``key`` was recorded, and its values there. Shape (N,) each.

        Raises:
            KeyError: It never was.
        """
        known = self.recorded[key]
        return self.step[known].astype(np.float64), self.values[key][known]


def read_columns(path: Path, keys: Iterable[str] | None = None, offset: int = 0) -> Columns:
    """Return the complete records of a file from ``offset`` on, a column for each key.

    A last line without newline is left for the next call; a missing file is an empty one. A file
    that ends before ``offset`` was cut by a resume: nothing is returned until it has grown past it.
    What is no number (text, lists, true and false) counts as not recorded. Whole numbers beyond
    2^53 lose their last digits, and those beyond the range of a float are infinite.

    Args:
        path: A run's metrics.jsonl or timing.jsonl.
        keys: What to return, in this order; keys that no record has are all NaN. None: every key
            but ``step`` that is a number at least once.
        offset: Where a line starts: 0, or what an earlier call returned.

    Raises:
        RunIncomplete: A line is corrupt or has no whole number as ``step`` (the line is named), or
            ``offset`` is not the start of a line.
        StoreError: The file cannot be read.
    """
    lines, end = _lines(path, offset)
    wanted = None if keys is None else dict.fromkeys(keys)
    step = np.zeros(len(lines), np.int64)
    columns = _Filling(len(lines), wanted)
    for start in range(0, len(lines), CHUNK):
        records = _records(lines[start : start + CHUNK])
        if records is None:  # unusual: what the patient reader says, counts
            return _patiently(path, wanted, offset)
        step[start : start + CHUNK] = _steps(path, records, offset, start)
        columns.add(start, records)
    return Columns(step, *columns.filled(), end)


def columns_of(
    lines: Sequence[bytes], keys: Iterable[str] | None = None
) -> tuple[Columns, list[int]]:
    """Return lines that were read already as columns, and which of them are no records.

    For whoever reads a file piece by piece, and goes on where a line is spoilt.

    Args:
        lines: Complete lines, without their newlines.
        keys: As in ``read_columns``.

    Returns:
        The columns of the sound lines, and the indices of the others, rising. ``offset`` is the
        number of bytes of all lines with their newlines.
    """
    wanted = None if keys is None else list(dict.fromkeys(keys))
    sound: list[Columns] = []
    odd: list[int] = []
    size = sum(map(len, lines)) + len(lines)
    for start in range(0, max(len(lines), 1), CHUNK):
        part = lines[start : start + CHUNK]
        found = _records(part)
        steps = None if found is None else _whole_steps(found)
        if found is None or steps is None:
            each = [_sound_record(line) for line in part]
            odd += [start + place for place, record in enumerate(each) if record is None]
            found = [record for record in each if record is not None]
            steps = np.array([record["step"] for record in found], dtype=np.int64)
        columns = _Filling(len(found), wanted)
        columns.add(0, found)
        sound.append(Columns(steps, *columns.filled(), 0))
    return _joined(sound, size), odd


def _joined(parts: Sequence[Columns], size: int) -> Columns:
    """Return the records of all parts, in order."""
    if len(parts) == 1:
        return Columns(parts[0].step, parts[0].values, parts[0].recorded, size)
    names = dict.fromkeys(itertools.chain.from_iterable(part.values for part in parts))
    values = {name: np.full(sum(map(len, parts)), np.nan) for name in names}
    recorded = {name: np.zeros(len(values[name]), bool) for name in names}
    start = 0
    for part in parts:
        here = slice(start, start := start + len(part))
        for name in part.values:
            values[name][here], recorded[name][here] = part.values[name], part.recorded[name]
    step = np.concatenate([np.zeros(0, np.int64), *(part.step for part in parts)])
    return Columns(step, values, recorded, size)


def _whole_steps(records: Sequence[Record]) -> NDArray[np.int64] | None:
    steps = [record.get("step") for record in records]
    if set(map(type, steps)) - {int}:
        return None
    try:
        return np.array(steps, dtype=np.int64)
    except OverflowError:
        return None


def _sound_record(line: bytes) -> Record | None:
    """Return the record of a line, None when it is none: decided as ``read`` and ``_steps`` do."""
    try:
        record = decode(line)
    except (ValueError, RecursionError):
        return None
    step = record.get("step")
    return record if type(step) is int and -(2**63) <= step < 2**63 else None


class _Filling:
    """Columns of a known length, filled chunk by chunk; a key that turns up late is NaN before."""

    def __init__(self, length: int, wanted: Iterable[str] | None) -> None:
        self._length = length
        self._wanted = None if wanted is None else list(wanted)
        self._columns: dict[str, tuple[Floats, Bools]] = {}
        for key in self._wanted or ():
            self._columns[key] = self._empty()

    def add(self, start: int, records: Sequence[Record]) -> None:
        """Fill in records whose first one is number ``start``."""
        keys = self._wanted
        if keys is None:
            found = dict.fromkeys(itertools.chain.from_iterable(records))
            keys = [key for key in found if key != "step"]
        for key in keys:
            values, known = _column(
                list(map(dict.get, records, itertools.repeat(key))),
                words={} if key in TEXT_FIELDS else NON_FINITE,
            )
            if key not in self._columns:
                self._columns[key] = self._empty()
            whole, recorded = self._columns[key]
            whole[start : start + len(records)] = values
            recorded[start : start + len(records)] = known

    def filled(self) -> tuple[dict[str, Floats], dict[str, Bools]]:
        """Return the columns; of those not asked for by name only those that hold a number."""
        kept = {
            key: pair
            for key, pair in self._columns.items()
            if self._wanted is not None or pair[1].any()
        }
        values = {key: values for key, (values, _) in kept.items()}
        return values, {key: recorded for key, (_, recorded) in kept.items()}

    def _empty(self) -> tuple[Floats, Bools]:
        return np.full(self._length, np.nan), np.zeros(self._length, bool)


def _lines(path: Path, offset: int) -> tuple[list[bytes], int]:
    """Return the complete lines from ``offset`` on, and where they end."""
    try:
        with open_regular(path) as file:
            file.seek(max(0, offset - 1))
            data = file.read()
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise store_error(path, "read", error) from error
    if offset > 0:
        if data[:1] != b"\n":
            _, end = read(path, offset)  # raises, or the file is shorter than that
            return [], end
        data = data[1:]
    lines = data.split(b"\n")
    return lines, offset + len(data) - len(lines.pop())


def _records(lines: Sequence[bytes]) -> list[Record] | None:
    try:
        records = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:
        return None
    return records if set(map(type, records)) == {dict} else None


def _patiently(path: Path, wanted: Iterable[str] | None, offset: int) -> Columns:
    """Do what ``read_columns`` does from records decoded one by one, or raise as ``read`` does."""
    records, end = read(path, offset)
    columns = _Filling(len(records), wanted)
    columns.add(0, records)
    return Columns(_steps(path, records, offset, 0), *columns.filled(), end)


def _steps(path: Path, records: Sequence[Record], offset: int, start: int) -> NDArray[np.int64]:
    steps = [record.get("step") for record in records]
    if set(map(type, steps)) - {int}:
        odd = next(index for index, step in enumerate(steps) if type(step) is not int)
        before = path.read_bytes()[:offset].count(b"\n") + start
        raise RunIncomplete(
            f"{path}: line {before + odd + 1} has {steps[odd]!r} as 'step', a whole number was "
            "expected. Was it edited? Delete that line to read the others."
        )
    try:
        return np.array(steps, dtype=np.int64)
    except OverflowError as error:
        raise RunIncomplete(
            f"{path}: a record has a 'step' beyond 64 bits, a number of updates was "
            "expected. Was it edited? Delete that line to read the others."
        ) from error


def _column(values: list[Any], words: Mapping[str, float]) -> tuple[Floats, Bools]:
    kinds = set(map(type, values))
    unusual = kinds - {int, float, type(None)}
    if unusual:
        values = [_number(value, words) for value in values]
    try:
        column = np.array(values, dtype=np.float64)
    except OverflowError:
        column = np.array([_as_float(value) for value in values], dtype=np.float64)
    if type(None) not in kinds and not unusual:
        return column, np.ones(len(column), bool)
    known = ~np.isnan(column)
    if unusual and not known.all():
        known = np.array([value is not None for value in values], dtype=bool)
    return column, known


def _number(value: object, words: Mapping[str, float]) -> int | float | None:
    """Return a number, a non-finite one from its word, or None."""
    if type(value) in (int, float):
        return value  # type: ignore[return-value]
    return words.get(value) if isinstance(value, str) else None


def _as_float(value: float | None) -> float:
    if value is None:
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
