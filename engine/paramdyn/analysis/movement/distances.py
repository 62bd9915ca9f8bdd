"""How far several runs moved, each for itself and side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.companions import Neighbours, numerical_floor
from paramdyn.analysis.movement.arms import SideBySide, side_by_side
from paramdyn.analysis.movement.comparison import Pair, compare_arms, judge_arms
from paramdyn.analysis.movement.measuring import Movement, movement
from paramdyn.analysis.movement.soundness import spoiled
from paramdyn.analysis.subjects import Subject
from paramdyn.analysis.verdict import Verdict
from paramdyn.errors import BadRequest

CLOSELY = 4
"""Of at most so many runs spectra, filters and layers are looked at too; of more, distances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """What was found of several runs.

    Attributes:
        moves: One entry a run, in the order named.
        side: The arms that the runs make, such as optimizers; empty where they make none.
        pairs: Every two arms compared.
        verdicts: On each pair, at matched train loss and at matched path length.
        unsound: Runs that collapsed or diverged, with the word; they decide nothing.
    """

    moves: Sequence[Movement]
    side: SideBySide = field(default_factory=lambda: SideBySide(""))
    pairs: Sequence[Pair] = ()
    verdicts: Sequence[Verdict] = ()
    unsound: Mapping[str, str] = field(default_factory=dict)


def distance(*runs: Subject | str | Path, bench: Bench | None = None) -> Distances:
    """Return how far runs moved, how straight and where to.

    Args:
        runs: Names, paths or subjects. Of weights files the first is what others are measured
            from.
        bench: Runs folder, images and options; ``Bench()`` by default.

    Returns:
        Distances >= 0 in units of the weights, float64; what is undefined is None.

    Raises:
        BadRequest: No run, one weights file alone, or runs and files mixed.
        RunNotFound: A run is not there.

    Reference:
        Nagarajan & Kolter, "Generalization in Deep Networks: The Role of Distance from
        Initialization", arXiv:1901.01672.
    """
    bench = bench or Bench()
    subjects = [each if isinstance(each, Subject) else bench.open(each) for each in runs]
    files = [subject for subject in subjects if subject.folder is None]
    if not subjects or (files and len(files) < len(subjects)):
        raise BadRequest(
            "distance: expected runs, or weights files of one model. Name one kind of them."
        )
    closely = len(subjects) <= CLOSELY
    if files:
        if len(files) == 1:
            return Distances(moves=[movement(files[0], bench)])
        moves = [movement(each, bench, since=files[0], closely=closely) for each in files[1:]]
        return Distances(moves=moves)
    near = Neighbours(bench)
    moves = [movement(each, bench, neighbours=near, closely=closely) for each in subjects]
    return _compared(moves, bench)


def _compared(moves: Sequence[Movement], bench: Bench) -> Distances:
    subjects = [move.subject for move in moves]
    side = side_by_side(subjects, runs=bench.runs)
    words = {subject.name: spoiled(subject, bench) for subject in subjects}
    floors = {
        move.subject.name: numerical_floor(
            move.subject, None if move.again_gap is None else move.again_gap.every.l2
        )
        for move in moves
    }
    pairs = compare_arms(
        side,
        lambda run: floors[run.subject.name],
        lambda run: words[run.subject.name],
    )
    return Distances(
        moves=moves,
        side=side,
        pairs=pairs,
        verdicts=judge_arms(side.what, pairs) if pairs else (),
        unsound={name: word for name, word in words.items() if word},
    )
