"""Keys one by one: each has done what it does, and moved the focus, before the next one comes.

A slow link brings several keys in one piece, and Textual hands all of them to what has the focus
then: letters after ``/`` would be commands of the list, not of its filter.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from textual.events import Event, Key, Paste
from textual.message import Message
from textual.timer import Timer

if TYPE_CHECKING:
    from textual.app import App

    _Base = App[None]
else:
    _Base = object

PATIENCE_SECONDS = 1.0
"""The next key comes after this in any case: what had the focus may be gone."""


class Answered(Message):
    """Follows a key on its way up, through the same queues.

    Args:
        turn: The number of the key.
        last: Whether what the key put off has been done, too.
    """

    def __init__(self, turn: int, *, last: bool) -> None:
        super().__init__()
        self.turn, self.last = turn, last


class OneByOne(_Base):
    """An application that takes the next key when the one before has been answered."""

    _turn = 0
    _answering = False
    _patience: Timer | None = None

    async def on_event(self, event: Event) -> None:
        """Let a key wait while another one is being answered."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._answering:
            self._waiting.append(event)
            self._be_patient()
        else:
            self._answering = True
            self._turn += 1
            await self._take(event)

    def on_answered(self, message: Answered) -> None:
        """Wait for what the key has put off, such as another focus; then take the next key."""
        message.stop()
        if message.last:
            self._next(message.turn)
        else:
            self.call_later(self._once_more, message.turn)

    @property
    def _waiting(self) -> deque[Event]:
        found: deque[Event] = self.__dict__.setdefault("_keys_that_wait", deque())
        return found

    def _once_more(self, turn: int) -> None:
        """Follow through the screen that is open now: it may be a new one without a focus yet."""
        if not self.screen.post_message(Answered(turn, last=True)):
            self._next(turn)

    def _next(self, turn: int) -> None:
        if turn != self._turn or not self._answering:
            return
        if self._patience is not None:
            self._patience.stop()
            self._patience = None
        if self._waiting:
            self._turn += 1  # whatever comes meanwhile waits behind it
            self.call_later(self._take, self._waiting.popleft())
        else:
            self._answering = False

    async def _take(self, event: Event) -> None:
        meant_for = self.focused or self.screen
        await super().on_event(event)
        if not meant_for.post_message(Answered(self._turn, last=False)):
            self._once_more(self._turn)
        if self._waiting:
            self._be_patient()

    def _be_patient(self) -> None:
        if self._patience is None:
            self._patience = self.set_timer(PATIENCE_SECONDS, partial(self._next, self._turn))
