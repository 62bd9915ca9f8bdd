"""Passes that take from another what they have in common with it."""

import copy

import pytest
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from paramdyn.analysis.movement.robustness import robustness
from paramdyn.analysis.symmetry.spaces import NormPair
from paramdyn.probes.forward import evaluating
from paramdyn.probes.interpolation import reset_statistics
from paramdyn.probes.prefix import COSTLY, CommonPrefix
from paramdyn.store.manifest import ParameterInfo


class Twice(nn.Module):
    """In-place activations, a residual connection, a block that is called twice, attention."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.block = nn.Conv2d(8, 8, 3, padding=1)
        self.block_norm = nn.BatchNorm2d(8)
        self.mix = nn.Conv2d(8, 8, 1)
        self.relu = nn.LeakyReLU(0.5, inplace=True)
        self.place = nn.Parameter(torch.randn(1, 16, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.relu(self.norm(self.stem(x)))
        for _ in range(2):
            x = self.relu(x + self.block_norm(self.block(x)))
        x = self.relu(self.mix(x))
        x = x.flatten(2).transpose(1, 2) + self.place
        return self.head(self.attention(x, x, x, need_weights=False)[0].mean(1))


class Counted(TorchFunctionMode):
    """Counts the costly calls that are computed."""

    calls = 0

    def __torch_function__(self, func, _types, args=(), kwargs=None):
        self.calls += func in COSTLY
        return func(*args, **(kwargs or {}))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Twice().eval()


@pytest.fixture
def images():
    return torch.randn(12, 3, 4, 4, generator=torch.Generator().manual_seed(1))


def drawn(model):
    """Return other values of everything that is learned."""
    random = torch.Generator().manual_seed(2)
    learned = dict(model.named_parameters())
    return {name: torch.randn(value.shape, generator=random) for name, value in learned.items()}


@torch.no_grad()
def plain(model, state, images):
    other = copy.deepcopy(model)
    other.load_state_dict(state)
    return other(images)


@pytest.mark.parametrize("most_bytes", [2**30, 4096, 0])
def test_logits_are_those_of_a_pass_of_its_own(model, images, most_bytes):
    state, other = dict(model.state_dict()), drawn(model)
    common = CommonPrefix(model, images, most_bytes=most_bytes)
    alone = common.first(state)
    torch.testing.assert_close(plain(model, state, images), alone)
    for name, value in other.items():
        changed = {**state, name: value}
        found = common.again(changed, [name])
        assert torch.equal(CommonPrefix(model, images).first(changed), found), name
        torch.testing.assert_close(plain(model, changed, images), found)
        assert not torch.equal(alone, found)
    assert torch.equal(alone, common.again(state, list(other)))
    assert torch.equal(alone, common.again(state, []))


def test_only_what_comes_after_a_change_is_computed(model, images):
    state, other = dict(model.state_dict()), drawn(model)
    common = CommonPrefix(model, images)

    def computed(*names):
        with Counted() as counted:
            common.again({**state, **{name: other[name] for name in names}}, names)
        return counted.calls

    with Counted() as counted:
        common.first(state)
    every = counted.calls
    assert 6 == every  # four convolutions, attention and the head
    assert every == computed("stem.weight")
    assert every - 1 == computed("norm.bias") == computed("block.weight", "head.weight")
    assert 2 == computed("place")
    assert 1 == computed("head.bias")
    assert 0 == computed()


def reference(model, states, layers, test, training):
    """Return errors by putting back one layer after another, each network by itself."""

    def error(state):
        here = {name: value.clone() for name, value in state.items()}
        with evaluating(model), torch.no_grad():
            reset_statistics(model, here, training)
            logits = [torch.func.functional_call(model, here, (images,)) for images, _ in test]
        right = torch.cat(logits).argmax(1) == torch.cat([labels for _, labels in test])
        return 1 - float(right.double().mean())

    trained, *sources = states
    base = error(trained)
    return base, {
        layer: [error({**trained, **{name: source[name] for name in names}}) - base
                for source in sources]
        for layer, names in layers.items()
    }  # fmt: skip


def test_layers_put_back_together_are_as_put_back_one_by_one(model):
    random = torch.Generator().manual_seed(3)
    batches = [
        (torch.randn(30, 3, 4, 4, generator=random), torch.randint(5, (30,), generator=random))
        for _ in range(4)
    ]
    trained = dict(model.state_dict())
    states = trained, {**trained, **drawn(model)}, dict(Twice().state_dict())
    homes = {"norm": "stem", "block_norm": "block"}
    pairs = [NormPair(layer=layer, norm=norm, group="") for norm, layer in homes.items()]
    rows, layers = [], {}
    for name, value in model.named_parameters():
        layer = name.rpartition(".")[0]
        rows.append(ParameterInfo(name, tuple(value.shape), value.numel(), layer, "", True))
        layers.setdefault(homes.get(layer, layer), []).append(name)
    told = []
    found = robustness(model, states, rows, pairs, (batches[:2], batches[2:]),
                       progress=lambda *done: told.append(done))  # fmt: skip
    base, expected = reference(model, states, layers, batches[:2], batches[2:])
    assert base == pytest.approx(found.error, abs=1e-12)
    assert list(expected) == [each.layer for each in found.layers]
    for each in found.layers:
        assert expected[each.layer] == pytest.approx([each.reinitialized, each.redrawn], abs=1e-12)
    assert any(each.reinitialized != each.redrawn for each in found.layers)
    assert 0.0 == found.nothing
    before = [plain(model, trained, images).argmax(1) != labels for images, labels in batches[:2]]
    assert found.error_before == pytest.approx(float(torch.cat(before).double().mean()))
    assert (60, 60) == (found.images, found.training_images)
    assert told[-1][0] == told[-1][1] == len(told)
    assert torch.equal(trained["norm.running_mean"], torch.zeros(8))
