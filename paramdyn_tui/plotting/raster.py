"""Numbers to cells of text: heatmaps with their legend and axis, and the ticks of any axis.

With colour, a cell is a space on one of nine colours of the terminal's 256 (after viridis: their
lightness rises, so they keep their order for every kind of colour vision and in print, and they
stand on light and dark backgrounds alike). Without, it is a character that is darker the larger
the value.
"""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.safe_text import SGR

if TYPE_CHECKING:
    from numpy.typing import NDArray

PALETTE = (53, 55, 25, 31, 36, 78, 149, 185, 227)
"""Codes of the 256-colour table, dark to light."""
DENSITY = " .:-=+*#%@"
UNDEFINED, NOT_FINITE = -1, -2
UNDEFINED_SIGN, NOT_FINITE_SIGN = "?", "!"


class Scale(NamedTuple):
    """Which values the cells tell apart.

    Attributes:
        low: What the lowest level stands for.
        high: What the highest level stands for.
        log: Whether levels are equal ratios rather than equal differences. Values of zero and less
            have no logarithm and are on the lowest level.
    """

    low: float
    high: float
    log: bool = False

    def levels(self, values: Floats, defined: Bools, count: int) -> NDArray[np.int8]:
        """Return the level (0 to ``count`` - 1) of each value, or UNDEFINED or NOT_FINITE."""
        finite = defined & np.isfinite(values)
        shown = np.where(finite, np.clip(values, self.low, self.high), self.low)
        low, high = self.low, self.high
        if self.log:
            shown, low, high = np.log10(shown), math.log10(low), math.log10(high)
        span = high - low
        level = (shown - low) / span * count if span > 0 else np.zeros(values.shape)
        level = np.clip(level, 0, count - 1).astype(np.int8)
        return np.where(finite, level, np.where(defined, NOT_FINITE, UNDEFINED)).astype(np.int8)


def scale_of(values: Floats, defined: Bools, *, log: bool = False) -> Scale | None:
    """Return the scale from the smallest to the largest finite value; None when there is none."""
    shown = values[defined & np.isfinite(values)]
    shown = shown[shown > 0] if log else shown
    return Scale(float(shown.min()), float(shown.max()), log) if len(shown) else None


def paint(text: str, *, foreground: int | None = None, background: int | None = None) -> str:
    """Return ``text`` in colours of the 256-colour table."""
    codes = [f"38;5;{foreground}"] if foreground is not None else []
    codes += [f"48;5;{background}"] if background is not None else []
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes and text else text


def heading(text: str, *, color: bool) -> str:
    """Return ``text`` in bold where escape sequences are welcome."""
    return f"\x1b[1m{text}\x1b[0m" if color and text else text


def headings(text: str, width: int, *, color: bool) -> list[str]:
    """Return ``text`` as a heading, folded where it is longer than a line."""
    folded = textwrap.wrap(text, width, break_on_hyphens=False)
    return [heading(line, color=color) for line in folded]


def pad(text: str, width: int) -> str:
    """Return ``text`` with spaces up to ``width`` characters, escape sequences not counted."""
    return text + " " * (width - len(strip_colors(text)))


def strip_colors(text: str) -> str:
    """Return ``text`` without escape sequences."""
    return SGR.sub("", text)


def wrapped(entries: Iterable[str], width: int) -> list[str]:
    """Return entries in lines, none of them broken."""
    lines: list[str] = []
    for entry in entries:
        length = len(strip_colors(entry))
        if lines and len(strip_colors(lines[-1])) + 3 + length <= width:
            lines[-1] += f"   {entry}"
        else:
            lines.append(entry if length <= width else strip_colors(entry)[:width])
    return lines


def cells(levels: Sequence[int], *, color: bool) -> str:
    """Return one row of levels as text, as long as there are levels."""
    parts = []
    for level, run in itertools.groupby(levels):
        length = len(list(run))
        if level == UNDEFINED:
            sign = UNDEFINED_SIGN * length
            parts.append(paint(sign, foreground=244) if color else sign)
        elif level == NOT_FINITE:
            sign = NOT_FINITE_SIGN * length
            parts.append(paint(sign, foreground=231, background=160) if color else sign)
        else:
            parts.append(
                paint(" " * length, background=PALETTE[level]) if color else DENSITY[level] * length
            )
    return "".join(parts)


def legend(scale: Scale, *, color: bool) -> str:
    """Return the levels between the smallest and the largest value."""
    count = len(PALETTE if color else DENSITY)
    return f"{number(scale.low, 3)} {cells(range(count), color=color)} {number(scale.high, 3)}"


def heatmap(
    labels: Sequence[str],
    values: Floats,
    defined: Bools,
    *,
    scale: Scale | None,
    extent: tuple[float, float],
    axis: str,
    width: int,
    color: bool,
) -> list[str]:
    """Return a heatmap as lines: one a row with its label and its last value, then the axis.

    Args:
        labels: One for each row; shortened where they would leave less than half of the width.
        values: Shape (R, C) with C = ``heatmap_columns(labels, width)``.
        defined: Shape (R, C).
        scale: Values of the first and the last level; None when no value is finite.
        extent: Positions of the left and the right edge.
        axis: What runs from left to right.
        width: Characters a line has.
        color: Whether escape sequences are welcome.
    """
    margin = label_width(labels, axis, width)
    levels = (scale or Scale(0.0, 0.0)).levels(values, defined, len(PALETTE if color else DENSITY))
    lines = [
        f"{shorten(label, margin):<{margin}} {cells(row.tolist(), color=color)} "
        f"{last_value(shown, exists)}"
        for label, row, shown, exists in zip(labels, levels, values, defined, strict=True)
    ]
    ticks = tick_line(extent[0], extent[1], values.shape[1])
    return [*lines, f"{shorten(axis, margin):<{margin}} {ticks}".rstrip()]


def label_width(labels: Sequence[str], axis: str, width: int) -> int:
    """Return how many characters the labels at the left get."""
    return min(max(map(len, [*labels, axis])), max(width * 3 // 10, 4))


def heatmap_columns(labels: Sequence[str], axis: str, width: int) -> int:
    """Return how many cells a row of a heatmap of that width has."""
    return max(width - label_width(labels, axis, width) - 2 - VALUE_WIDTH, 1)


VALUE_WIDTH = 8


def last_value(values: Floats, defined: Bools) -> str:
    """Return the last value of a row for the column at its right, at most VALUE_WIDTH wide."""
    if not len(values) or not defined[-1]:
        return "undef."
    return short_number(float(values[-1]), 2)


def short_number(value: float, digits: int) -> str:
    """Return a number in at most VALUE_WIDTH characters."""
    text = number(value, digits)
    return text if len(text) <= VALUE_WIDTH else f"{value:.0e}"


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most ``most`` round numbers (1, 2 or 5 times a power of ten) in [low, high].

    >>> nice_ticks(0, 20, 5), nice_ticks(0.13, 0.92, 4)
    ([0.0, 5.0, 10.0, 15.0, 20.0], [0.2, 0.4, 0.6, 0.8])
    """
    span = high - low
    if not span > 0 or not math.isfinite(span) or most < 1:
        return [low]
    magnitude = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1, 2, 5, 10, 20, 50):
        step = factor * magnitude
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    digits = max(0, -math.floor(math.log10(step)))
    return [round(index * step, digits) for index in range(first, last + 1)]


def log_ticks(low: float, high: float, most_rows: int) -> list[float]:
    """Return powers of ten within [low, high] (logarithms); where there are few, 1, 2, 5 times."""
    most = max(most_rows * 2 // 3, 2)
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    every = max(1, math.ceil((last - first + 1) / most))
    decades = [10.0**power for power in range(first, last + 1, every)]
    if len(decades) > 1:
        return decades
    steps = [
        factor * 10.0**power
        for power in range(first - 1, last + 2)
        for factor in (1, 2, 5)
        if low - 1e-9 <= math.log10(factor * 10.0**power) <= high + 1e-9
    ]
    return steps if 1 < len(steps) <= most else nice_ticks(10.0**low, 10.0**high, most)


def tick_text(value: float) -> str:
    """Return a tick's number, as short as it is exact to six digits."""
    return f"{value:.6g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def tick_line(low: float, high: float, width: int) -> str:
    """Return the numbers under an axis of ``width`` cells, each begun or centred at its place."""
    ticks = nice_ticks(low, high, max(width // 9, 2))
    line = [" "] * width
    free = 0
    for tick in ticks:
        text = tick_text(tick)
        place = round((tick - low) / (high - low) * (width - 1)) if high > low else 0
        start = min(max(place - len(text) // 2, 0), width - len(text))
        if start >= free:
            line[start : start + len(text)] = text
            free = start + len(text) + 1
    return "".join(line).rstrip()
