"""How far several runs moved, each for itself and side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.movement.measuring import Movement, movement
from paramdyn.analysis.subjects import Subject
from paramdyn.errors import BadRequest

CLOSELY = 4
"""Of at most so many runs spectra, filters and layers are looked at too; of more, distances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """What was found of several runs.

    Attributes:
        moves: One entry a run, in the order named.
    """

    moves: Sequence[Movement]


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
    return Distances(moves=[movement(each, bench, closely=closely) for each in subjects])
