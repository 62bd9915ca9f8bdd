"""From the watching thread to the screen: of each run only the newest view waits.

A busy screen must not be shown what is old already, and a thread must not wait for a screen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Inbox:
    """Keeps the newest message of each kind and sender, and rings once until it is emptied.

    Args:
        ring: Called from the sender's thread when something waits; it must return at once.
    """

    def __init__(self, ring: Callable[[], object]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._waiting: dict[object, Any] = {}

    def put(self, message: Any) -> None:  # noqa: ANN401 - whatever the watcher says
        """Leave a message; an older one of the same sender is forgotten."""
        view = getattr(message, "view", None)
        with self._lock:
            first = not self._waiting
            # what has no view is an addition to what was said before, which does not replace it
            own = getattr(view, "path", None) if view is not None else len(self._waiting)
            key = type(message), own
            self._waiting[key] = message
        if first:
            self._ring()

    def take(self) -> list[Any]:
        """Return what waits, in the order of its first arrival, and leave nothing."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        return list(waiting.values())
