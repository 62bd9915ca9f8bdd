"""The chart beside the list of runs: the chosen metric of the runs that are compared."""

from __future__ import annotations

from collections.abc import Callable

from paramdyn_tui.tui.widgets.chart_grid import ChartGrid
from paramdyn_tui.tui.widgets.comparing.source import ComparedCharts


class Overlay(ChartGrid):
    """One chart of one metric, which the list of runs chooses.

    Args:
        choose: Asks which metric that is to be.
    """

    def __init__(self, choose: Callable[[], None]) -> None:
        self.charts = ComparedCharts()
        self._choose = choose
        super().__init__(self.charts)

    def shown_names(self) -> list[str]:
        """Return the one chart; patterns are for screens with several."""
        return list(self.charts.names())

    def action_filter(self) -> None:
        """Ask which metric is drawn."""
        self._choose()
