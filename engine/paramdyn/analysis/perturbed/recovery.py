"""Does a perturbed run come back? Measured beside its controls, judged over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from paramdyn.analysis.answer import Missing
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.families import Families, Family, assembled, missing_controls
from paramdyn.analysis.perturbed.measuring import measured
from paramdyn.analysis.perturbed.members import IN_EVIDENCE
from paramdyn.analysis.perturbed.one_seed import SeedRecovery
from paramdyn.analysis.perturbed.weights import symmetries_of
from paramdyn.analysis.subjects import Subject
from paramdyn.analysis.verdict import (
    Hypothesis,
    RecoverySeed,
    Verdict,
    hypothesis_named,
    judge_grid,
)
from paramdyn.errors import ParamdynError
from paramdyn.specs.controls import INDEPENDENT
from paramdyn.store.equal_runs import spec_lookup
from paramdyn.store.run_folder import RunFolder

FLIPS = ("same-weights", "same-up-to-symmetry", "forced-far-away")
DISTORTIONS = ("returns", "like-data-order")
_LARGE = ("sign-flip", "shuffle", "reinit", "rescale")


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of perturbed runs of one recipe.

    Attributes:
        label: What sets them apart from other recipes that were asked about; empty for one.
        seeds: Each child that was measured, by seed.
        counted: Those of them that verdicts rest on: one a parent.
        verdicts: What may be said, in order of importance; none without images.
        missing: Controls that were not there.
        notes: What was left out, and why.
    """

    label: str
    seeds: tuple[SeedRecovery, ...]
    counted: tuple[SeedRecovery, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()


Run = Subject | RunFolder | Path | str
"""A run that was opened, or what it is found by."""


def recovery(
    child: Run | Sequence[Run],
    parent: Run | None = None,
    controls: Mapping[str, Run] | Sequence[Run] = (),
    *,
    bench: Bench | None = None,
    thorough: bool = True,
) -> Recovery:
    """Say whether a perturbed run comes back, and to what (SCIENCE.md, 2.3 and 2.4).

    The child E started from its parent P, perturbed to S, and was trained on. It is compared with
    the twin A0 (the same without the perturbation), with a run in another data order (d1), and
    with an independent start (d2, and d3 modulo symmetries); d0 is the twin against its re-run.

    Args:
        child: The perturbed run, or the children of one recipe with other seeds: opened, or the
            id, path or folder of each.
        parent: Its parent; None: the parent and the controls are looked for in the runs folder,
            by what they compute.
        controls: With ``parent``: arm (``twin``, ``twin-again``, ``rounding-twin``, ``order``,
            ``independent``) -> run, or runs whose specs tell what they are.
        bench: Runs folder, data, device and options; None: those of ``Bench()``.
        thorough: Whether straight lines between runs are followed, and pairs aligned on which no
            verdict rests; together they cost most.

    Returns:
        Distances >= 0 over all parameters in float64, ratios, disagreement in [0, 1], unbiased CKA
        in [-1, 1], barriers in nats, and verdicts. What needs a run, snapshot or image that is not
        there is None, with a note. Fewer than 6 seeds give no verdict but that of an exact
        symmetry.

    Raises:
        RunNotFound, RunIncomplete: No child kept any values.

    Reference:
        Summers & Dinneen, "Nondeterminism and Instability in Neural Network Optimization",
        arXiv:2103.04514. Entezari et al., arXiv:2110.06296. Ainsworth et al., arXiv:2209.04836.
    """
    table = bench or Bench()
    named = [child] if isinstance(child, Subject | RunFolder | Path | str) else list(child)
    children = [_opened(each, table) for each in named]
    if parent is None and not controls:
        finder = Families(table)
        families = [finder.of(each) for each in children]
    else:
        begun = None if parent is None else _opened(parent, table)
        beside: dict[str, Subject] | list[Subject]
        if isinstance(controls, Mapping):
            beside = {arm: _opened(each, table) for arm, each in controls.items()}
        else:
            beside = [_opened(each, table) for each in controls]
        look_up = spec_lookup(table.runs)
        families = [assembled(each, begun, beside, spec_of=look_up) for each in children]
    return judged([of_families("", families, table, thorough=thorough)])[0]


def _opened(run: Run, bench: Bench) -> Subject:
    """Return a run as a subject that the bench knows, so that images suit it."""
    if not isinstance(run, Subject):
        return bench.open(run)
    if not any(known is run for known in bench.subjects):
        bench.subjects.append(run)
    return run


def of_families(
    label: str, families: Sequence[Family], bench: Bench, *, thorough: bool = True
) -> Recovery:
    """Measure the families of one recipe, so of one model; verdicts are for ``judged``.

    A child that kept no values is left out and named.

    Raises:
        RunNotFound, RunIncomplete: None of them kept any.
    """
    seeds: list[SeedRecovery] = []
    problems: list[ParamdynError] = []
    symmetries = symmetries_of(families[0].child) if families else None
    for family in families:
        try:
            found = measured(family, bench, thorough=thorough, symmetries=symmetries)
            seeds.append(found)
        except ParamdynError as error:
            problems.append(error)
    if not seeds and problems:
        raise problems[0]
    counted, notes = _one_a_parent(seeds)
    missing = [
        lack for each in seeds
        for lack in missing_controls(each.family, needs_rerun=each.floor.value is None)
    ]  # fmt: skip
    notes = [*notes, *map(str, problems), *(note for each in seeds for note in each.notes)]
    return Recovery(label, tuple(seeds), counted, (), tuple(missing), tuple(dict.fromkeys(notes)))


def judged(recoveries: Sequence[Recovery]) -> list[Recovery]:
    """Return the same with verdicts; several recipes are one grid, so Holm's correction applies.

    Args:
        recoveries: One a recipe, each with a label of its own when there are several.
    """
    said: list[list[Verdict]] = [[] for _ in recoveries]
    for name in (*FLIPS, *DISTORTIONS):
        hypothesis = hypothesis_named(name)
        cells = {
            str(place): (hypothesis, _evidence(each.counted, hypothesis))
            for place, each in enumerate(recoveries)
            if each.counted and all(seed.images for seed in each.counted)
        }
        for place, verdict in judge_grid(cells).items():
            label = recoveries[int(place)].label
            claim = f"{label}: {verdict.claim}" if label else verdict.claim
            said[int(place)].append(replace(verdict, claim=claim))
    return [
        replace(each, verdicts=tuple(sorted(verdicts, key=lambda v: _place(v, each))))
        for each, verdicts in zip(recoveries, said, strict=True)
    ]


def _evidence(seeds: Sequence[SeedRecovery], hypothesis: Hypothesis) -> list[RecoverySeed]:
    """Return a record a seed; an independent run that collapsed spoils only what reads it."""
    reads = {"d2", "d3"} & set(hypothesis.needs)
    arms = [arm for arm in IN_EVIDENCE if arm != INDEPENDENT or reads]
    distinct = len({each.seed for each in seeds}) == len(seeds)
    return [each.evidence(each.seed if distinct else i, arms) for i, each in enumerate(seeds)]


def _place(verdict: Verdict, recovery: Recovery) -> int:
    """Put first what the perturbation asks for: a large one forces away, a small one returns."""
    specs = recovery.seeds[0].family.child.spec.perturbations
    large = any(each.name in _LARGE for each in specs)
    order = (*FLIPS, *DISTORTIONS) if large or not specs else (*DISTORTIONS, *FLIPS)
    return order.index(verdict.hypothesis)


def _one_a_parent(
    seeds: Sequence[SeedRecovery],
) -> tuple[tuple[SeedRecovery, ...], list[str]]:
    """Return the children that count: two of one parent are not independent of each other."""
    counted: dict[str, SeedRecovery] = {}
    notes = []
    for each in seeds:
        parent = each.family.parent
        key = each.child if parent is None else parent.name
        if counted.setdefault(key, each) is not each:
            notes.append(
                f"{each.child}: has the parent of {counted[key].child}, so it is no further "
                "evidence: verdicts count one child a parent."
            )
    return tuple(counted.values()), notes
