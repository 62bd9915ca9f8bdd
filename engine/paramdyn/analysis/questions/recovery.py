"""Does a perturbed run come back, to what, and is that more than data order would do?"""

from __future__ import annotations

from collections.abc import Sequence

from paramdyn.analysis.answer import Answer, Table
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.families import Families, is_perturbed_child
from paramdyn.analysis.perturbed import Recovery, judged, of_families
from paramdyn.analysis.questions.recovery_details import detail_tables, notes_of, pictures_of
from paramdyn.analysis.questions.recovery_tables import tables_of
from paramdyn.analysis.questions.recovery_terms import TERMS
from paramdyn.analysis.questions.recovery_words import sentences_of
from paramdyn.analysis.seeds import Group, by_recipe
from paramdyn.analysis.subjects import Subject
from paramdyn.errors import ParamdynError

__all__ = ["TERMS", "ask"]

HOW = "paramdyn run --from RUN --perturb sign-flip --controls"


def ask(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """Say where perturbed runs ended, beside their controls; children of one recipe are one answer.

    Args:
        subjects: Children; runs that are a control of one of them, or that perturb nothing, are
            left out and named.
        bench: Where parents and controls are looked for.

    Raises:
        RunNotFound, RunIncomplete: No child kept any values.
    """
    families = Families(bench)
    children = [each for each in subjects if is_perturbed_child(each.spec) and each.folder]
    controls = {name for child in children for name in families.names_of_controls(child)}
    asked = [child for child in children if child.name not in controls] or children
    notes = [_left_out(each, controls) for each in subjects if each not in asked]
    recoveries: list[Recovery] = []
    groups = by_recipe(asked, runs=bench.runs) if asked else []
    for group in groups:
        try:
            recoveries.append(_measured(group, families, bench, alone=len(groups) == 1))
        except ParamdynError as error:
            notes.append(f"{group.label}: {error}")
    found = judged(recoveries)
    if not found:
        summary = [
            f"{', '.join(each.name for each in asked)}: nothing can be measured; the notes say why."
            if asked
            else f"No run that was named continues another one, perturbed. To make one: {HOW}."
        ]
    else:
        summary = [sentence for each in found for sentence in sentences_of(each)]
    return Answer(
        question="recovery",
        subjects=[subject.name for subject in subjects],
        summary=summary,
        verdicts=[verdict for each in found for verdict in each.verdicts],
        tables=[table for i, each in enumerate(found) for table in _tables(each, _mark(i))],
        pictures=[drawn for i, each in enumerate(found) for drawn in pictures_of(each, _mark(i))],
        missing=[lack for each in found for lack in each.missing],
        notes=[
            *notes,
            *(note for each in found for note in each.notes),
            *dict.fromkeys(note for each in found for note in notes_of(each)),
        ],
    )


def _measured(group: Group, families: Families, bench: Bench, *, alone: bool) -> Recovery:
    label = "" if alone else group.label
    return of_families(label, [families.of(child) for child in group.subjects], bench)


def _tables(found: Recovery, mark: str) -> list[Table]:
    return [*tables_of(found, mark), *detail_tables(found, mark)]


def _mark(place: int) -> str:
    """Return what keeps the names of several groups' tables apart."""
    return f"_{place + 1}" if place else ""


def _left_out(subject: Subject, controls: set[str]) -> str:
    if subject.folder is None:
        return f"{subject.name}: weights from elsewhere have no parent, and are left out."
    if subject.name in controls:
        return f"{subject.name}: is a control, and stands beside its child."
    if subject.spec.perturbations:
        return f"{subject.name}: continues no other run, so there is nothing to come back to."
    return f"{subject.name}: perturbs nothing, and is left out."
