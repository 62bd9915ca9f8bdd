"""What charts show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.viewport import Viewport
from paramdyn_tui.tui.palette import SERIES


@dataclass(frozen=True, slots=True, eq=False)
class ChartLine:
    """One line.

    Attributes:
        label: What it is, for the legend and the cursor; nothing leaves it out of both.
        x: Positions, rising. Shape (N,).
        y: Values; NaN and infinities break the line and are marked at the top. Shape (N,).
        color: Number of its colour, 0 to 9.
        faint: Whether it lies behind the others: a raw line behind its smooth one.
        dashed: Whether it has gaps: a baseline, a difference.
        low: Where a band around it begins; None: no band. Shape (N,).
        high: Where the band ends.
        pyramid: Extremes of the very same x and y, which make drawing as fast for any length.
    """

    label: str
    x: Floats
    y: Floats
    color: int = 0
    faint: bool = False
    dashed: bool = False
    low: Floats | None = None
    high: Floats | None = None
    pyramid: Pyramid | None = None

    @property
    def style(self) -> str:
        """Name of its style."""
        return f"{'f' if self.faint else 's'}{self.color % SERIES}"


class ChartMark(NamedTuple):
    """Something that happened.

    Attributes:
        x: Where.
        letter: Stands on the axis below it; nothing for none.
        tall: Whether a line rises from the axis.
    """

    x: float
    letter: str = ""
    tall: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A line chart without frame and title.

    Attributes:
        lines: What is drawn, the last on top; those that are faint lie below all others.
        viewport: What of the plane is visible.
        marks: What happened, and where.
        references: Label -> value at which a horizontal line is drawn.
        beyond: Label -> value that is told at the edge behind which it lies.
        cursor: Position that is looked at, with the values there; None: nowhere.
        cursor_text: What stands at the cursor's position; nothing: the position as a number.
        legend: Whether the first row says which line is which.
        baseline: Index of the line with which the others are compared at the cursor.
        empty: What is said where no value can be drawn.
        axis: What runs to the right, with its unit; nothing says nothing.
    """

    lines: Sequence[ChartLine]
    viewport: Viewport
    marks: Sequence[ChartMark] = ()
    references: Mapping[str, float] = field(default_factory=dict)
    beyond: Mapping[str, float] = field(default_factory=dict)
    cursor: float | None = None
    cursor_text: str = ""
    legend: bool = False
    baseline: int | None = None
    empty: str = "no values yet"
    axis: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """A heatmap without frame and title.

    Attributes:
        labels: One for each row.
        x: When values were recorded, finite and rising. Shape (T,).
        values: Shape (R, T).
        defined: Which of them exist. Shape (R, T).
        left: Position at the left edge.
        right: Position at the right edge: where a run is planned to end, so that what is drawn
            stays where it is.
        log: Whether levels are equal ratios.
        per_row: Whether each row has a scale of its own.
        low: What the lowest level stands for; None: the smallest value.
        high: What the highest level stands for; None: the largest value.
        keep: ``max`` or ``min``: which value of a cell's time, or of rows put together, is shown.
        axis: What runs from left to right.
        marks: Positions and letters of what happened, for the axis.
        squeeze: Whether rows that do not fit are put together; else ``first_row`` says which are
            shown.
    """

    labels: Sequence[str]
    x: Floats
    values: Floats
    defined: Bools
    left: float
    right: float
    log: bool = False
    per_row: bool = False
    low: float | None = None
    high: float | None = None
    keep: str = "max"
    axis: str = "epoch"
    marks: Sequence[tuple[float, str]] = ()
    squeeze: bool = True
