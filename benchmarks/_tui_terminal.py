"""A pseudo-terminal for the parts of ``tui.py``: what a program sends, when, and what it shows."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil
import pyte
from _side_by_side import ROOT

COLUMNS, ROWS = 120, 36
PATIENCE_SECONDS = 60.0
QUERY, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether a terminal can hold a frame back until it is whole (DEC mode 2026): ours can."""


class Terminal:
    """A program in a terminal of its own.

    Attributes:
        started: When it was started, by ``time.perf_counter``.
        said: Every byte that it has sent.

    Args:
        command: The program.
        home: Folder for what it remembers and caches.
        columns: Width.
        rows: Height.
        more: Further variables of its environment.
    """

    def __init__(
        self,
        command: Sequence[str],
        home: Path,
        *,
        columns: int = COLUMNS,
        rows: int = ROWS,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.said = b""
        self._stream = pyte.ByteStream(self.screen)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "engine"), str(ROOT)]),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "PARAMDYN_CACHE": str(home / "cache"),
            **(more or {}),
        }
        self.started = time.perf_counter()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvpe(command[0], list(command), environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.close(self._master)
        os.waitpid(self.pid, 0)

    def read(self, seconds: float) -> bytes:
        """Return what it sends within so many seconds, at once when something comes."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return b""
        if QUERY in data:
            os.write(self._master, ANSWER)
        self.said += data
        self._stream.feed(data)
        return data

    def until(self, seen: Callable[[Terminal], bool]) -> float:
        """Return the seconds from the start until something is seen.

        Raises:
            RuntimeError: It never was.
        """
        end = time.perf_counter() + PATIENCE_SECONDS
        while time.perf_counter() < end:
            if self.read(0.05) and seen(self):
                return time.perf_counter() - self.started
        raise RuntimeError("not seen, but:\n" + self.text)

    def quiet(self, seconds: float = 0.6) -> None:
        """Wait until nothing has come for so many seconds."""
        end = time.perf_counter() + PATIENCE_SECONDS
        while self.read(seconds) and time.perf_counter() < end:
            pass

    def watch(self, seconds: float) -> tuple[float, float]:
        """Return bytes a second and share of a core that it takes over so many seconds."""
        process = psutil.Process(self.pid)
        before, cpu = len(self.said), sum(process.cpu_times()[:2])
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
        spent = sum(process.cpu_times()[:2]) - cpu
        return (len(self.said) - before) / seconds, spent / seconds

    def press(self, keys: str) -> float:
        """Send keys; return the seconds until the first byte of an answer."""
        sent = time.perf_counter()
        os.write(self._master, keys.encode())
        while not self.read(1.0):
            if time.perf_counter() - sent > PATIENCE_SECONDS:
                raise RuntimeError(f"no answer to {keys!r}:\n{self.text}")
        return time.perf_counter() - sent

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def peak_mb(self) -> float:
        """Peak resident memory of the program in MB (10^6 bytes)."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return round(int(line.split()[1]) * 1024 / 1e6, 1)


def application(*words: str) -> list[str]:
    """Return the command of the application."""
    return [sys.executable, "-m", "paramdyn_tui", "tui", *words]


TRIVIAL = """
from textual.app import App
from textual.widgets import Static

class Trivial(App):
    def compose(self):
        yield Static("Hello")

Trivial().run()
"""
"""The least that Textual can do: what no application on it can be faster than."""


def trivial_application() -> list[str]:
    """Return the command of an application that shows one word."""
    return [sys.executable, "-c", TRIVIAL]


def has_braille(terminal: Terminal) -> bool:
    """Tell whether the terminal shows a line of a chart."""
    return any(0x2800 < ord(letter) < 0x2900 for letter in terminal.text)


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile of some figures: the smallest that so many are not above."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]
