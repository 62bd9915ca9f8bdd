"""A file that grows: what was added since the last look, and samples of what was before.

Works by offset and polling, on any file system. Only whole lines are returned.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from paramdyn.regular_files import open_descriptor

WHOLE_BYTES = 1 << 18
"""A file up to this size is read whole at the first look; a larger one is sampled."""
MOST_BYTES = 1 << 24
"""At most so much is read at one look."""
_MARK_BYTES = 1 << 12  # of what was read last, compared at the next look


class Tail:
    """Reads one file that is appended to.

    Attributes:
        restarted: Whether the last look found another, or a shorter, file and began anew: what was
            read before is not to be counted on.
        offset: Bytes read so far.
        more: Whether the last look left something that was there already.
        overlong: How many lines longer than a look were passed over.
        problem: Why the file cannot be read, in words; empty when it can, and when there is none.

    Args:
        path: The file; it may be absent.
    """

    def __init__(self, path: Path) -> None:
        self.restarted = False
        self.offset = 0
        self.more = False
        self.overlong = 0
        self.problem = ""
        self.path = path
        self._name = os.fspath(path)
        self._inode = 0
        self._size = self._changed = 0
        self._mark = b""
        self._within = False  # a line that was given up

    def size(self) -> int:
        """Return how many bytes are there beyond the last look; all of a file that began anew."""
        self.restarted = False
        try:
            found = os.stat(self._name)  # noqa: PTH116 - ten times a second; a Path costs more
        except OSError:
            return 0
        if not stat.S_ISREG(found.st_mode):
            self._read(0, 0)  # says what it is
            return 0
        changed, self._changed = self._changed, found.st_ctime_ns
        if self._inode and (
            found.st_size < self.offset
            or found.st_ino != self._inode
            or (found.st_size == self._size and found.st_ctime_ns != changed and self._is_other())
        ):
            self.restarted = True
            self._begin_anew()
        self._inode, self._size = found.st_ino, found.st_size
        if self._size == self.offset:
            self.problem = ""
        return self._size - self.offset

    def added(self, most: int = MOST_BYTES) -> list[bytes]:
        """Return the lines that were completed since the last look, without their newlines.

        Args:
            most: Bytes to read at most. A line that is longer is passed over.
        """
        return self.block(most).split(b"\n")[:-1]

    def block(self, most: int = MOST_BYTES) -> bytes:
        """Return what ``added`` does as one text, each line with its newline."""
        size = self.size()
        self.more = False
        if size <= 0:
            return b""
        data = self._beyond(most)
        end = data.rfind(b"\n") + 1
        if not end and self.more:
            self.overlong += not self._within
            self._within = True
            self._move_on(data)
            return b""
        data = data[:end]
        self._move_on(data)
        if self._within and data:
            self._within = False
            return data[data.find(b"\n") + 1 :]
        return data

    def bytes_added(self, most: int) -> bytes:
        """Return what was added since the last look, whole lines or not, at most so many bytes."""
        size = self.size()
        self.more = False
        if size <= 0:
            return b""
        data = self._beyond(most)
        self._move_on(data)
        return data

    def end(self, most: int) -> bytes:
        """Return the whole lines within the last ``most`` bytes; the next look goes on there."""
        size = self.size()
        start = self.offset + max(size - most, 0)
        data = self._read(start, min(size, most))
        first = data.find(b"\n") + 1 if start else 0
        last = data.rfind(b"\n") + 1
        self.offset, self._mark = start, b""
        self._move_on(data[:last])
        return data[first:last]

    def lines_at(self, position: int, length: int) -> bytes:
        """Return the whole lines within ``length`` bytes from ``position``."""
        data = self._read(position, length)
        first = data.find(b"\n") + 1 if position else 0
        return data[first : data.rfind(b"\n") + 1]

    def _beyond(self, most: int) -> bytes:
        """Return the next bytes; of a file that was written anew meanwhile, the first ones."""
        mark = self._mark
        wanted = min(self._size - self.offset, most)
        data = self._read(self.offset - len(mark), wanted + len(mark))
        if data.startswith(mark):
            data = data[len(mark) :]
        elif self.problem:
            data = b""
        else:
            self.restarted = True
            self._begin_anew()
            wanted = min(self._size, most)
            data = self._read(0, wanted)
        self.more = self.offset + len(data) < self._size and len(data) == wanted
        return data

    def _is_other(self) -> bool:
        """Tell whether what was read last does not stand there any more."""
        mark = self._mark
        return self._read(self.offset - len(mark), len(mark)) != mark and not self.problem

    def _move_on(self, data: bytes) -> None:
        self.offset += len(data)
        self._mark = (self._mark + data[-_MARK_BYTES:])[-_MARK_BYTES:]

    def _begin_anew(self) -> None:
        self.offset = self.overlong = 0
        self._mark, self._within = b"", False

    def _read(self, offset: int, length: int) -> bytes:
        self.problem = ""
        try:
            descriptor = open_descriptor(self._name, os.O_RDONLY)
        except FileNotFoundError:
            return b""
        except OSError as error:
            self.problem = self._in_words(error)
            return b""
        try:
            return os.pread(descriptor, length, offset)
        except OSError as error:
            self.problem = self._in_words(error)
            return b""
        finally:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _in_words(self, error: OSError) -> str:
        from paramdyn.store.atomic import store_error

        return str(store_error(self.path, "read", error))
