"""Decides when a step is recorded, and writes what was measured.

Where a row's lines are made in C, they are written at the step that they belong to; on a GPU, as
soon as its numbers are on the host. Elsewhere (no compiler, a measurement that is no arithmetic)
that is done where it is quick beside the steps between two records; else rows wait, for at most
``FLUSH_SECONDS``, and go through each measurement's formula together, so that they share its cost.
The metrics of an epoch's last row wait for its scores. How rows are grouped changes no byte.
Nothing here draws a random number, and nothing writes to what training reads.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramdyn.measurements.kernels import COLUMNS, DriftPass
from paramdyn.measurements.measurement import Measurement
from paramdyn.recording.inputs import MeasurementInputs
from paramdyn.recording.native_rows import METRICS
from paramdyn.recording.pending import PendingRows, Row
from paramdyn.recording.row_lines import RowLines
from paramdyn.recording.timing import TimingLines
from paramdyn.store.records import RecordWriter, encode_measurement

FLUSH_SECONDS = 0.2
"""How long a row may wait where it cannot be written at once: what a killed process can lose."""
FLUSH_SHARE = 0.003
"""There, rows are written when that takes at most this share of the time between two writes."""

_NORM = COLUMNS.index("squared_norm")
_DISPLACEMENT = COLUMNS.index("squared_displacement")
_UPDATE = COLUMNS.index("squared_update")
_CHORD = COLUMNS.index("squared_chord")

_Numbers = tuple[float, float, float, float]
"""Of METRICS."""


class Recorder:
    """Records the steps of one run.

    Args:
        drift: The pass over the parameters, or None when nothing asked for it.
        measurements: What to compute, in the order of the lines.
        inputs: Where measurements that read whole tensors find them.
        steps: The steps to record, sorted.
        steps_per_epoch: To write the epoch of a step.
        metrics: Writes metrics.jsonl.
        lines: Writes drift.jsonl.
        timing: Writes timing.jsonl.

    Attributes:
        diverged_at: The first recorded step whose loss was not finite, or that made a parameter
            not finite, or None. Nothing is recorded after it.
    """

    def __init__(
        self,
        *,
        drift: DriftPass | None,
        measurements: Sequence[Measurement],
        inputs: MeasurementInputs,
        steps: Iterable[int],
        steps_per_epoch: int,
        metrics: RecordWriter,
        lines: RecordWriter,
        timing: RecordWriter,
    ) -> None:
        self.drift = drift
        self.diverged_at: int | None = None
        self._latest: dict[str, float] = {}
        self._direct = [m for m in measurements if m.reads_tensors]
        self._steps = sorted(steps)
        self._due = frozenset(self._steps)
        self._after = dict(zip(self._steps, self._steps[1:], strict=False))
        self._steps_per_epoch = steps_per_epoch
        self._writers = (metrics, lines)
        self._lines = RowLines([m for m in measurements if not m.reads_tensors], inputs)
        self._native = self._lines.native
        self._pending = PendingRows(inputs.device)
        self._on_the_host = inputs.device.type == "cpu"
        self._numbers: _Numbers | None = None  # not in _latest yet
        self._timing = TimingLines(timing)
        self._flushed = time.perf_counter()
        self._flush_cost = 0.0
        self._newest = self._steps[-1] if self._steps else 0
        self._walks = any("squared_chord" in m.needs for m in measurements)
        self._last_step = self._chord = 0

    @property
    def latest(self) -> dict[str, float]:
        """The newest value of every metric."""
        if self._numbers is not None:
            self._latest.update(zip(METRICS[1:], self._numbers[1:], strict=True))
            self._numbers = None
        return self._latest

    def is_due(self, step: int) -> bool:
        """Tell whether the update that leads to ``step`` is recorded."""
        return step in self._due

    def open(self, step: int) -> DriftPass | None:
        """Begin to record the update that leads to ``step``; return the pass to hand on."""
        drift, last, follower = self.drift, self._last_step, self._after.get(step)
        if drift is None:
            return None
        if last == step - 1 and follower == step + 1 and drift.open_alike():
            return drift
        self._chord = _UPDATE if last == step - 1 else _CHORD if last else _DISPLACEMENT
        drift.open(
            chord_from_last=self._walks and last != step - 1 and last != 0,
            keep_last=self._walks and follower is not None and follower != step + 1,
            follows=last == step - 1,
            followed=follower == step + 1,
        )
        return drift

    def close(
        self,
        step: int,
        *,
        loss: Tensor,
        hits: Tensor,
        images: int,
        rate: float,
        spent: tuple[int, float],
    ) -> None:
        """End the record that ``open`` began.

        Args:
            step: Updates done.
            loss: Mean loss of the batch, on the device.
            hits: Right answers in the batch, on the device.
            images: Images in the batch.
            rate: Learning rate of the update.
            spent: Images and seconds of training so far.
        """
        sums = None if self.drift is None else self.drift.close()
        self._last_step = step
        # The line of an epoch's last step waits for its scores, and so does a run's, wherever it
        # stops.
        complete = step % self._steps_per_epoch != 0 and step != self._newest
        if self._native is not None and self._on_the_host:
            if self._pending:
                self.flush()  # rows go in step order
            if self.diverged_at is not None:
                return
            mean, right = loss.item(), int(hits.item())
            numbers = (step / self._steps_per_epoch, rate, mean, right / images)
            self._append(step, sums, self._chord, numbers, complete=complete)
            if not complete:
                row = Row(step, {"learning_rate": rate}, images, *spent, mean, right)
                self._pending.add(row, None, None, None)
            self._timing.reached(step, *spent)
            return
        row = Row(step, {"learning_rate": rate}, images, *spent, chord=self._chord)
        self._pending.add(row, loss, hits, sums)
        if complete and self._may_write():
            self.flush()

    def add_metrics(
        self, step: int, metrics: Mapping[str, float], spent: tuple[int, float]
    ) -> None:
        """Add metrics to the line of ``step``, which must be the newest."""
        row = self._pending.last()
        if row is None or row.step != step:
            row = Row(step, {}, 0, *spent)
            self._pending.add(row, None, None, None)
        row.metrics.update(metrics)

    def measure_tensors(self, step: int) -> None:
        """Take the measurements that read whole tensors, now, at ``step``."""
        self.flush(wait=True)
        context = self._lines.context(np.array([step]), None)
        found = [(m.name, m.compute(context)[0]) for m in self._direct]
        self._writers[1].append_lines(
            [encode_measurement(step, name, each.total, each.values) for name, each in found]
        )

    def flush(self, *, wait: bool = False) -> None:
        """Write the rows whose numbers have arrived.

        Args:
            wait: Wait for all of them.
        """
        began = self._flushed = time.perf_counter()
        rows = [row for row in self._pending.take(wait=wait) if self._is_sound(row)]
        if self._native is not None:
            for row in rows:
                self._write(row)
        elif rows:
            metrics, lines = self._writers
            lines.append_lines([self._lines.encode(rows)])
            metrics.append_all([self._metrics_record(row) for row in rows])
        if rows:
            self._timing.reached(rows[-1].step, rows[-1].seen, rows[-1].seconds)
        self._timing.write()
        self._flush_cost = time.perf_counter() - began

    def state(self) -> dict[str, Any]:
        """Return what ``load_state`` needs; all rows must have been flushed."""
        drift = self.drift
        return {
            "path": torch.from_numpy(self._lines.path[:-1].copy()),
            "path_total": float(self._lines.path[-1]),
            "chords": self._lines.chords,
            "last_step": self._last_step,
            "latest": dict(self.latest),
            "ever_gradient": None if drift is None else drift.ever_gradient,
            "ever_changed": None if drift is None else drift.ever_changed,
            "last": None if drift is None else drift.last,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on where ``state`` was taken."""
        self._lines.path[:-1] = state["path"].numpy()
        self._lines.path[-1] = state["path_total"]
        self._lines.chords = state["chords"]
        self._last_step = state["last_step"]
        self._latest = dict(state["latest"])
        if self.drift is not None:
            self.drift.carried = False
            self.drift.ever_gradient.copy_(state["ever_gradient"])
            self.drift.ever_changed.copy_(state["ever_changed"])
            if state["last"] is not None:
                self.drift.last = state["last"].to(self.drift.start.device)

    def newest(self) -> dict[str, float]:
        """Return the newest value of every metric, to the digits that metrics.jsonl has.

        A number found in a record must be the one that a list of runs shows and filters by.
        """
        return {name: float(f"{value:.9g}") for name, value in self.latest.items()}

    def _may_write(self) -> bool:
        """Tell whether rows may be written now; in C, they always may."""
        waited = time.perf_counter() - self._flushed
        quick = waited > FLUSH_SECONDS or waited * FLUSH_SHARE > self._flush_cost
        return quick or self._native is not None

    def _append(
        self, step: int, sums: Tensor | None, chord: int, numbers: _Numbers, *, complete: bool
    ) -> None:
        """Write one row, made in C; if it is not ``complete``, its metrics wait."""
        assert self._native is not None
        address = None
        if sums is not None:
            address = sums.data_ptr()
            self._lines.chords += 1
        metrics, lines = self._writers
        if complete:
            self._numbers = numbers
        sound = self._native.append(
            step, address, chord, numbers, lines, metrics if complete else None
        )
        if not sound and self.diverged_at is None:
            self.diverged_at = step

    def _write(self, row: Row) -> None:
        """Write one row that waited, its lines of drift.jsonl made in C."""
        alone = len(row.metrics) == 1
        if row.loss is not None and row.hits is not None:
            numbers = (
                row.step / self._steps_per_epoch,
                row.metrics["learning_rate"],
                row.loss,
                row.hits / row.images,
            )
            self._append(row.step, row.sums, row.chord, numbers, complete=alone)
            if alone:
                return
        self._writers[0].append(self._metrics_record(row))

    def _is_sound(self, row: Row) -> bool:
        """Tell whether a row is to be written; remember the first that is not finite."""
        if self.diverged_at is not None and row.step > self.diverged_at:
            return False
        losses = [row.loss] if row.loss is not None else []
        losses += [value for key, value in row.metrics.items() if key.startswith("train/")]
        norm = 0.0 if row.sums is None else sum(row.sums[:, _NORM].tolist())
        if self.diverged_at is None and not all(map(math.isfinite, [norm, *losses])):
            self.diverged_at = row.step
        return True

    def _metrics_record(self, row: Row) -> dict[str, Any]:
        epoch = row.step / self._steps_per_epoch
        record: dict[str, Any] = {"step": row.step, "epoch": epoch}
        values = dict(row.metrics)
        if row.loss is not None and row.hits is not None:
            values["train/loss"] = row.loss
            values["train/accuracy"] = row.hits / row.images
        self.latest.update(values)
        return record | values
