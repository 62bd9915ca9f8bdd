"""What the screen of all runs shows where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramdyn_tui.tui.screens.base import EMPTY
from paramdyn_tui.tui.widgets.run_list.words import welcome

if TYPE_CHECKING:
    from paramdyn_tui.tui.cells import Picture
    from paramdyn_tui.tui.screens.runs import RunsScreen
    from paramdyn_tui.watching.runs_watch import RunsView


def greet(screen: RunsScreen) -> None:
    """Explain what paramdyn is where there are no runs, and offer the keys that work there."""
    view = screen.bench.list_seen
    page = _greeting(screen, view) if view is not None else None
    if screen.has_class(EMPTY) != (page is not None):
        screen.set_class(page is not None, EMPTY)
        screen.offer_keys()
    if page is not None:
        screen.welcome.say(page)
    elif view is not None and view.problem:
        screen.say(view.problem, "bad")


def _greeting(screen: RunsScreen, view: RunsView) -> Picture | None:
    if view.rows:
        return None
    width, height = max(screen.size.width, 1), max(screen.size.height - 2, 1)
    keys, readonly = screen.keys_in_words(), screen.bench.readonly
    return welcome(view.runs, view.problem, keys, width, height, readonly=readonly)
