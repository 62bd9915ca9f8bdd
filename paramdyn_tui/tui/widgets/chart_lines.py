"""From curves as recorded to the lines of a chart: smoothed, with the extremes of long ones."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.tui.charts.chart import Chart, ChartLine, ChartMark
from paramdyn_tui.tui.charts.pyramid import Pyramid
from paramdyn_tui.tui.charts.smoothing import Smoother
from paramdyn_tui.tui.charts.viewport import Viewport, Zoom

if TYPE_CHECKING:
    from paramdyn_tui.plotting.reduce import Floats
    from paramdyn_tui.tui.widgets.charted import Curve, Panel

LONG = 4096
"""Values from which on a line keeps its extremes: below, looking at all of them is faster."""
LOW = "S"
"""Marks that only stand on the axis: a snapshot changes nothing about what is drawn."""
SPARED = {"chance", "usual"}
"""Lines across that give way to what was recorded; a target, which somebody wants, does not."""
LEAST_SHARE = 1 / 3
"""Share of a chart's height that they leave to what was recorded."""
LIMITS = {"accuracy": (0.0, 1.0), "loss": (0.0, math.inf)}
"""End of a quantity's name -> between what its values lie."""
LOG_ROOM = 1e-3
"""Share of the range at which a logarithmic axis begins that would begin at zero."""


class Drawing(NamedTuple):
    """How all charts of a grid are drawn.

    Attributes:
        axis: Name of the axis.
        smoothing: Weight of the average.
        log: Quantities with a logarithmic scale.
        log_x: Whether the horizontal scale is logarithmic.
        zoom: What is shown from left to right.
        cursor: Position that is inspected; None: none is.
        references: Whether lines across are drawn.
    """

    axis: str = "epoch"
    smoothing: float = 0.0
    log: frozenset[str] = frozenset()
    log_x: bool = False
    zoom: Zoom = Zoom()
    cursor: float | None = None
    references: bool = True


class LineCache:
    """What is kept of curves from one drawing to the next."""

    def __init__(self) -> None:
        self._smoothers: dict[tuple[str, float], Smoother] = {}
        self._pyramids: dict[str, Pyramid] = {}

    def smooth(self, curve: Curve, weight: float) -> Floats:
        """Return the values of a curve, averaged unless it moves in steps."""
        if curve.steps or weight <= 0:
            return curve.y
        smoother = self._smoothers.setdefault((curve.key, weight), Smoother(weight))
        return smoother.update(curve.y)

    def lines(self, curve: Curve, weight: float) -> list[ChartLine]:
        """Return the lines of a curve: the smooth one, and behind it the raw one."""
        smooth = self.smooth(curve, weight)
        pyramid = self._pyramid(f"{curve.key}~{weight}", curve.x, smooth)
        line = ChartLine(
            curve.label, curve.x, smooth, curve.color, faint=curve.faint, dashed=curve.dashed,
            low=curve.low, high=curve.high, pyramid=pyramid,
        )  # fmt: skip
        if smooth is curve.y or curve.faint or curve.dashed:
            return [line]
        raw = ChartLine(
            "", curve.x, curve.y, curve.color, faint=True,
            pyramid=self._pyramid(curve.key, curve.x, curve.y),
        )  # fmt: skip
        return [raw, line]

    def _pyramid(self, key: str, x: Floats, y: Floats) -> Pyramid | None:
        if len(y) < LONG:
            return None
        known = self._pyramids.get(key)
        if known is None:
            known = self._pyramids[key] = Pyramid(x, y)
        else:
            known.update(x, y)
        return known


def chart_of(panel: Panel, drawing: Drawing, cache: LineCache, *, legend: bool = False) -> Chart:
    """Return a panel as a chart.

    Args:
        panel: What is recorded.
        drawing: How to draw it.
        cache: Kept from one drawing to the next.
        legend: Whether the first row says which line is which.
    """
    lines: list[ChartLine] = []
    baseline = None
    for index, curve in enumerate(panel.curves):
        lines += cache.lines(_possible(curve, panel), drawing.smoothing)
        if index == panel.baseline:
            baseline = len(lines) - 1
    references = _references(panel, drawing)
    beyond = set(panel.references) - set(references) if drawing.references else ()
    return Chart(
        lines,
        viewport_of(panel, drawing),
        marks=[ChartMark(x, letter, tall=letter not in LOW) for x, letter in panel.marks],
        references=references,
        beyond={name: panel.references[name] for name in sorted(beyond)},
        cursor=drawing.cursor,
        cursor_text="" if drawing.cursor is None else f"{panel.axis} {number(drawing.cursor, 4)}",
        legend=legend,
        baseline=baseline,
        empty=panel.problem or "no values yet",
        axis=panel.axis,
    )


def _possible(curve: Curve, panel: Panel) -> Curve:
    """Return a curve whose band ends where no value can lie: an interval of few seeds goes on."""
    if curve.low is None or curve.high is None or panel.is_difference:
        return curve
    limits = next((each for end, each in LIMITS.items() if panel.quantity.endswith(end)), None)
    if limits is None:
        return curve
    return replace(curve, low=np.clip(curve.low, *limits), high=np.clip(curve.high, *limits))


def viewport_of(panel: Panel, drawing: Drawing) -> Viewport:
    """Return what of a panel is visible."""
    left, right = drawing.zoom.window(whole_of(panel), panel.last)
    if drawing.log_x and left <= 0:
        left = _first_positive(panel, right)
    return Viewport(left, right, log_x=drawing.log_x, log_y=panel.quantity in drawing.log)


def whole_of(panel: Panel) -> tuple[float, float]:
    """Return the ends of all that a panel can show."""
    if panel.whole is not None:
        return panel.whole
    ends = [(float(each.x[0]), float(each.x[-1])) for each in panel.curves if len(each.x)]
    if not ends:
        return 0.0, 1.0
    return min(first for first, _ in ends), max(last for _, last in ends)


def _references(panel: Panel, drawing: Drawing) -> dict[str, float]:
    """Return the lines across: within a zoom only those among the values that are visible.

    Without one, what nobody asked for may lie outside, too, where it would press the values flat:
    a run that goes on from trained weights never comes near guessing.
    """
    if not drawing.references:
        return {}
    whole = drawing.zoom.is_all
    if whole and not SPARED & set(panel.references):
        return dict(panel.references)
    low, high = _visible(panel, drawing)
    log = panel.quantity in drawing.log and low > 0
    return {
        name: y
        for name, y in panel.references.items()
        if (low <= y <= high if not whole else name not in SPARED or _is_near(y, low, high, log))
    }


def _is_near(value: float, low: float, high: float, log: bool) -> bool:
    """Tell whether values keep enough of a chart's height where it reaches to one more."""
    ends = [low, high, value]
    if log and value > 0:
        ends = [math.log(each) for each in ends]
    span = ends[1] - ends[0]
    return not 0 < span < LEAST_SHARE * (max(ends) - min(ends))


def _visible(panel: Panel, drawing: Drawing) -> tuple[float, float]:
    """Return the smallest and the largest value that is visible; infinities without any."""
    view = viewport_of(panel, drawing)
    low, high = math.inf, -math.inf
    for curve in panel.curves:
        start, end = curve.x.searchsorted([view.left, view.right])
        seen = curve.y[max(int(start) - 1, 0) : int(end) + 1]
        seen = seen[np.isfinite(seen)]
        if len(seen):
            low, high = min(low, float(seen.min())), max(high, float(seen.max()))
    return low, high


def _first_positive(panel: Panel, right: float) -> float:
    """Return where a logarithmic axis begins: at the first record after zero."""
    found = [
        float(curve.x[place])
        for curve in panel.curves
        for place in [int(curve.x.searchsorted(0.0, side="right"))]
        if place < len(curve.x)
    ]
    least = min(found, default=0.0)
    return least if 0 < least < right else max(right, 1e-9) * LOG_ROOM
