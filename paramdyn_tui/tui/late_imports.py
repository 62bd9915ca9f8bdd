"""Imports that wait until what they bring is used: Textual loads a fifth faster without them.

Textual imports its command palette, in whose place is ours, and what saves screenshots; asyncio
imports the encryption of connections. Nothing of that is used here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

LATE = ("tempfile", "textual.command", "uuid")
"""Modules of which Textual takes names when it is imported, and which load when one is used."""
UNUSED = "ssl"
"""asyncio does without this one where Python was built without it."""


class _LateName(type):
    """Stands for a function or class of a module that is not loaded yet."""

    def __call__(cls, *given: Any, **more: Any) -> Any:  # noqa: ANN401 - what it stands for takes it
        return cls._found()(*given, **more)

    def __getattr__(cls, name: str) -> Any:  # noqa: ANN401
        return getattr(cls._found(), name)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls._found())

    def _found(cls) -> Any:  # noqa: ANN401
        return getattr(import_module(cls.__module__), cls.__name__)


class _LateModule(ModuleType):
    """Has whatever name is asked for, without loading the module."""

    def __getattr__(self, name: str) -> _LateName:
        if name.startswith("__"):
            raise AttributeError(name)
        return _LateName(name, (), {"__module__": self.__name__})


@contextmanager
def imports_put_off() -> Iterator[None]:
    """Import Textual within this. Whoever imports the modules themselves later gets them whole."""
    waiting = [name for name in LATE if name not in sys.modules]
    hidden = [UNUSED] if UNUSED not in sys.modules else []
    for name in waiting:
        sys.modules[name] = _LateModule(name)
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # to import it fails
    try:
        yield
    finally:
        for name in waiting + hidden:
            del sys.modules[name]
