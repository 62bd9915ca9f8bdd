"""Imports that wait until what they bring is used: a start takes a fifth less without them.

Textual imports its command palette, in whose place is ours, and what saves screenshots; asyncio
imports the encryption of connections. numpy imports linear algebra, and for that the types of
arrays. Nothing of all this is needed to draw.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

OF_TEXTUAL = ("tempfile", "textual.command", "uuid")
OF_NUMPY = ("numpy.linalg",)
"""Modules of which names are taken when it is imported, and which load when one is used."""
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
def imports_put_off(late: Sequence[str]) -> Iterator[None]:
    """Import Textual or numpy within this; what waits is whole for whoever imports it later.

    Args:
        late: ``OF_TEXTUAL`` or ``OF_NUMPY``. What is loaded already does not wait.
    """
    waiting = [name for name in late if name not in sys.modules]
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
