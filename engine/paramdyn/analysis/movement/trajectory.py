"""What a run's records say of its path, without any snapshot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramdyn.analysis.subjects import Subject
from paramdyn.specs.schedule import record_steps
from paramdyn.store.records import decode

Floats = NDArray[np.float64]
MOST_RECORDS = 20_000
"""Of a longer file a sample, equally far apart, is read."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The totals of one measurement.

    Attributes:
        step: Updates done. Shape: (T,), increasing.
        value: Of all parameters together; NaN where undefined. Shape: (T,).
    """

    step: Floats
    value: Floats

    def at(self, step: float) -> float | None:
        """Return the value at a step, linear between the records around it; None outside them."""
        if not len(self.step) or not self.step[0] <= step <= self.step[-1]:
            return None
        found = float(np.interp(step, self.step, self.value))
        return found if math.isfinite(found) else None

    @property
    def last(self) -> float | None:
        """The last value; None where there is none or it is undefined."""
        return float(self.value[-1]) if len(self.value) and math.isfinite(self.value[-1]) else None


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """A recorded path from step 0 to the last record.

    Attributes:
        displacement: ‖θ_t - θ_0‖.
        path_length: Sum of the distances from record to record.
        update_ratio: ‖θ_{t+1} - θ_t‖ / ‖θ_t‖ at the recorded steps.
        weight_norm: ‖θ_t‖.
        every: Steps between records; 1 when each was recorded. The largest gap.
        chords: Records that ``path_length`` sums over, step 0 not counted; 0 without one.
        sampled: Whether the file was too long to be read whole.
    """

    displacement: Series
    path_length: Series
    update_ratio: Series
    weight_norm: Series
    every: int
    chords: int
    sampled: bool

    @property
    def straightness(self) -> float | None:
        """‖θ_T - θ_0‖ / path length, in (0, 1]; None where nothing moved.

        An upper bound when steps lie between records, since the path length is a lower one.
        """
        step = self.path_length.step[-1] if len(self.path_length.step) else math.nan
        reached, length = self.displacement.at(step), self.path_length.last
        return reached / length if length and reached is not None else None

    @property
    def random_walk(self) -> float | None:
        """Straightness of a random walk of as many equal steps, 1 / sqrt(n)."""
        return 1 / math.sqrt(self.chords) if self.chords else None

    @property
    def random_walk_of_its_steps(self) -> float | None:
        """The same with steps as long as its own: sqrt(sum c^2) / sum c, at least 1 / sqrt(n)."""
        if self.sampled or len(self.path_length.value) < 2:
            return None
        chords = np.diff(self.path_length.value)
        total = float(chords.sum())
        return float(np.sqrt(np.square(chords).sum())) / total if total > 0 else None


def trajectory(subject: Subject) -> Trajectory | None:
    """Return a run's recorded path; None for weights from elsewhere.

    A run that records nothing, or has not recorded yet, has empty series.

    Raises:
        RunIncomplete: A line of drift.jsonl is damaged.
        StoreError: It cannot be read.
    """
    if subject.folder is None:
        return None
    found = {name: series(subject, name) for name in _RECORDED}
    steps = _recorded_steps(subject, found["path_length"])
    gap = max(np.diff(steps, prepend=0), default=1)
    read = len(found["path_length"].step) - 1
    return Trajectory(**found, every=int(gap), chords=len(steps), sampled=len(steps) > read)


_RECORDED = ("displacement", "path_length", "update_ratio", "weight_norm")


def series(subject: Subject, measurement: str) -> Series:
    """Return the totals of a measurement, step 0 included where the run has it.

    Displacement and path length begin with 0 at step 0, whether that was recorded or not.
    """
    records = [decode(line) for line in subject.drift_lines(measurement, MOST_RECORDS)]
    step = np.array([record["step"] for record in records], np.float64)
    total = np.array([_number(record["total"]) for record in records], np.float64)
    if measurement in ("displacement", "path_length") and len(step) and step[0] > 0:
        step, total = np.append(0.0, step), np.append(0.0, total)
    return Series(step, total)


def last_values(subject: Subject, measurement: str) -> Sequence[float | None]:
    """Return a measurement's last value of every parameter; empty where it was not recorded."""
    line = subject.last_drift_line(measurement)
    values = decode(line)["values"] if line else ()
    return [None if value is None else float(value) for value in values]


def _recorded_steps(subject: Subject, read: Series) -> list[int]:
    """Return the steps that the path length sums over, also where only a sample was read."""
    manifest = subject.manifest
    if manifest is None or not len(read.step):
        return []
    planned = record_steps(
        subject.spec.recording.when,
        total_steps=manifest.total_steps,
        steps_per_epoch=manifest.steps_per_epoch,
    )
    return [step for step in planned if 0 < step <= read.step[-1]]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
