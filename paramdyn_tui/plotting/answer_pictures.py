"""The pictures of an answer as text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramdyn.analysis.answer import Bars, Curve, Curves, Heatmap, Picture
from paramdyn_tui.plotting.curves import chart
from paramdyn_tui.plotting.frame import DIM, Line, Panel
from paramdyn_tui.plotting.matrices import matrix_lines
from paramdyn_tui.plotting.raster import headings, paint, wrapped
from paramdyn_tui.plotting.shown_runs import Look, look_of
from paramdyn_tui.plotting.stacks import stack_lines

LEAST_HEIGHT, MOST_HEIGHT = 10, 18
NULLS = (Look(DIM, "", "."), Look(DIM, "○", ":"), Look(DIM, "△", "'"), Look(DIM, "□", ","))
"""How nulls are told from each other; all are faint, and the first has no glyph."""


def answer_picture(picture: Picture, *, width: int, height: int, color: bool) -> list[str]:
    """Return a picture as lines.

    Args:
        picture: What is shown.
        width: No line is longer, from 40 on.
        height: Lines that the terminal has.
        color: Whether escape sequences are welcome.
    """
    if isinstance(picture, Heatmap):
        return matrix_lines(picture, width=width, height=height, color=color)
    if isinstance(picture, Bars):
        return stack_lines(picture, width=width, color=color)
    return _curves(picture, width=width, height=height, color=color)


def panel_of(picture: Curves) -> Panel:
    """Return curves as what a chart shows; nulls are faint and lie below all others."""
    nulls = [curve for curve in picture.curves if curve.null]
    others = [curve for curve in picture.curves if not curve.null]
    looks = [NULLS[index % len(NULLS)] for index in range(len(nulls))]
    lines = [
        line
        for curve, look in (
            *zip(nulls, looks, strict=True),
            *((curve, look_of(index)) for index, curve in enumerate(others)),
        )
        for line in _pieces(curve, look)
    ]
    titles = [picture.title, picture.y_label] if picture.y_label else [picture.title]
    return Panel(
        lines=lines, titles=titles, axis=picture.x_label, log=picture.log_y, log_x=picture.log_x
    )


def _pieces(curve: Curve, look: Look) -> list[Line]:
    """Return a curve as a line for each stretch without a hole; the first one has the label."""
    known = np.flatnonzero(np.isfinite(curve.x) & ~np.isnan(curve.y))
    stretches = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)
    low, high = curve.low, curve.high
    return [
        Line(
            label="" if place else curve.label,
            x=curve.x[stretch],
            y=curve.y[stretch],
            color=look.color,
            sign=look.sign,
            glyph=look.glyph,
            low=None if low is None else low[stretch],
            high=None if high is None else high[stretch],
        )
        for place, stretch in enumerate(stretches)
    ]


def _curves(picture: Curves, *, width: int, height: int, color: bool) -> list[str]:
    panel = panel_of(picture)
    named = [line for line in panel.lines if line.label]
    named.sort(key=lambda line: line.color == DIM)
    key = wrapped([_entry(line, color=color) for line in named], width)
    rows = min(max(height - 4 - len(key), LEAST_HEIGHT), MOST_HEIGHT)
    drawn = chart(panel, width=width, height=rows, color=color, legend=False)
    # the chart's own first line is its title: the axes are named there
    head = headings(picture.title, width, color=color)
    axes = _axes(picture)
    return [*head, *key, axes[0][:width], *drawn[1:], axes[1].rjust(width)[-width:]]


def _axes(picture: Curves) -> Sequence[str]:
    up = f"{picture.y_label}{' (log)' if picture.log_y else ''}"
    across = f"{picture.x_label}{' (log)' if picture.log_x else ''}"
    return up, across


def _entry(line: Line, *, color: bool) -> str:
    if color:
        return f"{paint('━' + line.glyph, foreground=line.color)} {line.label}"
    return f"{line.sign} {line.label}"
