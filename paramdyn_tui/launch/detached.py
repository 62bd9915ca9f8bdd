"""Commands that start runs, given to a process of their own, which may be asked how it goes."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from paramdyn_tui.launch.worker_process import end_in_words

DETACH = "--detach"
_CONTRARY = ("--foreground", "--json", "--dry-run")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a command.

    Attributes:
        runs: Ids of the runs that it began, found or queued, in order; none where it failed.
        message: What it said, in words: what the runs do now, or why there is none.
        status: Its exit status, 0 when all went well; a signal as a negative number.
    """

    runs: tuple[str, ...]
    message: str
    status: int


class Started:
    """A command that is starting runs. The runs need neither it nor this process.

    Attributes:
        command: The command, as a person would type it.

    Args:
        process: The child.
        command: Its words.
        out: What it prints.
        talk: What it says.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], command: str, out: IO[bytes], talk: IO[bytes]
    ) -> None:
        self.command = command
        self._process = process
        self._out = out
        self._talk = talk
        self._outcome: Outcome | None = None

    def poll(self) -> Outcome | None:
        """Return what became of it; None while it is still starting. Never waits."""
        if self._outcome is None and self._process.poll() is not None:
            self._outcome = self._ended(self._process.returncode)
            self._out.close()
            self._talk.close()
        return self._outcome

    def said(self) -> str:
        """Return what it has said so far, in words."""
        return _words(self._talk) if self._outcome is None else self._outcome.message

    def _ended(self, status: int) -> Outcome:
        message = _words(self._talk)
        if status:
            how = f"{self.command}: it ended with {end_in_words(status)} and said nothing."
            return Outcome(runs=(), message=message or how, status=status)
        runs = tuple(_read(self._out).decode(errors="replace").splitlines())
        return Outcome(runs=runs, message=message, status=0)


def detached(
    arguments: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Started:
    """Carry out a command with ``--detach`` in a process of its own, and return at once.

    It has a session of its own: neither a closed terminal nor the end of this process reaches it.

    Args:
        arguments: ``run`` or ``resume``, and their options.
        folder: Where it works; None: where this process does.
        environment: Its environment.

    Raises:
        ValueError: An option contradicts ``--detach``, or what is read of its output.
        OSError: No process can be started.
    """
    wrong = [word for word in arguments if word in _CONTRARY]
    if wrong:
        raise ValueError(f"{' '.join(wrong)}: a command that is detached has no use for it")
    words = [*arguments]
    if DETACH not in words:
        words.insert(1, DETACH)
    out, talk = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - until it ends
    try:
        process = subprocess.Popen(
            detached_command(words),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=talk,
            start_new_session=True,
            cwd=folder,
            env={**environment, "NO_COLOR": "1"},
        )
    except OSError:
        out.close()
        talk.close()
        raise
    return Started(process, shlex.join(["paramdyn", *words]), out, talk)


def detached_command(words: Sequence[str]) -> list[str]:
    """Return the command line of the process."""
    return [sys.executable, "-m", "paramdyn_tui", *words]


def resume_arguments(path: Path) -> list[str]:
    """Return what ``detached`` needs to carry on with a run that has ended."""
    return ["resume", str(path), "--runs", str(path.parent)]


def _words(talk: IO[bytes]) -> str:
    text = _read(talk).decode(errors="replace")
    lines = [line.removeprefix("paramdyn: ").rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip()


def _read(file: IO[bytes]) -> bytes:
    """Return what a child has written: its place in the file is ours, so ours must not move."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
