"""A grid of cells, each with a character and a style, that becomes rows of spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len

from paramdyn_tui.plotting.reduce import Bools
from paramdyn_tui.safe_text import printable
from paramdyn_tui.tui.cells import Picture, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPACE = ord(" ")
BLANK = 0
"""Number of the style of cells in which nothing was put."""
SHORT_GAP = 4


class Grid:
    """Cells with characters and styles, blank at first.

    Args:
        width: Cells a row has, at least 1.
        height: Rows, at least 1.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.letters: NDArray[np.uint32] = np.full((height, width), SPACE, np.uint32)
        self.styles: NDArray[np.int16] = np.zeros((height, width), np.int16)
        self._names = ["text"]
        self._numbers = {"text": 0}

    def style(self, name: str) -> int:
        """Return the number that stands for a style in ``styles``."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._names)
            self._names.append(name)
        return number

    def put(self, row: int, column: int, text: str, style: str) -> None:
        """Write text from a cell on; what is outside is cut.

        Args:
            row: From above.
            column: From the left.
            text: Each character takes one cell: ``narrow`` makes it so.
            style: Its name.
        """
        shown = text[max(-column, 0) :]
        column = max(column, 0)
        shown = shown[: max(self.width - column, 0)]
        if shown and 0 <= row < self.height:
            place = slice(column, column + len(shown))
            self.letters[row, place] = np.frombuffer(shown.encode("utf-32-le"), np.uint32)
            self.styles[row, place] = self.style(style)

    def free(self, row: int, column: int, length: int) -> bool:
        """Tell whether some cells of a row are there and blank."""
        if not (0 <= row < self.height and column >= 0 and column + length <= self.width):
            return False
        return bool((self.letters[row, column : column + length] == SPACE).all())

    def blank(self) -> Bools:
        """Return which cells are blank. Shape (height, width)."""
        return self.letters == SPACE

    def rows(self) -> Picture:
        """Return the rows as spans.

        A short gap between two spans of one style becomes part of them: fewer spans are faster to
        make and to send. A long one does not, so that what appears in it changes few cells.
        """
        text = self.letters.tobytes().decode("utf-32-le")
        flat = self.styles.ravel()
        starts = self._starts(flat)
        styles = flat[starts]
        if len(starts) > 2:
            gap = styles[1:-1] == BLANK
            gap &= (styles[:-2] == styles[2:]) & (np.diff(starts)[1:] <= SHORT_GAP)
            gap &= (starts[1:-1] % self.width > 0) & (starts[2:] % self.width > 0)
            kept = np.ones(len(starts), bool)
            kept[1:-1] &= ~gap
            kept[2:] &= ~gap
            starts, styles = starts[kept], styles[kept]
        names, width = self._names, self.width
        rows: list[list[Span]] = [[] for _ in range(self.height)]
        bounds = starts.tolist()
        for start, end, style in zip(
            bounds, [*bounds[1:], len(flat)], styles.tolist(), strict=True
        ):
            rows[start // width].append(Span(text[start:end], names[style]))
        return [tuple(row) for row in rows]

    def _starts(self, flat: NDArray[np.int16]) -> NDArray[np.intp]:
        """Return where the style changes or a row begins."""
        new = np.empty(len(flat), bool)
        new[1:] = flat[1:] != flat[:-1]
        new[:: self.width] = True
        return np.flatnonzero(new)


def narrow(text: str) -> str:
    """Return text of which each character takes one cell, safe to print."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if cell_len(each) == 1 else "?" for each in printable(text))
