"""A run folder as numpy series: metrics and drift over steps, epochs or time.

Reads the record files only as far as a picture needs, and says in words what is not there yet.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from paramdyn.catalogues import MEASUREMENTS
from paramdyn.errors import RunIncomplete, UnknownName
from paramdyn.registry import unknown_name
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import ParameterInfo, read_manifest
from paramdyn_tui.plotting.lines import floats, read_blocks, read_last, read_rows
from paramdyn_tui.plotting.reduce import Bools, Floats
from paramdyn_tui.sound_records import check_drift, check_step

Curve: TypeAlias = tuple[Floats, Floats]
"""Positions and values, each of shape (N,); NaN and infinite values are results."""

AXES = ("step", "epoch", "time")


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


@dataclass(frozen=True, slots=True)
class Axis:
    """What runs from left to right: some steps and their positions on it, both rising."""

    label: str
    steps: Floats
    positions: Floats

    def of(self, steps: Floats) -> Floats:
        """Return the position of each step; beyond the known ones at the same pace. Any shape."""
        inside = np.interp(steps, self.steps, self.positions)
        if len(self.steps) < 2:
            return inside
        pace = (self.positions[-1] - self.positions[0]) / (self.steps[-1] - self.steps[0])
        return inside + np.maximum(steps - self.steps[-1], 0.0) * pace


def read_metrics(layout: Layout) -> dict[str, Curve]:
    """Return every metric that is recorded, as steps and values.

    Raises:
        RunIncomplete: Nothing is recorded yet, or a record is corrupt.
    """
    columns: dict[str, list[Curve]] = {}
    for records in read_blocks(layout.metrics):
        steps = floats(records, "step", layout.metrics)
        names = [name for name in dict.fromkeys(itertools.chain(*records)) if "/" in name]
        for name in names:
            values = floats(records, name, layout.metrics)
            kept = [record.get(name) is not None for record in records]
            held = slice(None) if all(kept) else kept
            curve = steps[held], values[held]
            columns.setdefault(name, []).append(curve)
    if not columns:
        raise RunIncomplete(
            f"{layout.metrics}: no record of loss and accuracy yet. A run writes the first one "
            f"before it trains. Wait for it, or read {layout.log.name} in the same folder."
        )
    return {name: _join(parts) for name, parts in columns.items()}


def read_axis(layout: Layout, kind: str) -> Axis:
    """Return the horizontal axis ``kind``: step, epoch, or time since training began.

    Raises:
        UnknownName: There is no such axis.
        RunIncomplete: What it needs is not recorded.
    """
    if kind == "step":
        return Axis("step", np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    if kind == "epoch":
        length = float(read_manifest(layout).steps_per_epoch)
        return Axis("epoch", np.array([0.0, length]), np.array([0.0, 1.0]))
    if kind == "time":
        return _time_axis(layout)
    raise UnknownName(unknown_name("axis", kind, list(AXES), where="--x", listing=", ".join(AXES)))


def read_drift(layout: Layout, measurement: str) -> Drift:
    """Return what ``measurement`` said about every parameter at every record.

    Raises:
        UnknownName: There is no such measurement, and the run has none of that name.
        RunIncomplete: It was not recorded, or the folder lacks its table of parameters.
    """
    manifest = read_manifest(layout)
    table = manifest.buffers if measurement.startswith("buffer") else manifest.parameters
    blocks = list(read_rows(layout.drift, measurement, length=len(table)))
    if not blocks:
        raise _not_recorded(layout, measurement)
    return Drift(
        measurement,
        np.concatenate([block.step for block in blocks]),
        np.concatenate([block.values for block in blocks]).T,
        np.concatenate([block.defined for block in blocks]).T,
        np.concatenate([block.total for block in blocks]),
        tuple(table),
    )


def read_classes(layout: Layout) -> Classes:
    """Return the last recorded partition of the scalars into classes.

    Raises:
        RunIncomplete: None is recorded.
    """
    last = read_last(layout.drift, holding=b'"measurement":"classes"')
    if last is None:
        raise _not_recorded(layout, "classes")
    check_drift(last, layout.drift)
    return Classes(int(last["step"]), last["total"], last["values"])


def read_marks(layout: Layout) -> list[int]:
    """Return the steps after 0 at which the run was changed: a perturbation, a new rate."""
    marking = ("perturbation", "learning-rate", "diverged")
    records = [
        record
        for block in read_blocks(layout.events)
        for record in block
        if record.get("event") in marking
    ]
    for record in records:
        check_step(record, layout.events)
    return sorted({int(record["step"]) for record in records if record["step"] > 0})


def starting_norms(layout: Layout) -> Floats | None:
    """Return the norm of each parameter at the first record, if it was measured. Shape (L,)."""
    for records in read_blocks(layout.drift, holding=b'"measurement":"weight_norm"'):
        check_drift(records[0], layout.drift)
        return np.array(records[0]["values"], dtype=np.float64)
    return None


def _time_axis(layout: Layout) -> Axis:
    records = [record for block in read_blocks(layout.timing) for record in block]
    if not records:
        raise RunIncomplete(f"{layout.timing}: no record of time yet. Use --x epoch or --x step.")
    steps = np.append(0.0, floats(records, "step", layout.timing))
    seconds = np.append(0.0, floats(records, "time", layout.timing))
    last = seconds[-1]
    unit, size = (
        ("hours", 3600) if last > 7200 else ("minutes", 60) if last > 120 else ("seconds", 1)
    )
    return Axis(unit, *_rising(steps, seconds / size))


def _rising(steps: Floats, positions: Floats) -> Curve:
    """Return both by rising step, as interpolation needs them, the last of equal steps kept."""
    unique, from_end = np.unique(steps[::-1], return_index=True)
    return unique, positions[::-1][from_end]


def _join(parts: list[Curve]) -> Curve:
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])


def _not_recorded(layout: Layout, measurement: str) -> UnknownName | RunIncomplete:
    recorded: dict[str, None] = {}
    for records in read_blocks(layout.drift):
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
