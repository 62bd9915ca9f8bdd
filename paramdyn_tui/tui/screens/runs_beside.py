"""What stands beside the list of runs: the chart of compared runs, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paramdyn_tui.tui.settings import Settings
from paramdyn_tui.tui.widgets.comparing.facts import Side, diff_command, facts_of, same_count
from paramdyn_tui.tui.widgets.comparing.source import DRIFT, Mode
from paramdyn_tui.tui.widgets.comparing.subjects import fields_of_summary, labels_of

OTHER_ROWS = 5
"""Rows above and below: header, question, headings, detail, footer."""
ROWS_FOR_MORE = 3
"""Rows that stay free below the runs, for those that come."""

if TYPE_CHECKING:
    from paramdyn.store.run_summary import RunSummary
    from paramdyn_tui.tui.screens.runs import RunsScreen
    from paramdyn_tui.tui.widgets.facts_pane import FactsPane

MANY = 100
"""Runs from which on keys have their turn before the chart is drawn."""


def height_beside(screen: RunsScreen) -> int:
    """Return the rows of what stands below a table that leaves some free; 0: its usual share.

    All runs of the folder count, so that nothing moves while runs are filtered or groups folded.
    A share that the user has chosen stays.
    """
    settings, view = screen.application.settings, screen.bench.list_seen
    if view is None or settings.side != Settings.side:
        return 0
    heads = len(screen.listing.heads) if screen.listing is not None else 0
    room = screen.size.height - OTHER_ROWS
    free = room - len(view.rows) - heads - ROWS_FOR_MORE
    return free if free > room * settings.side // 100 else 0


def draw_beside(screen: RunsScreen, facts: FactsPane) -> None:
    """Draw the chart, and the differences where they are open.

    Args:
        screen: The screen.
        facts: The pane of differences.
    """
    bench, listing = screen.bench, screen.listing
    charts = screen.overlay.charts
    assert listing is not None
    paths = screen.drawn()
    views = [bench.seen[path] for path in paths if path in bench.seen]
    baseline = bench.baseline.name if bench.baseline else ""
    color_of = bench.color_of if bench.compared() else _first
    charts.subjects = screen.lineup.subjects(views, baseline, color_of)
    only = DRIFT if listing.measurement else listing.metric.name
    charts.mode = Mode(only=only, bands=bool(listing.keys), measure=screen.measure())
    charts.words = _words(screen, bool(paths))
    if len(paths) < MANY:
        screen.overlay.show()
    else:
        screen.calm_overlay.changed()
    if screen.diff_is_open:
        draw_differences(screen, facts)


def _words(screen: RunsScreen, coming: bool) -> str:
    """Return why nothing is drawn."""
    run = screen.run_at_cursor
    if coming:
        return "reading ..."
    if run is not None and run.problem:
        return f"This run cannot be read. {run.problem}"
    return f"{screen.keys_in_words()['mark']} marks a run, which is drawn here."


def draw_differences(screen: RunsScreen, pane: FactsPane) -> None:
    """Show what differs between the baseline and the run at the cursor."""
    base, run = _baseline(screen), screen.run_at_cursor
    key = screen.keys_in_words()["baseline"]
    if base is None:
        pane.say("diff", f"There is no baseline. {key} makes the run at the cursor the baseline.")
        return
    if run is None or run.name == base.name:
        pane.say("diff", "This is the baseline itself. Move to another run.")
        return
    measure = screen.application.settings.measure
    sides = _sides(screen, (base, run))
    facts = facts_of(sides, measure=measure, everything=screen.shows_all_fields)
    same = 0 if screen.shows_all_fields else same_count(sides)
    pane.give(f"diff  {sides[0].label} → {sides[1].label}", facts, sides, same=same)


def command_to_diff(screen: RunsScreen) -> str:
    """Return the command that shows the same differences; empty without two runs."""
    base, run = _baseline(screen), screen.run_at_cursor
    if base is None or run is None or base.name == run.name:
        return ""
    return diff_command([base.name, run.name], screen.bench.runs)


def _sides(screen: RunsScreen, runs: Sequence[RunSummary]) -> list[Side]:
    from paramdyn_tui.tui.widgets.comparing.drifts import last_drifts

    seen = screen.bench.seen
    measure = screen.application.settings.measure
    drifts = last_drifts([seen.get(run.path) for run in runs], measure)
    fields = [fields_of_summary(run) for run in runs]
    labels = labels_of([run.name for run in runs], fields, [run.parent_run for run in runs])
    return [
        Side(label, None, flat, run, drift)
        for label, flat, run, drift in zip(labels, fields, runs, drifts, strict=True)
    ]


def _baseline(screen: RunsScreen) -> RunSummary | None:
    if screen.bench.baseline is None or screen.listing is None:
        return None
    return screen.listing.by_name.get(screen.bench.baseline.name)


def _first(_name: str) -> int:
    return 0
