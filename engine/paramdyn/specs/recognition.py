"""Which control of which run a run is, told by what it computes and not by its label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from paramdyn.specs.arms import CHILD
from paramdyn.specs.controls import (
    AT_INITIALIZATION,
    INDEPENDENT,
    INDEPENDENT_PARENT,
    LOADED,
    ORDER,
    PARENT,
    ROUNDING_TWIN,
    TWIN,
    seed_of,
    start_of,
    twin,
)
from paramdyn.specs.run_id import identity
from paramdyn.specs.run_spec import InitializerSpec, RecordingSpec, RunSpec, SeedSpec

Lookup = Callable[[str], RunSpec | None]
"""Name of a run, as ``run:NAME`` says it -> its spec; None when there is no such run."""

STREAMS = ("initialization", "order", "augmentation", "dropout", "perturbation", "split")


def nothing_known(_: str) -> RunSpec | None:
    """A lookup that knows no run."""
    return None


def recognise(
    candidate: RunSpec, child: RunSpec, parent: RunSpec, *, spec_of: Lookup = nothing_known
) -> str | None:
    """Return which arm ``candidate`` is with respect to ``child``; None when it is none.

    What is recorded does not count, nor does a seed of a stream that the run never draws from.
    Device and threads do, unless one of the two leaves them open: they decide how sums round.

    Args:
        candidate: The run in question.
        child: A run that continues ``parent``, perturbed.
        parent: The run whose snapshot the child starts from.
        spec_of: Tells the specs of other runs by name. It is asked for the run that ``candidate``
            starts from: without it no ``independent`` can be told from any other run.

    Returns:
        ``child`` (the same run again), ``parent``, one of ``controls.CONTROLS``, or None.
    """
    plain = twin(child)
    questions: dict[str, Callable[[], bool]] = {
        CHILD: lambda: computes_the_same(candidate, child),
        PARENT: lambda: computes_the_same(candidate, parent),
        TWIN: lambda: computes_the_same(candidate, plain),
        ROUNDING_TWIN: lambda: _is_rounding_twin(candidate, plain),
        ORDER: lambda: _is_in_another_order(candidate, plain),
        INDEPENDENT_PARENT: lambda: _is_independent(candidate, parent, spec_of),
        INDEPENDENT: lambda: _is_independent_continuation(candidate, child, parent, spec_of),
    }
    return next((arm for arm, is_one in questions.items() if is_one()), None)


def computes_the_same(one: RunSpec, other: RunSpec) -> bool:
    """Tell whether two runs compute the same numbers, whatever they record of them."""
    return _essence(one) == _essence(other) and _share_a_place(one, other)


def differs_in_order(one: RunSpec, other: RunSpec) -> bool:
    """Tell whether two runs differ in the order of images and in nothing else they compute."""
    apart = seed_of(one, "order") != seed_of(other, "order")
    return apart and _is_in_another_order(one, other)


def differs_in_seeds(one: RunSpec, other: RunSpec, spec_of: Lookup = nothing_known) -> bool:
    """Tell whether two runs are one recipe from first values that were drawn apart.

    Augmentation and dropout may draw alike or not; the validation split must be the same.
    """
    return any(_is_independent(one, other, spec_of, other_order=order) for order in (True, False))


def _is_rounding_twin(candidate: RunSpec, plain: RunSpec) -> bool:
    each = candidate.perturbations
    one_ulp = len(each) == 1 and each[0].name == "ulp" and each[0].options.get("amount", 1) == 1
    return one_ulp and computes_the_same(twin(candidate), plain)


def _is_in_another_order(candidate: RunSpec, plain: RunSpec) -> bool:
    aside = {"order": 0}
    same = _essence(candidate, aside) == _essence(plain, aside)
    return same and _share_a_place(candidate, plain)


def _is_independent_continuation(
    candidate: RunSpec, child: RunSpec, parent: RunSpec, spec_of: Lookup
) -> bool:
    start, theirs = start_of(child), start_of(candidate)
    if start is None:
        return False
    if start.step in AT_INITIALIZATION:
        begun = replace(
            twin(child),
            initializer=parent.initializer,
            perturbations=parent.perturbations,
            seeds=replace(child.seeds, perturbation=seed_of(parent, "perturbation")),
        )
        return _is_independent(candidate, begun, spec_of, other_order=False)
    if theirs is None or theirs.step != start.step:
        return False
    origin = spec_of(theirs.run)
    same = _essence(_unstarted(candidate)) == _essence(_unstarted(twin(child)))
    placed = _share_a_place(candidate, child)
    return same and placed and origin is not None and _is_independent(origin, parent, spec_of)


def _is_independent(
    one: RunSpec, other: RunSpec, spec_of: Lookup, *, other_order: bool = True
) -> bool:
    """Tell whether both are one recipe from first values that were drawn apart."""
    aside = {stream: 0 for stream in STREAMS if stream != "split"}
    return (
        (seed_of(one, "order") != seed_of(other, "order")) == other_order
        and _share_a_place(one, other)
        and _essence(_unstarted(one), aside) == _essence(_unstarted(other), aside)
        and _are_drawn_apart(one, other, spec_of)
    )


def _are_drawn_apart(one: RunSpec, other: RunSpec, spec_of: Lookup) -> bool:
    """Tell whether the first values of both are two draws of one initializer."""
    ours, theirs = start_of(one), start_of(other)
    if ours is None or theirs is None:
        drawn = InitializerSpec() if other.initializer.name in LOADED else other.initializer
        apart = seed_of(one, "initialization") != seed_of(other, "initialization")
        return apart and one.initializer == drawn
    ancestors = spec_of(ours.run), spec_of(theirs.run)
    if ancestors[0] is None or ancestors[1] is None or ours.step != theirs.step:
        return False
    return _is_independent(ancestors[0], ancestors[1], spec_of)


def _unstarted(spec: RunSpec) -> RunSpec:
    return replace(spec, initializer=InitializerSpec())


def _essence(spec: RunSpec, aside: dict[str, int] | None = None) -> dict[str, Any]:
    """Return what decides the numbers of a run; equal for runs that compute the same.

    Args:
        spec: The run.
        aside: Seeds to put in the place of its own.
    """
    start = start_of(spec)
    drawn = {stream: seed_of(spec, stream) for stream in STREAMS if _draws(spec, stream)}
    drawn |= {stream: seed for stream, seed in (aside or {}).items() if stream in drawn}
    if start is not None:
        initializer = InitializerSpec(name=f"run:{start.run}@{start.step}")
        spec = replace(spec, initializer=initializer)
    plain = identity(replace(spec, seed=0, seeds=SeedSpec(), recording=RecordingSpec()))
    return {**plain, "streams": drawn}


def _draws(spec: RunSpec, stream: str) -> bool:
    """Tell whether a run can draw from a stream; a model may always have dropout."""
    data = spec.dataset
    if stream == "initialization":
        return start_of(spec) is None
    if stream == "augmentation":
        return bool(data.augmentation)
    if stream == "perturbation":
        return bool(spec.perturbations)
    if stream == "split":
        return bool(data.validation)
    return True


def _share_a_place(one: RunSpec, other: RunSpec) -> bool:
    """Tell whether device and threads agree, as far as both say them."""
    ours, theirs = one.training, other.training
    devices = {ours.device, theirs.device} - {"auto"}
    threads = {ours.threads, theirs.threads} - {0}
    return len(devices) < 2 and len(threads) < 2
