"""Layers by name: which a pass calls, how wide they are, and which hold no features."""

import pytest
import torch
from torch import nn

from paramdyn.analysis.layers import (
    called_layers,
    compared_layers,
    feature_layer,
    pooled,
    unit_axis,
)
from paramdyn.errors import BadRequest
from paramdyn.models import build_model
from paramdyn.specs import ModelSpec

IMAGES = torch.zeros(2, 3, 32, 32)


def build(name, classes=10):
    return build_model(ModelSpec(name=name), num_classes=classes, image_size=32).eval()


class Twice(nn.Module):
    """A layer that is called twice, a normalization behind a convolution, and a decoy."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
        self.act = nn.ReLU(inplace=True)
        self.mix, self.head = nn.Linear(4, 4), nn.Linear(4, 10)
        self.fc = nn.Linear(4, 10)

    def forward(self, images):
        x = self.act(self.norm(self.conv(images))).mean((2, 3))
        return self.head(self.mix(self.act(self.mix(x))))


def test_a_module_called_twice_is_two_layers():
    names = [layer.name for layer in called_layers(Twice(), IMAGES)]
    assert ["conv", "norm", "act", "mix", "act:2", "mix:2", "head"] == names


def test_a_convolution_is_left_to_the_normalization_behind_it():
    assert ["norm", "mix", "mix:2", "head"] == compared_layers(Twice(), IMAGES)


def test_resnet18_has_a_normalization_for_each_convolution_and_a_head():
    layers = compared_layers(build("resnet18"), IMAGES)
    assert 21 == len(layers)
    assert ["bn1", "layer1.0.bn1"] == layers[:2]
    assert "fc" == layers[-1]
    assert "layer2.0.downsample.1" in layers


@pytest.mark.parametrize(
    ("model", "head", "width"),
    [("lenet", "fc3", 84), ("resnet18", "fc", 512), ("vgg11", "classifier.6", 4096)],
)
def test_features_are_what_the_head_is_given(model, head, width):
    found = feature_layer(build(model), IMAGES, "", head=head, classes=10)
    assert (head, f"{head}:in", width) == (found.name, found.probe, found.width)


def test_another_layer_can_be_asked_for():
    net = build("lenet")
    assert 120 == feature_layer(net, IMAGES, "fc2", head="fc3", classes=10).width
    returned = feature_layer(net, IMAGES, "fc1:out", head="fc3", classes=10)
    assert ("fc1:out", "fc1", 120) == (returned.name, returned.probe, returned.width)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("head:out", "returns has 10 units, and there are 10 classes"),
        ("fc", "has a module 'fc', and a pass never calls it"),
        ("mixx", "has no module 'mixx'. Did you mean 'mix'"),
        ("mix:2", "NAME for what a module is given"),
    ],
)
def test_what_holds_no_features_is_refused_in_words(wanted, said):
    with pytest.raises(BadRequest, match=r"^features: ") as refused:
        feature_layer(Twice(), IMAGES, wanted, head="head", classes=10)
    assert said in str(refused.value)


def test_logits_of_which_most_are_no_class_may_be_looked_at():
    net = build("lenet", classes=1000)
    assert 1000 == feature_layer(net, IMAGES, "fc3:out", head="fc3", classes=10).width


def test_positions_are_averaged_over_whichever_axes_they_are():
    maps, tokens = torch.randn(2, 4, 3, 3), torch.randn(2, 7, 5)
    assert torch.equal(
        maps.double().mean((2, 3)), pooled(maps, unit_axis(nn.Conv2d(3, 4, 3), maps))
    )
    axis = unit_axis(nn.Linear(9, 5), tokens)
    assert torch.equal(tokens.double().mean(1), pooled(tokens, axis))
    assert 2 == unit_axis(nn.LayerNorm(5), tokens)


def test_no_hook_stays_and_modes_are_restored():
    net = Twice().train()
    called_layers(net, IMAGES)
    assert {0} == {len(module._forward_hooks) for module in net.modules()}
    assert net.norm.training
    assert 0 == int(net.norm.num_batches_tracked)
