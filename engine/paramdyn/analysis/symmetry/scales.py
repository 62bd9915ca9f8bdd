"""Positive scales that cancel: units before ReLU, and filters before batch normalisation.

Unlike permutations and signs they are not a finite group, so weights are brought to a standard
form, in which every unit's incoming weights have norm 1; two forms can then be compared.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from paramdyn.analysis.symmetry.alignment import State, wide
from paramdyn.analysis.symmetry.structure import ScaleSpace, Structure
from paramdyn.errors import BadRequest

_SETTLED = 1e-12
_MOST_SWEEPS = 200


def rescaled(
    state: State, structure: Structure, factors: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Return ``state`` with each unit's scale multiplied by c > 0, the function unchanged.

    Incoming weights and biases are multiplied by c, outgoing weights divided by it; before batch
    normalisation the running mean goes with c and the running variance v becomes
    c² (v + ε) - ε, which is exact in evaluation mode and may be as low as -ε.

    Args:
        state: A state_dict of the model.
        structure: Its symmetries.
        factors: Name in ``structure.scales`` -> c. Shape: (units,). Others stay.

    Raises:
        BadRequest: A factor is not positive and finite.

    Reference:
        Neyshabur et al., "Path-SGD: Path-Normalized Optimization in Deep Neural Networks",
        arXiv:1506.02617.
    """
    changed: dict[str, Tensor] = {}
    for name, factor in factors.items():
        if not bool(((factor > 0) & torch.isfinite(factor)).all()):
            raise BadRequest(
                f"symmetry: a scale of '{name}' is not positive and finite. Give c > 0."
            )
        _scale(structure, structure.scales[name], factor, state, changed)
    return {name: changed[name].to(state[name]) if name in changed else state[name]
            for name in state}  # fmt: skip


def canonical_scales(
    state: State, structure: Structure, *, excluded: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Return the equivalent weights in which every unit's incoming weights have L2 norm 1.

    Incoming are the layer's filter and bias before ReLU, the filter alone before batch
    normalisation, and its weight and bias behind it; of a residual sum, those of all its terms
    together. Units whose incoming weights are all zero keep their scale. Two networks that differ
    by scales only have the same form, up to the rounding of their type.

    Args:
        state: A state_dict of the model.
        structure: Its symmetries.
        excluded: Parameter -> True for scalars that have no say.

    Raises:
        BadRequest: The norms depend on each other and do not settle, which may happen in residual
            networks without batch normalisation.
    """
    widened: dict[str, Tensor] = {}
    for _ in range(_MOST_SWEEPS):
        largest = 0.0
        for space in structure.scales.values():
            factor = _factor(space, state, widened, structure, excluded or {})
            largest = max(largest, float((factor - 1.0).abs().max()) if len(factor) else 0.0)
            _scale(structure, space, factor, state, widened)
        if largest < _SETTLED:
            return {name: widened[name].to(state[name]) if name in widened else state[name]
                    for name in state}  # fmt: skip
    raise BadRequest(
        f"symmetry: scales did not settle in {_MOST_SWEEPS} sweeps. The norms of this network's "
        "residual layers depend on each other. Compare distances without scales."
    )


def _factor(
    space: ScaleSpace,
    state: State,
    widened: Mapping[str, Tensor],
    structure: Structure,
    excluded: Mapping[str, Tensor],
) -> Tensor:
    squares = torch.zeros(space.units, dtype=torch.float64)
    for entry in space.powers:
        name, axis = entry.axis.tensor, entry.axis
        if entry.power != 1 or name not in structure.parameters:
            continue
        if space.normalized and len(structure.shapes[name]) == 1:
            continue  # a bias in front of batch normalisation has no effect of its own
        values = widened[name] if name in widened else wide(state[name]).cpu()
        if name in excluded:
            values = values.masked_fill(excluded[name].cpu(), 0.0)
        squares += values.movedim(axis.axis, 0).reshape(space.units, -1).square().sum(1)
    return torch.where(squares > 0, squares.rsqrt(), 1.0)


def _scale(
    structure: Structure,
    space: ScaleSpace,
    factor: Tensor,
    state: State,
    widened: dict[str, Tensor],
) -> None:
    """Multiply what belongs to the units by powers of their factors, in float64."""
    for entry in space.powers:
        name, axis = entry.axis.tensor, entry.axis
        if name not in state:
            continue
        values = widened[name] if name in widened else wide(state[name]).cpu()
        shape = [-1 if number == axis.axis else 1 for number in range(values.dim())]
        by = factor.double().cpu().repeat_interleave(axis.repeats).pow(entry.power).view(shape)
        epsilon = structure.epsilons.get(name, 0.0)
        widened[name] = (values + epsilon) * by - epsilon if epsilon else values * by
