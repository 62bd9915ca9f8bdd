"""Mean and interval over runs that differ by chance only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paramdyn.store.run_groups import t_quantile
from paramdyn_tui.plotting.reduce import Floats

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Band:
    """Mean and interval at each position that any run has.

    Attributes:
        x: Shape (N,).
        mean: Of the runs that have a finite value there; NaN where one is not finite. Shape (N,).
        low: Lower end of the 95 % interval of the mean; NaN with fewer than two runs. Shape (N,).
        high: Its upper end.
        runs: How many runs there are at each position. Shape (N,).
    """

    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    runs: Floats


def band_of(curves: Sequence[tuple[Floats, Floats]]) -> Band:
    """Return the mean of some curves, with the interval of Student's t.

    The curves are interpolated at the positions of all of them, each within its own first and
    last position; where fewer are left, it is the mean of fewer.

    Args:
        curves: Positions, rising, and values, of one run each. Shape (N_i,) each.
    """
    curves = [(x, y) for x, y in curves if len(x)]
    if not curves:
        empty = np.empty(0)
        return Band(empty, empty, empty, empty, empty)
    grid = np.unique(np.concatenate([x for x, _ in curves]))
    values = np.full((len(curves), len(grid)), np.nan)
    there = np.zeros(values.shape, bool)
    for index, (x, y) in enumerate(curves):
        inside = (grid >= x[0]) & (grid <= x[-1])
        there[index] = inside
        values[index, inside] = _between(grid[inside], x, y)
    runs = there.sum(axis=0)
    known = np.where(there, values, 0.0)
    with np.errstate(invalid="ignore"):
        mean = known.sum(axis=0) / runs
        squares = np.where(there, (values - mean) ** 2, 0.0).sum(axis=0)
        error = np.sqrt(squares / np.maximum(runs - 1, 1) / runs)
    quantile = np.array([math.nan, math.nan, *map(t_quantile, range(1, len(curves)))])[runs]
    return Band(grid, mean, mean - quantile * error, mean + quantile * error, runs.astype(float))


def _between(grid: Floats, x: Floats, y: Floats) -> Floats:
    """Interpolate; exact at known positions, also beside values that are not finite."""
    with np.errstate(invalid="ignore"):
        values: Floats = np.interp(grid, x, y)
    place = np.minimum(np.searchsorted(x, grid), len(x) - 1)
    exact = x[place] == grid
    values[exact] = y[place[exact]]
    return values
