"""What stands on the keys of actions, for words that tell which key to press."""

from __future__ import annotations

from collections.abc import Mapping

from paramdyn_tui.tui.actions.action import key_names
from paramdyn_tui.tui.actions.table import BY_ID


def keys_shown(names: Mapping[str, str], keymap: Mapping[str, str]) -> dict[str, str]:
    """Return what stands on the first key of some actions.

    Args:
        names: Any word -> id of an action.
        keymap: Id of an action -> keys that the user gave it.
    """
    return {
        word: key_names(keymap.get(action, BY_ID[action].keys))[0] for word, action in names.items()
    }
