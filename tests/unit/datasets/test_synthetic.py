"""Synthetic images: the shape asked for, learnable, and the same every time."""

import hashlib

import pytest
import torch

from paramdyn.catalogues import DATASETS
from paramdyn.datasets.synthetic import synthetic
from paramdyn.errors import DatasetError

DEFAULTS = DATASETS.entry("synthetic").options


def make(request_for, **options):
    return synthetic(request_for("synthetic", **(DEFAULTS | options)))


def test_shapes_follow_the_options(request_for):
    data = make(request_for, train=23, test=7, classes=5, channels=3, native_size=9)
    assert (23, 3, 9, 9) == tuple(data.train_images.shape)
    assert (7, 3, 9, 9) == tuple(data.test_images.shape)
    assert [5, 5, 5, 4, 4] == torch.bincount(data.train_labels).tolist()
    assert 5 == len(data.class_names)


def test_the_same_pixels_on_every_machine(request_for):
    data = make(request_for)
    digest = hashlib.sha256()
    for tensor in (data.train_images, data.train_labels, data.test_images, data.test_labels):
        digest.update(tensor.numpy().tobytes())
    assert DIGEST == digest.hexdigest()


DIGEST = "e64e3ca8d0859b7047a36d15cdb0b03ce2f4cdfd92a2e4b5d6478e09c5bad78d"


def test_the_nearest_class_mean_is_right_where_a_single_pixel_is_not(request_for):
    data = make(request_for)
    train, test = (x.float().flatten(1) for x in (data.train_images, data.test_images))
    means = torch.stack([train[data.train_labels == label].mean(0) for label in range(10)])
    found = torch.cdist(test, means).argmin(1)
    assert (found == data.test_labels).float().mean() > 0.9
    by_one = (test[:, None, 400] - means[None, :, 400]).abs().argmin(1)
    assert (by_one == data.test_labels).float().mean() < 0.4


def test_training_and_test_images_differ(request_for):
    data = make(request_for, train=10, test=10)
    assert not torch.equal(data.train_images, data.test_images)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("train", 0),
        ("test", -1),
        ("classes", 1),
        ("native_size", 0),
        ("channels", 2),
        ("channels", "1"),
        ("train", 2.5),
        ("train", True),
    ],
)
def test_bad_options_are_refused(request_for, option, value):
    with pytest.raises(DatasetError, match=f"{option} is {value!r}.*was expected"):
        make(request_for, **{option: value})
