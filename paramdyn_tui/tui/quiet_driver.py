"""Textual's driver for Unix terminals, without its ten looks a second at a keyboard that is silent.

Those alone would take more of a core than everything else does while nothing happens. And a frame
is one piece for the thread that writes, which is woken up once for it.
"""

from __future__ import annotations

import codecs
import os
import selectors
import signal
from collections.abc import Iterator
from typing import Any

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

CHUNK_BYTES = 4096
ESCAPE_SECONDS = 0.1
"""After a key one looks again so soon: an escape that nothing follows is a key by itself."""


class QuietDriver(LinuxDriver):
    """Waits for keys as long as it takes."""

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - Textual's own
        super().__init__(*given, **more)
        self._woken, self._alarm = os.pipe()  # as long as the process: close() comes when suspended
        self._frame: list[str] = []

    def write(self, data: str) -> None:
        """Send something; of a frame nothing before its end."""
        if self._frame or data == SYNC_START:
            self._frame.append(data)
            if data != SYNC_END:
                return
            data = "".join(self._frame)
            self._frame.clear()
        super().write(data)

    def _sigcont_application(self, *given: Any) -> None:  # noqa: ANN401
        """Begin anew, after a stop that left no time to leave the terminal, too."""
        if self._auto_restart and not self._must_signal_resume:
            if os.tcgetpgrp(self.fileno) != os.getpgrp():  # bg: the terminal is not ours
                os.kill(os.getpid(), signal.SIGSTOP)
                return
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application(*given)

    def disable_input(self) -> None:
        """Take no more keys; the thread that waits for them is woken up, and has ended then."""
        if not self.exit_event.is_set():
            self.exit_event.set()
            os.write(self._alarm, b"!")
            if self._key_thread is not None:
                self._key_thread.join()
            os.read(self._woken, CHUNK_BYTES)
            self.exit_event.clear()
        super().disable_input()

    def run_input_thread(self) -> None:
        """Hand on what is typed until input is disabled or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        for data in self._typed():
            for message in parser.feed(decode(data)) if data else ():
                self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def _typed(self) -> Iterator[bytes]:
        """Yield what is typed as it comes, and nothing once when some time has passed after it."""
        with selectors.SelectSelector() as selector:
            for source in (self.fileno, self._woken):
                selector.register(source, selectors.EVENT_READ)
            seconds: float | None = ESCAPE_SECONDS
            while not self.exit_event.is_set():
                ready = [key.fd for key, _ in selector.select(seconds)]
                if self._woken in ready:
                    return
                if self.fileno not in ready:
                    seconds = None
                    yield b""
                    continue
                try:
                    data = os.read(self.fileno, CHUNK_BYTES)
                except OSError:  # its other end is closed
                    return
                if not data:
                    return
                seconds = ESCAPE_SECONDS
                yield data
