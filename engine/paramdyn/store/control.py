"""Requests to a living worker, through one small file in its run folder.

``control`` holds one word. Whoever may write to the folder may ask; the worker looks between
batches, takes the file away, and does what it says. The newest request replaces one that was not
taken yet. ``echo stop > runs/ID/control`` works as well as the commands do.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from pathlib import Path

from paramdyn.errors import BadRequest
from paramdyn.registry import nearest_names
from paramdyn.store.atomic import TEMPORARY_SUFFIX, store_error, write_whole
from paramdyn.store.layout import Layout

STOP = "stop"
STOP_AFTER_EPOCH = "stop-after-epoch"
PAUSE = "pause"
RESUME = "resume"
REQUESTS = (STOP, STOP_AFTER_EPOCH, PAUSE, RESUME)
_LONGEST = 64  # bytes; a request is one word
_BEING_WRITTEN_SECONDS = 1.0


def send(layout: Layout, request: str) -> None:
    """Ask the worker of a run for one of ``REQUESTS``.

    Raises:
        BadRequest: There is no such request.
        StoreError: The file cannot be written.
    """
    if request not in REQUESTS:
        raise BadRequest(misunderstood(request))
    write_whole(layout.control, request.encode("ascii") + b"\n", durable=False)


def take(layout: Layout) -> str | None:
    """Take the waiting request out of the folder and return its word; None when nobody asks.

    The word may be anything that somebody wrote: the caller checks it against ``REQUESTS``. A file
    that is empty and young is left: its writer has opened it and not written yet.

    Raises:
        StoreError: The file is there and cannot be read or removed, or is no file.
    """
    taken = layout.path / f".taken.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}"
    try:
        found = layout.control.lstat()
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if _is_being_written(found):
            return None
        layout.control.replace(taken)  # a request that comes meanwhile gets a file of its own
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_error(layout.control, "taken", error) from error
    try:
        return _word(taken)
    except OSError as error:
        raise store_error(layout.control, "read", error) from error
    finally:
        with contextlib.suppress(OSError):
            taken.unlink()


def drop_older(layout: Layout) -> None:
    """Drop a request that was made before this process took the folder's lock: for another one.

    To be called as soon as the lock is held. A request of the same moment, as file systems count
    time, is kept: better a run that stops too early than one that does not hear.

    Raises:
        StoreError: As ``take``.
    """
    try:
        older = layout.control.lstat().st_mtime_ns < layout.lock.stat().st_mtime_ns
    except OSError:
        return
    if older:
        take(layout)


def is_waiting(layout: Layout) -> bool:
    """Tell whether a request has not been taken yet."""
    return os.path.lexists(layout.control)


def misunderstood(request: str) -> str:
    """Return what is wrong with a request that is none of ``REQUESTS``."""
    near = nearest_names(request, REQUESTS)
    meant = f" Did you mean '{near[0]}'?" if near else ""
    return f"control: '{request}' is no request. Expected one of {', '.join(REQUESTS)}.{meant}"


def _is_being_written(found: os.stat_result) -> bool:
    empty = stat.S_ISREG(found.st_mode) and found.st_size == 0
    return empty and abs(time.time() - found.st_mtime) < _BEING_WRITTEN_SECONDS


def _word(path: Path) -> str | None:
    """Return what a file holds; nothing for a link, a pipe or a device, which may never end."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        text = os.read(descriptor, _LONGEST)
    finally:
        os.close(descriptor)
    return text.decode("utf-8", errors="replace").strip() or None
