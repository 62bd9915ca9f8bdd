"""One writer per run folder: a lock file that says which process writes.

A lock outlives its process when that is killed. It is taken over when the process is seen to be
gone. Where it cannot be seen, as from another machine, it is taken over when neither the lock nor
state.json was touched for ``STALE_SECONDS``, and neither is during ``WATCH_SECONDS`` more: the
clocks of two machines may differ, so they only raise a suspicion. A writer that wakes up after
that finds another's name in the lock (``check_held``) and writes no more.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from paramdyn.errors import RunBusy, RunIncomplete, StoreError
from paramdyn.regular_files import open_regular
from paramdyn.store.atomic import remove_leftovers, store_error, write_all, write_whole
from paramdyn.store.json_files import build, read_object
from paramdyn.store.layout import Layout
from paramdyn.store.process import Process, gone, is_alive, is_copied, is_suspended, this_process
from paramdyn.store.state import STALE_SECONDS, read_state

TOUCH_SECONDS = 2.0
WATCH_SECONDS = 5.0
_LOOK_SECONDS = 0.1


@contextlib.contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Hold the folder's lock during the block, and clear what a killed writer left.

    Raises:
        RunBusy: A living process holds it, this one included.
        StoreError: The lock file cannot be written.
    """
    process = this_process()
    _acquire(layout, process)
    try:
        remove_leftovers(layout.path)
        remove_leftovers(layout.snapshots)
        with _touched(layout, process):
            yield
    finally:
        # Another machine may have taken it over while this one slept.
        if _written_by(layout.lock) == process:
            with contextlib.suppress(OSError):
                layout.lock.unlink()


def lock_holder(layout: Layout) -> Process | None:
    """Return the living process that writes this folder; None when nobody does."""
    holder = _written_by(layout.lock)
    if holder is None or _is_stale(layout, holder):
        return None
    return holder


def check_held(layout: Layout) -> None:
    """Make sure that this process still is the folder's writer, before it writes again.

    Open files say nothing: they can be written after they were deleted, moved or taken over.

    Raises:
        RunBusy: Another process has taken the folder over.
        StoreError: The lock is gone: the folder was deleted, moved, or is being deleted.
    """
    try:
        holder = build(Process, read_object(layout.lock), layout.lock)
    except RunIncomplete as error:
        gone = "its lock" if layout.path.is_dir() else "the folder"
        raise StoreError(
            f"{layout.path}: {gone} is gone. A run that is written has one. Was it deleted or "
            "moved? Nothing more is written. Where the folder is, resume it: paramdyn resume "
            f"{layout.path.name}."
        ) from error
    if holder != this_process():
        raise RunBusy(_busy(layout, holder))


@contextlib.contextmanager
def _touched(layout: Layout, process: Process) -> Iterator[None]:
    """Keep the lock young for those who cannot see this process, whatever it is busy with."""
    ended = threading.Event()

    def touch() -> None:
        while not ended.wait(TOUCH_SECONDS):
            if _written_by(layout.lock) == process:
                with contextlib.suppress(OSError):
                    os.utime(layout.lock)

    thread = threading.Thread(target=touch, name="lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _acquire(layout: Layout, process: Process) -> None:
    facts = {**dataclasses.asdict(process), "folder": str(layout.path.absolute())}
    content = json.dumps(facts).encode("ascii") + b"\n"
    while not _create(layout.lock, content):
        try:
            with open_regular(layout.lock) as file, _only_one_judges(file.fileno()):
                if not _is_same(file.fileno(), layout.lock):
                    continue
                holder = _written_by(layout.lock)
                if not _is_stale(layout, holder) or _shows_life(layout, holder):
                    raise RunBusy(_busy(layout, holder))
                write_whole(layout.lock, content)
                return
        except FileNotFoundError as error:
            if layout.lock.is_symlink():  # it leads nowhere, and will be there again and again
                raise store_error(layout.lock, "read", error) from error
            continue
        except OSError as error:
            raise store_error(layout.lock, "read", error) from error


def _create(path: Path, content: bytes) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    except OSError as error:
        raise store_error(path, "written", error) from error
    try:
        write_all(descriptor, content)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise store_error(path, "written", error) from error
    finally:
        os.close(descriptor)
    return True


@contextlib.contextmanager
def _only_one_judges(descriptor: int) -> Iterator[None]:
    """Keep two processes from taking over the same stale lock, where the system can."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)  # ends with the descriptor
    except (ImportError, OSError):
        pass
    yield


def _is_same(descriptor: int, path: Path) -> bool:
    return os.path.samestat(os.fstat(descriptor), path.stat())


def _written_by(path: Path) -> Process | None:
    """Return who wrote the lock; None when it is absent or not (yet) readable.

    The lock of a copied folder is that of another one: here, whoever wrote it is gone.
    """
    try:
        data = read_object(path)
        holder = build(Process, data, path)
    except StoreError:
        return None
    return gone(holder) if is_copied(path.parent, data.get("folder")) else holder


def _is_stale(layout: Layout, holder: Process | None) -> bool:
    alive = is_alive(holder) if holder is not None else None
    return time.time() - _last_sign(layout) > STALE_SECONDS if alive is None else not alive


def _shows_life(layout: Layout, holder: Process | None) -> bool:
    """Watch a lock whose process cannot be seen; tell whether somebody still touches the folder."""
    if holder is not None and is_alive(holder) is False:
        return False
    before = _signs(layout)
    end = time.monotonic() + WATCH_SECONDS
    while time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
        if _signs(layout) != before:
            return True
    return False


def _signs(layout: Layout) -> tuple[float, float]:
    """Return when the lock was touched and what the last heartbeat says."""
    touched = heartbeat = 0.0
    with contextlib.suppress(FileNotFoundError):
        touched = layout.lock.stat().st_mtime
    with contextlib.suppress(StoreError):
        heartbeat = read_state(layout).heartbeat
    return touched, heartbeat


def _last_sign(layout: Layout) -> float:
    """Return when the holder last showed life: its heartbeat, or when it touched the lock."""
    touched, heartbeat = _signs(layout)
    return max(touched, heartbeat) if touched else 0.0


def _busy(layout: Layout, holder: Process | None) -> str:
    who = f"process {holder.pid} on {holder.host}" if holder else "a process that just started"
    name = layout.path.name
    if holder and is_alive(holder) and is_suspended(holder):
        return (
            f"{layout.path}: {who} is writing this run and is suspended. A run has one writer. Let "
            f"it go on: kill -CONT {holder.pid}. Or stop it: paramdyn stop {name}."
        )
    return (
        f"{layout.path}: {who} is writing this run. A run has one writer. Wait until it ends, or "
        f"stop it: paramdyn stop {name}."
    )
