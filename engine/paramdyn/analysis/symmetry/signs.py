"""Signs in front of batch normalisation: the group that turns a far copy into the same network."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from paramdyn.analysis.symmetry.alignment import Alignment, State, blocks, signed_tensors
from paramdyn.analysis.symmetry.structure import Structure


def flipped(structure: Structure) -> Alignment:
    """Return the flip of every sign that batch normalisation cancels (SCIENCE.md, K14).

    Of each pair the layer's weight and bias and the norm's weight and running mean are negated;
    the function stays the same bit for bit, in training and in evaluation mode.
    """
    return Alignment(
        structure,
        signs={
            pair.layer: -torch.ones(structure.shapes[f"{pair.layer}.weight"][0])
            for pair in structure.pairs
        },
    )


def sign_alignment(
    a: State,
    b: State,
    structure: Structure,
    *,
    permutations: Mapping[str, Tensor] | None = None,
    excluded: Mapping[str, Tensor] | None = None,
) -> Alignment:
    """Return the signs s that bring ``b`` closest to ``a``: min ‖w_a - s w_b‖² over each unit.

    Closed form: s = sgn(⟨w_a, w_b⟩ + bias_a bias_b + norm_a norm_b), with the layer's filter and
    bias and the norm's weight; zero counts as +1. The running mean changes sign too, but is a
    buffer and has no say. The norm's bias and running variance have no sign.

    Args:
        a: Weights.
        b: Weights of the same model.
        structure: Its symmetries.
        permutations: Applied to ``b`` first.
        excluded: Parameter -> True for scalars that have no say, such as those that ``reach``
            calls structural.
    """
    moved = Alignment(structure, permutations or {})
    found = {}
    for pair in structure.pairs:
        units = structure.shapes[f"{pair.layer}.weight"][0]
        inner = torch.zeros(units, dtype=torch.float64)
        for name in signed_tensors(pair, buffers=False):
            if name in structure.shapes:
                inner += _inner(a[name], moved.tensor(name, b[name]), (excluded or {}).get(name))
        found[pair.layer] = torch.where(inner < 0, -1.0, 1.0)
    return Alignment(structure, moved.permutations, found)


def _inner(a: Tensor, b: Tensor, excluded: Tensor | None) -> Tensor:
    parts = []
    for first, second, mask in blocks(a, b, excluded, 0):
        products = first * second
        if mask is not None:
            products.masked_fill_(mask, 0.0)
        parts.append(products.reshape(len(products), -1).sum(1).cpu())
    return torch.cat(parts)
