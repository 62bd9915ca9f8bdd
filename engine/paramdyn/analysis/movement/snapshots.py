"""Between the kept snapshots of one run: all pair distances, and which way each went."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramdyn.analysis.movement.displacement import Masks
from paramdyn.analysis.subjects import State
from paramdyn.store.manifest import ParameterInfo

Floats = NDArray[np.float64]
BLOCK = 2**22
"""Scalars of all moments together that are widened at once: 32 MiB."""


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Distances and directions between K moments of one run, over live scalars.

    Attributes:
        steps: The moments, increasing. Length: K.
        scalars: How many live scalars there are, d.
        distances: ‖θ_i - θ_j‖. Shape: (K, K), symmetric, 0 on the diagonal.
        to_end: cos(θ_i - θ_0, θ_T - θ_0) with the first and the last moment; NaN where a
            displacement is zero, as that of the first. Shape: (K,).
        turns: cos of successive displacements, θ_i - θ_{i-1} and θ_{i+1} - θ_i; NaN where one is
            zero, and at both ends. Shape: (K,).
    """

    steps: tuple[int, ...]
    scalars: int
    distances: Floats
    to_end: Floats
    turns: Floats

    @property
    def null_deviation(self) -> float:
        """Standard deviation of a cosine of independent directions, 1 / sqrt(d); its mean is 0."""
        return 1 / math.sqrt(self.scalars) if self.scalars else math.nan

    @property
    def intervals(self) -> Floats:
        """Distance from each moment to the next. Shape: (K - 1,)."""
        return np.diagonal(self.distances, 1).copy()


def directions(
    steps: Sequence[int],
    states: Sequence[State],
    parameters: Sequence[ParameterInfo],
    masks: Masks,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Directions:
    """Return distances and directions between moments, tensor by tensor, in float64.

    Args:
        steps: Of the moments, increasing.
        states: The values at each; mapped files are read block by block.
        parameters: What counts; buffers do not.
        masks: Scalars that no input can move; left out.
        progress: Called with (parameters done, parameters).
    """
    count = len(states)
    squares, scalars = np.zeros((count, count)), 0
    from_start = np.zeros(count)  # <theta_i - theta_0, theta_T - theta_0>
    successive = np.zeros(max(count - 2, 0))
    for done, row in enumerate(parameters, 1):
        flat = [state[row.name].numpy().reshape(-1) for state in states]
        alive = None if row.name not in masks else ~masks[row.name].numpy().reshape(-1)
        rows = max(1, BLOCK // max(count, 1))
        for begin in range(0, row.count, rows):
            part = slice(begin, begin + rows)
            values = np.stack([each[part] for each in flat]).astype(np.float64)
            if alive is not None:
                values = values[:, alive[part]]
            scalars += values.shape[1]
            moved = values - values[0]
            from_start += moved @ moved[-1]
            chords = np.diff(values, axis=0)
            successive += np.einsum("ij,ij->i", chords[:-1], chords[1:])
            squares += _pair_squares(values)
        progress(done, len(parameters))
    distances = np.sqrt(squares)
    return Directions(tuple(steps), scalars, distances, _to_end(from_start, distances),
                      _turns(successive, distances))  # fmt: skip


def _pair_squares(values: Floats) -> Floats:
    count = len(values)
    found = np.zeros((count, count))
    for i in range(count):
        for j in range(i + 1, count):
            difference = values[i] - values[j]
            found[i, j] = found[j, i] = difference @ difference
    return found


def _to_end(inner: Floats, distances: Floats) -> Floats:
    lengths = distances[0] * distances[0, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(lengths > 0, inner / lengths, np.nan)


def _turns(inner: Floats, distances: Floats) -> Floats:
    found = np.full(len(distances), np.nan)
    lengths = np.diagonal(distances, 1)
    products = lengths[:-1] * lengths[1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        found[1:-1] = np.where(products > 0, inner / products, np.nan)
    return found
