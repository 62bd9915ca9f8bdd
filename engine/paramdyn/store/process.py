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

        return f"boot {psutil.boot_time():.0f}"


def process_start(pid: int) -> float | None:
    """Return when a process of this machine started; None when it is gone.

    On Linux in seconds since the machine started, which setting the clock does not move; elsewhere
    in seconds since 1970. Only to be compared. A process that ended but whose parent has not asked
    for its exit status is gone.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _portable_start(pid)
    except PermissionError:
        return _portable_start(pid)
    fields = text.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def is_alive(process: Process) -> bool | None:
    """Tell whether ``process`` still runs; None when it cannot be seen from here."""
    if process.pid <= 0 or (process.host, process.boot_id) != (host(), boot_id()):
        return None
    start = process_start(process.pid)
    return start is not None and abs(start - process.process_start) < 1.0


def _portable_start(pid: int) -> float | None:
    import psutil

    try:
        found = psutil.Process(pid)
        ended = found.status() == psutil.STATUS_ZOMBIE
        return None if ended else float(found.create_time())
    except psutil.NoSuchProcess:
        return None
