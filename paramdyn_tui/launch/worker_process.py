"""The child process that trains: started in a session of its own, asked to stop by signals.

Its first line on stdout says where it writes; all else is read from the run folder. So whoever
started it may die, and the run goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from paramdyn import errors
from paramdyn.errors import FailedWork, ParamdynError, SpecError
from paramdyn_tui.launch.interrupts import Interrupts

LOOK_SECONDS = 0.1
"""Time between two looks at a process or a run folder: a record is seen within three of them."""
TAIL_LINES = 15


@dataclass(frozen=True)
class Worker:
    """A worker that has started a run.

    Attributes:
        process: The child.
        folder: The run folder that it writes.
        own_session: Whether it leads a session, and so a group of processes, of its own.
    """

    process: subprocess.Popen[str]
    folder: Path
    own_session: bool = True

    @property
    def returncode(self) -> int | None:
        """Its exit status, a signal as a negative number; None while it lives."""
        return self.process.returncode

    def wait(self, seconds: float) -> bool:
        """Wait up to so many seconds for the end; tell whether it came."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def interrupt(self) -> None:
        """Ask it to finish its batch, write a checkpoint and leave."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it and all it started, at once."""
        _end(self.process, own_session=self.own_session)


def worker_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line of the worker."""
    return [sys.executable, "-m", "paramdyn.training.worker", *arguments]


def _nothing() -> None:
    return None


@contextlib.contextmanager
def started(
    arguments: Sequence[str],
    interrupts: Interrupts,
    *,
    own_session: bool = True,
    idle: Callable[[], None] = _nothing,
    keep_open: Sequence[int] = (),
) -> Iterator[Worker]:
    """Start the worker, and yield it when its run has begun.

    Leaving the block does not end the worker.

    Args:
        arguments: Its command line.
        interrupts: Those asking to stop, while it starts.
        own_session: Whether it outlives the terminal, and escapes the caller's group of processes.
        idle: Called every ``LOOK_SECONDS`` while it starts.
        keep_open: Open files that it inherits.

    Raises:
        KeyboardInterrupt: An interrupt came before the run began; the worker is gone.
        ParamdynError: It refused; of the class that it named, with its words.
        FailedWork: It died before it said anything; with the end of what it wrote.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as talk:
        process = subprocess.Popen(
            worker_command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=talk,
            text=True,
            start_new_session=own_session,
            pass_fds=keep_open,
        )
        try:
            said = _first_words(process, interrupts, own_session=own_session, idle=idle)
            if said.get("event") != "started":
                status = process.wait()
                raise refusal(said) if said else silent_death(status, talk)
            yield Worker(process, Path(said["path"]), own_session)
        finally:
            if process.stdout is not None:
                process.stdout.close()


def last_words(text: str) -> str:
    """Return the last lines of what a worker wrote, indented."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


def end_in_words(status: int) -> str:
    """Return how a process ended: with which status, or by which signal."""
    if status >= 0:
        return f"exit status {status}"
    hint = " (this often means that memory ran out)" if status == -signal.SIGKILL else ""
    return f"signal {signal.Signals(-status).name}{hint}"


def _first_words(
    process: subprocess.Popen[str],
    interrupts: Interrupts,
    *,
    own_session: bool,
    idle: Callable[[], None],
) -> dict[str, Any]:
    assert process.stdout is not None
    while not select.select([process.stdout], [], [], LOOK_SECONDS)[0]:
        if interrupts.stops:
            _end(process, own_session=own_session)
            raise KeyboardInterrupt
        idle()
    try:
        said = json.loads(process.stdout.readline())
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def refusal(said: dict[str, Any]) -> ParamdynError:
    """Return the error that a process named in its message ``refused``."""
    kind = getattr(errors, str(said.get("kind")), None)
    message = str(said.get("message", "the worker refused without a reason"))
    if not (isinstance(kind, type) and issubclass(kind, ParamdynError)):
        kind = ParamdynError
    error = SpecError(message.split("\n")) if kind is SpecError else kind(message)
    error.exit_status = int(said.get("exit_status", kind.exit_status))
    return error


def silent_death(status: int, talk: IO[str]) -> FailedWork:
    """Return the error about a process that ended before it said anything of use.

    Args:
        status: Its exit status.
        talk: What it wrote on stderr.
    """
    talk.seek(0)
    words = last_words(talk.read())
    said = f"It wrote:\n{words}" if words else "It wrote nothing."
    return FailedWork(
        f"worker: it ended with {end_in_words(status)} before the run began. "
        f"Expected it to start or to say why not. {said}\n"
        "This is a fault of paramdyn or of its installation: paramdyn doctor checks the latter."
    )


def _end(process: subprocess.Popen[str], *, own_session: bool) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if own_session else os.kill)(process.pid, signal.SIGKILL)
    process.wait()
