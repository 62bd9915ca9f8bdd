"""How the values of a tensor are spread, before and after, as a chart and as one row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from paramdyn.store.snapshots import read_snapshot
from paramdyn_tui.plotting.histograms import BINS, Counts, count_values, rebinned
from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.tui.cells import Look, Row
from paramdyn_tui.tui.charts.chart import Chart, ChartLine
from paramdyn_tui.tui.charts.strip_chart import strip_chart
from paramdyn_tui.tui.charts.viewport import Viewport

BEFORE, AFTER, MOVED = 0, 1, 3
"""Colours."""


def read_counts(path: Path, names: Sequence[str], origin: Path | None = None) -> Counts:
    """Return the histogram of some tensors of a snapshot, of which nothing else is read.

    Args:
        path: The snapshot.
        names: Of tensors; those that it lacks are left out.
        origin: Another snapshot: then it is of the differences from it.

    Raises:
        RunIncomplete: A file is missing, cut, or no safetensors file.
        StoreError: A file cannot be read.
    """
    tensors = read_snapshot(path)[0]
    there = [name for name in names if name in tensors]
    if origin is None:
        return count_values([tensors[name].reshape(-1) for name in there])
    before = read_snapshot(origin)[0]
    return count_values([
        (tensors[name].astype(np.float64) - before[name]).reshape(-1)
        for name in there
        if name in before and before[name].shape == tensors[name].shape
    ])  # fmt: skip


def histogram_chart(
    before: Counts | None, after: Counts, *, log: bool = False, color: int = AFTER
) -> Chart:
    """Return before (filled) and after (a line) on one scale, as shares of the values a bin.

    Args:
        before: None when not kept.
        after: What it became.
        log: Whether the vertical scale is logarithmic, which shows the tails.
        color: Of after.
    """
    reach = max(after.reach, before.reach if before else 0.0) or 1.0
    centres = (np.arange(BINS) + 0.5) / BINS * 2 * reach - reach
    lines = []
    if before is not None:
        shares = _shares(before, reach)
        lines.append(ChartLine("before", centres, shares, BEFORE, low=shares * 0.0, high=shares))
    lines.append(ChartLine("after", centres, _shares(after, reach), color))
    return Chart(lines, Viewport(-reach, reach, log_y=log), empty="no values")


def histogram_row(
    counts: Counts, width: int, look: Look, *, reach: float = 0.0, style: str = "s0"
) -> Row:
    """Return a histogram as one row of blocks.

    Args:
        counts: What is shown.
        width: Cells.
        look: What the terminal can show.
        reach: Magnitude at both ends; 0: the largest of the values.
        style: Of the blocks.
    """
    cells = rebinned(counts, max(reach, counts.reach), max(width, 1))
    return strip_chart(cells.tolist(), width, look, low=0.0, style=style)


def _shares(counts: Counts, reach: float) -> Floats:
    bins = rebinned(counts, reach, BINS)
    whole = float(bins.sum())
    return bins / whole if whole else bins
