"""Layers as bars, and histograms of their weights, as text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramdyn_tui.formatting import BLOCKS, count, number
from paramdyn_tui.plotting.histograms import Counts, Histograms, LayerHistograms, rebinned
from paramdyn_tui.plotting.layers import shorten
from paramdyn_tui.plotting.picture import ShownDrift
from paramdyn_tui.plotting.raster import VALUE_WIDTH, heading, label_width, paint, scale_of
from paramdyn_tui.plotting.sections import Section, View, drift_title, last_rows

BAR = "━"
HISTOGRAM_COLOR = 38


def layers_section(drifts: Sequence[ShownDrift], view: View) -> Section:
    """Return a bar for each layer, or group of layers, and run: the measurement when it ended."""
    runs = len(drifts)
    parameters = max(len(shown.drift.parameters) for shown in drifts)

    def draw(height: int) -> list[str]:
        most = max((height - 1) // runs, 1)
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
        lines = [heading(title[: view.width], color=view.color)]
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
                text = "undef." if value is None else number(value, 3)
                ink = f"{sign}{bar}"
                lines.append(
                    head + (paint(ink, foreground=look.color) if view.color else ink) + f" {text}"
                )
                shown_label = ""
        return lines

    return Section(runs * min(parameters, 5) + 1, runs * parameters + 1, draw)


def histograms_section(name: str, histograms: Histograms, view: View) -> Section:
    """Return the histograms of a run, a line for each layer: before, after and displacement."""
    rows = histograms.rows
    labels = [row.label for row in rows]
    margin = label_width(labels, "", view.width)
    columns = 3 if histograms.before else 1
    room = max((view.width - margin - (columns * (VALUE_WIDTH + 3))) // columns, 4)
    heads = ["before: " + histograms.before, "after: " + histograms.after, "displacement"]
    heads = heads if histograms.before else heads[1:2]
    title = f"{name}: weights of each layer" if view.several else "weights of each layer"
    title += ", share of values from -m to +m, m at the right"
    lines = [
        heading(title[: view.width], color=view.color),
        (
            " " * (margin + 1)
            + "".join(f"{shorten(each, room):<{room + VALUE_WIDTH + 3}}" for each in heads)
        ).rstrip(),
        *(_histogram_line(row, margin, room, view) for row in rows),
    ]
    lost = sum(row.after.not_finite for row in rows)
    if lost:
        lines.append(f"{count(lost)} values are not finite and in no column"[: view.width])
    if histograms.hint:
        lines.append(histograms.hint[: view.width])
    return Section(len(lines), len(lines), lambda _height: lines)


def _histogram_line(row: LayerHistograms, margin: int, room: int, view: View) -> str:
    cells = [f"{shorten(row.label, margin):<{margin}} "]
    pair = [counts.reach for counts in (row.before, row.after) if counts is not None]
    for counts, reach in ((row.before, max(pair)), (row.after, max(pair)), (row.moved, None)):
        if counts is not None:
            cells.append(_cell(counts, counts.reach if reach is None else reach, room, view))
    return "".join(cells).rstrip()


def _cell(counts: Counts, reach: float, room: int, view: View) -> str:
    shares = rebinned(counts, reach, room)
    top = float(shares.max())
    letters = "".join(
        " " if share <= 0 else BLOCKS[min(int(share / top * len(BLOCKS)), len(BLOCKS) - 1)]
        for share in shares.tolist()
    )
    shown = paint(letters, foreground=HISTOGRAM_COLOR) if view.color else letters
    return f"{shown} {'±' + number(reach, 2):<{VALUE_WIDTH + 1}} "


def _share(value: float, low: float, high: float, *, log: bool) -> float:
    """Return how long a bar is; linear ones begin at zero, logarithmic ones a tenth below."""
    if not log:
        return min(max(value / high, 0.0), 1.0) if high > 0 else 0.0
    if value <= 0:
        return 0.0
    first = np.log10(low) - 0.1 * max(np.log10(high / low), 1.0)
    return float((np.log10(value) - first) / (np.log10(high) - first))
