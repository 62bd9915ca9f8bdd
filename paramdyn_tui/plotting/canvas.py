"""Dots and characters on a grid of cells: what charts are drawn on.

With fine dots a cell has two columns and four rows of them (the braille characters); with a sign,
a line is drawn in whole cells. Positions are shares of the canvas: (0, 0) is the lower left corner,
(1, 1) the upper right one. A cell shows one thing: a character that was put there, else the last
line through it, else shading, else what lies below (marks and reference lines). So nothing ever
hides a line but a character put on it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from paramdyn_tui.plotting.raster import paint
from paramdyn_tui.plotting.reduce import Bools, Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOT_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint8)
"""Bit of a braille character for a dot by its row and column."""
DOT_ROWS, DOT_COLUMNS = DOT_BITS.shape
BLANK = 0x2800
NO_INK = -1

Cells: TypeAlias = "NDArray[np.int32]"
Places: TypeAlias = "NDArray[np.intp]"


class Canvas:
    """A grid of cells.

    Args:
        width: Cells a row has, at least 1.
        height: Rows, at least 1.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._put, self._over = self._layer(), self._layer()
        self._shade, self._under = self._layer(), self._layer()

    def line(self, x: Floats, y: Floats, joined: Bools, *, color: int, sign: str = "") -> None:
        """Draw a line through points, in the order given.

        Args:
            x: Shares of the width. Shape (N,).
            y: Shares of the height. Shape (N,).
            joined: Whether each point is joined to the one before it. Shape (N,).
            color: Code of the 256-colour table.
            sign: Draws whole cells; nothing draws fine dots.
        """
        if not len(x):
            return
        fine = not sign
        columns, rows = self._dot_places(x, y) if fine else self.cells(x, y)
        columns, rows = _walk(columns, rows, joined)
        if fine:
            self._dots(self._over, columns, rows, color)
        else:
            self._signs(self._over, columns, rows, sign, color)

    def shade(self, x: Floats, low: Floats, high: Floats, *, color: int) -> None:
        """Fill what lies between two lines with sparse dots.

        Args:
            x: Shares of the width, rising. Shape (N,).
            low: Shares of the height; NaN leaves a gap. Shape (N,).
            high: As ``low``.
            color: Code of the 256-colour table.
        """
        known = np.isfinite(low) & np.isfinite(high)
        if not known.any():
            return
        count, rows = self.width * DOT_COLUMNS, self.height * DOT_ROWS
        at = np.arange(count) / max(count - 1, 1)
        inside = (at >= x[known][0] - 1e-9) & (at <= x[known][-1] + 1e-9)
        lows, highs = np.interp(at, x, low), np.interp(at, x, high)
        up = 1.0 - np.arange(rows)[:, None] / max(rows - 1, 1)
        half = 0.5 / rows
        filled = (up >= lows - half) & (up <= highs + half) & inside
        filled[1::2] = False  # every second row, every second column, shifted: a fine grain
        filled[::4, ::2] = filled[2::4, 1::2] = False
        places = np.nonzero(filled)
        self._dots(self._shade, places[1], places[0], color)

    def edges(self, x: Floats, low: Floats, high: Floats, *, color: int) -> None:
        """Draw the two edges of a band as dots, one in each cell that they pass.

        Without colour a filled band would hide the lines in it.

        Args:
            x: As in ``shade``.
            low: As in ``shade``.
            high: As in ``shade``.
            color: Code of the 256-colour table.
        """
        known = np.isfinite(low) & np.isfinite(high)
        if not known.any():
            return
        joined: Bools = np.append(False, known[:-1])[known]
        for values in (low, high):
            columns, rows = _walk(*self._dot_places(x[known], values[known]), joined)
            cells = rows // DOT_ROWS * self.width + columns // DOT_COLUMNS
            first = np.unique(cells, return_index=True)[1]
            self._dots(self._shade, columns[first], rows[first], color)

    def column(self, x: float, sign: str, *, color: int) -> None:
        """Draw a vertical line of signs, where nothing else is."""
        place = int(self.cells(np.array([x]), np.zeros(1))[0][0])
        self._under[0][:, place], self._under[1][:, place] = ord(sign), color

    def row(self, y: float, sign: str, *, color: int) -> None:
        """Draw a horizontal line of signs, where nothing else is."""
        place = int(self.cells(np.zeros(1), np.array([y]))[1][0])
        self._under[0][place], self._under[1][place] = ord(sign), color

    def put(self, x: Floats, y: Floats, sign: str, *, color: int) -> None:
        """Put a sign on the cells of points. Shape (N,) each."""
        columns, rows = self.cells(x, y)
        self._signs(self._put, columns, rows, sign, color)

    def lines(self, *, color: bool) -> list[str]:
        """Return the rows as text, as wide as the canvas."""
        letters = np.full((self.height, self.width), ord(" "), np.int32)
        ink = np.full((self.height, self.width), NO_INK, np.int32)
        for codes, inks in (self._under, self._shade, self._over, self._put):
            shown = codes > 0
            letters[shown], ink[shown] = codes[shown], inks[shown]
        if not color:
            return ["".join(map(chr, row)) for row in letters.tolist()]
        return [_painted(*row) for row in zip(letters.tolist(), ink.tolist(), strict=True)]

    def _layer(self) -> tuple[Cells, Cells]:
        """Return characters (0: none) and their colours."""
        shape = (self.height, self.width)
        return np.zeros(shape, np.int32), np.full(shape, NO_INK, np.int32)

    def cells(self, x: Floats, y: Floats) -> tuple[Places, Places]:
        """Return the columns and rows of the cells in which points lie, from the upper left."""
        columns, rows = self._dot_places(x, y)
        return columns // DOT_COLUMNS, rows // DOT_ROWS

    def _dot_places(self, x: Floats, y: Floats) -> tuple[Places, Places]:
        """Return the columns and rows of dots; what is outside lies at the edge."""
        columns, rows = self.width * DOT_COLUMNS - 1, self.height * DOT_ROWS - 1
        across = np.clip(np.rint(x * columns), 0, columns)
        down = np.clip(np.rint((1.0 - y) * rows), 0, rows)
        return across.astype(np.intp), down.astype(np.intp)

    @staticmethod
    def _dots(layer: tuple[Cells, Cells], columns: Places, rows: Places, color: int) -> None:
        codes, ink = layer
        cells = rows // DOT_ROWS, columns // DOT_COLUMNS
        signs = (codes[cells] > 0) & (codes[cells] < BLANK)
        codes[cells] = np.where(signs | (codes[cells] == 0), BLANK, codes[cells])
        bits = DOT_BITS[rows % DOT_ROWS, columns % DOT_COLUMNS].astype(np.int32)
        np.bitwise_or.at(codes, cells, bits)
        ink[cells] = color

    @staticmethod
    def _signs(
        layer: tuple[Cells, Cells],
        columns: Places,
        rows: Places,
        sign: str,
        color: int,
    ) -> None:
        layer[0][rows, columns], layer[1][rows, columns] = ord(sign), color


def _walk(columns: Places, rows: Places, joined: Bools) -> tuple[Places, Places]:
    """Return every place on the way from each point to the next one that is joined to it."""
    from_column, from_row = np.roll(columns, 1), np.roll(rows, 1)
    alone = ~joined
    alone[0] = True
    from_column, from_row = np.where(alone, columns, from_column), np.where(alone, rows, from_row)
    steps = np.maximum(np.abs(columns - from_column), np.abs(rows - from_row))
    count = steps + 1
    segment = np.repeat(np.arange(len(columns)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    share = within / np.maximum(steps, 1)[segment]
    across = from_column[segment] + share * (columns - from_column)[segment]
    down = from_row[segment] + share * (rows - from_row)[segment]
    return np.rint(across).astype(np.intp), np.rint(down).astype(np.intp)


def _painted(letters: list[int], inks: list[int]) -> str:
    parts = []
    for ink, run in itertools.groupby(zip(letters, inks, strict=True), key=lambda pair: pair[1]):
        text = "".join(chr(letter) for letter, _ in run)
        parts.append(text if ink == NO_INK else paint(text, foreground=ink))
    return "".join(parts)
