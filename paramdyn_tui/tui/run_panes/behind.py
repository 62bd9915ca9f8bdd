"""Watching the run that lies behind the open one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn_tui.tui.compared import unfollow

if TYPE_CHECKING:
    from paramdyn_tui.tui.app import ParamdynApp


def follow_behind(app: ParamdynApp, path: Path | None) -> None:
    """Watch the run that lies behind the open one, and no longer the one that did.

    Args:
        app: The application; before it looks at the disk nothing is watched.
        path: The run; None for none.
    """
    bench, watcher = app.bench, app.watcher
    if watcher is None:
        return
    before = bench.behind
    if path is not None and (path != before or path not in bench.seen):
        watcher.watch_run(path)  # asked for again it is told again: another screen forgot it
    if before is not None and (path != before or path not in bench.seen):
        unfollow(app, before)
    bench.behind = path
