"""Layers as bars, and histograms of their weights, as text."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence

import numpy as np

from paramdyn_tui.formatting import BLOCKS, count
from paramdyn_tui.plotting.histograms import Counts, Histograms, LayerHistograms, rebinned
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.plotting.picture import ShownDrift
from paramdyn_tui.plotting.raster import (
    VALUE_WIDTH,
    heading,
    label_width,
    paint,
    scale_of,
    short_number,
    wrapped,
)
from paramdyn_tui.plotting.sections import Section, View, drift_title, last_rows

BAR = "━"
HISTOGRAM_COLOR = 38
LEAST_ROOM = 8
"""Cells below which three histograms do not stand beside each other."""


def layers_section(drifts: Sequence[ShownDrift], view: View) -> Section:
    """Return a bar for each layer, or group of layers, and run: the measurement when it ended."""
    runs = len(drifts)
    legend = wrapped([_run_entry(shown, view) for shown in drifts], view.width)
    legend = legend if view.several else []
    parameters = max(len(shown.drift.parameters) for shown in drifts)

    def draw(height: int) -> list[str]:
        most = max((height - 1 - len(legend)) // runs, 1)
        ends = [last_rows(shown, most) for shown in drifts]
        scale = scale_of(
            np.concatenate([values for _, values, _ in ends]),
            np.concatenate([defined for _, _, defined in ends]),
            log=view.log,
        )
        labels = list(dict.fromkeys(label for names, _, _ in ends for label in names))
        margin = label_width(labels, "", view.width)
        room = max(view.width - margin - VALUE_WIDTH - (5 if view.several else 3), 1)
        step = max(int(shown.drift.step[-1]) for shown in drifts)
        title = f"{drift_title(drifts[0].drift.measurement, view.log)} at step {count(step)}"
        lines = [heading(title[: view.width], color=view.color), *legend]
        for label in labels:
            shown_label = label
            for shown, (names, values, defined) in zip(drifts, ends, strict=True):
                if label not in names:
                    continue
                place = names.index(label)
                value = float(values[place]) if defined[place] else None
                share = 0.0
                if scale and value is not None and np.isfinite(value):
                    share = _share(value, scale.low, scale.high, log=view.log)
                head = f"{shorten(shown_label, margin):<{margin}} "
                look = shown.run.look
                sign = (look.glyph if view.color else look.sign) + " " if view.several else ""
                bar = (BAR if view.color else "=") * round(share * room)
                text = "undef." if value is None else short_number(value, 3)
                ink = f"{sign}{bar}"
                lines.append(
                    head + (paint(ink, foreground=look.color) if view.color else ink) + f" {text}"
                )
                shown_label = ""
        return lines

    return Section(
        runs * min(parameters, 5) + 1 + len(legend), runs * parameters + 1 + len(legend), draw
    )


def _run_entry(shown: ShownDrift, view: View) -> str:
    look = shown.run.look
    sign = paint(look.glyph, foreground=look.color) if view.color else look.sign
    return f"{sign} {shown.run.name}"


def histograms_section(name: str, histograms: Histograms, view: View) -> Section:
    """Return the histograms of a run, a line for each layer: before, after and displacement."""
    rows = histograms.rows
    margin = label_width([row.label for row in rows], "", view.width)
    columns = 3 if histograms.before else 1
    room = (view.width - margin - 1) // columns - VALUE_WIDTH - 3
    title = f"{name}: weights of each layer" if view.several else "weights of each layer"
    title += ", share of values from -m to +m, m at the right"
    lines = [heading(title[: view.width], color=view.color)]
    if room < LEAST_ROOM:
        lines += [line for row in rows for line in _stacked(row, margin, view)]
    else:
        heads = [f"before: {histograms.before}", f"after: {histograms.after}", "displacement"]
        heads = heads if histograms.before else heads[1:2]
        whole = room + VALUE_WIDTH + 3
        words = "".join(f"{shorten(each, whole - 1):<{whole}}" for each in heads)
        lines.append(" " * (margin + 1) + words.rstrip())
        lines += [_beside(row, margin, room, view) for row in rows]
    lost = sum(row.after.not_finite for row in rows)
    if lost:
        lines.append(f"{count(lost)} values are not finite and in no column"[: view.width])
    if histograms.hint:
        lines += textwrap.wrap(histograms.hint, view.width)
    return Section(len(lines), len(lines), lambda _height: lines)


def _beside(row: LayerHistograms, margin: int, room: int, view: View) -> str:
    """Return the histograms of a layer in one line."""
    cells = [_cell(counts, reach, room, view) for _, counts, reach in _parts(row)]
    return f"{shorten(row.label, margin):<{margin}} {''.join(cells)}".rstrip()


def _stacked(row: LayerHistograms, margin: int, view: View) -> list[str]:
    """Return the histograms of a layer in a line each, for a narrow place."""
    room = max(view.width - margin - VALUE_WIDTH - 11, 1)
    labels = itertools.chain([row.label], itertools.repeat(""))
    return [
        f"{shorten(label, margin):<{margin}} {word:<6} {_cell(counts, reach, room, view)}".rstrip()
        for label, (word, counts, reach) in zip(labels, _parts(row), strict=False)
    ]


def _parts(row: LayerHistograms) -> list[tuple[str, Counts, float]]:
    """Return what is known of a layer and how far its cells reach: before and after alike."""
    both = max(counts.reach for counts in (row.before, row.after) if counts is not None)
    parts = [("before", row.before, both), ("after", row.after, both)]
    parts.append(("moved", row.moved, row.moved.reach if row.moved else 0.0))
    return [(word, counts, reach) for word, counts, reach in parts if counts is not None]


def _cell(counts: Counts, reach: float, room: int, view: View) -> str:
    shares = rebinned(counts, reach, room)
    top = float(shares.max())
    letters = "".join(
        " " if share <= 0 else BLOCKS[min(int(share / top * len(BLOCKS)), len(BLOCKS) - 1)]
        for share in shares.tolist()
    )
    shown = paint(letters, foreground=HISTOGRAM_COLOR) if view.color else letters
    return f"{shown} {'±' + short_number(reach, 2):<{VALUE_WIDTH + 1}} "


def _share(value: float, low: float, high: float, *, log: bool) -> float:
    """Return how long a bar is; linear ones begin at zero, logarithmic ones a tenth below."""
    if not log:
        return min(max(value / high, 0.0), 1.0) if high > 0 else 0.0
    if value <= 0:
        return 0.0
    first = np.log10(low) - 0.1 * max(np.log10(high / low), 1.0)
    return float((np.log10(value) - first) / (np.log10(high) - first))
