"""Heatmaps, layers, partitions and histograms, drawn by matplotlib into a given figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from paramdyn_tui.formatting import count, percent
from paramdyn_tui.plotting import series
from paramdyn_tui.plotting.histograms import BINS, Counts, Histograms
from paramdyn_tui.plotting.layers import KEPT, combine, group_rows
from paramdyn_tui.plotting.partition import LOOKS
from paramdyn_tui.plotting.picture import Picture, ShownDrift
from paramdyn_tui.plotting.reduce import reduce_matrix
from paramdyn_tui.plotting.sections import common_scale, drift_title, last_rows
from paramdyn_tui.plotting.shown_runs import ShownRun

COLUMNS = 300
ROWS = 40
CLASS_INKS = {
    "changed": "#0072B2", "decay-only": "#009E73", "returned": "#99DDBB", "absorbed": "#F0E442",
    "dead": "#D55E00", "structural": "#CC79A7", "frozen": "#999999",
}  # fmt: skip
EARLY, LATE = "#999999", "#0072B2"

Figure = Any  # matplotlib is imported by who calls, and has no types that mypy knows


def draw_drift(figure: Figure, shown: ShownDrift, picture: Picture, several: bool) -> None:
    """Draw a heatmap of layers over time; several runs share their scale."""
    from matplotlib.colors import LogNorm, Normalize

    drift, log = shown.drift, picture.request.log or picture.request.log_y
    rows = group_rows(drift.parameters, ROWS)
    values, defined = combine(drift.measurement, rows, drift.values, drift.defined, shown.weights)
    keep = KEPT.get(drift.measurement, "max")
    columns = min(COLUMNS, max(len(shown.x), 1))
    cells, exist = reduce_matrix(shown.x, values, defined, columns=columns, keep=keep)
    shades = np.ma.masked_where(~exist | ~np.isfinite(cells) | (log & (cells <= 0)), cells)
    scale = common_scale(picture.drifts if several else [shown], ROWS, log=log)
    norm = None
    if scale and scale.high > scale.low:
        norm = (LogNorm if log else Normalize)(scale.low, scale.high)
    axis = figure.subplots()
    edges = np.linspace(shown.x[0], max(shown.x[-1], shown.x[0] + 1e-9), columns + 1)
    mesh = axis.pcolormesh(
        edges, np.arange(len(rows) + 1), shades, norm=norm, cmap="viridis", rasterized=True
    )
    axis.set_facecolor("#dddddd")
    axis.set_yticks(np.arange(len(rows)) + 0.5, [row.label for row in rows], fontsize=7)
    axis.invert_yaxis()
    axis.set_xlabel(shown.run.axis.label)
    axis.set_title(shown.run.name if several else "", loc="left")
    figure.colorbar(mesh, ax=axis, label=drift_title(drift.measurement, log).replace("θ0", "θ₀"))


def draw_layers(figure: Figure, picture: Picture, inks: Sequence[str]) -> None:
    """Draw a bar for each layer and run."""
    axis = figure.subplots()
    drifts = picture.drifts
    log = picture.request.log or picture.request.log_y
    labels: list[str] = []
    for index, (shown, ink) in enumerate(zip(drifts, inks, strict=True)):
        labels, values, defined = last_rows(shown, 30)
        places = np.arange(len(labels)) + (index + 0.5) * 0.8 / len(drifts) - 0.4
        shares = np.where(defined & np.isfinite(values), values, np.nan)
        axis.barh(places, shares, 0.8 / len(drifts), color=ink, label=shown.run.name)
    axis.set_yticks(np.arange(len(labels)), labels, fontsize=7)
    axis.invert_yaxis()
    axis.set_xscale("log" if log else "linear")
    step = count(max(int(shown.drift.step[-1]) for shown in drifts))
    axis.set_xlabel(f"{drift_title(drifts[0].drift.measurement, log=False)} at step {step}")
    if len(drifts) > 1:
        axis.legend()


def draw_classes(figure: Figure, classes: Sequence[tuple[ShownRun, series.Classes]]) -> None:
    """Draw the partition of each run as a bar."""
    axis = figure.subplots()
    said: dict[str, Any] = {}
    for place, (_, each) in enumerate(classes):
        whole, left = max(sum(each.total.values()), 1), 0.0
        for name in [*LOOKS, *(name for name in each.total if name not in LOOKS)]:
            if not (share := each.total.get(name, 0) / whole):
                continue
            label = f"{name} {percent(share, 2)}" if len(classes) == 1 else name
            bar = axis.barh([place], [share], 0.7, left=left, color=CLASS_INKS.get(name, "#333333"))
            said.setdefault(label, bar)
            left += share
    axis.set_yticks(range(len(classes)), [run.name for run, _ in classes], fontsize=7)
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    axis.set_xlabel("share of all parameters")
    axis.legend(
        list(said.values()), list(said), loc="upper center", bbox_to_anchor=(0.5, -0.45), ncols=4
    )


def draw_histograms(figure: Figure, histograms: Histograms, name: str) -> None:
    """Draw the weights before and after, and the displacement, a small chart for each layer."""
    rows = histograms.rows
    axes = figure.subplots((len(rows) + 3) // 4, 4, squeeze=False).ravel()
    for axis, row in zip(axes, rows, strict=False):
        if row.before is not None:
            _draw_counts(axis, row.before, EARLY, histograms.before)
        _draw_counts(axis, row.after, LATE, histograms.after)
        if row.moved is not None and row.moved.reach:
            _draw_counts(axis, row.moved, "#D55E00", "displacement", dashed=True)
        axis.set_title(row.label, fontsize=7)
        axis.set_yticks([])
        axis.tick_params(labelsize=6)
    for axis in axes[len(rows) :]:
        axis.set_visible(False)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    figure.suptitle(f"{name} weights, density scaled to its top".strip(), fontsize=9)


def _draw_counts(
    axis: Figure, counts: Counts, ink: str, label: str, *, dashed: bool = False
) -> None:
    edges = np.linspace(-counts.reach, counts.reach, BINS + 1)
    if not counts.reach:
        axis.axvline(0.0, color=ink, label=label)
        return
    shares = counts.counts / max(int(counts.counts.max()), 1)
    style = (0, (3, 1.5)) if dashed else "-"
    axis.stairs(shares, edges, color=ink, label=label, linestyle=style, linewidth=1.0)
