"""With ``--readonly`` nothing that acts on runs can be done, by key, palette or mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from paramdyn_tui.tui.actions.table import ACTIONS

if TYPE_CHECKING:
    from textual.dom import DOMNode as _Base
else:
    _Base = object

_CHANGING = frozenset(
    (action.scope, action.name.partition("(")[0]) for action in ACTIONS if action.changes_runs
)


class Guarded(_Base):
    """A widget, screen or application whose actions are those of a scope.

    Attributes:
        SCOPE: A name of ``table.SCOPES``.
    """

    SCOPE: ClassVar[str] = ""

    def is_off(self, action: str) -> bool:
        """Tell whether an action, by its name, may never be done here."""
        return (self.SCOPE, action.partition("(")[0]) in _CHANGING and self._is_readonly()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tell whether an action may be done now; None shows it as one that may not."""
        if self.is_off(action):
            return False
        return super().check_action(action, parameters)

    def _is_readonly(self) -> bool:
        app: Any = self.app  # any application with a bench
        return bool(app.bench.readonly)
