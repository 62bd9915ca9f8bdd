"""Matrices as text: numbers on coloured cells where they fit, else cells, else half cells.

With colour, a cell's background says its value: from dark to light where all values have one sign,
from a dark middle to light blue and light orange where zero is in the middle. Two rows share a line
where there are many: the upper one is the colour of a half block, the lower one its background.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from paramdyn_tui.formatting import count, number
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.plotting.raster import (
    DENSITY,
    PALETTE,
    UNDEFINED_SIGN,
    Scale,
    heading,
    headings,
    paint,
    strip_colors,
    wrapped,
)
from paramdyn_tui.plotting.reduce import Floats

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Heatmap

DIVERGING = (117, 74, 31, 24, 236, 94, 130, 172, 215)
"""Codes of the 256-colour table, from negative to positive; the middle is the darkest."""
DIVERGING_SIGNS = "Ww- +x#"
DARK, LIGHT = 16, 231
HALF = "▀"
LEAST_ROWS = 12
CELL = 6
"""Characters that a cell with a number needs."""


def matrix_lines(picture: Heatmap, *, width: int, height: int, color: bool) -> list[str]:
    """Return a matrix as lines: heading with its scale, cells with labels, what was put together.

    Args:
        picture: The matrix.
        width: Characters a line has.
        height: Lines that the terminal has; few rows may need more.
        color: Whether escape sequences are welcome.
    """
    rows, columns = picture.values.shape
    most = max(height - 6, LEAST_ROWS)
    head = _head(picture, width, color=color)
    tail = [_axes(picture)[:width], *textwrap.wrap(picture.note, width)]
    if not rows or not columns:
        return [*head, "no values"]
    labels = _row_labels(picture)
    margin = _margin(labels, width)
    room = width - margin
    if columns * CELL <= room and rows <= max(most, 24) and _fits(picture.values):
        body = _with_numbers(picture, labels, margin, color=color)
    elif columns <= room and rows <= max(most, 24):
        size = 2 if 2 * columns <= room else 1
        body = _plain_cells(picture, labels, margin, size, color=color)
    else:
        return [*head, *_dense(picture, width, most, color=color), *tail]
    return [*head, *body, *_column_key(picture, width), *tail]


def _head(picture: Heatmap, width: int, *, color: bool) -> list[str]:
    signs = _signs(picture, color=color)
    levels = "".join(_painted(" " if color else sign, level, picture, color=color)
                     for level, sign in enumerate(signs))  # fmt: skip
    key = f"{number(picture.low, 3)} {levels} {number(picture.high, 3)}"
    space = width - len(strip_colors(key)) - 2
    if len(picture.title) > space:
        return [*headings(picture.title, width, color=color), key]
    return [heading(picture.title, color=color) + " " * (space - len(picture.title) + 2) + key]


def _axes(picture: Heatmap) -> str:
    rows, columns = picture.values.shape
    return (
        f"rows: {picture.row_title} ({count(rows)}); "
        f"columns: {picture.column_title} ({count(columns)})"
    )


def _palette(picture: Heatmap) -> Sequence[int]:
    return DIVERGING if picture.low < 0 else PALETTE


def _signs(picture: Heatmap, *, color: bool) -> str:
    """Return one character for each level."""
    if color:
        return " " * len(_palette(picture))
    return DIVERGING_SIGNS if picture.low < 0 else DENSITY


def _levels(picture: Heatmap, values: Floats, *, color: bool) -> list[list[int]]:
    """Return the level of each value; UNDEFINED where there is none."""
    scale = Scale(picture.low, picture.high)
    levels = scale.levels(values, ~np.isnan(values), len(_signs(picture, color=color)))
    return [[int(level) for level in row] for row in levels]


def _painted(text: str, level: int, picture: Heatmap, *, color: bool) -> str:
    """Return text on the colour of a level; an undefined one has none."""
    if not color:
        return text
    if level < 0:
        return paint(text, foreground=244)
    palette = _palette(picture)
    light = level >= 5 if picture.low >= 0 else level in (0, 1, 7, 8)
    return paint(text, foreground=DARK if light else LIGHT, background=palette[level])


def _row_labels(picture: Heatmap) -> list[str]:
    """Return the rows' labels, with their numbers where columns go by number."""
    if not picture.rows:
        return [""] * len(picture.values)
    if _same_labels(picture):
        wide = len(str(len(picture.rows)))
        return [f"{index:>{wide}} {label}" for index, label in enumerate(picture.rows, 1)]
    return list(picture.rows)


def _same_labels(picture: Heatmap) -> bool:
    return bool(picture.rows) and list(picture.rows) == list(picture.columns)


def _margin(labels: Sequence[str], width: int) -> int:
    widest = max(map(len, labels), default=0)
    return min(widest, max(width * 2 // 5, 8)) + 1 if widest else 0


def _fits(values: Floats) -> bool:
    return all(len(_figure(value)) < CELL for value in values.ravel().tolist())


def _figure(value: float) -> str:
    if np.isnan(value):
        return UNDEFINED_SIGN
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"


def _with_numbers(
    picture: Heatmap, labels: Sequence[str], margin: int, *, color: bool
) -> list[str]:
    lines = [_column_numbers(picture, margin, CELL)]
    levels = _levels(picture, picture.values, color=color)
    for label, row, level in zip(labels, picture.values.tolist(), levels, strict=True):
        cells = [_painted(f"{_figure(value):>{CELL - 1}} ", each, picture, color=color)
                 for value, each in zip(row, level, strict=True)]  # fmt: skip
        lines.append((_label(label, margin) + "".join(cells)).rstrip())
    return lines


def _plain_cells(
    picture: Heatmap, labels: Sequence[str], margin: int, size: int, *, color: bool
) -> list[str]:
    lines = [_column_numbers(picture, margin, size)]
    signs = _signs(picture, color=color)
    for label, row in zip(labels, _levels(picture, picture.values, color=color), strict=True):
        cells = [_painted((UNDEFINED_SIGN if level < 0 else signs[level]) * size, level, picture,
                          color=color) for level in row]  # fmt: skip
        lines.append(_label(label, margin) + "".join(cells))
    return lines


def _label(label: str, margin: int) -> str:
    return f"{shorten(label, margin - 1):<{margin}}" if margin else ""


def _column_numbers(picture: Heatmap, margin: int, size: int) -> str:
    """Return the line above the cells: numbers of columns that have labels, where they fit."""
    if not picture.columns:
        return ""
    line = [" "] * (picture.values.shape[1] * size)
    free = 0
    for index in range(len(picture.columns)):
        text = str(index + 1)
        start = index * size + max(size - 1 - len(text), 0)
        if start >= free and start + len(text) <= len(line):
            line[start : start + len(text)] = text
            free = start + len(text) + 1
    return (" " * margin + "".join(line)).rstrip()


def _column_key(picture: Heatmap, width: int) -> list[str]:
    if not picture.columns or _same_labels(picture):
        return []
    return wrapped([f"{index} {label}" for index, label in enumerate(picture.columns, 1)], width)


def _dense(picture: Heatmap, width: int, most: int, *, color: bool) -> list[str]:
    """Return the matrix with two rows a line, several values put together where there are more."""
    rows, columns = picture.values.shape
    per_line = 2 if color else 1
    down = -(-rows // (most * per_line))
    across = -(-columns // width)
    if color:
        down = across = max(down, across)  # half a cell is as high as it is wide
    values = extremes(picture.values, down, across, 0.0 if picture.low < 0 else picture.low)
    levels = _levels(picture, values, color=color)
    signs = _signs(picture, color=color)
    if not color:
        lines = ["".join(UNDEFINED_SIGN if each < 0 else signs[each] for each in row).rstrip()
                 for row in levels]  # fmt: skip
    else:
        below = [*levels[1:], [-1] * len(levels[0])]
        palette = _palette(picture)
        lines = [
            "".join(_half(up, low, palette) for up, low in zip(levels[i], below[i], strict=True))
            for i in range(0, len(levels), 2)
        ]
    if down > 1 or across > 1:
        centre = "zero" if picture.low < 0 else number(picture.low, 3)
        lines += wrapped([f"each cell: of {down} x {across} values the one farthest from {centre}"],
                         width)  # fmt: skip
    return lines


def _half(upper: int, lower: int, palette: Sequence[int]) -> str:
    if upper < 0 and lower < 0:
        return " "
    if upper < 0:
        return paint("▄", foreground=palette[lower])
    return paint(HALF, foreground=palette[upper], background=palette[lower] if lower >= 0 else None)


def extremes(values: Floats, down: int, across: int, centre: float) -> Floats:
    """Return of each block the value that is farthest from ``centre``; NaN where all are.

    Args:
        values: Shape (R, C).
        down: Rows of a block.
        across: Columns of a block.
        centre: Where nothing is to be seen.

    Returns:
        Shape (ceil(R / down), ceil(C / across)).
    """
    rows, columns = values.shape
    high, wide = -(-rows // down), -(-columns // across)
    padded = np.full((high * down, wide * across), np.nan)
    padded[:rows, :columns] = values
    blocks = padded.reshape(high, down, wide, across).transpose(0, 2, 1, 3).reshape(high, wide, -1)
    distance = np.where(np.isnan(blocks), -1.0, np.abs(blocks - centre))
    chosen: Floats = np.take_along_axis(blocks, distance.argmax(axis=2)[..., None], axis=2)[..., 0]
    return chosen
