"""How far do parameters move, how straight, and where to? Does the optimizer matter?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from paramdyn.analysis.answer import Answer, Missing, Table
from paramdyn.analysis.asked_layers import unmatched_layers
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.companions import AGAIN, ORDER, missing_companion, numerical_floor
from paramdyn.analysis.families import Families, is_perturbed_child, missing_controls
from paramdyn.analysis.movement.distances import CLOSELY, Distances, distance
from paramdyn.analysis.movement.measuring import Movement
from paramdyn.analysis.movement.soundness import trouble
from paramdyn.analysis.questions.distance_arms import arms, meetings, ratios
from paramdyn.analysis.questions.distance_details import layers_put_back, spectra, turns
from paramdyn.analysis.questions.distance_pictures import pictures
from paramdyn.analysis.questions.distance_tables import (
    by_group,
    intervals,
    kinds_of_all,
    paths,
    totals,
)
from paramdyn.analysis.questions.distance_terms import TERMS
from paramdyn.analysis.subjects import Subject
from paramdyn.analysis.verdict.rules.distance import FEWEST_RATES
from paramdyn.specs.controls import TWIN

__all__ = ["TERMS", "ask"]


def ask(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """Answer for runs, or for weights files of which the first is what others are measured from.

    Args:
        subjects: At least one run, or two weights files.
        bench: Runs folder, images and options.

    Raises:
        BadRequest: One weights file alone.
        SpecError: Layers were asked for that nothing has.
    """
    lacking = unmatched_layers(bench.options.layers, subjects)
    found = distance(*subjects, bench=bench)
    return Answer(
        question="distance",
        subjects=[subject.name for subject in subjects],
        summary=[*_comparisons(found), *map(_sentence, found.moves[:CLOSELY])],
        verdicts=found.verdicts,
        tables=[*_tables(found, bench)],
        pictures=list(pictures(found.moves)),
        missing=list(_missing(found, bench)),
        notes=[*lacking, *_notes(found, bench)],
    )


def _tables(found: Distances, bench: Bench) -> Iterator[Table]:
    yield from (table for table in _filled(found, bench.options.layers) if table.rows)
    if not bench.options.details and len(found.moves) <= CLOSELY:
        for number, move in enumerate(found.moves, 1):
            if move.parts:
                yield spectra(move, number)  # without rows: to be asked for


def _filled(found: Distances, globs: Sequence[str]) -> Iterator[Table]:
    if found.pairs:
        yield arms(found)
        yield ratios(found)
        yield meetings(found)
    yield totals(found.moves)
    yield paths(found.moves)
    if len(found.moves) > CLOSELY:
        yield kinds_of_all(found.moves)
        return
    for number, move in enumerate(found.moves, 1):
        yield by_group(move, "kind", number)
        yield by_group(move, "layer", number, globs)
        yield intervals(move, number)
        if move.turns:
            yield turns(move, number)
        if move.spectra:
            yield spectra(move, number)
        if move.robustness:
            yield layers_put_back(move, number)


def _comparisons(found: Distances) -> Iterator[str]:
    for pair in found.pairs:
        parts = [
            f"{ratio.interval.value:.3g}"
            + (
                f" ({ratio.interval.low:.3g} to {ratio.interval.high:.3g})"
                if ratio.interval.defined
                else ""
            )
            + f" at {ratio.where}"
            + (f" {ratio.rates[0]:g}" if ratio.rates[0] == ratio.rates[1] else "")
            for ratio in pair.ratios
            if math.isfinite(ratio.interval.value)
        ]
        seeds = len(pair.evidence)
        if parts:
            yield (
                f"Displacement of {pair.first} over that of {pair.second}, geometric mean over "
                f"{seeds} seed{'s' * (seeds != 1)} with its 95 % interval: {', '.join(parts)} "
                "(null: 1)."
            )


def _sentence(move: Movement) -> str:
    name, total = move.subject.name, move.total
    if total is None:
        return f"{name}: by its records only; {move.step:,} steps."
    relative = total.relative_to_start
    file = move.subject.folder is None
    at = "" if file else f" at step {move.step:,}"
    norm = f"norm of {move.start}" if file else "norm it started with"
    share = "" if relative is None else f", {relative:.2%} of the {norm}"
    if not math.isfinite(total.every.squared):
        return f"{name} has values that are not finite{at}: no distance is defined."
    perturbed = not file and move.start == "step 0" and bool(move.subject.spec.perturbations)
    start = f"{move.start}, its perturbed start," if perturbed else move.start
    text = f"{name} is {total.every.l2:.4g} from {start}{at}{share}"
    if move.order is not None and move.order_gap is not None:
        text += (
            f"; with its images in another order it is {move.order.every.l2:.4g} away, and the two "
            f"ends are {move.order_gap.every.l2:.4g} apart"
        )
    elif move.twin_gap is not None:
        text += (
            f"; its twin, not perturbed, and the same in another order end "
            f"{move.twin_gap.every.l2:.4g} apart"
        )
    path = move.path
    if path is not None and path.straightness is not None and path.random_walk is not None:
        bound = "" if path.every == 1 else "at most "
        last = int(path.path_length.step[-1])  # records of a live run go beyond its values
        until = "" if last == move.step else f" up to step {last:,}"
        text += (
            f". Its straightness, displacement over path length,{until} is {bound}"
            f"{path.straightness:.3g} (a random walk of as many steps: {path.random_walk:.3g})"
        )
    return f"{text}."


def _missing(found: Distances, bench: Bench) -> Iterator[Missing]:
    for move in found.moves:
        if move.subject.folder is not None and move.parts:
            if move.order is None and len(found.moves) <= CLOSELY:
                yield from _missing_order(move, bench)
            if move.again_gap is None and numerical_floor(move.subject, None) is None:
                yield missing_companion(move.subject, AGAIN, bench.runs)


def _missing_order(move: Movement, bench: Bench) -> Iterator[Missing]:
    """Yield what would tell how far another order leads: of a perturbed child, its family."""
    if not is_perturbed_child(move.subject.spec):
        yield missing_companion(move.subject, ORDER, bench.runs)
        return
    lacking = missing_controls(Families(bench).of(move.subject))
    yield from (each for each in lacking if each.control in (TWIN, ORDER))


def _notes(found: Distances, bench: Bench) -> Iterator[str]:
    for subject in (move.subject for move in found.moves):
        if word := found.unsound.get(subject.name):
            yield f"{trouble(subject, word, bench)}: it decides nothing."
    yield from _notes_of_arms(found)
    yield "Sums are float64 over explicit differences; parameters only, buffers never count."
    if found.verdicts and any(move.again_gap is None for move in found.moves):
        yield "A run on a CPU that was not run twice is claimed to repeat itself bit for bit."
    for move in found.moves:
        yield from _notes_of_run(move)


def _notes_of_arms(found: Distances) -> Iterator[str]:
    for arm in found.side.arms:
        if len(arm.runs) < FEWEST_RATES and found.side.what == "optimizer":
            yield (
                f"{arm.label}: learning rates: {len(arm.runs)}; a verdict on optimizers needs at "
                f"least {FEWEST_RATES} of each, log-spaced: paramdyn run --lr ..."
            )
    if len(found.moves) > 1 and not found.side.what:
        yield (
            "The runs are not put side by side: they differ in neither the optimizer alone nor the "
            "initializer alone, or in seeds only."
        )
    if len(found.moves) > CLOSELY:
        yield f"Of at most {CLOSELY} runs, layers, snapshots, filters and spectra are shown too."


def _notes_of_run(move: Movement) -> Iterator[str]:
    name, status, gap = move.subject.name, move.subject.status, move.again_gap
    if gap is not None:
        same = "bit for bit" if not gap.every.squared else f"up to {gap.every.l2:.3g}"
        yield f"{name} repeats itself {same}: the numerical floor, measured."
    if status not in ("finished", "weights") and not move.subject.is_live:
        yield f"{name} is {status}: these numbers are of its last values."
    for note in move.notes:
        yield f"{name}: {note}"
