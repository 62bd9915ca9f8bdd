"""The parts of a picture of runs as text, each drawn to a given size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from paramdyn_tui.formatting import count
from paramdyn_tui.plotting import series
from paramdyn_tui.plotting.curves import chart
from paramdyn_tui.plotting.frame import Panel
from paramdyn_tui.plotting.layers import KEPT, combine, group_rows
from paramdyn_tui.plotting.partition import partition
from paramdyn_tui.plotting.picture import ShownDrift
from paramdyn_tui.plotting.raster import (
    Scale,
    heading,
    heatmap,
    heatmap_columns,
    legend,
    pad,
    scale_of,
    strip_colors,
)
from paramdyn_tui.plotting.reduce import Bools, Floats, reduce_matrix

FORMULAS = {
    "weight_norm": "‖θ‖",
    "displacement": "‖θ-θ0‖",
    "relative_displacement": "‖θ-θ0‖/‖θ0‖",
    "update_norm": "‖Δθ‖ of a step",
    "update_ratio": "‖Δθ‖/‖θ‖ of a step",
    "path_length": "Σ‖Δθ‖",
    "straightness": "‖θ-θ0‖/Σ‖Δθ‖",
    "direction_change": "1-cos(θ0,θ)",
    "sign_changes": "share of values",
    "changed_share": "share of values",
    "gradient_norm": "‖g‖",
    "buffer_displacement": "‖b-b0‖",
}
TOTAL_LABEL = "all"
SIDE_BY_SIDE = 72
"""From this width on, two charts stand beside each other."""
GAP = 2


@dataclass(frozen=True, slots=True)
class View:
    """How a picture is wanted.

    Attributes:
        width: Characters a line has.
        color: Whether escape sequences are welcome.
        log: Whether values of heatmaps and layers are on a logarithmic scale.
        several: Whether parts have to say which run they are of.
    """

    width: int
    color: bool
    log: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a picture.

    Attributes:
        least: Lines it needs.
        most: Lines it can use.
        draw: Draws it in at most so many lines.
        elastic: Whether it fills whatever it is given.
    """

    least: int
    most: int
    draw: Callable[[int], list[str]]
    elastic: bool = False


def curves_section(panels: Sequence[Panel], view: View, *, legend_in_charts: bool) -> Section:
    """Return charts, two beside each other where the width allows it."""
    wide = view.width >= SIDE_BY_SIDE and len(panels) > 1
    width = (view.width - GAP) // 2 if wide else view.width
    rows = [panels[index : index + 1 + wide] for index in range(0, len(panels), 1 + wide)]

    def draw_one(panel: Panel, height: int) -> list[str]:
        return chart(panel, width=width, height=height, color=view.color, legend=legend_in_charts)

    def draw(height: int) -> list[str]:
        lines: list[str] = []
        for index, row in enumerate(rows):
            share = height * (index + 1) // len(rows) - height * index // len(rows)
            drawn = [draw_one(panel, share) for panel in row]
            if len(drawn) == 1:
                lines += drawn[0]
                continue
            lines += [pad(one, width + GAP) + two for one, two in zip(*drawn, strict=True)]
        return lines

    least = (8 if wide or len(rows) == 1 else 7) * len(rows)
    return Section(least, 50 * len(rows), draw, elastic=True)


def drift_section(shown: ShownDrift, view: View, together: Sequence[ShownDrift] = ()) -> Section:
    """Return the heatmap of a measurement, a row for each layer or group of layers.

    Args:
        shown: The measurement of one run.
        view: How it is wanted.
        together: All whose heatmaps share one scale, this one too.
    """
    drift = shown.drift
    has_total = bool(np.isfinite(drift.total).any())

    def draw(height: int) -> list[str]:
        most = max(height - 2 - has_total, 1)
        rows = group_rows(drift.parameters, most)
        values, defined = combine(
            drift.measurement, rows, drift.values, drift.defined, shown.weights
        )
        labels = [row.label for row in rows]
        columns = heatmap_columns([*labels, TOTAL_LABEL], shown.run.axis.label, view.width)
        if has_total:
            labels.append(TOTAL_LABEL)
            values = np.vstack([values, drift.total])
            defined = np.vstack([defined, ~np.isnan(drift.total)])
        keep = KEPT.get(drift.measurement, "max")
        values, defined = reduce_matrix(shown.x, values, defined, columns=columns, keep=keep)
        # the norm of all is above that of each: on the same scale it would dim the layers
        used = common_scale(together or [shown], most, log=view.log)
        key = legend(used, color=view.color) if used else "no finite value"
        name = f"{shown.run.name}: " if view.several else ""
        title = name + drift_title(drift.measurement, view.log)
        head = beside(title, key, view.width, color=view.color)
        extent = (float(shown.x[0]), float(shown.x[-1]))
        return [head, *heatmap(
            labels, values, defined, scale=used, extent=extent, axis=shown.run.axis.label,
            width=view.width, color=view.color,
        )]  # fmt: skip

    return Section(6, len(drift.parameters) + 2 + has_total, draw)


def common_scale(drifts: Sequence[ShownDrift], most: int, *, log: bool) -> Scale | None:
    """Return the scale of the values of ``most`` rows of each; None when none is finite."""
    scales = []
    for shown in drifts:
        drift = shown.drift
        rows = group_rows(drift.parameters, most)
        values, defined = combine(
            drift.measurement, rows, drift.values, drift.defined, shown.weights
        )
        if (scale := scale_of(values, defined, log=log)) is not None:
            scales.append(scale)
    if not scales:
        return None
    return Scale(min(scale.low for scale in scales), max(scale.high for scale in scales), log)


def classes_section(classes: series.Classes, name: str, view: View) -> Section:
    """Return the bar of the partition of all scalars of a run, its name before the title."""
    whole = sum(classes.total.values())
    title = f"what became of the {count(whole)} parameters by step {count(classes.step)}"
    title = f"{name}: {title}" if view.several else title
    head = heading(title[: view.width], color=view.color)
    lines = [head, *partition(classes.total, width=view.width, color=view.color)]
    return Section(len(lines), len(lines), lambda _height: lines)


def last_rows(shown: ShownDrift, most: int) -> tuple[list[str], Floats, Bools]:
    """Return labels and the last values of at most ``most`` layers or groups. Shape (R,) each."""
    drift = shown.drift
    rows = group_rows(drift.parameters, most)
    values, defined = combine(
        drift.measurement, rows, drift.values[:, -1:], drift.defined[:, -1:], shown.weights
    )
    return [row.label for row in rows], values[:, 0], defined[:, 0]


def drift_title(measurement: str, log: bool) -> str:
    """Return what a picture of a measurement shows."""
    name = measurement.replace("_", " ")
    parts = [f"{name} {FORMULAS[measurement]}" if measurement in FORMULAS else name]
    return ", ".join([*parts, "log scale"] if log else parts)


def beside(left: str, right: str, width: int, *, color: bool) -> str:
    """Return a heading and a text at the two ends of a line; where it is short, cut the heading."""
    space = max(width - len(strip_colors(right)) - 2, 0)
    return f"{pad(heading(left[:space], color=color), space)}  {right}"
