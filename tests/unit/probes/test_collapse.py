import math

import pytest
import torch
from torch import nn

from paramdyn.models.lenet import lenet
from paramdyn.probes.collapse import Collapse, DeadUnitCount
from paramdyn.probes.forward import ProbeBatch, Seen, forward_all


def flags(logits, labels):
    collapse = Collapse("a")
    for start in range(0, len(logits), 999):
        part = slice(start, start + 999)
        collapse.add(ProbeBatch(labels[part], {"a": Seen(logits[part])}, start))
    return collapse.result()


def labels_like_mnist(n=10_000):
    """The most frequent of ten classes has a share of .1135."""
    labels = torch.arange(n) % 9 + 1
    labels[: round(0.1135 * n)] = 0
    return labels


def logits_of(answers):
    noise = torch.rand(len(answers), 10, generator=torch.Generator().manual_seed(0))
    return noise + 5 * nn.functional.one_hot(answers, 10)


def answers_with(accuracy, labels):
    right = torch.arange(len(labels)) < round(accuracy * len(labels))
    return torch.where(right[torch.randperm(len(labels))], labels, (labels + 3) % 10)


def test_k33_constant_logits():
    labels = labels_like_mnist()
    found = flags(torch.tensor([[0.1, 0.3, 0.2]]).expand(len(labels), 3) + 0.0, labels)
    assert found.collapsed
    assert (0.0, 1) == (found.relative_deviation, found.predicted_classes)
    assert any("the same for every image" in reason for reason in found.reasons)


def test_k33_one_class_at_the_share_of_the_most_frequent():
    labels = labels_like_mnist()
    found = flags(logits_of(torch.zeros_like(labels)), labels)
    assert (0.1135, 0.1135, 1) == (
        found.accuracy, found.majority_share, found.predicted_classes,
    )  # fmt: skip
    assert found.at_chance
    assert found.collapsed
    assert 2 == len(found.reasons)


def test_k33_a_healthy_network_at_12_percent_is_not_collapsed():
    torch.manual_seed(0)
    labels = labels_like_mnist()
    found = flags(logits_of(answers_with(0.12, labels)), labels)
    assert 0.12 == found.accuracy
    assert not found.at_chance
    assert () == found.reasons
    low, high = found.chance_interval
    assert 0.107 < low < 0.1135 < high < 0.12


def test_a_deviation_below_a_millionth_is_constant():
    labels = torch.arange(200) % 10
    base = torch.randn(10, generator=torch.Generator().manual_seed(0)).double()
    noise = torch.randn(200, 10, generator=torch.Generator().manual_seed(1)).double()
    for scale, collapsed in ((1e-8, True), (1e-3, False)):
        found = flags(base + scale * noise, labels)
        logits = base + scale * noise
        slow = (logits - logits.mean(0)).square().mean().sqrt() / logits.square().mean().sqrt()
        assert found.relative_deviation == pytest.approx(float(slow), rel=1e-4)
        assert collapsed == any("the same" in reason for reason in found.reasons)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_logits_that_are_not_finite_are_a_collapse(bad):
    logits = logits_of(torch.arange(50) % 10)
    logits[7, 1] = bad
    found = flags(logits, torch.arange(50) % 10)
    assert (1, None) == (found.not_finite, found.relative_deviation)
    assert "logits of 1 of 50 images are not finite" == found.reasons[0]


def test_no_images_tell_nothing():
    found = Collapse("a").result()
    assert (False, ()) == (found.collapsed, found.reasons)


@pytest.mark.parametrize("layer", ["fc1", "relu"])
def test_k32_one_dead_unit_is_found_before_and_behind_the_relu(layer):
    torch.manual_seed(0)
    model = nn.Sequential()
    net = lenet(num_classes=10)
    for name in ("conv1", "conv2"):
        model.add_module(name, getattr(net, name))
        model.add_module(f"pool_{name}", nn.MaxPool2d(2))
    model.add_module("flat", nn.Flatten())
    model.add_module("fc1", net.fc1)
    model.add_module("relu", nn.ReLU(inplace=True))
    model.add_module("fc2", nn.Linear(120, 10))
    with torch.no_grad():
        net.fc1.bias.fill_(50.0)
        net.fc1.bias[7] = -1e9
    count = DeadUnitCount("a", [layer])
    batches = [(torch.randn(n, 3, 32, 32), torch.zeros(n, dtype=torch.int64)) for n in (5, 3)]
    forward_all({"a": model}, batches, [count], layers={"a": [layer]})
    (found,) = count.result()
    assert (layer, 1, 8) == (found.layer, found.count, found.images)
    assert [7] == found.dead.nonzero().flatten().tolist()
    assert 3 / 8 == found.firing_bound


def test_a_channel_that_fires_at_one_pixel_of_one_image_is_alive():
    count = DeadUnitCount("a", ["relu"])
    values = torch.zeros(4, 3, 5, 5)
    values[2, 1, 4, 0] = 0.1
    for start in (0, 2):
        seen = Seen(torch.zeros(2, 2), {"relu": values[start : start + 2]})
        count.add(ProbeBatch(torch.zeros(2), {"a": seen}, start))
    (found,) = count.result()
    assert [True, False, True] == found.dead.tolist()
    assert 0.75 == found.firing_bound


def test_the_bound_of_few_images_is_one():
    count = DeadUnitCount("a", ["relu"])
    count.add(
        ProbeBatch(torch.zeros(2), {"a": Seen(torch.zeros(2, 2), {"relu": torch.zeros(2, 3)})}, 0)
    )
    assert 1.0 == count.result()[0].firing_bound
