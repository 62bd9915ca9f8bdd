"""The one thread that looks at files, so that nobody who draws ever waits for a disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from paramdyn_tui.watching.messages import Message, WatchFailed
from paramdyn_tui.watching.runs_watch import RunsWatch
from paramdyn_tui.watching.watched import WatchedList, WatchedMachine, WatchedRun

TURN_SECONDS = 0.12
"""So long nothing is read after a picture of a run that is still read: who draws it has a turn."""
TOGETHER_SECONDS = 0.04
"""What is due so soon is looked at with what is due now: the thread wakes up once for both."""
STOP_SECONDS = 2.0
"""The thread may take so long to notice that it has ended."""

Watched = WatchedRun | WatchedList | WatchedMachine


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
        self._runs: dict[Path, WatchedRun] = {}
        self._list: WatchedList | None = None
        self._machine: WatchedMachine | None = None

    def watch_run(self, path: Path, measurements: Iterable[str] = ()) -> None:
        """Tell of a run from now on, in any case once.

        Args:
            path: Its folder.
            measurements: Those of the parameters to read, too, and ``classes``.
        """
        path = path.absolute()
        with self._lock:
            run = self._runs.setdefault(path, WatchedRun(path))
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

    def watches(self, path: Path) -> bool:
        """Tell whether a run is told of."""
        with self._lock:
            return path.absolute() in self._runs

    def watch_runs(self, runs: Path) -> None:
        """Tell of the runs in a folder from now on, in any case once; of no other folder's."""
        with self._lock:
            if self._list is None or self._list.watch.runs != runs.absolute():
                self._list = WatchedList(RunsWatch(runs))
            self._list.asked += 1
            self._list.due = 0.0
        self._begin()

    def want_trends(self, names: Iterable[str], metric: str) -> None:
        """Tell the course of a metric in some runs of the watched folder, those on the screen.

        Each is told once, and again whenever it has changed; these replace those wanted before.
        """
        self._want("trends", names, metric)

    def want_totals(self, names: Iterable[str], measurement: str) -> None:
        """Tell the last total of a measurement in some runs of the watched folder.

        Each is told once, and again whenever it has changed; these replace those wanted before.
        """
        self._want("totals", names, measurement)

    def watch_machine(self, *, processes: bool = False) -> None:
        """Tell of this machine from now on, every other second.

        Args:
            processes: Whether to list its processes, too. Those of runs in the watched folder are
                named.
        """
        with self._lock:
            self._machine = self._machine or WatchedMachine()
            self._machine.processes = processes
            self._machine.due = 0.0
        self._begin()

    def unwatch_machine(self) -> None:
        """Tell of the machine no more."""
        with self._lock:
            self._machine = None

    def look_now(self) -> None:
        """Look at everything at once: something was asked of a run, or a run was started."""
        with self._lock:
            for run in self._runs.values():
                run.due = 0.0
            if self._list is not None:
                self._list.due = 0.0
        self._wake.set()

    def stop(self) -> None:
        """End the thread; nothing is told after that.

        It is waited for, but not for long: a look may hang at a disk that does not answer.
        """
        self._stopped = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_SECONDS)

    def _want(self, kind: str, names: Iterable[str], what: str) -> None:
        with self._lock:
            if self._list is None:
                return
            self._list.errands[kind].wanted = (tuple(dict.fromkeys(names)), what)
            self._list.due = 0.0
        self._wake.set()

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)
                self._thread.start()
        self._wake.set()

    def _watch(self) -> None:
        try:
            self._look_on()
        except Exception as error:  # the thread's own front door: a fault is told, not swallowed
            self._tell(WatchFailed(error))

    def _look_on(self) -> None:
        while not self._stopped:
            self._wake.clear()
            with self._lock:
                runs, listed = list(self._runs.values()), self._list
                machine = self._machine
            ended = sum(run.is_over for run in runs)
            for run in runs:
                if self._is_due(run) and not self._stopped:
                    seen = run.look(self._clock, ended=ended)
                    self._tell(seen)
                    if seen is not None and seen.view.metrics and not seen.view.complete:
                        time.sleep(TURN_SECONDS)
            if listed is not None and self._is_due(listed) and not self._stopped:
                for message in listed.look(self._clock):
                    self._tell(message)
            if machine is not None and self._is_due(machine) and not self._stopped:
                self._tell(machine.look(self._clock, listed))
            watched: list[Watched] = [*runs]
            watched += [each for each in (listed, machine) if each is not None]
            if watched:
                self._wake.wait(max(min(each.due for each in watched) - self._clock(), 0.0))
            else:
                self._wake.wait()

    def _is_due(self, watched: Watched) -> bool:
        return watched.due <= self._clock() + TOGETHER_SECONDS

    def _tell(self, message: Message | None) -> None:
        if message is not None and not self._stopped:
            self._post(message)
