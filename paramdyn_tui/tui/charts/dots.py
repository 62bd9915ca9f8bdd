"""Pieces of lines to dots, and dots to characters.

Every line becomes vertical runs of dots, one a column. The runs of all lines go into one table of
differences, whose running sum tells which dots are set; so the lines of a thousand runs cost as few
steps as one. Lines of a layer share a style; dots are packed into characters layer by layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramdyn_tui.plotting.canvas import BLANK, DOT_BITS
from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.pieces import Pieces, Places
from paramdyn_tui.tui.charts.viewport import Viewport

Bits = NDArray[np.uint8]

FAR_ROWS = 1e7
"""Rows beyond which a value is as good as infinitely far."""
TALL = 4
COARSE_SIGNS = np.frombuffer(" '.:|".encode("utf-32-le"), np.uint32)
"""Characters for an upper dot, a lower one, both, and both in a run that goes on (``TALL``)."""


@dataclass(frozen=True, slots=True)
class Grain:
    """How many dots a cell has across and down."""

    columns: int
    rows: int


FINE, COARSE = Grain(2, 4), Grain(1, 2)
"""Braille characters; two dots above each other, which ASCII has characters for."""


def dots_of(
    pieces: Pieces, layers: Places, count: int, view: Viewport, *, columns: int, rows: int
) -> Bools:
    """Return which dots lines set, layer by layer.

    Args:
        pieces: Of lines, cut for as many columns.
        layers: The layer of each line, below ``count``.
        count: How many layers there are, L.
        view: What is shown; ``low`` and ``high`` are known.
        columns: Columns of dots, C.
        rows: Rows of dots, R; what lies above or below the viewport is not shown.

    Returns:
        Shape (L, C, R), the first row the uppermost.
    """
    column, top, bottom, line = _runs(pieces, view, rows)
    layer = layers[line]
    place = (layer * (columns + 2) + column + 1) * (rows + 3) + 1
    size = count * (columns + 2) * (rows + 3)
    change = np.bincount(place + top, minlength=size)
    change -= np.bincount(place + bottom + 1, minlength=size)
    inside = np.cumsum(change).reshape(count, columns + 2, rows + 3)
    return inside[:, 1:-1, 1:-2] > 0


def packed(dots: Bools, grain: Grain) -> Bits:
    """Return dots as one number a cell.

    Args:
        dots: Shape (L, C, R), C and R multiples of the grain's.
        grain: ``FINE``: bits as in the braille characters. ``COARSE``: 1 above, 2 below.

    Returns:
        Shape (L, rows of cells, cells a row).
    """
    bits = np.zeros((dots.shape[0], dots.shape[1] // grain.columns, dots.shape[2] // grain.rows),
                    np.uint8)  # fmt: skip
    for row in range(grain.rows):
        for column in range(grain.columns):
            bit = DOT_BITS[row, column] if grain == FINE else np.uint8(1 << row)
            bits |= dots[:, column :: grain.columns, row :: grain.rows] * bit
    return bits.transpose(0, 2, 1)


def characters(bits: Bits, grain: Grain) -> NDArray[np.uint32]:
    """Return the character of each cell, a space where no dot is set. Shape as ``bits``, 2-D."""
    if grain == FINE:
        return np.where(bits > 0, bits + np.uint32(BLANK), np.uint32(ord(" ")))
    full = bits == 3
    onward = np.zeros(bits.shape, bool)
    onward[1:] |= bits[:-1] & 2 > 0
    onward[:-1] |= bits[1:] & 1 > 0
    return COARSE_SIGNS[np.where(full & onward, TALL, bits)]


def _runs(pieces: Pieces, view: Viewport, rows: int) -> tuple[Places, Places, Places, Places]:
    """Return vertical runs of dots: column, first and last row, and line. Shape (S,) each.

    Rows are cut to one above the first and one below the last. A run belongs to a piece, or to a
    column that a line crosses without a record in it; to its neighbour in the next column it
    reaches halfway, so that a steep line has no holes and is nowhere thicker than it must be.
    """
    values = np.stack([pieces.high, pieces.low, pieces.first, pieces.last])
    exact = np.clip((1.0 - view.up(values)) * (rows - 1), -FAR_ROWS, FAR_ROWS)
    whole = np.rint(np.clip(exact, -1, rows)).astype(np.intp)
    column, line = pieces.column, pieces.line
    top, bottom, first, last = whole
    after = np.flatnonzero(pieces.joined)
    before = after - 1
    crossed = column[after] - column[before]
    source, target, begin, finish = before, after, last[before], first[after]
    if len(crossed) and crossed.max() > 1:
        segment, node_column, node_row = _crossings(pieces, exact, after, crossed, rows)
        source, target = _ends(before, after, crossed, len(column))
        column = np.concatenate([column, node_column])
        line = np.concatenate([line, line[after][segment]])
        top, bottom = np.concatenate([top, node_row]), np.concatenate([bottom, node_row])
        begin = np.concatenate([last, node_row])[source]
        finish = np.concatenate([first, node_row])[target]
    upper, lower = np.minimum(begin, finish), np.maximum(begin, finish)
    middle = (upper + lower) >> 1
    beyond = np.minimum(middle + 1, lower)
    falls = begin <= finish
    top, bottom = top.copy(), bottom.copy()
    top[source] = np.minimum(top[source], np.where(falls, upper, beyond))
    bottom[source] = np.maximum(bottom[source], np.where(falls, middle, lower))
    top[target] = np.minimum(top[target], np.where(falls, beyond, upper))
    bottom[target] = np.maximum(bottom[target], np.where(falls, lower, middle))
    return column, top, bottom, line


def _crossings(
    pieces: Pieces, exact: Floats, after: Places, crossed: Places, rows: int
) -> tuple[Places, Places, Places]:
    """Return the columns between joined pieces: which pair, column and row. Shape (K,) each."""
    before = after - 1
    between = np.maximum(crossed - 1, 0)
    segment = np.repeat(np.arange(len(after)), between)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(between) - between, between) + 1
    column = pieces.column[before][segment] + number
    start, end = pieces.end[before], pieces.start[after]
    width = np.maximum(end - start, 1e-9)
    share = np.clip((column - start[segment]) / width[segment], 0.0, 1.0)
    begin, finish = exact[3][before], exact[2][after]
    row = begin[segment] * (1.0 - share) + finish[segment] * share
    return segment, column, np.rint(np.clip(row, -1, rows)).astype(np.intp)


def _ends(before: Places, after: Places, crossed: Places, pieces: int) -> tuple[Places, Places]:
    """Return for each step to a next column which run it leaves and which it reaches.

    Runs are numbered: first the pieces, then the columns between them in their order.
    """
    between = np.maximum(crossed - 1, 0)
    steps = between + 1
    segment = np.repeat(np.arange(len(after)), steps)
    offset = np.repeat(np.cumsum(steps) - steps, steps)
    number = np.arange(len(segment)) - offset
    node = pieces + np.repeat(np.cumsum(between) - between, steps) + number
    source = np.where(number == 0, before[segment], node - 1)
    target = np.where(number == steps[segment] - 1, after[segment], node)
    return source, target
