"""The positive scales that bring one network closest to another, the function unchanged.

Unlike the standard form of ``scales`` this measures in the weights' own units, so that a distance
modulo scales can stand beside one modulo permutations and signs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from paramdyn.analysis.symmetry.alignment import State, wide
from paramdyn.analysis.symmetry.structure import ScaleSpace, Structure

LARGEST = 1000.0
"""Scales are looked for between its inverse and this: the infimum may lie at no scale at all."""

_SETTLED = 1e-6  # of all that was gained: less is not worth another sweep
_MOST_SWEEPS = 50

Array = NDArray[np.float64]


def fitted_scales(
    a: State, b: State, structure: Structure, *, excluded: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Return the scales c > 0 that minimise ‖a - c b‖, one layer's units after another.

    For a unit with incoming weights w and outgoing weights v that is the minimum over c of
    ‖w_a - c w_b‖² + ‖v_a - v_b / c‖², a root of a quartic; in front of batch normalisation, where
    there is no outgoing part, c = ⟨w_a, w_b⟩ / ‖w_b‖². No step raises the distance, so it settles;
    like weight matching it may do so in a local minimum.

    Args:
        a: Weights.
        b: Weights of the same model, permuted and signed already.
        structure: Its symmetries.
        excluded: Parameter -> True for scalars that have no say.

    Returns:
        Name in ``structure.scales`` -> c, shape: (units,), float64; for ``scales.rescaled``. Units
        whose incoming weights are all zero, and layers added to themselves, keep their scale.

    Reference:
        Neyshabur et al., "Path-SGD", arXiv:1506.02617, for the symmetry.
    """
    moved: dict[str, Tensor] = {}
    found = {
        name: torch.ones(space.units, dtype=torch.float64)
        for name, space in structure.scales.items()
        if _separable(space, structure)
    }
    total = 0.0
    for _ in range(_MOST_SWEEPS):
        swept = 0.0
        for name, factors in found.items():
            space = structure.scales[name]
            step, gain = _best(space, a, b, moved, structure, excluded or {}, factors)
            if gain > 0:
                found[name] = factors * step
                _move(space, step, b, moved, structure)
            swept += gain
        total += swept
        if swept <= _SETTLED * total:
            break
    return found


def _separable(space: ScaleSpace, structure: Structure) -> bool:
    """Tell whether the units of a space can be scaled one by one, by c or 1 / c."""
    learned = [power for power in space.powers if power.axis.tensor in structure.parameters]
    tensors = [power.axis.tensor for power in learned]
    return len(set(tensors)) == len(tensors) and all(p.power in (1, -1) for p in learned)


def _best(
    space: ScaleSpace,
    a: State,
    b: State,
    moved: Mapping[str, Tensor],
    structure: Structure,
    excluded: Mapping[str, Tensor],
    so_far: Tensor,
) -> tuple[Tensor, float]:
    """Return the factors of one step, and by how much they lower the squared distance."""
    inner = {power: np.zeros(space.units) for power in (1, -1)}
    squares = {power: np.zeros(space.units) for power in (1, -1)}
    for entry in space.powers:
        name, axis = entry.axis.tensor, entry.axis
        if name not in structure.parameters:
            continue
        first = wide(a[name]).cpu()
        second = moved[name] if name in moved else wide(b[name]).cpu()
        if name in excluded:
            first = first.masked_fill(excluded[name].cpu(), 0.0)
            second = second.masked_fill(excluded[name].cpu(), 0.0)
        left, right = (x.movedim(axis.axis, 0).reshape(space.units, -1) for x in (first, second))
        inner[entry.power] += (left * right).sum(1).numpy()
        squares[entry.power] += right.square().sum(1).numpy()
    bounds = 1 / LARGEST / so_far.numpy(), LARGEST / so_far.numpy()
    best, gain = _minimisers(inner[1], squares[1], inner[-1], squares[-1], bounds)
    return torch.from_numpy(best), gain


def _minimisers(
    inner: Array,
    squares: Array,
    inner_out: Array,
    squares_out: Array,
    bounds: tuple[Array, Array],
) -> tuple[Array, float]:
    """Return the c that minimise c² s - 2 c i + s' / c² - 2 i' / c, and the gain; 1 where s is 0.

    The derivative times c³ / 2 is the quartic s c⁴ - i c³ + i' c - s'.
    """
    units = len(squares)
    best, lowest = np.ones(units), _height(np.ones(units), inner, squares, inner_out, squares_out)
    usable = squares > 0
    scale = np.where(usable, squares, 1.0)
    companion = np.zeros((units, 4, 4))
    companion[:, 1:, :3] = np.eye(3)
    companion[:, 0, 3] = squares_out / scale
    companion[:, 1, 3] = -inner_out / scale
    companion[:, 3, 3] = inner / scale
    roots = np.linalg.eigvals(companion)
    candidates = np.where(np.abs(roots.imag) <= 1e-9 * (1 + np.abs(roots)), roots.real, 1.0)
    for c in (*candidates.T, bounds[0]):
        allowed = np.clip(np.where(c > 0, c, 1.0), *bounds)
        height = _height(allowed, inner, squares, inner_out, squares_out)
        better = usable & (height < lowest - 1e-12 * (1 + np.abs(lowest)))
        best, lowest = np.where(better, allowed, best), np.where(better, height, lowest)
    gain = _height(np.ones(units), inner, squares, inner_out, squares_out) - lowest
    return best, float(gain.sum())


def _height(c: Array, inner: Array, squares: Array, inner_out: Array, squares_out: Array) -> Array:
    return c * c * squares - 2 * c * inner + squares_out / (c * c) - 2 * inner_out / c


def _move(
    space: ScaleSpace, step: Tensor, b: State, moved: dict[str, Tensor], structure: Structure
) -> None:
    for entry in space.powers:
        name, axis = entry.axis.tensor, entry.axis
        if name in structure.parameters:
            values = moved[name] if name in moved else wide(b[name]).cpu()
            shape = [-1 if number == axis.axis else 1 for number in range(values.dim())]
            by = step.repeat_interleave(axis.repeats).pow(entry.power).view(shape)
            moved[name] = values * by
