"""What of listed runs is read from their records: the course of the metric, how far they moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.tui.compared import drifts_known
from paramdyn_tui.tui.widgets.run_list.listing import recorded
from paramdyn_tui.watching.trends import DRIFT

if TYPE_CHECKING:
    from textual.timer import Timer

    from paramdyn_tui.tui.screens.runs import RunsScreen
    from paramdyn_tui.watching.messages import TotalsSeen, TrendsSeen

GATHERING_SECONDS = 0.3
"""Totals of many runs come in parts: so long they are gathered before runs are sorted by them."""


class RunsFigures:
    """The part of the list of runs that has figures read of the runs on the screen, and keeps them.

    Attributes:
        trends: Id of a run -> values of the metric over time.
        totals: Id of a run -> how far it has moved in all.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trends: dict[str, tuple[float, ...]] = {}
        self.totals: dict[str, float] = {}
        self._trends_for: object = None
        self._totals_for: object = None
        self._totals_of = ""
        self._gathering: Timer | None = None

    def forget_trends(self) -> None:
        """Have all trends read anew: they are of another metric."""
        self.trends, self._trends_for = {}, None

    def want_figures(self) -> None:
        """Have what the runs on the screen show read."""
        me = self._me
        watcher, listing = me.application.watcher, me.listing
        if watcher is None or listing is None:
            return
        runs = [line for line in me.table.in_sight() if isinstance(line, RunSummary)]
        names = tuple(run.name for run in runs)
        wanted = (names, listing.metric.name)
        if wanted != self._trends_for:
            self._trends_for = wanted
            watcher.want_trends(*wanted)
        measure = self.measure()
        # what is the metric sorts and groups all runs; the column is for those that are seen
        moved: tuple[object, str] = (listing if listing.measurement else names, measure)
        if moved != self._totals_for:
            self._totals_for = moved
            meant = listing.runs if listing.measurement else runs
            watcher.want_totals([run.name for run in meant if measure in recorded(run)], measure)

    def figures_seen(self, seen: TrendsSeen | TotalsSeen) -> None:
        """Show what was read of runs."""
        from paramdyn_tui.watching.messages import TrendsSeen

        if isinstance(seen, TrendsSeen):
            self.trends_seen(seen)
        else:
            self.totals_seen(seen)

    def trends_seen(self, seen: TrendsSeen) -> None:
        """Show trends that were read."""
        me = self._me
        if me.listing is not None and seen.metric == me.listing.metric.name:
            self.trends |= seen.trends
            me.table.forget(seen.trends)
            me.table.repaint()

    def totals_seen(self, seen: TotalsSeen) -> None:
        """Show how far runs have moved."""
        me = self._me
        if me.listing is None or seen.measurement != self.measure():
            return
        there_were = bool(self.totals)
        for name, total in seen.totals.items():
            if total is None:
                self.totals.pop(name, None)
            else:
                self.totals[name] = total
        if me.listing.measurement and me.listing.rests_on_metric:
            self._gathering = self._gathering or me.set_timer(GATHERING_SECONDS, self._gathered)
        elif bool(self.totals) is not there_were or me.listing.measurement:
            me.show_lines()  # a column comes, or differences to the baseline
        else:
            me.table.forget(seen.totals)
            me.table.repaint()

    def drifts(self) -> dict[str, float]:
        """Return how far runs have moved in all, as far as that is known: id -> last total.

        Of runs that are watched the newest record counts. What is known later is in the same dict.
        """
        measure = self.measure()
        self.totals |= drifts_known(self._me.bench, measure)
        return self.totals

    def measure(self) -> str:
        """Return the measurement whose totals are shown; what is known is of that one."""
        settings = self._me.application.settings
        metric = settings.metric
        measure = metric.removeprefix(DRIFT) if metric.startswith(DRIFT) else settings.measure
        if measure != self._totals_of:
            self._totals_of, self.totals, self._totals_for = measure, {}, None
        return measure

    def _gathered(self) -> None:
        self._gathering = None
        self._me.relist()

    @property
    def _me(self) -> RunsScreen:
        return cast("RunsScreen", self)
