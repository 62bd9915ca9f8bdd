"""run.json: where and with what a run ran, and the table that gives each measured value its name.

Written once, when the run starts. How far it came stands in state.json.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paramdyn.errors import RunIncomplete
from paramdyn.specs.arms import arm_of
from paramdyn.store.atomic import write_json
from paramdyn.store.json_files import build, read_object
from paramdyn.store.layout import SCHEMA_VERSION, Layout

KINDS = ("conv", "linear", "norm", "bias", "other", "buffer")


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """One row of the parameter or buffer table.

    Attributes:
        name: As in the model's state_dict, such as ``conv1.weight``.
        shape: Its shape; empty for a scalar.
        count: How many scalars.
        layer: The module that owns it, such as ``conv1``.
        kind: One of ``KINDS``.
        trainable: Whether the optimizer changes it.
    """

    name: str
    shape: tuple[int, ...]
    count: int
    layer: str
    kind: str
    trainable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What run.json holds.

    Attributes:
        id: The run folder's name when it was made.
        created: ISO 8601 in UTC.
        paramdyn: Version of paramdyn.
        versions: Name to version of what it computed with.
        git: The commit of the working directory, if any.
        host: Machine; with boot_id, pid and process_start the process that wrote this.
        boot_id: See ``paramdyn.store.process``.
        pid: See ``paramdyn.store.process``.
        process_start: See ``paramdyn.store.process``.
        device: Such as ``cuda:0``.
        device_name: What the device calls itself.
        threads: CPU threads.
        precision: fp32, tf32 or bf16.
        kernel: Which implementation measured.
        parent: ``{"run": ..., "step": ...}`` when it started from another run's snapshot.
        dataset: Name, sizes and class names.
        steps_per_epoch: Updates an epoch.
        total_steps: Updates in all.
        record_steps: How many steps are recorded, step 0 apart.
        parameters: In the order of the values in drift.jsonl.
        buffers: In the order of the values of ``buffer_displacement``.
        initial_sha256: Hash of the parameters at step 0.
        reach: Parameters that can never get a gradient: parameter, scalars, reason.
        perturbations: What was changed before step 0.
        command: The command line.
        data_folder: Where the data set was looked for.
        arm: ``base``, ``child``, ``continued``, or which control it is, such as ``twin``.
        control_of: Name of the run that it is a control of; empty when it is none.
        schema_version: Version of the folder's files.
    """

    id: str
    created: str
    paramdyn: str
    versions: dict[str, Any]
    git: dict[str, Any] | None
    host: str
    boot_id: str
    pid: int
    process_start: float
    device: str
    device_name: str
    threads: int
    precision: str
    kernel: str
    parent: dict[str, Any] | None
    dataset: dict[str, Any]
    steps_per_epoch: int
    total_steps: int
    record_steps: int
    parameters: Sequence[ParameterInfo]
    buffers: Sequence[ParameterInfo]
    initial_sha256: str
    reach: list[dict[str, Any]] = field(default_factory=list)
    perturbations: list[dict[str, Any]] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    data_folder: str = ""
    arm: str = ""
    control_of: str = ""
    schema_version: int = SCHEMA_VERSION


def write_manifest(layout: Layout, manifest: Manifest) -> None:
    """Write run.json.

    Raises:
        StoreError: It cannot be written.
    """
    content = dataclasses.asdict(manifest)
    write_json(layout.manifest, {"schema_version": content.pop("schema_version"), **content})


def read_manifest(layout: Layout) -> Manifest:
    """Return what run.json holds; the tables as tuples.

    Raises:
        SchemaTooNew: A newer paramdyn wrote it.
        RunIncomplete: It is missing, cut, or lacks fields.
    """
    data = read_object(layout.manifest)
    for table in ("parameters", "buffers"):
        rows = data.get(table, [])
        if not isinstance(rows, list):
            raise RunIncomplete(
                f"{layout.manifest}: '{table}' is {rows!r}, a list was expected. Was it edited? "
                "Restore it, or run the folder's spec.toml again."
            )
        if table in data:
            data[table] = tuple(_row(row, layout) for row in rows)
    manifest: Manifest = build(Manifest, data, layout.manifest)
    continues, perturbed = bool(manifest.parent), bool(manifest.perturbations)
    return dataclasses.replace(
        manifest, arm=arm_of(manifest.arm, continues=continues, perturbed=perturbed)
    )


def _row(row: object, layout: Layout) -> ParameterInfo:
    if not isinstance(row, Mapping):
        raise RunIncomplete(f"{layout.manifest}: a table row is {row!r}, an object was expected.")
    shape = row.get("shape")
    values = {**row, "shape": tuple(shape)} if isinstance(shape, list) else row
    return build(ParameterInfo, values, layout.manifest)
