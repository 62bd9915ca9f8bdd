"""What one run has recorded: the numbers of its three files of records, read as they grow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from paramdyn_tui.watching.drift import DriftFeed
from paramdyn_tui.watching.metrics import RecordFeed

if TYPE_CHECKING:
    from paramdyn.store.manifest import Manifest
    from paramdyn_tui.plotting.series import Classes
    from paramdyn_tui.watching.drift import Drift
    from paramdyn_tui.watching.series import Series

SPEED = "images_per_s"
_TIMING_KEYS = ("time", SPEED)


class RunRecords:
    """Follows metrics.jsonl, timing.jsonl and drift.jsonl of one run.

    Args:
        path: The run folder; it may be absent.
    """

    def __init__(self, path: Path) -> None:
        self._metrics = RecordFeed(path / "metrics.jsonl")
        self._timing = RecordFeed(path / "timing.jsonl", _TIMING_KEYS)
        self._drift = DriftFeed(path / "drift.jsonl")

    def want(self, measurement: str) -> None:
        """Read a measurement of the parameters too, or ``classes``."""
        self._drift.want(measurement)

    def look(self, manifest: Manifest | None) -> bool:
        """Read what was added, or the next piece of it; tell whether anything is new.

        Args:
            manifest: Names the rows of drift.jsonl, which is not read without.
        """
        changed = self._metrics.look()
        changed |= self._timing.look()
        if manifest is not None:
            changed |= self._drift.look(manifest)
        return changed

    def is_complete(self, manifest: Manifest | None) -> bool:
        """Tell whether all there was at the last look has been read."""
        files = self._metrics.complete and self._timing.complete
        return files and (manifest is None or self._drift.complete)

    def problems(self) -> list[str]:
        """Return what is wrong with each file, in words; empty where nothing is."""
        return [feed.problem for feed in (self._metrics, self._timing, self._drift)]

    @property
    def last_step(self) -> int:
        """The last step with metrics, -1 without any."""
        return self._metrics.last_step

    @property
    def times(self) -> Series | None:
        """Seconds of training at some steps; None while nothing is recorded."""
        return self._timing.series().get("time")

    def metrics(self) -> dict[str, Series]:
        """Return metric -> what it was at each step, and the images a second."""
        metrics, timing = dict(self._metrics.series()), self._timing.series()
        if SPEED in timing:
            metrics[SPEED] = timing[SPEED]
        return metrics

    def drift(self) -> Mapping[str, Drift]:
        """Return measurement -> how every parameter moved, of those that are wanted."""
        return self._drift.drift()

    @property
    def classes(self) -> Classes | None:
        """The last partition of all scalars into classes, if wanted and there."""
        return self._drift.classes

    def looked_for(self) -> frozenset[str]:
        """Return the measurements that have been looked for."""
        return self._drift.looked_for()
