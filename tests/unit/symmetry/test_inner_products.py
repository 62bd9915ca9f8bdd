"""Products that are kept and corrected are the products computed anew."""

import numpy as np
import pytest
import torch

from paramdyn.analysis.symmetry import inner_products
from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.inner_products import InnerProducts
from paramdyn.analysis.symmetry.permutation import match_weights
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.models import build_model
from paramdyn.specs import ModelSpec


@pytest.fixture(scope="module")
def networks():
    model = build_model(ModelSpec(name="lenet"), num_classes=10, image_size=32)
    structure = structure_of(model, image_size=32)
    random = torch.Generator().manual_seed(0)
    draw = [
        {
            name: torch.randn(value.shape, generator=random)
            for name, value in model.state_dict().items()
        }
        for _ in range(2)
    ]
    return structure, draw[0], draw[1]


def by_definition(a, b, structure, group, axis, permutations, signs, mask):
    """One inner product a pair of units, in float64 loops."""
    left, right = a[axis.tensor].double(), b[axis.tensor].double()
    for name, other in structure.axes_of(axis.tensor):
        if other.axis != axis.axis:
            places = Alignment(structure, permutations).indices(name, other)
            right = right.index_select(other.axis, places)
    if signs is not None:
        right = right * signs.view(-1, *[1] * (right.dim() - 1))
    if mask is not None:
        left = left.masked_fill(mask, 0.0)
    one, two = (x.movedim(axis.axis, 0).reshape(group.units, -1).numpy() for x in (left, right))
    return np.array([[float(np.dot(u, v)) for v in two] for u in one])


@pytest.mark.parametrize("single", [False, True])
def test_products_follow_permutations_signs_and_masks(networks, monkeypatch, single):
    structure, a, b = networks
    monkeypatch.setattr(inner_products, "SINGLE", 0 if single else 2**60)
    monkeypatch.setattr(inner_products, "BLOCK", 500)
    random = torch.Generator().manual_seed(1)
    mask = {"conv2.weight": torch.rand(a["conv2.weight"].shape, generator=random) < 0.2}
    kept = InnerProducts(a, b, structure, mask)
    permutations = {g.name: torch.arange(g.units) for g in structure.groups.values()}
    for look in range(4):
        for group in structure.groups.values():
            for axis in group.axes:
                signs = None
                if axis.tensor == "conv2.weight" and axis.axis == 1:
                    signs = torch.ones(16)
                    signs[:look] = -1.0
                found = kept.of(axis, group.units, permutations, signs)
                expected = by_definition(
                    a, b, structure, group, axis, permutations, signs, mask.get(axis.tensor)
                )
                near = 1e-4 if single else 1e-9
                assert np.allclose(expected, found.numpy(), rtol=0, atol=near)
        for name, order in permutations.items():
            i, j = torch.randperm(len(order), generator=random)[:2].tolist()
            permutations[name] = order.clone()
            permutations[name][[i, j]] = order[[j, i]]
            if look == 2:
                permutations[name] = torch.randperm(len(order), generator=random)


@pytest.mark.parametrize("single", [False, True])
def test_a_permuted_copy_is_found_again(networks, monkeypatch, single):
    structure, a, _ = networks
    monkeypatch.setattr(inner_products, "SINGLE", 0 if single else 2**60)
    random = torch.Generator().manual_seed(2)
    moved = {g.name: torch.randperm(g.units, generator=random) for g in structure.groups.values()}
    found = match_weights(a, Alignment(structure, moved).apply(a), structure, restarts=1)
    assert 0.0 == found.l2


def test_products_that_did_not_change_are_not_computed_again(networks, monkeypatch):
    structure, a, b = networks
    kept = InnerProducts(a, b, structure, {})
    permutations = {g.name: torch.arange(g.units) for g in structure.groups.values()}
    group = next(g for g in structure.groups.values() if g.name == "fc1")
    before = kept.of(group.axes[0], group.units, permutations, None)
    monkeypatch.setattr(InnerProducts, "_add", None)
    assert before is kept.of(group.axes[0], group.units, permutations, None)
