"""What is known about one parameter: what it is, how far it moved, what of it cannot move."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paramdyn_tui.formatting import count, number, percent
from paramdyn_tui.tui.run_panes.layer_rows import record_at

if TYPE_CHECKING:
    from paramdyn.store.manifest import ParameterInfo
    from paramdyn_tui.watching.view import RunView

WANTED = (
    "weight_norm", "displacement", "relative_displacement", "direction_change", "update_ratio",
    "gradient_norm", "sign_changes", "changed_share", "straightness", "classes",
)  # fmt: skip
"""Measurements that the facts are made of."""
CAUSES = {
    "changed": "training moved it",
    "decay-only": "only weight decay moved it",
    "returned": "moved, and is back bit for bit",
    "absorbed": "every update was too small for its value",
    "dead": "its gradient always was zero",
    "structural": "no input can give it a gradient",
    "frozen": "not trained",
}
"""Class of scalars -> why they are in it."""

Fact = tuple[str, str]


def facts_of(view: RunView, info: ParameterInfo, row: int, step: float | None) -> list[Fact]:
    """Return what is known about a parameter at a step, each as a label and a value.

    Args:
        view: The run.
        info: The parameter.
        row: Its row in the table.
        step: When; None: at the last record.
    """
    shape = "x".join(map(str, info.shape)) or "scalar"
    facts = [
        ("shape", f"{shape}   {count(info.count)}   {info.kind}"),
        ("from", origin_of(view)),
    ]
    if not info.trainable:
        facts.append(("trained", "no: the optimizer does not have it"))
    facts += _norms(view, row, step)
    for label, name, show in (
        ("update/w", "update_ratio", number),
        ("gradient", "gradient_norm", number),
        ("straight", "straightness", number),
    ):
        value = value_at(view, name, row, step)
        if value is not None:
            facts.append((label, show(value, 3)))
    return [*facts, *_shares(view, row, step)]


def origin_of(view: RunView) -> str:
    """Return what a run's parameters came from, in words."""
    parent = view.manifest.parent if view.manifest is not None else None
    if isinstance(parent, Mapping):
        return f"{parent.get('run')}@{parent.get('step')}"
    table: Any = view.spec.get("initializer", {})
    if not isinstance(table, Mapping):
        return "unknown"
    name = str(table.get("name", "unknown"))
    weights = table.get("weights")
    options = table.get("options", {})
    more = [f"{key} {value}" for key, value in options.items()] if isinstance(options, dict) else []
    return "  ".join([name, *([f"weights {weights}"] if weights else []), *more])


def reach_of(view: RunView, info: ParameterInfo) -> str:
    """Return how much of a parameter can never move and why, in words; empty for nothing."""
    entries: Any = getattr(view.manifest, "reach", ()) or ()
    said = []
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("parameter") == info.name:
            scalars = entry.get("scalars", 0)
            much = f"{count(scalars)} of {count(info.count)}" if type(scalars) is int else "some"
            said.append(f"{much} can never move: {entry.get('reason', 'no reason is given')}")
    return ". ".join(said)


def partition_of(view: RunView, row: int) -> dict[str, int]:
    """Return how many scalars of a parameter are in each class, those that are in any."""
    partition = view.classes_partition
    if partition is None:
        return {}
    found = {}
    for name, counts in partition.values.items():
        if row < len(counts) and counts[row] > 0:
            found[name] = int(counts[row])
    return found


def value_at(view: RunView, measure: str, row: int, step: float | None) -> float | None:
    """Return one value of a parameter at the newest record up to a step; None where undefined."""
    drift = view.drift.get(measure)
    if drift is None or row >= len(drift.values) or not len(drift.steps):
        return None
    place = record_at(drift.steps, step)
    return float(drift.values[row, place]) if drift.defined[row, place] else None


def _norms(view: RunView, row: int, step: float | None) -> list[Fact]:
    """Return the norm at the start, from how far it moved in both measures, and the one then."""
    moved = value_at(view, "displacement", row, step)
    relative = value_at(view, "relative_displacement", row, step)
    now = value_at(view, "weight_norm", row, step)
    parts = []
    if moved is not None and relative and math.isfinite(relative) and math.isfinite(moved):
        parts.append(number(moved / relative, 4))
    if now is not None:
        parts.append(number(now, 4))
    facts = [("norm", " → ".join(parts))] if parts else []
    if moved is not None:
        share = f"   {percent(relative)} of the norm" if relative is not None else ""
        facts.append(("moved", f"{number(moved, 4)}{share}"))
    turned = value_at(view, "direction_change", row, step)
    if turned is not None:
        facts.append(("cosine", f"{1.0 - turned:.6g} with the start"))
    return facts


def _shares(view: RunView, row: int, step: float | None) -> list[Fact]:
    """Return how many signs and values differ from the start."""
    signs, changed = (value_at(view, name, row, step) for name in ("sign_changes", "changed_share"))
    parts = [f"signs {percent(signs)}"] if signs is not None else []
    parts += [f"values {percent(changed)}"] if changed is not None else []
    return [("differ", ", ".join(parts))] if parts else []
