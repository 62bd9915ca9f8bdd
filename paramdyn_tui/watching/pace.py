"""How fast a run goes on, by the clock of whoever watches it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 300.0


class Pace:
    """Steps and when they were seen, of the last minutes.

    By this process's own clock, which is never set: a worker's clock, one that was put back, and
    the time before a pause do not count.

    Args:
        clock: Returns seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, step: int) -> None:
        """Remember that so many steps are done; fewer than before tell nothing."""
        if self._seen and step <= self._seen[-1][1]:
            return
        now = self._clock()
        self._seen.append((now, step))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW_SECONDS:
            self._seen.popleft()

    def clear(self) -> None:
        """Forget everything: another process writes the run, or it waits."""
        self._seen.clear()

    def seconds_left(self, total: int) -> float | None:
        """Return the estimated time until ``total`` steps are done; None while unknown."""
        if len(self._seen) < 2:
            return None
        (since, first), (now, last) = self._seen[0], self._seen[-1]
        if last <= first or now <= since:
            return None
        return (now - since) / (last - first) * max(total - last, 0)
