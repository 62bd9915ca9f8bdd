"""Commands of paramdyn as children: the very command that is shown is what is carried out.

A child belongs to no terminal. Leaving the application does not end it, unless whoever asked for it
cancels it; what it starts detached goes on in any case.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paramdyn.errors import FailedWork

CANCELLED = -1000


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    Attributes:
        status: Its exit status; ``CANCELLED`` when it was cancelled.
        output: What it printed.
        talk: What it said on stderr, without what was said for programs.
    """

    status: int
    output: str
    talk: str

    def result(self) -> Any:  # noqa: ANN401 - JSON
        """Return what it printed as JSON.

        Raises:
            FailedWork: It failed, or printed no JSON; with its own words.
        """
        try:
            return json.loads(self.output)
        except ValueError:
            words = self.talk.strip().removeprefix("paramdyn: ")
            raise FailedWork(
                words or f"The command ended with exit status {self.status}."
            ) from None


class Child:
    """A command that can be cancelled from any thread.

    Args:
        words: What follows ``paramdyn``.
        environment: What is added to the environment.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._words = list(words)
        self._environment = {**os.environ, **(environment or {}), "NO_COLOR": "1"}
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.cancelled = False

    def cancel(self) -> None:
        """End it, and all that it started in its own session, at once."""
        with self._lock:
            self.cancelled = True
            if self._process is not None and self._process.poll() is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def run(self, said: Callable[[str], bool] = lambda _: False) -> Finished:
        """Carry it out, and wait for its end.

        Args:
            said: Called with each line of stderr as it comes; tells whether it has been understood.

        Raises:
            FailedWork: It cannot be started.
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            try:
                with self._lock:
                    if self.cancelled:
                        return Finished(CANCELLED, "", "")
                    self._process = process = subprocess.Popen(
                        [sys.executable, "-m", "paramdyn_tui", *self._words],
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.PIPE,
                        text=True,
                        errors="replace",
                        env=self._environment,
                        start_new_session=True,
                    )
            except OSError as error:
                raise FailedWork(f"paramdyn: cannot be started: {error.strerror}.") from error
            assert process.stderr is not None
            with process.stderr as lines:
                talk = [line for line in lines if not said(line)]
            status = process.wait()
            output.seek(0)
            printed = output.read()
        return Finished(CANCELLED if self.cancelled else status, printed, "".join(talk))


def asked(words: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    """Carry out a command that prints JSON, and return that.

    Raises:
        FailedWork: It failed, with its own words.
    """
    finished = Child(words).run()
    if finished.status:
        return Finished(finished.status, "", finished.talk).result()
    return finished.result()
