"""Inner products of the units of two networks, kept while a search for a permutation goes on.

⟨unit i of a, unit j of b⟩ over one tensor depends on how b's units are permuted, and signed, along
the tensor's other axis. Late in a search few of those change from one look to the next: then only
their share is taken out and put in again. Large tensors are multiplied in float32, block by block,
and the blocks are summed in float64.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from paramdyn.analysis.symmetry.alignment import BLOCK, State
from paramdyn.analysis.symmetry.structure import Axis, Structure

SINGLE = 2**22
"""Scalars from which on a tensor is multiplied in float32: the products then take the time."""
MOST_CHANGED = 0.4
"""Share of the other axis beyond which everything is multiplied anew; a change costs twice."""


@dataclass(slots=True)
class _Kept:
    """Products, and along the other axis the places and signs of b that they are of."""

    products: Tensor
    places: Tensor
    signs: Tensor


class InnerProducts:
    """Products of the units of two networks along one axis of one tensor.

    Args:
        a: Weights.
        b: Weights of the same model.
        structure: Its symmetries.
        excluded: Parameter -> True for scalars that do not count.
    """

    def __init__(
        self, a: State, b: State, structure: Structure, excluded: Mapping[str, Tensor]
    ) -> None:
        self._a, self._b, self._excluded = a, b, excluded
        self._others = {
            (axis.tensor, axis.axis): [
                (name, other)
                for name, other in structure.axes_of(axis.tensor)
                if other.axis != axis.axis
            ]
            for group in structure.groups.values()
            for axis in group.axes
        }
        self._kept: dict[Axis, _Kept] = {}

    def is_single(self, tensor: str) -> bool:
        """Return whether a tensor is multiplied in float32."""
        value = self._a[tensor]
        return value.numel() >= SINGLE or value.device.type == "mps"

    def of(
        self, axis: Axis, units: int, permutations: Mapping[str, Tensor], signs: Tensor | None
    ) -> Tensor:
        """Return ⟨unit i of a, unit j of b⟩, float64 on the CPU; not to be written to.

        Args:
            axis: Along which the units are.
            units: How many.
            permutations: Group -> which unit of b is at each place.
            signs: Of the places of axis 0, where that is the other axis; None for all +1.
        """
        other = self._other(axis)
        length = 1 if other < 0 else self._a[axis.tensor].shape[other]
        places = torch.arange(length)
        for name, found in self._others[axis.tensor, axis.axis]:
            within = torch.arange(found.repeats)
            places = (permutations[name][:, None] * found.repeats + within).flatten()
        factors = torch.ones(length)
        if signs is not None and other == 0:
            factors = signs.float()
        kept = self._kept.get(axis)
        if kept is None:
            changed = torch.arange(length)
            products = torch.zeros(units, units, dtype=torch.float64)
            kept = self._kept[axis] = _Kept(products, places, factors)
            self._add(kept, axis, other, changed, 1)
            return kept.products
        changed = ((kept.places != places) | (kept.signs != factors)).nonzero().flatten()
        if len(changed) > MOST_CHANGED * length:
            kept.products.zero_()
            changed = torch.arange(length)
        elif len(changed):
            self._add(kept, axis, other, changed, -1)
        kept.places, kept.signs = places, factors
        if len(changed):
            self._add(kept, axis, other, changed, 1)
        return kept.products

    def _other(self, axis: Axis) -> int:
        """Return the axis that is summed over in blocks; -1 where there is none."""
        permuted = [other.axis for _, other in self._others[axis.tensor, axis.axis]]
        if permuted:
            return permuted[0]
        dimensions = self._a[axis.tensor].dim()
        return -1 if dimensions < 2 else int(axis.axis == 0)

    def _add(self, kept: _Kept, axis: Axis, other: int, chosen: Tensor, sign: int) -> None:
        """Add the products over some places of the other axis."""
        a, b = self._a[axis.tensor].detach(), self._b[axis.tensor].detach()
        mask = self._excluded.get(axis.tensor)
        kind = torch.float32 if self.is_single(axis.tensor) else torch.float64
        units = len(kept.products)
        size = 1 if other < 0 else math.prod(a.shape) // a.shape[other]
        for part in chosen.split(max(1, BLOCK // max(size, 1))):
            left, right = a, b
            if other >= 0:
                left = a.index_select(other, part.to(a.device))
                right = b.index_select(other, kept.places[part].to(b.device))
            left, right = left.to(kind), right.to(left.device, kind)
            if mask is not None:
                hidden = mask if other < 0 else mask.index_select(other, part.to(mask.device))
                left = left.masked_fill(hidden.to(left.device), 0.0)
            if other >= 0 and bool((kept.signs[part] < 0).any()):
                shape = [-1 if dimension == other else 1 for dimension in range(right.dim())]
                right = right * kept.signs[part].to(right).view(shape)
            one, two = (x.movedim(axis.axis, 0).reshape(units, -1) for x in (left, right))
            kept.products.add_((one @ two.T).cpu().double(), alpha=sign)
