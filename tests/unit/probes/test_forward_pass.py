import pytest
import torch
from torch import nn

from paramdyn.errors import BadRequest
from paramdyn.probes.forward import forward_all
from paramdyn.vision import torchvision


class Keeper:
    def __init__(self):
        self.batches = []

    def add(self, batch):
        self.batches.append(batch)


def network(inplace):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=inplace), nn.Dropout(0.5),
        nn.Flatten(), nn.Linear(16, 5),
    )  # fmt: skip


@pytest.fixture
def batches():
    generator = torch.Generator().manual_seed(1)
    return [
        (torch.randn(n, 3, 4, 4, generator=generator), torch.arange(n) % 5) for n in (3, 3, 1)
    ]  # fmt: skip


def features(batches, models, layers):
    keeper = Keeper()
    forward_all(models, batches, [keeper], layers=layers)
    return {
        (model, layer): torch.cat([b.models[model].features[layer] for b in keeper.batches])
        for model, names in layers.items()
        for layer in names
    }


def test_k25_an_in_place_relu_does_not_change_what_was_seen(batches):
    models = {"in": network(True), "out": network(False)}
    found = features(batches, models, {"in": ["0", "1", "2"], "out": ["0", "1", "2"]})
    for layer in "012":
        assert torch.equal(found["in", layer], found["out", layer])
    assert (found["in", "1"] < 0).any()
    assert (found["in", "2"] >= 0).all()


def test_each_batch_is_run_once_for_all_consumers(batches):
    model, calls = network(False), []
    model.register_forward_hook(lambda *_: calls.append(1))
    keepers, seen = [Keeper(), Keeper()], []
    images = forward_all(
        {"a": model}, batches, keepers, progress=lambda *done: seen.append(done)
    )  # fmt: skip
    assert (7, 3) == (images, len(calls))
    assert [0, 3, 6] == [batch.first for batch in keepers[1].batches]
    assert [(1, 3), (2, 3), (3, 3)] == seen
    expected = model.eval()(batches[1][0])
    assert torch.equal(expected, keepers[0].batches[1].models["a"].logits)


def test_modes_are_restored_no_hook_stays_and_nothing_is_learned(batches):
    model = network(True).train()
    model[3].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}

    class Failing:
        def add(self, batch):
            assert not batch.models["a"].logits.requires_grad
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        forward_all({"a": model}, batches, [Failing()], layers={"a": ["0"]})
    assert [True, True, True, True, False] == [m.training for m in list(model.modules())[:5]]
    assert not any(module._forward_hooks for module in model.modules())
    assert all(torch.equal(before[name], v) for name, v in model.state_dict().items())


def test_a_layer_that_is_called_twice_can_be_told_apart():
    torch.manual_seed(0)
    model = torchvision().models.resnet18(num_classes=10)
    batches = [(torch.randn(2, 3, 32, 32), torch.zeros(2, dtype=torch.int64))]
    layers = ["layer1.0.relu", "layer1.0.relu:2", "layer1.0", "layer1.0.bn1"]
    found = features(batches, {"a": model}, {"a": layers})
    assert torch.equal(found["a", "layer1.0.relu:2"], found["a", "layer1.0"])
    assert torch.equal(found["a", "layer1.0.relu"], found["a", "layer1.0.bn1"].relu())


@pytest.mark.parametrize(
    ("layer", "message"),
    [("convv", "model 'a' has no layer 'convv'"), ("0:x", "has no layer '0:x'"),
     ("0:2", "a pass calls '0' 1 times")],
)  # fmt: skip
def test_layers_that_are_not_there_are_refused(batches, layer, message):
    with pytest.raises(BadRequest, match=message):
        forward_all({"a": network(False)}, batches, [], layers={"a": [layer]})


def test_models_without_logits_are_refused(batches):
    with pytest.raises(BadRequest, match=r"returned \(3, 4, 2, 2\). Expected logits of shape"):
        forward_all({"a": network(False)[:1]}, batches, [])


def test_an_input_is_that_of_the_first_call(batches):
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu, self.head = nn.ReLU(), nn.Linear(48, 5)

        def forward(self, images):
            return self.head(self.relu(self.relu(images.flatten(1)) - 1))

    found = features(batches, {"net": Twice()}, {"net": ["relu:in", "head:in"]})
    images = torch.cat([images for images, _ in batches]).flatten(1)
    assert torch.equal(images, found["net", "relu:in"])
    assert torch.equal(torch.relu(torch.relu(images) - 1), found["net", "head:in"])
