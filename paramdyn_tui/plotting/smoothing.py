"""Smooth lines: an exponential average without its start-up bias, or the mean of a window."""

from __future__ import annotations

import math

import numpy as np

from paramdyn_tui.plotting.reduce import Floats


def smoothed(values: Floats, amount: float) -> Floats:
    """Return values made smooth; those that are not finite stay as they are and are left out.

    Args:
        values: Shape (N,), N records in order.
        amount: Below 1: the weight w of an exponential average, s = w s + (1 - w) v, divided by
            1 - w^n after n values so that it does not start at zero (Kingma & Ba, "Adam",
            ICLR 2015, section 3). From 1 on: the mean of the last so many finite values.
    """
    finite = np.isfinite(values)
    smooth = values.copy()
    if amount > 0 and finite.any():
        known = values[finite]
        smooth[finite] = _average(known, amount) if amount < 1 else _window(known, int(amount))
    return smooth


def _average(values: Floats, weight: float) -> Floats:
    average = np.empty(len(values))
    state, left = 0.0, 1.0
    for index, value in enumerate(values.tolist()):
        state = weight * state + (1.0 - weight) * value
        left *= weight
        average[index] = state / (1.0 - left)
    return average


def _window(values: Floats, length: int) -> Floats:
    """Return trailing means; sums of each window by itself, so that no rounding is carried on."""
    length = min(length, len(values))
    sums = np.zeros(len(values))
    size = np.minimum(np.arange(1, len(values) + 1), length)
    if length <= math.isqrt(len(values)) + 1:
        for back in range(length):
            sums[back:] += values[: len(values) - back]
        return sums / size
    # long windows: differences of running sums around the middle, which keeps them small
    middle = float(values.mean())
    running = np.cumsum(values - middle)
    sums = running.copy()
    sums[length:] -= running[:-length]
    return sums / size + middle
