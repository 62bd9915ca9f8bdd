"""Charts as text for the clipboard and as tables for files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from paramdyn_tui.tui.widgets.charted import Curve, Panel


def values_in_words(panel: Panel, at: float | None) -> str:
    """Return what each line of a chart says at a position, a line each; at its end for None."""
    return "\n".join(filter(None, (_said(panel, curve, at) for curve in panel.curves)))


def _said(panel: Panel, curve: Curve, at: float | None) -> str:
    end = len(curve.x) if at is None else int(np.searchsorted(curve.x, at, side="right"))
    if not end:
        return ""
    label = f"{curve.label}  " if curve.label and curve.label != panel.title else ""
    x, y = float(curve.x[end - 1]), float(curve.y[end - 1])
    return f"{label}{panel.title} {y!r} at {panel.axis} {x:g}"


def write_csv(panels: Sequence[Panel], path: Path) -> None:
    """Write charts as one table: a row a value, every recorded value of every line.

    Raises:
        OSError: The file cannot be written.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        axis = panels[0].axis if panels else "x"
        writer.writerow(["chart", "line", axis, "value"])
        for panel in panels:
            for curve in panel.curves:
                for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True):
                    writer.writerow([panel.title, curve.label, repr(x), repr(y)])
