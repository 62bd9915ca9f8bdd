"""Decides when a step is recorded, and turns what was measured into lines.

A row is written as soon as its numbers are on the host, where writing is quick beside the steps
between two records. Else rows wait, for at most ``FLUSH_SECONDS``, and go through each
measurement's formula together, so that they share its cost. The last row of an epoch waits for its
scores. How rows are grouped changes no byte: every operation works on a row by itself. Nothing here
draws a random number, and nothing writes to what training reads.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramdyn.measurements.kernels import COLUMNS, DriftPass
from paramdyn.measurements.measurement import Context, Measurement
from paramdyn.recording.inputs import MeasurementInputs
from paramdyn.recording.lines import LineEncoder
from paramdyn.recording.pending import PendingRows, Row
from paramdyn.store.records import RecordWriter, encode_measurement

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.2
"""How long a row may wait: what a killed process can lose."""
FLUSH_SHARE = 0.003
"""Rows are written at once when that takes at most this share of the time between two writes."""

_NORM = COLUMNS.index("squared_norm")
_DISPLACEMENT = COLUMNS.index("squared_displacement")
_UPDATE = COLUMNS.index("squared_update")
_CHORD = COLUMNS.index("squared_chord")
_DEFINED = COLUMNS.index("sign_defined")


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
        latest: The newest value of every metric.
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
        self.latest: dict[str, float] = {}
        self._batched = [m for m in measurements if not m.reads_tensors]
        self._direct = [m for m in measurements if m.reads_tensors]
        self._inputs = inputs
        self._steps = sorted(steps)
        self._due = frozenset(self._steps)
        self._after = dict(zip(self._steps, self._steps[1:], strict=False))
        self._steps_per_epoch = steps_per_epoch
        self._writers = (metrics, lines, timing)
        self._pending = PendingRows(inputs.device)
        self._flushed = time.perf_counter()
        self._flush_cost = 0.0
        self._newest = self._steps[-1] if self._steps else 0
        parameters = len(inputs.table)
        self._encoder = LineEncoder([m.name for m in self._batched], parameters)
        self._path = np.zeros(parameters)
        self._path_total = 0.0
        self._chords = 0
        self._walks = any("squared_chord" in m.needs for m in measurements)
        self._last_step = 0

    def is_due(self, step: int) -> bool:
        """Tell whether the update that leads to ``step`` is recorded."""
        return step in self._due

    def open(self, step: int) -> DriftPass | None:
        """Begin to record the update that leads to ``step``; return the pass to hand on."""
        if self.drift is not None:
            follower, last = self._after.get(step), self._last_step
            self.drift.open(
                chord_from_last=self._walks and last != step - 1 and last != 0,
                keep_last=self._walks and follower is not None and follower != step + 1,
                follows=last == step - 1,
                followed=follower == step + 1,
            )
        return self.drift

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
        seen, seconds = spent
        row = Row(step, {"learning_rate": rate}, images, seen, seconds)
        row.chord = self._chord_column(step)
        self._pending.add(row, loss, hits, None if self.drift is None else self.drift.close())
        self._last_step = step
        waited = time.perf_counter() - self._flushed
        soon = waited > FLUSH_SECONDS or waited * FLUSH_SHARE > self._flush_cost
        # An epoch's last row waits for its scores, and so does a run's, wherever it stops.
        if soon and step % self._steps_per_epoch and step != self._newest:
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
        context = self._context(np.array([step]), None)
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
        rows = self._until_divergence(self._pending.take(wait=wait))
        if not rows:
            return
        metrics, lines, timing = self._writers
        lines.append_lines([self._drift_lines([row for row in rows if row.sums is not None])])
        metrics.append_all([self._metrics_record(row) for row in rows])
        newest = rows[-1]
        speed = newest.seen / newest.seconds if newest.seconds else 0.0
        timing.append({"step": newest.step, "time": newest.seconds, "images_per_s": speed})
        self._flush_cost = time.perf_counter() - began

    def state(self) -> dict[str, Any]:
        """Return what ``load_state`` needs; all rows must have been flushed."""
        drift = self.drift
        return {
            "path": torch.from_numpy(self._path.copy()),
            "path_total": self._path_total,
            "chords": self._chords,
            "last_step": self._last_step,
            "latest": dict(self.latest),
            "ever_gradient": None if drift is None else drift.ever_gradient,
            "ever_changed": None if drift is None else drift.ever_changed,
            "last": None if drift is None else drift.last,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on where ``state`` was taken."""
        self._path = state["path"].numpy().copy()
        self._path_total = state["path_total"]
        self._chords = state["chords"]
        self._last_step = state["last_step"]
        self.latest = dict(state["latest"])
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

    def _chord_column(self, step: int) -> int:
        """Return where the way from the last record to ``step`` was measured."""
        if self._last_step == step - 1:
            return _UPDATE
        return _CHORD if self._last_step else _DISPLACEMENT

    def _until_divergence(self, rows: list[Row]) -> list[Row]:
        if self.diverged_at is not None:
            return []
        for index, row in enumerate(rows):
            losses = [row.loss] if row.loss is not None else []
            losses += [value for key, value in row.metrics.items() if key.startswith("train/")]
            norm = 0.0 if row.sums is None else sum(row.sums[:, _NORM].tolist())
            if not math.isfinite(norm) or not all(map(math.isfinite, losses)):
                self.diverged_at = row.step
                return rows[: index + 1]
        return rows

    def _metrics_record(self, row: Row) -> dict[str, Any]:
        epoch = row.step / self._steps_per_epoch
        record: dict[str, Any] = {"step": row.step, "epoch": epoch}
        values = dict(row.metrics)
        if row.loss is not None and row.hits is not None:
            values["train/loss"] = row.loss
            values["train/accuracy"] = row.hits / row.images
        self.latest.update(values)
        return record | values

    def _drift_lines(self, rows: list[Row]) -> str:
        if not rows:
            return ""
        steps = [row.step for row in rows]
        sums = np.stack([row.sums for row in rows if row.sums is not None])
        sums[:, :, _CHORD] = [sums[index, :, row.chord] for index, row in enumerate(rows)]
        self._inputs.fill_frozen(sums[:, :, _NORM], sums[:, :, _DEFINED])
        context = self._context(np.array(steps), sums)
        return self._encoder.encode(steps, [m.compute(context) for m in self._batched])

    def _context(self, steps: np.ndarray[Any, Any], sums: np.ndarray[Any, Any] | None) -> Context:
        """Return the context of R rows; ``sums`` has shape (R, L, len(COLUMNS))."""
        if sums is None:
            path, totals = self._path[None], np.array([self._path_total])
            fields: dict[str, Any] = {}
        else:
            fields = {name: sums[:, :, k] for k, name in enumerate(COLUMNS)}
            squares = fields["squared_chord"]
            path, totals = self._walk(squares)
        return self._inputs.context(
            steps=steps, sums=fields, path=path, path_total=totals, chords=self._chords
        )

    def _walk(self, squares: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], ...]:
        """Add R chords to the path, one after another; return the path after each."""
        chords = np.sqrt(squares)
        whole = np.sqrt([math.fsum(row) for row in squares.tolist()])
        path = np.cumsum(np.concatenate([self._path[None], chords]), axis=0)[1:]
        totals = np.cumsum(np.concatenate([[self._path_total], whole]))[1:]
        self._path, self._path_total = path[-1].copy(), float(totals[-1])
        self._chords += len(chords)
        return path, totals
