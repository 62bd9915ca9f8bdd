"""The runs of a picture: each with its name, its colour and its place on the common axis."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from paramdyn.errors import RunIncomplete
from paramdyn.store.manifest import read_manifest
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.plotting import series
from paramdyn_tui.plotting.axes import Axis
from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.plotting.run_names import short_names, spec_fields

COLORS = (32, 166, 35, 133, 172, 38, 161, 101)
"""Of the 256 colours; each at least 3:1 against black and against white."""
FAINT = {32: 67, 166: 137, 35: 72, 133: 96, 172: 143, 38: 73, 161: 132, 101: 101}
"""The colour of a raw line behind the smooth one."""
GLYPHS = "●▲■◆✚▼○△□◇"
SIGNS = "o^#*+v@%&="
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Look:
    """How one run, or one group of runs, is told from the others."""

    color: int
    glyph: str
    sign: str


@dataclass(frozen=True)
class ShownRun:
    """One run of a picture.

    Attributes:
        folder: The run.
        name: Short, and no other run of the picture has it.
        look: Its colour and signs.
        axis: What runs from left to right.
        fields: The flat fields of its spec.
        steps_before: Updates that its parent had done, where the picture goes on from it.
    """

    folder: RunFolder
    name: str
    look: Look
    axis: Axis
    fields: Mapping[str, Any]
    steps_before: float = 0.0

    @functools.cached_property
    def metrics(self) -> dict[str, series.Curve]:
        """All metrics of the run as steps and values, read once; empty when nothing is recorded."""
        layout = self.folder.layout
        return series.recorded_metrics(layout) | series.recorded_speed(layout)

    def places(self, steps: Floats) -> Floats:
        """Return where some steps of this run lie on the axis. Any shape."""
        at = self.axis.of(steps)
        if not self.steps_before:
            return at
        return at + float(self.axis.of(np.array([self.steps_before]))[0])


def look_of(index: int) -> Look:
    """Return the look of the run number ``index``: 36 differ in their glyphs."""
    color = COLORS[index % len(COLORS)]
    if index < len(GLYPHS):
        return Look(color, GLYPHS[index], SIGNS[index])
    letter = LETTERS[(index - len(GLYPHS)) % len(LETTERS)]
    return Look(color, letter, letter)


def shown_runs(folders: Sequence[RunFolder], kind: str) -> list[ShownRun]:
    """Return runs on a common axis.

    Steps, epochs and images of a run whose parent is in the picture too go on where it left the
    parent; ``relative`` and ``time`` begin with each run.

    Args:
        folders: The runs, none twice.
        kind: One of ``request.AXES``.

    Raises:
        UnknownName: There is no such axis.
        RunIncomplete: A run lacks what the axis needs.
    """
    longest = max(series.seconds_of(f.layout) for f in folders) if kind == "time" else None
    fields = [spec_fields(folder) for folder in folders]
    names = short_names(folders, fields)
    runs = [
        ShownRun(
            folder,
            name,
            look_of(index),
            series.read_axis(folder.layout, kind, longest=longest),
            flat,
        )
        for index, (folder, name, flat) in enumerate(zip(folders, names, fields, strict=True))
    ]
    if len(runs) == 1 or kind in {"relative", "time"}:
        return runs
    before = _steps_before(folders)
    return [replace(run, steps_before=before[run.folder.name]) for run in runs]


def _steps_before(folders: Sequence[RunFolder]) -> dict[str, float]:
    """Return for each run how many updates its ancestors in the picture had done."""
    parents: dict[str, tuple[str, float]] = {}
    for folder in folders:
        try:
            parent = read_manifest(folder.layout).parent
        except RunIncomplete:
            continue
        if parent and isinstance(parent.get("step"), int):
            parents[folder.name] = (str(parent.get("run")), float(parent["step"]))
    named = {folder.name for folder in folders}
    before = {}
    for name in named:
        steps, seen, at = 0.0, {name}, name
        while at in parents and parents[at][0] in named - seen:
            at, more = parents[at]
            seen.add(at)
            steps += more
        before[name] = steps
    return before
