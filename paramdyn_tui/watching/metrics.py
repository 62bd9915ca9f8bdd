"""metrics.jsonl and timing.jsonl as series that grow, a piece of the file at each look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paramdyn.store.columns import Columns, columns_of
from paramdyn_tui.watching.series import Floats, GrowingTable, Series
from paramdyn_tui.watching.tail import Tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIECE_BYTES = 1 << 20
"""So much of a long file is read at one look: little, so that its memory is used again."""
WHOLE_BYTES = 1 << 21
"""A longer file is sampled first: its picture is there at once, and every record soon after."""
PLACES = 384
"""Places of a long file from which the first look takes some lines."""
PLACE_BYTES = 1 << 11
END_BYTES = 1 << 16
_LEFT_OUT = ("epoch",)


class RecordFeed:
    """The numbers of one file of records.

    A long file is first shown as samples from all over it, its last records among them; these are
    replaced, from the start on, by all records as they are read.

    Attributes:
        complete: Whether every record that was there at the last look has been read.
        problem: What is wrong with the file or with a line of it, in words; the others count.
        last_step: The last step with a record, -1 without any.

    Args:
        path: The file; it may be absent.
        keys: What is wanted; nothing: every number but ``step`` and ``epoch``.
    """

    def __init__(self, path: Path, keys: Sequence[str] = ()) -> None:
        self.complete = False
        self.problem = ""
        self.last_step = -1
        self._keys = list(keys) or None
        self._tail = Tail(path)
        self._revision = 0
        self._table = GrowingTable(leave_out=_LEFT_OUT)
        self._sample: Columns | None = None
        self._shown: dict[str, Series] | None = None
        self._lines = 0
        self._spoilt = ""
        self._read_to = -1

    def look(self) -> bool:
        """Read what was added, or the next piece; tell whether anything is new."""
        before = (self.problem, self.complete)
        first = self._tail.offset == 0 and self._sample is None
        if first and self._tail.size() > WHOLE_BYTES:
            self._take_samples()
            return True
        lines = self._tail.added(WHOLE_BYTES if first else PIECE_BYTES)
        if self._tail.restarted:
            self._begin_anew()
            self._revision += 1
        self._add(lines)
        if not self._tail.problem:
            self.complete = not self._tail.more
        if self.complete and self._sample is not None:
            self._sample = None
            self._revision += 1
        self.problem = self._tail.problem or self._spoilt or self._overlong()
        return bool(lines) or self._tail.restarted or before != (self.problem, self.complete)

    def series(self) -> Mapping[str, Series]:
        """Return every quantity; the same objects while nothing has changed."""
        if self._shown is None:
            found = self._table.views()
            if self._sample is not None:
                found = _continued(found, self._sample, self._read_to)
            self._shown = {
                name: Series(steps, values, self._revision)
                for name, (steps, values) in found.items()
                if len(values)
            }
        return self._shown

    def _begin_anew(self) -> None:
        self._table = GrowingTable(leave_out=_LEFT_OUT)
        self._sample = self._shown = None
        self._lines, self._spoilt = 0, ""
        self._read_to = self.last_step = -1

    def _take_samples(self) -> None:
        size = self._tail.size()
        pieces = [
            self._tail.lines_at(place * size // PLACES, PLACE_BYTES) for place in range(PLACES)
        ]
        pieces.append(self._tail.lines_at(max(size - END_BYTES, 0), END_BYTES))
        lines = [line for piece in pieces for line in piece.split(b"\n")[:-1]]
        sample, _ = columns_of(lines, self._keys)
        _, kept = np.unique(sample.step, return_index=True)
        self._sample = _chosen(sample, kept)
        self.last_step = int(self._sample.step[-1]) if len(kept) else -1
        self._shown = None
        self._revision += 1

    def _add(self, lines: list[bytes]) -> None:
        if not lines:
            return
        found, odd = columns_of(lines, self._keys)
        if odd and not self._spoilt:
            self._spoilt = (
                f"{self._tail.path}: line {self._lines + odd[0] + 1} is corrupt. A line must be "
                "one JSON object with a whole number as 'step'. It is passed over; delete it."
            )
        self._lines += len(lines)
        self._table.append(found.step, found.values, found.recorded)
        if len(found):
            self._read_to = int(found.step[-1])
            self.last_step = max(self.last_step, int(found.step.max()))
        self._shown = None
        self._revision += 1

    def _overlong(self) -> str:
        if not self._tail.overlong:
            return ""
        return (
            f"{self._tail.path}: has a line longer than {PIECE_BYTES:,} bytes. A record is one "
            "short line. It is passed over; was something else written into the file?"
        )


def _chosen(columns: Columns, index: NDArray[np.intp]) -> Columns:
    return Columns(
        columns.step[index],
        {name: each[index] for name, each in columns.values.items()},
        {name: each[index] for name, each in columns.recorded.items()},
        columns.offset,
    )


def _continued(
    read: Mapping[str, tuple[Floats, Floats]], sample: Columns, last: int
) -> dict[str, tuple[Floats, Floats]]:
    """Return what was read, and behind it the samples of what was not yet."""
    beyond = sample.step > last
    found = dict(read)
    for name in sample.values:
        if name in _LEFT_OUT:
            continue
        here = beyond & sample.recorded[name]
        steps, values = sample.step[here].astype(np.float64), sample.values[name][here]
        if name in read:
            steps, values = (
                np.concatenate([read[name][0], steps]),
                np.concatenate([read[name][1], values]),
            )
        found[name] = (steps, values)
    return found
