"""The table of actions as a page of the documentation."""

from __future__ import annotations

from paramdyn_tui.tui.actions.action import key_names
from paramdyn_tui.tui.actions.table import SCOPES, of_scope


def keys_page() -> str:
    """Return a Markdown list of every key, under the places where it works.

    The name behind a sentence is what the keymap of ``tui.toml`` calls it.
    """
    parts = []
    for scope, title in SCOPES.items():
        lines = [
            f"- `{'` `'.join(key_names(action.keys))}` {action.help} `{action.id}`"
            for action in of_scope(scope)
        ]
        if lines:
            parts.append("\n".join([f"### {title}", "", *lines]))
    return "\n\n".join(parts)
