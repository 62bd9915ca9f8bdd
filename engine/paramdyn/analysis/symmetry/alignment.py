"""An element of a network's symmetry group, applied to weights; sums over aligned weights."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from paramdyn.analysis.symmetry.spaces import Axis, NormPair
from paramdyn.analysis.symmetry.structure import Structure
from paramdyn.errors import ShapeMismatch

BLOCK = 2**23
"""Scalars looked at together: two float64 copies of them take 128 MiB."""

State = Mapping[str, Tensor]
"""A state_dict, or a mapping that loads each tensor when it is asked for."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Permutations and signs that leave the function of a network as it is.

    Attributes:
        structure: What they apply to.
        permutations: Group -> int64 indices p. Shape: (units,). Unit i of the result is unit p[i]
            of what it is applied to. Groups that are not named stay in order.
        signs: Layer in front of a batch normalisation -> +1 or -1. Shape: (units,), after
            permuting. They multiply the layer's weight and bias and the norm's weight and running
            mean; the norm's bias and running variance stay.
    """

    structure: Structure
    permutations: Mapping[str, Tensor] = field(default_factory=dict)
    signs: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What tells it from others, in hexadecimal; empty where it moves nothing."""
        found = hashlib.sha256()
        moving = False
        for kind, of in (("order", self.permutations), ("sign", self.signs)):
            for name, values in sorted(of.items()):
                moves = values.long().tolist()
                if moves != (list(range(len(moves))) if kind == "order" else [1] * len(moves)):
                    moving = True
                    found.update(f"{name} {moves}\n".encode())  # a zero tells orders from signs
        return found.hexdigest() if moving else ""

    def tensor(self, name: str, value: Tensor) -> Tensor:
        """Return one tensor of the state_dict, transformed; a view of ``value`` when unchanged."""
        for group, axis in self.structure.axes_of(name):
            if group in self.permutations:
                value = value.index_select(axis.axis, self.indices(group, axis, value.device))
        for pair in self.structure.pairs:
            if pair.layer in self.signs and name in signed_tensors(pair):
                signs = self.signs[pair.layer].to(value)
                value = value * signs.view(-1, *[1] * (value.dim() - 1))
        return value

    def apply(self, state: State) -> dict[str, Tensor]:
        """Return the whole state_dict, transformed."""
        return {name: self.tensor(name, state[name]) for name in state}

    def indices(self, group: str, axis: Axis, device: torch.device | str = "cpu") -> Tensor:
        """Return the permutation of a group for an axis that may repeat its units."""
        units = self.permutations[group].to(device)
        within = torch.arange(axis.repeats, device=device)
        return (units[:, None] * axis.repeats + within).flatten()


def signed_tensors(pair: NormPair, *, buffers: bool = True) -> tuple[str, ...]:
    """Return the names of what a pair's signs multiply; not all of them need to exist."""
    names = (f"{pair.layer}.weight", f"{pair.layer}.bias", f"{pair.norm}.weight")
    return (*names, f"{pair.norm}.running_mean") if buffers else names


def check_states(structure: Structure, a: State, b: State) -> None:
    """Check that both have every parameter, in equal shapes.

    Raises:
        ShapeMismatch: One lacks a parameter or has another shape; all are named.
    """
    wrong = []
    for name in structure.parameters:
        shapes = [tuple(s[name].shape) if name in s else None for s in (a, b)]
        expected = structure.shapes.get(name, shapes[0])
        if None in shapes or shapes != [expected, expected]:
            wrong.append(f"'{name}' is {shapes[0]} and {shapes[1]}")
    if wrong:
        raise ShapeMismatch(
            f"symmetry: the two sets of weights do not fit the model: {'; '.join(wrong)}. Expected "
            "every parameter in both, in the model's shape. Compare weights of one model."
        )


def wide(value: Tensor) -> Tensor:
    """Return a float64 copy, on the CPU where the device has none."""
    values = value.detach()
    return (values.cpu() if values.device.type == "mps" else values).to(torch.float64, copy=True)


def blocks(
    a: Tensor, b: Tensor, excluded: Tensor | None, axis: int
) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
    """Yield float64 pieces of equally shaped tensors, cut along ``axis``, and of the mask."""
    if a.dim() == 0:
        a, b = a[None], b[None]
        excluded = None if excluded is None else excluded[None]
    rows = max(1, BLOCK // max(1, a.numel() // max(1, a.shape[axis])))
    for start in range(0, a.shape[axis], rows):
        count = min(rows, a.shape[axis] - start)
        first, second = (wide(x.narrow(axis, start, count)) for x in (a, b))
        mask = None if excluded is None else excluded.narrow(axis, start, count).to(first.device)
        yield first, second.to(first.device), mask


def squared_difference(a: Tensor, b: Tensor, excluded: Tensor | None = None) -> tuple[float, float]:
    """Return ‖a - b‖² over all scalars and over those not excluded, in float64."""
    total: list[float] = []
    live: list[float] = []
    for first, second, mask in blocks(a, b, excluded, 0):
        squares = (first - second).square_()
        total.append(float(squares.sum()))
        live.append(total[-1] if mask is None else float(squares.masked_fill_(mask, 0.0).sum()))
    return math.fsum(total), math.fsum(live)


def aligned_squared_distance(
    a: State, b: State, alignment: Alignment, excluded: Mapping[str, Tensor]
) -> float:
    """Return ‖a - g b‖² over the parameters without the excluded scalars."""
    return math.fsum(
        squared_difference(a[name], alignment.tensor(name, b[name]), excluded.get(name))[1]
        for name in alignment.structure.parameters
    )
