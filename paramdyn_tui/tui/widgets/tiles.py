"""Where the panes of a grid stand: plain arithmetic, and the Textual layout that follows it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.geometry import Offset, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement

if TYPE_CHECKING:
    from textual.widget import Widget

LEAST_WIDTH, LEAST_HEIGHT = 33, 8
"""A chart is not made smaller than this as long as it is not the only one."""
ASPECT = 3.6
"""Columns a row: about twice as wide as high for the eye."""


class Tiling(NamedTuple):
    """Places of panes.

    Attributes:
        places: For each pane of the page its region, in order.
        beside: Region of the pane that stands at the side, if one does.
    """

    places: tuple[Region, ...]
    beside: Region | None = None


def tiling(
    width: int, height: int, count: int, *, side: int = 0, most: tuple[int, int] = (6, 6)
) -> Tiling:
    """Return where panes stand: as many of ``count`` as fit, all of them if they do.

    Args:
        width: Of the whole.
        height: Of the whole.
        count: How many panes there are.
        side: Columns of a pane at the right, beside all others; 0: none.
        most: Columns and rows of panes at most.
    """
    inner = width - side
    beside = Region(inner, 0, side, height) if side else None
    if count < 1 or inner < 1 or height < 1:
        return Tiling((), beside)
    columns, rows = _grid(inner, height, count, most)
    shown = min(count, columns * rows)
    places: list[Region] = []
    for row, (top, tall) in enumerate(_shared(height, rows)):
        here = min(columns, shown - row * columns)  # the last row may have fewer, and wider ones
        places += [Region(left, top, wide, tall) for left, wide in _shared(inner, here)]
    return Tiling(tuple(places), beside)


def _grid(width: int, height: int, count: int, most: tuple[int, int]) -> tuple[int, int]:
    """Return columns and rows: all panes if they fit, with panes of a good shape, few holes."""
    widest = min(max(width // LEAST_WIDTH, 1), most[0], count)
    highest = min(max(height // LEAST_HEIGHT, 1), most[1])

    def rank(columns: int) -> tuple[float, float]:
        rows = min(-(-count // columns), highest)
        shown = min(columns * rows, count)
        shape = (width / columns) / (height / rows) / ASPECT
        return -shown, max(shape, 1.0 / shape) + 0.15 * (columns * rows - shown)

    columns = min(range(1, widest + 1), key=rank)
    return columns, min(-(-count // columns), highest)


def _shared(length: int, parts: int) -> list[tuple[int, int]]:
    """Return start and length of equal parts of a length, without gaps."""
    edges = [index * length // parts for index in range(parts + 1)] if parts > 0 else [0]
    return [(start, end - start) for start, end in itertools.pairwise(edges)]


def neighbour(places: Sequence[Region], here: int, where: str) -> int | None:
    """Return the pane next to one in a direction; None at the edge.

    Args:
        places: Regions of the panes.
        here: Index of the one to start from.
        where: ``left``, ``right``, ``up`` or ``down``.
    """
    start = places[here]
    across = where in ("left", "right")
    sign = 1 if where in ("right", "down") else -1
    best: tuple[tuple[int, int], int] | None = None
    for index, place in enumerate(places):
        away = _gap(start, place, across=across, sign=sign)
        if index == here or away is None:
            continue
        rank = (away, _apart(start, place, across=across))
        if best is None or rank < best[0]:
            best = (rank, index)
    return best[1] if best else None


def _gap(start: Region, place: Region, *, across: bool, sign: int) -> int | None:
    """Return how far a region lies in a direction; None when it does not lie there."""
    if across:
        overlap = min(start.bottom, place.bottom) - max(start.y, place.y)
        away = place.x - start.right if sign > 0 else start.x - place.right
    else:
        overlap = min(start.right, place.right) - max(start.x, place.x)
        away = place.y - start.bottom if sign > 0 else start.y - place.bottom
    return away if overlap > 0 and away >= 0 else None


def _apart(start: Region, place: Region, *, across: bool) -> int:
    """Return how far apart two regions begin, crosswise to the direction."""
    return abs(place.y - start.y) if across else abs(place.x - start.x)


class TileLayout(Layout):
    """Puts children where they have been told to stand; those without a place are not shown.

    Args:
        fit: Tells where they stand in another size. A frame may be sent before a widget hears that
            its size has changed: it would show them where they stood.

    Attributes:
        places: Where they stand.
        size: The size of the whole for which they stand there.
    """

    name: ClassVar[str] = "tiles"

    def __init__(self, fit: Callable[[Size], Mapping[Widget, Region]]) -> None:
        self.places: Mapping[Widget, Region] = {}
        self.size = Size()
        self._fit = fit

    def arrange(
        self,
        parent: Widget,  # noqa: ARG002 - the interface of Textual
        children: list[Widget],
        size: Size,
        greedy: bool = True,  # noqa: ARG002
    ) -> ArrangeResult:
        """Return the placements."""
        if self.places and size != self.size:
            self.places, self.size = self._fit(size), size
        return [
            WidgetPlacement(self.places[child], Offset(0, 0), Spacing(0, 0, 0, 0), child)
            for child in children
            if child in self.places
        ]
