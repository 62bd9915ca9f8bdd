"""One long line to pieces: its columns are found by bisection, no record is looked at twice."""

from __future__ import annotations

import numpy as np

from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.charts.many_lines import pieces_of_many
from paramdyn_tui.tui.charts.pieces import Pieces, Places, column_edges, column_places, crossings
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.viewport import Viewport

BROKEN = 2048
"""Records that are not finite from which on a line is looked at record by record."""


def pieces_of_one(
    x: Floats, y: Floats, index: int, view: Viewport, columns: int, pyramid: Pyramid | None
) -> Pieces | None:
    """Return the pieces of one long line; None: it has to be looked at record by record."""
    if not (rises(x) if pyramid is None else pyramid.rises):
        return None
    edges = np.searchsorted(x, column_edges(view, columns))
    first = int(np.searchsorted(x, 0.0, side="right")) if view.log_x else 0
    before, after = max(int(edges[0]) - 1, first), min(int(edges[-1]) + 1, len(x))
    if after <= before:
        return pieces_of_many([], [], view, columns)
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
    column = np.searchsorted(edges, starts, side="right") - 1
    joined = np.arange(len(starts)) > 0
    gone = np.empty(0, np.intp)
    if len(lost):  # each is a range of its own, at which the line is broken
        kept = np.isfinite(y[starts])
        gone = column[~kept]
        gone = gone[(gone >= 0) & (gone < columns)]
        joined = (joined & np.append(False, kept[:-1]))[kept]
        starts, ends, column, low, high = (a[kept] for a in (starts, ends, column, low, high))
    crossing = crossings(column, joined)
    return Pieces(
        line=np.full(len(starts), index, np.intp),
        column=column,
        low=low,
        high=high,
        first=y[starts],
        last=y[ends - 1],
        joined=joined,
        crossing=crossing,
        leaves=column_places(x[ends[crossing] - 1], view, columns),
        reaches=column_places(x[starts[crossing + 1]], view, columns),
        lost=gone,
    )


def rises(x: Floats) -> bool:
    """Tell whether positions never fall, and are all finite."""
    if not len(x):
        return True
    return bool((x[1:] >= x[:-1]).all()) and bool(np.isfinite(x[0]) and np.isfinite(x[-1]))


def _lost(values: Floats) -> Places:
    """Return which values are not finite; nearly always none, which one sum tells."""
    with np.errstate(invalid="ignore", over="ignore"):
        if np.isfinite(values.sum()):
            return np.empty(0, np.intp)
    return np.flatnonzero(~np.isfinite(values))
