"""drift.jsonl: how every parameter moved, of the measurements that somebody looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paramdyn.errors import StoreError
from paramdyn.store.drift_lines import (
    WHOLE_BYTES,
    last_line,
    lines_holding,
    needle_of,
    sample_lines,
)
from paramdyn.store.manifest import Manifest
from paramdyn_tui.plotting.lines import Rows, decode_line, rows_of
from paramdyn_tui.sound_records import check_drift
from paramdyn_tui.watching.series import Bools, Floats, GrowingArray, Series
from paramdyn_tui.watching.tail import Tail
from paramdyn_tui.watching.totals import TotalsFeed

if TYPE_CHECKING:
    from paramdyn_tui.plotting.series import Classes

CLASSES = "classes"
"""The measurement that sorts scalars; of it the last record is kept."""
SAMPLES = 1024
"""Records of a long file that are read when a measurement is first looked at."""
MOST_VALUES = 1 << 21
"""Above so many values of one measurement every second record is let go."""
_LEAST_RECORDS = 512
_PIECE_BYTES = 1 << 22
_END_BYTES = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """One measurement of every parameter over time. Nothing changes it later.

    Attributes:
        measurement: Its name.
        steps: Rising. Shape (T,).
        values: NaN where undefined, and where NaN was measured. Shape (L, T).
        defined: What was measured, NaN or not. Shape (L, T).
        total: The same of all parameters together; NaN where undefined. Shape (T,).
        sampled: Whether the file has more records than these: what lies between two of them may
            be larger than both.
        totals: The total of every record where it is defined, of those left out too; while a long
            file is read, of these records only.
        revision: Another one for other content.
    """

    measurement: str
    steps: Floats
    values: Floats
    defined: Bools
    total: Floats
    sampled: bool
    totals: Series
    revision: int


class DriftFeed:
    """Reads the measurements that are wanted, first from what is there, then as it grows.

    Attributes:
        problem: What is wrong with the file or a line of it, in words; the others count.
        classes: The last partition of all scalars, once ``CLASSES`` is wanted.

    Args:
        path: A run's drift.jsonl; it may be absent.
    """

    def __init__(self, path: Path) -> None:
        self.problem = ""
        self.classes: Classes | None = None
        self._path = path
        self._tail = Tail(path)
        self._wanted: dict[str, None] = {}
        self._begun: set[str] = set()
        self._kept: dict[str, _Kept] = {}
        self._spoilt = self._unread = ""

    def want(self, measurement: str) -> None:
        """Read a measurement from the next look on. May be called from any thread."""
        self._wanted[measurement] = None

    def look(self, manifest: Manifest) -> bool:
        """Read what was added; tell whether anything is new.

        Args:
            manifest: What the values belong to.
        """
        wanted = list(self._wanted)
        if not wanted:
            return False
        before = self.problem
        block = self._tail.block(_PIECE_BYTES) if self._begun else b""
        changed = self._tail.restarted and bool(self._begun)
        if changed:
            self._begun, self._kept, self.classes, self._spoilt = set(), {}, None, ""
        if not self._begun:
            self._tail.end(_END_BYTES)  # what is there is read by seeking
            block = b""
        self._unread = ""
        later = {CLASSES} if not self._begun and len(wanted) > 1 and self._is_long() else set()
        for measurement in wanted:
            if measurement in later:  # it may be a long search; what is drawn first is not
                continue
            known = measurement in self._begun
            found = (
                lines_holding(block, needle_of(measurement)) if known else self._there(measurement)
            )
            if found is None:
                continue
            self._begun.add(measurement)
            if found:
                self._add(measurement, found, manifest)
            changed |= bool(found) or not known
        for kept in self._kept.values():
            changed |= kept.look_at_totals(self._path)
        self.problem = self._tail.problem or self._unread or self._spoilt
        return changed or before != self.problem

    @property
    def complete(self) -> bool:
        """Whether everything that is wanted has been read as far as it goes."""
        read = all(kept.complete for kept in self._kept.values())
        return read and not self._tail.more and set(self._wanted) <= self._begun

    def looked_for(self) -> frozenset[str]:
        """Return the measurements that were looked for, whether they are recorded or not."""
        return frozenset(self._begun)

    def drift(self) -> Mapping[str, Drift]:
        """Return every wanted measurement that is recorded."""
        return {name: kept.view() for name, kept in self._kept.items() if len(kept)}

    def _there(self, measurement: str) -> list[bytes] | None:
        """Return lines from all over the file, of ``CLASSES`` the last one; None if impossible."""
        try:
            if measurement != CLASSES:
                return sample_lines(self._path, measurement, SAMPLES)
            line = last_line(self._path, measurement)
        except StoreError as error:
            self._unread = str(error)
            return None
        return [line] if line else []

    def _add(self, measurement: str, lines: list[bytes], manifest: Manifest) -> None:
        if measurement == CLASSES:
            self._sort(lines[-1])
            return
        table = manifest.buffers if measurement.startswith("buffer") else manifest.parameters
        if measurement not in self._kept:
            sampled = len(lines) <= SAMPLES + 1 and self._is_long()
            self._kept[measurement] = _Kept(measurement, len(table), sampled=sampled)
        for rows in self._rows(measurement, lines, len(table)):
            self._kept[measurement].append(rows)

    def _rows(self, measurement: str, lines: list[bytes], length: int) -> Iterator[Rows]:
        """Yield the records of lines; a line that is none is remembered as a problem."""
        try:
            yield rows_of(lines, self._path, measurement, length=length)
        except StoreError as error:
            self._spoilt = self._spoilt or str(error)
            for line in lines if len(lines) > 1 else ():
                yield from self._rows(measurement, [line], length)

    def _sort(self, line: bytes) -> None:
        try:
            last = decode_line(line, self._path)
            check_drift(last, self._path)
        except StoreError as error:
            self._spoilt = self._spoilt or str(error)
        else:
            from paramdyn_tui.plotting.series import Classes

            self.classes = Classes(int(last["step"]), last["total"], last["values"])

    def _is_long(self) -> bool:
        try:
            return self._path.stat().st_size > WHOLE_BYTES
        except OSError:
            return False


class _Kept:
    """The records of one measurement that are kept."""

    def __init__(self, measurement: str, length: int, *, sampled: bool) -> None:
        self._measurement = measurement
        self._length = length
        self._sampled = sampled
        self._revision = 0
        self._shown: Drift | None = None
        self._all: TotalsFeed | None = None
        self._room()

    def __len__(self) -> int:
        return len(self._steps)

    def append(self, rows: Rows) -> None:
        """Add records; those that do not come after the last one are known already."""
        last = self._steps.view()[-1:]
        before = np.maximum.accumulate(
            np.concatenate([[-1.0] if not len(last) else last, rows.step])
        )
        new = rows.step > before[:-1]
        self._fill(rows.step[new], rows.total[new], rows.values[new], rows.defined[new])
        self._shown = None
        self._revision += 1
        while len(self) * self._length > MOST_VALUES and len(self) > 2 * _LEAST_RECORDS:
            self._thin()

    @property
    def complete(self) -> bool:
        """Whether the totals of all records have been read."""
        return not self._sampled or (self._all is not None and self._all.complete)

    def look_at_totals(self, path: Path) -> bool:
        """Read the totals of the records that are left out; tell whether there are new ones."""
        if not self._sampled:
            return False
        self._all = self._all or TotalsFeed(path, self._measurement)
        changed = self._all.look()
        if changed and self._all.complete:
            self._shown = None
            self._revision += 1
        return changed

    def view(self) -> Drift:
        """Return what is kept; the same object while nothing has changed."""
        if self._shown is None:
            self._shown = Drift(
                measurement=self._measurement,
                steps=self._steps.view(),
                values=self._values.view().T,
                defined=self._defined.view().T,
                total=self._total.view(),
                sampled=self._sampled,
                totals=self._totals(),
                revision=self._revision,
            )
        return self._shown

    def _totals(self) -> Series:
        if self._all is not None and self._all.complete:
            return self._all.series()
        steps, total = self._steps.view(), self._total.view()
        there = ~np.isnan(total)
        for place in np.flatnonzero(~there):  # measured as NaN, where a value was; else undefined
            measured = self._values.view()[place][self._defined.view()[place]]
            there[place] = not np.isfinite(measured).all()
        return Series(steps[there], total[there], self._revision)

    def _thin(self) -> None:
        """Let every second record go, never the last one."""
        chosen = slice((len(self) - 1) % 2, None, 2)
        parts = (self._steps, self._total, self._values, self._defined)
        kept = [part.view()[chosen] for part in parts]
        self._sampled = True
        self._room()
        self._fill(*kept)

    def _room(self) -> None:
        self._steps, self._total = GrowingArray(), GrowingArray()
        self._values = GrowingArray(np.float64, self._length)
        self._defined = GrowingArray(np.bool_, self._length)

    def _fill(self, steps: Floats, total: Floats, values: Floats, defined: Bools) -> None:
        self._steps.append(steps)
        self._total.append(total)
        self._values.append(values)
        self._defined.append(defined)
