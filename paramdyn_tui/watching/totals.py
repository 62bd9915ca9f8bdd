"""The totals of one measurement at every record of drift.jsonl, however long the file is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from paramdyn.store.drift_lines import lines_holding, needle_of
from paramdyn.store.records import decode
from paramdyn_tui.watching.series import GrowingArray, Series
from paramdyn_tui.watching.tail import Tail

_PIECE_BYTES = 1 << 22
_STEP = b'{"step":'
_TOTAL = b',"total":'


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
        found = [pair for line in lines if (pair := self._total(line))]
        if found:
            steps, totals = zip(*found, strict=True)
            self._steps.append(np.array(steps, np.float64))
            self._totals.append(np.array(totals, np.float64))
        self._revision += bool(found)
        return bool(found) or self._tail.restarted or before != self.complete

    def series(self) -> Series:
        """Return the defined totals so far."""
        return Series(self._steps.view(), self._totals.view(), self._revision)

    def _total(self, line: bytes) -> tuple[float, float] | None:
        """Return step and total of a line; None where the total is undefined, or the line none."""
        place = line.find(self._needle) + len(self._needle)
        if line.startswith(_STEP) and line.startswith(_TOTAL, place):
            step = line[len(_STEP) : line.find(b",")]
            total = line[place + len(_TOTAL) : line.find(b",", place + 1)].strip(b'"')
            try:
                return float(int(step)), float(total)
            except ValueError:
                pass  # null, or written by other hands
        try:
            record = decode(line)
            found = float(int(record["step"])), float(record["total"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None
        return found if math.isfinite(found[0]) else None
