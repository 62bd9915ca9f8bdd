"""What ``ls --json`` says of runs and groups (``schemas/ls.json``)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramdyn.store.query.groups import Group
    from paramdyn.store.query.keys import Key
    from paramdyn.store.run_summary import RunSummary


def run_facts(run: RunSummary, columns: Sequence[Key] = ()) -> dict[str, Any]:
    """Return what is said of one run; ``values`` holds the columns that were asked for."""
    values = {field.name: getattr(run, field.name) for field in dataclasses.fields(run)}
    del values["runs"]
    said = {**values, "id": run.name, "path": str(run.path)}
    if columns:
        said["values"] = {key.name: key.get(run) for key in columns}
    return said


def group_facts(group: Group, keys: Sequence[Key], *, members: bool) -> dict[str, Any]:
    """Return what is said of one group; ``members`` are all its runs."""
    said: dict[str, Any] = {
        "group": {key.name: value for key, value in zip(keys, group.values, strict=True)},
        "runs": [run.name for run in group.runs],
        "counted": [run.name for run in group.counted],
        "not_counted": group.apart,
        "figures": {name: dataclasses.asdict(each) for name, each in group.figures.items()},
        "varying": group.varying,
    }
    if members:
        said["members"] = [run_facts(run) for run in group.runs]
    return said
