"""How the distance of a run to its twin grows while both train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from paramdyn.analysis.families import Family
from paramdyn.analysis.perturbed.members import kept_steps
from paramdyn.analysis.perturbed.weights import plain_distance
from paramdyn.analysis.subjects import END, START, State, Subject
from paramdyn.errors import ParamdynError
from paramdyn.specs.controls import INDEPENDENT, ORDER, ROUNDING_TWIN

MOST_POINTS = 40
"""Snapshots compared along a run, at most; evenly chosen."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Distances of one run to the twin.

    Attributes:
        arm: Which run.
        steps: Where both kept their values; 0 is the start.
        distances: ‖run - twin‖ there, over all parameters.
    """

    arm: str
    steps: tuple[int, ...]
    distances: tuple[float, ...]


def growths(family: Family) -> dict[str, Growth]:
    """Return how far child, order control, rounding twin and independent run are from the twin.

    Only steps whose values both kept count; a run that kept the last one only has two points, the
    start and the end.
    """
    twin = family.twin
    runs: Mapping[str, Subject | None] = {
        "child": family.child,
        ORDER: family.order,
        ROUNDING_TWIN: family.rounding_twin,
        INDEPENDENT: family.independent,
    }
    if twin is None:
        return {}
    return {arm: _growth(arm, run, twin) for arm, run in runs.items() if run is not None}


def _growth(arm: str, run: Subject, twin: Subject) -> Growth:
    names = tuple(row.name for row in twin.parameters)
    steps = [0, *sorted(kept_steps(run) & kept_steps(twin))]
    if len(steps) > MOST_POINTS:
        chosen = np.linspace(0, len(steps) - 1, MOST_POINTS).round().astype(int)
        steps = [steps[place] for place in chosen]
    found: list[tuple[int, float]] = []
    for step in steps:
        pair = _state(run, step), _state(twin, step)
        if pair[0] is not None and pair[1] is not None:
            found.append((step, plain_distance(pair[0], pair[1], names)))
    return Growth(arm, tuple(step for step, _ in found), tuple(value for _, value in found))


def _state(run: Subject, step: int) -> State | None:
    try:
        if step == 0:
            return run.state(START)
        return run.state(END if run.step_of(END) == step else step)
    except ParamdynError:
        return None
