"""A series that knows the extremes of every part of itself, and grows by appending.

Each level holds the smallest and the largest finite value of every ``FAN`` entries of the level
below. The extremes of any range come from at most ``2 * FAN`` entries a level, so that a picture
costs the same for a thousand records and for a hundred million.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.charts.growing import Growing, goes_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAN = 16
STEPS = np.arange(FAN)[:, None]


class Pyramid:
    """Extremes of a series.

    Memory: an eighth of the values', beyond the series itself, which is not copied.

    Args:
        x: Positions. Shape (N,).
        y: Values; NaN and infinities are left out of the extremes and remembered. Shape (N,).
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        self._begin()
        self.update(x, y)

    def _begin(self) -> None:
        self.x: Floats = np.empty(0)
        self.y: Floats = np.empty(0)
        self.rises = True
        """Whether positions never fall and are all finite: only then do columns find records."""
        self._lows: list[Growing[np.float64]] = []
        self._highs: list[Growing[np.float64]] = []
        self._lost: Growing[np.intp] = Growing(np.intp)

    def __len__(self) -> int:
        return len(self.y)

    def update(self, x: Floats, y: Floats) -> None:
        """Take in what was appended to the series; another series is taken in whole.

        Args:
            x: All positions. Shape (N,).
            y: All values, those known before unchanged. Shape (N,).
        """
        size = min(len(x), len(y))
        x, y = x[:size], y[:size]
        known = len(self.y)
        if not (goes_on(self.x, x) and goes_on(self.y, y)):
            self._begin()
            known = 0
        if size == known:
            return
        tail = x[max(known - 1, 0) :]
        self.rises = (
            self.rises
            and bool((tail[1:] >= tail[:-1]).all())
            and bool(np.isfinite(tail[0]) and np.isfinite(tail[-1]))
        )
        fresh = y[known:]
        self._lost.append(np.flatnonzero(~np.isfinite(fresh)) + known)
        self.x, self.y = x, y
        self._grow(known)

    def lost_between(self, start: int, end: int) -> NDArray[np.intp]:
        """Return the indices from ``start`` to before ``end`` whose values are not finite."""
        lost: NDArray[np.intp] = self._lost.values
        return lost[np.searchsorted(lost, start) : np.searchsorted(lost, end)]

    def extremes(self, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return the smallest and the largest finite value of each range of indices.

        Args:
            starts: First index of each range. Shape (R,).
            ends: The index after the last, above ``starts``. Shape (R,).

        Returns:
            Shape (R,) each; plus and minus infinity where no value is finite.
        """
        low, high = self._outer(0, starts, ends)
        live = np.arange(len(starts))
        start, end = starts, ends
        for level in range(1, len(self._lows) + 1):
            start, end = -(-start // FAN), end // FAN
            inside = end > start
            if not inside.any():
                break
            if not inside.all():
                live, start, end = live[inside], start[inside], end[inside]
            below, above = self._outer(level, start, end)
            low[live] = np.minimum(low[live], below)
            high[live] = np.maximum(high[live], above)
        return low, high

    def _outer(
        self, level: int, start: NDArray[np.intp], end: NDArray[np.intp]
    ) -> tuple[Floats, Floats]:
        """Return the extremes of the outermost entries of ranges of a level, ``FAN`` a side.

        What they leave out is whole entries of the level above; some may be taken twice.
        """
        last = end - 1
        taken = np.concatenate([np.minimum(start + STEPS, last), np.maximum(last - STEPS, start)])
        if level:
            lows, highs = self._lows[level - 1].values, self._highs[level - 1].values
            return lows.take(taken).min(axis=0), highs.take(taken).max(axis=0)
        values = self.y.take(taken)
        if not len(self._lost.values):
            return values.min(axis=0), values.max(axis=0)
        finite = np.isfinite(values)
        return (
            np.where(finite, values, np.inf).min(axis=0),
            np.where(finite, values, -np.inf).max(axis=0),
        )

    def _grow(self, known: int) -> None:
        """Bring every level up to date; ``known`` records were there before."""
        lows: Floats
        highs: Floats
        level, size = 0, len(self.y)
        while size > FAN:
            if level == len(self._lows):
                self._lows.append(Growing(np.float64))
                self._highs.append(Growing(np.float64))
                known = 0
            first = known // FAN  # the block that was not full is done again
            if level == 0:
                part = self.y[first * FAN :]
                finite = np.isfinite(part)
                lows, highs = np.where(finite, part, np.inf), np.where(finite, part, -np.inf)
            else:
                lows = self._lows[level - 1].values[first * FAN :]
                highs = self._highs[level - 1].values[first * FAN :]
            starts = np.arange(0, len(lows), FAN)
            self._lows[level].replace_from(first, np.minimum.reduceat(lows, starts))
            self._highs[level].replace_from(first, np.maximum.reduceat(highs, starts))
            known, size, level = first, -(-size // FAN), level + 1
