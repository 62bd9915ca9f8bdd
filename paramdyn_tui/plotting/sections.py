"""The parts of a picture of a run, each read from its folder and drawn to a given size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from paramdyn.store.layout import Layout
from paramdyn_tui.formatting import count
from paramdyn_tui.plotting import series
from paramdyn_tui.plotting.curves import chart
from paramdyn_tui.plotting.frame import BLUE, DIM, PURPLE, VERMILION, Line, Mark, Panel
from paramdyn_tui.plotting.layers import KEPT, RELATIVE, combine, group_rows
from paramdyn_tui.plotting.partition import partition
from paramdyn_tui.plotting.raster import (
    heading,
    heatmap,
    heatmap_columns,
    legend,
    pad,
    scale_of,
    strip_colors,
)
from paramdyn_tui.plotting.reduce import Floats, reduce_matrix

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
CURVES = (
    ("train/{}", "batch", DIM, ""),
    ("train/epoch_{}", "train", BLUE, "*"),
    ("validation/{}", "val", PURPLE, "+"),
    ("test/{}", "test", VERMILION, "o"),
)
"""Name in metrics.jsonl, label, colour, and sign without colour; drawn in this order."""
TOTAL_LABEL = "all"
SIDE_BY_SIDE = 72
"""From this width on, loss and accuracy stand beside each other."""
GAP = 2


@dataclass(frozen=True, slots=True)
class View:
    """How a picture is wanted.

    Attributes:
        axis: What runs from left to right.
        width: Characters a line has.
        color: Whether escape sequences are welcome.
        log: Whether values are on a logarithmic scale.
        marks: Steps to mark.
    """

    axis: series.Axis
    width: int
    color: bool
    log: bool = False
    marks: Sequence[int] = field(default=())


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


def curves_section(layout: Layout, view: View) -> Section:
    """Return the charts of loss and accuracy, beside each other where the width allows it.

    Raises:
        RunIncomplete: Nothing is recorded yet.
    """
    metrics = series.read_metrics(layout)
    wide = view.width >= SIDE_BY_SIDE
    width = (view.width - GAP) // 2 if wide else view.width
    marks = [Mark(x) for x in view.axis.of(np.array(view.marks, dtype=np.float64)).tolist()]

    def draw_one(quantity: str, height: int) -> list[str]:
        panel = Panel(
            metric_lines(metrics, quantity, view.axis),
            curve_titles(quantity, view),
            log=view.log and quantity == "loss",
            marks=marks,
        )
        return chart(panel, width=width, height=height, color=view.color)

    def draw(height: int) -> list[str]:
        if not wide:
            return draw_one("loss", height // 2) + draw_one("accuracy", height // 2)
        pairs = zip(draw_one("loss", height), draw_one("accuracy", height), strict=True)
        return [pad(left, width + GAP) + right for left, right in pairs]

    return Section(*((8, 20) if wide else (14, 40)), draw, elastic=True)


def metric_lines(
    metrics: Mapping[str, series.Curve], quantity: str, axis: series.Axis
) -> list[Line]:
    """Return the lines of ``loss`` or ``accuracy``: of batches, and of each split."""
    return [
        Line(label, axis.of(metrics[name][0]), metrics[name][1], color, sign)
        for pattern, label, color, sign in CURVES
        if (name := pattern.format(quantity)) in metrics
    ]


def curve_titles(quantity: str, view: View) -> list[str]:
    """Return what a chart shows with its unit, longest first."""
    unit = "loss, nats" if quantity == "loss" else "accuracy, share"
    scale = ", log" if view.log and quantity == "loss" else ""
    return [f"{unit}{scale} by {view.axis.label}", f"{unit}{scale}", f"{quantity}{scale}"]


def drift_section(layout: Layout, measurement: str, view: View) -> Section:
    """Return the heatmap of a measurement, a row for each layer or group of layers.

    Raises:
        RunIncomplete: It is not recorded.
        UnknownName: There is no such measurement.
    """
    drift = series.read_drift(layout, measurement)
    weights = row_weights(layout, drift)
    x = view.axis.of(drift.step)
    has_total = bool(np.isfinite(drift.total).any())

    def draw(height: int) -> list[str]:
        rows = group_rows(drift.parameters, max(height - 2 - has_total, 1))
        values, defined = combine(measurement, rows, drift.values, drift.defined, weights)
        labels = [row.label for row in rows]
        columns = heatmap_columns([*labels, TOTAL_LABEL], view.axis.label, view.width)
        if has_total:
            labels.append(TOTAL_LABEL)
            values = np.vstack([values, drift.total])
            defined = np.vstack([defined, ~np.isnan(drift.total)])
        keep = KEPT.get(measurement, "max")
        values, defined = reduce_matrix(x, values, defined, columns=columns, keep=keep)
        # the norm of all is above that of each: on the same scale it would dim the layers
        scale = scale_of(values[: len(rows)], defined[: len(rows)], log=view.log)
        key = legend(scale, color=view.color) if scale else "no finite value"
        head = beside(drift_title(measurement, view.log), key, view.width, color=view.color)
        extent = (float(x[0]), float(x[-1]))
        return [head, *heatmap(
            labels, values, defined, scale=scale, extent=extent, axis=view.axis.label,
            width=view.width, color=view.color,
        )]  # fmt: skip

    return Section(6, len(drift.parameters) + 2 + has_total, draw)


def classes_section(layout: Layout, view: View) -> Section:
    """Return the bar of the partition of all scalars.

    Raises:
        RunIncomplete: It is not recorded.
    """
    classes = series.read_classes(layout)
    whole = sum(classes.total.values())
    title = f"what became of the {count(whole)} parameters by step {count(classes.step)}"
    head = heading(title[: view.width], color=view.color)
    lines = [head, *partition(classes.total, width=view.width, color=view.color)]
    return Section(len(lines), len(lines), lambda _height: lines)


def row_weights(layout: Layout, drift: series.Drift) -> Floats:
    """Return what parameters weigh when they share a row. Shape (L,).

    Their norms at the start for relative norms (their square roots of counts when these were not
    recorded), else their counts.
    """
    counts = np.array([info.count for info in drift.parameters], dtype=np.float64)
    if drift.measurement not in RELATIVE:
        return counts
    norms = series.starting_norms(layout)
    if norms is None or len(norms) != len(counts):
        return np.sqrt(counts)
    return np.nan_to_num(norms, posinf=0.0, neginf=0.0)


def drift_title(measurement: str, log: bool) -> str:
    """Return what a picture of a measurement shows."""
    name = measurement.replace("_", " ")
    parts = [f"{name} {FORMULAS[measurement]}" if measurement in FORMULAS else name]
    return ", ".join([*parts, "log scale"] if log else parts)


def beside(left: str, right: str, width: int, *, color: bool) -> str:
    """Return a heading and a text at the two ends of a line; where it is short, cut the heading."""
    space = max(width - len(strip_colors(right)) - 2, 0)
    return f"{pad(heading(left[:space], color=color), space)}  {right}"
