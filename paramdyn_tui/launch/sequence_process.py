"""Starting a sequence, and hearing from it for as long as one wants to listen."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch.interrupts import KILL_SIGNAL, Interrupts
from paramdyn_tui.launch.plan import Plan, to_json
from paramdyn_tui.launch.requests import ALIVE, status_of
from paramdyn_tui.launch.worker_process import LOOK_SECONDS, refusal, silent_death

_ENDS = ("ended", "skipped", "refused")


@dataclass
class SequenceProcess:
    """A sequence, heard so far.

    Attributes:
        process: The child.
        events: Those heard and not handled yet.
        folders: Index -> run folder, as queued.
        waiting: Indices of the runs that must be trained.
        open: Whether there may be more to hear.
    """

    process: subprocess.Popen[bytes]
    talk: IO[str]
    events: list[dict[str, Any]] = field(default_factory=list)
    folders: dict[int, Path] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    open: bool = True
    _rest: bytes = b""

    def listen(self, seconds: float) -> None:
        """Hear what it says within so many seconds, or at once when it says something."""
        stdout = self.process.stdout
        if not self.open or stdout is None:
            return
        if not select.select([stdout], [], [], seconds)[0]:
            return
        data = os.read(stdout.fileno(), 65536)
        self.open = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._note(json.loads(line))

    def interrupt(self) -> None:
        """Ask it to stop the present run with a checkpoint, and to begin no other."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Let it end the present run at once, and begin no other."""
        if KILL_SIGNAL is not None:
            self._send(KILL_SIGNAL)

    def _send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def _note(self, event: dict[str, Any]) -> None:
        if event["event"] == "queued":
            index = int(event["index"])
            self.folders[index] = Path(event["path"])
            if event["waiting"]:
                self.waiting.add(index)
        elif "index" in event:
            self.events.append(event)


@dataclass
class SequenceRun:
    """The run that a sequence carries out at present, as something to watch.

    Attributes:
        sequence: Who carries it out.
        index: Its place.
        returncode: How its worker ended; None while it lives.
    """

    sequence: SequenceProcess
    index: int
    returncode: int | None = None

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.sequence.folders[self.index]

    def wait(self, seconds: float) -> bool:
        """Wait up to so many seconds for the end; tell whether it came, or the run does not."""
        self.sequence.listen(seconds)
        mine = [event for event in self.sequence.events if event["index"] == self.index]
        for event in mine:
            self.sequence.events.remove(event)
            if event["event"] in _ENDS:
                self.returncode = event.get("returncode")
                return True
        if self.sequence.open:
            return False
        time.sleep(seconds)  # whoever carried it out is gone
        return status_of(RunFolder(self.folder))[0] not in ALIVE

    def interrupt(self) -> None:
        """Ask for a checkpoint and the end, of the runs after it as well."""
        self.sequence.interrupt()

    def kill(self) -> None:
        """End it at once, and begin no other."""
        self.sequence.kill()


def sequence_command() -> list[str]:
    """Return the command line of the process."""
    return [sys.executable, "-m", "paramdyn_tui.launch.sequence"]


@contextlib.contextmanager
def started_sequence(
    plan: Plan, interrupts: Interrupts, *, own_session: bool = True
) -> Iterator[SequenceProcess]:
    """Start a sequence, and yield it when its first run has begun, or when none must be trained.

    Leaving the block does not end it.

    Args:
        plan: What to run.
        interrupts: Those asking to stop, while it starts.
        own_session: Whether it outlives the terminal, and escapes the caller's group of processes.

    Raises:
        KeyboardInterrupt: An interrupt came before the first run began; nothing is left.
        ParamdynError: The first run was refused; nothing is left.
        FailedWork: It died before it said anything.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as talk:
        process = subprocess.Popen(
            sequence_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=talk,
            start_new_session=own_session,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        sequence = SequenceProcess(process, talk)
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(to_json(plan).encode())
                process.stdin.close()
            _await_start(sequence, interrupts)
            yield sequence
        finally:
            process.stdout.close()


def _await_start(sequence: SequenceProcess, interrupts: Interrupts) -> None:
    asked = 0
    while sequence.open and not sequence.events:
        sequence.listen(LOOK_SECONDS)
        if interrupts.stops > asked:
            asked = interrupts.stops
            sequence.interrupt()
    if not sequence.events and sequence.folders and not sequence.waiting:
        return  # all runs are there already
    if not sequence.events:
        raise silent_death(sequence.process.wait(), sequence.talk)
    first = sequence.events[0]
    if first["event"] == "refused" and first["all"]:
        sequence.process.wait()
        raise refusal(first)
    if asked and first["event"] == "skipped":
        sequence.process.wait()
        raise KeyboardInterrupt
