"""The table of actions as Textual's bindings."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from paramdyn_tui.tui.actions.table import of_scope

FIRM = frozenset({"app.palette", "app.leave", "app.next_pane", "app.previous_pane"})
"""Actions whose keys no widget takes for itself."""


def bindings(scope: str) -> list[BindingType]:
    """Return the bindings of whatever has that scope, for its class attribute ``BINDINGS``."""
    return [
        Binding(
            action.keys,
            action.name,
            action.title,
            id=action.id,
            tooltip=action.help,
            show=bool(action.footer),
            priority=action.id in FIRM,
        )
        for action in of_scope(scope)
    ]
