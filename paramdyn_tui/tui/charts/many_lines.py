"""Many lines to pieces at once: every record is looked at, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.pieces import FAR, Pieces, Places, column_places, crossings
from paramdyn_tui.tui.charts.viewport import Viewport

MANY = 4
"""Lines from which on it is worth asking whether they share their positions."""
IN_CACHE = 1 << 16
"""Records that are looked at together where lines share their positions."""
SHORT = 8
"""Records a column up to which it is faster to take the first of all columns, then the second."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """Where records, one after another, are cut into P pieces.

    Attributes:
        starts: The first record of each piece. Shape (P,).
        finals: The last one. Shape (P,).
        column: As in ``Pieces``, as are all that follow.
    """

    starts: Places
    finals: Places
    column: Places
    joined: Bools
    crossing: Places
    leaves: Floats
    reaches: Floats


def pieces_of_many(
    lines: Sequence[tuple[Floats, Floats]], indices: Sequence[int], view: Viewport, columns: int
) -> Pieces:
    """Return the pieces of lines of any kind, looking at every record, all lines at once."""
    sizes = [min(len(x), len(y)) for x, y in lines]
    offsets = np.append(0, np.cumsum(sizes, dtype=np.intp))
    nothing, numbers = np.empty(0), np.asarray(indices, np.intp)
    y = np.concatenate([y[:size] for (_, y), size in zip(lines, sizes, strict=True)] or [nothing])
    if len(lines) >= MANY and _share_positions([x for x, _ in lines], sizes):
        x = lines[0][0][: sizes[0]]
        if _plain(x, y, np.array([0, len(x)]), view):
            return _of_common(x, y.reshape(len(lines), -1), numbers, view, columns)
    x = np.concatenate([x[:size] for (x, _), size in zip(lines, sizes, strict=True)] or [nothing])
    broken, lost = np.empty(0, np.intp), np.empty(0, np.intp)
    if not _plain(x, y, offsets, view):
        x, y, offsets, broken, lost = _sound(x, y, offsets, view, columns)
    begins = np.zeros(len(x), bool)  # where a line begins, or goes on after a gap
    begins[offsets[:-1][offsets[:-1] < len(x)]] = True
    begins[broken] = True
    cut = _cut(x, begins, view, columns)
    low, high, first, last = _summed_up(y, cut.starts, cut.finals)
    line = np.repeat(numbers, np.diff(np.searchsorted(cut.starts, offsets)))
    return Pieces(
        line, cut.column, low, high, first, last,
        cut.joined, cut.crossing, cut.leaves, cut.reaches, lost,
    )  # fmt: skip


def _share_positions(positions: Sequence[Floats], sizes: Sequence[int]) -> bool:
    """Tell whether all lines have records at the very same positions, as runs of a study have."""
    first = positions[0]
    return 0 < sizes[0] == len(first) and all(
        x is first or (size == sizes[0] == len(x) and np.array_equal(x, first))
        for x, size in zip(positions, sizes, strict=True)
    )


def _of_common(x: Floats, y: Floats, numbers: Places, view: Viewport, columns: int) -> Pieces:
    """Return the pieces of lines at the same positions: one cut does for all.

    Args:
        x: Positions, rising. Shape (N,).
        y: Values, finite. Shape (K, N).
        numbers: Of the lines. Shape (K,).
        view: What is shown.
        columns: Columns of dots.
    """
    cut = _cut(x, np.arange(len(x)) == 0, view, columns)
    lines, pieces = len(y), len(cut.starts)
    found = np.empty((4, lines, pieces))
    some = max(IN_CACHE // len(x), 1)
    for start in range(0, lines, some):
        rows = slice(start, start + some)
        found[:, rows] = _summed_up(y[rows], cut.starts, cut.finals)
    low, high, first, last = found.reshape(4, -1)
    return Pieces(
        np.repeat(numbers, pieces), np.tile(cut.column, lines), low, high, first, last,
        np.tile(cut.joined, lines),
        (cut.crossing + pieces * np.arange(lines)[:, None]).ravel(),
        np.tile(cut.leaves, lines), np.tile(cut.reaches, lines), np.empty(0, np.intp),
    )  # fmt: skip


def _cut(x: Floats, begins: Bools, view: Viewport, columns: int) -> _Cut:
    """Cut records where a line begins, and wherever the column changes."""
    places = view.across(x)
    with np.errstate(over="ignore"):
        places *= columns - 1
    rounded = places.clip(-1, columns)
    column = np.rint(rounded, out=rounded).astype(np.int32)
    new = begins.copy()
    new[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(new)
    finals = np.append(starts, len(x))[1:] - 1
    shown, joined = column[starts].astype(np.intp), ~begins[starts]
    crossing = crossings(shown, joined)
    leaves = np.clip(places[finals[crossing]], -FAR, FAR)
    reaches = np.clip(places[starts[crossing + 1]], -FAR, FAR)
    return _Cut(starts, finals, shown, joined, crossing, leaves, reaches)


def _plain(x: Floats, y: Floats, offsets: Places, view: Viewport) -> bool:
    """Tell whether positions rise and all numbers have a place; False where it is not sure."""
    if _falls(x, offsets).any():
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        finite = bool(np.isfinite(x.sum()) and np.isfinite(y.sum()))
    return finite and not (view.log_x and len(x) and x.min() <= 0)


def _falls(x: Floats, offsets: Places) -> Bools:
    """Return whether a position is below the one before it, of the same line. Shape (N - 1,)."""
    falls: Bools = x[1:] < x[:-1]
    falls[offsets[(offsets > 0) & (offsets < len(x))] - 1] = False
    return falls


def _sound(
    x: Floats, y: Floats, offsets: Places, view: Viewport, columns: int
) -> tuple[Floats, Floats, Places, Places, Places]:
    """Bring records in order, and leave out what has no place or no value.

    Returns:
        Positions and values, where each line begins, before which of them a line is broken, and
        the columns of values that are not finite.
    """
    if _falls(x, offsets).any() or np.isnan(x).any():
        owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        order = np.lexsort((x, owner))
        x, y = x[order], y[order]
    placed = np.isfinite(x) & (x > 0) if view.log_x else np.isfinite(x)
    keep = placed & np.isfinite(y)
    gone = placed & ~keep
    at = np.rint(np.clip(column_places(x[gone], view, columns), -1, columns)).astype(np.intp)
    breaks = np.cumsum(gone)[keep]
    broken = np.flatnonzero(breaks[1:] != breaks[:-1]) + 1
    kept_before = np.append(0, np.cumsum(keep))
    lost = at[(at >= 0) & (at < columns)]
    return x[keep], y[keep], kept_before[offsets], broken, lost


def _summed_up(y: Floats, starts: Places, finals: Places) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the smallest, largest, first and last value of neighbouring ranges of records.

    Args:
        y: Values. Shape (..., N).
        starts: Where ranges begin; the first at 0. Shape (P,).
        finals: The last record of each. Shape (P,).

    Returns:
        Shape (..., P) each.
    """
    first = y.take(starts, axis=-1)
    longest = int((finals - starts).max(initial=0)) + 1
    if longest > SHORT:
        low, high = (f.reduceat(y, starts, axis=-1) for f in (np.minimum, np.maximum))
        return low, high, first, y.take(finals, axis=-1)
    low, high, values, at = first.copy(), first.copy(), first, starts.copy()
    for _ in range(longest - 1):
        at += 1
        np.minimum(at, finals, out=at)
        values = y.take(at, axis=-1)
        np.minimum(low, values, out=low)
        np.maximum(high, values, out=high)
    return low, high, first, values
