"""A chart in its frame: name, last value, trend, best value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paramdyn_tui.formatting import number
from paramdyn_tui.tui.cells import Look, Picture, Span, boxed, shortened, width_of
from paramdyn_tui.tui.charts.line_chart import draw_chart
from paramdyn_tui.tui.widgets.chart_lines import Drawing, LineCache, chart_of, viewport_of

if TYPE_CHECKING:
    from paramdyn_tui.plotting.reduce import Bools, Floats
    from paramdyn_tui.tui.widgets.charted import Curve, Panel

TREND_SHARE = 0.1
"""The mean of the last so many records is compared with that of as many before them."""
MOST_SEEN = 4096
SHORTEST = 6
"""Cells of the name of a line that are worth a place in a title."""
FLAT = 0.01
"""Share of the range within which a line goes neither up nor down."""
RAISED = {"▲": ("max", "min"), "▼": ("min", "max")}


class Frame(NamedTuple):
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
    note = note_of(panel, drawing, cache, width - 8 - len(panel.title), named=chart.legend)
    room = width - 5 - (width_of(note) + 3 if note else 0)
    title = Span(shortened(panel.title, max(room, 1)), "title")
    content = draw_chart(chart, *inner, look)
    return boxed(
        content, width, height, title=(title,), note=note, foot=frame.foot, focused=frame.focused
    )


def contents_of(panel: Panel, drawing: Drawing) -> object:
    """Return something that is equal as long as a panel is drawn the same, in the same frame.

    Curves only grow, and what is read anew lies elsewhere in memory: their ends tell enough.
    """
    curves = [
        (
            curve.key, curve.label, curve.color, curve.faint, curve.dashed, id(curve.y.base),
            len(curve.y), [each[[0, -1]].tobytes() for each in _columns(curve) if len(each)],
        )
        for curve in panel.curves
    ]  # fmt: skip
    return (
        drawing, viewport_of(panel, drawing), curves, panel.marks, dict(panel.references),
        panel.title, panel.better, panel.best, panel.axis, panel.baseline, panel.problem,
    )  # fmt: skip


def _columns(curve: Curve) -> list[Floats]:
    return [each for each in (curve.x, curve.y, curve.low, curve.high) if each is not None]


def note_of(
    panel: Panel, drawing: Drawing, cache: LineCache, room: int, *, named: bool = False
) -> tuple[Span, ...]:
    """Return what stands at the right of a chart's name: last value, trend, how drawn, best.

    Args:
        panel: What is recorded.
        drawing: How it is drawn.
        cache: Kept from one drawing to the next.
        room: Cells; what does not fit is left out, the last part first.
        named: Whether a legend has the values of several lines; else one stands beside its name.
    """
    parts: list[Span] = []
    curve = panel.curves[-1] if panel.curves else None
    several = sum(bool(each.label and not each.faint) for each in panel.curves) > 1
    if curve is not None and len(curve.y):
        # scores of whole data sets are told as they are, losses of batches as smooth as drawn
        values = curve.y if panel.best else cache.smooth(curve, drawing.smoothing)
        parts.append(Span(number(float(values[-1]), 3), f"s{curve.color}" if several else "strong"))
        parts += _trend(values, panel.better)
    if several and curve is not None:  # a value of one of several lines never stands alone
        left = room - width_of(tuple(parts)) - len(parts)
        fits = left >= min(len(curve.label), SHORTEST) and not named
        name = Span(shortened(curve.label, max(left, 0)), f"s{curve.color}")
        parts = [name, *parts] if parts and fits else []
    if drawing.smoothing and curve is not None and not curve.steps:
        parts.append(Span(f"ema {drawing.smoothing:g}".replace("0.", "."), "dim"))
    if panel.quantity in drawing.log:
        parts.append(Span("log", "dim"))
    if curve is not None and not several:
        parts += _best(curve, panel)
    spaced: list[Span] = []
    for part in parts:
        more = [Span(" "), part] if spaced else [part]
        if width_of((*spaced, *more)) > room:
            break
        spaced += more
    return tuple(spaced)


def _trend(values: Floats, better: str) -> list[Span]:
    """Return an arrow where the last tenth of a line lies above or below the tenth before it."""
    tenth = max(int(len(values) * TREND_SHARE), 1)
    last, before = values[-tenth:], values[-2 * tenth : -tenth]
    seen = values[-MOST_SEEN:][_finite(values[-MOST_SEEN:])]
    if not len(before) or len(seen) < 2 or not (_finite(last).all() and _finite(before).all()):
        return []
    change = float(last.mean()) - float(before.mean())
    if abs(change) <= FLAT * float(seen.max() - seen.min()):
        return []
    arrow = "▲" if change > 0 else "▼"
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
