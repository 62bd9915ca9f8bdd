"""Where the cursor is in a list that changes: it stays on its run, and its run on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Place:
    """The cursor and the part of the list that is shown.

    Attributes:
        names: What tells each line from the others.
        at: Index of the line at the cursor, 0 in an empty list.
        first: Index of the first line that is shown.
        height: How many lines are shown, at least 1.
    """

    names: Sequence[str] = ()
    at: int = 0
    first: int = 0
    height: int = 1
    _index: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the line at the cursor is called; empty in an empty list."""
        return self.names[self.at] if self.names else ""

    def show(self, names: Sequence[str]) -> None:
        """Take over a new list: the cursor stays on its line, at its height of the screen.

        Where the line is gone the cursor goes to the next one below it that is still there, else to
        the nearest above, so that a deletion does not throw it to the top.
        """
        row = self.at - self.first
        index = {name: place for place, name in enumerate(names)}
        below = (name for name in self.names[self.at :] if name in index)
        above = (name for name in reversed(self.names[: self.at]) if name in index)
        kept = next(below, "") or next(above, "")
        self.at = index.get(kept, 0)
        self.names, self._index = names, index
        self.first = self.at - row
        self._clamp()

    def resize(self, height: int) -> None:
        """Show so many lines; the cursor stays among them."""
        self.height = max(height, 1)
        self._clamp()

    def go(self, where: str) -> None:
        """Move the cursor: ``up``, ``down``, ``page_up``, ``page_down``, ``first``, ``last``."""
        page = max(self.height - 1, 1)
        last = len(self.names) - 1
        to = {
            "up": self.at - 1,
            "down": self.at + 1,
            "page_up": self.at - page,
            "page_down": self.at + page,
            "first": 0,
            "last": last,
        }[where]
        self.at = max(min(to, last), 0)
        self._clamp()

    def go_to(self, name: str) -> bool:
        """Move the cursor to a line; tell whether it is in the list."""
        if name not in self._index:
            return False
        self.at = self._index[name]
        self._clamp()
        return True

    def _clamp(self) -> None:
        most = max(len(self.names) - self.height, 0)
        self.first = max(min(self.first, self.at, most), self.at - self.height + 1, 0)
