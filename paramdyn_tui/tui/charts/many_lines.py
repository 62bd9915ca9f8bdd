"""Many lines to pieces at once: every record is looked at, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.pieces import FAR, Pieces, Places, column_places, crossings
from paramdyn_tui.tui.charts.viewport import Viewport

SHORT = 8
"""Records a column up to which it is faster to take the first of all columns, then the second."""


def pieces_of_many(
    lines: Sequence[tuple[Floats, Floats]], indices: Sequence[int], view: Viewport, columns: int
) -> Pieces:
    """Return the pieces of lines of any kind, looking at every record, all lines at once."""
    sizes = [min(len(x), len(y)) for x, y in lines]
    offsets = np.append(0, np.cumsum(sizes, dtype=np.intp))
    nothing = np.empty(0)
    x = np.concatenate([x[:size] for (x, _), size in zip(lines, sizes, strict=True)] or [nothing])
    y = np.concatenate([y[:size] for (_, y), size in zip(lines, sizes, strict=True)] or [nothing])
    broken, lost = np.empty(0, np.intp), np.empty(0, np.intp)
    if not _plain(x, y, offsets, view):
        x, y, offsets, broken, lost = _sound(x, y, offsets, view, columns)
    if not len(x):
        none = np.empty(0, np.intp)
        return Pieces(
            none, none, nothing, nothing, nothing, nothing, none > 0, none, nothing, nothing, lost
        )
    places = view.across(x)
    with np.errstate(over="ignore"):
        places *= columns - 1
    rounded = places.clip(-1, columns)
    column = np.rint(rounded, out=rounded).astype(np.int32)
    begins = np.zeros(len(x), bool)  # where a line begins, or goes on after a gap
    begins[offsets[:-1][offsets[:-1] < len(x)]] = True
    begins[broken] = True
    new = begins.copy()
    new[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(new)
    finals = np.append(starts[1:], len(x)) - 1
    low, high, first, last = _summed_up(y, starts, finals)
    column, joined = column[starts].astype(np.intp), ~begins[starts]
    crossing = crossings(column, joined)
    return Pieces(
        line=np.repeat(np.asarray(indices, np.intp), np.diff(np.searchsorted(starts, offsets))),
        column=column,
        low=low,
        high=high,
        first=first,
        last=last,
        joined=joined,
        crossing=crossing,
        leaves=np.clip(places[finals[crossing]], -FAR, FAR),
        reaches=np.clip(places[starts[crossing + 1]], -FAR, FAR),
        lost=lost,
    )


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
    """Return the smallest, largest, first and last value of neighbouring ranges.

    Args:
        y: Values. Shape (N,).
        starts: Where ranges begin; the first at 0. Shape (P,).
        finals: The last index of each. Shape (P,).
    """
    first = y[starts]
    longest = int((finals - starts).max()) + 1
    if longest > SHORT:
        low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
        return low, high, first, y[finals]
    low, high, values, at = first.copy(), first.copy(), first, starts.copy()
    for _ in range(longest - 1):
        at += 1
        np.minimum(at, finals, out=at)
        values = y[at]
        np.minimum(low, values, out=low)
        np.maximum(high, values, out=high)
    return low, high, first, values
