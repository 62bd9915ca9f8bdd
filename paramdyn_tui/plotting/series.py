"""A run folder as numpy series: metrics and drift over steps, epochs or time.

Reads the record files only as far as a picture needs, and says in words what is not there yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from paramdyn.catalogues import MEASUREMENTS
from paramdyn.errors import RunIncomplete, SpecError, UnknownName
from paramdyn.registry import unknown_name
from paramdyn.specs.reader import read_spec
from paramdyn.store.columns import read_columns
from paramdyn.store.drift_lines import first_line, last_line, whole_lines
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import ParameterInfo, read_manifest
from paramdyn.store.records import read
from paramdyn_tui.plotting.axes import Axis, epoch_axis, images_axis, step_axis, time_axis
from paramdyn_tui.plotting.lines import decode_line, read_rows
from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.plotting.request import AXES
from paramdyn_tui.sound_records import check_drift, check_step

Curve: TypeAlias = tuple[Floats, Floats]
"""Positions and values, each of shape (N,); NaN and infinite values are results."""

EVENTS = ("perturbation", "learning-rate", "snapshot", "diverged", "warning")
SPEED = "images_per_s"
MANY = 2000
"""Lines in which every measurement of a run turns up."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One measurement of every parameter over time.

    Attributes:
        measurement: Its name.
        step: Shape (T,).
        values: Shape (L, T); NaN where undefined, and where NaN was measured.
        defined: What was measured, NaN or not. Shape (L, T).
        total: The same of all parameters together; NaN where undefined. Shape (T,).
        parameters: What the L rows are.
    """

    measurement: str
    step: Floats
    values: Floats
    defined: Bools
    total: Floats
    parameters: tuple[ParameterInfo, ...]


@dataclass(frozen=True, slots=True)
class Classes:
    """The partition of all scalars into classes at one step.

    Attributes:
        step: When.
        total: Class -> how many scalars.
        values: Class -> how many scalars of each parameter. Shape (L,) each.
    """

    step: int
    total: Mapping[str, int]
    values: Mapping[str, Sequence[int]]


def read_metrics(layout: Layout) -> dict[str, Curve]:
    """Return every metric that is recorded, as steps and values: what is not of time and place.

    Raises:
        RunIncomplete: Nothing is recorded yet, or a record is corrupt.
    """
    metrics = recorded_metrics(layout)
    if not metrics:
        raise RunIncomplete(
            f"{layout.metrics}: no record of loss and accuracy yet. A run writes the first one "
            f"before it trains. Wait for it, or read {layout.log.name} in the same folder."
        )
    return metrics


def recorded_metrics(layout: Layout) -> dict[str, Curve]:
    """Return what ``read_metrics`` does, or nothing.

    Raises:
        RunIncomplete: A record is corrupt.
    """
    columns = read_columns(layout.metrics)
    return {key: columns.curve(key) for key in columns.values if key != "epoch"}


def recorded_speed(layout: Layout) -> dict[str, Curve]:
    """Return images a second as steps and values, or nothing.

    Raises:
        RunIncomplete: A record is corrupt.
    """
    columns = read_columns(layout.timing, [SPEED])
    return {SPEED: columns.curve(SPEED)} if columns.recorded[SPEED].any() else {}


def read_axis(layout: Layout, kind: str, *, longest: float | None = None) -> Axis:
    """Return the horizontal axis ``kind``.

    ``step``; ``epoch`` and ``relative``: passes over the images; ``images``: how many were trained
    on; ``time``: since training began, without pauses, in the unit that suits the run.

    Args:
        layout: The run's files.
        kind: One of these.
        longest: Seconds by which the unit of time is chosen; None: by those of this run.

    Raises:
        UnknownName: There is no such axis.
        RunIncomplete: What it needs is not recorded.
    """
    if kind == "step":
        return step_axis()
    if kind == "time":
        return _time_axis(layout, longest)
    if kind not in AXES:
        raise UnknownName(
            unknown_name("axis", kind, list(AXES), where="--x", listing=", ".join(AXES))
        )
    manifest = read_manifest(layout)
    if kind != "images":
        return epoch_axis(kind, manifest.steps_per_epoch)
    images = manifest.dataset.get("train")
    if not isinstance(images, int | float):
        raise RunIncomplete(
            f"{layout.manifest}: does not say how many images an epoch has. Use --x epoch."
        )
    return images_axis(manifest.steps_per_epoch, images, _batch_size(layout))


def seconds_of(layout: Layout) -> float:
    """Return how long a run has trained, in seconds; 0 when no time is recorded."""
    time = read_columns(layout.timing, ["time"])["time"]
    known = time[np.isfinite(time)]
    return float(known.max()) if len(known) else 0.0


def read_drift(layout: Layout, measurement: str) -> Drift:
    """Return what ``measurement`` said about every parameter at every record.

    Raises:
        UnknownName: There is no such measurement, and the run has none of that name.
        RunIncomplete: It was not recorded, or the folder lacks its table of parameters.
    """
    manifest = read_manifest(layout)
    table = manifest.buffers if measurement.startswith("buffer") else manifest.parameters
    rows = read_rows(layout.drift, measurement, length=len(table))
    if rows is None:
        raise _not_recorded(layout, measurement)
    return Drift(measurement, rows.step, rows.values.T, rows.defined.T, rows.total, tuple(table))


def read_classes(layout: Layout) -> Classes:
    """Return the last recorded partition of the scalars into classes.

    Raises:
        RunIncomplete: None is recorded.
    """
    line = last_line(layout.drift, "classes")
    if line is None:
        raise _not_recorded(layout, "classes")
    last = decode_line(line, layout.drift)
    check_drift(last, layout.drift)
    return Classes(int(last["step"]), last["total"], last["values"])


def read_events(layout: Layout) -> list[tuple[int, str]]:
    """Return what happened to a run and at which step, in order.

    ``perturbation``, ``learning-rate``, ``snapshot``, ``diverged``, ``warning``. Snapshots of the
    start and the end are left out: they stand at the edges of every run.

    Raises:
        RunIncomplete: A record is corrupt.
    """
    found = []
    for record in read(layout.events)[0]:
        kind = record.get("event")
        edge = kind == "snapshot" and record.get("name") in {"init", "final"}
        if kind in EVENTS and not edge:
            check_step(record, layout.events)
            found.append((int(record["step"]), str(kind)))
    return list(dict.fromkeys(found))


def starting_norms(layout: Layout) -> Floats | None:
    """Return the norm of each parameter at the first record, if it was measured. Shape (L,)."""
    line = first_line(layout.drift, "weight_norm")
    if line is None:
        return None
    record = decode_line(line, layout.drift)
    check_drift(record, layout.drift)
    return np.array(record["values"], dtype=np.float64)


def _batch_size(layout: Layout) -> int:
    try:
        return read_spec(layout.spec).training.batch_size
    except SpecError:
        return 0


def _time_axis(layout: Layout, longest: float | None) -> Axis:
    columns = read_columns(layout.timing, ["time"])
    if not columns.recorded["time"].any():
        raise RunIncomplete(f"{layout.timing}: no record of time yet. Use --x epoch or --x step.")
    return time_axis(*columns.curve("time"), longest)


def _not_recorded(layout: Layout, measurement: str) -> UnknownName | RunIncomplete:
    recorded: dict[str, None] = {}
    for block in whole_lines(layout.drift):
        records = [decode_line(line, layout.drift) for line in block.split(b"\n")[:MANY]]
        recorded = dict.fromkeys(str(record.get("measurement")) for record in records)
        break
    names = ", ".join(recorded) or "nothing yet"
    if measurement not in MEASUREMENTS and recorded:
        known = [*MEASUREMENTS, *recorded]
        listing = "paramdyn catalog measurements"
        return UnknownName(
            unknown_name("measurement", measurement, known, where="--measure", listing=listing)
        )
    return RunIncomplete(
        f"{layout.drift}: no record of '{measurement}'. Recorded: {names}. Choose one of these "
        f"with --measure, or run the spec again with it in recording.what."
    )
