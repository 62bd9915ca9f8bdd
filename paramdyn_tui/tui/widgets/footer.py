"""The last line: the keys that work here, or what was said last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.timer import Timer

from paramdyn_tui.tui.actions.action import Action, key_name
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Row, Span, fitted, shortened
from paramdyn_tui.tui.dialogs.message import message_rows

SAID_SECONDS = 8.0
MOST_LINES = 4
"""Lines of a message about what is wrong."""
ALWAYS = ("help", "quit")
"""Titles of the actions that a newcomer needs on every screen."""
SPELLED = {
    "⏎": "enter", "␣": "space", "↑": "up", "↓": "down", "←": "left", "→": "right",
    "⇧tab": "shift+tab",
}  # fmt: skip


class Footer(CellWidget):
    """Shows keys by the rank that the table of actions gives them; a message comes before."""

    DEFAULT_CSS: ClassVar[str] = "Footer { height: 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__()
        self._said: Span | None = None
        self._timer: Timer | None = None
        self._keys: tuple[tuple[str, str], ...] = ()

    def offer(self, keys: Iterable[tuple[str, Action]]) -> None:
        """Show keys: what stands on each, and what it does."""
        offered = tuple((key, action.title) for key, action in keys)
        if offered != self._keys:
            self._keys = offered
            self.repaint()

    def say(self, text: str, style: str = "bar-strong") -> None:
        """Show a message for a few seconds; what is wrong is said whole, in lines if need be.

        An empty one takes away what was said before.
        """
        if not text:
            self._forget()
            return
        self._said = Span(text, f"bar-{style}" if style in ("good", "warn", "bad") else style)
        self.styles.height = len(self._lines(self.screen.size.width))
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SAID_SECONDS, self._forget)
        self.repaint()

    def draw(self, width: int, height: int) -> Picture:
        """Return the keys, or the message."""
        if self._said is not None:
            return self._lines(width)[:height]
        keys = self._keys
        if self.look.ascii_only:
            keys = tuple((_spelled(key), title) for key, title in keys)
        return [footer_row(keys, width)]

    def _lines(self, width: int) -> Picture:
        assert self._said is not None
        text, style = self._said
        rows: list[Row] = [(Span(shortened(text, max(width - 1, 0)), style),)]
        if style in ("bar-warn", "bar-bad"):
            rows = message_rows(text, max(width - 2, 8), style)[:MOST_LINES]
        return [fitted((Span(" ", "bar"), *row), width, style="bar") for row in rows]

    def _forget(self) -> None:
        self._said = None
        self.styles.height = 1
        self.repaint()


def footer_row(keys: Iterable[tuple[str, str]], width: int) -> Row:
    """Return as many keys with their titles as fit, the first ones first; never half a one.

    What stands last in the table, help and the way out, is there at any width that has room for it.
    """
    offered = list(keys)
    always = [pair for pair in offered if pair[1] in ALWAYS]
    kept = sum(len(key) + 1 + len(title) + 2 for key, title in always)
    if kept > width // 2:
        always, kept = [], 0
    shown: list[Span] = [Span(" ", "bar")]
    room = width - 1 - kept
    for key, title in offered:
        if (key, title) in always:
            continue
        length = len(key) + 1 + len(title) + 2
        if length - 2 > room:
            continue
        shown += [Span(key, "key"), Span(f" {title}  ", "bar")]
        room -= length
    for key, title in always:
        shown += [Span(key, "key"), Span(f" {title}  ", "bar")]
    return fitted(shown, width, style="bar")


def _spelled(key: str) -> str:
    """Return the name of a key in letters, where there is no sign for it."""
    return SPELLED.get(key, key)


def shown_keys(active: Iterable[tuple[str, Action]]) -> list[tuple[str, Action]]:
    """Return what a footer shows of the active keys: one key an action, by rank."""
    first: dict[str, tuple[str, Action]] = {}
    for key, action in active:
        if action.footer and action.id not in first:
            first[action.id] = (key_name(key), action)
    return sorted(first.values(), key=lambda pair: pair[1].footer)
