import copy
import itertools
import math

import pytest
import torch
from torch import nn

from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.distance import KINDS, Search, symmetry_distance
from paramdyn.analysis.symmetry.permutation import match_weights
from paramdyn.analysis.symmetry.scales import canonical_scales, rescaled
from paramdyn.analysis.symmetry.signs import flipped, sign_alignment
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.errors import BadRequest, ShapeMismatch
from paramdyn.measurements.reach import structural_reach
from paramdyn.models.lenet import lenet
from paramdyn.vision import torchvision


def two_layer(seed, hidden=5):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(12, hidden), nn.ReLU(), nn.Linear(hidden, 3)
    )  # fmt: skip


def slow_squared(a, b, names):
    return sum(float(((a[n].double() - b[n].double()) ** 2).sum()) for n in names)


def test_k14_the_flip_is_the_same_function_and_its_quotient_is_zero(small_resnet):
    structure = structure_of(small_resnet, image_size=8)
    state = small_resnet.state_dict()
    flip = flipped(structure).apply(state)
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    for mode in (True, False):
        small_resnet.train(mode)
        before, after = (  # copies: running statistics are written to in training mode
            torch.func.functional_call(small_resnet, copy.deepcopy(s), (images,))
            for s in (dict(state), flip)
        )  # fmt: skip
        assert torch.equal(before, after)
    raw = symmetry_distance(state, flip, structure)
    quotient = symmetry_distance(state, flip, structure, "signs")
    signed = sum(
        float(state[name].double().square().sum())
        for pair in structure.pairs
        for name in (f"{pair.layer}.weight", f"{pair.layer}.bias", f"{pair.norm}.weight")
        if name in state
    )
    assert raw.l2 == pytest.approx(2 * math.sqrt(signed), rel=1e-12)
    assert (0.0, 30) == (quotient.l2, quotient.flips)


def test_signs_are_the_best_of_all(small_resnet, settled):
    structure = structure_of(small_resnet, image_size=8)
    a = small_resnet.state_dict()
    b = settled(type(small_resnet)(), 5).state_dict()
    names = ("stem.0.weight", "stem.0.bias", "stem.1.weight")
    best = sign_alignment(a, b, structure).signs["stem.0"]
    distances = {
        signs: slow_squared(
            a, Alignment(structure, {}, {"stem.0": torch.tensor(signs)}).apply(b), names
        )
        for signs in itertools.product((-1.0, 1.0), repeat=4)
    }
    assert min(distances, key=distances.get) == tuple(best.tolist())


def test_the_quotient_of_independent_networks_is_not_zero(small_resnet, settled):
    structure = structure_of(small_resnet, image_size=8)
    other = settled(type(small_resnet)(), 5).state_dict()
    found = {k: symmetry_distance(small_resnet.state_dict(), other, structure, k).l2 for k in KINDS}
    assert found["raw"] > found["signs"] > found["both"] > 1.0
    assert found["raw"] > found["permutation"] > found["both"]


def test_k17_a_permuted_lenet_is_found(settled, random_symmetry):
    model = settled(lenet(num_classes=10))
    structure = structure_of(model, image_size=32)
    state = model.state_dict()
    moved = random_symmetry(structure).apply(state)
    found = symmetry_distance(state, moved, structure, "permutation")
    assert symmetry_distance(state, moved, structure).l2 > 10
    assert 0.0 == found.l2
    assert 0.0 in found.restarts
    back = found.alignment.apply(moved)
    assert all(torch.equal(state[name], back[name]) for name in state)


def test_k18_one_hidden_layer_needs_one_sweep(random_symmetry):
    model = two_layer(0, hidden=16)
    structure = structure_of(model, image_size=2)
    moved = random_symmetry(structure).apply(model.state_dict())
    found = match_weights(model.state_dict(), moved, structure, restarts=3)
    assert (1, 1, 1) == found.sweeps
    assert (0.0, 0.0) == (found.l2, found.spread)


def test_one_hidden_layer_is_the_best_of_all_permutations():
    a, b = two_layer(1).state_dict(), two_layer(2).state_dict()
    structure = structure_of(two_layer(1), image_size=2)
    (group,) = structure.groups
    best = min(
        slow_squared(a, Alignment(structure, {group: torch.tensor(p)}).apply(b), a)
        for p in itertools.permutations(range(5))
    )
    found = symmetry_distance(a, b, structure, "permutation").l2
    assert found == pytest.approx(math.sqrt(best), rel=1e-12)


def test_permutations_and_signs_together(small_resnet, random_symmetry):
    structure = structure_of(small_resnet, image_size=8)
    state = small_resnet.state_dict()
    moved = random_symmetry(structure).apply(state)
    found = symmetry_distance(state, moved, structure, "both", search=Search(restarts=6))
    assert 0.0 == found.l2
    assert symmetry_distance(state, moved, structure, "signs").l2 > 1
    assert symmetry_distance(state, moved, structure, "permutation").l2 > 1
    back = found.alignment.apply(moved)
    assert all(torch.equal(state[name], back[name]) for name in state)


@pytest.mark.slow
def test_k19_a_permuted_resnet18_is_found(settled, random_symmetry):
    model = settled(torchvision().models.resnet18(num_classes=10))
    structure = structure_of(model, image_size=32)
    state = model.state_dict()
    moved = random_symmetry(structure, signs=False).apply(state)
    images = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before, after = (torch.func.functional_call(model, s, (images,)) for s in (state, moved))
    assert (before - after).abs().max() <= 1e-5 * before.square().mean().sqrt()
    search = Search(restarts=1)
    assert 0.0 == symmetry_distance(state, moved, structure, "permutation", search=search).l2


def test_a_layer_that_is_added_to_its_own_input_is_matched():
    class Added(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.last = nn.Linear(12, 6), nn.Linear(6, 6), nn.Linear(6, 2)

        def forward(self, x):
            x = self.first(x.flatten(1)).relu()
            return self.last(x + self.second(x))

    torch.manual_seed(0)
    model = Added()
    structure = structure_of(model, image_size=2)
    assert ["first"] == list(structure.groups)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    moved = Alignment(structure, {"first": order}).apply(model.state_dict())
    assert 0.0 == symmetry_distance(model.state_dict(), moved, structure, "permutation").l2


def test_matching_is_never_farther_than_raw_and_repeats(small_resnet):
    structure = structure_of(small_resnet, image_size=8)
    a = small_resnet.state_dict()
    b = {name: value + 0.01 for name, value in a.items()}
    once, again = (match_weights(a, b, structure, restarts=3, seed=4) for _ in range(2))
    assert once.distances == again.distances
    assert once.l2 <= symmetry_distance(a, b, structure).l2
    seen = []
    match_weights(a, b, structure, restarts=2, progress=lambda *done: seen.append(done))
    assert [(1, 2), (2, 2)] == seen


def test_structural_scalars_neither_count_nor_choose(random_symmetry):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(6, 6, 3, padding=1),
        nn.Flatten(), nn.Linear(6, 2),
    )  # fmt: skip
    structure = structure_of(model, image_size=2)
    reach = structural_reach(model, image_size=2)
    masks = {name: reach.mask(name) for name in reach.unreachable}
    a = model.state_dict()
    moved = random_symmetry(structure).apply(a)
    for name, mask in masks.items():
        moved[name] = torch.where(mask, 100 * torch.randn(mask.shape), moved[name])
    raw = symmetry_distance(a, moved, structure, excluded=masks)
    found = symmetry_distance(a, moved, structure, "permutation", excluded=masks)
    assert 0.0 == found.l2_live < raw.l2_live < raw.l2
    scalars = sum(parameter.numel() for parameter in model.parameters())
    assert scalars - reach.total == found.live_scalars == raw.live_scalars
    per_layer = [live for _, live in found.layers().values()]
    assert found.l2_live == pytest.approx(math.hypot(*per_layer))


def test_buffers_never_count(small_resnet):
    structure = structure_of(small_resnet, image_size=8)
    state = small_resnet.state_dict()
    moved = {n: v + 3 if "running" in n else v for n, v in state.items()}
    assert [0.0] * len(KINDS) == [symmetry_distance(state, moved, structure, k).l2 for k in KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_values_that_are_not_finite_leave_it_undefined(small_resnet, kind):
    structure = structure_of(small_resnet, image_size=8)
    state = small_resnet.state_dict()
    broken = {**state, "fc.weight": torch.full_like(state["fc.weight"], math.nan)}
    found = symmetry_distance(state, broken, structure, kind)
    assert (None, None, {}) == (found.l2, found.l2_live, found.layers())
    assert "fc.weight" in found.reason


def test_wrong_weights_are_refused(small_resnet):
    structure = structure_of(small_resnet, image_size=8)
    state = small_resnet.state_dict()
    with pytest.raises(ShapeMismatch, match=r"'fc.weight' is \(5, 24\) and \(2, 24\)"):
        symmetry_distance(state, {**state, "fc.weight": torch.zeros(2, 24)}, structure)
    with pytest.raises(ShapeMismatch, match=r"'fc.bias' is None and"):
        symmetry_distance({n: v for n, v in state.items() if n != "fc.bias"}, state, structure)
    with pytest.raises(BadRequest, match="unknown kind 'scale'"):
        symmetry_distance(state, state, structure, "scale")


def random_factors(structure):
    generator = torch.Generator().manual_seed(3)
    return {
        name: torch.rand(space.units, generator=generator) + 0.5
        for name, space in structure.scales.items()
    }


@pytest.mark.parametrize("kind", ["lenet", "resnet"])
def test_scales_cancel_and_have_one_form(small_resnet, settled, kind):
    model = small_resnet if kind == "resnet" else settled(lenet(num_classes=10, image_size=16))
    size = 8 if kind == "resnet" else 16
    structure = structure_of(model, image_size=size)
    state = model.state_dict()
    scaled = rescaled(state, structure, random_factors(structure))
    forms = [canonical_scales(s, structure) for s in (state, scaled)]
    images = torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0))
    before = model(images)
    for changed in (scaled, *forms):
        after = torch.func.functional_call(model, changed, (images,))
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-4)
    assert symmetry_distance(state, scaled, structure).l2 > 1
    assert symmetry_distance(*forms, structure).l2 < 1e-4


def test_canonical_units_have_norm_one_and_silent_ones_keep_their_scale():
    model = two_layer(0)
    structure = structure_of(model, image_size=2)
    with torch.no_grad():
        model[1].weight[2], model[1].bias[2] = 0.0, 0.0
    form = canonical_scales(model.state_dict(), structure)
    norms = torch.cat([form["1.weight"], form["1.bias"][:, None]], 1).norm(dim=1)
    torch.testing.assert_close(norms, torch.tensor([1.0, 1, 0, 1, 1]))
    assert torch.equal(form["3.weight"][:, 2], model[3].weight[:, 2])


def test_scales_must_be_positive():
    structure = structure_of(two_layer(0), image_size=2)
    with pytest.raises(BadRequest, match="scale of '1' is not positive"):
        rescaled(two_layer(0).state_dict(), structure, {"1": torch.tensor([1.0, 1, -1, 1, 1])})


def test_the_best_restart_is_kept_wherever_it_comes():
    torch.manual_seed(0)
    layers = [nn.Flatten(), nn.Linear(12, 16), *[nn.Linear(16, 16) for _ in range(3)]]
    a, b = (nn.Sequential(*copy.deepcopy(layers)) for _ in "ab")
    for layer in b[1:]:
        layer.reset_parameters()
    structure = structure_of(a, image_size=2)
    last_is_best = []
    for seed in range(3):
        search = Search(restarts=4, seed=seed)
        found = symmetry_distance(a.state_dict(), b.state_dict(), structure, "both", search=search)
        assert found.l2 == pytest.approx(min(found.restarts), rel=1e-12)
        last_is_best.append(found.restarts[-1] == min(found.restarts))
    assert not all(last_is_best)
