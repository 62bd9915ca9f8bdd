"""Every scalar parameter in exactly one class, with its cause: read from what a run recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from paramdyn.analysis.subjects import END, START, Subject
from paramdyn.errors import RunNotFound
from paramdyn.measurements.classes import CAUSES, CLASS_NAMES
from paramdyn.measurements.reach import Reach, structural_reach
from paramdyn.store.manifest import ParameterInfo
from paramdyn.store.records import decode

KEPT = "unchanged"
"""Class of what never changed, where nothing was recorded that tells why."""

KEPT_CAUSE = "its value is the first one, bit for bit; why was not recorded"
SILENT = ("dead", "absorbed", "returned", KEPT)
"""Classes of scalars that kept their value although an image could have moved them."""

SHALLOW, DEEP = "shallow", "deep"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The classes of all L parameter tensors of a run.

    Attributes:
        run: Its name.
        step: At which step.
        parameters: The tensors, in the model's order.
        counts: Class -> scalars of each tensor. Shape of each: (L,).
        structural: Scalars of each tensor that no image can give a gradient, whether or not weight
            decay moved them. Shape: (L,).
        reasons: Tensor -> why no image can, in words.
        sampled: True when gradients were not looked at in every step: ``dead`` and ``absorbed``
            are upper bounds then.
        source: ``records``, or ``snapshots`` when classes were not recorded.
    """

    run: str
    step: int
    parameters: Sequence[ParameterInfo]
    counts: Mapping[str, tuple[int, ...]]
    structural: tuple[int, ...]
    reasons: Mapping[str, str]
    sampled: bool = False
    source: str = "records"

    @property
    def scalars(self) -> int:
        """All scalars."""
        return sum(info.count for info in self.parameters)

    def total(self, *classes: str) -> int:
        """Return the scalars in these classes."""
        return sum(sum(self.counts.get(name, ())) for name in classes)

    def share(self, *classes: str) -> float:
        """Return their share of all parameters, in [0, 1]; 0 for a model without any."""
        return self.total(*classes) / self.scalars if self.scalars else 0.0

    @property
    def silent_share(self) -> float:
        """u: share that kept its value although it is neither structural nor frozen."""
        return self.share(*SILENT)

    @property
    def unchanged_share(self) -> float:
        """Share of every scalar that has its first value, structural and frozen ones included."""
        return self.share("frozen", "structural", *SILENT)

    @property
    def decay_only(self) -> tuple[int, int]:
        """How many scalars only decay moved: structural ones, and dead ones."""
        decayed = self.counts.get("decay-only", ())
        kept = self.counts.get("structural", ())
        moved = [
            min(found, shut - still)
            for found, shut, still in zip(decayed, self.structural, kept, strict=True)
        ]
        return sum(moved), sum(decayed) - sum(moved)

    def parts(self, key: Callable[[ParameterInfo], str]) -> dict[str, dict[str, int]]:
        """Return class -> scalars for each group of tensors that ``key`` makes, in first order."""
        found: dict[str, dict[str, int]] = {}
        for index, info in enumerate(self.parameters):
            part = found.setdefault(key(info), dict.fromkeys(self.counts, 0))
            for name, counts in self.counts.items():
                part[name] += counts[index]
        return found


def cause_of(name: str) -> str:
    """Return what a class means, in words."""
    return CAUSES.get(name, KEPT_CAUSE)


def halves(parameters: Sequence[ParameterInfo]) -> dict[str, str]:
    """Return for each tensor whether it is in the shallow or the deep half of its model.

    Layers with weights (convolutions and linear layers) count, in the order in which the model
    lists them; the first half of them, the middle one included, is shallow. Biases and norms
    belong to the layer listed before them.
    """
    weighty = list(dict.fromkeys(i.layer for i in parameters if i.kind in ("conv", "linear")))
    found, place = {}, 0
    for info in parameters:
        if info.layer in weighty:
            place = weighty.index(info.layer)
        found[info.name] = SHALLOW if 2 * place < len(weighty) else DEEP
    return found


def ledger_of(subject: Subject) -> Ledger:
    """Return the partition at the last step that has one.

    What the run recorded tells all classes. Without it, the values at the start and at the end
    tell what changed, and shapes what could not.

    Raises:
        RunNotFound: Neither was kept; weights from elsewhere have no start.
        RunIncomplete: The records are damaged.
    """
    line = subject.last_drift_line("classes")
    if line is None:
        return _from_values(subject)
    record, manifest = decode(line), subject.manifest
    reach = {str(row["parameter"]): row for row in manifest.reach} if manifest else {}
    step = int(record["step"])
    return Ledger(
        run=subject.name,
        step=step,
        parameters=subject.parameters,
        counts={name: tuple(record["values"][name]) for name in CLASS_NAMES},
        structural=tuple(
            int(reach.get(info.name, {}).get("scalars", 0)) for info in subject.parameters
        ),
        reasons={name: str(row.get("reason", "")) for name, row in reach.items()},
        sampled=manifest is not None and manifest.record_steps < manifest.total_steps,
    )


def _from_values(subject: Subject) -> Ledger:
    if subject.folder is None:
        raise RunNotFound(
            f"{subject.name}: weights alone do not say what training changed; the values at the "
            "start are needed. Train it with 'paramdyn run', or compare two files: 'distance'."
        )
    if subject.status == "diverged":
        raise RunNotFound(
            f"{subject.name}: it diverged before its classes were looked at, and nothing is said "
            "of what a diverged run changed. Run it again with a smaller learning rate."
        )
    start, end = subject.state(START), subject.state(END)
    reach = structural_reach(subject.shapes(), image_size=subject.spec.dataset.image_size)
    names = ("frozen", "structural", KEPT, "decay-only", "changed")
    counts: dict[str, list[int]] = {name: [] for name in names}
    for info in subject.parameters:
        found = _split(info, start[info.name], end[info.name], reach)
        for name in names:
            counts[name].append(found.get(name, 0))
    return Ledger(
        run=subject.name,
        step=subject.step_of(END),
        parameters=subject.parameters,
        counts={name: tuple(values) for name, values in counts.items()},
        structural=tuple(reach.scalars(info.name) for info in subject.parameters),
        reasons={name: each.reason for name, each in reach.unreachable.items()},
        source="snapshots",
    )


def _split(
    info: ParameterInfo, start: torch.Tensor, end: torch.Tensor, reach: Reach
) -> dict[str, int]:
    if not info.trainable:
        return {"frozen": info.count}
    bits = torch.int32 if start.dtype == torch.float32 else start.dtype
    same = start.contiguous().view(bits) == end.contiguous().view(bits)
    mask = reach.mask(info.name)
    shut = reach.scalars(info.name)
    shut_same = 0 if mask is None else int((same & mask).count_nonzero())
    kept = int(same.count_nonzero()) - shut_same
    decayed = shut - shut_same
    moved = info.count - shut - kept
    return {"structural": shut_same, KEPT: kept, "decay-only": decayed, "changed": moved}
