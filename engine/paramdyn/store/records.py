"""Lines of JSON that are only ever appended: what was measured, readable by eye, tail and jq.

A float has nine significant digits, enough to give every fp32 value back exactly, and reads back as
a float; NaN and infinities are "nan", "inf", "-inf"; null is undefined. Equal records: equal bytes.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Mapping, Sequence
from json.encoder import encode_basestring_ascii
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.regular_files import open_descriptor, open_regular
from paramdyn.store.atomic import store_error
from paramdyn.store.non_finite import restore
from paramdyn.store.quick_json import loads

Record = dict[str, Any]
"""Scalars, text, lists of numbers or None, and dicts of those."""


def encode(record: Mapping[str, Any]) -> bytes:
    """Return ``record`` as one line of JSON that ends with a newline.

    Raises:
        TypeError: A value is nothing that JSON can hold, or a key is no text.
    """
    return (_mapping(record) + "\n").encode("ascii")


def encode_measurement(step: int, name: str, total: Any, values: Any) -> str:  # noqa: ANN401
    """Return one line of drift.jsonl, as quickly as a hot path wants it.

    Floats keep all of their nine digits, ``0.310000000``, but for zero. Undefined, NaN and
    infinite numbers, and counts by class, are written as ``encode`` does.
    """
    if type(values) is list and type(total) is float:
        head, body = _templates(name, len(values))
        try:
            text = body % (total, *values)
        except TypeError:  # something is None
            text = "n"
        if "n" not in text and ".," not in text and ".]" not in text:
            return head % step + _TOTAL + text.replace("0.00000000", "0.0")
    record = {"step": step, "measurement": name, "total": total, "values": values}
    return _mapping(record) + "\n"


def decode(line: bytes | str) -> Record:
    """Return the record that ``encode`` made into ``line``.

    Raises:
        ValueError: The line is no JSON object.
    """
    data = line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")
    record = loads(data)
    if not isinstance(record, dict):
        kind = type(record).__name__
        raise ValueError(f"a record must be a JSON object, not {kind}")  # noqa: TRY004 - as for bad JSON
    if b'"nan"' in data or b'inf"' in data:
        return restore(record)
    return record


class RecordWriter:
    """Appends records to one file, each with one write.

    A last line that a killed writer left without a newline is removed on opening.

    Args:
        path: The file; created when absent. Its folder must exist.

    Attributes:
        descriptor: The open file, -1 when closed. Code in C writes to it, and adds to ``offset``.
        offset: Bytes written so far: where the next record starts.

    Raises:
        StoreError: It cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        self.descriptor, self.offset = -1, 0
        try:
            self.descriptor = open_descriptor(path, flags)
            self.offset = self._end_of_last_line()
            os.ftruncate(self.descriptor, self.offset)
        except OSError as error:
            self.close()
            raise store_error(path, "written", error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one line, whole or not at all.

        Raises:
            StoreError: The line could not be written; the file is as it was.
        """
        self.append_all([record])

    def append_all(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Add a line for each record with one write, all or none.

        Raises:
            StoreError: The lines could not be written; the file is as it was.
        """
        self.append_lines([_mapping(record) + "\n" for record in records])

    def append_lines(self, encoded: Iterable[str]) -> None:
        """Add lines that are encoded already, with one write, all or none.

        Raises:
            StoreError: The lines could not be written; the file is as it was.
        """
        self.append_bytes("".join(encoded).encode("ascii"))

    def append_bytes(self, lines: bytes | memoryview) -> None:
        """Add whole lines with one write, all or none.

        Raises:
            StoreError: The lines could not be written; the file is as it was.
        """
        try:
            written = os.write(self.descriptor, lines)
        except OSError as error:
            raise store_error(self.path, "written", error) from error
        if written != len(lines):
            os.ftruncate(self.descriptor, self.offset)
            raise StoreError(
                f"{self.path}: cannot be written: {written} of {len(lines)} bytes fitted. "
                "Is the disk full? Free some space, then resume the run."
            )
        self.offset += written

    def truncate(self, offset: int) -> None:
        """Forget every record from ``offset`` on, as resuming from a checkpoint needs.

        Raises:
            RunIncomplete: The file is shorter than that.
            StoreError: It cannot be cut.
        """
        if offset > self.offset:
            raise RunIncomplete(
                f"{self.path}: has {self.offset} bytes, {offset} were expected. Records that the "
                "checkpoint counts on are lost; run the spec again."
            )
        try:
            os.ftruncate(self.descriptor, offset)
        except OSError as error:
            raise store_error(self.path, "cut", error) from error
        self.offset = offset

    def sync(self) -> None:
        """Wait until the disk has every record, so that a checkpoint may count on them.

        Raises:
            StoreError: The disk refused.
        """
        try:
            os.fsync(self.descriptor)
        except OSError as error:
            raise store_error(self.path, "written", error) from error

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _end_of_last_line(self) -> int:
        position = os.lseek(self.descriptor, 0, os.SEEK_END)
        while position > 0:
            start = max(0, position - 65536)
            os.lseek(self.descriptor, start, os.SEEK_SET)
            newline = os.read(self.descriptor, position - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            position = start
        return 0


def read(path: Path, offset: int = 0) -> tuple[list[Record], int]:
    """Return the complete records from ``offset`` on, and the offset to continue from.

    A last line without newline is left for the next call. A missing file is an empty one. A file
    that ends before ``offset`` was cut by a resume that is writing the same records again: nothing
    is returned until it has grown past ``offset``.

    Raises:
        RunIncomplete: A line is corrupt, or ``offset`` is not the start of a line.
        StoreError: The file cannot be read.
    """
    try:
        with open_regular(path) as file:
            file.seek(max(0, offset - 1))
            data = file.read()
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise store_error(path, "read", error) from error
    if offset > 0:
        if data and data[0] != _NEWLINE:
            raise RunIncomplete(
                f"{path}: byte {offset} is not the start of a line. The file was written anew; "
                "read it again from its start."
            )
        data = data[1:]
    end = data.rfind(b"\n") + 1
    return _records(path, offset, data[:end]), offset + end


def _records(path: Path, offset: int, data: bytes) -> list[Record]:
    records = []
    for number, line in enumerate(data.split(b"\n")[:-1]):
        try:
            records.append(decode(line))
        except (ValueError, RecursionError) as error:
            before = path.read_bytes()[:offset].count(b"\n") if offset else 0
            raise RunIncomplete(
                f"{path}: line {before + number + 1} is corrupt ({error}). A line must be one "
                "JSON object. Delete that line to read the others."
            ) from error
    return records


_NEWLINE = ord("\n")


_TOTAL = ',"total":'


@functools.cache
def _templates(name: str, length: int) -> tuple[str, str]:
    """Return the formats of a line's two halves; the second one holds all that can be NaN."""
    head = f'{{"step":%d,"measurement":{encode_basestring_ascii(name).replace("%", "%%")}'
    numbers = ",".join(["%#.9g"] * length)
    return head, f'%#.9g,"values":[{numbers}]}}\n'


def _mapping(mapping: Mapping[str, Any]) -> str:
    pairs = []
    for key, value in mapping.items():
        if not isinstance(key, str):
            raise TypeError(f"a record's key must be text, not {key!r}")
        pairs.append(f"{encode_basestring_ascii(key)}:{_value(value)}")
    return "{" + ",".join(pairs) + "}"


def _value(value: Any) -> str:  # noqa: ANN401, PLR0911 - one line a JSON type
    kind = type(value)
    if kind is float:
        return _float(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return _value(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return f"[{_plain_floats(value) or ','.join([_value(item) for item in value])}]"
    raise TypeError(f"a record cannot hold {value!r}")


def _plain_floats(values: Sequence[Any]) -> str:
    """Return the usual list, floats that all have a point, at a third of the price; else ""."""
    if set(map(type, values)) != {float}:
        return ""
    text = ("%.9g," * len(values))[:-1] % tuple(values)
    return text if text.count(".") == len(values) else ""


def _float(value: float) -> str:
    text = f"{value:.9g}"
    if "." in text or "e" in text:
        return text
    return f'"{text}"' if text[-1] in "nf" else text + ".0"
