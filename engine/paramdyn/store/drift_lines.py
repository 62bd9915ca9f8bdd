"""The lines of drift.jsonl that hold one measurement: all of them, a sample, or the last one.

With a hundred thousand records of twelve measurements the file has a million lines and hundreds of
megabytes. A picture that is 100 cells wide needs a few hundred of them, found by seeking: a place
in the file, the next whole line, the line of that measurement within the record.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from paramdyn.regular_files import open_regular
from paramdyn.store.atomic import store_error

WHOLE_BYTES = 32 << 20
"""A file of at most so many bytes is read whole, and a sample of it is everything."""
BLOCK_BYTES = 1 << 21
PIECE_BYTES = 1 << 14
_STEP = b'{"step":'


def needle_of(measurement: str) -> bytes:
    """Return the bytes by which a line of this measurement is told from the others."""
    return f'"measurement":"{measurement}"'.encode()


def bytes_until(path: Path, step: int) -> int:
    """Return where the whole lines of records up to a step end; 0 without any or without a file.

    Lines are in the order of steps, so what lies before belongs to records that are complete as
    soon as a later one, or the metrics of that step, can be seen.

    Args:
        path: A run's drift.jsonl, which may be written to meanwhile.
        step: The last one that counts.

    Raises:
        StoreError: The file cannot be read.
    """
    try:
        with open_regular(path) as file:
            return _end_of(file, file.seek(0, 2), step)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise store_error(path, "read", error) from error


def last_step(path: Path) -> int:
    """Return the step of the last whole line of a file of records; -1 without one.

    Raises:
        StoreError: The file cannot be read.
    """
    try:
        with open_regular(path) as file:
            line = _last(file, 0, file.seek(0, 2), b"")
    except FileNotFoundError:
        return -1
    except OSError as error:
        raise store_error(path, "read", error) from error
    return -1 if line is None else _step_of(line)


def _end_of(file: BinaryIO, size: int, step: int) -> int:
    start, end, piece = size, -1, PIECE_BYTES  # end: of the last line before ``start``
    data = b""
    while start > 0:
        begin = max(start - piece, 0)
        file.seek(begin)
        data = file.read(start - begin) + data
        start, piece = begin, min(2 * piece, BLOCK_BYTES)
        end = data.rfind(b"\n") + 1
        while end > 0:
            line = data.rfind(b"\n", 0, end - 1) + 1
            if not line and start:
                break  # its beginning is not read yet
            if _step_of(data[line:end]) <= step:
                return start + end
            end = line
        data = data[:end]
    return 0


def _step_of(line: bytes) -> int:
    """Return the step that a line begins with; -1 for another line, which its reader refuses."""
    digits = line[len(_STEP) :].split(b",", 1)[0]
    return int(digits) if line.startswith(_STEP) and digits.isdigit() else -1


def whole_lines(path: Path, end: int | None = None) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines, without the last newline of each.

    A missing file has none; a last line without its newline is left alone.

    Args:
        path: The file.
        end: Bytes of it that count; None: all.

    Raises:
        StoreError: The file cannot be read.
    """
    rest = b""
    try:
        with open_regular(path) as file:
            left = sys.maxsize if end is None else end
            while block := file.read(min(BLOCK_BYTES, left)):
                left -= len(block)
                whole, newline, tail = block.rpartition(b"\n")
                if newline:
                    yield rest + whole
                    rest = tail
                else:
                    rest += block
    except FileNotFoundError:
        return
    except OSError as error:
        raise store_error(path, "read", error) from error


def lines_holding(block: bytes, needle: bytes, most: int = 0) -> list[bytes]:
    """Return the lines of a block that hold ``needle``, in order; ``most`` of them, 0: all."""
    lines: list[bytes] = []
    position = block.find(needle)
    while position >= 0:
        end = block.find(b"\n", position)
        end = len(block) if end < 0 else end
        lines.append(block[block.rfind(b"\n", 0, position) + 1 : end])
        if len(lines) == most:
            break
        position = block.find(needle, end)
    return lines


def lines_of(path: Path, measurement: str, end: int | None = None) -> Iterator[list[bytes]]:
    """Yield every line of a measurement, some hundreds at a time, without newlines.

    Args:
        path: A run's drift.jsonl.
        measurement: Its name.
        end: Bytes of the file that count, see ``bytes_until``; None: all.

    Raises:
        StoreError: The file cannot be read.
    """
    needle = needle_of(measurement)
    for block in whole_lines(path, end):
        if lines := lines_holding(block, needle):
            yield lines


def sample_lines(path: Path, measurement: str, count: int, end: int | None = None) -> list[bytes]:
    """Return about ``count`` lines of a measurement, equally far apart in the file.

    Of a file up to ``WHOLE_BYTES`` every line. Of a longer one: from each of ``count`` equally
    spaced places, the first line of the measurement that begins there or later, and the last line
    of all. Records of a run are of equal length to a few bytes, so the places are equally spaced
    in records too. What lies between is not read: a picture of the sample shows, in each cell,
    values that were measured within it, and can miss the largest. A measurement that is not in
    every record costs reading up to its next line.

    Args:
        path: A run's drift.jsonl.
        measurement: Its name.
        count: How many places, at least 1.
        end: Bytes of the file that count, see ``bytes_until``; None: all.

    Returns:
        Lines without newlines, in the file's order, none twice.

    Raises:
        StoreError: The file cannot be read.
    """
    try:
        size = path.stat().st_size if end is None else end
        if size <= WHOLE_BYTES:
            return [line for lines in lines_of(path, measurement, end) for line in lines]
        with open_regular(path) as file:
            return _sampled(file, size, needle_of(measurement), count)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise store_error(path, "read", error) from error


def first_line(path: Path, measurement: str) -> bytes | None:
    """Return the first line of a measurement that the first records have; None without one.

    Raises:
        StoreError: The file cannot be read.
    """
    for block in whole_lines(path):
        lines = lines_holding(block, needle_of(measurement), most=1)
        return lines[0] if lines else None
    return None


def last_line(path: Path, measurement: str, end: int | None = None) -> bytes | None:
    """Return the last line of a measurement, read from the end; None when there is none.

    Args:
        path: A run's drift.jsonl.
        measurement: Its name.
        end: Bytes of the file that count, see ``bytes_until``; None: all.

    Raises:
        StoreError: The file cannot be read.
    """
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2) if end is None else end
            found = _last(file, 0, size, needle_of(measurement))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_error(path, "read", error) from error
    return found


def _sampled(file: BinaryIO, size: int, needle: bytes, count: int) -> list[bytes]:
    lines: list[bytes] = []
    begin = -1  # of the line found last
    for place in range(count):
        start = size * place // count
        if start <= begin:
            continue
        found = _next(file, start, size, needle)
        if found is None:
            break
        begin, line = found
        lines.append(line)
    after = begin + len(lines[-1]) + 1 if lines else 0
    last = _last(file, after, size, needle)
    return [*lines, last] if last else lines


def _next(file: BinaryIO, start: int, size: int, needle: bytes) -> tuple[int, bytes] | None:
    """Return the first whole line from ``start`` on that holds ``needle``, and where it begins."""
    position = max(start - 1, 0)
    file.seek(position)
    data, piece = b"" if start else b"\n", PIECE_BYTES
    position -= not start  # of the first byte of ``data``
    while position + len(data) < size:
        more = file.read(min(piece, size - position - len(data)))
        if not more:
            return None
        data, piece = data + more, min(2 * piece, BLOCK_BYTES)
        begin = data.find(b"\n")
        place = data.find(needle, begin) if begin >= 0 else -1
        if place >= 0:
            end = data.find(b"\n", place)
            if end >= 0:
                line = data.rfind(b"\n", 0, place) + 1
                return position + line, data[line:end]
            cut = data.rfind(b"\n", 0, place)
        else:
            cut = max(data.rfind(b"\n"), 0)
        data, position = data[cut:], position + cut
    return None


def _last(file: BinaryIO, least: int, size: int, needle: bytes) -> bytes | None:
    """Return the last whole line from ``least`` on, where a line begins, that holds ``needle``."""
    position, data, piece = size, b"", PIECE_BYTES
    while position > least:
        start = max(position - piece, least)
        file.seek(start)
        data = file.read(position - start) + data
        position, piece = start, min(2 * piece, BLOCK_BYTES)
        end = data.rfind(b"\n")
        place = data.rfind(needle, 0, max(end, 0))
        if place >= 0:
            begin = data.rfind(b"\n", 0, place) + 1
            if begin or position == least:
                return data[begin : data.find(b"\n", place)]
            continue
        first = data.find(b"\n")
        if end > first >= 0:  # of what holds none, the beginning may still be cut
            data = data[: first + 1]
    return None
