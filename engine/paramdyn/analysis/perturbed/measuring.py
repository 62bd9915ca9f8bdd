"""From a family to numbers: every distance, every comparison of answers, each measured once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch

from paramdyn.analysis.bench import Bench
from paramdyn.analysis.families import Family
from paramdyn.analysis.perturbed.floor import floor_of
from paramdyn.analysis.perturbed.function import (
    HEADLINE,
    Likeness,
    likeness,
    paths_between,
    treatments_of,
)
from paramdyn.analysis.perturbed.members import CHILD_START, Member, Members, members_of
from paramdyn.analysis.perturbed.one_seed import (
    CHILD_PAIRS,
    CONTROL_PAIRS,
    Health,
    Pair,
    SeedRecovery,
    perturbation_of,
)
from paramdyn.analysis.perturbed.over_time import growths
from paramdyn.analysis.perturbed.weights import (
    Separation,
    Symmetries,
    mirrored,
    separation,
    symmetries_of,
)
from paramdyn.analysis.running_statistics import young_note
from paramdyn.analysis.subjects import Images, State
from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.distance import Search
from paramdyn.errors import BadRequest, DatasetError, StoreError
from paramdyn.measurements.buffer_checks import invalid_buffers
from paramdyn.probes.interpolation import LinearPath
from paramdyn.specs.controls import INDEPENDENT, ORDER, PARENT, ROUNDING_TWIN, TWIN

DECIDING: tuple[Pair, ...] = ((TWIN, "child"), (TWIN, ORDER), (TWIN, INDEPENDENT))
"""Pairs whose distance modulo symmetries verdicts rest on: searched from several starts."""
SEARCHED: tuple[Pair, ...] = (
    *DECIDING,
    (PARENT, "child"),
    ("start", "child"),
    ("mirror", "child"),
)
"""Pairs that are looked at modulo symmetries; those of the others are no question."""

ANSWERED: tuple[Pair, ...] = (
    (TWIN, "child"),
    (TWIN, ORDER),
    (TWIN, ROUNDING_TWIN),
    (TWIN, INDEPENDENT),
    (PARENT, "child"),
    (PARENT, TWIN),
    (PARENT, "start"),
)
"""Pairs whose answers are compared."""


def measured(
    family: Family,
    bench: Bench,
    *,
    thorough: bool = True,
    symmetries: Symmetries | None = None,
) -> SeedRecovery:
    """Measure one perturbed run and its controls.

    Args:
        family: Who is who.
        bench: Images, options, and who is told of progress.
        thorough: Whether straight lines between members are followed, and pairs aligned on which
            no verdict rests; together they cost most.
        symmetries: Of the child's model, where they are known already.

    Raises:
        RunNotFound, RunIncomplete: The child kept no values.
    """
    members = members_of(family)
    images, why = _images(bench)
    symmetries = symmetries or symmetries_of(family.child)
    separations = _separations(members, symmetries, bench, images, thorough=thorough)
    likenesses: Mapping[Pair, Likeness] = {}
    if images is not None:
        likenesses = _likenesses(members, separations, bench, images, thorough=thorough)
    names = tuple(row.name for row in family.child.parameters)
    parent = members.get(PARENT)
    norm = None if parent is None else _norm(parent.state(), names)
    start = separations.get((PARENT, CHILD_START))
    return SeedRecovery(
        seed=family.child.spec.seed,
        family=family,
        members=members,
        floor=floor_of(family, members.step),
        perturbation=perturbation_of(family, None if start is None else start.raw, norm),
        symmetries=symmetries,
        separations=separations,
        likenesses=likenesses,
        health=tuple(_health(each, names, bench, images) for each in members.by_arm.values()),
        growths=growths(family),
        images=images.count if images is not None else 0,
        notes=tuple(_notes(family, members, symmetries, why)),
    )


def _images(bench: Bench) -> tuple[Images | None, str]:
    try:
        return bench.images, ""
    except (DatasetError, BadRequest, StoreError) as error:
        return None, str(error)


def _separations(
    members: Members,
    symmetries: Symmetries,
    bench: Bench,
    images: Images | None,
    *,
    thorough: bool,
) -> dict[Pair, Separation]:
    child = members.by_arm["child"].subject
    names = tuple(row.name for row in child.parameters)
    found: dict[Pair, Separation] = {}
    pairs = [*CONTROL_PAIRS, *CHILD_PAIRS]
    for done, pair in enumerate(pairs):
        states = [_state(arm, members, names) for arm in pair]
        bench.progress(f"distances of {child.name}", done, len(pairs))
        if states[0] is None or states[1] is None:
            continue
        found[pair] = separation(
            (pair[0], states[0]),
            (pair[1], states[1]),
            names,
            symmetries,
            search=_search(pair, bench) if thorough or pair in DECIDING else None,
            images=images,
            new_model=child.new_model,
        )
    bench.progress(f"distances of {child.name}", len(pairs), len(pairs))
    return found


def _search(pair: Pair, bench: Bench) -> Search | None:
    if pair not in SEARCHED:
        return None
    restarts = bench.options.restarts if pair in DECIDING else 1
    return Search(restarts=restarts, seed=bench.options.seed)


def _state(arm: str, members: Members, names: tuple[str, ...]) -> State | None:
    member = members.get(PARENT if arm == "mirror" else arm)
    if member is None:
        return None
    return mirrored(member.state(), names) if arm == "mirror" else member.state()


def _likenesses(
    members: Members,
    separations: Mapping[Pair, Separation],
    bench: Bench,
    images: Images,
    *,
    thorough: bool,
) -> dict[Pair, Likeness]:
    found: dict[Pair, Likeness] = {}
    for pair in ANSWERED:
        one, other = (members.get(arm) for arm in pair)
        if one is None or other is None:
            continue
        apart = separations.get(pair)
        plain: Mapping[str, LinearPath] = {}
        aligned: Mapping[str, LinearPath] = {}
        if thorough and bench.options.alphas > 2 and pair in DECIDING:
            plain = _lines((one, other), bench, images, None)
            if apart is not None and apart.orbit is not None:
                aligned = _lines((one, other), bench, images, apart.orbit.alignment)
        ends = (one.subject, one.moment), (other.subject, other.moment)
        found[pair] = likeness(bench.observations, *ends, paths=plain, aligned_paths=aligned)
    return found


def _lines(
    ends: tuple[Member, Member], bench: Bench, images: Images, alignment: Alignment | None
) -> dict[str, LinearPath]:
    """Return the lines between two members; every treatment for the child, else the headline."""
    subject = ends[1].subject
    treatments = treatments_of(subject.new_model())
    if ends[1].arm != "child" or alignment is not None:
        treatments = tuple(each for each in treatments if each == HEADLINE) or treatments
    said = f"line from {ends[0].subject.name} to {subject.name}"
    first, second = ((each.subject.name, each.subject.step_of(each.moment)) for each in ends)
    how = alignment.digest if alignment is not None else ""
    keys = {each: (first, second, each, bench.options.alphas, how) for each in treatments}
    known = {t: bench.lines[k] for t, k in keys.items() if k in bench.lines}
    made = paths_between(
        subject.new_model,
        (ends[0].state(), ends[1].state()),
        images,
        alphas=bench.options.alphas,
        treatments=tuple(each for each in treatments if each not in known),
        alignment=alignment,
        progress=lambda done, all_: bench.progress(said, done, all_),
    )
    bench.lines |= {keys[each]: path for each, path in made.items()}
    return {each: (known | made)[each] for each in treatments}


def _norm(state: State, names: tuple[str, ...]) -> float:
    squares = (float(torch.linalg.vector_norm(state[n], dtype=torch.float64)) ** 2 for n in names)
    return math.sqrt(math.fsum(squares))


def _health(member: Member, names: tuple[str, ...], bench: Bench, images: Images | None) -> Health:
    state, subject = member.state(), member.subject
    finite = all(bool(torch.isfinite(state[name]).all()) for name in names)
    model = subject.model_at(member.moment)
    diverged = not finite or (subject.status == "diverged" and member.arm != CHILD_START)
    health = Health(
        member.arm, subject.name, subject.status, diverged=diverged,
        buffers=tuple(invalid_buffers(model)),
    )  # fmt: skip
    if images is None:
        return health
    seen = bench.observations.of(subject, member.moment)
    return replace(
        health,
        accuracy=seen.accuracy,
        loss=seen.loss if math.isfinite(seen.loss) else None,
        collapsed=bench.observations.why_collapsed(subject, member.moment),
    )


def _notes(
    family: Family, members: Members, symmetries: Symmetries, why_no_images: str
) -> Iterator[str]:
    name = family.child.name
    if family.lost:
        yield f"{name}: {family.lost}."
    for arm, reason in members.left_out.items():
        yield f"{name}: its {arm} is left out: {reason}"
    manifest = family.child.manifest
    if manifest is not None and members.step < manifest.total_steps:
        yield (
            f"{name}: compared at step {members.step} of {manifest.total_steps}, the last one "
            "that it and its twin both kept."
        )
    if young := young_note(family.child, members.by_arm["child"].moment):
        yield f"{young} Its controls trained as long."
    if symmetries.reason:
        yield f"{name}: distances modulo symmetry are undefined: {symmetries.reason}"
    if why_no_images:
        yield (
            f"{name}: nothing is said of answers, barriers and CKA, and no verdict is given, "
            f"because whether a run collapsed is seen on images only: {why_no_images}"
        )
