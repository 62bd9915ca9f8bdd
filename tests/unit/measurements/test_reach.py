import copy

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from paramdyn.catalogues import MODELS
from paramdyn.measurements.reach import structural_reach
from paramdyn.vision import torchvision


def resnet18(num_classes=10, *, stem="imagenet"):
    with torch.device("meta"):
        model = torchvision().models.resnet18(num_classes=num_classes)
        if stem == "cifar":
            model.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
            model.maxpool = nn.Identity()
    return model


def scalars_of(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("pixels", "structural"),
    [(8, 9_609_216), (16, 9_076_736), (17, 6_946_816), (28, 6_946_816), (32, 6_946_816)]
    + [(pixels, 0) for pixels in (33, 34, 224)],
)
def test_k1_resnet18_by_image_size(pixels, structural):
    assert structural_reach(resnet18(), image_size=pixels).total == structural


@pytest.mark.parametrize("pixels", [28, 32])
def test_k1_resnet18_by_layer(pixels):
    reach = structural_reach(resnet18(), image_size=pixels)
    assert {name: reach.scalars(name) for name in reach.unreachable} == {
        "layer4.0.conv1.weight": 655_360,
        "layer4.0.conv2.weight": 2_097_152,
        "layer4.1.conv1.weight": 2_097_152,
        "layer4.1.conv2.weight": 2_097_152,
    }
    assert [(row["of"], row["reason"]) for row in reach.rows()[:2]] == [
        (1_179_648, "5 of 9 taps of 3x3 only ever meet padding: the map is 2x2"),
        (2_359_296, "8 of 9 taps of 3x3 only ever meet padding: the map is 1x1"),
    ]
    assert reach.note == ""


def test_k1_shares_of_both_heads():
    small, large = resnet18(10), resnet18(1000)
    assert (scalars_of(small), scalars_of(large)) == (11_181_642, 11_689_512)
    structural = structural_reach(large, image_size=32).total
    assert round(100 * structural / scalars_of(large), 4) == 59.4278
    assert round(100 * structural / scalars_of(small), 4) == 62.1270


def test_k1_a_cifar_stem_leaves_nothing_structural():
    model = resnet18(stem="cifar")
    assert scalars_of(model) == 11_173_962
    assert structural_reach(model, image_size=32).total == 0
    assert structural_reach(model, image_size=28).total == 0


def test_k1_vgg19_and_lenet_have_no_structural_parameter():
    with torch.device("meta"):
        vgg19 = torchvision().models.vgg19(num_classes=1000)
        lenet = MODELS.get("lenet")(num_classes=10, image_size=32)
    assert scalars_of(vgg19) == 143_667_240
    assert structural_reach(vgg19, image_size=32).total == 0
    assert scalars_of(lenet) == 62_006
    assert structural_reach(lenet, image_size=32).total == 0


def test_the_studys_replaced_fc_of_vgg19_is_never_used():
    with torch.device("meta"):
        model = torchvision().models.vgg19(num_classes=10)
        model.fc = nn.Linear(512, 10)
    reach = structural_reach(model, image_size=32)
    reason = "never used in the forward pass"
    assert reach.rows() == [
        {"parameter": "fc.weight", "scalars": 5120, "of": 5120, "reason": reason},
        {"parameter": "fc.bias", "scalars": 10, "of": 10, "reason": reason},
    ]
    assert reach.mask("fc.weight").all()


def test_heads_that_exist_only_while_training_are_used():
    with torch.device("meta"):
        model = torchvision().models.googlenet(num_classes=10, init_weights=False)
    reach = structural_reach(model, image_size=64)
    assert [row for row in reach.rows() if row["reason"].startswith("never")] == []


class Crop(nn.Module):
    def __init__(self, height, width):
        super().__init__()
        self.height, self.width = height, width

    def forward(self, images):
        return images[:, :, : self.height, : self.width]


configurations = st.fixed_dictionaries(
    {
        "kernel_size": st.tuples(st.integers(1, 5), st.integers(1, 5)),
        "stride": st.tuples(st.integers(1, 3), st.integers(1, 3)),
        "padding": st.one_of(
            st.tuples(st.integers(0, 4), st.integers(0, 4)), st.sampled_from(["same", "valid"])
        ),
        "dilation": st.tuples(st.integers(1, 3), st.integers(1, 3)),
        "groups": st.sampled_from([1, 2]),
        "padding_mode": st.sampled_from(["zeros", "zeros", "zeros", "circular", "replicate"]),
    }
)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@settings(deadline=None, max_examples=150)
@given(configuration=configurations, height=st.integers(1, 6), width=st.integers(1, 6))
def test_k2_masks_equal_the_zeros_of_the_gradient(configuration, height, width):
    if configuration["padding"] == "same":
        configuration["stride"] = (1, 1)
    sides = ((height, 0), (width, 1))
    if isinstance(configuration["padding"], tuple):
        padding = configuration["padding"]
    else:
        reach_of = [
            configuration["dilation"][a] * (configuration["kernel_size"][a] - 1) for _, a in sides
        ]
        same = configuration["padding"] == "same"
        padding = tuple((r + 1) // 2 if same else 0 for r in reach_of)
    if configuration["padding_mode"] == "circular":  # torch wraps around at most once
        assume(all(padding[axis] <= side for side, axis in sides))
    for side, axis in sides:
        reached = configuration["dilation"][axis] * (configuration["kernel_size"][axis] - 1) + 1
        same = configuration["padding"] == "same"
        assume(same or side + 2 * padding[axis] >= reached)
    generator = torch.Generator().manual_seed(0)
    convolution = nn.Conv2d(4, 2, **configuration)
    model = nn.Sequential(Crop(height, width), convolution)
    summed = torch.zeros_like(convolution.weight)
    for _ in range(3):
        output = model(torch.rand(2, 4, 6, 6, generator=generator) + 0.1)
        output_gradient = torch.rand(output.shape, generator=generator) + 0.1
        summed += torch.autograd.grad(output, convolution.weight, output_gradient)[0].abs()
    mask = structural_reach(model, image_size=6, in_channels=4).mask("1.weight")
    found = torch.zeros_like(summed, dtype=torch.bool) if mask is None else mask
    assert torch.equal(found, summed == 0)


def test_counted_zero_gradients_of_resnet18_contain_the_structural_ones():
    """One backward pass of random images; what is zero beyond the structural ones is chance."""
    torch.manual_seed(0)
    model = torchvision().models.resnet18(num_classes=10)
    loss = nn.functional.cross_entropy(model(torch.rand(8, 3, 32, 32)), torch.arange(8))
    loss.backward()
    reach = structural_reach(model, image_size=32)
    zeros = {name: parameter.grad == 0 for name, parameter in model.named_parameters()}
    assert all(bool(zeros[name][reach.mask(name)].all()) for name in reach.unreachable)
    counted = sum(int(zero.count_nonzero()) for zero in zeros.values())
    assert 6_946_816 <= counted < 7_050_000


def test_nothing_of_the_model_or_the_generators_changes():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout())
    model[0].weight.requires_grad_(False)
    before = copy.deepcopy(model.state_dict())
    state = torch.get_rng_state()
    assert structural_reach(model.eval(), image_size=1).scalars("0.weight") == 8 * 12
    assert torch.equal(state, torch.get_rng_state())
    assert not model.training
    assert not model[0].weight.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


class TwoMaps(nn.Module):
    """One convolution on a 1x1 map and, through ``wide``, on a larger one."""

    def __init__(self, side):
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 3, padding=1)
        self.side = side

    def forward(self, images):
        small = self.convolution(images[:, :, :1, :1])
        return small + self.convolution(images[:, :, : self.side, : self.side]).mean()


@pytest.mark.parametrize(("side", "dead"), [(1, 8), (2, 0), (3, 0)])
def test_a_tap_is_structural_only_if_it_is_in_every_call(side, dead):
    assert structural_reach(TwoMaps(side), image_size=4).total == dead * 9


class Standardised(nn.Conv2d):
    """Subtracts the mean of the weight: every tap gets a gradient through it."""

    def forward(self, images):
        return nn.functional.conv2d(images, self.weight - self.weight.mean(), self.bias, padding=1)


class UsesItsMeanToo(nn.Conv2d):
    def forward(self, images):
        return super().forward(images) + self.weight.mean()


class DecidesByData(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3, padding=1)
        self.seldom = nn.Linear(3, 3)

    def forward(self, images):
        output = self.convolution(images)
        return self.seldom(output) if output.mean().item() > 1e9 else output


class WantsTokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, tokens):
        raise ValueError(f"tokens of shape {tuple(tokens.shape)}")


@pytest.mark.parametrize("convolution", [Standardised, UsesItsMeanToo])
def test_a_weight_that_gets_gradients_in_another_way_too_is_not_claimed(convolution):
    model = convolution(3, 4, 3, padding=1)
    model(torch.rand(2, 3, 1, 1)).square().sum().backward()
    assert bool((model.weight.grad != 0).all())
    assert structural_reach(model, image_size=1).total == 0


def test_a_model_that_needs_data_is_audited_with_random_images():
    model = DecidesByData()
    state = torch.get_rng_state()
    reach = structural_reach(model, image_size=1)
    assert torch.equal(state, torch.get_rng_state())
    assert list(reach.unreachable) == ["convolution.weight"]
    assert reach.total == 8 * 12
    assert reach.note.startswith("audited by a pass with random images, because without data:")


def test_a_model_that_cannot_be_run_on_images_claims_nothing():
    reach = structural_reach(WantsTokens(), image_size=4)
    assert (reach.total, reach.rows(), reach.mask("linear.weight")) == (0, [], None)
    assert reach.note == (
        "the forward pass cannot be audited: train mode: ValueError: tokens of shape (2, 3, 4, 4)"
    )
