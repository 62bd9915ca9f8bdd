"""All runs of a folder, kept up to date with few looks at the disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from paramdyn.errors import StoreError
from paramdyn.store.run_index import list_runs, run_names, summarize
from paramdyn.store.run_summary import ALIVE, BROKEN, RunSummary
from paramdyn_tui.watching import last_totals, trends
from paramdyn_tui.watching.kept import Kept
from paramdyn_tui.watching.marks import Mark, mark_of

LIVING = ALIVE | {"queued", "stale"}
"""Statuses of runs that are looked at every time."""
NAMES_SECONDS = 10.0
"""The folder's names are listed this often even where its own time does not change."""
RECENT = 32
"""So many of the newest runs that have ended are looked at every time, too."""
SHARE = 48
"""So many of the other runs are looked at each time, in turn."""


@dataclass(frozen=True, slots=True, eq=False)
class RunsView:
    """All runs at one moment. Nothing in it changes later.

    Attributes:
        runs: The folder.
        rows: Its runs, the newest first.
        problem: Why the folder cannot be read, in words; the rows are those read before.
        revision: Another one for other rows or another problem.
    """

    runs: Path
    rows: tuple[RunSummary, ...]
    problem: str
    revision: int


class RunsWatch:
    """Follows the runs of one folder. ``look`` belongs to one thread.

    A look costs the same however many runs have ended: living ones and the newest are looked at
    each time, the others in turn.

    Attributes:
        trends: Runs and a metric -> its course in each run, in at most 32 values.
        totals: Runs and a measurement -> its last total in each run; None where there is none.

    Args:
        runs: The runs folder; it may be absent.
        clock: Returns seconds that never go back.
    """

    def __init__(self, runs: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.runs = runs.absolute()
        self._clock = clock
        self._folder = os.fspath(self.runs)
        self._rows: dict[str, RunSummary] = {}
        self._marks: dict[str, tuple[Mark, Mark]] = {}
        self._order: list[str] = []
        self._problem = ""
        self._revision = 0
        self._folder_mark: Mark = None
        self._named = float("-inf")
        self._turn = 0
        self._living: list[str] | None = None
        self._ended: list[str] = []
        self._shown: RunsView | None = None
        self.trends: Kept[tuple[float, ...]] = Kept(self.runs, trends.file_of, trends.trend_of, ())
        self.totals: Kept[float | None] = Kept(
            self.runs, lambda _: "drift.jsonl", _last_total, None
        )

    def look(self) -> bool:
        """Read what has changed; tell whether ``view`` has. Never raises."""
        before = self._problem
        changed = self._look_at_names()
        for name in self._due():
            changed |= self._look_at(name)
        if changed or before != self._problem:
            self._revision += 1
            self._shown = self._living = None
        return changed or before != self._problem

    def view(self) -> RunsView:
        """Return what is known; the same object while nothing has changed."""
        if self._shown is None:
            rows = tuple(self._rows[name] for name in self._order)
            self._shown = RunsView(self.runs, rows, self._problem, self._revision)
        return self._shown

    @property
    def alive(self) -> bool:
        """Whether a run lived, or waited to, at the last look."""
        return any(row.status in LIVING for row in self._rows.values())

    def row(self, name: str) -> RunSummary | None:
        """Return a run as it was at the last look; the same object while it was not read anew."""
        return self._rows.get(name)

    def workers(self) -> dict[int, str]:
        """Return for each process of this machine that trains a run the run's name."""
        seen = (row for row in self._rows.values() if row.status in ALIVE and row.pid)
        return {row.pid: row.name for row in seen}

    def _look_at_names(self) -> bool:
        now, mark = self._clock(), mark_of(self._folder)
        if mark == self._folder_mark and now - self._named < NAMES_SECONDS:
            return False
        self._folder_mark, self._named = mark, now
        try:
            if not self._rows:
                found = {row.name: row for row in list_runs(self.runs)}
                changed = bool(found)
                self._rows = found
            else:
                changed = self._compare(run_names(self.runs))
        except StoreError as error:
            self._problem = str(error)
            return False
        self._problem = ""
        if changed:
            self._sort()
            self._living = None  # it may name runs that are gone
        return changed

    def _compare(self, names: list[str]) -> bool:
        """Forget the runs that are gone, and read those that are new."""
        here = set(names)
        gone = [name for name in self._rows if name not in here]
        for name in gone:
            del self._rows[name]
            self._marks.pop(name, None)
        new = [name for name in names if name not in self._rows]
        for name in new:
            self._rows[name] = summarize(self.runs / name)
        return bool(gone or new)

    def _due(self) -> list[str]:
        if self._living is None:
            self._living = [name for name in self._order if self._rows[name].status in LIVING]
            living = set(self._living)
            self._ended = [name for name in self._order if name not in living]
        others = self._ended[RECENT:]
        start = self._turn % max(len(others), 1)
        self._turn = start + SHARE
        turn = others[start : start + SHARE] + others[: max(start + SHARE - len(others), 0)]
        return list(dict.fromkeys([*self._living, *self._ended[:RECENT], *turn]))

    def _look_at(self, name: str) -> bool:
        folder = f"{self._folder}/{name}"
        marks = (mark_of(f"{folder}/state.json"), mark_of(f"{folder}/lock"))
        before = self._rows[name]
        if marks == self._marks.get(name) and before.status not in LIVING:
            return False
        after = summarize(self.runs / name)
        if after.status == BROKEN and not after.path.exists():
            return False  # it is being deleted: the list of names tells
        self._marks[name] = marks
        self._rows[name] = after
        if after.created != before.created:
            self._sort()
        return _shown(after) != _shown(before)

    def _sort(self) -> None:
        rows = sorted(self._rows.values(), key=lambda row: row.name)
        rows.sort(key=lambda row: row.created, reverse=True)
        self._order = [row.name for row in rows]


def _last_total(file: str, _size: int, measurement: str) -> float | None:
    return last_totals.last_total(Path(file), measurement)


_FIELDS = tuple(field.name for field in fields(RunSummary) if field.name != "silence")


def _shown(row: RunSummary) -> tuple[object, ...]:
    """Return what of a row is worth showing anew: its silence only grows, second by second."""
    return tuple(getattr(row, name) for name in _FIELDS)
