"""Pictures of ``distance``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from paramdyn.analysis.answer import Bars, Curve, Curves, Heatmap, Picture
from paramdyn.analysis.movement.measuring import Movement
from paramdyn.analysis.movement.trajectory import Floats
from paramdyn.analysis.questions.distance_tables import suffix


def pictures(moves: Sequence[Movement]) -> Iterator[Picture]:
    """Yield the pictures of all runs together, then those of each."""
    yield from _displacements(moves)
    yield from _straightness(moves)
    for number, move in enumerate(moves, 1):
        if move.directions is not None:
            yield _pairs(move, number)
            yield _to_end(move, number)
        if move.robustness is not None:
            yield _put_back(move, number)


def _displacements(moves: Sequence[Movement]) -> Iterator[Curves]:
    curves = []
    for move in moves:
        if move.path is not None and len(move.path.displacement.step):
            curves.append(_curve(move.subject.name, move.path.displacement.step,
                                 move.path.displacement.value))  # fmt: skip
            if len(moves) == 1 and len(move.path.path_length.step):
                length = move.path.path_length
                curves.append(_curve("path length", length.step, length.value, null=True))
    if curves:
        yield Curves("displacement", "Distance from step 0", "step", "|θ - θ_0|", curves)


def _straightness(moves: Sequence[Movement]) -> Iterator[Curves]:
    curves = []
    for move in moves:
        path = move.path
        if path is None or len(path.path_length.step) < 3:
            continue
        step, length = path.path_length.step[1:], path.path_length.value[1:]
        far = np.interp(step, path.displacement.step, path.displacement.value)
        good = length > 0
        curves.append(_curve(move.subject.name, step[good], far[good] / length[good]))
        if len(moves) == 1 and not path.sampled:
            walk = 1 / np.sqrt(np.arange(1, len(step) + 1))
            curves.append(_curve("random walk", step, walk, null=True))
    if curves:
        yield Curves("straightness", "Straightness so far", "step", "displacement / path", curves)


def _pairs(move: Movement, number: int) -> Heatmap:
    found = move.directions
    assert found is not None
    labels = [str(step) for step in found.steps]
    return Heatmap(
        f"pairs{suffix(number)}", f"Distance between snapshots: {move.subject.name}",
        "step", "step", labels, labels, found.distances, 0.0,
        float(np.nanmax(found.distances, initial=0.0)),
        "A random walk would grow as the root of the steps between.",
    )  # fmt: skip


def _to_end(move: Movement, number: int) -> Curves:
    found = move.directions
    assert found is not None
    step = np.array(found.steps[1:], np.float64)
    walk = np.sqrt(step / step[-1])
    curves = [
        _curve("to the end", step, found.to_end[1:]),
        _curve("random walk", step, walk, null=True),
    ]
    if len(step) > 2:
        turns = found.turns[1:-1]
        curves.insert(1, _curve("to the displacement before", step[1:], turns))
    title = f"Cosine of directions: {move.subject.name}"
    return Curves(f"directions{suffix(number)}", title, "step", "cosine", curves)


def _put_back(move: Movement, number: int) -> Bars:
    found = move.robustness
    assert found is not None
    rows = [*found.layers, found.everything]
    return Bars(
        f"put_back_layers{suffix(number)}",
        f"Rise of the error with one layer of {move.start}: {move.subject.name}",
        [row.layer for row in rows],
        {"rise of the error": [row.reinitialized for row in rows]},
        "share",
        ("everything",),
    )


def _curve(label: str, x: Floats, y: Floats, *, null: bool = False) -> Curve:
    return Curve(label, x.astype(np.float64), y.astype(np.float64), null=null)
