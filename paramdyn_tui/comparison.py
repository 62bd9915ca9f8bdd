"""What differs between runs: what was asked, with what it ran, what came out, where it ended."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramdyn.errors import RunNotFound
from paramdyn.specs.flat import flat_fields
from paramdyn.specs.reader import read_spec
from paramdyn.store.export.tables import last_metrics, manifest_or_none, snapshot_rows
from paramdyn.store.present import present_state
from paramdyn.store.run_folder import RunFolder, find_run, snapshot_path
from paramdyn.store.state import effective_status

if TYPE_CHECKING:
    from paramdyn.store.manifest import Manifest
    from paramdyn.store.snapshot_distance import Comparison, Distance


@dataclass(frozen=True)
class Side:
    """One run of a comparison.

    Attributes:
        folder: The run.
        wanted: The snapshot that was asked for: ``final``, a step, ...; empty: the last one.
        manifest: Its run.json; None when it ended before that was written.
    """

    folder: RunFolder
    wanted: str
    manifest: Manifest | None


def side_of(runs: Path, text: str) -> Side:
    """Return the run, and its snapshot, that ``RUN`` or ``RUN@STEP`` stands for.

    Raises:
        RunNotFound: There is no such run.
        StoreError: Its run.json cannot be read.
    """
    name, _, step = text.rpartition("@") if "@" in text else (text, "", "")
    folder = find_run(runs, name)
    return Side(folder, step, manifest_or_none(folder))


def compare_runs(sides: Sequence[Side]) -> dict[str, Any]:
    """Return everything that differs, as ``diff --json`` prints it; the first run is the base.

    Raises:
        RunNotFound: A run did not keep the snapshot that was asked for.
        StoreError: A file cannot be read.
        SpecError: A spec cannot be read.
    """
    base, *others = sides
    return {
        "runs": [_run(side) for side in sides],
        "spec": differing([flat_fields(read_spec(s.folder.layout.spec)) for s in sides]),
        "provenance": differing([provenance(side.manifest) for side in sides]),
        "metrics": _metrics([last_metrics(side.folder) for side in sides]),
        "records": [_records(base, other) for other in others],
        "distances": [snapshot_distances(base, other) for other in others],
    }


def differing(tables: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the fields whose values are not all the same, with the value of each table.

    A field that a table lacks is None there, and ``given`` tells that from a None in it.
    """
    names = list(dict.fromkeys(name for table in tables for name in table))
    found = []
    for name in names:
        values = [table.get(name) for table in tables]
        given = [name in table for table in tables]
        same = all(value == values[0] for value in values) and len(set(given)) == 1
        if not same:
            found.append({"field": name, "values": values, "given": given})
    return found


def provenance(manifest: Manifest | None) -> dict[str, Any]:
    """Return where and with what a run ran, as flat fields; nothing without run.json."""
    if manifest is None:
        return {}
    git = manifest.git or {}
    parent = manifest.parent or {}
    facts = {
        "parent": f"{parent.get('run')}@{parent.get('step')}" if parent else "",
        "arm": manifest.arm,
        "control_of": manifest.control_of,
        "paramdyn": manifest.paramdyn,
        **{f"versions.{name}": version for name, version in manifest.versions.items()},
        "git.commit": git.get("commit"),
        "git.dirty": git.get("dirty"),
        "host": manifest.host,
        "device": manifest.device,
        "device_name": manifest.device_name,
        "threads": manifest.threads,
        "precision": manifest.precision,
        "kernel": manifest.kernel,
        "initial_sha256": manifest.initial_sha256,
    }
    facts |= {f"dataset.{name}": value for name, value in manifest.dataset.items()}
    return facts


def snapshot_distances(base: Side, other: Side) -> dict[str, Any]:
    """Return how far the snapshots of two runs are apart; ``problem`` says why they are not.

    Raises:
        RunNotFound: A snapshot that was named is not there.
        StoreError: A snapshot cannot be read.
    """
    from paramdyn.store.snapshot_distance import compare
    from paramdyn.store.snapshots import read_snapshot

    try:
        paths = [_snapshot(side) for side in (base, other)]
    except RunNotFound as error:
        if base.wanted or other.wanted:
            raise
        return {
            "a": base.folder.name, "b": other.folder.name, "problem": str(error), "total": None,
            "layers": [], "buffers": [], "only_a": [], "only_b": [], "misfits": [],
        }  # fmt: skip
    (a, about_a), (b, about_b) = (read_snapshot(path) for path in paths)
    found = compare(a, b)
    buffers = _buffers(base, other)
    owners = _owners(base, other)
    parameters = [name for name in found.tensors if name not in buffers]
    place = {name: number for number, name in enumerate(owners)}
    layers: dict[str, list[str]] = {}
    for name in sorted(parameters, key=lambda name: place.get(name, len(place))):
        layers.setdefault(owners.get(name) or name.rpartition(".")[0] or name, []).append(name)
    return {
        "a": f"{base.folder.name}@{about_a.get('step', base.wanted)}",
        "b": f"{other.folder.name}@{about_b.get('step', other.wanted)}",
        "problem": _misfit(base, other, found),
        "total": distance_facts(found.total(parameters)) if parameters else None,
        "layers": [
            {"layer": layer, **distance_facts(found.total(names))}
            for layer, names in layers.items()
        ],
        "buffers": [
            {"buffer": name, **distance_facts(found.tensors[name])}
            for name in found.tensors
            if name in buffers
        ],
        "only_a": list(found.only_a),
        "only_b": list(found.only_b),
        "misfits": list(found.misfits),
    }


def distance_facts(distance: Distance) -> dict[str, Any]:
    """Return what is told about a distance."""
    return {
        "scalars": distance.scalars,
        "l2": distance.l2,
        "relative": distance.relative,
        "direction_change": distance.direction_change,
        "opposite_signs": distance.opposite_signs,
        "opposite_share": distance.opposite_share,
        "equal_bits": distance.equal_bits,
        "equal_share": distance.equal_share,
    }


def _run(side: Side) -> dict[str, Any]:
    state = present_state(side.folder.layout)
    return {
        "id": side.folder.name,
        "path": str(side.folder.path),
        "status": effective_status(state),
        "epoch": state.epoch,
        "step": state.step,
        "total_steps": state.total_steps,
    }


def _metrics(tables: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(name for table in tables for name in table))
    rows = []
    for name in names:
        values = [table.get(name) for table in tables]
        rows.append(
            {
                "metric": name,
                "values": values,
                "differences": [_difference(values[0], value) for value in values],
            }
        )
    return rows


def _difference(base: float | None, value: float | None) -> float | None:
    return None if base is None or value is None else value - base


def _records(base: Side, other: Side) -> dict[str, Any]:
    from paramdyn.store.record_agreement import agreement

    first, second = base.folder.layout, other.folder.layout
    facts: dict[str, Any] = {"a": base.folder.name, "b": other.folder.name}
    for name in ("metrics", "drift"):
        found = agreement(getattr(first, name), getattr(second, name))
        facts[name] = dataclasses.asdict(found) | {"same": found.same}
    return facts


def _snapshot(side: Side) -> Path:
    if side.wanted:
        return snapshot_path(side.folder, side.wanted)
    kept = [row for row in snapshot_rows(side.folder) if row["name"] != "best"]
    if not kept:
        return snapshot_path(side.folder, "final")
    return Path(max(kept, key=lambda row: int(row["step"]))["file"])


def _owners(*sides: Side) -> dict[str, str]:
    """Return parameter -> layer, in the order of the tables."""
    return {
        row.name: row.layer
        for side in reversed(sides)
        if side.manifest is not None
        for row in side.manifest.parameters
    }


def _buffers(*sides: Side) -> set[str]:
    return {row.name for side in sides if side.manifest for row in side.manifest.buffers}


def _misfit(base: Side, other: Side, found: Comparison) -> str | None:
    apart = len(found.only_a) + len(found.only_b) + len(found.misfits)
    if not apart:
        return None
    return (
        f"different models: {len(found.tensors)} tensors are in both with the same shape and are "
        f"compared; {len(found.only_a)} are only in {base.folder.name}, {len(found.only_b)} only "
        f"in {other.folder.name}, {len(found.misfits)} have other shapes."
    )
