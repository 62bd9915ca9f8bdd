import copy
import math

import pytest
import torch
from torch import nn

from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.permutation import match_weights
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.errors import BadRequest
from paramdyn.models.lenet import lenet
from paramdyn.probes.certificate import function_change
from paramdyn.probes.interpolation import GRID, TREATMENTS, barrier, interpolate, linear_path


class Toy(nn.Module):
    """One weight, whatever the image: L(w) = (w² - 1)²."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(1.0))

    def forward(self, images):
        return self.w.expand(len(images), 2)


def normed(seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(),
        nn.Linear(16, 5),
    )  # fmt: skip
    with torch.no_grad():
        model[1].running_mean.normal_()
        model[1].running_var.uniform_(0.5, 2)
    return model


@pytest.fixture
def batches():
    generator = torch.Generator().manual_seed(1)
    return [
        (torch.randn(6, 3, 4, 4, generator=generator), torch.randint(0, 5, (6,))) for _ in "ab"
    ]  # fmt: skip


def test_k20_the_toy_has_a_barrier_of_one_in_the_middle():
    ends = ({"w": torch.tensor(-1.0)}, {"w": torch.tensor(1.0)})
    images = [(torch.zeros(4, 1), torch.zeros(4, dtype=torch.int64))]
    path = linear_path(
        Toy(), ends, images, loss=lambda logits, _labels: (logits[:, 0] ** 2 - 1) ** 2
    )
    found = path.loss_barrier
    assert (1.0, 0.5, 1.0) == (found.height, found.at, found.above_mean)
    expected = [((2 * a - 1) ** 2 - 1) ** 2 for a in GRID]
    assert list(path.losses) == pytest.approx(expected, abs=1e-6)
    same = linear_path(Toy(), (ends[0], ends[0]), images)
    assert (0.0, 0.0) == (same.loss_barrier.height, same.error_barrier.height)


def test_a_sagging_line_keeps_its_sign():
    found = barrier([0, 0.25, 0.5, 1], [1.0, 0.2, 0.4, 0.0])
    assert (-0.1, 0.5) == (pytest.approx(found.height), found.at)
    assert 0.5 == found.above_mean


def test_a_value_that_is_not_finite_leaves_it_undefined():
    found = barrier([0, 0.5, 1], [1.0, math.nan, 0.0])
    assert (None, None, None) == (found.height, found.at, found.above_mean)
    assert "the value at alpha = 0.5 is not finite" == found.reason


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_the_same_network_twice_has_no_barrier_at_all(batches, treatment):
    model = normed(0)
    state = model.state_dict()
    path = linear_path(
        normed(1), (state, state), batches, treatment=treatment, training_batches=batches
    )
    assert (0.0, 0.0) == (path.loss_barrier.height, path.error_barrier.height)
    assert (11, 12) == (len(path.losses), path.images)


def slow_losses(model, states, batches, treatment):
    losses = []
    for state in states:
        network = copy.deepcopy(model)
        network.load_state_dict(state)
        network.eval()
        if treatment == "reset":
            convolved = [network[0](images) for images, _ in batches]
            parts = [(c.mean((0, 2, 3)), c.transpose(0, 1).flatten(1).var(1)) for c in convolved]
            network[1].running_mean.copy_(torch.stack([mean for mean, _ in parts]).mean(0))
            network[1].running_var.copy_(torch.stack([var for _, var in parts]).mean(0))
        network[1].train(treatment == "batch")
        parts = [
            nn.functional.cross_entropy(network(images), labels, reduction="none")
            for images, labels in batches
        ]
        losses.append(float(torch.cat(parts).mean()))
    return losses


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_the_path_against_a_slow_one(batches, treatment):
    a, b = normed(0).state_dict(), normed(1).state_dict()
    path = linear_path(normed(2), (a, b), batches, treatment=treatment, training_batches=batches)
    states = [
        {n: (1 - t) * a[n] + t * b[n] if a[n].is_floating_point() else a[n] for n in a}
        for t in GRID
    ]
    with torch.no_grad():
        expected = slow_losses(normed(2), states, batches, treatment)
    assert list(path.losses) == pytest.approx(expected, rel=1e-4)
    chords = [(1 - t) * expected[0] + t * expected[-1] for t in GRID]
    highest = max(loss - chord for loss, chord in list(zip(expected, chords, strict=True))[1:-1])
    assert path.loss_barrier.height == pytest.approx(highest, abs=1e-4)


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_nothing_is_left_changed(batches, treatment):
    model, a, b = normed(0).train(), normed(1).state_dict(), normed(2).state_dict()
    before = [copy.deepcopy(s) for s in (model.state_dict(), a, b)]
    linear_path(model, (a, b), batches, treatment=treatment, training_batches=batches)
    for old, new in zip(before, (model.state_dict(), a, b), strict=True):
        assert all(torch.equal(old[name], new[name]) for name in old)
    assert all(module.training for module in model.modules())
    assert 0.1 == model[1].momentum


def test_the_ends_are_exact_and_integers_stay():
    a = {"w": torch.tensor([1e-20, 1.0]), "n": torch.tensor(3)}
    b = {"w": torch.tensor([1e20, 1.0]), "n": torch.tensor(9)}
    for alpha, end in ((0.0, a), (1.0, b), (0.3, None)):
        found = interpolate(a, b, alpha)
        assert 3 == found["n"]
        assert 1.0 == found["w"][1]
        assert end is None or torch.equal(end["w"], found["w"])


def test_k17_the_barrier_of_a_permuted_lenet_vanishes_after_matching():
    torch.manual_seed(0)
    model = lenet(num_classes=10)
    images = torch.randn(64, 3, 32, 32)
    with torch.no_grad():
        labels = model(images).argmax(1)
        model.fc3.weight.mul_(100.0)  # sure of itself, as after training
        model.fc3.bias.mul_(100.0)
    batches = [(images, labels)]
    structure = structure_of(model, image_size=32)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    orders = {g.name: torch.randperm(g.units) for g in structure.groups.values()}
    moved = Alignment(structure, orders).apply(state)
    before = linear_path(model, (state, moved), batches).loss_barrier
    found = match_weights(state, moved, structure).alignment
    after = linear_path(model, (state, found.apply(moved)), batches).loss_barrier
    assert before.height > 0.1
    assert abs(after.height) <= 1.5e-8
    change = function_change(model, state, moved, batches)
    assert change.relative < 1e-5
    assert 64 == change.images


def test_a_changed_function_is_seen(batches):
    a, b = normed(0).state_dict(), normed(1).state_dict()
    with torch.no_grad():
        f, g = (
            torch.cat([torch.func.functional_call(normed(0).eval(), s, (x,)) for x, _ in batches])
            for s in (a, b)
        )
    change = function_change(normed(2), a, b, batches)
    assert change.largest == pytest.approx(float((f - g).abs().max()))
    assert change.relative == pytest.approx(change.largest / float(f.square().mean().sqrt()))
    broken = {**b, "5.bias": torch.full((5,), math.nan)}
    assert (None, "logits are not finite") == (
        function_change(normed(2), a, broken, batches).relative,
        function_change(normed(2), a, broken, batches).reason,
    )
    silent = {n: torch.zeros_like(v) for n, v in a.items()}
    assert "all logits are zero" == function_change(normed(2), silent, a, batches).reason
    assert "no images" == function_change(normed(2), a, b, []).reason


@pytest.mark.parametrize(
    ("options", "message"),
    [({"treatment": "frozen"}, "unknown treatment 'frozen'"),
     ({"treatment": "reset"}, "training images"),
     ({"alphas": (0, 1)}, "at least one between"), ({"alphas": (0, 0.5, 0.9)}, "both included")],
)  # fmt: skip
def test_what_cannot_be_asked(batches, options, message):
    state = normed(0).state_dict()
    with pytest.raises(BadRequest, match=message):
        linear_path(normed(0), (state, state), batches, **options)


def test_no_images_are_refused():
    state = normed(0).state_dict()
    with pytest.raises(BadRequest, match="there are no images"):
        linear_path(normed(0), (state, state), [])
