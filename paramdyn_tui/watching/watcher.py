"""The one thread that looks at files, so that nobody who draws ever waits for a disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn_tui.watching.runs_watch import RunsView, RunsWatch

if TYPE_CHECKING:
    from paramdyn.store.run_summary import RunSummary
    from paramdyn_tui.watching.run_watch import RunWatch
    from paramdyn_tui.watching.view import RunView

LIVE_SECONDS = 0.1
"""Between two looks at a run that trains: a record is on its way to the screen after this."""
WAITING_SECONDS = 0.5
"""Between two looks at a run that is paused, queued or cannot be seen."""
ENDED_SECONDS = 1.0
"""Between two looks at a run that has ended, which somebody may take up again."""
MANY = 16
"""More runs that have ended than this are looked at less often, so that all cost the same."""
RUNS_SECONDS = 1.0
TRENDS_SECONDS = 0.05
"""So long trends are read at a stretch."""

_AT_WORK = ("running", "starting", "")
_WAITING = ("paused", "queued", "suspended", "stale")


@dataclass(frozen=True, slots=True, eq=False)
class RunSeen:
    """A run is not as it was."""

    view: RunView


@dataclass(frozen=True, slots=True, eq=False)
class RunsSeen:
    """The list of runs is not as it was."""

    view: RunsView


@dataclass(frozen=True, slots=True, eq=False)
class TrendsSeen:
    """The course of a metric in some runs: those that were read now, not all that are wanted.

    Attributes:
        runs: The runs folder.
        metric: The metric.
        trends: Run -> at most 32 values; none where there is no such metric.
    """

    runs: Path
    metric: str
    trends: Mapping[str, tuple[float, ...]]


Message = RunSeen | RunsSeen | TrendsSeen


class Watcher:
    """Looks at runs from a thread of its own, and tells what has changed.

    Every method may be called from any thread, and none waits for a disk. What was asked for twice
    must be given up twice.

    Args:
        post: Called in the watcher's thread with each message; it must not wait for long.
        clock: Returns seconds that never go back.
    """

    def __init__(
        self, post: Callable[[Message], object], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._post = post
        self._clock = clock
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._runs: dict[Path, _WatchedRun] = {}
        self._list: _WatchedList | None = None

    def watch_run(self, path: Path, measurements: Iterable[str] = ()) -> None:
        """Tell of a run from now on, in any case once.

        Args:
            path: Its folder.
            measurements: Those of the parameters to read, too, and ``classes``.
        """
        path = path.absolute()
        with self._lock:
            run = self._runs.setdefault(path, _WatchedRun(path))
            run.holders += 1
            run.asked += 1
            run.due = 0.0
            run.wanted.update(dict.fromkeys(measurements))
        self._begin()

    def want(self, path: Path, measurement: str) -> None:
        """Read a measurement of a watched run too, or ``classes``; of no other run."""
        with self._lock:
            run = self._runs.get(path.absolute())
            if run is None or measurement in run.wanted:
                return
            run.wanted[measurement] = None
            run.due = 0.0
        self._wake.set()

    def unwatch_run(self, path: Path) -> None:
        """Tell of a run no more."""
        path = path.absolute()
        with self._lock:
            run = self._runs.get(path)
            if run is None:
                return
            run.holders -= 1
            if run.holders <= 0:
                del self._runs[path]

    def watch_runs(self, runs: Path) -> None:
        """Tell of the runs in a folder from now on, in any case once; of no other folder's."""
        with self._lock:
            if self._list is None or self._list.watch.runs != runs.absolute():
                self._list = _WatchedList(RunsWatch(runs))
            self._list.asked += 1
            self._list.due = 0.0
        self._begin()

    def want_trends(self, names: Iterable[str], metric: str) -> None:
        """Tell the course of a metric in some runs of the watched folder, those on the screen.

        Each is told once, and again whenever it has changed; these replace those wanted before.
        """
        with self._lock:
            if self._list is None:
                return
            self._list.wanted = (tuple(dict.fromkeys(names)), metric)
            self._list.due = 0.0
        self._wake.set()

    def look_now(self) -> None:
        """Look at everything at once: something was asked of a run, or a run was started."""
        with self._lock:
            for run in self._runs.values():
                run.due = 0.0
            if self._list is not None:
                self._list.due = 0.0
        self._wake.set()

    def stop(self) -> None:
        """End the thread, and wait until it has; nothing is told after that."""
        self._stopped = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)
                self._thread.start()
        self._wake.set()

    def _watch(self) -> None:
        while not self._stopped:
            self._wake.clear()
            with self._lock:
                runs, listed = list(self._runs.values()), self._list
            ended = sum(run.is_over for run in runs)
            for run in runs:
                if run.due <= self._clock() and not self._stopped:
                    self._tell(run.look(self._clock, ended=ended))
            if listed is not None and listed.due <= self._clock() and not self._stopped:
                for message in listed.look(self._clock):
                    self._tell(message)
            times = [run.due for run in runs] + ([listed.due] if listed is not None else [])
            if times:
                self._wake.wait(max(min(times) - self._clock(), 0.0))
            else:
                self._wake.wait()

    def _tell(self, message: Message | None) -> None:
        if message is not None and not self._stopped:
            self._post(message)


class _WatchedRun:
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
        self._told = float("-inf")

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
        for measurement in list(self.wanted):
            self._watch.want(measurement)
        self._news |= self._watch.look() or asked != self._answered
        now = clock()
        self.due = min(self.due, now + self._pause(ended))
        # while a long file is read its picture is drawn no oftener than that of a live run
        if not self._news or not (self._watch.complete or now - self._told >= LIVE_SECONDS):
            return None
        self._news, self._answered, self._told = False, asked, now
        return RunSeen(self._watch.view())

    def _pause(self, ended: int) -> float:
        assert self._watch is not None
        if not self._watch.complete:
            return 0.0
        if self._watch.status in _AT_WORK:
            return LIVE_SECONDS
        if self._watch.status in _WAITING:
            return WAITING_SECONDS
        return ENDED_SECONDS * max(1.0, ended / MANY)


class _WatchedList:
    """The list of runs that is looked at.

    Attributes:
        watch: Reads it.
        asked: How often somebody asked to be told how it stands.
        due: When to look next.
        wanted: The runs whose trends are wanted, and the metric.
    """

    def __init__(self, watch: RunsWatch) -> None:
        self.watch = watch
        self.asked = 0
        self.due = 0.0
        self.wanted: tuple[tuple[str, ...], str] = ((), "")
        self._answered = 0
        self._metric = ""
        self._told: dict[str, tuple[RunSummary | None, tuple[float, ...] | None]] = {}

    def look(self, clock: Callable[[], float]) -> list[Message]:
        """Look at it; return what there is to tell."""
        self.due = float("inf")
        asked = self.asked
        messages: list[Message] = []
        if self.watch.look() or asked != self._answered:
            self._answered = asked
            messages.append(RunsSeen(self.watch.view()))
        names, metric = self.wanted
        found, more = self._trends(names, metric, clock)
        if found:
            messages.append(TrendsSeen(self.watch.runs, metric, found))
        self.due = min(self.due, clock() + (0.0 if more else RUNS_SECONDS))
        return messages

    def _trends(
        self, names: tuple[str, ...], metric: str, clock: Callable[[], float]
    ) -> tuple[dict[str, tuple[float, ...]], bool]:
        """Read wanted trends for a while; return the new ones, and whether some are left."""
        if metric != self._metric:
            self._metric, self._told = metric, {}
        end = clock() + TRENDS_SECONDS
        found: dict[str, tuple[float, ...]] = {}
        for name in names:
            row, (seen, before) = self.watch.row(name), self._told.get(name, (None, None))
            if before is not None and row is seen:
                continue
            if clock() >= end:
                return found, True
            trend = self.watch.trends([name], metric)[name]
            self._told[name] = (row, trend)
            if trend != before:
                found[name] = trend
        return found, False
