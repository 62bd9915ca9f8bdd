"""Runs that differ by chance only, as one line with a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from paramdyn.store.query.groups import experiment_of
from paramdyn_tui.formatting import count
from paramdyn_tui.plotting.bands import band_of
from paramdyn_tui.plotting.frame import Line
from paramdyn_tui.plotting.request import Request
from paramdyn_tui.plotting.run_names import described, differing_fields, field_of, shown_field
from paramdyn_tui.plotting.series import Curve
from paramdyn_tui.plotting.shown_runs import ShownRun, look_of

CHANCE = ("seed", "seeds.")
"""Fields by which runs of one group may differ."""


def groups_of(runs: Sequence[ShownRun], request: Request) -> dict[str, list[ShownRun]]:
    """Return the runs of each group under its name, in the order of the runs.

    Raises:
        UnknownName: The field to group by is in no spec.
    """
    fields = [run.fields for run in runs]
    if request.group:
        key = field_of(fields, request.group)
        names = [shown_field(key, each.get(key)) or f"no {key}" for each in fields]
    else:
        kept = [key for key in differing_fields(fields) if not key.startswith(CHANCE)]
        names = described([{key: each.get(key) for key in kept} for each in fields])
    groups: dict[str, list[ShownRun]] = {}
    for run, name in zip(runs, names, strict=True):
        groups.setdefault(name or "all runs", []).append(run)
    return groups


def grouped_lines(
    runs: Sequence[ShownRun], curves: Mapping[str, Curve], request: Request
) -> tuple[list[Line], list[str]]:
    """Return a line with a 95 % t-band for each group, and what has to be said.

    Of runs of one experiment with one seed the one that got farthest counts: the others are no
    further sample, so they would make the band narrower than chance is.

    Args:
        runs: The runs.
        curves: Name of a run's folder -> its curve.
        request: How to group.

    Raises:
        UnknownName: The field to group by is in no spec.
    """
    lines, notes = [], []
    for index, (name, members) in enumerate(groups_of(runs, request).items()):
        recorded = [run for run in members if len(curves[run.folder.name][0])]
        there = _distinct(recorded)
        parts = [_sorted(curves[run.folder.name]) for run in there]
        band = band_of(parts)
        look = look_of(index)
        line = Line(
            f"{name} (n={len(there)})", band.x, band.mean, look.color, look.sign, look.glyph,
            band.low, band.high,
        )  # fmt: skip
        lines.append(line)
        ends = [_end(run) for run in there]
        early = [
            f"{run.name} at step {count(end)}"
            for run, end in zip(there, ends, strict=True)
            if end < max(ends)
        ]
        if early:
            notes.append(f"{name}: ended early: {', '.join(early)}; then the mean is of the rest")
        if len(recorded) < len(members):
            lacking = ", ".join(run.name for run in members if run not in recorded)
            notes.append(f"{name}: not recorded: {lacking}")
        if len(there) < len(recorded):
            again = ", ".join(run.name for run in recorded if run not in there)
            notes.append(f"{name}: repeats another with its seed, not counted: {again}")
        if len(there) == 1:
            notes.append(f"{name}: one run has no band")
    return lines, notes


def _distinct(runs: Sequence[ShownRun]) -> list[ShownRun]:
    kept: dict[str, ShownRun] = {}
    for run in runs:
        spec = experiment_of(run.fields)
        if spec not in kept or _end(run) > _end(kept[spec]):
            kept[spec] = run
    return list(kept.values())


def _end(run: ShownRun) -> int:
    return int(max(steps[-1] for steps, _ in run.metrics.values()))


def _sorted(curve: Curve) -> Curve:
    order = np.argsort(curve[0], kind="stable")
    return curve[0][order], curve[1][order]
