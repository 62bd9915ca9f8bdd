"""Two clocks of the loop: time spent in training, and when the next checkpoint is due.

Neither looks at the wall clock, which may jump.
"""

from __future__ import annotations

import time

FIRST_CHECKPOINT_SECONDS = 5.0
"""A run that ends before needs no checkpoint, and one that dies before loses little."""
CHECKPOINT_SECONDS = 30.0
CHECKPOINT_SHARE = 0.05
"""At most this share of the time goes into checkpoints."""


class TrainingClock:
    """Counts the seconds spent in training batches, recording included.

    It stands still while the network is evaluated, saved or paused, and goes on in a resumed run.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._since: float | None = None

    def seconds(self) -> float:
        """Return the seconds so far."""
        running = 0.0 if self._since is None else time.perf_counter() - self._since
        return self._seconds + running

    def stop(self) -> None:
        """Stand still."""
        self._seconds, self._since = self.seconds(), None

    def go(self) -> None:
        """Go on."""
        self.stop()
        self._since = time.perf_counter()

    def set(self, seconds: float) -> None:
        """Stand at ``seconds``."""
        self._seconds, self._since = seconds, None


class CheckpointTimer:
    """Says when a checkpoint is due, so that writing them takes a small share of the time."""

    def __init__(self) -> None:
        self.cost = 0.0
        """Seconds that the newest checkpoint took."""
        self._next = time.monotonic() + FIRST_CHECKPOINT_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether to write one."""
        return time.monotonic() > self._next

    def written(self, cost: float) -> None:
        """Tell that one was written in ``cost`` seconds."""
        self.cost = cost
        self._next = time.monotonic() + max(CHECKPOINT_SECONDS, cost / CHECKPOINT_SHARE)
