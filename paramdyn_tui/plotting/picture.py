"""What a picture of runs holds, as numbers: read once, drawn by text, files and JSON alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from paramdyn.errors import RunIncomplete
from paramdyn.store.layout import Layout
from paramdyn.store.run_folder import RunFolder
from paramdyn_tui.launch.onward import has_begun
from paramdyn_tui.plotting import series
from paramdyn_tui.plotting.frame import Panel
from paramdyn_tui.plotting.histograms import Histograms, read_histograms
from paramdyn_tui.plotting.layers import RELATIVE
from paramdyn_tui.plotting.panels import make_panels
from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.plotting.request import Request, check_request
from paramdyn_tui.plotting.shown_runs import ShownRun, shown_runs


@dataclass(frozen=True, slots=True)
class ShownDrift:
    """A measurement of one run: ``x`` are its places on the axis, ``weights`` those of rows."""

    run: ShownRun
    drift: series.Drift
    x: Floats
    weights: Floats


@dataclass(slots=True)
class Picture:
    """What is drawn.

    Attributes:
        runs: The runs that can be drawn.
        request: What was asked for.
        parts: What is drawn, in order.
        panels: Charts.
        drifts: Measurements, for heatmaps and layers.
        classes: Partitions.
        histograms: Histograms.
        missing: Part or run -> why it is not there.
    """

    runs: Sequence[ShownRun]
    request: Request
    parts: Sequence[str]
    panels: list[Panel] = field(default_factory=list)
    drifts: list[ShownDrift] = field(default_factory=list)
    classes: list[tuple[ShownRun, series.Classes]] = field(default_factory=list)
    histograms: list[tuple[ShownRun, Histograms]] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def read_picture(folders: Sequence[RunFolder], request: Request) -> Picture:
    """Read what is asked for; what is not recorded is told under ``missing``.

    Args:
        folders: The runs; one named twice counts once.
        request: What to show.

    Raises:
        UnknownName: A part, axis, metric, measurement or field is unknown.
        BadRequest: The request makes no sense.
        RunIncomplete: Nothing can be drawn.
    """
    check_request(request)
    unique = list({folder.path: folder for folder in folders}.values())
    sound, missing = _sound(unique, request.x)
    runs = shown_runs(sound, request.x)
    picture = Picture(runs, request, request.parts(len(runs)), missing=missing)
    readers: dict[str, Callable[[ShownRun], None]] = {
        "drift": lambda run: _add_drift(picture, run),
        "layers": lambda run: _add_drift(picture, run),
        "classes": lambda run: picture.classes.append(
            (run, series.read_classes(run.folder.layout))
        ),
        "histograms": lambda run: picture.histograms.append((run, read_histograms(run.folder))),
    }
    for part in picture.parts:
        if part == "curves":
            try:
                picture.panels = make_panels(runs, request)
            except RunIncomplete as error:
                missing["curves"] = str(error)
            continue
        for run in runs:
            try:
                readers[part](run)
            except RunIncomplete as error:
                missing[part if len(runs) == 1 else f"{part} of {run.name}"] = str(error)
    if not (picture.panels or picture.drifts or picture.classes or picture.histograms):
        raise RunIncomplete(" ".join(dict.fromkeys(missing.values())))
    return picture


_WAITS = "has not begun, so there is nothing to draw yet."


def _sound(folders: Sequence[RunFolder], axis: str) -> tuple[list[RunFolder], dict[str, str]]:
    """Return the runs that have the axis, and why the others have not; raise when none has it."""
    sound, missing = [], {}
    for folder in folders:
        try:
            series.read_axis(folder.layout, axis)
        except RunIncomplete as error:
            missing[folder.name] = str(error) if has_begun(folder) else _WAITS
        else:
            sound.append(folder)
    if not sound:
        raise RunIncomplete(" ".join(missing.values()))
    return sound, missing


def _add_drift(picture: Picture, run: ShownRun) -> None:
    if any(shown.run is run for shown in picture.drifts):
        return
    layout = run.folder.layout
    drift = series.read_drift(layout, picture.request.measurement)
    picture.drifts.append(
        ShownDrift(run, drift, run.places(drift.step), row_weights(layout, drift))
    )


def row_weights(layout: Layout, drift: series.Drift) -> Floats:
    """Return what parameters weigh when they share a row. Shape (L,).

    Their norms at the start for relative norms (their square roots of counts when these were not
    recorded), else their counts.
    """
    counts = np.array([info.count for info in drift.parameters], dtype=np.float64)
    if drift.measurement not in RELATIVE:
        return counts
    norms = series.starting_norms(layout)
    if norms is None or len(norms) != len(counts):
        return np.sqrt(counts)
    return np.nan_to_num(norms, posinf=0.0, neginf=0.0)
