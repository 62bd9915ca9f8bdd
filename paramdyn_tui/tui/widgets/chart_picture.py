"""A chart in its frame: name, last value, trend, best value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.tui.cells import Look, Picture, Span, boxed, shortened, width_of
from paramdyn_tui.tui.charts.line_chart import draw_chart
from paramdyn_tui.tui.widgets.chart_lines import Drawing, LineCache, chart_of

if TYPE_CHECKING:
    from paramdyn_tui.plotting.reduce import Bools, Floats
    from paramdyn_tui.tui.widgets.charted import Curve, Panel

TREND_SHARE = 0.1
"""The last value is compared with the one this share of the records earlier."""
FLAT = 0.005
"""Share of the range within which a line goes neither up nor down."""
RAISED = {"▲": ("max", "min"), "▼": ("min", "max")}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart is put into.

    Attributes:
        width: At least 2.
        height: At least 2.
        focused: Whether it has the focus.
        foot: For the lower edge.
        legend: Whether several lines are told apart in words.
    """

    width: int
    height: int
    focused: bool = False
    foot: tuple[Span, ...] = ()
    legend: bool = True


def chart_picture(
    panel: Panel, drawing: Drawing, cache: LineCache, frame: Frame, look: Look
) -> Picture:
    """Return a framed chart.

    Args:
        panel: What is recorded.
        drawing: How it is drawn.
        cache: Kept from one drawing to the next.
        frame: Size and edges.
        look: What the terminal can show.
    """
    width, height = frame.width, frame.height
    several = sum(bool(curve.label and not curve.faint) for curve in panel.curves) > 1
    inner = (max(width - 2, 0), max(height - 2, 0))
    chart = chart_of(panel, drawing, cache, legend=frame.legend and several and inner[1] > 5)
    note = note_of(panel, drawing, cache)
    room = width - 8 - width_of(note)
    if room < 8:  # rather the name without a note than half a name
        note, room = (), width - 5
    title = Span(shortened(panel.title, max(room, 1)), "title")
    content = draw_chart(chart, *inner, look)
    return boxed(
        content, width, height, title=(title,), note=note, foot=frame.foot, focused=frame.focused
    )


def note_of(panel: Panel, drawing: Drawing, cache: LineCache) -> tuple[Span, ...]:
    """Return what stands at the right of a chart's name: last value, trend, best, how drawn."""
    parts: list[Span] = []
    curve = panel.curves[-1] if panel.curves else None
    if curve is not None and len(curve.y):
        values = cache.smooth(curve, drawing.smoothing)
        parts.append(Span(number(float(values[-1]), 3), "strong"))
        parts += _trend(values, panel.better)
        parts += _best(curve, panel)
    if drawing.smoothing and curve is not None and not curve.steps:
        parts.append(Span(f"ema {drawing.smoothing:g}".replace("0.", "."), "dim"))
    if panel.quantity in drawing.log:
        parts.append(Span("log", "dim"))
    spaced: list[Span] = []
    for part in parts:
        spaced += [Span(" "), part] if spaced else [part]
    return tuple(spaced)


def _trend(values: Floats, better: str) -> list[Span]:
    """Return an arrow where the line went over its last tenth, if it went anywhere."""
    last = float(values[-1])
    before = float(values[max(len(values) - 1 - max(int(len(values) * TREND_SHARE), 1), 0)])
    finite = values[-4096:][_finite(values[-4096:])]
    if not (math.isfinite(last) and math.isfinite(before)) or len(finite) < 2:
        return []
    reach = float(finite.max() - finite.min())
    if abs(last - before) <= FLAT * reach:
        return []
    arrow = "▲" if last > before else "▼"
    good, bad = RAISED[arrow]
    style = "good" if better == good else "bad" if better == bad else "dim"
    return [Span(arrow, style)]


def _best(curve: Curve, panel: Panel) -> list[Span]:
    """Return the best value so far and where it was; nothing if that is the last one."""
    if not panel.best or not panel.better or len(curve.y) < 3:
        return []
    finite = _finite(curve.y)
    if not finite.any():
        return []
    values = curve.y[finite]
    place = int(values.argmax() if panel.better == "max" else values.argmin())
    if values[place] == curve.y[-1]:
        return [Span("best", "good")]
    where = number(float(curve.x[finite][place]), 3)
    return [Span(f"best {number(float(values[place]), 3)} at {where}", "dim")]


def _finite(values: Floats) -> Bools:
    found: Bools = np.isfinite(values)
    return found
