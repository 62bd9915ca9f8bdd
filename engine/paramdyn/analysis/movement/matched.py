"""Where two runs are compared: at the train loss that both reached, and at the path both went.

The recorded trajectory is used as it is. The train loss at a record is the mean of the recorded
batch losses of the last epoch's steps, or of the last tenth of the run where that is shorter. A run
gets to a level between the first record at or below it and the record before; displacement is
taken there, linear between the displacements of these two records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from paramdyn.analysis.movement.trajectory import Floats, Series, Trajectory, trajectory
from paramdyn.analysis.subjects import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Traveller:
    """One run, as far as being compared needs.

    Attributes:
        subject: The run.
        loss: Its smoothed train loss at each record.
        path: Its recorded path.
        decayed: Whether weight decay moves what no gradient reaches: then recorded displacement
            is not of live parameters only, and is not compared.
    """

    subject: Subject
    loss: Series
    path: Trajectory
    decayed: bool

    @property
    def lowest_loss(self) -> float:
        """The lowest smoothed train loss; infinite without any."""
        known = self.loss.value[np.isfinite(self.loss.value)]
        return float(known.min()) if len(known) else math.inf


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two runs of one seed where they are compared.

    Attributes:
        level: The loss or the length that both reached.
        first: Displacement of the first run there.
        second: Of the second.
        reason: Why there is none; then the rest is NaN.
    """

    level: float = math.nan
    first: float = math.nan
    second: float = math.nan
    reason: str = ""


def traveller(subject: Subject) -> Traveller:
    """Read what comparing a run needs."""
    path = trajectory(subject)
    manifest = subject.manifest
    assert path is not None
    assert manifest is not None
    structural = sum(int(row["scalars"]) for row in manifest.reach)
    decayed = structural > 0 and subject.spec.optimizer.weight_decay > 0
    return Traveller(subject, smoothed_loss(subject), path, decayed)


def smoothed_loss(subject: Subject) -> Series:
    """Return the train loss at each record, smoothed as the module says."""
    columns, manifest = subject.columns("train/loss"), subject.manifest
    if columns is None or manifest is None:
        return Series(np.zeros(0), np.zeros(0))
    step, value = columns.curve("train/loss")
    window = min(manifest.steps_per_epoch, max(1, manifest.total_steps // 10))
    return Series(step, _trailing_mean(step, value, window))


def meet_at_loss(one: Traveller, other: Traveller) -> Meeting:
    """Return both displacements where each first had the train loss that both reached."""
    problem = _problem(one, other)
    if problem:
        return Meeting(reason=problem)
    level = max(one.lowest_loss, other.lowest_loss)
    if not math.isfinite(level):
        return Meeting(reason="a train loss was not recorded, or is not finite")
    steps = [first_step_at(each.loss, level) for each in (one, other)]
    if None in steps:
        return Meeting(reason="one of them never learned: it begins at its lowest train loss")
    far = [each.path.displacement.at(float(step))
           for each, step in zip((one, other), steps, strict=True) if step is not None]  # fmt: skip
    if None in far:
        return Meeting(reason="displacement was not recorded there")
    return Meeting(level, float(far[0] or 0.0), float(far[1] or 0.0))


def meet_at_path(one: Traveller, other: Traveller) -> Meeting:
    """Return both displacements where each had gone the length that both went."""
    problem = _problem(one, other)
    if problem:
        return Meeting(reason=problem)
    lengths = [each.path.path_length.last for each in (one, other)]
    if None in lengths:
        return Meeting(reason="a path length was not recorded")
    if not _recorded_alike(one.path, other.path):
        return Meeting(reason="their records are not equally far apart, so neither are lengths")
    level = min(length for length in lengths if length is not None)
    if level <= 0:
        return Meeting(reason="one of them did not move")
    far = [_displacement_at_length(each.path, level) for each in (one, other)]
    return Meeting(level, far[0], far[1])


def first_step_at(loss: Series, level: float) -> float | None:
    """Return the step at which a loss first is at a level, linear between two records.

    None where it never is, or already is at the first record.
    """
    below = np.flatnonzero(loss.value <= level)
    if not len(below) or below[0] == 0:
        return None
    after, before = int(below[0]), int(below[0]) - 1
    high, low = float(loss.value[before]), float(loss.value[after])
    share = (high - level) / (high - low) if math.isfinite(high) and high > low else 1.0
    return float(loss.step[before] + share * (loss.step[after] - loss.step[before]))


def _displacement_at_length(path: Trajectory, length: float) -> float:
    step = path.path_length.step
    far = np.interp(step, path.displacement.step, path.displacement.value)
    return float(np.interp(length, path.path_length.value, far))


def _recorded_alike(one: Trajectory, other: Trajectory) -> bool:
    if one.every == 1 and other.every == 1:
        return True
    shared = min(one.path_length.step[-1], other.path_length.step[-1])
    ours, theirs = (each.path_length.step for each in (one, other))
    return bool(np.array_equal(ours[ours <= shared], theirs[theirs <= shared]))


def _problem(one: Traveller, other: Traveller) -> str:
    if one.decayed or other.decayed:
        return (
            "weight decay moves parameters that no gradient reaches, and the records count them; "
            "of live parameters alone they say nothing"
        )
    if not len(one.path.displacement.step) or not len(other.path.displacement.step):
        return "displacement was not recorded"
    return ""


def _trailing_mean(step: Floats, value: Floats, window: int) -> Floats:
    """Return the mean of the values recorded in (t - window, t] at each t."""
    sums = np.append(0.0, np.cumsum(value))
    begin = np.searchsorted(step, step - window, side="right")
    end = np.arange(1, len(step) + 1)
    return (sums[end] - sums[begin]) / (end - begin)
