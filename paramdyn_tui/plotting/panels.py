"""What the charts of some runs show: which lines, with which names, marks and reference lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from paramdyn.errors import BadRequest, RunIncomplete, UnknownName
from paramdyn.registry import unknown_name
from paramdyn.store.manifest import read_manifest
from paramdyn_tui.plotting import series
from paramdyn_tui.plotting.bands import difference_of
from paramdyn_tui.plotting.frame import BLUE, DIM, PURPLE, VERMILION, Line, Mark, Panel
from paramdyn_tui.plotting.grouped_lines import grouped_lines
from paramdyn_tui.plotting.reduce import Floats
from paramdyn_tui.plotting.request import Request
from paramdyn_tui.plotting.shown_runs import FAINT, ShownRun
from paramdyn_tui.plotting.smoothing import smoothed

CURVES = (
    ("train/{}", "batch", DIM, ""),
    ("train/epoch_{}", "train", BLUE, "*"),
    ("validation/{}", "val", PURPLE, "+"),
    ("test/{}", "test", VERMILION, "o"),
)
"""Name in metrics.jsonl, label, colour, and sign without colour; drawn in this order."""
OF_SEVERAL = ("test/{}", "validation/{}", "train/epoch_{}", "train/{}")
"""The split that is shown of several runs: the first one that all of them have."""
UNITS = {"loss": "nats", "accuracy": "share", "images_per_s": "images/s"}
LOOKS = {
    "perturbation": ("P", 161),
    "learning-rate": ("L", 172),
    "snapshot": ("S", 38),
    "diverged": ("D", 160),
    "warning": ("W", 214),
}
"""Event -> the letter that marks it, and its colour."""
WORDS = {
    "val": "validation",
    "valid": "validation",
    "acc": "accuracy",
    "epoch_acc": "epoch_accuracy",
    "lr": "learning_rate",
    "speed": "images_per_s",
}
"""The short words of filters too."""
CROWDED = 12
"""More marks of one kind than this have no lines, only letters."""


def make_panels(runs: Sequence[ShownRun], request: Request) -> list[Panel]:
    """Return the charts that are asked for: loss and accuracy, or one for each metric.

    Raises:
        RunIncomplete: No run has recorded any of it.
        UnknownName: A metric is unknown to all runs.
        BadRequest: The run to subtract is not among the runs.
    """
    check_difference(runs, request)
    if request.compares(len(runs)):
        panels = [_of_several(runs, request, key) for key in metric_keys(runs, request)]
    else:
        panels = _of_one(runs[0], request)
    if not any(len(line.x) for panel in panels for line in panel.lines):
        raise RunIncomplete(
            f"{runs[0].folder.layout.metrics}: no record of loss and accuracy yet. A run writes "
            "the first one before it trains. Wait for it, or read log.txt in the same folder."
        )
    return panels


def metric_keys(runs: Sequence[ShownRun], request: Request) -> list[str]:
    """Return the metrics to draw under the names that the files have.

    Raises:
        UnknownName: One is unknown to all runs.
        RunIncomplete: Nothing is recorded.
    """
    names = [list(run.metrics) for run in runs]
    known = list(dict.fromkeys(name for each in names for name in each))
    if request.metrics:
        return [metric_key(name, known) for name in request.metrics]
    started = [each for each in names if each]
    keys = []
    for quantity in ("loss", "accuracy"):
        keys += [
            pattern.format(quantity)
            for pattern in OF_SEVERAL
            if started and all(pattern.format(quantity) in each for each in started)
        ][:1]
    if keys:
        return keys
    raise RunIncomplete(
        f"{runs[0].folder.layout.metrics}: the runs have no metric in common. Recorded: "
        f"{', '.join(known) or 'nothing yet'}. Choose one with --metric, or wait."
    )


def metric_key(name: str, known: Sequence[str]) -> str:
    """Return a metric's name in the files: ``val.acc`` is ``validation/accuracy``.

    Raises:
        UnknownName: It is not among ``known``.
    """
    parts = name.replace(".", "/").split("/")
    full = "/".join(WORDS.get(part, part) for part in parts)
    if full in known:
        return full
    ending = [each for each in known if each.rpartition("/")[2] == full]
    if ending:
        return min(ending, key=lambda each: (not each.startswith("test/"), each))
    shown = [each.replace("/", ".") for each in known]
    raise UnknownName(
        unknown_name("metric", name, shown, where="--metric", listing=", ".join(shown) or "none")
    )


def check_difference(runs: Sequence[ShownRun], request: Request) -> None:
    """Raise unless there is something to subtract from.

    Raises:
        BadRequest: Only the base itself is drawn.
    """
    if request.difference and all(run.folder.name == request.difference for run in runs):
        raise BadRequest(
            f"--diff: '{request.difference}' is the only run. Expected another one to compare "
            "with it. Name more runs."
        )


def marks_of(runs: Sequence[ShownRun]) -> list[Mark]:
    """Return what happened to the runs, each kind at each place once."""
    found: dict[tuple[str, float], None] = {}
    for run in runs:
        events = series.read_events(run.folder.layout)
        places = run.places(np.array([step for step, _ in events], dtype=np.float64)).tolist()
        found |= {(kind, place): None for (_, kind), place in zip(events, places, strict=True)}
    kinds = [kind for kind, _ in found]
    return [
        Mark(place, *LOOKS[kind], tall=kinds.count(kind) <= CROWDED and kind != "snapshot")
        for kind, place in found
    ]


def _of_one(run: ShownRun, request: Request) -> list[Panel]:
    panels = []
    for quantity in ("loss", "accuracy"):
        lines: list[Line] = []
        for pattern, label, color, sign in CURVES:
            if (name := pattern.format(quantity)) in run.metrics:
                steps, values = run.metrics[name]
                line = Line(label, run.places(steps), values, color, sign)
                lines += with_smooth(line, request.smooth)
        panels.append(_panel([run], request, quantity, lines))
    return panels


def _of_several(runs: Sequence[ShownRun], request: Request, key: str) -> Panel:
    curves = {run.folder.name: curve_of(run, key) for run in runs}
    notes: list[str] = []
    if request.difference:
        base = curves.pop(request.difference)
        curves = {name: difference_of(curve, base) for name, curve in curves.items()}
    drawn = [run for run in runs if run.folder.name in curves]
    if request.band or request.group:
        lines, notes = grouped_lines(drawn, curves, request)
    else:
        lines = [_line(run, *curves[run.folder.name]) for run in drawn]
        missing = [run.name for run in drawn if not len(curves[run.folder.name][0])]
        notes = [f"not recorded: {', '.join(missing)}"] if missing else []
    lines = [part for line in lines for part in with_smooth(line, request.smooth)]
    panel = _panel(runs, request, key, lines)
    return replace(panel, notes=notes)


def curve_of(run: ShownRun, key: str) -> series.Curve:
    """Return places and values of a metric; nothing where it is not recorded. Shape (N,) each."""
    steps, values = run.metrics.get(key, (np.empty(0), np.empty(0)))
    return run.places(steps), values


def with_smooth(line: Line, amount: float) -> list[Line]:
    """Return a line, or its raw self made faint and without a name, and the smooth one on it."""
    if not amount or not len(line.y):
        return [line]
    faint = FAINT.get(line.color, DIM)
    raw = replace(line, label="", color=faint, sign="." if line.sign else "", glyph="",
                  low=None, high=None)  # fmt: skip
    return [raw, replace(line, y=smoothed(line.y, amount), sign=line.sign)]


def _line(run: ShownRun, x: Floats, y: Floats) -> Line:
    return Line(run.name, x, y, run.look.color, run.look.sign, run.look.glyph)


def _panel(runs: Sequence[ShownRun], request: Request, key: str, lines: Sequence[Line]) -> Panel:
    quantity = key.rpartition("/")[2].removeprefix("epoch_")
    lines = sorted(lines, key=lambda line: bool(line.label))  # no raw line hides a smooth one
    log = request.log_y or (request.log and quantity == "loss")
    axis = runs[0].axis.label
    marks = [mark for mark in marks_of(runs) if mark.x > 0 or not request.log_x]
    references = _references(runs, request, quantity)
    if request.difference:
        references = {"no difference": 0.0}
    return Panel(
        lines,
        titles(key, request, axis, log=log),
        axis,
        log,
        request.log_x,
        marks,
        references,
    )


def titles(key: str, request: Request, axis: str, *, log: bool) -> list[str]:
    """Return what a panel shows with its unit, longest first."""
    split, _, quantity = key.rpartition("/")
    quantity = quantity.removeprefix("epoch_")
    called = "speed" if quantity == series.SPEED else quantity
    name = f"{split} {called}".strip().replace("_", " ")
    name = f"Δ {name}" if request.difference else name
    unit = f", {UNITS[quantity]}" if quantity in UNITS else ""
    scale = ", log" if log else ""
    return [f"{name}{unit}{scale} by {axis}", f"{name}{unit}{scale}", f"{name}{scale}"]


def _references(runs: Sequence[ShownRun], request: Request, quantity: str) -> dict[str, float]:
    found: dict[str, float] = {}
    if request.chance and quantity in {"accuracy", "loss"}:
        classes = {len(read_manifest(run.folder.layout).dataset.get("classes", ())) for run in runs}
        for count in sorted(classes - {0}):
            found[f"chance ({count} classes)"] = (
                1.0 / count if quantity == "accuracy" else math.log(count)
            )
    if request.target is not None and (quantity == "accuracy" or request.metrics):
        found[f"target {request.target:g}"] = request.target
    return found
