"""Whether features are correlated within models and alike between them, and by what."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.companions import Neighbours
from paramdyn.analysis.features.arms import ArmPair, compare_features
from paramdyn.analysis.features.between import Between, between
from paramdyn.analysis.features.inside import Inside, participation
from paramdyn.analysis.features.points import Points
from paramdyn.analysis.movement.arms import SideBySide, side_by_side
from paramdyn.analysis.running_statistics import young_note
from paramdyn.analysis.seeds import Group, by_recipe
from paramdyn.analysis.similarity import Measured
from paramdyn.analysis.similarity.paired import CKA, self_test
from paramdyn.analysis.subjects import Subject
from paramdyn.analysis.verdict import HYPOTHESES, CorrelationSeed, Hypothesis, Verdict, judge_grid
from paramdyn.errors import BadRequest, ParamdynError

MOST_PAIRS = 24
"""Pairs of models that are compared; more are counted and left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correlation:
    """What was found of several models.

    Attributes:
        inside: One entry a model, in the order named.
        untrained: The same before training, by the model's name; without those that cannot be
            drawn again (weights files have none).
        relative: Relative displacement of each run's end, where its start is known.
        pairs: Models compared with each other: of different recipes the same seed, of one recipe
            neighbouring seeds.
        independent_pairs: Whether the pairs themselves differ in nothing but seeds.
        left_out: Pairs beyond ``MOST_PAIRS``.
        self_test: Each measure of the first model and itself.
        side: The arms that the runs make; empty where they make none.
        arms: Every two arms compared.
        verdicts: On the arms, and on each two recipes.
        again: Runs whose numerical floor is unknown because nobody ran them again.
        lonely: First runs of pairs that have no independent run beside them.
        notes: What could not be done, and why.
    """

    inside: Sequence[Inside]
    untrained: Mapping[str, Inside]
    relative: Mapping[str, float]
    pairs: Sequence[Between] = ()
    independent_pairs: bool = False
    left_out: int = 0
    self_test: Mapping[str, Measured] = field(default_factory=dict)
    side: SideBySide = field(default_factory=lambda: SideBySide(""))
    arms: Sequence[ArmPair] = ()
    verdicts: Sequence[Verdict] = ()
    again: Sequence[Subject] = ()
    lonely: Sequence[Subject] = ()
    notes: Sequence[str] = ()


def correlation(*models: Subject | str | Path, bench: Bench | None = None) -> Correlation:
    """Return how correlated features are within models, and how alike between them.

    Args:
        models: Runs by name or path, or subjects, all for the same images.
        bench: Runs folder, images and options; ``Bench()`` by default.

    Returns:
        Correlations in [-1, 1], participation ratios in [1, live units]; what is undefined has a
        reason. Collapsed and diverged models are named, and decide nothing.

    Raises:
        BadRequest: No model, different images, or a feature layer that is none.
        RunNotFound: A run, or its values, are not there.

    Reference:
        Li et al., "Convergent Learning", arXiv:1511.07543; Kornblith et al., "Similarity of Neural
        Network Representations Revisited", arXiv:1905.00414.
    """
    bench = bench or Bench()
    subjects = [each if isinstance(each, Subject) else bench.open(each) for each in models]
    if not subjects:
        raise BadRequest("correlation: no model. Expected at least one run or weights file.")
    for subject in subjects:
        if all(subject is not known for known in bench.subjects):
            bench.subjects.append(subject)
    return _Study(subjects, bench).result()


class _Study:
    """One question, put together step by step."""

    def __init__(self, subjects: Sequence[Subject], bench: Bench) -> None:
        self._subjects, self._bench = subjects, bench
        self._near = functools.cache(Neighbours(bench).of)
        self._groups = by_recipe(subjects, runs=bench.runs)
        self._points = Points(bench)
        self._notes: list[str] = []
        self._lonely: dict[str, Subject] = {}
        self._again: dict[str, Subject] = {}

    def result(self) -> Correlation:
        pairs, left_out = self._pairs()
        found = [self._points.inside(subject) for subject in self._subjects]
        runs = [subject for subject in self._subjects if subject.folder is not None]
        side = side_by_side(runs, runs=self._bench.runs) if len(runs) > 1 else SideBySide("")
        arms = compare_features(side, self._points, floor=self._floor) if side.arms else []
        first = self._bench.observations.of(self._subjects[0])
        young = (young_note(each.subject) for each in found if not each.trouble)
        self._notes.extend(filter(None, young))
        return Correlation(
            inside=found,
            untrained=self._untrained(),
            relative={s.name: far for s in runs if math.isfinite(far := self._points.relative(s))},
            pairs=[pair for _, pair in pairs],
            independent_pairs=len(self._groups) == 1,
            left_out=left_out,
            self_test=self_test(first.features) if pairs else {},
            side=side,
            arms=arms,
            verdicts=_verdicts(side, arms, pairs) if len(self._groups) > 1 else (),
            again=list(self._again.values()),
            lonely=list(self._lonely.values()),
            notes=self._notes,
        )

    def _untrained(self) -> dict[str, Inside]:
        found = {}
        for subject in self._subjects:
            try:
                found[subject.name] = self._points.untrained(subject)
            except ParamdynError as problem:
                self._notes.append(f"The untrained net of {subject.name} is missing. {problem}")
        return found

    def _floor(self, subject: Subject) -> float | None:
        """Return |ln| of the participation ratio over that of the same run again."""
        again = self._near(subject).again
        if again is None:
            self._again.setdefault(subject.name, subject)
            return None
        values = [participation(self._points.inside(each)) for each in (subject, again)]
        if values[0] is None or values[1] is None:
            return None
        return abs(math.log(values[0] / values[1]))

    def _pairs(self) -> tuple[list[tuple[str, Between]], int]:
        wanted = list(_wanted_pairs(self._groups))
        found = []
        for number, (cell, group, one, other) in enumerate(wanted[:MOST_PAIRS]):
            independent = None if len(self._groups) == 1 else self._independent(one, group)
            pair = between(
                one, other, self._bench, independent=independent, closely=number == 0
            )  # fmt: skip
            found.append((cell, pair))
        return found, max(len(wanted) - MOST_PAIRS, 0)

    def _independent(self, subject: Subject, group: Group) -> Subject | None:
        """Return another seed of a run's recipe: the next one named, or one of the runs folder."""
        others = [each for each in group.subjects if each.spec.seed != subject.spec.seed]
        later = [each for each in others if each.spec.seed > subject.spec.seed]
        if others:
            return (later or others)[0]
        found = self._near(subject).independent if subject.folder is not None else None
        if found is None:
            self._lonely.setdefault(subject.name, subject)
        return found


def _wanted_pairs(groups: Sequence[Group]) -> list[tuple[str, Group, Subject, Subject]]:
    """Return (what is compared, group of the first, the first, the second)."""
    if len(groups) == 1:
        seeds = groups[0].subjects
        return [(groups[0].label, groups[0], seeds[i], seeds[i + 1])
                for i in range(0, len(seeds) - 1, 2)]  # fmt: skip
    found = []
    for one, other in itertools.combinations(groups, 2):
        cell = f"{one.label} and {other.label}"
        theirs = {subject.spec.seed: subject for subject in other.subjects}
        same = [(s, theirs[s.spec.seed]) for s in one.subjects if s.spec.seed in theirs]
        chosen = same or list(zip(one.subjects, other.subjects, strict=False))
        found += [(cell, one, first, second) for first, second in chosen]
    return found


def _verdicts(
    side: SideBySide, arms: Sequence[ArmPair], pairs: Sequence[tuple[str, Between]]
) -> list[Verdict]:
    cells: dict[str, tuple[Hypothesis, Sequence[CorrelationSeed]]] = {}
    if side.what:
        for arm in arms:
            both = f"{arm.first} and {arm.second}"
            claim = f"{both} make features differently correlated"
            hypothesis = HYPOTHESES[f"{side.what}s-correlate-differently"]
            cells[f"{both}: arms"] = replace(hypothesis, claim=claim), arm.evidence
    alike: dict[str, dict[int, CorrelationSeed]] = {}
    for cell, pair in pairs:
        alike.setdefault(cell, {}).setdefault(pair.seed, _alike(pair))
    for cell, seeds in alike.items():
        claim = f"The features of {cell} are more alike than those of independent models"
        hypothesis = replace(HYPOTHESES["features-more-alike"], claim=claim)
        cells[f"{cell}: alike"] = hypothesis, list(seeds.values())
    return list(judge_grid(cells).values())


def _alike(pair: Between) -> CorrelationSeed:
    both = (pair.first, pair.second)
    null = pair.nulls.get(CKA)
    return CorrelationSeed(
        seed=pair.seed,
        collapsed=tuple(each.label for each in both if each.trouble == "collapsed"),
        diverged=tuple(each.label for each in both if each.trouble == "diverged"),
        unfinished=tuple(each.label for each in both if each.subject.is_live),
        similarity=pair.values[CKA].value,
        independent_similarity=pair.independent[CKA].value if pair.independent else None,
        permuted_similarity=None if null is None else null.mean.value,
    )
