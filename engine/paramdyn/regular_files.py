"""Opening files where something else may lie: a pipe, a device, a folder.

A run folder is open to everybody. Opening a named pipe waits for whoever writes to it, and a device
may never end; whoever reads a run's file must come back with its bytes or a reason.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: str | Path) -> BinaryIO:
    """Open a file to read its bytes, as ``open(path, "rb")`` does, but never wait.

    Links are followed.

    Raises:
        OSError: As ``open``; with ``errno.ENXIO`` for a pipe, a socket or a device.
    """
    descriptor = open_descriptor(path, os.O_RDONLY)
    return os.fdopen(descriptor, "rb")


def open_descriptor(path: str | Path, flags: int) -> int:
    """Open a regular file with the system's ``flags`` and return its descriptor; never wait.

    Raises:
        OSError: As ``open_regular``.
    """
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return descriptor
    os.close(descriptor)
    number = errno.EISDIR if stat.S_ISDIR(kind) else errno.ENXIO
    raise OSError(number, os.strerror(number), os.fspath(path))


def read_regular(path: str | Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        OSError: As ``open_regular``.
    """
    with open_regular(path) as file:
        return file.read()
