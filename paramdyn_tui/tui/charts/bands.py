"""Bands around lines, as dots."""

from __future__ import annotations

import numpy as np

from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.chart import ChartLine
from paramdyn_tui.tui.charts.pieces import column_edges
from paramdyn_tui.tui.charts.viewport import Viewport


def shaded(line: ChartLine, view: Viewport, columns: int, rows: int, *, filled: bool) -> Bools:
    """Return the dots of the band around a line.

    Args:
        line: With a band; where an edge of it is NaN the band has a gap.
        view: What is shown, with known edges.
        columns: Columns of dots, C.
        rows: Rows of dots, R.
        filled: Whether the band is filled with a fine grain; else only its edges are drawn, since
            without colour the grain would hide the line.

    Returns:
        Shape (C, R).
    """
    if line.low is None or line.high is None or not len(line.x):
        return np.zeros((columns, rows), bool)
    edges = column_edges(view, columns)
    low = _per_column(line.x, line.low, edges, np.fmin)
    high = _per_column(line.x, line.high, edges, np.fmax)
    up = 1.0 - np.arange(rows) / max(rows - 1, 1)
    half = 0.5 / max(rows - 1, 1)
    below, above = view.up(low)[:, None] - half, view.up(high)[:, None] + half
    inside: Bools = (up >= below) & (up <= above)
    if not filled:
        return inside & ((up < below + 2 * half) | (up > above - 2 * half))
    inside[:, 1::2] = False
    inside[1::2, ::4] = inside[::2, 2::4] = False
    return inside


def _per_column(x: Floats, values: Floats, edges: Floats, extreme: np.ufunc) -> Floats:
    """Return the outermost value within each column; between records, on the way. Shape (C,)."""
    centres = (edges[1:] + edges[:-1]) / 2
    shown: Floats = np.interp(centres, x, values, left=np.nan, right=np.nan)
    bounds = np.searchsorted(x, edges)
    there = np.flatnonzero(bounds[1:] > bounds[:-1])
    if len(there):
        recorded: Floats = extreme.reduceat(values[: bounds[-1]], bounds[there])
        shown[there] = extreme(shown[there], recorded)
    return shown
