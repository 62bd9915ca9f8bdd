"""The screen of all runs: a table, the compared ones drawn beside it, and what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget

from paramdyn.store.run_summary import RunSummary
from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.actions.shown import keys_shown
from paramdyn_tui.tui.background import hand_over
from paramdyn_tui.tui.calm import TURN_SECONDS, Calm
from paramdyn_tui.tui.compared import MOST_DRAWN, follow_compared
from paramdyn_tui.tui.screens.base import BenchScreen
from paramdyn_tui.tui.screens.runs_actions import RunsActions
from paramdyn_tui.tui.screens.runs_figures import RunsFigures
from paramdyn_tui.tui.screens.runs_greeting import greet
from paramdyn_tui.tui.widgets.comparing.subjects import Lineup
from paramdyn_tui.tui.widgets.facts_pane import FactsPane
from paramdyn_tui.tui.widgets.overlay import Overlay
from paramdyn_tui.tui.widgets.run_list.lines import Lines, lines_of, runs_at
from paramdyn_tui.tui.widgets.run_list.listing import Asked, Listing, listing_of
from paramdyn_tui.tui.widgets.run_list.picture import Shown
from paramdyn_tui.tui.widgets.run_list.reference import reference_of
from paramdyn_tui.tui.widgets.run_list.table import RunTable, WordsPane
from paramdyn_tui.tui.widgets.run_list.words import detail_row, question_row

if TYPE_CHECKING:
    from textual.events import Resize

    from paramdyn_tui.watching.runs_watch import RunsView
    from paramdyn_tui.watching.view import RunView

MANY = 1000
"""Runs from which on the listing is made in a thread."""
REST_SECONDS = 0.12
"""So long the cursor must rest before the run at it is read."""
MOST_PREVIEWED = 16
"""So many runs of the group at the cursor are drawn."""


class RunsScreen(RunsActions, RunsFigures, BenchScreen):
    """All runs of the folder."""

    MODE = "runs"
    SCOPE = "runs"
    BINDINGS: ClassVar[list[BindingType]] = bindings("runs")
    DEFAULT_CSS: ClassVar[str] = """
    RunsScreen #question { height: 1; }
    RunsScreen #detail { height: 1; }
    RunsScreen #listed { layout: vertical; }
    RunsScreen #beside { layout: horizontal; height: 34%; min-height: 7; }
    RunsScreen #differs { width: 42%; display: none; }
    RunsScreen.-diff #differs { display: block; }
    RunsScreen.-diff.-compact Overlay { display: none; }
    RunsScreen.-diff.-compact #differs { width: 1fr; }
    RunsScreen.-wide #all { layout: horizontal; }
    RunsScreen.-wide #beside { layout: vertical; height: 1fr; width: 34%; }
    RunsScreen.-wide #differs { width: 1fr; height: 1fr; }
    RunsScreen.-tiny #beside { display: none; }
    RunsScreen #welcome { display: none; }
    RunsScreen.-empty #all { display: none; }
    RunsScreen.-empty #question { display: none; }
    RunsScreen.-empty #welcome { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.table = RunTable()
        self.overlay = Overlay(self.action_metric)
        self.beside = Container(id="beside")
        self.lineup = Lineup()
        self.question, self.detail = WordsPane("question"), WordsPane("detail")
        self.welcome, self.differs = WordsPane("welcome"), FactsPane("differs")
        self.listing: Listing | None = None
        self.lines = Lines()
        self.turned: frozenset[str] = frozenset()
        self.diff_is_open = False
        self.shows_all_fields = False
        self._rest: Timer | None = None
        self._calm = Calm(self, self.draw_compared)
        self.calm_overlay = Calm(self, self.overlay.show, least=TURN_SECONDS)
        self._turn = 0

    def body(self) -> Iterable[Widget]:
        """Return the table, and what stands beside it."""
        yield self.welcome
        yield self.question
        with Container(id="all"):
            with Container(id="listed"):
                yield self.table
                yield self.detail
            with self.beside:
                yield self.overlay
                yield self.differs

    def on_mount(self) -> None:
        """Write ages anew from time to time."""
        self.set_interval(30.0, self.table.repaint)

    def on_resize(self, event: Resize) -> None:
        """Leave the chart out where there is no room for it."""
        self.set_class(event.size.height < 18, "-tiny")
        self.call_after_refresh(self.redraw)

    def subject(self) -> str:
        """Return the runs folder."""
        return str(self.bench.runs)

    def target_status(self) -> str:
        """Return how the run at the cursor stands."""
        run = self.run_at_cursor
        return run.status if run is not None else ""

    def target(self) -> Path | None:
        """Return the run at the cursor."""
        run = self.run_at_cursor
        return run.path if run is not None else None

    @property
    def run_at_cursor(self) -> RunSummary | None:
        """The run at the cursor; None on a group and in an empty list."""
        line = self.table.line
        return line if isinstance(line, RunSummary) else None

    def runs_seen(self, view: RunsView) -> None:
        """List what is there now."""
        self.relist(view)

    def run_seen(self, view: RunView) -> None:
        """Draw what is new about a compared run."""
        if view.path in self.bench.followed:
            self._calm.changed()

    def redraw(self) -> None:
        """Show what is known now."""
        view = self.bench.list_seen
        if view is not None and (
            self.listing is None or self.listing.everything is not view.rows or self.is_stale
        ):
            self.relist(view)
        else:
            self.show_lines()

    @property
    def is_stale(self) -> bool:
        """Whether something else is asked than what is listed."""
        return self.listing is None or self.listing.asked != self.asked()

    def asked(self) -> Asked:
        """Return what is to be listed, as it is remembered."""
        settings = self.application.settings
        return Asked(settings.query, settings.sort, settings.group, settings.metric)

    def relist(self, view: RunsView | None = None) -> None:
        """List anew; ten thousand runs are gone through in a thread."""
        view = view or self.bench.list_seen
        if view is None:
            return
        self._turn += 1
        turn, asked = self._turn, self.asked()
        if len(view.rows) < MANY:
            self._listed(turn, listing_of(view.rows, asked, self.drifts()))
            return

        totals = self.drifts()

        def work() -> None:
            hand_over(self.app, self._listed, turn, listing_of(view.rows, asked, totals))

        self.run_worker(work, thread=True, exclusive=True, group="listing")

    def _listed(self, turn: int, listing: Listing) -> None:
        if turn != self._turn or not self.is_mounted:
            return  # another list was asked for meanwhile
        before, self.listing = self.listing, listing
        if before is None or before.metric != listing.metric:
            self.forget_trends()
        self.refold()

    def refold(self) -> None:
        """Show the groups that are open now."""
        if self.listing is not None:
            self.lines = lines_of(self.listing, self.turned)
            self.show_lines()

    def show_lines(self) -> None:
        """Draw the table, and what depends on the run at the cursor."""
        self._lay_out()
        greet(self)
        listing = self.listing
        if listing is None:
            return
        bench = self.bench
        marked = frozenset(path.name for path in bench.marked)
        baseline = bench.baseline.name if bench.baseline else ""
        shown = Shown(
            look=self.application.look,
            colors={path.name: bench.color_of(path.name) for path in bench.compared()},
            marked=marked,
            reference=reference_of(listing, baseline),
            open_heads=self.lines.open_heads,
            trends=self.trends,
            drifts={} if listing.measurement else self.drifts(),
        )
        self.table.give(listing, self.lines, shown)
        width = max(self.size.width, 1)
        there = len(marked & self.listed_names()) if marked else 0  # others may delete some
        row = question_row(listing, there, width, self.keys_in_words())
        self.question.say([row])
        self.cursor_moved()

    def listed_names(self) -> frozenset[str]:
        """Return the names of all runs in the folder, shown or not."""
        return (
            frozenset(run.name for run in self.listing.everything) if self.listing else frozenset()
        )

    def cursor_moved(self) -> None:
        """Say what the cursor is on; read that run when it stays there."""
        width = max(self.table.size.width, 1)
        detail = detail_row(self.table.line, self.listing, self.application.look, width)
        self.detail.say([detail])
        self.offer_again()
        self.want_figures()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST_SECONDS, self._rested)

    def _rested(self) -> None:
        self._rest = None
        run = self.run_at_cursor
        beside = [run.path] if run is not None and self.diff_is_open else []
        follow_compared(self.application, [*self.drawn(), *beside], self.measure())
        self.draw_compared()

    def drawn(self) -> list[Path]:
        """Return the runs to draw: the compared ones, else what the cursor is on."""
        if compared := self.bench.compared():
            return compared[:MOST_DRAWN]
        at_cursor = runs_at(self.table.line)
        return [run.path for run in at_cursor if run.problem is None][:MOST_PREVIEWED]

    def draw_compared(self) -> None:
        """Draw the chart and the differences."""
        from paramdyn_tui.tui.screens.runs_beside import draw_beside

        if self.listing is not None and self.is_mounted:
            draw_beside(self, self.differs)

    def keys_in_words(self) -> dict[str, str]:
        """Return which keys are pressed for what words tell of."""
        ids = {
            "filter": "runs.filter", "new_run": "app.new_run", "help": "app.help",
            "baseline": "runs.baseline", "mark": "runs.mark",
        }  # fmt: skip
        return keys_shown(ids, self.application.configuration.keys)

    def exports(self) -> dict[str, Callable[[Path], None]]:
        """Return what can be written: the table, the screen, the chart's values."""
        from paramdyn_tui.tui.screens.runs_exports import exports_of

        return exports_of(self)

    def step_out(self) -> bool:
        """Leave the chart's zoom or cursor, the differences, the filter."""
        if self.overlay.step_out():
            return True
        if self.diff_is_open:
            self.action_diff()
            return True
        if self.application.settings.query:
            self.change(query="")
            return True
        return False

    def _lay_out(self) -> None:
        self.set_class(self.diff_is_open, "-diff")
        from paramdyn_tui.tui.screens.runs_beside import height_beside

        beside, share = self.beside, f"{self.application.settings.side}%"
        wide = self.has_class("-wide")
        beside.styles.width = share if wide else "1fr"
        beside.styles.height = "1fr" if wide else height_beside(self) or share
