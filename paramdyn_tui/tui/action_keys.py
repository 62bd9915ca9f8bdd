"""Which key does something, for sentences that name one: the keys may have been moved."""

from __future__ import annotations

from collections.abc import Mapping

from paramdyn_tui.tui.actions.action import key_names
from paramdyn_tui.tui.actions.table import BY_ID


def key_of(action: str, keymap: Mapping[str, str]) -> str:
    """Return what stands on the first key of an action.

    Args:
        action: Its id, such as ``app.resume``.
        keymap: Id of an action -> keys that the user gave it.
    """
    return key_names(keymap.get(action, BY_ID[action].keys))[0]
