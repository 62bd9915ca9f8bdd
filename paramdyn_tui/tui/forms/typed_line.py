"""The one line of a form that can be typed into: it stands where the field at the cursor is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.suggester import Suggester
from textual.widgets import Input

FIND_WIDTH = 26


class Completion(Suggester):
    """Completes with what a function proposes for a text.

    Args:
        propose: Text so far -> whole texts that it may become.
    """

    def __init__(self, propose: Callable[[str], Sequence[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._propose = propose

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first proposal that goes on from what is typed."""
        return next((text for text in self._propose(value) if text.startswith(value)), None)


class TypedLine(Input):
    """Edits a field's text, or finds an option by its first letters.

    Args:
        propose: Text so far -> what it may become.
    """

    DEFAULT_CSS: ClassVar[str] = """
    TypedLine, TypedLine:focus {
        position: absolute; border: none; height: 1; padding: 0; width: 8;
        background: $surface; color: $accent;
    }
    """

    def __init__(self, propose: Callable[[str], Sequence[str]]) -> None:
        super().__init__(select_on_focus=False, suggester=Completion(propose))
        self.display = False
        self.finding = False

    def edit(self, text: str, usual: str) -> None:
        """Edit a text.

        Args:
            text: What is said; empty for nothing.
            usual: What holds then, shown fainter.
        """
        self.finding = False
        self._begin(text, usual)

    def find(self, typed: str) -> None:
        """Find an option, of which the first letter has been typed."""
        self.finding = True
        self._begin(typed, "")

    def off(self) -> None:
        """Be away."""
        self.finding = self.display = False

    def put(self, column: int, row: int, width: int) -> None:
        """Stand somewhere, counted from the form's upper left."""
        self.styles.offset = (column, row)
        self.styles.width = FIND_WIDTH if self.finding else max(width, 2)

    def _begin(self, text: str, usual: str) -> None:
        self.display = True
        with self.prevent(Input.Changed):
            self.value = text
        self.cursor_position = len(text)
        self.placeholder = "" if text else usual
