"""The end of a file that grows: what was added since the last look, and samples of what was before.

Works by offset and polling, on any file system. Only whole lines are returned.
"""

from __future__ import annotations

import os
from pathlib import Path

from paramdyn.regular_files import open_descriptor

WHOLE_BYTES = 1 << 18
"""A file up to this size is read whole at the first look; a larger one is sampled."""
MOST_BYTES = 1 << 24
"""At most so much is read at one look."""


class Tail:
    """Reads one file that is appended to.

    Attributes:
        restarted: Whether the last look found another, or a shorter, file and began anew: what was
            read before is not to be counted on.

    Args:
        path: The file; it may be absent.
    """

    def __init__(self, path: Path) -> None:
        self.restarted = False
        self._path = path
        self._offset = 0
        self._inode = 0

    def size(self) -> int:
        """Return how many bytes are there beyond the last look; all of a file that began anew."""
        try:
            found = self._path.stat()
        except OSError:
            return 0
        self.restarted = bool(self._inode) and (
            found.st_size < self._offset or found.st_ino != self._inode
        )
        if self.restarted:
            self._offset = 0
        self._inode = found.st_ino
        return found.st_size - self._offset

    def added(self) -> list[bytes]:
        """Return the lines that were completed since the last look, without their newlines."""
        size = self.size()
        if size <= 0:
            return []
        data = self._read(self._offset, min(size, MOST_BYTES))
        end = data.rfind(b"\n") + 1
        self._offset += end
        return data[:end].split(b"\n")[:-1]

    def end(self, most: int) -> bytes:
        """Return the whole lines within the last ``most`` bytes; the next look goes on there."""
        size = self.size()
        start = self._offset + max(size - most, 0)
        data = self._read(start, min(size, most))
        first = data.find(b"\n") + 1 if start else 0
        last = data.rfind(b"\n") + 1
        self._offset = start + last
        return data[first:last]

    def lines_at(self, position: int, length: int) -> bytes:
        """Return the whole lines within ``length`` bytes from ``position``."""
        data = self._read(position, length)
        first = data.find(b"\n") + 1 if position else 0
        return data[first : data.rfind(b"\n") + 1]

    def _read(self, offset: int, length: int) -> bytes:
        try:
            descriptor = open_descriptor(self._path, os.O_RDONLY)
        except OSError:
            return b""
        try:
            return os.pread(descriptor, length, offset)
        except OSError:
            return b""
        finally:
            os.close(descriptor)
