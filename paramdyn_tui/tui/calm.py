"""Drawing what changes often without keeping anybody waiting who presses a key."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.timer import Timer

SHARE = 0.2
"""Drawing may take so much of the time; the more there is to draw, the seldomer it is drawn."""
TURN_SECONDS = 0.005
"""So long keys have their turn between two things that take long to draw."""
SHORT_SECONDS = 0.005
"""What takes no longer than this is drawn at once each time."""


class Calm:
    """Draws something whenever it has changed, the seldomer the longer that takes.

    Args:
        pump: Whose timers and message loop.
        draw: Draws it.
        least: So many seconds pass at least before it is drawn, in which keys have their turn.
        clock: Returns seconds that never go back.
    """

    def __init__(
        self,
        pump: MessagePump,
        draw: Callable[[], object],
        *,
        least: float = 0.0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._pump, self._draw, self._clock = pump, draw, clock
        self._least = least
        self._cost = 0.0
        self._ended = float("-inf")
        self._timer: Timer | None = None

    def changed(self) -> None:
        """Draw it now, or as soon as it is its turn."""
        if self._timer is not None:
            return
        pause = self._cost * (1 / SHARE - 1) if self._cost > SHORT_SECONDS else 0.0
        left = max(self._ended + pause - self._clock(), self._least)
        if left > 0:
            self._timer = self._pump.set_timer(left, self._go)
        else:
            self._go()

    def _go(self) -> None:
        self._timer = None
        start = self._clock()
        self._draw()
        self._ended = self._clock()
        self._cost = self._ended - start
