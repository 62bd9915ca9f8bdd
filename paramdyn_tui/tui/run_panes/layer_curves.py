"""The curve of one parameter, with that of the baseline behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from paramdyn_tui.tui.run_panes.heat_rows import table_of
from paramdyn_tui.tui.run_panes.run_charts import marks_of, stretch
from paramdyn_tui.tui.widgets.charted import Curve, Panel

if TYPE_CHECKING:
    from paramdyn.store.manifest import ParameterInfo
    from paramdyn_tui.tui.run_panes.layers_state import LayersState
    from paramdyn_tui.watching.view import RunView


def layer_panel(state: LayersState, info: ParameterInfo, measure: str) -> Panel:
    """Return a measurement of one parameter over time as a panel."""
    view = state.view
    if view is None:
        return Panel(measure, problem="nothing yet")
    axis = state.axis
    curves = [
        curve
        for each, label, color in ((state.baseline, "baseline", 1), (view, "this run", 0))
        if each is not None
        for curve in [_curve(each, info, measure, axis, label, color)]
        if curve is not None
    ]
    return Panel(
        title=measure.replace("_", " "),
        curves=tuple(curves),
        whole=stretch(view, axis),
        marks=marks_of(view, axis),
        quantity=measure,
        axis=view.axis(axis).label,
        baseline=0 if len(curves) > 1 else None,
        problem="" if curves else f"{measure}: not recorded for it",
    )


def _curve(
    view: RunView, info: ParameterInfo, measure: str, axis: str, label: str, color: int
) -> Curve | None:
    drift = view.drift.get(measure)
    names = [each.name for each in table_of(view, measure)]
    if drift is None or info.name not in names:
        return None
    row = names.index(info.name)
    if row >= len(drift.values):
        return None
    values = np.where(drift.defined[row], drift.values[row], np.nan)
    known = drift.defined[row]
    return Curve(
        key=f"{view.path}:{measure}:{info.name}",
        label=label,
        x=view.positions(axis, drift.steps)[known],
        y=values[known],
        color=color,
        dashed=label == "baseline",
    )
