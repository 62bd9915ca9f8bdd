"""Keys one by one: each has done what it does, and moved the focus, before the next one comes.

A slow link brings several keys in one piece, and Textual hands all of them to what has the focus
then: letters after ``/`` would be commands of the list, not of its filter.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from textual.events import Event, Key, Paste
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.app import App

    _Base = App[None]
else:
    _Base = object

AFTER_SECONDS = 0.03
"""So long a key that none waits behind is given to paint what it changed."""
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
    _followed = False
    _meant_for: Widget | None = None

    async def on_event(self, event: Event) -> None:
        """Let a key wait while another one is being answered."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._answering:
            self._waiting.append(event)
            self._follow(self._turn)
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
        self._followed = False
        self._meant_for = self.focused or self.screen
        await super().on_event(event)
        if self._waiting:
            self._follow(self._turn)
        else:  # what it changes is painted first
            asyncio.get_running_loop().call_later(AFTER_SECONDS, self._follow, self._turn)

    def _follow(self, turn: int) -> None:
        if turn != self._turn:
            return
        if self._waiting and self._patience is None:
            self._patience = self.set_timer(PATIENCE_SECONDS, partial(self._next, turn))
        if self._followed or not self._answering:
            return
        self._followed = True
        if self._meant_for is None or not self._meant_for.post_message(Answered(turn, last=False)):
            self._once_more(turn)
