"""Arrays that grow at their end, and how to tell that a series is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from paramdyn_tui.plotting.reduce import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)


class Growing(Generic[Kind]):
    """An array with room at its end.

    Args:
        kind: Type of its values.
    """

    def __init__(self, kind: type[Kind]) -> None:
        self._room: NDArray[Kind] = np.empty(16, kind)
        self._size = 0

    @property
    def values(self) -> NDArray[Kind]:
        """What is in it. Shape (N,)."""
        return self._room[: self._size]

    def append(self, values: NDArray[Any]) -> None:
        """Add values at the end. Arrays that were handed out before keep theirs."""
        self.replace_from(self._size, values)

    def replace_from(self, start: int, values: NDArray[Any]) -> None:
        """Let ``values`` be all from an index on."""
        size = start + len(values)
        if size > len(self._room):
            room = np.empty(max(size, 2 * len(self._room)), self._room.dtype)
            room[:start] = self._room[:start]
            self._room = room
        self._room[start:size] = values
        self._size = size


def goes_on(known: Floats, values: Floats) -> bool:
    """Tell whether a series begins with what is known of it, by three samples.

    Records are only ever appended, so another series differs at its ends or in its middle.
    """
    if len(values) < len(known):
        return False
    at = [0, len(known) // 2, len(known) - 1] if len(known) else []
    return np.array_equal(known[at], values[at], equal_nan=True)
