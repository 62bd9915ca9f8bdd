"""What is to be said about a run, from its folder: for its end, for ``show``, and as JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from paramdyn.errors import RunIncomplete
from paramdyn.store.manifest import Manifest, ParameterInfo, read_manifest
from paramdyn.store.present import present_state
from paramdyn.store.records import read
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, effective_status
from paramdyn_tui.cli import output
from paramdyn_tui.formatting import count, duration, number, percent
from paramdyn_tui.run_page import seconds_left, status_text
from paramdyn_tui.sound_records import check_drift, check_metrics

CAUSES = {
    "frozen": "not given to the optimizer",
    "structural": "no input can give it a gradient",
    "dead": "could get a gradient, and never did",
    "absorbed": "its gradients were too small to move it",
    "returned": "moved, and is back at its very start",
    "decay-only": "moved by weight decay alone",
    "changed": "moved by its gradient",
}
"""Class of a scalar -> why it is in it."""


@dataclass(frozen=True)
class Drift:
    """The last record of each measurement.

    Attributes:
        step: The last recorded step.
        records: Measurement -> its record.
    """

    step: int
    records: dict[str, dict[str, Any]]

    def total(self, measurement: str) -> float | None:
        """Return a measurement over all parameters; None when not recorded or undefined."""
        value = self.records.get(measurement, {}).get("total")
        return float(value) if isinstance(value, int | float) else None

    def values(self, measurement: str) -> list[float | None]:
        """Return a measurement for each parameter; none when not recorded."""
        values = self.records.get(measurement, {}).get("values")
        return values if isinstance(values, list) else []

    def partition(self) -> dict[str, int]:
        """Return how many scalars are in each class; empty when not recorded."""
        total = self.records.get("classes", {}).get("total")
        return {name: int(scalars) for name, scalars in total.items()} if total else {}


def last_drift(folder: RunFolder) -> Drift:
    """Return the last record of each measurement in drift.jsonl.

    Raises:
        RunIncomplete: A line is corrupt, or one of these is not as the recorder writes it.
    """
    records: dict[str, dict[str, Any]] = {}
    for record in read(folder.layout.drift)[0]:
        records[str(record.get("measurement"))] = record
    for record in records.values():
        check_drift(record, folder.layout.drift)
    step = max((int(record["step"]) for record in records.values()), default=0)
    return Drift(step, records)


def last_metrics(folder: RunFolder) -> dict[str, float]:
    """Return the newest value of each metric in metrics.jsonl, step and epoch left out."""
    metrics: dict[str, float] = {}
    for record in read(folder.layout.metrics)[0]:
        check_metrics(record, folder.layout.metrics)
        metrics.update({name: value for name, value in record.items() if value is not None})
    return {name: value for name, value in metrics.items() if name not in ("step", "epoch")}


def run_facts(folder: RunFolder) -> dict[str, Any]:
    """Return what ``--json`` prints about a run that was just carried out."""
    state = present_state(folder.layout)
    drift = last_drift(folder)
    return {
        "id": folder.name,
        "path": str(folder.path),
        "status": effective_status(state),
        "reason": state.reason,
        "epoch": state.epoch,
        "step": state.step,
        "total_steps": state.total_steps,
        "metrics": last_metrics(folder),
        "drift": {name: drift.total(name) for name in drift.records if name != "classes"},
        "partition": drift.partition(),
    }


def full_facts(folder: RunFolder) -> dict[str, Any]:
    """Return the run's facts, its spec, its table, and each layer; ``show --json`` adds more."""
    from paramdyn.specs.reader import read_spec
    from paramdyn.specs.writer import to_mapping

    manifest = manifest_or_none(folder)
    facts = run_facts(folder)
    facts["spec"] = to_mapping(read_spec(folder.layout.spec))
    if manifest is not None:
        facts.update({key: getattr(manifest, key) for key in _ORIGIN})
        facts["layers"] = [dataclasses.asdict(layer) for layer in layers(folder, manifest)]
    return facts


_ORIGIN = (
    "created", "device", "device_name", "threads", "precision", "kernel", "parent", "arm",
    "control_of", "host", "paramdyn", "versions", "git", "dataset", "command", "perturbations",
    "reach",
)  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """How far one layer moved.

    Attributes:
        layer: The module's name.
        scalars: How many scalars it has.
        displacement: L2 distance from the start over its parameters; None when not recorded.
        relative_displacement: That over their norm at the start; None where that is 0.
        changed: Share of its scalars whose class is ``changed``; None when not recorded.
    """

    layer: str
    scalars: int
    displacement: float | None
    relative_displacement: float | None
    changed: float | None


def layers(folder: RunFolder, manifest: Manifest) -> list[Layer]:
    """Return how far each layer moved, in the order of the parameter table."""
    drift = last_drift(folder)
    classes = drift.records.get("classes", {}).get("values") or {}
    moved = drift.values("displacement")
    relative = drift.values("relative_displacement")
    for values in (moved, relative, *classes.values()):
        if values and len(values) != len(manifest.parameters):
            raise RunIncomplete(
                f"{folder.layout.drift}: a record has {len(values)} values, and the table in "
                f"{folder.layout.manifest.name} lists {len(manifest.parameters)} parameters. The "
                "two files are not of one run; run the spec again."
            )
    found = []
    for name, rows in _by_layer(manifest.parameters):
        indices = [index for index, _ in rows]
        scalars = sum(info.count for _, info in rows)
        changed = classes.get("changed")
        found.append(
            Layer(
                layer=name,
                scalars=scalars,
                displacement=_norm(moved, indices),
                relative_displacement=_relative(moved, relative, indices),
                changed=sum(changed[i] for i in indices) / scalars if changed else None,
            )
        )
    return found


def manifest_or_none(folder: RunFolder) -> Manifest | None:
    """Return run.json's content; None when the run ended before it was written.

    Raises:
        RunIncomplete, SchemaTooNew: It is there and cannot be read.
    """
    return read_manifest(folder.layout) if folder.layout.manifest.exists() else None


def print_summary(folder: RunFolder) -> None:
    """Print how a run ended: metrics, how far it moved, and the classes of its scalars."""
    state = present_state(folder.layout)
    drift = last_drift(folder)
    output.fields(
        {
            "run": folder.name,
            "status": status_text(state),
            "trained": _progress(state),
            **metric_fields(last_metrics(folder)),
            "moved": moved_text(drift),
            "scalars": "\n".join(partition_lines(drift.partition())),
            "folder": str(folder.path),
        }
    )


def _progress(state: RunState) -> str:
    if not state.total_steps:
        return ""
    text = f"epoch {number(state.epoch)}, step {count(state.step)} of {count(state.total_steps)}"
    left = seconds_left(state)
    ahead = f", about {duration(left)} left" if left is not None else ""
    return f"{text}, in {duration(state.heartbeat - state.started)}{ahead}"


def metric_fields(metrics: dict[str, float]) -> dict[str, str]:
    """Return split -> its loss and accuracy in words."""
    found = {}
    for split, prefix in (
        ("train", "train/epoch_"),
        ("validation", "validation/"),
        ("test", "test/"),
    ):
        loss, accuracy = metrics.get(f"{prefix}loss"), metrics.get(f"{prefix}accuracy")
        if loss is not None:
            found[split] = f"loss {number(loss)}, accuracy {percent(accuracy)}"
    return found


def moved_text(drift: Drift) -> str:
    """Return how far all parameters together moved, in words."""
    parts = []
    moved, relative = drift.total("displacement"), drift.total("relative_displacement")
    path = drift.total("path_length")
    if moved is not None:
        parts.append(f"{number(moved)} from the start")
    if relative is not None:
        parts.append(f"{percent(relative)} of the norm at the start")
    if path is not None:
        parts.append(f"on a path of {number(path)}")
    return ", ".join(parts)


def partition_lines(partition: dict[str, int]) -> list[str]:
    """Return a line for each class that has scalars: share, number, name, cause."""
    total = sum(partition.values())
    rows = [
        [percent(scalars / total), count(scalars), name, CAUSES.get(name, "")]
        for name, scalars in sorted(partition.items(), key=lambda item: -item[1])
        if scalars
    ]
    if not rows:
        return []
    lines = output.aligned(["%", "n", "class", "cause"], rows, right=("%", "n")).split("\n")
    return [*lines[1:], f"{count(total)} scalars in all"]


def _by_layer(
    table: Sequence[ParameterInfo],
) -> Iterator[tuple[str, list[tuple[int, ParameterInfo]]]]:
    groups: dict[str, list[tuple[int, ParameterInfo]]] = {}
    for index, info in enumerate(table):
        groups.setdefault(info.layer or info.name, []).append((index, info))
    yield from groups.items()


def _norm(values: Sequence[float | None], indices: Sequence[int]) -> float | None:
    known = [
        value for value in (values[i] for i in indices if i < len(values)) if value is not None
    ]
    return math.hypot(*known) if known else None


def _relative(
    moved: Sequence[float | None], relative: Sequence[float | None], indices: Sequence[int]
) -> float | None:
    """Return a layer's displacement over its norm at the start, from those of its parameters.

    A parameter that did not move does not tell its norm at the start: then the layer's is unknown
    unless nothing of the layer moved.
    """
    if not moved or not relative:
        return None
    squared_start = 0.0
    for index in indices:
        distance, ratio = moved[index], relative[index]
        if distance and ratio:
            squared_start += (distance / ratio) ** 2
        elif ratio is not None:
            return None if any(moved[i] for i in indices) else 0.0
    distance = _norm(moved, indices)
    if distance is None or squared_start == 0.0:
        return None
    return distance / math.sqrt(squared_start)
