"""One body over every registered model. The large ones are built without memory."""

import copy

import pytest
import torch
from torch import nn

from paramdyn import seeding
from paramdyn.catalogues import MODELS, TORCHVISION_CLASSIFIERS
from paramdyn.models import build_model
from paramdyn.models.dry_run import on_meta
from paramdyn.specs.run_spec import ModelSpec

SMALL = ("lenet", "mnasnet0_5", "mobilenet_v3_small", "resnet18", "shufflenet_v2_x0_5")
SMALLER_THAN_THEIR_IMAGES = {"maxvit_t": 224}


def on_meta_model(name, num_classes):
    with on_meta():
        return MODELS.get(name)(
            name=name,
            num_classes=num_classes,
            image_size=SMALLER_THAN_THEIR_IMAGES.get(name, 224),
        )


@pytest.mark.parametrize("name", TORCHVISION_CLASSIFIERS)
def test_the_head_is_as_wide_as_there_are_classes(name):
    model = on_meta_model(name, 7)
    layers = [m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    assert 7 == layers[-1].weight.shape[0]
    assert all(parameter.is_meta for parameter in model.parameters())


@pytest.mark.parametrize(("name", "count"), [("resnet18", 11_181_642), ("vgg19", 139_611_210)])
def test_known_parameter_counts_at_10_classes(name, count):
    assert count == sum(p.numel() for p in on_meta_model(name, 10).parameters())


def test_the_catalogue_lists_torchvisions_classifiers():
    from paramdyn.vision import torchvision

    models = torchvision().models
    listed = set(models.list_models(module=models))
    assert set(TORCHVISION_CLASSIFIERS) <= listed
    assert set() == listed - set(TORCHVISION_CLASSIFIERS)


@pytest.mark.parametrize("name", SMALL)
def test_it_trains_a_step_and_a_state_dict_restores_it_exactly(name):
    with seeding.global_stream(0, "initialization"):
        model = build_model(ModelSpec(name=name), num_classes=4, image_size=32)
        start = copy.deepcopy(model.state_dict())
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        images = torch.rand(8, 3, 32, 32, generator=seeding.generator(0, "images"))
        loss = nn.functional.cross_entropy(model(images), torch.arange(8) % 4)
    loss.backward()
    optimizer.step()
    assert loss.isfinite()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert not all(torch.equal(start[key], now) for key, now in model.state_dict().items())
    model.load_state_dict(start)
    assert all(torch.equal(start[key], now) for key, now in model.state_dict().items())


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_builds_the_same_model(name):
    states = []
    for seed in (1, 1, 2):
        with seeding.global_stream(seed, "initialization"):
            model = build_model(ModelSpec(name=name), num_classes=4, image_size=32)
        states.append(torch.cat([p.detach().flatten() for p in model.parameters()]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])
