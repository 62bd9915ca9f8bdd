"""The command palette: the actions that work at this place, from the table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from paramdyn_tui.tui.actions.action import Action, key_name
from paramdyn_tui.tui.screens.base import actions_of

if TYPE_CHECKING:
    from textual.dom import DOMNode


LAST = 99
"""Rank of an action that the footer does not show."""


class ActionCommands(Provider):
    """Finds actions by their titles and sentences."""

    async def discover(self) -> Hits:
        """Yield every action."""
        for key, action, node in self._active():
            yield DiscoveryHit(
                _shown(key, action), partial(self._carry_out, action, node), help=action.help
            )

    async def search(self, query: str) -> Hits:
        """Yield the actions that a query means."""
        matcher = self.matcher(query)
        for key, action, node in self._active():
            text = _shown(key, action)
            score = max(matcher.match(text), 0.7 * matcher.match(action.help))
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(text),
                    partial(self._carry_out, action, node),
                    text=text,
                    help=action.help,
                )

    def _active(self) -> list[tuple[str, Action, DOMNode]]:
        """Return what can be done, in the order of the footer; what moves the cursor comes last."""
        bound = {each.binding.id: each.node for each in self.screen.active_bindings.values()}
        found = [
            (key, action, bound[action.id])
            for key, action in actions_of(self.screen)
            if action.name != "palette"
        ]
        return sorted(found, key=lambda each: _place(each[1]))

    async def _carry_out(self, action: Action, node: DOMNode) -> None:
        await self.app.run_action(action.name, node)


def _place(action: Action) -> tuple[bool, bool, int]:
    """Return the place of an action: those of the footer, then others, screens, movements."""
    moves = "(" in action.name or action.name in ("next_pane", "previous_pane", "leave")
    return moves, action.name.startswith("screen_"), action.footer or LAST


def _shown(key: str, action: Action) -> str:
    return f"{action.title}  ({key_name(key)})"
