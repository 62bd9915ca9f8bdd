"""Where numbers stand at the axes, and which ones: few, short, and apart from each other."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

from paramdyn_tui.plotting.raster import log_ticks, nice_ticks, tick_text
from paramdyn_tui.tui.charts.viewport import Viewport

FACTORS = (1.0, 2.0, 2.5, 5.0, 10.0)
NEAR_ZERO = 0.25
"""Share of the largest value below which the smallest one has the axis begin at zero."""
MOST = sys.float_info.max
LEAST, LARGEST = 1e-300, MOST / 10
"""Spans beyond which edges are not rounded: the steps would leave what numbers can hold."""
FINEST = 10
"""Steps in which a range is rounded out, at most."""
HALVED = 2.2
"""A longer step is not halved: the middle would be 1.125; such a range has an even number."""


def rounded_range(low: float, high: float, *, log: bool) -> tuple[float, float]:
    """Return a range with round edges around values; equal values get room on both sides.

    >>> rounded_range(0.41, 2.31, log=False), rounded_range(0.86, 0.934, log=False)
    ((0.0, 2.5), (0.86, 0.94))
    >>> rounded_range(0.03, 1.7, log=True)
    (0.02, 2.0)
    """
    if log:
        return _rounded_log(low, high)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        pad = max(abs(low), abs(high)) * 0.5 or 1.0
        low, high = max(low - pad, -MOST), min(high + pad, MOST)
        if not low < high:  # none but the smallest numbers there are
            low, high = low - 1.0, high + 1.0
    elif 0 <= low < NEAR_ZERO * high:
        low = 0.0
    elif 0 >= high > NEAR_ZERO * low:
        high = 0.0
    span = high - low
    if not LEAST < span < LARGEST:
        return low, high
    step = round_step(span / FINEST)
    while True:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if (last - first) % 2 and step / 10.0 ** math.floor(math.log10(step) + 1e-9) > HALVED:
            first, last = (first, last + 1) if first == 0 else (first - 1, last)
        if last - first <= FINEST:
            digits = max(0, 1 - math.floor(math.log10(step)))
            return round(first * step, digits), round(last * step, digits)
        step = round_step(step * 1.01)


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that is not below ``least``."""
    magnitude = 10.0 ** math.floor(math.log10(least))
    return next(f * magnitude for f in FACTORS if f * magnitude >= least * (1 - 1e-9))


def value_ticks(view: Viewport, rows: int) -> list[float]:
    """Return values for numbers at the left, rising, for so many rows of cells.

    A rounded range has a number at both edges, and at equal distances between them.
    """
    low, high = view.low, view.high
    if low is None or high is None or rows < 2:
        return []
    most = max(rows // 3, 1)
    if view.log_y:
        return log_ticks(math.log10(low), math.log10(high), max(rows * 2 // 3, 3))
    span = high - low
    if not LEAST < span < LARGEST:
        return [low, high]
    step = round_step(span / FINEST)
    parts = round(span / step)
    if abs(parts * step - span) > 1e-6 * span or abs(low / step - round(low / step)) > 1e-6:
        return nice_ticks(low, high, most + 1)
    fitting = [n for n in range(1, most + 1) if parts % n == 0 or n == 2]
    count = max(fitting, default=1)
    digits = max(0, 3 - math.floor(math.log10(step)))
    return [round(low + span * index / count, digits) for index in range(count + 1)]


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """Return numbers as short as they differ from each other.

    >>> tick_labels([0.0, 1.25, 2.5]), tick_labels([1234567.1, 1234567.2])
    (['0', '1.25', '2.5'], ['1234567.1', '1234567.2'])
    """
    labels = [tick_text(tick) for tick in ticks]
    for digits in range(7, 18):
        if len(set(labels)) == len(set(ticks)):
            break
        labels = [f"{tick:.{digits}g}" for tick in ticks]
    return labels


def position_ticks(view: Viewport, width: int) -> list[tuple[int, str]]:
    """Return numbers for a line below a chart of ``width`` cells: first cell and text of each.

    The edges come first where their numbers are short; no number touches another.
    """
    if view.log_x:
        left, right = math.log10(view.left), math.log10(view.right)
        inner = log_ticks(left, right, max(width // 6, 2))
    else:
        inner = nice_ticks(view.left, view.right, max(width // 14, 2))
    edges = [edge for edge in (view.left, view.right) if float(tick_text(edge)) == edge]
    taken: list[tuple[int, str]] = []
    for tick in [*edges, *inner]:
        share = view.share_of_x(tick)
        if not -1e-9 <= share <= 1 + 1e-9:
            continue
        text = tick_text(tick)
        start = round(share * (width - 1)) - (len(text) - 1) // 2
        start = min(max(start, 0), width - len(text) - (tick == view.right and width > 12))
        if start >= 0 and all(
            start + len(text) + 2 <= other or other + len(shown) + 2 <= start
            for other, shown in taken
        ):
            taken.append((start, text))
    return sorted(taken)


def _rounded_log(low: float, high: float) -> tuple[float, float]:
    if high / low < 1 + 1e-9:
        return max(low / 10, math.ulp(0.0)), min(high * 10, MOST)
    steps = (1, 2, 5, 10) if high / low < 1e3 else (1, 10)
    below, above = _around(low, steps), _around(high, steps)
    lower = [edge for edge in below if 0 < edge <= low * (1 + 1e-9)]
    upper = [edge for edge in above if high * (1 - 1e-9) <= edge <= MOST]
    return lower[-1] if lower else low, upper[0] if upper else high


def _around(value: float, steps: Sequence[int]) -> list[float]:
    """Return round numbers around a positive one, rising."""
    power = math.floor(math.log10(value) + 1e-12)
    return [float(f"{step}e{power}") for step in steps]
