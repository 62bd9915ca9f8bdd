"""Many numbers to a few hundred, so that a picture of them looks the same.

Every bucket keeps its smallest and its largest value (the idea of M4: Jugel et al., "M4: A
Visualization-Oriented Time Series Data Aggregation", VLDB 2014), so that one spike among 100,000
values is still there. NaN and infinities are results: a bucket keeps the first of them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Bools: TypeAlias = "NDArray[np.bool_]"

BUCKETS = 150
"""Buckets of a series: its picture has at most 3 * BUCKETS + 2 points, usually 2 * BUCKETS."""


def reduce_series(x: Floats, y: Floats, *, buckets: int = BUCKETS) -> tuple[Floats, Floats]:
    """Return the points of a series that its picture needs, by rising ``x``.

    Buckets are equally wide in ``x``. Kept: the first and the last point, and of each bucket the
    smallest and the largest finite ``y`` and the first ``y`` that is not finite. Points whose ``x``
    is not finite have no place and are left out. A short series comes back whole.

    Args:
        x: Positions. Shape (N,), any order.
        y: Values; NaN and infinities allowed. Shape (N,).
        buckets: How many buckets, at least 1.
    """
    placed = np.isfinite(x)
    order = np.argsort(x[placed], kind="stable")
    x, y = x[placed][order], y[placed][order]
    if len(x) <= 2 * buckets:
        return x, y
    bucket = _buckets(x, buckets)
    finite = np.isfinite(y)
    kept = [np.array([0, len(x) - 1]), _first_of_each(np.flatnonzero(~finite), bucket)]
    candidates = np.flatnonzero(finite)
    by_value = candidates[np.lexsort((y[candidates], bucket[candidates]))]
    kept += [_first_of_each(by_value, bucket), _first_of_each(by_value[::-1], bucket)]
    index = np.unique(np.concatenate(kept))
    return x[index], y[index]


def reduce_matrix(
    x: Floats, values: Floats, defined: Bools, *, columns: int, keep: str = "max"
) -> tuple[Floats, Bools]:
    """Return rows of measured values as ``columns`` cells each, equally wide in ``x``.

    A cell holds the largest value measured within it (``keep="min"``: the smallest), NaN if one of
    them is not finite; a cell without a measurement holds the one before it. A cell is undefined
    when all that it would show is.

    Args:
        x: When the values were measured, finite and rising. Shape (T,).
        values: Shape (R, T).
        defined: Which values exist. Shape (R, T).
        columns: How many cells a row gets, at least 1.
        keep: ``max`` or ``min``.

    Returns:
        Values and which of them are defined, each of shape (R, columns).
    """
    if not len(x):
        return np.full((len(values), columns), np.nan), np.zeros((len(values), columns), bool)
    bucket = _buckets(x, columns)
    starts = np.flatnonzero(np.diff(bucket, prepend=-1))
    finite = defined & np.isfinite(values)
    sign = -1.0 if keep == "min" else 1.0
    best = sign * np.maximum.reduceat(np.where(finite, sign * values, -np.inf), starts, axis=1)
    spoilt = np.logical_or.reduceat(defined & ~np.isfinite(values), starts, axis=1)
    exists = np.logical_or.reduceat(defined, starts, axis=1)
    held = np.searchsorted(bucket[starts], np.arange(columns), side="right") - 1
    return np.where(spoilt, np.nan, best)[:, held], exists[:, held]


def _buckets(x: Floats, count: int) -> NDArray[np.intp]:
    span = x[-1] - x[0]
    if not span > 0:
        return np.zeros(len(x), np.intp)
    return np.minimum((x - x[0]) / span * count, count - 1).astype(np.intp)


def _first_of_each(index: NDArray[np.intp], bucket: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the entries of ``index`` that begin a run of equal buckets."""
    return index[np.diff(bucket[index], prepend=-1) != 0]
