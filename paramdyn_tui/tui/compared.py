"""Watching the runs that are compared, on whichever screen they were chosen."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp
    from paramdyn_tui.tui.bench import Bench

MOST_DRAWN = 1000
"""So many compared runs are read and drawn; all can be marked."""


def follow_compared(app: ParamdynApp, others: Iterable[Path] = (), measure: str = "") -> None:
    """Watch the compared runs, and no longer those that were.

    Args:
        app: The application; before it looks at the disk nothing is watched.
        others: What is to be watched beside them: the run at the cursor.
        measure: A measurement to read; empty: the one that heatmaps show.
    """
    bench, watcher, measure = app.bench, app.watcher, measure or app.settings.measure
    if watcher is None:
        return
    wanted = dict.fromkeys([*bench.compared()[:MOST_DRAWN], *others])
    for path in wanted:
        if path not in bench.followed:
            bench.followed.add(path)
            watcher.watch_run(path, [measure])
        else:
            watcher.want(path, measure)
    for path in bench.followed - set(wanted):
        bench.followed.discard(path)
        unfollow(app, path)


def unfollow(app: ParamdynApp, path: Path) -> None:
    """Watch a run once less; what was seen of it is old as soon as nobody watches it."""
    if app.watcher is not None:
        app.watcher.unwatch_run(path)
    if app.watcher is None or not app.watcher.watches(path):
        app.bench.seen.pop(path, None)


def drifts_known(bench: Bench, measure: str) -> dict[str, float]:
    """Return how far runs have moved in all, of those that are watched: id -> last total."""
    found = {}
    for view in bench.seen.values():
        drift = view.drift.get(measure)
        if drift is not None and len(drift.total):
            found[view.name] = float(drift.total[-1])
    return found
