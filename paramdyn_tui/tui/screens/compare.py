"""The screen of compared runs: their charts over each other, and what differs between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.actions.shown import keys_shown
from paramdyn_tui.tui.calm import TURN_SECONDS, Calm
from paramdyn_tui.tui.compared import MOST_DRAWN, follow_compared
from paramdyn_tui.tui.screens.base import BenchScreen
from paramdyn_tui.tui.widgets.chart_grid import ChartGrid
from paramdyn_tui.tui.widgets.comparing.entries import entries_of, entries_row
from paramdyn_tui.tui.widgets.comparing.facts import Side, diff_command, facts_of, same_count
from paramdyn_tui.tui.widgets.comparing.source import ComparedCharts, Mode
from paramdyn_tui.tui.widgets.comparing.subjects import Lineup
from paramdyn_tui.tui.widgets.facts_pane import FactsPane
from paramdyn_tui.tui.widgets.run_list.table import WordsPane

if TYPE_CHECKING:
    from textual.events import Resize

    from paramdyn_tui.watching.view import RunView

MANY = 100
"""Runs from which on keys have their turn between the charts and what differs."""


class CompareScreen(BenchScreen):
    """The baseline and the marked runs."""

    MODE = "compare"
    SCOPE = "compare"
    BINDINGS: ClassVar[list[BindingType]] = bindings("compare")
    DEFAULT_CSS: ClassVar[str] = """
    CompareScreen #chosen { height: 1; }
    CompareScreen #all { layout: horizontal; }
    CompareScreen #facts { width: 34%; }
    CompareScreen.-compact #all { layout: vertical; }
    CompareScreen.-several #all { layout: vertical; }
    CompareScreen.-tiny #facts { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.charts = ComparedCharts()
        self.grid = ChartGrid(self.charts, legend=False)
        self.lineup = Lineup()
        self.chosen, self.facts = WordsPane("chosen"), FactsPane("facts")
        self.differences = self.bands = self.shows_all_fields = False
        self._calm = Calm(self, self._draw)
        self._calm_facts = Calm(self, self._draw_facts, least=TURN_SECONDS)

    def body(self) -> Iterable[Widget]:
        """Return the charts, and what differs."""
        yield self.chosen
        with Container(id="all"):
            yield self.grid
            yield self.facts

    def on_resize(self, event: Resize) -> None:
        """Leave the table out where there is no room for it."""
        self.set_class(event.size.height < 18 and event.size.width < 100, "-tiny")
        self.call_after_refresh(self.redraw)

    def subject(self) -> str:
        """Return how many runs are compared: which ones stands below."""
        count = len(self.bench.compared())
        return f"{count} run{'s' if count != 1 else ''}"

    def target(self) -> Path | None:
        """Return the open run if it is compared, else the only one that goes on."""
        paths = self.bench.compared()
        if self.bench.open_run in paths:
            return self.bench.open_run
        alive = [path for path in paths if (v := self.bench.seen.get(path)) and v.alive]
        return alive[0] if len(alive) == 1 else None

    def run_seen(self, view: RunView) -> None:
        """Draw what is new about a compared run."""
        if view.path in self.bench.followed:
            self._calm.changed()

    def redraw(self) -> None:
        """Draw the runs that are compared now."""
        follow_compared(self.application)
        self._lay_out()
        self._draw()

    def action_difference(self) -> None:
        """Draw differences to the baseline, or values."""
        if self.bench.baseline is None and not self.differences:
            key = self._keys()["baseline"]
            self.say(f"There is no baseline yet. {key} makes the next run the baseline.", "warn")
            return
        self.differences = not self.differences
        self._changed("differences to the baseline" if self.differences else "values")

    def action_band(self) -> None:
        """Draw means with intervals over seeds, or each run."""
        self.bands = not self.bands
        self._changed(self._words_of_bands() if self.bands else "each run")

    def action_next_baseline(self) -> None:
        """Make the next of the compared runs the baseline; the old one stays among them."""
        bench = self.bench
        paths = bench.compared()
        if not paths:
            self.say("No run is marked. Mark some on the list of runs.", "warn")
            return
        self._keep_order(paths)
        order = bench.marked
        at = order.index(bench.baseline) if bench.baseline in order else -1
        bench.baseline = order[(at + 1) % len(order)]
        self.application.bench_changed()
        self.say(f"baseline: {bench.baseline.name}")

    def action_all_fields(self) -> None:
        """Show all fields of the specs, or those that differ."""
        self.shows_all_fields = not self.shows_all_fields
        self._changed("all fields" if self.shows_all_fields else "fields that differ")

    def step_out(self) -> bool:
        """Leave the charts' zoom or cursor, then differences, then bands."""
        if self.grid.step_out():
            return True
        if self.differences:
            self.action_difference()
            return True
        if self.bands:
            self.action_band()
            return True
        return False

    def copied(self) -> str:
        """Return the values of the focused chart, or the command that compares the runs."""
        if self.focused is not None and self.grid in self.focused.ancestors:
            return self.grid.copied()
        names = [subject.name for subject in self.charts.subjects]
        return diff_command(names, self.bench.runs) if len(names) > 1 else "\n".join(names)

    def exports(self) -> dict[str, Callable[[Path], None]]:
        """Return what can be written: the values, the table, the screen."""
        from paramdyn_tui.tui.screens import runs_exports as write

        if not self.charts.subjects:
            return {}
        facts = facts_of(self._sides(), measure=self._measure, everything=self.shows_all_fields)
        return {
            "compare.csv": partial(write.chart_csv, self.grid),
            "compare-fields.csv": partial(write.facts_csv, facts, self._sides()),
            "compare.svg": partial(write.screen_svg, self.app),
        }

    @property
    def _measure(self) -> str:
        return self.application.settings.measure

    def _changed(self, words: str) -> None:
        self._draw()
        self.say(words)

    def _words_of_bands(self) -> str:
        from paramdyn_tui.tui.widgets.comparing.curves import distinct, grouped

        sizes = [len(distinct(each)) for each in grouped(self.charts.subjects).values()]
        if max(sizes, default=0) < 2:
            return "No two of these runs differ by their seeds alone: each group is one run."
        return f"mean and 95 % interval over seeds of {len(sizes)} groups"

    def _keep_order(self, paths: Sequence[Path]) -> None:
        """Mark the compared runs that are compared as the baseline or the open run only."""
        marked = self.bench.marked
        marked += [path for path in paths if path not in marked]

    def _keys(self) -> dict[str, str]:
        ids = {"baseline": "compare.next_baseline", "mark": "runs.mark", "runs": "app.screen_runs"}
        return keys_shown(ids, self.application.configuration.keys)

    def _lay_out(self) -> None:
        facts, share = self.facts, f"{self.application.settings.side}%"
        most = 3 if self.has_class("-wide") else 2
        several = len(self.bench.compared()) > most  # a column each: they need the whole width
        self.set_class(several, "-several")
        compact = self.has_class("-compact") or several
        facts.styles.width = "1fr" if compact else share
        facts.styles.height = share if compact else "1fr"

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        bench = self.bench
        paths = bench.compared()[:MOST_DRAWN]
        views = [bench.seen[path] for path in paths if path in bench.seen]
        baseline = bench.baseline.name if bench.baseline else ""
        self.charts.subjects = self.lineup.subjects(views, baseline, bench.color_of)
        self.charts.mode = Mode(self.differences, self.bands, self._measure)
        self.charts.words = "reading ..." if paths else self._nobody()
        self.grid.show()
        chosen = entries_of(self.charts.subjects, bands=self.bands)
        self.chosen.say([entries_row(chosen, self.application.look, max(self.size.width, 1))])
        if len(paths) < MANY:
            self._draw_facts()
        else:
            self._calm_facts.changed()

    def _nobody(self) -> str:
        keys = self._keys()
        return f"No run is marked. {keys['runs']} shows all runs; {keys['mark']} marks one there."

    def _draw_facts(self) -> None:
        pane = self.facts
        sides = self._sides()
        if not sides:
            pane.say("differing", self._nobody() if not self.bench.compared() else "reading ...")
            return
        everything = self.shows_all_fields or len(sides) == 1
        facts = facts_of(sides, measure=self._measure, everything=everything)
        title = "all fields" if everything else "differing"
        pane.give(title, facts, sides, same=0 if everything else same_count(sides))

    def _sides(self) -> list[Side]:
        from paramdyn_tui.tui.widgets.comparing.drifts import last_drifts

        subjects = self.charts.subjects
        drifts = last_drifts([subject.view for subject in subjects], self._measure)
        return [
            Side(subject.label, subject.color, subject.fields, subject.view.summary, drift)
            for subject, drift in zip(subjects, drifts, strict=True)
        ]
