"""Has training converged, when, and where to?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from paramdyn.analysis.answer import Answer, Missing
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.questions.changed import left_out
from paramdyn.analysis.seeds import by_recipe
from paramdyn.analysis.settling.run import Convergence, convergence
from paramdyn.analysis.settling.same_point import PairOfEnds, pairs_of, same_point
from paramdyn.analysis.settling.tables import (
    Findings,
    gradients_table,
    pairs_table,
    pictures_of,
    runs_table,
    waiting_table,
)
from paramdyn.analysis.settling.terms import TERMS
from paramdyn.analysis.subjects import Subject
from paramdyn.analysis.verdict import (
    ConvergenceSeed,
    SeedEvidence,
    Verdict,
    hypothesis_named,
    judge_grid,
)
from paramdyn.analysis.verdict.rules.convergence import FLAT_WITHIN, run_convergence
from paramdyn.errors import ParamdynError, RunNotFound

__all__ = ["TERMS", "ask"]

MOST_SCALARS = 50_000_000
"""Ends of larger models are not aligned here: the questions recovery and connectivity do that."""


def ask(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """Say of each run whether it has converged, how long it took, and where different starts end.

    Args:
        subjects: Runs, finished or live. Weights from elsewhere have no records: a note says so.
        bench: Gives images, and the runs folder in which controls are looked for.

    Raises:
        RunNotFound: No subject has records.
    """
    findings: dict[str, list[Convergence]] = {}
    pairs: dict[str, list[PairOfEnds]] = {}
    notes: list[str] = []
    refused: list[RunNotFound] = []
    for group in by_recipe(subjects, runs=bench.runs):
        members = []
        for subject in group.subjects:
            try:
                members.append(convergence(subject, bench))
            except RunNotFound as error:
                refused.append(error)
        if members:
            findings[group.label] = members
            pairs[group.label] = _pairs(members, bench, notes)
    if refused and not findings:
        raise refused[0]
    every = [one for members in findings.values() for one in members]
    found = [pair for members in pairs.values() for pair in members]
    return Answer(
        question="convergence",
        subjects=[subject.name for subject in subjects],
        summary=[_sentence(each) for each in every],
        verdicts=_verdicts(findings, pairs),
        tables=[
            runs_table(findings),
            *waiting_table(findings),
            *gradients_table(findings),
            *pairs_table(found),
        ],
        pictures=pictures_of(findings),
        missing=_missing(found),
        notes=[*map(str, refused), *notes, *_notes(every, found)],
    )


def _pairs(members: Sequence[Convergence], bench: Bench, notes: list[str]) -> list[PairOfEnds]:
    sound = [each.subject for each in members if each.word not in ("diverged", "collapsed")]
    found = []
    for first, second in pairs_of(sound):
        scalars = sum(info.count for info in first.parameters)
        if scalars > MOST_SCALARS:
            notes.append(
                f"{first.name} and {second.name}: aligning ends of {scalars:,} parameters takes "
                "minutes a pair and is not done here. It is done by: paramdyn analyze "
                f"connectivity {first.name} {second.name}"
            )
            continue
        try:
            found.append(same_point(first, second, bench))
        except (ParamdynError, OSError) as error:
            notes.append(f"{first.name} and {second.name}: {error}")
    return found


def _sentence(each: Convergence) -> str:
    name, slope = each.subject.name, each.slope
    first, last = each.window
    if each.word == "diverged":
        return f"{name}: diverged; nothing else is said of it."
    if each.word == "collapsed":
        return f"{name}: collapsed ({'; '.join(each.collapsed)}): a flat loss means nothing here."
    if not slope.defined:
        sure = (
            f", train accuracy {100 * each.train_accuracy:.2f} %" if each.word != "unknown" else ""
        )
        return f"{name}: {each.word}{sure} ({slope.reason} in steps {first:,} to {last:,})."
    share = each.relative
    if share is None:
        return f"{name}: {each.word}; in steps {first:,} to {last:,} its train loss is 0."
    value, low, high = (f"{100 * part:+.2g} %" for part in share)
    sure = f", train accuracy {100 * each.train_accuracy:.2f} %" if _by_accuracy(each) else ""
    return (
        f"{name}: {each.word}{sure}; in its last tenth, steps {first:,} to {last:,}, its train "
        f"loss changes by {value} of itself (95 % interval {low} to {high}, {slope.n} records; "
        f"null: 0; converged within {FLAT_WITHIN:.0%})."
    )


def _by_accuracy(each: Convergence) -> bool:
    """Tell whether a run counts as converged by its train accuracy alone."""
    bare = run_convergence(each.slope, train_accuracy=math.nan, collapsed=False, scale=each.scale)
    return each.word == "converged" and bare != "converged"


def _verdicts(findings: Findings, pairs: dict[str, list[PairOfEnds]]) -> list[Verdict]:
    records: dict[str, dict[str, list[SeedEvidence]]] = {"has-converged": {}, "same-point": {}}
    for label, members in findings.items():
        seeds = {each.subject.spec.seed: _evidence(each) for each in members}
        records["has-converged"][label] = list(seeds.values())
        if pairs[label]:
            live = {each.subject.name for each in members if each.subject.is_live}
            records["same-point"][label] = [
                pair.evidence(number, (), unfinished=live & {pair.first, pair.second})
                for number, pair in enumerate(pairs[label])
            ]
    found: list[Verdict] = []
    for name, cells in records.items():
        plain = hypothesis_named(name)
        several = len(findings) > 1
        claims = {
            label: replace(plain, claim=f"{label}: {plain.claim}") if several else plain
            for label in cells
        }
        found += judge_grid({k: (claims[k], seeds) for k, seeds in cells.items()}).values()
    return found


def _evidence(each: Convergence) -> ConvergenceSeed:
    known = each.word not in ("unknown", "undecided", "diverged")
    return ConvergenceSeed(
        seed=each.subject.spec.seed,
        collapsed=(each.subject.name,) if each.word == "collapsed" else (),
        diverged=(each.subject.name,) if each.word == "diverged" else (),
        unfinished=(each.subject.name,) if each.subject.is_live else (),
        converged=float(each.word == "converged") if known else None,
    )


def _missing(pairs: Sequence[PairOfEnds]) -> list[Missing]:
    return [missing for pair in pairs for missing in pair.missing]


def _notes(every: Sequence[Convergence], pairs: Sequence[PairOfEnds]) -> list[str]:
    notes = []
    for each in every:
        notes += left_out(each.subject.name, each.reasons, ("validation", "images"))
    blind = [each for each in every if "images" in each.reasons]
    if blind:
        why = blind[0].reasons["images"]
        notes.append(f"Collapse and gradients of {len(blind)} runs are unknown: {why}")
    if len(every) < 2:
        notes.append("One run tells nothing of where other starts end: name runs of other seeds.")
    if pairs:
        notes.append("In the verdict on one point, n counts pairs of runs; no run is in two pairs.")
    notes.append(
        "Fewer records, wider interval: a short or noisy run is undecided, not converged. Equal "
        "losses never show that two runs ended at the same point."
    )
    return notes
