"""What is painted first: header and footer, while the screen itself is still being imported."""

from __future__ import annotations

from paramdyn_tui.tui.screens.base import BenchScreen


class OpeningScreen(BenchScreen):
    """A screen without panes.

    Args:
        mode: The screen that is coming, which its header marks already.
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def tab(self) -> str:
        """Return the screen that is coming."""
        return self._mode
