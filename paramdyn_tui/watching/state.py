"""How a run stands: state.json, whether its process lives, and run.json, read when they change."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from paramdyn.errors import RunIncomplete, SchemaTooNew, StoreError
from paramdyn.regular_files import read_regular
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import Manifest, read_manifest
from paramdyn.store.present import present_state
from paramdyn.store.run_summary import (
    BROKEN,
    RunSummary,
    facts_of_state,
    summary_from,
    summary_from_spec,
)
from paramdyn.store.state import ENDED, LIVE, STARTING, RunState, effective_status
from paramdyn_tui.watching.marks import Mark, mark_of
from paramdyn_tui.watching.pace import Pace

REMOVED = "removed"
"""Status of a run whose folder is gone."""
LIFE_SECONDS = 1.0
"""A living run's process is looked up this often when nothing else has changed."""


class StateFeed:
    """How one run stands.

    Attributes:
        status: One of ``run_summary.STATUSES``, or ``REMOVED``; empty before the first look.
        state: The last readable state; None before there was one.
        summary: The run as lists show it, as far as it was ever readable.
        problem: Why the folder cannot be read now, in words.
        refused: Whether a newer paramdyn wrote it, so that nothing in it is to be trusted.
        manifest: What run.json holds; None before there is one.
        spec: What spec.toml holds, as it stands there.

    Args:
        path: The run folder.
        clock: Returns seconds that never go back.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.status = ""
        self.state: RunState | None = None
        self.summary: RunSummary | None = None
        self.problem = ""
        self.refused = False
        self.manifest: Manifest | None = None
        self.spec: Mapping[str, Any] = {}
        self._layout = Layout(path)
        self._clock = clock
        self._pace = Pace(clock)
        files = (self._layout.state, self._layout.lock, self._layout.manifest)
        self._files = list(map(os.fspath, files))
        self._marks: tuple[Mark, ...] | None = None
        self._manifest_mark: Mark = None
        self._looked = float("-inf")
        self._manifest_problem = ""
        self._state_problem = ""

    def look(self) -> bool:
        """Read what has changed; tell whether anything has."""
        path = self._layout.path
        marks = tuple(map(mark_of, self._files))
        now = self._clock()
        lasting = self.state is not None and self.state.status in ENDED and self.status in ENDED
        if marks == self._marks and (lasting or now - self._looked < LIFE_SECONDS):
            return False
        same_files = marks == self._marks
        self._marks, self._looked = marks, now
        if same_files and self._lives_on():
            return False
        before = (self.status, self.problem, self._shown())
        if not any(marks) and not path.is_dir():
            self._gone()
        else:
            self._read_state()
            self._read_manifest(marks[2])
            self._read_spec()
        self.problem = "\n".join(filter(None, (self._state_problem, self._manifest_problem)))
        return not same_files or before != (self.status, self.problem, self._shown())

    def seconds_left(self) -> float | None:
        """Return the estimated time to the end; None while nothing is known, and in a pause."""
        if self.state is None or self.status != "running":
            return None
        return self._pace.seconds_left(self.state.total_steps)

    def _lives_on(self) -> bool:
        """Tell whether a process still works on the run as its state says, without reading that."""
        state = self.state
        return (
            state is not None
            and state.status in LIVE - {STARTING}
            and self.status == effective_status(state)
        )

    def _shown(self) -> object:
        """Return what else a look can change without a file that changed."""
        return self.summary and (self.summary.status, self.summary.pid)

    def _gone(self) -> None:
        self.status = REMOVED
        self._state_problem = (
            f"{self._layout.path}: the folder is gone. It was there before, or was to be. Was it "
            "deleted or moved? What was read of it stays on the screen."
        )

    def _read_state(self) -> None:
        path = self._layout.path
        self.refused = False
        try:
            state = present_state(self._layout)
            facts = facts_of_state(state)
        except SchemaTooNew as error:
            self.refused = True
            self._broken(str(error))
        except RunIncomplete as error:
            self.summary = self.summary or summary_from_spec(path.name, path.parent, str(error))
            self._broken(str(error))
        except StoreError as error:
            self._broken(str(error))
        else:
            if facts is None:
                self._broken(f"{self._layout.state}: is not as paramdyn writes it.")
                return
            self.summary = summary_from(path.name, path.parent, facts)
            self.status, self._state_problem = self.summary.status, ""
            self._follow(state)

    def _broken(self, problem: str) -> None:
        self.status, self._state_problem = BROKEN, problem

    def _follow(self, state: RunState) -> None:
        before, self.state = self.state, state
        again = before is not None and (before.process, before.status) != (
            state.process,
            state.status,
        )
        if again or (before is not None and state.step < before.step):
            self._pace.clear()
        if self.status == "running":
            self._pace.note(state.step)

    def _read_manifest(self, mark: Mark) -> None:
        if self.manifest is not None and mark == self._manifest_mark:
            return
        if mark is None:
            queued = self.status == "queued" or not self.status
            self._manifest_problem = (
                ""
                if queued or self._state_problem
                else f"{self._layout.manifest}: is missing, so nothing names the layers. "
                "Restore it, or run the folder's spec.toml again."
            )
            return
        self._manifest_mark = mark
        try:
            self.manifest = read_manifest(self._layout)
            self._manifest_problem = ""
        except StoreError as error:
            self._manifest_problem = str(error)
        self._read_spec(anew=True)

    def _read_spec(self, *, anew: bool = False) -> None:
        if self.spec and not anew:
            return
        try:
            self.spec = tomllib.loads(read_regular(self._layout.spec).decode())
        except (OSError, ValueError):
            self.spec = {}
