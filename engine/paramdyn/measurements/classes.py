"""The partition of all scalars into classes, each with its cause (SCIENCE.md, M1).

One percentage of "changed parameters" says little: weight decay changes every scalar, a map of
1x1 pixels leaves eight of nine taps without any gradient. So every scalar is in exactly one class.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from paramdyn.errors import ShapeMismatch
from paramdyn.measurements.measurement import Context, DecayInfo, Measurement, Values

CAUSES = {
    "frozen": "not trained: the optimizer does not have it",
    "structural": "no input can give it a gradient, and it never changed",
    "dead": "its gradient was exactly zero at every observed step, and it never changed",
    "absorbed": "it had gradients, but every update was too small to change the stored value",
    "returned": "it changed, and has its first value again, bit for bit",
    "decay-only": "nothing but weight decay moved it: it never had a gradient",
    "changed": "training moved it",
}
"""Class -> what it means. Class is the first that applies, in this order."""

CLASS_NAMES = tuple(CAUSES)
DECAY_CAUSES = ("structural", "dead")
"""Why a ``decay-only`` scalar had no gradient."""

RELATIVE_TOLERANCE = 1e-5
# Scalars at a time. Memory stays flat; on a CPU the temporaries also stay in cache and are reused
# by the allocator (2.5 times faster than a million), elsewhere fewer launches count for more.
_CPU_BLOCK = 1 << 16
_DEVICE_BLOCK = 1 << 22
_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def classify(
    now: Tensor,
    start: Tensor,
    *,
    ever_gradient: Tensor,
    ever_changed: Tensor,
    structural: Tensor | None,
    trainable: bool,
    decay: DecayInfo | None,
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the number of scalars in each class, and the causes of the decay-only ones.

    Values are compared by their bits: -0.0 differs from 0.0, a NaN equals the same NaN.

    Args:
        now: The parameter. Shape: any; the other tensors have the same one and the same device.
        start: The parameter at step 0.
        ever_gradient: True where any observed gradient was not zero.
        ever_changed: True where the value differed from the start at any observed step.
        structural: True where no input can give a gradient; None: nowhere.
        trainable: Whether the optimizer has the parameter. If not, the masks are not read.
        decay: What weight decay alone does; None when it is off. A scalar that never had a
            gradient is decay-only when it is at ``start * decay.ratio``, within 1e-5 and one
            rounding per step. Without a known ratio, structural scalars are decay-only if they
            changed, others only where decay acted ``alone``: else momentum of an unobserved
            gradient may have moved them.

    Raises:
        ShapeMismatch: Two tensors differ in shape.
    """
    _check_shapes(now, start, ever_gradient, ever_changed, structural, trainable=trainable)
    counts = dict.fromkeys(CLASS_NAMES, 0)
    causes = dict.fromkeys(DECAY_CAUSES, 0)
    if not trainable:
        counts["frozen"] = now.numel()
        return counts, causes
    total = torch.zeros(7, dtype=torch.int64, device=now.device)
    flat = [_flat(tensor, now) for tensor in (now, start, ever_gradient, ever_changed)]
    shut_flat = None if structural is None else _flat(structural, now)
    size = _CPU_BLOCK if now.device.type == "cpu" else _DEVICE_BLOCK
    for first in range(0, now.numel(), size):
        part = slice(first, first + size)
        now_, start_, seen, ever_ = (tensor[part] for tensor in flat)
        shut_ = None if shut_flat is None else shut_flat[part]
        total += _tally(now_, start_, seen, ever_, structural=shut_, decay=decay)
    moved, ever, absorbed, shut, shut_moved, decayed_shut, decayed_dead = total.tolist()
    counts["structural"] = shut - shut_moved
    counts["absorbed"] = absorbed
    counts["returned"] = ever - (moved - shut_moved)
    counts["dead"] = now.numel() - shut - ever - absorbed
    counts["decay-only"] = decayed_shut + decayed_dead
    counts["changed"] = moved - counts["decay-only"]
    causes["structural"], causes["dead"] = decayed_shut, decayed_dead
    return counts, causes


@dataclass(frozen=True, slots=True)
class Partition:
    """The classes of all L parameters.

    Attributes:
        counts: Class -> number of scalars of each parameter, in the table's order.
        decay_causes: ``structural`` and ``dead`` -> how many decay-only scalars of each parameter
            have no gradient for that reason.
    """

    counts: dict[str, list[int]]
    decay_causes: dict[str, list[int]]

    @property
    def totals(self) -> dict[str, int]:
        """Number of scalars in each class."""
        return {name: sum(counts) for name, counts in self.counts.items()}

    @property
    def scalars(self) -> int:
        """Number of scalars in all classes."""
        return sum(self.totals.values())

    def percentages(self) -> dict[str, float | None]:
        """Return each class's share in percent; they sum to 100. None for a model without any."""
        totals, scalars = self.totals, self.scalars
        return {name: 100 * n / scalars if scalars else None for name, n in totals.items()}


def partition(context: Context) -> Partition:
    """Classify every scalar of every parameter, one parameter at a time."""
    results = [
        classify(context.values(i), context.start(i), **context.class_inputs(i))
        for i in range(len(context.table))
    ]
    return Partition(
        {name: [counts[name] for counts, _ in results] for name in CLASS_NAMES},
        {name: [causes[name] for _, causes in results] for name in DECAY_CAUSES},
    )


def _check_shapes(now: Tensor, start: Tensor, *masks: Tensor | None, trainable: bool) -> None:
    others = [start, *(mask for mask in masks if mask is not None)] if trainable else [start]
    for other in others:
        if other.shape != now.shape:
            raise ShapeMismatch(
                f"classes: found shapes {tuple(now.shape)} and {tuple(other.shape)}. "
                "Expected one shape for the values now, at the start, and all masks. "
                "Give each of them for the same parameter."
            )


def _flat(tensor: Tensor, like: Tensor) -> Tensor:
    """Return the scalars in the memory order of ``like``: no copy where the two agree in it."""
    channels_last = like.dim() == 4 and not like.is_contiguous()
    return (tensor.permute(0, 2, 3, 1) if channels_last else tensor).detach().reshape(-1)


def _tally(
    now: Tensor,
    start: Tensor,
    seen: Tensor,
    ever_changed: Tensor,
    *,
    structural: Tensor | None,
    decay: DecayInfo | None,
) -> Tensor:
    """Count one block without waiting for the device: moved, ever moved and reachable, ..."""
    none = torch.zeros((), dtype=torch.int64, device=now.device)
    bits = _BITS[now.element_size()]
    moved = now.view(bits) != start.view(bits)
    ever = ever_changed | moved
    absorbed = seen & ~ever
    shut = shut_moved = none
    if structural is not None:
        reachable = ~structural
        ever, absorbed = ever & reachable, absorbed & reachable
        shut, shut_moved = structural.count_nonzero(), (structural & moved).count_nonzero()
    decayed_shut = decayed_dead = none
    if decay is not None and (decay.ratio is not None or structural is not None or decay.alone):
        quiet = moved & ~seen if structural is None else moved & (structural | ~seen)
        if decay.ratio is None:
            decayed_shut = shut_moved
            if decay.alone:
                decayed_dead = quiet.count_nonzero() - decayed_shut
        elif quiet.any():
            decayed = quiet & _at_ratio(now, start, decay.ratio, decay.steps)
            if structural is not None:
                decayed_shut = (decayed & structural).count_nonzero()
            decayed_dead = decayed.count_nonzero() - decayed_shut
    counts = [moved.count_nonzero(), ever.count_nonzero(), absorbed.count_nonzero()]
    return torch.stack([*counts, shut, shut_moved, decayed_shut, decayed_dead])


def _at_ratio(now: Tensor, start: Tensor, ratio: float, steps: int) -> Tensor:
    tolerance = RELATIVE_TOLERANCE + steps * torch.finfo(now.dtype).eps
    expected = start * ratio
    return (now - expected).abs() <= tolerance * expected.abs()


def _class_counts(context: Context) -> list[Values]:
    found = partition(context)
    return [Values(found.counts, found.totals)]


CLASSES = Measurement(
    name="classes",
    unit="count",
    needs=frozenset(),
    compute=_class_counts,
    formula="#{scalars of the parameter in class c}, for each class c; they sum to #theta",
    reference="Mukherjee et al. 2025, arXiv:2505.11711 (why one percentage misleads)",
    reads_tensors=True,
)
