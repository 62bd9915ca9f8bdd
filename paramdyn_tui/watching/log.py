"""log.txt: how many lines it has, its last ones, and any others on demand."""

from __future__ import annotations

import bisect
import os
from dataclasses import dataclass, field
from pathlib import Path

from paramdyn.regular_files import open_descriptor
from paramdyn_tui.watching.tail import Tail

LAST_LINES = 200
"""So many last lines are at hand without reading."""
LONGEST_LINE = 2000
"""Characters of a line that are shown; what follows is left out."""
BLOCK_BYTES = 1 << 16
"""The number of lines is remembered every so many bytes."""
_PIECE_BYTES = 1 << 22
_END_BYTES = 1 << 17
_STEP_BYTES = 1 << 18
_MOST_BYTES = 1 << 23  # read for one demand


@dataclass(frozen=True, slots=True, eq=False)
class LogView:
    """A log as it was at one moment. Later lines do not appear in it.

    Attributes:
        count: How many lines it has; the last one may lack its newline yet.
        last: The last of them, ``LAST_LINES`` at most.
        path: The file.
    """

    count: int
    last: tuple[str, ...]
    path: Path
    _size: int = 0
    _blocks: list[int] = field(default_factory=lambda: [0])

    def lines(self, first: int, count: int) -> list[str]:
        """Return lines from number ``first`` on, counted from 0; read from the file where needed.

        Fewer where there are no more, where they take more than 8 MB, and where the file cannot be
        read any more.
        """
        first, end = max(first, 0), min(first + count, self.count)
        if first >= end:
            return []
        known = self.count - len(self.last)
        if first >= known:
            return list(self.last[first - known : end - known])
        block = max(bisect.bisect_left(self._blocks, first) - 1, 0)
        return _read_lines(
            self.path,
            block * BLOCK_BYTES,
            self._size,
            skip=first - self._blocks[block],
            count=end - first,
        )

    def find(self, words: str, first: int, *, backwards: bool = False) -> int | None:
        """Return the number of the nearest line from ``first`` on that holds ``words``.

        Letters count as equal whatever their case. None when no line does.

        Args:
            words: What to look for; not empty.
            first: Where to begin, counted from 0; that line counts, too.
            backwards: Whether to look towards the start.
        """
        wanted, step = words.casefold(), 2000
        place = min(max(first, 0), max(self.count - 1, 0))
        while 0 <= place < self.count:
            start = max(place - step + 1, 0) if backwards else place
            size = place - start + 1 if backwards else step
            lines = self.lines(start, size)
            if not lines:
                return None
            order = range(len(lines) - 1, -1, -1) if backwards else range(len(lines))
            for index in order:
                if wanted in lines[index].casefold():
                    return start + index
            place = start - 1 if backwards else start + len(lines)
        return None


class LogFeed:
    """Counts the lines of a log that grows, and keeps the last ones.

    Attributes:
        complete: Whether all of it has been counted.
        problem: Why it cannot be read, in words.

    Args:
        path: The file; it may be absent.
    """

    def __init__(self, path: Path) -> None:
        self.complete = False
        self.problem = ""
        self.path = path
        self._tail = Tail(path)
        self._size = self._newlines = 0
        self._end = b""
        self._blocks = [0]  # newlines before each block; a view goes on using its own list
        self._shown: LogView | None = None

    def look(self) -> bool:
        """Read what was added, or the next piece; tell whether anything is new."""
        before = (self.problem, self.complete)
        data = self._tail.bytes_added(_PIECE_BYTES)
        if self._tail.restarted:
            self._begin_anew()
        if data:
            self._count(data)
        self.problem = self._tail.problem
        self.complete = not self._tail.more
        changed = bool(data) or self._tail.restarted or before != (self.problem, self.complete)
        if changed:
            self._shown = None
        return changed

    def view(self) -> LogView:
        """Return what is known; the same object while nothing has changed."""
        if self._shown is None:
            *lines, rest = self._end.split(b"\n")
            lines += [rest] if rest else []
            if self._size > len(self._end):
                del lines[:1]  # its beginning is not there
            last = tuple(map(_text, lines[-LAST_LINES:]))
            count = self._newlines + bool(rest)
            self._shown = LogView(count, last, self.path, self._size, self._blocks)
        return self._shown

    def _begin_anew(self) -> None:
        self._size = self._newlines = 0
        self._end = b""
        self._blocks = [0]
        self._shown = None

    def _count(self, data: bytes) -> None:
        start = 0
        while start < len(data):
            end = min(start + BLOCK_BYTES - (self._size % BLOCK_BYTES), len(data))
            self._newlines += data.count(b"\n", start, end)
            self._size += end - start
            start = end
            if self._size % BLOCK_BYTES == 0:
                self._blocks.append(self._newlines)
        self._end = (self._end + data[-_END_BYTES:])[-_END_BYTES:]


def _read_lines(path: Path, offset: int, size: int, *, skip: int, count: int) -> list[str]:
    """Return lines between two offsets: ``count`` of them, after ``skip`` newlines."""
    found = b""
    try:
        descriptor = open_descriptor(path, os.O_RDONLY)
    except OSError:
        return []
    try:
        while offset < size and len(found) < _MOST_BYTES:
            data = os.pread(descriptor, min(_STEP_BYTES, size - offset), offset)
            if not data:
                break
            offset += len(data)
            found += data
            if found.count(b"\n") >= skip + count:
                break
    except OSError:
        return []
    finally:
        os.close(descriptor)
    lines = found.split(b"\n")
    cut = offset < size and len(found) < _MOST_BYTES  # of an endless line the beginning is shown
    if cut or not lines[-1]:
        del lines[-1]
    return [_text(line) for line in lines[skip : skip + count]]


def _text(line: bytes) -> str:
    return line[: 4 * LONGEST_LINE].decode("utf-8", "replace").rstrip("\r")[:LONGEST_LINE]
