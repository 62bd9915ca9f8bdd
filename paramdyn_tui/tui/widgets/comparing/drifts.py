"""How far compared runs have moved at their ends: all of them, and where they differ most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from paramdyn_tui.watching.view import RunView

MOST_LAYERS = 6
"""So many parameters are told beside the total."""


def last_drifts(
    views: Sequence[RunView | None], measure: str, most: int = MOST_LAYERS
) -> list[dict[str, float]]:
    """Return the last record of a measurement for each run: ``total``, and some parameters.

    Those parameters are told whose values are farthest apart among the runs, as a share of the
    largest of them, in the order of the model.

    Args:
        views: The runs; None for one that is not read yet.
        measure: The measurement.
        most: So many parameters at most.
    """
    found: list[dict[str, float]] = []
    for view in views:
        drift = view.drift.get(measure) if view is not None else None
        row: dict[str, float] = {}
        if view is not None and drift is not None and len(drift.steps):
            names = [each.name for each in view.parameters]
            last = drift.values[:, -1]
            row = dict(zip(names, last.tolist(), strict=False))
            row = {name: value for name, value in row.items() if np.isfinite(value)}
            row = {"total": float(drift.total[-1]), **row}
        found.append(row)
    kept = _farthest_apart([row for row in found if row], most)
    return [{name: value for name, value in row.items() if name in kept} for row in found]


def _farthest_apart(rows: Sequence[dict[str, float]], most: int) -> set[str]:
    """Return ``total`` and the names whose values are farthest apart."""
    if not rows:
        return set()
    common = [name for name in rows[0] if name != "total" and all(name in row for row in rows)]

    def apart(name: str) -> float:
        values = [row[name] for row in rows]
        largest = max(map(abs, values))
        return (max(values) - min(values)) / largest if largest else 0.0

    return {"total", *sorted(common, key=apart, reverse=True)[:most]}
