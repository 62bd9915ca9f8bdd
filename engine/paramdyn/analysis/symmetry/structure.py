"""Which axes of a network's tensors share a permutation, a sign or a scale.

A hidden unit may change places with another of its layer, as long as every tensor that has an axis
over these units is permuted alike: the filters that make them, their biases, the normalisation
that follows, with its running statistics, and the columns that read them. Layers whose outputs are
added share one permutation. The axes of images and logits are fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from paramdyn.analysis.symmetry.spaces import Axis, NormPair, Power
from paramdyn.analysis.symmetry.tracing import Traced, trace

__all__ = ["Axis", "Group", "NormPair", "Power", "ScaleSpace", "Structure", "structure_of"]


@dataclass(frozen=True, slots=True)
class Group:
    """Axes that share one permutation.

    Attributes:
        name: The first module that makes these units, such as ``layer1.0.conv1``.
        units: How many there are.
        axes: The axes over them, of parameters and of running statistics.
    """

    name: str
    units: int
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class ScaleSpace:
    """Units that can be scaled by any c > 0 each, the function staying as it is.

    Attributes:
        name: The first module that makes these units.
        units: How many there are.
        powers: Each axis over them, with the power of c that it is multiplied by.
        normalized: Whether batch normalisation removes the scale. In training mode its epsilon
            then breaks the symmetry, by a relative epsilon / variance.
    """

    name: str
    units: int
    powers: tuple[Power, ...]
    normalized: bool = False


@dataclass(frozen=True, slots=True)
class Structure:
    """The symmetries of a network, as ``structure_of`` found them.

    Attributes:
        groups: Free permutations, by name, in the order of the forward pass.
        pairs: Layer and batch normalisation right behind it: their signs cancel exactly.
        scales: Units with a free positive scale, by name, in the order of the forward pass.
        shapes: Every tensor of the state_dict that has one of the axes -> its shape.
        parameters: All parameters of the model, in its order. Others are running statistics.
        epsilons: Each running variance -> what batch normalisation adds to it.
    """

    groups: Mapping[str, Group]
    pairs: tuple[NormPair, ...]
    scales: Mapping[str, ScaleSpace]
    shapes: Mapping[str, tuple[int, ...]]
    parameters: tuple[str, ...]
    epsilons: Mapping[str, float]

    def axes_of(self, tensor: str) -> tuple[tuple[str, Axis], ...]:
        """Return (group, axis) for each permutable axis of a tensor; empty when it has none."""
        return tuple(
            (group.name, axis)
            for group in self.groups.values()
            for axis in group.axes
            if axis.tensor == tensor
        )

    def silenced(self, dead: Mapping[str, Tensor]) -> dict[str, int]:
        """Return how many scalars of each parameter dead units leave without a gradient.

        Fan-in, bias and fan-out; a weight between two dead units counts once. This holds for units
        that one layer makes; of units whose outputs are added to others it is an upper bound.

        Args:
            dead: Group -> which of its units never fire. Shape: (units,), bool.
        """
        counts = {}
        for tensor in self.parameters:
            axes = [(dead[name], axis) for name, axis in self.axes_of(tensor) if name in dead]
            if not axes:
                continue
            total = alive = torch.Size(self.shapes[tensor]).numel()
            for units, _ in axes:
                alive = alive // len(units) * (len(units) - int(units.count_nonzero()))
            counts[tensor] = total - alive
        return counts


def structure_of(model: nn.Module, *, image_size: int, in_channels: int = 3) -> Structure:
    """Return the symmetries of ``model``, found by following one forward pass without data.

    Known are convolutions, linear layers, batch normalisation, elementwise activations, pooling,
    dropout, flattening and sums of equally shaped maps, in any order: sequential and residual
    networks. Parameters that the pass never uses get no symmetry. The model is not changed.

    Args:
        model: On any device, also ``meta``.
        image_size: Height and width of the images.
        in_channels: Their channels.

    Raises:
        BadRequest: The pass cannot be traced, or meets something else; the module is named.

    Reference:
        Ainsworth et al., "Git Re-Basin: Merging Models modulo Permutation Symmetries",
        arXiv:2209.04836 (which writes these groups by hand, for networks without batch norm).
    """
    traced = trace(model, image_size=image_size, in_channels=in_channels)
    groups = _groups(traced)
    return Structure(
        groups=groups,
        pairs=traced.pairs,
        scales=_scales(traced),
        shapes=traced.shapes,
        parameters=tuple(name for name, _ in model.named_parameters()),
        epsilons=traced.epsilons,
    )


def _groups(traced: Traced) -> dict[str, Group]:
    found = {}
    for space in traced.units.spaces():
        if not space.fixed and space.entries:
            axes = dict.fromkeys(power.axis for power in space.entries)
            found[space.name] = Group(space.name, space.size, tuple(axes))
    return found


def _scales(traced: Traced) -> dict[str, ScaleSpace]:
    found = {}
    for space in traced.scales.spaces():
        if space.fixed or not space.entries:
            continue
        powers = tuple(dict.fromkeys(space.entries))
        normalized = any(power.axis.tensor in traced.epsilons for power in powers)
        found[space.name] = ScaleSpace(space.name, space.size, powers, normalized)
    return found
