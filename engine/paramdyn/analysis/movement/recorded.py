"""What the records alone say of each parameter: for live runs, and runs without snapshots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paramdyn.analysis.movement.trajectory import last_values
from paramdyn.analysis.subjects import Subject
from paramdyn.store.manifest import ParameterInfo


@dataclass(frozen=True, slots=True)
class RecordedMove:
    """One parameter, or several together, at the last record.

    Attributes:
        name: Of the parameter, layer or kind; ``total`` for all.
        scalars: How many there are.
        displacement: ‖θ_t - θ_0‖.
        start_norm: ‖θ_0‖; None where it was not recorded.
        end_norm: ‖θ_t‖; None where it was not recorded.
    """

    name: str
    scalars: int
    displacement: float
    start_norm: float | None
    end_norm: float | None


def recorded_moves(subject: Subject) -> list[RecordedMove]:
    """Return the last record of each parameter, in the table's order; empty without any."""
    moved = last_values(subject, "displacement")
    if not moved:
        return []
    relative, norms = (last_values(subject, name) or [None] * len(moved)
                       for name in ("relative_displacement", "weight_norm"))  # fmt: skip
    return [
        RecordedMove(row.name, row.count, far, _start(far, part), norm)
        for row, far, part, norm in zip(subject.parameters, moved, relative, norms, strict=True)
        if far is not None
    ]


def recorded_together(name: str, parts: Iterable[RecordedMove]) -> RecordedMove:
    """Return several parameters as one: squares add up. Unknown norms make the norm unknown."""
    members = list(parts)
    return RecordedMove(
        name,
        sum(part.scalars for part in members),
        math.sqrt(math.fsum(part.displacement**2 for part in members)),
        _root(part.start_norm for part in members),
        _root(part.end_norm for part in members),
    )


def recorded_groups(
    parts: Sequence[RecordedMove], parameters: Sequence[ParameterInfo], by: str
) -> list[RecordedMove]:
    """Return moves by ``layer`` or ``kind`` of the parameter table, in its order."""
    home = {row.name: str(getattr(row, by)) for row in parameters}
    groups: dict[str, list[RecordedMove]] = {}
    for part in parts:
        groups.setdefault(home[part.name], []).append(part)
    return [recorded_together(name, members) for name, members in groups.items()]


def _start(moved: float, relative: float | None) -> float | None:
    """Return ‖θ_0‖ from the two; a displacement of 0 does not tell it, an undefined one is 0."""
    if relative is None:
        return 0.0
    return moved / relative if relative else None


def _root(norms: Iterable[float | None]) -> float | None:
    known = list(norms)
    if any(norm is None for norm in known):
        return None
    return math.sqrt(math.fsum(norm**2 for norm in known if norm is not None))
