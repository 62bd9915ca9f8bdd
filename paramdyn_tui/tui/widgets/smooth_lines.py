"""Smoothed curves that grow with the curves: only what was added is averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from paramdyn_tui.plotting.reduce import Floats

FORGOTTEN_AFTER = 256
"""Curves that are kept; the one that was asked for longest ago goes first."""


class Smoother:
    """Exponential averages without start-up bias, as ``plotting.smoothing`` defines them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, float], _Average] = {}

    def smooth(self, key: str, values: Floats, weight: float) -> Floats:
        """Return the average of a curve; the same array while the curve is the same.

        Args:
            key: Names the curve; another one under the same key is averaged from its start.
            values: Shape (N,). What is not finite stays as it is and is left out.
            weight: 0 or more and below 1; 0 returns the values.
        """
        if weight <= 0 or not len(values):
            return values
        average = self._known.pop((key, weight), None)
        if average is None or not average.begins(values):
            average = _Average(weight)
        self._known[key, weight] = average  # the newest at the end
        while len(self._known) > FORGOTTEN_AFTER:
            del self._known[next(iter(self._known))]
        return average.of(values)


class _Average:
    def __init__(self, weight: float) -> None:
        self._weight = weight
        self._state, self._left = 0.0, 1.0
        self._values = np.empty(0)
        self._smooth = np.empty(0)

    def begins(self, values: Floats) -> bool:
        """Tell whether a curve goes on from the one that was averaged, by its ends."""
        size = len(self._values)
        if size > len(values):
            return False
        at = [0, size // 2, size - 1] if size else []
        return bool(np.array_equal(self._values[at], values[at], equal_nan=True))

    def of(self, values: Floats) -> Floats:
        """Return the averages of a curve that goes on from the last one."""
        added = values[len(self._values) :]
        if len(added):
            self._smooth = np.concatenate([self._smooth, self._averaged(added)])
            self._values = values
        return self._smooth

    def _averaged(self, values: Floats) -> Floats:
        weight, state, left = self._weight, self._state, self._left
        finite = np.isfinite(values)
        smooth = values.copy()
        found: list[float] = []
        for value in values[finite].tolist():
            state = weight * state + (1.0 - weight) * value
            left *= weight
            found.append(state / (1.0 - left))
        smooth[finite] = found
        self._state, self._left = state, left
        return smooth
