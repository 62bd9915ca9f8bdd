"""How the unchanged share depends on what counts as unchanged (SCIENCE.md, 2.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from paramdyn.analysis.subjects import END, START, Subject

TOLERANCES = (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
"""Relative to the root mean square of a tensor."""

NARROW = {"bfloat16": torch.bfloat16, "float16": torch.float16}
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class ToleranceCurve:
    """The share of all parameters that count as unchanged, for each tolerance.

    Attributes:
        tolerances: Relative to the root mean square of each tensor.
        shares: Share with abs(change) <= tolerance * rms, in [0, 1].
        invisible: Type -> share whose first and last value are the same number in that type.
        scalars: How many parameters.
    """

    tolerances: tuple[float, ...]
    shares: tuple[float, ...]
    invisible: dict[str, float]
    scalars: int


def tolerance_curve(subject: Subject) -> ToleranceCurve:
    """Return share(abs(theta_T - theta_0) <= tol * rms) over the parameters, block by block.

    The root mean square is of the tensor at the start; of the end where the start is all zero.
    Differences are float64. A NaN is never within a tolerance.

    Args:
        subject: A run with its first and its last values.

    Raises:
        RunNotFound: They were not kept.
    """
    start, end = subject.state(START), subject.state(END)
    within = torch.zeros(len(TOLERANCES), dtype=torch.int64)
    invisible = dict.fromkeys(NARROW, 0)
    scalars = 0
    for info in subject.parameters:
        first, last = start[info.name].reshape(-1), end[info.name].reshape(-1)
        scale = _rms(first) or _rms(last)
        scalars += info.count
        for at in range(0, info.count, _BLOCK):
            a, b = first[at : at + _BLOCK], last[at : at + _BLOCK]
            change = (b.double() - a.double()).abs()
            for index, tolerance in enumerate(TOLERANCES):
                within[index] += (change <= tolerance * scale).count_nonzero()
            for name, dtype in NARROW.items():
                invisible[name] += int((a.to(dtype) == b.to(dtype)).count_nonzero())
    return ToleranceCurve(
        tolerances=TOLERANCES,
        shares=tuple(int(count) / scalars for count in within) if scalars else (),
        invisible={name: count / scalars for name, count in invisible.items()} if scalars else {},
        scalars=scalars,
    )


def _rms(values: Tensor) -> float:
    if not values.numel():
        return 0.0
    norm = float(torch.linalg.vector_norm(values, dtype=torch.float64))
    return norm / values.numel() ** 0.5
