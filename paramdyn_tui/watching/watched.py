"""What the watcher looks at, how often, and what of it is news."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from paramdyn_tui.watching.messages import (
    MachineSeen,
    Message,
    RunSeen,
    RunsSeen,
    TotalsSeen,
    TrendsSeen,
)
from paramdyn_tui.watching.runs_watch import RunsWatch

if TYPE_CHECKING:
    from paramdyn.store.run_summary import RunSummary
    from paramdyn_tui.watching.machine import MachineWatch
    from paramdyn_tui.watching.run_watch import RunWatch

LIVE_SECONDS = 0.15
"""Between two looks at a run that trains: a record is on its way to the screen after this."""
QUIET_SECONDS = 0.25
"""The same while nothing has changed for ``SOON_SECONDS``."""
SOON_SECONDS = 5.0
LOADING_SECONDS = 1.0
"""Between two pictures of a long run that is being read: the first one has samples of it all."""
WAITING_SECONDS = 0.5
"""Between two looks at a run that is paused, queued or cannot be seen."""
ENDED_SECONDS = 2.0
"""Between two looks at a run that has ended, which somebody may take up again."""
MANY = 16
"""More runs that have ended than this are looked at less often, so that all cost the same."""
RUNS_SECONDS = 1.0
ERRAND_SECONDS = 0.05
"""So long trends and totals are read at a stretch."""

Value = TypeVar("Value")

_AT_WORK = ("running", "starting", "")
_WAITING = ("paused", "queued", "suspended", "stale")


class WatchedRun:
    """One run that is looked at.

    Attributes:
        holders: How many want to be told of it.
        asked: How often somebody asked to be told how it stands.
        due: When to look next.
        wanted: Measurements that are to be read.
    """

    def __init__(self, path: Path) -> None:
        self.holders = 0
        self.asked = 0
        self.due = 0.0
        self.wanted: dict[str, None] = {}
        self._path = path
        self._watch: RunWatch | None = None
        self._answered = 0
        self._news = False
        self._told = self._moved = float("-inf")

    @property
    def is_over(self) -> bool:
        """Whether nobody works on it."""
        return self._watch is not None and self._watch.status not in (*_AT_WORK, *_WAITING)

    def look(self, clock: Callable[[], float], *, ended: int) -> RunSeen | None:
        """Look at it; return what there is to tell."""
        self.due = float("inf")  # whoever wants a look meanwhile sets it anew
        asked = self.asked
        if self._watch is None:
            from paramdyn_tui.watching.run_watch import RunWatch

            self._watch = RunWatch(self._path, clock=clock)
            if "numpy" not in sys.modules:
                self._watch.glance()
                self.due = 0.0
                return RunSeen(self._watch.view())
        for measurement in list(self.wanted):
            self._watch.want(measurement)
        changed = self._watch.look()
        self._news |= changed or asked != self._answered
        now = clock()
        self._moved = now if changed else self._moved
        self.due = min(self.due, now + self._pause(now, ended))
        if not self._news or not (self._watch.complete or now - self._told >= LOADING_SECONDS):
            return None
        self._news, self._answered, self._told = False, asked, now
        return RunSeen(self._watch.view())

    def _pause(self, now: float, ended: int) -> float:
        assert self._watch is not None
        if not self._watch.complete:
            return 0.0
        if self._watch.status in _AT_WORK:
            return LIVE_SECONDS if now - self._moved < SOON_SECONDS else QUIET_SECONDS
        if self._watch.status in _WAITING:
            return WAITING_SECONDS
        return ENDED_SECONDS * max(1.0, ended / MANY)


class Errand(Generic[Value]):
    """Something that is read for some runs of a list, a few at a time, and told once.

    Args:
        read: Runs and what of them is wanted -> what was found of each.
        message: Runs folder, what was wanted, and what is new of it -> how it is told.

    Attributes:
        wanted: The runs, and what of them is wanted.
    """

    def __init__(
        self,
        read: Callable[[Iterable[str], str], Mapping[str, Value]],
        message: Callable[[Path, str, Mapping[str, Value]], Message],
    ) -> None:
        self.wanted: tuple[tuple[str, ...], str] = ((), "")
        self._read = read
        self._message = message
        self._what = ""
        self._told: dict[str, tuple[RunSummary | None, Value]] = {}

    def go(
        self, watch: RunsWatch, clock: Callable[[], float], end: float
    ) -> tuple[list[Message], bool]:
        """Read for a while; return what there is to tell, and whether some is left to read.

        Args:
            watch: The list: as long as its row of a run is the same, so is what was read of it.
            clock: Returns seconds.
            end: When to stop.
        """
        names, what = self.wanted
        if what != self._what:
            self._what, self._told = what, {}
        found: dict[str, Value] = {}
        left = False
        for name in names:
            listed, before = watch.row(name), self._told.get(name)
            if before is not None and listed is before[0]:
                continue
            left = clock() >= end
            if left:
                break
            value = self._read((name,), what)[name]
            self._told[name] = (listed, value)
            if before is None or value != before[1]:
                found[name] = value
        return [self._message(watch.runs, what, found)] if found else [], left


class WatchedList:
    """The list of runs that is looked at.

    Attributes:
        watch: Reads it.
        asked: How often somebody asked to be told how it stands.
        due: When to look next.
        errands: What of its runs is told when somebody wants it: "trends", the course of a metric,
            and "totals", the last total of a measurement.
    """

    def __init__(self, watch: RunsWatch) -> None:
        self.watch = watch
        self.asked = 0
        self.due = 0.0
        self.errands: dict[str, Errand[Any]] = {
            "trends": Errand(watch.trends, TrendsSeen),
            "totals": Errand(watch.totals, TotalsSeen),
        }
        self._answered = 0

    def look(self, clock: Callable[[], float]) -> list[Message]:
        """Look at it; return what there is to tell."""
        self.due = float("inf")
        asked = self.asked
        messages: list[Message] = []
        if self.watch.look() or asked != self._answered:
            self._answered = asked
            messages.append(RunsSeen(self.watch.view()))
        end = clock() + ERRAND_SECONDS
        more = False
        for errand in self.errands.values():
            found, left = errand.go(self.watch, clock, end)
            messages += found
            more |= left
        self.due = min(self.due, clock() + (0.0 if more else RUNS_SECONDS))
        return messages


class WatchedMachine:
    """This machine.

    Attributes:
        processes: Whether its processes are wanted.
        due: When to look next.
    """

    def __init__(self) -> None:
        self.processes = False
        self.due = 0.0
        self._watch: MachineWatch | None = None

    def look(self, clock: Callable[[], float], listed: WatchedList | None) -> MachineSeen:
        """Look at it; return what there is to tell."""
        from paramdyn_tui.watching.machine import PERIOD_SECONDS, MachineWatch

        self.due = float("inf")
        self._watch = self._watch or MachineWatch(clock=clock)
        self._watch.processes = self.processes
        view = self._watch.look(listed.watch.workers() if listed is not None else {})
        self.due = min(self.due, clock() + PERIOD_SECONDS)
        return MachineSeen(view)
