"""The rows of the layers screen: which parameters, in which order, with which values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paramdyn_tui.tui.run_panes.heat_rows import heat_from, table_of
from paramdyn_tui.tui.widgets.charted import chosen

if TYPE_CHECKING:
    from paramdyn_tui.plotting.reduce import Bools, Floats
    from paramdyn_tui.tui.charts.heat import Heat
    from paramdyn_tui.tui.run_panes.heat_choice import HeatChoice
    from paramdyn_tui.watching.drift import Drift
    from paramdyn_tui.watching.view import RunView


@dataclass(frozen=True, slots=True, eq=False)
class LayerRows:
    """What the heatmap of the layers screen shows.

    Attributes:
        order: Row of the table of parameters that each row shows. Length R.
        steps: When values were recorded. Shape (T,).
        values: Shape (R, T).
        defined: Shape (R, T).
        hidden: How many parameters the pattern hides.
        problem: Why there is no row, in words; empty when there is.
    """

    order: Sequence[int]
    steps: Floats
    values: Floats
    defined: Bools
    hidden: int
    problem: str = ""


def rows_of(
    view: RunView,
    measure: str,
    *,
    sort: str = "depth",
    pattern: str = "",
    step: float | None = None,
    baseline: RunView | None = None,
) -> LayerRows:
    """Return the rows of one measurement of one run.

    Args:
        view: The run.
        measure: What is shown.
        sort: One of ``layers_state.SORTS``.
        pattern: As ``charted.chosen`` takes it; empty: all.
        step: The step by whose values rows are sorted; None: the last.
        baseline: A run whose values are taken away; sizes of differences are shown.
    """
    drift = view.drift.get(measure)
    table = table_of(view, measure)
    if drift is None or not len(drift.steps) or len(table) != len(drift.values):
        return _nothing(_why_none(view, measure))
    values, defined = drift.values, drift.defined
    if baseline is not None:
        values, defined = difference(view, baseline, drift)
        if not defined.any():
            return _nothing(f"{baseline.name} has no {measure} of these parameters at these steps.")
    try:
        names = set(chosen([info.name for info in table], pattern))
    except ValueError as error:
        return _nothing(str(error))
    order = [index for index, info in enumerate(table) if info.name in names]
    if not order:
        return _nothing(f"No parameter matches '{pattern}'.")
    if sort == "name":
        order.sort(key=lambda index: table[index].name)
    elif sort == "value":
        place = record_at(drift.steps, step)
        at = np.where(defined[:, place], values[:, place], -np.inf)
        at = np.where(np.isnan(at), np.inf, at)  # what is not finite is looked at first
        order.sort(key=lambda index: -float(at[index]))
    return LayerRows(order, drift.steps, values[order], defined[order], len(table) - len(order))


def record_at(steps: Floats, step: float | None) -> int:
    """Return the index of the newest record up to a step; the last one for None."""
    if step is None:
        return len(steps) - 1
    return max(int(np.searchsorted(steps, step, side="right")) - 1, 0)


def difference(view: RunView, baseline: RunView, drift: Drift) -> tuple[Floats, Bools]:
    """Return how far a measurement lies from that of another run, parameter by parameter.

    Each record is compared with the newest one of the other run up to that step.

    Returns:
        Absolute differences, and where both are defined. Shape (L, T) each.
    """
    other = baseline.drift.get(drift.measurement)
    if other is None or not len(other.steps):
        return np.zeros_like(drift.values), np.zeros_like(drift.defined)
    place = np.searchsorted(other.steps, drift.steps, side="right") - 1
    known = {info.name: row for row, info in enumerate(table_of(baseline, drift.measurement))}
    values = np.zeros(drift.values.shape)
    defined = np.zeros(drift.defined.shape, bool)
    for row, info in enumerate(table_of(view, drift.measurement)):
        match = known.get(info.name)
        if match is not None and match < len(other.values):
            values[row] = np.abs(drift.values[row] - other.values[match][place])
            defined[row] = drift.defined[row] & other.defined[match][place] & (place >= 0)
    return values, defined


def layer_heat(view: RunView, choice: HeatChoice, rows: LayerRows) -> Heat:
    """Return rows as a heatmap that scrolls rather than puts rows together."""
    from dataclasses import replace

    table = table_of(view, choice.measure)
    labels = [table[index].name for index in rows.order]
    heat = heat_from(view, choice, labels, rows.steps, rows.values, rows.defined)
    return replace(heat, squeeze=False)


def _nothing(problem: str) -> LayerRows:
    return LayerRows([], np.empty(0), np.empty((0, 0)), np.empty((0, 0), bool), 0, problem)


def _why_none(view: RunView, measure: str) -> str:
    if not measure:
        return "This run does not record how its layers move."
    if not view.parameters:
        return "Nothing names the layers yet: the run has not started."
    if view.complete and measure in view.looked_for:
        return f"No record of {measure} yet." if view.alive else f"No record of {measure}."
    return f"Reading {measure} ..."
