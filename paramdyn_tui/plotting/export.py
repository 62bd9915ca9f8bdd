"""What a picture of a run shows, as plain data: for ``plot --json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from paramdyn.errors import RunIncomplete
from paramdyn.store.layout import Layout
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.plotting import series
from paramdyn_tui.plotting.figures import PARTS, USUAL_MEASUREMENT, check_parts
from paramdyn_tui.plotting.layers import KEPT
from paramdyn_tui.plotting.reduce import Bools, Floats, reduce_matrix, reduce_series

COLUMNS = 200


def run_data(
    folder: RunFolder,
    *,
    what: Sequence[str] = PARTS,
    x: str = "epoch",
    measurement: str = USUAL_MEASUREMENT,
) -> dict[str, Any]:
    """Return the reduced series of a run: numbers, None where undefined, NaN and infinities as is.

    ``curves``: metric -> ``x`` and ``y``. ``drift``: ``x`` (left edges of the cells), and for each
    parameter its cells. ``classes``: the last partition. What is not recorded is under ``missing``.

    Raises:
        UnknownName: There is no such part, axis or measurement.
        RunIncomplete: None of the parts is recorded.
    """
    check_parts(what)
    layout = folder.layout
    axis = series.read_axis(layout, x)
    data: dict[str, Any] = {"run": folder.name, "x": axis.label}
    missing = {}
    for part in what:
        try:
            if part == "curves":
                data[part] = _curves(layout, axis)
            elif part == "drift":
                data[part] = _drift(layout, axis, measurement)
            else:
                classes = series.read_classes(layout)
                data[part] = {"step": classes.step, "total": dict(classes.total)}
        except RunIncomplete as error:
            missing[part] = str(error)
    if len(missing) == len(what):
        raise RunIncomplete(" ".join(missing.values()))
    return data | {"missing": missing}


def _curves(layout: Layout, axis: series.Axis) -> dict[str, Any]:
    curves = {}
    for name, (steps, values) in series.read_metrics(layout).items():
        x, y = reduce_series(axis.of(steps), values)
        curves[name] = {"x": x.tolist(), "y": y.tolist()}
    return curves


def _drift(layout: Layout, axis: series.Axis, measurement: str) -> dict[str, Any]:
    drift = series.read_drift(layout, measurement)
    x = axis.of(drift.step)
    columns = min(COLUMNS, len(x))
    keep = KEPT.get(measurement, "max")
    rows = np.vstack([drift.values, drift.total])
    defined = np.vstack([drift.defined, ~np.isnan(drift.total)])
    values, exist = reduce_matrix(x, rows, defined, columns=columns, keep=keep)
    cells = [_optional(row, known) for row, known in zip(values, exist, strict=True)]
    names = [info.name for info in drift.parameters]
    return {
        "measurement": measurement,
        "x": np.linspace(x[0], x[-1], columns, endpoint=False).tolist(),
        "parameters": dict(zip(names, cells, strict=False)),
        "total": cells[-1],
    }


def _optional(values: Floats, defined: Bools) -> list[float | None]:
    known = zip(values.tolist(), defined.tolist(), strict=True)
    return [value if exists else None for value, exists in known]
