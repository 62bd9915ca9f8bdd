"""The part of the plane that a chart shows, and how a user moves it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from paramdyn_tui.plotting.reduce import Floats

NARROWEST = 1e-9
"""Share of the whole (or of the place it is at) below which a window is not made narrower."""
HOP = 0.25
"""Share of its width by which a window jumps after the newest record: between jumps all stays."""


class Viewport(NamedTuple):
    """A rectangle of numbers, in the units of the data on any scale.

    Attributes:
        left: Position at the left edge.
        right: Position at the right edge, above ``left``.
        low: Value at the lower edge; None: as what is visible demands, rounded out.
        high: Value at the upper edge, above ``low``; None as above.
        log_x: Whether equal ratios of positions are equally wide.
        log_y: Whether equal ratios of values are equally high.
    """

    left: float
    right: float
    low: float | None = None
    high: float | None = None
    log_x: bool = False
    log_y: bool = False

    def across(self, x: Floats) -> Floats:
        """Return positions as shares of the width; minus infinity without a logarithm. Any shape.

        >>> Viewport(0, 90).across(np.array([45.0])).tolist()
        [0.5]
        """
        return _shares(x, self.left, self.right, log=self.log_x)

    def up(self, y: Floats) -> Floats:
        """Return values as shares of the height; minus infinity without a logarithm. Any shape."""
        return _shares(y, *self._height(), log=self.log_y)

    def share_of_x(self, x: float) -> float:
        """Return one position as ``across`` does, without the cost of arrays."""
        return _share(x, self.left, self.right, log=self.log_x)

    def share_of_y(self, y: float) -> float:
        """Return one value as ``up`` does, without the cost of arrays."""
        return _share(y, *self._height(), log=self.log_y)

    def x_at(self, share: float) -> float:
        """Return the position at a share of the width."""
        return _between(self.left, self.right, share, log=self.log_x)

    def column_of(self, x: float, width: int) -> int | None:
        """Return in which of ``width`` columns a position lies; None where it is not visible."""
        share = self.share_of_x(x)
        return round(share * (width - 1)) if 0.0 <= share <= 1.0 else None

    def row_of(self, y: float, height: int) -> int | None:
        """Return in which of ``height`` rows, from above, a value lies; None where in none."""
        share = self.share_of_y(y)
        return round((1.0 - share) * (height - 1)) if 0.0 <= share <= 1.0 else None

    def _height(self) -> tuple[float, float]:
        return (0.0, 1.0) if self.low is None or self.high is None else (self.low, self.high)


class Zoom(NamedTuple):
    """What a user has chosen to see from left to right; by default all there is.

    Attributes:
        left: Where the window begins; None: at the whole's beginning.
        right: Where it ends; None: at the whole's end.
        follows: Whether the window moves on when the newest record leaves it at the right.
    """

    left: float | None = None
    right: float | None = None
    follows: bool = False

    @property
    def is_all(self) -> bool:
        """Whether there is no window."""
        return self.left is None or self.right is None

    def window(self, whole: tuple[float, float], last: float | None = None) -> tuple[float, float]:
        """Return the edges of what is shown.

        Args:
            whole: Edges of all there is: the planned epochs of a run that goes on, else those of
                the data. An empty range is made wide enough to draw.
            last: Position of the newest record, for a window that follows it.
        """
        if self.left is None or self.right is None:
            return opened(*whole)
        left, right = self.left, self.right
        if self.follows and last is not None and last > right:
            hop = (right - left) * HOP
            moved = math.ceil((last - right) / hop) * hop if hop > 0 else 0.0
            left, right = left + moved, right + moved
        return opened(left, right)


def zoomed(
    zoom: Zoom,
    whole: tuple[float, float],
    factor: float,
    *,
    at: float | None = None,
    last: float | None = None,
    log: bool = False,
) -> Zoom:
    """Return a window ``factor`` times as wide that keeps a position where it is.

    Args:
        zoom: The window so far.
        whole: As in ``Zoom.window``; a window never leaves it.
        factor: Below 1 to see less, above 1 to see more.
        at: The position that stays; None: the newest record if it is visible, else the middle.
        last: Position of the newest record; a window with it follows it.
        log: Whether the horizontal scale is logarithmic.
    """
    left, right = _scaled(zoom.window(whole, last), log=log)
    place = _scaled_one(at, log=log) if at is not None else None
    if place is None:
        newest = _scaled_one(last, log=log) if last is not None else None
        place = newest if newest is not None and left <= newest <= right else (left + right) / 2
    place = min(max(place, left), right)
    least = NARROWEST * max(abs(left), abs(right), right - left)
    factor = max(factor, least / (right - left)) if right > left else 1.0
    edges = place - (place - left) * factor, place + (right - place) * factor
    return _within(edges, whole, last=last, log=log)


def panned(
    zoom: Zoom,
    whole: tuple[float, float],
    shares: float,
    *,
    last: float | None = None,
    log: bool = False,
) -> Zoom:
    """Return the window moved by so many of its widths, within the whole.

    Args:
        zoom: The window so far; all there is cannot be moved.
        whole: As in ``Zoom.window``.
        shares: Below 0 to the left.
        last: Position of the newest record; a window moved onto it follows it.
        log: Whether the horizontal scale is logarithmic.
    """
    if zoom.is_all:
        return zoom
    left, right = _scaled(zoom.window(whole, last), log=log)
    first, end = _scaled(opened(*whole), log=log)
    move = min(max((right - left) * shares, first - left), max(end - right, 0.0))
    return _within((left + move, right + move), whole, last=last, log=log)


def opened(left: float, right: float) -> tuple[float, float]:
    """Return edges that differ: a single position gets room to its right, odd ones 0 to 1."""
    if not (math.isfinite(left) and math.isfinite(right)):
        return 0.0, 1.0
    if right > left and right - left > 1e-12 * max(abs(left), abs(right)):
        return left, right
    return left, left + max(abs(left) * 1e-6, 1.0)


def with_range(view: Viewport, low: float, high: float) -> Viewport:
    """Return the viewport with known lower and upper edges."""
    return view._replace(low=low, high=high)


def _within(
    edges: tuple[float, float], whole: tuple[float, float], *, last: float | None, log: bool
) -> Zoom:
    first, end = _scaled(opened(*whole), log=log)
    left, right = max(edges[0], first), min(edges[1], end)
    if right - left >= (end - first) * (1 - 1e-9):
        return Zoom()
    if log:
        left, right = 10.0**left, 10.0**right
    return Zoom(left, right, follows=last is not None and left <= last <= right)


def _scaled(edges: tuple[float, float], *, log: bool) -> tuple[float, float]:
    if not log:
        return edges
    left, right = edges
    right = right if right > 0 else 1.0
    left = left if 0 < left < right else min(1.0, right / 10)
    return math.log10(left), math.log10(right)


def _scaled_one(x: float, *, log: bool) -> float | None:
    if not log:
        return x
    return math.log10(x) if x > 0 else None


def _shares(values: Floats, low: float, high: float, *, log: bool) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if log:
            values, low, high = np.log10(np.maximum(values, 0.0)), math.log10(low), math.log10(high)
        span = high - low
        if math.isinf(span):  # the two are farther apart than numbers reach
            values, low, span = values / 2, low / 2, high / 2 - low / 2
        shares = values - low
        shares /= span
    return shares


def _share(value: float, low: float, high: float, *, log: bool) -> float:
    if log:
        if not value > 0:
            return -math.inf if value == value else math.nan  # noqa: PLR0124 - NaN
        value, low, high = math.log10(value), math.log10(low), math.log10(high)
    return (value / 2 - low / 2) / (high / 2 - low / 2)


def _between(left: float, right: float, share: float, *, log: bool) -> float:
    if log:
        left, right = math.log10(left), math.log10(right)
        return float(10.0 ** (left + (right - left) * share))
    return left * (1 - share) + right * share
