"""What a line chart shows, and the rectangle of numbers that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from paramdyn_tui.plotting.raster import log_ticks, nice_ticks
from paramdyn_tui.plotting.reduce import Floats

DIM, BLUE, PURPLE, VERMILION = 244, 32, 133, 166
"""Of the 256 colours: apart from each other for every kind of colour vision, and at least 3.8:1
against black and against white."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Attributes:
        label: What it is, for the legend; nothing leaves it out.
        x: Positions. Shape (N,).
        y: Values; NaN and infinities break the line and are marked at the top. Shape (N,).
        color: A code of the 256-colour table.
        sign: What draws it without colour; nothing draws with fine dots.
        glyph: What is set on the line now and then, so that it needs no colour to be told apart.
        low: Where a band around the line begins; nothing: no band. Shape (N,).
        high: Where it ends.
    """

    label: str
    x: Floats
    y: Floats
    color: int = BLUE
    sign: str = ""
    glyph: str = ""
    low: Floats | None = None
    high: Floats | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a position.

    Attributes:
        x: Where.
        letter: Stands below the line on the axis; nothing for none.
        color: A code of the 256-colour table.
        tall: Whether a line rises from the axis, or the letter alone marks it.
    """

    x: float
    letter: str = ""
    color: int = DIM
    tall: bool = True


@dataclass(frozen=True, slots=True)
class Panel:
    """What one chart shows.

    Attributes:
        lines: What is drawn, the last on top.
        titles: What is shown, with its unit, longest first.
        axis: What runs from left to right, with its unit.
        log: Whether the vertical scale is logarithmic.
        log_x: Whether the horizontal scale is logarithmic.
        marks: What happened, and where.
        references: Values at which a horizontal line is drawn, and which are in sight; with words.
        notes: What has to be said about it.
    """

    lines: Sequence[Line]
    titles: Sequence[str]
    axis: str = ""
    log: bool = False
    log_x: bool = False
    marks: Sequence[Mark] = ()
    references: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle that is drawn: what of it is at the edges of the canvas.

    Edges are logarithms where the scale is logarithmic.
    """

    left: float
    right: float
    low: float
    high: float
    log: bool
    log_x: bool = False
    ticks: list[float] = field(default_factory=list)

    def across(self, x: Floats) -> Floats:
        """Return positions as shares of the width. Any shape."""
        shown = log10(x) if self.log_x else x
        return (shown - self.left) / (self.right - self.left)

    def up(self, y: Floats) -> Floats:
        """Return values as shares of the height; NaN where they have no place. Any shape."""
        shown = log10(y) if self.log else y
        return (shown - self.low) / (self.high - self.low)


def frame_of(panel: Panel, *, rows: int) -> Frame | None:
    """Return the frame that holds all that is finite; None when nothing is.

    Args:
        panel: What is to be drawn.
        rows: Rows for ticks to share.
    """
    lines, log, log_x = panel.lines, panel.log, panel.log_x
    x = np.concatenate([line.x for line in lines] or [np.empty(0)])
    y = np.concatenate([part for line in lines for part in _drawn_values(line)] or [np.empty(0)])
    y = y[np.isfinite(y) & ~(log & (y <= 0))]
    if not len(y):
        return None
    y = np.append(y, [value for value in panel.references.values() if value > 0 or not log])
    across = log10(x) if log_x else x
    left, right = float(across.min()), float(across.max())
    shown = np.log10(y) if log else y
    low, high = float(shown.min()), float(shown.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        pad = max(abs(low) * 0.5, 0.5) if low or log else 1.0
        low, high = low - pad, high + pad
    ticks = log_ticks(low, high, rows) if log else nice_ticks(low, high, max(rows // 2, 2))
    return Frame(left, right if right > left else left + 1.0, low, high, log, log_x, ticks)


def _drawn_values(line: Line) -> list[Floats]:
    return [part for part in (line.y, line.low, line.high) if part is not None]


def log10(values: Floats) -> Floats:
    """Return logarithms; of zero minus infinity, below NaN. Any shape."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Floats = np.log10(values)
    return logs
