"""Histograms of the weights of each layer as text: before, after and displacement."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paramdyn.store.manifest import ParameterInfo
from paramdyn_tui.formatting import count, number
from paramdyn_tui.plotting.bars import Bars, bar_chart
from paramdyn_tui.plotting.frame import BLUE, PURPLE, VERMILION
from paramdyn_tui.plotting.histograms import BINS, Counts, Histograms, LayerHistograms, rebinned
from paramdyn_tui.plotting.layers import group_rows, shorten
from paramdyn_tui.plotting.raster import heading, pad, paint, wrapped
from paramdyn_tui.plotting.sections import GAP, SIDE_BY_SIDE, Section, View

LEAST_CHART, MOST_CHART = 7, 12
"""Lines of a chart."""
LEAST_LAYERS = 5
"""Layers, or groups of them, that are told apart at any height."""
FINE = 72
"""From this width on, a chart has place for each of the bins; else two make one."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How a histogram is told from the others."""

    color: int
    sign: str
    filled: bool
    outlined: bool = False


BEFORE = _Look(BLUE, ":", filled=True, outlined=True)
AFTER = _Look(VERMILION, "o", filled=False)
ONLY_AFTER = _Look(VERMILION, ":", filled=True)
MOVED = _Look(PURPLE, "=", filled=True)


def histograms_section(name: str, histograms: Histograms, view: View) -> Section:
    """Return two charts for each layer of a run: before and after on one scale, displacement.

    Where the height is short, neighbouring layers are merged, as in a heatmap.
    """
    rows = histograms.rows
    charts = 2 if histograms.before else 1
    columns = max((view.width + GAP) // (SIDE_BY_SIDE // 2 + GAP), 1)
    columns -= columns % charts if columns > charts else 0
    width = (view.width - GAP * (columns - 1)) // columns
    title = f"{name}: weights of each layer" if view.several else "weights of each layer"
    title = f"{title}, share of them in each of {_bins(width)} bins"
    head = [heading(title[: view.width], color=view.color), *_legend(histograms, view)]
    words = []
    if lost := sum(row.after.not_finite for row in rows):
        words.append(f"{count(lost)} values are not finite and in no bin"[: view.width])
    if histograms.hint:
        words += textwrap.wrap(histograms.hint, view.width)

    def lines_of(layers: int) -> int:
        return -(-layers * charts // columns)

    def draw(height: int) -> list[str]:
        free = height - len(head) - len(words)
        layers = min(len(rows), LEAST_LAYERS)
        while layers < len(rows) and lines_of(layers + 1) * LEAST_CHART <= free:
            layers += 1
        groups = _grouped(rows, layers)
        each = min(max(free // lines_of(len(groups)), LEAST_CHART), MOST_CHART)
        drawn = [c for group in groups for c in _charts(group, width, each, color=view.color)]
        lines = list(head)
        for first in range(0, len(drawn), columns):
            lines += _beside(drawn[first : first + columns], width)
        return lines + words

    extra = len(head) + len(words)
    least = lines_of(min(len(rows), LEAST_LAYERS)) * LEAST_CHART + extra
    return Section(least, lines_of(len(rows)) * MOST_CHART + extra, draw)


def _legend(histograms: Histograms, view: View) -> list[str]:
    entries = [(ONLY_AFTER, f"after: {histograms.after}")]
    if histograms.before:
        entries = [
            (BEFORE, f"before: {histograms.before}"),
            (AFTER, f"after: {histograms.after}"),
            (MOVED, "displacement, after - before"),
        ]
    shown = []
    for look, words in entries:
        letter = "━" if look.outlined or not look.filled else "█"
        sign = paint(letter * 2, foreground=look.color) if view.color else look.sign * 2
        shown.append(f"{sign} {words}")
    return wrapped(shown, view.width)


def _grouped(rows: Sequence[LayerHistograms], most: int) -> list[tuple[str, list[LayerHistograms]]]:
    """Return at most ``most`` groups of neighbours with their labels."""
    table = [
        ParameterInfo(row.label, (), 0, row.label.rpartition(".")[0], "", trainable=True)
        for row in rows
    ]
    return [(each.label, [rows[i] for i in each.members]) for each in group_rows(table, most)]


def _charts(
    group: tuple[str, list[LayerHistograms]], width: int, height: int, *, color: bool
) -> list[list[str]]:
    label, rows = group
    after = [row.after for row in rows]
    before = [row.before for row in rows if row.before is not None]
    moved = [row.moved for row in rows if row.moved is not None]
    reach = max(counts.reach for counts in [*before, *after])
    shown = [(BEFORE, before), (AFTER, after)] if before else [(ONLY_AFTER, after)]
    bars = [_bars(look, counts, reach, _bins(width)) for look, counts in shown]
    size = " → ".join(number(_deviation(counts), 3) for _, counts in shown)
    title = _title(label, f"rms {size}", width)
    charts = [bar_chart(bars, title=title, reach=reach, width=width, height=height, color=color)]
    if before:
        reach = max((counts.reach for counts in moved), default=0.0)
        title = _title(label, f"moved, rms {number(_deviation(moved), 3)}", width)
        bars = [_bars(MOVED, moved, reach, _bins(width))]
        charts.append(
            bar_chart(bars, title=title, reach=reach, width=width, height=height, color=color)
        )
    return charts


def _title(label: str, words: str, width: int) -> str:
    room = width - len(words) - 1
    return f"{shorten(label, room)} {words}" if room >= LEAST_CHART else shorten(label, width)


def _bins(width: int) -> int:
    return BINS if width >= FINE else BINS // 2


def _bars(look: _Look, counts: Sequence[Counts], reach: float, bins: int) -> Bars:
    """Return the shares of the values of some parameters in common bins."""
    tally = sum((rebinned(each, reach, bins) for each in counts), np.zeros(bins))
    whole = float(tally.sum())
    shares = tally / whole if whole else tally
    return Bars(shares, look.color, look.sign, filled=look.filled, outlined=look.outlined)


def _deviation(counts: Sequence[Counts]) -> float:
    """Return the root of the mean of squares of the finite values of all."""
    sizes = [int(each.counts.sum()) for each in counts]
    squares = sum(n * each.deviation**2 for n, each in zip(sizes, counts, strict=True))
    return float((squares / sum(sizes)) ** 0.5) if sum(sizes) else 0.0


def _beside(charts: Sequence[list[str]], width: int) -> list[str]:
    gap = " " * GAP
    rows = zip(*charts, strict=True)
    return [gap.join(pad(part, width) for part in row).rstrip() for row in rows]
