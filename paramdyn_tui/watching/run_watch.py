"""One run, read from its folder a little more at each look, as views that never change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramdyn_tui.late_imports import OF_NUMPY, imports_put_off
from paramdyn_tui.watching.axes import Axes
from paramdyn_tui.watching.events import EventFeed
from paramdyn_tui.watching.log import LogFeed
from paramdyn_tui.watching.marks import Mark, mark_of
from paramdyn_tui.watching.state import REMOVED, StateFeed
from paramdyn_tui.watching.view import RunView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paramdyn.store.manifest import Manifest
    from paramdyn_tui.watching.drift import Drift
    from paramdyn_tui.watching.run_records import RunRecords
    from paramdyn_tui.watching.series import Series

PAUSE_SECONDS = 0.4
"""While neither records nor the state change, all else is looked at this often."""


class _Unread:
    """Stands for records as long as nobody has looked at them."""

    last_step = -1
    times = classes = None

    def metrics(self) -> dict[str, Series]:
        return {}

    def drift(self) -> Mapping[str, Drift]:
        return {}

    def looked_for(self) -> frozenset[str]:
        return frozenset()

    def problems(self) -> list[str]:
        return []

    def is_complete(self, _manifest: Manifest | None) -> bool:
        return False


class RunWatch:
    """Follows one run. Belongs to one thread, but for ``want``.

    Nothing that lies in the folder, or is done to it meanwhile, raises an error: what is wrong is
    told by the views, and what was good stays in them.

    Args:
        path: The run folder; it may be absent.
        clock: Returns seconds that never go back.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path.absolute()
        self._state = StateFeed(self.path, clock=clock)
        self._events = EventFeed(self.path / "events.jsonl")
        self._log = LogFeed(self.path / "log.txt")
        self._records: RunRecords | _Unread = _Unread()
        self._wanted: dict[str, None] = {}
        self._axes = Axes()
        self._clock = clock
        names = ("state.json", "metrics.jsonl", "drift.jsonl")
        self._quick = [os.fspath(self.path / name) for name in names]
        self._marks: tuple[Mark, ...] = ()
        self._looked = float("-inf")
        self._revision = 0
        self._shown: RunView | None = None

    def want(self, measurement: str) -> None:
        """Read a measurement of the parameters too, or ``classes``. May be called from any thread.

        It is in the views after the next look; one that is not recorded is in none.
        """
        self._wanted[measurement] = None

    def glance(self) -> None:
        """See how the run stands and what it said, without numpy: it takes a while to load.

        ``view`` has no records then, and is not ``complete``.
        """
        self._state.look()
        if not self._state.refused:
            self._events.look()
            self._log.look()
        self._revision += 1
        self._shown = None

    def look(self) -> bool:
        """Read what was added since the last look; tell whether ``view`` has changed.

        A long file is read in pieces: while ``complete`` is False, look again at once.
        """
        records = self._opened()  # something may be wanted of them that is not read yet
        now = self._clock()
        marks = tuple(map(mark_of, self._quick))
        if marks == self._marks and now - self._looked < PAUSE_SECONDS and self.complete:
            return False
        self._marks, self._looked = marks, now
        changed = self._state.look()
        if not self._state.refused:
            changed |= records.look(self._state.manifest)
            changed |= self._events.look()
            changed |= self._log.look()
        if changed:
            self._revision += 1
            self._shown = None
        return changed

    @property
    def status(self) -> str:
        """How the run stood at the last look; empty before the first one."""
        return self._state.status

    @property
    def complete(self) -> bool:
        """Whether all there was to read at the last look has been read."""
        if self._state.refused or self._state.status == REMOVED:
            return True
        return self._log.complete and self._records.is_complete(self._state.manifest)

    def _opened(self) -> RunRecords:
        if isinstance(self._records, _Unread):
            with imports_put_off(OF_NUMPY):
                from paramdyn_tui.watching.run_records import RunRecords

            self._records = RunRecords(self.path)
        for measurement in list(self._wanted):
            self._records.want(measurement)
        return self._records

    def view(self) -> RunView:
        """Return what is known; the same object while nothing has changed."""
        if self._shown is None:
            self._shown = self._view()
        return self._shown

    def _view(self) -> RunView:
        state, manifest = self._state.state, self._state.manifest
        summary = self._state.summary
        records, metrics = self._records, self._records.metrics()
        rate = metrics.get("learning_rate")
        steps_per_epoch = manifest.steps_per_epoch if manifest is not None else 0
        return RunView(
            name=self.path.name,
            path=self.path,
            status=self._state.status,
            reason=state.reason if state is not None else "",
            problem=self._problem(),
            summary=summary,
            epochs=self._whole("epochs"),
            epoch=state.epoch if state is not None else 0.0,
            step=max(state.step if state is not None else 0, records.last_step),
            total_steps=self._total_steps(),
            steps_per_epoch=steps_per_epoch,
            seconds_left=self._state.seconds_left(),
            images_per_s=state.images_per_s if state is not None else 0.0,
            heartbeat=state.heartbeat if state is not None else 0.0,
            silence=summary.silence if summary is not None else None,
            request=state.request if state is not None else "",
            checkpoint_step=state.checkpoint_step if state is not None else -1,
            learning_rate=rate.last if rate is not None else None,
            classes=self._classes(),
            parameters=tuple(manifest.parameters) if manifest is not None else (),
            buffers=tuple(manifest.buffers) if manifest is not None else (),
            manifest=manifest,
            spec=self._state.spec,
            metrics=metrics,
            drift=records.drift(),
            classes_partition=records.classes,
            events=self._events.events(steps_per_epoch),
            log=self._log.view(),
            looked_for=records.looked_for(),
            complete=self.complete,
            revision=self._revision,
            axes=self._axes_now(),
        )

    def _problem(self) -> str:
        records = self._records.problems()
        found = (self._state.problem, *records, self._events.problem, self._log.problem)
        return "\n".join(dict.fromkeys(filter(None, found)))

    def _total_steps(self) -> int:
        state, manifest = self._state.state, self._state.manifest
        if state is not None and state.total_steps:
            return state.total_steps
        return manifest.total_steps if manifest is not None else 0

    def _classes(self) -> int:
        manifest = self._state.manifest
        names: Any = manifest.dataset.get("classes") if manifest is not None else None
        return len(names) if isinstance(names, list) else 0

    def _whole(self, name: str) -> int:
        training = self._state.spec.get("training")
        value = training.get(name) if isinstance(training, dict) else None
        return value if type(value) is int else 0

    def _axes_now(self) -> Axes:
        manifest = self._state.manifest
        images: Any = manifest.dataset.get("train") if manifest is not None else 0
        facts = (
            manifest.steps_per_epoch if manifest is not None else 0,
            images if type(images) is int else 0,
            self._whole("batch_size"),
            self._records.times,
        )
        if not self._axes.holds(*facts):
            self._axes = Axes(*facts)
        return self._axes
