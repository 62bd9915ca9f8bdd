"""Rows of values over time as columns of cells."""

from __future__ import annotations

import numpy as np

from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.chart import Heat
from paramdyn_tui.tui.charts.pieces import column_edges
from paramdyn_tui.tui.charts.viewport import Viewport


def column_values(heat: Heat, view: Viewport, columns: int) -> tuple[Floats, Bools, Bools]:
    """Return what each cell shows.

    A cell holds the largest (``keep="min"``: the smallest) value recorded within its time, NaN if
    one of them is not finite; a cell without a record holds what was recorded last before it. After
    the last record, and before the first, there is nothing.

    Args:
        heat: R rows.
        view: What is shown.
        columns: Cells a row has, C.

    Returns:
        Values, which of them are defined, and for which cells anything is recorded; shape (R, C).
    """
    shape = (len(heat.values), columns)
    bounds = np.searchsorted(heat.x, column_edges(view, columns))
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    before, last = int(bounds[0]) - 1, int(bounds[-1])
    starts = bounds[filled]
    if before >= 0:  # what was recorded before the left edge still holds there
        starts = np.append(before, starts)
        filled = np.append(-1, filled)
    if not len(starts) or not len(heat.values):
        nothing = np.zeros(shape, bool)
        return np.full(shape, np.nan), nothing, nothing
    values, defined = heat.values[:, :last], heat.defined[:, :last]
    finite = defined & np.isfinite(values)
    sign = -1.0 if heat.keep == "min" else 1.0
    best = sign * np.maximum.reduceat(np.where(finite, sign * values, -np.inf), starts, axis=1)
    spoilt = np.logical_or.reduceat(defined & ~np.isfinite(values), starts, axis=1)
    exists = np.logical_or.reduceat(defined, starts, axis=1)
    held = np.searchsorted(filled, np.arange(columns), side="right") - 1
    end = columns if last < len(heat.x) else int(filled[-1]) + 1
    there = (held >= 0) & (np.arange(columns) < end)
    held = np.maximum(held, 0)
    return (
        np.where(spoilt, np.nan, best)[:, held],
        exists[:, held] & there,
        np.broadcast_to(there, shape),
    )
