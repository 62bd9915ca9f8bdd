"""How far do parameters move, how straight, and where to? Does the optimizer matter?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from paramdyn.analysis.answer import Answer, Missing, Table
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.companions import AGAIN, ORDER, missing_companion
from paramdyn.analysis.movement.distances import Distances, distance
from paramdyn.analysis.movement.measuring import Movement
from paramdyn.analysis.questions.distance_details import layers_put_back, spectra, turns
from paramdyn.analysis.questions.distance_pictures import pictures
from paramdyn.analysis.questions.distance_tables import by_group, intervals, paths, totals
from paramdyn.analysis.questions.distance_terms import TERMS
from paramdyn.analysis.subjects import Subject

__all__ = ["TERMS", "ask"]


def ask(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """Answer for runs, or for weights files of which the first is what others are measured from.

    Args:
        subjects: At least one run, or two weights files.
        bench: Runs folder, images and options.

    Raises:
        BadRequest: One weights file alone.
    """
    found = distance(*subjects, bench=bench)
    return Answer(
        question="distance",
        subjects=[subject.name for subject in subjects],
        summary=[_sentence(move) for move in found.moves],
        tables=[table for table in _tables(found) if table.rows],
        pictures=list(pictures(found.moves)),
        missing=list(_missing(found, bench)),
        notes=list(_notes(found)),
    )


def _tables(found: Distances) -> Iterator[Table]:
    yield totals(found.moves)
    yield paths(found.moves)
    for number, move in enumerate(found.moves, 1):
        yield by_group(move, "kind", number)
        yield by_group(move, "layer", number)
        yield intervals(move, number)
        if move.turns:
            yield turns(move, number)
        if move.spectra:
            yield spectra(move, number)
        if move.robustness:
            yield layers_put_back(move, number)


def _sentence(move: Movement) -> str:
    name, total = move.subject.name, move.total
    if total is None:
        return f"{name}: by its records only; {move.step:,} steps."
    relative = total.relative_to_start
    share = "" if relative is None else f", {relative:.2%} of the norm it started with"
    text = f"{name} is {total.every.l2:.4g} from {move.start} at step {move.step:,}{share}"
    if move.order is not None and move.order_gap is not None:
        text += (
            f"; with its images in another order it is {move.order.every.l2:.4g} away, and the two "
            f"ends are {move.order_gap.every.l2:.4g} apart"
        )
    path = move.path
    if path is not None and path.straightness is not None and path.random_walk is not None:
        bound = "" if path.every == 1 else "at most "
        text += (
            f". Its way was straight to {bound}{path.straightness:.3g} (a random walk of as many "
            f"steps: {path.random_walk:.3g})"
        )
    return f"{text}."


def _missing(found: Distances, bench: Bench) -> Iterator[Missing]:
    for move in found.moves:
        if move.subject.folder is not None and move.parts:
            if move.order is None:
                yield missing_companion(move.subject, ORDER, bench.runs)
            if move.again_gap is None:
                yield missing_companion(move.subject, AGAIN, bench.runs)


def _notes(found: Distances) -> Iterator[str]:
    yield "Sums are float64 over explicit differences; parameters only, buffers never count."
    for move in found.moves:
        gap = move.again_gap
        if gap is not None:
            same = "bit for bit" if not gap.every.squared else f"up to {gap.every.l2:.3g}"
            yield f"{move.subject.name} repeats itself {same}: the numerical floor."
        if move.subject.status not in ("finished", "weights"):
            status = move.subject.status
            yield f"{move.subject.name} is {status}: these numbers are of its last values."
        for note in move.notes:
            yield f"{move.subject.name}: {note}"
