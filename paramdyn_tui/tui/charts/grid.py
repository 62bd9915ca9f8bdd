"""A grid of cells, each with a character and a style, that becomes rows of spans."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from paramdyn_tui.plotting.reduce import Bools
from paramdyn_tui.safe_text import printable
from paramdyn_tui.tui.cells import Picture, Span

SPACE = ord(" ")


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
        """Write text from a cell on; what is outside is cut, wide characters become ``?``."""
        if not 0 <= row < self.height:
            return
        shown = narrow(text)[max(-column, 0) :]
        column = max(column, 0)
        shown = shown[: max(self.width - column, 0)]
        if shown:
            place = slice(column, column + len(shown))
            self.letters[row, place] = np.frombuffer(shown.encode("utf-32-le"), np.uint32)
            self.styles[row, place] = self.style(style)

    def free(self, row: int, column: int, length: int) -> bool:
        """Tell whether some cells of a row are there and blank."""
        if not (0 <= row < self.height and 0 <= column and column + length <= self.width):
            return False
        return bool((self.letters[row, column : column + length] == SPACE).all())

    def blank(self) -> Bools:
        """Return which cells are blank. Shape (height, width)."""
        return self.letters == SPACE

    def rows(self) -> Picture:
        """Return the rows as spans."""
        text = self.letters.tobytes().decode("utf-32-le")
        flat = self.styles.ravel()
        new = np.empty(len(flat), bool)
        new[1:] = flat[1:] != flat[:-1]
        new[:: self.width] = True
        starts = np.flatnonzero(new)
        bounds = [*starts.tolist(), len(flat)]
        names, width = self._names, self.width
        rows: list[list[Span]] = [[] for _ in range(self.height)]
        for index, style in enumerate(flat[starts].tolist()):
            start = bounds[index]
            rows[start // width].append(Span(text[start : bounds[index + 1]], names[style]))
        return [tuple(row) for row in rows]


def narrow(text: str) -> str:
    """Return text of which each character takes one cell, safe to print."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if cell_len(each) == 1 else "?" for each in printable(text))
