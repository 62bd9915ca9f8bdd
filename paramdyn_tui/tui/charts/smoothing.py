"""Smooth lines that grow with their records."""

from __future__ import annotations

import math

import numpy as np

from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.charts.growing import Growing, goes_on

WEIGHTS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
"""Weights that a key goes through."""
BLOCK = 32
"""Values of the recurrence that one row of a product of matrices does at once."""


def next_weight(weight: float, by: int) -> float:
    """Return the weight so many steps further on among ``WEIGHTS``, none beyond its ends.

    >>> next_weight(0.0, 1), next_weight(0.9, -1), next_weight(0.999, 1), next_weight(0.93, 1)
    (0.5, 0.8, 0.999, 0.95)
    """
    higher = [each for each in WEIGHTS if each > weight]
    lower = [each for each in WEIGHTS if each < weight]
    if by > 0:
        return higher[min(by, len(higher)) - 1] if higher else weight
    if by < 0:
        return lower[max(by, -len(lower))] if lower else weight
    return weight


class Smoother:
    """An exponential average without its start-up bias, continued where it ended.

    The same numbers as ``plotting.smoothing.smoothed``, for a series that is appended to.

    Args:
        weight: The weight w of s = w s + (1 - w) v, divided by 1 - w^n after n values so that it
            does not start at zero (Kingma & Ba, "Adam", ICLR 2015, section 3); 0 to below 1.
    """

    def __init__(self, weight: float) -> None:
        if not 0.0 <= weight < 1.0:
            raise ValueError(f"weight is {weight}, 0 to below 1 was expected")
        self.weight = weight
        self._seen: Floats = np.empty(0)
        self._smooth: Growing[np.float64] = Growing(np.float64)
        self._state, self._count = 0.0, 0

    def update(self, y: Floats) -> Floats:
        """Return the smooth values of a series, of which only what is new is looked at.

        Args:
            y: All values, those known before unchanged; another series is done from its start.
                Values that are not finite stay as they are and are left out. Shape (N,).

        Returns:
            Shape (N,), read-only; later updates leave it as it is.
        """
        if not goes_on(self._seen, y):
            self._begin()
        fresh = y[len(self._seen) :]
        if len(fresh):
            self._smooth.append(self._continued(fresh))
            self._seen = y
        shown = self._smooth.values
        shown.flags.writeable = False
        return shown

    def _begin(self) -> None:
        self._seen, self._smooth = np.empty(0), Growing(np.float64)
        self._state, self._count = 0.0, 0

    def _continued(self, y: Floats) -> Floats:
        finite = np.isfinite(y)
        values = y if finite.all() else y[finite]
        if not len(values) or self.weight == 0.0:
            return y
        state = recurrence((1.0 - self.weight) * values, self.weight, self._state)
        numbers = np.arange(self._count + 1, self._count + len(values) + 1)
        self._state, self._count = float(state[-1]), self._count + len(values)
        state /= -np.expm1(numbers * math.log(self.weight))
        if len(values) == len(y):
            return state
        smooth = y.copy()
        smooth[finite] = state
        return smooth


def recurrence(inputs: Floats, decay: float, state: float) -> Floats:
    """Return s = decay s + v for each value v in turn. Shape (N,), as ``inputs``.

    Blocks are done as rows of a matrix, and what each hands on to the next by the same recurrence
    over blocks: no loop over values, and no power of ``decay`` that could overflow.

    Args:
        inputs: The values v. Shape (N,).
        decay: 0 to below 1.
        state: The s before the first.
    """
    whole = len(inputs) // BLOCK * BLOCK
    out = np.empty(len(inputs))
    if whole > BLOCK:
        powers = decay ** np.arange(BLOCK + 1.0)
        lag = np.subtract.outer(np.arange(BLOCK), np.arange(BLOCK))
        inside = inputs[:whole].reshape(-1, BLOCK) @ np.where(lag >= 0, powers[np.abs(lag)], 0.0).T
        handed = recurrence(inside[:, -1].copy(), float(powers[-1]), state)
        inside += np.append(state, handed[:-1])[:, None] * powers[1:]
        out[:whole] = inside.ravel()
        state = float(handed[-1])
    else:
        whole = 0
    for index, value in enumerate(inputs[whole:].tolist(), start=whole):
        state = decay * state + value
        out[index] = state
    return out
