"""Pieces of lines to dots, and dots to characters.

Every line becomes vertical runs of dots, one a column. The runs of all lines go into one table of
differences, whose running sum tells which dots are set; so the lines of a thousand runs cost as few
steps as one. Lines of a layer share a style; dots are packed into characters layer by layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from paramdyn_tui.plotting.canvas import BLANK, DOT_BITS
from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.pieces import Pieces, Places
from paramdyn_tui.tui.charts.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bits: TypeAlias = "NDArray[np.uint8]"
Rows: TypeAlias = "NDArray[np.int32]"

IN_CACHE = 1 << 14
"""Pieces up to which four numbers of each are taken at once: fewer calls, and no more to hold."""
FAR_ROWS = 1e7
"""Rows beyond which a value is as good as infinitely far."""
TALL = 4
COARSE_SIGNS = np.frombuffer(" '.:|".encode("utf-32-le"), np.uint32)
"""Characters for an upper dot, a lower one, both, and both in a run that goes on (``TALL``)."""


LEFT, RIGHT = (
    np.array([sum(int(DOT_BITS[row, column]) for row in range(4) if four >> row & 1)
              for four in range(16)], np.uint8)
    for column in (0, 1)
)  # fmt: skip
"""Bits of a braille character for the four dots of its left and of its right column."""


class Grain(NamedTuple):
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
    place = (layers * (columns + 2) + 1)[line] + column  # columns beside the visible ones, too
    size = count * (columns + 2)
    if not len(place) or np.bincount(place, minlength=size).max() > 1:
        inside = _summed(place, top, bottom, size, rows)
    else:  # one run a column, as a single line has: comparing is faster than summing
        first, last = np.full(size, rows), np.full(size, -1)
        first[place], last[place] = top, bottom
        row = np.arange(rows)
        inside = (row >= first[:, None]) & (row <= last[:, None])
    return np.ascontiguousarray(inside.reshape(count, columns + 2, rows)[:, 1:-1])


def _summed(place: Places, top: Rows, bottom: Rows, size: int, rows: int) -> Bools:
    """Return which dots any number of runs set. Shape (size, rows)."""
    start = place * (rows + 3) + 1
    change = np.bincount(start + top, minlength=size * (rows + 3))
    change -= np.bincount(start + bottom + 1, minlength=size * (rows + 3))
    return np.cumsum(change).reshape(size, rows + 3)[:, 1:-2] > 0


def packed(dots: Bools, grain: Grain) -> Bits:
    """Return dots as one number a cell.

    Args:
        dots: Shape (L, C, R) in the usual order, C and R multiples of the grain's.
        grain: ``FINE``: bits as in the braille characters. ``COARSE``: 1 above, 2 below.

    Returns:
        Shape (L, rows of cells, cells a row).
    """
    if grain == COARSE:
        pair = dots.view("<u2")
        return ((pair | pair >> 7) & 3).astype(np.uint8).transpose(0, 2, 1)
    four = dots.view("<u4")  # four dots of a column, a byte each, to four bits
    four = (four * np.uint32(1 << 24 | 1 << 17 | 1 << 10 | 1 << 3)) >> np.uint32(24)
    four &= np.uint32(15)
    return (LEFT[four[:, ::2]] | RIGHT[four[:, 1::2]]).transpose(0, 2, 1)


def characters(bits: Bits, grain: Grain) -> NDArray[np.uint32]:
    """Return the character of each cell, a space where no dot is set. Shape as ``bits``, 2-D."""
    if grain == FINE:
        return np.where(bits > 0, bits + np.uint32(BLANK), np.uint32(ord(" ")))
    full = bits == 3
    onward = np.zeros(bits.shape, bool)
    onward[1:] |= bits[:-1] & 2 > 0
    onward[:-1] |= bits[1:] & 1 > 0
    return COARSE_SIGNS[np.where(full & onward, TALL, bits)]


def _runs(pieces: Pieces, view: Viewport, rows: int) -> tuple[Places, Rows, Rows, Places]:
    """Return vertical runs of dots: column, first and last row, and line. Shape (S,) each.

    Rows are cut to one above the first and one below the last. A run belongs to a piece, or to a
    column that a line crosses without a record in it.
    """
    values = (pieces.high, pieces.low, pieces.first, pieces.last)
    if len(pieces.line) < IN_CACHE:
        top, bottom, first, last = _whole(_exact(np.stack(values), view, rows), rows)
    else:
        top, bottom, first, last = (_whole(_exact(each, view, rows), rows) for each in values)
    column, line = pieces.column, pieces.line
    near = pieces.joined[1:].copy()
    near[pieces.crossing] = False
    _meet((top[:-1], bottom[:-1]), (top[1:], bottom[1:]), last[:-1], first[1:], where=near)
    before, after = pieces.crossing, pieces.crossing + 1
    if not len(before):
        return column, top, bottom, line
    crossing, between, height = _crossed(pieces, view, rows)
    row = _whole(height, rows)
    node_top, node_bottom = row.copy(), row.copy()
    _meet((node_top[:-1], node_bottom[:-1]), (node_top[1:], node_bottom[1:]), row[:-1], row[1:],
          where=crossing[1:] == crossing[:-1])  # fmt: skip
    entry = np.flatnonzero(np.diff(crossing, prepend=-1))
    exit_ = np.append(entry[1:], len(crossing)) - 1
    for piece, node, begin in ((before, entry, last[before]), (after, exit_, first[after])):
        own, other = (top[piece], bottom[piece]), (node_top[node], node_bottom[node])
        _meet(own, other, begin, row[node])
        (top[piece], bottom[piece]), (node_top[node], node_bottom[node]) = own, other
    return (
        np.concatenate([column, between]),
        np.concatenate([top, node_top]),
        np.concatenate([bottom, node_bottom]),
        np.concatenate([line, line[before][crossing]]),
    )


def _exact(values: Floats, view: Viewport, count: int) -> Floats:
    """Return values as rows of dots, 0 the centre of the uppermost. Any shape."""
    rows = view.up(values)
    with np.errstate(over="ignore"):
        rows *= 1 - count
    rows += count - 1
    return rows


def _whole(rows: Floats, count: int) -> Rows:
    inside = rows.clip(-1, count)
    return np.rint(inside, out=inside).astype(np.int32)


def _meet(
    one: tuple[Rows, Rows],
    other: tuple[Rows, Rows],
    begin: Rows,
    finish: Rows,
    where: Bools | bool = True,
) -> None:
    """Extend runs in neighbouring columns, in place, halfway to each other.

    So a steep line has no holes, and is nowhere thicker than it must be.

    Args:
        one: First and last rows of runs. Shape (N,) each.
        other: Those in the columns beside them.
        begin: Rows of the first runs at which lines leave them. Shape (N,).
        finish: Rows at which they reach the others.
        where: Which runs are joined. Shape (N,).
    """
    upper, lower = np.minimum(begin, finish), np.maximum(begin, finish)
    middle = (upper + lower) >> 1
    beyond = np.minimum(middle + 1, lower)
    falls = begin <= finish
    for (top, bottom), reached in (
        (one, np.where(falls, middle, beyond)),
        (other, np.where(falls, beyond, middle)),
    ):
        np.minimum(top, reached, out=top, where=where)
        np.maximum(bottom, reached, out=bottom, where=where)


def _crossed(pieces: Pieces, view: Viewport, rows: int) -> tuple[Places, Places, Floats]:
    """Return the columns that lines cross without a record.

    Returns:
        Which crossing, the column, and the row as a fraction; shape (K,) each.
    """
    before, after = pieces.crossing, pieces.crossing + 1
    counts = pieces.column[after] - pieces.column[before] - 1
    crossing = np.repeat(np.arange(len(before)), counts)
    number = np.arange(len(crossing)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    column = pieces.column[before][crossing] + number
    width = np.maximum(pieces.reaches - pieces.leaves, 1e-9)
    share = np.clip((column - pieces.leaves[crossing]) / width[crossing], 0.0, 1.0)
    ends = _exact(np.stack([pieces.last[before], pieces.first[after]]), view, rows)
    begin, finish = np.clip(ends, -FAR_ROWS, FAR_ROWS)
    return crossing, column, begin[crossing] * (1.0 - share) + finish[crossing] * share
