"""Which screens there are, each imported when it is first shown."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, cast

from textual.screen import Screen

MODULES = {
    "run": ("run", "RunScreen"),
    "runs": ("runs", "RunsScreen"),
    "compare": ("compare", "CompareScreen"),
    "layers": ("layers", "LayersScreen"),
    "logs": ("logs", "LogsScreen"),
    "system": ("system", "SystemScreen"),
    "analyze": ("analyze", "AnalyzeScreen"),
}
"""Mode -> module of ``screens`` and class."""


def screen_of(mode: str) -> Callable[[], Screen[Any]]:
    """Return what makes the screen of a mode."""

    def make() -> Screen[Any]:
        module, name = MODULES[mode]
        kind = getattr(importlib.import_module(f"paramdyn_tui.tui.screens.{module}"), name)
        return cast("Screen[Any]", kind())

    return make
