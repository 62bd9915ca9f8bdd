import pytest
import torch
from torch.nn import functional

from paramdyn.errors import BadRequest
from paramdyn.models.lenet import lenet


def test_62006_parameters_at_32_pixels_and_10_classes():
    model = lenet(num_classes=10)
    assert 62_006 == sum(p.numel() for p in model.parameters())
    assert ["conv1", "conv2", "fc1", "fc2", "fc3"] == [name for name, _ in model.named_children()]
    assert [(6, 3, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84)] == [
        tuple(child.weight.shape) for child in model.children()
    ]


def test_relu_after_pooling_is_the_same_function():
    model = lenet(num_classes=10)
    images = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    x = functional.max_pool2d(functional.relu(model.conv1(images)), 2)
    x = functional.max_pool2d(functional.relu(model.conv2(x)), 2).flatten(1)
    expected = model.fc3(functional.relu(model.fc2(functional.relu(model.fc1(x)))))
    assert torch.equal(expected, model(images))


@pytest.mark.parametrize(
    ("size", "inputs"), [(16, 16), (17, 16), (28, 256), (30, 256), (33, 400), (64, 2704)]
)
def test_fc1_follows_the_image_size(size, inputs):
    model = lenet(num_classes=3, in_channels=1, image_size=size)
    assert inputs == model.fc1.in_features
    assert (2, 3) == tuple(model(torch.zeros(2, 1, size, size)).shape)


def test_too_small_images_are_refused_with_the_minimum():
    with pytest.raises(BadRequest, match=r"15x15 are too small.*needs 16x16 or more"):
        lenet(num_classes=10, image_size=15)
