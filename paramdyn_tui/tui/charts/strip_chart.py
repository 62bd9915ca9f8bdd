"""The course of a value in one row of cells, for tables and for the system strip."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from paramdyn_tui.formatting import ASCII_BLOCKS, BLOCKS, cells_of
from paramdyn_tui.tui.cells import Look, Row, Span, fitted

HOLE = "x"
Levels = Sequence[tuple[float, str]]
"""Values from which on a style holds, rising: ``((0, "good"), (0.7, "warn"), (0.9, "bad"))``."""


def strip_chart(
    values: Sequence[float],
    width: int,
    look: Look,
    *,
    low: float | None = None,
    high: float | None = None,
    style: str = "s0",
    levels: Levels = (),
    newest_right: bool = False,
) -> Row:
    """Return values as ``▁`` to ``█`` in exactly ``width`` cells, the first at the left.

    More values than cells: each cell shows the value of its share that is farthest from the mean
    of all, so that a spike is never lost. A value that is not finite shows as ``x``.

    Args:
        values: Any number of them.
        width: Cells, 0 or more; what no value needs is blank.
        look: What the terminal can show.
        low: What the lowest level stands for; None: the smallest finite value.
        high: What the highest level stands for; None: the largest.
        style: Of all cells, where ``levels`` names none.
        levels: Styles by value.
        newest_right: Whether few values stand at the right end, as in a history that grows.
    """
    shown = cells_of(values, width)
    finite = [value for value in values if math.isfinite(value)]
    bottom = low if low is not None else min(finite, default=0.0)
    top = high if high is not None else max(finite, default=0.0)
    blocks = ASCII_BLOCKS if look.ascii_only else BLOCKS
    spans: list[Span] = []
    for name, cells in itertools.groupby(shown, key=lambda value: _style(value, style, levels)):
        spans.append(Span("".join(_block(cell, bottom, top, blocks) for cell in cells), name))
    if newest_right and len(shown) < width:
        spans.insert(0, Span(" " * (width - len(shown))))
    return fitted(spans, width)


def _block(value: float, low: float, high: float, blocks: str) -> str:
    if not math.isfinite(value):
        return HOLE
    if not high > low:
        return blocks[0]
    share = (value / 2 - low / 2) / (high / 2 - low / 2)
    return blocks[min(max(round(share * (len(blocks) - 1)), 0), len(blocks) - 1)]


def _style(value: float, style: str, levels: Levels) -> str:
    if not math.isfinite(value):
        return "bad"
    for least, name in levels:
        if value >= least:
            style = name
    return style
