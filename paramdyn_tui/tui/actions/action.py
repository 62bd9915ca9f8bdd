"""What an action is."""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    """Something that a key does.

    Attributes:
        scope: Where the key works: a name of ``table.SCOPES``.
        name: The method ``action_<name>`` of what has that scope does it.
        keys: Textual's names of the keys, separated by commas.
        title: One or two words for the footer and the palette.
        help: One sentence, for the help screen.
        footer: Its place in the footer, 1 the first to be shown; 0: not there.
        changes_runs: Whether it acts on runs, and is off with ``--readonly``.
    """

    scope: str
    name: str
    keys: str
    title: str
    help: str
    footer: int = 0
    changes_runs: bool = False

    @property
    def id(self) -> str:
        """What the keymap of the configuration calls it: ``charts.zoom_in``, ``log.scroll_up``."""
        name = self.name.replace("('", "_").removesuffix("')")
        return f"{self.scope}.{name}"


_KEY_NAMES = {
    "question_mark": "?", "slash": "/", "plus": "+", "minus": "-", "escape": "esc",
    "enter": "⏎", "space": "␣", "left": "←", "right": "→", "up": "↑", "down": "↓",
    "left_square_bracket": "[", "right_square_bracket": "]", "shift+tab": "⇧tab",
    "full_stop": ".", "comma": ",", "equals_sign": "=", "less_than_sign": "<",
    "greater_than_sign": ">", "pagedown": "pgdn", "pageup": "pgup",
    "shift+left": "⇧←", "shift+right": "⇧→", "backslash": "\\", "asterisk": "*",
}  # fmt: skip


def key_name(key: str) -> str:
    """Return what stands on a key: ``?`` for ``question_mark``, ``^p`` for ``ctrl+p``."""
    if key in _KEY_NAMES:
        return _KEY_NAMES[key]
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    if key.startswith("f") and key[1:].isdecimal():
        return key.upper()
    return key


def key_names(keys: str) -> list[str]:
    """Return what stands on each of several keys."""
    return [key_name(key.strip()) for key in keys.split(",")]
