"""Curves of compared runs: on a common axis, as differences to a baseline, as means with bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from paramdyn.store.query.groups import experiment_of
from paramdyn_tui.plotting.bands import band_of
from paramdyn_tui.plotting.grouped_lines import CHANCE
from paramdyn_tui.plotting.run_names import described, differing_fields
from paramdyn_tui.tui.widgets.charted import Curve
from paramdyn_tui.tui.widgets.comparing.source import DRIFT
from paramdyn_tui.tui.widgets.comparing.subjects import Subject

if TYPE_CHECKING:
    from paramdyn_tui.plotting.reduce import Floats

OWN_AXES = ("relative", "time")
"""Axes on which each run begins at its own start."""

Points: TypeAlias = "tuple[Floats, Floats]"
"""Positions, rising, and values. Shape (N,) each."""


def points_of(subject: Subject, name: str, axis: str, measure: str) -> Points | None:
    """Return what a run recorded, on an axis; None when it recorded no such thing.

    Args:
        subject: The run.
        name: A metric, or ``DRIFT``.
        axis: One of ``charted.AXES``.
        measure: The measurement of ``DRIFT``.
    """
    view = subject.view
    if name == DRIFT:
        drift = view.drift.get(measure)
        if drift is None or not len(drift.steps):
            return None
        steps, values = drift.steps, drift.total
    else:
        series = view.metrics.get(name)
        if series is None or not len(series):
            return None
        steps, values = series.steps, series.values
    x = view.positions(axis, steps) + offset_of(subject, axis)
    if len(x) > 1 and bool((np.diff(x) < 0).any()):  # taken up again from an older checkpoint
        order = np.argsort(x, kind="stable")
        x, values = x[order], values[order]
    return x, values


def offset_of(subject: Subject, axis: str) -> float:
    """Return how far right of its own start a run begins on an axis."""
    if not subject.steps_before or axis in OWN_AXES:
        return 0.0
    return float(subject.view.axis(axis).of(np.array([float(subject.steps_before)]))[0])


def difference(points: Points, base: Points) -> Points:
    """Return how far a curve is above another one, at its own positions within the other's.

    Between two positions of the other one a straight line is drawn; a value that is not finite
    makes what rests on it NaN. Without a common stretch nothing is left.
    """
    (x, y), (base_x, base_y) = points, base
    if not len(x) or not len(base_x):
        return x[:0], y[:0]
    inside = (x >= base_x[0]) & (x <= base_x[-1])
    at = x[inside]
    with np.errstate(invalid="ignore"):
        below: Floats = np.interp(at, base_x, base_y)
        place = np.minimum(np.searchsorted(base_x, at, side="right") - 1, len(base_x) - 1)
        exact = base_x[place] == at
        below[exact] = base_y[place[exact]]
        return at, y[inside] - below


def grouped(subjects: Sequence[Subject]) -> dict[str, list[Subject]]:
    """Return runs that differ by chance only under what tells them from others, in words."""
    fields = [subject.fields for subject in subjects]
    kept = [key for key in differing_fields(fields) if not key.startswith(CHANCE)]
    names = described([{key: each.get(key) for key in kept} for each in fields])
    groups: dict[str, list[Subject]] = {}
    for subject, name in zip(subjects, names, strict=True):
        groups.setdefault(name or "all runs", []).append(subject)
    return groups


def distinct(subjects: Sequence[Subject]) -> list[Subject]:
    """Return the runs without repetitions: of one experiment with one seed the farthest counts."""
    kept: dict[str, Subject] = {}
    for subject in subjects:
        same = experiment_of(subject.fields) if subject.fields else subject.name
        if same not in kept or subject.view.step > kept[same].view.step:
            kept[same] = subject
    return list(kept.values())


def single_curves(
    subjects: Sequence[Subject], points: Mapping[str, Points], key: str
) -> list[Curve]:
    """Return one curve a run, the baseline with gaps.

    Args:
        subjects: The runs.
        points: Id -> its curve, of those that have one.
        key: What tells these curves from those of other charts.
    """
    return [
        Curve(
            f"{key} {subject.name}",
            subject.label,
            *points[subject.name],
            color=subject.color,
            dashed=subject.is_baseline and len(subjects) > 1,
            steps=key.startswith("learning_rate"),
        )
        for subject in subjects
        if subject.name in points
    ]


def band_curves(
    groups: Mapping[str, Sequence[Subject]], points: Mapping[str, Points], key: str
) -> list[Curve]:
    """Return the mean of each group with its 95 % interval, the baseline's group with gaps.

    Args:
        groups: As ``grouped`` returns them.
        points: Id -> its curve, of those that have one.
        key: What tells these curves from those of other charts.
    """
    curves = []
    for name, members in groups.items():
        there = distinct([subject for subject in members if subject.name in points])
        if not there:
            continue
        band = band_of([points[subject.name] for subject in there])
        several = len(there) > 1
        curves.append(
            Curve(
                f"{key} mean {name}",
                f"{name} (n={len(there)})",
                band.x,
                band.mean,
                color=there[0].color,
                dashed=any(each.is_baseline for each in members) and len(groups) > 1,
                low=band.low if several else None,
                high=band.high if several else None,
            )
        )
    return curves


def partners(groups: Mapping[str, Sequence[Subject]], baseline: Subject) -> dict[str, Subject]:
    """Return for each run that of the baseline's group with the same seed: what it is compared to.

    Pairs of one seed have what the seed decides in common, so their differences vary less than the
    two groups do. A run without a partner is left out.
    """
    base_group = next(
        (members for members in groups.values() if any(each.is_baseline for each in members)), ()
    )
    by_seed = {subject.fields.get("seed"): subject for subject in distinct(base_group)}
    by_seed[baseline.fields.get("seed")] = baseline
    return {
        subject.name: by_seed[seed]
        for members in groups.values()
        for subject in members
        if (seed := subject.fields.get("seed")) in by_seed
    }
