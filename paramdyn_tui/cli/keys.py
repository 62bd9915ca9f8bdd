"""Single keys from the terminal, which is left as it was found, however the viewer ends."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from types import FrameType, TracebackType
from typing import Any, Self

try:
    import termios
    import tty
except ImportError:  # a system without them has no single keys
    termios = None  # type: ignore[assignment]


class Keys:
    """Reads keys without waiting for Enter while the block lasts, if stdin is a terminal.

    A viewer in the background neither reads nor changes the terminal: its shell owns it. Ctrl-Z
    gives the terminal back before the process stops, and takes it again when it goes on.

    Attributes:
        usable: Whether keys can come at all.
        came_back: Whether another job may have had the terminal since this was last set to False.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.usable = wanted and termios is not None and _is_terminal()
        self.came_back = False
        self._before: list[Any] | None = None
        self._suspend: Any = None
        self._continue: Any = None

    def __enter__(self) -> Self:
        if self.usable:
            self._suspend = signal.signal(signal.SIGTSTP, self._on_suspend)
            self._continue = signal.signal(signal.SIGCONT, self._on_continue)
            self._take()
            self._forget()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.usable:
            self._give_back()
            signal.signal(signal.SIGTSTP, self._suspend)
            signal.signal(signal.SIGCONT, self._continue)

    def read(self) -> str:
        """Return the keys pressed since the last call; the bytes of an arrow key are none."""
        if not self.usable or not _in_foreground():
            return ""
        if self._before is None:  # brought to the foreground, and nobody told
            self._take()
            self._forget()
            self.came_back = self._before is not None
        pressed = b""
        with contextlib.suppress(OSError):
            while select.select([0], [], [], 0)[0]:
                part = os.read(0, 64)
                if not part:
                    self.usable = False
                    self._give_back()
                    break
                pressed += part
        text = pressed.decode(errors="ignore")
        return "" if text.startswith("\x1b") and len(text) > 1 else text

    def _take(self) -> None:
        if self._before is None and _in_foreground():
            with contextlib.suppress(termios.error, OSError):
                before = termios.tcgetattr(0)
                tty.setcbreak(0, termios.TCSANOW)
                self._before = before

    def _forget(self) -> None:
        """Drop what was typed before there was anything to see: it was meant for the shell.

        Otherwise the ``p`` of a command that is typed ahead would pause the run.
        """
        if self._before is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcflush(0, termios.TCIFLUSH)

    def _give_back(self) -> None:
        if self._before is not None:
            if _in_foreground():
                with contextlib.suppress(termios.error, OSError):
                    termios.tcsetattr(0, termios.TCSANOW, self._before)
            self._before = None

    def _on_suspend(self, _number: int, _frame: FrameType | None) -> None:
        self._give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._on_suspend)

    def _on_continue(self, _number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(termios.error, OSError):
            if termios.tcgetattr(0)[3] & termios.ICANON:  # its shell has reset it
                self._before = None
        self._take()
        self.came_back = True


def _is_terminal() -> bool:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return sys.stdin.isatty() and sys.stdin.fileno() == 0
    return False


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
