"""8x8 handwritten digits that ship inside scikit-learn: real images without a download."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from paramdyn import seeding
from paramdyn.datasets.image_dataset import DatasetRequest, ImageDataset
from paramdyn.errors import DatasetError

_TEST_COUNT = 360
_SPLIT_SEED = 0  # the same test images for every run
_NATIVE_SIZE = 8


def digits(request: DatasetRequest) -> ImageDataset:
    """Return 1,437 training and 360 test images, enlarged bilinearly to the size asked for.

    The 17 gray levels are scaled to 0..255 and rounded to even. The split is fixed and stratified.

    Raises:
        DatasetError: The size asked for is below 8.

    Reference:
        Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", UCI repository, 1998.
    """
    if request.image_size < _NATIVE_SIZE:
        raise DatasetError(
            f"data set 'digits': image_size is {request.image_size}. {_NATIVE_SIZE} or more was"
            f" expected: images are enlarged, never shrunk. Set dataset.image_size to at least"
            f" {_NATIVE_SIZE}."
        )
    grays, targets = _read()
    images = torch.from_numpy(np.rint(grays * (255 / 16)))[:, None]
    labels = torch.from_numpy(targets)
    if request.image_size != _NATIVE_SIZE:
        size = (request.image_size, request.image_size)
        images = functional.interpolate(images, size, mode="bilinear", align_corners=False)
    pixels = images.round().to(torch.uint8)
    train, test = _stratified(labels)
    return ImageDataset(
        name=request.name,
        train_images=pixels[train],
        train_labels=labels[train],
        test_images=pixels[test],
        test_labels=labels[test],
        class_names=tuple(str(digit) for digit in range(10)),
    )


def _read() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return gray levels 0..16, shape (1797, 8, 8), and labels, shape (1797,).

    Importing scikit-learn takes longer than training on its digits, so its file is read; where
    that is not in its place, its own function is asked.
    """
    package = importlib.util.find_spec("sklearn")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder, "datasets", "data", "digits.csv.gz")
        if path.is_file():
            table = np.loadtxt(path, delimiter=",")
            return table[:, :-1].reshape(-1, _NATIVE_SIZE, _NATIVE_SIZE), table[:, -1].astype(int)
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images, bunch.target.astype(np.int64)


def _stratified(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return sorted indices for training and testing; classes keep their shares to one image."""
    counts = torch.bincount(labels)
    exact = counts * _TEST_COUNT / len(labels)
    quota = exact.floor().to(torch.int64)
    remainders = (exact - quota).argsort(descending=True, stable=True)
    quota[remainders[: _TEST_COUNT - int(quota.sum())]] += 1
    train, test = [], []
    for label, count in enumerate(quota.tolist()):
        members = (labels == label).nonzero()[:, 0]
        generator = seeding.generator(_SPLIT_SEED, "digits", label)
        members = members[torch.randperm(len(members), generator=generator)]
        test.append(members[:count])
        train.append(members[count:])
    return torch.cat(train).sort().values, torch.cat(test).sort().values
