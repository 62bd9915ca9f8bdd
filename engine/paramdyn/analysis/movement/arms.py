"""Runs that are put side by side: the arms of a comparison, their learning rates and seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from paramdyn.analysis.movement.matched import Traveller, traveller
from paramdyn.analysis.subjects import Subject
from paramdyn.specs import OptimizerSpec, RunSpec
from paramdyn.specs.optimizer_label import optimizer_label
from paramdyn.specs.recipe import recipe
from paramdyn.specs.run_spec import InitializerSpec
from paramdyn.store.equal_runs import spec_lookup


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """Runs that differ in learning rate and seed only.

    Attributes:
        label: Such as ``Adam(eps=0.1)``, or an initializer's name.
        runs: Learning rate -> seed -> run.
        best: The learning rate that did best over seeds.
        chosen_by: What it did best at.
    """

    label: str
    runs: Mapping[float, Mapping[int, Traveller]]
    best: float
    chosen_by: str


@dataclass(frozen=True, slots=True, eq=False)
class SideBySide:
    """Arms that differ in one thing.

    Attributes:
        what: ``optimizer`` or ``initializer``; empty where the runs differ in something else.
        arms: At least two, in the order first met; empty without ``what``.
    """

    what: str
    arms: Sequence[Arm] = ()


def side_by_side(subjects: Sequence[Subject], *, runs: Path) -> SideBySide:
    """Return the arms that runs make; none where they differ in more than one thing.

    Args:
        subjects: Runs.
        runs: Where the runs that they start from are.
    """
    look_up = spec_lookup(runs)

    def keys(change: str) -> set[str]:
        return {recipe(_without(subject.spec, change), look_up) for subject in subjects}

    own = keys("rate")
    if len(own) < 2:
        return SideBySide("")
    for what in ("optimizer", "initializer"):
        if len(keys(what)) == 1:
            groups: dict[str, list[Subject]] = {}
            for subject in subjects:
                groups.setdefault(_label(subject.spec, what), []).append(subject)
            if len(groups) >= 2:
                return SideBySide(what, [_arm(label, each) for label, each in groups.items()])
    return SideBySide("")


def _label(spec: RunSpec, what: str) -> str:
    return optimizer_label(spec.optimizer) if what == "optimizer" else spec.initializer.name


def _without(spec: RunSpec, what: str) -> RunSpec:
    """Return the spec with what may differ put aside; an initializer keeps its learning rate."""
    if what == "optimizer":
        return replace(spec, optimizer=OptimizerSpec())
    plain = replace(spec, optimizer=replace(spec.optimizer, learning_rate=1.0))
    return plain if what == "rate" else replace(plain, initializer=InitializerSpec())


def _arm(label: str, subjects: Sequence[Subject]) -> Arm:
    found: dict[float, dict[int, Traveller]] = {}
    for subject in subjects:
        rate = found.setdefault(subject.spec.optimizer.learning_rate, {})
        rate.setdefault(subject.spec.seed, traveller(subject))
    ordered = {rate: found[rate] for rate in sorted(found)}
    best, by = _best_rate(ordered)
    return Arm(label, ordered, best, by)


def _best_rate(runs: Mapping[float, Mapping[int, Traveller]]) -> tuple[float, str]:
    """Choose by validation accuracy where every run has it, else by train loss; never by test."""
    accuracies = {rate: [_last_validation(t.subject) for t in seeds.values()]
                  for rate, seeds in runs.items()}  # fmt: skip
    if all(value is not None for values in accuracies.values() for value in values):
        means = {rate: float(np.mean([v for v in values if v is not None]))
                 for rate, values in accuracies.items()}  # fmt: skip
        return max(means, key=means.__getitem__), "validation accuracy at the end"
    lowest = {rate: float(np.mean([_lowest(t) for t in seeds.values()]))
              for rate, seeds in runs.items()}  # fmt: skip
    return min(lowest, key=lowest.__getitem__), "lowest train loss (there is no validation split)"


def _lowest(run: Traveller) -> float:
    return math.inf if run.subject.status == "diverged" else run.lowest_loss


def _last_validation(subject: Subject) -> float | None:
    columns = subject.columns("validation/accuracy")
    if columns is None:
        return None
    _, values = columns.curve("validation/accuracy")
    return float(values[-1]) if len(values) else None
