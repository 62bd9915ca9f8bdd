"""Lines of charts from series: smooth ones before raw ones, differences, means with bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paramdyn_tui.plotting.bands import DEVIATION, INTERVAL, band_of, difference_of
from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.charts.chart import ChartLine
from paramdyn_tui.tui.charts.smoothing import Smoother

__all__ = ["DEVIATION", "INTERVAL", "difference_line", "mean_line", "with_smooth"]


def with_smooth(line: ChartLine, smoother: Smoother | None) -> list[ChartLine]:
    """Return the line, or its raw self made faint and the smooth one, which bears the name.

    Args:
        line: The raw line.
        smoother: Its own, kept from frame to frame; None or one of weight 0: the line as it is.
    """
    if smoother is None or smoother.weight == 0.0 or not len(line.y):
        return [line]
    raw = replace(line, faint=True, low=None, high=None)
    return [raw, replace(line, y=smoother.update(line.y), pyramid=None)]


def difference_line(line: ChartLine, base: ChartLine) -> ChartLine:
    """Return a line less another, at its own positions where both are; interpolated between.

    Args:
        line: With rising positions.
        base: What is subtracted, with rising positions.
    """
    x, y = difference_of((line.x, line.y), (base.x, base.y))
    return replace(line, x=x, y=y, low=None, high=None, pyramid=None)


def mean_line(
    label: str,
    curves: Sequence[tuple[Floats, Floats]],
    color: int,
    *,
    spread: str = INTERVAL,
) -> ChartLine:
    """Return the mean of some curves as one line with a band; one curve has no band.

    Args:
        label: Of the line.
        curves: Positions, rising, and values, of one run each; interpolated at the positions of
            all of them, each within its own ends. Shape (N_i,) each.
        color: Number of its colour.
        spread: ``INTERVAL``: the 95 % interval of the mean. ``DEVIATION``: mean +- the standard
            deviation.
    """
    band = band_of(curves, spread=spread)
    several = len([x for x, _ in curves if len(x)]) > 1
    return ChartLine(
        label,
        band.x,
        band.mean,
        color,
        low=band.low if several else None,
        high=band.high if several else None,
    )
