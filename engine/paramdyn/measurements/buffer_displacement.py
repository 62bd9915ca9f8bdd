"""L2 distance of running statistics from the start: state, never mixed with parameters."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from paramdyn.measurements.measurement import Context, Measurement, Values


def buffer_displacements(context: Context) -> list[Values]:
    """Return the L2 distance of every floating buffer from step 0; undefined for counters.

    The differences are taken in float64. The total is over the floating buffers, and undefined
    when there are none.
    """
    floating = [now.is_floating_point() for now, _ in context.buffers]
    pairs = [pair for pair, is_float in zip(context.buffers, floating, strict=True) if is_float]
    if not pairs:
        return [Values([None] * len(floating), None)]
    difference = _flat([now for now, _ in pairs]) - _flat([start for _, start in pairs])
    parts = difference.split([now.numel() for now, _ in pairs])
    squares = [float(torch.dot(part, part)) for part in parts]
    remaining = iter(squares)
    values = [math.sqrt(next(remaining)) if is_float else None for is_float in floating]
    return [Values(values, math.sqrt(sum(squares)))]


def _flat(tensors: list[Tensor]) -> Tensor:
    # One transfer for all: a copy per buffer would wait for the device as many times.
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).cpu().double()


BUFFER_DISPLACEMENT = Measurement(
    name="buffer_displacement",
    unit="weight",
    needs=frozenset(),
    compute=buffer_displacements,
    formula="sqrt(sum (s - s_0)^2) over the scalars s of a buffer",
    reference="-",
    reads_tensors=True,
)
