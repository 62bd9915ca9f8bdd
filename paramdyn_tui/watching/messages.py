"""What the watcher tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn_tui.watching.runs_watch import RunsView

if TYPE_CHECKING:
    from paramdyn_tui.watching.machine import MachineView
    from paramdyn_tui.watching.view import RunView


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


@dataclass(frozen=True, slots=True, eq=False)
class TotalsSeen:
    """How far some runs have moved in all: those that were read now, not all that are wanted.

    Attributes:
        runs: The runs folder.
        measurement: What of them was measured.
        totals: Run -> its last total; None where there is none.
    """

    runs: Path
    measurement: str
    totals: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, eq=False)
class MachineSeen:
    """The machine is not as it was."""

    view: MachineView


@dataclass(frozen=True, slots=True, eq=False)
class WatchFailed:
    """The watcher has a fault, and looks no more. No file can cause it: this is a bug."""

    error: Exception


Message = RunSeen | RunsSeen | TrendsSeen | TotalsSeen | MachineSeen | WatchFailed
