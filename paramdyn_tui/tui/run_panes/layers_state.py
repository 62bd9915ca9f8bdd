"""Where a person is on the layers screen: which layer, which time, which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paramdyn_tui.tui.run_panes.heat_choice import HeatChoice
from paramdyn_tui.tui.run_panes.measures import chosen_measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramdyn_tui.plotting.reduce import Floats
    from paramdyn_tui.tui.run_panes.layer_rows import LayerRows
    from paramdyn_tui.tui.settings import Settings
    from paramdyn_tui.watching.view import RunView

SORTS = ("depth", "value", "name")
"""Orders of layers: from the input to the output, the largest value first, by name."""


@dataclass
class LayersState:
    """What the layers screen shows, and what the cursor is on.

    Attributes:
        settings: What is remembered: measure, scale, order, pattern, axis.
        view: The run; None while nothing is known.
        baseline: The run whose values are taken away; None: values as they are.
        selected: Row of the table of parameters that the cursor is on.
        step: Step of the record that the cursor is on; None: the newest.
        first: The first row that is visible.
    """

    settings: Settings
    view: RunView | None = None
    baseline: RunView | None = None
    selected: int = 0
    step: float | None = None
    first: int = 0
    _rows: tuple[object, LayerRows | None] = (None, None)

    @property
    def measure(self) -> str:
        """The measurement that is shown; empty when none is recorded."""
        return chosen_measure(self.view, self.settings.measure) if self.view else ""

    @property
    def axis(self) -> str:
        """The axis: the remembered one if the run has it."""
        from paramdyn_tui.tui.run_panes.run_charts import axes_of

        axes = axes_of(self.view)
        return self.settings.axis if self.settings.axis in axes else axes[0]

    def choice(self) -> HeatChoice:
        """Return how the heatmap is drawn."""
        settings = self.settings
        return HeatChoice(self.measure, self.axis, settings.normalise, settings.heat_log)

    def rows(self) -> LayerRows | None:
        """Return the rows in their order; the same object while nothing has changed."""
        if self.view is None:
            return None
        from paramdyn_tui.tui.run_panes.layer_rows import rows_of

        settings, base = self.settings, self.baseline
        by_step = self.step if settings.layer_sort == "value" else None
        stamp = (
            self.view.path, self.view.revision, base and (base.path, base.revision), self.measure,
            settings.layer_sort, settings.layers, by_step,
        )  # fmt: skip
        if stamp != self._rows[0]:
            rows = rows_of(
                self.view, self.measure, sort=settings.layer_sort, pattern=settings.layers,
                step=by_step, baseline=base,
            )  # fmt: skip
            self._rows = (stamp, rows)
        return self._rows[1]

    def place(self) -> int:
        """Return the row of the heatmap that the cursor is on; the first one if it is hidden."""
        rows = self.rows()
        order: Sequence[int] = rows.order if rows is not None else ()
        if self.selected in order:
            return order.index(self.selected)
        if order:
            self.selected = order[0]
        return 0

    def move(self, by: int) -> None:
        """Go so many rows down, or up below 0, to the ends at most."""
        rows = self.rows()
        if rows is not None and rows.order:
            place = min(max(self.place() + by, 0), len(rows.order) - 1)
            self.selected = rows.order[place]

    def move_in_time(self, by: int, columns: int) -> None:
        """Go so many columns (or records, where they are wider) later, or earlier below 0."""
        rows, view = self.rows(), self.view
        if rows is None or view is None or not len(rows.steps):
            return
        from paramdyn_tui.tui.run_panes.layer_rows import record_at
        from paramdyn_tui.tui.run_panes.run_charts import stretch

        here = record_at(rows.steps, self.step)
        if self.step is None and by > 0:
            return  # it is at the newest
        positions: Floats = view.positions(self.axis, rows.steps)
        left, right = stretch(view, self.axis)
        column = (right - left) / max(columns, 1)
        target = float(positions[here]) + by * column
        place = int(positions.searchsorted(target - 1e-9 * column))
        place = min(max(place, here + 1) if by > 0 else min(place, here - 1), len(rows.steps) - 1)
        self.step = float(rows.steps[max(place, 0)])
        if by > 0 and place == len(rows.steps) - 1 and view.alive:
            self.step = None  # it goes along with what comes

    def scrolled(self, height: int) -> int:
        """Return the first visible row so that the cursor is in sight, and remember it."""
        rows = self.rows()
        count = len(rows.order) if rows is not None else 0
        place = self.place()
        first = min(max(self.first, place - height + 1), place)
        self.first = max(min(first, count - height), 0)
        return self.first
