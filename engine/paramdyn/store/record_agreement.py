"""Up to which step two runs wrote the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from paramdyn.regular_files import open_regular
from paramdyn.store.atomic import store_error
from paramdyn.store.records import decode

_PIECE = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Agreement:
    """The common beginning of two record files.

    Attributes:
        records: How many complete lines are equal, from the first one on.
        last_equal_step: Step of the last of them; None without any, or when it cannot be told.
        first_different_step: Step of the first line that differs, the smaller of the two; None
            when one file is the beginning of the other.
        records_a: Complete lines of the first file.
        records_b: Complete lines of the second file.
    """

    records: int
    last_equal_step: int | None
    first_different_step: int | None
    records_a: int
    records_b: int

    @property
    def same(self) -> bool:
        """Whether both files have the same lines."""
        return self.records == self.records_a == self.records_b


def agreement(a: Path, b: Path) -> Agreement:
    """Return how far two files of records agree, byte for byte.

    A missing file has no records; a last line without its newline does not count.

    Raises:
        StoreError: A file cannot be read.
    """
    first = _first_difference(a, b)
    with _opened(a) as file_a, _opened(b) as file_b:
        lines_a, lines_b = _count(file_a), _count(file_b)
        equal, start = _lines_before(file_a, first)
        steps = [_step_at(file, start) for file in (file_a, file_b)]
        last = _step_before(file_a, start)
    known = [step for step in steps if step is not None]
    differs = equal < min(lines_a, lines_b)
    return Agreement(equal, last, min(known) if differs and known else None, lines_a, lines_b)


def _opened(path: Path) -> IO[bytes]:
    try:
        return open_regular(path)
    except FileNotFoundError:
        return Path("/dev/null").open("rb")
    except OSError as error:
        raise store_error(path, "read", error) from error


def _first_difference(a: Path, b: Path) -> int:
    """Return the first byte at which two files differ, or the length of the shorter one."""
    with _opened(a) as file_a, _opened(b) as file_b:
        place = 0
        while True:
            piece_a, piece_b = file_a.read(_PIECE), file_b.read(_PIECE)
            length = min(len(piece_a), len(piece_b))
            if piece_a[:length] != piece_b[:length]:
                differs = _bytes(piece_a, length) != _bytes(piece_b, length)
                return place + int(np.argmax(differs))
            place += length
            if length < _PIECE:
                return place


def _bytes(piece: bytes, length: int) -> np.ndarray[Any, Any]:
    return np.frombuffer(piece, dtype=np.uint8, count=length)


def _count(file: IO[bytes]) -> int:
    file.seek(0)
    return sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE), b""))


def _lines_before(file: IO[bytes], end: int) -> tuple[int, int]:
    """Return how many lines end within the first ``end`` bytes, and where the last of them ends."""
    file.seek(0)
    lines, start, place = 0, 0, 0
    while place < end:
        piece = file.read(min(_PIECE, end - place))
        if not piece:
            break
        lines += piece.count(b"\n")
        newline = piece.rfind(b"\n")
        start = place + newline + 1 if newline >= 0 else start
        place += len(piece)
    return lines, start


def _step_at(file: IO[bytes], start: int) -> int | None:
    file.seek(start)
    return _step(file.readline())


def _step_before(file: IO[bytes], start: int) -> int | None:
    reach = 1 << 16
    while True:
        begin = max(0, start - reach)
        file.seek(begin)
        before = file.read(start - begin)[:-1]
        if b"\n" in before or begin == 0:
            return _step(before.rpartition(b"\n")[2] + b"\n")
        reach *= 4


def _step(line: bytes) -> int | None:
    try:
        step = decode(line).get("step") if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None
    return step if isinstance(step, int) else None
