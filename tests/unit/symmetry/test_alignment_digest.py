"""An alignment is told from others by what it moves, not by how that is written down."""

import torch

from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.structure import structure_of


def digest(permutations=None, signs=None):
    structure = structure_of(
        torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2)), image_size=2
    )
    return Alignment(structure, permutations or {}, signs or {}).digest


def test_what_moves_nothing_has_none():
    still = torch.arange(4)
    assert "" == digest() == digest({"a": still}, {"b": torch.ones(4)})
    assert "" == digest({"a": still.int()}, {"b": torch.ones(4, dtype=torch.int8)})


def test_what_moves_alike_has_the_same():
    swap, turn = torch.tensor([1, 0, 2]), torch.tensor([1.0, -1.0])
    one = digest({"a": swap, "b": torch.arange(2)}, {"c": turn})
    assert one == digest({"b": torch.arange(2), "a": swap}, {"c": turn.clone()})
    both = digest({"a": swap, "b": swap})
    assert both == digest({"b": swap, "a": swap}) != one
    assert one == digest({"a": swap}, {"c": turn.to(torch.int8), "d": torch.ones(3)})


def test_what_moves_otherwise_has_another():
    swap, turn = torch.tensor([1, 0]), torch.tensor([1.0, -1.0])
    found = [
        digest({"a": swap}),
        digest({"b": swap}),
        digest({"a": torch.tensor([1, 2, 0])}),
        digest({"a": torch.tensor([2, 0, 1])}),
        digest(None, {"a": turn}),
        digest(None, {"a": -turn}),
        digest({"a": swap}, {"a": turn}),
    ]
    assert len(found) == len({*found, ""}) - 1
