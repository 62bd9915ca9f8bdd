"""Line charts, drawn by plotext.

plotext keeps one figure for the whole process, so every chart clears it first. It is given at
most a few hundred points a line (above that it takes seconds), already on a scale from 0 to 1, and
its ticks: what it draws then depends on nothing but the arguments.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotext

from paramdyn_tui.formatting import number
from paramdyn_tui.plotting.raster import heading, nice_ticks, paint, strip_colors, tick_text
from paramdyn_tui.plotting.reduce import Floats, reduce_series

DIM, BLUE, PURPLE, VERMILION = 244, 32, 133, 166
"""Of the 256 colours: apart from each other for every kind of colour vision, and at least 3.8:1
against black and against white."""
NOT_FINITE_COLOR = 160
RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Attributes:
        label: What it is, for the legend; nothing leaves it out.
        x: Positions. Shape (N,).
        y: Values; NaN and infinities break the line and are marked at the top. Shape (N,).
        color: A code of the 256-colour table.
        sign: What draws it without colour; nothing draws with fine dots.
    """

    label: str
    x: Floats
    y: Floats
    color: int = BLUE
    sign: str = ""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The rectangle that is drawn: what of it is at the edges of the canvas."""

    left: float
    right: float
    low: float
    high: float
    log: bool
    ticks: list[float] = field(default_factory=list)

    def across(self, x: Floats) -> Floats:
        return (x - self.left) / (self.right - self.left)

    def up(self, y: Floats) -> Floats:
        shown = np.log10(y) if self.log else y
        return (shown - self.low) / (self.high - self.low)


def chart(
    lines: Sequence[Line],
    *,
    titles: Sequence[str],
    width: int,
    height: int,
    color: bool,
    log: bool = False,
    marks: Sequence[float] = (),
) -> list[str]:
    """Return a chart as ``height`` lines of at most ``width`` characters.

    The first line is the title and the legend with the last value of each line; then the canvas
    and the numbers under it. Values of zero and less have no place on a logarithmic scale and are
    left out.

    Args:
        lines: What is drawn, the last on top.
        titles: What is shown, with its unit, longest first: the first that fits.
        width: At least 20.
        height: At least 4.
        color: Whether escape sequences are welcome; without, there are none.
        log: Whether the vertical scale is logarithmic.
        marks: Positions of vertical lines: something was done there.
    """
    reduced = [_reduced(line, log) for line in lines]
    frame = _frame(reduced, log, rows=height - 3)
    head = _head(lines, titles, width, color=color)
    if frame is None:
        words = "no finite value to draw" + (" on a logarithmic scale" if log else "")
        return [head, *_centred(words, width, height - 1)]
    body = _draw(reduced, frame, width, height - 1, color=color, marks=marks)
    return [head, *body]


def _reduced(line: Line, log: bool) -> Line:
    x, y = line.x, line.y
    if log:
        kept = ~(y <= 0)
        x, y = x[kept], y[kept]
    x, y = reduce_series(x, y)
    return Line(line.label, x, y, line.color, line.sign)


def _frame(lines: Sequence[Line], log: bool, rows: int) -> _Frame | None:
    finite = [np.isfinite(line.y) for line in lines]
    x = np.concatenate([line.x for line in lines]) if lines else np.empty(0)
    y = np.concatenate([line.y[kept] for line, kept in zip(lines, finite, strict=True)] or [x])
    if not len(y):
        return None
    left, right = float(x.min()), float(x.max())
    shown = np.log10(y) if log else y
    low, high = float(shown.min()), float(shown.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        pad = max(abs(low) * 0.5, 0.5) if low or log else 1.0
        low, high = low - pad, high + pad
    ticks = _log_ticks(low, high, rows) if log else nice_ticks(low, high, max(rows // 2, 2))
    return _Frame(left, right if right > left else left + 1.0, low, high, log, ticks)


def _log_ticks(low: float, high: float, rows: int) -> list[float]:
    """Return powers of ten within [low, high] (logarithms); fewer than two: round numbers."""
    most = max(rows * 2 // 3, 2)
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    every = max(1, math.ceil((last - first + 1) / most))
    decades = [10.0**power for power in range(first, last + 1, every)]
    return decades if len(decades) > 1 else nice_ticks(10.0**low, 10.0**high, most)


def _draw(
    lines: Sequence[Line],
    frame: _Frame,
    width: int,
    height: int,
    *,
    color: bool,
    marks: Sequence[float],
) -> list[str]:
    figure: Any = plotext.figure
    plotext.terminal.limit(False, False)  # else a size above the terminal's is cut
    figure.clear()
    figure.theme("simple" if color else "colorless")
    figure.plot_size(width, height)
    figure.legend(False)
    figure.axes(False, axis="x", side="upper").axes(False, axis="y", side="right")
    figure.ruler("x").lim(0, 1)
    figure.ruler("y").lim(0, 1)
    ups = frame.up(np.array(frame.ticks)).tolist()
    figure.ruler("y").ticks(ups, labels=[tick_text(tick) for tick in frame.ticks])
    across = nice_ticks(frame.left, frame.right, max(width // 8, 2))
    places = frame.across(np.array(across)).tolist()
    figure.ruler("x").ticks(places, labels=[tick_text(tick) for tick in across])
    for mark in marks:
        if frame.left < mark < frame.right:
            _draw_mark(figure, float(frame.across(np.array([mark]))[0]), height, color=color)
    for line in lines:
        _draw_line(figure, line, frame, color=color)
    text = figure.build().string(colorless=not color)
    figure.clear()
    rows = text.split("\n")[:height]
    return [_without_needless_resets(row).rstrip() for row in rows]


def _draw_line(figure: Any, line: Line, frame: _Frame, *, color: bool) -> None:  # noqa: ANN401
    x, finite = frame.across(line.x), np.isfinite(line.y)
    y = frame.up(np.where(finite, line.y, 1.0))
    sign = "braille" if color or not line.sign else line.sign
    if finite.any():
        signal = figure.signal(
            x[finite].tolist(), y[finite].tolist(), marker=_marker(sign, line.color, color=color)
        )
        signal.lines(True)
        for index in np.flatnonzero(np.diff(np.cumsum(~finite)[finite], prepend=0)):
            signal.line(int(index), False)
        figure.draw(signal)
    if not finite.all():
        lost = x[~finite].tolist()
        figure.draw(
            figure.signal(
                lost, [1.0] * len(lost), marker=_marker("!", NOT_FINITE_COLOR, color=color)
            )
        )


def _draw_mark(figure: Any, place: float, height: int, *, color: bool) -> None:  # noqa: ANN401
    """Draw a dotted line from top to bottom, as points: plotext's lines bring a background."""
    rows = np.linspace(0.0, 1.0, 2 * height).tolist()
    figure.draw(figure.signal([place] * len(rows), rows, marker=_marker("┊", DIM, color=color)))


def _marker(sign: str, code: int, *, color: bool) -> Any:  # noqa: ANN401 - plotext's own
    return plotext.marker(sign, pixel=code) if color else plotext.marker(sign)


def _without_needless_resets(text: str) -> str:
    """Drop the resets around text that has no colour, which plotext writes too."""
    kept, colored = [], False
    for part in re.split(r"(\x1b\[[0-9;]*m)", text):
        if part == RESET and not colored:
            continue
        colored = part != RESET and (colored or part.startswith("\x1b"))
        kept.append(part)
    return "".join(kept)


def _head(lines: Sequence[Line], titles: Sequence[str], width: int, *, color: bool) -> str:
    """Return title and legend in one line: first with values, else without, else the title."""
    shown = [line for line in lines if line.label]
    for with_values in (True, False):
        key = "  ".join(_entry(line, with_values=with_values, color=color) for line in shown)
        for title in titles:
            space = width - len(title) - len(strip_colors(key))
            if space >= 2:
                return heading(title, color=color) + " " * space + key
    return heading(titles[0][:width], color=color)


def _entry(line: Line, *, with_values: bool, color: bool) -> str:
    last = f" {number(float(line.y[-1]), 3)}" if with_values and len(line.y) else ""
    sign = paint("━", foreground=line.color) if color else (line.sign or "⠒")
    return f"{sign} {line.label}{last}"


def _centred(words: str, width: int, height: int) -> list[str]:
    lines = [""] * height
    lines[height // 2] = words[:width].center(width).rstrip()
    return lines
