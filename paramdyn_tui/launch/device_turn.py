"""Whose turn it is on a device: runs that wait until nobody else trains there.

Only files are looked at: the runs of one folder, their states and where they say that they train.
Who waits longest goes first. Runs of other folders, and what else a device does, are not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from paramdyn.errors import StoreError
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import read_manifest
from paramdyn.store.present import present_state
from paramdyn.store.process import is_alive
from paramdyn.store.run_index import list_runs
from paramdyn.store.run_summary import ALIVE, RunSummary
from paramdyn.store.state import RunState
from paramdyn_tui.watching.runs_watch import RunsWatch

QUEUED = "queued"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A queued run that waits for a device.

    Attributes:
        name: The run.
        device: Where it will train.
        pid: The process that will begin it; other runs of this process are no obstacle.
        since: When it was queued, in seconds since 1970.
    """

    name: str
    device: str
    pid: int
    since: float


def turn_of(folder: Path, device: str) -> Turn:
    """Return the turn of a run as it is queued.

    Raises:
        StoreError: Its state cannot be read.
    """
    state = present_state(Layout(folder))
    return Turn(name=folder.name, device=device, pid=state.pid, since=state.started)


def ahead_of(turn: Turn, rows: Iterable[RunSummary]) -> list[str]:
    """Return the runs of this machine that must end before a turn has come.

    Those that a process works on, on the same device, paused ones too: they keep its memory. And
    those queued earlier that will train there, or of which nobody knows where.

    Args:
        turn: The run that waits.
        rows: All runs of its folder.

    Returns:
        Their names, in the order in which their turns come.
    """
    found = [pair for pair in _others(turn, rows) if _is_ahead(turn, *pair)]
    found.sort(key=lambda pair: (pair[1].status == QUEUED, pair[1].started, pair[0].name))
    return [row.name for row, _ in found]


class Turns:
    """Looks whose turn it is, again and again, at little cost.

    Args:
        runs: The runs folder.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._watch = RunsWatch(runs)

    def ahead_of(self, turn: Turn) -> list[str]:
        """Return what ``ahead_of`` does of the runs as they are now.

        Raises:
            StoreError: The runs folder cannot be read.
        """
        self._watch.look()
        return ahead_of(turn, self._watch.view().rows) or ahead_of(turn, list_runs(self._runs))


def _others(turn: Turn, rows: Iterable[RunSummary]) -> Iterator[tuple[RunSummary, RunState]]:
    """Yield the living runs of this machine that another process works on or will begin."""
    for row in rows:
        if (row.status not in ALIVE and row.status != QUEUED) or row.pid in (0, turn.pid):
            continue
        try:
            state = present_state(Layout(row.path))
        except StoreError:
            continue
        if is_alive(state.process):
            yield row, state


def _is_ahead(turn: Turn, row: RunSummary, state: RunState) -> bool:
    if state.status == QUEUED:
        device = state.summary.get("waits_for", "")
        earlier = (state.started, row.name) < (turn.since, turn.name)
        return earlier and device in ("", turn.device)
    try:
        device = read_manifest(Layout(row.path)).device
    except StoreError:
        return True  # it is only just beginning: nobody knows where
    return device == turn.device
