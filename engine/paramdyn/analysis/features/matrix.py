"""The matrix of unit correlations as it is shown: sorted as matched, and small enough to see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paramdyn.analysis.similarity.features import Array
from paramdyn.analysis.similarity.matching import Indices

MOST_CELLS = 256
"""Rows and columns of a matrix that is handed out; a larger one is put together in blocks."""


@dataclass(frozen=True, slots=True, eq=False)
class SortedMatrix:
    """Correlations with matched pairs on the diagonal, strongest first.

    Attributes:
        values: Shape (R, C); of each block the r of the largest |r|, with its sign.
        block: Units of a side of a block; 1 where every correlation is there.
        rows: Units along the rows: matched ones, then the rest.
        columns: Units along the columns.
        matched: Pairs on the diagonal.
    """

    values: Array
    block: int
    rows: int
    columns: int
    matched: int


def sorted_matrix(
    correlations: Array, rows: Indices, columns: Indices, *, most: int = MOST_CELLS
) -> SortedMatrix:
    """Return correlations sorted as matched, reduced by blocks where there are too many.

    Args:
        correlations: Shape (units of X, units of Y).
        rows: Matched units of X.
        columns: Their partners.
        most: Rows and columns at most.
    """
    order = np.argsort(-np.abs(correlations[rows, columns]), kind="stable")
    down = np.append(rows[order], np.setdiff1d(np.arange(correlations.shape[0]), rows))
    across = np.append(columns[order], np.setdiff1d(np.arange(correlations.shape[1]), columns))
    values = correlations[np.ix_(down, across)]
    block = -(-max(values.shape) // most) if values.size else 1
    shown = values if block <= 1 else block_extremes(values, block)
    return SortedMatrix(shown, block, len(down), len(across), len(order))


def block_extremes(values: Array, block: int) -> Array:
    """Return the value of the largest size of each block of ``block`` x ``block``.

    The last row and column of blocks are smaller where the sides are no multiples.
    """
    edges = [np.arange(0, side, block) for side in values.shape]
    high = np.maximum.reduceat(np.maximum.reduceat(values, edges[0], 0), edges[1], 1)
    low = np.minimum.reduceat(np.minimum.reduceat(values, edges[0], 0), edges[1], 1)
    return np.where(high >= -low, high, low)
