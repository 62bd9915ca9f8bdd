"""The embedded digits: exact pixels, a fixed split."""

import hashlib

import pytest
import torch
from sklearn.datasets import load_digits

from paramdyn.datasets.digits import digits
from paramdyn.errors import DatasetError


def test_native_pixels_are_the_levels_scaled_and_the_split_is_a_partition(request_for):
    data = digits(request_for("digits", image_size=8))
    assert ((1437, 1, 8, 8), (360, 1, 8, 8)) == (
        tuple(data.train_images.shape),
        tuple(data.test_images.shape),
    )
    bunch = load_digits()
    levels = torch.from_numpy(bunch.images)
    pixels = (levels * 255 / 16).round().flatten(1).tolist()
    expected = sorted(zip(pixels, bunch.target.tolist(), strict=True))
    both = torch.cat((data.train_images, data.test_images)).flatten(1).double().tolist()
    labels = torch.cat((data.train_labels, data.test_labels)).tolist()
    assert expected == sorted(zip(both, labels, strict=True))


def test_classes_keep_their_shares(request_for):
    data = digits(request_for("digits", image_size=8))
    train, test = torch.bincount(data.train_labels), torch.bincount(data.test_labels)
    assert (360 / 1797 - test / (train + test)).abs().max() < 1 / 170
    assert tuple("0123456789") == data.class_names


def test_the_same_pixels_on_every_machine(request_for):
    data = digits(request_for("digits", image_size=32))
    digest = hashlib.sha256()
    for tensor in (data.train_images, data.train_labels, data.test_images, data.test_labels):
        digest.update(tensor.numpy().tobytes())
    assert DIGEST == digest.hexdigest()


DIGEST = "7eec788673e163d61319db176b59d99d3d037db9dd2b1c765f0ac5281a1090ad"


def test_enlarging_keeps_the_picture(request_for):
    small, large = (digits(request_for("digits", image_size=size)) for size in (8, 32))
    shrunk = torch.nn.functional.avg_pool2d(large.train_images.double(), 4)
    assert torch.equal(small.train_labels, large.train_labels)
    difference = (shrunk - small.train_images.double()).abs().mean()
    assert difference < 20  # neighbours mix; another image would differ by about 80


def test_too_small_is_refused(request_for):
    with pytest.raises(DatasetError, match=r"image_size is 7. 8 or more was expected"):
        digits(request_for("digits", image_size=7))
