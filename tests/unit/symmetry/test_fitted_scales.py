"""Scales that bring a network closest to another, and the distance modulo everything."""

import math

import pytest
import torch
from torch import nn

from paramdyn.analysis.symmetry.distance import Search, symmetry_distance
from paramdyn.analysis.symmetry.fitted_scales import LARGEST, fitted_scales
from paramdyn.analysis.symmetry.orbit import orbit_distance
from paramdyn.analysis.symmetry.scales import rescaled
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.models import build_model
from paramdyn.probes.certificate import function_change
from paramdyn.specs import ModelSpec

SEARCH = Search(restarts=2)


def l2(a, b, structure):
    return symmetry_distance(a, b, structure).l2


@pytest.fixture
def lenet():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build_model(ModelSpec(name="lenet"), num_classes=10, image_size=32).eval()


def drawn(structure, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.exp(torch.empty(space.units).uniform_(-1, 1, generator=generator))
        for name, space in structure.scales.items()
    }


def test_one_unit_has_the_root_of_its_quartic():
    """Two linear layers with one hidden unit: minimise (3 - 2c)^2 + (4 - 1/c)^2 on a fine grid."""
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(3, 1, bias=False), nn.ReLU(), nn.Linear(1, 1, bias=False)
    )
    structure = structure_of(model, image_size=1)
    a = {"1.weight": torch.tensor([[3.0, 0.0, 0.0]]), "3.weight": torch.tensor([[4.0]])}
    b = {"1.weight": torch.tensor([[2.0, 0.0, 0.0]]), "3.weight": torch.tensor([[1.0]])}
    [found] = fitted_scales(a, b, structure).values()
    grid = torch.linspace(0.01, 5, 500_000, dtype=torch.float64)
    height = (3 - 2 * grid) ** 2 + (4 - 1 / grid) ** 2
    assert float(found) == pytest.approx(float(grid[height.argmin()]), abs=1e-4)


@pytest.mark.parametrize("which", ["lenet", "small_resnet"])
def test_rescaled_copy_comes_back(request, which):
    model = request.getfixturevalue(which)
    state = dict(model.state_dict())
    structure = structure_of(model, image_size=32)
    copy = rescaled(state, structure, drawn(structure))
    fitted = rescaled(copy, structure, fitted_scales(state, copy, structure))
    assert l2(state, fitted, structure) < 0.02 * l2(state, copy, structure)


def test_no_step_raises_the_distance(small_resnet, settled):
    structure = structure_of(small_resnet, image_size=32)
    a = dict(small_resnet.state_dict())
    b = {name: values.clone() for name, values in a.items()}
    other = settled(type(small_resnet)(), seed=5).state_dict()
    fitted = fitted_scales(b, other, structure)
    assert l2(b, rescaled(dict(other), structure, fitted), structure) <= l2(b, other, structure)
    assert all(bool(((f >= 1 / LARGEST) & (f <= LARGEST)).all()) for f in fitted.values())


def test_equal_networks_keep_every_bit(lenet):
    state = dict(lenet.state_dict())
    structure = structure_of(lenet, image_size=32)
    assert all(
        torch.equal(f, torch.ones_like(f)) for f in fitted_scales(state, state, structure).values()
    )
    orbit = orbit_distance(state, state, structure, search=SEARCH)
    assert (0.0, 0.0, 0.0, 0.0) == (orbit.raw, orbit.signs, orbit.aligned, orbit.quotient)


def test_k17_permuted_and_rescaled_lenet_is_the_same_network(lenet, random_symmetry):
    state = dict(lenet.state_dict())
    structure = structure_of(lenet, image_size=32)
    permuted = random_symmetry(structure).apply(state)
    orbit = orbit_distance(state, permuted, structure, search=SEARCH)
    assert orbit.raw > 10
    assert 0.0 == orbit.aligned == orbit.quotient
    both = rescaled(permuted, structure, drawn(structure))
    orbit = orbit_distance(state, both, structure, search=SEARCH)
    assert orbit.aligned > 1
    assert orbit.quotient < 0.05 * orbit.aligned
    images = [(torch.rand(16, 3, 32, 32), torch.zeros(16, dtype=torch.int64))]
    proof = function_change(lenet, both, orbit.moved(both, structure), images)
    assert proof.relative < 1e-4


def test_k14_sign_orbit(small_resnet):
    from paramdyn.analysis.symmetry.signs import flipped

    structure = structure_of(small_resnet, image_size=32)
    state = dict(small_resnet.state_dict())
    mirror = flipped(structure).apply(state)
    orbit = orbit_distance(state, mirror, structure, search=SEARCH)
    pairs = [
        t
        for p in structure.pairs
        for t in (f"{p.layer}.weight", f"{p.layer}.bias", f"{p.norm}.weight")
    ]
    expected = 2 * math.sqrt(
        sum(float(state[n].double().square().sum()) for n in pairs if n in state)
    )
    assert orbit.raw == pytest.approx(expected, rel=1e-6)
    assert 0.0 == orbit.signs == orbit.quotient


def test_without_a_search_only_signs_are_looked_at(lenet, random_symmetry):
    structure = structure_of(lenet, image_size=32)
    state = dict(lenet.state_dict())
    orbit = orbit_distance(state, random_symmetry(structure).apply(state), structure)
    assert orbit.raw == orbit.live == orbit.signs
    assert (None, None) == (orbit.aligned, orbit.quotient)


def test_quotient_never_exceeds_the_others(small_resnet, settled):
    structure = structure_of(small_resnet, image_size=32)
    a = dict(small_resnet.state_dict())
    b = dict(settled(type(small_resnet)(), seed=9).state_dict())
    found = orbit_distance(a, b, structure, search=SEARCH)
    assert found.quotient <= found.aligned <= found.signs <= found.live <= found.raw


def test_values_that_are_not_finite_have_no_distance(lenet):
    structure = structure_of(lenet, image_size=32)
    state = dict(lenet.state_dict())
    broken = {**state, "fc2.weight": state["fc2.weight"] * math.nan}
    orbit = orbit_distance(state, broken, structure, search=SEARCH)
    assert (None, None) == (orbit.raw, orbit.quotient)
    assert "fc2.weight" in orbit.reason
