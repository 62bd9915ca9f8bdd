"""One-to-one matchings of the rows and columns of a matrix of weights: optimal and greedy."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from paramdyn.analysis.similarity.features import Array

ROUNDS = 24  # about log(r) are enough for a random matrix; ties can make it one pair a round

Indices = NDArray[np.intp]


def match_hungarian(weights: Array) -> tuple[Indices, Indices]:
    """Return the matching of the largest total weight: rows, ascending, and their columns.

    Args:
        weights: Finite. Shape (r, c). min(r, c) pairs are matched.

    Reference:
        Crouse, "On implementing 2D rectangular assignment algorithms", IEEE TAES 2016.
    """
    rows, columns = scipy.optimize.linear_sum_assignment(weights, maximize=True)
    return np.asarray(rows, dtype=np.intp), np.asarray(columns, dtype=np.intp)


def match_greedy(weights: Array) -> tuple[Indices, Indices]:
    """Return the matching that takes the largest weight left again and again.

    Among equal weights the first row, then the first column, comes first. Instead of one pair at a
    time, every pair that is the best of its row and of its column is taken at once: greedy takes
    it sooner or later, because nothing that it takes before touches that row or column. What many
    ties or a monotone order leave over is sorted and walked through.

    Args:
        weights: Finite. Shape (r, c). min(r, c) pairs are matched.

    Returns:
        Rows, ascending, and their columns.
    """
    rows, columns = np.arange(weights.shape[0]), np.arange(weights.shape[1])
    partner = np.full(weights.shape[0], -1, dtype=np.intp)
    left = weights
    for _ in range(ROUNDS):
        if not left.size:
            break
        best_column, best_row = left.argmax(axis=1), left.argmax(axis=0)
        chosen = best_row[best_column] == np.arange(len(rows))
        partner[rows[chosen]] = columns[best_column[chosen]]
        stays = np.ones(len(columns), dtype=bool)
        stays[best_column[chosen]] = False
        left = left[np.ix_(~chosen, stays)]
        rows, columns = rows[~chosen], columns[stays]
    for row, column in _walk(left):
        partner[rows[row]] = columns[column]
    matched = np.flatnonzero(partner >= 0)
    return matched, partner[matched]


def _walk(weights: Array) -> list[tuple[int, int]]:
    """Return the greedy pairs by going through all weights in descending order."""
    if not weights.size:
        return []
    order = np.argsort(-weights, axis=None, kind="stable")
    free_rows, free_columns = bytearray(b"\1") * len(weights), bytearray(b"\1") * weights.shape[1]
    found = []
    for index in order.tolist():
        row, column = divmod(index, len(free_columns))
        if free_rows[row] and free_columns[column]:
            free_rows[row] = free_columns[column] = 0
            found.append((row, column))
            if len(found) == min(weights.shape):
                break
    return found
