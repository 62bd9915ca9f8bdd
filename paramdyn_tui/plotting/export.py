"""What a picture of runs shows, as plain data: for ``plot --json``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from paramdyn_tui.plotting.curves import reduced_line
from paramdyn_tui.plotting.frame import Line, Panel
from paramdyn_tui.plotting.histograms import Counts, Histograms
from paramdyn_tui.plotting.layers import KEPT
from paramdyn_tui.plotting.panels import LOOKS
from paramdyn_tui.plotting.picture import Picture, ShownDrift
from paramdyn_tui.plotting.reduce import Bools, Floats, reduce_matrix

COLUMNS = 200
BUCKETS = 300
"""Buckets of a series: of each its smallest and its largest value are given."""


def picture_data(picture: Picture) -> dict[str, Any]:
    """Return what a picture shows: numbers, None where undefined, NaN and infinities as they are.

    ``x``: what the positions are. ``runs``: names and folders. ``curves``: panels with their
    lines, reduced so that no extreme is lost, marks and reference lines. ``drift``: for each
    parameter its cells, whose left edges are ``x``. ``layers``: its last values. ``classes``: the
    last partition. ``histograms``: counts in equal bins from -reach to reach. ``missing``: what is
    not recorded, and why.
    """
    makers: dict[str, Callable[[], Any]] = {
        "curves": lambda: [_panel(panel) for panel in picture.panels],
        "drift": lambda: [_drift(shown) for shown in picture.drifts],
        "layers": lambda: [_layers(shown) for shown in picture.drifts],
        "classes": lambda: [
            {"run": run.folder.name, "step": each.step, "total": dict(each.total)}
            for run, each in picture.classes
        ],
        "histograms": lambda: [
            {"run": run.folder.name, **_histograms(each)} for run, each in picture.histograms
        ],
    }
    runs = [
        {"name": run.name, "run": run.folder.name, "path": str(run.folder.path)}
        for run in picture.runs
    ]
    data: dict[str, Any] = {"x": picture.runs[0].axis.label, "runs": runs}
    return data | {part: makers[part]() for part in picture.parts} | {"missing": picture.missing}


def _panel(panel: Panel) -> dict[str, Any]:
    kinds = {letter: kind for kind, (letter, _) in LOOKS.items()}
    return {
        "title": panel.titles[0],
        "log": panel.log,
        "log_x": panel.log_x,
        "lines": [_line(line, panel) for line in panel.lines],
        "marks": [{"event": kinds[mark.letter], "x": mark.x} for mark in panel.marks],
        "references": dict(panel.references),
        "notes": list(panel.notes),
    }


def _line(line: Line, panel: Panel) -> dict[str, Any]:
    # a reader may want what has no place on a logarithmic scale
    shown = reduced_line(line, replace(panel, log=False, log_x=False), BUCKETS)
    low, high = shown.low, shown.high
    return {
        "label": line.label,
        "x": shown.x.tolist(),
        "y": shown.y.tolist(),
        "low": None if low is None else _optional(low, ~np.isnan(low)),
        "high": None if high is None else _optional(high, ~np.isnan(high)),
    }


def _drift(shown: ShownDrift) -> dict[str, Any]:
    drift, x = shown.drift, shown.x
    keep = KEPT.get(drift.measurement, "max")
    rows = np.vstack([drift.values, drift.total])
    defined = np.vstack([drift.defined, ~np.isnan(drift.total)])
    values, exist, places = rows, defined, x
    if len(x) > COLUMNS:
        values, exist = reduce_matrix(x, rows, defined, columns=COLUMNS, keep=keep)
        places = np.linspace(x[0], x[-1], COLUMNS, endpoint=False)
    cells = [_optional(row, known) for row, known in zip(values, exist, strict=True)]
    names = [info.name for info in drift.parameters]
    return {
        "run": shown.run.folder.name,
        "measurement": drift.measurement,
        "x": places.tolist(),
        "parameters": dict(zip(names, cells, strict=False)),
        "total": cells[-1],
    }


def _layers(shown: ShownDrift) -> dict[str, Any]:
    drift = shown.drift
    last = _optional(drift.values[:, -1], drift.defined[:, -1])
    total = float(drift.total[-1])
    return {
        "run": shown.run.folder.name,
        "measurement": drift.measurement,
        "step": int(drift.step[-1]),
        "parameters": {
            info.name: value for info, value in zip(drift.parameters, last, strict=True)
        },
        "total": None if np.isnan(total) else total,
    }


def _histograms(histograms: Histograms) -> dict[str, Any]:
    return {
        "before": histograms.before or None,
        "after": histograms.after,
        "layers": [
            {
                "layer": row.label,
                "before": _counts(row.before),
                "after": _counts(row.after),
                "displacement": _counts(row.moved),
            }
            for row in histograms.rows
        ],
    }


def _counts(counts: Counts | None) -> dict[str, Any] | None:
    if counts is None:
        return None
    return {
        "reach": counts.reach,
        "counts": counts.counts.tolist(),
        "deviation": counts.deviation,
        "not_finite": counts.not_finite,
    }


def _optional(values: Floats, defined: Bools) -> list[float | None]:
    known = zip(values.tolist(), defined.tolist(), strict=True)
    return [value if exists else None for value, exists in known]
