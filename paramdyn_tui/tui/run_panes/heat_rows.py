"""The layers of a run as a heatmap: which rows, which scale, which stretch of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paramdyn_tui.plotting.layers import KEPT, RELATIVE, Row, combine, group_rows
from paramdyn_tui.tui.charts.heat import Heat
from paramdyn_tui.tui.run_panes.run_charts import marks_of, stretch

if TYPE_CHECKING:
    from paramdyn.store.manifest import ParameterInfo
    from paramdyn_tui.plotting.reduce import Bools, Floats
    from paramdyn_tui.tui.run_panes.heat_choice import HeatChoice
    from paramdyn_tui.watching.drift import Drift
    from paramdyn_tui.watching.view import RunView

ALL = "all"
"""Label of the row of all parameters together."""


def heat_of(view: RunView, choice: HeatChoice, most: int, room: int = 99) -> Heat | None:
    """Return the heatmap of a run in at most ``most`` lines; None while it is not read.

    Rows are parameters where they fit, else layers or groups of layers; the last one is of all
    parameters together.

    Args:
        view: The run.
        choice: How it is drawn.
        most: Lines.
        room: Cells for a label; longer ones say ``.w`` for ``.weight``.
    """
    drift = view.drift.get(choice.measure)
    table = table_of(view, choice.measure)
    if drift is None or not len(drift.steps) or len(table) != len(drift.values):
        return None
    values, defined = drift.values, drift.defined
    labels = [info.name for info in table]
    if len(table) >= most:
        rows = group_rows(table, max(most - 1, 1))
        labels = [row.label for row in rows]
        values, defined = grouped(view, drift, rows)
    if max(map(len, labels)) > room:
        labels = [_short(label) for label in labels]
    return heat_from(
        view,
        choice,
        [*labels, ALL],
        drift.steps,
        np.vstack([values, drift.total]),
        np.vstack([defined, ~np.isnan(drift.total)]),
    )


def heat_from(
    view: RunView,
    choice: HeatChoice,
    labels: list[str],
    steps: Floats,
    values: Floats,
    defined: Bools,
) -> Heat:
    """Return rows of values as a heatmap on the run's axis and its planned stretch."""
    axis = view.axis(choice.axis)
    left, right = choice.window or stretch(view, choice.axis)
    return Heat(
        labels=labels,
        x=view.positions(choice.axis, steps),
        values=values,
        defined=defined,
        left=left,
        right=right,
        log=choice.log,
        per_row=choice.normalise,
        keep=KEPT.get(choice.measure, "max"),
        axis=axis.label,
        marks=marks_of(view, choice.axis),
    )


def table_of(view: RunView, measure: str) -> tuple[ParameterInfo, ...]:
    """Return what the rows of a measurement are."""
    return view.buffers if measure.startswith("buffer") else view.parameters


def grouped(view: RunView, drift: Drift, rows: list[Row]) -> tuple[Floats, Bools]:
    """Return the values of groups of parameters, and which exist. Shape (R, T) each."""
    table = table_of(view, drift.measurement)
    weights = np.array([float(info.count) for info in table])
    if drift.measurement in RELATIVE:
        norms = view.drift.get("weight_norm")
        weights = np.sqrt(weights)
        if norms is not None and len(norms.values) == len(table) and len(norms.steps):
            # of the first record: as good as those at the start, which no record has
            weights = np.nan_to_num(norms.values[:, 0], posinf=0.0, neginf=0.0)
    return combine(drift.measurement, rows, drift.values, drift.defined, weights)


def _short(label: str) -> str:
    for long, short in ((".weight", ".w"), (".bias", ".b")):
        if label.endswith(long):
            return label.removesuffix(long) + short
    return label
