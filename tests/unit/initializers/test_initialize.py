import math

import pytest
import torch
from torch import nn

from paramdyn import seeding
from paramdyn.errors import BadRequest, UnknownName
from paramdyn.initializers import InitializerContext, initialize
from paramdyn.models.lenet import lenet
from paramdyn.specs.run_spec import InitializerSpec

DRAWN = ("kaiming-uniform", "kaiming-normal", "xavier-uniform", "xavier-normal", "orthogonal")


def initialized(model, name, seed=0, **context):
    initialize(model, InitializerSpec(name=name), InitializerContext(seed=seed, **context))
    return model


def test_known_values_of_kaiming_uniform():
    """The stream, the layer's name and torch's function decide the values, nothing else."""
    model = initialized(lenet(num_classes=10), "kaiming-uniform", seed=4)
    expected = torch.empty(84, 120)
    generator = seeding.generator(4, "initialization", "fc2.weight")
    nn.init.kaiming_uniform_(expected, nonlinearity="relu", generator=generator)
    assert torch.equal(expected, model.fc2.weight)
    bound = math.sqrt(6 / 120)
    assert -bound <= expected.min().item() <= expected.max().item() <= bound


@pytest.mark.parametrize(
    ("name", "variance", "limit"),
    [
        ("kaiming-uniform", 2 / 72, math.sqrt(6 / 72)),
        ("kaiming-normal", 2 / 72, math.inf),
        ("xavier-uniform", 2 / (72 + 450), math.sqrt(6 / (72 + 450))),
        ("xavier-normal", 2 / (72 + 450), math.inf),
    ],
)
def test_the_variance_is_the_papers(name, variance, limit):
    weight = initialized(nn.Sequential(nn.Conv2d(8, 50, 3)), name)[0].weight.detach().double()
    assert weight.var(correction=0).item() == pytest.approx(variance, rel=0.1)
    assert abs(weight.mean().item()) < 0.1 * math.sqrt(variance)
    largest = weight.abs().max().item()
    assert largest <= limit
    assert largest > 2.5 * math.sqrt(variance) if limit == math.inf else largest > 0.99 * limit


@pytest.mark.parametrize("name", DRAWN)
def test_a_layer_does_not_depend_on_the_others(name):
    wide = initialized(lenet(num_classes=10), name)
    small = initialized(lenet(num_classes=3, image_size=64), name)
    for layer in ("conv1", "conv2", "fc2"):
        assert torch.equal(getattr(wide, layer).weight, getattr(small, layer).weight)


@pytest.mark.parametrize("name", DRAWN)
def test_memory_layout_does_not_matter(name):
    plain = initialized(lenet(num_classes=10), name)
    other = lenet(num_classes=10).to(memory_format=torch.channels_last)
    stride = other.conv2.weight.stride()
    initialized(other, name)
    assert torch.equal(plain.conv2.weight, other.conv2.weight)
    assert stride == other.conv2.weight.stride()


@pytest.mark.parametrize("name", DRAWN)
def test_biases_norms_and_buffers_keep_the_constructors_values(name):
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, 4))
    nn.init.uniform_(model[1].weight)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    initialized(model, name)
    after = model.state_dict()
    changed = [key for key in before if not torch.equal(before[key], after[key])]
    assert ["0.weight", "3.weight"] == changed


def test_orthogonal_rows_or_columns():
    model = initialized(nn.Sequential(nn.Linear(5, 9), nn.Conv2d(4, 6, 3)), "orthogonal")
    columns, rows = model[0].weight, model[1].weight.reshape(6, 36)
    torch.testing.assert_close(torch.eye(5), columns.T @ columns)
    torch.testing.assert_close(torch.eye(6), rows @ rows.T)


def test_a_tied_weight_is_drawn_once():
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model[1].weight = model[0].weight
    initialized(model, "kaiming-normal")
    expected = initialized(nn.Sequential(nn.Linear(4, 4)), "kaiming-normal")
    assert torch.equal(expected[0].weight, model[1].weight)


def test_drawing_leaves_the_global_generator_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    model = lenet(num_classes=10)
    torch.manual_seed(0)
    for name in DRAWN:
        initialized(model, name)
    assert torch.equal(expected, torch.rand(3))


def test_names_and_options_that_are_wrong():
    model = lenet(num_classes=10)
    with pytest.raises(UnknownName, match=r"Did you mean 'kaiming-normal'"):
        initialized(model, "kaiming-norma")
    with pytest.raises(BadRequest, match=r"unknown option 'gain'(.|\n)*accepted options: none"):
        initialize(
            model, InitializerSpec(name="orthogonal", options={"gain": 2.0}), InitializerContext()
        )
