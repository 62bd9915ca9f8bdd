"""One writer per run folder: a lock file that says which process writes.

A lock outlives its process when that is killed. It is taken over when the process is seen to be
gone, or, from another machine, when state.json has been silent for a minute.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from paramdyn.errors import RunBusy, RunIncomplete, StoreError
from paramdyn.store.atomic import remove_leftovers, store_error, write_all, write_whole
from paramdyn.store.json_files import build, read_object
from paramdyn.store.layout import Layout
from paramdyn.store.process import Process, is_alive, this_process
from paramdyn.store.state import STALE_SECONDS, read_state


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


def _acquire(layout: Layout, process: Process) -> None:
    content = json.dumps(dataclasses.asdict(process)).encode("ascii") + b"\n"
    while not _create(layout.lock, content):
        try:
            with layout.lock.open("rb") as file, _only_one_judges(file.fileno()):
                if not _is_same(file.fileno(), layout.lock):
                    continue
                holder = _written_by(layout.lock)
                if not _is_stale(layout, holder):
                    raise RunBusy(_busy(layout, holder))
                write_whole(layout.lock, content)
                return
        except FileNotFoundError:
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
    """Return who wrote the lock; None when it is absent or not (yet) readable."""
    try:
        return build(Process, read_object(path), path)
    except RunIncomplete:
        return None


def _is_stale(layout: Layout, holder: Process | None) -> bool:
    alive = is_alive(holder) if holder is not None else None
    return time.time() - _last_sign(layout) > STALE_SECONDS if alive is None else not alive


def _last_sign(layout: Layout) -> float:
    """Return when the holder last showed life: its heartbeat, or when it took the lock."""
    try:
        taken = layout.lock.stat().st_mtime
    except FileNotFoundError:
        return 0.0
    try:
        return max(taken, read_state(layout).heartbeat)
    except StoreError:
        return taken


def _busy(layout: Layout, holder: Process | None) -> str:
    who = f"process {holder.pid} on {holder.host}" if holder else "a process that just started"
    name = layout.path.name
    return (
        f"{layout.path}: {who} is writing this run. A run has one writer. Wait until it ends, or "
        f"stop it: paramdyn stop {name}."
    )
