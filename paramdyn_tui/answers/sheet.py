"""What an answer is written on: how wide it is, and whether it takes colours."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from paramdyn_tui.plotting.frame import DIM
from paramdyn_tui.plotting.raster import heading, paint

WIDEST_PROSE = 100
"""Longer lines are hard to read, however wide the terminal is."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """How an answer is wanted.

    Attributes:
        width: Characters a line has, at least 40.
        height: Lines of the terminal: what a picture may take.
        color: Whether escape sequences are welcome.
        details: Whether tables that a first look can do without are wanted.
    """

    width: int = 80
    height: int = 24
    color: bool = False
    details: bool = False

    def bold(self, text: str) -> str:
        """Return ``text`` in bold, where that is possible."""
        return heading(text, color=self.color)

    def dim(self, text: str) -> str:
        """Return ``text`` fainter, where that is possible."""
        return self.ink(text, DIM)

    def ink(self, text: str, code: int) -> str:
        """Return ``text`` in a colour of the 256-colour table, where that is possible."""
        return paint(text, foreground=code) if self.color and text else text

    def prose(self, text: str, *, first: str = "", rest: str | None = None) -> list[str]:
        """Return a paragraph as lines between words; none is cut but a word longer than a line.

        Args:
            text: The paragraph.
            first: What the first line begins with.
            rest: What the others begin with; spaces as wide as ``first`` if not given.
        """
        lines = textwrap.wrap(
            text.replace(" %", "\u00a0%"),
            min(self.width, WIDEST_PROSE),
            initial_indent=first,
            subsequent_indent=" " * len(first) if rest is None else rest,
            break_on_hyphens=False,
        )
        return [line.replace("\u00a0", " ") for line in lines]
