"""What the list of runs can be written as."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramdyn_tui.tui.widgets.run_list.listing import Listing, metric_of
from paramdyn_tui.tui.widgets.run_list.reference import difference_of, reference_of
from paramdyn_tui.watching.trends import DRIFT

if TYPE_CHECKING:
    from textual.app import App

    from paramdyn_tui.tui.screens.runs import RunsScreen
    from paramdyn_tui.tui.widgets.chart_grid import ChartGrid
    from paramdyn_tui.tui.widgets.comparing.facts import Fact, Side

KEYS = (
    "id", "status", "model", "dataset", "init", "optimizer", "lr", "perturb", "arm", "of", "seed",
    "epoch", "step", "parent", "created",
)  # fmt: skip


def exports_of(screen: RunsScreen) -> dict[str, Callable[[Path], None]]:
    """Return proposed names of files, each with what writes it."""
    listing = screen.listing
    if listing is None or not listing.runs:
        return {}
    found: dict[str, Callable[[Path], None]] = {
        "runs.csv": partial(table_csv, listing, _shown_beside(screen, listing)),
        "runs.svg": partial(screen_svg, screen.app),
    }
    if screen.overlay.charts.subjects:
        found["overlay.csv"] = partial(chart_csv, screen.overlay)
    return found


def _shown_beside(screen: RunsScreen, listing: Listing) -> dict[str, dict[str, float | None]]:
    """Return the columns of the table that no run folder has: heading -> id -> value."""
    found: dict[str, dict[str, float | None]] = {}
    if not listing.measurement:
        found[f"{DRIFT}{screen.measure()}"] = dict(screen.drifts())
    baseline = screen.bench.baseline.name if screen.bench.baseline else ""
    if baseline:
        reference = reference_of(listing, baseline)
        found[f"{listing.metric.name} - {baseline}"] = {
            run.name: difference_of(run, listing, reference) for run in listing.runs
        }
    return found


def table_csv(
    listing: Listing, beside: Mapping[str, Mapping[str, float | None]], path: Path
) -> None:
    """Write the listed runs, one a line, with every metric that one of them has.

    Args:
        listing: What is listed.
        beside: Columns for the end: heading -> id -> value.
        path: The file.

    Raises:
        OSError: The file cannot be written.
    """
    names = [name for name in listing.spread.differing() if listing.vocabulary.knows(name)]
    keys = [listing.vocabulary.find(name) for name in dict.fromkeys((*KEYS, *names))]
    metrics = sorted({name for run in listing.runs for name in run.metrics})
    keys += [metric_of(name, listing.runs, listing.vocabulary, []) for name in metrics]
    keys += [listing.metric] if listing.metric.name not in (each.name for each in keys) else []
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*(key.name for key in keys), *beside])
        for run in listing.runs:
            row = [key.get(run) for key in keys] + [each.get(run.name) for each in beside.values()]
            writer.writerow(map(_plain, row))


def screen_svg(app: App[Any], path: Path) -> None:
    """Write the screen as it is shown.

    Raises:
        OSError: The file cannot be written.
    """
    path.write_text(app.export_screenshot(), encoding="utf-8")


def chart_csv(grid: ChartGrid, path: Path) -> None:
    """Write the values of the drawn lines.

    Raises:
        OSError: The file cannot be written.
    """
    from paramdyn_tui.tui.widgets.chart_copies import write_csv

    write_csv([grid.panel(name) for name in grid.shown_names()], path)


def _plain(value: object) -> object:
    return "" if value is None else value


def facts_csv(facts: Sequence[Fact], sides: Sequence[Side], path: Path) -> None:
    """Write what differs: a row a field or figure, a column a run.

    Raises:
        OSError: The file cannot be written.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [side.summary.name if side.summary else side.label for side in sides]
        writer.writerow(["section", "name", *names])
        writer.writerows([fact.section, fact.name, *fact.values] for fact in facts)
