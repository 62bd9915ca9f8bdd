"""How the weights of a layer are spread before and after training, and how far each one moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramdyn.errors import RunIncomplete, RunNotFound
from paramdyn.store.manifest import ParameterInfo, read_manifest
from paramdyn.store.run_folder import RunFolder, snapshot_path
from paramdyn.store.snapshots import read_snapshot
from paramdyn_tui.plotting.layers import Row, group_rows
from paramdyn_tui.plotting.reduce import Floats

BINS = 64
PIECE = 1 << 22
PARENT = "its parent"
"""Which snapshot it is that a run began from, where its own beginning was not kept."""
MOST_ROWS = 24
"""Layers, or groups of them, that a screen has room for."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many values lie in each of the equal bins from ``-reach`` to ``reach``.

    Attributes:
        reach: The largest magnitude; 0 when all values are zero, which then are in the middle.
        counts: Shape (BINS,).
        deviation: Root of the mean of squares of the finite values.
        not_finite: How many values are in no bin.
    """

    reach: float
    counts: NDArray[np.int64]
    deviation: float
    not_finite: int


@dataclass(frozen=True, slots=True)
class LayerHistograms:
    """The values of a layer: before (None when not kept), after, and the difference."""

    label: str
    before: Counts | None
    after: Counts
    moved: Counts | None


@dataclass(frozen=True, slots=True)
class Histograms:
    """Histograms of a run.

    Attributes:
        before: What is shown as before, in words; empty when no such values were kept.
        after: What is shown as after, in words.
        rows: One for each layer or group of layers.
        hint: How to have the values before, when they are not there.
    """

    before: str
    after: str
    rows: Sequence[LayerHistograms]
    hint: str = ""


def read_histograms(folder: RunFolder, most: int = MOST_ROWS) -> Histograms:
    """Return histograms of the parameters of each layer, at most ``most`` groups of layers.

    Before are the values at step 0 when the run kept them (``init``), else those of the parent's
    snapshot it started from, before its perturbations; after are the newest that it kept.

    Raises:
        RunIncomplete: It kept none, or a file is damaged.
    """
    table = read_manifest(folder.layout).parameters
    after, after_words = newest_snapshot(folder)
    before, before_words = starting_snapshot(folder)
    tensors = [read_snapshot(path)[0] for path in (after, before) if path is not None]
    present = [info for info in table if all(info.name in each for each in tensors)]
    if not present:
        raise RunIncomplete(
            f"{after}: has none of the parameters in run.json. The two are not of one run; "
            "run the spec again."
        )
    rows = [_row(row, present, tensors) for row in group_rows(present, most)]
    hint = "" if before else "start not kept: run with --snapshots init,final to see before"
    return Histograms(before_words, after_words, rows, hint)


def count_values(parts: Sequence[Floats | NDArray[np.float32]]) -> Counts:
    """Return the histogram of all values of some arrays, without a copy of them all."""
    reach, lost, squares, whole = 0.0, 0, 0.0, 0
    for piece in _pieces(parts):
        finite = piece[np.isfinite(piece)]
        lost += piece.size - finite.size
        whole += finite.size
        if finite.size:
            reach = max(reach, float(np.abs(finite).max()))
            squares += float(np.dot(finite, finite))
    counts = np.zeros(BINS, np.int64)
    for piece in _pieces(parts):
        finite = piece[np.isfinite(piece)]
        share = finite / (2 * reach) + 0.5 if reach else np.full(finite.shape, 0.5)
        bins = np.minimum((share * BINS).astype(np.int64), BINS - 1)
        counts += np.bincount(bins, minlength=BINS)
    return Counts(reach, counts, (squares / whole) ** 0.5 if whole else 0.0, lost)


def rebinned(counts: Counts, reach: float, cells: int) -> Floats:
    """Return the counts in ``cells`` equal cells from ``-reach`` to ``reach``, shares of bins too.

    Shape (cells,).
    """
    edges = np.linspace(-reach, reach, cells + 1)
    own = np.linspace(-counts.reach, counts.reach, BINS + 1)
    if not counts.reach:
        shown = np.zeros(cells)
        shown[cells // 2] = counts.counts.sum()
        return shown
    running = np.append(0, np.cumsum(counts.counts)).astype(np.float64)
    return np.diff(np.interp(edges, own, running))


def _row(
    row: Row, table: Sequence[ParameterInfo], tensors: Sequence[Mapping[str, NDArray[np.float32]]]
) -> LayerHistograms:
    names = [table[index].name for index in row.members]
    after = [tensors[0][name].reshape(-1) for name in names]
    if len(tensors) == 1:
        return LayerHistograms(row.label, None, count_values(after), None)
    before = [tensors[1][name].reshape(-1) for name in names]
    moved = [
        late.astype(np.float64) - early
        for late, early in zip(after, before, strict=True)
        if late.shape == early.shape
    ]
    return LayerHistograms(
        row.label, count_values(before), count_values(after), count_values(moved)
    )


def _pieces(parts: Sequence[Floats | NDArray[np.float32]]) -> Iterator[Floats]:
    for part in parts:
        for start in range(0, len(part), PIECE):
            yield part[start : start + PIECE].astype(np.float64)


def newest_snapshot(folder: RunFolder) -> tuple[Path, str]:
    """Return the newest snapshot of a run and which it is, in words.

    Raises:
        RunIncomplete: It kept none yet.
    """
    for name in ("final", "epoch", "best"):
        try:
            path = snapshot_path(folder, name)
        except RunNotFound:
            continue
        step = path.stem.removeprefix("step-")
        return path, f"step {int(step)}" if step.isdecimal() else name
    raise RunIncomplete(
        f"{folder.layout.snapshots}: no snapshot to show as histograms. A run keeps its last "
        "values when it ends. Wait for that, or run with --snapshots init,every:1,final."
    )


def starting_snapshot(folder: RunFolder) -> tuple[Path | None, str]:
    """Return the snapshot with what a run began from, and which it is; None where none was kept.

    Raises:
        RunIncomplete: The folder lacks its run.json.
    """
    try:
        return snapshot_path(folder, "init"), "step 0"
    except (RunNotFound, RunIncomplete):
        pass
    if folder.layout.origin.is_file():
        return folder.layout.origin, PARENT
    parent = read_manifest(folder.layout).parent
    if parent:
        try:
            origin = RunFolder.open(folder.path.parent / str(parent.get("run")))
            return snapshot_path(origin, str(parent.get("step"))), PARENT
        except (RunNotFound, RunIncomplete):
            pass
    return None, ""
