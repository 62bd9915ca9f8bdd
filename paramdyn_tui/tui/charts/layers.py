"""Lines and bands on a grid of cells: which lies on top, in which style, with which signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from paramdyn_tui.plotting.reduce import Bools
from paramdyn_tui.tui.cells import Look
from paramdyn_tui.tui.charts.bands import shaded
from paramdyn_tui.tui.charts.chart import Chart, ChartLine
from paramdyn_tui.tui.charts.dots import COARSE, FINE, Bits, Grain, characters, dots_of, packed
from paramdyn_tui.tui.charts.grid import Grid
from paramdyn_tui.tui.charts.legend import GLYPHS, SIGNS
from paramdyn_tui.tui.charts.pieces import Pieces
from paramdyn_tui.tui.charts.viewport import Viewport
from paramdyn_tui.tui.palette import SERIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

GLYPH_EVERY = 14
"""Cells between two signs on a line."""
DASH, GAP = 8, 4
"""Columns of dots after which a dashed line begins anew, and those of them that are left out."""


class Layer(NamedTuple):
    """Lines that look alike.

    Attributes:
        strong: Whether it hides those that are not, in the cells that it passes.
        dashed: Whether it has gaps.
        color: Number of its colour.
    """

    strong: bool
    dashed: bool
    color: int

    @property
    def style(self) -> str:
        """Name of its style."""
        return f"{'s' if self.strong else 'f'}{self.color}"


def layer_of(line: ChartLine) -> Layer:
    """Return the layer of a line."""
    return Layer(not line.faint, line.dashed, line.color % SERIES)


def draw_lines(grid: Grid, chart: Chart, pieces: Pieces, view: Viewport, look: Look) -> None:
    """Draw bands, then faint lines, then the others: of those the last one is on top.

    In a cell that lines share all their dots are set; but a line that is not faint drives the dots
    of faint ones out of its cells, so that a smooth line is not lost in the noise behind it.
    """
    grain = grain_of(look)
    for line in chart.lines:
        if line.low is not None and line.high is not None:
            _draw_band(grid, line, view, grain, filled=look.color)
    if not chart.lines:
        return
    own = [layer_of(line) for line in chart.lines]
    last = {layer: index for index, layer in enumerate(own)}
    layers = sorted(last, key=lambda layer: (layer.strong, last[layer]))
    number = {layer: index for index, layer in enumerate(layers)}
    columns, rows = grid.width * grain.columns, grid.height * grain.rows
    numbers = np.array([number[layer] for layer in own], np.intp)
    dots = dots_of(pieces, numbers, len(layers), view, columns=columns, rows=rows)
    for index, layer in enumerate(layers):
        if layer.dashed:
            dots[index, np.arange(columns) % DASH >= DASH - GAP] = False
    bits = packed(dots, grain)
    shown, top = _composed(bits, sum(not layer.strong for layer in layers))
    there = shown > 0
    if look.ascii_only and not look.color and sum(layer.strong for layer in layers) > 1:
        signs = [ord(SIGNS[layer.color] if layer.strong else ".") for layer in layers]
        letters = np.array(signs, np.uint32)[top]
    else:
        letters = characters(shown, grain)
    np.copyto(grid.letters, letters, where=there)
    styles = np.array([grid.style(layer.style) for layer in layers], np.int16)
    np.copyto(grid.styles, styles[top], where=there)


def grain_of(look: Look) -> Grain:
    """Return how many dots a cell has."""
    return COARSE if look.ascii_only else FINE


def draw_glyphs(grid: Grid, chart: Chart, pieces: Pieces, view: Viewport) -> None:
    """Set signs on the lines, for terminals that have no colour to tell them apart."""
    shown = [index for index, line in enumerate(chart.lines) if not line.faint]
    if not 1 < len(shown) <= len(GLYPHS):
        return
    for place, index in enumerate(shown):
        own = pieces.line == index
        if not own.any():
            continue
        columns, shares = pieces.column[own], view.up(pieces.first[own])
        first = place * GLYPH_EVERY // len(shown) + 1
        at = np.arange(first, grid.width, GLYPH_EVERY)
        at = at[(2 * at >= columns[0]) & (2 * at <= columns[-1])]
        ups = np.interp(2 * at, columns, np.clip(shares, -1.0, 2.0))
        line = chart.lines[index]
        for column, up in zip(at.tolist(), ups.tolist(), strict=True):
            if 0.0 <= up <= 1.0:
                row = round((1.0 - up) * (grid.height * FINE.rows - 1)) // FINE.rows
                grid.put(row, column, GLYPHS[line.color % len(GLYPHS)], line.style)


def _draw_band(grid: Grid, line: ChartLine, view: Viewport, grain: Grain, *, filled: bool) -> None:
    dots = shaded(line, view, grid.width * grain.columns, grid.height * grain.rows, filled=filled)
    bits = packed(dots[None], grain)[0]
    there = bits > 0
    np.copyto(grid.letters, characters(bits, grain), where=there)
    grid.styles[there] = grid.style(f"f{line.color % SERIES}")


def _composed(bits: Bits, faint: int) -> tuple[Bits, NDArray[np.intp]]:
    """Return the dots of each cell, and which layer is on top there.

    Args:
        bits: Shape (L, H, W).
        faint: How many of the first layers are faint.
    """
    if len(bits) == 1:
        return bits[0], np.zeros(bits.shape[1:], np.intp)
    below: Bits = np.bitwise_or.reduce(bits[:faint], axis=0)
    above: Bits = np.bitwise_or.reduce(bits[faint:], axis=0)
    there: Bools = bits[::-1] > 0
    top = len(bits) - 1 - there.argmax(axis=0)
    return np.where(above > 0, above, below), top
