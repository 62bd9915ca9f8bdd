"""Numbers, durations and small pictures as text: what both the commands and the application show.

Pure functions, no terminal: who prints decides about colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = "_.-=+*#@"
NOTHING = "-"


def number(value: float | None, digits: int = 4) -> str:
    """Return ``value`` with ``digits`` significant digits; None is ``-``.

    >>> number(0.31241), number(1.2e-7), number(12345.6), number(None)
    ('0.3124', '1.2e-07', '12,346', '-')
    """
    if value is None:
        return NOTHING
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def count(value: int) -> str:
    """Return a whole number with its thousands apart.

    >>> count(6946816)
    '6,946,816'
    """
    return f"{value:,}"


def short_count(value: float) -> str:
    """Return a count in at most five characters, for a narrow place.

    >>> short_count(62006), short_count(11181642), short_count(139611210), short_count(980)
    ('62.0k', '11.2M', '140M', '980')
    """
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size * 0.9995:
            scaled = value / size
            return f"{scaled:.0f}{unit}" if scaled >= 99.95 else f"{scaled:.1f}{unit}"
    return f"{value:.0f}"


def byte_size(size: int) -> str:
    """Return a number of bytes in the unit that suits it.

    >>> byte_size(980), byte_size(62006), byte_size(44770000)
    ('980 B', '62.0 kB', '44.8 MB')
    """
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} B"


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share of one as a percentage that never rounds something to nothing or to all.

    >>> percent(0.6213), percent(0.0), percent(1e-6), percent(0.999999), percent(1.0)
    ('62.1%', '0.0%', '<0.1%', '>99.9%', '100.0%')
    """
    if share is None:
        return NOTHING
    if not math.isfinite(share):
        return f"{share:g}"
    least = 10.0**-digits
    hundred = 100.0 * share
    if 0 < hundred < least:
        return f"<{least:.{digits}f}%"
    if 100 - least < hundred < 100:
        return f">{100 - least:.{digits}f}%"
    return f"{hundred:.{digits}f}%"


def duration(seconds: float | None) -> str:
    """Return a time span in its two largest units.

    >>> duration(0.82), duration(14.2), duration(124), duration(1084), duration(11100)
    ('0.8s', '14s', '2m04s', '18m04s', '3h05m')
    >>> duration(190000), duration(None)
    ('2d04h', '-')
    """
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f}s"
    whole = round(seconds)
    minutes, whole = divmod(whole, 60)
    if not minutes:
        return f"{whole}s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes}m{whole:02d}s"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h" if days else f"{hours}h{minutes:02d}m"


def age(seconds: float | None) -> str:
    """Return how long ago something was, in its largest unit.

    >>> age(3), age(70), age(7300), age(260000), age(None)
    ('now', '1m', '2h', '3d', '-')
    """
    if seconds is None:
        return NOTHING
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return "now" if seconds < 10 else f"{int(seconds)}s"


def bar(share: float, width: int, *, ascii_only: bool = False) -> str:
    """Return a progress bar of ``width`` cells; ``share`` outside 0 to 1 is cut to it."""
    full, empty = ("#", ".") if ascii_only else ("█", "░")
    done = round(min(max(share, 0.0), 1.0) * width)
    return full * done + empty * (width - done)


def sparkline(values: Sequence[float], width: int, *, ascii_only: bool = False) -> str:
    """Return the course of ``values`` in at most ``width`` cells, the first value at the left.

    More values than cells: each cell shows the value of its share that is farthest from the mean
    of all, so that a spike is never lost. A value that is not finite shows as ``x``.
    Equal values lie on the lowest level; no values give an empty text.
    """
    if not values or width < 1:
        return ""
    blocks, hole = ASCII_BLOCKS if ascii_only else BLOCKS, "x"
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return hole * min(width, len(values))
    cells = cells_of(values, width)
    low, high = min(finite), max(finite)
    scale = (len(blocks) - 1) / (high - low) if high > low else 0.0
    return "".join(
        hole if not math.isfinite(cell) else blocks[min(round((cell - low) * scale), 7)]
        for cell in cells
    )


def cells_of(values: Sequence[float], width: int) -> list[float]:
    """Return at most ``width`` values that show all: of each share the one farthest from the mean.

    A value that is not finite counts as the farthest.
    """
    if len(values) <= width:
        return list(values)
    if width < 1:
        return []
    finite = [value for value in values if math.isfinite(value)]
    middle = _mean(finite)
    return [_outermost(part, middle) for part in _parts(values, width)]


def _mean(values: Sequence[float]) -> float:
    try:
        return math.fsum(values) / max(len(values), 1)
    except OverflowError:
        return math.fsum(value / len(values) for value in values)


def _parts(values: Sequence[float], width: int) -> list[Sequence[float]]:
    cells = min(width, len(values))
    edges = [index * len(values) // cells for index in range(cells + 1)]
    return [values[start:end] for start, end in pairwise(edges)]


def _outermost(part: Sequence[float], middle: float) -> float:
    holes = [value for value in part if not math.isfinite(value)]
    return holes[0] if holes else max(part, key=lambda value: abs(value - middle))
