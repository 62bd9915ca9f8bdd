"""Lines cut at the edges of columns of dots: what of them a picture can show, and nothing less.

Within a column a line covers all between its smallest and its largest value there; from one column
to the next it goes from the last value of the one to the first value of the other. Those four
numbers draw the very picture that all of its records would (the idea of M4: Jugel et al., "M4: A
Visualization-Oriented Time Series Data Aggregation", VLDB 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.viewport import Viewport

Places: TypeAlias = NDArray[np.intp]

FAR = 1e9
"""Columns beyond which a position is as good as infinitely far."""
LONG = 2048
"""Records from which on a line is reduced by itself, its columns found by bisection."""
BROKEN = 2048
"""Records that are not finite from which on a line is looked at record by record."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """P parts of lines, each within one column, in the order of lines and of their records.

    Attributes:
        line: Which line each is of. Shape (P,).
        column: From 0 to the number of columns - 1; -1 and that number: outside. Shape (P,).
        low: The smallest value. Shape (P,).
        high: The largest value. Shape (P,).
        first: The first value. Shape (P,).
        last: The last value. Shape (P,).
        start: Position of the first, in columns. Shape (P,).
        end: Position of the last, in columns. Shape (P,).
        joined: Whether the line goes on from the piece before. Shape (P,).
        lost: Columns of values that are not finite, inside. Shape (M,).
    """

    line: Places
    column: Places
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    start: Floats
    end: Floats
    joined: Bools
    lost: Places


def pieces_of(
    lines: Sequence[tuple[Floats, Floats]],
    view: Viewport,
    columns: int,
    pyramids: Sequence[Pyramid | None] = (),
) -> Pieces:
    """Return the pieces of lines that a viewport shows, and of each the nearest beside it.

    Args:
        lines: Positions and values. Shape (N,) each. Records whose position is not finite have no
            place; on a logarithmic scale, neither have those at zero and below.
        view: What is shown; only its horizontal part counts.
        columns: Columns of dots, at least 1.
        pyramids: For each line its pyramid, if it has one.
    """
    parts: list[Pieces] = []
    small: list[int] = []
    for index, (x, y) in enumerate(lines):
        pyramid = pyramids[index] if pyramids else None
        whole = None
        if len(x) == len(y) >= LONG:
            whole = _of_one(x, y, index, view, columns, pyramid)
        if whole is None:
            small.append(index)
        else:
            parts.append(whole)
    if small or not parts:
        parts.append(_of_many([lines[index] for index in small], small, view, columns))
    return parts[0] if len(parts) == 1 else _together(parts)


def column_edges(view: Viewport, columns: int) -> Floats:
    """Return where columns begin, and where the last one ends. Shape (columns + 1,).

    The centres of the first and of the last column are at the edges of the viewport.
    """
    shares = (np.arange(columns + 1) - 0.5) / max(columns - 1, 1)
    if not view.log_x:
        return view.left * (1.0 - shares) + view.right * shares
    left, right = np.log10(view.left), np.log10(view.right)
    edges: Floats = 10.0 ** (left * (1.0 - shares) + right * shares)
    return edges


def column_places(x: Floats, view: Viewport, columns: int) -> Floats:
    """Return positions in columns, 0 the centre of the first; far ones cut. Any shape."""
    return np.clip(view.across(x) * max(columns - 1, 1), -FAR, FAR)


def rises(x: Floats) -> bool:
    """Tell whether positions never fall, and are all finite."""
    if not len(x):
        return True
    return bool((x[1:] >= x[:-1]).all()) and bool(np.isfinite(x[0]) and np.isfinite(x[-1]))


def _of_one(
    x: Floats, y: Floats, index: int, view: Viewport, columns: int, pyramid: Pyramid | None
) -> Pieces | None:
    """Return the pieces of one long line; None: it has to be looked at record by record."""
    if not (rises(x) if pyramid is None else pyramid.rises):
        return None
    edges = np.searchsorted(x, column_edges(view, columns))
    first = int(np.searchsorted(x, 0.0, side="right")) if view.log_x else 0
    np.maximum(edges, first, out=edges)
    before, after = max(int(edges[0]) - 1, first), min(int(edges[-1]) + 1, len(x))
    if after <= before:
        return _of_many([], [], view, columns)
    visible = y[before:after]
    lost = _lost(visible) + before if pyramid is None else pyramid.lost_between(before, after)
    if len(lost) > BROKEN:
        return None
    bounds = np.concatenate([[before], edges, [after]])
    if len(lost):
        bounds = np.sort(np.concatenate([bounds, lost, lost + 1]))
    starts, ends = bounds[:-1], bounds[1:]
    there = ends > starts
    starts, ends = starts[there], ends[there]
    if pyramid is None:
        low = np.minimum.reduceat(visible, starts - before)
        high = np.maximum.reduceat(visible, starts - before)
    else:
        low, high = pyramid.extremes(starts, ends)
    pieces = Pieces(
        line=np.full(len(starts), index, np.intp),
        column=np.searchsorted(edges, starts, side="right") - 1,
        low=low,
        high=high,
        first=y[starts],
        last=y[ends - 1],
        start=column_places(x[starts], view, columns),
        end=column_places(x[ends - 1], view, columns),
        joined=np.arange(len(starts)) > 0,
        lost=np.empty(0, np.intp),
    )
    return _without_lost(pieces, columns) if len(lost) else pieces


def _lost(values: Floats) -> Places:
    """Return which values are not finite; nearly always none, which one sum tells."""
    with np.errstate(invalid="ignore", over="ignore"):
        if np.isfinite(values.sum()):
            return np.empty(0, np.intp)
    return np.flatnonzero(~np.isfinite(values))


def _without_lost(pieces: Pieces, columns: int) -> Pieces:
    """Take out the pieces of one value that is not finite; the line is broken there."""
    kept = np.isfinite(pieces.first)
    column = pieces.column[~kept]
    joined = pieces.joined & np.append(False, kept[:-1])
    return _chosen(pieces, kept, joined, column[(column >= 0) & (column < columns)])


def _chosen(pieces: Pieces, kept: Bools, joined: Bools, lost: Places) -> Pieces:
    return Pieces(
        pieces.line[kept], pieces.column[kept], pieces.low[kept], pieces.high[kept],
        pieces.first[kept], pieces.last[kept], pieces.start[kept], pieces.end[kept],
        joined[kept], lost,
    )  # fmt: skip


def _of_many(
    lines: Sequence[tuple[Floats, Floats]], indices: Sequence[int], view: Viewport, columns: int
) -> Pieces:
    """Return the pieces of lines of any kind, looking at every record, all lines at once."""
    sizes = [min(len(x), len(y)) for x, y in lines]
    nothing = np.empty(0)
    x = np.concatenate([x[:size] for (x, _), size in zip(lines, sizes, strict=True)] or [nothing])
    y = np.concatenate([y[:size] for (_, y), size in zip(lines, sizes, strict=True)] or [nothing])
    owner = np.repeat(np.asarray(indices, np.intp), sizes)
    joined = np.append(False, owner[1:] == owner[:-1])[: len(x)]
    lost = np.empty(0, np.intp)
    placed = np.isfinite(x) & (x > 0) if view.log_x else np.isfinite(x)
    keep = placed & np.isfinite(y)
    if not keep.all():
        broken = placed & ~keep
        at = np.rint(column_places(x[broken], view, columns)).astype(np.intp)
        lost = at[(at >= 0) & (at < columns)]
        breaks = np.cumsum(broken)[keep]
        x, y, owner = x[keep], y[keep], owner[keep]
        joined = np.append(False, (owner[1:] == owner[:-1]) & (breaks[1:] == breaks[:-1]))[: len(x)]
    places = column_places(x, view, columns)
    column = np.clip(np.rint(places), -1, columns).astype(np.intp)
    new = ~joined
    new[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(x))[: len(starts)] - 1
    return Pieces(
        line=owner[starts],
        column=column[starts],
        low=np.minimum.reduceat(y, starts) if len(starts) else nothing,
        high=np.maximum.reduceat(y, starts) if len(starts) else nothing,
        first=y[starts],
        last=y[ends],
        start=places[starts],
        end=places[ends],
        joined=joined[starts],
        lost=lost,
    )


def _together(parts: Sequence[Pieces]) -> Pieces:
    return Pieces(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("line", "column", "low", "high", "first", "last", "start", "end",
                         "joined", "lost")
        )
    )  # fmt: skip
