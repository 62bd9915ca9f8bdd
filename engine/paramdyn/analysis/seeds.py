"""Subjects that are one experiment with other seeds, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paramdyn.analysis.subjects import Subject
from paramdyn.specs.flat import non_default_fields
from paramdyn.specs.optimizer_label import optimizer_label
from paramdyn.specs.recipe import recipe
from paramdyn.store.equal_runs import spec_lookup

_RATE = "optimizer.learning_rate"


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects of one recipe.

    Attributes:
        label: What sets it apart from the other groups, such as ``adam``; the model and data set
            when there is one group.
        subjects: By seed.
    """

    label: str
    subjects: tuple[Subject, ...]


def by_recipe(subjects: Sequence[Subject], *, runs: Path) -> list[Group]:
    """Return the subjects in groups that differ in more than seeds, in the order first met.

    Args:
        subjects: Any; weights from elsewhere are a group each.
        runs: Where the runs that they start from are.
    """
    found: dict[str, list[Subject]] = {}
    look_up = spec_lookup(runs)
    for subject in subjects:
        key = subject.name if subject.folder is None else recipe(subject.spec, look_up)
        found.setdefault(key, []).append(subject)
    labels = _labels([members[0] for members in found.values()])
    return [
        Group(label, tuple(sorted(members, key=lambda member: member.spec.seed)))
        for label, members in zip(labels, found.values(), strict=True)
    ]


def _labels(firsts: Sequence[Subject]) -> list[str]:
    """Return for each what it has of its own; names where that does not tell them apart.

    Weights from elsewhere always have their name: nobody knows how they were made.
    """
    if len(firsts) == 1:
        spec = firsts[0].spec
        return [f"{spec.model.name} on {spec.dataset.name}"]
    fields = [
        {key: str(value) for key, value in non_default_fields(first.spec).items()}
        for first in firsts
    ]
    ignored = ("seed", "recording", "training.device", "training.threads", "plugins")
    keys = sorted({key for each in fields for key in each if not key.startswith(ignored)})
    telling = [key for key in keys if len({each.get(key, "") for each in fields}) > 1]
    optimizers = {key for key in telling if key.startswith("optimizer.") and key != _RATE}
    labels = [
        " ".join([
            *([optimizer_label(first.spec.optimizer)] if optimizers else []),
            *(_told(key, each[key]) for key in telling if key in each and key not in optimizers),
        ])
        or "default"
        if first.folder is not None
        else first.name
        for first, each in zip(firsts, fields, strict=True)
    ]  # fmt: skip
    if len(set(labels)) < len(labels):
        return [first.name for first in firsts]
    return labels


def _told(key: str, value: str) -> str:
    last = key.rpartition(".")[2]
    return value if last == "name" or key == "perturbations" else f"{last}={value}"
