"""A few lines on a terminal, drawn over themselves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO

from paramdyn_tui.cli import output
from paramdyn_tui.safe_text import printable

BOLD, GREEN, CYAN, DIM = "1", "32", "36", "2"

Line = Sequence[tuple[str, str]]
"""Texts with their styles, one after another."""


class Painter:
    """Draws lines, and draws the next ones in their place.

    Args:
        stream: The terminal.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lengths: list[int] = []
        self._shown: tuple[object, ...] = ()

    def size(self) -> tuple[int, int]:
        """Return columns and rows of the terminal; 80 and 24 when it does not tell."""
        try:
            columns, rows = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            columns, rows = 0, 0
        return columns or int(os.environ.get("COLUMNS") or 80), rows or 24

    def paint(self, lines: Sequence[Line]) -> None:
        """Show ``lines`` where the last ones were; nothing is written when they are the same.

        Nor is anything written while another job has the terminal.

        Raises:
            OSError: The terminal is gone.
        """
        if self._in_background():
            self.forget()
            return
        columns, _ = self.size()
        lines = [[(self._shown_as(part), style) for part, style in line] for line in lines]
        shown = (columns, *(tuple(line) for line in lines))
        if shown == self._shown:
            return
        # a terminal that became narrower has broken the old lines
        up = sum(max(-(-length // columns), 1) for length in self._lengths)
        text = f"\r\x1b[{up}A" if up else "\r"
        for line in lines:
            # cleared first: after a line as wide as the terminal its last character would go
            text += "\x1b[K" + "".join(_styled(part, style) for part, style in line) + "\n"
        self._stream.write(text + "\x1b[J")
        self._stream.flush()
        self._shown = shown
        self._lengths = [sum(len(part) for part, _ in line) for line in lines]

    def _shown_as(self, text: str) -> str:
        return output.fit_for(self._stream, printable(text))

    def forget(self) -> None:
        """Draw the next lines below what is on the screen, not over the last ones."""
        self._lengths, self._shown = [], ()

    def _in_background(self) -> bool:
        """Tell whether another job than this one has the terminal."""
        try:
            return os.tcgetpgrp(self._stream.fileno()) != os.getpgrp()
        except (OSError, ValueError, AttributeError):  # it is nobody's terminal, or none at all
            return False


def _styled(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text
