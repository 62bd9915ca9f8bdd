"""The short way to the application: without the parser of commands, which takes as long to import.

Whatever is not a plain call (help, a mistake, an option that is new) takes the usual way.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

_FLAGS = {"--readonly": "readonly", "--ascii": "ascii", "--no-mouse": "no_mouse"}
_VALUES = {"--runs": "runs", "--data": "data", "--theme": "theme"}


def quick_tui(words: Sequence[str]) -> int | None:
    """Open the application as ``paramdyn tui WORDS`` asks; None when the usual way must be taken.

    Raises:
        ParamdynError: As the command does: no such run, no such theme.
    """
    asked = asked_for(words)
    if asked is None or not is_screen():
        return None
    gc.disable()  # nothing that a start makes is garbage; the application turns it on again
    try:
        from paramdyn_tui.tui.opening import open_as_asked

        return open_as_asked(**asked)
    finally:
        gc.enable()


def asked_for(words: Sequence[str]) -> dict[str, Any] | None:
    """Return the options in plain words; None where the parser has to have a look."""
    found: dict[str, Any] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if word in _FLAGS:
            found[_FLAGS[word]] = True
        elif name in _VALUES and (equals or waiting):
            value = value if equals else waiting.pop(0)
            if not value or value.startswith("-") or _VALUES[name] in found:
                return None
            found[_VALUES[name]] = value
        elif word and not word.startswith("-") and "run" not in found:
            found["run"] = word
        else:
            return None
    return found


def is_screen() -> bool:
    """Tell whether there is a terminal to draw on."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
