"""The slope at the end of a noisy, autocorrelated curve, with an interval that allows for both."""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import NDArray

from paramdyn.analysis.verdict.intervals import CONFIDENCE, Interval, undefined

BLOCKS = 8
FEWEST_RECORDS = 10
_METHOD = "least squares on means of blocks"


def slope_interval(
    steps: NDArray[np.float64], values: NDArray[np.float64], *, confidence: float = CONFIDENCE
) -> Interval:
    """Return the slope of ``values`` over ``steps`` with its confidence interval.

    Neighbouring records are correlated, so a plain regression is far too sure of itself. The
    records are cut into 8 blocks of equal length (5 to 8 below 16 records), whose means are nearly
    independent when the blocks are longer than the correlation, and a line is fitted to the means:
    Student's t with blocks - 2 degrees of freedom.

    Args:
        steps: Increasing. Shape: (N,).
        values: Shape: (N,).
        confidence: In (0, 1).

    Returns:
        The slope per step; n is the number of records. Undefined for fewer than 10 records and
        values that are not finite.

    Reference:
        Law & Kelton, "Simulation Modeling and Analysis", on batch means.
    """
    n = len(steps)
    if n < FEWEST_RECORDS:
        found = f"{n} record{'s' * (n != 1)}"
        return undefined(f"{found}: a slope needs {FEWEST_RECORDS}", n, _METHOD)
    if not np.isfinite(values).all():
        return undefined("a value is not finite", n, _METHOD)
    count = min(BLOCKS, n // 2)
    x, y = (
        np.array([block.mean() for block in np.array_split(each.astype(np.float64), count)])
        for each in (steps, values)
    )
    away = x - x.mean()
    spread = float((away**2).sum())
    if spread == 0:
        return undefined("all records are of one step", n, _METHOD)
    slope = float((away * y).sum()) / spread
    rest = y - y.mean() - slope * away
    error = math.sqrt(float((rest**2).sum()) / (count - 2) / spread)
    reach = float(scipy.stats.t.ppf((1 + confidence) / 2, count - 2)) * error
    return Interval(slope, slope - reach, slope + reach, n, _METHOD)
