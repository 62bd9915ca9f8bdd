"""What a viewer knows about a run: read from its folder, a little more at each look.

A run may have a hundred thousand records when a viewer comes. The first look takes samples, and
all ends of epochs; those after it read what was added.
"""

from __future__ import annotations

import contextlib
import re
import time
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from paramdyn.errors import StoreError
from paramdyn.regular_files import read_regular
from paramdyn.store.present import present_state
from paramdyn.store.records import decode
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import ENDED, STARTING, RunState
from paramdyn_tui.watching.pace import Pace
from paramdyn_tui.watching.tail import WHOLE_BYTES, Tail

DRIFT_NAMES = ("relative_displacement", "displacement")
POINTS = 400
"""Samples of a long file; a line of a terminal shows fewer."""
MOST_POINTS = 4096
EPOCH_BYTES = 1 << 26
"""Ends of epochs are looked for in the last so many bytes."""
_EPOCH_END = b'/epoch_loss"'
_DRIFT = re.compile(
    rb'^\{"step":(\d+),"measurement":"(relative_displacement|displacement)","total":([^,]+),',
    re.MULTILINE,
)
_LONGEST_LINE = 4096  # bytes of a line of metrics.jsonl
_SHORT_LOOK = 1 << 14  # bytes of drift.jsonl read for a sample; more when nothing is found there
_LONGEST_LOOK = 1 << 18


class Following:
    """A run, seen so far.

    Attributes:
        folder: The run.
        state: Its last state; None before there is one.
        epochs: How many were asked for; 0 before the first look.
        step: The last step that was seen, in the state or in a record.

    Args:
        folder: The run.
        clock: Returns seconds that never go back.
    """

    def __init__(self, folder: RunFolder, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self.state: RunState | None = None
        self.epochs = 0
        self.step = 0
        self._series: dict[str, list[float]] = {}
        self._moved: dict[str, dict[int, float]] = {}
        self._metrics = Tail(folder.path / "metrics.jsonl")
        self._drift = Tail(folder.path / "drift.jsonl")
        self._seen: tuple[int, int] = (0, 0)
        self._pace = Pace(clock)
        self._first = True

    def look(self) -> list[dict[str, Any]]:
        """Read what was added since the last look and return the new metric records."""
        if not self.epochs:
            self._read_epochs()
        self._read_state()
        sampled = self._first and self._metrics.size() > WHOLE_BYTES
        lines = _sampled_metrics(self._metrics) if sampled else self._metrics.added()
        if self._metrics.restarted:
            self._series.clear()
            self._moved.clear()
        records = list(_decoded(lines))
        for record in records:
            self._add(record)
        self._read_drift()
        self._first = False
        return records

    def series(self, name: str) -> list[float]:
        """Return the values of a metric in order; those that a long run has too many of thinned."""
        return self._series.get(name, [])

    def drift_series(self) -> tuple[str, dict[int, float]]:
        """Return the name and the totals by step of the first drift that was recorded."""
        for name in DRIFT_NAMES:
            if self._moved.get(name):
                return name, self._moved[name]
        return DRIFT_NAMES[0], {}

    def seconds_left(self) -> float | None:
        """Return the estimated time to the end; None while nothing is known, and in a pause.

        From the steps of the last minutes, by this process's clock: those before a pause or a
        resume, and a clock that was set, do not count.
        """
        if self.state is None or self.state.status != "running":
            return None
        return self._pace.seconds_left(self.state.total_steps)

    def _read_epochs(self) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            spec = tomllib.loads(read_regular(self.folder.layout.spec).decode())
            self.epochs = int(spec["training"]["epochs"])

    def _read_state(self) -> None:
        try:
            found = self.folder.layout.state.stat()
            mark = (found.st_ino, found.st_mtime_ns)
            settled = self.state is not None and self.state.status not in ENDED | {STARTING}
            if mark == self._seen and settled:
                return
            state = present_state(self.folder.layout)
        except (OSError, StoreError):
            return  # the last one stands
        self._seen = mark
        before, self.state = self.state, state
        again = before is not None and (before.pid, before.process_start, before.status) != (
            state.pid,
            state.process_start,
            state.status,
        )
        if again or state.step < self.step:
            self._pace.clear()
            self.step = 0
        self.step = max(self.step, state.step)
        if state.status == "running":
            self._pace.note(state.step)

    def _add(self, record: dict[str, Any]) -> None:
        for name, value in record.items():
            if "/" in name and isinstance(value, int | float):
                series = self._series.setdefault(name, [])
                series.append(float(value))
                if len(series) > MOST_POINTS:
                    self._series[name] = thinned(series)
        with contextlib.suppress(TypeError, ValueError):
            self.step = max(self.step, int(record.get("step", 0)))

    def _read_drift(self) -> None:
        if self._first and self._drift.size() > WHOLE_BYTES:
            found = _sampled_drift(self._drift)
        else:
            found = _matches(b"\n".join(self._drift.added()))
        for name, step, total in found:
            moved = self._moved.setdefault(name, {})
            moved[step] = total
            if len(moved) > MOST_POINTS:
                self._moved[name] = dict(list(moved.items())[::2])


def thinned(values: list[float]) -> list[float]:
    """Return half of the values: of each four in a row the least and the greatest, in order."""
    kept: list[float] = []
    for start in range(0, len(values), 4):
        part = values[start : start + 4]
        places = sorted({part.index(min(part)), part.index(max(part))})
        kept += [part[place] for place in places]
    return kept


def _decoded(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        with contextlib.suppress(ValueError):
            yield decode(line)


def _sampled_metrics(tail: Tail) -> list[bytes]:
    """Return lines from all over the file in order, all ends of epochs and the last one too."""
    size = tail.size()
    data = tail.end(EPOCH_BYTES)
    before = size - len(data)  # about
    early = [
        tail.lines_at(place * size // POINTS, _LONGEST_LINE).split(b"\n")[0]
        for place in range(POINTS)
        if place * size // POINTS < before - _LONGEST_LINE
    ]
    ends = {data.rfind(b"\n", 0, len(data) - 1) + 1}
    ends |= {data.rfind(b"\n", 0, place * len(data) // POINTS) + 1 for place in range(POINTS)}
    found = data.find(_EPOCH_END)
    while found >= 0:
        ends.add(data.rfind(b"\n", 0, found) + 1)
        found = data.find(_EPOCH_END, found + 1)
    return early + [data[start : data.find(b"\n", start)] for start in sorted(ends)]


def _sampled_drift(tail: Tail) -> list[tuple[str, int, float]]:
    """Return totals from all over the file in order, the last ones among them."""
    size = tail.size()
    last = _matches(tail.end(_LONGEST_LOOK))[-1:]
    found: list[tuple[str, int, float]] = []
    length = _SHORT_LOOK
    for place in range(POINTS):
        here = _matches(tail.lines_at(place * size // POINTS, length))
        while not here and length < _LONGEST_LOOK:
            length *= 4
            here = _matches(tail.lines_at(place * size // POINTS, length))
        if not here and not found:
            break  # nothing of it was recorded
        step = found[-1][1] if found else -1
        found += [each for each in here[:2] if each[1] >= step]
    return found + last


def _matches(data: bytes) -> list[tuple[str, int, float]]:
    """Return measurement, step and total of the lines that a viewer shows."""
    return [
        (name.decode(), int(step), float(total.strip(b'"')))
        for step, name, total in _DRIFT.findall(data)
        if total != b"null"
    ]
