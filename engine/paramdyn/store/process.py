"""Who a process is, so that another one can tell later whether it still lives.

A pid alone is not enough: it is used again after the process died, after a restart of the machine,
and on every other machine that shares the disk.
"""

from __future__ import annotations

import functools
import os
import socket
from dataclasses import dataclass
from pathlib import Path

_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Process:
    """One process of one machine.

    Attributes:
        pid: Its number; 0 when there is none yet.
        process_start: When it started, as ``process_start`` returns it.
        boot_id: The start of the system it runs in, as ``boot_id`` returns it.
        host: The machine's name.
    """

    pid: int
    process_start: float
    boot_id: str
    host: str


def this_process() -> Process:
    """Return the calling process."""
    pid = os.getpid()
    return Process(pid, process_start(pid) or 0.0, boot_id(), host())


def host() -> str:
    """Return this machine's name."""
    return socket.gethostname()


@functools.cache
def boot_id() -> str:
    """Return what names the running system: a start of the machine, and the container on it.

    Two processes can look each other up by pid only when this is equal.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        import psutil

        return f"boot-{psutil.boot_time():.0f}"


def is_copied(folder: Path, written_in: object) -> bool:
    """Tell whether a folder is a copy, so that its files name a process that works on another one.

    A folder that was renamed is none: where its files were written, nothing is any more.

    Args:
        folder: Where the files are.
        written_in: Where they say that they were written, as an absolute path.
    """
    if not isinstance(written_in, str) or not written_in or written_in == str(folder.absolute()):
        return False
    try:
        return not folder.samefile(written_in)
    except (OSError, ValueError):
        return False


def gone(process: Process) -> Process:
    """Return the same process as one that does not live."""
    return Process(process.pid, _NEVER, boot_id(), host())


def process_start(pid: int) -> float | None:
    """Return when a process of this machine started; None when it is gone.

    On Linux in seconds since the machine started, which setting the clock does not move; elsewhere
    in seconds since 1970. Only to be compared. A process that ended but whose parent has not asked
    for its exit status is gone.
    """
    return _look_up(pid)[0]


def is_suspended(process: Process) -> bool:
    """Tell whether a process that ``is_alive`` was stopped by a signal or a debugger."""
    return _look_up(process.pid)[1]


def restarted_since(process: Process) -> bool:
    """Tell whether ``process`` belongs to an earlier start of a machine of this one's name."""
    boot = process.boot_id.partition(" ")[0]
    return process.host == host() and boot != boot_id().partition(" ")[0]


def is_alive(process: Process) -> bool | None:
    """Tell whether ``process`` still runs; None when it cannot be seen from here."""
    if process.pid <= 0 or (process.host, process.boot_id) != (host(), boot_id()):
        return None
    start = process_start(process.pid)
    return start is not None and abs(start - process.process_start) < 1.0


def _look_up(pid: int) -> tuple[float | None, bool]:
    """Return when a process of this machine started, None when it is gone, and if it is stopped."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return (None, False) if Path("/proc/self/stat").exists() else _portably(pid)
    except PermissionError:
        return _portably(pid)
    fields = text.rpartition(")")[2].split()
    if fields[0] in "ZXx":
        return None, False
    return int(fields[19]) / os.sysconf("SC_CLK_TCK"), fields[0] in "Tt"


def _portably(pid: int) -> tuple[float | None, bool]:
    import psutil

    try:
        found = psutil.Process(pid)
        status = found.status()
        ended = status in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        stopped = status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
        return (None, False) if ended else (float(found.create_time()), stopped)
    except psutil.NoSuchProcess:
        return None, False
