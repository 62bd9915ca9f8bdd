"""Signals as facts to look at, so that nothing is interrupted half done."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

KILL_SIGNAL = getattr(signal, "SIGUSR1", None)
"""Ctrl-C and SIGTERM may reach a whole group of processes twice, and must stay harmless."""


@dataclass
class Interrupts:
    """Which signals came since the watch began.

    Attributes:
        count: How often Ctrl-C was pressed (SIGINT).
        handled: How many of these somebody has looked at, and acted on.
        terminations: How often SIGTERM came.
        kills: How often SIGUSR1 came, which asks a sequence to kill its worker.
        hung_up: Whether the terminal was closed (SIGHUP).
    """

    count: int = 0
    handled: int = 0
    terminations: int = 0
    kills: int = 0
    hung_up: bool = False

    @property
    def stops(self) -> int:
        """How many signals asked to stop."""
        return self.count + self.terminations

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Remember one; the signal handler."""
        if number == signal.SIGINT:
            self.count += 1
        elif number == signal.SIGTERM:
            self.terminations += 1
        elif number == KILL_SIGNAL:
            self.kills += 1
        else:
            self.hung_up = True


@contextlib.contextmanager
def counted_interrupts(*, killable: bool = False) -> Iterator[Interrupts]:
    """Remember SIGINT, SIGTERM and SIGHUP during the block instead of dying of them.

    Args:
        killable: Whether SIGUSR1 has a meaning, too.
    """
    interrupts = Interrupts()
    numbers = [signal.SIGINT, signal.SIGTERM]
    # whoever had SIGHUP ignored (nohup) wants it ignored
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    if killable and KILL_SIGNAL is not None:
        numbers.append(KILL_SIGNAL)
    before = {number: signal.signal(number, interrupts) for number in numbers}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
