"""The totals of one measurement at every record of drift.jsonl, however long the file is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from paramdyn.store.drift_lines import lines_holding, needle_of
from paramdyn_tui.watching.last_totals import total_of
from paramdyn_tui.watching.series import GrowingArray, Series
from paramdyn_tui.watching.tail import Tail

_PIECE_BYTES = 1 << 22


class TotalsFeed:
    """Finds the totals of one measurement, a piece of the file at each look.

    A long file's values of every parameter are sampled. Its totals are one number a record: all of
    them fit, and a spike among them must not be lost.

    Attributes:
        complete: Whether every record that was there at the last look has been read.

    Args:
        path: A run's drift.jsonl.
        measurement: Its name.
    """

    def __init__(self, path: Path, measurement: str) -> None:
        self.complete = False
        self._tail = Tail(path)
        self._needle = needle_of(measurement)
        self._steps, self._totals = GrowingArray(), GrowingArray()
        self._revision = 0

    def look(self) -> bool:
        """Read what was added, or the next piece; tell whether anything is new."""
        before = self.complete
        lines = lines_holding(self._tail.block(_PIECE_BYTES), self._needle)
        if self._tail.restarted:
            self._steps, self._totals = GrowingArray(), GrowingArray()
        self.complete = not self._tail.more
        found = [pair for line in lines if (pair := total_of(line, self._needle))]
        if found:
            steps, totals = zip(*found, strict=True)
            self._steps.append(np.array(steps, np.float64))
            self._totals.append(np.array(totals, np.float64))
        self._revision += bool(found)
        return bool(found) or self._tail.restarted or before != self.complete

    def series(self) -> Series:
        """Return the defined totals so far."""
        return Series(self._steps.view(), self._totals.view(), self._revision)
