"""Layers as bars, as text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paramdyn_tui.formatting import count
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


def _share(value: float, low: float, high: float, *, log: bool) -> float:
    """Return how long a bar is; linear ones begin at zero, logarithmic ones a tenth below."""
    if not log:
        return min(max(value / high, 0.0), 1.0) if high > 0 else 0.0
    if value <= 0:
        return 0.0
    first = np.log10(low) - 0.1 * max(np.log10(high / low), 1.0)
    return float((np.log10(value) - first) / (np.log10(high) - first))
