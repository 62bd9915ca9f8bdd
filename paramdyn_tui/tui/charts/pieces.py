"""Lines cut at the edges of columns of dots: what of them a picture can show, and nothing less.

Within a column a line covers all between its smallest and its largest value there; from one column
to the next it goes from the last value of the one to the first value of the other. Those four
numbers draw the very picture that all of its records would (the idea of M4: Jugel et al., "M4: A
Visualization-Oriented Time Series Data Aggregation", VLDB 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray

Places: TypeAlias = "NDArray[np.intp]"

FAR = 1e9
"""Columns beyond which a position is as good as infinitely far."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """P parts of lines, each within one column, in the order of lines and of their records.

    Attributes:
        line: Which line each is of. Shape (P,).
        column: From 0 to the number of columns - 1; -1 and that number: outside. Shape (P,).
        low: The smallest value. Shape (P,).
        high: The largest value. Shape (P,).
        first: The first value. Shape (P,).
        last: The last value. Shape (P,).
        joined: Whether the line goes on from the piece before. Shape (P,).
        crossing: Pieces after which a line crosses columns without a record. Shape (X,).
        leaves: Where it comes from, in columns: the piece's last record. Shape (X,).
        reaches: Where it goes to: the first record of the piece after. Shape (X,).
        lost: Columns of values that are not finite, inside. Shape (M,).
    """

    line: Places
    column: Places
    low: Floats
    high: Floats
    first: Floats
    last: Floats
    joined: Bools
    crossing: Places
    leaves: Floats
    reaches: Floats
    lost: Places


def column_edges(view: Viewport, columns: int) -> Floats:
    """Return where columns begin, and where the last one ends. Shape (columns + 1,).

    The centres of the first and of the last column are at the edges of the viewport.
    """
    shares = (np.arange(columns + 1) - 0.5) / (columns - 1)
    if not view.log_x:
        return view.left * (1.0 - shares) + view.right * shares
    left, right = np.log10(view.left), np.log10(view.right)
    edges: Floats = 10.0 ** (left * (1.0 - shares) + right * shares)
    return edges


def column_places(x: Floats, view: Viewport, columns: int) -> Floats:
    """Return positions in columns, 0 the centre of the first; far ones cut. Any shape."""
    with np.errstate(over="ignore"):
        return np.clip(view.across(x) * (columns - 1), -FAR, FAR)


def crossings(column: Places, joined: Bools) -> Places:
    """Return the pieces that are joined to one farther away than the next column."""
    return np.flatnonzero(joined[1:] & (column[1:] - column[:-1] > 1))


def together(parts: Sequence[Pieces]) -> Pieces:
    """Return the pieces of several lots as one."""
    before = np.cumsum([0, *(len(part.line) for part in parts)])
    joint = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Pieces.__slots__
        if name != "crossing"
    }
    crossing = [part.crossing + offset for part, offset in zip(parts, before[:-1], strict=True)]
    return Pieces(**joint, crossing=np.concatenate(crossing))
