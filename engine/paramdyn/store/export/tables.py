"""Runs as tidy tables: which tables there are, and those with few rows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from paramdyn.errors import UnknownName
from paramdyn.registry import unknown_name
from paramdyn.specs.flat import flat_fields, non_default_fields
from paramdyn.specs.reader import read_spec
from paramdyn.specs.run_spec import SeedSpec
from paramdyn.store.export.columns import (
    INTEGER,
    NUMBER,
    Table,
    size_now,
    stream,
    table_of_rows,
)
from paramdyn.store.export.names import TABLES
from paramdyn.store.export.records import (
    drift_table,
    drift_totals_table,
    metrics_table,
    timing_table,
)
from paramdyn.store.manifest import Manifest, read_manifest
from paramdyn.store.present import present_state
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import effective_status

_USUAL = {
    "parent_step": INTEGER,
    "trained_seconds": NUMBER,
    **{f"seeds.{field.name}": INTEGER for field in dataclasses.fields(SeedSpec)},
}
"""Kinds of the columns that may have no value, so that tables of several exports fit together."""


def tables_of(folders: Sequence[RunFolder], what: Iterable[str] = TABLES) -> list[Table]:
    """Return the tables named in ``what`` for runs, all runs in the same table.

    Raises:
        UnknownName: There is no such table.
        ParamdynError: A run's file cannot be read; some are found only while rows are read.
    """
    makers: dict[str, Callable[[Sequence[RunFolder]], Table]] = {
        "metrics": metrics_table,
        "drift_totals": drift_totals_table,
        "drift": drift_table,
        "timing": timing_table,
        "runs": lambda given: table_of_rows("runs", list(map(run_row, given)), usual=_USUAL),
        "events": lambda given: _rows("events", given, event_rows),
        "parameters": lambda given: _rows("parameters", given, parameter_rows),
        "spec": lambda given: _rows("spec", given, spec_rows),
        "snapshots": lambda given: _rows("snapshots", given, snapshot_rows),
    }
    wanted = list(dict.fromkeys(what))
    for name in wanted:
        if name not in TABLES:
            listing = ", ".join(TABLES)
            raise UnknownName(
                unknown_name("table", name, list(TABLES), where="--what", listing=listing)
            )
    return [makers[name](folders) for name in wanted]


def run_row(folder: RunFolder) -> dict[str, Any]:
    """Return one run as a flat row: state, machine, the spec's fields by dotted name, metrics."""
    row: dict[str, Any] = {"run": folder.name, "path": str(folder.path)}
    state = present_state(folder.layout)
    manifest = manifest_or_none(folder)
    row |= {"status": effective_status(state), "reason": state.reason or None}
    row |= _origin(manifest)
    row |= {key: getattr(state, key) for key in ("epoch", "step", "total_steps")}
    row |= {"trained_seconds": _trained_seconds(folder)}
    row |= flat_fields(read_spec(folder.layout.spec))
    return row | last_metrics(folder)


def last_metrics(folder: RunFolder) -> dict[str, float]:
    """Return the newest value of each metric in metrics.jsonl, without step and epoch."""
    path = folder.layout.metrics
    found: dict[str, float] = {}
    for record in stream(path, size_now(path)):
        found |= {key: value for key, value in record.items() if value is not None}
    return {key: value for key, value in found.items() if key not in ("step", "epoch")}


def event_rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    """Yield each event; what it says beside its step and name in columns of their own."""
    path = folder.layout.events
    for record in stream(path, size_now(path)):
        yield {"step": record["step"], "event": str(record.get("event", "")), **record}


def parameter_rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    """Yield each row of run.json's tables, parameters before buffers."""
    manifest = manifest_or_none(folder)
    for index, info in enumerate(manifest.parameters if manifest else ()):
        yield {"index": index, **_described(info), "buffer": False}
    for index, info in enumerate(manifest.buffers if manifest else ()):
        yield {"index": index, **_described(info), "buffer": True}


def spec_rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    """Yield each field of the spec, its value as text as in spec.toml's words."""
    spec = read_spec(folder.layout.spec)
    changed = non_default_fields(spec)
    for name, value in flat_fields(spec).items():
        text = value if isinstance(value, str) or value is None else json.dumps(value)
        yield {"field": name, "value": text, "is_default": name not in changed}


def snapshot_rows(folder: RunFolder) -> Iterator[dict[str, Any]]:
    """Yield each snapshot that was kept and is there still."""
    path = folder.layout.events
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for record in stream(path, size_now(path)):
        if record.get("event") == "snapshot" and isinstance(record.get("file"), str):
            kept[record["file"], str(record.get("name"))] = record
    for record in kept.values():
        file = folder.path / record["file"]
        if file.is_file():
            yield {
                "step": record["step"],
                "name": str(record.get("name", "")),
                "file": str(file),
                "size_bytes": file.stat().st_size,
            }


def manifest_or_none(folder: RunFolder) -> Manifest | None:
    """Return what run.json holds; None when the run ended before it was written.

    Raises:
        RunIncomplete, SchemaTooNew: It is there and cannot be read.
    """
    return read_manifest(folder.layout) if folder.layout.manifest.exists() else None


def _rows(name: str, folders: Sequence[RunFolder], rows_of: Any) -> Table:  # noqa: ANN401
    return table_of_rows(
        name, [{"run": folder.name, **row} for folder in folders for row in rows_of(folder)]
    )


def _origin(manifest: Manifest | None) -> dict[str, Any]:
    if manifest is None:
        return {}
    parent, git = manifest.parent or {}, manifest.git or {}
    return {
        "created": manifest.created,
        "parent_run": parent.get("run"),
        "parent_step": parent.get("step"),
        "arm": getattr(manifest, "arm", "") or None,
        "control_of": getattr(manifest, "control_of", "") or None,
        "host": manifest.host,
        "device": manifest.device,
        "device_name": manifest.device_name,
        "threads": manifest.threads,
        "paramdyn": manifest.paramdyn,
        "torch": manifest.versions.get("torch"),
        "git_commit": git.get("commit"),
        "initial_sha256": manifest.initial_sha256,
        "scalars": sum(info.count for info in manifest.parameters),
    }


def _trained_seconds(folder: RunFolder) -> float | None:
    path = folder.layout.timing
    seconds = None
    for record in stream(path, size_now(path)):
        seconds = record.get("time")
    return seconds


def _described(info: Any) -> dict[str, Any]:  # noqa: ANN401 - a ParameterInfo
    row = dataclasses.asdict(info)
    return row | {"shape": "x".join(map(str, info.shape))}
