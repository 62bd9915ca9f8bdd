"""Does a straight line join two models without a barrier?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from paramdyn.analysis.answer import Answer, Missing
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.companions import AGAIN, missing_companion, numerical_floor
from paramdyn.analysis.connection.connecting import (
    ALIGNED,
    AS_THEY_ARE,
    Connection,
    Connectivity,
    connectivity,
)
from paramdyn.analysis.connection.evidence import judged
from paramdyn.analysis.connection.lines import LINE_IMAGES, RESET_IMAGES
from paramdyn.analysis.families import Families, is_perturbed_child, missing_controls
from paramdyn.analysis.movement.soundness import trouble
from paramdyn.analysis.questions.connectivity_tables import barriers, curves, distances, pictures
from paramdyn.analysis.questions.connectivity_terms import TERMS
from paramdyn.analysis.subjects import Subject
from paramdyn.probes.interpolation import STABLE_BELOW

__all__ = ["TERMS", "ask"]


def ask(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """Answer for a run (its start and end), for two networks, or for pairs of several.

    Args:
        subjects: Runs, or weights files of one model.
        bench: Runs folder, images and options.

    Raises:
        BadRequest: Networks of different models, or one weights file alone.
        DatasetError: The images cannot be read.
    """
    found = connectivity(*subjects, bench=bench)
    tables = [barriers(found), distances(found), curves(found)]
    return Answer(
        question="connectivity",
        subjects=[subject.name for subject in subjects],
        summary=[_sentence(each) for each in found.connections],
        verdicts=judged(found.connections),
        tables=[table for table in tables if table.rows],
        pictures=list(pictures(found)),
        missing=list(_missing(found, bench)),
        notes=list(_notes(found, bench)),
    )


def _sentence(connection: Connection) -> str:
    parts = []
    for between in (AS_THEY_ARE, ALIGNED):
        path = connection.path(between)
        if path is None:
            continue
        loss, error = path.loss_barrier.height, path.error_barrier.above_mean
        if loss is None or error is None:
            parts.append(f"{between}, it is undefined: {path.loss_barrier.reason}")
            continue
        if connection.ends.first[1] != connection.ends.second[1]:
            rise = path.error_barrier.height
            parts.append(
                f"{between}, the loss is at most {loss:.3g} and the error {rise:.2%} above the "
                "chord (negative: below it)"
            )
            continue
        words = "below" if error < STABLE_BELOW else "not below"
        parts.append(
            f"{between}, the loss barrier is {loss:.3g} and the error barrier {error:.2%}, "
            f"{words} {STABLE_BELOW:.0%}"
        )
    nulls = [
        f"{path.error_barrier.above_mean:.2%} {name.replace(', ', ' and ')}"
        for name, path in connection.nulls.paths.items()
        if path.error_barrier.above_mean is not None
    ]
    beside = f" (error barrier of nulls: {', '.join(nulls)})" if nulls else ""
    spoiled = [f"{name} {word}" for name, word in connection.unsound.items()]
    but = f" Nothing is concluded: {' and '.join(spoiled)}." if spoiled else ""
    return f"{connection.ends.label}: {'; '.join(parts)}{beside}.{but}"


def _missing(found: Connectivity, bench: Bench) -> Iterator[Missing]:
    """Yield what the pairs lack that a verdict rests on; of all pairs where none rests on any."""
    counted = [each for each in found.connections if each.ends.counts]
    seen = set()
    for connection in counted or found.connections:
        subject, child = connection.ends.first[0], connection.ends.second[0]
        if subject.folder is None or subject.name in seen:
            continue
        seen.add(subject.name)
        if connection.ends.role and is_perturbed_child(child.spec):
            yield from missing_controls(
                Families(bench).of(child), needs_rerun=numerical_floor(subject, None) is None
            )
            continue
        for name in connection.nulls.beside.absent():
            if name != AGAIN or numerical_floor(subject, None) is None:
                yield missing_companion(subject, name, bench.runs)


def _notes(found: Connectivity, bench: Bench) -> Iterator[str]:
    if found.chosen:
        yield found.chosen
    images = bench.images
    seen = min(images.count, LINE_IMAGES)
    yield (
        f"The first {seen:,} test images of {images.name}; statistics are reset on at most "
        f"{RESET_IMAGES:,} training images; {bench.options.alphas} points of each line, both ends "
        "included."
    )
    error = math.sqrt(0.25 / seen)
    yield (
        f"An error on {seen:,} images has a standard error of up to {error:.2%}: a barrier "
        "of that size is no finding of one pair."
    )
    told = set()
    for each in found.connections:
        end, near = each.ends.first[0].name, each.nulls.beside.named()
        if near and end not in told:
            beside = ", ".join(f"{name}: {run.name}" for name, run in near)
            yield f"Nulls join the end of {end} to that of another run. {beside}."
        told.add(end)
    for connection in found.connections:
        first = connection.ends.first[0]
        if connection.nulls.again_gap is None and numerical_floor(first, None) == 0:
            yield f"{first.name} ran on a CPU: its twin's barrier of 0 is claimed, not measured."
            break
    for connection in found.connections:
        for subject, _ in (connection.ends.first, connection.ends.second):
            if word := connection.unsound.get(subject.name):
                yield f"{trouble(subject, word, bench)}: no verdict rests on it."
    yield from dict.fromkeys(found.notes)
