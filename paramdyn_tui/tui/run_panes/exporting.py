"""What the screens of one run write to files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramdyn_tui.tui.run_panes.layer_rows import LayerRows
    from paramdyn_tui.tui.screens.base import BenchScreen
    from paramdyn_tui.watching.view import RunView


def write_svg(screen: BenchScreen, path: Path) -> None:
    """Write a screen as it is as a picture.

    Raises:
        OSError: The file cannot be written.
    """
    path.write_text(screen.application.export_screenshot(title=path.stem), encoding="utf-8")


def write_layers_csv(view: RunView, measure: str, rows: LayerRows, path: Path) -> None:
    """Write a heatmap as a table: a row a record, a column a parameter; empty where undefined.

    Raises:
        OSError: The file cannot be written.
    """
    from paramdyn_tui.tui.run_panes.heat_rows import table_of

    table = table_of(view, measure)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", *(table[index].name for index in rows.order)])
        for place, step in enumerate(rows.steps.tolist()):
            cells = [
                repr(float(value)) if exists else ""
                for value, exists in zip(rows.values[:, place], rows.defined[:, place], strict=True)
            ]
            writer.writerow([int(step), *cells])
