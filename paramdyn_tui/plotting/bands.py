"""Mean and spread over runs that differ by chance only, and the difference of two of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paramdyn.store.query.groups import t_quantile
from paramdyn_tui.plotting.reduce import Floats

CONFIDENCE = 0.95
INTERVAL, DEVIATION = "interval", "deviation"


@dataclass(frozen=True, slots=True)
class Band:
    """Mean and interval at each position that any run has.

    Attributes:
        x: Shape (N,).
        mean: Of the runs that have a finite value there; NaN where one is not finite. Shape (N,).
        low: Where the band begins; NaN with fewer than two runs. Shape (N,).
        high: Where it ends. Shape (N,).
        runs: How many runs there are at each position. Shape (N,).
    """

    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    runs: Floats


def band_of(curves: Sequence[tuple[Floats, Floats]], *, spread: str = INTERVAL) -> Band:
    """Return the mean of some curves, with a band around it.

    The curves are interpolated at the positions of all of them, each within its own first and
    last position; where fewer are left, it is the mean of fewer.

    Args:
        curves: Positions, rising, and values, of one run each. Shape (N_i,) each.
        spread: ``interval``: the band is the 95 % interval of the mean by Student's t, which tells
            how sure the mean is. ``deviation``: mean plus and minus the standard deviation, which
            tells how far runs lie apart.
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
        deviation = np.sqrt(squares / np.maximum(runs - 1, 1))
        if spread == INTERVAL:
            quantiles = [math.nan, math.nan, *map(t_quantile, range(1, len(curves)))]
            half = np.array(quantiles)[runs] * deviation / np.sqrt(runs)
        else:
            half = np.where(runs > 1, deviation, math.nan)
    return Band(grid, mean, mean - half, mean + half, runs.astype(float))


def difference_of(
    curve: tuple[Floats, Floats], base: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return a curve less the base, interpolated, at the curve's positions where both are.

    Args:
        curve: Positions, rising, and values. Shape (N,) each.
        base: As above. Shape (M,) each.
    """
    x, y = curve
    if not len(x) or not len(base[0]):
        return np.empty(0), np.empty(0)
    inside = (x >= base[0][0]) & (x <= base[0][-1])
    with np.errstate(invalid="ignore", over="ignore"):
        return x[inside], y[inside] - _between(x[inside], *base)


def _between(grid: Floats, x: Floats, y: Floats) -> Floats:
    """Interpolate; exact at known positions, also beside values that are not finite."""
    with np.errstate(invalid="ignore"):
        values: Floats = np.interp(grid, x, y)
    place = np.minimum(np.searchsorted(x, grid), len(x) - 1)
    exact = x[place] == grid
    values[exact] = y[place[exact]]
    return values
