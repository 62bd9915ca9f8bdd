"""What share of the parameters changes, and why does the rest not?"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from paramdyn.analysis.answer import Answer, Missing, Table
from paramdyn.analysis.asked_layers import unmatched_layers
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.changes.ledger import SILENT
from paramdyn.analysis.changes.pictures import laziness_table, pictures_of, tolerance_table
from paramdyn.analysis.changes.study import Changed, changed
from paramdyn.analysis.changes.tables import (
    Studies,
    by_depth,
    by_kind,
    by_tensor,
    classes_table,
    decay_table,
    groups_table,
    parts_table,
    runs_table,
    silence_table,
    structural_table,
)
from paramdyn.analysis.changes.terms import TERMS
from paramdyn.analysis.questions.reach import audit_of
from paramdyn.analysis.reachability import ReachAudit
from paramdyn.analysis.seeds import by_recipe
from paramdyn.analysis.subjects import Subject
from paramdyn.analysis.verdict import Verdict, hypothesis_named, judge_grid
from paramdyn.errors import RunNotFound

__all__ = ["TERMS", "ask", "left_out"]

CLAIMS = ("keeps-parameters", "changes-everything", "lazy")


def ask(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """Say what share of the parameters changed in each run, and why the rest did not.

    Args:
        subjects: Runs, finished or live. Weights from elsewhere have no start: a note says so.
        bench: Gives images; the classes themselves need none.

    Raises:
        RunNotFound: No subject tells anything of its start.
        SpecError: Layers were asked for that nothing has.
    """
    lacking = unmatched_layers(bench.options.layers, subjects)
    studies: dict[str, list[Changed]] = {}
    refused: list[RunNotFound] = []
    for group in by_recipe(subjects, runs=bench.runs):
        for subject in group.subjects:
            try:
                studies.setdefault(group.label, []).append(changed(subject, bench))
            except RunNotFound as error:
                refused.append(error)
    if refused and not any(studies.values()):
        raise refused[0]
    studies = {label: members for label, members in studies.items() if members}
    every = [study for members in studies.values() for study in members]
    audits = _audits(every)
    return Answer(
        question="changed",
        subjects=[subject.name for subject in subjects],
        summary=[line for study in every for line in _sentences(study, audits[_model(study)])],
        verdicts=_verdicts(studies),
        tables=_tables(studies, every, bench),
        pictures=pictures_of(studies),
        missing=_missing(studies, bench.runs),
        notes=[*map(str, refused), *lacking, *_notes(every, studies)],
    )


def _tables(studies: Studies, every: Sequence[Changed], bench: Bench) -> list[Table]:
    several = [groups_table(studies)] if len(every) > 1 else []
    classes = classes_table(every)
    return [
        *several,
        runs_table(studies),
        replace(classes, detail=len(every) > 2),
        parts_table(every, "kinds", "By kind of parameter", by_kind),
        parts_table(every, "depth", "Shallow beside deep", by_depth),
        *structural_table(every[:1] if len(studies) == 1 else every),
        *decay_table(every),
        *silence_table(every),
        *tolerance_table(every),
        *laziness_table(every),
        parts_table(every, "layers", "By tensor", by_tensor(bench.options.layers)),
    ]


def _sentences(study: Changed, audit: ReachAudit) -> list[str]:
    book = study.ledger
    null = study.untrained_silent
    beside = "" if null is None else f" (untrained: {100 * null:.2f} % have no gradient)"
    said = []
    if study.collapsed:
        why = "; ".join(study.collapsed)
        said.append(f"{book.run} collapsed ({why}): no verdict uses what follows.")
    said.append(
        f"{book.run}: training moved {100 * book.share('changed'):.2f} % of {book.scalars:,} "
        f"parameters; {100 * book.silent_share:.2f} % kept their value although an image could "
        f"have moved them{beside}."
    )
    shut = sum(book.structural)
    if shut:
        where = f", and at {audit.vanishes_at} pixels it is none" if audit.vanishes_at else ""
        said.append(
            f"{book.run}: no image of {audit.image_size} pixels can move {shut:,} parameters "
            f"({100 * shut / book.scalars:.4f} %), whatever it shows{where}."
        )
    decayed = book.total("decay-only")
    if decayed and study.decay:
        by = f" by {study.decay.ratio:.6g}" if study.decay.ratio is not None else ""
        said.append(
            f"{book.run}: weight decay alone multiplied {decayed:,} parameters{by} that never had "
            f"a gradient: without it {100 * book.share('changed'):.2f} % would have changed, not "
            f"{100 * book.share('changed', 'decay-only'):.2f} %."
        )
    if audit.tied_groups:
        said.append(
            f"{book.run}: {audit.tied_scalars:,} weights move in {audit.tied_groups:,} groups "
            f"with bit-equal gradients; all parameters have at most {audit.directions:,} "
            "independent directions."
        )
    return said


def _verdicts(studies: Studies) -> list[Verdict]:
    found = []
    for name in CLAIMS:
        hypothesis = hypothesis_named(name)
        cells = {}
        for label, members in studies.items():
            if name == "changes-everything" and not any(s.decay for s in members):
                continue
            claim = f"{label}: {hypothesis.claim}" if len(studies) > 1 else hypothesis.claim
            seeds = {study.subject.spec.seed: study.evidence() for study in members}
            cells[label] = replace(hypothesis, claim=claim), list(seeds.values())
        found += list(judge_grid(cells).values())
    return found


def _missing(studies: Studies, runs: Path) -> list[Missing]:
    found = []
    for members in studies.values():
        first = members[0]
        if first.tolerance is None and first.subject.folder is not None:
            found.append(Missing(
                run=first.ledger.run,
                control="snapshots",
                why=first.reasons.get("tolerance", ""),
                command=(
                    f"run {shlex.quote(str(first.subject.folder.layout.spec))} "
                    f"--runs {shlex.quote(str(runs))} --snapshots init,final"
                ),
            ))  # fmt: skip
    return found


def _notes(every: Sequence[Changed], studies: Studies) -> list[str]:
    notes = []
    for study in every:
        book = study.ledger
        if book.sampled and book.total(*SILENT):
            notes.append(
                f"{book.run}: gradients were looked at in some steps only, so 'dead' and "
                "'absorbed' are upper bounds. --record every:1 looks at all."
            )
        if book.source == "snapshots":
            notes.append(f"{book.run}: classes were not recorded, so causes are not told apart.")
        if study.silence and not any(each.layers for each in study.silence.values()):
            notes.append(f"{book.run}: has no rectifiers, so no unit is ever exactly silent.")
        notes += left_out(book.run, study.reasons)
    blind = [study for study in every if "images" in study.reasons]
    if blind:
        why = blind[0].reasons["images"]
        notes.append(
            f"Dead units, the untrained net and laziness of {len(blind)} runs are unknown: {why}"
        )
    twice = [
        label
        for label, members in studies.items()
        if len({s.subject.spec.seed for s in members}) < len(members)
    ]
    if twice:
        notes.append(f"Runs of the same seed count once in verdicts: {', '.join(twice)}.")
    notes.append(
        "Few changed parameters never show that training was lazy: laziness is about the function."
    )
    return notes


def left_out(run: str, reasons: Mapping[str, str], known: Sequence[str] = ("images",)) -> list[str]:
    """Return a sentence for each reason why something is left out, naming all that it concerns.

    Args:
        run: The run.
        reasons: What is left out -> why; a reason may begin with the run's name.
        known: What is told elsewhere.
    """
    found: dict[str, list[str]] = {}
    for what, why in reasons.items():
        if what not in known:
            found.setdefault(why.removeprefix(f"{run}: "), []).append(what)
    return [f"{run}: left out: {', '.join(what)}: {why}" for why, what in found.items()]


def _model(study: Changed) -> str:
    spec = study.subject.spec
    return f"{spec.model} {spec.dataset.name} {spec.dataset.image_size} {study.subject.classes}"


def _audits(every: Sequence[Changed]) -> dict[str, ReachAudit]:
    """Return the audit of each model, once."""
    firsts: dict[str, Subject] = {}
    for study in every:
        firsts.setdefault(_model(study), study.subject)
    return {name: audit_of(subject) for name, subject in firsts.items()}
