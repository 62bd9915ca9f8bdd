import copy

import pytest
import torch
from torch import nn

from paramdyn.analysis.symmetry.alignment import Alignment
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.errors import BadRequest
from paramdyn.models.lenet import lenet
from paramdyn.vision import torchvision


def axes(structure, group):
    return {(a.tensor, a.axis, a.repeats) for a in structure.groups[group].axes}


def torchvision_model(name):
    with torch.device("meta"):
        return getattr(torchvision().models, name)(num_classes=10)


def test_lenet_has_four_groups_and_the_flatten_repeats_units():
    structure = structure_of(lenet(num_classes=10), image_size=32)
    assert ["conv1", "conv2", "fc1", "fc2"] == list(structure.groups)
    assert {
        ("conv2.weight", 0, 1), ("conv2.bias", 0, 1), ("fc1.weight", 1, 25),
    } == axes(structure, "conv2")  # fmt: skip
    assert () == structure.pairs
    assert ["conv1", "conv2", "fc1", "fc2"] == list(structure.scales)


@pytest.mark.parametrize(
    ("name", "groups", "pairs", "scales"),
    [("resnet18", 12, 20, 32), ("resnet34", 20, 36, 56), ("vgg19", 18, 0, 18),
     ("vgg19_bn", 18, 16, 34), ("resnet50", 37, 53, 90)],
)  # fmt: skip
def test_torchvision_models(name, groups, pairs, scales):
    structure = structure_of(torchvision_model(name), image_size=64)
    found = (len(structure.groups), len(structure.pairs), len(structure.scales))
    assert (groups, pairs, scales) == found


def test_every_axis_of_resnet18_is_free_but_images_and_logits():
    model = torchvision_model("resnet18")
    structure = structure_of(model, image_size=32)
    found = {(a.tensor, a.axis) for g in structure.groups.values() for a in g.axes}
    expected = {
        (name, axis)
        for name, tensor in model.state_dict().items()
        for axis in range(min(tensor.dim(), 2))
    } - {("conv1.weight", 1), ("fc.weight", 0), ("fc.bias", 0)}
    assert expected == found


def test_a_residual_sum_joins_groups(small_resnet):
    structure = structure_of(small_resnet, image_size=8)
    assert ["stem.0", "block1.conv1", "block2.conv1", "block2.conv2"] == list(structure.groups)
    assert {"block1.conv2.weight", "block1.bn2.running_var", "block2.short.0.weight"} < {
        axis.tensor for axis in structure.groups["stem.0"].axes
    }
    assert ("fc.weight", 1, 4) in axes(structure, "block2.conv2")


def test_any_element_leaves_the_function_as_it_is(small_resnet, random_symmetry):
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    structure = structure_of(small_resnet, image_size=8)
    moved = copy.deepcopy(small_resnet)
    moved.load_state_dict(random_symmetry(structure).apply(small_resnet.state_dict()))
    for mode in (False, True):
        before, after = small_resnet.train(mode)(images), moved.train(mode)(images)
        torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-5)


def test_a_group_that_lacks_an_axis_would_change_the_function(small_resnet, random_symmetry):
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    structure = structure_of(small_resnet, image_size=8)
    state = small_resnet.state_dict()
    whole = random_symmetry(structure, signs=False)
    for axis in {a.tensor for g in structure.groups.values() for a in g.axes}:
        torn = whole.apply(state)
        torn[axis] = state[axis]
        output = torch.func.functional_call(small_resnet, torn, (images,))
        assert (output - small_resnet(images)).abs().max() > 1e-3, axis


def test_the_model_is_left_as_it_is(small_resnet):
    small_resnet.train()
    before = copy.deepcopy(small_resnet.state_dict())
    structure_of(small_resnet, image_size=8)
    assert small_resnet.training
    assert all(torch.equal(before[k], v) for k, v in small_resnet.state_dict().items())


def test_a_layer_whose_output_is_used_twice_has_no_free_sign():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
            self.fc = nn.Linear(4, 2)

        def forward(self, x):
            x = self.conv(x)
            return self.fc((self.norm(x) + x).mean((2, 3)))

    structure = structure_of(Twice(), image_size=8)
    assert () == structure.pairs
    assert ["conv"] == list(structure.groups)


def test_norm_without_weight_has_no_sign_and_other_activations_no_scale():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, affine=False), nn.Tanh(), nn.Flatten(),
        nn.Linear(4 * 36, 5), nn.GELU(), nn.Linear(5, 2),
    )  # fmt: skip
    structure = structure_of(model, image_size=8)
    assert ["0", "4"] == list(structure.groups)
    assert () == structure.pairs
    assert ["0"] == list(structure.scales)
    assert structure.scales["0"].normalized


@pytest.mark.parametrize(
    ("name", "where"),
    [("densenet121", "denselayer1"), ("mobilenet_v2", "'features.1.conv.0.0' has 32 groups"),
     ("squeezenet1_0", "'features.3'")],
)  # fmt: skip
def test_unknown_structures_are_refused_by_name(name, where):
    with pytest.raises(BadRequest, match=r"symmetry: .*Expected .*Compare raw") as caught:
        structure_of(torchvision_model(name), image_size=64)
    assert where in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pass_that_depends_on_values_is_refused():
    class Branching(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    with pytest.raises(BadRequest, match="Branching cannot be traced"):
        structure_of(Branching(), image_size=8)


def test_a_shared_tensor_is_refused():
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 12))
    model[3].weight = model[1].weight
    with pytest.raises(BadRequest, match=r"module '3' shares its weight with 1\.weight"):
        structure_of(model, image_size=2)


def test_k32_a_dead_unit_of_fc1_silences_485_scalars():
    torch.manual_seed(0)
    model = lenet(num_classes=10)
    structure = structure_of(model, image_size=32)
    dead = torch.zeros(120, dtype=torch.bool)
    dead[7] = True
    model.fc1.bias.data[7] = -1e9
    images = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():  # other units must be alive, or more would be silent
        model.fc1.bias[[i for i in range(120) if i != 7]] = 50.0
        model.fc2.bias.fill_(200.0)
        model.conv1.bias.fill_(1.0)
        model.conv2.bias.fill_(5.0)
    model(images).square().sum().backward()
    zero = {n: int((p.grad == 0).sum()) for n, p in model.named_parameters()}
    counts = structure.silenced({"fc1": dead})
    assert {"fc1.weight": 400, "fc1.bias": 1, "fc2.weight": 84} == counts
    assert {name: count for name, count in zero.items() if count} == counts
    assert 485 == sum(counts.values())


def test_weights_between_two_dead_units_count_once():
    structure = structure_of(lenet(num_classes=10), image_size=32)
    dead = {"fc1": torch.arange(120) < 3, "fc2": torch.arange(84) < 2}
    assert 120 * 84 - 117 * 82 == structure.silenced(dead)["fc2.weight"]


def test_an_empty_alignment_changes_nothing(small_resnet):
    state = small_resnet.state_dict()
    same = Alignment(structure_of(small_resnet, image_size=8)).apply(state)
    assert all(torch.equal(state[name], same[name]) for name in state)
