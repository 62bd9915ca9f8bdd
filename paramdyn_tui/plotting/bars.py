"""Histograms as bars and steps, drawn by plotext.

plotext keeps one figure for the whole process, so every picture clears it first. It is given at
most a few hundred points, already on scales from 0 to 1, and its ticks: what it draws depends on
nothing but the arguments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from paramdyn_tui.plotting.raster import heading, nice_ticks, tick_text
from paramdyn_tui.plotting.reduce import Floats

RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of one histogram.

    Attributes:
        shares: Heights of equal bins that fill the width; none is negative. Shape (B,).
        color: A code of the 256-colour table.
        sign: What draws it without colour.
        filled: Whether they are filled down to the axis, or an outline.
        outlined: Whether they are an outline where there is colour: dots of two histograms share
            cells, which have one colour, so that a filled one would take the line's.
    """

    shares: Floats
    color: int
    sign: str
    filled: bool
    outlined: bool = False


def bar_chart(
    bars: Sequence[Bars], *, title: str, reach: float, width: int, height: int, color: bool
) -> list[str]:
    """Return histograms on top of each other, as ``height`` lines of at most ``width`` characters.

    Args:
        bars: What is drawn, the last on top.
        title: The first line, cut where it is too long.
        reach: Where the bins end; they begin as far below zero.
        width: At least 20.
        height: At least 4.
        color: Whether escape sequences are welcome; without, there are none.
    """
    head = heading(title[:width], color=color)
    top = max((float(each.shares.max()) for each in bars), default=0.0)
    if not reach > 0 or not top > 0:
        words = "all are zero" if top > 0 else "no finite value"
        lines = [""] * (height - 1)
        lines[(height - 1) // 2] = words.center(width).rstrip()
        return [head, *lines]
    return [head, *_draw(bars, top, reach, width, height - 1, color=color)]


def _draw(
    bars: Sequence[Bars], top: float, reach: float, width: int, height: int, *, color: bool
) -> list[str]:
    import plotext

    figure: Any = plotext.figure
    plotext.terminal.limit(False, False)  # else a size above the terminal's is cut
    figure.clear()
    figure.theme("simple" if color else "colorless")
    figure.plot_size(width, height)
    figure.legend(False)
    figure.axes(False, axis="x", side="upper").axes(False, axis="y", side="right")
    figure.ruler("x").lim(0, 1)
    figure.ruler("y").lim(0, 1)
    most = max(height // 3, 2)
    ups = next(ticks for k in (0, 1) if len(ticks := nice_ticks(0.0, 100 * top, most + k)) > 1)
    labels = [f"{tick_text(tick)}%" if tick else "0" for tick in ups]
    figure.ruler("y").ticks([tick / (100 * top) for tick in ups], labels=labels)
    across = nice_ticks(-reach, reach, max(width // 10, 3))
    places = [(tick + reach) / (2 * reach) for tick in across]
    figure.ruler("x").ticks(places, labels=[tick_text(tick) for tick in across])
    for each in bars:
        _add(plotext, figure, each, top, color=color)
    text = figure.build().string(colorless=not color)
    figure.clear()
    rows = text.split("\n")[:height]
    return [_without_needless_resets(row).rstrip() for row in rows]


def _add(plotext: Any, figure: Any, bars: Bars, top: float, *, color: bool) -> None:  # noqa: ANN401
    """Draw the steps between the first and the last bin that is not empty."""
    edges = np.linspace(0.0, 1.0, len(bars.shares) + 1)
    used = np.flatnonzero(bars.shares)
    if not len(used):
        return
    first, last = int(used[0]), int(used[-1]) + 1
    x = np.repeat(edges[first : last + 1], 2)
    y = np.concatenate([[0.0], np.repeat(bars.shares[first:last] / top, 2), [0.0]])
    sign = "braille" if color else bars.sign
    marker = plotext.marker(sign, pixel=bars.color) if color else plotext.marker(sign)
    signal = figure.signal(x.tolist(), y.tolist(), marker=marker)
    signal.lines(True)
    if bars.filled and not (color and bars.outlined):
        signal.fillx(True)
    figure.draw(signal)


def _without_needless_resets(text: str) -> str:
    """Drop the resets around text that has no colour, which plotext writes too."""
    kept, colored = [], False
    for part in re.split(r"(\x1b\[[0-9;]*m)", text):
        if part == RESET and not colored:
            continue
        colored = part != RESET and (colored or part.startswith("\x1b"))
        kept.append(part)
    return "".join(kept)
