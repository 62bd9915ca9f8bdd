"""The help: what each key does, first those of this place, then all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen

from paramdyn_tui.tui.actions.action import Action, key_names
from paramdyn_tui.tui.actions.bindings import bindings
from paramdyn_tui.tui.actions.table import SCOPES, of_scope
from paramdyn_tui.tui.cell_widget import CellWidget
from paramdyn_tui.tui.cells import Picture, Span, boxed, shortened


def scopes_at(screen: Screen[object]) -> list[str]:
    """Return the scopes whose keys work at the focused pane, the nearest first."""
    nodes: list[DOMNode] = list((screen.focused or screen).ancestors_with_self)
    found = [str(getattr(node, "SCOPE", "")) for node in nodes]
    return list(dict.fromkeys(scope for scope in found if scope))


def help_rows(here: Sequence[str], keymap: dict[str, str], width: int) -> Picture:
    """Return the page: keys and sentences, in sections.

    Args:
        here: Scopes that come first.
        keymap: Id of an action -> keys that the user gave it.
        width: Of a row.
    """
    order = [*here, *(scope for scope in SCOPES if scope not in here)]
    rows: Picture = []
    for scope in order:
        actions = of_scope(scope)
        if not actions:
            continue
        mark = "  (here)" if scope in here and scope != "app" else ""
        rows += [(), (Span(f" {SCOPES[scope]}", "title"), Span(mark, "dim"))]
        rows += [_row(action, keymap, width) for action in actions]
    return rows[1:]


def _row(action: Action, keymap: dict[str, str], width: int) -> tuple[Span, ...]:
    keys = " ".join(key_names(keymap.get(action.id, action.keys)))
    text = shortened(action.help, max(width - 16, 0), keep="words")
    return (Span(f"  {keys:<11} ", "strong"), Span(text, "text"))


class HelpPage(CellWidget):
    """The page, which scrolls."""

    SCOPE = "help"
    BINDINGS: ClassVar[list[BindingType]] = bindings("help")
    can_focus = True

    def __init__(self, here: Sequence[str]) -> None:
        super().__init__(classes="first-focus")
        self._here, self._first = list(here), 0

    def draw(self, width: int, height: int) -> Picture:
        """Return the part of the page that fits."""
        rows = self._rows(width)
        inner = max(height - 2, 1)
        self._first = max(min(self._first, len(rows) - inner), 0)
        below = len(rows) - self._first - inner
        page = key_names(self._keymap().get("help.scroll_page_down", "pagedown"))[0]
        more = f"{page} {below} more lines below   " if below > 0 else ""
        foot = (Span(f"{more}esc leaves", "dim"),)
        title = (Span("Keys", "title"), Span("  ^p finds an action by name", "dim"))
        return boxed(
            rows[self._first : self._first + inner], width, height,
            title=title, foot=foot, focused=True,
        )  # fmt: skip

    def action_scroll(self, where: str) -> None:
        """Move through the page."""
        page = max(self.size.height - 3, 1)
        self._first += {"up": -1, "down": 1, "page_up": -page, "page_down": page}[where]
        self.repaint()

    def _rows(self, width: int) -> Picture:
        return help_rows(self._here, self._keymap(), width - 2)

    def _keymap(self) -> dict[str, str]:
        return dict(getattr(self.app, "configuration").keys)  # noqa: B009


class HelpScreen(ModalScreen[None]):
    """Shows the keys.

    Args:
        here: Scopes of the place where help was asked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q,question_mark,f1", "leave", "leave")]
    AUTO_FOCUS: ClassVar[str | None] = ".first-focus"
    DEFAULT_CSS: ClassVar[str] = """
    HelpScreen { align: center middle; background: $background 0%; }
    HelpPage { width: 96%; max-width: 92; height: 96%; }
    """

    def __init__(self, here: Sequence[str]) -> None:
        super().__init__()
        self._here = here

    def compose(self) -> ComposeResult:
        """Show the page."""
        yield HelpPage(self._here)

    def action_leave(self) -> None:
        """Close the help."""
        self.dismiss(None)
