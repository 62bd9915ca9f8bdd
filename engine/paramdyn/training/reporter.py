"""Tells the outside how far a run is: state.json, at most once a second, and never long silent."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from paramdyn.errors import StoreError
from paramdyn.store.layout import Layout
from paramdyn.store.lock import check_held, lock_holder
from paramdyn.store.process import this_process
from paramdyn.store.reserve import release_reserve
from paramdyn.store.state import LIVE, RunState, write_state

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
SILENT_SECONDS = 2.0
_LOOK_SECONDS = 0.5


def first_state(*, total_steps: int, summary: dict[str, Any]) -> RunState:
    """Return the state of a run that this process begins to train, now.

    Args:
        total_steps: Updates in all.
        summary: What a list of runs shows.
    """
    me = this_process()
    return RunState(
        status="running",
        total_steps=total_steps,
        heartbeat=time.time(),
        started=time.time(),
        pid=me.pid,
        process_start=me.process_start,
        boot_id=me.boot_id,
        host=me.host,
        summary=summary,
    )


class Reporter:
    """Writes the state of one run, of which this process must hold the lock.

    In a ``with`` block a thread repeats the last report, with the time, whenever the loop is busy
    for longer than ``SILENT_SECONDS``: loading, evaluating, writing a large file. It touches
    nothing else, and is silent after the last report.

    Args:
        layout: The run's files.
        state: What is known before the first report.
    """

    def __init__(self, layout: Layout, state: RunState) -> None:
        self._layout = layout
        self._state = state
        self._written = 0.0
        self._trouble: StoreError | None = None
        self._turn = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._thread.join()

    @property
    def is_due(self) -> bool:
        """Whether the last report is a second old."""
        return time.monotonic() - self._written >= INTERVAL_SECONDS

    @property
    def checkpoint_step(self) -> int:
        """Updates at the newest checkpoint; -1 before the first."""
        return self._state.checkpoint_step

    def check(self) -> None:
        """Say what the thread ran into.

        Raises:
            StoreError: The state could not be written, or the folder is not this process's.
        """
        if self._trouble is not None:
            raise self._trouble

    def report(self, status: str, **changes: Any) -> None:  # noqa: ANN401 - fields of RunState
        """Write the state; what is not given stays as it was, but for ``reason``.

        Args:
            status: As in ``RunState``.
            changes: Other fields of it.

        Raises:
            StoreError: It cannot be written, or the folder is not this process's any more.
        """
        self.check()
        with self._turn:
            self._write(replace(self._state, status=status, **{"reason": "", **changes}))

    def beat(self) -> None:
        """Repeat the last report if it is due.

        Raises:
            StoreError: As ``report``.
        """
        self.check()
        if self.is_due:
            with self._turn:
                self._write(self._state)

    def saved(self, step: int) -> None:
        """Remember for the next report that a checkpoint was written after ``step`` updates."""
        with self._turn:
            self._state = replace(self._state, checkpoint_step=step)

    def fail(self, reason: str) -> None:
        """Write as the last state that the run failed; what prevents that is only logged."""
        with self._turn:
            if self._state.status not in LIVE or not self._may_say_why():
                return
            failed = replace(self._state, status="failed", reason=reason)
            try:
                self._write(failed, checked=False)
            except StoreError as error:
                log.error("%s", error)  # noqa: TRY400 - the message is the whole story

    def _may_say_why(self) -> bool:
        """Tell whether the folder is there, with its state, and is not another writer's."""
        holder = lock_holder(self._layout)
        return self._layout.state.exists() and holder in (None, this_process())

    def _write(self, state: RunState, *, checked: bool = True) -> None:
        self._written = time.monotonic()
        if checked:
            check_held(self._layout)
        state = replace(state, heartbeat=time.time())
        try:
            write_state(self._layout, state)
        except StoreError:
            if state.status in LIVE or not release_reserve(self._layout):
                raise
            write_state(self._layout, state)
        self._state = state
        if state.status not in LIVE:
            release_reserve(self._layout)

    def _repeat(self) -> None:
        while not self._closing.wait(_LOOK_SECONDS):
            with self._turn:
                silent = time.monotonic() - self._written >= SILENT_SECONDS
                if self._state.status not in LIVE:
                    return
                try:
                    if silent:
                        self._write(self._state)
                except StoreError as error:
                    self._trouble = error
                    return
