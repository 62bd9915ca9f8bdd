"""Asking runs that are alive, from any process: what they may be asked, and what became of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from paramdyn.errors import BadRequest, FailedWork, StoreError
from paramdyn.store import control
from paramdyn.store.layout import Layout
from paramdyn.store.present import present_state
from paramdyn.store.process import host, is_alive
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.run_index import list_runs
from paramdyn.store.state import RunState, effective_status

ALIVE = frozenset({"queued", "starting", "running", "paused", "suspended", "stale"})
"""Statuses of a run that may go on writing; a stale one may be alive where it cannot be seen."""
LOOK_SECONDS = 0.1
RECENT = 50
GRACE_SECONDS = 20.0
"""How long a sequence may take to find the request that is left for it, on a busy machine."""


def live_runs(runs: Path, *, every: bool = True) -> list[RunFolder]:
    """Return the runs that are alive, the one that started last first.

    Args:
        runs: The runs folder.
        every: Whether all are wanted. Without, it is enough to find the newest, and a few more:
            a living worker renews its state each second, so the files' times tell where to look.

    Raises:
        StoreError: ``runs`` cannot be read.
    """
    found = _alive(_recently_changed(runs)) if not every else []
    if not found:
        found = _alive([summary.path for summary in list_runs(runs)])
    return found


def status_of(folder: RunFolder) -> tuple[str, RunState | None]:
    """Return a run's status and state.

    Without a readable state that is None, and the status ``removed`` or ``broken``.
    """
    try:
        state = present_state(folder.layout)
    except StoreError:
        return ("broken" if folder.path.is_dir() else "removed"), None
    return effective_status(state), state


def wait_for(
    folder: RunFolder, is_done: Callable[[str, RunState | None], bool], *, seconds: float
) -> bool:
    """Look at a run until its status and state are as wanted; tell whether that came in time."""
    end = time.monotonic() + seconds
    while not is_done(*status_of(folder)):
        if time.monotonic() >= end:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def ask(folder: RunFolder, request: str) -> None:
    """Send a request of ``paramdyn.store.control`` to a run.

    Raises:
        StoreError: The folder cannot be written.
    """
    control.send(folder.layout, request)


def wake(folder: RunFolder) -> None:
    """Let a process that was stopped by a signal go on (SIGCONT).

    Raises:
        BadRequest: It runs on another machine.
    """
    _signal(folder, signal.SIGCONT, "continued", "kill -CONT")


def kill(folder: RunFolder) -> None:
    """End a run's worker at once, and wait until it is gone.

    A sequence that the run is part of ends, too: it finds the request that is left for it. A run
    that is queued has no worker: it is asked not to begin.

    Raises:
        BadRequest: It runs on another machine.
        FailedWork: It is still there after the signal: it waits for a disk or a driver.
    """
    from concurrent.futures import ThreadPoolExecutor

    status, state = status_of(folder)
    if status == "queued":
        _leave_stop(folder)
        return
    followed = state is not None and _is_led(state.pid)
    try:
        with ThreadPoolExecutor(1) as begun:  # Python ends no sooner than it, whoever calls this
            begun.submit(_end, folder, asleep=followed).result()
        if not wait_for(folder, lambda status, _: status not in ALIVE, seconds=10.0):
            raise FailedWork(
                f"{folder.name}: the process was killed and is still there. Expected it to be gone "
                "within 10 s. It hangs in the system: look at the disk, or restart the machine."
            )
        if followed:
            _wait_until_taken(folder)
    finally:
        with contextlib.suppress(StoreError):
            control.take(folder.layout)


def _end(folder: RunFolder, *, asleep: bool) -> None:
    """Leave a request for a run's sequence and end its worker, which sleeps meanwhile.

    Awake, the worker could take the request that is left for its sequence, and then die. Whoever
    sends it to sleep must come to its end: nobody else would wake it.
    """
    if asleep:
        _signal(folder, signal.SIGSTOP, "stopped", "kill -STOP")
        wait_for(folder, lambda status, _: status not in ("running", "paused"), seconds=2.0)
    _leave_stop(folder)
    _signal(folder, signal.SIGKILL, "killed", "kill -KILL")


def _leave_stop(folder: RunFolder) -> None:
    with contextlib.suppress(StoreError):  # a full disk must not protect the run
        ask(folder, control.STOP)


def _is_led(pid: int) -> bool:
    """Tell whether a worker has no session of its own: then a sequence may wait for its end."""
    try:
        return os.getsid(pid) != pid
    except (OSError, OverflowError):
        return False


def _wait_until_taken(folder: RunFolder) -> None:
    end = time.monotonic() + GRACE_SECONDS
    while control.is_waiting(folder.layout) and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)


def _signal(folder: RunFolder, number: int, done: str, command: str) -> None:
    status, state = status_of(folder)
    if state is None or status not in ALIVE:
        return
    process = state.process
    alive = is_alive(process)
    if alive is None:
        where = process.host if process.host != host() else f"{process.host}, in another container"
        raise BadRequest(
            f"{folder.name}: its process {process.pid} runs on {where}, and can only be {done} "
            f"there. Expected it on {host()}. Log in there: {command} {process.pid}."
        )
    if alive:
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise BadRequest(
                f"{folder.name}: its process {process.pid} belongs to somebody else. Expected one "
                "of yours. Ask its owner."
            ) from error


def _recently_changed(runs: Path) -> list[Path]:
    times: list[tuple[int, str]] = []
    with contextlib.suppress(OSError), os.scandir(runs) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                state = Layout(Path(entry.path)).state
                times.append((state.stat().st_mtime_ns, entry.path))
    return [Path(path) for _, path in sorted(times, reverse=True)[:RECENT]]


def _alive(paths: list[Path]) -> list[RunFolder]:
    found: list[tuple[bool, float, RunFolder]] = []
    for path in paths:
        folder = RunFolder(path.absolute())
        status, state = status_of(folder)
        if state is not None and status in ALIVE:
            # a run that waits began to wait when the others of its sequence did
            found.append((status != "queued", state.started, folder))
    return [folder for _, _, folder in sorted(found, key=lambda row: row[:2], reverse=True)]
